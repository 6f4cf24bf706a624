# What goes wrong outside of the database leaves nothing half done: a full disk,
# a standby, a build that another session runs.
#
# Seen red: each unique index built in a transaction of its own (the full disk
# left one); without the test for recovery (another message, no hint); without
# the look for a running build.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('main');
# WAL in files of 1 MB, so that a limit on the size of files meets the index.
$node->init(allows_streaming => 1, extra => ['--wal-segsize=1']);
$node->append_conf('postgresql.conf', "fsync = off\nautovacuum = off\nmax_wal_size = 64MB\nmin_wal_size = 2MB\nwal_recycle = off\nwal_keep_size = 0\n");
$node->start;
$node->safe_psql('postgres', <<'SQL');
CREATE EXTENSION bingo_tune CASCADE;
CREATE TABLE movies (id int NOT NULL, name text NOT NULL, year int NOT NULL, duration int NOT NULL);
CREATE TABLE customers (id int NOT NULL, name text NOT NULL, surname text NOT NULL, birthday date NOT NULL, email text NOT NULL);
CREATE TABLE sessions (id bigint NOT NULL, start_time timestamp NOT NULL, customer_id int NOT NULL, movie_id int NOT NULL);
INSERT INTO movies SELECT i, 'M' || i, 2000, 90 FROM generate_series(1, 100) i;
INSERT INTO sessions SELECT i, '2020-01-01', i % 1000, i % 100 FROM generate_series(1, 100000) i;
VACUUM FREEZE;
SQL
my $count = q{SELECT count(*) FROM pg_indexes WHERE schemaname = 'public'};
my $oid = $node->safe_psql('postgres', q{SELECT oid FROM pg_database WHERE datname = 'postgres'});

# The files that hold something; an emptied one goes at the next checkpoint.
sub files
{
	my $folder = $node->data_dir . "/base/$oid";
	return join ' ', grep { -s "$folder/$_" && /^\d+$/ } sort(slurp_dir($folder));
}

sub error_of
{
	my ($on, $query) = @_;
	my ($rc, $out, $err) = $on->psql('postgres', "\\set VERBOSITY verbose\n$query");
	return $err;
}

# 1. The disk is full while the fourth index grows: 3 MB are enough for the three
# before it (2.2 MB at most), not for sessions by movie (3.9 MB).
$node->stop;
my $log = $node->logfile;
system_or_bail('bash', '-c', 'ulimit -f 3072; exec pg_ctl -s -w -D "$0" -l "$1" -o "--cluster-name=main" start', $node->data_dir, "$log.limited");
$node->_update_pid(1);
my $before = files();
my $err = error_of($node, 'SELECT bingo_tune.apply();');
like($err, qr/ERROR:  \w{5}: could not (extend|write)/, 'a full disk is an error');
like($err, qr/CREATE INDEX bingo_sessions_by_movie/, 'while the fourth index is built');
is($node->safe_psql('postgres', $count), '0', 'no index is left');
$node->safe_psql('postgres', 'CHECKPOINT');
is(files(), $before, 'no file is left');
like(error_of($node, 'DROP EXTENSION bingo_tune; CREATE EXTENSION bingo_tune;'), qr/could not (extend|write)/, 'CREATE EXTENSION fails as a whole');
is($node->safe_psql('postgres', q{SELECT count(*) FROM pg_extension WHERE extname = 'bingo_tune'}), '0', 'no extension is left');
is($node->safe_psql('postgres', $count), '0', 'no index is left by CREATE EXTENSION');
$node->restart;
is($node->safe_psql('postgres', "SET client_min_messages = warning; CREATE EXTENSION bingo_tune; $count"), '7', 'with room it works');

# 2. A standby says where to go, and still reports.
$node->backup('copy');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($node, 'copy', has_streaming => 1);
$standby->start;
for my $call ('apply()', 'revert()')
{
	$err = error_of($standby, "SELECT bingo_tune.$call;");
	like($err, qr/ERROR:  25006: cannot execute bingo_tune\.\Q$call\E during recovery/, "$call on a standby");
	like($err, qr/HINT:  Call it on the primary server/, "$call on a standby: hint");
}
is($standby->safe_psql('postgres', q{SELECT count(*) FROM bingo_tune.index_report WHERE status = 'made'}), '7', 'index_report on a standby');
is($standby->safe_psql('postgres', q{SELECT count(*) FROM bingo_tune.settings_advice}), '11', 'settings_advice on a standby');
is($standby->safe_psql('postgres', q{SELECT bingo_tune.index_commands()}), '', 'index_commands() on a standby');
$standby->stop;

# 3. An index that another session is building is neither wanted nor dropped.
$node->safe_psql('postgres', 'SELECT bingo_tune.revert()');
my $writer = $node->background_psql('postgres');
$writer->query_safe('BEGIN; INSERT INTO movies VALUES (101, $$M$$, 2000, 90)');
my $builder = $node->background_psql('postgres');
$builder->query_until(qr/begun/, "\\echo begun\nCREATE UNIQUE INDEX CONCURRENTLY bingo_movies_id ON movies (id);\n\\echo done\n");
$node->poll_query_until('postgres', q{SELECT count(*) = 1 FROM pg_stat_progress_create_index WHERE index_relid = 'bingo_movies_id'::regclass})
  or die 'no build was seen';
$err = error_of($node, 'SELECT bingo_tune.index_commands(true);');
like($err, qr/ERROR:  55006: index public\.bingo_movies_id is being built by another session/, 'a running build is seen');
$writer->query_safe('COMMIT');
$builder->query_until(qr/done/, '');
$builder->quit;
$writer->quit;
is($node->safe_psql('postgres', q{SELECT action FROM bingo_tune.apply() WHERE index_name = 'bingo_movies_id'::regclass}), 'found', 'built by hand: the user\'s');

$node->stop;
done_testing();
