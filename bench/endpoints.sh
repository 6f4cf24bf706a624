#!/bin/bash
# What does each step of tuning bring?  GET /api/session's unmodified statement, and the other endpoints, as the database
# goes from bare to tuned.  Prints three tables.
#
#   bare        as the application's prepare_db leaves the database: no index, no key
#   six         the six single-column indexes that its users made by hand
#   best        the best plain indexes: bingo_tune.apply()'s
#   ordering    the same, and the ordering of GET /api/session (if this build has orderings), standard output functions
#   encoder     the same, and rows encoded without the per-column output functions (if this build has that)
#   pg_ivm      pg_ivm's view of the whole join with a btree, read by a statement changed for it (if it is installed)
#   FLAT        an ordinary table that holds exactly the answer, in order, read through its btree
#
# Each figure is a median until the last row is in a libpq client, one connection, everything cached, text results, on one
# server with shared_buffers 512 MB and work_mem 16 MB (bare: also with the server's own defaults). FLAT is measured in
# turns with every variant, and the ratio is the median of the rounds' ratios, so that a drift of the machine meets both.
# The answers of all variants are compared byte for byte. Statements that write run in a transaction that is rolled back, so
# that the data stays: their times are without the commit.
#
# Usage: bench/endpoints.sh [--scale=F] [--rounds=N]
#
#   --scale    size of the data (default 1: 5,000,000 sessions; needs about 3 GB in TMPDIR)
#   --rounds   rounds of each variant (default 9; bare: 3 at most)
#   PG_CONFIG  selects the server
#
# Smoke: --scale=0.002 --rounds=1
set -euo pipefail

scale=1 rounds=9
# shellcheck source=bench/options.sh
. "$(dirname "${BASH_SOURCE[0]}")/options.sh"
read_options 'scale rounds' '' "$@"
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
# shellcheck source=bench/private_server.sh
. "$here/private_server.sh"

settings=(shared_buffers=512MB work_mem=16MB max_wal_size=8GB checkpoint_timeout=1h)
list=$here/workloads/get_session_list.sql
flat=$here/flat.sql
others=(get_session get_customer get_movie get_customer_list get_movie_list post_session delete_session db_dummy)

# time_of FILE RUNS OPTION...: the median in ms of some runs of one statement.
time_of()
{
	bingo_bench query -d bingo --warmup=1 --repeat="$2" "${@:3}" "$1" | awk 'NR == 2 { print $3 }'
}

declare -A median_of ratio_of answer_of other_of

# measure VARIANT FILE ROUNDS OPTION...: medians of the variant and its ratio to FLAT.
measure()
{
	local variant=$1 file=$2 count=$3 round time reference
	shift 3
	: >"$work/times"
	: >"$work/ratios"
	for ((round = 0; round < count; round++)); do
		if ((round % 2)); then
			reference=$(time_of "$flat" 3)
			time=$(time_of "$file" 1 "$@")
		else
			time=$(time_of "$file" 1 "$@")
			reference=$(time_of "$flat" 3)
		fi
		echo "$time" >>"$work/times"
		echo "$reference" >>"$work/flat_times"
		echo "$time $reference" | awk '{ print $1 / $2 }' >>"$work/ratios"
	done
	median_of[$variant]=$(median <"$work/times")
	ratio_of[$variant]=$(median <"$work/ratios")
	answer_of[$variant]=$(answer "$file" "$@")
	echo "  $variant: ${median_of[$variant]} ms" >&2
}

# The answer's rows as text, by checksum; the settings of --set apply.
answer()
{
	local file=$1 options=()
	shift
	while [ $# -gt 0 ]; do
		[ "$1" != --set ] || options+=(-c "SET $2")
		shift
	done
	sql bingo "${options[@]}" -f "$file" | md5sum | cut -d ' ' -f 1
}

# The other endpoints under a variant: name, median.
measure_others()
{
	local variant=$1 count=$2 name time
	while read -r name time; do
		other_of[$variant/$name]=$time
	done < <(bingo_bench query -d bingo --before=BEGIN --warmup=1 --repeat="$count" "${others[@]/#/$here/workloads/}" |
		awk 'NR > 1 { print $1, $3 }')
}
others=("${others[@]/%/.sql}")

echo "making the data at scale $scale ..." >&2
start_server "${settings[@]}"
sql postgres -c 'CREATE DATABASE bingo'
bingo_load -d bingo --scale="$scale" --quiet >&2
sql bingo -f "$here/flat_table.sql"
sql bingo -c CHECKPOINT

echo "measuring ..." >&2
few=$((rounds < 3 ? rounds : 3))
start_server
measure bare_defaults "$list" "$few"
start_server "${settings[@]}"
measure bare "$list" "$few"
measure_others bare "$few"

six=(sessions/customer_id sessions/movie_id movies/year movies/name customers/id movies/id)
for index in "${six[@]}"; do
	sql bingo -c "CREATE INDEX six_${index/\//_} ON ${index%/*} (${index#*/})"
done
sql bingo -c 'VACUUM ANALYZE sessions, customers, movies'
measure six "$list" "$few"
measure_others six "$few"
for index in "${six[@]}"; do sql bingo -c "DROP INDEX six_${index/\//_}"; done

sql bingo -c 'CREATE EXTENSION bingo_tune CASCADE' >&2
sql bingo -c 'VACUUM ANALYZE sessions, customers, movies'
has_setting()
{
	[ "$(sql bingo -c "SELECT count(*) FROM pg_settings WHERE name = '$1'")" = 1 ]
}
plain=()
encoder=()
if has_setting bingo_tune.enable_ordered_scan; then plain+=(--set bingo_tune.enable_ordered_scan=off); fi
if has_setting bingo_tune.fast_output; then encoder=(--set bingo_tune.fast_output=off); fi
measure best "$list" "$rounds" "${plain[@]}" "${encoder[@]}"
measure_others best "$((rounds * 3))"

is_served()
{
	sql bingo -c "EXPLAIN $(tail -n 1 "$list")" | grep -q BingoOrderedScan
}
# apply() makes the ordering; a build whose apply() does not may still have orderings.
if ! is_served && [ "$(sql bingo -c "SELECT count(*) FROM pg_proc WHERE proname = 'create_ordering'")" != 0 ]; then
	sql bingo -c "SELECT bingo_tune.create_ordering('session_list', \$\$$(tail -n 1 "$list" | sed 's/ LIMIT .*//')\$\$)" >&2 || true
fi
if ! is_served; then
	echo "note: no ordering serves GET /api/session in this build" >&2
else
	measure ordering "$list" "$rounds" "${encoder[@]}"
	[ ${#encoder[@]} = 0 ] || measure encoder "$list" "$rounds" --set bingo_tune.fast_output=orderings
fi

has_ivm=$(sql bingo -c "SELECT count(*) FROM pg_available_extensions WHERE name = 'pg_ivm'")
make_ivm()
{
	sql bingo -c 'CREATE EXTENSION IF NOT EXISTS pg_ivm' -c "SELECT pgivm.create_immv('ivm', \$\$SELECT sessions.id, sessions.start_time,
		customers.id AS customer_id, customers.name AS customer_name, customers.surname, customers.birthday, customers.email,
		movies.id AS movie_id, movies.name AS movie_name, movies.year, movies.duration FROM sessions
		INNER JOIN customers ON sessions.customer_id = customers.id INNER JOIN movies ON sessions.movie_id = movies.id\$\$)" \
		-c 'CREATE INDEX ON ivm (year DESC, movie_name, customer_id, id DESC)' -c 'VACUUM ANALYZE ivm' >&2
}
if [ "$has_ivm" = 1 ]; then
	make_ivm
	sed 's/FROM flat /FROM ivm /; s/FLAT/pg_ivm/' "$flat" >"$work/ivm.sql"
	measure pg_ivm "$work/ivm.sql" "$rounds"
	sql bingo -c 'DROP TABLE ivm'
else
	echo "note: pg_ivm is not installed for this server" >&2
fi
median_of[FLAT]=$(median <"$work/flat_times")
ratio_of[FLAT]=1
answer_of[FLAT]=$(answer "$flat")

for variant in "${!answer_of[@]}"; do
	[ "${answer_of[$variant]}" = "${answer_of[FLAT]}" ] || fail "the answer of \"$variant\" differs from FLAT's"
done

echo
echo "GET /api/session, unmodified statement, scale $scale"
printf '| %-14s | %10s | %12s | %12s |\n' variant 'median ms' '/ FLAT' 'bare /'
echo "|---|---|---|---|"
for variant in bare_defaults bare six best ordering encoder pg_ivm FLAT; do
	[ -n "${median_of[$variant]:-}" ] || continue
	awk -v name="$variant" -v time="${median_of[$variant]}" -v ratio="${ratio_of[$variant]}" -v bare="${median_of[bare]}" \
		'BEGIN { printf "| %-14s | %10.1f | %12.2f | %12.1f |\n", name, time, ratio, bare / time }'
done
echo
echo "other endpoints, median ms, scale $scale"
printf '| %-14s | %10s | %10s | %10s |\n' endpoint bare six best
echo "|---|---|---|---|"
for name in "${others[@]%.sql}"; do
	printf '| %-17s | %10s | %10s | %10s |\n' "$name" "${other_of[bare/$name]:-}" "${other_of[six/$name]:-}" "${other_of[best/$name]:-}"
done

# Writes come last, because they change the data.
inserts()
{
	bingo_bench load -d bingo --quiet --protocol=prepared --clients=2 --duration="$write_seconds" --warmup=0.5 \
		"$here/workloads/post_session.sql" | awk '$1 == "post_session" { print $3 }'
}
write_seconds=$((rounds < 5 ? 1 : 10))
rebuild=$(seconds sql bingo -c "CREATE TABLE whole AS $(sed '/^--/d; s/^CREATE TABLE flat AS//; s/ LIMIT 100000;//; /^CREATE INDEX/,$d' "$here/flat_table.sql")" \
	-c 'CREATE INDEX ON whole (year DESC, movie_name, customer_id, id DESC)')
sql bingo -c 'DROP TABLE whole'
tuned=$(inserts)
sql bingo -c 'SELECT * FROM bingo_tune.revert()' >"$work/revert.out"
unindexed=$(inserts)
echo
echo "other work, scale $scale, fsync and synchronous_commit on"
echo "| what | figure | / plain |"
echo "|---|---|---|"
echo "| building the whole join anew, with its btree | $rebuild s | |"
echo "| INSERT into sessions, 2 clients, prepared: plain | $unindexed /s | 1 |"
echo "| with bingo_tune.apply() | $tuned /s | $(echo "$tuned $unindexed" | awk '{ printf "%.2f", $1 / $2 }') |"
if [ "$has_ivm" = 1 ]; then
	make_ivm
	with_ivm=$(inserts)
	echo "| with pg_ivm's view | $with_ivm /s | $(echo "$with_ivm $unindexed" | awk '{ printf "%.2f", $1 / $2 }') |"
fi
