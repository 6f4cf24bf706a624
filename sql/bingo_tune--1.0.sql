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
'Gives the tables sessions, customers and movies the indexes that the application''s SQL needs and creates the orderings api_session, api_customer and api_movie for GET /api/session, /api/customer and /api/movie (see bingo_tune.orderings), in one transaction.
schema: where the tables are; by default public if it has all three, else the only schema that has.
Returns a row for each index, and one without an index for each ordering: action is created (built now), adopted (built from index_commands(), now marked as made by apply()), kept (made before) or found (an equivalent index of yours, which revert() leaves alone); serves names the endpoints.
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
'Drops the orderings api_session, api_customer and api_movie and every index that apply() or index_commands() made, that is, every index that depends on the extension, and returns a row for each. DROP EXTENSION drops the same ones.
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
'made: by apply() or index_commands(); unclaimed: built from index_commands(), becomes "made" with apply(); used: an index of yours that serves in place of one of ours; redundant: an index of yours that another index in use makes superfluous; unneeded: one that no endpoint needs, though others may; other: one that enforces something, or that may serve until apply() has built what is missing; invalid: being built or left by a failed build; missing: apply() would build it';
COMMENT ON COLUMN bingo_tune.index_report.reason IS 'which endpoints it serves, which index covers it, what it enforces, or what it waits for';
COMMENT ON COLUMN bingo_tune.index_report.size IS 'bytes on disk';
COMMENT ON COLUMN bingo_tune.index_report.scans IS 'index scans since the statistics were reset';

GRANT SELECT ON bingo_tune.index_report TO PUBLIC;

CREATE FUNCTION bingo_tune.machine(
	OUT memory pg_catalog.int8,
	OUT memory_source pg_catalog.text,
	OUT cores pg_catalog.int4,
	OUT cores_source pg_catalog.text)
RETURNS pg_catalog.record
LANGUAGE C STABLE PARALLEL SAFE
AS 'MODULE_PATHNAME', 'bingo_tune_machine';

COMMENT ON FUNCTION bingo_tune.machine() IS
'The memory in bytes and the cores that this server may use, and where each is read: the smallest of /proc/meminfo, the affinity mask and the limits of the control groups above the server. Memory is null where Linux''s files are absent. May be called by everybody.';

-- For tests: the same, read below another root folder.
CREATE FUNCTION bingo_tune.machine(
	root pg_catalog.text,
	OUT memory pg_catalog.int8,
	OUT memory_source pg_catalog.text,
	OUT cores pg_catalog.int4,
	OUT cores_source pg_catalog.text)
RETURNS pg_catalog.record
LANGUAGE C STABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'bingo_tune_machine';

REVOKE EXECUTE ON FUNCTION bingo_tune.machine(pg_catalog.text) FROM PUBLIC;

COMMENT ON FUNCTION bingo_tune.machine(pg_catalog.text) IS
'machine() for the files below another root folder. May be called by superusers.';

-- What the rules of settings_advice look at; all sizes in bytes.
--   tables    the three tables with their indexes
--   answers   what the two great answers read: customers with its indexes,
--             movies with its own, and of sessions' index by movie the share
--             of the 100,000 rows that are asked for
CREATE FUNCTION bingo_tune.data_sizes(OUT tables pg_catalog.int8, OUT answers pg_catalog.int8)
RETURNS pg_catalog.record
LANGUAGE SQL STABLE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
	SELECT coalesce(sum(pg_table_size(t.table_name) + t.index_size), 0)::int8,
		coalesce(sum(CASE WHEN c.relname = 'sessions'
						  THEN t.longest_index * least(1, 100000 / greatest(c.reltuples, 1))
						  ELSE pg_table_size(t.table_name) + t.index_size END), 0)::int8
	FROM (SELECT r.table_name, coalesce(sum(r.size), 0) AS index_size,
				coalesce(max(r.size), 0) AS longest_index
		FROM bingo_tune.index_report AS r GROUP BY r.table_name) AS t
		JOIN pg_class AS c ON c.oid = t.table_name;
END;

COMMENT ON FUNCTION bingo_tune.data_sizes() IS
'Bytes of the application''s tables with their indexes, and of that part which its two greatest answers read. May be called by everybody.';

-- The rules, one row a setting; settings_advice adds what the server has.
-- Each was measured with bench/settings.sh, and a setting that brought nothing
-- there is advised nothing here.  A rule gets its facts as arguments, so that
-- it can be tried for another machine.
CREATE FUNCTION bingo_tune.advise_settings(
	memory pg_catalog.int8,
	cores pg_catalog.int4,
	answers pg_catalog.int8,
	tables pg_catalog.int8,
	OUT name pg_catalog.text,
	OUT unit pg_catalog.text,
	OUT advised pg_catalog.text,
	OUT reason pg_catalog.text)
RETURNS SETOF pg_catalog.record
LANGUAGE SQL STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
	WITH facts AS (
		SELECT ceil(answers / 1048576.0)::int8 AS answers_mb,
			ceil(tables / 1048576.0)::int8 AS tables_mb,
			floor(memory / 1048576.0)::int8 AS memory_mb,
			pg_size_bytes(current_setting('shared_buffers')) / 1048576 AS buffers_mb,
			-- What the dearest plan with indexes costs at 5,000,000 sessions.
			current_setting('jit')::bool AND
				current_setting('jit_above_cost')::float8 BETWEEN 0 AND 57000 AS compiles
	), needs AS (
		-- A quarter more than the answers read, in steps of 64 MB, but not more
		-- than a quarter of the memory.
		SELECT *, least(ceil(answers_mb * 1.25 / 64)::int8 * 64, memory_mb / 4) AS need_mb
		FROM facts
	)
	SELECT 'shared_buffers'::text, 'MB'::text,
		CASE WHEN buffers_mb < need_mb THEN need_mb::text END,
		CASE WHEN answers_mb = 0 THEN 'no advice before the tables are there'
			WHEN buffers_mb < need_mb
			THEN format('GET /api/session and GET /api/customer read %s MB of the tables'' %s MB; a quarter more, but at most a quarter of the memory (%s), keeps that in shared_buffers; with a tenth of it GET /api/session takes twice as long',
				answers_mb, tables_mb, coalesce(memory_mb || ' MB', 'unknown'))
			WHEN buffers_mb < answers_mb * 1.25
			THEN format('GET /api/session and GET /api/customer read %s MB of the tables'' %s MB, more than a quarter of the memory (%s MB)', answers_mb, tables_mb, memory_mb)
			ELSE format('no gain measured above a quarter more than the %s MB of the tables'' %s MB that GET /api/session and GET /api/customer read', answers_mb, tables_mb) END
	FROM needs
	UNION ALL
	SELECT 'jit', '', CASE WHEN compiles THEN 'off' END,
		CASE WHEN compiles
			THEN format('jit_above_cost is %s and the application''s plans with indexes cost up to 57000; compiled, a single-row GET takes 15 ms instead of 0.3 ms', current_setting('jit_above_cost'))
			ELSE 'no gain measured between on and off: with the indexes no plan of the application costs more than 57000, and jit_above_cost is 100000 by default' END
	FROM facts
	UNION ALL
	SELECT 'max_parallel_workers_per_gather', '', NULL,
		format('no gain measured between 0 and 2 on 2 cores; this server has %s', coalesce(cores::text, 'an unknown number'))
	UNION ALL
	VALUES
		('work_mem', 'MB', NULL,
			'no gain measured between 4 and 64 MB: with the indexes GET /api/session sorts the sessions of one title at a time, about 50 kB'),
		('effective_cache_size', 'MB', NULL,
			'no gain measured between 512 MB and 16 GB'),
		('random_page_cost', '', NULL,
			'no gain measured between 1.1 and 4'),
		('maintenance_work_mem', 'MB', NULL,
			'no gain measured between 64 MB and 1 GB: apply() on 5,000,000 sessions was fastest with 64 MB'),
		('max_wal_size', 'MB', NULL,
			'no gain measured: a load with its indexes, 101 MB of WAL, was as fast with 64 MB as with 1 GB, and one of 524 MB as fast with 1 GB as with 4 GB'),
		('checkpoint_timeout', 's', NULL,
			'no gain measured between 300 and 1800 s, neither for a load nor for inserts')
	UNION ALL
	SELECT l.setting_name, '', l.advised, l.reason
	FROM (
		SELECT s.name AS setting_name,
			CASE WHEN s.name = 'shared_preload_libraries' AND NOT (m.shared AND m.statements)
				THEN concat_ws(', ', nullif(s.setting, ''),
					CASE WHEN NOT m.statements THEN 'pg_stat_statements' END,
					CASE WHEN NOT m.shared THEN 'bingo_tune' END)
				WHEN s.name = 'session_preload_libraries' AND NOT m.shared AND NOT m.session
				THEN concat_ws(', ', nullif(s.setting, ''), 'bingo_tune')
			END AS advised,
			CASE WHEN s.name = 'shared_preload_libraries'
				THEN CASE WHEN m.shared AND m.statements THEN 'holds what is needed: pg_stat_statements and bingo_tune'
					ELSE 'pg_stat_statements and bingo_tune''s query_timing count in shared memory, which is laid out at the server''s start' END
				ELSE CASE WHEN m.shared OR m.session THEN 'bingo_tune is loaded into every session already'
					ELSE 'until the server can be restarted this loads bingo_tune''s planner hooks into every new session' END
			END AS reason
		FROM pg_settings AS s,
			(SELECT coalesce(bool_or(p.name = 'shared_preload_libraries' AND p.setting ~ '(^|[,/" ])bingo_tune($|[,". ])'), false) AS shared,
				coalesce(bool_or(p.name = 'session_preload_libraries' AND p.setting ~ '(^|[,/" ])bingo_tune($|[,". ])'), false) AS session,
				coalesce(bool_or(p.name = 'shared_preload_libraries' AND p.setting ~ '(^|[,/" ])pg_stat_statements($|[,". ])'), false) AS statements
			FROM pg_settings AS p) AS m
		WHERE s.name IN ('shared_preload_libraries', 'session_preload_libraries')
	) AS l;
END;

COMMENT ON FUNCTION bingo_tune.advise_settings(pg_catalog.int8, pg_catalog.int4, pg_catalog.int8, pg_catalog.int8) IS
'The rules of settings_advice for a machine with so many bytes of memory and so many cores (null: unknown), answers that read so many bytes and tables that have so many with their indexes. May be called by everybody; the settings of libraries are shown only to members of pg_read_all_settings.';

CREATE VIEW bingo_tune.settings_advice AS
SELECT a.name,
	CASE s.unit
		WHEN '8kB' THEN trim_scale(round(s.setting::numeric / 128, 2))::text
		WHEN 'kB' THEN trim_scale(round(s.setting::numeric / 1024, 2))::text
		ELSE s.setting END AS current,
	a.advised,
	a.unit,
	a.reason,
	CASE s.context WHEN 'postmaster' THEN 'restart' ELSE 'reload' END AS context,
	CASE WHEN a.advised IS NOT NULL
		THEN 'ALTER SYSTEM SET ' || a.name || ' = ' ||
			CASE WHEN a.name ~ '_libraries$'
				THEN (SELECT string_agg(quote_literal(trim(' "' FROM l.library)), ', ' ORDER BY l.position)
					FROM regexp_split_to_table(a.advised, ',') WITH ORDINALITY AS l (library, position))
				ELSE quote_literal(a.advised || a.unit) END || ';'
	END AS command
FROM bingo_tune.machine() AS m, bingo_tune.data_sizes() AS d,
	bingo_tune.advise_settings(m.memory, m.cores, d.answers, d.tables) AS a
	JOIN pg_catalog.pg_settings AS s ON s.name = a.name
ORDER BY (a.advised IS NULL), a.name;

COMMENT ON VIEW bingo_tune.settings_advice IS
'The server settings that could matter to the application: what they are, what they should be on this machine with this data, and why. Changes nothing. A setting without measured gain is advised nothing. Sees the memory limit of the server''s control group.';
COMMENT ON COLUMN bingo_tune.settings_advice.current IS 'the value in this session, in the unit of the row';
COMMENT ON COLUMN bingo_tune.settings_advice.advised IS 'the advised value in the unit of the row; null: leave it';
COMMENT ON COLUMN bingo_tune.settings_advice.unit IS 'MB, s, or empty for a setting without unit';
COMMENT ON COLUMN bingo_tune.settings_advice.reason IS 'the rule and its numbers';
COMMENT ON COLUMN bingo_tune.settings_advice.context IS 'what makes a change effective: restart of the server, or reload (SELECT pg_reload_conf())';
COMMENT ON COLUMN bingo_tune.settings_advice.command IS 'the command, for a superuser; null: nothing to do';

GRANT SELECT ON bingo_tune.settings_advice TO PUBLIC;

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

COMMENT ON SEQUENCE bingo_tune.ordering_id IS
'Numbers the orderings of this database, for the library.';

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

-- Nobody writes them: neither who was given rights to all tables by default, nor
-- who may write everything (pg_write_all_data), whom row security keeps out.
ALTER TABLE bingo_tune.ordering ENABLE ROW LEVEL SECURITY;
ALTER TABLE bingo_tune.ordering_invalidation ENABLE ROW LEVEL SECURITY;
DO LANGUAGE plpgsql $do$
DECLARE
	entry pg_catalog.record;
BEGIN
	FOR entry IN
		SELECT DISTINCT c.relname, a.grantee
		FROM pg_catalog.pg_class AS c, pg_catalog.aclexplode(c.relacl) AS a
		WHERE c.relnamespace = 'bingo_tune'::pg_catalog.regnamespace AND a.grantee <> c.relowner
			AND c.relname IN ('ordering_definition', 'ordering', 'ordering_id', 'ordering_invalidation')
	LOOP
		EXECUTE pg_catalog.format('REVOKE ALL ON bingo_tune.%I FROM %s CASCADE', entry.relname,
			CASE entry.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(entry.grantee)) END);
	END LOOP;
END
$do$;

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
The tables are read with the rights of their owner; if they have several, with those of the ordering''s owner, the caller.
Locks the tables against writers until the end of the transaction, and fills the window (about 5 s for 200,000 rows of three tables).
Errors: 0A000 a part of the query is not supported (the message names it), 55000 an index is missing (the hint is the command), 42710 the name is taken, 42501 the caller does not own all the tables, or they have several owners and the caller is a superuser, 22023 a bad name or window_rows, 25006 read-only.
May be called by the owner of all the tables.';

CREATE FUNCTION bingo_tune.drop_ordering(name pg_catalog.text)
RETURNS pg_catalog.void
LANGUAGE C VOLATILE PARALLEL UNSAFE STRICT
AS 'MODULE_PATHNAME', 'bingo_tune_drop_ordering';

COMMENT ON FUNCTION bingo_tune.drop_ordering(pg_catalog.text) IS
'Drops an ordering: its window, its triggers and its definition. Waits for everybody who uses one of its tables.
Errors: 42704 no such ordering, 42501 the caller owns neither the ordering nor its tables, 25006 read-only.
May be called by the owner of the ordering and by the owner of all its tables.';

CREATE FUNCTION bingo_tune.refresh_ordering(name pg_catalog.text)
RETURNS pg_catalog.void
LANGUAGE C VOLATILE PARALLEL UNSAFE STRICT
AS 'MODULE_PATHNAME', 'bingo_tune_refresh_ordering';

COMMENT ON FUNCTION bingo_tune.refresh_ordering(pg_catalog.text) IS
'Fills the window of an ordering again and makes it valid; puts its triggers back, ENABLE ALWAYS, if somebody has disabled or dropped them; builds an ordering that was restored from a dump.
Readers are not blocked, and writers only at their commit and for one chunk of 5,000 rows at a time: a background worker does the work in short transactions, and the function returns when it is finished. If this transaction has locked or changed one of the tables, or has a cursor on the window, or no worker is to be had (max_worker_processes), it does the work itself; writers of the tables then wait until it ends.
Errors: 42704 no such ordering, 42501 the caller owns neither the ordering nor its tables, 55000 the query cannot be an ordering any more (an index is gone), 55006 the window is being read all the time, 55P03 a lock could not be had in five minutes, 25006 read-only.
May be called by the owner of the ordering and by the owner of all its tables.';

CREATE FUNCTION bingo_tune.verify_ordering(
	name pg_catalog.text,
	OUT missing pg_catalog.int8,
	OUT extra pg_catalog.int8,
	OUT differing pg_catalog.int8,
	OUT samples pg_catalog.text[])
LANGUAGE C VOLATILE PARALLEL UNSAFE STRICT
AS 'MODULE_PATHNAME', 'bingo_tune_verify_ordering';

COMMENT ON FUNCTION bingo_tune.verify_ordering(pg_catalog.text) IS
'Compares the window of an ordering with its tables, byte by byte, under one snapshot.
missing: rows of the query up to the boundary that the window lacks; extra: rows of the window that the query does not have; differing: rows that have other values; samples: up to ten of them, NULL if there are none or the caller may not read all rows of the tables. An ordering in order gives 0, 0, 0, NULL.
Reads the window and as many rows of the tables, these as their owner; waits for nobody and blocks nobody.
Errors: 42704 no such ordering, 42501 the caller owns neither the ordering nor its tables, 55000 there is no window, 55006 this transaction has changed the tables.
May be called by the owner of the ordering and by the owner of all its tables, on a standby too.';

CREATE FUNCTION bingo_tune.ordering_state(
	OUT ordering_id pg_catalog.int4,
	OUT usable pg_catalog.bool,
	OUT reason pg_catalog.text,
	OUT tables pg_catalog.regclass[],
	OUT kept_rows pg_catalog.int8,
	OUT bytes pg_catalog.int8,
	OUT boundary pg_catalog.text)
RETURNS SETOF pg_catalog.record
LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'bingo_tune_ordering_state';

COMMENT ON FUNCTION bingo_tune.ordering_state() IS
'The state of each ordering that is built in this database, for the view bingo_tune.orderings, which says what the columns mean.
May be called by everybody; boundary is shown to those who may select from all tables of the ordering and are under no policy of them.';

CREATE FUNCTION bingo_tune.after_ddl()
RETURNS pg_catalog.event_trigger
LANGUAGE C
AS 'MODULE_PATHNAME', 'bingo_tune_after_ddl';

COMMENT ON FUNCTION bingo_tune.after_ddl() IS
'Event trigger: marks an ordering invalid, in the same transaction, when DDL takes away what its exactness rests on, and follows renaming.';

CREATE FUNCTION bingo_tune.after_drop()
RETURNS pg_catalog.event_trigger
LANGUAGE C
AS 'MODULE_PATHNAME', 'bingo_tune_after_drop';

COMMENT ON FUNCTION bingo_tune.after_drop() IS
'Event trigger: drops an ordering whose tables or columns were dropped by CASCADE.';

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

CREATE VIEW bingo_tune.orderings AS
SELECT
	definition.name,
	definition.query,
	CASE WHEN state.usable AND invalidation.since IS NULL THEN 'valid' ELSE 'invalid' END AS state,
	CASE WHEN stored.id IS NULL THEN 'restored, not built yet'
		ELSE nullif(pg_catalog.concat_ws('; ', state.reason, invalidation.reasons), '')
	END AS reason,
	invalidation.since AS invalid_since,
	invalidation.history AS invalidations,
	state.tables,
	definition.window_rows,
	state.kept_rows,
	state.bytes,
	state.boundary,
	counters.scans,
	counters.rows_served,
	counters.rows_behind,
	counters.changes,
	stored.built_at AS last_build,
	stored.build_ms AS last_build_ms
FROM bingo_tune.ordering_definition definition
LEFT JOIN bingo_tune.ordering stored USING (name)
LEFT JOIN bingo_tune.ordering_state() state ON state.ordering_id OPERATOR(pg_catalog.=) stored.id
LEFT JOIN bingo_tune.ordering_counters() counters ON counters.ordering_id OPERATOR(pg_catalog.=) stored.id
LEFT JOIN LATERAL (
	SELECT pg_catalog.min(entry.at) AS since,
		pg_catalog.string_agg(DISTINCT entry.reason, '; ')
			FILTER (WHERE entry.reason IS DISTINCT FROM state.reason) AS reasons,
		pg_catalog.array_agg(pg_catalog.concat(entry.at, ' ', entry.reason) ORDER BY entry.at) AS history
	FROM bingo_tune.ordering_invalidation entry
	WHERE entry.ordering_id OPERATOR(pg_catalog.=) stored.id) invalidation ON true;
GRANT SELECT ON bingo_tune.orderings TO PUBLIC;

COMMENT ON VIEW bingo_tune.orderings IS
'One row for each ordering.
name, query: its definition; query has qualified names and follows renaming. state: valid, or invalid: then queries take the plain plan. reason: why it is invalid, else NULL; invalid_since: time of the first invalidation after the last fill; invalidations: time and reason of each.
tables: the driving table first. window_rows: rows asked for in create_ordering(); kept_rows: rows in the window now; bytes: of window and indexes; boundary: sort keys of the last row kept, nothing, or everything (shown to those who may read all rows of the tables).
scans, rows_served, rows_behind, changes: executions, rows given from the window, rows given from the plan behind it, window rows written by changes of the tables; since the start of the server, NULL unless the library is in shared_preload_libraries.
last_build, last_build_ms: end of the last complete fill, and how long it took in milliseconds.
May be read by everybody.';

-- Last: from here on DDL is looked at.
CREATE EVENT TRIGGER bingo_tune_after_drop ON sql_drop EXECUTE FUNCTION bingo_tune.after_drop();
ALTER EVENT TRIGGER bingo_tune_after_drop ENABLE ALWAYS;
CREATE EVENT TRIGGER bingo_tune_after_ddl ON ddl_command_end EXECUTE FUNCTION bingo_tune.after_ddl();
ALTER EVENT TRIGGER bingo_tune_after_ddl ENABLE ALWAYS;

------------------------------------------------------------------------------
-- timing
------------------------------------------------------------------------------

-- The type histogram: times in buckets, exact to 1.57 % (extension/histogram.h).

CREATE TYPE bingo_tune.histogram;

CREATE FUNCTION bingo_tune.histogram_in(pg_catalog.cstring) RETURNS bingo_tune.histogram
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'bingo_histogram_in';

CREATE FUNCTION bingo_tune.histogram_out(bingo_tune.histogram) RETURNS pg_catalog.cstring
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'bingo_histogram_out';

CREATE TYPE bingo_tune.histogram (
	INPUT = bingo_tune.histogram_in,
	OUTPUT = bingo_tune.histogram_out,
	INTERNALLENGTH = VARIABLE,
	ALIGNMENT = double,
	STORAGE = extended
);

COMMENT ON FUNCTION bingo_tune.histogram_in(pg_catalog.cstring) IS
'Input of the type histogram, which says how it is written.
Errors: 22P02 not such a text.';
COMMENT ON FUNCTION bingo_tune.histogram_out(bingo_tune.histogram) IS
'Output of the type histogram.';
COMMENT ON TYPE bingo_tune.histogram IS
'Times in buckets: single microseconds up to 63 us, then 32 buckets for each doubling up to 2^36 us (19 hours), then one overflow bucket. A time read from it differs from the recorded one by less than 1.57 %. As text: sum, min and max in microseconds, then lowest microsecond:count for each bucket that is not empty.';

CREATE FUNCTION bingo_tune.calls(histogram bingo_tune.histogram) RETURNS pg_catalog.int8
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'bingo_histogram_sql_calls';

COMMENT ON FUNCTION bingo_tune.calls(bingo_tune.histogram) IS
'The number of times that a histogram holds.';

CREATE FUNCTION bingo_tune.mean(histogram bingo_tune.histogram) RETURNS pg_catalog.float8
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'bingo_histogram_sql_mean';

COMMENT ON FUNCTION bingo_tune.mean(bingo_tune.histogram) IS
'The exact mean of the times in a histogram, in milliseconds; null if it is empty.';

CREATE FUNCTION bingo_tune.quantile(histogram bingo_tune.histogram, fraction pg_catalog.float8)
RETURNS pg_catalog.float8
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'bingo_histogram_sql_quantile';

COMMENT ON FUNCTION bingo_tune.quantile(bingo_tune.histogram, pg_catalog.float8) IS
'The time in milliseconds that a fraction of the times does not exceed: nearest rank, as percentile_disc() defines it, the middle of its bucket (less than 1.57 % from the true value; the first and the last rank are exact).
fraction: 0 to 1, such as 0.99. Null if the histogram is empty. If the answer lies above 19 hours it is the greatest time recorded.
Errors: 22003 the fraction is not between 0 and 1.';

CREATE FUNCTION bingo_tune.calls_within(histogram bingo_tune.histogram, milliseconds pg_catalog.float8)
RETURNS pg_catalog.int8
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'bingo_histogram_sql_within';

COMMENT ON FUNCTION bingo_tune.calls_within(bingo_tune.histogram, pg_catalog.float8) IS
'How many of the times do not exceed a limit in milliseconds. The bucket that the limit lies in counts as a whole if its middle does not exceed it.';

CREATE FUNCTION bingo_tune.cumulative(histogram bingo_tune.histogram, milliseconds pg_catalog.float8[])
RETURNS pg_catalog.int8[]
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'bingo_histogram_sql_cumulative';

COMMENT ON FUNCTION bingo_tune.cumulative(bingo_tune.histogram, pg_catalog.float8[]) IS
'calls_within() for each of the limits: the buckets that Prometheus wants. Exact for limits that are bounds of buckets, such as those of monitoring_bounds().
Errors: 22004 a limit is null.';

CREATE FUNCTION bingo_tune.buckets(
	histogram bingo_tune.histogram,
	OUT lower pg_catalog.float8,
	OUT upper pg_catalog.float8,
	OUT calls pg_catalog.int8)
RETURNS SETOF pg_catalog.record
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'bingo_histogram_buckets';

COMMENT ON FUNCTION bingo_tune.buckets(bingo_tune.histogram) IS
'One row for each bucket that is not empty: its lowest and highest time in milliseconds, both included (upper is null for the overflow bucket), and how many calls it holds.';

CREATE FUNCTION bingo_tune.merge(bingo_tune.histogram, bingo_tune.histogram) RETURNS bingo_tune.histogram
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'bingo_histogram_sql_merge';

COMMENT ON FUNCTION bingo_tune.merge(bingo_tune.histogram, bingo_tune.histogram) IS
'Both histograms in one, exactly as if all times had been recorded in it.
Errors: 22003 the counts do not fit in 64 bits.';

CREATE FUNCTION bingo_tune.difference(later bingo_tune.histogram, earlier bingo_tune.histogram)
RETURNS bingo_tune.histogram
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'bingo_histogram_sql_difference';

COMMENT ON FUNCTION bingo_tune.difference(bingo_tune.histogram, bingo_tune.histogram) IS
'What was recorded between two states of a histogram. Its least and greatest time are only known to their buckets.
Errors: 22023 the second is not an earlier state of the first.';

CREATE FUNCTION bingo_tune.histogram_merge_step(pg_catalog.internal, bingo_tune.histogram)
RETURNS pg_catalog.internal
LANGUAGE C IMMUTABLE PARALLEL SAFE
AS 'MODULE_PATHNAME', 'bingo_histogram_merge_step';

CREATE FUNCTION bingo_tune.histogram_record_step(pg_catalog.internal, pg_catalog.float8)
RETURNS pg_catalog.internal
LANGUAGE C IMMUTABLE PARALLEL SAFE
AS 'MODULE_PATHNAME', 'bingo_histogram_record_step';

CREATE FUNCTION bingo_tune.histogram_final(pg_catalog.internal) RETURNS bingo_tune.histogram
LANGUAGE C IMMUTABLE PARALLEL SAFE
AS 'MODULE_PATHNAME', 'bingo_histogram_final';

CREATE AGGREGATE bingo_tune.merge(bingo_tune.histogram) (
	SFUNC = bingo_tune.histogram_merge_step,
	STYPE = pg_catalog.internal,
	SSPACE = 8256,
	FINALFUNC = bingo_tune.histogram_final,
	PARALLEL = SAFE
);

COMMENT ON FUNCTION bingo_tune.histogram_merge_step(pg_catalog.internal, bingo_tune.histogram) IS
'A step of the aggregate merge().';
COMMENT ON FUNCTION bingo_tune.histogram_record_step(pg_catalog.internal, pg_catalog.float8) IS
'A step of the aggregate histogram_of().';
COMMENT ON FUNCTION bingo_tune.histogram_final(pg_catalog.internal) IS
'The end of the aggregates merge() and histogram_of().';
COMMENT ON AGGREGATE bingo_tune.merge(bingo_tune.histogram) IS
'All histograms in one, exactly as if all times had been recorded in it; nulls are skipped, and of nothing it is an empty histogram.';

CREATE AGGREGATE bingo_tune.histogram_of(milliseconds pg_catalog.float8) (
	SFUNC = bingo_tune.histogram_record_step,
	STYPE = pg_catalog.internal,
	SSPACE = 8256,
	FINALFUNC = bingo_tune.histogram_final,
	PARALLEL = SAFE
);

COMMENT ON AGGREGATE bingo_tune.histogram_of(pg_catalog.float8) IS
'A histogram of times in milliseconds, from a log for example; nulls are skipped.
Errors: 22003 a time is negative, infinite or NaN.';

CREATE FUNCTION bingo_tune.monitoring_bounds() RETURNS pg_catalog.float8[]
LANGUAGE SQL IMMUTABLE PARALLEL SAFE
RETURN (
	SELECT pg_catalog.array_agg(
			0.001 * (4 + step) * (2 ^ (power - 2)) ORDER BY power, step)
	FROM pg_catalog.generate_series(6, 25) AS power,
		pg_catalog.generate_series(0, 3) AS step
) || ARRAY[0.001 * 2 ^ 26];

COMMENT ON FUNCTION bingo_tune.monitoring_bounds() IS
'Bucket bounds in milliseconds for monitoring systems: four for each doubling from 0.064 ms to 67 s, all of them bounds of the histogram''s own buckets.';

-- What the server has timed.

CREATE FUNCTION bingo_tune.timing_ready() RETURNS pg_catalog.bool
LANGUAGE C STABLE PARALLEL RESTRICTED
AS 'MODULE_PATHNAME', 'bingo_timing_ready';

COMMENT ON FUNCTION bingo_tune.timing_ready() IS
'True if queries are timed; else the error, with the line that postgresql.conf needs.
Errors: 55000 bingo_tune or pg_stat_statements is not in shared_preload_libraries.';

CREATE FUNCTION bingo_tune.statement_action(statement pg_catalog.text) RETURNS pg_catalog.text
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'bingo_statement_action';

COMMENT ON FUNCTION bingo_tune.statement_action(pg_catalog.text) IS
'What a statement does, as endpoints are recognised by it: the command, the tables (without schema) and the columns compared with a value; for SELECT the functions it calls and whether it groups, removes duplicates or locks. Output columns, order, limit, constants, aliases and joins do not matter.
Errors: 42601 a syntax error, 22023 not exactly one statement.';

CREATE FUNCTION bingo_tune.timing_queries(
	with_histogram pg_catalog.bool,
	OUT userid pg_catalog.oid,
	OUT dbid pg_catalog.oid,
	OUT queryid pg_catalog.int8,
	OUT toplevel pg_catalog.bool,
	OUT action pg_catalog.text,
	OUT since pg_catalog.timestamptz,
	OUT calls pg_catalog.int8,
	OUT rows pg_catalog.int8,
	OUT errors_timeout pg_catalog.int8,
	OUT errors_connection pg_catalog.int8,
	OUT errors_serialization pg_catalog.int8,
	OUT errors_other pg_catalog.int8,
	OUT running pg_catalog.int8,
	OUT longest_running pg_catalog.float8,
	OUT rps pg_catalog.float8,
	OUT rps_minute pg_catalog.float8,
	OUT total pg_catalog.float8,
	OUT mean pg_catalog.float8,
	OUT min pg_catalog.float8,
	OUT p50 pg_catalog.float8,
	OUT p75 pg_catalog.float8,
	OUT p90 pg_catalog.float8,
	OUT p95 pg_catalog.float8,
	OUT p99 pg_catalog.float8,
	OUT p999 pg_catalog.float8,
	OUT max pg_catalog.float8,
	OUT first_row_calls pg_catalog.int8,
	OUT first_row_total pg_catalog.float8,
	OUT first_row_max pg_catalog.float8,
	OUT histogram bingo_tune.histogram)
RETURNS SETOF pg_catalog.record
-- Below 200 rows the planner trusts a hash on them, which saves sorting the texts.
LANGUAGE C VOLATILE STRICT ROWS 100 PARALLEL RESTRICTED
AS 'MODULE_PATHNAME', 'bingo_timing_queries';

COMMENT ON FUNCTION bingo_tune.timing_queries(pg_catalog.bool) IS
'The timing of every query that the caller may see: own ones and those of roles whose privileges he has; all for members of pg_read_all_stats. The columns are those of the view query_timing.
with_histogram: whether to fill the column histogram, which costs time and memory.
Errors: 55000 timing is not loaded.';

CREATE FUNCTION bingo_tune.timing_facts(
	OUT since pg_catalog.timestamptz,
	OUT queries pg_catalog.int4,
	OUT max_queries pg_catalog.int4,
	OUT shared_memory pg_catalog.int8,
	OUT evicted_queries pg_catalog.int8,
	OUT evicted_calls pg_catalog.int8,
	OUT lost_calls pg_catalog.int8,
	OUT other_errors_timeout pg_catalog.int8,
	OUT other_errors_connection pg_catalog.int8,
	OUT other_errors_serialization pg_catalog.int8,
	OUT other_errors_other pg_catalog.int8)
RETURNS SETOF pg_catalog.record
LANGUAGE C VOLATILE ROWS 1 PARALLEL RESTRICTED
AS 'MODULE_PATHNAME', 'bingo_timing_get_facts';

COMMENT ON FUNCTION bingo_tune.timing_facts() IS 'The row of the view timing_status, where its columns are described.';

CREATE VIEW bingo_tune.timing_status AS
SELECT * FROM bingo_tune.timing_facts();

COMMENT ON VIEW bingo_tune.timing_status IS
'Timing as a whole, one row. Everybody may read it.';
COMMENT ON COLUMN bingo_tune.timing_status.since IS 'when counting began: the first start, or the last reset of everything';
COMMENT ON COLUMN bingo_tune.timing_status.queries IS 'queries whose times are kept now';
COMMENT ON COLUMN bingo_tune.timing_status.max_queries IS 'at most (setting bingo_tune.max_queries)';
COMMENT ON COLUMN bingo_tune.timing_status.shared_memory IS 'bytes of shared memory set aside; touched only as queries come';
COMMENT ON COLUMN bingo_tune.timing_status.evicted_queries IS 'queries forgotten because there were more than max_queries';
COMMENT ON COLUMN bingo_tune.timing_status.evicted_calls IS 'calls that were forgotten with them';
COMMENT ON COLUMN bingo_tune.timing_status.lost_calls IS 'calls that could not be counted for want of memory';
COMMENT ON COLUMN bingo_tune.timing_status.other_errors_timeout IS 'errors of class timeouts and cancels that belong to no timed statement: syntax, unknown names, parameters, commit';
COMMENT ON COLUMN bingo_tune.timing_status.other_errors_connection IS 'the same, broken connections';
COMMENT ON COLUMN bingo_tune.timing_status.other_errors_serialization IS 'the same, serialization failures and deadlocks';
COMMENT ON COLUMN bingo_tune.timing_status.other_errors_other IS 'the same, all others';

-- pg_stat_statements may be in any schema, and names its I/O times by version.
DO LANGUAGE plpgsql $do$
DECLARE
	statements pg_catalog.oid;
	call pg_catalog.text;
	times pg_catalog.text;
BEGIN
	SELECT p.oid, pg_catalog.format('%I.%I(bingo_tune.timing_ready())', n.nspname, p.proname),
		CASE WHEN 'shared_blk_read_time' OPERATOR(pg_catalog.=) ANY (p.proargnames)
			THEN 's.shared_blk_read_time AS blk_read_time, s.shared_blk_write_time AS blk_write_time'
			ELSE 's.blk_read_time, s.blk_write_time' END
	INTO STRICT statements, call, times
	FROM pg_catalog.pg_extension e
		JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) e.extnamespace
		JOIN pg_catalog.pg_proc p ON p.pronamespace OPERATOR(pg_catalog.=) n.oid
		-- Its own function, not one of that name that somebody else has put there.
		JOIN pg_catalog.pg_depend m ON m.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_proc'::pg_catalog.regclass
			AND m.objid OPERATOR(pg_catalog.=) p.oid AND m.deptype OPERATOR(pg_catalog.=) 'e'
			AND m.refclassid OPERATOR(pg_catalog.=) 'pg_catalog.pg_extension'::pg_catalog.regclass
			AND m.refobjid OPERATOR(pg_catalog.=) e.oid
	WHERE e.extname OPERATOR(pg_catalog.=) 'pg_stat_statements'
		AND p.proname OPERATOR(pg_catalog.=) 'pg_stat_statements';

	EXECUTE pg_catalog.format($view$
CREATE VIEW bingo_tune.query_timing AS
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
	s.temp_blks_read, s.temp_blks_written, %1$s, s.wal_bytes
FROM bingo_tune.timing_queries(false) AS t
	LEFT JOIN %2$s AS s
		ON s.queryid = t.queryid AND s.userid = t.userid AND s.dbid = t.dbid AND s.toplevel = t.toplevel
	LEFT JOIN pg_catalog.pg_database AS d ON d.oid = t.dbid
$view$, times, call);
END
$do$;

COMMENT ON VIEW bingo_tune.query_timing IS
'One row for each query (database, user, queryid, top level or nested): how often it ran, how it ended, how long it took. All times are float8 milliseconds of execution on the server, until the answer was handed to the client''s connection, without planning. Calls that failed are calls too, with their time.
Joined with pg_stat_statements for text and I/O, which reads the text file once. Members of pg_read_all_stats see all rows, others those of roles whose privileges they have.
Errors: 55000 timing is not loaded.';
COMMENT ON COLUMN bingo_tune.query_timing.toplevel IS 'true: sent by a client; false: run by another statement (bingo_tune.track = all)';
COMMENT ON COLUMN bingo_tune.query_timing.query IS 'text from pg_stat_statements, null if that has no row for it (a statement that always failed)';
COMMENT ON COLUMN bingo_tune.query_timing.action IS 'what the statement does (statement_action()); null until a call has ended';
COMMENT ON COLUMN bingo_tune.query_timing.calls IS 'calls that have ended, in order or not; with bingo_tune.sample_rate below 1 only those drawn';
COMMENT ON COLUMN bingo_tune.query_timing.errors IS 'calls that failed, while running or while being planned';
COMMENT ON COLUMN bingo_tune.query_timing.errors_timeout IS 'failed by timeout or cancel: SQLSTATE class 57, 55P03 (lock timeout, NOWAIT), 25P04';
COMMENT ON COLUMN bingo_tune.query_timing.errors_connection IS 'failed because the connection broke: SQLSTATE class 08';
COMMENT ON COLUMN bingo_tune.query_timing.errors_serialization IS 'failed by serialization failure or deadlock: SQLSTATE class 40';
COMMENT ON COLUMN bingo_tune.query_timing.errors_other IS 'failed otherwise';
COMMENT ON COLUMN bingo_tune.query_timing.running IS 'calls that run now; not part of calls yet';
COMMENT ON COLUMN bingo_tune.query_timing.longest_running IS 'how long the oldest of them has been running';
COMMENT ON COLUMN bingo_tune.query_timing.rows IS 'rows returned or changed by calls that did not fail';
COMMENT ON COLUMN bingo_tune.query_timing.rps IS 'calls a second since the query was first seen';
COMMENT ON COLUMN bingo_tune.query_timing.rps_minute IS 'calls a second over the last 60 to 65 seconds';
COMMENT ON COLUMN bingo_tune.query_timing.p50 IS 'half of the calls took no longer; this and the other percentiles are less than 1.57 % from the true value';
COMMENT ON COLUMN bingo_tune.query_timing.max IS 'exact, as min, mean and total are';
COMMENT ON COLUMN bingo_tune.query_timing.first_row_calls IS 'calls that returned at least one row';
COMMENT ON COLUMN bingo_tune.query_timing.first_row_mean IS 'mean time until the first row was ready: a large difference to mean with few rows means work after it, with many rows often a client that reads slowly';
COMMENT ON COLUMN bingo_tune.query_timing.since IS 'when the first call ended since the last reset or eviction';

CREATE VIEW bingo_tune.query_histogram AS
SELECT t.dbid, t.userid, t.toplevel, t.queryid, b.lower, b.upper, b.calls
FROM bingo_tune.timing_queries(true) AS t
	CROSS JOIN LATERAL bingo_tune.buckets(t.histogram) AS b;

COMMENT ON VIEW bingo_tune.query_histogram IS
'One row for each bucket that is not empty of each query''s histogram: lower and upper are its lowest and highest time in milliseconds, both included; upper is null for the bucket of times above 19 hours. Rights and errors as for query_timing.';

CREATE FUNCTION bingo_tune.reset_timing(
	userid pg_catalog.oid DEFAULT 0,
	dbid pg_catalog.oid DEFAULT 0,
	queryid pg_catalog.int8 DEFAULT 0)
RETURNS pg_catalog.int8
LANGUAGE C VOLATILE STRICT PARALLEL RESTRICTED
AS 'MODULE_PATHNAME', 'bingo_timing_reset';

COMMENT ON FUNCTION bingo_tune.reset_timing(pg_catalog.oid, pg_catalog.oid, pg_catalog.int8) IS
'Forgets the times of the queries that match all given arguments (0 matches any) in all databases, and returns how many queries that were. Without arguments timing_status starts anew too. Statements that are running are counted when they end.
May be called by superusers, and by whom they GRANT EXECUTE to.';

REVOKE ALL ON FUNCTION bingo_tune.reset_timing(pg_catalog.oid, pg_catalog.oid, pg_catalog.int8) FROM PUBLIC;

-- Snapshots.

CREATE TYPE bingo_tune.timing_snapshot AS (
	taken pg_catalog.timestamptz,
	userid pg_catalog.oid,
	dbid pg_catalog.oid,
	queryid pg_catalog.int8,
	toplevel pg_catalog.bool,
	action pg_catalog.text,
	since pg_catalog.timestamptz,
	calls pg_catalog.int8,
	rows pg_catalog.int8,
	errors_timeout pg_catalog.int8,
	errors_connection pg_catalog.int8,
	errors_serialization pg_catalog.int8,
	errors_other pg_catalog.int8,
	first_row_calls pg_catalog.int8,
	first_row_total pg_catalog.float8,
	histogram bingo_tune.histogram
);

COMMENT ON TYPE bingo_tune.timing_snapshot IS
'One query in a snapshot(): what has been counted from since to taken.';

COMMENT ON TYPE bingo_tune.timing_snapshot IS
'What was counted for one query until the time taken; the columns are those of query_timing. snapshot() makes it.';

CREATE FUNCTION bingo_tune.snapshot() RETURNS bingo_tune.timing_snapshot[]
LANGUAGE SQL VOLATILE PARALLEL RESTRICTED
BEGIN ATOMIC
	SELECT COALESCE(pg_catalog.array_agg(ROW(
			pg_catalog.clock_timestamp(), t.userid, t.dbid, t.queryid, t.toplevel, t.action, t.since,
			t.calls, t.rows, t.errors_timeout, t.errors_connection, t.errors_serialization, t.errors_other,
			t.first_row_calls, t.first_row_total, t.histogram)::bingo_tune.timing_snapshot), '{}')
	FROM bingo_tune.timing_queries(true) AS t
	WHERE t.since IS NOT NULL;
END;

COMMENT ON FUNCTION bingo_tune.snapshot() IS
'All that has been counted until now, to keep in a table and to take a difference() from; unnest() makes rows of it. Rights and errors as for query_timing.';

CREATE FUNCTION bingo_tune.difference(
	later bingo_tune.timing_snapshot[],
	earlier bingo_tune.timing_snapshot[])
RETURNS SETOF bingo_tune.timing_snapshot
LANGUAGE SQL IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT l.taken, l.userid, l.dbid, l.queryid, l.toplevel, l.action, COALESCE(e.taken, l.since),
		l.calls - COALESCE(e.calls, 0), l.rows - COALESCE(e.rows, 0),
		l.errors_timeout - COALESCE(e.errors_timeout, 0),
		l.errors_connection - COALESCE(e.errors_connection, 0),
		l.errors_serialization - COALESCE(e.errors_serialization, 0),
		l.errors_other - COALESCE(e.errors_other, 0),
		l.first_row_calls - COALESCE(e.first_row_calls, 0),
		l.first_row_total - COALESCE(e.first_row_total, 0),
		COALESCE(bingo_tune.difference(l.histogram, e.histogram), l.histogram)
	FROM pg_catalog.unnest(later) AS l
		LEFT JOIN pg_catalog.unnest(earlier) AS e
			ON e.userid = l.userid AND e.dbid = l.dbid AND e.queryid = l.queryid
				AND e.toplevel = l.toplevel AND e.since = l.since
	WHERE l.calls > COALESCE(e.calls, 0);
END;

COMMENT ON FUNCTION bingo_tune.difference(bingo_tune.timing_snapshot[], bingo_tune.timing_snapshot[]) IS
'What was counted between two snapshots: a row for each query with calls in between, since being the earlier snapshot''s time. A query that was reset or evicted in between counts from then.
Example: CREATE TABLE before AS SELECT bingo_tune.snapshot() AS taken; and later SELECT * FROM bingo_tune.difference(bingo_tune.snapshot(), (SELECT taken FROM before)).
Errors: 22023 the second is not the earlier one.';

-- Endpoints.

CREATE TABLE bingo_tune.endpoints (
	endpoint pg_catalog.text NOT NULL
		CHECK (endpoint OPERATOR(pg_catalog.<>) ALL (ARRAY['', '(other)'])),
	example pg_catalog.text,
	queryid pg_catalog.int8 UNIQUE,
	shipped pg_catalog.bool NOT NULL DEFAULT false,
	action pg_catalog.text GENERATED ALWAYS AS (bingo_tune.statement_action(example)) STORED UNIQUE,
	CONSTRAINT endpoints_example_or_queryid
		CHECK (pg_catalog.num_nonnulls(example, queryid) OPERATOR(pg_catalog.=) 1)
);

COMMENT ON TABLE bingo_tune.endpoints IS
'Which statements belong to which endpoint. To add one: INSERT INTO bingo_tune.endpoints (endpoint, example) VALUES (''GET /film'', ''SELECT * FROM film WHERE id = $1''): every statement that does the same as the example, see statement_action(), is counted for the endpoint. An endpoint may have several rows; one action belongs to one endpoint. Instead of an example, a queryid of query_timing picks one query, and wins over actions.
A row of yours replaces a shipped one with the same action.';
COMMENT ON COLUMN bingo_tune.endpoints.endpoint IS 'name, such as GET /api/movie/{id}; it becomes a label in Prometheus, so use a bounded set';
COMMENT ON COLUMN bingo_tune.endpoints.example IS 'a statement that does what the endpoint''s statements do';
COMMENT ON COLUMN bingo_tune.endpoints.queryid IS 'or the queryid of one query';
COMMENT ON COLUMN bingo_tune.endpoints.shipped IS 'came with the extension and is not dumped; becomes false when changed';
COMMENT ON COLUMN bingo_tune.endpoints.action IS 'what the example does';

CREATE TABLE bingo_tune.endpoint_targets (
	endpoint pg_catalog.text PRIMARY KEY,
	fraction pg_catalog.float8 NOT NULL DEFAULT 0.9
		CHECK (fraction OPERATOR(pg_catalog.>) 0 AND fraction OPERATOR(pg_catalog.<=) 1),
	within pg_catalog.float8 CHECK (within OPERATOR(pg_catalog.>) 0),
	max_error_rate pg_catalog.float8 NOT NULL DEFAULT 0.01
		CHECK (max_error_rate OPERATOR(pg_catalog.>=) 0 AND max_error_rate OPERATOR(pg_catalog.<=) 1),
	shipped pg_catalog.bool NOT NULL DEFAULT false
);

COMMENT ON TABLE bingo_tune.endpoint_targets IS
'The owners'' targets: what endpoint_service_level compares with. Edit it as you like.';
COMMENT ON COLUMN bingo_tune.endpoint_targets.fraction IS 'this share of the calls ...';
COMMENT ON COLUMN bingo_tune.endpoint_targets.within IS '... must not take longer than these milliseconds; null: no target';
COMMENT ON COLUMN bingo_tune.endpoint_targets.max_error_rate IS 'at most this share of the calls may fail';
COMMENT ON COLUMN bingo_tune.endpoint_targets.shipped IS 'came with the extension and is not dumped; becomes false when changed';

INSERT INTO bingo_tune.endpoints (endpoint, example, shipped) VALUES
	('GET /api/session', 'SELECT sessions.id, sessions.start_time, customers.id, customers.name, customers.surname, customers.birthday, customers.email, movies.id, movies.name, movies.year, movies.duration FROM sessions INNER JOIN customers ON sessions.customer_id = customers.id INNER JOIN movies ON sessions.movie_id = movies.id ORDER BY movies.year DESC, movies.name ASC, customers.id, sessions.id DESC LIMIT 100000', true),
	('GET /api/session/{id}', 'SELECT sessions.id, sessions.start_time, customers.id, customers.name, customers.surname, customers.birthday, customers.email, movies.id, movies.name, movies.year, movies.duration FROM sessions INNER JOIN customers ON sessions.customer_id = customers.id INNER JOIN movies ON sessions.movie_id = movies.id WHERE sessions.id IN ($1) ORDER BY movies.year DESC, movies.name ASC, customers.id, sessions.id DESC LIMIT 100000', true),
	('POST /api/session', 'INSERT INTO sessions (start_time, customer_id, movie_id) VALUES ($1, $2, $3) RETURNING id', true),
	('DELETE /api/session/{id}', 'DELETE FROM sessions WHERE sessions.id = $1', true),
	('GET /api/customer', 'SELECT customers.id, customers.name, customers.surname, customers.birthday, customers.email FROM customers ORDER BY customers.surname ASC, customers.name ASC, customers.birthday DESC, customers.id DESC LIMIT 100000', true),
	('GET /api/customer/{id}', 'SELECT customers.id, customers.name, customers.surname, customers.birthday, customers.email FROM customers WHERE customers.id IN ($1) ORDER BY customers.surname ASC, customers.name ASC, customers.birthday DESC, customers.id DESC LIMIT 100000', true),
	('GET /api/movie', 'SELECT movies.id, movies.name, movies.year, movies.duration FROM movies ORDER BY movies.year DESC, movies.name ASC, movies.id DESC LIMIT 100000', true),
	('GET /api/movie/{id}', 'SELECT movies.id, movies.name, movies.year, movies.duration FROM movies WHERE movies.id IN ($1) ORDER BY movies.year DESC, movies.name ASC, movies.id DESC LIMIT 100000', true),
	('GET /db_dummy', 'SELECT pg_sleep(0.1)', true);

INSERT INTO bingo_tune.endpoint_targets (endpoint, within, max_error_rate, shipped) VALUES
	('GET /db_dummy', 400, 0.01, true),
	('GET /api/movie/{id}', 400, 0.01, true),
	('GET /api/customer/{id}', 400, 0.01, true),
	('GET /api/session/{id}', 400, 0.01, true),
	('GET /api/movie', NULL, 0.01, true),
	('GET /api/customer', NULL, 0.01, true),
	('GET /api/session', NULL, 0.05, true),
	('POST /api/session', NULL, 0.01, true),
	('DELETE /api/session/{id}', NULL, 0.01, true);

SELECT pg_catalog.pg_extension_config_dump('bingo_tune.endpoints', 'WHERE NOT shipped');
SELECT pg_catalog.pg_extension_config_dump('bingo_tune.endpoint_targets', 'WHERE NOT shipped');

-- Rows that users insert take the place of shipped ones, also when a dump is restored.
CREATE FUNCTION bingo_tune.check_endpoint() RETURNS pg_catalog.trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
	wanted text := bingo_tune.statement_action(NEW.example);
	taken text;
BEGIN
	IF num_nonnulls(NEW.example, NEW.queryid) <> 1 THEN
		RAISE not_null_violation USING
			MESSAGE = format('endpoint "%s" needs an example or a queryid, and not both', NEW.endpoint),
			HINT = 'Give a statement as example, or the queryid that query_timing shows.',
			SCHEMA = 'bingo_tune', TABLE = 'endpoints';
	END IF;
	IF TG_OP = 'UPDATE' THEN
		NEW.shipped := false;
	END IF;
	DELETE FROM bingo_tune.endpoints
	WHERE shipped AND NOT NEW.shipped AND action = wanted AND (TG_OP = 'INSERT' OR action <> OLD.action);
	SELECT endpoint INTO taken FROM bingo_tune.endpoints
	WHERE (action = wanted OR queryid = NEW.queryid)
		AND (TG_OP = 'INSERT' OR (action, queryid) IS DISTINCT FROM (OLD.action, OLD.queryid));
	IF FOUND THEN
		RAISE unique_violation USING
			MESSAGE = format('the statement of endpoint "%s" already belongs to endpoint "%s"', NEW.endpoint, taken),
			DETAIL = coalesce('What it does: ' || wanted, 'The queryid is ' || NEW.queryid),
			HINT = 'Delete the other row first, or tell the two apart by queryid instead of example.',
			SCHEMA = 'bingo_tune', TABLE = 'endpoints';
	END IF;
	RETURN NEW;
END
$function$;

COMMENT ON FUNCTION bingo_tune.check_endpoint() IS
'Trigger on bingo_tune.endpoints: a row of the user''s replaces a shipped one with the same action.
Errors: 23502 neither or both of example and queryid, 23505 the statement belongs to another endpoint.';

CREATE TRIGGER check_endpoint BEFORE INSERT OR UPDATE ON bingo_tune.endpoints
FOR EACH ROW EXECUTE FUNCTION bingo_tune.check_endpoint();

CREATE FUNCTION bingo_tune.check_endpoint_target() RETURNS pg_catalog.trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
	IF TG_OP = 'UPDATE' THEN
		NEW.shipped := false;
	ELSE
		DELETE FROM bingo_tune.endpoint_targets
		WHERE shipped AND NOT NEW.shipped AND endpoint = NEW.endpoint;
	END IF;
	RETURN NEW;
END
$function$;

COMMENT ON FUNCTION bingo_tune.check_endpoint_target() IS
'Trigger on bingo_tune.endpoint_targets: a row of the user''s replaces a shipped one of the same endpoint.';

CREATE TRIGGER check_endpoint_target BEFORE INSERT OR UPDATE ON bingo_tune.endpoint_targets
FOR EACH ROW EXECUTE FUNCTION bingo_tune.check_endpoint_target();

CREATE VIEW bingo_tune.endpoint_timing AS
SELECT endpoint, calls,
	errors_timeout + errors_connection + errors_serialization + errors_other AS errors,
	errors_timeout, errors_connection, errors_serialization, errors_other,
	running, rows,
	calls / GREATEST(EXTRACT(epoch FROM pg_catalog.clock_timestamp() - since)::pg_catalog.float8, 1.0) AS rps,
	rps_minute,
	total,
	bingo_tune.mean(histogram) AS mean,
	bingo_tune.quantile(histogram, 0) AS min,
	bingo_tune.quantile(histogram, 0.5) AS p50,
	bingo_tune.quantile(histogram, 0.75) AS p75,
	bingo_tune.quantile(histogram, 0.9) AS p90,
	bingo_tune.quantile(histogram, 0.95) AS p95,
	bingo_tune.quantile(histogram, 0.99) AS p99,
	bingo_tune.quantile(histogram, 0.999) AS p999,
	bingo_tune.quantile(histogram, 1) AS max,
	first_row_total / NULLIF(first_row_calls, 0) AS first_row_mean,
	since, histogram
FROM (
	SELECT names.endpoint,
		COALESCE(pg_catalog.sum(t.calls), 0)::pg_catalog.int8 AS calls,
		COALESCE(pg_catalog.sum(t.errors_timeout), 0)::pg_catalog.int8 AS errors_timeout,
		COALESCE(pg_catalog.sum(t.errors_connection), 0)::pg_catalog.int8 AS errors_connection,
		COALESCE(pg_catalog.sum(t.errors_serialization), 0)::pg_catalog.int8 AS errors_serialization,
		COALESCE(pg_catalog.sum(t.errors_other), 0)::pg_catalog.int8 AS errors_other,
		COALESCE(pg_catalog.sum(t.running), 0)::pg_catalog.int8 AS running,
		COALESCE(pg_catalog.sum(t.rows), 0)::pg_catalog.int8 AS rows,
		COALESCE(pg_catalog.sum(t.rps_minute), 0) AS rps_minute,
		COALESCE(pg_catalog.sum(t.total), 0) AS total,
		COALESCE(pg_catalog.sum(t.first_row_calls), 0)::pg_catalog.int8 AS first_row_calls,
		COALESCE(pg_catalog.sum(t.first_row_total), 0) AS first_row_total,
		pg_catalog.min(t.since) AS since,
		bingo_tune.merge(t.histogram) AS histogram
	FROM (SELECT endpoint FROM bingo_tune.endpoints UNION SELECT '(other)') AS names
		LEFT JOIN (
			SELECT COALESCE(
					(SELECT q.endpoint FROM bingo_tune.endpoints AS q WHERE q.queryid = queries.queryid),
					(SELECT a.endpoint FROM bingo_tune.endpoints AS a WHERE a.action = queries.action),
					'(other)') AS endpoint,
				queries.*
			FROM bingo_tune.timing_queries(true) AS queries
			WHERE queries.toplevel AND queries.dbid = (
				SELECT d.oid FROM pg_catalog.pg_database AS d WHERE d.datname = pg_catalog.current_database())
		) AS t ON t.endpoint = names.endpoint
	GROUP BY names.endpoint
) AS sums;

COMMENT ON VIEW bingo_tune.endpoint_timing IS
'One row for each endpoint of bingo_tune.endpoints, with or without calls, and one named (other) for the rest: the sums over the top-level statements of the current database. Columns and rights as in query_timing; histogram is the merged one, for quantile() and the like.';

CREATE VIEW bingo_tune.endpoint_service_level AS
SELECT endpoint, calls, fraction, within, measured, within_rate, max_error_rate, error_rate,
	CASE WHEN calls = 0 THEN 'no data'
		WHEN (within IS NULL OR measured <= within) AND error_rate <= max_error_rate THEN 'met'
		ELSE 'missed' END AS service_level
FROM (
	SELECT g.endpoint, COALESCE(t.calls, 0) AS calls, g.fraction, g.within,
		bingo_tune.quantile(t.histogram, g.fraction) AS measured,
		bingo_tune.calls_within(t.histogram, g.within)::pg_catalog.float8 / NULLIF(t.calls, 0) AS within_rate,
		g.max_error_rate,
		t.errors::pg_catalog.float8 / NULLIF(t.calls, 0) AS error_rate
	FROM bingo_tune.endpoint_targets AS g
		LEFT JOIN bingo_tune.endpoint_timing AS t ON t.endpoint = g.endpoint
) AS levels;

COMMENT ON VIEW bingo_tune.endpoint_service_level IS
'The owners'' targets (endpoint_targets), what has been measured since the last reset, and the verdict in service_level: met, missed, or no data when there were no calls. measured is the time in milliseconds that the target''s fraction of the calls did not exceed, within_rate the share of calls within the target, error_rate the share that failed. Rights and errors as for query_timing.';

GRANT SELECT ON bingo_tune.timing_status, bingo_tune.query_timing, bingo_tune.query_histogram,
	bingo_tune.endpoints, bingo_tune.endpoint_targets, bingo_tune.endpoint_timing,
	bingo_tune.endpoint_service_level TO PUBLIC;
GRANT INSERT, UPDATE, DELETE ON bingo_tune.endpoints, bingo_tune.endpoint_targets TO @extowner@;

------------------------------------------------------------------------------
-- output
------------------------------------------------------------------------------

CREATE FUNCTION bingo_tune.output_statistics(OUT answers pg_catalog.int8, OUT rows pg_catalog.int8)
RETURNS pg_catalog.record
LANGUAGE C STRICT VOLATILE PARALLEL SAFE
AS 'MODULE_PATHNAME', 'bingo_output_statistics';

COMMENT ON FUNCTION bingo_tune.output_statistics() IS
'Answers, and rows of them, that were sent to clients by the row encoder (setting bingo_tune.fast_output) since the server was started; of this session only if the library is not in shared_preload_libraries. Anybody may call it.';

------------------------------------------------------------------------------
-- last, when everything is there: attach to tables that have data already
------------------------------------------------------------------------------

SELECT * FROM bingo_tune.apply();
