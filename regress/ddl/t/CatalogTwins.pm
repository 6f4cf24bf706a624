# Twins, for the tests of what catalogs live through: a database NAME with the
# extension and orderings, and NAME_plain with the same tables and without it.  Every
# command is given to both; it must end with the same status and the same messages,
# and leave the same rows, keys, indexes and triggers.  Then the orderings must be
# valid again without anybody's help, and exact.
#
# All steps are is() and ok(): what fails hides nothing that comes after it.
package CatalogTwins;

use strict;
use warnings;

use IPC::Run;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(usleep);
use Exporter 'import';

our @EXPORT = qw($base $base_query start_server major value create_ordering connection run_program run_psql
  both_run both_psql role_of same comes_back stays_exact waits_for row_of stops_serving copy_twins drop_twins quiet
  dump_both psql_of restore_of surplus missing);

our $base = <<'SQL';
CREATE TABLE d (id int PRIMARY KEY, p text NOT NULL, r int NOT NULL);
CREATE TABLE f (id int PRIMARY KEY, d int NOT NULL, n int NOT NULL);
CREATE INDEX ON f (d);
INSERT INTO d SELECT i, 'p' || i, i FROM generate_series(1, 50) i;
INSERT INTO f SELECT i, 1 + i % 50, i FROM generate_series(1, 2000) i;
SQL

our $base_query = 'SELECT f.id, f.n, d.id, d.p, d.r FROM f JOIN d ON f.d = d.id ORDER BY d.r, f.id';

sub start_server
{
	my ($name, $more, %options) = @_;
	my $node = PostgreSQL::Test::Cluster->new($name);

	$node->init(%options);
	$node->append_conf('postgresql.conf', <<'CONF' . ($more // ''));
shared_preload_libraries = 'pg_stat_statements,bingo_tune'
max_prepared_transactions = 10
max_worker_processes = 20
autovacuum = off
fsync = off
CONF
	$node->start;
	# The wrapper that every dump names, so that a dump without superuser can be restored, too.
	$node->safe_psql('template1', 'CREATE EXTENSION pg_stat_statements');
	return $node;
}

sub major
{
	my ($node) = @_;
	return int($node->safe_psql('postgres', 'SHOW server_version_num') / 10000);
}

sub connection
{
	my ($node, $database, $user) = @_;
	return $node->connstr($database) . (defined $user ? " user=$user" : '');
}

# --- one database ---

# Output, messages and exit status of a program.  Options: stdin, user.
sub run_program
{
	my ($node, $command, $stdin) = @_;
	my ($out, $err) = ('', '');

	local $ENV{PGHOST} = $node->host;
	local $ENV{PGPORT} = $node->port;
	IPC::Run::run($command, '<', \($stdin // ''), '>', \$out, '2>', \$err);
	return { status => $? >> 8, out => $out, err => $err };
}

sub run_psql
{
	my ($node, $database, $sql, %options) = @_;
	my @more = $options{single} ? ('-1') : ();

	return run_program($node,
		[ 'psql', '-XAtq', '-v', 'ON_ERROR_STOP=1', @more, '-d', connection($node, $database, $options{user}), '-f', '-' ], $sql);
}

# What a query gives, or what psql says instead: a test that only looks never dies.
sub value
{
	my ($node, $database, $sql, %options) = @_;
	my $result = run_psql($node, $database, $sql, %options);

	chomp($result->{out}, $result->{err});
	return $result->{status} == 0 ? $result->{out} : "$result->{out}$result->{err}";
}

sub create_ordering
{
	my ($node, $database, %options) = @_;
	my $name = $options{name} // 'o';
	my $query = $options{query} // $base_query;
	my $rows = $options{rows} // 100;

	local $Test::Builder::Level = $Test::Builder::Level + 1;
	is(value($node, $database, "SELECT bingo_tune.create_ordering('$name', '$query', $rows)", user => $options{user}), '',
		"ordering $name in $database");
	return;
}

# Every later wait is short once one was in vain: a run that is red should end, too.
# nudge is what somebody does meanwhile.
my $patience = $PostgreSQL::Test::Utils::timeout_default;

sub waits_for
{
	my ($node, $database, $sql, $what, $nudge) = @_;
	my $end = time + $patience;
	my $last;

	local $Test::Builder::Level = $Test::Builder::Level + 1;
	do
	{
		value($node, $database, $nudge) if defined $nudge;
		$last = value($node, $database, $sql);
		return ok(1, $what) if $last eq 't';
		usleep(100_000);
	} while (time < $end);
	$patience = $patience > 10 ? 10 : 5;
	ok(0, $what);
	diag("$sql: $last");
	return 0;
}

sub row_of
{
	my ($node, $database, $name) = @_;
	return value($node, $database, "SELECT state, reason FROM bingo_tune.orderings WHERE name = '$name'");
}

# Statements that print, in one snapshot, the query's answer to its end with and without
# the window, and what verify_ordering() says; a part of the output each.
sub comparison
{
	my ($query, $verify) = @_;

	return <<SQL;
BEGIN ISOLATION LEVEL REPEATABLE READ;
SET LOCAL cursor_tuple_fraction = 0.001;
DECLARE served CURSOR FOR $query;
FETCH ALL FROM served;
\\echo --
SET LOCAL bingo_tune.enable_ordered_scan = off;
DECLARE plain CURSOR FOR $query;
FETCH ALL FROM plain;
\\echo --
$verify;
COMMIT;
\\echo --
SQL
}

sub judge
{
	my ($what, $served, $plain, $verdict) = @_;

	local $Test::Builder::Level = $Test::Builder::Level + 1;
	ok(defined $plain && $served eq $plain, "$what: served and plain answer are the same");
	is($verdict, "0|0|0\n", "$what: window and tables agree");
	return;
}

# The answer is right, whatever the ordering is; valid => 1: and its window is, too.
sub stays_exact
{
	my ($node, $database, $what, %options) = @_;
	my $name = $options{name} // 'o';
	my $verify = $options{valid} ? "SELECT missing, extra, differing FROM bingo_tune.verify_ordering('$name')" : 'VALUES (0, 0, 0)';
	my $result = run_psql($node, $database, comparison($options{query} // $base_query, $verify), user => $options{user});

	local $Test::Builder::Level = $Test::Builder::Level + 1;
	is($result->{err}, '', "$what: the query can be asked");
	judge($what, split(/^--\n/m, $result->{out}));
	return;
}

# Valid without anybody's help, used, and exact; then, unless told otherwise, changed
# and exact again.  Options: name, query, user, write, nudge, and both: the twin is
# changed, too.
sub comes_back
{
	my ($node, $database, $what, %options) = @_;
	my $name = $options{name} // 'o';
	my $query = $options{query} // $base_query;
	my $write = $options{write} // "UPDATE d SET p = p || '+' WHERE id IN (1, 3); DELETE FROM f WHERE id = 52;"
	  . ' INSERT INTO f VALUES (-7, 2, 0) ON CONFLICT (id) DO UPDATE SET n = f.n + 1';
	# Filled, too: with nothing in its window it is as valid.
	my $valid = "SELECT state = 'valid' AND boundary <> 'nothing' FROM bingo_tune.orderings WHERE name = '$name'";

	local $Test::Builder::Level = $Test::Builder::Level + 1;
	if (!waits_for($node, $database, $valid, "$what: $name is valid by itself", $options{nudge}))
	{
		diag(row_of($node, $database, $name));
		stays_exact($node, $database, $what, %options);
		return;
	}

	my $comparison = comparison($query, "SELECT missing, extra, differing FROM bingo_tune.verify_ordering('$name')");
	my $result = run_psql($node, $database, "EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) $query LIMIT 10;\n\\echo --\n$comparison"
		  . ($write eq '' ? '' : "$write;\n$comparison$valid"), user => $options{user});
	my ($plan, @parts) = split(/^--\n/m, $result->{out});

	is($result->{err}, '', "$what: no error");
	like($plan, qr/Ordering: \Q$name\E\n +Rows from Window: 10\n/, "$what: $name serves");
	judge($what, @parts[ 0 .. 2 ]);
	return if $write eq '';
	judge("$what, written to", @parts[ 3 .. 5 ]);
	waits_for($node, $database, $valid, "$what, written to: $name is valid") if ($parts[6] // '') ne "t\n";
	is(value($node, "${database}_plain", $write, user => $options{user}), '', "$what: the twin is written to") if $options{both};
	return;
}

# Invalid, for a reason; or gone altogether.
sub stops_serving
{
	my ($node, $database, $what, $reason, $name) = @_;
	my $row = row_of($node, $database, $name // 'o');

	local $Test::Builder::Level = $Test::Builder::Level + 1;
	like($row, qr/^(|invalid\|.*(?:$reason).*)$/s, "$what: invalid for a reason, or gone");
	return;
}

# --- both ---

# What is not the same on purpose: names of databases and roles, places in a script.
sub comparable
{
	my ($text) = @_;

	$text =~ s/^psql:\S*: /psql: /mg;
	$text =~ s/^(pg_restore: from TOC entry).*/$1/mg;
	$text =~ s/_plain\b//g;
	$text =~ s/(RI_ConstraintTrigger_[ac]_)\d+/$1OID/g;
	return $text;
}

# A NOTICE that speaks of an ordering is allowed.
sub without_notices
{
	my ($text) = @_;

	$text =~ s/^(?:psql: )?NOTICE:  [^\n]*(?:ordering|bingo_tune)[^\n]*\n(?:(?:DETAIL|HINT):  [^\n]*\n)*//mg;
	return $text;
}

sub compare_results
{
	my ($mine, $plain, $what) = @_;

	local $Test::Builder::Level = $Test::Builder::Level + 1;
	foreach my $result ($mine, $plain)
	{
		$result->{$_} = comparable($result->{$_}) foreach qw(out err);
	}
	is($mine->{status}, $plain->{status}, "$what: status");
	is(without_notices($mine->{err}), $plain->{err}, "$what: messages");
	is($mine->{out}, $plain->{out}, "$what: output");
	return;
}

# role@ stands for a role of either's own, which role_of() names.
sub role_of
{
	my ($role, $database) = @_;
	return "${role}_$database";
}

sub both_psql
{
	my ($node, $database, $sql, $what, %options) = @_;
	my ($mine, $plain) = map {
		my $name = $_;
		my %own = %options;
		$own{user} =~ s/(\w+)@/role_of($1, $name)/e if defined $own{user};
		run_psql($node, $name, $sql =~ s/(\w+)@/role_of($1, $name)/ger, %own)
	} $database, "${database}_plain";

	local $Test::Builder::Level = $Test::Builder::Level + 1;
	compare_results($mine, $plain, $what);
	return $mine;
}

# The command is a function of the database's name.
sub both_run
{
	my ($node, $database, $command, $what) = @_;
	my ($mine, $plain) = map { run_program($node, [ $command->($_) ]) } $database, "${database}_plain";

	local $Test::Builder::Level = $Test::Builder::Level + 1;
	compare_results($mine, $plain, $what);
	return $mine;
}

# What the user has, table by table: relations, rows, keys and indexes, triggers, and
# columns, owners and rights; a part of the output each.
my $users_tables = <<'SQL';
CREATE TEMP VIEW mine AS SELECT c.*, c.oid::regclass::text COLLATE "C" AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
	WHERE n.nspname NOT IN ('pg_catalog', 'pg_toast', 'information_schema', 'bingo_tune') AND n.nspname !~ '^pg_(toast_)?temp'
	AND NOT EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_class'::regclass AND objid = c.oid AND deptype = 'e');
SELECT name, relkind FROM mine ORDER BY 1;
\echo --
SELECT format('SELECT %L, count(*), md5(string_agg(t::text, E''\n'' ORDER BY t::text COLLATE "C")) FROM %s t', name, name)
FROM mine WHERE relkind IN ('r', 'm', 'p') ORDER BY name \gexec
\echo --
SELECT name, conname, pg_get_constraintdef(k.oid), convalidated FROM mine JOIN pg_constraint k ON conrelid = mine.oid
UNION ALL
SELECT name, '', pg_get_indexdef(indexrelid), indisvalid FROM mine JOIN pg_index ON indrelid = mine.oid
ORDER BY 1, 2, 3;
\echo --
SELECT pg_get_triggerdef(t.oid), tgenabled FROM mine JOIN pg_trigger t ON tgrelid = mine.oid AND NOT tgisinternal ORDER BY 1;
\echo --
SELECT name, attname, format_type(atttypid, atttypmod), attnotnull, pg_get_expr(adbin, adrelid), relowner::regrole::text, relacl::text, relreplident
FROM mine JOIN pg_attribute ON attrelid = mine.oid AND attnum > 0 AND NOT attisdropped LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
WHERE relkind <> 'i' ORDER BY 1, attname;
SQL

sub same
{
	my ($node, $database, $what) = @_;
	my ($mine, $plain) = map { run_psql($node, $_, $users_tables) } $database, "${database}_plain";
	my @mine = split(/^--\n/m, $mine->{out});
	my @plain = split(/^--\n/m, $plain->{out});

	local $Test::Builder::Level = $Test::Builder::Level + 1;
	foreach my $part ('relations', 'rows', 'keys and indexes', 'triggers', 'columns, owners and rights')
	{
		is(comparable(shift @mine), comparable(shift @plain), "$what: same $part");
	}
	is($mine->{err}, $plain->{err}, "$what: can be looked at");
	return;
}

# --- dumps of both ---

my $folder = PostgreSQL::Test::Utils::tempdir();

# A twin is restored from the twin's dump.
sub file
{
	my ($form, $database) = @_;
	return "$folder/$form." . ($database =~ /_plain$/ ? 'plain' : 'mine');
}

sub dump_both
{
	my ($node, $database, $form, @options) = @_;

	local $Test::Builder::Level = $Test::Builder::Level + 1;
	both_run($node, $database, sub { return ('pg_dump', @options, '-f', file($form, $_[0]), '-d', $node->connstr($_[0])) }, "pg_dump @options");
	return;
}

# Commands for both_run() that restore what dump_both() has written.
sub psql_of
{
	my ($node, $form, @options) = @_;
	return sub { return ('psql', '-Xq', '-v', 'ON_ERROR_STOP=1', @options, '-f', file($form, $_[0]), '-d', $node->connstr($_[0])) };
}

sub restore_of
{
	my ($node, $form, @options) = @_;
	return sub { return ('pg_restore', @options, '-d', $node->connstr($_[0]), file($form, $_[0])) };
}

# The parts of a plain dump, each with its heading; the key of \restrict is drawn anew each time.
sub parts
{
	my ($form, $database) = @_;
	my $text = slurp_file(file($form, $database));

	$text =~ s/^(?:\\(?:un)?restrict|SET default_).*\n+//mg;
	$text =~ s/^--\n-- PostgreSQL database dump complete\n.*//ms;
	return split(/(?=^--\n-- (?:Data for )?Name: )/m, $text);
}

sub headings
{
	my ($form, $from, $without) = @_;
	my %without = map { $_ => 1 } parts($form, $without);

	return map { /Name: (.*?); Type: (.*?);/ ? "$2 $1" : 'SQL' } grep { !$without{$_} } parts($form, $from);
}

# What stands in the dump of the one only, and of the other.
sub surplus
{
	my ($form, $database) = @_;
	return headings($form, $database, "${database}_plain");
}

sub missing
{
	my ($form, $database) = @_;
	return headings($form, "${database}_plain", $database);
}

# --- copies ---

# No session of upkeep is left in a database that is to be copied.
sub quiet
{
	my ($node, $database) = @_;

	waits_for($node, 'postgres', "SELECT count(*) = 0 FROM pg_stat_activity WHERE datname = '$database'", "no session in $database");
	return;
}

# Databases TO and TO_plain, made from FROM and FROM_plain, where nobody is at work.
sub copy_twins
{
	my ($node, $from, $to, %options) = @_;
	my $owner = $options{owner} ? "OWNER $options{owner}" : '';

	$node->safe_psql('postgres', "CREATE DATABASE $to TEMPLATE $from $owner;\nCREATE DATABASE ${to}_plain TEMPLATE ${from}_plain $owner;");
	return;
}

sub drop_twins
{
	my ($node, $database) = @_;

	$node->safe_psql('postgres', "DROP DATABASE $_ WITH (FORCE)") foreach $database, "${database}_plain";
	return;
}

1;
