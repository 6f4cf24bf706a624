# advise() of counts: index or counter, which counter for several of them, and what becomes of it.
#
# Seen red with: every counter worth it; writers not charged; one counter for whatever number of groups; no sharing;
# sharing in the order of their times; conditions not sorted; what is there not looked at; bounds of ranges
# taken for constants; no match before it is proposed; revert() without counters; one of a thousand rows that was slow once.
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
CREATE ROLE clerk LOGIN;
CREATE SCHEMA "my shop";
CREATE TABLE "my shop"."Order" (id integer PRIMARY KEY, tenant integer NOT NULL, "State" text NOT NULL, buyer integer NOT NULL,
	total numeric NOT NULL, gone timestamptz, draft boolean NOT NULL);
INSERT INTO "my shop"."Order" SELECT i, i % 4, (ARRAY['new', 'sent', 'it''s back'])[1 + i % 3], i % 20000, i % 7,
	CASE WHEN i % 10 = 0 THEN timestamptz '2020-01-01' END, i % 50 = 0 FROM generate_series(1, 200000) AS i;
CREATE TABLE small (id integer PRIMARY KEY, kind integer NOT NULL);
INSERT INTO small SELECT i, i % 5 FROM generate_series(1, 1000) AS i;
CREATE TABLE part (id integer) PARTITION BY RANGE (id);
CREATE TABLE part_1 PARTITION OF part FOR VALUES FROM (0) TO (1000000);
INSERT INTO part SELECT generate_series(1, 100000);
CREATE VIEW kept AS SELECT id AS number, tenant AS owner FROM "my shop"."Order" WHERE gone IS NULL;
VACUUM ANALYZE;
SQL
$node->safe_psql('postgres', q{ALTER DATABASE postgres SET search_path = "my shop", public});

# Of one query, or of what ran since the last time.
sub advice
{
	my ($columns, $query) = @_;
	my $argument = defined $query ? "\$query\$$query\$query\$" : 'min_share => 0';
	return $node->safe_psql('postgres', "SELECT $columns FROM bingo_tune.advise($argument) ORDER BY rank");
}

# The definition that is proposed, its name first; or what is said instead.
sub proposed
{
	my ($query) = @_;
	my $said = advice(q{coalesce(kind || '|' || command, '') || coalesce(kind || ': ' || note, '')}, $query);
	return $said =~ /^counter\|SELECT bingo_tune\.create_counter\('(.*)', '(.*)'\)counter: / ? "$1: $2" =~ s/''/'/gr : $said;
}

sub run
{
	my @queries = @_;
	$node->safe_psql('postgres', join(";\n", 'SELECT bingo_tune.reset_timing()', @queries));
	return;
}

sub answers
{
	my (@queries) = @_;
	return join("\n", map { $node->safe_psql('postgres', $_) } @queries);
}

# --- which one ---

my $from = q{FROM "my shop"."Order"};
my @cases = (
	[ 'SELECT count(*) FROM "Order"', "Order_count: SELECT count(*) $from" ],
	[ 'SELECT count(id) FROM "Order" WHERE tenant = 2', "Order_count_by_tenant: SELECT tenant, count(*) $from GROUP BY tenant" ],
	[ 'SELECT count(*) FROM "Order" WHERE "State" = $1 AND NOT draft AND $2 = tenant AND gone IS NULL',
		qq{Order_count_by_tenant_State: SELECT tenant, "State", count(*) $from WHERE (NOT draft) AND (gone IS NULL) GROUP BY tenant, "State"} ],
	[ 'SELECT count(*) FROM "Order" WHERE tenant IN (1, 2)', "Order_count_by_tenant: SELECT tenant, count(*) $from GROUP BY tenant" ],
	[ q{SELECT "State", count(*) AS n FROM "Order" WHERE tenant = 1 GROUP BY "State" HAVING count(*) > 1 ORDER BY n DESC LIMIT 2},
		qq{Order_count_by_tenant_State: SELECT tenant, "State", count(*) $from GROUP BY tenant, "State"} ],
	[ q{SELECT count(*) FROM "Order" WHERE "State" <> 'it''s back' AND (draft OR gone IS NOT NULL)},
		qq{Order_count: SELECT count(*) $from WHERE ("State" <> 'it''s back'::text) AND (draft OR (gone IS NOT NULL))} ],
	[ 'SELECT count(*) FROM kept WHERE owner = 3', "Order_count_by_tenant: SELECT tenant, count(*) $from WHERE (gone IS NULL) GROUP BY tenant" ],
	[ 'SELECT count(*) FROM (SELECT o.id FROM "Order" o LEFT JOIN small s ON s.id = o.buyer WHERE o.draft) AS page',
		"Order_count: SELECT count(*) $from WHERE draft" ],
	[ 'SELECT count(*) FROM "Order" WHERE total = 3', qr/: no counter: column "total", which has type numeric, can't be a counter's key$/ ],
	[ 'SELECT count(*) FROM "Order" WHERE buyer > 5',
		'nothing: no counter: a condition of it neither compares a column for equality nor is the same in every call' ],
	[ 'SELECT count(*), sum(buyer) FROM "Order"', 'nothing: no counter: it computes something else than counts of rows, by keys, and the keys that it groups by' ],
	[ 'SELECT count(*) FROM "Order" a JOIN small b ON b.id = a.buyer', qr/no counter: it counts what a join, a subquery or a function gives/ ],
	[ 'SELECT count(*) FROM part', 'part_count: SELECT count(*) FROM public.part' ],
	[ 'SELECT sum(buyer) FROM "Order"', '' ],
	# what an index answers at once, and what is small
	[ 'SELECT count(*) FROM "Order" WHERE buyer = 77', qr/^index\|CREATE INDEX [^\n]*no counter: without one a call takes about [\d.]+ ms, from one about 0\.101 ms$/ ],
	[ 'SELECT count(*) FROM small', qr/^nothing: no counter: without one a call takes about 0\.\d+ ms, from one about 0\.101 ms$/ ],
);
foreach my $case (@cases)
{
	my ($query, $expected) = @$case;
	my $said = proposed($query);

	ref $expected ? like($said, $expected, $query) : is($said, $expected, $query);
}

# --- what ran ---

# Constants, keys and the order of conditions don't make another; too many keys do.  What a counter would
# make not much faster is not among what ran: on a busy machine it was slower, and a counter would be right then.
my @counts = (
	'SELECT count(*) FROM "Order" WHERE tenant = 1 AND gone IS NULL AND NOT draft',
	'SELECT count(*) FROM "Order" WHERE NOT draft AND gone IS NULL',
	'SELECT count(*) FROM "Order" WHERE gone IS NULL AND tenant IN (1, 3) AND NOT draft',
	q{SELECT "State", count(*) FROM "Order" WHERE gone IS NULL AND tenant = 3 AND draft = false GROUP BY 1 ORDER BY 1});
my $wide = 'SELECT count(*) FROM (SELECT FROM "Order" WHERE gone IS NULL AND NOT draft GROUP BY buyer) AS x';
my $buyers = 'SELECT buyer, count(*) FROM "Order" WHERE gone IS NULL AND NOT draft GROUP BY buyer ORDER BY 2, 1 LIMIT 3';
my $plain = answers(@counts, $buyers);
run(@counts, $wide);
my $shared = q{SELECT tenant, "State", count(*) FROM "my shop"."Order" WHERE (NOT draft) AND (gone IS NULL) GROUP BY tenant, "State"};
is(advice(q{kind, command, array_length(serves, 1), calls, total_ms > mean_ms, expected_ms < mean_ms, gain > 0 AND gain < total_ms, size IS NULL, write_cost IS NOT NULL, cost_after IS NULL}) =~ s/^nothing.*\n?//gmr,
	qq{counter|SELECT bingo_tune.create_counter('Order_count_by_tenant_State', '$shared')|4|4|t|t|t|t|t|t\n}, 'one for four statements')
  or diag(advice('*'));
like(proposed($buyers), qr/^nothing: no counter: without one a call takes about [\d.]+ ms, from one about \d+\.?\d* ms$/, 'none for what has too many groups');

is($node->safe_psql('postgres', 'SELECT * FROM bingo_tune.apply_advice(min_share => 0)'), '"Order"||created|counter Order_count_by_tenant_State', 'it is made');
is($node->safe_psql('postgres', 'SELECT name, state, table_name FROM bingo_tune.counters'), 'Order_count_by_tenant_State|valid|"Order"', 'and there');
is($node->safe_psql('postgres', join(' UNION ALL ', map { "SELECT bool_or(served) FROM bingo_tune.explain_counter(\$\$$_\$\$)" } @counts)), "t\nt\nt\nt", 'serves all of them');
is(answers(@counts, $buyers), $plain, 'and counts as before');
run(@counts);
unlike(advice('kind'), qr/counter/, 'it is not proposed again');
is($node->safe_psql('postgres', q{SET bingo_tune.enable_counter_scan = off; SELECT note FROM bingo_tune.advise('SELECT count(*) FROM "Order" WHERE gone IS NULL AND NOT draft')}),
	'no counter: counter "Order_count_by_tenant_State" has what it counts', 'nor when it is off');

# revert() drops it, not the user's own.
$node->safe_psql('postgres', q{SELECT bingo_tune.create_counter('mine', 'SELECT count(*) FROM small')});
is($node->safe_psql('postgres', 'SELECT * FROM bingo_tune.revert()'), '"Order"|counter Order_count_by_tenant_State', 'revert()');
is($node->safe_psql('postgres', 'SELECT name FROM bingo_tune.counters'), 'mine', "the user's is left");
like(($node->psql('postgres', q{SET ROLE clerk; SELECT bingo_tune.apply_advice(1, 'SELECT count(*) FROM "my shop"."Order"')}))[2], qr/ERROR:  permission denied/, 'whose table it is not');

# An ordering or counter of that name is there.
$node->safe_psql('postgres', q{SELECT bingo_tune.create_counter('Order_count', 'SELECT count(*) FROM small')});
like(proposed('SELECT count(*) FROM "Order"'), qr/^Order_count_2: /, 'a name that is taken');

# Writers pay.
run('SELECT count(*) FROM "Order"');
is(advice('kind'), 'counter', 'little is written');
$node->safe_psql('postgres', 'SELECT pg_stat_reset()');
write_more_than_gained($node, 'Order', 0.006, 'UPDATE "Order" SET draft = NOT draft');
ok($node->poll_query_until('postgres', q{SELECT count(*) = 0 FROM bingo_tune.advise(min_share => 0) WHERE kind = 'counter'}), 'not where much is written');
like(advice('note'), qr/^no counter: .*, and writers of its tables would pay [\d.e+]+ ms a second$/m, 'why not');

# What was slow, and reads next to nothing by now, or did then: whatever made it slow.
$node->safe_psql('postgres', 'CREATE TABLE shrunk AS SELECT generate_series(1, 400000) AS id; VACUUM ANALYZE shrunk');
run('SELECT count(*) FROM shrunk');
is(advice('kind'), 'counter', 'of many rows');
$node->safe_psql('postgres', 'SET bingo_tune.track = none; TRUNCATE shrunk; INSERT INTO shrunk SELECT generate_series(1, 1000); SELECT pg_stat_reset(); VACUUM ANALYZE shrunk');
is($node->safe_psql('postgres', q{SELECT kind, note FROM bingo_tune.advise(min_share => 0) WHERE note ~ 'no counter' AND mean_ms > 1}), 'nothing|no counter: it reads too few rows for one to be faster', 'of a thousand');

# --- explain_counter() says what would serve, whatever it costs ---

sub explained
{
	my ($query) = @_;
	return $node->safe_psql('postgres', "SELECT * FROM bingo_tune.explain_counter(\$\$$query\$\$)");
}

is(explained('SELECT kind, count(*) FROM small WHERE id = 5 GROUP BY kind'),
	qq{mine|f|it groups by something else than keys of the counter|\n}
	  . qq{Order_count|f|it groups by something else than keys of the counter|\n}
	  . q{|f|this one would have what it counts|SELECT bingo_tune.create_counter('small_count_by_id_kind', 'SELECT id, kind, count(*) FROM public.small GROUP BY id, kind')},
	'none has it');
is(explained('SELECT count(*) FROM small WHERE kind > 2') =~ s/^\w+\|.*\n//gmr,
	'|f|none could serve it: a condition of it neither compares a column for equality nor is the same in every call|', 'none could');
is(explained('SELECT id FROM small') =~ s/^\w+\|.*\n//gmr, '|f|no counter is proposed for what does not count at its topmost level|', 'it does not count');
like(explained('SELECT count(*) FROM small'), qr/^\w+\|t\|\|\n\w+\|f\|another counter is cheaper\|$/, 'it is there');

$node->stop;
done_testing();
