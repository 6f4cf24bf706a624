-- The database that t/ordering_random.pl runs its writers in.

CREATE EXTENSION bingo_tune CASCADE;

CREATE TABLE studios (id int NOT NULL, title text NOT NULL);
CREATE TABLE movies (id int NOT NULL, name varchar NOT NULL, year int NOT NULL,
	duration int NOT NULL, studio_id bigint, unused int NOT NULL DEFAULT 0);
CREATE TABLE customers (id int NOT NULL, name text NOT NULL);
CREATE TABLE sessions (id bigint NOT NULL, start_time timestamp NOT NULL,
	customer_id int, movie_id int NOT NULL);
CREATE TABLE ratings (session_id bigint NOT NULL, stars int NOT NULL);
CREATE UNIQUE INDEX ON ratings (session_id);
-- partitions, one of which has other column numbers
CREATE TABLE visits (id bigint NOT NULL, customer_id int, day int NOT NULL, note text, PRIMARY KEY (id, day)) PARTITION BY RANGE (day);
CREATE TABLE visits_1 PARTITION OF visits FOR VALUES FROM (0) TO (10);
CREATE TABLE visits_2 (dropped int, note text, day int NOT NULL, customer_id int, id bigint NOT NULL);
ALTER TABLE visits_2 DROP COLUMN dropped;
ALTER TABLE visits ATTACH PARTITION visits_2 FOR VALUES FROM (10) TO (20);
CREATE TABLE visits_rest PARTITION OF visits DEFAULT PARTITION BY LIST (day);
CREATE TABLE visits_rest_1 PARTITION OF visits_rest DEFAULT;
CREATE INDEX ON visits (customer_id);
-- the same of a joined table
CREATE TABLE halls (region int NOT NULL, id int NOT NULL, name text NOT NULL, PRIMARY KEY (region, id)) PARTITION BY RANGE (region);
CREATE TABLE halls_1 PARTITION OF halls FOR VALUES FROM (0) TO (15);
CREATE TABLE halls_2 (dropped int, name text NOT NULL, id int NOT NULL, region int NOT NULL);
ALTER TABLE halls_2 DROP COLUMN dropped;
ALTER TABLE halls ATTACH PARTITION halls_2 FOR VALUES FROM (15) TO (30);
CREATE TABLE halls_rest PARTITION OF halls DEFAULT PARTITION BY LIST (id);
CREATE TABLE halls_rest_1 PARTITION OF halls_rest DEFAULT;
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
INSERT INTO visits SELECT g, 1 + g * 7 % 60, g * 3 % 29, 'v' || g FROM generate_series(1, 300) g;
INSERT INTO halls SELECT DISTINCT movie_id, customer_id, 'h' || movie_id % 7 FROM sessions WHERE movie_id % 4 > 0;
INSERT INTO ratings SELECT g, g * 7 % 100 FROM generate_series(1, 1500) g WHERE g % 5 <> 0;

-- first_key, last_key: values for the parameters of queries that have some; what has none has the default
CREATE TABLE ordered (name text PRIMARY KEY, query text, window_rows int, first_key int DEFAULT 0, last_key int DEFAULT 0);
INSERT INTO ordered (name, query, window_rows) VALUES
('star',
 'SELECT sessions.id, sessions.start_time, customers.id, customers.name, movies.id, movies.name, movies.year, movies.duration FROM sessions JOIN customers ON sessions.customer_id = customers.id JOIN movies ON sessions.movie_id = movies.id ORDER BY movies.year DESC, movies.name, customers.id, sessions.id DESC',
 300),
('flake',
 'SELECT sessions.id, sessions.start_time, movies.id, movies.name, studios.id, studios.title FROM sessions JOIN movies ON sessions.movie_id = movies.id JOIN studios ON movies.studio_id = studios.id ORDER BY studios.title, movies.year DESC, sessions.id',
 200),
('single',
 'SELECT movies.id, movies.name, movies.year, movies.studio_id FROM movies ORDER BY movies.studio_id NULLS FIRST, movies.year DESC, movies.id',
 20),
-- some rows only; all of them; both
('some',
 'SELECT sessions.id, sessions.start_time, customers.id, customers.name FROM sessions JOIN customers ON sessions.customer_id = customers.id WHERE sessions.movie_id > 12 AND (sessions.customer_id < 25 OR sessions.movie_id <> 20) AND customers.name > ''c2'' ORDER BY customers.name, sessions.id DESC',
 200),
('all',
 'SELECT sessions.movie_id, sessions.id, sessions.start_time, customers.name FROM sessions JOIN customers ON sessions.customer_id = customers.id ORDER BY sessions.movie_id, customers.name DESC, sessions.id',
 NULL),
('new with studio',
 'SELECT movies.id, movies.name FROM movies WHERE movies.studio_id IS NOT NULL AND movies.year >= 2000 ORDER BY movies.name, movies.id DESC',
 NULL),
-- by what is computed; the second work is contained
('computed',
 'SELECT sessions.id, movies.name, customers.name FROM sessions JOIN customers ON sessions.customer_id = customers.id JOIN movies ON sessions.movie_id = movies.id ORDER BY upper(customers.name), CASE WHEN movies.studio_id IS NULL THEN 0 ELSE 1 END DESC, sessions.id',
 200),
('sums',
 'SELECT sessions.id, movies.id, movies.name FROM sessions JOIN movies ON sessions.movie_id = movies.id WHERE sessions.customer_id <> 7 ORDER BY (sessions.customer_id + sessions.movie_id) / (sessions.customer_id - 7), movies.year % 5 DESC, sessions.id DESC',
 300),
-- chosen by what is computed, of each table
('chosen',
 'SELECT sessions.id, customers.name, movies.name FROM sessions JOIN customers ON sessions.customer_id = customers.id JOIN movies ON sessions.movie_id = movies.id WHERE coalesce(movies.studio_id, 3) % 3 > 0 AND lower(customers.name) < ''n'' AND (sessions.customer_id + sessions.movie_id) % 4 <> 1 ORDER BY movies.name, sessions.id',
 200),
-- rows without a partner behind the window's end, in it, and some of both
('orphans last',
 'SELECT sessions.id, sessions.start_time, sessions.movie_id, movies.name, movies.year, studios.title FROM sessions LEFT JOIN movies ON sessions.movie_id = movies.id LEFT JOIN studios ON movies.studio_id = studios.id ORDER BY movies.year DESC NULLS LAST, studios.title NULLS FIRST, sessions.id DESC',
 300),
('orphans first',
 'SELECT sessions.id, customers.name, movies.name, movies.duration FROM movies RIGHT JOIN (sessions LEFT JOIN customers ON sessions.customer_id = customers.id) ON sessions.movie_id = movies.id ORDER BY customers.name DESC, movies.year, sessions.id',
 200),
('orphans computed',
 'SELECT sessions.id, movies.name, studios.title FROM sessions LEFT JOIN movies ON sessions.movie_id = movies.id LEFT JOIN studios ON movies.studio_id = studios.id ORDER BY coalesce(studios.title, ''n''), movies.year IS NULL, upper(movies.name) DESC, sessions.id',
 300),
('orphans among',
 'SELECT sessions.id, sessions.start_time, sessions.customer_id, customers.name, movies.name, studios.title FROM sessions JOIN movies ON sessions.movie_id = movies.id LEFT JOIN studios ON movies.studio_id = studios.id LEFT JOIN customers ON sessions.customer_id = customers.id WHERE movies.year < 2015 OR movies.studio_id IS NULL ORDER BY sessions.start_time DESC, sessions.id',
 300),
-- by a table with a row for each driving row: light writers
('rated',
 'SELECT sessions.id, ratings.stars, customers.name, movies.name FROM sessions JOIN ratings ON ratings.session_id = sessions.id JOIN customers ON sessions.customer_id = customers.id LEFT JOIN movies ON sessions.movie_id = movies.id ORDER BY ratings.stars DESC, sessions.id',
 300),
('rated in studios',
 'SELECT sessions.id, studios.title, movies.name, ratings.stars FROM sessions JOIN movies ON sessions.movie_id = movies.id JOIN studios ON movies.studio_id = studios.id LEFT JOIN ratings ON ratings.session_id = sessions.id ORDER BY movies.year, ratings.stars NULLS FIRST, sessions.id DESC',
 300);

-- one table in two roles: their ids are the same numbers; and joined to itself
INSERT INTO ordered VALUES
('roles',
 'SELECT sessions.id, a.name, b.name FROM sessions JOIN customers a ON a.id = sessions.customer_id JOIN customers b ON b.id = sessions.movie_id ORDER BY a.name, b.name DESC, sessions.id',
 300),
('roles computed',
 'SELECT sessions.id, a.name, b.name FROM sessions JOIN customers a ON a.id = sessions.customer_id LEFT JOIN customers b ON b.id = sessions.movie_id WHERE a.name <> ''c7'' ORDER BY upper(b.name) NULLS FIRST, sessions.id',
 200),
('self', 'SELECT m.id, m.name, p.name FROM movies m JOIN movies p ON p.id = m.studio_id ORDER BY p.year DESC, p.name, m.id', 30),
('self perhaps', 'SELECT s.id, m.name, p.name FROM sessions s JOIN movies m ON m.id = s.movie_id LEFT JOIN movies p ON p.id = m.studio_id ORDER BY p.year DESC NULLS LAST, m.name, s.id', 200);

-- of partitions, merged
INSERT INTO ordered VALUES
('visits', 'SELECT v.id, v.day, v.note, c.name FROM visits v JOIN customers c ON c.id = v.customer_id ORDER BY c.name, v.day DESC, v.id', 60, 0, 0),
('visits alone', 'SELECT v.id, v.day, v.customer_id FROM visits v WHERE v.customer_id <> 9 ORDER BY v.id, v.day', 40, 0, 0),
('visits by customer', 'SELECT v.id, v.day, v.note, c.name FROM visits v LEFT JOIN customers c ON c.id = v.customer_id WHERE v.customer_id = $1 ORDER BY v.day, v.id DESC', 2, 0, 63);
INSERT INTO ordered VALUES
('halls', 'SELECT s.id, s.start_time, h.name, h.region FROM sessions s JOIN halls h ON h.region = s.movie_id AND h.id = s.customer_id ORDER BY h.name, s.id DESC', 60, 0, 0),
('halls by region', 'SELECT s.id, h.region, h.id, h.name, m.name FROM sessions s JOIN halls h ON h.region = s.movie_id AND h.id = s.customer_id LEFT JOIN movies m ON m.id = s.movie_id WHERE h.region = $1 ORDER BY h.name DESC, s.id', 3, 1, 43);

-- the first rows of each key: of the driving table's, of a dimension's, of one that may be NULL, of two
INSERT INTO ordered VALUES
('keyed movie',
 'SELECT sessions.id, sessions.start_time, sessions.movie_id, customers.name FROM sessions JOIN customers ON sessions.customer_id = customers.id WHERE sessions.movie_id = $1 ORDER BY customers.name DESC, sessions.id',
 5, 1, 43),
('keyed year',
 'SELECT sessions.id, movies.year, movies.name, studios.title FROM sessions JOIN movies ON sessions.movie_id = movies.id LEFT JOIN studios ON movies.studio_id = studios.id WHERE movies.year = $1 ORDER BY studios.title, movies.name, sessions.id',
 20, 1989, 2020),
('keyed customer',
 'SELECT sessions.id, sessions.customer_id, movies.name FROM sessions LEFT JOIN movies ON sessions.movie_id = movies.id WHERE sessions.customer_id = $1 ORDER BY movies.name NULLS FIRST, sessions.id DESC',
 6, 0, 63),
('keyed both',
 'SELECT sessions.id, sessions.movie_id, movies.studio_id FROM sessions JOIN movies ON sessions.movie_id = movies.id WHERE movies.studio_id = $1 AND sessions.customer_id = $2 ORDER BY sessions.movie_id, sessions.id',
 2, 1, 9),
('keyed rated',
 'SELECT sessions.id, sessions.customer_id, ratings.stars, movies.name FROM sessions JOIN ratings ON ratings.session_id = sessions.id JOIN movies ON sessions.movie_id = movies.id WHERE sessions.customer_id = $1 ORDER BY ratings.stars DESC, sessions.id',
 4, 0, 63),
('keyed single', 'SELECT movies.id, movies.name, movies.studio_id FROM movies WHERE movies.studio_id = $1 ORDER BY movies.year DESC, movies.id', 1, 0, 9);

-- first rows of each key of these: $k is a value of the key, $n so many rows
CREATE TABLE first_rows (name text, query text);
CREATE TABLE parts (name text, key text, columns text, tables text, ordered text);
INSERT INTO parts VALUES
('keyed movie', 's.movie_id', 's.id, s.start_time, c.name', 'sessions s JOIN customers c ON s.customer_id = c.id', 'c.name DESC, s.id'),
('keyed year', 'm.year', 's.id, m.name, t.title', 'sessions s JOIN movies m ON s.movie_id = m.id LEFT JOIN studios t ON m.studio_id = t.id', 't.title, m.name, s.id'),
('keyed customer', 's.customer_id', 's.id, m.name', 'sessions s LEFT JOIN movies m ON s.movie_id = m.id', 'm.name NULLS FIRST, s.id DESC'),
('keyed both', 'm.studio_id', 's.customer_id, s.movie_id, s.id', 'sessions s JOIN movies m ON s.movie_id = m.id', 's.customer_id, s.movie_id, s.id'),
('keyed rated', 's.customer_id', 's.id, r.stars, m.name', 'sessions s JOIN ratings r ON r.session_id = s.id JOIN movies m ON s.movie_id = m.id', 'r.stars DESC, s.id'),
('keyed single', 'm.studio_id', 'm.id, m.name', 'movies m', 'm.year DESC, m.id');
INSERT INTO first_rows SELECT p.name, replace(replace(format(q, p.key, p.columns, p.tables, p.ordered), '@key', p.key), '@id', CASE p.name WHEN 'keyed single' THEN 'm.id' ELSE 's.id' END)
FROM parts p, unnest(ARRAY[
'SELECT DISTINCT ON (%1$s) %1$s, %2$s FROM %3$s ORDER BY %1$s, %4$s',
'SELECT DISTINCT ON (%1$s) %1$s, %2$s FROM %3$s ORDER BY %1$s DESC, %4$s',
'SELECT DISTINCT ON (%1$s) %1$s, %2$s FROM %3$s WHERE @id %% 29 <> $n ORDER BY %1$s DESC NULLS LAST, %4$s LIMIT (SELECT $k)',
'SELECT DISTINCT ON (%1$s) %1$s, %2$s FROM %3$s WHERE @key BETWEEN $k AND $k OR @key > $k ORDER BY %1$s, %4$s',
'SELECT DISTINCT ON (%1$s) %1$s, %2$s FROM %3$s WHERE @id %% 29 <> $n ORDER BY %1$s, %4$s',
'SELECT v, x.* FROM unnest(ARRAY[$k, $k, $k]) WITH ORDINALITY AS v (v, i), LATERAL (SELECT DISTINCT ON (%1$s) %1$s, %2$s FROM %3$s WHERE @key <> v ORDER BY %1$s, %4$s LIMIT $k) x ORDER BY i, 2',
'SELECT * FROM (SELECT %1$s AS key, %2$s, row_number() OVER (PARTITION BY %1$s ORDER BY %4$s) AS n FROM %3$s) q WHERE n <= $n ORDER BY key, n',
'SELECT * FROM (SELECT %1$s AS key, %2$s, row_number() OVER (PARTITION BY %1$s ORDER BY %4$s) AS n FROM %3$s WHERE @key <> $k AND @key %% 3 > 0) q WHERE n <= $n ORDER BY key, n',
'SELECT * FROM (SELECT %1$s AS key, %2$s, row_number() OVER (PARTITION BY %1$s ORDER BY %4$s) AS n FROM %3$s WHERE @id %% 29 <> $n) q WHERE n <= $n ORDER BY key, n',
'SELECT v, x.* FROM unnest(ARRAY[$k, $k, $k]) WITH ORDINALITY AS v (v, i), LATERAL (SELECT %1$s AS key, %2$s, row_number() OVER (PARTITION BY %1$s ORDER BY %4$s) AS n FROM %3$s WHERE @key <> v) x WHERE n <= $n ORDER BY i, key, n',
'SELECT k, x.* FROM generate_series($k, $k) k, LATERAL (SELECT %2$s FROM %3$s WHERE %1$s = k ORDER BY %4$s LIMIT $n) x',
'SELECT k, x.* FROM unnest(ARRAY[$k, NULL, $k, $k]) k, LATERAL (SELECT %2$s FROM %3$s WHERE %1$s = k AND @id %% 29 <> $n ORDER BY %4$s LIMIT (SELECT $n)) x']) q
-- the first ones of the first key of two are in an order that begins with the second
WHERE p.name <> 'keyed both' OR q !~ 'WHERE %1\$s = k';
INSERT INTO first_rows VALUES
('keyed both', 'SELECT DISTINCT ON (m.studio_id, s.customer_id) m.studio_id, s.customer_id, s.id FROM sessions s JOIN movies m ON s.movie_id = m.id ORDER BY m.studio_id, s.customer_id, s.movie_id, s.id'),
('keyed both', 'SELECT * FROM (SELECT m.studio_id, s.customer_id, s.id, row_number() OVER (PARTITION BY m.studio_id, s.customer_id ORDER BY s.movie_id, s.id) AS n FROM sessions s JOIN movies m ON s.movie_id = m.id) q WHERE n <= $n ORDER BY 1, 2, 4'),
('keyed both', 'SELECT k, x.* FROM generate_series(1, 60) k, LATERAL (SELECT s.id, s.movie_id FROM sessions s JOIN movies m ON s.movie_id = m.id WHERE m.studio_id = $k AND s.customer_id = k ORDER BY s.movie_id, s.id LIMIT $n) x');

SELECT bingo_tune.create_ordering(name, query, window_rows) FROM ordered;
SELECT bingo_tune.create_counter('all sessions', 'SELECT count(*) FROM sessions');
SELECT bingo_tune.create_counter('by movie', 'SELECT movie_id, count(*) FROM sessions GROUP BY movie_id');
SELECT bingo_tune.create_counter('some by movie', 'SELECT movie_id, count(*) FROM sessions WHERE customer_id < 30 GROUP BY movie_id');
SELECT bingo_tune.create_counter('by both', 'SELECT movie_id, customer_id, count(*) FROM sessions GROUP BY movie_id, customer_id');
ANALYZE;

-- The window against the tables up to the boundary, in the caller's snapshot: NULL
-- if that sees a mark, or a table that was truncated since, or is older than the
-- window.  kept: rows in the window.  A TRUNCATE of the window by upkeep is seen by
-- older snapshots as well, and an empty window is a true prefix: then no row counts as
-- missing.
CREATE FUNCTION compare_window(which text, OUT missing bigint, OUT extra bigint,
	OUT snapshot text, OUT boundary text, OUT samples text, OUT kept bigint)
LANGUAGE plpgsql AS $$
DECLARE
	o record;
BEGIN
	-- those of partitions together
	SELECT bool_and(state = 'valid') AS valid, string_agg(s.boundary, '; ') AS boundary INTO o
	FROM bingo_tune.ordering_states() s WHERE name = which OR name LIKE which || '\_%';
	IF NOT o.valid THEN
		RETURN;
	END IF;
	BEGIN
		SELECT v.missing, v.extra + v.differing, v.samples::text INTO STRICT missing, extra, samples
		FROM bingo_tune.verify_ordering(which) v;
	EXCEPTION WHEN object_in_use THEN
		-- built later than the snapshot
		RETURN;
	END;
	snapshot := pg_current_snapshot();
	boundary := o.boundary;
	-- afterwards, so that no TRUNCATE comes between; NULL while somebody has the window locked
	LOOP
		SELECT CASE WHEN count(kept_rows) = count(*) THEN min(kept_rows) END INTO kept
		FROM bingo_tune.ordering_states() s WHERE name = which OR name LIKE which || '\_%';
		EXIT WHEN kept IS NOT NULL;
		PERFORM pg_sleep(0.01);
	END LOOP;
	IF kept = 0 THEN
		missing := 0;
	END IF;
END $$;

-- orderings of which a key was given up
CREATE TABLE seen_marked (name text);

-- Boundaries move in a transaction that goes on, and perhaps comes to nothing.
CREATE FUNCTION move_boundaries(which text) RETURNS boolean
LANGUAGE plpgsql AS $$
BEGIN
	PERFORM bingo_tune.refresh_ordering(which);
	RETURN true;
EXCEPTION WHEN object_not_in_prerequisite_state OR object_in_use OR program_limit_exceeded OR deadlock_detected OR serialization_failure THEN
	-- as below, or somebody reads the window, or has changed what a SERIALIZABLE transaction reads here
	RETURN false;
END $$;

-- Asks for a refill of one that is invalid; says how many.  One only: locks on the tables would be held while
-- those of the next are waited for, and a TRUNCATE between the two would wait for both.
CREATE FUNCTION refill_invalid() RETURNS int
LANGUAGE plpgsql AS $$
DECLARE
	o record;
	n int := 0;
BEGIN
	FOR o IN SELECT name FROM bingo_tune.counters WHERE state <> 'valid'
	LOOP
		BEGIN
			PERFORM bingo_tune.refresh_counter(o.name);
		EXCEPTION WHEN object_not_in_prerequisite_state OR program_limit_exceeded OR query_canceled THEN
			-- as below
		END;
	END LOOP;
	FOR o IN SELECT name FROM bingo_tune.orderings WHERE state <> 'valid' ORDER BY random() LIMIT 1
	LOOP
		n := n + 1;
		BEGIN
			PERFORM bingo_tune.refresh_ordering(o.name);
		EXCEPTION WHEN object_not_in_prerequisite_state OR program_limit_exceeded OR query_canceled THEN
			-- its triggers are disabled just now; a row is too long; the machine is too busy
		END;
	END LOOP;
	INSERT INTO seen_marked SELECT name FROM bingo_tune.orderings WHERE marked_keys > 0;
	RETURN n;
END $$;
