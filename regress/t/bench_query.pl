# bingo_bench query: the exact text reaches the server, the figures are what they say, and errors are reported.
#
# Seen to fail with: the newline kept at the end of the statement's text; draws one above the range; bytes counted of
# the first column only; ranks rounded down; the same seed for every statement.
use strict;
use warnings;

use BenchData;
use JSON::PP;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $session_columns = 'sessions.id, sessions.start_time, customers.id, customers.name, customers.surname, '
  . 'customers.birthday, customers.email, movies.id, movies.name, movies.year, movies.duration';
my $session_joins = 'FROM sessions INNER JOIN customers ON sessions.customer_id = customers.id '
  . 'INNER JOIN movies ON sessions.movie_id = movies.id';
my $session_order = 'ORDER BY movies.year DESC, movies.name ASC, customers.id, sessions.id DESC LIMIT 100000';
my $customer = 'SELECT customers.id, customers.name, customers.surname, customers.birthday, customers.email FROM customers';
my $customer_order = 'ORDER BY customers.surname ASC, customers.name ASC, customers.birthday DESC, customers.id DESC LIMIT 100000';
my $movie = 'SELECT movies.id, movies.name, movies.year, movies.duration FROM movies';
my $movie_order = 'ORDER BY movies.year DESC, movies.name ASC, movies.id DESC LIMIT 100000';

my %statements = (
	get_session_list => "SELECT $session_columns $session_joins $session_order",
	get_session => "SELECT $session_columns $session_joins WHERE sessions.id IN (\$1) $session_order",
	get_customer_list => "$customer $customer_order",
	get_customer => "$customer WHERE customers.id IN (\$1) $customer_order",
	get_movie_list => "$movie $movie_order",
	get_movie => "$movie WHERE movies.id IN (\$1) $movie_order",
	db_dummy => 'SELECT pg_sleep(0.1)',
	post_session => 'INSERT INTO sessions (start_time, customer_id, movie_id) VALUES ($1, $2, $3) RETURNING id',
	delete_session => 'DELETE FROM sessions WHERE sessions.id = $1');
my @files = map { "$workloads/$_.sql" } sort keys %statements;

my $node = PostgreSQL::Test::Cluster->new('bench_query');
$node->init;
$node->append_conf('postgresql.conf', "log_statement = all\nlog_line_prefix = '<%m> '");
$node->start;
my $directory = PostgreSQL::Test::Utils::tempdir();
my $dsn = $node->connstr('postgres');
my @server = ('-d', $dsn);
my ($status, $out, $err, $document);

is_deeply([ sort map { s{.*/}{}r } glob("$workloads/*.sql") ], [ map { "$_.sql" } sort keys %statements ],
	'one workload file for each endpoint');

# Empty tables: no range to draw from.
$node->safe_psql('postgres', 'CREATE TABLE movies (id int, name text, year int, duration int)');
($status, $out, $err) = bench('query', @server, "$workloads/get_movie.sql");
is($status, 1, 'empty table: exit status');
like($err, qr/table "movies" is empty.*\nSQLSTATE: 02000\nHINT: .*bingo_load/, 'empty table: message and hint');
$node->safe_psql('postgres', 'DROP TABLE movies');

fill_bingo($node);

# The exact text, by protocol.
foreach my $protocol (qw(extended prepared simple))
{
	my $offset = -s $node->logfile;
	($status, $out, $err) = bench('query', @server, '--protocol', $protocol, '--warmup=0', '--repeat=1', @files);
	my $log = slurp_file($node->logfile, $offset);

	is($status, 0, "$protocol: every endpoint's statement runs") or diag($err);
	foreach my $name (sort keys %statements)
	{
		my $tag =
		    $protocol eq 'extended' ? 'execute <unnamed>: '
		  : $protocol eq 'prepared' ? "execute $name: "
		  :                           'statement: ';
		my $wanted = quotemeta($statements{$name});
		$wanted =~ s/\\\$\d/(?:'[^']*'|\\d+)/g if $protocol eq 'simple';
		like($log, qr/^<[^>]*> LOG:  \Q$tag\E$wanted\n(?!\t)/m, "$protocol: exact text of $name");
	}
}

# Figures and JSON.
($status, $out, $err) = bench('query', @server, '--repeat=7', '--warmup=1', '--json=-', "$workloads/get_movie_list.sql");
is($status, 0, 'JSON: exit status');
$document = decode_json($out);
my $endpoint = $document->{endpoints}[0];
my @sorted = sort { $a <=> $b } @{ $endpoint->{samples_ms} };
is($endpoint->{statement}, $statements{get_movie_list}, 'JSON: statement');
is(scalar(@sorted), 7, 'JSON: one sample a timed run');
is($endpoint->{n}, 7, 'JSON: n');
is($endpoint->{median_ms}, $sorted[3], 'JSON: median of seven is the fourth');
is($endpoint->{p90_ms}, $sorted[6], 'JSON: p90 of seven is the last');
is($endpoint->{min_ms}, $sorted[0], 'JSON: min');
is($endpoint->{max_ms}, $sorted[6], 'JSON: max');
is($endpoint->{rows}, 50, 'JSON: rows');
is( $endpoint->{bytes},
	$node->safe_psql(
		'postgres',
		'SELECT sum(length(id::text) + length(name) + length(year::text) + length(duration::text)) FROM movies'),
	'JSON: bytes of the values as text');
like($err, qr/^get_movie_list +7 +[\d.]+ +[\d.]+ +[\d.]+ +[\d.]+ +[\d.]+ +50 +$endpoint->{bytes}$/m, 'table on stderr');
($status, $out) = bench('query', @server, '--repeat=11', '--json=-', "$workloads/get_movie.sql");
$endpoint = decode_json($out)->{endpoints}[0];
@sorted = sort { $a <=> $b } @{ $endpoint->{samples_ms} };
is($endpoint->{p90_ms}, $sorted[9], 'JSON: p90 of eleven is the tenth');
is($endpoint->{p99_ms}, $sorted[10], 'JSON: p99 of eleven is the last');

($status, $out) = bench('query', @server, '--format=binary', '--repeat=1', '--json=-', "$workloads/get_movie_list.sql");
is(decode_json($out)->{endpoints}[0]{bytes},
	$node->safe_psql('postgres', 'SELECT sum(12 + octet_length(name)) FROM movies'), 'binary: bytes of the values');

# Draws stay within the range, and reach both ends of a small one.
$node->safe_psql('postgres', 'CREATE TABLE few (id int); INSERT INTO few VALUES (-1), (0), (1); CREATE TABLE seen (id int)');
my $draw = write_file("$directory/draw.sql", "-- any words\n-- \$1: few.id\nINSERT INTO seen VALUES (\$1)\n\n");
($status, $out, $err) = bench('query', @server, '--repeat=100', $draw);
is($status, 0, 'draws') or diag($err);
is($node->safe_psql('postgres', "SELECT string_agg(DISTINCT id::text, ',' ORDER BY id::text) FROM seen"), '-1,0,1',
	'draws reach the whole range and nothing else');
$node->safe_psql('postgres', 'DELETE FROM seen');
($status) = bench('query', @server, '--repeat=100', '--skew=0.9', $draw);
is($node->safe_psql('postgres', 'SELECT count(*) > 80 FROM seen WHERE id = -1'), 't', 'skew prefers low ids');

# Two statements of one run don't draw the same values: a read must not meet the row just deleted.
my $other = write_file("$directory/other.sql", "-- \$1: sessions.id\nINSERT INTO seen VALUES (\$1)\n");
$node->safe_psql('postgres', 'TRUNCATE seen');
my $twin = write_file("$directory/twin.sql", "-- \$1: sessions.id\nINSERT INTO seen VALUES (\$1)\n");
($status) = bench('query', @server, '--warmup=0', '--repeat=20', $other, $twin);
is($node->safe_psql('postgres', 'SELECT count(*), count(DISTINCT id) > 30 FROM seen'), '40|t', 'statements draw apart');

# What is set first is set for the statement.
my $setting = write_file("$directory/setting.sql",
	"SELECT 1 / (current_setting('work_mem') = '7MB' AND current_setting('enable_sort') = 'off')::int");
($status, $out, $err) = bench('query', @server, '--set=work_mem=7MB', '--before=SET enable_sort = off', '-n1', $setting);
is($status, 0, '--set and --before') or diag($err);
($status, $out, $err) = bench('query', @server, '-n1', $setting);
is($status, 1, 'a statement that fails: exit status');
like($err, qr/setting\.sql: division by zero\nSQLSTATE: 22012\n/, 'a statement that fails: message and SQLSTATE');
($status, $out, $err) = bench('query', @server, '--timeout=0.05', "$workloads/db_dummy.sql");
is($status, 1, 'timeout: exit status');
like($err, qr/SQLSTATE: 57014/, 'timeout: SQLSTATE');

# Wrong command lines and files.
my $missing = write_file("$directory/missing.sql", "-- \$2: few.id\nSELECT \$1, \$2\n");
my $unused = write_file("$directory/unused.sql", "-- \$1: few.id\nSELECT '\$1'\n");
my $nonsense = write_file("$directory/nonsense.sql", "-- words\n-- \$1: few\nSELECT \$1\n");
my $empty = write_file("$directory/empty.sql", "-- words only\n");
my $two = write_file("$directory/two.sql", "SELECT 1; SELECT 2\n");
my @bad = (
	[ 2, qr/no FILE given/, @server ],
	[ 2, qr/^bingo_bench \w+: unrecognized option '--nonsense'/, '--nonsense' ],
	[ 2, qr/--protocol must be/, '--protocol=fast', $draw ],
	[ 2, qr/--format=binary can't be had/, '--format=binary', '--protocol=simple', $draw ],
	[ 2, qr/--repeat must be a whole number from 1/, '--repeat=0', $draw ],
	[ 2, qr/--skew must be/, '--skew=1', $draw ],
	[ 2, qr/--set must be NAME=VALUE/, '--set=nothing', $draw ],
	[ 1, qr/could not open ".*absent.sql": No such file/, @server, 'absent.sql' ],
	[ 1, qr/missing.sql: parameter \$1 is not declared\nHINT: .*"-- \$1: row table\.column"/, @server, $missing ],
	[ 1, qr/two.sql: cannot insert multiple commands.*\nSQLSTATE: 42601\nHINT: .*a file has one/, @server, $two ],
	[ 1, qr/could not set "nosuch".*\nSQLSTATE: 42704\nHINT: .*pg_settings/, @server, '--set=nosuch=1', $files[0] ],
	[ 1, qr/unused.sql: parameter \$1 is not in the statement/, @server, $unused ],
	[ 1, qr/nonsense.sql:2: a parameter comes from/, @server, $nonsense ],
	[ 1, qr/empty.sql: no statement.*\nSQLSTATE: 22023\nHINT: /, @server, $empty ],
	[ 1, qr/could not set "work_mem": .*\nSQLSTATE: 22023/, @server, '--set=work_mem=x', $draw ],
	[ 1, qr/could not write ".*": No such file/, @server, '--json=/nowhere/x.json', $draw ],
	[ 1, qr/could not connect: .*nowhere/, '-d', 'host=/nowhere', $draw ]);
foreach my $case (@bad)
{
	my ($wanted, $message, @arguments) = @$case;
	($status, $out, $err) = bench('query', @arguments);
	is($status, $wanted, "exit status: $message");
	like($err, $message, "message: $message");
}
($status, $out, $err) = bench('nonsense');
is($status, 2, 'unknown command: exit status');
like($err, qr/unknown command "nonsense"/, 'unknown command: message');

# Ctrl-C ends the statement in the server, too.
my $long = write_file("$directory/long.sql", "SELECT pg_sleep(1000)\n");
my $run = bench_start('query', @server, "$workloads/get_movie_list.sql", $long);
$node->poll_query_until('postgres', "SELECT count(*) = 1 FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(1000)'") or die;
$run->{harness}->signal('INT');
($status, $out, $err) = bench_finish($run);
is($status, 130, 'interrupt: exit status');
like($out, qr/^get_movie_list +20 /m, 'interrupt: what was timed is printed');
$node->poll_query_until('postgres', "SELECT count(*) = 0 FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(1000)'") or die;

# The server ends the connection in the middle.
my $suicide = write_file("$directory/suicide.sql", 'SELECT pg_terminate_backend(pg_backend_pid())');
($status, $out, $err) = bench('query', @server, $suicide);
is($status, 1, 'connection cut: exit status');
like($err, qr/terminating connection|server closed the connection/, 'connection cut: message');

$node->stop;
done_testing();
