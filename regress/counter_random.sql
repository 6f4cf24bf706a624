-- What t/counter_random.pl compares; table t is there.  compare() asks for some 350 counts in one statement, and so under one
-- snapshot: each by a query of its own that a counter serves ("counted"), and by adding up the rows with its keys of one
-- GROUP BY of all rows that no counter gives ("plain").  EXPLAIN ANALYZE runs the statement and says of each node how many
-- counts came from a counter, and from what.  A NOTICE tells the sums of a call: read_notices() in counter_random.pl adds them up.
--
-- A node is executed once for each key; "single" are those of one execution for one key of one window, so that it is known of
-- the one count that it was added up from several changes.
CREATE TABLE owner (id int PRIMARY KEY);
ALTER TABLE t ADD owner int REFERENCES owner ON DELETE CASCADE;
CREATE INDEX ON t (owner);
-- a row is long, so that counting rows by the plain plan is dear
ALTER TABLE t ALTER pad SET STORAGE PLAIN;
INSERT INTO t (k, j) SELECT g % 4, CASE g % 3 WHEN 0 THEN 'a' WHEN 1 THEN 'b' END FROM generate_series(1, 500) g;
VACUUM ANALYZE;
SELECT bingo_tune.create_counter('keyed', 'SELECT k, j, count(*) FROM t GROUP BY k, j');
SELECT bingo_tune.create_counter('whole', 'SELECT count(*) FROM t');
SELECT bingo_tune.create_counter('some', 'SELECT k, count(*) FROM t WHERE j IS NOT NULL GROUP BY k');

CREATE FUNCTION prepare_counts() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	PREPARE counts (int[], name[], int, name) AS
	WITH plain AS MATERIALIZED (SELECT k, j, count(*) AS n FROM t WHERE ctid IS NOT NULL GROUP BY k, j),
		ks AS MATERIALIZED (SELECT k FROM unnest('{0, 1, 2, 3, 4, 5, 6, 7, 8, 77}'::int[]) k),
		js AS MATERIALIZED (SELECT j FROM unnest('{a, b, c}'::name[]) j),
		pairs AS MATERIALIZED (SELECT a.k AS one, b.k AS other FROM ks a JOIN ks b ON a.k < b.k),
		answers (varies, what, key, counted, plain) AS (
		SELECT false, 'all', '', (SELECT count(*) FROM t)::text, (SELECT coalesce(sum(n), 0) FROM plain)::text
		UNION ALL SELECT false, 'k, j', concat_ws(' ', a.k, b.j), (SELECT count(*) FROM t WHERE k = a.k AND j = b.j)::text,
			(SELECT coalesce(sum(n), 0) FROM plain WHERE k = a.k AND j = b.j)::text FROM ks a, js b
		UNION ALL SELECT false, 'k, no j', a.k::text, (SELECT count(id) FROM t WHERE k = a.k AND j IS NULL)::text,
			(SELECT coalesce(sum(n), 0) FROM plain WHERE k = a.k AND j IS NULL)::text FROM ks a
		UNION ALL SELECT false, 'k', a.k::text, (SELECT count(1) FROM t WHERE k = a.k::bigint)::text,
			(SELECT coalesce(sum(n), 0) FROM plain WHERE k = a.k)::text FROM ks a
		UNION ALL SELECT false, 'k, some j', a.k::text, (SELECT count(*) FROM t WHERE k = a.k AND j IS NOT NULL)::text,
			(SELECT coalesce(sum(n), 0) FROM plain WHERE k = a.k AND j IS NOT NULL)::text FROM ks a
		UNION ALL SELECT false, 'j', b.j, (SELECT count(*) FROM t WHERE j = b.j)::text,
			(SELECT coalesce(sum(n), 0) FROM plain WHERE j = b.j)::text FROM js b
		UNION ALL SELECT false, 'no j', '', (SELECT count(*) FROM t WHERE j IS NULL)::text,
			(SELECT coalesce(sum(n), 0) FROM plain WHERE j IS NULL)::text
		UNION ALL SELECT false, 'no k', '', (SELECT count(*) FROM t WHERE k IS NULL)::text,
			(SELECT coalesce(sum(n), 0) FROM plain WHERE k IS NULL)::text
		UNION ALL SELECT false, 'two k', concat_ws(' ', one, other), (SELECT count(*) FROM t WHERE k IN (one, other))::text,
			(SELECT coalesce(sum(n), 0) FROM plain WHERE k IN (one, other))::text FROM pairs
		UNION ALL SELECT false, 'two k, j', concat_ws(' ', one, other, b.j), (SELECT count(*) FROM t WHERE k IN (one, other) AND j = b.j)::text,
			(SELECT coalesce(sum(n), 0) FROM plain WHERE k IN (one, other) AND j = b.j)::text FROM pairs, js b
		UNION ALL SELECT false, 'two k, no j', concat_ws(' ', one, other), (SELECT count(*) FROM t WHERE k IN (one, other) AND j IS NULL)::text,
			(SELECT coalesce(sum(n), 0) FROM plain WHERE k IN (one, other) AND j IS NULL)::text FROM pairs
		UNION ALL SELECT true, 'subquery', $3::text, (SELECT count(*) FROM (SELECT id FROM t WHERE k = $3 ORDER BY id) page)::text,
			(SELECT coalesce(sum(n), 0) FROM plain WHERE k = $3)::text
		UNION ALL SELECT true, 'page', $3::text, (SELECT count(*) FROM (SELECT id FROM t WHERE k = $3 AND j = $4 ORDER BY id LIMIT 20 OFFSET 5) page)::text,
			(SELECT least(greatest(coalesce(sum(n), 0) - 5, 0), 20) FROM plain WHERE k = $3 AND j = $4)::text
		UNION ALL SELECT false, 'beside a page', a.k::text, (SELECT max(beside) FROM (SELECT count(*) OVER () AS beside FROM t WHERE k = a.k LIMIT 2) page)::text,
			(SELECT nullif(sum(n), 0) FROM plain WHERE k = a.k)::text FROM ks a
		UNION ALL SELECT false, 'several', a.k::text, (SELECT concat_ws(' ', count(*), count(*) FILTER (WHERE j = 'a'), count(*) FILTER (WHERE j IS NULL) + 1) FROM t WHERE k = a.k),
			(SELECT concat_ws(' ', coalesce(sum(n), 0), coalesce(sum(n) FILTER (WHERE j = 'a'), 0), coalesce(sum(n) FILTER (WHERE j IS NULL), 0) + 1) FROM plain WHERE k = a.k) FROM ks a
		UNION ALL SELECT false, 'sums of ones', a.k::text, (SELECT format('%s, %s, %s', sum(CASE WHEN j = 'a' THEN 1 ELSE 0 END), sum(CASE WHEN j IS NULL THEN 1 END), sum(1)) FROM t WHERE k = a.k),
			(SELECT format('%s, %s, %s', CASE WHEN count(*) > 0 THEN coalesce(sum(n) FILTER (WHERE j = 'a'), 0) END, sum(n) FILTER (WHERE j IS NULL), sum(n)) FROM plain WHERE k = a.k) FROM ks a
		UNION ALL SELECT false, 'subquery of each', a.k::text, (SELECT count(*) FROM (SELECT id FROM t WHERE k = a.k ORDER BY id OFFSET 1) page)::text,
			(SELECT greatest(coalesce(sum(n), 0) - 1, 0) FROM plain WHERE k = a.k)::text FROM ks a
		UNION ALL SELECT false, 'groups', '', (SELECT string_agg(concat_ws(' ', k, n), ',' ORDER BY k) FROM (SELECT k, count(*) AS n FROM t GROUP BY k) g),
			(SELECT string_agg(concat_ws(' ', k, n), ',' ORDER BY k) FROM (SELECT k, sum(n) AS n FROM plain GROUP BY k) g)
		UNION ALL SELECT false, 'groups by both', '', (SELECT string_agg(concat_ws(' ', k, j, n), ',' ORDER BY k, j) FROM (SELECT k, j, count(*) AS n FROM t GROUP BY k, j) g),
			(SELECT string_agg(concat_ws(' ', k, j, n), ',' ORDER BY k, j) FROM plain)
		UNION ALL SELECT false, 'groups by a later key', '', (SELECT string_agg(concat_ws(' ', j, n), ',' ORDER BY j) FROM (SELECT j, count(*) AS n FROM t GROUP BY j) g),
			(SELECT string_agg(concat_ws(' ', j, n), ',' ORDER BY j) FROM (SELECT j, sum(n) AS n FROM plain GROUP BY j) g)
		UNION ALL SELECT true, 'groups of many', $3::text, (SELECT string_agg(concat_ws(' ', k, n), ',' ORDER BY k) FROM (SELECT k, count(*) AS n FROM t GROUP BY k HAVING count(*) > 20 * $3) g),
			(SELECT string_agg(concat_ws(' ', k, n), ',' ORDER BY k) FROM (SELECT k, sum(n) AS n FROM plain GROUP BY k HAVING sum(n) > 20 * $3) g)
		UNION ALL SELECT true, 'one', concat_ws(' ', $3, $4), (SELECT count(*) FROM t WHERE k = $3 AND j = $4)::text,
			(SELECT coalesce(sum(n), 0) FROM plain WHERE k = $3 AND j = $4)::text
		UNION ALL SELECT true, 'one with j', $3::text, (SELECT count(*) FROM t WHERE k = $3 AND j IS NOT NULL)::text,
			(SELECT coalesce(sum(n), 0) FROM plain WHERE k = $3 AND j IS NOT NULL)::text
		UNION ALL SELECT true, 'list', $1::text, (SELECT count(*) FROM t WHERE k = ANY ($1))::text, (SELECT coalesce(sum(n), 0) FROM plain WHERE k = ANY ($1))::text
		UNION ALL SELECT true, 'list, no j', $1::text, (SELECT count(*) FROM t WHERE k = ANY ($1) AND j IS NULL)::text,
			(SELECT coalesce(sum(n), 0) FROM plain WHERE k = ANY ($1) AND j IS NULL)::text
		UNION ALL SELECT true, 'list, j', $1::text || $4, (SELECT count(*) FROM t WHERE k = ANY ($1) AND j = $4)::text,
			(SELECT coalesce(sum(n), 0) FROM plain WHERE k = ANY ($1) AND j = $4)::text
		UNION ALL SELECT true, 'lists', $1::text || $2::text, (SELECT count(*) FROM t WHERE k = ANY ($1) AND j = ANY ($2))::text,
			(SELECT coalesce(sum(n), 0) FROM plain WHERE k = ANY ($1) AND j = ANY ($2))::text
		UNION ALL SELECT true, 'k, list', $3::text || $2::text, (SELECT count(*) FROM t WHERE k = $3 AND j = ANY ($2))::text,
			(SELECT coalesce(sum(n), 0) FROM plain WHERE k = $3 AND j = ANY ($2))::text)
	SELECT set_config('counter_random.result', jsonb_build_object('answers', count(*), 'varying', count(*) FILTER (WHERE varies), 'wrong',
		string_agg(concat(what, ' ', key, ': counted ', counted, ', plain ', plain), '; ') FILTER (WHERE counted IS DISTINCT FROM plain))::text, true)
		FROM answers;
END $$;

CREATE FUNCTION compare(moment text) RETURNS bool LANGUAGE plpgsql AS $$
DECLARE
	some_ks int[] := ARRAY(SELECT (random() * 9)::int FROM generate_series(0, (random() * 4)::int)) || CASE WHEN random() < 0.1 THEN NULL::int ELSE 77 END;
	some_js name[] := ARRAY(SELECT j::name FROM unnest('{a, b, c, d}'::text[]) j WHERE random() < 0.5);
	a_k int := (random() * 4)::int;
	a_j name := (ARRAY['a', 'b', 'c'])[1 + (random() * 2)::int];
	plan jsonb;
	result jsonb;
	sums text;
BEGIN
	IF random() < 0.02 THEN
		DEALLOCATE ALL;
	END IF;
	IF NOT EXISTS (SELECT FROM pg_prepared_statements WHERE name = 'counts') THEN
		PERFORM prepare_counts();
	END IF;
	EXECUTE format('EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF, FORMAT json) EXECUTE counts (%L, %L, %L, %L)', some_ks, some_js, a_k, a_j) INTO plan;
	result := current_setting('counter_random.result');
	IF result->>'wrong' IS NOT NULL THEN
		RAISE 'FINDING %: %', moment, result->>'wrong';
	END IF;
	WITH nodes AS (
		SELECT (node->>'Actual Loops')::bigint AS counts, (node->>'Changes Read')::bigint AS changes, node ? 'Own Changes' AS own, node->>'Plan Behind Used' AS behind,
				CASE left(node->>'Counter', 4) WHEN 'whol' THEN node->>'Counter' NOT LIKE '%,%' WHEN 'some' THEN node->>'Count Keys' ~ '^k = [^A(,]*$'
					ELSE node->>'Count Keys' ~ '^k = [^A(,]*, j = [^A(,]*$' END AS of_a_key
			FROM jsonb_path_query(plan, 'strict $.** ? (@."Custom Plan Provider" == "BingoCounter")') node)
	SELECT concat_ws('|', coalesce(sum(counts) FILTER (WHERE behind IS NULL), 0), coalesce(sum(counts) FILTER (WHERE own AND behind IS NULL), 0),
			coalesce(sum(changes) FILTER (WHERE behind IS NULL), 0), count(*) FILTER (WHERE behind IS NULL AND counts = 1 AND of_a_key),
			count(*) FILTER (WHERE behind IS NULL AND counts = 1 AND of_a_key AND changes > 1),
			(SELECT string_agg(concat(n, ' ', behind), '; ') FROM (SELECT sum(counts) AS n, behind FROM nodes WHERE behind IS NOT NULL GROUP BY behind) b))
		INTO sums FROM nodes;
	RAISE NOTICE 'COMPARED %|%|%|%|%', moment, result->>'answers', result->>'varying', concat_ws(' ', some_ks, some_js, a_k, a_j), sums;
	RETURN true;
END $$;

CREATE FUNCTION count_beside() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM compare(tg_argv[0]); RETURN NULL; END $$;
CREATE TRIGGER counts AFTER INSERT ON t FOR EACH ROW WHEN (NEW.owner % 16 = 1) EXECUTE FUNCTION count_beside('in a trigger');
-- behind the cascade's own trigger: what that has deleted still waits for ours
CREATE TRIGGER z_counts AFTER DELETE ON owner FOR EACH ROW WHEN (OLD.id % 4 = 1) EXECUTE FUNCTION count_beside('in a cascade');
