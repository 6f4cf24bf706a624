-- bingo_tune 1.1: what it adds to 1.0.  CREATE EXTENSION runs this script after that
-- of 1.0, ALTER EXTENSION bingo_tune UPDATE runs it alone.
\echo Use "ALTER EXTENSION bingo_tune UPDATE" to load this file. \quit

-- Operators and functions are looked up here and nowhere else: the schema of
-- pg_stat_statements may be one where others create.
SET LOCAL search_path = pg_catalog, pg_temp;

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

-- All tables are locked before the first trigger is dropped, or none: while one is held and
-- another waited for, readers wait, and a writer of both has a deadlock.
DO LANGUAGE plpgsql $do$
DECLARE
	entry pg_catalog.record;
	relations pg_catalog.text := (
		SELECT pg_catalog.string_agg(DISTINCT pg_catalog.format('ONLY %s', t.tgrelid::pg_catalog.regclass), ', ')
		FROM pg_catalog.pg_trigger AS t
		WHERE t.tgfoid IN ('bingo_tune.remember_change()'::pg_catalog.regprocedure,
			'bingo_tune.remember_truncate()'::pg_catalog.regprocedure));
	patience pg_catalog.text := pg_catalog.current_setting('lock_timeout');
	start pg_catalog.timestamptz := pg_catalog.clock_timestamp();
BEGIN
	WHILE relations IS NOT NULL
	LOOP
		BEGIN
			PERFORM pg_catalog.set_config('lock_timeout', '50ms', true);
			EXECUTE pg_catalog.format('LOCK TABLE %s IN ACCESS EXCLUSIVE MODE', relations);
			PERFORM pg_catalog.set_config('lock_timeout', patience, true);
			EXIT;
		EXCEPTION WHEN lock_not_available OR deadlock_detected THEN
			IF patience <> '0' AND pg_catalog.clock_timestamp() - start > patience::pg_catalog.interval THEN
				RAISE;
			END IF;
		END;
		PERFORM pg_catalog.pg_sleep(0.2);
	END LOOP;
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

-- A dump of 1.0 makes this version, and copies into that table: not a table any more.
CREATE FUNCTION bingo_tune.restore_definition()
RETURNS pg_catalog.trigger
LANGUAGE C
AS 'MODULE_PATHNAME', 'bingo_tune_restore_definition';

COMMENT ON FUNCTION bingo_tune.restore_definition() IS
'Trigger on the view bingo_tune.ordering_definition: keeps what is inserted as definition of an ordering, which upkeep builds. One that exists stays as it is.
Errors: 23502 a value is missing.';

CREATE VIEW bingo_tune.ordering_definition AS
SELECT NULL::pg_catalog.text AS name, NULL::pg_catalog.text AS query, NULL::pg_catalog.int8 AS window_rows,
	NULL::pg_catalog.text AS owner
WHERE false;

CREATE TRIGGER restore_definition INSTEAD OF INSERT ON bingo_tune.ordering_definition
FOR EACH ROW EXECUTE FUNCTION bingo_tune.restore_definition();
GRANT INSERT ON bingo_tune.ordering_definition TO @extowner@;

COMMENT ON VIEW bingo_tune.ordering_definition IS
'Empty: there to restore dumps of version 1.0, which copy definitions of orderings into a table of this name. Each becomes an ordering of the role in its column owner, if whoever restores the dump has its privileges, else his own. A name that exists is passed over. Definitions stand in the view bingo_tune.orderings.
May be inserted into by the owner of the extension.';

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
	counts pg_catalog.bool DEFAULT false,
	OUT name pg_catalog.text,
	OUT query pg_catalog.text,
	OUT state pg_catalog.text,
	OUT reason pg_catalog.text,
	OUT invalid_since pg_catalog.timestamptz,
	OUT invalidations pg_catalog.text[],
	OUT tables pg_catalog.regclass[],
	OUT window_rows pg_catalog.int8,
	OUT kept_rows pg_catalog.int8,
	OUT cut_keys pg_catalog.int8,
	OUT marked_keys pg_catalog.int8,
	OUT bytes pg_catalog.int8,
	OUT boundary pg_catalog.text,
	OUT last_build pg_catalog.timestamptz,
	OUT last_build_ms pg_catalog.float8,
	OUT ordering_id pg_catalog.int4)
RETURNS SETOF pg_catalog.record
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'bingo_tune_ordering_states';

COMMENT ON FUNCTION bingo_tune.ordering_states(pg_catalog.bool) IS
'The definition and the state of each ordering or (counts) each counter, for the views bingo_tune.orderings and bingo_tune.counters, which say what the columns mean. ordering_id is NULL while it is not built. Waits for nobody but a superuser who has locked a system catalog.
Errors: 22004 counts is NULL, 55P03 after ten seconds of that.
May be called by everybody. The boundary is shown to those who may select from all tables of the ordering and are under no policy of them.';

CREATE VIEW bingo_tune.orderings AS
SELECT s.name, s.query, s.state, s.reason, s.invalid_since, s.invalidations, s.tables,
	nullif(s.window_rows, 1000000000000) AS window_rows,
	s.kept_rows, s.cut_keys, s.marked_keys, s.bytes, s.boundary,
	counters.scans, counters.rows_served, counters.rows_behind, counters.changes,
	s.last_build, s.last_build_ms
FROM bingo_tune.ordering_states() AS s
LEFT JOIN bingo_tune.ordering_counters() AS counters ON counters.ordering_id OPERATOR(pg_catalog.=) s.ordering_id;
GRANT SELECT ON bingo_tune.orderings TO PUBLIC;

CREATE FUNCTION bingo_tune.hottest_keys(
	name pg_catalog.text,
	n pg_catalog.int4 DEFAULT 10,
	OUT key pg_catalog._text,
	OUT rows pg_catalog.int8,
	OUT kept_rows pg_catalog.int8,
	OUT cut pg_catalog.bool,
	OUT marked pg_catalog.bool)
RETURNS SETOF pg_catalog.record
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'bingo_tune_hottest_keys';

COMMENT ON FUNCTION bingo_tune.hottest_keys(pg_catalog.text, pg_catalog.int4) IS
'The values that have most rows, of an ordering whose window_rows counts the rows of each value: the longest lists, which upkeep reads longest.
name: of the ordering; the name of a partitioned table''s ordering stands for those of all its partitions. n: how many values, 1 to 10000.
key: the values of the columns that the query compares with parameters, as text, as boundary begins with them; rows: of the query, with this value, now; kept_rows: how many of them are in the window; cut: it has not all; marked: queries of this value are answered by the plan behind until upkeep has put it right. Values with as many rows come in any order. The last three are NULL while somebody has locked the window, and for a snapshot from before it was last emptied.
Counts all rows of the query, as the owner of the tables, which takes as long as GROUP BY does: for a look now and then, while the view orderings may be polled. Waits for nobody and blocks nobody.
Errors: 22004 an argument is NULL, 22023 n is out of bounds, 42704 no such ordering, 42809 it is a counter, or its window_rows does not count the rows of each value, 42501 the caller may not see them, 55000 there is no window.
May be called by those who may select from all tables of the ordering and are under no policy of them, on a standby too.';

DROP FUNCTION bingo_tune.explain_ordering(pg_catalog.text);

CREATE FUNCTION bingo_tune.explain_ordering(
	query pg_catalog.text,
	OUT ordering pg_catalog.text,
	OUT served pg_catalog.bool,
	OUT reason pg_catalog.text,
	OUT part pg_catalog.text,
	OUT estimated_rows pg_catalog.int8,
	OUT command pg_catalog.text)
RETURNS SETOF pg_catalog.record
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'bingo_tune_explain_ordering';

COMMENT ON FUNCTION bingo_tune.explain_ordering(pg_catalog.text) IS
'Says for each ordering whether it would answer the query, or a part of it, if it were run now in this session and, if not, why not.
query: the text of one SELECT. Parameters are written $1, $2, ... and taken as unknown. It is planned, not executed, with the caller''s search_path and settings.
Returns a row for each ordering that has a table of the query, the best first: served is true if the plan reads its window now. Else reason says all that stands in the way in the query level that comes nearest, or that another plan is cheaper, or what keeps the window from being read. part is what the window gives, or would give, of the query: which tables, by how many conditions it is searched and its rows are filtered, how many columns are looked up in the table itself; NULL if anything stands in the way. estimated_rows are those that planning expects to take from the window, NULL if it did not come to that.
If none serves it and none would but for its cost or state: one row more, without an ordering. Its command is the create_ordering() call of an ordering that has the query''s order, below the LEFT JOINs and conditions that it need not have, and that the query would be planned with. For rows before a place far down in the order that is one the other way round, to be read backwards. Where it sorts by columns of one table reason has the CREATE INDEX of an index that would have its order, too; if it reads no other table that is the command, as no ordering is needed. Or command is NULL, and reason says why none could serve it, or why planning would not take one with its order (a volatile condition, its cost), or which index gives its order already. Whether indexes for its conditions would do is for advise() to say. In other rows command is NULL.
Errors: 22004 the text is NULL, 22023 it has no statement or several, 42809 not a SELECT, and what EXPLAIN of the query would raise, 42501 included.';
DROP FUNCTION bingo_tune.create_ordering(text, text, int8);

CREATE FUNCTION bingo_tune.create_ordering(
	name pg_catalog.text,
	query pg_catalog.text,
	window_rows pg_catalog.int8 DEFAULT 200000,
	create_indexes pg_catalog.bool DEFAULT false,
	covering pg_catalog.text DEFAULT 'all',
	max_rows pg_catalog.int8 DEFAULT NULL)
RETURNS pg_catalog.void
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'bingo_tune_create_ordering';

COMMENT ON FUNCTION bingo_tune.create_ordering(pg_catalog.text, pg_catalog.text, pg_catalog.int8, pg_catalog.bool, pg_catalog.text, pg_catalog.int8) IS
'Keeps the first window_rows rows of a query in its order, exact under every snapshot, so that queries that join the same tables alike and sort so are answered by reading them.
name: of the ordering, up to 63 bytes. query: SELECT plain columns FROM 1 to 8 plain tables joined on unique keys, by JOIN or LEFT JOIN, [WHERE condition AND ... AND column = $1 AND ...] ORDER BY columns, or expressions over columns of one table each. No LIMIT. Expressions are made of PostgreSQL''s own immutable functions and operators and read at most 16 columns in all. The window has their values and the columns that they read. Conditions, each of one table, are such expressions, too: rows that do not pass are not kept. An error that one raises for a row that is written makes the ordering invalid, never the writer fail, and queries whose conditions imply these are served. Of a table that is joined by LEFT JOIN the columns are NULL where it has no row; ON compares nothing but all columns of its unique key with columns of one other table, and no condition and no inner join is on it. Columns that are compared with parameters lead the order: the rows of each value stand together, in the query''s order, and window_rows counts those of each value, the first ones. With NULL all are kept, as a composite index over the join would keep them. A NOTICE says so, and another one before the tables are locked how many rows that will be. They are counted for it, unless client_min_messages and log_min_messages want no NOTICE. Queries for one value, or a list of them, are served from the window as far as it goes. Others that pass from one value to the next only while all rows of all values are kept, but for SELECT DISTINCT ON of these columns with plain columns, in the query''s order, which takes the first row of each value, as long as there is one that passes its conditions among those kept, and for the rows that row_number() OVER (PARTITION BY these columns ORDER BY the whole of the order) numbers up to a constant, or a parameter, in a condition around the subquery, as long as there are so many. rank() and dense_rank() likewise. Of one row of each ORDER BY may leave ties. If the order leaves ties, the unique key of the table that the others are joined to is appended to it, and a NOTICE says so. window_rows: 1 to 1000000000000. The window, or each value''s part of it, is kept between half and double of it. NULL: all rows are kept. A view that the caller may read, or a subquery, that only joins tables, names columns and chooses rows, is replaced by these tables. The ordering does not follow later changes of the view. create_indexes: make the indexes that are missing, as CREATE INDEX would, and say so in NOTICEs. Else they are an error, whose hint has their commands. covering: ''all'' keeps every column that the query selects; ''keys'' leaves the columns of the table that the others are joined to, if they are only shown, to be looked up there for each row of a page: the window is narrower, their changes cost nothing, and conditions of queries that read them look them up for each row that passes the others. max_rows: where window_rows is of each value, rows of all values together, 1 to 1000000000000: the window is filled up to so many, value after value, and again once a quarter of them is free. Rows of later values are read from the tables. Rows that are written up to there are kept beside. NULL: there is no limit. A NOTICE says which ordering''s window has all that this one''s has, or the other way round: then one is enough.
Of a partitioned table, if it is the only one and not joined by LEFT JOIN, it makes an ordering of each partition and the other tables, called name_partition, with window_rows rows each. A query of the whole is served by merging those of the partitions that it reads, up to 64, while each of them has one that is like the others. A partition that comes later gets its own by itself, if it has the same owner and the indexes, and one that is dropped takes its own along. The function can be called again for what is missing. If it is not the one whose unique key ends the order, writers of that table work for the orderings of all its partitions when they commit. A fourth of max_locks_per_transaction may be there, and no more than 64. drop_ordering(), refresh_ordering() and verify_ordering() take the name for all of them. max_rows can''t be given. create_indexes makes them on the partitioned table, so that later partitions have them, which takes its owner.
The tables are read with the rights of their owner. If they have several, with those of the ordering''s owner, the caller.
Locks the tables against writers until the end of the transaction, and fills the window (about 5 s for 200,000 rows of three tables).
The definition is a foreign server, whose options say the same. Of a server that was made or altered by hand, window_rows counts as the nearest number that is allowed, and as the default if it is none.
Errors: 0A000 a part of the query is not supported (the message names it), 55000 an index is missing (the hint is the command), 42710 the name is taken, 42501 the caller does not own all the tables, or they have several owners and the caller is a superuser, or the role that reads them may not, 22004 name or query is NULL, 22023 an empty or too long name, a bad window_rows, covering or max_rows, or max_rows where no rows are counted for each value, 25006 read-only.
May be called by the owner of all the tables.';

COMMENT ON VIEW bingo_tune.orderings IS
'One row for each ordering.
name, query: its definition. Query has qualified names and follows renaming. state: valid, or invalid: then queries take the plain plan. reason: why it is invalid, or not built, or that max_rows keeps it from having rows of all values, else NULL; invalid_since: time of the first invalidation after the last fill; invalidations: time and reason of each.
tables: the driving table first. window_rows: rows asked for in create_ordering(), of each value where its query has parameters, NULL: all; kept_rows: rows in the window now, above 64 MB estimated from these; cut_keys: values of which it does not have all rows, up to its end (hottest_keys() has those with most rows); marked_keys: values of which a transaction brought more rows than are kept, whose queries the plan behind answers until upkeep, which is on its way, has put them right. Both NULL unless window_rows is of each value. Of so many values that their ends take more than 64 MB cut_keys is estimated and marked_keys NULL; hottest_keys() tells it of those with most rows; bytes: of window, boundary and indexes. All NULL while somebody has locked them. boundary: sort keys of the last row kept, nothing, or everything (shown to those who may read all rows of the tables).
scans, rows_served, rows_behind, changes: executions, rows given from the window, rows given from the plan behind it (where windows of several partitions are merged, once: of the partition whose window ended first, or could not be used), window rows written by changes of the tables. Since the start of the server or the last time that the ordering was made from its definition (by an update, a restore, or after DDL), NULL before the first of them, and unless the library is in shared_preload_libraries.
last_build, last_build_ms: end of the last complete fill, and how long it took in milliseconds.
May be read by everybody.';

------------------------------------------------------------------------------
-- counters
------------------------------------------------------------------------------

CREATE FUNCTION bingo_tune.create_counter(name pg_catalog.text, query pg_catalog.text)
RETURNS pg_catalog.void
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'bingo_tune_create_counter';

COMMENT ON FUNCTION bingo_tune.create_counter(pg_catalog.text, pg_catalog.text) IS
'Keeps the number of rows of a table, or of each key in it, exact under every snapshot, so that queries that count them are answered by reading some few rows.
name: of the counter, up to 63 bytes. Orderings and counters have their names together. query: SELECT key, ..., count(*) FROM a plain table, with or without WHERE, GROUP BY key, .... Without GROUP BY it is one number. Keys, up to 16, are plain columns of a type whose equal values have equal images: integers, text, dates, uuid, boolean, enum, and others. No numeric, no float, no char(n), no domain. A key may also be whether a column of any type IS NULL. Conditions compare columns with constants, or are IS NULL, booleans, and AND, OR and NOT of such.
Writers of the table wait for nobody: each transaction leaves a row for each key whose count it has changed, and now and then one of them folds those of a key to one.
Of a partitioned table it makes a counter of each partition that has none of the same keys and conditions yet, called name_partition, or name_partition_2 and so on where that counts another table: a query that counts the whole is served while all partitions that it reads have one of the same keys and conditions, up to 64. A partition that comes later gets its own by itself, if it has the same owner or is given to him, and one that is dropped takes its own along. One whose counter was dropped by its own name gets none until the function is called again. drop_counter(), refresh_counter() and verify_counter() take the name for all of them.
The table is read with the rights of its owner. Locks it against writers until the end of the transaction, and counts.
Errors: 0A000 a part of the query is not supported (the message names it), 42710 the name is taken, 42501 the caller does not own the table, 22004 an argument is NULL, 22023 an empty or too long name, 54000 a key is too long for an index, 25006 read-only.
May be called by the owner of the table, and of its partitions.';

CREATE FUNCTION bingo_tune.drop_counter(name pg_catalog.text)
RETURNS pg_catalog.void
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'bingo_tune_drop_counter';

COMMENT ON FUNCTION bingo_tune.drop_counter(pg_catalog.text) IS
'Drops a counter: its rows, its triggers and its definition. Waits for who fills it, but for no reader: what somebody reads just now is cleared away later. The name of a partitioned table''s counter drops those of its partitions, and says which. One that is dropped by its own name upkeep does not make again, create_counter() does.
Errors: 22004 the name is NULL, 42704 no such counter, 42809 it is an ordering, 42501 the caller owns neither the counter nor its table, 25006 read-only.
May be called by the owner of the counter and by the owner of its table.';

CREATE FUNCTION bingo_tune.refresh_counter(name pg_catalog.text)
RETURNS pg_catalog.void
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'bingo_tune_refresh_counter';

COMMENT ON FUNCTION bingo_tune.refresh_counter(pg_catalog.text) IS
'Counts again and makes a counter valid. Puts its triggers back, ENABLE ALWAYS, if somebody has disabled or dropped them. Builds a counter that was restored from a dump. Upkeep does the same by itself.
Neither readers nor writers are blocked, but for those triggers. A background worker does the work, and the function returns when it is finished. If this transaction has changed anything or locked the table, or no worker is to be had, it does the work itself.
Errors: 22004 the name is NULL, 42704 no such counter, 42809 it is an ordering, 42501 the caller owns neither the counter nor its table, 55000 the query cannot be a counter any more, 55006 the counter is being read all the time, 55P03 a lock could not be had within lock_timeout, or in five minutes, 40P01 a transaction in its way waits for this one, 25006 read-only.
May be called by the owner of the counter and by the owner of its table.';

CREATE FUNCTION bingo_tune.verify_counter(name pg_catalog.text)
RETURNS pg_catalog.int8
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'bingo_tune_verify_counter';

COMMENT ON FUNCTION bingo_tune.verify_counter(pg_catalog.text) IS
'Compares a counter with its table under one snapshot, and returns for how many keys it has another number: 0 if it is in order.
Reads the whole table, as its owner. Waits for nobody and blocks nobody.
Errors: 22004 the name is NULL, 42704 no such counter, 42809 it is an ordering, 42501 the caller owns neither the counter nor its table, 55000 it is not built, 55006 this transaction has changed the table, or its snapshot is older than the last time that all was counted.
May be called by the owner of the counter and by the owner of its table, on a standby too.';

CREATE FUNCTION bingo_tune.explain_counter(
	query pg_catalog.text,
	OUT counter pg_catalog.text,
	OUT served pg_catalog.bool,
	OUT reason pg_catalog.text,
	OUT command pg_catalog.text)
RETURNS SETOF pg_catalog.record
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'bingo_tune_explain_counter';

COMMENT ON FUNCTION bingo_tune.explain_counter(pg_catalog.text) IS
'Says for each counter of a table of the query whether the query, or a part of it, would be answered by it if it were run now in this session and, if not, why not.
query: the text of one SELECT. Parameters are written $1, $2, ... and taken as unknown. It is planned, not executed, with the caller''s search_path and settings.
Returns a row for each such counter, those that serve first: served is true if the plan reads it now. Else reason says what stands in the way.
If none has what the query counts: one row more, without a counter. Its command is the create_counter() call of one that would, its filter being the conditions that are the same in every call, its keys the columns that are grouped by or compared for equality. Or it is NULL, and reason says why none could, or that the plain plan would be cheaper. Whether it is worth it is for advise() to say. In other rows command is NULL.
Errors: 22004 the text is NULL, 22023 it has no statement or several, 42809 not a SELECT, and what EXPLAIN of the query would raise, 42501 included.
May be called by everybody.';

CREATE VIEW bingo_tune.counters AS
SELECT s.name, s.query, s.state, s.reason, s.invalid_since, s.invalidations, s.tables[1] AS table_name,
	s.kept_rows AS changes_kept, s.bytes,
	counters.scans AS reads, counters.rows_behind AS reads_behind, counters.changes,
	s.last_build, s.last_build_ms
FROM bingo_tune.ordering_states(true) AS s
LEFT JOIN bingo_tune.ordering_counters() AS counters ON counters.ordering_id OPERATOR(pg_catalog.=) s.ordering_id;
GRANT SELECT ON bingo_tune.counters TO PUBLIC;

COMMENT ON VIEW bingo_tune.counters IS
'One row for each counter.
name, query: its definition. Query has qualified names and follows renaming. state: valid, or invalid: then queries take the plain plan. reason: why it is invalid, or not built, else NULL; invalid_since: time of the first invalidation after it was last counted; invalidations: time and reason of each.
table_name: whose rows it counts. changes_kept: rows that it consists of now, one for each key and those that are not folded yet, above 64 MB estimated from these; bytes: what it takes on disk. Both NULL while somebody has locked it.
reads, reads_behind, changes: executions of plans with the counter, those of them that took the plain plan, rows written by changes of the table. Since the start of the server or the last time that the counter was made from its definition, NULL before the first of them, and unless the library is in shared_preload_libraries.
last_build, last_build_ms: when it was last counted in full, and how long that took in milliseconds.
May be read by everybody.';

CREATE FUNCTION bingo_tune.before_ddl()
RETURNS pg_catalog.event_trigger
LANGUAGE C
AS 'MODULE_PATHNAME', 'bingo_tune_before_ddl';

COMMENT ON FUNCTION bingo_tune.before_ddl() IS
'Event trigger: lets the owner of a table, who is no superuser, disable and enable its triggers all at once although those of orderings are internal ones. It lets DROP EXTENSION bingo_tune lock all that it drops before it begins. It keeps the extension from being in the way of what drops pg_stat_statements, or from going with its schema.';

-- Last: from here on DDL is looked at.  Event triggers and wrappers belong to a superuser;
-- if that is one whom somebody wants to drop, REASSIGN OWNED must not fail because of them.
CREATE EVENT TRIGGER bingo_tune_before_ddl ON ddl_command_start WHEN TAG IN ('ALTER TABLE', 'DROP EXTENSION', 'DROP SCHEMA', 'DROP OWNED')
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
'The rows of pg_stat_statements, in whatever schema and version that is: no object of ours depends on it, so it can be updated and moved. What its version does not have is NULL. Without it there is no row.
Texts of other databases that have another encoding are converted. What has no equivalent in this one''s is shown as \xHH, byte by byte, and no more than a megabyte of such a text.
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

COMMENT ON COLUMN bingo_tune.query_timing.query IS 'text from pg_stat_statements, null if that has no row for it (a statement that always failed), or is not there. Of another database in another encoding: see statement_statistics()';

-- Statements as they were sent.

CREATE FUNCTION bingo_tune.statement_examples(
	OUT userid pg_catalog.oid,
	OUT queryid pg_catalog.int8,
	OUT toplevel pg_catalog.bool,
	OUT kind pg_catalog.text,
	OUT ms pg_catalog.float8,
	OUT at pg_catalog.timestamptz,
	OUT statement pg_catalog.text,
	OUT parameters pg_catalog.text[],
	OUT parameter_types pg_catalog.regtype[],
	OUT cut pg_catalog.bool)
RETURNS SETOF pg_catalog.record
LANGUAGE C VOLATILE PARALLEL RESTRICTED
AS 'MODULE_PATHNAME', 'bingo_timing_examples';

COMMENT ON FUNCTION bingo_tune.statement_examples() IS
'The rows of the view query_examples, where its columns are described, with the OID of the role.
Errors: 55000 timing is not loaded.';

CREATE VIEW bingo_tune.query_examples AS
SELECT pg_catalog.pg_get_userbyid(e.userid) AS username, e.toplevel, e.queryid, e.kind, e.ms, e.at,
	e.statement, e.parameters, e.parameter_types, e.cut, e.userid
FROM bingo_tune.statement_examples() AS e;
GRANT SELECT ON bingo_tune.query_examples TO PUBLIC;

COMMENT ON VIEW bingo_tune.query_examples IS
'Statements of this database as they were sent, with constants and parameters: of each query in query_timing one of the last seconds in which it ran, and the slowest. In memory only; bingo_tune.keep_examples = off forgets them. Utility statements are never kept.
Everybody sees those that he himself has run, members of pg_read_all_stats see all.';
COMMENT ON COLUMN bingo_tune.query_examples.kind IS 'recent or slowest';
COMMENT ON COLUMN bingo_tune.query_examples.ms IS 'how long it took, in milliseconds';
COMMENT ON COLUMN bingo_tune.query_examples.at IS 'when it had ended';
COMMENT ON COLUMN bingo_tune.query_examples.statement IS 'its text, without other statements that were sent with it. At most 2 kB together with its parameters';
COMMENT ON COLUMN bingo_tune.query_examples.parameters IS '$1, $2, ... as text. Null if it has none, or they could not be kept';
COMMENT ON COLUMN bingo_tune.query_examples.parameter_types IS 'their types';
COMMENT ON COLUMN bingo_tune.query_examples.cut IS 'the text is not complete, or the parameters could not be kept: too long, or of a type that is not PostgreSQL''s own';

------------------------------------------------------------------------------
-- advice
------------------------------------------------------------------------------

-- No search_path of its own: statements are analysed with the caller's.
CREATE FUNCTION bingo_tune.advise(
	query pg_catalog.text DEFAULT NULL,
	min_share pg_catalog.float8 DEFAULT 0.01,
	budget pg_catalog.int8 DEFAULT NULL,
	max_rows pg_catalog.int4 DEFAULT 20,
	OUT rank pg_catalog.int4,
	OUT kind pg_catalog.text,
	OUT command pg_catalog.text,
	OUT serves pg_catalog.int8[],
	OUT reason pg_catalog.text,
	OUT calls pg_catalog.int8,
	OUT total_ms pg_catalog.float8,
	OUT mean_ms pg_catalog.float8,
	OUT cost_before pg_catalog.float8,
	OUT cost_after pg_catalog.float8,
	OUT expected_ms pg_catalog.float8,
	OUT gain pg_catalog.float8,
	OUT size pg_catalog.int8,
	OUT write_cost pg_catalog.float8,
	OUT note pg_catalog.text,
	OUT statement pg_catalog.text)
RETURNS SETOF pg_catalog.record
LANGUAGE C VOLATILE ROWS 20 COST 100000 PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'bingo_tune_advise';

COMMENT ON FUNCTION bingo_tune.advise(pg_catalog.text, pg_catalog.float8, pg_catalog.int8, pg_catalog.int4) IS
'What would make the statements of this database faster, best first: indexes, and orderings and counters where no index can do it. It also names the indexes and orderings that nobody would miss. No statement is executed, nothing is changed. Needs the extension hypopg.
query: one SELECT, INSERT, UPDATE or DELETE, whether it ever ran or not, with parameters as $1, $2, ...; NULL: the examples of all statements (query_examples). min_share: of the time that is left once slower ones are as fast as they can be, 0 to 1: what took less gets no advice. budget: bytes of all indexes together, NULL: any. max_rows: at most so many rows.
kind: index, ordering, counter (of counts that are slow with any index), statistics and analyze (of expressions, see below), drop_index (without a query only: redundant, or not scanned since the statistics began), drop_ordering (likewise: another ordering''s window has all that its window has), or nothing, for a statement that none of these helps. command: ready to be typed. serves: the queryids of query_timing. statement: of these the one that took most time, as its example has it; NULL if query is given. reason: what the columns are for, or why nothing. calls, total_ms, mean_ms: of what it serves; cost_before, cost_after: of a call, by the planner; expected_ms: mean_ms in the ratio of the costs; gain: milliseconds of total_ms that would have been saved; size: bytes, estimated by HypoPG; write_cost: milliseconds that writers would have taken longer in that time, by the entries that PostgreSQL counted; NULL where not known. A counter''s expected_ms and gain are by what counters took where they were measured, an ordering''s by the planner, but no call is taken for less than 0.1 ms.
An index has the rows of one value alone (WHERE status = ''failed''), or of the values of a list (IN (''failed'', ''lost'')), where these are constants of the query, by ANALYZE rare among few, together, and the same in both of its examples, of two executions. note says that it finds no others.
GIN indexes are among them, for what the default operator class of a column''s type searches (arrays, jsonb, tsvector), and for LIKE, ILIKE and regular expressions where the extension pg_trgm is. Where it could be, note says so. Their size and write_cost are estimated by the width of the column.
An index that an ordering needs on a column that joins, and that is not there, comes before it, and serves statements, too.
An expression without statistics (lower(name) = ''x''), of which the planner takes it that one row of 200 has the value, is looked at in a sample of the table, about 10,000 rows of at most 300 pages, for a second at most, as the role that ran the statement, or gave it; all costs are by that. The guess stays where an error is raised, where a part of the table is a foreign one, and where a function of the expression or of a policy belongs to a role that could not act as that one. Behind an index on an expression comes ANALYZE (analyze). Where neither an index nor statistics have the expression and a plan would be another one without, CREATE STATISTICS (statistics) and ANALYZE are advised; not of a table with partitions or children.
Where an ordering needs unique keys that are not there, and all else is, unique indexes come before it (CREATE UNIQUE INDEX): of columns that are NOT NULL, of which ANALYZE saw no value twice, and that a sequence or gen_random_uuid() fills. In a table without such a column it is of those that are joined on, or are whole numbers or UUIDs that end the order. The command looks whether there really is none twice, and fails if there is. From then on the table refuses it.
Costs are estimates: nothing is proved before it was tried. Names in the statements are looked up in the caller''s search_path. Statements of others that call functions of roles which could not act as the caller are not planned. Hypothetical indexes of the session are kept, under new OIDs.
Errors: 55000 hypopg is not installed in this database, or timing is not loaded; 22004 min_share or max_rows is NULL; 22023 an argument; 55P03 a system catalog is locked; and what EXPLAIN of the query would raise.
May be called by everybody: for his own statements, for all by members of pg_read_all_stats, as far as he may select from the tables.';

CREATE FUNCTION bingo_tune.advise_commands(
	query pg_catalog.text DEFAULT NULL,
	min_share pg_catalog.float8 DEFAULT 0.01,
	budget pg_catalog.int8 DEFAULT NULL,
	max_rows pg_catalog.int4 DEFAULT 20,
	drops pg_catalog.bool DEFAULT false)
RETURNS SETOF pg_catalog.text
LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	SELECT a.command
	FROM bingo_tune.advise(advise_commands.query, advise_commands.min_share, advise_commands.budget, advise_commands.max_rows) AS a
	WHERE a.command IS NOT NULL AND (a.kind OPERATOR(pg_catalog.<>) ALL ('{drop_index,drop_ordering}'::pg_catalog.text[]) OR advise_commands.drops) ORDER BY a.rank;
END;

COMMENT ON FUNCTION bingo_tune.advise_commands(pg_catalog.text, pg_catalog.float8, pg_catalog.int8, pg_catalog.int4, pg_catalog.bool) IS
'The commands of advise(), best first, for psql: SELECT bingo_tune.advise_commands() \gexec
drops: true: those of kinds drop_index and drop_ordering, too, which are only said otherwise. The other arguments, errors and rights are those of advise().';

-- No search_path of its own, as advise().
CREATE FUNCTION bingo_tune.apply_advice(
	rank pg_catalog.int4 DEFAULT 0,
	query pg_catalog.text DEFAULT NULL,
	min_share pg_catalog.float8 DEFAULT 0.01,
	budget pg_catalog.int8 DEFAULT NULL,
	max_rows pg_catalog.int4 DEFAULT 20,
	OUT table_name pg_catalog.regclass,
	OUT index_name pg_catalog.regclass,
	OUT action pg_catalog.text,
	OUT serves pg_catalog.text)
RETURNS SETOF pg_catalog.record
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'bingo_tune_apply_advice';

COMMENT ON FUNCTION bingo_tune.apply_advice(pg_catalog.int4, pg_catalog.text, pg_catalog.float8, pg_catalog.int8, pg_catalog.int4) IS
'Makes the indexes, orderings, counters and statistics that advise() would give now with the same arguments, in one transaction, and marks them as made here: revert() and DROP EXTENSION drop them, index_report shows the indexes. An index of advise_commands() is yours, and isn''t marked.
rank: of advise(), or 0 for all. What ranks are is worked out anew. query, min_share, budget, max_rows: as for advise(). Kinds drop_index, drop_ordering and nothing are only said.
An ordering''s rank also makes the indexes that it needs, and that of statistics or of an index on an expression also runs ANALYZE. Returns a row for each: action is created, found (an index that does the same is there by now) or analyzed. An ordering has its driving table, a counter its table, and no index.
Waits, no longer than lock_timeout, for a SHARE ROW EXCLUSIVE lock on the tables. Their writers wait while it builds. For a database in use: advise_commands().
Errors: those of advise(), 22004 rank is NULL, 22023 there is no such rank, or it is only said, 42501 the caller is not owner of the table, 55000 a table was renamed meanwhile, 25006 read-only, and what CREATE INDEX, CREATE STATISTICS, create_ordering() and create_counter() raise.
May be called by whoever may act as the owner of the tables. No superuser is needed.';

-- Definitions belong to the extension, whoever has written them.

CREATE FUNCTION bingo_tune.adopt_servers()
RETURNS pg_catalog.event_trigger
LANGUAGE C
AS 'MODULE_PATHNAME', 'bingo_definition_adopt_servers';

COMMENT ON FUNCTION bingo_tune.adopt_servers() IS
'Event trigger: foreign servers of the extension''s wrappers, which pg_dump restores like any other, go with DROP EXTENSION.';

CREATE EVENT TRIGGER bingo_tune_after_server ON ddl_command_end WHEN TAG IN ('CREATE SERVER')
EXECUTE FUNCTION bingo_tune.adopt_servers();
ALTER EVENT TRIGGER bingo_tune_after_server ENABLE ALWAYS;
CREATE EVENT TRIGGER bingo_tune_before_drop ON ddl_command_start WHEN TAG IN ('DROP EXTENSION', 'DROP OWNED')
EXECUTE FUNCTION bingo_tune.adopt_servers();
ALTER EVENT TRIGGER bingo_tune_before_drop ENABLE ALWAYS;

-- Endpoints: no tables any more, which publications and data-only restores would take
-- for the user's data.  Shipped rows stand in the library; the user's are servers of
-- this wrapper.  Not of the other, which everybody may use: these rows say to all what
-- is called what, so only those may write them who could in 1.0.

CREATE FOREIGN DATA WRAPPER bingo_tune_timing;
GRANT USAGE ON FOREIGN DATA WRAPPER bingo_tune_timing TO @extowner@;

COMMENT ON FOREIGN DATA WRAPPER bingo_tune_timing IS
'Its foreign servers are the rows of the views bingo_tune.endpoints and bingo_tune.endpoint_targets that did not come with the extension: nothing is read through them. INSERT, UPDATE and DELETE on the views make, alter and drop them.';

-- As the other event triggers and wrappers.
DO LANGUAGE plpgsql $do$
DECLARE
	first pg_catalog.text := pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(10));
	object pg_catalog.text;
BEGIN
	FOREACH object IN ARRAY ARRAY['EVENT TRIGGER bingo_tune_after_server', 'EVENT TRIGGER bingo_tune_before_drop',
		'FOREIGN DATA WRAPPER bingo_tune_timing']
	LOOP
		EXECUTE pg_catalog.format('ALTER %s OWNER TO %s', object, first);
	END LOOP;
END
$do$;

ALTER EXTENSION bingo_tune DROP TABLE bingo_tune.endpoints;
ALTER EXTENSION bingo_tune DROP TABLE bingo_tune.endpoint_targets;
ALTER TABLE bingo_tune.endpoints RENAME TO endpoints_1_0;
ALTER TABLE bingo_tune.endpoint_targets RENAME TO endpoint_targets_1_0;

CREATE FUNCTION bingo_tune.list_endpoints(
	OUT endpoint pg_catalog.text,
	OUT example pg_catalog.text,
	OUT queryid pg_catalog.int8,
	OUT shipped pg_catalog.bool,
	OUT action pg_catalog.text)
RETURNS SETOF pg_catalog.record
LANGUAGE C STABLE ROWS 20 PARALLEL RESTRICTED
AS 'MODULE_PATHNAME', 'bingo_timing_list_endpoints';

COMMENT ON FUNCTION bingo_tune.list_endpoints() IS
'The rows of the view endpoints, where its columns are described.';

CREATE FUNCTION bingo_tune.change_endpoint() RETURNS pg_catalog.trigger
LANGUAGE C
AS 'MODULE_PATHNAME', 'bingo_timing_change_endpoint';

COMMENT ON FUNCTION bingo_tune.change_endpoint() IS
'Trigger on the view bingo_tune.endpoints: keeps its rows as foreign servers.
Warns if a table of the example does not exist, and if the endpoint''s last row goes and a target stays.
Errors: 23502 no name, or neither or both of example and queryid, 23505 the statement belongs to another endpoint, 23514 a name that can''t be, 428C9 a value for action, 42601 and 22023 as for statement_action(), 40001 somebody else has changed the row.';

CREATE VIEW bingo_tune.endpoints AS
SELECT endpoint, example, queryid, shipped, action FROM bingo_tune.list_endpoints();

ALTER VIEW bingo_tune.endpoints ALTER COLUMN shipped SET DEFAULT false;

CREATE TRIGGER change_endpoint INSTEAD OF INSERT OR UPDATE OR DELETE ON bingo_tune.endpoints
FOR EACH ROW EXECUTE FUNCTION bingo_tune.change_endpoint();

COMMENT ON VIEW bingo_tune.endpoints IS
'Which statements belong to which endpoint. To add one: INSERT INTO bingo_tune.endpoints (endpoint, example) VALUES (''GET /film'', ''SELECT * FROM film WHERE id = $1''): every statement that does the same as the example, see statement_action(), is counted for the endpoint. An endpoint may have several rows. One action belongs to one endpoint. Instead of an example, a queryid of query_timing picks one query, and wins over actions.
The shipped rows are those of bingo, and shown where tables named sessions, customers and movies are in one schema. A row of yours replaces a shipped one with the same action. What is deleted stays away. To have a shipped row back insert it as it was, with shipped = true. ON CONFLICT changes nothing: an action or queryid that belongs to another row is 23505 all the same.
Rows of yours are foreign servers of the wrapper bingo_tune_timing, and dumped as these.';
COMMENT ON COLUMN bingo_tune.endpoints.endpoint IS 'name, such as GET /api/movie/{id}. It becomes a label in Prometheus, so use a bounded set';
COMMENT ON COLUMN bingo_tune.endpoints.example IS 'a statement that does what the endpoint''s statements do';
COMMENT ON COLUMN bingo_tune.endpoints.queryid IS 'or the queryid of one query';
COMMENT ON COLUMN bingo_tune.endpoints.shipped IS 'came with the extension and is not dumped. Becomes false when changed';
COMMENT ON COLUMN bingo_tune.endpoints.action IS 'what the example does';

CREATE FUNCTION bingo_tune.list_endpoint_targets(
	OUT endpoint pg_catalog.text,
	OUT fraction pg_catalog.float8,
	OUT within pg_catalog.float8,
	OUT max_error_rate pg_catalog.float8,
	OUT shipped pg_catalog.bool)
RETURNS SETOF pg_catalog.record
LANGUAGE C STABLE ROWS 20 PARALLEL RESTRICTED
AS 'MODULE_PATHNAME', 'bingo_timing_list_targets';

COMMENT ON FUNCTION bingo_tune.list_endpoint_targets() IS
'The rows of the view endpoint_targets, where its columns are described.';

CREATE FUNCTION bingo_tune.change_endpoint_target() RETURNS pg_catalog.trigger
LANGUAGE C
AS 'MODULE_PATHNAME', 'bingo_timing_change_target';

COMMENT ON FUNCTION bingo_tune.change_endpoint_target() IS
'Trigger on the view bingo_tune.endpoint_targets: keeps its rows as foreign servers.
Warns if there is no endpoint of that name.
Errors: 23502 a column is null that must not be, 23505 the endpoint has a target, 23514 a number that can''t be, 40001 somebody else has changed the row.';

CREATE VIEW bingo_tune.endpoint_targets AS
SELECT endpoint, fraction, within, max_error_rate, shipped FROM bingo_tune.list_endpoint_targets();

ALTER VIEW bingo_tune.endpoint_targets ALTER COLUMN fraction SET DEFAULT 0.9;
ALTER VIEW bingo_tune.endpoint_targets ALTER COLUMN max_error_rate SET DEFAULT 0.01;
ALTER VIEW bingo_tune.endpoint_targets ALTER COLUMN shipped SET DEFAULT false;

CREATE TRIGGER change_endpoint_target INSTEAD OF INSERT OR UPDATE OR DELETE ON bingo_tune.endpoint_targets
FOR EACH ROW EXECUTE FUNCTION bingo_tune.change_endpoint_target();

COMMENT ON VIEW bingo_tune.endpoint_targets IS
'The owners'' targets: what endpoint_service_level compares with. Edit it as you like. Rows of yours are kept as those of endpoints. A shipped one is shown while its endpoint is.';
COMMENT ON COLUMN bingo_tune.endpoint_targets.fraction IS 'this share of the calls ...';
COMMENT ON COLUMN bingo_tune.endpoint_targets.within IS '... must not take longer than these milliseconds; null: no target';
COMMENT ON COLUMN bingo_tune.endpoint_targets.max_error_rate IS 'at most this share of the calls may fail';
COMMENT ON COLUMN bingo_tune.endpoint_targets.shipped IS 'came with the extension and is not dumped. Becomes false when changed';

GRANT SELECT ON bingo_tune.endpoints, bingo_tune.endpoint_targets TO PUBLIC;
GRANT INSERT, UPDATE, DELETE ON bingo_tune.endpoints, bingo_tune.endpoint_targets TO @extowner@;

-- The endpoints are read once, whatever the number of queries.
CREATE OR REPLACE VIEW bingo_tune.endpoint_timing AS
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
	WITH defined AS MATERIALIZED (SELECT endpoint, queryid, action FROM bingo_tune.endpoints)
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
	FROM (SELECT endpoint FROM defined UNION SELECT '(other)') AS names
		LEFT JOIN (
			SELECT COALESCE(q.endpoint, a.endpoint, '(other)') AS endpoint, queries.*
			FROM bingo_tune.timing_queries(true) AS queries
				LEFT JOIN defined AS q ON q.queryid = queries.queryid
				LEFT JOIN defined AS a ON a.action = queries.action
			WHERE queries.toplevel AND queries.dbid = (
				SELECT d.oid FROM pg_catalog.pg_database AS d WHERE d.datname = pg_catalog.current_database())
		) AS t ON t.endpoint = names.endpoint
	GROUP BY names.endpoint
) AS sums;

CREATE OR REPLACE VIEW bingo_tune.endpoint_service_level AS
SELECT endpoint, calls, fraction, within, measured, within_rate, max_error_rate, error_rate,
	CASE WHEN NOT known THEN 'no endpoint'
		WHEN calls = 0 THEN 'no data'
		WHEN (within IS NULL OR measured <= within) AND error_rate <= max_error_rate THEN 'met'
		ELSE 'missed' END AS service_level
FROM (
	SELECT g.endpoint, t.endpoint IS NOT NULL AS known, COALESCE(t.calls, 0) AS calls, g.fraction, g.within,
		bingo_tune.quantile(t.histogram, g.fraction) AS measured,
		bingo_tune.calls_within(t.histogram, g.within)::pg_catalog.float8 / NULLIF(t.calls, 0) AS within_rate,
		g.max_error_rate,
		t.errors::pg_catalog.float8 / NULLIF(t.calls, 0) AS error_rate
	FROM bingo_tune.endpoint_targets AS g
		LEFT JOIN bingo_tune.endpoint_timing AS t ON t.endpoint = g.endpoint
	-- Without a target, too, this is an error where nothing is timed.
	WHERE (SELECT count(*) FROM bingo_tune.timing_facts()) = 1
) AS levels;

COMMENT ON VIEW bingo_tune.endpoint_service_level IS
'The owners'' targets (endpoint_targets), what has been measured since the last reset, and the verdict in service_level: met, missed, no data when there were no calls, or no endpoint when endpoints has none of that name. measured is the time in milliseconds that the target''s fraction of the calls did not exceed, within_rate the share of calls within the target, error_rate the share that failed; NULL when there were no calls. Rights and errors as for query_timing.';

-- What users had made of the tables: their rows, what they had deleted, their rights.
INSERT INTO bingo_tune.endpoints (endpoint, example, queryid)
SELECT o.endpoint, o.example, o.queryid FROM bingo_tune.endpoints_1_0 AS o
WHERE NOT (o.shipped AND EXISTS (SELECT FROM bingo_tune.endpoints AS e WHERE e.action = o.action));
DELETE FROM bingo_tune.endpoints AS e
WHERE e.shipped AND NOT EXISTS (SELECT FROM bingo_tune.endpoints_1_0 AS o WHERE o.action = e.action);
INSERT INTO bingo_tune.endpoint_targets (endpoint, fraction, within, max_error_rate)
SELECT o.endpoint, o.fraction, o.within, o.max_error_rate FROM bingo_tune.endpoint_targets_1_0 AS o
WHERE NOT (o.shipped AND EXISTS (SELECT FROM bingo_tune.endpoint_targets AS e WHERE e.endpoint = o.endpoint));
DELETE FROM bingo_tune.endpoint_targets AS e
WHERE e.shipped AND NOT EXISTS (SELECT FROM bingo_tune.endpoint_targets_1_0 AS o WHERE o.endpoint = e.endpoint);

-- Rights that the users have given or taken are not those that the extension begins
-- with: pg_dump has to write them.
CREATE FUNCTION bingo_tune.run_as_user(command pg_catalog.text) RETURNS pg_catalog.void
LANGUAGE C STRICT
AS 'MODULE_PATHNAME', 'bingo_definition_run_as_user';
DO LANGUAGE plpgsql $do$
DECLARE
	name pg_catalog.text;
	difference record;
BEGIN
	FOREACH name IN ARRAY ARRAY['endpoints', 'endpoint_targets'] LOOP
		FOR difference IN
			WITH rights AS (
				SELECT c.relname, ''::pg_catalog.text AS columns, r.grantee, r.privilege_type, r.is_grantable
				FROM pg_catalog.pg_class AS c CROSS JOIN LATERAL pg_catalog.aclexplode(c.relacl) AS r
				WHERE c.relnamespace = 'bingo_tune'::pg_catalog.regnamespace AND r.grantee <> c.relowner
				UNION ALL
				SELECT c.relname, pg_catalog.format('(%I)', a.attname), r.grantee, r.privilege_type, r.is_grantable
				FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid
					CROSS JOIN LATERAL pg_catalog.aclexplode(a.attacl) AS r
				WHERE c.relnamespace = 'bingo_tune'::pg_catalog.regnamespace
			), before AS (
				SELECT columns, grantee, privilege_type, is_grantable FROM rights WHERE relname = name || '_1_0'
			), after AS (
				SELECT columns, grantee, privilege_type, is_grantable FROM rights WHERE relname = name
			)
			SELECT false AS gives, lost.* FROM (TABLE after EXCEPT TABLE before) AS lost
			UNION ALL
			SELECT true, given.* FROM (TABLE before EXCEPT TABLE after) AS given
			ORDER BY gives
		LOOP
			PERFORM bingo_tune.run_as_user(pg_catalog.format(
				CASE WHEN difference.gives THEN 'GRANT %s %s ON bingo_tune.%I TO %s %s' ELSE 'REVOKE %s %s ON bingo_tune.%I FROM %s' END,
				difference.privilege_type, difference.columns, name,
				CASE WHEN difference.grantee = 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(difference.grantee)) END,
				CASE WHEN difference.is_grantable THEN 'WITH GRANT OPTION' END));
		END LOOP;
	END LOOP;
END
$do$;
DROP FUNCTION bingo_tune.run_as_user(pg_catalog.text);

DROP TABLE bingo_tune.endpoints_1_0, bingo_tune.endpoint_targets_1_0;
DROP FUNCTION bingo_tune.check_endpoint(), bingo_tune.check_endpoint_target();

------------------------------------------------------------------------------
-- attach
------------------------------------------------------------------------------

-- As in 1.0, but silent where the figures don't hold: in a database without the
-- application's tables, with more data or more cores than were measured.
CREATE OR REPLACE FUNCTION bingo_tune.advise_settings(
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
				current_setting('jit_above_cost')::float8 BETWEEN 0 AND 57000 AS compiles,
			-- Tables of this size were measured, and smaller ones; of none nothing is known.
			tables BETWEEN 1 AND 670000000 AS measured,
			'; from bench/settings.sh, with up to 5,000,000 sessions on 2 cores' AS source
	), needs AS (
		-- A quarter more than the answers read, in steps of 64 MB, but not more
		-- than a quarter of the memory.
		SELECT *, least(ceil(answers_mb * 1.25 / 64)::int8 * 64, memory_mb / 4) AS need_mb
		FROM facts
	)
	SELECT 'shared_buffers'::text, 'MB'::text,
		CASE WHEN buffers_mb < need_mb THEN need_mb::text END,
		CASE WHEN buffers_mb < need_mb
			THEN format('GET /api/session and GET /api/customer read %s MB of the tables'' %s MB; a quarter more, but at most a quarter of the memory (%s), keeps that in shared_buffers; with a tenth of it GET /api/session takes twice as long',
				answers_mb, tables_mb, coalesce(memory_mb || ' MB', 'unknown'))
			WHEN buffers_mb < answers_mb * 1.25
			THEN format('GET /api/session and GET /api/customer read %s MB of the tables'' %s MB, more than a quarter of the memory (%s MB)', answers_mb, tables_mb, memory_mb)
			ELSE format('no gain measured above a quarter more than the %s MB of the tables'' %s MB that GET /api/session and GET /api/customer read', answers_mb, tables_mb) END || source
	FROM needs
	WHERE tables > 0
	UNION ALL
	SELECT 'jit', '', CASE WHEN compiles THEN 'off' END,
		CASE WHEN compiles
			THEN format('jit_above_cost is %s and the application''s plans with indexes cost up to 57000; compiled, a single-row GET takes 15 ms instead of 0.3 ms', current_setting('jit_above_cost'))
			ELSE 'no gain measured between on and off: with the indexes no plan of the application costs more than 57000, and jit_above_cost is 100000 by default' END || source
	FROM facts
	WHERE measured OR tables > 0 AND compiles
	UNION ALL
	SELECT 'max_parallel_workers_per_gather', '', NULL,
		'no gain measured between 0 and 2' || source
	FROM facts
	WHERE measured AND cores <= 2
	UNION ALL
	SELECT v.name, v.unit, NULL, v.reason || f.source
	FROM facts AS f, (VALUES
		('work_mem', 'MB',
			'no gain measured between 4 and 64 MB: with the indexes GET /api/session sorts the sessions of one title at a time, about 50 kB'),
		('effective_cache_size', 'MB',
			'no gain measured between 512 MB and 16 GB'),
		('random_page_cost', '',
			'no gain measured between 1.1 and 4'),
		('maintenance_work_mem', 'MB',
			'no gain measured between 64 MB and 1 GB: apply() on 5,000,000 sessions was fastest with 64 MB'),
		('max_wal_size', 'MB',
			'no gain measured: a load with its indexes, 101 MB of WAL, was as fast with 64 MB as with 1 GB, and one of 524 MB as fast with 1 GB as with 4 GB'),
		('checkpoint_timeout', 's',
			'no gain measured between 300 and 1800 s, neither for a load nor for inserts')) AS v (name, unit, reason)
	WHERE f.measured
	UNION ALL
	SELECT l.setting_name, '', l.advised, l.reason
	FROM (
		SELECT s.name AS setting_name,
			CASE WHEN s.name = 'shared_preload_libraries' AND NOT (m.shared AND m.statements)
				THEN concat_ws(', ', CASE WHEN NOT m.statements AND m.shared THEN 'pg_stat_statements' END,
					nullif(s.setting, ''),
					CASE WHEN NOT m.statements AND NOT m.shared THEN 'pg_stat_statements' END,
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
'The rules of settings_advice for a machine with so many bytes of memory and so many cores (null: unknown), answers that read so many bytes and tables that have so many with their indexes. A rule whose figures were not measured for so much data or so many cores gives no row. May be called by everybody. The settings of libraries are shown only to members of pg_read_all_settings.';

COMMENT ON VIEW bingo_tune.settings_advice IS
'The server settings that could matter: how the libraries are loaded, and, where the application''s tables are, those that were measured for it. What they are, what they should be on this machine with this data, and why. Changes nothing. A setting without measured gain is advised nothing. One whose figures don''t hold for this data or machine is left out. Sees the memory limit of the server''s control group.';
COMMENT ON COLUMN bingo_tune.settings_advice.reason IS 'the rule, its numbers, and where they come from';

COMMENT ON FUNCTION bingo_tune.revert() IS
'Drops the orderings api_session, api_customer and api_movie, the orderings, counters and statistics that apply_advice() made, and every index that apply(), index_commands() or apply_advice() made, that is, every index that depends on the extension, and returns a row for each: table_name is the table (of an ordering the driving one, NULL if it is gone), index_name the index, or ordering, counter or statistics, and its name. What other owners have is left, with a NOTICE, and so is an index that another ordering needs: NOTICE and hint name it. DROP EXTENSION drops all.
Errors: 42501 the caller may act as owner of none of the tables, 2BP01 something else (a foreign key) depends on such an index, 25006 read-only.
May be called by whoever may act as the owner of the tables.';

-- A literal is text to these: theirs is the message about an empty or unknown name, not
-- that of regnamespace's input function.

CREATE FUNCTION bingo_tune.apply(
	schema pg_catalog.text,
	OUT table_name pg_catalog.regclass,
	OUT index_name pg_catalog.regclass,
	OUT action pg_catalog.text,
	OUT serves pg_catalog.text)
RETURNS SETOF pg_catalog.record
LANGUAGE C VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'bingo_tune_apply_named';

COMMENT ON FUNCTION bingo_tune.apply(pg_catalog.text) IS
'The same, for the name of a schema. It is written as in SQL, in double quotes if need be.
Errors: as apply(), and 22023 the name is empty.';

CREATE FUNCTION bingo_tune.index_commands(
	concurrently pg_catalog.bool,
	schema pg_catalog.text)
RETURNS SETOF pg_catalog.text
LANGUAGE C STABLE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'bingo_tune_index_commands_named';

COMMENT ON FUNCTION bingo_tune.index_commands(pg_catalog.bool, pg_catalog.text) IS
'The same, for the name of a schema. It is written as in SQL, in double quotes if need be.
Errors: as index_commands(), and 22023 the name is empty.';

-- As in 1.0, but for what apply_advice() made on other tables.
CREATE OR REPLACE FUNCTION bingo_tune.data_sizes(OUT tables pg_catalog.int8, OUT answers pg_catalog.int8)
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
		FROM bingo_tune.index_report AS r WHERE r.status <> 'advised' GROUP BY r.table_name) AS t
		JOIN pg_class AS c ON c.oid = t.table_name;
END;

COMMENT ON COLUMN bingo_tune.index_report.table_name IS 'sessions, customers or movies, or a table that apply_advice() built an index on';
COMMENT ON COLUMN bingo_tune.index_report.status IS
'made: by apply() or index_commands(); advised: by apply_advice(), on any table; unclaimed: built from index_commands(), becomes "made" with apply(); used: an index of yours that serves in place of one of ours; redundant: an index of yours that another index in use makes superfluous; unneeded: one that no endpoint needs, though others may; other: one that enforces something, or that may serve until apply() has built what is missing; invalid: being built or left by a failed build; missing: apply() would build it';

------------------------------------------------------------------------------
-- NULL is no name and no choice
------------------------------------------------------------------------------

-- In 1.0 these were STRICT and answered NULL, as if they had done something.
ALTER FUNCTION bingo_tune.drop_ordering(text) CALLED ON NULL INPUT;
ALTER FUNCTION bingo_tune.refresh_ordering(text) CALLED ON NULL INPUT;
ALTER FUNCTION bingo_tune.verify_ordering(text) CALLED ON NULL INPUT;
ALTER FUNCTION bingo_tune.timing_queries(bool) CALLED ON NULL INPUT;
ALTER FUNCTION bingo_tune.reset_timing(oid, oid, int8) CALLED ON NULL INPUT;

COMMENT ON FUNCTION bingo_tune.drop_ordering(pg_catalog.text) IS
'Drops an ordering: its window, its triggers and its definition. Waits for who fills it, and for a prepared transaction that has changed its tables, but for no reader: what somebody reads just now is cleared away later. The name of a partitioned table''s ordering drops those of its partitions, and says which.
Errors: 22004 the name is NULL, 42704 no such ordering, 42809 it is a counter, 42501 the caller owns neither the ordering nor its tables, 25006 read-only.
May be called by the owner of the ordering and by the owner of all its tables.';
COMMENT ON FUNCTION bingo_tune.refresh_ordering(pg_catalog.text) IS
'Fills the window of an ordering again and makes it valid. Puts its triggers back, ENABLE ALWAYS, if somebody has disabled or dropped them. Builds an ordering that was restored from a dump.
Readers are not blocked, and writers only at their commit and for one chunk of 5,000 rows at a time: a background worker does the work in short transactions, and the function returns when it is finished. If this transaction has locked or changed one of the tables, or has a cursor on the window, or no worker is to be had (max_worker_processes), it does the work itself. Writers of the tables then wait until it ends.
Errors: 22004 the name is NULL, 42704 no such ordering, 42809 it is a counter, 42501 the caller owns neither the ordering nor its tables, 55000 the query cannot be an ordering any more (an index is gone), 55006 the window is being read all the time, 55P03 a lock could not be had within lock_timeout, or in five minutes, 40P01 a transaction in its way waits for this one, 25006 read-only.
May be called by the owner of the ordering and by the owner of all its tables.';
COMMENT ON FUNCTION bingo_tune.verify_ordering(pg_catalog.text) IS
'Compares the window of an ordering with its tables, byte by byte, under one snapshot.
missing: rows of the query up to the boundary that the window lacks; extra: rows of the window that the query does not have; differing: rows that have other values; samples: up to ten of them, NULL if there are none or the caller may not read all rows of the tables. An ordering in order gives 0, 0, 0, NULL.
Reads the window and as many rows of the tables, these as their owner. Waits for nobody and blocks nobody.
Errors: 22004 the name is NULL, 42704 no such ordering, 42809 it is a counter, 42501 the caller owns neither the ordering nor its tables, 55000 there is no window, 55006 this transaction has changed the tables, or its snapshot is older than the last refill of the window.
May be called by the owner of the ordering and by the owner of all its tables, on a standby too.';
COMMENT ON FUNCTION bingo_tune.timing_queries(pg_catalog.bool) IS
'The timing of every query that the caller may see: own ones and those of roles whose privileges he has; all for members of pg_read_all_stats. The columns are those of the view query_timing.
with_histogram: whether to fill the column histogram, which costs time and memory.
Errors: 22004 with_histogram is NULL, 55000 timing is not loaded.';
COMMENT ON FUNCTION bingo_tune.reset_timing(pg_catalog.oid, pg_catalog.oid, pg_catalog.int8) IS
'Forgets the times of the queries that match all given arguments (0 matches any) in all databases, and returns how many queries that were. Without arguments timing_status starts anew too. Statements that are running are counted when they end.
Errors: 22004 an argument is NULL, 55000 timing is not loaded.
May be called by superusers, and by whom they GRANT EXECUTE to.';
COMMENT ON FUNCTION bingo_tune.index_commands(pg_catalog.bool, pg_catalog.regnamespace) IS
'Returns the commands that apply() would run, one a row, for psql: SELECT bingo_tune.index_commands(concurrently => true) \gexec
concurrently: true for CREATE INDEX CONCURRENTLY, which does not make writers wait. False by default.
schema: as for apply().
An invalid index that a failed build left is dropped first. No row is returned for an index that is there. What these commands build is as if apply() had built it. They make no orderings, and a NOTICE says so if apply() has these still to make.
Errors: as apply(), 22004 concurrently is NULL, and 55006 if another session is building one of the indexes.
May be called by whoever may act as the owner of the tables. Changes nothing itself.';
COMMENT ON FUNCTION bingo_tune.statement_action(pg_catalog.text) IS
'What a statement does, as endpoints are recognised by it: the command, the tables (without schema) and the columns compared with a value. For SELECT the functions it calls and whether it groups, removes duplicates or locks. Output columns, order, limit, constants, aliases and joins do not matter. NULL for NULL.
Errors: 42601 a syntax error, 22023 not exactly one statement.';
COMMENT ON TYPE bingo_tune.histogram IS
'Times in buckets: single microseconds up to 63 us, then 32 buckets for each doubling up to 2^36 us (19 hours), then one overflow bucket. A time read from it differs from the recorded one by less than 1.57 %. As text: sum, min and max in microseconds, then lowest microsecond:count for each bucket that is not empty. Functions of a histogram answer NULL to NULL. Aggregates pass over it.';

CREATE FUNCTION bingo_tune.require_snapshot(snapshot bingo_tune.timing_snapshot[], name text)
RETURNS bingo_tune.timing_snapshot[]
LANGUAGE C IMMUTABLE PARALLEL SAFE
AS 'MODULE_PATHNAME', 'bingo_timing_require_snapshot';

COMMENT ON FUNCTION bingo_tune.require_snapshot(bingo_tune.timing_snapshot[], text) IS
'The snapshot, for difference(); name is that of the argument, for the message.
Errors: 22004 it is NULL.';

CREATE OR REPLACE FUNCTION bingo_tune.difference(
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
	FROM unnest(bingo_tune.require_snapshot(later, 'later')) AS l
		LEFT JOIN unnest(bingo_tune.require_snapshot(earlier, 'earlier')) AS e
			ON e.userid = l.userid AND e.dbid = l.dbid AND e.queryid = l.queryid
				AND e.toplevel = l.toplevel AND e.since = l.since
	WHERE l.calls > COALESCE(e.calls, 0);
END;

COMMENT ON FUNCTION bingo_tune.difference(bingo_tune.timing_snapshot[], bingo_tune.timing_snapshot[]) IS
'What was counted between two snapshots: a row for each query with calls in between, since being the earlier snapshot''s time. A query that was reset or evicted in between counts from then.
Example: CREATE TABLE before AS SELECT bingo_tune.snapshot() AS taken; and later SELECT * FROM bingo_tune.difference(bingo_tune.snapshot(), (SELECT taken FROM before)).
DROP EXTENSION ... CASCADE drops the column of such a table, whose type is the extension''s.
Errors: 22004 a snapshot is NULL, 22023 the second is not the earlier one.';

------------------------------------------------------------------------------
-- for people
------------------------------------------------------------------------------

-- The views above have all columns, exact, for programs; those named ..._summary are
-- sorted and rounded, and fit 120 columns in psql.

CREATE VIEW bingo_tune.query_summary AS
SELECT q.calls, q.errors, round(q.p50::numeric, CASE WHEN q.p50 < 1 THEN 3 WHEN q.p50 < 100 THEN 2 ELSE 0 END) AS p50,
	round(q.p99::numeric, CASE WHEN q.p99 < 1 THEN 3 WHEN q.p99 < 100 THEN 2 ELSE 0 END) AS p99,
	round(q.max::numeric, CASE WHEN q.max < 1 THEN 3 WHEN q.max < 100 THEN 2 ELSE 0 END) AS max,
	round((q.total / 1000)::numeric, CASE WHEN q.total < 100000 THEN 2 ELSE 0 END) AS total_s,
	CASE WHEN length(t.text) > 56 THEN left(t.text, 53) || '...' ELSE t.text END AS query
FROM bingo_tune.query_timing AS q
	CROSS JOIN LATERAL (SELECT regexp_replace(btrim(COALESCE(q.query, q.action), E' \t\r\n'), '\s+', ' ', 'g')) AS t (text)
WHERE q.database = current_database() AND q.toplevel AND t.text <> '' AND (q.query IS NULL OR q.query !~ '\mbingo_tune\M')
ORDER BY q.total DESC, q.queryid;

COMMENT ON VIEW bingo_tune.query_summary IS
'For people: the statements that clients sent to this database, those that took most time first, but for those that name bingo_tune, and those of which nothing is known but that they have begun. Times in milliseconds, total_s in seconds; NULL before a call has ended. The query is cut at 56 characters, and says only what a statement does if its text is not to be had. query_timing has the rest. Rights and errors as there.';

CREATE VIEW bingo_tune.endpoint_summary AS
SELECT regexp_replace(COALESCE(t.endpoint, l.endpoint), '^(.{16}).{4,}(.{17})$', '\1...\2') AS endpoint, COALESCE(t.calls, 0) AS calls, COALESCE(t.errors, 0) AS errors,
	round(t.p50::numeric, CASE WHEN t.p50 < 1 THEN 3 WHEN t.p50 < 100 THEN 2 ELSE 0 END) AS p50,
	round(t.p90::numeric, CASE WHEN t.p90 < 1 THEN 3 WHEN t.p90 < 100 THEN 2 ELSE 0 END) AS p90,
	round(t.p99::numeric, CASE WHEN t.p99 < 1 THEN 3 WHEN t.p99 < 100 THEN 2 ELSE 0 END) AS p99,
	CASE WHEN l.within IS NOT NULL
		THEN concat(round((l.fraction * 100)::numeric, 2)::float8, ' % in ', l.within, ' ms') END AS target,
	l.service_level
FROM bingo_tune.endpoint_timing AS t FULL JOIN bingo_tune.endpoint_service_level AS l ON l.endpoint = t.endpoint
ORDER BY COALESCE(t.endpoint, l.endpoint) = '(other)', COALESCE(t.total, 0) DESC, COALESCE(t.endpoint, l.endpoint) COLLATE "C";

COMMENT ON VIEW bingo_tune.endpoint_summary IS
'For people: the endpoints of this database and their targets, those that took most time first, (other) last. Times in milliseconds, NULL without calls; service_level as in endpoint_service_level, NULL without a target. Long names lack their middle; endpoint_timing and endpoint_service_level have the rest. Rights and errors as there.';

CREATE VIEW bingo_tune.ordering_summary AS
SELECT regexp_replace(o.name, '^(.{13}).{4,}(.{14})$', '\1...\2') AS name, o.state, o.kept_rows AS rows, pg_size_pretty(o.bytes) AS size, o.scans,
	o.rows_served AS served, o.rows_behind AS behind, regexp_replace(o.reason, '^(.{25}).{4,}$', '\1...') AS reason
FROM bingo_tune.orderings AS o
ORDER BY o.name COLLATE "C";

COMMENT ON VIEW bingo_tune.ordering_summary IS
'For people: the orderings by name. Rows and size of the window, how often it was read, rows given from it and from the plan behind it, NULL before the first, and why it is invalid. A long name lacks its middle, a reason its end; the view orderings has the rest.
May be read by everybody.';

CREATE VIEW bingo_tune.counter_summary AS
SELECT regexp_replace(c.name, '^(.{13}).{4,}(.{14})$', '\1...\2') AS name, c.state, c.changes_kept AS rows, pg_size_pretty(c.bytes) AS size, c.reads,
	c.reads_behind AS behind, regexp_replace(c.reason, '^(.{25}).{4,}$', '\1...') AS reason
FROM bingo_tune.counters AS c
ORDER BY c.name COLLATE "C";

COMMENT ON VIEW bingo_tune.counter_summary IS
'For people: the counters by name. Rows that it consists of now and their size, how often it was asked, how often the plain plan counted instead, NULL before the first, and why it is invalid. A long name lacks its middle, a reason its end; the view counters has the rest.
May be read by everybody.';

CREATE VIEW bingo_tune.settings_summary AS
SELECT s.name AS setting, regexp_replace(concat_ws(' ', s.current, NULLIF(s.unit, '')), '^(.{27}).{4,}$', '\1...') AS current,
	regexp_replace(COALESCE(s.advised || COALESCE(' ' || NULLIF(s.unit, ''), ''), '-'), '^(.{37}).{4,}$', '\1...') AS advised,
	CASE WHEN s.advised IS NOT NULL THEN s.context END AS needs
FROM bingo_tune.settings_advice AS s
ORDER BY s.advised IS NULL, s.name COLLATE "C";

COMMENT ON VIEW bingo_tune.settings_summary IS
'For people: settings_advice, those to change first; "-" where nothing is advised; needs is what makes a change effective, restart or reload. Long values are cut; settings_advice has them in full, the reason and the command. Rights as there.';

CREATE VIEW bingo_tune.index_summary AS
SELECT left(i.table_name::text, 18) AS table_name, left(COALESCE(i.index_name::text, pg_catalog.substring(i.reason, 'builds ([^, ]+)'), '-'), 30) AS index_name, i.status,
	pg_size_pretty(i.size) AS size, i.scans, left(regexp_replace(i.reason, '^(apply\(\) builds \S+ which |serves advised statements: )', ''), 28) AS reason
FROM bingo_tune.index_report AS i
ORDER BY i.table_name::text COLLATE "C", i.status <> 'missing', i.index_name::text COLLATE "C", i.reason COLLATE "C";

COMMENT ON VIEW bingo_tune.index_summary IS
'For people: index_report by table, what is missing first, with the name that apply() would give it. Texts are cut; index_report has them in full. Rights as there.';

CREATE FUNCTION bingo_tune.report()
RETURNS TABLE (part pg_catalog.text, finding pg_catalog.text, command pg_catalog.text)
LANGUAGE SQL
BEGIN ATOMIC
	SELECT f.part, CASE WHEN length(f.finding) > 56 THEN left(f.finding, 53) || '...' ELSE f.finding END, f.command
	FROM (
		SELECT 1, row_number() OVER (ORDER BY l.endpoint COLLATE "C"), 'service level',
			concat(l.service_level, ': ', regexp_replace(l.endpoint, '^(.{13}).{4,}(.{14})$', '\1...\2'), CASE WHEN l.measured IS NOT NULL
				THEN concat(', ', round(l.measured::numeric, CASE WHEN l.measured < 1 THEN 3 WHEN l.measured < 100 THEN 2 ELSE 0 END), ' of ', l.within, ' ms') END),
			'SELECT * FROM bingo_tune.endpoint_summary'
		FROM bingo_tune.endpoint_service_level AS l WHERE l.service_level IN ('missed', 'no endpoint')
		UNION ALL
		SELECT 2, row_number() OVER (ORDER BY o.name COLLATE "C"), 'ordering',
			concat(o.state, ': ', regexp_replace(o.name, '^(.{10}).{4,}(.{11})$', '\1...\2'), ', ', o.reason),
			format('SELECT bingo_tune.refresh_ordering(%L)', o.name)
		FROM bingo_tune.orderings AS o WHERE o.state <> 'valid'
		UNION ALL
		SELECT 2, row_number() OVER (ORDER BY o.name COLLATE "C"), 'counter',
			concat(o.state, ': ', regexp_replace(o.name, '^(.{10}).{4,}(.{11})$', '\1...\2'), ', ', o.reason),
			format('SELECT bingo_tune.refresh_counter(%L)', o.name)
		FROM bingo_tune.counters AS o WHERE o.state <> 'valid'
		UNION ALL
		SELECT 3, row_number() OVER (ORDER BY o.name COLLATE "C"), 'ordering',
			concat('too small: ', regexp_replace(o.name, '^(.{10}).{4,}(.{11})$', '\1...\2'), ', ', o.rows_behind, ' rows read behind its end'),
			'SELECT * FROM bingo_tune.ordering_summary'
		FROM bingo_tune.orderings AS o WHERE o.rows_behind > o.rows_served
		UNION ALL
		SELECT 3, row_number() OVER (ORDER BY o.name COLLATE "C"), 'counter',
			concat('of little use: ', regexp_replace(o.name, '^(.{10}).{4,}(.{11})$', '\1...\2'), ', ', o.reads_behind, ' of ', o.reads, ' counts by the plain plan'),
			'SELECT * FROM bingo_tune.counter_summary'
		FROM bingo_tune.counters AS o WHERE 2 * o.reads_behind > o.reads
		UNION ALL
		SELECT 4, row_number() OVER (ORDER BY q.total_s DESC), 'statement',
			concat('p99 ', q.p99, ' ms, ', q.calls, CASE WHEN q.calls = 1 THEN ' call: ' ELSE ' calls: ' END, q.query),
			'SELECT * FROM bingo_tune.advise()'
		FROM (SELECT s.* FROM bingo_tune.query_summary AS s
			WHERE s.calls > 0 AND s.query ~* '^(SELECT|WITH|INSERT|UPDATE|DELETE|MERGE|VALUES|TABLE)\M'
				AND NOT (s.calls = 1 AND s.query ~* '^INSERT')
			ORDER BY s.total_s DESC LIMIT 3) AS q
		UNION ALL
		SELECT 5, row_number() OVER (ORDER BY c.setting COLLATE "C"), 'setting',
			concat(c.setting, ' is ', COALESCE(NULLIF(c.current, ''), 'empty'), ', advised ', c.advised),
			'SELECT * FROM bingo_tune.settings_summary'
		FROM bingo_tune.settings_summary AS c WHERE c.needs IS NOT NULL
	) AS f (rank, place, part, finding, command)
	ORDER BY f.rank, f.part DESC, f.place;
END;

COMMENT ON FUNCTION bingo_tune.report() IS
'What to look at in this database, and the command for it: service levels that are missed, orderings that are invalid or too small, counters that are invalid or that most counts pass by, the three statements that took most time (an INSERT that came once has loaded something), settings that might be other. No row: nothing. "bingo_bench health" makes a page of all that there is. Long names lack their middle, and findings are cut at 56 characters, so that a row fits 120 columns, but for the commands of long names. May be called by everybody. Rights and errors as for query_timing.';

GRANT SELECT ON bingo_tune.query_summary, bingo_tune.endpoint_summary, bingo_tune.ordering_summary,
	bingo_tune.counter_summary, bingo_tune.settings_summary, bingo_tune.index_summary TO PUBLIC;

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
