# ALTER EXTENSION bingo_tune UPDATE from 1.0 beside a transaction that has written to one of
# the tables with 1.0's triggers: it waits, and holds none of the others meanwhile.
#
# Seen red: when the triggers were dropped one table after the other a reader of the first
# waited, and the writer who came to it from the second lost a deadlock.
use strict;
use warnings FATAL => 'all';

use CatalogData;
use OrderingData qw(wait_for);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = start_catalog_node('update', 'bingo_tune.upkeep = off');
$node->safe_psql('postgres', <<'SQL');
CREATE EXTENSION pg_stat_statements;
CREATE EXTENSION bingo_tune VERSION '1.0';
CREATE TABLE f (id int PRIMARY KEY, n int NOT NULL);
CREATE TABLE d (id int PRIMARY KEY, n int NOT NULL);
INSERT INTO f VALUES (1, 1);
INSERT INTO d VALUES (1, 1);
CREATE TRIGGER old AFTER INSERT OR UPDATE OR DELETE ON f FOR EACH ROW EXECUTE FUNCTION bingo_tune.remember_change('1');
CREATE TRIGGER old AFTER INSERT OR UPDATE OR DELETE ON d FOR EACH ROW EXECUTE FUNCTION bingo_tune.remember_change('1');
SQL

my $writer = $node->background_psql('postgres', on_error_stop => 0);
$writer->query_safe("SET lock_timeout = '10s'");
$writer->query_safe('BEGIN; UPDATE d SET n = 2');
my $update = start_session($node, 'SET client_min_messages = warning; ALTER EXTENSION bingo_tune UPDATE;');
ok(wait_for(sub { waits_for_lock($node, $update) }), 'it waits for the writer');
my ($status, $out, $err) = $node->psql('postgres', "SET lock_timeout = '1s'; SELECT n FROM f;");
is("$out$err", '1', 'a reader of the other table does not wait for long');
$writer->query('UPDATE f SET n = 2; COMMIT');
is($node->safe_psql('postgres', 'SELECT n FROM f'), '2', 'nor does the writer');
$writer->quit;
is(end_session($update), '', 'and the update ends');
is($node->safe_psql('postgres', "SELECT extversion FROM pg_extension WHERE extname = 'bingo_tune'"), '1.1', 'with the later version');
is($node->safe_psql('postgres', 'SELECT count(*) FROM pg_trigger WHERE NOT tgisinternal AND tgname = \'old\''), '0', 'and without old triggers');

# lock_timeout is the caller's again.
$node->safe_psql('postgres', <<'SQL');
DROP EXTENSION bingo_tune;
CREATE EXTENSION bingo_tune VERSION '1.0';
CREATE TRIGGER old AFTER INSERT ON f FOR EACH ROW EXECUTE FUNCTION bingo_tune.remember_change('1');
SQL
is($node->safe_psql('postgres', "SET lock_timeout = '7s'; BEGIN; ALTER EXTENSION bingo_tune UPDATE; SHOW lock_timeout; COMMIT;"), '7s', 'lock_timeout is as before');
$node->stop;
done_testing();
