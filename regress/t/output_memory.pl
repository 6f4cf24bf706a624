# A session that has sent a large value by the row encoder does not keep its size.
#
# Seen red: the send buffer grown by a message of any length (39 MB are kept).
use strict;
use warnings FATAL => 'all';

use PostgreSQL::Test::Utils;
use Test::More;
use TunedNode;

plan skip_all => 'there is no /proc/PID/status' if !-e '/proc/self/status';

my $node = start_node('main', <<'CONF');
shared_buffers = 4MB
autovacuum = off
fsync = off
bingo_tune.fast_output = all
CONF
$node->safe_psql('postgres', <<'SQL');
CREATE EXTENSION bingo_tune CASCADE;
CREATE TABLE answer (id int, t text);
INSERT INTO answer SELECT i, 'short' FROM generate_series(1, 30) i;
INSERT INTO answer SELECT 31, repeat('x', 40000000);
INSERT INTO answer SELECT i, repeat('y', 1000) FROM generate_series(32, 300) i;
CREATE TABLE middle AS SELECT i, repeat('z', 300000) AS t FROM generate_series(1, 40) i;
SQL

# 40 MB, because glibc gives back what is longer than 32 MB as soon as it is freed.
#
# Resident memory after each of the queries, whose answers go to a file.
sub resident
{
	my (@queries) = @_;
	my $file = PostgreSQL::Test::Utils::tempdir() . '/answer';
	my $status = q{SELECT substring(pg_read_file('/proc/self/status') FROM 'VmRSS:\s+(\d+)')::int / 1024};
	my $script = join('', map { "\\o $file\n$_;\n\\o\n$status;\n" } @queries);

	return map { int } split(/\n/, $node->safe_psql('postgres', $script));
}

my ($before, $after, $again) = resident("SELECT * FROM answer WHERE id < 31", "SELECT * FROM answer ORDER BY id", "TABLE answer");
cmp_ok($after - $before, '<', 10, 'after a value of 40 MB');
cmp_ok($again - $before, '<', 10, 'and again');
($before, $after) = resident("SELECT 1", "TABLE middle");
cmp_ok($after - $before, '<', 10, 'after values of 300 kB');
is($node->safe_psql('postgres', 'SELECT rows > 600 FROM bingo_tune.output_statistics()'), 't', 'the encoder has sent them');

$node->stop;
done_testing();
