# lock_timeout, statement_timeout, idle_in_transaction_session_timeout, cancelling
# and terminating, wherever they can strike: create_ordering(), refresh_ordering()
# and its worker, writers and their commit, readers.  An ordering adds no error to
# a writer or a reader; who is stopped leaves nothing behind.
#
# Seen red: a worker that goes on when the caller of refresh_ordering() is gone, or knows nothing of his lock_timeout; a state
# written for an ordering that was dropped; a lock that is not had as an error of the writer; a worker that was terminated called an internal error.
# Not yet seen red: a worker that the transaction_timeout of its database ends, which takes 17.
use strict;
use warnings FATAL => 'all';

use OrderingData;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = start_with_tables('main', '');
$node->safe_psql('app', 'CREATE EXTENSION bingo_tune CASCADE');

# The SQLSTATE of the first error, or nothing.
sub code_of
{
	my ($sql) = @_;
	my ($status, $out, $err) = $node->psql('app', "\\set VERBOSITY verbose\n$sql", on_error_stop => 1);
	return $err =~ /(?:ERROR|FATAL):  (\w+):/ ? $1 : $err;
}

sub stopped
{
	my ($what) = @_;
	my $type = $what eq 'worker' ? 'bingo_tune upkeep' : 'client backend';
	my $condition = "wait_event = 'advisory' AND state IS DISTINCT FROM 'idle' AND backend_type = '$type'";

	ok($node->poll_query_until('app', "SELECT count(*) = 1 FROM pg_stat_activity WHERE $condition"), "$what: stopped half way");
	return $node->safe_psql('app', "SELECT pid FROM pg_stat_activity WHERE $condition");
}

sub refill
{
	$node->safe_psql('app', "SELECT bingo_tune.refresh_ordering('o')");
	return;
}

# Whoever is held may be comparing keys with a page of an index locked: then he notices that he shall stop
# only when he is let go.
my ($holder, $other, $pid);
my $create = "SELECT bingo_tune.create_ordering('o', '$query', 8000)";
my $nothing = "SELECT (SELECT count(*) FROM bingo_tune.orderings), (SELECT count(*) FROM pg_trigger WHERE tgname ~ '^bingo'),"
  . " (SELECT count(*) FROM pg_class WHERE relname ~ '^window_')";

# --- create_ordering() ---

$other = $node->background_psql('app');
$other->query_safe("BEGIN; UPDATE studio SET name = 'writing' WHERE id = 1");
is(code_of("SET lock_timeout = '20ms'; $create"), '55P03', 'create_ordering(): lock_timeout behind a writer');
is(code_of("SET statement_timeout = '50ms'; $create"), '57014', 'create_ordering(): statement_timeout behind a writer');
$other->query_safe('ROLLBACK');
$holder = hold($node, 'app');
is(code_of("SET statement_timeout = '300ms'; $create"), '57014', 'create_ordering(): statement_timeout in the middle');
$other->quit;
$other = start_psql($node, 'app', $create);
$pid = stopped('create_ordering()');
$node->safe_psql('app', "SELECT pg_terminate_backend($pid)");
$holder->quit;
end_psql($other);
is($node->safe_psql('app', $nothing), '0|0|0', 'create_ordering(): nothing is left');
$node->safe_psql('app', $create);
exact($node, 'app', 'created');

# No worker but those of refresh_ordering(): one that a commit has asked for would be held as well, gate in hand.
$node->safe_psql('postgres', 'ALTER DATABASE app SET bingo_tune.upkeep = off');

# --- refresh_ordering() ---

$holder = hold($node, 'app');
is(code_of("SET statement_timeout = '300ms'; SELECT bingo_tune.refresh_ordering('o')"), '57014', 'refresh_ordering(): statement_timeout');
$holder->quit;
ok($node->poll_query_until('app', "SELECT count(*) = 0 FROM pg_stat_activity WHERE backend_type = 'bingo_tune upkeep'"), 'its worker is gone');
exact($node, 'app', 'refresh_ordering(): statement_timeout');
$holder = hold($node, 'app');
$other = start_psql($node, 'app', "\\set VERBOSITY verbose\nSELECT bingo_tune.refresh_ordering('o')");
$pid = stopped('worker');
is($node->safe_psql('app', "SELECT backend_type FROM pg_stat_activity WHERE pid = $pid"), 'bingo_tune upkeep', 'it is the worker');
$node->safe_psql('app', "SELECT pg_terminate_backend($pid)");
$holder->quit;
end_psql($other);
like($other->{err}, qr/ERROR:  57P01: could not refresh ordering "o": its background worker was terminated/, 'refresh_ordering(): worker terminated');
exact($node, 'app', 'worker terminated');
refill();
$node->safe_psql('app', "BEGIN; UPDATE studio SET name = 'prepared' WHERE id = 2; PREPARE TRANSACTION 'p'");
is(code_of("SET lock_timeout = '20ms'; BEGIN; UPDATE studio SET name = 'y' WHERE id = 3; SELECT bingo_tune.refresh_ordering('o')"), '55P03',
	'refresh_ordering() in a transaction: lock_timeout');
is(code_of("SET statement_timeout = '300ms'; SELECT bingo_tune.refresh_ordering('o')"), '57014', 'refresh_ordering() behind a prepared one');
is(code_of("SET lock_timeout = '$_'; SET statement_timeout = '60s'; SELECT bingo_tune.refresh_ordering('o')"), '55P03',
	"refresh_ordering() behind a prepared one: lock_timeout $_") foreach '20ms', '200ms';
exact($node, 'app', 'refresh_ordering() behind a prepared one');

# --- writers: a lock of the ordering that they don't get is no error ---

# (They wait for 1 s at most; a slow machine has half of it for the statement itself.)
foreach my $setting ("lock_timeout = '20ms'", "statement_timeout = '500ms'", "deadlock_timeout = '1ms'", "lock_timeout = '1ms'; SET statement_timeout = '500ms'")
{
	is(code_of("SET $setting; INSERT INTO film VALUES (30001, 'Waits', years(10, NULL), 2)"), '', "insert, $setting");
	is($node->safe_psql('app', 'SELECT state, reason ~ $$for too long$$ FROM bingo_tune.orderings'), 'invalid|t', 'and the ordering is invalid');
	exact($node, 'app', "insert, $setting");
	is(code_of("SET $setting; BEGIN; DELETE FROM film WHERE id = 30001; COMMIT"), '', "delete, $setting");
	is(code_of("SET $setting; UPDATE studio SET name = name || '+' WHERE id = 5"), '', "dimension, $setting");
	exact($node, 'app', "dimension, $setting");
	$node->safe_psql('app', "COMMIT PREPARED 'p'");
	refill();
	exact($node, 'app', "$setting: refilled");
	$node->safe_psql('app', "BEGIN; UPDATE studio SET name = name || 'p' WHERE id = 2; PREPARE TRANSACTION 'p'");
}
$node->safe_psql('app', "ROLLBACK PREPARED 'p'");
exact($node, 'app', 'ROLLBACK PREPARED');

# In the middle of the commit's work: cancelled, terminated, and timeouts, which are off by then.
foreach my $how ('pg_cancel_backend', 'pg_terminate_backend')
{
	$holder = hold($node, 'app');
	$other = start_psql($node, 'app', "UPDATE studio SET name = 'never' WHERE id = 77;");
	$pid = stopped($how);
	$node->safe_psql('app', "SELECT $how($pid)");
	$holder->quit;
	end_psql($other);
	like($other->{err}, qr/canceling statement due to user request|terminating connection due to administrator command/, "$how in the commit");
	is($node->safe_psql('app', "SELECT count(*) FROM studio WHERE name = 'never'"), '0', "$how: undone");
	exact($node, 'app', $how);
	serves($node, 'app', $how);
}
$holder = hold($node, 'app');
$other = start_psql($node, 'app', "SET statement_timeout = '100ms'; BEGIN; UPDATE studio SET name = 'slow' WHERE id = 78; COMMIT;");
stopped('commit with statement_timeout');
$holder->quit;
end_psql($other);
is($other->{err}, '', 'a commit is not under statement_timeout');
is($node->safe_psql('app', "SELECT name FROM studio WHERE id = 78"), 'slow', 'and done');
exact($node, 'app', 'commit with statement_timeout');

# --- the timeout that a database has for all transactions is not one for upkeep's (17 and later) ---

my $if_there = "FROM pg_settings WHERE name = 'transaction_timeout'";
$holder = hold($node, 'app');
$node->safe_psql('postgres', "SELECT 'ALTER DATABASE app SET transaction_timeout = 50' $if_there \\gexec");
$other = start_psql($node, 'app', "SELECT set_config(name, '0', false) $if_there;\nSELECT bingo_tune.refresh_ordering('o');");
ok($node->poll_query_until('postgres', "SELECT count(*) = 1 FROM pg_stat_activity WHERE backend_type = 'bingo_tune upkeep' AND xact_start < clock_timestamp() - interval '100ms'"),
	'a worker works for longer than that');
$node->safe_psql('postgres', 'ALTER DATABASE app RESET ALL');
$node->safe_psql('postgres', 'ALTER DATABASE app SET bingo_tune.upkeep = off');
$holder->quit;
end_psql($other);
is($other->{err}, '', 'and refills');
exact($node, 'app', 'transaction_timeout');

# --- idle in a transaction ---

$other = $node->background_psql('app', on_error_stop => 0);
# In one message: a slow psql must not be idle between the statements.
$other->query("SET idle_in_transaction_session_timeout = '50ms'\\; BEGIN\\; UPDATE film SET years = years(3, NULL) WHERE id = 7000\\; UPDATE studio SET name = 'idle' WHERE id = 9");
ok($node->poll_query_until('app', "SELECT count(*) = 0 FROM pg_stat_activity WHERE query ~ 'idle_in' AND pid <> pg_backend_pid()"), 'an idle writer is ended');
eval { $other->quit };
exact($node, 'app', 'an idle writer');
$other = $node->background_psql('app', on_error_stop => 0);
$other->query("SET idle_in_transaction_session_timeout = '50ms'\\; BEGIN\\; DECLARE idle_cursor CURSOR FOR $query\\; FETCH 10 FROM idle_cursor");
ok($node->poll_query_until('app', "SELECT count(*) = 0 FROM pg_stat_activity WHERE query ~ 'idle_cursor' AND pid <> pg_backend_pid()"), 'an idle reader is ended');
eval { $other->quit };
refill();
serves($node, 'app', 'an idle reader');

# --- readers ---

is(code_of("SET statement_timeout = '100ms'; SELECT count(*) FROM ($query LIMIT 7000) s WHERE pg_sleep(0.002) IS NOT NULL"), '57014',
	'a reader: statement_timeout in the middle of a window');
$other = $node->background_psql('app');
my @own = split(/\n/, $node->safe_psql('app', "SELECT oid::regclass FROM pg_class WHERE relkind = 'm' AND relname ~ '^(window|boundary)_'"));
is(scalar(@own), 2, 'window and boundary');
foreach my $lock ((map { "ALTER MATERIALIZED VIEW $_ RENAME TO locked" } @own),
	'LOCK TABLE pg_description', 'LOCK TABLE pg_description, pg_seclabel', 'LOCK TABLE pg_foreign_server, pg_foreign_data_wrapper')
{
	$other->query_safe("BEGIN; $lock");
	is(code_of("SET lock_timeout = '1ms'; SELECT count(*) FROM ($query LIMIT 7000) s"), '', "a reader waits for no lock of the ordering: $lock");
	$other->query_safe('ROLLBACK');
}
$other->quit;
exact($node, 'app', 'at the end');
serves($node, 'app', 'at the end');

# --- the definition goes while somebody fills the window: no state is written for what is no more ---

$holder = hold($node, 'app');
$other = start_psql($node, 'app', "\\set VERBOSITY verbose\nBEGIN;\nCREATE TABLE own ();\nSELECT bingo_tune.refresh_ordering('o');");
stopped('refresh_ordering() in a transaction');
$node->safe_psql('app', 'DROP SERVER "bingo_tune ordering o"');
$holder->quit;
end_psql($other);
like($other->{err}, qr/ERROR:  42704: "o" was dropped meanwhile/, 'refresh_ordering() of what is dropped meanwhile');
is($node->safe_psql('app', "SELECT count(*) FROM pg_foreign_server WHERE srvtype IN ('ordering', 'window')"), '0', 'and no state is left');
is($node->safe_psql('app', "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"), '0', 'no lock is left');
unlike(slurp_file($node->logfile), qr/PANIC|was terminated by signal|TRAP/, 'no process has died');

$node->stop;
done_testing();
