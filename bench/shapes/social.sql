-- Microblogs and link aggregators: accounts by what a statistics table says of them, posts by votes and rank, of which the text, the
-- community and the author stand in tables of their own.  The orderings of this file, of erp.sql and of chat.sql are those that
-- explain_ordering() proposes, but for their names.
CREATE TABLE accounts (id bigint PRIMARY KEY, username text NOT NULL, domain text, suspended_at timestamp, silenced_at timestamp, discoverable boolean, moved_to bigint, created_at timestamp NOT NULL);
CREATE TABLE account_stats (id bigint PRIMARY KEY, account_id bigint NOT NULL UNIQUE REFERENCES accounts, statuses_count bigint NOT NULL, followers_count bigint NOT NULL, last_status_at timestamp);
CREATE TABLE statuses (id bigint PRIMARY KEY, account_id bigint NOT NULL REFERENCES accounts, text text NOT NULL, visibility int NOT NULL, reblog_of_id bigint, in_reply_to_id bigint, deleted_at timestamp, created_at timestamp NOT NULL, language text);
CREATE TABLE status_stats (id bigint PRIMARY KEY, status_id bigint NOT NULL UNIQUE, favourites_count bigint NOT NULL, reblogs_count bigint NOT NULL);
CREATE TABLE follows (id bigint PRIMARY KEY, account_id bigint NOT NULL, target_account_id bigint NOT NULL, created_at timestamp NOT NULL, UNIQUE (account_id, target_account_id));
CREATE TABLE blocks (account_id bigint, target_account_id bigint, PRIMARY KEY (account_id, target_account_id));
CREATE TABLE person (id int PRIMARY KEY, name text NOT NULL, deleted boolean NOT NULL, banned boolean NOT NULL);
CREATE TABLE community (id int PRIMARY KEY, name text NOT NULL, title text NOT NULL, removed boolean NOT NULL, deleted boolean NOT NULL, nsfw boolean NOT NULL, hidden boolean NOT NULL);
CREATE TABLE post (id int PRIMARY KEY, name text NOT NULL, url text, creator_id int NOT NULL REFERENCES person, community_id int NOT NULL REFERENCES community, removed boolean NOT NULL, deleted boolean NOT NULL, nsfw boolean NOT NULL, published timestamptz NOT NULL);
CREATE TABLE post_aggregates (id int UNIQUE, post_id int PRIMARY KEY REFERENCES post, comments bigint NOT NULL, score bigint NOT NULL, published timestamptz NOT NULL, newest_comment_time timestamptz NOT NULL, featured_community boolean NOT NULL, featured_local boolean NOT NULL,
	hot_rank float8 NOT NULL, community_id int NOT NULL REFERENCES community, creator_id int NOT NULL REFERENCES person);
CREATE TABLE community_follower (community_id int, person_id int, pending boolean NOT NULL, PRIMARY KEY (person_id, community_id));
CREATE TABLE community_block (person_id int, community_id int, PRIMARY KEY (person_id, community_id));
CREATE TABLE comment (id int PRIMARY KEY, post_id int NOT NULL REFERENCES post, creator_id int NOT NULL REFERENCES person, content text NOT NULL, removed boolean NOT NULL, published timestamptz NOT NULL);
CREATE TABLE comment_aggregates (comment_id int PRIMARY KEY REFERENCES comment, score bigint NOT NULL, hot_rank float8 NOT NULL, published timestamptz NOT NULL);
INSERT INTO accounts SELECT i, 'a' || md5(i::text), CASE WHEN random() < 0.9 THEN 'd' || floor(200 * random() ^ 3) END, CASE WHEN random() < 0.02 THEN now() END, CASE WHEN random() < 0.02 THEN now() END, (ARRAY[true, false, NULL])[1 + floor(3 * random())], CASE WHEN random() < 0.01 THEN 1 END, timestamp '2020-01-01' + i * interval '10 min' FROM generate_series(1, :n / 4) i;
INSERT INTO account_stats SELECT i, i, floor(1000 * random() ^ 4), floor(10000 * random() ^ 8), CASE WHEN random() < 0.7 THEN timestamp '2026-11-30' - random() ^ 3 * interval '900 days' END FROM generate_series(1, :n / 4) i WHERE random() < 0.98;
INSERT INTO statuses SELECT i, 1 + floor(:n / 4 * random() ^ 4), repeat(md5(i::text), 4), (ARRAY[0,0,0,1,2,3])[1 + floor(6 * random())], CASE WHEN random() < 0.25 THEN floor(i * random()) END, CASE WHEN random() < 0.3 THEN floor(i * random()) END, CASE WHEN random() < 0.02 THEN now() END, timestamp '2026-01-01' + i * interval '20 s', (ARRAY['en','en','de','ja',NULL])[1 + floor(5 * random())] FROM generate_series(1, :n) i;
INSERT INTO status_stats SELECT i, i, floor(500 * random() ^ 10), floor(200 * random() ^ 10) FROM generate_series(1, :n) i WHERE random() < 0.7;
INSERT INTO follows SELECT row_number() OVER (), a, t, timestamp '2026-01-01' + random() * interval '300 days' FROM (SELECT DISTINCT 1 + i % 200 AS a, 1 + floor(:n / 4 * random() ^ 2)::bigint AS t FROM generate_series(1, :n / 2) i) x;
INSERT INTO blocks SELECT DISTINCT 1 + i % 200, 1 + floor(:n / 4 * random())::bigint FROM generate_series(1, 2000) i;
INSERT INTO person SELECT i, 'p' || i, random() < 0.02, random() < 0.02 FROM generate_series(1, :n / 10) i;
INSERT INTO community SELECT i, 'c' || md5(i::text), 'C ' || i, random() < 0.05, random() < 0.03, random() < 0.1, random() < 0.02 FROM generate_series(1, :n / 200) i;
INSERT INTO post SELECT i, 'Post ' || md5(i::text), CASE WHEN random() < 0.6 THEN 'https://' || i END, 1 + floor(:n / 10 * random() ^ 3), 1 + floor(:n / 200 * random() ^ 2), random() < 0.02, random() < 0.03, random() < 0.05, timestamptz '2026-01-01' + i * interval '4 min' FROM generate_series(1, :n) i;
INSERT INTO post_aggregates SELECT id, id, floor(300 * random() ^ 5), floor(1000 * random() ^ 6), published, published + random() ^ 5 * interval '30 days', random() < 0.002, random() < 0.00005, round((random() ^ 6 * 1000)::numeric, 4), community_id, creator_id FROM post;
INSERT INTO community_follower SELECT DISTINCT 1 + floor(:n / 200 * random() ^ 2)::int, 1 + i % 100, random() < 0.05 FROM generate_series(1, 5000) i ON CONFLICT DO NOTHING;
INSERT INTO community_block SELECT DISTINCT 1 + i % 100, 1 + floor(:n / 200 * random())::int FROM generate_series(1, 1000) i;
INSERT INTO comment SELECT i, 1 + floor(:n * random() ^ 3), 1 + floor(:n / 10 * random() ^ 2), md5(i::text), random() < 0.03, timestamptz '2026-01-01' + i * interval '4 min' FROM generate_series(1, :n) i;
INSERT INTO comment_aggregates SELECT id, floor(100 * random() ^ 4), random() ^ 5 * 100, published FROM comment;
CREATE INDEX ON statuses (account_id, id DESC);
CREATE INDEX ON follows (target_account_id);
CREATE INDEX ON post (creator_id);
CREATE INDEX ON post (community_id);
CREATE INDEX ON post_aggregates (community_id);
CREATE INDEX ON post_aggregates (creator_id);
CREATE INDEX ON comment (post_id);
CREATE INDEX ON comment (creator_id);

SELECT bingo_tune.create_ordering('account_stats_by_last_status_at', $$
	SELECT account_stats.last_status_at, accounts.id, accounts.username, accounts.suspended_at, accounts.silenced_at, accounts.discoverable, accounts.moved_to
	FROM accounts LEFT JOIN account_stats ON account_stats.account_id = accounts.id ORDER BY account_stats.last_status_at DESC NULLS LAST$$, window_rows => :window);
SELECT bingo_tune.create_ordering('account_stats_by_last_status_at_2', $$
	SELECT account_stats.last_status_at, accounts.id
	FROM accounts JOIN follows ON follows.account_id = accounts.id LEFT JOIN account_stats ON account_stats.account_id = accounts.id WHERE follows.target_account_id = $1 ORDER BY CASE WHEN (account_stats.last_status_at IS NULL) THEN 1 ELSE 0 END, account_stats.last_status_at DESC, accounts.id DESC$$, window_rows => NULL);
SELECT bingo_tune.create_ordering('account_stats_by_followers_count', $$
	SELECT account_stats.followers_count, accounts.id, accounts.domain, accounts.suspended_at
	FROM accounts JOIN account_stats ON account_stats.account_id = accounts.id ORDER BY account_stats.followers_count DESC, accounts.id DESC$$, window_rows => :window);
SELECT bingo_tune.create_ordering('status_stats_by_favourites_count', $$
	SELECT status_stats.favourites_count, statuses.id, statuses.visibility, statuses.deleted_at, accounts.domain
	FROM statuses JOIN accounts ON accounts.id = statuses.account_id JOIN status_stats ON status_stats.status_id = statuses.id ORDER BY status_stats.favourites_count DESC, statuses.id DESC$$, window_rows => :window);
SELECT bingo_tune.create_ordering('post_aggregates_by_featured_local', $$
	SELECT post_aggregates.featured_local, post_aggregates.hot_rank, post_aggregates.published, post_aggregates.post_id, post_aggregates.score, post_aggregates.community_id, person.name, community.name, community.removed, community.deleted, community.nsfw, community.hidden, post.id, post.name, post.removed, post.deleted, post.nsfw
	FROM post_aggregates JOIN person ON post_aggregates.creator_id = person.id JOIN community ON post_aggregates.community_id = community.id JOIN post ON post_aggregates.post_id = post.id ORDER BY post_aggregates.featured_local DESC, post_aggregates.hot_rank DESC, post_aggregates.published DESC, post_aggregates.post_id DESC$$, window_rows => :window);
SELECT bingo_tune.create_ordering('post_aggregates_by_featured_local_2', $$
	SELECT post_aggregates.featured_local, post_aggregates.newest_comment_time, post_aggregates.post_id, post_aggregates.community_id, community.removed, post.id, post.name, post.removed, post.deleted
	FROM post_aggregates JOIN community ON post_aggregates.community_id = community.id JOIN post ON post_aggregates.post_id = post.id ORDER BY post_aggregates.featured_local DESC, post_aggregates.newest_comment_time DESC, post_aggregates.post_id DESC$$, window_rows => :window);
SELECT bingo_tune.create_ordering('post_aggregates_by_score', $$
	SELECT post_aggregates.score, post_aggregates.published, post.id, post.name, post.deleted, community.nsfw
	FROM post_aggregates JOIN post ON post.id = post_aggregates.post_id JOIN community ON community.id = post.community_id ORDER BY post_aggregates.score DESC, post_aggregates.published DESC, post.id DESC$$, window_rows => :window);
SELECT bingo_tune.create_ordering('post_aggregates_by_featured_community', $$
	SELECT post_aggregates.featured_community, post_aggregates.published, post_aggregates.post_id, person.name, person.deleted, post.id, post.name, post.removed, post.deleted
	FROM post_aggregates JOIN person ON person.id = post_aggregates.creator_id JOIN post ON post.id = post_aggregates.post_id WHERE post_aggregates.community_id = $1 ORDER BY post_aggregates.featured_community DESC, post_aggregates.published DESC, post_aggregates.post_id$$, window_rows => NULL);
SELECT bingo_tune.create_ordering('comment_by_published', $$
	SELECT comment.published, comment.id, comment.content, comment.removed, person.name, person.banned, post.name, post.removed, community.removed
	FROM comment JOIN person ON person.id = comment.creator_id JOIN post ON post.id = comment.post_id JOIN community ON community.id = post.community_id ORDER BY comment.published DESC, comment.id DESC$$, window_rows => :window);
SELECT bingo_tune.create_ordering('comment_aggregates_by_hot_rank', $$
	SELECT comment_aggregates.hot_rank, comment_aggregates.score, comment.id, comment.removed
	FROM comment JOIN comment_aggregates ON comment_aggregates.comment_id = comment.id WHERE comment.post_id = $1 ORDER BY comment_aggregates.hot_rank DESC, comment_aggregates.score DESC, comment.id$$, window_rows => NULL);

-- shape: mastodon directory by recent status
-- keys: last_status_at
SELECT accounts.id, accounts.username, account_stats.last_status_at FROM "accounts" LEFT OUTER JOIN "account_stats" ON "account_stats"."account_id" = "accounts"."id"
WHERE "accounts"."suspended_at" IS NULL AND "accounts"."silenced_at" IS NULL AND "accounts"."discoverable" = TRUE AND accounts.moved_to IS NULL ORDER BY "account_stats"."last_status_at" DESC NULLS LAST LIMIT 40;

-- shape: mastodon followers by activity, CASE
SELECT accounts.id FROM accounts INNER JOIN follows ON follows.account_id = accounts.id LEFT OUTER JOIN account_stats ON account_stats.account_id = accounts.id
WHERE follows.target_account_id = 5 ORDER BY (case when account_stats.last_status_at is null then 1 else 0 end) asc, account_stats.last_status_at desc, accounts.id desc LIMIT 40;

-- shape: mastodon popular accounts
SELECT accounts.id, account_stats.followers_count FROM accounts INNER JOIN account_stats ON account_stats.account_id = accounts.id WHERE accounts.domain IS NULL AND accounts.suspended_at IS NULL
AND NOT EXISTS (SELECT 1 FROM blocks WHERE blocks.account_id = 7 AND blocks.target_account_id = accounts.id) ORDER BY account_stats.followers_count DESC, accounts.id DESC LIMIT 40;

-- shape: mastodon most favourited statuses of local accounts
SELECT statuses.id, status_stats.favourites_count FROM statuses INNER JOIN accounts ON accounts.id = statuses.account_id INNER JOIN status_stats ON status_stats.status_id = statuses.id
WHERE accounts.domain IS NULL AND statuses.visibility = 0 AND statuses.deleted_at IS NULL ORDER BY status_stats.favourites_count DESC, statuses.id DESC LIMIT 20;

-- shape: lemmy hot, local and all
SELECT post.id, post.name, person.name AS creator, community.name AS community, post_aggregates.score FROM post_aggregates INNER JOIN person ON post_aggregates.creator_id = person.id INNER JOIN community ON post_aggregates.community_id = community.id INNER JOIN post ON post_aggregates.post_id = post.id
LEFT OUTER JOIN community_follower ON post_aggregates.community_id = community_follower.community_id AND community_follower.person_id = 7
WHERE NOT community.removed AND NOT post.removed AND NOT community.deleted AND NOT post.deleted AND (NOT community.hidden OR community_follower.person_id = 7) AND NOT post.nsfw AND NOT community.nsfw
ORDER BY post_aggregates.featured_local DESC, post_aggregates.hot_rank DESC, post_aggregates.published DESC, post_aggregates.post_id DESC LIMIT 20;

-- shape: lemmy subscribed, active, keyset
SELECT post.id, post.name, post_aggregates.newest_comment_time FROM post_aggregates INNER JOIN community ON post_aggregates.community_id = community.id INNER JOIN post ON post_aggregates.post_id = post.id
WHERE NOT post.removed AND NOT post.deleted AND NOT community.removed AND EXISTS (SELECT 1 FROM community_follower f WHERE f.community_id = post_aggregates.community_id AND f.person_id = 7)
AND NOT EXISTS (SELECT 1 FROM community_block b WHERE b.community_id = post_aggregates.community_id AND b.person_id = 7)
ORDER BY post_aggregates.featured_local DESC, post_aggregates.newest_comment_time DESC, post_aggregates.post_id DESC LIMIT 20 OFFSET 20;

-- shape: lemmy top of a week
SELECT post.id, post.name, post_aggregates.score FROM post_aggregates INNER JOIN post ON post.id = post_aggregates.post_id INNER JOIN community ON community.id = post.community_id
WHERE post_aggregates.published > (SELECT max(published) - interval '7 days' FROM post WHERE id > :n - 1000) AND NOT community.nsfw AND NOT post.deleted ORDER BY post_aggregates.score DESC, post_aggregates.published DESC, post.id DESC LIMIT 20;

-- shape: lemmy community by new with featured first, prepared
-- set: plan_cache_mode = force_generic_plan
-- prepare: (int, int, int) AS (3, 20, 0)
SELECT post.id, post.name, person.name AS creator FROM post_aggregates INNER JOIN person ON person.id = post_aggregates.creator_id INNER JOIN post ON post.id = post_aggregates.post_id
WHERE post_aggregates.community_id = $1 AND NOT post.deleted AND NOT post.removed AND NOT person.deleted ORDER BY post_aggregates.featured_community DESC, post_aggregates.published DESC, post_aggregates.post_id LIMIT $2 OFFSET $3;

-- shape: lemmy newest comments of all communities
SELECT comment.id, comment.content, person.name, post.name AS post FROM comment INNER JOIN person ON person.id = comment.creator_id INNER JOIN post ON post.id = comment.post_id INNER JOIN community ON community.id = post.community_id
WHERE NOT comment.removed AND NOT post.removed AND NOT community.removed AND NOT person.banned ORDER BY comment.published DESC, comment.id DESC LIMIT 20;

-- shape: lemmy comments of a post by hot
SELECT comment.id, comment_aggregates.hot_rank FROM comment INNER JOIN comment_aggregates ON comment_aggregates.comment_id = comment.id WHERE comment.post_id = 1 AND NOT comment.removed ORDER BY comment_aggregates.hot_rank DESC, comment_aggregates.score DESC, comment.id LIMIT 50;
