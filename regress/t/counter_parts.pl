# Counters of partitions that come and go, with upkeep at work: a new partition's is built by itself, a dropped one's
# goes, a dump carries under which name they were made, and nobody else's counter gets under it.
#
# Seen red: partitions that come not looked at; the name not kept by an ALTER of the definition; others' counters of the name
# not left alone; a second one for a partition whose own is not built yet;
# DDL that waits for a partition that is locked, or for a table that is counted by a condition, or keeps a sibling locked;
# create_counter() that locks one partition after the other; a definition that goes before pg_restore --clean drops it, or without its
# levels; one that waits for another of its name; upkeep that does not look for what partitions lack, makes again what was dropped by its own name, or leaves
# a definition whose names are others by now.
use strict;
use warnings FATAL => 'all';

use CatalogData qw(start_session end_session waits_for_lock);
use OrderingData qw(wait_for);
use PostgreSQL::Test::Utils;
use Test::More;
use TunedNode;

my $node = start_node('main', "autovacuum = off\n");
my $names = "SELECT string_agg(name || ' ' || state, ', ' ORDER BY name) FROM bingo_tune.counters";
my $count = 'SELECT tenant, count(*) FROM visit WHERE NOT gone GROUP BY tenant ORDER BY tenant';

# As soon as all are valid: which they are, and the count, by them and without.
sub check
{
	my ($database, $expected, $when) = @_;

	ok($node->poll_query_until($database, "SELECT count(*) = 0 FROM bingo_tune.counters WHERE state <> 'valid'"), "$when: valid");
	is($node->safe_psql($database, 'SELECT string_agg(name, \' \' ORDER BY name) FROM bingo_tune.counters'), $expected, "$when: which");
	like($node->safe_psql($database, "ANALYZE visit; EXPLAIN $count"), qr/Counter: /, "$when: served");
	is($node->safe_psql($database, $count), $node->safe_psql($database, "SET bingo_tune.enable_counter_scan = off; $count"), "$when: right");
	return;
}

$node->safe_psql('postgres', <<'SQL');
CREATE EXTENSION bingo_tune CASCADE;
CREATE ROLE alice LOGIN;
CREATE ROLE mallory LOGIN;
GRANT CREATE ON SCHEMA public TO alice, mallory;
SET ROLE alice;
CREATE TABLE visit (id int, tenant int, day int, gone bool DEFAULT false) PARTITION BY LIST (day);
CREATE TABLE visit_1 PARTITION OF visit FOR VALUES IN (1);
CREATE TABLE visit_2 PARTITION OF visit FOR VALUES IN (2);
INSERT INTO visit SELECT g, g % 20, 1 + g % 2 FROM generate_series(1, 20000) g;
SELECT bingo_tune.create_counter('visits', 'SELECT tenant, count(*) FROM visit WHERE NOT gone GROUP BY tenant');
SQL
check('postgres', 'visits_visit_1 visits_visit_2', 'made');

$node->safe_psql('postgres', <<'SQL');
SET ROLE alice;
CREATE TABLE visit_3 (day int, gone bool DEFAULT false, tenant int, id int);
INSERT INTO visit_3 SELECT 3, false, g % 20, g FROM generate_series(1, 10000) g;
ALTER TABLE visit ATTACH PARTITION visit_3 FOR VALUES IN (3);
CREATE TABLE visit_4 PARTITION OF visit FOR VALUES IN (4);
INSERT INTO visit SELECT g, g % 20, 4 FROM generate_series(1, 100) g;
SQL
check('postgres', 'visits_visit_1 visits_visit_2 visits_visit_3 visits_visit_4', 'two have come');

$node->safe_psql('postgres', <<'SQL');
ALTER TABLE visit RENAME tenant TO client;
ALTER TABLE visit RENAME client TO tenant;
DROP TABLE visit_1;
CREATE TABLE visit_5 PARTITION OF visit FOR VALUES IN (5);
SQL
is($node->safe_psql('postgres', 'SELECT count(*) FROM bingo_tune.counters'), '3', 'none of another owner\'s');
$node->safe_psql('postgres', 'DROP TABLE visit_5');
check('postgres', 'visits_visit_2 visits_visit_3 visits_visit_4', 'one is gone');

# Who has a partition, or a table that is counted by a condition, waits for nobody's DDL, and nobody's DDL for him.
my $holder = $node->background_psql('postgres', on_error_stop => 1);
$holder->query_safe('BEGIN; LOCK TABLE visit_2');
foreach my $ddl ('CREATE TABLE unrelated (id int)', 'DROP TABLE unrelated',
	'CREATE TABLE visit_9 PARTITION OF visit FOR VALUES IN (9)', 'DROP TABLE visit_9')
{
	my ($status, $out, $err) = $node->psql('postgres', "SET statement_timeout = '60s'; SET ROLE alice; BEGIN; $ddl; SELECT count(*) FROM pg_locks WHERE pid = pg_backend_pid() AND relation = 'visit_2'::regclass; COMMIT");
	is("$err$out", '0', "beside a locked partition: $ddl");
}
$node->safe_psql('postgres', 'SET ROLE alice; CREATE TABLE visit_7 PARTITION OF visit FOR VALUES IN (7)');
$holder->query_safe('COMMIT');
$holder->quit;
is($node->safe_psql('postgres', "SET ROLE alice; BEGIN; CREATE TABLE visit_9 PARTITION OF visit FOR VALUES IN (9); SELECT string_agg(relation::regclass || ' ' || mode, ', ') FROM pg_locks WHERE pid = pg_backend_pid() AND relation = ANY ('{visit_2,visit_3,visit_4}'::regclass[]); ROLLBACK"),
	'', 'a partition that comes keeps none of the others locked');

# What could not be defined then, or when a partition has come to its owner, or is not to be understood any more, upkeep finds.
sub comes
{
	my ($name, $when) = @_;

	ok($node->poll_query_until('postgres', "SELECT EXISTS (SELECT FROM bingo_tune.counters WHERE name = '$name' AND state = 'valid')"), $when);
	return;
}

comes('visits_visit_7', 'beside a partition that was locked');
$node->safe_psql('postgres', 'SET ROLE mallory; CREATE TABLE visit_8 (id int, tenant int, day int, gone bool DEFAULT false)');
$node->safe_psql('postgres', 'ALTER TABLE visit ATTACH PARTITION visit_8 FOR VALUES IN (8); REASSIGN OWNED BY mallory TO alice; TRUNCATE visit_7');
comes('visits_visit_8', 'given to the owner of the others');
$node->safe_psql('postgres', "SET ROLE alice; SELECT bingo_tune.drop_counter('visits_visit_7')");
$node->safe_psql('postgres', 'SET ROLE alice; BEGIN; CREATE TABLE visit_9 PARTITION OF visit FOR VALUES IN (9); ALTER TABLE visit_9 RENAME TO visit_09; COMMIT');
comes('visits_visit_09', 'renamed before it is built');
$node->safe_psql('postgres', 'SET ROLE alice; BEGIN; CREATE TABLE visit_11 PARTITION OF visit FOR VALUES IN (11); ALTER TABLE visit RENAME tenant TO client; COMMIT');
comes('visits_visit_11', 'a column renamed before it is built');
$node->safe_psql('postgres', 'ALTER TABLE visit RENAME client TO tenant');
is($node->safe_psql('postgres', 'SELECT string_agg(name, \' \' ORDER BY name) FROM bingo_tune.counters'),
	'visits_visit_09 visits_visit_11 visits_visit_2 visits_visit_3 visits_visit_4 visits_visit_8', 'but what was dropped by its own name');
$node->safe_psql('postgres', "SET client_min_messages = warning; SET ROLE alice; SELECT bingo_tune.create_counter('visits', 'SELECT tenant, count(*) FROM visit WHERE NOT gone GROUP BY tenant')");
comes('visits_visit_7', 'until it is made again');
$node->safe_psql('postgres', 'DROP TABLE visit_7, visit_8, visit_09, visit_11');
check('postgres', 'visits_visit_2 visits_visit_3 visits_visit_4', 'nothing is left of them');

# partitions of one name in two schemas would have definitions of one name: neither waits for the other, and both get theirs
$node->safe_psql('postgres', <<'SQL');
SET client_min_messages = warning;
CREATE SCHEMA twin AUTHORIZATION alice;
SET ROLE alice;
CREATE TABLE twin.visit (LIKE visit) PARTITION BY LIST (day);
CREATE TABLE twin.visit_1 PARTITION OF twin.visit FOR VALUES IN (1);
SELECT bingo_tune.create_counter('visits', 'SELECT tenant, count(*) FROM twin.visit WHERE NOT gone GROUP BY tenant');
SQL
my $twin = $node->background_psql('postgres', on_error_stop => 1);
$twin->query_safe('SET ROLE alice; BEGIN; CREATE TABLE twin.visit_7 PARTITION OF twin.visit FOR VALUES IN (7)');
$node->safe_psql('postgres', "SET statement_timeout = '120s'; SET ROLE alice; CREATE TABLE visit_7 PARTITION OF visit FOR VALUES IN (7)");
$twin->query_safe('COMMIT');
$twin->quit;
ok($node->poll_query_until('postgres', "SELECT count(*) = 2 FROM bingo_tune.counters WHERE name LIKE 'visits_visit_7%' AND state = 'valid'"), 'two of one name have come');
$node->safe_psql('postgres', 'SET client_min_messages = warning; DROP SCHEMA twin CASCADE; DROP TABLE visit_7');
check('postgres', 'visits_visit_2 visits_visit_3 visits_visit_4', 'they have gone');

# Who writes one partition and then another does not meet half of create_counter().
my $writer = $node->background_psql('postgres', on_error_stop => 0);
$writer->query_safe("SET lock_timeout = '60s'; BEGIN; INSERT INTO visit VALUES (1, 1, 4)");
my $create = start_session($node, "SET ROLE alice; SET client_min_messages = warning; SELECT bingo_tune.create_counter('days', 'SELECT day, count(*) FROM visit GROUP BY day');");
ok(wait_for(sub { waits_for_lock($node, $create) }), 'create_counter() waits for the writer of a partition');
$writer->query_safe('INSERT INTO visit VALUES (1, 1, 2); COMMIT');
$writer->quit;
is(end_session($create), '', 'who does not wait for it');
is($node->safe_psql('postgres', 'SELECT sum(bingo_tune.verify_counter(name)) FROM bingo_tune.counters'), '0', 'and all are right');
$node->safe_psql('postgres', "SELECT bingo_tune.drop_counter('days')");

# restored, with a name that is not its partition's any more; what is attached before that is built gets no second one
$node->safe_psql('postgres', 'ALTER TABLE visit_3 RENAME TO visit_03');
$node->safe_psql('postgres', $_) foreach 'CREATE DATABASE other', 'ALTER DATABASE other SET bingo_tune.upkeep = off';
my $dump = PostgreSQL::Test::Utils::tempdir() . '/dump.sql';
$node->command_ok([ qw(pg_dump -f), $dump, $node->connstr('postgres') ], 'dumped');
is($node->psql('other', '', extra_params => [ '-qf', $dump ], on_error_stop => 1), 0, 'restored');
$node->safe_psql('other', $_)
  foreach "SELECT bingo_tune.refresh_counter('visits_visit_2')", 'ALTER TABLE visit DETACH PARTITION visit_03',
  'ALTER TABLE visit ATTACH PARTITION visit_03 FOR VALUES IN (3)', 'ALTER DATABASE other RESET bingo_tune.upkeep',
  "SELECT bingo_tune.refresh_counter('visits')";
check('other', 'visits_visit_2 visits_visit_3 visits_visit_4', 'restored');
$node->safe_psql('other', 'SET ROLE alice; CREATE TABLE visit_6 PARTITION OF visit FOR VALUES IN (6)');
check('other', 'visits_visit_2 visits_visit_3 visits_visit_4 visits_visit_6', 'one has come');

# over what is there: the tables are dropped first, and then their definitions
my $custom = PostgreSQL::Test::Utils::tempdir() . '/dump.custom';
$node->command_ok([ qw(pg_dump -Fc -f), $custom, $node->connstr('other') ], 'dumped');
$node->command_ok([ qw(pg_restore -c -1 -e -d), $node->connstr('other'), $custom ], 'restored over what is there');
check('other', 'visits_visit_2 visits_visit_3 visits_visit_4 visits_visit_6', 'restored over what is there');

# somebody's own counter, and the name written into it by hand
$node->safe_psql('other', <<'SQL');
SET ROLE mallory;
CREATE TABLE mine (id int, tenant int);
SELECT bingo_tune.create_counter('mine', 'SELECT tenant, count(*) FROM mine GROUP BY tenant');
SQL
my $server = $node->safe_psql('other', "SELECT srvname FROM pg_foreign_server WHERE srvowner = 'mallory'::regrole");
$node->safe_psql('other', qq{SET ROLE mallory; ALTER SERVER "$server" OPTIONS (ADD whole 'visits')});
is($node->safe_psql('other', "SET ROLE alice; SELECT bingo_tune.verify_counter('visits')"), '0', 'compared by the name of all');
is($node->safe_psql('other', "SET client_min_messages = warning; SET ROLE alice; SELECT bingo_tune.drop_counter('visits')"), '', 'dropped');
is($node->safe_psql('other', $names), 'mine valid', 'all but who has no right to the name');
$node->stop;

done_testing();
