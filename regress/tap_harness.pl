# Runs TAP test files side by side and writes the totals to a file.
#
# Usage: tap_harness.pl [--jobs N] [-I DIR]... --totals FILE TEST...
#
# prove prints totals for people; here "passed failed skipped" go to FILE, and a
# file that dies, plans wrongly or prints no test at all counts as a failure even
# if none of its assertions failed.  A file that bails out (PostgreSQL's modules do
# when a server does not start) has failed, too, and the other files go on: Perl's
# harness would take everybody's results away.
use strict;
use warnings;

use File::Basename qw(basename);
use Getopt::Long;
use TAP::Harness;

# "Bail out!" ends its file only.
package OneFileBails;
use parent -norequire, 'TAP::Harness';

sub _bailout
{
	return;
}

package main;

my ($jobs, $totals, @include) = (1);
GetOptions('jobs=i' => \$jobs, 'totals=s' => \$totals, 'I=s' => \@include) && $totals && @ARGV
  or die "usage: $0 [--jobs N] [-I DIR]... --totals FILE TEST...\n";

my ($passed, $failed, $skipped) = (0, 0, 0);
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

	$passed += $good;
	$failed += $bad;
	$skipped += $parser->skipped || (defined $why ? 1 : 0);

	my $verdict = @wrong ? 'FAILED (' . join('; ', @wrong) . ')' : defined $why ? "skipped: $why" : 'ok';
	printf "tap  %-28s  %s  %d tests, %.1f s\n", $name, $verdict, scalar $parser->tests_run,
	  $parser->end_time - $parser->start_time;
	return;
}

# Reasons of single skipped tests are worth a line, too.
sub note_skip
{
	my ($result, $name) = @_;
	print "tap  $name: skipped: ", $result->explanation, "\n" if $result->is_test && $result->has_skip;
	return;
}

my $harness = OneFileBails->new({ jobs => $jobs, lib => \@include, verbosity => -3 });
$harness->callback(after_test => \&judge);
$harness->callback(
	made_parser => sub {
		my ($parser, $job) = @_;
		my $name = basename($job->[0], '.pl');
		$parser->callback(test => sub { note_skip($_[0], $name) });
	});
$harness->runtests(@ARGV);

open my $file, '>', $totals or die "could not write \"$totals\": $!\n";
print $file "$passed $failed $skipped\n";
close $file or die "could not write \"$totals\": $!\n";
exit($failed ? 1 : 0);
