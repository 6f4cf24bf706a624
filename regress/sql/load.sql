-- The library is loaded and the extension installs.
SET client_min_messages = warning;
CREATE EXTENSION bingo_tune CASCADE;
SELECT extname, extversion FROM pg_extension WHERE extname LIKE 'bingo%';
DROP EXTENSION bingo_tune;
DROP EXTENSION pg_stat_statements;
