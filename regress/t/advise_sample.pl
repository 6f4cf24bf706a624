# advise(): the sample of an expression's values. Whose code it runs, whom it asks, and how much of it there is.
#
# Seen red with: no question of trust about the sample, or about that of the caller's own text alone; a foreign partition looked at; what is
# raised passed on; the sample timed; a hundred rows at once from the beginning; no end to slow rows; statistics of three rows of many.
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
CREATE TABLE item (id integer NOT NULL, at integer NOT NULL, name text NOT NULL);
INSERT INTO item SELECT i, i * 7919 % 20011, 'N' || i % 100 FROM generate_series(1, 20000) AS i;
CREATE SEQUENCE calls;
GRANT ALL ON SEQUENCE calls TO PUBLIC;
CREATE ROLE stranger;
CREATE ROLE reader;
CREATE ROLE keeper;
CREATE SCHEMA strange AUTHORIZATION stranger;
GRANT USAGE ON SCHEMA strange TO PUBLIC;
GRANT SELECT ON item TO stranger, reader, keeper;
SET ROLE stranger;
CREATE TABLE strange.item AS TABLE item;
CREATE FUNCTION strange.allow(text) RETURNS boolean LANGUAGE plpgsql COST 1 AS $$ BEGIN PERFORM nextval('public.calls'); RETURN true; END $$;
CREATE FUNCTION strange.norm(text) RETURNS text IMMUTABLE LANGUAGE plpgsql COST 1 AS $$ BEGIN PERFORM nextval('public.calls'); RETURN lower($1); END $$;
CREATE VIEW strange.items AS SELECT * FROM strange.item;
CREATE VIEW strange.normed AS SELECT id, at, strange.norm(name) AS name FROM strange.item;
GRANT SELECT ON strange.item, strange.items, strange.normed TO reader, keeper;
CREATE POLICY allow ON strange.item TO reader, keeper USING (strange.allow(name));
RESET ROLE;
VACUUM ANALYZE;
SQL

sub sql
{
	return $node->safe_psql('postgres', "SET client_min_messages = warning; $_[0]");
}

# How often functions were called by advise() of a query, as a role, or for what ran if there is no query.
sub calls
{
	my ($query, $role) = @_;

	sql(q{SELECT setval('calls', 1, false)});
	sql('SET ROLE ' . ($role // 'postgres') . '; SELECT count(*) FROM bingo_tune.advise(' . ($query ? "\$\$$query\$\$" : 'min_share => 0') . ')');
	return sql(q{SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM calls});
}

# The policy is for who reads the table himself; who has the view never met it, until the table is sampled for him.
my $seen = q{SELECT * FROM strange.items WHERE lower(name) = 'n1'};
sql("SELECT bingo_tune.reset_timing(); SET ROLE reader; $seen");
sql('ALTER TABLE strange.item ENABLE ROW LEVEL SECURITY');
is(sql("SELECT bool_or(statement ~ 'strange.items') FROM bingo_tune.advise(min_share => 0)"), 't', 'the statement is advised');
is(calls(), '0', "nobody's policy runs as who used a view");
is(calls($seen, 'keeper'), '0', 'nor as the caller');
sql('ALTER TABLE strange.item DISABLE ROW LEVEL SECURITY');

# To plan a view is not to compute what it has.
my $normed = q{SELECT * FROM strange.normed WHERE name = 'n1'};
is(calls($normed), '0', "no function of a view's owner runs for a superuser");
is(calls($normed, 'keeper'), '0', 'nor for anybody else');
cmp_ok(calls($normed, 'stranger'), '>=', 100, 'but for himself');

# Another server is not asked.
my ($host, $port) = ($node->host, $node->port);
sql(<<"SQL");
CREATE EXTENSION postgres_fdw;
CREATE SERVER other FOREIGN DATA WRAPPER postgres_fdw OPTIONS (dbname 'postgres', host '$host', port '$port');
CREATE USER MAPPING FOR CURRENT_USER SERVER other;
CREATE TABLE part (id integer, name text) PARTITION BY RANGE (id);
CREATE TABLE part_1 PARTITION OF part FOR VALUES FROM (0) TO (10000);
CREATE FOREIGN TABLE part_2 PARTITION OF part FOR VALUES FROM (10000) TO (90000) SERVER other OPTIONS (table_name 'item');
INSERT INTO part SELECT id, name FROM item WHERE id < 10000;
ANALYZE part_1;
SQL
is($node->safe_psql('postgres', q{SELECT count(*) FROM bingo_tune.advise('SELECT * FROM part WHERE lower(name) = ''n1'' AND id < 10000');
	SELECT count(*) FROM pg_stat_activity WHERE application_name = 'postgres_fdw'}), "2\n0", 'no foreign partition is looked at');

# Nobody hears what is raised, and it is no statement of the workload's.
my (undef, undef, $words) = $node->psql('postgres', q{CREATE TABLE long AS SELECT i, repeat('x', 3000) AS body FROM generate_series(1, 10) AS i; ANALYZE long;
	SET bingo_tune.track = 'all'; SELECT bingo_tune.reset_timing(); SELECT bingo_tune.advise('SELECT * FROM long WHERE to_tsvector(''english'', body) @@ ''a''')});
is($words, '', 'no word of what is raised');
is(sql(q{SELECT count(*) FROM bingo_tune.query_examples WHERE statement ~ 'TABLESAMPLE'}), '0', 'it is not timed');

# Values of megabytes are few, and say nothing then: the planner's guess is what is reckoned with.
sql(q{CREATE FUNCTION large(integer) RETURNS text IMMUTABLE LANGUAGE plpgsql COST 1 AS $$ BEGIN PERFORM nextval('public.calls'); RETURN repeat('x', 6000000); END $$});
my $large = q{SELECT * FROM item WHERE large(at) = 'x' ORDER BY name};
is(calls($large), '3', 'large values');
my ($plan) = split /\n/, $node->safe_psql('postgres', "EXPLAIN $large");
is($node->safe_psql('postgres', "SELECT cost_before FROM bingo_tune.advise(\$\$$large\$\$, max_rows => 1)") + 0, $plan =~ /\.\.([\d.]+) / ? $1 + 0 : undef, 'of which nothing is known');

# Slow ones have an end: one of them takes longer than all may.
sql(q{CREATE FUNCTION slow(integer) RETURNS integer IMMUTABLE LANGUAGE plpgsql COST 1 AS $$ BEGIN
	IF nextval('public.calls') = 150 THEN PERFORM pg_sleep(1.1); END IF; RETURN $1; END $$});
cmp_ok(calls('SELECT * FROM item WHERE slow(at) = 1'), '<=', 227, 'slow rows');

$node->stop;
done_testing();
