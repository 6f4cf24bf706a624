# FOR ALL TABLES publishes the application's tables: endpoints and targets are neither
# published nor applied, whether the subscriber has the extension or not.
#
# Seen red with version 1.0, whose endpoints are tables: "relation does not exist" on the
# subscriber without the extension.
use strict;
use warnings FATAL => 'all';

use PostgreSQL::Test::Utils;
use Test::More;
use TunedNode;

my $publisher = start_node('publisher', '', allows_streaming => 'logical');
$publisher->safe_psql('postgres', <<'SQL');
CREATE EXTENSION bingo_tune CASCADE;
CREATE TABLE film (id int PRIMARY KEY, title text);
INSERT INTO film VALUES (1, 'Alien');
INSERT INTO bingo_tune.endpoints (endpoint, example) VALUES ('GET /film', 'SELECT * FROM film');
INSERT INTO bingo_tune.endpoint_targets (endpoint, within) VALUES ('GET /film', 7);
CREATE PUBLICATION everything FOR ALL TABLES;
SQL
is($publisher->safe_psql('postgres', 'SELECT schemaname, tablename FROM pg_publication_tables'), 'public|film', 'nothing of the extension is published');

my $subscriber = start_node('subscriber', '');
$subscriber->safe_psql('postgres', 'CREATE DATABASE plain; CREATE DATABASE own');
$subscriber->safe_psql($_, 'CREATE TABLE film (id int PRIMARY KEY, title text)') for qw(plain own);
$subscriber->safe_psql('own', <<'SQL');
CREATE EXTENSION bingo_tune CASCADE;
INSERT INTO bingo_tune.endpoints (endpoint, example) VALUES ('GET /films', 'SELECT * FROM film');
INSERT INTO bingo_tune.endpoint_targets (endpoint, within) VALUES ('GET /films', 8);
SQL

my $ROWS = q{SELECT endpoint, action FROM bingo_tune.endpoints WHERE NOT shipped
	UNION ALL SELECT endpoint, within::text FROM bingo_tune.endpoint_targets WHERE NOT shipped ORDER BY 1, 2};
my $connection = $publisher->connstr . ' dbname=postgres';
for my $name (qw(plain own))
{
	$subscriber->safe_psql($name, "CREATE SUBSCRIPTION $name CONNECTION '$connection' PUBLICATION everything");
	$subscriber->wait_for_subscription_sync($publisher, $name, $name);
}
$publisher->safe_psql('postgres', <<'SQL');
BEGIN;
INSERT INTO film VALUES (2, 'Aliens');
INSERT INTO bingo_tune.endpoints (endpoint, example) VALUES ('GET /film/{id}', 'SELECT * FROM film WHERE id = $1');
DELETE FROM bingo_tune.endpoints WHERE endpoint = 'GET /film';
UPDATE bingo_tune.endpoint_targets SET within = 9;
COMMIT;
UPDATE film SET title = 'Solaris' WHERE id = 1;
SQL
for my $name (qw(plain own))
{
	$publisher->wait_for_catchup($name);
	is($subscriber->safe_psql($name, 'SELECT * FROM film ORDER BY id'), "1|Solaris\n2|Aliens", "$name: the application's rows");
	is($subscriber->safe_psql($name, "SELECT apply_error_count + sync_error_count FROM pg_stat_subscription_stats WHERE subname = '$name'"), '0', "$name: no error on the way");
}
is($subscriber->safe_psql('own', $ROWS), "GET /films|8\nGET /films|SELECT FROM film", 'own: rows of its own');

$subscriber->safe_psql($_, "DROP SUBSCRIPTION $_") for qw(plain own);
$subscriber->stop;
$publisher->stop;
done_testing();
