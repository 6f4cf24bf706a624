# Writes at the last moment: another library's PRE_COMMIT callback that changes
# the tables before or after bingo_tune has done its work for the transaction
# (late_writer.c), and deferred constraint triggers.
#
# Seen red: what changes after the work is remembered only.
#
# Starts first: it takes more than a minute.
use strict;
use warnings FATAL => 'all';

use Compiler;
use FindBin;
use OrderingData;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $library = PostgreSQL::Test::Utils::tempdir() . '/late_writer.so';

compile_ok('the library', $library, qw(-O2 -fPIC -shared), '-I' . config_folder('--includedir-server'),
	"$FindBin::RealBin/../late_writer.c");

my $node = start_with_tables('main', '');
create_ordering($node, 'app');
$node->safe_psql('app', <<'SQL');
CREATE FUNCTION try_and_fail() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	BEGIN
		INSERT INTO film VALUES (40000, 'Undone', years(2, NULL), 2);
		UPDATE studio SET name = 'undone' WHERE id = 2;
		RAISE EXCEPTION 'undone';
	EXCEPTION WHEN raise_exception THEN
		UPDATE film SET title = 'In the handler' WHERE id = 2;
	END;
	UPDATE studio SET name = 'after the handler' WHERE id = 3;
END $$;
CREATE FUNCTION rename_studio() RETURNS trigger LANGUAGE plpgsql AS
	$$ BEGIN UPDATE studio SET name = name || '*' WHERE id = NEW.studio_id; RETURN NULL; END $$;
CREATE CONSTRAINT TRIGGER at_the_end AFTER INSERT ON film DEFERRABLE INITIALLY DEFERRED
	FOR EACH ROW WHEN (NEW.id = 40001) EXECUTE FUNCTION rename_studio();
SQL

# What the transaction does by itself, what comes late, and how it ends.
my @cases = (
	[ 'nothing before', '', "INSERT INTO film VALUES (30001, 'Late', years(10, NULL), 5)" ],
	[ 'read before', 'SELECT count(*) FROM film', 'UPDATE studio SET name = $$late$$ WHERE id = 6' ],
	[ 'the same row', "UPDATE film SET title = 'First' WHERE id = 20", "UPDATE film SET title = 'Second', years = years(4, NULL) WHERE id = 20" ],
	[ 'moved out', "UPDATE film SET years = years(5, NULL) WHERE id = 21", "UPDATE film SET years = years(8999, NULL) WHERE id = 21" ],
	[ 'moved in', 'UPDATE film SET years = years(8998, NULL) WHERE id = 22', 'UPDATE film SET years = years(1, NULL) WHERE id = 22' ],
	[ 'inserted and deleted', "INSERT INTO film VALUES (30002, 'Short', years(3, NULL), 5)", 'DELETE FROM film WHERE id = 30002' ],
	[ 'deleted and inserted', 'DELETE FROM film WHERE id = 30', "INSERT INTO film VALUES (30, 'Again', years(30, NULL), 31)" ],
	[ 'row, then its studio', 'UPDATE film SET studio_id = 8 WHERE id = 40', 'UPDATE studio SET name = $$eight$$ WHERE id = 8' ],
	[ 'studio, then its row', 'UPDATE studio SET name = $$nine$$ WHERE id = 9', 'UPDATE film SET studio_id = 9 WHERE id = 41' ],
	[ 'studio twice', 'UPDATE studio SET name = $$ten$$ WHERE id = 10', 'DELETE FROM studio WHERE id = 10' ],
	[ 'key of a studio', '', 'UPDATE studio SET id = 1011 WHERE id = 11' ],
	[ 'many rows', 'UPDATE film SET title = $$many$$ WHERE id BETWEEN 100 AND 120', 'UPDATE film SET years = years(9 + id % 7, NULL) WHERE id BETWEEN 100 AND 400' ],
	[ 'handler', '', 'SELECT try_and_fail()' ],
	[ 'handler after changes', 'UPDATE studio SET name = $$before$$ WHERE id IN (2, 3)', 'SELECT try_and_fail()' ],
	[ 'savepoints before', 'SAVEPOINT a; DELETE FROM film WHERE id = 60; ROLLBACK TO a; DELETE FROM film WHERE id = 61', 'UPDATE film SET studio_id = 61 WHERE id = 60' ],
	[ 'deferred trigger', "INSERT INTO film VALUES (40001, 'Deferred', years(12, NULL), 70)", 'UPDATE studio SET name = $$later still$$ WHERE id = 70' ],
	[ 'deferred trigger alone', "DELETE FROM film WHERE id = 40001; INSERT INTO film VALUES (40001, 'Deferred', years(12, NULL), 71)", 'SELECT 1' ],
	[ 'cancelled', 'DELETE FROM film WHERE id = 62', 'SELECT 1 / 0', 'fails' ],
	[ 'changed and cancelled', 'DELETE FROM film WHERE id = 63', 'DO $$BEGIN UPDATE studio SET name = $q$lost$q$ WHERE id = 12; PERFORM 1 / 0; END$$', 'fails' ],
	[ 'prepared', 'UPDATE studio SET name = $$prep$$ WHERE id = 13', 'UPDATE film SET studio_id = 13 WHERE id = 64', 'prepare' ],
	[ 'prepared, nothing before', '', "INSERT INTO film VALUES (30003, 'Late and prepared', years(10, NULL), 5)", 'prepare' ],
	[ 'prepared and rolled back', 'DELETE FROM film WHERE id = 65', 'DELETE FROM film WHERE id = 66', 'rollback' ],
);

# A server with assertions wants no subtransaction begun there, though it works.
@cases = grep { $_->[0] !~ /handler/ } @cases if $node->safe_psql('app', 'SHOW debug_assertions') eq 'on';

foreach my $order ('late_writer after bingo_tune', 'late_writer before bingo_tune')
{
	my $libraries = $order =~ /after/ ? "$library,pg_stat_statements,bingo_tune" : "pg_stat_statements,bingo_tune,$library";

	$node->append_conf('postgresql.conf', "shared_preload_libraries = '$libraries'");
	$node->restart;
	foreach my $case (@cases)
	{
		my ($name, $first, $late, $end) = (@$case, '');
		my $quoted = $late =~ s/'/''/gr;
		my $commit = $end =~ /prepare|rollback/ ? "PREPARE TRANSACTION 'p'" : 'COMMIT';
		my ($status, $out, $err) = $node->psql('app', "BEGIN; $first; SET LOCAL late_writer.sql = '$quoted'; $commit;",
			on_error_stop => 1);
		like($err, $end eq 'fails' ? qr/division by zero/ : qr/^$/, "$order, $name: committed or not");
		exact($node, 'app', "$order, $name, prepared") if $commit ne 'COMMIT';
		$node->safe_psql('app', $end eq 'rollback' ? "ROLLBACK PREPARED 'p'" : "COMMIT PREPARED 'p'") if $commit ne 'COMMIT';
		exact($node, 'app', "$order, $name");
	}
	is($node->safe_psql('app', 'SELECT state FROM bingo_tune.orderings'), 'valid', "$order: valid all the time");
	cmp_ok($node->safe_psql('app', 'SELECT changes FROM bingo_tune.orderings'), '>', 300, "$order: the window was kept up");
	serves($node, 'app', $order);

	# TRUNCATE, late
	$node->safe_psql('app', "BEGIN; DELETE FROM film WHERE id = 80; SET LOCAL late_writer.sql = 'TRUNCATE film'; COMMIT");
	exact($node, 'app', "$order, TRUNCATE");
	valid_again($node, 'app', "$order, TRUNCATE");
	$node->safe_psql('app', 'TRUNCATE studio');
	fill_tables($node, 'app');
	valid_again($node, 'app', "$order, filled again");
	exact($node, 'app', "$order, filled again");
}

$node->stop;
done_testing();
