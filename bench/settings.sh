#!/bin/bash
# What the server settings that people tune bring to the application, beside
# apply()'s indexes, without its ordering.  The rules of bingo_tune.settings_advice rest on this table.
#
# Method: a private server with default settings, bingo_load's data, VACUUM.  The
# values of a setting take turns, ROUNDS times; a cell is the median of the
# rounds, its ratio the median of the ratios to the first value in the same round
# (under 1 is a gain).  The first line of each group is the default against
# itself: what differs no more than that is noise.  Answers are timed by
# bingo_bench until the last row is in the client; "id" is the median of
# single-row GETs, "write" of POST and DELETE.  load is bingo_load and then
# apply() into an empty database, with fsync; build is apply() alone.
#
#   bench/settings.sh                     5,000,000 sessions, half an hour
#   SCALE=0.02 ROUNDS=1 bench/settings.sh
#   GROUPS_="session buffers" bench/settings.sh     only these groups
# shellcheck disable=SC2154	# work is set by private_server.sh
set -euo pipefail
cd "$(dirname "$0")"
# shellcheck disable=SC1091	# checked by itself
. ./private_server.sh

scale=${SCALE:-1}
rounds=${ROUNDS:-3}
runs=${RUNS:-7}
groups=${GROUPS_:-session buffers build load}

wants() { [[ " $groups " == *" $1 "* ]]; }

# bench OUTPUT BINGO_BENCH-OPTION... : one line "session customer movie id write"
bench()
{
	local output=$1
	shift
	{
		bingo_bench query -d dbname=bingo -n "$runs" "$@" workloads/get_{session,customer,movie}_list.sql |
			awk '/_list/ { printf "%s ", $3 }'
		bingo_bench query -d dbname=bingo -n 200 "$@" workloads/get_{session,customer,movie}.sql |
			awk '/^get_/ { s += $3 } END { printf "%s ", s }'
		bingo_bench query -d dbname=bingo -n 200 "$@" workloads/{post,delete}_session.sql |
			awk '/_session/ { s += $3 } END { print s }'
	} >>"$output"
}

# report NAME FILE BASE COLUMNS: median of each column, and of its ratio to BASE
report()
{
	local column line=$1
	for ((column = 1; column <= $4; column++)); do
		line+=" | $(awk -v c="$column" '{ print $c }' "$2" | median | awk '{ printf "%.2f", $1 }')"
		line+=" ($(paste -d' ' "$2" "$3" | awk -v c="$column" -v n="$4" '{ print $c / $(c + n) }' | median | awk '{ printf "%.2f", $1 }'))"
	done
	echo "| $line |"
}

prepare()
{
	start_server
	sql postgres -c 'DROP DATABASE IF EXISTS bingo' -c 'CREATE DATABASE bingo'
	bingo_load -d bingo --scale="$scale" --quiet
	sql bingo -c VACUUM -c 'CREATE EXTENSION bingo_tune CASCADE' -c "SELECT bingo_tune.drop_ordering(name) FROM bingo_tune.orderings" >/dev/null
}

if wants session; then
	prepare
	cases=(default again work_mem=1MB work_mem=16MB work_mem=64MB random_page_cost=1.1 effective_cache_size=512MB
		effective_cache_size=16GB jit=off jit_above_cost=0 max_parallel_workers_per_gather=0)
	for ((round = 1; round <= rounds; round++)); do
		for case in "${cases[@]}"; do
			case $case in
				default | again) bench "$work/session.$case" ;;
				*) bench "$work/session.$case" --set="$case" ;;
			esac
		done
	done
	echo "PostgreSQL $(sql bingo -c 'SHOW server_version'), $(getconf _NPROCESSORS_ONLN) cores, scale $scale, $rounds rounds; milliseconds (ratio to the default)"
	sql bingo -c "SELECT format('The two great answers read %s MB of %s MB.', answers / 1048576, tables / 1048576) FROM bingo_tune.data_sizes()"
	echo
	echo "| setting | GET /api/session | GET /api/customer | GET /api/movie | id | write |"
	echo "|---|---|---|---|---|---|"
	for case in "${cases[@]}"; do
		report "$case" "$work/session.$case" "$work/session.default" 5
	done
	echo
fi

if wants buffers; then
	prepare
	cases=(128MB again 8MB 32MB 64MB 512MB 2GB)
	for ((round = 1; round <= rounds; round++)); do
		for case in "${cases[@]}"; do
			start_server "shared_buffers=${case/again/128MB}"
			bench "$work/buffers.$case"
		done
	done
	echo "| shared_buffers | GET /api/session | GET /api/customer | GET /api/movie | id | write |"
	echo "|---|---|---|---|---|---|"
	for case in "${cases[@]}"; do
		report "$case" "$work/buffers.$case" "$work/buffers.128MB" 5
	done
	echo
fi

if wants build; then
	prepare
	cases=(64MB again 16MB 256MB 1GB)
	for ((round = 1; round <= rounds; round++)); do
		for case in "${cases[@]}"; do
			sql bingo -c 'SELECT bingo_tune.revert()' >/dev/null
			seconds sql bingo -c "SET maintenance_work_mem = '${case/again/64MB}'" -c 'SELECT bingo_tune.apply()' >>"$work/build.$case"
		done
	done
	echo "| maintenance_work_mem | apply(), s |"
	echo "|---|---|"
	for case in "${cases[@]}"; do
		report "$case" "$work/build.$case" "$work/build.64MB" 1
	done
	echo
fi

if wants load; then
	cases=(max_wal_size=1GB again max_wal_size=256MB max_wal_size=4GB checkpoint_timeout=30min)
	for ((round = 1; round <= rounds; round++)); do
		for case in "${cases[@]}"; do
			case $case in
				again) start_server ;;
				*) start_server "$case" ;;
			esac
			sql postgres -c 'DROP DATABASE IF EXISTS bingo' -c 'CREATE DATABASE bingo' -c CHECKPOINT
			start=$(sql postgres -c 'SELECT pg_current_wal_insert_lsn()')
			load=$(seconds bingo_load -d bingo --scale="$scale" --quiet)
			build=$(seconds sql bingo -c 'CREATE EXTENSION bingo_tune CASCADE')
			wal=$(sql postgres -c "SELECT round((pg_current_wal_insert_lsn() - '$start') / 1048576)")
			write=$(bingo_bench query -d dbname=bingo -n 500 workloads/{post,delete}_session.sql | awk '/_session/ { s += $3 } END { print s }')
			echo "$load $build $wal $write" >>"$work/load.$case"
		done
	done
	echo "| setting | bingo_load, s | CREATE EXTENSION, s | WAL, MB | POST + DELETE, ms |"
	echo "|---|---|---|---|---|"
	for case in "${cases[@]}"; do
		report "$case" "$work/load.$case" "$work/load.max_wal_size=1GB" 4
	done
fi
