-- What catalog_random does to the tables and to us.
--
-- A kind is a row of steps, each a transaction of its own, with a pause of up to
-- 200 ms after it.  A step locks no more than one of the tables, or the tables in the
-- order in which everybody else does, so plain tables never make it deadlock.
--
-- scope	table	changes a table: one such at a time in a schema
--			maintain	keeps a table in order: beside anything
--			own		one of our own relations
--			database, scratch, parted, catalog, extension
--				the like: scratch and parted are the schemas of these names; one catalog at a time;
--				nothing else changes tables beside extension
-- away		a name, key or column is missing between its steps: statements that meet it
--			may say so (42P01, 42703, 42704, 42883, 3F000; of a partition 23514)
-- allowed	what plain PostgreSQL answers to the command itself: nothing if not given
--
-- Beside what catalog_random.sql says, a text may have
--	{s} {t} {n}		a schema of ours, a table there with and without its schema
--	{i} {ti}		an index of the table, with and without its schema
--	{c} {type} {other}	a column of it, its type, and another type for it
--	{k} {kc} {kr}	a unique index of it, its columns, its columns the other way round
--	{after} {fill}	what makes a bare table like the table, and what fills it
--	{trigger} {owner}	a trigger of ours on the table, the owner of all tables of the schema
--	{o} {query} {rows} {server}	the schema's ordering; its query as a literal; its foreign server
--	{w} {wi} {wm} {wc}	a relation, an index, a materialized view of ours, what to CLUSTER there
--	{part} {bound} {made}	a partition of parted.d, for which rows, and what makes it	{leaf} {leafbound} likewise, if it has rows itself
--	{nn}			a column of the table that is NOT NULL
--	{word}			the domain of the schema's columns
--	{session}		the session's number		{gid}	a name for a prepared transaction
--	{hold}			up to 0.2, for pg_sleep()
-- A kind whose {...} does not exist is passed over.

CREATE TABLE catalog_random.kinds (kind text, weight int, scope text, away bool, allowed text, steps text[]);

INSERT INTO catalog_random.kinds VALUES
-- maintenance of tables
('reindex table', 6, 'maintain', false, '', ARRAY['REINDEX TABLE [|CONCURRENTLY] {t}']),
('reindex index', 6, 'maintain', false, '', ARRAY['REINDEX INDEX [|CONCURRENTLY] {i}']),
('reindex key', 6, 'table', false, '', ARRAY['REINDEX INDEX [|CONCURRENTLY] {s}.{k}']),
('vacuum', 4, 'maintain', false, '', ARRAY['VACUUM [|(FULL)|(FULL)|(FREEZE)|(ANALYZE)|(FULL, ANALYZE)] {t}']),
('analyze', 2, 'maintain', false, '', ARRAY['ANALYZE {t}']),
('cluster', 4, 'maintain', false, '', ARRAY['CLUSTER {t} USING {ti}']),
('lock table', 6, 'maintain', false, '', ARRAY[
	'BEGIN; LOCK TABLE {t} IN [ACCESS SHARE|ROW SHARE|ROW EXCLUSIVE|SHARE UPDATE EXCLUSIVE|SHARE|SHARE ROW EXCLUSIVE|EXCLUSIVE|ACCESS EXCLUSIVE] MODE; SELECT pg_sleep({hold}); [COMMIT|ROLLBACK]']),
('create index', 4, 'table', false, '', ARRAY[
	'CREATE INDEX [|CONCURRENTLY] more_{session} ON {t} ({kr})', 'DROP INDEX [|CONCURRENTLY] {s}.more_{session}']),

-- changes of tables
('alter type', 6, 'table', false, '', ARRAY[
	'ALTER TABLE {t} ALTER COLUMN {c} TYPE {other}', 'ALTER TABLE {t} ALTER COLUMN {c} TYPE {type}']),
('alter type in savepoint', 2, 'table', false, '', ARRAY[
	'BEGIN; SAVEPOINT s; ALTER TABLE {t} ALTER COLUMN {c} TYPE {other}; ROLLBACK TO s; SELECT count(*) FROM {t}; COMMIT']),
-- all columns of the domain are looked at: here one table's
('domain', 6, 'table', false, '', ARRAY[
	'ALTER DOMAIN {word} [SET NOT NULL|ADD CONSTRAINT more CHECK (VALUE IS NOT NULL)|ADD CONSTRAINT more CHECK (VALUE <> ''none'')]',
	'ALTER DOMAIN {word} DROP NOT NULL', 'ALTER DOMAIN {word} DROP CONSTRAINT IF EXISTS more']),
('add primary key', 5, 'table', false, '', ARRAY[
	'ALTER TABLE {t} ADD CONSTRAINT more PRIMARY KEY ({kr})', 'ALTER TABLE {t} DROP CONSTRAINT more']),
('add unique key', 4, 'table', false, '', ARRAY[
	'ALTER TABLE {t} ADD CONSTRAINT more UNIQUE ({kr})', 'ALTER TABLE {t} DROP CONSTRAINT more']),
-- duplicates may come while the key is gone
('drop key', 4, 'table', false, '', ARRAY[
	'DROP INDEX {s}.{k}',
	'BEGIN; LOCK TABLE {t} IN ACCESS EXCLUSIVE MODE; DELETE FROM {t} WHERE ctid IN (SELECT ctid FROM (SELECT ctid, row_number() OVER (PARTITION BY {kc}) FROM {t}) r WHERE row_number > 1); CREATE UNIQUE INDEX {k} ON {t} ({kc}); COMMIT']),
('turn key', 4, 'table', false, '', ARRAY[
	'BEGIN; LOCK TABLE {t} IN ACCESS EXCLUSIVE MODE; DROP INDEX {s}.{k}; CREATE UNIQUE INDEX {k} ON {t} ({kr}); COMMIT',
	'BEGIN; LOCK TABLE {t} IN ACCESS EXCLUSIVE MODE; DROP INDEX {s}.{k}; CREATE UNIQUE INDEX {k} ON {t} ({kc}); COMMIT']),
('rename table', 4, 'table', true, '', ARRAY[
	'ALTER TABLE {t} RENAME TO {n}_away', 'ALTER TABLE {s}.{n}_away RENAME TO {n}']),
('rename column', 4, 'table', true, '', ARRAY[
	'ALTER TABLE {t} RENAME COLUMN {c} TO {c}_away', 'ALTER TABLE {t} RENAME COLUMN {c}_away TO {c}']),
('rename at once', 3, 'table', false, '', ARRAY[
	'BEGIN; ALTER TABLE {t} RENAME COLUMN {c} TO {c}_away; ALTER TABLE {t} RENAME COLUMN {c}_away TO {c}; COMMIT',
	'BEGIN; ALTER TABLE {t} RENAME TO {n}_away; SELECT pg_sleep({hold}); ALTER TABLE {s}.{n}_away RENAME TO {n}; COMMIT']),
('rename key', 2, 'table', true, '', ARRAY[
	'ALTER INDEX {s}.{k} RENAME TO {k}_away', 'ALTER INDEX {s}.{k}_away RENAME TO {k}']),
('rename schema', 2, 'table', true, '', ARRAY[
	'ALTER SCHEMA {s} RENAME TO {s}_renamed', 'ALTER SCHEMA {s}_renamed RENAME TO {s}']),
('set schema', 4, 'table', true, '', ARRAY[
	'ALTER TABLE {t} SET SCHEMA away_{s}', 'ALTER TABLE away_{s}.{n} SET SCHEMA {s}']),
('triggers', 6, 'table', false, '', ARRAY[
	'ALTER TABLE {t} DISABLE TRIGGER [ALL|USER]', 'ALTER TABLE {t} ENABLE TRIGGER ALL']),
('triggers in savepoint', 2, 'table', false, '', ARRAY[
	'BEGIN; ALTER TABLE {t} DISABLE TRIGGER ALL; SAVEPOINT s; ALTER TABLE {t} ENABLE TRIGGER ALL; ROLLBACK TO s; COMMIT',
	'ALTER TABLE {t} ENABLE TRIGGER ALL']),
-- one of ours by its name, which may have gone
('our trigger', 3, 'table', false, '42704', ARRAY[
	'ALTER TABLE {t} DISABLE TRIGGER {trigger}', 'ALTER TABLE {t} ENABLE [|ALWAYS|REPLICA] TRIGGER {trigger}']),
('drop our trigger', 1, 'table', false, '42704', ARRAY['DROP TRIGGER {trigger} ON {t}']),
('truncate', 3, 'table', false, '', ARRAY[
	'TRUNCATE {t}', 'BEGIN; LOCK TABLE {t} IN SHARE ROW EXCLUSIVE MODE; INSERT INTO {t} {fill} ON CONFLICT DO NOTHING; COMMIT']),
('truncate and fill', 3, 'table', false, '', ARRAY['BEGIN; TRUNCATE {t}; INSERT INTO {t} {fill}; [COMMIT|COMMIT|ROLLBACK]']),
('swap', 5, 'table', false, '', ARRAY[
	'BEGIN; LOCK TABLE {t} IN ACCESS EXCLUSIVE MODE; CREATE TABLE {s}.fresh (LIKE {t} INCLUDING DEFAULTS); INSERT INTO {s}.fresh SELECT * FROM {t}; DROP TABLE {t}; ALTER TABLE {s}.fresh RENAME TO {n}; {after}; COMMIT']),
('swap in steps', 3, 'table', false, '', ARRAY[
	'CREATE TABLE {s}.fresh (LIKE {t} INCLUDING DEFAULTS); ALTER TABLE {s}.fresh REPLICA IDENTITY FULL; INSERT INTO {s}.fresh SELECT * FROM {t}',
	'BEGIN; LOCK TABLE {t} IN ACCESS EXCLUSIVE MODE; ALTER TABLE {t} RENAME TO old; ALTER TABLE {s}.fresh RENAME TO {n}; COMMIT',
	'BEGIN; LOCK TABLE {t} IN ACCESS EXCLUSIVE MODE; DROP TABLE {s}.old; DELETE FROM {t}; INSERT INTO {t} {fill}; {after}; COMMIT']),
('add column', 2, 'table', false, '', ARRAY[
	'ALTER TABLE {t} ADD COLUMN more int [|DEFAULT 1|DEFAULT random()]', 'ALTER TABLE {t} DROP COLUMN more']),
('parameters', 2, 'table', false, '', ARRAY[
	'ALTER TABLE {t} ALTER COLUMN {c} SET STATISTICS 50', 'ALTER TABLE {t} ALTER COLUMN {c} SET (n_distinct = 5)', 'ALTER TABLE {t} SET (fillfactor = [70|100])']),
('nullable', 2, 'table', false, '', ARRAY['ALTER TABLE {t} ALTER COLUMN {nn} DROP NOT NULL', 'ALTER TABLE {t} ALTER COLUMN {nn} SET NOT NULL']),
('owner', 2, 'table', false, '', ARRAY['ALTER TABLE {t} OWNER TO {heir}', 'ALTER TABLE {t} OWNER TO {owner}']),
('storage', 2, 'table', false, '', ARRAY[
	'ALTER TABLE {t} REPLICA IDENTITY USING INDEX {k}', 'ALTER TABLE {t} REPLICA IDENTITY FULL']),
-- of the application, before ours: another row is written than the statement says
('their trigger', 3, 'table', false, '', ARRAY[
	'CREATE TRIGGER theirs BEFORE INSERT OR UPDATE ON {t} FOR EACH ROW EXECUTE FUNCTION catalog_random.other_row()',
	'DROP TRIGGER theirs ON {t}']),
('rule', 1, 'table', false, '', ARRAY[
	'CREATE RULE theirs AS ON DELETE TO {t} DO INSTEAD NOTHING', 'DROP RULE theirs ON {t}']),
('statistics', 1, 'table', false, '', ARRAY['CREATE STATISTICS {s}.theirs ON ({c} IS NULL) FROM {t}', 'DROP STATISTICS {s}.theirs']),
('unlogged', 2, 'table', false, '', ARRAY['ALTER TABLE {t} SET UNLOGGED', 'ALTER TABLE {t} SET LOGGED']),
('child', 2, 'table', false, '', ARRAY[
	'BEGIN; CREATE TABLE {s}.child () INHERITS ({t}); ALTER TABLE {s}.child REPLICA IDENTITY FULL; INSERT INTO {s}.child {fill}; COMMIT', 'DROP TABLE {s}.child']),
('prepared ddl', 4, 'table', false, '', ARRAY[
	'BEGIN; [CREATE INDEX prepared_i ON {t} ({kc})|TRUNCATE {t}|ALTER TABLE {t} ADD COLUMN prepared int|ALTER TABLE {t} ALTER COLUMN {c} TYPE {other}|ALTER TABLE {t} DISABLE TRIGGER ALL|ALTER TABLE {t} ADD CONSTRAINT prepared UNIQUE ({kr})]; PREPARE TRANSACTION ''{gid}''',
	'BEGIN; LOCK TABLE {t} IN ACCESS EXCLUSIVE MODE; ALTER TABLE {t} DROP COLUMN IF EXISTS prepared; ALTER TABLE {t} DROP CONSTRAINT IF EXISTS prepared; DROP INDEX IF EXISTS {s}.prepared_i; ALTER TABLE {t} ALTER COLUMN {c} TYPE {type}; ALTER TABLE {t} ENABLE TRIGGER ALL; INSERT INTO {t} {fill} ON CONFLICT DO NOTHING; COMMIT']),

-- orderings
('refresh ordering', 5, 'table', false, '', ARRAY['SELECT bingo_tune.refresh_ordering(''{o}'')']),
('refresh at odd times', 2, 'maintain', false, '55000', ARRAY['SELECT bingo_tune.refresh_ordering(''{o}'')']),
('refresh counter', 3, 'table', false, '', ARRAY['SELECT bingo_tune.refresh_counter(''count_{o}'')']),
('refresh counter at odd times', 2, 'maintain', false, '55000', ARRAY['SELECT bingo_tune.refresh_counter(''count_{o}'')']),
('drop counter', 3, 'table', true, '', ARRAY[
	'SELECT bingo_tune.drop_counter(''count_{o}'')', 'SELECT catalog_random.make_counter(''{o}'')']),
('drop ordering', 4, 'table', true, '', ARRAY[
	'SELECT bingo_tune.drop_ordering(''{o}'')', 'SELECT bingo_tune.create_ordering(''{o}'', {query}, {rows})']),
('second ordering', 4, 'table', false, '', ARRAY[
	'SELECT bingo_tune.create_ordering(''{o}_2'', {query}, {rows} / 2 + {any:40})', 'SELECT bingo_tune.drop_ordering(''{o}_2'')']),
-- the definition by itself, as its owner may change it
('drop server', 2, 'table', true, '', ARRAY[
	'DROP SERVER {server} [|CASCADE]', 'SELECT bingo_tune.create_ordering(''{o}'', {query}, {rows})']),
('change server', 3, 'table', true, '', ARRAY[
	'ALTER SERVER {server} RENAME TO server_{session}', 'ALTER SERVER server_{session} OPTIONS (SET window_rows ''{any:80}'')',
	'ALTER SERVER server_{session} OPTIONS (SET window_rows ''{rows}'')', 'ALTER SERVER server_{session} RENAME TO {server}']),
-- where a valid one differs the difference is not an integer; 55000, 55006: no window, or one that is locked
('verify', 4, 'table', false, '55000 55006', ARRAY[
	'BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT (''differs: '' || v)::int FROM bingo_tune.orderings o, bingo_tune.verify_ordering(''{o}'') v WHERE o.name = ''{o}'' AND o.state = ''valid'' AND (missing, extra, differing) <> (0, 0, 0); COMMIT']),

-- our own relations, by who may do anything
('vacuum own', 8, 'own', false, '', ARRAY['VACUUM [|(FULL)|(FULL)|(FREEZE)|(ANALYZE)] {w}']),
('reindex own', 8, 'own', false, '', ARRAY['REINDEX TABLE [|CONCURRENTLY] {w}']),
('reindex own index', 6, 'own', false, '', ARRAY['REINDEX INDEX [|CONCURRENTLY] {wi}']),
('cluster own', 3, 'own', false, '', ARRAY['CLUSTER {wc}']),
-- 42809: of a materialized view
('lock own', 8, 'own', false, '42809', ARRAY[
	'BEGIN; LOCK TABLE {w} IN [ACCESS SHARE|SHARE|EXCLUSIVE|ACCESS EXCLUSIVE|ACCESS EXCLUSIVE] MODE; SELECT pg_sleep({hold}); COMMIT']),
-- 55000: CONCURRENTLY without a suitable unique index; 0A000: with NO DATA, or where there is none
('refresh own view', 3, 'own', false, '55000 0A000', ARRAY['REFRESH MATERIALIZED VIEW [|CONCURRENTLY] {wm} [|WITH NO DATA]']),
('comment own', 2, 'own', false, '', ARRAY['COMMENT ON MATERIALIZED VIEW {wm} IS [NULL|''of mine'']']),
-- 55000: after REFRESH ... WITH NO DATA
('read own', 3, 'own', false, '55000', ARRAY[
	'BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM bingo_tune.orderings; SELECT pg_sleep({hold}); SELECT count(*) FROM {w}; COMMIT']),

-- catalogs and the database
('vacuum catalog', 1, 'catalog', false, '', ARRAY['VACUUM [|(FULL)] pg_catalog.[pg_description|pg_depend|pg_foreign_server|pg_seclabel]']),
('reindex catalog', 1, 'catalog', false, '', ARRAY['REINDEX TABLE pg_catalog.[pg_description|pg_depend|pg_foreign_server|pg_seclabel]']),
('lock catalog', 1, 'catalog', false, '', ARRAY[
	'BEGIN; LOCK TABLE pg_catalog.[pg_description|pg_foreign_server|pg_seclabel] IN [EXCLUSIVE|ACCESS EXCLUSIVE] MODE; SELECT pg_sleep({hold}); COMMIT']),
('publication', 4, 'database', false, '', ARRAY[
	'CREATE PUBLICATION everything_{session} FOR [ALL TABLES|TABLES IN SCHEMA bingo_tune, crossed]',
	'DROP PUBLICATION everything_{session}']),
('event', 1, 'database', false, '', ARRAY[
	'ALTER EVENT TRIGGER bingo_tune_after_ddl DISABLE', 'ALTER EVENT TRIGGER bingo_tune_after_ddl ENABLE ALWAYS']),
('comment', 1, 'maintain', false, '', ARRAY['COMMENT ON TABLE {t} IS [NULL|''mine'']']),

-- a role goes, and what it owns; everybody locks f before d, too
('drop owned', 2, 'scratch', true, '', ARRAY[
	'BEGIN; LOCK TABLE scratch.f, scratch.d IN ACCESS EXCLUSIVE MODE; DROP OWNED BY {role}; COMMIT',
	'SELECT catalog_random.make_tables(''scratch'')',
	'SELECT bingo_tune.drop_ordering(''scratch'') FROM bingo_tune.orderings WHERE name = ''scratch''',
	'SELECT bingo_tune.drop_counter(''count_scratch'') FROM bingo_tune.counters WHERE name = ''count_scratch''',
	'BEGIN; SET LOCAL ROLE {role}; SELECT catalog_random.make_ordering(''scratch''); COMMIT',
	'BEGIN; SET LOCAL ROLE {role}; SELECT catalog_random.make_counter(''scratch''); COMMIT']),
('reassign owned', 2, 'scratch', false, '', ARRAY[
	'BEGIN; LOCK TABLE scratch.f, scratch.d IN ACCESS EXCLUSIVE MODE; REASSIGN OWNED BY {role} TO {heir}; COMMIT',
	'BEGIN; LOCK TABLE scratch.f, scratch.d IN ACCESS EXCLUSIVE MODE; REASSIGN OWNED BY {heir} TO {role}; COMMIT']),

-- partitions of a joined table; whoever locks them has locked the whole before
('detach', 8, 'parted', true, '', ARRAY[
	'ALTER TABLE parted.d DETACH PARTITION parted.{part} [|CONCURRENTLY|CONCURRENTLY]', 'ALTER TABLE parted.d ATTACH PARTITION parted.{part} FOR VALUES {bound}']),
('detach and change', 6, 'parted', true, '', ARRAY[
	'ALTER TABLE parted.d DETACH PARTITION parted.{part} [|CONCURRENTLY]',
	'UPDATE parted.{part} SET p = ''q'' || id % 5, r = r + 1 WHERE id % 3 = 0', 'DELETE FROM parted.{part} WHERE id % 7 = 0',
	'ALTER TABLE parted.d ATTACH PARTITION parted.{part} FOR VALUES {bound}']),
('detach and attach at once', 3, 'parted', false, '', ARRAY[
	'BEGIN; LOCK TABLE parted.d IN ACCESS EXCLUSIVE MODE; ALTER TABLE parted.d DETACH PARTITION parted.{part}; SAVEPOINT s; UPDATE parted.{part} SET r = r + 1; ALTER TABLE parted.d ATTACH PARTITION parted.{part} FOR VALUES {bound}; [COMMIT|COMMIT|ROLLBACK]']),
('drop partition', 5, 'parted', true, '', ARRAY['DROP TABLE parted.{part}', '{made}',
	'BEGIN; LOCK TABLE parted.d IN SHARE ROW EXCLUSIVE MODE; SELECT catalog_random.fill_parts(); COMMIT']),
('swap partition', 4, 'parted', false, '', ARRAY[
	'BEGIN; LOCK TABLE parted.d IN ACCESS EXCLUSIVE MODE; CREATE TABLE parted.fresh (p text NOT NULL, x int, r int NOT NULL, id int NOT NULL, k int NOT NULL); ALTER TABLE parted.fresh DROP x; INSERT INTO parted.fresh (k, id, p, r) SELECT k, id, p, r FROM parted.{leaf}; DROP TABLE parted.{leaf}; ALTER TABLE parted.fresh RENAME TO {leaf}; ALTER TABLE parted.d ATTACH PARTITION parted.{leaf} FOR VALUES {leafbound}; COMMIT']),
('truncate partition', 5, 'parted', false, '', ARRAY['TRUNCATE parted.[d1|d2|d3a|d3]',
	'BEGIN; LOCK TABLE parted.d IN SHARE ROW EXCLUSIVE MODE; SELECT catalog_random.fill_parts(); COMMIT']),
('truncate all partitions', 2, 'parted', false, '', ARRAY['BEGIN; TRUNCATE parted.d; SELECT catalog_random.fill_parts(); [COMMIT|COMMIT|ROLLBACK]']),
-- 23505: a row that was put in again
('move rows', 5, 'parted', false, '23505', ARRAY['UPDATE parted.d SET k = 1 + k % 4 WHERE id BETWEEN 41 AND 60 AND id % 3 = 0', 'UPDATE parted.d SET k = 5 - k WHERE id BETWEEN 41 AND 60']),
('alter all partitions', 3, 'parted', false, '', ARRAY['ALTER TABLE parted.d ALTER p TYPE varchar(90)', 'ALTER TABLE parted.d ALTER p TYPE text']),
('triggers of a partition', 3, 'parted', false, '', ARRAY['ALTER TABLE parted.{leaf} DISABLE TRIGGER ALL', 'ALTER TABLE parted.{leaf} ENABLE TRIGGER ALL']),
('rename partition', 3, 'parted', false, '', ARRAY['ALTER TABLE parted.{leaf} RENAME TO {leaf}_other', 'ALTER TABLE parted.{leaf}_other RENAME TO {leaf}']),
-- CONCURRENTLY of leaves only: of a partitioned table it locks them SHARE, in another order than UPDATE does if one was swapped
('maintain partition', 4, 'parted', false, '', ARRAY['VACUUM [|(FULL)|(ANALYZE)] parted.[d1|d2|d3b]', 'REINDEX TABLE parted.[d|d1|d3]', 'REINDEX TABLE CONCURRENTLY parted.[d1|d2|d3b]']),

-- in one of the databases
('drop extension', 8, 'extension', true, '', ARRAY[
	'DROP EXTENSION bingo_tune CASCADE', 'CREATE EXTENSION bingo_tune']
	-- each in a transaction of its own: while others wait for its locks one doesn't take further ones
	|| (SELECT array_agg(format('SELECT catalog_random.make_ordering(%L)', name)) FROM catalog_random.orderings)
	|| (SELECT array_agg(format('SELECT catalog_random.make_counter(%L)', name)) FROM catalog_random.counters));

-- How to look up what is not known before: {t} as {t}, with a number to choose by.
CREATE TABLE catalog_random.lookups (word text, query text);
INSERT INTO catalog_random.lookups VALUES
('i', $$SELECT indexrelid::regclass::text FROM pg_index WHERE indrelid = to_regclass('{t}') ORDER BY 1$$),
('ti', $$SELECT quote_ident(relname) FROM pg_index JOIN pg_class c ON indexrelid = c.oid WHERE indrelid = to_regclass('{t}') ORDER BY 1$$),
('trigger', $$SELECT quote_ident(tgname) FROM pg_trigger JOIN pg_proc p ON tgfoid = p.oid
	WHERE tgrelid = to_regclass('{t}') AND pronamespace = to_regnamespace('bingo_tune') ORDER BY 1$$),
('w', $$SELECT oid::regclass FROM pg_class WHERE relnamespace = to_regnamespace('bingo_tune')
	AND relkind IN ('r', 'm') AND relname ~ '^(window|boundary|gate|ordering)' ORDER BY relname$$),
('wc', $$SELECT format('%s USING %I', indrelid::regclass, relname) FROM pg_class JOIN pg_index ON indexrelid = oid
	WHERE relnamespace = to_regnamespace('bingo_tune') AND relname ~ '^(window|boundary|gate|ordering)' ORDER BY relname$$),
('nn', $$SELECT quote_ident(attname) FROM pg_attribute WHERE attrelid = to_regclass('{t}') AND attnotnull AND attnum > 0 ORDER BY 1$$),
('wi', $$SELECT oid::regclass FROM pg_class WHERE relnamespace = to_regnamespace('bingo_tune')
	AND relkind = 'i' AND relname ~ '^(window|boundary|gate|ordering)' ORDER BY relname$$),
('wm', $$SELECT oid::regclass FROM pg_class WHERE relnamespace = to_regnamespace('bingo_tune')
	AND relkind = 'm' ORDER BY relname$$),
('part', 'SELECT name FROM catalog_random.parts ORDER BY 1'),
('bound', $$SELECT bound FROM catalog_random.parts WHERE name = '{part}'$$),
('made', $$SELECT made FROM catalog_random.parts WHERE name = '{part}'$$),
('leaf', 'SELECT name FROM catalog_random.parts WHERE leaf ORDER BY 1'),
('leafbound', $$SELECT bound FROM catalog_random.parts WHERE name = '{leaf}'$$),
('word', $$SELECT 'catalog_random.word' WHERE '{s}' = 'single'$$),
('owner', $$SELECT CASE '{s}' WHEN 'scratch' THEN 'owner_' || current_database() ELSE nspowner::regrole::text END FROM pg_namespace WHERE nspname = '{s}'$$),
('server', $$SELECT quote_ident(srvname) FROM pg_foreign_server WHERE srvtype = 'ordering' AND 'name={o}' = ANY (srvoptions)$$),
('role', 'SELECT ''owner_'' || current_database()'),
('heir', 'SELECT ''heir_'' || current_database()');
