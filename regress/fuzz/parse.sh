#!/bin/bash
# Gives damaged files to one of the parsers: builds its harness with clang's
# libFuzzer, AddressSanitizer and UndefinedBehaviorSanitizer, and runs it.
#
# Usage: parse.sh NAME WORK INPUTS SEED OUTPUT
#
#   NAME    a harness of this folder: parse_mix, parse_timing ...
#   WORK    folder for objects, kept for the next parser; INPUTS: how many are tried
#   OUTPUT  folder for an input that the parser could not stand; the way to try it
#           again is printed: WORK/NAME FILE
#
# It starts from the saved inputs in regress/corpus/NAME.  Exit status 0 passed,
# 1 a finding, 77 skipped: there is no clang with libFuzzer.
set -euo pipefail

name=$1 work=$2 inputs=$3 seed=$4 output=$5
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
config=${PG_CONFIG:-pg_config}
clang=$(command -v clang || command -v clang-14 || :)
flags=(-w -g -O1 -std=gnu11 -D_GNU_SOURCE -fno-omit-frame-pointer -fno-sanitize-recover=all -Wno-unused-parameter
	-I"$root/tools" -I"$root/extension" -I"$("$config" --includedir)")

mkdir -p "$work/fuzz" "$output"
if [ -z "$clang" ] || ! echo 'int LLVMFuzzerTestOneInput(const char *d, long n) { return 0; }' |
	"$clang" -fsanitize=fuzzer,address,undefined -x c - -o "$work/fuzz/try" >"$work/fuzz/try.log" 2>&1; then
	echo "$name: skipped: there is no clang with libFuzzer (Debian packages clang and libclang-rt-dev)"
	exit 77
fi

if [ "$name" = parse_timing ]; then
	# The server's own folders first: its headers include each other.
	flags+=(-I"$("$config" --includedir-server)")
	"$clang" "${flags[@]}" -fsanitize=fuzzer,address,undefined -o "$work/fuzz/$name" "$root/regress/fuzz/$name.c" \
		-L"$("$config" --libdir)" -L"$("$config" --pkglibdir)" -L"$(dirname "$("$config" --pgxs)")/../../../lib" -lpgport
else
	if [ ! -e "$work/fuzz/done" ]; then
		for file in "$root"/tools/bench/*.c "$root"/tools/*.c; do
			case $file in */bench/main.c | */bench/file.c) continue ;; esac
			"$clang" "${flags[@]}" -fsanitize=fuzzer-no-link,address,undefined -c -o "$work/fuzz/$(basename "$file" .c).o" "$file"
		done
		touch "$work/fuzz/done"
	fi
	"$clang" "${flags[@]}" -fsanitize=fuzzer,address,undefined -o "$work/fuzz/$name" "$root/regress/fuzz/$name.c" \
		"$work"/fuzz/*.o -L"$("$config" --libdir)" -lpq -lcjson -lpthread -lm
fi

mkdir -p "$work/corpus/$name"
# What it says goes to a log; stdout and stderr of the parser itself are of no use.
if "$work/fuzz/$name" -runs="$inputs" -seed="$seed" -max_len=4096 -timeout=20 -close_fd_mask=3 -print_final_stats=1 \
	-artifact_prefix="$output/$name-" "$work/corpus/$name" "$root/regress/corpus/$name" >"$output/$name.log" 2>&1; then
	echo "$name: $(sed -n 's/^stat::number_of_executed_units: *//p' "$output/$name.log") inputs"
else
	grep -E 'ERROR|SUMMARY|runtime error|Test unit written' "$output/$name.log" || tail -n 20 "$output/$name.log"
	exit 1
fi
