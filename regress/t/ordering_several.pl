# Several orderings on the same tables: a commit works for one after the other, and finds a joined row
# for the second one where the first one has seen it (write/seen.c).
#
# The race: between the two another transaction changes that row, which the first ordering's locks would forbid; it
# gives up on that ordering, and marks it.  The second one must have the row as it is then.
#
# Seen red: the row at the kept place read whether it is current or not; places known by their values, whatever the table, or by their table,
# whatever the values; kept over the end of the transaction.
use strict;
use warnings FATAL => 'all';

use OrderingData;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = start_with_tables('main', "bingo_tune.upkeep = off\n");

$node->safe_psql('app', <<'SQL');
SET client_min_messages = error;
CREATE EXTENSION bingo_tune CASCADE;
ALTER TABLE film ADD COLUMN place int NOT NULL DEFAULT 1, ADD COLUMN big bigint;
CREATE TABLE place (id int PRIMARY KEY, name text NOT NULL, open boolean NOT NULL DEFAULT true);
CREATE UNIQUE INDEX ON place (id) WHERE open;
INSERT INTO place SELECT g, repeat('Place ', 50) || g, g % 2 = 0 FROM generate_series(300, 1, -1) g;	-- many pages, and elsewhere than studios
UPDATE film SET place = studio_id, big = CASE WHEN id % 3 > 0 THEN studio_id END;
CREATE INDEX ON film (place);
CREATE INDEX ON film (big);
DROP INDEX film_years_id_idx;
SELECT bingo_tune.create_ordering('before', 'SELECT f.id, f.title, s.name FROM film f JOIN studio s ON s.id = f.studio_id ORDER BY s.name, f.id', NULL);
SQL
create_ordering($node, 'app');

# Whatever else there is: windows and tables agree.
sub agree
{
	my ($what) = @_;

	local $Test::Builder::Level = $Test::Builder::Level + 1;
	is($node->safe_psql('app', q{SET ordering_data.free = on; SELECT o.name, v.* FROM bingo_tune.orderings o, LATERAL bingo_tune.verify_ordering(o.name) v
		WHERE o.state = 'valid' AND (v.missing, v.extra, v.differing) <> (0, 0, 0)}), '', "$what: windows and tables agree");
	return;
}

# A commit stands still in the second ordering, where it compares.
my $holder = hold($node, 'app');
my $writer = start_psql($node, 'app', "INSERT INTO film (id, title, years, studio_id) VALUES (20001, 'Between', years(7000, NULL), 5);\n");
ok($node->poll_query_until('app', "SELECT count(*) > 0 FROM pg_stat_activity WHERE wait_event = 'advisory' AND query ~ '^INSERT'"), 'it stands still');
$node->safe_psql('app', "SET ordering_data.free = on; SET lock_timeout = '100ms'; UPDATE studio SET name = 'Another name' WHERE id = 5");
$holder->quit;
end_psql($writer);
is($writer->{err}, '', 'it goes on');
is($node->safe_psql('app', q{SELECT string_agg(concat(name, ': ', state), ', ' ORDER BY name) FROM bingo_tune.orderings}), 'before: invalid, o: valid', 'one was given up');
exact($node, 'app', 'the other one');
agree('a row that changed meanwhile');

# One transaction after the other, and what they change twice.
$node->safe_psql('app', <<'SQL');
SET client_min_messages = error;
SELECT bingo_tune.refresh_ordering('before');
SELECT bingo_tune.create_ordering('places', 'SELECT f.id, s.name, p.name FROM film f JOIN studio s ON s.id = f.studio_id JOIN place p ON p.id = f.place ORDER BY p.name, f.id', NULL);
SELECT bingo_tune.create_ordering('closed', 'SELECT f.id, s.name, p.name FROM film f JOIN studio s ON s.id = f.studio_id JOIN place p ON p.id = f.place WHERE NOT p.open ORDER BY s.name, f.id', NULL);
SELECT bingo_tune.create_ordering('open', 'SELECT f.id, s.name, p.name FROM film f JOIN studio s ON s.id = f.studio_id JOIN place p ON p.id = f.place WHERE p.open ORDER BY s.name, p.name, f.id', NULL);
SELECT bingo_tune.create_ordering('left', 'SELECT f.id, s.name, p.id FROM film f LEFT JOIN studio s ON s.id = f.big LEFT JOIN place p ON p.id = f.place ORDER BY s.name, f.id', NULL);
SQL
foreach my $case (
	[ 'one key of two tables', "INSERT INTO film VALUES (20002, 'b', years(1, NULL), 7, 0, 7, 7)" ],
	[ 'other keys', "INSERT INTO film VALUES (20003, 'b', years(1, NULL), 8, 0, 9, NULL)" ],
	[ 'several rows', "INSERT INTO film SELECT g, 'b', years(1, NULL), g % 20 + 1, 0, g % 30 + 1, g % 40 + 1 FROM generate_series(20010, 20049) g" ],
	[ 'rows and what they join', "INSERT INTO film VALUES (20004, 'b', years(1, NULL), 10, 0, 10, 10); UPDATE place SET name = 'ten' WHERE id = 10; UPDATE studio SET name = 'ten' WHERE id = 10" ],
	[ 'a key that changes', "UPDATE film SET title = 'c' WHERE id = 11; UPDATE place SET id = 1011 WHERE id = 11; INSERT INTO place VALUES (11, 'eleven', true)" ],
	[ 'one that goes', "UPDATE film SET title = 'c' WHERE id = 12; DELETE FROM place WHERE id = 12; DELETE FROM studio WHERE id = 12" ],
	[ 'a savepoint', "SAVEPOINT a; UPDATE place SET name = 'no' WHERE id = 13; ROLLBACK TO a; UPDATE film SET place = 13, studio_id = 13 WHERE id IN (13, 14)" ],
	[ 'one that opens', "UPDATE film SET place = 15 WHERE id = 13; UPDATE place SET open = NOT open WHERE id IN (14, 15)" ],
	[ 'rows again', "UPDATE film SET place = 16, studio_id = 10, big = 10 WHERE id IN (13, 14)" ],
	[ 'rows gone', 'DELETE FROM film WHERE id IN (13, 14, 20002)' ])
{
	my ($name, $sql) = @$case;
	my $session = $node->safe_psql('app', join(';', map { "BEGIN ISOLATION LEVEL $_; $sql; " . ($_ eq 'SERIALIZABLE' ? 'COMMIT' : 'ROLLBACK') } 'READ COMMITTED', 'SERIALIZABLE'));
	agree($name);
	is($session, '', "$name: nothing said");
}
is($node->safe_psql('app', q{SELECT string_agg(name, ', ') FROM bingo_tune.orderings WHERE state <> 'valid'}), '', 'all are valid');

# One session: nothing is known of the transaction before.
$node->safe_psql('app', <<'SQL');
UPDATE film SET place = 20, studio_id = 299 WHERE id = 100;
TRUNCATE studio;
INSERT INTO studio SELECT 299, 'new';
SELECT FROM (SELECT bingo_tune.refresh_ordering(name) FROM bingo_tune.orderings) r;
UPDATE film SET place = 20, studio_id = 299 WHERE id = 101;
SQL
agree('another transaction');
is($node->safe_psql('app', q{SELECT string_agg(name, ', ') FROM bingo_tune.orderings WHERE state <> 'valid'}), '', 'all are valid still');

$node->stop;
done_testing();
