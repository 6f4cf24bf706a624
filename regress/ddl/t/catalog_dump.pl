# pg_dump and pg_restore, in every form, of a database with a valid and an invalid
# ordering: as without the extension - status, messages, rows, keys, indexes - and
# afterwards both orderings are valid by themselves, exact, and kept up to date.  The
# twin database without the extension takes the same steps (CatalogTwins.pm).
#
# Database "app" is what is dumped, "built" what is restored over: the same with other
# rows in it and both orderings built.
#
# Seen red, with 1.0: --clean onto built orderings (DROP TABLE refused after the key
# had gone: rows twice, no key), --data-only (duplicate key in ordering_definition),
# dumps of single tables (our triggers), rights that were given to our relations,
# definitions that wait for refresh_ordering().
use strict;
use warnings FATAL => 'all';

use CatalogTwins;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = start_server('main');
my $second_query = 'SELECT g.id, g.x, h.y FROM g JOIN h ON g.h = h.id ORDER BY h.y DESC, g.id';
my %second = (name => 'i', query => $second_query,
	write => "UPDATE h SET y = y + 1 WHERE id = 3; DELETE FROM g WHERE id = 77; INSERT INTO g VALUES (-7, 2, 0)");

# --- what is dumped ---

# Orderings' tables, what else a dump brings along, and a role that is given rights to
# all that there will ever be, an extension's relations included.
$node->safe_psql('postgres', 'CREATE ROLE reader');
foreach my $database ('app', 'app_plain')
{
	$node->safe_psql('postgres', "CREATE DATABASE $database TEMPLATE template0");
	$node->safe_psql($database, $base . <<'SQL');
CREATE TABLE h (id int PRIMARY KEY, y int NOT NULL);
CREATE TABLE g (id int PRIMARY KEY, h int NOT NULL, x int);
CREATE INDEX ON g (h);
INSERT INTO h SELECT i, i % 9 FROM generate_series(1, 30) i;
INSERT INTO g SELECT i, 1 + i % 30, i FROM generate_series(1, 500) i;
CREATE TABLE note (id serial PRIMARY KEY, f int REFERENCES f, t text);
INSERT INTO note (f, t) SELECT i, 'note ' || i FROM generate_series(501, 600) i;
CREATE VIEW f_of_d AS SELECT d.p, count(*) FROM f JOIN d ON f.d = d.id GROUP BY 1;
CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER users BEFORE INSERT ON f FOR EACH ROW EXECUTE FUNCTION nothing();
ALTER DEFAULT PRIVILEGES GRANT ALL ON TABLES TO reader;
SQL
}

dump_both($node, 'app', 'earliest', '-Fc');
$node->safe_psql($_, 'CREATE EXTENSION pg_stat_statements') foreach 'app', 'app_plain';
dump_both($node, 'app', 'statements', '-Fc');
$node->safe_psql('app', 'CREATE EXTENSION bingo_tune');
dump_both($node, 'app', 'early', '-Fc');
create_ordering($node, 'app');
create_ordering($node, 'app', %second, rows => 40);
quiet($node, 'app');
copy_twins($node, 'app', 'built');
$node->safe_psql('app', 'ALTER DATABASE app SET bingo_tune.upkeep = off');
$node->safe_psql($_, 'TRUNCATE h; INSERT INTO h SELECT i, i % 7 FROM generate_series(1, 30) i') foreach 'app', 'app_plain';
is(row_of($node, 'app', 'o'), 'valid|', 'one ordering is valid');
like(row_of($node, 'app', 'i'), qr/^invalid\|/, 'one is not');

both_psql($node, 'built', <<'SQL', 'other rows');
UPDATE d SET p = 'old ' || p WHERE id < 9;
DELETE FROM note;
DELETE FROM f WHERE id % 3 = 0;
UPDATE g SET x = -1 WHERE id > 300;
SQL
comes_back($node, 'built', 'before restores', write => '');
comes_back($node, 'built', 'before restores', %second, write => '');
quiet($node, 'built');

dump_both($node, 'app', 'plain');
dump_both($node, 'app', 'clean', '--clean', '--if-exists');
dump_both($node, 'app', 'custom', '-Fc');
dump_both($node, 'app', 'folder', '-Fd', '-j2');
dump_both($node, 'app', 'tar', '-Ft');
dump_both($node, 'app', 'schema', '--schema-only');
dump_both($node, 'app', 'data', '--data-only');
dump_both($node, 'app', 'inserts', '--data-only', '--rows-per-insert=100');
dump_both($node, 'app', 'tables', '-t', 'd', '-t', 'f');
dump_both($node, 'app', 'cleantables', '-t', 'd', '-t', 'f', '--clean', '--if-exists');
dump_both($node, 'app', 'public', '-n', 'public');
dump_both($node, 'app', 'triggers', '--data-only', '--disable-triggers', '-t', 'd', '-t', 'f');

# --- what stands in the dumps ---

foreach my $form ('tables', 'cleantables', 'public', 'triggers')
{
	is(join("\n", surplus($form, 'app')), '', "$form: nothing in the dump is ours");
	is(join("\n", missing($form, 'app')), '', "$form: nothing is missing");
}
foreach my $form ('plain', 'schema', 'data')
{
	my @wrong = grep { !/^(EXTENSION bingo_tune|COMMENT EXTENSION bingo_tune|SERVER .*|TABLE DATA endpoint.*)$/ } surplus($form, 'app');
	is(join("\n", @wrong), '', "$form: nothing is ours but the extension, the definitions and endpoints of the user's");
}

# --- restores ---

my $targets = 0;

# Prepares the databases that one form is restored to.
sub prepare
{
	my ($over) = @_;
	my $target = 't' . ++$targets;

	if ($over eq 'nothing')
	{
		$node->safe_psql('postgres', "CREATE DATABASE $_ TEMPLATE template0") foreach $target, "${target}_plain";
		return $target;
	}
	copy_twins($node, 'built', $target);
	both_psql($node, $target, "TRUNCATE $1, note", 'TRUNCATE') if $over =~ /^empty (.*)/;
	return $target;
}

sub restored
{
	my ($what, $over, @commands) = @_;
	my $target = prepare($over);

	$what = "$what over $over";
	both_run($node, $target, $_, $what) foreach @commands;
	same($node, $target, $what);
	comes_back($node, $target, $what);
	comes_back($node, $target, $what, %second);
	drop_twins($node, $target);
	return;
}

restored('plain', 'nothing', psql_of($node, 'plain'));
restored('plain -1', 'nothing', psql_of($node, 'plain', '-1'));
restored('plain, dumped with --clean', 'a built one', psql_of($node, 'clean'));
restored('custom', 'nothing', restore_of($node, 'custom', '-e'));
restored('custom -1 --no-owner', 'nothing', restore_of($node, 'custom', '-1', '--no-owner'));
restored('custom --clean', 'a built one', restore_of($node, 'custom', '-e', '--clean', '--if-exists'));
restored('custom --clean -1', 'a built one', restore_of($node, 'custom', '-1', '--clean', '--if-exists'));
restored('folder -j2', 'nothing', restore_of($node, 'folder', '-j2'));
restored('folder -j2 --clean', 'a built one', restore_of($node, 'folder', '-j2', '--clean', '--if-exists'));
restored('tar', 'nothing', restore_of($node, 'tar', '-e'));
restored('schema, then data', 'nothing', psql_of($node, 'schema'), psql_of($node, 'data'));
restored('custom, three sections', 'nothing', map { restore_of($node, 'custom', '-e', "--section=$_") } 'pre-data', 'data', 'post-data');
restored('custom --data-only -1', 'empty d, f, g, h', restore_of($node, 'custom', '--data-only', '-1'));
restored('custom --data-only -1 --disable-triggers', 'empty d, f, g, h', restore_of($node, 'custom', '--data-only', '-1', '--disable-triggers'));
restored('folder -j2 --data-only --disable-triggers', 'empty d, f, g, h', restore_of($node, 'folder', '-j2', '--data-only', '--disable-triggers'));
restored('plain --data-only', 'empty d, f, g, h', psql_of($node, 'data'));
restored('INSERTs', 'empty d, f, g, h', psql_of($node, 'inserts', '-1'));
restored('plain --disable-triggers', 'empty d, f', psql_of($node, 'triggers'));

# Taken when there was no ordering, or not even the extension.
restored('custom --clean, older than both extensions,', 'a built one', restore_of($node, 'earliest', '-e', '--clean', '--if-exists'));
restored('custom --clean, older than ours,', 'a built one', restore_of($node, 'statements', '-e', '--clean', '--if-exists'));
{
	my $what = 'custom --clean, older than the orderings,';
	my $target = prepare('a built one');
	both_run($node, $target, restore_of($node, 'early', '-e', '--clean', '--if-exists'), $what);
	same($node, $target, $what);
	waits_for($node, $target, "SELECT coalesce(bool_and(state = 'valid'), true) FROM bingo_tune.orderings", "$what: no ordering is left, or none invalid");
	stays_exact($node, $target, $what);
	drop_twins($node, $target);
}

# Some tables: where the extension is missing, and over an ordering.
foreach my $form ('tables', 'public')
{
	my $target = prepare('nothing');
	my $what = "$form of a dump, where the extension is missing";
	# What the dump does not bring along, or does.
	my $sql = $form eq 'public' ? 'DROP SCHEMA public' : "CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'";
	both_psql($node, $target, "$sql", $what);
	both_run($node, $target, psql_of($node, $form), $what);
	same($node, $target, $what);
	is(value($node, "${target}_plain", 'SELECT count(*) FROM f'), '2000', "$what: it could be loaded");
	drop_twins($node, $target);
}
{
	my $what = '-t d -t f --clean over a built one';
	my $target = prepare('a built one');
	both_psql($node, $target, 'DROP VIEW f_of_d; ALTER TABLE note DROP CONSTRAINT note_f_fkey', $what);
	both_run($node, $target, psql_of($node, 'cleantables'), $what);
	same($node, $target, $what);
	comes_back($node, $target, $what);
	drop_twins($node, $target);

	# pg_restore -t brings no key: invalid, until it is there.
	$what = 'pg_restore -t';
	$target = prepare('a built one');
	both_psql($node, $target, 'DROP VIEW f_of_d; ALTER TABLE note DROP CONSTRAINT note_f_fkey', $what);
	both_run($node, $target, restore_of($node, 'custom', '-e', '--clean', '--if-exists', '-t', 'f'), $what);
	same($node, $target, $what);
	stops_serving($node, $target, $what, '.');
	both_psql($node, $target, 'ALTER TABLE f ADD PRIMARY KEY (id); CREATE INDEX ON f (d)', "$what: the key");
	comes_back($node, $target, "$what, and then the key");
	drop_twins($node, $target);
}

$node->stop;
done_testing();
