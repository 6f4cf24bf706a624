# Writers of many keys at once fit the lock table of a server with default
# settings: beyond max_locks_per_transaction / 2 keys a writer locks the gate
# instead.  PREPARE TRANSACTION leaves each with all its locks.
#
# Seen red: too_many_keys() always false.  A full lock table is no error for a
# writer of an ordering, but it is one for the innocent transaction at the end.
use strict;
use warnings FATAL => 'all';

use PostgreSQL::Test::Utils;
use Test::More;
use TunedNode;

my $node = start_node('lock_table', <<'CONF');
max_prepared_transactions = 20
CONF
$node->safe_psql('postgres', <<'SQL');
CREATE EXTENSION bingo_tune CASCADE;
CREATE TABLE movies (id int PRIMARY KEY, year int NOT NULL);
CREATE TABLE customers (id int PRIMARY KEY, name text NOT NULL);
CREATE TABLE sessions (id bigint PRIMARY KEY, customer_id int NOT NULL, movie_id int NOT NULL);
CREATE INDEX ON sessions (movie_id);
CREATE INDEX ON sessions (customer_id);
INSERT INTO movies SELECT g, 1900 + g % 100 FROM generate_series(1, 20000) g;
INSERT INTO customers SELECT g, 'c' || g FROM generate_series(1, 20000) g;
INSERT INTO sessions SELECT g, g, g FROM generate_series(1, 20000) g;
SELECT bingo_tune.create_ordering('o', 'SELECT sessions.id, customers.name, movies.year FROM sessions JOIN customers ON sessions.customer_id = customers.id JOIN movies ON sessions.movie_id = movies.id ORDER BY movies.year DESC, sessions.id', 10000);
SQL

my $sql = '';
foreach my $writer (1 .. 14)
{
	my $first = 100_000 + $writer * 1000;
	$sql .= "BEGIN; INSERT INTO sessions SELECT $first + g, $writer * 1000 + g, $writer * 1000 + g FROM generate_series(1, 900) g; PREPARE TRANSACTION 'w$writer';\n";
}
my ($status, $out, $err) = $node->psql('postgres', $sql);
is($err, '', '14 writers of 900 keys each, all uncommitted');
is($node->safe_psql('postgres', 'SELECT count(*) FROM pg_prepared_xacts'), '14', 'all are there');
cmp_ok($node->safe_psql('postgres', "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"),
	'<=', 14 * 32, 'key locks');
($status, $out, $err) = $node->psql('postgres',
	"BEGIN; SELECT pg_advisory_xact_lock(g) FROM generate_series(1, 3000) g; COMMIT;");
is($err, '', 'others have room in the lock table');
$node->safe_psql('postgres', join('', map { "COMMIT PREPARED 'w$_';" } 1 .. 14));
is($node->safe_psql('postgres', 'SELECT state, missing, extra, differing FROM bingo_tune.orderings, bingo_tune.verify_ordering(name)'),
	'valid|0|0|0', 'the window is right');

# All of it, by the window and without.
my $query = 'SELECT sessions.id, customers.name, movies.year FROM sessions JOIN customers ON sessions.customer_id = customers.id'
  . ' JOIN movies ON sessions.movie_id = movies.id ORDER BY movies.year DESC, sessions.id';
my $whole = "SELECT count(*), md5(string_agg(s::text, ' ')) FROM ($query LIMIT 10000) s";
is($node->safe_psql('postgres', "SELECT served FROM bingo_tune.explain_ordering('$query LIMIT 10000')"), 't', 'it serves');
is($node->safe_psql('postgres', $whole), $node->safe_psql('postgres', "SET bingo_tune.enable_ordered_scan = off; $whole"),
	'and gives what the tables give');
$node->stop;

done_testing();
