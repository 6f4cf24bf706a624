#!/bin/bash
# Builds the Debian packages from a copy of the sources, installs those of each major
# whose server is installed into a tree of their own and uses what is in it.  The
# system's packages stay as they are.
#
# Usage: regress/packages.sh		(make check-packages)
#
#	.check/packages/build   the copy, and the packages beside it
#	.check/packages/root    a copy of the server's files, and what dpkg installed there
#
# Seen red: an archive that is built where pg_config's folders can't be written. In suites with other majors: documents in the first major's package only
# (dh_installdocs without -A), a control file for 15, no build-essential.
#
# Ends with "N passed, N failed", also in .check/totals.  Without the packages of the
# group "package" in .ci/packages that build, all of it is skipped; lintian and man
# are missed for one test each.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
work=$root/.check/packages

if [ "$(id -u)" = 0 ]; then
	user=$("$root/.ci/run-as" user)
	mkdir -p "$work"
	chown "$user" "$root/.check"
	chown -R "$user" "$work"
	exec "$root/.ci/run-as" exec env HOME="$work" "${BASH_SOURCE[0]}"
fi
rm -f "$root/.check/totals"
for program in dpkg-buildpackage dh fakeroot pg_buildext; do
	command -v $program >/dev/null && continue
	echo "packages  skipped: there is no $program (see the group \"package\" of .ci/packages)"
	echo "0 passed, 0 failed, 1 skipped" | tee "$root/.check/totals"
	exit 0
done

for name in $(compgen -e PG) $(compgen -e LC_) MAKEFLAGS MAKELEVEL MFLAGS; do unset "$name"; done
export LC_ALL=C.UTF-8
# The major versions whose server headers are here, not all that Debian knows.
export PG_SUPPORTED_VERSIONS=installed
passed=0 failed=0 skipped=0

# check NAME COMMAND...: one test.
check()
{
	local name=$1
	shift
	if "$@" >"$work/last.log" 2>&1; then
		passed=$((passed + 1))
		echo "packages  $name  ok"
	else
		failed=$((failed + 1))
		echo "packages  $name  FAILED"
		tail -n 30 "$work/last.log"
	fi
}

# check_with PROGRAM NAME COMMAND...: the same, where there is such a program.
check_with()
{
	if command -v "$1" >/dev/null; then
		check "${@:2}"
	else
		skipped=$((skipped + 1))
		echo "packages  $2  skipped: there is no $1"
	fi
}

finish()
{
	echo "$passed passed, $failed failed$([ "$skipped" = 0 ] || echo ", $skipped skipped")" | tee "$root/.check/totals"
	[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
	exit
}

rm -rf "$work/build"
cd "$root"
.ci/copy-source "$work/build/bingo-tune"
cd "$work/build/bingo-tune"

# The one in the sources is for 15.
check "control is made from control.in" pg_buildext updatecontrol
check "dpkg-buildpackage" dpkg-buildpackage -us -uc -b "-j$(nproc)"
cd ..
[ "$failed" = 0 ] || finish
mapfile -t packages < <(find "$PWD" -name '*.deb' ! -name '*-dbgsym_*')
# The maintainers' address is for whoever publishes the packages to fill in.
check_with lintian "lintian finds no error" lintian --fail-on error --tag-display-limit 0 \
	--suppress-tags bogus-mail-host,bogus-mail-host-in-debian-changelog "${packages[@]}"

list_files()
{
	find "$tree" -path "$tree/var" -prune -o -type f -print | sort
}

installed()
{
	local file
	for file in "usr/lib/postgresql/$version/lib/bingo_tune.so" \
		"usr/share/postgresql/$version/extension/bingo_tune.control" \
		"usr/share/postgresql/$version/extension/bingo_tune--1.0.sql" \
		usr/bin/bingo_{load,bench,wire} usr/share/man/man1/bingo_{load,bench,wire}.1.gz \
		usr/share/bingo_tune/{shop.sql,workloads/mix.conf,monitoring/{grafana-dashboard.json,postgres_exporter.yaml}} \
		usr/share/doc/bingo-tune-tools/{README.md,tools/README.md,bench/README.md} \
		"usr/share/doc/postgresql-$version-bingo-tune/"{README.md,extension/{README,REFERENCE,SECURITY}.md,changelog.gz,copyright}; do
		[ -s "$tree/$file" ] || { echo "missing: $file"; return 1; }
	done
}

# The files that a tool's message names are there.
named_files()
{
	local path
	path=$(cd / && "$tree/usr/bin/bingo_bench" load --clients=1 2>&1 | sed -n "s/.*bingo's is //p")
	echo "bingo_bench names \"$path\""
	[ -n "$path" ] && [ -s "$tree$path" ]
}

# What the Containerfile copies from the installed package, laid out below $volume.
fill_volume()
{
	local from to
	rm -rf "$volume"
	while read -r from to; do
		# shellcheck disable=SC2086	# a pattern
		mkdir -p "$volume$to" && cp "$tree"$from "$volume$to" || return 1
	done < <(sed -n "s/^COPY --from=installed //p" "$root/debian/container/Containerfile" | sed "s/\${PG_MAJOR}/$version/g")
	cd "$volume" && find . -type f | sort | tee /dev/stderr |
		diff - <(printf '%s\n' ./lib/bingo_tune.so ./licenses/bingo_tune/copyright ./share/extension/bingo_tune{--1.0--1.1.sql,--1.0.sql,.control})
}

# A server without the package takes the extension from there.
use_volume()
{
	local bindir=/usr/lib/postgresql/$version/bin PGHOST=$socket PGDATABASE=postgres
	export PGHOST PGDATABASE
	rm -rf "$data"
	"$bindir/initdb" -D "$data" -A trust -N >"$work/initdb.log"
	cat >>"$data/postgresql.conf" <<-CONF
		listen_addresses = ''
		unix_socket_directories = '$socket'
		extension_control_path = '\$system:$volume/share'
		dynamic_library_path = '\$libdir:$volume/lib'
		shared_preload_libraries = 'pg_stat_statements,bingo_tune'
	CONF
	check "$version: a server takes the library from a folder" "$bindir/pg_ctl" -s -w -D "$data" -l "$work/server.log" start
	check "$version: and the extension" run_sql "SET client_min_messages = error; CREATE EXTENSION bingo_tune CASCADE; SELECT count(*) FROM bingo_tune.query_timing WHERE calls < 0" 0
	"$bindir/pg_ctl" -s -m fast -w -D "$data" stop
}

left_over()
{
	list_files | diff "$work/before" -
}

run_sql()
{
	"$bindir/psql" -X -At -v ON_ERROR_STOP=1 -c "$1" >"$work/answer" && cat "$work/answer" && [ "$(tail -n 1 "$work/answer")" = "$2" ]
}

# The server of the tree, with its packages: does it do what they are for?
use_version()
{
	local PATH=$tree/usr/bin:$PATH PGHOST=$socket PGDATABASE=postgres
	export PATH PGHOST PGDATABASE
	rm -rf "$data"
	"$bindir/initdb" -D "$data" -A trust -N >"$work/initdb.log"
	cat >>"$data/postgresql.conf" <<-CONF
		listen_addresses = ''
		unix_socket_directories = '$socket'
		shared_preload_libraries = 'pg_stat_statements,bingo_tune'
		fsync = off
	CONF
	check "$version: the server starts with the library" "$bindir/pg_ctl" -s -w -D "$data" -l "$work/server.log" start
	check "$version: bingo_load" bingo_load --scale=0.001 --quiet
	check "$version: CREATE EXTENSION" run_sql "SET client_min_messages = error; CREATE EXTENSION bingo_tune CASCADE; SELECT extversion FROM pg_extension WHERE extname = 'bingo_tune'" 1.1
	check "$version: the ordering is exact" run_sql "SELECT missing + extra + differing FROM bingo_tune.verify_ordering('api_session')" 0
	check "$version: and served" run_sql "SELECT count(*) FROM bingo_tune.explain_ordering(\$\$$(tail -n 1 "$root/bench/workloads/get_session_list.sql")\$\$) WHERE served" 1
	check "$version: bingo_bench" bingo_bench query --repeat=1 "$root/bench/workloads/get_session_list.sql"
	"$bindir/pg_ctl" -s -m fast -w -D "$data" stop
}

try_version()
{
	rm -rf "$tree"
	mkdir -p "$tree/usr/lib/postgresql" "$tree/usr/share/postgresql" "$tree/var/lib/dpkg/"{info,updates}
	touch "$tree/var/lib/dpkg/status"
	cp -a "/usr/lib/postgresql/$version" "$tree/usr/lib/postgresql/"
	cp -a "/usr/share/postgresql/$version" "$tree/usr/share/postgresql/"
	find "$tree" -name '*bingo_tune*' -delete
	list_files >"$work/before"

	# Their dependencies are the copy above, which dpkg does not know of.  Lean
	# systems are configured to leave out manuals and documents.
	check "$version: dpkg --install" fakeroot dpkg --root="$tree" --force-depends --path-include='/usr/*' --install \
		"${packages[@]}"
	check "$version: the files are where they belong" installed
	check "$version: the tools are in one package only" test ! -e "$bindir/bingo_load"
	check_with man "$version: a manual page can be read" \
		bash -c "man --warnings -l '$tree/usr/share/man/man1/bingo_bench.1.gz' | grep -q 'compare'"
	check "$version: bingo_bench names files that are there" named_files
	check "$version: the Containerfile copies what an extension's image has" fill_volume
	use_version
	[ "$version" -lt 18 ] || use_volume
	check "$version: dpkg --purge" fakeroot dpkg --root="$tree" --force-depends --purge "postgresql-$version-bingo-tune" bingo-tune-tools
	check "$version: and nothing is left" left_over
}

# The archive of "make dist" is what PGXN's client builds and installs, into a root of its own.
pgxn_installs()
{
	local name
	name=$(basename "$work"/dist/*.zip .zip)
	mkdir -p "$work/pgxn/root"{"$(pg_config --libdir)","$(pg_config --pkglibdir)","$(pg_config --sharedir)"}
	cat >"$work/pgxn/pg_config" <<-SH
		#!/bin/sh
		case \$1 in
		--bindir | --libdir | --pkglibdir | --sharedir | --mandir | --docdir) echo "$work/pgxn/root\$(pg_config "\$1")" ;;
		*) exec pg_config "\$@" ;;
		esac
	SH
	chmod +x "$work/pgxn/pg_config"
	MAKEFLAGS=-j$(nproc) pgxn install --testing --nosudo --make make --pg_config "$work/pgxn/pg_config" "$work/dist/$name.zip" || return 1
	find "$work/pgxn/root" -type f | sort
	[ -s "$work/pgxn/root$(pg_config --sharedir)/extension/bingo_tune.control" ] && [ -s "$work/pgxn/root$(pg_config --pkglibdir)/bingo_tune.so" ]
}

# No RPM of this machine's server is known to rpm, and it is not where RPMs have it.
rpm_is_built()
{
	rpmbuild -bb --nodeps -D "_topdir $work/rpm" -D "_sourcedir $work/dist" -D "pgmajorversion $(pg_config --version | sed 's/^PostgreSQL \([0-9]*\).*/\1/')" \
		-D "pginstdir $(dirname "$(pg_config --bindir)")" -D "pglibdir $(pg_config --pkglibdir)" -D "pgsharedir $(pg_config --sharedir)" \
		"$root/debian/rpm/bingo_tune.spec" || return 1
	rpm -qlp "$work"/rpm/RPMS/*/*.rpm | tee "$work/rpm/files"
	grep -q '/bingo_tune\.so$' "$work/rpm/files" && grep -q '/bingo_tune/workloads/mix\.conf$' "$work/rpm/files"
}

try_archives()
{
	rm -rf "$work/dist" "$work/pgxn" "$work/rpm"
	# The clone may be another user's.
	export GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=safe.directory GIT_CONFIG_VALUE_0='*'
	if ! git -C "$root" rev-parse --quiet --verify HEAD >"$work/last.log" 2>&1; then
		skipped=$((skipped + 1))
		echo "packages  archives  skipped: this is no clone"
		return
	fi
	check "make dist" "$root/.ci/dist" "$work/dist"
	check_with pgxn "PGXN's client installs the archive" pgxn_installs
	check_with rpmlint "rpmlint finds no error" rpmlint "$root/debian/rpm/bingo_tune.spec"
	check_with rpmbuild "rpmbuild" rpm_is_built
}

try_archives
tree=$work/root volume=$work/volume data=$work/data socket=$(mktemp -d)
trap '[ ! -e "$data/postmaster.pid" ] || "$bindir/pg_ctl" -s -m immediate -D "$data" stop || :; rm -rf "$socket"' EXIT
trap 'exit 130' INT TERM
mapfile -t all < <(find "$PWD" -name '*.deb' ! -name '*-dbgsym_*')
tried=0
for version in $(printf '%s\n' "${all[@]}" | sed -n 's/.*postgresql-\([0-9]*\)-bingo-tune_.*/\1/p' | sort -n); do
	bindir=$tree/usr/lib/postgresql/$version/bin
	[ -x "/usr/lib/postgresql/$version/bin/postgres" ] || continue
	mapfile -t packages < <(printf '%s\n' "${all[@]}" | grep -E "/(postgresql-$version-bingo-tune|bingo-tune-tools)_")
	try_version
	tried=$((tried + 1))
done
check "one of them was tried" test $tried -gt 0
finish
