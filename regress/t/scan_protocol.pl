# Ordered scans on the wire: the bytes that a client gets are those of the plain
# plan, by the simple and the extended protocol, in text and binary, whole and in
# portions, on the primary and on a standby that follows and is promoted.
use strict;
use warnings;

use FindBin;
use lib $FindBin::RealBin;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use RawClient;
use Test::More;
use TunedNode;

my $primary = start_node('primary', <<'CONF', allows_streaming => 1, extra => [ '--encoding=UTF8', '--locale=C' ]);
autovacuum = off
CONF
$primary->safe_psql('postgres', slurp_file("$FindBin::RealBin/../include/scan_music.sql"));

my $whole = 'SELECT p.id, p.at, l.id, l.name, s.id, s.title, s.year, s.length'
  . ' FROM music.play p JOIN music.listener l ON p.listener_id = l.id JOIN music.song s ON p.song_id = s.id'
  . ' ORDER BY s.year DESC, s.title, l.id, p.id DESC';
my $part = 'SELECT s.length, s.title, p.id, s.year + 1, p.at' . substr($whole, index($whole, ' FROM'));

# Rows from the window and from behind it, by EXPLAIN ANALYZE.
sub explained
{
	my ($client, $query) = @_;
	my $bytes = $client->simple("EXPLAIN (ANALYZE, TIMING off, COSTS off) $query");
	my ($window) = $bytes =~ /Rows from Window: (\d+)/;
	my ($behind) = $bytes =~ /Rows from Plan Behind: (\d+)/;

	return defined $window ? "$window and $behind" : 'no ordered scan';
}

# The answer's bytes with and without ordered scans.
sub same
{
	my ($name, $client, $run) = @_;
	my %bytes;

	for my $setting ('off', 'on')
	{
		$client->simple("SET bingo_tune.enable_ordered_scan = $setting");
		$bytes{$setting} = $run->();
	}
	ok(!RawClient::has_message($bytes{off}, 'E'), "$name: no error");
	ok($bytes{off} eq $bytes{on}, "$name: same bytes");
	return;
}

sub check
{
	my ($name, $node) = @_;
	my $client = RawClient->connect($node, 'postgres');
	my $limit = ' LIMIT (SELECT 150) OFFSET 10';
	my $beyond = ' LIMIT (SELECT 250)';

	is(explained($client, $whole . $limit), '160 and 0', "$name: from the window");
	is(explained($client, $whole . $beyond), '200 and 50', "$name: from behind the window");
	for my $query ($whole . $limit, $whole . $beyond, $part . $beyond)
	{
		my $formats = $query =~ /^SELECT p/ ? [ 0, 1, 0, 1, 0, 1, 0, 1 ] : [ 1, 0, 1, 0, 1 ];

		same("$name: simple", $client, sub { $client->simple($query) });
		same("$name: text", $client, sub { $client->extended($query, [0]) });
		same("$name: binary", $client, sub { $client->extended($query, [1]) });
		same("$name: mixed", $client, sub { $client->extended($query, $formats) });
		# Execute in portions of 7 rows, over the end of the window
		same("$name: portions", $client, sub { $client->extended($query, [1], 7) });
	}
	for my $setting ('all', 'off')
	{
		$client->simple("SET bingo_tune.fast_output = '$setting'");
		same("$name: fast_output $setting", $client, sub { $client->simple($whole . $beyond) });
	}
	$client->close;
	return;
}

check('primary', $primary);

$primary->backup('backup');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($primary, 'backup', has_streaming => 1);
$standby->start;
$primary->wait_for_catchup($standby, 'replay');
check('standby', $standby);

# An invalidation that is replayed reaches the standby's next answer.
my $client = RawClient->connect($standby, 'postgres');
$primary->safe_psql('postgres', q(INSERT INTO pg_description SELECT format('bingo_tune.window_%s', ordering_id)::regclass,
	'pg_class'::regclass, -1000, '0 test' FROM bingo_tune.ordering_states()));
$primary->wait_for_catchup($standby, 'replay');
is(explained($client, "$whole LIMIT 5"), '0 and 5', 'standby: invalid');
$primary->safe_psql('postgres', q(DELETE FROM pg_description WHERE classoid = 'pg_class'::regclass AND objsubid = -1000));
$primary->wait_for_catchup($standby, 'replay');
is(explained($client, "$whole LIMIT 5"), '5 and 0', 'standby: valid again');
$client->close;

$standby->promote;
check('promoted', $standby);

# Without preloading, the scan works; only nothing is counted.
$standby->append_conf('postgresql.conf', "shared_preload_libraries = ''\nsession_preload_libraries = 'bingo_tune'");
$standby->restart;
check('session_preload_libraries', $standby);
is($standby->safe_psql('postgres', 'SELECT count(*) FROM bingo_tune.ordering_counters()'), '0', 'nothing is counted');

done_testing();
