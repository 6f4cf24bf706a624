-- Rows of dimensions are looked for first where this backend has seen them (write/seen.c): what became of them since, and of the
-- places, is noticed.
--
-- Seen red: a row at a kept place believed without a look at its key; a place behind the table's end read; what the
-- snapshot does not see believed.
SET client_min_messages = warning;
CREATE EXTENSION bingo_tune CASCADE;
CREATE TABLE author (id int PRIMARY KEY, name text NOT NULL);
CREATE TABLE board (site int, id int, title text NOT NULL, PRIMARY KEY (site, id));
CREATE TABLE post (id int PRIMARY KEY, author_id int NOT NULL, site int NOT NULL, board int NOT NULL);
INSERT INTO author SELECT g, 'a' || g || repeat('x', 500) FROM generate_series(1, 400) g;
INSERT INTO board SELECT 1, g, 'b' || g FROM generate_series(1, 400) g;
INSERT INTO post SELECT g, g, 1, g FROM generate_series(1, 400) g;
CREATE INDEX ON post (author_id);
CREATE INDEX ON post (site, board);
SELECT bingo_tune.create_ordering('names', 'SELECT p.id, a.name, b.title FROM post p JOIN author a ON a.id = p.author_id JOIN board b ON b.site = p.site AND b.id = p.board ORDER BY a.name, p.id');
SELECT bingo_tune.create_ordering('titles', 'SELECT p.id, a.name, b.title FROM post p LEFT JOIN author a ON a.id = p.author_id JOIN board b ON (b.id, b.site) = (p.board, p.site) ORDER BY b.title, p.id');
CREATE FUNCTION check_all() RETURNS TABLE (name text, state text, wrong text, kept bigint) LANGUAGE sql AS
$$ SELECT o.name, o.state, bingo_tune.verify_ordering(o.name)::text, o.kept_rows FROM bingo_tune.orderings o ORDER BY o.name $$;
-- posts of the first, a middle and the last author and board, which are seen by that
CREATE PROCEDURE write(first int) LANGUAGE sql AS
$$ INSERT INTO post SELECT first + g, g, 1, g FROM unnest(ARRAY[1, 200, 400]) g $$;
RESET client_min_messages;
CALL write(1000);
CALL write(2000);
SELECT * FROM check_all();

-- they change, in their place and out of it, and go
UPDATE author SET name = 'other ' || name WHERE id IN (1, 200);
UPDATE board SET title = 'other ' || title WHERE id IN (200, 400);
CALL write(3000);
DELETE FROM author WHERE id = 400;
DELETE FROM board WHERE id = 1;
CALL write(4000);
SELECT * FROM check_all();
INSERT INTO author VALUES (400, 'back');
CALL write(5000);
BEGIN;
DELETE FROM author WHERE id = 400;
INSERT INTO author VALUES (400, 'of a transaction');
SAVEPOINT a;
UPDATE author SET id = 1000 - id WHERE id IN (400, 600);
CALL write(6000);
ROLLBACK TO a;
CALL write(7000);
COMMIT;
BEGIN;
UPDATE author SET name = 'never' WHERE id = 200;
CALL write(8000);
ROLLBACK;
CALL write(9000);
SELECT * FROM check_all();

-- the table is made anew: other rows stand where they stood, or none
DELETE FROM author WHERE id BETWEEN 2 AND 100 OR id BETWEEN 201 AND 399;
DELETE FROM board WHERE id BETWEEN 2 AND 100 OR id BETWEEN 201 AND 399;
CALL write(10000);
VACUUM FULL author, board;
SELECT bingo_tune.refresh_ordering(name) FROM (VALUES ('names'), ('titles')) o (name);
CALL write(11000);
CALL write(12000);
SELECT * FROM check_all();
TRUNCATE author;
SELECT bingo_tune.refresh_ordering(name) FROM (VALUES ('names'), ('titles')) o (name);
CALL write(13000);
INSERT INTO author VALUES (7, 'in the first place'), (200, 'in another place');
CALL write(14000);
SELECT * FROM check_all();

-- the unique index gets another number, or becomes another one
REINDEX TABLE CONCURRENTLY author;
ALTER TABLE board DROP CONSTRAINT board_pkey, ADD UNIQUE (id, site);
SELECT bingo_tune.refresh_ordering(name) FROM (VALUES ('names'), ('titles')) o (name);
CALL write(15000);
ALTER TABLE board ALTER site TYPE bigint, ALTER id TYPE bigint;
SELECT bingo_tune.refresh_ordering(name) FROM (VALUES ('names'), ('titles')) o (name);
CALL write(16000);
CALL write(17000);
SELECT * FROM check_all();

SET client_min_messages = warning;
DROP EXTENSION bingo_tune CASCADE;
DROP TABLE post, author, board;
DROP PROCEDURE write;
DROP FUNCTION check_all;
RESET client_min_messages;
