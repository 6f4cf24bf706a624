-- The type histogram: text form, quantiles, merge, difference, buckets.
-- Seen red with: a bucket counted by its lowest value in calls_within().
SET client_min_messages = warning;
CREATE EXTENSION bingo_tune CASCADE;
RESET client_min_messages;

-- Text goes in and comes out as it is; what no histogram can be is refused.
SELECT h::bingo_tune.histogram FROM (VALUES ('sum=0'), ('sum=69 min=5 max=64 5:1 64:1'),
	('sum=100000000005 min=5 max=100000000000 5:1 overflow:1')) AS t(h);
SELECT 'sum=1'::bingo_tune.histogram;
SELECT 'sum=5 min=5 max=5 5:0'::bingo_tune.histogram;
SELECT 'sum=65 min=65 max=65 65:1'::bingo_tune.histogram;
SELECT 'sum=69 min=5 max=64 64:1 5:1'::bingo_tune.histogram;
SELECT 'sum=69 min=6 max=64 5:1 64:1'::bingo_tune.histogram;
SELECT 'sum=69 min=5 max=64 5:1 64:99999999999999999999'::bingo_tune.histogram;
SELECT 'sum=69 min=5 max=64 5:18446744073709551615 64:1'::bingo_tune.histogram;
SELECT 'nonsense'::bingo_tune.histogram;

-- Buckets agree with counting the values themselves, bucket by bucket.
CREATE TEMP TABLE values_ms AS
SELECT (hashint4(i) & 1048575)::float8 / 1000 * (1 + (i % 7) * 40) AS ms FROM generate_series(1, 5000) AS i;
SELECT count(*) > 200 AS many_buckets, sum(b.calls), count(*) FILTER (WHERE b.calls IS DISTINCT FROM (
	SELECT count(*) FROM values_ms WHERE ms BETWEEN b.lower - 0.0001 AND b.upper + 0.0001)) AS wrong
FROM (SELECT bingo_tune.histogram_of(ms) AS h FROM values_ms) AS t, bingo_tune.buckets(t.h) AS b;

-- Quantiles are within 1/64 of percentile_disc()'s; the extremes and the mean are exact.
SELECT fraction, abs(bingo_tune.quantile(h, fraction) / exact - 1) < 1.0 / 64 AS near
FROM (VALUES (0::float8), (0.5), (0.75), (0.9), (0.95), (0.99), (0.999), (1)) AS f(fraction),
	LATERAL (SELECT bingo_tune.histogram_of(ms) AS h,
		percentile_disc(fraction) WITHIN GROUP (ORDER BY ms) AS exact FROM values_ms WHERE ms > 0) AS t;
SELECT bingo_tune.calls(h), round(bingo_tune.quantile(h, 0)::numeric, 6) = round(min::numeric, 6) AS min,
	round(bingo_tune.quantile(h, 1)::numeric, 6) = round(max::numeric, 6) AS max,
	abs(bingo_tune.mean(h) - mean) < 0.001 AS mean
FROM (SELECT bingo_tune.histogram_of(ms) AS h, min(ms), max(ms), avg(ms) AS mean FROM values_ms) AS t;

-- Outside 0 to 1, and of nothing.
SELECT bingo_tune.quantile('sum=5 min=5 max=5 5:1', 1.01);
SELECT bingo_tune.quantile('sum=5 min=5 max=5 5:1', -0.01);
SELECT bingo_tune.quantile('sum=5 min=5 max=5 5:1', 'NaN');
SELECT bingo_tune.quantile('sum=0', 0.5), bingo_tune.mean('sum=0'), bingo_tune.calls('sum=0');
SELECT bingo_tune.histogram_of(ms) FROM (VALUES (-1::float8)) AS t(ms);
SELECT bingo_tune.histogram_of(ms) FROM (VALUES ('NaN'::float8)) AS t(ms);
SELECT bingo_tune.histogram_of(ms) FROM (VALUES (NULL::float8), (0.0014), (0.0016)) AS t(ms);
SELECT bingo_tune.quantile('sum=200000000000 min=90000000000 max=110000000000 overflow:2', 0.5);

-- Merging parts gives the whole; the difference takes a part away again.
SELECT merged::text = whole::text AS merged,
	bingo_tune.merge(h1, h2)::text = whole::text AS merged_pair,
	(SELECT array_agg(b) FROM bingo_tune.buckets(bingo_tune.difference(whole, h1)) AS b)
		= (SELECT array_agg(b) FROM bingo_tune.buckets(h2) AS b) AS difference
FROM (SELECT bingo_tune.histogram_of(ms) AS whole,
		bingo_tune.histogram_of(ms) FILTER (WHERE ms < 300) AS h1,
		bingo_tune.histogram_of(ms) FILTER (WHERE ms >= 300) AS h2 FROM values_ms) AS parts,
	(SELECT bingo_tune.merge(h) AS merged FROM (
		SELECT bingo_tune.histogram_of(ms) AS h FROM values_ms GROUP BY round(ms)) AS p) AS m;
SELECT bingo_tune.merge(h) FROM (VALUES (NULL::bingo_tune.histogram)) AS t(h);
SELECT bingo_tune.difference('sum=5 min=5 max=5 5:1'::bingo_tune.histogram, 'sum=6 min=6 max=6 6:1');
SELECT bingo_tune.merge('sum=5 min=5 max=5 5:18446744073709551615', 'sum=5 min=5 max=5 5:1');

-- Calls within limits, as monitoring wants them.
SELECT bingo_tune.calls_within(h, 0.005), bingo_tune.calls_within(h, 0.0049), bingo_tune.calls_within(h, 1000),
	bingo_tune.cumulative(h, ARRAY[0.004, 0.064, 0.08, 1e9])
FROM (SELECT 'sum=133 min=5 max=64 5:1 64:2'::bingo_tune.histogram AS h) AS t;
SELECT bingo_tune.cumulative('sum=0', ARRAY[1, NULL]);
SELECT count(*), min(b), max(b), count(*) FILTER (WHERE bingo_tune.calls_within(h, b) IS DISTINCT FROM
	(SELECT count(*) FROM values_ms WHERE ms < b - 0.0001)) AS wrong
FROM unnest(bingo_tune.monitoring_bounds()) AS b, (SELECT bingo_tune.histogram_of(ms) AS h FROM values_ms) AS t;

-- Values are stored and copied like any other.
CREATE TEMP TABLE kept AS SELECT bingo_tune.histogram_of(ms) AS h FROM values_ms;
CREATE TEMP TABLE copied (h bingo_tune.histogram);
INSERT INTO copied SELECT h::text::bingo_tune.histogram FROM kept;
SELECT kept.h::text = copied.h::text AS same FROM kept, copied;

DROP TABLE kept, copied, values_ms;
DROP EXTENSION bingo_tune;
