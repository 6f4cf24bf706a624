#!/bin/bash
# The pg_regress tests with every server process under valgrind's memcheck.
#
# Usage: regress/check_valgrind.sh --pg-config=FILE [options of check.sh]
#
#   --pg-config  an installation that sanitized_server.sh has prepared
#
# Only reports with a frame of our module count, each as a failure.  Isolation and
# TAP tests, mostly waiting and other programs, run only when they are named.
#
# Seen red: one int of a palloc'd chunk compared before it was written, and one read
# after pfree(), in bingo_scan_begin().
set -euo pipefail

. "$(dirname "${BASH_SOURCE[0]}")/private_run.sh"
output=$root/.build/check-valgrind
build_config=${PG_CONFIG:-pg_config}
limits=()
case " $* " in *" --only-ISOLATION"*) ;; *) limits+=(--only-ISOLATION=) ;; esac
case " $* " in *" --only-TAP"*) ;; *) limits+=(--only-TAP=) ;; esac
for argument in "$@"; do
	case $argument in --pg-config=*) bindir=$("${argument#*=}" --bindir) ;; esac
done

private_run "$output" "$root/regress" "$@"
export VALGRIND_LOGS=$output/reports PG_CONFIG=$build_config
# Servers start slowly.
export PGCTLTIMEOUT=600 PG_TEST_TIMEOUT_DEFAULT=1800
mkdir "$VALGRIND_LOGS"

status=0
"$root/regress/check.sh" "$@" "${limits[@]}" --output="$output/check" || status=$?

# A report is what stands between empty lines of a process's file.
ours=$(cat "$VALGRIND_LOGS"/*.log | sed 's/^==[0-9]*== *//' | awk -v RS= '/\(extension\/[a-z_]*\.[ch]:[0-9]*\)/ { print; print "" }')
reports=$(awk -v RS= 'END { print NR }' <<<"$ours")
awk -v RS= '!seen[$0]++ { print; print "" }' <<<"$ours" | head -n 200

read -r passed _ failed _ <"$output/check/totals" || { passed=0 failed=1; }
echo "memcheck: $reports reports with a frame of bingo_tune, in $(find "$VALGRIND_LOGS" -name '*.log' | wc -l) processes"
[ "$reports" = 0 ] || failed=$((failed + reports))
if [ "$status" != 0 ] && [ "$failed" = 0 ]; then failed=1; fi
echo "$passed passed, $failed failed" | tee "$output/totals"
[ "$failed" = 0 ]
