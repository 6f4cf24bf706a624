# The tools' pages and text: where they are written to, and that they are UTF-8 whatever the database is.
#
# Seen red with the tools as they were: a device, and a link, replaced by the page ("-o /dev/null" as root took the device);
# LATIN1 bytes in a page that says UTF-8; PGCLIENTENCODING obeyed; a statement's two bytes taken for two characters.
use strict;
use warnings;

use BenchData;
use Encode qw(decode);
use PostgreSQL::Test::Utils;
use Test::More;
use TunedNode;

my $directory = PostgreSQL::Test::Utils::tempdir();
my $node = start_node('bench_output', '');
my ($status, $out, $err);

# A database of another encoding, with an ordering of such a name.
sub database
{
	my ($name, $encoding, $bytes) = @_;

	$node->safe_psql('postgres', "CREATE DATABASE $name ENCODING '$encoding' LOCALE 'C' TEMPLATE template0");
	$node->safe_psql($name, 'CREATE EXTENSION bingo_tune CASCADE; CREATE TABLE shelf (id int PRIMARY KEY);'
		. " SET client_encoding = $encoding;"
		. " SELECT bingo_tune.create_ordering('Stra${bytes}e', 'SELECT id FROM shelf ORDER BY id', 10)");
	return;
}

sub health
{
	my ($database, $output) = @_;

	($status, $out, $err) = bench('health', '-d', $node->connstr($database), '-o', $output);
	return;
}

# A page as characters; nothing if it is no UTF-8.
sub text_of
{
	my ($path) = @_;

	return eval { decode('UTF-8', slurp_file($path), Encode::FB_CROAK) } // '';
}

database('latin', 'LATIN1', "\xdf");
my $page = "$directory/page.html";
foreach my $environment ('', 'LATIN1')
{
	local $ENV{PGCLIENTENCODING} = $environment if $environment ne '';
	health('latin', $page);
	is($status, 0, "LATIN1 $environment: exit status") or diag($err);
	like(text_of($page), qr/Stra\x{df}e/, "LATIN1 $environment: the page is UTF-8");
}

# Statements come as UTF-8, over both kinds of connections.
my $file = write_file("$directory/letter.sql", "SELECT 1 / (length('\xc3\xa9') = 1)::int\n");
($status, $out, $err) = bench('query', '-d', $node->connstr('latin'), '--repeat=1', $file);
is($status, 0, 'query: one letter') or diag($err);
($status, $out, $err) = bench('load', '-q', '-d', $node->connstr('latin'), '--rate=20', '--duration=0.2', '--warmup=0', '--json', "$directory/load.json", $file);
is($status, 0, 'load: exit status') or diag($err);
is(read_json("$directory/load.json")->{endpoints}[0]{errors}, 0, 'load: one letter');

# What can't be converted is said, with what to do.
$file = write_file("$directory/euro.sql", "SELECT '\xe2\x82\xac'\n");
($status, $out, $err) = bench('query', '-d', $node->connstr('latin'), '--repeat=1', $file);
is($status, 1, 'a character that the database lacks: exit status');
like($err, qr/SQLSTATE: 22P05\nHINT: .*lacks a character/, 'a character that the database lacks: what it is about');
database('bytes', 'SQL_ASCII', "\xdf");
health('bytes', $page);
is($status, 0, 'SQL_ASCII: exit status') or diag($err);
like(text_of($page), qr/This can't be shown:<\/span> invalid byte sequence for encoding (?:"|&quot;)UTF8/,
	'SQL_ASCII: the section says why it is missing');
$file = write_file("$directory/bytes.sql", "SELECT name FROM bingo_tune.orderings\n");
($status, $out, $err) = bench('query', '-d', $node->connstr('bytes'), '--repeat=1', $file);
is($status, 1, 'SQL_ASCII: exit status of a query');
like($err, qr/SQLSTATE: 22021\nHINT: .*SQL_ASCII/, 'SQL_ASCII: what it is about');
SKIP:
{
	skip 'the server does not know MULE_INTERNAL', 2
		if $node->psql('postgres', q{CREATE DATABASE mule ENCODING 'MULE_INTERNAL' LOCALE 'C' TEMPLATE template0}) != 0;
	health('mule', $page);
	is($status, 1, 'MULE_INTERNAL: exit status');
	like($err, qr/could not connect.*MULE_INTERNAL.*\nHINT: .*of another encoding/s, 'MULE_INTERNAL: what it is about');
}

# Where the page goes.
health('latin', '/dev/null');
is($status, 0, 'a device: exit status') or diag($err);
ok(-c '/dev/null', 'a device: it is one');
symlink('/dev/null', "$directory/null.html") or die $!;
health('latin', "$directory/null.html");
is($status, 0, 'a link to a device: exit status') or diag($err);
ok(-l "$directory/null.html", 'a link to a device: it is one');
health('latin', '/dev/stdout');
is($status, 0, '/dev/stdout: exit status') or diag($err);
like($out, qr/<\/html>\s*\z/, '/dev/stdout: the page');
mkdir("$directory/there") or die $!;
write_file("$directory/there/old.html", 'old');
symlink('there/old.html', "$directory/link.html") or die $!;
health('latin', "$directory/link.html");
is($status, 0, 'a link to a file: exit status') or diag($err);
ok(-l "$directory/link.html", 'a link to a file: it is one');
like(slurp_file("$directory/there/old.html"), qr/<\/html>\s*\z/, 'a link to a file: the page');
is_deeply([ glob("$directory/*.part $directory/there/*.part") ], [], 'nothing else is left');

$node->stop;
done_testing();
