-- bingo_tune 1.1: what it adds to 1.0.  CREATE EXTENSION runs this script after that
-- of 1.0, ALTER EXTENSION bingo_tune UPDATE runs it alone.
\echo Use "ALTER EXTENSION bingo_tune UPDATE" to load this file. \quit

------------------------------------------------------------------------------
-- what people define, as pg_dump carries it
------------------------------------------------------------------------------

-- A definition is a foreign server of this wrapper: it has an owner, belongs to no
-- schema, is dumped and restored by whoever may dump and restore the rest of the
-- database, is never published, and DROP OWNED and REASSIGN OWNED know it.  Nothing is
-- read through it.  The server's TYPE says what is defined, its options are the words.
CREATE FOREIGN DATA WRAPPER bingo_tune;
GRANT USAGE ON FOREIGN DATA WRAPPER bingo_tune TO PUBLIC;

COMMENT ON FOREIGN DATA WRAPPER bingo_tune IS
'Its foreign servers are definitions that bingo_tune keeps: nothing is read through them. Made and removed by bingo_tune''s functions; DROP SERVER removes one as well.';

-- States of what is built belong to a wrapper of their own, which nobody may use but
-- its owner: everybody believes them.
CREATE FOREIGN DATA WRAPPER bingo_tune_window;

COMMENT ON FOREIGN DATA WRAPPER bingo_tune_window IS
'Its foreign servers are the states of orderings that are built in this database: nothing is read through them.';

------------------------------------------------------------------------------
-- orderings
------------------------------------------------------------------------------

-- 1.0's windows are not used any more; the definitions become servers, and upkeep or
-- refresh_ordering() builds them.
DROP EVENT TRIGGER bingo_tune_after_drop;
DROP EVENT TRIGGER bingo_tune_after_ddl;

CREATE FUNCTION bingo_tune.convert_definition(name pg_catalog.text, query pg_catalog.text,
	window_rows pg_catalog.int8, owner pg_catalog.text)
RETURNS pg_catalog.void
LANGUAGE C VOLATILE STRICT
AS 'MODULE_PATHNAME', 'bingo_tune_convert_definition';

DO LANGUAGE plpgsql $do$
DECLARE
	entry pg_catalog.record;
BEGIN
	FOR entry IN
		SELECT t.tgname, t.tgrelid::pg_catalog.regclass AS relation
		FROM pg_catalog.pg_trigger AS t
		WHERE t.tgfoid IN ('bingo_tune.remember_change()'::pg_catalog.regprocedure,
			'bingo_tune.remember_truncate()'::pg_catalog.regprocedure)
	LOOP
		EXECUTE pg_catalog.format('DROP TRIGGER %I ON %s', entry.tgname, entry.relation);
	END LOOP;
	PERFORM bingo_tune.convert_definition(d.name, d.query, d.window_rows, d.owner)
	FROM bingo_tune.ordering_definition AS d;
	FOR entry IN SELECT o.id FROM bingo_tune.ordering AS o
	LOOP
		EXECUTE pg_catalog.format('ALTER EXTENSION bingo_tune DROP TABLE bingo_tune.window_%1$s;
			ALTER EXTENSION bingo_tune DROP TABLE bingo_tune.gate_%1$s;
			ALTER EXTENSION bingo_tune DROP TABLE bingo_tune.boundary_%1$s;
			DROP TABLE bingo_tune.window_%1$s, bingo_tune.gate_%1$s, bingo_tune.boundary_%1$s', entry.id);
	END LOOP;
END
$do$;
DROP FUNCTION bingo_tune.convert_definition(pg_catalog.text, pg_catalog.text, pg_catalog.int8, pg_catalog.text);

DROP VIEW bingo_tune.orderings;
DROP FUNCTION bingo_tune.ordering_state();
ALTER EXTENSION bingo_tune DROP TABLE bingo_tune.ordering_definition;
DROP TABLE bingo_tune.ordering_definition, bingo_tune.ordering, bingo_tune.ordering_invalidation;

COMMENT ON SEQUENCE bingo_tune.ordering_id IS
'Numbers the orderings that are built in this database, for the library.';

-- The query of every window and boundary.  They are filled by the library alone; should
-- somebody say REFRESH MATERIALIZED VIEW nothing comes, and upkeep fills them again.
CREATE FUNCTION bingo_tune.no_rows()
RETURNS SETOF pg_catalog.record
LANGUAGE C VOLATILE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'bingo_tune_no_rows';

COMMENT ON FUNCTION bingo_tune.no_rows() IS
'Returns no row: the query of the materialized views in which orderings are kept, which the library fills. May be called by everybody.';

CREATE FUNCTION bingo_tune.ordering_states(
	OUT name pg_catalog.text,
	OUT query pg_catalog.text,
	OUT state pg_catalog.text,
	OUT reason pg_catalog.text,
	OUT invalid_since pg_catalog.timestamptz,
	OUT invalidations pg_catalog.text[],
	OUT tables pg_catalog.regclass[],
	OUT window_rows pg_catalog.int8,
	OUT kept_rows pg_catalog.int8,
	OUT bytes pg_catalog.int8,
	OUT boundary pg_catalog.text,
	OUT last_build pg_catalog.timestamptz,
	OUT last_build_ms pg_catalog.float8,
	OUT ordering_id pg_catalog.int4)
RETURNS SETOF pg_catalog.record
LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'bingo_tune_ordering_states';

COMMENT ON FUNCTION bingo_tune.ordering_states() IS
'The definition and the state of each ordering, for the view bingo_tune.orderings, which says what the columns mean. ordering_id is NULL while it is not built. Waits for nobody but a superuser who has locked a system catalog.
Errors: 55P03 after ten seconds of that.
May be called by everybody; boundary is shown to those who may select from all tables of the ordering and are under no policy of them.';

CREATE VIEW bingo_tune.orderings AS
SELECT s.name, s.query, s.state, s.reason, s.invalid_since, s.invalidations, s.tables, s.window_rows,
	s.kept_rows, s.bytes, s.boundary,
	counters.scans, counters.rows_served, counters.rows_behind, counters.changes,
	s.last_build, s.last_build_ms
FROM bingo_tune.ordering_states() AS s
LEFT JOIN bingo_tune.ordering_counters() AS counters ON counters.ordering_id OPERATOR(pg_catalog.=) s.ordering_id;
GRANT SELECT ON bingo_tune.orderings TO PUBLIC;

COMMENT ON VIEW bingo_tune.orderings IS
'One row for each ordering.
name, query: its definition; query has qualified names and follows renaming. state: valid, or invalid: then queries take the plain plan. reason: why it is invalid, or not built, else NULL; invalid_since: time of the first invalidation after the last fill; invalidations: time and reason of each.
tables: the driving table first. window_rows: rows asked for in create_ordering(); kept_rows: rows in the window now; bytes: of window, boundary and indexes; both NULL while somebody has locked them. boundary: sort keys of the last row kept, nothing, or everything (shown to those who may read all rows of the tables).
scans, rows_served, rows_behind, changes: executions, rows given from the window, rows given from the plan behind it, window rows written by changes of the tables; since the start of the server, NULL unless the library is in shared_preload_libraries.
last_build, last_build_ms: end of the last complete fill, and how long it took in milliseconds.
May be read by everybody.';

CREATE FUNCTION bingo_tune.before_ddl()
RETURNS pg_catalog.event_trigger
LANGUAGE C
AS 'MODULE_PATHNAME', 'bingo_tune_before_ddl';

COMMENT ON FUNCTION bingo_tune.before_ddl() IS
'Event trigger: lets the owner of a table, who is no superuser, disable and enable its triggers all at once although those of orderings are internal ones; and lets DROP EXTENSION bingo_tune lock all that it drops before it begins.';

-- Last: from here on DDL is looked at.  Event triggers and wrappers belong to a superuser;
-- if that is one whom somebody wants to drop, REASSIGN OWNED must not fail because of them.
CREATE EVENT TRIGGER bingo_tune_before_ddl ON ddl_command_start WHEN TAG IN ('ALTER TABLE', 'DROP EXTENSION')
	EXECUTE FUNCTION bingo_tune.before_ddl();
ALTER EVENT TRIGGER bingo_tune_before_ddl ENABLE ALWAYS;
CREATE EVENT TRIGGER bingo_tune_after_drop ON sql_drop EXECUTE FUNCTION bingo_tune.after_drop();
ALTER EVENT TRIGGER bingo_tune_after_drop ENABLE ALWAYS;
CREATE EVENT TRIGGER bingo_tune_after_ddl ON ddl_command_end EXECUTE FUNCTION bingo_tune.after_ddl();
ALTER EVENT TRIGGER bingo_tune_after_ddl ENABLE ALWAYS;
DO LANGUAGE plpgsql $do$
DECLARE
	first pg_catalog.text := pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(10));
	object pg_catalog.text;
BEGIN
	FOREACH object IN ARRAY ARRAY['EVENT TRIGGER bingo_tune_before_ddl', 'EVENT TRIGGER bingo_tune_after_drop',
		'EVENT TRIGGER bingo_tune_after_ddl', 'FOREIGN DATA WRAPPER bingo_tune',
		'FOREIGN DATA WRAPPER bingo_tune_window']
	LOOP
		EXECUTE pg_catalog.format('ALTER %s OWNER TO %s', object, first);
	END LOOP;
END
$do$;

------------------------------------------------------------------------------
-- timing
------------------------------------------------------------------------------

-- Operators and functions of views are looked up here and nowhere else.
SET LOCAL search_path = pg_catalog, pg_temp;

-- Text and I/O of statements, with no dependency on pg_stat_statements.

CREATE FUNCTION bingo_tune.statement_statistics(
	OUT userid pg_catalog.oid,
	OUT dbid pg_catalog.oid,
	OUT toplevel pg_catalog.bool,
	OUT queryid pg_catalog.int8,
	OUT query pg_catalog.text,
	OUT shared_blks_hit pg_catalog.int8,
	OUT shared_blks_read pg_catalog.int8,
	OUT shared_blks_dirtied pg_catalog.int8,
	OUT shared_blks_written pg_catalog.int8,
	OUT temp_blks_read pg_catalog.int8,
	OUT temp_blks_written pg_catalog.int8,
	OUT blk_read_time pg_catalog.float8,
	OUT blk_write_time pg_catalog.float8,
	OUT wal_bytes pg_catalog.numeric)
RETURNS SETOF pg_catalog.record
LANGUAGE C VOLATILE PARALLEL RESTRICTED
AS 'MODULE_PATHNAME', 'bingo_timing_statements';

COMMENT ON FUNCTION bingo_tune.statement_statistics() IS
'The rows of pg_stat_statements, in whatever schema and version that is: no object of ours depends on it, so it can be updated and moved. What its version does not have is NULL.
Texts of other databases that have another encoding are converted; what has no equivalent in this one''s is shown as \xHH, byte by byte, and no more than a megabyte of such a text.
It is called with the caller''s rights and shows what it shows him.
Errors: 55000 timing is not loaded, 42501 no right to execute pg_stat_statements'' function.';

-- Replaced, not dropped: views of users' on it stay.
CREATE OR REPLACE VIEW bingo_tune.query_timing AS
SELECT d.datname AS database, pg_catalog.pg_get_userbyid(t.userid) AS username,
	t.toplevel, t.queryid, s.query, t.action,
	t.calls,
	t.errors_timeout + t.errors_connection + t.errors_serialization + t.errors_other AS errors,
	t.errors_timeout, t.errors_connection, t.errors_serialization, t.errors_other,
	t.running, t.longest_running,
	t.rows, t.rps, t.rps_minute,
	t.total, t.mean, t.min, t.p50, t.p75, t.p90, t.p95, t.p99, t.p999, t.max,
	t.first_row_calls, t.first_row_total / NULLIF(t.first_row_calls, 0) AS first_row_mean,
	t.first_row_max,
	t.since, t.dbid, t.userid,
	s.shared_blks_hit, s.shared_blks_read, s.shared_blks_dirtied, s.shared_blks_written,
	s.temp_blks_read, s.temp_blks_written, s.blk_read_time, s.blk_write_time, s.wal_bytes
FROM bingo_tune.timing_queries(false) AS t
	LEFT JOIN bingo_tune.statement_statistics() AS s
		ON s.queryid = t.queryid AND s.userid = t.userid AND s.dbid = t.dbid AND s.toplevel = t.toplevel
	LEFT JOIN pg_catalog.pg_database AS d ON d.oid = t.dbid;

COMMENT ON COLUMN bingo_tune.query_timing.query IS 'text from pg_stat_statements, null if that has no row for it (a statement that always failed); of another database in another encoding: see statement_statistics()';

------------------------------------------------------------------------------
-- last, when everything is there: attach to tables that have data already
------------------------------------------------------------------------------

-- In CREATE EXTENSION; an update changes nothing in what somebody has applied or not.
CREATE FUNCTION bingo_tune.is_being_created()
RETURNS pg_catalog.bool
LANGUAGE C VOLATILE STRICT
AS 'MODULE_PATHNAME', 'bingo_tune_is_being_created';
SELECT a.* FROM (SELECT bingo_tune.is_being_created() AS now OFFSET 0) AS created
	CROSS JOIN LATERAL bingo_tune.apply() AS a WHERE created.now;
DROP FUNCTION bingo_tune.is_being_created();
