# ALTER EXTENSION UPDATE: from 1.0, the first version, to this one, and from this one to a
# next one.
#
# From 1.0 with what its create_ordering() has left (version_1_0.sql).  As long as nobody
# updates, this library under its objects serves nothing, says why, stops no writer and
# builds nothing; the update turns definitions into ours and takes its relations and
# triggers away, and refresh_ordering(), or upkeep by itself, builds the orderings.
#
# A dump of 1.0 is restored with its definitions, although CREATE EXTENSION makes this version.
#
# Seen red, each alone: without the view ordering_definition (COPY: 42P01); a library that believes 1.0's windows; an update script that
# keeps a trigger, forgets an owner, or drops the event triggers.
use strict;
use warnings;

use IPC::Run;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use FindBin;
use Test::More;

# In a copy of the installation's files.
my %place;
my $copy = PostgreSQL::Test::Utils::tempdir();
foreach my $kind (qw(bindir pkglibdir sharedir))
{
	# postgres finds its folders from where it is, so they keep their places to each other.
	my $from;
	IPC::Run::run([ 'pg_config', "--$kind" ], '>', \$from) or die "pg_config --$kind failed\n";
	chomp $from;
	$place{$kind} = "$copy$from";
	system('mkdir', '-p', $place{$kind}) == 0 && system('cp', '-a', "$from/.", $place{$kind}) == 0 or die "could not copy $from\n";
}
my ($version) = slurp_file("$place{sharedir}/extension/bingo_tune.control") =~ /^default_version = '(.*)'/m;
my $node = PostgreSQL::Test::Cluster->new('main', install_path => $place{bindir} =~ s{/bin$}{}r);
$node->init;
$node->append_conf('postgresql.conf', "shared_preload_libraries = 'pg_stat_statements,bingo_tune'\nfsync = off\nautovacuum = off\n");
$node->start;
$node->safe_psql('postgres', 'CREATE ROLE shop_owner LOGIN');

my $goods = 'SELECT id, name FROM goods ORDER BY name, id LIMIT 3';
my $short = 'SELECT g.id, g.title, m.name, g.price FROM "The Shop"."Goods" g JOIN "The Shop".maker m ON g.code = m.code AND g.land = m.land'
  . ' ORDER BY m.name DESC, g.id LIMIT 50';

sub served
{
	my ($database, $query) = @_;
	return $node->safe_psql($database, "SELECT coalesce(string_agg(ordering, ' ') FILTER (WHERE served), 'none') FROM bingo_tune.explain_ordering('$query')");
}

sub plain
{
	my ($database, $query) = @_;
	return $node->safe_psql($database, "SET bingo_tune.enable_ordered_scan = off; $query");
}

# SQLSTATE and hint of a statement's error.
sub refusal
{
	my ($database, $statement) = @_;
	my ($status, $out, $err) = $node->psql($database, "\\set VERBOSITY verbose\n$statement");
	my ($code) = $err =~ /ERROR:  (\w+):/;
	my ($hint) = $err =~ /HINT:  (.*)/;
	return join ' ', $code // 'no error', $hint // '';
}

# A database of somebody who is no superuser, as 1.0 has left it.
sub start_with_1_0
{
	my ($database) = @_;

	$node->safe_psql('postgres', "CREATE DATABASE $database OWNER shop_owner TEMPLATE template0");
	$node->safe_psql($database, "CREATE EXTENSION pg_stat_statements; SET ROLE shop_owner; CREATE EXTENSION bingo_tune VERSION '1.0'");
	$node->safe_psql($database, slurp_file("$FindBin::RealBin/version_1_0.sql"));
	return;
}

# --- this library under 1.0's objects ---

start_with_1_0('app');
my $invalid = "SELECT count(*), count(*) FILTER (WHERE state = 'invalid'), count(*) FILTER (WHERE reason ~ 'ALTER EXTENSION bingo_tune UPDATE') FROM bingo_tune.orderings";
is($node->safe_psql('app', $invalid), '4|4|3', '1.0: the orderings are invalid, those that were built say what to do');
is(served('app', $_), 'none', '1.0: nothing is served') foreach $goods, $short;
my $hint = '55000 ALTER EXTENSION bingo_tune UPDATE;';
is(refusal('app', "SELECT bingo_tune.create_ordering('new', 'SELECT id FROM goods ORDER BY id')"), $hint, '1.0: create_ordering()');
is(refusal('app', "SELECT bingo_tune.$_('goods')"), $hint, "1.0: $_()") foreach qw(drop_ordering refresh_ordering verify_ordering);
is(refusal('app', $_), 'no error ', "1.0: $_") foreach "INSERT INTO goods VALUES (1000, 'a'); UPDATE goods SET name = 'b' WHERE id = 7; DELETE FROM goods WHERE id = 9",
  'BEGIN; TRUNCATE goods; ROLLBACK', q{BEGIN; INSERT INTO goods VALUES (1001, 'c'); ROLLBACK},
  'ALTER TABLE goods ADD more int', 'ALTER TABLE goods DISABLE TRIGGER ALL; ALTER TABLE goods ENABLE ALWAYS TRIGGER bingo_tune_2',
  'BEGIN; DROP TABLE goods CASCADE; ROLLBACK', 'UPDATE "The Shop".maker SET name = name WHERE land = 1';
is($node->safe_psql('app', $goods), "1000|a\n7|b\n1|g1", '1.0: rows as they are');
is($node->safe_psql('app', $short), plain('app', $short), '1.0: and of a join');
# The server's start looks into every database.
$node->restart;
ok($node->poll_query_until('postgres', "SELECT count(*) = 0 FROM pg_stat_activity WHERE backend_type = 'bingo_tune upkeep'"), '1.0: upkeep ends');
is($node->safe_psql('app', $invalid), '4|4|3', '1.0: and has built nothing');
$node->safe_psql('app', q{INSERT INTO bingo_tune.endpoints (endpoint, example) VALUES ('GET /goods', 'SELECT 1 FROM goods WHERE id = 1')});
$node->safe_psql('app', q{UPDATE bingo_tune.endpoint_targets SET within = 123 WHERE endpoint = 'GET /api/movie'});

# --- to this version, by the owner of the database ---

my $kept = "SELECT (SELECT count(*) FROM bingo_tune.endpoints WHERE endpoint = 'GET /goods'),"
  . " (SELECT within FROM bingo_tune.endpoint_targets WHERE endpoint = 'GET /api/movie')";
my $left = "SELECT (SELECT count(*) FROM pg_class WHERE relnamespace = 'bingo_tune'::regnamespace AND relkind = 'r' AND relname ~ '^(window|gate|boundary|ordering)'),"
  . " (SELECT count(*) FROM pg_trigger WHERE tgname ~ '^bingo' AND NOT tgisinternal), (SELECT count(*) FROM pg_rewrite WHERE rulename = 'definition')";
my $definitions = 'SELECT name, window_rows FROM bingo_tune.orderings ORDER BY name COLLATE "C"';
my $owners = "SELECT string_agg(srvowner::regrole::text, ' ' ORDER BY srvoptions::text COLLATE \"C\") FROM pg_foreign_server WHERE srvtype = 'ordering'";
my $superuser = $node->safe_psql('app', 'SELECT current_user');

start_with_1_0('slow');
$node->safe_psql('postgres', 'ALTER DATABASE slow SET bingo_tune.upkeep = off');
foreach my $database ('app', 'slow')
{
	$node->safe_psql($database, 'SET ROLE shop_owner; ALTER EXTENSION bingo_tune UPDATE');
	is($node->safe_psql($database, "SELECT extversion FROM pg_extension WHERE extname = 'bingo_tune'"), $version, "$database: updated");
	is($node->safe_psql($database, $left), '0|0|0', "$database: no relation, trigger or rule of 1.0 is left");
	is($node->safe_psql($database, $definitions), "goods|50\nit's \"short\"|100\nnotes|10\nstale|1000", "$database: all orderings are there");
	is($node->safe_psql($database, $owners), "shop_owner $superuser shop_owner $superuser", "$database: with their owners");
}
is($node->safe_psql('app', $kept), '1|123', 'endpoints and targets stay');

# Without upkeep, by hand.
is($node->safe_psql('slow', "SELECT count(*) FROM bingo_tune.orderings WHERE state = 'invalid' AND reason = 'not built yet'"), '4', 'slow: not built yet');
is($node->safe_psql('slow', $goods), plain('slow', $goods), 'slow: the plain answer');
$node->safe_psql('slow', "SELECT bingo_tune.refresh_ordering('goods'); SET ROLE shop_owner; SELECT bingo_tune.refresh_ordering('it''s \"short\"')");
is(served('slow', $goods), 'goods', 'slow: built and served');
is(served('slow', $short), q(it's "short"), 'slow: and what the owner of its tables has built');
$node->safe_psql('slow', "SELECT bingo_tune.drop_ordering('stale')");
is($node->safe_psql('slow', $definitions), "goods|50\nit's \"short\"|100\nnotes|10", 'slow: one that is not built is dropped');

# By itself.
ok($node->poll_query_until('app', "SELECT count(*) = 4 AND bool_and(state = 'valid') FROM bingo_tune.orderings"), 'app: upkeep has built all')
  or diag($node->safe_psql('app', 'TABLE bingo_tune.orderings'));
is(served('app', $goods), 'goods', 'app: served');
is(served('app', $short), q(it's "short"), 'app: a join of names that need quotes, too');
is($node->safe_psql('app', $goods), "1000|a\n7|b\n1|g1", 'app: with what was written under 1.0');
is($node->safe_psql('app', $short), plain('app', $short), 'app: and of a join');

# --- a dump of 1.0 ---

# By whom, into what, and how.
my $folder = PostgreSQL::Test::Utils::tempdir();
sub restore
{
	my ($user, $database, @options) = @_;
	$node->command_ok([ 'pg_restore', '-U', $user, '-d', $database, @options, "$folder/dump" ], "$database: restored by $user: @options");
	return;
}

start_with_1_0('old');
$node->safe_psql('old', 'ALTER SCHEMA public OWNER TO shop_owner; ALTER TABLE goods OWNER TO shop_owner; ALTER SCHEMA "The Shop" OWNER TO shop_owner');
$node->command_ok([ 'pg_dump', '-Fc', '-f', "$folder/dump", 'old' ], 'old: dumped');
$node->safe_psql('postgres', "CREATE DATABASE $_ TEMPLATE template0 OWNER shop_owner") foreach 'restored', 'owned';
restore($superuser, 'restored', '--exit-on-error');
is($node->safe_psql('restored', $definitions), "goods|50\nit's \"short\"|100\nnotes|10\nstale|1000", 'restored: all orderings are there');
ok($node->poll_query_until('restored', "SELECT count(*) = 4 AND bool_and(state = 'valid') FROM bingo_tune.orderings"), 'restored: upkeep has built all')
  or diag($node->safe_psql('restored', 'TABLE bingo_tune.orderings'));
is($node->safe_psql('restored', "$owners AND srvoptions::text ~ 'short|notes'"), 'shop_owner shop_owner', 'restored: with the owners that the dump names');
is(served('restored', $goods), 'goods', 'restored: served');
is($node->safe_psql('restored', $short), plain('restored', $short), 'restored: a join');
is($node->safe_psql('restored', $left), '0|0|0', "restored: no relation, trigger or rule of 1.0 is left");
$node->safe_psql('restored', "SELECT bingo_tune.drop_ordering('stale'); SELECT bingo_tune.drop_ordering('goods');"
	. "SELECT bingo_tune.create_ordering('goods', 'SELECT id, name FROM goods ORDER BY name, id', 7)");
restore($superuser, 'restored', '--data-only', '-1', '-t', 'ordering_definition');
is($node->safe_psql('restored', $definitions), "goods|7\nit's \"short\"|100\nnotes|10\nstale|1000", 'restored: what is there stays as it is');

# By an owner who is no superuser.
$node->safe_psql('owned', 'CREATE EXTENSION pg_stat_statements; ALTER SCHEMA public OWNER TO shop_owner');
restore('shop_owner', 'owned', '--exit-on-error', '--no-owner', '--no-comments', '--no-acl');
is($node->safe_psql('owned', $owners), 'shop_owner shop_owner shop_owner shop_owner', "owned: all definitions are the owner's");
ok($node->poll_query_until('owned', "SELECT count(*) = 4 AND bool_and(state = 'valid') FROM bingo_tune.orderings"), 'owned: upkeep has built all')
  or diag($node->safe_psql('owned', 'TABLE bingo_tune.orderings'));

# Nobody else writes there, and nobody borrows the trigger.
my $insert = "INSERT INTO bingo_tune.ordering_definition VALUES ('x', 'SELECT 1', 10, 'shop_owner')";
is(refusal('owned', "CREATE ROLE visitor; SET ROLE visitor; $insert"), '42501 ', 'a visitor may not insert');
is(refusal('owned', 'CREATE VIEW ordering_definition AS TABLE bingo_tune.ordering_definition;'
	. ' CREATE TRIGGER borrowed INSTEAD OF INSERT ON ordering_definition FOR EACH ROW EXECUTE FUNCTION bingo_tune.restore_definition();'
	. " INSERT INTO ordering_definition VALUES ('x', 'SELECT 1', 10, 'shop_owner')"),
	'39P01 CREATE EXTENSION bingo_tune makes the trigger that calls it.', 'another view may not borrow the trigger');
like(refusal('owned', $insert =~ s/10/NULL/r), qr/^23502 /, 'a value must not be missing');
is($node->safe_psql('owned', 'SELECT count(*) FROM bingo_tune.orderings'), '4', 'owned: no other ordering');

# --- from this version to a next one ---

append_to_file("$place{sharedir}/extension/bingo_tune--$version--next.sql", <<'SQL');
\echo Use "ALTER EXTENSION bingo_tune UPDATE" to load this file. \quit
CREATE FUNCTION bingo_tune.next_version() RETURNS pg_catalog.int4 LANGUAGE SQL IMMUTABLE RETURN 2;
SQL
my $windows = q{SELECT string_agg(relname, ' ' ORDER BY relname) FROM pg_class WHERE relkind = 'm'};
my $before = $node->safe_psql('app', $windows);
is(scalar(split ' ', $before), 8, 'four windows and their boundaries');
$node->safe_psql('app', "ALTER EXTENSION bingo_tune UPDATE TO 'next'");
is($node->safe_psql('app', "SELECT extversion || bingo_tune.next_version() FROM pg_extension WHERE extname = 'bingo_tune'"), 'next2', 'next: updated');
is(served('app', $goods), 'goods', 'next: served');
$node->safe_psql('app', "INSERT INTO goods (id, name) VALUES (1002, 'aa'); UPDATE goods SET name = 'ab' WHERE id = 8");
is($node->safe_psql('app', $goods), "1000|a\n1002|aa\n8|ab", 'next: and kept');
is($node->safe_psql('app', 'SELECT sum(missing + extra + differing) FROM bingo_tune.orderings o, bingo_tune.verify_ordering(o.name)'), '0', 'next: exactly');
is($node->safe_psql('app', $windows), $before, 'next: by the same windows');
is($node->safe_psql('app', $kept), '1|123', 'next: endpoints and targets stay');
$node->safe_psql('app', 'ALTER TABLE goods DISABLE TRIGGER ALL');
is($node->safe_psql('app', "SELECT count(*) FROM pg_trigger WHERE tgrelid = 'goods'::regclass AND tgenabled = 'A'"), '4', 'next: DDL is still looked at');
$node->restart;
is(served('app', $goods), 'goods', 'restarted: served');

# --- away ---

$node->safe_psql('app', 'DROP EXTENSION bingo_tune');
is($node->safe_psql('app', "SELECT count(*) FROM pg_trigger WHERE tgrelid = 'goods'::regclass"), '0', 'dropped: no trigger is left');
is($node->safe_psql('app', q{SELECT (SELECT count(*) FROM pg_class WHERE relkind = 'm'), (SELECT count(*) FROM pg_foreign_server)}), '0|0', 'dropped: nor a window or a definition');
$node->safe_psql('slow', 'SET ROLE shop_owner; DROP EXTENSION bingo_tune');
is($node->safe_psql('slow', q{SELECT (SELECT count(*) FROM pg_class WHERE relkind = 'm'), (SELECT count(*) FROM pg_foreign_server)}), '0|0', 'dropped by its owner: nothing is left');

unlike(slurp_file($node->logfile), qr/PANIC|was terminated by signal|TRAP/, 'no process has died');
$node->stop;
done_testing();
