-- What can be a counter and what can't, the error and its hint; names, rights, and what
-- becomes of the definition when things are renamed.
--
-- Constants are written alike whatever DateStyle says: this session's is not ISO.
-- Seen red: functions of users let through in a filter; keys without btequalimage.
CREATE EXTENSION bingo_tune CASCADE;
CREATE TABLE issue (id int PRIMARY KEY, tenant int, state text NOT NULL, closed bool NOT NULL DEFAULT false,
	deleted_at timestamptz, price numeric, weight float8, tags text[], born date, note varchar(20));
CREATE TABLE parent (id int);
CREATE TABLE child () INHERITS (parent);
CREATE TABLE parts (id int) PARTITION BY RANGE (id);
CREATE UNLOGGED TABLE unlogged (id int);
CREATE VIEW seen AS SELECT id FROM issue;
CREATE DOMAIN small AS int CHECK (value < 100);
CREATE TYPE pair AS (a int, b int);
CREATE TABLE odd (s small, p pair, q pair[], c char(5));
CREATE FUNCTION mine(int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS $$ BEGIN RAISE 'mine was called'; END $$;

-- what is one
SELECT bingo_tune.create_counter('all issues', 'SELECT count(*) FROM issue');
SELECT bingo_tune.create_counter('by tenant', 'SELECT tenant, state AS s, count(*) AS n, count(*) FROM issue i WHERE deleted_at IS NULL AND NOT closed GROUP BY i.tenant, 2, tenant');
SELECT bingo_tune.create_counter('filtered', $$SELECT count(*) FROM issue WHERE (state IN ('open', 'new') OR born > '2020-02-02') AND note = 'x' AND tenant <> 4$$);
SELECT bingo_tune.create_counter('hidden key', 'SELECT count(*) FROM issue GROUP BY note, born');
SELECT bingo_tune.create_counter('domain', 'SELECT count(*) FROM odd WHERE s = 3');
SELECT name, regexp_replace(query, '\s+', ' ', 'g') AS query, state, table_name, changes_kept FROM bingo_tune.counters ORDER BY name COLLATE "C";
SELECT count(*) FROM bingo_tune.orderings;

-- what is none
\set VERBOSITY default
SELECT bingo_tune.create_counter('x', 'SELECT id FROM issue');
SELECT bingo_tune.create_counter('x', 'SELECT tenant FROM issue GROUP BY tenant');
SELECT bingo_tune.create_counter('x', 'SELECT count(id) FROM issue');
SELECT bingo_tune.create_counter('x', 'SELECT count(*) FILTER (WHERE closed) FROM issue');
SELECT bingo_tune.create_counter('x', 'SELECT count(DISTINCT tenant), count(*) FROM issue');
SELECT bingo_tune.create_counter('x', 'SELECT count(*) FROM issue GROUP BY price');
SELECT bingo_tune.create_counter('x', 'SELECT count(*) FROM issue GROUP BY weight');
SELECT bingo_tune.create_counter('x', 'SELECT count(*) FROM issue GROUP BY tags');
SELECT bingo_tune.create_counter('x', 'SELECT count(*) FROM odd GROUP BY p');
SELECT bingo_tune.create_counter('x', 'SELECT count(*) FROM odd GROUP BY c');
SELECT bingo_tune.create_counter('x', 'SELECT count(*) FROM odd GROUP BY s');
SELECT bingo_tune.create_counter('x', $$SELECT count(*) FROM issue WHERE id = ANY ('{1}'::small[])$$);
SELECT bingo_tune.create_counter('x', 'SELECT count(*) FROM issue GROUP BY lower(state)');
SELECT bingo_tune.create_counter('x', 'SELECT deleted_at IS NOT NULL, count(*) FROM issue GROUP BY deleted_at IS NOT NULL');
SELECT bingo_tune.create_counter('x', 'SELECT count(*) FROM issue GROUP BY ROLLUP (tenant)');
SELECT bingo_tune.create_counter('x', 'SELECT count(*) FROM issue HAVING count(*) > 1');
SELECT bingo_tune.create_counter('x', 'SELECT count(*) FROM issue ORDER BY 1');
SELECT bingo_tune.create_counter('x', 'SELECT count(*) FROM issue LIMIT 1');
SELECT bingo_tune.create_counter('x', 'SELECT count(*) OVER () FROM issue');
SELECT bingo_tune.create_counter('x', 'SELECT DISTINCT count(*) FROM issue');
SELECT bingo_tune.create_counter('x', 'WITH i AS (SELECT FROM issue) SELECT count(*) FROM i');
SELECT bingo_tune.create_counter('x', 'SELECT count(*) FROM issue UNION SELECT 1');
SELECT bingo_tune.create_counter('x', 'SELECT count(*) FROM issue WHERE id IN (SELECT 1)');
SELECT bingo_tune.create_counter('x', 'SELECT count(*) FROM issue WHERE born < now()');
SELECT bingo_tune.create_counter('x', 'SELECT count(*) FROM issue WHERE id = mine(1)');
SELECT bingo_tune.create_counter('x', 'SELECT count(*) FROM issue WHERE id / 0 = 1');
SELECT bingo_tune.create_counter('x', $$SELECT count(*) FROM issue WHERE state LIKE 'a%'$$);
SELECT bingo_tune.create_counter('x', $$SELECT count(*) FROM odd WHERE p = '(1,2)'$$);
SELECT bingo_tune.create_counter('x', $$SELECT count(*) FROM odd WHERE '{"(1,2)"}'::pair[] = '{"(1,2)"}'::pair[]$$);
SELECT bingo_tune.create_counter('x', 'SELECT count(*) FROM odd WHERE s = 3::small');
SELECT bingo_tune.create_counter('x', 'SELECT count(*) FROM issue WHERE ctid IS NULL');
SELECT bingo_tune.create_counter('x', 'SELECT count(*) FROM issue, odd');
SELECT bingo_tune.create_counter('x', 'SELECT count(*) FROM issue a JOIN issue b USING (id)');
SELECT bingo_tune.create_counter('x', 'SELECT count(*) FROM (SELECT FROM issue) s');
SELECT bingo_tune.create_counter('x', 'SELECT count(*)');
SELECT bingo_tune.create_counter('x', 'SELECT count(*) FROM seen');
SELECT bingo_tune.create_counter('x', 'SELECT count(*) FROM parent');
SELECT bingo_tune.create_counter('x', 'SELECT count(*) FROM child');
SELECT bingo_tune.create_counter('x', 'SELECT count(*) FROM parts');
SELECT bingo_tune.create_counter('x', 'SELECT count(*) FROM unlogged');
SELECT bingo_tune.create_counter('x', 'SELECT count(*) FROM pg_class');
SELECT bingo_tune.create_counter('x', 'DELETE FROM issue');
SELECT bingo_tune.create_counter('x', 'SELECT count(*) FROM issue; SELECT 1');
SELECT bingo_tune.create_counter('x', 'SELECT count(*) FROM nowhere');
SELECT bingo_tune.create_counter('all issues', 'SELECT count(*) FROM issue');
SELECT bingo_tune.create_counter(NULL, 'SELECT count(*) FROM issue');
SELECT bingo_tune.create_counter('x', NULL);
SELECT bingo_tune.create_counter(' ', 'SELECT count(*) FROM issue');
SELECT bingo_tune.create_counter(repeat('x', 64), 'SELECT count(*) FROM issue');
BEGIN READ ONLY;
SELECT bingo_tune.create_counter('x', 'SELECT count(*) FROM issue');
ROLLBACK;

-- an ordering is no counter, and the other way round; names are theirs together
SELECT bingo_tune.create_ordering('o', 'SELECT id FROM issue ORDER BY id');
SELECT bingo_tune.create_ordering('x', 'SELECT count(*) FROM issue');
SELECT bingo_tune.create_counter('o', 'SELECT count(*) FROM issue');
SELECT bingo_tune.create_ordering('by tenant', 'SELECT id FROM issue ORDER BY id');
SELECT bingo_tune.drop_counter('o');
SELECT bingo_tune.drop_ordering('by tenant');
SELECT bingo_tune.refresh_counter('o');
SELECT bingo_tune.verify_counter('o');
SELECT bingo_tune.verify_ordering('by tenant');
SELECT bingo_tune.refresh_ordering('by tenant');
SELECT bingo_tune.drop_counter('none');
SELECT bingo_tune.drop_counter(NULL);
SELECT bingo_tune.refresh_counter(NULL);
SELECT bingo_tune.verify_counter(NULL);
SELECT * FROM bingo_tune.explain_counter(NULL);
SELECT * FROM bingo_tune.explain_counter('SELECT 1; SELECT 2');
SELECT * FROM bingo_tune.explain_counter('DELETE FROM issue');
SELECT bingo_tune.drop_ordering('o');

-- rights
CREATE ROLE counter_owner;
CREATE ROLE counter_other;
ALTER TABLE issue OWNER TO counter_owner;
SET ROLE counter_other;
SELECT bingo_tune.create_counter('x', 'SELECT count(*) FROM issue');
SELECT bingo_tune.drop_counter('by tenant');
SELECT bingo_tune.refresh_counter('by tenant');
SELECT bingo_tune.verify_counter('by tenant');
SELECT * FROM bingo_tune.explain_counter('SELECT count(*) FROM issue');
SELECT count(*) FROM issue;
SELECT name, state FROM bingo_tune.counters WHERE name = 'by tenant';
SET ROLE counter_owner;
SELECT bingo_tune.verify_counter('by tenant');
SELECT bingo_tune.drop_counter('by tenant');
SELECT bingo_tune.create_counter('mine', 'SELECT closed, count(*) FROM issue GROUP BY closed');
RESET ROLE;

-- renamed: it follows; retyped: it is made again; a column that it does not use may go
ALTER TABLE issue RENAME TO ticket;
ALTER TABLE ticket RENAME note TO remark;
SELECT name, query, state FROM bingo_tune.counters WHERE name IN ('filtered', 'hidden key') ORDER BY name;
ALTER TABLE ticket DROP COLUMN weight;
SELECT name, state FROM bingo_tune.counters WHERE state <> 'valid';
ALTER TABLE ticket DROP COLUMN remark;
SELECT name, state, reason FROM bingo_tune.counters WHERE state <> 'valid' ORDER BY name COLLATE "C";
SELECT bingo_tune.refresh_counter(name) FROM bingo_tune.counters WHERE state <> 'valid' ORDER BY name COLLATE "C" LIMIT 1;
SELECT bingo_tune.drop_counter(name) FROM bingo_tune.counters;
SELECT count(*) FROM pg_trigger WHERE tgname LIKE 'bingo_tune%';
DROP TABLE ticket CASCADE;
DROP TABLE parent, child, parts, unlogged, odd;
DROP TYPE small, pair;
DROP FUNCTION mine(int);
DROP ROLE counter_owner, counter_other;
DROP EXTENSION bingo_tune;
DROP EXTENSION pg_stat_statements;
