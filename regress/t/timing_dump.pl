# Endpoints and targets that users have made, changed and deleted: through the update
# from version 1.0, dumps in every mode, by a superuser and by the owner of a database
# who is none, and through whatever becomes of that owner.
#
# Seen red with version 1.0's tables: what was changed or deleted comes back with a dump,
# and a restore of data only collides; with a script that forgets the tables' rows, what
# was deleted from them, or their rights, or gives these as initial ones, which are not
# dumped; without adopt_servers() on CREATE SERVER, or on DROP EXTENSION for servers made
# unseen; with servers that belong to who inserted the row.
use strict;
use warnings;

use PostgreSQL::Test::Utils;
use Test::More;
use TunedNode;

my $folder = PostgreSQL::Test::Utils::tempdir();
my $node = start_node('main', "fsync = off\nbingo_tune.upkeep = off\n");
$node->safe_psql('postgres', 'CREATE ROLE keeper LOGIN; CREATE ROLE editor LOGIN; CREATE ROLE heir LOGIN');

# A database of the keeper's with our extension in it, or without.
sub create
{
	my ($name, $version) = @_;
	$node->safe_psql('postgres', "CREATE DATABASE $name OWNER keeper");
	$node->safe_psql($name, 'CREATE EXTENSION pg_stat_statements');
	$node->safe_psql($name, "SET client_min_messages = error; CREATE EXTENSION bingo_tune VERSION '$version'", extra_params => [ '-U', 'keeper' ]) if $version;
	return;
}

# A shipped target goes with its endpoint: 1.0 still showed it.
sub rows
{
	my ($name, $query) = @_;
	return $node->safe_psql($name, $query // <<'SQL');
SELECT 'e', endpoint, example, queryid::text, shipped, action FROM bingo_tune.endpoints
UNION ALL SELECT 't', endpoint, fraction::text, within::text, shipped, max_error_rate::text FROM bingo_tune.endpoint_targets
WHERE NOT shipped OR endpoint IN (SELECT e.endpoint FROM bingo_tune.endpoints AS e)
ORDER BY 1, 2, 3, 4
SQL
}

sub servers
{
	return rows($_[0], 'SELECT count(*) FROM pg_foreign_server') . '|'
	  . rows($_[0], "SELECT count(*) FROM pg_depend WHERE classid = 'pg_foreign_server'::regclass");
}

# pg_dump of a database by a role into a file; pg_stat_statements is the superuser's, whose
# comment on it nobody else may restore.
sub dump_as
{
	my ($role, $name, @options) = @_;
	my $file = "$folder/" . join('', 'dump', $role, $name, @options) =~ s/\W/_/gr;
	$node->command_ok([ 'pg_dump', '-U', $role, '--no-comments', '-f', $file, '-Fc', @options, $name ], "dumped by $role: $name @options");
	return $file;
}

sub restore_as
{
	my ($role, $file, $name, @options) = @_;
	$node->command_ok([ 'pg_restore', '-U', $role, '-d', $name, '--exit-on-error', @options, $file ], "restored by $role: $name @options");
	return;
}

sub user_name
{
	chomp(my $user = $node->safe_psql('postgres', 'SELECT current_user'));
	return $user;
}
my $superuser = user_name();

# --- version 1.0 with all that users do, updated ---

my $EDITS = <<'SQL';
CREATE TABLE sessions ();
CREATE TABLE customers ();
CREATE TABLE movies ();
UPDATE bingo_tune.endpoint_targets SET within = 0.1 WHERE endpoint = 'GET /api/movie';
INSERT INTO bingo_tune.endpoints (endpoint, example) VALUES ('GET /film', 'SELECT * FROM film WHERE id = $1'), ('GET /movies', 'SELECT * FROM movies');
INSERT INTO bingo_tune.endpoints (endpoint, queryid) VALUES ('GET /film', -4711);
UPDATE bingo_tune.endpoints SET endpoint = 'GET /customers' WHERE endpoint = 'GET /api/customer';
UPDATE bingo_tune.endpoints SET example = 'SELECT pg_sleep(1), version()' WHERE endpoint = 'GET /db_dummy';
DELETE FROM bingo_tune.endpoints WHERE endpoint = 'GET /api/session';
INSERT INTO bingo_tune.endpoint_targets (endpoint, within, fraction) VALUES ('GET /film', 'Infinity', 1.0 / 3);
DELETE FROM bingo_tune.endpoint_targets WHERE endpoint = 'GET /db_dummy';
SQL
my $RIGHTS = <<'SQL';
SELECT c.relname, a.attname, r.grantee::regrole, r.privilege_type, r.is_grantable
FROM pg_class c LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attacl IS NOT NULL
	CROSS JOIN LATERAL aclexplode(coalesce(a.attacl, c.relacl)) r
WHERE c.oid IN ('bingo_tune.endpoints'::regclass, 'bingo_tune.endpoint_targets'::regclass) AND r.grantee <> c.relowner
ORDER BY 1, 2, 3, 4
SQL

create('old', '1.0');
$node->safe_psql('old', $EDITS, extra_params => [ '-U', 'keeper' ]);
$node->safe_psql('old', <<'SQL');
GRANT SELECT, INSERT, UPDATE ON bingo_tune.endpoints TO editor WITH GRANT OPTION;
GRANT UPDATE (within, fraction) ON bingo_tune.endpoint_targets TO editor;
REVOKE SELECT ON bingo_tune.endpoints FROM PUBLIC;
GRANT SELECT ON bingo_tune.endpoints TO keeper;
SQL
$node->safe_psql('old', 'CREATE SCHEMA mine CREATE VIEW mine AS SELECT endpoint, service_level FROM bingo_tune.endpoint_service_level',
	extra_params => [ '-U', 'keeper' ]);
my $rows = rows('old');
my $rights = rows('old', $RIGHTS);
like($rows, qr/film.*-4711|-4711.*film/s, '1.0: there are rows');
like($rights, qr/endpoint_targets\|within\|editor\|UPDATE\|f\n/, '1.0: there are rights');
my $old_dump = dump_as($superuser, 'old');

$node->safe_psql('old', "CREATE PUBLICATION everything FOR ALL TABLES; ALTER EXTENSION bingo_tune UPDATE TO '1.1'");
is(rows('old'), $rows, 'updated: the same rows');
is(rows('old', $RIGHTS), $rights, 'updated: the same rights');
is(rows('old', q{SELECT DISTINCT srvowner::regrole FROM pg_foreign_server WHERE srvname ~ 'endpoint|target'}), 'keeper', 'updated: the rows are the owner\'s');
is(rows('old', q{SELECT count(*) FROM pg_foreign_server s JOIN pg_depend d ON d.objid = s.oid AND d.classid = 'pg_foreign_server'::regclass WHERE d.deptype = 'e' AND srvname ~ 'endpoint|target'}),
	'0', 'updated: and no members, which are not dumped');
is(rows('old', 'SELECT count(*) > 0 FROM mine.mine'), 't', 'updated: views of users\' go on');
is(rows('old', q{SELECT count(*) FROM pg_publication_tables WHERE tablename ~ 'endpoint'}), '0', 'updated: not published any more');
is(rows('old', q{SELECT count(*) FROM pg_class WHERE relnamespace = 'bingo_tune'::regnamespace AND relname ~ '^endpoint' AND relkind <> 'v'}), '0', 'updated: no table is left');
$node->safe_psql('old', 'DROP PUBLICATION everything');

create('from_1_0', '');
restore_as($superuser, $old_dump, 'from_1_0');
is(rows('from_1_0', "SELECT extversion FROM pg_extension WHERE extname = 'bingo_tune'"), '1.1', 'a dump of 1.0 makes 1.1 of it');
# Shipped rows that were changed or deleted, 1.0's dumps did not tell.
my %missing = map { $_ => 1 } split /\n/, $rows;
delete $missing{$_} for split /\n/, rows('from_1_0');
is_deeply([ keys %missing ], [], 'with the same rows');

# --- dumps of 1.1 ---

for my $role ($superuser, 'keeper')
{
	my $as = $role eq 'keeper' ? 'keeper' : 'superuser';
	my $dump = dump_as($role, 'old');
	create("by_$as", '');
	restore_as($role, $dump, "by_$as", $role eq 'keeper' ? '--no-acl' : ());
	is(rows("by_$as"), $rows, "$as: the same rows");
	is(rows("by_$as", $RIGHTS) =~ s/^.*\|keeper\|.*\n?//mgr, $rights =~ s/^.*\|keeper\|.*\n?//mgr, "$as: the same rights") if $as eq 'superuser';
	is(rows("by_$as", 'SELECT DISTINCT srvowner::regrole FROM pg_foreign_server'), 'keeper', "$as: of the same owner");

	my $data = dump_as($role, 'old', '--data-only');
	restore_as($role, $data, "by_$as", '--single-transaction');
	is(rows("by_$as"), $rows, "$as: as they were after a restore of data only");

	$node->safe_psql("by_$as", $role eq 'keeper' ? <<'SQL' : "DELETE FROM bingo_tune.endpoint_targets", extra_params => [ '-U', $role ]);
DELETE FROM bingo_tune.endpoints;
INSERT INTO bingo_tune.endpoints (endpoint, example) VALUES ('GET /film', 'SELECT 1');
SQL
	# What was made since is not the dump's to drop, and can't be in its way.
	restore_as($role, $dump, "by_$as", '--clean', '--if-exists', $role eq 'keeper' ? ('--no-acl', '-L', without_statements($dump)) : ());
	is(rows("by_$as"), $rows, "$as: restored with --clean");

	$node->safe_psql("by_$as", "DROP SCHEMA mine CASCADE; DROP EXTENSION bingo_tune", extra_params => [ '-U', $role ]);
	is(servers("by_$as"), '0|0', "$as: all go with the extension");
}

# pg_stat_statements can't be dropped and made again by the keeper.
sub without_statements
{
	my ($dump) = @_;
	my ($list) = run_command([ 'pg_restore', '-l', $dump ]);
	append_to_file("$dump.list", $list =~ s/^(.*EXTENSION.*pg_stat_statements)/;$1/mgr);
	return "$dump.list";
}

# --- made unseen, then dropped ---

create('unseen', '1.1');
$node->safe_psql('unseen', <<'SQL');
ALTER EVENT TRIGGER bingo_tune_after_server DISABLE;
CREATE SERVER unseen TYPE 'endpoint' FOREIGN DATA WRAPPER bingo_tune_timing OPTIONS (endpoint 'GET /unseen', example 'SELECT 1 FROM unseen');
CREATE SERVER definition TYPE 'ordering' FOREIGN DATA WRAPPER bingo_tune;
SQL
is(servers('unseen'), '2|2', 'made without event triggers');
$node->safe_psql('unseen', 'DROP EXTENSION bingo_tune', extra_params => [ '-U', 'keeper' ]);
is(servers('unseen'), '0|0', 'dropped all the same');

# --- the owner goes ---

create('inherited', '1.1');
$node->safe_psql('inherited', $EDITS, extra_params => [ '-U', 'keeper' ]);
$node->safe_psql('inherited', 'GRANT SELECT, INSERT, DELETE ON bingo_tune.endpoints TO editor');
$node->safe_psql('inherited', q{INSERT INTO bingo_tune.endpoints (endpoint, example) VALUES ('GET /edited', 'SELECT 1 FROM edited')}, extra_params => [ '-U', 'editor' ]);
$node->safe_psql('inherited', 'REASSIGN OWNED BY keeper TO heir; DROP OWNED BY keeper');
is(rows('inherited') =~ s/^e\|GET \/edited.*\n//mr, $rows, 'the rows are an heir\'s');
is(rows('inherited', 'SELECT DISTINCT srvowner::regrole FROM pg_foreign_server'), 'heir', 'all of them');
$node->safe_psql('inherited', q{DELETE FROM bingo_tune.endpoints WHERE endpoint = 'GET /movies'; INSERT INTO bingo_tune.endpoints (endpoint, example) VALUES ('GET /late', 'SELECT 1 FROM late')},
	extra_params => [ '-U', 'editor' ]);
is(rows('inherited', q{SELECT srvowner::regrole FROM pg_foreign_server WHERE srvname ~ 'late'}), 'heir', 'new ones, too');
my ($status, $out, $err) = $node->psql('inherited', 'DROP OWNED BY heir');
is($status, 0, 'DROP OWNED drops extension and rows') or diag($err);
is(servers('inherited'), '0|0', 'all of them');

$node->stop;
done_testing();
