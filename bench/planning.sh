#!/bin/bash
# What does planning statements cost that no ordering serves?  Prints the instructions of one planning, as callgrind counts them,
# with and without the library, their ratio and the bound.
#
#   unrelated    six tables that no ordering has, joined, sorted and limited
#   look-up      of a row of a table that an ordering has, by its key
#   look-up      the same with another condition; of a join of two such tables
#   page         of one such table, sorted by its own index; the same below a LEFT JOIN
#   count        of a table that nothing is kept of; of a counter's table, by what is no key of it
#   13 tables    that no ordering has, without GEQO: the join hook is called some 10,000 times
#
# Method: a single-user server for each side, which plans the statement (EXPLAIN) a few times and some times more; the
# difference of what is counted below planner(), by the number.  The database has three orderings and a counter. Without: only
# pg_stat_statements is preloaded.  Neither of the two tracks anything.
#
# Usage: bench/planning.sh [--only REGEX] [--keep FOLDER]
#
#   --only   only the statements whose name matches
#   --keep   copies callgrind's files there
#   PG_CONFIG selects the server's version.
#
# Exit status: 0 all bounds met, 1 one not met or a failure, 2 wrong command line.
# shellcheck disable=SC2154	# work and bin are set by private_server.sh
set -euo pipefail

only=. keep=''
# shellcheck source=bench/options.sh
. "$(dirname "${BASH_SOURCE[0]}")/options.sh"
read_options 'only keep' '' "$@"
# shellcheck disable=SC1091	# checked by itself
. "$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)/private_server.sh"
start_server autovacuum=off bingo_tune.upkeep=off
createdb planning
{
	echo 'CREATE EXTENSION bingo_tune CASCADE;'
	for i in {1..13}; do
		echo "CREATE TABLE t$i (id int PRIMARY KEY, a int NOT NULL, b text); CREATE INDEX ON t$i (a);"
		echo "INSERT INTO t$i SELECT i, i * 7 % 1000, 'b' || i FROM generate_series(1, 1000) i;"
	done
	echo "CREATE TABLE customer (id int PRIMARY KEY, name text NOT NULL, city int NOT NULL);
		CREATE TABLE orders (id int PRIMARY KEY, customer_id int NOT NULL, placed int NOT NULL, note text);
		INSERT INTO customer SELECT i, 'c' || i * 13 % 1000, i % 50 FROM generate_series(1, 1000) i;
		INSERT INTO orders SELECT i, 1 + i % 1000, i * 37 % 20000, 'n' || i FROM generate_series(1, 20000) i;
		CREATE INDEX ON orders (customer_id); CREATE INDEX ON orders (placed, id); ANALYZE;
		SELECT bingo_tune.create_ordering('by_name', 'SELECT o.id, o.placed, c.name FROM orders o JOIN customer c ON c.id = o.customer_id ORDER BY c.name, o.placed, o.id');
		SELECT bingo_tune.create_ordering('by_city', 'SELECT o.id, o.placed, c.city FROM orders o JOIN customer c ON c.id = o.customer_id ORDER BY c.city, o.placed, o.id');
		SELECT bingo_tune.create_ordering('by_place', 'SELECT id, placed FROM orders ORDER BY placed DESC, id DESC');
		SELECT bingo_tune.create_counter('of_customer', 'SELECT customer_id, count(*) FROM orders GROUP BY customer_id');"
} >"$work/fill.sql"
sql planning -o /dev/null -f "$work/fill.sql"
sql planning -c VACUUM
stop_server

# Instructions below planner() when statement $2 is planned $3 times; $1 is the side's libraries.
count_once()
{
	for ((i = 0; i < $3; i++)); do echo "EXPLAIN $2"; done >"$work/queries"
	as_server valgrind --tool=callgrind --callgrind-out-file="$work/callgrind.out" "$bin/postgres" --single \
		-c shared_preload_libraries="$1" -c pg_stat_statements.track=none -c bingo_tune.track=none \
		-c geqo=off -c join_collapse_limit=20 -c from_collapse_limit=20 -D "$work/data" planning \
		<"$work/queries" >"$work/answers" 2>"$work/valgrind.log"
	[ -z "$keep" ] || cp "$work/callgrind.out" "$keep/$(echo "$name $3 $1" | tr -c 'a-z0-9\n' _)"
	callgrind_annotate --inclusive=yes --threshold=100 "$work/callgrind.out" |
		awk '/:planner \[|:planner$/ { gsub(",", "", $1); print $1; exit }'
}

# The same of one planning.
count()
{
	local few many
	few=$(count_once "$1" "$2" "$3")
	many=$(count_once "$1" "$2" $(($3 + $4)))
	echo $(((many - few) / $4))
}

missed=0
echo '| statement | instructions with | without | ratio | bound | |'
echo '|---|---|---|---|---|---|'
# name, bound, few, many more, statement
measure()
{
	local name=$1 with without
	[[ $name =~ $only ]] || return 0
	with=$(count pg_stat_statements,bingo_tune "$5" "$3" "$4")
	without=$(count pg_stat_statements "$5" "$3" "$4")
	awk -v name="$name" -v a="$with" -v b="$without" -v bound="$2" 'BEGIN {
		printf "| %s | %d | %d | %.4f | %s | %s |\n", name, a, b, a / b, bound, a / b <= bound ? "met" : "NOT MET"
		exit a / b > bound }' || missed=1
}

chain=t1
for i in {2..13}; do chain+=" JOIN t$i ON t$i.id = t$((i - 1)).a"; done
measure 'unrelated, six tables' 1.01 20 40 "SELECT t1.id, t6.b FROM ${chain%% JOIN t7*} WHERE t3.a < 500 ORDER BY t5.b LIMIT 20"
measure 'look-up' 1.02 50 200 'SELECT name FROM customer WHERE id = 17'
measure 'look-up with a condition' 1.02 50 200 "SELECT placed FROM orders WHERE id = 17 AND note <> 'x'"
measure 'look-up, joined' 1.02 50 200 'SELECT o.placed, c.name FROM orders o JOIN customer c ON c.id = o.customer_id WHERE o.id = 17'
measure 'page by its own index' 1.1 50 200 'SELECT note FROM orders WHERE note IS NOT NULL ORDER BY placed, id LIMIT 10'
measure 'page by its own index, below a LEFT JOIN' 1.1 50 200 "SELECT o.placed, c.name FROM orders o LEFT JOIN customer c ON c.id = o.customer_id WHERE (o.id <> 7 OR o.placed < 7) AND c.city IS DISTINCT FROM 7 ORDER BY o.placed DESC, o.id DESC LIMIT 20"
measure 'served: page of one first key' 1.25 50 200 "SELECT o.id, o.placed, c.name FROM orders o JOIN customer c ON c.id = o.customer_id WHERE c.name = 'c7' ORDER BY o.placed, o.id LIMIT 20"
measure 'count of a table without a counter' 1.01 50 200 'SELECT count(*) FROM t1 WHERE a = 3'
measure 'count that the counter does not give' 1.01 50 200 'SELECT count(*), max(id) FROM orders WHERE placed = 3'
measure '13 tables without GEQO' 1.03 1 1 "SELECT count(*) FROM $chain"
measure '13 tables without GEQO, sorted' 1.03 1 1 "SELECT t1.id FROM $chain ORDER BY t13.b"
[ "$missed" = 0 ]
