#!/bin/bash
# Runs pg_regress, isolation and TAP tests, each kind in private clusters, and
# ends with the totals of all three.
#
# Usage: regress/check.sh [--pg-config=FILE] [--tests=DIR] [--output=DIR]
#                         [--settings=FILE] [--only-REGRESS=NAMES] [--only-ISOLATION=NAMES] [--only-TAP=NAMES]
#
#   --pg-config  the installation that the servers run from, with bingo_tune in it
#   --tests      folder with sql, expected, specs, t and bingo_tune.conf (default: this one)
#   --output     folder for logs, results and clusters, emptied first (default: .check)
#   --settings   settings of the servers beside bingo_tune.conf
#   --only-KIND  only these tests of a kind (no names: none of that kind)
#
# Exit status 0 only if every wanted test was seen to pass: a test without a
# result counts as failed, and so does a kind without any test.  pg_regress and
# isolation tests run one after the other, beside them CHECK_JOBS TAP files
# (default: two a core, as most of them wait most of the time).  What a server's log says of a crash, a failed assertion, a
# sanitizer's report, a leaked reference or overwritten memory is a failure, too,
# whatever the tests say.  As root the work is handed to another user: .ci/run-as.
set -euo pipefail

. "$(dirname "${BASH_SOURCE[0]}")/private_run.sh"
build_config=$(command -v "${PG_CONFIG:-pg_config}" || echo "${PG_CONFIG:-pg_config}")
pg_config=$build_config
tests=$root/regress
output=$root/.check
settings=()
declare -A only=()

for argument in "$@"; do
	case $argument in
		--pg-config=*) pg_config=${argument#*=} ;;
		--tests=*) tests=$(cd "${argument#*=}" && pwd -P) ;;
		--output=*) output=$(realpath -m "${argument#*=}") ;;
		--settings=*) settings=("$(realpath "${argument#*=}")") ;;
		--only-REGRESS=* | --only-ISOLATION=* | --only-TAP=*)
			kind=${argument%%=*}
			only[${kind#--only-}]=${argument#*=} ;;
		*)
			echo "check.sh: unknown option \"$argument\"" >&2
			exit 2 ;;
	esac
done

private_run "$output" "$tests" "$@"
# For tests that build.
export PG_CONFIG=$build_config

bindir=$("$pg_config" --bindir)
pgxs=$("$pg_config" --pgxs)
source_tree=$(realpath "$(dirname "$pgxs")/../..")
PATH=$bindir:$root/tools:$PATH
export PATH

# list KIND FOLDER SUFFIX prints the names of the wanted tests.
list()
{
	local file
	if [ -n "${only[$1]+set}" ]; then
		for file in ${only[$1]}; do basename "$file" "$3"; done
		return
	fi
	for file in "$tests/$2"/*"$3"; do
		[ -e "$file" ] && basename "$file" "$3"
	done
	return 0
}

mapfile -t regress < <(list REGRESS sql .sql)
mapfile -t isolation < <(list ISOLATION specs .spec)
mapfile -t tap < <(list TAP t .pl)

# run_regress KIND PROGRAM DATABASE TEST...: pg_regress or pg_isolation_regress.  The two
# folders are given because pg_regress looks in outputdir/sql first and outputdir
# defaults to ".", where our sql/ is something else.
run_regress()
{
	local kind=$1 program=$2 database=$3
	shift 3
	mkdir -p "$output/$kind"
	if ! "$program" --bindir="$bindir" --inputdir="$tests" --outputdir="$output/$kind" \
		--temp-instance="$output/$kind/instance" --temp-config="$tests/bingo_tune.conf" "${settings[@]/#/--temp-config=}" \
		--dbname="$database" --encoding=UTF8 --no-locale "$@" 2>&1 |
		tee "$output/$kind.log" |
		sed -un -e "s/^test \(.*[^ ]\)  *\.\.\. /$kind  \1  /p" -e "s/^\(ok\|not ok\) [0-9]*  *[-+] \([^ ]*\) */$kind  \2  \1  /p"; then
		: >"$output/$kind.failed"
	fi
	if [ -s "$output/$kind/regression.diffs" ]; then
		head -n 400 "$output/$kind/regression.diffs"
	fi
}

# Both styles: "test x ... ok" until PostgreSQL 15, TAP since 16.
count_regress()
{
	# status 1: there is none
	grep -cE '^(test .*\.\.\. ok|ok [0-9]+ +[-+] )' "$output/$1.log" || [ $? = 1 ]
}

# A cluster is made once; TAP tests that want nothing special of it copy it, which is half the work.  PostgreSQL's modules
# do so by themselves since 17; before, the initdb that they find first does.  Locales are those that they set.
share_cluster()
{
	local folder=$output/tap/tmp_check/template
	mkdir -p "$output/tap/tmp_check" "$output/bin"
	if [ -z "${INITDB_TEMPLATE:-}" ]; then
		env -u LC_ALL LC_MESSAGES=C "$bindir/initdb" -D "$folder" -A trust -N >"$output/template.log" 2>&1 || {
			cat "$output/template.log"
			return 1
		}
		export INITDB_TEMPLATE=$folder
	fi
	cat >"$output/bin/initdb" <<-'SH'
		#!/bin/sh
		if [ $# = 5 ] && [ "$1 $3 $4 $5" = "-D -A trust -N" ] && [ ! -e "$2" ]; then exec cp -RPp "$INITDB_TEMPLATE" "$2"; fi
	SH
	echo "exec '$bindir/initdb' \"\$@\"" >>"$output/bin/initdb"
	chmod +x "$output/bin/initdb"
	PATH=$output/bin:$PATH
}

run_tap()
{
	local name files=()
	for name in "${tap[@]}"; do files+=("$tests/t/$name.pl"); done
	share_cluster
	cd "$output/tap"
	# PostgreSQL's TAP modules add this file's settings to each server's.
	[ ${#settings[@]} = 0 ] || export TEMP_CONFIG=${settings[0]}
	TESTDIR=$output/tap TESTDATADIR=$output/tap/tmp_check TESTLOGDIR=$output/tap/log \
		PG_REGRESS=$source_tree/src/test/regress/pg_regress \
		exec perl "$root/regress/tap_harness.pl" --jobs "${CHECK_JOBS:-$(($(nproc) * 2))}" \
		--totals "$output/tap.totals" --failures "$output/tap.failures" \
		-I "$source_tree/src/test/perl" -I "$tests/t" "${files[@]}"
}

regress_lane()
{
	[ ${#regress[@]} = 0 ] ||
		run_regress regress "$source_tree/src/test/regress/pg_regress" contrib_regression "${regress[@]}"
	[ ${#isolation[@]} = 0 ] ||
		run_regress isolation "$source_tree/src/test/isolation/pg_isolation_regress" isolation_regression "${isolation[@]}"
}

tap_status=0 lane_status=0
regress_lane &
lane=$!
if [ ${#tap[@]} -gt 0 ]; then
	(run_tap) &
	wait $! || tap_status=$?
fi
wait $lane || lane_status=$?

passed=0 failed=0 skipped=0

# report KIND WANTED PASSED FAILED SKIPPED NOTE
report()
{
	local kind=$1 p=$3 f=$4 s=$5
	if [ "$2" = 0 ]; then
		if [ -n "${only[${kind^^}]+set}" ]; then return; fi
		echo "$kind: there is no test"
		f=1
	else
		echo "$kind: $p passed, $f failed$([ "$s" = 0 ] || echo ", $s skipped")"
	fi
	passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
}

echo
for kind in regress isolation; do
	declare -n wanted=$kind
	good=0
	[ ${#wanted[@]} = 0 ] || good=$(count_regress $kind)
	if [ ${#wanted[@]} -gt 0 ] && [ "$good" = 0 ]; then cat "$output/$kind.log"; fi
	bad=$((${#wanted[@]} - good))
	# A run that failed although each test passed: a server that would not stop, say.
	if [ "$bad" = 0 ] && { [ -e "$output/$kind.failed" ] || [ "$lane_status" != 0 ]; }; then bad=1; fi
	report $kind ${#wanted[@]} "$good" "$bad" 0
done
good=0 bad=1 skip=0
[ ! -s "$output/tap.totals" ] || read -r good bad skip <"$output/tap.totals"
if [ "$good$bad" = 00 ] && [ "$skip" = 0 ]; then bad=1; fi
if [ "$bad" = 0 ] && [ "$tap_status" != 0 ]; then bad=1; fi
report tap ${#tap[@]} "$good" "$bad" "$skip"

# Servers that a test kills on purpose die of signal 9 or 3.
damage='TRAP: |terminated by signal (4|6|7|8|11)\b|(Address|Leak)Sanitizer|: runtime error: '
damage+='|WARNING: .*( leak: |snapshot .* still active|resource was not closed|write past chunk end|problem in (alloc set|Generation|slab|Bump))'
findings=$(grep -rhaE --include='*.log' --include='regress_log_*' "$damage" "$output" | sort -u | cut -c1-300 || [ $? = 1 ])
if [ -n "$findings" ]; then
	echo "the servers' logs:"
	echo "$findings"
	report logs 1 0 "$(wc -l <<<"$findings")" 0
fi

# What failed, in few lines, for whoever sees only the end of a long run: the files' names
# and what they say of it first.
: >"$output/failures"
for kind in regress isolation; do
	declare -n wanted=$kind
	for name in ${wanted[@]+"${wanted[@]}"}; do
		grep -qE "^(test $name +\.\.\. ok|ok [0-9]+ +[-+] $name )" "$output/$kind.log" || echo "$kind $name"
	done
	[ ! -s "$output/$kind/regression.diffs" ] ||
		awk '/^[-+]/ && !/^(---|[+][+][+]) / { print; if (++lines == 12) exit }' "$output/$kind/regression.diffs"
done >>"$output/failures"
if [ -s "$output/tap.failures" ]; then
	cat "$output/tap.failures"
	mapfile -t names < <(sed -n 's/^tap \([^ :]*\):.*/\1/p' "$output/tap.failures" | sort -u)
	for name in "${names[@]}"; do
		# before PostgreSQL 16 in tmp_check/log
		find "$output/tap" -name "regress_log_$name" -exec \
			awk '{ sub(/^\[[0-9:.]+\]\([0-9.]+s\) /, "") } /^#   Failed test/ { found = 1 } found && /^#/ { print; if (++lines == 12) exit }' {} \;
	done
fi >>"$output/failures"
if [ -n "$findings" ]; then head -n 6 <<<"$findings" >>"$output/failures"; fi
if [ -s "$output/failures" ]; then
	echo "what failed:"
	cut -c1-300 "$output/failures"
fi

# With every kind deselected nothing was tested: not a success.
if [ "$passed" = 0 ] && [ "$failed" = 0 ] && [ "$skipped" = 0 ]; then
	echo "no test was selected"
	failed=1
fi

echo "$passed passed, $failed failed$([ "$skipped" = 0 ] || echo ", $skipped skipped")" | tee "$output/totals"
[ "$failed" = 0 ] || echo "Logs: $output"
[ "$failed" = 0 ]
