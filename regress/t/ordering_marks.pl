# A mark counts for the snapshots that see it, and for no other, though a session that has
# found none does not look again: while its transaction commits, and when it is gone.
#
# The transaction that marks stops where its commit, which is written already, waits for a
# standby: it is neither over nor seen.
#
# Seen red: a mark that is not announced; one overlooked that is not committed yet.
use strict;
use warnings FATAL => 'all';

use PostgreSQL::Test::Utils;
use Test::More;
use TunedNode;

my $node = start_node('main', <<'CONF');
autovacuum = off
bingo_tune.upkeep = off
wal_level = replica
max_wal_senders = 1
synchronous_commit = local
CONF
$node->safe_psql('postgres', <<'SQL');
CREATE EXTENSION bingo_tune CASCADE;
CREATE TABLE film (id int PRIMARY KEY, title text NOT NULL);
INSERT INTO film SELECT i, 'F' || i FROM generate_series(1, 5000) i;
ANALYZE film;
SELECT bingo_tune.create_ordering('o', 'SELECT title, id FROM film ORDER BY title, id', 50);
SQL

my $page = 'SELECT title, id FROM film ORDER BY title, id LIMIT 20';

# Where the session's next page comes from, and whether it is the plain one.
sub page
{
	my ($session) = @_;
	my $plan = $session->query_safe("EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) $page");
	my $served = $session->query_safe($page);
	$session->query_safe('SET bingo_tune.enable_ordered_scan = off');
	my $plain = $session->query_safe($page);
	$session->query_safe('RESET bingo_tune.enable_ordered_scan');
	return ($plan =~ /Rows from Window: 20\b/i ? 'window' : 'plain') . ($served eq $plain ? '' : ', different');
}

sub set_standby
{
	my ($names) = @_;

	$node->safe_psql('postgres', "ALTER SYSTEM SET synchronous_standby_names = '$names'");
	$node->reload;
	return;
}

my $reader = $node->background_psql('postgres', on_error_stop => 1);
is(page($reader), 'window', 'no mark');

# --- while it commits ---

set_standby('nobody');
my $writer = $node->background_psql('postgres', on_error_stop => 1);
$writer->query_safe('SET synchronous_commit = on');
$writer->query_until(qr/started/, "\\echo started\nUPDATE film SET title = 'A' || title;\n\\echo done\n");
ok($node->poll_query_until('postgres', "SELECT count(*) = 1 FROM pg_stat_activity WHERE wait_event = 'SyncRep'"), 'a commit waits');
is(page($reader), 'window', 'a mark that is not committed');
my $early = $node->background_psql('postgres', on_error_stop => 1);
$early->query_safe("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM film WHERE title LIKE 'A%'");
is(page($early), 'window', 'nor for a snapshot of that time');
set_standby('');
$writer->query_until(qr/done/, "\n");
is(page($reader), 'plain', 'now it is');
is(page($early), 'window', 'not for the earlier snapshot');
$early->query_safe('COMMIT');
is(page($early), 'plain', 'but for the next');

# --- when upkeep has taken it away ---

my $late = $node->background_psql('postgres', on_error_stop => 1);
$late->query_safe('BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM film');
$node->safe_psql('postgres', "SELECT bingo_tune.refresh_ordering('o')");
is($node->safe_psql('postgres', 'SELECT state FROM bingo_tune.orderings'), 'valid', 'refreshed');
is(page($reader), 'window', 'it is gone');
is(page($late), 'plain', 'not for a snapshot that sees it');
$late->query_safe('COMMIT');
is(page($late), 'window', 'but for the next');

# --- undone ---

$writer->query_safe("BEGIN; UPDATE film SET title = 'B' || title; ROLLBACK");
is(page($reader), 'window', 'a rollback');
is($node->safe_psql('postgres', 'SELECT state FROM bingo_tune.orderings'), 'valid', 'leaves none');

$_->quit foreach $reader, $writer, $early, $late;
$node->stop;
done_testing();
