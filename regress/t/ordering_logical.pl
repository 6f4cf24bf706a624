# Logical replication: a subscriber keeps windows of its own.  The initial copy,
# streamed changes and TRUNCATE come from workers in replica role, which fire
# neither ordinary nor statement triggers, and whose commits must ask for upkeep
# as anybody's.
#
# Seen red: no upkeep asked for by the commits of background workers.
use strict;
use warnings FATAL => 'all';

use OrderingData;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $publisher = PostgreSQL::Test::Cluster->new('publisher');
$publisher->init(allows_streaming => 'logical');
$publisher->append_conf('postgresql.conf', $settings);
$publisher->start;
create_tables($publisher, 'app');
fill_tables($publisher, 'app');
create_ordering($publisher, 'app');
$publisher->safe_psql('app', 'CREATE PUBLICATION everything FOR TABLE film, studio');

my $subscriber = PostgreSQL::Test::Cluster->new('subscriber');
$subscriber->init;
$subscriber->append_conf('postgresql.conf', $settings);
$subscriber->start;

sub caught_up
{
	$publisher->wait_for_catchup('mine');
	return;
}

# --- initial copy into tables that have an ordering ---

create_tables($subscriber, 'app');
create_ordering($subscriber, 'app');
is($subscriber->safe_psql('app', 'SELECT state, kept_rows, boundary FROM bingo_tune.orderings'), 'valid|0|everything', 'empty at first');
my $connection = $publisher->connstr . ' dbname=app';
$subscriber->safe_psql('app', "CREATE SUBSCRIPTION mine CONNECTION '$connection' PUBLICATION everything");
$subscriber->wait_for_subscription_sync($publisher, 'mine', 'app');
is($subscriber->safe_psql('app', 'SELECT count(*) FROM film'), '9000', 'copied');
valid_again($subscriber, 'app', 'initial copy, more than a refill costs');
exact($subscriber, 'app', 'initial copy');
serves($subscriber, 'app', 'initial copy');
# On a slow machine a chunk can take longer than a writer waits for one.
becomes($subscriber, 'app', 'kept_rows >= 8000', 'initial copy: nothing is left for upkeep');

# --- streamed changes ---

$publisher->safe_psql('app', <<'SQL');
INSERT INTO film VALUES (10001, 'New', years(17, NULL), 7), (10002, 'Without studio', years(18, NULL), 999);
UPDATE film SET title = 'Renamed' WHERE id BETWEEN 100 AND 150;
UPDATE film SET years = years(5, 6) WHERE id = 8900;
UPDATE film SET id = 10003 WHERE id = 300;
DELETE FROM film WHERE id IN (1, 50, 8999);
SQL
$publisher->safe_psql('app', <<'SQL');
BEGIN;
INSERT INTO studio VALUES (999, 'Late');
UPDATE studio SET name = 'Pixel' WHERE id = 12;
SAVEPOINT s;
DELETE FROM studio WHERE id = 13;
ROLLBACK TO s;
DELETE FROM studio WHERE id = 14;
COMMIT;
SQL
caught_up();
is($subscriber->safe_psql('app', "SELECT state, changes > 60 FROM bingo_tune.orderings"), 'valid|t', 'changes were applied to the window');
exact($subscriber, 'app', 'streamed changes');
serves($subscriber, 'app', 'streamed changes');

# One film twice in one transaction, a prepared transaction, one that is rolled back.
$publisher->safe_psql('app', <<'SQL');
BEGIN; UPDATE film SET years = years(8000, NULL) WHERE id = 200; UPDATE film SET years = years(3, NULL) WHERE id = 200; COMMIT;
BEGIN; UPDATE studio SET name = 'Prepared' WHERE id = 20; PREPARE TRANSACTION 'p'; COMMIT PREPARED 'p';
BEGIN; DELETE FROM film; ROLLBACK;
SQL
caught_up();
exact($subscriber, 'app', 'transactions');

# The subscriber's own writers beside the apply worker.
$subscriber->safe_psql('app', "INSERT INTO film VALUES (20001, 'Mine', years(19, NULL), 999)");
$publisher->safe_psql('app', "UPDATE studio SET name = 'Later' WHERE id = 999");
caught_up();
exact($subscriber, 'app', 'own writer');

# --- TRUNCATE, and what comes after it ---

$publisher->safe_psql('app', 'TRUNCATE film');
caught_up();
valid_again($subscriber, 'app', 'TRUNCATE');
is($subscriber->safe_psql('app', 'SELECT kept_rows FROM bingo_tune.orderings'), '0', 'TRUNCATE: nothing is kept');
exact($subscriber, 'app', 'TRUNCATE');
$publisher->safe_psql('app', "INSERT INTO film SELECT g, 'Again ' || g, years(g, NULL), 1 + g % 300 FROM generate_series(1, 9000) g");
caught_up();
valid_again($subscriber, 'app', 'bulk');
exact($subscriber, 'app', 'bulk');
serves($subscriber, 'app', 'bulk');

# The subscriber without the library but for its own sessions: the trigger loads it.
$subscriber->append_conf('postgresql.conf', "shared_preload_libraries = ''");
$subscriber->safe_psql('postgres', 'ALTER DATABASE app SET session_preload_libraries = bingo_tune');
$subscriber->restart;
$publisher->safe_psql('app', "UPDATE studio SET name = 'Without preloading' WHERE id = 21; DELETE FROM film WHERE id < 30");
caught_up();
exact($subscriber, 'app', 'session_preload_libraries');
$publisher->safe_psql('app', 'TRUNCATE film, studio');
caught_up();
valid_again($subscriber, 'app', 'TRUNCATE without preloading');
exact($subscriber, 'app', 'TRUNCATE without preloading');

$subscriber->safe_psql('app', 'DROP SUBSCRIPTION mine');
exact($publisher, 'app', 'the publisher');
$subscriber->stop;
$publisher->stop;

done_testing();
