# The histogram arithmetic that server and tools share, tested as the tools use
# it: compiled without the server.  The checks are in histogram_test.c.
use strict;
use warnings FATAL => 'all';

use File::Basename qw(dirname);
use PostgreSQL::Test::Utils;
use Test::More;

my $root = dirname(dirname(dirname(__FILE__)));
my $program = PostgreSQL::Test::Utils::tempdir() . '/histogram_test';

command_ok(
	[
		$ENV{CC} // 'cc', qw(-std=gnu11 -O2 -Wall -Wextra -Werror),
		"-I$root/extension", '-o', $program, "$root/regress/histogram_test.c"
	],
	'histogram.h compiles by itself');
command_like([$program], qr/^0 failed$/, 'buckets, quantiles, merge and difference');

done_testing();
