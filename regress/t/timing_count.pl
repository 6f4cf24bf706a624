# Every statement that ends is counted exactly once, whatever way it ends and
# however many run at a time; a full table evicts and says so.
#
# Seen red with: no reset callback, no exit callback, the class of FATAL not kept,
# counts added without atomics, the most used evicted first, evicted calls not
# counted, parallel workers counted.
use strict;
use warnings;

use FindBin;
use lib $FindBin::RealBin;
use PostgreSQL::Test::Utils;
use RawClient;
use Test::More;
use TunedNode;

my $node = start_node('main', <<'CONF');
bingo_tune.max_queries = 100
autovacuum = off
max_connections = 80
restart_after_crash = on
log_statement = none
CONF
$node->safe_psql('postgres', <<'SQL');
CREATE EXTENSION bingo_tune CASCADE;
CREATE TABLE numbers AS SELECT i AS id FROM generate_series(1, 1000) AS i;
SQL

# Looks without being counted.
sub look
{
	my ($query) = @_;
	local $ENV{PGOPTIONS} = '-c bingo_tune.track=none';
	return $node->safe_psql('postgres', $query);
}

sub wait_until
{
	my ($query) = @_;
	local $ENV{PGOPTIONS} = '-c bingo_tune.track=none';
	$node->poll_query_until('postgres', $query) or die "never true: $query";
	return;
}

sub counts_of
{
	my ($action) = @_;
	return look(qq{SELECT sum(calls), sum(rows), sum(errors_timeout), sum(errors_connection), sum(errors_other), sum(running)
		FROM bingo_tune.query_timing WHERE action = '$action'});
}

sub reset_all
{
	look('SELECT bingo_tune.reset_timing()');
	return;
}

# --- 64 clients, one statement: none lost, none twice ---

my $script = PostgreSQL::Test::Utils::tempdir() . '/one.sql';
append_to_file($script, "SELECT id FROM numbers WHERE id = 7;\n");
for my $protocol (qw(simple extended prepared))
{
	reset_all();
	$node->command_ok([ 'pgbench', '-n', '-M', $protocol, '-c', '64', '-j', '2', '-t', '50', '-f', $script, 'postgres' ],
		"64 clients, $protocol");
	is(counts_of('SELECT FROM numbers WHERE numbers.id ='), '3200|3200|0|0|0|0', "$protocol: all calls and rows");
	is(look(q{SELECT sum(h.calls) FROM bingo_tune.query_histogram AS h JOIN bingo_tune.query_timing AS t
			USING (queryid, userid, dbid, toplevel) WHERE t.action = 'SELECT FROM numbers WHERE numbers.id ='}),
		'3200', "$protocol: all in the histogram");
}

# --- portals read in steps; parallel workers ---

reset_all();
my $client = RawClient->connect($node, 'postgres');
$client->extended('SELECT id FROM numbers ORDER BY id', [], 100);
is(counts_of('SELECT FROM numbers'), '1|1000|0|0|0|0', 'one portal read in eleven steps is one call');

# The portal has been run, then the commit fails: it never sees ExecutorEnd.
$node->safe_psql('postgres', <<'SQL');
CREATE TABLE later (id integer UNIQUE DEFERRABLE INITIALLY DEFERRED);
CREATE FUNCTION add_twice() RETURNS integer LANGUAGE sql AS $$INSERT INTO later VALUES (1), (1) RETURNING 1$$;
SQL
reset_all();
like($client->extended('SELECT add_twice()', []), qr/duplicate key/, 'the commit fails');
is(counts_of('SELECT CALLS add_twice'), '1|1|0|0|0|0', 'the statement before it did not');
is(look('SELECT other_errors_other FROM bingo_tune.timing_status'), '1', 'the error is no statement\'s');

reset_all();
my $parallel = $node->safe_psql('postgres', <<'SQL');
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET bingo_tune.track = 'all';
SELECT count(*) FROM numbers WHERE id > 5;
EXPLAIN (COSTS OFF) SELECT count(*) FROM numbers WHERE id > 5;
SQL
like($parallel, qr/^995\n.*Workers Planned/s, 'a parallel plan');
is(counts_of('SELECT FROM numbers WHERE numbers.id > CALLS count'), '1|1|0|0|0|0', 'is one call');

# --- backends that end while they run ---

# The process id of the backend that runs a statement.
sub wait_for
{
	my ($text) = @_;
	my $where = "FROM pg_stat_activity WHERE state = 'active' AND query LIKE '$text' AND pid <> pg_backend_pid()";
	wait_until("SELECT count(*) = 1 $where");
	return look("SELECT pid $where");
}

reset_all();
$client->send(RawClient::message('Q', "SELECT pg_sleep(1000)\0"));
my $pid = wait_for('%pg_sleep(1000)%');
is(look(q{SELECT running, calls FROM bingo_tune.query_timing WHERE running > 0}), '1|0', 'shown while it runs');
look("SELECT pg_terminate_backend($pid)");
wait_until("SELECT count(*) = 0 FROM pg_stat_activity WHERE pid = $pid");
is(counts_of('SELECT CALLS pg_sleep'), '1|0|1|0|0|0', 'terminated: a call that failed by intervention');

# The client goes away in the middle of a large answer.
reset_all();
$client = RawClient->connect($node, 'postgres');
$client->send(RawClient::message('Q', "SELECT repeat('x', 1000) FROM numbers AS a, numbers AS b\0"));
$pid = wait_for('%numbers AS a%');
$client->close;
wait_until("SELECT count(*) = 0 FROM pg_stat_activity WHERE pid = $pid");
is(counts_of('SELECT FROM numbers CALLS repeat'), '1|0|0|1|0|0', 'client gone: a call that failed by its connection');

# --- a full table ---

reset_all();
my @distinct = map { 'SELECT ' . join(',', (1) x $_) } 1 .. 300;
# Between them a query that is used again and again: calls before an eviction count half.
$node->safe_psql('postgres', join(';', map { ($distinct[$_], $_ % 5 ? () : 'SELECT id FROM numbers WHERE id = 7') } 0 .. 299));
is(look(q{SELECT queries <= 100 AND queries >= 90, evicted_queries > 150, lost_calls FROM bingo_tune.timing_status}),
	't|t|0', 'evicted, not lost');
is(look(q{SELECT (SELECT sum(calls) FROM bingo_tune.query_timing) + evicted_calls FROM bingo_tune.timing_status}),
	'360', 'what was evicted was counted');
is(counts_of('SELECT FROM numbers WHERE numbers.id ='), '60|60|0|0|0|0', 'the most used stays');
is(look('SELECT count(*) = max(queries) FROM bingo_tune.timing_queries(false), bingo_tune.timing_status WHERE calls > 0'),
	't', 'as many rows as queries');

# Evicting and counting at the same time.
reset_all();
my $many = PostgreSQL::Test::Utils::tempdir() . '/many.sql';
append_to_file($many, join('', map { "$_;\n" } @distinct));
$node->command_ok([ 'pgbench', '-n', '-c', '8', '-j', '2', '-t', '4', '-f', $many, 'postgres' ], '8 clients, 300 queries');
is(look(q{SELECT (SELECT sum(calls) FROM bingo_tune.query_timing) + evicted_calls, lost_calls FROM bingo_tune.timing_status}),
	(8 * 4 * 300) . '|0', 'all counted or counted as evicted');

# --- users' endpoints go with a dump ---

$node->safe_psql('postgres', <<'SQL');
INSERT INTO bingo_tune.endpoints (endpoint, example) VALUES ('GET /n', 'SELECT * FROM numbers');
INSERT INTO bingo_tune.endpoints (endpoint, example) VALUES ('GET /films', 'SELECT * FROM movies');
UPDATE bingo_tune.endpoint_targets SET within = 250 WHERE endpoint = 'GET /db_dummy';
CREATE DATABASE copy;
SQL
my $dump = PostgreSQL::Test::Utils::tempdir() . '/dump.sql';
$node->command_ok([ 'pg_dump', '-f', $dump, 'postgres' ], 'dumped');
$node->command_ok([ 'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-f', $dump, 'copy' ], 'restored');
my $settings = q{SELECT endpoint, example, action, NULL FROM bingo_tune.endpoints
	UNION ALL SELECT endpoint, NULL, NULL, within FROM bingo_tune.endpoint_targets ORDER BY 1, 2, 4};
is($node->safe_psql('copy', $settings), $node->safe_psql('postgres', $settings), 'endpoints and targets are the same');

# --- kill -9 of one that records: the server restarts clean, from nothing ---

my $hammer = IPC::Run::start([ 'pgbench', '-n', '-M', 'prepared', '-c', '4', '-T', '60', '-f', $script,
		'-h', $node->host, '-p', $node->port, 'postgres' ], '>', \my $out, '2>', \my $err);
wait_until(q{SELECT count(*) > 0 FROM pg_stat_activity WHERE query LIKE '%id = 7%' AND pid <> pg_backend_pid()});
$pid = look(q{SELECT min(pid) FROM pg_stat_activity WHERE query LIKE '%id = 7%' AND pid <> pg_backend_pid()});
kill 'KILL', $pid;
IPC::Run::finish($hammer);
wait_until('SELECT true');
is(look(q{SELECT count(*) FROM bingo_tune.query_timing WHERE running > 0}), '0', 'nothing is left running');
is(look(q{SELECT evicted_queries, evicted_calls, lost_calls FROM bingo_tune.timing_status}), '0|0|0', 'counting starts anew');
reset_all();
$node->safe_psql('postgres', 'SELECT id FROM numbers WHERE id = 7;' x 5);
is(counts_of('SELECT FROM numbers WHERE numbers.id ='), '5|5|0|0|0|0', 'and is right');
unlike(slurp_file($node->logfile), qr/PANIC|TRAP/, 'no panic');

$node->stop;
done_testing();
