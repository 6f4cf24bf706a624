#!/bin/sh
# How fast is bingo_load?  The whole load (generate, COPY, ANALYZE, verify, COMMIT) against the server reading the same
# three tables from ready-made binary files with COPY ... FROM (server side, no FREEZE, no ANALYZE, one after the other).
#
# Makes a private cluster in a temporary folder, removes it at the end.  Both ways run on it in turn, RUNS times, each
# into an empty database after a CHECKPOINT; the ratio of the medians is what counts.
#
#   bench/load.sh                 5,000,000 sessions; needs about 3 GB in TMPDIR
#   SCALE=0.1 RUNS=5 bench/load.sh
#   SETTINGS="shared_buffers=512MB max_wal_size=4GB" bench/load.sh   (default: the server's own defaults)
#   JOBS=3                        passed on to bingo_load
set -eu

here=$(cd "$(dirname "$0")" && pwd)
load=$here/../tools/bingo_load
bin=$("${PG_CONFIG:-pg_config}" --bindir)
scale=${SCALE:-1}
runs=${RUNS:-3}
jobs=${JOBS:-2}
[ -x "$load" ] || { echo "load.sh: $load is missing: type make first" >&2; exit 1; }

work=$(mktemp -d "${TMPDIR:-/tmp}/bingo_bench_load.XXXXXX")
chmod 755 "$work"
as=
if [ "$(id -u)" = 0 ]; then
	# postgres refuses to run as root.
	user=${RUN_AS:-postgres}
	as="setpriv --reuid=$user --regid=$user --init-groups env HOME=$work"
	chown "$user" "$work"
fi
finish()
{
	$as "$bin/pg_ctl" -D "$work/data" -m immediate -w stop >"$work/stop.log" 2>&1 || :
	rm -rf "$work"
}
trap finish EXIT
trap 'exit 1' INT TERM

cd "$work"
$as "$bin/initdb" -D "$work/data" -A trust -U bench -E UTF8 --no-locale >"$work/initdb.log"
$as sh -c "printf \"listen_addresses = ''\nport = 5432\nunix_socket_directories = '%s'\n\" '$work' >>'$work/data/postgresql.conf'"
for setting in ${SETTINGS:-}; do
	$as sh -c "echo '${setting%%=*} = ''${setting#*=}''' >>'$work/data/postgresql.conf'"
done
$as "$bin/pg_ctl" -D "$work/data" -l "$work/server.log" -w start >"$work/start.log"

export PGHOST="$work" PGPORT=5432 PGUSER=bench PGDATABASE=postgres PGOPTIONS="-c client_min_messages=warning"
sql() { "$bin/psql" -X -q -A -t -v ON_ERROR_STOP=1 "$@"; }
now() { date +%s.%N; }
fresh() { sql -c "DROP DATABASE IF EXISTS $1" -c "CREATE DATABASE $1" -c CHECKPOINT; }
seconds() { echo "$1 $2" | awk '{ printf "%.3f", $2 - $1 }'; }
median() { sort -n | awk '{ v[NR] = $1 } END { print NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'; }

fresh made
"$load" -d made --scale="$scale" --jobs="$jobs" --quiet
for table in sessions customers movies; do
	sql -d made -c "COPY $table TO '$work/$table.bin' (FORMAT binary)"
done
"$bin/pg_dump" -d made --schema-only -t sessions -t customers -t movies >tables.sql

: >load.times
: >copy.times
run=0
while [ "$run" -lt "$runs" ]; do
	run=$((run + 1))
	fresh copied
	sql -d copied -f tables.sql >tables.log
	start=$(now)
	sql -d copied -c "COPY public.sessions FROM '$work/sessions.bin' (FORMAT binary)" \
		-c "COPY public.customers FROM '$work/customers.bin' (FORMAT binary)" \
		-c "COPY public.movies FROM '$work/movies.bin' (FORMAT binary)"
	copied=$(seconds "$start" "$(now)")
	fresh loaded
	start=$(now)
	"$load" -d loaded --scale="$scale" --jobs="$jobs" --quiet
	loaded=$(seconds "$start" "$(now)")
	echo "$copied" >>copy.times
	echo "$loaded" >>load.times
	echo "run $run: COPY FROM files $copied s, bingo_load $loaded s"
done

copied=$(median <copy.times)
loaded=$(median <load.times)
rows=$(sql -d loaded -c "SELECT (SELECT count(*) FROM sessions) + (SELECT count(*) FROM customers) + (SELECT count(*) FROM movies)")
echo
echo "$(sql -c 'SHOW server_version'), $(getconf _NPROCESSORS_ONLN) cores, scale $scale, $rows rows, --jobs=$jobs, settings: ${SETTINGS:-defaults}"
echo "$copied $loaded $rows" | awk '{
	printf "%-34s %10s %12s %8s\n", "median of '"$runs"'", "seconds", "rows/s", "ratio"
	printf "%-34s %10.2f %12.0f %8s\n", "COPY FROM files, three statements", $1, $3 / $1, "1"
	printf "%-34s %10.2f %12.0f %8.2f  (at most 1.5)\n", "bingo_load, verified and analyzed", $2, $3 / $2, $2 / $1 }'
