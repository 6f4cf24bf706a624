-- Snowflakes and joins on several columns: served in every spelling, and the same
-- rows in the same order as the plain plan's.
-- Seen red with: only the first column of each join looked at; a column taken for the one that it is joined to although equal
-- values may look different.
\getenv abs_srcdir PG_ABS_SRCDIR
\set music :abs_srcdir '/include/scan_music.sql'
\set ECHO none
\i :music
\set ECHO all

-- part -> model (two columns, one of them nullable on the part's side) -> maker -> country
CREATE TABLE country (code varchar(8) COLLATE "C" PRIMARY KEY, name text);
CREATE TABLE maker (id numeric PRIMARY KEY, country varchar(8) COLLATE "C", name text COLLATE "POSIX");
CREATE TABLE model (maker numeric NOT NULL, number int NOT NULL, title text, UNIQUE (number, maker));
CREATE TABLE part (id uuid PRIMARY KEY, maker numeric, number bigint NOT NULL, made date);
INSERT INTO country SELECT 'c' || i, 'Country ' || i % 3 FROM generate_series(1, 5) i;
INSERT INTO maker SELECT i, nullif('c' || i % 7, 'c0'), 'Maker ' || i % 4 FROM generate_series(1, 12) i;
INSERT INTO model SELECT 1 + i % 12, i / 12, 'Model ' || i % 9 FROM generate_series(1, 60) i;
-- equal, but not the same: 3.00 and 3
INSERT INTO part SELECT md5(i::text)::uuid, CASE WHEN i % 13 > 0 THEN (1 + i % 13)::numeric(9, 2) END, i % 6,
	CASE WHEN i % 5 > 0 THEN DATE '2020-01-01' + i % 40 END
	FROM generate_series(1, 600) i;
CREATE INDEX ON maker (country);
CREATE INDEX ON model (maker);
CREATE INDEX ON part (maker, number);
ANALYZE country, maker, model, part;
SELECT bingo_tune.create_ordering('parts', $$
	SELECT p.id, p.maker, p.made, m.title, k.name, c.code, c.name
	FROM part p JOIN model m ON p.maker = m.maker AND p.number = m.number JOIN maker k ON m.maker = k.id
		JOIN country c ON k.country = c.code
	ORDER BY c.name DESC NULLS LAST, k.name, p.made NULLS FIRST, m.number DESC, p.id DESC$$, 80);

\set keys 'ORDER BY c.name DESC NULLS LAST, k.name, p.made NULLS FIRST, m.number DESC, p.id DESC'
\set joined 'FROM part p JOIN model m ON p.maker = m.maker AND p.number = m.number JOIN maker k ON m.maker = k.id JOIN country c ON k.country = c.code'
SELECT * FROM compare('SELECT p.id, p.maker, m.title, c.code ' || :'joined' || ' ' || :'keys' || ' LIMIT 50');
-- the window ends before LIMIT
SELECT * FROM compare('SELECT p.id, p.maker, m.title, c.code ' || :'joined' || ' ' || :'keys' || ' LIMIT (SELECT 130)');
SELECT * FROM compare('SELECT p.id ' || :'joined' || ' ' || :'keys' || ' LIMIT (SELECT 10) OFFSET 75');
-- other spellings: list, swapped sides, by way of another equal column, USING, parentheses
SELECT * FROM compare('SELECT p.id, p.maker FROM country c, part p, maker k, model m
	WHERE m.number = p.number AND c.code = k.country AND k.id = m.maker AND m.maker = p.maker ' || :'keys' || ' LIMIT 50');
SELECT * FROM compare('SELECT p.id, p.maker FROM country c, part p, maker k, model m
	WHERE m.number = p.number AND c.code = k.country AND k.id = p.maker AND m.maker = k.id ' || :'keys' || ' LIMIT 50');
SELECT * FROM compare('SELECT p.id, m.title FROM part p JOIN model m USING (number, maker) JOIN maker k ON k.id = m.maker
	JOIN country c ON c.code = k.country ' || :'keys' || ' LIMIT 50');
SELECT * FROM compare('SELECT p.id, m.title FROM (country c JOIN maker k ON c.code = k.country) JOIN (model m JOIN part p
	ON m.number = p.number AND m.maker = p.maker) ON k.id = p.maker ' || :'keys' || ' LIMIT 50');
-- a sort key by an equal column of another type: the plain plan
SELECT * FROM compare('SELECT p.id, p.maker ' || :'joined' || ' ' || replace(:'keys', 'm.number', 'p.number') || ' LIMIT 50');

-- near misses: half of the join, another column, an outer join, the equal column in the output
CREATE FUNCTION explained(query text) RETURNS text LANGUAGE sql AS $$
	SELECT coalesce(reason, 'served') FROM bingo_tune.explain_ordering(query) WHERE ordering = 'parts'
$$;
SELECT explained('SELECT p.id ' || replace(:'joined', ' AND p.number = m.number', '') || ' ' || :'keys' || ' LIMIT 5');
SELECT explained('SELECT p.id ' || replace(:'joined', 'm.maker = k.id', 'm.number = k.id') || ' ' || :'keys' || ' LIMIT 5');
SELECT explained('SELECT p.id ' || replace(:'joined', 'k.country = c.code', 'm.title = c.name') || ' ' || :'keys' || ' LIMIT 5');
SELECT explained('SELECT p.id ' || replace(:'joined', 'JOIN country', 'LEFT JOIN country') || ' ' || :'keys' || ' LIMIT 5');
SELECT explained('SELECT k.id ' || :'joined' || ' ' || :'keys' || ' LIMIT 5');

-- a column that the window lacks is the one that it is joined to, if equal values look alike: in conditions, in
-- subqueries of theirs, in the output; numbers need not
SELECT * FROM compare('SELECT p.id, k.country, c.code ' || :'joined' || ' WHERE k.country <> ''c2'' ' || :'keys' || ' LIMIT 30');
SELECT * FROM compare('SELECT p.id, k.country || ''!'' ' || :'joined' || ' ' || :'keys' || ' LIMIT 40');
SELECT * FROM compare('SELECT p.id ' || :'joined' || ' WHERE (EXISTS (SELECT FROM country x WHERE x.code = k.country AND x.name = ''Country 2'' OFFSET 0)
	OR p.made IS NULL) AND lower(k.country) > ''c4'' ' || :'keys' || ' LIMIT 3');
SELECT explained('SELECT p.id ' || :'joined' || ' WHERE k.country > ''c1'' ' || :'keys' || ' LIMIT 5');
SELECT explained('SELECT p.id ' || :'joined' || ' WHERE k.id::text > ''3'' ' || :'keys' || ' LIMIT 5');
SELECT explained('SELECT p.id ' || replace(:'joined', 'k.country = c.code', 'k.country = c.code AND k.name < c.code') || ' WHERE m.maker::text > ''3'' ' || :'keys' || ' LIMIT 5');

-- changes in the middle of the snowflake
UPDATE maker SET country = 'c1' WHERE id = 6;
UPDATE country SET name = 'Country 9' WHERE code = 'c2';
DELETE FROM model WHERE number = 3;
SELECT * FROM bingo_tune.verify_ordering('parts');
SELECT * FROM compare('SELECT p.id, p.maker, m.title, c.code ' || :'joined' || ' ' || :'keys' || ' LIMIT 50');

DROP SCHEMA music CASCADE;
DROP EXTENSION bingo_tune CASCADE;
DROP EXTENSION IF EXISTS pg_stat_statements;
