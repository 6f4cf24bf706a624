# bingo_load shows how far it is: a bar with rate and time left on a terminal, plain lines elsewhere, nothing with --quiet.
#
# Seen to fail with: the bar everywhere; the rest of its line not cleared; the line cleared in spite of --quiet; no time left; no terminals to be had.
use strict;
use warnings;

use IPC::Run;
use LoadTool;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = utf8_node('load_progress');
my ($status, $out, $err, $session, $run);

$node->start;

# A load that stands still in the middle of its rows.
sub start_blocked
{
	my ($database, @command) = @_;

	$node->safe_psql('postgres', "CREATE DATABASE $database");
	block_at($node, $database, 'copy');
	$session = hold($node, $database);
	local %ENV = (%ENV, PGDATABASE => $database, PGHOST => $node->host, PGPORT => $node->port, TERM => 'xterm');
	my %started = (out => '', err => '');
	$started{handle} = IPC::Run::start(\@command, '<', \undef, '>', \$started{out}, '2>', \$started{err},
		IPC::Run::timeout($PostgreSQL::Test::Utils::timeout_default));
	wait_for_blocked($node, $database, '^COPY');
	return \%started;
}

# script(1) runs a command on a terminal of its own; a container's image may have none to give (/dev/pts).
my $terminals = IPC::Run::run([ 'script', '--quiet', '--return', '--command', 'true', '/dev/null' ], '<', \undef, '>', \my $ignored, '2>&1');
my $no_terminal = 'script can\'t make a terminal (no /dev/pts is mounted)';

SKIP:
{
	skip $no_terminal, 4 unless $terminals;

	$run = start_blocked('terminal', 'script', '--quiet', '--return', '--command', 'bingo_load --scale=0.002', '/dev/null');
	$run->{handle}->pump until $run->{out} =~ /s left/;
	release($session);
	($status, $out, $err) = finish_load($run);
	is($status, 0, 'terminal: exit status');
	like($out, qr/\r\[#{1,29} +\] +\d+ %  \d+ of 11058 rows  \d+ rows\/s  \d+ s left\e\[K/, 'terminal: a bar with rate and time left');
	unlike($out, qr/s left[^\r]*\n/, 'terminal: the bar stays on one line');
	like($out, qr/\r\e\[Ktable .*\r\n/, 'terminal: the bar makes way for the result');
}

$run = start_blocked('plain', 'bingo_load', '--scale=0.002');
$run->{handle}->pump until $run->{err} =~ /\n/;
release($session);
($status, $out, $err) = finish_load($run);
is($status, 0, 'plain: exit status');
like($err, qr/\A(?:\d+ of 11058 rows \(\d+ %\), \d+ rows\/s, \d+ s left\n)+\z/, 'plain: whole lines');
like($out, qr/\Atable .*\n/, 'plain: the result alone on stdout');

SKIP:
{
	skip $no_terminal, 2 unless $terminals;

	$run = start_blocked('quiet', 'script', '--quiet', '--return', '--command', 'bingo_load --scale=0.002 --quiet', '/dev/null');
	release($session);
	($status, $out, $err) = finish_load($run);
	is($status, 0, 'quiet: exit status');
	is($out, '', 'quiet: nothing on the terminal');
}

$node->stop;
done_testing();
