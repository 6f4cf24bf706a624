-- Objects planted in front of PostgreSQL's own, before CREATE EXTENSION and after,
-- are never called; and a name, whatever is in it, stays a name in every command
-- that is generated.
-- Seen red, each alone: without the search_path of apply(), of check_endpoint() and
-- of the scope that orderings' commands run in; pg_stat_statements found by name
-- alone; a table's, a column's, a collation's name not quoted.
SET bingo_tune.upkeep = off;
SET client_min_messages = warning;
CREATE ROLE regress_planter;
CREATE SCHEMA planted AUTHORIZATION regress_planter;
CREATE EXTENSION pg_stat_statements WITH SCHEMA planted;
GRANT CREATE ON SCHEMA public TO regress_planter;
RESET client_min_messages;

-- 1. Functions, operators, types, tables and views with the names that the
-- extension uses, in a schema before pg_catalog, in public and in pg_temp.
SET ROLE regress_planter;
CREATE TABLE planted.caught (what text);
GRANT USAGE ON SCHEMA planted TO PUBLIC;
GRANT INSERT ON planted.caught TO PUBLIC;
-- What pg_catalog has, every function of a few arguments and every operator that
-- a script or a generated command may use, does in these schemas something else.
CREATE FUNCTION planted.note(what text) RETURNS text LANGUAGE sql AS 'INSERT INTO planted.caught VALUES (what) RETURNING what';
DO $do$
DECLARE
	target text;
	entry record;
	body text;
BEGIN
	FOREACH target IN ARRAY ARRAY['planted', 'public'] LOOP
		FOR entry IN
			SELECT p.proname, pg_get_function_identity_arguments(p.oid) AS arguments, p.prorettype::regtype AS result
			FROM pg_catalog.pg_proc p
			WHERE p.pronamespace = 'pg_catalog'::regnamespace AND p.prokind = 'f' AND NOT p.proretset AND p.provariadic = 0
				AND p.prorettype <> 'internal'::regtype AND p.prorettype <> 'trigger'::regtype
				AND NOT p.proargtypes::oid[] && ARRAY['internal'::regtype, 'cstring'::regtype]::oid[]
				AND p.proargmodes IS NULL
				AND p.proname IN ('format', 'quote_ident', 'quote_literal', 'quote_nullable', 'nextval', 'now', 'concat_ws', 'row_number',
					'pg_relation_size', 'pg_table_size', 'pg_stat_get_numscans', 'current_setting', 'pg_size_bytes', 'floor', 'ceil',
					'round', 'trim_scale', 'pg_get_userbyid', 'clock_timestamp', 'current_database', 'statement_timestamp',
					'int8', 'int4', 'text', 'upper', 'lower', 'abs', 'power', 'left', 'record_image_ne', 'num_nonnulls', 'pg_backend_pid',
					'btrim', 'string_to_array', 'array_length', 'pg_is_in_recovery', 'pg_get_viewdef', 'regclassin', 'to_regclass')
				AND p.prorettype::regtype::text !~ '^any' AND NOT EXISTS (
					SELECT FROM unnest(p.proargtypes::oid[]) t WHERE t::regtype::text ~ '^any|record')
		LOOP
			EXECUTE format('CREATE FUNCTION %I.%I(%s) RETURNS %s LANGUAGE plpgsql AS %L', target, entry.proname, entry.arguments, entry.result,
				format('BEGIN PERFORM planted.note(%L); RETURN NULL; END', entry.proname || '()'));
		END LOOP;
		FOR entry IN
			SELECT o.oprname, o.oprleft::regtype AS l, o.oprright::regtype AS r, o.oprresult::regtype AS result
			FROM pg_catalog.pg_operator o
			WHERE o.oprnamespace = 'pg_catalog'::regnamespace AND o.oprname IN ('=', '<>', '<', '>', '<=', '>=', '+', '-', '*', '/', '||', '~', '!~', '^')
				AND o.oprleft::regtype::text IN ('text', 'integer', 'bigint', 'oid', 'name', 'double precision', 'numeric', 'boolean', '"char"', 'smallint', 'date', 'timestamp without time zone')
				AND o.oprright::regtype::text IN ('text', 'integer', 'bigint', 'oid', 'name', 'double precision', 'numeric', 'boolean', '"char"', 'smallint', 'date', 'timestamp without time zone')
		LOOP
			body := md5(entry.oprname || entry.l || entry.r);
			EXECUTE format('CREATE FUNCTION %I.%I(a %s, b %s) RETURNS %s LANGUAGE plpgsql AS %L', target, 'o' || body, entry.l, entry.r, entry.result,
				format('BEGIN PERFORM planted.note(%L); RETURN NULL; END', 'operator ' || entry.oprname));
			EXECUTE format('CREATE OPERATOR %I.%s (LEFTARG = %s, RIGHTARG = %s, FUNCTION = %I.%I)', target, entry.oprname, entry.l, entry.r, target, 'o' || body);
		END LOOP;
		-- Tables, views and types that a name without schema would find.
		EXECUTE format('CREATE VIEW %I.pg_class AS SELECT planted.note(''pg_class'') AS oid, NULL::name AS relname', target);
		EXECUTE format('CREATE VIEW %I.pg_settings AS SELECT planted.note(''pg_settings'') AS x, NULL::text AS name, NULL::text AS setting', target);
		EXECUTE format('CREATE VIEW %I.pg_database AS SELECT planted.note(''pg_database'') AS x, 1::oid AS oid, NULL::name AS datname', target);
		EXECUTE format('CREATE VIEW %I.orderings AS SELECT planted.note(''orderings'') AS x, NULL::text AS name, now() AS last_build', target);
		EXECUTE format('CREATE TABLE %I.window_1 (c1 int)', target);
		EXECUTE format('CREATE VIEW %I.base_rows AS SELECT planted.note(''base_rows'') AS c1', target);
		EXECUTE format('CREATE VIEW %I.kept_rows AS SELECT planted.note(''kept_rows'') AS c1', target);
		EXECUTE format('CREATE FUNCTION %I.no_rows() RETURNS SETOF record LANGUAGE sql AS %L', target, 'SELECT planted.note(''no_rows'')');
		EXECUTE format('CREATE FUNCTION %I.aclexplode(aclitem[]) RETURNS SETOF record LANGUAGE sql AS %L', target, 'SELECT planted.note(''aclexplode'')');
		EXECUTE format('CREATE DOMAIN %I.int8 AS pg_catalog.text CHECK (false)', target);
		EXECUTE format('CREATE DOMAIN %I.text AS pg_catalog.int4 CHECK (false)', target);
		EXECUTE format('CREATE FUNCTION %I.pg_stat_statements(int) RETURNS SETOF record LANGUAGE sql AS %L', target, 'SELECT planted.note(''pg_stat_statements'')');
	END LOOP;
END
$do$;
SELECT count(*) > 150 AS operators FROM pg_operator WHERE oprnamespace = 'planted'::regnamespace;
SELECT count(*) > 30 AS functions FROM pg_proc WHERE pronamespace = 'planted'::regnamespace AND proname !~ '^o';
RESET ROLE;

CREATE SCHEMA app AUTHORIZATION regress_planter;
CREATE TABLE app.movies (id int NOT NULL, name text NOT NULL, year int NOT NULL, duration int NOT NULL);
CREATE TABLE app.customers (id int NOT NULL, name text NOT NULL, surname text NOT NULL, birthday date NOT NULL, email text NOT NULL);
CREATE TABLE app.sessions (id bigint NOT NULL, start_time timestamp NOT NULL, customer_id int NOT NULL, movie_id int NOT NULL);
INSERT INTO app.movies SELECT i, 'm' || i, 2000 + i % 20, 90 FROM generate_series(1, 50) i;
INSERT INTO app.customers SELECT i, 'n' || i, 's' || i, '2000-01-01', '' FROM generate_series(1, 50) i;
INSERT INTO app.sessions SELECT i, '2020-01-01', 1 + i % 50, 1 + i % 50 FROM generate_series(1, 200) i;
CREATE TEMP TABLE pg_class (oid int);
CREATE TEMP TABLE orderings (last_build int);
CREATE TEMP TABLE base_rows (c1 int);
CREATE TEMP TABLE kept_rows (c1 int);
SET search_path = planted, public, pg_catalog, app;
CREATE EXTENSION bingo_tune;
TABLE bingo_tune.index_report \g /dev/null
TABLE bingo_tune.settings_advice \g /dev/null
SELECT bingo_tune.index_commands(true);
SELECT bingo_tune.revert() \g /dev/null
SELECT bingo_tune.index_commands(false) \g /dev/null
SELECT bingo_tune.apply() \g /dev/null
SELECT bingo_tune.create_ordering('o', 'SELECT s.id, m.name FROM app.sessions s JOIN app.movies m ON s.movie_id OPERATOR(pg_catalog.=) m.id ORDER BY m.name, s.id');
TABLE bingo_tune.orderings \g /dev/null
SELECT bingo_tune.explain_ordering('SELECT s.id, m.name FROM app.sessions s JOIN app.movies m ON s.movie_id OPERATOR(pg_catalog.=) m.id ORDER BY m.name, s.id LIMIT 5');
SELECT s.id, m.name FROM app.sessions s JOIN app.movies m ON s.movie_id OPERATOR(pg_catalog.=) m.id ORDER BY m.name, s.id LIMIT 2;
INSERT INTO app.sessions VALUES (1000, '2021-01-01', 1, 1);
UPDATE app.movies SET year = 2030, name = 'a';
DELETE FROM app.customers;
BEGIN;
LOCK TABLE app.movies;
SELECT bingo_tune.refresh_ordering('o');
COMMIT;
SELECT bingo_tune.refresh_ordering('api_session');
SELECT bingo_tune.verify_ordering('o');
TRUNCATE app.sessions;
ALTER TABLE app.movies RENAME name TO title;
ALTER TABLE app.movies RENAME title TO name;
SELECT bingo_tune.drop_ordering('o');
SELECT bingo_tune.statement_action('SELECT 1 FROM film WHERE id = 1');
INSERT INTO bingo_tune.endpoints (endpoint, example) VALUES ('GET /film', 'SELECT 1 FROM film WHERE id = 1');
INSERT INTO bingo_tune.endpoint_targets (endpoint, within) VALUES ('GET /film', 1);
UPDATE bingo_tune.endpoint_targets SET within = 2;
TABLE bingo_tune.query_timing \g /dev/null
TABLE bingo_tune.query_histogram \g /dev/null
TABLE bingo_tune.endpoint_timing \g /dev/null
TABLE bingo_tune.endpoint_service_level \g /dev/null
TABLE bingo_tune.timing_status \g /dev/null
SELECT bingo_tune.difference(bingo_tune.snapshot(), bingo_tune.snapshot()) \g /dev/null
SELECT bingo_tune.monitoring_bounds() \g /dev/null
SELECT bingo_tune.reset_timing() \g /dev/null
SELECT bingo_tune.revert() \g /dev/null
DROP EXTENSION bingo_tune;
RESET search_path;
SELECT DISTINCT what FROM planted.caught ORDER BY 1;
DROP TABLE pg_temp.pg_class, pg_temp.orderings, pg_temp.base_rows, pg_temp.kept_rows;
-- ... and the trap catches.
SET search_path = planted, pg_catalog;
SELECT 1 + 1, now();
RESET search_path;
SELECT DISTINCT what FROM planted.caught ORDER BY 1;
SET client_min_messages = warning;
DROP SCHEMA app CASCADE;
DROP EXTENSION pg_stat_statements;
DROP OWNED BY regress_planter CASCADE;
RESET client_min_messages;

-- 2. Names.  Had one of them ended a quotation, a marker would be gone.
SET client_min_messages = warning;
CREATE EXTENSION pg_stat_statements;
CREATE TABLE marker ();
SELECT 'a";DROP TABLE marker;--''$$\' || E'\n' || '%s%1$s{}' AS short,
	'x'');DROP TABLE public.marker;SELECT (''$a$' || repeat('é', 10) AS long \gset
SELECT octet_length(:'long') AS octets;
CREATE SCHEMA :"short";
SET search_path = :"short";
CREATE TYPE :"long" AS ENUM ('a', 'b''"\');
CREATE COLLATION :"long" FROM "C";
CREATE TABLE movies (id int NOT NULL, name text NOT NULL, year int NOT NULL, duration int NOT NULL);
CREATE TABLE customers (id int NOT NULL, name text NOT NULL, surname text NOT NULL, birthday date NOT NULL, email text NOT NULL);
CREATE TABLE sessions (id bigint NOT NULL, start_time timestamp NOT NULL, customer_id int NOT NULL, movie_id int NOT NULL);
CREATE INDEX :"long" ON sessions (start_time);
CREATE UNIQUE INDEX :"short" ON sessions (id);
CREATE INDEX bingo_movies_id ON customers (email);
RESET search_path;
CREATE EXTENSION bingo_tune;
SELECT status, count(*) FROM bingo_tune.index_report GROUP BY 1 ORDER BY 1;
SELECT action, count(*) FROM bingo_tune.apply(quote_ident(:'short')::regnamespace) GROUP BY 1 ORDER BY 1;
SELECT count(*) FROM bingo_tune.revert();
-- From 19 on strings are standard ones only.
DO $$ BEGIN
	SET standard_conforming_strings = off;
	SET escape_string_warning = off;
EXCEPTION WHEN undefined_object OR invalid_parameter_value OR feature_not_supported THEN
END $$;
SELECT bingo_tune.index_commands(true) \gexec
SELECT action, count(*) FROM bingo_tune.apply() GROUP BY 1 ORDER BY 1;
RESET standard_conforming_strings;
SELECT count(*) FROM bingo_tune.revert();
INSERT INTO :"short".movies SELECT 1, '', 1, 1 FROM generate_series(1, 2);
SELECT bingo_tune.apply();

-- An ordering of tables, columns, types and collations with such names.
CREATE SCHEMA :"long";
CREATE TABLE :"long".:"long" (:"short" :"short".:"long" NOT NULL, :"long" int PRIMARY KEY, "c""" text COLLATE :"short".:"long");
CREATE TABLE :"long".:"short" (:"long" int PRIMARY KEY, :"short" int);
CREATE INDEX ON :"long".:"short" (:"short");
INSERT INTO :"long".:"long" SELECT 'b''"\', i, '\' FROM generate_series(1, 9) i;
INSERT INTO :"long".:"short" SELECT i, 1 + i % 9 FROM generate_series(1, 30) i;
\set template 'SELECT b.@l, a.@s, a."c""" FROM @l.@s b JOIN @l.@l a ON b.@s = a.@l ORDER BY a."c""", a.@s DESC, b.@l'
SELECT replace(replace(:'template', '@s', quote_ident(:'short')), '@l', quote_ident(:'long')) AS query \gset
SELECT bingo_tune.create_ordering(:'long', :'query', 10);
SELECT bingo_tune.create_ordering(:'long', :'query', 10);
SELECT bingo_tune.create_ordering(:'short', :'query', 10);
SELECT name IN (:'long', :'short') AS named, query = max(query) OVER () AS same, state FROM bingo_tune.orderings;
SELECT ordering IN (:'long', :'short') AS named, served FROM bingo_tune.explain_ordering(:'query' || ' LIMIT 3') ORDER BY served;
SELECT bingo_tune.refresh_ordering(:'long');
SELECT * FROM bingo_tune.verify_ordering(:'long');
INSERT INTO :"long".:"short" VALUES (0, 1);
UPDATE :"long".:"long" SET "c""" = '''' WHERE :"long" = 3;
ALTER TABLE :"long".:"short" RENAME :"short" TO "\""$$";
ALTER TABLE :"long".:"short" RENAME TO "'\""$$;";
SELECT * FROM bingo_tune.verify_ordering(:'long');
SELECT * FROM bingo_tune.verify_ordering(:'short');
-- What a dump carries builds it again.
SELECT format('CREATE SERVER %I TYPE %L FOREIGN DATA WRAPPER bingo_tune OPTIONS (%s)', srvname, srvtype,
	string_agg(format('%I %L', option_name, option_value), ', ')) AS dumped
FROM pg_foreign_server, pg_options_to_table(srvoptions) WHERE srvtype = 'ordering' AND srvoptions @> ARRAY['name=' || :'long'] GROUP BY oid \gset
SELECT bingo_tune.drop_ordering(:'long');
SELECT bingo_tune.drop_ordering(:'long');
:dumped;
SELECT bingo_tune.refresh_ordering(:'long');
SELECT * FROM bingo_tune.verify_ordering(:'long');
SELECT bingo_tune.drop_ordering(:'long'), bingo_tune.drop_ordering(:'short');
INSERT INTO bingo_tune.endpoints (endpoint, example) VALUES (:'short', 'SELECT 1 FROM ' || quote_ident(:'long') || ' WHERE ' || quote_ident(:'short') || ' = 1');
SELECT count(*) FROM bingo_tune.endpoint_timing WHERE endpoint = :'short';
SELECT count(*) FROM marker;

DROP SCHEMA :"short", :"long" CASCADE;
DROP EXTENSION bingo_tune;
DROP EXTENSION pg_stat_statements;
DROP TABLE marker;
DROP ROLE regress_planter;
