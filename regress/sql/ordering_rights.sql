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
FROM pg_class WHERE relname IN ('window_1', 'boundary_1') ORDER BY 1;
SELECT * FROM bingo_tune.window_1;
SELECT srvtype, pg_get_userbyid(srvowner) = 'regress_owner' AS owners FROM pg_foreign_server ORDER BY 1;
-- A superuser may read it, but there is nothing to read.
RESET ROLE;
SELECT * FROM bingo_tune.window_1;
SELECT * FROM bingo_tune.boundary_1;

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
SELECT tgargs AS args, split_part(encode(tgargs, 'escape'), '\000', 2) AS window FROM pg_trigger WHERE tgrelid = 'f'::regclass AND tgname LIKE 'bingo%' LIMIT 1 \gset
CREATE TRIGGER x AFTER INSERT ON mine FOR EACH ROW EXECUTE FUNCTION bingo_tune.remember_change(1, :'window');
INSERT INTO mine VALUES (1);
CREATE TRIGGER y AFTER TRUNCATE ON mine FOR EACH STATEMENT EXECUTE FUNCTION bingo_tune.remember_truncate(1, :'window');
TRUNCATE mine;
SELECT tgargs = :'args' AS alike FROM pg_trigger WHERE tgrelid = 'mine'::regclass;
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
ALTER TABLE d NO FORCE ROW LEVEL SECURITY, DISABLE ROW LEVEL SECURITY;
ALTER TABLE d OWNER TO regress_other;
CREATE ROLE regress_both IN ROLE regress_owner, regress_other;
SET ROLE regress_both;
SELECT bingo_tune.create_ordering('both', 'SELECT f.id FROM f JOIN d ON f.d_id = d.id ORDER BY d.name, f.id', 20);
SELECT * FROM kept();
SET ROLE regress_other;
SELECT bingo_tune.refresh_ordering('both');
SELECT bingo_tune.drop_ordering('both');
SET ROLE regress_owner;
SELECT bingo_tune.refresh_ordering('both');
RESET ROLE;
SELECT bingo_tune.drop_ordering('both');
DROP ROLE regress_both;
-- An ordering's owner whose table becomes another's reads no more of it than he may; if
-- all become another's, so does the ordering.
ALTER TABLE d OWNER TO regress_owner;
SELECT bingo_tune.create_ordering('given', 'SELECT f.id FROM f JOIN d ON f.d_id = d.id ORDER BY d.name, f.id', 20);
ALTER TABLE d OWNER TO regress_other;
REVOKE ALL ON d FROM regress_owner;
SET ROLE regress_other;
SELECT bingo_tune.refresh_ordering('given');
SELECT bingo_tune.drop_ordering('given');
SET ROLE regress_owner;
SELECT bingo_tune.refresh_ordering('given');
\set VERBOSITY terse
SELECT * FROM bingo_tune.verify_ordering('given');
\set VERBOSITY default
SELECT * FROM kept();
RESET ROLE;
ALTER TABLE f OWNER TO regress_other;
SET ROLE regress_owner;
SELECT bingo_tune.refresh_ordering('given');
SET ROLE regress_other;
SELECT bingo_tune.refresh_ordering('given');
SELECT * FROM kept();
SELECT bingo_tune.drop_ordering('given');
RESET ROLE;
ALTER TABLE d OWNER TO regress_owner;
ALTER TABLE f OWNER TO regress_owner;

-- What a dump has brought belongs to the role that the dump names; who could not have
-- made the ordering himself gets nothing by the definition.
CREATE SERVER "bingo_tune ordering restored" TYPE 'ordering' FOREIGN DATA WRAPPER bingo_tune
	OPTIONS (name 'restored', query 'SELECT f.id FROM public.f f ORDER BY f.id', window_rows '20');
ALTER SERVER "bingo_tune ordering restored" OWNER TO regress_owner;
SET ROLE regress_other;
SELECT bingo_tune.refresh_ordering('restored');
SELECT bingo_tune.drop_ordering('restored');
CREATE SERVER "bingo_tune ordering planted" TYPE 'ordering' FOREIGN DATA WRAPPER bingo_tune
	OPTIONS (name 'planted', query 'SELECT f.id FROM public.f f ORDER BY f.id', window_rows '20');
SELECT bingo_tune.refresh_ordering('planted');
SELECT name, state, reason, kept_rows, boundary FROM bingo_tune.orderings ORDER BY name;
DROP SERVER "bingo_tune ordering planted";
CREATE SERVER "bingo_tune_window window restored" TYPE 'window' FOREIGN DATA WRAPPER bingo_tune_window;
SET ROLE regress_member;
SELECT bingo_tune.refresh_ordering('restored');
SELECT * FROM kept();
-- Nor does a second definition of the same name make an ordering his.
SET ROLE regress_other;
CREATE SERVER "a" TYPE 'ordering' FOREIGN DATA WRAPPER bingo_tune
	OPTIONS (name 'restored', query 'SELECT mine.id FROM public.mine ORDER BY mine.id', window_rows '20');
SELECT bingo_tune.refresh_ordering('restored');
SELECT * FROM bingo_tune.verify_ordering('restored');
SELECT bingo_tune.drop_ordering('restored');
SELECT name, state, query FROM bingo_tune.orderings ORDER BY name;
DROP SERVER "a";
SELECT * FROM kept();
SET ROLE regress_member;
SELECT bingo_tune.drop_ordering('restored');

-- What is written by hand counts as create_ordering() would have let it pass.
CREATE SERVER by_hand TYPE 'ordering' FOREIGN DATA WRAPPER bingo_tune
	OPTIONS (name 'by_hand', query 'SELECT f.id FROM public.f f ORDER BY f.id', window_rows '0');
SELECT window_rows FROM bingo_tune.orderings;
ALTER SERVER by_hand OPTIONS (SET window_rows '-99999999999999999999');
SELECT window_rows FROM bingo_tune.orderings;
ALTER SERVER by_hand OPTIONS (SET window_rows '99999999999999999999');
SELECT window_rows FROM bingo_tune.orderings;
ALTER SERVER by_hand OPTIONS (SET window_rows 'all');
SELECT window_rows FROM bingo_tune.orderings;
ALTER SERVER by_hand OPTIONS (DROP window_rows);
SELECT window_rows FROM bingo_tune.orderings;
DROP SERVER by_hand;
RESET ROLE;

SET client_min_messages = warning;
DROP FUNCTION kept;
DROP SCHEMA regress_other CASCADE;
DROP TABLE d, f CASCADE;
DROP EXTENSION bingo_tune;
DROP EXTENSION pg_stat_statements;
DROP OWNED BY regress_other, regress_owner CASCADE;
DROP ROLE regress_owner, regress_member, regress_other, regress_super;
