-- The statements of medical records: observations of encounters, names, identifiers, orders.  Keys are there, indexes are not.
CREATE TABLE patient (patient_id int PRIMARY KEY, gender char(1) NOT NULL, birthdate date, dead boolean NOT NULL, void boolean NOT NULL);
INSERT INTO patient SELECT i, CASE WHEN i % 2 = 0 THEN 'F' ELSE 'M' END, date '1940-01-01'+(random() * (27 * :n / 100))::int, i % 50 = 0, i % 90 = 0 FROM
	generate_series(1, (3 * :n / 5)) i;
CREATE TABLE person_name (person_name_id int PRIMARY KEY, person_id int NOT NULL, given_name varchar(50), family_name varchar(50), preferred boolean NOT
	NULL, void boolean NOT NULL);
INSERT INTO person_name SELECT i, 1 + i % (3 * :n / 5), 'G' || i % 400, 'Fam' || ((2 * :n / 25) * random())::int, i <= (3 * :n / 5), i % 80 = 0 FROM generate_series(1,
	(4 * :n / 5)) i;
CREATE TABLE patient_identifier (patient_identifier_id int PRIMARY KEY, patient_id int NOT NULL, identifier varchar(50) NOT NULL, identifier_type int NOT
	NULL, void boolean NOT NULL);
INSERT INTO patient_identifier SELECT i, 1 + i % (3 * :n / 5), 'ID' || i, 1 + i % 3, false FROM generate_series(1, (6 * :n / 5)) i;
CREATE TABLE encounter (encounter_id int PRIMARY KEY, encounter_type int NOT NULL, patient_id int NOT NULL, location_id int, encounter_datetime timestamp
	NOT NULL, void boolean NOT NULL);
INSERT INTO encounter SELECT i, 1 + i % 12, 1 + ((3 * :n / 5) * random() ^ 2)::int % (3 * :n / 5), 1 + i % 40, now() - random() * interval '3000 d', i %
	70 = 0 FROM generate_series(1, (5 * :n / 2)) i;
CREATE TABLE obs (obs_id int PRIMARY KEY, person_id int NOT NULL, concept int NOT NULL, encounter_id int, obs_datetime timestamp NOT NULL, value_numeric
	float, value_coded int, void boolean NOT NULL);
INSERT INTO obs SELECT i, 1 + ((3 * :n / 5) * random() ^ 2)::int % (3 * :n / 5), 2000 + (300 * random() ^ 2)::int, 1 + i / 4, now() - random() * interval
	'3000 d', random() * 200, CASE WHEN i % 3 = 0 THEN i % 50 END, i % 100 = 0 FROM generate_series(1, (9 * :n)) i;
CREATE TABLE orders (order_id int PRIMARY KEY, patient_id int NOT NULL, concept int NOT NULL, date_activated timestamp, date_stopped timestamp, urgency
	varchar(50) NOT NULL, progress varchar(50), void boolean NOT NULL);
INSERT INTO orders SELECT i, 1 + i::bigint * 7 % (3 * :n / 5), 2000 + i % 300, now() - random() * interval '1000 d', CASE WHEN i % 20 > 0 THEN now() END,
	CASE WHEN i % 200 = 0 THEN 'STAT' ELSE 'ROUTINE' END, CASE WHEN i % 50 = 0 THEN 'RECEIVED' WHEN i % 51 = 0 THEN 'IN_PROGRESS' ELSE 'COMPLETED' END, false
	FROM generate_series(1, (3 * :n / 2)) i;

-- query
SELECT o.* FROM obs o WHERE o.person_id = {1..0.5n} AND o.concept = {2000..2300} AND NOT o.void ORDER BY o.obs_datetime DESC LIMIT 10;
-- query
SELECT * FROM obs WHERE encounter_id = {1..2.2n} AND NOT void ORDER BY obs_id;
-- query
SELECT DISTINCT ON (concept) concept, value_numeric, obs_datetime FROM obs WHERE person_id = {1..0.5n} AND NOT void ORDER BY concept, obs_datetime DESC;
-- query
SELECT e.encounter_id, e.encounter_datetime, n.family_name FROM encounter e JOIN person_name n ON n.person_id = e.patient_id AND n.preferred AND NOT n.void
	WHERE NOT e.void AND e.location_id = {1..40} ORDER BY e.encounter_datetime DESC LIMIT 20;
-- query
SELECT p.patient_id, n.given_name, n.family_name FROM patient p JOIN person_name n ON n.person_id = p.patient_id WHERE NOT p.void AND NOT n.void AND n.family_name
	= 'Fam{1..0.08n}' ORDER BY n.given_name, n.family_name LIMIT 20;
-- query
SELECT p.patient_id FROM patient p JOIN person_name n ON n.person_id = p.patient_id WHERE NOT p.void AND n.preferred ORDER BY n.family_name, n.given_name,
	p.patient_id LIMIT 50;
-- query
SELECT patient_id FROM patient_identifier WHERE identifier = 'ID{1..1.19999n}' AND NOT void;
-- query
SELECT count(*) FROM encounter WHERE encounter_type = {1..12} AND NOT void;
-- query
SELECT * FROM orders WHERE progress IN ('RECEIVED', 'IN_PROGRESS') AND NOT void ORDER BY date_activated LIMIT 20;
-- query
SELECT * FROM orders WHERE urgency = 'STAT' AND date_stopped IS NULL ORDER BY date_activated DESC LIMIT 20;
-- query
SELECT * FROM orders WHERE patient_id = {1..0.59999n} AND date_stopped IS NULL ORDER BY date_activated DESC;
-- query
SELECT max(encounter_datetime) FROM encounter WHERE patient_id = {1..0.5n} AND encounter_type IN (1, 2);
-- query
SELECT concept, avg(value_numeric) FROM obs WHERE concept = 2{250..299} AND obs_datetime > now() - interval '100 d' GROUP BY concept;
-- query
SELECT e.location_id, count(DISTINCT e.patient_id) FROM encounter e WHERE e.encounter_datetime > now() - interval '20 d' GROUP BY e.location_id;
