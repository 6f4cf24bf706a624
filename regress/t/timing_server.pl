# Timing and the server's start and stop: not loaded, settings out of range, kept
# across a clean restart, files that are damaged, foreign or cut off, fewer slots
# than before.
#
# Seen red with: the checksum not verified, the file kept after it was read, no command
# given as a hint, one that forgets a library of the list, or shows the list to everybody.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $COMMAND = 'ALTER SYSTEM SET shared_preload_libraries = auto_explain, pg_stat_statements, bingo_tune;';

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->append_conf('postgresql.conf', "shared_preload_libraries = 'auto_explain'");
$node->start;

# Refused by the server: the error text.
sub error_of
{
	my ($query) = @_;
	my ($status, $output, $error) = $node->psql('postgres', $query);
	return $status ? $error : "no error, but: $output";
}

# --- without preloading: one clear error, the rest works ---

$node->safe_psql('postgres', 'CREATE EXTENSION bingo_tune CASCADE');
for my $view (qw(query_timing query_histogram endpoint_timing endpoint_service_level timing_status))
{
	my $error = error_of("SELECT * FROM bingo_tune.$view");
	like($error, qr/ERROR:  timing needs bingo_tune to be loaded when the server starts/, "$view: error");
	like($error, qr/HINT:  \Q$COMMAND\E then restart the server\.$/m, "$view: the command");
}
like(error_of("SELECT bingo_tune.$_"), qr/\Q$COMMAND\E/, $_) for qw(snapshot() reset_timing() timing_ready());
is($node->safe_psql('postgres', q{SELECT bingo_tune.statement_action('SELECT * FROM t WHERE id = 1')}),
	'SELECT FROM t WHERE t.id =', 'functions that need no timing work');
is($node->safe_psql('postgres', q{SELECT bingo_tune.quantile(bingo_tune.histogram_of(5), 0.5)}),
	'5', 'histograms work');
$node->safe_psql('postgres', q{INSERT INTO bingo_tune.endpoints (endpoint, example) VALUES ('GET /class', 'SELECT * FROM pg_class')});
is($node->safe_psql('postgres', q{SELECT count(*) FROM bingo_tune.endpoints}), '1', 'endpoints can be edited');

$node->append_conf('postgresql.conf', "shared_preload_libraries = 'auto_explain,bingo_tune'");
$node->restart;
my $error = error_of('SELECT * FROM bingo_tune.query_timing');
like($error, qr/timing needs pg_stat_statements /, 'only pg_stat_statements is missing');

# Who may not read the setting is not shown it, by the error and by CREATE EXTENSION.
$node->safe_psql('postgres', 'CREATE ROLE owner LOGIN; CREATE DATABASE owned OWNER owner');
$node->safe_psql('owned', 'CREATE EXTENSION pg_stat_statements');
{
	local $ENV{PGUSER} = 'owner';
	my (undef, undef, $notice) = $node->psql('owned', 'CREATE EXTENSION bingo_tune');
	foreach ($notice, ($node->psql('owned', 'SELECT * FROM bingo_tune.query_timing'))[2])
	{
		like($_, qr/HINT:  Ask a superuser to add pg_stat_statements and bingo_tune to shared_preload_libraries, and to restart the server\.$/m, 'no superuser: what to do');
		unlike($_, qr/auto_explain/, 'no superuser: no word of the list');
	}
}
$node->safe_psql('postgres', 'DROP DATABASE owned; DROP ROLE owner');

# The command, as it is typed.
my ($command) = $error =~ /HINT:  (ALTER SYSTEM .*;) then restart the server\./;
$node->safe_psql('postgres', $command // 'SELECT no_command');
$node->restart;
is($node->safe_psql('postgres', 'SHOW shared_preload_libraries'), 'pg_stat_statements, auto_explain, bingo_tune', 'the command: what is loaded then');
is($node->safe_psql('postgres', 'SELECT count(*) >= 0 FROM bingo_tune.query_timing'), 't', 'the command: all works');

# --- settings ---

# As with any extension's setting: a warning, and the default.
sub warns_at_start
{
	my ($name, $value, $expected, $default) = @_;
	$node->append_conf('postgresql.conf', "$name = $value");
	truncate $node->logfile, 0;
	$node->restart;
	like(slurp_file($node->logfile), $expected, "$name = $value: said so");
	is($node->safe_psql('postgres', "SHOW $name"), $default, "$name = $value: the default");
	$node->adjust_conf('postgresql.conf', $name, $default);
	return;
}

$node->append_conf('postgresql.conf', 'autovacuum = off');
$node->restart;
warns_at_start('bingo_tune.max_queries', 99,
	qr/WARNING:  99 is outside the valid range for parameter "bingo_tune.max_queries" \(100 \.\. 1000000\)/, 5000);
warns_at_start('bingo_tune.max_queries', 1000001, qr/WARNING:  1000001 is outside the valid range/, 5000);
warns_at_start('bingo_tune.track', 'nonsense',
	qr/WARNING:  invalid value for parameter "bingo_tune.track": "nonsense".*none, top, all/s, 'top');
# --- kept across a clean restart ---

# Looks without being counted.
sub look
{
	my ($query) = @_;
	local $ENV{PGOPTIONS} = '-c bingo_tune.track=none';
	return $node->safe_psql('postgres', $query);
}

# Everything that must survive, of the queries that look at nothing of ours.
my $KEPT = <<'SQL';
SELECT count(*), md5(string_agg(t::text, E'\n' ORDER BY queryid, userid, dbid, toplevel)) FROM (
	SELECT userid, dbid, queryid, toplevel, action, since, calls, rows, errors_timeout, errors_connection,
		errors_serialization, errors_other, first_row_calls, first_row_total, first_row_max, histogram::text
	FROM bingo_tune.timing_queries(true) WHERE action IS NOT NULL) AS t
SQL
my $file = $node->data_dir . '/pg_stat/bingo_tune.stat';

sub run_queries
{
	$node->psql('postgres', 'SELECT 1 / 0;');
	$node->safe_psql('postgres', join(';', map { 'SELECT ' . join(',', (1) x $_) } 1 .. 150));
	return look("$KEPT");
}

my $before = run_queries();
like($before, qr/^1[5-9]\d\|/, 'queries to keep');
my $since = look("SELECT since FROM bingo_tune.timing_status");
$node->stop;
ok(-s $file, 'written at the stop');
my $good = slurp_file($file);
$node->start;
is(look("$KEPT"), $before, 'all is back after a restart');
is(look("SELECT since FROM bingo_tune.timing_status"), $since, 'and since when');
ok(!-e $file, 'the file is gone while the server runs');
# --- files that are not what they should be ---

sub starts_anew
{
	my ($content, $what) = @_;
	$node->stop;
	open my $handle, '>:raw', $file or die "$file: $!";
	print $handle $content;
	close $handle or die "$file: $!";
	truncate $node->logfile, 0;
	$node->start;
	like(slurp_file($node->logfile), qr/LOG:  ignoring damaged or foreign file "pg_stat\/bingo_tune.stat"/, "$what: said so");
	is(look("SELECT count(*) FROM bingo_tune.timing_queries(false) WHERE action IS NOT NULL"),
		'0', "$what: nothing taken over");
	ok(!-e $file, "$what: removed");
	return;
}

my $flipped = $good;
substr($flipped, length($good) / 2, 1) ^= "\x01";
my $other_layout = $good;
substr($other_layout, 0, 1) ^= "\x01";
starts_anew($flipped, 'one bit flipped');
starts_anew(substr($good, 0, length($good) - 1), 'last byte missing');
starts_anew(substr($good, 0, length($good) / 2), 'second half missing');
starts_anew('', 'empty');
starts_anew('x', 'one byte');
starts_anew("PostgreSQL has nothing to do with this\n" x 100, 'foreign');
starts_anew($other_layout, 'other magic number');
starts_anew("\0" x 4096, 'zeros');

# A file that may not be read is no reason not to start either.
$node->stop;
unlink $file;
mkdir $file or die "$file: $!";
truncate $node->logfile, 0;
$node->start;
like(slurp_file($node->logfile), qr/LOG:  .*bingo_tune.stat/, 'a folder of that name: said so');
rmdir $file;

# --- fewer slots than queries in the file ---

$before = run_queries();
my ($queries) = $before =~ /^(\d+)/;
$node->append_conf('postgresql.conf', 'bingo_tune.max_queries = 100');
$node->restart;
is(look("SELECT queries, max_queries, evicted_queries FROM bingo_tune.timing_status"),
	'100|100|' . ($queries - 100), 'the rest counts as evicted');

# --- not kept on demand ---

$node->append_conf('postgresql.conf', 'bingo_tune.save_timing = off');
$node->reload;
$node->restart;
ok(!-e $file, 'save_timing = off: nothing written');
is(look("SELECT count(*) FROM bingo_tune.timing_queries(false) WHERE action IS NOT NULL"),
	'0', 'save_timing = off: nothing kept');

$node->stop;
done_testing();
