# Writers of many keys at once fit the lock table of a server with default
# settings: beyond max_locks_per_transaction / 2 keys a writer locks the gate
# instead.  PREPARE TRANSACTION leaves each with all its locks.
#
# A full lock table is no error for a writer either, not even for one who can't do his work at the commit, nor leave a mark
# without two locks more: a transaction that has locked more relations than it has slots of its own for.
#
# Seen red: too_many_keys() always false.  A full lock table is no error for a
# writer of an ordering, but it is one for the innocent transaction at the end.  Of the full table (COMMIT: 53200): locks of the mark that fail where
# there is no room; no room kept for them (MANY_SLOTS 100), or no slots where there is no room; none after a later statement; what the relation cache lacks not looked up before;
# definitions that are looked up again, and then
# work that goes on, without containing the error.
# Of its upkeep: no wish left by a worker that can't begin, no second try by one that can't list or fill (not valid again).
# Of readers: the window's file looked up by a lock that fails.
use strict;
use warnings FATAL => 'all';

use PostgreSQL::Test::Utils;
use RawClient;
use Test::More;
use TunedNode;

my $node = start_node('lock_table', <<'CONF');
max_prepared_transactions = 20
CONF
$node->safe_psql('postgres', <<'SQL');
CREATE EXTENSION bingo_tune CASCADE;
CREATE TABLE movies (id int PRIMARY KEY, year int NOT NULL);
CREATE TABLE customers (id int PRIMARY KEY, name text NOT NULL);
CREATE TABLE sessions (id bigint PRIMARY KEY, customer_id int NOT NULL, movie_id int NOT NULL);
CREATE INDEX ON sessions (movie_id);
CREATE INDEX ON sessions (customer_id);
INSERT INTO movies SELECT g, 1900 + g % 100 FROM generate_series(1, 20000) g;
INSERT INTO customers SELECT g, 'c' || g FROM generate_series(1, 20000) g;
INSERT INTO sessions SELECT g, g, g FROM generate_series(1, 20000) g;
SELECT bingo_tune.create_ordering('o', 'SELECT sessions.id, customers.name, movies.year FROM sessions JOIN customers ON sessions.customer_id = customers.id JOIN movies ON sessions.movie_id = movies.id ORDER BY movies.year DESC, sessions.id', 10000);
SQL

my $sql = '';
foreach my $writer (1 .. 14)
{
	my $first = 100_000 + $writer * 1000;
	$sql .= "BEGIN; INSERT INTO sessions SELECT $first + g, $writer * 1000 + g, $writer * 1000 + g FROM generate_series(1, 900) g; PREPARE TRANSACTION 'w$writer';\n";
}
my ($status, $out, $err) = $node->psql('postgres', $sql);
is($err, '', '14 writers of 900 keys each, all uncommitted');
is($node->safe_psql('postgres', 'SELECT count(*) FROM pg_prepared_xacts'), '14', 'all are there');
cmp_ok($node->safe_psql('postgres', "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"),
	'<=', 14 * 32, 'key locks');
($status, $out, $err) = $node->psql('postgres',
	"BEGIN; SELECT pg_advisory_xact_lock(g) FROM generate_series(1, 3000) g; COMMIT;");
is($err, '', 'others have room in the lock table');
$node->safe_psql('postgres', join('', map { "COMMIT PREPARED 'w$_';" } 1 .. 14));
is($node->safe_psql('postgres', 'SELECT state, missing, extra, differing FROM bingo_tune.orderings, bingo_tune.verify_ordering(name)'),
	'valid|0|0|0', 'the window is right');

# All of it, by the window and without.
my $query = 'SELECT sessions.id, customers.name, movies.year FROM sessions JOIN customers ON sessions.customer_id = customers.id'
  . ' JOIN movies ON sessions.movie_id = movies.id ORDER BY movies.year DESC, sessions.id';
my $whole = "SELECT count(*), md5(string_agg(s::text, ' ')) FROM ($query LIMIT 10000) s";
is($node->safe_psql('postgres', "SELECT served FROM bingo_tune.explain_ordering('$query LIMIT 10000')"), 't', 'it serves');
is($node->safe_psql('postgres', $whole), $node->safe_psql('postgres', "SET bingo_tune.enable_ordered_scan = off; $whole"),
	'and gives what the tables give');
$node->stop;

# --- a full lock table ---

my $small = start_node('full', <<'CONF');
max_connections = 10
max_worker_processes = 4
max_wal_senders = 0
max_locks_per_transaction = 10
CONF
$small->safe_psql('postgres', <<'SQL');
CREATE EXTENSION bingo_tune CASCADE;
CREATE TABLE author (id int PRIMARY KEY, name text NOT NULL);
CREATE TABLE post (id int PRIMARY KEY, author int NOT NULL);
CREATE INDEX ON post (author);
INSERT INTO author SELECT i, 'n' || i FROM generate_series(1, 100) i;
INSERT INTO post SELECT i, 1 + i % 100 FROM generate_series(1, 1000) i;
SELECT bingo_tune.create_ordering('o', 'SELECT p.id, a.name FROM post p JOIN author a ON a.id = p.author ORDER BY a.name, p.id', 500);
SELECT bingo_tune.create_counter('c', 'SELECT author, count(*) FROM post GROUP BY author');
SQL
$small->safe_psql('postgres', join('', map { "CREATE TABLE other_$_ (id int);" } 1 .. 40));

sub fails
{
	my ($client, $statement) = @_;
	return RawClient::has_message($client->simple($statement), 'E');
}

# Takes all the room that is left, so many locks at a time.
sub fill_lock_table
{
	my ($client) = @_;
	my $next = 0;

	$client->simple('BEGIN');
	foreach my $step (100, 10, 1)
	{
		until (fails($client, "SAVEPOINT s; SELECT pg_advisory_xact_lock($next + i) FROM generate_series(1, $step) i"))
		{
			$next += $step;
		}
		$client->simple('ROLLBACK TO s');
	}
	return $next;
}

# "before": locked before the changes; else afterwards
foreach ([ 0, 1 ], [ 3, 1 ], [ 8, 1 ], [ 30, 1 ], [ 8, 0 ], [ 30, 0 ])
{
	my ($others, $before) = @$_;
	my $what = "with locks on $others other tables" . ($before ? '' : ', taken afterwards');
	my $writer = RawClient->connect($small, 'postgres');
	my $holder = RawClient->connect($small, 'postgres');
	my $lock = $others ? 'LOCK TABLE ' . join(', ', map { "other_$_" } 1 .. $others) . ' IN ROW EXCLUSIVE MODE;' : '';
	my $id = 5000 + 2 * $others + $before;
	my $change = "INSERT INTO post VALUES ($id, 5); UPDATE author SET name = 'zz$id' WHERE id = 7;";

	$small->poll_query_until('postgres', "SELECT NOT EXISTS (SELECT FROM pg_stat_activity WHERE backend_type ~ 'bingo_tune')");
	ok(!fails($writer, 'BEGIN;' . ($before ? $lock . $change : $change . $lock)), "$what: a transaction writes");
	cmp_ok(fill_lock_table($holder), '>', 50, "$what: another one takes all the room there is");
	my $log = -s $small->logfile;
	ok(!fails($writer, 'COMMIT'), "$what: it commits");
	# the room that it leaves is enough to begin, not to work, if it had more locks
	ok($small->wait_for_log(qr/background worker "bingo_tune upkeep" \(PID \d+\) exited with exit code 1/, $log),
		"$what: the worker that it starts finds no room to begin") if $others < 8;
	# nobody reads what is invalid: whoever commits then starts another
	$holder->simple('COMMIT');
	$_->close foreach $writer, $holder;
	is($small->safe_psql('postgres', "SELECT count(*) FROM post WHERE id = $id"), '1', "$what: the row is there");
	ok($small->poll_query_until('postgres', "SELECT bool_and(state = 'valid') FROM (SELECT state FROM bingo_tune.orderings UNION ALL SELECT state FROM bingo_tune.counters) x"),
		"$what: all is valid again");
	is($small->safe_psql('postgres', "SELECT missing, extra, differing, bingo_tune.verify_counter('c') FROM bingo_tune.verify_ordering('o')"), '0|0|0|0', "$what: and exact");
}

# Nor if there was no room already when its own slots were nearly used up, and the rest of them is used up then.
{
	my ($writer, $holder) = map { RawClient->connect($small, 'postgres') } 1 .. 2;
	my $others = 0;

	ok(!fails($writer, "BEGIN; INSERT INTO post VALUES (6500, 5); UPDATE author SET name = 'zz6500' WHERE id = 7"), 'slots: a transaction writes');
	fill_lock_table($holder);
	$others++ while $others < 40 && !fails($writer, 'SAVEPOINT s; LOCK TABLE other_' . ($others + 1) . ' IN ROW EXCLUSIVE MODE');
	$writer->simple('ROLLBACK TO s');
	cmp_ok($others, '>', 0, 'slots: it locks other tables');
	cmp_ok($others, '<', 40, 'slots: but not all');
	ok(!fails($writer, 'COMMIT'), 'slots: it commits');
	$holder->simple('COMMIT');
	$_->close foreach $writer, $holder;
	is($small->safe_psql('postgres', 'SELECT count(*) FROM post WHERE id = 6500'), '1', 'slots: the row is there');
	ok($small->poll_query_until('postgres', "SELECT bool_and(state = 'valid') FROM (SELECT state FROM bingo_tune.orderings UNION ALL SELECT state FROM bingo_tune.counters) x"),
		'slots: all is valid again');
}

# Nor if all that is known of the orderings has to be looked up again at the commit, as somebody has changed a definition, and the
# room that there is ends in the midst of that.
$small->safe_psql('postgres', 'CREATE FOREIGN DATA WRAPPER theirs');
foreach my $free (1 .. 12)
{
	my ($writer, $holder, $other) = map { RawClient->connect($small, 'postgres') } 1 .. 3;
	my $notice = 'LOCK TABLE nowhere';	# fails, and has heard of it

	$writer->simple($_) foreach 'BEGIN', $notice, 'ROLLBACK';	# so that it is known that there is none
	ok(!fails($writer, 'BEGIN; LOCK TABLE ' . join(', ', map { "other_$_" } 1 .. 30) . " IN ROW EXCLUSIVE MODE; INSERT INTO post VALUES (7000 + $free, 5); UPDATE author SET name = 'zz$free' WHERE id = 7"),
		"definitions change: a transaction writes, $free");
	$small->safe_psql('postgres', "CREATE SERVER theirs_$free FOREIGN DATA WRAPPER theirs");
	$other->simple("SELECT pg_advisory_lock(1000000 + i) FROM generate_series(1, $free) i");
	fill_lock_table($holder);
	$writer->simple($_) foreach 'SAVEPOINT s', $notice, 'ROLLBACK TO s';
	$other->simple('SELECT pg_advisory_unlock_all()');
	ok(!fails($writer, 'COMMIT'), "definitions change: it commits, with room for $free locks");
	$holder->simple('COMMIT');
	$_->close foreach $writer, $holder, $other;
}
is($small->safe_psql('postgres', 'SELECT count(*) FROM post WHERE id > 7000'), '12', 'definitions change: the rows are there');
ok($small->poll_query_until('postgres', "SELECT bool_and(state = 'valid') FROM (SELECT state FROM bingo_tune.orderings UNION ALL SELECT state FROM bingo_tune.counters) x"),
	'definitions change: all is valid again');
is($small->safe_psql('postgres', "SELECT missing, extra, differing, bingo_tune.verify_counter('c') FROM bingo_tune.verify_ordering('o')"), '0|0|0|0', 'definitions change: and exact');

# Readers that find no room for a window's locks have those of the plain plan.
my $page = 'SELECT p.id, a.name FROM post p JOIN author a ON a.id = p.author ORDER BY a.name, p.id LIMIT 3';
my $counts = 'SELECT author, count(*) FROM post WHERE author < 3 GROUP BY author ORDER BY author';
my $reader = RawClient->connect($small, 'postgres');
my $holder = RawClient->connect($small, 'postgres');
$reader->simple($_) foreach 'BEGIN', 'LOCK TABLE ' . join(', ', map { "other_$_" } 1 .. 30) . ' IN ROW EXCLUSIVE MODE', $page, $counts,
  map { "SET LOCAL bingo_tune.enable_$_ = off" } 'ordered_scan', 'counter_scan';
my @plain = map { $reader->simple($_) } $page, $counts;
$reader->simple("SET LOCAL bingo_tune.enable_$_ = on") foreach 'ordered_scan', 'counter_scan';
fill_lock_table($holder);
is($reader->simple($page), $plain[0], 'a page beside a full lock table');
is($reader->simple($counts), $plain[1], 'counts beside a full lock table');
$_->close foreach $holder, $reader;
$small->stop;

done_testing();
