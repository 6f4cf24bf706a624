# bingo_load refuses what it can't or must not do: the message says why, the hint what to do, and nothing is lost.
use strict;
use warnings;

use IO::Socket::UNIX;
use IPC::Run;
use LoadTool;
use POSIX ();
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my @small = ('--scale=0.001');
# Small WAL segments: the disk that is full below must not be full for WAL.
my $node = utf8_node('load_guard', '--wal-segsize=1');
my ($status, $out, $err);

$node->append_conf('postgresql.conf', 'wal_level = replica');
$node->start;

# A load that must fail: exit status 1, this message, and the database as it was.
sub refused
{
	my ($name, $database, $message, @arguments) = @_;
	my $before = relations($node, $database);

	($status, $out, $err) = load(@arguments);
	is($status, 1, "$name: exit status");
	like($err, $message, "$name: message");
	is($out, '', "$name: nothing on stdout");
	is(relations($node, $database), $before, "$name: nothing changed");
	return;
}

sub database
{
	my ($name, $sql) = @_;

	$node->safe_psql('postgres', "CREATE DATABASE $name");
	$node->safe_psql($name, $sql) if defined $sql;
	return $node->connstr($name);
}

# Connections.
my $nowhere = PostgreSQL::Test::Utils::tempdir();
refused('no server', 'postgres', qr/^bingo_load: could not connect: .*No such file.*\n(?:.*\n)*HINT: Check that the server runs and that -d/,
	'-d', "host=$nowhere port=1 dbname=postgres");
refused('no such database', 'postgres', qr/^bingo_load: could not connect: .*database "nothing" does not exist\nHINT: /,
	'-d', $node->connstr('nothing'));
refused('bad connection string', 'postgres', qr/^bingo_load: could not connect: invalid connection option "hots"\nHINT: /, '-d', 'hots=here');

$node->safe_psql('postgres', q{SET password_encryption = 'scram-sha-256'; CREATE ROLE secured LOGIN PASSWORD 'right'});
{
	my $hba = $node->data_dir . '/pg_hba.conf';
	my $rules = slurp_file($hba);

	open(my $file, '>', $hba) or die "$hba: $!";
	print $file "local all secured scram-sha-256\n$rules";
	close($file) or die "$hba: $!";
	$node->reload;
	local $ENV{PGPASSWORD} = 'wrong';
	refused('wrong password', 'postgres', qr/^bingo_load: could not connect: .*password authentication failed.*\nHINT: Check user and password: PGPASSWORD/,
		'-d', $node->connstr('postgres') . ' user=secured');
	delete $ENV{PGPASSWORD};
	refused('no password', 'postgres', qr/^bingo_load: could not connect: .*no password supplied\nHINT: Check user and password: PGPASSWORD/,
		'-d', $node->connstr('postgres') . ' user=secured');
}

# A server of another age, played by a few messages of the protocol.
{
	my $folder = PostgreSQL::Test::Utils::tempdir_short();
	my $listener = IO::Socket::UNIX->new(Local => "$folder/.s.PGSQL.5432", Listen => 1) or die $!;
	my $child = fork() // die $!;

	if ($child == 0)
	{
		my $client = $listener->accept;
		my $startup;

		$client->sysread($startup, 1000);
		$client->syswrite('R' . pack('NN', 8, 0) . 'S' . pack('N', 4 + 15 + 6) . "server_version\0" . "12.22\0" . 'Z' . pack('N', 5) . 'I');
		$client->sysread($startup, 1000);
		POSIX::_exit(0);
	}
	refused('old server', 'postgres', qr/^bingo_load: server version 12\.22 is too old\nSQLSTATE: 0A000\nHINT: Use PostgreSQL 15 or newer\.\n\z/,
		'-d', "host=$folder port=5432 user=x dbname=x");
	waitpid($child, 0);
}

# Rights: CREATE on the schema is what it takes, and all that it takes.
$node->safe_psql('postgres', 'CREATE ROLE plain LOGIN');
my $rights = database('rights', 'REVOKE CREATE ON SCHEMA public FROM PUBLIC');
refused('no right to create', 'rights', qr/^bingo_load: could not prepare the database: permission denied for schema public\nSQLSTATE: 42501\nHINT: .*GRANT/,
	'-d', "$rights user=plain", @small);
$node->safe_psql('rights', 'GRANT CREATE ON SCHEMA public TO plain');
($status, $out, $err) = load('-d', "$rights user=plain", @small);
is($status, 0, 'the right to create is enough') or diag($err);
refused('not the owner', 'rights', qr/^bingo_load: could not prepare the database: must be owner of table .*\nSQLSTATE: 42501\nHINT: /,
	'-d', "$rights user=secured password=right", @small, '--force');

# Read-only.
{
	local $ENV{PGOPTIONS} = '-c default_transaction_read_only=on';
	refused('read-only', 'postgres', qr/^bingo_load: transactions are read-only here\nSQLSTATE: 25006\nHINT: .*default_transaction_read_only/,
		'-d', $node->connstr('postgres'), @small);
}

# Encodings that can't hold the names; the client's does not matter.
database(q{latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0});
refused('encoding', 'latin', qr/^bingo_load: database latin has the encoding LATIN1, .*\nSQLSTATE: 22P05\nHINT: .*createdb --encoding=UTF8/,
	'-d', $node->connstr('latin'), @small);
{
	local $ENV{PGCLIENTENCODING} = 'LATIN1';
	($status, $out, $err) = load('-d', database('client_latin'), @small);
	is($status, 0, 'client encoding: exit status') or diag($err);
	is($node->safe_psql('client_latin', q{SET client_encoding = UTF8; SELECT count(*) > 0 FROM customers WHERE name = 'Анна'}), 't', 'client encoding: the names are right');
}

# Other data.
my $other = database('other', 'CREATE TABLE precious AS SELECT 1 AS one; CREATE SCHEMA s; CREATE TABLE s."More" ()');
refused('other tables', 'other', qr/^bingo_load: the database holds other data: table public\.precious, table s\."More"\nSQLSTATE: 55000\nHINT: Use --force to load beside it/,
	'-d', $other, @small);
($status, $out, $err) = load('-d', $other, @small, '--force');
is($status, 0, '--force beside other tables: exit status') or diag($err);
is($node->safe_psql('other', 'SELECT (SELECT sum(one) FROM precious), (SELECT count(*) FROM s."More"), (SELECT count(*) FROM sessions)'), '1|0|5000',
	'--force beside other tables: both are there');
my $many = database('many', join(';', map { "CREATE TABLE t$_ ()" } 1 .. 7));
refused('many other tables', 'many', qr/: table public\.t1, table public\.t2, table public\.t3, table public\.t4, table public\.t5 and 2 more\n/, '-d', $many, @small);

# Tables of the same name that somebody else made: not even with --force.
foreach my $case (
	[ 'table', 'CREATE TABLE sessions AS SELECT 1 AS id', 'table public.sessions' ],
	[ 'view', 'CREATE VIEW movies AS SELECT 1 AS id', 'view public.movies' ],
	[ 'sequence', 'CREATE SEQUENCE customers_id_seq', 'sequence public.customers_id_seq' ],
	[ 'migrations', 'CREATE TABLE schema_migrations (version bigint PRIMARY KEY, dirty boolean)',
		'table public.schema_migrations, index public.schema_migrations_pkey' ],
	[ 'comment', q{CREATE TABLE movies (); COMMENT ON TABLE movies IS 'for bingo_load: loading'}, 'table public.movies' ])
{
	my ($kind, $sql, $found) = @$case;
	my $conninfo = database("foreign_$kind", $sql);

	refused("somebody else's $kind, --force", "foreign_$kind", qr/^bingo_load: not made by bingo_load, but in the way: \Q$found\E\nSQLSTATE: 42P07\nHINT: bingo_load never removes/,
		'-d', $conninfo, @small, '--force');
}

# Its own data set: kept with the same settings, refused or replaced with others.
my $own = database('own');
($status, $out, $err) = load('-d', $own, @small);
is($status, 0, 'own data: loaded') or diag($err);
my $digest = digest($node, 'own');
$node->safe_psql('own', 'DELETE FROM sessions WHERE id = 1; CREATE INDEX ON sessions (id)');
($status, $out, $err) = load('-d', $own, @small, '--jobs=3');
is($status, 0, 'own data, same settings: exit status');
like($out, qr/^nothing to do, the data is there: /, 'own data, same settings: says so');
is($node->safe_psql('own', 'SELECT count(*) FROM sessions'), 4999, 'own data, same settings: left alone');
foreach my $setting (qw(--seed=2 --skew=0 --scale=0.002))
{
	refused("own data, $setting", 'own', qr/^bingo_load: the database already holds another data set, or a part of one \(.*seed 1, scale 0\.001, skew 0\.5.*\)\nSQLSTATE: 55000\nHINT: Use --force to replace it/,
		'-d', $own, @small, $setting);
}
is($node->safe_psql('own', 'SELECT count(*) FROM sessions'), 4999, 'own data, other settings: left alone');
{
	# A reader is in the way of --force: lock_timeout is honoured.
	local $ENV{PGOPTIONS} = '-c lock_timeout=50ms';
	my $in = "BEGIN; SELECT count(*) FROM customers;\n\\echo reading\n";
	my $reading = '';
	my $reader = IPC::Run::start([ 'psql', '-X', '-q', '-d', $own ], '<', \$in, '>', \$reading);

	$reader->pump until $reading =~ /reading/;
	refused('locked table', 'own', qr/^bingo_load: could not prepare the database: canceling statement due to lock timeout\nSQLSTATE: 55P03\nHINT: .*pg_locks/,
		'-d', $own, @small, '--force');
	$in .= "\\q\n";
	$reader->finish;
	is($node->safe_psql('own', 'SELECT count(*) FROM sessions'), 4999, 'locked table: the old data is whole');
}
$node->safe_psql('own', 'CREATE VIEW report AS SELECT id FROM movies');
refused('a view needs the table', 'own', qr/^bingo_load: could not prepare the database: cannot drop .*\nSQLSTATE: 2BP01\nDETAIL: .*report.*\nHINT: /, '-d', $own, @small, '--force');
$node->safe_psql('own', 'DROP VIEW report');
($status, $out, $err) = load('-d', $own, @small, '--force');
is($status, 0, 'own data, --force: exit status') or diag($err);
is_loaded($node, 'own', $digest, 'own data, --force');
$node->safe_psql('own', 'DROP TABLE movies');
refused('a part of its own data', 'own', qr/or a part of one/, '-d', $own, @small);

# Names that need quotes, and a schema other than public.
my $quoted = database(q{"we""ird = 'Name' \\"});
$node->safe_psql(q{we"ird = 'Name' \\}, q{CREATE SCHEMA "My ""own"" 'schema'"; CREATE TABLE public.sessions (id int)});
($status, $out, $err) = load('-d', $node->connstr(q{we"ird = 'Name' \\}), @small, '--schema', q{My "own" 'schema'}, '--force');
is($status, 0, 'names that need quotes: exit status') or diag($err);
is(digest($node, q{we"ird = 'Name' \\}, q{"My ""own"" 'schema'"}), $digest, 'names that need quotes: the data');
is($node->safe_psql(q{we"ird = 'Name' \\}, q{INSERT INTO "My ""own"" 'schema'".sessions (start_time, customer_id, movie_id) VALUES (now(), 1, 1) RETURNING id}),
	5001, 'names that need quotes: the sequence');
is($node->safe_psql(q{we"ird = 'Name' \\}, 'SELECT count(*) FROM public.sessions'), 0, 'the table of that name in public is left alone');
refused('no such schema', 'postgres', qr/^bingo_load: schema "Nowhere" does not exist\nSQLSTATE: 3F000\nHINT: CREATE SCHEMA/,
	'-d', $node->connstr('postgres'), @small, '--schema=Nowhere');

# The environment and URIs lead to the database too; hostile names in the search path are not used.
my $environment = database('environment', q{
CREATE FUNCTION public.count(OUT n bigint) LANGUAGE sql AS 'SELECT 0';
CREATE FUNCTION public.pg_try_advisory_lock(int, int) RETURNS boolean LANGUAGE sql AS 'SELECT false';
ALTER DATABASE environment SET search_path = public, pg_catalog});
{
	local %ENV = (%ENV, PGDATABASE => 'environment', PGHOST => $node->host, PGPORT => $node->port);
	($status, $out, $err) = load(@small);
	is($status, 0, 'environment: exit status') or diag($err);
	($status, $out, $err) = load('-d', 'postgresql:///environment', @small);
	is($status, 0, 'URI: exit status') or diag($err);
	like($out, qr/^nothing to do/, 'URI: the same database');
}
is(digest($node, 'environment'), $digest, 'environment: the data');

# No room on disk: files may not grow beyond 4 MB, for the server's new processes.
my $full = database('crowded');
my $postmaster = (split(/\n/, slurp_file($node->data_dir . '/postmaster.pid')))[0];
system_or_bail('prlimit', '--pid', $postmaster, '--fsize=4194304:');
refused('disk full', 'crowded', qr/^bingo_load: could not load table sessions: could not extend file .*\n(?:.*\n)*HINT: Check free disk space\.\n/,
	'-d', $full, '--scale=0.03');
system_or_bail('prlimit', '--pid', $postmaster, '--fsize=unlimited:');
($status, $out, $err) = load('-d', $full, '--scale=0.03');
is($status, 0, 'disk full: loads when there is room') or diag($err);

# A standby.
$node->stop;
$node->set_standby_mode;
$node->start;
refused('standby', 'postgres', qr/^bingo_load: this server is a standby\nSQLSTATE: 25006\nHINT: Connect to the primary server\.\n\z/,
	'-d', $node->connstr('postgres'), @small);

$node->stop;
done_testing();
