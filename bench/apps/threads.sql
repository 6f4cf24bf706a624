-- The statements of a team chat: messages of recipients by topic, flags of each reader.  Keys are there, indexes are not.
CREATE TABLE recipient (id int PRIMARY KEY, type_id int NOT NULL, type smallint NOT NULL);
INSERT INTO recipient SELECT i, i, 1 + i % 3 FROM generate_series(1, (:n / 20)) i;
CREATE TABLE person (id int PRIMARY KEY, team_id int NOT NULL, full_name text NOT NULL, is_active boolean NOT NULL, email text NOT NULL, last_login timestamptz);
INSERT INTO person SELECT i, 1 + i % 20, md5(i::text), i % 12 > 0, 'U' || i || '@z.org', now() FROM generate_series(1, (:n / 20)) i;
CREATE TABLE message (id int PRIMARY KEY, team_id int NOT NULL, sender_id int NOT NULL, recipient_id int NOT NULL, subject text NOT NULL, content text NOT
	NULL, date_sent timestamptz NOT NULL, has_link boolean NOT NULL, has_attachment boolean NOT NULL);
INSERT INTO message SELECT i, 1 + i % 20, 1 + ((:n / 20) * random() ^ 3)::int % (:n / 20), 1 + ((:n / 20) * random() ^ 3)::int % (:n / 20), 'topic ' ||
	(random() * (3 * :n / 100))::int, repeat(md5(i::text), 4), now() - ((3 * :n) - i) * interval '2 min', i % 9 = 0, i % 60 = 0 FROM generate_series(1, (3
	* :n)) i;
CREATE TABLE reading (id bigint PRIMARY KEY, person_id int NOT NULL, message_id int NOT NULL, flags bigint NOT NULL);
INSERT INTO reading SELECT i, 1 + ((:n / 20) * random() ^ 2)::int % (:n / 20), 1 + i / 3, CASE WHEN random() < 0.03 THEN 0 ELSE 1 END + CASE WHEN random()
	< 0.01 THEN 2 ELSE 0 END FROM generate_series(1, (9 * :n)) i;
CREATE TABLE subscription (id int PRIMARY KEY, person_id int NOT NULL, recipient_id int NOT NULL, active boolean NOT NULL, is_muted boolean NOT NULL);
INSERT INTO subscription SELECT i, 1 + i % (:n / 20), 1 + (i::bigint * 7) % (:n / 20), i % 15 > 0, i % 30 = 0 FROM generate_series(1, (3 * :n / 2)) i;

-- query
SELECT m.id AS message_id, um.flags FROM reading um JOIN message m ON um.message_id = m.id WHERE um.person_id = {1..0.04n} ORDER BY message_id DESC LIMIT
	100;
-- query
SELECT id FROM message WHERE team_id = {1..20} AND recipient_id = {1..0.03n} ORDER BY id DESC LIMIT 50;
-- query
SELECT id FROM message WHERE recipient_id = {1..2000} AND upper(subject) = upper('Topic {1..0.02999n}') ORDER BY id DESC LIMIT 50;
-- query
SELECT um.message_id, m.recipient_id, m.subject FROM reading um JOIN message m ON m.id = um.message_id WHERE um.person_id = {1..0.04n} AND (um.flags & 1)
	= 0 ORDER BY um.message_id DESC LIMIT 5000;
-- query
SELECT um.message_id FROM reading um WHERE um.person_id = {1..0.04n} AND (um.flags & 2) <> 0 ORDER BY um.message_id DESC LIMIT 100;
-- query
SELECT subject, max(id) FROM message WHERE recipient_id = {1..2000} GROUP BY subject ORDER BY 2 DESC LIMIT 30;
-- query
SELECT * FROM person WHERE team_id = {1..20} AND upper(email) = upper('u{1..0.04999n}@Z.org');
-- query
SELECT s.*, r.type FROM subscription s JOIN recipient r ON r.id = s.recipient_id WHERE s.person_id = {1..0.04999n} AND s.active AND r.type = 2;
-- query
SELECT person_id FROM subscription WHERE recipient_id = {1..0.04999n} AND active;
-- query
SELECT count(*) FROM message WHERE team_id = {1..20} AND date_sent > now() - interval '7 days';
-- query
SELECT id FROM message WHERE sender_id = {1..0.03n} AND has_attachment ORDER BY id DESC LIMIT 20;
