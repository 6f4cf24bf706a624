-- page(): the query with orderings and without.  read: rows from the window; behind: rows from
-- the plan behind; differs: rows that one of the two answers lacks, or has at another place.
CREATE FUNCTION page(query text, OUT read text, OUT behind text, OUT differs bigint, OUT answer text) LANGUAGE plpgsql AS $$
DECLARE
	line text;
BEGIN
	FOR line IN EXECUTE 'EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) ' || query LOOP
		read := coalesce(substring(line FROM 'Rows from Window: (\d+)'), read);
		behind := coalesce(substring(line FROM 'Rows from Plan Behind: (\d+)'), behind);
	END LOOP;
	EXECUTE 'CREATE TEMP TABLE served AS SELECT row_number() OVER () AS place, * FROM (' || query || ') q';
	SET LOCAL bingo_tune.enable_ordered_scan = off;
	EXECUTE 'CREATE TEMP TABLE plain AS SELECT row_number() OVER () AS place, * FROM (' || query || ') q';
	SET LOCAL bingo_tune.enable_ordered_scan = on;
	SELECT count(*) INTO differs FROM ((TABLE served EXCEPT ALL TABLE plain) UNION ALL (TABLE plain EXCEPT ALL TABLE served)) d;
	SELECT count(*) || ': ' || left(string_agg(p::text, ' ' ORDER BY p.place), 40) INTO answer FROM plain p;
	DROP TABLE served, plain;
END $$;
