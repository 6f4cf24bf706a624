# A standby is promoted while clients write, the old primary is rewound and joins
# again; asynchronous and synchronous.  Orderings are served on the standby before,
# on the new primary at once, and on the old one when it is back.
#
# With synchronous_commit = remote_apply nothing that was acknowledged is lost;
# asynchronously what is lost is lost from tables and window alike.
#
# Seen red: one change in seven left out of the window.
use strict;
use warnings FATAL => 'all';

use FindBin;
use lib "$FindBin::RealBin/../../t";

use OrderingData;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $primary = PostgreSQL::Test::Cluster->new('first');
$primary->init(allows_streaming => 1);
$primary->append_conf('postgresql.conf', $settings . "wal_keep_size = '256MB'\n");
$primary->start;
create_tables($primary, 'app');
fill_tables($primary, 'app');
create_ordering($primary, 'app');
$primary->backup('base');
my $standby = PostgreSQL::Test::Cluster->new('second');
$standby->init_from_backup($primary, 'base', has_streaming => 1);
$standby->start;

# Four clients, each with statements that say what was acknowledged.
sub start_writers
{
	my ($node, $round) = @_;
	my @writers;

	foreach my $writer (1 .. 4)
	{
		my $first = 1_000_000 * $round + 100_000 * $writer;
		my $statements = '';
		foreach my $i (1 .. 20_000)
		{
			my $id = $first + $i;
			my $year = 1 + ($i * 7919) % 8900;
			$statements .= "INSERT INTO film VALUES ($id, 'w', years($year, NULL), 1 + $i % 59) RETURNING id;\n";
			$statements .= "UPDATE studio SET name = 'r$round w$i' WHERE id = 70 + $i % 20;\n" if $i % 10 == 0;
		}
		push @writers, start_psql($node, 'app', $statements);
	}
	ok($node->poll_query_until('app', "SELECT count(*) > 200 FROM film WHERE id > 1000000 * $round"), 'they write');
	return @writers;
}

sub acknowledged
{
	my (@writers) = @_;

	end_psql($_) foreach @writers;
	return map { $_->{out} =~ /^(\d+)$/mg } @writers;
}

sub rejoin
{
	my ($old, $new) = @_;
	my $conf = slurp_file($old->data_dir . '/postgresql.conf');

	# pg_rewind asks the control file which timeline the other one is on
	$new->safe_psql('postgres', 'CHECKPOINT');
	command_ok([ 'pg_rewind', '--target-pgdata', $old->data_dir, '--source-server', $new->connstr('postgres'), '--no-sync' ],
		'pg_rewind');
	# the other's settings have come along
	unlink $old->data_dir . '/postgresql.conf';
	append_to_file($old->data_dir . '/postgresql.conf', $conf);
	$old->enable_streaming($new);
	$old->set_standby_mode;
	$old->start;
	$new->wait_for_catchup($old->name, 'replay');
	return;
}

foreach my $round (1 .. 4)
{
	my $synchronous = $round > 2;
	my $crash = $round % 2;
	my $what = ($synchronous ? 'synchronous' : 'asynchronous') . ($crash ? ', killed' : ', stopped');

	$primary->append_conf('postgresql.conf', $synchronous
		? "synchronous_commit = remote_apply\nsynchronous_standby_names = '*'"
		: "synchronous_commit = off\nsynchronous_standby_names = ''");
	$primary->reload;
	ok($primary->poll_query_until('app', "SELECT current_setting('synchronous_commit') = '" . ($synchronous ? 'remote_apply' : 'off') . "'"), "$what: so it is");
	$primary->safe_psql('app', "UPDATE studio SET name = 'round $round' WHERE id BETWEEN 100 AND 103");
	$primary->wait_for_catchup($standby->name, 'replay');
	exact($standby, 'app', "$what, standby before");
	serves($standby, 'app', "$what, standby before");

	my @writers = start_writers($primary, $round);
	# Replicated in full up to some moment; what comes behind it may be lost when asynchronous.
	$primary->wait_for_catchup($standby->name, 'replay');
	exact($standby, 'app', "$what, standby while they write");
	my @pids = split(/\n/, $primary->safe_psql('app', 'SELECT pid FROM pg_stat_activity WHERE pid <> pg_backend_pid()'));
	if ($crash)
	{
		$primary->kill9;
		wait_for(sub { !grep { kill(0, $_) } @pids }) or die 'processes are left';
	}
	else
	{
		# an asynchronous one may have been promoted before: two primaries for a while
		$standby->promote unless $synchronous;
		$primary->stop('fast');
	}
	my @ids = acknowledged(@writers);
	$standby->promote if $crash || $synchronous;

	cmp_ok(scalar @ids, '>', 100, "$what: acknowledged");
	my $ids = join(',', @ids);
	my $there = $standby->safe_psql('app', "SELECT count(*) FROM film WHERE id = ANY ('{$ids}')");
	if ($synchronous)
	{
		is($there, scalar @ids, "$what: nothing that was acknowledged is lost");
	}
	else
	{
		note("$what: $there of " . scalar @ids . ' are there');
	}
	exact($standby, 'app', "$what, new primary");
	$standby->append_conf('postgresql.conf', "synchronous_standby_names = ''");
	$standby->reload;
	valid_again($standby, 'app', "$what, new primary");
	$standby->safe_psql('app', "SET synchronous_commit = local; UPDATE studio SET name = 'new primary $round' WHERE id BETWEEN 1 AND 5; DELETE FROM film WHERE id BETWEEN 200 + $round * 10 AND 205 + $round * 10");
	exact($standby, 'app', "$what, new primary has written");
	serves($standby, 'app', "$what, new primary");

	rejoin($primary, $standby);
	exact($primary, 'app', "$what, the old one is back");
	serves($primary, 'app', "$what, the old one is back");
	$standby->safe_psql('app', "SET synchronous_commit = local; UPDATE studio SET name = 'both $round' WHERE id = 6");
	$standby->wait_for_catchup($primary->name, 'replay');
	exact($primary, 'app', "$what, the old one follows");
	($primary, $standby) = ($standby, $primary);
}

$standby->stop;
$primary->stop;
done_testing();
