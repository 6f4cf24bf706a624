# bingo_load killed, cut off or doubled: whatever happens, a run that says 0 leaves exactly one correct data set.
#
# A load is stopped at a chosen point by an event trigger that waits for an advisory lock, so nothing depends on timing.
use strict;
use warnings;

use LoadTool;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my @small = ('--scale=0.002');
my $node = utf8_node('load_interrupt');
my ($status, $out, $err, $session, $run, $other, $digest);

$node->start;

# A database with a load in it that waits at a point.
sub start_blocked
{
	my ($database, $point, @arguments) = @_;

	$node->safe_psql('postgres', "CREATE DATABASE $database");
	block_at($node, $database, $point);
	$session = hold($node, $database);
	$run = start_load('-d', $node->connstr($database), @small, @arguments);
	wait_for_blocked($node, $database, { copy => '^COPY', movies => '^CREATE TABLE', finish => 'COMMENT' }->{$point});
	return;
}

sub unblock
{
	my ($database) = @_;

	release($session);
	return $node->safe_psql($database, 'DROP EVENT TRIGGER stop');
}

sub kill_tool
{
	$run->{handle}->signal('KILL');
	is((finish_load($run))[0], 256 + 9, 'the tool was killed');
	return;
}

$node->safe_psql('postgres', 'CREATE DATABASE undisturbed');
($status, $out, $err) = load('-d', $node->connstr('undisturbed'), @small);
is($status, 0, 'undisturbed') or diag($err);
$digest = digest($node, 'undisturbed');
is_loaded($node, 'undisturbed', $digest, 'undisturbed');

# The tool killed with the rows of sessions half sent.
start_blocked('killed_copy', 'copy');
is($node->safe_psql('killed_copy', q{SELECT to_regclass('public.sessions') IS NULL AND (SELECT dirty FROM schema_migrations)}), 't',
	'killed in COPY: nothing of sessions is visible, and schema_migrations says that work is under way');
kill_tool();
unblock('killed_copy');
($status, $out, $err) = load('-d', $node->connstr('killed_copy'), @small);
is($status, 0, 'killed in COPY: the next run') or diag($err);
like($err, qr/^removing what an interrupted bingo_load has left$/m, 'killed in COPY: it says what it does');
is_loaded($node, 'killed_copy', $digest, 'killed in COPY');

# The tool killed between two tables, while its worker's statement goes on.
start_blocked('killed_between', 'movies', '--jobs=1');
is($node->safe_psql('killed_between', 'SELECT count(*) FROM public.sessions'), 10000, 'killed between tables: the first is there');
kill_tool();
$other = start_load('-d', $node->connstr('killed_between'), @small);
wait_for_blocked($node, 'killed_between', 'pg_advisory_lock.*pg_advisory_unlock');
pass('killed between tables: the next run waits for the worker that is left');
unblock('killed_between');
($status, $out, $err) = finish_load($other);
is($status, 0, 'killed between tables: the next run') or diag($err);
is_loaded($node, 'killed_between', $digest, 'killed between tables');

# The tool killed in its last transaction, which the server completes.
start_blocked('killed_finish', 'finish');
kill_tool();
$other = start_load('-d', $node->connstr('killed_finish'), @small);
wait_for_blocked($node, 'killed_finish', 'SELECT pg_advisory_lock');
unblock('killed_finish');
($status, $out, $err) = finish_load($other);
is($status, 0, 'killed at the end: the next run') or diag($err);
is_loaded($node, 'killed_finish', $digest, 'killed at the end');

# The server killed.
start_blocked('server_killed', 'copy');
my @servers = split(/\n/, $node->safe_psql('postgres', 'SELECT pid FROM pg_stat_activity'));
$node->kill9;
($status, $out, $err) = finish_load($run);
is($status, 1, 'server killed: exit status');
like($err, qr/^bingo_load: could not load table sessions: .*\n(?:.*\n)*?HINT: Check that the server runs/m, 'server killed: message and hint');
unlike($err, qr/could not look into the database/, 'server killed: no further error');
$session->{handle}->finish;
# Its processes end by themselves; only then a new one can start.
until (!grep { kill 0, $_ } @servers)
{
	select(undef, undef, undef, 0.02);
}
$node->start;
$node->safe_psql('server_killed', 'DROP EVENT TRIGGER stop');
($status, $out, $err) = load('-d', $node->connstr('server_killed'), @small);
is($status, 0, 'server killed: the next run') or diag($err);
is_loaded($node, 'server_killed', $digest, 'server killed');

# A worker's connection cut in the middle of the rows.
start_blocked('worker_cut', 'copy');
$node->safe_psql('worker_cut', q{SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query ~ '^COPY' AND application_name = 'bingo_load'});
($status, $out, $err) = finish_load($run);
is($status, 1, 'connection cut: exit status');
like($err, qr/^bingo_load: could not load table sessions: terminating connection.*\nSQLSTATE: 57P01\nHINT: .*run this again/m, 'connection cut: message');
like($err, qr/^the unfinished tables were removed$/m, 'connection cut: says what it did');
is(relations($node, 'worker_cut'), '', 'connection cut: nothing is left');
unblock('worker_cut');
($status, $out, $err) = load('-d', $node->connstr('worker_cut'), @small);
is($status, 0, 'connection cut: the next run') or diag($err);
is_loaded($node, 'worker_cut', $digest, 'connection cut');

# The leading connection cut: the other tables may come to their end, but the set does not.
start_blocked('leader_cut', 'movies');
$node->safe_psql('leader_cut', q{SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND objid = 1 AND objsubid = 2
	AND database = (SELECT oid FROM pg_database WHERE datname = current_database())});
unblock('leader_cut');
($status, $out, $err) = finish_load($run);
is($status, 1, 'leading connection cut: exit status');
like($err, qr/^bingo_load: could not finish the load: .*\n/m, 'leading connection cut: message');
($status, $out, $err) = load('-d', $node->connstr('leader_cut'), @small);
is($status, 0, 'leading connection cut: the next run') or diag($err);
is_loaded($node, 'leader_cut', $digest, 'leading connection cut');

# Two together: the second waits and finds the data.
start_blocked('two', 'movies');
$other = start_load('-d', $node->connstr('two'), @small);
my $different = start_load('-d', $node->connstr('two'), @small, '--seed=7');
wait_for_blocked($node, 'two', 'SELECT pg_advisory_lock', 2);
unblock('two');
($status, $out, $err) = finish_load($run);
is($status, 0, 'two together: the first') or diag($err);
like($out, qr/^loaded and verified/m, 'two together: the first has loaded');
($status, $out, $err) = finish_load($other);
is($status, 0, 'two together: the second') or diag($err);
like($err, qr/^another bingo_load is at work in this database: waiting for it$/m, 'two together: the second says that it waits');
like($out, qr/^nothing to do, the data is there: .*seed 1, scale 0\.002, skew 0\.5: loaded$/, 'two together: the second reports the data');
($status, $out, $err) = finish_load($different);
is($status, 1, 'two together, different settings: refused');
like($err, qr/already holds another data set.*seed 1, scale 0\.002.*\nSQLSTATE: 55000\nHINT: Use --force/, 'two together, different settings: message');
is_loaded($node, 'two', $digest, 'two together');

# Two together with nothing that slows them down.
$node->safe_psql('postgres', 'CREATE DATABASE race');
my @runs = map { start_load('-d', $node->connstr('race'), @small) } 1 .. 3;
my @results = map { [ finish_load($_) ] } @runs;
is(join(' ', map { $_->[0] } @results), '0 0 0', 'a race: exit status');
is(scalar(grep { $_->[1] =~ /^loaded and verified/m } @results), 1, 'a race: one has loaded');
is_loaded($node, 'race', $digest, 'a race');

# Stored data that differs from what was sent is found, whatever the difference, and not kept.
my ($movie, $next_movie) = split(/\n/, $node->safe_psql('undisturbed', 'SELECT movie_id FROM sessions WHERE id IN (77, 78) ORDER BY id'));
isnt($movie, $next_movie, 'two values to exchange');
foreach my $case (
	[ 'value',  'sessions', 'new.customer_id := new.customer_id % 1000 + 1', 77, 'sum of customer_id' ],
	[ 'moved', 'sessions', "new.movie_id := CASE new.id WHEN 77 THEN $next_movie ELSE $movie END", '77, 78', 'hash' ],
	[ 'time', 'sessions', q{new.start_time := new.start_time + interval '1 microsecond'}, 10000, 'hash' ],
	[ 'lost', 'movies', 'RETURN NULL', 58, 'number of rows' ],
	[ 'text', 'customers', 'new.email := upper(new.email)', 1, 'hash' ],
	[ 'longer', 'customers', q{new.name := new.name || ' '}, 1, 'bytes of text' ],
	[ 'title', 'movies', 'new.name := reverse(new.name)', 3, 'hash' ])
{
	my ($name, $table, $change, $ids, $figure) = @$case;

	$node->safe_psql('postgres', "CREATE DATABASE differs_$name");
	$node->safe_psql(
		"differs_$name", qq{
CREATE FUNCTION public.spoil() RETURNS trigger LANGUAGE plpgsql AS \$\$ BEGIN $change; RETURN new; END \$\$;
CREATE FUNCTION public.attach() RETURNS event_trigger LANGUAGE plpgsql AS \$\$ BEGIN
	IF EXISTS (SELECT FROM pg_event_trigger_ddl_commands() WHERE object_identity = 'public.$table') THEN
		CREATE TRIGGER spoil BEFORE INSERT ON public.$table FOR EACH ROW WHEN (new.id IN ($ids)) EXECUTE FUNCTION public.spoil();
	END IF;
END \$\$;
CREATE EVENT TRIGGER attach ON ddl_command_end WHEN TAG IN ('CREATE TABLE') EXECUTE FUNCTION public.attach();
});
	($status, $out, $err) = load('-d', $node->connstr("differs_$name"), @small);
	is($status, 1, "differs ($name): exit status");
	like($err, qr/^bingo_load: table $table differs from what was sent: $figure is -?\d+ instead of -?\d+\nSQLSTATE: XX001\nHINT: /m,
		"differs ($name): message");
	is(relations($node, "differs_$name"), '', "differs ($name): nothing is kept");
}

$node->stop;
done_testing();
