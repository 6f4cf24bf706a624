-- Documents of an enterprise (ERP), a shop and a CMS: lists that sort by the joined partner, journal, category or price, as the applications write them.
CREATE TABLE res_partner (id int PRIMARY KEY, complete_name text, active boolean, country_id int, is_company boolean);
CREATE TABLE account_journal (id int PRIMARY KEY, name text NOT NULL, sequence int, type text NOT NULL);
CREATE TABLE account_move (id int PRIMARY KEY, name text, date date NOT NULL, invoice_date date, invoice_date_due date, state text NOT NULL, move_type text NOT NULL, partner_id int REFERENCES res_partner, commercial_partner_id int REFERENCES res_partner, journal_id int NOT NULL REFERENCES account_journal, company_id int, amount_total numeric, payment_state text);
CREATE TABLE account_move_line (id int PRIMARY KEY, move_id int NOT NULL REFERENCES account_move, journal_id int REFERENCES account_journal, partner_id int REFERENCES res_partner, date date, move_name text, parent_state text, debit numeric, credit numeric, account_id int, company_id int);
CREATE TABLE product_product (id int PRIMARY KEY, name text NOT NULL, slug text NOT NULL UNIQUE, product_type_id int NOT NULL, category_id int, rating float8, updated_at timestamptz NOT NULL);
CREATE TABLE product_category (id int PRIMARY KEY, name text NOT NULL, slug text NOT NULL);
CREATE TABLE product_channel_listing (id int PRIMARY KEY, product_id int NOT NULL REFERENCES product_product, channel_id int NOT NULL, is_published boolean NOT NULL, published_at timestamptz, visible_in_listings boolean NOT NULL, discounted_price_amount numeric(12,3), currency text NOT NULL, UNIQUE (product_id, channel_id));
CREATE TABLE wp_posts (id bigint PRIMARY KEY, post_title text NOT NULL, post_type text NOT NULL, post_status text NOT NULL, post_date timestamp NOT NULL, post_author bigint NOT NULL);
CREATE TABLE wp_postmeta (meta_id bigint PRIMARY KEY, post_id bigint NOT NULL, meta_key text, meta_value text);
CREATE TABLE spree_users (id int PRIMARY KEY, email text);
CREATE TABLE spree_orders (id int PRIMARY KEY, number text NOT NULL, user_id int REFERENCES spree_users, email text, completed_at timestamp, state text, total numeric(10,2), currency text, created_at timestamp NOT NULL);
INSERT INTO res_partner SELECT i, CASE WHEN random() < 0.99 THEN 'Partner ' || md5(i::text) END, random() < 0.96, 1 + floor(60 * random() ^ 3), random() < 0.3 FROM generate_series(1, :n / 10) i;
INSERT INTO account_journal SELECT i, 'Journal ' || i, i % 5, (ARRAY['sale', 'purchase', 'bank', 'cash', 'general'])[1 + i % 5] FROM generate_series(1, 12) i;
INSERT INTO account_move SELECT i, 'INV/' || i, d, CASE WHEN r < 0.7 THEN d END, CASE WHEN r < 0.7 THEN d + 30 END, (ARRAY['posted','posted','posted','draft','cancel'])[1 + floor(5 * random())], (ARRAY['entry','out_invoice','out_invoice','in_invoice','out_refund'])[1 + floor(5 * random())], CASE WHEN random() < 0.9 THEN p END, CASE WHEN random() < 0.9 THEN p END, 1 + floor(12 * random()), 1 + floor(3 * random() ^ 2), (random() ^ 4 * 10000)::numeric(12, 2), (ARRAY['paid','paid','not_paid','partial'])[1 + floor(4 * random())]
 FROM (SELECT i, date '2020-01-01' + (i * 2200.0 / :n)::int AS d, random() AS r, 1 + floor(:n / 10 * random() ^ 2)::int AS p FROM generate_series(1, :n) i) x;
INSERT INTO account_move_line SELECT i, m.id, m.journal_id, m.partner_id, m.date, m.name, m.state, (random() ^ 3 * 1000)::numeric(12, 2), 0, 1 + floor(80 * random()), m.company_id FROM generate_series(1, 2 * :n) i JOIN account_move m ON m.id = 1 + i / 2 WHERE 1 + i / 2 <= :n;
INSERT INTO product_category SELECT i, 'Cat ' || md5(i::text), 'cat-' || i FROM generate_series(1, 100) i;
INSERT INTO product_product SELECT i, 'Product ' || md5(i::text), 'product-' || md5(i::text), 1 + i % 10, CASE WHEN random() < 0.95 THEN 1 + floor(100 * random() ^ 2) END, CASE WHEN random() < 0.3 THEN round((5 * random())::numeric, 1) END, timestamptz '2026-01-01' + random() * interval '300 days' FROM generate_series(1, :n / 2) i;
INSERT INTO product_channel_listing SELECT row_number() OVER (), p, c, random() < 0.9, timestamptz '2025-01-01' + random() * interval '600 days', random() < 0.95, CASE WHEN random() < 0.97 THEN (random() ^ 3 * 500)::numeric(12, 2) END, CASE c WHEN 1 THEN 'USD' ELSE 'PLN' END FROM generate_series(1, :n / 2) p, generate_series(1, 2) c;
INSERT INTO wp_posts SELECT i, 'Post ' || i, (ARRAY['product','product','post','revision'])[1 + floor(4 * random())], CASE WHEN random() < 0.9 THEN 'publish' ELSE 'draft' END, timestamp '2024-01-01' + i * interval '10 min', 1 + floor(20 * random()) FROM generate_series(1, :n / 2) i;
INSERT INTO wp_postmeta SELECT row_number() OVER (), p, k, CASE k WHEN '_price' THEN round((random() ^ 3 * 500)::numeric, 2)::text WHEN 'total_sales' THEN floor(1000 * random() ^ 8)::text ELSE md5(p::text) END FROM generate_series(1, :n / 2) p, unnest(ARRAY['_price', 'total_sales', '_sku']) k;
INSERT INTO spree_users SELECT i, 'user' || md5(i::text) || '@example.org' FROM generate_series(1, :n / 10) i;
INSERT INTO spree_orders SELECT i, 'R' || i, CASE WHEN random() < 0.7 THEN 1 + floor(:n / 10 * random() ^ 2) END, 'user' || md5(i::text) || '@example.org', CASE WHEN random() < 0.4 THEN timestamp '2024-01-01' + i * interval '10 min' + random() * interval '2 days' END, (ARRAY['cart','complete','address'])[1 + floor(3 * random())], (random() ^ 4 * 1000)::numeric(10, 2), 'USD', timestamp '2024-01-01' + i * interval '10 min' FROM generate_series(1, :n) i;
CREATE INDEX ON account_move (partner_id);
CREATE INDEX ON account_move (commercial_partner_id);
CREATE INDEX ON account_move (journal_id);
CREATE INDEX ON account_move_line (move_id);
CREATE INDEX ON account_move_line (journal_id);
CREATE INDEX ON account_move_line (partner_id);
CREATE INDEX ON product_channel_listing (product_id);
CREATE INDEX ON product_product (category_id);
CREATE INDEX ON wp_postmeta (post_id);
CREATE INDEX ON wp_postmeta (meta_key);
CREATE INDEX ON spree_orders (user_id);

SELECT bingo_tune.create_ordering('res_partner_by_complete_name', $$
	SELECT account_move__partner_id.complete_name, account_move.id, account_move.move_type, account_move.company_id
	FROM account_move LEFT JOIN res_partner account_move__partner_id ON account_move.partner_id = account_move__partner_id.id ORDER BY account_move__partner_id.complete_name, account_move.id DESC$$, window_rows => :window);
SELECT bingo_tune.create_ordering('res_partner_by_complete_name_2', $$
	SELECT account_move__partner_id.complete_name, account_move.date, account_move.id, account_move.state
	FROM account_move LEFT JOIN res_partner account_move__partner_id ON account_move.partner_id = account_move__partner_id.id ORDER BY account_move__partner_id.complete_name DESC, account_move.date DESC, account_move.id DESC$$, window_rows => :window);
SELECT bingo_tune.create_ordering('account_journal_by_sequence', $$
	SELECT aml__journal_id.sequence, aml__journal_id.type, account_move_line.date, account_move_line.id, account_move_line.parent_state, account_move_line.company_id
	FROM account_move_line LEFT JOIN account_journal aml__journal_id ON account_move_line.journal_id = aml__journal_id.id ORDER BY aml__journal_id.sequence, aml__journal_id.type, account_move_line.date DESC, account_move_line.id DESC$$, window_rows => :window);
SELECT bingo_tune.create_ordering('product_channel_listing_by_discounted_price_amount', $$
	SELECT pcl.discounted_price_amount, product_product.slug, product_product.id, product_product.name, pcl.channel_id, pcl.is_published, pcl.visible_in_listings
	FROM product_product JOIN product_channel_listing pcl ON pcl.product_id = product_product.id ORDER BY pcl.discounted_price_amount, product_product.slug$$, window_rows => :window);
SELECT bingo_tune.create_ordering('product_category_by_name', $$
	SELECT c.name, p.slug, p.id, p.name
	FROM product_product p LEFT JOIN product_category c ON c.id = p.category_id ORDER BY c.name, p.slug$$, window_rows => :window);
SELECT bingo_tune.create_ordering('wp_postmeta_by_meta_key', $$
	SELECT wp_posts.id, wp_posts.post_type, wp_posts.post_status, wp_postmeta.meta_key, wp_postmeta.meta_value
	FROM wp_posts JOIN wp_postmeta ON wp_posts.id = wp_postmeta.post_id ORDER BY CASE WHEN (wp_postmeta.meta_key = '_price'::text) THEN (wp_postmeta.meta_value)::numeric ELSE NULL::numeric END, wp_posts.id$$, window_rows => :window);
SELECT bingo_tune.create_ordering('spree_users_by_email', $$
	SELECT spree_users.email, spree_orders.completed_at, spree_orders.id, spree_orders.number, spree_orders.state
	FROM spree_orders JOIN spree_users ON spree_users.id = spree_orders.user_id ORDER BY spree_users.email, spree_orders.completed_at DESC NULLS LAST, spree_orders.id$$, window_rows => :window);

-- shape: odoo invoices by partner name
SELECT "account_move"."id" FROM "account_move" LEFT JOIN "res_partner" AS "account_move__partner_id" ON ("account_move"."partner_id" = "account_move__partner_id"."id") WHERE (("account_move"."company_id" IN (1, 2)) AND ("account_move"."move_type" IN ('out_invoice', 'out_refund')))
ORDER BY "account_move__partner_id"."complete_name" ASC, "account_move"."id" DESC LIMIT 80;

-- shape: odoo invoices by partner name descending (NULLS FIRST)
SELECT "account_move"."id" FROM "account_move" LEFT JOIN "res_partner" AS "account_move__partner_id" ON ("account_move"."partner_id" = "account_move__partner_id"."id") WHERE ("account_move"."state" = 'posted')
ORDER BY "account_move__partner_id"."complete_name" DESC, "account_move"."date" DESC, "account_move"."id" DESC LIMIT 80 OFFSET 80;

-- shape: odoo journal items with the journal sequence
SELECT "account_move_line"."id" FROM "account_move_line" LEFT JOIN "account_journal" AS "aml__journal_id" ON ("account_move_line"."journal_id" = "aml__journal_id"."id") WHERE "account_move_line"."company_id" IN (1) AND "account_move_line"."parent_state" = 'posted'
ORDER BY "aml__journal_id"."sequence", "aml__journal_id"."type", "account_move_line"."date" DESC, "account_move_line"."id" DESC LIMIT 80;

-- shape: saleor products by price of a channel
SELECT "product_product"."id", "product_product"."name", pcl.discounted_price_amount FROM "product_product" INNER JOIN product_channel_listing pcl ON pcl.product_id = product_product.id AND pcl.channel_id = 1 WHERE pcl.is_published AND pcl.visible_in_listings AND pcl.discounted_price_amount IS NOT NULL
ORDER BY pcl.discounted_price_amount ASC, "product_product"."slug" ASC LIMIT 21;

-- shape: saleor products by price, annotated by a subquery
-- keys: price, slug
SELECT "product_product"."id", product_product.slug, (SELECT pcl.discounted_price_amount FROM product_channel_listing pcl WHERE pcl.product_id = product_product.id AND pcl.channel_id = 1) AS price FROM product_product
WHERE EXISTS (SELECT 1 AS a FROM product_channel_listing pcl WHERE pcl.product_id = product_product.id AND pcl.channel_id = 1 AND pcl.is_published) ORDER BY price ASC, product_product.slug ASC LIMIT 21;

-- shape: saleor products published in a channel, by the name of the category
SELECT p.id, p.name, c.name AS category FROM product_product p LEFT JOIN product_category c ON c.id = p.category_id WHERE EXISTS (SELECT 1 FROM product_channel_listing l WHERE l.product_id = p.id AND l.channel_id = 2 AND l.is_published) ORDER BY c.name, p.slug LIMIT 20;

-- shape: woocommerce by price
-- keys: price
SELECT wp_posts.id, wp_postmeta.meta_value AS price FROM wp_posts INNER JOIN wp_postmeta ON (wp_posts.id = wp_postmeta.post_id) WHERE wp_posts.post_type = 'product' AND wp_posts.post_status = 'publish' AND wp_postmeta.meta_key = '_price' ORDER BY CASE WHEN wp_postmeta.meta_key = '_price' THEN wp_postmeta.meta_value::numeric END ASC, wp_posts.id LIMIT 16;

-- shape: orders of registered users by their mail
SELECT spree_orders.id, spree_orders.number, spree_users.email FROM spree_orders JOIN spree_users ON spree_users.id = spree_orders.user_id WHERE spree_orders.state = 'complete' AND spree_users.email LIKE 'user%' ORDER BY spree_users.email, spree_orders.completed_at DESC NULLS LAST, spree_orders.id LIMIT 25;
