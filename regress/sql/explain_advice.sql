-- What explain_ordering() says where no ordering serves: which one would, and that it serves once it is made; or why
-- none would be of use.
-- Seen red with: LEFT JOINs kept in the definition; a condition on a left-out table taken for a join; the search_path left as
-- it is; the row given although an ordering fits; proposed although a condition or the cost is in the way;
-- a name that is taken; a LEFT JOIN left out that another one needs; joins that keep their names, or USING, without
-- what was left out; the error of a text that was made here for the reason.
\getenv abs_srcdir PG_ABS_SRCDIR
\set music :abs_srcdir '/include/scan_music.sql'
\set ECHO none
\i :music
\set ECHO all
SELECT count(bingo_tune.drop_ordering(name)) > 0 AS dropped FROM bingo_tune.orderings;

-- Makes what is said, and asks again; what was made is dropped.
CREATE FUNCTION advised(query text, OUT served bool, OUT reason text, OUT command text, OUT then_reason text)
LANGUAGE plpgsql AS $$
BEGIN
	SELECT e.served, e.reason, e.command INTO STRICT served, reason, command FROM bingo_tune.explain_ordering(query) e;
	IF command IS NOT NULL THEN
		SET LOCAL search_path = pg_temp;
		SET LOCAL client_min_messages = warning;
		EXECUTE command;
		SET LOCAL search_path = music, public;
		SELECT e.reason INTO STRICT then_reason FROM bingo_tune.explain_ordering(query) e;
		PERFORM bingo_tune.drop_ordering(name) FROM bingo_tune.orderings;
	END IF;
END
$$;
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
-- its own parameter of one type, and the ordering's of another
SELECT * FROM advised('SELECT t.id FROM track t LEFT JOIN song s ON s.id = t.song_id AND s.title = $1 WHERE t.id = $2 ORDER BY s.year, t.id LIMIT 5');
SELECT * FROM advised('SELECT p.id FROM play p JOIN song s ON p.song_id = s.id');
SELECT * FROM advised('SELECT count(*) FROM play');
SELECT * FROM advised('SELECT 1');

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
SELECT bingo_tune.create_ordering('song_by_title', 'SELECT p.id, s.title FROM play p JOIN song s ON p.song_id = s.id ORDER BY s.title DESC, p.id', 1000);
SELECT command FROM bingo_tune.explain_ordering('SELECT p.id FROM play p JOIN song s ON p.song_id = s.id ORDER BY s.title, p.id LIMIT 3') WHERE command IS NOT NULL;

RESET bingo_tune.enable_ordered_scan;
-- made in a transaction of its own it serves
SELECT count(bingo_tune.drop_ordering(name)) FROM bingo_tune.orderings;
\set chain 'SELECT t.id FROM track t LEFT JOIN album a ON a.id = t.album_id LEFT JOIN label l ON l.id = a.label_id ORDER BY l.name, t.id LIMIT 5'
SELECT command FROM bingo_tune.explain_ordering(:'chain') \gset
:command;
SELECT ordering, served, reason, command FROM bingo_tune.explain_ordering(:'chain');
SELECT from_window, from_behind, rows, same FROM compare(:'chain');

DROP TABLE apart, track, album, label;
DROP FUNCTION advised;
DROP SCHEMA music CASCADE;
DROP EXTENSION bingo_tune CASCADE;
DROP EXTENSION IF EXISTS pg_stat_statements;
