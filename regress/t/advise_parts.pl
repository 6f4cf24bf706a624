# advise() for pages and counts of partitioned tables: one command for the whole, which apply_advice() carries out and
# revert() takes back, with what later partitions have got.
#
# Seen red with: those of later partitions left by revert(); indexes made on the partitions that are there, so that a later one has none.
use strict;
use warnings FATAL => 'all';

use PostgreSQL::Test::Utils;
use Test::More;
use TunedNode;

my $node = start_node('main', "fsync = off\njit = off\nautovacuum = off\nmax_parallel_workers_per_gather = 0\n");
need_hypopg();

$node->safe_psql('postgres', <<'SQL');
SET client_min_messages = warning;
CREATE EXTENSION bingo_tune CASCADE;
CREATE EXTENSION hypopg;
CREATE TABLE kind (id integer PRIMARY KEY, family integer NOT NULL);
INSERT INTO kind SELECT i, i % 2 FROM generate_series(1, 5000) AS i;
CREATE TABLE visit (id integer NOT NULL, kind integer NOT NULL, day integer NOT NULL, at integer NOT NULL, gone boolean NOT NULL, PRIMARY KEY (id, day)) PARTITION BY RANGE (day);
CREATE TABLE visit_1 PARTITION OF visit FOR VALUES FROM (0) TO (10);
CREATE TABLE visit_2 (gone boolean NOT NULL, at integer NOT NULL, day integer NOT NULL, kind integer NOT NULL, id integer NOT NULL);
ALTER TABLE visit ATTACH PARTITION visit_2 FOR VALUES FROM (10) TO (20);
INSERT INTO visit SELECT i, 1 + i * 7 % 5000, i % 20, i, i % 3 = 0 FROM generate_series(1, 100000) AS i;
VACUUM ANALYZE kind, visit;
SQL

my $page = 'SELECT v.id, k.family FROM visit v JOIN kind k ON k.id = v.kind ORDER BY k.family, v.at DESC LIMIT 10';
my $count = 'SELECT count(*) FROM visit WHERE NOT gone';
my $one = 'SELECT * FROM visit WHERE at = 5';

sub advice
{
	my ($columns, $query) = @_;
	return $node->safe_psql('postgres', "SELECT $columns FROM bingo_tune.advise('$query') WHERE kind <> 'nothing' ORDER BY rank");
}

is(advice('kind, command', $page), "index|CREATE INDEX ON public.visit USING btree (kind)\nordering|SELECT bingo_tune.create_ordering('kind_by_family', 'SELECT k.family, v.at, v.id FROM (public.visit v JOIN public.kind k ON ((k.id = v.kind))) "
	  . "ORDER BY k.family, v.at DESC', 10000, create_indexes => true)", 'the page');
is(advice('kind, command', $count), "counter|SELECT bingo_tune.create_counter('visit_count', 'SELECT count(*) FROM public.visit WHERE (NOT gone)')", 'the count');
is(advice('kind, command, note', $one), 'index|CREATE INDEX ON public.visit USING btree (at)|keeps writers out while it is built: '
	  . "a partitioned table's index can't be built CONCURRENTLY", 'one row');

sub apply
{
	my ($query, $rank) = @_;
	return $node->safe_psql('postgres', "SET client_min_messages = warning; SELECT table_name, index_name, action, serves FROM bingo_tune.apply_advice($rank, '$query')");
}

is(apply($page, 2), "visit|visit_bingo|created|kind (join)\nvisit||created|ordering kind_by_family", 'the page is applied');
is(apply($count, 1), 'visit||created|counter visit_count', 'the count is');
is(apply($one, 1), 'visit|visit_bingo1|created|at (equality)', 'the index is');
is(advice('kind', $page), '', 'nothing is said of the page then');
is($node->safe_psql('postgres', "SELECT string_agg(name, ' ' ORDER BY name) FROM (SELECT name FROM bingo_tune.orderings UNION ALL SELECT name FROM bingo_tune.counters) n"),
	'kind_by_family_visit_1 kind_by_family_visit_2 visit_count_visit_1 visit_count_visit_2', 'of each partition');
like($node->safe_psql('postgres', "EXPLAIN $page"), qr/Ordering: kind_by_family_visit_1, kind_by_family_visit_2/, 'the page is served');
like($node->safe_psql('postgres', "EXPLAIN $count"), qr/Custom Scan \(BingoCounter\)/, 'the count is');
$node->safe_psql('postgres', 'CREATE TABLE visit_3 PARTITION OF visit FOR VALUES FROM (20) TO (30)');
ok($node->poll_query_until('postgres', "SELECT (SELECT count(*) FILTER (WHERE state = 'valid') FROM bingo_tune.orderings) + (SELECT count(*) FILTER (WHERE state = 'valid') FROM bingo_tune.counters) = 6"),
	'a partition that comes has its own');
is($node->safe_psql('postgres', q{SELECT string_agg(index_name, ' ' ORDER BY index_name) FROM bingo_tune.revert()}),
	'counter visit_count_visit_1 counter visit_count_visit_2 counter visit_count_visit_3 '
	  . 'ordering kind_by_family_visit_1 ordering kind_by_family_visit_2 ordering kind_by_family_visit_3 public.visit_bingo public.visit_bingo1', 'revert()');
is($node->safe_psql('postgres', "SELECT count(*) FROM pg_foreign_server WHERE srvtype = 'ordering' AND NOT 'gone=true' = ANY (coalesce(srvoptions, '{}'))"), '0', 'no definition is left');

$node->stop;
done_testing();
