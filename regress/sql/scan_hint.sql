-- Hints of pg_hint_plan that name a scan method for a table win over windows and counters; the switches, too, also
-- for statements that are prepared already.  Only the hints' reading is tested: pg_hint_plan itself need not be there.
-- Seen red without the tests in read/worth.c and count_match.c; with each of: a forbidding hint taken for a method's, names of hints compared
-- by their beginning, case folded, a quoted name read up to its doubled quote, the text of an inner plan kept, enable_hint not asked.
\getenv abs_srcdir PG_ABS_SRCDIR
\set music :abs_srcdir '/include/scan_music.sql'
\set ECHO none
\i :music
DO $$BEGIN EXECUTE format('ALTER DATABASE %I SET pg_hint_plan.enable_hint = on', current_database()); END$$;
SELECT bingo_tune.create_counter('of_song', 'SELECT song_id, count(*) FROM play GROUP BY song_id');
\c -
SET client_min_messages = warning;
SET search_path = music, public;
\set ECHO all
CREATE FUNCTION source(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	plan jsonb;
BEGIN
	EXECUTE 'EXPLAIN (FORMAT json) ' || query INTO plan;
	RETURN coalesce(jsonb_path_query_first(plan, 'strict $.** ? (exists (@."Custom Plan Provider"))') ->> 'Custom Plan Provider', 'plain');
END
$$;
\set f 'SELECT p.id FROM play p JOIN listener l ON p.listener_id = l.id JOIN song s ON p.song_id = s.id ORDER BY s.year DESC, s.title, l.id, p.id DESC LIMIT 5'
SELECT hint, source(hint || ' ' || :'f') FROM unnest(ARRAY['', '/* SeqScan(p) */', '/*+ SeqScan(p) */', '/*+seqscan ( s )*/', '/*+ IndexScan(l listener_pkey) */',
	'/*+ IndexOnlyScan(p) */', '/*+ BitmapScan("p") */', '/*+ TidScan(p) */', '/*+ IndexScanRegexp(p .*) */',
	'/*+ NoSeqScan(p) NoIndexScan(s) */', '/*+ HashJoin(p l) Leading((p (l s))) Rows(p l #10) Set(work_mem "1MB") */',
	'/*+ Leading(((p l) s)) Set(enable_sort "off)") SeqScan(l) */', '/*+ SeqScan(P) */', '/*+ SeqScan(pl) */', '/*+ SeqScan("p""") */',
	'/*+ IndexScan(x p) */', '/*+ SeqScanning(p) */', '/*+ SeqScan */', '/*+ SeqScan( */']) hint;
SELECT source('/*+ SeqScan("a ""p""") */ ' || replace(replace(:'f', 'play p', 'play "a ""p"""'), 'p.', '"a ""p""".'));
SELECT source('/*+ SeqScan(play) */ SELECT song_id, count(*) FROM play GROUP BY song_id');
SELECT source('/*+ HashAgg(play) */ SELECT song_id, count(*) FROM play GROUP BY song_id');
SELECT served, reason FROM bingo_tune.explain_ordering('/*+ SeqScan(p) */ ' || :'f') WHERE ordering = 'plays';
-- what is planned inside has its own text, and leaves the outer one as it was
CREATE FUNCTION inner_source() RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$BEGIN RETURN source($q$/*+ SeqScan(x) */ SELECT p.id FROM play p
	JOIN listener l ON p.listener_id = l.id JOIN song s ON p.song_id = s.id ORDER BY s.year DESC, s.title, l.id, p.id DESC LIMIT 5$q$); END$$;
SELECT source('/*+ SeqScan(p) */ ' || replace(:'f', 'SELECT p.id', 'SELECT inner_source()'));
CREATE FUNCTION inner_failure() RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$BEGIN PERFORM source('/*+ SeqScan(x) */ SELECT 1 / 0'); RETURN ''; EXCEPTION WHEN division_by_zero THEN RETURN 'failed'; END$$;
SELECT source('/*+ SeqScan(p) */ ' || replace(:'f', 'SELECT p.id', 'SELECT inner_failure()'));
SET pg_hint_plan.enable_hint = off;
SELECT source('/*+ SeqScan(p) */ ' || :'f');
-- prepared
SET pg_hint_plan.enable_hint = on;
SET plan_cache_mode = force_generic_plan;
PREPARE hinted AS /*+ SeqScan(p) */ :f;
PREPARE page AS :f;
SELECT source('EXECUTE hinted'), source('EXECUTE page');
CREATE FUNCTION behind(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	line text;
BEGIN
	FOR line IN EXECUTE 'EXPLAIN (ANALYZE, COSTS off, TIMING off, SUMMARY off) ' || query LOOP
		IF line ~ 'Rows from|Plan Behind Used' THEN
			RETURN NEXT trim(line);
		END IF;
	END LOOP;
END
$$;
SELECT behind('EXECUTE page');
SET bingo_tune.enable_ordered_scan = off;
SELECT behind('EXECUTE page');
SELECT source(:'f');
RESET bingo_tune.enable_ordered_scan;
SELECT behind('EXECUTE page');
-- and as long as a library that reads no hints was asked for none
DO $$BEGIN EXECUTE format('ALTER DATABASE %I RESET pg_hint_plan.enable_hint', current_database()); END$$;
\c -
SET search_path = music, public;
SELECT source('/*+ SeqScan(p) */ ' || :'f');

DROP SCHEMA music CASCADE;
DROP EXTENSION bingo_tune CASCADE;
DROP EXTENSION IF EXISTS pg_stat_statements;
