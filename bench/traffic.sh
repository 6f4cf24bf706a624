#!/bin/bash
# Does the service keep its owners' service levels?  The application's traffic (bench/workloads/mix.conf) at 60 calls a
# second, then at the peak of 120 for as long, on the bare database and on the tuned one; each line of
# bench/workloads/service-level.conf is met or missed.
#
# Method: bingo_bench load, open loop, Poisson arrivals, latency from the moment a call fell due, 12 connections, calls
# given up after 20 s as the application does; three copies of the list of sessions at a time.
#
# Usage: bench/traffic.sh [--scale=F] [--seconds=N] [--report=FILE]
#
#   --scale    size of the data (default 1)
#   --seconds  of each rate (default 60)
#   --report   also writes a page for a browser with both runs (needs gnuplot)
#   PG_CONFIG  selects the server
#
# Smoke: --scale=0.002 --seconds=2
# Exit status: 0 the tuned database meets all levels, 3 it misses one, 1 failure, 2 wrong command line.
set -euo pipefail

scale=1 seconds=60 report=''
# shellcheck source=bench/options.sh
. "$(dirname "${BASH_SOURCE[0]}")/options.sh"
read_options 'scale seconds report' '' "$@"
[ -z "$report" ] || report=$(realpath -m "$report")
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
# shellcheck source=bench/private_server.sh
. "$here/private_server.sh"

echo "making the data at scale $scale ..." >&2
start_server shared_buffers=512MB work_mem=16MB max_wal_size=8GB checkpoint_timeout=1h
sql postgres -c 'CREATE DATABASE bingo'
bingo_load -d bingo --scale="$scale" --quiet >&2

# drive NAME: both rates; the exit status says whether all levels are met.
drive()
{
	bingo_bench load -d bingo --quiet --mix="$here/workloads/mix.conf" --schedule="60:$seconds,120:$seconds" \
		--connections=12 --warmup=2 --service-level="$here/workloads/service-level.conf" --json="$work/$1.json" || status=$?
	[ "$status" = 0 ] || [ "$status" = 3 ] || exit "$status"
}

status=0
echo "bare database, $seconds s at 60 calls/s, $seconds s at 120"
drive bare
sql bingo -c 'CREATE EXTENSION bingo_tune CASCADE' -c 'VACUUM ANALYZE sessions, customers, movies' >&2
status=0
echo
echo "tuned database, $seconds s at 60 calls/s, $seconds s at 120"
drive tuned
[ -z "$report" ] || bingo_bench report --title='bare and tuned' -o "$report" "$work/bare.json" "$work/tuned.json"
exit $status
