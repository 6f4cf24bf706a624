-- Conditions that are expressions over the columns of one table: rows that pass are kept, an error is a mark,
-- never the writer's.
--
-- read: rows from the window; behind: rows from the plan behind; -: not served.
-- Seen red: errors not contained; expressions of a condition not looked at (what depends on settings, time, others' code), or only when constants
-- are folded; conditions that are expressions allowed in counters; SQL made of folded ones; the columns that they read not among those whose change counts.
\getenv abs_srcdir PG_ABS_SRCDIR
\set scan_rows :abs_srcdir '/include/scan_rows.sql'
SET client_min_messages = warning;
CREATE EXTENSION bingo_tune CASCADE;
SET bingo_tune.upkeep = off;
CREATE TABLE author (id int PRIMARY KEY, name text NOT NULL, level int NOT NULL, banned boolean);
CREATE TABLE post (id int PRIMARY KEY, author_id int NOT NULL REFERENCES author, created int NOT NULL, status text, code text COLLATE "C", deleted boolean, size int NOT NULL, body text);
INSERT INTO author SELECT g, 'Au' || g, g % 7 + 1, (ARRAY[true, false, NULL])[g % 3 + 1] FROM generate_series(1, 60) g;
INSERT INTO post SELECT g, 1 + g % 60, g * 7919 % 5003, (ARRAY['Open', 'OPEN', 'closed', NULL])[g % 4 + 1], chr(65 + g % 58), (ARRAY[true, false, NULL])[g % 3 + 1], g % 10 + 1
	FROM generate_series(1, 6000) g;
UPDATE post SET body = (SELECT string_agg(md5(post.id::text || i), '') FROM generate_series(1, 120) i) WHERE id % 50 = 0;
CREATE INDEX ON post (author_id);
VACUUM ANALYZE;
RESET client_min_messages;

SELECT bingo_tune.create_ordering('open', $$SELECT p.id, p.created, a.name FROM post p JOIN author a ON a.id = p.author_id WHERE lower(p.status) = 'open' AND coalesce(p.deleted, false) = false
	ORDER BY p.created DESC, p.id$$, 300);
SELECT bingo_tune.create_ordering('kept', $$SELECT p.id, a.name FROM post p JOIN author a ON a.id = p.author_id WHERE NOT coalesce(a.banned, false) AND 12 / a.level > 2 ORDER BY a.name, p.id$$, 300);
SELECT bingo_tune.create_ordering('ratio', $$SELECT id, size FROM post WHERE size > 0 AND 20 / size > 3 ORDER BY 100 / size, id$$, 300);
SELECT bingo_tune.create_ordering('long', $$SELECT id FROM post WHERE length(body) > 3000 OR body IS NULL AND status LIKE 'clo%' ORDER BY created, id$$, NULL);
-- COLLATE within, in a constant, in a cast
SELECT bingo_tune.create_ordering('collated', $$SELECT id, code FROM post WHERE lower(status COLLATE "C") = 'open' AND code || 'x' > 'Mx' COLLATE "C" AND (code::varchar COLLATE "POSIX") || '' <> 'Q' ORDER BY id$$, NULL);
-- in arithmetic, CASE, and by parameter
SELECT bingo_tune.create_ordering('case', $$SELECT id FROM post WHERE author_id = $1 AND CASE WHEN size > 5 THEN 'big' ELSE 'small' END = 'big' ORDER BY created, id$$);
SELECT name, query, kept_rows, state FROM bingo_tune.orderings ORDER BY name;

\set ECHO none
\i :scan_rows
\set ECHO all
CREATE TABLE queries (id int GENERATED ALWAYS AS IDENTITY, query text);
INSERT INTO queries (query) VALUES
('SELECT p.id, a.name FROM post p JOIN author a ON a.id = p.author_id WHERE lower(p.status) = ''open'' AND coalesce(p.deleted, false) = false ORDER BY p.created DESC, p.id LIMIT 5'),
('SELECT x.id FROM author y, post x WHERE NOT coalesce(x.deleted, false) AND ''open'' = lower(x.status) AND y.id = x.author_id AND x.created < 4900 ORDER BY x.created DESC, x.id LIMIT 5'),
('SELECT p.id FROM post p JOIN author a ON a.id = p.author_id WHERE lower(p.status) = ''open'' AND coalesce(p.deleted, false) = false ORDER BY p.created DESC, p.id LIMIT 5 OFFSET 400'),
('SELECT p.id, a.name FROM post p JOIN author a ON a.id = p.author_id WHERE NOT coalesce(a.banned, false) AND 12 / a.level > 2 ORDER BY a.name, p.id LIMIT 5'),
('SELECT id FROM post WHERE size > 0 AND 20 / size > 3 ORDER BY 100 / size, id LIMIT 5'),
('SELECT id FROM post WHERE length(body) > 3000 OR body IS NULL AND status LIKE ''clo%'' ORDER BY created, id LIMIT 5'),
('SELECT id, code FROM post WHERE lower(status COLLATE "C") = ''open'' AND code || ''x'' > ''Mx'' COLLATE "C" AND (code::varchar COLLATE "POSIX") || '''' <> ''Q'' ORDER BY id LIMIT 5'),
('SELECT id FROM post WHERE author_id = 7 AND CASE WHEN size > 5 THEN ''big'' ELSE ''small'' END = ''big'' ORDER BY created, id LIMIT 5'),
-- another value, function, collation; one condition less
('SELECT p.id FROM post p JOIN author a ON a.id = p.author_id WHERE lower(p.status) = ''closed'' AND coalesce(p.deleted, false) = false ORDER BY p.created DESC, p.id LIMIT 5'),
('SELECT p.id FROM post p JOIN author a ON a.id = p.author_id WHERE upper(p.status) = ''open'' AND coalesce(p.deleted, false) = false ORDER BY p.created DESC, p.id LIMIT 5'),
('SELECT id, code FROM post WHERE lower(status) = ''open'' AND code || ''x'' > ''Mx'' ORDER BY id LIMIT 5'),
('SELECT p.id FROM post p JOIN author a ON a.id = p.author_id WHERE lower(p.status) = ''open'' ORDER BY p.created DESC, p.id LIMIT 5');
SELECT coalesce(t.read, '-') AS read, coalesce(t.behind, '-') AS behind, t.differs, q.id, t.answer FROM queries q, page(q.query) t ORDER BY q.id;

-- rows come and go with what is computed, of either table
CREATE FUNCTION check_all() RETURNS TABLE (name text, state text, reason text, wrong text, kept bigint) LANGUAGE sql AS $$
	SELECT o.name, o.state, o.reason, CASE WHEN o.state = 'valid' THEN bingo_tune.verify_ordering(o.name)::text END, o.kept_rows FROM bingo_tune.orderings o ORDER BY o.name $$;
UPDATE post SET status = 'oPEN' WHERE id % 100 = 2;
UPDATE post SET status = NULL WHERE id % 100 = 4;
UPDATE post SET deleted = NOT deleted WHERE id % 100 = 5;
UPDATE post SET deleted = NULL WHERE id % 100 = 6;
UPDATE post SET size = 11 - size WHERE id % 100 < 9;
UPDATE post SET code = chr(150 - ascii(code)) WHERE id % 100 < 9;
UPDATE post SET body = repeat(body, 2) WHERE id % 500 = 0;
UPDATE post SET body = NULL WHERE id % 1000 = 0;
UPDATE post SET body = 'short' WHERE id % 1000 = 50;
UPDATE author SET banned = NULL WHERE id IN (3, 9);
UPDATE author SET banned = true WHERE id IN (4, 5);
UPDATE author SET level = 8 - level WHERE id IN (1, 2, 6, 7);
INSERT INTO post VALUES (7001, 2, 5010, 'open', 'a', false, 2), (7002, 2, 5009, 'new', 'a', false, 9);
DELETE FROM post WHERE id IN (10, 20, 33);
SELECT * FROM check_all();
SELECT coalesce(t.read, '-') AS read, coalesce(t.behind, '-') AS behind, t.differs, q.id, t.answer FROM queries q, page(q.query) t WHERE q.id < 9 ORDER BY q.id;

-- an error is a mark, of the ordering that has it alone, and goes with it
UPDATE author SET level = 0 WHERE id = 8;
SELECT * FROM check_all() WHERE state <> 'valid';
UPDATE author SET level = 3 WHERE id = 8;
SELECT bingo_tune.refresh_ordering('kept');
INSERT INTO post VALUES (7003, 2, 1, 'open', 'a', false, 0), (7004, 2, 1, 'open', 'a', false, -1);
SELECT * FROM check_all() WHERE name IN ('kept', 'ratio');
SELECT bingo_tune.create_ordering('fails', 'SELECT id FROM post WHERE 20 / size > 3 ORDER BY id');
DELETE FROM post WHERE id IN (7003, 7004);
SELECT bingo_tune.create_ordering('fails', 'SELECT id FROM post WHERE 20 / size > 3 ORDER BY id');
INSERT INTO post VALUES (7005, 2, 1, 'open', 'a', false, 0);
SELECT * FROM check_all() WHERE state <> 'valid';
SELECT id FROM post WHERE 20 / size > 3 AND id > 7004 ORDER BY id LIMIT 1;
DELETE FROM post WHERE id = 7005;
SELECT bingo_tune.refresh_ordering('fails');
SELECT * FROM check_all();

-- refused, and why
CREATE FUNCTION strange(int) RETURNS bool LANGUAGE sql IMMUTABLE AS 'SELECT true';
SELECT bingo_tune.create_ordering('x', 'SELECT id FROM post WHERE to_timestamp(created) > now() ORDER BY id');
SELECT bingo_tune.create_ordering('x', 'SELECT id FROM post WHERE to_char(created, ''9'') = ''1'' ORDER BY id');
SELECT bingo_tune.create_ordering('x', 'SELECT id FROM post WHERE strange(id) ORDER BY id');
SELECT bingo_tune.create_ordering('x', 'SELECT id FROM post WHERE quote_ident(code) = ''a'' ORDER BY id');
SELECT bingo_tune.create_ordering('x', 'SELECT id FROM post WHERE lower(code) = quote_ident(''a'') ORDER BY id');
SELECT bingo_tune.create_ordering('x', 'SELECT id FROM post WHERE coalesce(id::regclass, ''post'') = ''post''::regclass ORDER BY id');
SELECT bingo_tune.create_ordering('x', 'SELECT id FROM post WHERE lower(post::text) = ''a'' ORDER BY id');
SELECT bingo_tune.create_ordering('x', 'SELECT id FROM post WHERE lower(status) = (SELECT max(name) FROM author) ORDER BY id');
SELECT bingo_tune.create_ordering('x', 'SELECT id FROM post WHERE lower(status) = $1 ORDER BY id');
SELECT bingo_tune.create_ordering('x', 'SELECT p.id FROM post p JOIN author a ON a.id = p.author_id WHERE p.size + a.level > 3 ORDER BY p.id');
SELECT bingo_tune.create_counter('x', 'SELECT count(*) FROM post WHERE lower(status) = ''open''');

-- the definition as it was, after its columns have got other names
ALTER TABLE post RENAME status TO "of it";
ALTER TABLE post RENAME code TO letter;
SELECT name, query, state FROM bingo_tune.orderings WHERE name IN ('open', 'collated') ORDER BY name;
SELECT bingo_tune.refresh_ordering('collated');
SELECT * FROM check_all();

SET client_min_messages = warning;
DROP EXTENSION bingo_tune;
DROP EXTENSION pg_stat_statements;
DROP TABLE post, author, queries;
DROP FUNCTION page(text), check_all(), strange(int);
