-- The texts that object-relational mappers send for list pages of one application, with their aliases, parameters and wrappers.
-- A column that comes twice has got an alias, as the rows are kept in a table to be compared.
-- A tenth of the entries has no category, most were never edited.
CREATE TABLE "auth_user" ("id" int PRIMARY KEY, "username" text NOT NULL, "email" text NOT NULL, "is_active" boolean NOT NULL);
CREATE TABLE "blog_category" ("id" int PRIMARY KEY, "name" text NOT NULL, "visibility" int NOT NULL, "archived" boolean NOT NULL);
CREATE TABLE "blog_entry" ("id" bigint PRIMARY KEY, "title" text NOT NULL, "status" int NOT NULL, "created" timestamptz NOT NULL, "edited" timestamptz,
	"author_id" int NOT NULL REFERENCES "auth_user", "category_id" int REFERENCES "blog_category", "company_id" int, "deleted_at" timestamptz, "body" text NOT NULL);
CREATE TABLE "blog_comment" ("id" int PRIMARY KEY, "entry_id" bigint NOT NULL, "user_id" int NOT NULL, "body" text NOT NULL);
CREATE TABLE "blog_entry_tags" ("entry_id" bigint NOT NULL, "tag_id" int NOT NULL, PRIMARY KEY ("entry_id", "tag_id"));
CREATE TABLE "entry_user" ("entry_id" bigint NOT NULL, "user_id" int NOT NULL, "last_read" timestamptz NOT NULL, PRIMARY KEY ("entry_id", "user_id"));
CREATE TABLE "authorization" ("user_id" int NOT NULL, "category_id" int NOT NULL, PRIMARY KEY ("user_id", "category_id"));

INSERT INTO "auth_user" SELECT i, 'user' || i, 'user' || i || '@example.org', i % 20 > 0 FROM generate_series(1, :n / 20) i;
INSERT INTO "blog_category" SELECT i, 'Category ' || md5(i::text), (ARRAY[0, 10, 20])[1 + i % 3], i % 9 = 0 FROM generate_series(1, greatest(:n / 500, 10)) i;
INSERT INTO "blog_entry" SELECT i, 'Entry ' || md5(i::text), (ARRAY[0, 1, 1, 1, 2])[1 + floor(5 * random())], timestamptz '2026-01-01' + floor(:n * random()) * interval '1 min',
		CASE WHEN random() < 0.2 THEN timestamptz '2026-03-01' + floor(:n * random()) * interval '1 min' END, 1 + floor((:n / 20) * random() ^ 2),
		CASE WHEN random() < 0.9 THEN 1 + floor(greatest(:n / 500, 10) * random() ^ 2) END, CASE WHEN random() < 0.8 THEN 1 + floor(5 * random()) END,
		CASE WHEN random() < 0.05 THEN now() END, repeat(md5(i::text), 3)
	FROM generate_series(1, :n) i;
INSERT INTO "blog_comment" SELECT i, 1 + floor(:n * random()), 1 + floor((:n / 20) * random()), md5(i::text) FROM generate_series(1, :n) i;
INSERT INTO "blog_entry_tags" SELECT DISTINCT 1 + floor(:n * random()), 1 + floor(20 * random()) FROM generate_series(1, :n) i;
INSERT INTO "entry_user" SELECT DISTINCT 1 + floor(:n * random()), 1 + i % 50, now() FROM generate_series(1, :n / 4) i;
INSERT INTO "authorization" SELECT DISTINCT 1 + i % 50, 1 + floor(greatest(:n / 500, 10) * random()) FROM generate_series(1, 2000) i;
CREATE INDEX ON "blog_entry" ("author_id");
CREATE INDEX ON "blog_entry" ("category_id");
CREATE INDEX ON "blog_comment" ("entry_id");
CREATE INDEX ON "blog_entry_tags" ("tag_id");

SELECT bingo_tune.create_ordering('newest', $$
	SELECT e."id", e."created", e."status", e."author_id", e."category_id", e."company_id", e."deleted_at", u."is_active", u."username"
	FROM "blog_entry" e JOIN "auth_user" u ON u."id" = e."author_id" ORDER BY e."created" DESC, e."id" DESC$$, window_rows => :window);
SELECT bingo_tune.create_ordering('entries', $$
	SELECT e."id", e."created", e."status", e."author_id", e."category_id", e."company_id", e."deleted_at"
	FROM "blog_entry" e ORDER BY e."created" DESC, e."id" DESC$$, window_rows => :window);
SELECT bingo_tune.create_ordering('by_category', $$
	SELECT e."id", e."title", e."created", e."status", e."category_id", e."deleted_at", c."name", c."visibility", c."archived"
	FROM "blog_entry" e LEFT JOIN "blog_category" c ON c."id" = e."category_id" ORDER BY c."name", e."created" DESC, e."id" DESC$$, window_rows => :window);
SELECT bingo_tune.create_ordering('edited', $$
	SELECT e."id", e."edited", e."status", e."category_id", e."deleted_at", c."visibility", c."archived"
	FROM "blog_entry" e JOIN "blog_category" c ON c."id" = e."category_id" ORDER BY e."edited" DESC NULLS LAST, e."id" DESC$$, window_rows => :window);
SELECT bingo_tune.create_ordering('of_company', $$
	SELECT e."id", e."created", e."status", e."company_id", e."deleted_at", u."username"
	FROM "blog_entry" e JOIN "auth_user" u ON u."id" = e."author_id" WHERE e."company_id" = $1 ORDER BY e."created" DESC, e."id" DESC$$, window_rows => :window / 5);

-- shape: Django admin, list_select_related
SELECT "blog_entry"."id", "blog_entry"."title", "blog_entry"."status", "blog_entry"."created", "blog_entry"."author_id", "auth_user"."id" AS "id_1", "auth_user"."username", "auth_user"."email"
FROM "blog_entry" INNER JOIN "auth_user" ON ("blog_entry"."author_id" = "auth_user"."id")
ORDER BY "blog_entry"."created" DESC, "blog_entry"."id" DESC LIMIT 100;

-- shape: Django admin, search_fields
SELECT "blog_entry"."id", "blog_entry"."created", "auth_user"."username"
FROM "blog_entry" INNER JOIN "auth_user" ON ("blog_entry"."author_id" = "auth_user"."id")
WHERE UPPER("auth_user"."username"::text) LIKE UPPER('%user1%')
ORDER BY "blog_entry"."created" DESC, "blog_entry"."id" DESC LIMIT 100;

-- shape: Django admin, ordered by the nullable relation's name
SELECT "blog_entry"."id", "blog_entry"."title", "blog_entry"."created", "blog_category"."name"
FROM "blog_entry" LEFT OUTER JOIN "blog_category" ON ("blog_entry"."category_id" = "blog_category"."id")
ORDER BY "blog_category"."name" ASC, "blog_entry"."created" DESC, "blog_entry"."id" DESC LIMIT 100;

-- shape: Django admin, date_hierarchy
SELECT "blog_entry"."id", "blog_entry"."title", "blog_entry"."created", "auth_user"."username"
FROM "blog_entry" INNER JOIN "auth_user" ON ("blog_entry"."author_id" = "auth_user"."id")
WHERE "blog_entry"."created" BETWEEN timestamptz '2026-01-01' + (:n - :window / 2) * interval '1 min' AND timestamptz '2026-01-01' + (:n - :window / 4) * interval '1 min'
ORDER BY "blog_entry"."created" DESC, "blog_entry"."id" DESC LIMIT 100;

-- shape: Django, annotated with Exists, a page of Paginator
SELECT "blog_entry"."id", "blog_entry"."created", EXISTS(SELECT 1 AS "a" FROM "entry_user" U0 WHERE (U0."entry_id" = "blog_entry"."id" AND U0."user_id" = 7) LIMIT 1) AS "is_read"
FROM "blog_entry" WHERE ("blog_entry"."deleted_at" IS NULL AND "blog_entry"."status" = 1)
ORDER BY "blog_entry"."created" DESC, "blog_entry"."id" DESC LIMIT 25 OFFSET 50;

-- shape: Django, many-to-many filter with DISTINCT
SELECT DISTINCT "blog_entry"."id", "blog_entry"."created"
FROM "blog_entry" INNER JOIN "blog_entry_tags" ON ("blog_entry"."id" = "blog_entry_tags"."entry_id")
WHERE "blog_entry_tags"."tag_id" IN (3, 5) ORDER BY "blog_entry"."created" DESC, "blog_entry"."id" DESC LIMIT 25;

-- shape: Rails, eager_load, page 3 of kaminari, prepared
-- set: plan_cache_mode = force_generic_plan
-- prepare: (int, bigint, bigint) AS (1, 20, 40)
SELECT "blog_entry"."id" AS t0_r0, "blog_entry"."title" AS t0_r1, "blog_entry"."created" AS t0_r2, "auth_user"."id" AS t1_r0, "auth_user"."username" AS t1_r1
FROM "blog_entry" LEFT OUTER JOIN "auth_user" ON "auth_user"."id" = "blog_entry"."author_id"
WHERE "blog_entry"."status" = $1 ORDER BY "blog_entry"."created" DESC, "blog_entry"."id" DESC LIMIT $2 OFFSET $3;

-- shape: Rails, distinct ids for a limited eager_load
SELECT DISTINCT "blog_entry"."created" AS alias_0, "blog_entry"."id"
FROM "blog_entry" LEFT OUTER JOIN "blog_comment" ON "blog_comment"."entry_id" = "blog_entry"."id"
WHERE "blog_entry"."deleted_at" IS NULL ORDER BY "blog_entry"."created" DESC, "blog_entry"."id" DESC LIMIT 20;

-- shape: Rails, joins with where.not and merge
SELECT "blog_entry".* FROM "blog_entry" INNER JOIN "auth_user" ON "auth_user"."id" = "blog_entry"."author_id"
WHERE "auth_user"."is_active" = TRUE AND "blog_entry"."status" != 2 AND "blog_entry"."deleted_at" IS NULL
ORDER BY "blog_entry"."created" DESC, "blog_entry"."id" DESC LIMIT 25;

-- shape: Discourse, topic list with what the user has read
-- keys: created
SELECT topics.id AS t0_r0, topics.title AS t0_r1, topics.created, tu.last_read
FROM blog_entry topics LEFT OUTER JOIN entry_user AS tu ON (topics.id = tu.entry_id AND tu.user_id = 7)
WHERE topics.deleted_at IS NULL AND (topics.status <> 2) AND (topics.category_id IS NULL OR topics.category_id IN (SELECT c.id FROM blog_category c WHERE NOT c.archived))
ORDER BY topics.created DESC LIMIT 30;

-- shape: Mastodon, newest edits first, NULLS LAST, by the joined table's scope
SELECT "blog_entry".* FROM "blog_entry" INNER JOIN "blog_category" ON "blog_category"."id" = "blog_entry"."category_id"
WHERE "blog_category"."archived" = FALSE AND "blog_entry"."deleted_at" IS NULL ORDER BY "blog_entry"."edited" DESC NULLS LAST, "blog_entry"."id" DESC LIMIT 40;

-- shape: GitLab, keyset with NULL last, as its paginator writes it
SELECT "blog_entry"."id", "blog_entry"."edited" FROM "blog_entry" INNER JOIN "blog_category" ON "blog_category"."id" = "blog_entry"."category_id"
WHERE "blog_category"."archived" = FALSE AND ("blog_entry"."edited" < timestamptz '2026-03-01' + (:n - :window) * interval '1 min'
	OR "blog_entry"."edited" = timestamptz '2026-03-01' + (:n - :window) * interval '1 min' AND "blog_entry"."id" < 500 OR "blog_entry"."edited" IS NULL)
ORDER BY "blog_entry"."edited" DESC NULLS LAST, "blog_entry"."id" DESC LIMIT 20;

-- shape: GitLab, authorized or public projects
SELECT "blog_entry"."id", "blog_entry"."edited" FROM "blog_entry" INNER JOIN "blog_category" ON "blog_category"."id" = "blog_entry"."category_id"
WHERE (EXISTS (SELECT 1 FROM "authorization" WHERE "authorization"."user_id" = 7 AND ("authorization"."category_id" = "blog_category"."id")) OR "blog_category"."visibility" IN (10, 20))
	AND "blog_category"."archived" = FALSE AND "blog_entry"."status" = 1
ORDER BY "blog_entry"."edited" DESC NULLS LAST, "blog_entry"."id" DESC LIMIT 20 OFFSET 20;

-- shape: GitLab, count limited to 1,001
SELECT COUNT(*) FROM (SELECT 1 AS one FROM "blog_entry" INNER JOIN "auth_user" ON "auth_user"."id" = "blog_entry"."author_id"
	WHERE "auth_user"."is_active" = TRUE AND "blog_entry"."deleted_at" IS NULL LIMIT 1001) subquery_for_count;

-- shape: Redmine, issues sorted by the category, then newest
-- keys: category, created
SELECT issues.id, issues.title, c.name AS category, issues.created, u.username FROM blog_entry issues
	INNER JOIN auth_user u ON u.id = issues.author_id LEFT OUTER JOIN blog_category c ON c.id = issues.category_id
WHERE issues.status <> 2 AND EXISTS (SELECT 1 AS one FROM "authorization" em WHERE em.category_id = c.id AND em.user_id = 3)
ORDER BY c.name ASC, issues.created DESC LIMIT 25 OFFSET 25;

-- shape: Zulip, messages around an anchor, older half
SELECT anon_1.id FROM (SELECT e.id AS id, e.created AS created FROM blog_entry e JOIN auth_user u ON u.id = e.author_id
	WHERE e.created <= timestamptz '2026-01-01' + (:n - :window / 2) * interval '1 min' AND u.is_active ORDER BY e.created DESC, e.id DESC LIMIT 51) AS anon_1
ORDER BY anon_1.created ASC, anon_1.id ASC;

-- shape: Zulip, both halves around an anchor (UNION ALL)
SELECT anon_1.id FROM ((SELECT e.id AS id, e.created FROM blog_entry e WHERE e.created <= timestamptz '2026-01-01' + (:n - :window / 2) * interval '1 min' ORDER BY e.created DESC, e.id DESC LIMIT 50)
	UNION ALL (SELECT e.id AS id, e.created FROM blog_entry e WHERE e.created > timestamptz '2026-01-01' + (:n - :window / 2) * interval '1 min' ORDER BY e.created ASC, e.id ASC LIMIT 50)) AS anon_1
ORDER BY anon_1.id ASC;

-- shape: Sentry, groups of some projects, 101 of them
SELECT "blog_entry"."id", "blog_entry"."created", "blog_entry"."status" FROM "blog_entry" INNER JOIN "auth_user" ON ("blog_entry"."author_id" = "auth_user"."id")
WHERE ("blog_entry"."category_id" IN (1, 2, 3, 5, 8, 13) AND "blog_entry"."status" = 1 AND "auth_user"."is_active")
ORDER BY "blog_entry"."created" DESC, "blog_entry"."id" DESC LIMIT 101;

-- shape: Odoo, _search ordered by a many2one
SELECT "sale_order"."id" FROM "blog_entry" AS "sale_order" LEFT JOIN "blog_category" AS "sale_order__category_id" ON ("sale_order"."category_id" = "sale_order__category_id"."id")
WHERE (("sale_order"."deleted_at" IS NULL) AND ("sale_order"."status" IN (0, 1)))
ORDER BY "sale_order__category_id"."name", "sale_order"."created" DESC, "sale_order"."id" DESC LIMIT 80;

-- shape: Nextcloud, activity of one company
-- set: plan_cache_mode = force_generic_plan
-- prepare: (int, int, int, timestamptz) AS (3, 1, 2, timestamptz '2099-01-01')
SELECT e.id, e.created, u.username FROM "blog_entry" "e" INNER JOIN "auth_user" "u" ON "u"."id" = "e"."author_id"
WHERE ("e"."company_id" = $1) AND ("e"."status" IN ($2, $3)) AND ("e"."created" < $4) ORDER BY "e"."created" DESC, "e"."id" DESC LIMIT 31;

-- shape: WordPress, posts of a term, GROUP BY the primary key
-- keys: post_date
SELECT wp_posts.id, wp_posts.created AS post_date FROM blog_entry wp_posts INNER JOIN blog_entry_tags ON (wp_posts.id = blog_entry_tags.entry_id)
WHERE 1=1 AND (blog_entry_tags.tag_id IN (3)) AND ((wp_posts.status = 1 OR wp_posts.status = 0))
GROUP BY wp_posts.id ORDER BY wp_posts.created DESC LIMIT 10;

-- shape: Django, annotate(Count) with select_related
SELECT "blog_entry"."id", "blog_entry"."title", "blog_entry"."created", "auth_user"."id" AS "id_1", "auth_user"."username", COUNT("blog_comment"."id") AS "num_comments"
FROM "blog_entry" INNER JOIN "auth_user" ON ("blog_entry"."author_id" = "auth_user"."id") LEFT OUTER JOIN "blog_comment" ON ("blog_entry"."id" = "blog_comment"."entry_id")
WHERE "blog_entry"."deleted_at" IS NULL GROUP BY "blog_entry"."id", "auth_user"."id" ORDER BY "blog_entry"."created" DESC, "blog_entry"."id" DESC LIMIT 25;

-- shape: Rails, left_joins with group and having
-- keys: created
SELECT "blog_entry".*, COUNT("blog_comment"."id") AS comments_count FROM "blog_entry" LEFT OUTER JOIN "blog_comment" ON "blog_comment"."entry_id" = "blog_entry"."id"
WHERE "blog_entry"."status" = 1 GROUP BY "blog_entry"."id" HAVING (COUNT("blog_comment"."id") > 1) ORDER BY "blog_entry"."created" DESC LIMIT 20;

-- shape: Doctrine, GROUP BY all columns, the last comment of each
SELECT b0_.id AS id_0, b0_.title AS title_1, b0_.created AS created_2, MAX(b1_.id) AS sclr_3 FROM blog_entry b0_ LEFT JOIN blog_comment b1_ ON (b1_.entry_id = b0_.id)
GROUP BY b0_.id, b0_.title, b0_.created ORDER BY b0_.created DESC, b0_.id DESC LIMIT 20;

-- shape: Hibernate, tags as an array
select e1_0.id,e1_0.title,e1_0.created,array_agg(t1_0.tag_id order by t1_0.tag_id) as tags from blog_entry e1_0 left join blog_entry_tags t1_0 on t1_0.entry_id=e1_0.id
group by e1_0.id order by e1_0.created desc,e1_0.id desc fetch first 20 rows only;

-- shape: Hibernate, FETCH FIRST ? ROWS ONLY
-- set: plan_cache_mode = force_generic_plan
-- prepare: (int, int, int) AS (1, 40, 20)
select b1_0.id,b1_0.title,b1_0.created,a1_0.id as id_1,a1_0.username from blog_entry b1_0 left join auth_user a1_0 on a1_0.id=b1_0.author_id
where b1_0.status=$1 order by b1_0.created desc,b1_0.id desc offset $2 rows fetch first $3 rows only;

-- shape: Hibernate, implicit join, custom plan
-- set: plan_cache_mode = force_custom_plan
-- prepare: (int, boolean, int) AS (1, true, 20)
select b1_0.id,b1_0.title,b1_0.created from blog_entry b1_0,auth_user a1_0 where a1_0.id=b1_0.author_id and b1_0.status=$1 and a1_0.is_active=$2
order by b1_0.created desc,b1_0.id desc fetch first $3 rows only;

-- shape: EF Core, Include of a reference, parameters for LIMIT and OFFSET
-- set: plan_cache_mode = force_generic_plan
-- prepare: (int, int) AS (20, 40)
SELECT b."id", b."title", b."created", a."id" AS "id0", a."username" FROM "blog_entry" AS b INNER JOIN "auth_user" AS a ON b."author_id" = a."id"
ORDER BY b."created" DESC, b."id" DESC LIMIT $1 OFFSET $2;

-- shape: EF Core, Include of a collection
SELECT t."id", t."title", t."created", t."id0", t."username", c."id" AS "id1", c."body"
FROM (SELECT b."id", b."title", b."created", a."id" AS "id0", a."username" FROM "blog_entry" AS b INNER JOIN "auth_user" AS a ON b."author_id" = a."id"
	WHERE b."deleted_at" IS NULL ORDER BY b."created" DESC, b."id" DESC LIMIT 20 OFFSET 0) AS t LEFT JOIN "blog_comment" AS c ON t."id" = c."entry_id"
ORDER BY t."created" DESC, t."id" DESC, t."id0", c."id";

-- shape: Prisma, relation by LATERAL and JSONB_AGG
-- set: plan_cache_mode = force_generic_plan
-- prepare: (int, int) AS (20, 0)
SELECT "t1"."id", "t1"."created", "Post_comments"."__prisma_data__" AS "comments"
FROM "blog_entry" AS "t1" LEFT JOIN LATERAL (SELECT COALESCE(JSONB_AGG("__prisma_data__"), '[]') AS "__prisma_data__"
	FROM (SELECT "t3"."__prisma_data__" FROM (SELECT JSONB_BUILD_OBJECT('id', "t2"."id", 'body', "t2"."body") AS "__prisma_data__"
		FROM (SELECT "t4".* FROM "blog_comment" AS "t4" WHERE "t1"."id" = "t4"."entry_id" ORDER BY "t4"."id" /* root select */) AS "t2") AS "t3") AS "t5") AS "Post_comments" ON TRUE
WHERE "t1"."status" = 1 ORDER BY "t1"."created" DESC, "t1"."id" DESC LIMIT $1 OFFSET $2;

-- shape: Prisma, ordered by a relation's field
SELECT "t1"."id", "t1"."title" FROM "blog_entry" AS "t1" LEFT JOIN "blog_category" AS "orderby_1" ON ("orderby_1"."id") = ("t1"."category_id")
WHERE 1=1 ORDER BY "orderby_1"."name" ASC, "t1"."created" DESC, "t1"."id" DESC LIMIT 20 OFFSET 20;

-- shape: TypeORM, take and skip over a join (distinctAlias)
SELECT DISTINCT "distinctAlias"."b_id" AS "ids_b_id", "distinctAlias"."b_created" FROM (
	SELECT "b"."id" AS "b_id", "b"."title" AS "b_title", "b"."created" AS "b_created", "c"."id" AS "c_id", "c"."body" AS "c_body"
	FROM "blog_entry" "b" LEFT JOIN "blog_comment" "c" ON "c"."entry_id"="b"."id" WHERE "b"."status" = 1) "distinctAlias"
ORDER BY "distinctAlias"."b_created" DESC, "b_id" DESC LIMIT 25;

-- shape: TypeORM, order of the id the other way
SELECT DISTINCT "distinctAlias"."b_id" AS "ids_b_id", "distinctAlias"."b_created" FROM (
	SELECT "b"."id" AS "b_id", "b"."created" AS "b_created", "u"."username" AS "u_username"
	FROM "blog_entry" "b" INNER JOIN "auth_user" "u" ON "u"."id"="b"."author_id") "distinctAlias"
ORDER BY "distinctAlias"."b_created" DESC, "b_id" ASC LIMIT 25;

-- shape: Sequelize, limit in a subquery, include outside
SELECT "Entry".*, "comments"."id" AS "comments.id", "comments"."body" AS "comments.body" FROM (
	SELECT "Entry"."id", "Entry"."title", "Entry"."created" FROM "blog_entry" AS "Entry" WHERE ("Entry"."deleted_at" IS NULL AND "Entry"."status" = 1)
	ORDER BY "Entry"."created" DESC, "Entry"."id" DESC LIMIT 20 OFFSET 0) AS "Entry"
LEFT OUTER JOIN "blog_comment" AS "comments" ON "Entry"."id" = "comments"."entry_id" ORDER BY "Entry"."created" DESC, "Entry"."id" DESC, "comments"."id";

-- shape: Laravel, withCount and a join, simplePaginate
select "blog_entry".*, (select count(*) from "blog_comment" where "blog_entry"."id" = "blog_comment"."entry_id") as "comments_count"
from "blog_entry" inner join "auth_user" on "auth_user"."id" = "blog_entry"."author_id" where "blog_entry"."deleted_at" is null
order by "blog_entry"."created" desc, "blog_entry"."id" desc limit 16 offset 15;

-- shape: SQLAlchemy, joinedload outside of a limited subquery
SELECT anon_1.blog_entry_id AS anon_1_blog_entry_id, anon_1.blog_entry_created AS anon_1_blog_entry_created, auth_user_1.username AS auth_user_1_username
FROM (SELECT blog_entry.id AS blog_entry_id, blog_entry.created AS blog_entry_created, blog_entry.author_id AS blog_entry_author_id
	FROM blog_entry WHERE blog_entry.deleted_at IS NULL ORDER BY blog_entry.created DESC, blog_entry.id DESC LIMIT 20) AS anon_1
LEFT OUTER JOIN auth_user AS auth_user_1 ON auth_user_1.id = anon_1.blog_entry_author_id ORDER BY anon_1.blog_entry_created DESC, anon_1.blog_entry_id DESC;

-- shape: Hasura, the page as one JSON document
SELECT coalesce(json_agg("root" ORDER BY "root.pg.created" DESC NULLS FIRST, "root.pg.id" DESC NULLS FIRST), '[]') AS "root" FROM (
	SELECT row_to_json((SELECT "_e" FROM (SELECT "_root.base"."id" AS "id", "_root.or.author"."author" AS "author") AS "_e")) AS "root",
		"_root.base"."created" AS "root.pg.created", "_root.base"."id" AS "root.pg.id"
	FROM (SELECT * FROM "blog_entry" WHERE ("blog_entry"."status" = 1) ORDER BY "created" DESC NULLS FIRST, "id" DESC NULLS FIRST LIMIT 20) AS "_root.base"
	LEFT OUTER JOIN LATERAL (SELECT row_to_json((SELECT "_e" FROM (SELECT "_root.or.author.base"."username" AS "username") AS "_e")) AS "author"
		FROM (SELECT * FROM "auth_user" WHERE (("_root.base"."author_id") = ("id"))) AS "_root.or.author.base") AS "_root.or.author" ON ('true')
	ORDER BY "root.pg.created" DESC NULLS FIRST, "root.pg.id" DESC NULLS FIRST) AS "_root";

-- shape: jOOQ, seek with the count of the page's rows
select "e"."id", "e"."created", count(*) over (partition by "e"."status") as "same" from (
	select "blog_entry"."id", "blog_entry"."created", "blog_entry"."status" from "blog_entry" join "auth_user" on "auth_user"."id" = "blog_entry"."author_id"
	where ("blog_entry"."created", "blog_entry"."id") < (timestamptz '2026-01-01' + (:n - :window / 2) * interval '1 min', 500)
	order by "blog_entry"."created" desc, "blog_entry"."id" desc fetch next 20 rows only) "e" order by "e"."created" desc, "e"."id" desc;

-- shape: Spring Data, the count of a company's entries beside the page (COUNT OVER)
SELECT e.id, e.created, count(*) OVER () AS total FROM blog_entry e JOIN auth_user u ON u.id = e.author_id WHERE e.company_id = 3
ORDER BY e.created DESC, e.id DESC LIMIT 20;
