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
	-c 'ALTER ROLE monitor SET search_path = pg_catalog, pg_temp' \
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

# The expression of a panel's first or second query, with the dashboard's variables filled in.
expression_of()
{
	# shellcheck disable=SC2016
	jq -r --arg title "$1" --argjson n "$2" '.panels[] | select(.title == $title) | .targets[$n].expr // empty' "$here/grafana-dashboard.json" |
		sed 's/\$__rate_interval/10s/g; s/\$endpoint/.+/g'
}

# One colour has one meaning in all panels, and one dash with it for who sees no colours: that of an endpoint or an
# ordering, as it is met first; black and dotted is a target.
colours=('#7f7f7f' '#0072b2' '#d55e00' '#009e73' '#cc79a7' '#8c6d00' '#332288' '#b2182b' '#44aa99' '#6a3d9a' '#8b4513' '#2f6f00' '#004d40' '#e6007e' '#5a5aff' '#a05a00')
declare -A number_of=()
style_of()
{
	[ -n "${number_of[$1]:-}" ] || number_of[$1]=${#number_of[@]}
	[ "${number_of[$1]}" -lt ${#colours[@]} ] || fail "there are more names than colours"
	style="lw 2 dt $((number_of[$1] % 4 + 1)) lc rgb \"${colours[number_of[$1]]}\""
}

# What Prometheus answers for a panel, into NAME.json; how many series are in $found.
query_panel()
{
	curl -s "http://127.0.0.1:$prometheus_port/api/v1/query_range" --data-urlencode "query=$1" \
		--data "start=$start&end=$end&step=2" >"$work/$2.json"
	found=$(jq '.data.result | length' "$work/$2.json")
}

# Writes one series of NAME.json; false if it is nothing but zeros.
write_series()
{
	jq -r --argjson i "$2" --argjson start "$start" --argjson factor "$3" \
		'.data.result[$i].values[] | select(.[1] != "NaN") | "\(.[0] - $start) \((.[1] | tonumber) * $factor)"' "$work/$1.json" >"$work/$1.$2.dat"
	awk '$2 > 0 { found = 1 } END { exit !found }' "$work/$1.$2.dat"
}

# Writes the data of a panel and the gnuplot commands that draw it: its series, and its targets if it has some.
draw_panel()
{
	local title=$1 name=$2 factor=$3 unit=$4 index targets
	local -a names

	query_panel "$(expression_of "$title" 0)" "$name"
	[ "$found" -gt 0 ] || {
		echo "draw.sh: no data for \"$title\"" >&2
		exit 1
	}
	printf 'set label 1 "%s" at graph 0, graph 1.1 left font ":Bold,15" textcolor rgb "#1d2228"\nset format y "%%g%s"\nplot' "$title" "$unit" >>"$work/plot"
	mapfile -t names < <(jq -r '.data.result[].metric | .endpoint // .ordering' "$work/$name.json")
	for index in "${!names[@]}"; do
		style_of "${names[index]}"
		write_series "$name" "$index" "$factor" &&
			printf ' "%s" using 1:2 with lines %s title "%s",' "$work/$name.$index.dat" "$style" "${names[index]}" >>"$work/plot"
	done
	targets=$(expression_of "$title" 1)
	found=0
	[ -z "$targets" ] || query_panel "$targets" "$name-target"
	for ((index = 0; index < found; index++)); do
		write_series "$name-target" "$index" "$factor" &&
			printf ' "%s" using 1:2 with lines lw 2 dt "." lc rgb "#000000" title "target",' "$work/$name-target.$index.dat" >>"$work/plot"
	done
	echo >>"$work/plot"
}

# The names below all panels, in columns: what is drawn, and where it is not obvious, of what.
draw_legend()
{
	local name

	cat >>"$work/plot" <<-PLOT
		unset label; unset tics; unset border; unset grid; unset logscale; unset object; unset margins
		set origin 0, 0; set size 1, 0.14
		set xrange [0:1]; set yrange [0:1]
		set key center center horizontal font ",13" samplen 3 spacing 1.3 width 2 noenhanced Left reverse
		plot \\
	PLOT
	while IFS= read -r name; do
		style_of "$name"
		printf ' NaN with lines %s title "%s",' "$style" "$name" >>"$work/plot"
	done < <(printf '%s\n' "${!number_of[@]}" | LC_ALL=C sort)
	echo ' NaN with lines lw 2 dt "." lc rgb "#000000" title "target"' >>"$work/plot"
}

cat >"$work/plot" <<PLOT
set terminal svg size 1200,1180 font "Helvetica,13" background "white" noenhanced
set output "$work/picture.svg"
set multiplot
unset key
set grid lt 1 lc rgb "#e3e7eb"
set border 1 lc rgb "#8a939c"
set tics nomirror scale 0.6, 0 textcolor rgb "#5b6570"
set ytics scale 0
set lmargin 10; set rmargin 4; set tmargin 4
set format x "%g s"
set xrange [0:$((end - start))]
set yrange [0:*]
PLOT
place=0
next_place()
{
	echo "set origin $((place % 2)) * 0.5, 0.14 + $((2 - place / 2)) * 0.86 / 3; set size 0.5, 0.86 / 3" >>"$work/plot"
	place=$((place + 1))
}
next_place
draw_panel 'Requests per second' requests 1 ''
next_place
draw_panel 'Errors per second' errors 1 ''
echo 'set logscale y; set yrange [0.01:*]' >>"$work/plot"
for percentile in 50 90 99; do
	next_place
	draw_panel "Time, p$percentile" "p$percentile" 1000 ' ms'
done
echo 'unset logscale y; set yrange [0:*]' >>"$work/plot"
next_place
draw_panel 'Queries answered from orderings, per second' orderings 1 ''
draw_legend
echo 'unset multiplot' >>"$work/plot"
gnuplot "$work/plot"
mv "$work/picture.svg" "$picture"
echo "$picture"
