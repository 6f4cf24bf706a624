#!/bin/bash
# What do expressions, conditions and LEFT JOIN in an ordering cost its writers?  Prints one table: what, measured, bound, met or not.
#
# Posts, joined to their authors and boards; each database has one ordering of these three tables, with the same columns
# and all rows: a plain one, by the author's name and the newest, or the same with lower() of the name in its order; with a division in it,
# which might fail, so that the work at commit is a subtransaction's; with a condition that compares, one that computes, and one that
# might fail, all of which let every row pass; with LEFT JOIN in place of JOIN.  They take turns.  What an INSERT costs more than without
# any ordering is divided by what the plain one adds in the same run: in processor time (see bench/write_cost.sh), and, since noise is
# a good part of that on a busy machine, in instructions.  A second database with the plain one (A/A) shows how far noise goes.
#
# Usage: bench/ordering_kinds.sh [--rows N] [--rounds N] [--loop N] [--skip-instructions]
#
#   --rows     posts (default 200000)
#   --rounds   rounds (default 21)
#   --loop     rows of each loop (default 2000)
#   --skip-instructions   also without valgrind: then the bounds are those of processor time
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
kinds='again computed failing compared chosen dividing outer_join'
# shellcheck disable=SC2086	# several words
copy_to plain $kinds
declare -A bounds=([again]=1.1 [computed]=1.3 [failing]=1.5 [compared]=1.1 [chosen]=1.2 [dividing]=1.4 [outer_join]=1.1)
declare -A names=([again]='the plain one, again' [computed]='by lower(name)' [failing]='by name and a division'
	[compared]='with a condition that compares' [chosen]='with a condition that computes' [dividing]='with a condition that divides' [outer_join]='with LEFT JOIN')

for database in plain $kinds; do
	join=JOIN where='' keys='a.name, p.created DESC, p.id'
	case $database in
		computed) keys='lower(a.name), p.created DESC, p.id';;
		failing) keys='a.name, 1000000000 / (p.created + 1), p.id';;
		compared) where="WHERE p.title <> 'none' AND p.created > 0";;
		chosen) where="WHERE lower(p.title) <> 'none' AND coalesce(p.created, 1) > 0";;
		dividing) where="WHERE 1000 / (p.created + 1) >= 0 AND p.title NOT LIKE 'none%'";;
		outer_join) join='LEFT JOIN';;
	esac
	sql "$database" -c "SELECT bingo_tune.create_ordering('o', \$q\$SELECT p.id, p.title, p.created, a.name, b.title FROM post p
		$join author a ON a.id = p.author $join board b ON b.id = p.board $where ORDER BY $keys\$q\$, NULL)" -c 'VACUUM ANALYZE' >"$work/create.log"
done
measure
if can_count; then
	stop_server
	none=$(count_instructions none)
	plain=$(count_instructions plain)
fi
for kind in $kinds; do
	time=$(divide "$(added insert "$kind" none)" "$(added insert plain none)")
	remark=$(printf '%.1f / %.1f us: %.2f; of a DELETE %.2f' "$(added insert "$kind" none)" "$(added insert plain none)" "$time" \
		"$(divide "$(added delete "$kind" none)" "$(added delete plain none)")")
	if can_count; then
		report "instructions added to an INSERT, ${names[$kind]} / plain" "$(divide $(($(count_instructions "$kind") - none)) $((plain - none)))" '<=' "${bounds[$kind]}" "$remark"
	else
		report "us added to an INSERT, ${names[$kind]} / plain" "$time" '<=' "${bounds[$kind]}" "$remark"
	fi
done

print_table "$rows rows, $rounds rounds of $loop, load $(cut -d ' ' -f 1-3 /proc/loadavg)"
