# Random writers against orderings and counters while a checker compares the served answers
# with the plain ones, and the windows with the tables, inside one snapshot.
#
# BINGO_RANDOM_SEED=N repeats a run's random numbers (the seed is printed),
# BINGO_RANDOM_SECONDS=N runs longer (default 60), BINGO_RANDOM_WRITERS=N with
# more writers (default 6), BINGO_RANDOM_CALM=1 without what makes orderings
# invalid, BINGO_RANDOM_FIRST=1 with the orderings of which each key's first rows are kept only,
# mostly the first rows of each key compared, and many keys given up.  What is done, and how to read a failure: the head of
# ordering_random.c; the writers' statements are in the log folder.
#
# Seen red: the new image of an UPDATE remembered only; bulk changes without the
# strong gate modes; the transaction's snapshot instead of the latest one; counts without
# own changes, or with those of a savepoint that was rolled back; rows not remembered that move into a partition of a joined table; a writer's
# own refill under the snapshot of his transaction.  Of orderings whose keys are cut: writers that don't look at
# a key's boundary, or at that of their snapshot; readers that don't; a key cut without the gate, or without all its rows; one
# extended that counts as whole; boundaries of keys that outlive a refill.  Keys given up without a
# mark.
#
# Counts as two: its writers do as much as they can.
use strict;
use warnings FATAL => 'all';

use Compiler;
use File::Basename qw(dirname);
use PostgreSQL::Test::Utils;
use Test::More;
use TunedNode;

my $here = dirname(dirname(__FILE__));
my $seconds = $ENV{BINGO_RANDOM_SECONDS} // 60;
my $seed = $ENV{BINGO_RANDOM_SEED} // int(rand(1_000_000_000));
my $program = PostgreSQL::Test::Utils::tempdir() . '/ordering_random';
my $logdir = "$PostgreSQL::Test::Utils::log_path/ordering_random";

compile_ok('the driver', $program, qw(-O2 -Wextra), glob("$here/ordering_random*.c"), qw(-lpq -lpthread));

# with few locks there is no light writer among so many orderings
my $locks = $seed % 2 ? 64 : 1024;
my $node = start_node('random', <<"CONF");
max_prepared_transactions = 40
max_connections = 60
max_locks_per_transaction = $locks
log_min_messages = error
CONF
$node->safe_psql('postgres', slurp_file("$here/ordering_random.sql"));

if ($ENV{BINGO_RANDOM_FIRST})
{
	$node->safe_psql('postgres', "SELECT bingo_tune.drop_ordering(name) FROM ordered WHERE name NOT LIKE 'keyed%'; DELETE FROM ordered WHERE name NOT LIKE 'keyed%'");
}
mkdir $logdir;
diag("seed $seed, $seconds s, $locks locks, statements in $logdir");
my ($out, $err) = run_command([ $program, $node->connstr('postgres'), $seconds, $seed, $logdir ]);
is($err, '', 'the driver ran');
like($out, qr/^0 findings/m, "no difference and no error with seed $seed")
  or diag($out);
my ($checks, $valid, $whole) = $out =~ /(\d+) checks, (\d+) valid, (\d+) windows served whole/;
# of first rows few are looked at
my $share = $ENV{BINGO_RANDOM_FIRST} ? 0.01 : 0.1;
cmp_ok($valid // 0, '>', $share * ($checks // 1), 'windows were valid in enough of the checks');
cmp_ok($whole // 0, '>', 5 * $share * ($checks // 1), 'and read whole');
my ($compared, $read, $met_cut, $met_mark) = $out =~ /(\d+) compared for first rows, (\d+) read from windows, (\d+) met a cut, (\d+) met a mark/;
cmp_ok($read // 0, '>', 0, 'first rows were read from windows');
if ($ENV{BINGO_RANDOM_FIRST})
{
	diag("$compared compared for first rows, $read read from windows, $met_cut met a cut, $met_mark met a mark");
	cmp_ok($met_cut, '>', 0, 'up to keys that are cut');
	cmp_ok($met_mark, '>', 0, 'and to keys with a mark');
}
cmp_ok($out =~ /(\d+) by writers/ ? $1 : 0, '>', 0, 'and boundaries were moved in transactions that went on');
cmp_ok($node->safe_psql('postgres', "SELECT sum(rows_served) FROM bingo_tune.orderings WHERE name ~ '^halls'"), '>', 0, 'and rows of partitions that are joined')
  unless $ENV{BINGO_RANDOM_FIRST};
cmp_ok($node->safe_psql('postgres', 'SELECT count(*) FROM seen_marked'), '>', 0, 'and keys were given up');
is($node->safe_psql('postgres', 'SELECT count(*) FROM pg_prepared_xacts'), '0', 'nothing is left prepared');
cmp_ok($node->safe_psql('postgres', 'SELECT sum(rows_served) FROM bingo_tune.ordering_counters()'),
	'>', 0, 'rows were served');
cmp_ok($node->safe_psql('postgres', 'SELECT sum(reads - reads_behind) FROM bingo_tune.counters'), '>', $ENV{BINGO_RANDOM_FIRST} ? 0 : 100, 'and counts');
is($node->safe_psql('postgres', "SELECT string_agg(name || ' ' || bingo_tune.verify_counter(name), ', ') FROM bingo_tune.counters WHERE bingo_tune.verify_counter(name) <> 0 AND state = 'valid'"),
	'', 'which are right');
$node->stop;

done_testing();
