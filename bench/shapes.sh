#!/bin/bash
# Which list pages do orderings serve, and how fast?  Prints a row for each query of bench/shapes/*.sql: where its rows
# came from, whether they are the plain plan's, the times with and without ordered scans, and the bound.
#
# bench/shapes/ has a file for each application: its tables, whose values are as skewed as such tables' are, with the
# indexes that they have anyway; the orderings that their operator would create; the queries, unchanged, in the shape of
# public reports of slow list pages.  "-- shape:" begins one, with these lines below it:
#
#   -- listed          one of the 14 shapes that must be served
#   -- keys: A, B      ORDER BY leaves ties: output columns that it sorts by.  The rows must be legal: the same sequence of
#                      these columns, each row one that there is, none twice.  Without this line they must be the same rows
#   -- vain            a page that the window can't give: it may cost 1.25 of the plain plan, and need not be served
#   -- set: NAME = VALUE
#   -- prepare: (TYPES) AS (VALUES)      the query is prepared
#   -- native: QUERY   the same from one table with the composite index, which the window is compared with
#
# Served is a query whose plan has a Custom Scan (BingoOrderedScan) that used its window.  Times are the server's: planning
# and execution until the last row, in PL/pgSQL, one session, everything cached.  A round runs plain, served and again plain
# in alternating order; ratios are medians over the rounds, A/A is the plain plan against itself.
#
# Usage: bench/shapes.sh [--rows N] [--rounds N] [--only REGEX] [--explain]
#
#   --rows     driving rows of each application (default 150,000); windows have a tenth of them
#   --rounds   least number of rounds (default 5; queries below 100 ms get more)
#   --only     only the applications whose name matches
#   --explain  also prints both plans of each query
#   PG_CONFIG selects the server's version, SHAPES_SETTINGS adds settings of the server.
#
# Exit status: 0 all bounds met, 1 one not met or a failure, 2 wrong command line.
# shellcheck disable=SC2154	# root, work and bin are set by private_server.sh
set -euo pipefail

rows=150000 rounds=5 only=. explain=''
# shellcheck source=bench/options.sh
. "$(dirname "${BASH_SOURCE[0]}")/options.sh"
read_options 'rows rounds only' 'explain' "$@"
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
# shellcheck disable=SC1091	# checked by itself
. "$here/private_server.sh"
read -ra settings <<<"${SHAPES_SETTINGS:-}"
start_server shared_buffers=512MB max_wal_size=4GB autovacuum=off bingo_tune.upkeep=off "${settings[@]}"
export PGDATABASE=shapes
createdb shapes
sql shapes -c 'CREATE EXTENSION bingo_tune CASCADE' -f "$here/shapes/measure.sql"

# An application's tables and orderings: what stands before the first shape.
fill()
{
	{
		echo "CREATE SCHEMA $1; SET search_path = $1; SELECT setseed(0.5);"
		sed '/^-- shape:/,$d; /create_ordering/i\ANALYZE;' "$here/shapes/$1.sql"
	} >"$work/fill.sql"
	sql shapes -v n="$rows" -v window=$((rows / 10)) -o /dev/null -f "$work/fill.sql"
	sql shapes -c VACUUM -c ANALYZE
}

# The shapes of an application as a psql script: a row of output for each.
write_script()
{
	echo "SET search_path = $1, public;"
	sed -n '/^-- shape:/,$p' "$here/shapes/$1.sql" | sed "s/:n\b/$rows/g; s/:window\b/$((rows / 10))/g" |
		awk -v rounds="$rounds" -v explain="$explain" '
			function literal(s) { return s == "" ? "NULL" : "$shape$" s "$shape$" }
			function finish() {
				if (query == "")
					return
				sub(/;[ \n]*$/, "", query)
				if (set != "")
					print "SET " set ";"
				if (explain && types == "")
					print "\\echo # " name "\nSET bingo_tune.enable_ordered_scan = off;\nEXPLAIN ANALYZE " query ";\nSET bingo_tune.enable_ordered_scan = on;\nEXPLAIN ANALYZE " query ";"
				print "SELECT " literal(name) ", " literal(flags) ", * FROM measure.shape(" literal(query) ", " literal(keys) ", " \
					literal(types) ", " literal(args) ", " literal(native) ", " rounds ");"
				print "DISCARD TEMP; DEALLOCATE ALL;"
				if (set != "")
					print "RESET " substr(set, 1, index(set, " ") - 1) ";"
			}
			/^-- shape: / { finish(); name = substr($0, 11); query = flags = keys = set = types = args = native = ""; next }
			/^-- (listed|vain)$/ { flags = flags substr($0, 4) " "; next }
			/^-- keys: / { keys = substr($0, 10); next }
			/^-- set: / { set = substr($0, 9); next }
			/^-- native: / { native = substr($0, 12); next }
			/^-- prepare: / { split(substr($0, 13), part, " AS "); types = part[1]; args = part[2]; next }
			{ query = query $0 "\n" }
			END { finish() }'
}

: >"$work/table"
for file in "$here"/shapes/*.sql; do
	family=$(basename "$file" .sql)
	if [ "$family" = measure ] || ! [[ $family =~ $only ]]; then
		continue
	fi
	fill "$family"
	write_script "$family" >"$work/script.sql"
	sql shapes -f "$work/script.sql" >"$work/answers"
	grep -v '|.*|.*|.*|.*|.*|.*|' "$work/answers" >&2 || true
	grep '|.*|.*|.*|.*|.*|.*|' "$work/answers" | sed "s/^/$family|/" >>"$work/table"
	tail -n +1 "$work/table" | grep "^$family|" >&2
done

echo "$("$bin/postgres" --version), $(getconf _NPROCESSORS_ONLN) cores, $rows rows, medians of at least $rounds rounds"
awk -F'|' '
	BEGIN { print "| shape | rows from | rows are | plain, ms | served, ms | ratio | A/A | bound | |\n|---|---|---|---|---|---|---|---|---|" }
	{
		vain = $3 ~ /vain/; listed = $3 ~ /listed/
		served = $4 == "window" || $4 == "both"
		if (!vain) { all++; done += served }
		if (listed) { all_listed++; done_listed += served }
		bound = vain ? 1.25 : ($7 > 20 && served ? 0.2 : 1.2)
		bad = $9 > bound || $5 ~ /WRONG/ || (listed && !served)
		missed += bad
		printf "| %s: %s%s | %s | %s | %.2f | %.2f | %.3f | %.2f | %s | %s |\n", $1, $2, listed ? " (listed)" : "", $4, $5, $7, $8, $9, $10, bound, bad ? "NOT MET" : "met"
		if ($12 != "") {
			bad = $12 > 1.15
			missed += bad
			printf "| %s: %s / native index | | | %.3f | %.3f | %.3f | %.2f | 1.15 | %s |\n", $1, $2, $11, $8, $12, $13, bad ? "NOT MET" : "met"
		}
	}
	END {
		printf "\nserved: %d of %d listed shapes, %d of %d of all but those in vain (%.0f %%)\n", done_listed, all_listed, done, all, all ? 100 * done / all : 100
		exit !(missed == 0 && done_listed == all_listed && done >= 0.85 * all)
	}' "$work/table"
