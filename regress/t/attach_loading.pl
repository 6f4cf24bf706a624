# CREATE EXTENSION says from where the library is not loaded, and what to type; what
# it says to type can be typed, and loses no other library.
#
# Seen red: a library's folder taken for a part of its name, the library looked for
# in one of the three settings less, the database's name or the libraries unquoted,
# the other libraries of the session left out.
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
	my ($database) = @_;
	$database //= 'postgres';
	my (undef, undef, $said) = $node->psql($database, 'CREATE EXTENSION bingo_tune CASCADE');
	$node->safe_psql($database, 'DROP EXTENSION bingo_tune');
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

$node->safe_psql('postgres', 'ALTER DATABASE postgres RESET ALL');
(undef, undef, $said) = $node->psql('postgres', 'SET local_preload_libraries = bingo_tune; CREATE EXTENSION bingo_tune CASCADE; DROP EXTENSION bingo_tune');
like($said, qr/is not in shared_preload_libraries/, 'or by the client');
unlike($said, qr/neither/, 'nothing else');

$node->append_conf('postgresql.conf', "shared_preload_libraries = 'pg_stat_statements'");
$node->restart;
$said = say_of();
($command) = $said =~ /(ALTER SYSTEM SET shared_preload_libraries = pg_stat_statements, bingo_tune;)/;
ok($command, 'keeps what is there') or diag($said);
$node->safe_psql('postgres', $command);
$node->restart;
unlike(say_of(), qr/preload/, 'nothing to say');

# With a folder it is the same library.
foreach my $name ('$libdir/bingo_tune', '$libdir/bingo_tune.so')
{
	$node->safe_psql('postgres', qq{ALTER SYSTEM SET shared_preload_libraries = "$name"});
	$node->restart;
	unlike(say_of(), qr/preload/, "$name: nothing to say");
}

# Names that have to be quoted, in both lists and the database's.
$node->safe_psql('postgres', 'CREATE DATABASE "My ""own"" data"');
$node->safe_psql('postgres', q{ALTER SYSTEM SET shared_preload_libraries = "$libdir/pg_stat_statements"});
$node->safe_psql('postgres', q{ALTER DATABASE "My ""own"" data" SET session_preload_libraries = "$libdir/auto_explain", pg_visibility});
$node->restart;
$said = say_of('My "own" data');
($command) = $said =~ /(ALTER DATABASE .*?;)/;
ok($command, 'a database whose name is quoted') or diag($said);
$node->safe_psql('postgres', $command);
is($node->safe_psql('My "own" data', 'SHOW session_preload_libraries'), '"$libdir/auto_explain", pg_visibility, bingo_tune', 'keeps what the session loads');
like(say_of('My "own" data'), qr/is not in shared_preload_libraries/, 'and has the library');
($command) = $said =~ /(ALTER SYSTEM .*?;)/;
$node->safe_psql('postgres', $command);
$node->restart;
is($node->safe_psql('postgres', 'SHOW shared_preload_libraries'), '"$libdir/pg_stat_statements", bingo_tune', 'keeps what the server loads');
unlike(say_of('My "own" data'), qr/preload/, 'and has it, too');

# In a restore it is silent.
$node->safe_psql('postgres', 'ALTER SYSTEM RESET ALL');
$node->safe_psql('postgres', 'ALTER DATABASE postgres RESET ALL');
$node->restart;
my (undef, undef, $silent) = $node->psql('postgres', "SET client_min_messages = warning; CREATE EXTENSION bingo_tune CASCADE");
is($silent, '', 'nothing with client_min_messages = warning');

$node->stop;
done_testing();
