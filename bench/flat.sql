-- FLAT: the table that the list of sessions is measured against (see flat_table.sql)
SELECT id, start_time, customer_id, customer_name, surname, birthday, email, movie_id, movie_name, year, duration FROM flat ORDER BY year DESC, movie_name ASC, customer_id, id DESC LIMIT 100000
