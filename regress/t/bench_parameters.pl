# bingo_bench for an application that is not bingo: parameters of every type from rows that are
# there, values of one row together, lists, constants and files; what finds nothing is said.
#
# Seen to fail with: a source drawn from once for each parameter; a quote or a backslash not
# doubled; null values as empty ones; the first rows of a table instead of drawn ones; draws that
# the seed doesn't decide; sampled blocks without rows taken for an empty table; a list's first value
# only; no warning; the heading before a failure; hints that speak of bingo to everybody; a negative number behind a minus without parentheses.
use strict;
use warnings;

use BenchData;
use JSON::PP;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('bench_parameters');
$node->init;
$node->append_conf('postgresql.conf', "timezone = 'Asia/Kathmandu'\ndatestyle = 'SQL, DMY'");
$node->start;
my $directory = PostgreSQL::Test::Utils::tempdir();
my @server = ('-d', $node->connstr('postgres'));
my ($status, $out, $err);

# A shop's schema; the values are awkward, and ids have gaps.
$node->safe_psql('postgres', <<'SQL');
CREATE SCHEMA shop;
CREATE TABLE shop."Order" (id int, ref uuid, "full name" text, placed timestamptz, paid boolean, price numeric(9,2),
	tags text[], payload bytea, ratio float8);
INSERT INTO shop."Order" SELECT g * 1000, gen_random_uuid(), (ARRAY['O''Hara', 'back\slash', '$1', 'tab	in', '', 'ünïcode'])[1 + g % 6],
	timestamptz '2024-05-06 07:08:09.123456+02' + g * interval '7 h', g % 2 = 0, g / 7.0, ARRAY['a,b', 'c"d'],
	'\x0001ff'::bytea, g / 3.0 FROM generate_series(1, 60) g;
UPDATE shop."Order" SET placed = NULL WHERE id = 5000;
CREATE VIEW shop.unpaid AS SELECT * FROM shop."Order" WHERE NOT paid;
CREATE TABLE seen (a text, b text, c text);
CREATE TABLE hits (name text);
SQL

# What the statement draws, by protocol; each call of it writes what it was given.
sub seen
{
	my ($declarations, $statement, @options) = @_;
	my $file = write_file("$directory/draw.sql", "$declarations\n$statement\n");

	$node->safe_psql('postgres', 'TRUNCATE seen');
	($status, $out, $err) = bench('query', @server, '--warmup=0', '--repeat=200', @options, $file);
	is($status, 0, "runs: $declarations @options") or diag($err);
	is($err, '', "says nothing: $declarations @options");
	return;
}

my $insert = 'INSERT INTO seen VALUES ($1::text, $2::text, $3::text)';
foreach my $protocol (qw(simple extended prepared))
{
	# Each column's values, as they are in the table, alone and with others of their row.
	foreach my $column ('id', 'ref', 'full name', 'placed', 'paid', 'price', 'tags', 'payload', 'ratio')
	{
		seen("-- \$1, \$2: shop.Order.$column, id\n-- \$3: constant x", $insert, "--protocol=$protocol");
		is($node->safe_psql('postgres', qq{SELECT count(*), count(o.id), count(DISTINCT o.id) > 40
			FROM seen LEFT JOIN shop."Order" o ON o.id = b::int
				AND CASE WHEN o."$column" IS NOT NULL THEN format('%s', o."$column") END IS NOT DISTINCT FROM a}), '200|200|t',
			"$protocol: $column, and the id of its row");
	}
	# One source of several columns, others beside it.
	seen("-- \$1, \$3: shop.Order.ref, shop.Order.placed\n-- \$2: row shop.unpaid.id", $insert, "--protocol=$protocol");
	is($node->safe_psql('postgres', q{SELECT count(o.ref), count(u.id), count(*) FILTER (WHERE u.ref = o.ref) < 100 FROM seen
		LEFT JOIN shop."Order" o ON o.ref::text = a AND o.placed::text IS NOT DISTINCT FROM c LEFT JOIN shop.unpaid u ON u.id::text = b}),
		'200|200|t', "$protocol: values of one row, and of a row of a view by itself");
	# Given values.
	write_file("$directory/names.txt", "it's\t1\r\nback\\slash\t2\n\t3\n");
	seen("-- \$1: list new, 'a, ''b''', NULL , '' , 17\n-- \$2,\$3: file names.txt", $insert, "--protocol=$protocol");
	is($node->safe_psql('postgres', q{SELECT string_agg(DISTINCT coalesce(a, 'null'), '|' ORDER BY coalesce(a, 'null')) FROM seen}),
		q{|17|a, 'b'|new|null}, "$protocol: all values of a list");
	is($node->safe_psql('postgres', q{SELECT string_agg(DISTINCT b || '=' || c, '|' ORDER BY b || '=' || c) FROM seen}),
		q{=3|back\slash=2|it's=1}, "$protocol: fields of a file's lines");
	seen("-- \$1: constant 'x, ''y'' '\n-- \$2: constant  1, 2\n-- \$3: constant null", $insert, "--protocol=$protocol");
	is($node->safe_psql('postgres', q{SELECT DISTINCT '<' || a || '>', b, c IS NULL FROM seen}), q{<x, 'y' >|1, 2|t}, "$protocol: constants");
}

# Nothing found is said, and only that.
my $range = write_file("$directory/range.sql", qq{-- \$1: shop.Order.id\nSELECT FROM shop."Order" WHERE id = 1 - \$1\n});
my $row = write_file("$directory/row.sql", qq{-- \$1: row shop.Order.id\nSELECT FROM shop."Order" WHERE id = \$1\n});
my $delete = write_file("$directory/delete.sql", "-- \$1: constant nobody\nDELETE FROM hits WHERE name = \$1\n");
my $none = write_file("$directory/none.sql", "SELECT * FROM hits\n");
my $sets = write_file("$directory/set.sql", "SET work_mem = '5MB'\n");
my $empty = qr/: none of the \d+ answers had a row, so these times are of searches in vain\nHINT: /;
foreach my $case ([ [ 'query', '--repeat=5' ], qr/none of the 5/ ], [ [ 'load', '--clients=1', '--duration=0.2', '--warmup=0', '--quiet' ], qr/none of the \d+/ ])
{
	my ($command, $calls) = @$case;
	my @run = (@$command, @server);

	($status, $out, $err) = bench(@run, $range);
	is($status, 0, "$run[0], nothing found: exit status");
	like($err, qr/range.sql$empty.*row table\.column/, "$run[0]: empty answers are said, with the way out");
	like($err, $calls, "$run[0]: and how many");
	($status, $out, $err) = bench(@run, $row, $sets);
	is("$status $err", '0 ', "$run[0]: rows that are there, and a command without rows, are no reason");
	($status, $out, $err) = bench(@run, $delete, $none);
	like($err, qr/delete.sql$empty.*\n(?s:.*)none.sql$empty.*tables have rows/, "$run[0]: nothing deleted, nothing in the table");
}
# Negative numbers, behind a minus without a space, too.
$node->safe_psql('postgres', 'CREATE TABLE below (id int); INSERT INTO below SELECT g FROM generate_series(-9, -1) g');
foreach my $protocol (qw(simple extended))
{
	seen('-- $1: below.id', 'INSERT INTO seen VALUES (1-$1, 1)', "--protocol=$protocol");
	is($node->safe_psql('postgres', 'SELECT min(a::int), max(a::int), count(b) FROM seen'), '2|10|200', "$protocol: negative numbers");
}
# Whole numbers are drawn from the range, unless rows are asked for.
seen('-- $1: shop.Order.id', 'INSERT INTO seen VALUES ($1)');
is($node->safe_psql('postgres', 'SELECT count(*) FILTER (WHERE a::int % 1000 <> 0) > 100 FROM seen'), 't', 'from the range');
seen('-- $1: row shop.Order.id', 'INSERT INTO seen VALUES ($1)');
is($node->safe_psql('postgres', 'SELECT count(*) FILTER (WHERE a::int % 1000 <> 0) FROM seen'), '0', 'from rows');
my $some = write_file("$directory/some.sql", "-- \$1: list 1000, 7\n" . qq{SELECT FROM shop."Order" WHERE id = \$1\n});
($status, $out, $err) = bench('query', @server, '--repeat=50', $some);
is("$status $err", '0 ', 'some empty answers are no reason');

# Of a large table, rows from everywhere; the same for the same seed, others for another.
$node->safe_psql('postgres', <<'SQL');
CREATE TABLE large (id int, filler text) PARTITION BY RANGE (id);
CREATE TABLE large1 PARTITION OF large FOR VALUES FROM (0) TO (10000);
CREATE TABLE large2 PARTITION OF large FOR VALUES FROM (10000) TO (20000);
INSERT INTO large SELECT g, repeat('x', 1500) FROM generate_series(0, 19999) g;
SQL
my @seeds;
foreach my $seed (1, 1, 2)
{
	seen('-- $1: row large.id', 'INSERT INTO seen VALUES ($1)', "--seed=$seed");
	push @seeds, $node->safe_psql('postgres', q{SELECT string_agg(a, ' ' ORDER BY a) FROM seen});
	is($node->safe_psql('postgres', q{SELECT count(DISTINCT a::int / 2000) FROM seen}), 10, "seed $seed: from everywhere");
}
is($seeds[0], $seeds[1], 'the same seed draws the same');
isnt($seeds[0], $seeds[2], 'another draws others');
$node->safe_psql('postgres', 'DELETE FROM large WHERE id < 19990');
foreach my $seed (1 .. 5)
{
	seen('-- $1: row large.id', 'INSERT INTO seen VALUES ($1)', "--seed=$seed");
	is($node->safe_psql('postgres', q{SELECT min(a::int) >= 19990 FROM seen}), 't', 'blocks without rows');
}

# Parameters in the document.
($status, $out, $err) = bench('query', @server, '-n1', '--json=-', write_file("$directory/json.sql",
	"-- \$1: shop.Order.id\n-- \$2, \$3: shop.Order.ref, placed\n-- \$4: list 1, 2\nSELECT \$1::int, \$2::uuid, \$3::text, \$4::int\n"));
is_deeply(decode_json($out)->{endpoints}[0]{parameters}, [
		{ from => 'shop.Order.id', min => 1000, max => 60000 }, ({ from => 'shop.Order.ref, placed', rows => 60 }) x 2,
		{ from => 'list 1, 2' } ], 'JSON: where parameters come from');

# Wrong declarations, and tables that aren't there; nothing is printed but the reason.
write_file("$directory/fields.txt", "a\tb\n");
write_file("$directory/nothing.txt", "");
my %bad = (
	'$1' => qr/:1: a parameter is declared as/,
	'$1 orders.id' => qr/:1: a parameter is declared as/,
	'$33: now' => qr/:1: a parameter's number must be from 1 to 32/,
	"\$1: now\n-- \$1: now" => qr/:2: the parameter is declared twice/,
	'$1, $1: a.b, c' => qr/:1: the parameter is declared twice/,
	'$1: orders' => qr/:1: a parameter comes from "table\.column", or/,
	'$1: list' => qr/:1: a parameter comes from/,
	'$1, $2: a.b' => qr/:1: give a column for each parameter/,
	'$1: a.b, c' => qr/:1: give a parameter for each column/,
	'$1, $2: a.b, d.c' => qr/:1: values of one row come from one table/,
	'$1, $2: now' => qr/:1: several parameters together come from/,
	'$1, $2: list a, b' => qr/:1: several parameters together come from/,
	'$1: list a,' => qr/:1: a value of the list is missing/,
	'$1: list a,, b' => qr/:1: a value of the list is missing/,
	q{$1: list 'a', 'b} => qr/:1: a quote is not closed/,
	q{$1: list 'a' b} => qr/:1: the values of a list stand between commas/,
	q{$1: constant 'a' b} => qr/:1: the constant's quotes don't enclose it/,
	'$1: file absent.txt' => qr/could not open ".*absent.txt".*(?s:.*):1: the parameter's file can't be read/,
	'$1: file fields.txt' => qr/:1: each line of the file needs one field/,
	'$1: file nothing.txt' => qr/:1: the parameter's file is empty/,
	'$1: orders.id' => qr/could not read the values of "orders.id": relation "orders" does not exist\nSQLSTATE: 42P01\nHINT: Check that -d names the right database, and the spelling of the table\.\n\z/,
	'$1: movies.id' => qr/relation "movies" does not exist\nSQLSTATE: 42P01\nHINT: Check that -d names the right database; bingo_load makes the tables of bingo\.\n\z/,
	'$1: shop.Order.ID' => qr/column "ID" does not exist\nSQLSTATE: 42703\nHINT: Check the spelling of the column/,
	'$1: hits.name' => qr/table "hits" is empty.*"hits.name"\nSQLSTATE: 02000\nHINT: Fill it first\.\n\z/,
	'$1: nowhere.hits.name' => qr/relation "nowhere.hits" does not exist\nSQLSTATE: 42P01\nHINT: /);
foreach my $declaration (sort keys %bad)
{
	($status, $out, $err) = bench('query', @server, write_file("$directory/bad.sql", "-- $declaration\nSELECT \$1\n"));
	is("$status $out", '1 ', "wrong: $declaration") or diag($err);
	like($err, $bad{$declaration}, "message: $declaration");
}
foreach my $command ([ 'query', '-n1' ], [ 'load', '--rate=1' ])
{
	($status, $out, $err) = bench(@$command, @server, write_file("$directory/lost.sql", "SELECT * FROM lost\n"));
	is("$status $out", '1 ', "$command->[0], no such table: nothing but the reason");
	like($err, qr/lost\.sql: relation "lost" does not exist\nSQLSTATE: 42P01\nHINT: Check that -d/, "$command->[0]: no such table");
}
foreach my $command (qw(query load compare report health))
{
	($status, $out, $err) = bench($command, '--nonsense');
	is($status, 2, "$command: wrong command line");
	like($err, qr/\nTry "bingo_bench $command --help" for more information\.\n\z/, "$command names its own help");
}
($status, $out, $err) = bench('nonsense');
like($err, qr/\nTry "bingo_bench --help" /, 'an unknown command names the tool\'s');

$node->stop;
done_testing();
