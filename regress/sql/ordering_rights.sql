-- Who may define, see, refresh, verify and drop an ordering; no superuser is needed,
-- and nothing of a caller's is run with more rights than his.
-- Seen red: check_ownership() and bingo_refresh_allowed() = true, or asking for the
-- first table only; bingo_rights_may_read() likewise; a restored definition that
-- anybody may refresh; the fill as the extension's owner; remember_truncate()
-- without a look at the table.
SET bingo_tune.upkeep = off;
SET client_min_messages = warning;
CREATE EXTENSION bingo_tune CASCADE;
CREATE ROLE regress_owner;
CREATE ROLE regress_member IN ROLE regress_owner;
CREATE ROLE regress_other;
CREATE ROLE regress_super SUPERUSER;
RESET client_min_messages;
GRANT CREATE ON SCHEMA public TO regress_owner, regress_other;
CREATE FUNCTION kept() RETURNS TABLE (state text, kept_rows bigint, boundary text) LANGUAGE sql AS 'SELECT state, kept_rows, boundary FROM bingo_tune.orderings';

SET ROLE regress_owner;
CREATE TABLE d (id int PRIMARY KEY, name text NOT NULL);
INSERT INTO d SELECT i, 'D' || i FROM generate_series(1, 9) i;
RESET ROLE;
CREATE TABLE f (id int PRIMARY KEY, d_id int);
CREATE INDEX ON f (d_id);
INSERT INTO f SELECT i, i % 10 FROM generate_series(1, 50) i;
SET ROLE regress_owner;
SELECT bingo_tune.create_ordering('o', 'SELECT f.id FROM f JOIN d ON f.d_id = d.id ORDER BY d.name, f.id', 20);
RESET ROLE;
GRANT ALL ON f TO regress_owner;
SET ROLE regress_owner;
SELECT bingo_tune.create_ordering('o', 'SELECT f.id FROM f JOIN d ON f.d_id = d.id ORDER BY d.name, f.id', 20);
RESET ROLE;
ALTER TABLE f OWNER TO regress_owner;
-- All tables, not the first alone.
ALTER TABLE d OWNER TO CURRENT_USER;
SET ROLE regress_owner;
SELECT bingo_tune.create_ordering('o', 'SELECT f.id FROM f JOIN d ON f.d_id = d.id ORDER BY d.name, f.id', 20);
RESET ROLE;
ALTER TABLE d OWNER TO regress_owner;

-- A table in front of pg_catalog's, and operators, deceive nobody.
CREATE SCHEMA AUTHORIZATION regress_other;
SET ROLE regress_other;
CREATE TABLE regress_other.d (id int PRIMARY KEY, name text NOT NULL);
CREATE FUNCTION regress_other.nextval(regclass) RETURNS bigint LANGUAGE sql AS 'SELECT 1 / 0';
CREATE FUNCTION regress_other.less(int, int) RETURNS bool LANGUAGE sql AS 'SELECT 1 / 0 = 1';
CREATE OPERATOR regress_other.= (LEFTARG = int, RIGHTARG = int, FUNCTION = regress_other.less);
GRANT USAGE ON SCHEMA regress_other TO PUBLIC;
SET ROLE regress_member;
SET search_path = regress_other, pg_catalog, public;
SELECT bingo_tune.create_ordering('o', 'SELECT f.id FROM f JOIN public.d ON f.d_id OPERATOR(pg_catalog.=) d.id ORDER BY d.name, f.id', 20);
SELECT bingo_tune.create_ordering('p', 'SELECT f.id FROM f JOIN public.d ON f.d_id = d.id ORDER BY d.name, f.id', 20);
RESET search_path;
SELECT * FROM kept();
SELECT * FROM bingo_tune.verify_ordering('o');
SELECT bingo_tune.refresh_ordering('o');
SELECT relname, pg_get_userbyid(relowner) = current_user AS mine, has_table_privilege(oid, 'SELECT') AS readable
FROM pg_class WHERE relname IN ('window_1', 'gate_1', 'boundary_1', 'ordering', 'ordering_definition', 'ordering_invalidation') ORDER BY 1;
SELECT * FROM bingo_tune.window_1;

-- Others see that it is there, not what is in it, and can do nothing to it.
SET ROLE regress_other;
SELECT * FROM kept();
SELECT bingo_tune.refresh_ordering('o');
SELECT * FROM bingo_tune.verify_ordering('o');
SELECT bingo_tune.drop_ordering('o');
RESET ROLE;
GRANT SELECT ON f TO regress_other;
SET ROLE regress_other;
SELECT * FROM kept();
RESET ROLE;
GRANT SELECT ON d TO regress_other;
SET ROLE regress_other;
SELECT * FROM kept();
RESET ROLE;
REVOKE SELECT ON f, d FROM regress_other;
SET ROLE regress_other;
CREATE TABLE mine (id int PRIMARY KEY);
-- A trigger of theirs with our function does nothing.
CREATE TRIGGER x AFTER INSERT ON mine FOR EACH ROW EXECUTE FUNCTION bingo_tune.remember_change('1');
INSERT INTO mine VALUES (1);
CREATE TRIGGER y AFTER TRUNCATE ON mine FOR EACH STATEMENT EXECUTE FUNCTION bingo_tune.remember_truncate('1');
TRUNCATE mine;
SELECT * FROM kept();
SELECT bingo_tune.after_ddl();
RESET ROLE;

-- The fill reads as the ordering's owner: what he may not read makes it fail.
SET ROLE regress_owner;
REVOKE SELECT ON d FROM regress_member, regress_owner;
SELECT bingo_tune.refresh_ordering('o');
SELECT * FROM kept();
GRANT SELECT ON d TO regress_owner;
ALTER TABLE d ENABLE ROW LEVEL SECURITY;
CREATE POLICY some_rows ON d USING (id > 3);
SELECT bingo_tune.refresh_ordering('o');
ALTER TABLE d FORCE ROW LEVEL SECURITY;
SELECT bingo_tune.refresh_ordering('o');
ALTER TABLE d NO FORCE ROW LEVEL SECURITY;
SELECT bingo_tune.refresh_ordering('o');
SELECT * FROM kept();
SELECT * FROM bingo_tune.verify_ordering('o');
-- The owner of all tables may manage what a superuser has made of them.
SELECT bingo_tune.drop_ordering('o');
RESET ROLE;
SELECT bingo_tune.create_ordering('o', 'SELECT id FROM d ORDER BY name, id', 20);
SET ROLE regress_owner;
SELECT bingo_tune.refresh_ordering('o');
SELECT bingo_tune.drop_ordering('o');
SELECT * FROM kept();
RESET ROLE;

-- Who owns some of the tables may not.
SET ROLE regress_super;
SELECT bingo_tune.create_ordering('both', 'SELECT f.id FROM f JOIN d ON f.d_id = d.id ORDER BY d.name, f.id', 20);
ALTER TABLE d OWNER TO regress_other;
SET ROLE regress_other;
SELECT bingo_tune.refresh_ordering('both');
SELECT bingo_tune.drop_ordering('both');
SET ROLE regress_owner;
SELECT bingo_tune.refresh_ordering('both');
RESET ROLE;
SELECT bingo_tune.drop_ordering('both');
ALTER TABLE d OWNER TO regress_owner;

-- What a dump has brought belongs to the role that the dump names.
INSERT INTO bingo_tune.ordering_definition VALUES ('restored', 'SELECT f.id FROM public.f f ORDER BY f.id', 20, 'regress_owner');
SET ROLE regress_other;
SELECT bingo_tune.refresh_ordering('restored');
SELECT bingo_tune.drop_ordering('restored');
SET ROLE regress_member;
SELECT bingo_tune.refresh_ordering('restored');
SELECT * FROM kept();
SELECT bingo_tune.drop_ordering('restored');
RESET ROLE;

SET client_min_messages = warning;
DROP FUNCTION kept;
DROP SCHEMA regress_other CASCADE;
DROP TABLE d, f CASCADE;
DROP EXTENSION bingo_tune;
DROP EXTENSION pg_stat_statements;
DROP OWNED BY regress_other, regress_owner CASCADE;
DROP ROLE regress_owner, regress_member, regress_other, regress_super;
