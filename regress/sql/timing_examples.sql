-- Examples: which statements are kept, with which parameters, and who sees them.
-- Seen red with: the whole of what was sent kept, not the statement; styles of the session
-- in parameters; composite values called plain; failed statements left out; rights not
-- looked at; nothing forgotten where the setting is off.
SET client_min_messages = warning;
CREATE EXTENSION bingo_tune CASCADE;
RESET client_min_messages;
CREATE TYPE mood AS ENUM ('calm', 'wild');
CREATE DOMAIN positive AS integer CHECK (VALUE > 0);
CREATE TYPE pair AS (a integer, b integer);
CREATE TABLE kept (id integer PRIMARY KEY, name text, mood mood, size positive, pair pair, at timestamptz);
INSERT INTO kept SELECT i, 'n' || i, 'calm', 1, ROW(1, i)::pair, '2020-01-02 03:04:05+00' FROM generate_series(1, 100) AS i;

CREATE VIEW shown AS
SELECT kind, statement, parameters, parameter_types AS types, cut FROM bingo_tune.query_examples
WHERE statement LIKE '%kept%' AND statement NOT LIKE '%shown%' AND toplevel;
CREATE FUNCTION reset_here() RETURNS void LANGUAGE sql AS
$$SELECT bingo_tune.reset_timing(dbid => (SELECT oid FROM pg_database WHERE datname = current_database()))$$;

-- With its constants, alone; one query, two examples.
SELECT reset_here() AS x \g (format=unaligned tuples_only=on)
SELECT name FROM kept WHERE id = 17;
SELECT 1 AS first\;  SELECT count(*) FROM kept WHERE name = 'n5'  \; SELECT 2 AS last;
SELECT * FROM shown ORDER BY statement COLLATE "C", kind;

-- Parameters of PostgreSQL's own types, enums and domains; NULL; whatever the session's styles are.
SELECT reset_here() AS x \g (format=unaligned tuples_only=on)
SET DateStyle = 'German, DMY';
SET IntervalStyle = 'iso_8601';
SET extra_float_digits = -5;
PREPARE own(integer, text, mood, positive, date, interval, double precision, integer[], mood[], numeric) AS
	SELECT count(*) FROM kept WHERE id = $1 AND name = $2 AND mood = $3 AND size = $4 AND at > $5 AND at > now() - $6
	AND id < $7 AND id = ANY ($8) AND mood = ANY ($9) AND id < $10;
EXECUTE own(1, 'it''s {a,"b"}', 'wild', 3, '2020-02-03', '1 day 02:00', 0.1, '{1,2,NULL}', '{calm}', NULL);
RESET DateStyle;
RESET IntervalStyle;
RESET extra_float_digits;
SELECT kind, parameters, types, cut FROM shown ORDER BY kind;
DEALLOCATE own;

-- Of other types, and too long ones: cut.
SELECT reset_here() AS x \g (format=unaligned tuples_only=on)
PREPARE theirs(pair) AS SELECT count(*) FROM kept WHERE pair = $1;
EXECUTE theirs('(1,2)');
PREPARE long(text) AS SELECT count(*) FROM kept WHERE name = $1;
EXECUTE long(repeat('x', 3000));
SELECT 'SELECT count(*) FROM kept WHERE name = ' || quote_literal(repeat('é', 3000)) \gexec
SELECT kind, left(statement, 60) AS statement, octet_length(statement) AS bytes, parameters, types, cut
FROM shown ORDER BY statement COLLATE "C", kind;
DEALLOCATE ALL;

-- Utility statements never, whatever is in them.
SELECT reset_here() AS x \g (format=unaligned tuples_only=on)
CREATE ROLE regress_kept_reader PASSWORD 'kept secret';
COMMENT ON TABLE kept IS 'kept';
SELECT * FROM shown;

-- A statement that failed may be the slowest.
SELECT reset_here() AS x \g (format=unaligned tuples_only=on)
PREPARE failing(integer, mood) AS SELECT 1 / (id - $1) AS kept FROM kept WHERE id = 1 AND (mood = $2 OR $2 IS NULL);
EXECUTE failing(1, NULL);
DEALLOCATE failing;
PREPARE failing(integer) AS SELECT 1 / (id - $1) AS kept FROM kept WHERE id = 1;
EXECUTE failing(1);
DEALLOCATE failing;
SELECT kind, left(statement, 30) AS statement, parameters, types, cut FROM shown ORDER BY statement COLLATE "C", kind;

-- Everybody sees his own, pg_read_all_stats all.
SELECT reset_here() AS x \g (format=unaligned tuples_only=on)
GRANT SELECT ON kept, shown TO regress_kept_reader;
ALTER VIEW shown OWNER TO regress_kept_reader;
SELECT count(*) FROM kept WHERE name = 'owner''s';
SET ROLE regress_kept_reader;
SELECT count(*) FROM kept WHERE id = 2;
SELECT kind, statement FROM bingo_tune.query_examples WHERE statement LIKE '%kept%' ORDER BY kind;
RESET ROLE;
GRANT pg_read_all_stats TO regress_kept_reader;
SET ROLE regress_kept_reader;
SELECT DISTINCT statement FROM bingo_tune.query_examples WHERE statement LIKE '%FROM kept%' ORDER BY 1;
SET bingo_tune.keep_examples = off;
RESET ROLE;

-- Off: what is run leaves none, and no older one.
SET bingo_tune.keep_examples = off;
SELECT count(*) FROM kept WHERE id = 3;
SELECT count(*) FROM kept WHERE name = 'owner''s';
RESET bingo_tune.keep_examples;
SELECT DISTINCT statement FROM bingo_tune.query_examples WHERE statement LIKE 'SELECT count(*) FROM kept%' ORDER BY 1;

-- They are in the memory that is told.
SELECT shared_memory > max_queries * 2 * 2048 AS counted FROM bingo_tune.timing_status;

DROP VIEW shown;
DROP TABLE kept;
DROP TYPE mood, pair;
DROP DOMAIN positive;
DROP FUNCTION reset_here();
REVOKE pg_read_all_stats FROM regress_kept_reader;
DROP ROLE regress_kept_reader;
DROP EXTENSION bingo_tune;
