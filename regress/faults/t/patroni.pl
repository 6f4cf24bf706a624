# A Patroni cluster of three on one machine, under bingo_bench load: its primary's
# node is killed (Patroni and postmaster, -9), comes back, and a switchover.  After
# each, on every node: no acknowledged insert is lost (the cluster is synchronous),
# the ordering serves, is exact and keeps up.
#
# Prints for each of the two how long no write was answered, and the errors by
# SQLSTATE, as the driver counted them.  BINGO_PATRONI="ttl loop_wait retry_timeout"
# sets Patroni's times in seconds; by default "6 1 2", quick ones.
#
# Seen red: one row in seven not inserted into the window.
use strict;
use warnings FATAL => 'all';

use FindBin;
use lib "$FindBin::RealBin/../../t";

use BenchData qw(bench_start bench_finish write_file read_json read_log);
use HTTP::Tiny;
use JSON::PP;
use List::Util qw(max sum0);
use OrderingData;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use RawClient;
use Test::More;

foreach my $needed ([ 'patroni', '--version' ], [ '/usr/bin/python3', '-c', 'import pysyncobj, psycopg2' ])
{
	my ($out, $err);
	plan skip_all => 'the packages patroni, python3-pysyncobj and python3-psycopg2 are not installed'
	  unless eval { IPC::Run::run($needed, '>', \$out, '2>', \$err) };
}

# --- a node of the cluster ---
{
	package Node;

	sub host { return $_[0]{folder} }
	sub port { return $_[0]{port} }
	sub name { return $_[0]{name} }
	sub connstr { return "host=$_[0]{folder} port=$_[0]{port} dbname=$_[1]" }
}

my ($ttl, $loop_wait, $retry_timeout) = split(' ', $ENV{BINGO_PATRONI} // '6 1 2');
my $user = getpwuid($<);
my $folder = PostgreSQL::Test::Utils::tempdir_short();
my $logs = $PostgreSQL::Test::Utils::log_path;
my ($bindir) = run_command([ 'pg_config', '--bindir' ]);
my @nodes = map {
	bless { name => "node$_", folder => $folder, map { $_ => PostgreSQL::Test::Cluster::get_free_port() } qw(port rest raft) }, 'Node'
} 1 .. 3;
my $http = HTTP::Tiny->new(timeout => 10);

sub configure
{
	my ($node) = @_;
	my $partners = join(', ', map { "'127.0.0.1:$_->{raft}'" } grep { $_ != $node } @nodes);

	$node->{data} = PostgreSQL::Test::Utils::tempdir($node->name) . '/data';
	$node->{file} = write_file("$folder/$node->{name}.yml", <<"YAML");
scope: bingo
name: $node->{name}
restapi: {listen: '127.0.0.1:$node->{rest}', connect_address: '127.0.0.1:$node->{rest}'}
raft: {data_dir: $folder/raft, self_addr: '127.0.0.1:$node->{raft}', partner_addrs: [$partners]}
bootstrap:
  dcs:
    ttl: $ttl
    loop_wait: $loop_wait
    retry_timeout: $retry_timeout
    primary_start_timeout: 0
    synchronous_mode: true
    postgresql:
      use_pg_rewind: true
      use_slots: true
      parameters:
        shared_preload_libraries: 'pg_stat_statements,bingo_tune'
        wal_log_hints: 'on'
        max_connections: 60
        shared_buffers: 32MB
  initdb: [{encoding: UTF8}, {locale: C}, {auth: trust}, {username: $user}]
  pg_hba: ['local all all trust', 'host all all 127.0.0.1/32 trust', 'local replication all trust', 'host replication all 127.0.0.1/32 trust']
postgresql:
  listen: '127.0.0.1:$node->{port}'
  connect_address: '127.0.0.1:$node->{port}'
  data_dir: $node->{data}
  bin_dir: $bindir
  pgpass: $folder/$node->{name}.pgpass
  authentication: {superuser: {username: $user}, replication: {username: $user}, rewind: {username: $user}}
  parameters: {unix_socket_directories: $folder}
YAML
	return;
}

sub start_node
{
	my ($node) = @_;

	$node->{pid} = fork() // die "fork: $!";
	if ($node->{pid} == 0)
	{
		open(STDIN, '<', '/dev/null');
		open(STDOUT, '>>', "$logs/patroni_$node->{name}.log");
		open(STDERR, '>&', \*STDOUT);
		exec('patroni', $node->{file}) or POSIX::_exit(1);
	}
	return;
}

sub sql
{
	my ($node, $database, $sql) = @_;
	my ($out, $err) = run_command([ 'psql', '-XAtq', '-v', 'ON_ERROR_STOP=1', '-d', $node->connstr($database), '-c', $sql ]);
	return $err eq '' ? $out : "error: $err";
}

sub become
{
	my ($node, $database, $sql, $expected, $what) = @_;
	my $last;

	local $Test::Builder::Level = $Test::Builder::Level + 1;
	ok(wait_for(sub { $last = sql($node, $database, $sql); $last eq $expected }), $what) or diag("$node->{name}: $last");
	return;
}

sub kill_node
{
	my ($node) = @_;
	my ($postmaster) = slurp_file("$node->{data}/postmaster.pid") =~ /^(\d+)/;

	kill('KILL', $node->{pid}, $postmaster);
	waitpid($node->{pid}, 0);
	delete $node->{pid};
	return;
}

# Patroni stops its server when it is asked to.
sub stop_nodes
{
	kill('TERM', $_->{pid}) foreach grep { $_->{pid} } @nodes;
	foreach my $node (grep { $_->{pid} } @nodes)
	{
		waitpid($node->{pid}, 0);
		delete $node->{pid};
	}
	return;
}

END
{
	my $status = $?;
	stop_nodes() if @nodes;
	$? = $status;
}

sub leader
{
	foreach my $node (grep { $_->{pid} } @nodes)
	{
		return $node if sql($node, 'postgres', 'SELECT NOT pg_is_in_recovery()') eq 't';
	}
	return;
}

my $statement = slurp_file("$BenchData::workloads/get_session_list.sql") =~ s/^--.*\n//mgr;

# The served answer and the plain one in one snapshot, and the window against the tables.
sub exact_node
{
	my ($node, $what) = @_;
	my $client = RawClient->connect($node, 'bingo');

	local $Test::Builder::Level = $Test::Builder::Level + 1;
	unlike($client->simple('SELECT state FROM bingo_tune.orderings'), qr/invalid/, "$what, $node->{name}: valid");
	like($client->simple("EXPLAIN $statement"), qr/BingoOrderedScan/, "$what, $node->{name}: served");
	$client->simple('BEGIN ISOLATION LEVEL REPEATABLE READ');
	my $served = $client->simple($statement);
	$client->simple('SET LOCAL bingo_tune.enable_ordered_scan = off');
	my $plain = $client->simple($statement);
	my $verdict = $client->simple("SELECT format('%s missing, %s extra, %s differing', sum(missing), sum(extra), sum(differing)) FROM bingo_tune.orderings, bingo_tune.verify_ordering(name)");
	$client->simple('COMMIT');
	$client->close;
	ok(length($plain) > 100_000, "$what, $node->{name}: the answer is there");
	ok($served eq $plain, "$what, $node->{name}: served and plain answer are the same");
	like($verdict, qr/0 missing, 0 extra, 0 differing/, "$what, $node->{name}: windows and tables agree");
	return;
}

# All three are there, as one primary and two standbys that have all of it.
sub all_follow
{
	my ($what) = @_;
	my $primary = leader();

	become($primary, 'postgres', "SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming'", '2', "$what: two standbys follow");
	become($primary, 'postgres', "SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'", '1', "$what: one is synchronous");
	my $lsn = sql($primary, 'postgres', 'SELECT pg_current_wal_lsn()');
	foreach my $standby (grep { $_ != $primary } @nodes)
	{
		become($standby, 'postgres', "SELECT pg_last_wal_replay_lsn() >= '$lsn'", 't', "$what: $standby->{name} has all of it");
	}
	exact_node($_, $what) foreach @nodes;
	return;
}

# Load, in the middle of which something happens; what the driver saw of it.
sub under_load
{
	my ($what, $seconds, $happens) = @_;
	my $primary = leader();
	my $before = sql($primary, 'bingo', 'SELECT max(id) FROM sessions');
	my $hosts = join(',', ($folder) x 3);
	my $ports = join(',', map { $_->port } @nodes);
	my $mix = write_file("$folder/mix.conf", join('', map { "$BenchData::workloads/$_\n" }
		  'get_session.sql 30', 'get_movie.sql 20', 'post_session.sql 45', 'get_session_list.sql 1'));
	my $run = bench_start('load', '--quiet', '--warmup=0', '--rate=200', "--duration=$seconds", '--timeout=10',
		'-d', "host=$hosts port=$ports dbname=bingo target_session_attrs=read-write connect_timeout=2",
		'--mix', $mix, '--json', "$folder/load.json", '--log', "$folder/load.log");

	become($primary, 'bingo', "SELECT count(*) > 100 FROM sessions WHERE id > $before", 't', "$what: under load");
	$happens->($primary);
	my ($status, $out, $err) = bench_finish($run);
	is($status, 0, "$what: the load went on") or diag($err);

	my $json = read_json("$folder/load.json");
	my %errors;
	foreach my $endpoint (@{ $json->{endpoints} })
	{
		$errors{$_} += $endpoint->{sqlstates}{$_} foreach keys %{ $endpoint->{sqlstates} };
	}
	my @log = read_log("$folder/load.log");
	my %pause;
	foreach my $kind ('post_session', 'get_session')
	{
		my @answered = sort { $a <=> $b } map { ($_->{start_us} + $_->{latency_us}) / 1e6 }
		  grep { $_->{endpoint} eq $kind && $_->{sqlstate} eq '00000' } @log;
		$pause{$kind} = max(map { $answered[$_] - $answered[ $_ - 1 ] } 1 .. $#answered);
	}
	diag(sprintf('%s (ttl %d, loop_wait %d, retry_timeout %d): no write answered for %.1f s, no read for %.1f s; %d calls, %d failed: %s',
			$what, $ttl, $loop_wait, $retry_timeout, $pause{post_session}, $pause{get_session},
			sum0(map { $_->{calls} } @{ $json->{endpoints} }), sum0(values %errors),
			join(', ', map { "$_ $errors{$_}" } sort keys %errors) || 'none'));
	is_deeply([ grep { !/^(57P0[123]|08\d\d\d|25006|timeout)$/ } keys %errors ], [], "$what: only errors of a server that is gone");
	is($log[-1]{sqlstate}, '00000', "$what: answered again");

	my ($post) = grep { $_->{name} eq 'post_session' } @{ $json->{endpoints} };
	my $inserted = sql(leader(), 'bingo', "SELECT count(*) FROM sessions WHERE id > $before");
	cmp_ok($inserted, '>=', $post->{calls} - $post->{errors}, "$what: nothing that was acknowledged is lost");
	cmp_ok($inserted, '<=', $post->{calls}, "$what: nothing was done twice");
	return;
}

# --- the cluster, the data ---

configure($_) foreach @nodes;
start_node($_) foreach @nodes;
my $primary;
ok(wait_for(sub { $primary = leader() }), 'there is a primary') or BAIL_OUT("see $logs/patroni_node1.log");
become($primary, 'postgres', "SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming'", '2', 'and two standbys');
sql($primary, 'postgres', 'CREATE DATABASE bingo');
command_ok([ 'bingo_load', '--quiet', '--scale=0.004', '-d', $primary->connstr('bingo') ], 'data');
is(sql($primary, 'bingo', 'SET client_min_messages = warning; CREATE EXTENSION bingo_tune CASCADE'), '', 'bingo_tune');
sql($primary, 'bingo', 'ANALYZE');
all_follow('at first');

# --- the primary's node is killed ---

my $killed;
under_load('primary killed', 3 * $ttl + 10, sub { ($killed) = @_; kill_node($killed) });
$primary = leader();
isnt($primary->name, $killed->name, 'another one is primary');
exact_node($primary, 'new primary');
become($primary, 'bingo', "SELECT string_agg(DISTINCT state, ' ') FROM bingo_tune.orderings", 'valid', 'new primary: valid');
is(sql($primary, 'bingo', "UPDATE movies SET name = name || '!' WHERE year = (SELECT max(year) FROM movies)"), '', 'new primary: written to');
exact_node($primary, 'new primary, written to');
start_node($killed);
become($killed, 'postgres', 'SELECT pg_is_in_recovery()', 't', 'the killed one is back');
all_follow('killed one is back');

# --- switchover, to the one that was killed ---

become($primary, 'postgres', "SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'", '1', 'a synchronous standby');
my $candidate = sql($primary, 'postgres', "SELECT application_name FROM pg_stat_replication WHERE sync_state = 'sync'");
under_load('switchover', 15, sub {
	my ($from) = @_;
	my $answer = $http->post("http://127.0.0.1:$from->{rest}/switchover",
		{ content => encode_json({ leader => $from->name, candidate => $candidate }) });
	is($answer->{status}, 200, 'switchover') or diag($answer->{content});
});
is(leader()->name, $candidate, 'the candidate is primary');
all_follow('after the switchover');

stop_nodes();
done_testing();
