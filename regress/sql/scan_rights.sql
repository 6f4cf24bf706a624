-- Rights on the tables are what they are without an ordering, and a window
-- gives nobody a way around them.
\getenv abs_srcdir PG_ABS_SRCDIR
\set music :abs_srcdir '/include/scan_music.sql'
\set ECHO none
\i :music
\set ECHO all
\set joined 'FROM play p JOIN listener l ON p.listener_id = l.id JOIN song s ON p.song_id = s.id ORDER BY s.year DESC, s.title, l.id, p.id DESC LIMIT 3'
CREATE ROLE scan_reader;
CREATE ROLE scan_owner;
GRANT USAGE ON SCHEMA music TO scan_reader, scan_owner;
CREATE VIEW top_plays AS SELECT p.id, s.title, l.name :joined;
CREATE VIEW top_plays_invoker WITH (security_invoker) AS SELECT p.id, s.title, l.name :joined;
GRANT SELECT ON top_plays, top_plays_invoker TO scan_reader;
GRANT SELECT ON play, song TO scan_reader;

-- no right to a table, none to a column; a sort key counts as read
SET ROLE scan_reader;
SELECT p.id :joined;
SELECT * FROM top_plays;
SELECT * FROM top_plays_invoker;
RESET ROLE;
GRANT SELECT (id, born) ON listener TO scan_reader;
SET ROLE scan_reader;
SELECT p.id, s.title :joined;
SELECT p.id, l.name :joined;
SELECT * FROM compare($$SELECT p.id, s.title FROM play p JOIN listener l ON p.listener_id = l.id JOIN song s ON p.song_id = s.id ORDER BY s.year DESC, s.title, l.id, p.id DESC LIMIT 50$$);
-- a cached plan, and the right is taken away
PREPARE q AS SELECT p.id, s.title :joined;
EXECUTE q;
RESET ROLE;
REVOKE SELECT (id, born) ON listener FROM scan_reader;
SET ROLE scan_reader;
EXECUTE q;
-- the window itself
SELECT count(*) AS relations, bool_or(has_table_privilege(c.oid, 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER')) AS any_right
	FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
	WHERE n.nspname = 'bingo_tune' AND c.relkind = 'm' AND c.relname ~ '^(window|boundary)_[0-9]+$';
RESET ROLE;

-- row-level security: the policy is a condition; one that allows all is none
GRANT SELECT ON listener TO scan_reader;
ALTER TABLE listener ENABLE ROW LEVEL SECURITY;
CREATE POLICY even ON listener TO scan_reader USING (id % 2 = 0);
CREATE STATISTICS even_ids ON (id % 2) FROM listener;
ANALYZE listener;
SET ROLE scan_reader;
SELECT p.id, l.id, l.name :joined;
SET enable_sort = off;	-- the tables are small
SELECT ordering, served, reason FROM bingo_tune.explain_ordering($$SELECT p.id, l.name FROM play p JOIN listener l ON p.listener_id = l.id JOIN song s ON p.song_id = s.id ORDER BY s.year DESC, s.title, l.id, p.id DESC LIMIT 3$$);
RESET enable_sort;
SELECT * FROM top_plays;
-- the same cached plan under two roles
RESET ROLE;
SET plan_cache_mode = force_generic_plan;
EXECUTE q;
SET ROLE scan_reader;
EXECUTE q;
RESET ROLE;
DROP POLICY even ON listener;
SET ROLE scan_reader;
SELECT p.id, l.name :joined;
RESET ROLE;
CREATE POLICY everything ON listener TO scan_reader USING (true);
SET ROLE scan_reader;
SELECT * FROM compare($$SELECT p.id, l.name FROM play p JOIN listener l ON p.listener_id = l.id JOIN song s ON p.song_id = s.id ORDER BY s.year DESC, s.title, l.id, p.id DESC LIMIT 50$$);
RESET ROLE;

-- a security barrier keeps the conditions of those who use it outside
CREATE VIEW evens WITH (security_barrier) AS SELECT * FROM listener WHERE id % 2 = 0;
CREATE VIEW every_listener WITH (security_barrier) AS SELECT * FROM listener;
SELECT * FROM compare($$SELECT p.id, l.name FROM play p JOIN evens l ON p.listener_id = l.id JOIN song s ON p.song_id = s.id ORDER BY s.year DESC, s.title, l.id, p.id DESC LIMIT 50$$);
SELECT * FROM compare($$SELECT p.id, l.name FROM play p JOIN every_listener l ON p.listener_id = l.id JOIN song s ON p.song_id = s.id ORDER BY s.year DESC, s.title, l.id, p.id DESC LIMIT 50$$);

DROP SCHEMA music CASCADE;
DROP EXTENSION bingo_tune CASCADE;
DROP EXTENSION IF EXISTS pg_stat_statements;
DROP ROLE scan_reader;
DROP ROLE scan_owner;
