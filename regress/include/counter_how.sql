-- how(): "window", if executing the query reads a counter, or what EXPLAIN ANALYZE says of own changes and of the plan behind.
CREATE FUNCTION how(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	line text;
	answer text := 'no counter';
BEGIN
	FOR line IN EXECUTE 'EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) ' || query LOOP
		IF line ~ 'BingoCounter' THEN answer := 'window'; END IF;
		IF line ~ 'Own Changes|Behind' THEN answer := trim(line); END IF;
	END LOOP;
	RETURN answer;
END $$;
