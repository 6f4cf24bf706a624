# A small ordering, "o", for the tests of what may happen to a server: tables
# film and studio, in the order of a range of years; the first 8,000 rows are
# kept, which takes two chunks of upkeep.
#
# The range's comparison is an SQL function that takes, for a moment, an advisory
# lock when both numbers are 6,000 or more.  So whoever holds it (hold()) stops
# every comparison of rows behind the first chunk: of upkeep in the middle of its
# second chunk, of a writer in the middle of his commit, for as long as the test
# wants, whatever lock_timeout says.  exact() is not stopped.  A second such lock, from
# 8,500 on, stops who appends to a full window.
package OrderingData;

use strict;
use warnings;

use IPC::Run;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use RawClient;
use Test::More;
use Time::HiRes qw(usleep);
use Exporter 'import';

our @EXPORT = qw($query $settings create_tables fill_tables fill_films start_with_tables create_ordering exact becomes valid_again serves hold
  wait_for kill_server start_psql end_psql start_writers acknowledged);

our $query = 'SELECT film.id, film.title, film.years, studio.name FROM film JOIN studio ON film.studio_id = studio.id'
  . ' ORDER BY film.years, film.id';

our $settings = <<'CONF';
shared_preload_libraries = 'pg_stat_statements,bingo_tune'
max_prepared_transactions = 10
autovacuum = off
fsync = off
wal_log_hints = on
CONF

sub create_tables
{
	my ($node, $database) = @_;

	if ($node->safe_psql('postgres', "SELECT count(*) FROM pg_database WHERE datname = '$database'") eq '0')
	{
		$node->safe_psql('postgres', "CREATE DATABASE $database");
	}
	$node->safe_psql($database, <<'SQL');
CREATE FUNCTION compare_years(a int, b int) RETURNS int LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
	place int;
BEGIN
	FOREACH place IN ARRAY ARRAY[6000, 8500] LOOP
		EXIT WHEN a < place OR b < place;
		IF pg_try_advisory_lock_shared(place) THEN
			PERFORM pg_advisory_unlock_shared(place);
		ELSIF current_setting('ordering_data.free', true) IS DISTINCT FROM 'on' THEN
			PERFORM set_config('lock_timeout', '0', true);
			PERFORM pg_advisory_lock_shared(place);
			PERFORM pg_advisory_unlock_shared(place);
		END IF;
	END LOOP;
	RETURN CASE WHEN a < b THEN -1 WHEN a > b THEN 1 ELSE 0 END;
END $$;
CREATE OPERATOR CLASS years_ops FOR TYPE int USING btree AS
	OPERATOR 1 <, OPERATOR 2 <=, OPERATOR 3 =, OPERATOR 4 >=, OPERATOR 5 >, FUNCTION 1 compare_years(int, int);
CREATE TYPE years AS RANGE (SUBTYPE = int, SUBTYPE_OPCLASS = years_ops);
CREATE TABLE studio (id int PRIMARY KEY, name text NOT NULL);
CREATE TABLE film (id int PRIMARY KEY, title text NOT NULL, years years NOT NULL, studio_id int NOT NULL, seen int NOT NULL DEFAULT 0);
CREATE INDEX ON film (studio_id);
CREATE INDEX ON film (years, id);
CREATE INDEX ON film (seen);
SQL
	return;
}

sub fill_tables
{
	my ($node, $database) = @_;

	$node->safe_psql($database, "INSERT INTO studio SELECT g, 'Studio ' || g FROM generate_series(1, 300) g");
	fill_films($node, $database);
	$node->safe_psql($database, 'ANALYZE');
	return;
}

sub fill_films
{
	my ($node, $database) = @_;

	$node->safe_psql($database, "INSERT INTO film SELECT g, 'Film ' || g, years(g, NULL), 1 + g % 300 FROM generate_series(1, 9000) g");
	return;
}

# A server with the tables in database app, and further settings and options of init().
sub start_with_tables
{
	my ($name, $more, %options) = @_;
	my $node = PostgreSQL::Test::Cluster->new($name);

	$node->init(%options);
	$node->append_conf('postgresql.conf', $settings . $more);
	$node->start;
	create_tables($node, 'app');
	fill_tables($node, 'app');
	return $node;
}

sub create_ordering
{
	my ($node, $database) = @_;

	$node->safe_psql($database, 'CREATE EXTENSION IF NOT EXISTS bingo_tune CASCADE');
	$node->safe_psql($database, "SELECT bingo_tune.create_ordering('o', '$query', 8000)");
	return;
}

# In one snapshot: the answer with and without the ordering, byte by byte, of the
# window and, by a cursor, which is planned for its first rows, beyond the window's
# end; and the window against the tables.
sub read_both
{
	my ($node, $database) = @_;
	my $client = RawClient->connect($node, $database);
	my (@served, @plain, $verdict);

	$client->simple('SET ordering_data.free = on');
	$client->simple('BEGIN ISOLATION LEVEL REPEATABLE READ');
	foreach my $answers (\@served, \@plain)
	{
		push @$answers, $client->simple("$query LIMIT 7000");
		$client->simple("DECLARE c CURSOR FOR $query");
		push @$answers, $client->simple('FETCH ALL FROM c');
		$client->simple('CLOSE c');
		$client->simple('SET LOCAL bingo_tune.enable_ordered_scan = off');
	}
	$verdict = $client->simple("SELECT format('%s missing, %s extra, %s differing', missing, extra, differing)"
		  . " FROM bingo_tune.verify_ordering('o')");
	$client->simple('COMMIT');
	$client->close;
	return (\@served, \@plain, $verdict);
}

# Compares them.  A window that is made anew meanwhile can't be verified in a snapshot
# from before: then once more, in another one.
sub exact
{
	my ($node, $database, $what) = @_;
	my ($served, $plain, $verdict);

	local $Test::Builder::Level = $Test::Builder::Level + 1;
	wait_for(sub {
		($served, $plain, $verdict) = read_both($node, $database);
		return "@$served" ne "@$plain" || $verdict !~ /of ordering "o" was emptied after/;
	});

	is(scalar(grep { RawClient::has_message($_, 'C') } @$plain), 2, "$what: the tables can be read");
	ok($served->[0] eq $plain->[0], "$what: served and plain answer are the same");
	ok($served->[1] eq $plain->[1], "$what: and beyond the window");
	like($verdict, qr/0 missing, 0 extra, 0 differing|ordering "o" is invalid|ordering "o" has no window/, "$what: window and tables agree");
	return;
}

# The window answers, not the plan behind.
sub serves
{
	my ($node, $database, $what) = @_;

	local $Test::Builder::Level = $Test::Builder::Level + 1;
	is($node->safe_psql($database, "SELECT served, reason FROM bingo_tune.explain_ordering('$query LIMIT 7000')"),
		't|', "$what: served");
	return;
}

# Waits for a condition on a row of bingo_tune.orderings.
sub becomes
{
	my ($node, $database, $condition, $what) = @_;

	local $Test::Builder::Level = $Test::Builder::Level + 1;
	ok($node->poll_query_until($database, "SELECT $condition FROM bingo_tune.orderings WHERE name = 'o'"), $what)
	  or diag($node->safe_psql($database, 'TABLE bingo_tune.orderings'));
	return;
}

sub valid_again
{
	my ($node, $database, $what) = @_;

	local $Test::Builder::Level = $Test::Builder::Level + 1;
	becomes($node, $database, "state = 'valid' AND (kept_rows >= 3000 OR boundary = 'everything')", "$what: valid again");
	return;
}

# A session that stops all comparisons of rows behind the first chunk, or of those from
# 8500 on, until it quits.
sub hold
{
	my ($node, $database, $place) = @_;
	my $session = $node->background_psql($database, on_error_stop => 1);

	$session->query_safe('SELECT pg_advisory_lock(' . ($place // 6000) . ')');
	return $session;
}

# Waits for a condition of the test's own, a tenth of a second at a time.
sub wait_for
{
	my ($condition) = @_;

	for (1 .. 10 * $PostgreSQL::Test::Utils::timeout_default)
	{
		return 1 if $condition->();
		usleep(100_000);
	}
	return 0;
}

# kill -9 of the postmaster alone, or of one of its children just before it, and a new
# start when all children have noticed.
sub kill_server
{
	my ($node, $first) = @_;
	my @pids = split(/\n/, $node->safe_psql('postgres', 'SELECT pid FROM pg_stat_activity WHERE pid <> pg_backend_pid()'));
	my ($postmaster) = slurp_file($node->data_dir . '/postmaster.pid') =~ /^(\d+)/;

	kill 'KILL', $first if $first;
	$node->kill9;
	wait_for(sub { !kill(0, $postmaster) && !grep { kill(0, $_) } @pids }) or die 'processes of the killed server are left';
	$node->start;
	return;
}

# Starts psql on statements, which it sends one after the other, and doesn't wait.
# Through files: nobody has to pump.
my $number = 0;

sub start_psql
{
	my ($node, $database, $statements, @options) = @_;
	my $file = PostgreSQL::Test::Utils::tempdir_short() . '/psql' . ++$number;
	my $psql = { file => $file };

	append_to_file("$file.sql", $statements);
	$psql->{harness} = IPC::Run::start([ 'psql', '-XAtq', @options, '-d', $node->connstr($database), '-f', "$file.sql" ],
		'<', '/dev/null', '>', "$file.out", '2>', "$file.err");
	return $psql;
}

# Waits for its end; then out and err are what it has printed.
sub end_psql
{
	my ($psql) = @_;

	IPC::Run::finish($psql->{harness});
	$psql->{$_} = slurp_file("$psql->{file}.$_") foreach qw(out err);
	return;
}

# Four clients that insert, update and delete, one transaction a statement, until
# they are stopped, and print what was acknowledged.  Waits until they are at work.
# Their films are 1000000 * round and following.
sub start_writers
{
	my ($node, $database, $round) = @_;
	my @writers;

	local $Test::Builder::Level = $Test::Builder::Level + 1;
	foreach my $writer (1 .. 4)
	{
		my $first = 1_000_000 * $round + 100_000 * $writer;
		my $statements = '';
		foreach my $i (1 .. 20_000)
		{
			my $id = $first + $i;
			my $year = 1 + ($i * 7919) % 8900;
			$statements .= "INSERT INTO film VALUES ($id, 'w', years($year, NULL), 1 + $i % 59) RETURNING id;\n";
			$statements .= "UPDATE studio SET name = 'r$round w$i' WHERE id = 70 + $i % 20;\n" if $i % 10 == 0;
			$statements .= "DELETE FROM film WHERE id = $id - 3 RETURNING -id;\n" if $i % 5 == 0;
		}
		push @writers, start_psql($node, $database, $statements);
	}
	ok($node->poll_query_until($database, "SELECT count(*) > 200 FROM film WHERE id > 1000000 * $round"), 'they write');
	return @writers;
}

# Waits for the end of such clients, whose server is gone, and returns two lists of
# ids: which films must be there, and which must not.
sub acknowledged
{
	my (@writers) = @_;
	my (%there, %deleted);

	foreach my $writer (@writers)
	{
		end_psql($writer);
		foreach my $id ($writer->{out} =~ /^(-?\d+)$/mg)
		{
			if ($id > 0) { $there{$id} = 1 } else { delete $there{ -$id }; $deleted{ -$id } = 1 }
		}
		# The statement that he was waiting for may have got through; it may be a DELETE.
		my ($last) = $writer->{out} =~ /^(\d+)\n\z/m;
		delete $there{ $last - 3 } if defined $last && $last % 5 == 0;
	}
	return ([ keys %there ], [ keys %deleted ]);
}

1;
