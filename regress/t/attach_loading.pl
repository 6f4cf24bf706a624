# CREATE EXTENSION says what is not loaded, and the one command that is needed next;
# it can be typed as it is, one restart is enough, and no other library is lost.
#
# Seen red: a library's folder taken for a part of its name, the library looked for
# in one of the three settings less, the libraries unquoted.
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

# One command, one restart.
my $said = say_of();
like($said, qr/NOTICE:  bingo_tune is not loaded at the server's start: queries are not answered from orderings, and statements are not timed$/m, 'nowhere');
is(() = $said =~ /HINT/g, 1, 'one hint') or diag($said);
like($said, qr/^HINT:  ALTER SYSTEM SET shared_preload_libraries = pg_stat_statements, bingo_tune; then restart the server\.$/m, 'with all that is needed');
unlike($said, qr/sessions|movies|apply/, 'no word of tables that are not there');

$node->safe_psql('postgres', 'ALTER DATABASE postgres SET session_preload_libraries = bingo_tune');
$said = say_of();
like($said, qr/statements are not timed, and the use of orderings is not counted/, 'for the session');
unlike($said, qr/not answered/, 'nothing else');

$node->safe_psql('postgres', 'ALTER DATABASE postgres RESET ALL');
(undef, undef, $said) = $node->psql('postgres', 'SET local_preload_libraries = bingo_tune; CREATE EXTENSION bingo_tune CASCADE; DROP EXTENSION bingo_tune');
like($said, qr/the use of orderings is not counted/, 'or by the client');
unlike($said, qr/not answered/, 'nothing else');

# Where the tables are there is still one thing to type.
$node->safe_psql('postgres', <<'SQL');
CREATE DATABASE bingo;
\c bingo
CREATE TABLE movies (id int NOT NULL, name text NOT NULL, year int NOT NULL, duration int NOT NULL);
CREATE TABLE customers (id int NOT NULL, name text NOT NULL, surname text NOT NULL, birthday date NOT NULL, email text NOT NULL);
CREATE TABLE sessions (id bigint NOT NULL, start_time timestamp NOT NULL, customer_id int NOT NULL, movie_id int NOT NULL);
SQL
$said = say_of('bingo');
like($said, qr/7 indexes built/, 'what was done');
is(() = $said =~ /HINT/g, 1, 'one hint') or diag($said);
my ($command) = $said =~ /HINT:  (ALTER SYSTEM .*?;)/;
$node->safe_psql('postgres', $command);
$node->restart;
is(() = say_of('bingo') =~ /index_report/g, 1, 'then the next');
$node->safe_psql('postgres', 'ALTER SYSTEM RESET ALL');

# Ours alone is not all.
$node->append_conf('postgresql.conf', "shared_preload_libraries = 'auto_explain,bingo_tune'");
$node->restart;
$said = say_of();
like($said, qr/pg_stat_statements is not loaded at the server's start/, 'without the texts');
like($said, qr/shared_preload_libraries = pg_stat_statements, auto_explain, bingo_tune;/, 'in this order');

$node->append_conf('postgresql.conf', "shared_preload_libraries = 'pg_stat_statements'");
$node->restart;
$said = say_of();
($command) = $said =~ /(ALTER SYSTEM SET shared_preload_libraries = pg_stat_statements, bingo_tune;)/;
ok($command, 'keeps what is there') or diag($said);
$node->safe_psql('postgres', $command);
$node->restart;
unlike(say_of(), qr/preload|apply/, 'nothing to say, of tables neither');

# With a folder it is the same library.
foreach my $name ('$libdir/bingo_tune', '$libdir/bingo_tune.so')
{
	$node->safe_psql('postgres', qq{ALTER SYSTEM SET shared_preload_libraries = "\$libdir/pg_stat_statements", "$name"});
	$node->restart;
	unlike(say_of(), qr/preload/, "$name: nothing to say");
}

# Names that have to be quoted.
$node->safe_psql('postgres', q{ALTER SYSTEM SET shared_preload_libraries = "$libdir/pg_stat_statements"});
$node->restart;
($command) = say_of() =~ /(ALTER SYSTEM .*?;)/;
$node->safe_psql('postgres', $command);
$node->restart;
is($node->safe_psql('postgres', 'SHOW shared_preload_libraries'), '"$libdir/pg_stat_statements", bingo_tune', 'keeps what the server loads');
unlike(say_of(), qr/preload/, 'and has it, too');

# In a restore it is silent.
$node->safe_psql('postgres', 'ALTER SYSTEM RESET ALL');
$node->safe_psql('postgres', 'ALTER DATABASE postgres RESET ALL');
$node->restart;
my (undef, undef, $silent) = $node->psql('postgres', "SET client_min_messages = warning; CREATE EXTENSION bingo_tune CASCADE");
is($silent, '', 'nothing with client_min_messages = warning');

$node->stop;
done_testing();
