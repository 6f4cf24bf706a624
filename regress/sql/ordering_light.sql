-- Writers of a few rows of dimensions where the orderings on their tables are many: their keys are more than a transaction's
-- share of the lock table, and the gates stand for them.
--
-- Seen red: a light writer at a gate that stands for its keys.
\set VERBOSITY terse
SET client_min_messages = warning;
CREATE EXTENSION bingo_tune CASCADE;
CREATE TABLE post (id int PRIMARY KEY, votes int NOT NULL);
CREATE TABLE vote (post int PRIMARY KEY, n int NOT NULL);
INSERT INTO post SELECT g, g % 7 FROM generate_series(1, 50) g;
INSERT INTO vote SELECT g, g % 5 FROM generate_series(1, 50) g;
ANALYZE;
-- more orderings than there are locks for keys
SELECT count(bingo_tune.create_ordering('o' || g, format('SELECT post.id, vote.n FROM post JOIN vote ON vote.post = post.id WHERE post.id <> %s ORDER BY vote.n, post.id', -g), 40))
	FROM generate_series(1, current_setting('max_locks_per_transaction')::int / 2 + 1) g;
UPDATE vote SET n = 9 WHERE post = 7;
UPDATE vote SET n = n + 1 WHERE post <= 11;
INSERT INTO post VALUES (51, 0);
BEGIN;
INSERT INTO vote VALUES (51, 0);
UPDATE post SET votes = 3 WHERE id = 3;
DELETE FROM vote WHERE post = 4;
COMMIT;
SELECT state, reason, sum(v.missing + v.extra + v.differing) AS wrong FROM bingo_tune.orderings o, bingo_tune.verify_ordering(o.name) v GROUP BY 1, 2;
-- three: one key each, and more
SELECT count(bingo_tune.drop_ordering(name)) FROM bingo_tune.orderings WHERE name NOT IN ('o1', 'o2', 'o3');
UPDATE vote SET n = n + 1 WHERE post <= 11;
UPDATE vote SET n = n + 1 WHERE post <= 3;
SELECT state, reason, sum(v.missing + v.extra + v.differing) AS wrong FROM bingo_tune.orderings o, bingo_tune.verify_ordering(o.name) v GROUP BY 1, 2;
DROP EXTENSION bingo_tune CASCADE;
DROP EXTENSION pg_stat_statements;
DROP TABLE post, vote;
