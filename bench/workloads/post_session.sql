-- POST /api/session
-- $1: now
-- $2: customers.id
-- $3: movies.id
INSERT INTO sessions (start_time, customer_id, movie_id) VALUES ($1, $2, $3) RETURNING id
