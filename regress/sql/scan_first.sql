-- DISTINCT ON from the first row of each key of a window: the scan skips to the next key, and goes to the plan behind
-- where a key that is cut may have rows that the window lacks.
--
-- read: rows from the window; behind: rows from the plan behind.  differs and wrong must be 0.
-- Seen red: keys' boundaries not looked at, neither those passed nor, at the window's end, those that are left; the window's end
-- taken for that of the rows; rows of the plan behind given again of the key given last, or not given of those of the scan before; NULL, the last
-- value of a column, not searched for, nor what stands behind a NULL in the next column; any filter, or none, taken for one that looks at
-- keys only, or keys that are equal for such that look alike; more columns than rows are kept for; descending keys of a window; what is sorted by within a group made ascending, too; an order of which the window has only the beginning.
\getenv abs_srcdir PG_ABS_SRCDIR
\set scan_rows :abs_srcdir '/include/scan_rows.sql'
SET client_min_messages = warning;
CREATE EXTENSION bingo_tune CASCADE;
SET bingo_tune.upkeep = off;
CREATE TABLE author (id int PRIMARY KEY, name text NOT NULL);
CREATE TABLE post (id int PRIMARY KEY, board_id int, author_id int NOT NULL REFERENCES author,
	created timestamp NOT NULL, title text NOT NULL, lang text COLLATE "C", size int NOT NULL DEFAULT 7);
INSERT INTO author SELECT g, 'a' || g FROM generate_series(1, 200) g;
-- Board 1 has half of them, board 60 one, a few have none.
INSERT INTO post (id, board_id, author_id, created, title, lang, size) SELECT g, CASE WHEN g % 2 = 0 THEN 1 WHEN g % 1000 = 1 THEN NULL ELSE 2 + g % 50 END, 1 + g % 200,
	'2020-01-01'::timestamp + (g * 7919 % 50000) * interval '1 minute', 't' || g, (ARRAY['en', 'de', NULL])[g % 3 + 1], g / 700 % 5
	FROM generate_series(1, 6000) g;
INSERT INTO post VALUES (40000, 60, 7, '2020-01-05', 'rare', 'fr');
CREATE INDEX ON post (board_id);
CREATE INDEX ON post (author_id);
CREATE INDEX ON post (created);
VACUUM ANALYZE;
SELECT bingo_tune.create_ordering('newest',
	'SELECT p.id, p.title, p.created, a.name FROM post p JOIN author a ON a.id = p.author_id WHERE p.board_id = $1 ORDER BY p.created DESC', 30);
SELECT bingo_tune.create_ordering('two keys',
	'SELECT p.id, p.title FROM post p WHERE p.lang = $1 AND p.board_id = $2 ORDER BY p.title', 12);
SELECT bingo_tune.create_ordering('all',
	'SELECT p.id, p.author_id, p.created FROM post p WHERE p.author_id = $1 ORDER BY p.created DESC', NULL);
SELECT bingo_tune.create_ordering('by size', 'SELECT p.id, p.size FROM post p WHERE p.board_id = $1 ORDER BY p.size, p.id', 12);
SELECT bingo_tune.create_ordering('down', 'SELECT p.id, p.size FROM post p ORDER BY p.size DESC, p.id', NULL);
SELECT bingo_tune.create_ordering('up', 'SELECT p.id, p.size FROM post p ORDER BY p.size, p.id', NULL);
\set ECHO none
\i :scan_rows
\set ECHO all
CREATE TABLE queries (id int GENERATED ALWAYS AS IDENTITY, query text);
INSERT INTO queries (query) SELECT replace(q, 'BOTH', 'FROM post p JOIN author a ON a.id = p.author_id') FROM unnest(ARRAY[
'SELECT DISTINCT ON (p.board_id) p.board_id, p.id, a.name BOTH ORDER BY p.board_id, p.created DESC, p.id DESC',
'SELECT DISTINCT ON (p.board_id) p.id, p.created BOTH ORDER BY p.board_id, p.created DESC, p.id DESC LIMIT 7',
'SELECT DISTINCT ON (p.board_id) p.board_id, p.created BOTH ORDER BY p.board_id, p.created DESC',
'SELECT DISTINCT ON (p.board_id) p.board_id, p.size, p.id BOTH ORDER BY p.board_id, p.created DESC, p.id DESC',
'SELECT DISTINCT p.board_id BOTH ORDER BY p.board_id',
'SELECT DISTINCT ON (p.board_id) p.board_id, p.id BOTH WHERE p.title LIKE ''%1%'' ORDER BY p.board_id, p.created DESC, p.id DESC',
'SELECT DISTINCT ON (p.board_id) p.board_id, p.id BOTH WHERE p.created < ''2020-02-01'' ORDER BY p.board_id, p.created DESC, p.id DESC',
'SELECT DISTINCT ON (p.board_id) p.board_id, p.id BOTH WHERE p.created < ''2020-02-01'' ORDER BY p.board_id, p.created DESC, p.id DESC LIMIT (SELECT 5)',
'SELECT DISTINCT ON (p.board_id) p.board_id, p.id BOTH WHERE p.title NOT LIKE ''t9%'' ORDER BY p.board_id, p.created DESC, p.id DESC',
'SELECT DISTINCT ON (p.board_id) p.board_id, p.id BOTH WHERE p.board_id IS NULL ORDER BY p.board_id, p.created DESC, p.id DESC',
'SELECT DISTINCT ON (p.board_id) p.board_id, p.id BOTH WHERE p.board_id <> 3 ORDER BY p.board_id, p.created DESC, p.id DESC',
'SELECT DISTINCT ON (p.board_id) p.board_id, p.id BOTH WHERE p.board_id IS NOT NULL AND p.board_id < 40 ORDER BY p.board_id, p.created DESC, p.id DESC',
'SELECT DISTINCT ON (p.board_id) p.board_id, p.id BOTH WHERE p.board_id <> 3 AND p.title > ''t2'' ORDER BY p.board_id, p.created DESC, p.id DESC',
'SELECT DISTINCT ON (p.board_id, p.created) p.board_id, p.id BOTH ORDER BY p.board_id, p.created DESC, p.id DESC',
'SELECT DISTINCT ON (p.board_id) p.board_id, p.id BOTH ORDER BY p.board_id DESC, p.created DESC, p.id DESC',
'SELECT DISTINCT ON (p.board_id) p.board_id, p.id, a.name BOTH ORDER BY p.board_id DESC NULLS LAST, p.created DESC, p.id DESC LIMIT 9',
'SELECT DISTINCT ON (p.board_id) p.board_id, p.id BOTH WHERE p.title LIKE ''%1%'' AND p.board_id < 40 ORDER BY p.board_id DESC, p.created DESC, p.id DESC',
'SELECT DISTINCT ON (p.board_id) p.board_id, p.id BOTH ORDER BY p.board_id DESC, p.created, p.id',
'SELECT DISTINCT p.board_id BOTH ORDER BY p.board_id DESC',
'SELECT DISTINCT ON (p.board_id) p.board_id, upper(p.title) BOTH ORDER BY p.board_id, p.created DESC, p.id DESC',
'SELECT DISTINCT ON (lang, board_id) lang, board_id, id FROM post ORDER BY lang, board_id, title, id',
'SELECT DISTINCT ON (lang, board_id) lang, board_id, id FROM post ORDER BY lang DESC, board_id DESC NULLS LAST, title, id',
'SELECT DISTINCT ON (lang, board_id) lang, board_id, id FROM post ORDER BY lang, board_id DESC, title, id',
'SELECT DISTINCT ON (lang) lang, board_id, id FROM post ORDER BY lang DESC, board_id, title, id',
'SELECT DISTINCT ON (lang) lang, board_id, id FROM post ORDER BY lang DESC, board_id DESC, title, id',
'SELECT DISTINCT ON (lang) lang, board_id, id FROM post ORDER BY lang, board_id, title, id',
'SELECT DISTINCT ON (lang) lang, id FROM post WHERE title > ''t5'' ORDER BY lang, board_id, title, id',
'SELECT DISTINCT lang, board_id FROM post ORDER BY lang, board_id',
'SELECT DISTINCT ON (author_id) author_id, id FROM post ORDER BY author_id, created DESC, id DESC',
'SELECT DISTINCT ON (author_id) author_id, id FROM post WHERE created < ''2020-01-20'' ORDER BY author_id, created DESC',
'SELECT DISTINCT ON (board_id, size) board_id, size, id FROM post ORDER BY board_id, size, id',
'SELECT DISTINCT ON (board_id) board_id, size, id FROM post ORDER BY board_id, size, created DESC, id',
'SELECT DISTINCT ON (board_id) board_id, size, id FROM post ORDER BY board_id, size, id',
'SELECT DISTINCT ON (size) size, id FROM post ORDER BY size DESC, id',
'SELECT DISTINCT ON (size) size, id FROM post ORDER BY size, id',
'SELECT n, x.* FROM unnest(ARRAY[60, 10, 60]) n, LATERAL (SELECT DISTINCT ON (p.board_id) p.board_id, p.id BOTH WHERE p.created < ''2020-01-01''::timestamp + n * interval ''1 day'' ORDER BY p.board_id, p.created DESC, p.id DESC LIMIT 4) x',
'SELECT b.n, x.* FROM unnest(ARRAY[9, 3, 1, 51]) b (n), LATERAL (SELECT p.board_id, p.id BOTH WHERE p.board_id = b.n ORDER BY p.created DESC, p.id DESC LIMIT 1) x ORDER BY b.n DESC',
'SELECT board_id, n, id FROM (SELECT p.board_id, p.id, row_number() OVER (PARTITION BY p.board_id ORDER BY p.created DESC, p.id DESC) AS n BOTH) x WHERE n <= 2 ORDER BY board_id DESC, n',
'SELECT n, x.* FROM unnest(ARRAY[3, 1]) n, LATERAL (SELECT DISTINCT ON (p.board_id) p.board_id, p.id BOTH WHERE p.id % 4 <> n ORDER BY p.board_id, p.created DESC, p.id DESC LIMIT 4) x']) q;
CREATE VIEW pages AS SELECT q.id, coalesce(t.read, '-') AS read, coalesce(t.behind, '-') AS behind, t.differs, t.answer FROM queries q, page(q.query) t ORDER BY q.id;
SELECT p.*, substring(query FROM '(?:DISTINCT|LATERAL).*') FROM pages p JOIN queries q USING (id) ORDER BY id;
CREATE FUNCTION lines(query text, pattern text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	line text;
BEGIN
	FOR line IN EXECUTE 'EXPLAIN (COSTS OFF) ' || query LOOP
		IF line ~ pattern THEN
			RETURN NEXT line;
		END IF;
	END LOOP;
END $$;
SELECT lines(query, '^Unique|Ordering|First') FROM queries WHERE id = 1;

-- ties: as many rows as there are of equal rank, or any of the equal ones
SELECT of, reason FROM unnest(ARRAY['rank()', 'dense_rank()', 'row_number()']) of,
	bingo_tune.explain_ordering('SELECT * FROM (SELECT p.id, ' || of || ' OVER (PARTITION BY p.board_id ORDER BY p.created DESC) AS n FROM post p JOIN author a ON a.id = p.author_id) x WHERE n <= 3')
	WHERE ordering = 'newest';

-- keys come, go and lose rows
INSERT INTO post VALUES (50000, 1, 1, '2021-01-01', 'first', 'en'), (50001, 59, 1, '2019-01-01', 'new key', NULL), (50002, NULL, 1, '2022-01-01', 'none', 'zz');
DELETE FROM post WHERE board_id = 60 OR board_id = 7;
UPDATE post SET board_id = NULL WHERE board_id = 8;
UPDATE post SET created = '2019-02-01' WHERE id IN (SELECT id FROM post WHERE board_id = 9 ORDER BY created DESC LIMIT 3);
SELECT * FROM pages;

-- nothing is left in the window of a cut key in the midst, of the last one, of NULL
DELETE FROM post WHERE id IN (SELECT id FROM post WHERE board_id = 20 ORDER BY created DESC, id DESC LIMIT 30);
SELECT * FROM pages WHERE id < 7;
SELECT bingo_tune.refresh_ordering('newest');
DELETE FROM post WHERE board_id > 51;
DELETE FROM post WHERE id IN (SELECT id FROM post WHERE board_id = 51 ORDER BY created DESC, id DESC LIMIT 30) OR board_id IS NULL;
SELECT * FROM pages WHERE id < 7;
INSERT INTO post SELECT 60000 + g, NULL, 1, '2021-01-01', 'null', NULL FROM generate_series(1, 40) g;
SELECT bingo_tune.refresh_ordering('newest');
DELETE FROM post WHERE id IN (SELECT id FROM post WHERE board_id IS NULL ORDER BY created DESC, id DESC LIMIT 30);
SELECT * FROM pages WHERE id < 7 OR id = 12;
SELECT name, bingo_tune.verify_ordering(name) AS wrong FROM bingo_tune.orderings ORDER BY name;

-- the fill has ended in front of a row that no window can hold
INSERT INTO post SELECT 70000, 30, 1, '2020-01-01', 'a' || string_agg(md5(g::text), ''), 'de' FROM generate_series(1, 200) g;
SELECT bingo_tune.refresh_ordering('two keys');
SELECT left(boundary, 12) AS boundary, state FROM bingo_tune.orderings WHERE name = 'two keys';
SELECT * FROM pages WHERE id BETWEEN 21 AND 28 OR id > 30;

-- fetched and scrolled, prepared, under an older snapshot while the window is filled again
BEGIN ISOLATION LEVEL REPEATABLE READ;
DECLARE c SCROLL CURSOR FOR SELECT DISTINCT ON (p.board_id) p.board_id, p.id FROM post p JOIN author a ON a.id = p.author_id ORDER BY p.board_id, p.created DESC, p.id DESC;
FETCH 3 FROM c;
FETCH BACKWARD 2 FROM c;
FETCH 3 FROM c;
COMMIT;
PREPARE prepared(text) AS SELECT DISTINCT ON (p.board_id) p.board_id, p.id FROM post p JOIN author a ON a.id = p.author_id WHERE p.title >= $1 ORDER BY p.board_id, p.created DESC, p.id DESC LIMIT 3;
SET plan_cache_mode = force_generic_plan;
EXECUTE prepared('t0');
EXECUTE prepared('t7');
SET bingo_tune.enable_ordered_scan = off;
EXECUTE prepared('t0');
EXECUTE prepared('t7');

SET bingo_tune.enable_ordered_scan = on;

-- keys that are equal and look different: a condition on the key lets some rows of a group pass, and not others
CREATE TABLE spelled (id int PRIMARY KEY, k numeric NOT NULL, f float8 NOT NULL, s text NOT NULL);
INSERT INTO spelled SELECT g, CASE WHEN g = 1 THEN 0.0 ELSE (g % 50)::numeric(10, 2) END, CASE WHEN g = 1 THEN '-0' ELSE g % 50 END, 's' || g % 50
	FROM generate_series(1, 5000) g;
ANALYZE spelled;
SET client_min_messages = warning;
SELECT bingo_tune.create_ordering('numeric', 'SELECT id, k FROM spelled ORDER BY k, id', NULL),
	bingo_tune.create_ordering('some numeric', 'SELECT id, f, k FROM spelled WHERE k = $1 ORDER BY f, id', 5),
	bingo_tune.create_ordering('float', 'SELECT id, f FROM spelled ORDER BY f, id', NULL),
	bingo_tune.create_ordering('text', 'SELECT id, s FROM spelled ORDER BY s, id', NULL);
RESET client_min_messages;
SELECT t.read, t.behind, t.differs, query FROM unnest(ARRAY[
'SELECT DISTINCT ON (k) k, id FROM spelled WHERE scale(k) = 2 ORDER BY k, id',
'SELECT DISTINCT ON (k) k, f, id FROM spelled WHERE k::text LIKE ''%.00'' ORDER BY k, f, id',
'SELECT DISTINCT ON (f) f, id FROM spelled WHERE f::text <> ''-0'' ORDER BY f, id',
'SELECT DISTINCT ON (s) s, id FROM spelled WHERE s LIKE ''%7'' ORDER BY s, id']) query, page(query) t;

DROP VIEW pages;
DROP TABLE post, author, queries, spelled;
DROP FUNCTION page(text), lines(text, text);
DROP EXTENSION bingo_tune CASCADE;
DROP EXTENSION pg_stat_statements;
