#!/bin/bash
# Does advise() find from traffic alone what apply() knows?  On bingo's database without index or key: the application's
# traffic (bench/workloads/mix.conf) until each list was asked for three times (by its own statement: an endpoint counts what bingo_bench
# asks of the table for parameters, too), then the commands that advise() writes, each as
# it is, once; beside it a copy of the bare database with apply().  Prints the commands, then for each endpoint the median of the rounds' fastest of ten calls of both (what
# other work on the machine adds is in the others), the ratio (the median of the rounds', in each of which advise()'s stands between
# two of apply()'s) and the A/A of these two.  Then the bytes of the indexes, and, beside them, of the windows of the orderings.
#
# Statements that write run in a transaction that is rolled back.  The ratio is held to the bound as it is, but for
# endpoints whose medians differ by less than 0.02 ms, which is what a connection differs by.
#
# Usage: bench/advise_bingo.sh [--scale=F] [--seconds=N] [--rounds=N]
#
#   --scale    size of the data (default 0.2: 1,000,000 sessions)
#   --seconds  of traffic on the bare database, or so many more (default 60)
#   --rounds   turns (default 9)
#
# Needs HypoPG.  PG_CONFIG selects the server's version.
#
# Exit status: 0 all bounds met, 1 one not met or a failure, 2 wrong command line.
# shellcheck disable=SC2154	# root, work and bin are set by private_server.sh
set -euo pipefail

scale=0.2 seconds=60 rounds=9
# shellcheck source=bench/options.sh
. "$(dirname "${BASH_SOURCE[0]}")/options.sh"
read_options 'scale seconds rounds' '' "$@"
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
# shellcheck disable=SC1091	# checked by itself
. "$here/private_server.sh"
start_server shared_buffers=512MB work_mem=16MB max_wal_size=8GB checkpoint_timeout=1h autovacuum=off
endpoints=(get_session_list get_session get_customer_list get_customer get_movie_list get_movie post_session delete_session db_dummy)

createdb advised
bingo_load -d advised --scale="$scale" --quiet >&2
sql advised -o /dev/null -c 'CREATE EXTENSION bingo_tune CASCADE' -c 'CREATE EXTENSION hypopg' -c 'SELECT bingo_tune.revert()' -c VACUUM -c ANALYZE
createdb -T advised applied
sql advised -o /dev/null -c 'SELECT bingo_tune.reset_timing()'
for ((i = 0; i < 20; i++)); do
	bingo_bench load -d advised --quiet --clients=2 --duration="$seconds" --seed="$((i + 1))" --mix="$here/workloads/mix.conf" >&2
	[ "$(sql advised -c "SELECT count(DISTINCT e.queryid) FROM bingo_tune.query_timing AS t JOIN bingo_tune.query_examples AS e USING (queryid)
		WHERE e.statement ~ 'LIMIT 100000$' AND e.statement !~ 'WHERE' AND t.calls >= 3")" != 3 ] || break
done
psql -XqAt0 -v ON_ERROR_STOP=1 -d advised -c 'SELECT bingo_tune.advise_commands()' >"$work/commands"
while IFS= read -r -d '' command; do
	echo "$command;"
	sql advised -o /dev/null -c "$command"
done <"$work/commands"
sql applied -o /dev/null -c 'SELECT bingo_tune.apply()'
sql advised -c VACUUM -c ANALYZE
sql applied -c VACUUM -c ANALYZE

# The fastest call's milliseconds of each endpoint, as "name ms".
times()
{
	bingo_bench query -d "$1" --before=BEGIN --warmup=1 --repeat=10 "${endpoints[@]/#/$here/workloads/}" | awk 'NR > 1 { print $1, $6 }'
}
endpoints=("${endpoints[@]/%/.sql}")
for ((round = 0; round < rounds; round++)); do
	if [ $((round % 2)) = 0 ]; then
		times applied >"$work/1"; times advised >"$work/2"; times applied >"$work/3"
	else
		times applied >"$work/3"; times advised >"$work/2"; times applied >"$work/1"
	fi
	paste "$work/1" "$work/2" "$work/3" | awk '{ print $1, $2, $4, $4 / (($2 + $6) / 2), $2 / $6 }' >>"$work/rounds"
done

bytes()
{
	sql "$1" -c "SELECT sum(pg_relation_size(i.indexrelid)) FROM pg_index i
		WHERE i.indrelid IN ('sessions'::regclass, 'customers'::regclass, 'movies'::regclass)"
}
windows()
{
	sql "$1" -c "SELECT coalesce(sum(bytes), 0) FROM bingo_tune.orderings"
}

echo
echo "$("$bin/postgres" --version), $(getconf _NPROCESSORS_ONLN) cores, load $(cut -d' ' -f1 /proc/loadavg) at the end, scale $scale, $((seconds * (i < 20 ? i + 1 : i))) s of traffic, $rounds turns"
status=0
echo "| endpoint | apply(), ms | advise(), ms | ratio | A/A | bound | |"
echo "|---|---|---|---|---|---|---|"
for endpoint in "${endpoints[@]%.sql}"; do
	for column in 2 3 4 5; do
		awk -v name="$endpoint" -v column="$column" '$1 == name { print $column }' "$work/rounds" | median
	done | paste -sd' ' | awk -v name="$endpoint" '{
		met = $3 <= 1.1 || $2 - $1 < 0.02
		printf "| %s | %.3f | %.3f | %.2f | %.2f | 1.1 | %s |\n", name, $1, $2, $3, $4, met ? "met" : "NOT MET"
		exit !met
	}' || status=1
done
echo "$(bytes applied) $(bytes advised)" | awk '{
	met = $2 <= 1.1 * $1
	printf "| bytes of indexes, MB | %.1f | %.1f | %.2f | | 1.1 | %s |\n", $1 / 1e6, $2 / 1e6, $2 / $1, met ? "met" : "NOT MET"
	exit !met
}' || status=1
echo "$(windows applied) $(windows advised)" | awk '{ printf "| and of windows, MB | %.1f | %.1f | %.2f | | | |\n", $1 / 1e6, $2 / 1e6, $1 ? $2 / $1 : 0 }'
exit "$status"
