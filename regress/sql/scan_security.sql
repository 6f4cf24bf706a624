-- Row-level policies and views with security_barrier: what may be searched and filtered in a window, and in which order.  A function
-- that is not leakproof must never see a row that a policy or a barrier hides; what is leakproof, or looks at another table's rows
-- only, may come first.  "cond": what the window is searched by, "removed": rows that the filter had to throw away.
-- Seen red with: conditions of every security level searched by; none but those of the lowest one; no condition on another table; the
-- filter not sorted by level.
\getenv abs_srcdir PG_ABS_SRCDIR
\set music :abs_srcdir '/include/scan_music.sql'
\set ECHO none
\i :music
\set ECHO all

CREATE TABLE tenant (id int PRIMARY KEY, name text NOT NULL, rate numeric NOT NULL);
CREATE TABLE bill (id int PRIMARY KEY, tenant_id int NOT NULL, due date NOT NULL, secret text NOT NULL, worth numeric NOT NULL, paid bool NOT NULL);
INSERT INTO tenant SELECT i, 'Tenant ' || i, i FROM generate_series(1, 10) i;
INSERT INTO bill SELECT i, 1 + i % 10, DATE '2026-01-01' + i % 90, 'secret of ' || (1 + i % 10), 1 + i % 10, i % 3 = 0 FROM generate_series(1, 1000) i;
CREATE INDEX ON bill (tenant_id);
ANALYZE tenant, bill;
SELECT bingo_tune.create_ordering('bills', $$
	SELECT b.id, b.tenant_id, b.due, b.secret, b.worth, b.paid, t.name FROM bill b JOIN tenant t ON t.id = b.tenant_id ORDER BY b.due DESC, b.id DESC$$, 2000);
SELECT bingo_tune.create_ordering('worths', $$
	SELECT b.id, b.tenant_id, b.due, b.worth, t.name FROM bill b JOIN tenant t ON t.id = b.tenant_id ORDER BY b.worth, b.id$$, 2000);
SELECT bingo_tune.create_ordering('rates', $$
	SELECT b.id, b.tenant_id, b.due, b.secret, b.worth, t.name, t.rate FROM bill b JOIN tenant t ON t.id = b.tenant_id ORDER BY t.rate, b.due, b.id$$, 2000);
CREATE ROLE scan_tenant;
GRANT USAGE ON SCHEMA music TO scan_tenant;
GRANT SELECT ON bill, tenant TO scan_tenant;
ALTER TABLE bill ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON bill TO scan_tenant USING (worth = current_setting('music.tenant')::numeric);
SET music.tenant = 3;
SET enable_sort = off;

-- cheap, so that the planner would call it first, and it tells what it has seen of others
CREATE FUNCTION is_spied(text) RETURNS bool LANGUAGE plpgsql STABLE COST 0.0001 AS $$
BEGIN
	IF $1 <> 'secret of 3' THEN
		RAISE WARNING 'seen: %', $1;
	END IF;
	RETURN true;
END
$$;
CREATE FUNCTION is_before(text, text) RETURNS bool LANGUAGE plpgsql IMMUTABLE STRICT COST 0.0001 AS $$
BEGIN
	IF $1 <> 'secret of 3' THEN
		RAISE WARNING 'seen: %', $1;
	END IF;
	RETURN $1 < $2;
END
$$;
CREATE FUNCTION page(query text, OUT cond text, OUT removed text, OUT from_window text, OUT same bool) LANGUAGE plpgsql AS $$
DECLARE
	plan jsonb;
	c record;
BEGIN
	EXECUTE 'EXPLAIN (ANALYZE, TIMING off, FORMAT json) ' || query INTO plan;
	plan := jsonb_path_query_first(plan, 'strict $.** ? (@."Custom Plan Provider" == "BingoOrderedScan")');
	cond := plan ->> 'Window Cond';
	removed := plan ->> 'Rows Removed by Filter';
	from_window := plan ->> 'Rows from Window';
	SELECT * INTO c FROM compare(query);
	same := c.same;
END
$$;
\set f 'FROM bill b JOIN tenant t ON t.id = b.tenant_id'
\set o 'ORDER BY b.due DESC, b.id DESC LIMIT 20'
SET ROLE scan_tenant;
-- the policy filters, and what is not leakproof comes after it
SELECT * FROM page('SELECT b.id, t.name ' || :'f' || ' ' || :'o');
SELECT * FROM page('SELECT b.id, t.name ' || :'f' || ' WHERE is_spied(b.secret) ' || :'o');
SELECT * FROM page('SELECT b.id ' || :'f' || ' WHERE is_before(b.secret, ''x'') AND NOT b.paid ' || :'o');
-- leakproof: dates and numbers are searched by, also as a keyset
SELECT * FROM page('SELECT b.id ' || :'f' || ' WHERE b.due < ''2026-03-10'' ' || :'o');
SELECT * FROM page('SELECT b.id ' || :'f' || ' WHERE (b.due, b.id) < (''2026-03-10'', 500) AND is_spied(b.secret) ' || :'o');
SELECT * FROM page('SELECT b.id ' || :'f' || ' WHERE b.due <= ''2026-03-10'' AND (b.due < ''2026-03-10'' OR b.id < 500) ' || :'o');
-- numeric's are not leakproof: they stay in the filter
SELECT * FROM page('SELECT b.id ' || :'f' || ' WHERE b.worth > 1.5 ORDER BY b.worth, b.id LIMIT 20');
-- another table's rows are hidden from nobody, unless what the policy says becomes a condition of theirs
SELECT * FROM page('SELECT b.id ' || :'f' || ' WHERE t.rate > 2 AND t.rate < 4 ORDER BY t.rate, b.due, b.id LIMIT 20');
-- a policy with a subquery, one that allows more, one on both tables
RESET ROLE;
CREATE POLICY few ON bill TO scan_tenant USING (EXISTS (SELECT FROM tenant x WHERE x.id = bill.tenant_id AND x.name = 'Tenant 3' AND bill.due > DATE '2026-02-01'));
DROP POLICY own ON bill;
SET ROLE scan_tenant;
SELECT * FROM compare('SELECT b.id ' || :'f' || ' WHERE is_spied(b.secret) ' || :'o');
RESET ROLE;
DROP POLICY few ON bill;
CREATE POLICY own ON bill TO scan_tenant USING (worth = current_setting('music.tenant')::numeric);
ALTER TABLE tenant ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON tenant TO scan_tenant USING (id = current_setting('music.tenant')::int);
SET ROLE scan_tenant;
SELECT * FROM page('SELECT b.id ' || :'f' || ' WHERE t.name > ''Tenant 2'' AND t.rate > 2 AND is_spied(b.secret) ORDER BY t.rate, b.due, b.id LIMIT 20');
-- another tenant by the same generic plan
SET plan_cache_mode = force_generic_plan;
PREPARE own_bills AS SELECT count(*), min(x.tenant_id), max(x.tenant_id) FROM (SELECT b.id, b.tenant_id FROM bill b JOIN tenant t ON t.id = b.tenant_id ORDER BY b.due DESC, b.id DESC LIMIT 20) x;
EXECUTE own_bills;
SET music.tenant = 4;
EXECUTE own_bills;
SET music.tenant = 3;
RESET plan_cache_mode;
RESET ROLE;
ALTER TABLE bill DISABLE ROW LEVEL SECURITY;
ALTER TABLE tenant DISABLE ROW LEVEL SECURITY;

-- a barrier over the join, or over one table; its own order is served inside, its user's order only if it is flattened
CREATE VIEW own_bills WITH (security_barrier) AS SELECT b.id, b.due, b.secret, t.name FROM bill b JOIN tenant t ON t.id = b.tenant_id WHERE b.tenant_id = 3;
CREATE VIEW newest_bills WITH (security_barrier) AS SELECT b.id, b.due, b.secret FROM bill b JOIN tenant t ON t.id = b.tenant_id WHERE b.tenant_id = 3 ORDER BY b.due DESC, b.id DESC;
CREATE VIEW any_bill WITH (security_barrier) AS SELECT * FROM bill WHERE tenant_id = 3;
SELECT * FROM compare('SELECT id FROM own_bills WHERE is_spied(secret) ORDER BY due DESC, id DESC LIMIT 20');
SELECT ordering, reason FROM bingo_tune.explain_ordering('SELECT id FROM own_bills ORDER BY due DESC, id DESC LIMIT 20') WHERE ordering = 'bills';
SELECT * FROM compare('SELECT id FROM newest_bills WHERE is_spied(secret) LIMIT 20');
SELECT * FROM compare('SELECT b.id FROM any_bill b JOIN tenant t ON t.id = b.tenant_id WHERE is_spied(b.secret) ORDER BY b.due DESC, b.id DESC LIMIT 20');
SELECT ordering, reason FROM bingo_tune.explain_ordering('SELECT b.id FROM any_bill b JOIN tenant t ON t.id = b.tenant_id ORDER BY b.due DESC, b.id DESC LIMIT 20') WHERE ordering = 'bills';

DROP SCHEMA music CASCADE;
DROP EXTENSION bingo_tune CASCADE;
DROP EXTENSION IF EXISTS pg_stat_statements;
DROP ROLE scan_tenant;
