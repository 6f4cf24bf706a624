#!/bin/bash
# Runs the fault tests, regress/faults/t: crashes, full disks, too little memory,
# failovers, upgrades.  They take minutes, so "make check" leaves them out.
#
# Usage: regress/faults/check.sh [OPTION of regress/check.sh]...
#
# Some want a small disk.  root mounts one, a tmpfs, below .build/faults and takes
# it away at the end, and BINGO_SMALL_DISK tells the tests; where that is not
# possible they are skipped and say why.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
root=$(cd "$here/../.." && pwd -P)
work=$root/.build/faults
disk=$work/disk

unset BINGO_SMALL_DISK
mkdir -p "$work"
if [ "$(id -u)" = 0 ]; then
	user=$("$root/.ci/run-as" user)
	mkdir -p "$disk"
	if mount -t tmpfs -o "size=96m,mode=0700,uid=$(id -u "$user"),gid=$(id -g "$user")" bingo_tune "$disk" 2>/dev/null; then
		export BINGO_SMALL_DISK=$disk
		trap 'umount "$disk"' EXIT
		trap 'exit 130' INT TERM
	fi
fi

# One at a time: most have several servers.
CHECK_JOBS=${CHECK_JOBS:-1} "$root/regress/check.sh" --tests="$here" --output="$work/output" \
	--only-REGRESS= --only-ISOLATION= "$@"
