-- The statements of a microblog: statuses of accounts that follow each other, favourites, notifications.  Keys are there, indexes are not.
CREATE TABLE accounts (id bigint PRIMARY KEY, username text NOT NULL, domain text, display_name text NOT NULL, suspended_at timestamptz, silenced_at timestamptz);
INSERT INTO accounts SELECT i, 'u' || i, CASE WHEN i % 3 > 0 THEN 'host' || i % 500 END, md5(i::text), CASE WHEN i % 200 = 0 THEN now() END, CASE WHEN i
	% 100 = 0 THEN now() END FROM generate_series(1, (3 * :n / 10)) i;
CREATE TABLE notices (id bigint PRIMARY KEY, uri text, text text NOT NULL, created_at timestamptz NOT NULL, reply_to bigint, repeat_of bigint, visibility
	int NOT NULL, account_id bigint NOT NULL, local boolean, deleted_at timestamptz, conversation_id bigint);
INSERT INTO notices SELECT i::bigint * 1000 + i % 7, 'https://h/' || i, repeat(md5(i::text), 3), now() - ((4 * :n) - i) * interval '1 min', CASE WHEN i
	% 3 = 0 THEN (i / 2) * 1000 + (i / 2) % 7 END, CASE WHEN i % 5 = 0 THEN (i / 3) * 1000 + (i / 3) % 7 END, (ARRAY[0, 0, 0, 0, 1, 1, 2, 3])[1 + (random()
	* 7)::int], 1 + ((3 * :n / 10) * random() ^ 3)::int % (3 * :n / 10), i % 10 = 0, CASE WHEN i % 100 = 0 THEN now() END, i / 4 FROM generate_series(1, (4
	* :n)) i;
CREATE TABLE follows (id bigint PRIMARY KEY, account_id bigint NOT NULL, target_account_id bigint NOT NULL, created_at timestamptz NOT NULL);
INSERT INTO follows SELECT i, 1 + i % (3 * :n / 10), 1 + (i::bigint * 37) % (3 * :n / 10), now() - random() * interval '900 days' FROM generate_series(1,
	(2 * :n)) i;
CREATE TABLE likes (id bigint PRIMARY KEY, account_id bigint NOT NULL, status_id bigint NOT NULL, created_at timestamptz NOT NULL);
INSERT INTO likes SELECT i, 1 + i::bigint * 7 % (3 * :n / 10), (1 + i::bigint * 11 % (4 * :n)) * 1000 + (1 + i::bigint * 11 % (4 * :n)) % 7, now() - ((3
	* :n) - i) * interval '1 min' FROM generate_series(1, (3 * :n)) i;
CREATE TABLE notifications (id bigint PRIMARY KEY, activity_id bigint NOT NULL, activity_type text NOT NULL, account_id bigint NOT NULL, from_account_id
	bigint NOT NULL, type text, created_at timestamptz NOT NULL);
INSERT INTO notifications SELECT i, i, CASE i % 4 WHEN 0 THEN 'Favourite' WHEN 1 THEN 'Follow' ELSE 'Mention' END, 1 + ((3 * :n / 10) * random() ^ 2)::int
	% (3 * :n / 10), 1 + i::bigint * 3 % (3 * :n / 10), CASE i % 4 WHEN 0 THEN 'favourite' WHEN 1 THEN 'follow' ELSE 'mention' END, now() - ((3 * :n) - i)
	* interval '1 min' FROM generate_series(1, (3 * :n)) i;
CREATE TABLE notices_tags (status_id bigint NOT NULL, tag_id bigint NOT NULL, PRIMARY KEY(tag_id, status_id));
INSERT INTO notices_tags SELECT DISTINCT (1 + i::bigint * 3 % (4 * :n)) * 1000 + (1 + i::bigint * 3 % (4 * :n)) % 7, 1 + (2000 * random() ^ 3)::int FROM
	generate_series(1, (2 * :n)) i;

-- query
SELECT * FROM notices WHERE account_id = {1..0.2n} AND visibility IN (0, 1) AND deleted_at IS NULL ORDER BY id DESC LIMIT 20;
-- query
SELECT s.* FROM notices s JOIN accounts a ON a.id = s.account_id WHERE s.visibility = 0 AND s.repeat_of IS NULL AND s.local AND s.deleted_at IS NULL AND
	a.silenced_at IS NULL ORDER BY s.id DESC LIMIT 20;
-- query
SELECT s.id, s.text FROM notices s WHERE s.account_id IN (SELECT target_account_id FROM follows WHERE account_id = {1..0.3n}) AND s.visibility < 3 ORDER
	BY s.id DESC LIMIT 40;
-- query
SELECT n.*, a.username FROM notifications n JOIN accounts a ON a.id = n.from_account_id WHERE n.account_id = {1..0.2n} AND n.type = 'mention' ORDER BY n.id
	DESC LIMIT 20;
-- query
SELECT s.* FROM notices s JOIN notices_tags t ON t.status_id = s.id WHERE t.tag_id = {1..2000} AND s.visibility = 0 AND s.deleted_at IS NULL ORDER BY s.id
	DESC LIMIT 20;
-- query
SELECT count(*) FROM likes WHERE status_id = {1..3.99999n} * 1000;
-- query
SELECT f.id, s.* FROM likes f JOIN notices s ON s.id = f.status_id WHERE f.account_id = {1..0.29999n} ORDER BY f.id DESC LIMIT 20;
-- query
SELECT a.* FROM follows f JOIN accounts a ON a.id = f.account_id WHERE f.target_account_id = {1..0.29999n} AND a.suspended_at IS NULL ORDER BY f.id DESC
	LIMIT 40;
-- query
SELECT * FROM notices WHERE reply_to = {1..1.99999n} * 1000 ORDER BY id;
-- query
SELECT * FROM accounts WHERE lower(username) = lower('U{1..0.29999n}') AND domain IS NULL;
-- query
SELECT account_id, count(*) FROM notices WHERE created_at > now() - interval '10 days' GROUP BY account_id ORDER BY 2 DESC LIMIT 10;
