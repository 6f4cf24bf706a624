#!/bin/bash
# How many commits a second are left to many clients that change different rows of a table with one row for each driving row?
# Prints one table: what, measured, bound, met or not.
#
# Posts, each with a row of votes and an author; the ordering is by votes, so that each UPDATE moves a row of the window.  Every commit lasts
# about 2 ms longer than it need (commit_delay, with fsync), as with a synchronous standby: what writers hold from their
# work at commit until it is over counts then.  "plain" has the same tables and no ordering; two sides take turns, a figure is the
# median of the rounds; pgbench with prepared statements.  A/A is the ratio of two runs of the same side.  At last the window is compared with the tables.
#
# Usage: bench/ordering_votes.sh [--rows N] [--rounds N] [--seconds N]
#
#   --rows     posts (default 200000)
#   --rounds   rounds of each comparison (default 5)
#   --seconds  length of a run of pgbench (default 5)
#   PG_CONFIG selects the server.
#
# Exit status: 0 all bounds met, 1 one not met or a failure, 2 wrong command line.
# shellcheck disable=SC2154	# set by the files that are sourced
set -euo pipefail

rows=200000 rounds=5 seconds=5
# shellcheck source=bench/options.sh
. "$(dirname "${BASH_SOURCE[0]}")/options.sh"
read_options 'rows rounds seconds' '' "$@"

# shellcheck disable=SC1091	# checked by itself
. "$(dirname "${BASH_SOURCE[0]}")/private_server.sh"
# shellcheck source=bench/rounds.sh
. "$(dirname "${BASH_SOURCE[0]}")/rounds.sh"

start_server shared_buffers=512MB max_wal_size=8GB jit=off fsync=on synchronous_commit=on commit_delay=2000 commit_siblings=0 max_connections=50
sql postgres -c 'CREATE DATABASE bench'
sql bench >"$work/prepare.log" <<-SQL
	CREATE EXTENSION bingo_tune CASCADE;
	SELECT setseed(0.5);
	CREATE TABLE author (id int PRIMARY KEY, name text NOT NULL);
	INSERT INTO author SELECT g, md5(g::text) FROM generate_series(1, 10000) g;
	CREATE TABLE post (id int PRIMARY KEY, author int NOT NULL, title text NOT NULL);
	INSERT INTO post SELECT g, 1 + random() * 9999, 'title ' || g FROM generate_series(1, $rows) g;
	CREATE INDEX ON post (author);
	CREATE TABLE votes (post int PRIMARY KEY, n int NOT NULL);
	INSERT INTO votes SELECT g, random() * 1000 FROM generate_series(1, $rows) g;
	CREATE TABLE plain_votes (LIKE votes INCLUDING ALL);
	INSERT INTO plain_votes SELECT * FROM votes;
	VACUUM ANALYZE;
SQL
sql bench -c "SELECT bingo_tune.create_ordering('popular', 'SELECT p.id, p.title, v.n, a.name FROM post p JOIN votes v ON v.post = p.id
	JOIN author a ON a.id = p.author ORDER BY v.n DESC, p.id', NULL)" >"$work/create.log"
sql bench -c 'VACUUM ANALYZE'

for table in votes plain_votes; do
	script $table "\\set post random(1, $rows)
UPDATE $table SET n = n + 1 WHERE post = :post;"
done
take_turns votes plain_votes 16 tps
report '16 clients, each another row of votes: with / without' "$(divide "$ours" "$theirs")" '>=' 0.7 "$ours / $theirs a second, $spread"
take_turns votes plain_votes 1 tps
report 'one client: with / without' "$(divide "$ours" "$theirs")" '>=' 0.7 "$ours / $theirs a second, $spread"

[ "$(invalid bench)" = 0 ] || fail "the ordering is not valid: $(invalid bench)"
differing=$(sql bench -c "SELECT missing + extra + differing FROM bingo_tune.verify_ordering('popular')")
[ "$differing" = 0 ] || fail "the window differs in $differing rows"

print_table "$rows posts, $rounds rounds of $seconds s, load $(cut -d ' ' -f 1-3 /proc/loadavg)"
