#!/bin/bash
# The pg_regress tests with debug_discard_caches = 1: whenever a server process could
# learn of an invalidation, all its cached relations, catalog rows and plans go.
# Whoever keeps a pointer into them meanwhile reads overwritten memory.
#
# Usage: regress/check_caches.sh --pg-config=FILE [options of check.sh]
#
#   --pg-config  an installation of the server of ".ci/server-build memory"
#
# Each changed row reads the orderings' catalog anew, a tenth of a second of a
# processor, and each expression of PL/pgSQL is planned anew.  So scan_page, which
# changes thousands of rows, and scan_cursor, which walks cursors by thousands of
# steps, are left out unless they are named: the one was not at its end after ten
# minutes, the other not after thirty.  Isolation and TAP tests, mostly waiting and
# other programs, run only when they are named, too.
#
# Seen red: a tuple descriptor used after its relation was closed and another opened,
# in bingo_scan_open().
set -euo pipefail

. "$(dirname "${BASH_SOURCE[0]}")/private_run.sh"
output=$root/.build/check-caches
build_config=${PG_CONFIG:-pg_config}
limits=()
slow=" scan_cursor scan_page "
case " $* " in
	*" --only-REGRESS"*) ;;
	*)
		names=''
		for file in "$root"/regress/sql/*.sql; do
			name=$(basename "$file" .sql)
			case $slow in *" $name "*) ;; *) names+=" $name" ;; esac
		done
		limits+=("--only-REGRESS=$names") ;;
esac
case " $* " in *" --only-ISOLATION"*) ;; *) limits+=(--only-ISOLATION=) ;; esac
case " $* " in *" --only-TAP"*) ;; *) limits+=(--only-TAP=) ;; esac

mkdir -p "$root/.build"
echo "debug_discard_caches = 1" >"$root/.build/discard_caches.conf"
PG_CONFIG=$build_config exec "$root/regress/check.sh" "$@" "${limits[@]}" \
	--settings="$root/.build/discard_caches.conf" --output="$output"
