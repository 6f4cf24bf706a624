-- The statements of an error tracker: groups of events, with tags and assignees.  Keys are there, indexes are not.
CREATE TABLE problem (id bigint PRIMARY KEY, project_id bigint NOT NULL, status int NOT NULL, level int NOT NULL, message text NOT NULL, times_seen int
	NOT NULL, last_seen timestamptz NOT NULL, first_seen timestamptz NOT NULL, type int NOT NULL, short_id bigint);
INSERT INTO problem SELECT i, 1 + (400 * random() ^ 2)::int, CASE WHEN random() < 0.2 THEN 0 ELSE 1 + i % 3 END, (i % 5 + 1) * 10, 'Error ' || md5(i::text),
	((:n / 10) * random() ^ 5)::int, now() - random() * interval '90 d', now() - random() * interval '300 d', i % 3, i FROM generate_series(1, (2 * :n)) i;
CREATE TABLE event (id bigint PRIMARY KEY, group_id bigint NOT NULL, project_id bigint NOT NULL, event_id varchar(32) NOT NULL, datetime timestamptz NOT
	NULL, data jsonb);
INSERT INTO event SELECT i, 1 + ((2 * :n) * random() ^ 3)::int % (2 * :n), 1 + i % 400, md5(i::text), now() - ((5 * :n) - i) * interval '10 s', '{"a":1}'
	FROM generate_series(1, (5 * :n)) i;
CREATE TABLE problem_tag (id bigint PRIMARY KEY, project_id bigint, group_id bigint, key varchar(32) NOT NULL, value varchar(200) NOT NULL, times_seen int
	NOT NULL, last_seen timestamptz);
INSERT INTO problem_tag SELECT i, 1 + i % 400, 1 + i::bigint * 7 % (2 * :n), (ARRAY['browser', 'os', 'release', 'user', 'url'])[1 + i % 5], 'v' || (random()
	* 500)::int, (random() * 100)::int, now() - random() * interval '90 d' FROM generate_series(1, (4 * :n)) i;
CREATE TABLE assignee (id bigint PRIMARY KEY, group_id bigint NOT NULL, user_id bigint, date_added timestamptz NOT NULL);
INSERT INTO assignee SELECT i, i::bigint * 5, 1 + i % 300, now() FROM generate_series(1, (2 * :n / 5)) i;

-- query
SELECT * FROM problem WHERE project_id IN ({1..300}) AND status = 0 ORDER BY last_seen DESC LIMIT 25;
-- query
SELECT * FROM problem WHERE project_id IN ({1..300}, {1..300}, {1..300}) AND status = 0 ORDER BY last_seen DESC LIMIT 25;
-- query
SELECT * FROM problem WHERE project_id = {1..300} AND status IN (0, 1) ORDER BY times_seen DESC LIMIT 25;
-- query
SELECT * FROM event WHERE project_id = {1..300} AND event_id = md5('{1..4.99999n}');
-- query
SELECT * FROM event WHERE group_id = {1..1.5n} ORDER BY datetime DESC LIMIT 1;
-- query
SELECT count(*) FROM event WHERE group_id = {1..1.5n} AND datetime > now() - interval '30 d';
-- query
SELECT value, times_seen FROM problem_tag WHERE group_id = {1..1.99999n} AND key = 'browser' ORDER BY times_seen DESC LIMIT 9;
-- query
SELECT g.* FROM problem g JOIN problem_tag t ON t.group_id = g.id WHERE t.project_id = {1..399} AND t.key = 'release' AND t.value = 'v{1..500}' AND g.status
	= 0 ORDER BY g.last_seen DESC LIMIT 25;
-- query
SELECT g.id, g.message FROM problem g JOIN assignee a ON a.group_id = g.id WHERE a.user_id = {1..300} AND g.status = 0 ORDER BY g.last_seen DESC LIMIT 25;
-- query
SELECT project_id, count(*) FROM event WHERE datetime > now() - interval '1 hour' GROUP BY project_id;
-- query
SELECT * FROM problem WHERE status = 0 AND last_seen < now() - interval '89 days' ORDER BY last_seen LIMIT 100;
