-- The statements of a video platform: videos of channels, tags by lower(name), comments, histories; names that need quotes.  Keys are there, indexes are not.
CREATE TABLE "account" (id int PRIMARY KEY, name text NOT NULL, "serverId" int, "createdAt" timestamptz NOT NULL);
INSERT INTO "account" SELECT i, 'Acc ' || md5(i::text), CASE WHEN i % 3 > 0 THEN i % 200 END, now() FROM generate_series(1, (:n / 5)) i;
CREATE TABLE "videoChannel" (id int PRIMARY KEY, name text NOT NULL, "accountId" int NOT NULL);
INSERT INTO "videoChannel" SELECT i, 'Ch ' || md5(i::text), 1 + i % (:n / 5) FROM generate_series(1, (3 * :n / 10)) i;
CREATE TABLE "video" (id int PRIMARY KEY, uuid uuid NOT NULL, name text NOT NULL, category int, privacy int NOT NULL, adult boolean NOT NULL, duration int
	NOT NULL, views int NOT NULL, likes int NOT NULL, "channelId" int NOT NULL, state int NOT NULL, "publishedAt" timestamptz NOT NULL, remote boolean NOT
	NULL, language text);
INSERT INTO "video" SELECT i, md5(i::text)::uuid, 'Video ' || md5(i::text), 1 + i % 18, CASE WHEN i % 8 = 0 THEN 2 ELSE 1 END, i % 40 = 0, (random() * (:n
	/ 25))::int, (1e6 * random() ^ 8)::int, (1000 * random() ^ 8)::int, 1 + ((3 * :n / 10) * random() ^ 2)::int % (3 * :n / 10), CASE WHEN i % 300 = 0 THEN
	2 ELSE 1 END, now() - random() * interval '1500 d', i % 5 > 0, (ARRAY['en', 'fr', 'de', 'es'])[1 + (random() * 3)::int] FROM generate_series(1, (2 * :n))
	i;
CREATE TABLE "videoTag" ("videoId" int NOT NULL, "tagId" int NOT NULL, PRIMARY KEY("videoId", "tagId"));
INSERT INTO "videoTag" SELECT DISTINCT 1 + i % (2 * :n), 1 + ((3 * :n / 100) * random() ^ 2)::int FROM generate_series(1, (4 * :n)) i;
CREATE TABLE "tag" (id int PRIMARY KEY, name text NOT NULL);
INSERT INTO "tag" SELECT i, 'Tag' || i FROM generate_series(1, 3001) i;
CREATE TABLE "videoComment" (id int PRIMARY KEY, "videoId" int NOT NULL, "accountId" int, "originCommentId" int, "inReplyToCommentId" int, text text NOT
	NULL, "createdAt" timestamptz NOT NULL, "deletedAt" timestamptz);
INSERT INTO "videoComment" SELECT i, 1 + ((2 * :n) * random() ^ 2)::int, 1 + i % (:n / 5), CASE WHEN i % 3 > 0 THEN i / 3 + 1 END, CASE WHEN i % 3 > 0 THEN
	i / 3 + 1 END, md5(i::text), now() - ((3 * :n) - i) * interval '3 min', CASE WHEN i % 30 = 0 THEN now() END FROM generate_series(1, (3 * :n)) i;
CREATE TABLE "userVideoHistory" (id int PRIMARY KEY, "userId" int NOT NULL, "videoId" int NOT NULL, "updatedAt" timestamptz NOT NULL);
INSERT INTO "userVideoHistory" SELECT i, 1 + i % (:n / 25), 1 + i::bigint * 7 % (2 * :n), now() - random() * interval '300 d' FROM generate_series(1, (3
	* :n)) i;

-- query
SELECT v.id, v.name, c.name AS cn, a.name AS an FROM "video" v JOIN "videoChannel" c ON c.id = v."channelId" JOIN "account" a ON a.id = c."accountId" WHERE
	v.privacy = 1 AND v.state = 1 AND NOT v.adult ORDER BY v."publishedAt" DESC, v.id DESC LIMIT 15;
-- query
SELECT v.id, v.name FROM "video" v JOIN "videoChannel" c ON c.id = v."channelId" JOIN "account" a ON a.id = c."accountId" WHERE v.privacy = 1 AND v.state
	= 1 AND a."serverId" IS NULL ORDER BY v.views DESC, v.id LIMIT 15;
-- query
SELECT v.id, v.name FROM "video" v WHERE v."channelId" = {1..0.25n} AND v.privacy = 1 ORDER BY v."publishedAt" DESC LIMIT 15;
-- query
SELECT v.id, v.name FROM "video" v JOIN "videoChannel" c ON c.id = v."channelId" WHERE c."accountId" = {1..0.2n} ORDER BY v."publishedAt" DESC LIMIT 15;
-- query
SELECT v.id FROM "video" v JOIN "videoTag" vt ON vt."videoId" = v.id JOIN "tag" t ON t.id = vt."tagId" WHERE lower(t.name) = 'tag{1..0.03n}' AND v.privacy
	= 1 ORDER BY v."publishedAt" DESC LIMIT 15;
-- query
SELECT * FROM "video" WHERE uuid = md5('{1..1.99999n}')::uuid;
-- query
SELECT * FROM "videoComment" WHERE "videoId" = {1..1.5n} AND "inReplyToCommentId" IS NULL AND "deletedAt" IS NULL ORDER BY "createdAt" DESC LIMIT 10;
-- query
SELECT * FROM "videoComment" WHERE "originCommentId" = {1..0.99999n} ORDER BY "createdAt";
-- query
SELECT count(*) FROM "videoComment" WHERE "videoId" = {1..1.5n} AND "deletedAt" IS NULL;
-- query
SELECT h."updatedAt", v.name FROM "userVideoHistory" h JOIN "video" v ON v.id = h."videoId" WHERE h."userId" = {1..0.04n} ORDER BY h."updatedAt" DESC LIMIT
	15;
-- query
SELECT count(*) FROM "video" WHERE privacy = 1 AND state = 1 AND NOT remote;
-- query
SELECT v.id, v.name FROM "video" v WHERE v.category = {1..18} AND v.language IN ('en', 'fr') AND v.privacy = 1 ORDER BY v.likes DESC LIMIT 15;
-- query
SELECT * FROM "video" WHERE state = 2 ORDER BY "publishedAt";
