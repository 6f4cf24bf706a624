# The monitoring files with the real programs: PostgreSQL, postgres_exporter and
# Prometheus on loopback under load.  Every expression of the Grafana dashboard
# and of the rules returns data, every alert fires when its cause is there and
# only then, and the quantiles agree with the SQL views.
#
# Seen red with: a metric's name misspelled in the dashboard or in a rule, seconds
# taken for milliseconds, bounds of another unit, an alert's comparison turned around; a counter's metric misspelled in its alert; two panels in
# one place; a target without its dashes; an exporter's role without its search_path.
use strict;
use warnings;

use File::Basename qw(dirname);
use HTTP::Tiny;
use IPC::Run;
use JSON::PP qw(decode_json);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time usleep);

my $files = dirname(dirname(dirname(__FILE__))) . '/bench/monitoring';

sub find_program
{
	my ($name) = @_;
	my ($path) = grep { -x } map { "$_/$name" } split(/:/, $ENV{PATH}), '/usr/bin';
	plan skip_all => "$name is not installed; apt-get install prometheus prometheus-postgres-exporter" unless $path;
	return $path;
}

my $exporter = find_program('prometheus-postgres-exporter');
my $prometheus = find_program('prometheus');
my $promtool = find_program('promtool');

my $node = PostgreSQL::Test::Cluster->new('main');
my $directory = PostgreSQL::Test::Utils::tempdir();
my $http = HTTP::Tiny->new(timeout => 20);
my $exporter_port = PostgreSQL::Test::Cluster::get_free_port();
my $prometheus_port = PostgreSQL::Test::Cluster::get_free_port();
my %programs;

END
{
	my $status = $?;			# ending the programs changes it
	$_->kill_kill(grace => 1) for values %programs;
	$? = $status;
}

sub start_program
{
	my ($name, @command) = @_;
	open my $log, '>', "$directory/$name.log" or die $!;
	$programs{$name} = IPC::Run::start(\@command, '<', \undef, '>', $log, '2>&1');
	return;
}

# Waits until a function returns true, as poll_query_until() does.
sub wait_for
{
	my ($what, $condition) = @_;
	for (1 .. 10 * $PostgreSQL::Test::Utils::timeout_default)
	{
		my $result = $condition->();
		return $result if $result;
		usleep(100_000);
	}
	diag(slurp_file("$directory/$_.log")) for keys %programs;
	die "timed out: $what";
}

# The answer of Prometheus to an expression: [labels, value]...
sub ask
{
	my ($expression) = @_;
	my $reply = $http->post_form("http://127.0.0.1:$prometheus_port/api/v1/query", { query => $expression });
	return () if $reply->{status} == 599 || $reply->{status} == 503;	# not up yet
	my $answer = decode_json($reply->{content});

	if ($answer->{status} ne 'success')
	{
		diag("$expression: $answer->{error}");
		return ();
	}
	return grep { $_->[1] ne 'NaN' } map { [ $_->{metric}, $_->{value}[1] ] } @{ $answer->{data}{result} };
}

# --- a server with every kind of statement ---

$node->init;
$node->append_conf('postgresql.conf', <<'CONF');
shared_preload_libraries = 'pg_stat_statements,bingo_tune'
bingo_tune.max_queries = 100
autovacuum = off
log_statement = none
CONF
$node->start;
my $LIST = 'SELECT sessions.id, movies.name FROM sessions INNER JOIN customers ON sessions.customer_id = customers.id'
  . ' INNER JOIN movies ON sessions.movie_id = movies.id'
  . ' ORDER BY movies.year DESC, movies.name ASC, customers.id, sessions.id DESC';
$node->safe_psql('postgres', <<"SQL");
CREATE TABLE movies (id integer NOT NULL, name varchar NOT NULL, year integer NOT NULL, duration integer NOT NULL);
CREATE TABLE customers (id integer NOT NULL, name varchar(80) NOT NULL, surname varchar(80) NOT NULL,
	birthday date NOT NULL, email varchar(256) NOT NULL);
CREATE TABLE sessions (id bigint NOT NULL, start_time timestamp NOT NULL, customer_id integer NOT NULL, movie_id integer NOT NULL);
INSERT INTO movies SELECT i, 'm' || i, 1900 + i, 90 FROM generate_series(1, 100) AS i;
INSERT INTO customers SELECT i, 'n', 's', '2000-01-01', 'e' FROM generate_series(1, 100) AS i;
INSERT INTO sessions SELECT i, '2020-01-01', i % 100 + 1, i % 100 + 1 FROM generate_series(1, 1000) AS i;
CREATE INDEX ON sessions (customer_id);
ANALYZE;
CREATE EXTENSION bingo_tune CASCADE;
SELECT count(*) FROM bingo_tune.apply();
SELECT bingo_tune.create_ordering('session_list', '$LIST', 500);
SELECT bingo_tune.create_ordering('unused', replace('$LIST', ', movies.name FROM', ' FROM'), 500);
UPDATE bingo_tune.endpoint_targets SET fraction = CASE endpoint WHEN 'GET /db_dummy' THEN 0.5 ELSE 0.99 END
WHERE endpoint IN ('GET /db_dummy', 'GET /api/session/{id}');
SELECT bingo_tune.create_counter('session_count', 'SELECT count(*) FROM sessions');
SELECT bingo_tune.create_counter('unused_count', 'SELECT customer_id, count(*) FROM sessions GROUP BY customer_id');
CREATE ROLE monitor LOGIN IN ROLE pg_monitor;
ALTER ROLE monitor SET search_path = pg_catalog, pg_temp;
-- What the exporter's queries would take with another search_path: 1,000 is an integer.
CREATE FUNCTION planted(float8, integer) RETURNS float8 LANGUAGE plpgsql AS \$\$ BEGIN RAISE 'planted'; END \$\$;
CREATE OPERATOR / (LEFTARG = float8, RIGHTARG = integer, FUNCTION = planted);
SELECT bingo_tune.reset_timing();
SQL

# --- the files as their own programs judge them ---

command_ok([ $promtool, 'check', 'rules', "$files/prometheus-rules.yml" ], 'promtool accepts the rules');
command_ok([ $promtool, 'check', 'config', "$files/prometheus.yml" ], 'promtool accepts the configuration');
my $dashboard = decode_json(slurp_file("$files/grafana-dashboard.json"));

# The dashboard as Grafana's schema wants it (@grafana/schema 11), and as people read it: places that don't overlap, an
# endpoint of one colour everywhere, targets and limits as dashed lines of a colour of their own.
my (%places, %ids);
foreach my $panel (@{ $dashboard->{panels} })
{
	my ($x, $y, $w, $h) = @{ $panel->{gridPos} }{qw(x y w h)};
	my @squares = map { my $column = $_; map { "$column,$_" } $y .. $y + $h - 1 } $x .. $x + $w - 1;
	my @others = grep { $_->{matcher}{id} eq 'byRegexp' } @{ $panel->{fieldConfig}{overrides} };
	my @lines = grep { $_->{legendFormat} =~ /^(?:target|limit) / } @{ $panel->{targets} };

	ok(!$ids{ $panel->{id} }++, "$panel->{title}: a number of its own");
	ok($x + $w <= 24 && !grep({ $places{$_}++ } @squares), "$panel->{title}: a place of its own");
	is(join(' ', map { $_->{refId} } @{ $panel->{targets} }), join(' ', ('A', 'B')[ 0 .. $#{ $panel->{targets} } ]), "$panel->{title}: queries have names");
	is(scalar(grep { $_->{datasource}{uid} ne '${datasource}' } $panel, @{ $panel->{targets} }), 0, "$panel->{title}: the chosen source");
	next if $panel->{type} ne 'timeseries';
	is($panel->{fieldConfig}{defaults}{color}{mode}, 'palette-classic-by-name', "$panel->{title}: a colour for a name");
	is(scalar @others, scalar @lines, "$panel->{title}: targets are lines of their own");
	next if !@lines;
	like($lines[0]{legendFormat}, qr/$1/, "$panel->{title}: these") if $others[0]{matcher}{options} =~ m{^/(.*)/$};
	is(join(' ', sort map { $_->{id} } @{ $others[0]{properties} }), 'color custom.lineStyle custom.lineWidth', "$panel->{title}: dashed");
}

# --- exporter and Prometheus ---

{
	local $ENV{DATA_SOURCE_NAME} = 'user=monitor host=' . $node->host . ' port=' . $node->port . ' dbname=postgres sslmode=disable';
	# Its own collectors, whose names depend on its version, would only add queries.
	my @without = map { "--no-$_" } qx{$exporter --help 2>&1} =~ /^ *--(?:\[no-\])?(collector\.\w+)(?![\w.])/mg;
	start_program('exporter', $exporter, "--web.listen-address=127.0.0.1:$exporter_port",
		"--extend.query-path=$files/postgres_exporter.yaml", '--disable-default-metrics', '--disable-settings-metrics',
		@without);
}
my $scraped = wait_for('metrics', sub {
	my $reply = $http->get("http://127.0.0.1:$exporter_port/metrics");
	return $reply->{success} && $reply->{content} =~ /^bingo_/m && $reply->{content};
});
like($scraped, qr/^bingo_endpoint_seconds_bucket\{endpoint="GET \/api\/movie",.*le="\+Inf"\} 0$/m, 'endpoints are there before their calls');
like($scraped, qr/^pg_exporter_last_scrape_error 0$/m, 'the exporter has no complaint');
unlike($scraped, qr/^bingo_\S+ NaN$/m, 'no metric without a value');

# The shipped files, but for the times and the ports.  A scrape that takes longer than
# the interval is none, and a slow server takes its time.
my $began = time;
$http->get("http://127.0.0.1:$exporter_port/metrics");
my $interval = 1 + int(3 * (time - $began));
my $config = slurp_file("$files/prometheus.yml");
$config =~ s/15s/${interval}s/g;
$config =~ s/127\.0\.0\.1:9187/127.0.0.1:$exporter_port/;
my $rules = slurp_file("$files/prometheus-rules.yml");
$rules =~ s/^(\s+for:) \S+/$1 0s/mg;
append_to_file("$directory/prometheus.yml", $config);
append_to_file("$directory/prometheus-rules.yml", $rules);
start_program('prometheus', $prometheus, "--config.file=$directory/prometheus.yml", "--storage.tsdb.path=$directory/tsdb",
	"--web.listen-address=127.0.0.1:$prometheus_port");
wait_for('a first scrape', sub { scalar ask('bingo_endpoint_seconds_count') });

# Names of the alerts that fire now.
sub firing
{
	return join(' ', sort map { $_->[0]{alertname} } ask('sum by (alertname) (ALERTS{alertstate="firing"})'));
}

is(firing(), '', 'no alert fires at rest');

# --- load: each endpoint, some failing, other errors, more queries than kept ---

my $load = join('', map { "$_;\n" } (
		"SELECT movies.id FROM movies WHERE movies.id IN (5)", 'SELECT id FROM movies ORDER BY year LIMIT 100000',
		'SELECT id FROM customers WHERE customers.id = 7', 'SELECT id FROM customers ORDER BY surname LIMIT 100000',
		'SELECT sessions.id FROM sessions, customers, movies WHERE sessions.customer_id = customers.id'
		  . ' AND sessions.movie_id = movies.id AND sessions.id = 3',
		"$LIST LIMIT 400", "$LIST LIMIT 800", 'SELECT pg_sleep(0.002)', 'SELECT count(*) FROM sessions',
		"INSERT INTO sessions (id, start_time, customer_id, movie_id) VALUES (5000, now(), 1, 1) RETURNING id",
		'DELETE FROM sessions WHERE id = 5000'));
my $rounds = 40;
$node->safe_psql('postgres', $load x $rounds);
my $calls = $rounds;

# The views' figures are what Prometheus has seen, once it has scraped them.
wait_for('all calls scraped', sub { my ($r) = ask('bingo_endpoint_seconds_count{endpoint="DELETE /api/session/{id}"}'); $r && $r->[1] == $calls });
wait_for('rates', sub { scalar ask('endpoint:bingo_requests:rate1m{endpoint="GET /db_dummy"} > 0') });
my $views = decode_json($node->safe_psql('postgres', <<'SQL'));
SELECT json_object_agg(endpoint, json_build_object('calls', calls, 'total', total, '0.5', p50, '0.9', p90, '0.99', p99,
	'bounds', bounds)) FROM bingo_tune.endpoint_timing, (SELECT array_agg(b) AS bounds FROM unnest(bingo_tune.monitoring_bounds()) AS b) AS m
WHERE endpoint <> '(other)'
SQL
is(scalar keys %$views, 9, 'nine endpoints');
my %seen;
$seen{count}{ $_->[0]{endpoint} } = $_->[1] for ask('bingo_endpoint_seconds_count');
$seen{sum}{ $_->[0]{endpoint} } = $_->[1] for ask('bingo_endpoint_seconds_sum');
for my $fraction (qw(0.5 0.9 0.99))
{
	$seen{$fraction}{ $_->[0]{endpoint} } = $_->[1]
	  for ask("histogram_quantile($fraction, sum by (endpoint, le) (bingo_endpoint_seconds_bucket))");
}
for my $endpoint (sort keys %$views)
{
	my $view = $views->{$endpoint};

	is($seen{count}{$endpoint}, $view->{calls}, "$endpoint: calls");
	ok(abs($seen{sum}{$endpoint} * 1000 - $view->{total}) < 0.001, "$endpoint: sum of the times");
	for my $fraction (qw(0.5 0.9 0.99))
	{
		# Prometheus interpolates within a bucket of ours: the view's value is in the same one.  The
		# longest time of all may be a bound itself, and so in the bucket that ends there.
		my ($lower) = grep { $_ < $view->{$fraction} } reverse 0, @{ $view->{bounds} };
		my ($upper) = grep { $_ > $view->{$fraction} } @{ $view->{bounds} };
		my $milliseconds = ($seen{$fraction}{$endpoint} // -1) * 1000;
		ok($milliseconds >= $lower - 0.001 && $milliseconds <= $upper + 0.001, "$endpoint: quantile $fraction")
		  or diag("$milliseconds is not within $lower and $upper as $view->{$fraction} is");
	}
}
is(firing(), '', 'no alert fires while all is well');

# --- every cause of an alert ---

# Upkeep would make the ordering valid again, maybe before a scrape has seen it.
$node->append_conf('postgresql.conf', 'bingo_tune.upkeep = off');
$node->reload;
$node->poll_query_until('postgres', "SELECT current_setting('bingo_tune.upkeep') = 'off'
	AND NOT EXISTS (SELECT FROM pg_stat_activity WHERE backend_type LIKE 'bingo_tune%')")
  or die 'upkeep does not end';
$node->safe_psql('postgres', <<'SQL');
UPDATE bingo_tune.endpoint_targets SET within = 0.001 WHERE endpoint = 'GET /api/movie/{id}';
INSERT INTO pg_description SELECT format('bingo_tune.window_%s', ordering_id)::regclass, 'pg_class'::regclass, -1000, '0 test'
	FROM (SELECT * FROM bingo_tune.ordering_states() UNION ALL SELECT * FROM bingo_tune.ordering_states(true)) AS s WHERE name IN ('unused', 'unused_count');
SQL
$node->psql('postgres', "SELECT id / 0 FROM customers WHERE id = 7;\n" x 5, on_error_stop => 0);
# What is evicted is forgotten, its errors with it.
wait_for('errors scraped', sub { scalar ask('bingo_endpoint_limit_errors_total{endpoint="GET /api/customer/{id}"} > 0') });
$node->psql('postgres', 'SELECT nonsense');
$node->safe_psql('postgres', join(';', map { 'SELECT ' . join(',', (1) x $_) } 1 .. 120));
$node->safe_psql('postgres', $load x $rounds);

# An alert on a rate fires while load goes on.
my @alerts = $rules =~ /- alert: (\S+)/g;
my $expected = join(' ', sort grep { $_ ne 'BingoDatabaseDown' } @alerts);
wait_for('alerts', sub { $node->safe_psql('postgres', $load); firing() eq $expected });
is(firing(), $expected, 'each alert fires');
is(join(' ', map { $_->[0]{endpoint} } ask('ALERTS{alertname="BingoEndpointSlow"}')), 'GET /api/movie/{id}', 'which endpoint is slow');
is(join(' ', map { $_->[0]{endpoint} } ask('ALERTS{alertname="BingoEndpointFails"}')), 'GET /api/customer/{id}', 'which endpoint fails');
is(join(' ', map { $_->[0]{ordering} } ask('ALERTS{alertname="BingoOrderingInvalid"}')), 'unused', 'which ordering is invalid');
is(join(' ', map { $_->[0]{counter} } ask('ALERTS{alertname="BingoCounterInvalid"}')), 'unused_count', 'which counter is invalid');

# --- every expression ---

my @expressions;
my ($variable) = grep { $_->{type} eq 'query' } @{ $dashboard->{templating}{list} };
my ($metric, $label) = $variable->{query}{query} =~ /^label_values\((\w+), (\w+)\)$/;
push @expressions, [ 'variable', "count by ($label) ($metric)" ];
for my $panel (@{ $dashboard->{panels} })
{
	push @expressions, [ $panel->{title}, $_->{expr} ] for @{ $panel->{targets} };
}
my $groups = decode_json($http->get("http://127.0.0.1:$prometheus_port/api/v1/rules")->{content});
for my $rule (map { @{ $_->{rules} } } @{ $groups->{data}{groups} })
{
	push @expressions, [ $rule->{name}, $rule->{query} ] if $rule->{name} ne 'BingoDatabaseDown';
	is($rule->{health}, 'ok', "rule $rule->{name} is evaluated") or diag($rule->{lastError});
}
cmp_ok(scalar @expressions, '>=', 30, 'expressions were found');
for (@expressions)
{
	my ($title, $expression) = @$_;
	$expression =~ s/\$__rate_interval/1m/g;
	$expression =~ s/\$endpoint/.+/g;
	unlike($expression, qr/\$/, "$title: no variable is left");
	ok(scalar ask($expression), "$title: data") or diag($expression);
}
my ($served) = ask('bingo_ordering_scans_total{ordering="session_list"}');
cmp_ok($served->[1], '>', 0, 'the use of the ordering is seen');
my ($counted) = ask('bingo_counter_reads_total{counter="session_count"} - bingo_counter_reads_behind_total');
cmp_ok($counted->[1], '>', 0, 'the use of the counter is seen');

# --- the database goes away ---

$node->stop('immediate');
wait_for('the alert', sub { firing() =~ /BingoDatabaseDown/ });
pass('a database that is down raises its alert');

done_testing();
