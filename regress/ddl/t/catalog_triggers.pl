# ALTER TABLE ... DISABLE / ENABLE TRIGGER, as tools for loading and pg_restore send
# them, by an owner who is no superuser: it succeeds as without the extension, though
# triggers of the server's own are there; and rows that change meanwhile are in the
# window, or the ordering is invalid until it is filled again - which it is, by itself.
#
# Seen red, with 1.0: triggers that DISABLE TRIGGER USER stops, and that are in sight.
# Seen red, with internal triggers and nothing else: "permission denied: ... is a system trigger".
use strict;
use warnings FATAL => 'all';

use CatalogMigration;
use CatalogTwins;
use PostgreSQL::Test::Cluster;
use Test::More;

my $node = start_server('main');
template($node, 'base', $base . <<'SQL');
CREATE TABLE log (t text);
CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN INSERT INTO public.log VALUES (TG_NAME); RETURN NEW; END';
CREATE TRIGGER users AFTER UPDATE ON d FOR EACH STATEMENT EXECUTE FUNCTION note();
CREATE TRIGGER silent AFTER UPDATE ON d FOR EACH STATEMENT EXECUTE FUNCTION note();
ALTER TABLE d DISABLE TRIGGER silent;
SQL

my @changes = ("UPDATE d SET p = 'changed' WHERE id IN (1, 2)", 'DELETE FROM f WHERE id IN (50, 100)', 'INSERT INTO f VALUES (-1, 1, 0)', 'UPDATE f SET d = 1 WHERE id = 49');
my @bulk = ('UPDATE d SET r = 51 - r', 'UPDATE f SET n = n + 1');

sub all_ways
{
	my ($what, %options) = @_;

	migrate($node, 'base', $what, %options);
	migrate($node, 'base', $what, %options, single => 1);
	migrate($node, 'base', $what, %options, as => 'postgres');
	return;
}

foreach my $kind ('ALL', 'USER')
{
	my @off = map { "ALTER TABLE $_ DISABLE TRIGGER $kind" } 'd', 'f';
	my @on = map { "ALTER TABLE $_ ENABLE TRIGGER $kind" } 'd', 'f';

	all_ways("DISABLE TRIGGER $kind, changes", do => [ @off, @changes, @on, "UPDATE d SET p = 'later' WHERE id = 3" ]);
	all_ways("DISABLE TRIGGER $kind, everything changes", do => [ @off, @bulk, @on ]);
	all_ways("DISABLE TRIGGER $kind, TRUNCATE and rows", do => [ @off, 'TRUNCATE d, f', $data, @on ]);
}
migrate($node, 'base', 'twice', do => [ ('ALTER TABLE d DISABLE TRIGGER ALL', 'ALTER TABLE d DISABLE TRIGGER ALL', $changes[0], 'ALTER TABLE d ENABLE TRIGGER ALL') x 2 ]);
migrate($node, 'base', 'with other subcommands', do => [ 'ALTER TABLE d DISABLE TRIGGER ALL, ADD x int, ALTER r TYPE bigint', @changes, 'ALTER TABLE d DROP x, ENABLE TRIGGER ALL' ]);
migrate($node, 'base', 'ENABLE ALWAYS and REPLICA of a trigger of his own', do => [ 'ALTER TABLE d ENABLE ALWAYS TRIGGER users', @changes, 'ALTER TABLE d ENABLE REPLICA TRIGGER users', @bulk ]);
migrate($node, 'base', 'a trigger is renamed, dropped, made', do => [ 'ALTER TRIGGER users ON d RENAME TO mine', 'DROP TRIGGER mine ON d',
	'CREATE TRIGGER users BEFORE UPDATE ON d FOR EACH ROW EXECUTE FUNCTION note()', @changes ]);
migrate($node, 'base', 'rolled back', do => [ 'BEGIN; ALTER TABLE d DISABLE TRIGGER ALL; ALTER TABLE f DISABLE TRIGGER ALL; ROLLBACK', @changes,
	'BEGIN; SAVEPOINT s; ALTER TABLE d DISABLE TRIGGER ALL; ROLLBACK TO s; ' . $bulk[0] . '; COMMIT' ]);
migrate($node, 'base', 'a foreign key forbids it to an owner, as ever', do => [ 'ALTER TABLE f ADD CONSTRAINT fk FOREIGN KEY (d) REFERENCES d', 'ALTER TABLE f DISABLE TRIGGER ALL',
	'ALTER TABLE d DISABLE TRIGGER ALL', @changes ]);
migrate($node, 'base', 'a foreign key, and a superuser', as => 'postgres', do => [ 'ALTER TABLE f ADD CONSTRAINT fk FOREIGN KEY (d) REFERENCES d',
	'ALTER TABLE f DISABLE TRIGGER ALL; ALTER TABLE d DISABLE TRIGGER ALL', @changes, 'ALTER TABLE f ENABLE TRIGGER ALL; ALTER TABLE d ENABLE TRIGGER ALL', @bulk ]);
migrate($node, 'base', 'in replica role', as => 'postgres', do => [ 'SET session_replication_role = replica; ' . join('; ', @changes), 'SET session_replication_role = replica; ' . $bulk[0] ]);
migrate($node, 'base', 'in replica role, disabled', as => 'postgres',
	do => [ 'SET session_replication_role = replica; ALTER TABLE d DISABLE TRIGGER ALL; ' . join('; ', @changes) . '; ALTER TABLE d ENABLE TRIGGER ALL' ]);

# Left disabled: whatever becomes of ours, no answer is wrong.
foreach my $silent (0, 1)
{
	my $what = 'left disabled' . ($silent ? ' (no event triggers)' : '');
	my $database = "left$silent";
	copy_twins($node, 'base', $database, owner => 'mover');
	silence($node, $database) if $silent;
	both_psql($node, $database, 'ALTER TABLE d DISABLE TRIGGER ALL; ALTER TABLE f DISABLE TRIGGER ALL', $what, user => $silent ? 'postgres' : 'mover');
	both_psql($node, $database, $_, "$what: $_", user => 'mover') foreach @changes, @bulk;
	same($node, $database, $what);
	stays_exact($node, $database, $what);
	both_psql($node, $database, 'ALTER TABLE d ENABLE TRIGGER ALL; ALTER TABLE f ENABLE TRIGGER ALL', "$what, and enabled", user => $silent ? 'postgres' : 'mover');
	both_psql($node, $database, $_, "$what, and enabled: $_", user => 'mover') foreach @changes[ 0, 1, 3 ];
	same($node, $database, "$what, and enabled");
	comes_back($node, $database, "$what, and enabled", nudge => $silent ? "$base_query LIMIT 10; UPDATE d SET p = p || 'x' WHERE id = 45" : undef);
}

# Another session writes while they are disabled.
copy_twins($node, 'base', 'beside', owner => 'mover');
both_psql($node, 'beside', 'ALTER TABLE d DISABLE TRIGGER ALL', 'beside: disabled', user => 'mover');
my $writer = $node->background_psql('beside', on_error_stop => 0);
$writer->query("BEGIN; UPDATE d SET p = 'open' WHERE id = 4; UPDATE d SET r = 0 WHERE id = 40");
both_psql($node, 'beside', $changes[0], 'beside: another', user => 'mover');
$writer->query('COMMIT');
stays_exact($node, 'beside', 'beside: written while disabled');
both_psql($node, 'beside', 'ALTER TABLE d ENABLE TRIGGER ALL', 'beside: enabled', user => 'mover');
$writer->quit;
comes_back($node, 'beside', 'beside: enabled');

$node->stop;
done_testing();
