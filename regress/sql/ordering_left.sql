-- LEFT JOIN in an ordering's query: what is taken and what is refused, and that the window
-- follows each change of a row that is joined, or would be.
--
-- Seen red: no partner taken for no row, in the verdict or where a row is joined; the window read as if each of its
-- rows had a partner; NOT NULL of an optional table's column believed when filling; ON taken for
-- an equality of the two columns in every row; the mark not in the layout, or not in the query that is
-- written from it; no join column kept; conditions on an optional table, or an inner join below it, let in.
\getenv abs_srcdir PG_ABS_SRCDIR
SET client_min_messages = warning;
CREATE EXTENSION bingo_tune CASCADE;
RESET client_min_messages;
SET bingo_tune.upkeep = off;
CREATE TABLE land (id int PRIMARY KEY, name text, code int UNIQUE);
CREATE TABLE author (id int PRIMARY KEY, land_id int, name text, rank int, bio text, level int NOT NULL DEFAULT 3);
CREATE TABLE tag (a int, b text COLLATE "C", name text, PRIMARY KEY (a, b));
CREATE TABLE post (id int PRIMARY KEY, author_id int, land_id int, tag_a bigint, tag_b text COLLATE "C", created int NOT NULL, shown bool NOT NULL DEFAULT true);
CREATE INDEX ON post (author_id);
CREATE INDEX ON post (land_id);
CREATE INDEX ON post (tag_a, tag_b);
CREATE INDEX ON author (land_id);

-- Refused: what is no such join, or chooses rows by it.
\set VERBOSITY terse
SELECT bingo_tune.create_ordering('x', 'SELECT p.id FROM post p FULL JOIN author a ON p.author_id = a.id ORDER BY p.id');
SELECT bingo_tune.create_ordering('x', 'SELECT p.id FROM post p LEFT JOIN (author a JOIN land l ON a.land_id = l.id) ON p.author_id = a.id ORDER BY p.id');
SELECT bingo_tune.create_ordering('x', 'SELECT p.id FROM post p LEFT JOIN author a ON p.author_id = a.id JOIN land l ON a.land_id = l.id ORDER BY p.id');
SELECT bingo_tune.create_ordering('x', 'SELECT p.id FROM post p LEFT JOIN author a ON p.author_id = a.id JOIN land l ON p.land_id = l.id AND l.name = a.name ORDER BY p.id');
SELECT bingo_tune.create_ordering('x', 'SELECT p.id FROM post p LEFT JOIN author a ON p.author_id = a.id AND a.rank = 1 ORDER BY p.id');
SELECT bingo_tune.create_ordering('x', 'SELECT p.id FROM post p LEFT JOIN author a ON p.author_id = a.id AND p.shown ORDER BY p.id');
SELECT bingo_tune.create_ordering('x', 'SELECT p.id FROM post p LEFT JOIN author a ON p.author_id = a.id AND a.rank = $1 ORDER BY p.id');
SELECT bingo_tune.create_ordering('x', 'SELECT p.id FROM post p LEFT JOIN author a ON p.author_id = a.id AND p.created = a.rank ORDER BY p.id');
SELECT bingo_tune.create_ordering('x', 'SELECT p.id FROM post p LEFT JOIN author a ON p.author_id < a.id ORDER BY p.id');
SELECT bingo_tune.create_ordering('x', 'SELECT p.id FROM post p LEFT JOIN author a ON true ORDER BY p.id');
SELECT bingo_tune.create_ordering('x', 'SELECT p.id FROM post p LEFT JOIN author a ON p.author_id = a.rank ORDER BY p.id');
SELECT bingo_tune.create_ordering('x', 'SELECT p.id FROM post p LEFT JOIN author a ON true LEFT JOIN land l ON a.land_id = l.id AND p.author_id = a.id ORDER BY p.id');
SELECT bingo_tune.create_ordering('x', 'SELECT p.id FROM post p LEFT JOIN author a ON p.author_id = a.id LEFT JOIN land l ON p.land_id = l.id AND p.author_id = a.id ORDER BY p.id');
SELECT bingo_tune.create_ordering('x', 'SELECT p.id FROM post p LEFT JOIN (author a LEFT JOIN land l ON l.id = a.land_id) ON p.author_id = l.id ORDER BY p.id');
SELECT bingo_tune.create_ordering('x', 'SELECT p.id FROM post p LEFT JOIN tag t ON p.tag_a = t.a ORDER BY p.id');
SELECT bingo_tune.create_ordering('x', 'SELECT p.id FROM post p LEFT JOIN land l ON p.land_id = l.code ORDER BY p.id');
SELECT bingo_tune.create_ordering('x', 'SELECT p.id FROM post p LEFT JOIN author a ON p.author_id = a.id WHERE a.id IS NULL ORDER BY p.id');
SELECT bingo_tune.create_ordering('x', 'SELECT p.id FROM post p LEFT JOIN author a ON p.author_id = a.id WHERE a.rank = 1 ORDER BY p.id');
SELECT bingo_tune.create_ordering('x', 'SELECT p.id FROM post p LEFT JOIN author a ON p.author_id = a.id WHERE a.rank = $1 ORDER BY p.id');
SELECT bingo_tune.create_ordering('x', 'SELECT p.id FROM post p LEFT JOIN author a ON p.author_id = a.id WHERE coalesce(a.rank, p.created) = 1 ORDER BY p.id');
-- the order must be total: NULLs of an optional table's key are not different
SELECT bingo_tune.create_ordering('x', 'SELECT a.id FROM land l LEFT JOIN author a ON a.land_id = l.id ORDER BY a.id');
SELECT bingo_tune.create_ordering('x', 'SELECT p.id FROM author a LEFT JOIN post p ON a.id = p.author_id ORDER BY p.id');
-- the hints
\set VERBOSITY default
SELECT bingo_tune.create_ordering('x', 'SELECT p.id FROM post p LEFT JOIN author a ON p.author_id = a.id WHERE a.rank = 1 ORDER BY p.id');
SELECT bingo_tune.create_ordering('x', 'SELECT p.id FROM post p LEFT JOIN author a ON p.author_id = a.id AND a.rank = 1 ORDER BY p.id');
SELECT bingo_tune.create_ordering('x', 'SELECT p.id FROM post p LEFT JOIN (author a JOIN land l ON a.land_id = l.id) ON p.author_id = a.id ORDER BY p.id');
SELECT bingo_tune.create_ordering('x', 'SELECT a.id FROM author a LEFT JOIN land l ON l.id = a.rank ORDER BY a.id');

INSERT INTO land SELECT g, 'land ' || g % 3, g FROM generate_series(1, 6) g;
INSERT INTO author SELECT g, nullif(g % 8, 0), nullif('author ' || g % 5, 'author 0'), nullif(g % 4, 0), 'bio ' || g, g % 3 FROM generate_series(1, 30) g;
INSERT INTO tag SELECT g, 't' || g % 3, 'tag ' || g FROM generate_series(1, 10) g;
-- of 45 authors 30 are there, some posts have none
INSERT INTO post SELECT g, nullif(g * 7 % 45, 0), nullif(g % 9, 0), nullif(g % 12, 0), 't' || g % 4, g * 31 % 100 FROM generate_series(1, 400) g;
ANALYZE;

-- Taken.  A join column of each optional table is kept, whatever is selected.
SET client_min_messages = warning;
SELECT bingo_tune.create_ordering('by rank', 'SELECT p.id, a.name, a.bio FROM post p LEFT JOIN author a ON p.author_id = a.id ORDER BY a.rank DESC NULLS LAST, p.created, p.id', 90);
SELECT bingo_tune.create_ordering('nulls first', 'SELECT p.id, p.author_id, a.name FROM author a RIGHT JOIN post p ON p.author_id = a.id ORDER BY a.rank NULLS FIRST, p.id DESC', 200);
SELECT bingo_tune.create_ordering('snowflake', 'SELECT p.id, p.author_id, a.land_id, l.name FROM post p LEFT JOIN author a ON a.id = p.author_id LEFT JOIN land l ON l.id = a.land_id ORDER BY l.name, a.rank, p.id', 100);
SELECT bingo_tune.create_ordering('nested', 'SELECT p.id, l.name FROM post p LEFT JOIN (author a LEFT JOIN land l ON l.id = a.land_id) ON a.id = p.author_id WHERE p.shown ORDER BY p.created DESC, p.id DESC', 100);
SELECT bingo_tune.create_ordering('mixed', 'SELECT p.id, a.name, l.id FROM post p JOIN author a ON a.id = p.author_id LEFT JOIN land l ON l.id = a.land_id ORDER BY l.name DESC, p.id', 60);
SELECT bingo_tune.create_ordering('two columns', 'SELECT p.id, t.name FROM post p LEFT JOIN tag t ON p.tag_a = t.a AND t.b = p.tag_b ORDER BY t.name, p.id', 100);
SELECT bingo_tune.create_ordering('by parameter', 'SELECT p.id, a.name FROM post p LEFT JOIN author a USING (id) WHERE p.land_id = $1 ORDER BY p.created, p.id');
SELECT bingo_tune.create_ordering('not null up', 'SELECT p.id FROM post p LEFT JOIN author a ON p.author_id = a.id ORDER BY a.level NULLS FIRST, p.id', 200);
SELECT bingo_tune.create_ordering('not null down', 'SELECT p.id FROM post p LEFT JOIN author a ON p.author_id = a.id ORDER BY a.level DESC NULLS LAST, p.id', 100);
SET client_min_messages = notice;
-- the other table's key is not the driving one's, which is appended
SELECT bingo_tune.create_ordering('not the key', 'SELECT a.id, p.created FROM post p LEFT JOIN author a ON p.id = a.id ORDER BY a.id DESC', 390);
SET client_min_messages = warning;
SELECT name, query, kept_rows, boundary, state FROM bingo_tune.orderings ORDER BY name;
RESET client_min_messages;

CREATE PROCEDURE check_all(what text) LANGUAGE plpgsql AS $$
DECLARE
	o record;
	d record;
BEGIN
	FOR o IN SELECT name, state, reason FROM bingo_tune.orderings ORDER BY name LOOP
		SELECT * INTO d FROM bingo_tune.verify_ordering(o.name);
		IF d.missing + d.extra + d.differing > 0 OR o.state <> 'valid' THEN
			RAISE NOTICE '%: ordering "%" is % (%): % missing, % extra, % differing, %', what, o.name, o.state, o.reason, d.missing, d.extra, d.differing, d.samples;
		END IF;
	END LOOP;
END $$;
CALL check_all('at first');
-- partners come, go, change their key and what sorts
INSERT INTO author VALUES (31, 3, 'new', 3, 'bio');
CALL check_all('partner inserted');
INSERT INTO author VALUES (40, NULL, NULL, NULL, NULL, 2);
CALL check_all('partner of NULLs inserted');
UPDATE author SET rank = 9 WHERE id = 40;
CALL check_all('partner moved');
DELETE FROM author WHERE id = 31;
CALL check_all('partner deleted');
UPDATE author SET id = 41 WHERE id = 3;
CALL check_all('key changed');
BEGIN;
UPDATE author SET id = 100 WHERE id = 41;
UPDATE author SET id = 41 WHERE id = 4;
UPDATE author SET id = 4 WHERE id = 100;
COMMIT;
CALL check_all('keys changed');
UPDATE author SET land_id = NULL WHERE id = 5;
CALL check_all('no second level');
DELETE FROM land WHERE id = 2;
CALL check_all('second level deleted');
INSERT INTO land VALUES (2, 'land 9', 12), (8, NULL, 8);
CALL check_all('second level inserted');
UPDATE land SET name = 'a' WHERE id = 7;
UPDATE land SET id = 7 WHERE id = 1;
CALL check_all('second level key changed');
DELETE FROM tag WHERE a = 5;
UPDATE tag SET b = 't3' WHERE a IN (3, 7);
CALL check_all('two columns');
-- driving rows
UPDATE post SET author_id = 44 WHERE id BETWEEN 10 AND 20;
CALL check_all('to no partner');
UPDATE post SET author_id = NULL WHERE id BETWEEN 15 AND 30;
CALL check_all('to NULL');
UPDATE post SET author_id = 7, land_id = 3 WHERE id BETWEEN 12 AND 25;
CALL check_all('to a partner');
INSERT INTO post VALUES (1001, NULL, NULL, NULL, NULL, 1), (1002, 44, 44, 44, '44', 1), (1003, 7, 1, 1, 't1', 1);
DELETE FROM post WHERE id IN (1, 2, 3, 1001);
CALL check_all('rows');
-- both in one transaction
BEGIN;
INSERT INTO post VALUES (2001, 60, 60, 60, 'x', 2);
INSERT INTO author VALUES (60, 60, 'sixty', 8, NULL);
INSERT INTO land VALUES (60, 'aaa', 60);
DELETE FROM author WHERE id = 7;
UPDATE post SET author_id = NULL WHERE author_id = 7;
COMMIT;
CALL check_all('both');
BEGIN;
DELETE FROM author WHERE id = 60;
SAVEPOINT s;
INSERT INTO author VALUES (60, 1, 'again', 1, NULL);
ROLLBACK TO s;
DELETE FROM land WHERE id = 60;
COMMIT;
CALL check_all('both deleted');
-- as foreign keys do it
ALTER TABLE post ADD FOREIGN KEY (land_id) REFERENCES land ON DELETE SET NULL NOT VALID;
UPDATE post SET land_id = NULL WHERE land_id NOT IN (SELECT id FROM land);
CREATE TABLE other (id int PRIMARY KEY, land_id int REFERENCES land ON DELETE CASCADE);
DELETE FROM land WHERE id = 3;
CALL check_all('set null');

-- Many rows at once: what is only shown is changed through the window, where rows have no partner, too.
SET client_min_messages = warning;
SELECT bingo_tune.create_ordering('through', 'SELECT p.id, p.author_id, a.bio, a.land_id, l.code FROM post p LEFT JOIN author a ON p.author_id = a.id LEFT JOIN land l ON a.land_id = l.id ORDER BY p.id', 100);
RESET client_min_messages;
UPDATE author SET bio = 'changed ' || id;
UPDATE land SET code = -code;
CALL check_all('through the window');

-- What the layout says is kept: the query with the columns' names of now, refilled.
ALTER TABLE author RENAME rank TO grade;
ALTER TABLE author RENAME TO writer;
SELECT bingo_tune.refresh_ordering(name) FROM bingo_tune.orderings ORDER BY name;
SELECT name, query, state FROM bingo_tune.orderings WHERE name IN ('by rank', 'nested', 'mixed') ORDER BY name;
CALL check_all('renamed');
-- NULL must equal nothing, and a key must not be NULL
ALTER TABLE tag DROP CONSTRAINT tag_pkey, ADD UNIQUE (a, b);
ALTER TABLE tag ALTER b DROP NOT NULL;
SELECT state, reason FROM bingo_tune.orderings WHERE name = 'two columns';

SET client_min_messages = warning;
DROP TABLE post, writer, land, tag, other;
DROP PROCEDURE check_all(text);
DROP EXTENSION bingo_tune CASCADE;
DROP EXTENSION pg_stat_statements;
