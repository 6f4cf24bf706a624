-- The statements of a blog: posts of all types in one table, their attributes as rows, terms, comments.  Keys are there, indexes are not.
CREATE TABLE posts ("ID" bigint PRIMARY KEY, post_author bigint NOT NULL, post_date timestamp NOT NULL, post_content text NOT NULL, post_title text NOT
	NULL, post_status varchar(20) NOT NULL, post_name varchar(200) NOT NULL, post_parent bigint NOT NULL, post_type varchar(20) NOT NULL, comment_count bigint
	NOT NULL);
INSERT INTO posts SELECT i, 1 + i % 50, now() - ((2 * :n) - i) * interval '7 min', repeat(md5(i::text), 10), 'T ' || md5(i::text), (ARRAY['publish', 'publish',
	'publish', 'publish', 'publish', 'draft', 'trash', 'inherit'])[1 + (random() * 7)::int], 'post-' || i, CASE WHEN i % 4 = 0 THEN i / 4 ELSE 0 END, (ARRAY['post',
	'post', 'page', 'attachment', 'revision', 'revision', 'product'])[1 + (random() * 6)::int], (random() * 40)::int FROM generate_series(1, (2 * :n)) i;
UPDATE posts SET post_status='pending' WHERE "ID"%400 = 0;
CREATE TABLE postmeta (meta_id bigint PRIMARY KEY, post_id bigint NOT NULL, meta_key varchar(255), meta_value text);
INSERT INTO postmeta SELECT i, 1 + i / 4, (ARRAY['_price', '_edit_lock', '_thumbnail_id', '_sku'])[1 + i % 4], (random() * (:n / 10))::int::text FROM generate_series(1,
	(8 * :n)) i;
CREATE TABLE post_term (object_id bigint NOT NULL, term_id bigint NOT NULL, term_order int NOT NULL, PRIMARY KEY(object_id, term_id));
INSERT INTO post_term SELECT DISTINCT 1 + i % (2 * :n), 1 + (300 * random() ^ 2)::int, 0 FROM generate_series(1, (3 * :n)) i;
CREATE TABLE comments ("comment_ID" bigint PRIMARY KEY, "comment_post_ID" bigint NOT NULL, comment_author_email varchar(100) NOT NULL, comment_date_gmt
	timestamp NOT NULL, comment_content text NOT NULL, comment_approved varchar(20) NOT NULL, user_id bigint NOT NULL);
INSERT INTO comments SELECT i, 1 + ((2 * :n) * random() ^ 2)::int, 'c' || i % (:n / 5) || '@x.org', now() - ((3 * :n) - i) * interval '4 min', md5(i::text),
	CASE WHEN i % 40 = 0 THEN '0' WHEN i % 10 = 0 THEN 'spam' ELSE '1' END, i % 1000 FROM generate_series(1, (3 * :n)) i;

-- query
SELECT "ID", post_title FROM posts WHERE post_type = 'post' AND post_status = 'publish' ORDER BY post_date DESC LIMIT 10;
-- query
SELECT * FROM posts WHERE post_name = 'post-{1..1.99999n}' AND post_type = 'post' LIMIT 1;
-- query
SELECT p."ID", p.post_title FROM posts p JOIN post_term r ON r.object_id = p."ID" WHERE r.term_id IN ({1..300}) AND p.post_type = 'post' AND p.post_status
	= 'publish' GROUP BY p."ID" ORDER BY p.post_date DESC LIMIT 10;
-- query
SELECT p."ID" FROM posts p JOIN postmeta m ON m.post_id = p."ID" WHERE p.post_type = 'product' AND p.post_status = 'publish' AND m.meta_key = '_price' ORDER
	BY m.meta_value::numeric, p."ID" LIMIT 16;
-- query
SELECT p."ID" FROM posts p JOIN postmeta m ON m.post_id = p."ID" WHERE m.meta_key = '_sku' AND m.meta_value = '{1..0.09999n}' AND p.post_status <> 'trash';
-- query
SELECT post_id, meta_key, meta_value FROM postmeta WHERE post_id IN ({1..1.99999n}, {1..1.99999n}, {1..1.99999n}) ORDER BY meta_id;
-- query
SELECT * FROM comments WHERE "comment_post_ID" = {1..1.5n} AND comment_approved = '1' ORDER BY comment_date_gmt;
-- query
SELECT count(*) FROM comments WHERE comment_approved = '0';
-- query
SELECT * FROM comments WHERE comment_approved = '0' ORDER BY comment_date_gmt DESC LIMIT 20;
-- query
SELECT post_status, count(*) FROM posts WHERE post_type = 'post' GROUP BY post_status;
-- query
SELECT * FROM posts WHERE post_status = 'pending' ORDER BY post_date LIMIT 20;
-- query
SELECT * FROM posts WHERE post_parent = {1..0.49999n} AND post_type = 'attachment' AND post_status = 'inherit';
-- query
SELECT extract(year FROM post_date) AS y, extract(month FROM post_date) AS m, count(*) FROM posts WHERE post_type = 'post' AND post_status = 'publish' GROUP
	BY 1, 2 ORDER BY 1 DESC, 2 DESC;
-- query
SELECT * FROM comments WHERE comment_author_email = 'c{1..0.19999n}@x.org' AND comment_approved = '1' LIMIT 1;
