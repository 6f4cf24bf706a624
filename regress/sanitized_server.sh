#!/bin/bash
# Makes the servers of a private copy of an installation run under a checker: puts
# a script in the place of its program "postgres".
#
# Usage: regress/sanitized_server.sh asan | valgrind --pg-config=FILE [--source=DIR]
#
#   asan      with AddressSanitizer and UBSan, for a module built with them.  Small
#             overruns of palloc's chunks it can't see: that is for valgrind.
#   valgrind  with memcheck; initdb's short-lived servers run without.  The server of
#             ".ci/server-build memory" tells memcheck about palloc's chunks; a stock
#             one does not, and freed or fresh chunks would be any memory.
#             Reports go to the folder VALGRIND_LOGS, one file a process.
#
# The script has the program's name, so whatever starts servers (pg_ctl,
# pg_regress, PostgreSQL's TAP modules) starts checked ones.
#
# Seen red (asan): a byte written behind a malloc'd one in statement_action().
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)

kind=${1:-} source=''
shift
for argument in "$@"; do
	case $argument in
		--pg-config=*) pg_config=${argument#*=} ;;
		--source=*) source=${argument#*=} ;;
		*)
			echo "sanitized_server.sh: unknown option \"$argument\"" >&2
			exit 2 ;;
	esac
done
bindir=$("$pg_config" --bindir)
# Not replaced yet?
if [ "$(head -c 4 "$bindir/postgres")" = $'\177ELF' ]; then
	mv "$bindir/postgres" "$bindir/postgres.real"
fi

case $kind in
	asan)
		cc -O2 -fPIC -shared -Wl,-z,initfirst -o "$bindir/asan_shim.so" "$root/regress/asan_shim.c"
		preload="$(realpath "$(cc -print-file-name=libasan.so)") $(realpath "$(cc -print-file-name=libubsan.so)")"
		cat >"$bindir/postgres.new" <<TEXT
#!/bin/bash
here=\${0%/*}
# A server frees little of what it takes: leaks are not looked for.
export ASAN_OPTIONS=detect_leaks=0:abort_on_error=1:disable_coredump=1
export UBSAN_OPTIONS=halt_on_error=1:abort_on_error=1:print_stacktrace=1
export LD_PRELOAD="$preload \$here/asan_shim.so"
exec -a "\$0" "\$here/postgres.real" "\$@"
TEXT
		;;
	valgrind)
		cat >"$bindir/postgres.new" <<TEXT
#!/bin/bash
here=\${0%/*}
case \${1:-} in
	--boot | --single | --check | --describe-config | -V | --version | -C) exec -a "\$0" "\$here/postgres.real" "\$@" ;;
esac
exec valgrind --quiet --leak-check=no --num-callers=30 --error-limit=no \\
	--fullpath-after='$root/' --suppressions='$source/src/tools/valgrind.supp' \\
	--log-file="\${VALGRIND_LOGS:?}/%p.log" "\$here/postgres.real" "\$@"
TEXT
		;;
	*)
		echo "sanitized_server.sh: unknown kind \"$kind\"" >&2
		exit 2 ;;
esac
chmod 755 "$bindir/postgres.new"
mv "$bindir/postgres.new" "$bindir/postgres"
