-- Values out of the tables reach nobody who may not read them: not through a
-- window (whatever default privileges and predefined roles give), its statistics,
-- EXPLAIN, bingo_tune.orderings or verify_ordering().
-- Seen red, each alone: rights of default privileges left to a window or a table;
-- no row security on a window; the rule that keeps the query enabled; the boundary
-- shown under a policy; samples shown to who has lost his rights; tables of several
-- owners read as a superuser.
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
SELECT relname, relrowsecurity,
	EXISTS (SELECT FROM aclexplode(relacl) WHERE grantee <> relowner) AS others_have_rights
FROM pg_class WHERE relnamespace = 'bingo_tune'::regnamespace AND relkind IN ('r', 'S') AND relname !~ '^endpoint'
ORDER BY 1;
SELECT tablename, attname FROM pg_stats WHERE schemaname = 'bingo_tune' AND tablename = 'window_1' ORDER BY 2;

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
INSERT INTO bingo_tune.gate_1 DEFAULT VALUES;
UPDATE bingo_tune.ordering SET owner = 10;
DELETE FROM bingo_tune.ordering_invalidation;
INSERT INTO bingo_tune.ordering_invalidation VALUES (1, 'planted', now());
TRUNCATE bingo_tune.window_1;
RESET ROLE;
SELECT * FROM bingo_tune.verify_ordering('o');

-- An owner who is none any more, and one under his own policy, see no rows.
ALTER TABLE secret DISABLE ROW LEVEL SECURITY;
ALTER TABLE secret OWNER TO regress_owner;
REVOKE ALL ON secret FROM regress_former;
UPDATE bingo_tune.window_1 SET c2 = 'secret x' WHERE c1 = 1;
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
