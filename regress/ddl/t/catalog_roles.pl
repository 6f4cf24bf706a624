# Roles come and go: whoever has made an ordering, its tables or the extension is
# renamed, hands over what he has, or is dropped.  Everything succeeds as without the
# extension, and afterwards the ordering is filled again as ever, or is gone with all
# that belonged to it.
#
# Each case has twins (CatalogTwins.pm) with roles of their own: "maker@" is
# maker_case in database case and maker_case_plain in its twin.
#
# Seen red, with 1.0: "invalid role OID" at each refill after DROP ROLE; REASSIGN OWNED
# by the superuser who had made the extension ("The owner of an event trigger must be a
# superuser").  With upkeep asked for by DDL only if an ordering is not built: rights that
# come back did not bring it back; without reasons of upkeep: "more rows were changed".
use strict;
use warnings FATAL => 'all';

use CatalogTwins;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = start_server('main');

# --- what each case begins and ends with ---

# Twins with roles, a role for each table, who makes the extension, and who the ordering.
sub begin
{
	my ($case, %options) = @_;
	my @roles = @{ $options{roles} };
	my ($d, $f) = ($options{d} // 'maker', $options{f} // 'maker');
	my $extension = $options{extension};

	foreach my $database ($case, "${case}_plain")
	{
		my %name = map { $_ => role_of($_, $database) } @roles;
		$node->safe_psql('postgres', "CREATE ROLE $_ LOGIN") foreach values %name;
		$node->safe_psql('postgres', "ALTER ROLE $name{$_} SUPERUSER") foreach grep { $_ eq 'boss' } @roles;
		$node->safe_psql('postgres', "CREATE DATABASE $database" . ($options{owner} ? " OWNER $name{$options{owner}}" : ''));
		$node->safe_psql($database, $base . "ALTER TABLE d OWNER TO $name{$d}; ALTER TABLE f OWNER TO $name{$f};"
			  . ' GRANT ALL ON SCHEMA public TO PUBLIC;' . ($options{sql} // '') =~ s/(\w+)@/$name{$1}/gr);
	}
	my $result = run_psql($node, $case, 'CREATE EXTENSION bingo_tune', $extension ? (user => role_of($extension, $case)) : ());
	is($result->{status}, 0, "$case: extension") or diag($result->{err});
	create_ordering($node, $case, $options{creator} ? (user => role_of($options{creator}, $case)) : ());
	return;
}

sub steps
{
	my ($case, @steps) = @_;

	local $Test::Builder::Level = $Test::Builder::Level + 1;
	both_psql($node, $case, $_, "$case: $_") foreach @steps;
	same($node, $case, $case);
	return;
}

# Filled anew, by the worker, after a change that costs more than that; and used.
sub goes_on
{
	my ($case, %options) = @_;

	local $Test::Builder::Level = $Test::Builder::Level + 1;
	comes_back($node, $case, "$case: kept", both => 1, %options);
	both_psql($node, $case, 'UPDATE d SET r = 51 - r', "$case: changed as a whole");
	comes_back($node, $case, "$case: filled again", both => 1, write => "UPDATE d SET p = p || '-' WHERE id IN (49, 50)");
	is(value($node, $case, "SELECT bingo_tune.refresh_ordering('o')"), '', "$case: refresh_ordering()");
	return;
}

sub is_gone
{
	my ($case) = @_;

	local $Test::Builder::Level = $Test::Builder::Level + 1;
	is(value($node, $case, "SELECT name FROM bingo_tune.orderings") =~ s/^.*"bingo_tune.orderings" does not exist.*\z//sr, '', "$case: no ordering is left");
	nothing_left($case);
	return;
}

# Neither a relation of an ordering nor a trigger.
sub nothing_left
{
	my ($case) = @_;

	local $Test::Builder::Level = $Test::Builder::Level + 1;
	waits_for($node, $case, "SELECT count(*) = 0 FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace"
		  . " WHERE nspname = 'bingo_tune' AND relname ~ '_[0-9]+\$' AND relkind <> 'i'", "$case: no window is left");
	waits_for($node, $case, "SELECT count(*) = 0 FROM pg_trigger WHERE tgname ~ '^bingo_tune'", "$case: no trigger is left");
	return;
}

sub goes_on_or_is_gone
{
	my ($case) = @_;

	local $Test::Builder::Level = $Test::Builder::Level + 1;
	if (row_of($node, $case, 'o') ne '')
	{
		goes_on($case);
	}
	else
	{
		note("$case: the ordering is gone");
		is_gone($case);
		stays_exact($node, $case, $case);
		both_psql($node, $case, "UPDATE d SET p = 'x'; DELETE FROM f WHERE id = 1; TRUNCATE f", "$case: the tables can be written to");
	}
	return;
}

# --- the owner of the tables ---

# He hands over, and goes: first with an ordering that he has made, then with one that the superuser has made for him.
foreach ([ 'handed', 'maker' ], [ 'handed2', undef ])
{
	my ($case, $creator) = @$_;
	begin($case, roles => [ 'maker', 'heir' ], creator => $creator);
	steps($case, 'REASSIGN OWNED BY maker@ TO heir@', 'DROP OWNED BY maker@', 'DROP ROLE maker@');
	goes_on($case);
	is(value($node, $case, "SELECT bingo_tune.drop_ordering('o')", user => role_of('heir', $case)), '', "$case: it is the heir's");
	nothing_left($case);
}

begin('at_once', roles => [ 'maker', 'heir' ], creator => 'maker');
steps('at_once', 'BEGIN; REASSIGN OWNED BY maker@ TO heir@; DROP OWNED BY maker@; DROP ROLE maker@; UPDATE d SET r = 51 - r; COMMIT');
goes_on('at_once');

begin('renamed', roles => ['maker'], creator => 'maker');
steps('renamed', 'ALTER ROLE maker@ RENAME TO other_maker@');
goes_on('renamed');
is(value($node, 'renamed', "SELECT bingo_tune.refresh_ordering('o'); SELECT bingo_tune.drop_ordering('o')", user => role_of('other_maker', 'renamed')) =~ s/\n//r,
	'', 'renamed: it is his still');

begin('dropped', roles => ['maker'], creator => 'maker');
steps('dropped', 'DROP OWNED BY maker@', 'DROP ROLE maker@');
is_gone('dropped');

# Nobody is told of roles that are granted: the next query that finds the ordering invalid asks for upkeep.
my %asked = (nudge => "$base_query LIMIT 10");

# The tables change hands, one after the other or all.
begin('given', roles => [ 'maker', 'heir' ], creator => 'maker');
steps('given', 'ALTER TABLE d OWNER TO heir@; ALTER TABLE f OWNER TO heir@', 'DROP OWNED BY maker@', 'DROP ROLE maker@');
goes_on_or_is_gone('given');

begin('half', roles => [ 'maker', 'heir' ], creator => 'maker');
steps('half', 'ALTER TABLE f OWNER TO heir@');
stays_exact($node, 'half', 'half: the heir may not read d');
steps('half', "UPDATE d SET r = 51 - r; INSERT INTO f VALUES (-1, 1, 1)", 'GRANT SELECT ON d TO heir@', 'ALTER TABLE d OWNER TO heir@');
goes_on('half');
steps('half', 'DROP OWNED BY maker@', 'DROP ROLE maker@');
goes_on('half');

begin('half_dropped', roles => [ 'maker', 'heir' ], creator => 'maker');
steps('half_dropped', 'ALTER TABLE f OWNER TO heir@', 'DROP OWNED BY maker@', 'DROP ROLE maker@', 'UPDATE f SET n = n + 1; INSERT INTO f VALUES (-1, 1, 1)');
stops_serving($node, 'half_dropped', 'half_dropped', 'd');
steps('half_dropped', 'CREATE TABLE d (id int PRIMARY KEY, p text NOT NULL, r int NOT NULL); ALTER TABLE d OWNER TO heir@',
	"INSERT INTO d SELECT i, 'p' || i, i FROM generate_series(1, 50) i");
goes_on_or_is_gone('half_dropped');

# The owner takes away what he could read.
begin('revoked', roles => ['maker'], creator => 'maker');
steps('revoked', 'REVOKE ALL ON d FROM maker@', 'UPDATE d SET r = 51 - r', "INSERT INTO f VALUES (-1, 1, 1)");
stays_exact($node, 'revoked', 'revoked');
waits_for($node, 'revoked', "SELECT reason ~ 'role \"maker_revoked\", as whom ordering \"o\" reads its tables, may not select from public.d' FROM bingo_tune.orderings",
	'revoked: the view says what is missing');
is(value($node, 'revoked', "SET client_min_messages = error; SELECT * FROM bingo_tune.verify_ordering('o')") =~ s/^psql:\S*: //r, <<'ERR' =~ s/\n\z//r, 'revoked: so does verify_ordering() to a superuser');
ERROR:  role "maker_revoked", as whom ordering "o" reads its tables, may not select from public.d
HINT:  GRANT SELECT ON public.d TO maker_revoked;
ERR
steps('revoked', 'GRANT SELECT (id, p, r) ON d TO maker@');
goes_on('revoked');
steps('revoked', 'REVOKE ALL ON SCHEMA public FROM PUBLIC', 'UPDATE d SET r = 51 - r', "INSERT INTO f VALUES (-2, 1, 1)");
waits_for($node, 'revoked', "SELECT reason ~ 'role \"maker_revoked\", as whom ordering \"o\" reads its tables, has no right to schema \"public\"' FROM bingo_tune.orderings",
	'revoked: of a schema, too');
steps('revoked', 'GRANT USAGE ON SCHEMA public TO maker@');
goes_on('revoked');

# --- several owners ---

my %several = (roles => [ 'alice', 'bob', 'carol', 'dave' ], d => 'alice', f => 'bob', creator => 'carol', sql => 'GRANT alice@, bob@ TO carol@');

begin('carol', %several);
steps('carol', 'REVOKE alice@, bob@ FROM carol@', 'DROP OWNED BY carol@', 'DROP ROLE carol@');
goes_on_or_is_gone('carol');

begin('alice', %several);
steps('alice', 'DROP OWNED BY alice@', 'DROP ROLE alice@', 'INSERT INTO f VALUES (-1, 1, 1)');
stops_serving($node, 'alice', 'alice', 'd');

begin('bob', %several);
steps('bob', 'REASSIGN OWNED BY bob@ TO dave@', 'DROP OWNED BY bob@', 'DROP ROLE bob@', 'INSERT INTO f VALUES (-1, 1, 1)', 'UPDATE d SET r = 51 - r');
stays_exact($node, 'bob', 'bob: who has made the ordering may not read f any more');
steps('bob', 'GRANT dave@ TO carol@');
goes_on('bob', %asked);

# --- who has made the extension ---

# A superuser; the extension goes to somebody who is none.
begin('boss', roles => [ 'boss', 'maker', 'heir' ], extension => 'boss', creator => 'maker');
steps('boss', 'REASSIGN OWNED BY boss@ TO heir@', 'DROP OWNED BY boss@', 'DROP ROLE boss@');
goes_on('boss');

begin('degraded', roles => [ 'boss', 'maker' ], extension => 'boss', creator => 'maker');
steps('degraded', 'ALTER ROLE boss@ NOSUPERUSER', 'REVOKE ALL ON d FROM PUBLIC', 'ALTER TABLE d ADD x int', 'ALTER TABLE d DROP x');
goes_on('degraded');

begin('boss_dropped', roles => [ 'boss', 'maker' ], extension => 'boss', creator => 'maker');
steps('boss_dropped', 'DROP OWNED BY boss@', 'DROP ROLE boss@');
is_gone('boss_dropped');
both_psql($node, 'boss_dropped', "UPDATE d SET p = 'x'; DELETE FROM f WHERE id = 1; TRUNCATE f", 'boss_dropped: the tables can be written to');

# The owner of the database, no superuser.
begin('keeper', roles => [ 'keeper', 'maker', 'heir' ], extension => 'keeper', owner => 'keeper', creator => 'maker');
steps('keeper', 'REASSIGN OWNED BY keeper@ TO heir@', 'DROP OWNED BY keeper@', 'DROP ROLE keeper@');
goes_on('keeper');
is(value($node, 'keeper', 'DROP EXTENSION bingo_tune', user => role_of('heir', 'keeper')), '', 'keeper: the heir drops the extension');
is_gone('keeper');

begin('keeper_dropped', roles => [ 'keeper', 'maker' ], extension => 'keeper', owner => 'keeper', creator => 'maker');
steps('keeper_dropped', 'DROP OWNED BY keeper@');
is_gone('keeper_dropped');

# Who has only rights.
begin('reader', roles => [ 'maker', 'reader' ], creator => 'maker');
is(value($node, 'reader', 'GRANT ALL ON ALL TABLES IN SCHEMA bingo_tune TO reader_reader; GRANT USAGE ON FOREIGN DATA WRAPPER bingo_tune TO reader_reader'
	  . '; GRANT ALL ON ALL FUNCTIONS IN SCHEMA bingo_tune TO reader_reader'), '', 'reader: rights to all that is ours');
steps('reader', 'GRANT SELECT ON d TO reader@', 'DROP OWNED BY reader@', 'DROP ROLE reader@');
goes_on('reader');

$node->stop;
done_testing();
