-- bingo_tune 1.0: what CREATE EXTENSION bingo_tune installs.
--
-- Every name is qualified and nothing is created "or replaced" or "if not
-- exists": an object planted before CREATE EXTENSION makes it fail instead of
-- being adopted.

\echo Use "CREATE EXTENSION bingo_tune" to load this file. \quit

-- Operators and functions of views are looked up here and nowhere else: the
-- schema of pg_stat_statements may be one where others create.
SET LOCAL search_path = pg_catalog, pg_temp;

-- Not "schema = bingo_tune" in the control file: that would accept a schema of
-- somebody else, who could add an apply() of his own to it later.
CREATE SCHEMA bingo_tune;

-- Looking is open to everybody: each function checks the rights of its caller.
GRANT USAGE ON SCHEMA bingo_tune TO PUBLIC;

------------------------------------------------------------------------------
-- attach: the application's tables, their indexes and the settings advice
------------------------------------------------------------------------------

CREATE FUNCTION bingo_tune.apply(
	schema pg_catalog.regnamespace DEFAULT NULL,
	OUT table_name pg_catalog.regclass,
	OUT index_name pg_catalog.regclass,
	OUT action pg_catalog.text,
	OUT serves pg_catalog.text)
RETURNS SETOF pg_catalog.record
LANGUAGE C VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'bingo_tune_apply';

COMMENT ON FUNCTION bingo_tune.apply(pg_catalog.regnamespace) IS
'Gives the tables sessions, customers and movies the indexes that the application''s SQL needs, in one transaction.
schema: where the tables are; by default public if it has all three, else the only schema that has.
Returns a row for each index: action is created (built now), adopted (built from index_commands(), now marked as made by apply()), kept (made before) or found (an equivalent index of yours, which revert() leaves alone); serves names the endpoints.
Waits, no longer than lock_timeout, for a SHARE ROW EXCLUSIVE lock on the three tables if an index is missing; writers wait while it builds. index_commands(true) is the form for a database in use.
Errors: 42P01 no such tables, 42P08 several schemas have them, 3F000 no such schema, 42703 a column is missing, 42804 a column has another type, 42809 not a plain table, 42501 the caller may not act as owner of the tables, 23505 an id is there twice, 25006 read-only.
May be called by whoever may act as the owner of the tables; no superuser is needed.';

CREATE FUNCTION bingo_tune.revert(
	OUT table_name pg_catalog.regclass,
	OUT index_name pg_catalog.text)
RETURNS SETOF pg_catalog.record
LANGUAGE C VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'bingo_tune_revert';

COMMENT ON FUNCTION bingo_tune.revert() IS
'Drops every index that apply() or index_commands() made, that is, every index that depends on the extension, and returns a row for each. DROP EXTENSION drops the same ones.
Errors: 42501 the caller may not act as owner of the tables, 2BP01 something else (a foreign key) depends on such an index, 25006 read-only.
May be called by whoever may act as the owner of the tables.';

CREATE FUNCTION bingo_tune.index_commands(
	concurrently pg_catalog.bool DEFAULT false,
	schema pg_catalog.regnamespace DEFAULT NULL)
RETURNS SETOF pg_catalog.text
LANGUAGE C STABLE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'bingo_tune_index_commands';

COMMENT ON FUNCTION bingo_tune.index_commands(pg_catalog.bool, pg_catalog.regnamespace) IS
'Returns the commands that apply() would run, one a row, for psql: SELECT bingo_tune.index_commands(concurrently => true) \gexec
concurrently: true for CREATE INDEX CONCURRENTLY, which does not make writers wait; false by default.
schema: as for apply().
An invalid index that a failed build left is dropped first. No row is returned for an index that is there. What these commands build is as if apply() had built it.
Errors: as apply(), and 55006 if another session is building one of the indexes.
May be called by whoever may act as the owner of the tables; changes nothing itself.';

CREATE FUNCTION bingo_tune.classify_indexes(
	OUT table_name pg_catalog.regclass,
	OUT index_name pg_catalog.regclass,
	OUT status pg_catalog.text,
	OUT reason pg_catalog.text)
RETURNS SETOF pg_catalog.record
LANGUAGE C STABLE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'bingo_tune_classify_indexes';

COMMENT ON FUNCTION bingo_tune.classify_indexes() IS
'What each index on the application''s tables is there for; use the view index_report, which explains the columns. May be called by everybody.';

CREATE VIEW bingo_tune.index_report AS
SELECT table_name, index_name, status, reason,
	pg_catalog.pg_relation_size(index_name) AS size,
	pg_catalog.pg_stat_get_numscans(index_name) AS scans
FROM bingo_tune.classify_indexes();

COMMENT ON VIEW bingo_tune.index_report IS
'Every index on the application''s tables, in every schema that has them, and every one that is missing. Nothing is ever dropped because of this report.';
COMMENT ON COLUMN bingo_tune.index_report.table_name IS 'sessions, customers or movies';
COMMENT ON COLUMN bingo_tune.index_report.index_name IS 'the index; null if it is missing';
COMMENT ON COLUMN bingo_tune.index_report.status IS
'made: by apply() or index_commands(); unclaimed: built from index_commands(), becomes "made" with apply(); used: an index of yours that serves in place of one of ours; redundant: an index of yours that another index in use makes superfluous; unneeded: one that no endpoint needs, though others may; other: one that enforces something; invalid: being built or left by a failed build; missing: apply() would build it';
COMMENT ON COLUMN bingo_tune.index_report.reason IS 'which endpoints it serves, which index covers it, or what it enforces';
COMMENT ON COLUMN bingo_tune.index_report.size IS 'bytes on disk';
COMMENT ON COLUMN bingo_tune.index_report.scans IS 'index scans since the statistics were reset';

GRANT SELECT ON bingo_tune.index_report TO PUBLIC;

------------------------------------------------------------------------------
-- orderings
------------------------------------------------------------------------------

-- What pg_dump carries: names only, since OIDs mean nothing elsewhere.
CREATE TABLE bingo_tune.ordering_definition (
	name pg_catalog.text COLLATE pg_catalog."C" PRIMARY KEY,
	query pg_catalog.text NOT NULL,
	window_rows pg_catalog.int8 NOT NULL,
	owner pg_catalog.text NOT NULL
);
SELECT pg_catalog.pg_extension_config_dump('bingo_tune.ordering_definition', '');

COMMENT ON TABLE bingo_tune.ordering_definition IS
'The definition of each ordering, with qualified names, as pg_dump carries it. Written by create_ordering(), drop_ordering() and DDL on the tables; see the view bingo_tune.orderings.';

-- An ordering that has been built in this database.  Its relations are
-- window_<id>, gate_<id> and boundary_<id>; boundary_<id> has the query as its
-- rule "definition", which makes the query follow every renaming and gives it
-- the dependencies that a view has.  Changed by C functions only: each change
-- of id, name, owner, window_rows, tables, storage or collations tells the
-- caches of all backends.
CREATE TABLE bingo_tune.ordering (
	id pg_catalog.int4 PRIMARY KEY,
	name pg_catalog.text COLLATE pg_catalog."C" NOT NULL UNIQUE,
	owner pg_catalog.oid NOT NULL,
	window_rows pg_catalog.int8 NOT NULL,
	tables pg_catalog.oid[] NOT NULL,		-- the tables, and
	storage pg_catalog.oid[] NOT NULL,		-- pg_class.relfilenode of each when the window was filled
	collations pg_catalog.text NOT NULL,	-- of the sort keys, with their versions then
	built_at pg_catalog.timestamptz,
	build_ms pg_catalog.float8
);
CREATE SEQUENCE bingo_tune.ordering_id AS pg_catalog.int4;

COMMENT ON TABLE bingo_tune.ordering IS
'The orderings that are built in this database, for the library; see the view bingo_tune.orderings.';

-- Whoever sees a row here does not read the window: see ordering_valid.c.
CREATE TABLE bingo_tune.ordering_invalidation (
	ordering_id pg_catalog.int4 NOT NULL,
	reason pg_catalog.text NOT NULL,
	at pg_catalog.timestamptz NOT NULL
);

COMMENT ON TABLE bingo_tune.ordering_invalidation IS
'Since when and why the window of an ordering may not be read; upkeep removes the rows when it has filled the window again. See the view bingo_tune.orderings.';

CREATE FUNCTION bingo_tune.remember_change()
RETURNS pg_catalog.trigger
LANGUAGE C
AS 'MODULE_PATHNAME', 'bingo_tune_remember_change';

COMMENT ON FUNCTION bingo_tune.remember_change() IS
'Row trigger on the tables of an ordering, made by create_ordering(): remembers which rows this transaction has changed, so that its commit can maintain the window.';

CREATE FUNCTION bingo_tune.remember_truncate()
RETURNS pg_catalog.trigger
LANGUAGE C
AS 'MODULE_PATHNAME', 'bingo_tune_remember_truncate';

COMMENT ON FUNCTION bingo_tune.remember_truncate() IS
'TRUNCATE trigger on the tables of an ordering, made by create_ordering().';

CREATE FUNCTION bingo_tune.create_ordering(
	name pg_catalog.text,
	query pg_catalog.text,
	window_rows pg_catalog.int8 DEFAULT 200000)
RETURNS pg_catalog.void
LANGUAGE C VOLATILE PARALLEL UNSAFE STRICT
AS 'MODULE_PATHNAME', 'bingo_tune_create_ordering';

COMMENT ON FUNCTION bingo_tune.create_ordering(pg_catalog.text, pg_catalog.text, pg_catalog.int8) IS
'Keeps the first window_rows rows of a query in its order, exact under every snapshot, so that the same query with any LIMIT is answered by reading them.
name: of the ordering, up to 63 bytes. query: SELECT plain columns FROM 1 to 8 plain tables joined on unique keys ORDER BY plain columns that end in a unique key of one of them; no WHERE, no LIMIT. window_rows: at least 1; the window is kept between half and double of it.
Locks the tables against writers until the end of the transaction, and fills the window (about 5 s for 200,000 rows of three tables).
Errors: 0A000 a part of the query is not supported (the message names it), 55000 an index is missing (the hint is the command), 42710 the name is taken, 42501 the caller does not own all the tables, 22023 a bad name or window_rows, 25006 read-only.
May be called by the owner of all the tables.';

CREATE FUNCTION bingo_tune.drop_ordering(name pg_catalog.text)
RETURNS pg_catalog.void
LANGUAGE C VOLATILE PARALLEL UNSAFE STRICT
AS 'MODULE_PATHNAME', 'bingo_tune_drop_ordering';

COMMENT ON FUNCTION bingo_tune.drop_ordering(pg_catalog.text) IS
'Drops an ordering: its window, its triggers and its definition. Waits for everybody who uses one of its tables.
Errors: 42704 no such ordering, 42501 the caller owns neither the ordering nor its tables, 25006 read-only.
May be called by the owner of the ordering and by the owner of all its tables.';

-- Reading through orderings.

CREATE FUNCTION bingo_tune.explain_ordering(
	query pg_catalog.text,
	OUT ordering pg_catalog.text,
	OUT served pg_catalog.bool,
	OUT reason pg_catalog.text)
RETURNS SETOF pg_catalog.record
LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'bingo_tune_explain_ordering';

COMMENT ON FUNCTION bingo_tune.explain_ordering(pg_catalog.text) IS
'Says for each ordering whether it would answer the query if it were run now in this session and, if not, why not.
query: the text of one SELECT; parameters are written $1, $2, ... and taken as unknown. It is planned, not executed, with the caller''s search_path and settings.
Returns a row for each ordering, sorted by nothing in particular: served is true if the plan reads its window now; else reason says what differs, for the part of the query that comes nearest, or what keeps the window from being read.
Errors: 22023 the text has no statement or several, 42809 not a SELECT, and what EXPLAIN of the query would raise, 42501 included.
May be called by everybody.';

CREATE FUNCTION bingo_tune.ordering_counters(
	OUT ordering_id pg_catalog.int4,
	OUT scans pg_catalog.int8,
	OUT rows_served pg_catalog.int8,
	OUT rows_behind pg_catalog.int8,
	OUT changes pg_catalog.int8)
RETURNS SETOF pg_catalog.record
LANGUAGE C VOLATILE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'bingo_tune_ordering_counters';

COMMENT ON FUNCTION bingo_tune.ordering_counters() IS
'How often each ordering of this database was used since the server''s start; the view orderings shows the same beside the orderings'' names.
scans: executions of a plan with the ordering; rows_served: rows given from the window; rows_behind: rows given from the plan behind it; changes: window rows written by transactions that changed the tables.
Returns no row unless the library is in shared_preload_libraries.
May be called by everybody.';

------------------------------------------------------------------------------
-- timing
------------------------------------------------------------------------------

------------------------------------------------------------------------------
-- output
------------------------------------------------------------------------------

CREATE FUNCTION bingo_tune.output_statistics(OUT answers bigint, OUT rows bigint)
RETURNS record LANGUAGE C STRICT VOLATILE PARALLEL SAFE
AS 'MODULE_PATHNAME', 'bingo_output_statistics';

COMMENT ON FUNCTION bingo_tune.output_statistics() IS
'Answers, and rows of them, that were sent to clients by the row encoder (setting bingo_tune.fast_output) since the server was started; of this session only if the library is not in shared_preload_libraries. Anybody may call it.';

------------------------------------------------------------------------------
-- last, when everything is there: attach to tables that have data already
------------------------------------------------------------------------------

SELECT * FROM bingo_tune.apply();
