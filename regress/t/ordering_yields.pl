# Upkeep gets out of the way of whoever wants the whole database.
#
# Seen red: no look at the database's lock between the steps (the worker outstays the
# five seconds that DROP DATABASE waits).
use strict;
use warnings FATAL => 'all';

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use TunedNode;

my $node = start_node('yields', "autovacuum = off\nfsync = off\nbingo_tune.upkeep = off\n");

# So many rows that filling the window takes longer than anybody waits.
$node->safe_psql('postgres', 'CREATE DATABASE app');
$node->safe_psql('app', <<'SQL');
CREATE EXTENSION bingo_tune CASCADE;
CREATE TABLE list (id int PRIMARY KEY, n int NOT NULL, title text NOT NULL);
CREATE INDEX ON list (n, id);
SELECT bingo_tune.create_ordering('o', 'SELECT id, n, title FROM list ORDER BY n, id', 800000);
INSERT INTO list SELECT i, i % 1000, 'title ' || i FROM generate_series(1, 800000) i;
SQL
$node->safe_psql('postgres', 'ALTER SYSTEM SET bingo_tune.upkeep = on');
$node->restart;
ok($node->poll_query_until('postgres', "SELECT count(*) = 1 FROM pg_stat_activity WHERE datname = 'app' AND backend_type LIKE 'bingo_tune%' AND xact_start IS NOT NULL"),
	'the worker fills the window');
my ($status, undef, $error) = $node->psql('postgres', 'ALTER DATABASE app RENAME TO old');
is($error, '', 'ALTER DATABASE RENAME');
$node->safe_psql('old', 'SELECT 1');
ok($node->poll_query_until('postgres', "SELECT count(*) = 1 FROM pg_stat_activity WHERE datname = 'old' AND backend_type LIKE 'bingo_tune%' AND xact_start IS NOT NULL"),
	'it goes on when somebody is there again')
  or diag($node->safe_psql('postgres', 'TABLE pg_stat_activity'));
($status, undef, $error) = $node->psql('postgres', 'DROP DATABASE old');
is($error, '', 'DROP DATABASE');

$node->stop;
done_testing();
