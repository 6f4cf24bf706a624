# Random DDL, maintenance and DML around orderings, the extension's own relations and
# the extension itself included, while readers compare served answers with plain ones.
# What is done, what is a finding and how to read it: the head of catalog_random.c.
#
# BINGO_CATALOG_SECONDS=N runs longer (default 60; "make check-catalog SECONDS=N"),
# BINGO_CATALOG_SEED=N repeats a run's random numbers (the seed is printed),
# BINGO_CATALOG_SESSIONS=N has more sessions (default 9).
#
# Seen red: release 1.0, within seconds: crashes (a key added in another column order, a
# served query beside REINDEX INDEX CONCURRENTLY), deadlocks of writers with DROP EXTENSION,
# create_ordering() and drop_ordering(), commits that wait for VACUUM FULL of our own tables,
# ALTER TYPE and DROP TABLE refused, orderings that stay invalid.
#
# Counts as two: its sessions do as much as they can.
use strict;
use warnings FATAL => 'all';

use Compiler;
use File::Basename qw(dirname);
use PostgreSQL::Test::Utils;
use Test::More;
use TunedNode;

my $here = dirname(dirname(__FILE__));
my $seconds = $ENV{BINGO_CATALOG_SECONDS} // 60;
my $seed = $ENV{BINGO_CATALOG_SEED} // int(rand(1_000_000_000));
my $program = PostgreSQL::Test::Utils::tempdir() . '/catalog_random';
my $logdir = "$PostgreSQL::Test::Utils::log_path/catalog_random";

compile_ok('the driver', $program, qw(-O2 -Wextra), glob("$here/catalog_random*.c"), qw(-lpq -lpthread));

my $node = start_node('catalog', <<'CONF');
max_prepared_transactions = 40
max_connections = 100
max_worker_processes = 20
log_min_messages = error
log_error_verbosity = verbose
log_line_prefix = '%m [%p] %b %a '
fsync = off
autovacuum_naptime = 1
CONF
foreach my $database (qw(catalog coming))
{
	$node->safe_psql('postgres', "CREATE DATABASE $database");
	foreach my $file (qw(catalog_random.sql catalog_random_kinds.sql))
	{
		command_ok(
			[
				qw(psql -Xq -o), File::Spec->devnull, qw(-v ON_ERROR_STOP=1 -v), "role=owner_$database", '-v',
				"heir=heir_$database", '-d', $node->connstr($database), '-f', "$here/$file"
			],
			"$file in $database");
	}
}

mkdir $logdir;
diag("seed $seed, $seconds s, statements in $logdir");
my ($out, $err) = run_command([ $program, $seconds, $seed, $logdir, map { $node->connstr($_) } qw(catalog coming) ]);
is($err, '', 'the driver ran');
like($out, qr/^0 findings/m, "no finding with seed $seed");
diag($out);
my ($comparisons, $served, $crossed) = $out =~ /(\d+) comparisons, (\d+) from windows, (\d+) over the end/;
cmp_ok($served // 0, '>=', 0.5 * ($comparisons // 1), 'windows gave half of the answers at least');
cmp_ok($crossed // 0, '>', 0, 'some went on behind the end');

my ($counts, $counted) = $out =~ /(\d+) counts compared, (\d+) from counters/;
cmp_ok($counted // 0, '>=', 0.4 * ($counts // 1), 'counters gave two fifths of the counts at least');

# A server that has crashed comes back by itself.
ok($node->poll_query_until('postgres', 'SELECT NOT pg_is_in_recovery()'), 'the server answers');
my @damage = grep { /PANIC|TRAP|terminated by signal|ERROR:  XX/ } split(/\n/, slurp_file($node->logfile));
# Not ours: met_drop_publication() in catalog_random.c.
@damage = grep { !/ERROR:  XX000: cache lookup failed for publication \d+$/ } @damage;
is(join("\n", @damage[0 .. ($#damage > 9 ? 9 : $#damage)]), '', 'neither crash nor internal error in the log');
is($node->safe_psql('postgres', 'SELECT count(*) FROM pg_prepared_xacts'), '0', 'nothing is left prepared');
$node->stop;

done_testing();
