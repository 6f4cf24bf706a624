# What it costs to cut or extend a key depends on its rows, not on the window's: upkeep looks at the keys that writers ask for, and at
# all of them only where it can't know which they are.  How many entries of the window's order were read is told by the server.
#
# Seen red: all keys looked at each time; keys that are not told to others at the commit; those that were put off forgotten, or those of one session that were too many; no look at all keys where nobody
# could know them; a look at each eighth part of the rows of a key that one session changes, which those that change one never reach;
# keys kept by an ordering's number alone (the server crashed).
use strict;
use warnings;

use PostgreSQL::Test::Utils;
use Test::More;
use TunedNode;

my $KEPT = 20;
my $BOARDS = 600;

my $node = start_node('primary', <<'CONF');
max_prepared_transactions = 5
autovacuum = off
CONF

sub sql
{
	my ($statement) = @_;
	return $node->safe_psql('app', $statement);
}

$node->safe_psql('postgres', 'CREATE DATABASE app');
sql(<<"SQL");
CREATE EXTENSION bingo_tune CASCADE;
CREATE TABLE author (id int PRIMARY KEY, name text NOT NULL);
CREATE TABLE post (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, board_id int NOT NULL, author_id int NOT NULL, place int NOT NULL);
INSERT INTO author SELECT i, 'a' || i FROM generate_series(1, 50) i;
INSERT INTO post (board_id, author_id, place) SELECT i % $BOARDS, 1 + i % 50, i FROM generate_series(1, 30 * $BOARDS) i;
CREATE INDEX ON post (board_id, place DESC, id DESC);
CREATE INDEX ON post (author_id);
ANALYZE;
SELECT bingo_tune.create_ordering('o', 'SELECT p.id, a.name FROM post p JOIN author a ON a.id = p.author_id WHERE p.board_id = \$1 ORDER BY p.place DESC, p.id DESC', $KEPT);
SQL

sub is_exact
{
	my ($what) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	is(sql('SELECT state, missing, extra, differing FROM bingo_tune.orderings o, bingo_tune.verify_ordering(o.name)'), 'valid|0|0|0', "$what: exact");
	return;
}

sub is_becoming
{
	my ($condition, $what) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	ok($node->poll_query_until('app', "SELECT $condition FROM bingo_tune.orderings"), $what) or diag(sql('SELECT * FROM bingo_tune.orderings'));
	return;
}

sub upkeep_has_ended
{
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	ok($node->poll_query_until('app', "SELECT NOT EXISTS (SELECT FROM pg_stat_activity WHERE backend_type ~ 'bingo_tune')"), 'upkeep has ended');
	return;
}

# Entries of the window's order that upkeep and writers have read since the last time.
my $seen = 0;
sub entries_read
{
	upkeep_has_ended();
	my $now = sql("SELECT pg_stat_get_tuples_returned('bingo_tune.window_1_order'::regclass)");
	my $read = $now - $seen;
	$seen = $now;
	return $read;
}

# Rows before all others of a board, each by a session of its own: none looks at more than one.
sub write_to
{
	my ($board, $rows) = @_;
	sql("INSERT INTO post (board_id, author_id, place) SELECT $board, 1, 300000 + (SELECT count(*) FROM post)") for 1 .. $rows;
	return;
}

my $whole = $KEPT * $BOARDS;
is(sql('SELECT kept_rows FROM bingo_tune.orderings'), $whole, 'the first rows of each board');
# Nobody knows yet which of them to look at.
write_to(1, 60);
is_becoming("kept_rows <= $whole + $KEPT", 'a board is cut that many short sessions have made too long');
is_exact('cut');
cmp_ok(entries_read(), '>', $whole, 'all boards were looked at, once');

write_to(2, 60);
is_becoming("kept_rows <= $whole + 2 * $KEPT", 'another one is');
is_exact('cut again');
cmp_ok(entries_read(), '<', $whole, '... and others were not looked at');

# A prepared transaction has the gate for a while: what was asked for is not forgotten, nor everything looked at.
sql("BEGIN; INSERT INTO post (board_id, author_id, place) VALUES (3, 1, 1); PREPARE TRANSACTION 'p'");
write_to(4, 60);
sql("ROLLBACK PREPARED 'p'");
is_becoming("kept_rows <= $whole + 3 * $KEPT", 'a third one is cut');
is_exact('put off and cut');
cmp_ok(entries_read(), '<', $whole, '... and others were not looked at');

# Short ones: without being extended they would have 60 rows less together.
sql("DELETE FROM post WHERE id = (SELECT id FROM post WHERE board_id = (ARRAY[1, 2, 4])[1 + $_ % 3] ORDER BY place DESC LIMIT 1)") for 1 .. 135;
is_becoming("kept_rows > $whole - 60", 'boards are extended');
is_exact('extended');
cmp_ok(entries_read(), '<', $whole, '... and others were not looked at');

# More of them than are kept in mind, each session's few enough.
sub row_each
{
	my ($rows, $slices) = @_;

	for my $row (1 .. $rows)
	{
		sql("SET bingo_tune.upkeep = off; INSERT INTO post (board_id, author_id, place) SELECT i, 1, 200000 FROM generate_series(0, $BOARDS - 1) i WHERE i % $slices = $_")
		  for 0 .. $slices - 1;
	}
	return;
}
my $too_long = "(SELECT count(*) FROM bingo_tune.hottest_keys('o', $BOARDS) WHERE kept_rows > 2 * $KEPT)";
row_each(30, 4);
is(sql("SELECT $too_long > 0.9 * $BOARDS"), 't', 'nearly all boards are too long');
write_to(7, 10);
is_becoming("$too_long = 0", 'all are cut');
is_exact('all cut');

# One session's are too many.  A board of KEPT rows is found too long by who comes after the one who has made it so.
upkeep_has_ended();
row_each($KEPT + 2, 1);
is(sql("SELECT $too_long > 0.9 * $BOARDS"), 't', 'boards are too long');
write_to(7, 10);
is_becoming("$too_long = 0", 'all that one session has made too long are cut');
is_exact('cut again');

# What was in mind when the server stopped.
upkeep_has_ended();
row_each(30, 1);
$node->stop('immediate');
$node->start;
is_becoming("$too_long = 0", 'all are cut after a crash');
is_exact('after a crash');

# A new extension numbers its orderings anew: what was asked of the one before has keys of another type.
entries_read();
sql("SET bingo_tune.upkeep = off; INSERT INTO post (board_id, author_id, place) SELECT 9, 1, 400000 FROM generate_series(1, 3 * $KEPT)");
sql('DROP EXTENSION bingo_tune; ALTER TABLE post ALTER board_id TYPE text; CREATE EXTENSION bingo_tune');
sql("SELECT bingo_tune.create_ordering('o', 'SELECT p.id, a.name FROM post p JOIN author a ON a.id = p.author_id WHERE p.board_id = \$1 ORDER BY p.place DESC, p.id DESC', $KEPT)");
is(sql("SELECT to_regclass('bingo_tune.window_1') IS NOT NULL"), 't', 'it has the number of the one before');
write_to("'x'", 3 * $KEPT);
is_becoming("$too_long = 0", 'upkeep looks at all keys of it');
is_exact('of another type');
unlike(slurp_file($node->logfile), qr/was terminated by signal/, 'nothing has crashed');

$node->stop;
done_testing();
