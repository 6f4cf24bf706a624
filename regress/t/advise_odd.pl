# advise() of what is odd: statistics that are wrong, tables of no rows or of NULLs alone, columns that are gone, statements that
# fail, tables that are locked, and a standby, which does not know what the primary's writers do.
#
# Seen red with: nothing said on a standby; a statement's error taken for advise()'s own, and HypoPG's; a size that is not known taken for none;
# an index that is not there shown to what a function plans while its caller's plan is made, or without a name once that has been executed.
use strict;
use warnings FATAL => 'all';

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use TunedNode;

my $node = start_node('main', "fsync = off\njit = off\nautovacuum = off\nmax_parallel_workers_per_gather = 0\n", allows_streaming => 1);
need_hypopg();

$node->safe_psql('postgres', <<'SQL');
SET client_min_messages = warning;
CREATE EXTENSION bingo_tune CASCADE;
CREATE EXTENSION hypopg;
CREATE TABLE grown (a integer, b integer);
INSERT INTO grown SELECT i, i FROM generate_series(1, 100) AS i;
CREATE TABLE wrong (k integer, rest text);
INSERT INTO wrong SELECT i, repeat('x', 50) FROM generate_series(1, 50000) AS i;
CREATE TABLE none (a integer, tags integer[], doc jsonb, name text);
CREATE TABLE one (a integer, tags integer[], doc jsonb, name text);
INSERT INTO one VALUES (1, '{1}', '{"a": 1}', 'x');
CREATE TABLE nulls (a integer, tags integer[], doc jsonb, name text);
INSERT INTO nulls SELECT FROM generate_series(1, 20000);
CREATE TABLE wide (a integer, tags integer[], doc jsonb, name text);
INSERT INTO wide SELECT i, ARRAY(SELECT generate_series(i, i + 5000)), (SELECT jsonb_object_agg('k' || j, repeat('v', 100)) FROM generate_series(i, i + 500) AS j),
	repeat(md5(i::text), 1000) FROM generate_series(1, 200) AS i;
CREATE TABLE gone (first text, tags integer[], second jsonb, id integer, name text, doc jsonb);
INSERT INTO gone (tags, id, name, doc) SELECT ARRAY[i, i + 1], i, md5(i::text), jsonb_build_object('k', i) FROM generate_series(1, 30000) AS i;
ALTER TABLE gone DROP first, DROP second;
CREATE TABLE plain AS SELECT i AS a, i % 3000 AS b, i AS c FROM generate_series(1, 60000) AS i;
CREATE TABLE locked AS SELECT i AS a FROM generate_series(1, 60000) AS i;
VACUUM ANALYZE;
INSERT INTO grown SELECT i, i FROM generate_series(1, 100000) AS i;
UPDATE wrong SET k = 1;
SQL

sub advice
{
	my ($query, $columns, $on) = @_;
	my $argument = defined $query ? "\$query\$$query\$query\$" : 'min_share => 0';
	$columns //= q{replace(command, 'CREATE INDEX CONCURRENTLY ON public.', '')};
	return ($on // $node)->safe_psql('postgres', "SELECT $columns FROM bingo_tune.advise($argument) WHERE kind <> 'analyze' ORDER BY rank");
}

# By what the statistics say, right or wrong; a table that has grown since is as large as its file.
is(advice('SELECT * FROM grown WHERE a = 5'), 'grown USING btree (a)', 'a table that has grown since ANALYZE');
is(advice('SELECT * FROM wrong WHERE k = 1'), 'wrong USING btree (k)', 'wrong statistics');

# Nothing to be found, or next to nothing: no error, and nothing for a page of rows.
my @conditions = ('a = 5', 'a IS NOT NULL', q{tags @> '{5}'}, q{doc @> '{"a": 5}'}, q{doc ? 'a'}, q{name LIKE '%abc%'}, q{lower(name) = 'x'}, q{(doc ->> 'a')::integer = 5});
foreach my $table (qw(none one nulls wide))
{
	my @kinds = map { advice("SELECT a FROM $table WHERE $_ ORDER BY name LIMIT 5", 'kind') } @conditions;
	is(scalar(grep { /^(index|nothing)(\n|$)/ } @kinds), scalar(@conditions), "$table: an answer to all");
	is(scalar(grep { /index/ } @kinds), 0, "$table: no index") if $table eq 'one';
}

# What planning calls plans statements of its own, and executes them: without indexes that are not there.
$node->safe_psql('postgres', q{CREATE FUNCTION least_of(wanted integer) RETURNS integer LANGUAGE plpgsql STABLE AS 'BEGIN RETURN (SELECT min(c) FROM plain WHERE b = wanted); END'});
like(advice('SELECT * FROM plain WHERE b = 7 AND a > least_of(7)'), qr/^plain USING btree \(b\)/, 'a function reads the table');
is(advice('SELECT a FROM grown WHERE a = 5 AND b > least_of(7)'), 'grown USING btree (a)', 'a function reads another table');

# Columns in front of which others are gone, as keys and in expressions.
my @gone = (
	[ 'tags @> ARRAY[7, 8]', 'gone USING gin (tags)' ],
	[ q{doc @> '{"k": 7}'}, 'gone USING gin (doc)' ],
	[ q{doc -> 'k' @> '7'}, q{gone USING gin (((doc -> 'k'::text)))} ],
	[ q{lower(name) = 'x'}, 'gone USING btree ((lower(name)))' ],
);
foreach my $gone (@gone)
{
	my ($condition, $expected) = @$gone;
	my $query = "SELECT * FROM gone WHERE $condition";
	is(advice($query), $expected, "columns are gone: $condition");
	$node->safe_psql('postgres', "CREATE INDEX it ON $expected");
	like($node->safe_psql('postgres', "EXPLAIN (COSTS OFF) $query"), qr/\bit\b/, 'it is used');
	$node->safe_psql('postgres', 'DROP INDEX it');
}

# A statement that fails is slow all the same.
$node->safe_psql('postgres', 'SELECT bingo_tune.reset_timing()');
$node->psql('postgres', 'SELECT 1 / (c - c) FROM plain WHERE b = 7;' x 3, on_error_stop => 0);
like(advice(), qr/^plain USING btree \(b\)/, 'a statement that fails');

# A table that is locked: the statement says so, others are advised; lock_timeout ends the wait.
$node->safe_psql('postgres', 'SELECT bingo_tune.reset_timing(); SELECT * FROM locked WHERE a = 5; SELECT * FROM plain WHERE a = 5');
my $locker = $node->background_psql('postgres');
$locker->query_safe('BEGIN; LOCK TABLE locked IN ACCESS EXCLUSIVE MODE');
is($node->safe_psql('postgres', q{SET lock_timeout = '10ms'; SELECT kind, coalesce(command, reason) FROM bingo_tune.advise(min_share => 0) ORDER BY kind}),
	"index|CREATE INDEX CONCURRENTLY ON public.plain USING btree (a)\nnothing|canceling statement due to lock timeout", 'one table is locked');
my (undef, undef, $error) = $node->psql('postgres', "\\set VERBOSITY verbose\nSET lock_timeout = '10ms'; SELECT bingo_tune.advise('SELECT * FROM locked WHERE a = 5')");
like($error, qr/55P03/, 'a statement that is given: an error');
$locker->quit;
is(advice('SELECT * FROM locked WHERE a = 5'), 'locked USING btree (a)', 'which was all');

# A standby: the same advice, for the primary; nothing is known of writers.
$node->backup('backup');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($node, 'backup', has_streaming => 1);
$standby->start;
my $note = 'type it on the primary: what its writers would pay is not known on this standby, and not in gain';
is(advice('SELECT * FROM plain WHERE a = 5', 'command, note', $standby), "CREATE INDEX CONCURRENTLY ON public.plain USING btree (a)|$note", 'a standby');
$standby->safe_psql('postgres', 'SELECT * FROM plain WHERE c = 5');
is(advice(undef, 'command, note, write_cost IS NULL', $standby), "CREATE INDEX CONCURRENTLY ON public.plain USING btree (c)|$note|t", 'of what ran there');
$standby->stop;

# HypoPG can't open a table that is locked or gone by then: what it says of its indexes is missing, and nothing else.
$node->safe_psql('postgres', q{CREATE OR REPLACE FUNCTION hypopg_relation_size(indexid oid) RETURNS bigint LANGUAGE plpgsql AS $$
	BEGIN RAISE EXCEPTION 'could not open relation with OID %', indexid USING ERRCODE = 'internal_error'; END $$});
is(advice('SELECT * FROM plain WHERE a = 5', 'command, size'), 'CREATE INDEX CONCURRENTLY ON public.plain USING btree (a)|', 'a size that is not known');
is($node->safe_psql('postgres', q{SELECT kind FROM bingo_tune.advise('SELECT * FROM plain WHERE a = 5', budget => 1000000000)}), 'nothing', 'which fits no budget');

$node->stop;
done_testing();
