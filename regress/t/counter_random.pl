# Many writers on few keys, whose changes are folded all the time, and counts compared in one statement, so under
# one snapshot: by the counters, and by a plan that none serves (counter_random.sql).  Readers with new and old snapshots; writers
# beside what they have changed themselves, in savepoints and after these were rolled back; in a statement that is at work, in triggers, in
# and after a cascade; SERIALIZABLE ones; two phases; recounts; VACUUM; a standby.  Then the same with partitions, between which rows
# move, and one that comes and goes.
#
# BINGO_COUNTER_SECONDS=N is the length of a round (default 12).  BINGO_COUNTER_COMPARISONS=N goes on until so many counts came from
# counters, rounds without and with partitions taking turns, and has DDL beside them: make check-counters.
#
# Seen red, within seconds: an incomplete fold taken for a base; a base of the era behind its snapshot's xmax; a bound
# before the snapshot's xmin; own changes left out, of all or of other partitions than the first; changes of a statement that
# has not ended taken for all (the table that it has open: "in a statement"; events that wait: "in a cascade").
#
# Counts as two: its sessions do as much as they can.
use strict;
use warnings FATAL => 'all';

use File::Basename;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use TunedNode;

my $here = dirname(__FILE__);
my $wanted = $ENV{BINGO_COUNTER_COMPARISONS} // 0;
my $seconds = $ENV{BINGO_COUNTER_SECONDS} // ($wanted ? 60 : 12);

# The table's keys are the counters'; $make tells how it is made, $parts that it has partitions.
sub start_pair
{
	my ($name, $make, $parts) = @_;
	my $node = start_node($name, <<'CONF', allows_streaming => 1);
max_connections = 50
max_prepared_transactions = 20
autovacuum_naptime = 1
fsync = off
jit = off
max_parallel_workers_per_gather = 0
CONF

	$node->safe_psql('postgres', "CREATE EXTENSION bingo_tune CASCADE; $make");
	$node->safe_psql('postgres', slurp_file("$here/../counter_random.sql"));

	# What a standby says of the same.
	$node->backup('backup');
	my $standby = PostgreSQL::Test::Cluster->new("${name}_standby");
	$standby->init_from_backup($node, 'backup', has_streaming => 1);
	$standby->append_conf('postgresql.conf', "hot_standby_feedback = on\nmax_standby_streaming_delay = -1\n");
	$standby->start;
	return { name => $name, node => $node, standby => $standby, scripts => make_scripts($parts), rounds => 0, map { $_ => 0 } qw(calls compared served own old changes single several) };
}

# What each client does, and how many clients do.
sub make_scripts
{
	my ($parts) = @_;
	my %scripts = (
		writer => [ 3, <<'SQL' ],
\set k random(0, 3)
\set n random(1, 3)
INSERT INTO t (k, j) SELECT :k, (ARRAY['a', 'b', NULL])[:n] FROM generate_series(1, :n);
DELETE FROM t WHERE id IN (SELECT id FROM t ORDER BY id LIMIT 2 FOR UPDATE SKIP LOCKED);
SQL
		running => [ 1, <<'SQL' ],
\set k random(0, 7)
INSERT INTO t (k, j) SELECT nullif(:k, 7), CASE WHEN compare('in a statement') THEN 'a' END FROM generate_series(1, 2);
UPDATE t SET j = 'b' WHERE id IN (SELECT id FROM t WHERE k = :k ORDER BY id LIMIT 2 FOR UPDATE SKIP LOCKED) AND compare('in an update');
SQL
		own => [ 2, <<'SQL' ],
\set k random(0, 3)
\set s random(0, 400)
BEGIN;
DELETE FROM t WHERE id = (SELECT min(id) + :s FROM t);
UPDATE t SET k = :k, j = 'b' WHERE id = (SELECT max(id) - :s FROM t);
SELECT compare('own');
SAVEPOINT a;
INSERT INTO t (k, j) VALUES (:k, NULL), (:k, 'a');
UPDATE t SET k = :k + 1 WHERE id = currval('t_id_seq') - 3;
SELECT compare('in a savepoint');
ROLLBACK TO a;
SELECT compare('after a savepoint');
INSERT INTO t (k, j) VALUES (:k, NULL), (:k, 'a');
END;
SQL
		slow => [ 1, <<'SQL' ],
\set k random(0, 3)
\set ms random(1, 30)
BEGIN;
INSERT INTO t (k, j) VALUES (:k, 'a'), (:k, 'b');
\sleep :ms ms
SELECT compare('slow');
\if :ms > 15
PREPARE TRANSACTION 'counter_random';
\sleep :ms ms
COMMIT PREPARED 'counter_random';
\else
END;
\endif
SQL
		cascade => [ 1, <<'SQL' ],
\set k random(0, 3)
\set o random(1, 1000000)
BEGIN;
INSERT INTO owner VALUES (:o), (- :o) ON CONFLICT DO NOTHING;
INSERT INTO t (k, j, owner) VALUES (:k, 'a', :o), (:k, NULL, - :o), (:k, 'b', :o);
SELECT compare('owned');
DELETE FROM owner WHERE id = :o;
SELECT compare('after a cascade');
END;
DELETE FROM owner WHERE id = - :o;
SQL
		serializable => [ 1, <<'SQL' ],
\set k random(0, 3)
BEGIN ISOLATION LEVEL SERIALIZABLE;
INSERT INTO t (k, j) VALUES (:k, 'b');
SELECT compare('serializable');
DELETE FROM t WHERE id = currval('t_id_seq');
END;
SQL
		reader => [ 1, "SELECT compare('reader');\n" ],
		old => [ 2, <<'SQL' ],
\set ms random(1, 500)
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT compare('old');
\sleep :ms ms
SELECT compare('old, later');
INSERT INTO t (k, j) VALUES (1, 'a');
SELECT compare('old, own');
END;
SQL
		standby => [ 1, <<'SQL' ],
\set ms random(1, 100)
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT compare('standby');
\sleep :ms ms
SELECT compare('standby, later');
END;
SQL
		upkeep => [ 1, <<'SQL' ],
\sleep 500 ms
SELECT bingo_tune.refresh_counter(name) FROM bingo_tune.counters WHERE name LIKE 'keyed%';
\sleep 500 ms
SELECT bingo_tune.refresh_counter(name) FROM bingo_tune.counters WHERE name LIKE 'whole%';
VACUUM t;
SQL
		# may have been ended, or begun anew after a deadlock, between the two
		$parts ? (changer => [ 1, <<'SQL' ]) : (),
SELECT count(*) AS attached FROM pg_inherits WHERE inhrelid = 't_more'::regclass \gset
\sleep 300 ms
\if :attached
ALTER TABLE t DETACH PARTITION t_more;
\endif
\sleep 300 ms
INSERT INTO t_more (k, j) VALUES (77, 'a');
ALTER TABLE t ATTACH PARTITION t_more FOR VALUES IN (77);
SQL
	);

	$scripts{ddl} = [ 1, <<'SQL' ] if $wanted;
\set what random(1, 6)
\sleep 2 s
\if :what = 1
BEGIN;
ALTER TABLE t ADD more int DEFAULT 1;
\sleep 20 ms
ALTER TABLE t DROP more;
END;
\elif :what = 2
BEGIN;
ALTER TABLE t DISABLE TRIGGER ALL;
ALTER TABLE t ENABLE TRIGGER ALL;
END;
\elif :what = 3
BEGIN;
TRUNCATE t;
SELECT compare('truncated');
ROLLBACK;
\elif :what = 4
CREATE INDEX IF NOT EXISTS more ON t (j, k);
DROP INDEX IF EXISTS more;
\elif :what = 5
BEGIN;
ALTER TABLE t RENAME k TO key;
ALTER TABLE t RENAME key TO k;
END;
\else
ANALYZE t;
\endif
SQL
	return \%scripts;
}

sub run_round
{
	my ($pair) = @_;
	my $name = $pair->{name};

	# An error of one client ends only that one, and its message says why.
	my %runs;
	foreach my $script (sort keys %{ $pair->{scripts} })
	{
		my ($clients, $text) = @{ $pair->{scripts}{$script} };
		my $file = PostgreSQL::Test::Utils::tempdir() . "/$name-$script.sql";

		unlink $file;
		append_to_file($file, $text);
		$runs{$script}{run} = IPC::Run::start(
			[ 'pgbench', '-n', '-T', $seconds, '-c', $clients, '--max-tries', 1000, '-f', $file, $pair->{ $script eq 'standby' ? 'standby' : 'node' }->connstr('postgres') ],
			'>', \$runs{$script}{out}, '2>', \$runs{$script}{err});
	}
	foreach my $script (sort keys %runs)
	{
		my $run = $runs{$script};

		ok($run->{run}->finish, "$name: $script: every comparison was right") or diag($run->{err} =~ s/^NOTICE:  COMPARED.*\n//mgr);
		note("$name: $script: " . ($run->{out} =~ /actually processed: (\d+)/ ? $1 : 'none'));
		read_notices($pair, $run->{err});
	}
	$pair->{rounds}++;
	return;
}

# What compare() says: counter_random.sql.
sub read_notices
{
	my ($pair, $notices) = @_;

	while ($notices =~ /^NOTICE:  COMPARED (.*)$/mg)
	{
		my ($moment, $compared, $varying, $keys, $served, $own, $changes, $single, $several, $behind) = split /\|/, $1;

		$pair->{calls}++;
		$pair->{compared} += $compared;
		$pair->{served} += $served;
		$pair->{own} += $own;
		$pair->{changes} += $changes;
		$pair->{single} += $single;
		$pair->{several} += $several;
		$pair->{old} += $served if $moment =~ /later|old, own/;
		$pair->{fixed} = $compared - $varying;
		$pair->{varying} = $varying;
		$pair->{keys}{$keys}++;
		$pair->{moments}{$moment} += $served;
		foreach my $reason (split /; /, $behind // '')
		{
			$pair->{behind}{$2} += $1 if $reason =~ /^(\d+) (.*)$/;
		}
	}
	return;
}

sub finish_pair
{
	my ($pair) = @_;
	my ($name, $node) = @$pair{qw(name node)};
	my ($moments, $behind) = map { my $sums = $pair->{$_}; join('; ', map { "$sums->{$_} $_" } sort keys %$sums) } qw(moments behind);

	ok($node->poll_query_until('postgres', "SELECT count(*) = 0 FROM bingo_tune.counters WHERE state <> 'valid'"), "$name: all are valid again");
	is( $node->safe_psql('postgres', "SELECT split_part(name, '_', 1), bool_and(state = 'valid'), max(bingo_tune.verify_counter(name)), sum(reads) > 0,"
			  . ' sum(reads_behind) < sum(reads) / 2 FROM bingo_tune.counters GROUP BY 1 ORDER BY 1'),
		"keyed|t|0|t|t\nsome|t|0|t|t\nwhole|t|0|t|t",
		"$name: all counts are right, and came from the counters");
	foreach my $moment ('own', 'in a savepoint', 'after a savepoint', 'slow', 'after a cascade', 'reader', 'old, later', 'old, own', 'standby, later')
	{
		ok(($pair->{moments}{$moment} // 0) > 0, "$name: counters answered: $moment") if $wanted;
	}
	my $distinct = keys %{ $pair->{keys} };
	($wanted ? \&diag : \&note)->("$name: $pair->{compared} counts compared under $pair->{calls} snapshots in $pair->{rounds} rounds of $seconds s; "
		  . "$pair->{served} came from counters, by $pair->{fixed} queries with fixed keys and $pair->{varying} with $distinct different sets of keys; "
		  . "$pair->{own} beside own changes, $pair->{old} under a snapshot that had grown old; $pair->{changes} changes were read, "
		  . "several for $pair->{several} of $pair->{single} counts of a single key; by moment: $moments; by the plan behind: $behind");
	$pair->{standby}->stop;
	$node->stop;
	return;
}

my @pairs = (start_pair('main', q{CREATE TABLE t (id bigserial PRIMARY KEY, k int, j name, pad text DEFAULT repeat('x', 1900))}), start_pair('parts', <<'SQL', 1));
CREATE TABLE t (id bigserial, k int, j name, pad text DEFAULT repeat('x', 1900)) PARTITION BY LIST (k);
CREATE INDEX ON t (id);
CREATE TABLE t_few PARTITION OF t FOR VALUES IN (0, 1);
CREATE TABLE t_moved (pad text DEFAULT repeat('x', 1900), k int, id bigint DEFAULT nextval('t_id_seq') NOT NULL, j name);
ALTER TABLE t ATTACH PARTITION t_moved FOR VALUES IN (2);
CREATE TABLE t_more PARTITION OF t FOR VALUES IN (77);
CREATE TABLE t_rest PARTITION OF t DEFAULT;
SQL
do
{
	run_round($_) foreach @pairs;
} while ((grep { $_->{served} < $wanted / 2 } @pairs) && Test::More->builder->is_passing);
finish_pair($_) foreach @pairs;
done_testing();
