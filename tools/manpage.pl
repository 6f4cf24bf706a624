#!/usr/bin/perl
# Makes the manual page of a client tool from what its --help prints, so that the two
# can't say different things.
#
# Usage: tools/manpage.pl PROGRAM VERSION >PAGE
#
# PROGRAM is a path.  If its help lists commands, the help of each is a section.
# A paragraph stays a paragraph, a line that begins an option begins an entry.
use strict;
use warnings;

die "usage: $0 PROGRAM VERSION\n" if @ARGV != 2;
my ($program, $version) = @ARGV;
my ($name) = $program =~ m{([^/]+)$};

sub help
{
	my (@arguments) = @_;
	open my $pipe, '-|', $program, @arguments, '--help' or die "could not run \"$program\": $!\n";
	my @lines = <$pipe>;
	close $pipe or die "\"$program @arguments --help\" failed\n";
	chomp @lines;
	return @lines;
}

# Text as roff shows it: nothing in it is a command.
sub escape
{
	my ($text) = @_;
	$text =~ s/\\/\\e/g;
	$text =~ s/-/\\-/g;
	$text =~ s/^([.'])/\\&$1/;
	return $text;
}

# The body of one help text.
sub print_help
{
	my (@lines) = @_;
	my $in_entry = 0;

	foreach my $line (@lines)
	{
		if ($line =~ /^\s*$/)
		{
			print ".PP\n";
			$in_entry = 0;
		}
		elsif ($line =~ /^(?: {2}| {6})(-\S(?:.*?\S)?)(?: {2,}(.*))?$/)
		{
			print ".TP\n\\fB", escape($1), "\\fR\n", defined $2 ? escape($2) . "\n" : '';
			$in_entry = 1;
		}
		elsif ($in_entry && $line =~ /^ {8,}(\S.*)$/)
		{
			print escape($1), "\n";
		}
		elsif ($line =~ /^(?:Usage:| {2,}\S)/)
		{
			# Laid out by hand.
			print ".br\n", escape($line =~ s/^ {2,}//r), "\n";
		}
		else
		{
			print ".PP\n" if $in_entry;
			print escape($line), "\n";
			$in_entry = 0;
		}
	}
	return;
}

my @main = help();
my ($purpose) = $main[0] =~ /^\Q$name\E (.*?)[.:]/ or die "the help of \"$name\" does not begin with its name\n";
my @commands = map { /^  (\w+) {2,}\S/ ? $1 : () } grep { /^Commands:/ .. /^$/ } @main;

print ".\\\" made from \"$name --help\" by tools/manpage.pl\n";
print ".TH \U$name\E 1 \"\" \"bingo_tune $version\" \"bingo_tune\"\n.nh\n.ad l\n";
print ".SH NAME\n$name \\- ", escape($purpose), "\n.SH DESCRIPTION\n";
print_help(@main);
foreach my $command (@commands)
{
	print '.SH ', uc($command), "\n";
	print_help(help($command));
}
