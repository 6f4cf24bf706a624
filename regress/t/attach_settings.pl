# settings_advice on real servers: what control groups leave of a machine, and
# commands that can be typed as they are.
#
# Seen red: the walk up the groups stopped at the first folder; version 1's
# "unlimited" taken for a size; a quota without its period; all libraries in one
# pair of quotes.
use strict;
use warnings;

use File::Basename qw(dirname);
use File::Path qw(make_path);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->append_conf('postgresql.conf', "shared_buffers = 16MB\njit = on\njit_above_cost = 0\nfsync = off\nautovacuum = off\n");
$node->start;
$node->safe_psql('postgres', 'CREATE EXTENSION bingo_tune CASCADE');

# Make a root folder of files, and read the machine from it.
my $folder = PostgreSQL::Test::Utils::tempdir();
my $roots = 0;
sub machine
{
	my (%files) = @_;
	my $root = "$folder/root" . $roots++;
	for my $path (keys %files)
	{
		make_path(dirname("$root$path"));
		append_to_file("$root$path", $files{$path});
	}
	return $node->safe_psql('postgres', "SELECT memory, memory_source FROM bingo_tune.machine('$root')");
}

my %meminfo = ('/proc/meminfo' => "MemFree:  1 kB\nMemTotal:       8000000 kB\n");

is(machine(), '|', 'no files');
is(machine(%meminfo), '8192000000|/proc/meminfo', 'no control group');
is(machine(%meminfo, '/proc/self/cgroup' => "0::/\n"), '8192000000|/proc/meminfo', 'a group without files');
is(machine(%meminfo, '/proc/self/cgroup' => "0::/a/b\n", '/sys/fs/cgroup/a/b/memory.max' => "1000000000\n"),
	'1000000000|cgroup memory.max', 'version 2');
is(machine(%meminfo, '/proc/self/cgroup' => "0::/a/b\n", '/sys/fs/cgroup/a/b/memory.max' => "max\n",
		'/sys/fs/cgroup/a/memory.max' => "2000000000\n"),
	'2000000000|cgroup memory.max', 'version 2, the group above');
is(machine(%meminfo, '/proc/self/cgroup' => "0::/a/b\n", '/sys/fs/cgroup/memory.max' => "3000000000\n"),
	'3000000000|cgroup memory.max', 'version 2, a path that is not mounted');
is(machine(%meminfo, '/proc/self/cgroup' => "0::/a\n", '/sys/fs/cgroup/a/memory.max' => "9000000000\n"),
	'8192000000|/proc/meminfo', 'a limit above the memory');
is(machine(%meminfo, '/proc/self/cgroup' => "12:cpuset:/\n4:memory:/docker/x\n0::/\n",
		'/sys/fs/cgroup/memory/docker/x/memory.limit_in_bytes' => "4000000000\n",
		'/sys/fs/cgroup/memory/memory.limit_in_bytes' => "9223372036854771712\n"),
	'4000000000|cgroup memory.limit_in_bytes', 'version 1');
is(machine('/proc/self/cgroup' => "4:memory:/docker/x\n",
		'/sys/fs/cgroup/memory/memory.limit_in_bytes' => "9223372036854771712\n"),
	'|', 'version 1, unlimited');
is(machine(%meminfo, '/proc/self/cgroup' => "nonsense\n\n:::\n4:memory\n", '/sys/fs/cgroup/memory.max' => "x"),
	'8192000000|/proc/meminfo', 'nonsense');

# One core at least one machine has; a quota of half a core is one process.
my $half = "$folder/half";
make_path("$half/proc/self", "$half/sys/fs/cgroup/a", "$half/sys/fs/cgroup/cpu");
append_to_file("$half/proc/self/cgroup", "3:cpu,cpuacct:/a\n0::/a\n");
append_to_file("$half/sys/fs/cgroup/a/cpu.max", "50000 100000\n");
is($node->safe_psql('postgres', "SELECT cores, cores_source FROM bingo_tune.machine('$half')"), '1|cgroup cpu.max', 'version 2, cores');
unlink "$half/sys/fs/cgroup/a/cpu.max";
append_to_file("$half/sys/fs/cgroup/cpu/cpu.cfs_quota_us", "25000\n");
append_to_file("$half/sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n");
is($node->safe_psql('postgres', "SELECT cores, cores_source FROM bingo_tune.machine('$half')"), '1|cgroup cpu.cfs_quota_us', 'version 1, cores');
unlink "$half/sys/fs/cgroup/cpu/cpu.cfs_quota_us";
append_to_file("$half/sys/fs/cgroup/cpu/cpu.cfs_quota_us", "-1\n");
is($node->safe_psql('postgres', "SELECT cores_source FROM bingo_tune.machine('$half')"), 'sched_getaffinity', 'no quota');

# Data that 16 MB cannot hold; what is advised can be typed, and helps itself.
$node->safe_psql('postgres', <<'SQL');
CREATE TABLE movies (id int NOT NULL, name text NOT NULL, year int NOT NULL, duration int NOT NULL);
CREATE TABLE customers (id int NOT NULL, name text NOT NULL, surname text NOT NULL, birthday date NOT NULL, email text NOT NULL);
CREATE TABLE sessions (id bigint NOT NULL, start_time timestamp NOT NULL, customer_id int NOT NULL, movie_id int NOT NULL);
INSERT INTO customers SELECT i, 'N', 'S', '1990-01-01', repeat('x', 1000) FROM generate_series(1, 40000) i;
SELECT bingo_tune.apply();
SQL
is($node->safe_psql('postgres', "SELECT name, context FROM bingo_tune.settings_advice WHERE command IS NOT NULL"),
	"jit|reload\nsession_preload_libraries|reload\nshared_buffers|restart\nshared_preload_libraries|restart",
	'what is advised');
my $commands = $node->safe_psql('postgres', 'SELECT command FROM bingo_tune.settings_advice WHERE command IS NOT NULL');
like($commands, qr/^ALTER SYSTEM SET shared_preload_libraries = 'pg_stat_statements', 'bingo_tune';$/m, 'the libraries are a list');
$node->safe_psql('postgres', $_) for split /\n/, $commands;
$node->restart;
is($node->safe_psql('postgres', "SELECT name, reason FROM bingo_tune.settings_advice WHERE command IS NOT NULL"), '',
	'the advice was taken');
is($node->safe_psql('postgres', 'SHOW shared_preload_libraries'), 'pg_stat_statements, bingo_tune', 'both libraries are loaded');

# What else is preloaded stays.
$node->safe_psql('postgres', "ALTER SYSTEM SET shared_preload_libraries = 'auto_explain', 'pg_stat_statements'");
$node->safe_psql('postgres', "ALTER SYSTEM RESET session_preload_libraries");
$node->restart;
is($node->safe_psql('postgres', "SELECT command FROM bingo_tune.settings_advice WHERE name = 'shared_preload_libraries'"),
	"ALTER SYSTEM SET shared_preload_libraries = 'auto_explain', 'pg_stat_statements', 'bingo_tune';", 'other libraries are kept');

$node->stop;
done_testing();
