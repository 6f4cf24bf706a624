# kill -9: of a writer in the middle of his commit, of the background worker in
# the middle of a refill, an extension and a pruning, of the whole server during
# each of these, during create_ordering() and while many write.
#
# After each: what was acknowledged is there, what was not is not, the served
# answer is the plain one, the window agrees with the tables, and upkeep goes on.
#
# Nobody is killed by chance in the middle: a comparison that waits for an
# advisory lock (OrderingData.pm) stops him there, with his work half done.  Pruning
# compares nothing: it is stopped where a chunk's commit, which is written already,
# waits for a standby.
#
# Seen red: rows of the window inserted frozen.
use strict;
use warnings FATAL => 'all';

use FindBin;
use lib "$FindBin::RealBin/../../t";

use OrderingData;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = start_with_tables('main', "restart_after_crash = on\nwal_level = replica\nmax_wal_senders = 1\n");
create_ordering($node, 'app');
exact($node, 'app', 'created');
$node->safe_psql('app', $_) foreach 'CREATE EXTENSION pageinspect', 'DROP INDEX film_years_id_idx', 'CREATE INDEX ON film (years)';

# The process that waits for the lock of hold().
sub find_stopped
{
	my ($what, $type) = @_;
	my $condition = "wait_event = 'advisory' AND backend_type = '$type'";

	ok($node->poll_query_until('app', "SELECT count(*) = 1 FROM pg_stat_activity WHERE $condition"), "$what: stopped half way")
	  or diag($node->safe_psql('app', 'SELECT pid, backend_type, wait_event, state, query FROM pg_stat_activity'));
	return $node->safe_psql('app', "SELECT pid FROM pg_stat_activity WHERE $condition");
}

# What he has put into the window, and all else, is on disk when he is killed.  A subtransaction of his may have: the work of a
# comparison that can fail is contained in one (write/contain.c).
sub half_done
{
	my ($what, $pid, $least) = @_;

	$node->safe_psql('app', 'CHECKPOINT');
	cmp_ok($node->safe_psql('app', <<"SQL"), '>', $least, "$what: half of his rows are in the window, for nobody to see");
SELECT count(*) FROM pg_class, generate_series(0, pg_relation_size(oid) / current_setting('block_size')::int - 1) page,
	heap_page_items(get_raw_page(oid::regclass::text, page::int)) item
WHERE relname ~ '^window_' AND relkind = 'm' AND age(item.t_xmin) <= (SELECT age(backend_xid) FROM pg_stat_activity WHERE pid = $pid)
SQL
	return;
}

# Upkeep that begins now reads in the order of an index that lacks the last key, and sorts
# a few dozen rows at a time (Incremental Sort): so it puts rows into the window until it
# has to compare some of those that are held, and has no page locked then.
sub read_in_order
{
	my ($yes) = @_;

	$node->safe_psql('postgres', 'ALTER DATABASE app ' . ($yes ? 'SET enable_sort = off' : 'RESET enable_sort'));
	return;
}

# The server starts again by itself when one of its processes was killed.
sub kill_process
{
	my ($pid) = @_;
	my $before = $node->safe_psql('app', 'SELECT min(backend_start) FROM pg_stat_activity');

	kill 'KILL', $pid or die "kill $pid: $!";
	wait_for(sub { !kill(0, $pid) });
	ok($node->poll_query_until('app', "SELECT (SELECT min(backend_start) FROM pg_stat_activity) <> '$before'"), 'the server starts again');
	return;
}

sub gone
{
	my (@sessions) = @_;

	# they have lost their server, and say so
	foreach my $session (@sessions)
	{
		eval { $session->quit };
	}
	return;
}

# Without its postmaster a stopped worker would go on for a moment.
my %disaster = (worker => \&kill_process, server => sub { kill_server($node, $_[0]) });
my ($holder, $pid, $other);

sub healthy
{
	my ($what) = @_;

	local $Test::Builder::Level = $Test::Builder::Level + 1;
	exact($node, 'app', $what);
	valid_again($node, 'app', $what);
	$node->safe_psql('app', "UPDATE film SET title = 'Written' WHERE id % 1000 = 3; UPDATE studio SET name = name || '+' WHERE id = 4");
	exact($node, 'app', "$what, and written to");
	serves($node, 'app', $what);
	# a worker that the last commit has asked for has some of its own
	ok($node->poll_query_until('app', "SELECT count(*) = 0 FROM pg_locks WHERE locktype = 'advisory'"), "$what: no lock is left");
	return;
}

# --- a writer in the middle of his commit ---

# Window rows of his studio are changed one after the other, those of years below 6000 first.
foreach my $kind ('worker', 'server')
{
	$holder = hold($node, 'app');
	$other = start_psql($node, 'app', "UPDATE studio SET name = 'never' WHERE id = 77");
	$pid = find_stopped("commit, $kind", 'client backend');
	is($node->safe_psql('app', "SELECT wait_event, query ~ 'UPDATE studio' FROM pg_stat_activity WHERE pid = $pid"), 'advisory|t', 'in it');
	half_done("commit, $kind", $pid, 10);
	$disaster{$kind}->($pid);
	end_psql($other);
	gone($holder);
	is($node->safe_psql('app', "SELECT count(*) FROM studio WHERE name = 'never'"), '0', 'commit: undone');
	healthy("writer killed at his commit, $kind");
}

# --- upkeep ---

# Commits wait for a standby that there is not, or no longer.
sub set_standby
{
	my ($names) = @_;

	$node->safe_psql('postgres', "ALTER SYSTEM SET synchronous_standby_names = '$names'");
	$node->reload;
	ok($node->poll_query_until('app', "SELECT setting = '$names' FROM pg_settings WHERE name = 'synchronous_standby_names'"), "standby '$names'");
	# the checkpointer tells the others, before a checkpoint that is asked for now: in
	# front of the first one it may not have read the settings yet
	$node->safe_psql('postgres', 'CHECKPOINT') for 1 .. 2;
	return;
}

# Wakes the worker, unless the server's start has done so, which stops at the end of the
# first chunk that it deletes, and keeps the gate: who writes now makes the window invalid.
sub stop_pruning
{
	my ($what, $wake) = @_;
	my $condition = "backend_type = 'bingo_tune upkeep' AND wait_event = 'SyncRep'";

	$node->safe_psql('app', "SET synchronous_commit = local; UPDATE film SET title = title || '!' WHERE id BETWEEN 1003100 AND 1003200")
	  if $wake;
	ok($node->poll_query_until('app', "SELECT count(*) = 1 FROM pg_stat_activity WHERE $condition"), "$what: stopped in a chunk");
	return $node->safe_psql('app', "SELECT pid FROM pg_stat_activity WHERE $condition");
}

foreach my $kind ('worker', 'server')
{
	# refill: the first chunk is there, the second half done
	$node->safe_psql('app', 'VACUUM ANALYZE');
	read_in_order(1);
	$holder = hold($node, 'app');
	$other = start_psql($node, 'app', "SELECT bingo_tune.refresh_ordering('o')");
	$pid = find_stopped("refill, $kind", 'bingo_tune upkeep');
	read_in_order(0);
	half_done("refill, $kind", $pid, 900);
	is($node->safe_psql('app', 'SELECT kept_rows FROM bingo_tune.orderings'), '5000', 'between its chunks');
	exact($node, 'app', "refill, $kind, still at work");
	$disaster{$kind}->($pid);
	end_psql($other);
	gone($holder);
	healthy("refill, $kind");

	# extension: nothing of what is appended is there
	$node->safe_psql('app', "SELECT bingo_tune.refresh_ordering('o')");
	read_in_order(1);
	$holder = hold($node, 'app', 8500);
	$node->safe_psql('app', "WITH few AS (SELECT id FROM film ORDER BY years, id LIMIT 1600) DELETE FROM film WHERE id IN (TABLE few)") for 1 .. 3;
	$pid = find_stopped("extension, $kind", 'bingo_tune upkeep');
	read_in_order(0);
	half_done("extension, $kind", $pid, 400);
	exact($node, 'app', "extension, $kind, still at work");
	$disaster{$kind}->($pid);
	gone($holder);
	healthy("extension, $kind");
	$node->safe_psql('app', "INSERT INTO film SELECT g, 'Film ' || g, years(g, NULL), 1 + g % 300 FROM generate_series(1, 9000) g ON CONFLICT DO NOTHING");
	$node->safe_psql('app', "SELECT bingo_tune.refresh_ordering('o')");

	# pruning: many chunks, stopped in one of them
	foreach my $piece (1 .. 12)
	{
		my $first = 1_000_000 + 3000 * $piece;
		$node->safe_psql('app', "SET bingo_tune.upkeep = off; INSERT INTO film SELECT $first + g, 'New', years(-1, NULL), 1 + g % 300 FROM generate_series(1, 2600) g");
	}
	my ($state, $long) = split /\|/, $node->safe_psql('app', 'SELECT state, kept_rows FROM bingo_tune.orderings');
	is($state, 'valid', 'a long window');
	cmp_ok($long, '>', 35000, 'of many chunks');
	set_standby('nobody');
	foreach my $chunk (1 .. 2)
	{
		my $what = "pruning, chunk $chunk, $kind";
		$pid = stop_pruning($what, $kind eq 'worker' || $chunk == 1);
		exact($node, 'app', "$what, still at work");
		is($node->safe_psql('app', 'SELECT kept_rows FROM bingo_tune.orderings'), $long, "$what: not seen yet");
		$disaster{$kind}->($pid);
		exact($node, 'app', $what);
		$long -= 5000;
		is($node->safe_psql('app', 'SELECT state, kept_rows FROM bingo_tune.orderings'), "valid|$long", "$what: done, and no more");
	}
	set_standby('');
	# nor is anybody stopped any more
	ok($node->poll_query_until('app', "SELECT count(*) = 0 FROM pg_stat_activity WHERE wait_event = 'SyncRep'"), "pruning, $kind: nobody is stopped");
	$node->safe_psql('app', "UPDATE film SET title = title || '?' WHERE id BETWEEN 1003100 AND 1003200");
	becomes($node, 'app', 'kept_rows <= 16000', "pruning, $kind: done after all");
	healthy("pruning, $kind");
	# as at the beginning, and in the order of their years again
	$node->safe_psql('app', 'TRUNCATE film');
	fill_films($node, 'app');
	$node->safe_psql('app', "SELECT bingo_tune.refresh_ordering('o')");
}

# --- create_ordering() ---

$holder = hold($node, 'app');
$other = start_psql($node, 'app', "SELECT bingo_tune.create_ordering('unborn', '$query', 8000)");
find_stopped('build', 'client backend');
kill_server($node);
end_psql($other);
gone($holder);
is($node->safe_psql('app', 'SELECT string_agg(name, \' \') FROM bingo_tune.orderings'), 'o', 'build: there is no new ordering');
is($node->safe_psql('app', "SELECT count(*) FROM pg_class WHERE relname ~ '^(window|boundary)_' AND relkind = 'm'"), '2', 'build: nor relations');
is($node->safe_psql('app', 'SELECT count(*) FROM pg_foreign_server'), '2', 'build: nor definition and state');
is($node->safe_psql('app', "SELECT count(*) FROM pg_trigger WHERE tgname ~ '^bingo'"), '4', 'build: nor triggers');
healthy('build');

# --- many write, one has prepared; counted, too ---

sub counted
{
	my ($what) = @_;

	local $Test::Builder::Level = $Test::Builder::Level + 1;
	is($node->safe_psql('app', <<'SQL'), '0|0|0', "$what: counts are right");
SELECT (SELECT count(*) FROM film) - (SELECT count(*) FROM film WHERE ctid IS NOT NULL),
	(SELECT count(*) FROM (SELECT studio_id, count(*) FROM film GROUP BY 1 EXCEPT SELECT studio_id, count(*) FROM film WHERE ctid IS NOT NULL GROUP BY 1) d),
	bingo_tune.verify_counter('per studio');
SQL
	like($node->safe_psql('app', 'EXPLAIN SELECT count(*) FROM film'), qr/Counter: /, "$what: and a counter's");
	return;
}

$node->safe_psql('app', "ANALYZE film; SELECT bingo_tune.create_counter('per studio', 'SELECT studio_id, count(*) FROM film GROUP BY studio_id')");
counted('made');
$node->safe_psql('app', "BEGIN; UPDATE studio SET name = 'prepared' WHERE id = 60; INSERT INTO film VALUES (50000, 'Prepared', years(60, NULL), 60); PREPARE TRANSACTION 'p'");
foreach my $round (1 .. 3)
{
	my @writers = start_writers($node, 'app', $round);
	kill_server($node);
	my ($there, $deleted) = acknowledged(@writers);
	my ($ids, $gone) = map { join(',', @$_) } $there, $deleted;

	cmp_ok(scalar @$there, '>', 100, 'acknowledged');
	is($node->safe_psql('app', "SELECT count(*) FROM film WHERE id = ANY ('{$ids}')"), scalar @$there, 'nothing that was acknowledged is lost');
	is($node->safe_psql('app', "SELECT count(*) FROM film WHERE id = ANY ('{$gone}')"), '0', 'nothing comes back');
	exact($node, 'app', "round $round");
	counted("round $round");
}
is($node->safe_psql('app', 'SELECT count(*) FROM pg_prepared_xacts'), '1', 'prepared still');
$node->safe_psql('app', "COMMIT PREPARED 'p'");
exact($node, 'app', 'COMMIT PREPARED');
counted('COMMIT PREPARED');
valid_again($node, 'app', 'at the end');
serves($node, 'app', 'at the end');
is($node->safe_psql('app', "SELECT count(*) FROM ($query LIMIT 7000) s WHERE id = 50000"), '1', 'and it is in the window');

$node->stop;
done_testing();
