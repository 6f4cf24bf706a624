-- One table in several roles: author and editor, a comment and what it answers.
--
-- Seen red: a change remembered for the first role only; relations taken for roles in their order; a second trigger on the
-- table; conditions of the first role; a number that makes the name of another table; roles mixed up where one contains another.
\set VERBOSITY terse
SET client_min_messages = warning;
CREATE EXTENSION bingo_tune CASCADE;
SET client_min_messages = notice;
CREATE TABLE users (id int PRIMARY KEY, name text NOT NULL, age int NOT NULL);
CREATE TABLE boards (id int PRIMARY KEY, owner int NOT NULL);
CREATE TABLE posts (id int PRIMARY KEY, board int NOT NULL, author int NOT NULL, editor int, answers int);
CREATE INDEX ON posts (board);
CREATE INDEX ON posts (author);
CREATE INDEX ON posts (editor);
CREATE INDEX ON posts (answers);
CREATE INDEX ON boards (owner);
INSERT INTO users SELECT g, 'u' || g % 7, g % 5 FROM generate_series(1, 20) g;
INSERT INTO boards SELECT g, g FROM generate_series(1, 4) g;
INSERT INTO posts SELECT g, 1 + g % 4, 1 + g % 19, nullif(g * 7 % 20, 0), nullif(g / 3, 0) FROM generate_series(1, 100) g;
ANALYZE;

-- served, and the same as by the plain plan?
CREATE FUNCTION compare(query text, OUT served text, OUT same boolean) LANGUAGE plpgsql SET enable_sort = off AS $$
DECLARE
	answers text[];
	answer text;
	plan jsonb;
BEGIN
	FOR setting IN 0 .. 1 LOOP
		PERFORM set_config('bingo_tune.enable_ordered_scan', setting::text, true);
		EXECUTE format('SELECT string_agg(q::text, '' '') FROM (%s) q', query) INTO answer;
		answers[setting] := answer;
	END LOOP;
	same := answers[0] IS NOT DISTINCT FROM answers[1] AND answers[0] <> '';
	EXECUTE 'EXPLAIN (FORMAT json) ' || query INTO plan;
	served := jsonb_path_query_first(plan, 'strict $.** ? (@."Custom Plan Provider" == "BingoOrderedScan")') ->> 'Ordering';
END $$;
CREATE FUNCTION differing(OUT name text, OUT state text, OUT differing bigint) RETURNS SETOF record LANGUAGE sql AS $$
	SELECT o.name, o.state, v.missing + v.extra + v.differing FROM bingo_tune.orderings o, bingo_tune.verify_ordering(o.name) v ORDER BY 1 $$;

SELECT bingo_tune.create_ordering('both', 'SELECT p.id, a.name, e.name, e.age FROM posts p JOIN users a ON a.id = p.author JOIN users e ON e.id = p.editor ORDER BY a.name, e.name DESC, p.id', 60);
SELECT bingo_tune.create_ordering('perhaps', 'SELECT p.id, a.name, e.name FROM posts p JOIN users a ON a.id = p.author LEFT JOIN users e ON e.id = p.editor WHERE a.age > 0 ORDER BY e.name NULLS FIRST, a.age, p.id', NULL);
SELECT bingo_tune.create_ordering('levels', 'SELECT p.id, a.name, o.name FROM posts p JOIN boards b ON b.id = p.board JOIN users o ON o.id = b.owner JOIN users a ON a.id = p.author WHERE p.board = $1 ORDER BY o.name, a.name, p.id', 10);
SELECT bingo_tune.create_ordering('answers', 'SELECT p.id, q.id, q.editor FROM posts p JOIN posts q ON q.id = p.answers ORDER BY q.editor DESC NULLS LAST, p.id', 40);

SELECT * FROM compare('SELECT p.id, a.name, e.age FROM posts p JOIN users a ON a.id = p.author JOIN users e ON e.id = p.editor ORDER BY a.name, e.name DESC, p.id LIMIT 10');
SELECT * FROM compare('SELECT p.id, a.name, e.age FROM users e JOIN posts p ON p.editor = e.id JOIN users a ON a.id = p.author WHERE e.age > 1 ORDER BY a.name, e.name DESC, p.id LIMIT 10');
-- the other way round it is another order
SELECT * FROM compare('SELECT p.id, a.name FROM posts p JOIN users a ON a.id = p.author JOIN users e ON e.id = p.editor ORDER BY e.name, a.name DESC, p.id LIMIT 10');
SELECT * FROM compare('SELECT p.id, a.name, a.age FROM posts p JOIN users a ON a.id = p.author JOIN users e ON e.id = p.editor ORDER BY a.name, e.name DESC, p.id LIMIT 10');
-- both in one role, or one
SELECT * FROM compare('SELECT p.id FROM posts p JOIN users a ON a.id = p.author JOIN users e ON e.id = p.author ORDER BY a.name, e.name DESC, p.id LIMIT 10');
SELECT * FROM compare('SELECT p.id FROM posts p JOIN users a ON a.id = p.author ORDER BY a.name, p.id LIMIT 10');
-- a third relation above
SELECT * FROM compare('SELECT p.id, o.name FROM posts p JOIN users a ON a.id = p.author JOIN users e ON e.id = p.editor JOIN boards b ON b.id = p.board JOIN users o ON o.id = b.owner ORDER BY a.name, e.name DESC, p.id LIMIT 10');
SELECT * FROM compare('SELECT p.id, a.name, e.name FROM users a JOIN (posts p LEFT JOIN users e ON e.id = p.editor) ON a.id = p.author WHERE a.age > 0 ORDER BY e.name NULLS FIRST, a.age, p.id LIMIT 10');
SELECT * FROM compare('SELECT p.id, e.name FROM posts p JOIN users e ON e.id = p.editor JOIN users a ON a.id = p.author AND a.age > 0 ORDER BY e.name NULLS FIRST, a.age, p.id LIMIT 10');
-- conditions of one role are not the other's
SELECT * FROM compare('SELECT p.id, e.name FROM posts p JOIN users e ON e.id = p.editor JOIN users a ON a.id = p.author AND e.age > 0 ORDER BY e.name NULLS FIRST, a.age, p.id LIMIT 10');
SELECT * FROM compare('SELECT p.id, a.name, o.name FROM users a, boards b, posts p, users o WHERE o.id = b.owner AND b.id = p.board AND a.id = p.author AND p.board = 3 ORDER BY o.name, a.name, p.id LIMIT 5');
SELECT * FROM compare('SELECT p.id, q.id FROM posts q JOIN posts p ON p.answers = q.id ORDER BY q.editor DESC NULLS LAST, p.id LIMIT 10');
-- what is answered twice removed: the same ordering, joined once more
SELECT * FROM compare('SELECT p.id, q.id, r.board FROM posts p JOIN posts q ON p.answers = q.id JOIN posts r ON r.id = q.answers ORDER BY q.editor DESC NULLS LAST, p.id LIMIT 10');
-- the answered ones' own order is none
SELECT * FROM compare('SELECT p.id, q.id FROM posts q JOIN posts p ON p.answers = q.id ORDER BY p.editor DESC NULLS LAST, q.id, p.id LIMIT 10');
SELECT reason FROM bingo_tune.explain_ordering('SELECT p.id FROM posts p JOIN users a ON a.id = p.author JOIN users e ON e.id = p.board ORDER BY a.name, e.name DESC, p.id LIMIT 10') WHERE ordering = 'both';

-- one trigger of a kind for a table, whatever its roles are
SELECT tgrelid::regclass::text AS "table", count(*) FROM pg_trigger WHERE tgfoid = 'bingo_tune.remember_change'::regproc GROUP BY 1 ORDER BY 1;

-- author of some, editor of others, and both of one
UPDATE posts SET editor = author WHERE id = 7;
UPDATE users SET name = 'renamed', age = 3 WHERE id = 8;
SELECT * FROM differing();
UPDATE posts SET author = editor, editor = author WHERE editor IS NOT NULL AND id % 3 = 0;
SELECT * FROM differing();
DELETE FROM users WHERE id = 9;
UPDATE users SET id = 9 WHERE id = 10;
INSERT INTO users VALUES (10, 'new', 0);
SELECT * FROM differing();
BEGIN;
UPDATE users SET name = 'u1', age = 0 WHERE id IN (3, 8);
SAVEPOINT s;
UPDATE users SET id = id + 100;
ROLLBACK TO s;
INSERT INTO posts VALUES (200, 1, 3, 8, 200), (201, 1, 8, 8, 200);
UPDATE boards SET owner = 8 WHERE id = 1;
COMMIT;
SELECT * FROM differing();
-- chains, circles, and one that answers itself
UPDATE posts SET editor = 1 WHERE id IN (1, 3, 10, 200);
UPDATE posts SET answers = 201 WHERE id = 200;
UPDATE posts SET editor = 20 - id % 20 WHERE id IN (200, 201);
DELETE FROM posts WHERE id IN (3, 9);
UPDATE posts SET id = 3 WHERE id = 10;
SELECT * FROM differing();
SELECT * FROM compare('SELECT p.id, q.id FROM posts q JOIN posts p ON p.answers = q.id ORDER BY q.editor DESC NULLS LAST, p.id LIMIT 10');
TRUNCATE users;
INSERT INTO users SELECT g, 'u' || g % 3, g % 2 FROM generate_series(1, 15) g;
SELECT bingo_tune.refresh_ordering(name) FROM bingo_tune.orderings ORDER BY name;
SELECT * FROM differing();

-- DDL
ALTER TABLE users DISABLE TRIGGER ALL;
ALTER TABLE users ENABLE TRIGGER ALL;
ALTER TABLE users RENAME TO people;
SELECT query FROM bingo_tune.orderings WHERE name = 'both';
SELECT * FROM compare('SELECT p.id, a.name, e.age FROM posts p JOIN people a ON a.id = p.author JOIN people e ON e.id = p.editor ORDER BY a.name, e.name DESC, p.id LIMIT 10');
-- contained in "both"
SELECT bingo_tune.create_ordering('again', 'SELECT p.id, a.name FROM posts p JOIN people e ON e.id = p.editor JOIN people a ON a.id = p.author ORDER BY a.name, e.name DESC, p.id', 20);
SELECT bingo_tune.create_ordering('mirrored', 'SELECT p.id, a.name FROM posts p JOIN people e ON e.id = p.author JOIN people a ON a.id = p.editor ORDER BY a.name, e.name DESC, p.id', 20);

-- views, and a name that is another table's
CREATE TABLE people_2 (id int PRIMARY KEY, name text NOT NULL);
INSERT INTO people_2 SELECT id, name FROM people;
CREATE VIEW shown AS SELECT p.id, a.name AS author, e.name AS editor, c.name AS third FROM posts p JOIN people a ON a.id = p.author JOIN people e ON e.id = p.editor
	JOIN people_2 c ON c.id = p.board WHERE e.age <> 3;
SELECT bingo_tune.create_ordering('viewed', 'SELECT * FROM shown ORDER BY lower(author), editor, id');
SELECT query FROM bingo_tune.orderings WHERE name = 'viewed';
SELECT * FROM compare('SELECT * FROM shown ORDER BY lower(author), editor, id LIMIT 10');

-- what can't be
SELECT bingo_tune.create_ordering('four', 'SELECT p.id FROM posts p JOIN people a ON a.id = p.author JOIN people e ON e.id = p.editor JOIN people b ON b.id = p.board JOIN people x ON x.id = p.answers ORDER BY a.name, p.id');
SELECT bingo_tune.create_ordering('further', 'SELECT p.id FROM posts p JOIN boards b ON b.id = p.board JOIN posts q ON q.id = b.owner ORDER BY q.editor, p.id');
DROP TABLE people, people_2 CASCADE;
SELECT name, state FROM bingo_tune.orderings ORDER BY name;
SET client_min_messages = warning;
DROP EXTENSION bingo_tune CASCADE;
DROP EXTENSION pg_stat_statements;
DROP TABLE posts, boards;
DROP FUNCTION compare, differing;
