# Runs of bingo_load and what they left, for the tests of bingo_load.
package LoadTool;

use strict;
use warnings;

use IPC::Run;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Exporter 'import';

our @EXPORT = qw(utf8_node load start_load finish_load relations digest is_loaded hold release wait_for_blocked block_at);

# The tests find the tool's sessions by name; PostgreSQL::Test::Utils has set it to that of the script.
delete $ENV{PGAPPNAME};

# A server whose databases hold the data whatever the environment's locale is.
sub utf8_node
{
	my ($name, @extra) = @_;
	my $node = PostgreSQL::Test::Cluster->new($name);

	$node->init(extra => [ '--encoding=UTF8', '--locale=C', @extra ]);
	$node->append_conf('postgresql.conf', 'fsync = off');
	return $node;
}

# Runs bingo_load; returns exit status, stdout, stderr.
sub load
{
	my (@arguments) = @_;
	my ($out, $err) = ('', '');

	IPC::Run::run([ 'bingo_load', @arguments ], '<', \undef, '>', \$out, '2>', \$err);
	# 256 + signal: never the same as an exit status.
	return ($? & 127 ? 256 + ($? & 127) : $? >> 8, $out, $err);
}

sub start_load
{
	my (@arguments) = @_;
	my %run = (out => '', err => '');

	$run{handle} = IPC::Run::start([ 'bingo_load', @arguments ], '<', \undef, '>', \$run{out}, '2>', \$run{err},
		IPC::Run::timeout($PostgreSQL::Test::Utils::timeout_default));
	return \%run;
}

sub finish_load
{
	my ($run) = @_;

	$run->{handle}->finish;
	return ($? & 127 ? 256 + ($? & 127) : $? >> 8, $run->{out}, $run->{err});
}

# All relations outside the system's schemas, sorted.
sub relations
{
	my ($node, $database) = @_;

	return $node->safe_psql(
		$database, q{
SELECT string_agg(n.nspname || '.' || c.relname, ' ' ORDER BY n.nspname, c.relname)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'});
}

# The content of the three tables, as the server itself prints it.
sub digest
{
	my ($node, $database, $schema) = @_;

	$schema //= 'public';
	return $node->safe_psql(
		$database, qq{
SELECT (SELECT md5(string_agg(s::text, ',' ORDER BY id)) FROM $schema.sessions s),
	(SELECT md5(string_agg(c::text, ',' ORDER BY id)) FROM $schema.customers c),
	(SELECT md5(string_agg(m::text, ',' ORDER BY id)) FROM $schema.movies m)});
}

# Is exactly one whole data set in the database, with the content of $digest, and nothing else?
sub is_loaded
{
	my ($node, $database, $digest, $name) = @_;

	is( relations($node, $database),
		join(' ', map { "public.$_" } qw(customers customers_id_seq movies movies_id_seq schema_migrations
			  schema_migrations_pkey sessions sessions_id_seq)),
		"$name: exactly the tables of one data set");
	is(digest($node, $database), $digest, "$name: the data is the same as of a load that nothing disturbed");
	is( $node->safe_psql(
			$database, q{
SELECT bool_and(obj_description(c.oid) ~ ': loaded$')::text || ' ' || (SELECT string_agg(dirty::text, ',') FROM schema_migrations)
FROM pg_class c WHERE c.relname IN ('sessions', 'customers', 'movies', 'schema_migrations')}),
		'true false', "$name: marked as loaded");
	return;
}

# A session that holds advisory lock 1 until released.
sub hold
{
	my ($node, $database) = @_;
	my %session = (in => "SELECT pg_advisory_lock(1);\n\\echo held\n", out => '');

	$session{handle} = IPC::Run::start([ 'psql', '-X', '-q', '-A', '-t', '-d', $node->connstr($database) ],
		'<', \$session{in}, '>', \$session{out}, '2>', \$session{err}, IPC::Run::timeout($PostgreSQL::Test::Utils::timeout_default));
	$session{handle}->pump until $session{out} =~ /held/;
	return \%session;
}

sub release
{
	my ($session) = @_;

	$session->{in} .= "SELECT pg_advisory_unlock(1);\n\\q\n";
	$session->{handle}->finish;
	return;
}

# Waits until a connection of bingo_load waits for a lock, in a statement that matches.
sub wait_for_blocked
{
	my ($node, $database, $statement, $count) = @_;

	$count //= 1;
	$node->poll_query_until(
		$database, qq{
SELECT count(*) = $count FROM pg_stat_activity
WHERE application_name = 'bingo_load' AND datname = '$database' AND wait_event_type = 'Lock' AND query ~ '$statement'})
	  or die "no bingo_load waits in: $statement";
	return;
}

# Makes a load stop (if lock 1 is held) at a certain point:
# 'copy' in the middle of sessions' rows, 'movies' when that table was created, 'finish' before the last commit.
sub block_at
{
	my ($node, $database, $point) = @_;
	my $created = q{tg_tag = 'CREATE TABLE' AND EXISTS (SELECT FROM pg_event_trigger_ddl_commands() WHERE object_identity = '%s')};
	my %condition = (
		copy => sprintf($created, 'public.sessions'),
		movies => sprintf($created, 'public.movies'),
		finish => q{tg_tag = 'COMMENT' AND obj_description(to_regclass('public.movies')) ~ ': loaded$'});
	my $action = $point eq 'copy'
	  ? q{CREATE TRIGGER stop BEFORE INSERT ON public.sessions FOR EACH ROW WHEN (new.id = 3000)
			EXECUTE FUNCTION public.stop_row()}
	  : 'PERFORM pg_advisory_xact_lock(1)';

	$node->safe_psql(
		$database, qq{
CREATE FUNCTION public.stop_row() RETURNS trigger LANGUAGE plpgsql AS \$\$
BEGIN
	PERFORM pg_advisory_xact_lock(1);
	RETURN new;
END \$\$;
CREATE FUNCTION public.stop() RETURNS event_trigger LANGUAGE plpgsql AS \$\$
BEGIN
	IF $condition{$point} THEN
		$action;
	END IF;
END \$\$;
CREATE EVENT TRIGGER stop ON ddl_command_end WHEN TAG IN ('CREATE TABLE', 'COMMENT') EXECUTE FUNCTION public.stop();
});
	return;
}

1;
