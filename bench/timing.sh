#!/bin/bash
# What timing costs, and whether its figures are right.  Prints one table.
#
# 1. Throughput of prepared point lookups (pgbench -S -M prepared, 2 clients): with nothing timed, with bingo_tune's timing,
#    the same without examples, with pg_stat_statements and with pg_stat_monitor (where installed), one server, switched by
#    reload.  Each round runs all in an order of its own, nothing twice: the ratio of these two is the noise (A/A).  Reported:
#    the median of the rounds' ratios to the mean of the two, and that of timing with examples to timing without.
# 2. Lost or double counts with 64 clients on one statement.
# 3. Reading query_timing with 5,000 tracked queries (4,970 and the bench's own).
# 4. Quantiles and buckets against other clocks, with calls whose times are log-normal or bimodal: exact quantiles of pgbench's
#    log of every call, and the histogram bucket by bucket against auto_explain's log of every call.
#
#   bench/timing.sh                      about 20 minutes
#   ROUNDS=4 SECONDS_EACH=2 CALLS=20000 bench/timing.sh
# shellcheck disable=SC2154	# root and work are set by private_server.sh
set -euo pipefail
# shellcheck disable=SC1091	# checked by itself
. "$(dirname "${BASH_SOURCE[0]}")/private_server.sh"

rounds=${ROUNDS:-20}
seconds=${SECONDS_EACH:-5}
calls=${CALLS:-1000000}
logged=${LOGGED_CALLS:-$((calls / 10))}
only=${ONLY:-throughput counts reading accuracy}

libraries=pg_stat_statements,bingo_tune,auto_explain
monitor=
if [ -f "$("$(cat "$root/.build/stage/pg_config.path")" --pkglibdir)/pg_stat_monitor.so" ]; then
	monitor=pg_stat_monitor
	libraries=$libraries,$monitor
fi
start_server shared_preload_libraries=$libraries shared_buffers=512MB max_connections=200 fsync=off autovacuum=off \
	logging_collector=on log_destination=csvlog log_filename=server pg_stat_statements.max=10000
export PGDATABASE=postgres

# Looks without being counted.
look() { PGOPTIONS='-c bingo_tune.track=none -c client_min_messages=warning' sql postgres "$@"; }
print_row() { printf '%-58s %12s   %s\n' "$@"; }

look -c 'CREATE EXTENSION bingo_tune CASCADE'
look -c 'SELECT version()'
echo "$(nproc) cores; $(date -u +%F)"
echo
print_row "what" "measured" "bound"

# --- 1: throughput ---

# Which of the libraries works from now on.
switch_to()
{
	look -c "ALTER SYSTEM SET bingo_tune.track = '$1'" -c "ALTER SYSTEM SET pg_stat_statements.track = '$2'" \
		-c "ALTER SYSTEM SET bingo_tune.keep_examples = ${4:-on}"
	if [ -n "$monitor" ]; then
		look -c "ALTER SYSTEM SET pg_stat_monitor.pgsm_track = '$3'"
	fi
	look -c 'SELECT pg_reload_conf()' >"$work/reload.log"
}

measure_one()
{
	case $1 in
		timing) switch_to top none none ;;
		timing_alone) switch_to top none none off ;;
		pg_stat_statements) switch_to none top none ;;
		pg_stat_monitor) switch_to none none top ;;
		*) switch_to none none none ;;
	esac
	pgbench -n -S -M prepared -c 2 -j 2 -T "$seconds" 2>"$work/pgbench.err" |
		awk '/^tps/ { print $3 }'
}

measure_throughput()
{
	local round name nothing kinds="nothing nothing_again timing timing_alone pg_stat_statements $monitor"

	pgbench -i -q -s 10 2>"$work/init.err"
	look -c 'VACUUM ANALYZE' -c CHECKPOINT
	measure_one nothing >"$work/warm"
	for ((round = 1; round <= rounds; round++)); do
		for name in $(tr ' ' '\n' <<<"$kinds" | sed '/^$/d' | shuf); do
			measure_one "$name" >"$work/$name.tps"
			cat "$work/$name.tps" >>"$work/$name.all"
		done
		nothing=$(awk '{ s += $1 } END { print s / NR }' "$work/nothing.tps" "$work/nothing_again.tps")
		awk -v n="$(cat "$work/nothing.tps")" '{ print $1 / n }' "$work/nothing_again.tps" >>"$work/floor.ratio"
		awk -v n="$(cat "$work/timing_alone.tps")" '{ print $1 / n }' "$work/timing.tps" >>"$work/examples.ratio"
		for name in timing pg_stat_statements $monitor; do
			awk -v n="$nothing" '{ print $1 / n }' "$work/$name.tps" >>"$work/$name.ratio"
		done
	done
	print_row "point lookups a second, nothing timed" "$(median <"$work/nothing.all")" ""
	print_row "A/A: nothing timed, run again (median of $rounds)" "$(median <"$work/floor.ratio")" ""
	print_row "   the middle half of its rounds" "$(sort -n "$work/floor.ratio" | awk '{ v[NR] = $1 } END { printf "%.3f-%.3f", v[int(NR / 4) + 1], v[int(3 * NR / 4 + 0.999)] }')" ""
	print_row "timing on / nothing timed" "$(median <"$work/timing.ratio")" ">= 0.98"
	print_row "timing that keeps examples / timing without" "$(median <"$work/examples.ratio")" "no difference"
	print_row "pg_stat_statements / nothing timed" "$(median <"$work/pg_stat_statements.ratio")" "ours is no lower"
	if [ -n "$monitor" ]; then
		print_row "pg_stat_monitor / nothing timed" "$(median <"$work/pg_stat_monitor.ratio")" ""
	else
		print_row "pg_stat_monitor / nothing timed" "not installed" ""
	fi
	switch_to top top none
}

# --- 2: lost or double counts ---

count_hammered()
{
	local counted

	echo 'SELECT 64 AS hammered' >"$work/hammer.sql"
	look -c 'SELECT bingo_tune.reset_timing()' >"$work/reset.log"
	pgbench -n -M prepared -c 64 -j 2 -t 5000 -f "$work/hammer.sql" >"$work/hammer.log" 2>&1
	counted=$(look -c "SELECT sum(calls) FROM bingo_tune.query_timing WHERE query LIKE '%hammered%'")
	print_row "64 clients x 5,000 calls: lost or double" "$((64 * 5000 - counted))" "0"
}

# --- 3: reading ---

read_many()
{
	local i

	look -c 'SELECT bingo_tune.reset_timing(), pg_stat_statements_reset()' >"$work/reset.log"
	# 70 ways to list columns times 71 conditions: 4,970 queries that differ in shape.
	for ((i = 0; i < 4970; i++)); do
		printf 'SELECT 1%s WHERE true%s;\n' "$(printf ', 1%.0s' $(seq $((i % 70 + 1))))" "$(printf ' AND 1 = 1%.0s' $(seq $((i / 70 + 1))))"
	done >"$work/many.sql"
	sql postgres -f "$work/many.sql" >"$work/many.log"
	for ((i = 0; i < 21; i++)); do
		look -c 'EXPLAIN (ANALYZE, TIMING OFF) SELECT * FROM bingo_tune.query_timing'
	done >"$work/read.plans"
	print_row "queries tracked" "$(look -c 'SELECT queries FROM bingo_tune.timing_status')" ""
	print_row "one read of query_timing, ms (median of 21)" "$(awk '/Execution Time/ { print $3 }' "$work/read.plans" | median)" "<= 50"
	print_row "reads of the text file in it" "$(grep -m 1 'Function Scan on statement_statistics' "$work/read.plans" | sed 's/.*loops=\([0-9]*\).*/\1/')" "<= 1"
	look -c 'SELECT bingo_tune.reset_timing(), pg_stat_statements_reset()' >"$work/reset.log"
}

# --- 4: accuracy ---

# pgbench sleeps on the server: log-normal around 20 ms, or around 10 ms with one call of seven around 60 ms.
write_script()
{
	case $1 in
		log-normal) cat <<'SQL' ;;
\set normal random_gaussian(-3000000, 3000000, 3.0)
\set pause 0.02 * exp(0.5 * :normal / 1000000.0)
SELECT pg_sleep(:pause);
SQL
		bimodal) cat <<'SQL' ;;
\set far random(1, 7)
\set jitter random(0, 1000)
\set pause (case when :far = 1 then 0.06 else 0.01 end) * (0.9 + :jitter * 0.0002)
SELECT pg_sleep(:pause);
SQL
	esac
}

run_calls()
{
	write_script "$1" >"$work/accuracy.sql"
	rm -f "$work"/calls.*
	look -c 'SELECT bingo_tune.reset_timing()' >"$work/reset.log"
	pgbench -n -M prepared -c 96 -j 2 -t "$(($2 / 96 + 1))" -f "$work/accuracy.sql" -l --log-prefix="$work/calls" \
		>"$work/accuracy.log" 2>&1
}

compare_quantiles()
{
	run_calls "$1" "$calls"
	cat "$work"/calls.* | awk '{ print $3 / 1000 }' >"$work/client.ms"
	look <<SQL | while IFS='|' read -r name measured bound; do print_row "$name" "$measured" "$bound"; done
CREATE TEMP TABLE client (ms float8);
\\copy client FROM '$work/client.ms'
SELECT '$1: calls', t.calls || ' of ' || (SELECT count(*) FROM client), 'all'
FROM bingo_tune.query_timing AS t WHERE t.action = 'SELECT CALLS pg_sleep'
UNION ALL
SELECT '$1: p' || f.fraction * 100 || ' off the client''s by', to_char(100 * (q.server / q.client - 1), 'FM990.00') || ' %', '<= 3 %'
FROM (VALUES (0.5), (0.75), (0.9), (0.95), (0.99), (0.999)) AS f(fraction),
	LATERAL (SELECT bingo_tune.quantile(s.histogram, f.fraction) AS server,
		(SELECT percentile_disc(f.fraction) WITHIN GROUP (ORDER BY ms) FROM client) AS client
		FROM bingo_tune.timing_queries(true) AS s WHERE s.action = 'SELECT CALLS pg_sleep') AS q;
SQL
}

# auto_explain times ExecutorRun and ExecutorFinish, we ExecutorStart too: up to each bound, ours must be
# no more than its calls up to there, and no less than its calls up to 1 % + 50 us below.
compare_buckets()
{
	look -c "ALTER SYSTEM SET auto_explain.log_min_duration = 0" -c 'SELECT pg_reload_conf()' >"$work/reload.log"
	run_calls "$1" "$logged"
	look -c "ALTER SYSTEM RESET auto_explain.log_min_duration" -c 'SELECT pg_reload_conf()' >"$work/reload.log"
	cat "$work"/data/log/*.csv | sed -n 's/.*,"duration: \([0-9.]*\) ms  plan:.*/\1/p' >"$work/server.all"
	# Only this run's pg_sleep calls: the last ones logged, 96 clients' worth.
	tail -n "$((96 * (logged / 96 + 1)))" "$work/server.all" >"$work/server.ms"
	look <<SQL | while IFS='|' read -r name measured bound; do print_row "$name" "$measured" "$bound"; done
CREATE TEMP TABLE server (ms float8);
\\copy server FROM '$work/server.ms'
CREATE TEMP TABLE upto AS
SELECT b.upper, sum(b.calls) OVER (ORDER BY b.lower) AS ours
FROM bingo_tune.timing_queries(true) AS t, bingo_tune.buckets(t.histogram) AS b WHERE t.action = 'SELECT CALLS pg_sleep';
CREATE INDEX ON server (ms);
ANALYZE server;
SELECT '$1: buckets that auto_explain''s log contradicts', count(*) FILTER (WHERE ours > most OR ours < least) || ' of ' || count(*),
	'0; by at most ' || greatest(max(ours - most), max(least - ours), 0) || ' of ' || max(ours) || ' calls'
FROM (SELECT upto.ours, (SELECT count(*) FROM server WHERE ms <= upper + 0.001) AS most,
		(SELECT count(*) FROM server WHERE ms <= upper * 0.99 - 0.05) AS least FROM upto) AS c;
SQL
}

for part in $only; do
	case $part in
		throughput) measure_throughput ;;
		counts) count_hammered ;;
		reading) read_many ;;
		accuracy)
			for shape in log-normal bimodal; do
				compare_quantiles "$shape"
				compare_buckets "$shape"
			done ;;
		*)
			echo "timing.sh: ONLY names throughput, counts, reading or accuracy, not \"$part\"" >&2
			exit 2 ;;
	esac
done
