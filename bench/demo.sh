#!/bin/bash
# The demo: every statement of the application, before and after bingo_tune.
#
# Usage: bench/demo.sh start [--scale=F]	(make demo SCALE=F; 1 is all of the application's data)
#        bench/demo.sh check [--scale=F]	says what is wrong with the command line, no more
#        bench/demo.sh stop			(make demo-stop)
#
# start makes a private cluster below .demo/ from the staged installation in
# .demo/stage, loads the application's data, times each statement on the bare
# database, runs CREATE EXTENSION bingo_tune CASCADE and times them again.  The
# server stays up, on a socket of its own and no TCP port, until stop removes
# everything.  A demo that was made before, or was interrupted, is replaced.
#
# Method: bingo_bench query, extended protocol, text results, until the last row
# is in the client, one connection, everything cached; medians of up to 25 runs, no new
# one after 3 seconds.  Before and after run on the same server with the same settings.
# A ratio is shown only where the middle halves of the runs don't overlap and it is more
# than a twentieth; the rest is noise.  Statements that write are timed with their commit: POST adds rows, DELETE
# takes rows that were added for it, and what is left of both is removed, so that the
# data stays as it was.
#
# Nothing that is printed is wider than 80 columns but paths.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
demo=$root/.demo
# What belongs to the user who runs the server: cluster, logs, results, socket.
run=$demo/run
scale=0.2
child=

fail()
{
	echo "demo: $1" >&2
	shift
	[ $# = 0 ] || printf 'HINT: %s\n' "$@" >&2
	exit 1
}

command=${1:-}
for argument in "${@:2}"; do
	case $argument in
		--scale=*) scale=${argument#*=} ;;
		*)
			echo "demo: unknown option \"$argument\"" >&2
			exit 2 ;;
	esac
done
case $command in
	start | check | stop) ;;
	*)
		echo "demo: the command is start, check or stop, not \"$command\"" >&2
		exit 2 ;;
esac
awk -v scale="$scale" 'BEGIN { exit !(scale ~ /^[0-9]*\.?[0-9]+$/ && scale >= 0.001 && scale <= 100) }' ||
	{ echo "demo: SCALE must be a number from 0.001 to 100, not \"$scale\"" >&2; exit 2; }

[ "$command" != check ] || exit 0
[ "$command" = start ] || [ -d "$demo" ] || { echo "There is no demo to stop."; exit 0; }

# ---------------------------------------------------------------- the folder

if [ "$(id -u)" = 0 ]; then
	user=$("$root/.ci/run-as" user)
	mkdir -p "$run"
	chown "$user" "$run"
	status=0
	"$root/.ci/run-as" exec env HOME="$run" "${BASH_SOURCE[0]}" "$@" || status=$?
	[ "$command" != stop ] || [ $status != 0 ] || rm -rf "$demo"
	exit $status
fi

mkdir -p "$run" 2>/dev/null || true
[ -w "$run" ] || fail "user \"$(id -un)\" cannot write in \"$run\"" \
	"Another user has made it: type \"make demo-stop\" as that user."

for name in $(compgen -e PG); do unset "$name"; done
for name in $(compgen -e LC_) LANGUAGE; do unset "$name"; done
export LANG=C.UTF-8 LC_ALL=C.UTF-8
umask 077

exec 9>"$run/lock"
flock -n 9 || fail "another \"make demo\" or \"make demo-stop\" is at work here" "Wait for its end."

bindir=
[ ! -s "$demo/stage/pg_config.path" ] || bindir=$(dirname "$(cat "$demo/stage/pg_config.path")")

is_our_server()
{
	[ "$(readlink "/proc/$1/cwd" 2>/dev/null)" = "$run/data" ]
}

# Stops the server and removes what a demo has made, also half of it.
remove_demo()
{
	local postmaster
	if [ -s "$run/data/postmaster.pid" ]; then
		postmaster=$(head -n 1 "$run/data/postmaster.pid")
		# A file that a crash left may name a process that is not ours; this also
		# waits for the last moments of a server that pg_ctl calls stopped.
		if is_our_server "$postmaster"; then
			kill -QUIT "$postmaster" 2>/dev/null || true
			while is_our_server "$postmaster"; do sleep 0.1; done
		fi
	fi
	if [ -s "$run/socket_folder" ]; then
		rm -rf "$(cat "$run/socket_folder")"
	fi
	find "$run" -mindepth 1 ! -path "$run/lock" -delete
}

if [ "$command" = stop ]; then
	remove_demo
	# As root the caller removes what is left.
	rm -rf "$demo" 2>/dev/null || true
	[ ! -e "$run/data" ] || fail "\"$run\" could not be removed"
	echo "The demo's server is stopped and its data removed."
	exit 0
fi

# ------------------------------------------------------------------ progress

started=$SECONDS

say()
{
	printf '%4d s  %s\n' $((SECONDS - started)) "$1"
}

# bar FINISHED TOTAL WHAT: on a terminal, a line that is overwritten.
bar()
{
	[ -t 1 ] || return 0
	local finished=$1 total=$2 filled
	filled=$((finished * 30 / total))
	printf '\r\033[K        [%-30s] %3d %%  %.30s' \
		"$(printf '%*s' "$filled" '' | tr ' ' '#')" $((finished * 100 / total)) "$3"
}

bar_end()
{
	[ ! -t 1 ] || printf '\r\033[K'
}

# ---------------------------------------------------------------- the server

[ -n "$bindir" ] || fail "there is no staged installation" "Start the demo with: make demo"
export PATH="$bindir:$root/tools:$PATH"

interrupted()
{
	trap - EXIT INT TERM HUP
	[ -z "$child" ] || kill "$child" 2>/dev/null || true
	bar_end
	echo "demo: ended early; its server is stopped and its data removed" >&2
	[ ! -s "$run/server.log" ] || [ "$1" = 130 ] || tail -n 20 "$run/server.log" >&2
	remove_demo
	exit "$1"
}
trap 'interrupted 1' EXIT
trap 'interrupted 130' INT TERM HUP

if [ -e "$run/data" ]; then
	say "replacing the demo that was made before"
fi
remove_demo

# Data, six indexes and room to sort them.
needed=$(awk -v scale="$scale" 'BEGIN { printf "%d", 200 + scale * 2000 }')
free=$(df -Pm "$run" | awk 'NR == 2 { print $4 }')
[ "$free" -ge "$needed" ] || fail "the demo needs $needed MB below \"$demo\", and $free MB are free" \
	"Free some space, clone to another disk, or choose a smaller SCALE."

# A socket's path has room for 107 bytes.
socket=$run/socket
if [ ${#socket} -gt 90 ]; then
	socket=$(mktemp -d /tmp/bingo_demo.XXXXXX)
fi
mkdir -p "$socket" "$run/results"
echo "$socket" >"$run/socket_folder"

say "making a private cluster in .demo/run/data"
"$bindir/initdb" -D "$run/data" -U postgres -A trust -E UTF8 --no-sync >"$run/initdb.log" 2>&1 ||
	fail "initdb failed: $(tail -n 3 "$run/initdb.log")"
memory_mb=$(awk '/^MemTotal/ { print int($2 / 1024) }' /proc/meminfo)
shared_mb=$((memory_mb / 4 < 512 ? memory_mb / 4 : 512))
cat >>"$run/data/postgresql.conf" <<CONF
# Settings of the demo; everything else has its default.
listen_addresses = ''
port = 5432
unix_socket_directories = '$socket'
shared_preload_libraries = 'pg_stat_statements,bingo_tune'
shared_buffers = ${shared_mb}MB
# The load and the index builds need not be logged row by row.
wal_level = minimal
max_wal_senders = 0
max_wal_size = 4GB
CONF
# The server must not inherit the lock.
"$bindir/pg_ctl" -s -w -D "$run/data" -l "$run/server.log" start 9>&- || fail "the server did not start"
export PGHOST=$socket PGPORT=5432 PGUSER=postgres PGDATABASE=bingo
"$bindir/createdb" bingo

say "loading data: $(awk -v scale="$scale" 'BEGIN { print scale * 5000000 }' | sed ':a; s/\B[0-9]\{3\}\>/,&/; ta') sessions of a history program"
load()
{
	if [ -t 2 ]; then
		"$root/tools/bingo_load" -d "$PGDATABASE" --scale="$scale" >"$run/load.log"
	else
		"$root/tools/bingo_load" -d "$PGDATABASE" --scale="$scale" >"$run/load.log" 2>&1
	fi
}
load &
child=$!
wait $child || { tail -n 5 "$run/load.log" >&2; fail "the data could not be loaded"; }
child=

# -------------------------------------------------------------- the measuring

# The workload files that are endpoints, one "file<TAB>endpoint" a line; the one
# that all this is about comes first.
endpoints()
{
	local file heading
	for file in "$root"/bench/workloads/*.sql; do
		heading=$(sed -n '1s/^-- //p' "$file")
		case $heading in
			"GET /api/session") printf '0\t%s\t%s\n' "$file" "$heading" ;;
			"GET /"* | "POST /"* | "DELETE /"*) printf '1\t%s\t%s\n' "$file" "$heading" ;;
		esac
	done | sort -t "$(printf '\t')" -k 1,1 -k 3 | cut -f 2-
}
mapfile -t endpoint_list < <(endpoints)
[ ${#endpoint_list[@]} -gt 0 ] || fail "bench/workloads has no endpoint"

# Rows for DELETE to take; their ids are in demo_rows while it is timed.
add_rows()
{
	psql -Xq -v ON_ERROR_STOP=1 <<-'SQL'
		BEGIN;
		CREATE TABLE demo_rows AS SELECT nextval('sessions_id_seq') AS id FROM generate_series(1, 100);
		INSERT INTO sessions (id, start_time, customer_id, movie_id)
			SELECT demo_rows.id, start_time, customer_id, movie_id
			FROM demo_rows, (SELECT * FROM sessions LIMIT 1) AS pattern;
		COMMIT;
	SQL
}

# remove_rows LAST_ID
remove_rows()
{
	psql -Xq -v ON_ERROR_STOP=1 -v last="$1" <<-'SQL'
		DELETE FROM sessions WHERE id > :last;
		SET client_min_messages = warning;
		DROP TABLE IF EXISTS demo_rows;
	SQL
}

# measure PHASE: times every endpoint into results/PHASE.json.
measure()
{
	local phase=$1 entry file heading finished last_id
	local -a files=() headings=()
	last_id=$(psql -XAtq -c 'SELECT max(id) FROM sessions')
	for entry in "${endpoint_list[@]}"; do
		IFS=$'\t' read -r file heading <<<"$entry"
		if [[ $heading = DELETE* ]]; then
			add_rows
			# shellcheck disable=SC2016	# the statement's parameter
			sed 's/^-- \$1: sessions\.id$/-- $1: demo_rows.id/' "$file" >"$run/results/$(basename "$file")"
			file=$run/results/$(basename "$file")
		fi
		files+=("$file") headings+=("$heading")
	done
	: >"$run/results/$phase.txt"	# it is read before the command below may have made it
	"$root/tools/bingo_bench" query -d "$PGDATABASE" --warmup=2 --repeat=25 --seconds=3 \
		--json="$run/results/$phase.json" "${files[@]}" >>"$run/results/$phase.txt" 2>&1 &
	child=$!
	while kill -0 $child 2>/dev/null; do
		# A line above, then one for each statement that is done.
		finished=$(($(wc -l <"$run/results/$phase.txt") - 1))
		finished=$((finished < 0 ? 0 : finished))
		bar $finished ${#files[@]} "${headings[finished]:-}"
		sleep 0.2
	done
	bar_end
	wait $child || { tail -n 3 "$run/results/$phase.txt" >&2; fail "the statements could not be timed"; }
	child=
	remove_rows "$last_id"
}

# summary PHASE: "file median first-quartile third-quartile" of each endpoint.
summary()
{
	sed -n 's/.*"name":[[:space:]]*"\(.*\)".*/\1/p; s/.*"samples_ms":[[:space:]]*\[\(.*\)\].*/\1/p' "$run/results/$1.json" |
		while read -r name && read -r samples; do
			tr -s ', ' '\n' <<<"$samples" | sort -g | awk -v name="$name" '
				{ v[NR] = $1 }
				function ceil(x) { return x == int(x) ? x : int(x) + 1 }
				END { print name, NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2,
					v[1 + int((NR - 1) / 4)], v[1 + ceil((NR - 1) * 3 / 4)] }'
		done
}

# What CREATE EXTENSION is at, while it builds indexes; the orderings come after them.
watch_indexes()
{
	local pid=$1 table='' finished='' total=''
	while kill -0 "$pid" 2>/dev/null; do
		if [ -t 1 ]; then
			IFS='|' read -r table finished total < <(psql -XAtq -c "SELECT c.relname,
				GREATEST(p.tuples_done, p.blocks_done), GREATEST(p.tuples_total, p.blocks_total)
				FROM pg_stat_progress_create_index AS p JOIN pg_class AS c ON c.oid = p.relid LIMIT 1" 2>/dev/null) || true
			if [ -n "${total:-}" ] && [ "$total" -gt 0 ]; then bar "$finished" "$total" "an index on $table"; fi
		fi
		sleep 0.3
	done
	bar_end
}

say "timing ${#endpoint_list[@]} statements on the bare database"
measure before

say "CREATE EXTENSION bingo_tune CASCADE"
create_started=$SECONDS
psql -Xq -v ON_ERROR_STOP=1 -c 'CREATE EXTENSION bingo_tune CASCADE' 2>"$run/results/create.txt" &
child=$!
watch_indexes $child
wait $child || { cat "$run/results/create.txt" >&2; fail "CREATE EXTENSION failed"; }
child=
sed -n 's/^NOTICE:  /        /p' "$run/results/create.txt"
say "the extension is there ($((SECONDS - create_started)) s)"

say "timing the same statements again"
psql -Xqo /dev/null -c 'SELECT bingo_tune.reset_timing()'
measure after

# ----------------------------------------------------------------- the result

report()
{
	local entry file heading
	printf '\n%-26s %14s %14s %16s\n' endpoint 'before, ms' 'after, ms' 'times as fast'
	for entry in "${endpoint_list[@]}"; do
		IFS=$'\t' read -r file heading <<<"$entry"
		printf '%s\t%s\n' "$(basename "$file" .sql)" "$heading"
	done | awk -F '\t' -v before="$(summary before)" -v after="$(summary after)" '
		function ms(x) { return sprintf(x < 10 ? "%.2f" : x < 100 ? "%.1f" : "%.0f", x) }
		function times(x) { return sprintf(x < 10 ? "%.1f" : "%.0f", x) }
		function load(text, into,    lines, n, f) {
			n = split(text, lines, "\n")
			while (n > 0) { split(lines[n--], f, " "); into[f[1], "m"] = f[2]; into[f[1], 1] = f[3]; into[f[1], 3] = f[4] }
		}
		BEGIN { load(before, b); load(after, a) }
		{
			ratio = b[$1, "m"] / a[$1, "m"]
			differs = (b[$1, 1] > a[$1, 3] || a[$1, 1] > b[$1, 3]) && (ratio > 1.05 || ratio < 0.95)
			printf "%-26s %14s %14s %16s\n", $2, ms(b[$1, "m"]), ms(a[$1, "m"]), differs ? times(ratio) : "no difference"
		}'
	printf '\n%s sessions, %s, %s cores, shared_buffers %s MB.\n' \
		"$(psql -XAtq -c "SELECT to_char(count(*), 'FM999,999,999') FROM sessions")" \
		"$(psql -XAtq -c "SELECT 'PostgreSQL ' || split_part(current_setting('server_version'), ' ', 1)")" "$(nproc)" "$shared_mb"
	echo "Medians, commit included; \"no difference\" where the runs overlap."
}
report | tee "$run/results/table.txt"

# show SQL [LINES]: a statement as one would type it, and its answer or the beginning of it.
show()
{
	printf '\nbingo=> %s\n' "$1"
	psql -X -P pager=off -P footer=off -c "$1" >"$run/results/last.txt"
	head -n "${2:-100}" "$run/results/last.txt" | cut -c -79 | sed 's/ *$//; /^$/d'
	[ "$(wc -l <"$run/results/last.txt")" -le "${2:-100}" ] || echo "         ... and the plan that takes over where the window ends"
}

echo
echo "Three things to try in psql, with what they answer now:"
show 'EXPLAIN (COSTS OFF) SELECT s.id, c.name, m.name
  FROM sessions s JOIN customers c ON s.customer_id = c.id
  JOIN movies m ON s.movie_id = m.id
  ORDER BY m.year DESC, m.name, c.id, s.id DESC LIMIT 100;' 5
show "SELECT missing, extra, differing
  FROM bingo_tune.verify_ordering('api_session');"
show 'SELECT endpoint, calls, p50, p99
  FROM bingo_tune.endpoint_summary LIMIT 4;'

# ------------------------------------------------------------------- the page

page=$run/report.html
if "$root/tools/bingo_bench" report --title="bingo, before and after" -o "$page" \
	"$run/results/before.json" "$run/results/after.json" >"$run/report.log" 2>&1; then
	printf '\nThe same as a page, with charts:\n    %s\n' "$page"
elif ! command -v gnuplot >/dev/null; then
	printf '\nThe same as a page with charts needs gnuplot (Debian: gnuplot-nox), then type:\n    make demo\n'
else
	printf '\nThe page with charts could not be made (log: %s)\n' "$run/report.log"
fi

trap - EXIT INT TERM HUP
if awk -v scale="$scale" 'BEGIN { exit !(scale < 1) }'; then
	echo
	echo "This is a part of the application's data.  All of it (2.2 GB of disk, minutes):"
	echo "    make demo SCALE=1"
fi
cat <<TEXT

The server is up.  Look around:
    psql -h $socket -p 5432 -U postgres bingo
Stop and remove it:
    make demo-stop
TEXT
