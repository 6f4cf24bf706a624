# What the tools must not do with documents that somebody has edited, folders that others write to, statements that
# copy rows, passwords, and limits of the system.
#
# Seen red, each with its cure taken back: a name of a document in an attribute of the page as it is; a number of 300
# digits that reads beyond its buffer; a name of a picture cut inside of a character; members of what is no object; the
# file beside a page made where a link waits; a page that others may read although the one before it was private;
# "compare" that empties the document that it is to read; COPY in a mix, which was read again and again; COPY FROM
# that bingo_wire waits for; no word of an event loop that could not be made; a tool that crashed taken for one that ended well; replay in the place of a server; the answers before
# an interrupt not printed; a range of all whole numbers left; a password in a comparison.
use strict;
use warnings;

use BenchData;
use IPC::Run;
use JSON::PP;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $directory = PostgreSQL::Test::Utils::tempdir();
my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->append_conf('postgresql.conf', "fsync = off\n");
$node->start;
my $dsn = $node->connstr('postgres');
my @server = ('-d', $dsn);
my ($status, $out, $err);

# --- documents ---

my $long = 'x' x 78 . "\xc3\xa9" x 5;		# bytes: the 79th to 80th are one character
my $plain = write_file("$directory/$long.sql", "SELECT 1 / (random() > 0.3)::int\n");
($status, $out, $err) = bench('load', @server, '-q', '--rate=100', '--duration=1', '--warmup=0', '--json', "$directory/load.json", $plain);
is($status, 0, 'load') or diag($err);
SKIP:
{
	skip 'gnuplot is not installed (package gnuplot-nox)', 1 if !grep { -x "$_/gnuplot" } split(/:/, $ENV{PATH});

	my $good = slurp_file("$directory/load.json");
	my $page = "$directory/page.html";
	my $edited = write_file("$directory/edited.json", $good =~ s/"22012":/"\\"><b id=x>":/r =~ s/"disconnects":/"hosts2":0,"disconnects":/r
		=~ s/("max_ms":\s*)[\d.]+/${1}1e300/gr =~ s/"set":\s*\{\s*\}/"set":[1,2]/r);

	umask(0022);
	chmod(0600, write_file($page, 'private'));
	write_file("$directory/victim", 'mine');
	symlink("$directory/victim", "$page.part");
	($status, $out, $err) = bench('report', '-o', $page, $edited);
	is($status, 0, 'report: exit status') or diag($err);
	is(slurp_file("$directory/victim"), 'mine', 'report: a link beside the page leads nowhere');
	is((stat($page))[2] & 0777, 0600, 'report: the page is as private as the one before');
	my $html = slurp_file($page);
	unlike($html, qr/<b id=x>/, 'report: a name gets out of no attribute');
	like($html, qr/>[\d,]{300,}</, 'report: a number of hundreds of digits');
	unlike($html, qr/\0/, 'report: and nothing behind it');
	ok(utf8::decode(my $copy = $html), 'report: all characters are whole');
}
write_file("$directory/kept.json", slurp_file("$directory/load.json"));
($status, $out, $err) = bench('compare', '--json', "$directory/kept.json", "$directory/load.json", "$directory/kept.json");
is($status, 0, 'compare: its document in the place of one that it reads') or diag($err);
is(decode_json(slurp_file("$directory/kept.json"))->{kind}, 'compare', 'compare: it is there');

# --- passwords ---

my $select = write_file("$directory/select.sql", "SELECT 1\n");
foreach my $conninfo ("$dsn password=geheim", "$dsn password=\\'geh geheim\\'", "$dsn password=geh\\\\eim", "$dsn sslpassword = geheim user=" . getpwuid($<),
	'postgresql://' . getpwuid($<) . ':geheim@/postgres?port=' . $node->port . '&host=' . $node->host . '&password=geheim')
{
	my $arguments = $conninfo =~ /\\'/ ? '"' . $conninfo =~ s/\\//gr . '"' : "'$conninfo'";

	($status, $out, $err) = bench('compare', '--quiet', '--rounds=3', '--json', "$directory/pairs.json", ("--run=query -d $arguments --repeat=1 '$select'") x 2);
	is($status, 0, 'compare: a connection with a password') or diag($err);
	unlike($out . slurp_file("$directory/pairs.json"), qr/geh|eim/, 'compare: it is nowhere');
	like($out, qr/^A: query -d .*\*\*\*/m, 'compare: what was run is');
}

# --- statements that copy ---

($status, $out, $err) = bench('load', @server, '--clients=1', '--duration=0.2', '--warmup=0', write_file("$directory/copy.sql", "COPY pg_class TO STDOUT\n"));
is($status, 1, 'COPY: exit status');
like($err, qr/copy\.sql: COPY can't be measured\nSQLSTATE: 0A000\nHINT: /, 'COPY: message');
write_file("$directory/hidden.sql", "/* odd */ COPY pg_class TO STDOUT\n");
foreach my $protocol (qw(simple extended))
{
	($status, $out, $err) = bench('load', @server, '-q', '--clients=1', '--duration=0.2', '--warmup=0', "--protocol=$protocol", "$directory/hidden.sql");
	is($status, 0, "$protocol: COPY behind a comment: the run ends");
	like($out, qr/^  hidden +0A000 +[1-9]/m, "$protocol: with errors");
}
($status, $out, $err) = bench('query', @server, "$directory/hidden.sql");
is($status, 1, 'query: COPY behind a comment: exit status');
like($err, qr/hidden\.sql: PGRES_COPY_OUT/, 'query: COPY behind a comment: message');

# --- bingo_wire ---

$node->safe_psql('postgres', 'CREATE TABLE taken (i int)');
foreach my $case ([ qr/statement failed\nHINT: /, 'read', @server, 'COPY taken FROM STDIN' ],
	[ qr/a server listens on ".*"\nSQLSTATE: 55006\nHINT: /, 'replay', @server, '--listen=' . $node->host, '--port=' . $node->port, 'SELECT 1' ])
{
	my ($message, @arguments) = @$case;

	IPC::Run::run([ 'bingo_wire', @arguments ], '>', \$out, '2>', \$err, IPC::Run::timeout($PostgreSQL::Test::Utils::timeout_default));
	is($? >> 8, 1, "bingo_wire $arguments[0]: exit status");
	like($err, $message, "bingo_wire $arguments[0]: message");
}
is($node->safe_psql('postgres', 'SELECT 1'), '1', 'bingo_wire replay: the server is still found');

# --- limits ---

IPC::Run::run([ 'bash', '-c', 'ulimit -n 4; exec "$@"', 'bash', 'bingo_bench', 'load', @server, '-q', '--clients=1', '--duration=0.2', '--warmup=0', $select ],
	'<', \undef, '>', \$out, '2>', \$err);
is($? >> 8, 1, 'no descriptor for an event loop: exit status');
like($err, qr/could not make an event loop: .*\nSQLSTATE: 53000\nHINT: .*ulimit -n/, 'no descriptor for an event loop: message');

# --- values, and interrupts ---

$node->safe_psql('postgres', 'CREATE TABLE wide (i bigint); INSERT INTO wide VALUES (-9000000000000000000), (9000000000000000000); CREATE TABLE seen (i bigint)');
($status, $out, $err) = bench('query', @server, '--repeat=200', write_file("$directory/wide.sql", "-- \$1: wide.i\nINSERT INTO seen VALUES (\$1)\n"));
is($status, 0, 'a wide range: exit status') or diag($err);
is($node->safe_psql('postgres', q{SELECT count(*) FILTER (WHERE i NOT BETWEEN -9000000000000000000 AND 9000000000000000000), count(DISTINCT i) > 150,
	count(*) FILTER (WHERE i > 0) BETWEEN 50 AND 150 FROM seen}), '0|t|t', 'a wide range: its values');

$node->safe_psql('postgres', 'CREATE SEQUENCE turn');
my $run = bench_start('query', @server, '--warmup=0', write_file("$directory/turns.sql", "SELECT pg_sleep(CASE WHEN nextval('turn') > 5 THEN 1000 ELSE 0 END)\n"));
$node->poll_query_until('postgres', q{SELECT count(*) = 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep'}) or die;
$run->{harness}->signal('INT');
($status, $out, $err) = bench_finish($run);
is($status, 130, 'interrupt: exit status');
like($out, qr/^turns +5 /m, 'interrupt: the answers before it are printed');
$node->stop;
done_testing();
