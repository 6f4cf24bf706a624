-- FLAT: an ordinary table that holds exactly the answer of GET /api/session, in order, with a btree on the sort keys.
-- Nothing that keeps the standard output functions can be faster than reading it.
CREATE TABLE flat AS
SELECT sessions.id, sessions.start_time, customers.id AS customer_id, customers.name AS customer_name, customers.surname,
	customers.birthday, customers.email, movies.id AS movie_id, movies.name AS movie_name, movies.year, movies.duration
FROM sessions INNER JOIN customers ON sessions.customer_id = customers.id
	INNER JOIN movies ON sessions.movie_id = movies.id
ORDER BY movies.year DESC, movies.name ASC, customers.id, sessions.id DESC LIMIT 100000;
CREATE INDEX flat_order ON flat (year DESC, movie_name, customer_id, id DESC);
VACUUM ANALYZE flat;
