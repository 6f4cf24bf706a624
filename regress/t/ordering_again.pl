# refresh_ordering() makes an ordering again, one of whose tables is another one now,
# while a transaction has written to that table: it waits, but readers and writers of the
# other tables don't wait for it, nor does that transaction when it comes to them.
#
# Seen red: when what was built before was dropped first, with its triggers, the other
# table stayed locked in ACCESS EXCLUSIVE mode while this one was waited for: readers
# waited, and with the writer who comes to it that is a deadlock that nobody finds, since
# nobody waits long enough on this side.  The same with two orderings in one transaction
# that never gave up.  The two circles at the end: no look for them; who only waits for what is needed passed by, or taken for one
# who has it; who waits in a queue only not taken for one who is blocked.  verify_ordering() that fails at once beside a lock.  A transaction that has changed a catalog and leaves the work to a worker.
use strict;
use warnings FATAL => 'all';

use CatalogData;
use OrderingData qw(wait_for);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = start_catalog_node('again', 'bingo_tune.upkeep = off');
create_base($node);
$node->safe_psql('postgres', <<'SQL');
BEGIN;
ALTER TABLE f RENAME TO f_old;
CREATE TABLE f (LIKE f_old INCLUDING ALL);
INSERT INTO f SELECT * FROM f_old;
DROP TABLE f_old;
COMMIT;
SQL
is($node->safe_psql('postgres', 'SELECT state FROM bingo_tune.orderings'), 'invalid', 'another table: invalid');

my $writer = $node->background_psql('postgres', on_error_stop => 0);
$writer->query_safe("SET lock_timeout = '5s'");
$writer->query_safe('BEGIN; UPDATE f SET n = n + 1 WHERE id = 1');
my $refresh = start_session($node, "SELECT bingo_tune.refresh_ordering('o');");
ok(wait_for(sub { waits_for_lock($node, $refresh) }), 'the refresh waits for the writer');

my ($status, $out, $err) = $node->psql('postgres', "SET lock_timeout = '1s'; SELECT count(*) FROM d;");
is("$out$err", '50', 'a reader of the other table does not wait');
($status, $out, $err) = $node->psql('postgres', "SET lock_timeout = '5s'; UPDATE d SET p = 'new' WHERE id = 7;");
is($err, '', 'nor a writer for long');
$writer->query("UPDATE d SET p = 'newer' WHERE id = 8; COMMIT");
is($node->safe_psql('postgres', 'SELECT p FROM d WHERE id = 8'), 'newer', 'nor the one who is waited for');
$writer->quit;
is(end_session($refresh), '', 'and the refresh ends');
is($node->safe_psql('postgres', 'SELECT state FROM bingo_tune.orderings'), 'valid', 'with a valid ordering');
exact($node, 'made again');

# Of what was built before nothing is left, and what is built now is kept up.
is($node->safe_psql('postgres', 'SELECT count(DISTINCT tgname) FROM pg_trigger WHERE tgrelid IN (\'f\'::regclass, \'d\'::regclass)'),
	4, 'the triggers of one ordering');
$node->safe_psql('postgres', "UPDATE d SET p = 'newest' WHERE id = 1; INSERT INTO f VALUES (1000, 1, 1)");
exact($node, 'written to');
is($node->safe_psql('postgres', 'SELECT state FROM bingo_tune.orderings'), 'valid', 'still valid');

# Several in one transaction, which keeps what it has locked for the first.
$node->safe_psql('postgres', <<'SQL');
CREATE TABLE e (id int PRIMARY KEY);
SELECT bingo_tune.create_ordering('z', 'SELECT id FROM e ORDER BY id', 10);
BEGIN;
ALTER TABLE f RENAME TO f_old;
CREATE TABLE f (LIKE f_old INCLUDING ALL);
INSERT INTO f SELECT * FROM f_old;
DROP TABLE f_old, e;
CREATE TABLE e (id int PRIMARY KEY);
COMMIT;
SQL
$writer = $node->background_psql('postgres', on_error_stop => 0);
$writer->query_safe("SET lock_timeout = '10s'");
$writer->query_safe('BEGIN; INSERT INTO e VALUES (1)');
$refresh = start_session($node, "SELECT bingo_tune.refresh_ordering(name) FROM unnest('{o,z}'::text[]) name;");
ok(wait_for(sub { waits_for_lock($node, $refresh) }), 'the refresh of two waits for the writer');
$writer->query("UPDATE d SET p = 'other' WHERE id = 8; COMMIT");
is($node->safe_psql('postgres', 'SELECT p FROM d WHERE id = 8'), 'other', 'who is not kept waiting by what it holds');
$writer->quit;
like(end_session($refresh), qr/ERROR:  could not lock the tables of the ordering without keeping others waiting/, 'it gives up');
$node->safe_psql('postgres', "SELECT bingo_tune.refresh_ordering(name) FROM unnest('{o,z}'::text[]) name");
is($node->safe_psql('postgres', 'SELECT string_agg(state, \' \') FROM bingo_tune.orderings'), 'valid valid', 'and can be called again');
exact($node, 'made again later');

# Comparing waits while what belongs to the window is locked, under snapshots of its own.
my ($boundary) = split /\n/, $node->safe_psql('postgres', q{SELECT format('bingo_tune.%I', relname) FROM pg_class WHERE relnamespace = 'bingo_tune'::regnamespace
	AND relkind = 'm' AND relname ~ 'boundary' ORDER BY relname});
$writer = $node->background_psql('postgres', on_error_stop => 0);
$writer->query_safe("BEGIN; ALTER MATERIALIZED VIEW $boundary SET TABLESPACE pg_default");
my $compare = start_session($node, "SELECT missing + extra + differing FROM bingo_tune.verify_ordering('o');");
ok(wait_for(sub { finished($compare) || $node->safe_psql('postgres', "SELECT count(*) FROM pg_stat_activity WHERE query ~ 'verify_ordering'
	AND pid <> pg_backend_pid() AND state = 'active' AND clock_timestamp() - query_start > '1s'") eq '1' }), 'comparing waits for who has the boundary');
$writer->query_safe('ROLLBACK');
$writer->quit;
is(end_session($compare) . $compare->{out}, "0\n", 'and goes on');

# Circles of waits that no deadlock detector sees: who waits for the one who makes an ordering has what that needs.

# by locks of analysing the query
$writer = $node->background_psql('postgres', on_error_stop => 0);
$writer->query_safe("BEGIN; INSERT INTO d VALUES (2000, 'x', 0)");
my $create = start_session($node, "SELECT bingo_tune.create_ordering('circle', 'SELECT f.id, d.p FROM f JOIN d ON f.d = d.id ORDER BY d.p, f.id');");
ok(wait_for(sub { waits_for_lock($node, $create) }), 'making one waits for the writer');
$writer->query_safe('TRUNCATE f; ROLLBACK');
like(end_session($create), qr/ERROR:  could not lock the tables of the ordering without keeping others waiting/,
	'who is not kept waiting by that');

# by a worker that a transaction waits for
$writer->query_safe('BEGIN; LOCK TABLE d');
$refresh = start_session($node, "BEGIN; SELECT count(*) FROM f; SELECT bingo_tune.refresh_ordering('o');");
ok(wait_for(sub { $node->safe_psql('postgres', "SELECT count(*) FROM pg_locks WHERE relation = 'f'::regclass AND mode = 'AccessShareLock'") ne '0' }),
	'a transaction that has read a table waits for a worker');
$writer->query_safe('LOCK TABLE f; COMMIT');
like(end_session($refresh), qr/ERROR:  could not refresh ordering "o": deadlock detected/,
	'who waits for another table, of the one who waits for this one');
$writer->query_safe('SELECT pg_advisory_lock(7)');
$refresh = start_session($node, "BEGIN; SELECT count(*) FROM f; SELECT pg_advisory_lock(7); SELECT bingo_tune.refresh_ordering('o');");
ok(wait_for(sub { waits_for_lock($node, $refresh) }), 'a transaction has read a table');
my $first = start_session($node, 'TRUNCATE f;');
ok(wait_for(sub { waits_for_lock($node, $first) }), 'somebody waits for it');
my $second = start_session($node, 'BEGIN; LOCK TABLE d; SELECT count(*) FROM f; ROLLBACK;');
ok(wait_for(sub { waits_for_lock($node, $second) }), 'and behind him one who has another table');
$writer->query_safe('SELECT pg_advisory_unlock(7)');
like(end_session($refresh), qr/ERROR:  could not refresh ordering "o": deadlock detected/, 'who waits for that one refreshes nothing');
is(end_session($first) . end_session($second), '', 'and nobody else has to give up');
$node->safe_psql('postgres', "INSERT INTO f SELECT i, 1 + i % 50, i FROM generate_series(1, 400) i; SELECT bingo_tune.refresh_ordering('o')");
$writer->query_safe('BEGIN; SELECT count(*) FROM f');
my $truncate = start_session($node, 'TRUNCATE f;');
ok(wait_for(sub { waits_for_lock($node, $truncate) }), 'somebody waits for a transaction that has read a table');
$writer->query_safe("SELECT bingo_tune.refresh_ordering('o')");
$writer->query_safe('COMMIT');
is(end_session($truncate), '', 'until it has refreshed an ordering of the table by itself');
$writer->quit;
$node->safe_psql('postgres', "SELECT bingo_tune.refresh_ordering('o')");
exact($node, 'done again');

# What else a transaction keeps locked, an index without its table here, a worker would wait for.
$node->safe_psql('postgres', "SET allow_in_place_tablespaces = on; CREATE TABLESPACE moved LOCATION ''");
my ($moved, $said, $why) = $node->psql('postgres', "SET statement_timeout = '60s'; BEGIN; ALTER INDEX f_d_idx SET TABLESPACE moved; SELECT bingo_tune.refresh_ordering('o'); COMMIT");
is($why, '', 'a transaction that has moved an index refreshes by itself');
exact($node, 'refreshed behind an index that was moved');
$node->stop;
done_testing();
