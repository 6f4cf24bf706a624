#!/bin/bash
# What does one ordering more cost writers where there are some on the same tables?  Prints one table: what, measured, bound, met or not.
#
# Posts, joined to their authors and boards; three orderings of these three tables, each in another order: a by author, b by
# board, c by both.  Five databases with the same data: without an ordering, with a, with a and b, with a, b and c, and with c alone.
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
read_options 'rows rounds loop' skip_instructions "$@"

# shellcheck disable=SC1091	# checked by itself
. "$(dirname "${BASH_SOURCE[0]}")/private_server.sh"
# shellcheck source=bench/rounds.sh
. "$(dirname "${BASH_SOURCE[0]}")/rounds.sh"

settings='shared_buffers=512MB max_wal_size=8GB autovacuum=off jit=off synchronous_commit=off'
# shellcheck disable=SC2086	# several words
start_server $settings
sql postgres -c 'CREATE DATABASE none'
sql none >"$work/prepare.log" <<-SQL
	CREATE EXTENSION bingo_tune CASCADE;
	CREATE TABLE author (id int PRIMARY KEY, name text NOT NULL);
	CREATE TABLE board (id int PRIMARY KEY, title text NOT NULL);
	INSERT INTO author SELECT g, md5(g::text) FROM generate_series(1, 10000) g;
	INSERT INTO board SELECT g, md5(g::text) FROM generate_series(1, 1000) g;
	CREATE TABLE post (id bigint PRIMARY KEY, author int NOT NULL, board int NOT NULL, created int NOT NULL, title text NOT NULL);
	INSERT INTO post SELECT g, 1 + g * 7919::bigint % 10000, 1 + g * 104729::bigint % 1000, g, 'title ' || g FROM generate_series(1, $rows) g;
	CREATE INDEX ON post (author);
	CREATE INDEX ON post (board);
	CREATE PROCEDURE run(kind text, n int, OUT us float8) LANGUAGE plpgsql AS \$\$
	DECLARE
		start float8 := split_part(pg_read_file('/proc/self/schedstat', 0, 100), ' ', 1);
		last bigint := (SELECT max(id) FROM post);
		author int := (SELECT a.id FROM author a ORDER BY name DESC LIMIT 1);
		board int := (SELECT b.id FROM board b ORDER BY title DESC LIMIT 1);
	BEGIN
		FOR i IN 1 .. n LOOP
			IF kind = 'insert' THEN
				INSERT INTO post VALUES (last + i, author, board, last + i, 'a new one');
			ELSE
				DELETE FROM post WHERE id = last - i + 1;
			END IF;
			COMMIT;
		END LOOP;
		us := (split_part(pg_read_file('/proc/self/schedstat', 0, 100), ' ', 1)::float8 - start) / 1e3 / n;
	END \$\$;
	VACUUM ANALYZE;
SQL
from='FROM post p JOIN author a ON a.id = p.author JOIN board b ON b.id = p.board ORDER BY'
databases='none again one two three third'
for database in ${databases#none }; do sql postgres -c "CREATE DATABASE $database TEMPLATE none"; done

# Makes the orderings of the databases, with so many rows (NULL: all).
create_orderings()
{
	local database name
	for database in one two three third; do
		sql $database -c "SELECT bingo_tune.drop_ordering(name) FROM bingo_tune.orderings" >"$work/create.log"
		case $database in one) names=a;; two) names='a b';; three) names='a b c';; third) names=c;; esac
		for name in $names; do
			case $name in a) keys='a.name, p.created DESC, p.id';; b) keys='b.title, p.created DESC, p.id';; c) keys='a.name, b.title, p.id';; esac
			sql $database -c "SELECT bingo_tune.create_ordering('$name', 'SELECT p.id, p.title, p.created, a.name, b.title $from $keys', $1)" >"$work/create.log"
		done
		sql $database -c 'VACUUM ANALYZE'
	done
}

# Loops of both kinds in all databases; then files of the rounds' times, insert.one and so on.
measure()
{
	local round database kind order
	rm -f "$work"/insert.* "$work"/delete.*
	for ((round = 0; round <= rounds; round++)); do
		order=$databases
		[ $((round % 2)) = 0 ] || order=$(echo "$databases" | tr ' ' '\n' | tac | tr '\n' ' ')
		for kind in insert delete; do
			for database in $order; do
				sql "$database" -c "CALL run('$kind', $loop, NULL)" >"$work/us"
				[ "$round" = 0 ] || cat "$work/us" >>"$work/$kind.$database"
			done
		done
	done
	for database in one two three third; do
		[ "$(invalid $database)" = 0 ] || fail "an ordering turned invalid: $(invalid $database)"
	done
}

# The median of the rounds' differences.
added()
{
	paste "$work/$1.$2" "$work/$1.$3" | awk '{ print $1 - $2 }' | median
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
	done
}

# Instructions of an INSERT in database $1.
count_instructions()
{
	local n count=()
	for n in 100 300; do
		for ((i = 0; i < n; i++)); do
			echo "INSERT INTO post SELECT max(p.id) + 1, 17, 23, $rows + max(p.id), 'a new one' FROM post p"
		done >"$work/queries"
		as_server valgrind --tool=callgrind --callgrind-out-file="$work/callgrind.out" "$bin/postgres" --single \
			-c shared_preload_libraries=pg_stat_statements,bingo_tune -c synchronous_commit=off -c jit=off -D "$work/data" "$1" \
			<"$work/queries" >"$work/answers" 2>"$work/valgrind.log"
		count+=("$(callgrind_annotate "$work/callgrind.out" | awk '/PROGRAM TOTALS/ { gsub(",", "", $1); print $1 }')")
	done
	echo $(((count[1] - count[0]) / 200))
}

tell_instructions()
{
	local none one two three alone
	[ -z "$skip_instructions" ] && command -v valgrind >"$work/valgrind.log" || return 0
	stop_server
	none=$(count_instructions none) one=$(count_instructions one) two=$(count_instructions two)
	three=$(count_instructions three) alone=$(count_instructions third)
	report "instructions added to insert $1 by the third / by the third alone" "$(divide $((three - two)) $((alone - none)))" '<=' 0.8 \
		"$((one - none)), $((two - one)) and $((three - two)), by the third alone $((alone - none)); $none without one"
	# shellcheck disable=SC2086	# several words
	start_server $settings
}

for place in inside outside; do
	create_orderings "$([ $place = inside ] && echo NULL || echo 1000)"
	measure
	tell $place
	tell_instructions $place
done

print_table "$rows rows, $rounds rounds of $loop, load $(cut -d ' ' -f 1-3 /proc/loadavg)"
