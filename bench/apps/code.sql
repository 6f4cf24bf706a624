-- The statements of a forge: projects, issues with labels, notes of two kinds of things.  Keys are there, indexes are not.
CREATE TABLE projects (id bigint PRIMARY KEY, namespace_id bigint NOT NULL, name text NOT NULL, path text NOT NULL, visibility_level int NOT NULL, archived
	boolean NOT NULL, star_count int NOT NULL, last_activity_at timestamptz);
INSERT INTO projects SELECT i, i % 200, 'Project ' || i, 'p' || i, (ARRAY[0, 10, 20])[1 + i % 3], i % 20 = 0, (1000 * random() ^ 6)::int, now() - random()
	* interval '900 days' FROM generate_series(1, (:n / 20)) i;
CREATE TABLE users (id bigint PRIMARY KEY, username text NOT NULL, name text NOT NULL, email text NOT NULL, state text NOT NULL);
INSERT INTO users SELECT i, 'user' || i, 'Name ' || md5(i::text), 'u' || i || '@x.org', CASE WHEN i % 50 = 0 THEN 'blocked' ELSE 'active' END FROM generate_series(1,
	(:n / 5)) i;
CREATE TABLE issues (id bigint PRIMARY KEY, iid int NOT NULL, project_id bigint NOT NULL, author_id bigint, title text NOT NULL, description text, state_id
	smallint NOT NULL, confidential boolean NOT NULL, created_at timestamptz NOT NULL, updated_at timestamptz NOT NULL, due_date date, milestone_id bigint,
	relative_position int, closed_at timestamptz);
INSERT INTO issues SELECT i, i / 50 + 1, 1 + ((:n / 20) * random() ^ 3)::int % (:n / 20), 1 + i::bigint * 7919 % (:n / 5), 'Issue ' || md5(i::text), repeat(md5((i::bigint
	* 3)::text), 4), CASE WHEN random() < 0.25 THEN 1 ELSE 2 END, i % 30 = 0, now() - ((3 * :n) - i) * interval '3 min', now() - random() * interval '400 days',
	CASE WHEN i % 10 = 0 THEN current_date + (i % 200) - 100 END, CASE WHEN i % 4 = 0 THEN i % (3 * :n / 100) END, (random() * 1e6)::int, null FROM generate_series(1,
	(3 * :n)) i;
CREATE TABLE labels (id bigint PRIMARY KEY, project_id bigint, title text NOT NULL);
INSERT INTO labels SELECT i, i % (:n / 20), 'label' || i % 300 FROM generate_series(1, (:n / 5)) i;
CREATE TABLE label_links (id bigint PRIMARY KEY, label_id bigint NOT NULL, target_id bigint NOT NULL, target_type text NOT NULL);
INSERT INTO label_links SELECT i, 1 + i::bigint * 31 % (:n / 5), 1 + i::bigint * 17 % (3 * :n), CASE WHEN i % 3 = 0 THEN 'MergeRequest' ELSE 'Issue' END
	FROM generate_series(1, (3 * :n)) i;
CREATE TABLE notes (id bigint PRIMARY KEY, about_type text NOT NULL, about_id bigint NOT NULL, author_id bigint NOT NULL, note text, system boolean NOT
	NULL, created_at timestamptz NOT NULL, project_id bigint);
INSERT INTO notes SELECT i, CASE WHEN i % 4 = 0 THEN 'MergeRequest' ELSE 'Issue' END, 1 + i::bigint * 13 % (3 * :n), 1 + i::bigint * 11 % (:n / 5), md5(i::text),
	i % 2 = 0, now() - ((4 * :n) - i) * interval '2 min', 1 + i % (:n / 20) FROM generate_series(1, (4 * :n)) i;
CREATE TABLE members (user_id bigint NOT NULL, project_id bigint NOT NULL, access_level int NOT NULL, PRIMARY KEY(user_id, project_id, access_level));
INSERT INTO members SELECT DISTINCT 1 + i % (:n / 5), 1 + (i::bigint * 37) % (:n / 20), 30 FROM generate_series(1, (:n)) i;

-- query
SELECT * FROM issues WHERE project_id = {1..0.03n} AND state_id = 1 ORDER BY created_at DESC, id DESC LIMIT 20;
-- query
SELECT count(*) FROM issues WHERE project_id = {1..0.03n} AND state_id = 1;
-- query
SELECT i.* FROM issues i JOIN projects p ON p.id = i.project_id WHERE p.namespace_id = {1..199} AND i.state_id = 1 AND NOT p.archived ORDER BY i.updated_at
	DESC, i.id DESC LIMIT 20;
-- query
SELECT i.id, i.title, i.due_date FROM issues i WHERE i.author_id = {1..0.19n} AND i.state_id = 1 ORDER BY i.due_date NULLS LAST, i.id DESC LIMIT 20;
-- query
SELECT n.* FROM notes n WHERE n.about_type = 'Issue' AND n.about_id = {1..3.n} ORDER BY n.created_at, n.id;
-- query
SELECT i.id, i.title FROM issues i JOIN label_links l ON l.target_type = 'Issue' AND l.target_id = i.id JOIN labels b ON b.id = l.label_id WHERE b.title
	= 'label{1..299}' AND i.state_id = 1 ORDER BY i.created_at DESC LIMIT 20;
-- query
SELECT p.* FROM projects p WHERE EXISTS (SELECT 1 FROM members a WHERE a.project_id = p.id AND a.user_id = {1..0.19999n}) OR p.visibility_level IN (10,
	20) ORDER BY p.star_count DESC, p.id DESC LIMIT 20;
-- query
SELECT * FROM users WHERE lower(email) = 'u{1..0.19999n}@x.org';
-- query
SELECT * FROM issues WHERE project_id = {1..0.03n} AND iid = {1..0.05n};
-- query
SELECT state_id, count(*) FROM issues WHERE milestone_id = {1..0.02999n} GROUP BY state_id;
-- query
SELECT DISTINCT ON (about_id) about_id, id, created_at FROM notes WHERE author_id = {1..0.19999n} ORDER BY about_id, created_at DESC;
