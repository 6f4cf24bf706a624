-- A definition's owner: nobody finds that he can't be dropped because of an ordering.
SET bingo_tune.upkeep = off;
SET client_min_messages = warning;
CREATE EXTENSION bingo_tune CASCADE;
RESET client_min_messages;
CREATE ROLE regress_owner_1;
CREATE ROLE regress_owner_2;
CREATE ROLE regress_owner_3;
CREATE SCHEMA owned;
GRANT ALL ON SCHEMA owned TO regress_owner_1, regress_owner_2, regress_owner_3;
CREATE FUNCTION owner_of(ordering text) RETURNS text LANGUAGE sql AS
$$SELECT CASE WHEN srvowner = 10 THEN 'the extension''s' ELSE srvowner::regrole::text END FROM pg_foreign_server WHERE srvname = 'bingo_tune ordering ' || ordering$$;

SET ROLE regress_owner_1;
CREATE TABLE owned.parent (id int PRIMARY KEY, name text NOT NULL);
CREATE TABLE owned.child (id int PRIMARY KEY, parent_id int NOT NULL);
CREATE INDEX ON owned.child (parent_id);
INSERT INTO owned.parent SELECT i, 'p' || i FROM generate_series(1, 20) i;
INSERT INTO owned.child SELECT i, 1 + i % 20 FROM generate_series(1, 200) i;
SELECT bingo_tune.create_ordering('owned', 'SELECT c.id, p.name FROM owned.child c JOIN owned.parent p ON c.parent_id = p.id ORDER BY p.name, c.id', 50);
RESET ROLE;
SELECT owner_of('owned');

-- To one other, table by table; to two others.
ALTER TABLE owned.parent OWNER TO regress_owner_2;
SELECT owner_of('owned');
ALTER TABLE owned.child OWNER TO regress_owner_2;
SELECT owner_of('owned');
ALTER TABLE owned.parent OWNER TO regress_owner_1;
ALTER TABLE owned.child OWNER TO regress_owner_3;
SELECT owner_of('owned');
REVOKE ALL ON SCHEMA owned FROM regress_owner_2;
DROP ROLE regress_owner_2;

-- A member of both keeps it.
CREATE ROLE regress_owner_2 IN ROLE regress_owner_1, regress_owner_3;
SELECT bingo_tune.drop_ordering('owned');
GRANT USAGE ON SCHEMA owned TO regress_owner_2;
SET ROLE regress_owner_2;
SELECT bingo_tune.create_ordering('owned', 'SELECT c.id, p.name FROM owned.child c JOIN owned.parent p ON c.parent_id = p.id ORDER BY p.name, c.id', 50);
RESET ROLE;
ALTER TABLE owned.child ALTER id TYPE bigint;
SELECT owner_of('owned');
SELECT bingo_tune.drop_ordering('owned');
ALTER TABLE owned.parent OWNER TO regress_owner_3;
SET ROLE regress_owner_3;
SELECT bingo_tune.create_ordering('owned', 'SELECT c.id, p.name FROM owned.child c JOIN owned.parent p ON c.parent_id = p.id ORDER BY p.name, c.id', 50);
RESET ROLE;

-- The tables go, and come back as somebody else's.
DROP TABLE owned.child, owned.parent;
SELECT owner_of('owned');
SELECT option FROM pg_foreign_server, unnest(srvoptions) AS option WHERE srvname = 'bingo_tune ordering owned' AND option ~ '^role';
REVOKE ALL ON SCHEMA owned FROM regress_owner_3;
DROP ROLE regress_owner_3;
SET ROLE regress_owner_1;
CREATE TABLE owned.parent (id int PRIMARY KEY, name text NOT NULL);
CREATE TABLE owned.child (id int PRIMARY KEY, parent_id int NOT NULL);
CREATE INDEX ON owned.child (parent_id);
INSERT INTO owned.parent VALUES (1, 'p');
INSERT INTO owned.child VALUES (1, 1);
RESET ROLE;
SELECT bingo_tune.refresh_ordering('owned');
SELECT owner_of('owned');
SELECT c.id, name FROM owned.child c JOIN owned.parent p ON c.parent_id = p.id ORDER BY p.name, c.id;

SET client_min_messages = warning;
DROP EXTENSION pg_stat_statements CASCADE;
DROP SCHEMA owned CASCADE;
DROP FUNCTION owner_of(text);
DROP ROLE regress_owner_1, regress_owner_2;
