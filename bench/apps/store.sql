-- The statements of a shop: products listed in channels, orders with lines.  Keys are there, indexes are not.
CREATE TABLE category (id int PRIMARY KEY, name text NOT NULL, parent_id int, lft int NOT NULL, rgt int NOT NULL, tree int NOT NULL);
INSERT INTO category SELECT i, 'c' || i, CASE WHEN i > 10 THEN i / 10 END, i::bigint * 2, i::bigint * 2 + 1, i % 10 FROM generate_series(1, 500) i;
CREATE TABLE product (id int PRIMARY KEY, name text NOT NULL, slug text NOT NULL, description jsonb, category_id int, product_type_id int NOT NULL, rating
	float, updated_at timestamptz NOT NULL, created_at timestamptz NOT NULL, metadata jsonb NOT NULL);
INSERT INTO product SELECT i, 'Product ' || md5(i::text), 'p-' || i, '{}', 1 + (500 * random() ^ 2)::int % 500, 1 + i % 10, random() * 5, now() - random()
	* interval '900 d', now() - random() * interval '900 d', jsonb_build_object('color', (ARRAY['red', 'blue', 'green'])[1 + i % 3], 'sku', i) FROM generate_series(1,
	(:n)) i;
CREATE TABLE listing (id int PRIMARY KEY, product_id int NOT NULL, channel_id int NOT NULL, is_published boolean NOT NULL, visible_in_listings boolean NOT
	NULL, published_at timestamptz, discounted_price_amount numeric);
INSERT INTO listing SELECT i, 1 + i / 3, i % 3, i % 5 > 0, i % 7 > 0, now() - random() * interval '900 d', (random() * 500)::numeric(10, 2) FROM generate_series(1,
	(3 * :n)) i;
CREATE TABLE customer_order (id uuid PRIMARY KEY, number int NOT NULL, user_id int, user_email text NOT NULL, status text NOT NULL, channel_id int NOT NULL,
	created_at timestamptz NOT NULL, total_gross_amount numeric NOT NULL, checkout_token text NOT NULL);
INSERT INTO customer_order SELECT md5(i::text)::uuid, i, 1 + ((3 * :n / 10) * random() ^ 2)::int, 'c' || i % (2 * :n / 5) || '@x.org', (ARRAY['unfulfilled',
	'fulfilled', 'fulfilled', 'fulfilled', 'fulfilled', 'canceled', 'returned'])[1 + (random() * 6)::int], i % 3, now() - ((2 * :n) - i) * interval '5 min',
	(random() * 800)::numeric(10, 2), md5(i::text) FROM generate_series(1, (2 * :n)) i;
UPDATE customer_order SET status='unconfirmed' WHERE number % 500 = 0;
CREATE TABLE order_line (id uuid PRIMARY KEY, order_id uuid NOT NULL, product_name text NOT NULL, quantity int NOT NULL, variant_id int, unit_price numeric);
INSERT INTO order_line SELECT md5('l' || i)::uuid, md5((1 + i % (2 * :n))::text)::uuid, 'Product ' || i % 1000, 1 + i % 4, 1 + ((:n) * random() ^ 2)::int,
	10 FROM generate_series(1, (4 * :n)) i;

-- query
SELECT p.* FROM product p WHERE p.category_id = {1..400} AND EXISTS (SELECT 1 FROM listing l WHERE l.product_id = p.id AND l.channel_id = 1 AND l.is_published
	AND l.published_at <= now()) ORDER BY p.name, p.id LIMIT 21;
-- query
SELECT p.id, p.name, l.discounted_price_amount FROM product p JOIN listing l ON l.product_id = p.id WHERE l.channel_id = 1 AND l.is_published AND l.visible_in_listings
	ORDER BY l.discounted_price_amount, p.id LIMIT 21;
-- query
SELECT p.id, p.name FROM product p ORDER BY p.name, p.slug LIMIT 21;
-- query
SELECT * FROM product WHERE slug = 'p-{1..0.99999n}' LIMIT 1;
-- query
SELECT * FROM customer_order WHERE user_id = {1..0.25n} AND status <> 'draft' ORDER BY created_at DESC LIMIT 10;
-- query
SELECT * FROM customer_order WHERE lower(user_email) = lower('C{1..0.39999n}@x.org') ORDER BY number DESC LIMIT 10;
-- query
SELECT * FROM customer_order WHERE status = 'unconfirmed' ORDER BY number DESC LIMIT 20;
-- query
SELECT * FROM customer_order WHERE channel_id = 1 AND status IN ('unfulfilled', 'unconfirmed') ORDER BY created_at DESC, id DESC LIMIT 20;
-- query
SELECT * FROM order_line WHERE order_id = md5('{1..1.99999n}')::uuid;
-- query
SELECT l.variant_id, sum(l.quantity) FROM order_line l JOIN customer_order o ON o.id = l.order_id WHERE o.created_at > now() - interval '3 days' GROUP BY
	1 ORDER BY 2 DESC LIMIT 10;
-- query
SELECT id FROM product WHERE metadata @> '{"sku": {1..0.99999n}}' ORDER BY id LIMIT 20;
-- query
SELECT * FROM customer_order WHERE number = {1..1.99999n};
-- query
SELECT count(*) FROM customer_order WHERE channel_id = {0..2} AND created_at >= now() - interval '2 days';
