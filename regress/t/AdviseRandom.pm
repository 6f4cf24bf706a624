# Random schemas and statements over them, for advise_random.pl.
#
# A generator of random numbers of its own, so that a seed gives the same schema and statements with every Perl.  A column is
# of a kind: its type, what fills it (an expression of the row's number i), and conditions that somebody would ask of it.
package AdviseRandom;

use strict;
use warnings;

use Exporter 'import';

our @EXPORT = qw(random_seed random_schema random_statement);

my $state;

sub random_seed
{
	$state = shift;
	return;
}

# 0 .. n - 1
sub below
{
	my ($n) = @_;
	$state = ($state * 1103515245 + 12345) % 2147483648;
	return int($state / 2147483648 * $n);
}

sub pick { return $_[ below(scalar @_) ]; }
sub chance { return below(100) < shift; }

# name, type, what fills it, conditions on %s.
my @kinds = (
	[ 'few', 'integer', 'i %% 20', '%s = 7', '%s IN (3, 4)', '%s <> 5' ],
	[ 'many', 'integer', 'i * 7 %% 5003', '%s = 77', '%s IN (5, 6, 4000)', '%s BETWEEN 10 AND 20', '%s > 4990', q(%s = ANY ('{1,2,3}')), '%s %% 100 = 3', '%s + 1 = 78', '%s = 77::bigint', 'abs(%s) < 5' ],
	[ 'big', 'bigint', 'i * 13', '%s = 1300', '%s < 500', '%s = 1300.0', '%s >= 1000 AND %s < 1100' ],
	[ 'rare', 'integer', 'CASE WHEN i %% 200 = 0 THEN i END', '%s IS NOT NULL', '%s = 400', '%s > 100' ],
	[ 'none', 'integer', 'NULL', '%s = 5', '%s IS NULL', '%s IS NOT NULL', '%s > 3' ],
	[ 'flag', 'boolean NOT NULL', 'i %% 50 = 0', '%s', 'NOT %s', '%s = false', '%s IS TRUE', '%s IS NOT TRUE' ],
	[ 'maybe', 'boolean', 'CASE i %% 40 WHEN 0 THEN true WHEN 1 THEN NULL ELSE false END', '%s', '%s IS NULL', '%s IS NOT TRUE', '%s = true' ],
	[ 'state', 'text', q{CASE WHEN i %% 100 = 0 THEN 'failed' WHEN i %% 30 = 0 THEN 'open' ELSE 'done' END}, q(%s = 'failed'), q(%s IN ('failed', 'open')), q(%s <> 'done'), q(%s = 'done') ],
	[ 'mood', 'mood', q{CASE WHEN i %% 300 = 0 THEN 'sad' WHEN i %% 3 = 0 THEN 'ok' ELSE 'glad' END::mood}, q(%s = 'sad'), q(%s IN ('sad', 'ok')), q(%s < 'ok') ],
	[ 'Name', 'text', 'md5(i::text)', q(%s = 'abc'), q(%s LIKE 'abc%%'), q(%s LIKE '%%abcde%%'), q(%s ILIKE '%%ABCDE%%'), q(%s ~ '^abc[0-3]'), q(lower(%s) = 'abc'), q(%s COLLATE "C" < '01'), q(%s IN ('a', 'b')), q(upper(%s) LIKE 'AB%%') ],
	[ 'code', 'varchar(40)', q{'C' || i %% 3000}, q(%s = 'C7'), q(%s LIKE 'C77%%'), q(%s ILIKE 'c77%%'), q(lower(%s) = 'c5'), q(length(%s) = 2) ],
	[ 'fixed', 'char(8)', q{'x' || i %% 1000}, q(%s = 'x7'), q(%s LIKE 'x7%%') ],
	[ 'made', 'timestamptz', q{timestamptz '2020-01-01 UTC' + i * interval '7 min'}, q(%s > '2020-03-30 UTC'), q(%s BETWEEN '2020-01-02 UTC' AND '2020-01-03 UTC'), q((%s AT TIME ZONE 'UTC')::date = '2020-01-05'), '%s IS NULL', q(%s > now() - interval '1 day') ],
	[ 'sent', 'timestamp', q{CASE WHEN i %% 60 <> 0 THEN timestamp '2020-01-01' + i * interval '1 min' END}, '%s IS NULL', q(%s > '2020-01-12'), q(date_trunc('day', %s) = '2020-01-02') ],
	[ 'sum', 'numeric(10,2)', 'i %% 997 / 7.0', '%s = 3', '%s > 142', '%s BETWEEN 1 AND 1.5', 'round(%s) = 5' ],
	[ 'part', 'float8', 'i %% 333 / 333.0', '%s > 0.995', '%s = 0' ],
	[ 'tags', 'text[]', q{ARRAY['t' || i %% 900, 't' || i %% 7]}, q(%s @> ARRAY['t77']), q(%s && ARRAY['t5', 't88']), q('t77' = ANY (%s)), q(%s[1] = 't7'), '%s IS NULL' ],
	[ 'set', 'integer[]', 'ARRAY[i %% 700, i %% 3]', q(%s @> '{77}'), q(%s && '{5,99}'), q(%s = '{1,1}') ],
	[ 'doc', 'jsonb', q{jsonb_build_object('k', i %% 800, 'on', i %% 2 = 0, 's', 'v' || i %% 500)}, q(%s @> '{"k": 5}'), q(%s ? 'nope'), q(%s ->> 's' = 'v7'), q((%s ->> 'k')::integer = 77), q(%s -> 's' @> '"v8"'), q(%s @? '$.k ? (@ == 5)'), q(%s @@ '$.k == 5') ],
	[ 'wide', 'jsonb', q{CASE WHEN i %% 3 = 0 THEN jsonb_build_object('a', repeat(md5(i::text), 20), 'b', jsonb_build_array(i, i + 1)) END}, q(%s @> '{"b": [77]}'), q(%s ? 'c'), '%s IS NULL' ],
	[ 'words', 'tsvector', q{to_tsvector('simple', 'w' || i %% 600 || ' v' || i %% 5)}, q(%s @@ to_tsquery('simple', 'w77')), q(%s @@ to_tsquery('simple', 'v1 & w7')), q(%s @@ 'w1 | w2'::tsquery) ],
	[ 'uid', 'uuid', 'md5(i::text)::uuid', q(%s = 'c4ca4238-a0b9-2382-0dcc-509a6f75849b'), q(%s > 'ffff0000-0000-0000-0000-000000000000') ],
	[ 'day', 'date', q{date '2020-01-01' + i %% 1500}, q(%s = '2020-02-02'), q(%s >= '2024-02-05'), q(extract(year FROM %s) = 2024) ],
	[ 'span', 'int4range', 'int4range(i, i + 3)', q(%s && '[5,6]'), q(%s @> 77), '%s = int4range(5, 8)' ],
	[ 'net', 'inet', q{'10.0.0.0'::inet + i}, q(%s = '10.0.0.7'), q(%s << '10.0.0.0/28') ],
);
my @sortable = qw(few many big rare none flag maybe state mood Name code fixed made sent sum part uid day tags);
my @sizes = (0, 1, 300, 3000, 20000, 20000, 20000, 50000);

sub quoted
{
	my ($name) = @_;
	return $name =~ /^[a-z_]+$/ ? $name : "\"$name\"";
}

# A table: {name, rows, columns => [kinds], sql => [...], known => it has statistics}; "ref" has numbers of others.
sub random_table
{
	my ($number) = @_;
	my %table = (name => $number == 2 ? '"My; table"' : "t$number", rows => pick(@sizes));
	my %used;
	my @columns = grep { !$used{ $_->[0] }++ } map { pick(@kinds) } 1 .. 6 + below(4);
	my $partitioned = chance(15);
	my $key = $partitioned || chance(25) ? 'integer NOT NULL' : pick('integer PRIMARY KEY', 'bigint PRIMARY KEY', 'integer NOT NULL UNIQUE', 'serial NOT NULL');
	my @definitions = ("id $key", 'ref integer' . pick('', ' NOT NULL'), map { quoted($_->[0]) . " $_->[1]" } @columns);
	my @values = ('i', $table{rows} > 0 ? "1 + i * 11 % $table{rows}" : 'i', map { sprintf $_->[2] } @columns);
	my $gone = chance(30);

	splice @definitions, 1 + below(3), 0, 'gone text' if $gone;
	$table{columns} = \@columns;
	$table{sql} = [ "CREATE TABLE $table{name} (" . join(', ', @definitions) . ')' . ($partitioned ? ' PARTITION BY RANGE (id)' : '') ];
	push @{ $table{sql} }, "ALTER TABLE $table{name} DROP gone" if $gone;
	push @{ $table{sql} }, "CREATE TABLE p_${number}_1 PARTITION OF $table{name} FOR VALUES FROM (MINVALUE) TO (9000)",
	  "CREATE TABLE p_${number}_2 PARTITION OF $table{name} FOR VALUES FROM (9000) TO (MAXVALUE)" if $partitioned;
	push @{ $table{sql} }, "INSERT INTO $table{name} SELECT " . join(', ', @values) . " FROM generate_series(1, $table{rows}) AS i";
	push @{ $table{sql} }, 'CREATE INDEX ON ' . $table{name} . ' (' . join(', ', map { quoted(pick('ref', map { $_->[0] } grep { my $c = $_; grep { $_ eq $c->[0] } @sortable } @columns)) } 1 .. 1 + below(2)) . ')' if chance(25);
	$table{known} = !chance(4);
	push @{ $table{sql} }, pick('VACUUM ANALYZE', 'VACUUM ANALYZE', 'ANALYZE') . " $table{name}" if $table{known};
	return \%table;
}

# Its tables, the SQL that makes it, and whether all tables have statistics.
sub random_schema
{
	my @tables = map { random_table($_) } 0 .. 2;
	return { tables => \@tables, known => !(grep { !$_->{known} } @tables), sql => [ map { @{ $_->{sql} } } @tables ] };
}

# One condition of a table, or two with OR.
sub condition
{
	my ($alias, $table, $parameters) = @_;
	my $kind = pick(@{ $table->{columns} });
	my $column = "$alias." . quoted($kind->[0]);
	my $format = pick(@{$kind}[ 3 .. $#$kind ]);
	my $one = sprintf($format, ($column) x (() = $format =~ /%s/g));

	return pick("$alias.id = 77", "$alias.id < 50", "$alias.id IN (5, 6, 7)", "$alias.ref = 9") if chance(15);
	if ($parameters && $one =~ /^(.*) = \d+$/ && $1 eq $column && chance(40))
	{
		$$parameters++;
		return "$column = \$$$parameters";
	}
	return '(' . $one . ' OR ' . condition($alias, $table) . ')' if chance(8);
	return $one;
}

sub conditions
{
	my ($alias, $table, $parameters, $least) = @_;
	return map { condition($alias, $table, $parameters) } 1 .. ($least // 0) + below(3);
}

sub where
{
	return @_ ? ' WHERE ' . join(' AND ', @_) : '';
}

sub sortable
{
	my ($alias, $table) = @_;
	my @columns = grep { my $c = $_; grep { $_ eq $c->[0] } @sortable } @{ $table->{columns} };
	return "$alias." . quoted(pick('id', 'ref', map { $_->[0] } @columns));
}

sub order
{
	my ($least, @sides) = @_;
	my %seen;
	my @keys = grep { !$seen{$_}++ } map { sortable(@{ pick(@sides) }) } 1 .. $least + below(3);
	return @keys ? ' ORDER BY ' . join(', ', map { $_ . pick('', '', ' DESC', ' DESC NULLS LAST', ' NULLS FIRST') } @keys) : '';
}

sub limit { return chance(65) ? ' LIMIT ' . pick(1, 10, 50, 300) . (chance(15) ? ' OFFSET 20' : '') : ''; }

sub selected
{
	my ($alias, $table) = @_;
	return "$alias.*" if chance(30);
	my %seen;
	return join(', ', grep { !$seen{$_}++ } map { "$alias." . quoted(pick('id', map { $_->[0] } @{ $table->{columns} })) } 1 .. 1 + below(3));
}

# Of one table, of two, of three; what it is.
my @shapes = (
	sub {
		my ($a, undef, undef, $p) = @_;
		return 'SELECT ' . selected('a', $a) . " FROM $a->{name} a" . where(conditions('a', $a, $p, 1)) . order(0, [ 'a', $a ]) . limit();
	},
	sub {
		my ($a, undef, undef, $p) = @_;
		return 'SELECT ' . selected('a', $a) . " FROM $a->{name} a" . where(conditions('a', $a, $p)) . order(1, [ 'a', $a ]) . limit();
	},
	sub {
		my ($a, undef, undef, $p) = @_;
		return 'SELECT ' . pick('count(*)', 'sum(a.ref)', 'max(' . sortable('a', $a) =~ s/("?flag"?|maybe|uid)$/id/r . ')', 'min(a.ref), max(a.id)', 'count(DISTINCT a.ref)') . " FROM $a->{name} a" . where(conditions('a', $a, $p, 1));
	},
	sub {
		my ($a, undef, undef, $p) = @_;
		my $column = sortable('a', $a);
		return "SELECT $column, count(*) FROM $a->{name} a" . where(conditions('a', $a, $p)) . " GROUP BY 1 ORDER BY " . pick('1', '2 DESC', '2 DESC, 1') . limit();
	},
	sub {
		my ($a, $b) = @_;
		return 'SELECT ' . selected('a', $a) . ', ' . selected('b', $b) . " FROM $a->{name} a JOIN $b->{name} b ON b.id = a.ref" . (chance(40) ? where(conditions('a', $a)) : '') .
		  order(1, [ 'b', $b ]) . ', ' . sortable('a', $a) . ', a.id LIMIT ' . pick(10, 50);
	},
	sub {
		my ($a, undef, undef, $p) = @_;
		return "SELECT count(*) FROM $a->{name} a" . where(chance(60) ? pick('a.ref > 5', condition('a', $a)) : ());
	},
	sub {
		my ($a, $b, undef, $p) = @_;
		return 'SELECT ' . selected('a', $a) . ', ' . selected('b', $b) . " FROM $a->{name} a " . pick('JOIN', 'JOIN', 'LEFT JOIN') . " $b->{name} b ON b.id = a.ref" .
		  where(conditions('a', $a, $p), conditions('b', $b, $p)) . order(1, [ 'a', $a ], [ 'b', $b ]) . limit();
	},
	sub {
		my ($a, $b, undef, $p) = @_;
		return 'SELECT ' . selected('a', $a) . " FROM $a->{name} a JOIN $b->{name} b ON b.ref = a.id" . where(conditions('a', $a, $p), conditions('b', $b, $p)) . limit();
	},
	sub {
		my ($a, $b, $c, $p) = @_;
		return 'SELECT a.id, ' . selected('b', $b) . ', ' . selected('c', $c) . " FROM $a->{name} a JOIN $b->{name} b ON b.id = a.ref JOIN $c->{name} c ON c.id = b.ref" .
		  where(conditions('a', $a, $p), conditions('c', $c, $p)) . order(1, [ 'a', $a ], [ 'b', $b ], [ 'c', $c ]) . limit();
	},
	sub {
		my ($a, $b) = @_;
		return 'SELECT ' . selected('a', $a) . " FROM $a->{name} a" . where(conditions('a', $a),
			pick('', 'NOT ') . "EXISTS (SELECT FROM $b->{name} b" . where('b.ref = a.id', conditions('b', $b)) . ')') . order(0, [ 'a', $a ]) . limit();
	},
	sub {
		my ($a, $b) = @_;
		return 'SELECT ' . selected('a', $a) . " FROM $a->{name} a" . where(conditions('a', $a), "a.ref IN (SELECT b.id FROM $b->{name} b" . where(conditions('b', $b, undef, 1)) . ')') . order(0, [ 'a', $a ]) . limit();
	},
	sub {
		my ($a, $b) = @_;
		return "SELECT a.id, (SELECT " . pick('count(*)', 'max(b.id)', 'min(' . sortable('b', $b) =~ s/("?flag"?|maybe|uid)$/id/r . ')') . " FROM $b->{name} b" . where('b.ref = a.id', conditions('b', $b)) .
		  ") FROM $a->{name} a" . where(conditions('a', $a, undef, 1)) . order(0, [ 'a', $a ]) . limit();
	},
	sub {
		my ($a, $b) = @_;
		return 'SELECT * FROM (SELECT a.id, a.ref, ' . sortable('a', $a) . " AS s FROM $a->{name} a" . where(conditions('a', $a)) . ') x LEFT JOIN LATERAL (SELECT b.id AS other, ' . sortable('b', $b) .
		  " AS t FROM $b->{name} b" . where('b.ref = x.id', conditions('b', $b)) . order(1, [ 'b', $b ]) . ' LIMIT 1) y ON true WHERE x.id < 500' . limit();
	},
	sub {
		my ($a) = @_;
		return 'SELECT DISTINCT ' . sortable('a', $a) . " FROM $a->{name} a" . where(conditions('a', $a)) . limit();
	},
	sub {
		my ($a) = @_;
		return 'SELECT a.id, row_number() OVER (PARTITION BY ' . sortable('a', $a) . order(1, [ 'a', $a ]) . ") FROM $a->{name} a" . where(conditions('a', $a)) . limit();
	},
	sub {
		my ($a, $b) = @_;
		return "SELECT a.id FROM $a->{name} a" . where(conditions('a', $a, undef, 1)) . pick(' UNION ALL ', ' UNION ', ' EXCEPT ') . "SELECT b.id FROM $b->{name} b" . where(conditions('b', $b, undef, 1)) . ' ORDER BY 1' . limit();
	},
	sub {
		my ($a, $b) = @_;
		return "WITH w AS " . pick('', 'MATERIALIZED ') . "(SELECT * FROM $a->{name} a" . where(conditions('a', $a, undef, 1)) . ") SELECT w.id, b.* FROM w JOIN $b->{name} b ON b.id = w.ref" . where(conditions('b', $b)) . limit();
	},
	sub {
		my ($a, undef, undef, $p) = @_;
		return "UPDATE $a->{name} a SET ref = ref" . where(conditions('a', $a, $p, 1));
	},
	sub {
		my ($a, undef, undef, $p) = @_;
		return "DELETE FROM $a->{name} a" . where(conditions('a', $a, $p, 1));
	},
	sub {
		my ($a) = @_;
		return 'SELECT ' . selected('a', $a) . " FROM $a->{name} a" . where(conditions('a', $a)) . order(1, [ 'a', $a ]) . ' LIMIT 10 FOR UPDATE';
	},
);

# A statement over the schema's tables, and how many parameters it has.
sub random_statement
{
	my ($schema) = @_;
	my @tables = map { pick(@{ $schema->{tables} }) } 1 .. 3;
	my $parameters = 0;
	my $text = pick(@shapes)->(@tables, \$parameters);
	return ($text, $parameters);
}

1;
