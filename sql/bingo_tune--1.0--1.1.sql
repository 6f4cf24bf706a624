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
