-- What bench/shapes.sh measures with: one query, unchanged, with and without ordered scans, in turns in one session.
CREATE SCHEMA measure;

CREATE FUNCTION measure.switch(served boolean) RETURNS void LANGUAGE sql AS $$
	SELECT set_config('bingo_tune.enable_ordered_scan', CASE WHEN served THEN 'on' ELSE 'off' END, false)
$$;

-- The milliseconds of one execution, planning included, all rows fetched.
CREATE FUNCTION measure.milliseconds(query text, served boolean) RETURNS float8 LANGUAGE plpgsql AS $$
DECLARE
	start timestamptz;
BEGIN
	PERFORM measure.switch(served);
	start := clock_timestamp();
	EXECUTE query;
	RETURN extract(epoch FROM clock_timestamp() - start) * 1000;
END
$$;

CREATE FUNCTION measure.median(float8[]) RETURNS float8 LANGUAGE sql AS $$
	SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY v) FROM unnest($1) v
$$;

-- Why not "same"?  Legal is: the same sequence of sort keys, and each row is one that the query has without LIMIT,
-- no more often than there.
CREATE FUNCTION measure.compare(query text, plain text, served text, keys text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	everything text := regexp_replace(query, 'LIMIT [0-9]+( OFFSET (\(SELECT [0-9 +*/]+\)|[0-9 +*/]+))?', '', 'g');
	same boolean;
BEGIN
	PERFORM measure.switch(false);
	EXECUTE 'CREATE TEMP TABLE plain_rows AS ' || plain;
	PERFORM measure.switch(true);
	EXECUTE 'CREATE TEMP TABLE served_rows AS ' || served;
	PERFORM measure.switch(false);
	SELECT coalesce((SELECT jsonb_agg(to_jsonb(p) ORDER BY p.ctid) FROM plain_rows p)::text, '') =
		coalesce((SELECT jsonb_agg(to_jsonb(s) ORDER BY s.ctid) FROM served_rows s)::text, '') INTO same;
	IF same THEN
		RETURN 'same';
	ELSIF keys IS NULL THEN
		RETURN 'WRONG';
	END IF;
	EXECUTE format($q$SELECT (SELECT jsonb_agg(jsonb_build_array(%1$s) ORDER BY ctid) FROM plain_rows) =
		(SELECT jsonb_agg(jsonb_build_array(%1$s) ORDER BY ctid) FROM served_rows)$q$, keys) INTO same;
	IF NOT same THEN
		RETURN 'WRONG: sort keys';
	END IF;
	EXECUTE format($q$WITH every AS (SELECT to_jsonb(q)::text AS row, count(*) FROM (%s) q GROUP BY 1),
			given AS (SELECT to_jsonb(s)::text AS row, count(*) FROM served_rows s GROUP BY 1)
		SELECT NOT EXISTS (SELECT FROM given LEFT JOIN every USING (row) WHERE every.row IS NULL OR given.count > every.count)$q$,
		everything) INTO same;
	RETURN CASE WHEN same THEN 'legal' ELSE 'WRONG: rows' END;
END
$$;

-- What EXPLAIN says: not served, or where the rows came from.
CREATE FUNCTION measure.source(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	line text;
	source text := 'plain';
BEGIN
	PERFORM measure.switch(true);
	FOR line IN EXECUTE 'EXPLAIN (ANALYZE, COSTS off, TIMING off, SUMMARY off) ' || query LOOP
		IF line LIKE '%BingoOrderedScan%' AND source = 'plain' THEN
			source := 'window';
		ELSIF line LIKE '%Plan Behind Used: the window ended%' THEN
			source := 'both';
		ELSIF line LIKE '%Plan Behind Used:%' THEN
			source := substring(line FROM 'Plan Behind Used: (.*)');
		END IF;
	END LOOP;
	RETURN source;
END
$$;

-- A prepared one is a statement for each side, as a generic plan keeps what it was made with.
CREATE FUNCTION measure.prepare(name text, query text, types text, args text, served boolean) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	IF types IS NULL OR query IS NULL THEN
		RETURN (query);
	END IF;
	PERFORM measure.switch(served);
	EXECUTE format('PREPARE %s %s AS %s', name, types, query);
	EXECUTE format('EXECUTE %s %s', name, args);
	RETURN format('EXECUTE %s %s', name, args);
END
$$;

-- The milliseconds of one of so many executions: a page of some microseconds right after a query of a hundred
-- milliseconds would show how cold the processor's caches are.
CREATE FUNCTION measure.batch(query text, executions int) RETURNS float8 LANGUAGE plpgsql AS $$
DECLARE
	start timestamptz;
BEGIN
	PERFORM measure.switch(true);
	EXECUTE query;
	start := clock_timestamp();
	FOR i IN 1..executions LOOP
		EXECUTE query;
	END LOOP;
	RETURN extract(epoch FROM clock_timestamp() - start) * 1000 / executions;
END
$$;

-- Each round runs the plain plan, the served one, the plain one again (A/A), in alternating order.
-- Quick queries get more rounds.  The native query, if there is one, is compared in batches afterwards.
CREATE FUNCTION measure.shape(query text, keys text, types text, args text, native text, least_rounds int,
	OUT source text, OUT exact text, OUT rounds int, OUT plain_ms float8, OUT served_ms float8, OUT ratio float8,
	OUT noise float8, OUT native_ms float8, OUT native_ratio float8, OUT native_noise float8) LANGUAGE plpgsql AS $$
DECLARE
	plain text := measure.prepare('plain', query, types, args, false);
	served text := measure.prepare('served', query, types, args, true);
	indexed text := measure.prepare('indexed', native, types, args, false);
	first float8;
	again float8;
	mine float8;
	theirs float8;
	plains float8[];
	serveds float8[];
	ratios float8[];
	noises float8[];
	natives float8[];
	native_ratios float8[];
	native_noises float8[];
BEGIN
	exact := measure.compare(query, plain, served, keys);
	source := measure.source(served);
	PERFORM measure.milliseconds(served, true);
	first := measure.milliseconds(plain, false);
	rounds := greatest(least_rounds, least(100 * least_rounds, least_rounds * 100 / greatest(first, 0.01))::int);
	FOR i IN 1..rounds LOOP
		IF i % 2 = 0 THEN
			first := measure.milliseconds(plain, false);
			mine := measure.milliseconds(served, true);
			again := measure.milliseconds(plain, false);
		ELSE
			again := measure.milliseconds(plain, false);
			mine := measure.milliseconds(served, true);
			first := measure.milliseconds(plain, false);
		END IF;
		plains := plains || first;
		serveds := serveds || mine;
		ratios := ratios || mine / first;
		noises := noises || again / first;
	END LOOP;
	FOR i IN 1..CASE WHEN indexed IS NULL THEN 0 ELSE 10 * least_rounds END LOOP
		mine := measure.batch(served, 100);
		theirs := measure.batch(indexed, 100);
		again := measure.batch(indexed, 100);
		natives := natives || theirs;
		native_noises := native_noises || again / theirs;
		native_ratios := native_ratios || mine / theirs;
	END LOOP;
	plain_ms := measure.median(plains);
	served_ms := measure.median(serveds);
	ratio := measure.median(ratios);
	noise := measure.median(noises);
	native_ms := measure.median(natives);
	native_ratio := measure.median(native_ratios);
	native_noise := measure.median(native_noises);
END
$$;
