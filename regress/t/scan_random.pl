# Random queries around random orderings, with and without ordered scans.
#
# BINGO_FUZZ_QUERIES=N compares about so many queries (default 1500),
# BINGO_FUZZ_SEED=N draws others.  The default seed is fixed, so that a run tests
# what the last one has; "make check-fuzz" draws a new one each time.  What is
# done, and how to read a failure: the head of fuzz/scan_random.c.
#
# Seen red: of partitions the last boundary taken for the first (read/merge.c); rows without a partner given to an inner join, conditions of a LEFT JOIN not compared, NULLS FIRST or LAST not compared, each seventeenth row of a page left
# out; with BINGO_FUZZ_SEED=5, of an ordering of keys, the boundary of all taken for a key's, and rows past the end of one that is cut; with 5 and 3,000 queries, cuts passed and rows thrown away of keys of which several rows are wanted (read/first.c). A window that is to be read backwards read forward; not seen: its rows given although the range ends behind the boundary (sql/scan_backward.sql sees that).
use strict;
use warnings FATAL => 'all';

use Compiler;
use File::Basename qw(dirname);
use PostgreSQL::Test::Utils;
use Test::More;
use TunedNode;

my $here = dirname(dirname(__FILE__));
my $queries = $ENV{BINGO_FUZZ_QUERIES} // 1500;
my $seed = $ENV{BINGO_FUZZ_SEED} // 1;
my $program = PostgreSQL::Test::Utils::tempdir() . '/scan_random';
my $logdir = "$PostgreSQL::Test::Utils::log_path/scan_random";

compile_ok('the driver', $program, qw(-O2 -Wextra -Wno-format-truncation), glob("$here/fuzz/fuzz_*.c"), "$here/fuzz/scan_random.c", '-lpq');

my $node = start_node('scan_random', <<'CONF');
autovacuum = off
bingo_tune.upkeep = off
bingo_tune.track = all
log_min_messages = fatal
log_min_error_statement = panic
log_statement = none
CONF
$node->safe_psql('postgres', 'CREATE EXTENSION bingo_tune CASCADE; CREATE ROLE fuzz_reader');
$node->safe_psql('postgres', slurp_file("$here/fuzz/values.sql"));

mkdir $logdir;
note("seed $seed, $queries queries, scripts in $logdir");
my ($out, $err) = run_command([ $program, $node->connstr('postgres'), $queries, $seed, $logdir ]);
is($err, '', 'the driver ran');
like($out, qr/, 0 findings$/m, "no difference and no internal error with seed $seed")
  or diag($out);
note($out);
my ($total) = $out =~ /(.*queries compared.*)\s*\z/;
my ($compared) = $total =~ /(\d+) queries compared/;
my ($served) = $total =~ /(\d+) served/;
my ($continued) = $total =~ /(\d+) continued/;
my ($definitions, $accepted) = $total =~ /(\d+) definitions, (\d+) accepted/;
# A run that serves nothing proves nothing.
cmp_ok($compared // 0, '>=', $queries, 'as many queries as were asked for');
cmp_ok($served // 0, '>', 0.2 * $queries, 'enough of the answers came from windows');
cmp_ok($continued // 0, '>', 0.015 * $queries, 'enough of these went on with the plan behind');
cmp_ok($accepted // 0, '>', 0.2 * $definitions, 'enough definitions were accepted');
cmp_ok($accepted // 0, '<', 0.9 * $definitions, 'and enough refused');
is($node->safe_psql('postgres', 'SELECT 1'), '1', 'the server is well');
$node->stop;

done_testing();
