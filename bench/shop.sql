-- The tables of README's examples, in the database that psql is connected to: 1,000,000
-- orders of 20,000 customers, every fiftieth deleted; fewer with psql -v orders=N.
\if :{?orders}
\else
\set orders 1000000
\endif
BEGIN;
CREATE TABLE customer (id int PRIMARY KEY, name text NOT NULL);
CREATE TABLE orders (id int PRIMARY KEY, customer_id int NOT NULL, placed timestamp NOT NULL,
	total int NOT NULL, deleted bool NOT NULL);
INSERT INTO customer SELECT i, 'Name ' || md5(i::text) FROM generate_series(1, 20000) AS i;
INSERT INTO orders SELECT i, 1 + i % 20000, timestamp '2026-01-01' - i * interval '31 s', i % 977, i % 50 = 0
	FROM generate_series(1, :orders) AS i;
CREATE INDEX orders_customer_id ON orders (customer_id);
ANALYZE customer, orders;
COMMIT;
