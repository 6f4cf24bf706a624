#!/bin/bash
# Runs the benchmarks of this folder and keeps what they print.
#
# Usage: bench/run.sh [--smoke] [NAME...]		(make bench, make bench-smoke)
#
# Every script here (without names: all) runs in its full form, one after the other, and its output goes to
# bench/results/DATE-NAME.md with date, commit, versions, machine and the script's own description of its method. This
# takes long; nothing else should run on the machine.
#
# --smoke runs only the scripts whose head has a line "# Smoke: ARGUMENTS", with these arguments, to see that they work;
# nothing is kept, and a bound that is missed is no failure.
#
# Exit status: 0 all ran (in the full form: and met their bounds), 1 one failed or missed a bound, 2 wrong command line.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
root=$(dirname "$here")
smoke=''
names=()
for argument in "$@"; do
	case $argument in
		--smoke) smoke=yes ;;
		--help) sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//;p}' "${BASH_SOURCE[0]}"; exit 0 ;;
		-*) echo "run.sh: unknown option \"$argument\"" >&2; exit 2 ;;
		*)
			[ -x "$here/$argument.sh" ] || { echo "run.sh: there is no benchmark \"$argument\"" >&2; exit 2; }
			names+=("$argument") ;;
	esac
done
if [ ${#names[@]} = 0 ]; then
	for script in "$here"/*.sh; do
		name=$(basename "$script" .sh)
		# demo and run are no benchmarks, what can't be executed is a library.
		[ ! -x "$script" ] || [ "$name" = run ] || [ "$name" = demo ] || names+=("$name")
	done
fi

# The script's head without "#!" and what is for shellcheck: what it measures and how.
head_of()
{
	sed -n '2,/^[^#]/{/^[^#]/d;/^# shellcheck/d;s/^# \{0,1\}//;p}' "$1"
}

# The commit that is measured; results that were kept are no change.
commit()
{
	local name
	name=$(git -C "$root" describe --always 2>/dev/null) || { echo unknown; return; }
	[ -z "$(git -C "$root" status --porcelain -- . ':!bench/results')" ] || name+=-dirty
	echo "$name"
}

describe()
{
	echo "# $1"
	echo
	echo "- date: $(date -u +%Y-%m-%dT%H:%M:%SZ)"
	echo "- commit: $(commit)"
	echo "- server: $("${PG_CONFIG:-pg_config}" --version)"
	echo "- machine: $(sed -n 's/^model name[[:space:]]*: //p' /proc/cpuinfo | head -n 1), $(nproc) cores," \
		"$(awk '/^MemTotal/ { printf "%.0f GB", $2 / 1e6 }' /proc/meminfo), Linux $(uname -r)"
	echo
	echo '```'
	head_of "$2"
	echo '```'
	echo
	echo '```'
}

failed=0
for name in "${names[@]}"; do
	script=$here/$name.sh
	status=0
	if [ -n "$smoke" ]; then
		arguments=$(sed -n 's/^# Smoke: //p' "$script")
		grep -q '^# Smoke:' "$script" || continue
		echo "== $name $arguments"
		# shellcheck disable=SC2086	# words of a command line
		"$script" $arguments || status=$?
		[ "$status" != 3 ] || status=0
	else
		mkdir -p "$here/results"
		result=$here/results/$(date -u +%Y-%m-%d)-$name.md
		echo "== $name"
		describe "$name" "$script" >"$result"
		"$script" | tee -a "$result" || status=$?
		echo '```' >>"$result"
		echo "kept in ${result#"$root"/}"
	fi
	if [ "$status" != 0 ]; then
		echo "run.sh: $name ended with exit status $status" >&2
		failed=1
	fi
done
exit $failed
