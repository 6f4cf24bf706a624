# A driving key of a type that an extension brings, in a schema that nobody's search_path has: kept, served, verified.
#
# Seen red: verify_ordering() with the operator's bare name (there is none for the type).
use strict;
use warnings FATAL => 'all';

use PostgreSQL::Test::Utils;
use Test::More;
use TunedNode;

my $node = start_node('main', <<'CONF');
autovacuum = off
bingo_tune.upkeep = off
CONF
plan skip_all => 'the extension ltree is not installed'
  if $node->safe_psql('postgres', "SELECT count(*) FROM pg_available_extensions WHERE name = 'ltree'") == 0;

$node->safe_psql('postgres', <<'SQL');
CREATE EXTENSION bingo_tune CASCADE;
CREATE SCHEMA aside;
CREATE EXTENSION ltree SCHEMA aside;
CREATE TABLE shelf (place aside.ltree PRIMARY KEY, label text NOT NULL);
INSERT INTO shelf SELECT ('a.b' || i)::aside.ltree, 'L' || i % 10 FROM generate_series(1, 200) i;
SELECT bingo_tune.create_ordering('shelves', 'SELECT label, place FROM shelf ORDER BY label, place', 100);
INSERT INTO shelf VALUES ('z.z', 'A');
UPDATE shelf SET label = 'B' WHERE place OPERATOR(aside.=) 'a.b5';
DELETE FROM shelf WHERE place OPERATOR(aside.=) 'a.b10';
SQL

my $query = 'SELECT label, place FROM shelf ORDER BY label, place LIMIT 60';
like($node->safe_psql('postgres', "EXPLAIN (COSTS off) $query"), qr/BingoOrderedScan/, 'the ordering serves');
is($node->safe_psql('postgres', $query),
	$node->safe_psql('postgres', "SET bingo_tune.enable_ordered_scan = off; $query"), 'the answer is the plain plan\'s');
my $verify = q{SELECT missing, extra, differing FROM bingo_tune.verify_ordering('shelves')};
is($node->safe_psql('postgres', $verify), '0|0|0', 'verified');

# The window is damaged behind the triggers' back, by somebody who makes a table of it for a while.
$node->safe_psql('postgres', <<'SQL');
DO $$
DECLARE
	shelf regclass := (SELECT format('bingo_tune.window_%s', ordering_id) FROM bingo_tune.ordering_states());
BEGIN
	UPDATE pg_class SET relkind = 'r', relhasrules = false, relispopulated = true WHERE oid = shelf;
	EXECUTE format('DELETE FROM %s WHERE c2::text = %L', shelf, 'z.z');
	EXECUTE format('UPDATE %s SET c1 = %L WHERE c2::text = %L', shelf, 'C', 'a.b5');
	EXECUTE format('INSERT INTO %s SELECT * FROM %s WHERE c2::text = %L', shelf, shelf, 'a.b20');
	UPDATE pg_class SET relkind = 'm', relhasrules = true, relispopulated = false WHERE oid = shelf;
END $$;
SQL
is($node->safe_psql('postgres', $verify), '1|1|1', 'damage is found');

$node->stop;
done_testing();
