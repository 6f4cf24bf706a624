# Damaged files for the parsers: the timing file's, mix files', service levels',
# workloads' and result documents', under libFuzzer and sanitizers.  Each harness
# gets the saved inputs of corpus/ and some hundred made of them; "make check-fuzz"
# makes a million.  How to try an input again: the head of fuzz/parse.sh.
#
# Seen red: no check of a bucket's number in the timing file and in documents; a
# statement that was not freed when a mix was refused.
use strict;
use warnings FATAL => 'all';

use File::Basename qw(basename dirname);
use PostgreSQL::Test::Utils;
use Test::More;

my $here = dirname(dirname(__FILE__));
my $work = PostgreSQL::Test::Utils::tempdir();
my $output = "$PostgreSQL::Test::Utils::log_path/parse_random";

foreach my $parser (map { basename($_, '.c') } sort glob("$here/fuzz/parse_*.c"))
{
	my $out = `"$here/fuzz/parse.sh" $parser "$work" 1000 1 "$output" 2>&1`;
	my $status = $? >> 8;

  SKIP:
	{
		skip $out =~ s/\n//r, 1 if $status == 77;
		is("$status $out", "0 $parser: 1000 inputs\n", "$parser stands damaged files");
	}
}

done_testing();
