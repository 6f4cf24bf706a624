-- The statements of a workflow scheduler: runs, tasks with their states, a log.  Keys are there, indexes are not.
CREATE TABLE run (id int PRIMARY KEY, flow varchar(250) NOT NULL, execution_date timestamptz NOT NULL, state varchar(50), run_id varchar(250) NOT NULL,
	start_date timestamptz, end_date timestamptz, run_type varchar(50) NOT NULL);
INSERT INTO run SELECT i, 'dag_' || i % 300, now() - ((:n) - i) * interval '5 min', CASE WHEN random() < 0.002 THEN 'running' WHEN random() < 0.001 THEN
	'queued' WHEN random() < 0.05 THEN 'failed' ELSE 'success' END, 'run' || i, now(), now(), 'scheduled' FROM generate_series(1, (:n)) i;
CREATE TABLE task (task_id varchar(250) NOT NULL, flow varchar(250) NOT NULL, run_id varchar(250) NOT NULL, part int NOT NULL, start_date timestamptz, end_date
	timestamptz, duration float, state varchar(20), job_id int, pool varchar(256) NOT NULL, queue varchar(256), priority_weight int, queued_dttm timestamptz,
	PRIMARY KEY(flow, task_id, run_id, part));
INSERT INTO task SELECT 'task' || i % 6, 'dag_' || (i / 6) % 300, 'run' || (i / 6), -1, now() - ((6 * :n) - i) * interval '50 s', now(), random() * 100,
	CASE WHEN i % 1000 = 0 THEN 'scheduled' WHEN i % 1000 = 1 THEN 'queued' WHEN i % 500 = 3 THEN 'running' WHEN i % 50 = 0 THEN 'failed' ELSE 'success' END,
	i, 'default_pool', 'default', 1 + i % 4, now() FROM generate_series(6, (6 * :n)) i;
CREATE TABLE log (id int PRIMARY KEY, dttm timestamptz, flow varchar(250), task_id varchar(250), event varchar(30), owner varchar(500));
INSERT INTO log SELECT i, now() - ((3 * :n) - i) * interval '90 s', 'dag_' || i % 300, 'task' || i % 6, (ARRAY['success', 'running', 'failed', 'cli_run',
	'trigger'])[1 + i % 5], 'airflow' FROM generate_series(1, (3 * :n)) i;
CREATE TABLE job (id int PRIMARY KEY, flow varchar(250), state varchar(20), job_type varchar(30), latest_heartbeat timestamptz);
INSERT INTO job SELECT i, 'dag_' || i % 300, CASE WHEN i % 2000 = 0 THEN 'running' ELSE 'success' END, 'LocalTaskJob', now() - ((:n / 2) - i) * interval
	'1 min' FROM generate_series(1, (:n / 2)) i;

-- query
SELECT ti.* FROM task ti JOIN run dr ON dr.flow = ti.flow AND dr.run_id = ti.run_id WHERE dr.state = 'running' AND ti.state = 'scheduled' ORDER BY -ti.priority_weight,
	dr.execution_date, ti.part LIMIT 32;
-- query
SELECT pool, state, count(*) FROM task WHERE state IN ('running', 'queued') GROUP BY pool, state;
-- query
SELECT * FROM run WHERE state = 'running' AND execution_date <= now() ORDER BY execution_date LIMIT 20;
-- query
SELECT * FROM run WHERE flow = 'dag_{1..299}' ORDER BY execution_date DESC LIMIT 25;
-- query
SELECT flow, max(execution_date) FROM run WHERE flow IN ('dag_{1..99}', 'dag_{100..199}') AND run_type IN ('scheduled', 'backfill') GROUP BY flow;
-- query
SELECT * FROM task WHERE flow = 'dag_{1..299}' AND run_id = 'run{1..0.99999n}';
-- query
SELECT flow, state, count(*) FROM run WHERE flow = 'dag_{1..299}' GROUP BY 1, 2;
-- query
SELECT * FROM log WHERE flow = 'dag_{1..299}' AND task_id = 'task1' ORDER BY dttm DESC LIMIT 100;
-- query
SELECT * FROM log WHERE event = 'trigger' ORDER BY dttm DESC LIMIT 100;
-- query
SELECT * FROM job WHERE state = 'running' AND latest_heartbeat < now() - interval '1 s';
-- query
SELECT count(*) FROM task WHERE state = 'queued';
-- query
SELECT flow, count(*) FROM task WHERE state = 'failed' AND start_date > now() - interval '2 days' GROUP BY flow ORDER BY 2 DESC;
-- query
SELECT * FROM task WHERE job_id = {1..5.99999n};
