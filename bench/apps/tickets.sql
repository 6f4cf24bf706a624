-- The statements of an issue tracker: tickets by project, status and priority, journals, custom values, hours.  Keys are there, indexes are not.
CREATE TABLE projects (id int PRIMARY KEY, name text NOT NULL, status int NOT NULL, lft int, rgt int, is_public boolean NOT NULL);
INSERT INTO projects SELECT i, 'P' || md5(i::text), CASE WHEN i % 10 = 0 THEN 9 ELSE 1 END, i::bigint * 2, i::bigint * 2 + 1, i % 4 > 0 FROM generate_series(1,
	1000) i;
CREATE TABLE issue_states (id int PRIMARY KEY, name text NOT NULL, is_closed boolean NOT NULL, position int);
INSERT INTO issue_states SELECT i, 's' || i, i > 4, i FROM generate_series(1, 6) i;
CREATE TABLE priorities (id int PRIMARY KEY, name text NOT NULL, position int NOT NULL);
INSERT INTO priorities SELECT i, 'prio' || i, 6 - i FROM generate_series(1, 5) i;
CREATE TABLE users (id int PRIMARY KEY, login text NOT NULL, firstname text NOT NULL, lastname text NOT NULL, status int NOT NULL);
INSERT INTO users SELECT i, 'u' || i, 'f' || i % 100, 'l' || md5(i::text), 1 FROM generate_series(1, (:n / 20)) i;
CREATE TABLE issues (id int PRIMARY KEY, tracker_id int NOT NULL, project_id int NOT NULL, subject text NOT NULL, due_date date, status_id int NOT NULL,
	assigned_to_id int, priority_id int NOT NULL, author_id int NOT NULL, created_on timestamp NOT NULL, updated_on timestamp NOT NULL, parent_id int, root_id
	int, lft int, rgt int);
INSERT INTO issues SELECT i, 1 + i % 3, 1 + (1000 * random() ^ 2)::int % 1000, md5(i::text), CASE WHEN i % 5 = 0 THEN current_date + i % 400 - 200 END,
	(ARRAY[1, 2, 3, 4, 5, 5, 5, 5, 5, 6])[1 + (random() * 9)::int], CASE WHEN i % 4 > 0 THEN 1 + i::bigint * 7 % (:n / 20) END, 1 + (random() * 4)::int, 1
	+ i % (:n / 20), now() - ((2 * :n) - i) * interval '5 min', now() - random() * interval '600 d', CASE WHEN i % 6 = 0 THEN i / 6 END, i, 1, 2 FROM generate_series(1,
	(2 * :n)) i;
CREATE TABLE journals (id int PRIMARY KEY, about_id int NOT NULL, about_type text NOT NULL, user_id int NOT NULL, notes text, created_on timestamp NOT NULL);
INSERT INTO journals SELECT i, 1 + i::bigint * 7 % (2 * :n), 'Issue', 1 + i % (:n / 20), md5(i::text), now() - ((5 * :n) - i) * interval '2 min' FROM generate_series(1,
	(5 * :n)) i;
CREATE TABLE custom_values (id int PRIMARY KEY, customized_type text NOT NULL, customized_id int NOT NULL, custom_field_id int NOT NULL, value text);
INSERT INTO custom_values SELECT i, 'Issue', 1 + i % (2 * :n), 1 + i % 7, 'v' || i % 1000 FROM generate_series(1, (6 * :n)) i;
CREATE TABLE time_entries (id int PRIMARY KEY, project_id int NOT NULL, user_id int NOT NULL, issue_id int, hours float NOT NULL, spent_on date NOT NULL);
INSERT INTO time_entries SELECT i, 1 + i % 1000, 1 + i % (:n / 20), 1 + i % (2 * :n), random() * 8, current_date - (i % 1000) FROM generate_series(1, (2
	* :n)) i;

-- query
SELECT i.* FROM issues i JOIN projects p ON p.id = i.project_id JOIN issue_states s ON s.id = i.status_id WHERE p.status <> 9 AND s.is_closed = false ORDER
	BY i.id DESC LIMIT 25;
-- query
SELECT i.id, i.subject FROM issues i JOIN projects p ON p.id = i.project_id JOIN issue_states s ON s.id = i.status_id JOIN priorities e ON e.id = i.priority_id
	WHERE p.status <> 9 AND s.is_closed = false AND i.assigned_to_id = {1..0.04999n} ORDER BY e.position DESC, i.updated_on DESC LIMIT 25;
-- query
SELECT i.id, i.subject FROM issues i JOIN issue_states s ON s.id = i.status_id JOIN priorities e ON e.id = i.priority_id WHERE i.project_id = {1..900}
	AND s.is_closed = false ORDER BY e.position DESC, i.id DESC LIMIT 25;
-- query
SELECT count(*) FROM issues i JOIN projects p ON p.id = i.project_id JOIN issue_states s ON s.id = i.status_id WHERE p.status <> 9 AND s.is_closed = false;
-- query
SELECT i.id, i.subject, p.name FROM issues i JOIN projects p ON p.id = i.project_id WHERE p.status <> 9 ORDER BY p.name, i.updated_on DESC LIMIT 25;
-- query
SELECT i.id, i.subject, u.lastname FROM issues i LEFT JOIN users u ON u.id = i.assigned_to_id WHERE i.status_id IN (1, 2, 3, 4) ORDER BY u.lastname, u.firstname,
	i.id DESC LIMIT 25;
-- query
SELECT j.* FROM journals j WHERE j.about_id = {1..1.99999n} AND j.about_type = 'Issue' ORDER BY j.created_on, j.id;
-- query
SELECT * FROM custom_values WHERE customized_type = 'Issue' AND customized_id IN ({1..1.99999n}, {1..1.99999n}, {1..1.99999n});
-- query
SELECT i.id FROM issues i JOIN custom_values v ON v.customized_type = 'Issue' AND v.customized_id = i.id AND v.custom_field_id = {1..7} WHERE v.value =
	'v{1..999}' ORDER BY i.id DESC LIMIT 25;
-- query
SELECT sum(hours) FROM time_entries WHERE project_id = {1..999} AND spent_on BETWEEN current_date - 30 AND current_date;
-- query
SELECT t.* FROM time_entries t WHERE t.user_id = {1..0.04999n} ORDER BY t.spent_on DESC, t.id DESC LIMIT 25;
-- query
SELECT * FROM issues WHERE parent_id = {1..0.33n} ORDER BY id;
-- query
SELECT i.* FROM issues i WHERE i.due_date < current_date AND i.status_id NOT IN (5, 6) AND i.project_id = {1..900} ORDER BY i.due_date LIMIT 25;
