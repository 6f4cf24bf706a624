# The test run itself: a wrong expectation of each kind must make it fail, and so
# must a test without a result.  check.sh runs small trees of tests made here.
#
# Seen to fail with: pg_regress started without --outputdir in a folder that has
# an sql/ of its own; a TAP file's exit status ignored; TAP::Harness as it is (it
# stops everything at "Bail out!", and begins no file while one that has written to stderr is silent);
# files begun as they are given, or each counted as one; a reader's death that counts as no failure;
# an initdb that copies nothing, or whatever is asked for.
use strict;
use warnings FATAL => 'all';

use Cwd qw(abs_path);
use File::Basename qw(dirname);
use File::Path qw(make_path);
use IPC::Run;
use PostgreSQL::Test::Utils;
use Test::More;

my $root = abs_path(dirname(__FILE__) . '/../..');
my $folder = PostgreSQL::Test::Utils::tempdir();
my ($staged) = run_command([ 'sh', '-c', 'command -v pg_config' ]);

# Writes the files of one tree of tests and returns its folder.
sub tree
{
	my ($name, %files) = @_;
	make_path("$folder/$name/$_") for qw(sql expected specs t);
	$files{'bingo_tune.conf'} //= "fsync = off\n";
	foreach my $file (sort keys %files)
	{
		append_to_file("$folder/$name/$file", $files{$file});
	}
	return "$folder/$name";
}

# Runs check.sh on a tree; returns exit status and what it printed.
my $jobs = 1;

sub check
{
	my ($tests, @options) = @_;
	my $output;
	local $ENV{CHECK_JOBS} = $jobs;

	IPC::Run::run([ "$root/regress/check.sh", "--pg-config=$staged", "--tests=$tests", "--output=$tests.out", @options ],
		'>', \$output, '2>&1');
	return ($? >> 8, $output);
}

my $spec = "session s\nstep one { SELECT 1 AS one; }\npermutation one\n";
my $spec_right = "Parsed test spec with 1 sessions\n\nstarting permutation: one\nstep one: SELECT 1 AS one;\n"
  . "one\n---\n  1\n(1 row)\n\n";
my $sql_right = "SELECT 1 AS one;\n one \n-----\n   1\n(1 row)\n\n";
my $tap_right = "use Test::More; ok(1, 'first'); ok(1, 'second'); done_testing();\n";

# Everything right: each kind is counted.
my %right = (
	'sql/good.sql' => "SELECT 1 AS one;\n",
	'expected/good.out' => $sql_right,
	'specs/spec_good.spec' => $spec,
	'expected/spec_good.out' => $spec_right,
	't/good.pl' => $tap_right);
my ($status, $output) = check(tree('right', %right));
is($status, 0, 'right expectations: exit status') or diag($output);
like($output, qr/^4 passed, 0 failed\n\z/m, 'right expectations: totals of the three kinds');

# Wrong in each kind, beside a right test of it: the totals are exact.
my %wrong = (
	%right,
	'sql/bad.sql' => "SELECT 2 AS one;\n",
	'expected/bad.out' => $sql_right,
	'sql/unexpected.sql' => "SELECT 1;\n",
	'specs/spec_bad.spec' => $spec =~ s/SELECT 1/SELECT 2/r,
	'expected/spec_bad.out' => $spec_right,
	't/bad.pl' => "use PostgreSQL::Test::Utils; use Test::More; ok(1, 'first'); is(2, 1, 'wrong'); done_testing();\n");
my $wrong = tree('wrong', %wrong);
# In a folder with an sql/ of its own, which must not take the place of the tests.
make_path("$folder/shadow/sql");
append_to_file("$folder/shadow/sql/bad.sql", "SELECT 1 AS one;\n");
chdir "$folder/shadow" or die "could not enter \"$folder/shadow\": $!\n";
($status, $output) = check($wrong);
is($status, 1, 'wrong expectations: exit status');
like($output, qr/^regress: 1 passed, 2 failed$/m, 'pg_regress: a wrong and a missing expected output');
like($output, qr/^isolation: 1 passed, 1 failed$/m, 'isolation: a wrong expected output');
like($output, qr/^tap: 3 passed, 1 failed$/m, 'TAP: a failed assertion');
like($output, qr/^5 passed, 4 failed\nLogs:/m, 'wrong expectations: totals');
like($output, qr/^-   1\n\+   2$/m, 'the difference is shown');
like(
	$output,
	qr/^what failed:\nregress bad\nregress unexpected\n.*^isolation spec_bad\n.*^tap bad: test 2 - wrong\n#   Failed test 'wrong'\n.*^#     expected: '1'\n.*^5 passed/ms,
	'what failed is said again at the end');

# One kind alone makes the run fail.
my @alone = (
	[ 'pg_regress', '--only-REGRESS=good no_such_test', '--only-ISOLATION=', '--only-TAP=' ],
	[ 'isolation', '--only-REGRESS=', '--only-ISOLATION=spec_good spec_bad', '--only-TAP=' ],
	[ 'TAP', '--only-REGRESS=', '--only-ISOLATION=', '--only-TAP=good bad' ]);
foreach my $case (@alone)
{
	my ($kind, @only) = @$case;
	($status, $output) = check($wrong, @only);
	is($status, 1, "$kind alone: exit status");
	like($output, qr/^[13] passed, 1 failed$/m, "$kind alone: totals");
}

# TAP files that say nothing wrong and are wrong.
my $odd = tree(
	'odd',
	't/bails.pl' => "use Test::More; ok(1, 'first'); BAIL_OUT('no server');\n",
	't/dies.pl' => "use Test::More; ok(1, 'first'); die 'the end';\n",
	't/empty.pl' => "exit 0;\n",
	't/kills.pl' => "kill 9, getppid;\n",
	't/late.pl' => "use Test::More; ok(1, 'first'); done_testing(); exit 3;\n",
	't/plan.pl' => "print qq(1..3\\nok 1\\nok 2\\n);\n",
	't/skips.pl' => "use Test::More skip_all => 'no such program';\n");
($status, $output) = check($odd, '--only-REGRESS=', '--only-ISOLATION=');
is($status, 1, 'odd TAP files: exit status');
like($output, qr/^tap  bails .*FAILED/m, 'TAP: a file that bails out');
like($output, qr/^tap  dies .*FAILED/m, 'TAP: a file that dies after its last assertion');
like($output, qr/^tap  empty .*FAILED \(.*no test was run/m, 'TAP: a file without assertions');
like($output, qr/^tap  kills .*FAILED \(no verdict/m, 'TAP: a file whose reader dies');
like($output, qr/^tap  late .*FAILED \(exit status 3\)/m, 'TAP: a file that ends with an exit status');
like($output, qr/^tap  plan .*FAILED/m, 'TAP: fewer assertions than planned');
like($output, qr/^tap  skips .*skipped: no such program/m, 'TAP: the reason of a skipped file');
like($output, qr/^what failed:\n.*^tap late: exit status 3\n.*^5 passed/ms, 'odd TAP files: what failed is said again');
like($output, qr/^5 passed, 6 failed, 1 skipped$/m, 'odd TAP files: totals');

# Side by side: the others are run while one is silent, and what starts first does.
my $beside = tree(
	'beside',
	't/a_waits.pl' => "use Test::More; use Time::HiRes 'usleep'; diag('waits'); my \$end = time + $PostgreSQL::Test::Utils::timeout_default;\n"
	  . "usleep(10_000) until -e '$folder/three' || time > \$end; ok(-e '$folder/three', 'the third'); done_testing();\n",
	't/b.pl' => $tap_right,
	't/c.pl' => "use Test::More; open my \$file, '>', '$folder/three'; ok(1); done_testing();\n",
	't/d.pl' => "# Starts first: it is seen to.\n$tap_right");
$jobs = 2;
($status, $output) = check($beside, '--only-REGRESS=', '--only-ISOLATION=');
is($status, 0, 'a file that waits for the third: exit status') or diag($output);
like($output, qr/^6 passed, 0 failed$/m, 'a file that waits for the third: totals');
$jobs = 1;
($status, $output) = check($beside, '--only-REGRESS=', '--only-ISOLATION=');
like($output, qr/^tap  d .*^tap  a_waits /ms, 'what starts first is begun first');

# Each stays a second for the other, who is not there.
my $stay = "use Test::More; use Time::HiRes 'usleep'; sub stay { foreach (1 .. 100) { last if -e \$_[0]; usleep(10_000) } } sub make { open my \$file, '>', \$_[0] }\n";
my $alone = tree(
	'alone',
	't/one.pl' => "$stay make('$folder/one'); stay('$folder/two'); unlink '$folder/one'; ok(1); done_testing();\n",
	't/two.pl' => "# Counts as two: it is seen to.\n$stay make('$folder/two'); stay('$folder/one'); ok(!-e '$folder/one', 'alone'); done_testing();\n");
$jobs = 2;
($status, $output) = check($alone, '--only-REGRESS=', '--only-ISOLATION=');
is($status, 0, 'what counts as two is alone: exit status') or diag($output);
$jobs = 1;

# A server that does not start, a kind without tests, no test at all.
($status, $output) = check(tree('broken', %right, 'bingo_tune.conf' => "nonsense = on\n"),
	'--only-ISOLATION=', '--only-TAP=');
is($status, 1, 'no server: exit status');
like($output, qr/^0 passed, 1 failed$/m, 'no server: the test counts as failed');

($status, $output) = check(tree('lonely', 't/good.pl' => $tap_right));
is($status, 1, 'kinds without tests: exit status');
like($output, qr/^regress: there is no test$/m, 'kinds without tests: named');
like($output, qr/^2 passed, 2 failed$/m, 'kinds without tests: totals');

($status, $output) = check($wrong, '--only-REGRESS=', '--only-ISOLATION=', '--only-TAP=');
is($status, 1, 'no test selected: exit status');
($status, $output) = check($wrong, '--nonsense');
is($status, 2, 'unknown option: exit status');

# Who only wants a cluster gets a copy, who wants more has it made.
sub identifier
{
	my ($data) = @_;
	my ($out) = run_command([ 'pg_controldata', $data ]);
	return $out =~ /^Database system identifier: +(\d+)$/m ? $1 : 'none';
}

SKIP:
{
	skip 'check.sh does not run this', 2 if !defined $ENV{INITDB_TEMPLATE};
	system_or_bail('initdb', '-D', "$folder/copied", qw(-A trust -N));
	is(identifier("$folder/copied"), identifier($ENV{INITDB_TEMPLATE}), 'initdb: a copy');
	system_or_bail('initdb', '-D', "$folder/made", qw(-A trust -N -k));
	isnt(identifier("$folder/made"), identifier($ENV{INITDB_TEMPLATE}), 'initdb with another option: none');
}

# A clone that the server's user cannot read.
SKIP:
{
	skip 'root can read everything', 2 if $> == 0;
	make_path("$folder/closed/clone");
	chmod 0, "$folder/closed";
	IPC::Run::run([ "$root/.ci/run-as", 'check', "$folder/closed/clone" ], '>', \$output, '2>&1');
	is($? >> 8, 3, 'closed folder: exit status');
	like($output, qr{cannot read "[^"]*/closed.*\nHINT: .*chmod}, 'closed folder: which one and what to do');
	chmod 0700, "$folder/closed";
}

done_testing();
