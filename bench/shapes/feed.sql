-- A link aggregator: posts by the rank of a 1:1 table of counts.  Many posts have no rank any more, so ties are common.
CREATE TABLE person (id int PRIMARY KEY, name text NOT NULL, banned boolean NOT NULL);
CREATE TABLE community (id int PRIMARY KEY, name text NOT NULL, hidden boolean NOT NULL);
CREATE TABLE post (id int PRIMARY KEY, title text NOT NULL, url text, creator_id int NOT NULL REFERENCES person,
	community_id int NOT NULL REFERENCES community, deleted boolean NOT NULL, removed boolean NOT NULL, nsfw boolean NOT NULL);
CREATE TABLE post_counts (post_id int PRIMARY KEY REFERENCES post, score int NOT NULL, comments int NOT NULL,
	hot_rank float8 NOT NULL, featured boolean NOT NULL, published timestamptz NOT NULL);
CREATE TABLE comment (id int PRIMARY KEY, post_id int NOT NULL REFERENCES post, creator_id int NOT NULL, content text);
CREATE TABLE follower (person_id int, community_id int, PRIMARY KEY (person_id, community_id));
CREATE TABLE block (person_id int, blocked_id int, PRIMARY KEY (person_id, blocked_id));
CREATE TABLE post_read (person_id int, post_id int, read_at timestamptz NOT NULL, PRIMARY KEY (person_id, post_id));

INSERT INTO person SELECT i, 'person' || i, random() < 0.01 FROM generate_series(1, :n / 20) i;
INSERT INTO community SELECT i, 'community' || i, random() < 0.05 FROM generate_series(1, greatest(:n / 200, 10)) i;
INSERT INTO post SELECT i, 'Post ' || md5(i::text), 'https://example.org/' || i, 1 + floor((:n / 20) * random() ^ 3),
	1 + floor(greatest(:n / 200, 10) * random() ^ 3), random() < 0.04, random() < 0.02, random() < 0.1 FROM generate_series(1, :n) i;
INSERT INTO post_counts SELECT i, floor(1000 * random() ^ 6), floor(100 * random() ^ 8),
	CASE WHEN random() < 0.3 THEN round((random() ^ 4 * 50000)::numeric)::float8 / 100 ELSE 0 END,
	random() < 0.0005, timestamptz '2026-01-01' + i * interval '2 min' FROM generate_series(1, :n) i;
INSERT INTO comment SELECT i, 1 + floor(:n * random() ^ 2), 1 + floor((:n / 20) * random()), md5(i::text) FROM generate_series(1, :n * 2) i;
INSERT INTO follower SELECT DISTINCT 1 + i % 50, 1 + floor(greatest(:n / 200, 10) * random() ^ 2)::int FROM generate_series(1, 2000) i;
INSERT INTO block SELECT DISTINCT 1 + i % 50, 1 + floor((:n / 20) * random() ^ 3)::int FROM generate_series(1, 1000) i;
INSERT INTO post_read SELECT DISTINCT 1 + i % 50, 1 + floor(:n * random())::int, now() FROM generate_series(1, :n / 4) i;
CREATE INDEX ON post (creator_id);
CREATE INDEX ON post (community_id);
CREATE INDEX ON comment (post_id);

-- What is filtered and sorted by; the columns that a page shows beside them come from its few posts.
SELECT bingo_tune.create_ordering('hot', $$
	SELECT p.id, p.title, p.url, p.creator_id, p.community_id, p.deleted, p.removed, p.nsfw,
		k.post_id, k.hot_rank, k.published, k.score, k.comments
	FROM post_counts k JOIN post p ON p.id = k.post_id
	ORDER BY k.hot_rank DESC, k.post_id DESC$$, window_rows => :window);
SELECT bingo_tune.create_ordering('featured', $$
	SELECT p.id, p.title, p.url, p.creator_id, p.community_id, p.deleted, p.removed, p.nsfw,
		k.post_id, k.featured, k.hot_rank, k.published, k.score
	FROM post_counts k JOIN post p ON p.id = k.post_id
	ORDER BY k.featured DESC, k.hot_rank DESC, k.published DESC, k.post_id DESC$$, window_rows => :window);

-- shape: feed by rank, four inner joins, three NOT flags
-- listed
-- keys: hot_rank
SELECT p.id, p.title, c.name AS community, u.name AS creator, k.score, k.hot_rank
FROM post p JOIN person u ON u.id = p.creator_id JOIN community c ON c.id = p.community_id JOIN post_counts k ON k.post_id = p.id
WHERE NOT p.deleted AND NOT p.removed AND NOT p.nsfw
ORDER BY k.hot_rank DESC LIMIT 20;

-- shape: feed of who one follows, LEFT JOIN of what one read
-- listed
-- keys: hot_rank
SELECT p.id, p.title, c.name AS community, u.name AS creator, k.score, k.hot_rank, r.read_at IS NOT NULL AS read
FROM post p JOIN person u ON u.id = p.creator_id JOIN community c ON c.id = p.community_id JOIN post_counts k ON k.post_id = p.id
	LEFT JOIN post_read r ON r.post_id = p.id AND r.person_id = 7
WHERE NOT p.deleted AND NOT p.removed AND NOT p.nsfw
	AND EXISTS (SELECT FROM follower f WHERE f.community_id = p.community_id AND f.person_id = 7)
ORDER BY k.hot_rank DESC LIMIT 20;

-- shape: feed, keyset over (bool, float, time, id)
-- listed
SELECT p.id, p.title, c.name AS community, u.name AS creator, k.featured, k.hot_rank, k.published
FROM post p JOIN person u ON u.id = p.creator_id JOIN community c ON c.id = p.community_id JOIN post_counts k ON k.post_id = p.id
WHERE NOT p.deleted AND NOT p.removed
	AND (k.featured, k.hot_rank, k.published, k.post_id) < (false, 250.0::float8, timestamptz '2026-06-01', 70000)
ORDER BY k.featured DESC, k.hot_rank DESC, k.published DESC, k.post_id DESC LIMIT 20;

-- shape: feed, keyset on two keys
SELECT p.id, p.title, c.name AS community, k.hot_rank
FROM post p JOIN community c ON c.id = p.community_id JOIN post_counts k ON k.post_id = p.id
WHERE (k.hot_rank, k.post_id) < (300.0::float8, 1000) AND NOT p.deleted
ORDER BY k.hot_rank DESC, k.post_id DESC LIMIT 20;

-- shape: feed, keyset behind the window
-- vain
SELECT p.id, p.title, c.name AS community, k.hot_rank
FROM post p JOIN community c ON c.id = p.community_id JOIN post_counts k ON k.post_id = p.id
WHERE (k.hot_rank, k.post_id) < (0.005::float8, 1000) AND NOT p.deleted
ORDER BY k.hot_rank DESC, k.post_id DESC LIMIT 20;

-- shape: feed, keyset written as OR
SELECT p.id, p.title, c.name AS community, k.hot_rank
FROM post p JOIN community c ON c.id = p.community_id JOIN post_counts k ON k.post_id = p.id
WHERE (k.hot_rank < 300.0 OR k.hot_rank = 300.0 AND k.post_id < 1000) AND NOT p.deleted
ORDER BY k.hot_rank DESC, k.post_id DESC LIMIT 20;

-- shape: feed without whom one blocks (NOT EXISTS)
-- keys: hot_rank
SELECT p.id, p.title, c.name AS community, k.hot_rank
FROM post p JOIN community c ON c.id = p.community_id JOIN post_counts k ON k.post_id = p.id
WHERE NOT p.deleted AND NOT p.nsfw
	AND NOT EXISTS (SELECT FROM block b WHERE b.person_id = 7 AND b.blocked_id = p.creator_id)
ORDER BY k.hot_rank DESC LIMIT 20;

-- shape: feed without what one read (anti join)
-- keys: hot_rank
SELECT p.id, p.title, u.name AS creator, k.hot_rank
FROM post p JOIN person u ON u.id = p.creator_id JOIN post_counts k ON k.post_id = p.id
	LEFT JOIN post_read r ON r.post_id = p.id AND r.person_id = 7
WHERE NOT p.deleted AND r.post_id IS NULL
ORDER BY k.hot_rank DESC LIMIT 20;

-- shape: feed of some communities (IN with a subquery)
-- keys: hot_rank
SELECT p.id, p.title, k.hot_rank
FROM post p JOIN post_counts k ON k.post_id = p.id
WHERE p.community_id IN (SELECT f.community_id FROM follower f WHERE f.person_id = 7) AND NOT p.deleted
ORDER BY k.hot_rank DESC LIMIT 20;

-- shape: feed of one small community
-- keys: hot_rank
SELECT p.id, p.title, c.name AS community, k.hot_rank
FROM post p JOIN community c ON c.id = p.community_id JOIN post_counts k ON k.post_id = p.id
WHERE c.name = 'community40' AND NOT p.deleted
ORDER BY k.hot_rank DESC LIMIT 20;

-- shape: feed, count of comments by LATERAL
-- keys: hot_rank
SELECT p.id, p.title, k.hot_rank, x.comments
FROM post p JOIN post_counts k ON k.post_id = p.id
	CROSS JOIN LATERAL (SELECT count(*) AS comments FROM comment c WHERE c.post_id = p.id) x
WHERE NOT p.deleted AND NOT p.removed
ORDER BY k.hot_rank DESC LIMIT 50;

-- shape: feed, newest comment by LEFT JOIN LATERAL
SELECT p.id, p.title, k.hot_rank, x.content
FROM post p JOIN post_counts k ON k.post_id = p.id
	LEFT JOIN LATERAL (SELECT c.content FROM comment c WHERE c.post_id = p.id ORDER BY c.id DESC LIMIT 1) x ON true
WHERE NOT p.deleted AND NOT p.removed
ORDER BY k.hot_rank DESC, k.post_id DESC LIMIT 50;

-- shape: feed, LIMIT 500 OFFSET 1000
-- keys: hot_rank
SELECT p.id, p.title, c.name AS community, u.name AS creator, k.hot_rank
FROM post p JOIN person u ON u.id = p.creator_id JOIN community c ON c.id = p.community_id JOIN post_counts k ON k.post_id = p.id
WHERE NOT p.deleted AND NOT p.removed
ORDER BY k.hot_rank DESC LIMIT 500 OFFSET 1000;

-- shape: feed, beyond the window
-- keys: hot_rank
-- vain
SELECT p.id, p.title, c.name AS community, u.name AS creator, k.hot_rank
FROM post p JOIN person u ON u.id = p.creator_id JOIN community c ON c.id = p.community_id JOIN post_counts k ON k.post_id = p.id
WHERE NOT p.deleted AND NOT p.removed
ORDER BY k.hot_rank DESC LIMIT 20 OFFSET (SELECT :window + 1000);

-- shape: feed in a CTE
-- keys: hot_rank
WITH page AS (
	SELECT p.id, p.title, p.creator_id, k.hot_rank FROM post p JOIN post_counts k ON k.post_id = p.id
	WHERE NOT p.deleted AND NOT p.removed ORDER BY k.hot_rank DESC LIMIT 20)
SELECT page.id, page.title, u.name AS creator, page.hot_rank
FROM page JOIN person u ON u.id = page.creator_id ORDER BY page.hot_rank DESC;

-- shape: featured, then hot (UNION ALL of two pages)
-- keys: hot_rank
(SELECT p.id, p.title, k.hot_rank FROM post p JOIN post_counts k ON k.post_id = p.id
	WHERE k.featured AND NOT p.deleted ORDER BY k.featured DESC, k.hot_rank DESC, k.published DESC, k.post_id DESC LIMIT 5)
UNION ALL
(SELECT p.id, p.title, k.hot_rank FROM post p JOIN post_counts k ON k.post_id = p.id
	WHERE NOT p.deleted AND NOT p.nsfw ORDER BY k.hot_rank DESC LIMIT 20);
