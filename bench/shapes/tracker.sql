-- An issue tracker: tickets by project, by time of change, with labels and comments.
CREATE TABLE person (id int PRIMARY KEY, name text NOT NULL);
CREATE TABLE project (id int PRIMARY KEY, name text NOT NULL, archived boolean NOT NULL);
CREATE TABLE ticket (id int PRIMARY KEY, title text NOT NULL, project_id int NOT NULL REFERENCES project, priority int NOT NULL,
	open boolean NOT NULL, updated timestamptz NOT NULL, reporter_id int NOT NULL REFERENCES person, assignee_id int REFERENCES person);
CREATE TABLE label (ticket_id int REFERENCES ticket, label text, PRIMARY KEY (ticket_id, label));
CREATE TABLE comment (id int PRIMARY KEY, ticket_id int NOT NULL REFERENCES ticket, content text);

INSERT INTO person SELECT i, 'Person ' || i FROM generate_series(1, :n / 50) i;
INSERT INTO project SELECT i, 'Project ' || md5(i::text), i % 7 = 0 FROM generate_series(1, greatest(:n / 1000, 10)) i;
INSERT INTO ticket SELECT i, 'Ticket ' || md5(i::text), 1 + floor(greatest(:n / 1000, 10) * random() ^ 2), 1 + floor(5 * random()), random() < 0.4,
	timestamptz '2026-01-01' + floor(:n * random()) * interval '1 min', 1 + floor((:n / 50) * random() ^ 2),
	CASE WHEN random() < 0.6 THEN 1 + floor((:n / 50) * random() ^ 2) END FROM generate_series(1, :n) i;
INSERT INTO label SELECT DISTINCT 1 + floor(:n * random())::int, (ARRAY['bug', 'bug', 'feature', 'security', 'docs', 'wontfix'])[1 + floor(6 * random())] FROM generate_series(1, :n) i;
INSERT INTO comment SELECT i, 1 + floor(:n * random() ^ 2), md5(i::text) FROM generate_series(1, :n * 2) i;
CREATE INDEX ON ticket (project_id);
CREATE INDEX ON ticket (reporter_id);
CREATE INDEX ON ticket (assignee_id);
CREATE INDEX ON comment (ticket_id);

SELECT bingo_tune.create_ordering('by_project', $$
	SELECT t.id, t.title, t.priority, t.open, t.updated, t.reporter_id, t.assignee_id, p.name, p.archived
	FROM ticket t JOIN project p ON p.id = t.project_id
	ORDER BY p.name, t.priority, t.id$$, window_rows => :window);
SELECT bingo_tune.create_ordering('by_update', $$
	SELECT t.id, t.title, t.priority, t.open, t.updated, t.reporter_id, t.assignee_id, p.name, p.archived
	FROM ticket t JOIN project p ON p.id = t.project_id
	ORDER BY t.updated DESC, t.id DESC$$, window_rows => :window);
SELECT bingo_tune.create_ordering('tickets', $$
	SELECT t.id, t.open, t.updated FROM ticket t ORDER BY t.updated DESC, t.id DESC$$, window_rows => :window);

-- shape: tickets by their project's name, no tie-breaker
-- listed
-- keys: project
SELECT t.id, t.title, p.name AS project FROM ticket t JOIN project p ON p.id = t.project_id ORDER BY p.name LIMIT 25;

-- shape: tickets by project and priority, page 9, ties
-- keys: project, priority
SELECT t.id, t.title, p.name AS project, t.priority FROM ticket t JOIN project p ON p.id = t.project_id
ORDER BY p.name, t.priority LIMIT 25 OFFSET 200;

-- shape: tickets with their number of comments (scalar subselect)
-- listed
SELECT t.id, t.title, t.updated, p.name AS project, (SELECT count(*) FROM comment c WHERE c.ticket_id = t.id) AS comments
FROM ticket t JOIN project p ON p.id = t.project_id
WHERE NOT p.archived AND t.open
ORDER BY t.updated DESC, t.id DESC LIMIT 25;

-- shape: tickets with a label (id IN (SELECT ...))
-- listed
SELECT t.id, t.title, t.updated, p.name AS project
FROM ticket t JOIN project p ON p.id = t.project_id
WHERE t.id IN (SELECT l.ticket_id FROM label l WHERE l.label = 'security') AND t.open
ORDER BY t.updated DESC, t.id DESC LIMIT 25;

-- shape: tickets without a label (NOT EXISTS)
SELECT t.id, t.title, t.updated, p.name AS project
FROM ticket t JOIN project p ON p.id = t.project_id
WHERE NOT EXISTS (SELECT FROM label l WHERE l.ticket_id = t.id AND l.label = 'bug') AND t.open
ORDER BY t.updated DESC, t.id DESC LIMIT 25;

-- shape: tickets with a rare label
SELECT t.id, t.title, t.updated, p.name AS project
FROM ticket t JOIN project p ON p.id = t.project_id
WHERE EXISTS (SELECT FROM label l WHERE l.ticket_id = t.id AND l.label = 'wontfix') AND t.priority = 1 AND p.archived
ORDER BY t.updated DESC, t.id DESC LIMIT 25;

-- shape: DISTINCT (time, id) over a LEFT JOIN
-- listed
SELECT DISTINCT t.updated, t.id
FROM ticket t LEFT JOIN label l ON l.ticket_id = t.id
WHERE t.open OR l.label IN ('security', 'bug')
ORDER BY t.updated DESC, t.id DESC LIMIT 25;

-- shape: DISTINCT over inner and LEFT JOIN
SELECT DISTINCT t.updated, t.id, p.name AS project
FROM ticket t JOIN project p ON p.id = t.project_id LEFT JOIN label l ON l.ticket_id = t.id
WHERE NOT p.archived
ORDER BY t.updated DESC, t.id DESC LIMIT 25;

-- shape: GROUP BY id with the labels
SELECT t.updated, t.id, string_agg(l.label, ',' ORDER BY l.label) AS labels
FROM ticket t JOIN project p ON p.id = t.project_id LEFT JOIN label l ON l.ticket_id = t.id
WHERE t.open
GROUP BY t.updated, t.id ORDER BY t.updated DESC, t.id DESC LIMIT 25;

-- shape: tickets as JSON, row of a subquery
-- listed
SELECT to_json(page) AS row FROM (
	SELECT t.id, t.title, t.updated, p.name AS project, a.name AS assignee
	FROM ticket t JOIN project p ON p.id = t.project_id LEFT JOIN person a ON a.id = t.assignee_id
	WHERE t.open ORDER BY t.updated DESC, t.id DESC LIMIT 25) page;

-- shape: tickets as one JSON array
SELECT json_agg(page)::text AS rows FROM (
	SELECT t.id, t.title, t.updated, p.name AS project
	FROM ticket t JOIN project p ON p.id = t.project_id
	WHERE t.priority = 1 ORDER BY t.updated DESC, t.id DESC LIMIT 25) page;

-- shape: tickets as JSON, row of the table
SELECT to_json(t) AS row FROM ticket t JOIN project p ON p.id = t.project_id
ORDER BY t.updated DESC, t.id DESC LIMIT 25;

-- shape: tickets, SELECT *
SELECT t.*, p.name AS project FROM ticket t JOIN project p ON p.id = t.project_id
WHERE t.open ORDER BY t.updated DESC, t.id DESC LIMIT 25;

-- shape: tickets, reporter and assignee
SELECT t.id, t.title, t.updated, r.name AS reporter, a.name AS assignee
FROM ticket t JOIN project p ON p.id = t.project_id JOIN person r ON r.id = t.reporter_id LEFT JOIN person a ON a.id = t.assignee_id
WHERE NOT p.archived AND t.open AND t.priority <= 2
ORDER BY t.updated DESC, t.id DESC LIMIT 25;

-- shape: tickets in a view's subquery with another filter
SELECT * FROM (
	SELECT t.id, t.title, t.updated, t.open, p.name AS project FROM ticket t JOIN project p ON p.id = t.project_id) listed
WHERE listed.open AND listed.project LIKE 'Project 1%'
ORDER BY listed.updated DESC, listed.id DESC LIMIT 25;

-- shape: tickets by update, page 1 of LIMIT 1000
SELECT t.id, t.title, t.updated, p.name AS project, a.name AS assignee
FROM ticket t JOIN project p ON p.id = t.project_id LEFT JOIN person a ON a.id = t.assignee_id
ORDER BY t.updated DESC, t.id DESC LIMIT 1000;

-- shape: tickets by update, all of them
-- vain
SELECT t.id, t.updated, p.name AS project, a.name AS assignee
FROM ticket t JOIN project p ON p.id = t.project_id LEFT JOIN person a ON a.id = t.assignee_id
ORDER BY t.updated DESC, t.id DESC;

-- shape: tickets by update, half of them beyond the window
-- vain
SELECT t.id, t.updated, p.name AS project, a.name AS assignee
FROM ticket t JOIN project p ON p.id = t.project_id LEFT JOIN person a ON a.id = t.assignee_id
ORDER BY t.updated DESC, t.id DESC LIMIT 25 OFFSET :n / 2;

-- shape: tickets by project's name beyond the window
-- keys: project
-- vain
SELECT t.id, t.title, p.name AS project, a.name AS assignee
FROM ticket t JOIN project p ON p.id = t.project_id LEFT JOIN person a ON a.id = t.assignee_id
ORDER BY p.name LIMIT 25 OFFSET (SELECT :window);
