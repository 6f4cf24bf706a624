# bingo_bench report: a page that stands alone, shows the JSON's figures, and looks right in a real browser.
#
# Seen to fail with: "before" missing in the words; a target not found in the documents; no dark colours; p90 shown in the
# place of p50; the key drawn below the axis' label (texts overlap); a table wider than the page; a name's "<" not escaped;
# a style sheet from the network; the page written in place although a picture failed; a setting's value that is not
# broken; the connection's own encoding among the settings; an axis of ratios in halves as far as 0.000976562; a ratio of
# 0.000; an endpoint's name in each row of the comparison; values below one another that don't stand in columns; a
# table that ends at the edge of its box as if there were no more of it; "too few calls" where each took less; "took less" of two calls, or with one that did not.
use strict;
use warnings;

use BenchData;
use BrowserPage;
use JSON::PP;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $directory = PostgreSQL::Test::Utils::tempdir();
my ($status, $out, $err);

# What needs neither gnuplot nor a browser.
my $half = write_file("$directory/half.json", '{"format":"bingo_bench","version":1,');
foreach my $case (
	[ 2, qr/no FILE given/, '-o', 'x' ],
	[ 2, qr/give the page to write with -o FILE/, $half ],
	[ 2, qr/16 files at most/, '-o', 'x', ($half) x 17 ],
	[ 1, qr/half\.json: not a complete JSON document/, '-o', "$directory/x.html", $half ],
	[ 1, qr/could not open ".*absent"/, '-o', "$directory/x.html", 'absent' ])
{
	my ($wanted, $message, @arguments) = @$case;
	($status, $out, $err) = bench('report', @arguments);
	is($status, $wanted, "exit status: $message");
	like($err, $message, "message: $message");
}
ok(!-e "$directory/x.html", 'no page after an error');

my $node = PostgreSQL::Test::Cluster->new('bench_report');
$node->init;
# A value of one long word.
$node->append_conf('postgresql.conf', "ssl_ciphers = 'HIGH:MEDIUM:!aNULL:!eNULL:!LOW:!EXPORT:!SSLv2:!MD5:!RC4:!DES:!3DES'");
$node->start;
fill_bingo($node);
my $odd = write_file("$directory/a<b&c.sql", "SELECT 1 / (random() > 0.3)::int\n");
my $mix = write_file("$directory/mix.conf",
	join('', map { "$workloads/$_.sql 1\n" } qw(get_session get_movie get_customer_list)) . "a<b&c.sql 1\n");
my $level = write_file("$directory/level.conf", "get_movie p90<10000ms rate>=100000\n");
foreach my $name (qw(first second))
{
	($status, $out, $err) = bench('load', '-d', $node->connstr('postgres'), '-q', '--rate=100', '--duration=3', '--warmup=0',
		'--mix', $mix, '--service-level', $level, '--json', "$directory/$name.json");
	is($status, 3, "load: $name") or diag($err);
}
bench('query', '-d', $node->connstr('postgres'), '--json', "$directory/query.json", "$workloads/get_movie_list.sql");
bench('compare', '--json', "$directory/compare.json", "$directory/first.json", "$directory/second.json");

# gnuplot absent: the message says which package has it.
my $page = "$directory/report.html";
{
	local $ENV{PATH} = find_program('bingo_bench') =~ s{/[^/]*$}{}r;
	($status, $out, $err) = bench('report', '-o', $page, "$directory/first.json");
	is($status, 1, 'gnuplot absent: exit status');
	like($err, qr/gnuplot can't be started.*\nSQLSTATE: 58000\nHINT: .*gnuplot-nox/, 'gnuplot absent: message and package');
	ok(!-e $page, 'gnuplot absent: no page');
}

SKIP:
{
	skip 'gnuplot is not installed (package gnuplot-nox)', 1 unless find_program('gnuplot');

	my @files = map { "$directory/$_.json" } qw(first second query compare);
	($status, $out, $err) = bench('report', '--title', 'Run <1>', '-o', $page, @files);
	is($status, 0, 'page: exit status') or diag($err);
	my $html = slurp_file($page);
	unlike($html, qr/<script|<link|<iframe|<img|\@import|url\(|(?:href|src)\s*=\s*["'](?!#)/i, 'page: loads nothing');
	like($html, qr/<title>Run &lt;1&gt;<\/title>/, 'page: title is escaped');
	like($html, qr/<td>a&lt;b&amp;c<\/td>/, 'page: names are escaped');
	is(scalar(() = $html =~ /<svg/g), 2 * 5 + 1 + 2, 'page: five pictures of a load, one of a query, one of each comparison');

	# A picture that can't be drawn leaves the good page alone.
	my $bin = "$directory/bin";
	mkdir($bin);
	write_file("$bin/gnuplot", "#!/bin/sh\ntest \"\$1\" = --version\n");
	chmod(0755, "$bin/gnuplot");
	{
		local $ENV{PATH} = "$bin:$ENV{PATH}";
		($status, $out, $err) = bench('report', '-o', $page, $files[0]);
		is($status, 1, 'a picture fails: exit status');
		like($err, qr/gnuplot could not draw a picture/, 'a picture fails: message');
		is(slurp_file($page), $html, 'a picture fails: the former page stays');
	}

	skip 'no headless browser is installed (package chromium)', 1 unless find_browser();

	my $dom;
	foreach my $case ([ 1280, 0 ], [ 1280, 1 ], [ 420, 0 ], [ 420, 1 ])
	{
		my ($width, $dark) = @$case;
		my $name = "browser, $width wide, " . ($dark ? 'dark' : 'light');
		my ($check, $shown) = look_at_page($html, $width, $dark);

		is_deeply($check->{bad}, [], "$name: nothing is cut off, overlaps or is pale") or diag(explain($check->{bad}));
		is($check->{width}, $width, "$name: the width");
		is(!!$check->{dark}, !!$dark, "$name: the ground");
		is($check->{drawn}, 13, "$name: every picture shows something");
		is($check->{rows}, 4, "$name: an endpoint a row of the chart");
		$dom = $shown if $width > 1000 && !$dark;
	}
	like($html, qr{<li><b>GET /api/movie/\{id\}</b>: .*ms before, .*ms after\.</li>}, 'the difference in words');
	like($html, qr{<div class="name">GET /api/movie/\{id\} <small>target 10000&nbsp;ms</small>}, 'the chart has the target');
	like($html, qr{<td>GET /api/session/\{id\}</td>}, 'endpoints are called as the application does');

	# Hundreds of times as fast: the axis' figures can be read all the same.
	my $far = read_json("$directory/compare.json");
	@{$_}{qw(ratio low high)} = (0.0013, 0.0012, 0.0015) foreach @{ $far->{rows} };
	write_file("$directory/far.json", JSON::PP->new->encode($far));
	bench('report', '-o', "$directory/far.html", "$directory/far.json");
	my @ticks = slurp_file("$directory/far.html") =~ /<text>\s*([\d.]+)<\/text>/g;
	cmp_ok(scalar(@ticks), '>=', 3, 'far apart: the axis has figures');
	is(join(' ', grep { /\.0*[1-9]\d{2}/ } @ticks), '', 'far apart: none of them has three digits');

	like(slurp_file("$directory/far.html"), qr{rows\.0\.low">0\.0012</td>}, 'far apart: a ratio near zero has its digits');
	is(scalar(() = $html =~ m{<td rowspan="\d">GET /api/movie/\{id\}</td>}g), 2, 'comparisons: an endpoint\'s name stands once');

	# Few calls: no interval, but what was seen is said.
	my $few = read_json("$directory/query.json");
	foreach my $case ([ 'each call after took less than any before, too few to say how much', [ 30, 31, 32 ], [ 1, 2, 29 ] ],
		[ 'each call after took more than any before, too few to say how much', [ 1, 2, 3 ], [ 4, 5, 6 ] ],
		[ 'too few calls to say', [ 30, 31, 32 ], [ 1, 2, 30 ] ], [ 'too few calls to say', [ 2, 3 ], [ 1, 1.5, 1 ] ])
	{
		my ($words, @samples) = @$case;
		foreach my $side (0, 1)
		{
			$few->{endpoints}[0]{samples_ms} = $samples[$side];
			write_file("$directory/few-$side.json", JSON::PP->new->encode($few));
		}
		bench('compare', '--json', "$directory/few.json", map { "$directory/few-$_.json" } 0, 1);
		bench('report', '-o', "$directory/few.html", map { "$directory/$_.json" } qw(few-0 few-1 few));
		like(slurp_file("$directory/few.html"), qr{<li><b>[^<]*</b>: \Q$words\E \(50 of each run would do\): .* before, .* after\.</li>}, "few calls: $words");
	}

	# Each figure on the page equals the JSON's.
	my @documents = map { read_json($_) } @files;
	is(join(' ', grep { /client_encoding|text_search/ } keys %{ $documents[0]{server}{settings} }), '', 'settings: none that says nothing of speed');
	my ($figures, @wrong) = (0);
	my %seen;
	while ($dom =~ m{<td data-document="(-?\d+)" data-path="([^"]*)">([^<]*)</td>}g)
	{
		my ($document, $path, $shown) = ($1, $2, $3);
		next if $document < 0;
		my $value = $documents[$document];
		$value = ref $value eq 'ARRAY' ? $value->[$_] : $value->{$_} foreach split(/\./, $path);
		$figures++;
		$seen{$path} = 1 if $document == 0;
		push @wrong, "$files[$document] $path: $shown, not $value" if !page_figure($shown, $value);
	}
	is_deeply(\@wrong, [], 'browser: every figure equals the JSON\'s');
	cmp_ok($figures, '>', 150, 'browser: figures compared');

	# By column: the head says what the cell holds.
	my %column = (p50 => 'p50_ms', p90 => 'p90_ms', p99 => 'p99_ms', 'p99.9' => 'p999_ms', max => 'max_ms', calls => 'calls',
		errors => 'errors', 'calls/s' => 'rate');
	my ($table) = $dom =~ m{(<tr><th>endpoint \(ms\)</th><th>calls</th>.*?</table>)}s;
	my @heads = $table =~ m{<th>([^<]*)</th>}g;
	my @rows = $table =~ m{<tr><td>(.*?)</tr>}sg;
	foreach my $row (0 .. $#rows)
	{
		my @cells = split(/<td/, $rows[$row]);
		my @misplaced = grep { $column{ $heads[$_] } && $cells[$_] !~ /data-path="endpoints\.$row\.\Q$column{ $heads[$_] }\E"/ } 1 .. $#heads;
		is_deeply(\@misplaced, [], "endpoint $row: cells stand under their heads");
	}
	is(scalar(@rows), 4, 'a row for each endpoint');
	like($dom, qr{<td>22012</td><td data-document="0" data-path="endpoints\.3\.sqlstates\.22012">}, 'errors by SQLSTATE are shown');
	like($dom, qr{<td class="met">met</td>}, 'a service level met');
	like($dom, qr{<td class="missed">missed</td>}, 'a service level missed');
}

$node->stop;
done_testing();
