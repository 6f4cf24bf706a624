-- The statements of a file store: a cache of paths by storage, shares, activity, jobs.  Keys are there, indexes are not.
CREATE TABLE file (fileid bigint PRIMARY KEY, storage bigint NOT NULL, path varchar(4000), path_hash varchar(32) NOT NULL, parent bigint NOT NULL, name
	varchar(250), mimetype bigint NOT NULL, size bigint NOT NULL, mtime bigint NOT NULL, etag varchar(40));
INSERT INTO file SELECT i, 1 + (500 * random() ^ 2)::int, 'files/' || i % 1000 || '/' || md5(i::text), md5('x' || i), 1 + ((2 * :n / 5) * random() ^ 2)::int,
	'n' || md5(i::text), 1 + (40 * random() ^ 2)::int, (1e6 * random() ^ 3)::int, 1600000000 + (random() * 1e8)::int, md5(i::text) FROM generate_series(1,
	(4 * :n)) i;
CREATE TABLE share (id bigint PRIMARY KEY, share_type smallint NOT NULL, share_with varchar(255), uid_owner varchar(64) NOT NULL, parent bigint, item_type
	varchar(64) NOT NULL, file_source bigint, stime bigint NOT NULL, token varchar(32));
INSERT INTO share SELECT i, i % 4, 'user' || i::bigint * 7 % (3 * :n / 100), 'user' || i % (3 * :n / 100), null, CASE WHEN i % 5 = 0 THEN 'folder' ELSE
	'file' END, 1 + i::bigint * 3 % (4 * :n), 1600000000 + i::bigint * 60, CASE WHEN i % 4 = 3 THEN md5(i::text) END FROM generate_series(1, (2 * :n)) i;
CREATE TABLE activity (activity_id bigint PRIMARY KEY, timestamp int NOT NULL, priority int NOT NULL, type varchar(255), "user" varchar(64), affecteduser
	varchar(64) NOT NULL, app varchar(32) NOT NULL, object_type varchar(255), object_id bigint NOT NULL);
INSERT INTO activity SELECT i, 1600000000 + i::bigint * 20, 30, 'file_' || i % 6, 'user' || i % (3 * :n / 100), 'user' || ((3 * :n / 100) * random() ^ 2)::int,
	'files', 'files', 1 + i % (4 * :n) FROM generate_series(1, (4 * :n)) i;
CREATE TABLE jobs (id bigint PRIMARY KEY, class varchar(255) NOT NULL, last_run int, last_checked int, reserved_at int NOT NULL);
INSERT INTO jobs SELECT i, 'job' || i % 60, 1600000000 + (random() * 1e6)::int, 1600000000 + (random() * 1e6)::int, CASE WHEN i % 1000 = 0 THEN 1 ELSE 0
	END FROM generate_series(1, (2 * :n / 5)) i;

-- query
SELECT * FROM file WHERE storage = {1..500} AND path_hash = md5('x{1..3.99999n}');
-- query
SELECT * FROM file WHERE parent = {1..0.4n} ORDER BY name ASC;
-- query
SELECT * FROM file WHERE storage = {1..400} AND path LIKE 'files/{100..999}/%' ORDER BY mtime DESC LIMIT 50;
-- query
SELECT sum(size) FROM file WHERE parent = {1..0.4n} AND size >= 0;
-- query
SELECT * FROM share WHERE share_with = 'user{1..0.02999n}' AND share_type = 0 ORDER BY stime DESC LIMIT 20;
-- query
SELECT s.*, f.name FROM share s LEFT JOIN file f ON f.fileid = s.file_source WHERE s.uid_owner = 'user{1..0.02999n}' AND s.share_type IN (0, 1, 3) ORDER
	BY s.id;
-- query
SELECT * FROM share WHERE token = md5('{1..1.99999n}');
-- query
SELECT * FROM activity WHERE affecteduser = 'user{1..0.025n}' AND "user" <> affecteduser ORDER BY timestamp DESC LIMIT 50;
-- query
SELECT * FROM activity WHERE object_type = 'files' AND object_id = {1..3.99999n} ORDER BY activity_id DESC LIMIT 50;
-- query
SELECT * FROM jobs WHERE reserved_at <= {0..0} AND last_checked <= 1700000000 ORDER BY last_checked ASC LIMIT 1;
-- query
SELECT storage, count(*), sum(size) FROM file WHERE mimetype = 2 GROUP BY storage ORDER BY 3 DESC LIMIT 10;
-- query
SELECT fileid FROM file WHERE storage = {1..400} AND size > 900000 ORDER BY size DESC LIMIT 20;
