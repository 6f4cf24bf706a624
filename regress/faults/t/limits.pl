# Out of disk space and out of memory, at every place that can be hit: while a
# window is built, filled again and extended, while clients write, at the commit,
# while an answer is sent.  What fails fails with its SQLSTATE, nothing else does,
# and afterwards everything is exact and works.
#
# The disk is a small tmpfs that holds the database (regress/faults/check.sh
# mounts it); the memory limit is set on one backend with prlimit and raised step
# by step, so that each allocation in turn is the one that fails.
#
# Seen red: an error at the commit that leaves what was remembered for the next
# transaction; room for sums of counters only made when a savepoint is released already (one counter had got them, the other not).
use strict;
use warnings FATAL => 'all';

use FindBin;
use lib "$FindBin::RealBin/../../t";

use OrderingData;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use RawClient;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->append_conf('postgresql.conf', $settings . "max_parallel_workers_per_gather = 0\nmin_dynamic_shared_memory = 1MB\n");
$node->start;

sub fails_with
{
	my ($what, $database, $sql, $expected) = @_;
	my ($status, $out, $err) = $node->psql($database, "\\set VERBOSITY verbose\n$sql", on_error_stop => 1);

	like($err, qr/ERROR:  $expected:/, $what);
	return;
}

# --- out of disk space ---

SKIP:
{
	my $disk = $ENV{BINGO_SMALL_DISK};

	skip 'no small disk (root mounts one: make check-faults)', 1 unless defined $disk && -d $disk;
	unlink glob("$disk/filler*");
	my $folder = "$disk/space$$";
	mkdir $folder or die "$folder: $!";
	$node->safe_psql('postgres', "CREATE TABLESPACE small LOCATION '$folder'");
	$node->safe_psql('postgres', 'CREATE DATABASE full_disk TABLESPACE small');

	# Files take what is left, but for some kB.
	my $fill = sub {
		my ($left) = @_;
		my $chunk = "\0" x 8192;

		$node->safe_psql('full_disk', 'CHECKPOINT');
		open(my $file, '>', "$disk/filler") or die "$disk/filler: $!";
		while (syswrite($file, $chunk)) { }
		close($file);
		truncate("$disk/filler", (-s "$disk/filler") - $left * 1024) or die "truncate: $!";
		return;
	};
	my $free = sub { unlink "$disk/filler"; return };

	create_tables($node, 'full_disk');
	fill_tables($node, 'full_disk');
	$node->safe_psql('full_disk', 'CREATE EXTENSION bingo_tune CASCADE');

	foreach my $left (0, 64, 300, 600)
	{
		$fill->($left);
		fails_with("create_ordering() with $left kB left", 'full_disk', "SELECT bingo_tune.create_ordering('o', '$query', 8000)", '53100');
		$free->();
		is($node->safe_psql('full_disk', "SELECT count(*) FROM bingo_tune.orderings"), '0', 'and there is none');
		is($node->safe_psql('full_disk', "SELECT count(*) FROM pg_trigger WHERE tgname ~ 'bingo'"), '0', 'nor a trigger');
	}
	create_ordering($node, 'full_disk');
	exact($node, 'full_disk', 'created with space');

	# A refill fails, and the next one works.
	foreach my $left (0, 200)
	{
		$fill->($left);
		fails_with("refresh_ordering() with $left kB left", 'full_disk', "SELECT bingo_tune.refresh_ordering('o')", '53100');
		exact($node, 'full_disk', "refresh_ordering() with $left kB left");
		$free->();
		$node->safe_psql('full_disk', "SELECT bingo_tune.refresh_ordering('o')");
		exact($node, 'full_disk', 'refreshed');
		serves($node, 'full_disk', 'refreshed');
	}

	# Writers: each either commits or fails for want of space, in the table or in the window.
	$fill->(400);
	my $writer = start_psql($node, 'full_disk', join('', "\\set VERBOSITY verbose\n", map { "INSERT INTO film SELECT 100000 + 50 * $_ + g, repeat('w', 300), years(g * 7, NULL), 1 + g FROM generate_series(1, 50) g RETURNING id;\n" } 1 .. 60));
	end_psql($writer);
	my @codes = $writer->{err} =~ /ERROR:  (\w+):/g;
	cmp_ok(scalar @codes, '>', 0, 'writers ran out of space');
	is(join(' ', grep { $_ ne '53100' } @codes), '', 'with no other error');
	my $ids = join(',', $writer->{out} =~ /^(\d+)$/mg);
	is($node->safe_psql('full_disk', "SELECT count(*) FROM film WHERE id > 100000 AND id <> ALL ('{$ids}')"), '0', 'what failed is not there');
	exact($node, 'full_disk', 'on the full disk');
	$free->();
	is($node->safe_psql('full_disk', "SELECT count(*) FROM film WHERE id = ANY ('{$ids}')"), scalar(() = $writer->{out} =~ /^(\d+)$/mg), 'what was acknowledged is');
	$node->safe_psql('full_disk', "UPDATE studio SET name = name || '!' WHERE id = 4; DELETE FROM film WHERE id = 100");
	exact($node, 'full_disk', 'with space again');

	# Upkeep in the background gives up, and comes back.
	$node->safe_psql('full_disk', "SET bingo_tune.upkeep = off; TRUNCATE studio");
	$node->safe_psql('full_disk', "SET bingo_tune.upkeep = off; INSERT INTO studio SELECT g, 'Studio ' || g FROM generate_series(1, 300) g");
	$fill->(100);
	my $offset = -s $node->logfile;
	$node->psql('full_disk', 'UPDATE studio SET name = name || 1 WHERE id = 1');
	ok(wait_for(sub { slurp_file($node->logfile, $offset) =~ /could not keep ordering "o" up: could not extend file/ }), 'upkeep says that it could not');
	exact($node, 'full_disk', 'upkeep without space');
	$free->();
	$node->safe_psql('full_disk', 'UPDATE studio SET name = name || 2 WHERE id = 1');
	valid_again($node, 'full_disk', 'upkeep with space');
	exact($node, 'full_disk', 'upkeep with space');

	$node->safe_psql('postgres', 'DROP DATABASE full_disk');
	$node->safe_psql('postgres', 'DROP TABLESPACE small');
}

# --- out of memory ---

create_tables($node, 'app');
fill_tables($node, 'app');
create_ordering($node, 'app');

# Runs statements in a backend that may take so much more memory than now, and
# returns what it says.  "before" is run without the limit.
sub with_memory
{
	my ($kilobytes, $before, @statements) = @_;
	my $client = RawClient->connect($node, 'app');
	my ($pid) = $client->simple("SELECT 'pid ' || pg_backend_pid()") =~ /pid (\d+)/;
	my $answer = '';

	$client->simple($_) foreach "LOAD 'plpgsql'", @$before;
	my ($size) = slurp_file("/proc/$pid/status") =~ /^VmSize:\s+(\d+) kB/m;
	my $limit = ($size + $kilobytes) * 1024;
	system_or_bail('prlimit', "--pid=$pid", "--as=$limit:unlimited");
	$answer .= $client->simple($_) foreach @statements;
	system_or_bail('prlimit', "--pid=$pid", '--as=unlimited:unlimited');
	# the same session goes on
	my $after = $client->simple('ROLLBACK') . $client->simple("UPDATE film SET title = 'after $kilobytes' WHERE id IN (3, 6500) RETURNING title");
	ok($after =~ /after $kilobytes/, "with $kilobytes kB: the session goes on");
	$client->close;
	return $answer;
}

my @steps = (map({ 16 * $_ } 0 .. 12), 256, 512, 1024, 2048, 4096, 8192, 32768);
my %cases = (
	'a served scan' => [ [ 'SELECT 1', 'SET bingo_tune.fast_output = orderings' ], "$query LIMIT 7000" ],
	'a served scan, standard output' => [ [ 'SELECT 1', 'SET bingo_tune.fast_output = off' ], "$query LIMIT 7000" ],
	'create_ordering()' => [ ['SELECT 1'], 'BEGIN', "SELECT bingo_tune.create_ordering('short', '$query', 100)", "SELECT bingo_tune.drop_ordering('short')", 'COMMIT' ],
	'a commit' => [ [ 'BEGIN', "UPDATE studio SET name = name || 'x' WHERE id < 20", "INSERT INTO film SELECT 60000 + (random() * 1e8)::int, 'x', years(g, NULL), g FROM generate_series(1, 100) g" ], 'COMMIT' ],
	'a transaction' => [ ['SELECT 1'], "UPDATE film SET title = title || 'y', years = years(id % 8000, NULL) WHERE id % 20 = 7" ],
	'a refresh in the transaction' => [ [ 'BEGIN', 'DELETE FROM film WHERE id = 44', "INSERT INTO film VALUES (44, 'again', years(44, NULL), 45)" ], "SELECT bingo_tune.refresh_ordering('o')", 'COMMIT' ],
);
foreach my $name (sort keys %cases)
{
	my ($before, @statements) = @{ $cases{$name} };
	my ($failed, $done) = (0, 0);

	foreach my $kilobytes (@steps)
	{
		my $answer = with_memory($kilobytes, $before, @statements);
		my @codes = $answer =~ /\0C([0-9A-Z]{5})\0M/g;
		my @unexpected = grep { !/^(53200|25P02)$/ } @codes;

		is(join(' ', @unexpected), '', "$name with $kilobytes kB: no other error") or diag($answer =~ s/[^ -~]+/ /gr);
		@codes ? $failed++ : $done++;
		$node->safe_psql('app', 'SELECT 1');
		exact($node, 'app', "$name with $kilobytes kB") if $name =~ /commit|transaction/;
	}
	cmp_ok($failed, '>', 0, "$name: failed with too little memory");
	cmp_ok($done, '>', 0, "$name: done with enough");
	exact($node, 'app', $name);
	valid_again($node, 'app', $name);
}
is($node->safe_psql('app', "SELECT string_agg(name, ' ') FROM bingo_tune.orderings"), 'o', 'no other ordering is left');

# What a subtransaction has changed of counts becomes the level above's, of all counters or of none.
$node->safe_psql('app', <<'SQL');
CREATE TABLE seen (title text);
SELECT bingo_tune.create_counter('by_title', 'SELECT title, count(*) FROM seen GROUP BY title');
SELECT bingo_tune.create_counter('all_of_them', 'SELECT count(*) FROM seen');
SQL
my %ended;
foreach my $kilobytes (map { 200 * $_ } 1 .. 40)
{
	my $answer = with_memory($kilobytes, ['SELECT 1'], <<'SQL', 'COMMIT');
BEGIN; INSERT INTO seen VALUES ('outside');
DO $$
BEGIN
	INSERT INTO seen SELECT 'title ' || i || repeat('.', 60) FROM generate_series(1, 5000) i;
	RAISE WARNING USING MESSAGE = 'inserted';
EXCEPTION WHEN out_of_memory THEN RAISE WARNING USING MESSAGE = 'caught';
END $$
SQL
	my @codes = $answer =~ /\0SERROR\0VERROR\0C([0-9A-Z]{5})\0M/g;

	is(join(' ', grep { !/^(53200|25P02)$/ } @codes), '', "savepoint with $kilobytes kB: no other error") or diag($answer =~ s/[^ -~]+/ /gr);
	unlike($answer, qr/while in COMMIT state/, "savepoint with $kilobytes kB: it was not half released");
	$ended{ join(' and ', $answer =~ /\0M(inserted|caught)\0/g) }++;
	is($node->safe_psql('app', "SELECT count(*) FROM bingo_tune.counters WHERE state = 'valid' AND bingo_tune.verify_counter(name) <> 0"), '0',
		"savepoint with $kilobytes kB: exact");
}
cmp_ok($ended{$_} // 0, '>', 0, "savepoint: $_") foreach 'caught', 'inserted and caught', 'inserted';
unlike(slurp_file($node->logfile), qr/PANIC|was terminated by signal|TRAP/, 'no process has died');

$node->stop;
done_testing();
