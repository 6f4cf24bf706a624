-- What bench/advise.sh measures with, and two published ways to advise indexes, as rules.
CREATE SCHEMA tuned;
CREATE TABLE tuned.query (name text, text text);

-- The median milliseconds of an execution, planning included, after one that is not counted.
CREATE FUNCTION tuned.measure(rounds int, query text) RETURNS float8 LANGUAGE plpgsql AS $$
DECLARE
	start timestamptz;
	times float8[];
BEGIN
	EXECUTE query;
	FOR i IN 1..rounds LOOP
		start := clock_timestamp();
		EXECUTE query;
		times := times || extract(epoch FROM clock_timestamp() - start)::float8 * 1000;
	END LOOP;
	RETURN (SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY t) FROM unnest(times) t);
END
$$;

-- What is there before advice is followed; everything else is the advice's.
CREATE TABLE tuned.before (kind text, name text);

CREATE VIEW tuned.now AS
	SELECT 'index' AS kind, indexrelid::regclass::text AS name FROM pg_index JOIN pg_class c ON c.oid = indexrelid
		WHERE c.relnamespace NOT IN (SELECT oid FROM pg_namespace WHERE nspname IN ('pg_catalog', 'pg_toast', 'bingo_tune', 'tuned'))
	UNION ALL SELECT 'ordering', name FROM bingo_tune.orderings
	UNION ALL SELECT 'counter', name FROM bingo_tune.counters;

CREATE VIEW tuned.advised AS SELECT * FROM tuned.now EXCEPT SELECT * FROM tuned.before;

CREATE FUNCTION tuned.remember() RETURNS void LANGUAGE sql AS $$
	DELETE FROM tuned.before;
	INSERT INTO tuned.before SELECT * FROM tuned.now;
$$;

CREATE FUNCTION tuned.forget() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	one record;
BEGIN
	FOR one IN SELECT * FROM tuned.advised ORDER BY kind DESC LOOP
		IF one.kind = 'index' THEN
			EXECUTE 'DROP INDEX ' || one.name;
		ELSE
			EXECUTE format('SELECT bingo_tune.drop_%s(%L)', one.kind, one.name);
		END IF;
	END LOOP;
END
$$;

-- Bytes of the advised: indexes, and the windows and indexes of orderings and counters.
CREATE FUNCTION tuned.bytes() RETURNS bigint LANGUAGE sql AS $$
	SELECT coalesce(sum(CASE kind
		WHEN 'index' THEN pg_relation_size(name::regclass)
		WHEN 'ordering' THEN (SELECT bytes FROM bingo_tune.orderings o WHERE o.name = a.name)
		ELSE (SELECT bytes FROM bingo_tune.counters c WHERE c.name = a.name) END), 0)::bigint FROM tuned.advised a
$$;

-- A query's plan, without those behind windows, which are not meant to be executed.
CREATE FUNCTION tuned.plan(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	line text;
	plan text := '';
	scan int;
	behind bool := false;
	indent int;
BEGIN
	FOR line IN EXECUTE 'EXPLAIN ' || query LOOP
		indent := length(line) - length(ltrim(line));
		IF scan IS NOT NULL AND indent <= scan THEN
			scan := NULL;
			behind := false;
		END IF;
		behind := behind OR (scan IS NOT NULL AND ltrim(line) LIKE '->%');
		IF NOT behind THEN
			plan := plan || line || E'\n';
		END IF;
		IF scan IS NULL AND line LIKE '%Custom Scan (BingoOrderedScan)%' THEN
			scan := indent;
		END IF;
	END LOOP;
	RETURN plan;
END
$$;

-- "2 indexes, 1 ordering|3|2": three were advised, two stand in the query's plan.
CREATE FUNCTION tuned.used(query text, OUT kinds text, OUT advised bigint, OUT used bigint) LANGUAGE plpgsql AS $$
DECLARE
	plan text := tuned.plan(query);
BEGIN
	SELECT string_agg(n || ' ' || kind, ', '), sum(n), sum(u) INTO kinds, advised, used FROM (
		SELECT kind, count(*) AS n, count(*) FILTER (WHERE CASE kind
				WHEN 'index' THEN plan ~ ('\m' || regexp_replace(name, '^.*\.', '') || '\M')
				ELSE plan ~ ('\m' || regexp_replace(name, '\W', '.', 'g') || '\M') END) AS u
		FROM tuned.advised GROUP BY kind) s;
END
$$;

-- The columns that a query has in conditions and joins: those of its tables whose names stand between ON or WHERE and
-- what ends the conditions.  A text is looked at, as such tools do; a name too many costs them only planning time.
CREATE FUNCTION tuned.columns(query text) RETURNS TABLE (relation text, name text) LANGUAGE sql AS $$
	SELECT c.oid::regclass::text, a.attname::text
	FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped,
		LATERAL (SELECT string_agg(m[1], ' ') AS conditions
			FROM regexp_matches(query, '\m(?:WHERE|ON)\M(.*?)(?=\mORDER BY\M|\mGROUP BY\M|\mLIMIT\M|$)', 'gi') m) t
	WHERE c.relkind = 'r' AND c.relnamespace = current_schema()::regnamespace
		AND query ~ ('\m' || c.relname || '\M') AND t.conditions ~ ('\m' || a.attname || '\M')
$$;

CREATE FUNCTION tuned.cost(query text) RETURNS float8 LANGUAGE plpgsql AS $$
DECLARE
	plan json;
BEGIN
	EXECUTE 'EXPLAIN (FORMAT json) ' || query INTO plan;
	RETURN (plan -> 0 -> 'Plan' ->> 'Total Cost')::float8;
END
$$;

-- The hypothetical indexes of the session that stand in the query's plan.
CREATE FUNCTION tuned.chosen(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	plan json;
BEGIN
	EXECUTE 'EXPLAIN (FORMAT json) ' || query INTO plan;
	RETURN QUERY SELECT hypopg_get_indexdef(indexrelid) FROM hypopg_list_indexes h WHERE plan::text LIKE '%<' || h.indexrelid || '>%';
END
$$;

-- All candidates of a query are there at once; what its plan takes is advised if the cost falls below "most" of before.
CREATE FUNCTION tuned.advise_by(width int, most float8) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	one record;
	before float8;
BEGIN
	FOR one IN SELECT text FROM tuned.query LOOP
		PERFORM hypopg_reset();
		before := tuned.cost(one.text);
		PERFORM hypopg_create_index(format('CREATE INDEX ON %s (%I)', relation, name)) FROM tuned.columns(one.text);
		IF width > 1 THEN
			PERFORM hypopg_create_index(format('CREATE INDEX ON %s (%I, %I)', a.relation, a.name, b.name))
				FROM tuned.columns(one.text) a JOIN tuned.columns(one.text) b ON a.relation = b.relation AND a.name <> b.name;
		END IF;
		IF tuned.cost(one.text) <= most * before THEN
			RETURN QUERY SELECT tuned.chosen(one.text);
		END IF;
	END LOOP;
	PERFORM hypopg_reset();
END
$$;

-- Dexter's README: indexes of one and two columns, those that the planner takes, "min-cost-savings-pct" 50.
CREATE FUNCTION tuned.advise_by_pairs() RETURNS SETOF text LANGUAGE sql AS $$
	SELECT DISTINCT * FROM tuned.advise_by(2, 0.5)
$$;

-- An advisor of single columns: whatever makes a plan cheaper.
CREATE FUNCTION tuned.advise_by_singles() RETURNS SETOF text LANGUAGE sql AS $$
	SELECT DISTINCT * FROM tuned.advise_by(1, 0.99)
$$;
