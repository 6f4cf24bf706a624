-- GET /api/movie/{id}
-- $1: movies.id
SELECT movies.id, movies.name, movies.year, movies.duration FROM movies WHERE movies.id IN ($1) ORDER BY movies.year DESC, movies.name ASC, movies.id DESC LIMIT 100000
