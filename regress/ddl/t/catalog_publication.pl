# Publications of everything: FOR ALL TABLES and FOR TABLES IN SCHEMA bingo_tune, made
# before and after the orderings.  On the publisher everything that makes, changes or
# drops an ordering works as ever; nothing of schema bingo_tune is published; one
# subscriber without the extension and one with orderings of his own, on the same
# tables, copy and follow, and his are exact.
#
# Seen red, with 1.0: refresh, prune and drop_ordering ("does not have a replica identity
# and publishes deletes"), subscribers ("relation bingo_tune.ordering does not exist";
# with the extension windows with the publisher's rows as well as their own).
use strict;
use warnings FATAL => 'all';

use CatalogTwins;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $small = 'SELECT f.id, f.n FROM f ORDER BY f.n DESC, f.id';
my %small = (name => 'small', query => $small, write => '');
my $logical = "max_replication_slots = 20\nmax_logical_replication_workers = 20\nmax_sync_workers_per_subscription = 4\n";
my $publisher = start_server('publisher', $logical, allows_streaming => 'logical');
my $without = start_server('without', $logical);
my $with = start_server('with', $logical);

sub publish
{
	my ($statement, $what) = @_;

	local $Test::Builder::Level = $Test::Builder::Level + 1;
	is(value($publisher, 'app', $statement), '', "$what: $statement");
	return;
}

sub published
{
	my ($what) = @_;

	local $Test::Builder::Level = $Test::Builder::Level + 1;
	is(value($publisher, 'app', "SELECT DISTINCT pubname, schemaname, tablename FROM pg_publication_tables WHERE schemaname = 'bingo_tune' ORDER BY 1, 3"),
		'', "$what: nothing of schema bingo_tune is published");
	is(value($publisher, 'app', "SELECT string_agg(tablename, ' ' ORDER BY tablename) FROM pg_publication_tables WHERE pubname = 'early' AND schemaname = 'public'"),
		'd f', "$what: the tables are");
	return;
}

# --- publications before and after orderings ---

$_->safe_psql('postgres', 'CREATE DATABASE app') foreach $publisher, $without, $with;
$publisher->safe_psql('app', $base);
publish('CREATE PUBLICATION early FOR ALL TABLES', 'before the extension');
is(value($publisher, 'app', 'CREATE EXTENSION bingo_tune') =~ s/^.*(NOTICE|HINT): .*\n?//mgr, '', 'the extension');
publish('CREATE PUBLICATION early_schema FOR TABLES IN SCHEMA bingo_tune', 'before orderings');
publish('CREATE PUBLICATION early_both FOR TABLES IN SCHEMA bingo_tune, public', 'before orderings');
create_ordering($publisher, 'app');
publish('CREATE PUBLICATION late FOR ALL TABLES', 'after orderings');
publish('CREATE PUBLICATION late_schema FOR TABLES IN SCHEMA bingo_tune', 'after orderings');
published('orderings and publications');

# --- the publisher's own life ---

sub works
{
	my ($sql, $what) = @_;

	local $Test::Builder::Level = $Test::Builder::Level + 1;
	is(value($publisher, 'app', $sql), '', $what);
	return;
}

sub publisher_is_well
{
	my ($what) = @_;

	local $Test::Builder::Level = $Test::Builder::Level + 1;
	comes_back($publisher, 'app', $what, write => '');
	return;
}

works("SELECT bingo_tune.refresh_ordering('o')", 'refresh_ordering()');
publisher_is_well('refreshed');
create_ordering($publisher, 'app', %small, rows => 50);
works("SELECT bingo_tune.drop_ordering('small')", 'drop_ordering()');
create_ordering($publisher, 'app', %small, rows => 50);
works("UPDATE d SET p = p || '!' WHERE id = 3; DELETE FROM f WHERE id IN (50, 100); INSERT INTO f VALUES (-1, 1, 0)", 'writers');
publisher_is_well('writers');
works('UPDATE d SET r = 51 - r', 'a refill by the worker');
publisher_is_well('filled by the worker');
works("DELETE FROM f WHERE id IN (SELECT f.id FROM f JOIN d ON f.d = d.id ORDER BY d.r, f.id LIMIT 15)", 'rows go') foreach 1 .. 6;
publisher_is_well('extended');
waits_for($publisher, 'app', "SELECT kept_rows >= 50 FROM bingo_tune.orderings WHERE name = 'o'", 'extended by the worker');
works("INSERT INTO f SELECT 5000 + 20 * $_ + i, 50, 0 FROM generate_series(1, 20) i", 'rows come') foreach 1 .. 8;
waits_for($publisher, 'app', "SELECT kept_rows <= 200 FROM bingo_tune.orderings WHERE name = 'o'", 'pruned by the worker');
publisher_is_well('pruned');
works('TRUNCATE f', 'TRUNCATE');
works("INSERT INTO f SELECT i, 1 + i % 50, i FROM generate_series(1, 2000) i", 'and again');
publisher_is_well('emptied and filled');
comes_back($publisher, 'app', 'emptied and filled', %small);
works("ALTER TABLE d ALTER p TYPE varchar", 'DDL');
publisher_is_well('DDL');
published('after all that');

# --- a subscriber without the extension, and one that has it ---

my $connection = $publisher->connstr . ' dbname=app';
my $tables = 'CREATE TABLE d (id int PRIMARY KEY, p varchar NOT NULL, r int NOT NULL);'
  . 'CREATE TABLE f (id int PRIMARY KEY, d int NOT NULL, n int NOT NULL); CREATE INDEX ON f (d)';
$_->safe_psql('app', $tables) foreach $without, $with;
$with->safe_psql('app', 'CREATE EXTENSION bingo_tune');
create_ordering($with, 'app', rows => 60);
create_ordering($with, 'app', %small, rows => 50);

# Waits without ending the test, which PostgreSQL's functions would do.
sub followed
{
	my ($what) = @_;
	my $lsn = value($publisher, 'app', 'SELECT pg_current_wal_lsn()');
	my $rows = 'SELECT count(*), md5(string_agg(x::text, \',\' ORDER BY x::text COLLATE "C")) FROM (SELECT d::text FROM d UNION ALL SELECT f::text FROM f) x';
	my $wanted = value($publisher, 'app', $rows);

	local $Test::Builder::Level = $Test::Builder::Level + 1;
	foreach ([ $without, 'without' ], [ $with, 'with' ])
	{
		my ($node, $name) = @$_;
		waits_for($publisher, 'app', "SELECT bool_and(replay_lsn >= '$lsn') FROM pg_stat_replication WHERE application_name = '$name'", "$what: $name has followed");
		waits_for($node, 'app', "SELECT bool_and(srsubstate IN ('r', 's')) FROM pg_subscription_rel", "$what: $name is in step");
		is(value($node, 'app', $rows), $wanted, "$what: the same rows $name");
	}
	comes_back($with, 'app', $what, write => '');
	comes_back($with, 'app', $what, %small);
	publisher_is_well($what);
	return;
}

foreach ([ $without, 'without' ], [ $with, 'with' ])
{
	my ($node, $name) = @$_;
	is(value($node, 'app', "CREATE SUBSCRIPTION \"$name\" CONNECTION '$connection application_name=$name' PUBLICATION early") =~ s/^.*NOTICE: .*\n?//mgr,
		'', "subscribed: $name");
}
followed('initial copy');
is(value($_, 'app', "SELECT string_agg(srrelid::regclass::text, ' ' ORDER BY srrelid::regclass::text) FROM pg_subscription_rel"), 'd f', 'two tables')
  foreach $without, $with;

$publisher->safe_psql('app', <<'SQL');
INSERT INTO f VALUES (10001, 1, 0), (10002, 999, 3000);
UPDATE d SET p = 'streamed' WHERE id BETWEEN 48 AND 50;
DELETE FROM f WHERE id IN (1999, 2000);
UPDATE f SET id = 10003 WHERE id = 7;
SQL
followed('streamed changes');
$publisher->safe_psql('app', 'UPDATE d SET r = 51 - r; BEGIN; DELETE FROM f; ROLLBACK; UPDATE f SET n = n + 1');
followed('bulk changes');
works($_, "$_ beside subscribers") foreach "SELECT bingo_tune.refresh_ordering('o')", "SELECT bingo_tune.drop_ordering('small')";
create_ordering($publisher, 'app', %small, rows => 50);
followed('orderings made and dropped at the publisher');
is(value($with, 'app', "SELECT bingo_tune.refresh_ordering('o')"), '', 'refresh_ordering() at the subscriber');
$publisher->safe_psql('app', 'TRUNCATE f');
$publisher->safe_psql('app', "INSERT INTO f SELECT i, 1 + i % 50, i FROM generate_series(1, 1000) i");
followed('TRUNCATE');

# A table that comes later is found as ever.
$_->safe_psql('app', 'CREATE TABLE later (id int PRIMARY KEY)') foreach $publisher, $without, $with;
$publisher->safe_psql('app', 'INSERT INTO later VALUES (1)');
foreach my $node ($without, $with)
{
	is(value($node, 'app', 'ALTER SUBSCRIPTION ' . ($node == $with ? '"with"' : 'without') . ' REFRESH PUBLICATION'), '', 'REFRESH PUBLICATION');
	waits_for($node, 'app', 'SELECT count(*) = 1 FROM later', 'a later table is copied');
}
followed('a later table');

# The publisher loses the extension.
works('DROP EXTENSION bingo_tune', 'DROP EXTENSION');
$publisher->safe_psql('app', "INSERT INTO f VALUES (20001, 3, 1)");
waits_for($_, 'app', 'SELECT count(*) = 1 FROM f WHERE id = 20001', 'the publisher has dropped the extension') foreach $without, $with;
comes_back($with, 'app', 'the publisher has dropped the extension');

# --- what a plug-in that filters nothing shows ---

$publisher->safe_psql('app', 'CREATE EXTENSION bingo_tune');
create_ordering($publisher, 'app', rows => 60);
my $plugin = value($publisher, 'app', "SELECT count(*) FROM pg_create_logical_replication_slot('shown', 'test_decoding')");
SKIP:
{
	skip 'test_decoding is not installed', 2 if $plugin ne '1';
	$publisher->safe_psql('app', "UPDATE d SET p = 'decoded' WHERE id IN (1, 50); UPDATE f SET n = 3 WHERE id = 50; SELECT bingo_tune.refresh_ordering('o')");
	my $shown = value($publisher, 'app', "SELECT substring(data FROM '^table ([^:]*): '), substring(data FROM ': ([A-Z]+):'), count(*)"
		  . " FROM pg_logical_slot_get_changes('shown', NULL, NULL) WHERE data ~ '^table' GROUP BY 1, 2 ORDER BY 1, 2");
	note("test_decoding shows, after an UPDATE of two rows of d, one of f and a refresh:\n$shown");
	is(join(' ', grep { /^public/ } split(/\n/, $shown)), 'public.d|UPDATE|2 public.f|UPDATE|1', 'test_decoding: the tables, as without the extension');
	is(join(' ', grep { !/^(public\.[df]|bingo_tune\.(window|boundary)_\d+)\|/ } split(/\n/, $shown)), '', 'test_decoding: and windows');
	$publisher->safe_psql('app', "SELECT pg_drop_replication_slot('shown')");
}

is(value($_->[0], 'app', "DROP SUBSCRIPTION \"$_->[1]\"") =~ s/^.*NOTICE: .*\n?//mgr, '', "DROP SUBSCRIPTION: $_->[1]") foreach [ $without, 'without' ], [ $with, 'with' ];
$_->stop foreach $without, $with, $publisher;
done_testing();
