-- Which queries an ordering serves, and the reason that explain_ordering()
-- gives for each that it does not.
-- Seen red with each comparison left out in turn: NULLS order, direction, operator
-- family, collation, a prefix of the keys, volatile functions, subqueries in the
-- select list, restrictions, join conditions, outer joins, row locks, WITH TIES,
-- TABLESAMPLE, a missing join, inheritance children, looks at how a value is stored (at the level itself, around it, in
-- subqueries' plans); ExecutorFinish after the check of rights; rows wanted and rows expected the other way round.
\getenv abs_srcdir PG_ABS_SRCDIR
\set music :abs_srcdir '/include/scan_music.sql'
\set ECHO none
\i :music
\set ECHO all

-- The answer, and that the plan has no ordered scan if it says so.
CREATE FUNCTION explained(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	answer record;
	plan jsonb;
BEGIN
	SELECT * INTO STRICT answer FROM bingo_tune.explain_ordering(query) WHERE ordering = 'plays';
	EXECUTE 'EXPLAIN (FORMAT json) ' || query INTO plan;
	IF answer.served <> jsonb_path_exists(plan, 'strict $.** ? (@."Custom Plan Provider" == "BingoOrderedScan")') THEN
		RETURN 'EXPLAIN says otherwise: ' || answer;
	END IF;
	RETURN coalesce(answer.reason, 'served');
END
$$;
\set f 'FROM play p JOIN listener l ON p.listener_id = l.id JOIN song s ON p.song_id = s.id'
\set o 'ORDER BY s.year DESC, s.title, l.id, p.id DESC'
SELECT explained('SELECT p.id ' || :'f' || ' ' || :'o' || ' LIMIT 5');

-- clauses
SELECT explained('SELECT p.id ' || :'f' || ' LIMIT 5');
SELECT explained('SELECT p.id ' || :'f' || ' ' || :'o' || ' LIMIT 5 FOR UPDATE');
SELECT explained('SELECT p.id ' || :'f' || ' ' || :'o' || ' LIMIT 5 FOR KEY SHARE OF s');
SELECT explained('SELECT * FROM (SELECT p.id ' || :'f' || ' ' || :'o' || ' LIMIT 5) x FOR SHARE');
SELECT explained('SELECT p.id ' || :'f' || ' ' || :'o' || ' FETCH FIRST 5 ROWS WITH TIES');
SELECT explained('SELECT DISTINCT s.year, s.title, l.id, p.id ' || :'f' || ' ' || :'o' || ' LIMIT 5');
SELECT explained('SELECT DISTINCT ON (s.year) s.year ' || :'f' || ' ' || :'o' || ' LIMIT 5');
SELECT explained('SELECT count(*) ' || :'f' || ' GROUP BY s.year, s.title, l.id, p.id ' || :'o' || ' LIMIT 5');
SELECT explained('SELECT 1 ' || :'f' || ' GROUP BY s.year, s.title, l.id, p.id ' || :'o' || ' LIMIT 5');
SELECT explained('SELECT max(p.id) ' || :'f' || ' HAVING true ORDER BY 1 LIMIT 5');
SELECT explained('SELECT row_number() OVER () ' || :'f' || ' ' || :'o' || ' LIMIT 5');
SELECT explained('SELECT p.id ' || :'f' || ' UNION ALL SELECT 1 ORDER BY 1 LIMIT 5');
SELECT explained('SELECT * FROM (SELECT p.id, s.year, s.title ' || :'f' || ' OFFSET 0) s ORDER BY year DESC LIMIT 5');

-- tables
SELECT explained('SELECT p.id FROM play p ORDER BY p.id LIMIT 5');
SELECT explained('SELECT p.id FROM play p JOIN listener l ON p.listener_id = l.id ORDER BY l.id, p.id DESC LIMIT 5');
SELECT explained('SELECT p.id ' || :'f' || ' JOIN song s2 ON s2.title = s.title ' || :'o' || ' LIMIT 5');
SELECT explained('SELECT p.id ' || :'f' || ', generate_series(1, 2) g ' || :'o' || ' LIMIT 5');
SELECT explained('SELECT p.id ' || :'f' || ', pg_class c ' || :'o' || ' LIMIT 5');
SELECT explained('SELECT p.id FROM play p TABLESAMPLE system (50) JOIN listener l ON p.listener_id = l.id JOIN song s ON p.song_id = s.id ' || :'o' || ' LIMIT 5');
SELECT explained('SELECT p.id FROM (SELECT * FROM play LIMIT 10) p JOIN listener l ON p.listener_id = l.id JOIN song s ON p.song_id = s.id ' || :'o' || ' LIMIT 5');

-- conditions
SELECT explained('SELECT p.id ' || :'f' || ' WHERE s.year > 1962 ' || :'o' || ' LIMIT 5');
SELECT explained('SELECT p.id ' || :'f' || ' WHERE p.id IN (17) ' || :'o' || ' LIMIT 5');
SELECT explained('SELECT p.id ' || :'f' || ' WHERE p.note = s.title ' || :'o' || ' LIMIT 5');
SELECT explained('SELECT p.id ' || :'f' || ' WHERE p.note < s.title ' || :'o' || ' LIMIT 5');
SELECT explained('SELECT p.id ' || :'f' || ' WHERE p.at IS NOT NULL ' || :'o' || ' LIMIT 5');
SELECT explained('SELECT p.id ' || :'f' || ' WHERE false ' || :'o' || ' LIMIT 5');
SELECT explained('SELECT p.id ' || :'f' || ' WHERE EXISTS (SELECT 1 FROM pg_class c WHERE c.relname = s.title) ' || :'o' || ' LIMIT 5');
SELECT explained('SELECT p.id ' || replace(:'f', 'JOIN song', 'LEFT JOIN song') || ' ' || :'o' || ' LIMIT 5');
SELECT explained('SELECT p.id ' || replace(:'f', 'JOIN song', 'FULL JOIN song') || ' ' || :'o' || ' LIMIT 5');
SELECT explained('SELECT p.id ' || replace(:'f', 'p.song_id = s.id', 'true') || ' ' || :'o' || ' LIMIT 5');
SELECT explained('SELECT p.id ' || replace(:'f', 'p.song_id = s.id', 'p.id = s.id') || ' ' || :'o' || ' LIMIT 5');
SELECT explained('SELECT p.id ' || replace(:'f', 'p.song_id = s.id', 'p.song_id = s.id AND p.id = s.id') || ' ' || :'o' || ' LIMIT 5') ~ '^it wants [0-9]+ rows' AS few;
SELECT explained('SELECT p.id ' || replace(:'f', 'p.song_id = s.id', 'p.song_id = s.id AND l.id = s.id') || ' ' || :'o' || ' LIMIT 5') ~ '^it wants [0-9]+ rows' AS few;
SELECT explained('SELECT p.id ' || replace(:'f', 'p.song_id = s.id', 'p.song_id + 0 = s.id') || ' ' || :'o' || ' LIMIT 5');
SELECT explained('SELECT p.id ' || replace(:'f', 'p.song_id = s.id', 'p.song_id <= s.id') || ' ' || :'o' || ' LIMIT 5');
SELECT explained('SELECT p.id ' || replace(:'f', 'p.song_id = s.id', 'p.song_id::text = s.id::text') || ' ' || :'o' || ' LIMIT 5');
SELECT explained('SELECT p.id ' || :'f' || ' WHERE s.id = 7 ' || :'o' || ' LIMIT 5');
-- a parameter instead of a constant
SELECT reason FROM bingo_tune.explain_ordering('SELECT p.id ' || :'f' || ' WHERE s.id = $1 ' || :'o' || ' LIMIT 5');
SELECT reason FROM bingo_tune.explain_ordering('SELECT p.id ' || :'f' || ' WHERE $1 = 1 ' || :'o' || ' LIMIT 5');
SELECT served FROM bingo_tune.explain_ordering('SELECT p.id, $3::text ' || :'f' || ' ' || :'o' || ' LIMIT $1 OFFSET $2');

-- sort keys: fewer, more, others, direction, NULLS, collation, operator
SELECT explained('SELECT p.id ' || :'f' || ' ORDER BY s.year DESC, s.title, l.id LIMIT 5');
SELECT explained('SELECT p.id ' || :'f' || ' ORDER BY s.year DESC LIMIT 5');
SELECT explained('SELECT p.id ' || :'f' || ' ' || :'o' || ', p.at LIMIT 5');
SELECT explained('SELECT p.id ' || :'f' || ' ORDER BY s.title, s.year DESC, l.id, p.id DESC LIMIT 5');
SELECT explained('SELECT p.id ' || :'f' || ' ORDER BY s.year DESC, s.title, s.id, p.id DESC LIMIT 5');
SELECT explained('SELECT p.id ' || :'f' || ' ORDER BY s.year, s.title, l.id, p.id DESC LIMIT 5');
SELECT explained('SELECT p.id ' || :'f' || ' ORDER BY s.year DESC NULLS LAST, s.title, l.id, p.id DESC LIMIT 5');
-- what the window has of it, the rest is sorted above
SET enable_sort = off;
SELECT explained('SELECT p.id ' || :'f' || ' ORDER BY s.year DESC, s.title COLLATE "POSIX", l.id, p.id DESC LIMIT 5');
SELECT explained('SELECT p.id ' || :'f' || ' ORDER BY s.year DESC, s.title USING ~<~, l.id, p.id DESC LIMIT 5');
SELECT explained('SELECT p.id ' || :'f' || ' ORDER BY s.year DESC, lower(s.title), l.id, p.id DESC LIMIT 5');
RESET enable_sort;
SELECT explained('SELECT p.id ' || :'f' || ' ORDER BY s.year::oid DESC, s.title, l.id, p.id DESC LIMIT 5');
SELECT explained('SELECT p.id ' || :'f' || ' ORDER BY s.year DESC, s.title, l.id, random() LIMIT 5');
SELECT explained('SELECT p.id ' || :'f' || ' ORDER BY s.year DESC, s.title, l.id, p.id USING > LIMIT 5');

-- output: columns that the ordering lacks, equal but other columns, what must
-- not be evaluated for rows that are skipped
SELECT explained('SELECT p.note ' || :'f' || ' ' || :'o' || ' LIMIT 5');
SELECT explained('SELECT p.listener_id ' || :'f' || ' ' || :'o' || ' LIMIT 5');
SELECT explained('SELECT p ' || :'f' || ' ' || :'o' || ' LIMIT 5');
SELECT explained('SELECT s.ctid ' || :'f' || ' ' || :'o' || ' LIMIT 5');
SELECT explained('SELECT s.tableoid ' || :'f' || ' ' || :'o' || ' LIMIT 5');
SELECT explained('SELECT p.id, random() ' || :'f' || ' ' || :'o' || ' LIMIT 5');
SELECT explained('SELECT p.id, generate_series(1, 2) ' || :'f' || ' ' || :'o' || ' LIMIT 5');
SELECT explained('SELECT p.id, (SELECT count(*) FROM pg_class c WHERE c.relname = s.title) ' || :'f' || ' ' || :'o' || ' LIMIT 5');
SELECT explained('SELECT p.id, s.year IN (SELECT 1962) ' || :'f' || ' ' || :'o' || ' LIMIT 5');
SELECT explained('SELECT p.id, (SELECT 1962), p.at::date, CASE WHEN s.year > 1962 THEN l.name ELSE s.title END ' || :'f' || ' ' || :'o' || ' LIMIT 5');

-- a volatile function is evaluated once for each row of the answer
CREATE SEQUENCE evaluations;
SELECT count(*) FROM (SELECT nextval('evaluations') FROM play p JOIN listener l ON p.listener_id = l.id JOIN song s ON p.song_id = s.id
	ORDER BY s.year DESC, s.title, l.id, p.id DESC LIMIT (SELECT 210)) x;
SELECT last_value FROM evaluations;

-- how values are stored: a window has them in rows of its own
SELECT explained('SELECT pg_column_size(s.title) ' || :'f' || ' ' || :'o' || ' LIMIT 5');
SELECT explained('SELECT p.id ' || :'f' || ' WHERE pg_column_size(s.title) > 1 ' || :'o' || ' LIMIT 5');
SELECT explained('SELECT count(pg_column_compression(x.name)) FROM (SELECT l.name ' || :'f' || ' ' || :'o' || ' LIMIT 5) x');
SELECT explained('SELECT p.id, (SELECT pg_column_size(p.note)) ' || :'f' || ' ' || :'o' || ' LIMIT 5');
SELECT explained('SELECT x.id, (SELECT max(pg_column_size(x.name) + s.id) FROM song s) FROM (SELECT p.id, l.name ' || :'f' || ' ' || :'o' || ' LIMIT 5) x');
SELECT explained('SELECT x.id FROM (SELECT p.id, l.name ' || :'f' || ' ' || :'o' || ' LIMIT 5) x, LATERAL (SELECT pg_column_size(x.name) AS size OFFSET 0) y WHERE y.size > 0');
SELECT explained('SELECT pg_column_size(s.id) ' || :'f' || ' ' || :'o' || ' LIMIT 5');
SELECT explained('SELECT octet_length(s.title) ' || :'f' || ' ' || :'o' || ' LIMIT 5');

-- the part of a query that comes nearest gives the reason
SELECT explained('SELECT c.relname, x.id FROM pg_class c, (SELECT p.id ' || :'f' || ' WHERE s.year > 0 ' || :'o' || ' LIMIT 5) x ORDER BY c.relname');
SELECT explained('SELECT c.relname, x.id FROM pg_class c, (SELECT p.id ' || :'f' || ' ' || :'o' || ' LIMIT 5) x ORDER BY c.relname LIMIT 1');
-- cost: a LIMIT far beyond the window
SELECT explained('SELECT p.id ' || :'f' || ' ' || :'o' || ' LIMIT 100000') ~ '^it wants [0-9]+ rows, and the window is expected to give 200 of them$' AS beyond;
SELECT explained('SELECT p.id, c.relname ' || :'f' || ' LEFT JOIN pg_class c ON c.oid = p.id ' || :'o' || ' LIMIT 5 OFFSET 400') ~ '^it wants [0-9]+ rows, and the window is expected to give 200 of them$' AS beyond;
-- a LEFT JOIN that the planner leaves out
SELECT explained('SELECT p.id ' || replace(:'f', 'JOIN song', 'LEFT JOIN song') || ' ORDER BY l.id LIMIT 5');
SELECT explained('SELECT row_to_json(s) ' || :'f' || ' ' || :'o' || ' LIMIT 5');
SELECT explained('SELECT row_to_json(p) ' || :'f' || ' LEFT JOIN pg_class c ON c.oid = p.id ' || :'o' || ' LIMIT 5');
SELECT explained('SELECT p.id ' || :'f' || ' LEFT JOIN song extra ON extra.id = p.id AND extra.year = 3 ' || :'o' || ' LIMIT 5');
SET bingo_tune.enable_ordered_scan = off;
SELECT explained('SELECT p.id ' || :'f' || ' ' || :'o' || ' LIMIT 5');
RESET bingo_tune.enable_ordered_scan;
-- a view in place of the table
CREATE VIEW play_view AS SELECT * FROM play;
SELECT explained('SELECT p.id ' || replace(:'f', 'FROM play', 'FROM play_view') || ' ' || :'o' || ' LIMIT 5');
DROP VIEW play_view;
-- A query that would write: nothing is written, and the triggers of the statement that asks fire.
CREATE TABLE asked (reason text);
CREATE FUNCTION tell() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RAISE WARNING 'asked: %', NEW.reason; RETURN NULL; END$$;
CREATE TRIGGER tell AFTER INSERT ON asked FOR EACH ROW EXECUTE FUNCTION tell();
INSERT INTO asked SELECT coalesce(reason, 'served') FROM bingo_tune.explain_ordering('WITH gone AS (DELETE FROM play RETURNING *) SELECT p.id ' || :'f' || ' ' || :'o' || ' LIMIT 5');
SELECT count(*) > 0 AS plays FROM play;
DROP TABLE asked;
DROP FUNCTION tell;
-- inheritance
CREATE TABLE loud_song () INHERITS (song);
SELECT explained('SELECT p.id ' || :'f' || ' ' || :'o' || ' LIMIT 5');
DROP TABLE loud_song;
-- the mark of the parent stays behind, and no ANALYZE is needed
SELECT bingo_tune.refresh_ordering('plays');
SELECT relhassubclass FROM pg_class WHERE oid = 'song'::regclass;
SELECT explained('SELECT p.id ' || :'f' || ' ' || :'o' || ' LIMIT 5');

-- which part is served, how many rows the window is expected to give, the best ordering first
SELECT bingo_tune.create_ordering('songs', 'SELECT id, year, title FROM song ORDER BY year DESC, title, id', 50);
SELECT bingo_tune.create_ordering('listeners', 'SELECT id FROM listener ORDER BY id', 20);
SELECT ordering, served, regexp_replace(reason, '[0-9]+\.[0-9]+', 'N', 'g') AS reason, part, estimated_rows FROM bingo_tune.explain_ordering('SELECT p.id, p.at ' || :'f' || ' ' || :'o' || ' LIMIT 5');
SELECT ordering, served, regexp_replace(reason, '[0-9]+\.[0-9]+', 'N', 'g') AS reason, part, estimated_rows FROM bingo_tune.explain_ordering('SELECT p.id, p.* ' || :'f' || ' WHERE s.year < 2000 AND l.id <> 3 AND p.id <> 4 ' || :'o' || ' LIMIT 5');
SELECT ordering, served, regexp_replace(reason, '[0-9]+\.[0-9]+', 'N', 'g') AS reason, part, estimated_rows FROM bingo_tune.explain_ordering('SELECT id, title FROM song WHERE year = 1990 ORDER BY title LIMIT 3');
SELECT ordering, served, regexp_replace(reason, '[0-9]+\.[0-9]+', 'N', 'g') AS reason, part, estimated_rows FROM bingo_tune.explain_ordering('SELECT title FROM song, (SELECT id FROM listener ORDER BY id LIMIT 3) l WHERE song.id = l.id ORDER BY year DESC NULLS LAST, title LIMIT 5');
SELECT ordering, served, regexp_replace(reason, '[0-9]+\.[0-9]+', 'N', 'g') AS reason, part, estimated_rows FROM bingo_tune.explain_ordering('SELECT count(*) FROM pg_class');
SELECT bingo_tune.drop_ordering('songs'), bingo_tune.drop_ordering('listeners');

-- errors
SELECT * FROM bingo_tune.explain_ordering('');
SELECT * FROM bingo_tune.explain_ordering('SELECT 1; SELECT 2');
SELECT * FROM bingo_tune.explain_ordering('DELETE FROM play');
SELECT * FROM bingo_tune.explain_ordering('VACUUM');
SELECT * FROM bingo_tune.explain_ordering('SELECT missing');
SELECT * FROM bingo_tune.explain_ordering(NULL);
SELECT served FROM bingo_tune.explain_ordering('SELECT 1');
CREATE ROLE scan_stranger;
GRANT USAGE ON SCHEMA music TO scan_stranger;
SET ROLE scan_stranger;
SELECT * FROM bingo_tune.explain_ordering('SELECT p.id ' || :'f' || ' ' || :'o' || ' LIMIT 5');
RESET ROLE;
REVOKE USAGE ON SCHEMA music FROM scan_stranger;
DROP ROLE scan_stranger;

DROP SCHEMA music CASCADE;
DROP EXTENSION bingo_tune CASCADE;
DROP EXTENSION IF EXISTS pg_stat_statements;
