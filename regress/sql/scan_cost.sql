-- Is a window taken where it wins, and left alone where it has too little?  from_window and from_behind are NULL
-- where no ordered scan was planned.
-- Seen red with: a row comparison estimated by its first column alone, the plan behind charged to a search that
-- ends inside the window, columns after a total order sorted again, equality supposed to choose alike from all rows,
-- the joins that a complete window spares not taken off, or taken off what an incomplete one costs, one user's part of a table taken for
-- the part of the rows that pass, OFFSET not known that groups are made below.
\getenv abs_srcdir PG_ABS_SRCDIR
\set music :abs_srcdir '/include/scan_music.sql'
\set ECHO none
\i :music
\set ECHO all

CREATE TABLE member (id int PRIMARY KEY, name text, city text);
CREATE TABLE item (id int PRIMARY KEY, member_id int NOT NULL, pinned bool NOT NULL, rank float8 NOT NULL, filler text);
CREATE TABLE tag (item_id int, tag text, PRIMARY KEY (tag, item_id));
INSERT INTO member SELECT i, 'Member ' || i, 'City ' || i % 100 FROM generate_series(1, 400) i;
INSERT INTO item SELECT i, 1 + i * 7 % 400, i % 2000 = 0, i * 17 % 6000, repeat('x', 100) FROM generate_series(1, 6000) i;
INSERT INTO tag SELECT i, 'even' FROM generate_series(2, 6000, 2) i;
INSERT INTO tag SELECT i, 'rare' FROM generate_series(60, 6000, 60) i;
CREATE TABLE kind (item_id int PRIMARY KEY, kind int);
INSERT INTO kind SELECT i, i % 12 FROM generate_series(1, 6000) i;
CREATE INDEX ON item (member_id);
ANALYZE member, item, tag, kind;
SELECT bingo_tune.create_ordering('pinned', $$
	SELECT i.id, i.pinned, i.rank, m.name, m.city FROM item i JOIN member m ON m.id = i.member_id
	ORDER BY i.pinned DESC, i.rank DESC, i.id DESC$$, 1000);
SELECT bingo_tune.create_ordering('ranked', $$
	SELECT i.id, i.rank, m.name, m.city FROM item i JOIN member m ON m.id = i.member_id
	ORDER BY i.rank DESC, i.id DESC$$, 1000);
\set f 'FROM item i JOIN member m ON m.id = i.member_id'

-- keyset: almost all items have the first column's value
SELECT * FROM compare('SELECT i.id ' || :'f' || ' WHERE (i.pinned, i.rank, i.id) < (false, 5500, 1)
	ORDER BY i.pinned DESC, i.rank DESC, i.id DESC LIMIT 20');
SELECT * FROM compare('SELECT i.id, t.tag ' || :'f' || ' JOIN tag t ON t.item_id = i.id AND t.tag = ''even''
	WHERE (i.pinned, i.rank, i.id) < (false, 5500, 1) ORDER BY i.pinned DESC, i.rank DESC, i.id DESC LIMIT 20');
-- behind the window
SELECT * FROM compare('SELECT i.id ' || :'f' || ' WHERE (i.pinned, i.rank, i.id) < (false, 2000, 1)
	ORDER BY i.pinned DESC, i.rank DESC, i.id DESC LIMIT 20');

-- all rows of a range that ends inside the window; behind it
SELECT * FROM compare('SELECT i.id, t.tag ' || :'f' || ' LEFT JOIN tag t ON t.item_id = i.id AND t.tag = ''rare''
	WHERE i.rank >= 5800 ORDER BY i.rank DESC, i.id DESC');
SELECT * FROM compare('SELECT i.id ' || :'f' || ' WHERE i.rank > 5800 ORDER BY i.rank DESC, i.id DESC');
SELECT * FROM compare('SELECT i.id ' || :'f' || ' WHERE i.rank >= 3000 ORDER BY i.rank DESC, i.id DESC');

-- equality: rows of the window's beginning, all of them; rows behind it; not known which
SELECT bingo_tune.create_ordering('by_city', $$
	SELECT i.id, i.rank, m.city FROM item i JOIN member m ON m.id = i.member_id ORDER BY m.city, i.rank DESC, i.id DESC$$, 1000);
SELECT * FROM compare('SELECT i.id ' || :'f' || ' WHERE m.city = ''City 10'' ORDER BY i.rank DESC, i.id DESC LIMIT 20');
SELECT * FROM compare('SELECT i.id ' || :'f' || ' WHERE m.city = ''City 10'' ORDER BY i.rank DESC, i.id DESC');
SELECT * FROM compare('SELECT i.id ' || :'f' || ' WHERE m.city = ''City 10'' AND i.rank < 3000 ORDER BY i.rank DESC, i.id DESC');
SELECT * FROM compare('SELECT i.id ' || :'f' || ' WHERE m.city = ''City 95'' ORDER BY i.rank DESC, i.id DESC LIMIT 20');
SELECT * FROM compare('SELECT i.id ' || :'f' || ' WHERE m.city = (SELECT ''City 10'') ORDER BY i.rank DESC, i.id DESC LIMIT 5');
SELECT bingo_tune.drop_ordering('by_city');

-- LIMIT wants so many rows more as a join above takes away: the window has them, or not
SELECT * FROM compare('SELECT i.id ' || :'f' || ' WHERE EXISTS (SELECT FROM kind k WHERE k.item_id = i.id AND k.kind = 1)
	ORDER BY i.rank DESC, i.id DESC LIMIT 40');
SELECT * FROM compare('SELECT i.id ' || :'f' || ' WHERE EXISTS (SELECT FROM kind k WHERE k.item_id = i.id AND k.kind = 1)
	ORDER BY i.rank DESC, i.id DESC LIMIT 100');

-- groups, a row of the window each: LIMIT and OFFSET end in the window, or behind it
SELECT * FROM compare('SELECT i.id, count(k.kind) ' || :'f' || ' LEFT JOIN kind k ON k.item_id = i.id GROUP BY i.id ORDER BY i.rank DESC, i.id DESC OFFSET 400 LIMIT 20');
SELECT * FROM compare('SELECT i.id, count(k.kind) ' || :'f' || ' LEFT JOIN kind k ON k.item_id = i.id GROUP BY i.id ORDER BY i.rank DESC, i.id DESC OFFSET 1500 LIMIT 20');

-- all rows, by groups of the first keys: a window that has them all, one that has not, one most of which a filter throws away
CREATE TABLE visit (id int PRIMARY KEY, member_id int NOT NULL, at int NOT NULL);
INSERT INTO visit SELECT i, 1 + i * 7 % 400, i * 17 % 6000 FROM generate_series(1, 6000) i;
CREATE INDEX ON visit (member_id);
ANALYZE visit;
SELECT bingo_tune.create_ordering('every_visit', $$
	SELECT v.id, v.at, m.name, m.city FROM visit v JOIN member m ON m.id = v.member_id ORDER BY m.city, v.at DESC, v.id DESC$$, 7000);
SELECT bingo_tune.create_ordering('last_visits', $$
	SELECT v.id, v.at, m.name, m.city FROM visit v JOIN member m ON m.id = v.member_id ORDER BY m.name, v.at DESC, v.id DESC$$, 5000);
\set v 'FROM visit v JOIN member m ON m.id = v.member_id'
SELECT * FROM compare('SELECT m.city, count(*) ' || :'v' || ' GROUP BY m.city ORDER BY m.city');
SELECT from_window, from_behind, rows FROM compare('SELECT m.city, max(v.at) - min(v.at) ' || :'v' || ' GROUP BY m.city');
SELECT * FROM compare('SELECT m.name, count(*) ' || :'v' || ' GROUP BY m.name ORDER BY m.name');
SELECT * FROM compare('SELECT m.city, count(*) ' || :'v' || ' WHERE v.at % 1000 = 7 GROUP BY m.city ORDER BY m.city');

-- after a total order the relation's columns need no sort, in the window and behind it, also where a join repeats rows
SELECT split_part(top_nodes('SELECT i.id ' || :'f' || ' ORDER BY i.rank DESC, i.id DESC, m.name LIMIT 20'), ' of ', 1);
SELECT * FROM compare('SELECT DISTINCT i.rank, i.id, m.name ' || :'f' || ' ORDER BY i.rank DESC, i.id DESC LIMIT 20');
SELECT rows, same FROM compare('SELECT i.rank, i.id, t.tag ' || :'f' || ' LEFT JOIN tag t ON t.item_id = i.id
	ORDER BY i.rank DESC, i.id DESC, m.name, t.tag LIMIT 20');
SELECT * FROM compare('SELECT i.rank, i.id ' || :'f' || ' ORDER BY i.rank DESC, i.id DESC, m.name LIMIT (SELECT 10) OFFSET (SELECT 995)');

-- a condition on the number or the rank of a row ends the level, in the window; not with a join between, behind the window, or by parts
\set n 'OVER (ORDER BY i.rank DESC, i.id DESC) AS n '
SELECT from_window BETWEEN rows AND rows + 3 AS few, from_behind, rows, same FROM compare('SELECT * FROM (SELECT i.id, m.name, row_number() ' || :'n' || :'f' || ') x WHERE n <= 30');
SELECT from_window BETWEEN rows AND rows + 3 AS few, from_behind, rows, same FROM compare('SELECT * FROM (SELECT i.id, rank() ' || :'n' || :'f' || ') x WHERE 30 > n');
SELECT from_window BETWEEN rows AND rows + 3 AS few, from_behind, rows, same FROM compare('SELECT * FROM (SELECT i.id, t.tag, row_number() ' || :'n' || :'f' || ' JOIN tag t ON t.item_id = i.id AND t.tag = ''even'') x WHERE n <= 30');
SELECT from_window BETWEEN rows AND rows + 3 AS few, from_behind, rows, same FROM compare('SELECT * FROM (SELECT i.id, row_number() ' || :'n' || :'f' || ') x WHERE n <= 3000');
SELECT from_window BETWEEN rows AND rows + 3 AS few, from_behind, rows, same FROM compare('SELECT * FROM (SELECT i.id, row_number() ' || :'n' || :'f' || ') x WHERE n >= 5990');
SELECT from_window BETWEEN rows AND rows + 3 AS few, from_behind, rows, same FROM compare('SELECT * FROM (SELECT i.id, row_number() OVER (PARTITION BY i.pinned ORDER BY i.rank DESC, i.id DESC) AS n ' || :'f' || ') x WHERE n <= 3');
SELECT from_window BETWEEN rows AND rows + 3 AS few, from_behind, rows, same FROM compare('SELECT * FROM (SELECT i.id, dense_rank() ' || :'n' || :'f' || ') x WHERE n <= 30');
SELECT from_window BETWEEN rows AND rows + 3 AS few, from_behind, rows, same FROM compare('SELECT * FROM (SELECT i.id, count(*) ' || :'n' || :'f' || ') x WHERE n <= 30');

-- what one user follows is the smaller a part of its table the more users there are, but not of what can be followed
CREATE TABLE follow (reader_id int, member_id int, PRIMARY KEY (reader_id, member_id));
INSERT INTO follow SELECT r, 1 + (r + i) % 400 FROM generate_series(1, 100) r, generate_series(1, 300) i;
CREATE INDEX ON follow (member_id);
VACUUM ANALYZE follow;
SELECT bingo_tune.create_ordering('followed', 'SELECT i.id, i.rank, i.member_id, m.name ' || :'f' || ' ORDER BY i.rank DESC, i.id DESC', 1000);
SELECT * FROM compare('SELECT i.id ' || :'f' || ' WHERE EXISTS (SELECT FROM follow o WHERE o.member_id = i.member_id AND o.reader_id = 7) ORDER BY i.rank DESC, i.id DESC LIMIT 20');
SELECT * FROM compare('SELECT i.id ' || :'f' || ' JOIN follow o ON o.member_id = m.id WHERE o.reader_id = 7 ORDER BY i.rank DESC, i.id DESC LIMIT 20');
SELECT * FROM compare('SELECT i.id ' || :'f' || ' WHERE i.member_id IN (SELECT o.member_id FROM follow o WHERE o.reader_id = 7) ORDER BY i.rank DESC, i.id DESC LIMIT 20');
-- where it is what can be followed that is less, the window has not enough of it
SELECT * FROM compare('SELECT i.id ' || :'f' || ' WHERE EXISTS (SELECT FROM follow o WHERE o.member_id = i.member_id AND o.reader_id = 7 AND o.member_id < 12) ORDER BY i.rank DESC, i.id DESC LIMIT 20');

DROP SCHEMA music CASCADE;
DROP EXTENSION bingo_tune CASCADE;
DROP EXTENSION IF EXISTS pg_stat_statements;
