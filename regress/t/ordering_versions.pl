# What a single major brought, and what an ordering must make of it.  18: virtual
# generated columns, NOT NULL that was never validated, self-joins that the planner
# removes.
#
# Seen red: bingo_is_virtual_generated() always false; an unvalidated NOT NULL trusted.
use strict;
use warnings;

use PostgreSQL::Test::Utils;
use Test::More;
use TunedNode;

my ($major) = `pg_config --version` =~ /(\d+)/;
plan skip_all => "PostgreSQL $major has none of it (18 has)" if $major < 18;

my $node = start_node('main', <<'CONF');
autovacuum = off
bingo_tune.upkeep = off
CONF

sub sql
{
	my ($statement) = @_;
	return $node->safe_psql('postgres', $statement);
}

# The message of the error.
sub refused
{
	my ($statement) = @_;
	my ($status, $out, $err) = $node->psql('postgres', $statement);
	return $status == 0 ? 'no error' : $err;
}

# Served or not, and the same rows as without orderings.
sub answer
{
	my ($query, $served, $what) = @_;

	is(sql(qq{SELECT bool_or(served) FROM bingo_tune.explain_ordering('$query')}), $served, "$what: " . ($served eq 't' ? 'served' : 'not served'));
	is(sql($query), sql("SET bingo_tune.enable_ordered_scan = off; $query"), "$what: exact");
	return;
}

sql(<<'SQL');
CREATE EXTENSION bingo_tune CASCADE;
CREATE TABLE song (id int PRIMARY KEY, title text NOT NULL, shout text GENERATED ALWAYS AS (upper(title)) VIRTUAL,
	year int, age int GENERATED ALWAYS AS (2000 - year) VIRTUAL);
CREATE TABLE play (id int PRIMARY KEY, song_id int NOT NULL REFERENCES song, seconds int, minutes int GENERATED ALWAYS AS (seconds / 60) VIRTUAL);
INSERT INTO song SELECT i, 'title ' || i % 7 FROM generate_series(1, 20) i;
INSERT INTO play SELECT i, i % 20 + 1, i * 10 FROM generate_series(1, 500) i;
CREATE INDEX ON play (song_id);
ANALYZE;
SQL
my $join = 'FROM play p JOIN song s ON p.song_id = s.id';

# --- virtual generated columns: the table has no value that could be kept ---
foreach my $case ([ 'output', "SELECT p.id, s.title, s.shout $join ORDER BY s.title, p.id", 's.shout' ],
	[ 'sort key', "SELECT p.id, p.minutes $join ORDER BY p.minutes, p.id", 'p.minutes' ])
{
	my ($what, $query, $column) = @$case;
	like(refused("SELECT bingo_tune.create_ordering('o', '$query', 100)"),
		qr/virtual generated column \Q$column\E is not supported in the query of an ordering/, "virtual column as $what: refused");
}
sql("SELECT bingo_tune.create_ordering('o', 'SELECT p.id, p.seconds, s.title $join ORDER BY s.title, p.id', 100)");
answer("SELECT p.id, s.title $join ORDER BY s.title, p.id LIMIT 30", 't', 'a table that has one');
answer("SELECT p.id, s.title, s.shout $join ORDER BY s.title, p.id LIMIT 30", 't', 'one made from a column that is kept');
answer("SELECT p.id, s.title, s.age $join ORDER BY s.title, p.id LIMIT 30", 'f', 'one made from a column that is not kept');
sql("UPDATE song SET title = 'a first title' WHERE id = 5; INSERT INTO play VALUES (1000, 5, 61)");
answer("SELECT p.id, s.title $join ORDER BY s.title, p.id LIMIT 30", 't', 'after writes');
sql('ALTER TABLE play ADD COLUMN twice int GENERATED ALWAYS AS (seconds * 2) VIRTUAL');
sql("SELECT bingo_tune.refresh_ordering('o')");
answer("SELECT p.id, s.title $join ORDER BY s.title, p.id LIMIT 30", 't', 'another one added');
is(sql("SELECT missing, extra, differing FROM bingo_tune.verify_ordering('o')"), '0|0|0', 'the window is exact');

# --- a join of a table with itself on its key, which the planner takes out ---
answer("SELECT p.id, s2.title $join JOIN song s2 ON s2.id = s.id ORDER BY s.title, p.id LIMIT 30", 't', 'a self-join on the key');
answer("SELECT p.id, s2.title $join JOIN song s2 ON s2.id = s.id WHERE s2.id > 7 ORDER BY s.title, p.id LIMIT 30", 'f',
	'a self-join with a condition');
sql("SELECT bingo_tune.drop_ordering('o')");

# --- NOT NULL NOT VALID: rows that are there may have NULL ---
sql(<<'SQL');
CREATE TABLE loose (id int UNIQUE, rank int, song_id int NOT NULL);
INSERT INTO loose SELECT i, i, i % 20 + 1 FROM generate_series(1, 50) i;
INSERT INTO loose VALUES (NULL, 60, 3), (61, NULL, 3);
CREATE INDEX ON loose (song_id);
ALTER TABLE loose ADD CONSTRAINT id_set NOT NULL id NOT VALID, ADD CONSTRAINT rank_set NOT NULL rank NOT VALID;
ANALYZE loose;
SQL
$join = 'FROM loose l JOIN song s ON l.song_id = s.id';
my $create = "SELECT bingo_tune.create_ordering('l', 'SELECT l.id, l.rank, s.title $join ORDER BY l.rank DESC, l.id', 10)";
like(refused($create), qr/Column l\.id of unique index loose_id_key may be null/, 'a key with an unvalidated NOT NULL: refused');
sql('DELETE FROM loose WHERE id IS NULL; ALTER TABLE loose VALIDATE CONSTRAINT id_set');
sql($create);
answer("SELECT l.id, l.rank $join ORDER BY l.rank DESC, l.id LIMIT 5", 't', 'a sort key with an unvalidated NOT NULL');
is(sql("SELECT missing, extra, differing FROM bingo_tune.verify_ordering('l')"), '0|0|0', 'NULL at the top: the window is exact');
sql('DELETE FROM loose WHERE rank > 42');
sql("SELECT bingo_tune.refresh_ordering('l')");
answer("SELECT l.id, l.rank $join ORDER BY l.rank DESC, l.id LIMIT 5", 't', 'extended past NULL');
sql('ALTER TABLE loose ALTER id DROP NOT NULL; ALTER TABLE loose ADD CONSTRAINT id_set NOT NULL id NOT VALID');
answer("SELECT l.id, l.rank $join ORDER BY l.rank DESC, l.id LIMIT 5", 'f', 'the key no longer sure');

$node->stop;
done_testing();
