-- A scan whose filter lets too few rows of the window pass leaves the rest to the plan behind: where no row was given, where
-- the order is total, or where a group of ties is over.  "few": it has thrown away no more rows than it has patience for.
-- And pages that look up some rows by an index of their own are not taken from a window that would throw away most of what it reads.
--
-- Seen red with: patience without end ("few" is false); leaving in the midst of a group; not leaving where it is over; the
-- count kept over rescans (LATERAL); rows in vain charged as what they cost ("served"); an unknown LIMIT supposed to want a
-- tenth of twenty rows; patience without end for what is searched by the first column of a row only; orderings passed over for
-- an index in another order, or when explain_ordering() asks.
\getenv abs_srcdir PG_ABS_SRCDIR
\set music :abs_srcdir '/include/scan_music.sql'
\set ECHO none
\i :music
\set ECHO all

CREATE TABLE desk (id int PRIMARY KEY, team int NOT NULL);
CREATE TABLE ticket (id int PRIMARY KEY, desk_id int NOT NULL, day int NOT NULL, kind int NOT NULL, sub int NOT NULL, code int NOT NULL, part int NOT NULL, filler text);
INSERT INTO desk SELECT i, i % 20 FROM generate_series(0, 199) i;
-- kind and sub are the same for some of the newest and of the oldest only, as nobody knows who has statistics of each
INSERT INTO ticket SELECT i, i / 7 % 200, i / 10, i % 10, CASE WHEN i > 19900 OR i < 500 THEN i % 10 ELSE (i + 1) % 10 END, i % 1000, i / 10 % 100, repeat('x', 400)
	FROM generate_series(1, 20000) i;
CREATE INDEX ON ticket (desk_id);
ANALYZE desk, ticket;
\set columns 'SELECT t.id, t.day, t.kind, t.sub, t.code, d.team FROM ticket t JOIN desk d ON d.id = t.desk_id'
SELECT bingo_tune.create_ordering('newest', :'columns' || ' ORDER BY t.day DESC, t.id DESC', 50000);
SELECT bingo_tune.create_ordering('of_team', :'columns' || ' ORDER BY d.team, t.day DESC, t.id DESC', 50000);
CREATE INDEX ON ticket (kind, part);

CREATE FUNCTION vain(query text, most bigint, OUT few bool, OUT from_window bigint, OUT from_behind bigint, OUT same bool) LANGUAGE plpgsql AS $$
DECLARE
	plan jsonb;
	wanted text;
BEGIN
	EXECUTE 'EXPLAIN (ANALYZE, TIMING off, FORMAT json) ' || query INTO plan;
	few := coalesce(scan_rows(plan, 'Rows Removed by Filter'), 0) <= most;
	SELECT c.from_window, c.from_behind, c.same INTO from_window, from_behind, same FROM compare(query) c;
END
$$;
\set f 'FROM ticket t JOIN desk d ON d.id = t.desk_id'

-- none given; then some, in a total order; with ties
SELECT * FROM vain('SELECT t.id, t.day ' || :'f' || ' WHERE t.kind = 3 AND t.sub = 7 ORDER BY t.day DESC, t.id DESC LIMIT 20', 5000);
SELECT * FROM vain('SELECT t.id, t.day ' || :'f' || ' WHERE t.kind = 3 AND t.sub = 3 ORDER BY t.day DESC, t.id DESC LIMIT 20', 5000);
SELECT * FROM vain('SELECT t.id, t.day ' || :'f' || ' WHERE t.kind = 3 AND t.sub = 3 ORDER BY t.day DESC LIMIT 20', 5000);
-- a group of 2,000 ties is read to its end, with what it has
UPDATE ticket SET day = 1700 WHERE id BETWEEN 15000 AND 16999;
UPDATE ticket SET sub = kind WHERE id IN (15003, 15013, 16903, 16983);
SELECT * FROM vain('SELECT t.day ' || :'f' || ' WHERE t.kind = 3 AND t.sub = 3 ORDER BY t.day DESC LIMIT 20', 6000);
SELECT count(*), count(DISTINCT id) FROM (SELECT t.id, t.day FROM ticket t JOIN desk d ON d.id = t.desk_id WHERE t.kind = 3 AND t.sub = 3 ORDER BY t.day DESC LIMIT 20) answer;
-- all that is expected is there: it stays
SELECT * FROM vain('SELECT t.id ' || :'f' || ' WHERE t.kind = 3 AND t.sub = 4 ORDER BY t.day DESC, t.id DESC LIMIT 20', 5000);

-- merged searches, with and without pages that are kept
SELECT * FROM vain('SELECT t.id, t.day ' || :'f' || ' WHERE d.team IN (3, 4, 5) AND t.kind = 3 AND t.sub = 7 ORDER BY t.day DESC, t.id DESC LIMIT 20', 5000);
SELECT * FROM vain('SELECT t.id, t.day ' || :'f' || ' WHERE d.team IN (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11) AND t.kind = 3 AND t.sub = 7 ORDER BY t.day DESC, t.id DESC LIMIT 20', 5000);
SELECT * FROM vain('SELECT t.id, t.day ' || :'f' || ' WHERE d.team IN (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11) AND t.kind = 3 AND t.sub = 3 ORDER BY t.day DESC, t.id DESC LIMIT 20', 5000);
-- ... whose values are not known
SET plan_cache_mode = force_generic_plan;
PREPARE lists(int[], int[]) AS SELECT t.id, t.day FROM ticket t JOIN desk d ON d.id = t.desk_id WHERE d.team = ANY ($1) AND t.code = ANY ($2) ORDER BY t.day DESC, t.id DESC LIMIT 20;
CREATE FUNCTION lists(teams int[], codes int[], most bigint, OUT few bool, OUT from_window bigint, OUT from_behind bigint, OUT same bool) LANGUAGE plpgsql AS $$
DECLARE
	plan jsonb;
	answers int[];
	answer record;
BEGIN
	EXECUTE format('EXPLAIN (ANALYZE, TIMING off, FORMAT json) EXECUTE lists(%L, %L)', teams, codes) INTO plan;
	few := coalesce(scan_rows(plan, 'Rows Removed by Filter'), 0) <= most;
	from_window := scan_rows(plan, 'Rows from Window');
	from_behind := scan_rows(plan, 'Rows from Plan Behind');
	FOR answer IN EXECUTE format('EXECUTE lists(%L, %L)', teams, codes) LOOP
		answers := answers || answer.id;
	END LOOP;
	same := answers IS NOT DISTINCT FROM (SELECT array_agg(id) FROM (SELECT t.id FROM ticket t JOIN desk d ON d.id = t.desk_id
		WHERE d.team = ANY (teams) AND t.code = ANY (codes) ORDER BY t.day DESC, t.id DESC LIMIT 20) a);
END
$$;
SELECT * FROM lists('{1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19}', '{-1}', 4500);
SELECT * FROM lists('{1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19}', '{7,8}', 4500);
SELECT * FROM lists('{1,2,3}', '{-1}', 4500);
SELECT * FROM lists('{1,2,3}', '{1,8,23,41,42,43,44,45,46,61,62,63,64,65,66,81,82,83,84,85,86}', 4500);
RESET plan_cache_mode;

-- each start has its own patience
SELECT * FROM vain($$SELECT x.kind, a.id FROM (VALUES (3, 3), (3, 7), (3, 4), (5, 5)) x (kind, sub), LATERAL (SELECT t.id FROM ticket t JOIN desk d ON d.id = t.desk_id
	WHERE t.kind = x.kind AND t.sub = x.sub ORDER BY t.day DESC, t.id DESC LIMIT 20) a ORDER BY 1, 2$$, 20000);
-- a cursor that goes back
BEGIN;
DECLARE back SCROLL CURSOR FOR SELECT t.id FROM ticket t JOIN desk d ON d.id = t.desk_id WHERE t.kind = 3 AND t.sub = 3 ORDER BY t.day DESC, t.id DESC LIMIT 14;
FETCH FORWARD 8 FROM back;
FETCH FORWARD 6 FROM back;
FETCH BACKWARD 5 FROM back;
FETCH FORWARD 3 FROM back;
COMMIT;

-- looked up by an index of their own; a LIMIT that is not known
SELECT bingo_tune.create_ordering('of_kind', 'SELECT id, day, kind, part FROM ticket ORDER BY kind, day DESC, id DESC', 50000);
SELECT from_window IS NOT NULL AS served, same FROM compare('SELECT id, day FROM ticket WHERE kind = 3 AND part = 5 ORDER BY day DESC, id DESC LIMIT 20');
SELECT from_window IS NOT NULL AS served, same FROM compare('SELECT id, day FROM ticket WHERE kind = 3 AND part = 5 ORDER BY day DESC, id DESC LIMIT (SELECT 20)');
SELECT from_window IS NOT NULL AS served, same FROM compare('SELECT id, day FROM ticket WHERE kind = 3 ORDER BY day DESC, id DESC LIMIT 20');
SELECT from_window IS NOT NULL AS served, same FROM compare('SELECT id, day FROM ticket WHERE kind = 3 AND part < 50 ORDER BY day DESC, id DESC LIMIT (SELECT 20)');

-- a page that an index gives for less than any window could: no ordering is looked at, but explain_ordering() says why
SELECT bingo_tune.create_ordering('alone', 'SELECT id, day, kind FROM ticket ORDER BY day DESC, id DESC', 50000);
CREATE INDEX ON ticket (day, id);
ANALYZE ticket;
SELECT from_window IS NOT NULL AS served, same FROM compare('SELECT id, day FROM ticket ORDER BY day DESC, id DESC LIMIT 3');
SELECT regexp_replace(reason, '[0-9]+\.[0-9]+', 'N', 'g') AS reason FROM bingo_tune.explain_ordering('SELECT id, day FROM ticket ORDER BY day DESC, id DESC LIMIT 3') WHERE ordering = 'alone';
SELECT from_window IS NOT NULL AS served, same FROM compare('SELECT id, day FROM ticket ORDER BY day DESC, kind LIMIT 3');
SELECT from_window IS NOT NULL AS served, same FROM compare('SELECT id, day FROM ticket ORDER BY day DESC, id DESC LIMIT 2000');

-- searched by the first column of a row, whose group is greater than statistics say
UPDATE ticket SET day = 1500 WHERE id BETWEEN 2000 AND 14000;
SELECT * FROM vain('SELECT t.id ' || :'f' || ' WHERE (t.day, t.code) < (1500, -1) ORDER BY t.day DESC, t.id DESC LIMIT 20', 6000);

DROP SCHEMA music CASCADE;
DROP EXTENSION bingo_tune CASCADE;
DROP EXTENSION IF EXISTS pg_stat_statements;
