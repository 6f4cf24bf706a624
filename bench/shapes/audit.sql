-- An audit log: who did what to whom, newest first.  A third of the entries has no actor (the system's own).
CREATE TABLE account (id int PRIMARY KEY, name text NOT NULL, email text NOT NULL);
CREATE TABLE organisation (id int PRIMARY KEY, slug text NOT NULL, plan text NOT NULL, region text NOT NULL);
CREATE TABLE entry (id bigint PRIMARY KEY, happened timestamptz NOT NULL, organisation_id int NOT NULL REFERENCES organisation,
	actor_id int REFERENCES account, target_id int REFERENCES account, action text NOT NULL, address text, detail text);

INSERT INTO account SELECT i, 'Account ' || i, 'a' || i || '@example.org' FROM generate_series(1, :n / 20) i;
INSERT INTO organisation SELECT i, 'organisation-' || i, (ARRAY['free', 'free', 'free', 'pro', 'pro', 'enterprise'])[1 + i % 6],
	(ARRAY['eu', 'us', 'us', 'ap'])[1 + i % 4] FROM generate_series(1, greatest(:n / 500, 6)) i;
INSERT INTO entry SELECT i, timestamptz '2026-01-01' + (i / 3) * interval '7 s', 1 + floor(greatest(:n / 500, 6) * random() ^ 2),
		CASE WHEN random() < 0.67 THEN 1 + floor((:n / 20) * random() ^ 3) END, CASE WHEN random() < 0.5 THEN 1 + floor((:n / 20) * random()) END,
		(ARRAY['login', 'login', 'login', 'login', 'edit', 'edit', 'create', 'delete', 'invite', 'export'])[1 + floor(10 * random())],
		'10.' || i % 200 || '.' || i % 77 || '.1', repeat(md5(i::text), 3)
	FROM generate_series(1, :n) i;
CREATE INDEX ON entry (organisation_id);
CREATE INDEX ON entry (actor_id);
CREATE INDEX ON entry (target_id);

SELECT bingo_tune.create_ordering('audit', $$
	SELECT e.id, e.happened, e.actor_id, e.target_id, e.action, e.address, o.slug, o.plan, o.region
	FROM entry e JOIN organisation o ON o.id = e.organisation_id
	ORDER BY e.happened DESC, e.id DESC$$, window_rows => :window);

-- shape: audit list, LEFT JOIN of the actor
-- listed
SELECT e.id, e.happened, e.action, e.address, o.slug, a.name AS actor, a.email
FROM entry e JOIN organisation o ON o.id = e.organisation_id LEFT JOIN account a ON a.id = e.actor_id
WHERE o.region = 'us'
ORDER BY e.happened DESC, e.id DESC LIMIT 50;

-- shape: audit list, two LEFT JOINs to the same table
-- listed
SELECT e.id, e.happened, e.action, o.slug, a.name AS actor, t.name AS target
FROM entry e JOIN organisation o ON o.id = e.organisation_id
	LEFT JOIN account a ON a.id = e.actor_id LEFT JOIN account t ON t.id = e.target_id
ORDER BY e.happened DESC, e.id DESC LIMIT 50;

-- shape: audit list, no tie-breaker
-- keys: happened
SELECT e.id, e.happened, e.action, o.slug, a.name AS actor
FROM entry e JOIN organisation o ON o.id = e.organisation_id LEFT JOIN account a ON a.id = e.actor_id
ORDER BY e.happened DESC LIMIT 50;

-- shape: audit list, two filters
SELECT e.id, e.happened, e.action, o.slug, a.name AS actor
FROM entry e JOIN organisation o ON o.id = e.organisation_id LEFT JOIN account a ON a.id = e.actor_id
WHERE e.action IN ('delete', 'export') AND o.plan = 'enterprise'
ORDER BY e.happened DESC, e.id DESC LIMIT 25;

-- shape: audit list, page 40
SELECT e.id, e.happened, e.action, o.slug, a.name AS actor
FROM entry e JOIN organisation o ON o.id = e.organisation_id LEFT JOIN account a ON a.id = e.actor_id
ORDER BY e.happened DESC, e.id DESC LIMIT 50 OFFSET 2000;

-- shape: audit list, beyond the window
-- vain
SELECT e.id, e.happened, e.action, o.slug, a.name AS actor
FROM entry e JOIN organisation o ON o.id = e.organisation_id LEFT JOIN account a ON a.id = e.actor_id
ORDER BY e.happened DESC, e.id DESC LIMIT 50 OFFSET :window * 2;

-- shape: audit list, OFFSET beyond the window known late
-- vain
SELECT e.id, e.happened, e.action, o.slug, a.name AS actor
FROM entry e JOIN organisation o ON o.id = e.organisation_id LEFT JOIN account a ON a.id = e.actor_id
ORDER BY e.happened DESC, e.id DESC LIMIT 50 OFFSET (SELECT :window * 2);

-- shape: audit list, the whole level beyond the window
-- vain
SELECT e.id, e.happened, e.action, o.slug
FROM entry e JOIN organisation o ON o.id = e.organisation_id
ORDER BY e.happened DESC, e.id DESC LIMIT 50 OFFSET (SELECT :window + 100);

-- shape: audit list, a filter that the window has nothing of
-- vain
SELECT e.id, e.happened, e.action, o.slug, a.name AS actor
FROM entry e JOIN organisation o ON o.id = e.organisation_id LEFT JOIN account a ON a.id = e.actor_id
WHERE e.address = '10.999.1.1'
ORDER BY e.happened DESC, e.id DESC LIMIT 25;

-- shape: audit list, rows before a time behind the window
-- vain
SELECT e.id, e.happened, e.action, o.slug, a.name AS actor
FROM entry e JOIN organisation o ON o.id = e.organisation_id LEFT JOIN account a ON a.id = e.actor_id
WHERE e.happened < timestamptz '2026-01-01' + interval '1 s' * :n
ORDER BY e.happened DESC, e.id DESC LIMIT 25;

-- shape: audit list, since a time
SELECT e.id, e.happened, e.action, o.slug, a.name AS actor
FROM entry e JOIN organisation o ON o.id = e.organisation_id LEFT JOIN account a ON a.id = e.actor_id
WHERE e.happened >= timestamptz '2026-01-01' + (:n / 3 - 100) * interval '7 s'
ORDER BY e.happened DESC, e.id DESC;

-- shape: newest time
SELECT max(e.happened) AS newest FROM entry e JOIN organisation o ON o.id = e.organisation_id WHERE o.region = 'eu';

-- shape: row_number() over the order
SELECT * FROM (
	SELECT e.id, e.happened, o.slug, row_number() OVER (ORDER BY e.happened DESC, e.id DESC) AS number
	FROM entry e JOIN organisation o ON o.id = e.organisation_id) numbered
WHERE number <= 30 ORDER BY number;

-- shape: row_number() with LIMIT
SELECT e.id, e.happened, o.slug, row_number() OVER (ORDER BY e.happened DESC, e.id DESC) AS number
FROM entry e JOIN organisation o ON o.id = e.organisation_id
ORDER BY e.happened DESC, e.id DESC LIMIT 30;

-- shape: a page and the count of all
SELECT e.id, e.happened, o.slug, count(*) OVER () AS total
FROM entry e JOIN organisation o ON o.id = e.organisation_id
ORDER BY e.happened DESC, e.id DESC LIMIT 30;

-- shape: without parallel workers
-- set: max_parallel_workers_per_gather = 0
SELECT e.id, e.happened, e.action, e.address, o.slug, a.name AS actor, a.email
FROM entry e JOIN organisation o ON o.id = e.organisation_id LEFT JOIN account a ON a.id = e.actor_id
WHERE o.region = 'us'
ORDER BY e.happened DESC, e.id DESC LIMIT 50;

-- shape: prepared, custom plan
-- set: plan_cache_mode = force_custom_plan
-- prepare: (text, bigint, bigint) AS ('us', 50, 100)
SELECT e.id, e.happened, e.action, e.address, o.slug, a.name AS actor
FROM entry e JOIN organisation o ON o.id = e.organisation_id LEFT JOIN account a ON a.id = e.actor_id
WHERE o.region = $1 ORDER BY e.happened DESC, e.id DESC LIMIT $2 OFFSET $3;

-- shape: prepared, generic plan
-- set: plan_cache_mode = force_generic_plan
-- prepare: (text, bigint, bigint) AS ('us', 50, 100)
SELECT e.id, e.happened, e.action, e.address, o.slug, a.name AS actor
FROM entry e JOIN organisation o ON o.id = e.organisation_id LEFT JOIN account a ON a.id = e.actor_id
WHERE o.region = $1 ORDER BY e.happened DESC, e.id DESC LIMIT $2 OFFSET $3;

-- shape: keyset page deep in the window, row comparison
SELECT e.id, e.happened, e.action, o.slug, a.name AS actor
FROM entry e JOIN organisation o ON o.id = e.organisation_id LEFT JOIN account a ON a.id = e.actor_id
WHERE (e.happened, e.id) < (timestamptz '2026-01-01' + (:n - :window * 8 / 10) / 3 * interval '7 s', :n - :window * 8 / 10)
ORDER BY e.happened DESC, e.id DESC LIMIT 50;

-- shape: keyset page, row comparison, generic plan
-- set: plan_cache_mode = force_generic_plan
-- prepare: (bigint) AS (:n - :window * 8 / 10)
SELECT e.id, e.happened, e.action, o.slug
FROM entry e JOIN organisation o ON o.id = e.organisation_id
WHERE (e.happened, e.id) < (timestamptz '2026-01-01' + $1 / 3 * interval '7 s', $1)
ORDER BY e.happened DESC, e.id DESC LIMIT 50;

-- shape: keyset page written as OR, generic plan
-- set: plan_cache_mode = force_generic_plan
-- prepare: (timestamptz, bigint) AS (timestamptz '2026-01-01' + (:n - :window * 8 / 10) / 3 * interval '7 s', :n - :window * 8 / 10)
SELECT e.id, e.happened, e.action, o.slug, a.name AS actor
FROM entry e JOIN organisation o ON o.id = e.organisation_id LEFT JOIN account a ON a.id = e.actor_id
WHERE e.happened < $1 OR (e.happened = $1 AND e.id < $2)
ORDER BY e.happened DESC, e.id DESC LIMIT 50;

-- shape: keyset page written as OR, each value as a parameter of its own, generic plan
-- set: plan_cache_mode = force_generic_plan
-- prepare: (timestamptz, timestamptz, bigint) AS (timestamptz '2026-01-01' + (:n - :window * 8 / 10) / 3 * interval '7 s', timestamptz '2026-01-01' + (:n - :window * 8 / 10) / 3 * interval '7 s', :n - :window * 8 / 10)
SELECT e.id, e.happened, e.action, o.slug, a.name AS actor
FROM entry e JOIN organisation o ON o.id = e.organisation_id LEFT JOIN account a ON a.id = e.actor_id
WHERE e.happened < $1 OR (e.happened = $2 AND e.id < $3)
ORDER BY e.happened DESC, e.id DESC LIMIT 50;

-- shape: keyset page beside a bound, generic plan
-- set: plan_cache_mode = force_generic_plan
-- prepare: (timestamptz, bigint) AS (timestamptz '2026-01-01' + (:n - :window * 8 / 10) / 3 * interval '7 s', :n - :window * 8 / 10)
SELECT e.id, e.happened, e.action, o.slug
FROM entry e JOIN organisation o ON o.id = e.organisation_id
WHERE e.happened <= $1 AND (e.happened < $1 OR e.id < $2)
ORDER BY e.happened DESC, e.id DESC LIMIT 50;

-- shape: keyset page beyond the window, row comparison
-- vain
SELECT e.id, e.happened, e.action, o.slug, a.name AS actor
FROM entry e JOIN organisation o ON o.id = e.organisation_id LEFT JOIN account a ON a.id = e.actor_id
WHERE (e.happened, e.id) < (timestamptz '2026-01-01' + :n / 3 / 2 * interval '7 s', :n / 2)
ORDER BY e.happened DESC, e.id DESC LIMIT 50;

-- shape: keyset page beyond the window, row comparison, generic plan
-- vain
-- set: plan_cache_mode = force_generic_plan
-- prepare: (timestamptz, bigint) AS (timestamptz '2026-01-01' + :n / 3 / 2 * interval '7 s', :n / 2)
SELECT e.id, e.happened, e.action, o.slug
FROM entry e JOIN organisation o ON o.id = e.organisation_id
WHERE (e.happened, e.id) < ($1, $2)
ORDER BY e.happened DESC, e.id DESC LIMIT 50;

-- shape: keyset page beyond the window, written as OR, below a LEFT JOIN, generic plan
-- vain
-- set: plan_cache_mode = force_generic_plan
-- prepare: (timestamptz, bigint) AS (timestamptz '2026-01-01' + :n / 3 / 2 * interval '7 s', :n / 2)
SELECT e.id, e.happened, e.action, o.slug, a.name AS actor
FROM entry e JOIN organisation o ON o.id = e.organisation_id LEFT JOIN account a ON a.id = e.actor_id
WHERE e.happened < $1 OR (e.happened = $1 AND e.id < $2)
ORDER BY e.happened DESC, e.id DESC LIMIT 50;

-- shape: keyset page beyond the window, beside a bound, generic plan
-- vain
-- set: plan_cache_mode = force_generic_plan
-- prepare: (timestamptz, bigint) AS (timestamptz '2026-01-01' + :n / 3 / 2 * interval '7 s', :n / 2)
SELECT e.id, e.happened, e.action, o.slug
FROM entry e JOIN organisation o ON o.id = e.organisation_id
WHERE e.happened <= $1 AND (e.happened < $1 OR e.id < $2)
ORDER BY e.happened DESC, e.id DESC LIMIT 50;
