# advise(): orderings for what takes rows in an order without being a page itself, beside what indexes leave; and
# nothing that the plan does not use.
#
# Seen red with: nothing below the topmost level; no min() and max(), or NULLs first for them; no order of a window
# function; DISTINCT ON with a window of the first rows; no lists; columns of outer queries no values; pages
# without LIMIT left out; a column that leads the order made a parameter; orderings of one table; only what is
# two thousand times slower worth an ordering; orderings not shared, or not by beginnings; needless indexes kept;
# indexes for however little, and for what is fast; hypothetical indexes without height; a LEFT JOIN left out that another
# needs, whose text can't be read again, with its error and without.
use strict;
use warnings;

use PostgreSQL::Test::Utils;
use Test::More;
use TunedNode;

my $node = start_node('main', "fsync = off\njit = off\nautovacuum = off\nmax_parallel_workers_per_gather = 0\n");
need_hypopg();

$node->safe_psql('postgres', <<'SQL');
SET client_min_messages = warning;
CREATE EXTENSION bingo_tune CASCADE;
CREATE EXTENSION hypopg;
CREATE TABLE kind (id integer PRIMARY KEY, name text NOT NULL, family integer NOT NULL);
INSERT INTO kind SELECT i, 'k' || i % 50, i % 2 FROM generate_series(1, 5000) AS i;
CREATE TABLE item (id integer PRIMARY KEY, kind integer NOT NULL REFERENCES kind, at integer NOT NULL, place integer, rest text NOT NULL);
INSERT INTO item SELECT i, 1 + i * 7 % 5000, i * 31 % 50000, i % 7, repeat('x', 60) FROM generate_series(1, 100000) AS i;
CREATE INDEX ON item (kind);
CREATE TABLE tag (item integer, name text, PRIMARY KEY (item, name));
INSERT INTO tag SELECT i, 'n' || (i + j) % 4 FROM generate_series(1, 100000) AS i, generate_series(0, 1) j;
VACUUM ANALYZE kind, item, tag;
SQL

my $join = 'FROM item i JOIN kind k ON k.id = i.kind';

sub advice
{
	my ($columns, $query) = @_;
	return $node->safe_psql('postgres', "SELECT $columns FROM bingo_tune.advise(\$query\$$query\$query\$) WHERE kind <> 'nothing' ORDER BY rank");
}

# What is proposed is one ordering: its end; and it serves the query once it is there.
sub is_served
{
	my ($name, $query, $expected) = @_;
	my $command = advice('command', $query);

	like($command, qr/\ASELECT bingo_tune\.create_ordering\('\w+', 'SELECT [^\n]*$expected\)\z/, $name) or return;
	$node->safe_psql('postgres', $command);
	like($node->safe_psql('postgres', "EXPLAIN (COSTS OFF) $query"), qr/Custom Scan \(BingoOrderedScan\)/, "$name: it serves");
	is(advice('kind', $query), '', "$name: and is enough");
	$node->safe_psql('postgres', 'SELECT bingo_tune.drop_ordering(name) FROM bingo_tune.orderings');
	return;
}

is_served('max()', "SELECT max(i.at) $join WHERE k.family = 1", q{ORDER BY i\.at DESC', 10000});
is_served('min() of one of many', "SELECT min(i.at) $join WHERE k.name = 'k7'", q{WHERE \(k\.name = \$1\) ORDER BY i\.at', NULL});
is_served('max() of what may be NULL', "SELECT max(i.place) $join", q{ORDER BY i\.place DESC NULLS LAST', 10000});
is_served('row_number()', "SELECT * FROM (SELECT i.id, k.name, row_number() OVER (ORDER BY k.family, i.at DESC) AS number $join) n WHERE number <= 30",
	q{ORDER BY k\.family, i\.at DESC', 10000});
is_served('DISTINCT ON', "SELECT DISTINCT ON (k.name) k.name, i.id $join ORDER BY k.name, i.at DESC", q{ORDER BY k\.name, i\.at DESC', NULL});
is_served('DISTINCT', "SELECT DISTINCT k.family, i.at, i.id $join ORDER BY k.family, i.at, i.id LIMIT 10", q{ORDER BY k\.family, i\.at, i\.id', 10000});
is_served('GROUP BY', "SELECT k.family, i.at, count(*) $join GROUP BY 1, 2 ORDER BY 1, 2 LIMIT 10", q{ORDER BY k\.family, i\.at', 10000});
is_served('a list', "SELECT i.id, i.at $join WHERE k.name IN ('k7', 'k9') ORDER BY k.name, i.at LIMIT 20", q{\(\(k\.id = i\.kind\)\)\) ORDER BY k\.name, i\.at', NULL});
is_served('without LIMIT', "SELECT i.id, i.at $join WHERE k.name = 'k7' AND i.at < 500 ORDER BY i.at", q{WHERE \(k\.name = \$1\) ORDER BY i\.at', NULL});
is_served('LATERAL', "SELECT n.name, x.* FROM (VALUES ('k7'), ('k8')) n (name), LATERAL (SELECT i.id $join WHERE k.name = n.name ORDER BY i.at LIMIT 300) x",
	q{WHERE \(k\.name = \$1\) ORDER BY i\.at', NULL});
is_served('a CTE', "WITH page AS MATERIALIZED (SELECT i.id, k.name $join ORDER BY k.family, i.at LIMIT 10) SELECT * FROM page ORDER BY name", q{ORDER BY k\.family, i\.at', 10000});
is_served('UNION ALL', "(SELECT i.id $join ORDER BY k.family, i.at LIMIT 5) UNION ALL (SELECT i.id $join ORDER BY k.family, i.at LIMIT 5 OFFSET 5)",
	q{ORDER BY k\.family, i\.at', 10000});
is_served('a chain of LEFT JOINs', 'SELECT t.item FROM tag t LEFT JOIN item i ON i.id = t.item LEFT JOIN kind k ON k.id = i.kind ORDER BY t.name, k.family LIMIT 5',
	q{FROM \(\(public\.tag t LEFT JOIN public\.item i ON \(\(i\.id = t\.item\)\)\) LEFT JOIN public\.kind k ON \(\(k\.id = i\.kind\)\)\) ORDER BY t\.name, k\.family', 10000});
is_served('a join with a name', 'SELECT j.a FROM (tag t LEFT JOIN item h ON h.id = t.item) AS j (a, b) JOIN item i ON i.id = j.a ORDER BY j.b, i.place LIMIT 5',
	q{FROM \(public\.tag t JOIN public\.item i ON \(\(i\.id = t\.item\)\)\) ORDER BY t\.name, i\.place', 10000});
is($node->safe_psql('postgres', q{SELECT bool_and(note ~ 'no ordering: the one that it would need could not be written$') FROM bingo_tune.advise($$SELECT i.id FROM item i
	LEFT JOIN kind k ON k.id = i.kind AND k.name = $1 WHERE i.at = $2 ORDER BY k.family, i.id LIMIT 5$$)}), 't', 'what is written and then no SQL is no error');
is(advice('command', "SELECT i.id $join WHERE i.place > 1 ORDER BY k.family, i.at"), '', 'not all rows');
is(advice('command', "SELECT k.family, max(i.at) $join GROUP BY 1 ORDER BY 2 LIMIT 10"), '', 'not by what is counted');

# An index leaves a part, and the ordering next to nothing: which indexes alone would leave is said.
my $part = "SELECT i.id, i.at $join WHERE k.name = 'k7' AND i.at BETWEEN 1000 AND 9000 ORDER BY i.at";
like(advice('kind, reason', $part), qr/^ordering\|.*; with indexes alone a call would take about [\d.]+ ms$/, 'an ordering alone, where an index would help some');

# Of several statements: one ordering for those that differ in columns, or in the end of their order.
sub run
{
	$node->safe_psql('postgres', join(";\n", 'SELECT bingo_tune.reset_timing()', @_));
	return;
}
run("SELECT i.id, k.name $join ORDER BY k.family, i.at LIMIT 10", "SELECT i.place $join ORDER BY k.family, i.at, i.id LIMIT 6000",
	"SELECT min(k.family), 'x' IS NULL $join", "SELECT i.id, i.rest $join WHERE i.id = 7 ORDER BY k.family, i.at LIMIT 10");
my ($shared) = split /\n/, $node->safe_psql('postgres', "SELECT command, array_length(serves, 1) FROM bingo_tune.advise(min_share => 0) WHERE command LIKE '%create_ordering%'");
is($shared, q{SELECT bingo_tune.create_ordering('kind_by_family', 'SELECT k.family, i.at, i.id, i.place, k.name FROM (public.item i JOIN public.kind k ON ((k.id = i.kind))) ORDER BY k.family, i.at, i.id', 18000)|2},
	'one for two, without what is fast anyway')
  or diag(advice('*'));
$node->safe_psql('postgres', $shared =~ s/\|\d+$//r);
like($node->safe_psql('postgres', "EXPLAIN (COSTS OFF) SELECT i.id, k.name $join ORDER BY k.family, i.at LIMIT 10"), qr/BingoOrderedScan/, 'and it serves');
$node->safe_psql('postgres', 'SELECT bingo_tune.drop_ordering(name) FROM bingo_tune.orderings');

# What plans don't use in the end, or gain little by, is not proposed.
$node->safe_psql('postgres', "CREATE TABLE $_ (owner integer, other integer); INSERT INTO $_ SELECT 1 + i % 9, i FROM generate_series(1, 180) AS i; VACUUM ANALYZE $_") foreach qw(mute hide);
is(advice('command', 'SELECT i.id FROM item i WHERE NOT EXISTS (SELECT FROM mute m WHERE m.owner = 3 AND m.other = i.kind)
	AND NOT EXISTS (SELECT FROM hide h WHERE h.owner = 3 AND h.other = i.kind) ORDER BY i.at LIMIT 10'),
	'CREATE INDEX CONCURRENTLY ON public.item USING btree (at)', 'no indexes more for little');
is(advice('command', q{SELECT i.id FROM item i WHERE i.id IN (SELECT t.item FROM tag t WHERE t.name = 'n1') ORDER BY i.at LIMIT 50}),
	'CREATE INDEX CONCURRENTLY ON public.item USING btree (at)', 'not what a primary key does, though HypoPG takes its own indexes for cheaper');
is(advice('command', 'SELECT * FROM item WHERE kind = 8 ORDER BY at LIMIT 10'), '', 'not for what is fast');

$node->stop;
done_testing();
