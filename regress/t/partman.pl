# What pg_partman's maintenance does to a table with an ordering and a counter, and one that it is joined in: partitions that it makes get theirs, those
# that its retention drops take theirs along, rows that it moves out of the default partition are where they are read.
#
# Seen red: new partitions not followed.
use strict;
use warnings FATAL => 'all';

use PostgreSQL::Test::Utils;
use Test::More;
use TunedNode;

need_extension('pg_partman', 'partman');

my $node = start_node('main', "autovacuum = off\nmax_locks_per_transaction = 200\n");
my $page = 'SELECT e.id, e.at, a.name FROM event e JOIN author a ON a.id = e.author ORDER BY e.at DESC, e.id LIMIT 15';
my $noted = 'SELECT n.id, e.at, e.author FROM note n JOIN event e ON e.id = n.event AND e.at = n.at ORDER BY e.author, n.id LIMIT 15';
my $number = 'SELECT author, count(*) FROM event GROUP BY author ORDER BY author';
my $first_type = $node->safe_psql('postgres', "SELECT version ~ '^4' FROM pg_available_extension_versions WHERE name = 'pg_partman' ORDER BY version DESC LIMIT 1")
  eq 't' ? "'native', " : '';

sub check
{
	my ($when) = @_;

	ok($node->poll_query_until('postgres', <<'SQL'), "$when: each partition has all of them, and no other table");
SELECT array_agg(relname::text ORDER BY relname) = (SELECT array_agg(replace(name, 'events_', '') ORDER BY name) FROM bingo_tune.orderings WHERE state = 'valid' AND name !~ '^noted_')
	AND array_agg(relname::text ORDER BY relname) = (SELECT array_agg(replace(name, 'noted_', '') ORDER BY name) FROM bingo_tune.orderings WHERE state = 'valid' AND name !~ '^events_')
	AND array_agg(relname::text ORDER BY relname) = (SELECT array_agg(replace(name, 'counted_', '') ORDER BY name) FROM bingo_tune.counters WHERE state = 'valid')
FROM pg_inherits JOIN pg_class c ON c.oid = inhrelid WHERE inhparent = 'event'::regclass
SQL
	my $served = 'SET enable_sort = off; SET enable_seqscan = off;';
	foreach my $query ($page, $noted)
	{
		like($node->safe_psql('postgres', "ANALYZE event; $served EXPLAIN (ANALYZE) $query"), qr/Rows from Window: 15/, "$when: a page is served");
		is($node->safe_psql('postgres', $query), $node->safe_psql('postgres', "SET bingo_tune.enable_ordered_scan = off; $query"), "$when: the right one");
	}
	is($node->safe_psql('postgres', $number), $node->safe_psql('postgres', "SET bingo_tune.enable_counter_scan = off; $number"), "$when: the right numbers");
	is($node->safe_psql('postgres', "SELECT missing + extra + differing FROM bingo_tune.verify_ordering('$_')"), '0', "$when: $_ verified") foreach qw(events noted);
	return;
}

$node->safe_psql('postgres', <<"SQL");
CREATE EXTENSION bingo_tune CASCADE;
CREATE SCHEMA partman;
CREATE EXTENSION pg_partman SCHEMA partman;
CREATE TABLE author (id int PRIMARY KEY, name text NOT NULL);
INSERT INTO author SELECT g, 'a' || g FROM generate_series(1, 20) g;
CREATE TABLE event (id bigint NOT NULL, at timestamptz NOT NULL, author int NOT NULL, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
CREATE INDEX ON event (author);
SELECT partman.create_parent('public.event', 'at', $first_type '1 day', p_premake => 2);
INSERT INTO event SELECT g, now() - interval '2 days' + g * interval '1 minute', 1 + g % 20 FROM generate_series(1, 4000) g;
SELECT bingo_tune.create_ordering('events', 'SELECT e.id, e.at, a.name FROM event e JOIN author a ON a.id = e.author ORDER BY e.at DESC, e.id', 100);
CREATE TABLE note (id int PRIMARY KEY, event bigint NOT NULL, at timestamptz NOT NULL);
CREATE INDEX ON note (event, at);
INSERT INTO note SELECT id, id, at FROM event;
SELECT bingo_tune.create_ordering('noted', 'SELECT n.id, e.at, e.author FROM note n JOIN event e ON e.id = n.event AND e.at = n.at ORDER BY e.author, n.id', 100);
SELECT bingo_tune.create_counter('counted', 'SELECT author, count(*) FROM event GROUP BY author');
SQL
check('made');
$node->safe_psql('postgres', <<'SQL');
UPDATE partman.part_config SET premake = 5, infinite_time_partitions = true, retention = '1 day', retention_keep_table = false WHERE parent_table = 'public.event';
SELECT partman.run_maintenance('public.event');
SQL
check('partitions made and dropped');
$node->safe_psql('postgres', $_)
  foreach "INSERT INTO event SELECT 10000 + g, now() + interval '20 days' + g * interval '1 hour', 1 + g % 20 FROM generate_series(1, 40) g",
  'INSERT INTO note SELECT id, id, at FROM event WHERE id > 10000',
  "SELECT partman.partition_data_time('public.event', p_batch_count => 10)";
check('rows moved out of the default partition');
$node->stop;

done_testing();
