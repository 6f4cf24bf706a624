# Every command in README.md and the reference pages, as typed, in the order of the page, on tables that are not bingo's
# where the page says nothing else; and what is shown below a command against what it answers.
#
# A command is a line of a code block that begins like one, or a whole command in the text, such as those of the table
# "When something is wrong".  In a block an SQL command goes on to its ";", \gx or \gexec.  What follows up to the next command is its answer: each line must be among those that
# come, with "..." for anything and a number with a point for any such number.
#
# Seen red with: a view's name misspelled on a page; another reason for not being served; other advice than is shown; runs
# to be compared that are not alike; CREATE EXTENSION that fails; statements that are not cut as they are shown; a command
# in the text that fails.
#
# Starts first: it takes most of a minute.
use strict;
use warnings;

use BenchData;
use BrowserPage;
use IPC::Run;
use PostgreSQL::Test::Utils;
use Test::More;
use TunedNode;

# What can't be typed here, and why.
my @skipped = (
	[ qr/^apt-get /, 'installs packages: build_packages' ],
	[ qr/^git clone /, 'where this came from' ],
	[ qr/^make demo/, 'demo' ],
	[ qr/^make check$/, 'this is it' ],
	[ qr/^make packages/, 'build_packages' ],
	[ qr/^make && sudo make install/, 'packaging installs into a folder of its own' ],
	[ qr/prometheus/, 'run until they are stopped: timing_monitoring' ],
	[ qr/^tools\/bingo_load -d bingo$/, '5,000,000 rows; the next line has fewer' ],
	[ qr/^SELECT p\.id, p\.title/, 'the query of an ordering, of no tables that are there' ],
	[ qr/^bingo_bench prove -d DATABASE$/, 'README has it' ],
	[ qr/^CREATE EXTENSION (?:hypopg|bingo_tune)$/, 'README has it' ],
	[ qr/^CREATE UNIQUE INDEX$|^bingo_bench COMMAND --help$/, 'only named' ],
	[ qr/^DROP EXTENSION bingo_tune$/, 'the end of README' ],
	[ qr/^CREATE EXTENSION bingo_tune SCHEMA x$/, 'is refused, see below' ]);
# What would take minutes, and what is typed in its place.
my @shorter = ([ qr/--schedule 60:300,120:60/, '--schedule 60:3,120:1 --warmup=0' ], [ qr/ -D 2 /, ' -D 0.2 ' ],
	[ qr/ prove -d mydb/, ' prove -d mydb --rounds=3 --seconds=3' ],
	[ qr/ query -d bingo /, ' query -d bingo --seconds=1 --repeat=5 ' ], [ qr/ compare --run/, ' compare --rounds=3 --run' ]);
# Exit status 3: a target was missed, which a machine at other work may.
my $may_miss = qr/--service-level/;
# Answers all of whose figures are the reader's own.
my @own_figures = (qr/bingo_tune\.query_summary;/);

# What advise() includes in an index depends on how much of a table VACUUM has seen: nobody's here, as in a
# reader's first minute.
my $node = start_node('readme', "shared_buffers = 256MB\nfsync = off\nautovacuum = off\n");
my $directory = PostgreSQL::Test::Utils::tempdir();
symlink("$root/$_", "$directory/$_") foreach qw(bench tools);
chdir($directory) or die;
$ENV{PGHOST} = $node->host;
$ENV{PGPORT} = $node->port;
$ENV{PGDATABASE} = 'postgres';
my $hypopg = $node->safe_psql('postgres', "SELECT count(*) FROM pg_available_extensions WHERE name = 'hypopg'");

# The whole commands in a line of text: what is only named, or has "...", is none.
sub commands_in
{
	my ($line) = @_;

	return grep { /^(?:SELECT|CREATE|ALTER|DROP|SET|bingo_bench) \S+ \S/ && !/\.\.\./ } $line =~ /`([^`]+)`/g;
}

# The commands of a page: [line, command, [lines shown below]].
sub commands_of
{
	my ($page) = @_;
	my ($block, $number, $first, $open, @commands) = (0, 0, 0, '');

	foreach my $line (split(/\n/, slurp_file("$root/$page")))
	{
		$number++;
		if ($line =~ /^```/)
		{
			$block = !$block;
			$open = '';
			$first = @commands;
		}
		elsif ($line =~ /^\| .* \| `((?:SELECT|SHOW) [^`]+)` \| /)
		{
			push @commands, [ $number, $1, [] ];
			push @commands, map { [ $number, $_, [] ] } grep { $_ ne $commands[-1][1] } commands_in($line);
		}
		elsif (!$block && commands_in($line))
		{
			push @commands, map { [ $number, $_, [] ] } commands_in($line);
		}
		elsif ($block && $open eq 'sql' || $block && $open eq 'shell')
		{
			$commands[-1][1] .= "\n$line";
		}
		elsif ($block && $line =~ /^(?:SELECT|INSERT|UPDATE|DELETE|CREATE|DROP|ALTER|SET|EXPLAIN|SHOW) /
			|| $block && $line =~ /^(?:\w+='[^']*' |psql |createdb |make |git |apt-get |bench\/|tools\/|prometheus)/)
		{
			push @commands, [ $number, $line, [] ];
			$open = $line =~ /^[A-Z]+ / ? 'sql' : 'shell';
		}
		elsif ($block && @commands > $first && $line =~ /\S/ && $line !~ /^\s*--|^# |^shared_preload_libraries/)
		{
			push @{ $commands[-1][2] }, $line;
		}
		next if !$open;
		# Comments go, and with them what they may look like.
		$commands[-1][1] =~ s/\s+--\s.*$// if $open eq 'sql';
		$commands[-1][1] =~ s/\s+#\s.*$// if $open eq 'shell';
		$open = '' if $open eq 'sql' ? $commands[-1][1] =~ /(?:;|\\gx|\\gexec)$/ : $commands[-1][1] !~ /\\$/;
	}
	return @commands;
}

# Runs a command; returns its exit status and everything it said.
sub type
{
	my ($database, $command) = @_;
	my $output = '';
	local $ENV{PGDATABASE} = $database;

	if ($command =~ /^[A-Z]+ /)
	{
		IPC::Run::run([ 'psql', '-X', '-v', 'ON_ERROR_STOP=1', '-P', 'pager=off' ], '<', \"\\timing on\n$command\n", '>', \$output, '2>&1');
	}
	else
	{
		$command =~ s/$_->[0]/$_->[1]/g foreach @shorter;
		IPC::Run::run([ 'bash', '-c', $command ], '<', \undef, '>', \$output, '2>&1');
	}
	return ($? >> 8, $output);
}

# Blanks beside columns don't count.
sub plain
{
	my ($line) = @_;
	return $line =~ s/ \(\d+:[\d:.]+\)$//r =~ s/\s+/ /gr =~ s/ ?\| ?/|/gr =~ s/^ | $//gr;
}

sub is_among
{
	my ($shown, $output, $own) = @_;
	my $pattern = quotemeta(plain($shown));

	$pattern =~ s/\\\.\\\.\\\./.*/g;
	$pattern =~ s/\d+\\\.\d+/[\\d.]+/g;
	$pattern =~ s/\b\d+\b/[\\d.]+/g if $own;
	return scalar grep { plain($_) =~ /^$pattern$/ } split(/\n/, $output);
}

my %listed;

sub try_page
{
	my ($page, $database, %before) = @_;
	my @commands = commands_of($page);

	cmp_ok(scalar(@commands), '>=', 5, "$page: commands were found");
	foreach (@commands)
	{
		my ($line, $command, $shown) = @$_;
		my $name = "$page:$line: " . ($command =~ /^(.{1,60})/)[0];
		my ($skip) = grep { $command =~ $_->[0] } @skipped;

	  SKIP:
		{
			$listed{ $skip->[0] } = 1 if $skip;
			skip "$name: $skip->[1]", 1 if $skip;
			skip "$name: hypopg is not installed", 1 if !$hypopg && $command =~ /hypopg|advise(_commands)?\(|bingo_bench prove/;
			skip "$name: gnuplot is not installed", 1 if $command =~ /bingo_bench report/ && !find_program('gnuplot');
			foreach my $pattern (keys %before)
			{
				$before{$pattern}->() if $command =~ $pattern;
			}
			my ($status, $output) = type($database, $command);
			ok($status == 0 || $status == 3 && $command =~ $may_miss, $name) or diag("exit status $status:\n$output");
			unlike($output, qr/^(?:psql:.*)?(?:ERROR|FATAL|WARNING):/m, "$name: no complaint");
			foreach my $wanted (@$shown)
			{
				ok(is_among($wanted, $output, scalar grep { $command =~ $_ } @own_figures), "$name: $wanted") or diag($output);
			}
		}
	}
	return;
}

# README: in a database of one's own.
$node->safe_psql('postgres', 'CREATE DATABASE mydb');
try_page('README.md', 'mydb');

# The reference: apply() has bingo's tables, everything else the ones above.
($_) = run_command([ 'bash', '-c', 'tools/bingo_load -d mydb --scale=0.002 --force --quiet 2>&1' ]);
$node->safe_psql('postgres', 'CREATE DATABASE bingo');
is($node->safe_psql('mydb', q{SELECT count(*) FROM pg_extension WHERE extname = 'bingo_tune'}), '0', 'README: uninstalled');
# What advise() has found worth it there depends on the machine.
$node->safe_psql('mydb', q{DO $$ DECLARE i text; BEGIN FOR i IN SELECT indexname FROM pg_indexes WHERE tablename = 'orders' AND indexname NOT IN ('orders_pkey', 'orders_customer_id')
	LOOP EXECUTE format('DROP INDEX %I', i); END LOOP; END $$});
$node->safe_psql('mydb', 'CREATE SCHEMA x');
my (undef, undef, $refused) = $node->psql('mydb', 'CREATE EXTENSION bingo_tune SCHEMA x');
like($refused, qr/must be installed in schema "pg_catalog"/, 'no other schema');
$node->safe_psql('mydb', 'CREATE EXTENSION bingo_tune CASCADE');
$node->safe_psql('mydb', 'CREATE TABLE film (id int PRIMARY KEY, title text)');
try_page('extension/README.md', 'mydb');

# The tools.
$node->safe_psql('postgres', 'DROP DATABASE bingo');
try_page('tools/README.md', 'bingo');
ok(-s "$directory/$_", "a page in $_") foreach qw(page.html health.html);

is(join(' ', grep { !$listed{$_} } map { $_->[0] } @skipped), '', 'what is left out is on a page');
$node->stop;
done_testing();
