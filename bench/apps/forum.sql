-- The statements of a forum: topics by category, posts, what each user has read.  Keys are there, indexes are not.
CREATE TABLE topics (id int PRIMARY KEY, title text NOT NULL, last_posted_at timestamp, created_at timestamp NOT NULL, bumped_at timestamp NOT NULL, user_id
	int, category_id int, posts_count int NOT NULL, archetype text NOT NULL, visible boolean NOT NULL, deleted_at timestamp, pinned_at timestamp, pinned_globally
	boolean NOT NULL);
INSERT INTO topics SELECT i, 'T ' || md5(i::text), now(), now() - ((3 * :n / 2) - i) * interval '10 min', now() - random() * interval '900 d', 1 + i % (:n
	/ 5), 1 + (40 * random() ^ 2)::int, (random() * 50)::int, CASE WHEN i % 7 = 0 THEN 'private_message' ELSE 'regular' END, i % 60 > 0, CASE WHEN i % 25 =
	0 THEN now() END, CASE WHEN i % (3 * :n / 100) = 0 THEN now() END, i % (9 * :n / 100) = 0 FROM generate_series(1, (3 * :n / 2)) i;
CREATE TABLE categories (id int PRIMARY KEY, name text NOT NULL, read_restricted boolean NOT NULL, position int);
INSERT INTO categories SELECT i, 'cat' || md5(i::text), i % 8 = 0, i FROM generate_series(1, 41) i;
CREATE TABLE posts (id int PRIMARY KEY, user_id int, topic_id int NOT NULL, post_number int NOT NULL, raw text NOT NULL, created_at timestamp NOT NULL,
	deleted_at timestamp, like_count int NOT NULL, post_type int NOT NULL, hidden boolean NOT NULL);
INSERT INTO posts SELECT i, 1 + ((:n / 5) * random() ^ 2)::int % (:n / 5), 1 + ((3 * :n / 2) * random() ^ 1.5)::int % (3 * :n / 2), 1 + i % 40, repeat(md5(i::text),
	6), now() - ((5 * :n) - i) * interval '3 min', CASE WHEN i % 30 = 0 THEN now() END, (30 * random() ^ 4)::int, 1 + i % 4, i % 500 = 0 FROM generate_series(1,
	(5 * :n)) i;
CREATE TABLE topic_users (user_id int NOT NULL, topic_id int NOT NULL, last_read_post_number int, notification_level int NOT NULL, PRIMARY KEY(user_id,
	topic_id));
INSERT INTO topic_users SELECT DISTINCT 1 + i % (:n / 5), 1 + (i::bigint * 7919 % (3 * :n / 2))::int, i % 40, i % 4 FROM generate_series(1, (3 * :n)) i;
CREATE TABLE user_actions (id int PRIMARY KEY, action_type int NOT NULL, user_id int NOT NULL, target_topic_id int, target_post_id int, acting_user_id int,
	created_at timestamp NOT NULL);
INSERT INTO user_actions SELECT i, 1 + i % 15, 1 + ((:n / 5) * random() ^ 2)::int, 1 + i % (3 * :n / 2), 1 + i % (5 * :n), i % (:n / 5), now() - ((4 * :n)
	- i) * interval '2 min' FROM generate_series(1, (4 * :n)) i;

-- query
SELECT t.id, t.title FROM topics t LEFT JOIN categories c ON c.id = t.category_id WHERE t.deleted_at IS NULL AND t.archetype <> 'private_message' AND t.visible
	AND (c.read_restricted IS NULL OR NOT c.read_restricted) ORDER BY t.bumped_at DESC LIMIT 30;
-- query
SELECT t.id, t.title FROM topics t WHERE t.deleted_at IS NULL AND t.category_id = {1..40} AND t.archetype = 'regular' ORDER BY CASE WHEN t.pinned_at IS
	NULL THEN 1 ELSE 0 END, t.bumped_at DESC LIMIT 30;
-- query
SELECT p.* FROM posts p WHERE p.topic_id = {1..1.4n} AND p.deleted_at IS NULL ORDER BY p.post_number LIMIT 20;
-- query
SELECT p.id FROM posts p JOIN topics t ON t.id = p.topic_id WHERE p.user_id = {1..0.18n} AND p.deleted_at IS NULL AND t.deleted_at IS NULL AND t.archetype
	= 'regular' ORDER BY p.created_at DESC LIMIT 30;
-- query
SELECT t.id, t.title, tu.last_read_post_number FROM topics t JOIN topic_users tu ON tu.topic_id = t.id AND tu.user_id = {1..0.19999n} WHERE t.deleted_at
	IS NULL AND tu.notification_level >= 2 ORDER BY t.bumped_at DESC LIMIT 30;
-- query
SELECT a.* FROM user_actions a WHERE a.user_id = {1..0.18n} AND a.action_type IN (4, 5) ORDER BY a.created_at DESC LIMIT 30;
-- query
SELECT count(*) FROM topics WHERE category_id = {1..40} AND deleted_at IS NULL AND visible;
-- query
SELECT t.id, t.title, c.name FROM topics t JOIN categories c ON c.id = t.category_id WHERE t.deleted_at IS NULL ORDER BY c.position, t.created_at DESC LIMIT
	30;
-- query
SELECT p.id, p.like_count FROM posts p WHERE p.created_at > now() - interval '30 days' AND p.deleted_at IS NULL ORDER BY p.like_count DESC LIMIT 10;
-- query
SELECT id FROM posts WHERE hidden ORDER BY created_at DESC LIMIT 50;
-- query
SELECT t.* FROM topics t WHERE t.pinned_globally AND t.deleted_at IS NULL;
-- query
SELECT p.topic_id, max(p.post_number) FROM posts p WHERE p.topic_id IN ({1..1.4n}, {1..1.4n}) AND p.post_type = 1 GROUP BY p.topic_id;
-- query
SELECT u.target_post_id FROM user_actions u WHERE u.target_post_id = {1..4.99999n} AND u.action_type = 1;
