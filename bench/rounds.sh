# Sourced, behind private_server.sh, by the scripts here that compare two pgbench scripts in the database "bench" and
# print a table of figures with bounds.  $rounds and $seconds are the caller's.
#
#   report WHAT FIGURE RELATION BOUND REMARK   a line of the table; RELATION is <= or >=
#   script NAME TEXT                           a script of pgbench
#   run_file FILE CLIENTS latency | tps        milliseconds of a transaction, or transactions a second
#   take_turns OURS THEIRS CLIENTS latency | tps
#                                              the medians of two scripts that take turns, as $ours and $theirs, and the ratio
#                                              of two runs of the second as $spread
#   divide A B
#   print_table TEXT                           the table, with versions and the text; status 1 if a bound was missed
#
# shellcheck shell=bash disable=SC2154	# work is set by private_server.sh, rounds and seconds by the caller
missed=0
: >"$work/table"
report()
{
	local verdict=met
	awk -v m="$2" -v r="$3" -v b="$4" 'BEGIN { exit !(r == "<=" ? m <= b : m >= b) }' || { verdict='NOT MET'; missed=1; }
	printf '%-66s %10.3f  %s %-5s %-8s %s\n' "$1" "$2" "$3" "$4" "$verdict" "$5" | tee -a "$work/table" >&2
}

run_file()
{
	pgbench -n -M prepared -c "$2" -j 2 -T "$seconds" -f "$1" bench 2>"$work/pgbench.log" |
		awk -v what="$3" 'what == "tps" && /^tps/ { print $3 } what == "latency" && /^latency average/ { print $4 }'
}
script()
{
	printf '%s\n' "$2" >"$work/$1.sql"
}

take_turns()
{
	local round
	: >"$work/ours"; : >"$work/theirs"; : >"$work/again"
	for ((round = 0; round < rounds; round++)); do
		run_file "$work/$1.sql" "$3" "$4" >>"$work/ours"
		run_file "$work/$2.sql" "$3" "$4" >>"$work/theirs"
		run_file "$work/$2.sql" "$3" "$4" >>"$work/again"
	done
	ours=$(median <"$work/ours"); theirs=$(median <"$work/theirs")
	spread=$(awk -v a="$(median <"$work/again")" -v b="$theirs" 'BEGIN { printf "A/A %.2f", a / b }')
}
divide()
{
	awk -v a="$1" -v b="$2" 'BEGIN { print a / b }'
}
print_table()
{
	echo
	echo "$(postgres --version), $(getconf _NPROCESSORS_ONLN) cores, $1"
	cat "$work/table"
	[ "$missed" = 0 ]
}
