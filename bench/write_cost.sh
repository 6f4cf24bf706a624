# Sourced, behind rounds.sh, by the scripts here that weigh what orderings of posts, authors and boards add to the work of
# writers.  $rows, $rounds, $loop and $skip_instructions are the caller's.
#
#   prepare                 starts the server, and makes the tables in database "none", without an ordering
#   copy_to DATABASE...     the same in others; all take part in what follows
#   measure                 loops of INSERTs and DELETEs in all databases in turns, a transaction for each row, in the server
#   added KIND WITH WITHOUT the median of the rounds' differences: microseconds of the backend's processor time
#                           (/proc/self/schedstat) for an insert or a delete
#   can_count               is there valgrind, and wanted?
#   count_instructions DATABASE
#                           of an INSERT, while the server is stopped: of 300 in a single-user server, by callgrind, less those of 100
#   start                   starts the server again
#
# shellcheck shell=bash disable=SC2154	# set by the caller and by private_server.sh
databases=none
settings='shared_buffers=512MB max_wal_size=8GB autovacuum=off jit=off synchronous_commit=off'

start()
{
	# shellcheck disable=SC2086	# several words
	start_server $settings
}

# The server, and the tables in database "none".
prepare()
{
	start
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
}

copy_to()
{
	local database
	databases="none $*"
	for database in "$@"; do sql postgres -c "CREATE DATABASE $database TEMPLATE none"; done
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
	for database in $databases; do
		[ "$(invalid "$database")" = 0 ] || fail "an ordering turned invalid: $(invalid "$database")"
	done
}

# The median of the rounds' differences.
added()
{
	paste "$work/$1.$2" "$work/$1.$3" | awk '{ print $1 - $2 }' | median
}

can_count()
{
	[ -z "$skip_instructions" ] && command -v valgrind >"$work/valgrind.log"
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
