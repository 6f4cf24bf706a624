# Sourced, behind rounds.sh, by the scripts here that compare what an INSERT costs in some tables of the database "bench", which have
# the columns (id identity, board, author, created, title).  $rows, $keys, $rounds, $loop and $skip_instructions are the caller's.
#
#   measure_loops TABLE...  loops of INSERTs, a transaction for each row, in the server, the tables in turns; boards by Zipf's law
#   added TABLE PLAIN       the median of the rounds' differences: microseconds of the backend's processor time
#                           (/proc/self/schedstat) for a row
#   can_count               is there valgrind, and wanted?
#   instructions_of TABLE   of an INSERT, while the server is stopped: of 300 in a single-user server, by callgrind, less those of 100
#
# Processor time in loops, and not the latency of a client: what is compared are a few microseconds, and a client's way to the
# server and back takes ten times as long.  Of two sides that take turns the difference of each round is taken, and the median of
# these, since a machine that is shared drifts within a minute by more than that.  A table that has nothing, measured against
# another such one, tells what noise is left; instructions have none.
#
# shellcheck shell=bash disable=SC2154	# set by the caller and by private_server.sh

make_loop()
{
	local table
	{
		echo "CREATE OR REPLACE PROCEDURE insert_loop(target text, n int, OUT us float8) LANGUAGE plpgsql AS \$\$
		DECLARE
			start float8 := split_part(pg_read_file('/proc/self/schedstat', 0, 100), ' ', 1);
			b int;
			a int;
		BEGIN
			FOR i IN 1 .. n LOOP
				b := least($keys, exp(random() * ln($keys + 1)))::int;
				a := 1 + random() * 9999;
				CASE target"
		for table in "$@"; do echo "WHEN '$table' THEN INSERT INTO $table (board, author) VALUES (b, a);"; done
		echo "END CASE;
				COMMIT;
			END LOOP;
			us := (split_part(pg_read_file('/proc/self/schedstat', 0, 100), ' ', 1)::float8 - start) / 1e3 / n;
		END \$\$"
	} | sql bench
}

measure_loops()
{
	local round table order
	make_loop "$@"
	rm -f "$work"/us.*
	# the first is not counted
	for ((round = 0; round <= rounds; round++)); do
		order=$*
		[ $((round % 2)) = 0 ] || order=$(tr ' ' '\n' <<<"$*" | tac | tr '\n' ' ')
		for table in $order; do
			sql bench -c "SELECT setseed(0.$((round + 1)))" -c "CALL insert_loop('$table', $loop, NULL)" | tail -n 1 >"$work/us"
			[ "$round" = 0 ] || cat "$work/us" >>"$work/us.$table"
		done
	done
}

added()
{
	paste "$work/us.$1" "$work/us.$2" | awk '{ print $1 - $2 }' | median
}

can_count()
{
	[ -z "$skip_instructions" ] && command -v valgrind >"$work/valgrind.log"
}

# Boards by the same law; two tables get the same rows.
instructions_of()
{
	local n count=()
	for n in 100 300; do
		awk -v n="$n" -v keys="$keys" -v t="$1" 'BEGIN { srand(1); for (i = 0; i < n; i++)
			printf "INSERT INTO %s (board, author) VALUES (%d, %d)\n", t, exp(rand() * log(keys + 1)), 1 + rand() * 9999 }' >"$work/queries"
		as_server valgrind --tool=callgrind --callgrind-out-file="$work/callgrind.out" "$bin/postgres" --single \
			-c shared_preload_libraries=pg_stat_statements,bingo_tune -D "$work/data" bench <"$work/queries" >"$work/answers" 2>"$work/valgrind.log"
		count+=("$(callgrind_annotate "$work/callgrind.out" | awk '/PROGRAM TOTALS/ { gsub(",", "", $1); print $1 }')")
	done
	echo $(((count[1] - count[0]) / 200))
}
