# A joined table whose partitions come and go, with upkeep and writers at work: a new partition's ordering is built by itself, a dropped one's
# goes, and a dump carries under which name they were made.
#
# Seen red: a partition that was dropped looked for among driving tables only.
use strict;
use warnings FATAL => 'all';

use PostgreSQL::Test::Utils;
use Test::More;
use TunedNode;

my $node = start_node('main', "autovacuum = off\n");
my $page = 'SELECT v.id, c.name FROM visit v JOIN client c ON c.region = v.region AND c.id = v.client ORDER BY c.name, v.id LIMIT 15';

# As soon as all are valid: which they are, and the page, by them and without.
sub check
{
	my ($database, $expected, $when) = @_;
	my @partitions = split / /, $expected;

	ok($node->poll_query_until($database, "SELECT count(*) = " . @partitions . " FROM bingo_tune.orderings WHERE state = 'valid'"), "$when: valid");
	is($node->safe_psql($database, 'SELECT string_agg(name, \' \' ORDER BY name) FROM bingo_tune.orderings'), $expected, "$when: which");
	like($node->safe_psql($database, "ANALYZE visit, client; SET enable_sort = off; EXPLAIN (ANALYZE) $page"), qr/Rows from Window: 15/, "$when: served");
	is($node->safe_psql($database, $page), $node->safe_psql($database, "SET bingo_tune.enable_ordered_scan = off; $page"), "$when: right");
	is($node->safe_psql($database, "SELECT missing + extra + differing FROM bingo_tune.verify_ordering('visits')"), '0', "$when: compared");
	return;
}

$node->safe_psql('postgres', <<'SQL');
CREATE EXTENSION bingo_tune CASCADE;
CREATE ROLE alice LOGIN;
GRANT CREATE ON SCHEMA public TO alice;
SET ROLE alice;
CREATE TABLE client (region int, id int, name text, PRIMARY KEY (region, id)) PARTITION BY LIST (region);
CREATE TABLE client_1 PARTITION OF client FOR VALUES IN (1);
CREATE TABLE client_2 PARTITION OF client FOR VALUES IN (2);
CREATE TABLE visit (id int PRIMARY KEY, region int, client int);
INSERT INTO client SELECT r, g, 'client ' || g % 7 FROM generate_series(1, 2) r, generate_series(1, 20) g;
INSERT INTO visit SELECT g, 1 + g % 5, 1 + g % 20 FROM generate_series(1, 4000) g;
SET client_min_messages = warning;
SELECT bingo_tune.create_ordering('visits', 'SELECT v.id, c.name FROM visit v JOIN client c ON c.region = v.region AND c.id = v.client ORDER BY c.name, v.id', window_rows => 200,
	create_indexes => true);
SQL
check('postgres', 'visits_client_1 visits_client_2', 'made');

$node->safe_psql('postgres', <<'SQL');
SET ROLE alice;
CREATE TABLE client_3 (name text, id int NOT NULL, region int NOT NULL);
INSERT INTO client_3 SELECT 'client ' || g % 7, g, 3 FROM generate_series(1, 20) g;
ALTER TABLE client ATTACH PARTITION client_3 FOR VALUES IN (3);
CREATE TABLE client_4 PARTITION OF client FOR VALUES IN (4, 5) PARTITION BY HASH (id);
CREATE TABLE client_4a PARTITION OF client_4 FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE client_4b PARTITION OF client_4 FOR VALUES WITH (MODULUS 2, REMAINDER 1);
INSERT INTO client SELECT 4, g, 'client ' || g % 6 FROM generate_series(1, 20) g;
SQL
my $five = 'visits_client_1 visits_client_2 visits_client_3 visits_client_4a visits_client_4b';
check('postgres', $five, 'two have come');
$node->safe_psql('postgres', 'ALTER TABLE client DETACH PARTITION client_2 CONCURRENTLY');
check('postgres', $five, 'one is detached');
$node->safe_psql('postgres', $_) foreach 'UPDATE client SET region = 5, id = id + 10000 WHERE region = 4 AND id < 3', 'UPDATE visit SET region = 5, client = client + 10000 WHERE region = 4 AND client < 3',
  'DROP TABLE client_1, client_2';
my $three = 'visits_client_3 visits_client_4a visits_client_4b';
check('postgres', $three, 'two are gone');
$node->safe_psql('postgres', 'TRUNCATE client_4a; INSERT INTO client SELECT 5, g, \'client \' || g % 3 FROM generate_series(1, 20) g');
check('postgres', $three, 'one was emptied');

$node->safe_psql('postgres', 'CREATE DATABASE other');
my $dump = PostgreSQL::Test::Utils::tempdir() . '/dump.sql';
$node->command_ok([ qw(pg_dump -f), $dump, $node->connstr('postgres') ], 'dumped');
is($node->psql('other', '', extra_params => [ '-qf', $dump ], on_error_stop => 1), 0, 'restored');
check('other', $three, 'restored');
$node->safe_psql('other', 'SET ROLE alice; CREATE TABLE client_1 PARTITION OF client FOR VALUES IN (1)');
check('other', "visits_client_1 $three", 'one has come');
$node->safe_psql('other', "SET client_min_messages = warning; SET ROLE alice; SELECT bingo_tune.drop_ordering('visits_client_1')");
$node->safe_psql('other', 'CREATE TABLE client_6 PARTITION OF client FOR VALUES IN (6); ALTER TABLE client_6 OWNER TO alice');
ok($node->poll_query_until('other', "SELECT count(*) = 1 FROM bingo_tune.orderings WHERE (name, state) = ('visits_client_6', 'valid')"), 'another has come');
is($node->safe_psql('other', 'SELECT string_agg(name, \' \' ORDER BY name) FROM bingo_tune.orderings'), "$three visits_client_6", 'one is to have none');
$node->safe_psql('other', "SET client_min_messages = warning; SET ROLE alice; SELECT bingo_tune.drop_ordering('visits')");
is($node->safe_psql('other', 'SELECT count(*) FROM bingo_tune.orderings'), '0', 'dropped by the name of all');
$node->stop;

done_testing();
