#!/bin/bash
# How fast do large answers reach a client?  Prints one table: what, measured, bound, met or not.
#
# The unmodified statement of GET /api/session, answered from its ordering with the row encoder
# (bingo_tune.fast_output, its default), against FLAT: an ordinary table that holds exactly the answer's 100,000 rows in
# order, read through its btree with PostgreSQL's own output functions.  Clients: "raw" walks over the messages on the
# bare socket, "libpq" makes a PGresult of them; "replay" is a server that sends the recorded answer from memory, so
# it shows the least that the client can need.
#
# Each ratio is the median of the ratios of ROUNDS rounds; a round runs both sides one after the other, in alternating
# order, RUNS times each, and takes the medians.  "A/A" is FLAT against itself: the noise of this method.
#
# Usage: bench/wire.sh [--scale F] [--rounds N] [--runs N] [--profile]
#
#   --scale    size of the data (default 1: 5,000,000 sessions; needs about 2 GB in TMPDIR)
#   --rounds   rounds of each comparison (default 9)
#   --runs     runs of each side in a round (default 9)
#   --profile  also shows where the server's time goes on both sides (needs perf)
#   PG_CONFIG selects the server.
#
# Exit status: 0 all bounds met, 1 one not met or a failure, 2 wrong command line.
set -euo pipefail

scale=1 rounds=9 runs=9 profile=
# shellcheck source=bench/options.sh
. "$(dirname "${BASH_SOURCE[0]}")/options.sh"
read_options 'scale rounds runs' 'profile' "$@"
# shellcheck source=bench/private_server.sh
. "$(dirname "${BASH_SOURCE[0]}")/private_server.sh"

# ------------------------------------------------------------------ the server, by socket, TCP and TLS

port=$((20000 + RANDOM % 20000))
openssl req -new -x509 -days 2 -nodes -subj /CN=localhost -out "$work/server.crt" -keyout "$work/server.key" 2>"$work/openssl.log"
[ "$(id -u)" != 0 ] || chown "$("$root/.ci/run-as" user)" "$work/server.key" "$work/server.crt"
start_server "listen_addresses=127.0.0.1" "port=$port" "ssl=on" "ssl_cert_file=$work/server.crt" \
	"ssl_key_file=$work/server.key" "shared_buffers=512MB" "work_mem=16MB" "max_wal_size=8GB" "jit=off" "autovacuum=off"
export PGPORT=$port

sql postgres -c 'CREATE DATABASE bingo'
bingo_load -d dbname=bingo --scale="$scale" --quiet
sql bingo -c 'CREATE EXTENSION bingo_tune CASCADE' >"$work/create.log"
export PGDATABASE=bingo
session=$(grep -v '^--' "$root/bench/workloads/get_session_list.sql")
customer=$(grep -v '^--' "$root/bench/workloads/get_customer_list.sql")
sql bingo <<-SQL
	CREATE TABLE flat (id, start_time, customer_id, customer_name, surname, birthday, email, movie_id, movie_name, year, duration) AS
		SELECT * FROM ($session) AS answer (id, start_time, customer_id, customer_name, surname, birthday, email, movie_id, movie_name, year, duration);
	CREATE INDEX ON flat (year DESC, movie_name, customer_id, id DESC);
	CREATE TABLE flat_customer AS $customer;
	CREATE INDEX ON flat_customer (surname, name, birthday DESC, id DESC);
SQL
sql bingo -c 'VACUUM ANALYZE'
flat='SELECT * FROM flat ORDER BY year DESC, movie_name, customer_id, id DESC LIMIT 100000'
flat_customer='SELECT * FROM flat_customer ORDER BY surname, name, birthday DESC, id DESC LIMIT 100000'
for statement in "$session" "$customer"; do
	sql bingo -c "SELECT * FROM bingo_tune.explain_ordering(\$q\$$statement\$q\$)" | grep -q '|t|' ||
		fail "not served by an ordering: $statement"
done

: >"$work/replay.log"
bingo_wire replay --listen="$work" --port=$((port + 1)) "$session" >"$work/replay.log" &
replay=$!
trap 'kill "$replay" 2>/dev/null; stop_server; rm -rf "$work"' EXIT
until grep -q ready "$work/replay.log"; do
	kill -0 "$replay" 2>/dev/null || fail 'the replay server did not start'
	sleep 0.1
done

# ------------------------------------------------------------------ measuring

standard="--before=SET bingo_tune.fast_output = off; SET enable_sort = off"

# One figure (a JSON member) of one side: $1 the member, then arguments of bingo_wire read.
measure()
{
	local member=$1
	shift
	bingo_wire read --json --repeat="$runs" --warm-up=2 "$@" | sed "s/.*\"$member\": \([0-9.]*\).*/\1/"
}

# $1 the figure, then the two sides' arguments around "/".
compare()
{
	local member=$1
	shift
	alternate "$rounds" measure "$member" : "$@"
}

missed=0
# what, bound ("-": only shown)
report()
{
	local verdict=met
	if [ "$2" = - ]; then
		verdict=shown
	elif ! awk -v m="$ratio" -v b="$2" 'BEGIN { exit !(m <= b) }'; then
		verdict='NOT MET'
		missed=1
	fi
	printf '%-66s %7.3f  <= %-5s %-8s %-18s (%s)\n' "$1" "$ratio" "$2" "$verdict" "$times" "$spread"
}

printf '%s, %s, PostgreSQL %s, scale %s, medians of %s rounds of %s runs; times in ms, CPU in s; (least .. greatest ratio)\n' \
	"$(date +%F)" "$(nproc) cores" "$(sql bingo -c 'SHOW server_version')" "$scale" "$rounds" "$runs"

compare median_ms "$standard" "$flat" / "$standard" "$flat"
report 'A/A: FLAT / FLAT, raw' -
compare median_ms "$session" / "$standard" "$flat"
report '/api/session / FLAT, raw, text' 0.50
compare median_ms --protocol=binary "$session" / --protocol=binary "$standard" "$flat"
report '/api/session / FLAT, raw, extended protocol, binary' 0.50
compare median_ms --client=libpq "$session" / --client=libpq "$standard" "$flat"
report '/api/session / FLAT, libpq' 0.50
compare median_ms --client=libpq "$session" / --client=libpq -d "port=$((port + 1))" "$session"
report '/api/session / the replay server, libpq' 1.15
compare median_ms "$customer" / "$standard" "$flat_customer"
report '/api/customer / FLAT of it, raw' 0.55
compare median_ms --copies=3 "$session" / --copies=3 "$standard" "$flat"
report '3 copies at once / FLAT likewise, raw' 0.55
compare median_ms --copies=3 --client=libpq "$session" / --copies=3 --client=libpq "$standard" "$flat"
report '3 copies at once / FLAT likewise, libpq' 0.65
compare backend_cpu_s "$session" / "$standard" "$flat"
report 'CPU seconds of the backend / FLAT, raw' 0.45
compare median_ms "--before=SET enable_sort = off" "$flat" / "$standard" "$flat"
report 'another query (FLAT), fast_output = orderings / off, raw' -
for way in "host=127.0.0.1 sslmode=disable" "host=127.0.0.1 sslmode=require"; do
	compare median_ms -d "$way" --client=libpq "$session" / -d "$way" --client=libpq "$standard" "$flat"
	report "/api/session / FLAT, libpq, $way" -
done

# ------------------------------------------------------------------ where the time goes

# $1 a name, then arguments of bingo_wire read
show_profile()
{
	local name=$1 reader backend
	shift
	bingo_wire read --repeat=250 "$@" >"$work/profile.out" &
	reader=$!
	until backend=$(sql bingo -c "SELECT pid FROM pg_stat_activity WHERE application_name = 'bingo_wire' AND query ~ 'ORDER BY' LIMIT 1") &&
		[ -n "$backend" ]; do sleep 0.1; done
	perf record -q -o "$work/perf.data" -p "$backend" -- sleep 3 2>"$work/perf.log" || fail 'perf does not work here'
	wait "$reader"
	printf '\n%s: share of the server process'"'"'s time\n' "$name"
	perf report -i "$work/perf.data" --no-children --sort dso,symbol 2>"$work/perf.log" | awk '!/^#/ && /%/ && n++ < 12'
}
if [ -n "$profile" ]; then
	show_profile 'FLAT, standard output' "$standard" "$flat"
	show_profile '/api/session, ordered scan, standard output' '--before=SET bingo_tune.fast_output = off' "$session"
	show_profile '/api/session, ordered scan, row encoder' "$session"
fi
exit $missed
