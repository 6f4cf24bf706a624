# VACUUM FULL of whatever relation the extension has, and of the catalogs that tell of
# orderings, waiting behind a reader: it locks out everybody who comes later.  Readers
# and writers go on, in sessions that have not seen the ordering yet as in others, and
# nothing that they change is lost; so do those who make another ordering on a table, or
# switch triggers off and on, meanwhile.  Then all of it at full speed.
#
# Seen red: release 1.0: writers in new sessions are not maintained, state valid; others
# wait at their commit until the reader ends, and fail with a lock_timeout; create_ordering()
# drops the other ordering's triggers; disabled triggers leave no trace.
#
# Starts first: it takes most of a minute.
use strict;
use warnings FATAL => 'all';

use CatalogData;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = start_catalog_node('vacuum', 'bingo_tune.upkeep = off');
create_base($node);

# Catalogs that a plain INSERT, UPDATE, DELETE or SELECT of a table without triggers never reads.
my @catalogs = map { "pg_catalog.$_" } qw(pg_description pg_depend pg_seclabel pg_foreign_server pg_foreign_data_wrapper pg_extension);
my $number = 10_000;

sub changes
{
	my ($more) = @_;

	$number++;
	return <<"SQL";
$more INSERT INTO f VALUES ($number, 1 + $number % 3, 0);
UPDATE d SET p = 'p$number', r = 51 - r WHERE id IN (1, 2, 49, 50);
DELETE FROM f WHERE id = (SELECT min(f.id) FROM f JOIN d ON f.d = d.id WHERE d.r = 1);
SQL
}

# A session that knows the ordering, and goes on when the test says so.
my $held = $node->background_psql('postgres', on_error_stop => 1);
$held->set_query_timer_restart;

sub warm
{
	my ($statements) = @_;

	return changes('') . "SELECT FROM (SELECT pg_advisory_lock_shared(7), pg_advisory_unlock_shared(7)) x;\n$statements";
}

my %holders = (
	'who looks at the orderings' => sub { 'SELECT count(*) FROM bingo_tune.orderings' },
	'who has read to the window\'s end' =>
	  sub { "SET enable_sort = off; SET cursor_tuple_fraction = 0.01; DECLARE c CURSOR FOR $query; MOVE FORWARD ALL FROM c" },
	# EXPLAIN: who has the rights still can't read a window, it is never populated.
	'who reads it' => sub { "EXPLAIN SELECT count(*) FROM $_[0]" });

# Runs sessions [what it is, may it wait?, statements] while VACUUM FULL waits, and one
# that knows the ordering before; false if there is nothing to wait for.
sub beside
{
	my ($relation, $holder, $what, @sessions) = @_;
	my $reader = $node->background_psql('postgres', on_error_stop => 1);
	my (@started, $warm, $vacuum);

	$held->query_safe('SELECT pg_advisory_lock(7)');
	$warm = start_session($node, warm(changes('')));
	ends_or_waits($node, $warm);
	$reader->query_safe('BEGIN');
	$reader->query_safe($holders{$holder}->($relation));
	$vacuum = start_session($node, "VACUUM FULL $relation;");
	my $waits = ends_or_waits($node, $vacuum);
	$held->query_safe('SELECT pg_advisory_unlock(7)');
	if ($waits)
	{
		ends_without_waiting($node, $warm, "$what: a writer who knows the ordering") unless $relation eq 'pg_catalog.pg_trigger';
		foreach my $session (@sessions)
		{
			my ($kind, $may_wait, $statements) = @$session;
			my $psql = start_session($node, $statements);

			if ($may_wait) { ends_or_waits($node, $psql) }
			else { ends_without_waiting($node, $psql, "$what: $kind") }
			push @started, [ $kind, $psql ];
		}
	}
	$reader->query_safe('COMMIT');
	$reader->quit;
	is(end_session($vacuum), '', "$what: VACUUM FULL");
	is(end_session($warm), '', "$what: a writer who knows the ordering");
	is(end_session($_->[1]), '', "$what: $_->[0]") foreach @started;
	return $waits;
}

my %waited;
foreach my $relation (our_relations($node), @catalogs)
{
	foreach my $holder (sort keys %holders)
	{
		my $what = "VACUUM FULL $relation behind one $holder";

		# A new session, one with a lock_timeout, and a reader.
		next
		  if !beside(
			$relation, $holder, $what,
			[ 'a new writer', 0, changes("SET lock_timeout = '1s';") ],
			[ 'a writer in a transaction', 0, 'BEGIN;' . changes('') . 'COMMIT;' ],
			[ 'a reader', 0, "SET enable_sort = off; $query LIMIT 5;" ]);
		$waited{$relation} = 1;
		exact($node, $what);
		valid_now($node, $what);
	}
	next if !$waited{$relation};

	# What is done to the tables meanwhile; it may wait as long as the reader stays.
	my $what = "VACUUM FULL $relation";
	beside($relation, 'who reads it', $what,
		[ 'another ordering', 1, "SET client_min_messages = error; SELECT FROM bingo_tune.create_ordering('other', 'SELECT f.id, f.n FROM f ORDER BY f.n, f.id', 50);" ]);
	$node->safe_psql('postgres', changes(''));
	exact($node, "$what, another ordering on f");
	$node->safe_psql('postgres', "SELECT FROM bingo_tune.drop_ordering('other')");
	$node->safe_psql('postgres', changes(''));
	exact($node, "$what, and dropped again");
	valid_now($node, $what);

	beside($relation, 'who reads it', $what,
		[
			'triggers off and on', 1,
			'ALTER TABLE f DISABLE TRIGGER ALL;' . changes('')
			  . q{SELECT format('ALTER TABLE f ENABLE ALWAYS TRIGGER %I', tgname) FROM pg_trigger WHERE tgrelid = 'f'::regclass \gexec}
		]);
	exact($node, "$what, triggers off and on");
	valid_now($node, "$what, triggers off and on");
}
cmp_ok(scalar(keys %waited), '>=', 6, 'VACUUM FULL was kept waiting by readers');

# pg_trigger: who has to read it waits as for any table with triggers; nothing is lost.
beside('pg_catalog.pg_trigger', 'who reads it', 'VACUUM FULL pg_trigger', [ 'a writer', 1, changes('') ], [ 'another', 1, changes('') ]);
exact($node, 'VACUUM FULL pg_trigger');
valid_now($node, 'VACUUM FULL pg_trigger');

# At full speed: as often as sixty rounds of VACUUM FULL take, new sessions write.
my $rounds = join '', map { my $r = $_; map { "VACUUM FULL $_;\n" } our_relations($node) } 1 .. 10;
my $vacuum = start_session($node, $rounds);
my $errors = '';
my $writes = 0;
until (finished($vacuum))
{
	my ($status, $out, $err) = $node->psql('postgres', changes(''));
	$errors .= $err;
	$writes++;
}
is(end_session($vacuum), '', 'VACUUM FULL again and again');
is($errors, '', "beside it $writes writers");
exact($node, 'VACUUM FULL again and again');
valid_now($node, 'VACUUM FULL again and again');

$held->quit;
$node->stop;
done_testing();
