# bingo_bench load when things go wrong: the server goes away, the user interrupts, the input is bad.
#
# Seen to fail with: no reconnect; a lost connection's call counted as answered; unsent calls dropped while the server is
# down; exit status 0 after an interrupt; --timeout ignored; a mix line's number one too low.
use strict;
use warnings;

use BenchData;
use JSON::PP;
use List::Util qw(sum);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('bench_fault');
$node->init;
$node->append_conf('postgresql.conf', 'max_connections = 20');
$node->start;
$node->safe_psql('postgres', 'CREATE TABLE seen (id serial)');

my $directory = PostgreSQL::Test::Utils::tempdir();
my @server = ('-d', $node->connstr('postgres'));
my @load = ('load', @server, '--quiet', '--warmup=0', '--arrivals=constant');
my $insert = write_file("$directory/insert.sql", "INSERT INTO seen VALUES (DEFAULT)\n");
my ($status, $out, $err, $json, $run);

# The server restarts in the middle: what fails meanwhile is counted, then the run goes on.
$run = bench_start(@load, '--rate=200', '--duration=3', '--protocol=prepared', '--json', "$directory/restart.json", '--log',
	"$directory/restart.log", $insert);
wait_for_calls($node, 50);
$node->stop('immediate');
$node->start;
($status, $out, $err) = bench_finish($run);
is($status, 0, 'restart: exit status') or diag($err);
$json = read_json("$directory/restart.json");
my $endpoint = $json->{endpoints}[0];
my @log = sort { $a->{start_us} <=> $b->{start_us} } read_log("$directory/restart.log");
is($endpoint->{calls}, 600, 'restart: every call that fell due is counted');
cmp_ok($endpoint->{errors}, '>', 0, 'restart: some failed');
is($endpoint->{errors}, sum(values %{ $endpoint->{sqlstates} }), 'restart: errors by SQLSTATE add up');
is_deeply([ grep { !/^(57P0[123]|0800[16])$/ } keys %{ $endpoint->{sqlstates} } ], [], 'restart: only SQLSTATEs of a lost server')
  or diag(explain($endpoint->{sqlstates}));
cmp_ok($json->{disconnects}, '>=', 4, 'restart: every connection was lost');
is($log[-1]{sqlstate}, '00000', 'restart: calls are answered again at the end');
is($node->safe_psql('postgres', 'SELECT count(*) FROM seen') >= $endpoint->{calls} - $endpoint->{errors},
	1, 'restart: what is reported as done was done');
is($endpoint->{latency}{total}, $endpoint->{calls} - $endpoint->{errors} + ($endpoint->{sqlstates}{timeout} // 0),
	'restart: failed calls are not in the latencies');

# The server goes away for good: the run ends in time, with errors.
$node->safe_psql('postgres', 'TRUNCATE seen');
$run = bench_start(@load, '--rate=100', '--duration=2', '--json', "$directory/gone.json", $insert);
wait_for_calls($node, 20);
$node->stop('immediate');
($status, $out, $err) = bench_finish($run);
is($status, 0, 'gone: exit status');
$endpoint = read_json("$directory/gone.json")->{endpoints}[0];
is($endpoint->{calls}, 200, 'gone: every call is counted');
cmp_ok($endpoint->{sqlstates}{'08001'}, '>', 0, 'gone: calls without a server are errors');
like($out, qr/^  insert +08001 +\d+$/m, 'gone: printed by SQLSTATE');
$node->start;

# A closed loop survives, too.
$node->safe_psql('postgres', 'TRUNCATE seen');
$run = bench_start('load', @server, '--quiet', '--warmup=0', '--clients=3', '--duration=2', '--json', "$directory/closed.json", $insert);
wait_for_calls($node, 20);
$node->safe_psql('postgres',
	"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()");
my $before = $node->safe_psql('postgres', 'SELECT count(*) FROM seen');
($status, $out, $err) = bench_finish($run);
$json = read_json("$directory/closed.json");
is($json->{disconnects}, 3, 'closed loop: three connections lost');
cmp_ok($node->safe_psql('postgres', 'SELECT count(*) FROM seen'), '>', $before, 'closed loop: goes on');

# A call that takes too long is given up and its connection dropped.
my $slow = write_file("$directory/slow.sql", "SELECT pg_sleep(30)\n");
($status, $out, $err) = bench(@load, '--rate=10', '--duration=0.5', '--timeout=0.2', '--json=-', $slow);
is($status, 0, 'timeout: exit status');
$json = decode_json($out);
is_deeply($json->{endpoints}[0]{sqlstates}, { timeout => 5 }, 'timeout: all given up');
is($json->{endpoints}[0]{latency}{total}, 5, 'timeout: in the latencies at the time when given up');
cmp_ok($json->{endpoints}[0]{latency}{min_us}, '>=', 200000, 'timeout: not before');

# Statements that fail.
my $failing = write_file("$directory/failing.sql", "SELECT 1 / (nextval('seen_id_seq') % 2)\n");
($status, $out, $err) = bench(@load, '--rate=100', '--duration=0.4', '--json=-', $failing);
is_deeply(decode_json($out)->{endpoints}[0]{sqlstates}, { 22012 => 20 }, 'failing statements are counted by SQLSTATE');

# Ctrl-C.
$node->safe_psql('postgres', 'TRUNCATE seen');
$run = bench_start(@load, '--rate=100', '--duration=600', '--json', "$directory/interrupted.json", $insert);
wait_for_calls($node, 20);
$run->{harness}->signal('INT');
($status, $out, $err) = bench_finish($run);
is($status, 130, 'interrupt: exit status');
like($out, qr/^insert +\d+ /m, 'interrupt: table');
like($out, qr/s measured \(interrupted\)/, 'interrupt: said so');
$json = read_json("$directory/interrupted.json");
cmp_ok($json->{endpoints}[0]{calls}, '>=', 19, 'interrupt: what was measured is written');
ok($json->{interrupted}, 'interrupt: marked in the document');
cmp_ok($json->{endpoints}[0]{rate}, '>', 50, 'interrupt: rate refers to the time that was measured');

# Ctrl-C in the warm-up: nothing was measured, and the document is complete.
$node->safe_psql('postgres', 'TRUNCATE seen');
$run = bench_start('load', @server, '-q', '--rate=100', '--warmup=600', '--json', "$directory/early.json", $insert);
wait_for_calls($node, 5);
$run->{harness}->signal('INT');
($status, $out, $err) = bench_finish($run);
is($status, 130, 'interrupt in the warm-up: exit status');
$endpoint = read_json("$directory/early.json")->{endpoints}[0];
is_deeply([ @{$endpoint}{qw(calls rate p50_ms)} ], [ 0, 0, undef ], 'interrupt in the warm-up: nothing was measured');

# Bad input.
my %file = (
	word => "insert.sql 1\n# comment\ninsert.sql heavy\n",
	zero => "insert.sql 0\n",
	huge => "insert.sql 1e308\n",
	weightless => "insert.sql\n",
	attribute => "insert.sql 1 copies=0\n",
	unknown => "insert.sql 1 twice\n",
	absent => "\nabsent.sql 1\n",
	doubled => "insert.sql 1\ninsert.sql 1\n",
	empty => "# nothing\n");
write_file("$directory/$_.conf", $file{$_}) foreach keys %file;
write_file("$directory/bad$_->[0].level", $_->[1])
  foreach ([ 1 => "insert p90<400\n" ], [ 2 => "nobody p90<400ms\n" ], [ 3 => "insert\n" ], [ 4 => "#\n" ]);
write_file("$directory/orphan.sql", "-- \$1: nowhere.id\nSELECT \$1\n");
my @bad = (
	[ 2, qr/^bingo_bench \w+: unrecognized option '--nonsense'/, '--nonsense' ],
	[ 2, qr/give one of --rate, --schedule and --clients/, $insert ],
	[ 2, qr/give one of --rate/, '--rate=1', '--clients=1', $insert ],
	[ 2, qr/--rate must be a number from 0.001/, '--rate=0', $insert ],
	[ 2, qr/--rate must be/, '--rate=-5', $insert ],
	[ 2, qr/--rate must be/, '--rate=nan', $insert ],
	[ 2, qr/--schedule must be/, '--schedule=60', $insert ],
	[ 2, qr/--schedule must be/, '--schedule=60:1,0:2', $insert ],
	[ 2, qr/--schedule has the duration/, '--schedule=60:1', '--duration=3', $insert ],
	[ 2, qr/--arrivals must be/, '--rate=1', '--arrivals=bursts', $insert ],
	[ 2, qr/give --mix=FILE or workload FILEs/, '--rate=1' ],
	[ 2, qr/--threads must not be more than the connections/, '--rate=1', '--threads=5', $insert ],
	[ 2, qr/--connections is for the open loop/, '--clients=1', '--connections=2', $insert ],
	[ 2, qr/--read-dsn is for a mix that reads and writes/, '--rate=1', '--read-dsn=x', $insert ],
	[ 2, qr/"insert" is given twice/, '--rate=1', $insert, $insert ],
	[ 1, qr/word.conf:3: the weight must be a number above 0, up to 1e9\nHINT/, '--rate=1', "--mix=$directory/word.conf" ],
	[ 1, qr/huge.conf:1: the weight must be/, '--rate=1', "--mix=$directory/huge.conf" ],
	[ 1, qr/zero.conf:1: the weight must be/, '--rate=1', "--mix=$directory/zero.conf" ],
	[ 1, qr/weightless.conf:1: the weight is missing/, '--rate=1', "--mix=$directory/weightless.conf" ],
	[ 1, qr/attribute.conf:1: copies must be/, '--rate=1', "--mix=$directory/attribute.conf" ],
	[ 1, qr/unknown.conf:1: only copies=N and exclusive/, '--rate=1', "--mix=$directory/unknown.conf" ],
	[ 1, qr/absent.conf:2: this endpoint can't be used/, '--rate=1', "--mix=$directory/absent.conf" ],
	[ 1, qr/doubled.conf:2: this endpoint stands in the mix already/, '--rate=1', "--mix=$directory/doubled.conf" ],
	[ 1, qr/no endpoint in this mix/, '--rate=1', "--mix=$directory/empty.conf" ],
	[ 1, qr/could not open ".*gone.conf": No such file.*\nSQLSTATE: 58P01\nHINT: Check the name/, '--rate=1', '--mix=/nowhere/gone.conf' ],
	[ 1, qr/bad1.level:1: not a target: "p90<400"\nHINT/, '--rate=1', "--service-level=$directory/bad1.level", $insert ],
	[ 1, qr/bad2.level:1: the mix has no endpoint "nobody"/, '--rate=1', "--service-level=$directory/bad2.level", $insert ],
	[ 1, qr/bad3.level:1: no target for endpoint "insert"/, '--rate=1', "--service-level=$directory/bad3.level", $insert ],
	[ 1, qr/bad4.level: no target/, '--rate=1', "--service-level=$directory/bad4.level", $insert ],
	[ 1, qr/could not write "\/nowhere\/x": No such/, '--rate=1', '--json=/nowhere/x', $insert ],
	[ 1, qr/could not write "\/nowhere\/x": No such/, '--rate=1', '--log=/nowhere/x', $insert ],
	[ 1, qr/could not write "\/dev\/full": No space.*\nSQLSTATE: 58030\nHINT: /, @server, '--rate=10', '-D0.1', '--warmup=0', '--csv=/dev/full', $insert ],
	[ 1, qr/could not connect: /, '-d', 'host=/nowhere', '--rate=1', $insert ],
	[ 1, qr/relation "nowhere" does not exist\nSQLSTATE: 42P01/, @server, '--rate=1', "$directory/orphan.sql" ],
	[ 1, qr/wrong\.sql: relation "seem" does not exist\nSQLSTATE: 42P01/,
		@server, '--rate=1', '--protocol=prepared', write_file("$directory/wrong.sql", "SELECT * FROM seem\n") ],
	[ 1, qr/too many clients already\nHINT: .*max_connections/, @server, '--rate=1', '--connections=30', $insert ]);
foreach my $case (@bad)
{
	my ($wanted, $message, @arguments) = @$case;
	($status, $out, $err) = bench('load', @arguments);
	is($status, $wanted, "exit status: $message");
	like($err, $message, "message: $message");
}
$node->safe_psql('postgres', 'CREATE TABLE sessions (id bigint)');
($status, $out, $err) = bench(@load, '--rate=1', "$workloads/delete_session.sql");
is($status, 1, 'empty table: exit status');
like($err, qr/table "sessions" is empty/, 'empty table: message');

$node->stop;
done_testing();
