#!/bin/bash
# How long does advise() take over a large database, and how much memory?  20,000 tables, of which 100 have rows, and ten
# statements on each of those, of different shapes: 1,000 queries that ran once.  Prints the time of one call, and the most private
# memory of its session, looked at ten times a second (Linux: RssAnon), with what it had before.  Beside the time what the session had of a
# processor: on a machine that is busy the rest was others'.
#
# Usage: bench/advise_many.sh [--tables=N] [--queries=N]
#
#   --tables   of the database (default 20,000)
#   --queries  that are tracked, ten for each of a tenth as many tables (default 1,000)
#
# Needs HypoPG.  PG_CONFIG selects the server's version.
#
# Exit status: 0 both bounds met, 1 one not met or a failure, 2 wrong command line.
# shellcheck disable=SC2154	# root, work and bin are set by private_server.sh
set -euo pipefail

tables=20000 queries=1000
# shellcheck source=bench/options.sh
. "$(dirname "${BASH_SOURCE[0]}")/options.sh"
read_options 'tables queries' '' "$@"
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
# shellcheck disable=SC1091	# checked by itself
. "$here/private_server.sh"
start_server shared_buffers=512MB max_wal_size=4GB autovacuum=off fsync=off pg_stat_statements.max=5000

used=$((queries / 10))
createdb many
sql many -o /dev/null -c 'CREATE EXTENSION bingo_tune CASCADE' -c 'CREATE EXTENSION hypopg'
for ((i = 1; i <= tables; i += 500)); do
	sql many -c "DO \$\$ BEGIN FOR i IN $i..least($((i + 499)), $tables) LOOP
		EXECUTE format('CREATE TABLE t%s (id integer NOT NULL, a integer NOT NULL, b integer NOT NULL, c text, d timestamptz, e boolean)', i); END LOOP; END \$\$"
done
sql many -c "DO \$\$ BEGIN FOR i IN 1..$used LOOP
	EXECUTE format('INSERT INTO t%s SELECT i, i %% 100, i %% 1000, md5(i::text), now() - i * interval ''1 s'', i %% 10 = 0 FROM generate_series(1, 5000) AS i', i);
	EXECUTE format('ANALYZE t%s', i); END LOOP; END \$\$"
for ((i = 1; i <= used; i++)); do
	j=$((i % used + 1)) k=$(((i + 1) % used + 1))
	cat <<-SQL
		SELECT c FROM t$i WHERE id = $i;
		SELECT id, c FROM t$i WHERE a = 7 ORDER BY d DESC LIMIT 10;
		SELECT count(*) FROM t$i WHERE b = 7 AND e;
		SELECT x.id, y.c FROM t$i x JOIN t$j y ON y.id = x.a WHERE x.b = 5 ORDER BY x.d LIMIT 20;
		SELECT max(d) FROM t$i WHERE a = 3;
		UPDATE t$i SET c = 'x' WHERE id = 77;
		SELECT a, count(*) FROM t$i WHERE NOT e GROUP BY a ORDER BY 2 DESC LIMIT 5;
		SELECT id FROM t$i WHERE c LIKE 'abc%' OR b IN (3, 4);
		SELECT id FROM t$i x WHERE EXISTS (SELECT FROM t$j y WHERE y.b = x.b AND y.a = 9) ORDER BY c LIMIT 10;
		SELECT x.id, y.d, z.c FROM t$i x JOIN t$j y ON y.id = x.b JOIN t$k z ON z.id = y.a ORDER BY y.d, z.c LIMIT 30;
	SQL
done >"$work/queries.sql"
sql many -c 'SELECT bingo_tune.reset_timing()' -o /dev/null
sql many -o /dev/null -f "$work/queries.sql"

coproc SESSION { psql -XqAt -v ON_ERROR_STOP=1 -d many 2>&1; }
# shellcheck disable=SC2153	# of coproc
echo 'SELECT pg_backend_pid();' >&"${SESSION[1]}"
read -r pid <&"${SESSION[0]}"
private()
{
	awk '/^RssAnon/ { print $2 }' "/proc/$pid/status" 2>/dev/null || echo 0
}
before=$(private) most=0
start=$(date +%s%N)
echo "SELECT concat_ws(' ', count(*), count(*) FILTER (WHERE kind = 'index'), count(*) FILTER (WHERE kind = 'nothing')) FROM bingo_tune.advise(min_share => 0, max_rows => 100000);" >&"${SESSION[1]}"
until read -r -t 0.1 found <&"${SESSION[0]}"; do
	now=$(private)
	most=$((now > most ? now : most))
done
busy=$(awk -v tick="$(getconf CLK_TCK)" '{ printf "%.1f", ($14 + $15) / tick }' "/proc/$pid/stat")
seconds=$(awk -v start="$start" -v end="$(date +%s%N)" 'BEGIN { printf "%.1f", (end - start) / 1e9 }')
echo '\q' >&"${SESSION[1]}"

echo "$("$bin/postgres" --version), $(getconf _NPROCESSORS_ONLN) cores, load $(cut -d' ' -f1 /proc/loadavg) at the end, $tables tables"
echo "| advise() over $queries queries of $used tables | measured | bound | |"
echo "|---|---|---|---|"
echo "$seconds $most $before $found $busy" | awk '{
	printf "| seconds | %.1f | 30 | %s |\n", $1, $1 <= 30 ? "met" : "NOT MET"
	printf "| of them with a processor | %.1f | | |\n", $7
	printf "| private memory, MB (%.1f before) | %.1f | 200 | %s |\n", $3 / 1024, $2 / 1024, $2 / 1024 <= 200 ? "met" : "NOT MET"
	printf "| rows; indexes; nothing | %d; %d; %d | | |\n", $4, $5, $6
	exit !($1 <= 30 && $2 / 1024 <= 200)
}'
