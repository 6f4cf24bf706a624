# A writer keeps the ends of keys that it has read: of a key that it goes on writing to it reads the end once, however many
# versions of that an old snapshot holds, and again when upkeep has moved it; and so does who compares a window with its tables, where
# an old snapshot is open: once for many rows of a key, not once for each.
#
# What is read is counted by scans of the index in which the ends are looked up.
#
# Seen red: an end that is kept though it has moved; that no key has one, believed too long; nothing kept, by writers, or by
# verify_ordering(); what was kept taken by a transaction that has left a mark itself (it leaves one for each row); an order that looks for equal rows.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use TunedNode;

my $KEPT = 8;			# rows of each key
my $node = start_node('known', "autovacuum = off\nfsync = off\n");

sub sql
{
	my ($statement) = @_;
	return $node->safe_psql('app', $statement);
}

sub exact
{
	my ($what) = @_;

	local $Test::Builder::Level = $Test::Builder::Level + 1;
	is(sql("SELECT state, marked_keys, missing, extra, differing FROM bingo_tune.orderings o, bingo_tune.verify_ordering(o.name)"), 'valid|0|0|0|0', "$what: exact");
	return;
}

# Upkeep is asked for by changes, and goes on by itself.
sub becomes
{
	my ($condition, $what) = @_;

	local $Test::Builder::Level = $Test::Builder::Level + 1;
	ok($node->poll_query_until('app', <<"SQL"), $what) or diag(sql('SELECT * FROM bingo_tune.orderings'));
WITH writing AS (UPDATE post SET title = title || '.' WHERE id = (SELECT id FROM post WHERE board = 'board 1' ORDER BY created DESC LIMIT 1) RETURNING 1) SELECT $condition FROM bingo_tune.orderings
SQL
	return;
}

$node->safe_psql('postgres', 'CREATE DATABASE app');
sql(<<"SQL");
CREATE EXTENSION bingo_tune CASCADE;
CREATE TABLE post (id int PRIMARY KEY, board text, created int NOT NULL, title text NOT NULL DEFAULT 't');
INSERT INTO post SELECT 1000 * b + i, 'board ' || b, 10 * i FROM generate_series(1, 3) b, generate_series(1, 5) i;
SELECT bingo_tune.create_ordering('o', 'SELECT id, board, created, title FROM post WHERE board = \$1 ORDER BY created DESC', $KEPT);
SQL
my $index = sql("SELECT indexrelid FROM pg_index WHERE indrelid = 'bingo_tune.boundary_1'::regclass");
my $writer = $node->background_psql('app', on_error_stop => 1);

# A transaction that writes one row.
sub put
{
	my ($board, @places) = @_;
	my $i = 0;

	$writer->query_safe("INSERT INTO post VALUES (100000 * $board + $_, 'board $board', $_)") foreach @places;
	return;
}

# No key has an end; then one gets some, which move up and down.
put(1, 60, 70, 80);
exact('no key is cut');
put(1, map { 10 * $_ } 9 .. 2 * $KEPT + 6);
becomes('kept_rows <= ' . ($KEPT + 2 * $KEPT), 'a key is cut');
put(1, 75, 55, 5);
exact('what comes behind its end is not kept');
put(1, map { 10 * $_ } 40 .. 40 + 2 * $KEPT);
becomes('kept_rows <= ' . ($KEPT + 2 * $KEPT), 'and again');
put(1, 215, 225);
exact('nor behind the next one');
sql("DELETE FROM post WHERE board = 'board 1' AND created > 300");
becomes("kept_rows >= 2 * 5 + $KEPT", 'and extended');
put(1, 186, 196, 206);
exact('what is inside again is');

is(sql("SELECT string_agg(relname || ' ' || coalesce(array_to_string(reloptions, ' '), ''), ', ' ORDER BY relname) FROM pg_class WHERE relname ~ '^window_1_'"),
	'window_1_key , window_1_order deduplicate_items=off', 'nobody looks for equal rows in an order that has none');

# --- how often ---

sub looks
{
	return sql("SELECT pg_stat_get_numscans($index)");
}
# Upkeep looks, too.
sql('ALTER SYSTEM SET bingo_tune.upkeep = off');
sql('SELECT pg_reload_conf()');
ok($node->poll_query_until('app', "SELECT NOT EXISTS (SELECT FROM pg_stat_activity WHERE backend_type ~ 'bingo_tune')"), 'upkeep is off');
put(1, 10000);
$writer->query_safe('SELECT pg_stat_force_next_flush()');
my $before = looks();
put(1, 10001 .. 10000 + $KEPT);
$writer->query_safe('SELECT pg_stat_force_next_flush()');
cmp_ok(looks() - $before, '<=', 2, 'a writer looks once for many rows of a key');

sql("INSERT INTO post SELECT 2000000 + i, 'board 1', -i FROM generate_series(1, 2000) i");
exact('a key of many rows');
my $looks = sql(<<"SQL");
BEGIN;
SELECT FROM bingo_tune.verify_ordering('o');
SELECT pg_stat_get_xact_numscans($index);
SQL
cmp_ok($looks, '<=', 20, 'who compares looks once for many rows of a key');

# So many rows come to a key that it is marked, once, and these are left out.
$writer->query_safe("INSERT INTO post SELECT 3000000 + i, 'board 2', 1000 + i FROM generate_series(1, 1500) i");
is(sql('SELECT state, marked_keys FROM bingo_tune.orderings'), 'valid|1', 'a transaction that leaves a mark finds it again');

$writer->quit;
$node->stop;
done_testing();
