-- List pages of tickets, a chat, devices, a CRM and a CMS, as their applications' mappers write them: pages backwards, wrapped pages,
-- expressions, conditions of the joined side.  One schema with a driving table for each.
CREATE TABLE team (id int PRIMARY KEY, name text NOT NULL, archived boolean NOT NULL);
CREATE TABLE agent (id int PRIMARY KEY, name text NOT NULL, active boolean NOT NULL);
CREATE TABLE ticket (id bigint PRIMARY KEY, subject text NOT NULL, status text NOT NULL, priority int NOT NULL, created_at timestamptz NOT NULL,
	updated_at timestamptz NOT NULL, requester_id int NOT NULL REFERENCES agent, assignee_id int REFERENCES agent, team_id int NOT NULL REFERENCES team, deleted_at timestamptz);
CREATE TABLE ticket_tag (ticket_id bigint NOT NULL, tag_id int NOT NULL, PRIMARY KEY (ticket_id, tag_id));
CREATE TABLE channel (id int PRIMARY KEY, name text NOT NULL, kind text NOT NULL, archived boolean NOT NULL);
CREATE TABLE member (channel_id int NOT NULL, agent_id int NOT NULL, PRIMARY KEY (channel_id, agent_id));
CREATE TABLE message (id bigint PRIMARY KEY, channel_id int NOT NULL REFERENCES channel, author_id int NOT NULL REFERENCES agent, sent_at timestamptz NOT NULL,
	thread_id bigint, deleted boolean NOT NULL, body text NOT NULL);
CREATE TABLE site (id int PRIMARY KEY, name text NOT NULL, region text NOT NULL);
CREATE TABLE device (id int PRIMARY KEY, site_id int NOT NULL REFERENCES site, label text NOT NULL, active boolean NOT NULL);
CREATE TABLE reading (id bigint PRIMARY KEY, device_id int NOT NULL REFERENCES device, at timestamptz NOT NULL, value float8 NOT NULL, quality int NOT NULL);
CREATE TABLE company (id int PRIMARY KEY, name text NOT NULL, country text NOT NULL);
CREATE TABLE deal (id int PRIMARY KEY, title text NOT NULL, stage text NOT NULL, amount numeric(12, 2), company_id int REFERENCES company, owner_id int NOT NULL REFERENCES agent,
	closes_on date, updated_at timestamptz NOT NULL);

INSERT INTO team SELECT i, 'Team ' || i, i % 10 = 0 FROM generate_series(1, 40) i;
INSERT INTO agent SELECT i, 'Agent ' || i, i % 15 > 0 FROM generate_series(1, :n / 50) i;
INSERT INTO ticket SELECT i, 'Ticket ' || md5(i::text), (ARRAY['open', 'open', 'pending', 'solved', 'closed', 'closed'])[1 + floor(6 * random())], (ARRAY[1, 2, 2, 3, 3, 3, 4])[1 + floor(7 * random())],
		timestamptz '2026-01-01' + i * interval '1 min', timestamptz '2026-01-01' + i * interval '1 min' + random() ^ 4 * :n / 20 * interval '1 min',
		1 + floor((:n / 50) * random()), CASE WHEN random() < 0.7 THEN 1 + floor((:n / 50) * random() ^ 3) END, 1 + floor(40 * random() ^ 2), CASE WHEN random() < 0.03 THEN now() END
	FROM generate_series(1, :n) i;
INSERT INTO ticket_tag SELECT DISTINCT 1 + floor(:n * random()), 1 + floor(30 * random()) FROM generate_series(1, :n) i;
INSERT INTO channel SELECT i, 'channel' || i, (ARRAY['public', 'public', 'private'])[1 + i % 3], i % 12 = 0 FROM generate_series(1, greatest(:n / 300, 10)) i;
INSERT INTO member SELECT DISTINCT 1 + floor(greatest(:n / 300, 10) * random()), 1 + i % 50 FROM generate_series(1, 1500) i;
INSERT INTO message SELECT i, 1 + floor(greatest(:n / 300, 10) * random() ^ 2), 1 + floor((:n / 50) * random() ^ 2), timestamptz '2026-01-01' + i / 2 * interval '20 s',
		CASE WHEN random() < 0.3 THEN i - floor(1000 * random()) END, random() < 0.02, repeat(md5(i::text), 3) FROM generate_series(1, :n) i;
INSERT INTO site SELECT i, 'Site ' || i, (ARRAY['north', 'south', 'east', 'west'])[1 + i % 4] FROM generate_series(1, 50) i;
INSERT INTO device SELECT i, 1 + i % 50, 'Device ' || i, i % 20 > 0 FROM generate_series(1, :n / 100) i;
INSERT INTO reading SELECT i, 1 + floor((:n / 100) * random()), timestamptz '2026-01-01' + i * interval '5 s', 100 * random(), floor(10 * random() ^ 4) FROM generate_series(1, :n) i;
INSERT INTO company SELECT i, 'Company ' || md5(i::text), (ARRAY['de', 'us', 'us', 'fr', 'jp'])[1 + i % 5] FROM generate_series(1, :n / 20) i;
INSERT INTO deal SELECT i, 'Deal ' || i, (ARRAY['lead', 'lead', 'offer', 'won', 'lost'])[1 + floor(5 * random())], CASE WHEN random() < 0.8 THEN (random() ^ 3 * 100000)::numeric(12, 2) END,
		CASE WHEN random() < 0.9 THEN 1 + floor((:n / 20) * random()) END, 1 + floor((:n / 50) * random()), CASE WHEN random() < 0.5 THEN date '2026-01-01' + floor(600 * random())::int END,
		timestamptz '2026-01-01' + floor(:n * random()) * interval '1 min' FROM generate_series(1, :n) i;
CREATE INDEX ON ticket (team_id);
CREATE INDEX ON ticket (assignee_id);
CREATE INDEX ON ticket (requester_id);
CREATE INDEX ON message (channel_id);
CREATE INDEX ON message (author_id);
CREATE INDEX ON reading (device_id);
CREATE INDEX ON device (site_id);
CREATE INDEX ON deal (company_id);
CREATE INDEX ON deal (owner_id);

SELECT bingo_tune.create_ordering('recent_tickets', $$
	SELECT t.id, t.subject, t.status, t.priority, t.updated_at, t.assignee_id, t.team_id, t.deleted_at, g.name, g.archived
	FROM ticket t JOIN team g ON g.id = t.team_id ORDER BY t.updated_at DESC, t.id DESC$$, window_rows => :window);
SELECT bingo_tune.create_ordering('tickets_by_team', $$
	SELECT t.id, t.subject, t.status, t.updated_at, t.deleted_at, g.name, g.archived
	FROM ticket t JOIN team g ON g.id = t.team_id ORDER BY g.name, t.priority DESC, t.updated_at DESC, t.id$$, window_rows => :window);
SELECT bingo_tune.create_ordering('messages', $$
	SELECT m.id, m.channel_id, m.author_id, m.sent_at, m.thread_id, m.deleted, c.name, c.archived, c.kind
	FROM message m JOIN channel c ON c.id = m.channel_id ORDER BY m.sent_at DESC, m.id DESC$$, window_rows => :window);
SELECT bingo_tune.create_ordering('channel_messages', $$
	SELECT m.id, m.channel_id, m.author_id, m.sent_at, m.thread_id, m.deleted, a.name
	FROM message m JOIN agent a ON a.id = m.author_id WHERE m.channel_id = $1 ORDER BY m.sent_at DESC, m.id DESC$$, window_rows => 200);
SELECT bingo_tune.create_ordering('readings_of_site', $$
	SELECT r.id, r.device_id, r.at, r.value, r.quality, d.label, d.active, d.site_id
	FROM reading r JOIN device d ON d.id = r.device_id WHERE d.site_id = $1 ORDER BY r.at DESC, r.id DESC$$, window_rows => 1000);
SELECT bingo_tune.create_ordering('readings', $$
	SELECT r.id, r.device_id, r.at, r.value, r.quality, d.label, d.active, s.region, s.name
	FROM reading r JOIN device d ON d.id = r.device_id JOIN site s ON s.id = d.site_id ORDER BY r.at DESC, r.id DESC$$, window_rows => :window);
SELECT bingo_tune.create_ordering('deals_by_company', $$
	SELECT d.id, d.title, d.stage, d.amount, d.company_id, d.owner_id, d.updated_at, c.name, c.country
	FROM deal d LEFT JOIN company c ON c.id = d.company_id ORDER BY lower(c.name), d.updated_at DESC, d.id$$, window_rows => :window);
SELECT bingo_tune.create_ordering('deals', $$
	SELECT d.id, d.title, d.stage, d.amount, d.company_id, d.owner_id, a.name, a.active
	FROM deal d JOIN agent a ON a.id = d.owner_id ORDER BY d.amount DESC NULLS LAST, d.id DESC$$, window_rows => :window);

-- shape: tickets, the page before (previous), wrapped to be turned round
SELECT * FROM (SELECT t.id, t.subject, t.updated_at, g.name AS team FROM ticket t JOIN team g ON g.id = t.team_id
	WHERE (t.updated_at, t.id) > (timestamptz '2026-01-01' + (:n - :window / 4) * interval '1 min', 500) AND t.deleted_at IS NULL ORDER BY t.updated_at ASC, t.id ASC LIMIT 25) before
ORDER BY before.updated_at DESC, before.id DESC;

-- shape: tickets, the page before, generic plan
-- set: plan_cache_mode = force_generic_plan
-- prepare: (timestamptz, bigint) AS (timestamptz '2026-01-01' + (:n - :window / 4) * interval '1 min', 500)
SELECT t.id, t.subject, t.updated_at, g.name AS team FROM ticket t JOIN team g ON g.id = t.team_id
WHERE (t.updated_at > $1 OR (t.updated_at = $1 AND t.id > $2)) AND t.deleted_at IS NULL ORDER BY t.updated_at ASC, t.id ASC LIMIT 25;

-- shape: tickets, the page before, from beyond the window
-- vain
SELECT t.id, t.subject, t.updated_at, g.name AS team FROM ticket t JOIN team g ON g.id = t.team_id
WHERE (t.updated_at, t.id) > (timestamptz '2026-01-01' + (:n / 4) * interval '1 min', 500) ORDER BY t.updated_at ASC, t.id ASC LIMIT 25;

-- shape: tickets, open ones of some teams (Ecto, ANY of an array)
-- set: plan_cache_mode = force_generic_plan
-- prepare: (text[], int[], int) AS ('{open,pending}', '{1,2,5,8}', 25)
SELECT t0."id", t0."subject", t0."updated_at", t1."name" FROM "ticket" AS t0 INNER JOIN "team" AS t1 ON t1."id" = t0."team_id"
WHERE (t0."status" = ANY($1)) AND (t0."team_id" = ANY($2)) AND (t0."deleted_at" IS NULL) ORDER BY t0."updated_at" DESC, t0."id" DESC LIMIT $3;

-- shape: tickets by team, then priority (Rails, includes with references)
SELECT "ticket"."id" AS t0_r0, "ticket"."subject" AS t0_r1, "team"."name" AS t1_r1, "agent"."name" AS t2_r1, "ticket"."updated_at"
FROM "ticket" INNER JOIN "team" ON "team"."id" = "ticket"."team_id" LEFT OUTER JOIN "agent" ON "agent"."id" = "ticket"."assignee_id"
WHERE "team"."archived" = FALSE AND "ticket"."status" IN ('open', 'pending') AND "ticket"."deleted_at" IS NULL
ORDER BY "team"."name" ASC, "ticket"."priority" DESC, "ticket"."updated_at" DESC, "ticket"."id" LIMIT 50 OFFSET 50;

-- shape: tickets with one of some tags (EXISTS), unassigned
SELECT t.id, t.subject, t.updated_at FROM ticket t JOIN team g ON g.id = t.team_id
WHERE t.assignee_id IS NULL AND NOT g.archived AND EXISTS (SELECT 1 FROM ticket_tag x WHERE x.ticket_id = t.id AND x.tag_id IN (3, 4))
ORDER BY t.updated_at DESC, t.id DESC LIMIT 25;

-- shape: tickets, PostGraphile's wrapped page
WITH __local_0__ AS (SELECT to_json((json_build_object('id', t."id", 'subject', t."subject", 'team', g."name"))) AS "@nodes", t."updated_at", t."id"
	FROM "ticket" AS t JOIN "team" g ON (g."id" = t."team_id") WHERE (t."deleted_at" IS NULL) AND (TRUE) ORDER BY t."updated_at" DESC, t."id" DESC LIMIT 21),
	__local_1__ AS (SELECT json_agg(to_json(__local_0__)) AS data FROM __local_0__)
SELECT coalesce((SELECT __local_1__.data FROM __local_1__), '[]'::json)::text AS "data";

-- shape: tickets changed in the last days
SELECT t.id, t.subject, t.updated_at, g.name FROM ticket t JOIN team g ON g.id = t.team_id
WHERE t.updated_at >= timestamptz '2026-01-01' + (:n - :window / 3) * interval '1 min' AND t.status <> 'closed' ORDER BY t.updated_at DESC, t.id DESC LIMIT 100;

-- shape: messages of the channels one is in (Zulip, home view)
SELECT m.id, m.sent_at, c.name FROM message m JOIN channel c ON c.id = m.channel_id
WHERE NOT m.deleted AND EXISTS (SELECT FROM member x WHERE x.channel_id = m.channel_id AND x.agent_id = 7) ORDER BY m.sent_at DESC, m.id DESC LIMIT 50;

-- shape: messages after an anchor, oldest first, in the channels one is in
SELECT anon_1.id FROM (SELECT m.id AS id, m.sent_at AS sent_at FROM message m JOIN channel c ON c.id = m.channel_id
	WHERE NOT m.deleted AND NOT c.archived AND (m.sent_at, m.id) > (timestamptz '2026-01-01' + (:n - :window / 2) / 2 * interval '20 s', 0) ORDER BY m.sent_at ASC, m.id ASC LIMIT 51) AS anon_1
ORDER BY anon_1.sent_at ASC, anon_1.id ASC;

-- shape: a channel's messages before one, generic plan
-- set: plan_cache_mode = force_generic_plan
-- prepare: (int, timestamptz, bigint, int) AS (5, timestamptz '2099-01-01', 0, 50)
SELECT m.id, m.sent_at, m.body, a.name FROM message m JOIN agent a ON a.id = m.author_id
WHERE m.channel_id = $1 AND (m.sent_at, m.id) < ($2, $3) AND NOT m.deleted ORDER BY m.sent_at DESC, m.id DESC LIMIT $4;

-- shape: a channel's messages after one, oldest first, generic plan
-- set: plan_cache_mode = force_generic_plan
-- prepare: (int, timestamptz, bigint, int) AS (5, timestamptz '2026-01-01' + (:n - :window / 10) / 2 * interval '20 s', 0, 50)
SELECT m.id, m.sent_at, m.body, a.name FROM message m JOIN agent a ON a.id = m.author_id
WHERE m.channel_id = $1 AND (m.sent_at, m.id) > ($2, $3) AND NOT m.deleted ORDER BY m.sent_at ASC, m.id ASC LIMIT $4;

-- shape: the newest message of each channel
SELECT DISTINCT ON (m.channel_id) m.channel_id, m.id, m.sent_at, a.name FROM message m JOIN agent a ON a.id = m.author_id ORDER BY m.channel_id, m.sent_at DESC, m.id DESC;

-- shape: channels with their newest message (LATERAL)
SELECT c.id, c.name, x.id AS message_id, x.sent_at FROM channel c LEFT JOIN LATERAL (SELECT m.id, m.sent_at, a.name FROM message m JOIN agent a ON a.id = m.author_id
	WHERE m.channel_id = c.id ORDER BY m.sent_at DESC, m.id DESC LIMIT 1) x ON true ORDER BY c.id LIMIT 30;

-- shape: the newest readings of a site
SELECT r.id, r.at, r.value, d.label FROM reading r JOIN device d ON d.id = r.device_id WHERE d.site_id = 7 AND d.active ORDER BY r.at DESC, r.id DESC LIMIT 100;

-- shape: readings of a region in a time, worst quality
SELECT r.id, r.at, r.value, d.label, s.name FROM reading r INNER JOIN device d ON d.id = r.device_id INNER JOIN site s ON s.id = d.site_id
WHERE s.region = 'north' AND r.quality >= 5 AND r.at BETWEEN timestamptz '2026-01-01' + (:n - :window / 2) * interval '5 s' AND timestamptz '2026-01-01' + :n * interval '5 s'
ORDER BY r.at DESC, r.id DESC LIMIT 50;

-- shape: readings since a time, oldest first (polling)
-- set: plan_cache_mode = force_generic_plan
-- prepare: (timestamptz, int) AS (timestamptz '2026-01-01' + (:n - :window / 3) * interval '5 s', 500)
SELECT r.id, r.at, r.value, d.label FROM reading r INNER JOIN device d ON d.id = r.device_id INNER JOIN site s ON s.id = d.site_id
WHERE r.at > $1 ORDER BY r.at, r.id LIMIT $2;

-- shape: deals by the company's name, whatever its case
SELECT d.id, d.title, d.stage, c.name AS company, a.name AS owner FROM deal d LEFT OUTER JOIN company c ON c.id = d.company_id INNER JOIN agent a ON a.id = d.owner_id
WHERE d.stage NOT IN ('won', 'lost') ORDER BY LOWER(c.name) ASC, d.updated_at DESC, d.id LIMIT 50;

-- shape: greatest deals, NULLS LAST
SELECT d.id, d.title, d.amount, a.name AS owner FROM deal d INNER JOIN agent a ON a.id = d.owner_id WHERE d.stage IN ('lead', 'offer') AND a.active
ORDER BY d.amount DESC NULLS LAST, d.id DESC LIMIT 20;

-- shape: greatest deals, the page behind one with its place in the list
SELECT x.* FROM (SELECT d.id, d.amount, row_number() OVER (ORDER BY d.amount DESC NULLS LAST, d.id DESC) AS place FROM deal d JOIN agent a ON a.id = d.owner_id WHERE a.active) x
WHERE x.place BETWEEN 41 AND 60 ORDER BY x.place;

-- shape: deals above an amount, least first
SELECT d.id, d.title, d.amount, a.name AS owner FROM deal d INNER JOIN agent a ON a.id = d.owner_id WHERE d.amount > 80000 AND d.stage = 'offer'
ORDER BY d.amount ASC, d.id ASC LIMIT 20;
