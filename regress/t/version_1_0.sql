-- What create_ordering() of version 1.0 leaves behind, recorded: relations, rows, triggers
-- and what depends on what, of three orderings that are built, the last of them invalid, and of
-- one that a dump has brought and nobody has built.  Run by a superuser where role
-- shop_owner, database encoding UTF8 and the extension's version 1.0 are there; the
-- library need not be 1.0's, which can't be built beside this one.

-- the application
CREATE SCHEMA "The Shop" AUTHORIZATION shop_owner;
CREATE TABLE "The Shop".maker (code text COLLATE "C", land int, name varchar(40) NOT NULL, PRIMARY KEY (code, land));
CREATE TABLE "The Shop"."Goods" (id bigint PRIMARY KEY, title text NOT NULL, code text COLLATE "C", land int, price numeric(10, 2));
CREATE INDEX goods_by_maker ON "The Shop"."Goods" (code, land);
INSERT INTO "The Shop".maker SELECT 'm' || i, i % 3, 'Maker ' || i % 10 FROM generate_series(1, 20) i;
INSERT INTO "The Shop"."Goods" SELECT i, 'Thing ' || i, 'm' || 1 + i % 20, (1 + i % 20) % 3, i / 7.0 FROM generate_series(1, 500) i;
ALTER TABLE "The Shop".maker OWNER TO shop_owner;
ALTER TABLE "The Shop"."Goods" OWNER TO shop_owner;
CREATE TABLE goods (id int PRIMARY KEY, name text NOT NULL);
INSERT INTO goods SELECT i, 'g' || i FROM generate_series(1, 100) i;
CREATE TABLE note (id int PRIMARY KEY, words text NOT NULL);
INSERT INTO note SELECT i, 'n' || i FROM generate_series(1, 30) i;
ALTER TABLE note OWNER TO shop_owner;

-- what pg_dump carried
INSERT INTO bingo_tune.ordering_definition VALUES
('it''s "short"', ' SELECT g.id,
    g.title,
    m.name,
    g.price
   FROM ("The Shop"."Goods" g
     JOIN "The Shop".maker m ON (((g.code = m.code) AND (g.land = m.land))))
  ORDER BY m.name DESC, g.id', 100, 'shop_owner'),
('goods', ' SELECT goods.id,
    goods.name
   FROM public.goods
  ORDER BY goods.name, goods.id', 50, current_user),
('stale', ' SELECT goods.id,
    goods.name
   FROM public.goods
  ORDER BY goods.id', 1000, current_user),
('notes', 'SELECT id, words FROM public.note ORDER BY words, id', 10, 'shop_owner');

-- it's "short"
CREATE TABLE bingo_tune.window_1 (c1 bigint, c2 text, c3 varchar(40), c4 numeric(10, 2));
CREATE TABLE bingo_tune.gate_1 () WITH (autovacuum_enabled = off);
CREATE TABLE bingo_tune.boundary_1 (state "char" NOT NULL, k1 varchar(40), k2 bigint);
INSERT INTO bingo_tune.window_1
SELECT g.id, g.title, m.name, g.price FROM "The Shop"."Goods" g JOIN "The Shop".maker m ON g.code = m.code AND g.land = m.land
ORDER BY m.name DESC, g.id LIMIT 100;
INSERT INTO bingo_tune.boundary_1 SELECT 'k', c3, c1 FROM bingo_tune.window_1 ORDER BY c3, c1 DESC LIMIT 1;
CREATE INDEX window_1_order ON bingo_tune.window_1 USING btree (c3 DESC NULLS FIRST, c1);
CREATE INDEX window_1_key ON bingo_tune.window_1 USING btree (c1);
CREATE RULE definition AS ON UPDATE TO bingo_tune.boundary_1 DO INSTEAD
	SELECT g.id, g.title, m.name, g.price FROM ("The Shop"."Goods" g
		JOIN "The Shop".maker m ON (((g.code = m.code) AND (g.land = m.land))))
	ORDER BY m.name DESC, g.id;
CREATE TRIGGER bingo_tune_1 AFTER INSERT OR DELETE OR UPDATE ON "The Shop"."Goods" FOR EACH ROW EXECUTE FUNCTION bingo_tune.remember_change('1');
CREATE TRIGGER bingo_tune_1_truncate AFTER TRUNCATE ON "The Shop"."Goods" FOR EACH STATEMENT EXECUTE FUNCTION bingo_tune.remember_truncate('1');
CREATE TRIGGER bingo_tune_1 AFTER INSERT OR DELETE OR UPDATE ON "The Shop".maker FOR EACH ROW EXECUTE FUNCTION bingo_tune.remember_change('1');
CREATE TRIGGER bingo_tune_1_truncate AFTER TRUNCATE ON "The Shop".maker FOR EACH STATEMENT EXECUTE FUNCTION bingo_tune.remember_truncate('1');
INSERT INTO bingo_tune.ordering
SELECT 1, 'it''s "short"', 'shop_owner'::regrole, 100, ARRAY[g.oid, m.oid], ARRAY[g.relfilenode, m.relfilenode], '100:-', now(), 47.506022
FROM pg_class g, pg_class m WHERE g.oid = '"The Shop"."Goods"'::regclass AND m.oid = '"The Shop".maker'::regclass;

-- goods
CREATE TABLE bingo_tune.window_2 (c1 integer, c2 text);
CREATE TABLE bingo_tune.gate_2 () WITH (autovacuum_enabled = off);
CREATE TABLE bingo_tune.boundary_2 (state "char" NOT NULL, k1 text, k2 integer);
INSERT INTO bingo_tune.window_2 SELECT id, name FROM goods ORDER BY name, id LIMIT 50;
INSERT INTO bingo_tune.boundary_2 SELECT 'k', c2, c1 FROM bingo_tune.window_2 ORDER BY c2 DESC, c1 DESC LIMIT 1;
CREATE INDEX window_2_order ON bingo_tune.window_2 USING btree (c2, c1);
CREATE INDEX window_2_key ON bingo_tune.window_2 USING btree (c1);
CREATE RULE definition AS ON UPDATE TO bingo_tune.boundary_2 DO INSTEAD
	SELECT goods.id, goods.name FROM public.goods ORDER BY goods.name, goods.id;
CREATE TRIGGER bingo_tune_2 AFTER INSERT OR DELETE OR UPDATE ON goods FOR EACH ROW EXECUTE FUNCTION bingo_tune.remember_change('2');
CREATE TRIGGER bingo_tune_2_truncate AFTER TRUNCATE ON goods FOR EACH STATEMENT EXECUTE FUNCTION bingo_tune.remember_truncate('2');
INSERT INTO bingo_tune.ordering
SELECT 2, 'goods', 10, 50, ARRAY[oid], ARRAY[relfilenode], '100:-', now(), 98.16419 FROM pg_class WHERE oid = 'goods'::regclass;

-- stale
CREATE TABLE bingo_tune.window_3 (c1 integer, c2 text);
CREATE TABLE bingo_tune.gate_3 () WITH (autovacuum_enabled = off);
CREATE TABLE bingo_tune.boundary_3 (state "char" NOT NULL, k1 integer);
INSERT INTO bingo_tune.window_3 VALUES (1, 'what was there once');
INSERT INTO bingo_tune.boundary_3 VALUES ('e');
CREATE INDEX window_3_order ON bingo_tune.window_3 USING btree (c1);
CREATE INDEX window_3_key ON bingo_tune.window_3 USING btree (c1);
CREATE RULE definition AS ON UPDATE TO bingo_tune.boundary_3 DO INSTEAD
	SELECT goods.id, goods.name FROM public.goods ORDER BY goods.id;
CREATE TRIGGER bingo_tune_3 AFTER INSERT OR DELETE OR UPDATE ON goods FOR EACH ROW EXECUTE FUNCTION bingo_tune.remember_change('3');
CREATE TRIGGER bingo_tune_3_truncate AFTER TRUNCATE ON goods FOR EACH STATEMENT EXECUTE FUNCTION bingo_tune.remember_truncate('3');
INSERT INTO bingo_tune.ordering
SELECT 3, 'stale', 10, 1000, ARRAY[oid], ARRAY[relfilenode], '', now(), 18.915685 FROM pg_class WHERE oid = 'goods'::regclass;
INSERT INTO bingo_tune.ordering_invalidation VALUES (3, 'a changed row leads to more rows than a refill costs', now());

-- of all
SELECT setval('bingo_tune.ordering_id', 3);
DO $$
DECLARE
	entry record;
BEGIN
	FOR entry IN SELECT oid::regclass AS relation, relname FROM pg_class
		WHERE relnamespace = 'bingo_tune'::regnamespace AND relname ~ '^(window|gate|boundary)_[1-3]$'
	LOOP
		EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', entry.relation);
		EXECUTE format('ALTER EXTENSION bingo_tune ADD TABLE %s', entry.relation);
		IF entry.relname ~ '^boundary_' THEN
			EXECUTE format('ALTER TABLE %s DISABLE RULE definition', entry.relation);
		END IF;
	END LOOP;
	FOR entry IN SELECT tgname, tgrelid::regclass AS relation FROM pg_trigger WHERE tgname ~ '^bingo_tune_[1-3]'
	LOOP
		EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER %I', entry.relation, entry.tgname);
		EXECUTE format('ALTER TRIGGER %I ON %s DEPENDS ON EXTENSION bingo_tune', entry.tgname, entry.relation);
	END LOOP;
END
$$;
