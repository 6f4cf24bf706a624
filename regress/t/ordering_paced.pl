# Workers for upkeep are started once a second for each database, however many sessions and commits ask for it, and nothing that was
# asked for is forgotten.  Each of many short sessions makes a key of a window too long.  They may start one worker for each second that they take,
# one at once and one that ends it: of the server's clock, as the extension reads it, so that a slow machine makes no difference.
#
# So it is of windows that are left invalid.
#
# Seen red: a worker for each session, or for each mark; none for whoever asks within a second after one has begun; a key that
# a session has asked for a moment ago, which it does not ask for again.
use strict;
use warnings;

use Test::More;
use Time::HiRes qw(time);
use TunedNode;

my $KEPT = 8;
my $BOARDS = 40;

my $node = start_node('primary', <<'CONF');
autovacuum = off
log_min_messages = debug1
max_worker_processes = 20
CONF

$node->safe_psql('postgres', 'CREATE DATABASE app');
$node->safe_psql('app', <<"SQL");
CREATE EXTENSION bingo_tune CASCADE;
CREATE TABLE author (id int PRIMARY KEY, name text NOT NULL);
CREATE TABLE post (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, board_id int NOT NULL, author_id int NOT NULL);
INSERT INTO author SELECT i, 'a' || i FROM generate_series(1, 50) i;
INSERT INTO post (board_id, author_id) SELECT i % $BOARDS, 1 + i % 50 FROM generate_series(1, 10 * $BOARDS) i;
CREATE INDEX ON post (board_id, id DESC);
CREATE INDEX ON post (author_id);
ANALYZE;
SELECT bingo_tune.create_ordering('o', 'SELECT p.id, a.name FROM post p JOIN author a ON a.id = p.author_id WHERE p.board_id = \$1 ORDER BY p.id DESC', $KEPT);
SQL

sub workers_started
{
	open my $log, '<', $node->logfile or die "no log: $!";
	my $started = grep { /starting background worker process "bingo_tune upkeep"/ } <$log>;
	close $log;
	return $started;
}

my $too_long = "(SELECT count(*) FROM bingo_tune.hottest_keys('o', $BOARDS) WHERE kept_rows > 2 * $KEPT)";

# Makes some boards longer, each by a session that asks at every row.
sub write_to
{
	my (@boards) = @_;

	$node->safe_psql('app', "INSERT INTO post (board_id, author_id) SELECT $_, 1 FROM generate_series(1, 3 * $KEPT) i") for @boards;
	return;
}

sub all_are_cut
{
	my ($what) = @_;

	local $Test::Builder::Level = $Test::Builder::Level + 1;
	ok($node->poll_query_until('app', "SELECT $too_long = 0"), "$what: all keys are cut");
	is($node->safe_psql('app', "SELECT state, missing, extra, differing FROM bingo_tune.orderings o, bingo_tune.verify_ordering(o.name)"),
		'valid|0|0|0', "$what: exact");
	return;
}

my $before = workers_started();
my $start = time;
write_to(0 .. $BOARDS - 1);
all_are_cut('many sessions');
my $seconds = time - $start;
my $started = workers_started() - $before;
note("$started workers in $seconds seconds");
cmp_ok($started, '>', 0, 'workers were started');
cmp_ok($started, '<=', $seconds + 2, 'not more than seconds have gone by');

# A worker has just looked: whoever asks now is followed by one more, though nobody else asks.
foreach my $board (1 .. 5)
{
	write_to($board);
	all_are_cut("board $board");
}

# Nor does a session that asked a moment ago: what it adds when the worker has looked is looked at, too.
my $writer = $node->background_psql('app');
foreach my $board (11 .. 15)
{
	foreach my $time ('first', 'second')
	{
		$writer->query_safe("INSERT INTO post (board_id, author_id) SELECT $board, 1 FROM generate_series(1, 3 * $KEPT) i");
		all_are_cut("board $board, the $time time");
	}
}
$writer->quit;

# One session leaves a window invalid with each of many commits.
my $TRUNCATES = 60;
$node->safe_psql('app', "CREATE TABLE note (id int PRIMARY KEY); SELECT bingo_tune.create_ordering('notes', 'SELECT id FROM note ORDER BY id')");
$before = workers_started();
$start = time;
$node->safe_psql('app', "TRUNCATE note;\n" x $TRUNCATES);
ok($node->poll_query_until('app', q{SELECT state = 'valid' FROM bingo_tune.orderings WHERE name = 'notes'}), 'marks: it is valid again');
$seconds = time - $start;
$started = workers_started() - $before;
note("$started workers in $seconds seconds");
cmp_ok($started, '>', 0, 'marks: workers were started');
cmp_ok($started, '<=', $seconds + 2, 'marks: not more than seconds have gone by');

$node->stop;
done_testing();
