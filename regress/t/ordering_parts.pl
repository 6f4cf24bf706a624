# Orderings of partitions that come and go, with upkeep at work: a new partition's is built by itself, a dropped one's
# goes, and a dump carries under which name they were made.
#
# Seen red: partitions that come not looked at; a dropped partition's kept, or kept as long as a table that it joins is there; one that
# could not go with its partition, or was not built by then, kept for good; its state kept; names given to columns taken for a partition's by their place.
use strict;
use warnings FATAL => 'all';

use PostgreSQL::Test::Utils;
use Test::More;
use TunedNode;

my $node = start_node('main', "autovacuum = off\n");
my $page = 'SELECT v.id, v.day, c.name FROM visit v JOIN client c ON c.id = v.client ORDER BY c.name, v.id, v.day LIMIT 15';

# As soon as all are valid: which they are, and the page, by them and without.
sub check
{
	my ($database, $expected, $when) = @_;

	ok($node->poll_query_until($database, "SELECT count(*) = 0 FROM bingo_tune.orderings WHERE state <> 'valid'"), "$when: valid");
	is($node->safe_psql($database, 'SELECT string_agg(name, \' \' ORDER BY name) FROM bingo_tune.orderings'), $expected, "$when: which");
	like($node->safe_psql($database, "ANALYZE visit; SET enable_sort = off; EXPLAIN (ANALYZE) $page"), qr/Rows from Window: 15/, "$when: served");
	is($node->safe_psql($database, $page), $node->safe_psql($database, "SET bingo_tune.enable_ordered_scan = off; $page"), "$when: right");
	return;
}

$node->safe_psql('postgres', <<'SQL');
CREATE EXTENSION bingo_tune CASCADE;
CREATE ROLE alice LOGIN;
GRANT CREATE ON SCHEMA public TO alice;
SET ROLE alice;
CREATE TABLE client (id int PRIMARY KEY, name text);
CREATE TABLE visit (id int, client int, day int, PRIMARY KEY (id, day)) PARTITION BY LIST (day);
CREATE INDEX ON visit (client);
CREATE TABLE visit_1 PARTITION OF visit FOR VALUES IN (1);
CREATE TABLE visit_2 PARTITION OF visit FOR VALUES IN (2);
INSERT INTO client SELECT g, 'client ' || g % 7 FROM generate_series(1, 20) g;
INSERT INTO visit SELECT g, 1 + g % 20, 1 + g % 2 FROM generate_series(1, 4000) g;
SELECT bingo_tune.create_ordering('visits', 'SELECT v.id, v.day, c.name FROM visit v JOIN client c ON c.id = v.client ORDER BY c.name, v.id', window_rows => 200);
SQL
check('postgres', 'visits_visit_1 visits_visit_2', 'made');

$node->safe_psql('postgres', <<'SQL');
SET ROLE alice;
CREATE TABLE visit_3 (day int NOT NULL, client int, id int NOT NULL);
INSERT INTO visit_3 SELECT 3, 1 + g % 20, g FROM generate_series(1, 2000) g;
ALTER TABLE visit ATTACH PARTITION visit_3 FOR VALUES IN (3);
CREATE TABLE visit_4 PARTITION OF visit FOR VALUES IN (4);
INSERT INTO visit SELECT g, 1 + g % 20, 4 FROM generate_series(1, 100) g;
SQL
check('postgres', 'visits_visit_1 visits_visit_2 visits_visit_3 visits_visit_4', 'two have come');
$node->safe_psql('postgres', 'ALTER TABLE visit DETACH PARTITION visit_2 CONCURRENTLY');
check('postgres', 'visits_visit_1 visits_visit_2 visits_visit_3 visits_visit_4', 'one is detached');
$node->safe_psql('postgres', $_) foreach 'UPDATE visit SET day = 3, id = id + 10000 WHERE day = 4 AND id < 3', 'DROP TABLE visit_1, visit_2';
check('postgres', 'visits_visit_3 visits_visit_4', 'two are gone');

# What can't go with the command that drops its partition, since another session has the definition, goes by upkeep.
$node->safe_psql('postgres', 'SET ROLE alice; CREATE TABLE visit_5 PARTITION OF visit FOR VALUES IN (5)');
check('postgres', 'visits_visit_3 visits_visit_4 visits_visit_5', 'one has come');
my $holder = $node->background_psql('postgres', on_error_stop => 1);
$holder->query_safe("BEGIN; SELECT srvname FROM pg_foreign_server WHERE 'name=visits_visit_5' = ANY (srvoptions) AND srvtype = 'ordering' FOR UPDATE");
$node->safe_psql('postgres', "SET lock_timeout = '300ms'; DROP TABLE visit_5");
is($node->safe_psql('postgres', 'SELECT count(*) FROM bingo_tune.orderings'), '3', 'not with the partition');
$holder->query_safe('ROLLBACK');
$holder->quit;
check('postgres', 'visits_visit_3 visits_visit_4', 'but by itself');

# Without an event that tells of it, too; what is not built any more, since it joins what is gone, with its partition.
$node->safe_psql('postgres', <<'SQL');
SET client_min_messages = warning;
SET ROLE alice;
CREATE TABLE place (id int PRIMARY KEY, name text);
CREATE TABLE visit_6 PARTITION OF visit FOR VALUES IN (6);
CREATE TABLE visit_7 PARTITION OF visit FOR VALUES IN (7);
SELECT bingo_tune.create_ordering('places', 'SELECT v.id, v.day, p.name FROM visit v JOIN place p ON p.id = v.client ORDER BY p.name, v.id', window_rows => 200);
ALTER TABLE place DROP name;
RESET ROLE;
ALTER EVENT TRIGGER bingo_tune_after_drop DISABLE;
DROP TABLE visit_6;
ALTER EVENT TRIGGER bingo_tune_after_drop ENABLE ALWAYS;
SQL
my $lost = "SELECT string_agg(name, ' ' ORDER BY name) = 'places_visit_3 places_visit_4 places_visit_7' AND bool_and(reason ~ 'does not exist') FROM bingo_tune.orderings WHERE name ~ 'places'";
ok($node->poll_query_until('postgres', $lost), 'the others can not be built');
$node->safe_psql('postgres', 'DROP TABLE visit_7');
is($node->safe_psql('postgres', "SELECT string_agg(name, ' ' ORDER BY name) FROM bingo_tune.orderings WHERE name ~ 'places'"), 'places_visit_3 places_visit_4', 'that of the partition alone');
$node->safe_psql('postgres', "SET client_min_messages = warning; SELECT bingo_tune.drop_ordering('places')");
check('postgres', 'visits_visit_3 visits_visit_4', 'nothing is left of them');

# Names that a query gives to columns stand in the order of the whole's, with those that were dropped.
$node->safe_psql('postgres', <<'SQL');
SET client_min_messages = warning;
CREATE TABLE note (junk int, id int, page int, PRIMARY KEY (id, page)) PARTITION BY LIST (page);
ALTER TABLE note DROP junk;
CREATE TABLE note_1 PARTITION OF note FOR VALUES IN (1);
INSERT INTO note SELECT g, 1 FROM generate_series(1, 100) g;
SELECT bingo_tune.create_ordering('notes', 'SELECT n.a, n.b FROM note n(a, b) ORDER BY n.a DESC, n.b', window_rows => 20);
CREATE TABLE note_2 (page int NOT NULL, gone int, id int NOT NULL);
ALTER TABLE note_2 DROP gone;
ALTER TABLE note ATTACH PARTITION note_2 FOR VALUES IN (2);
SQL
check('postgres', 'notes_note_1 notes_note_2 visits_visit_3 visits_visit_4', 'with names of its own');
is($node->safe_psql('postgres', "SELECT missing + extra + differing FROM bingo_tune.verify_ordering('notes')"), '0', 'with names of its own: compared');
$node->safe_psql('postgres', 'DROP TABLE note');

$node->safe_psql('postgres', 'CREATE DATABASE other');
my $dump = PostgreSQL::Test::Utils::tempdir() . '/dump.sql';
$node->command_ok([ qw(pg_dump -f), $dump, $node->connstr('postgres') ], 'dumped');
is($node->psql('other', '', extra_params => [ '-qf', $dump ], on_error_stop => 1), 0, 'restored');
check('other', 'visits_visit_3 visits_visit_4', 'restored');
$node->safe_psql('other', 'SET ROLE alice; CREATE TABLE visit_6 PARTITION OF visit FOR VALUES IN (6)');
check('other', 'visits_visit_3 visits_visit_4 visits_visit_6', 'one has come');
is($node->safe_psql('other', "SET ROLE alice; SELECT missing + extra + differing FROM bingo_tune.verify_ordering('visits')"), '0', 'compared by the name of all');
$node->safe_psql('other', "SET client_min_messages = warning; SET ROLE alice; SELECT bingo_tune.drop_ordering('visits')");
is($node->safe_psql('other', 'SELECT count(*) FROM bingo_tune.orderings'), '0', 'dropped by it, too');
$node->stop;

done_testing();
