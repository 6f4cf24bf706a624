#!/bin/bash
# What each index of apply() gives and what it costs: for every endpoint the plan
# and the time without any index, with all of them, and with all but one; without
# the ordering that apply() also creates.
#
# Method: a private server with default settings, bingo_load's data, VACUUM (the
# tables are frozen and analyzed).  "Without" is a transaction that drops the
# index, measures and rolls back, so that every case sees the same files.  The
# cases take turns, ROUNDS times; a cell is the median of the rounds' medians.
# Times are bingo_bench's: until the last row is in the client.  A write costs
# what INSERT ... SELECT of ROWS random rows takes, divided by ROWS.
#
#   bench/indexes.sh                     5,000,000 sessions, some minutes
#   SCALE=0.02 ROUNDS=1 bench/indexes.sh
#   SETTINGS="shared_buffers=1GB"        settings of the server (default: none)
# shellcheck disable=SC2154	# work is set by private_server.sh
set -euo pipefail
cd "$(dirname "$0")"
# shellcheck disable=SC1091	# checked by itself
. ./private_server.sh

scale=${SCALE:-1}
rounds=${ROUNDS:-3}
rows=${ROWS:-20000}
read -ra settings <<<"${SETTINGS:-}"

start_server "${settings[@]}"
createdb bingo
bingo_load -d bingo --scale="$scale" --quiet
sql bingo -c VACUUM
sql bingo -c 'CREATE EXTENSION bingo_tune CASCADE'
# The indexes alone: they are what is left when the ordering cannot be used.
sql bingo -c "SELECT bingo_tune.drop_ordering(name) FROM bingo_tune.orderings"
mapfile -t indexes < <(sql bingo -c 'SELECT index_name FROM bingo_tune.index_report')
all=$(IFS=,; echo "${indexes[*]}")

declare -A sizes
for index in "${indexes[@]}"; do
	sizes[$index]=$(sql bingo -c "SELECT round(pg_relation_size('$index') / 1048576.0, 1)")
done

# Endpoints that an index may matter to, and how often each is run in a round.
endpoints=(get_session_list get_session get_customer_list get_customer get_movie_list get_movie post_session delete_session)

drop()
{
	case $1 in
		none) echo BEGIN ;;
		*) echo "BEGIN; DROP INDEX $1" ;;
	esac
}

# measure ENDPOINT DROPPED: milliseconds
measure()
{
	bingo_bench query -d "dbname=bingo" -n "${RUNS:-7}" --warmup=1 --seconds=10 --before="$(drop "$2")" "workloads/$1.sql" |
		awk 'END { print $3 }'
}

# The nodes of the plan that read tables or order rows, from top to bottom.
plan()
{
	local statement
	[ "$1" != post_session ] || return 0
	statement=$(sed -e '/^--/d' -e 's/[$]1/1/g' "workloads/$1.sql")
	sql bingo -c "$(drop "$2")" -c "EXPLAIN (COSTS OFF) $statement" -c ROLLBACK | grep -v 'Key:' |
		sed -nE 's/^ *(-> *)?((Incremental |Parallel )?(Sort|Seq Scan|Index Scan|Index Only Scan|Bitmap Heap Scan|Hash Join|Merge Join|Nested Loop|Gather Merge|Gather)( using [a-z_]+)?( on [a-z_]+)?)( .*)?$/\2/p' |
		sed -e 's/bingo_//' -e 's/ using / /' | paste -sd';' | sed 's/;/; /g'
}

cell() { echo "$work/$1.${2//[,.]/_}"; }

# insert_cost TABLE DROPPED: microseconds a row
insert_cost()
{
	local columns share
	share=$(sql bingo -c "SELECT least(100, 2000.0 * $rows / greatest(reltuples, 1)) FROM pg_class WHERE oid = '$1'::regclass")
	columns=$(sql bingo -c "SELECT string_agg(attname, ', ' ORDER BY attnum) FROM pg_attribute
		WHERE attrelid = '$1'::regclass AND attnum > 0 AND attname <> 'id'")
	{
		drop "$2"
		echo ';'
		echo "CREATE TEMP TABLE fresh AS SELECT $columns FROM $1 TABLESAMPLE SYSTEM ($share) ORDER BY random() LIMIT $rows;"
		printf '%s\n' '\timing on'
		echo "INSERT INTO $1 ($columns) SELECT $columns FROM fresh;"
		printf '%s\n' '\timing off'
		echo "SELECT 'rows ' || count(*) FROM fresh;"
		echo 'ROLLBACK;'
	} | sql bingo | awk '/^Time/ { t = $2 } /^rows/ { n = $2 } END { print t * 1000 / n }'
}

for ((round = 1; round <= rounds; round++)); do
	echo "round $round of $rounds" >&2
	for endpoint in "${endpoints[@]}"; do
		for dropped in none "$all" "${indexes[@]}"; do
			case "$endpoint $dropped" in
				*,*) ;;
				# An index of another table cannot matter.
				get_session*\ bingo_customers_by*) continue ;;
				get_customer*\ bingo_[sm]* | get_movie*\ bingo_[sc]*) continue ;;
				post_session\ bingo_[cm]* | delete_session\ bingo_[cm]*) continue ;;
			esac
			measure "$endpoint" "$dropped" >>"$(cell "$endpoint" "$dropped")"
		done
	done
	for index in "${indexes[@]}"; do
		definition=$(sql bingo -c "SELECT pg_get_indexdef('$index'::regclass)")
		seconds sql bingo -c BEGIN -c "DROP INDEX $index" -c "$definition" -c ROLLBACK >>"$(cell build "$index")"
	done
done

# Last, because rows that were rolled back stay in the files.
for ((round = 1; round <= rounds; round++)); do
	for index in "${indexes[@]}"; do
		table=${index#bingo_}
		table=${table%%_*}
		insert_cost "$table" none >>"$(cell "insert_$table" none)"
		insert_cost "$table" "$index" >>"$(cell "insert_$table" "$index")"
	done
done

echo
echo "PostgreSQL $(sql bingo -c 'SHOW server_version'), $(getconf _NPROCESSORS_ONLN) cores, scale $scale, ${rounds} rounds, settings: ${SETTINGS:-defaults}"
echo
echo "| endpoint | no index, ms | all, ms | ratio | plan without | plan with |"
echo "|---|---|---|---|---|---|"
for endpoint in "${endpoints[@]}"; do
	before=$(median <"$(cell "$endpoint" "$all")")
	after=$(median <"$(cell "$endpoint" none)")
	echo "$before $after" | awk -v e="$endpoint" -v p="$(plan "$endpoint" "$all")" -v q="$(plan "$endpoint" none)" \
		'{ printf "| %s | %.2f | %.2f | %.1f | %s | %s |\n", e, $1, $2, $1 / $2, p, q }'
done
echo
echo "| index | size, MB | build, s | a row inserted, us more | of | endpoint: ms without it, with it |"
echo "|---|---|---|---|---|---|"
for index in "${indexes[@]}"; do
	table=${index#bingo_}
	table=${table%%_*}
	size=${sizes[$index]}
	build=$(median <"$(cell build "$index")")
	with=$(median <"$(cell "insert_$table" none)")
	without=$(median <"$(cell "insert_$table" "$index")")
	gains=
	for endpoint in "${endpoints[@]}"; do
		file=$(cell "$endpoint" "$index")
		[ -e "$file" ] || continue
		gains+="${gains:+, }$endpoint $(median <"$file" | awk '{ printf "%.2f", $1 }') / $(median <"$(cell "$endpoint" none)" | awk '{ printf "%.2f", $1 }')"
	done
	echo "$size $build $with $without" |
		awk -v i="$index" -v g="$gains" '{ printf "| %s | %.1f | %.2f | %.1f | %.1f | %s |\n", i, $1, $2, $3 - $4, $3, g }'
done
