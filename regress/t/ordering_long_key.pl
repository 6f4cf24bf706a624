# A key that has a great many rows too many is cut in parts, all of them down to what it keeps, and its rows are counted once, not with
# each part: for that long no writer could commit.  How many entries of the window's order were read is told by the server.
#
# Seen red: rows counted with each part; a key that is left with twice its rows.
use strict;
use warnings;

use Test::More;
use TunedNode;

my $KEPT = 30_000;

my $node = start_node('primary', <<'CONF');
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
CREATE TABLE post (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, board_id int NOT NULL, author_id int NOT NULL);
INSERT INTO author SELECT i, 'a' || i FROM generate_series(1, 50) i;
INSERT INTO post (board_id, author_id) SELECT 1, 1 + i % 50 FROM generate_series(1, $KEPT) i;
CREATE INDEX ON post (board_id, id);
CREATE INDEX ON post (author_id);
ANALYZE;
SELECT bingo_tune.create_ordering('o', 'SELECT p.id, a.name FROM post p JOIN author a ON a.id = p.author_id WHERE p.board_id = \$1 ORDER BY p.id', $KEPT);
SQL

sub is_cut
{
	my ($what) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	ok($node->poll_query_until('app', "SELECT kept_rows = $KEPT AND cut_keys = 1 FROM bingo_tune.orderings"), "$what: cut to what it keeps")
	  or diag(sql('SELECT * FROM bingo_tune.orderings'));
	is(sql('SELECT state, missing, extra, differing FROM bingo_tune.orderings o, bingo_tune.verify_ordering(o.name)'), 'valid|0|0|0', "$what: exact");
	return;
}

# One transaction brings what is too much; upkeep looks at all keys when the server starts.
sql("SET bingo_tune.upkeep = off; INSERT INTO post (board_id, author_id) SELECT 1, 1 FROM generate_series(1, 2 * $KEPT) i");
is(sql('SELECT state, kept_rows, cut_keys FROM bingo_tune.orderings'), 'valid|' . 3 * $KEPT . '|0', 'it has three times its rows');
my $before = sql("SELECT pg_stat_get_tuples_returned('bingo_tune.window_1_order'::regclass)");
$node->restart;
is_cut('after a restart');
ok($node->poll_query_until('app', "SELECT NOT EXISTS (SELECT FROM pg_stat_activity WHERE backend_type ~ 'bingo_tune')"), 'upkeep has ended');
my $read = sql("SELECT pg_stat_get_tuples_returned('bingo_tune.window_1_order'::regclass)") - $before;
note("$read entries read");
# once all of them, with each of 12 parts as many as tell that there are more, and the part
cmp_ok($read, '<', 15 * $KEPT, 'not all of the rows with each part');

$node->stop;
done_testing();
