-- bingo_tune 1.0: what CREATE EXTENSION bingo_tune installs.
--
-- Every name is qualified and nothing is created "or replaced" or "if not
-- exists": an object planted before CREATE EXTENSION makes it fail instead of
-- being adopted.

\echo Use "CREATE EXTENSION bingo_tune" to load this file. \quit

------------------------------------------------------------------------------
-- attach: the application's tables, their indexes and the settings advice
------------------------------------------------------------------------------

-- Looking is open to everybody: each function checks the rights of its caller.
GRANT USAGE ON SCHEMA bingo_tune TO PUBLIC;

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
Errors: 42P01 no such tables, 42703 a column is missing, 42804 a column has another type, 42809 not a plain table, 42501 the caller may not act as owner of the tables, 23505 an id is there twice, 25006 read-only.
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

------------------------------------------------------------------------------
-- orderings
------------------------------------------------------------------------------

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
