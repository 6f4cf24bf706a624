-- GROUP BY a key, sorted by another column: the groups come in the order of a window, and LIMIT stops them (read/group.c).
--
-- served: rows come from the window; few: of all that there are few were read; behind: the plan behind gave some, too.  Nothing
-- there: no window is read.  differs must be 0.
--
-- Seen red: GROUP BY without the driving key, with one of its two columns, with one under another collation; a key that is unique no more;
-- what several groups of a row of the core need not sorted; grouping sets; a column of the key that a condition fixes not known to be
-- the same; an index proposed that the planner would not take; another key of the table trusted that may be NULL; only the key
-- by which the ordering tells rows apart taken for one.
\getenv abs_srcdir PG_ABS_SRCDIR
\set scan_rows :abs_srcdir '/include/scan_rows.sql'
SET client_min_messages = warning;
\set ECHO none
\i :scan_rows
\set ECHO all
CREATE EXTENSION bingo_tune CASCADE;
SET bingo_tune.upkeep = off;
SET max_parallel_workers_per_gather = 0;
SET jit = off;
CREATE COLLATION anycase (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
CREATE TABLE author (id int PRIMARY KEY, name text NOT NULL);
CREATE TABLE post (id int PRIMARY KEY, author int NOT NULL REFERENCES author, created int NOT NULL, title text NOT NULL, open bool NOT NULL);
CREATE TABLE comment (id int PRIMARY KEY, post bigint, at int NOT NULL, body text);
CREATE TABLE tagged (post int REFERENCES post, tag int, PRIMARY KEY (post, tag));
CREATE TABLE page (tenant int, slug text COLLATE "C", created int NOT NULL, PRIMARY KEY (tenant, slug));
CREATE TABLE loose (id int NOT NULL, created int NOT NULL);
CREATE UNIQUE INDEX loose_id ON loose (id);
CREATE TABLE item (id int PRIMARY KEY, created int NOT NULL, code text COLLATE "C" NOT NULL UNIQUE, slug text UNIQUE, late int NOT NULL UNIQUE DEFERRABLE,
	half int NOT NULL);
CREATE UNIQUE INDEX item_half ON item (half) WHERE half < 0;
CREATE UNIQUE INDEX item_word ON item ((half || code));
CREATE TABLE mail (id int, part int, created int NOT NULL) PARTITION BY LIST (part);
CREATE TABLE mail_0 PARTITION OF mail (PRIMARY KEY (id)) FOR VALUES IN (0);
CREATE TABLE mail_1 PARTITION OF mail (PRIMARY KEY (id)) FOR VALUES IN (1);
INSERT INTO author SELECT g, 'author ' || g % 9 FROM generate_series(1, 40) g;
-- of most values of "created" there are three
INSERT INTO post SELECT g, 1 + g % 40, g * 7919 % 211, 'title ' || g % 50, g % 3 > 0 FROM generate_series(1, 600) g;
-- some posts have none, most three; those of no post are of NULL, or of one that is not there
INSERT INTO comment SELECT g, CASE WHEN g % 50 = 0 THEN NULL ELSE 1 + g * 31 % 550 END, g * 17 % 1009, 'body ' || g % 7 FROM generate_series(1, 1500) g;
INSERT INTO comment VALUES (2000, 70000, 1, 'lost');
INSERT INTO tagged SELECT id, t FROM post, generate_series(1, 4) t WHERE (id + t) % 3 = 0;
-- one slug in three tenants, and in capitals
INSERT INTO page SELECT g % 3, 'page' || g / 3, g / 3 % 9 FROM generate_series(0, 299) g;
INSERT INTO page SELECT tenant, upper(slug), created FROM page WHERE tenant = 0;
INSERT INTO loose SELECT g, g % 20 FROM generate_series(1, 200) g;
-- every second one without a slug
INSERT INTO item SELECT g, g % 20, 'code' || g, CASE WHEN g / 20 % 2 = 0 THEN 'slug' || g END, g, g / 20 % 2 FROM generate_series(1, 200) g;
INSERT INTO mail SELECT g / 2, g % 2, g % 4 / 2 FROM generate_series(0, 299) g;
CREATE INDEX ON comment (post);
CREATE INDEX ON post (author);
VACUUM ANALYZE;
SELECT bingo_tune.create_ordering('newest', 'SELECT p.id, p.author, p.created, p.open FROM post p ORDER BY p.created DESC, p.id DESC', 200);
SELECT bingo_tune.create_ordering('by name',
	'SELECT p.id, p.author, p.created, a.name FROM post p JOIN author a ON a.id = p.author ORDER BY a.name, p.created DESC, p.id', 200);
-- by what GROUP BY can't be sorted by, although it may have all columns of it
SELECT bingo_tune.create_ordering('minus', 'SELECT p.id, p.author, p.created, p.open FROM post p ORDER BY -p.created, p.id', 200);
SELECT bingo_tune.create_ordering('pages', 'SELECT p.tenant, p.slug, p.created FROM page p ORDER BY -p.created, p.tenant, p.slug', 100);
SELECT bingo_tune.create_ordering('pages of one', 'SELECT p.tenant, p.slug, p.created FROM page p WHERE p.tenant = $1 ORDER BY p.created, p.slug', 50);
SELECT bingo_tune.create_ordering('loose', 'SELECT l.id, l.created FROM loose l ORDER BY -l.created, l.id', 60);
SELECT bingo_tune.create_ordering('items', 'SELECT i.id, i.created, i.code, i.slug, i.late, i.half FROM item i ORDER BY -i.created, i.id', 60);
SELECT bingo_tune.create_ordering('mail_0', 'SELECT id, part, created FROM mail_0 ORDER BY -created, part, id', 50);
SELECT bingo_tune.create_ordering('mail_1', 'SELECT id, part, created FROM mail_1 ORDER BY -created, part, id', 50);
-- no plan is taken for its cost: it sorts or hashes whole tables, but for those that the window gives
SET enable_sort = off;
SET enable_hashagg = off;
CREATE TABLE queries (id int GENERATED ALWAYS AS IDENTITY, query text);
INSERT INTO queries (query) VALUES
('SELECT p.id, p.title, count(c.id) FROM post p LEFT JOIN comment c ON c.post = p.id GROUP BY p.id ORDER BY p.created DESC, p.id DESC LIMIT 20'),
('SELECT p.id, p.title, count(c.id) FROM post p LEFT JOIN comment c ON c.post = p.id GROUP BY p.id, p.created, p.title ORDER BY p.created DESC, p.id DESC LIMIT 20'),
('SELECT p.id, p.created FROM post p LEFT JOIN comment c ON c.post = p.id GROUP BY p.id ORDER BY p.created DESC, p.id DESC OFFSET 190 LIMIT 20'),
-- of those that tie any may be the last ones
('SELECT q.created FROM (SELECT p.id, p.created, count(*) FROM post p JOIN comment c ON c.post = p.id GROUP BY p.id ORDER BY p.created DESC LIMIT (SELECT 250)) q'),
('SELECT q.* FROM (SELECT p.id, p.created, sum(c.at), max(c.at), bool_or(p.open) FROM post p LEFT JOIN comment c ON c.post = p.id GROUP BY p.id ORDER BY p.created DESC LIMIT (SELECT 700)) q ORDER BY id'),
('SELECT q.* FROM (SELECT p.id, p.created, count(*) AS n FROM post p JOIN comment c ON c.post = p.id GROUP BY p.id ORDER BY p.created DESC, count(*), p.id LIMIT 30) q'),
-- the other way round
('SELECT p.id, count(c.id) FROM post p LEFT JOIN comment c ON c.post = p.id WHERE p.created > 190 GROUP BY p.id ORDER BY p.created, p.id LIMIT 7'),
-- what belongs to the row of the key; conditions, semi and anti joins
('SELECT p.id, a.name, count(c.id) FROM post p JOIN author a ON a.id = p.author LEFT JOIN comment c ON c.post = p.id GROUP BY p.id, a.id ORDER BY p.created DESC, p.id DESC LIMIT 20'),
('SELECT p.id, a.name, count(c.id) FROM post p JOIN author a ON a.id = p.author LEFT JOIN comment c ON c.post = p.id GROUP BY a.name, p.id ORDER BY a.name, p.created DESC, p.id LIMIT 20'),
('SELECT p.id, p.author, count(c.id) FROM post p JOIN author a ON a.id = p.author LEFT JOIN comment c ON c.post = p.id WHERE p.id % 7 < 4 GROUP BY p.id, a.name ORDER BY a.name, p.created DESC, p.id OFFSET (SELECT 60) LIMIT (SELECT 90)'),
('SELECT p.id, count(*) FROM post p JOIN comment c ON c.post = p.id WHERE p.open AND c.at > 300 GROUP BY p.id HAVING count(*) > 1 AND p.id % 2 = 0 ORDER BY p.created DESC, p.id DESC LIMIT (SELECT 20)'),
('SELECT p.id, p.created FROM post p JOIN tagged t ON t.post = p.id WHERE t.tag IN (2, 3) AND EXISTS (SELECT FROM comment c WHERE c.post = p.id AND c.at > 100) GROUP BY p.id ORDER BY p.created DESC, p.id DESC LIMIT 20'),
('SELECT p.id, count(*) FROM post p JOIN tagged t ON t.post = p.id WHERE NOT EXISTS (SELECT FROM comment c WHERE c.post = p.id) GROUP BY p.id ORDER BY p.created DESC, p.id DESC LIMIT 20'),
-- the order of aggregates' arguments
('SELECT p.id, string_agg(c.body, '','' ORDER BY c.at DESC, c.id), count(DISTINCT c.body) FROM post p LEFT JOIN comment c ON c.post = p.id GROUP BY p.id ORDER BY p.created DESC, p.id DESC LIMIT 20'),
('SELECT p.id, array_agg(c.at ORDER BY c.at) FILTER (WHERE c.at > 9) FROM post p LEFT JOIN comment c ON c.post = p.id GROUP BY p.id ORDER BY p.created DESC, p.id DESC OFFSET 195 LIMIT 20'),
-- several groups of a row
('SELECT p.id, t.tag, count(c.id) FROM post p JOIN tagged t ON t.post = p.id LEFT JOIN comment c ON c.post = p.id GROUP BY p.id, t.tag ORDER BY p.created DESC, p.id DESC, t.tag LIMIT 30'),
('SELECT q.* FROM (SELECT p.id, c.body, p.created, count(*), array_agg(c.at ORDER BY c.at) FROM post p JOIN comment c ON c.post = p.id LEFT JOIN tagged t ON t.post = p.id GROUP BY c.body, p.id ORDER BY p.created DESC LIMIT (SELECT 2000)) q ORDER BY id, body'),
-- by a column that is equal to the key, or not
('SELECT c.post, count(*) FROM post p JOIN comment c ON c.post = p.id GROUP BY c.post, p.created ORDER BY -p.created, c.post LIMIT 20'),
('SELECT q.* FROM (SELECT c.post, p.created, count(*) FROM post p LEFT JOIN comment c ON c.post = p.id GROUP BY c.post, p.created ORDER BY -p.created LIMIT 900) q ORDER BY post, created'),
('SELECT q.* FROM (SELECT p.open, p.created, count(*) FROM post p JOIN comment c ON c.post = p.id GROUP BY p.open, p.created ORDER BY -p.created LIMIT 600) q ORDER BY open, created'),
('SELECT p.id, count(*) FROM comment c LEFT JOIN post p ON p.id = c.post GROUP BY p.id ORDER BY p.created DESC, p.id DESC LIMIT 20'),
('SELECT p.id, count(*) FROM comment c FULL JOIN post p ON p.id = c.post GROUP BY p.id ORDER BY p.created DESC, p.id DESC LIMIT 20'),
-- a key of two columns, one of them, one that a condition fixes, one that is compared otherwise
('SELECT p.tenant, p.slug, count(*) FROM page p CROSS JOIN generate_series(1, 2) GROUP BY p.tenant, p.slug ORDER BY -p.created, p.tenant, p.slug LIMIT 20'),
('SELECT q.* FROM (SELECT p.slug, count(*) FROM page p CROSS JOIN generate_series(1, 2) GROUP BY p.slug, p.created ORDER BY -p.created LIMIT 300) q ORDER BY slug'),
('SELECT p.slug, count(*) FROM page p CROSS JOIN generate_series(1, 2) WHERE p.tenant = 1 GROUP BY p.tenant, p.slug ORDER BY p.created, p.slug OFFSET 40 LIMIT 20'),
('SELECT q.* FROM (SELECT min(p.slug) AS slug, p.tenant, count(*) FROM page p CROSS JOIN generate_series(1, 2) GROUP BY p.tenant, p.created, p.slug COLLATE anycase ORDER BY -p.created LIMIT 300) q ORDER BY slug, tenant'),
-- another key of the table, beside its first one or alone; one that may be NULL, that is asked for later, of some rows only, or computed
('SELECT i.id, i.code, i.slug, i.created, count(*) FROM item i CROSS JOIN generate_series(1, 2) GROUP BY i.id, i.code, i.slug, i.created ORDER BY -i.created, i.id OFFSET 50 LIMIT 20'),
('SELECT q.* FROM (SELECT i.code, i.created, count(*) FROM item i CROSS JOIN generate_series(1, 2) GROUP BY i.code, i.created ORDER BY -i.created LIMIT 300) q ORDER BY code'),
('SELECT q.* FROM (SELECT i.slug, i.created, count(*) FROM item i CROSS JOIN generate_series(1, 2) GROUP BY i.slug, i.created ORDER BY -i.created LIMIT 300) q ORDER BY created, slug'),
('SELECT q.* FROM (SELECT i.late, i.created, count(*) FROM item i CROSS JOIN generate_series(1, 2) GROUP BY i.late, i.created ORDER BY -i.created LIMIT 300) q ORDER BY late'),
('SELECT q.* FROM (SELECT i.half, i.created, count(*) FROM item i CROSS JOIN generate_series(1, 2) GROUP BY i.half, i.created ORDER BY -i.created LIMIT 300) q ORDER BY half, created'),
-- what groups otherwise, or all
('SELECT p.id, count(*) FROM post p JOIN comment c ON c.post = p.id GROUP BY GROUPING SETS ((p.id, p.created), (p.created)) ORDER BY p.created DESC, p.id DESC LIMIT 20'),
('SELECT p.id, count(*), count(*) OVER () AS total FROM post p JOIN comment c ON c.post = p.id GROUP BY p.id ORDER BY p.created DESC, p.id DESC LIMIT 20'),
('SELECT DISTINCT p.created, count(*) FROM post p JOIN comment c ON c.post = p.id GROUP BY p.id ORDER BY p.created DESC, 2 LIMIT 20'),
-- once for each row of another table
('SELECT a.id AS key, x.* FROM author a CROSS JOIN LATERAL (SELECT p.id, count(c.id) FROM post p LEFT JOIN comment c ON c.post = p.id WHERE p.author = a.id GROUP BY p.id ORDER BY p.created DESC, p.id DESC LIMIT 2) x WHERE a.id < 5'),
-- two partitions have the same id
('SELECT q.* FROM (SELECT id, created, count(*) FROM mail GROUP BY id, created ORDER BY -created LIMIT 170) q ORDER BY id, created'),
('SELECT id, created, count(*) FROM loose CROSS JOIN generate_series(1, 2) GROUP BY id, created ORDER BY -created, id OFFSET 50 LIMIT 20');
CREATE FUNCTION look(query text, OUT served bool, OUT few bool, OUT behind bool, OUT differs bigint, OUT answer text) LANGUAGE sql AS
	'SELECT read::int > 0, read::int + behind::int < 50, behind::int > 0, differs, answer FROM page(query)';
SELECT queries.query, look.* FROM queries, look(query) ORDER BY id;
-- the planner's other way to find joins
SET geqo_threshold = 2;
SELECT queries.query, look.* FROM queries, look(query) WHERE query LIKE '%tagged%' ORDER BY id;
RESET geqo_threshold;
-- a key is none any more: rows of a group are not neighbours
DROP INDEX loose_id;
INSERT INTO loose SELECT * FROM loose;
CREATE TABLE duplicates AS SELECT 'SELECT q.* FROM (SELECT id, created, count(*) FROM loose GROUP BY id, created ORDER BY -created LIMIT 500) q ORDER BY id' AS query;
SELECT look.* FROM duplicates, look(query);
CREATE UNIQUE INDEX loose_id ON loose (id) WHERE id < 0;
SELECT look.* FROM duplicates, look(query);
-- it is one again, and may be NULL
DROP INDEX loose_id;
DELETE FROM loose a USING loose b WHERE a.id = b.id AND a.ctid > b.ctid;
ALTER TABLE loose ALTER id DROP NOT NULL;
INSERT INTO loose SELECT NULL, created FROM loose;
CREATE UNIQUE INDEX loose_id ON loose (id);
SELECT look.* FROM duplicates, look(query);
-- a generic plan, whose LIMIT nobody knows, behind the window's end
SET plan_cache_mode = force_generic_plan;
PREPARE newest (int, int) AS SELECT p.id, count(c.id) FROM post p LEFT JOIN comment c ON c.post = p.id GROUP BY p.id ORDER BY p.created DESC, p.id DESC OFFSET $1 LIMIT $2;
EXECUTE newest (0, 3);
EXECUTE newest (198, 4);
DEALLOCATE newest;
RESET plan_cache_mode;
-- why not
SELECT ordering, served, reason FROM bingo_tune.explain_ordering('SELECT p.id, count(*) FROM post p JOIN comment c ON c.post = p.id GROUP BY p.id ORDER BY p.created DESC LIMIT 20') WHERE ordering = 'newest';
SELECT ordering, served, reason FROM bingo_tune.explain_ordering('SELECT p.open, p.created, count(*) FROM post p JOIN comment c ON c.post = p.id GROUP BY p.open, p.created ORDER BY -p.created LIMIT 20') WHERE ordering = 'minus';
SELECT ordering, served, reason FROM bingo_tune.explain_ordering('SELECT p.id, count(*) FROM post p JOIN comment c ON c.post = p.id GROUP BY p.id ORDER BY p.title LIMIT 20') WHERE ordering = 'newest';
-- what would serve it: no index would, whatever is sorted by
SELECT served, reason, command FROM bingo_tune.explain_ordering('SELECT a.id, count(p.id) FROM author a LEFT JOIN post p ON p.author = a.id GROUP BY a.id ORDER BY a.name LIMIT 20') WHERE ordering IS NULL;
DROP TABLE queries, duplicates, comment, tagged, post, author, page, loose, item, mail;
DROP FUNCTION look(text), page(text);
DROP COLLATION anycase;
DROP EXTENSION bingo_tune CASCADE;
DROP EXTENSION pg_stat_statements;
