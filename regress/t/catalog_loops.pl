# Readers beside what takes tables' names and indexes away under them, as often as it
# goes: an index that a unique key rests on is rebuilt under another OID, orderings come
# and go.  Nobody crashes, nobody is told of a deadlock, and answers stay right.
#
# Seen red: release 1.0: get_rel_name() of an index that REINDEX CONCURRENTLY has just
# dropped is NULL and taken for a name (every backend crashes); drop_ordering() and
# readers lock the tables in different orders; upkeep drops the window of an ordering that
# was made between its two look-ups (seen with a pause between them, and once without);
# refresh_ordering() fails because upkeep has made the ordering again, or drops the window that
# it fills (seen with 30 rounds); upkeep fills an index of the window that is not ready (now and then: writers then failed by its pages).
use strict;
use warnings FATAL => 'all';

use CatalogData;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

# deadlock_timeout: a circle is found before it dissolves by luck.
my $node = start_catalog_node('loops', "deadlock_timeout = 10ms\nbingo_tune.upkeep = on");
create_base($node);

my %readers = (
	'the served query' => "SET enable_sort = off;" . "$query LIMIT 50;\n" x 300,
	'the query with its tables in another order' =>
	  "SELECT f.id, f.n, d.id, d.p, d.r FROM d JOIN f ON f.d = d.id ORDER BY d.r, f.id LIMIT 5;\n" x 300,
	'a prepared one' => "SET plan_cache_mode = force_generic_plan; PREPARE q AS $query LIMIT 3;\n" . "EXECUTE q;\n" x 300,
	'transactions' => "BEGIN; SELECT count(*) FROM d WHERE id = 1; SELECT count(*) FROM f WHERE id = 1; COMMIT;\n" x 150);
my $writers = "INSERT INTO f SELECT coalesce(max(id), 0) + 1, 1, 0 FROM f; UPDATE d SET r = 51 - r WHERE id <= 10; DELETE FROM f WHERE id > 100000;\n" x 20;

# Readers, and a writer who keeps upkeep busy, go on until the statements have ended.
sub beside_readers
{
	my ($what, $statements) = @_;
	my $log = -s $node->logfile;
	my $session = start_session($node, $statements);
	my %running = map { $_ => start_session($node, $readers{$_}) } keys %readers;
	my $writer = start_session($node, $writers);
	my %errors = map { $_ => '' } keys %readers, 'a writer';
	my ($rounds, $last) = (0, 0);

	until ($last)
	{
		$last = ends_or_goes_on($session, \%running, $writer);
		foreach my $reader (keys %running)
		{
			next if !$last && !finished($running{$reader});
			$errors{$reader} .= end_session($running{$reader});
			$rounds++;
			$running{$reader} = start_session($node, $readers{$reader}) unless $last;
		}
		if ($last || finished($writer))
		{
			$errors{'a writer'} .= end_session($writer);
			$writer = start_session($node, $writers) unless $last;
		}
	}
	is(end_session($session), '', $what);
	is(substr($errors{$_}, 0, 1000), '', "$what: $_") foreach sort keys %errors;
	unlike(slurp_file($node->logfile, $log), qr/terminated by signal/, "$what: no crash");
	note("$rounds rounds of readers");
	return;
}

# Waits until one of the sessions has ended; true if it is the first.
sub ends_or_goes_on
{
	my ($session, $running, $writer) = @_;
	my $ended = 0;

	OrderingData::wait_for(sub { ($ended = finished($session)) || grep { finished($_) } $writer, values %$running })
	  or die 'nobody ends';
	return $ended;
}

beside_readers('REINDEX INDEX CONCURRENTLY', "REINDEX INDEX CONCURRENTLY d_pkey;\n" x 40);
exact($node, 'REINDEX INDEX CONCURRENTLY');
beside_readers('REINDEX TABLE CONCURRENTLY', "REINDEX TABLE CONCURRENTLY f;\nREINDEX SCHEMA CONCURRENTLY bingo_tune;\n" x 5);
exact($node, 'REINDEX TABLE CONCURRENTLY');

# The keys come and go: without one the ordering is invalid.
beside_readers('DROP INDEX', <<'SQL' x 10);
CREATE UNIQUE INDEX CONCURRENTLY du ON d (id);
ALTER TABLE d DROP CONSTRAINT d_pkey;
DROP INDEX CONCURRENTLY du;
ALTER TABLE d ADD CONSTRAINT d_pkey PRIMARY KEY (id);
SQL
exact($node, 'DROP INDEX');

my $other = "SELECT d.p, f.id FROM f JOIN d ON f.d = d.id ORDER BY d.p, f.id";
beside_readers('orderings come and go', <<"SQL" x 20);
SET client_min_messages = warning;
SELECT FROM bingo_tune.create_ordering('other', '$other', 20);
SELECT FROM bingo_tune.refresh_ordering('other');
SELECT FROM bingo_tune.verify_ordering('other');
SELECT FROM bingo_tune.refresh_ordering('o');
SELECT FROM bingo_tune.drop_ordering('other');
SQL
exact($node, 'orderings come and go');

# Upkeep makes it again, under another number, while somebody refreshes it.
beside_readers('made again', <<'SQL' x 10);
CREATE TABLE child () INHERITS (f);
DROP TABLE child;
SELECT FROM bingo_tune.refresh_ordering('o');
SQL
exact($node, 'made again');
ok($node->poll_query_until('postgres', "SELECT state = 'valid' FROM bingo_tune.orderings WHERE name = 'o'"), 'valid in the end');
valid_now($node, 'in the end');

$node->stop;
done_testing();
