# make demo and make demo-stop, on a copy of the tree and very little data.
#
# Seen to fail with: the lock inherited by the server; an interrupt that leaves the server;
# packages half configured because somebody's apt was at work; a line wider than 80 columns.
use strict;
use warnings FATAL => 'all';

use Cwd qw(abs_path);
use File::Basename qw(dirname);
use IPC::Run;
use PostgreSQL::Test::Utils;
use Test::More;

my $root = abs_path(dirname(__FILE__) . '/../..');
# Deep, so that the socket's path would be too long below it.
my $clone = PostgreSQL::Test::Utils::tempdir() . '/' . 'a clone in a folder with a long name' x 2;
my @endpoints = (
	'GET /api/session', 'GET /api/session/{id}', 'GET /api/customer', 'GET /api/customer/{id}',
	'GET /api/movie', 'GET /api/movie/{id}', 'GET /db_dummy', 'POST /api/session', 'DELETE /api/session/{id}');

# Runs make in the clone; returns exit status and what it printed.
sub make
{
	my (@goals) = @_;
	my $output;

	IPC::Run::run([ 'make', '-C', $clone, @goals ], '<', \undef, '>', \$output, '2>&1');
	return ($? >> 8, $output);
}

# Packages are build_packages' business: what this machine's dpkg says changes while
# somebody installs.
my $programs = PostgreSQL::Test::Utils::tempdir();
append_to_file("$programs/dpkg-query", "#!/bin/sh\nshift 2\nfor name; do echo \"\$name all installed\"; done\n");
chmod 0755, "$programs/dpkg-query";
local $ENV{PATH} = "$programs:$ENV{PATH}";

# The objects are copied, too, and make sees that they are up to date.
system_or_bail('mkdir', '-p', $clone);
system_or_bail("cd '$root' && tar -cf - --exclude='./.git' --exclude='./.demo' --exclude='./.check' --exclude='./.cache' --exclude='./.build/stage*' --exclude='./.build/check-*' . | tar -xpf - -C '$clone'");

my ($status, $output) = make('demo', 'SCALE=much');
is($status, 2, 'SCALE that is no number: exit status');
like($output, qr/SCALE must be a number from 0\.001 to 100, not "much"/, 'SCALE that is no number: message');
unlike($output, qr/install|building/, 'SCALE that is no number: before anything is done');

($status, $output) = make('demo', 'SCALE=0.001');
is($status, 0, 'demo: exit status') or diag($output);
foreach my $endpoint (@endpoints)
{
	like($output, qr/^\Q$endpoint\E +[\d.]+ +[\d.]+ +(?:[\d.]+|no difference)$/m, "demo: a row for $endpoint");
}
is(join("\n", grep { length > 80 && !/\Q$clone\E|bingo_demo\.|^make/ } split /\n/, $output), '', 'demo: nothing wraps at 80 columns');
unlike($output, qr/^  CC |NOTICE|HINT|\b\d{5,}: /m, 'demo: no noise');
like($output, qr{^building \(log: \.demo/build\.log\)$}m, 'demo: where the noise is');
is(() = $output =~ /^bingo=> /mg, 3, 'demo: three things to try');
like($output, qr/^   ->  Custom Scan \(BingoOrderedScan\)$/m, 'demo: ... the plan');
like($output, qr/^ +0 \| +0 \| +0$/m, 'demo: ... exact');
like($output, qr{^ (?:GET|POST|DELETE) /\S+ +\| +\d+ \| +[\d.]+ \| +[\d.]+$}m, 'demo: ... times');
like($output, qr/^    make demo SCALE=1$/m, 'demo: how to run it in full');
my ($page) = $output =~ m{^The same as a page, with charts:\n +(\S.*)$}m;
ok($page ? slurp_file($page) =~ /<svg/ : $output =~ /gnuplot-nox/, 'demo: the page, or what it needs');
my ($connect) = $output =~ /^ +psql (-h .*)$/m;
ok($connect, 'demo: how to connect');

sub ask
{
	my ($sql) = @_;
	my ($answer) = run_command([ 'sh', '-c', "psql -XAt -c \"\$0\" $connect", $sql ]);
	return $answer;
}
is(ask('SELECT count(*), max(id) FROM sessions'), '5000|5000', 'demo: POST and DELETE left the data as it was');
is(ask('SELECT count(*) FROM pg_extension WHERE extname = \'bingo_tune\''), '1', 'demo: the extension is there');
is(ask('SHOW listen_addresses'), '', 'demo: no TCP port');

# The server dies; the next demo replaces what is left.
my $postmaster = (split /\n/, slurp_file("$clone/.demo/run/data/postmaster.pid"))[0];
kill 'KILL', $postmaster;
($status, $output) = make('demo', 'SCALE=0.001');
is($status, 0, 'second demo: exit status') or diag($output);
like($output, qr/replacing the demo that was made before/, 'second demo: replaces the first');
($connect) = $output =~ /^ +psql (-h .*)$/m;
is(ask('SELECT count(*) FROM sessions'), '5000', 'second demo: data');

my $socket = slurp_file("$clone/.demo/run/socket_folder");
chomp $socket;
$postmaster = (split /\n/, slurp_file("$clone/.demo/run/data/postmaster.pid"))[0];
($status, $output) = make('demo-stop');
is($status, 0, 'stop: exit status') or diag($output);
ok(!-e "$clone/.demo", 'stop: the folder is gone');
ok(!-e $socket, 'stop: the socket is gone');
ok(!defined readlink("/proc/$postmaster/cwd"), 'stop: the server is gone');

($status, $output) = make('demo-stop');
is($status, 0, 'stop without a demo: exit status');
like($output, qr/no demo/, 'stop without a demo: message');

# Ctrl-C, which reaches make and all that it started, while the bare database is timed.
# (Whoever runs these tests in the background may have had it ignored.)
$SIG{INT} = 'DEFAULT';
my $demo = IPC::Run::start([ 'setsid', 'make', '-C', $clone, 'demo', 'SCALE=0.001' ], '<', \undef, '>', \$output, '2>&1');
$output = '';
IPC::Run::pump($demo) until $output =~ /timing \d+ statements on the bare database/;
$postmaster = (split /\n/, slurp_file("$clone/.demo/run/data/postmaster.pid"))[0];
kill 'INT', -$demo->{KIDS}[0]{PID};
eval { IPC::Run::finish($demo) };
like($output, qr/demo: ended early; its server is stopped and its data removed/, 'interrupt: message');
ok(!-e "$clone/.demo/run/data", 'interrupt: the data is gone');
ok(!defined readlink("/proc/$postmaster/cwd"), 'interrupt: the server is gone');

done_testing();
