# Many invalid orderings whose gates somebody holds: a commit waits a quarter of a second for one, and for all of
# them no longer than for a valid one (store/lock.c: bingo_lock_start_within()).  For a table that somebody has locked
# no commit waits while the ordering is invalid (bingo_lock_ask()).
#
# Nothing is timed.  Each try for a lock is counted (regress/inject/inject.h): a gate that is waited for is tried again
# and again, one for which there is no patience left twice.  Of a second there are four quarters, and perhaps a rest: so at most five
# gates are waited for, on a slow machine fewer.
#
# Seen red: each ordering with a quarter of a second of its own; nobody asked before a wait.
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

# Runs of tries for a lock, between looks for a mark, in a statement and its commit.
sub tries
{
	my ($sql) = @_;
	my @tries = (0);

	unlink $trace;
	$node->safe_psql('postgres', "SET bingo_inject.kinds = 'locks'; SET bingo_inject.trace = '$trace'; SET bingo_inject.at = 0; $sql");
	foreach my $line (split /\n/, slurp_file($trace))
	{
		if ($line =~ /valid\.c/) { push @tries, 0 if $tries[-1] > 0 }
		elsif ($line =~ m{/lock\.c}) { $tries[-1]++ }
	}
	return @tries;
}

my @tries = tries("UPDATE d SET p = 'again' WHERE id > 17");
my $waited = grep { $_ > 3 } @tries;

cmp_ok(scalar(@tries), '>=', $orderings, 'each gate was tried');
cmp_ok($waited, '>=', 1, 'some were waited for');
cmp_ok($waited, '<=', 5, 'but no more than there is patience for') or diag("@tries");

$node->safe_psql('postgres', "COMMIT PREPARED 'holder'");
$node->safe_psql('postgres', 'SELECT bingo_tune.refresh_ordering(name) FROM bingo_tune.orderings');
is($node->safe_psql('postgres', "SELECT count(*) FROM bingo_tune.orderings WHERE state = 'valid'"), $orderings, 'all are valid again');

# Somebody keeps a table to himself: the first commit waits, and marks them all.
$node->safe_psql('postgres', "SELECT bingo_tune.drop_ordering('o' || i) FROM generate_series(2, $orderings) i");
$node->safe_psql('postgres', "BEGIN; LOCK TABLE d; PREPARE TRANSACTION 'table'");
@tries = tries('INSERT INTO f VALUES (1001, 1, 0)');
cmp_ok(scalar(grep { $_ > 3 } @tries), '==', 1, 'a table was waited for') or diag("@tries");
is($node->safe_psql('postgres', 'SELECT state FROM bingo_tune.orderings'), 'invalid', 'in vain');
@tries = tries('INSERT INTO f VALUES (1002, 1, 0)');
cmp_ok(scalar(grep { $_ > 3 } @tries), '==', 0, 'nobody waits for it again') or diag("@tries");

$node->safe_psql('postgres', "COMMIT PREPARED 'table'");
$node->stop;
done_testing();
