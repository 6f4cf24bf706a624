#!/bin/bash
# What does this release cost writers and readers, beside an older one?  Prints one table: what, the older one's and this
# one's figure, their ratio, A/A, bound, met or not.
#
# Three servers beside each other, from copies of one data folder: the older release, this one, and this one once more
# (A/A: how far noise alone goes).  Each has bingo_load's data, the older release's indexes and the ordering of GET
# /api/session under its own release.  In every round each server does the same, in rotating order; a ratio is the median
# of the rounds' ratios, with the middle half of them in brackets.  Figures are the backend's processor time
# (/proc/self/schedstat), which other people's work on the machine disturbs less than it does the clock.
#
# Writers: a loop inside the server, a transaction for each row, synchronous_commit off.  "Inside" is a movie at the top
# of the order, "outside" one at its end.  Deletions take away what the insertions put there.  Readers: one connection,
# simple protocol, until the last row is sent.
#
# Usage: bench/releases.sh --old BINDIR [--scale F] [--rounds N] [--loop N]
#
#   --old      the folder of an installation's pg_ctl and postgres with the older release in it; of release 1.0:
#              git worktree add --detach DIR 759e45a && make -C DIR stage && dirname "$(cat DIR/.build/stage/pg_config.path)"
#   --scale    size of the data (default 0.2: 1,000,000 sessions)
#   --rounds   rounds of each figure (default 41)
#   --loop     rows of each loop (default 2000); of movies a twentieth, readers with LIMIT 5 run a tenth as often
#   PG_CONFIG selects the server.
#
# Exit status: 0 all bounds met, 1 one not met or a failure, 2 wrong command line.
# shellcheck disable=SC2154	# root, work and bin are set by private_server.sh
set -euo pipefail

old='' scale=0.2 rounds=41 loop=2000
# shellcheck source=bench/options.sh
. "$(dirname "${BASH_SOURCE[0]}")/options.sh"
read_options 'old scale rounds loop' '' "$@"
[ -x "$old/pg_ctl" ] || { echo "releases.sh: --old must name a folder with pg_ctl in it" >&2; exit 2; }

# shellcheck disable=SC1091	# checked by itself
. "$(dirname "${BASH_SOURCE[0]}")/private_server.sh"
servers=(old new again)
path=$PATH

# The server that the next commands go to.
use()
{
	cluster=$1
	case $1 in
		old) PGPORT=5433 PATH=$old:$path ;;
		new) PGPORT=5434 PATH=$path ;;
		again) PGPORT=5435 PATH=$path ;;
		*) PGPORT=5432 PATH=$path ;;
	esac
}

# ------------------------------------------------------------------ the servers

settings=(shared_buffers=256MB max_wal_size=4GB autovacuum=off work_mem=16MB jit=off synchronous_commit=off)
statement=$root/bench/workloads/get_session_list.sql

# Data without the extension, copied while the server is down.
use data
start_server "${settings[@]}"
createdb bingo
bingo_load -d dbname=bingo --scale="$scale" --quiet
sql bingo -f "$root/bench/write_loop.sql" -c 'CREATE INDEX sessions_customer_id_bench ON sessions (customer_id)' -c 'VACUUM (FREEZE, ANALYZE)'
stop_server
for server in "${servers[@]}"; do
	cp -a "$work/data" "$work/$server"
done
for server in "${servers[@]}"; do
	use "$server"
	start_server "${settings[@]}"
	sql bingo -c 'CREATE EXTENSION bingo_tune CASCADE' -c 'SELECT count(*) FROM bingo_tune.apply()' -c 'VACUUM ANALYZE' -c CHECKPOINT >"$work/apply.log"
	sql bingo -c "SELECT bingo_tune.drop_ordering(name) FROM bingo_tune.orderings WHERE name <> 'api_session'" >"$work/drop.log"
done
inside=$(sql bingo -c 'SELECT id FROM movies ORDER BY year DESC, name LIMIT 1')
outside=$(sql bingo -c 'SELECT id FROM movies ORDER BY year, name LIMIT 1')
sed 's/ LIMIT .*/ LIMIT 5/' "$statement" >"$work/five.sql"
echo 'SELECT name, surname FROM customers WHERE id = 17' >"$work/point.sql"

# ------------------------------------------------------------------ measuring

# Microseconds of a row of a loop: kind, rows, movie.
write()
{
	sql bingo -c "CALL run('$1', $2, $3, NULL)"
}

# Microseconds of the statement in a file: runs, file.  All are sent at once: nobody waits for the client's turn.
read_often()
{
	local i
	{
		echo "SELECT split_part(pg_read_file('/proc/self/schedstat', 0, 100), ' ', 1) AS start \\gset"
		echo '\o /dev/null'
		for ((i = 1; i < $1; i++)); do cat "$2"; echo '\;'; done
		cat "$2"; echo ';'
		echo '\o'
		echo "SELECT (split_part(pg_read_file('/proc/self/schedstat', 0, 100), ' ', 1)::float8 - :start) / 1e3 / $1"
	} >"$work/read.sql"
	sql bingo -f "$work/read.sql"
}

# Each of the actions ("NAME COMMAND...") is done by all servers, one after the other: the first round warms up.
measure()
{
	local round i server action
	for ((round = 0; round <= rounds; round++)); do
		for action in "$@"; do
			for i in 0 1 2; do
				server=${servers[$(((i + round) % 3))]}
				use "$server"
				# shellcheck disable=SC2086	# words of a command
				${action#* } >"$work/figure"
				[ "$round" = 0 ] || cat "$work/figure" >>"$work/${action%% *}.$server"
			done
		done
	done
	for server in "${servers[@]}"; do
		use "$server"
		i=$(invalid bingo)
		[ "$i" = 0 ] || fail "orderings that are not valid on server $server: $i"
	done
}

# The median of the ratios of two servers' rounds, and their middle half.
ratio_of()
{
	paste "$work/$1.$2" "$work/$1.$3" | awk '{ print $2 / $1 }' | sort -g |
		awk '{ v[NR] = $1 } END { printf "%.3f (%.2f .. %.2f)", v[int((NR + 1) / 2)], v[int((NR + 3) / 4)], v[int((3 * NR + 3) / 4)] }'
}

missed=0
# name, what
report()
{
	local verdict=met ratio
	ratio=$(ratio_of "$1" old new)
	awk -v m="${ratio%% *}" 'BEGIN { exit !(m <= 1.05) }' || { verdict='NOT MET'; missed=1; }
	printf '| %s | %.1f | %.1f | %s | %s | 1.05 | %s |\n' "$2" "$(median <"$work/$1.old")" "$(median <"$work/$1.new")" \
		"$ratio" "$(ratio_of "$1" new again)" "$verdict" | tee -a "$work/table" >&2
}

measure "insert_out write insert $loop $outside" "delete_out write delete $loop $outside" "insert_in write insert $loop $inside" "delete_in write delete $loop $inside" \
	"customer write customer $loop 0" "rename write movie $((loop / 20)) $inside"
report insert_out 'us of an INSERT outside'
report delete_out 'us of a DELETE outside'
report insert_in 'us of an INSERT inside'
report delete_in 'us of a DELETE inside'
report customer "us of a new customer's INSERT"
report rename "us of an UPDATE of a movie inside, its name"
measure "list read_often 1 $statement" "five read_often $((loop / 10)) $work/five.sql" "point read_often $((loop / 10)) $work/point.sql"
report list "us of GET /api/session's statement"
report five 'us of the same with LIMIT 5'
report point 'us of a look-up of one customer'

echo
echo "$(postgres --version), $(getconf _NPROCESSORS_ONLN) cores, scale $scale, $rounds rounds, loops of $loop"
echo "Extension $(for server in old new; do use "$server"; sql bingo -c "SELECT extversion FROM pg_extension WHERE extname = 'bingo_tune'"; done | xargs)"
echo
echo '| what | old | new | new / old | A/A | at most | |'
echo '|---|---|---|---|---|---|---|'
cat "$work/table"
[ "$missed" = 0 ]
