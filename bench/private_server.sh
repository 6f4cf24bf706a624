# Sourced by the scripts here that need a server of their own: starts one in a
# temporary folder from the build's stage ("make" makes it), removes it at exit.
#
#   start_server [SETTING=VALUE]...   restarts with other settings when called again; several servers beside each other
#                                     are told apart by $cluster (default: data) and $PGPORT, and are those of $PATH
#   sql DATABASE PSQL-OPTION...       psql, quiet, unaligned, stops at the first error
#   invalidate DATABASE               the orderings that use movies, until they are refreshed
#   invalid DATABASE                  how many orderings are, and why the first of them
#   median                            of the numbers on stdin
#   seconds COMMAND...                the wall time of a command whose output is not wanted
#   alternate ROUNDS COMMAND... : LEFT... / RIGHT...
#                                     two sides in turns, see there
#
# shellcheck shell=bash
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)

fail()
{
	echo "$(basename "$0"): $1" >&2
	exit 1
}

# BENCH_BINDIR names an installation that has bingo_tune in it already ("make check" has one).
if [ -n "${BENCH_BINDIR:-}" ]; then
	bin=$BENCH_BINDIR
else
	make -s -C "$root" stage PG_CONFIG="${PG_CONFIG:-pg_config}" >&2 || fail "the build failed"
	bin=$("$(cat "$root/.build/stage/pg_config.path")" --bindir)
fi
PATH=$bin:$root/tools:$PATH

work=$(mktemp -d "${TMPDIR:-/tmp}/bingo_bench.XXXXXX")
chmod 755 "$work"
cluster=data
# Not with its own status: 3 means in a benchmark that a service level was missed.
"$root/.ci/run-as" check || exit 1
[ "$(id -u)" != 0 ] || chown "$("$root/.ci/run-as" user)" "$work"

as_server()
{
	(cd "$work" && "$root/.ci/run-as" exec env HOME="$work" "$@")
}

export PGHOST=$work PGPORT=5432 PGUSER=bench PGOPTIONS='-c client_min_messages=warning'

stop_server()
{
	[ ! -e "$work/$cluster/postmaster.pid" ] ||
		as_server pg_ctl -s -D "$work/$cluster" -m fast -w stop
}
# shellcheck disable=SC2154	# its own variable
trap 'for cluster in $(cd "$work" && echo *); do stop_server; done; rm -rf "$work"' EXIT
trap 'exit 1' INT TERM

start_server()
{
	if [ ! -e "$work/$cluster/PG_VERSION" ]; then
		as_server initdb -D "$work/$cluster" -A trust -U bench -E UTF8 --locale=C.UTF-8 >"$work/initdb.log"
	fi
	stop_server
	{
		echo "listen_addresses = ''"
		echo "port = $PGPORT"
		echo "unix_socket_directories = '$work'"
		echo "shared_preload_libraries = 'pg_stat_statements,bingo_tune'"
		for setting in "$@"; do
			echo "${setting%%=*} = '${setting#*=}'"
		done
	} >"$work/$cluster/settings.conf"
	as_server sh -c "grep -q settings.conf $cluster/postgresql.conf || echo \"include 'settings.conf'\" >>$cluster/postgresql.conf"
	as_server pg_ctl -s -D "$work/$cluster" -l "$work/$cluster.log" -w start
}

sql()
{
	local database=$1
	shift
	psql -XqAt -v ON_ERROR_STOP=1 -d "$database" "$@"
}

invalidate()
{
	sql "$1" -c 'CREATE TABLE movies_child () INHERITS (movies)' -c 'DROP TABLE movies_child'
}

invalid()
{
	sql "$1" -c "SELECT concat_ws(' ', count(*), min(reason)) FROM bingo_tune.orderings WHERE state <> 'valid'"
}

median()
{
	sort -g | awk '{ v[NR] = $1 } END { if (NR) print NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'
}

seconds()
{
	local start end
	start=$(date +%s%N)
	"$@" >"$work/seconds.log" 2>&1 || { cat "$work/seconds.log" >&2; return 1; }
	end=$(date +%s%N)
	echo "$start $end" | awk '{ printf "%.3f\n", ($2 - $1) / 1e9 }'
}

# In each round "COMMAND... LEFT..." and "COMMAND... RIGHT...", which print a figure, one after the other, in
# alternating order.  Sets ratio, the median of the rounds' ratios, spread, the least and the greatest of them, and
# times, the medians of both sides.
# shellcheck disable=SC2034	# for the caller
alternate()
{
	local rounds=$1 round a b
	local -a command=() left=() right=()
	shift
	while [ "$1" != : ]; do command+=("$1"); shift; done
	shift
	while [ "$1" != / ]; do left+=("$1"); shift; done
	shift
	right=("$@")
	: >"$work/left"; : >"$work/right"; : >"$work/ratio"
	for ((round = 0; round < rounds; round++)); do
		if [ $((round % 2)) = 0 ]; then
			a=$("${command[@]}" "${left[@]}"); b=$("${command[@]}" "${right[@]}")
		else
			b=$("${command[@]}" "${right[@]}"); a=$("${command[@]}" "${left[@]}")
		fi
		echo "$a" >>"$work/left"; echo "$b" >>"$work/right"
		awk -v a="$a" -v b="$b" 'BEGIN { print a / b }' >>"$work/ratio"
	done
	ratio=$(median <"$work/ratio")
	times="$(median <"$work/left") / $(median <"$work/right")"
	spread="$(sort -g "$work/ratio" | sed -n '1p;$p' | xargs printf '%.2f .. %.2f')"
}
