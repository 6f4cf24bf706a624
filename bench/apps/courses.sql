-- The statements of a learning platform: logs, enrolments, grades, forum posts.  Keys are there, indexes are not.
CREATE TABLE student (id bigint PRIMARY KEY, username varchar(100) NOT NULL, firstname varchar(100) NOT NULL, lastname varchar(100) NOT NULL, email varchar(100)
	NOT NULL, deleted smallint NOT NULL, lastaccess bigint NOT NULL);
INSERT INTO student SELECT i, 'u' || i, 'F' || i % 300, 'L' || md5((i % (7 * :n / 100))::text), 'u' || i || '@m.edu', CASE WHEN i % 60 = 0 THEN 1 ELSE 0
	END, 1700000000 + i FROM generate_series(1, (3 * :n / 10)) i;
CREATE TABLE log (id bigint PRIMARY KEY, eventname varchar(255) NOT NULL, component varchar(100) NOT NULL, action varchar(100) NOT NULL, userid bigint NOT
	NULL, courseid bigint, contextid bigint NOT NULL, timecreated bigint NOT NULL);
INSERT INTO log SELECT i, '\core\event\e' || i % 40, 'mod_' || i % 20, 'viewed', 1 + ((3 * :n / 10) * random() ^ 2)::int % (3 * :n / 10), 1 + (800 * random()
	^ 2)::int, i % (:n / 20), 1600000000 + i::bigint * 30 FROM generate_series(1, (6 * :n)) i;
CREATE TABLE enrol (id bigint PRIMARY KEY, courseid bigint NOT NULL, enrol varchar(20) NOT NULL, status bigint NOT NULL);
INSERT INTO enrol SELECT i, 1 + i % 800, 'manual', 0 FROM generate_series(1, 1600) i;
CREATE TABLE enrolments (id bigint PRIMARY KEY, status bigint NOT NULL, enrolid bigint NOT NULL, userid bigint NOT NULL, timestart bigint NOT NULL);
INSERT INTO enrolments SELECT i, CASE WHEN i % 30 = 0 THEN 1 ELSE 0 END, 1 + i::bigint * 7 % 1600, 1 + i % (3 * :n / 10), 0 FROM generate_series(1, (2 *
	:n)) i;
CREATE TABLE grade_items (id bigint PRIMARY KEY, courseid bigint, itemtype varchar(30) NOT NULL, itemmodule varchar(30), iteminstance bigint, sortorder
	bigint NOT NULL);
INSERT INTO grade_items SELECT i, 1 + i % 800, CASE WHEN i <= 800 THEN 'course' ELSE 'mod' END, CASE WHEN i % 2 = 0 THEN 'quiz' ELSE 'assign' END, i, i
	/ 800 FROM generate_series(1, (3 * :n / 25)) i;
CREATE TABLE grade_grades (id bigint PRIMARY KEY, itemid bigint NOT NULL, userid bigint NOT NULL, finalgrade numeric(10, 5), timemodified bigint);
INSERT INTO grade_grades SELECT i, 1 + i::bigint * 13 % (3 * :n / 25), 1 + i % (3 * :n / 10), (random() * 100)::numeric(10, 5), 1700000000 + i FROM generate_series(1,
	(4 * :n)) i;
CREATE TABLE forum_posts (id bigint PRIMARY KEY, discussion bigint NOT NULL, parent bigint NOT NULL, userid bigint NOT NULL, created bigint NOT NULL, modified
	bigint NOT NULL, subject varchar(255) NOT NULL, message text NOT NULL);
INSERT INTO forum_posts SELECT i, 1 + i::bigint * 7 % (:n / 5), CASE WHEN i <= (:n / 5) THEN 0 ELSE i % (:n / 5) END, 1 + i % (3 * :n / 10), 1600000000
	+ i::bigint * 60, 1600000000 + i::bigint * 60, 'S' || i, repeat(md5(i::text), 5) FROM generate_series(1, (2 * :n)) i;

-- query
SELECT u.id, u.firstname, u.lastname FROM student u JOIN enrolments ue ON ue.userid = u.id JOIN enrol e ON e.id = ue.enrolid WHERE e.courseid = {1..800}
	AND u.deleted = 0 AND ue.status = 0 ORDER BY u.lastname, u.firstname, u.id LIMIT 20;
-- query
SELECT * FROM log WHERE courseid = {1..700} AND timecreated > 1617000000 ORDER BY timecreated DESC LIMIT 100;
-- query
SELECT * FROM log WHERE userid = {1..0.29n} ORDER BY id DESC LIMIT 50;
-- query
SELECT count(*) FROM log WHERE courseid = {1..700} AND userid = {1..0.29n};
-- query
SELECT g.*, i.itemmodule FROM grade_grades g JOIN grade_items i ON i.id = g.itemid WHERE i.courseid = {1..800} AND g.userid = {1..0.29999n} ORDER BY i.sortorder;
-- query
SELECT u.lastname, g.finalgrade FROM grade_grades g JOIN student u ON u.id = g.userid WHERE g.itemid = {1..0.11999n} AND u.deleted = 0 ORDER BY u.lastname,
	u.firstname LIMIT 30;
-- query
SELECT * FROM forum_posts WHERE discussion = {1..0.2n} ORDER BY created;
-- query
SELECT discussion, max(id) FROM forum_posts WHERE userid = {1..0.29999n} GROUP BY discussion;
-- query
SELECT * FROM student WHERE deleted = 0 ORDER BY lastname, firstname LIMIT 30 OFFSET 30;
-- query
SELECT * FROM student WHERE lower(email) = lower('U{1..0.29999n}@m.edu') AND deleted = 0;
-- query
SELECT eventname, count(*) FROM log WHERE timecreated >= 1617900000 GROUP BY eventname;
