# What make and the scripts around it say when something is missing.
#
# Seen to fail with: the version test removed from the Makefile; packages taken
# for installed whatever dpkg-query says; sudo's absence not looked at.
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

($status, $output) = make_with('/nowhere/pg_config');
is($status, 2, 'no pg_config: exit status');
like($output, qr/"\/nowhere\/pg_config" is not a working pg_config; type "make packages"/, 'no pg_config: message');

($status, $output) = run('make', '-C', $root, 'help');
is($status, 0, 'help: exit status');
like($output, qr/^make $_ /m, "help names $_")
  foreach qw(demo demo-stop check lint bench install installcheck packages clean);

# Missing packages, on a machine where dpkg-query knows none and there is no sudo.
SKIP:
{
	skip 'root would install them', 4 if $> == 0;
	my $bin = "$folder/bin";
	mkdir $bin;
	foreach my $tool (qw(bash sh env dirname id grep sed head cat))
	{
		my ($path) = run_command([ 'sh', '-c', "command -v $tool" ]);
		symlink $path, "$bin/$tool" or die "could not link \"$tool\": $!\n";
	}
	program('bin/dpkg-query', 'exit 1');
	program('bin/apt-cache', 'echo "Version: 15+248"');
	($status, $output) =
	  run('env', "PATH=$bin", 'PG_CONFIG=/nowhere/pg_config', "$root/.ci/install-packages", 'build');
	is($status, 1, 'missing packages: exit status');
	like($output, qr/neither root nor sudo.*gcc/, 'missing packages: message');
	like($output, qr/^HINT: As root type: apt-get install .*postgresql-server-dev-15/m, 'missing packages: hint');

	program('bin/sudo', 'echo "sudo: a password is required" >&2; exit 1');
	program('bin/sleep', 'exit 0');
	($status, $output) =
	  run('env', "PATH=$bin", 'PG_CONFIG=/nowhere/pg_config', "$root/.ci/install-packages", 'build');
	is($status, 1, 'sudo that fails: exit status');
}

($status, $output) = run("$root/.ci/install-packages", 'build', 'check');
is($status, 0, 'nothing missing: exit status');
is($output, '', 'nothing missing: silent');
($status, $output) = run("$root/.ci/install-packages", 'nonsense');
is($status, 1, 'unknown group: exit status');

done_testing();
