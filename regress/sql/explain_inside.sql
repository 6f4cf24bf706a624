-- explain_ordering() and explain_counter() of statements with functions that planning calls: what these plan and execute meanwhile is nobody's
-- question, and lives no longer than they do; nor does what GEQO tries.
-- Seen red with what a function has planned noted (the server crashed in explain_counter()), and with nothing put back when the inner
-- question is over.  What GEQO's memory had is told rightly by chance where nobody has cleared it: only a server with assertions could show that.
SET client_min_messages = warning;
CREATE EXTENSION bingo_tune CASCADE;
SET bingo_tune.upkeep = off;
CREATE TABLE mail (id int PRIMARY KEY, box int NOT NULL, at int NOT NULL);
CREATE TABLE box (id int PRIMARY KEY, name text NOT NULL);
CREATE TABLE other (id int PRIMARY KEY);
INSERT INTO mail SELECT g, g % 10, g * 7 % 1000 FROM generate_series(1, 10000) g;
INSERT INTO box SELECT g, 'box ' || g FROM generate_series(0, 9) g;
INSERT INTO other SELECT generate_series(1, 100);
VACUUM ANALYZE mail, box, other;
SELECT bingo_tune.create_ordering('newest', 'SELECT m.id, m.at, b.name FROM mail m JOIN box b ON b.id = m.box ORDER BY b.name, m.at, m.id', 100, create_indexes => true);
SELECT bingo_tune.create_counter('mails', 'SELECT box, count(*) FROM mail GROUP BY box');

-- computed while planning
CREATE FUNCTION counted(wanted int) RETURNS bigint LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
	result bigint;
BEGIN
	SELECT count(*) INTO result FROM mail WHERE box = wanted;
	PERFORM repeat('x', 100000) FROM generate_series(1, 50);
	RETURN result;
END
$$;
CREATE FUNCTION paged(beyond int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
	result int;
BEGIN
	SELECT m.id INTO result FROM mail m JOIN box b ON b.id = m.box ORDER BY b.name, m.at, m.id OFFSET beyond LIMIT 1;
	PERFORM repeat('x', 100000) FROM generate_series(1, 50);
	RETURN result;
END
$$;
SELECT counter, served, reason FROM bingo_tune.explain_counter('SELECT counted(3), count(*) FROM mail WHERE box = 4');
SELECT counter, served, reason FROM bingo_tune.explain_counter('SELECT count(*) FROM mail WHERE box = 4 AND counted(3) > 0 AND at < counted(5)');
SELECT counter, served FROM bingo_tune.explain_counter('SELECT count(*) FROM other WHERE counted(3) > 0');
SELECT ordering, served, reason, part, estimated_rows FROM bingo_tune.explain_ordering('SELECT m.id FROM mail m JOIN box b ON b.id = m.box WHERE paged(9000) > 0 ORDER BY b.name, m.at, m.id LIMIT 5');
SELECT ordering, served, reason FROM bingo_tune.explain_ordering('SELECT id FROM other WHERE paged(5) > 0 ORDER BY id LIMIT 5');

-- who asks himself meanwhile has his own answer, and leaves the outer one's alone
CREATE FUNCTION asks() RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
	result text;
BEGIN
	SELECT string_agg(concat_ws(' ', ordering, served, reason), ', ') INTO result
		FROM bingo_tune.explain_ordering('SELECT m.id FROM mail m JOIN box b ON b.id = m.box ORDER BY b.name, m.at, m.id LIMIT 5');
	RETURN result || (SELECT string_agg(concat_ws(' ', '', counter, served, reason), ', ') FROM bingo_tune.explain_counter('SELECT count(*) FROM mail WHERE box = 4'));
END
$$;
SELECT asks();
SELECT ordering, served, reason FROM bingo_tune.explain_ordering('SELECT asks(), m.id FROM mail m JOIN box b ON b.id = m.box ORDER BY b.name, m.at DESC, m.id LIMIT 5') WHERE ordering IS NOT NULL;
SELECT ordering, served, reason FROM bingo_tune.explain_ordering('SELECT asks(), m.id FROM mail m JOIN box b ON b.id = m.box ORDER BY b.name, m.at, m.id LIMIT 5');
SELECT counter, served, reason FROM bingo_tune.explain_counter('SELECT asks(), count(*) FROM mail WHERE box = 4');

-- reasons that are found while GEQO tries
SET geqo_threshold = 2;
SELECT ordering, served, reason FROM bingo_tune.explain_ordering('SELECT m.id FROM mail m JOIN box b ON b.id = m.box ORDER BY b.name, m.at, m.id OFFSET 5000 LIMIT 5') WHERE ordering IS NOT NULL;
SELECT ordering, served, reason FROM bingo_tune.explain_ordering('SELECT m.id FROM mail m JOIN box b ON b.id = m.box JOIN other o ON o.id = m.id ORDER BY b.name, m.at, m.id OFFSET 200 LIMIT 5') WHERE ordering IS NOT NULL;

DROP TABLE mail, box, other;
DROP FUNCTION counted(int), paged(int), asks();
DROP EXTENSION bingo_tune CASCADE;
DROP EXTENSION pg_stat_statements;
