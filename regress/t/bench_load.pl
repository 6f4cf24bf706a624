# bingo_bench load: what it counts and reports agrees with what it sent.
#
# Seen to fail with: latency taken from the sending instead of the due time; the histogram's bucket one too high; no
# wait for the warm-up's backlog; exclusive ignored; only one of the copies sent; the second stretch of a schedule at the
# first one's rate; whole answers kept by libpq; service levels judged by their limit times 1000; the second of
# two merged time slots dropped; the longest idle connection left idle.
use strict;
use warnings;

use BenchData;
use Compiler;
use JSON::PP;
use List::Util qw(sum max min);
use POSIX qw(ceil);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('bench_load');
$node->init;
$node->append_conf('postgresql.conf', 'max_connections = 250');
$node->start;
fill_bingo($node);
$node->safe_psql('postgres', 'CREATE TABLE seen (at timestamptz DEFAULT clock_timestamp()); CREATE SEQUENCE calls');

my $directory = PostgreSQL::Test::Utils::tempdir();
my @load = ('load', '-d', $node->connstr('postgres'), '--quiet', '--warmup=0');
my ($status, $out, $err, $json);

sub endpoint
{
	my ($document, $name) = @_;
	return (grep { $_->{name} eq $name } @{ $document->{endpoints} })[0];
}

# The application's mix, with everything that is written.
($status, $out, $err) = bench(
	@load, '--mix', "$workloads/mix.conf", '--rate=600', '--arrivals=constant', '--duration=1', '--connections=40',
	'--json', "$directory/mix.json", '--csv', "$directory/mix.csv", '--log', "$directory/mix.log");
is($status, 0, 'mix: exit status') or diag($err);
$json = read_json("$directory/mix.json");
my @log = read_log("$directory/mix.log");
is(sum(map { $_->{calls} + $_->{skipped} } @{ $json->{endpoints} }), 600, 'mix: every call that fell due is counted');
is(scalar(@log), sum(map { $_->{calls} } @{ $json->{endpoints} }), 'mix: every call sent is in the log');
is(sum(map { $_->{errors} } @{ $json->{endpoints} }), 0, 'mix: no errors');
foreach my $endpoint (@{ $json->{endpoints} })
{
	my $name = $endpoint->{name};
	my @calls = grep { $_->{endpoint} eq $name } @log;
	my %from_csv;

	is($endpoint->{calls}, scalar(@calls), "$name: calls as in the log");
	is($endpoint->{rows}, sum(0, map { $_->{rows} } @calls), "$name: rows as in the log");
	is($endpoint->{latency}{total}, scalar(@calls), "$name: histogram has every call");
	is(sum(0, map { $_->{total} } @{ $endpoint->{batches} }), scalar(@calls), "$name: batches have every call");
	foreach my $line (split(/\n/, slurp_file("$directory/mix.csv")))
	{
		my ($who, $kind, $lower, $upper, $count) = split(/,/, $line);
		next unless $who eq $name && $kind eq 'latency';
		$from_csv{n} += $count;
		$from_csv{log} += grep { my $us = int($_->{latency_us} + 0.5); $us >= $lower && $us <= $upper } @calls;
		$from_csv{same} += $count == grep { my $us = int($_->{latency_us} + 0.5); $us >= $lower && $us <= $upper } @calls;
		$from_csv{buckets}++;
	}
	is_deeply([ $from_csv{n} // 0, $from_csv{same} // 0 ], [ scalar(@calls), $from_csv{buckets} // 0 ],
		"$name: CSV agrees with the log bucket by bucket");
}
my ($host) = @{ $json->{hosts} };
my $lists = endpoint($json, 'get_session_list');
is($host->{calls}, scalar(@log) + 2 * $lists->{calls}, 'three copies of the list of sessions, one statement of all else');
like($host->{name}, qr/:${\$node->port}$/, 'host and port are named');
is(sum(map { sum(@{ $_->{calls} }) } @{ $json->{time}{slots} }), scalar(@log), 'time slots have every call');
is($json->{configuration}{mix}[6]{copies}, 3, 'the mix is in the document');

# Rows of the list: three answers a call.
my $copies = write_file("$directory/copies.conf", "$workloads/get_movie_list.sql 1 copies=3\n");
($status, $out, $err) = bench(@load, '--mix', $copies, '--rate=20', '--arrivals=constant', '--duration=1', '--json=-');
is(endpoint(decode_json($out), 'get_movie_list')->{rows}, 20 * 3 * 50, 'copies: all rows of all copies');

# A stall of the server shows in every call that was due in it.
my $insert = write_file("$directory/insert.sql", "INSERT INTO seen VALUES (DEFAULT)\n");
my $run = bench_start(@load, '--rate=120', '--arrivals=constant', '--duration=3',
	'--json', "$directory/stall.json", '--log', "$directory/stall.log", $insert);
wait_for_calls($node, 10);
my @pids = split(/\n/, $node->safe_psql('postgres', "SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"));
is(scalar(@pids), 4, 'stall: four backends');
kill('STOP', @pids);
select(undef, undef, undef, 2.0);    # the stall itself, not a wait for anything
kill('CONT', @pids);
($status, $out, $err) = bench_finish($run);
is($status, 0, 'stall: exit status') or diag($err);
@log = sort { $a->{start_us} <=> $b->{start_us} } read_log("$directory/stall.log");
is(scalar(@log), 360, 'stall: no call is left out');
# The end: when the first call that waited a second was answered.
my $end = min(map { $_->{start_us} + $_->{latency_us} } grep { $_->{latency_us} > 1e6 } @log);
my @due = grep { $_->{start_us} > $end - 1.9e6 && $_->{start_us} < $end } @log;
# On a slow machine it begins late, and the last calls are due before its end.
my $due_us = min($end, 3e6) - max($end - 1.9e6, 0);
cmp_ok(scalar(@due), '>=', int(120 * $due_us / 1e6) - 1, 'stall: calls that were due in it');
is(scalar(grep { $_->{start_us} + $_->{latency_us} < $end } @due), 0, 'stall: none of them is reported as ended before its end');
$json = read_json("$directory/stall.json");
cmp_ok($json->{endpoints}[0]{p90_ms}, '>', 1, 'stall: a tenth of the calls at least suffered from it');

# Quantiles against exact ones.
my @exact = sort { $a <=> $b } map { $_->{latency_us} } @log;
foreach my $quantile ([ p50 => 0.5 ], [ p75 => 0.75 ], [ p90 => 0.9 ], [ p95 => 0.95 ], [ p99 => 0.99 ])
{
	my ($name, $fraction) = @$quantile;
	my $wanted = $exact[ ceil($fraction * @exact - 1e-9) - 1 ] / 1000;
	cmp_ok(abs($json->{endpoints}[0]{"${name}_ms"} / $wanted - 1), '<=', 0.03, "$name within 3 % of the exact one");
}
cmp_ok(abs($json->{endpoints}[0]{max_ms} - $exact[-1] / 1000), '<', 0.001, 'max is exact');

# A schedule of two rates.
($status, $out, $err) = bench(@load, '--schedule=40:0.5,200:0.5', '--arrivals=constant',
	'--log', "$directory/schedule.log", $insert);
@log = read_log("$directory/schedule.log");
is(scalar(grep { $_->{start_us} < 5e5 } @log), 20, 'schedule: the first rate');
is(scalar(grep { $_->{start_us} >= 5e5 } @log), 100, 'schedule: the second rate');

# Poisson arrivals, several threads: the draws depend on the seed alone.
my @starts;
foreach my $seed (7, 7, 8)
{
	bench(@load, '--rate=200', '--duration=0.5', '--threads=2', "--seed=$seed",
		'--log', "$directory/poisson.log", $insert);
	push @starts, join(' ', sort map { $_->{start_us} } read_log("$directory/poisson.log"));
}
is($starts[1], $starts[0], 'poisson: same seed, same arrivals');
isnt($starts[2], $starts[0], 'poisson: another seed, other arrivals');

# The warm-up's backlog: its calls are slow, one connection can't keep up.
my $slow_start = write_file("$directory/slow_start.sql", "SELECT pg_sleep(CASE WHEN nextval('calls') <= 10 THEN 0.3 ELSE 0 END)\n");
($status, $out, $err) = bench(@load, '--rate=20', '--arrivals=constant', '--duration=2.5', '--warmup=0.5',
	'--connections=1', '--json=-', $slow_start);
$json = decode_json($out);
is($json->{endpoints}[0]{calls}, 50, 'warm-up: its calls are not counted');
cmp_ok($json->{endpoints}[0]{p50_ms}, '<', 1000, 'warm-up: its backlog is not in the quantiles');

# An exclusive endpoint runs once at a time.
my $sleep = write_file("$directory/sleep.sql", "SELECT pg_sleep(0.03)\n");
my $exclusive = write_file("$directory/exclusive.conf", "# a comment\n\nsleep.sql 1 exclusive # only this\n");
($status, $out, $err) = bench(@load, '--mix', $exclusive, '--rate=100', '--arrivals=constant', '--duration=1',
	'--threads=2', '--json', "$directory/exclusive.json", '--log', "$directory/exclusive.log");
my $endpoint = read_json("$directory/exclusive.json")->{endpoints}[0];
is($endpoint->{calls} + $endpoint->{skipped}, 100, 'exclusive: sent or skipped');
cmp_ok($endpoint->{skipped}, '>', 0, 'exclusive: some were skipped');
@log = sort { $a->{start_us} <=> $b->{start_us} } read_log("$directory/exclusive.log");
is( scalar(grep { $log[$_]{start_us} + $log[$_]{late_us} < $log[ $_ - 1 ]{start_us} + $log[ $_ - 1 ]{latency_us} } 1 .. $#log),
	0, 'exclusive: no two at a time');

# Many connections, used in turn.
$node->safe_psql('postgres', 'CREATE TABLE pids (pid int)');
my $pid = write_file("$directory/pid.sql", "INSERT INTO pids VALUES (pg_backend_pid())\n");
($status, $out, $err) = bench(@load, '--rate=500', '--duration=0.5', '--arrivals=constant', '--connections=200', '--threads=2', $pid);
is($status, 0, '200 connections: exit status') or diag($err);
is($node->safe_psql('postgres', 'SELECT count(*), count(DISTINCT pid) FROM pids'), '250|200', '200 connections: each is used');

# Closed loop, by protocol and format.
foreach my $how ([ 'simple', 'text' ], [ 'extended', 'text' ], [ 'extended', 'binary' ], [ 'prepared', 'binary' ])
{
	my ($protocol, $format) = @$how;
	($status, $out, $err) = bench(@load, '--clients=3', '--duration=0.2', '--warmup=0.1', "--protocol=$protocol",
		"--format=$format", '--json=-', "$workloads/get_movie.sql");
	$endpoint = decode_json($out)->{endpoints}[0];
	cmp_ok($endpoint->{calls}, '>', 0, "closed loop, $protocol, $format: calls");
	is_deeply([ $endpoint->{errors}, $endpoint->{rows} ], [ 0, $endpoint->{calls} ], "closed loop, $protocol, $format: one row each");
}

# Big answers in bounded memory: three copies of 30 MB each, 64 MB allowed for data.
my $big = write_file("$directory/big.sql", "SELECT repeat('x', 100), g FROM generate_series(1, 300000) g\n");
# AddressSanitizer maps more than that for itself.
my $limit = $ENV{CHECK_ASAN} ? 'unlimited' : 65536;
my $three = write_file("$directory/three.conf", "big.sql 1 copies=3\n");
IPC::Run::run(
	[ 'sh', '-c', "ulimit -d $limit; " . 'exec bingo_bench "$@"', 'sh', @load, '--mix', $three, '--rate=2', '--arrivals=constant', '--timeout=600',
		'--duration=1', '--json=-' ],
	'>', \$out, '2>', \$err);
$endpoint = decode_json($out)->{endpoints}[0];
is_deeply([ $endpoint->{errors}, $endpoint->{rows} ], [ 0, 2 * 3 * 300000 ], 'big answers: all rows within 64 MB of data') or diag($err);

# A long run: when the time slots are full, two become one and nothing is lost.  With 8 slots 20 ticks are a long run.
my $short = "$directory/bench_8_slots";
compile_ok('long run: bingo_bench', $short, qw(-O0 -DBENCH_SLOTS=8), "-I$root/extension", "-I$root/tools", glob("$root/tools/bench/*.c"),
	map({ "$root/tools/$_.c" } qw(client options samples)), qw(-lpq -lcjson -lpthread -lm));
IPC::Run::run([ $short, @load, '--rate=400', '--arrivals=constant', '--duration=1', '--json=-', $insert ], '>', \$out, '2>', \$err);
$json = decode_json($out);
my @slots = @{ $json->{time}{slots} };
cmp_ok(scalar(@slots), '<=', 8, 'long run: no more slots than there is room for');
cmp_ok(abs($json->{time}{slot_s} - 0.2), '<', 1e-9, 'long run: slots are four ticks long');
is(sum(map { $_->{calls}[0] } @slots), 400, 'long run: no call is lost');
# Arrivals are constant, so each full slot but the ends has a fifth of the calls, as far as ticks come in time.
cmp_ok(max(map { $_->{calls}[0] } @slots), '<', 200, 'long run: calls stand in their slots');

# Service levels.
my %level = (met => "sleep p50<10000ms errors<=0% rate>=1\n", missed => "sleep p90<1ms\n");
foreach my $case ([ met => 0 ], [ missed => 3 ])
{
	my ($name, $wanted) = @$case;
	my $file = write_file("$directory/$name.level", $level{$name});
	($status, $out, $err) = bench(@load, '--rate=20', '--duration=0.5', '--arrivals=constant', '--service-level', $file, $sleep);
	is($status, $wanted, "service level $name: exit status");
	like($out, qr/^  sleep +p\d+<\d+ms +[\d.]+ ms +$name$/m, "service level $name: printed");
}
my $both = write_file("$directory/both.conf", "sleep.sql 1000000\nbig.sql 0.000001\n");
my $silent = write_file("$directory/silent.level", "big p90<400ms\n");
($status, $out, $err) = bench(@load, '--rate=20', '--duration=0.5', '--mix', $both, '--service-level', $silent);
is($status, 3, 'service level without a call: not met');
like($out, qr/^  big +p90<400ms +- +no data$/m, 'service level without a call: said so');

# Progress.
($status, $out, $err) = bench('load', '-d', $node->connstr('postgres'), '--rate=50', '--duration=1.2', '--warmup=0', $insert);
like($err, qr{^run +1\.\d s +[\d.]+ calls/s +late +[\d.]+ ms +p50 +[\d.]+ ms +p99 +[\d.]+ ms +errors 0$}m, 'progress each second');

$node->stop;
done_testing();
