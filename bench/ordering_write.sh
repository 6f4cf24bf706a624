#!/bin/bash
# What does an ordering cost its writers?  Prints one table: what, measured, bound, met or not.
#
# Two databases with the same data and the same indexes, one with the ordering of GET /api/session and one without,
# are written in alternation; figures are medians of the rounds.  "Inside" is a movie at the top of the order, "outside"
# one at its end.  Added microseconds are the backend's processor time (/proc/self/schedstat) in a loop in the server,
# a transaction for each row, with synchronous_commit off; rates come from pgbench with prepared statements, fsync and
# synchronous_commit on.  The ratio of a pair of runs of one database (A/A) shows how far noise alone goes.
#
# Usage: bench/ordering_write.sh [--scale F] [--rounds N] [--loop N] [--pairs N] [--seconds N] [--copy N]
#
#   --scale    size of the data (default 1: 5,000,000 sessions and 200,000 window rows; needs about 4 GB in TMPDIR)
#   --rounds   rounds of the loops and of the bulk changes (default 7; a bulk change takes a third of them)
#   --loop     rows of each loop (default 5000)
#   --pairs    pairs of runs of pgbench (default 30)
#   --seconds  length of each (default 3)
#   --copy     rows of each COPY (default 1000000 * scale)
#   PG_CONFIG selects the server.
#
# Exit status: 0 all bounds met, 1 one not met or a failure, 2 wrong command line.
# shellcheck disable=SC2154	# root and work are set by private_server.sh
set -euo pipefail

scale=1 rounds=7 loop=5000 pairs=30 seconds=3 copy=''
# shellcheck source=bench/options.sh
. "$(dirname "${BASH_SOURCE[0]}")/options.sh"
read_options 'scale rounds loop pairs seconds copy' '' "$@"
window=$(awk -v s="$scale" 'BEGIN { w = int(200000 * s); print (w > 1000 ? w : 1000) }')
copy=${copy:-$(awk -v s="$scale" 'BEGIN { print int(1000000 * s) }')}
bulk_rounds=$(((rounds + 2) / 3))

# shellcheck disable=SC1091	# checked by itself
. "$(dirname "${BASH_SOURCE[0]}")/private_server.sh"

# ------------------------------------------------------------------ the databases

start_server shared_buffers=512MB max_wal_size=8GB autovacuum=off work_mem=16MB jit=off
statement=$(grep -v '^--' "$root/bench/workloads/get_session_list.sql")
unlimited=${statement% LIMIT *}
sql postgres -c 'CREATE DATABASE without'
bingo_load -d dbname=without --scale="$scale" --quiet
sql without -c 'CREATE EXTENSION bingo_tune CASCADE' -c 'SELECT count(*) FROM bingo_tune.apply()' >"$work/apply.log"
sql without >"$work/prepare.log" <<-SQL
	SELECT bingo_tune.drop_ordering(name) FROM bingo_tune.orderings;
	CREATE INDEX IF NOT EXISTS sessions_customer_id_bench ON sessions (customer_id);
	\i $root/bench/write_loop.sql
	VACUUM ANALYZE;
SQL
sql postgres -c 'CREATE DATABASE "with" TEMPLATE without'
create_ordering()
{
	sql with -c "SELECT bingo_tune.create_ordering('bench', \$q\$$unlimited\$q\$, $window)" >"$work/create.log"
}
build=$(seconds create_ordering)
last=$(sql without -c 'SELECT max(id) FROM sessions')
inside=$(sql without -c 'SELECT id FROM movies ORDER BY year DESC, name LIMIT 1')
outside=$(sql without -c 'SELECT id FROM movies ORDER BY year, name LIMIT 1')
sql without >"$work/flat.log" <<-SQL
	CREATE TABLE flat (id, start_time, customer_id, customer_name, surname, birthday, email, movie_id, movie_name, year, duration) AS
		SELECT * FROM ($unlimited LIMIT $window) AS answer (id, start_time, customer_id, customer_name, surname, birthday, email, movie_id, movie_name, year, duration);
	CREATE INDEX ON flat (year DESC, movie_name, customer_id, id DESC);
	CREATE INDEX ON flat (movie_id);
	CREATE INDEX ON flat (customer_id);
	VACUUM ANALYZE flat;
SQL

# ------------------------------------------------------------------ measuring

missed=0
: >"$work/table"
# what, measured, relation ("<=" or ">="), bound, remark
report()
{
	local verdict=met
	awk -v m="$2" -v r="$3" -v b="$4" 'BEGIN { exit !(r == "<=" ? m <= b : m >= b) }' || { verdict='NOT MET'; missed=1; }
	printf '%-64s %9.3f  %s %-5s %-8s %s\n' "$1" "$2" "$3" "$4" "$verdict" "$5" | tee -a "$work/table" >&2
}

# Says so if the ordering is invalid: then its writers do nothing, and a figure would be worth nothing.
demand_valid()
{
	local found
	found=$(invalid with)
	[ "$found" = 0 ] || fail "the ordering turned invalid: $found"
}

run_loop()
{
	PGOPTIONS="$PGOPTIONS -c synchronous_commit=off" sql "$1" -c "CALL run('$2', $loop, $3, NULL)"
}

# Added microseconds of loops, $1 and $2 taking turns (inserts, then deletes of the same rows), on movie $3.
added()
{
	local round database kind
	for kind in $1 $2; do
		for database in with without; do : >"$work/$kind.$database"; done
	done
	for ((round = 0; round <= rounds; round++)); do
		for database in $([ $((round % 2)) = 0 ] && echo with without || echo without with); do
			for kind in $1 $2; do
				run_loop "$database" "$kind" "$3" >"$work/us"
				[ "$round" = 0 ] || cat "$work/us" >>"$work/$kind.$database"
			done
		done
	done
	demand_valid
}
report_added()
{
	local with without
	with=$(median <"$work/$2.with")
	without=$(median <"$work/$2.without")
	report "$1" "$(awk -v a="$with" -v b="$without" 'BEGIN { print a - b }')" '<=' "$3" \
		"$(printf '%.2f with, %.2f without' "$with" "$without")"
}

added insert delete "$outside"
report_added 'us added to an INSERT outside the window' insert 3.5
report_added 'us added to a DELETE by id outside' delete 4
added insert delete "$inside"
report_added 'us added to an INSERT inside' insert 15
report_added 'us added to a DELETE by id inside' delete 10
added customer '' 0
report_added "us added to a new customer's INSERT" customer 50

# Transactions a second of database $1, $2 clients, movie $3.
rate()
{
	cat >"$work/insert.sql" <<-SQL
		\set customer random(1, 1000)
		INSERT INTO sessions (start_time, customer_id, movie_id) VALUES ('2021-12-09', :customer, $3);
	SQL
	pgbench -n -M prepared -c "$2" -j 2 -T "$seconds" -f "$work/insert.sql" "$1" 2>"$work/pgbench.log" |
		awk '/^tps/ { print $3 }'
}

# Median of the ratios of pairs of runs, and the middle half of the A/A ratios.
compare_rates()
{
	local pair a b
	: >"$work/ratio"; : >"$work/aa"
	for ((pair = 0; pair < pairs; pair++)); do
		if [ $((pair % 2)) = 0 ]; then
			a=$(rate with "$1" "$2"); b=$(rate without "$1" "$2")
		else
			b=$(rate without "$1" "$2"); a=$(rate with "$1" "$2")
		fi
		awk -v a="$a" -v b="$b" 'BEGIN { print a / b }' >>"$work/ratio"
		a=$(rate without "$1" "$2")
		awk -v a="$a" -v b="$b" 'BEGIN { print a / b }' >>"$work/aa"
	done
	demand_valid
	ratio=$(median <"$work/ratio")
	spread=$(sort -g "$work/aa" | awk '{ v[NR] = $1 } END { printf "A/A %.2f .. %.2f (middle half)", v[int((NR + 3) / 4)], v[int((3 * NR + 3) / 4)] }')
}
compare_rates 2 "$outside"
report 'rate of INSERTs, 2 clients, outside: with / without' "$ratio" '>=' 0.93 "$spread"
compare_rates 2 "$inside"
report 'rate of INSERTs, 2 clients, inside: with / without' "$ratio" '>=' 0.82 "$spread"
compare_rates 16 "$inside"
report 'rate of 16 clients on one movie inside: with / without' "$ratio" '>=' 0.7 "$spread"

# Back to the data of the beginning, in both databases.
forget_inserted()
{
	sql with -c 'SELECT bingo_tune.drop_ordering(name) FROM bingo_tune.orderings' >"$work/drop.log"
	for database in with without; do
		sql "$database" -c "DELETE FROM sessions WHERE id > $last" -c 'VACUUM ANALYZE sessions'
	done
	create_ordering
}

forget_inserted

# Dimensions: the ordering against a hand-written UPDATE of FLAT beside the same UPDATE.
update_times()
{
	local round
	: >"$work/with"; : >"$work/without"
	for ((round = 0; round < bulk_rounds; round++)); do
		seconds sql with -c "$1" >>"$work/with"
		seconds sql without -c "BEGIN" -c "$1" -c "$2" -c "COMMIT" >>"$work/without"
	done
}
report_update()
{
	local with without
	with=$(median <"$work/with")
	without=$(median <"$work/without")
	report "$1" "$(awk -v a="$with" -v b="$without" 'BEGIN { print a / b }')" '<=' 3 \
		"$with / $without s; invalid orderings: $(invalid with)"
}
update_times "UPDATE customers SET name = left(name, 20) || 'x' WHERE id <= 3000" \
	"UPDATE flat SET customer_name = customers.name FROM customers WHERE customers.id = flat.customer_id AND customers.id <= 3000"
report_update 'UPDATE of 3,000 customers / the same and FLAT by hand'
top="SELECT id FROM movies ORDER BY year DESC, name LIMIT 300"
sql without -c "CREATE TABLE top AS $top"
sql with -c "CREATE TABLE top AS $top"
update_times "UPDATE movies SET name = left(name, 20) || 'x' WHERE id IN (TABLE top)" \
	"UPDATE flat SET movie_name = movies.name FROM movies WHERE movies.id = flat.movie_id AND movies.id IN (TABLE top)"
report_update 'UPDATE of 300 movies inside / the same and FLAT by hand'

# COPY: the file once into each; the rows are taken out again without the ordering.
copy_times()
{
	local round
	: >"$work/with"; : >"$work/without"
	sql without -c "COPY (SELECT 100000000 + g, '2021-12-09'::timestamp, 1 + g % (SELECT max(id) FROM customers), $1 FROM generate_series(1, $copy) g) TO STDOUT" >"$work/copy.data"
	for ((round = 0; round < bulk_rounds; round++)); do
		forget_inserted
		seconds sql with -c "\\copy sessions FROM '$work/copy.data'" >>"$work/with"
		seconds sql without -c "\\copy sessions FROM '$work/copy.data'" >>"$work/without"
	done
	remark="$(median <"$work/with") / $(median <"$work/without") s; invalid orderings: $(invalid with)"
	ratio=$(awk -v a="$(median <"$work/with")" -v b="$(median <"$work/without")" 'BEGIN { print a / b }')
}
copy_times '1 + g * 104729::bigint % (SELECT max(id) FROM movies)'
report "COPY of $copy sessions of all movies: with / without" "$ratio" '<=' 1.7 "$remark"
copy_times "$inside"
report "COPY of $copy sessions inside: with / without" "$ratio" '<=' 1.5 "$remark"
forget_inserted

report 'seconds to build the window' "$build" '<=' 5 ''
for ((round = 0; round < 10; round++)); do
	invalidate with
	sql with -c 'SELECT bingo_tune.refresh_ordering(name) FROM bingo_tune.orderings' >"$work/refresh.log"
done
report 'MB of the window and its indexes after ten refills' \
	"$(sql with -c "SELECT sum(bytes) / 1048576 FROM bingo_tune.orderings")" '<=' 150 ''

echo
echo "$(postgres --version), $(getconf _NPROCESSORS_ONLN) cores, scale $scale, $rounds rounds, $pairs pairs of $seconds s"
cat "$work/table"
[ "$missed" = 0 ]
