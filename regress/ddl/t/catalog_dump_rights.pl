# Dumps, and who may take and restore them: the owner of a database who is no
# superuser and has created the extension himself; a whole server by pg_dumpall;
# rights and labels that our relations have got and that must not end up in a dump;
# endpoints of the user's own.  As catalog_dump.pl, with twins (CatalogTwins.pm).
#
# Seen red, with 1.0: the owner's pg_dump (permission denied for table
# ordering_definition) and restore; GRANT ... ON ALL TABLES IN SCHEMA bingo_tune (the
# dump grants rights to a window that is not there); --data-only over endpoints.
use strict;
use warnings FATAL => 'all';

use CatalogTwins;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = start_server('main');

sub twins
{
	my ($database, $more) = @_;

	foreach ($database, "${database}_plain")
	{
		$node->safe_psql('postgres', "CREATE DATABASE $_ $more");
		value($node, $_, 'ALTER SCHEMA public OWNER TO keeper') if $more =~ /keeper/;
	}
	return;
}

# --- case 21: an owner without superuser ---

$node->safe_psql('postgres', 'CREATE ROLE keeper LOGIN; CREATE ROLE reader LOGIN');
twins('owned', 'OWNER keeper');
is(run_psql($node, $_, $base, user => 'keeper')->{err}, '', "tables in $_") foreach 'owned', 'owned_plain';
is(value($node, 'owned', 'CREATE EXTENSION bingo_tune', user => 'keeper') =~ s/^.*(NOTICE|HINT): .*\n?//mgr, '', 'the owner makes the extension');
create_ordering($node, 'owned', user => 'keeper');
quiet($node, 'owned');
copy_twins($node, 'owned', 'over', owner => 'keeper');

my @keeper = ('-U', 'keeper');
dump_both($node, 'owned', 'plain', @keeper);
dump_both($node, 'owned', 'custom', '-Fc', @keeper);
dump_both($node, 'owned', 'folder', '-Fd', '-j2', @keeper);
dump_both($node, 'owned', 'data', '--data-only', @keeper);
dump_both($node, 'owned', 'table', '-t', 'f', '--clean', '--if-exists', @keeper);
is(join("\n", surplus('table', 'owned')), '', 'a table: nothing in the dump is ours');

my $targets = 0;

# By the owner, into a database that has pg_stat_statements, as without the extension.
sub owner_restores
{
	my ($what, $over, @commands) = @_;
	my $target = 'o' . ++$targets;

	$over ? copy_twins($node, 'over', $target, owner => 'keeper') : twins($target, 'OWNER keeper');
	both_psql($node, $target, $over, "$what: before", user => 'keeper') if $over;
	both_run($node, $target, $_, "$what, as owner") foreach @commands;
	same($node, $target, "$what, as owner");
	comes_back($node, $target, "$what, as owner", user => 'keeper');
	is(value($node, $target, "SELECT count(*) FROM bingo_tune.orderings"), '1', "$what: one ordering");
	is(value($node, $target, "SELECT bingo_tune.drop_ordering('o')", user => 'keeper'), '', "$what: it is the owner's");
	drop_twins($node, $target);
	return;
}

my $other_rows = "UPDATE d SET p = 'old'; DELETE FROM f WHERE id % 3 = 0";

owner_restores('plain', undef, psql_of($node, 'plain', @keeper, '-v', 'ON_ERROR_STOP=0'));
owner_restores('custom', undef, restore_of($node, 'custom', '-e', '--no-comments', @keeper));
owner_restores('custom, with comments that are not his', undef, restore_of($node, 'custom', @keeper));
owner_restores('custom -1 --no-owner', undef, restore_of($node, 'custom', '-1', '--no-comments', '--no-owner', @keeper));
owner_restores('folder -j2', undef, restore_of($node, 'folder', '-j2', '--no-comments', @keeper));
owner_restores('sections', undef, map { restore_of($node, 'custom', '-e', '--no-comments', "--section=$_", @keeper) } 'pre-data', 'data', 'post-data');
owner_restores('data only', 'TRUNCATE d, f', restore_of($node, 'custom', '--data-only', '-1', @keeper));
owner_restores('data only, triggers disabled', 'TRUNCATE d, f', restore_of($node, 'custom', '--data-only', '--disable-triggers', '-1', @keeper));
owner_restores('data only, plain', 'TRUNCATE d, f', psql_of($node, 'data', @keeper));
owner_restores('a table over itself', $other_rows, psql_of($node, 'table', @keeper));
# pg_stat_statements is not his to drop: --clean ends with the same error for both.
owner_restores('--clean', $other_rows, restore_of($node, 'custom', '--clean', '--if-exists', '--no-comments', @keeper));

# What the owner has dumped, restored by the superuser, and the other way round.
twins('super', '');
both_run($node, 'super', restore_of($node, 'custom', '-e'), "the superuser restores the owner's dump");
same($node, 'super', "the superuser restores the owner's dump");
comes_back($node, 'super', "the superuser restores the owner's dump", user => 'keeper', both => 1);
dump_both($node, 'super', 'custom', '-Fc');
owner_restores("the superuser's dump", undef, restore_of($node, 'custom', '-e', '--no-comments', '--no-owner', @keeper));

# --- rights and labels of our relations are nobody's business but ours ---

# Rights that an administrator gives to all relations of a schema, and what keeps an
# invalidation while the first place for it is locked.
twins('rights', '');
$node->safe_psql($_, $base) foreach 'rights', 'rights_plain';
$node->safe_psql('rights', 'CREATE EXTENSION bingo_tune');
create_ordering($node, 'rights');
$node->safe_psql('rights', 'ALTER DATABASE rights SET bingo_tune.upkeep = off');
is(value($node, 'rights', 'GRANT SELECT ON ALL TABLES IN SCHEMA bingo_tune TO reader'), '', 'rights to all relations there are');
my $locker = $node->background_psql('rights', on_error_stop => 0);
$locker->query('BEGIN; LOCK TABLE pg_description IN ACCESS EXCLUSIVE MODE');
$node->safe_psql($_, 'UPDATE d SET r = r + 1') foreach 'rights', 'rights_plain';
$locker->query('COMMIT');
$locker->quit;
like(row_of($node, 'rights', 'o'), qr/^invalid\|/, 'invalidated while pg_description was locked');
stays_exact($node, 'rights', 'invalidated so');
dump_both($node, 'rights', 'plain');
is(join("\n", grep { !/^(EXTENSION bingo_tune|COMMENT EXTENSION bingo_tune|SERVER .*|TABLE DATA endpoint.*|ACL TABLE (?!window|boundary).*)$/ } surplus('plain', 'rights')),
	'', 'no rights to, and no labels of, what is not dumped');
$node->safe_psql('postgres', "CREATE DATABASE $_ TEMPLATE template0") foreach 'rights2', 'rights2_plain';
both_run($node, 'rights2', psql_of($node, 'plain'), 'a database with such rights');
same($node, 'rights2', 'a database with such rights');
comes_back($node, 'rights2', 'a database with such rights', both => 1);

# --- endpoints of the user's own ---

my $endpoint = "INSERT INTO bingo_tune.endpoints (endpoint, example) VALUES ('GET /f', 'SELECT * FROM f WHERE id = \$1')";
is(value($node, 'rights2', $endpoint), '', 'an endpoint');
is(value($node, 'rights2', "INSERT INTO bingo_tune.endpoint_targets (endpoint, within) VALUES ('GET /f', 77)"), '', 'and its target');
dump_both($node, 'rights2', 'custom', '-Fc');
both_psql($node, 'rights2', 'TRUNCATE d, f', 'TRUNCATE');
both_run($node, 'rights2', restore_of($node, 'custom', '--data-only', '-1'), 'data only over an endpoint');
same($node, 'rights2', 'data only over an endpoint');
is(value($node, 'rights2', "SELECT count(*), min(within) FROM bingo_tune.endpoint_targets WHERE endpoint = 'GET /f'"), '1|77', 'the endpoint is there, once');
comes_back($node, 'rights2', 'data only over an endpoint');
both_run($node, 'rights2', restore_of($node, 'custom', '-e', '--clean', '--if-exists'), '--clean over an endpoint');
same($node, 'rights2', '--clean over an endpoint');
is(value($node, 'rights2', "SELECT count(*), min(within) FROM bingo_tune.endpoint_targets WHERE endpoint = 'GET /f'"), '1|77', '--clean: the endpoint is there, once');
comes_back($node, 'rights2', '--clean over an endpoint');

# --- the whole server ---

my $other = start_server('other');
my $all = run_program($node, [ 'pg_dumpall', '-d', $node->connstr('postgres') ]);
is($all->{status}, 0, 'pg_dumpall');
is($all->{err}, '', 'pg_dumpall: messages');
my $loaded = run_program($other, [ 'psql', '-Xq', '-d', $other->connstr('postgres') ], $all->{out});
is($loaded->{err} =~ s/^.*role "postgres" already exists\n//mr, '', 'restored into another server');
foreach my $database ('owned', 'rights', 'rights2')
{
	is(value($other, $database, 'SELECT count(*) FROM f'), value($node, $database, 'SELECT count(*) FROM f'), "pg_dumpall: rows of $database");
	comes_back($other, $database, "pg_dumpall: $database") if $database ne 'rights';
}
like(row_of($other, 'rights', 'o'), qr/^invalid\|/, 'pg_dumpall: the setting that stops upkeep came along');
$other->safe_psql('rights', 'ALTER DATABASE rights RESET bingo_tune.upkeep');
comes_back($other, 'rights', 'pg_dumpall: rights, with upkeep again', nudge => 'COMMENT ON TABLE f IS NULL');
$other->stop;
$node->stop;
done_testing();
