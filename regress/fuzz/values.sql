-- What the schemas and data of scan_random are made of: numbers that look random
-- but are not, and for each type a value for a number.  Different numbers give
-- different values; "other" asks for the same value in another representation
-- where the type has one (1 and 1.00, 1 day and 24 hours, 0 and -0, two cases of a
-- letter under a collation that takes them for equal).
SET client_min_messages = error;
DROP SCHEMA IF EXISTS fuzz CASCADE;
CREATE SCHEMA fuzz;
DO $$ BEGIN
	IF EXISTS (SELECT FROM pg_collation WHERE collname = 'und-x-icu') THEN
		CREATE COLLATION fuzz.other FROM "und-x-icu";
		CREATE COLLATION fuzz.anycase (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
	ELSE
		CREATE COLLATION fuzz.other FROM "POSIX";
		CREATE COLLATION fuzz.anycase FROM "C";
	END IF;
END $$;
CREATE TYPE fuzz.mood AS ENUM ('sad', 'ok', 'glad', 'b', 'a');
CREATE DOMAIN fuzz.word AS text;
CREATE FUNCTION fuzz.h(n bigint, salt bigint) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN hashint8extended(n, salt) & 1073741823;
CREATE FUNCTION fuzz.v_int2(n bigint, other bool) RETURNS int2 LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN n::int2;
CREATE FUNCTION fuzz.v_int4(n bigint, other bool) RETURNS int4 LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN n::int4;
CREATE FUNCTION fuzz.v_int8(n bigint, other bool) RETURNS int8 LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN n;
CREATE FUNCTION fuzz.v_oid(n bigint, other bool) RETURNS oid LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN (n + 2147483000)::oid;
CREATE FUNCTION fuzz.v_numeric(n bigint, other bool) RETURNS numeric LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN CASE WHEN n = 4 THEN 'NaN' WHEN other THEN round(n::numeric, 2) ELSE n END;
CREATE FUNCTION fuzz.v_float8(n bigint, other bool) RETURNS float8 LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN CASE WHEN n = 3 THEN 'NaN' WHEN n = 5 THEN '-Infinity' WHEN n = 0 AND other THEN '-0'::float8 ELSE n / 8.0::float8 END;
CREATE FUNCTION fuzz.v_text(n bigint, other bool) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN concat((ARRAY['a', 'B', 'b', 'A', 'ä', 'z', '_', '', 'aa', '-a', 'é', '~a'])[1 + n % 12], nullif(n / 12, 0));
CREATE FUNCTION fuzz.v_varchar(n bigint, other bool) RETURNS varchar LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN fuzz.v_text(n, other);
CREATE FUNCTION fuzz.v_bpchar(n bigint, other bool) RETURNS bpchar LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN fuzz.v_text(n, other)::char(9);
CREATE FUNCTION fuzz.v_name(n bigint, other bool) RETURNS name LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN fuzz.v_text(n, other)::name;
CREATE FUNCTION fuzz.v_word(n bigint, other bool) RETURNS fuzz.word LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN fuzz.v_text(n, other);
CREATE FUNCTION fuzz.v_anycase(n bigint, other bool) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN CASE WHEN other THEN 'W' ELSE 'w' END || n;
CREATE FUNCTION fuzz.v_date(n bigint, other bool) RETURNS date LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN CASE WHEN n = 6 THEN 'infinity' ELSE DATE '1999-12-20' + n::int END;
CREATE FUNCTION fuzz.v_timestamp(n bigint, other bool) RETURNS timestamp LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN TIMESTAMP '1999-12-20 01:02:03.000004' + n * INTERVAL '7 hours';
CREATE FUNCTION fuzz.v_timestamptz(n bigint, other bool) RETURNS timestamptz LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN TIMESTAMPTZ '1999-12-20 01:02:03+00' + n * INTERVAL '7 hours';
CREATE FUNCTION fuzz.v_interval(n bigint, other bool) RETURNS interval LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN CASE WHEN other THEN make_interval(hours => 24 * n::int) ELSE make_interval(days => n::int) END;
CREATE FUNCTION fuzz.v_uuid(n bigint, other bool) RETURNS uuid LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN md5(n::text)::uuid;
CREATE FUNCTION fuzz.v_bool(n bigint, other bool) RETURNS bool LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN n % 2 = 1;
CREATE FUNCTION fuzz.v_bytea(n bigint, other bool) RETURNS bytea LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN decode(lpad(to_hex(n), 8, '0'), 'hex');
CREATE FUNCTION fuzz.v_inet(n bigint, other bool) RETURNS inet LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN INET '10.0.0.0' + n;
CREATE FUNCTION fuzz.v_jsonb(n bigint, other bool) RETURNS jsonb LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN jsonb_build_object('n', CASE WHEN other THEN round(n::numeric, 1) ELSE n END);
CREATE FUNCTION fuzz.v_array(n bigint, other bool) RETURNS int4[] LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN ARRAY[n::int % 3, NULL, n::int];
CREATE FUNCTION fuzz.v_range(n bigint, other bool) RETURNS int4range LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN int4range(n::int, n::int + 2);
CREATE FUNCTION fuzz.v_mood(n bigint, other bool) RETURNS fuzz.mood LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN (enum_range(NULL::fuzz.mood))[1 + n % 5];
-- The number itself, which the planner doesn't know.
CREATE FUNCTION fuzz.steady(n bigint) RETURNS bigint LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$ BEGIN RETURN n; END $$;
-- Is it one of these?  It fails if it is not; the other one costs less than what stands in front of it, and is of a join.
CREATE FUNCTION fuzz.guarded(value text, known text[]) RETURNS bool LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$ BEGIN
	IF value COLLATE "C" = ANY (known) THEN
		RETURN true;
	ELSIF value IS NOT NULL THEN
		RAISE 'seen too early: %', value USING ERRCODE = 'FZ001';
	END IF;
	RETURN false;
END $$;
CREATE FUNCTION fuzz.guarded(value text, other bool, known text[]) RETURNS bool LANGUAGE plpgsql STABLE PARALLEL SAFE COST 0.1 AS $$ BEGIN
	RETURN fuzz.guarded(value, known);
END $$;
-- Keeps a query out of parallel workers.
CREATE FUNCTION fuzz.unsafe() RETURNS int LANGUAGE sql VOLATILE PARALLEL UNSAFE RETURN 1;
-- Runs a query in PL/pgSQL, with a plan of its own, and returns a digest of its rows in their order.
CREATE FUNCTION fuzz.digest(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	line record;
	digest text := '';
BEGIN
	FOR line IN EXECUTE query LOOP
		digest := md5(digest || line::text);
	END LOOP;
	RETURN digest;
END $$;
