-- A database that t/catalog_random.pl lets catalog_random loose on: tables, the
-- orderings of them, and the statements that its writers draw from.  What disturbs
-- them stands in catalog_random_kinds.sql.
--
-- In texts of both files
--	[a|b|c]		one of them, drawn each time
--	{own:N}		a number from 1 to N that is this writer's own: no two writers ever touch
--				the same row, so none of their transactions waits for another one's row,
--				and none of them may deadlock
--	{any:N}		a number from 1 to N
--	{me} {writers}	this writer's number, and how many there are
-- and more in catalog_random_kinds.sql.  :role and :heir are roles of this database.

CREATE EXTENSION bingo_tune CASCADE;

CREATE SCHEMA catalog_random;

-- after: what the bare table needs, keys first.  Every table has the full replica
-- identity, without which plain tables refuse UPDATE under a publication.
CREATE TABLE catalog_random.tables (schema text, name text, columns text, after text, fill text);
INSERT INTO catalog_random.tables VALUES
-- crossed: two unique indexes of the driving table, each the other's columns in another order
('crossed', 'd1', 'x int NOT NULL, p text NOT NULL', 'CREATE UNIQUE INDEX d1_x ON crossed.d1 (x)',
	$$SELECT g, 'p' || g % 7 FROM generate_series(1, 25) g$$),
('crossed', 'd2', 'y int NOT NULL, q text NOT NULL', 'CREATE UNIQUE INDEX d2_y ON crossed.d2 (y)',
	$$SELECT g, 'q' || g % 5 FROM generate_series(1, 20) g$$),
('crossed', 'f', 'a int NOT NULL, b int NOT NULL, v text NOT NULL',
	'CREATE UNIQUE INDEX u1 ON crossed.f (a, b); CREATE UNIQUE INDEX u2 ON crossed.f (b, a)',
	$$SELECT 1 + g / 20, 1 + g % 20, 'v' || g FROM generate_series(0, 499, 2) g$$),
-- mixed: a key of two types
('mixed', 'd', 'x int NOT NULL, y text NOT NULL, p text NOT NULL',
	'CREATE UNIQUE INDEX d_xy ON mixed.d (x, y); CREATE UNIQUE INDEX d_yx ON mixed.d (y, x)',
	$$SELECT g, 'k' || g % 3, 'p' || g % 11 FROM generate_series(1, 40) g$$),
('mixed', 'f', 'id int NOT NULL, x int NOT NULL, y text NOT NULL, n int NOT NULL',
	'CREATE UNIQUE INDEX f_id ON mixed.f (id); CREATE INDEX f_xy ON mixed.f (x, y)',
	$$SELECT g, 1 + g % 40, 'k' || (1 + g % 40) % 3, g FROM generate_series(1, 300) g$$),
-- pairs: a key of two columns of one type
('pairs', 'd', 'x int NOT NULL, y int NOT NULL, p text NOT NULL, r int NOT NULL',
	'CREATE UNIQUE INDEX d_xy ON pairs.d (x, y); CREATE UNIQUE INDEX d_yx ON pairs.d (y, x)',
	$$SELECT g, 1 + g % 4, 'p' || g, g % 13 FROM generate_series(1, 40) g$$),
('pairs', 'f', 'id int NOT NULL, x int NOT NULL, y int NOT NULL, n int NOT NULL',
	'CREATE UNIQUE INDEX f_id ON pairs.f (id); CREATE INDEX f_yx ON pairs.f (y, x)',
	$$SELECT g, 1 + g % 40, 1 + (1 + g % 40) % 4, g FROM generate_series(1, 300) g$$),
-- flake: three levels
('flake', 'g', 'id int NOT NULL, title text NOT NULL', 'CREATE UNIQUE INDEX g_id ON flake.g (id)',
	$$SELECT g, 't' || g % 5 FROM generate_series(1, 12) g$$),
('flake', 'e', 'id int NOT NULL, g bigint, r int NOT NULL',
	'CREATE UNIQUE INDEX e_id ON flake.e (id); CREATE INDEX e_g ON flake.e (g)',
	$$SELECT g, nullif(g % 13, 0), g % 4 FROM generate_series(1, 30) g$$),
('flake', 'd', 'id bigint NOT NULL, e int NOT NULL, name varchar NOT NULL',
	'CREATE UNIQUE INDEX d_id ON flake.d (id); CREATE INDEX d_e ON flake.d (e)',
	$$SELECT g, 1 + g % 30, 'n' || g % 17 FROM generate_series(1, 60) g$$),
('flake', 'f', 'id int NOT NULL, d int NOT NULL, n int NOT NULL',
	'CREATE UNIQUE INDEX f_id ON flake.f (id); CREATE INDEX f_d ON flake.f (d)',
	$$SELECT g, 1 + g % 60, g % 10 FROM generate_series(1, 300) g$$),
('single', 't', 'id int NOT NULL, a bigint, b catalog_random.word NOT NULL, c int NOT NULL DEFAULT 0',
	'CREATE UNIQUE INDEX t_id ON single.t (id)',
	$$SELECT g, nullif(g % 6, 0), 'b' || g % 9 FROM generate_series(1, 300) g$$),
-- texts: keys of text
('texts', 'd', 'code text NOT NULL, name text NOT NULL', 'CREATE UNIQUE INDEX d_code ON texts.d (code)',
	$$SELECT 'c' || g, 'n' || g % 9 FROM generate_series(1, 40) g$$),
('texts', 'f', 'id text NOT NULL, d text NOT NULL, n int NOT NULL',
	'CREATE UNIQUE INDEX f_id ON texts.f (id); CREATE INDEX f_d ON texts.f (d)',
	$$SELECT 'f' || g, 'c' || 1 + g % 40, g % 10 FROM generate_series(1, 300) g$$),
-- loose: what is joined may be missing, on both levels
('loose', 'e', 'id int NOT NULL, r int NOT NULL', 'CREATE UNIQUE INDEX e_id ON loose.e (id)',
	$$SELECT g, g % 4 FROM generate_series(1, 20) g$$),
('loose', 'd', 'id int NOT NULL, e bigint, name text NOT NULL',
	'CREATE UNIQUE INDEX d_id ON loose.d (id); CREATE INDEX d_e ON loose.d (e)',
	$$SELECT g, nullif(g % 25, 0), 'n' || g % 9 FROM generate_series(1, 40) g$$),
('loose', 'f', 'id int NOT NULL, d int, n int NOT NULL',
	'CREATE UNIQUE INDEX f_id ON loose.f (id); CREATE INDEX f_d ON loose.f (d)',
	$$SELECT g, nullif(g % 50, 0), g % 10 FROM generate_series(1, 300) g$$),
-- parted: joined to parted.d, which is partitioned and made below
('parted', 'f', 'id int NOT NULL, k int NOT NULL, d int NOT NULL, n int NOT NULL',
	'CREATE UNIQUE INDEX f_id ON parted.f (id); CREATE INDEX f_d ON parted.f (k, d)',
	$$SELECT g, 1 + g % 60 % 4, g % 60, g % 10 FROM generate_series(1, 300) g$$),
-- scratch: of a role that is dropped from under it
('scratch', 'd', 'id int NOT NULL, name text NOT NULL',
	'CREATE UNIQUE INDEX d_id ON scratch.d (id); ALTER TABLE scratch.d OWNER TO :role',
	$$SELECT g, 'n' || g % 9 FROM generate_series(1, 40) g$$),
('scratch', 'f', 'id int NOT NULL, d int NOT NULL, n int NOT NULL',
	'CREATE UNIQUE INDEX f_id ON scratch.f (id); CREATE INDEX f_d ON scratch.f (d); ALTER TABLE scratch.f OWNER TO :role',
	$$SELECT g, 1 + g % 40, g % 10 FROM generate_series(1, 300) g$$);
UPDATE catalog_random.tables SET after = replace(after, ':role', :'role')
	|| format('; ALTER TABLE %s.%s REPLICA IDENTITY FULL', schema, name);

-- One for each schema, and of its name.  The query is the ordering's, unless that has a parameter.
CREATE TABLE catalog_random.orderings (name text, window_rows int, query text, definition text);
INSERT INTO catalog_random.orderings VALUES
('crossed', 50, 'SELECT f.v, d1.p, d2.q FROM crossed.f JOIN crossed.d1 ON f.a = d1.x JOIN crossed.d2 ON f.b = d2.y ORDER BY d1.x, d2.y', NULL),
('mixed', 60, 'SELECT f.id, f.n, d.x, d.y, d.p FROM mixed.f JOIN mixed.d ON f.x = d.x AND f.y = d.y WHERE f.n > 30 ORDER BY coalesce(d.p, ''x''), f.id', NULL),
('pairs', 8, 'SELECT f.id, f.n, d.x, d.y, d.p, d.r FROM pairs.f JOIN pairs.d ON f.x = d.x AND f.y = d.y WHERE d.y = 2 ORDER BY f.n DESC, f.id',
	'SELECT f.id, f.n, d.x, d.y, d.p, d.r FROM pairs.f JOIN pairs.d ON f.x = d.x AND f.y = d.y WHERE d.y = $1 ORDER BY f.n DESC, f.id'),
('flake', 40, 'SELECT f.id, f.n, d.name, e.r, g.title FROM flake.f JOIN flake.d ON f.d = d.id JOIN flake.e ON d.e = e.id JOIN flake.g ON e.g = g.id WHERE e.r < 3 AND d.name <> ''n3'' ORDER BY g.title, e.r DESC, d.name, f.id', NULL),
('single', 30, 'SELECT t.id, t.a, t.b FROM single.t ORDER BY t.a NULLS FIRST, t.b DESC, t.id', NULL),
('texts', 400, 'SELECT f.id, f.n, d.code, d.name FROM texts.f JOIN texts.d ON f.d = d.code ORDER BY lower(d.name), f.id', NULL),
('loose', 60, 'SELECT f.id, f.n, f.d, d.name, e.r FROM loose.f LEFT JOIN loose.d ON f.d = d.id LEFT JOIN loose.e ON d.e = e.id WHERE f.n < 9 ORDER BY e.r DESC, d.name, f.id', NULL),
('parted', 20, 'SELECT f.id, f.n, d.k, d.id, d.p FROM parted.f JOIN parted.d ON f.k = d.k AND f.d = d.id ORDER BY d.r, d.p DESC, f.id', NULL),
('scratch', 40, 'SELECT f.id, f.n, d.id, d.name FROM scratch.f JOIN scratch.d ON f.d = d.id ORDER BY d.name DESC, f.id', NULL);

-- One for each schema, named count_ and its name: of its table tab, by key, which has such a value,
-- of the rows that pass the filter.
CREATE TABLE catalog_random.counters (name text, tab text, key text, value text, filter text, query text);
INSERT INTO catalog_random.counters VALUES
('crossed', 'crossed.f', 'a', '{any:26}', 'true', 'SELECT a, count(*) FROM crossed.f GROUP BY a'),
('mixed', 'mixed.f', 'y', $$'k{any:3}'$$, 'x > 5', 'SELECT y, count(*) FROM mixed.f WHERE x > 5 GROUP BY y'),
('pairs', 'pairs.f', 'y', '{any:5}', 'true', 'SELECT x, y, count(*) FROM pairs.f GROUP BY x, y'),
('flake', 'flake.f', 'd', '{any:62}', 'true', 'SELECT d, count(*) FROM flake.f GROUP BY d'),
('single', 'single.t', 'a', '{any:6}', $$b < 'b5'$$, $$SELECT a, count(*) FROM single.t WHERE b < 'b5' GROUP BY a$$),
('texts', 'texts.f', 'd', $$'c{any:42}'$$, 'true', 'SELECT d, count(*) FROM texts.f GROUP BY d'),
('loose', 'loose.f', 'd', '{any:42}', 'true', 'SELECT d, count(*) FROM loose.f GROUP BY d'),
('parted', 'parted.f', 'd', '{any:62}', 'true', 'SELECT d, count(*) FROM parted.f GROUP BY d'),
('scratch', 'scratch.f', 'd', '{any:42}', 'true', 'SELECT d, count(*) FROM scratch.f GROUP BY d');

CREATE DOMAIN catalog_random.number AS int CHECK (VALUE < 1000000);
CREATE DOMAIN catalog_random.word AS text;

-- For a trigger of the application: of a row here and there, another number.
CREATE FUNCTION catalog_random.other_row() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
	IF to_jsonb(new) ? 'n' AND (to_jsonb(new)->>'n')::numeric % 3 = 1 THEN
		new.n := new.n + 1;
	END IF;
	RETURN new;
END $$;

CREATE FUNCTION catalog_random.make_tables(of text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	t catalog_random.tables;
BEGIN
	FOR t IN SELECT * FROM catalog_random.tables WHERE schema = of ORDER BY name DESC LOOP
		EXECUTE format('CREATE TABLE %s.%s (%s)', t.schema, t.name, t.columns);
		EXECUTE t.after;
		EXECUTE format('INSERT INTO %s.%s %s', t.schema, t.name, t.fill);
	END LOOP;
END $$;

CREATE FUNCTION catalog_random.make_ordering(which text) RETURNS void
LANGUAGE sql AS $$
	SELECT bingo_tune.create_ordering(name, coalesce(definition, query), window_rows) FROM catalog_random.orderings WHERE name = which
$$;

CREATE FUNCTION catalog_random.make_counter(which text) RETURNS void
LANGUAGE sql AS $$
	SELECT bingo_tune.create_counter('count_' || name, query) FROM catalog_random.counters WHERE name = which
$$;

-- The scratch ordering belongs to the role, which made it.
CREATE ROLE :role;
CREATE ROLE :heir;
SELECT format('CREATE SCHEMA %s; CREATE SCHEMA away_%1$s', name) FROM catalog_random.orderings \gexec
GRANT USAGE ON SCHEMA scratch, away_scratch, catalog_random TO PUBLIC;
GRANT SELECT ON catalog_random.orderings, catalog_random.counters TO PUBLIC;
-- One of them is partitioned again; one has its columns in another order.
CREATE TABLE catalog_random.parts (name text, bound text, leaf bool, made text);
INSERT INTO catalog_random.parts VALUES
('d1', 'IN (1)', true, 'CREATE TABLE parted.d1 PARTITION OF parted.d FOR VALUES IN (1)'),
('d2', 'IN (2)', true, 'CREATE TABLE parted.d2 (r int NOT NULL, x int, p text NOT NULL, id int NOT NULL, k int NOT NULL); ALTER TABLE parted.d2 DROP x;'
	' ALTER TABLE parted.d ATTACH PARTITION parted.d2 FOR VALUES IN (2)'),
('d3', 'IN (3, 4)', false, 'CREATE TABLE parted.d3 PARTITION OF parted.d FOR VALUES IN (3, 4) PARTITION BY HASH (id);'
	' CREATE TABLE parted.d3a PARTITION OF parted.d3 FOR VALUES WITH (MODULUS 2, REMAINDER 0);'
	' CREATE TABLE parted.d3b PARTITION OF parted.d3 FOR VALUES WITH (MODULUS 2, REMAINDER 1)');
CREATE TABLE parted.d (k int NOT NULL, id int NOT NULL, p text NOT NULL, r int NOT NULL, PRIMARY KEY (k, id)) PARTITION BY LIST (k);
SELECT made FROM catalog_random.parts ORDER BY name \gexec
CREATE FUNCTION catalog_random.fill_parts() RETURNS void
LANGUAGE sql AS $$
	INSERT INTO parted.d SELECT 1 + g % 4, g, 'p' || g % 9, g % 13 FROM generate_series(1, 60) g ON CONFLICT DO NOTHING
$$;
SELECT catalog_random.fill_parts();
SELECT count(catalog_random.make_tables(name)) FROM catalog_random.orderings;
SELECT count(catalog_random.make_ordering(name)) FROM catalog_random.orderings WHERE name <> 'scratch';
SELECT count(catalog_random.make_counter(name)) FROM catalog_random.counters WHERE name <> 'scratch';
SET ROLE :role;
SELECT catalog_random.make_ordering('scratch');
SELECT catalog_random.make_counter('scratch');
RESET ROLE;
ANALYZE;

-- What an ordering's tables have that can be changed there and back.
CREATE TABLE catalog_random.columns (schema text, tab text, name text, type text, other text);
INSERT INTO catalog_random.columns VALUES
('crossed', 'f', 'a', 'int', 'bigint'), ('crossed', 'f', 'b', 'int', 'bigint'), ('crossed', 'f', 'v', 'text', 'varchar(90)'),
('crossed', 'd1', 'x', 'int', 'bigint'), ('crossed', 'd1', 'p', 'text', 'varchar'), ('crossed', 'd2', 'y', 'int', 'bigint'),
('crossed', 'd2', 'q', 'text', 'varchar(90)'),
('mixed', 'f', 'x', 'int', 'bigint'), ('mixed', 'f', 'n', 'int', 'numeric'), ('mixed', 'd', 'y', 'text', 'varchar'),
('mixed', 'd', 'p', 'text', 'varchar(90)'),
('pairs', 'f', 'x', 'int', 'bigint'), ('pairs', 'f', 'id', 'int', 'bigint'), ('pairs', 'd', 'x', 'int', 'bigint'),
('pairs', 'd', 'y', 'int', 'bigint'), ('pairs', 'd', 'r', 'int', 'bigint'),
('flake', 'f', 'id', 'int', 'bigint'), ('flake', 'f', 'n', 'int', 'bigint'), ('flake', 'd', 'name', 'varchar', 'text'),
('flake', 'e', 'r', 'int', 'numeric'), ('flake', 'e', 'g', 'bigint', 'int'), ('flake', 'g', 'title', 'text', 'varchar(90)'),
('single', 't', 'id', 'int', 'bigint'), ('single', 't', 'a', 'bigint', 'int'), ('single', 't', 'b', 'catalog_random.word', 'varchar(90)'),
('single', 't', 'c', 'int', 'bigint'), ('single', 't', 'b', 'catalog_random.word', 'text COLLATE "POSIX"'), ('single', 't', 'id', 'int', 'catalog_random.number'),
('mixed', 'd', 'p', 'text', 'text COLLATE "POSIX"'), ('pairs', 'f', 'y', 'int', 'catalog_random.number'),
('texts', 'd', 'code', 'text', 'text COLLATE "POSIX"'),
('texts', 'f', 'id', 'text', 'varchar(90)'), ('texts', 'f', 'n', 'int', 'bigint'), ('texts', 'd', 'code', 'text', 'varchar(90)'),
('texts', 'd', 'name', 'text', 'varchar'),
('loose', 'f', 'd', 'int', 'bigint'), ('loose', 'd', 'name', 'text', 'varchar(90)'), ('loose', 'd', 'e', 'bigint', 'int'),
('loose', 'e', 'r', 'int', 'bigint'),
('parted', 'f', 'd', 'int', 'bigint'), ('parted', 'f', 'n', 'int', 'bigint'),
('scratch', 'f', 'n', 'int', 'bigint'), ('scratch', 'd', 'name', 'text', 'varchar(90)');

-- Its unique indexes, with the columns in the other order.
CREATE TABLE catalog_random.keys (schema text, tab text, name text, columns text, reversed text);
INSERT INTO catalog_random.keys VALUES
('crossed', 'f', 'u1', 'a, b', 'b, a'), ('crossed', 'f', 'u2', 'b, a', 'a, b'), ('crossed', 'd1', 'd1_x', 'x', 'x'),
('crossed', 'd2', 'd2_y', 'y', 'y'), ('mixed', 'd', 'd_xy', 'x, y', 'y, x'), ('mixed', 'd', 'd_yx', 'y, x', 'x, y'),
('mixed', 'f', 'f_id', 'id', 'id'), ('pairs', 'd', 'd_xy', 'x, y', 'y, x'), ('pairs', 'd', 'd_yx', 'y, x', 'x, y'),
('pairs', 'f', 'f_id', 'id', 'id'), ('flake', 'g', 'g_id', 'id', 'id'), ('flake', 'e', 'e_id', 'id', 'id'),
('flake', 'd', 'd_id', 'id', 'id'), ('flake', 'f', 'f_id', 'id', 'id'), ('single', 't', 't_id', 'id', 'id'),
('texts', 'd', 'd_code', 'code', 'code'), ('texts', 'f', 'f_id', 'id', 'id'), ('loose', 'e', 'e_id', 'id', 'id'), ('loose', 'd', 'd_id', 'id', 'id'), ('loose', 'f', 'f_id', 'id', 'id'), ('parted', 'f', 'f_id', 'id', 'id'), ('scratch', 'd', 'd_id', 'id', 'id'),
('scratch', 'f', 'f_id', 'id', 'id');

CREATE TABLE catalog_random.changes (schema text, tab text, weight int, statement text);
INSERT INTO catalog_random.changes VALUES
('crossed', 'f', 6, 'INSERT INTO crossed.f VALUES ({any:25}, {own:20}, ''v{any:999}'') ON CONFLICT DO NOTHING'),
('crossed', 'f', 3, 'DELETE FROM crossed.f WHERE a = {any:25} AND b = {own:20}'),
('crossed', 'f', 2, 'UPDATE crossed.f SET v = ''w{any:999}'' WHERE a <= {any:25} AND b = {own:20}'),
('crossed', 'f', 2, 'UPDATE crossed.f SET a = {any:25} WHERE a = {any:25} AND b = {own:20}'),
('crossed', 'f', 1, 'UPDATE crossed.f SET v = v || ''.'' WHERE b % {writers} = {me} AND length(v) < 20'),
('crossed', 'd1', 3, 'UPDATE crossed.d1 SET p = ''p{any:99}'' WHERE x = {own:25}'),
('crossed', 'd1', 1, 'DELETE FROM crossed.d1 WHERE x = {own:25}'),
('crossed', 'd1', 2, 'INSERT INTO crossed.d1 VALUES ({own:25}, ''n{any:99}'') ON CONFLICT DO NOTHING'),
('crossed', 'd2', 3, 'UPDATE crossed.d2 SET q = ''q{any:99}'' WHERE y = {own:20}'),
('crossed', 'd2', 1, 'DELETE FROM crossed.d2 WHERE y = {own:20}'),
('crossed', 'd2', 2, 'INSERT INTO crossed.d2 VALUES ({own:20}, ''n{any:99}'') ON CONFLICT DO NOTHING'),

('mixed', 'f', 6, 'INSERT INTO mixed.f SELECT {own:300}, x, ''k'' || x % 3, {any:99} FROM (SELECT {any:42} x) n ON CONFLICT DO NOTHING'),
('mixed', 'f', 3, 'DELETE FROM mixed.f WHERE id = {own:300}'),
('mixed', 'f', 2, 'UPDATE mixed.f SET n = n + 1 WHERE id = {own:300}'),
('mixed', 'f', 2, 'UPDATE mixed.f SET x = x % 40 + 1, y = ''k'' || (x % 40 + 1) % 3 WHERE id = {own:300}'),
('mixed', 'f', 1, 'UPDATE mixed.f SET n = n - 1 WHERE id % {writers} = {me}'),
('mixed', 'd', 3, 'UPDATE mixed.d SET p = ''p{any:20}'' WHERE x = {own:40}'),
('mixed', 'd', 1, 'UPDATE mixed.d SET y = ''k{any:3}'' WHERE x = {own:40}'),
('mixed', 'd', 1, 'DELETE FROM mixed.d WHERE x = {own:40}'),
('mixed', 'd', 2, 'INSERT INTO mixed.d SELECT x, ''k'' || x % 3, ''n{any:20}'' FROM (SELECT {own:40} x) n ON CONFLICT DO NOTHING'),

('pairs', 'f', 6, 'INSERT INTO pairs.f SELECT {own:300}, x, 1 + x % 4, {any:99} FROM (SELECT {any:42} x) n ON CONFLICT DO NOTHING'),
('pairs', 'f', 3, 'DELETE FROM pairs.f WHERE id = {own:300}'),
('pairs', 'f', 2, 'UPDATE pairs.f SET x = {any:4}, y = {any:4} WHERE id = {own:300}'),
('pairs', 'f', 1, 'UPDATE pairs.f SET n = n + 1 WHERE id % {writers} = {me}'),
('pairs', 'd', 3, 'UPDATE pairs.d SET p = ''NEW{any:99}'' WHERE x = {own:40} AND y <= {any:4}'),
('pairs', 'd', 2, 'UPDATE pairs.d SET r = {any:13} WHERE x = {own:40}'),
('pairs', 'd', 1, 'UPDATE pairs.d SET y = {any:4} WHERE x = {own:40}'),
('pairs', 'd', 1, 'DELETE FROM pairs.d WHERE x = {own:40}'),
('pairs', 'd', 2, 'INSERT INTO pairs.d VALUES ({own:40}, {any:4}, ''p'', {any:13}) ON CONFLICT DO NOTHING'),

('flake', 'f', 6, 'INSERT INTO flake.f VALUES ({own:300}, {any:62}, {any:9}) ON CONFLICT DO NOTHING'),
('flake', 'f', 3, 'DELETE FROM flake.f WHERE id = {own:300}'),
('flake', 'f', 2, 'UPDATE flake.f SET d = {any:60}, n = {any:9} WHERE id = {own:300}'),
('flake', 'd', 2, 'UPDATE flake.d SET name = ''n{any:20}'' WHERE id = {own:60}'),
('flake', 'd', 1, 'UPDATE flake.d SET e = {any:31} WHERE id = {own:60}'),
('flake', 'd', 1, 'DELETE FROM flake.d WHERE id = {own:60}'),
('flake', 'd', 2, 'INSERT INTO flake.d VALUES ({own:60}, {any:30}, ''m{any:20}'') ON CONFLICT DO NOTHING'),
('flake', 'e', 2, 'UPDATE flake.e SET r = {any:4} WHERE id = {own:30}'),
('flake', 'e', 1, 'UPDATE flake.e SET g = nullif({any:13}, 13) WHERE id = {own:30}'),
('flake', 'e', 1, 'DELETE FROM flake.e WHERE id = {own:30}'),
('flake', 'e', 2, 'INSERT INTO flake.e VALUES ({own:30}, {any:12}, {any:4}) ON CONFLICT DO NOTHING'),
('flake', 'g', 1, 'UPDATE flake.g SET title = ''t{any:9}'' WHERE id = {own:12}'),

('single', 't', 6, 'INSERT INTO single.t VALUES ({own:300}, nullif({any:6}, 6), ''b{any:9}'') ON CONFLICT DO NOTHING'),
('single', 't', 3, 'DELETE FROM single.t WHERE id = {own:300}'),
('single', 't', 2, 'UPDATE single.t SET a = nullif({any:6}, 6) WHERE id = {own:300}'),
('single', 't', 2, 'UPDATE single.t SET b = ''z{any:9}'' WHERE id BETWEEN {any:300} AND 300 AND id % {writers} = {me} AND id % 9 = 0'),
('single', 't', 1, 'UPDATE single.t SET c = c + 1 WHERE id % {writers} = {me}'),

('texts', 'f', 6, 'INSERT INTO texts.f VALUES (''f{own:300}'', ''c{any:42}'', {any:9}) ON CONFLICT DO NOTHING'),
('texts', 'f', 3, 'DELETE FROM texts.f WHERE id = ''f{own:300}'''),
('texts', 'f', 2, 'UPDATE texts.f SET d = ''c{any:42}'' WHERE id = ''f{own:300}'''),
('texts', 'd', 3, 'UPDATE texts.d SET name = ''n{any:20}'' WHERE code = ''c{own:40}'''),
('texts', 'd', 1, 'DELETE FROM texts.d WHERE code = ''c{own:40}'''),
('texts', 'd', 2, 'INSERT INTO texts.d VALUES (''c{own:40}'', ''m{any:20}'') ON CONFLICT DO NOTHING'),

('loose', 'f', 6, 'INSERT INTO loose.f VALUES ({own:300}, nullif({any:45}, 45), {any:10}) ON CONFLICT DO NOTHING'),
('loose', 'f', 3, 'DELETE FROM loose.f WHERE id = {own:300}'),
('loose', 'f', 2, 'UPDATE loose.f SET d = nullif({any:45}, 45), n = {any:10} WHERE id = {own:300}'),
('loose', 'd', 2, 'UPDATE loose.d SET name = ''n{any:20}'' WHERE id = {own:40}'),
('loose', 'd', 1, 'UPDATE loose.d SET e = nullif({any:22}, 22) WHERE id = {own:40}'),
('loose', 'd', 2, 'DELETE FROM loose.d WHERE id = {own:40}'),
('loose', 'd', 3, 'INSERT INTO loose.d VALUES ({own:40}, {any:20}, ''m{any:20}'') ON CONFLICT DO NOTHING'),
('loose', 'e', 2, 'UPDATE loose.e SET r = {any:4} WHERE id = {own:20}'),
('loose', 'e', 2, 'DELETE FROM loose.e WHERE id = {own:20}'),
('loose', 'e', 3, 'INSERT INTO loose.e VALUES ({own:20}, {any:4}) ON CONFLICT DO NOTHING'),

('parted', 'f', 6, 'INSERT INTO parted.f SELECT {own:300}, 1 + x % 4, x, {any:99} FROM (SELECT {any:62} x) n ON CONFLICT DO NOTHING'),
('parted', 'f', 3, 'DELETE FROM parted.f WHERE id = {own:300}'),
('parted', 'f', 3, 'UPDATE parted.f SET k = {any:4}, d = {any:62} WHERE id = {own:300}'),
('parted', 'f', 1, 'UPDATE parted.f SET n = n + 1 WHERE id % {writers} = {me}'),
('parted', 'd', 2, 'UPDATE parted.d SET p = ''p{any:20}'' WHERE id = {own:40}'),
('parted', 'd', 3, 'UPDATE parted.d SET k = {any:4} WHERE id = {own:40}'),
('parted', 'd', 2, 'UPDATE parted.d SET r = {any:13} WHERE k = {any:4} AND id = {own:40}'),
('parted', 'd', 1, 'DELETE FROM parted.d WHERE id = {own:40}'),
('parted', 'd', 3, 'INSERT INTO parted.d VALUES ({any:4}, {own:40}, ''m{any:20}'', {any:13}) ON CONFLICT DO NOTHING'),

('scratch', 'f', 4, 'INSERT INTO scratch.f VALUES ({own:300}, {any:42}, {any:9}) ON CONFLICT DO NOTHING'),
('scratch', 'f', 2, 'DELETE FROM scratch.f WHERE id = {own:300}'),
('scratch', 'f', 2, 'UPDATE scratch.f SET d = {any:40} WHERE id = {own:300}'),
('scratch', 'd', 3, 'UPDATE scratch.d SET name = ''n{any:20}'' WHERE id = {own:40}'),
('scratch', 'd', 1, 'DELETE FROM scratch.d WHERE id = {own:40}'),
('scratch', 'd', 2, 'INSERT INTO scratch.d VALUES ({own:40}, ''m{any:20}'') ON CONFLICT DO NOTHING');
