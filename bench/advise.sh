#!/bin/bash
# Is advise()'s advice any good?  For each query of bench/shapes/*.sql (bench/shapes.sh describes them) the median time
#
#   plain      with the indexes that the application has
#   advised    with what advise('the query') writes, each command as it is
#   by hand    with the orderings that the file's author made for the whole application, nothing advised
#
# and which of the advised indexes, orderings and counters its plan uses, but for plans behind windows.  The three take
# turns, each in a copy of the database.  Advice is good if the query is 10 times faster or within 1.2 of by hand; advice
# that is not used, or makes the query slower than 1.2 of plain, is never good.  By hand is plain where its plan uses no
# ordering: it is the same plan, and what differs is noise.
# Queries that are fast enough already (below 2 ms) get a row if advice was given.
#
# Then for each application all its queries together, as one workload: the sum of the medians, which take turns likewise, with
# the advice of advise() for the whole traffic, and with that of two other ways to advise, as rules (bench/advise.sql says which):
#
#   pairs      indexes of one and two columns of conditions and joins, if a plan's cost is halved (Dexter's published rule)
#   singles    indexes of one such column each, if any plan gets cheaper
#
# Usage: bench/advise.sh [--rows N] [--rounds N] [--only REGEX]
#
#   --rows     driving rows of each application (default 150,000)
#   --rounds   turns of which the median is taken (default 5)
#   --only     only the applications whose name matches
#
# Needs HypoPG.  PG_CONFIG selects the server's version.
#
# Exit status: 0 all bounds met, 1 one not met or a failure, 2 wrong command line.
# shellcheck disable=SC2154	# root, work and bin are set by private_server.sh
set -euo pipefail

rows=150000 rounds=5 only=.
# shellcheck source=bench/options.sh
. "$(dirname "${BASH_SOURCE[0]}")/options.sh"
read_options 'rows rounds only' '' "$@"
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
# shellcheck disable=SC1091	# checked by itself
. "$here/private_server.sh"
start_server shared_buffers=512MB max_wal_size=4GB autovacuum=off
export PGDATABASE=shapes

# A part of an application's file: its tables, its orderings, or its queries, one a line.
tables()
{
	sed '/^SELECT bingo_tune.create_ordering/,$d; /^-- shape:/,$d' "$here/shapes/$1.sql"
}

orderings()
{
	sed -n '/^SELECT bingo_tune.create_ordering/,/^-- shape:/{/^-- shape:/d;p}' "$here/shapes/$1.sql"
}

# "name<tab>query" of all that are no pages in vain and have no parameters.
queries()
{
	sed -n '/^-- shape:/,$p' "$here/shapes/$1.sql" | sed "s/:n\b/$rows/g; s/:window\b/$((rows / 10))/g" | awk '
		function finish() {
			gsub(/[ \n\t]+/, " ", query); sub(/; *$/, "", query)
			if (query != "" && !skip)
				print name "\t" query
		}
		/^-- shape: / { finish(); name = substr($0, 11); query = ""; skip = 0; next }
		/^-- (vain|prepare: .*|set: .*)$/ { skip = 1; next }
		/^--/ { next }
		{ query = query " " $0 }
		END { finish() }'
}

# A database with an application's tables, and a copy of it for each way to tune it.
fill()
{
	createdb "$1"
	sql "$1" -c 'CREATE EXTENSION bingo_tune CASCADE' -c 'CREATE EXTENSION hypopg' -f "$here/advise.sql"
	{
		echo "CREATE SCHEMA $1; ALTER DATABASE $1 SET search_path = $1, public; SET search_path = $1; SELECT setseed(0.5);"
		tables "$1"
		echo "ALTER DATABASE $1 SET hypopg.enabled = off;"
	} >"$work/fill.sql"
	sql "$1" -v n="$rows" -v window=$((rows / 10)) -o /dev/null -f "$work/fill.sql"
	sql "$1" -c VACUUM -c ANALYZE
	queries "$1" >"$work/$1.queries"
	sql "$1" -c "COPY tuned.query (name, text) FROM STDIN" <"$work/$1.queries"
	createdb -T "$1" "${1}_hand"
	createdb -T "$1" "${1}_work"
	sql "${1}_hand" -c "SET search_path = $1" -c "ALTER DATABASE ${1}_hand SET search_path = $1, public"
	sql "${1}_work" -c "ALTER DATABASE ${1}_work SET search_path = $1, public"
	orderings "$1" >"$work/hand.sql"
	sql "${1}_hand" -v n="$rows" -v window=$((rows / 10)) -o /dev/null -f "$work/hand.sql" -c ANALYZE
}

# The median of a query in each of some databases, which take turns, three executions each; one a line.
measure()
{
	local text=$1 database
	shift
	rm -f "$work"/times.*
	for ((i = 0; i < rounds; i++)); do
		for database; do
			sql "$database" -c "SELECT tuned.measure(3, \$\$$text\$\$)" >>"$work/times.$database"
		done
	done
	for database; do
		median <"$work/times.$database"
	done
}

# The commands that psql's \gexec would run; some can't be in a transaction.
run_commands()
{
	local database=$1 command
	while IFS= read -r -d '' command; do
		sql "$database" -o /dev/null -c "$command" || { echo "failed: $command" >&2; return 1; }
	done
}

# Whether a plan by hand is another than the plain one.
is_served()
{
	sql "$1" -c "EXPLAIN $2" >"$work/plan"
	grep -q BingoOrderedScan "$work/plan"
}

advise_one()
{
	local family=$1 database=${1}_work name text plain hand advised
	while IFS=$'\t' read -r name text; do
		psql -XqAt0 -v ON_ERROR_STOP=1 -d "$database" -c "SELECT bingo_tune.advise_commands(\$\$$text\$\$)" >"$work/commands"
		sql "$database" -o /dev/null -c 'SELECT tuned.remember()'
		run_commands "$database" <"$work/commands"
		if [ -s "$work/commands" ]; then
			sql "$database" -c ANALYZE
		fi
		{ read -r plain; read -r hand; read -r advised; } < <(measure "$text" "$family" "${family}_hand" "$database")
		is_served "${family}_hand" "$text" || hand=$plain
		if [ ! -s "$work/commands" ]; then
			echo "$family|$name|$plain|$plain|$hand||0|0"
		else
			echo "$family|$name|$plain|$advised|$hand|$(sql "$database" -c "SELECT * FROM tuned.used(\$\$$text\$\$)")"
		fi | tee -a "$work/one" >&2
		sql "$database" -c 'SELECT tuned.forget()' -o /dev/null
	done <"$work/$family.queries"
}

# The commands for all queries of an application, by one of the ways; for ours they have run before, each a statement of
# its own, as an application sends them.
advise_all()
{
	local family=$1 way=$2 database=${1}_$2
	if [ "$way" = ours ]; then
		sql "$database" -o /dev/null -c 'SELECT bingo_tune.reset_timing()'
		for _ in 1 2 3; do
			sed 's/^[^\t]*\t//; s/$/;/' "$work/$family.queries" | sql "$database" -o /dev/null
		done
		psql -XqAt0 -v ON_ERROR_STOP=1 -d "$database" -c "SELECT bingo_tune.advise_commands(max_rows => 100, min_share => 0.001)"
	else
		psql -XqAt0 -v ON_ERROR_STOP=1 -d "$database" -c "SET hypopg.enabled = on" -c "SELECT tuned.advise_by_$way()"
	fi
}

workload()
{
	local family=$1 way name text database sums=() bytes=() databases=("$1")
	for way in ours pairs singles; do
		createdb -T "${family}_work" "${family}_$way"
		sql "${family}_$way" -c "ALTER DATABASE ${family}_$way SET search_path = $family, public; ALTER DATABASE ${family}_$way SET hypopg.enabled = off"
		sql "${family}_$way" -o /dev/null -c 'SELECT tuned.remember()'
		advise_all "$family" "$way" >"$work/commands"
		run_commands "${family}_$way" <"$work/commands"
		sql "${family}_$way" -c ANALYZE
		databases+=("${family}_$way")
		bytes+=("$(sql "${family}_$way" -c 'SELECT tuned.bytes()')")
	done
	# the sums of the medians of all queries
	while IFS=$'\t' read -r name text; do
		measure "$text" "${databases[@]}" | paste -sd' ' | tee -a "$work/$family.all" | sed "s/^/$family, all queries' advice: $name: /" >&2
	done <"$work/$family.queries"
	read -r -a sums < <(awk '{ for (i = 1; i <= NF; i++) s[i] += $i } END { print s[1], s[2], s[3], s[4] }' "$work/$family.all")
	echo "$family|${sums[0]}|${sums[1]}|${bytes[0]}|${sums[2]}|${bytes[1]}|${sums[3]}|${bytes[2]}" | tee -a "$work/all" >&2
	for database in "${databases[@]:1}" "${family}_work" "${family}_hand"; do
		dropdb "$database"
	done
}

: >"$work/one"
: >"$work/all"
for file in "$here"/shapes/*.sql; do
	family=$(basename "$file" .sql)
	if [ "$family" = measure ] || ! [[ $family =~ $only ]]; then
		continue
	fi
	fill "$family"
	advise_one "$family"
	workload "$family"
done

echo "$("$bin/postgres" --version), $(getconf _NPROCESSORS_ONLN) cores, $rows rows, medians of $rounds turns"
awk -F'|' '
	BEGIN { print "| query | plain, ms | advised, ms | times faster | by hand, ms | advised | |\n|---|---|---|---|---|---|---|" }
	{
		advised = $7; used = $8
		harmful = advised > used || (advised > 0 && $4 > 1.2 * $3 && $4 > $3 + 0.1)
		slow = $3 >= 2
		fine = !harmful && (!slow || $3 >= 10 * $4 || $4 <= 1.2 * ($5 < $3 ? $5 : $3))
		bad += harmful; all += slow; good += slow && fine
		if (slow || advised > 0)
			printf "| %s: %s | %.2f | %.2f | %.1f | %.2f | %s | %s |\n", $1, $2, $3, $4, $3 / $4, $5, $6 == "" ? "nothing" : $6, harmful ? "HARMFUL" : fine ? "good" : "NOT GOOD"
	}
	END {
		printf "\ngood advice: %d of %d slow queries (%.0f %%, bound 90 %%); not used or slower: %d (bound 0)\n\n", good, all, all ? 100 * good / all : 100, bad
		exit !(bad == 0 && good >= 0.9 * all)
	}' "$work/one" && status=0 || status=1
awk -F'|' '
	BEGIN { print "| all queries of | plain, ms | advise(), ms; MB | pairs, ms; MB | singles, ms; MB | |\n|---|---|---|---|---|---|" }
	{
		bad = $3 > 1.02 * $5 || $3 > 1.02 * $7
		missed += bad
		printf "| %s | %.1f | %.1f; %.1f | %.1f; %.1f | %.1f; %.1f | %s |\n", $1, $2, $3, $4 / 1e6, $5, $6 / 1e6, $7, $8 / 1e6, bad ? "NOT MET" : "met"
	}
	END { exit missed > 0 }' "$work/all" || status=1
exit "$status"
