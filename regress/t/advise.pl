# advise() for one statement: which index, or ordering, it finds for which shape of query;
# and what it refuses, for whom.
#
# Seen red with: directions never turned round; existing indexes not looked at; row
# security's conditions left out; the session's hypothetical indexes not put back; no partial
# indexes; columns included for one row, and however wide; the cast that an operator asks for left out; expressions and predicates numbered
# for a query's first table alone; what helps once another index is there not looked at again; nothing for what
# is joined with no table; temporary tables not told; errors that point into the statement that asks;
# candidates not tried with all columns where none helps; those not asked for a quarter.
use strict;
use warnings;

use PostgreSQL::Test::Utils;
use Test::More;
use TunedNode;

my $node = start_node('main', "fsync = off\njit = off\nmax_parallel_workers_per_gather = 0\n");
need_hypopg();

$node->safe_psql('postgres', 'CREATE EXTENSION bingo_tune CASCADE');

# Each error names its SQLSTATE.
sub fails
{
	my ($name, $sqlstate, $message, $sql) = @_;
	my ($status, undef, $stderr) = $node->psql('postgres', "\\set VERBOSITY verbose\n$sql");
	like($stderr, qr/ERROR:  $sqlstate: $message/, $name);
	return $stderr;
}

like(fails('without hypopg', '55000', 'advise\(\) needs the extension hypopg', "SELECT bingo_tune.advise('SELECT 1')"),
	qr/HINT:  As a superuser, type: CREATE EXTENSION hypopg/, 'the hint is the command');

$node->safe_psql('postgres', <<'SQL');
CREATE SCHEMA tools;
CREATE EXTENSION hypopg SCHEMA tools;
CREATE TABLE customer (id integer PRIMARY KEY, name text NOT NULL, country integer NOT NULL);
INSERT INTO customer SELECT i, md5(i::text), i % 50 FROM generate_series(1, 5000) AS i;
CREATE TABLE orders (id integer, customer_id integer NOT NULL, placed timestamptz NOT NULL, paid timestamptz, status text,
	deleted boolean NOT NULL, email text, code varchar(20) COLLATE "en-x-icu", total numeric);
INSERT INTO orders SELECT i, 1 + i * 7 % 5000, timestamptz '2020-01-01 UTC' + i * interval '7 min', NULL,
	CASE WHEN i % 1000 = 0 THEN 'open' ELSE 'closed' END, i % 500 <> 0, 'User' || i || '@example.org', 'c' || i * 13 % 100000, i % 777
	FROM generate_series(1, 100000) AS i;
UPDATE orders SET paid = placed WHERE id % 300 <> 0;
CREATE SCHEMA "Other; schema";
CREATE TABLE "Other; schema"."Table ""x""" ("A b" integer, "select" text);
INSERT INTO "Other; schema"."Table ""x""" SELECT i, 's' || i FROM generate_series(1, 50000) AS i;
CREATE TABLE part (id integer, at date, rare integer) PARTITION BY RANGE (at);
CREATE TABLE part_1 PARTITION OF part FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');
CREATE TABLE part_2 PARTITION OF part FOR VALUES FROM ('2021-01-01') TO ('2022-01-01');
INSERT INTO part SELECT i, date '2020-01-01' + i % 700, CASE WHEN i % 1000 = 0 THEN i END FROM generate_series(1, 100000) AS i;
CREATE VIEW live AS SELECT o.id AS number, o.placed AS since, c.name AS who FROM orders o JOIN customer c ON c.id = o.customer_id;
VACUUM ANALYZE;
CREATE TABLE unseen WITH (autovacuum_enabled = off) AS SELECT i % 500 AS kind, i AS a FROM generate_series(1, 100000) AS i;
CREATE TABLE wide AS SELECT i % 500 AS kind, repeat(md5(i::text), 3) AS email FROM generate_series(1, 100000) AS i;
VACUUM ANALYZE wide;
ANALYZE unseen;
CREATE TABLE spread AS SELECT i % 20 AS kind, i % 7 AS part, i AS a, repeat('x', 200) AS rest FROM generate_series(1, 100000) AS i;
VACUUM ANALYZE spread;
CREATE TABLE unknown (id integer, at timestamptz);
ALTER TABLE unknown SET (autovacuum_enabled = off);
INSERT INTO unknown SELECT i, now() FROM generate_series(1, 50000) AS i;
SQL

sub advice
{
	my ($query, $columns) = @_;
	$columns //= "replace(command, 'CREATE INDEX CONCURRENTLY ON public.', '')";
	return $node->safe_psql('postgres', "SELECT $columns FROM bingo_tune.advise(\$query\$$query\$query\$) ORDER BY rank");
}

# Query and the commands for it, without what all have.
my @shapes = (
	[ 'one equality', 'SELECT * FROM orders WHERE id = 5', 'orders USING btree (id)' ],
	[ 'a parameter', 'SELECT * FROM orders WHERE id = $1', 'orders USING btree (id)' ],
	[ 'a list of values', 'UPDATE orders SET total = 3 WHERE id IN (1, 2, 3)', 'orders USING btree (id)' ],
	[ 'a range', 'DELETE FROM orders WHERE id BETWEEN 10 AND 20', 'orders USING btree (id)' ],
	[ 'an order', 'SELECT * FROM orders ORDER BY placed LIMIT 10', 'orders USING btree (placed)' ],
	[ 'an order backward', 'SELECT * FROM orders ORDER BY placed DESC LIMIT 10', 'orders USING btree (placed)' ],
	[ 'equality and order', 'SELECT * FROM orders WHERE customer_id = $1 ORDER BY placed DESC LIMIT 10', 'orders USING btree (customer_id, placed)' ],
	[ 'directions', 'SELECT * FROM orders WHERE customer_id > 0 ORDER BY status, placed DESC LIMIT 10', 'orders USING btree (status, placed DESC)' ],
	[ 'NULLS', 'SELECT * FROM orders ORDER BY paid DESC NULLS LAST LIMIT 10', 'orders USING btree (paid DESC NULLS LAST)' ],
	[ 'a flag', 'SELECT * FROM orders WHERE NOT deleted ORDER BY placed LIMIT 10', 'orders USING btree (placed) WHERE (NOT deleted)' ],
	[ 'a flag, spelled otherwise', 'SELECT * FROM orders WHERE deleted = false ORDER BY placed LIMIT 10', 'orders USING btree (placed) WHERE (NOT deleted)' ],
	[ 'IS NULL', 'SELECT * FROM orders WHERE paid IS NULL AND customer_id = 8', 'orders USING btree (customer_id) WHERE (paid IS NULL)' ],
	[ 'an expression', 'SELECT * FROM orders WHERE lower(email) = $1', "orders USING btree ((lower(email)))\nANALYZE public.orders" ],
	[ 'a cast that an operator asks for', 'SELECT * FROM orders WHERE id = 5.0', "orders USING btree (((id)::numeric))\nANALYZE public.orders" ],
	[ 'a cast that is written', q{SELECT * FROM orders WHERE (code::text || email) = 'x'}, "orders USING btree ((((code)::text || email)))\nANALYZE public.orders" ],
	[ 'the other table of a join', q{SELECT o.* FROM customer c JOIN orders o ON o.customer_id = c.id WHERE c.name = 'x'}, "orders USING btree (customer_id)\ncustomer USING btree (name, id)" ],
	[ 'written the other way', q{SELECT o.* FROM orders o, customer c WHERE c.id = o.customer_id AND c.name = 'x'}, "orders USING btree (customer_id)\ncustomer USING btree (name, id)" ],
	[ 'a flag of the second table', 'SELECT o.id FROM customer c JOIN orders o ON o.customer_id = c.id WHERE NOT o.deleted AND o.total = 5', 'orders USING btree (total) WHERE (NOT deleted)' ],
	[ 'an expression of the second table', q{SELECT o.* FROM customer c JOIN orders o ON o.customer_id = c.id WHERE lower(o.email) = 'x'}, "orders USING btree ((lower(email)))\nANALYZE public.orders" ],
	[ 'a flag of a partitioned table', 'SELECT * FROM part WHERE rare IS NOT NULL AND id < 50000', 'CREATE INDEX ON public.part USING btree (id) WHERE (rare IS NOT NULL)' ],
	[ 'an expression of a partitioned table', 'SELECT * FROM part WHERE id % 1000 = 5 FOR UPDATE', "CREATE INDEX ON public.part USING btree (((id % 1000)))\nANALYZE public.part" ],
	[ 'IN (SELECT ...)', q{SELECT * FROM orders WHERE customer_id IN (SELECT id FROM customer WHERE name = 'x')}, "orders USING btree (customer_id)\ncustomer USING btree (name, id)" ],
	[ 'a correlated subquery', q{SELECT name, (SELECT max(placed) FROM orders o WHERE o.customer_id = c.id) FROM customer c WHERE id < 50}, 'orders USING btree (customer_id, placed)' ],
	[ 'the greatest', 'SELECT max(placed) FROM orders', 'orders USING btree (placed)' ],
	[ 'a beginning', q{SELECT * FROM orders WHERE email LIKE 'User77%' AND total > 5}, 'orders USING btree (email text_pattern_ops)' ],
	[ 'a collation', q{SELECT * FROM orders ORDER BY code COLLATE "C" LIMIT 5}, 'orders USING btree (code COLLATE pg_catalog."C")' ],
	[ 'a view', 'SELECT * FROM live WHERE number = 6', 'orders USING btree (id)' ],
	[ 'PREPARE', 'PREPARE p AS SELECT * FROM orders WHERE id = 5', 'orders USING btree (id)' ],
	[ 'names that need quotes', 'SELECT * FROM "Other; schema"."Table ""x""" WHERE "A b" = 3',
		'CREATE INDEX CONCURRENTLY ON "Other; schema"."Table ""x""" USING btree ("A b")' ],
	[ 'a partitioned table', 'SELECT * FROM part WHERE id = 5', 'CREATE INDEX ON public.part USING btree (id)' ],
);
foreach my $shape (@shapes)
{
	my ($name, $query, $expected) = @$shape;
	is(advice($query), $expected, $name);
}

is(advice(q{SELECT * FROM orders WHERE email = 'x' OR id = 4}), "orders USING btree (email)\norders USING btree (id)", 'OR takes two')
  or diag(advice(q{SELECT * FROM orders WHERE email = 'x' OR id = 4}));
# What a key is joined with need be no table.
$node->safe_psql('postgres', q{CREATE EXTENSION postgres_fdw; CREATE SERVER elsewhere FOREIGN DATA WRAPPER postgres_fdw; CREATE USER MAPPING FOR public SERVER elsewhere;
	CREATE FOREIGN TABLE far (id integer, total numeric) SERVER elsewhere});
is(advice('SELECT o.* FROM far f JOIN orders o ON o.id = f.id WHERE f.total = 7'), 'orders USING btree (id)', 'a foreign table');
is(advice('SELECT * FROM far WHERE id = 7', 'kind'), 'nothing', 'which has no index itself');
is(advice('SELECT o.* FROM generate_series(1, 5) AS g (i) JOIN orders o ON g.i = o.id'), 'orders USING btree (id)', 'a function');
is(advice('SELECT o.* FROM (SELECT max(id) AS last FROM customer) c, orders o WHERE o.id = c.last'), 'orders USING btree (id)', 'a subquery');
like($node->safe_psql('postgres', q{CREATE TEMP TABLE own AS SELECT i AS id FROM generate_series(1, 50000) AS i; ANALYZE own; SELECT command, note FROM bingo_tune.advise('SELECT * FROM own WHERE id = 5')}),
	qr/^CREATE INDEX CONCURRENTLY ON pg_temp_\d+\.own USING btree \(id\)\|the table is temporary, and so is its index/, 'a temporary table');

is(advice('SELECT sum(id) FROM orders', 'kind, command, reason'), 'nothing||it has no condition, join or order that an index could help', 'nothing, and why');
is(advice('SELECT * FROM customer WHERE id = 7', 'kind, command, reason'), 'nothing||the indexes that could help it are there', 'what is there is not doubled');
like(advice('SELECT * FROM unknown WHERE id = 7', 'kind, note'), qr/^index\|the table has no statistics: type ANALYZE public\.unknown/, 'no statistics');
like(advice('SELECT * FROM part WHERE id = 7', 'note'), qr/^keeps writers out while it is built/, 'partitioned: not concurrently');
is($node->safe_psql('postgres', q{SELECT count(*) FROM bingo_tune.advise('SELECT * FROM orders WHERE id = 5', budget => 1000) WHERE kind = 'index'}), '0', 'over the budget');

# Columns behind the keys, so that the table need not be visited: where that is worth their bytes.
is(advice('SELECT sum(total) FROM orders WHERE customer_id = $1'), 'orders USING btree (customer_id) INCLUDE (total)', 'a column that is selected');
is(advice(q{SELECT sum(total) FROM orders WHERE customer_id = $1 AND email <> 'x'}), 'orders USING btree (customer_id) INCLUDE (email, total)', 'and one of a condition');
like(advice('SELECT sum(total) FROM orders WHERE customer_id = $1', 'reason'), qr/^customer_id \(equality\), total \(selected\)$/, 'why');
is(advice('SELECT total FROM orders WHERE id = 5'), 'orders USING btree (id)', 'not for one row');
is(advice('SELECT * FROM orders WHERE customer_id = 5'), 'orders USING btree (customer_id)', 'not for all columns');
is(advice('SELECT sum(length(email)) FROM wide WHERE kind = 5'), 'wide USING btree (kind)', 'not for what is wide');
is(advice('SELECT sum(a) FROM unseen WHERE kind = 5'), 'unseen USING btree (kind)', 'not where pages are not all visible');
is(advice('SELECT total FROM orders WHERE customer_id = $1 FOR UPDATE'), 'orders USING btree (customer_id)', 'not for rows that are locked');
# ... and for these alone, where the rows lie in all pages.
like(advice('SELECT part, sum(a) FROM spread WHERE kind = $1 GROUP BY part'), qr/^spread USING btree \(kind(?:\) INCLUDE \(part, a|, part\) INCLUDE \(a)\)$/, 'columns alone are what helps');
is(advice('SELECT part, sum(length(rest)) FROM spread WHERE kind = $1 GROUP BY part'), '', 'not if they are wide');
is(advice('SELECT part, sum(a) FROM spread WHERE kind < 10 GROUP BY part'), '', 'nor if half of the index is read');

# What is there already.
$node->safe_psql('postgres', 'CREATE INDEX by_customer ON orders (customer_id)');
is(advice('SELECT * FROM orders WHERE customer_id = $1 ORDER BY placed DESC LIMIT 2', 'command, note'),
	'CREATE INDEX CONCURRENTLY ON public.orders USING btree (customer_id, placed)|makes index public.by_customer redundant', 'a longer one');
$node->safe_psql('postgres', 'DROP INDEX by_customer; CREATE INDEX by_both ON orders (customer_id DESC, placed DESC)');
is(advice('SELECT * FROM orders WHERE customer_id = $1', 'kind'), 'nothing', 'the beginning of one');
is(advice('SELECT * FROM orders WHERE customer_id = $1 ORDER BY placed LIMIT 10', 'kind'), 'nothing', 'and backward');
$node->safe_psql('postgres', 'DROP INDEX by_both');

# Nothing is written, and what the session had stays.
is($node->safe_psql('postgres', <<'SQL'), "1\nCREATE INDEX ON public.orders USING btree (status) WHERE (status = 'open'::text)\n1\nt", 'read-only, beside hypothetical indexes of the session');
SET default_transaction_read_only = on;
SET client_min_messages = error;
SELECT count(*) FROM tools.hypopg_create_index('CREATE INDEX ON orders (status)');
SELECT replace(command, ' CONCURRENTLY', '') FROM bingo_tune.advise('SELECT * FROM orders WHERE status = $$open$$ AND total > 9');
SELECT count(*) FROM tools.hypopg();
SELECT tools.hypopg_get_indexdef(indexrelid) LIKE '%(status)' FROM tools.hypopg();
SQL
my (undef, $stdout) = $node->psql('postgres', <<'SQL', on_error_stop => 0);
SELECT count(*) FROM tools.hypopg_create_index('CREATE INDEX ON orders (status)');
SELECT count(*) FROM bingo_tune.advise('SELECT * FROM orders WHERE nothing = 5');
SELECT count(*) FROM tools.hypopg();
SQL
is($stdout, "1\n1", 'also when it fails');

# An ordering, which then serves.
my $page = 'SELECT o.id, c.name FROM orders o JOIN customer c ON c.id = o.customer_id WHERE o.total > 5 ORDER BY o.status, c.name LIMIT 10';
like(advice($page, "kind || ' ' || note"), qr{^nothing no ordering: table "o" is not joined on a unique key}, 'no ordering without a key');
$node->safe_psql('postgres', 'ALTER TABLE orders ADD PRIMARY KEY (id); CREATE INDEX ON orders (customer_id)');
my ($ordering) = grep { /create_ordering/ } split /\n/, advice($page, 'command');
is($ordering, q{SELECT bingo_tune.create_ordering('orders_by_status', 'SELECT o.status, c.name, o.id, o.total FROM (public.orders o JOIN public.customer c ON ((c.id = o.customer_id))) ORDER BY o.status, c.name', 10000)}, 'an ordering');
$node->safe_psql('postgres', $ordering);
is($node->safe_psql('postgres', "SELECT served FROM bingo_tune.explain_ordering('$page')"), 't', 'which serves');
unlike(advice($page, 'kind'), qr/ordering/, 'and is not proposed again');
my $computed = 'SELECT o.id FROM orders o JOIN customer c ON c.id = o.customer_id ORDER BY upper(o.status), lower(c.name) LIMIT 10';
($ordering) = grep { /create_ordering/ } split /\n/, advice($computed, 'command');
is($ordering, q{SELECT bingo_tune.create_ordering('orders_by_status_2', 'SELECT o.id, o.status, c.name FROM (public.orders o JOIN public.customer c ON ((c.id = o.customer_id))) ORDER BY (upper(o.status)), (lower(c.name))', 10000)}, 'an ordering by expressions');
like(advice('SELECT o.id FROM orders o JOIN customer c ON c.id = o.customer_id ORDER BY random() LIMIT 10', "kind || ' ' || note"),
	qr/^nothing no ordering: it sorts by something else/, 'why not');

# Arguments, and what is no such statement.
fails('a negative budget', '22023', 'budget must not be negative', "SELECT bingo_tune.advise('SELECT 1', budget => -1)");
fails('a syntax error', '42601', 'syntax error', "SELECT bingo_tune.advise('SELEC 1')");
fails('two statements', '0A000', 'the text is not one statement', "SELECT bingo_tune.advise('SELECT 1; SELECT 2')");
fails('a utility statement', '0A000', 'it is no SELECT', "SELECT bingo_tune.advise('VACUUM')");
fails('an unknown table', '42P01', 'relation "nowhere"', "SELECT bingo_tune.advise('SELECT * FROM nowhere')");

foreach my $case ([ 'a syntax error', 'SELECT id FROM orders WHEER id = 1', 'id' ], [ 'an unknown table', 'SELECT * FROM nowhere', 'nowhere' ])
{
	my ($what, $query, $word) = @$case;
	my (undef, undef, $error) = $node->psql('postgres', "SELECT bingo_tune.advise('$query')");
	my $place = length('LINE 1: ') + rindex($query, $word);
	like($error, qr/^LINE 1: \Q$query\E\n {$place}\^\nQUERY:  \Q$query\E$/m, "$what: where it is in the text");
}

# Nothing is executed.
$node->safe_psql('postgres', 'CREATE SEQUENCE counter');
advice(q{SELECT nextval('counter') FROM orders WHERE total = 4}, '*');
advice(q{DELETE FROM orders WHERE total = 4}, '*');
is($node->safe_psql('postgres', 'SELECT is_called, (SELECT count(*) FROM orders) FROM counter'), 'f|100000', 'nothing is executed');

# Who may not read is not told.
$node->safe_psql('postgres', 'CREATE ROLE reader; GRANT USAGE ON SCHEMA tools TO reader; GRANT SELECT ON customer TO reader');
fails('no right to read', '42501', 'permission denied for table orders', "SET ROLE reader; SELECT bingo_tune.advise('SELECT * FROM orders WHERE total = 5')");
is($node->safe_psql('postgres', "SET ROLE reader; SELECT command FROM bingo_tune.advise('SELECT * FROM customer WHERE name = \$1')"),
	'CREATE INDEX CONCURRENTLY ON public.customer USING btree (name)', 'a right to read is enough');

# Row security: the policy's condition is part of the query.
$node->safe_psql('postgres', 'ALTER TABLE customer ENABLE ROW LEVEL SECURITY; CREATE POLICY own ON customer USING (country = 7)');
is($node->safe_psql('postgres', "SET ROLE reader; SELECT command FROM bingo_tune.advise('SELECT * FROM customer ORDER BY name LIMIT 5')"),
	'CREATE INDEX CONCURRENTLY ON public.customer USING btree (name) WHERE (country = 7)', 'row security');
$node->safe_psql('postgres', 'CREATE POLICY more ON orders USING (EXISTS (SELECT FROM customer c WHERE c.id = orders.total));
	ALTER TABLE orders ENABLE ROW LEVEL SECURITY; GRANT SELECT ON orders TO reader');
like($node->safe_psql('postgres', q{SET ROLE reader; SELECT command FROM bingo_tune.advise('SELECT max(placed) FROM orders WHERE customer_id = 7 AND email > $1')}),
	qr/^CREATE INDEX CONCURRENTLY ON public\.orders/, 'with a subquery');

$node->stop;
done_testing();
