-- hottest_keys(): the values with most rows, and what the window has of them; and who may see them.
--
-- Seen red: the window of one partition only; marks and cuts not looked up; rows of another key that begins alike counted; the right not asked for.
\set VERBOSITY terse
SET client_min_messages = warning;
CREATE EXTENSION bingo_tune CASCADE;
SET bingo_tune.upkeep = off;
CREATE TABLE author (id int PRIMARY KEY, name text NOT NULL);
CREATE TABLE post (id int PRIMARY KEY, board int, author int NOT NULL REFERENCES author, created int NOT NULL, hidden bool NOT NULL DEFAULT false);
INSERT INTO author SELECT g, 'a' || g FROM generate_series(1, 3) g;
INSERT INTO post SELECT b * 1000 + g, nullif(b, 9), 1 + (g > 3)::int + (g > 4)::int, g, g = 1 FROM unnest(ARRAY[7, 4, 2, 9, 5], ARRAY[12, 9, 6, 4, 2]) v (b, n), generate_series(1, n) g;
CREATE INDEX ON post (author);
SELECT bingo_tune.create_ordering('by board', 'SELECT id, board, created FROM post WHERE NOT hidden AND board = $1 ORDER BY created DESC, id', window_rows => 3);
SELECT bingo_tune.create_ordering('by both', 'SELECT p.id, p.created FROM post p JOIN author a ON a.id = p.author WHERE a.name = $1 AND p.board = $2 ORDER BY p.created, p.id', window_rows => 4);
SELECT bingo_tune.create_ordering('plain', 'SELECT id, created FROM post ORDER BY created, id', window_rows => 5);
SELECT * FROM bingo_tune.hottest_keys('by board');
SELECT * FROM bingo_tune.hottest_keys('by board', 2);
SELECT * FROM bingo_tune.hottest_keys('by both', 2);
-- rows come and go; many at once to one
DELETE FROM post WHERE board = 4 AND created > 6;
INSERT INTO post SELECT 20000 + g, 2, 1, g FROM generate_series(101, 250) g;
SELECT * FROM bingo_tune.hottest_keys('by board');
SELECT bingo_tune.refresh_ordering('by board');
SELECT * FROM bingo_tune.hottest_keys('by board', 1);
BEGIN;
DELETE FROM post WHERE board = 2;
SELECT * FROM bingo_tune.hottest_keys('by board', 1);
ROLLBACK;

-- of partitions together, and of one
CREATE TABLE mail (id int, box text, created int NOT NULL, part int, PRIMARY KEY (id, part)) PARTITION BY LIST (part);
CREATE TABLE mail_0 PARTITION OF mail FOR VALUES IN (0);
CREATE TABLE mail_1 (created int NOT NULL, part int NOT NULL, box text, id int NOT NULL);
ALTER TABLE mail ATTACH PARTITION mail_1 FOR VALUES IN (1);
INSERT INTO mail SELECT g, (ARRAY['in', 'in', 'out', NULL, 'in', 'a "box"'])[g % 6 + 1], g, (g / 8) FROM generate_series(0, 15) g;
SELECT bingo_tune.create_ordering('mails', 'SELECT id, box, created FROM mail WHERE box = $1 ORDER BY created, id', window_rows => 2);
SELECT * FROM bingo_tune.hottest_keys('mails') ORDER BY rows DESC, key;
SELECT * FROM bingo_tune.hottest_keys('mails_mail_1') ORDER BY rows DESC, key;

-- who may not
SELECT * FROM bingo_tune.hottest_keys('plain');
SELECT * FROM bingo_tune.hottest_keys('nowhere');
SELECT * FROM bingo_tune.hottest_keys('by board', 0);
SELECT * FROM bingo_tune.hottest_keys('by board', 10001);
SELECT * FROM bingo_tune.hottest_keys('by board', NULL);
SELECT * FROM bingo_tune.hottest_keys(NULL);
CREATE ROLE regress_hottest;
SET ROLE regress_hottest;
SELECT * FROM bingo_tune.hottest_keys('by board', 1);
RESET ROLE;
GRANT SELECT ON post TO regress_hottest;
SET ROLE regress_hottest;
SELECT * FROM bingo_tune.hottest_keys('by board', 1);
SELECT * FROM bingo_tune.hottest_keys('by both', 1);
RESET ROLE;
ALTER TABLE post ENABLE ROW LEVEL SECURITY;
CREATE POLICY none ON post TO regress_hottest USING (board = 5);
SET ROLE regress_hottest;
SELECT * FROM bingo_tune.hottest_keys('by board', 1);
RESET ROLE;
SELECT * FROM bingo_tune.hottest_keys('by board', 1);

DROP TABLE post, author, mail;
DROP ROLE regress_hottest;
DROP EXTENSION bingo_tune CASCADE;
DROP EXTENSION pg_stat_statements;
