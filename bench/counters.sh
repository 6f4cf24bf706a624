#!/bin/bash
# What does a counter bring, and what does it cost its writers?  Prints one table: what, measured, bound, met or not.
#
# Two tables of the same rows, "counted" with a counter by key and "plain" without, in one database; two sides of a
# comparison take turns, and a figure is the median of the rounds.  Reads and changes are timed by pgbench with prepared
# statements, one client if nothing else is said, synchronous_commit off.  A/A is the ratio of two runs of the same side.
#
# Usage: bench/counters.sh [--rows N] [--rounds N] [--seconds N] [--copy N] [--changes N]
#
#   --rows     rows of each table (default 5000000), of 1,000 keys
#   --rounds   rounds of each comparison (default 5)
#   --seconds  length of a run of pgbench (default 3)
#   --copy     rows of each COPY (default 1000000)
#   --changes  changes of one key, a transaction each, beside a snapshot that stays open (default 1000000)
#   PG_CONFIG selects the server.
#
# Exit status: 0 all bounds met, 1 one not met or a failure, 2 wrong command line.
# shellcheck disable=SC2154	# set by the files that are sourced
set -euo pipefail

rows=5000000 rounds=5 seconds=3 copy=1000000 changes=1000000
# shellcheck source=bench/options.sh
. "$(dirname "${BASH_SOURCE[0]}")/options.sh"
read_options 'rows rounds seconds copy changes' '' "$@"

# shellcheck disable=SC1091	# checked by itself
. "$(dirname "${BASH_SOURCE[0]}")/private_server.sh"

start_server shared_buffers=512MB max_wal_size=8GB jit=off synchronous_commit=off max_connections=50
sql postgres -c 'CREATE DATABASE bench'
sql bench >"$work/prepare.log" <<-SQL
	CREATE EXTENSION bingo_tune CASCADE;
	CREATE TABLE plain (id bigint GENERATED ALWAYS AS IDENTITY, k int NOT NULL, v int NOT NULL DEFAULT 0);
	INSERT INTO plain (k) SELECT g % 1000 FROM generate_series(1, $rows) g;
	CREATE TABLE counted (LIKE plain INCLUDING ALL);
	INSERT INTO counted (k) SELECT k FROM plain;
	CREATE INDEX ON plain (k);
	CREATE INDEX ON counted (k);
	-- what people write by hand
	CREATE TABLE triggered (LIKE plain INCLUDING ALL);
	CREATE TABLE count_of (k int PRIMARY KEY, n bigint NOT NULL) WITH (fillfactor = 50);
	INSERT INTO count_of SELECT g, 0 FROM generate_series(0, 999) g;
	CREATE FUNCTION count_it() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN UPDATE count_of SET n = n + 1 WHERE k = new.k; RETURN NULL; END';
	CREATE TRIGGER count_it AFTER INSERT ON triggered FOR EACH ROW EXECUTE FUNCTION count_it();
	CREATE TABLE thousand AS SELECT g AS k, $rows::bigint / 1000 AS n FROM generate_series(0, 999) g;
	CREATE UNIQUE INDEX ON thousand (k);
	VACUUM ANALYZE;
	SELECT bingo_tune.create_counter('by_key', 'SELECT k, count(*) FROM counted GROUP BY k');
	SELECT bingo_tune.create_counter('whole', 'SELECT count(*) FROM counted');
SQL

# shellcheck source=bench/rounds.sh
. "$(dirname "${BASH_SOURCE[0]}")/rounds.sh"

# ------------------------------------------------------------------ reading

script whole 'SELECT count(*) FROM counted;'
script lookup "\\set k random(0, 999)
SELECT n FROM thousand WHERE k = :k;"
take_turns whole lookup 1 latency
report "count(*) of $rows rows / a look-up in a table of 1,000" "$(divide "$ours" "$theirs")" '<=' 3 "$ours / $theirs ms, $spread"
script one "\\set k random(0, 999)
SELECT count(*) FROM counted WHERE k = :k;"
take_turns one lookup 1 latency
report "count(*) of a key / the same look-up" "$(divide "$ours" "$theirs")" '<=' 3 "$ours / $theirs ms, $spread"
script groups 'SELECT k, count(*) FROM counted GROUP BY k;'
script table 'SELECT k, n FROM thousand;'
take_turns groups table 1 latency
report 'GROUP BY of 1,000 keys / a table of 1,000 rows' "$(divide "$ours" "$theirs")" '<=' 2 "$ours / $theirs ms, $spread"
plain=$(sql bench -c 'EXPLAIN (ANALYZE, FORMAT json) SELECT count(*) FROM plain' | awk '/Execution Time/ { print $3 + 0 }')
report 'count(*) by the plain plan / by the counter' "$(awk -v p="$plain" -v f="$work/whole.sql" -v c="$(run_file "$work/whole.sql" 1 latency)" 'BEGIN { print p / c }')" '>=' 100 "$plain ms"

# ------------------------------------------------------------------ planning

script planned "EXPLAIN SELECT max(v), count(*) FROM counted WHERE v = 3 AND k < 5;"
script unplanned "EXPLAIN SELECT max(v), count(*) FROM plain WHERE v = 3 AND k < 5;"
sed -i 's/^EXPLAIN/EXPLAIN (COSTS off)/' "$work/planned.sql" "$work/unplanned.sql"
take_turns planned unplanned 1 latency
report 'EXPLAIN of a count that no counter gives: with / without' "$(divide "$ours" "$theirs")" '<=' 1.05 "$ours / $theirs ms, $spread"

# ------------------------------------------------------------------ writing

for table in plain counted triggered; do
	script "insert_$table" "\\set k random(0, 999)
INSERT INTO $table (k) VALUES (:k);"
	script "busy_$table" "BEGIN;
INSERT INTO $table (k) VALUES (7);
\\sleep 2 ms
END;"
done
sql bench -c "SELECT bingo_tune.drop_counter('whole')" >"$work/drop.log"
take_turns insert_counted insert_plain 1 latency
report 'us added to an INSERT by one counter' "$(awk -v a="$ours" -v b="$theirs" 'BEGIN { print (a - b) * 1000 }')" '<=' 6 "$ours / $theirs ms, $spread"
take_turns busy_counted busy_plain 16 tps
report '16 clients on one key, 2 ms of other work: with / without' "$(divide "$ours" "$theirs")" '>=' 0.9 "$ours / $theirs a second, $spread"
take_turns busy_counted busy_triggered 16 tps
report 'the same: with / a trigger that UPDATEs one row' "$(divide "$ours" "$theirs")" '>=' 8 "$ours / $theirs a second, $spread"

sql bench -c "COPY (SELECT g % 1000 FROM generate_series(1, $copy) g) TO STDOUT" >"$work/copy.data"
: >"$work/ours"; : >"$work/theirs"
for ((round = 0; round < rounds; round++)); do
	seconds sql bench -c "\\copy counted (k) FROM '$work/copy.data'" >>"$work/ours"
	seconds sql bench -c "\\copy plain (k) FROM '$work/copy.data'" >>"$work/theirs"
done
ours=$(median <"$work/ours"); theirs=$(median <"$work/theirs")
report "COPY of $copy rows: with / without" "$(divide "$ours" "$theirs")" '<=' 1.3 "$ours / $theirs s"

# ------------------------------------------------------------------ an old snapshot

mkfifo "$work/hold"
sql bench <"$work/hold" >"$work/hold.log" &
exec 3>"$work/hold"
echo 'BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM thousand;' >&3
until [ -s "$work/hold.log" ]; do sleep 0.1; done
script hot 'INSERT INTO counted (k) VALUES (7);'
pgbench -n -M prepared -c 8 -j 2 -t $((changes / 8)) -f "$work/hot.sql" bench >"$work/hot.log" 2>&1
script hot_key 'SELECT count(*) FROM counted WHERE k = 7;'
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
