# The row encoder sends what the standard receiver sends, to the byte: every
# type, format, setting and edge value, through every way rows reach a client.
#
# Each query is run with bingo_tune.fast_output off and all on the same
# connection, the bytes up to ReadyForQuery are compared, and the server's
# counter says whether the encoder was really used.
#
# Seen red with: the check of DateStyle removed, STANDARD_ROWS counted wrongly,
# LAST_PLAIN_DAY one too large, client_encoding not looked at, the fraction's
# zeros not trimmed, NULL sent with length 0, out-of-line values taken as short,
# missing columns read from the tuple, values in a tuple not aligned, short
# varlenas aligned, a number of 1,000 written without its first digit.
use strict;
use warnings;

use FindBin;
use lib $FindBin::RealBin;
use PostgreSQL::Test::Utils;
use RawClient;
use Test::More;
use TunedNode;

my $node = start_node('main', <<'CONF', extra => [ '--encoding=UTF8', '--locale=C' ]);
autovacuum = off
CONF
$node->safe_psql('postgres', 'CREATE EXTENSION bingo_tune CASCADE');

$node->safe_psql('postgres', <<'SQL');
CREATE DOMAIN whole AS int;
CREATE DOMAIN day AS date;
CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE TYPE pair AS (a int, b text);
CREATE TABLE long_text (id int, plain text, packed text, body bytea);
ALTER TABLE long_text ALTER plain SET STORAGE EXTERNAL;
INSERT INTO long_text SELECT g, repeat(chr(1040 + g % 32), 20000 + g), repeat('ab', 30000 + g),
	decode(repeat('00ff7f', 5000 + g), 'hex') FROM generate_series(1, 40) g;

-- changes a setting when it is called for row "at"
CREATE FUNCTION change_at(row_number int, at int, name text, value text) RETURNS int LANGUAGE plpgsql AS
$$ BEGIN
	IF row_number = at THEN PERFORM set_config(name, value, false); END IF;
	RETURN row_number;
END $$;
CREATE FUNCTION notice_at(row_number int, at int) RETURNS int LANGUAGE plpgsql AS
$$ BEGIN
	IF row_number = at THEN RAISE NOTICE 'row %', row_number; END IF;
	RETURN row_number;
END $$;
SQL

my $client = RawClient->connect($node, 'postgres');
my $observer = RawClient->connect($node, 'postgres');

sub encoded_rows
{
	my ($rows) = $observer->simple('SELECT rows FROM bingo_tune.output_statistics()') =~ /D.{10}(\d+)C/s;
	return $rows;
}

# Runs a query both ways and compares; returns how many rows were encoded.
sub compare
{
	my ($name, $run) = @_;
	my %bytes;

	my $before = encoded_rows();
	for my $setting ('off', 'all')
	{
		$client->simple("SET bingo_tune.fast_output = '$setting'");
		$bytes{$setting} = $run->();
	}
	ok($bytes{off} eq $bytes{all}, "$name: same bytes")
	  or diag(first_difference($bytes{off}, $bytes{all}));
	return encoded_rows() - $before;
}

sub first_difference
{
	my ($standard, $encoded) = @_;
	my $at = 0;

	$at++ while $at < length $standard && substr($standard, $at, 1) eq substr($encoded, $at, 1);
	my $from = $at < 40 ? 0 : $at - 40;
	tr/\x20-\x7e/./c for $standard, $encoded;
	return "at byte $at\nstandard: " . substr($standard, $from, 100) . "\nencoded:  " . substr($encoded, $from, 100);
}

# The values, each many times, so that those after the first rows are encoded.
sub rows_of
{
	my (@values) = @_;
	return "SELECT v FROM (VALUES " . join(', ', map { "($_)" } @values)
	  . ") AS list (v) CROSS JOIN generate_series(1, 30)";
}

my %values = (
	bool => [ 'true', 'false', 'NULL::bool' ],
	int2 => [ '(-32768)::int2', '32767::int2', '0::int2', 'NULL' ],
	int4 => [ '(-2147483648)::int4', '2147483647', '0', '-1', '10', 'NULL' ],
	int8 => [ '(-9223372036854775808)::int8', '9223372036854775807', '0', '-10', 'NULL' ],
	float4 => [ '1.1::float4', "'-0'", "'NaN'", "'Infinity'", "'-Infinity'", "'1e-45'", "'3.4028235e38'", '100000', 'NULL' ],
	float8 => [ '1.1::float8', "'-0'", "'NaN'", "'Infinity'", "'-Infinity'", "'5e-324'", "'1.7976931348623157e308'", '1e15', '1e16', '0.1::float8 + 0.2', 'NULL' ],
	numeric => [ '1.10::numeric', "'NaN'", "'Infinity'", '-0.000001', '1e40', 'NULL' ],
	text => [ "''::text", "'a'", "'Привет, мир'", 'repeat(\'x\', 9000)', 'NULL' ],
	varchar => [ "'abc'::varchar(80)", "''", 'NULL' ],
	bpchar => [ "'abc'::char(10)", "''", 'NULL' ],
	date => [ "'2020-02-29'::date", "'infinity'", "'-infinity'", "'0001-01-01'", "'0001-12-31 BC'", "'4713-01-01 BC'", "'9999-12-31'", "'10000-01-01'", "'5874897-12-31'", "'1999-12-31'", "'2000-01-01'", "'1900-02-28'", "'1900-03-01'", 'NULL' ],
	timestamp => [ "'2021-12-09 16:12:52.059188'::timestamp", "'2021-12-09 16:12:52.5'", "'2021-12-09 16:12:52.000001'", "'2021-12-09 23:59:59.999999'", "'1999-12-31 23:59:59.9'", "'2000-01-01'", "'infinity'", "'-infinity'", "'0001-01-01'", "'0001-12-31 23:59:59.999999 BC'", "'9999-12-31 23:59:59.999999'", "'10000-01-01'", "'294276-12-31 23:59:59.999999'", "'4713-11-24 BC'", 'NULL' ],
	timestamptz => [ "'2021-12-09 16:12:52.059188+00'::timestamptz", "'2021-06-09 16:12:52+00'", "'infinity'", "'-infinity'", "'0001-01-01+00'", "'0044-03-15 BC'", "'12345-01-01'", "'1850-01-01'", 'NULL' ],
	uuid => [ "'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'::uuid", "'00000000-0000-0000-0000-000000000000'", 'NULL' ],
	bytea => [ "'\\x00ff10'::bytea", "''", "'\\x5c2700ff'", 'NULL' ],
	interval => [ "'1 year 2 days 03:04:05.678'::interval", "'-1 day'", 'NULL' ],
	domain_int => [ '7::whole', 'NULL' ],
	domain_date => [ "'2020-02-29'::day", "'infinity'", 'NULL' ],
	enum => [ "'sad'::mood", "'ok'", 'NULL' ],
	composite => [ "ROW(1, 'x')::pair", 'NULL' ],
	array => [ "ARRAY[1, NULL, 3]", "'{}'", 'NULL' ],
	json => [ q('{"a": "б"}'::json), 'NULL' ],
	oid => [ '4294967295::oid', 'NULL' ],
	name => [ "'n'::name", 'NULL' ],
	time => [ "'12:34:56.7'::time", 'NULL' ],
);

for my $type (sort keys %values)
{
	my @list = @{ $values{$type} };
	my $query = rows_of(@list);
	my $rows = 30 * @list - 16;

	is(compare("$type simple", sub { $client->simple($query) }), $rows, "$type simple: encoded");
	is(compare("$type text", sub { $client->extended($query, [0]) }), $rows, "$type text: encoded");
	is(compare("$type binary", sub { $client->extended($query, [1]) }), $rows, "$type binary: encoded");
}

# Settings that change how a value is said.
my @dated = map { rows_of(@{ $values{$_} }) } qw(date timestamp timestamptz domain_date interval);
for my $style (map { my $s = $_; map { "$s, $_" } qw(MDY DMY YMD) } qw(ISO SQL German Postgres))
{
	$client->simple("SET DateStyle = '$style'");
	compare("DateStyle $style", sub { join '', map { $client->simple($_) } @dated });
}
$client->simple('RESET DateStyle');
for my $zone ('America/New_York', 'Asia/Kolkata', 'Europe/Moscow', '<X>-05:30:15', 'UTC')
{
	$client->simple("SET TimeZone = '$zone'");
	compare("TimeZone $zone", sub { join '', map { $client->simple($_) } @dated });
}
$client->simple('RESET TimeZone');
for my $style (qw(postgres sql_standard iso_8601))
{
	$client->simple("SET IntervalStyle = $style");
	compare("IntervalStyle $style", sub { join '', map { $client->simple($_) } @dated });
}
$client->simple('RESET IntervalStyle');
for my $digits (-15, 0, 1, 3)
{
	$client->simple("SET extra_float_digits = $digits");
	compare("extra_float_digits $digits",
		sub { join '', map { $client->simple(rows_of(@{ $values{$_} })) } qw(float4 float8) });
}
$client->simple('RESET extra_float_digits');
for my $output (qw(escape hex))
{
	$client->simple("SET bytea_output = $output");
	compare("bytea_output $output", sub { $client->simple(rows_of(@{ $values{bytea} })) });
}
$client->simple('RESET bytea_output');

# Every calendar day of some centuries, and times of day.
compare('days', sub { $client->simple("SELECT date '0001-01-01' + 7 * g FROM generate_series(0, 521722) g") });
compare('all days of 500 years',
	sub { $client->simple("SELECT date '1599-12-01' + g FROM generate_series(0, 182700) g") });
compare('times',
	sub { $client->simple("SELECT timestamp '1969-12-31 22:00' + g * interval '61.234567 s' FROM generate_series(0, 50000) g") });

# Numbers of every length.
compare('numbers', sub { $client->simple("SELECT g, -g, g * 9973, g::int8 * 99990001, (g % 30000)::int2 FROM generate_series(0, 20100) g") });
compare('powers of ten', sub { $client->simple("SELECT (10::numeric ^ p)::int8 + d FROM generate_series(0, 18) p, generate_series(-2, 2) d") });

# Rows of a table are read from their tuples: every alignment behind every
# length, NULLs anywhere, columns that older rows do not have, dropped ones.
my @stored = ('bool', 'text', 'int8', '"char"', 'int2', 'varchar', 'float8', 'uuid', 'name', 'date', 'macaddr', 'bytea',
	'timestamp', 'int4', 'text', 'float4', 'timestamptz', 'box', 'numeric', 'char(3)', 'int8');
$client->simple('CREATE TABLE stored (' . join(', ', map { "c$_ $stored[$_]" } 0 .. $#stored) . ')');
my %made = (
	bool => 'g % 2 = 0', text => "repeat('x', g % 300)", int8 => 'g * 1000003::int8', '"char"' => "chr(65 + g % 26)::\"char\"",
	int2 => 'g::int2', varchar => "'v' || g", float8 => 'g / 7.0', uuid => 'md5(g::text)::uuid', name => "('n' || g)::name",
	date => "date '2020-01-01' + g", macaddr => "'08:00:2b:01:02:03'::macaddr", bytea => "decode(repeat('0a', g % 140), 'hex')",
	timestamp => "timestamp '2020-01-01' + g * interval '1.5 s'", int4 => '-g', float4 => '(g / 3.0)::float4',
	timestamptz => "timestamptz '2020-01-01 00:00+00' + g * interval '1 h'", box => "box(point(g, 0), point(0, g))",
	numeric => 'g / 8.0', 'char(3)' => "(g % 1000)::text");
$client->simple('INSERT INTO stored SELECT '
	  . join(', ', map { "CASE WHEN (g + " . $_ ** 2 . ") % 23 <> 0 THEN $made{$stored[$_]} END" } 0 .. $#stored)
	  . ' FROM generate_series(1, 400) g');
sub compare_stored
{
	my ($name) = @_;

	for my $formats ([0], [1])
	{
		is(compare("$name (@$formats)", sub { $client->extended('SELECT * FROM stored', $formats) }),
			$observer->simple('SELECT count(*) FROM stored') =~ /D.{10}(\d+)C/s ? $1 - 16 : undef, "$name (@$formats): encoded");
	}
	return;
}
compare_stored('stored rows');
$client->simple('ALTER TABLE stored ADD empty date, ADD void text');
compare_stored('stored rows without the last columns, which are NULL');
$client->simple(q(ALTER TABLE stored ADD late int DEFAULT 42, ADD later text DEFAULT 'later'));
compare_stored('stored rows without the last columns');
$client->simple('UPDATE stored SET late = 43 WHERE c13 % 3 = 0');
$client->simple('ALTER TABLE stored DROP c1, DROP c6');
compare_stored('stored rows with dropped columns');

# Encodings: converted by the standard receiver, also from the middle on.
my $russian = "SELECT 'Привет ' || g FROM generate_series(1, 100) g";
for my $encoding (qw(WIN1251 KOI8R UTF8))
{
	$client->simple("SET client_encoding = '$encoding'");
	is(compare("client_encoding $encoding", sub { $client->simple($russian) }),
		$encoding eq 'UTF8' ? 84 : 0, "client_encoding $encoding: encoded");
}
is(compare('character without equivalent',
		sub {
			$client->simple("SET client_encoding = 'LATIN1'");
			$client->simple($russian);
		}),
	0,
	'character without equivalent: encoded');
$client->simple("SET client_encoding = 'UTF8'");
for my $change ([ 'client_encoding', 'WIN1251' ], [ 'DateStyle', 'German' ], [ 'extra_float_digits', '0' ],
	[ 'bytea_output', 'escape' ], [ 'TimeZone', 'Asia/Tokyo' ], [ 'IntervalStyle', 'iso_8601' ])
{
	my ($name, $value) = @$change;

	compare("$name changed in mid-result",
		sub {
			my $bytes = $client->simple("SELECT change_at(g, 50, '$name', '$value'), 'Ж', date '2020-02-29',"
				  . " timestamp '2020-02-29 12:00', timestamptz '2020-02-29 12:00+00', 0.1::float8, 1.1::float4,"
				  . " '\\x00ff'::bytea, interval '1 day' FROM generate_series(1, 100) g");
			$client->simple("RESET $name");
			$client->simple("SET client_encoding = 'UTF8'");
			return $bytes;
		});
}

# Long values: compressed, out of line, short headers.
for my $formats ([0], [1], [ 0, 1, 0, 1 ])
{
	is(compare("long values (@$formats)", sub { $client->extended('SELECT * FROM long_text', $formats) }),
		24, "long values (@$formats): encoded");
}
compare('long values, escape', sub { $client->simple("SET bytea_output = escape; SELECT body FROM long_text; RESET bytea_output") });

# Shapes of answers.
compare('no columns', sub { $client->simple('SELECT FROM generate_series(1, 100)') });
compare('no rows', sub { $client->simple('SELECT 1 WHERE false') });
compare('many columns', sub { $client->simple('SELECT ' . join(', ', map { "g + $_, 't$_'::text" } 1 .. 700) . ' FROM generate_series(1, 40) g') });
compare('mixed formats', sub { $client->extended(q(SELECT g, 'x' || g, date '2020-01-01' + g, g / 3.0::float8 FROM generate_series(1, 100) g), [ 1, 0, 1, 0 ]) });
compare('two statements in one', sub { $client->simple('SELECT g FROM generate_series(1, 50) g; SELECT g::text FROM generate_series(1, 50) g') });
is(compare('LIMIT', sub { $client->simple('SELECT g FROM generate_series(1, 500) g LIMIT 100') }), 84, 'LIMIT: encoded');
is(compare('row-limited Execute', sub { $client->extended('SELECT g FROM generate_series(1, 500) g', [0], 7) }),
	0, 'row-limited Execute: standard receiver');
is(compare('cursor',
		sub { $client->simple("BEGIN; DECLARE c CURSOR FOR SELECT g FROM generate_series(1, 500) g; FETCH 100 FROM c; FETCH ALL FROM c; COMMIT") }),
	0, 'cursor: standard receiver');
is(compare('binary cursor',
		sub { $client->simple("BEGIN; DECLARE c BINARY CURSOR FOR SELECT g FROM generate_series(1, 500) g; FETCH ALL FROM c; COMMIT") }),
	0, 'binary cursor: standard receiver');
is(compare('RETURNING', sub { $client->simple('BEGIN; UPDATE long_text SET id = id RETURNING id; ROLLBACK') }),
	0, 'RETURNING: standard receiver');
compare('COPY', sub { $client->simple('COPY (SELECT g FROM generate_series(1, 500) g) TO STDOUT') });
compare('EXECUTE',
	sub { $client->simple('PREPARE p AS SELECT g FROM generate_series(1, 500) g; EXECUTE p; DEALLOCATE p') });
compare('EXPLAIN', sub { $client->simple('EXPLAIN (COSTS OFF) SELECT g FROM generate_series(1, 500) g') });

# Notices and errors keep their place among the rows.
my $bytes;
compare('notice in mid-result', sub { $bytes = $client->simple('SELECT notice_at(g, 60) FROM generate_series(1, 100) g') });
is(join('', RawClient::messages($bytes)), 'T' . 'D' x 59 . 'N' . 'D' x 41 . 'CZ', 'notice in mid-result: place');
compare('error in mid-result', sub { $bytes = $client->simple('SELECT 1 / (60 - g) FROM generate_series(1, 100) g') });
is(join('', RawClient::messages($bytes)), 'T' . 'D' x 59 . 'EZ', 'error in mid-result: place');
compare('error of an output function in mid-result',
	sub { $client->simple("SELECT CASE WHEN g < 60 THEN g END, ('x' || g)::name, CASE WHEN g = 60 THEN 1 / (60 - g) END FROM generate_series(1, 100) g") });

# The counts that others see.
for my $setting ('off', 'all')
{
	$node->safe_psql('postgres', 'SELECT pg_stat_statements_reset()');
	$client->simple("SET bingo_tune.fast_output = '$setting'");
	$client->simple('SELECT g AS counted FROM generate_series(1, 321) g');
	is($node->safe_psql('postgres', "SELECT calls, rows FROM pg_stat_statements WHERE query LIKE '%AS counted%' AND query NOT LIKE '%pg_stat%'"),
		'1|321', "pg_stat_statements with fast_output $setting");
}

# A client that does not read: its query can be cancelled, its backend ended,
# and one that vanishes is noticed.
my $endless = "SELECT g, repeat('x', 1000) FROM generate_series(1, 100000000) g";
$client->simple("SET bingo_tune.fast_output = 'all'");

sub backend_waits_for_client
{
	my ($pid) = @_;
	return $node->poll_query_until('postgres',
		"SELECT wait_event = 'ClientWrite' FROM pg_stat_activity WHERE pid = $pid");
}

sub start_endless
{
	my $stuck = RawClient->connect($node, 'postgres');
	my ($pid) = $stuck->simple('SELECT pg_backend_pid()::text') =~ /D.{10}(\d+)C/s;

	$stuck->simple("SET bingo_tune.fast_output = 'all'");
	$stuck->send(RawClient::message('Q', "$endless\0"));
	ok(backend_waits_for_client($pid), 'backend waits for a client that does not read');
	return ($stuck, $pid);
}

my ($stuck, $pid) = start_endless();
$node->safe_psql('postgres', "SELECT pg_cancel_backend($pid)");
$bytes = $stuck->read_until_ready;
like($bytes, qr/C57014\0/, 'cancelled while the client did not read');
like(join('', RawClient::messages($bytes)), qr/^TD+EZ$/, 'whole messages up to the error');
like($stuck->simple('SELECT 1'), qr/SELECT 1\0/, 'the connection goes on');
$stuck->close;

($stuck, $pid) = start_endless();
$node->safe_psql('postgres', "SELECT pg_terminate_backend($pid)");
ok($node->poll_query_until('postgres', "SELECT count(*) = 0 FROM pg_stat_activity WHERE pid = $pid"),
	'terminated while the client did not read');
$stuck->close;

($stuck, $pid) = start_endless();
$stuck->close;
ok($node->poll_query_until('postgres', "SELECT count(*) = 0 FROM pg_stat_activity WHERE pid = $pid"),
	'a client that vanished is noticed');

my $timed = RawClient->connect($node, 'postgres');
$timed->simple("SET bingo_tune.fast_output = 'all'; SET statement_timeout = '200ms'");
like($timed->simple($endless), qr/C57014\0/, 'statement_timeout in mid-result');
$timed->close;
$client->close;
$observer->close;

# Bad input.
my ($status, $out, $err) = $node->psql('postgres', 'SET bingo_tune.fast_output = sometimes');
like($err, qr/invalid value for parameter "bingo_tune.fast_output"/, 'nonsense is refused');
like($err, qr/Available values: off, orderings, all/, 'with what is possible');

$node->stop;
done_testing();
