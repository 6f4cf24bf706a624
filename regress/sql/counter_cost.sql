-- Is a counter taken where it wins, and left alone where it has too much to read?
--
-- Seen red: a key charged by the rows of the table that it has; keys with many values taken for few;
-- a list of a later key charged for one search.
\getenv abs_srcdir PG_ABS_SRCDIR
\set counter_try :abs_srcdir '/include/counter_try.sql'
SET client_min_messages = warning;
CREATE EXTENSION bingo_tune CASCADE;
-- three quarters of the rows have one key, each other row its own
CREATE TABLE visit (id int PRIMARY KEY, page int, state text NOT NULL, gone timestamptz, day int);
INSERT INTO visit SELECT g, CASE WHEN g % 4 > 0 THEN 0 ELSE g END, (ARRAY['new', 'seen', 'old'])[g % 3 + 1],
	CASE WHEN g % 5 = 0 THEN '2020-01-01'::timestamptz END, g % 3000 FROM generate_series(1, 60000) g;
CREATE INDEX ON visit (page, state);
SET default_statistics_target = 10;
VACUUM ANALYZE visit;
SELECT bingo_tune.create_counter('pages', 'SELECT page, state, gone IS NULL, count(*) FROM visit GROUP BY page, state, gone IS NULL');
SELECT bingo_tune.create_counter('page', 'SELECT page, count(*) FROM visit WHERE id > 0 GROUP BY page');
SELECT bingo_tune.create_counter('days', 'SELECT day, state, count(*) FROM visit WHERE id > -1 GROUP BY day, state');
\set ECHO none
\i :counter_try
\set ECHO all
CREATE TABLE queries (id int GENERATED ALWAYS AS IDENTITY, query text);
INSERT INTO queries (query) VALUES
('SELECT count(*) AS n FROM visit WHERE page = 0 AND state = ''new'' AND gone IS NULL'),
('SELECT count(*) AS n FROM visit WHERE page = 0 AND state IN (''new'', ''old'') AND gone IS NULL'),
('SELECT count(*) AS n FROM visit WHERE page IN (0, 4, 8) AND state = ''new'' AND gone IS NOT NULL'),
('SELECT count(*) AS n FROM visit WHERE page = 0'), ('SELECT count(*) AS n FROM visit WHERE page = 0 AND state <> ''new'''),
('SELECT state, count(*) AS n FROM visit WHERE page = 0 GROUP BY state'),
('SELECT count(*) AS n FROM (SELECT 1 FROM visit WHERE page = 0 AND state IN (''new'', ''old'') ORDER BY id LIMIT 100000) v'),
-- too many cells
('SELECT count(*) AS n FROM visit'), ('SELECT count(*) AS n FROM visit WHERE page <> 0'), ('SELECT count(*) AS n FROM visit WHERE state = ''new'''),
('SELECT page, count(*) AS n FROM visit GROUP BY page'), ('SELECT page, count(*) AS n FROM visit WHERE id > 0 GROUP BY page'),
-- once for each value, and once
('SELECT count(*) AS n FROM (SELECT 1 FROM visit WHERE id > -1 AND state = ANY (string_to_array(''new,old,c,d,e,f,g,h,i,j,k,l,m,n,o'', '','')) ORDER BY id) v'),
('SELECT count(*) AS n FROM (SELECT 1 FROM visit WHERE id > -1 AND state = ANY (string_to_array(''new'', '','')) ORDER BY id) v');
RESET client_min_messages;
SELECT coalesce(t.served, '-') AS served, t.differs, q.query, t.answer FROM queries q, try(q.query) t ORDER BY q.id;
-- nothing is known of a key's values: as if they were many
SET client_min_messages = warning;
CREATE TABLE fresh (LIKE visit);
ALTER TABLE fresh ALTER page SET STATISTICS 0, ALTER state SET STATISTICS 0;
INSERT INTO fresh SELECT * FROM visit;
ANALYZE fresh;
SELECT bingo_tune.create_counter('fresh', 'SELECT state, page, count(*) FROM fresh GROUP BY state, page');
SELECT coalesce(served, '-') AS served, differs FROM try('SELECT count(*) AS n FROM fresh WHERE state >= ''a''');
SELECT coalesce(served, '-') AS served, differs FROM try('SELECT count(*) AS n FROM fresh WHERE state = ''new'' AND page = 0');
DROP TABLE visit, fresh, queries;
DROP FUNCTION try(text);
DROP EXTENSION bingo_tune CASCADE;
DROP EXTENSION pg_stat_statements;
