# Upkeep in the background: refill, extend and prune after commits and after a
# restart, refresh in chunks beside writers, kill -9 in the middle, a standby, and
# session_preload_libraries alone.
#
# Seen red: bingo_refresh_extend() without the boundary; only one chunk extended, or
# pruned, or NULLs pruned from the wrong end; a worker that is read only where the
# database's transactions are, or stays in the gate's queue; a window that is truncated
# while a standby's readers have it open (they are cancelled); states without definition that nobody looks for; an index
# that REINDEX CONCURRENTLY has left.
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

sub state
{
	return sql("SELECT state, kept_rows FROM bingo_tune.orderings WHERE name = 'o'");
}

sub wait_for
{
	my ($condition, $what) = @_;
	ok($node->poll_query_until('app', "SELECT $condition FROM bingo_tune.orderings WHERE name = 'o'"), $what)
	  or diag(sql('SELECT * FROM bingo_tune.orderings'));
	return;
}

# Writers ask for upkeep, by statistics that the sessions before them may not have reported yet: so they go on.
sub wait_for_while_writing
{
	my ($condition, $what) = @_;
	ok($node->poll_query_until('app', <<SQL), $what) or diag(sql('SELECT * FROM bingo_tune.orderings'));
WITH writing AS (UPDATE f SET filler = filler || '.' WHERE id =
	(SELECT f.id FROM f JOIN d ON f.d_id = d.id ORDER BY d.name DESC NULLS LAST, f.id LIMIT 1) RETURNING 1)
SELECT $condition FROM bingo_tune.orderings WHERE name = 'o'
SQL
	return;
}

sub exact
{
	my ($what) = @_;
	is(sql("SELECT missing, extra, differing FROM bingo_tune.verify_ordering('o')"), '0|0|0', "$what: exact");
	return;
}

$node->safe_psql('postgres', 'CREATE DATABASE app');
sql(<<'SQL');
CREATE EXTENSION bingo_tune CASCADE;
CREATE TABLE d (id int PRIMARY KEY, name text);
CREATE TABLE f (id int PRIMARY KEY, d_id int, filler text);
CREATE INDEX ON f (d_id);
CREATE INDEX ON d (name DESC NULLS LAST, id);
INSERT INTO d SELECT i, nullif('D' || i % 300, 'D7') FROM generate_series(1, 1000) i;
INSERT INTO f SELECT i, i % 1000, 'x' FROM generate_series(1, 30000) i;
ANALYZE;
SELECT bingo_tune.create_ordering('o', 'SELECT f.id, filler, d.name FROM f JOIN d ON f.d_id = d.id ORDER BY d.name DESC NULLS LAST, f.id', 12000);
SQL
is(state(), 'valid|12000', 'created');

# Inheritance, and its end.
sql('CREATE TABLE child () INHERITS (d)');
like(state(), qr/^invalid/, 'a table gets a child');
sql('DROP TABLE child');
wait_for("state = 'valid' AND kept_rows = 12000", 'the child is gone');
exact('after inheritance');
exact('created');

# --- refill, extend, prune, by the commit that makes it necessary ---

sql('TRUNCATE d');
wait_for("state = 'valid' AND boundary = 'everything'", 'TRUNCATE: filled again');
sql("INSERT INTO d SELECT i, nullif('D' || i % 300, 'D7') FROM generate_series(1, 1000) i");
wait_for("state = 'valid' AND kept_rows >= 12000", 'bulk insert: filled again');
exact('filled again');
sql('ALTER TABLE d DISABLE TRIGGER ALL; ALTER TABLE d ENABLE TRIGGER ALL');
wait_for("state = 'valid'", 'triggers that pg_restore has made plain: ALWAYS again');
is(sql("SELECT count(*) FROM pg_trigger WHERE tgname LIKE 'bingo%' AND tgenabled = 'A'"), '4', 'all of them');
sql('VACUUM FULL f');
sql('SELECT count(*) FROM f ORDER BY 1');
sql('SELECT id FROM f ORDER BY id LIMIT 1');
wait_for("state = 'valid' AND kept_rows >= 12000", 'VACUUM FULL: noticed by a reader');
exact('after it');

# No row passes the triggers by, whoever disables them.
sql('ALTER TABLE d DISABLE TRIGGER ALL');
is(state(), 'valid|12000', 'disabled triggers are enabled at once');
is(sql("SELECT count(*) FROM pg_trigger WHERE tgname LIKE 'bingo%' AND tgenabled = 'A'"), '4', 'all of them');
sql("BEGIN; ALTER TABLE d DISABLE TRIGGER ALL; UPDATE d SET name = 'ZZ' WHERE id = 500; COMMIT; UPDATE d SET name = 'Z' WHERE id = 400");
like(state(), qr/^valid/, 'writes under disabled triggers');
exact('they are seen');

# In pieces below W/4, so that each is kept up.
for my $piece (0 .. 3)
{
	sql("DELETE FROM f WHERE id IN (SELECT id FROM (SELECT f.id FROM f JOIN d ON f.d_id = d.id ORDER BY d.name DESC NULLS LAST, f.id LIMIT 2000) x)");
}
wait_for_while_writing("state = 'valid' AND kept_rows = 12000", 'deleted from: extended, in two chunks');
exact('extended');
for my $piece (1 .. 6)
{
	sql("INSERT INTO f SELECT 100000 + $piece * 2500 + i, (SELECT id FROM d ORDER BY name DESC NULLS LAST, id LIMIT 1), 'n' FROM generate_series(1, 2500) i");
}
wait_for_while_writing("state = 'valid' AND kept_rows <= 15000", 'inserted into: pruned, in several chunks');
exact('pruned');

# NULLs at either end.
sql(<<'SQL');
CREATE TABLE n (id int PRIMARY KEY, x int);
INSERT INTO n SELECT i, nullif(i % 3, 0) FROM generate_series(1, 90) i;
SELECT bingo_tune.create_ordering('nulls last', 'SELECT id, x FROM n ORDER BY x DESC NULLS LAST, id', 100);
SELECT bingo_tune.create_ordering('nulls first', 'SELECT id, x FROM n ORDER BY x NULLS FIRST, id', 100);
SQL
sql("INSERT INTO n SELECT i, nullif(i % 3, 0) FROM generate_series($_ * 20 + 80, $_ * 20 + 99) i") for 1 .. 12;
ok($node->poll_query_until('app', <<'SQL'), 'windows with NULLs: pruned') or diag(sql('SELECT * FROM bingo_tune.orderings'));
WITH writing AS (UPDATE n SET x = 3 - x WHERE id = 1 RETURNING 1)
SELECT count(*) = 2 FROM bingo_tune.orderings
WHERE name LIKE 'nulls %' AND state = 'valid' AND kept_rows <= 200 AND boundary <> 'everything'
SQL
foreach my $name ('nulls last', 'nulls first')
{
	is(sql("SELECT missing, extra, differing FROM bingo_tune.verify_ordering('$name')"), '0|0|0', "$name: exact");
	sql("SELECT bingo_tune.drop_ordering('$name')");
}

# --- what has no definition: written by who had not seen that it was dropped, or dropped unseen ---

ok($node->poll_query_until('app', "SELECT count(*) = 0 FROM pg_stat_activity WHERE backend_type = 'bingo_tune upkeep'"), 'nobody is at work');
my $states = "SELECT string_agg(substring(o FROM 6), ' ' ORDER BY o) FROM pg_foreign_server, unnest(srvoptions) o WHERE srvtype = 'window' AND o ~ '^name='";
my $made = sql(<<"SQL");
SET bingo_tune.upkeep = off;
SELECT bingo_tune.create_ordering('unseen', 'SELECT id, x FROM n ORDER BY x NULLS FIRST, id', 100);
CREATE SERVER late TYPE 'window' FOREIGN DATA WRAPPER bingo_tune_window OPTIONS (name 'late', reason 'its query means nothing');
BEGIN;
CREATE TABLE m AS TABLE n;
ALTER TABLE m ADD PRIMARY KEY (id);
SELECT bingo_tune.create_ordering('kept', 'SELECT id, x FROM m ORDER BY x, id', 100);
COMMIT;
ALTER TABLE m RENAME x TO y;
ALTER TABLE m DROP y;
SELECT format('ALTER EVENT TRIGGER %I DISABLE', evtname) FROM pg_event_trigger WHERE evtname ~ '^bingo' \\gexec
DROP SERVER "bingo_tune ordering unseen";
SELECT format('ALTER EVENT TRIGGER %I ENABLE ALWAYS', evtname) FROM pg_event_trigger WHERE evtname ~ '^bingo' \\gexec
$states;
SQL
is($made =~ s/^.*\n//sr, 'kept late o unseen', 'states of what is no more');
sql('TRUNCATE d');
ok($node->poll_query_until('app', "SELECT ($states) = 'kept o'"), 'upkeep drops them') or diag(sql($states));
ok($node->poll_query_until('app', "SELECT NOT EXISTS (SELECT FROM pg_trigger WHERE tgrelid = 'n'::regclass)"), 'and triggers');
is(sql("SELECT count(*) FROM pg_class WHERE relname ~ '^window_[0-9]+\$'"), '1', 'and windows');
sql("SELECT bingo_tune.drop_ordering('kept')");
sql("INSERT INTO d SELECT i, nullif('D' || i % 300, 'D7') FROM generate_series(1, 1000) i");
wait_for("state = 'valid' AND kept_rows >= 12000", 'filled');

# --- what REINDEX CONCURRENTLY leaves when it is ended ---

my $window = sql("SELECT oid::regclass FROM pg_class WHERE relkind = 'm' AND relname ~ '^window_[0-9]+\$'");
my $leftovers = "SELECT count(*) FROM pg_index JOIN pg_class c ON c.oid = indexrelid WHERE indrelid = '$window'::regclass AND relname ~ '_cc'";
sql("CREATE TABLE z (id int PRIMARY KEY); SELECT bingo_tune.create_ordering('z', 'SELECT id FROM z ORDER BY id')");
# Upkeep comes for another ordering; or fills the window again, which makes the index valid.
foreach my $table ('z', 'd')
{
	my $blocker = $node->background_psql('app', on_error_stop => 1);
	my $reindexer = $node->background_psql('app', on_error_stop => 0);

	$blocker->query_safe('BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM d');
	$reindexer->query_until(qr/started/, "\\echo started\nREINDEX TABLE CONCURRENTLY $window;\n");
	ok($node->poll_query_until('app', "SELECT count(*) > 0 FROM pg_stat_activity WHERE query ~ '^REINDEX' AND wait_event = 'virtualxid'"), "$table: REINDEX waits");
	sql("SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE query ~ '^REINDEX'");
	$_->quit foreach $reindexer, $blocker;
	cmp_ok(sql($leftovers), '>', 0, "$table: it leaves an index");
	sql("TRUNCATE $table");
	ok($node->poll_query_until('app', "SELECT ($leftovers) = 0"), "$table: upkeep drops it") or diag(sql("SELECT indexrelid::regclass, indisvalid FROM pg_index WHERE indrelid = '$window'::regclass"));
	exact("$table: after that");
}
sql("INSERT INTO d SELECT i, nullif('D' || i % 300, 'D7') FROM generate_series(1, 1000) i; SELECT bingo_tune.drop_ordering('z'); DROP TABLE z");
wait_for("state = 'valid' AND kept_rows >= 12000", 'filled after that');

# The worker's transactions are not those of the database's sessions.
sql("ALTER DATABASE app SET default_transaction_read_only = on");
sql("SET default_transaction_read_only = off; TRUNCATE d");
wait_for("state = 'valid' AND boundary = 'everything'", 'filled again where transactions are read only');
sql("SET default_transaction_read_only = off; ALTER DATABASE app RESET default_transaction_read_only");
sql("INSERT INTO d SELECT i, nullif('D' || i % 300, 'D7') FROM generate_series(1, 1000) i");
wait_for("state = 'valid' AND kept_rows >= 12000", 'and again');

# --- refresh in chunks beside a writer, and a reader that is not blocked ---

my $writer = $node->background_psql('app', on_error_stop => 1);
$writer->query_safe('BEGIN; INSERT INTO f VALUES (900001, 1, NULL)');
sql("SELECT bingo_tune.refresh_ordering('o')");
is(sql("SELECT count(*) FROM (SELECT f.id FROM f JOIN d ON f.d_id = d.id ORDER BY d.name DESC NULLS LAST, f.id LIMIT 7) x"),
	'7', 'refreshed beside an open writer');
$writer->query_safe('COMMIT');
exact('with what he has written');

# A prepared transaction holds the gate: refresh waits for it, others don't for long.
sql("BEGIN; UPDATE f SET filler = 'prepared' WHERE id = 900001; PREPARE TRANSACTION 'p'");
my $refresher = $node->background_psql('app', on_error_stop => 1);
$refresher->query_until(qr/started/, "\\echo started\nSELECT bingo_tune.refresh_ordering('o');\n\\echo refreshed\n");
ok($node->poll_query_until('app', "SELECT count(*) > 0 FROM pg_stat_activity WHERE backend_type = 'bingo_tune upkeep' AND wait_event_type = 'Extension'"),
	'refresh leaves the queue, so that others pass');
sql("INSERT INTO f VALUES (900002, 1, NULL)");
is(sql("SELECT count(*) FROM f WHERE id = 900002"), '1', 'a writer commits while refresh waits');
sql("COMMIT PREPARED 'p'");
$refresher->query_until(qr/refreshed/, '');
$refresher->quit;
wait_for("state = 'valid'", 'refreshed after COMMIT PREPARED');
exact('after COMMIT PREPARED');

# --- a transaction that holds locks does it itself, and can be undone ---

is(sql(<<'SQL'), "valid|t\nvalid|t", 'refresh inside a transaction with changes');
BEGIN;
DELETE FROM f WHERE id < 5000;
SELECT FROM bingo_tune.refresh_ordering('o');
SELECT state, kept_rows = 12000 FROM bingo_tune.orderings WHERE name = 'o';
SAVEPOINT s;
TRUNCATE f;
SELECT FROM bingo_tune.refresh_ordering('o');
ROLLBACK TO s;
SELECT state, kept_rows = 12000 FROM bingo_tune.orderings WHERE name = 'o';
COMMIT;
SQL
wait_for("state = 'valid'", 'valid after it');
exact('after it');

# --- standby ---

my $standby = PostgreSQL::Test::Cluster->new('standby');
$node->backup('base');
$standby->init_from_backup($node, 'base', has_streaming => 1);
$standby->append_conf('postgresql.conf', <<'CONF');
max_standby_streaming_delay = 0
hot_standby_feedback = on
wal_receiver_status_interval = 1
CONF
$standby->start;
sql("INSERT INTO f VALUES (900003, 1, 'streamed')");
$node->wait_for_catchup($standby);
is($standby->safe_psql('app', "SELECT missing, extra, differing FROM bingo_tune.verify_ordering('o')"), '0|0|0', 'exact on a standby');
my ($status, undef, $error) = $standby->psql('app', "SELECT bingo_tune.refresh_ordering('o')");
like($error, qr/cannot execute bingo_tune.refresh_ordering\(\) during recovery/, 'no refresh on a standby');

# Who reads the window there is not cancelled when it is filled again here.
my $page = 'SELECT f.id, filler, d.name FROM f JOIN d ON f.d_id = d.id ORDER BY d.name DESC NULLS LAST, f.id LIMIT 300';
my $reader = $standby->background_psql('app', on_error_stop => 0);
$reader->query_safe("BEGIN ISOLATION LEVEL REPEATABLE READ; DECLARE c CURSOR FOR $page");
like($reader->query_safe("EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) $page"), qr/Rows from Window: 300/, 'a reader of the standby');
my $rows = $reader->query_safe('FETCH 100 FROM c');
ok($node->poll_query_until('postgres', 'SELECT backend_xmin IS NOT NULL FROM pg_stat_replication'), 'its snapshot is known here');
sql("SELECT bingo_tune.refresh_ordering('o')");
$node->wait_for_catchup($standby);
$rows .= "\n" . $reader->query('FETCH ALL FROM c');
is($rows, sql("SET bingo_tune.enable_ordered_scan = off; $page"), 'a refresh does not cancel it');
$reader->quit;
sql('TRUNCATE d');
wait_for("state = 'valid' AND boundary = 'everything'", 'filled again on the primary');
sql("INSERT INTO d SELECT i, 'P' || i FROM generate_series(1, 1000) i");
wait_for("state = 'valid' AND kept_rows >= 12000", 'and again');
$node->wait_for_catchup($standby);
is($standby->safe_psql('app', "SELECT missing, extra, differing FROM bingo_tune.verify_ordering('o')"), '0|0|0', 'exact on the standby after refills');
$standby->promote;
$standby->safe_psql('app', "DELETE FROM f WHERE id = 900003");
is($standby->safe_psql('app', "SELECT missing, extra, differing FROM bingo_tune.verify_ordering('o')"), '0|0|0', 'exact after promotion');
$standby->stop;

# --- kill -9 in the middle of a refill; the next start completes it ---

sql('ALTER SYSTEM SET bingo_tune.upkeep = off');
$node->reload;
sql("UPDATE f SET filler = 'all at once'");
like(state(), qr/^invalid/, 'more is written than a refill costs');
my $blocker = $node->background_psql('app', on_error_stop => 1);
$refresher = $node->background_psql('app', on_error_stop => 0);
$refresher->query_until(qr/started/, "\\echo started\nSELECT bingo_tune.refresh_ordering('o');\n");
ok($node->poll_query_until('app', "SELECT count(*) > 0 FROM pg_stat_activity WHERE backend_type = 'bingo_tune upkeep' OR state = 'idle'"), 'the worker runs');
$node->stop('immediate');
eval { $refresher->quit };
eval { $blocker->quit };
eval { $writer->quit };
$node->start;
like(state(), qr/valid\|/, 'started again');
sql('ALTER SYSTEM SET bingo_tune.upkeep = on');
$node->restart;
wait_for("state = 'valid' AND kept_rows >= 6000", 'the start of the server has completed it');
exact('after kill -9');

# --- the library for one database only, without a restart ---

$node->append_conf('postgresql.conf', "shared_preload_libraries = 'pg_stat_statements'");
sql('ALTER DATABASE app SET session_preload_libraries = bingo_tune');
$node->restart;
sql('TRUNCATE d');
wait_for("state = 'valid'", 'not in shared_preload_libraries: filled again by a commit');
sql("INSERT INTO d SELECT i, 'Q' || i FROM generate_series(1, 1000) i");
sql("SELECT bingo_tune.refresh_ordering('o')");
exact('refreshed');
like(sql("EXPLAIN SELECT f.id FROM f JOIN d ON f.d_id = d.id ORDER BY d.name DESC NULLS LAST, f.id LIMIT 7"), qr/BingoOrderedScan/, 'served');

$node->stop;
done_testing();
