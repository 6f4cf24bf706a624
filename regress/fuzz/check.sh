#!/bin/bash
# make check-fuzz: random queries around random orderings, and damaged files for
# what reads files.
#
# Usage: [FUZZ_QUERIES=N] [FUZZ_SEED=N] [FUZZ_INPUTS=N] [FUZZ_JOBS=N] regress/fuzz/check.sh
#
#   FUZZ_QUERIES  queries to compare, all jobs together (default: 1000000)
#   FUZZ_SEED     the first job's seed (default: drawn and printed); the next have the next
#   FUZZ_INPUTS   inputs for each parser (default: 1000000), 0: none
#   FUZZ_JOBS     processes (default: one a core)
#
# Each job has a database of its own on one private server.  How to read a failure:
# the head of scan_random.c.  Scripts of findings, and inputs that a parser could
# not stand, are left in .check/fuzz.  The last line is "N passed, N failed".
set -euo pipefail

# The installation that has the headers, before the private copy comes first.
PG_CONFIG=$(command -v "${PG_CONFIG:-pg_config}")
export PG_CONFIG
# shellcheck source=bench/private_server.sh
. "$(dirname "${BASH_SOURCE[0]}")/../../bench/private_server.sh"

here=$root/regress/fuzz
queries=${FUZZ_QUERIES:-1000000}
seed=${FUZZ_SEED:-$((RANDOM * 32768 + RANDOM))}
inputs=${FUZZ_INPUTS:-1000000}
jobs=${FUZZ_JOBS:-$(nproc)}
output=$root/.check/fuzz
passed=0 failed=0

rm -rf "$output"
mkdir -p "$output"

# verdict NAME STATUS
verdict()
{
	if [ "$2" = 0 ]; then passed=$((passed + 1)); else failed=$((failed + 1)); echo "$1 FAILED"; fi
}

compare_queries()
{
	local program=$work/scan_random job status
	local -a pids=()
	"${CC:-cc}" -std=gnu11 -O2 -g -I"$("$PG_CONFIG" --includedir)" -o "$program" "$here"/fuzz_*.c "$here/scan_random.c" \
		-L"$("$PG_CONFIG" --libdir)" -lpq
	start_server autovacuum=off bingo_tune.upkeep=off bingo_tune.track=all fsync=off log_min_messages=fatal \
		log_min_error_statement=panic
	sql postgres -c 'CREATE ROLE fuzz_reader'
	for ((job = 0; job < jobs; job++)); do
		createdb "fuzz$job"
		sql "fuzz$job" -c 'CREATE EXTENSION bingo_tune CASCADE' -f "$here/values.sql"
		mkdir -p "$output/$job"
		"$program" "dbname=fuzz$job" $((queries / jobs)) $((seed + job)) "$output/$job" >"$output/$job/out" 2>&1 &
		pids+=($!)
	done
	for ((job = 0; job < jobs; job++)); do
		status=0
		wait "${pids[job]}" || status=$?
		echo "seed $((seed + job)): $(tail -n 1 "$output/$job/out")"
		[ "$status" = 0 ] || grep -A 2 '^FINDING' "$output/$job/out" | cut -c 1-2000 || :
		# a run that serves nothing proves nothing
		if [ "$status" = 0 ]; then
			awk '/queries compared/ { compared = $3; served = $6; behind = $8 }
				END { exit !(served > 0.2 * compared && behind > 0.03 * served) }' "$output/$job/out" || status=1
		fi
		verdict "queries, seed $((seed + job))" "$status"
	done
}

if [ "$queries" != 0 ]; then compare_queries; fi
if [ "$inputs" != 0 ]; then
	for parser in "$here"/parse_*.c; do
		status=0
		name=$(basename "$parser" .c)
		"$here/parse.sh" "$name" "$work" "$inputs" "$seed" "$output" || status=$?
		if [ "$status" = 77 ]; then continue; fi
		verdict "$name" "$status"
	done
fi

echo "$passed passed, $failed failed"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
