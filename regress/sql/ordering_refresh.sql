-- refresh_ordering() in a transaction that holds locks which the background worker
-- would wait for: it does the work itself.
--
-- Seen red, each by waiting for itself until the worker gives up after five minutes:
-- without the look at ACCESS SHARE on the tables; at the window; at system catalogs.  And by a row that stands twice, or by a block that could
-- not be read at COMMIT: what the fill has put in taken for fresh (bingo_pending_note_fill()).  And by
-- what an index has got that was not ready.
SET bingo_tune.upkeep = off;
SET client_min_messages = warning;
CREATE EXTENSION bingo_tune CASCADE;
CREATE TABLE d (id int PRIMARY KEY, p text NOT NULL);
CREATE TABLE f (id int PRIMARY KEY, d int NOT NULL);
CREATE INDEX ON f (d);
INSERT INTO d SELECT i, 'p' || i FROM generate_series(1, 5) i;
INSERT INTO f SELECT i, 1 + i % 5 FROM generate_series(1, 20) i;
SELECT bingo_tune.create_ordering('o', 'SELECT f.id, d.p FROM f JOIN d ON f.d = d.id ORDER BY d.p, f.id', 100);

-- What spoils the ordering, and how it looks then and after the refresh.
CREATE FUNCTION spoil(tables text[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	command text;
BEGIN
	FOR command IN SELECT format('DROP TRIGGER %I ON %I', tgname, t)
		FROM unnest(tables) t JOIN pg_trigger ON tgrelid = t::regclass AND tgname ~ '^bingo_tune' ORDER BY tgname LOOP
		EXECUTE command;
	END LOOP;
	DELETE FROM f WHERE id = (SELECT max(id) FROM f);
END $$;
CREATE FUNCTION look(OUT state text, OUT kept_rows bigint, OUT exact boolean) LANGUAGE sql AS $$
	SELECT state, kept_rows, (SELECT missing + extra + differing = 0 FROM bingo_tune.verify_ordering('o')) FROM bingo_tune.orderings
$$;

-- Triggers are to be made again, and a table has been read.
SELECT spoil('{f}');
BEGIN;
SELECT count(*) FROM f;
SELECT bingo_tune.refresh_ordering('o');
COMMIT;
SELECT * FROM look();
SELECT spoil('{d,f}');
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT count(*) FROM d;
SELECT bingo_tune.refresh_ordering('o');
COMMIT;
SELECT * FROM look();

-- A cursor reads it.
SELECT spoil('{f}');
BEGIN;
DECLARE c CURSOR FOR SELECT id FROM f ORDER BY id;
FETCH 1 FROM c;
SELECT bingo_tune.refresh_ordering('o');
FETCH 1 FROM c;
COMMIT;
SELECT * FROM look();
BEGIN;
DECLARE c CURSOR FOR SELECT id FROM f ORDER BY id;
FETCH 1 FROM c;
SELECT bingo_tune.refresh_ordering('o');
FETCH 1 FROM c;
COMMIT;

-- A cursor reads the window, which is then not truncated under it.
ANALYZE d, f;
SET enable_sort = off;
BEGIN;
DECLARE c CURSOR FOR SELECT f.id, d.p FROM f JOIN d ON f.d = d.id ORDER BY d.p, f.id;
FETCH 2 FROM c;
SELECT relation::regclass, mode FROM pg_locks WHERE relation::regclass::text ~ '^bingo_tune.window_\d+$' AND pid = pg_backend_pid();
SELECT bingo_tune.refresh_ordering('o');
FETCH 2 FROM c;
COMMIT;
SELECT * FROM look();

-- It holds the window itself.
BEGIN;
REFRESH MATERIALIZED VIEW bingo_tune.window_1;
SELECT bingo_tune.refresh_ordering('o');
COMMIT;
SELECT * FROM look();

-- Catalogs are locked in which marks and states stand.
SELECT spoil('{}');
SELECT format('BEGIN; LOCK TABLE %s IN SHARE MODE; SELECT bingo_tune.refresh_ordering(''o''); COMMIT;', c)
FROM unnest('{pg_class,pg_trigger,pg_description,pg_seclabel,pg_foreign_server}'::regclass[]) WITH ORDINALITY AS x(c, n) ORDER BY n \gexec
SELECT spoil('{d}');
BEGIN;
LOCK TABLE pg_trigger IN SHARE MODE;
SELECT bingo_tune.refresh_ordering('o');
COMMIT;
SELECT * FROM look();

-- It has changed rows itself: the window has them by then, and what is remembered of them is perhaps of another file.
BEGIN;
INSERT INTO f VALUES (101, 1);
SELECT bingo_tune.refresh_ordering('o');
COMMIT;
SELECT * FROM look();
BEGIN;
INSERT INTO f VALUES (102, 1);
TRUNCATE f;
SELECT bingo_tune.refresh_ordering('o');
COMMIT;
SELECT * FROM look();

-- An index of the window that is not ready, as REINDEX CONCURRENTLY has it for a while, gets nothing by a fill: whoever makes it reads
-- the rows himself.
CREATE INDEX more ON bingo_tune.window_1 (c1);
UPDATE pg_index SET indisready = false, indisvalid = false WHERE indexrelid = 'bingo_tune.more'::regclass;
INSERT INTO f SELECT i, 1 + i % 5 FROM generate_series(1, 20) i;
SELECT pg_relation_size('bingo_tune.more') = current_setting('block_size')::int AS is_empty;
BEGIN;
DECLARE c CURSOR FOR SELECT f.id, d.p FROM f JOIN d ON f.d = d.id ORDER BY d.p, f.id;
FETCH 1 FROM c;
SELECT bingo_tune.refresh_ordering('o');
COMMIT;
SELECT * FROM look();
SELECT pg_relation_size('bingo_tune.more') = current_setting('block_size')::int AS is_empty;
UPDATE pg_index SET indisready = true WHERE indexrelid = 'bingo_tune.more'::regclass;
DROP INDEX bingo_tune.more;
SELECT * FROM look();

DROP TABLE f, d CASCADE;
DROP FUNCTION spoil, look;
DROP EXTENSION bingo_tune;
DROP EXTENSION pg_stat_statements;
