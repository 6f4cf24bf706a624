#!/bin/bash
# How soon are orderings valid again by themselves, after a restore and after ALTER TYPE?  Prints one table: what, seconds,
# bound, met or not.
#
# The application's database with apply()'s three orderings, all settings that concern upkeep at their defaults.  The clock
# starts when the last statement (ALTER TABLE, or pg_restore) has returned, and stops when every ordering is valid; from
# one to the other nothing happens but that somebody looks at bingo_tune.orderings ten times a second.
#
# Usage: bench/ordering_repair.sh [--scale F]
#
#   --scale   size of the data (default 1: 5,000,000 sessions; needs about 4 GB in TMPDIR)
#   PG_CONFIG selects the server.
#
# Exit status: 0 all bounds met, 1 one not met or a failure, 2 wrong command line.
# Smoke: --scale=0.002
# shellcheck disable=SC2154	# work is set by private_server.sh
set -euo pipefail

scale=1
# shellcheck source=bench/options.sh
. "$(dirname "${BASH_SOURCE[0]}")/options.sh"
read_options scale '' "$@"
# shellcheck source=bench/private_server.sh
. "$(dirname "${BASH_SOURCE[0]}")/private_server.sh"

# Waits ten minutes at most.
await_valid()
{
	sql "$1" -c "DO \$\$
	DECLARE
		give_up timestamptz := clock_timestamp() + '10 min';
	BEGIN
		WHILE clock_timestamp() < give_up AND $orderings > (SELECT count(*) FROM bingo_tune.orderings WHERE state = 'valid') LOOP
			COMMIT;
			PERFORM pg_sleep(0.1);
		END LOOP;
	END \$\$"
	[ "$(sql "$1" -c "SELECT count(*) FROM bingo_tune.orderings WHERE state = 'valid'")" = "$orderings" ]
}

missed=0
# what, database
row()
{
	local verdict=met time
	time=$(seconds await_valid "$2")
	awk -v m="$time" 'BEGIN { exit !(m > 60) }' && verdict='NOT MET' missed=1
	printf '| %s | %s | 60 | %s |\n' "$1" "$time" "$verdict"
}

start_server shared_buffers=512MB max_wal_size=8GB
createdb bingo
bingo_load -d dbname=bingo --scale="$scale" --quiet
sql bingo -c VACUUM -c 'CREATE EXTENSION bingo_tune CASCADE' -c 'SELECT count(*) FROM bingo_tune.apply()' >"$work/apply.log"
orderings=$(sql bingo -c 'SELECT count(*) FROM bingo_tune.orderings')
echo "| $(sql bingo -c 'SELECT count(*) FROM sessions') sessions, $orderings orderings: valid again by themselves, s | measured | at most | |"
echo '|---|---|---|---|'
sql bingo -c 'ALTER TABLE movies ALTER year TYPE bigint'
row 'after ALTER TYPE of a sort key (movies.year, to bigint)' bingo
sql bingo -c 'ALTER TABLE sessions ALTER start_time TYPE timestamp(3)'
row 'after ALTER TYPE of a column of the great table (sessions.start_time, rewritten)' bingo
as_server pg_dump -h "$work" -U bench -Fd -j 2 -f "$work/dump" bingo
createdb restored
as_server pg_restore -h "$work" -U bench -j 2 -d restored "$work/dump"
row 'after pg_restore --jobs into a new database' restored
exit $missed
