# No space for the temporary file in which a transaction remembers what it has changed, and the statement is rolled back to a
# savepoint: the COMMIT that follows is one, and the ordering is invalid.  The kernel's limit on the size of files stands in
# for a full disk.  It is more than one of WAL takes, so only a file that grows beyond meets it.
#
# Seen red: tuplestore_end() behind an error (it writes once more: an error at COMMIT; minor releases without the fix of PostgreSQL's
# bug #19438 free tuples twice there, too); what is left of the images taken for all of them (an error at COMMIT, with space, too).
use strict;
use warnings FATAL => 'all';

use PostgreSQL::Test::Utils;
use Test::More;
use TunedNode;

plan skip_all => 'there is no prlimit' if system('prlimit --version > /dev/null 2>&1') != 0;

my $node = start_node('main', <<'CONF');
shared_buffers = 128MB
autovacuum = off
fsync = off
bingo_tune.upkeep = off
jit = off
max_parallel_workers_per_gather = 0
CONF
$node->safe_psql('postgres', <<'SQL');
CREATE EXTENSION bingo_tune CASCADE;
CREATE TABLE t (id int PRIMARY KEY, n int NOT NULL, k text NOT NULL);
ALTER TABLE t ALTER k SET STORAGE EXTERNAL;
INSERT INTO t SELECT i, i, repeat('x', 100000) FROM generate_series(1, 300) i;
ANALYZE t;
SELECT bingo_tune.create_ordering('o', 'SELECT id FROM t ORDER BY n, k, id', 10);
SQL

# An UPDATE writes the long value into no table, but into images.  What tables are long is on disk before, so that the session
# needs not write it.
sub fails_in_savepoint
{
	my ($what, $memory, $before, $lift) = @_;

	$node->safe_psql('postgres', 'CHECKPOINT');
	my $session = $node->background_psql('postgres', on_error_stop => 0);
	my $pid = $session->query("SET work_mem = '$memory'; SELECT pg_backend_pid()");

	$session->query("BEGIN; UPDATE t SET n = n + 1 WHERE id <= $before; SAVEPOINT s");
	is(system('prlimit', '--pid', $pid, '--fsize=17000000:unlimited'), 0, "$what: limited");
	$session->query('UPDATE t SET n = n + 1');
	like($session->{stderr}, qr/could not write to file .*: File too large/, "$what: no space");
	$session->{stderr} = '';
	$session->query('ROLLBACK TO s; UPDATE t SET n = 0 WHERE id = 300');
	system('prlimit', '--pid', $pid, '--fsize=unlimited:unlimited') if $lift;
	$session->query('COMMIT');
	is($session->{stderr} =~ s/^background_psql: QUERY_SEPARATOR.*\n//mgr, '', "$what: committed");
	$session->quit;
	is($node->safe_psql('postgres', 'SELECT sum(n - id) FROM t; SELECT state, reason FROM bingo_tune.orderings'),
		($before - 300) . "\ninvalid|more rows were changed than could be remembered", "$what: rows and state");
	is($node->safe_psql('postgres', <<'SQL'), "valid|0|0|0", "$what: as good as new");
UPDATE t SET n = id WHERE n <> id;
SELECT bingo_tune.refresh_ordering('o') \gset
SELECT state, missing, extra, differing FROM bingo_tune.orderings, bingo_tune.verify_ordering('o');
SQL
	return;
}

fails_in_savepoint('when memory is written', '40MB', 1, 0);
fails_in_savepoint('when a row is written', '1MB', 50, 0);
fails_in_savepoint('when memory is written, space again', '40MB', 1, 1);
fails_in_savepoint('when a row is written, space again', '1MB', 50, 1);

$node->stop;
done_testing();
