-- min() and max() over an ordering's join: from the window's first row where that is right.
-- Seen red with: NULLs that come first not minded; different aggregates taken for one; FILTER
-- not looked at; the first one of a value's rows in no order taken for the least.
\getenv abs_srcdir PG_ABS_SRCDIR
\set music :abs_srcdir '/include/scan_music.sql'
\set ECHO none
\i :music
\set ECHO all
-- In "latest" NULLs come first, in "earliest" last; "named" has none.
SELECT bingo_tune.create_ordering('latest', $$
	SELECT p.id, p.at, p.note, l.name, l.id FROM play p JOIN listener l ON p.listener_id = l.id ORDER BY p.at DESC, p.id$$, 300);
SELECT bingo_tune.create_ordering('earliest', $$
	SELECT p.id, p.at, p.note, l.name, l.id FROM play p JOIN listener l ON p.listener_id = l.id ORDER BY p.at, p.id$$, 300);
SELECT bingo_tune.create_ordering('named', $$
	SELECT p.id, p.at, l.name FROM play p JOIN listener l ON p.listener_id = l.id ORDER BY l.name DESC, p.at, p.id$$, 300);
\set f 'FROM play p JOIN listener l ON p.listener_id = l.id'

SELECT top_nodes('SELECT min(p.at) ' || :'f');
SELECT * FROM compare('SELECT max(p.at) ' || :'f');
SELECT * FROM compare('SELECT min(p.at) ' || :'f');
SELECT * FROM compare('SELECT max(l.name) ' || :'f');
SELECT * FROM compare('SELECT min(p.at), min(p.at) + interval ''1 day'' ' || :'f' || ' WHERE p.at > timestamp ''2020-01-05''');
SELECT * FROM compare('SELECT max(p.at) ' || :'f' || ' WHERE l.name <> ''Listener 17'' AND p.id % 7 = 0');
SELECT * FROM compare('SELECT min(p.at) ' || :'f' || ' WHERE l.name = ''Listener 9''');
-- NULLs
INSERT INTO play VALUES (2001, 1, 1, NULL), (2002, 1, 2, NULL);
SELECT * FROM compare('SELECT max(p.at) ' || :'f');
SELECT bingo_tune.create_ordering('finally', $$
	SELECT p.id, p.at, l.name FROM play p JOIN listener l ON p.listener_id = l.id ORDER BY p.at DESC NULLS LAST, p.id$$, 300);
SELECT * FROM compare('SELECT max(p.at) ' || :'f');
SELECT * FROM compare('SELECT min(p.at) ' || :'f' || ' WHERE p.id > 2000');
SELECT * FROM compare('SELECT max(p.at) ' || :'f' || ' WHERE p.id > 2000');
-- without a row, and where the window ends before it
SELECT * FROM compare('SELECT max(p.at) ' || :'f' || ' WHERE l.name = ''nobody''');
SELECT * FROM compare('SELECT max(p.at) ' || :'f' || ' WHERE p.at < timestamp ''2020-01-03''');
-- for each of others; prepared
SELECT * FROM compare('SELECT x.id, (SELECT max(p.at) ' || :'f' || ' WHERE p.at < timestamp ''2020-02-10'' + x.id * interval ''1 hour'') FROM listener x');
PREPARE newest(text) AS SELECT max(p.at) FROM play p JOIN listener l ON p.listener_id = l.id WHERE l.name > $1;
SET plan_cache_mode = force_generic_plan;
EXECUTE newest('Listener 1');
EXECUTE newest('Z');
RESET plan_cache_mode;
-- what is more than the first row
SELECT * FROM compare('SELECT max(p.at), min(p.at) ' || :'f');
SELECT * FROM compare('SELECT max(p.at), count(*) ' || :'f');
SELECT * FROM compare('SELECT max(p.at) FILTER (WHERE p.id % 2 = 0) ' || :'f');
SELECT * FROM compare('SELECT l.name, max(p.at) ' || :'f' || ' GROUP BY l.name ORDER BY 1');
SELECT * FROM compare('SELECT max(p.at) ' || :'f' || ' HAVING count(*) > 1');
SELECT * FROM compare('SELECT max(p.at) ' || :'f' || ' JOIN song s ON s.id = p.song_id WHERE s.year = 1961');
SELECT * FROM compare('SELECT max(p.at) ' || :'f' || ' LEFT JOIN song s ON s.id = p.song_id WHERE s.id IS NULL');
SELECT * FROM compare('SELECT max(p.at + interval ''1 h'') ' || :'f');
SELECT * FROM compare('SELECT max(p.at) FROM play p JOIN listener l ON p.listener_id = l.id AND random() < 2');
-- all rows of a song, which stand by another column first
SELECT bingo_tune.create_ordering('of_song', $$
	SELECT p.id, p.at, p.song_id, l.name FROM play p JOIN listener l ON p.listener_id = l.id ORDER BY p.song_id, l.name, p.at, p.id$$, NULL);
SELECT rows, same FROM compare('SELECT min(p.at) ' || :'f' || ' WHERE p.song_id = 7');
SELECT rows, same FROM compare('SELECT max(p.at), max(p.at) + interval ''1 h'' ' || :'f' || ' WHERE p.song_id = 7');
SELECT bingo_tune.drop_ordering('of_song');
-- while it is invalid, and what explain says
SELECT served, part FROM bingo_tune.explain_ordering('SELECT max(p.at) FROM play p JOIN listener l ON p.listener_id = l.id') WHERE ordering IN ('finally', 'latest') ORDER BY ordering;
VACUUM FULL play;
SELECT * FROM compare('SELECT max(p.at) ' || :'f');

DROP SCHEMA music CASCADE;
DROP EXTENSION pg_stat_statements CASCADE;
