# apply_advice(): makes what advise() says, for whom, and revert(), index_report and DROP
# EXTENSION know it.
#
# Seen red with: no check of the owner; no second look after waiting for the lock; orderings not marked;
# indexes of partitioned tables not listed; index_summary that ends before it says what for.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use TunedNode;

my $node = start_node('main', "fsync = off\njit = off\nautovacuum = off\nmax_parallel_workers_per_gather = 0\n");
need_hypopg();

$node->safe_psql('postgres', <<'SQL');
SET client_min_messages = warning;
CREATE EXTENSION bingo_tune CASCADE;
CREATE EXTENSION hypopg;
CREATE ROLE shop LOGIN;
CREATE ROLE other LOGIN;
CREATE SCHEMA "my shop" AUTHORIZATION shop;
GRANT USAGE ON SCHEMA "my shop" TO other;
SQL
$node->safe_psql('postgres', <<'SQL', extra_params => [ '-U', 'shop' ]);
SET search_path = "my shop";
CREATE TABLE kind (id integer PRIMARY KEY, name text NOT NULL);
INSERT INTO kind SELECT i, md5(i::text) FROM generate_series(1, 5000) AS i;
CREATE TABLE "Item" (id integer PRIMARY KEY, "Kind" integer NOT NULL, at integer NOT NULL, old boolean NOT NULL);
INSERT INTO "Item" SELECT i, 1 + i * 7 % 5000, i, i % 100 <> 0 FROM generate_series(1, 50000) AS i;
CREATE TABLE part (id integer, at date) PARTITION BY RANGE (at);
CREATE TABLE part_1 PARTITION OF part FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');
CREATE TABLE part_2 PARTITION OF part FOR VALUES FROM ('2021-01-01') TO ('2022-01-01');
INSERT INTO part SELECT i, date '2020-01-01' + i % 700 FROM generate_series(1, 100000) AS i;
VACUUM ANALYZE kind, "Item", part;
GRANT SELECT ON ALL TABLES IN SCHEMA "my shop" TO other;
SQL

sub as
{
	my ($role, $sql) = @_;
	return $node->safe_psql('postgres', "SET search_path = \"my shop\", public; $sql", extra_params => [ '-U', $role ]);
}

# Each error names its SQLSTATE.
sub fails
{
	my ($name, $role, $sqlstate, $message, $sql) = @_;
	my ($status, undef, $stderr) = $node->psql('postgres', "\\set VERBOSITY verbose\nSET search_path = \"my shop\", public; $sql", extra_params => [ '-U', $role ]);
	like($stderr, qr/ERROR:  $sqlstate: $message/, $name);
	return $stderr;
}

my $find = q{SELECT * FROM "Item" WHERE "Kind" = 7 AND NOT old};
my $indexes = q{SELECT indexdef FROM pg_indexes WHERE schemaname = 'my shop' AND indexname !~ 'pkey' ORDER BY indexdef};
my $report = q{SELECT table_name, index_name, status, reason, size > 0 FROM bingo_tune.index_report WHERE status = 'advised' ORDER BY index_name::text COLLATE "C"};

# One of a query.
fails('only its owner', 'other', '42501', 'must be owner of table "my shop"\."Item"', "SELECT bingo_tune.apply_advice(1, '$find')");
is($node->safe_psql('postgres', $indexes), '', 'nothing is left behind');
fails('no such rank', 'shop', '22023', 'there is no advice of rank 2', "SELECT bingo_tune.apply_advice(2, '$find')");
fails('no rank below', 'shop', '22023', 'there is no advice of rank -1', "SELECT bingo_tune.apply_advice(-1, '$find')");
fails('read-only', 'shop', '25006', 'cannot execute bingo_tune\.apply_advice\(\) in a read-only', "SET default_transaction_read_only = on; SELECT bingo_tune.apply_advice(1, '$find')");
like(fails('nothing to make', 'shop', '22023', 'advice of rank 1 is only said', q{SELECT bingo_tune.apply_advice(1, 'SELECT sum(at) FROM "Item"')}), qr/it has no condition/, 'and why');
is(as('shop', "SELECT * FROM bingo_tune.apply_advice(1, '$find')"), q{"Item"|"Item_bingo"|created|"Kind" (equality), only where (NOT old)}, 'one');
is($node->safe_psql('postgres', $indexes), q{CREATE INDEX "Item_bingo" ON "my shop"."Item" USING btree ("Kind") WHERE (NOT old)}, 'it is there');
is(as('shop', "SELECT * FROM bingo_tune.apply_advice(0, '$find')"), '', 'and not made again');
is(as('shop', $report), q{"Item"|"Item_bingo"|advised|serves advised statements: "Kind" (equality), only where (NOT old)|t}, 'index_report');
is(as('shop', q{SELECT reason FROM bingo_tune.index_summary WHERE index_name = '"Item_bingo"'}), '"Kind" (equality), only wher', 'index_summary: what for')
  or diag(as('shop', 'SELECT * FROM bingo_tune.index_summary'));
is($node->safe_psql('postgres', q{SELECT tables, answers FROM bingo_tune.data_sizes()}), '0|0', "which is no table of the application's");
is(as('shop', 'SELECT * FROM bingo_tune.revert()'), q{"Item"|"my shop"."Item_bingo"}, 'revert()');
is($node->safe_psql('postgres', $indexes), '', 'it is gone');

# All that runs: a partitioned table, an ordering; a name that is taken.
$node->safe_psql('postgres', 'SELECT bingo_tune.reset_timing()');
as('shop', 'CREATE TABLE part_bingo AS SELECT 1 AS x');
my $page = q{SELECT i.id, k.name FROM "Item" i JOIN kind k ON k.id = i."Kind" ORDER BY i.old DESC, k.name LIMIT 10};
as('shop', 'SELECT * FROM part WHERE id = 5; CREATE INDEX by_kind ON "Item" ("Kind"); CREATE INDEX by_name ON kind (name)');
as('shop', $page);
is(as('shop', 'SELECT * FROM bingo_tune.apply_advice(min_share => 0) ORDER BY serves DESC'), qq{"Item"||created|ordering Item_by_old\npart|part_bingo1|created|id (equality)}, 'all')
  or diag(as('shop', 'SELECT kind, command, reason, note, calls FROM bingo_tune.advise(min_share => 0)'));
is(as('shop', "SELECT served FROM bingo_tune.explain_ordering(\$\$$page\$\$)"), 't', 'the ordering serves');
is(as('shop', $report), "part|part_bingo1|advised|serves advised statements: id (equality)|f", 'index_report');
fails('others may not revert it', 'other', '42501', 'must be owner of table', 'SELECT bingo_tune.revert()');

# What others mark so is in nobody's way.
$node->safe_psql('postgres', 'CREATE SCHEMA o AUTHORIZATION other');
as('other', 'CREATE TABLE o.t (id integer PRIMARY KEY); CREATE INDEX o ON o.t (id); ALTER INDEX o.o DEPENDS ON EXTENSION bingo_tune');
as('other', q{COMMENT ON INDEX o.o IS 'bingo_tune: serves advised statements: none'});
as('other', q{SELECT bingo_tune.create_ordering('o', 'SELECT id FROM o.t ORDER BY id')});
my ($server) = $node->safe_psql('postgres', q{SELECT quote_ident(srvname) FROM pg_foreign_server WHERE srvtype = 'ordering' AND srvowner = 'other'::regrole});
as('other', "COMMENT ON SERVER $server IS 'bingo_tune: serves advised statements: none'");
is(as('shop', 'SET client_min_messages = warning; BEGIN; SELECT count(*) FROM bingo_tune.revert(); ROLLBACK'), '2', "others' marks") or diag($server);
as('other', "SELECT bingo_tune.revert()");

# A dump has it.
$node->safe_psql('postgres', 'CREATE DATABASE again');
my $dump = $node->basedir . '/dump.sql';
$node->command_ok([ 'pg_dump', '-f', $dump, 'postgres' ], 'dump');
$node->command_ok([ 'psql', '-X', '-q', '-o', '/dev/null', '-f', $dump, 'again' ], 'restore');
is($node->safe_psql('again', $report), qq{"my shop".part|"my shop".part_bingo1|advised|serves advised statements: id (equality)|f}, 'index_report there');
is($node->safe_psql('again', 'SELECT index_name FROM bingo_tune.revert() ORDER BY 1'), qq{"my shop".part_bingo1\nordering Item_by_old}, 'and revert()');
is(as('shop', 'SELECT * FROM bingo_tune.revert() ORDER BY index_name'), qq{part|"my shop".part_bingo1\n"Item"|ordering Item_by_old}, 'revert() all');
is($node->safe_psql('postgres', 'SELECT count(*) FROM bingo_tune.orderings'), '0', 'the ordering is gone');
is($node->safe_psql('postgres', q{SELECT indexdef FROM pg_indexes WHERE schemaname = 'my shop' AND indexname !~ 'pkey' ORDER BY indexname}),
	qq{CREATE INDEX by_kind ON "my shop"."Item" USING btree ("Kind")\nCREATE INDEX by_name ON "my shop".kind USING btree (name)}, "the user's are not");

# Names mean what they meant in the statement.
$node->safe_psql('postgres', q{CREATE SCHEMA evil; CREATE FUNCTION evil.lower(text) RETURNS text IMMUTABLE LANGUAGE sql RETURN $1});
is($node->safe_psql('postgres', q{SET search_path = evil, pg_catalog; SELECT action FROM bingo_tune.apply_advice(1, 'SELECT * FROM "my shop".kind WHERE pg_catalog.lower(name) = $1')}),
	"created\nanalyzed", 'an expression');
is($node->safe_psql('postgres', q{SELECT indexdef FROM pg_indexes WHERE indexname = 'kind_bingo'}), 'CREATE INDEX kind_bingo ON "my shop".kind USING btree (lower(name))', 'which is what was asked');

# Two at once: the second waits, and finds it.
my $first = $node->background_psql('postgres');
$first->query_safe('BEGIN');
$first->query_safe("SELECT * FROM bingo_tune.apply_advice(1, 'SELECT * FROM \"my shop\".part WHERE id = 5')");
my $second = $node->background_psql('postgres');
$second->query_until(qr/start/, "\\echo start\nSELECT action, index_name FROM bingo_tune.apply_advice(1, 'SELECT * FROM \"my shop\".part WHERE id = 5');\n");
$node->poll_query_until('postgres', q{SELECT count(*) = 1 FROM pg_locks WHERE NOT granted AND mode = 'ShareRowExclusiveLock'});
$first->query_safe('COMMIT');
$first->quit;
is($second->query_safe('SELECT 1'), "found|\n1", 'the second finds it');
$second->quit;

# DROP EXTENSION drops it.
$node->safe_psql('postgres', 'DROP EXTENSION bingo_tune');
is($node->safe_psql('postgres', q{SELECT count(*) FROM pg_class WHERE relname LIKE 'part%bingo1' OR relname LIKE 'part%id_idx'}), '0', 'DROP EXTENSION');

$node->stop;
done_testing();
