# What migrations do to the types, domains, collations and extensions behind an
# ordering's columns, and bingo_load --force, which drops the application's tables: as
# catalog_migration.pl, with its means.
#
# Seen red, with 1.0: ALTER TABLE ... TYPE before DROP TYPE and DROP EXTENSION citext,
# DROP ... CASCADE ("drop cascades to" the ordering's relations), bingo_load --force.
# ALTER DOMAIN of "whole", with columns of domains in windows ('column "k1" of table "boundary_1" contains
# null values'), and ALTER TYPE, without upkeep/give_way.c ('because column "window_1.c4" uses it').
use strict;
use warnings FATAL => 'all';

use CatalogMigration;
use CatalogTwins;
use PostgreSQL::Test::Cluster;
use Test::More;

my $node = start_server('main');
my $query = 'SELECT f.id, d.mood, d.label, d.mail, d.name FROM f JOIN d ON f.d = d.id ORDER BY d.mood, d.mail, f.id';

template($node, 'typed', <<'SQL', query => $query);
CREATE SCHEMA other;
CREATE EXTENSION citext;
CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
CREATE DOMAIN label AS text CHECK (VALUE <> '');
CREATE COLLATION mine (provider = libc, locale = 'C');
CREATE TABLE d (id int PRIMARY KEY, mood mood NOT NULL, label label, mail citext NOT NULL, name text COLLATE mine);
CREATE TABLE f (id int PRIMARY KEY, d int NOT NULL);
CREATE INDEX ON f (d);
INSERT INTO d SELECT i, (ARRAY['happy', 'sad', 'ok'])[1 + i % 3]::mood, 'l' || i, 'Mail' || 50 - i, 'n' || i FROM generate_series(1, 50) i;
INSERT INTO f SELECT i, 1 + i % 50 FROM generate_series(1, 2000) i;
SQL

my $write = "UPDATE d SET label = label || '+', name = 'x' WHERE id IN (1, 3); DELETE FROM f WHERE id = 52; INSERT INTO f VALUES (-7, 2)";

sub typed
{
	my ($what, %options) = @_;
	return every_way($node, 'typed', $what, query => $query, write => $write, %options);
}

# --- enumerations ---

migrate($node, 'typed', 'a value of an enumeration comes, and is used', query => $query, write => $write,
	do => [ "ALTER TYPE mood ADD VALUE 'furious' BEFORE 'sad'", "UPDATE d SET mood = 'furious' WHERE id = 44" ]);
typed('a value of an enumeration is renamed', do => ["ALTER TYPE mood RENAME VALUE 'ok' TO 'fine'"], silently => 1);
typed('an enumeration is renamed and goes to another schema', do => [ 'ALTER TYPE mood RENAME TO feeling', 'ALTER TYPE feeling SET SCHEMA other' ]);
typed('an enumeration is not used any more', do => [ 'ALTER TABLE d ALTER mood TYPE text', 'DROP TYPE mood' ], silently => 1);
typed('an enumeration is made anew', do => [ 'ALTER TYPE mood RENAME TO mood_old', "CREATE TYPE mood AS ENUM ('happy', 'ok', 'sad', 'none')",
	'ALTER TABLE d ALTER mood TYPE mood USING mood::text::mood', 'DROP TYPE mood_old' ], silently => 1);
typed('an enumeration goes with its column', do => ['DROP TYPE mood CASCADE'], stops => 'mood|column|type', ends => 'no column d.mood',
	back => [ 'ALTER TABLE d ADD mood text', 'UPDATE d SET mood = id % 3' ], silently => 1);
typed('a column goes, then its type', do => [ 'ALTER TABLE d DROP mood', 'DROP TYPE mood' ], stops => 'mood|column|type', ends => 'no column d.mood', silently => 1);

# --- domains ---

typed('constraints of a domain', do => [ "ALTER DOMAIN label ADD CONSTRAINT short CHECK (length(VALUE) < 99)", 'ALTER DOMAIN label DROP CONSTRAINT short',
	'ALTER DOMAIN label SET NOT NULL', 'ALTER DOMAIN label DROP NOT NULL' ]);
typed('a domain is renamed', do => [ 'ALTER DOMAIN label RENAME TO title', 'ALTER DOMAIN title SET SCHEMA other' ]);
typed('a domain is not used any more', do => [ 'ALTER TABLE d ALTER label TYPE text', 'DROP DOMAIN label' ], silently => 1);
typed('a domain goes with its column', do => ['DROP DOMAIN label CASCADE'], stops => 'label|column|type', ends => 'no column d.label',
	back => ['ALTER TABLE d ADD label varchar']);

# --- a window with all rows, whose boundary has no keys, and types that domains are part of ---

my $by_label = 'SELECT f.id, d.label, d.labels, d.made FROM f JOIN d ON f.d = d.id ORDER BY d.label, f.id';

template($node, 'whole', <<'SQL', query => $by_label, rows => 5000);
CREATE DOMAIN label AS text CHECK (VALUE <> '');
CREATE TYPE made AS (a int, b label);
CREATE TABLE d (id int PRIMARY KEY, label label NOT NULL, labels label[], made made);
CREATE TABLE f (id int PRIMARY KEY, d int NOT NULL);
CREATE INDEX ON f (d);
INSERT INTO d SELECT i, 'l' || i, ARRAY['l' || i]::label[], ROW(i, 'b')::made FROM generate_series(1, 50) i;
INSERT INTO f SELECT i, 1 + i % 50 FROM generate_series(1, 2000) i;
SQL
my $write_label = "UPDATE d SET label = label || '+' WHERE id IN (1, 3); DELETE FROM f WHERE id = 52; INSERT INTO f VALUES (-7, 2)";

every_way($node, 'whole', 'columns go, then the types that they were of are altered', query => $by_label,
	do => [ 'ALTER TABLE d DROP labels, DROP made', 'ALTER TYPE made ALTER ATTRIBUTE a TYPE bigint', 'ALTER DOMAIN label SET NOT NULL',
		"ALTER DOMAIN label ADD CONSTRAINT short CHECK (length(VALUE) < 99)", 'ALTER DOMAIN label DROP NOT NULL' ],
	stops => 'column|labels|made', ends => 'no column d.made');
every_way($node, 'whole', 'columns are other ones, then the types that they were of are altered', query => $by_label, write => $write_label,
	do => [ 'ALTER TABLE d ALTER labels TYPE text[], ALTER made TYPE text USING (made).b', 'ALTER TYPE made ALTER ATTRIBUTE a TYPE bigint',
		'ALTER DOMAIN label SET NOT NULL', "ALTER DOMAIN label ADD CONSTRAINT short CHECK (length(VALUE) < 99)", 'ALTER DOMAIN label DROP NOT NULL' ]);

# --- extensions' types ---

typed('citext is not used any more', do => [ 'ALTER TABLE d ALTER mail TYPE text', 'DROP EXTENSION citext' ], silently => 1);
typed('citext goes with its column', do => ['DROP EXTENSION citext CASCADE'], stops => 'mail|column|type', ends => 'no column d.mail',
	back => [ 'ALTER TABLE d ADD mail text', "UPDATE d SET mail = 'm' || id" ], silently => 1);
typed('a column goes, then citext', do => [ 'ALTER TABLE d DROP mail', 'DROP EXTENSION citext' ], stops => 'mail|column|type', ends => 'no column d.mail');
typed('citext comes instead of text', do => [ 'ALTER TABLE d ALTER name TYPE citext', 'ALTER EXTENSION citext SET SCHEMA other' ]);

# --- collations ---

typed('a collation is not used any more', do => [ 'ALTER TABLE d ALTER name TYPE text COLLATE "C"', 'DROP COLLATION mine' ], silently => 1);
typed('a collation is renamed', do => [ 'ALTER COLLATION mine RENAME TO ours', 'ALTER COLLATION ours SET SCHEMA other' ]);
typed('a collation goes with its column', do => ['DROP COLLATION mine CASCADE'], stops => 'name|column|collation', ends => 'no column d.name',
	back => ['ALTER TABLE d ADD name text']);

# --- what an application's own means of loading do ---

foreach my $database ('loaded', 'loaded_plain')
{
	$node->safe_psql('postgres', "CREATE DATABASE $database OWNER mover");
}
my @load = ('bingo_load', '--scale', '0.001', '--jobs', '1', '--seed', '7');
sub load
{
	my (@options) = @_;
	return sub { return (@load, @options, '-d', connection($node, $_[0], 'mover')) };
}
sub loaded
{
	my ($what, @options) = @_;
	my ($mine, $plain) = map { run_program($node, [ load(@options)->($_) ]) } 'loaded', 'loaded_plain';

	is($mine->{status}, $plain->{status}, "$what: status") or diag($mine->{err});
	is($plain->{status}, 0, "$what: it can be loaded") or diag($plain->{err});
	return;
}
loaded('bingo_load');
is(value($node, 'loaded', 'CREATE EXTENSION bingo_tune') =~ s/^.*(NOTICE|HINT): .*\n?//mgr, '', 'the extension');
is(value($node, 'loaded', "SELECT count(*) FROM bingo_tune.orderings WHERE state = 'valid'"), '3', 'the presets of apply()');
foreach my $round (1, 2)
{
	loaded("bingo_load --force, $round", '--force');
	# Its tables have no index but those that apply() makes, and an ordering needs unique keys.
	waits_for($node, 'loaded', "SELECT bool_and(state = 'invalid' AND reason LIKE '%unique key%') FROM bingo_tune.orderings",
		"bingo_load --force, $round: the presets wait for their keys");
	is(value($node, 'loaded', 'SELECT count(*) > 0 FROM bingo_tune.apply()'), 't', "bingo_load --force, $round: apply()");
	waits_for($node, 'loaded', "SELECT count(*) = 3 AND bool_and(state = 'valid') FROM bingo_tune.orderings", "bingo_load --force, $round: the presets are valid then")
	  or diag(value($node, 'loaded', 'SELECT name, state, reason FROM bingo_tune.orderings'));
	is(value($node, 'loaded', 'SELECT sum(missing + extra + differing) FROM bingo_tune.orderings o, bingo_tune.verify_ordering(o.name)'), '0',
		"bingo_load --force, $round: and exact");
	foreach my $table ('sessions', 'customers', 'movies')
	{
		is(value($node, 'loaded', "SELECT count(*) FROM $table"), value($node, 'loaded_plain', "SELECT count(*) FROM $table"), "$table: as many rows");
	}
}

$node->stop;
done_testing();
