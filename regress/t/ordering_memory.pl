# Memory of the sessions that write: what they remember for the commit, and what they
# take for the work there, is bounded by work_mem and not by the number or the size of
# the changed rows.
#
# Seen red: the first 256 images in memory whatever their size (99 MB); the size of a
# table's images without what memory takes in powers of two (temp_file_limit is exceeded:
# an error); no context of its own for comparisons (6 MB more); rows of a dimension kept
# without a look at their size (25 MB).
use strict;
use warnings FATAL => 'all';

use PostgreSQL::Test::Utils;
use Test::More;
use TunedNode;

plan skip_all => 'there is no /proc/PID/status' if !-e '/proc/self/status';

my $node = start_node('main', <<'CONF');
shared_buffers = 4MB
work_mem = 1MB
autovacuum = off
fsync = off
bingo_tune.upkeep = off
jit = off
max_parallel_workers_per_gather = 0
CONF
$node->safe_psql('postgres', 'CREATE EXTENSION bingo_tune CASCADE');

sub memory
{
	my ($pid, $field) = @_;

	return (slurp_file("/proc/$pid/status") =~ /^$field:\s+(\d+) kB/m)[0] / 1024;
}

# How many MB a session took at most while it ran the statements, beyond what it had
# after the first ones; the greatest number counts that the kernel has seen.
sub growth
{
	my ($first, @statements) = @_;
	my $session = $node->background_psql('postgres', on_error_stop => 1);
	my $pid = $session->query_safe('SELECT pg_backend_pid()');
	my $before;

	$session->query_safe($first);
	$before = memory($pid, 'VmHWM');
	$session->query_safe($_) foreach @statements;
	my $grown = memory($pid, 'VmHWM') - $before;
	$session->quit;
	return $grown;
}

sub below
{
	my ($grown, $most, $what) = @_;

	local $Test::Builder::Level = $Test::Builder::Level + 1;
	ok($grown < $most, "$what: less than $most MB") or diag("$grown MB");
	note(sprintf('%s: %.1f MB', $what, $grown));
	return;
}

sub state_of
{
	my ($name) = @_;

	return $node->safe_psql('postgres', "SELECT state, reason FROM bingo_tune.orderings WHERE name = '$name'");
}

# --- wide keys ---

$node->safe_psql('postgres', <<'SQL');
CREATE TABLE wide (id int PRIMARY KEY, k text NOT NULL);
ALTER TABLE wide ALTER k SET STORAGE EXTERNAL;
INSERT INTO wide SELECT i, 'a' FROM generate_series(1, 20) i;
SELECT bingo_tune.create_ordering('wide', 'SELECT id, k FROM wide ORDER BY k, id', 10);
SQL
my $warm = "BEGIN; INSERT INTO wide VALUES (0, 'b'); UPDATE wide SET k = 'c' WHERE id = 0; COMMIT";
below(growth("$warm; SELECT repeat('x', 1000000) = '1'", "INSERT INTO wide SELECT 1000 + i, repeat('x', 1000000) FROM generate_series(1, 100) i"),
	30, 'wide keys');
is(state_of('wide'), 'valid|', 'wide keys: valid');

# --- no temporary files ---

$node->safe_psql('postgres', <<'SQL');
CREATE TABLE bare (id int PRIMARY KEY, a text NOT NULL, b text NOT NULL);
ALTER TABLE bare ALTER a SET STORAGE EXTERNAL;
INSERT INTO bare SELECT i, 'a', 'b' FROM generate_series(1, 20) i;
CREATE TABLE numbers AS SELECT i FROM generate_series(1, 20000) i;
SELECT bingo_tune.create_ordering('bare', 'SELECT * FROM bare ORDER BY a, b, id', 10);
SQL
foreach my $width (1, 140, 600, 1100, 4200, 40000)
{
	my $rows = int(1_000_000 / ($width + 50)) + 300;

	is($node->safe_psql('postgres', <<SQL), "done\ninvalid", "$width bytes without temporary files");
SET work_mem = '1MB';
SET temp_file_limit = 0;
INSERT INTO bare SELECT 1000 + i, repeat('x', $width), i FROM numbers LIMIT $rows;
SELECT 'done';
SELECT state FROM bingo_tune.orderings WHERE name = 'bare';
DELETE FROM bare WHERE id > 1000;
SELECT bingo_tune.refresh_ordering('bare') \\gset
SQL
}

# --- many rows ---

# Of a type whose hash function leaves a copy behind.  Beyond what the same statements
# take without an ordering.
sub many_rows
{
	my ($type, $key, $with) = @_;
	my @grown;

	$node->safe_psql('postgres', <<SQL);
CREATE TABLE d (k $type PRIMARY KEY, v int NOT NULL);
CREATE TABLE f (id int PRIMARY KEY, k $type NOT NULL, s $type NOT NULL);
CREATE INDEX ON f (k);
INSERT INTO d SELECT $key, 0 FROM generate_series(1, 100000) i;
INSERT INTO f SELECT i, $key, $key FROM generate_series(1, 20000) i;
ANALYZE;
SQL
	$node->safe_psql('postgres', <<'SQL') if $with;
SELECT bingo_tune.create_ordering('o', 'SELECT f.id, f.s, d.v, d.k FROM f JOIN d ON f.k = d.k ORDER BY f.s, f.id', 300000);
SQL
	push @grown, growth('UPDATE d SET v = 1 WHERE k = (SELECT k FROM f LIMIT 1)', 'UPDATE d SET v = 2');
	is(state_of('o'), 'valid|', "$type, dimension updated: valid") if $with;
	$node->safe_psql('postgres', <<'SQL') if $with;
SELECT bingo_tune.drop_ordering('o');
SELECT bingo_tune.create_ordering('o', 'SELECT id, s FROM f ORDER BY s, id', 10);
SQL
	push @grown, growth("INSERT INTO f SELECT 0, $key, $key FROM generate_series(100, 100) i", "INSERT INTO f SELECT i, $key, $key FROM generate_series(20001, 100000) i");
	is(state_of('o'), 'valid|', "$type, inserted: valid") if $with;
	$node->safe_psql('postgres', "SELECT bingo_tune.drop_ordering('o')") if $with;
	$node->safe_psql('postgres', 'DROP TABLE f, d');
	return @grown;
}

my @plain = many_rows('numeric', 'i::numeric', 0);
my @kept = many_rows('numeric', 'i::numeric', 1);

below($kept[0] - $plain[0], 5, 'dimension updated');
below($kept[1] - $plain[1], 5, 'inserted');

# --- long rows of a dimension ---

$node->safe_psql('postgres', <<'SQL');
CREATE TABLE d (k int PRIMARY KEY, v int NOT NULL, long text NOT NULL);
ALTER TABLE d ALTER long SET STORAGE PLAIN;
CREATE TABLE f (id int PRIMARY KEY, k int NOT NULL);
CREATE INDEX ON f (k);
INSERT INTO d SELECT i, i, repeat('x', 7000) FROM generate_series(1, 5000) i;
INSERT INTO f SELECT i, i FROM generate_series(1, 20) i;
ANALYZE;
SELECT bingo_tune.create_ordering('o', 'SELECT f.id, d.v FROM f JOIN d ON f.k = d.k ORDER BY d.v, f.id', 10);
SQL
below(growth('INSERT INTO f SELECT i, 1 FROM generate_series(21, 200) i', 'INSERT INTO f SELECT i, 1 + i % 5000 FROM generate_series(1000, 21000) i'),
	10, 'long rows');
is(state_of('o'), 'valid|', "long rows: valid");

$node->stop;
done_testing();
