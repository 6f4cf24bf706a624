# advise() for what a server really runs: which statements count, for whom, and what is
# chosen for all of them together.
#
# Seen red with: trust in every function, also in those of indexes; writers not charged; no
# index taken away or shortened in the end; names not compared with the query identifier;
# others' statements shown to everybody; updates within a page forgotten; others' statements
# parsed and planned as the caller; what a table was loaded with once taken for its writers'; whatever is cheaper at all
# built, however fast the statement is; nothing without a share; what came twice without one; what took long before its index was built;
# the time of an INSERT that came once in the total, and a row for it; estimates and times with seventeen digits; the
# statement of another row; views of extensions taken for tables.
#
# What was measured decides between an index and a counter, and how much cheaper is worth it: no statement here counts rows
# that an index should find, and all that is asked for is far from each bound.
use strict;
use warnings;

use PostgreSQL::Test::Utils;
use Test::More;
use TunedNode;

my $node = start_node('main', "fsync = off\njit = off\nmax_parallel_workers_per_gather = 0\nautovacuum = off\n");
need_hypopg();

$node->safe_psql('postgres', <<'SQL');
SET client_min_messages = warning;
CREATE EXTENSION bingo_tune CASCADE;
CREATE EXTENSION hypopg;
CREATE TABLE accounts (aid integer, bid integer, abalance integer);
CREATE TABLE tellers (tid integer, bid integer, tbalance integer);
CREATE TABLE branches (bid integer, bbalance integer, filler text);
CREATE TABLE history (tid integer, bid integer, aid integer, delta integer, mtime timestamp);
INSERT INTO accounts SELECT i, i % 10, 0 FROM generate_series(1, 100000) AS i;
INSERT INTO tellers SELECT i, i % 10, 0 FROM generate_series(1, 10000) AS i;
INSERT INTO branches SELECT i, 0, repeat('x', 1000) FROM generate_series(1, 1000) AS i;
VACUUM ANALYZE;
SQL

# pgbench's transaction, by both protocols; the small tables take a small share.
my $script = $node->basedir . '/transaction.sql';
append_to_file($script, <<'SQL');
\set aid random(1, 100000)
\set bid random(1, 1000)
\set tid random(1, 10000)
\set delta random(-5000, 5000)
BEGIN;
UPDATE accounts SET abalance = abalance + :delta WHERE aid = :aid;
SELECT abalance FROM accounts WHERE aid = :aid;
UPDATE tellers SET tbalance = tbalance + :delta WHERE tid = :tid;
UPDATE branches SET bbalance = bbalance + :delta WHERE bid = :bid;
INSERT INTO history (tid, bid, aid, delta, mtime) VALUES (:tid, :bid, :aid, :delta, CURRENT_TIMESTAMP);
END;
SQL
$node->safe_psql('postgres', 'SELECT bingo_tune.reset_timing()');
$node->command_ok([ qw(pgbench -n -t 40 -M), $_, '-f', $script, 'postgres' ], "pgbench -M $_") foreach qw(simple prepared);
my $commands = $node->safe_psql('postgres', 'SELECT bingo_tune.advise_commands(min_share => 0) AS command ORDER BY command');
is($commands, join("\n", map { "CREATE INDEX CONCURRENTLY ON public.$_" } 'accounts USING btree (aid)', 'branches USING btree (bid)', 'tellers USING btree (tid)'),
	'the three keys, and nothing else');
is($node->safe_psql('postgres', q{SELECT bool_and(array_length(serves, 1) >= 2 AND calls >= 80 AND total_ms > 0 AND cost_after < cost_before
	AND expected_ms < mean_ms AND gain > 0 AND gain < total_ms AND size > 0 AND write_cost >= 0) FROM bingo_tune.advise(min_share => 0) WHERE kind = 'index'}), 't', 'the figures');
is($node->safe_psql('postgres', 'SELECT rank, kind FROM bingo_tune.advise(min_share => 0, max_rows => 2)'), "1|index\n2|index", 'no more rows than asked for');
is($node->safe_psql('postgres', q{SELECT count(*) FROM bingo_tune.advise(min_share => 0, budget => 0) WHERE kind <> 'nothing'}), '0', 'nothing without a budget');
is($node->safe_psql('postgres', q{SELECT command FROM bingo_tune.advise(min_share => 0, budget => (SELECT max(size) - 1 FROM bingo_tune.advise(min_share => 0))) WHERE kind = 'index' ORDER BY command}),
	join("\n", map { "CREATE INDEX CONCURRENTLY ON public.$_" } 'branches USING btree (bid)', 'tellers USING btree (tid)'), 'what the budget allows');
$node->safe_psql('postgres', "$_;") foreach split /\n/, $commands;
$node->safe_psql('postgres', 'SELECT bingo_tune.reset_timing()');
$node->command_ok([ qw(pgbench -n -t 40 -M prepared -f), $script, 'postgres' ], 'pgbench again');
is($node->safe_psql('postgres', 'SELECT count(*) FROM bingo_tune.advise_commands(min_share => 0)'), '0', 'then there is nothing to do');

# pgbench's own tables, without its keys and never analyzed: one branch and ten tellers are in a page, where an index finds nothing faster.
$node->safe_psql('postgres', 'CREATE DATABASE keyless');
$node->command_ok([ qw(pgbench -q -i -I dtg keyless) ], 'pgbench -I dtg');
$node->safe_psql('keyless', 'SET client_min_messages = warning; CREATE EXTENSION bingo_tune CASCADE; CREATE EXTENSION hypopg');
$node->command_ok([ qw(pgbench -n -t 40 keyless) ], 'pgbench, its own script');
is($node->safe_psql('keyless', 'SELECT command FROM bingo_tune.advise() WHERE command IS NOT NULL'), 'CREATE INDEX CONCURRENTLY ON public.pgbench_accounts USING btree (aid)',
	'the key of the large table, and nothing else');

# What whoever looks after the database has asked views of extensions is none of the application's statements.
$node->safe_psql('keyless', 'SELECT count(*) FROM bingo_tune.query_summary; SELECT max(calls) FROM pg_stat_statements; SELECT sum(bid) FROM pgbench_branches');
is($node->safe_psql('keyless', q{SELECT statement FROM bingo_tune.advise(min_share => 0) WHERE statement ~ 'query_summary|max|sum'}), 'SELECT sum(bid) FROM pgbench_branches',
	'views of extensions are not the application\'s');

is($node->safe_psql('keyless', q{SELECT string_agg(f::text, ' ') FROM bingo_tune.advise() AS a, unnest(ARRAY[a.expected_ms, a.gain, a.write_cost]) AS f WHERE length(regexp_replace(f::text, '^0?\.0*|\.|e.*$', '', 'g')) > 6}),
	'', 'no more digits than say something');

# What a table was loaded with hides nothing: three seconds beside a millisecond or so.
$node->safe_psql('postgres', <<'SQL');
SELECT bingo_tune.reset_timing();
INSERT INTO accounts SELECT 100001, 0, 0 FROM pg_sleep(3);
SELECT tid FROM tellers WHERE tbalance = -1;
SQL
is($node->safe_psql('postgres', q{SELECT kind FROM bingo_tune.advise(min_share => 0.5) ORDER BY kind}), 'index', 'a load that came once is in no total, nor in a row');
is($node->safe_psql('postgres', q{SELECT statement, mean_ms::text ~ '\.\d{7}' FROM bingo_tune.advise(min_share => 0.5)}), 'SELECT tid FROM tellers WHERE tbalance = -1|f', 'which statement it is');
is($node->safe_psql('postgres', q{SELECT statement IS NULL FROM bingo_tune.advise('SELECT tid FROM tellers WHERE tbalance = -1')}), 't', '... but not the one that was given');

# One index for several statements.
$node->safe_psql('postgres', <<'SQL');
CREATE TABLE events (id integer, kind integer, place integer, at timestamptz);
INSERT INTO events SELECT i, i % 300, i % 7, timestamptz '2020-01-01 UTC' + i * interval '1 min' FROM generate_series(1, 60000) AS i;
VACUUM ANALYZE events;
SELECT bingo_tune.reset_timing();
SELECT * FROM events WHERE kind = 5;
SELECT id FROM events WHERE kind = 5 ORDER BY at DESC LIMIT 5;
SELECT id FROM events WHERE kind = 8 AND at > '2020-02-01' ORDER BY at LIMIT 3;
SQL
is($node->safe_psql('postgres', q{SELECT command, array_length(serves, 1) FROM bingo_tune.advise(min_share => 0) WHERE kind = 'index'}),
	'CREATE INDEX CONCURRENTLY ON public.events USING btree (kind, at)|3', 'one index serves three');

# However small its share: what comes three times, takes a while and could be faster.  No single one has the whole time.
$node->safe_psql('postgres', q{CREATE TABLE waited AS SELECT i AS a, i AS b, i AS c, repeat('x', 50) AS rest FROM generate_series(1, 200000) AS i; VACUUM ANALYZE waited; SELECT bingo_tune.reset_timing();}
	. 'SELECT * FROM waited WHERE a = 5;' x 3 . 'SELECT * FROM waited WHERE b = 5;' x 3 . 'SELECT * FROM waited WHERE c = 5;' x 2 . 'SELECT sum(a) FROM waited;' x 3);
is($node->safe_psql('postgres', q{SELECT string_agg(coalesce(command, reason), ' ' ORDER BY command COLLATE "C") FROM bingo_tune.advise(min_share => 1)}),
	join(' ', map { "CREATE INDEX CONCURRENTLY ON public.waited USING btree ($_)" } qw(a b)), 'what is waited for');

# What was measured before there was an index is not what it takes.
SKIP:
{
	$node->safe_psql('postgres', q{CREATE INDEX "Old" ON waited (c); SELECT bingo_tune.reset_timing();} . 'SELECT * FROM waited WHERE a = 5 AND b = 5;' x 3 . 'SELECT * FROM waited WHERE c = 5');
	$node->safe_psql('postgres', 'CREATE INDEX "New" ON waited (a)');
	my $newer = $node->safe_psql('postgres', q{SELECT kind, note, mean_ms < 0.5, calls FROM bingo_tune.advise(min_share => 0) WHERE note ~ 'index'});
	skip 'the file system does not say when a file was made', 1 if $newer eq '' && !$ENV{BINGO_FILES_HAVE_AGES};
	is($newer, 'nothing|it was measured before index public."New" was there, too: mean_ms is by its plan, until reset_timing()|t|3', 'an index that is newer');
}

# Whose statements: his own, all for pg_read_all_stats; what he may not read is not told.
$node->safe_psql('postgres', <<'SQL');
CREATE ROLE app LOGIN;
CREATE ROLE dba LOGIN IN ROLE pg_read_all_stats;
CREATE TABLE other AS SELECT i AS id FROM generate_series(1, 20000) AS i;
GRANT SELECT ON events, other TO app;
GRANT SELECT ON events TO dba;
SELECT bingo_tune.reset_timing();
SQL
$node->safe_psql('postgres', "SELECT * FROM events WHERE id = 77; SELECT * FROM other WHERE id = 77;", extra_params => [ '-U', 'app' ]);
$node->safe_psql('postgres', "SELECT e FROM events AS e WHERE place = 3 AND kind = 9");
my $events = q{SELECT replace(command, 'CREATE INDEX CONCURRENTLY ON public.', '') FROM bingo_tune.advise(min_share => 0) WHERE kind = 'index' ORDER BY command};
is($node->safe_psql('postgres', $events, extra_params => [ '-U', 'app' ]), "events USING btree (id)\nother USING btree (id)", 'his own statements')
  or diag($node->safe_psql('postgres', 'SELECT * FROM bingo_tune.advise(min_share => 0)', extra_params => [ '-U', 'app' ]));
is($node->safe_psql('postgres', $events, extra_params => [ '-U', 'dba' ]), "events USING btree (id)\nevents USING btree (place, kind)", 'all that he may read')
  or diag($node->safe_psql('postgres', 'SELECT * FROM bingo_tune.advise(min_share => 0)', extra_params => [ '-U', 'dba' ]));

# Parse analysis and planning run code: the role's that ran the statement, as that role, whoever asks.
$node->safe_psql('postgres', <<'SQL');
CREATE SCHEMA app AUTHORIZATION app;
SELECT bingo_tune.reset_timing();
SQL
$node->safe_psql('postgres', <<'SQL', extra_params => [ '-U', 'app' ]);
CREATE FUNCTION app.trap(i integer) RETURNS integer LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
	IF current_user <> 'app' THEN
		RAISE EXCEPTION 'trapped %', current_user;
	END IF;
	RETURN i;
END
$$;
CREATE TABLE app.mine AS SELECT i AS id FROM generate_series(1, 1000) AS i;
CREATE TABLE app.indexed AS SELECT i AS id FROM generate_series(1, 1000) AS i;
CREATE INDEX ON app.indexed ((id + app.trap(1)));
CREATE FUNCTION app.trapped() RETURNS boolean LANGUAGE plpgsql AS 'BEGIN PERFORM app.trap(1); RETURN true; END';
CREATE FUNCTION app.distance(float8, float8) RETURNS float8 LANGUAGE plpgsql IMMUTABLE AS 'BEGIN PERFORM app.trap(1); RETURN $1 - $2; END';
CREATE DOMAIN app.checked AS integer CHECK (app.trapped());
CREATE TYPE app.measured AS RANGE (subtype = float8, subtype_diff = app.distance);
CREATE TYPE app.kind AS ENUM ('x', 'y');
CREATE FUNCTION app.to_json(app.kind) RETURNS json LANGUAGE plpgsql AS 'BEGIN PERFORM app.trap(1); RETURN ''{}''; END';
CREATE VIEW app.looked AS SELECT app.trapped();
CREATE TABLE app.ranges AS SELECT app.measured(i, i + 2) AS r FROM generate_series(1, 1000) AS i;
ANALYZE app.ranges, app.mine;
SELECT count(*) FROM app.mine WHERE id = app.trap(5);
SELECT count(*) FROM app.indexed WHERE id = 5;
SELECT count(*) FROM app.mine WHERE id = ANY ('{1}'::app.checked[]::integer[]);
SELECT count(*) FROM app.ranges WHERE r && '[3.3,4.5]'::app.measured;
SELECT count(*) FROM app.mine WHERE id::text < to_json('x'::app.kind)::text;
SELECT count(*) FROM app.mine WHERE id::text < table_to_xml('app.looked'::regclass, true, false, '')::text;
SQL
my $all = q{SELECT string_agg(DISTINCT coalesce(reason, '') || coalesce(note, ''), ' ') || ' ' || count(*) FROM bingo_tune.advise(min_share => 0, max_rows => 100)};
foreach my $role (undef, 'dba', 'app')
{
	my @as = $role ? (extra_params => [ '-U', $role ]) : ();
	unlike($node->safe_psql('postgres', $all, @as), qr/trapped|could not act/, 'his functions run as ' . ($role // 'he') . ', or not at all');
}

# A role's statement on somebody else's table, whose functions are not his: not even as him.
$node->safe_psql('postgres', <<'SQL');
CREATE ROLE victim LOGIN;
SELECT bingo_tune.reset_timing();
SQL
$node->safe_psql('postgres', 'CREATE FUNCTION app.one() RETURNS integer LANGUAGE plpgsql IMMUTABLE AS $$BEGIN RETURN 1; END$$; CREATE TABLE app.lent AS SELECT i AS id FROM generate_series(1, 1000) AS i; CREATE INDEX ON app.lent ((id + app.one())); GRANT USAGE ON SCHEMA app TO victim; GRANT SELECT ON app.lent TO victim', extra_params => [ '-U', 'app' ]);
$node->safe_psql('postgres', 'SELECT count(*) FROM app.lent WHERE id = 5', extra_params => [ '-U', 'victim' ]);
like($node->safe_psql('postgres', q{SELECT string_agg(reason, ' ') FROM bingo_tune.advise(min_share => 0)}),
	qr/a table of it uses a function of a role that could not act as the one that ran it/, 'others\' functions are not run');

# Names in a schema of the caller's choice, who could not act as the role.
$node->safe_psql('postgres', 'CREATE SCHEMA dba AUTHORIZATION dba; SELECT bingo_tune.reset_timing()');
$node->safe_psql('postgres', 'SELECT at FROM events WHERE id = 3', extra_params => [ '-U', 'app' ]);
$node->safe_psql('postgres', 'CREATE TABLE dba.events (id integer, at integer)', extra_params => [ '-U', 'dba' ]);
is($node->safe_psql('postgres', "SET search_path = dba, public; $events", extra_params => [ '-U', 'dba' ]), 'events USING btree (id)', 'his search_path is not asked');

# Writers pay, but not for what was loaded once, as in a first try.
$node->safe_psql('postgres', <<'SQL');
CREATE TABLE written (id integer, x integer);
SELECT bingo_tune.reset_timing();
INSERT INTO written SELECT i, i FROM generate_series(1, 3000) AS i;
VACUUM ANALYZE written;
SELECT * FROM written WHERE x = 5;
SQL
is($node->safe_psql('postgres', q{SELECT count(*) FROM bingo_tune.advise(min_share => 0) WHERE command LIKE '%written%'}), '1', 'worth it where little is written');
$node->safe_psql('postgres', 'BEGIN; INSERT INTO written SELECT i, i FROM generate_series(1, 2000000) AS i; ROLLBACK');
$node->poll_query_until('postgres', q{SELECT n_tup_ins > 2000000 FROM pg_stat_user_tables WHERE relname = 'written'});
is($node->safe_psql('postgres', q{SELECT count(*) FROM bingo_tune.advise(min_share => 0) WHERE command LIKE '%written%'}), '0', 'not where much is');

# Columns that are included would end updates within a page.
$node->safe_psql('postgres', <<'SQL');
CREATE TABLE page (kind integer, x integer) WITH (fillfactor = 40);
INSERT INTO page SELECT i % 500, i FROM generate_series(1, 100000) AS i;
VACUUM ANALYZE page;
SELECT bingo_tune.reset_timing();
SELECT sum(x) FROM page WHERE kind = 5;
SQL
my $covering = q{SELECT replace(command, 'CREATE INDEX CONCURRENTLY ON public.', '') FROM bingo_tune.advise(min_share => 0) WHERE kind = 'index' AND command LIKE '%page%'};
is($node->safe_psql('postgres', $covering), 'page USING btree (kind) INCLUDE (x)', 'covering');
$node->safe_psql('postgres', 'SELECT pg_stat_reset(); UPDATE page SET x = 1; VACUUM page; UPDATE page SET x = 2; VACUUM page; UPDATE page SET x = 3; VACUUM page; UPDATE page SET x = 3; VACUUM page');
$node->poll_query_until('postgres', q{SELECT n_tup_hot_upd > 350000 FROM pg_stat_user_tables WHERE relname = 'page'});
$node->safe_psql('postgres', 'SELECT bingo_tune.reset_timing(); SELECT sum(x) FROM page WHERE kind = 5');
# Both are shares of the time, which is short as yet: once it is long enough, the updates cost more.
ok($node->poll_query_until('postgres', $covering, 'page USING btree (kind)'), 'not where rows are updated in place');

# What can't be planned says why.
$node->safe_psql('postgres', <<'SQL' . "SELECT count(*) AS long FROM public.events WHERE place = 3 AND length('" . 'x' x 3000 . "') = 5;");
CREATE TABLE app.events AS SELECT 1 AS place;
CREATE TABLE dropped AS SELECT 1 AS place;
SELECT bingo_tune.reset_timing();
SET search_path = app;
SELECT count(*) AS elsewhere FROM events WHERE place = 3;
RESET search_path;
SELECT count(*) AS gone FROM dropped WHERE place = 3;
DROP TABLE dropped;
SQL
is($node->safe_psql('postgres', q{SELECT reason FROM bingo_tune.advise(min_share => 0) WHERE reason !~ '^it has no|^no index|could not act' ORDER BY reason COLLATE "C"}),
	join("\n", q{its example is not complete (more than 2 kB, or a parameter of a type that is not PostgreSQL's own)},
		'its names mean other tables with this search_path: set it as its application does', 'relation "dropped" does not exist'), 'why not');

# Ended in the middle, the session has what it had.
my (undef, $stdout) = $node->psql('postgres', <<'SQL', on_error_stop => 0);
SELECT count(*) FROM hypopg_create_index('CREATE INDEX ON events (place)');
SET statement_timeout = '1ms';
SELECT count(*) FROM bingo_tune.advise(min_share => 0);
RESET statement_timeout;
SELECT hypopg_get_indexdef(indexrelid) LIKE '%(place)' FROM hypopg();
SQL
is($stdout, "1\nt", 'cancelled');

$node->stop;
done_testing();
