# Tables f and d with an ordering "o" on them, for the tests of what DDL and
# maintenance do to it: few rows and a small window, so that every comparison
# crosses its end.
#
# Nothing here names a relation of the extension: which there are is asked of pg_class.
package CatalogData;

use strict;
use warnings;

use IPC::Run;
use OrderingData qw(start_psql end_psql wait_for);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Exporter 'import';

our @EXPORT = qw($query $free_to_serve start_catalog_node create_base our_relations compare_sql compare_verdict exact valid_now start_session end_session finished
  ends_without_waiting ends_or_waits waits_for_lock);

our $query = 'SELECT f.id, f.n, d.id, d.p, d.r FROM f JOIN d ON f.d = d.id ORDER BY d.r, f.id';

# Sorting and joining are dear: costs keep nobody from the window.
our $free_to_serve = join ' ', map { "SET enable_$_ = off;" } qw(sort incremental_sort seqscan nestloop hashjoin mergejoin);

sub start_catalog_node
{
	my ($name, $more, %options) = @_;
	my $node = PostgreSQL::Test::Cluster->new($name, %options);

	$node->init;
	$node->append_conf('postgresql.conf', <<"CONF");
shared_preload_libraries = 'pg_stat_statements,bingo_tune'
max_prepared_transactions = 10
autovacuum = off
jit = off
fsync = off
restart_after_crash = on
$more
CONF
	$node->start;
	return $node;
}

sub create_base
{
	my ($node, $database) = @_;

	$node->safe_psql($database // 'postgres', <<"SQL");
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS bingo_tune CASCADE;
CREATE TABLE d (id int PRIMARY KEY, p text NOT NULL, r int NOT NULL);
CREATE TABLE f (id int PRIMARY KEY, d int NOT NULL, n int NOT NULL);
CREATE INDEX ON f (d);
INSERT INTO d SELECT i, 'p' || i, i FROM generate_series(1, 50) i;
INSERT INTO f SELECT i, 1 + i % 50, i FROM generate_series(1, 400) i;
SELECT bingo_tune.create_ordering('o', '$query', 100);
SQL
	return;
}

# The relations that VACUUM FULL takes, with their schema.
sub our_relations
{
	my ($node) = @_;

	return split /\n/, $node->safe_psql('postgres', <<'SQL');
SELECT format('bingo_tune.%I', relname) FROM pg_class
WHERE relnamespace = 'bingo_tune'::regnamespace AND relkind IN ('r', 'm') ORDER BY relname
SQL
}

# In one snapshot: the answer across the window's end with and without the ordering,
# and the window against the tables unless the ordering is invalid.  Each ends with a
# line "--"; the third has nothing if all is well.
sub compare_sql
{
	my ($ordering, $sql) = @_;

	return <<"SQL";
SET client_min_messages = error; $free_to_serve SET cursor_tuple_fraction = 0.01;
BEGIN ISOLATION LEVEL REPEATABLE READ;
DECLARE c CURSOR FOR $sql;
FETCH ALL FROM c;
CLOSE c;
\\echo --
SET LOCAL bingo_tune.enable_ordered_scan = off;
DECLARE c CURSOR FOR $sql;
FETCH ALL FROM c;
CLOSE c;
\\echo --
SELECT missing, extra, differing FROM bingo_tune.orderings, bingo_tune.verify_ordering(name)
WHERE name = '$ordering' AND state = 'valid' AND (missing, extra, differing) <> (0, 0, 0);
COMMIT;
\\echo --
SQL
}

# What is wrong, by the output of that; '' if nothing is.
sub compare_verdict
{
	my ($out) = @_;
	my ($served, $plain, $verdict) = split /^--\n?/m, $out;

	return 'no comparison' if !defined $plain;
	return 'wrong answer' if $served ne $plain;
	return "wrong window: $verdict" if ($verdict // '') ne '';
	return '';
}

sub wrong
{
	my ($node, $ordering, $sql) = @_;
	my ($status, $out, $err) = $node->psql('postgres', compare_sql($ordering, $sql));

	return $err ne '' ? $err : compare_verdict($out);
}

sub exact
{
	my ($node, $what) = @_;
	my $wrong;

	# upkeep may be making it again: then verify_ordering() wants to be asked later
	wait_for(sub { ($wrong = wrong($node, 'o', $query)) !~ /is being dropped or locked\n/ });
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	is($wrong, '', "$what: exact");
	return;
}

# Made valid by a call, and then its rows come from the window and are right.  Upkeep, which was asked for before, may have the
# window for a moment still.
sub valid_now
{
	my ($node, $what) = @_;
	my $last = time + $PostgreSQL::Test::Utils::timeout_default;
	my ($status, $out, $err) = $node->psql('postgres', "SELECT FROM bingo_tune.refresh_ordering('o')");
	my $failure = $err;

	do
	{
		($status, $out, $err) = $node->psql('postgres', <<"SQL");
SELECT state FROM bingo_tune.orderings WHERE name = 'o';
$free_to_serve
EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) $query LIMIT 5;
SQL
	} until $out !~ /Plan Behind Used: the window is locked/ || time > $last;

	local $Test::Builder::Level = $Test::Builder::Level + 1;
	like($out, qr/^\s*valid\n.*Rows from Window: [1-9]/s, "$what: valid and served after a refresh") or diag($failure, $err);
	exact($node, "$what, refreshed");
	return;
}

# --- sessions beside the test ---

my $sessions = 0;

# A psql of its own that goes through the statements; pg_stat_activity has its name.
sub start_session
{
	my ($node, $statements) = @_;
	my $name = 'session_' . ++$sessions;
	my $psql;

	local $ENV{PGAPPNAME} = $name;
	$psql = start_psql($node, 'postgres', $statements);
	$psql->{name} = $name;
	return $psql;
}

sub finished
{
	my ($session) = @_;

	return !$session->{harness}->pumpable;
}

sub end_session
{
	my ($session) = @_;

	end_psql($session);
	return $session->{err};
}

# Does it stand in the lock manager's queue?
sub waits_for_lock
{
	my ($node, $session) = @_;

	return $node->safe_psql('postgres', <<"SQL") eq 't';
SELECT EXISTS (SELECT FROM pg_locks JOIN pg_stat_activity USING (pid) WHERE application_name = '$session->{name}' AND NOT granted)
SQL
}

# Returns true if it stands in a queue before it has ended.
sub ends_or_waits
{
	my ($node, $session) = @_;
	my $waits = 0;

	wait_for(sub { finished($session) || ($waits = waits_for_lock($node, $session)) }) or die 'it neither ends nor waits';
	return $waits;
}

sub ends_without_waiting
{
	my ($node, $session, $what) = @_;

	local $Test::Builder::Level = $Test::Builder::Level + 1;
	ok(!ends_or_waits($node, $session), "$what: waits for nobody");
	return;
}

1;
