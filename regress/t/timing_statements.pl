# pg_stat_statements lives its own life beside query_timing: it is updated and moved; and databases of several encodings share one server.
#
# It can be dropped and made again, and is restored first.
#
# Seen red with a dependency that refuses DROP EXTENSION pg_stat_statements, that takes
# ours along with its schema, or that is not recorded again; with version 1.0's view, which depends on pg_stat_statements' function: UPDATE
# refused; with texts converted by pg_stat_statements: one that LATIN1 has no characters
# for made the view fail; with actions left as they are; with EXECUTE not asked for.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('main');
# Texts of any encoding are sent as they are.
$node->init(extra => [ '--encoding=UTF8', '--locale=C' ]);
$node->append_conf('postgresql.conf', "shared_preload_libraries = 'pg_stat_statements,bingo_tune'\nfsync = off\n");
$node->start;

sub look
{
	my ($database, $query) = @_;
	return $node->safe_psql($database, "SET bingo_tune.track = none; SET pg_stat_statements.track = none; $query");
}

# What SQL can be typed of a query, with figures that only pg_stat_statements has.
my $KNOWN = q{SELECT query, calls, shared_blks_hit >= 0, wal_bytes >= 0, blk_read_time >= 0, temp_blks_written >= 0
	FROM bingo_tune.query_timing WHERE query LIKE '%of_interest%' AND database = current_database()};

# --- versions and schemas ---

my %available = map { $_ => 1 } split /\n/, $node->safe_psql('postgres',
	"SELECT version FROM pg_available_extension_versions WHERE name = 'pg_stat_statements'");
my $default = $node->safe_psql('postgres', "SELECT default_version FROM pg_available_extensions WHERE name = 'pg_stat_statements'");

for my $old (grep { $available{$_} } qw(1.9 1.10 1.11 1.12))
{
	next if $old eq $default;
	my $name = "from_$old" =~ tr/./_/r;
	$node->safe_psql('postgres', "CREATE DATABASE $name");
	$node->safe_psql($name, "CREATE EXTENSION pg_stat_statements VERSION '$old'; CREATE EXTENSION bingo_tune");
	$node->safe_psql($name, 'SELECT 1 AS of_interest');
	my $before = look($name, $KNOWN);
	like($before, qr/^SELECT \$1 AS of_interest\|1\|t\|t?\|t\|t$/, "$old: text and figures");
	is($node->psql($name, 'ALTER EXTENSION pg_stat_statements UPDATE'), 0, "$old: updated to $default");
	is(look($name, $KNOWN), 'SELECT $1 AS of_interest|1|t|t|t|t', "$old, updated: text and figures");
}

$node->safe_psql('postgres', 'CREATE SCHEMA "another Place"; CREATE EXTENSION bingo_tune CASCADE; SELECT 1 AS of_interest');
$node->safe_psql('postgres', 'CREATE VIEW mine AS SELECT query FROM bingo_tune.query_timing');
is($node->psql('postgres', 'ALTER EXTENSION pg_stat_statements SET SCHEMA "another Place"'), 0, 'moved');
is(look('postgres', $KNOWN), 'SELECT $1 AS of_interest|1|t|t|t|t', 'moved: text and figures');
$node->safe_psql('postgres', q{CREATE FUNCTION public.pg_stat_statements(showtext boolean, OUT userid oid, OUT dbid oid, OUT queryid bigint, OUT query text)
	RETURNS SETOF record LANGUAGE sql AS $$SELECT 10::oid, 1::oid, 1::bigint, 'planted'$$});
is(look('postgres', $KNOWN), 'SELECT $1 AS of_interest|1|t|t|t|t', 'another function of that name: passed over');

is(look('postgres', q{
	WITH members AS (
		SELECT d.classid, d.objid, e.extname FROM pg_depend d JOIN pg_extension e ON d.refobjid = e.oid
		WHERE d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e'),
	ours AS (
		SELECT classid, objid FROM members WHERE extname = 'bingo_tune'
		UNION ALL
		SELECT 'pg_rewrite'::regclass, r.oid FROM pg_rewrite r JOIN members m ON m.objid = r.ev_class AND m.extname = 'bingo_tune')
	SELECT pg_describe_object(d.classid, d.objid, d.objsubid), pg_describe_object(d.refclassid, d.refobjid, d.refobjsubid)
	FROM pg_depend d JOIN ours USING (classid, objid)
		JOIN members m ON m.classid = d.refclassid AND m.objid = d.refobjid AND m.extname <> 'bingo_tune'}),
	'', 'no object depends on one of another extension');

# --- dropped and made again ---

sub known { return look($_[0], "SELECT count(query) FROM bingo_tune.query_timing WHERE action = 'SELECT FROM of_interest'") }
sub extensions { return $node->safe_psql($_[0], "SELECT string_agg(extname, ' ' ORDER BY extname) FROM pg_extension WHERE extname <> 'plpgsql'") }
sub refusal
{
	my ($database, $statement) = @_;
	my ($status, $out, $err) = $node->psql($database, "\\set VERBOSITY sqlstate\n$statement");
	return $err =~ /ERROR:  (\w+)/ ? $1 : 'none';
}

$node->safe_psql('postgres', 'CREATE ROLE stranger; CREATE DATABASE without');
$node->safe_psql('without', 'CREATE SCHEMA stats; CREATE EXTENSION bingo_tune CASCADE; CREATE TABLE of_interest AS SELECT 1 AS n');
$node->safe_psql('without', 'SELECT n FROM of_interest');
is(known('without'), 1, 'a text');
is(refusal('without', 'SET ROLE stranger; DROP EXTENSION pg_stat_statements'), '42501', 'a stranger may not drop pg_stat_statements');
is(refusal('without', 'DROP EXTENSION pg_stat_statements'), 'none', 'a superuser may');
is(extensions('without'), 'bingo_tune', 'and ours stays');
is(known('without'), 0, 'without texts');
is(look('without', "SELECT calls FROM bingo_tune.query_timing WHERE action = 'SELECT FROM of_interest'"), 1, 'but with all else');
is(refusal('without', 'CREATE EXTENSION pg_stat_statements SCHEMA stats'), 'none', 'made again');
is(known('without'), 1, 'with texts');

my $folder = PostgreSQL::Test::Utils::tempdir();
$node->command_ok([ 'pg_dump', '-Fc', '-f', "$folder/dump", 'without' ], 'dumped');
$node->safe_psql('postgres', 'CREATE DATABASE again TEMPLATE template0');
$node->command_ok([ 'pg_restore', '--exit-on-error', '-d', 'again', "$folder/dump" ], 'restored');
is(extensions('again'), 'bingo_tune pg_stat_statements', 'with both');
$node->command_ok([ 'pg_restore', '--exit-on-error', '--clean', '--if-exists', '-d', 'again', "$folder/dump" ], 'restored over itself');
is(extensions('again'), 'bingo_tune pg_stat_statements', 'with both');

is(refusal('again', 'DROP SCHEMA stats'), '2BP01', 'a schema that is not empty');
is(refusal('again', 'DROP SCHEMA stats CASCADE'), 'none', 'its schema is dropped');
is(extensions('again'), 'bingo_tune', 'and ours stays');
$node->safe_psql('again', 'CREATE EXTENSION pg_stat_statements');
is(refusal('again', 'DROP EXTENSION pg_stat_statements CASCADE'), 'none', 'CASCADE takes ours');
is(extensions('again'), '', 'as it says');
$node->safe_psql('again', 'CREATE ROLE admin SUPERUSER; SET ROLE admin; CREATE EXTENSION pg_stat_statements; RESET ROLE; CREATE EXTENSION bingo_tune');
is(refusal('again', 'DROP OWNED BY admin'), 'none', 'who has made it goes');
is(extensions('again'), 'bingo_tune', 'and ours stays');

# --- rights ---

$node->safe_psql('postgres', q{CREATE ROLE visitor; SET ROLE visitor; SELECT 2 AS of_interest});
is(look('postgres', qq{SET ROLE visitor; $KNOWN}), 'SELECT $1 AS of_interest|1|t|t|t|t', 'a visitor sees his own');
is(look('postgres', q{SET ROLE visitor; SELECT count(*) > 0, count(*) FILTER (WHERE userid <> 'visitor'::regrole)
	FROM bingo_tune.statement_statistics()}), 't|0', 'and no row of others');
$node->safe_psql('postgres', 'REVOKE EXECUTE ON FUNCTION "another Place".pg_stat_statements(boolean) FROM PUBLIC');
my ($status, $out, $err) = $node->psql('postgres', '\set VERBOSITY sqlstate' . "\nSET ROLE visitor; SELECT * FROM bingo_tune.query_timing");
like($err, qr/ERROR:  42501/, 'who may not call pg_stat_statements sees nothing of it');

# --- encodings ---

my @databases = (
	[ 'latin1', 'LATIN1' ], [ 'utf8', 'UTF8' ], [ 'ascii', 'SQL_ASCII' ], [ 'japanese', 'EUC_JP' ], [ 'gone', 'UTF8' ]);
for (@databases)
{
	my ($name, $encoding) = @$_;
	$node->safe_psql('postgres', "CREATE DATABASE $name TEMPLATE template0 ENCODING '$encoding' LOCALE 'C'");
	$node->safe_psql($name, 'CREATE EXTENSION bingo_tune CASCADE') if $name ne 'gone';
}

# A statement as bytes, in a database, from a client of the same encoding.
sub send_bytes
{
	my ($database, $bytes) = @_;
	local $ENV{PGCLIENTENCODING} = '';
	delete $ENV{PGCLIENTENCODING};
	return $node->safe_psql($database, "SET client_min_messages = error; $bytes");
}

# A table's name is in text and action.
my %sent = (
	latin1 => "\xe9t\xe9", utf8 => "\xc3\xa9\xe2\x82\xac", ascii => "\xff\xfe", japanese => "\xa4\xa2",
	gone => "\xe2\x82\xac");
send_bytes($_, qq{CREATE TABLE "$sent{$_}" (id int); SELECT id AS seen FROM "$sent{$_}"}) for sort keys %sent;
$node->safe_psql('postgres', 'DROP DATABASE gone');

# How each shows the others': by the name of the database, or '' for one that was dropped.
my %shown = (
	latin1 => {
		latin1 => "\xe9t\xe9", utf8 => "\xe9\\xe2\\x82\\xac", ascii => "\xff\xfe",
		japanese => '\xa4\xa2', '' => "\xe2\x82\xac" },
	utf8 => {
		latin1 => "\xc3\xa9t\xc3\xa9", utf8 => "\xc3\xa9\xe2\x82\xac", ascii => '\xff\xfe',
		japanese => "\xe3\x81\x82", '' => "\xe2\x82\xac" },
	ascii => { map { ($_ eq 'gone' ? '' : $_) => $sent{$_} } keys %sent },
	japanese => {
		latin1 => '\xe9t\xe9', utf8 => "\x8f\xab\xb1\\xe2\\x82\\xac", ascii => '\xff\xfe',
		japanese => "\xa4\xa2", '' => '\xe2\x82\xac' });
for my $in (sort keys %shown)
{
	my %found = map { split /\|/, $_, 2 } split /\n/, send_bytes($in,
		q{SET bingo_tune.track = none; SET pg_stat_statements.track = none;
		SELECT DISTINCT database || '|' || query || '|' || action FROM (
			SELECT coalesce(database, '') AS database, query, action FROM bingo_tune.query_timing
			WHERE query LIKE 'SELECT id AS seen FROM %') AS t});
	my %expected = map { $_ => qq{SELECT id AS seen FROM "$shown{$in}{$_}"|SELECT FROM $shown{$in}{$_}} } keys %{ $shown{$in} };
	is_deeply(\%found, \%expected, "$in: every database's texts") or diag(explain(\%found));
	is(send_bytes($in, 'SELECT count(*) = count(upper(query)) AND count(*) > 0 FROM bingo_tune.query_timing WHERE query IS NOT NULL'),
		't', "$in: all are text of this encoding");
}

# However large and however wrong, it is one row.
send_bytes('utf8', 'DO $$BEGIN NULL; /* ' . "\xe2\x82\xac" x 500_000 . ' large */ END$$');
is(send_bytes('latin1', q{SELECT max(length(query)) BETWEEN 4000000 AND 4200000 FROM bingo_tune.query_timing WHERE query LIKE 'DO%'}),
	't', 'a large text is cut');

$node->stop;
done_testing();
