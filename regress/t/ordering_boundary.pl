# A commit that fails while it reads the boundary: the same session's next commit
# reads it again.  The boundary's only page is damaged on disk, before any session
# has read it, and put right again by the session's own psql.
#
# Seen red: the boundary taken for read before it was (the window lacks the second row).
use strict;
use warnings FATAL => 'all';

use File::Copy qw(copy);
use PostgreSQL::Test::Utils;
use Test::More;
use TunedNode;

my $node = start_node('main', <<'CONF');
autovacuum = off
bingo_tune.upkeep = off
CONF
$node->safe_psql('postgres', <<'SQL');
CREATE EXTENSION bingo_tune CASCADE;
CREATE TABLE film (id int PRIMARY KEY, title text NOT NULL);
INSERT INTO film SELECT i, 'F' || i FROM generate_series(1, 100) i;
SELECT bingo_tune.create_ordering('o', 'SELECT title, id FROM film ORDER BY title, id', 50);
SQL
my $file = $node->data_dir . '/' . $node->safe_psql('postgres',
	q{SELECT pg_relation_filepath(format('bingo_tune.boundary_%s', ordering_id)) FROM bingo_tune.ordering_states()});
my $good = PostgreSQL::Test::Utils::tempdir() . '/boundary';

# Written out, and in nobody's buffers.
$node->restart;
copy($file, $good) or die "could not copy \"$file\": $!";
open my $damaged, '+<', $file or die "could not open \"$file\": $!";
syswrite $damaged, "\xff" x 100;
close $damaged;

my ($rc, $out, $err) = $node->psql('postgres', <<"SQL", on_error_stop => 0);
\\set VERBOSITY verbose
INSERT INTO film VALUES (1001, 'A');
\\! cat '$good' > '$file'
INSERT INTO film VALUES (1002, 'B');
SQL
like($err, qr/^psql:<stdin>:2: ERROR:  XX001: invalid page/m, 'the boundary cannot be read');
unlike($err, qr/<stdin>:4/, 'when it can the next INSERT is well');
is($node->safe_psql('postgres', 'SELECT title FROM film WHERE id > 1000'), 'B', 'one row was inserted');
is($node->safe_psql('postgres', q{SELECT missing, extra, differing FROM bingo_tune.verify_ordering('o')}),
	'0|0|0', 'and the window has it');
is($node->safe_psql('postgres', q{SELECT state FROM bingo_tune.orderings WHERE name = 'o'}), 'valid', 'without being invalid');
$node->stop;
done_testing();
