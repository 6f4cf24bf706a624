# Runs TAP test files side by side and writes the totals to a file.
#
# Usage: tap_harness.pl [--jobs N] [-I DIR]... --totals FILE --failures FILE TEST...
#
# prove prints totals for people; here "passed failed skipped" go to one FILE, a line
# on each failed test to the other, and a file that dies, plans wrongly or prints no
# test at all counts as a failure even if none of its assertions failed.  A file that bails out (PostgreSQL's modules do
# when a server does not start) has failed, too, and the other files go on.
#
# What a file says at its head:
#
#	# Starts first: WHY		before those without it: what takes long would else be alone at the end
#	# Counts as two: WHY		of the N: what does as much as it can within a given time
#
# Each file has a reader, a process of its own that runs it, judges it and ends with it.  TAP::Harness reads all
# files in one process, which a file holds up that writes to stderr and then has no result for a minute
# (TAP::Parser::Iterator::Process waits for its next line): nothing is begun meanwhile.  A reader leaves one
# line with its counts in a pipe when all else is written, so a file without that line has failed,
# whatever became of its reader.
use strict;
use warnings;

use File::Basename qw(basename);
use Getopt::Long;
use IO::Handle;
use TAP::Parser;

my ($jobs, $totals, $failures, @include) = (1);
GetOptions('jobs=i' => \$jobs, 'totals=s' => \$totals, 'failures=s' => \$failures, 'I=s' => \@include)
  && $totals
  && $failures
  && $jobs > 0
  && @ARGV
  or die "usage: $0 [--jobs N] [-I DIR]... --totals FILE --failures FILE TEST...\n";

# Readers add to it, each all of its file at once.
open my $failures_file, '>', $failures or die "could not write \"$failures\": $!\n";
close $failures_file;
open $failures_file, '>>', $failures or die "could not write \"$failures\": $!\n";
$failures_file->autoflush;
STDOUT->autoflush;

sub says
{
	my ($what, $path) = @_;
	open my $file, '<', $path or return 0;
	return scalar grep { /^# \Q$what\E: / } <$file>;
}

sub weight
{
	my ($path) = @_;
	return $jobs > 1 && says('Counts as two', $path) ? 2 : 1;
}

# What one file makes of itself: prints the verdict, returns passed, failed and skipped.
sub read_file
{
	my ($path) = @_;
	my $name = basename($path, '.pl');
	my $parser = TAP::Parser->new({ source => $path, switches => [ map { "-I$_" } @include ] });
	my @failed_tests;			# "test N: what it asserts"

	# Reasons of single skipped tests are worth a line, too.
	while (my $result = $parser->next)
	{
		next unless $result->is_test;
		push @failed_tests, sprintf('test %d %s', $result->number, $result->description) unless $result->is_ok;
		print "tap  $name: skipped: ", $result->explanation, "\n" if $result->has_skip;
	}

	my $good = $parser->passed - $parser->skipped;
	my $bad = $parser->failed;
	my @wrong = map { "test $_ failed" } $parser->failed;
	my $why = $parser->skip_all;

	push @wrong, $parser->parse_errors;
	push @wrong, 'exit status ' . $parser->exit if $parser->exit && !$bad;
	push @wrong, 'no test was run' if !$parser->tests_run && !defined $why;
	$bad++ if @wrong && !$bad;

	print $failures_file join '', map { "tap $name: $_\n" } @failed_tests, grep { !/^test \d+ failed$/ } @wrong;
	my $verdict = @wrong ? 'FAILED (' . join('; ', @wrong) . ')' : defined $why ? "skipped: $why" : 'ok';
	printf "tap  %-28s  %s  %d tests, %.1f s\n", $name, $verdict, $parser->tests_run, $parser->end_time - $parser->start_time;
	return ($good, $bad, $parser->skipped || (defined $why ? 1 : 0));
}

# A reader on its way: what it will leave is read from the handle that comes back.
sub start_reader
{
	my ($path) = @_;
	pipe my $from_reader, my $to_parent or die "could not make a pipe: $!\n";
	my $pid = fork // die "could not fork: $!\n";

	if ($pid == 0)
	{
		close $from_reader;
		my @counts = read_file($path);
		print $to_parent "@counts\n";
		close $to_parent or die "could not write to a pipe: $!\n";
		exit 0;
	}
	close $to_parent;
	return ($pid, { path => $path, from => $from_reader });
}

my %readers;					# by pid
my $begun = 0;					# of the N
my ($passed, $failed, $skipped) = (0, 0, 0);
my @waiting = ((grep { says('Starts first', $_) } @ARGV), (grep { !says('Starts first', $_) } @ARGV));

while (@waiting || %readers)
{
	while (@waiting && $begun + weight($waiting[0]) <= $jobs)
	{
		my $path = shift @waiting;
		my ($pid, $reader) = start_reader($path);

		$begun += weight($path);
		$readers{$pid} = $reader;
	}

	my $pid = wait;
	my $status = $?;
	die "could not wait for a reader: $!\n" if $pid < 0;
	my $reader = delete $readers{$pid} or next;

	$begun -= weight($reader->{path});
	my $line = readline($reader->{from}) // '';
	my ($good, $bad, $skips) = $line =~ /^(\d+) (\d+) (\d+)\n/ or do
	{
		my $name = basename($reader->{path}, '.pl');
		printf "tap  %-28s  FAILED (no verdict, status %d)\n", $name, $status;
		print $failures_file "tap $name: no verdict\n";
		$failed++;
		next;
	};
	$passed += $good;
	$failed += $bad;
	$skipped += $skips;
}

open my $file, '>', $totals or die "could not write \"$totals\": $!\n";
print $file "$passed $failed $skipped\n";
close $file or die "could not write \"$totals\": $!\n";
close $failures_file or die "could not write \"$failures\": $!\n";
exit($failed ? 1 : 0);
