#!/bin/bash
# Is what advise() says of GIN indexes true?  A table of documents, and for each kind of condition that such an index finds:
# the time without and with what advise() writes (medians of turns; each with a number of executions in one session), the cost that it
# foretold and the planner's with the real index, its size and the real one.  In the end what each costs an INSERT (the
# medians of the differences to a table without any), beside what writers are charged for it.
#
# Usage: bench/advise_gin.sh [--rows=N] [--rounds=N]
#
#   --rows     documents (default 100,000)
#   --rounds   turns (default 5)
#
# Needs HypoPG and pg_trgm.  PG_CONFIG selects the server's version.
#
# Exit status: 0 each is used and faster, 1 one is not, or a failure, 2 wrong command line.
# shellcheck disable=SC2154	# root, work and bin are set by private_server.sh
set -euo pipefail

rows=100000 rounds=5
# shellcheck source=bench/options.sh
. "$(dirname "${BASH_SOURCE[0]}")/options.sh"
read_options 'rows rounds' '' "$@"
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
# shellcheck disable=SC1091	# checked by itself
. "$here/private_server.sh"
start_server shared_buffers=512MB max_wal_size=4GB autovacuum=off max_parallel_workers_per_gather=0

createdb docs
sql docs -v n="$rows" -o /dev/null <<'SQL'
CREATE EXTENSION bingo_tune CASCADE;
CREATE EXTENSION hypopg;
CREATE EXTENSION pg_trgm;
SELECT setseed(0.3);
-- 5,000 words of three of sixteen syllables
CREATE TABLE word AS SELECT i, string_agg((ARRAY['ka','lo','mi','tur','ber','an','es','in','om','rid','sel','vo','pex','qua','ny','ti'])[1 + (random() * 15)::integer], '') AS w
	FROM generate_series(0, 4999) AS i, generate_series(1, 3) GROUP BY i;
CREATE INDEX ON word (i);
CREATE TABLE doc AS SELECT i AS id, (SELECT string_agg(w, ' ') FROM word WHERE word.i IN (x.i % 5000, x.i * 7 % 5000, x.i * 31 % 5000, x.i * 53 % 5000)) AS title,
	(SELECT string_agg(w, ' ') FROM word WHERE word.i = ANY (ARRAY(SELECT x.i * k * 17 % 5000 FROM generate_series(1, 40) AS k))) AS body,
	md5(i::text)::varchar(40) AS code, ARRAY['t' || i % 5000, 't' || i % 3333, 't' || i % 777] AS tags, ARRAY[i % 1000, i % 777, i % 50] AS numbers,
	jsonb_build_object('kind', 'k' || i % 300, 'owner', i % 5000, 'draft', i % 2 = 0) AS data
	FROM generate_series(1, :n) AS x (i);
ALTER TABLE doc ADD words tsvector;
UPDATE doc SET words = to_tsvector('simple', body);
VACUUM FULL doc;
VACUUM ANALYZE doc;
CREATE FUNCTION measure(times integer, query text) RETURNS float8 LANGUAGE plpgsql AS $$
DECLARE
	began timestamptz;
BEGIN
	EXECUTE query;
	began := clock_timestamp();
	FOR i IN 1..times LOOP
		EXECUTE query;
	END LOOP;
	RETURN extract(epoch FROM clock_timestamp() - began) * 1000 / times;
END $$;
CREATE FUNCTION cost(query text) RETURNS float8 LANGUAGE plpgsql AS $$
DECLARE
	plan json;
BEGIN
	EXECUTE 'EXPLAIN (FORMAT JSON) ' || query INTO plan;
	RETURN plan -> 0 -> 'Plan' ->> 'Total Cost';
END $$;
SQL

word=$(sql docs -c 'SELECT w FROM word WHERE i = 7')
queries=(
	"a part of a title|SELECT id FROM doc WHERE title LIKE '%${word:1:6}%'"
	"a part of a body, in any case|SELECT id FROM doc WHERE body ILIKE '%${word:1:6}% ${word:0:3}%'"
	"a regular expression|SELECT id FROM doc WHERE code ~ 'abc[de]fa'"
	"arrays that overlap|SELECT id FROM doc WHERE tags && ARRAY['t17', 't4711']"
	"arrays that contain|SELECT id FROM doc WHERE numbers @> ARRAY[17, 5]"
	"jsonb that contains|SELECT id FROM doc WHERE data @> '{\"owner\": 77}'"
	"documents|SELECT id FROM doc WHERE words @@ to_tsquery('simple', '$word & $(sql docs -c 'SELECT w FROM word WHERE i = 8')')"
)
status=0
echo "$("$bin/postgres" --version), $(getconf _NPROCESSORS_ONLN) cores, load $(cut -d' ' -f1 /proc/loadavg) at the beginning, $rows rows, medians of $rounds turns"
echo "| looks for | plain, ms | advised, ms | times faster | cost foretold / with it | size foretold / real, MB | |"
echo "|---|---|---|---|---|---|---|"
for line in "${queries[@]}"; do
	name=${line%%|*} query=${line#*|}
	IFS='|' read -r command foretold size < <(sql docs -c "SELECT command, cost_after, size FROM bingo_tune.advise(\$\$$query\$\$) WHERE kind = 'index'")
	[ -n "$command" ] || { echo "| $name | | | | | | NOT MET: nothing is advised |"; status=1; continue; }
	sql docs -c "${command/ON /advised ON }"
	rm -f "$work"/times.*
	for ((i = 0; i < rounds; i++)); do
		sql docs -c 'SET enable_bitmapscan = off' -c "SELECT measure(1, \$\$$query\$\$)" >>"$work/times.plain"
		sql docs -c "SELECT measure(10, \$\$$query\$\$)" >>"$work/times.advised"
	done
	echo "$name|$(median <"$work/times.plain")|$(median <"$work/times.advised")|$foretold|$size|$(sql docs -c "SELECT cost(\$\$$query\$\$), pg_relation_size('advised')")|$(sql docs -c "EXPLAIN $query" | grep -c 'Index Scan on advised' || true)" |
		awk -F'|' '{
			met = $8 > 0 && $3 < $2
			printf "| %s | %.1f | %.2f | %.0f | %.0f / %.0f | %.1f / %.1f | %s |\n", $1, $2, $3, $2 / $3, $4, $6, $5 / 1e6, $7 / 1e6, met ? "met" : "NOT MET"
			exit !met
		}' || status=1
	sql docs -c 'DROP INDEX advised'
done

# What writers pay.
columns=('title gin_trgm_ops' 'body gin_trgm_ops' 'code gin_trgm_ops' tags numbers data words)
insert()
{
	sql docs -c 'DROP TABLE IF EXISTS copy' -c 'CREATE TABLE copy (LIKE doc)' -c "$1" -o /dev/null
	sql docs -o /dev/null -c 'INSERT INTO copy SELECT * FROM doc WHERE id > 20000 AND id <= 40000'
	sql docs -c '\timing on' -c 'INSERT INTO copy SELECT * FROM doc WHERE id <= 20000' | awk '/^Time/ { print $2 }'
}
rm -f "$work"/insert.*
for ((i = 0; i < rounds; i++)); do
	insert 'SELECT 1' >"$work/none"
	for column in "${columns[@]}" 'btree'; do
		if [ "$column" = btree ]; then
			create='CREATE INDEX ON copy (title)'
		else
			create="CREATE INDEX ON copy USING gin ($column)"
		fi
		echo "$(insert "$create") $(cat "$work/none")" | awk '{ print ($1 - $2) / 20 }' >>"$work/insert.${column%% *}"
	done
done
echo
echo "| index on | us more for an INSERT |"
echo "|---|---|"
for column in "${columns[@]}" btree; do
	echo "| ${column%% *} | $(median <"$work/insert.${column%% *}") |"
done
exit "$status"
