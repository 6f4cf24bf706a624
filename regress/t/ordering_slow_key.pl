# A key whose rows take long to be read is filled in two parts, between which writers go on: what they change meanwhile is in the
# window as it should be, no other key notices, and the key itself is read from the tables until it is in order.
#
# The order of the posts is computed by a comparison that stands still, for posts of board 1, while the test holds an advisory
# lock: so upkeep gives up reading them under the gate, and stands where it notes them without.
#
# Seen red: the reading done under the gate (writers make all invalid); a key that keeps its cut meanwhile; what was noted not put in;
# rows behind the new end that stay; another's mark that goes with ours; rows left out because of ours; readers that don't look for marks;
# marks that upkeep does not look for.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use TunedNode;

my $node = start_node('primary', <<'CONF');
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
	my ($what) = @_;

	local $Test::Builder::Level = $Test::Builder::Level + 1;
	is(sql('SELECT state, missing, extra, differing FROM bingo_tune.orderings o, bingo_tune.verify_ordering(o.name)'), 'valid|0|0|0', "$what: exact");
	return;
}

# How many rows of a page come from the window; the answer is the plain plan's.
sub in_window
{
	my ($board) = @_;
	my $query = "SET slow.free = on; SELECT p.id, p.place, a.name FROM post p JOIN author a ON a.id = p.author_id WHERE p.board_id = $board ORDER BY p.place, p.id LIMIT (SELECT 12)";
	my ($read) = sql($query =~ s/SELECT/EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) SELECT/r) =~ /Rows from Window: (\d+)/;

	local $Test::Builder::Level = $Test::Builder::Level + 1;
	is(sql($query), sql("SET bingo_tune.enable_ordered_scan = off; $query"), "board $board: as without the window");
	return $read // 'none';
}

sub is_becoming
{
	my ($condition, $what) = @_;

	local $Test::Builder::Level = $Test::Builder::Level + 1;
	ok($node->poll_query_until('app', "SELECT $condition FROM bingo_tune.orderings"), $what) or diag(sql('SELECT * FROM bingo_tune.orderings'));
	return;
}

# The comparison is one of ranges, which nobody computes by an index.
$node->safe_psql('postgres', 'CREATE DATABASE app');
sql(<<'SQL');
CREATE FUNCTION compare_places(a int, b int) RETURNS int LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
	IF a >= 1000 AND b >= 1000 AND current_setting('slow.free', true) IS DISTINCT FROM 'on' AND
		current_setting('application_name') NOT LIKE 'writer%' THEN
		IF pg_try_advisory_lock_shared(1) THEN
			PERFORM pg_advisory_unlock_shared(1);
		ELSE
			PERFORM set_config('lock_timeout', '0', true);
			PERFORM pg_advisory_lock_shared(1);
			PERFORM pg_advisory_unlock_shared(1);
		END IF;
	END IF;
	RETURN CASE WHEN a < b THEN -1 WHEN a > b THEN 1 ELSE 0 END;
END $$;
CREATE OPERATOR CLASS place_ops FOR TYPE int USING btree AS
	OPERATOR 1 <, OPERATOR 2 <=, OPERATOR 3 =, OPERATOR 4 >=, OPERATOR 5 >, FUNCTION 1 compare_places(int, int);
CREATE TYPE place AS RANGE (SUBTYPE = int, SUBTYPE_OPCLASS = place_ops);
CREATE TABLE author (id int PRIMARY KEY, name text NOT NULL);
CREATE TABLE post (id int PRIMARY KEY, board_id int NOT NULL, author_id int NOT NULL, place place NOT NULL);
INSERT INTO author SELECT i, 'a' || i FROM generate_series(1, 20) i;
-- places from 1,000 on stop whoever sorts them
INSERT INTO post SELECT b * 10000 + g, b, 1 + g % 20, place(CASE b WHEN 1 THEN 1000 ELSE 0 END + g, NULL) FROM generate_series(1, 3) b, generate_series(1, 60) g;
CREATE INDEX ON post (board_id);
CREATE INDEX ON post (author_id);
CREATE EXTENSION bingo_tune CASCADE;
SELECT bingo_tune.create_ordering('o', 'SELECT p.id, p.place, a.name FROM post p JOIN author a ON a.id = p.author_id WHERE p.board_id = $1 ORDER BY p.place, p.id', 6);
SQL
exact('created');
is(in_window($_), 6, 'of each board the first rows') foreach 1, 2;

# Leaves board 1 with two rows in the window, or does something else to it, and waits until upkeep stands where it reads the
# board without the gate.  Who changes its rows asks for upkeep, now and then.
sub begin_filling
{
	my ($statement) = @_;
	my $surplus = in_window(1) - 2;
	my $hold = $node->background_psql('app', on_error_stop => 1);
	local $ENV{PGAPPNAME} = 'writer';

	local $Test::Builder::Level = $Test::Builder::Level + 1;
	$hold->query_safe('SELECT pg_advisory_lock(1)');
	sql($statement // "DELETE FROM post WHERE id IN (SELECT id FROM post WHERE board_id = 1 ORDER BY place, id LIMIT $surplus)");
	ok($node->poll_query_until('app', <<'SQL'), 'board 1 is marked') or diag(sql('SELECT * FROM bingo_tune.orderings'));
WITH writing AS (UPDATE post SET author_id = 1 + author_id % 20 WHERE id = (SELECT id FROM post WHERE board_id = 1 ORDER BY place, id LIMIT 1) RETURNING 1)
SELECT marked_keys = 1 FROM bingo_tune.orderings
SQL
	ok($node->poll_query_until('app', "SELECT count(*) > 0 FROM pg_locks WHERE locktype = 'advisory' AND objid = 1 AND NOT granted"), 'and read again');
	return $hold;
}

sub write_rows
{
	my ($statements) = @_;
	$node->safe_psql('app', "SET application_name = 'writer'; $statements");
	return;
}

sub end_filling
{
	my ($hold, $what) = @_;

	local $Test::Builder::Level = $Test::Builder::Level + 1;
	$hold->quit;
	is_becoming('marked_keys = 0', "$what: it is filled");
	exact($what);
	return;
}

# --- nobody meanwhile ---

my $hold = begin_filling();
is(in_window(1), 0, 'meanwhile read from the tables');
is(in_window(2), 6, 'the others from the window');
end_filling($hold, 'nobody');
is(in_window(1), 6, 'then from the window');

# --- writers of this key and of others ---

$hold = begin_filling();
write_rows(<<'SQL');
INSERT INTO post VALUES (20100, 2, 1, place(0, NULL)), (10100, 1, 1, place(1001, NULL)), (10101, 1, 1, place(1062, NULL)),
	-- behind the board's old end, and before its new one
	(10102, 1, 1, place(1013, NULL));
UPDATE post SET place = place(1060, NULL) WHERE id = 10011;
UPDATE post SET place = place(1002, NULL) WHERE id = 10055;
UPDATE post SET board_id = 2 WHERE id = 10012;
DELETE FROM post WHERE id = 10013;
UPDATE author SET name = 'renamed' WHERE id IN (15, 16);
SQL
exact('while it is filled');
is(in_window(2), 7, 'another board meanwhile');
is(in_window(1), 0, 'and this one');
my $old = $node->background_psql('app', on_error_stop => 1);
$old->query_safe("SET slow.free = on; SET application_name = 'writer'; BEGIN ISOLATION LEVEL REPEATABLE READ");
my $page = 'SELECT p.id, p.place, a.name FROM post p JOIN author a ON a.id = p.author_id WHERE p.board_id = 1 ORDER BY p.place, p.id LIMIT 12';
my $before = $old->query_safe($page);
end_filling($hold, 'with writers');
is(in_window(1), 6, 'its first rows');
write_rows('DELETE FROM post WHERE id IN (10100, 10055)');
is($old->query_safe($page), $before, 'a snapshot from before');
is($old->query_safe("SET LOCAL bingo_tune.enable_ordered_scan = off; $page"), $before, 'has the same as the plain plan');
$old->query_safe('COMMIT');
$old->quit;
exact('afterwards');

# --- a writer who is prepared before it begins, and one who was when it ends ---

$hold = begin_filling();
write_rows("BEGIN; INSERT INTO post VALUES (10200, 1, 1, place(1000, NULL)), (10201, 1, 1, place(1063, NULL)); PREPARE TRANSACTION 'w'");
write_rows("INSERT INTO post VALUES (10202, 1, 1, place(1000, NULL))");
$hold->quit;
write_rows("INSERT INTO post VALUES (10203, 1, 1, place(1000, NULL))");
sql("COMMIT PREPARED 'w'");
is_becoming('marked_keys = 0', 'prepared: it is filled');
exact('prepared');

# --- a writer gives the key up meanwhile ---

$hold = begin_filling();
write_rows("INSERT INTO post SELECT 30000 + g, 1, 1, place(1000, NULL) FROM generate_series(100, 300) g ORDER BY g DESC");
exact('given up');
is(in_window(1), 0, 'it is read from the tables');
end_filling($hold, 'given up');
is(in_window(1), 6, 'from the window again');

# --- a key that was given up itself, filled in two parts ---

$hold = begin_filling("INSERT INTO post SELECT 5000 + g, 1, 1, place(1000, NULL) FROM generate_series(100, 300) g ORDER BY g DESC");
write_rows('DELETE FROM post WHERE id = 5100; UPDATE post SET board_id = 5 WHERE id = 5101');
end_filling($hold, 'two parts');

# --- the window is filled again meanwhile; a crash ---

$hold = begin_filling();
sql("SET slow.free = on; BEGIN; UPDATE post SET author_id = 3 WHERE id = 20001; SELECT bingo_tune.refresh_ordering('o'); COMMIT");
write_rows('DELETE FROM post WHERE id IN (SELECT id FROM post WHERE board_id = 1 ORDER BY place, id LIMIT 2)');
end_filling($hold, 'filled again');

$hold = begin_filling();
$node->stop('immediate');
$hold->{run}->finish;
$node->start;
is_becoming('marked_keys = 0', 'after kill -9 it is filled');
exact('after kill -9');
is(in_window(1), 6, 'from the window');

$node->stop;
done_testing();
