#!/bin/bash
# Does advise() harm?  The statements of 15 kinds of public applications (bench/apps/*.sql: tables, data, and what is sent,
# in their shape) run three times with other parameters each time, and then all that advise_commands() says is done, and
# nothing else: no ANALYZE that it does not ask for.  Then, for each application
#
#   statements   of these, and how many take 2 ms or more without advice
#   improved     of those: at least twice as fast
#   pieces       indexes, orderings and counters that were made
#   unused       of these: in no statement's plan, and needed by no ordering
#   slower       statements that take more than 1.2 times what they took, and 0.3 ms more; each is measured anew, the two in
#                five turns of which the least counts
#
# A statement's time is the least of some executions, the mean of three sets of parameters, which are not those that ran before.
#
# Usage: bench/advise_apps.sh [--rows N] [--rounds N] [--only REGEX]
#
#   --rows     the size of an application; its largest table has 1.5 to 9 times as many (default 60,000)
#   --rounds   executions of which the least is taken (default 3)
#   --only     only the applications whose name matches
#
# Needs HypoPG.  PG_CONFIG selects the server's version.
#
# Exit status: 0 none unused, none slower, 1 some or a failure, 2 wrong command line.
# shellcheck disable=SC2154	# root, work and bin are set by private_server.sh
set -euo pipefail

rows=60000 rounds=3 only=.
# shellcheck source=bench/options.sh
. "$(dirname "${BASH_SOURCE[0]}")/options.sh"
read_options 'rows rounds only' '' "$@"
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
# shellcheck disable=SC1091	# checked by itself
. "$here/private_server.sh"
start_server shared_buffers=512MB max_wal_size=4GB autovacuum=off jit=off fsync=off

# "number<tab>text" of each statement, with parameters drawn by a seed: {1..0.2n} is a number from 1 to a fifth of the rows.
texts()
{
	sed -n '/^-- query/,$p' "$here/apps/$1.sql" | awk -v n="$rows" -v seed="$2" '
		function draw(range,    parts, low, high) {
			split(range, parts, /\.\./)
			low = parts[1]; high = parts[2]
			if (high ~ /n$/) { sub(/n$/, "", high); high = int(high * n) }
			return int(low + rand() * (high - low + 1))
		}
		BEGIN { srand(seed) }
		function finish(    place) {
			gsub(/[ \n\t]+/, " ", text); sub(/; *$/, "", text); sub(/^ /, "", text)
			while (match(text, /\{[0-9]+\.\.[0-9.]+n?\}/))
				text = substr(text, 1, RSTART - 1) draw(substr(text, RSTART + 1, RLENGTH - 2)) substr(text, RSTART + RLENGTH)
			if (text != "")
				print ++number "\t" text
			text = ""
		}
		/^-- query/ { finish(); next }
		{ text = text " " $0 }
		END { finish() }'
}

# As an application sends them, each a statement of its own; nothing that is written stays.
run_all()
{
	local database=$1 seed=$2
	texts "$database" "$seed" | sed 's/^[^\t]*\t\(.*\)/BEGIN;\n\1;\nROLLBACK;/' | sql "$database" -o /dev/null
}

fill()
{
	createdb "$1"
	sql "$1" -c 'CREATE EXTENSION bingo_tune CASCADE' -c 'CREATE EXTENSION hypopg' -f "$here/advise.sql" -f "$here/advise_apps.sql"
	{
		echo 'SELECT setseed(0.5);'
		sed '/^-- query/,$d' "$here/apps/$1.sql"
	} >"$work/fill.sql"
	sql "$1" -v n="$rows" -o /dev/null -f "$work/fill.sql"
	for seed in 11 12 13; do
		texts "$1" "$seed" | sed 's/\\/\\\\/g' | sql "$1" -c "COPY tuned.text FROM STDIN"
	done
	sql "$1" -c VACUUM -c ANALYZE -c 'SELECT tuned.remember()' -o /dev/null
}

# The commands of advise_commands(), and no others, in a copy; some can't be in a transaction.
follow()
{
	local command
	sql "$1" -c 'INSERT INTO tuned.advice SELECT * FROM bingo_tune.advise(max_rows => 1000, min_share => 0)'
	createdb -T "$1" "$2"
	psql -XqAt0 -v ON_ERROR_STOP=1 -d "$1" \
		-c "SELECT command FROM tuned.advice WHERE command IS NOT NULL AND kind NOT IN ('drop_index', 'drop_ordering') ORDER BY rank" >"$work/commands"
	while IFS= read -r -d '' command; do
		echo "$1: $command" >&2
		sql "$2" -o /dev/null -c "$command" || { echo "failed: $command" >&2; return 1; }
	done <"$work/commands"
	# an ordering that is being filled serves nothing yet
	for ((i = 0; i < 300; i++)); do
		[ "$(sql "$2" -c "SELECT count(*) FROM (SELECT state FROM bingo_tune.orderings UNION ALL SELECT state FROM bingo_tune.counters) s WHERE state <> 'valid'")" != 0 ] || break
		sleep 0.2
	done
}

# Of one statement, in two databases that take turns: is the second one slower?
is_slower()
{
	local database
	rm -f "$work"/again.*
	for ((i = 0; i < 5; i++)); do
		for database; do
			sql "$database" -c "SELECT avg(tuned.least($rounds, text)) FROM tuned.text WHERE statement = $number" >>"$work/again.$database"
		done
	done
	plain=$(sort -g "$work/again.$1" | head -n 1) advised=$(sort -g "$work/again.$2" | head -n 1)
	awk -v p="$plain" -v a="$advised" 'BEGIN { exit !(a > 1.2 * p && a > p + 0.3) }'
}

application()
{
	local app=$1 number plain advised slower=0 statements=0 slow=0 improved=0 pieces unused sum
	fill "$app"
	sql "$app" -c "SELECT * FROM tuned.statement_ms($rounds)" >"$work/plain"
	sql "$app" -o /dev/null -c 'SELECT bingo_tune.reset_timing()'
	for seed in 1 2 3; do
		run_all "$app" "$seed"
	done
	follow "$app" "${app}_advised"
	sql "${app}_advised" -c "SELECT * FROM tuned.statement_ms($rounds)" >"$work/advised"
	while IFS='|' read -r number plain advised; do
		statements=$((statements + 1))
		if awk -v p="$plain" 'BEGIN { exit !(p >= 2) }'; then
			slow=$((slow + 1))
			awk -v p="$plain" -v a="$advised" 'BEGIN { exit !(2 * a <= p) }' && improved=$((improved + 1))
		fi
		if awk -v p="$plain" -v a="$advised" 'BEGIN { exit !(a > 1.2 * p && a > p + 0.3) }' && is_slower "$app" "${app}_advised"; then
			slower=$((slower + 1))
			echo "$app: SLOWER: statement $number: $plain -> $advised ms" >&2
		fi
		echo "$app: $number: $plain -> $advised ms" >&2
	done < <(paste -d'|' "$work/plain" "$work/advised" | cut -d'|' -f1,2,4)
	pieces=$(sql "${app}_advised" -c 'SELECT count(*) FROM tuned.advised')
	sql "${app}_advised" -c 'SELECT * FROM tuned.unused()' >"$work/unused"
	sed "s/^/$app: UNUSED: /" "$work/unused" >&2
	unused=$(wc -l <"$work/unused")
	sum=$(awk -F'|' '{ s[FILENAME] += $2 } END { printf "%.0f / %.1f", s[ARGV[1]], s[ARGV[2]] }' "$work/plain" "$work/advised")
	echo "$app|$statements|$slow|$improved|$pieces|$unused|$slower|$sum" >>"$work/apps"
	dropdb "${app}_advised"
	dropdb "$app"
}

: >"$work/apps"
for file in "$here"/apps/*.sql; do
	app=$(basename "$file" .sql)
	[[ $app =~ $only ]] || continue
	application "$app"
done

echo "$("$bin/postgres" --version), $(getconf _NPROCESSORS_ONLN) cores, $rows rows, the least of $rounds executions"
awk -F'|' '
	BEGIN { print "| application | statements | of 2 ms or more | improved | pieces | unused | slower | all of them, without / with advice, ms |\n|---|---|---|---|---|---|---|---|" }
	{
		printf "| %s | %d | %d | %d | %d | %d | %d | %s |\n", $1, $2, $3, $4, $5, $6, $7, $8
		for (i = 2; i <= 7; i++)
			sum[i] += $i
	}
	END {
		printf "| all | %d | %d | %d | %d | %d | %d | |\n", sum[2], sum[3], sum[4], sum[5], sum[6], sum[7]
		exit !(sum[6] == 0 && sum[7] == 0)
	}' "$work/apps"
