# Upkeep of an ordering that keeps the first rows of each key: filled in chunks that end in the midst of a key, keys cut and
# extended after commits, under an older snapshot, beside a prepared transaction, on a standby, after kill -9, and
# restored from a dump.
#
# Seen red: a chunk that goes on in the key that the last one has cut (it never ends), or counts its rows from nothing; keys that are
# not cut, or not extended, or looked for in the first of two; cuts that outlive a refill; a window cut without
# its boundary; the fill's own key without its end, where the fill does not go on at
# once; a fill that keys keep from going on; one that goes on beyond max_rows, or does not once there is room; a mark of a prepared
# transaction that nobody looks for.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use TunedNode;

my $node = start_node('primary', <<'CONF', allows_streaming => 1);
max_prepared_transactions = 5
autovacuum = off
CONF

sub sql
{
	my ($statement) = @_;
	return $node->safe_psql('app', $statement);
}

sub exact
{
	my ($what, $on, $database) = @_;
	is(($on // $node)->safe_psql($database // 'app', "SELECT state, missing, extra, differing FROM bingo_tune.orderings o, bingo_tune.verify_ordering(o.name)"),
		'valid|0|0|0', "$what: exact");
	return;
}

sub page
{
	my ($board, $rows) = @_;
	return "SELECT p.id, a.name FROM post p JOIN author a ON a.id = p.author_id WHERE p.board_id = $board ORDER BY p.created DESC, p.id DESC LIMIT (SELECT $rows)";
}

# How many rows of a page come from the window; the answer is the plain plan's.
sub in_window
{
	my ($board, $rows, $on) = @_;
	my $query = page($board, $rows);
	my ($read) = ($on // $node)->safe_psql('app', "EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) $query") =~ /Rows from Window: (\d+)/;

	is(($on // $node)->safe_psql('app', $query), ($on // $node)->safe_psql('app', "SET bingo_tune.enable_ordered_scan = off; $query"),
		"board $board: as without the window");
	return $read // 'none';
}

# Writers ask for upkeep, and sessions now and then: so it goes on.
sub wait_while_writing
{
	my ($board, $condition, $what) = @_;
	ok($node->poll_query_until('app', <<SQL), $what) or diag(sql('SELECT * FROM bingo_tune.orderings'));
WITH writing AS (UPDATE post SET title = title || '.' WHERE id = (SELECT id FROM post WHERE board_id = $board ORDER BY created DESC, id DESC LIMIT 1) RETURNING 1)
SELECT $condition FROM bingo_tune.orderings
SQL
	return;
}

# Board 1 has two chunks and more, the others 30 rows, and a chunk ends just behind the first 20 of one.
$node->safe_psql('postgres', 'CREATE DATABASE app');
sql(<<'SQL');
CREATE EXTENSION bingo_tune CASCADE;
CREATE TABLE author (id int PRIMARY KEY, name text NOT NULL);
CREATE TABLE post (id int PRIMARY KEY, board_id int, author_id int NOT NULL, created timestamp NOT NULL, title text NOT NULL);
INSERT INTO author SELECT i, 'a' || i FROM generate_series(1, 50) i;
INSERT INTO post SELECT i, CASE WHEN i <= 12000 THEN 1 ELSE 2 + i % 300 END, 1 + i % 50,
	'2020-01-01'::timestamp + (i * 7919 % 21001) * interval '1 minute', 't' FROM generate_series(1, 21000) i;
CREATE INDEX ON post (board_id);
CREATE INDEX ON post (author_id);
ANALYZE;
SELECT bingo_tune.create_ordering('o', 'SELECT p.id, p.title, a.name FROM post p JOIN author a ON a.id = p.author_id WHERE p.board_id = $1 ORDER BY p.created DESC', 20);
SQL
my $whole = sql('SELECT kept_rows FROM bingo_tune.orderings');
is($whole, 20 * 301, 'created: the first rows of each board');
exact('created');
sql("SELECT bingo_tune.refresh_ordering('o')");
is(sql("SELECT state, kept_rows, boundary FROM bingo_tune.orderings"), "valid|$whole|everything", 'filled again, in chunks');
exact('filled again');
is(in_window(1, 60), 20, 'and the rest by the plan behind');
is(in_window(7, 20), 20, 'another board');

# --- cut ---

sql("INSERT INTO post SELECT 30000 + $_ * 30 + i, 5 + i % 2, 1, '2021-01-01'::timestamp + i * interval '1 minute', 'new' FROM generate_series(1, 30) i") for 0 .. 4;
exact('two boards get new rows');
my $old = $node->background_psql('app', on_error_stop => 1);
my $before = $old->query_safe('BEGIN ISOLATION LEVEL REPEATABLE READ; ' . page(5, 80));
wait_while_writing(5, 'kept_rows <= ' . ($whole + 40), 'they are cut');
exact('cut');
cmp_ok(in_window(5, 100), '<=', 40, 'a board that was cut');
cmp_ok(in_window(6, 100), '<=', 40, 'and the other one');
is($old->query_safe(page(5, 80)), $before, 'a snapshot from before');
is($old->query_safe('SET LOCAL bingo_tune.enable_ordered_scan = off; ' . page(5, 80)), $before, 'has the same as the plain plan');
$old->query_safe('COMMIT');
$old->quit;

# --- extended ---

sql('DELETE FROM post WHERE id IN (SELECT id FROM post WHERE board_id = 1 ORDER BY created DESC, id DESC LIMIT 17)');
exact('deleted from');
wait_while_writing(1, "kept_rows >= $whole", 'a board is extended');
exact('extended');
cmp_ok(in_window(1, 60), '>=', 20, 'the board that was extended');
sql('DELETE FROM post WHERE board_id = 7');
wait_while_writing(1, "kept_rows >= $whole - 20", 'a board is emptied');
is(in_window(7, 20), 0, 'it has no rows');
sql("INSERT INTO post SELECT 40000 + i, 7, 1, '2019-01-01'::timestamp + i * interval '1 minute', 'again' FROM generate_series(1, 25) i");
exact('and it gets others');

# --- a prepared transaction has brought rows behind the end, and before it ---

sql(<<'SQL');
BEGIN;
INSERT INTO post VALUES (50000, 1, 1, '2018-01-01', 'behind'), (50001, 1, 1, '2022-01-01', 'before'), (50002, 8, 1, '2018-01-01', 'behind');
UPDATE post SET board_id = 9 WHERE id = (SELECT id FROM post WHERE board_id = 8 ORDER BY created DESC, id DESC LIMIT 1);
PREPARE TRANSACTION 'p';
SQL
sql("INSERT INTO post SELECT 51000 + $_ * 30 + i, 8, 1, '2021-01-01'::timestamp + i * interval '1 minute', 'new' FROM generate_series(1, 30) i") for 0 .. 1;
exact('beside a prepared transaction');
sql("COMMIT PREPARED 'p'");
exact('after COMMIT PREPARED');
wait_while_writing(8, 'kept_rows <= ' . ($whole + 60), 'then the board is cut');
exact('and cut');

# So many that the board is marked: nobody reads it, nor writes afterwards.  A worker that is still to begin would wait for it.
my $idle = "SELECT NOT EXISTS (SELECT FROM pg_stat_activity WHERE backend_type ~ 'bingo_tune')";
ok($node->poll_query_until('app', $idle), 'upkeep has done what was asked for');
sql("BEGIN; INSERT INTO post SELECT 60000 + i, 7777, 1, '2020-01-01'::timestamp + i * interval '1 minute', 'many' FROM generate_series(1, 1000) i; PREPARE TRANSACTION 'p'");
ok($node->poll_query_until('app', $idle), 'upkeep finds nothing yet');
sql("COMMIT PREPARED 'p'");
ok($node->poll_query_until('app', 'SELECT marked_keys = 0 FROM bingo_tune.orderings'), 'the mark that it brings goes by itself');
exact('and without it');
sql('DELETE FROM post WHERE board_id = 7777');

# --- standby, kill -9, restore ---

my $standby = PostgreSQL::Test::Cluster->new('standby');
$node->backup('base');
$standby->init_from_backup($node, 'base', has_streaming => 1);
$standby->start;
sql("INSERT INTO post VALUES (60000, 5, 1, '2023-01-01', 'streamed')");
$node->wait_for_catchup($standby);
exact('on a standby', $standby);
cmp_ok(in_window(5, 100, $standby), '<=', 42, 'a board that was cut, there');
sql("SELECT bingo_tune.refresh_ordering('o')");
$node->wait_for_catchup($standby);
exact('on the standby, filled again', $standby);
$standby->stop;

$node->stop('immediate');
$node->start;
exact('after kill -9');
$node->safe_psql('postgres', 'CREATE DATABASE copy');
my $dump = $node->backup_dir . '/dump.sql';
command_ok([ 'pg_dump', '--file', $dump, '-d', $node->connstr('app') ], 'dumped');
$node->command_ok([ 'psql', '--no-psqlrc', '--quiet', '--set', 'ON_ERROR_STOP=1', '--output', $dump . '.out', '--file', $dump, '-d', 'copy' ], 'restored');
ok($node->poll_query_until('copy', "SELECT state = 'valid' AND window_rows = 20 AND boundary = 'everything' FROM bingo_tune.orderings"), 'and filled');
exact('restored', $node, 'copy');
is($node->safe_psql('copy', 'SELECT kept_rows FROM bingo_tune.orderings'),
	$node->safe_psql('copy', 'SELECT sum(least(n, 20)) FROM (SELECT count(*) AS n FROM post GROUP BY board_id) q'), 'with the first rows of each board');

# The fill has ended in a key itself, at a row that is too long for the window: the key's own end stays, wherever it goes.
$node->safe_psql('postgres', 'CREATE DATABASE ended');
$node->safe_psql('ended', <<'SQL');
CREATE EXTENSION bingo_tune CASCADE;
CREATE TABLE t (id int PRIMARY KEY, k int, s int, c text COLLATE "C");
INSERT INTO t SELECT g, 1, g, 'a' FROM generate_series(1, 50) g;
INSERT INTO t VALUES (60, 2, 1, 'a');
INSERT INTO t SELECT 2000, 2, 0, string_agg(md5(i::text), '') FROM generate_series(1, 400) i;
SELECT bingo_tune.create_ordering('w', 'SELECT id, k, s, c FROM t WHERE k = $1 ORDER BY c, s', 3);
INSERT INTO t SELECT 3000 + g, 2, -g, 'a' FROM generate_series(1, 10) g;
SQL

sub wait_for_rows
{
	my ($rows, $what) = @_;
	ok($node->poll_query_until('ended', "WITH writing AS (UPDATE t SET s = s WHERE id IN (1, 60) RETURNING 1) SELECT kept_rows = $rows FROM bingo_tune.orderings"), $what)
	  or diag($node->safe_psql('ended', 'SELECT * FROM bingo_tune.orderings'));
	return;
}

wait_for_rows(6, 'cut in the key where the fill has ended');
exact('cut', $node, 'ended');
$node->safe_psql('ended', <<'SQL');
BEGIN;
INSERT INTO t VALUES (4000, 2, 5, 'a'), (4001, 2, 6, 'a');
DELETE FROM t WHERE id BETWEEN 3001 AND 3010 OR id = 2000;
COMMIT;
SQL
wait_for_rows(6, 'extended behind that');
$node->safe_psql('ended', "INSERT INTO t VALUES (3999, 2, 5, 'a')");
exact('extended', $node, 'ended');
is($node->safe_psql('ended', 'SET enable_seqscan = off; SET enable_sort = off; SELECT id FROM t WHERE k = 2 ORDER BY c, s, id LIMIT 3'),
	"60\n3999\n4000", 'its page');
# A key behind it comes in, although there are keys that always want a look.
$node->safe_psql('ended', "INSERT INTO t SELECT 5000 + g, 9, g, 'a' FROM generate_series(1, 2) g");
ok($node->poll_query_until('ended', "WITH writing AS (UPDATE t SET s = s WHERE id IN (1, 60) RETURNING 1) SELECT boundary = 'everything' FROM bingo_tune.orderings"), 'the fill goes on');
exact('all keys', $node, 'ended');

# max_rows: a refill by upkeep, in chunks, stops there; keys are cut and the fill does not go on; once a quarter is free it does.
$node->safe_psql('postgres', 'CREATE DATABASE limited');
$node->safe_psql('limited', <<'SQL');
CREATE EXTENSION bingo_tune CASCADE;
CREATE TABLE t (id int PRIMARY KEY, k int NOT NULL, c int NOT NULL);
INSERT INTO t SELECT g, g % 40, g * 7919 % 50000 FROM generate_series(1, 12000) g;
CREATE INDEX ON t (k);
SELECT bingo_tune.create_ordering('limited', 'SELECT id FROM t WHERE k = $1 ORDER BY c, id', 20, max_rows => 615);
SQL
sub wait_for_limited
{
	my ($condition, $what) = @_;
	ok($node->poll_query_until('limited', "WITH writing AS (UPDATE t SET c = c WHERE id IN (1, 60) RETURNING 1) SELECT $condition FROM bingo_tune.orderings"), $what)
		or diag($node->safe_psql('limited', 'SELECT * FROM bingo_tune.orderings'));
	exact($what, $node, 'limited');
	return;
}
$node->safe_psql('limited', 'TRUNCATE t; INSERT INTO t SELECT g, g % 40, g * 7919 % 50000 FROM generate_series(1, 12000) g');
wait_for_limited("kept_rows = 615 AND state = 'valid' AND boundary ~ '^30, '", 'filled again up to its limit');
$node->safe_psql('limited', 'INSERT INTO t SELECT 20000 + g, 3, -g FROM generate_series(1, 30) g');
wait_for_limited("kept_rows = 615 AND boundary ~ '^30, '", 'a key is cut, and the fill does not go on');
$node->safe_psql('limited', <<'SQL');
DELETE FROM t WHERE id IN (SELECT id FROM t WHERE k = 5 ORDER BY c, id LIMIT 9);
INSERT INTO t SELECT 30000 + g, 3, -100 - g FROM generate_series(1, 30) g;
SQL
wait_for_limited("kept_rows = 606 AND boundary ~ '^30, '", 'nor for a few rows');
$node->safe_psql('limited', 'DELETE FROM t WHERE k BETWEEN 4 AND 12');
wait_for_limited("kept_rows = 615 AND boundary ~ '^39, '", 'the fill goes on');

$node->stop;
done_testing();
