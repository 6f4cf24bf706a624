#!/bin/bash
# What does a counter bring, and what does it cost its writers?  Prints one table: what, measured, bound, met or not.
#
# Two tables of the same rows, "counted" with a counter by key and "plain" without, in one database; two sides of a
# comparison take turns, and a figure is the median of the rounds.  Reads and changes are timed by pgbench with prepared
# statements, one client if nothing else is said, synchronous_commit off.  A/A is the ratio of two runs of the same side.  What an
# INSERT takes more is told by loops in the server, as processor time and in instructions (bench/loops.sh): it is a few microseconds,
# which a client's latency does not show.
#
# Usage: bench/counters.sh [--rows N] [--rounds N] [--seconds N] [--loop N] [--copy N] [--changes N] [--skip-instructions]
#
#   --rows     rows of each table (default 5000000), of 1,000 keys
#   --rounds   rounds of each comparison (default 5)
#   --seconds  length of a run of pgbench (default 3)
#   --loop     rows of each loop of INSERTs (default 5000)
#   --copy     rows of each COPY (default 1000000)
#   --changes  changes of one key, a transaction each, beside a snapshot that stays open (default 1000000)
#   --skip-instructions   also without valgrind
#   PG_CONFIG selects the server.
#
# Exit status: 0 all bounds met, 1 one not met or a failure, 2 wrong command line.
# shellcheck disable=SC2154	# set by the files that are sourced
set -euo pipefail

rows=5000000 rounds=5 seconds=3 loop=5000 copy=1000000 changes=1000000 skip_instructions=''
keys=999	# what is inserted one by one is of the keys from 1 to this
# shellcheck source=bench/options.sh
. "$(dirname "${BASH_SOURCE[0]}")/options.sh"
read_options 'rows rounds seconds loop copy changes' 'skip-instructions' "$@"

# shellcheck disable=SC1091	# checked by itself
. "$(dirname "${BASH_SOURCE[0]}")/private_server.sh"

settings='shared_buffers=512MB max_wal_size=8GB jit=off synchronous_commit=off max_connections=50'
# shellcheck disable=SC2086	# several words
start_server $settings
sql postgres -c 'CREATE DATABASE bench'
sql bench >"$work/prepare.log" <<-SQL
	CREATE EXTENSION bingo_tune CASCADE;
	CREATE TABLE plain (id bigint GENERATED ALWAYS AS IDENTITY, board int NOT NULL, author int NOT NULL DEFAULT 0);
	INSERT INTO plain (board) SELECT g % 1000 FROM generate_series(1, $rows) g;
	CREATE TABLE counted (LIKE plain INCLUDING ALL);
	INSERT INTO counted (board) SELECT board FROM plain;
	CREATE TABLE again (LIKE plain INCLUDING ALL);
	INSERT INTO again (board) SELECT board FROM plain;
	-- what people write by hand
	CREATE TABLE triggered (LIKE plain INCLUDING ALL);
	INSERT INTO triggered (board) SELECT board FROM plain;
	CREATE INDEX ON plain (board);
	CREATE INDEX ON counted (board);
	CREATE INDEX ON again (board);
	CREATE INDEX ON triggered (board);
	CREATE TABLE count_of (board int PRIMARY KEY, n bigint NOT NULL) WITH (fillfactor = 50);
	INSERT INTO count_of SELECT g, 0 FROM generate_series(0, 999) g;
	CREATE FUNCTION count_it() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN UPDATE count_of SET n = n + 1 WHERE board = new.board; RETURN NULL; END';
	CREATE TRIGGER count_it AFTER INSERT ON triggered FOR EACH ROW EXECUTE FUNCTION count_it();
	CREATE TABLE thousand AS SELECT g AS board, $rows::bigint / 1000 AS n FROM generate_series(0, 999) g;
	CREATE UNIQUE INDEX ON thousand (board);
	VACUUM ANALYZE;
	SELECT bingo_tune.create_counter('by_key', 'SELECT board, count(*) FROM counted GROUP BY board');
	SELECT bingo_tune.create_counter('whole', 'SELECT count(*) FROM counted');
SQL

# shellcheck source=bench/rounds.sh
. "$(dirname "${BASH_SOURCE[0]}")/rounds.sh"
# shellcheck source=bench/loops.sh
. "$(dirname "${BASH_SOURCE[0]}")/loops.sh"

# ------------------------------------------------------------------ reading

script whole 'SELECT count(*) FROM counted;'
script lookup "\\set k random(0, 999)
SELECT n FROM thousand WHERE board = :k;"
take_turns whole lookup 1 latency
report "count(*) of $rows rows / a look-up in a table of 1,000" "$(divide "$ours" "$theirs")" '<=' 3 "$ours / $theirs ms, $spread"
script one "\\set k random(0, 999)
SELECT count(*) FROM counted WHERE board = :k;"
take_turns one lookup 1 latency
report "count(*) of a key / the same look-up" "$(divide "$ours" "$theirs")" '<=' 3 "$ours / $theirs ms, $spread"
script groups 'SELECT board, count(*) FROM counted GROUP BY board;'
script table 'SELECT board, n FROM thousand;'
take_turns groups table 1 latency
report 'GROUP BY of 1,000 keys / a table of 1,000 rows' "$(divide "$ours" "$theirs")" '<=' 2 "$ours / $theirs ms, $spread"
plain=$(sql bench -c 'EXPLAIN (ANALYZE, FORMAT json) SELECT count(*) FROM plain' | awk '/Execution Time/ { print $3 + 0 }')
report 'count(*) by the plain plan / by the counter' "$(awk -v p="$plain" -v f="$work/whole.sql" -v c="$(run_file "$work/whole.sql" 1 latency)" 'BEGIN { print p / c }')" '>=' 100 "$plain ms"

# ------------------------------------------------------------------ planning

script planned "EXPLAIN SELECT max(author), count(*) FROM counted WHERE author = 3 AND board < 5;"
script unplanned "EXPLAIN SELECT max(author), count(*) FROM plain WHERE author = 3 AND board < 5;"
sed -i 's/^EXPLAIN/EXPLAIN (COSTS off)/' "$work/planned.sql" "$work/unplanned.sql"
take_turns planned unplanned 1 latency
report 'EXPLAIN of a count that no counter gives: with / without' "$(divide "$ours" "$theirs")" '<=' 1.05 "$ours / $theirs ms, $spread"

# ------------------------------------------------------------------ writing

sql bench -c "SELECT bingo_tune.drop_counter('whole')" >"$work/drop.log"
measure_loops counted plain triggered again
counter_costs=$(added counted plain) trigger_costs=$(added triggered plain)
report 'us added to an INSERT by one counter' "$counter_costs" '<=' 6 "by the trigger $trigger_costs, to $(median <"$work/us.plain"), A/A $(added again plain)"
if can_count; then
	stop_server
	plain=$(instructions_of plain) counter=$(instructions_of counted) trigger=$(instructions_of triggered)
	# shellcheck disable=SC2086	# several words
	start_server $settings
	report 'instructions added by it / by a trigger that UPDATEs one row' "$(divide $((counter - plain)) $((trigger - plain)))" '<=' 0.5 "$((counter - plain)) / $((trigger - plain)) to $plain"
fi

for table in plain counted triggered; do
	script "busy_$table" "BEGIN;
INSERT INTO $table (board) VALUES (7);
\\sleep 2 ms
END;"
done
take_turns busy_counted busy_plain 16 tps
report '16 clients on one key, 2 ms of other work: with / without' "$(divide "$ours" "$theirs")" '>=' 0.9 "$ours / $theirs a second, $spread"
take_turns busy_counted busy_triggered 16 tps
report 'the same: with / a trigger that UPDATEs one row' "$(divide "$ours" "$theirs")" '>=' 8 "$ours / $theirs a second, $spread"

sql bench -c "COPY (SELECT g % 1000 FROM generate_series(1, $copy) g) TO STDOUT" >"$work/copy.data"
: >"$work/ours"; : >"$work/theirs"
for ((round = 0; round < rounds; round++)); do
	seconds sql bench -c "\\copy counted (board) FROM '$work/copy.data'" >>"$work/ours"
	seconds sql bench -c "\\copy plain (board) FROM '$work/copy.data'" >>"$work/theirs"
done
ours=$(median <"$work/ours"); theirs=$(median <"$work/theirs")
report "COPY of $copy rows: with / without" "$(divide "$ours" "$theirs")" '<=' 1.3 "$ours / $theirs s"

# ------------------------------------------------------------------ an old snapshot

mkfifo "$work/hold"
sql bench <"$work/hold" >"$work/hold.log" &
exec 3>"$work/hold"
echo 'BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM thousand;' >&3
until [ -s "$work/hold.log" ]; do sleep 0.1; done
script hot 'INSERT INTO counted (board) VALUES (7);'
pgbench -n -M prepared -c 8 -j 2 -t $((changes / 8)) -f "$work/hot.sql" bench >"$work/hot.log" 2>&1
script hot_key 'SELECT count(*) FROM counted WHERE board = 7;'
open=$(run_file "$work/hot_key.sql" 1 latency)
echo 'COMMIT;' >&3
exec 3>&-
wait
sql bench -c 'VACUUM'
closed=$(run_file "$work/hot_key.sql" 1 latency)
report "ms of a key's count after $changes changes, a snapshot open meanwhile" "$open" '<=' 10 ''
report 'us of the same when it is closed' "$(awk -v a="$closed" 'BEGIN { print a * 1000 }')" '<=' 100 ''
differing=$(sql bench -c "SELECT bingo_tune.verify_counter('by_key')")
[ "$differing" = 0 ] || fail "the counter is wrong in $differing keys"

print_table "$rows rows, $rounds rounds of $seconds s"
