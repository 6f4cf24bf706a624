-- A partitioned table, counted by counters of its partitions: (W) in read/count_parts.c.
--
-- counted: by counters, plain: by a condition that none has, in one statement and so under one snapshot.
--
-- Seen red: columns by the first partition's numbers; counters of other keys, or other conditions; a column that is never NULL in
-- the first one only; a group for each partition; the first partition alone, also in the second execution; own changes
-- of the first alone; distinct values of a partitioned table's primary key; another column of the same
-- number counted, or taken for one that no condition may compare; a partition's counter not found again, or by its name only: another query taken for it,
-- a renamed partition counted twice, a name that another table's counter has in the way of all; one that was
-- replaced or dropped taken for the counter of its old table;
-- a column of the whole that was dropped; explained without the partition that lacks a counter;
-- definitions of dropped partitions kept, built or not, and those that were given up for good; partitions followed that are not below
-- the table of create_counter(); levels taken for one, of a counter that was made and of one that has come; partitions not followed that
-- come with a schema, or to their owner; what keeps one apart kept when nothing is left of the others.
SET client_min_messages = warning;
\getenv abs_srcdir PG_ABS_SRCDIR
\set counter_try :abs_srcdir '/include/counter_try.sql'
CREATE EXTENSION bingo_tune CASCADE;
CREATE TABLE event (id int NOT NULL, tenant int, state text NOT NULL, day int NOT NULL, gone timestamptz, PRIMARY KEY (id, day, state)) PARTITION BY RANGE (day);
CREATE TABLE event_1 PARTITION OF event FOR VALUES FROM (0) TO (10);
-- its columns have other numbers
CREATE TABLE event_2 (day int NOT NULL, junk int, gone timestamptz, state text NOT NULL, id int NOT NULL, tenant int);
ALTER TABLE event_2 DROP junk;
ALTER TABLE event ATTACH PARTITION event_2 FOR VALUES FROM (10) TO (20);
CREATE TABLE event_rest PARTITION OF event DEFAULT PARTITION BY LIST (state);
CREATE TABLE event_new PARTITION OF event_rest FOR VALUES IN ('new', 'seen');
CREATE TABLE event_old PARTITION OF event_rest DEFAULT;
INSERT INTO event SELECT g, nullif(g % 7, 0), (ARRAY['new', 'seen', 'old'])[g % 3 + 1], g % 30,
	CASE WHEN g % 5 = 0 THEN '2020-01-01'::timestamptz END FROM generate_series(1, 30000) g;
VACUUM ANALYZE event;
CREATE FUNCTION make(part text) RETURNS void LANGUAGE sql AS $$
	SELECT bingo_tune.create_counter(part, format('SELECT tenant, state, gone IS NULL, count(*) FROM %I GROUP BY tenant, state, gone IS NULL', part)) $$;
CREATE VIEW differs AS SELECT CASE WHEN counted = plain THEN counted::text ELSE counted || ' for ' || plain END AS counted,
	(SELECT count(*) FROM (SELECT tenant, state, count(*) FROM event WHERE gone IS NULL GROUP BY tenant, state
		EXCEPT SELECT tenant, state, count(*) FROM event WHERE gone IS NULL AND id > -1 GROUP BY tenant, state) g) AS groups
	FROM (SELECT (SELECT count(*) FROM event) AS counted, (SELECT count(*) FROM event WHERE id > -1) AS plain) c;
CREATE FUNCTION how(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	line text;
	answer text := 'plain';
BEGIN
	FOR line IN EXECUTE 'EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) ' || query LOOP
		IF line ~ 'Counter: ' THEN answer := trim(line); END IF;
		IF line ~ 'Own Changes|Behind' THEN answer := answer || ', ' || trim(line); END IF;
	END LOOP;
	RETURN answer;
END $$;
\set ECHO none
\i :counter_try
\set ECHO all

-- not all have one
SELECT make(p) FROM unnest('{event_1,event_2,event_new}'::text[]) p;
SELECT how('SELECT count(*) FROM event');
SELECT bingo_tune.create_counter('event_old', 'SELECT tenant, count(*) FROM event_old GROUP BY tenant');
SELECT how('SELECT count(*) FROM event');
SELECT name, served, reason FROM bingo_tune.explain_counter('SELECT count(*) FROM event') e, LATERAL (SELECT e.counter AS name) n;
SELECT bingo_tune.drop_counter('event_old');
SELECT bingo_tune.create_counter('event_old', 'SELECT tenant, state, gone IS NULL, count(*) FROM event_old WHERE id > 0 GROUP BY tenant, state, gone IS NULL');
SELECT how('SELECT count(*) FROM event WHERE id > 0'), how('SELECT count(*) FROM event');
SELECT bingo_tune.drop_counter('event_old');
SELECT make('event_old');

CREATE TABLE queries (id int GENERATED ALWAYS AS IDENTITY, query text);
INSERT INTO queries (query) VALUES
('SELECT count(*) AS n FROM event'), ('SELECT count(*) AS n, count(tenant) AS m FROM event'), ('SELECT count(id) AS n FROM event'),
('SELECT count(*) AS n FROM event WHERE tenant = 3'), ('SELECT count(*) AS n FROM event WHERE tenant IS NULL AND gone IS NULL'),
('SELECT count(*) AS n FROM event WHERE tenant IN (1, 2, 99) AND state <> ''old'''), ('SELECT count(*) AS n FROM event WHERE 1 / (tenant - 77) = 0'),
('SELECT tenant, count(*) AS n FROM event GROUP BY tenant'), ('SELECT state, count(*) AS n FROM event WHERE gone IS NOT NULL GROUP BY state'),
('SELECT tenant, count(*) AS n, count(*) FILTER (WHERE state = ''new'') AS m FROM event GROUP BY tenant HAVING count(*) > 4285'),
('SELECT count(*) AS n FROM (SELECT * FROM event WHERE tenant = 3 ORDER BY id LIMIT 1000 OFFSET 3500) e'),
('SELECT e.id, count(*) OVER () AS n FROM event e WHERE tenant = 3 ORDER BY id LIMIT 3'),
('SELECT t AS tenant, (SELECT count(*) FROM event WHERE tenant = t) AS n FROM generate_series(1, 8) t'),
('SELECT count(*) AS n FROM event_rest WHERE tenant = 3'), ('SELECT count(*) AS n FROM event_2 WHERE tenant = 3'),
('SELECT count(*) AS n FROM event WHERE state = ''new'' AND tenant = 3'),
('SELECT count(*) AS n FROM event WHERE day = 3'), ('SELECT count(DISTINCT id) AS n FROM event'), ('SELECT count(*) AS n FROM ONLY event'),
('SELECT count(*) AS n FROM event WHERE day = 3 AND day = 4'), ('SELECT tableoid::regclass::text AS t, count(*) AS n FROM event GROUP BY tableoid'),
('SELECT count(*) AS n FROM event TABLESAMPLE SYSTEM (100)');
RESET client_min_messages;
SELECT coalesce(t.served, '-') AS served, t.differs, q.query, t.answer FROM queries q, try(q.query) t ORDER BY q.id;

-- what reaches partitions through the whole, and rows that move
TABLE differs;
UPDATE event SET day = day + 10 WHERE id % 100 = 1;
UPDATE event SET state = 'done', day = 29 WHERE id % 100 = 2;
DELETE FROM event WHERE id % 100 = 3;
INSERT INTO event VALUES (1, 1, 'new', 11, NULL), (40001, 1, 'new', 1, NULL) ON CONFLICT DO NOTHING;
INSERT INTO event VALUES (40001, 1, 'new', 1, NULL), (40002, 2, 'old', 12, NULL) ON CONFLICT (id, day, state) DO UPDATE SET tenant = 5, gone = '2020-01-01';
MERGE INTO event e USING (VALUES (40001, 1), (40003, 3)) v (id, day) ON e.id = v.id AND e.day = v.day
	WHEN MATCHED THEN UPDATE SET day = 15 WHEN NOT MATCHED THEN INSERT VALUES (v.id, 3, 'new', v.day);
COPY event FROM stdin;
50001	1	new	1	\N
50002	1	new	11	\N
50003	1	old	27	2020-01-01
\.
TABLE differs;
SELECT count(*) AS wrong FROM bingo_tune.counters WHERE bingo_tune.verify_counter(name) <> 0;

-- a transaction's own changes, through the whole and not
BEGIN;
INSERT INTO event_2 (id, tenant, state, day) VALUES (60001, 1, 'new', 12);
TABLE differs;
SELECT how('SELECT count(*) FROM event WHERE tenant = 1');
INSERT INTO event VALUES (60002, 1, 'new', 13), (60003, 1, 'new', 3);
UPDATE event SET day = day - 10 WHERE id = 60001;
TABLE differs;
SELECT how('SELECT count(*) FROM event WHERE tenant = 1');
SAVEPOINT a;
TRUNCATE event;
INSERT INTO event VALUES (60002, 1, 'new', 13), (60003, 1, 'new', 3);
TABLE differs;
ROLLBACK TO a;
TABLE differs;
WITH i AS (INSERT INTO event SELECT 61000 + g, 1, 'new', g FROM generate_series(1, 20) g RETURNING 1)
	SELECT (SELECT count(*) FROM event) = (SELECT count(*) FROM event WHERE id > -1) AS same, count(*) FROM i;
TABLE differs;
COMMIT;
TABLE differs;
TRUNCATE event_1;
TABLE differs;
SELECT how('SELECT count(*) FROM event');
SELECT bingo_tune.refresh_counter('event_1');
SELECT how('SELECT count(*) FROM event');
TABLE differs;

-- partitions come and go; a plan goes with them
SET plan_cache_mode = force_generic_plan;
PREPARE n (int) AS SELECT count(*) FROM event WHERE tenant = $1;
EXECUTE n(3);
ALTER TABLE event DETACH PARTITION event_2;
EXECUTE n(3);
TABLE differs;
SELECT how('SELECT count(*) FROM event'), how('SELECT count(*) FROM event_2');
INSERT INTO event_2 (id, tenant, state, day) VALUES (70001, 3, 'new', 12);
BEGIN;
INSERT INTO event_2 (id, tenant, state, day) VALUES (70002, 3, 'new', 12);
ALTER TABLE event ATTACH PARTITION event_2 FOR VALUES FROM (10) TO (20);
EXECUTE n(3);
TABLE differs;
COMMIT;
EXECUTE n(3);
TABLE differs;
SELECT how('SELECT count(*) FROM event');
CREATE TABLE event_3 PARTITION OF event FOR VALUES FROM (100) TO (110);
INSERT INTO event VALUES (70003, 3, 'new', 101, NULL);
EXECUTE n(3);
SELECT how('SELECT count(*) FROM event');
SELECT make('event_3');
EXECUTE n(3);
SELECT how('SELECT count(*) FROM event');
DROP TABLE event_1;
EXECUTE n(3);
TABLE differs;
SELECT name FROM bingo_tune.counters ORDER BY name;

-- what is never NULL in one may be in another; the first one's primary key is its own
CREATE TABLE fact (a int, b int) PARTITION BY LIST (b);
CREATE TABLE fact_1 PARTITION OF fact (PRIMARY KEY (a)) FOR VALUES IN (1);
CREATE TABLE fact_2 PARTITION OF fact FOR VALUES IN (2);
INSERT INTO fact SELECT g, 1 FROM generate_series(1, 9000) g;
INSERT INTO fact SELECT nullif(g % 9, 0), 2 FROM generate_series(1, 9000) g;
SELECT bingo_tune.create_counter(c, format('SELECT count(*) FROM %I', c)) FROM unnest('{fact_1,fact_2}'::text[]) c;
SELECT * FROM try('SELECT count(*) AS n FROM fact');
SELECT * FROM try('SELECT count(a) AS n FROM fact');
SELECT * FROM try('SELECT count(DISTINCT a) AS n FROM fact');
SELECT * FROM try('SELECT count(DISTINCT a) AS n FROM fact_1');
CREATE TABLE dated (a int PRIMARY KEY) PARTITION BY RANGE (a);
CREATE TABLE dated_1 PARTITION OF dated FOR VALUES FROM (0) TO (100000);
INSERT INTO dated SELECT generate_series(1, 9000);
SELECT bingo_tune.create_counter('dated', 'SELECT count(*) FROM dated_1');
SELECT * FROM try('SELECT count(a) AS n FROM dated');
SELECT * FROM try('SELECT count(DISTINCT a) AS n FROM dated');
DROP TABLE dated;

-- made of all at once, and again of what has come; all of it or nothing
SELECT bingo_tune.create_counter('left', 'SELECT e.gone IS NULL, count(*) FROM event AS e WHERE e.state <> ''old'' GROUP BY 1');
SELECT how('SELECT count(*) FROM event WHERE state <> ''old'' AND gone IS NULL');
SELECT query FROM bingo_tune.counters WHERE name = 'left_event_2';
CREATE TABLE event_4 PARTITION OF event FOR VALUES FROM (110) TO (120);
INSERT INTO event VALUES (70005, 3, 'new', 111, NULL);
SELECT bingo_tune.create_counter('left', 'SELECT e.gone IS NULL, count(*) FROM event AS e WHERE e.state <> ''old'' GROUP BY 1');
SELECT how('SELECT count(*) FROM event WHERE state <> ''old'' AND gone IS NULL');
SELECT * FROM try('SELECT count(*) AS n FROM event WHERE state <> ''old'' AND gone IS NULL');
SELECT make('event_4');
SELECT bingo_tune.create_counter('more', 'SELECT count(*) FROM fact_1');
SELECT bingo_tune.create_counter('more_event_4', 'SELECT count(*) FROM event_3');
SELECT bingo_tune.create_counter('more', 'SELECT count(*) FROM event');
SELECT bingo_tune.drop_counter('more');
SELECT bingo_tune.create_counter('more', 'SELECT count(*) FROM event');
SELECT bingo_tune.create_counter('more', 'SELECT count(e) FROM event AS e');
SELECT bingo_tune.create_counter('even more', 'SELECT count(*) FROM ONLY event');
SELECT bingo_tune.create_counter('even more', 'SELECT count(*) FROM event GROUP BY xmin');
SELECT name FROM bingo_tune.counters WHERE name LIKE '%more%' ORDER BY name;
SELECT bingo_tune.drop_counter(name) FROM bingo_tune.counters WHERE name LIKE 'more%' AND name <> 'more_event_4';

-- one like it is enough, whatever its name; another query needs another name; a name that is taken gets a number
CREATE TABLE log (id int, day int, kind int) PARTITION BY LIST (day);
CREATE TABLE log_0 PARTITION OF log FOR VALUES IN (0);
CREATE TABLE log_1 PARTITION OF log FOR VALUES IN (1);
CREATE VIEW of_log AS SELECT name, substring(query, 'FROM (\S+)') AS of, state, reason FROM bingo_tune.counters WHERE name ^@ 'c_' ORDER BY name;
SELECT bingo_tune.create_counter('c', 'SELECT kind, count(*) FROM log WHERE id > 0 GROUP BY kind');
SELECT bingo_tune.create_counter('c', 'SELECT day, count(*) FROM log WHERE id > 0 GROUP BY day');
\echo :LAST_ERROR_SQLSTATE
SELECT bingo_tune.create_counter('c', 'SELECT kind, count(*) FROM log WHERE id > 1 GROUP BY kind');
SELECT bingo_tune.create_counter('c', 'SELECT kind IS NULL, count(*) FROM log WHERE id > 0 GROUP BY 1');
SELECT bingo_tune.create_counter('c', 'SELECT count(*) FROM log WHERE id > 0');
SELECT bingo_tune.create_counter('c', 'SELECT l.kind AS k, count(*) FROM log l WHERE l.id > 1 - 1 GROUP BY 1');
-- nothing of it, though one has come first
CREATE TABLE log_2 PARTITION OF log FOR VALUES IN (2);
ALTER TABLE log DETACH PARTITION log_1;
ALTER TABLE log ATTACH PARTITION log_1 FOR VALUES IN (1);
SELECT bingo_tune.create_counter('c', 'SELECT count(*) FROM log');
TABLE of_log;
-- renamed; rotated: the counter goes on to a table that comes in its place, but for one that was made again since
ALTER TABLE log_1 RENAME TO log_one;
SELECT bingo_tune.create_counter('c', 'SELECT kind, count(*) FROM log WHERE id > 0 GROUP BY kind');
ALTER TABLE log DETACH PARTITION log_0;
ALTER TABLE log_0 RENAME TO log_old;
CREATE TABLE log_0 PARTITION OF log FOR VALUES IN (0);
ALTER TABLE log DETACH PARTITION log_2;
ALTER TABLE log_2 RENAME TO log_older;
SELECT bingo_tune.refresh_counter('c_log_2');
CREATE TABLE log_2 PARTITION OF log FOR VALUES IN (2);
CREATE TABLE log_3 PARTITION OF log FOR VALUES IN (3);
SELECT bingo_tune.create_counter('c', 'SELECT kind, count(*) FROM log WHERE id > 0 GROUP BY kind');
SELECT bingo_tune.create_counter('c', 'SELECT kind, count(*) FROM log WHERE id > 0 GROUP BY kind');
SELECT bingo_tune.create_counter('c', 'SELECT count(*) FROM log WHERE id > 0');
TABLE of_log;
INSERT INTO log SELECT g, g % 4, g % 3 FROM generate_series(1, 40000) g;
ANALYZE log;
SELECT counter, served, reason FROM bingo_tune.explain_counter('SELECT kind, count(*) FROM log WHERE id > 0 GROUP BY kind') WHERE counter ^@ 'c_';
-- dropped, and another one of its name: the same counter
DROP TABLE log_3;
CREATE TABLE log_3 PARTITION OF log FOR VALUES IN (3);
INSERT INTO log VALUES (1, 3, 3);
SELECT bingo_tune.create_counter('c', 'SELECT kind, count(*) FROM log WHERE id > 0 GROUP BY kind');
SELECT counter, served, reason FROM bingo_tune.explain_counter('SELECT kind, count(*) FROM log WHERE id > 0 GROUP BY kind') WHERE counter ^@ 'c_';
SELECT kind, count(*) FROM log WHERE id > 0 GROUP BY kind ORDER BY kind;
-- what the names differ in is cut; one name in two schemas
CREATE TABLE partition_of_the_log_that_has_a_long_name_and_then_its_date_p01 PARTITION OF log FOR VALUES IN (4);
CREATE TABLE partition_of_the_log_that_has_a_long_name_and_then_its_date_p02 PARTITION OF log FOR VALUES IN (5);
CREATE SCHEMA s1;
CREATE SCHEMA s2;
CREATE TABLE s1.same PARTITION OF log FOR VALUES IN (6);
CREATE TABLE s2.same PARTITION OF log FOR VALUES IN (7);
SELECT bingo_tune.create_counter('c', 'SELECT kind, count(*) FROM log WHERE id > 0 GROUP BY kind');
SELECT bingo_tune.create_counter('c', 'SELECT kind, count(*) FROM log WHERE id > 0 GROUP BY kind');
SELECT counter, served, reason FROM bingo_tune.explain_counter('SELECT kind, count(*) FROM log WHERE id > 0 GROUP BY kind') WHERE counter ^@ 'c_';
TABLE of_log;
DROP VIEW of_log;
SELECT bingo_tune.drop_counter(name) FROM bingo_tune.counters WHERE name ^@ 'c_';
DROP TABLE log, log_old, log_older;
DROP SCHEMA s1, s2;

-- explained, and by the name of the whole; a column that was dropped
CREATE TABLE visit (id int, junk int, kind int, day int) PARTITION BY LIST (day);
ALTER TABLE visit DROP junk;
CREATE TABLE visit_1 PARTITION OF visit FOR VALUES IN (1);
CREATE TABLE visit_2 PARTITION OF visit FOR VALUES IN (2);
CREATE TABLE visit_3 PARTITION OF visit FOR VALUES IN (3);
INSERT INTO visit SELECT g, g % 4, 1 + g % 3 FROM generate_series(1, 30000) g;
ANALYZE visit;
SELECT * FROM bingo_tune.explain_counter('SELECT count(*) FROM visit WHERE kind = 2');
SELECT bingo_tune.create_counter('v', 'SELECT kind, count(*) FROM visit GROUP BY kind');
ALTER TABLE visit_2 RENAME TO visited_2;
ALTER TABLE visit DETACH PARTITION visit_3;
CREATE TABLE visit_4 PARTITION OF visit FOR VALUES IN (4);
SELECT * FROM bingo_tune.explain_counter('SELECT count(*) FROM visit WHERE kind = 2');
SELECT * FROM bingo_tune.explain_counter('SELECT count(*) FROM visit WHERE kind = 2 AND day = 1');
SELECT * FROM bingo_tune.explain_counter('SELECT count(*) FROM visit WHERE kind = 2 AND day = 5');
SELECT bingo_tune.create_counter('v', 'SELECT kind, count(*) FROM visit GROUP BY kind');
SELECT bingo_tune.create_counter('v_visit', 'SELECT kind, count(*) FROM visit_4 GROUP BY kind');
SELECT bingo_tune.verify_counter('v'), bingo_tune.verify_counter('v_visit');
TRUNCATE visit_4;
SELECT bingo_tune.refresh_counter('v');
SELECT name, state FROM bingo_tune.counters WHERE query ~ 'visit' ORDER BY name;
-- what comes gets its own, what goes takes it along
CREATE VIEW of_visit AS SELECT name, substring(query, 'FROM (\S+)') AS of, state, reason FROM bingo_tune.counters WHERE query ~ 'visit' ORDER BY name;
CREATE TABLE visit_5 (day int, kind int, id int);
INSERT INTO visit_5 SELECT 5, g % 3, g FROM generate_series(1, 3000) g;
ALTER TABLE visit ATTACH PARTITION visit_5 FOR VALUES IN (5);
CREATE TABLE visit_rest PARTITION OF visit DEFAULT PARTITION BY LIST (kind);
CREATE TABLE visit_rest_1 PARTITION OF visit_rest FOR VALUES IN (1);
CREATE TABLE visit_rest_2 PARTITION OF visit_rest DEFAULT;
CREATE TABLE visit_6 (id int, kind int, day int);
CREATE ROLE visitor;
ALTER TABLE visit_6 OWNER TO visitor;
ALTER TABLE visit ATTACH PARTITION visit_6 FOR VALUES IN (6);
TABLE of_visit;
SELECT how('SELECT count(*) FROM visit WHERE kind = 2');
-- one that comes with a schema, or to their owner
CREATE SCHEMA visits CREATE TABLE visit_9 PARTITION OF public.visit FOR VALUES IN (9);
ALTER TABLE visit_6 OWNER TO current_user;
SELECT name FROM bingo_tune.counters WHERE name IN ('v_visit_6', 'v_visit_9') ORDER BY name;
SELECT bingo_tune.drop_counter('v_visit_6');
ALTER TABLE visit_6 OWNER TO visitor;
DROP SCHEMA visits CASCADE;
ALTER TABLE visit DETACH PARTITION visit_6;
SELECT bingo_tune.refresh_counter('v');
ANALYZE visit;
SELECT how('SELECT count(*) FROM visit WHERE kind = 2');
SELECT * FROM try('SELECT count(*) AS n FROM visit WHERE kind = 2');
BEGIN;
DROP TABLE visit_5, visit_rest_1;
TABLE of_visit;
ROLLBACK;
DROP TABLE visit_rest;
TABLE of_visit;
-- a name of its own for what has counters already, for another table, for a level below
SELECT bingo_tune.create_counter('again', 'SELECT kind, count(*) FROM visit GROUP BY kind');
SELECT bingo_tune.create_counter('v', 'SELECT count(*) FROM visit_6');
\echo :LAST_ERROR_SQLSTATE
CREATE TABLE visit_7 PARTITION OF visit FOR VALUES IN (7) PARTITION BY LIST (kind);
CREATE TABLE visit_7_1 PARTITION OF visit_7 FOR VALUES IN (1);
SELECT bingo_tune.create_counter('below', 'SELECT id % 2, count(*) FROM visit_7 GROUP BY 1');
SELECT bingo_tune.create_counter('below', 'SELECT day, count(*) FROM visit_7 GROUP BY day');
CREATE TABLE visit_7_2 PARTITION OF visit_7 FOR VALUES IN (2);
CREATE TABLE visit_8 PARTITION OF visit FOR VALUES IN (8);
TABLE of_visit;
SELECT bingo_tune.drop_counter('below');
DROP TABLE visit_7, visit_8;
SELECT srvname, srvowner::regrole = current_user::regrole AS mine FROM pg_foreign_server WHERE 'gone=true' = ANY (srvoptions) ORDER BY 1;
CREATE TABLE visit_8 PARTITION OF visit FOR VALUES IN (8);
SELECT count(*) FROM pg_foreign_server WHERE 'gone=true' = ANY (srvoptions);
TABLE of_visit;
DROP VIEW of_visit;
-- made for a table two levels above: others follow, whether their sibling is there from the start or has come
CREATE TABLE deep (id int, a int, b int) PARTITION BY LIST (a);
CREATE TABLE deep_1 PARTITION OF deep FOR VALUES IN (1) PARTITION BY LIST (b);
CREATE TABLE deep_1_1 PARTITION OF deep_1 FOR VALUES IN (1);
SELECT bingo_tune.create_counter('d', 'SELECT count(*) FROM deep');
CREATE TABLE deep_2 PARTITION OF deep FOR VALUES IN (2);
CREATE TABLE deep_1_2 PARTITION OF deep_1 FOR VALUES IN (2);
SELECT bingo_tune.refresh_counter('d_deep_1_2');
DROP TABLE deep_1_1, deep_2;
CREATE TABLE deep_3 PARTITION OF deep FOR VALUES IN (3);
SELECT name FROM bingo_tune.counters WHERE name ^@ 'd_' ORDER BY name;
DROP TABLE deep;
DROP TABLE visit_6;
DROP ROLE visitor;
SELECT bingo_tune.drop_ordering('v');
SELECT bingo_tune.drop_counter('v');
SELECT bingo_tune.drop_counter('v');
SELECT name, state FROM bingo_tune.counters WHERE query ~ 'visit' ORDER BY name;
SELECT bingo_tune.drop_counter(name) FROM bingo_tune.counters WHERE query ~ 'visit';
DO $$ BEGIN FOR n IN 10 .. 72 LOOP
	EXECUTE format('CREATE TABLE visit_%s PARTITION OF visit FOR VALUES IN (%s)', n, n);
END LOOP; END $$;
SELECT * FROM bingo_tune.explain_counter('SELECT count(*) FROM visit WHERE kind = 2');
DROP TABLE visit, visit_3;

-- what is done to the whole is done to them
ALTER TABLE event RENAME tenant TO client;
SELECT how('SELECT count(*) FROM event WHERE client = 3');
ALTER TABLE event RENAME client TO tenant;
CREATE ROLE counter_owner;
ALTER TABLE event OWNER TO counter_owner;
ALTER TABLE event_3 OWNER TO counter_owner;
ALTER TABLE event_2 OWNER TO counter_owner;
SET ROLE counter_owner;
SELECT bingo_tune.create_counter('mine', 'SELECT count(*) FROM event');
ALTER TABLE event DISABLE TRIGGER ALL;
INSERT INTO event VALUES (70004, 3, 'new', 102, NULL);
ALTER TABLE event ENABLE TRIGGER ALL;
RESET ROLE;
TABLE differs;
SELECT name, served, reason FROM bingo_tune.explain_counter('SELECT count(*) FROM event') e, LATERAL (SELECT e.counter AS name) n;
DROP VIEW differs;
ALTER TABLE event ALTER tenant TYPE bigint;
EXECUTE n(3);
SELECT name, state, reason FROM bingo_tune.counters ORDER BY name;

SET client_min_messages = warning;
DEALLOCATE ALL;
DROP TABLE event CASCADE;
DROP TABLE queries, fact;
DROP ROLE counter_owner;
DROP FUNCTION try(text), how(text), make(text);
DROP EXTENSION bingo_tune CASCADE;
DROP EXTENSION pg_stat_statements;
