# pg_upgrade with orderings, by copy and by link, and what dumps are restored with
# in practice: --disable-triggers, --jobs, data only.
#
# pg_upgrade runs both servers and moves files between them: nothing of ours may
# change a file meanwhile, not even for an ordering that needs a refill.  Windows and
# their states come along, triggers don't: the new server, which is another cluster,
# believes nothing of them and builds all orderings again, by itself.
#
# Seen red: upkeep that runs in a server of pg_upgrade.
use strict;
use warnings FATAL => 'all';

use FindBin;
use lib "$FindBin::RealBin/../../t";

use Cwd qw(getcwd);
use OrderingData;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $old = PostgreSQL::Test::Cluster->new('old');
$old->init;
$old->append_conf('postgresql.conf', $settings . "bingo_tune.upkeep = off\n");
$old->start;
my $bindir = $old->config_data('--bindir');
foreach my $database ('app', 'stale', 'short')
{
	create_tables($old, $database);
	fill_tables($old, $database);
	create_ordering($old, $database);
}
$old->safe_psql('app', "INSERT INTO film VALUES (9001, 'Last', years(1, NULL), 1); UPDATE studio SET name = 'Renamed' WHERE id = 7");
exact($old, 'app', 'before');
# One whose window upkeep would like to fill at the first opportunity.
$old->safe_psql('stale', 'TRUNCATE studio');
$old->safe_psql('stale', "INSERT INTO studio SELECT g, 'Studio ' || g FROM generate_series(1, 300) g");
is($old->safe_psql('stale', 'SELECT state FROM bingo_tune.orderings'), 'invalid', 'one ordering is invalid');
# One that it would like to extend.
$old->safe_psql('short', "DELETE FROM film WHERE id <= 2000 * $_") foreach 1 .. 3;
is($old->safe_psql('short', 'SELECT state, kept_rows FROM bingo_tune.orderings'), 'valid|2000', 'one window is short');
my $rows = $old->safe_psql('app', 'SELECT count(*), sum(hashtext(film::text)) FROM film');

# --- dump and restore ---

my $dump = $old->backup_dir . '/dump';
mkdir $old->backup_dir;
local $ENV{PGHOST} = $old->host;
local $ENV{PGPORT} = $old->port;

sub restored
{
	my ($database, $what) = @_;
	my $reason = $old->safe_psql($database, 'SELECT state, reason FROM bingo_tune.orderings');

	note("$what: $reason");
	like($reason, qr/^(valid\||invalid\|.)/, "$what: the ordering is there and says what it is");
	$old->safe_psql($database, "SELECT bingo_tune.refresh_ordering('o')");
	is($old->safe_psql($database, 'SELECT state FROM bingo_tune.orderings'), 'valid', "$what: refreshed");
	is($old->safe_psql($database, 'SELECT count(*), sum(hashtext(film::text)) FROM film'), $rows, "$what: data");
	is($old->safe_psql($database, "SELECT count(*) FROM pg_trigger WHERE tgname LIKE 'bingo%' AND tgenabled = 'A'"), '4',
		"$what: triggers");
	$old->safe_psql($database, "DELETE FROM film WHERE id = 77; UPDATE studio SET name = 'After' WHERE id = 8");
	exact($old, $database, $what);
	serves($old, $database, $what);
	return;
}

command_ok([ 'pg_dump', '-Fd', '-j2', '-f', $dump, 'app' ], 'pg_dump --jobs');
$old->safe_psql('postgres', 'CREATE DATABASE jobs TEMPLATE template0');
command_ok([ 'pg_restore', '-j3', '--exit-on-error', '-d', 'jobs', $dump ], 'pg_restore --jobs');
restored('jobs', 'pg_restore --jobs');

# Data only over an ordering that exists, with its triggers disabled meanwhile.
create_tables($old, 'data');
create_ordering($old, 'data');
command_ok([ 'pg_restore', '--data-only', '--disable-triggers', '-j2', '-t', 'film', '-t', 'studio', '-d', 'data', $dump ],
	'pg_restore --data-only --disable-triggers --jobs');
is($old->safe_psql('data', "SELECT state, reason ~ 'more rows' FROM bingo_tune.orderings"), 'invalid|t',
	'--disable-triggers: ours have fired, and remembered more than a refill costs');
exact($old, 'data', '--disable-triggers, before the refresh');
restored('data', '--disable-triggers');

# The same with the triggers at work, which remember more than a refill costs.
create_tables($old, 'fired');
create_ordering($old, 'fired');
command_ok([ 'pg_restore', '--data-only', '-j2', '-t', 'film', '-t', 'studio', '-d', 'fired', $dump ], 'pg_restore --data-only');
exact($old, 'fired', '--data-only, before the refresh');
restored('fired', '--data-only');

command_ok([ 'pg_dump', '--disable-triggers', '--data-only', '-t', 'film', '-t', 'studio', '-f', "$dump.sql", 'app' ], 'pg_dump --disable-triggers');
create_tables($old, 'plain');
create_ordering($old, 'plain');
command_ok([ 'psql', '-Xq', '-v', 'ON_ERROR_STOP=1', '-f', "$dump.sql", 'plain' ], 'psql');
exact($old, 'plain', 'psql with disabled triggers, before the refresh');
restored('plain', 'psql with disabled triggers');

$old->safe_psql('postgres', "DROP DATABASE $_") foreach qw(jobs data fired plain);
$old->stop;

# --- pg_upgrade ---

delete local $ENV{PGHOST};
delete local $ENV{PGPORT};

sub upgraded
{
	my ($from, $mode) = @_;
	my $new = PostgreSQL::Test::Cluster->new($mode);
	my $folder = getcwd();
	my $short = $mode eq 'link' ? 2500 : 2000;

	$new->init;
	$new->append_conf('postgresql.conf', $settings);
	# also while pg_upgrade runs it
	$from->append_conf('postgresql.conf', 'bingo_tune.upkeep = on');
	my @command = ('pg_upgrade', '--no-sync', ($mode eq 'link' ? '--link' : ()), '-d', $from->data_dir, '-D', $new->data_dir,
		'-b', $bindir, '-B', $bindir, '-s', $new->host, '-p', $from->port, '-P', $new->port);
	chdir $PostgreSQL::Test::Utils::tmp_check;
	command_ok([ @command, '--check' ], "pg_upgrade $mode --check");
	$from->append_conf('postgresql.conf', 'bingo_tune.upkeep = off');
	$from->start;
	is($from->safe_psql('short', 'SELECT kept_rows FROM bingo_tune.orderings'), $short, "$mode: no upkeep in the server of pg_upgrade");
	$from->stop;
	$from->append_conf('postgresql.conf', 'bingo_tune.upkeep = on');
	command_ok(\@command, "pg_upgrade $mode");
	chdir $folder;
	$new->start;
	is($new->safe_psql('app', 'SELECT count(*), sum(hashtext(film::text)) FROM film'), $rows, "$mode: data");
	exact($new, 'app', "$mode: at once");
	exact($new, $_, "$mode: at once, $_") foreach qw(stale short);
	valid_again($new, $_, "$mode: $_") foreach qw(app stale short);
	foreach my $database (qw(app stale short))
	{
		is($new->safe_psql($database, "SELECT count(*) FROM pg_trigger WHERE tgname LIKE 'bingo%' AND tgenabled = 'A'"), '4', "$mode: triggers, $database");
		is($new->safe_psql($database, "SELECT count(*) FROM pg_class WHERE relkind = 'm'"), '2', "$mode: no old window is left, $database");
	}
	$new->safe_psql('app', "DELETE FROM film WHERE id = 78; UPDATE studio SET name = 'After' WHERE id = 8");
	exact($new, 'app', "$mode: after changes");
	exact($new, $_, "$mode: after upkeep, $_") foreach qw(stale short);
	serves($new, 'app', $mode);
	$rows = $new->safe_psql('app', 'SELECT count(*), sum(hashtext(film::text)) FROM film');
	return $new;
}

# The next one needs something to do, too: nobody does it before, not even a worker that
# was woken earlier.
my $copied = upgraded($old, 'copy');
$copied->append_conf('postgresql.conf', 'bingo_tune.upkeep = off');
$copied->restart;
$copied->safe_psql('stale', 'TRUNCATE studio');
$copied->safe_psql('stale', "INSERT INTO studio SELECT g, 'Studio ' || g FROM generate_series(1, 300) g");
is($copied->safe_psql('stale', 'SELECT state FROM bingo_tune.orderings'), 'invalid', 'one ordering is invalid again');
$copied->safe_psql('short', "INSERT INTO film SELECT g, 'Film ' || g, years(g, NULL), 1 FROM generate_series(1, 6000) g");
$copied->safe_psql('short', "SELECT bingo_tune.refresh_ordering('o')");
$copied->safe_psql('short', "DELETE FROM film WHERE id <= 2000 * $_") foreach 1 .. 2;
$copied->safe_psql('short', 'DELETE FROM film WHERE id <= 5500');
is($copied->safe_psql('short', 'SELECT state, kept_rows FROM bingo_tune.orderings'), 'valid|2500', 'one window is short again');
$copied->stop;
my $linked = upgraded($copied, 'link');
$linked->stop;

done_testing();
