#!/bin/bash
# How fast are answers from an ordering's window?  Prints one table: what, measured, bound, met or not.
#
# GET /api/session's exact statement, through libpq, against
#   FLAT     an ordinary table that holds exactly the answer's 100,000 rows in order, read through its btree;
#   indexes  the best plain indexes: the same statement with bingo_tune.enable_ordered_scan off.
# All of them with PostgreSQL's own output functions (bingo_tune.fast_output off).  Each ratio is the median of the
# ratios of ROUNDS rounds; a round runs both sides one after the other, in alternating order.
#
# Usage: bench/ordering_read.sh [--scale F] [--rounds N] [--small F --big F] [--skip-instructions]
#
#   --scale   size of the data (default 1: 5,000,000 sessions; needs about 2 GB in TMPDIR)
#   --rounds  rounds of each comparison (default 7)
#   --small, --big
#             also compares the statement on two other sizes (0.2 and 4 are 1,000,000 and 20,000,000 sessions)
#   --skip-instructions
#             leaves out the count of instructions, which needs valgrind and a minute
#   PG_CONFIG selects the server's version.
#
# Exit status: 0 all bounds met, 1 one not met or a failure, 2 wrong command line.
# shellcheck disable=SC2154	# root, work and bin are set by private_server.sh
set -euo pipefail

scale=1 rounds=7 small='' big='' skip_instructions=''
# shellcheck source=bench/options.sh
. "$(dirname "${BASH_SOURCE[0]}")/options.sh"
read_options 'scale rounds small big' 'skip-instructions' "$@"
here=$(dirname "${BASH_SOURCE[0]}")
# shellcheck disable=SC1091	# checked by itself
. "$here/private_server.sh"
start_server shared_buffers=512MB work_mem=16MB max_wal_size=8GB jit=off autovacuum=off bingo_tune.upkeep=off
export PGDATABASE=bingo

statement=$root/bench/workloads/get_session_list.sql
query=$(grep -v '^--' "$statement")

# The tables, the indexes and the ordering of /api/session, as CREATE EXTENSION makes them, in database $1.
fill()
{
	createdb "$1"
	bingo_load -d "dbname=$1" --scale="$2" --quiet
	sql "$1" -c 'CREATE EXTENSION bingo_tune CASCADE' -c 'VACUUM ANALYZE'
}
fill bingo "$scale"
sql bingo <<-SQL
	CREATE TABLE flat (id, start_time, customer_id, customer_name, surname, birthday, email, movie_id, movie_name, year, duration) AS
		SELECT * FROM ($query) AS answer (id, start_time, customer_id, customer_name, surname, birthday, email, movie_id, movie_name, year, duration);
	CREATE INDEX ON flat (year DESC, movie_name, customer_id, id DESC);
	VACUUM ANALYZE flat;
SQL
cat >"$work/flat.sql" <<-'SQL'
	-- FLAT
	SELECT id, start_time, customer_id, customer_name, surname, birthday, email, movie_id, movie_name, year, duration FROM flat ORDER BY year DESC, movie_name, customer_id, id DESC LIMIT 100000
SQL
sed 's/ LIMIT .*/ LIMIT 5/' "$statement" >"$work/five.sql"
sql bingo -c "SELECT * FROM bingo_tune.explain_ordering(\$q\$$query\$q\$)" | grep -q '|t|' ||
	fail 'the statement is not served by an ordering'

# ------------------------------------------------------------------ measuring

# The median milliseconds of statement file $3 run $2 times by each of $1 clients at once, with further options of
# bingo_bench: the median of the clients' medians.
time_statement()
{
	local clients=$1 runs=$2 file=$3 i
	shift 3
	for ((i = 1; i <= clients; i++)); do
		bingo_bench query --repeat="$runs" --warmup=1 --protocol=simple --set=bingo_tune.fast_output=off "$@" "$file" |
			awk 'END { print $3 }' >"$work/client.$i" &
	done
	wait
	for ((i = 1; i <= clients; i++)); do cat "$work/client.$i"; done | median
}

# $1 clients, $2 runs a round, then the two sides' arguments around "/".
compare()
{
	local clients=$1 runs=$2
	shift 2
	alternate "$rounds" time_statement "$clients" "$runs" : "$@"
	times="$times ms"
}

missed=0
: >"$work/table"
# what, measured, bound, times
report()
{
	local verdict=met
	awk -v m="$2" -v b="$3" 'BEGIN { exit !(m <= b) }' || { verdict='NOT MET'; missed=1; }
	printf '%-72s %9.3f  <= %-6s %-8s %s\n' "$1" "$2" "$3" "$verdict" "$4" | tee -a "$work/table" >&2
}

compare 1 5 "$statement" / "$work/flat.sql" --set=enable_sort=off
report '/api/session / FLAT' "$ratio" 1.05 "$times"
compare 1 3 "$statement" / "$statement" --set=bingo_tune.enable_ordered_scan=off
report '/api/session / the best indexes' "$ratio" 0.2 "$times"
compare 3 5 "$statement" / "$work/flat.sql" --set=enable_sort=off
report '3 copies at once of /api/session / of FLAT' "$ratio" 1.05 "$times"

# It stays invalid until the last run: nobody refreshes it.
invalidate bingo
compare 1 200 "$work/five.sql" / "$work/five.sql" --set=bingo_tune.enable_ordered_scan=off
[ "$(invalid bingo)" != 0 ] || fail 'the ordering is valid again'
report 'LIMIT 5 right after an invalidation / the plain plan' "$ratio" 1.1 "$times"

if [ -n "$small" ] && [ -n "$big" ]; then
	fill small "$small"
	fill big "$big"
	compare 1 5 "$statement" --dbname=dbname=big / "$statement" --dbname=dbname=small
	report "/api/session at scale $big / at scale $small" "$ratio" 1.1 "$times"
fi

# ------------------------------------------------------------------ instructions

# Instructions of one point look-up in a single-user server: what callgrind counts for 1,200 of them less what it counts
# for 200, by a thousand.  Counted are this extension's own functions in the files that $1 matches; a look-up calls
# nothing of the server from them.
count_instructions()
{
	local n i count=()
	for n in 200 1200; do
		count+=("$(callgrind_annotate --auto=no --threshold=100 "$work/callgrind.$n" |
			awk -v files="extension/$1/[a-z_]*[.][ch]:" '$0 ~ files { gsub(",", "", $1); sum += $1 } END { print sum + 0 }')")
	done
	echo $(((count[1] - count[0]) / 1000))
}
if [ -z "$skip_instructions" ] && command -v valgrind >"$work/valgrind.log"; then
	stop_server
	for n in 200 1200; do
		for ((i = 1; i <= n; i++)); do echo 'SELECT name, surname FROM customers WHERE id = 17'; done >"$work/queries"
		as_server valgrind --tool=callgrind --callgrind-out-file="$work/callgrind.$n" "$bin/postgres" --single \
			-c shared_preload_libraries=pg_stat_statements,bingo_tune -D "$work/data" bingo \
			<"$work/queries" >"$work/answers" 2>"$work/valgrind.log"
	done
	report 'instructions added to a point look-up by orderings (callgrind)' "$(count_instructions '(definition|store|write|upkeep|read)')" 200 \
		"and $(count_instructions output) by fast output, $(count_instructions timing) by timing"
fi

echo
echo "$("$bin/postgres" --version), $(getconf _NPROCESSORS_ONLN) cores, scale $scale, medians of $rounds rounds"
cat "$work/table"
[ "$missed" = 0 ]
