#!/bin/bash
# What README's examples take: the page and the count beside it on the tables of bench/shop.sql, before and after the
# ordering and the counter are there.  Prints one table.
#
# One psql, \timing, as a reader of README has it: each statement as it comes, so before is with what CREATE and ANALYZE have
# left in memory, and the one with the ordering also the second time.  The median of the rounds, each with a database of its own.
#
# Usage: bench/shop.sh [--orders N] [--rounds N]
#
#   --orders   rows of the larger table (default 1000000, as README's)
#   --rounds   databases (default 3)
#   PG_CONFIG selects the server.
#
# Exit status: 0 measured, 1 a failure, 2 wrong command line.
set -euo pipefail

orders=1000000 rounds=3
# shellcheck source=bench/options.sh
. "$(dirname "${BASH_SOURCE[0]}")/options.sh"
read_options 'orders rounds' '' "$@"

# shellcheck disable=SC1091	# checked by itself
. "$(dirname "${BASH_SOURCE[0]}")/private_server.sh"

start_server shared_buffers=512MB max_wal_size=8GB

# README's own words.
cat >"$work/statements.sql" <<-'SQL'
	\timing on
	\o /dev/null
	SELECT o.id, o.placed, c.name FROM orders o JOIN customer c ON c.id = o.customer_id
	  WHERE NOT o.deleted ORDER BY c.name, o.placed DESC LIMIT 3;
	\timing off
	SELECT bingo_tune.create_ordering('by_name', 'SELECT o.id, o.placed, o.deleted, c.name
	  FROM orders o JOIN customer c ON c.id = o.customer_id ORDER BY c.name, o.placed DESC', window_rows => 50000);
	\timing on
	SELECT o.id, o.placed, c.name FROM orders o JOIN customer c ON c.id = o.customer_id
	  WHERE NOT o.deleted ORDER BY c.name, o.placed DESC LIMIT 3;
	SELECT o.id, o.placed, c.name FROM orders o JOIN customer c ON c.id = o.customer_id
	  WHERE NOT o.deleted ORDER BY c.name, o.placed DESC LIMIT 3;
	SELECT count(*) FROM orders WHERE NOT deleted;
	\timing off
	SELECT bingo_tune.create_counter('kept', 'SELECT count(*) FROM orders WHERE NOT deleted');
	\timing on
	SELECT count(*) FROM orders WHERE NOT deleted;
	SELECT count(*) FROM orders WHERE NOT deleted;
SQL

for round in $(seq "$rounds"); do
	sql postgres -c "CREATE DATABASE round_$round"
	sql "round_$round" -c 'CREATE EXTENSION bingo_tune CASCADE' >/dev/null
	sql "round_$round" -v orders="$orders" -f "$root/bench/shop.sql" >/dev/null
	psql -XqAt -v ON_ERROR_STOP=1 -d "round_$round" -f "$work/statements.sql" |
		sed -n 's/^Time: \([0-9.]*\) ms.*/\1/p' >"$work/times_$round"
	sql postgres -c "DROP DATABASE round_$round"
done

echo "$(sql postgres -c 'SELECT version()' | cut -d, -f1), $(nproc) cores, $orders orders, $rounds rounds"
line=0
for what in 'the page, before' 'the page, first time with the ordering' 'the page, second time' \
	'the count, before' 'the count, first time with the counter' 'the count, second time'; do
	line=$((line + 1))
	printf '%-40s %10.3f ms\n' "$what" "$(for round in $(seq "$rounds"); do sed -n "${line}p" "$work/times_$round"; done | median)"
done
