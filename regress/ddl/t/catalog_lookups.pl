# Catalog look-ups that find nothing although the one before did: a build of the
# extension in which the n-th look-up is "gone" (regress/inject/inject.h) goes through
# the scenarios below, once to count the look-ups and then again for each of them.
#
# Most of a run is waiting, for locks that are not to be had and for workers that give up.  So the runs are
# drawn first and dealt out to $LANES processes, each with a server of its own, made in the same way:
# whatever a run does to its server no other lane sees.  A lane writes what it found of each of its runs, and a run of which
# nothing is written is a finding.
#
# Whatever is gone: no crash, no failed assertion, and no error from a plain
# statement; what a user calls may end in an error, but not in an internal one.
# The answers of the session go on being right, and what it writes afterwards is in
# the window, or the ordering is invalid, and refresh_ordering() makes it valid.
#
# By default every place in the sources that a scenario comes through is gone once, in
# the first scenario that does, and $SAMPLE more look-ups of each scenario; but of a worker $OF_WORKER of all these:
#
#	BINGO_INJECT_ALL=1			every look-up of every scenario, both once and for good
#	BINGO_INJECT_SEED=N			the sample (the seed is printed)
#	BINGO_INJECT_ONLY=REGEX		scenarios
#	BINGO_INJECT_KINDS=a,b		gone, errors, locks (the header says which they are)
#	BINGO_INJECT_LIBRARY=FILE	is there: not compiled again; else the build is kept there
#
# A finding is repeated by the statements that it prints.  A new scenario is an entry
# in @scenarios, a new look-up a line in the header.
#
# Seen red: release 1.0: an INSERT crashes in find_defect(), which took the missing name of an
# index for one; create_ordering() at its 25th look-up with the same functions for names later on.  A partition that comes, where
# a counter that was not found again was followed after the first of two definitions.  A lane that dies, or leaves out a run.
#
# Starts first: it takes longer than all the others.
use strict;
use warnings FATAL => 'all';

use FindBin;
use lib "$FindBin::RealBin/../../t";

use CatalogData;
use InjectedBuild;
use List::Util 'shuffle';
use POSIX ();
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $seed = $ENV{BINGO_INJECT_SEED} // int(rand(1_000_000_000));
my $only = $ENV{BINGO_INJECT_ONLY} // '';
my $kinds = $ENV{BINGO_INJECT_KINDS} // 'gone,locks';
my $SAMPLE = 8;
my $OF_WORKER = 12;
my $LANES = 4;

srand($seed);
diag("seed $seed");

# --- servers of its own with this build in them ---

my $installed = install_injected();
my @nodes = map {
	start_catalog_node("lookups$_", "max_prepared_transactions = 10\nbingo_tune.upkeep = off", install_path => $installed)
} 1 .. $LANES;
# The one that is used.
my ($node, $trace);

sub use_node
{
	($node) = @_;
	$trace = $node->data_dir . '/inject.trace';
	return;
}

sub fresh_database
{
	my $sql = 'DROP DATABASE IF EXISTS app; CREATE DATABASE app TEMPLATE base';

	$node->safe_psql('template1', $_) foreach split /; /, $sql;
	return;
}

my $more = <<'SQL';
SET client_min_messages = warning;
CREATE ROLE other;
CREATE TYPE pair AS (a int, b text);
CREATE TABLE g (a int NOT NULL, b text COLLATE "C" NOT NULL, v numeric NOT NULL, UNIQUE (a, b));
CREATE TABLE h (x int NOT NULL, y text COLLATE "C" NOT NULL, w text, UNIQUE (x, y));
INSERT INTO h SELECT i, 'y' || i, 'w' || i FROM generate_series(1, 20) i;
INSERT INTO g SELECT i, 'y' || i, i FROM generate_series(1, 60) i;
SELECT bingo_tune.create_ordering('composite', 'SELECT g.v, g.a, h.w FROM g JOIN h ON g.a = h.x AND g.b = h.y ORDER BY h.w, g.a, g.b', 10);
CREATE TABLE movies (id int NOT NULL, name text NOT NULL, year int NOT NULL, duration int NOT NULL);
CREATE TABLE customers (id int NOT NULL, name text NOT NULL, surname text NOT NULL, birthday date NOT NULL, email text NOT NULL);
CREATE TABLE sessions (id bigint NOT NULL, start_time timestamp NOT NULL, customer_id int NOT NULL, movie_id int NOT NULL);
INSERT INTO movies VALUES (1, 'm', 2000, 90);
INSERT INTO customers VALUES (1, 'c', 's', '2000-01-01', 'e');
INSERT INTO sessions VALUES (1, '2020-01-01', 1, 1);
CREATE TABLE log (id int, tenant int, day int) PARTITION BY LIST (day);
CREATE TABLE log_1 PARTITION OF log FOR VALUES IN (1);
CREATE TABLE log_2 PARTITION OF log FOR VALUES IN (2);
CREATE TABLE log_9 PARTITION OF log FOR VALUES IN (9) PARTITION BY LIST (tenant);
CREATE TABLE log_9_0 PARTITION OF log_9 FOR VALUES IN (0);
CREATE TABLE log_9_1 PARTITION OF log_9 FOR VALUES IN (1, 2);
INSERT INTO log SELECT i, i % 3, (ARRAY[1, 2, 9])[1 + i % 4 % 3] FROM generate_series(1, 400) i;
SELECT bingo_tune.create_counter('logs', 'SELECT tenant, count(*) FROM log WHERE id > 0 GROUP BY tenant');
SELECT bingo_tune.create_counter('days', 'SELECT day, count(*) FROM log GROUP BY day');
SQL

foreach my $each (@nodes)
{
	use_node($each);
	$node->safe_psql('postgres', 'CREATE DATABASE base');
	create_base($node, 'base');
	$node->safe_psql('base', $more);
	fresh_database();
}

# --- what is done ---

my $composite = 'SELECT g.v, g.a, h.w FROM g JOIN h ON g.a = h.x AND g.b = h.y ORDER BY h.w, g.a, g.b';

# Partitions that come, and how they go again; then all that are there have both their counters, and nothing else has.
my $count = 'SELECT tenant, count(*) FROM log WHERE id > 0 GROUP BY tenant';
my $come = 'CREATE TABLE log_3 PARTITION OF log FOR VALUES IN (3); CREATE TABLE log_4 (day int, id int, tenant int);'
  . ' ALTER TABLE log ATTACH PARTITION log_4 FOR VALUES IN (4); CREATE TABLE log_9_3 PARTITION OF log_9 DEFAULT;'
  . ' CREATE TABLE log_5 PARTITION OF log FOR VALUES IN (5) PARTITION BY LIST (tenant); CREATE TABLE log_5_0 PARTITION OF log_5 DEFAULT;';
my $gone = 'DROP TABLE IF EXISTS log_3, log_4, log_5, log_9_3;';
my $left = "SELECT bingo_tune.drop_counter(name) FROM bingo_tune.counters WHERE name !~ '^(logs|days)_log_(1|2|9_0|9_1)\$' \\g /dev/null\n"
  . "SELECT bingo_tune.create_counter('logs', '$count'), bingo_tune.create_counter('days', 'SELECT day, count(*) FROM log GROUP BY day') \\g /dev/null\n";
my $as_before = "$gone\n$left";

# run: statements that may not fail; call: those that a user calls for the extension, which
# may.  before: what the session has done already.  after: undoes it.  same: the answer is
# that of the run without a gap.  gone: the tables, or the extension, are different afterwards.
# worker: look-ups of the background worker are gone, not the session's.  all: so are all look-ups at such places.
my @scenarios = (
	{ name => 'read', same => 1, run => "$query LIMIT 5; $composite LIMIT 3;" },
	{ name => 'read on', same => 1, before => "$query LIMIT 5; SET cursor_tuple_fraction = 0.01;",
		run => "BEGIN; DECLARE c CURSOR FOR $query; FETCH ALL FROM c; COMMIT;" },
	{ name => 'read again', same => 1, before => "PREPARE q AS $query LIMIT 5; SET plan_cache_mode = force_generic_plan; EXECUTE q; ALTER TABLE d ADD COLUMN extra int;",
		run => 'EXECUTE q;', after => 'ALTER TABLE d DROP COLUMN extra;' },
	{ name => 'explain', run => "EXPLAIN (ANALYZE, VERBOSE, COSTS OFF, TIMING OFF, SUMMARY OFF) $query LIMIT 5;" },
	{ name => 'insert', run => 'INSERT INTO f VALUES (5001, 1, 1), (5002, 50, 2); INSERT INTO d VALUES (51, \'p\', 0);',
		after => 'DELETE FROM f WHERE id > 5000; DELETE FROM d WHERE id > 50;' },
	{ name => 'update', run => 'UPDATE f SET d = 51 - d WHERE id IN (1, 2, 50); UPDATE d SET r = 51 - r, p = p || \'+\' WHERE id IN (1, 3);' },
	{ name => 'delete', run => 'DELETE FROM f WHERE id IN (1, 50); DELETE FROM d WHERE id = 2;',
		after => "INSERT INTO f VALUES (1, 2, 1), (50, 1, 50); INSERT INTO d VALUES (2, 'p2', 2);" },
	{ name => 'transaction', before => "INSERT INTO f VALUES (5003, 1, 1);",
		run => 'BEGIN; UPDATE d SET r = r + 1 WHERE id = 4; SAVEPOINT s; DELETE FROM f WHERE id = 3; ROLLBACK TO s; UPDATE f SET n = -n WHERE d = 1; COMMIT;',
		after => 'DELETE FROM f WHERE id > 5000;' },
	{ name => 'composite keys', run => "UPDATE h SET w = w || '+' WHERE x < 3; UPDATE g SET v = -v WHERE a = 2; INSERT INTO h VALUES (30, 'y30', 'a'); DELETE FROM h WHERE x = 30; UPDATE g SET b = 'y0' WHERE a = 1; UPDATE g SET b = 'y1' WHERE a = 1;" },
	# light writers: each place that they share with others is theirs, too
	{ name => 'side by side', all => qr/lock\.c|index\.c|fetch/, run => "UPDATE h SET w = w || '+' WHERE x = 2; BEGIN; UPDATE h SET x = 31 WHERE x = 3; UPDATE g SET a = 31 WHERE a = 3; COMMIT;",
		after => 'UPDATE h SET x = 3 WHERE x = 31; UPDATE g SET a = 3 WHERE a = 31;' },
	{ name => 'many rows', run => 'UPDATE d SET p = p || 1; INSERT INTO f SELECT 6000 + i, 1 + i % 50, i FROM generate_series(1, 200) i;',
		after => 'DELETE FROM f WHERE id > 5000;' },
	{ name => 'truncate', run => 'BEGIN; TRUNCATE g; ROLLBACK; TRUNCATE g; INSERT INTO g SELECT i, \'y\' || i, i FROM generate_series(1, 60) i;' },
	{ name => 'two-phase commit', run => "BEGIN; UPDATE d SET p = p || '+' WHERE id < 4; DELETE FROM f WHERE id = 3; PREPARE TRANSACTION 'p'; COMMIT PREPARED 'p';",
		after => 'INSERT INTO f VALUES (3, 4, 3);'},
	{ name => 'add and drop columns', run => 'ALTER TABLE f ADD COLUMN c int DEFAULT 1; ALTER TABLE d ADD COLUMN c text; ALTER TABLE f DROP COLUMN c; ALTER TABLE d DROP COLUMN c;' },
	{ name => 'rename', run => 'ALTER TABLE d RENAME COLUMN p TO q; ALTER TABLE f RENAME TO ff; ALTER TABLE ff RENAME TO f; ALTER TABLE d RENAME COLUMN q TO p;' },
	{ name => 'types and keys', run => 'ALTER TABLE d ALTER r TYPE bigint; ALTER TABLE d ALTER r TYPE int; ALTER TABLE d DROP CONSTRAINT d_pkey; ALTER TABLE d ADD PRIMARY KEY (id); CREATE UNIQUE INDEX di ON d (id, p); DROP INDEX di;' },
	{ name => 'triggers', run => 'ALTER TABLE f DISABLE TRIGGER ALL; INSERT INTO f VALUES (5001, 1, 1); ALTER TABLE f ENABLE TRIGGER ALL;',
		after => 'DELETE FROM f WHERE id > 5000;' },
	{ name => 'maintenance', run => 'VACUUM FULL f; CLUSTER d USING d_pkey; REINDEX TABLE f; VACUUM d; ANALYZE f; REINDEX SCHEMA bingo_tune;' },
	{ name => 'other tables', run => 'CREATE TABLE t (id int PRIMARY KEY, x text); COMMENT ON TABLE t IS \'t\'; CREATE INDEX ON t (x); ALTER TABLE t SET SCHEMA pg_catalog; DROP TABLE IF EXISTS pg_catalog.t; CREATE VIEW v AS SELECT * FROM f; DROP VIEW v; GRANT SELECT ON f TO other; REVOKE SELECT ON f FROM other;',
		after => 'DROP TABLE IF EXISTS t;' },
	{ name => 'drop a table', run => 'BEGIN; DROP TABLE d; ROLLBACK; DROP TABLE h; DROP TABLE g;', gone => 1 },
	{ name => 'drop a column', run => 'ALTER TABLE d DROP COLUMN p;', gone => 1 },
	{ name => 'swap a table', run => 'BEGIN; CREATE TABLE dd (LIKE d INCLUDING ALL); INSERT INTO dd SELECT * FROM d; DROP TABLE d; ALTER TABLE dd RENAME TO d; COMMIT;', gone => 1 },
	{ name => 'owners', run => 'ALTER TABLE f OWNER TO other; ALTER TABLE d OWNER TO other; REASSIGN OWNED BY other TO CURRENT_USER; DROP OWNED BY other;' },
	{ name => 'the view', call => 'SELECT name, state, reason FROM bingo_tune.orderings;' },
	{ name => 'create', call => "SELECT FROM bingo_tune.create_ordering('new', 'SELECT f.id, d.p FROM f JOIN d ON f.d = d.id ORDER BY d.p, f.id', 50);",
		after => 'SELECT FROM (SELECT name FROM bingo_tune.orderings WHERE name = \'new\') x, bingo_tune.drop_ordering(name);' },
	{ name => 'drop', before => "SELECT FROM bingo_tune.create_ordering('new', 'SELECT f.id, d.p FROM f JOIN d ON f.d = d.id ORDER BY d.p, f.id', 50);",
		call => "SELECT FROM bingo_tune.drop_ordering('new');",
		after => 'SELECT FROM (SELECT name FROM bingo_tune.orderings WHERE name = \'new\') x, bingo_tune.drop_ordering(name);' },
	{ name => 'refresh', call => "SELECT FROM bingo_tune.refresh_ordering('composite');" },
	{ name => 'refresh in the worker', worker => 1, call => "SELECT FROM bingo_tune.refresh_ordering('o');" },
	{ name => 'refresh here', call => "BEGIN; UPDATE f SET n = n WHERE id = 1; SELECT FROM bingo_tune.refresh_ordering('o'); COMMIT;", after => 'ROLLBACK;' },
	{ name => 'rebuild', before => 'ALTER TABLE g ALTER v TYPE float8;', call => "SELECT FROM bingo_tune.refresh_ordering('composite');",
		after => 'ALTER TABLE g ALTER v TYPE numeric;' },
	{ name => 'verify', call => "SELECT missing, extra, differing FROM bingo_tune.verify_ordering('o');" },
	{ name => 'explain_ordering', call => "SELECT served FROM bingo_tune.explain_ordering('$query LIMIT 5'); SELECT served FROM bingo_tune.explain_ordering('SELECT id FROM f ORDER BY id');" },
	{ name => 'apply', call => 'SELECT FROM bingo_tune.apply();', after => 'SELECT FROM bingo_tune.revert();', gone => 1 },
	{ name => 'revert', before => 'SELECT FROM bingo_tune.apply();', call => 'SELECT FROM bingo_tune.revert();', gone => 1 },
	{ name => 'count partitions', same => 1, run => "$count ORDER BY 1; SELECT count(*) FROM log WHERE id > 0 AND tenant = 1; $count ORDER BY 1;" },
	{ name => 'explain partitions', run => "EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) $count;" },
	{ name => 'write partitions', run => 'INSERT INTO log VALUES (5001, 1, 1), (5002, 0, 9); UPDATE log SET day = 9 WHERE id < 9; UPDATE log SET tenant = 2 - tenant WHERE id < 9; DELETE FROM log WHERE id > 5000;' },
	{ name => 'partitions come', run => $come, after => $as_before },
	{ name => 'partitions go', before => $come, run => 'DROP TABLE log_3; ALTER TABLE log DETACH PARTITION log_4; ALTER TABLE log DETACH PARTITION log_5 CONCURRENTLY; DROP TABLE log_5, log_4; ALTER TABLE log_9 DETACH PARTITION log_9_3; DROP TABLE log_9_3;',
		after => $as_before },
	{ name => 'partitions go and come', run => 'ALTER TABLE log DETACH PARTITION log_1; ALTER TABLE log DETACH PARTITION log_2 CONCURRENTLY; BEGIN; ALTER TABLE log_1 RENAME TO log_old; CREATE TABLE log_1 PARTITION OF log FOR VALUES IN (1); DROP TABLE log_1; ALTER TABLE log_old RENAME TO log_1; COMMIT; ALTER TABLE log ATTACH PARTITION log_1 FOR VALUES IN (1); ALTER TABLE log ATTACH PARTITION log_2 FOR VALUES IN (2);',
		after => $as_before },
	{ name => 'partitions renamed', run => 'ALTER TABLE log_1 RENAME TO log_one; ALTER TABLE log_9 RENAME TO log_nine; ALTER TABLE log RENAME tenant TO client; ALTER TABLE log RENAME client TO tenant; ALTER TABLE log_nine RENAME TO log_9; ALTER TABLE log_one RENAME TO log_1;',
		after => $as_before },
	{ name => 'partitions of others', run => 'ALTER TABLE log OWNER TO other; ALTER TABLE log_1 OWNER TO other; CREATE TABLE log_3 PARTITION OF log FOR VALUES IN (3); ALTER TABLE log_3 OWNER TO other; DROP TABLE log_3; REASSIGN OWNED BY other TO CURRENT_USER;',
		after => $as_before },
	{ name => 'create of partitions', before => $come, call => "SELECT FROM bingo_tune.create_counter('more', 'SELECT id, count(*) FROM log GROUP BY id'); SELECT FROM bingo_tune.create_counter('logs', '$count');", after => $as_before },
	{ name => 'drop of partitions', before => "SELECT FROM bingo_tune.create_counter('more', 'SELECT id, count(*) FROM log GROUP BY id');",
		call => "SELECT FROM bingo_tune.drop_counter('more');", after => $as_before },
	{ name => 'refresh of partitions', before => "$come TRUNCATE log_3;", call => "BEGIN; TRUNCATE log_3; SELECT FROM bingo_tune.refresh_counter('logs'); COMMIT;", after => "ROLLBACK;\n$as_before" },
	{ name => 'verify of partitions', call => "SELECT FROM bingo_tune.verify_counter('logs'); SELECT FROM bingo_tune.explain_counter('$count'); SELECT name, state FROM bingo_tune.counters;" },
	{ name => 'partitions that were missed', worker => 1, before => 'CREATE TABLE log_3 (LIKE log); ALTER TABLE log_3 OWNER TO other; ALTER TABLE log ATTACH PARTITION log_3 FOR VALUES IN (3); REASSIGN OWNED BY other TO CURRENT_USER; BEGIN; CREATE TABLE log_4 PARTITION OF log FOR VALUES IN (4); ALTER TABLE log_4 RENAME TO log_40; COMMIT; SET bingo_tune.upkeep = on;',
		call => 'TRUNCATE log_1; INSERT INTO log SELECT i, i % 3, 1 FROM generate_series(1, 100) i;', after => "DROP TABLE IF EXISTS log_40;\n$as_before" },
	{ name => 'drop partitions', run => 'BEGIN; DROP TABLE log_9; ROLLBACK; DROP TABLE log_9_1; DROP TABLE log;', gone => 1 },
	{ name => 'drop the extension', call => 'DROP EXTENSION bingo_tune CASCADE;', gone => 1 });

# --- one run ---

# What a session does and compares when nothing is gone any more, and undoes.
my $swap = 'UPDATE d SET r = 51 - r WHERE id IN (5, 46);';
my $aftermath = "INSERT INTO f VALUES (9001, 1, 1);\nINSERT INTO log VALUES (9001, 1, 1), (9002, 0, 9);\n$swap\n"
  . join("\\echo ==\n", compare_sql('o', $query), compare_sql('composite', $composite), compare_counts_sql())
  . "$swap\nDELETE FROM f WHERE id = 9001;\nDELETE FROM log WHERE id > 9000;\n";

# As compare_sql(), by the counters of the partitions.
sub compare_counts_sql
{
	return <<"SQL";
BEGIN ISOLATION LEVEL REPEATABLE READ;
$count ORDER BY tenant;
\\echo --
SET LOCAL bingo_tune.enable_counter_scan = off;
$count ORDER BY tenant;
\\echo --
SELECT name FROM bingo_tune.counters WHERE state = 'valid' AND bingo_tune.verify_counter(name) <> 0;
COMMIT;
\\echo --
SQL
}

# Settings for one session, or for the workers of all.
sub settings
{
	my ($command, $at, $stays) = @_;

	return "$command bingo_inject.kinds = '$kinds'; $command bingo_inject.stays = $stays;"
	  . " $command bingo_inject.trace = '$trace'; $command bingo_inject.at = $at;";
}

# Look-up number $at is gone (0: none, they are only counted).  A lock that is gone for
# good would be waited for without end but for lock_timeout.  Returns what the session
# said, and the look-ups as [number, place and function, was it gone?].
sub run_scenario
{
	my ($scenario, $at, $stays) = @_;
	my $arm = $scenario->{worker} ? '' : settings('SET', $at, $stays);
	my $statements = $scenario->{run} // $scenario->{call};
	my $after = $scenario->{gone} ? '' : $aftermath;
	my ($status, $out, $err);
	my $settings = <<"SQL";
\\set VERBOSITY verbose
SET bingo_inject.at = -1;
SET client_min_messages = error; $free_to_serve
SET lock_timeout = '1s';
SQL

	unlink $trace;
	$node->safe_psql('app', settings('ALTER DATABASE app SET', $at, $stays)) if $scenario->{worker};
	($status, $out, $err) = $node->psql('app', <<"SQL", on_error_stop => 0);
$settings
@{[ $scenario->{before} // '' ]}
\\echo BEGIN
\\warn BEGIN
$arm
$statements
SET bingo_inject.at = -1;
\\echo END
\\warn END
@{[ $scenario->{worker} ? '' : $after ]}
SQL
	# what is compared is not to be made again meanwhile
	if ($scenario->{worker})
	{
		my ($more, $more_err);

		$node->poll_query_until('app', "SELECT count(*) = 0 FROM pg_stat_activity WHERE backend_type = 'bingo_tune upkeep'");
		$node->safe_psql('app', 'ALTER DATABASE app RESET ALL');
		($status, $more, $more_err) = $node->psql('app', "$settings\n$after", on_error_stop => 0);
		$out .= "\n$more";
		$err .= "\n$more_err" if $more_err ne '';
	}
	my @lookups = map { /^\d+ (\d+) (.*?)( gone)?$/ ? [ $1, $2, $3 ] : () } split /\n/, -e $trace ? slurp_file($trace) : '';
	return ($out, $err, \@lookups);
}

# What is wrong with what a session said, or nothing.
sub judge
{
	my ($scenario, $out, $err, $good) = @_;
	my ($said, $compared) = $out =~ /^BEGIN\n(.*)^END\n?(.*)/ms;
	my ($errors, $later) = $err =~ /^BEGIN\n(.*)^END\n?(.*)/ms;
	my @states;

	return 'the server has crashed' if $err =~ /server closed the connection/;
	return "no end: $err" if !defined $said || !defined $errors;
	# what follows in a transaction that has failed says nothing
	@states = grep { !/^25P02/ } $errors =~ /ERROR:  (\w{5}: .*)$/mg;
	return "an error: $states[0]" if @states && $scenario->{run};
	return "an internal error: $states[0]" if grep { /^XX/ && !/injected:/ } @states;
	return "another answer: $said" if $scenario->{same} && defined $good && $said ne $good;
	return '' if $scenario->{gone};
	return "an error afterwards: $later" if $later ne '';
	foreach my $comparison (split /^==\n/m, $compared)
	{
		my $verdict = compare_verdict($comparison);
		return "$verdict afterwards" if $verdict ne '';
	}
	return '';
}

my @definitions = qw(composite o days_log_1 days_log_2 days_log_9_0 days_log_9_1 logs_log_1 logs_log_2 logs_log_9_0 logs_log_9_1);

# Are all there and valid, but for the counters of one partition, or of none?
sub are_valid
{
	my ($out, $partition) = @_;
	return $out eq join("\n", map { "$_|valid" } grep { !/_log_$partition$/ } @definitions);
}

# Puts everything back for the next run, whatever it takes; what is wrong, or nothing.  A partition that was gone for good has
# no counters any more: upkeep makes them again, which is off here.
sub restore
{
	my ($scenario, $stays) = @_;
	my ($status, $out, $err);

	$node->poll_query_until('postgres', 'SELECT 1', '1');
	($status, $out, $err) = $node->psql('app', <<"SQL", on_error_stop => 0);
SET bingo_inject.at = -1; SET client_min_messages = error;
SELECT format('ROLLBACK PREPARED %L', gid) FROM pg_prepared_xacts \\gexec
@{[ $scenario->{after} // '' ]}
SELECT bingo_tune.refresh_ordering(name) FROM bingo_tune.orderings WHERE state <> 'valid' \\g /dev/null
SELECT bingo_tune.refresh_counter(name) FROM bingo_tune.counters WHERE state <> 'valid' \\g /dev/null
SELECT name, state FROM bingo_tune.orderings ORDER BY name;
SELECT name, state FROM bingo_tune.counters ORDER BY name;
SQL
	my $restored = $err eq '' && are_valid($out, 'none');
	my $gone = $scenario->{gone} || ($stays eq 'on' && $err eq '' && grep { are_valid($out, $_) } qw(1 2 9_0 9_1));

	fresh_database() if !$restored || $gone;
	return $restored || $gone ? '' : "not to be restored: $out $err";
}

# --- all runs ---

my %been;

# Which look-ups of a counting run shall be gone: each place that no scenario before
# came through, and a sample.
sub choose
{
	my ($scenario, @lookups) = @_;
	my $before = '';
	my @chosen;

	return @lookups if $ENV{BINGO_INJECT_ALL};
	foreach my $lookup (@lookups)
	{
		my $loads = $scenario->{name} =~ /partition/ && $lookup->[1] =~ /catalog_lock\.c/ && $before ne $lookup->[1];

		push @chosen, $lookup if !$been{ $lookup->[1] }++ || $loads || ($scenario->{all} && $lookup->[1] =~ $scenario->{all});
		$before = $lookup->[1];
	}
	push @chosen, $lookups[ rand @lookups ] for 1 .. (@lookups > 0 ? $SAMPLE : 0);
	# a worker whose look-ups are gone gives up after ten seconds
	@chosen = (shuffle @chosen)[ 0 .. $OF_WORKER - 1 ] if $scenario->{worker} && @chosen > $OF_WORKER;
	return @chosen;
}

# A run of each without a gap, and the runs that shall have one.
my @runs;

use_node($nodes[0]);
@scenarios = grep { $_->{name} =~ /$only/ } @scenarios;
foreach my $scenario (@scenarios)
{
	my ($good, $err, $lookups) = run_scenario($scenario, 0, 'off');
	my @chosen = choose($scenario, @$lookups);

	is(judge($scenario, $good, $err), '', "$scenario->{name}: right without a gap");
	is(restore($scenario, 'off'), '', "$scenario->{name}: can be done again");
	$scenario->{gaps} = sprintf('%d of %d look-ups gone', scalar @chosen, scalar @$lookups);
	foreach my $lookup (@chosen)
	{
		push @runs, map { { scenario => $scenario, at => $lookup->[0], place => $lookup->[1], stays => $_ } }
		  $ENV{BINGO_INJECT_ALL} ? qw(off on) : rand() < 0.5 ? 'off' : 'on';
	}
}

# What is said without a gap, after what the lane's earlier scenarios have left behind.
sub said
{
	my ($scenario) = @_;
	my ($good) = run_scenario($scenario, 0, 'off');

	restore($scenario, 'off');
	return ($good =~ /^BEGIN\n(.*)^END/ms)[0];
}

# Was the look-up gone, and what is wrong, if anything?
sub run_with_gap
{
	my ($run) = @_;
	my ($scenario, $at) = @$run{qw(scenario at)};

	$scenario->{said} //= said($scenario) if $scenario->{same};
	my ($out, $errors, $found) = run_scenario($scenario, $at, $run->{stays});
	my ($hit) = grep { $_->[2] } @$found;
	my $finding = judge($scenario, $out, $errors, $scenario->{said});
	my $back = restore($scenario, $run->{stays});

	$finding ||= $back;
	return ($hit ? 1 : 0, '') if !$finding;
	return ($hit ? 1 : 0, sprintf('%s %s gone%s: %s', $at, $hit ? $hit->[1] : "(once $run->{place})", $run->{stays} eq 'on' ? ' for good' : '', $finding));
}

# Every $LANES-th run, in a process that ends as if it had never had a part in this test; a line for each, with its
# number.
my $results = PostgreSQL::Test::Utils::tempdir();

sub start_lane
{
	my ($lane) = @_;
	my $pid = fork // die "could not fork: $!\n";

	return $pid if $pid != 0;
	my $good = eval {
		open my $file, '>', "$results/$lane" or die "$!\n";
		$file->autoflush;
		use_node($nodes[$lane]);
		for (my $number = $lane; $number < @runs; $number += $LANES)
		{
			my ($hit, $finding) = run_with_gap($runs[$number]);
			print $file "$number $hit ", $finding =~ s/\n/ /gr, "\n";
		}
		close $file or die "$!\n";
		1;
	};
	diag("lane $lane: $@") if !$good;
	POSIX::_exit($good ? 0 : 1);
}

my @pids = map { start_lane($_) } 0 .. $LANES - 1;
is(scalar(grep { waitpid($_, 0); $? != 0 } @pids), 0, 'all lanes got to their ends');
foreach my $line (map { split /\n/, slurp_file("$results/$_") } 0 .. $LANES - 1)
{
	my ($number, $hit, $finding) = $line =~ /^(\d+) ([01]) (.*)/ or next;
	@{ $runs[$number] }{qw(hit finding)} = ($hit, $finding);
}
foreach my $run (@runs)
{
	$run->{finding} //= "$run->{at} $run->{place}: no result";
}
foreach my $scenario (@scenarios)
{
	is(join("\n", grep { $_ ne '' } map { $_->{finding} } grep { $_->{scenario} == $scenario } @runs), '', "$scenario->{name}: $scenario->{gaps}");
}

my $hits = grep { $_->{hit} } @runs;
diag(sprintf('%d runs, %d look-ups gone in %d places, %d findings', scalar @runs, $hits, scalar(keys %been), scalar(grep { $_->{finding} ne '' } @runs)));
cmp_ok($hits, '>', 0.8 * @runs, 'most of the look-ups that were to be gone were');

$_->stop foreach @nodes;
done_testing();
