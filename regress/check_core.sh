#!/bin/bash
# PostgreSQL's own tests on a server with bingo_tune: nothing may fail that passes
# without it.
#
# Usage: regress/check_core.sh --pg-config=FILE --source=DIR [--output=DIR] [--only=SUITE]
#
#   --pg-config  the installation that the servers run from, with bingo_tune in it
#   --source     PostgreSQL's source of the same major version (.ci/server-source)
#   --output     folder for logs, results and clusters, emptied first (default: .build/check-core)
#   --only       regress or isolation
#
# Both suites run on three servers:
#
#   plain    nothing loaded
#   loaded   the library preloaded, every statement timed, every answer encoded here
#   created  the same, and the extension created in the tests' database: its event
#            triggers see each DDL command and upkeep its worker's database
#
# A test of the last two counts as passed if it passes, or if it fails on the plain
# server too and left exactly the same output (the source may be of another minor
# version than the server, so a few do).  A server that crashed fails its run
# whatever the tests say.  What the created extension's own objects add to lists
# of all objects is no difference: see "listing" below.
#
# Found here: the grammar's notices given twice by timing (create_view differed).
set -euo pipefail

. "$(dirname "${BASH_SOURCE[0]}")/private_run.sh"
build_config=$(command -v "${PG_CONFIG:-pg_config}" || echo "${PG_CONFIG:-pg_config}")
pg_config=$build_config source='' output=$root/.build/check-core suites=(regress isolation)
for argument in "$@"; do
	case $argument in
		--pg-config=*) pg_config=${argument#*=} ;;
		--source=*) source=${argument#*=} ;;
		--output=*) output=$(realpath -m "${argument#*=}") ;;
		--only=*) suites=("${argument#*=}") ;;
		*)
			echo "check_core.sh: unknown option \"$argument\"" >&2
			exit 2 ;;
	esac
done

private_run "$output" "$source" "$@"

bindir=$("$pg_config" --bindir)
pgxs=$(realpath "$(dirname "$("$pg_config" --pgxs)")/../..")
modules=$output/modules
servers=(plain loaded created)

# What the tests load by LANGUAGE C.  A private copy of an installation has no headers.
mkdir -p "$modules"
cc -O2 -g -fPIC -shared -I"$("$build_config" --includedir-server)" -o "$modules/regress.so" "$source/src/test/regress/regress.c"
for module in refint autoinc; do
	cp "$("$pg_config" --pkglibdir)/$module.so" "$modules/"
done

settings()
{
	echo "fsync = off"
	# As the tests' Makefile sets it for one's own server.
	echo "compute_query_id = regress"
	[ "$1" != plain ] || return 0
	echo "shared_preload_libraries = 'pg_stat_statements,bingo_tune'"
	echo "bingo_tune.track = all"
	echo "bingo_tune.track_utility = on"
	echo "bingo_tune.fast_output = all"
}

# run SUITE SERVER: leaves the list of "test verdict" lines in verdicts.
run()
{
	local suite=$1 server=$2 folder=$output/$1/$2 program schedule
	local -a options=(--max-concurrent-tests=20)

	case $suite in
		regress) program=$pgxs/src/test/regress/pg_regress schedule=parallel_schedule ;;
		isolation) program=$pgxs/src/test/isolation/pg_isolation_regress schedule=isolation_schedule ;;
	esac
	[ "$server" != created ] || options+=(--load-extension=pg_stat_statements --load-extension=bingo_tune)
	mkdir -p "$folder"
	settings "$server" >"$folder/settings.conf"
	# Its status is that of the worst test: what counts is compared below.
	"$program" --bindir="$bindir" --inputdir="$source/src/test/$suite" --outputdir="$folder" --dlpath="$modules" \
		--temp-instance="$folder/instance" --temp-config="$folder/settings.conf" --encoding=UTF8 --no-locale \
		--schedule="$source/src/test/$suite/$schedule" \
		"${options[@]}" >"$folder/log.txt" 2>&1 || :
	# Both styles: "test x ... ok" until PostgreSQL 15, TAP since 16.
	sed -nE -e 's/^(test|    ) +([^ ]+) +\.\.\. (ok|FAILED).*/\2 \3/p' \
		-e 's/^(ok|not ok) [0-9]+ +[-+] ([^ ]+).*/\2 \1/p' "$folder/log.txt" |
		sed -e 's/ not ok$/ FAILED/' | sort >"$folder/verdicts"
	grep -hE 'was terminated by signal|TRAP:|PANIC:' "$folder/log/postmaster.log" >"$folder/crashes" || :
	rm -rf "$folder/instance"
}

# listing TEST SUITE: are the objects of the extension all that is new in the output?
# Two tests list what a whole database has: its event triggers, foreign-data wrappers.
listing()
{
	case $1 in event_trigger | foreign_data) ;; *) return 1 ;; esac
	diff <(unlisted <"$output/$2/plain/results/$1.out") <(unlisted <"$output/$2/created/results/$1.out") >/dev/null
}

# Without our objects, the widths of columns and the number of rows.
unlisted()
{
	sed -e '/^ bingo_tune\(_[a-z_]*\)\{0,1\} *|/d' -e 's/  */ /g' -e 's/---*/--/g' \
		-e 's/^([0-9]* rows*)$/(rows)/'
}

passed=0 failed=0

# judge SUITE SERVER
judge()
{
	local suite=$1 server=$2 good=0 bad=0 alike=0 test plain verdict
	local folder=$output/$1/$2
	while read -r test plain; do
		verdict=$(sed -n "s/^$test //p" "$folder/verdicts")
		if [ "$verdict" = ok ] || { [ "$plain" = ok ] && [ "$server" = created ] && listing "$test" "$suite"; }; then
			good=$((good + 1))
		elif [ "$plain" != ok ] && [ -n "$verdict" ] &&
			{ cmp -s "$output/$suite/plain/results/$test.out" "$folder/results/$test.out" ||
				{ [ "$server" = created ] && listing "$test" "$suite"; }; }; then
			good=$((good + 1)) alike=$((alike + 1))
		else
			bad=$((bad + 1))
			echo "$suite  $server  $test  ${verdict:-was not run} (plain server: $plain)"
			diff -U3 "$output/$suite/plain/results/$test.out" "$folder/results/$test.out" | head -n 60 || :
		fi
	done <"$output/$suite/plain/verdicts"
	if [ "$good$bad" = 00 ]; then
		tail -n 20 "$output/$suite/plain/log.txt"
		bad=1
	fi
	if [ -s "$folder/crashes" ]; then
		cat "$folder/crashes"
		bad=$((bad + 1))
	fi
	echo "$suite  $server: $good passed, $bad failed ($alike fail on the plain server in the same way)"
	passed=$((passed + good)) failed=$((failed + bad))
}

lane()
{
	local server
	for server in "${servers[@]}"; do run "$1" "$server"; done
}

for suite in "${suites[@]}"; do
	lane "$suite" &
done
wait
for suite in "${suites[@]}"; do
	for server in loaded created; do judge "$suite" "$server"; done
done

echo "$passed passed, $failed failed" | tee "$output/totals"
[ "$failed" = 0 ] || echo "Logs: $output"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
