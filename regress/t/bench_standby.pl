# bingo_bench load with standbys: reads go there, writes to the primary, and each host's part is reported.
#
# Seen to fail with: every endpoint in one lane; the host's name taken from the first connection; one read server only; all of WITH
# taken for reading, or a column update_time for writing.
use strict;
use warnings;

use BenchData;
use JSON::PP;
use List::Util qw(sum);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $primary = PostgreSQL::Test::Cluster->new('primary');
$primary->init(allows_streaming => 1);
$primary->start;
fill_bingo($primary, sessions => 500);
$primary->backup('backup');
my @standbys;
foreach my $name (qw(first second))
{
	my $standby = PostgreSQL::Test::Cluster->new($name);
	$standby->init_from_backup($primary, 'backup', has_streaming => 1);
	$standby->start;
	push @standbys, $standby;
}
$primary->wait_for_catchup($_, 'replay') foreach @standbys;

my $directory = PostgreSQL::Test::Utils::tempdir();
my $mix = write_file("$directory/mix.conf",
	join('', map { "$workloads/$_.sql 1\n" } qw(get_session get_movie post_session delete_session)));
my @load = ('load', '--quiet', '--warmup=0', '--arrivals=constant', '--duration=1', '--mix', $mix, '--json=-');
my ($status, $out, $err, $json, %host);

sub parts
{
	return map { ($_->{name} =~ /:(\d+)$/)[0] => $_ } @{ $_[0]->{hosts} };
}

# Reads to two standbys.
($status, $out, $err) = bench(@load, '--rate=400', '-d', $primary->connstr('postgres'),
	map { ('--read-dsn', $_->connstr('postgres')) } @standbys);
is($status, 0, 'standbys: exit status') or diag($err);
$json = decode_json($out);
%host = parts($json);
my %calls = map { $_->{name} => $_->{calls} } @{ $json->{endpoints} };
is(sum(map { $_->{errors} } @{ $json->{endpoints} }), 0, 'standbys: no errors, so no write went to a standby');
is(sum(values %calls), 400, 'standbys: every call of both streams');
is($host{ $primary->port }{calls}, $calls{post_session} + $calls{delete_session}, 'the primary has the writes');
is($host{ $standbys[0]->port }{calls} + $host{ $standbys[1]->port }{calls}, $calls{get_session} + $calls{get_movie},
	'the standbys have the reads');
cmp_ok($host{ $_->port }{calls}, '>', 50, 'each standby has a part') foreach @standbys;
is($json->{configuration}{read_servers}, 2, 'the document says how many servers read');

# What begins like reading, and writes.
$primary->safe_psql('postgres', 'CREATE TABLE note (id int, update_time int); INSERT INTO note VALUES (1, 1)');
$primary->wait_for_catchup($_, 'replay') foreach @standbys;
my %text = (
	with_insert => 'WITH new AS (INSERT INTO note VALUES (2, 2) RETURNING id) SELECT id FROM new',
	with_delete => q{WITH old AS (SELECT '"' AS "it's") DELETE FROM note WHERE id = 3},
	for_update => 'SELECT id FROM note WHERE id = 1 FOR UPDATE',
	with_select => q{WITH one AS (SELECT 'delete' AS delete_, update_time FROM note) SELECT * FROM one LIMIT 1});
my $kinds = write_file("$directory/kinds.conf", join('', map { write_file("$directory/$_.sql", "$text{$_}\n") . " 1\n" } sort keys %text));
($status, $out, $err) = bench((map { $_ eq $mix ? $kinds : $_ } @load), '--rate=100', '-d', $primary->connstr('postgres'), '--read-dsn', $standbys[0]->connstr('postgres'));
is($status, 0, 'kinds: exit status') or diag($err);
$json = decode_json($out);
%host = parts($json);
%calls = map { $_->{name} => $_->{calls} } @{ $json->{endpoints} };
is(sum(map { $_->{errors} } @{ $json->{endpoints} }), 0, 'kinds: no write went to a standby');
is($host{ $standbys[0]->port }{calls}, $calls{with_select}, 'kinds: but what only reads did');

# Closed loop likewise.
my @closed = grep { $_ ne '--arrivals=constant' } @load;
($status, $out, $err) = bench(@closed, '--clients=4', '-d', $primary->connstr('postgres'), '--read-dsn', $standbys[0]->connstr('postgres'));
%host = parts(decode_json($out));
is_deeply([ sort keys %host ], [ sort map { $_->port } $primary, $standbys[0] ], 'closed loop: both hosts');

# libpq's own choice among hosts: the primary, whichever stands first.
my @nodes = ($standbys[0], $primary);
my $either = 'dbname=postgres host=' . join(',', map { $_->host } @nodes) . ' port=' . join(',', map { $_->port } @nodes);
($status, $out, $err) = bench(@load, '--rate=100', '-d', "$either target_session_attrs=read-write");
is($status, 0, 'target_session_attrs: exit status') or diag($err);
%host = parts(decode_json($out));
is_deeply([ keys %host ], [ $primary->port ], 'target_session_attrs: everything on the primary');

# Without it the writes fail on the standby and are counted.
($status, $out, $err) = bench(@load, '--rate=100', '-d', $either);
my ($post) = grep { $_->{name} eq 'post_session' } @{ decode_json($out)->{endpoints} };
is_deeply($post->{sqlstates}, { 25006 => $post->{calls} }, 'writes on a standby are errors');

# A standby that goes away: reads fail over to the other host of the list, writes never notice.
my $reads = 'dbname=postgres host=' . join(',', map { $_->host } @standbys) . ' port=' . join(',', map { $_->port } @standbys);
$primary->safe_psql('postgres', 'TRUNCATE sessions RESTART IDENTITY; INSERT INTO sessions VALUES (DEFAULT, now(), 1, 1)');
$primary->wait_for_catchup($_, 'replay') foreach @standbys;
my $run = bench_start((grep { !/^--duration/ } @load), '--duration=2', '--rate=200', '-d', $primary->connstr('postgres'), '--read-dsn', $reads);
$primary->poll_query_until('postgres', 'SELECT count(*) > 20 FROM sessions') or die 'no sessions arrived';
$standbys[0]->stop('immediate');
($status, $out, $err) = bench_finish($run);
is($status, 0, 'failover: exit status') or diag($err);
$json = decode_json($out);
%host = parts($json);
cmp_ok($host{ $_->port }{calls}, '>', 0, 'failover: both standbys answered reads') foreach @standbys;
is($host{ $primary->port }{errors}, 0, 'failover: no write failed');
is(sum(map { $_->{calls} } @{ $json->{endpoints} }), 400, 'failover: every call is counted');

$standbys[1]->stop;
$primary->stop;
done_testing();
