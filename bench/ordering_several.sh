#!/bin/bash
# What does one ordering more cost writers where there are some on the same tables?  Prints one table: what, measured, bound, met or not.
#
# Posts, joined to their authors and boards; three orderings of these three tables, each in another order: a by author, b by
# board, c by board the other way round: its index is as wide as b's, and compares as much.  What the third one takes is compared with what it takes alone, and with the second.  Five databases with the same data: without an ordering, with a, with a and b, with a, b and c, and with c alone.
# They take turns; a figure is the median of the rounds' differences, microseconds of the backend's processor time
# (/proc/self/schedstat) in a loop in the server, a transaction for each row, with synchronous_commit off.  "Inside": the windows
# have all rows, so each ordering writes one row and two index entries of its own; "outside": they have 1,000, and the rows
# that are written stand behind.  A second database without an ordering (A/A) shows how far noise alone goes.  Since noise
# is a third of what is looked for on a busy machine, the same INSERTs are counted in instructions, too: of 300 in a
# single-user server, by callgrind, less those of 100.
#
# Usage: bench/ordering_several.sh [--rows N] [--rounds N] [--loop N] [--skip-instructions]
#
#   --rows     posts (default 200000)
#   --rounds   rounds (default 21)
#   --loop     rows of each loop (default 2000)
#   --skip-instructions   also without valgrind
#   PG_CONFIG selects the server.
#
# Exit status: 0 all bounds met, 1 one not met or a failure, 2 wrong command line.
# shellcheck disable=SC2154	# set by the files that are sourced
set -euo pipefail

rows=200000 rounds=21 loop=2000 skip_instructions=''
# shellcheck source=bench/options.sh
. "$(dirname "${BASH_SOURCE[0]}")/options.sh"
read_options 'rows rounds loop' 'skip-instructions' "$@"

# shellcheck disable=SC1091	# checked by itself
. "$(dirname "${BASH_SOURCE[0]}")/private_server.sh"
# shellcheck source=bench/rounds.sh
. "$(dirname "${BASH_SOURCE[0]}")/rounds.sh"

# shellcheck source=bench/write_cost.sh
. "$(dirname "${BASH_SOURCE[0]}")/write_cost.sh"

prepare
from='FROM post p JOIN author a ON a.id = p.author JOIN board b ON b.id = p.board ORDER BY'
copy_to again one two three third

# Makes the orderings of the databases, with so many rows (NULL: all).
create_orderings()
{
	local database name
	for database in one two three third; do
		sql $database -c "SELECT bingo_tune.drop_ordering(name) FROM bingo_tune.orderings" >"$work/create.log"
		case $database in one) names=a;; two) names='a b';; three) names='a b c';; third) names=c;; esac
		for name in $names; do
			case $name in a) keys='a.name, p.created DESC, p.id';; b) keys='b.title, p.created DESC, p.id';; c) keys='b.title DESC, p.created DESC, p.id';; esac
			sql $database -c "SELECT bingo_tune.create_ordering('$name', 'SELECT p.id, p.title, p.created, a.name, b.title $from $keys', $1)" >"$work/create.log"
		done
		sql $database -c 'VACUUM ANALYZE'
	done
}

tell()
{
	local kind first second third alone noise
	for kind in insert delete; do
		first=$(added $kind one none)
		second=$(added $kind two one)
		third=$(added $kind three two)
		alone=$(added $kind third none)
		noise=$(added $kind again none)
		report "us added to $kind $1 by the third / by the third alone" "$(divide "$third" "$alone")" '<=' 0.8 \
			"$(printf '%.1f, %.1f and %.1f us, by the third alone %.1f; %.1f without one, A/A %.1f' "$first" "$second" "$third" "$alone" \
				"$(median <"$work/$kind.none")" "$noise")"
		report "us added to $kind $1 by the third / by the second" "$(divide "$third" "$second")" '<=' 0.8 ''
	done
}

tell_instructions()
{
	local none one two three alone
	can_count || return 0
	stop_server
	none=$(count_instructions none) one=$(count_instructions one) two=$(count_instructions two)
	three=$(count_instructions three) alone=$(count_instructions third)
	report "instructions added to insert $1 by the third / by the third alone" "$(divide $((three - two)) $((alone - none)))" '<=' 0.8 \
		"$((one - none)), $((two - one)) and $((three - two)), by the third alone $((alone - none)); $none without one"
	report "instructions added to insert $1 by the third / by the second" "$(divide $((three - two)) $((two - one)))" '<=' 0.8 ''
	start
}

for place in inside outside; do
	create_orderings "$([ $place = inside ] && echo NULL || echo 1000)"
	measure
	tell $place
	tell_instructions $place
done

print_table "$rows rows, $rounds rounds of $loop, load $(cut -d ' ' -f 1-3 /proc/loadavg)"
