-- Writers of tables whose ordering is none any more, because something that it
-- needs is gone, write as if it were not there; and when the thing comes back the
-- window is not read before it is filled again.
-- Seen red: without the look at the definition in remember_change() the backend
-- crashes; with it, but without losing the change, the last query's window is read
-- when the event triggers were off; another table of the name of one that was renamed not noticed once it was looked at.
SET bingo_tune.upkeep = off;
SET client_min_messages = warning;
CREATE EXTENSION bingo_tune CASCADE;
CREATE TABLE author (id int NOT NULL, name text NOT NULL);
CREATE UNIQUE INDEX author_id ON author (id);
CREATE TABLE book (id int PRIMARY KEY, author_id int);
CREATE INDEX ON book (author_id);
INSERT INTO author SELECT i, 'A' || i FROM generate_series(1, 9) i;
INSERT INTO book SELECT i, 1 + i % 9 FROM generate_series(1, 50) i;
SELECT bingo_tune.create_ordering('o', 'SELECT b.id, a.name FROM book b JOIN author a ON b.author_id = a.id ORDER BY a.name, b.id', 20);
RESET client_min_messages;

DROP INDEX author_id;
SELECT state, reason FROM bingo_tune.orderings;
INSERT INTO author VALUES (10, 'A0');
UPDATE author SET name = 'A00' WHERE id = 9;
DELETE FROM book WHERE author_id = 8;
INSERT INTO book VALUES (100, 10);
TRUNCATE book;
INSERT INTO book VALUES (100, 10);
CREATE UNIQUE INDEX author_id ON author (id);
SELECT b.id, a.name FROM book b JOIN author a ON b.author_id = a.id ORDER BY a.name, b.id LIMIT 2;
SELECT bingo_tune.refresh_ordering('o');
SELECT state, kept_rows FROM bingo_tune.orderings;

-- Without event triggers only the writer can know.
ALTER EVENT TRIGGER bingo_tune_after_ddl DISABLE;
ALTER EVENT TRIGGER bingo_tune_after_drop DISABLE;
DROP INDEX author_id;
INSERT INTO book VALUES (99, 10);
CREATE UNIQUE INDEX author_id ON author (id);
SELECT state, reason IS NOT NULL AS explained FROM bingo_tune.orderings;
SELECT b.id, a.name FROM book b JOIN author a ON b.author_id = a.id ORDER BY a.name, b.id LIMIT 2;
ALTER EVENT TRIGGER bingo_tune_after_ddl ENABLE ALWAYS;
ALTER EVENT TRIGGER bingo_tune_after_drop ENABLE ALWAYS;
SELECT bingo_tune.refresh_ordering('o');
SELECT * FROM bingo_tune.verify_ordering('o');

SET client_min_messages = warning;
DROP TABLE book, author CASCADE;
-- another table of the name that the query has, once it is known that its own table has lost it
SET bingo_tune.upkeep = off;
CREATE TABLE placed (id int PRIMARY KEY, n int NOT NULL);
CREATE SCHEMA aside;
CREATE FUNCTION replaced(made text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	was text;
	is_now text;
BEGIN
	PERFORM bingo_tune.create_ordering('placed', 'SELECT id, n FROM placed ORDER BY n, id', 10);
	ALTER TABLE placed RENAME TO placed_before;
	PERFORM * FROM placed_before ORDER BY n, id LIMIT 1;
	SELECT state FROM bingo_tune.orderings WHERE name = 'placed' INTO was;
	EXECUTE made;
	PERFORM * FROM placed_before ORDER BY n, id LIMIT 1;
	SELECT concat_ws(': ', state, reason) FROM bingo_tune.orderings WHERE name = 'placed' INTO is_now;
	PERFORM bingo_tune.drop_ordering('placed');
	DROP TABLE placed;
	ALTER TABLE placed_before RENAME TO placed;
	RETURN was || ', ' || is_now;
END $$;
SELECT replaced('CREATE TABLE placed (LIKE placed_before INCLUDING ALL)');
SELECT replaced('CREATE TABLE placed AS TABLE placed_before');
CREATE TABLE other (LIKE placed);
SELECT replaced('ALTER TABLE other RENAME TO placed');
CREATE TABLE aside.placed (LIKE placed);
SELECT replaced('ALTER TABLE aside.placed SET SCHEMA public');
DROP SCHEMA aside;
DROP TABLE placed;
DROP FUNCTION replaced;
DROP EXTENSION bingo_tune;
DROP EXTENSION pg_stat_statements;
