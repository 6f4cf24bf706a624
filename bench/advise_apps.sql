-- What bench/advise_apps.sh measures with, beside bench/advise.sql.

-- The least milliseconds of some executions, planning included, after one that is not counted; nothing that is written stays.
CREATE FUNCTION tuned.least(rounds int, query text) RETURNS float8 LANGUAGE plpgsql AS $$
DECLARE
	start timestamptz;
	least float8 := 'Infinity';
	took float8;
BEGIN
	FOR i IN 0..rounds LOOP
		BEGIN
			start := clock_timestamp();
			EXECUTE query;
			took := extract(epoch FROM clock_timestamp() - start)::float8 * 1000;
			RAISE EXCEPTION USING ERRCODE = 'TN001';
		EXCEPTION WHEN SQLSTATE 'TN001' THEN
		END;
		IF i > 0 THEN
			least := least(least, took);
		END IF;
	END LOOP;
	RETURN least;
END
$$;

-- Every text of each statement, with one of three sets of parameters.
CREATE TABLE tuned.text (statement int, text text);

-- Milliseconds of a statement: the mean of its texts.
CREATE FUNCTION tuned.statement_ms(rounds int, OUT statement int, OUT ms float8) RETURNS SETOF record LANGUAGE sql AS $$
	SELECT t.statement, avg(tuned.least(rounds, t.text)) FROM tuned.text t GROUP BY t.statement ORDER BY t.statement
$$;

-- What advise() has said.
CREATE TABLE tuned.advice AS SELECT * FROM bingo_tune.advise('SELECT 1') WHERE false;

-- The advised that no plan has, and that no ordering needs.
CREATE FUNCTION tuned.unused() RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	plans text := (SELECT string_agg(tuned.plan(text), '') FROM tuned.text);
BEGIN
	RETURN QUERY SELECT a.kind || ' ' || a.name FROM tuned.advised a
		WHERE plans !~ ('\W' || regexp_replace(CASE a.kind WHEN 'index' THEN (SELECT relname FROM pg_class WHERE oid = a.name::regclass) ELSE a.name END, '\W', '.', 'g') || '\W')
			AND NOT (a.kind = 'index' AND EXISTS (SELECT FROM tuned.advice n WHERE n.note ~ '(needs it|unique for ordering)'
				AND substring(n.command FROM '\mON (.*)$') = substring(pg_get_indexdef(a.name::regclass) FROM '\mON (.*)$')));
END
$$;
