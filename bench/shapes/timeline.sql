-- A microblog: the public timeline.  Some accounts are silenced, most posts come from other servers.
CREATE TABLE account (id int PRIMARY KEY, name text NOT NULL, silenced_at timestamptz);
CREATE TABLE status (id bigint PRIMARY KEY, account_id int NOT NULL REFERENCES account, reblog_of bigint, reply_to bigint,
	local boolean NOT NULL, uri text, language text, deleted_at timestamptz, content text NOT NULL);
CREATE TABLE mute (account_id int, target_id int, PRIMARY KEY (account_id, target_id));

INSERT INTO account SELECT i, 'account' || i, CASE WHEN random() < 0.02 THEN now() END FROM generate_series(1, :n / 10) i;
INSERT INTO status SELECT i, 1 + floor((:n / 10) * random() ^ 3), CASE WHEN random() < 0.3 THEN 1 + floor(i * random()) END,
	CASE WHEN random() < 0.3 THEN 1 + floor(i * random()) END, random() < 0.02, CASE WHEN random() < 0.99 THEN 'https://example.org/' || i END,
	(ARRAY['en', 'en', 'en', 'ja', 'ja', 'de', 'fr', 'es', 'fi'])[1 + floor(9 * random() ^ 2)], CASE WHEN random() < 0.05 THEN now() END,
	repeat(md5(i::text), 4) FROM generate_series(1, :n) i;
INSERT INTO mute SELECT DISTINCT 1 + i % 20, 1 + floor((:n / 10) * random() ^ 3)::int FROM generate_series(1, 1000) i;
CREATE INDEX ON status (account_id, id);
CREATE INDEX ON status (reblog_of);

SELECT bingo_tune.create_ordering('timeline', $$
	SELECT s.id, s.account_id, s.reblog_of, s.reply_to, s.local, s.uri, s.language, s.deleted_at, s.content
	FROM status s ORDER BY s.id DESC$$, window_rows => :window);

-- shape: timeline, LEFT JOIN, OR of flags, IS NULL on the joined side
-- listed
SELECT s.id, s.content, s.language, a.name AS author
FROM status s LEFT JOIN account a ON a.id = s.account_id
WHERE (s.local OR s.uri IS NULL) AND s.deleted_at IS NULL AND s.reply_to IS NULL AND a.silenced_at IS NULL
ORDER BY s.id DESC LIMIT 20;

-- shape: timeline, keyset by id
SELECT s.id, s.content, a.name AS author
FROM status s LEFT JOIN account a ON a.id = s.account_id
WHERE s.id < :n - 200 AND (s.local OR s.uri IS NULL) AND s.deleted_at IS NULL AND a.silenced_at IS NULL
ORDER BY s.id DESC LIMIT 20;

-- shape: timeline, everything (the primary key gives the order)
SELECT s.id, s.content, a.name AS author
FROM status s JOIN account a ON a.id = s.account_id
WHERE s.deleted_at IS NULL AND s.language = 'en'
ORDER BY s.id DESC LIMIT 20;

-- shape: timeline, self join with what was boosted
SELECT s.id, coalesce(r.content, s.content) AS content, a.name AS author
FROM status s LEFT JOIN status r ON r.id = s.reblog_of JOIN account a ON a.id = s.account_id
WHERE s.deleted_at IS NULL AND r.deleted_at IS NULL
ORDER BY s.id DESC LIMIT 40;

-- shape: timeline without the muted (NOT EXISTS)
SELECT s.id, s.content, a.name AS author
FROM status s JOIN account a ON a.id = s.account_id
WHERE NOT EXISTS (SELECT FROM mute m WHERE m.account_id = 7 AND m.target_id = s.account_id) AND s.language IN ('ja', 'fi')
ORDER BY s.id DESC LIMIT 20;

-- shape: timeline, a rare language beyond the window
-- vain
SELECT s.id, s.content, a.name AS author
FROM status s JOIN account a ON a.id = s.account_id
WHERE s.language = 'eo'
ORDER BY s.id DESC LIMIT 20;

-- shape: timeline, DISTINCT ON latest of each account
-- keys: account_id, id
SELECT DISTINCT ON (s.account_id) s.account_id, s.id, s.content
FROM status s WHERE s.account_id BETWEEN 5000 AND 5050 ORDER BY s.account_id, s.id DESC;
