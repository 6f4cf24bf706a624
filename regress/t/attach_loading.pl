# CREATE EXTENSION says from where the library is not loaded, and what to type.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->start;

# What CREATE EXTENSION says beside the missing tables.
sub say_of
{
	my (undef, undef, $said) = $node->psql('postgres', 'CREATE EXTENSION bingo_tune CASCADE');
	$node->safe_psql('postgres', 'DROP EXTENSION bingo_tune');
	return $said;
}

my $said = say_of();
like($said, qr/neither in shared_preload_libraries nor in session_preload_libraries/, 'nowhere');
like($said, qr/ALTER SYSTEM SET shared_preload_libraries = bingo_tune; then restart/, 'the command');
my ($command) = $said =~ /(ALTER DATABASE postgres SET session_preload_libraries = bingo_tune;)/;
ok($command, 'the command for one database');
$node->safe_psql('postgres', $command);
$said = say_of();
like($said, qr/is not in shared_preload_libraries: statements are not timed/, 'for the session');
unlike($said, qr/neither/, 'nothing else');

$node->append_conf('postgresql.conf', "shared_preload_libraries = 'pg_stat_statements'");
$node->restart;
$said = say_of();
($command) = $said =~ /(ALTER SYSTEM SET shared_preload_libraries = pg_stat_statements, bingo_tune;)/;
ok($command, 'keeps what is there') or diag($said);
$node->safe_psql('postgres', $command);
$node->restart;
unlike(say_of(), qr/preload/, 'nothing to say');

# In a restore it is silent.
$node->safe_psql('postgres', 'ALTER SYSTEM RESET ALL');
$node->safe_psql('postgres', 'ALTER DATABASE postgres RESET ALL');
$node->restart;
my (undef, undef, $silent) = $node->psql('postgres', "SET client_min_messages = warning; CREATE EXTENSION bingo_tune CASCADE");
is($silent, '', 'nothing with client_min_messages = warning');

$node->stop;
done_testing();
