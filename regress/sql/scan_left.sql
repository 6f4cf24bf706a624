-- Queries with LEFT JOIN, and others, from orderings with LEFT JOIN: the same rows in the same
-- order as the plain plan's, whatever became of the join in the planner.
--
-- read: rows from the window; behind: rows from the plan behind; -: not served.
--
-- Seen red: rows without a partner given to an inner join; conditions of ON not compared (on the right table, on
-- both, a value, none at all); taken for conditions that choose rows, or proof of them; a LEFT JOIN where the
-- ordering has a JOIN; a table left out that the query reads; join paths of LEFT JOINs not looked at.
\getenv abs_srcdir PG_ABS_SRCDIR
\set scan_rows :abs_srcdir '/include/scan_rows.sql'
SET client_min_messages = warning;
CREATE EXTENSION bingo_tune CASCADE;
CREATE TABLE land (id int PRIMARY KEY, name text, code int UNIQUE);
CREATE TABLE author (id int PRIMARY KEY, land_id int, name text, rank int, bio text, weight int NOT NULL DEFAULT 5);
CREATE TABLE board (id int PRIMARY KEY, name text NOT NULL);
CREATE TABLE post (id int PRIMARY KEY, author_id int, board_id int NOT NULL, created int NOT NULL, title text);
CREATE INDEX ON post (author_id);
CREATE INDEX ON post (board_id);
CREATE INDEX ON author (land_id);
INSERT INTO land SELECT g, 'land ' || g % 3, g FROM generate_series(1, 20) g;
-- many authors have no land, or one that is not there; some have no name and no rank
INSERT INTO author SELECT g, nullif(g % 30, 0), nullif('author ' || g % 50, 'author 0'), nullif(g % 40, 0), 'bio ' || g, g % 10 FROM generate_series(1, 1000) g;
INSERT INTO author VALUES (5000);
INSERT INTO board SELECT g, 'board ' || g FROM generate_series(1, 30) g;
-- a third has no author, or one that is not there
INSERT INTO post SELECT g, CASE WHEN g % 9 > 0 THEN g * 7 % 1400 END, g % 36, g * 7919 % 10007, 'title ' || g FROM generate_series(1, 10000) g;
UPDATE post SET author_id = 5000 WHERE id % 500 = 3;
VACUUM ANALYZE;
SELECT bingo_tune.create_ordering('by rank', 'SELECT p.id, p.author_id, a.name, a.bio FROM post p LEFT JOIN author a ON p.author_id = a.id ORDER BY a.rank DESC, p.created, p.id', 6000);
SELECT bingo_tune.create_ordering('by rank upwards', 'SELECT p.id, p.author_id, a.name FROM post p LEFT JOIN author a ON p.author_id = a.id ORDER BY a.rank, p.created, p.id', 8000);
-- filled in two chunks, the second of which begins with rows that have an author
SELECT bingo_tune.create_ordering('by weight', 'SELECT p.id, a.name FROM post p LEFT JOIN author a ON p.author_id = a.id ORDER BY a.weight, p.id', NULL);
SELECT bingo_tune.create_ordering('by time', 'SELECT p.id, p.author_id, p.board_id, a.id, a.name, a.land_id, l.name, b.name FROM post p JOIN board b ON p.board_id = b.id LEFT JOIN author a ON p.author_id = a.id LEFT JOIN land l ON a.land_id = l.id ORDER BY p.created DESC, p.id DESC', NULL);

\set ECHO none
\i :scan_rows
\set ECHO all
CREATE TABLE queries (id int GENERATED ALWAYS AS IDENTITY, query text);
CREATE FUNCTION ask(OUT read text, OUT behind text, OUT differs bigint, OUT query text, OUT answer text) RETURNS SETOF record LANGUAGE sql AS $$
	SELECT coalesce(t.read, '-'), coalesce(t.behind, '-'), t.differs, replace(replace(q.query, 'post p LEFT JOIN author a ON p.author_id = a.id', '(PA)'), 'ORDER BY a.rank DESC, p.created, p.id', '(OR)'), t.answer FROM queries q, page(q.query) t ORDER BY q.id
$$;

-- The join as it is, written as RIGHT JOIN, with USING, below a subquery, above other joins
INSERT INTO queries (query) VALUES
('SELECT p.id, a.name FROM post p LEFT JOIN author a ON p.author_id = a.id ORDER BY a.rank DESC, p.created, p.id LIMIT 5'),
('SELECT p.id, a.name, a.bio, p.author_id FROM author a RIGHT JOIN post p ON a.id = p.author_id ORDER BY a.rank DESC, p.created, p.id LIMIT 50 OFFSET 1000'),
('SELECT p.id, a.name FROM post p LEFT JOIN author a ON p.author_id = a.id ORDER BY a.rank DESC, p.created, p.id LIMIT (SELECT 5) OFFSET (SELECT 5990)'),
('SELECT p.id, a.name FROM post p LEFT JOIN (SELECT id, rank, name FROM author) a ON p.author_id = a.id ORDER BY a.rank DESC, p.created, p.id LIMIT 5'),
('SELECT x.id, x.name FROM (SELECT p.*, a.rank, a.name FROM post p LEFT JOIN author a ON p.author_id = a.id) x ORDER BY x.rank DESC, x.created, x.id LIMIT 5'),
('SELECT p.*, a.name FROM post p LEFT JOIN author a ON p.author_id = a.id ORDER BY a.rank DESC, p.created, p.id LIMIT 5'),
('SELECT p.id, a.name, b.name AS board FROM post p LEFT JOIN author a ON p.author_id = a.id LEFT JOIN board b ON p.board_id = b.id ORDER BY a.rank DESC, p.created, p.id LIMIT 5'),
('SELECT p.id, a.name, b.name AS board FROM post p LEFT JOIN author a ON p.author_id = a.id JOIN board b ON p.board_id = b.id ORDER BY a.rank DESC, p.created, p.id LIMIT 5'),
('SELECT p.id, a.name, l.name AS land FROM post p LEFT JOIN author a ON p.author_id = a.id LEFT JOIN land l ON p.board_id = l.id ORDER BY a.rank DESC, p.created, p.id LIMIT 5'),
('SELECT p.id, b.name AS board, a.name, l.name AS land FROM post p JOIN board b ON p.board_id = b.id LEFT JOIN author a ON p.author_id = a.id LEFT JOIN land l ON a.land_id = l.id ORDER BY p.created DESC, p.id DESC LIMIT 5'),
('SELECT p.id, b.name AS board, a.name, l.name AS land FROM board b, post p LEFT JOIN (author a LEFT JOIN land l ON a.land_id = l.id) ON p.author_id = a.id WHERE p.board_id = b.id ORDER BY p.created DESC, p.id DESC LIMIT 5'),
('SELECT p.id, a.name FROM post p LEFT JOIN author a ON p.author_id = a.id ORDER BY a.weight, p.id LIMIT 5 OFFSET 9000'),
('SELECT a.rank FROM post p LEFT JOIN author a ON p.author_id = a.id ORDER BY a.rank DESC LIMIT 5'),
('SELECT a.rank, count(*) FROM post p LEFT JOIN author a ON p.author_id = a.id GROUP BY a.rank ORDER BY a.rank DESC LIMIT 2');
SELECT * FROM ask();

-- Conditions above the join: those that are true of NULLs, and those that are not, which make it an inner one.
-- A row without a partner is none then, and no other column than a's tells so.
TRUNCATE queries;
INSERT INTO queries (query) VALUES
('SELECT p.id, a.name FROM post p LEFT JOIN author a ON p.author_id = a.id WHERE p.author_id > 100 ORDER BY a.rank DESC, p.created, p.id LIMIT 5'),
('SELECT p.id, a.name FROM post p LEFT JOIN author a ON p.author_id = a.id WHERE a.name IS NULL ORDER BY a.rank DESC, p.created, p.id LIMIT 5'),
('SELECT p.id, a.name FROM post p LEFT JOIN author a ON p.author_id = a.id WHERE coalesce(a.name, ''x'') < ''author 2'' ORDER BY a.rank, p.created, p.id LIMIT 5'),
('SELECT p.id, a.name FROM post p LEFT JOIN author a ON p.author_id = a.id WHERE coalesce(a.name, ''x'') > ''author 2'' OR p.id < 100 ORDER BY a.rank DESC, p.created, p.id LIMIT 5'),
('SELECT p.id, a.name FROM post p LEFT JOIN author a ON p.author_id = a.id WHERE a.name IS DISTINCT FROM ''author 1'' ORDER BY a.rank DESC, p.created, p.id LIMIT 5'),
('SELECT p.id, a.name FROM post p LEFT JOIN author a ON p.author_id = a.id WHERE a.name > ''author 2'' ORDER BY a.rank, p.created, p.id LIMIT 5'),
('SELECT p.id, a.name FROM post p LEFT JOIN author a ON p.author_id = a.id WHERE a.rank = 39 ORDER BY p.created, p.id LIMIT 5'),
('SELECT p.id, a.name FROM post p LEFT JOIN author a ON p.author_id = a.id WHERE a.rank < 38 ORDER BY a.rank, p.created, p.id LIMIT 5'),
('SELECT p.id, a.name FROM post p LEFT JOIN author a ON p.author_id = a.id WHERE a.rank IS NULL ORDER BY p.created, p.id LIMIT 5'),
('SELECT p.id, a.name FROM post p JOIN author a ON p.author_id = a.id ORDER BY a.rank, p.created, p.id LIMIT 5'),
('SELECT p.id, a.name FROM post p JOIN author a ON p.author_id = a.id ORDER BY a.rank, p.created, p.id OFFSET 6100 LIMIT 50'),
('SELECT p.id, a.id AS author FROM post p JOIN author a ON p.author_id = a.id ORDER BY a.rank, p.created, p.id LIMIT 5'),
('SELECT p.id, p.author_id, a.id AS author FROM post p LEFT JOIN author a ON p.author_id = a.id ORDER BY a.rank DESC, p.created, p.id LIMIT 50'),
('SELECT p.id, a.id AS author FROM post p LEFT JOIN author a ON p.author_id = a.id WHERE a.id IS NOT NULL ORDER BY a.rank, p.created, p.id LIMIT 5'),
('SELECT p.id, a.id AS author FROM post p LEFT JOIN author a ON p.author_id = a.id WHERE a.id IS NULL ORDER BY a.rank DESC, p.created, p.id LIMIT 5'),
('SELECT p.id, p.author_id, l.name AS land FROM post p JOIN board b ON p.board_id = b.id JOIN author a ON p.author_id = a.id LEFT JOIN land l ON a.land_id = l.id ORDER BY p.created DESC, p.id DESC LIMIT 20'),
('SELECT p.id, p.author_id, l.name AS land FROM post p JOIN board b ON p.board_id = b.id JOIN author a ON p.author_id = a.id JOIN land l ON a.land_id = l.id ORDER BY p.created DESC, p.id DESC LIMIT 20'),
('SELECT p.id, p.author_id, l.name AS land FROM post p JOIN board b ON p.board_id = b.id LEFT JOIN author a ON p.author_id = a.id LEFT JOIN land l ON a.land_id = l.id WHERE l.name = ''land 1'' ORDER BY p.created DESC, p.id DESC LIMIT 20'),
('SELECT p.id, p.author_id, l.name AS land FROM post p JOIN board b ON p.board_id = b.id LEFT JOIN author a ON p.author_id = a.id LEFT JOIN land l ON a.land_id = l.id WHERE a.name IS NULL OR l.name IS NULL ORDER BY p.created DESC, p.id DESC LIMIT 20'),
('SELECT min(a.rank) FROM post p JOIN author a ON p.author_id = a.id'),
('SELECT min(a.rank) FROM post p LEFT JOIN author a ON p.author_id = a.id'),
('SELECT max(p.created) FROM post p LEFT JOIN author a ON p.author_id = a.id JOIN board b ON b.id = p.board_id');
SELECT * FROM ask();

-- A value of the join column: the planner joins by author.id = value instead.
TRUNCATE queries;
INSERT INTO queries (query) VALUES
('SELECT p.id, p.author_id, a.name FROM post p LEFT JOIN author a ON p.author_id = a.id WHERE p.author_id = 161 ORDER BY a.rank, p.created, p.id LIMIT 5'),
('SELECT p.id, p.author_id, a.name FROM post p LEFT JOIN author a ON p.author_id = a.id WHERE p.author_id = 1050 ORDER BY a.rank DESC, p.created, p.id LIMIT 5'),
('SELECT p.id, p.author_id, a.name, a.id AS author FROM post p JOIN board b ON p.board_id = b.id LEFT JOIN author a ON p.author_id = a.id LEFT JOIN land l ON a.land_id = l.id WHERE p.author_id = 21 ORDER BY p.created DESC, p.id DESC LIMIT 5'),
('SELECT p.id, p.author_id, a.name, a.id AS author FROM post p JOIN board b ON p.board_id = b.id LEFT JOIN author a ON p.author_id = a.id LEFT JOIN land l ON a.land_id = l.id WHERE p.author_id = 1050 ORDER BY p.created DESC, p.id DESC LIMIT 5'),
('SELECT p.id, p.author_id, a.name, l.name AS land FROM post p JOIN board b ON p.board_id = b.id LEFT JOIN author a ON p.author_id = a.id LEFT JOIN land l ON a.land_id = l.id WHERE a.land_id = 2 ORDER BY p.created DESC, p.id DESC LIMIT 5'),
('SELECT p.id, p.author_id, a.name FROM post p JOIN board b ON p.board_id = b.id LEFT JOIN author a ON p.author_id = a.id LEFT JOIN land l ON a.land_id = l.id WHERE a.id = 21 ORDER BY p.created DESC, p.id DESC LIMIT 5');
SET enable_sort = off;
SELECT * FROM ask();
RESET enable_sort;

-- Not the ordering's join: another condition in ON, another column, another kind of join.
TRUNCATE queries;
INSERT INTO queries (query) VALUES
('SELECT p.id, a.name FROM post p LEFT JOIN author a ON p.author_id = a.id AND a.name > ''author 2'' ORDER BY a.rank DESC, p.created, p.id LIMIT 5'),
('SELECT p.id, a.name FROM post p LEFT JOIN author a ON p.author_id = a.id AND a.id = 39 ORDER BY a.rank DESC, p.created, p.id LIMIT 5'),
('SELECT p.id, a.name FROM post p LEFT JOIN author a ON p.author_id = a.id AND p.created > 5000 ORDER BY a.rank DESC, p.created, p.id LIMIT 5'),
('SELECT p.id, a.name FROM post p LEFT JOIN author a ON p.author_id = a.id AND p.created > a.rank ORDER BY a.rank DESC, p.created, p.id LIMIT 5'),
('SELECT p.id, a.name FROM post p LEFT JOIN author a ON p.author_id = a.id AND now() < ''2000-01-01'' ORDER BY a.rank DESC, p.created, p.id LIMIT 5'),
('SELECT p.id, a.name FROM post p LEFT JOIN author a ON true WHERE p.id < 3 ORDER BY a.rank DESC, p.created, p.id, a.id LIMIT 5'),
('SELECT p.id, a.name FROM post p LEFT JOIN author a ON p.board_id = a.id ORDER BY a.rank DESC, p.created, p.id LIMIT 5'),
('SELECT p.id, a.name FROM post p LEFT JOIN author a ON p.author_id = a.id AND p.board_id = a.id ORDER BY a.rank DESC, p.created, p.id LIMIT 5'),
('SELECT p.id, a.name FROM post p FULL JOIN author a ON p.author_id = a.id ORDER BY a.rank DESC, p.created, p.id LIMIT 5'),
('SELECT p.id, a.name FROM post p RIGHT JOIN author a ON p.author_id = a.id ORDER BY a.rank DESC, p.created, p.id LIMIT 5'),
('SELECT p.id, a.name FROM post p LEFT JOIN (author a JOIN land l ON a.land_id = l.id) ON p.author_id = a.id ORDER BY a.rank DESC, p.created, p.id LIMIT 5'),
('SELECT p.id, a.name FROM post p LEFT JOIN (SELECT * FROM author LIMIT 100) a ON p.author_id = a.id ORDER BY a.rank DESC, p.created, p.id LIMIT 5'),
('SELECT p.id, a.name FROM post p LEFT JOIN (SELECT id, rank, name || ''!'' AS name FROM author) a ON p.author_id = a.id ORDER BY a.rank DESC, p.created, p.id LIMIT 5'),
('SELECT p.id, a.name FROM post p LEFT JOIN (SELECT id, rank, coalesce(name, ''none'') AS name FROM author) a ON p.author_id = a.id ORDER BY a.rank DESC, p.created, p.id LIMIT 5'),
('SELECT p.id FROM post p WHERE NOT EXISTS (SELECT FROM author a WHERE p.author_id = a.id) ORDER BY p.created, p.id LIMIT 5'),
('SELECT p.id FROM post p WHERE EXISTS (SELECT FROM author a WHERE p.author_id = a.id) ORDER BY p.created, p.id LIMIT 5'),
('SELECT p.id, b.name AS board, a.name, l.name AS land FROM post p LEFT JOIN board b ON p.board_id = b.id LEFT JOIN author a ON p.author_id = a.id LEFT JOIN land l ON a.land_id = l.id ORDER BY p.created DESC, p.id DESC LIMIT 5'),
('SELECT p.id, b.name AS board, a.name, l.name AS land FROM post p JOIN board b ON p.board_id = b.id LEFT JOIN (author a LEFT JOIN land l ON a.land_id = l.id) ON p.author_id = a.id AND coalesce(l.name, a.name) > ''land 1'' ORDER BY p.created DESC, p.id DESC LIMIT 5'),
('SELECT p.id, b.name AS board, a.name, l.name AS land FROM post p JOIN board b ON p.board_id = b.id LEFT JOIN (author a LEFT JOIN land l ON a.land_id = l.id AND a.rank > 3) ON p.author_id = a.id ORDER BY p.created DESC, p.id DESC LIMIT 5'),
('SELECT p.id, b.name AS board, a.name, l.name AS land FROM post p JOIN board b ON p.board_id = b.id LEFT JOIN author a ON true LEFT JOIN land l ON a.land_id = l.id AND p.author_id = a.id WHERE p.id < 20 ORDER BY p.created DESC, p.id DESC, a.id LIMIT 5');
SELECT * FROM ask();

-- A table that only adds columns is not needed: the planner has removed its join, or there was none.
TRUNCATE queries;
INSERT INTO queries (query) VALUES
('SELECT p.id, b.name AS board FROM post p JOIN board b ON p.board_id = b.id ORDER BY p.created DESC, p.id DESC LIMIT 5'),
('SELECT p.id, b.name AS board, a.name FROM post p JOIN board b ON p.board_id = b.id LEFT JOIN author a ON p.author_id = a.id ORDER BY p.created DESC, p.id DESC LIMIT 5'),
('SELECT p.id, b.name AS board FROM post p JOIN board b ON p.board_id = b.id LEFT JOIN author a ON p.author_id = a.id LEFT JOIN land l ON a.land_id = l.id ORDER BY p.created DESC, p.id DESC LIMIT 5'),
('SELECT p.id, b.name AS board, l.name AS land FROM post p JOIN board b ON p.board_id = b.id LEFT JOIN land l ON p.author_id = l.id ORDER BY p.created DESC, p.id DESC LIMIT 5'),
('SELECT p.id FROM post p LEFT JOIN author a ON p.author_id = a.id ORDER BY p.created DESC, p.id DESC LIMIT 5'),
('SELECT count(*) FROM (SELECT p.id FROM post p JOIN board b ON p.board_id = b.id LEFT JOIN author a ON p.author_id = a.id ORDER BY p.created DESC, p.id DESC LIMIT 500) x');
SELECT * FROM ask();

-- what explain_ordering() says
SELECT q.what, e.ordering, e.served, e.reason FROM (VALUES
('ON', 'SELECT p.id FROM post p LEFT JOIN author a ON p.author_id = a.id AND a.name > ''x'' ORDER BY a.rank DESC, p.created, p.id LIMIT 5'),
('ON of both', 'SELECT p.id FROM post p LEFT JOIN author a ON p.author_id = a.id AND a.rank > p.created ORDER BY a.rank DESC, p.created, p.id LIMIT 5'),
('column', 'SELECT p.id FROM post p LEFT JOIN author a ON p.board_id = a.id ORDER BY a.rank DESC, p.created, p.id LIMIT 5'),
('LEFT for JOIN', 'SELECT p.id, b.name FROM post p LEFT JOIN board b ON p.board_id = b.id LEFT JOIN author a ON p.author_id = a.id LEFT JOIN land l ON a.land_id = l.id ORDER BY p.created DESC, p.id DESC LIMIT 5'),
('anti join', 'SELECT p.id FROM post p LEFT JOIN author a ON p.author_id = a.id WHERE a.id IS NULL ORDER BY p.created, p.id LIMIT 5'),
('inner', 'SELECT p.id FROM post p JOIN author a ON p.author_id = a.id ORDER BY a.rank DESC, p.created, p.id LIMIT 5'),
('below', 'SELECT p.id FROM post p LEFT JOIN (author a JOIN land l ON a.land_id = l.id) ON p.author_id = a.id JOIN board b ON p.board_id = b.id ORDER BY a.rank DESC, p.created DESC, p.id DESC LIMIT 5')) q (what, query),
	bingo_tune.explain_ordering(q.query) e WHERE e.ordering IN ('by rank', 'by time') ORDER BY 1, 2;

-- prepared, with a generic plan; in a cursor, backwards
SET enable_sort = off;
PREPARE page (int) AS SELECT p.id, a.name FROM post p LEFT JOIN author a ON p.author_id = a.id WHERE a.rank > $1 ORDER BY a.rank, p.created, p.id LIMIT 2;
SET plan_cache_mode = force_generic_plan;
EXECUTE page(37);
EXECUTE page(39);
EXECUTE page(NULL);
RESET plan_cache_mode;
RESET enable_sort;
BEGIN;
DECLARE c SCROLL CURSOR FOR SELECT p.id, a.name FROM post p LEFT JOIN author a ON p.author_id = a.id ORDER BY a.rank DESC, p.created, p.id;
FETCH 3 FROM c;
FETCH BACKWARD 2 FROM c;
MOVE 5998 IN c;
FETCH 4 FROM c;
COMMIT;

-- what the scan filters, and what it is told to be
CREATE FUNCTION scan(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	line text;
BEGIN
	FOR line IN EXECUTE 'EXPLAIN (COSTS OFF) ' || query LOOP
		IF line ~ 'BingoOrderedScan|Filter|Ordering|Search' THEN
			RETURN NEXT trim(line);
		END IF;
		EXIT WHEN line ~ 'Ordering';
	END LOOP;
END $$;
SELECT * FROM scan('SELECT p.id, a.name FROM post p LEFT JOIN author a ON p.author_id = a.id ORDER BY a.rank, p.created, p.id LIMIT 5');
SELECT * FROM scan('SELECT p.id, a.name FROM post p JOIN author a ON p.author_id = a.id ORDER BY a.rank, p.created, p.id LIMIT 5');
SELECT * FROM scan('SELECT p.id, a.name FROM post p LEFT JOIN author a ON p.author_id = a.id WHERE a.rank > 5 AND a.name > ''a'' ORDER BY a.rank, p.created, p.id LIMIT 5');
SELECT * FROM scan('SELECT p.id, a.name FROM post p LEFT JOIN author a ON p.author_id = a.id WHERE coalesce(a.name, ''x'') > ''a'' ORDER BY a.rank, p.created, p.id LIMIT 5');

-- An optional table that is gone: what does not read it goes on, and is told of what is missing.
SELECT bingo_tune.create_ordering('by_letters', 'SELECT p.id, p.created, a.name FROM post p LEFT JOIN author a ON p.author_id = a.id ORDER BY lower(a.name), p.id', 100);
PREPARE newest AS SELECT id FROM post ORDER BY created, id LIMIT 2;
EXECUTE newest;
BEGIN;
DROP TABLE author CASCADE;
EXECUTE newest;
SELECT id, created FROM post ORDER BY id LIMIT 2;
SELECT ordering, served, reason FROM bingo_tune.explain_ordering('SELECT id FROM post ORDER BY created LIMIT 2') WHERE ordering = 'by_letters';
ROLLBACK;
BEGIN;
ALTER TABLE author DROP COLUMN name;
EXECUTE newest;
SELECT ordering, served, reason FROM bingo_tune.explain_ordering('SELECT id FROM post ORDER BY created LIMIT 2') WHERE ordering = 'by_letters';
ROLLBACK;
EXECUTE newest;

DROP TABLE post, author, board, land, queries;
DROP FUNCTION page(text), ask(), scan(text);
DROP EXTENSION bingo_tune CASCADE;
DROP EXTENSION pg_stat_statements;
