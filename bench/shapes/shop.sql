-- Orders of a shop by the customer's country: the window is complete, so it is the composite index over a join.
-- "flat" is one table that holds the same rows, with the native index.
CREATE TABLE customer (id int PRIMARY KEY, name text NOT NULL, country text NOT NULL);
CREATE TABLE orders (id int PRIMARY KEY, customer_id int NOT NULL REFERENCES customer, placed timestamptz NOT NULL, total numeric(10, 2) NOT NULL, status text NOT NULL);

INSERT INTO customer SELECT i, 'Customer ' || i, 'C' || floor(60 * random() ^ 2) FROM generate_series(1, :n / 10) i;
INSERT INTO orders SELECT i, 1 + floor((:n / 10) * random() ^ 2), timestamptz '2026-01-01' + i * interval '90 s', (random() * 500)::numeric(10, 2),
	(ARRAY['paid', 'paid', 'sent', 'sent', 'sent', 'open', 'returned'])[1 + floor(7 * random())] FROM generate_series(1, :n) i;
CREATE INDEX ON orders (customer_id);
CREATE TABLE flat AS SELECT o.id, o.placed, o.total, o.status, c.country, c.name FROM orders o JOIN customer c ON c.id = o.customer_id ORDER BY c.country, o.placed DESC, o.id DESC;
CREATE INDEX ON flat (country, placed DESC, id DESC);

SELECT bingo_tune.create_ordering('by_country', $$
	SELECT o.id, o.placed, o.total, o.status, c.country, c.name
	FROM orders o JOIN customer c ON c.id = o.customer_id
	ORDER BY c.country, o.placed DESC, o.id DESC$$, window_rows => :n + 1000);

-- shape: key1 = constant ORDER BY key2, complete window
-- native: SELECT o.id, o.placed, o.total, o.name FROM flat o WHERE o.country = 'C7' ORDER BY o.placed DESC, o.id DESC LIMIT 20
SELECT o.id, o.placed, o.total, c.name FROM orders o JOIN customer c ON c.id = o.customer_id
WHERE c.country = 'C7' ORDER BY o.placed DESC, o.id DESC LIMIT 20;

-- shape: key1 = $1 ORDER BY key2, prepared, generic plan
-- set: plan_cache_mode = force_generic_plan
-- prepare: (text) AS ('C7')
-- native: SELECT o.id, o.placed, o.total, o.name FROM flat o WHERE o.country = $1 ORDER BY o.placed DESC, o.id DESC LIMIT 20
SELECT o.id, o.placed, o.total, c.name FROM orders o JOIN customer c ON c.id = o.customer_id
WHERE c.country = $1 ORDER BY o.placed DESC, o.id DESC LIMIT 20;

-- shape: key1 = $1 ORDER BY key2, prepared, custom plan
-- set: plan_cache_mode = force_custom_plan
-- prepare: (text) AS ('C7')
-- native: SELECT o.id, o.placed, o.total, o.name FROM flat o WHERE o.country = $1 ORDER BY o.placed DESC, o.id DESC LIMIT 20
SELECT o.id, o.placed, o.total, c.name FROM orders o JOIN customer c ON c.id = o.customer_id
WHERE c.country = $1 ORDER BY o.placed DESC, o.id DESC LIMIT 20;

-- shape: key1 = constant, LIMIT 2000
SELECT o.id, o.placed, o.total, c.name FROM orders o JOIN customer c ON c.id = o.customer_id
WHERE c.country = 'C7' ORDER BY o.placed DESC, o.id DESC LIMIT 2000;

-- shape: key1 = constant and key2 in a range
SELECT o.id, o.placed, o.total, c.name FROM orders o JOIN customer c ON c.id = o.customer_id
WHERE c.country = 'C7' AND o.placed >= timestamptz '2026-02-01' AND o.placed < timestamptz '2026-02-08'
ORDER BY o.placed DESC, o.id DESC;

-- shape: key1 = constant, keyset page
SELECT o.id, o.placed, o.total, c.name FROM orders o JOIN customer c ON c.id = o.customer_id
WHERE c.country = 'C7' AND (o.placed, o.id) < (timestamptz '2026-02-01', 1000000)
ORDER BY o.placed DESC, o.id DESC LIMIT 20;

-- shape: key1 IN a list ORDER BY key2
SELECT o.id, o.placed, o.total, c.country FROM orders o JOIN customer c ON c.id = o.customer_id
WHERE c.country IN ('C7', 'C9', 'C11') ORDER BY o.placed DESC, o.id DESC LIMIT 20;

-- shape: key1 IN a list ORDER BY key1, key2
SELECT o.id, o.placed, o.total, c.country FROM orders o JOIN customer c ON c.id = o.customer_id
WHERE c.country IN ('C7', 'C9', 'C11') ORDER BY c.country, o.placed DESC, o.id DESC LIMIT 20;

-- shape: max(key2) where key1 = constant
SELECT max(o.placed) AS newest FROM orders o JOIN customer c ON c.id = o.customer_id WHERE c.country = 'C7';

-- shape: newest order of each country (DISTINCT ON)
SELECT DISTINCT ON (c.country) c.country, o.placed, o.id FROM orders o JOIN customer c ON c.id = o.customer_id
ORDER BY c.country, o.placed DESC, o.id DESC;

-- shape: number of orders of each country (GROUP BY key1)
SELECT c.country, count(*) AS orders FROM orders o JOIN customer c ON c.id = o.customer_id GROUP BY c.country ORDER BY c.country;

-- shape: number of orders of the first countries (GROUP BY key1 LIMIT)
SELECT c.country, count(*) AS orders, sum(o.total) AS total FROM orders o JOIN customer c ON c.id = o.customer_id GROUP BY c.country ORDER BY c.country LIMIT 5;

-- shape: first of two countries (UNION ALL)
(SELECT o.id, o.placed, c.country FROM orders o JOIN customer c ON c.id = o.customer_id
	WHERE c.country = 'C7' ORDER BY o.placed DESC, o.id DESC LIMIT 10)
UNION ALL
(SELECT o.id, o.placed, c.country FROM orders o JOIN customer c ON c.id = o.customer_id
	WHERE c.country = 'C9' ORDER BY o.placed DESC, o.id DESC LIMIT 10);

-- shape: count(*) where key1 = constant
-- native: SELECT count(*) AS orders FROM flat o WHERE o.country = 'C7'
SELECT count(*) AS orders FROM orders o JOIN customer c ON c.id = o.customer_id WHERE c.country = 'C7';

-- shape: key1 = constant, sorted by another column
-- native: SELECT o.id, o.placed, o.total, o.name FROM flat o WHERE o.country = 'C7' ORDER BY o.total DESC, o.id LIMIT 20
SELECT o.id, o.placed, o.total, c.name FROM orders o JOIN customer c ON c.id = o.customer_id
WHERE c.country = 'C7' ORDER BY o.total DESC, o.id LIMIT 20;

-- shape: by status where key1 = constant
-- native: SELECT o.status, count(*) AS orders, sum(o.total) AS total FROM flat o WHERE o.country = 'C7' GROUP BY o.status ORDER BY o.status
SELECT o.status, count(*) AS orders, sum(o.total) AS total FROM orders o JOIN customer c ON c.id = o.customer_id
WHERE c.country = 'C7' GROUP BY o.status ORDER BY o.status;
