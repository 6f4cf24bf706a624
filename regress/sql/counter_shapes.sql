-- Counts of other shapes than count(*) of a key: conditions and FILTER on keys, beside the
-- rows of a page, of subqueries, and as ORMs write them.
--
-- served: the plan reads the counter; differs: rows that one of the two answers lacks.
--
-- Seen red: cells of 0 looked at; residual conditions, filters, LIMIT not asked; lists searched in any order below
-- groups; joins that filter, that multiply, inner ones; distinct values of any column; leaky conditions before a policy's;
-- a bound below a sort; rows that a window function stops at; frames; pg_column_size(); parameters of a subquery's plan;
-- rows that a join multiplies, also below DISTINCT and GROUP BY, one row of aggregates, whole rows of the other side, frames with an end;
-- conditions that the filter does not say; filters of a group's first cell that look at the group before; searches by an
-- equality that a setting decides; scattered groups taken for neighbours, or kept from one execution to the next; no end of memory; joined
-- rows unread whose reading does something, orders of a count that do something left undone; a key that IS NULL taken for one that
-- equals something; parameters of a subquery's own plan taken for those of a query around; sums of ones that are 0 without a row, or where all are NULL.
\getenv abs_srcdir PG_ABS_SRCDIR
\set counter_try :abs_srcdir '/include/counter_try.sql'
SET client_min_messages = warning;
CREATE EXTENSION bingo_tune CASCADE;
CREATE TABLE issue (id int PRIMARY KEY, tenant int, state text NOT NULL, title text NOT NULL, due date,
	deleted_at timestamptz, author int);
INSERT INTO issue SELECT g, nullif(g % 11, 0), (ARRAY['open', 'new', 'done'])[g % 3 + 1], 't' || g % 100,
	CASE WHEN g % 7 > 0 THEN '2020-01-01'::date + g % 7 END, CASE WHEN g % 5 = 0 THEN '2020-01-01'::timestamptz END, g % 40
	FROM generate_series(1, 20000) g;
CREATE INDEX ON issue (title, id);
CREATE TABLE author (id int PRIMARY KEY, name text NOT NULL, team int);
INSERT INTO author SELECT g, 'a' || g, g % 3 FROM generate_series(1, 30) g;
ANALYZE;
SELECT bingo_tune.create_counter('live', 'SELECT tenant, state, count(*) FROM issue WHERE deleted_at IS NULL GROUP BY tenant, state');
SELECT bingo_tune.create_counter('due', 'SELECT due, count(*) FROM issue WHERE id > 0 GROUP BY due');
SELECT bingo_tune.create_counter('all', 'SELECT count(*) FROM issue');
SELECT bingo_tune.create_counter('both', 'SELECT state, deleted_at IS NULL, author IS NULL, count(*) FROM issue GROUP BY state, deleted_at IS NULL, author IS NULL');
-- What is gone must not be looked at: 1 / (tenant - 77) would fail.
INSERT INTO issue SELECT 30000 + g, 77, 'open', 't' FROM generate_series(1, 3) g;
DELETE FROM issue WHERE tenant = 77;
\set ECHO none
\i :counter_try
\set ECHO all

CREATE TABLE queries (id int GENERATED ALWAYS AS IDENTITY, query text);
INSERT INTO queries (query) VALUES
-- conditions on keys
('SELECT count(*) AS n FROM issue WHERE tenant > 3 AND deleted_at IS NULL'),
('SELECT count(*) AS n FROM issue WHERE tenant BETWEEN 3 AND 5 AND state <> ''done'' AND deleted_at IS NULL'),
('SELECT count(*) AS n FROM issue WHERE state LIKE ''%n%'' AND tenant = 4 AND deleted_at IS NULL'),
('SELECT count(*) AS n FROM issue WHERE (tenant = 3 OR state = ''open'') AND deleted_at IS NULL'),
('SELECT count(*) AS n FROM issue WHERE tenant NOT IN (1, 2) AND deleted_at IS NULL'),
('SELECT count(*) AS n FROM issue WHERE tenant IS NOT NULL AND deleted_at IS NULL'),
('SELECT count(*) AS n FROM issue WHERE tenant IS DISTINCT FROM 3 AND deleted_at IS NULL'),
('SELECT count(*) AS n FROM issue WHERE 1 / (tenant - 77) = 0 AND deleted_at IS NULL'),
('SELECT count(*) AS n FROM issue WHERE due < ''2020-01-04'' AND id > 0'),
('SELECT count(*) AS n FROM issue WHERE due >= now() - interval ''100 years'' AND id > 0'),
('SELECT count(*) AS n FROM issue WHERE due < ''2020-01-04'' AND id > 0 AND id > -5'),
('SELECT tenant, count(*) AS n FROM issue WHERE state IN (''open'', ''new'') AND deleted_at IS NULL GROUP BY tenant'),
('SELECT tenant, count(*) AS n FROM issue WHERE tenant IN (2, 3, 2) AND state IN (''open'', ''new'') AND deleted_at IS NULL GROUP BY tenant'),
('SELECT tenant, count(*) AS n FROM issue WHERE tenant > 8 AND deleted_at IS NULL GROUP BY tenant'),
('SELECT state, count(*) AS n FROM issue WHERE tenant IN (2, 3) AND deleted_at IS NULL GROUP BY state'),
('SELECT tenant, state, count(*) AS n FROM issue WHERE state IN (''open'', ''new'') AND deleted_at IS NULL GROUP BY tenant, state HAVING count(*) > 450'),
-- groups by a later key
('SELECT state, count(*) AS n FROM issue WHERE deleted_at IS NULL GROUP BY state'),
('SELECT state, count(*) AS n, count(tenant) AS t, count(*) FILTER (WHERE tenant < 3) AS few FROM issue WHERE deleted_at IS NULL GROUP BY state HAVING count(*) > 10 ORDER BY state'),
('SELECT state, count(*) AS n FROM issue WHERE deleted_at IS NULL AND tenant IS DISTINCT FROM 5 GROUP BY state'),
('SELECT author IS NULL AS a, count(*) AS n FROM issue GROUP BY author IS NULL'),
('SELECT author IS NULL AS a, deleted_at IS NULL AS d, count(*) AS n FROM issue WHERE state <> ''new'' GROUP BY 1, 2'),
('SELECT state, count(*) AS n FROM issue WHERE deleted_at IS NULL AND 1 / (tenant - 77) = 0 GROUP BY state'),
('SELECT state, count(*) AS n FROM issue WHERE deleted_at IS NULL AND tenant = 999 GROUP BY state'),
('SELECT a.id, s.* FROM author a, LATERAL (SELECT state, count(*) AS n FROM issue i WHERE i.deleted_at IS NULL AND i.tenant IN (a.id, 1) GROUP BY state) s WHERE a.id < 4'),
-- whether a column IS NULL
('SELECT count(*) AS n FROM issue WHERE deleted_at IS NULL AND state = ''open'' AND author IS NOT NULL'),
('SELECT count(*) AS n FROM issue WHERE deleted_at IS NOT NULL AND state = ''open'''),
('SELECT count(*) AS n FROM issue WHERE state = ''open'''), ('SELECT count(*) AS n FROM issue WHERE deleted_at IS NOT NULL'),
('SELECT state, deleted_at IS NULL AS live, count(*) AS n FROM issue GROUP BY state, deleted_at IS NULL'),
('SELECT state, deleted_at IS NULL AS live, count(*) AS n FROM issue GROUP BY state, deleted_at IS NULL HAVING deleted_at IS NULL OR count(*) > 1334'),
('SELECT state, count(*) AS n, count(deleted_at) AS deleted, count(*) FILTER (WHERE deleted_at IS NULL AND author IS NOT NULL) AS live FROM issue GROUP BY state'),
('SELECT count(*) AS n FROM issue WHERE (deleted_at IS NULL) = (state = ''open'')'), ('SELECT count(*) AS n FROM issue WHERE NOT (deleted_at IS NOT NULL AND state = ''open'')'),
('SELECT state, deleted_at IS NOT NULL AS gone, count(*) AS n FROM issue GROUP BY 1, 2'), ('SELECT state, deleted_at, count(*) AS n FROM issue GROUP BY 1, 2'),
('SELECT state, count(*) FILTER (WHERE deleted_at < now()) AS n FROM issue GROUP BY 1'),
-- several counts
('SELECT count(*) AS n, count(*) FILTER (WHERE state = ''open'') AS open, count(*) FILTER (WHERE tenant > 3 AND state = ''new'') AS new FROM issue WHERE deleted_at IS NULL'),
('SELECT tenant, count(*) AS n, count(*) FILTER (WHERE state = ''open'') AS open FROM issue WHERE deleted_at IS NULL GROUP BY tenant'),
('SELECT count(tenant) AS n, count(id) AS m, count(state) AS o FROM issue WHERE deleted_at IS NULL'),
('SELECT count(due) AS n, count(*) AS m FROM issue WHERE id > 0'),
('SELECT count(CASE WHEN state = ''open'' THEN 1 END) AS n, count(nullif(tenant, 3)) AS m FROM issue WHERE deleted_at IS NULL'),
('SELECT count(*) FILTER (WHERE false) AS n, count(NULL) AS m FROM issue'),
('SELECT count(*) FILTER (WHERE state = ''open'') AS n FROM issue WHERE deleted_at IS NULL AND tenant = 999'),
('SELECT count(DISTINCT id) AS n FROM issue WHERE deleted_at IS NULL AND tenant = 3'),
('SELECT count(DISTINCT id) FILTER (WHERE state = ''new'') AS n, count(*) AS m FROM issue WHERE deleted_at IS NULL'),
('SELECT count(DISTINCT tenant) AS n FROM issue WHERE deleted_at IS NULL'),
('SELECT count(*) FILTER (WHERE title = ''t1'') AS n FROM issue WHERE deleted_at IS NULL'),
('SELECT count(*) FILTER (WHERE random() < 2) AS n FROM issue WHERE deleted_at IS NULL'),
('SELECT count(pg_column_size(state)) AS n FROM issue WHERE deleted_at IS NULL'),
('SELECT tenant, count(*) AS n, count(*) FILTER (WHERE tenant > 3) AS m, count(tenant) AS o FROM issue WHERE deleted_at IS NULL GROUP BY tenant'),
('SELECT tenant, state, count(*) FILTER (WHERE tenant > 3 OR state = ''new'') AS m FROM issue WHERE deleted_at IS NULL GROUP BY tenant, state HAVING count(*) FILTER (WHERE tenant > 3) > 0'),
('SELECT state, count(nullif(state, ''new'')) AS n, count(CASE WHEN state > ''new'' THEN 1 END) AS m FROM issue GROUP BY state'),
-- lists
('SELECT count(*) AS n FROM issue WHERE tenant IN (1, 2, 3) AND state IN (''open'', ''new'', ''x'') AND deleted_at IS NULL'),
('SELECT count(*) AS n FROM issue WHERE tenant > 2 AND state = ANY (ARRAY[''open'', ''done'']) AND deleted_at IS NULL'),
-- beside the rows of a page
('SELECT id, title, count(*) OVER () AS n FROM issue ORDER BY title, id LIMIT 3'),
('SELECT id, title, count(*) OVER () AS n FROM issue WHERE tenant = 3 AND deleted_at IS NULL ORDER BY title, id LIMIT 3 OFFSET 7'),
('SELECT id, tenant, count(*) OVER () + 1 AS n, count(id) OVER () AS m FROM issue WHERE tenant IN (3, 4) AND deleted_at IS NULL ORDER BY id DESC LIMIT 3'),
('SELECT id, tenant, state, count(*) FILTER (WHERE state = ''open'') OVER () AS n FROM issue WHERE tenant > 3 AND deleted_at IS NULL ORDER BY author, id LIMIT 3'),
('SELECT i.id, a.name, count(*) OVER () AS n FROM issue i LEFT JOIN author a ON a.id = i.author WHERE i.tenant = 3 AND i.deleted_at IS NULL ORDER BY i.title, i.id LIMIT 5'),
('SELECT i.id, a.name, count(*) OVER () AS n FROM issue i LEFT JOIN author a ON a.id = i.author AND a.team = 1 WHERE i.tenant = 3 AND i.deleted_at IS NULL ORDER BY a.name, i.id LIMIT 5'),
('SELECT id, lower(state) AS s, count(*) OVER () AS n FROM issue WHERE lower(state) = ''open'' AND deleted_at IS NULL ORDER BY lower(state), id LIMIT 3'),
('SELECT id, title, count(*) OVER () AS n FROM issue WHERE tenant = 999 AND deleted_at IS NULL ORDER BY title, id LIMIT 3'),
('SELECT id, count(*) OVER () AS n FROM issue WHERE deleted_at IS NULL AND tenant = 5'),
('SELECT id, count(*) OVER () AS n FROM issue WHERE tenant = 5 AND deleted_at IS NULL ORDER BY n, id LIMIT 2'),
('SELECT id, count(*) OVER () AS n FROM issue WHERE tenant = 5 AND deleted_at IS NULL ORDER BY id + count(*) OVER () LIMIT 2'),
('SELECT count(id) AS ids, min(n) AS n FROM (SELECT id, count(*) OVER () AS n FROM issue WHERE tenant = 5 AND deleted_at IS NULL ORDER BY random() LIMIT 2) i'),
('SELECT id, count(*) OVER () AS n, generate_series(1, tenant) AS g FROM issue WHERE tenant = 5 AND deleted_at IS NULL ORDER BY g DESC, id LIMIT 2'),
('SELECT x.id, x.n FROM author a, LATERAL (SELECT i.id, count(*) OVER () AS n FROM issue i WHERE i.tenant = a.id AND i.deleted_at IS NULL ORDER BY i.title, i.id LIMIT 2) x WHERE a.id < 4'),
('SELECT DISTINCT state, count(*) OVER () AS n FROM issue WHERE tenant = 3 AND deleted_at IS NULL'),
('SELECT i.id, a.name, count(*) OVER () AS n FROM issue i JOIN author a ON a.id = i.author WHERE i.tenant = 3 AND i.deleted_at IS NULL ORDER BY i.title, i.id LIMIT 5'),
('SELECT i.id, a.name, count(*) OVER () AS n FROM issue i LEFT JOIN author a ON a.team = i.author WHERE i.tenant = 3 AND i.deleted_at IS NULL ORDER BY i.title, i.id, a.id LIMIT 5'),
('SELECT i.id, a.name, count(*) OVER () AS n FROM issue i LEFT JOIN author a ON a.id = i.author WHERE i.tenant = 3 AND i.deleted_at IS NULL AND a.name IS NULL ORDER BY i.title, i.id LIMIT 5'),
('SELECT id, count(*) OVER (PARTITION BY state) AS n FROM issue WHERE deleted_at IS NULL ORDER BY id LIMIT 3'),
('SELECT id, count(*) OVER (ORDER BY id) AS n FROM issue WHERE deleted_at IS NULL ORDER BY id LIMIT 3'),
('SELECT id, count(*) OVER (ROWS UNBOUNDED PRECEDING) AS n FROM issue WHERE deleted_at IS NULL AND tenant = 3 AND state = ''open'''),
('SELECT id, count(*) OVER () AS n, row_number() OVER () AS m FROM issue WHERE deleted_at IS NULL ORDER BY id LIMIT 3'),
('SELECT * FROM (SELECT id, count(*) OVER () AS n FROM issue WHERE deleted_at IS NULL) i WHERE n < 3'),
('SELECT tenant, count(*) AS n, count(*) OVER () AS groups FROM issue WHERE deleted_at IS NULL GROUP BY tenant'),
-- below LEFT JOINs that multiply rows: distinct primary keys
('SELECT count(DISTINCT i.id) AS n FROM issue i LEFT JOIN author a ON a.team = i.author WHERE i.tenant = 3 AND i.deleted_at IS NULL'),
('SELECT count(DISTINCT i.id) AS n, count(DISTINCT i.id) FILTER (WHERE i.state = ''open'') AS m FROM issue i LEFT JOIN author a ON a.team = i.author LEFT JOIN author b ON b.team < i.tenant WHERE i.tenant = 3 AND i.deleted_at IS NULL'),
('SELECT count(DISTINCT i.id) AS n FROM author a RIGHT JOIN issue i ON a.team = i.author AND a.name <> ''a3'' WHERE i.tenant = 3 AND i.deleted_at IS NULL'),
('SELECT i.state, count(DISTINCT i.id) AS n FROM issue i LEFT JOIN author a ON a.team = i.author WHERE i.tenant = 3 AND i.deleted_at IS NULL GROUP BY i.state HAVING count(DISTINCT i.id) > 1'),
('SELECT i.state FROM issue i LEFT JOIN author a ON a.team = i.author WHERE i.tenant = 3 AND i.deleted_at IS NULL GROUP BY i.state'),
('SELECT count(DISTINCT i.id) AS n, count(*) AS m FROM issue i LEFT JOIN author a ON a.team = i.author WHERE i.tenant = 3 AND i.deleted_at IS NULL'),
('SELECT count(DISTINCT i.id) AS n, count(i) AS m FROM issue i LEFT JOIN author a ON a.team = i.author WHERE i.tenant = 3 AND i.deleted_at IS NULL'),
('SELECT count(DISTINCT i.id) AS n, count(DISTINCT a.id) AS m FROM issue i LEFT JOIN author a ON a.team = i.author WHERE i.tenant = 3 AND i.deleted_at IS NULL'),
('SELECT count(DISTINCT i.id) AS n FROM issue i LEFT JOIN author a ON a.team = i.author WHERE i.tenant = 3 AND i.deleted_at IS NULL AND a.team IS NULL'),
('SELECT count(DISTINCT i.id) AS n FROM issue i LEFT JOIN author a ON a.team = i.author WHERE i.tenant = 3 AND i.deleted_at IS NULL AND coalesce(a.team, i.author) = 1'),
('SELECT count(DISTINCT i.id) AS n FROM issue i LEFT JOIN author a ON a.team = i.author WHERE i.tenant = 3 AND i.deleted_at IS NULL AND a.name = ''a2'''),
('SELECT count(DISTINCT i.id) AS n FROM issue i JOIN author a ON a.team = i.author WHERE i.tenant = 3 AND i.deleted_at IS NULL'),
('SELECT count(DISTINCT i.id) AS n FROM issue i FULL JOIN author a ON a.team = i.author WHERE i.tenant = 3 AND i.deleted_at IS NULL'),
('SELECT count(DISTINCT i.id) AS n FROM author a LEFT JOIN issue i ON a.team = i.author AND i.tenant = 3 AND i.deleted_at IS NULL'),
-- whole rows
('SELECT count(i) AS n, count(i.*) AS m FROM issue i WHERE state = ''open'''), ('SELECT count(x) AS n FROM (SELECT due FROM issue ORDER BY title LIMIT 50) x'),
('SELECT i.id, count(i) OVER () AS n, a.name FROM issue i LEFT JOIN author a ON a.id = i.author WHERE i.tenant = 3 AND i.deleted_at IS NULL ORDER BY i.title, i.id LIMIT 3'),
('SELECT i.id, count(a) OVER () AS n, a.name FROM issue i LEFT JOIN author a ON a.id = i.author WHERE i.tenant = 3 AND i.deleted_at IS NULL ORDER BY i.title, i.id LIMIT 3'),
-- frames
('SELECT id, count(*) OVER (ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS n FROM issue WHERE tenant = 3 AND deleted_at IS NULL ORDER BY title, id LIMIT 3'),
('SELECT id, count(*) OVER (RANGE BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS n FROM issue WHERE tenant = 3 AND deleted_at IS NULL ORDER BY title, id LIMIT 3'),
('SELECT id, count(*) OVER (ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING EXCLUDE CURRENT ROW) AS n FROM issue WHERE tenant = 3 AND deleted_at IS NULL ORDER BY title, id LIMIT 3'),
('SELECT id, count(*) OVER (ROWS BETWEEN UNBOUNDED PRECEDING AND 1 FOLLOWING) AS n FROM issue WHERE tenant = 3 AND deleted_at IS NULL'),
('SELECT id, count(*) OVER (ROWS BETWEEN 1 PRECEDING AND UNBOUNDED FOLLOWING) AS n FROM issue WHERE tenant = 3 AND deleted_at IS NULL'),
-- rows of subqueries
('SELECT count(*) AS n FROM (SELECT * FROM issue WHERE tenant = 3 AND deleted_at IS NULL ORDER BY title) i'),
('SELECT count(*) AS n FROM (SELECT 1 FROM issue WHERE tenant = 3 AND deleted_at IS NULL LIMIT 100) i'),
('SELECT count(*) AS n FROM (SELECT 1 FROM issue WHERE tenant = 3 AND deleted_at IS NULL LIMIT 10000 OFFSET 1000) i'),
('SELECT count(*) AS n FROM (SELECT 1 FROM issue LIMIT 100 OFFSET 19950) i'), ('SELECT count(*) AS n FROM (SELECT 1 FROM issue OFFSET 30000) i'),
('SELECT count(*) AS n FROM (SELECT 1 FROM issue LIMIT NULL) i'), ('SELECT count(*) AS n FROM (SELECT 1 FROM issue LIMIT 0) i'),
('SELECT count(*) + 1 AS n FROM (SELECT DISTINCT id, title FROM issue WHERE tenant = 3 AND deleted_at IS NULL) i'),
('SELECT count(*) AS n FROM (SELECT title, id FROM issue WHERE tenant = 3 AND deleted_at IS NULL GROUP BY id, title LIMIT 50) i'),
('SELECT count(i.id) AS n FROM (SELECT id, title FROM issue ORDER BY title) i'),
('SELECT count(i.tenant) AS n FROM (SELECT id, tenant FROM issue ORDER BY title) i'),
('SELECT count(i.tenant) AS n FROM (SELECT id, tenant FROM issue WHERE tenant IN (3, 4) AND deleted_at IS NULL ORDER BY title) i'),
('SELECT count(i.tenant) AS n FROM (SELECT id, tenant FROM issue WHERE tenant IS NULL AND deleted_at IS NULL ORDER BY title) i'),
('SELECT count(i.a) AS n FROM (SELECT id, nullif(tenant, 3) AS a FROM issue WHERE tenant = 3 AND deleted_at IS NULL ORDER BY title) i'),
('SELECT count(*) AS n FROM (SELECT DISTINCT title FROM issue) i'), ('SELECT count(*) AS n FROM (SELECT DISTINCT ON (title) id FROM issue) i'),
('SELECT count(*) AS n FROM (SELECT i.*, a.name FROM issue i LEFT JOIN author a ON a.id = i.author ORDER BY i.title) x'),
('SELECT count(*) AS n FROM (SELECT i.* FROM issue i JOIN author a ON a.id = i.author ORDER BY i.title) x'),
('SELECT count(*) AS n FROM (SELECT * FROM issue ORDER BY title LIMIT 50) i WHERE i.tenant = 3'),
('SELECT count(*) AS n FROM (SELECT * FROM issue WHERE tenant = (SELECT 3) AND deleted_at IS NULL ORDER BY title) i'),
('SELECT count(*) AS n FROM (SELECT * FROM issue WHERE tenant > 3 AND deleted_at IS NULL ORDER BY title) i'),
('SELECT i.tenant, count(*) AS n FROM (SELECT * FROM issue WHERE deleted_at IS NULL ORDER BY title) i GROUP BY i.tenant'),
-- of joins
('SELECT count(*) AS n FROM (SELECT DISTINCT i.id, i.title FROM issue i LEFT JOIN author a ON a.team = i.author WHERE i.tenant = 3 AND i.deleted_at IS NULL) x'),
('SELECT count(*) AS n FROM (SELECT DISTINCT i.id, lower(i.title) AS l FROM issue i LEFT JOIN author a ON a.team = i.author WHERE i.tenant = 3 AND i.deleted_at IS NULL ORDER BY i.id LIMIT 1000) x'),
('SELECT count(*) AS n FROM (SELECT i.id, count(a.id) AS c FROM issue i LEFT JOIN author a ON a.team = i.author LEFT JOIN author b ON b.team < i.tenant WHERE i.tenant = 3 AND i.deleted_at IS NULL GROUP BY i.id) x'),
('SELECT count(*) AS n FROM (SELECT i.id, max(a.name) AS m FROM issue i LEFT JOIN author a ON a.team = i.author WHERE i.tenant = 3 AND i.deleted_at IS NULL GROUP BY i.id ORDER BY 2 LIMIT 1000 OFFSET 400) x'),
('SELECT count(*) AS n FROM (SELECT DISTINCT i.id FROM issue i LEFT JOIN author a ON a.team = i.author WHERE i.tenant = 3 AND i.deleted_at IS NULL GROUP BY i.id, a.id) x'),
('SELECT count(*) AS n FROM (SELECT x.id FROM (SELECT DISTINCT i.id FROM issue i LEFT JOIN author a ON a.team = i.author WHERE i.tenant = 3 AND i.deleted_at IS NULL) x ORDER BY x.id) x'),
('SELECT count(*) AS n FROM (SELECT i.id, sum(i.author) AS s FROM issue i WHERE i.tenant = 3 AND i.deleted_at IS NULL GROUP BY i.id) x'),
('SELECT count(*) AS n FROM (SELECT i.id FROM issue i LEFT JOIN author a ON a.team = i.author WHERE i.tenant = 3 AND i.deleted_at IS NULL ORDER BY i.title) x'),
('SELECT count(*) AS n FROM (SELECT DISTINCT i.id, a.name FROM issue i LEFT JOIN author a ON a.team = i.author WHERE i.tenant = 3 AND i.deleted_at IS NULL) x'),
('SELECT count(*) AS n FROM (SELECT DISTINCT i.id, coalesce(a.name, i.title) AS c FROM issue i LEFT JOIN author a ON a.team = i.author WHERE i.tenant = 3 AND i.deleted_at IS NULL) x'),
('SELECT count(*) AS n FROM (SELECT i.id FROM issue i LEFT JOIN author a ON a.team = i.author WHERE i.tenant = 3 AND i.deleted_at IS NULL GROUP BY i.id, a.id) x'),
('SELECT count(*) AS n FROM (SELECT i.id FROM issue i LEFT JOIN author a ON a.team = i.author WHERE i.tenant = 3 AND i.deleted_at IS NULL GROUP BY i.id HAVING count(a.id) > 1) x'),
('SELECT count(*) AS n FROM (SELECT DISTINCT i.id FROM issue i LEFT JOIN author a ON a.team = i.author WHERE i.tenant = 3 AND i.deleted_at IS NULL AND a.name IS NULL) x'),
('SELECT count(*) AS n FROM (SELECT DISTINCT i.id FROM issue i JOIN author a ON a.team = i.author WHERE i.tenant = 3 AND i.deleted_at IS NULL) x'),
('SELECT count(*) AS n FROM (SELECT DISTINCT i.title FROM issue i LEFT JOIN author a ON a.team = i.author WHERE i.tenant = 3 AND i.deleted_at IS NULL) x'),
('SELECT count(*) AS n FROM (SELECT max(i.author) AS c FROM issue i WHERE i.tenant = 3 AND i.deleted_at IS NULL ORDER BY 1) x'),
('SELECT count(*) AS n FROM (SELECT DISTINCT count(a.id) AS c FROM issue i LEFT JOIN author a ON a.team = i.author WHERE i.tenant = 3 AND i.deleted_at IS NULL GROUP BY i.id) x'),
('SELECT a.id, (SELECT count(*) FROM (SELECT 1 FROM issue i WHERE i.tenant = a.id AND i.deleted_at IS NULL LIMIT 50) x) AS n FROM author a'),
('SELECT a.id, (SELECT count(*) FROM (SELECT i.id FROM issue i WHERE i.tenant = a.id AND i.deleted_at IS NULL ORDER BY i.id) x) AS n FROM author a'),
('SELECT a.id, x.n FROM author a, LATERAL (SELECT count(*) AS n FROM (SELECT i.id FROM issue i WHERE i.tenant = a.id AND i.deleted_at IS NULL ORDER BY i.id OFFSET 30) x) x'),
('SELECT a.id, (SELECT (SELECT count(*) FROM (SELECT i.id FROM issue i WHERE i.tenant = a.id AND i.state = s.state AND i.deleted_at IS NULL ORDER BY i.id) x)
	FROM (VALUES (''open'')) s (state) WHERE random() < 2) AS n FROM author a'),
('SELECT a.id, (SELECT count(*) FROM (SELECT i.id FROM issue i WHERE i.tenant = (SELECT max(id) % 7 FROM author b WHERE b.id <= a.id) AND i.deleted_at IS NULL ORDER BY i.id) x) AS n FROM author a');
SELECT coalesce(split_part(t.served, ' ', 1), '-') AS served, t.differs, q.query, t.answer FROM queries q, try(q.query) t ORDER BY q.id;
TRUNCATE queries;

-- sums of ones, which are NULL where no row has one
INSERT INTO queries (query) VALUES
('SELECT sum(CASE WHEN state = ''open'' THEN 1 ELSE 0 END) AS a, sum(CASE WHEN state = ''done'' THEN 1 END) AS b, sum(1) AS c, count(*) AS n FROM issue WHERE deleted_at IS NULL'),
('SELECT sum(CASE WHEN state = ''none'' THEN 1 ELSE 0 END) AS a, sum(CASE WHEN state = ''none'' THEN 1 END) AS b, sum(1) AS c FROM issue WHERE tenant = 3 AND deleted_at IS NULL'),
('SELECT sum(CASE WHEN state = ''open'' THEN 1 ELSE 0 END) AS a, sum(CASE WHEN state = ''open'' THEN 1 END) AS b, sum(1) AS c FROM issue WHERE tenant = 77 AND deleted_at IS NULL'),
('SELECT coalesce(sum(CASE WHEN state = ''open'' THEN 1 ELSE 0 END), 0)::int AS n FROM issue WHERE tenant = 77 AND deleted_at IS NULL'),
('SELECT sum((tenant > 5)::int) AS a FROM issue WHERE deleted_at IS NULL'),
('SELECT sum((tenant > 5)::int) AS a FROM issue WHERE tenant IS NULL AND deleted_at IS NULL'),
('SELECT tenant, sum((tenant > 5)::int) AS a, sum(CASE WHEN state = ''open'' AND tenant > 5 THEN 1 END) AS b FROM issue WHERE deleted_at IS NULL GROUP BY tenant'),
('SELECT state, sum((tenant > 5)::int) AS a, sum(CASE WHEN tenant = 99 THEN 1 END) AS b FROM issue WHERE deleted_at IS NULL GROUP BY state HAVING sum(CASE WHEN tenant > 1 THEN 1 END) > 1'),
('SELECT sum(1) AS n FROM (SELECT id FROM issue WHERE deleted_at IS NULL ORDER BY due LIMIT 7000 OFFSET 3) x'),
('SELECT sum(1) AS n FROM (SELECT id FROM issue WHERE deleted_at IS NULL OFFSET 1000000) x'),
('SELECT sum(2) AS n FROM issue WHERE deleted_at IS NULL'), ('SELECT sum(DISTINCT 1) AS n FROM issue WHERE deleted_at IS NULL'),
('SELECT sum(1) FILTER (WHERE tenant = 77) AS n FROM issue WHERE deleted_at IS NULL'), ('SELECT sum(1::bigint) AS n FROM issue WHERE deleted_at IS NULL'),
('SELECT sum(CASE WHEN state = ''open'' THEN 1 ELSE 2 END) AS n FROM issue WHERE deleted_at IS NULL'),
('SELECT sum(CASE WHEN author = 3 THEN 1 ELSE 0 END) AS n FROM issue WHERE deleted_at IS NULL'),
('SELECT sum(1) AS n FROM issue i LEFT JOIN author a ON a.team = i.author WHERE deleted_at IS NULL');
SELECT coalesce(split_part(t.served, ' ', 1), '-') AS served, t.differs, q.query, t.answer FROM queries q, try(q.query) t ORDER BY q.id;
TRUNCATE queries;

-- What frameworks send for a page's count, with literals where they send parameters:
CREATE TABLE orm (id int GENERATED ALWAYS AS IDENTITY, framework text, query text);
INSERT INTO orm (framework, query) VALUES
('Django, Sum of Case', 'SELECT SUM(CASE WHEN "issue"."state" = ''open'' THEN 1 ELSE 0 END) AS "open" FROM "issue" WHERE "issue"."deleted_at" IS NULL'),
('Django, Subquery', 'SELECT "author"."id", (SELECT COUNT(U0."id") AS "c" FROM "issue" U0 WHERE (U0."deleted_at" IS NULL AND U0."tenant" = ("author"."id")) GROUP BY U0."tenant") AS "n" FROM "author"'),
('Rails, pagy of groups', 'SELECT COUNT(*) OVER () FROM "issue" WHERE "issue"."deleted_at" IS NULL GROUP BY "issue"."state" LIMIT 1'),
('Spring Data, existsBy', 'select count(*)>0 from issue i1_0 where i1_0.deleted_at is null and i1_0.tenant=3'),
('EF Core, conditional', 'SELECT count(CASE WHEN i.state = ''open'' THEN 1 END)::int AS c, coalesce(sum(CASE WHEN i.state = ''done'' THEN 1 ELSE 0 END), 0)::int AS s FROM issue AS i WHERE i.deleted_at IS NULL'),
('SQLAlchemy, correlated', 'SELECT author.id, (SELECT count(*) AS count_1 FROM (SELECT issue.id AS id FROM issue WHERE issue.deleted_at IS NULL AND issue.tenant = author.id ORDER BY issue.id) AS anon_1) AS n FROM author'),
('Prisma, _count', 'SELECT a."id", COALESCE("aggr"."_aggr_count_issues", 0) AS "n" FROM "author" AS a LEFT JOIN (SELECT "issue"."tenant", COUNT(*) AS "_aggr_count_issues" FROM "issue" WHERE "issue"."deleted_at" IS NULL GROUP BY "issue"."tenant") AS "aggr" ON (a."id" = "aggr"."tenant")'),
('Sequelize, findAndCountAll', 'SELECT count(DISTINCT("Issue"."id")) AS "count" FROM "issue" AS "Issue" LEFT OUTER JOIN "author" AS "Author" ON "Issue"."author" = "Author"."id" WHERE ("Issue"."deleted_at" IS NULL AND "Issue"."tenant" = 3)'),
('Ecto, scrivener', 'SELECT count(''*'') FROM "issue" AS i0 WHERE (i0."deleted_at" IS NULL AND i0."tenant" = 3)'),
('jOOQ, fetchCount', 'select count(*) as "c" from (select "issue"."id", "issue"."state" from "issue" where ("issue"."deleted_at" is null and "issue"."tenant" = 3)) as "q"'),
('jOOQ, over', 'select "issue"."id", count(*) over () as "total" from "issue" where ("issue"."deleted_at" is null and "issue"."tenant" = 3) order by "issue"."title", "issue"."id" fetch next 3 rows only'),
('Hasura', 'SELECT json_build_object(''aggregate'', json_build_object(''count'', COUNT(*)))::text AS "root" FROM (SELECT FROM (SELECT * FROM "issue" WHERE (("issue"."deleted_at") IS NULL) AND (("issue"."tenant") = ((3)::integer))) AS "_root.base") AS "_root"'),
('PostGraphile', 'select to_json(coalesce((select count(1) from "issue" as __local_1__ where (__local_1__."deleted_at" is null)), 0))::text as "totalCount"'),
('Django', 'SELECT COUNT(*) AS "__count" FROM "issue" WHERE ("issue"."deleted_at" IS NULL AND "issue"."tenant" = 3)'),
('Django, slice', 'SELECT COUNT(*) FROM (SELECT "issue"."id" AS "col1" FROM "issue" WHERE "issue"."deleted_at" IS NULL LIMIT 21) subquery'),
('Django, distinct', 'SELECT COUNT(*) FROM (SELECT DISTINCT "issue"."id" AS "col1", "issue"."tenant" AS "col2", "issue"."title" AS "col3" FROM "issue" WHERE "issue"."deleted_at" IS NULL) subquery'),
('Django, annotate', 'SELECT COUNT(*) FROM (SELECT "issue"."id" AS "col1", COUNT("author"."id") AS "authors" FROM "issue" LEFT OUTER JOIN "author" ON ("issue"."author" = "author"."team") WHERE "issue"."deleted_at" IS NULL GROUP BY 1) subquery'),
('Django, exclude', 'SELECT COUNT(*) AS "__count" FROM "issue" WHERE ("issue"."deleted_at" IS NULL AND NOT ("issue"."tenant" = 3 AND "issue"."tenant" IS NOT NULL))'),
('Django, aggregate', 'SELECT COUNT("issue"."id") FILTER (WHERE "issue"."state" = ''open'') AS "open", COUNT("issue"."id") AS "all" FROM "issue" WHERE "issue"."deleted_at" IS NULL'),
('Django, in, of a related row that need not be there', 'SELECT COUNT(*) AS "__count" FROM "issue" LEFT OUTER JOIN "author" ON ("issue"."author" = "author"."id") WHERE ("issue"."deleted_at" IS NULL AND "issue"."tenant" IN (3, 4))'),
('Django, values and annotate', 'SELECT "issue"."state" AS "state", COUNT("issue"."id") AS "n" FROM "issue" WHERE "issue"."deleted_at" IS NULL GROUP BY 1 HAVING COUNT("issue"."id") > 5334 ORDER BY 2 DESC'),
('Rails', 'SELECT COUNT(*) FROM "issue" WHERE "issue"."deleted_at" IS NULL AND "issue"."tenant" = 3'),
('Rails, limit', 'SELECT COUNT(*) FROM (SELECT 1 AS one FROM "issue" WHERE "issue"."deleted_at" IS NULL AND "issue"."tenant" = 3 LIMIT 1000 OFFSET 0) subquery_for_count'),
('Rails, eager_load', 'SELECT COUNT(DISTINCT "issue"."id") FROM "issue" LEFT OUTER JOIN "author" ON "author"."id" = "issue"."author" WHERE "issue"."deleted_at" IS NULL AND "issue"."tenant" = 3'),
('Rails, eager_load of many', 'SELECT COUNT(DISTINCT "issue"."id") FROM "issue" LEFT OUTER JOIN "author" ON "author"."team" = "issue"."author" WHERE "issue"."deleted_at" IS NULL AND "issue"."tenant" = 3'),
('Rails, group', 'SELECT COUNT(*) AS "count_all", "issue"."state" AS "issue_state" FROM "issue" WHERE "issue"."deleted_at" IS NULL AND "issue"."tenant" = 3 GROUP BY "issue"."state"'),
('Rails, not', 'SELECT COUNT(*) FROM "issue" WHERE "issue"."deleted_at" IS NULL AND "issue"."state" != ''done'''),
('Rails, distinct', 'SELECT COUNT(DISTINCT "issue"."id") FROM "issue" WHERE "issue"."deleted_at" IS NULL AND "issue"."tenant" = 3'),
('Rails, distinct rows', 'SELECT COUNT(*) FROM (SELECT DISTINCT "issue".* FROM "issue" WHERE "issue"."deleted_at" IS NULL AND "issue"."tenant" = 3) subquery_for_count'),
('Rails, or', 'SELECT COUNT(*) FROM "issue" WHERE "issue"."deleted_at" IS NULL AND ("issue"."tenant" = 3 OR "issue"."tenant" IS NULL)'),
('Rails, kaminari without count', 'SELECT COUNT(*) FROM (SELECT 1 AS one FROM "issue" WHERE "issue"."deleted_at" IS NULL LIMIT 10001 OFFSET 0) subquery_for_count'),
('Hibernate', 'select count(i1_0.id) from issue i1_0 where i1_0.deleted_at is null and i1_0.tenant=3'),
('Hibernate, distinct', 'select count(distinct i1_0.id) from issue i1_0 left join author a1_0 on a1_0.id=i1_0.author where i1_0.deleted_at is null and i1_0.tenant=3'),
('Hibernate, distinct with a collection', 'select count(distinct i1_0.id) from issue i1_0 left join author a1_0 on i1_0.author=a1_0.team where i1_0.deleted_at is null and i1_0.tenant=3'),
('Hibernate, getResultCount', 'select count(*) from (select i1_0.id from issue i1_0 where i1_0.deleted_at is null and i1_0.tenant=3) r1_0(c0)'),
('Hibernate, Criteria', 'select count(*) from issue i1_0 where i1_0.deleted_at is null and i1_0.tenant=3 and i1_0.state in (''open'',''new'')'),
('Hibernate, soft delete', 'select count(i1_0.id) from issue i1_0 where i1_0.deleted_at is not null'),
('Spring Data', 'select count(*) from issue i1_0 where i1_0.deleted_at is null and i1_0.tenant in (3,4)'),
('Spring Data, countQuery', 'select count(1) from issue i1_0 left join author a1_0 on a1_0.id=i1_0.author where i1_0.deleted_at is null and i1_0.tenant=3'),
('Spring Data JDBC', 'SELECT COUNT(*) FROM "issue" WHERE "issue"."deleted_at" IS NULL AND ("issue"."tenant" = 3)'),
('Laravel', 'select count(*) as aggregate from "issue" where "tenant" = 3 and "issue"."deleted_at" is null'),
('Laravel, group', 'select count(*) as aggregate from (select "id", "title" from "issue" where "tenant" = 3 and "issue"."deleted_at" is null group by "id") as "aggregate_table"'),
('Laravel, distinct', 'select count(distinct "issue"."id") as aggregate from "issue" left join "author" on "author"."team" = "issue"."author" where "issue"."deleted_at" is null and "tenant" = 3'),
('Laravel, withCount', 'select "author".*, (select count(*) from "issue" where "author"."id" = "issue"."tenant" and "issue"."deleted_at" is null) as "issues_count" from "author" where "id" < 3 order by "id" limit 3'),
('EF Core', 'SELECT count(*)::int FROM issue AS i WHERE i.deleted_at IS NULL AND i.tenant = 3'),
('EF Core, Take', 'SELECT count(*)::int FROM (SELECT 1 FROM issue AS i WHERE i.deleted_at IS NULL AND i.tenant = 3 LIMIT 500) AS i0'),
('EF Core, Contains', 'SELECT count(*)::int FROM issue AS i WHERE i.deleted_at IS NULL AND i.tenant = ANY (''{3,4,NULL}''::int[])'),
('EF Core, Contains that may be NULL', 'SELECT count(*)::int FROM issue AS i WHERE i.deleted_at IS NULL AND (i.tenant IN (3, 4) OR i.tenant IS NULL)'),
('EF Core, Distinct', 'SELECT count(*)::int FROM (SELECT DISTINCT i.id, i.title FROM issue AS i WHERE i.deleted_at IS NULL AND i.tenant = 3) AS i0'),
('EF Core, Include', 'SELECT count(*)::int FROM issue AS i LEFT JOIN author AS a ON i.author = a.id WHERE i.deleted_at IS NULL AND i.tenant = 3'),
('EF Core, GroupBy', 'SELECT i.state AS "Key", count(*)::int AS "Count", count(*) FILTER (WHERE i.tenant = 3)::int AS "Mine" FROM issue AS i WHERE i.deleted_at IS NULL AND i.tenant IS NOT NULL AND i.tenant = 3 GROUP BY i.state'),
('SQLAlchemy', 'SELECT count(*) AS count_1 FROM (SELECT issue.id AS issue_id, issue.title AS issue_title FROM issue WHERE issue.deleted_at IS NULL AND issue.tenant = 3 ORDER BY issue.title) AS anon_1'),
('SQLAlchemy, select', 'SELECT count(issue.id) AS count_1 FROM issue WHERE issue.deleted_at IS NULL AND issue.tenant = 3'),
('SQLAlchemy, joined', 'SELECT count(*) AS count_1 FROM (SELECT issue.id AS id, author_1.id AS id_1, author_1.name AS name FROM issue LEFT OUTER JOIN author AS author_1 ON author_1.id = issue.author WHERE issue.deleted_at IS NULL AND issue.tenant = 3) AS anon_1'),
('SQLAlchemy, in', 'SELECT count(*) AS count_1 FROM issue WHERE issue.deleted_at IS NULL AND issue.tenant IN (3, 4) AND issue.state != ''done'''),
('Prisma', 'SELECT COUNT(*) FROM (SELECT "public"."issue"."id" FROM "public"."issue" WHERE ("public"."issue"."deleted_at" IS NULL AND "public"."issue"."tenant" = 3) OFFSET 0) AS "sub"'),
('TypeORM', 'SELECT COUNT(DISTINCT("issue"."id")) AS "cnt" FROM "issue" "issue" LEFT JOIN "author" "author" ON "author"."id"="issue"."author" WHERE "issue"."deleted_at" IS NULL AND "issue"."tenant" = 3'),
('TypeORM, without a join', 'SELECT COUNT(1) AS "cnt" FROM "issue" "issue" WHERE ( ("issue"."tenant" = 3) ) AND ( "issue"."deleted_at" IS NULL )'),
('Sequelize', 'SELECT count("issue"."id") AS "count" FROM "issue" AS "issue" LEFT OUTER JOIN "author" AS "author" ON "issue"."author" = "author"."id" WHERE ("issue"."deleted_at" IS NULL AND "issue"."tenant" = 3)'),
('Sequelize, distinct', 'SELECT count(DISTINCT("issue"."id")) AS "count" FROM "issue" AS "issue" LEFT OUTER JOIN "author" AS "author" ON "issue"."author" = "author"."team" WHERE ("issue"."deleted_at" IS NULL AND "issue"."tenant" = 3)'),
('Sequelize, paranoid', 'SELECT count(*) AS "count" FROM "issue" AS "issue" WHERE (("issue"."deleted_at" IS NULL) AND ("issue"."tenant" = 3 AND "issue"."state" IN (''open'', ''new'')))'),
('Prisma, select', 'SELECT COUNT(*) AS "_count$_all", COUNT("tenant") AS "_count$tenant" FROM (SELECT "public"."issue"."id", "public"."issue"."tenant" FROM "public"."issue" WHERE ("public"."issue"."deleted_at" IS NULL AND "public"."issue"."tenant" IN (3,4)) OFFSET 0) AS "sub"'),
('Ecto', 'SELECT count(i0."id") FROM "issue" AS i0 WHERE (i0."deleted_at" IS NULL) AND (i0."tenant" = 3)'),
('Ecto, exclude', 'SELECT count(*) FROM (SELECT si0."id" AS "id", si0."title" AS "title" FROM "issue" AS si0 WHERE (si0."deleted_at" IS NULL) AND (si0."tenant" = 3)) AS s0'),
('PostgREST', 'WITH pgrst_source AS (SELECT issue.* FROM issue WHERE issue.tenant = 3 AND issue.deleted_at IS NULL LIMIT 5), pgrst_source_count AS (SELECT 1 FROM issue WHERE issue.tenant = 3 AND issue.deleted_at IS NULL) SELECT (SELECT count(*) FROM pgrst_source_count) AS total_result_set, count(t) AS page_total FROM (SELECT * FROM pgrst_source) t'),
('Doctrine', 'SELECT count(*) AS sclr_0 FROM (SELECT DISTINCT id_0 FROM (SELECT i0_.id AS id_0, i0_.title AS title_1 FROM issue i0_ WHERE i0_.deleted_at IS NULL AND i0_.tenant = 3 ORDER BY i0_.title ASC) dctrn_result) dctrn_table');
SELECT coalesce(split_part(t.served, ' ', 1), '-') AS served, t.differs, q.framework, t.answer FROM orm q, try(q.query) t ORDER BY q.id;

-- the page comes first and stops early; in words
CREATE FUNCTION lines(options text, query text) RETURNS SETOF text LANGUAGE plpgsql AS $$ BEGIN RETURN QUERY EXECUTE format('EXPLAIN (COSTS OFF%s) ', options) || query; END $$;
SELECT line FROM lines('', 'SELECT id, title, count(*) OVER () AS n FROM issue WHERE tenant = 3 AND deleted_at IS NULL ORDER BY title, id LIMIT 3') AS line WHERE line !~ 'Window:';
SELECT btrim(line) AS line FROM lines(', VERBOSE', $$SELECT id, count(*) OVER () AS n, 1 + count(id) FILTER (WHERE tenant > 4) OVER () AS m FROM issue WHERE tenant > 3 AND deleted_at IS NULL ORDER BY n, title, id LIMIT 3$$) AS line WHERE line ~ 'Sort Key|Counter|Count Filter';
SELECT * FROM bingo_tune.explain_counter('SELECT id, count(*) OVER () FROM issue WHERE tenant > 3 AND deleted_at IS NULL ORDER BY title, id LIMIT 3');
SELECT * FROM bingo_tune.explain_counter('SELECT id, count(*) OVER (PARTITION BY tenant) FROM issue LIMIT 3');

-- the page from an ordering, its number from a counter
SELECT bingo_tune.create_ordering('by author', 'SELECT id, tenant, state, author, title FROM issue WHERE deleted_at IS NULL ORDER BY author, title DESC, id', NULL);
SELECT line FROM lines('', 'SELECT id, author, count(*) OVER () FROM issue WHERE tenant = 3 AND deleted_at IS NULL ORDER BY author, title DESC, id LIMIT 3') AS line WHERE line ~ 'Custom|Counter|Ordering';
SELECT * FROM try('SELECT id, author, count(*) OVER () AS n FROM issue WHERE tenant = 3 AND deleted_at IS NULL ORDER BY author, title DESC, id LIMIT 3');
SELECT * FROM try('SELECT i.id, a.name, count(*) OVER () AS n FROM issue i LEFT JOIN author a ON a.id = i.author WHERE i.tenant = 3 AND i.deleted_at IS NULL ORDER BY i.author, i.title DESC, i.id LIMIT 3');

-- prepared: of each execution its own numbers; what is wrong with them is said as without
SET plan_cache_mode = force_generic_plan;
PREPARE page (int, bigint, bigint) AS SELECT count(*) FROM (SELECT 1 FROM issue WHERE tenant = $1 AND deleted_at IS NULL LIMIT $2 OFFSET $3) i;
EXPLAIN (COSTS OFF) EXECUTE page(3, 5, 0);
EXECUTE page(3, 5, 0);
EXECUTE page(3, NULL, 1450);
EXECUTE page(NULL, 5, 0);
EXECUTE page(3, -1, 0);
EXECUTE page(3, 1, -1);
PREPARE above (int) AS SELECT count(*), count(*) FILTER (WHERE tenant > $1 + 1) FROM issue WHERE tenant > $1 AND deleted_at IS NULL;
EXECUTE above(3);
EXECUTE above(NULL);
PREPARE beside (int) AS SELECT id, tenant = $1 AS same, count(*) OVER () FROM issue WHERE tenant = $1 AND deleted_at IS NULL ORDER BY title, id LIMIT 2;
EXECUTE beside(3);
EXECUTE beside(NULL);
RESET plan_cache_mode;

-- not usable: the plain plan, in the same order, and no more of it sorted than wanted
BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT id, title, count(*) OVER () FROM issue WHERE tenant = 3 AND deleted_at IS NULL ORDER BY title DESC, id LIMIT 2;
SELECT count(*) FROM (SELECT 1 FROM issue WHERE tenant = 3 AND deleted_at IS NULL LIMIT 7) i;
COMMIT;
BEGIN;
UPDATE issue SET deleted_at = now() WHERE id = 3;
SELECT id, title, count(*) OVER () FROM issue WHERE tenant = 3 AND deleted_at IS NULL ORDER BY title DESC, id LIMIT 2;
SELECT count(*) FILTER (WHERE state = 'new') FROM issue WHERE tenant > 3 AND deleted_at IS NULL;
ROLLBACK;

-- a cursor goes back over a page with its count
BEGIN;
DECLARE c SCROLL CURSOR FOR SELECT id, count(*) OVER () FROM issue WHERE tenant = 3 AND deleted_at IS NULL ORDER BY title, id;
FETCH 3 FROM c;
FETCH BACKWARD 1 FROM c;
COMMIT;

-- whether a column IS NULL, under changes
UPDATE issue SET deleted_at = CASE WHEN deleted_at IS NULL THEN now() END WHERE id % 3 = 0;
UPDATE issue SET deleted_at = now() WHERE deleted_at IS NOT NULL AND id % 5 = 0;
DELETE FROM issue WHERE id % 50 = 0;
SELECT state, deleted_at IS NULL AS live, count(*) FROM issue GROUP BY 1, 2 ORDER BY 1, 2;
EXPLAIN (COSTS OFF) SELECT count(*) FROM issue WHERE deleted_at IS NOT NULL AND state = 'open';
SELECT bingo_tune.verify_counter('both');
SELECT bingo_tune.refresh_counter('both');
SELECT bingo_tune.verify_counter('both');
SELECT query FROM bingo_tune.counters WHERE name = 'both';

-- groups by a later key are collected in memory: more than there is room for, which nobody knew, and the plan behind has them
CREATE TABLE many (a int, b text) WITH (autovacuum_enabled = off);
INSERT INTO many SELECT g % 3, 'few' FROM generate_series(1, 30000) g;
ANALYZE many;
SELECT bingo_tune.create_counter('many', 'SELECT a, b, count(*) FROM many GROUP BY a, b');
INSERT INTO many SELECT 1, 'b' || g FROM generate_series(1, 5000) g;
CREATE FUNCTION behind(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	line text;
BEGIN
	FOR line IN EXECUTE 'EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) ' || query LOOP
		IF line ~ 'Plan Behind|Counter:' THEN RETURN NEXT trim(line); END IF;
	END LOOP;
END $$;
SELECT behind('SELECT b, count(*) FROM many GROUP BY b');
SET work_mem = '64kB';
SET hash_mem_multiplier = 1;
SELECT behind('SELECT b, count(*) FROM many GROUP BY b');
SELECT served, differs FROM try('SELECT b, count(*) AS n FROM many GROUP BY b');
RESET work_mem;
RESET hash_mem_multiplier;

-- equality that hangs on TimeZone: in the hour that is skipped two values are the same, and not neighbours; in Apia
-- there was no 30th
CREATE TABLE moment (id int PRIMARY KEY, c timestamp, d date, s int);
INSERT INTO moment SELECT g, '2021-03-14 02:00'::timestamp + (g % 12) * interval '10 min', '2011-12-29'::date + g % 3, g % 2 FROM generate_series(1, 24000) g;
ANALYZE moment;
SELECT bingo_tune.create_counter('moments', 'SELECT c, count(*) FROM moment GROUP BY c');
SELECT bingo_tune.create_counter('days', 'SELECT d, s, count(*) FROM moment GROUP BY d, s');
SET TimeZone = 'America/New_York';
SELECT * FROM try('SELECT count(*) AS n FROM moment WHERE c = ''2021-03-14 03:10-04''::timestamptz');
SELECT * FROM try('SELECT count(*) AS n FROM moment WHERE c = ANY (''{2021-03-14 03:10-04}''::timestamptz[])');
SET TimeZone = 'Pacific/Apia';
SELECT * FROM try('SELECT s, count(*) AS n FROM moment WHERE d = ''2011-12-31 00:00+14''::timestamptz GROUP BY s');
RESET TimeZone;

-- what reading the joined rows does is not left undone
CREATE SEQUENCE drawn;
SELECT coalesce(t.served, '-') AS served, q.query FROM unnest(ARRAY[
'SELECT count(DISTINCT i.id) AS n FROM issue i LEFT JOIN author a ON a.team = i.author',
'SELECT count(DISTINCT i.id) AS n FROM issue i LEFT JOIN author a ON a.team = i.author AND nextval(''drawn'') > 0',
'SELECT count(DISTINCT i.id) AS n FROM issue i LEFT JOIN LATERAL (SELECT 1 FROM author a WHERE a.team = i.author FOR UPDATE) a ON true',
'SELECT count(DISTINCT i.id) AS n FROM issue i LEFT JOIN (SELECT generate_series(1, 3) AS g, random() AS r) f ON f.g = i.author',
'SELECT count(*) AS n FROM (SELECT i.id FROM issue i LEFT JOIN author a ON a.team = i.author AND nextval(''drawn'') > 0 GROUP BY i.id) x',
'SELECT count(*) AS n FROM (SELECT i.id FROM issue i LEFT JOIN author a ON a.team = i.author GROUP BY i.id) x',
'SELECT i.id, a.name, (SELECT count(*) FROM author a WHERE a.team = i.tenant) AS m, count(*) OVER () AS n FROM issue i LEFT JOIN author a ON a.id = i.author ORDER BY i.title, i.id LIMIT 2',
'SELECT i.id, a.name, count(*) OVER () AS n FROM issue i LEFT JOIN author a ON a.id = i.author AND nextval(''drawn'') > 0 ORDER BY i.title, i.id LIMIT 2']) q (query), try(q.query) t;
-- nor what is computed of each row for the order in which it is counted
SELECT coalesce(t.served, '-') AS served, q.query FROM unnest(ARRAY['SELECT count(id ORDER BY id) AS n FROM issue',
'SELECT count(1 ORDER BY nextval(''drawn'')) AS n FROM issue', 'SELECT sum(1 ORDER BY nextval(''drawn'')) AS n FROM issue',
'SELECT count(id ORDER BY 1 / id) AS n FROM issue']) q (query), try(q.query) t;
-- policies: what may give away a row is asked after them
CREATE FUNCTION leak(int) RETURNS bool LANGUAGE plpgsql STABLE COST 0.001 AS $$ BEGIN RAISE WARNING 'seen %', $1; RETURN true; END $$;
CREATE ROLE counter_reader;
GRANT SELECT ON issue TO counter_reader;
CREATE POLICY mine ON issue FOR SELECT TO counter_reader USING (tenant IN (5, 6) AND state <> 'done');
ALTER TABLE issue ENABLE ROW LEVEL SECURITY;
SET ROLE counter_reader;
SELECT count(*) FROM issue WHERE deleted_at IS NULL;
EXPLAIN (COSTS OFF) SELECT count(*) FROM issue WHERE deleted_at IS NULL;
EXPLAIN (COSTS OFF) SELECT count(*) FROM issue WHERE deleted_at IS NULL AND leak(tenant);
SELECT count(*) FILTER (WHERE tenant > 5) FROM issue WHERE deleted_at IS NULL AND tenant < 7;
-- of what is counted no more is seen than the policy lets pass, own rows neither
RESET ROLE;
GRANT INSERT ON issue TO counter_reader;
CREATE POLICY theirs ON issue FOR INSERT TO counter_reader WITH CHECK (true);
SET ROLE counter_reader;
BEGIN;
INSERT INTO issue VALUES (50001, 8, 'open', 't'), (50002, 6, 'done', 't'), (50003, 6, 'open', 't');
EXPLAIN (COSTS OFF) SELECT count(*) FILTER (WHERE leak(tenant)) FROM issue WHERE deleted_at IS NULL;
SELECT count(*) FILTER (WHERE leak(tenant)) FROM issue WHERE deleted_at IS NULL;
SELECT state, count(*), count(nullif(leak(tenant), false)) AS seen FROM issue WHERE deleted_at IS NULL GROUP BY state ORDER BY state;
SELECT count(*) FILTER (WHERE leak(tenant)) OVER () FROM issue WHERE deleted_at IS NULL LIMIT 1;
ROLLBACK;
RESET ROLE;
SET client_min_messages = warning;
DROP TABLE issue, author, queries, orm, moment, many;
DROP SEQUENCE drawn;
DROP ROLE counter_reader;
DROP FUNCTION try(text), leak(int), lines(text, text), behind(text);
DROP EXTENSION bingo_tune CASCADE;
DROP EXTENSION pg_stat_statements;
