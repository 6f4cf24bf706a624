# What the tools ask for themselves is nobody's statement: not theirs in query_timing, in no database, nor in query_summary
# what names bingo_tune or is still running. What they measure is.
#
# Seen red with: sessions called bingo_load, bingo_prove, bingo_health timed, each alone; names in
# the connection string that win; errors outside of statements counted in such a session; bingo_bench query timed neither; CREATE EXTENSION bingo_tune in the summary; the summary's own row, without a text, while it runs.
use strict;
use warnings;

use BenchData;
use PostgreSQL::Test::Utils;
use Test::More;
use TunedNode;

need_hypopg();
my $directory = PostgreSQL::Test::Utils::tempdir();
my $node = start_node('timing_tools', "autovacuum = off\njit = off\n");

$node->safe_psql('postgres', "CREATE DATABASE $_") foreach qw(lent loaded);
# All that was timed, of every database.
sub timed
{
	return $node->safe_psql('lent', "SELECT query FROM bingo_tune.query_timing WHERE query !~ 'query_timing|reset_timing' OR query IS NULL AND calls > 0 ORDER BY query COLLATE \"C\"");
}

$node->safe_psql('lent', <<'SQL');
CREATE EXTENSION bingo_tune CASCADE;
CREATE EXTENSION hypopg;
CREATE TABLE book (id int PRIMARY KEY, title text NOT NULL);
CREATE TABLE loan (id int PRIMARY KEY, book_id int NOT NULL REFERENCES book, lent int NOT NULL);
INSERT INTO book SELECT i, md5(i::text) FROM generate_series(1, 1000) AS i;
INSERT INTO loan SELECT i, 1 + i % 1000, i FROM generate_series(1, 30000) AS i;
ANALYZE;
SQL
my $summary = $node->safe_psql('lent', 'SELECT query FROM bingo_tune.query_summary ORDER BY 1 NULLS FIRST');
unlike($summary, qr/bingo_tune/, 'query_summary: nothing that names bingo_tune');
unlike($summary, qr/^$/m, 'query_summary: nothing without a text');
like($summary, qr/^INSERT INTO loan/m, 'query_summary: the rest');
$node->safe_psql('lent', 'SELECT bingo_tune.reset_timing()');
my $page = 'SELECT lent FROM loan WHERE book_id = 7 ORDER BY 1';
$node->safe_psql('lent', $page) foreach 1 .. 3;
my $alone = timed();
is($alone, $page =~ s/7/\$1/r, 'the application is timed');

# A name that somebody has put into the connection string changes nothing.
my $named = $node->connstr('lent') . ' application_name=somebody';
my ($status, $out, $err) = bench('prove', '-d', $named, '--rounds=3');
is($status, 0, 'prove') or diag($err);
like($out, qr/of \d+ proved/, 'prove: something was built');
is(timed(), $alone, 'prove: nothing of its own, nor of pg_dump, in any database');
($status, $out, $err) = bench('health', '-d', $named, '-o', "$directory/health.html");
is($status, 0, 'health') or diag($err);
is(timed(), $alone, 'health: nothing of its own');
command_ok([ 'bingo_load', '-d', $node->connstr('loaded') . ' application_name=somebody', '--scale=0.001', '--quiet' ], 'bingo_load');
is(timed(), $alone, 'bingo_load: nothing of its own');

my $errors = 'SELECT other_errors_other FROM bingo_tune.timing_status';
my $before = $node->safe_psql('lent', $errors);
$node->psql('lent', 'SELECT FROM nowhere', connstr => $node->connstr('lent') . ' application_name=bingo_prove');
is($node->safe_psql('lent', $errors), $before, 'an error outside of statements is not counted there');
$node->psql('lent', 'SELECT FROM nowhere');
cmp_ok($node->safe_psql('lent', $errors), '>', $before, 'and elsewhere it is');

# What is measured is the application's.
my $file = write_file("$directory/book.sql", "-- \$1: row book.id\nSELECT title FROM book WHERE id = \$1\n");
($status, $out, $err) = bench('query', '-d', $node->connstr('lent'), '--repeat=3', '--set', 'work_mem=8MB', $file);
is($status, 0, 'query') or diag($err);
like(timed(), qr/^SELECT title FROM book WHERE id = \$1$/m, 'query: what it measures is timed');
is($node->safe_psql('lent', "SELECT string_agg(query, ';' ORDER BY query COLLATE \"C\") FROM bingo_tune.query_summary"),
	"$alone;SELECT title FROM book WHERE id = \$1", 'query: nothing else of it in the summary');
$node->stop;
done_testing();
