-- The database that t/ordering_random.pl runs its writers in.

CREATE EXTENSION bingo_tune CASCADE;

CREATE TABLE studios (id int NOT NULL, title text NOT NULL);
CREATE TABLE movies (id int NOT NULL, name varchar NOT NULL, year int NOT NULL,
	duration int NOT NULL, studio_id bigint, unused int NOT NULL DEFAULT 0);
CREATE TABLE customers (id int NOT NULL, name text NOT NULL);
CREATE TABLE sessions (id bigint NOT NULL, start_time timestamp NOT NULL,
	customer_id int NOT NULL, movie_id int NOT NULL);
CREATE UNIQUE INDEX ON studios (id);
CREATE UNIQUE INDEX ON movies (id);
CREATE UNIQUE INDEX ON customers (id);
CREATE UNIQUE INDEX ON sessions (id);
CREATE INDEX ON sessions (movie_id, customer_id, id DESC);
CREATE INDEX ON sessions (customer_id);
CREATE INDEX ON movies (studio_id);
CREATE INDEX ON movies (year DESC, name, id);
INSERT INTO studios SELECT g, 't' || g FROM generate_series(1, 8) g;
INSERT INTO movies SELECT g, 'm' || g % 20, 1990 + g % 30, 90, nullif(g % 9, 0)
	FROM generate_series(1, 40) g;
INSERT INTO customers SELECT g, 'c' || g FROM generate_series(1, 60) g;
INSERT INTO sessions SELECT g, '2021-01-01', 1 + g * 7 % 60, 1 + g * 11 % 40
	FROM generate_series(1, 1500, 2) g;

CREATE TABLE ordered (name text PRIMARY KEY, query text, window_rows int, whole text, inside text);
INSERT INTO ordered VALUES
('star',
 'SELECT sessions.id, sessions.start_time, customers.id, customers.name, movies.id, movies.name, movies.year, movies.duration FROM sessions JOIN customers ON sessions.customer_id = customers.id JOIN movies ON sessions.movie_id = movies.id ORDER BY movies.year DESC, movies.name, customers.id, sessions.id DESC',
 300,
 'SELECT sessions.id, sessions.start_time, customers.id, customers.name, movies.id, movies.name, movies.year, movies.duration FROM sessions JOIN customers ON sessions.customer_id = customers.id JOIN movies ON sessions.movie_id = movies.id',
 '(-movies.year, movies.name, customers.id, -sessions.id) <= (-b.k1, b.k2, b.k3, -b.k4)'),
('flake',
 'SELECT sessions.id, sessions.start_time, movies.id, movies.name, studios.id, studios.title FROM sessions JOIN movies ON sessions.movie_id = movies.id JOIN studios ON movies.studio_id = studios.id ORDER BY studios.title, movies.year DESC, sessions.id',
 200,
 'SELECT sessions.id, sessions.start_time, movies.id, movies.name, studios.id, studios.title, movies.year FROM sessions JOIN movies ON sessions.movie_id = movies.id JOIN studios ON movies.studio_id = studios.id',
 '(studios.title, -movies.year, sessions.id) <= (b.k1, -b.k2, b.k3)'),
('single',
 'SELECT movies.id, movies.name, movies.year, movies.studio_id FROM movies ORDER BY movies.studio_id NULLS FIRST, movies.year DESC, movies.id',
 20,
 'SELECT movies.id, movies.name, movies.year, movies.studio_id FROM movies',
 '(coalesce(movies.studio_id, -1), -movies.year, movies.id) <= (coalesce(b.k1, -1), -b.k2, b.k3)');

SELECT bingo_tune.create_ordering(name, query, window_rows) FROM ordered;

-- The window against the join up to the boundary, in the caller's snapshot; NULL
-- if that sees an invalidation row, or no row in the window: a TRUNCATE of the
-- window, by upkeep or with a table, is seen by older snapshots as well, and an
-- empty window is a true prefix.
CREATE FUNCTION compare_window(which text, OUT missing bigint, OUT extra bigint,
	OUT snapshot text, OUT boundary text, OUT samples text)
LANGUAGE plpgsql AS $$
DECLARE
	o ordered;
	i int;
BEGIN
	SELECT * INTO STRICT o FROM ordered WHERE name = which;
	SELECT id INTO i FROM bingo_tune.ordering WHERE name = which;
	IF i IS NULL OR EXISTS (SELECT FROM bingo_tune.ordering_invalidation WHERE ordering_id = i) THEN
		RETURN;
	END IF;
	EXECUTE format('SELECT b::text, pg_current_snapshot()::text FROM bingo_tune.boundary_%s b', i)
		INTO boundary, snapshot;
	EXECUTE format($q$
		WITH b AS MATERIALIZED (SELECT * FROM bingo_tune.boundary_%1$s),
		whole AS MATERIALIZED (%2$s CROSS JOIN b WHERE b.state = 'e' OR b.state = 'k' AND %3$s),
		kept AS MATERIALIZED (SELECT * FROM bingo_tune.window_%1$s),
		missing AS (TABLE whole EXCEPT ALL TABLE kept),
		extra AS (TABLE kept EXCEPT ALL TABLE whole)
		SELECT (SELECT count(*) FROM missing), (SELECT count(*) FROM extra),
			(SELECT string_agg(left(t, 200), ' ')
			 FROM ((SELECT 'missing ' || missing::text FROM missing LIMIT 3)
				UNION ALL (SELECT 'extra ' || extra::text FROM extra LIMIT 3)) u (t))$q$,
		i, o.whole, o.inside) INTO missing, extra, samples;
	IF missing > 0 THEN
		EXECUTE format('SELECT nullif(count(*), 0) * 0 + %s FROM bingo_tune.window_%s', missing, i)
			INTO missing;
	END IF;
END $$;

-- Asks for a refill of what is invalid; says how many.
CREATE FUNCTION refill_invalid() RETURNS int
LANGUAGE plpgsql AS $$
DECLARE
	o record;
	n int := 0;
BEGIN
	FOR o IN SELECT DISTINCT d.* FROM ordered d LEFT JOIN bingo_tune.ordering USING (name)
		LEFT JOIN bingo_tune.ordering_invalidation ON ordering_id = id
		WHERE id IS NULL OR ordering_id IS NOT NULL
	LOOP
		n := n + 1;
		BEGIN
			PERFORM bingo_tune.refresh_ordering(o.name);
		EXCEPTION WHEN object_not_in_prerequisite_state OR program_limit_exceeded OR query_canceled THEN
			-- its triggers are disabled just now; a row is too long; the machine is too busy
		END;
	END LOOP;
	RETURN n;
END $$;
