#!/bin/bash
# What do GET /api/customer and GET /api/movie gain from their orderings?  Each reads
# one table in the order of a plain index; this shows the answer's time with the
# index and with the ordering, and what the ordering adds to an INSERT inside and
# outside the window (of movies, all are inside).
#
# Method: a private server, bingo_load's data.  Times are bingo_bench's, until the
# last row is in the client, with PostgreSQL's own output functions and with
# bingo_tune's encoder; the sides take turns, ROUNDS times, a cell is the median.
# An INSERT's time is the backend's processor time (/proc/self/schedstat) in a loop inside
# the server, one transaction each.
#
#   bench/ordering_single.sh                     scale 1
#   SCALE=0.02 ROUNDS=1 bench/ordering_single.sh
#   SETTINGS="shared_buffers=1GB"                settings of the server (default: 512MB)
# shellcheck disable=SC2154	# work is set by private_server.sh
set -euo pipefail
cd "$(dirname "$0")"
# shellcheck disable=SC1091	# checked by itself
. ./private_server.sh

scale=${SCALE:-1}
rounds=${ROUNDS:-5}
read -ra settings <<<"${SETTINGS:-shared_buffers=512MB}"

# read_ms ENDPOINT FAST_OUTPUT SCAN
read_ms()
{
	bingo_bench query -d dbname=bingo -n 5 --warmup=1 --set=bingo_tune.fast_output="$2" \
		--set=bingo_tune.enable_ordered_scan="$3" "workloads/$1.sql" | awk 'END { print $3 }'
}

# insert_us TABLE COLUMNS VALUES: microseconds of one INSERT, commit included
insert_us()
{
	sql bingo -c "DO \$\$
	DECLARE
		start float8;
	BEGIN
		FOR i IN -100..${WRITES:-5000} LOOP
			IF i = 1 THEN
				start := split_part(pg_read_file('/proc/self/schedstat', 0, 100), ' ', 1);
			END IF;
			INSERT INTO $1 ($2) VALUES ($3);
			COMMIT;
		END LOOP;
		RAISE WARNING '%', (split_part(pg_read_file('/proc/self/schedstat', 0, 100), ' ', 1)::float8 - start) / 1e3 / ${WRITES:-5000};
	END \$\$" 2>&1 | awk '/WARNING/ { printf "%.1f\n", $2 }'
}

start_server "${settings[@]}" bingo_tune.upkeep=off synchronous_commit=off
createdb bingo
bingo_load -d dbname=bingo --scale="$scale" --quiet
sql bingo -c VACUUM
sql bingo -c 'CREATE EXTENSION bingo_tune CASCADE'
sql bingo -c "SELECT bingo_tune.drop_ordering(name) FROM bingo_tune.orderings"

declare -A query columns inside outside
query[customer]="SELECT id, name, surname, birthday, email FROM customers ORDER BY surname, name, birthday DESC, id DESC"
columns[customer]="id, name, surname, birthday, email"
inside[customer]="10000000 + i, '', '', '1990-01-01', 'x@example.org'"
outside[customer]="20000000 + i, chr(65000), chr(65000), '1990-01-01', 'x@example.org'"
query[movie]="SELECT id, name, year, duration FROM movies ORDER BY year DESC, name, id DESC"
columns[movie]="id, name, year, duration"
inside[movie]="10000000 + i, 'x', 3000, 90"
outside[movie]="20000000 + i, 'x', 1, 90"

for kind in customer movie; do
	declare -A times=()
	for side in without with; do
		[ $side = without ] ||
			sql bingo -c "SELECT bingo_tune.create_ordering('$kind', '${query[$kind]}')" >/dev/null
		for place in inside outside; do
			values=${inside[$kind]}
			[ $place = inside ] || values=${outside[$kind]}
			for ((i = 0; i < rounds; i++)); do
				insert_us "${kind}s" "${columns[$kind]}" "$values"
				sql bingo -c "DELETE FROM ${kind}s WHERE id >= 9000000"
				sql bingo -c "VACUUM ${kind}s"
			done >"$work/$side.$place"
			times[$side.$place]=$(median <"$work/$side.$place")
		done
	done
	printf '\n%s\n| | index | ordering |\n|---|---|---|\n' "GET /api/$kind"
	for output in off all; do
		rm -f "$work/index" "$work/ordering"
		for ((i = 0; i < rounds; i++)); do
			read_ms "get_${kind}_list" $output off >>"$work/index"
			read_ms "get_${kind}_list" $output on >>"$work/ordering"
		done
		printf '| answer, ms, fast_output %s | %s | %s |\n' $output "$(median <"$work/index")" "$(median <"$work/ordering")"
	done
	for place in inside outside; do
		printf '| INSERT %s the window, microseconds | %s | %s |\n' $place "${times[without.$place]}" "${times[with.$place]}"
	done
done
