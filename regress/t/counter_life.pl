# The life of counters outside of one server's quiet hours: two phases around a crash, a crash under writers, a standby, a logical subscriber
# with a counter of its own, a dump that is restored by the owner.  In each place the count that is served is
# the plain plan's, and the counter is valid by itself.
#
# Seen red: nothing counted in replica role, as triggers that are not ENABLE ALWAYS would do (the subscriber's counts); what a
# transaction that is prepared has changed left unwritten.
use strict;
use warnings FATAL => 'all';

use IPC::Run qw(start);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use TunedNode;

my $primary = start_node('primary', "max_prepared_transactions = 10\nautovacuum = off\n", allows_streaming => 'logical');
my @counts = (
	'SELECT count(*) FROM item',
	'SELECT count(*) FROM item WHERE shelf = 3 AND NOT sold',
	'SELECT shelf, count(*) FROM item WHERE NOT sold GROUP BY shelf ORDER BY shelf',
	'SELECT count(*), count(*) FILTER (WHERE shelf > 5) FROM item WHERE shelf <> 3 AND NOT sold',
	'SELECT id, count(*) OVER () FROM item WHERE shelf = 3 AND NOT sold ORDER BY id LIMIT 3',
	'SELECT sold, count(*) FROM item GROUP BY sold ORDER BY sold',
	'SELECT count(*) FROM (SELECT id FROM item WHERE shelf = 3 AND sold ORDER BY id LIMIT 7) page');

$primary->safe_psql('postgres', <<'SQL');
CREATE EXTENSION bingo_tune CASCADE;
CREATE TABLE item (id bigint PRIMARY KEY, shelf int, sold bool NOT NULL DEFAULT false);
INSERT INTO item SELECT g, g % 20 FROM generate_series(1, 20000) g;
ANALYZE item;
SELECT bingo_tune.create_counter('kept', 'SELECT shelf, count(*) FROM item WHERE NOT sold GROUP BY shelf');
SELECT bingo_tune.create_counter('all', 'SELECT count(*) FROM item');
SELECT bingo_tune.create_counter('both', 'SELECT shelf, sold, count(*) FROM item GROUP BY shelf, sold');
SQL

# Each count is served, and right.
sub exact
{
	my ($node, $database, $when) = @_;

	foreach my $count (@counts)
	{
		is($node->safe_psql($database, $count),
			$node->safe_psql($database, "SET bingo_tune.enable_counter_scan = off; $count"), "$when: $count");
		my $plan = $node->safe_psql($database, "EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) $count");
		ok($plan =~ /BingoCounter/ && $plan !~ /Plan Behind Used/, "$when: from the counter") or diag($plan);
	}
	return;
}

sub valid_again
{
	my ($node, $database, $when) = @_;

	ok($node->poll_query_until($database, "SELECT count(*) = 3 FROM bingo_tune.counters WHERE state = 'valid'"), "$when: valid");
	return;
}

exact($primary, 'postgres', 'at first');

# --- two phases, around a crash ---

$primary->safe_psql('postgres', <<'SQL');
BEGIN;
INSERT INTO item SELECT -2000 - g, 3 FROM generate_series(1, 30) g;
DELETE FROM item WHERE shelf = 6;
PREPARE TRANSACTION 'first';
SQL
$primary->safe_psql('postgres', "BEGIN; UPDATE item SET sold = true WHERE shelf = 3; PREPARE TRANSACTION 'second'");
exact($primary, 'postgres', 'prepared');
$primary->stop('immediate');
$primary->start;
is($primary->safe_psql('postgres', 'SELECT count(*) FROM pg_prepared_xacts'), '2', 'prepared, and there after a crash');
valid_again($primary, 'postgres', 'prepared, after a crash');
exact($primary, 'postgres', 'prepared, after a crash');
$primary->safe_psql('postgres', "COMMIT PREPARED 'first'");
exact($primary, 'postgres', 'committed after a crash');
is($primary->safe_psql('postgres', 'SELECT count(*), count(*) FILTER (WHERE shelf = 3), count(*) FILTER (WHERE shelf = 6) FROM item WHERE NOT sold'),
	'19030|1030|0', 'with what it has changed');
$primary->safe_psql('postgres', "ROLLBACK PREPARED 'second'");
exact($primary, 'postgres', 'rolled back after a crash');
is($primary->safe_psql('postgres', 'SELECT sum(bingo_tune.verify_counter(name)) FROM bingo_tune.counters'), '0', 'two phases: verified');

# --- a crash under writers ---

my $script = PostgreSQL::Test::Utils::tempdir() . '/write.sql';
append_to_file($script, <<'SQL');
\set shelf random(1, 5)
\set id random(1, 20000)
BEGIN;
INSERT INTO item SELECT 100000 + (random() * 1e9)::bigint, :shelf FROM generate_series(1, 3) ON CONFLICT DO NOTHING;
SAVEPOINT s;
UPDATE item SET sold = NOT sold WHERE id = :id;
ROLLBACK TO s;
DELETE FROM item WHERE id = :id;
COMMIT;
SQL
my $clients = start([ qw(pgbench -n -c 4 -T 600 -f), $script, $primary->connstr('postgres') ],
	'>', File::Spec->devnull, '2>', File::Spec->devnull);
$primary->poll_query_until('postgres', 'SELECT count(*) > 22000 FROM item');
$primary->stop('immediate');
$clients->finish;
$primary->start;
cmp_ok($primary->safe_psql('postgres', 'SELECT count(*) FROM item'), '>', 20000, 'something was written');
valid_again($primary, 'postgres', 'after the crash');
exact($primary, 'postgres', 'after the crash');
is($primary->safe_psql('postgres', 'SELECT sum(bingo_tune.verify_counter(name)) FROM bingo_tune.counters'), '0', 'after the crash: verified');

# --- a standby ---

$primary->backup('backup');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($primary, 'backup', has_streaming => 1);
$standby->start;
$primary->safe_psql('postgres', 'DELETE FROM item WHERE shelf = 2; INSERT INTO item SELECT -g, 3 FROM generate_series(1, 50) g');
$primary->wait_for_catchup('standby', 'replay', $primary->lsn('insert'));
exact($standby, 'postgres', 'on a standby');
is($standby->safe_psql('postgres', "SELECT bingo_tune.verify_counter('kept')"), '0', 'on a standby: verified');

# --- a logical subscriber ---

my $subscriber = start_node('subscriber', "autovacuum = off\n");
$subscriber->safe_psql('postgres', <<'SQL');
CREATE EXTENSION bingo_tune CASCADE;
CREATE TABLE item (id bigint PRIMARY KEY, shelf int, sold bool NOT NULL DEFAULT false);
SELECT bingo_tune.create_counter('kept', 'SELECT shelf, count(*) FROM item WHERE NOT sold GROUP BY shelf');
SELECT bingo_tune.create_counter('all', 'SELECT count(*) FROM item');
SELECT bingo_tune.create_counter('both', 'SELECT shelf, sold, count(*) FROM item GROUP BY shelf, sold');
SQL
my $connection = $primary->connstr . ' dbname=postgres';
$primary->safe_psql('postgres', 'CREATE PUBLICATION items FOR ALL TABLES');
$subscriber->safe_psql('postgres', "CREATE SUBSCRIPTION mine CONNECTION '$connection' PUBLICATION items");
$subscriber->wait_for_subscription_sync($primary, 'mine', 'postgres');
$primary->safe_psql('postgres', <<'SQL');
UPDATE item SET shelf = 4 WHERE shelf = 5;
BEGIN;
INSERT INTO item SELECT -1000 - g, 3 FROM generate_series(1, 50) g;
SAVEPOINT s;
DELETE FROM item;
ROLLBACK TO s;
UPDATE item SET sold = true WHERE shelf = 7;
COMMIT;
SQL
$primary->wait_for_catchup('mine');
$subscriber->safe_psql('postgres', 'ANALYZE item');
exact($subscriber, 'postgres', 'on a subscriber');
is($subscriber->safe_psql('postgres', 'SELECT count(*) FROM item'), $primary->safe_psql('postgres', 'SELECT count(*) FROM item'), 'as on the publisher');
$primary->safe_psql('postgres', 'TRUNCATE item; INSERT INTO item SELECT g, g % 20 FROM generate_series(1, 20000) g');
$primary->wait_for_catchup('mine');
valid_again($subscriber, 'postgres', 'truncated on the publisher');
exact($subscriber, 'postgres', 'truncated on the publisher');
$subscriber->safe_psql('postgres', 'DROP SUBSCRIPTION mine');
valid_again($primary, 'postgres', 'truncated');

# --- a dump, restored by the owner ---

my $dump = PostgreSQL::Test::Utils::tempdir() . '/dump.sql';
$primary->safe_psql('postgres', 'CREATE ROLE keeper LOGIN; ALTER TABLE item OWNER TO keeper; DROP PUBLICATION items');
$primary->command_ok([ qw(pg_dump -f), $dump, $primary->connstr('postgres') ], 'dumped');
unlike(slurp_file($dump), qr/window_\d/, 'without what the counters keep');
$primary->safe_psql('postgres', 'CREATE DATABASE restored OWNER keeper');
$primary->command_ok([ qw(psql -Xq -v ON_ERROR_STOP=1 -f), $dump, $primary->connstr('restored') ], 'restored');
valid_again($primary, 'restored', 'restored');
$primary->safe_psql('restored', 'ANALYZE item');
exact($primary, 'restored', 'restored');
is($primary->safe_psql('restored', "SELECT string_agg(DISTINCT srvowner::regrole::text, ' ') FROM pg_foreign_server WHERE srvtype = 'ordering'"), 'keeper', 'of its owner');

$subscriber->stop;
$standby->stop;
$primary->stop;
done_testing();
