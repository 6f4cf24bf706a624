-- What explain_ordering() says where no ordering serves: which one would, and that it serves once it is made; or why
-- none would be of use.
-- Seen red with: LEFT JOINs kept in the definition; a condition on a left-out table taken for a join; the search_path left as
-- it is; the row given although an ordering fits; proposed although a condition or the cost is in the way;
-- a name that is taken; a LEFT JOIN left out that another one needs; joins that keep their names, or USING, without
-- what was left out; the error of a text that was made here for the reason.
-- An index said that is there; an ordering proposed although its index is used; subqueries kept, or their columns left out; the order never
-- turned, its NULLs not, nor all rows tried; ranges without LIMIT left out; one that is there the other way round taken for one that fits;
-- GROUP BY and window functions not looked at; an index named below a Sort; any comparison of two tables taken for a join.
\getenv abs_srcdir PG_ABS_SRCDIR
\set music :abs_srcdir '/include/scan_music.sql'
\set ECHO none
\i :music
\set ECHO all
SELECT count(bingo_tune.drop_ordering(name)) > 0 AS dropped FROM bingo_tune.orderings;

-- Makes what is said, and asks again; what was made is dropped.
CREATE FUNCTION advised(query text, OUT served bool, OUT reason text, OUT command text, OUT then_reason text)
LANGUAGE plpgsql AS $$
DECLARE
	before oid := max(oid) FROM pg_class;
	made text;
BEGIN
	SELECT e.served, e.reason, e.command INTO STRICT served, reason, command FROM bingo_tune.explain_ordering(query) e;
	IF command IS NOT NULL THEN
		SET LOCAL search_path = pg_temp;
		SET LOCAL client_min_messages = warning;
		EXECUTE command;
		SET LOCAL search_path = music, public;
		SELECT e.reason INTO STRICT then_reason FROM bingo_tune.explain_ordering(query) e;
		PERFORM bingo_tune.drop_ordering(name) FROM bingo_tune.orderings;
		FOR made IN SELECT oid::regclass FROM pg_class WHERE oid > before AND relkind = 'i' AND relnamespace = 'music'::regnamespace LOOP
			EXECUTE 'DROP INDEX ' || made;
		END LOOP;
	END IF;
END
$$;
CREATE TABLE big (id int PRIMARY KEY, song_id int NOT NULL);
INSERT INTO big SELECT i, 1 + i % 60 FROM generate_series(1, 30000) i;
CREATE INDEX ON big (song_id);
ANALYZE big;
\pset format unaligned
\pset fieldsep '\n'
\pset tuples_only on

-- a join's order; filters, LIMIT and what LEFT JOIN only shows are the query's
SELECT * FROM advised('SELECT p.id, s.title FROM play p JOIN song s ON p.song_id = s.id WHERE s.year > 1970 ORDER BY s.year DESC, p.id LIMIT 20');
SELECT * FROM advised('SELECT p.id, l.* FROM play p JOIN song s ON p.song_id = s.id LEFT JOIN listener l ON l.id = p.listener_id
	ORDER BY s.year DESC, p.id LIMIT 20 OFFSET 40');
SELECT * FROM advised('SELECT p.id FROM play p LEFT JOIN listener l ON l.id = p.listener_id AND l.id > $1, song s
	WHERE p.song_id = s.id AND l.id = p.id ORDER BY s.year, s.title LIMIT $2');
SELECT * FROM advised('SELECT s.title FROM song s LEFT JOIN (play p JOIN listener l ON l.id = p.listener_id) ON p.song_id = s.id ORDER BY s.year, s.id LIMIT 3');
-- by columns of one table: of what reads no other one an index is proposed, unless it is there
SELECT * FROM advised('SELECT p.id FROM play p JOIN song s ON p.song_id = s.id WHERE s.year > 1962 ORDER BY p.at DESC NULLS LAST, p.id LIMIT 20');
SELECT * FROM advised('SELECT p.* FROM play p WHERE p.note <> ''note 1'' AND EXISTS (SELECT FROM song s WHERE s.id = p.song_id) ORDER BY p.at LIMIT 20');
SELECT * FROM advised('SELECT p.id, x.title FROM play p LEFT JOIN LATERAL (SELECT s.title FROM song s WHERE s.id = p.song_id) x ON true ORDER BY p.id DESC LIMIT 20');
SET enable_indexscan = off;
SELECT * FROM advised('SELECT p.id FROM big p JOIN song s ON p.song_id = s.id ORDER BY p.id LIMIT 20');
RESET enable_indexscan;
-- what a subquery reads is among its columns; what is no table is left out, wherever it stands
SELECT * FROM advised('SELECT p.id FROM play p JOIN song s ON p.song_id = s.id WHERE EXISTS (SELECT FROM listener l WHERE l.id = p.listener_id AND l.born > p.at) ORDER BY s.year, p.id LIMIT 5');
SELECT * FROM advised('SELECT p.id, x.n, y.v FROM play p JOIN song s ON p.song_id = s.id CROSS JOIN LATERAL (SELECT count(*) AS n FROM listener l WHERE l.id < p.listener_id) x,
	(VALUES (1), (2)) y (v) ORDER BY s.year, p.id LIMIT 5');
SELECT * FROM advised('SELECT p.id, (SELECT count(*) FROM listener l WHERE l.id = p.listener_id) FROM generate_series(1, 2) g, play p JOIN song s ON p.song_id = s.id WHERE g = s.id ORDER BY s.year, p.id LIMIT 5');
-- the page before one far down: the order the other way round, read backwards; what only all rows can serve; a range without LIMIT
SELECT * FROM advised('SELECT p.id, s.title FROM big p JOIN song s ON p.song_id = s.id WHERE (s.year, p.id) > (1965, 25000) ORDER BY s.year, p.id LIMIT 5');
SELECT * FROM advised('SELECT p.id, s.title FROM big p JOIN song s ON p.song_id = s.id WHERE (s.title, p.id) > (''Song 22'', 25000) AND (s.title, p.id) < (''Song 23'', 25000) ORDER BY s.title, p.id LIMIT 5');
SELECT * FROM advised('SELECT p.id, s.title FROM big p JOIN song s ON p.song_id = s.id WHERE s.year = 1960 AND p.id < 100 ORDER BY s.year, p.id');
-- what is joined for a LEFT JOIN that it sorts by stays, however far away, and nothing else; no names of joins
CREATE TABLE label (id int PRIMARY KEY, name text);
CREATE TABLE album (id int PRIMARY KEY, label_id int, year int);
CREATE TABLE track (id int PRIMARY KEY, album_id int, song_id int);
CREATE INDEX ON album (label_id);
CREATE INDEX ON track (album_id);
CREATE INDEX ON track (song_id);
INSERT INTO label SELECT i, 'Label ' || i % 3 FROM generate_series(1, 10) i;
INSERT INTO album SELECT i, i % 11, i % 4 FROM generate_series(1, 50) i;
INSERT INTO track SELECT i, i % 53, i % 61 FROM generate_series(1, 2000) i;
ANALYZE label, album, track;
SELECT * FROM advised('SELECT t.id FROM track t LEFT JOIN song s ON s.id = t.song_id LEFT JOIN album a ON a.id = t.album_id LEFT JOIN label l ON l.id = a.label_id
	ORDER BY l.name, t.id LIMIT 5');
SELECT * FROM advised('SELECT t.id FROM track t LEFT JOIN (album a LEFT JOIN label l ON l.id = a.label_id) ON a.id = t.album_id ORDER BY l.name, t.id LIMIT 5');
SELECT * FROM advised('SELECT t.id FROM track t LEFT JOIN album a ON a.id = t.album_id JOIN song s ON s.id = t.song_id AND s.year > a.year ORDER BY s.year, t.id LIMIT 5');
SELECT * FROM advised('SELECT j.c FROM (track t LEFT JOIN album a ON a.id = t.album_id) AS j (c, d, e) JOIN song s ON s.id = j.e ORDER BY s.year, j.c LIMIT 5');
ALTER TABLE song RENAME id TO song_id;
ALTER TABLE play DROP COLUMN note, ADD COLUMN note text;
SELECT * FROM advised('SELECT id FROM play t LEFT JOIN track p USING (song_id, id) JOIN song s USING (song_id) ORDER BY s.year, id LIMIT 5');
ALTER TABLE song RENAME song_id TO id;
-- one would have the order, but not serve
SELECT * FROM advised('SELECT p.id FROM play p JOIN song s ON p.song_id = s.id WHERE s.year > random() * 2000 ORDER BY s.year DESC, p.id LIMIT 20');
SELECT served, regexp_replace(reason, '[0-9.]+', 'N', 'g') AS reason, command FROM advised('SELECT id FROM song ORDER BY id LIMIT 3');
SET bingo_tune.enable_ordered_scan = off;
SELECT command IS NOT NULL AS proposed, then_reason FROM advised('SELECT p.id FROM play p JOIN song s ON p.song_id = s.id ORDER BY s.year DESC, p.id LIMIT 20');
RESET bingo_tune.enable_ordered_scan;
-- none could
SELECT * FROM advised('SELECT p.id FROM play p LEFT JOIN song s ON p.song_id = s.id ORDER BY s.year, p.id LIMIT 3');
SELECT * FROM advised('SELECT p.id FROM play p JOIN song s ON p.song_id = s.id ORDER BY lower(s.title), p.id LIMIT 3');
SELECT * FROM advised('SELECT p.id FROM play p JOIN song s ON p.song_id < s.id ORDER BY s.year, p.id LIMIT 3');
-- what compares two tables filters
SELECT * FROM advised('SELECT p.id FROM play p JOIN song s ON p.song_id = s.id AND s.year > p.listener_id ORDER BY s.year, p.id LIMIT 3');
-- its own parameter of one type, and the ordering's of another
SELECT * FROM advised('SELECT t.id FROM track t LEFT JOIN song s ON s.id = t.song_id AND s.title = $1 WHERE t.id = $2 ORDER BY s.year, t.id LIMIT 5');
SELECT * FROM advised('SELECT p.id FROM play p JOIN song s ON p.song_id = s.id');
SELECT * FROM advised('SELECT p.id, count(*) OVER () FROM play p JOIN song s ON p.song_id = s.id ORDER BY s.year, p.id LIMIT 5');
SELECT * FROM advised('SELECT p.id, p.at FROM play p JOIN song s ON p.song_id = s.id GROUP BY p.id ORDER BY p.at LIMIT 5');
SELECT * FROM advised('SELECT p.id, count(*) FROM play p JOIN song s ON p.song_id = s.id GROUP BY p.id ORDER BY count(*) DESC, p.id LIMIT 5');
SELECT * FROM advised('SELECT count(*) FROM play');
SELECT * FROM advised('SELECT 1');

-- all that stands in the way of each
SELECT bingo_tune.create_ordering('titles', 'SELECT p.id, s.title FROM play p JOIN song s ON p.song_id = s.id ORDER BY s.title, p.id', 1000);
SELECT bingo_tune.create_ordering('songs', 'SELECT s.id, s.title FROM song s ORDER BY s.title, s.id', 1000);
SELECT ordering, reason FROM bingo_tune.explain_ordering('SELECT p.id, s.length FROM play p JOIN song s ON p.song_id = s.id AND s.year < p.id WHERE s.length > random() ORDER BY s.year, p.id LIMIT 5 FOR UPDATE') WHERE ordering IS NOT NULL;
SELECT bingo_tune.drop_ordering('titles'), bingo_tune.drop_ordering('songs');
-- one that has an obstacle, and none of the query's tables; one that fits needs no other
CREATE TABLE apart (id int PRIMARY KEY);
SELECT bingo_tune.create_ordering('plays', 'SELECT p.id, s.year FROM play p JOIN song s ON p.song_id = s.id ORDER BY s.year, p.id', 1000);
SELECT ordering, served, reason, command FROM bingo_tune.explain_ordering('SELECT p.id FROM play p JOIN song s ON p.song_id = s.id ORDER BY s.title, p.id LIMIT 3');
SELECT ordering, served, regexp_replace(reason, '[0-9.]+', 'N', 'g') AS reason, command FROM bingo_tune.explain_ordering('SELECT id FROM apart ORDER BY id LIMIT 3');
SELECT ordering, served, command FROM bingo_tune.explain_ordering('SELECT p.id FROM play p JOIN song s ON p.song_id = s.id ORDER BY s.year, p.id LIMIT 3');
SET bingo_tune.enable_ordered_scan = off;
SELECT ordering, served, command FROM bingo_tune.explain_ordering('SELECT p.id FROM play p JOIN song s ON p.song_id = s.id ORDER BY s.year, p.id LIMIT 3');
-- in a read-only transaction, with the caller's search_path afterwards
BEGIN READ ONLY;
SELECT command FROM bingo_tune.explain_ordering('SELECT p.id FROM play p JOIN song s ON p.song_id = s.id ORDER BY s.title, p.id LIMIT 3') WHERE command IS NOT NULL;
SHOW search_path;
COMMIT;
-- where its name is taken
SELECT bingo_tune.create_ordering('song_by_title', 'SELECT p.id, s.title FROM play p JOIN song s ON p.song_id = s.id ORDER BY s.title DESC, p.id', 100);
SELECT command FROM bingo_tune.explain_ordering('SELECT p.id FROM play p JOIN song s ON p.song_id = s.id ORDER BY s.title, p.id LIMIT 3') WHERE command IS NOT NULL;

RESET bingo_tune.enable_ordered_scan;
-- made in a transaction of its own it serves
SELECT count(bingo_tune.drop_ordering(name)) FROM bingo_tune.orderings;
\set chain 'SELECT t.id FROM track t LEFT JOIN album a ON a.id = t.album_id LEFT JOIN label l ON l.id = a.label_id ORDER BY l.name, t.id LIMIT 5'
SELECT command FROM bingo_tune.explain_ordering(:'chain') \gset
:command;
SELECT ordering, served, reason, command FROM bingo_tune.explain_ordering(:'chain');
SELECT from_window, from_behind, rows, same FROM compare(:'chain');

DROP TABLE apart, big, track, album, label;
DROP FUNCTION advised;
DROP SCHEMA music CASCADE;
DROP EXTENSION bingo_tune CASCADE;
DROP EXTENSION IF EXISTS pg_stat_statements;
