-- A writer's loop inside the server, a transaction for each row: microseconds of the
-- backend's processor time (/proc/self/schedstat) for each.  What an insert put there its
-- delete takes away again.
CREATE PROCEDURE run(kind text, n int, movie int, OUT us float8) LANGUAGE plpgsql AS $$
DECLARE
	start float8 := split_part(pg_read_file('/proc/self/schedstat', 0, 100), ' ', 1);
	first bigint := (SELECT max(id) FROM sessions);
	customer int := (SELECT max(id) FROM customers);
BEGIN
	FOR i IN 1 .. n LOOP
		CASE kind
		WHEN 'insert' THEN
			INSERT INTO sessions (id, start_time, customer_id, movie_id) VALUES (first + i, '2021-12-09', 1 + i * 7919 % customer, movie);
		WHEN 'delete' THEN
			DELETE FROM sessions WHERE sessions.id = first - i + 1;
		WHEN 'customer' THEN
			INSERT INTO customers (id, name, surname, birthday, email) VALUES (customer + i, 'n', 's', '2000-01-01', 'e');
		WHEN 'movie' THEN
			UPDATE movies SET name = left(name, 20) || i % 10 WHERE movies.id = movie;
		END CASE;
		COMMIT;
	END LOOP;
	us := (split_part(pg_read_file('/proc/self/schedstat', 0, 100), ' ', 1)::float8 - start) / 1e3 / n;
END $$;
