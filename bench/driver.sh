#!/bin/bash
# Is bingo_bench itself to be trusted?  Prints one table: what, bound, measured, met or not.
#
#   schedule error   how late the driver itself sends calls that fall due 1,000 times a second
#   closed loop      point lookups a second against pgbench -M prepared with the same clients, in turns; median of the
#                    ratios
#   quantiles        p50 ... p99.9 of the report against exact ones from --log, the largest difference
#   stall            the server stopped for 2 s (SIGSTOP) at 120 calls a second: calls due in it whose latency contains
#                    the rest of it, of all that were due in it
#   A/A              "compare --run" of a command with itself: how many of the comparisons claim a difference
#   memory           the driver's largest resident set while the application's mix runs, lists of 100,000 rows included
#
# Usage: bench/driver.sh [--scale=F] [--seconds=N] [--comparisons=N]
#
#   --scale        size of the data (default 0.1)
#   --seconds      of each run (default 20)
#   --comparisons  A/A comparisons, of 6 pairs of 0.5 s each (default 40, about 5 minutes)
#   PG_CONFIG      selects the server
#
# Smoke: --scale=0.002 --seconds=1 --comparisons=1
# Exit status: 0 all bounds met, 3 one missed, 1 failure, 2 wrong command line.
set -euo pipefail

scale=0.1 seconds=20 comparisons=40
# shellcheck source=bench/options.sh
. "$(dirname "${BASH_SOURCE[0]}")/options.sh"
read_options 'scale seconds comparisons' '' "$@"
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
# shellcheck source=bench/private_server.sh
. "$here/private_server.sh"

lookup=$here/workloads/get_movie.sql
missed=0

# row WHAT BOUND MEASURED CONDITION: the condition is awk's, of x (measured).
row()
{
	local verdict=met
	awk -v x="$3" "BEGIN { exit !($4) }" || { verdict=missed; missed=3; }
	printf '| %-62s | %-10s | %10s | %-6s |\n' "$1" "$2" "$3" "$verdict"
}

# field NAME FILE: the first number of that name in a JSON document.
field()
{
	sed -n "s/^[[:space:]]*\"$1\":[[:space:]]*\([-0-9.e+]*\),*$/\1/p" "$2" | head -n 1
}

echo "making the data at scale $scale ..." >&2
start_server shared_buffers=512MB work_mem=16MB max_wal_size=8GB checkpoint_timeout=1h
sql postgres -c 'CREATE DATABASE bingo'
bingo_load -d bingo --scale="$scale" --quiet >&2
sql bingo -c 'CREATE EXTENSION bingo_tune CASCADE' -c 'VACUUM ANALYZE' -c CHECKPOINT >&2

echo "| what | bound | measured | |"
echo "|---|---|---|---|"

bingo_bench load -d bingo -q --protocol=prepared --rate=1000 --connections=8 --duration="$seconds" \
	--json="$work/rate.json" --log="$work/rate.log" "$lookup" >"$work/rate.out"
late=$(sed -n '/"schedule_error"/,/}/p' "$work/rate.json" | sed -n 's/.*"p99_ms":[[:space:]]*\([0-9.e+-]*\).*/\1/p')
row 'schedule error at 1,000 calls/s, p99, ms' '<= 0.3' "$late" 'x <= 0.3'

# Closed loop against pgbench: the same statement, ids, clients, protocol and one thread.
movies=$(sql bingo -c 'SELECT max(id) FROM movies')
{
	echo "\\set id random(1, $movies)"
	# shellcheck disable=SC2016	# $1 is the statement's parameter
	sed '/^--/d; s/\$1/:id/' "$lookup"
} >"$work/lookup.pgbench"
share=$(awk -v s="$seconds" 'BEGIN { print s < 5 ? 1 : int(s / 5) }')
rounds=$(awk -v s="$seconds" 'BEGIN { print s < 5 ? 2 : 10 }')
with_pgbench()
{
	pgbench -n -M prepared -c 4 -j 1 -T "$share" -f "$work/lookup.pgbench" bingo 2>&1 | sed -n 's/^tps = \([0-9.]*\).*/\1/p'
}
with_bench()
{
	bingo_bench load -d bingo -q --protocol=prepared -c 4 -j 1 -D "$share" --warmup=0 --json="$work/closed.json" "$lookup" >"$work/closed.out"
	field rate "$work/closed.json"
}
: >"$work/ratios"
for ((round = 0; round < rounds; round++)); do
	if ((round % 2)); then
		theirs=$(with_pgbench) ours=$(with_bench)
	else
		ours=$(with_bench) theirs=$(with_pgbench)
	fi
	echo "$ours $theirs" | awk '{ print $1 / $2 }' >>"$work/ratios"
done
row 'closed loop, 4 clients: rate / pgbench -M prepared' '>= 1.0' "$(median <"$work/ratios" | awk '{ printf "%.3f", $1 }')" 'x >= 1.0'

# Quantiles: exact ones by nearest rank from the log of the first run.
tail -n +2 "$work/rate.log" | cut -f 3 | sort -g >"$work/exact"
: >"$work/differences"
for pair in p50:0.5 p75:0.75 p90:0.9 p95:0.95 p99:0.99 p999:0.999; do
	sed -n '/"endpoints"/,$p' "$work/rate.json" >"$work/endpoints.json"
	awk -v q="${pair#*:}" -v reported="$(field "${pair%:*}_ms" "$work/endpoints.json")" '{ v[NR] = $1 }
		END { r = q * NR; r = r == int(r) ? r : int(r) + 1; d = reported * 1000 / v[r] - 1; print d < 0 ? -d * 100 : d * 100 }' \
		"$work/exact" >>"$work/differences"
done
row 'quantiles against exact values from --log, largest difference, %' '<= 3' \
	"$(sort -g "$work/differences" | tail -n 1 | awk '{ printf "%.2f", $1 }')" 'x <= 3'

# Stall: the backends are stopped for 2 s in the middle of a run.
bingo_bench load -d bingo -q --rate=120 --arrivals=constant --warmup=0 --duration=5 --log="$work/stall.log" "$lookup" \
	>"$work/stall.out" &
driver=$!
sleep 1.5
pids=$(sql bingo -c "SELECT pid FROM pg_stat_activity WHERE application_name = 'bingo_bench'")
# shellcheck disable=SC2086	# a list of numbers
kill -STOP $pids
sleep 2
# shellcheck disable=SC2086
kill -CONT $pids
wait "$driver"
# The stall's end is the first answer that a call got after more than a second; every call due in the 1.9 s before it
# must have ended then or later.
read -r contains due < <(tail -n +2 "$work/stall.log" | awk -F '\t' '{ s[NR] = $1; e[NR] = $1 + $3; if ($3 > 1e6 && (!end || e[NR] < end)) end = e[NR] }
	END { for (i = 1; i <= NR; i++) if (s[i] > end - 1.9e6 && s[i] < end) { due++; c += e[i] >= end } print c + 0, due + 0 }')
row "stall of 2 s at 120 calls/s: $due calls were due in its last 1.9 s; contain it" "$due" "$contains" "x == $due && x >= 227"

claims=0
# Comparisons differ in their seeds only.
same="load -d bingo --protocol=prepared -c 2 -D 0.5 --warmup 0.1 '$lookup' '$here/workloads/get_customer.sql'"
for ((i = 1; i <= comparisons; i++)); do
	bingo_bench compare -q --seed="$i" --rounds=6 --run="$same" --run="$same" >"$work/same.out"
	if grep -qE 'B (faster|slower)$' "$work/same.out"; then claims=$((claims + 1)); fi
done
[ "$comparisons" = 0 ] || row "A/A comparisons that claim a difference, of $comparisons" "<= 10 %" "$claims" "x <= 0.1 * $comparisons"

bingo_bench load -d bingo -q --rate=120 --connections=12 --duration="$seconds" --mix="$here/workloads/mix.conf" \
	>"$work/mix.out" &
driver=$!
memory=0
while grep -q '^VmHWM' "/proc/$driver/status" 2>/dev/null; do
	now=$(awk '/^VmHWM/ { print $2 }' "/proc/$driver/status" 2>/dev/null || true)
	memory=${now:-$memory}
	sleep 0.2
done
wait "$driver"
row 'memory of the driver, application mix, largest resident set, MB' '< 64' "$(awk -v k="$memory" 'BEGIN { printf "%.1f", k / 1024 }')" 'x < 64'
exit $missed
