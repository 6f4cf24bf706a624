#!/bin/bash
# The demo: every statement of the application, before and after bingo_tune.
#
# Usage: bench/demo.sh start [--scale=F]	(make demo SCALE=F)
#        bench/demo.sh stop			(make demo-stop)
#
# start makes a private cluster below .demo/ from the staged installation in
# .demo/stage, loads the application's data, times each statement on the bare
# database, runs CREATE EXTENSION bingo_tune CASCADE and times them again.  The
# server stays up, on a socket of its own and no TCP port, until stop removes
# everything.  A demo that was made before, or was interrupted, is replaced.
#
# Method: bingo_bench query, extended protocol, text results, until the last row
# is in the client, one connection, everything cached; medians.  Before and after
# run on the same server with the same settings.  Statements that write are timed
# with their commit: POST adds rows, DELETE takes rows that were added for it, and
# what is left of both is removed, so that the data stays as it was.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
demo=$root/.demo
# What belongs to the user who runs the server: cluster, logs, results, socket.
run=$demo/run
scale=1
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
	start | stop) ;;
	*)
		echo "demo: the command is start or stop, not \"$command\"" >&2
		exit 2 ;;
esac
awk -v scale="$scale" 'BEGIN { exit !(scale ~ /^[0-9]*\.?[0-9]+$/ && scale >= 0.001 && scale <= 100) }' ||
	{ echo "demo: SCALE must be a number from 0.001 to 100, not \"$scale\"" >&2; exit 2; }

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
	local finished=$1 total=$2 filled left='' spent=$((SECONDS - step_started))
	filled=$((finished * 30 / total))
	if [ "$finished" -gt 0 ]; then
		left=$(awk -v d="$finished" -v t="$total" -v s="$spent" 'BEGIN { printf "%.1f/s, %d s left", s ? d / s : d, s * (t - d) / d }')
	fi
	printf '\r\033[K        [%-30s] %d %%  %s  %s' \
		"$(printf '%*s' "$filled" '' | tr ' ' '#')" $((finished * 100 / total)) "$left" "$3"
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

say "loading the data of the application, scale $scale (1 is 5,000,000 sessions)"
"$root/tools/bingo_load" -d "$PGDATABASE" --scale="$scale" &
child=$!
wait $child || fail "the data could not be loaded"
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

# measure PHASE OPTION...: times every endpoint into results/PHASE-NAME.json.
measure()
{
	local phase=$1 entry file timed heading count=0 total=${#endpoint_list[@]} last_id
	local -a once
	shift
	step_started=$SECONDS
	last_id=$(psql -XAtq -c 'SELECT max(id) FROM sessions')
	for entry in "${endpoint_list[@]}"; do
		IFS=$'\t' read -r file heading <<<"$entry"
		bar $count "$total" "$heading"
		once=("$@") timed=$file
		case $heading in
			# Slow by nature: as often as a median of three needs.
			"GET /db_dummy") once+=(--warmup=0 --repeat=3) ;;
			DELETE*)
				add_rows
				timed=$run/results/$(basename "$file")
				# shellcheck disable=SC2016	# the statement's parameter
				sed 's/^-- \$1: sessions\.id$/-- $1: demo_rows.id/' "$file" >"$timed" ;;
		esac
		[ "$phase$heading" != "beforeGET /api/session" ] || once+=(--warmup=0)
		"$root/tools/bingo_bench" query -d "$PGDATABASE" "${once[@]}" \
			--json="$run/results/$phase-$(basename "$file" .sql).json" "$timed" >"$run/results/last.txt" 2>&1 &
		child=$!
		wait $child || { bar_end; cat "$run/results/last.txt" >&2; fail "\"$heading\" could not be measured"; }
		child=
		case $heading in
			POST* | DELETE*) remove_rows "$last_id" ;;
		esac
		count=$((count + 1))
		[ -t 1 ] || printf '        %d/%d  %-26s %12s ms\n' $count "$total" "$heading" "$(median "$phase" "$file")"
	done
	bar_end
}

# median PHASE FILE prints the median in milliseconds.
median()
{
	sed -n 's/.*"median_ms":[[:space:]]*\([0-9.eE+-]*\).*/\1/p' "$run/results/$1-$(basename "$2" .sql).json" |
		awk 'NR == 1 { printf "%.2f", $1 }'
}

# What CREATE EXTENSION is at, while it builds indexes.
watch_indexes()
{
	local pid=$1 what='' before='' finished total
	while kill -0 "$pid" 2>/dev/null; do
		if [ -t 1 ]; then
			IFS='|' read -r what finished total < <(psql -XAtq -c "SELECT relid::regclass || ': ' || phase,
				GREATEST(tuples_done, blocks_done), GREATEST(tuples_total, blocks_total)
				FROM pg_stat_progress_create_index LIMIT 1" 2>/dev/null) || true
			if [ "$what" != "$before" ]; then before=$what step_started=$SECONDS; fi
			if [ -n "${total:-}" ] && [ "$total" -gt 0 ]; then bar "$finished" "$total" "$what"; fi
		fi
		sleep 0.3
	done
	bar_end
}

say "timing ${#endpoint_list[@]} statements on the bare database"
measure before --warmup=1 --repeat=3

say "CREATE EXTENSION bingo_tune CASCADE"
create_started=$SECONDS
psql -Xq -v ON_ERROR_STOP=1 -c 'CREATE EXTENSION bingo_tune CASCADE' 2>"$run/results/create.txt" &
child=$!
watch_indexes $child
wait $child || { cat "$run/results/create.txt" >&2; fail "CREATE EXTENSION failed"; }
child=
sed 's/^/        /' "$run/results/create.txt"
say "the extension is there ($((SECONDS - create_started)) s)"

say "timing the same statements again"
measure after --warmup=2 --repeat=15 --seconds=5

# ----------------------------------------------------------------- the result

report()
{
	local entry file heading
	printf '\n%-26s %14s %14s %10s\n' endpoint 'before, ms' 'after, ms' ratio
	for entry in "${endpoint_list[@]}"; do
		IFS=$'\t' read -r file heading <<<"$entry"
		printf '%s\t%s\t%s\n' "$heading" "$(median before "$file")" "$(median after "$file")"
	done | awk -F '\t' '{ printf "%-26s %14.2f %14.2f %9.1fx\n", $1, $2, $3, ($3 > 0 ? $2 / $3 : 0) }'
	printf '\nscale %s, %s, shared_buffers %s MB, %s cores; medians, commit included\n' \
		"$scale" "$(psql -XAtq -c "SELECT 'PostgreSQL ' || current_setting('server_version')")" "$shared_mb" "$(nproc)"
	if awk -v scale="$scale" 'BEGIN { exit !(scale < 0.2) }'; then
		echo "On so little data the lists of 100,000 rows hold most of a table: SCALE=1 shows what their indexes save."
	fi
}
report | tee "$run/results/table.txt"

trap - EXIT INT TERM HUP
cat <<TEXT

The server is up.  Look around:
    psql -h $socket -p 5432 -U postgres bingo
Stop and remove it:
    make demo-stop
TEXT
