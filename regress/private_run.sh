# Sourced by the scripts here that run servers of their own.
#
#   private_run OUTPUT READABLE "$@"
#
# makes the rest of the script a run that nobody else can disturb:
#
#   - as root the script is started again as the user of .ci/run-as, who must be
#     able to read the folder READABLE and gets the folder OUTPUT;
#   - OUTPUT is emptied, and locked against other runs;
#   - nothing of the caller's environment reaches the tests: no server, no locale
#     (only how long they wait);
#   - at its end, whatever the reason, its jobs and the servers whose data is below
#     OUTPUT are stopped, with the pg_ctl of $bindir.
#
# shellcheck shell=bash
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)

fail()
{
	echo "$(basename "$0"): $1" >&2
	echo "HINT: $2" >&2
	exit 1
}

# Servers that a killed run would leave behind.
stop_all()
{
	local pids file
	trap - EXIT INT TERM
	pids=$(jobs -p)
	# shellcheck disable=SC2086	# a list of numbers
	# Whatever has ended by itself meanwhile can't be stopped, and needn't be.
	[ -z "$pids" ] || kill $pids 2>/dev/null || :
	while read -r file; do
		"$bindir/pg_ctl" -s -m immediate -D "$(dirname "$file")" stop 2>/dev/null || :
	done < <(find "$private_output" -name postmaster.pid 2>/dev/null)
}

private_run()
{
	local readable=$2 user name
	private_output=$1
	shift 2

	if [ "$(id -u)" = 0 ]; then
		user=$("$root/.ci/run-as" user)
		"$root/.ci/run-as" check "$readable"
		mkdir -p "$private_output"
		chown -R "$user" "$private_output"
		exec "$root/.ci/run-as" exec env HOME="$private_output" "$(realpath "$0")" "$@"
	fi

	mkdir -p "$private_output"
	exec 9>"$private_output/lock"
	flock -n 9 || fail "another run uses $private_output" "Wait for its end, or give --output=DIR another folder."
	find "$private_output" -mindepth 1 ! -path "$private_output/lock" -delete

	for name in $(compgen -e PG | grep -vE '^(PG_TEST_|PGCTLTIMEOUT$)'); do unset "$name"; done
	for name in $(compgen -e LC_) LANGUAGE TZ MAKEFLAGS MAKELEVEL MFLAGS; do unset "$name"; done
	export LANG=C.UTF-8 LC_ALL=C.UTF-8
	umask 022

	trap stop_all EXIT
	trap 'stop_all; exit 130' INT TERM
}
