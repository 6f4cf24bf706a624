#!/bin/bash
# What building and keeping the window of GET /api/session costs, against its
# bounds: the time of a build, here and with a fifth of the sessions; the bytes of
# window and indexes, also after ten rounds of invalidation and refill; the longest
# wait of a writer during a refill; LIMIT 5 right after an invalidation against the
# plain plan.
#
# Method: a private server, bingo_load's data.  A build is refresh_ordering() after
# an invalidation, as the view bingo_tune.orderings reports it, median of BUILDS.
# The writer is one client that inserts one row at a time inside the window while
# the ordering is refreshed BUILDS times.
#
#   bench/ordering_upkeep.sh                     scale 1, about two minutes
#   SCALE=0.02 BUILDS=1 bench/ordering_upkeep.sh
#   SETTINGS="shared_buffers=1GB"                settings of the server (default: 512MB)
#
# Exit status: 0 all bounds met (they are for scale 1), 1 one not met or a failure.
# shellcheck disable=SC2154	# work is set by private_server.sh
set -euo pipefail
cd "$(dirname "$0")"
# shellcheck disable=SC1091	# checked by itself
. ./private_server.sh

scale=${SCALE:-1}
builds=${BUILDS:-5}
read -ra settings <<<"${SETTINGS:-shared_buffers=512MB}"
missed=0

# row WHAT MEASURED BOUND
row()
{
	local verdict=met
	awk -v m="$2" -v b="$3" 'BEGIN { exit !(m > b) }' && verdict='NOT MET' missed=1
	printf '| %s | %s | %s | %s |\n' "$1" "$2" "$3" "$verdict"
}

refresh()
{
	sql "$1" -c "SELECT bingo_tune.refresh_ordering('api_session')" >/dev/null
}

# build DATABASE: milliseconds
build()
{
	invalidate "$1"
	refresh "$1"
	sql "$1" -c "SELECT round(last_build_ms::numeric, 1) FROM bingo_tune.orderings WHERE name = 'api_session'"
}

builds()
{
	local i
	for ((i = 0; i < builds; i++)); do build "$1"; done | median
}

bytes()
{
	sql bingo -c "SELECT round(bytes / 1048576.0, 1) FROM bingo_tune.orderings WHERE name = 'api_session'"
}

# limit5 SETUP: milliseconds of one LIMIT 5 in a new transaction after SETUP
limit5()
{
	cat >"$work/limit5.sql" <<-'SQL'
		SELECT sessions.id, customers.name, movies.name FROM sessions INNER JOIN customers ON sessions.customer_id = customers.id INNER JOIN movies ON sessions.movie_id = movies.id ORDER BY movies.year DESC, movies.name ASC, customers.id, sessions.id DESC LIMIT 5
	SQL
	bingo_bench query -d dbname=bingo -n 200 --protocol=simple --before="$1" "$work/limit5.sql" | awk 'END { print $3 }'
}

start_server "${settings[@]}" bingo_tune.upkeep=off
for database in bingo fifth; do
	createdb "$database"
	bingo_load -d "dbname=$database" \
		--scale="$(awk -v s="$scale" -v d=$database 'BEGIN { print d == "bingo" ? s : s / 5 }')" --quiet
	sql "$database" -c VACUUM
	sql "$database" -c 'CREATE EXTENSION bingo_tune CASCADE'
done

echo "| $(sql bingo -c 'SELECT count(*) FROM sessions') sessions, window of $(sql bingo -c "SELECT kept_rows FROM bingo_tune.orderings WHERE name = 'api_session'") rows | measured | at most | |"
echo '|---|---|---|---|'
whole=$(builds bingo)
row 'build, s' "$(awk -v ms="$whole" 'BEGIN { print ms / 1000 }')" 5
row 'build / build with a fifth of the sessions' \
	"$(awk -v a="$whole" -v b="$(builds fifth)" 'BEGIN { printf "%.2f", a / b }')" 1.5

row 'window and indexes, MB' "$(bytes)" 150
for _ in {1..10}; do build bingo >/dev/null; done
row 'after ten more rounds of invalidation and refill, MB' "$(bytes)" 150
# With somebody reading there is no TRUNCATE, but dead rows.
sql bingo -c BEGIN -f workloads/get_session_list.sql -c 'SELECT pg_sleep(1000000)' >/dev/null 2>&1 &
reader=$!
until [ "$(sql bingo -c "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'")" = 1 ]; do :; done
build bingo >/dev/null
printf '| after one more while somebody reads the window, MB | %s | | |\n' "$(bytes)"
sql bingo -c "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event = 'PgSleep'" >/dev/null
wait "$reader" || :
build bingo >/dev/null

# A writer beside refreshes.
sql bingo -c "CREATE TABLE waits (ms float8);
CREATE PROCEDURE write_until_told() LANGUAGE plpgsql AS \$\$
DECLARE
	start timestamptz; top int;
BEGIN
	SELECT id INTO top FROM movies ORDER BY year DESC, name LIMIT 1;
	WHILE EXISTS (SELECT FROM pg_class WHERE relname = 'waits') LOOP
		start := clock_timestamp();
		INSERT INTO sessions (start_time, customer_id, movie_id) VALUES (now(), 1, top);
		COMMIT;
		INSERT INTO waits VALUES (extract(epoch FROM clock_timestamp() - start) * 1000);
		COMMIT;
	END LOOP;
END \$\$"
sql bingo -c 'CALL write_until_told()' >/dev/null 2>&1 &
writer=$!
given_up=0
for ((i = 0; i < builds; i++)); do refresh bingo || given_up=$((given_up + 1)); done
printf '| a writer during %s refreshes: longest commit, ms | %s | | |\n' "$builds" \
	"$(sql bingo -c 'SELECT round(max(ms)::numeric, 1) FROM waits')"
printf '| ... given up because of it; invalidated by it | %s; %s | | |\n' "$given_up" "$(sql bingo -c "SELECT count(*) FROM bingo_tune.orderings WHERE name = 'api_session' AND state <> 'valid'")"
sql bingo -c 'DROP TABLE waits'
wait "$writer" || :

refresh bingo
plain=$(limit5 'SET bingo_tune.enable_ordered_scan = off')
invalidate bingo
row 'LIMIT 5 of an invalid ordering / the plain plan' \
	"$(awk -v a="$(limit5 'SELECT 1')" -v b="$plain" 'BEGIN { printf "%.2f", a / b }')" 1.1
exit $missed
