# pg_dump | restore of a database with our indexes: in every form and order that
# the tools have, the copy knows which indexes are ours, and apply() finds
# nothing to do but to build the orderings; with upkeep on, not even that.
#
# Seen red: without the dependency on the extension (all forms); without
# the comment as a second sign (tables restored before the extension); orderings whose
# triggers are in the dump; no upkeep asked for by the DDL of a restore.
use strict;
use warnings;

use IPC::Run;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->append_conf('postgresql.conf', "autovacuum = off\nfsync = off\nbingo_tune.upkeep = off\n");
$node->start;

my $dump = $node->backup_dir;
mkdir $dump;

# Six indexes of ours, one of the user and the orderings, in a schema whose name needs quotes.
$node->safe_psql('postgres', 'CREATE DATABASE source');
$node->safe_psql('source', <<'SQL');
CREATE SCHEMA "The App";
CREATE TABLE "The App".movies (id serial NOT NULL, name varchar NOT NULL, year integer NOT NULL, duration integer NOT NULL);
CREATE TABLE "The App".customers (id serial NOT NULL, name varchar(80) NOT NULL, surname varchar(80) NOT NULL, birthday date NOT NULL, email varchar(256) NOT NULL);
CREATE TABLE "The App".sessions (id bigserial NOT NULL, start_time timestamp NOT NULL, customer_id integer NOT NULL, movie_id integer NOT NULL);
INSERT INTO "The App".movies SELECT i, 'M', 2000, 90 FROM generate_series(1, 20) i;
CREATE UNIQUE INDEX mine ON "The App".customers (id);
CREATE EXTENSION bingo_tune CASCADE;
SQL

sub command_succeeds
{
	my ($what, @command) = @_;
	my ($out, $err);
	my $ok = IPC::Run::run(\@command, '>', \$out, '2>', \$err);
	ok($ok, $what) or diag($err);
	return $err;
}

sub actions
{
	my ($database) = @_;
	return $node->safe_psql($database,
		'SELECT string_agg(action, \' \' ORDER BY index_name::text COLLATE "C") FROM bingo_tune.apply()');
}

sub check_copy
{
	my ($database, $what, $orderings) = @_;

	is($node->safe_psql($database, 'SELECT count(*) FROM "The App".movies'), '20', "$what: data");
	is(actions($database), 'kept kept kept kept kept kept found ' . ($orderings // 'adopted adopted adopted'), "$what: the orderings are built, nothing else to do");
	is($node->safe_psql($database, 'SELECT sum(missing + extra + differing) FROM bingo_tune.orderings o, bingo_tune.verify_ordering(o.name)'),
		'0', "$what: and exact");
	is($node->safe_psql($database, 'SELECT count(*) FROM bingo_tune.revert()'), '9', "$what: revert() drops ours");
	$node->safe_psql($database, 'SELECT bingo_tune.apply()');
	$node->safe_psql($database, 'DROP EXTENSION bingo_tune');
	is($node->safe_psql($database, 'SELECT string_agg(indexname, \' \') FROM pg_indexes WHERE schemaname = \'The App\''),
		'mine', "$what: DROP EXTENSION leaves the user's index");
	return;
}

sub new_database
{
	my ($name) = @_;
	$node->safe_psql('postgres', "CREATE DATABASE $name TEMPLATE template0");
	return $name;
}

local $ENV{PGHOST} = $node->host;
local $ENV{PGPORT} = $node->port;
my @psql = ('psql', '-XqAt', '-v', 'ON_ERROR_STOP=1');

is(actions('source'), 'kept kept kept kept kept kept found kept kept kept', 'the source');

# 1. Plain SQL.
command_succeeds('pg_dump plain', 'pg_dump', '-f', "$dump/plain.sql", 'source');
new_database('plain');
my $noise = command_succeeds('restore plain', @psql, '-f', "$dump/plain.sql", 'plain');
is($noise, '', 'CREATE EXTENSION in a restore is silent');
check_copy('plain', 'plain');

# 2. Custom format, in parallel.
command_succeeds('pg_dump -Fc', 'pg_dump', '-Fc', '-f', "$dump/custom", 'source');
new_database('custom');
command_succeeds('pg_restore -j', 'pg_restore', '-j2', '--exit-on-error', '-d', 'custom', "$dump/custom");
check_copy('custom', 'custom');

# 3. The three sections, each by itself.
new_database('sections');
for my $section (qw(pre-data data post-data))
{
	command_succeeds("pg_restore $section", 'pg_restore', '--exit-on-error', "--section=$section", '-d', 'sections', "$dump/custom");
}
check_copy('sections', 'sections');

# 4. Over what is there.
new_database('again');
command_succeeds('first restore', 'pg_restore', '--exit-on-error', '-d', 'again', "$dump/custom");
command_succeeds('restore over it', 'pg_restore', '--clean', '--if-exists', '--exit-on-error', '-d', 'again', "$dump/custom");
check_copy('again', 'again');

# 5. Data only, into tables that have their indexes.
new_database('data');
for my $part ('--schema-only', '--data-only')
{
	command_succeeds("pg_dump $part", 'pg_dump', $part, '-f', "$dump/part.sql", 'source');
	command_succeeds("restore $part", @psql, '-f', "$dump/part.sql", 'data');
}
check_copy('data', 'data only');

# 6. The tables first, the extension later: what says "depends on extension" fails,
# the indexes and their comments are there, and CREATE EXTENSION claims them.  Nothing
# else of ours is in such a dump.
new_database('tables');
command_succeeds('pg_dump of the schema', 'pg_dump', '-n', '"The App"', '-f', "$dump/tables.sql", 'source');
my ($out, $errors);
IPC::Run::run([ 'psql', '-Xq', '-f', "$dump/tables.sql", 'tables' ], '>', \$out, '2>', \$errors);
is(scalar(() = $errors =~ /ERROR/g), 6, 'six dependencies cannot be restored') or diag($errors);
my ($rc, undef, $notice) = $node->psql('tables', 'CREATE EXTENSION bingo_tune CASCADE');
like($notice, qr/0 indexes built, 6 adopted and 1 found/, 'CREATE EXTENSION adopts ours');
check_copy('tables', 'tables first', 'kept kept kept');

# 7. The data without indexes, then the extension.
new_database('bare');
command_succeeds('restore of all but indexes', 'pg_restore', '--exit-on-error', '--section=pre-data', '--section=data',
	'-d', 'bare', "$dump/custom");
is(actions('bare'), 'created created created created created created created adopted adopted adopted', 'apply() after a restore without indexes');

# 8. With upkeep on the orderings come by themselves, in every form that has their definitions.
$node->append_conf('postgresql.conf', 'bingo_tune.upkeep = on');
$node->reload;
my %restores = (
	psql => sub { command_succeeds('psql', @psql, '-f', "$dump/plain.sql", $_[0]) },
	jobs => sub { command_succeeds('pg_restore -j', 'pg_restore', '-j2', '--exit-on-error', '-d', $_[0], "$dump/custom") },
	transaction => sub { command_succeeds('pg_restore -1', 'pg_restore', '-1', '--exit-on-error', '-d', $_[0], "$dump/custom") },
	clean => sub { command_succeeds('pg_restore --clean', 'pg_restore', '--clean', '--if-exists', '--exit-on-error', '-d', $_[0], "$dump/custom") });
foreach my $name (sort keys %restores)
{
	new_database("own_$name");
	$restores{$name}->("own_$name") foreach $name eq 'clean' ? (1, 2) : 1;
	ok($node->poll_query_until("own_$name", "SELECT count(*) = 3 AND bool_and(state = 'valid') FROM bingo_tune.orderings"),
		"$name: the orderings are built by themselves") or diag($node->safe_psql("own_$name", 'TABLE bingo_tune.orderings'));
	check_copy("own_$name", $name, 'kept kept kept');
}

$node->stop;
done_testing();
