# Upkeep is asked for at a moment when every background worker's slot is taken, by a session
# that ends: whoever commits next in that database asks again, when there is room.
#
# The one slot is taken by upkeep of another database, whose table somebody has locked.
#
# Seen red: a wish that is left to the session; none left by the server's start.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->append_conf('postgresql.conf', <<'CONF');
shared_preload_libraries = 'pg_stat_statements,bingo_tune'
max_logical_replication_workers = 0
max_worker_processes = 1
autovacuum = off
fsync = off
CONF
$node->start;

foreach my $database ('busy', 'other')
{
	$node->safe_psql('postgres', "CREATE DATABASE $database");
	$node->safe_psql($database, <<'SQL');
CREATE EXTENSION bingo_tune CASCADE;
CREATE TABLE d (id int PRIMARY KEY, r int NOT NULL);
CREATE TABLE f (id int PRIMARY KEY, d int NOT NULL);
CREATE INDEX ON f (d);
INSERT INTO d SELECT i, i FROM generate_series(1, 50) i;
INSERT INTO f SELECT i, 1 + i % 50 FROM generate_series(1, 2000) i;
SELECT bingo_tune.create_ordering('o', 'SELECT f.id, d.r FROM f JOIN d ON f.d = d.id ORDER BY d.r, f.id', 100);
SQL
}
my $workers = "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'bingo_tune upkeep'";
ok($node->poll_query_until('postgres', $workers, '0'), 'no worker');

# Every row changes: the window is filled anew.
my $change = 'UPDATE d SET r = 51 - r';
my $locker = $node->background_psql('busy');
$locker->query_safe('BEGIN; LOCK TABLE f IN ACCESS EXCLUSIVE MODE');
$node->safe_psql('busy', 'TRUNCATE d');
ok($node->poll_query_until('postgres', $workers, '1'), 'the one slot is taken');

$node->safe_psql('other', $change);
is($node->safe_psql('other', 'SELECT state FROM bingo_tune.orderings'), 'invalid', 'no room for upkeep of the other database');
$locker->query_safe('COMMIT');
$locker->quit;
ok($node->poll_query_until('other', "SELECT state = 'valid' FROM bingo_tune.orderings"), 'it comes with a later commit')
  or diag($node->safe_psql('other', 'TABLE bingo_tune.orderings'));
is($node->safe_psql('other', "SELECT missing, extra, differing FROM bingo_tune.verify_ordering('o')"), '0|0|0', 'exact');

# Nor is there room at the server's start, where the one slot is that of who starts the others.
$node->safe_psql('other', "SET bingo_tune.upkeep = off; $change");
is($node->safe_psql('other', 'SELECT state FROM bingo_tune.orderings'), 'invalid', 'left undone');
$node->restart;
ok($node->poll_query_until('other', "SELECT state = 'valid' FROM bingo_tune.orderings"), 'done with a commit after the start');
is($node->safe_psql('other', "SELECT missing, extra, differing FROM bingo_tune.verify_ordering('o')"), '0|0|0', 'exact again');

$node->stop;
done_testing();
