#!/bin/bash
# Draws what the dashboard shows, from a real run: a private server with the application's data, postgres_exporter and
# Prometheus with the shipped files, the application's mix of statements at a rate that rises and falls, and in the
# middle of it a while in which statements are cancelled.  gnuplot draws the answers of the dashboard's own expressions.
#
#   bench/monitoring/draw.sh [FILE.svg]            default: bench/monitoring/dashboard.svg; two minutes
#   SCALE=1 RATE=60 STEP=40 bench/monitoring/draw.sh
#
# Needs prometheus, prometheus-postgres-exporter, gnuplot, jq and curl.
# shellcheck disable=SC2154	# root and work are set by private_server.sh
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
picture=$(realpath -m "${1:-$here/dashboard.svg}")
# shellcheck disable=SC1091	# checked by itself
. "$here/../private_server.sh"

rate=${RATE:-60}
step=${STEP:-40}
exporter_port=${EXPORTER_PORT:-39187}
prometheus_port=${PROMETHEUS_PORT:-39090}

programs=()
finish()
{
	if [ ${#programs[@]} -gt 0 ]; then
		kill "${programs[@]}"
		wait "${programs[@]}" || :
	fi
	stop_server
	rm -rf "$work"
}
trap finish EXIT

start_server shared_buffers=512MB
export PGDATABASE=postgres

bingo_load -d postgres --scale="${SCALE:-0.1}" --quiet
sql postgres -c 'CREATE EXTENSION bingo_tune CASCADE' -c 'SELECT * FROM bingo_tune.apply()' -c 'CREATE ROLE monitor LOGIN IN ROLE pg_monitor' \
	-c 'CREATE INDEX ON sessions (customer_id)' >"$work/create.log"
if [ "$(sql postgres -c 'SELECT count(*) FROM bingo_tune.orderings')" = 0 ]; then
	sql postgres -c "SELECT bingo_tune.create_ordering('session_list', regexp_replace(example, ' LIMIT.*', '')) FROM bingo_tune.endpoints WHERE endpoint = 'GET /api/session'" >>"$work/create.log"
fi
sql postgres -c 'SELECT bingo_tune.reset_timing()' >"$work/reset.log"

sed "s/15s/2s/g; s/127.0.0.1:9187/127.0.0.1:$exporter_port/" "$here/prometheus.yml" >"$work/prometheus.yml"
cp "$here/prometheus-rules.yml" "$work"
# The names of its own collectors depend on its version.
mapfile -t without < <(prometheus-postgres-exporter --help 2>&1 | sed -En 's/^ *--(\[no-\])?(collector\.[a-z_]+)([^a-z_.].*)?$/--no-\2/p')
DATA_SOURCE_NAME="host=$work port=5432 user=monitor dbname=postgres sslmode=disable" prometheus-postgres-exporter \
	--web.listen-address="127.0.0.1:$exporter_port" --extend.query-path="$here/postgres_exporter.yaml" --disable-default-metrics \
	--disable-settings-metrics "${without[@]}" >"$work/exporter.log" 2>&1 &
programs+=($!)
prometheus --config.file="$work/prometheus.yml" --storage.tsdb.path="$work/tsdb" --web.listen-address="127.0.0.1:$prometheus_port" \
	>"$work/prometheus.log" 2>&1 &
programs+=($!)
curl -s --retry 50 --retry-connrefused --retry-delay 1 "http://127.0.0.1:$prometheus_port/-/ready" >"$work/ready.log"

start=$(date +%s)
bingo_bench load -d postgres --mix="$root/bench/workloads/mix.conf" --warmup=0 --quiet \
	--schedule="$((rate / 3)):$step,$rate:$step,$((rate / 3)):$step" >"$work/load.log" 2>&1 &
load=$!
sleep "$((step * 3 / 2))"
for ((i = 0; i < 30; i++)); do
	sql postgres -c "SELECT count(pg_cancel_backend(pid)) FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep%' AND state = 'active'" >>"$work/cancel.log"
	sleep 0.3
done
wait "$load" || true
end=$(date +%s)

# The expression of a panel, with the dashboard's variables filled in.
expression_of()
{
	# shellcheck disable=SC2016
	jq -r --arg title "$1" '.panels[] | select(.title == $title) | .targets[0].expr' "$here/grafana-dashboard.json" |
		sed 's/\$__rate_interval/10s/g; s/\$endpoint/.+/g'
}

# Writes PANEL.N.dat for each series and the gnuplot commands that draw them.
draw_panel()
{
	local title=$1 name=$2 factor=$3 format=$4 index=0 legend

	curl -s "http://127.0.0.1:$prometheus_port/api/v1/query_range" --data-urlencode "query=$(expression_of "$title")" \
		--data "start=$start&end=$end&step=2" >"$work/$name.json"
	[ "$(jq '.data.result | length' "$work/$name.json")" -gt 0 ] || {
		echo "draw.sh: no data for \"$title\"" >&2
		exit 1
	}
	printf 'set title "%s"\nset ylabel "%s"\nplot' "$title" "$format" >>"$work/plot"
	while IFS= read -r legend; do
		jq -r --argjson i "$index" --argjson start "$start" --argjson factor "$factor" \
			'.data.result[$i].values[] | select(.[1] != "NaN") | "\(.[0] - $start) \((.[1] | tonumber) * $factor)"' "$work/$name.json" >"$work/$name.$index.dat"
		if awk '$2 > 0 { found = 1 } END { exit !found }' "$work/$name.$index.dat"; then
			printf ' "%s" using 1:2 with lines lw 1.5 dt %d title "%s",' "$work/$name.$index.dat" "$((index / 8 + 1))" "$legend" >>"$work/plot"
		fi
		index=$((index + 1))
	done < <(jq -r '.data.result[].metric | [.endpoint // .ordering, .class] | map(select(. != null)) | join(" ")' "$work/$name.json")
	echo >>"$work/plot"
}

cat >"$work/plot" <<PLOT
set terminal svg size 1200,1000 font "Helvetica,12" background "white"
set output "$work/picture.svg"
set multiplot layout 3,2
set key outside right top Left reverse font ",8" noenhanced samplen 1 spacing 0.8
set grid
set xlabel "seconds"
set yrange [0:*]
PLOT
draw_panel 'Requests per second' requests 1 'calls / s'
draw_panel 'Errors per second' errors 1 'calls / s'
echo 'set logscale y; set yrange [0.01:*]' >>"$work/plot"
draw_panel 'Time, p50' p50 1000 'ms'
draw_panel 'Time, p90' p90 1000 'ms'
draw_panel 'Time, p99' p99 1000 'ms'
echo 'unset logscale y; set yrange [0:*]' >>"$work/plot"
draw_panel 'Queries answered from orderings, per second' orderings 1 'queries / s'
gnuplot "$work/plot"
mv "$work/picture.svg" "$picture"
echo "$picture"
