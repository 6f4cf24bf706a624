-- The statements of an ERP: orders and their lines, partners, messages on whatever there is, stock moves.  Keys are there, indexes are not.
CREATE TABLE partner (id int PRIMARY KEY, name text NOT NULL, display_name text, email text, parent_id int, company_id int, active boolean, is_company boolean,
	customer_rank int NOT NULL, country_id int, create_date timestamp);
INSERT INTO partner SELECT i, 'Partner ' || md5(i::text), 'Partner ' || md5(i::text), 'p' || i || '@e.com', CASE WHEN i % 3 = 0 THEN i / 3 END, 1 + i %
	3, i % 40 > 0, i % 5 = 0, i % 7, i % 200, now() - random() * interval '900 d' FROM generate_series(1, (:n / 2)) i;
CREATE TABLE sale (id int PRIMARY KEY, name text NOT NULL, partner_id int NOT NULL, user_id int, team_id int, company_id int NOT NULL, state text, date_order
	timestamp NOT NULL, amount_total numeric, invoice_status text, create_date timestamp);
INSERT INTO sale SELECT i, 'S' || lpad(i::text, 7, '0'), 1 + ((:n / 2) * random() ^ 2)::int % (:n / 2), 1 + i % 60, 1 + i % 8, 1 + i % 3, (ARRAY['draft',
	'sent', 'sale', 'sale', 'sale', 'sale', 'done', 'done', 'done', 'cancel'])[1 + (random() * 9)::int], now() - random() * interval '1500 d', (random() *
	1000)::numeric(10, 2), (ARRAY['no', 'invoiced', 'invoiced', 'invoiced'])[1 + (random() * 3)::int], now() - ((2 * :n) - i) * interval '10 min' FROM generate_series(1,
	(2 * :n)) i;
UPDATE sale SET invoice_status='to invoice' WHERE id % 97 = 0;
CREATE TABLE product (id int PRIMARY KEY, default_code text, name text NOT NULL, active boolean, barcode text, categ_id int);
INSERT INTO product SELECT i, 'C' || i, 'Product ' || md5(i::text), i % 10 > 0, lpad((i::bigint * 7919)::text, 13, '0'), i % 100 FROM generate_series(1,
	(:n / 5)) i;
CREATE TABLE sale_line (id int PRIMARY KEY, order_id int NOT NULL, product_id int, sequence int, name text, product_uom_qty numeric, price_unit numeric,
	state text, create_date timestamp);
INSERT INTO sale_line SELECT i, 1 + i / 3, 1 + ((:n / 5) * random() ^ 2)::int % (:n / 5), i % 10, md5(i::text), 1 + i % 5, (random() * 100)::numeric(10,
	2), 'sale', now() FROM generate_series(1, (6 * :n)) i;
CREATE TABLE message (id int PRIMARY KEY, model text, res_id int, author_id int, message_type text NOT NULL, subtype_id int, date timestamp, body text);
INSERT INTO message SELECT i, (ARRAY['sale', 'partner', 'invoice', 'task'])[1 + i % 4], 1 + i::bigint * 7 % (:n), 1 + i % (:n / 20), CASE WHEN i % 3 = 0
	THEN 'email' ELSE 'notification' END, i % 4, now() - ((4 * :n) - i) * interval '1 min', repeat(md5(i::text), 5) FROM generate_series(1, (4 * :n)) i;
CREATE TABLE move (id int PRIMARY KEY, product_id int NOT NULL, location_id int NOT NULL, location_dest_id int NOT NULL, state text, date timestamp NOT
	NULL, product_qty numeric, picking_id int);
INSERT INTO move SELECT i, 1 + ((:n / 5) * random() ^ 2)::int % (:n / 5), 1 + i % 40, 1 + i % 37, CASE WHEN i % 100 < 93 THEN 'done' WHEN i % 100 < 96 THEN
	'cancel' WHEN i % 100 < 98 THEN 'assigned' ELSE 'confirmed' END, now() - random() * interval '1000 d', 1 + i % 9, i / 4 FROM generate_series(1, (3 * :n))
	i;

-- query
SELECT id FROM sale WHERE company_id IN (1, 2) AND state NOT IN ('draft', 'sent', 'cancel') ORDER BY date_order DESC, id DESC LIMIT 80;
-- query
SELECT id FROM sale WHERE invoice_status = 'to invoice' AND company_id IN (1) ORDER BY create_date DESC LIMIT 80;
-- query
SELECT id, name, amount_total FROM sale WHERE partner_id = {1..0.49n} ORDER BY date_order DESC, id DESC LIMIT 80;
-- query
SELECT id FROM sale_line WHERE order_id IN ({1..1.9n}, {1..1.9n}, {1..1.9n}) ORDER BY order_id, sequence, id;
-- query
SELECT o.id FROM sale o LEFT JOIN partner p ON p.id = o.partner_id ORDER BY p.name, o.id LIMIT 80;
-- query
SELECT id FROM partner WHERE active AND parent_id IS NULL ORDER BY name, id LIMIT 80;
-- query
SELECT id FROM partner WHERE parent_id = {1..0.16n} AND active ORDER BY display_name, id;
-- query
SELECT id FROM message WHERE model = 'sale' AND res_id = {1..0.99999n} AND message_type <> 'user_notification' ORDER BY id DESC LIMIT 30;
-- query
SELECT product_id, sum(product_qty) FROM move WHERE product_id IN ({1..0.19999n}, {1..0.19999n}) AND state IN ('confirmed', 'waiting', 'assigned') GROUP
	BY product_id;
-- query
SELECT count(*) FROM move WHERE state = 'assigned';
-- query
SELECT id FROM product WHERE barcode = '{1..0.09999n}';
-- query
SELECT id FROM product WHERE active AND (default_code ILIKE 'C19{10..99}%' OR name ILIKE 'C19{10..99}%') ORDER BY default_code, id LIMIT 8;
-- query
SELECT state, count(*), sum(amount_total) FROM sale WHERE user_id = {1..60} GROUP BY state;
-- query
SELECT l.id FROM sale_line l JOIN sale o ON o.id = l.order_id WHERE l.product_id = {1..0.15n} AND o.state = 'sale' ORDER BY o.date_order DESC, l.id LIMIT
	80;
