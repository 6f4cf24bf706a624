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

my $primary = start_with_tables('first', "wal_keep_size = '256MB'\n", allows_streaming => 1);
create_ordering($primary, 'app');
$primary->backup('base');
my $standby = PostgreSQL::Test::Cluster->new('second');
$standby->init_from_backup($primary, 'base', has_streaming => 1);
$standby->start;

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
	# nobody follows it at first, and its upkeep must not wait for a standby with the window locked
	$standby->append_conf('postgresql.conf', "synchronous_standby_names = ''");
	$standby->reload;
	$primary->safe_psql('app', "UPDATE studio SET name = 'round $round' WHERE id BETWEEN 100 AND 103");
	$primary->wait_for_catchup($standby->name, 'replay');
	exact($standby, 'app', "$what, standby before");
	serves($standby, 'app', "$what, standby before");

	my @writers = start_writers($primary, 'app', $round);
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
	my ($acknowledged, $deleted) = acknowledged(@writers);
	$standby->promote if $crash || $synchronous;

	cmp_ok(scalar @$acknowledged, '>', 100, "$what: acknowledged");
	my ($ids, $gone) = map { join(',', @$_) } $acknowledged, $deleted;
	my $there = $standby->safe_psql('app', "SELECT count(*) FROM film WHERE id = ANY ('{$ids}')");
	if ($synchronous)
	{
		is($there, scalar @$acknowledged, "$what: nothing that was acknowledged is lost");
		is($standby->safe_psql('app', "SELECT count(*) FROM film WHERE id = ANY ('{$gone}')"), '0', "$what: nothing comes back");
	}
	else
	{
		note("$what: $there of " . scalar @$acknowledged . ' are there');
	}
	exact($standby, 'app', "$what, new primary");
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
