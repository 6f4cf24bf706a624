# Hostile names in the tools: a schema, a table, a column and an endpoint whose names
# hold quotes, a semicolon, dollars, backslashes and a newline stay names in SQL, in
# gnuplot's scripts and in the page.  Nor does their SQL find operators that somebody has planted in schema public
# (bench_prove does the same).
#
# Seen red: the endpoint of a comparison copied into gnuplot's script as it is (its
# system() ran); a name with "<" not escaped in the page; the schema of bingo_load,
# the column of a parameter not quoted; an operator of the sample of a table by its name alone.
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
$node->safe_psql('postgres', 'CREATE TABLE marker ()');
plant_operators($node, 'postgres');

# bingo_load into such a schema, twice, and its check of what is there.
my $schema = q{a";DROP TABLE public.marker;--'$$\\} . "\n%s\xc3\xa9";
$node->safe_psql('postgres', 'CREATE SCHEMA "' . $schema =~ s/"/""/gr . '"');
foreach my $again ('loaded', 'there already')
{
	my ($out, $err);
	my $done = IPC::Run::run([ 'bingo_load', '-d', $node->connstr('postgres'), '--scale=0.001', '--force', '--quiet', "--schema=$schema" ],
		'>', \$out, '2>', \$err);
	ok($done, "bingo_load: $again") or diag($err);
}
is($node->safe_psql('postgres', "SELECT count(*) FROM pg_tables WHERE schemaname::text LIKE 'a\";DROP%'"), '4', 'bingo_load: the tables are in that schema');

# A parameter from such a table and column.
$node->safe_psql('postgres', q{CREATE TABLE "o""d'd;--$$" ("c""(\)" int); INSERT INTO "o""d'd;--$$" VALUES (7)});
my $file = write_file("$directory/odd.sql", "-- \$1: o\"d'd;--\$\$.c\"(\\)\nSELECT 1 / (\$1 - 6)::int\n");
my ($status, $out, $err) = bench('query', '-d', $node->connstr('postgres'), '--repeat=1', $file);
is($status, 0, 'bingo_bench: the value of a column with such a name') or diag($err);
write_file($file, "-- \$1: row o\"d'd;--\$\$.c\"(\\)\nSELECT 1 / (\$1 - 6)::int\n");
($status, $out, $err) = bench('query', '-d', $node->connstr('postgres'), '--repeat=1', $file);
is($status, 0, 'bingo_bench: of a row of such a table') or diag($err);
is($node->safe_psql('postgres', 'SELECT count(*) FROM marker'), '0', 'nothing was dropped');

SKIP:
{
	skip 'gnuplot is not installed (package gnuplot-nox)', 1 if !grep { -x "$_/gnuplot" } split(/:/, $ENV{PATH});

	# Documents of somebody else's, whose endpoint tries to leave the data of a picture.
	my $hostile = qq{<b>x" 1\nEOD\nsystem("touch $directory/planted")\n'`touch $directory/planted`'\\};
	my $name = write_file("$directory/plain.sql", "SELECT 1 / (random() > 0.1)::int\n");
	foreach my $run (qw(a b))
	{
		($status, $out, $err) = bench('load', '-d', $node->connstr('postgres'), '-q', '--rate=300', '--duration=1', '--warmup=0',
			'--json', "$directory/$run.json", $name);
		is($status, 0, "load $run") or diag($err);
		my $document = slurp_file("$directory/$run.json");
		my $encoded = JSON::PP->new->allow_nonref->encode($hostile);
		$document =~ s/"plain"/$encoded/g;
		write_file("$directory/$run.json", $document);
	}
	($status, $out, $err) = bench('compare', '-q', '--json', "$directory/c.json", "$directory/a.json", "$directory/b.json");
	is($status, 0, 'compare') or diag($err);
	($status, $out, $err) = bench('report', '-o', "$directory/page.html", map { "$directory/$_.json" } qw(a b c));
	is($status, 0, 'report') or diag($err);
	ok(!-e "$directory/planted", 'nothing in a name is run');
	my $page = slurp_file("$directory/page.html");
	like($page, qr/&lt;b&gt;x/, 'the name is shown');
	unlike($page, qr/<b>x/, 'and is text');
}

$node->stop;
done_testing();
