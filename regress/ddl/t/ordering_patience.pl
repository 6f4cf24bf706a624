# Many invalid orderings whose gates somebody holds: a commit waits a quarter of a second for one, and for all of
# them no longer than for a valid one (store/lock.c: bingo_lock_start_within()).
#
# Nothing is timed.  Each try for a lock is counted (regress/inject/inject.h): a gate that is waited for is tried again
# and again, one for which there is no patience left twice.  Of a second there are four quarters, and perhaps a rest: so at most five
# gates are waited for, on a slow machine fewer.
#
# Seen red: each ordering with a quarter of a second of its own.
use strict;
use warnings FATAL => 'all';

use FindBin;
use lib "$FindBin::RealBin/../../t";

use CatalogData;
use InjectedBuild;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $orderings = 20;
my $node = start_catalog_node('patience', "bingo_tune.upkeep = off", install_path => install_injected());
my $trace = $node->data_dir . '/inject.trace';

create_base($node, 'postgres');
$node->safe_psql('postgres', "SET client_min_messages = error; SELECT bingo_tune.create_ordering('o' || i, '$query', 100) FROM generate_series(2, $orderings) i");

# Who changes many rows of a dimension holds the gates until he has ended; the next one can't wait so long, and marks them all.
$node->safe_psql('postgres', "BEGIN; UPDATE d SET p = 'held' WHERE id <= 17; PREPARE TRANSACTION 'holder'");
$node->safe_psql('postgres', "UPDATE d SET p = 'given up' WHERE id > 17");
is($node->safe_psql('postgres', "SELECT count(*) FROM bingo_tune.orderings WHERE state = 'invalid'"), $orderings, 'all are invalid');

$node->safe_psql('postgres', "SET bingo_inject.kinds = 'locks'; SET bingo_inject.trace = '$trace'; SET bingo_inject.at = 0; UPDATE d SET p = 'again' WHERE id > 17");

# Runs of tries, between looks for a mark.
my @tries = (0);
foreach my $line (split /\n/, slurp_file($trace))
{
	if ($line =~ /valid\.c/) { push @tries, 0 if $tries[-1] > 0 }
	elsif ($line =~ /lock\.c/) { $tries[-1]++ }
}
my $waited = grep { $_ > 3 } @tries;

cmp_ok(scalar(@tries), '>=', $orderings, 'each gate was tried');
cmp_ok($waited, '>=', 1, 'some were waited for');
cmp_ok($waited, '<=', 5, 'but no more than there is patience for') or diag("@tries");

$node->safe_psql('postgres', "COMMIT PREPARED 'holder'");
$node->safe_psql('postgres', 'SELECT bingo_tune.refresh_ordering(name) FROM bingo_tune.orderings');
is($node->safe_psql('postgres', "SELECT count(*) FROM bingo_tune.orderings WHERE state = 'valid'"), $orderings, 'all are valid again');
$node->stop;
done_testing();
