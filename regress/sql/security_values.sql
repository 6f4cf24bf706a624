-- Values out of the tables reach nobody who may not read them: not through a
-- window (whatever default privileges and predefined roles give), its statistics,
-- EXPLAIN, bingo_tune.orderings or verify_ordering().
-- Seen red, each alone: rights of default privileges left to a window or a table;
-- statistics of a window; a window that counts as populated; the boundary
-- shown under a policy; an ordering that stays with who was its tables' owner; tables
-- of several owners read as a superuser.
SET bingo_tune.upkeep = off;
SET client_min_messages = warning;
CREATE ROLE regress_owner;
CREATE ROLE regress_former;
CREATE ROLE regress_reader;
CREATE ROLE regress_all IN ROLE pg_read_all_data, pg_write_all_data, pg_monitor;
GRANT CREATE ON SCHEMA public TO regress_owner, regress_former;
ALTER DEFAULT PRIVILEGES GRANT ALL ON TABLES TO PUBLIC;
ALTER DEFAULT PRIVILEGES GRANT SELECT, TRIGGER ON TABLES TO regress_reader WITH GRANT OPTION;
CREATE EXTENSION bingo_tune CASCADE;
RESET client_min_messages;

SET ROLE regress_former;
CREATE TABLE secret (id int PRIMARY KEY, name text NOT NULL);
INSERT INTO secret SELECT i, 'secret ' || i FROM generate_series(1, 100) i;
ANALYZE secret;
SELECT bingo_tune.create_ordering('o', 'SELECT id, name FROM secret ORDER BY name, id', 40);
RESET ROLE;
ALTER DEFAULT PRIVILEGES REVOKE ALL ON TABLES FROM PUBLIC, regress_reader;
ANALYZE bingo_tune.window_1;
ANALYZE bingo_tune.boundary_1;
SELECT relname, relkind, relispopulated,
	EXISTS (SELECT FROM aclexplode(relacl) WHERE grantee <> relowner) AS others_have_rights
FROM pg_class WHERE relnamespace = 'bingo_tune'::regnamespace AND relkind IN ('r', 'm', 'S') AND relname !~ '^endpoint'
ORDER BY 1;
-- ANALYZE has counted the rows, and that is all that a superuser finds.
SELECT relname, reltuples FROM pg_class WHERE oid IN ('bingo_tune.window_1'::regclass, 'bingo_tune.boundary_1'::regclass) ORDER BY 1;
SELECT count(*) FROM pg_statistic WHERE starelid IN (SELECT oid FROM pg_class WHERE relnamespace = 'bingo_tune'::regnamespace
	UNION SELECT indexrelid FROM pg_index JOIN pg_class ON indrelid = pg_class.oid WHERE relnamespace = 'bingo_tune'::regnamespace);

-- No right at all; then the right SELECT under a policy.
SET ROLE regress_reader;
SELECT id, name FROM secret ORDER BY name, id LIMIT 1;
EXPLAIN (COSTS OFF) SELECT id, name FROM secret ORDER BY name, id LIMIT 1;
SELECT * FROM bingo_tune.explain_ordering('SELECT id, name FROM secret ORDER BY name, id LIMIT 1');
SELECT boundary FROM bingo_tune.orderings;
SELECT * FROM bingo_tune.window_1;
SELECT * FROM bingo_tune.boundary_1;
SELECT tablename FROM pg_stats WHERE tablename IN ('secret', 'window_1', 'boundary_1');
RESET ROLE;
GRANT SELECT ON secret TO regress_reader;
SET ROLE regress_reader;
SELECT boundary FROM bingo_tune.orderings;
RESET ROLE;
ALTER TABLE secret ENABLE ROW LEVEL SECURITY;
CREATE POLICY some_rows ON secret USING (id >= 90);
SET ROLE regress_reader;
SELECT boundary FROM bingo_tune.orderings;
SELECT id, name FROM secret ORDER BY name, id LIMIT 1;
EXPLAIN (COSTS OFF) SELECT id FROM secret ORDER BY name, id LIMIT 1;
SELECT tablename FROM pg_stats WHERE tablename IN ('secret', 'window_1', 'boundary_1');

-- Who may read and write everything is under the policy, too.
SET ROLE regress_all;
SELECT count(*) FROM secret;
SELECT boundary FROM bingo_tune.orderings;
SELECT count(*) FROM bingo_tune.window_1;
SELECT count(*) FROM bingo_tune.boundary_1;
SELECT tablename FROM pg_stats WHERE tablename IN ('secret', 'window_1', 'boundary_1');
DELETE FROM bingo_tune.window_1;
INSERT INTO bingo_tune.window_1 VALUES (0, 'planted');
UPDATE bingo_tune.boundary_1 SET state = 'e';
TRUNCATE bingo_tune.window_1;
COPY bingo_tune.window_1 FROM STDIN;
\.
BEGIN;
LOCK TABLE bingo_tune.window_1;
ROLLBACK;
COMMENT ON MATERIALIZED VIEW bingo_tune.window_1 IS 'planted';
DROP SERVER "bingo_tune_window window o";
ALTER SERVER "bingo_tune_window window o" OPTIONS (SET id '2');
DROP SERVER "bingo_tune ordering o";
RESET ROLE;
-- COPY reads materialized views from 18 on, but none that is not populated.
DO $$
BEGIN
	COPY bingo_tune.window_1 TO '/dev/null';
	RAISE WARNING 'copied';
EXCEPTION WHEN wrong_object_type OR feature_not_supported THEN
	RAISE NOTICE 'not copied';
END $$;
SELECT * FROM bingo_tune.verify_ordering('o');

-- An owner who is none any more, and one under his own policy, see no rows.
ALTER TABLE secret DISABLE ROW LEVEL SECURITY;
ALTER TABLE secret OWNER TO regress_owner;
REVOKE ALL ON secret FROM regress_former;
SELECT tgname AS row_trigger FROM pg_trigger WHERE tgrelid = 'secret'::regclass AND tgname ~ '^bingo_tune_\d+_\d+$' \gset
DROP TRIGGER :"row_trigger" ON secret;
UPDATE secret SET name = 'secret 1x' WHERE id = 1;
SET ROLE regress_former;
SELECT id, name FROM secret ORDER BY name, id LIMIT 1;
SELECT boundary FROM bingo_tune.orderings;
SELECT * FROM bingo_tune.verify_ordering('o');
SET ROLE regress_owner;
SELECT * FROM bingo_tune.verify_ordering('o');
ALTER TABLE secret ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
SELECT boundary FROM bingo_tune.orderings;
SELECT * FROM bingo_tune.verify_ordering('o');
ALTER TABLE secret DISABLE ROW LEVEL SECURITY, NO FORCE ROW LEVEL SECURITY;
SELECT bingo_tune.refresh_ordering('o');
SELECT * FROM bingo_tune.verify_ordering('o');
SELECT bingo_tune.drop_ordering('o');
RESET ROLE;

-- Tables of several owners are not read as a superuser.
CREATE TABLE other (id int PRIMARY KEY, secret_id int NOT NULL);
CREATE INDEX ON other (secret_id);
\set query 'SELECT o.id, s.name FROM other o JOIN secret s ON o.secret_id = s.id ORDER BY s.name, o.id'
SELECT bingo_tune.create_ordering('both', :'query');
ALTER TABLE other OWNER TO regress_former;
SELECT bingo_tune.create_ordering('both', :'query');
CREATE ROLE regress_both IN ROLE regress_former, regress_owner;
SET ROLE regress_both;
SELECT bingo_tune.create_ordering('both', :'query');
SELECT bingo_tune.refresh_ordering('both');
SELECT state FROM bingo_tune.orderings;
SELECT * FROM bingo_tune.verify_ordering('both');
RESET ROLE;

SET client_min_messages = warning;
DROP TABLE other, secret CASCADE;
DROP EXTENSION bingo_tune;
DROP EXTENSION pg_stat_statements;
DROP OWNED BY regress_owner, regress_former;
DROP ROLE regress_both, regress_owner, regress_former, regress_reader, regress_all;
