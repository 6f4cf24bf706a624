# Examples of statements where the server's configuration decides, and with parameters of
# the extended protocol.
#
# Seen red: nothing forgotten when the configuration says off; the slowest never kept again
# after that; temporary tablespaces looked up while the store was locked, by either function;
# a cancel swallowed while an enumeration's value is looked up; the
# error of a look-up let out.
use strict;
use warnings;

use Test::More;
use TunedNode;

my $node = start_node('main', "fsync = off\n");
$node->safe_psql('postgres', 'CREATE EXTENSION bingo_tune CASCADE; CREATE TABLE kept AS SELECT 1 AS id');

my $kept = q{SELECT string_agg(kind || ' ' || statement, ', ' ORDER BY kind) FROM bingo_tune.query_examples
	WHERE statement LIKE 'SELECT id FROM kept%'};

$node->safe_psql('postgres', 'SELECT id FROM kept WHERE id = 7');
is($node->safe_psql('postgres', $kept), 'recent SELECT id FROM kept WHERE id = 7, slowest SELECT id FROM kept WHERE id = 7', 'kept');

$node->append_conf('postgresql.conf', "bingo_tune.keep_examples = off\n");
$node->reload;
ok($node->poll_query_until('postgres', "SELECT coalesce(($kept), '') = '' AND current_setting('bingo_tune.keep_examples') = 'off'"),
	'off in the configuration forgets them');
$node->safe_psql('postgres', 'SELECT id FROM kept WHERE id = 8');
is($node->safe_psql('postgres', $kept), '', 'and keeps none');

$node->append_conf('postgresql.conf', "bingo_tune.keep_examples = on\n");
$node->reload;
ok($node->poll_query_until('postgres', "SELECT current_setting('bingo_tune.keep_examples') = 'on'"), 'on again');
$node->safe_psql('postgres', 'SELECT id FROM kept WHERE id = 9');
is($node->safe_psql('postgres', $kept), 'recent SELECT id FROM kept WHERE id = 9, slowest SELECT id FROM kept WHERE id = 9', 'kept again');

# pgbench speaks the extended protocol.
my $script = $node->basedir . '/by_id.sql';
PostgreSQL::Test::Utils::append_to_file($script, "\\set id 1 + 41\nSELECT id FROM kept WHERE id = :id AND id > 0;\n");
$node->command_ok([ qw(pgbench -n -M prepared -t 20 -f), $script, '-d', 'postgres' ], 'pgbench');
is($node->safe_psql('postgres', q{SELECT kind, statement, parameters, parameter_types, cut FROM bingo_tune.query_examples
	WHERE statement LIKE '%id > 0%' AND kind = 'recent' AND statement NOT LIKE '%query_examples%'}),
	'recent|SELECT id FROM kept WHERE id = $1 AND id > 0|{42}|{integer}|f', 'parameters of the extended protocol');

$node->restart;
is($node->safe_psql('postgres', q{SELECT count(*) FROM bingo_tune.query_examples WHERE statement LIKE '%id > 0%' AND ms > 0
	AND statement NOT LIKE '%query_examples%'}), '0', 'a restart keeps none');
# Rows that go to a file: who waits for him who has locked the catalog that says where keeps nobody from beginning a new query.
my $place = PostgreSQL::Test::Utils::tempdir_short();
$node->safe_psql('postgres', "CREATE TABLESPACE elsewhere LOCATION '$place'");
$node->safe_psql('postgres', q{SET bingo_tune.track = 'all'; DO $$ BEGIN FOR i IN 1 .. 300 LOOP EXECUTE 'SELECT ' || repeat('1 + ', i) || '1'; END LOOP; END $$});
foreach my $n (1, 2)
{
	my $rows = $n == 1 ? 'timing_queries(true)' : 'statement_examples()';
	my $reader = $node->background_psql('postgres', on_error_stop => 0);
	my $locker = $node->background_psql('postgres');
	my $stranger = $node->background_psql('postgres');
	local $ENV{PGOPTIONS} = '-c bingo_tune.track=none';

	$reader->query_safe(q{SET temp_tablespaces = elsewhere; SET work_mem = '64kB'; SET application_name = 'reader'});
	$stranger->query_safe(q{SET application_name = 'stranger'});
	$locker->query_safe('BEGIN; LOCK pg_tablespace');
	$reader->query_until(qr/start/, "\\echo start\nSELECT count(*) FROM bingo_tune.$rows;\n");
	ok($node->poll_query_until('postgres', q{SELECT wait_event_type = 'Lock' FROM pg_stat_activity WHERE application_name = 'reader'}), "$rows: waits for the catalog");
	$stranger->query_until(qr/start/, "\\echo start\nSELECT 'a new query'" . ', now()' x $n . ";\n");
	ok($node->poll_query_until('postgres', q{SELECT query LIKE '%new query%' AND (state = 'idle' OR wait_event = 'bingo_tune_timing')
		FROM pg_stat_activity WHERE application_name = 'stranger'}), "$rows: another one's new query");
	if (!is($node->safe_psql('postgres', q{SELECT state FROM pg_stat_activity WHERE application_name = 'stranger'}), 'idle', "$rows: it has ended"))
	{
		$node->stop('immediate');	# nobody can be cancelled any more
		last;
	}
	$node->safe_psql('postgres', q{SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE application_name = 'reader'});
	$locker->query_safe('ROLLBACK');
	$_->quit foreach $stranger, $locker, $reader;
}

# A value of an enumeration is looked up as its statement ends: whoever cancels it then is heard, any other error is not told.
$node->safe_psql('postgres', q{CREATE TYPE mood AS ENUM ('sad', 'glad')});
foreach my $how ('pg_cancel_backend', 'pg_terminate_backend', 'lock_timeout')
{
	my $reader = $node->background_psql('postgres', on_error_stop => 0);
	my $locker = $node->background_psql('postgres');

	# the value's number is known then, its name is not
	$reader->query_safe(q{SET application_name = 'feeling'; SELECT 'glad'::mood IS NULL; PREPARE feel(mood) AS SELECT 'of ' || 'mood', } .
		"'$how', \$1 IS NULL; EXECUTE feel(NULL)");
	$reader->query_safe("SET lock_timeout = 1") if $how eq 'lock_timeout';
	$node->safe_psql('postgres', 'SELECT bingo_tune.reset_timing()');
	$locker->query_safe('BEGIN; LOCK pg_enum');
	my $waits = $how ne 'lock_timeout';
	my $said = $reader->query_until($waits ? qr/start/ : qr/^ended \w+/m, "\\echo start\nEXECUTE feel('glad'); \\echo ended :SQLSTATE\n");
	if ($waits)
	{
		ok($node->poll_query_until('postgres', q{SELECT wait_event_type = 'Lock' FROM pg_stat_activity WHERE application_name = 'feeling'}),
			"$how: waits for the catalog");
		$node->safe_psql('postgres', "SELECT $how(pid) FROM pg_stat_activity WHERE application_name = 'feeling'");
	}
	if ($how eq 'pg_terminate_backend')
	{
		ok($node->poll_query_until('postgres', q{SELECT NOT EXISTS (SELECT FROM pg_stat_activity WHERE application_name = 'feeling')}),
			'the end of a backend is not swallowed');
	}
	else
	{
		my $sqlstate = $how eq 'lock_timeout' ? '00000' : '57014';

		$said = $reader->query_until(qr/^ended \w+/m, '') if $waits;
		like($said, qr/^ended $sqlstate/m, "$how: SQLSTATE $sqlstate");
		is($node->safe_psql('postgres', q{SELECT count(*) FROM pg_locks AS l JOIN pg_stat_activity AS a USING (pid)
			WHERE a.application_name = 'feeling' AND l.granted}), '0', "$how: no lock is left");
	}
	$locker->query_safe('ROLLBACK');
	is($node->safe_psql('postgres', q{SELECT cut FROM bingo_tune.query_examples WHERE statement LIKE '%''of '' ||%' AND kind = 'recent'}), 't',
		"$how: an example without the value") if $how eq 'lock_timeout';
	$reader->quit if $how ne 'pg_terminate_backend';
	$locker->quit;
}
$node->stop;
done_testing();
