# bingo_bench health: what the views say, in words and pictures, and what to do where they say nothing.
#
# Seen to fail with: met and missed exchanged; the percentile of another column; a name's "<" not escaped; numbers that
# may break; the chart's values that may not shrink on a phone; a setting that has its default's value; the tool's own
# statements among the slowest; advice asked for without HypoPG; what a counter's reads are for those of its plain plan; figures of
# an index to drop; rows drawn by bingo_bench query among the statements, and in advise(); a text that ends where it is
# cut; a long name in a list that does not wrap; a name in a table that leaves no room for the state; figures beside a
# statement on a phone, where nobody sees them; tables and charts that lose their right side on paper; a long name that
# moves figures out of sight; "since" without a time; a stranger's table of snapshots read.
use strict;
use warnings;

use BenchData;
use BrowserPage;
use PostgreSQL::Test::Utils;
use Test::More;
use TunedNode;

my $directory = PostgreSQL::Test::Utils::tempdir();
my $page = "$directory/health.html";
my ($status, $out, $err);

foreach my $case (
	[ 2, qr/health: give the page to write with -o FILE/ ],
	[ 2, qr/health: there is no use for "x"/, '-o', $page, 'x' ],
	[ 1, qr/could not connect/, '-o', $page, '-d', 'host=/nowhere' ])
{
	my ($wanted, $message, @arguments) = @$case;
	($status, $out, $err) = bench('health', @arguments);
	is($status, $wanted, "exit status: $message");
	like($err, $message, "message: $message");
}

# work_mem has its default's value.
my $node = start_node('bench_health', "work_mem = 4MB\nrandom_page_cost = 1.5\nshared_buffers = 32MB\n");

# The page of a database; dies if there is none.
sub health
{
	my ($database, @options) = @_;

	($status, $out, $err) = bench('health', '-d', $node->connstr($database), '-o', $page, @options);
	is($status, 0, "$database: exit status") or diag($err);
	is($err, '', "$database: nothing to complain of");
	my $html = slurp_file($page);
	unlike($html, qr/<script|<link|<iframe|<img|\@import|url\(|(?:href|src)\s*=\s*["'](?!#)/i, "$database: the page loads nothing");
	return $html;
}

($status, $out, $err) = bench('health', '-d', $node->connstr('postgres'), '-o', $page);
is($status, 1, 'no extension: exit status');
like($err, qr/does not have the extension bingo_tune\nSQLSTATE: 55000\nHINT: Type in it: CREATE EXTENSION bingo_tune CASCADE/, 'no extension: what to type');
ok(!-e $page, 'no extension: no page');
$node->safe_psql('postgres', "CREATE EXTENSION pg_stat_statements; CREATE EXTENSION bingo_tune VERSION '1.0'");
($status, $out, $err) = bench('health', '-d', $node->connstr('postgres'), '-o', $page);
is($status, 1, 'an old version: exit status');
like($err, qr/HINT: Type: ALTER EXTENSION bingo_tune UPDATE/, 'an old version: what to type');

# --- a database of which there is nothing to say yet ---

$node->safe_psql('postgres', 'CREATE DATABASE fresh');
$node->safe_psql('fresh', 'CREATE EXTENSION bingo_tune CASCADE');
my $html = health('fresh');
like($html, qr/None is set for this database.*INSERT INTO bingo_tune\.endpoints /s, 'fresh: how to set a service level');
like($html, qr/There are no snapshots\..*INSERT INTO timing_history SELECT bingo_tune\.snapshot\(\);/s, 'fresh: how to take snapshots');
like($html, qr/<h2>Orderings<\/h2>\n<p>There is none/, 'fresh: no ordering');
like($html, qr/<h2>Counters<\/h2>\n<p>There is none/, 'fresh: no counter');
like($html, qr/No advice: the extension HypoPG is missing in this database/, 'fresh: HypoPG is missing');
like($html, qr/<pre>(apt-get install postgresql-\d+-hypopg\n)?CREATE EXTENSION hypopg;/, 'fresh: and what to type');

# --- a shop ---

$node->safe_psql('postgres', 'CREATE DATABASE shop');
my $advice = $node->safe_psql('shop', "SELECT count(*) FROM pg_available_extensions WHERE name = 'hypopg'");
$node->safe_psql('shop', <<'SQL');
CREATE EXTENSION bingo_tune CASCADE;
CREATE TABLE customer (id int PRIMARY KEY, name text NOT NULL, email text NOT NULL);
CREATE TABLE "orders<&>" (id int PRIMARY KEY, customer_id int NOT NULL, placed timestamptz NOT NULL);
INSERT INTO customer SELECT i, 'n' || i % 500, i || '@example.org' FROM generate_series(1, 20000) AS i;
INSERT INTO "orders<&>" SELECT i, 1 + i % 20000, now() - i * interval '1 min' FROM generate_series(1, 3000) AS i;
CREATE INDEX ON "orders<&>" (customer_id);
ANALYZE;
SELECT bingo_tune.create_ordering('by_name', 'SELECT o.id, c.name FROM "orders<&>" AS o JOIN customer AS c
	ON c.id = o.customer_id ORDER BY c.name, o.id', 100);
SELECT bingo_tune.create_ordering('unused', 'SELECT id, placed FROM "orders<&>" ORDER BY placed, id', 100);
SELECT bingo_tune.create_counter('all<&>', 'SELECT count(*) FROM customer');
SELECT bingo_tune.create_counter('unused_count', 'SELECT customer_id, count(*) FROM "orders<&>" GROUP BY customer_id');
CREATE TABLE visit (id int PRIMARY KEY, customer_id int NOT NULL);
INSERT INTO visit SELECT i, i FROM generate_series(1, 100000) AS i;
CREATE INDEX redundant ON visit (customer_id);
CREATE INDEX ON visit (customer_id, id);
VACUUM ANALYZE visit;
INSERT INTO bingo_tune.endpoints (endpoint, example) VALUES
	('GET /orders<&>', 'SELECT o.id FROM "orders<&>" AS o JOIN customer AS c ON c.id = o.customer_id'),
	('GET /customer/{id}', 'SELECT * FROM customer WHERE id = $1'), ('GET /customer?email', 'SELECT * FROM customer WHERE email = $1'),
	('POST /order', 'INSERT INTO "orders<&>" VALUES (1, 1, now())');
INSERT INTO bingo_tune.endpoint_targets (endpoint, fraction, within, max_error_rate) VALUES ('GET /orders<&>', 0.9, 60000, 0.01),
	('GET /customer/{id}', 0.5, 60000, 0.05), ('GET /customer?email', 0.9, 0.001, 0.01), ('POST /order', 0.9, 400, 0.01);
CREATE ROLE clerk LOGIN;
CREATE TABLE history (taken bingo_tune.timing_snapshot[]);
CREATE SCHEMA desk AUTHORIZATION clerk;
SQL
# A stranger's table of snapshots: who plans a query of it runs the function.
$node->safe_psql('shop', <<'SQL', extra_params => [ '-U', 'clerk' ]);
CREATE FUNCTION desk.caught(i integer) RETURNS integer LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RAISE LOG 'caught %', current_user; RETURN i; END $$;
CREATE TABLE desk."Trap<&>" (id integer, taken bingo_tune.timing_snapshot[]);
CREATE INDEX ON desk."Trap<&>" ((id + desk.caught(1)));
SQL
# What made the tables is no traffic.
$node->safe_psql('shop', 'SELECT bingo_tune.reset_timing(), pg_stat_reset(); INSERT INTO history SELECT bingo_tune.snapshot()');
my $traffic = q{SELECT o.id, c.name FROM "orders<&>" AS o JOIN customer AS c ON c.id = o.customer_id ORDER BY c.name, o.id LIMIT 10;
SELECT * FROM customer WHERE email = '7@example.org';
SELECT count(*) FROM customer;
SELECT count(*) FROM visit;
} . join('', map { "SELECT * FROM customer WHERE id = $_;\n" } 1 .. 9);
foreach (1 .. 3)
{
	$node->safe_psql('shop', $traffic x 5);
	$node->psql('shop', 'SELECT 1 / (id - 5) FROM customer WHERE id = 5', on_error_stop => 0);
	$node->safe_psql('shop', 'INSERT INTO history SELECT bingo_tune.snapshot()');
}
write_file("$directory/row.sql", "-- \$1: row customer.email\nSELECT \$1::text\n");
($status) = bench('query', '-d', $node->connstr('shop'), '--repeat=1', "$directory/row.sql");
is($status, 0, 'bingo_bench query');
$node->safe_psql('shop', 'SELECT pg_sleep(0.2), ' . join(', ', map { "1 AS column_$_" } 1 .. 20));
$html = health('shop');
like($html, qr/<p>Snapshots are not read of desk\.&quot;Trap&lt;&amp;&gt;&quot; of clerk\. /, "shop: a stranger's snapshots are not read");
my $log = slurp_file($node->logfile);
like($log, qr/LOG:  caught clerk/, "... though reading would have run the stranger's function");
unlike($log, qr/LOG:  caught (?!clerk)/, '... and that has run with nobody else\'s rights');
like($html, qr/1 of 3 service levels is missed\.<\/span> 1 more has not been called\./, 'shop: how many are met');
like($html, qr/ All calls since \d{4}-\d\d-\d\d \d\d:\d\d UTC count; bingo_tune\.reset_timing\(\) begins anew\./, 'shop: since when');
like($html, qr/<span class="missed">&#10007; missed<\/span>: <b>GET \/customer\?email<\/b>\. 90&nbsp;% of the calls took at most [\d.,]+&nbsp;ms; the target is 0\.001&nbsp;ms\. No call failed; 1&nbsp;% may\./, 'shop: missed by time');
like($html, qr/&#10003; met<\/span>: <b>GET \/orders&lt;&amp;&gt;<\/b>\./, 'shop: met');
like($html, qr/no data<\/span>: <b>POST \/order<\/b>\. The target: 90&nbsp;% of the calls in at most 400&nbsp;ms\. At most 1&nbsp;% may fail\./, 'shop: not called');
$node->safe_psql('shop', q{UPDATE bingo_tune.endpoint_targets SET max_error_rate = 0.02 WHERE endpoint = 'GET /customer/{id}'});
like(health('shop'), qr/missed<\/span>: <b>GET \/customer\/\{id\}<\/b>\. 50&nbsp;% of the calls took at most [\d.]+&nbsp;ms; the target is 60000&nbsp;ms\. 2\.17&nbsp;% of the calls failed; 2&nbsp;% may\./, 'shop: missed by errors');

# The table against the view.
my ($table) = $html =~ m{<table class="stacked" id="endpoints">(.*?)</table>}s;
is(join(' ', $table =~ m{<th>(.*?)</th>}g), 'times in ms calls errors p50 p90 p99 max of all time', 'endpoints: heads');
my @view = map { [ split(/\t/) ] } split(/\n/,
	$node->safe_psql('shop', q{COPY (SELECT endpoint, calls, errors, p50, p90, p99, max FROM bingo_tune.endpoint_timing
		WHERE calls > 0 AND endpoint <> '(other)' ORDER BY p99 DESC, endpoint) TO STDOUT}));
is(scalar(@view), 3, 'endpoints: those with calls');
foreach my $row (@view)
{
	my ($name, @values) = @$row;
	my $escaped = $name =~ s/&/&amp;/gr =~ s/</&lt;/gr =~ s/>/&gt;/gr;
	my ($cells) = $table =~ m{<td>\Q$escaped\E</td>(.*?)</tr>}s;
	my @shown = ($cells // '') =~ m{<td>([^<]*)</td>}g;
	my @wrong = grep { !page_figure($shown[$_] // '', $values[$_]) } 0 .. $#values;

	is_deeply(\@wrong, [], "endpoints: figures of $name") or diag("@shown beside @values");
}
is(join(', ', map { $_->[0] } @view), join(', ', map { s/&lt;/</r =~ s/&gt;/>/r =~ s/&amp;/&/r } grep { !/^everything/ } $table =~ m{<tr><td>(.*?)</td>}g),
	'endpoints: the slowest first');
like($html, qr/<code>SELECT \* FROM customer WHERE email = \$1<\/code>/, 'statements: what clients sent');
like($html, qr/<code>SELECT pg_sleep\(\$1\), [^<]+\.\.\.<\/code>/, 'statements: what is cut says so');
unlike($html, qr/<code>[^<]*(pg_extension|pg_settings|bingo_tune|pg_attribute|bingo_1)/, 'statements: not what the tools sent');
like($html, qr/<tr><td class="words">by_name<\/td><td class="words"><span class="met">&#10003; valid<\/span><\/td><td>[\d,]+<\/td><td>[\d.]+&nbsp;kB<\/td><td>15<\/td><td>150<\/td><td>0<\/td>/, 'orderings: one in use');
like($html, qr/<tr><td class="words">unused<\/td><td class="words"><span class="met">&#10003; valid<\/span>, never used<\/td>/, 'orderings: one without');
like($html, qr/<tr><td class="words">all&lt;&amp;&gt;<\/td><td class="words"><span class="met">&#10003; valid<\/span><\/td><td>1<\/td><td>[\d.]+&nbsp;kB<\/td><td>15<\/td><td>0<\/td><td>0<\/td>/, 'counters: one in use');
like($html, qr/<tr><td class="words">unused_count<\/td><td class="words"><span class="met">&#10003; valid<\/span>, never used<\/td><td>[\d,]+<\/td>/, 'counters: one without');
my ($settings) = $html =~ m{differ from PostgreSQL's defaults</h2>(.*)}s;
like($settings, qr{<td>random_page_cost</td><td class="words">1\.5</td><td class="words">4</td><td class="words">file</td>}, 'settings: one that differs');
like($settings, qr{<td>shared_buffers</td><td class="words">32 MB</td><td class="words">128 MB</td>}, 'settings: with their units');
unlike($settings, qr{work_mem|lc_messages|TimeZone|port|log_}, 'settings: none that does not differ, or says nothing of speed');

# What a role that may see little sees.
like(health('shop', '--title', 'x<y'), qr/<h1>x&lt;y<\/h1>/, 'title');
$node->safe_psql('shop', q{SELECT bingo_tune.drop_ordering('unused'); CREATE EXTENSION hypopg}) if $advice;
{
	local $ENV{PGUSER} = 'clerk';
	$html = health('shop');
	unlike($html, qr/example\.org/, 'clerk: no constants of others');
	unlike($html, qr/This can't be shown/, 'clerk: every section');
}

SKIP:
{
	skip 'hypopg is not installed', 1 unless $advice;
	$node->safe_psql('shop', 'SET bingo_tune.enable_counter_scan = off;' . 'SELECT count(*) FROM customer;' x 60);
	$html = health('shop');
	like($html, qr/<pre>CREATE INDEX CONCURRENTLY ON public\.customer USING btree \(email\)<\/pre>\n<p><b>Expected: [\d.]+&nbsp;ms a call instead of [\d.]+&nbsp;ms<\/b>, by the planner's estimate; size about [\d.]+&nbsp;kB\. For email \(equality\)\.<\/p>/, 'advice: what to type and what it brings');
	like($html, qr/<small>Serves <code>SELECT \* FROM customer WHERE email = \$1<\/code>/, 'advice: for which statement');
	like($html, qr/<pre>SELECT bingo_tune\.create_counter\('visit_count', [^<]*<\/pre>\n<p><b>Expected: 0\.10&nbsp;ms a call instead of [\d.]+&nbsp;ms<\/b>, by what counters took elsewhere\. Counts rows, /, 'advice: a counter');
	like($html, qr/<pre>DROP INDEX CONCURRENTLY public\.redundant<\/pre>\n<p><b>One index less to write<\/b>; size about [\d.]+&nbsp;MB\. [^<]+<\/p>\n<p><small>(They count [^<]*\.)?<\/small>/, 'advice: an index to drop');
	my ($none) = $html =~ m{<h3>Statements for which there is no advice</h3>(.*?)</table>}s;
	like($none, qr/<code>SELECT count\(\*\) FROM customer<\/code>.*?A counter serves it already; mean_ms has its calls before that/, 'no advice: and why');
	unlike($none, qr/bingo_1/, 'no advice: nothing that the tools sent');
	is($node->safe_psql('shop', q{SELECT count(*) FROM bingo_tune.advise(min_share => 0) AS a JOIN bingo_tune.query_timing AS q
		ON q.queryid = ANY (a.serves) WHERE q.query ~ 'bingo_1'}), '0', 'advise(): nor in its rows');
	unlike($html, qr/Expected: -|>-\d/, 'advice: no figure that is not known');
}

# --- an invalid ordering, and a page that can't be written ---

# What it was made of is gone: a worker has taken the window away.
$node->safe_psql('shop', q{CREATE TABLE going (id int PRIMARY KEY, rank int NOT NULL); SELECT bingo_tune.create_ordering('going', 'SELECT id, rank FROM going ORDER BY rank, id', 10)});
$node->safe_psql('shop', 'ALTER TABLE going DROP COLUMN rank');
$node->poll_query_until('shop', q{SELECT state = 'invalid' AND invalid_since IS NULL FROM bingo_tune.orderings WHERE name = 'going'}) or die;
like(health('shop'), qr/<td class="words">going<\/td><td class="words"><span class="missed">&#10007; invalid<\/span>: \S/, 'orderings: invalid, without a time');

$node->append_conf('postgresql.conf', 'bingo_tune.upkeep = off');
$node->reload;
$node->poll_query_until('shop', "SELECT current_setting('bingo_tune.upkeep') = 'off'") or die;
# Names may be as long as names can be.
my $long = '/api/' . 'x' x 58;
my $longer = "$long/" . 'y' x 58;
$node->safe_psql('shop', qq{SELECT bingo_tune.create_ordering('$long', 'SELECT id, placed FROM "orders<&>" ORDER BY placed DESC, id', 100);
	INSERT INTO bingo_tune.endpoints (endpoint, example) VALUES ('GET $longer', 'SELECT name FROM customer WHERE name = \$1');
	INSERT INTO bingo_tune.endpoint_targets (endpoint, fraction, within, max_error_rate) VALUES ('GET $longer', 0.9, 400, 0.01)});
$node->safe_psql('shop', q{SELECT name FROM customer WHERE name = 'nobody'});
$node->safe_psql('shop', 'ALTER TABLE "orders<&>" ALTER COLUMN id TYPE bigint, ALTER COLUMN customer_id TYPE bigint');
like(health('shop'), qr/<span class="missed">&#10007; invalid<\/span> since \d{4}-\d\d-\d\d \d\d:\d\d UTC: \S/, 'orderings: invalid, since when and why');
like(health('shop'), qr/<h2>Counters.*<tr><td class="words">unused_count<\/td><td class="words"><span class="missed">&#10007; invalid<\/span> since \d{4}-\d\d-\d\d \d\d:\d\d UTC: \S/s, 'counters: invalid, since when and why');
($status, $out, $err) = bench('health', '-d', $node->connstr('shop'), '-o', "$directory/absent/x.html");
is($status, 1, 'no folder: exit status');
like($err, qr/could not write ".*absent/, 'no folder: message');

# --- as a browser shows it ---

SKIP:
{
	skip 'no headless browser is installed (package chromium)', 1 unless find_browser();
	$html = health('shop');
	foreach my $case ([ 1280, 0 ], [ 1280, 1 ], [ 420, 0 ], [ 420, 1 ])
	{
		my ($width, $dark) = @$case;
		my $name = "browser, $width wide, " . ($dark ? 'dark' : 'light');
		my ($check) = look_at_page($html, $width, $dark);

		is_deeply($check->{bad}, [], "$name: nothing is cut off, overlaps or is pale") or diag(explain($check->{bad}));
		is($check->{width}, $width, "$name: the width");
		is(!!$check->{dark}, !!$dark, "$name: the ground");
		is($check->{rows}, 5, "$name: a row for each endpoint");
		is($check->{trends}, 5, "$name: each over time");
	}
}

# --- a server that times nothing ---

$node->append_conf('postgresql.conf', "shared_preload_libraries = ''");
$node->restart;
$html = health('shop');
like($html, qr/<h2>Service levels<\/h2>\n<p><span class="missed">This can't be shown:<\/span> .*\n<pre>.*shared_preload_libraries/, 'nothing timed: which line is missing');
like($html, qr/<td class="words">by_name<\/td>/, 'nothing timed: the orderings are there');

$node->stop;
done_testing();
