-- The first few rows of each key, as LATERAL subqueries, subqueries that are values and row_number() ask for them: each
-- execution searches the window for one key, cut or complete; row_number() over all of them, up to a constant, skips from key
-- to key (read/first.c), and has all rows in order from a window that is complete.  Of a partitioned table there is one window of each partition.
--
-- read: rows from the window; behind: rows from the plan behind; none if nothing is read of the window.  differs must be 0.
--
-- Seen red: a cut passed although fewer rows of its key were given than are wanted; rows of that key given by the window thrown away
-- with the whole key by the plan behind; keys that do not pass taken for such that do; an order with ties, for two rows of each, and
-- for ranks; a volatile function beside the number; a scan of ours below a projection taken for the plan behind another one.
\getenv abs_srcdir PG_ABS_SRCDIR
\set scan_rows :abs_srcdir '/include/scan_rows.sql'
SET client_min_messages = warning;
\set ECHO none
\i :scan_rows
\set ECHO all
CREATE EXTENSION bingo_tune CASCADE;
SET bingo_tune.upkeep = off;
SET max_parallel_workers_per_gather = 0;
SET jit = off;
CREATE TABLE board (id int PRIMARY KEY, name text NOT NULL);
CREATE TABLE author (id int PRIMARY KEY, name text NOT NULL);
CREATE TABLE post (id int PRIMARY KEY, board int, author int NOT NULL REFERENCES author, created int NOT NULL, flag bool NOT NULL);
CREATE TABLE mail (id int, board int, created int NOT NULL, part int, PRIMARY KEY (id, part)) PARTITION BY LIST (part);
CREATE TABLE mail_0 PARTITION OF mail FOR VALUES IN (0);
CREATE TABLE mail_1 (created int NOT NULL, part int NOT NULL, board int, id int NOT NULL);
ALTER TABLE mail ATTACH PARTITION mail_1 FOR VALUES IN (1);
INSERT INTO board SELECT g, 'board ' || g FROM generate_series(1, 30) g;
INSERT INTO author SELECT g, 'author ' || g FROM generate_series(1, 50) g;
-- board 1 has half of them, boards 3 to 13 a few, others none; board 20 has three rows
INSERT INTO post SELECT g, CASE WHEN g % 2 = 0 THEN 1 WHEN g % 500 = 1 THEN NULL ELSE 3 + g % 11 END, 1 + g % 50, g * 7919 % 5003, g % 3 = 0 FROM generate_series(1, 3000) g;
INSERT INTO post VALUES (5001, 20, 1, 9, false), (5002, 20, 2, 8, false), (5003, 20, 3, 7, true);
INSERT INTO mail SELECT id, board, created, id / 2 % 2 FROM post;
-- of the oldest ones two are equal
INSERT INTO post SELECT 10000 + id, board, author, created, flag FROM post WHERE created < 300 AND board BETWEEN 3 AND 13;
CREATE INDEX ON post (author);
VACUUM ANALYZE;
-- no plan is taken for its cost: it sorts whole tables, but for those that the window gives
SET enable_sort = off;
SET enable_incremental_sort = off;
CREATE TABLE queries (id int GENERATED ALWAYS AS IDENTITY, query text);
INSERT INTO queries (query) VALUES
('SELECT b.id AS key, p.* FROM board b CROSS JOIN LATERAL (SELECT id, created FROM post WHERE post.board = b.id ORDER BY created DESC LIMIT 3) p ORDER BY b.id'),
('SELECT b.id AS key, p.* FROM board b LEFT JOIN LATERAL (SELECT id, created FROM post WHERE post.board = b.id ORDER BY created DESC, id LIMIT 3) p ON true ORDER BY b.id'),
-- more than are kept of a key that is cut, and, of a parameter, of none
('SELECT b.id AS key, p.* FROM board b CROSS JOIN LATERAL (SELECT id, created FROM post WHERE post.board = b.id ORDER BY created DESC LIMIT (SELECT 7)) p ORDER BY b.id'),
('SELECT n, p.* FROM unnest(ARRAY[2, 30, 0, NULL]) n CROSS JOIN LATERAL (SELECT id, created FROM post WHERE post.board = 1 ORDER BY created DESC LIMIT n) p'),
('SELECT n, p.* FROM unnest(ARRAY[1, 20, NULL, 99, 1]) n CROSS JOIN LATERAL (SELECT id FROM post WHERE post.board = n ORDER BY created DESC LIMIT 2 OFFSET 1) p'),
('SELECT b.id AS key, p.* FROM board b CROSS JOIN LATERAL (SELECT id, created FROM post WHERE post.board = b.id AND flag ORDER BY created DESC LIMIT 1) p ORDER BY b.id'),
('SELECT b.id AS key, p.* FROM board b CROSS JOIN LATERAL (SELECT p.id, a.name FROM post p JOIN author a ON a.id = p.author WHERE p.board = b.id ORDER BY a.name, p.id LIMIT 3) p ORDER BY b.id'),
-- values
('SELECT id, (SELECT created FROM post WHERE board = b.id ORDER BY created DESC LIMIT 1) AS newest FROM board b ORDER BY id'),
('SELECT id, ARRAY(SELECT id FROM post WHERE board = b.id ORDER BY created DESC LIMIT 3) AS newest FROM board b ORDER BY id'),
('SELECT id, (SELECT max(created) FROM post WHERE board = b.id) AS newest FROM board b ORDER BY id'),
('SELECT id FROM board b WHERE (SELECT created FROM post WHERE board = b.id ORDER BY created DESC LIMIT 1) > 4990 ORDER BY id'),
-- row_number()
('SELECT * FROM (SELECT board, id, row_number() OVER (PARTITION BY board ORDER BY created DESC) AS n FROM post) p WHERE n = 1'),
('SELECT * FROM (SELECT board, id, row_number() OVER (PARTITION BY board ORDER BY created DESC, id) AS n FROM post) p WHERE n <= 3'),
('SELECT * FROM (SELECT board, id, row_number() OVER (PARTITION BY board ORDER BY created DESC, id) AS n, count(*) OVER (PARTITION BY board) AS total FROM post) p WHERE n <= 2'),
('SELECT * FROM (SELECT board, id, rank() OVER (PARTITION BY board ORDER BY created DESC) AS n FROM post WHERE flag) p WHERE n < 3'),
('SELECT b.name, p.* FROM board b JOIN (SELECT board, id, row_number() OVER (PARTITION BY board ORDER BY created DESC, id) AS n FROM post) p ON p.board = b.id AND n <= 2 ORDER BY b.id, n'),
-- ... from windows that go the other way: conditions of which some key has too few rows among those kept; other numbers; rescans
('SELECT * FROM (SELECT board, id, row_number() OVER (PARTITION BY board ORDER BY created, id) AS n FROM post WHERE flag) p WHERE n < 4'),
('SELECT * FROM (SELECT board, id, row_number() OVER (PARTITION BY board ORDER BY created, id) AS n FROM post WHERE board <> 7 OR id % 5 = 0) p WHERE n <= 12'),
('SELECT * FROM (SELECT board, id, row_number() OVER (PARTITION BY board ORDER BY created, id) AS n FROM post WHERE board > 1 AND board % 3 > 0) p WHERE n BETWEEN 2 AND 3'),
('SELECT * FROM (SELECT board, id, row_number() OVER (PARTITION BY board ORDER BY created, id) AS n FROM post) p WHERE n = 2'),
('SELECT * FROM (SELECT board, author, row_number() OVER (PARTITION BY board ORDER BY created, id) AS n, row_number() OVER (PARTITION BY board ORDER BY created, id) * 2 AS m FROM post) p WHERE n <= 2'),
('SELECT * FROM (SELECT board, author, row_number() OVER (PARTITION BY board ORDER BY created, id) AS n, random() < 2 AS m FROM post) p WHERE n <= 2'),
('SELECT v, p.* FROM unnest(ARRAY[3, 9, 0, 3]) v, LATERAL (SELECT board, id, row_number() OVER (PARTITION BY board ORDER BY created, id) AS n FROM post WHERE board <> v AND id > v) p WHERE n <= 2'),
('SELECT v, p.* FROM unnest(ARRAY[6, 7, 12]) v, LATERAL (SELECT board, id, row_number() OVER (PARTITION BY board ORDER BY created, id) AS n FROM post WHERE board <> v OR id % 5 = 0) p WHERE n <= 12'),
('SELECT * FROM (SELECT flag, board, id, row_number() OVER (PARTITION BY flag ORDER BY board, created, id) AS n FROM post) p WHERE n <= 8'),
('SELECT * FROM (SELECT flag, board, id, row_number() OVER (PARTITION BY flag ORDER BY board, created, id) AS n FROM post WHERE board > 1 OR id % 20 = 0) p WHERE n <= 4'),
('SELECT * FROM (SELECT flag, board, id, row_number() OVER (PARTITION BY flag, board ORDER BY created, id) AS n FROM post) p WHERE n <= 2'),
-- ... ranks, and ties
('SELECT * FROM (SELECT board, id, rank() OVER (PARTITION BY board ORDER BY created, id) AS n FROM post) p WHERE n <= 2'),
('SELECT * FROM (SELECT board, id, dense_rank() OVER (PARTITION BY board ORDER BY created, id) AS n, row_number() OVER (PARTITION BY board ORDER BY created, id) AS m FROM post) p WHERE n = 1'),
('SELECT * FROM (SELECT board, id, percent_rank() OVER (PARTITION BY board ORDER BY created, id) AS n FROM post) p WHERE n <= 0'),
('SELECT * FROM (SELECT board, created % 7 AS d, row_number() OVER (PARTITION BY board ORDER BY created) AS n FROM post) p WHERE n = 1'),
('SELECT board, created, n FROM (SELECT board, created, row_number() OVER (PARTITION BY board ORDER BY created) AS n FROM post) p WHERE n <= 2'),
('SELECT * FROM (SELECT board, created, id, rank() OVER (PARTITION BY board ORDER BY created) AS n FROM post) p WHERE n = 1 ORDER BY board, created, id'),
('SELECT * FROM (SELECT board, created, id, dense_rank() OVER (PARTITION BY board ORDER BY created) AS n FROM post) p WHERE n = 1 ORDER BY board, created, id'),
-- of the partitioned table
('SELECT b.id AS key, p.* FROM board b CROSS JOIN LATERAL (SELECT id, created FROM mail WHERE mail.board = b.id ORDER BY created DESC LIMIT 3) p ORDER BY b.id'),
('SELECT b.id AS key, p.* FROM board b LEFT JOIN LATERAL (SELECT id, created FROM mail WHERE mail.board = b.id ORDER BY created DESC, id LIMIT (SELECT 9)) p ON true ORDER BY b.id'),
('SELECT id, ARRAY(SELECT id FROM mail WHERE board = b.id ORDER BY created DESC LIMIT 3) AS newest FROM board b ORDER BY id'),
('SELECT * FROM (SELECT board, id, row_number() OVER (PARTITION BY board ORDER BY created DESC, id) AS n FROM mail) p WHERE n <= 3');

-- first rows of each key
SELECT bingo_tune.create_ordering('cut', 'SELECT p.id, p.board, p.created, p.flag FROM post p WHERE p.board = $1 ORDER BY p.created DESC, p.id', window_rows => 5);
SELECT bingo_tune.create_ordering('joined', 'SELECT p.id, a.name FROM post p JOIN author a ON a.id = p.author WHERE p.board = $1 ORDER BY a.name, p.id', window_rows => 5);
SELECT bingo_tune.create_ordering('oldest', 'SELECT id, board, created, flag FROM post WHERE board = $1 ORDER BY created, id', window_rows => 40);
SELECT bingo_tune.create_ordering('by flag', 'SELECT id, board, created, flag FROM post WHERE flag = $1 AND board = $2 ORDER BY created, id', window_rows => 30);
SELECT bingo_tune.create_ordering('mails', 'SELECT id, board, created FROM mail WHERE board = $1 ORDER BY created DESC, id', window_rows => 5);
SELECT nullif(p.read, '0') AS read, CASE WHEN p.read <> '0' THEN p.behind END AS behind, p.differs, q.query FROM queries q, page(q.query) p ORDER BY q.id;
-- they are emptied, filled, and moved
DELETE FROM post WHERE board = 1 AND id % 20 <> 0;
UPDATE post SET board = 2 WHERE board = 4;
INSERT INTO post SELECT g, 25, 1, 6000 + g, true FROM generate_series(6001, 6020) g;
DELETE FROM mail WHERE board = 3;
UPDATE mail SET part = 1 - part, created = created + 1 WHERE board = 4;
SELECT count(*) AS rows, count(*) FILTER (WHERE p.read::int > 0) AS served, sum(p.differs) AS differs FROM queries q, page(q.query) p;
SELECT bingo_tune.drop_ordering(n) FROM unnest('{cut,joined,mails,oldest,by flag}'::text[]) n;

-- all rows of each key
SELECT bingo_tune.create_ordering('all', 'SELECT p.id, p.board, p.created, p.flag FROM post p WHERE p.board = $1 ORDER BY p.created DESC, p.id', window_rows => NULL);
SELECT bingo_tune.create_ordering('joined', 'SELECT p.id, a.name FROM post p JOIN author a ON a.id = p.author WHERE p.board = $1 ORDER BY a.name, p.id', window_rows => NULL);
SELECT bingo_tune.create_ordering('mails', 'SELECT id, board, created FROM mail WHERE board = $1 ORDER BY created DESC, id', window_rows => NULL);
SELECT p.read, p.behind, p.differs, left(q.query, 90) AS query FROM queries q, page(q.query) p ORDER BY q.id;
UPDATE post SET created = created - 3000 WHERE id % 7 = 0;
DELETE FROM post WHERE board = 20;
SELECT count(*) AS rows, count(*) FILTER (WHERE p.read::int > 0) AS served, sum(p.differs) AS differs FROM queries q, page(q.query) p;
SELECT sum(missing + extra + differing) FROM unnest('{all,joined,mails}'::text[]) n, bingo_tune.verify_ordering(n);

DROP TABLE queries, mail, post, author, board;
DROP FUNCTION page(text);
DROP EXTENSION bingo_tune CASCADE;
DROP EXTENSION pg_stat_statements;
