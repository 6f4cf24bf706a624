-- A superuser puts an index on a window or a boundary that is not kept up without the executor: an expression is computed
-- in what only that has, one that is unique refuses rows, one of another method is left half open.  Whoever writes, and
-- whoever fills the window, does without; and the window is made anew, without the index.
--
-- Seen red: an index on an expression crashes the server, on the window when it is filled again, on the boundary
-- when a key is cut; a unique one on the boundary, and whoever marks a key that is cut can't commit.
SET client_min_messages = warning;
CREATE EXTENSION bingo_tune CASCADE;
SET bingo_tune.upkeep = off;
CREATE TABLE t (id int PRIMARY KEY, k int NOT NULL, s text NOT NULL, p int);
INSERT INTO t SELECT i, i % 5, 's' || i FROM generate_series(1, 100) i;
SELECT bingo_tune.create_ordering('o', 'SELECT id, k, s, p FROM t WHERE k = $1 ORDER BY s, id', 3);
SELECT bingo_tune.create_counter('c', 'SELECT k, count(*) FROM t GROUP BY k');

-- The newest relation of the kind that has the number of columns: of the ordering, or of the counter.
CREATE FUNCTION put(kind text, columns int, index text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('CREATE ' || index, (SELECT c.oid::regclass FROM pg_class c
		WHERE c.relkind = 'm' AND c.relname LIKE kind || '%' AND c.relnatts = columns ORDER BY c.oid DESC LIMIT 1));
	RETURN (SELECT string_agg(concat_ws(' ', name, state, reason), '; ' ORDER BY name)
		FROM (SELECT name, state, reason FROM bingo_tune.orderings UNION ALL SELECT name, state, reason FROM bingo_tune.counters) a
		WHERE state <> 'valid');
END $$;

CREATE PROCEDURE again() LANGUAGE plpgsql AS $$
BEGIN
	PERFORM bingo_tune.refresh_ordering('o'), bingo_tune.refresh_counter('c');
END $$;
CREATE VIEW look AS
	SELECT o.name, o.state, missing + extra + differing AS wrong, (SELECT count(*) FROM pg_class WHERE relname = 'more') AS indexes
	FROM bingo_tune.orderings o, bingo_tune.verify_ordering('o')
	UNION ALL SELECT c.name, c.state, bingo_tune.verify_counter('c'), NULL FROM bingo_tune.counters c;

SELECT put('window', 4, 'INDEX more ON %s ((c3 || ''x''))');
INSERT INTO t VALUES (-1, 1, 'a');
CALL again();
TABLE look;
SELECT put('window', 4, 'INDEX more ON %s (c1) WHERE c2 > 1');
INSERT INTO t VALUES (-2, 1, 'a');
CALL again();
TABLE look;
SELECT put('window', 4, 'UNIQUE INDEX more ON %s (c1)');
INSERT INTO t VALUES (-3, 1, 'a');
CALL again();
TABLE look;
SELECT put('window', 4, 'INDEX more ON %s USING brin (c1)');
INSERT INTO t VALUES (-4, 1, 'a');
CALL again();
TABLE look;
SELECT put('boundary', 4, 'INDEX more ON %s ((k1 + 1))');
INSERT INTO t SELECT 1000 + i, 6, 'b' || i FROM generate_series(1, 500) i;
CALL again();
TABLE look;
SELECT put('boundary', 4, 'UNIQUE INDEX more ON %s (state, k1)');
INSERT INTO t SELECT 2000 + i, 6, 'a' || i FROM generate_series(1, 500) i;
CALL again();
TABLE look;
-- of a counter
SELECT put('window', 3, 'INDEX more ON %s ((c1 + 1))');
INSERT INTO t VALUES (-5, 1, 'a');
CALL again();
TABLE look;

-- A plain one is kept up, and stays.
SELECT put('window', 4, 'INDEX more ON %s (c1)');
INSERT INTO t VALUES (-6, 1, 'a');
CALL again();
TABLE look;

DROP VIEW look;
DROP PROCEDURE again;
DROP FUNCTION put;
DROP TABLE t CASCADE;
DROP EXTENSION bingo_tune;
DROP EXTENSION pg_stat_statements;
