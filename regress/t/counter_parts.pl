# Counters of partitions that come and go, with upkeep at work: a new partition's is built by itself, a dropped one's
# goes, a dump carries under which name they were made, and nobody else's counter gets under it.
#
# Seen red: partitions that come not looked at; the name not kept by an ALTER of the definition; others' counters of the name
# not left alone; a second one for a partition whose own is not built yet;
# DDL that waits for a partition that is locked, or for a table that is counted by a condition; a definition that goes before
# pg_restore --clean drops it.
use strict;
use warnings FATAL => 'all';

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
$holder->query_safe('COMMIT');
$holder->quit;
check('postgres', 'visits_visit_2 visits_visit_3 visits_visit_4', 'nothing is left of it');

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
