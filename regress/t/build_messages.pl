# What make and the scripts around it say when something is missing.  (Packages:
# build_packages.)  Nothing here asks this machine's dpkg or apt: what they say changes
# while somebody installs.
#
# Seen to fail with: the version test removed from the Makefile; PGXS taken for the
# headers; the matrix with any of its looks at PG_CONFIG_NN left out, and with the server
# of PG_CONFIG before it; a named major that is absent not counted; a suite that does not
# look at id, or at what wget says; an install that says nothing, or to packages; what is now in build_packages, while somebody's apt
# had packages unpacked and not configured.
use strict;
use warnings FATAL => 'all';

use Cwd qw(abs_path);
use File::Basename qw(dirname);
use IPC::Run;
use PostgreSQL::Test::Utils;
use Test::More;

my $root = abs_path(dirname(__FILE__) . '/../..');
my $folder = PostgreSQL::Test::Utils::tempdir();

# Writes a program that prints what a line of shell says.
sub program
{
	my ($name, $line) = @_;
	append_to_file("$folder/$name", "#!/bin/sh\n$line\n");
	chmod 0755, "$folder/$name";
	return "$folder/$name";
}

sub run
{
	my (@command) = @_;
	my $output;
	IPC::Run::run(\@command, '<', \undef, '>', \$output, '2>&1');
	return ($? >> 8, $output);
}

# make with another pg_config; -n: nothing is built where it should have stopped.
sub make_with
{
	my ($pg_config) = @_;
	return run('make', '-n', '-C', $root, "PG_CONFIG=$pg_config", 'all');
}

my ($status, $output) = make_with(program('old', 'case $1 in --version) echo "PostgreSQL 14.1" ;; esac'));
is($status, 2, 'server too old: exit status');
like($output, qr/needs PostgreSQL 15 or later, but .* belongs to PostgreSQL 14\.1/, 'server too old: message');

($status, $output) = make_with(
	program('bare', 'case $1 in --version) echo "PostgreSQL 17beta2" ;; --pgxs) echo /nowhere/pgxs.mk ;; esac'));
is($status, 2, 'no server headers: exit status');
like($output, qr/install postgresql-server-dev-17/, 'no server headers: message');

# As on a machine with Debian's server and client, without its headers.
append_to_file("$folder/pgxs.mk", '');
($status, $output) = make_with(
	program('headless', 'case $1 in --version) echo "PostgreSQL 17.2" ;; --pgxs) echo ' . $folder . '/pgxs.mk ;; --includedir-server) echo /nowhere/server ;; esac'));
is($status, 2, 'PGXS without server headers: exit status');
like($output, qr/are missing \(\/nowhere\/server\/postgres\.h does not exist\); type "make packages", or install postgresql-server-dev-17/,
	'PGXS without server headers: message');

($status, $output) = make_with('/nowhere/pg_config');
is($status, 2, 'no pg_config: exit status');
like($output, qr/"\/nowhere\/pg_config" is not a working pg_config; type "make packages"/, 'no pg_config: message');

($status, $output) = run('make', '-C', $root, 'help');
is($status, 0, 'help: exit status');
like($output, qr/^make $_ /m, "help names $_")
  foreach qw(demo demo-stop check lint bench install installcheck packages clean);

# The matrix: servers of the user's own, and majors that are not to be had.
# The installation that has the headers, not the private copy that is first in PATH.
my ($pg_config) = run_command([ 'sh', '-c', 'command -v "$0"', $ENV{PG_CONFIG} // 'pg_config' ]);
# Debian's man looks nowhere near; packages are told nothing.
my @install = ('make', '-n', '-C', $root, "PG_CONFIG=$pg_config", 'install-tools');
($status, $output) = run(@install);
like($output, qr/^printf .*'The tools are in (\S+)\. This shows their manual pages \(man is in the package man-db\):' '    man -M \S+ bingo_bench'$/m, 'install: where tools and manual pages are');
unlike((run(@install, 'DESTDIR=/nowhere'))[1], qr/man -M/, 'install into a folder of its own: no such word');
my ($version) = run_command([ $pg_config, '--version' ]);
my ($major) = $version =~ /^PostgreSQL (\d+)/;
my $copy = "$folder/copy";
my @matrix = ('env', "PG_CONFIG=$pg_config", 'CHECK_JOBS=1');
run("$root/.ci/copy-source", $copy);

sub matrix_refuses
{
	my ($name, $config, $message, $hint) = @_;
	($status, $output) = run(@matrix, "PG_CONFIG_99=$config", "$copy/.ci/matrix", '99');
	is($status, 2, "$name: exit status");
	like($output, qr/\Amatrix: PG_CONFIG_99: $message\nHINT: $hint\n\z/, "$name: message and hint");
}
matrix_refuses('no pg_config', '/nowhere/pg_config', qr{"/nowhere/pg_config" is not a working pg_config},
	qr{Give the program itself, for example: make check-matrix PG_CONFIG_99=.*/bin/pg_config});
matrix_refuses('a folder', $folder, qr{"\Q$folder\E" is not a working pg_config}, qr{Give the program itself, .*});
matrix_refuses('another major', $pg_config, qr{"\Q$pg_config\E" belongs to PostgreSQL \Q$major\E.*},
	qr{Give PG_CONFIG_99 the pg_config of a server of major 99\.});
matrix_refuses('a server without what tests use',
	program('lean', 'for option; do case $option in --version) echo "PostgreSQL 99devel" ;; *) echo /nowhere ;; esac; done'),
	qr{the server of ".*/lean" is not complete: there is no /nowhere/postgres}, qr{In its source folder type: \./configure --enable-tap-tests .*});

($status, $output) = run(@matrix, "$copy/.ci/matrix", '14');
is($status, 1, 'a major that is named and not there: exit status');
like($output, qr/^14      not available: no Debian suite has it; PG_CONFIG_14=\S+ names a server of your own\n0 passed, 1 failed$/m,
	'a major that is named and not there: what is said');

# Suites, on a machine where nobody becomes root, and on one whose mirrors don't have any.
my $absent = $major == 17 ? 18 : 17;
my @suite = ('env', "PATH=$folder/machine:$ENV{PATH}", "BINGO_CACHE=$folder/cache", "PG_CONFIG=$pg_config");
mkdir "$folder/machine";
program('machine/id', 'echo 1000');
program('machine/sudo', 'exit 1');
($status, $output) = run(@suite, "$copy/.ci/suite", 'run', $absent, "$folder/out", 'true');
is($status, 3, 'no root: exit status');
like($output, qr/^suite: PostgreSQL $absent is not available here: unpacking a Debian suite needs root\nHINT: Run it as root, .*PG_CONFIG_$absent=/,
	'no root: message');

unlink "$folder/machine/id";
program('machine/id', 'echo 0');
program('machine/unshare', 'exit 0');
program('machine/debootstrap', 'echo "never called"; exit 1');
program('machine/apt-get', 'echo http://one/debian; echo http://two/debian; echo http://one/debian');
program('machine/wget', 'case "$*" in *one*) exit 8 ;; *) exit 4 ;; esac');
($status, $output) = run(@suite, "$copy/.ci/matrix", $absent);
is($status, 1, 'no mirror: exit status');
like($output, qr{^$absent  http://one/debian does not have (\w+)\n$absent  http://two/debian can't be reached\n$absent  suite: .*Debian's suite \1\n$absent  HINT: Add one to}m,
	'no mirror: each is named once');
like($output, qr/^$absent      not available: no mirror that apt knows gave Debian's suite \w+\n0 passed, 1 failed\n\z/m, 'no mirror: the table says so');

# With a make that only says where and with what it was called.
program('make', 'pwd; echo "make $*"; mkdir -p .check; echo "5 passed, 0 failed, 1 skipped" >.check/totals');
symlink $pg_config, "$folder/own_config" or die "could not link pg_config: $!\n";
($status, $output) = run(@matrix, "PATH=$folder:$ENV{PATH}", "PG_CONFIG_$major=$folder/own_config", "$copy/.ci/matrix", $major);
is($status, 0, 'a server of the user\'s own: exit status');
like($output, qr{^$major  \Q$copy\E/\.build/matrix/$major/run\n$major  make PG_CONFIG=\Q$folder\E/own_config check$}m, 'it is tested in a copy');
like($output, qr/^$major +$major\S*.* 5 +0 +1 .*\n5 passed, 0 failed$/m, 'and counted');

done_testing();
