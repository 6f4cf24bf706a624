-- try(): the query with counters and without.  served: the plan reads counters, which;
-- differs: rows that one of the two answers lacks; answer: the plain one's beginning.
CREATE FUNCTION try(query text, OUT served text, OUT differs bigint, OUT answer text) LANGUAGE plpgsql AS $$
DECLARE
	line text;
	n bigint;
BEGIN
	FOR line IN EXECUTE 'EXPLAIN (COSTS OFF) ' || query LOOP
		IF line ~ 'BingoCounter' THEN
			served := 'served';
		END IF;
		served := coalesce(served || ' ' || substring(line FROM 'Counter: (.*)'), served);
	END LOOP;
	EXECUTE 'CREATE TEMP TABLE with_counter AS ' || query;
	SET LOCAL bingo_tune.enable_counter_scan = off;
	EXECUTE 'CREATE TEMP TABLE plain AS ' || query;
	SET LOCAL bingo_tune.enable_counter_scan = on;
	SELECT count(*) INTO differs FROM ((TABLE with_counter EXCEPT ALL TABLE plain) UNION ALL (TABLE plain EXCEPT ALL TABLE with_counter)) d;
	SELECT count(*) || ': ' || left(string_agg(p::text, ' ' ORDER BY p::text COLLATE "C"), 40) INTO answer FROM plain p;
	DROP TABLE with_counter, plain;
END $$;
