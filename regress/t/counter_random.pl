# Many writers on few keys, whose changes are folded all the time, and counts compared in one statement, so under
# one snapshot: by the counter, and by a condition that no counter has.  Readers with new and old snapshots; writers
# beside what they have changed themselves, in savepoints and after these were rolled back; in triggers, and after a cascade; SERIALIZABLE
# ones; two phases; recounts; VACUUM; a standby.  Then the same with partitions, between which rows move, and one that comes and goes.
#
# BINGO_COUNTER_SECONDS=N runs longer (default 12).  BINGO_COUNTER_COMPARISONS=N goes on until so many counts were compared, half of
# them with partitions, and has DDL beside them: make check-counters.
#
# Seen red, within seconds: an incomplete fold taken for a base; a base of the era behind its snapshot's xmax; a bound
# before the snapshot's xmin; own changes left out, of all or of other partitions than the first; changes of a statement that
# has not ended taken for all.
use strict;
use warnings FATAL => 'all';

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use TunedNode;

my $seconds = $ENV{BINGO_COUNTER_SECONDS} // 12;
my $wanted = ($ENV{BINGO_COUNTER_COMPARISONS} // 0) / 2;

# How many answers compare() compares in one call, groups as one, and how often a script calls it.
my $of_a_call = 7;
my %calls = (own => 3, slow => 1, reader => 1, old => 3, standby => 2, cascade => 2, serializable => 1);

# The table's keys are the counters'; $make tells how it is made, $parts that it has partitions.
sub compare_random
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

	# A row is long, so that counting them by the plain plan is dear.
	$node->safe_psql('postgres', "CREATE EXTENSION bingo_tune CASCADE; $make");
	$node->safe_psql('postgres', <<'SQL');
ALTER TABLE t ALTER pad SET STORAGE PLAIN;
CREATE TABLE owner (id int PRIMARY KEY);
ALTER TABLE t ADD owner int REFERENCES owner ON DELETE CASCADE;
CREATE INDEX ON t (owner);
INSERT INTO t (k, j) SELECT g % 4, CASE g % 3 WHEN 0 THEN 'a' WHEN 1 THEN 'b' END FROM generate_series(1, 500) g;
VACUUM ANALYZE;
SELECT bingo_tune.create_counter('keyed', 'SELECT k, j, count(*) FROM t GROUP BY k, j');
SELECT bingo_tune.create_counter('whole', 'SELECT count(*) FROM t');
SELECT bingo_tune.create_counter('some', 'SELECT k, count(*) FROM t WHERE j IS NOT NULL GROUP BY k');
CREATE FUNCTION compare(moment text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	wrong record;
	v int := (random() * 4)::int;
BEGIN
	FOR wrong IN SELECT 'all' AS what, counted, plain FROM
			(SELECT (SELECT count(*) FROM t) AS counted, (SELECT count(*) FROM t WHERE ctid IS NOT NULL) AS plain) c WHERE counted <> plain
		UNION ALL SELECT 'groups', sum(n), 0 FROM (SELECT k, j, count(*) AS n FROM t GROUP BY k, j
			UNION ALL SELECT k, j, - count(*) FROM t WHERE ctid IS NOT NULL GROUP BY k, j) g GROUP BY k, j HAVING sum(n) <> 0
		UNION ALL SELECT 'groups by a later key', sum(n), 0 FROM (SELECT j, count(*) AS n FROM t GROUP BY j
			UNION ALL SELECT j, - count(*) FROM t WHERE ctid IS NOT NULL GROUP BY j) g GROUP BY j HAVING sum(n) <> 0
		UNION ALL SELECT 'one key', counted, plain FROM (SELECT (SELECT count(*) FROM t WHERE k = v AND j = 'a') AS counted,
			(SELECT count(*) FROM t WHERE k = v AND j = 'a' AND ctid IS NOT NULL) AS plain) c WHERE counted <> plain
		UNION ALL SELECT 'first key', counted, plain FROM (SELECT (SELECT count(*) FROM t WHERE k = v) AS counted,
			(SELECT count(*) FROM t WHERE k = v AND ctid IS NOT NULL) AS plain) c WHERE counted <> plain
		UNION ALL SELECT 'NULL', counted, plain FROM (SELECT (SELECT count(*) FROM t WHERE k IN (v, 1) AND j IS NULL) AS counted,
			(SELECT count(*) FROM t WHERE k IN (v, 1) AND j IS NULL AND ctid IS NOT NULL) AS plain) c WHERE counted <> plain
		UNION ALL SELECT 'some', counted, plain FROM (SELECT (SELECT count(*) FROM t WHERE k = v AND j IS NOT NULL) AS counted,
			(SELECT count(*) FROM t WHERE k = v AND j IS NOT NULL AND ctid IS NOT NULL) AS plain) c WHERE counted <> plain
	LOOP
		RAISE 'FINDING % %: counted %, plain %', moment, wrong.what, wrong.counted, wrong.plain;
	END LOOP;
END $$;
CREATE FUNCTION count_beside() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM compare('in a trigger'); RETURN NULL; END $$;
CREATE TRIGGER counts AFTER INSERT ON t FOR EACH ROW WHEN (NEW.owner % 16 = 1) EXECUTE FUNCTION count_beside();
SQL

	# What a standby says of the same.
	$node->backup('backup');
	my $standby = PostgreSQL::Test::Cluster->new("${name}_standby");
	$standby->init_from_backup($node, 'backup', has_streaming => 1);
	$standby->append_conf('postgresql.conf', "hot_standby_feedback = on\nmax_standby_streaming_delay = -1\n");
	$standby->start;

	my %scripts = (
		writer => [ 3, <<'SQL' ],
\set k random(0, 3)
\set n random(1, 3)
INSERT INTO t (k, j) SELECT :k, (ARRAY['a', 'b', NULL])[:n] FROM generate_series(1, :n);
DELETE FROM t WHERE id IN (SELECT id FROM t ORDER BY id LIMIT 2 FOR UPDATE SKIP LOCKED);
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
		$parts ? (changer => [ 1, <<'SQL' ]) : (),
\sleep 300 ms
ALTER TABLE t DETACH PARTITION t_more;
\sleep 300 ms
INSERT INTO t_more (k, j) VALUES (77, 'a');
ALTER TABLE t ATTACH PARTITION t_more FOR VALUES IN (77);
SQL
	);

	$scripts{ddl} = [ 1, <<'SQL' ] if $wanted;
\set what random(1, 6)
\sleep 2 s
\if :what = 1
ALTER TABLE t ADD more int DEFAULT 1;
\sleep 100 ms
ALTER TABLE t DROP more;
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
CREATE INDEX more ON t (j, k);
DROP INDEX more;
\elif :what = 5
BEGIN;
ALTER TABLE t RENAME k TO key;
ALTER TABLE t RENAME key TO k;
END;
\else
ANALYZE t;
\endif
SQL
	my ($compared, $rounds) = (0, 0);
	do
	{
		$compared += run_scripts($name, \%scripts, $node, $standby);
		$rounds++;
	} while ($compared < $wanted && Test::More->builder->is_passing);
	ok($node->poll_query_until('postgres', "SELECT count(*) = 0 FROM bingo_tune.counters WHERE state <> 'valid'"), "$name: all are valid again");
	is( $node->safe_psql('postgres', "SELECT split_part(name, '_', 1), bool_and(state = 'valid'), max(bingo_tune.verify_counter(name)), sum(reads) > 0,"
			  . ' sum(reads_behind) < sum(reads) / 2 FROM bingo_tune.counters GROUP BY 1 ORDER BY 1'),
		"keyed|t|0|t|t\nsome|t|0|t|t\nwhole|t|0|t|t",
		"$name: all counts are right, and came from the counters");
	(diag_or_note())->("$name: $compared answers compared in $rounds rounds; the primary answered by counters: "
		  . $node->safe_psql('postgres', 'SELECT sum(reads - reads_behind), sum(reads_behind) FROM bingo_tune.counters') =~ s/\|/, by the plan behind: /r);
	$standby->stop;
	$node->stop;
	return;
}

sub diag_or_note { return $wanted ? \&diag : \&note; }

# Returns how many counts were compared.
sub run_scripts
{
	my ($name, $scripts, $node, $standby) = @_;
	my $compared = 0;

	# An error of one client ends only that one, and its message says why.
	my %runs;
	foreach my $script (sort keys %$scripts)
	{
		my ($clients, $text) = @{ $scripts->{$script} };
		my $file = PostgreSQL::Test::Utils::tempdir() . "/$script.sql";

		unlink $file;
		append_to_file($file, $text);
		$runs{$script}{run} = IPC::Run::start(
			[ 'pgbench', '-n', '-T', $seconds, '-c', $clients, '--max-tries', 1000, '-f', $file, ($script eq 'standby' ? $standby : $node)->connstr('postgres') ],
			'>', \$runs{$script}{out}, '2>', \$runs{$script}{err});
	}
	foreach my $script (sort keys %runs)
	{
		my $run = $runs{$script};
		my $n;

		ok($run->{run}->finish, "$name: $script: every comparison was right") or diag($run->{err});
		($n) = $run->{out} =~ /actually processed: (\d+)/;
		$compared += $of_a_call * ($calls{$script} // 0) * ($n // 0);
		note("$script: " . ($n // 'none'));
	}
	return $compared;
}

compare_random('main', q{CREATE TABLE t (id bigserial PRIMARY KEY, k int, j name, pad text DEFAULT repeat('x', 1900))});
compare_random('parts', <<'SQL', 1);
CREATE TABLE t (id bigserial, k int, j name, pad text DEFAULT repeat('x', 1900)) PARTITION BY LIST (k);
CREATE INDEX ON t (id);
CREATE TABLE t_few PARTITION OF t FOR VALUES IN (0, 1);
CREATE TABLE t_moved (pad text DEFAULT repeat('x', 1900), k int, id bigint DEFAULT nextval('t_id_seq') NOT NULL, j name);
ALTER TABLE t ATTACH PARTITION t_moved FOR VALUES IN (2);
CREATE TABLE t_more PARTITION OF t FOR VALUES IN (77);
CREATE TABLE t_rest PARTITION OF t DEFAULT;
SQL
done_testing();
