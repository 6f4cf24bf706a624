-- bingo_tune 1.0: what CREATE EXTENSION bingo_tune installs.
--
-- Every name is qualified and nothing is created "or replaced" or "if not
-- exists": an object planted before CREATE EXTENSION makes it fail instead of
-- being adopted.

\echo Use "CREATE EXTENSION bingo_tune" to load this file. \quit

------------------------------------------------------------------------------
-- attach: the application's tables, their indexes and the settings advice
------------------------------------------------------------------------------

------------------------------------------------------------------------------
-- orderings
------------------------------------------------------------------------------

------------------------------------------------------------------------------
-- timing
------------------------------------------------------------------------------

