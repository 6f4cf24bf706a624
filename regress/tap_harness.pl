# Runs TAP test files side by side and writes the totals to a file.
#
# Usage: tap_harness.pl [--jobs N] [-I DIR]... --totals FILE --failures FILE TEST...
#
# prove prints totals for people; here "passed failed skipped" go to one FILE, a line
# on each failed test to the other, and a file that dies, plans wrongly or prints no
# test at all counts as a failure even if none of its assertions failed.  A file that bails out (PostgreSQL's modules do
# when a server does not start) has failed, too, and the other files go on: Perl's
# harness would take everybody's results away.
use strict;
use warnings;

use File::Basename qw(basename);
use Getopt::Long;
use IO::Handle;
use TAP::Harness;

# "Bail out!" ends its file only.
package OneFileBails;
use parent -norequire, 'TAP::Harness';

sub _bailout
{
	return;
}

package main;

my ($jobs, $totals, $failures, @include) = (1);
GetOptions('jobs=i' => \$jobs, 'totals=s' => \$totals, 'failures=s' => \$failures, 'I=s' => \@include)
  && $totals
  && $failures
  && @ARGV
  or die "usage: $0 [--jobs N] [-I DIR]... --totals FILE --failures FILE TEST...\n";

my ($passed, $failed, $skipped) = (0, 0, 0);
my %failed_tests;				# file's name -> "test N: what it asserts"
open my $failures_file, '>', $failures or die "could not write \"$failures\": $!\n";
$failures_file->autoflush;
$| = 1;

# The verdict on one file, when it has ended.
sub judge
{
	my ($job, $parser) = @_;
	my $name = basename($job->[0], '.pl');
	my $good = $parser->passed - $parser->skipped;
	my $bad = $parser->failed;
	my @wrong = map { "test $_ failed" } $parser->failed;
	my $why = $parser->skip_all;

	push @wrong, $parser->parse_errors;
	push @wrong, 'exit status ' . $parser->exit if $parser->exit && !$bad;
	push @wrong, 'no test was run' if !$parser->tests_run && !defined $why;
	$bad++ if @wrong && !$bad;

	print $failures_file map { "tap $name: $_\n" }
	  @{ $failed_tests{$name} // [] }, grep { !/^test \d+ failed$/ } @wrong;
	$passed += $good;
	$failed += $bad;
	$skipped += $parser->skipped || (defined $why ? 1 : 0);

	my $verdict = @wrong ? 'FAILED (' . join('; ', @wrong) . ')' : defined $why ? "skipped: $why" : 'ok';
	printf "tap  %-28s  %s  %d tests, %.1f s\n", $name, $verdict, scalar $parser->tests_run,
	  $parser->end_time - $parser->start_time;
	return;
}

# Keeps what a failed test asserts; reasons of single skipped tests are worth a line, too.
sub note_test
{
	my ($result, $name) = @_;
	push @{ $failed_tests{$name} }, sprintf('test %d %s', $result->number, $result->description)
	  unless $result->is_ok;
	print "tap  $name: skipped: ", $result->explanation, "\n" if $result->is_test && $result->has_skip;
	return;
}

my $harness = OneFileBails->new({ jobs => $jobs, lib => \@include, verbosity => -3 });
$harness->callback(after_test => \&judge);
$harness->callback(
	made_parser => sub {
		my ($parser, $job) = @_;
		my $name = basename($job->[0], '.pl');
		$parser->callback(test => sub { note_test($_[0], $name) });
	});
$harness->runtests(@ARGV);

open my $file, '>', $totals or die "could not write \"$totals\": $!\n";
print $file "$passed $failed $skipped\n";
close $file or die "could not write \"$totals\": $!\n";
close $failures_file or die "could not write \"$failures\": $!\n";
exit($failed ? 1 : 0);
