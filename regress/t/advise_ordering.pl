# advise(): index or ordering, where both could serve a page.
#
# Seen red with: utility statements in the total; every ordering worth it; writers not charged; needless indexes
# kept; no merging by definition; names used twice; one that would not serve; no parameters; no word of an ordering that
# serves already; no window of all rows; indexes of orderings not there when statements are planned beside them; no order turned.
use strict;
use warnings;

use PostgreSQL::Test::Utils;
use Test::More;
use TunedNode;

my $node = start_node('main', "fsync = off\njit = off\nautovacuum = off\nmax_parallel_workers_per_gather = 0\n");
need_hypopg();

$node->safe_psql('postgres', <<'SQL');
SET client_min_messages = warning;
CREATE EXTENSION bingo_tune CASCADE;
CREATE EXTENSION hypopg;
CREATE TABLE kind (id integer PRIMARY KEY, name text NOT NULL, family integer NOT NULL, tribe integer NOT NULL);
INSERT INTO kind SELECT i, md5(i::text), i % 2, i % 20 FROM generate_series(1, 5000) AS i;
CREATE TABLE item (id integer PRIMARY KEY, kind integer NOT NULL REFERENCES kind, at integer NOT NULL, x integer NOT NULL);
INSERT INTO item SELECT i, 1 + i * 7 % 5000, i, 0 FROM generate_series(1, 100000) AS i;
CREATE INDEX ON item (kind);
CREATE TABLE thing (id integer PRIMARY KEY, kind integer NOT NULL, at integer NOT NULL, gone boolean NOT NULL, rest text NOT NULL);
INSERT INTO thing SELECT i, 1 + i * 7 % 5000, i, i / 5000 = 3, repeat('x', 100) FROM generate_series(1, 100000) AS i;
VACUUM ANALYZE kind, item, thing;
SQL

sub page
{
	my ($order, $rest, $where) = @_;
	return 'SELECT i.id, k.name FROM item i JOIN kind k ON k.id = i.kind ' . ($where // '') . " ORDER BY $order " . ($rest // 'LIMIT 10');
}

# Of one query, or of what ran since the last time.
sub advice
{
	my ($columns, $query) = @_;
	my $argument = defined $query ? "\$query\$$query\$query\$" : 'min_share => 0';
	return $node->safe_psql('postgres', "SELECT $columns FROM bingo_tune.advise($argument) WHERE kind <> 'nothing' ORDER BY rank");
}

sub run
{
	my @queries = @_;
	$node->safe_psql('postgres', join(";\n", 'SELECT bingo_tune.reset_timing()', @queries));
	return;
}

my $many = page('k.name, i.at DESC');
my $few = page('k.family, i.at DESC');

# Five thousand names leave few rows to be sorted behind an index, two families leave half of all.
like(advice("kind, command, note", $many), qr/^index\|CREATE INDEX CONCURRENTLY ON public\.kind USING btree \(name\)\|no ordering: without one a call takes about 0\.0\d+ ms, from one about [\d.e+-]+ ms$/,
	'many values: the index, and why');
my $volatile = page('k.family, i.at DESC', 'LIMIT 10', 'WHERE i.x < random()');
like($node->safe_psql('postgres', "SELECT note FROM bingo_tune.advise('$volatile')"), qr/(^|; )no ordering: it has a condition with a volatile function$/, 'what would not serve');
like(advice("kind, command", $few), qr/^ordering\|SELECT bingo_tune\.create_ordering\('kind_by_family', '.*', 10000\)$/, 'few values: the ordering alone');
# Far down in the order: a window of some of the rows would not be read, one of all of them is; as explain_ordering() has it.
my $deep = page('k.family, i.at', 'LIMIT 10', 'WHERE (k.family, i.at) > (1, 1000)');
my $all = qr/^SELECT bingo_tune\.create_ordering\('kind_by_family', '.*', NULL\)$/;
like(advice('command', $deep), $all, 'a page far down: all rows');
like($node->safe_psql('postgres', "SELECT command FROM bingo_tune.explain_ordering('$deep') WHERE command IS NOT NULL"), $all, 'the same');
# Before a place far down: the other way round, backwards.
my $before = page('k.family DESC, i.at DESC', 'LIMIT 10', 'WHERE (k.family, i.at) < (0, 900)');
my $turned = qr/^SELECT bingo_tune\.create_ordering\('kind_by_family', '.* ORDER BY k\.family, i\.at', 10000\)$/;
like(advice('command', $before), $turned, 'a page before a place far down: turned');
like($node->safe_psql('postgres', "SELECT command FROM bingo_tune.explain_ordering('$before') WHERE command IS NOT NULL"), $turned, 'the same');
# One of five thousand kinds: its rows stand together; of two families a window has enough.
my $one = page('k.name, i.at DESC', 'LIMIT 10', 'WHERE i.at = 77 AND k.family = 1');
like($node->safe_psql('postgres', "SELECT command FROM bingo_tune.explain_ordering('$one') WHERE command IS NOT NULL"),
	qr/^SELECT bingo_tune\.create_ordering\('kind_by_name', 'SELECT .*i\.at = \$1\b(?!.*family = ).*', NULL\)$/, 'a value of many is a parameter');
run($many);
like(advice('kind, command'), qr/^index\|[^|]*\(name\)$/, 'the same for what ran');
run($few);
is(advice('kind, write_cost IS NOT NULL'), 'ordering|t', 'and there');

# What an index leaves is said; an index that another statement needs stays.
like(advice('kind, reason', page('k.tribe, k.name, i.at', 'LIMIT 10 OFFSET 9000')),
	qr/^ordering\|sorts a join for its first rows, which no index gives in their order; with indexes alone a call would take about [\d.]+ ms$/, 'what an index would leave');
run($few, 'SELECT * FROM item WHERE at = 5');
is(advice('kind, array_length(serves, 1)'), "index|1\nordering|1", 'an index for something else') or diag(advice('*'));

# One ordering for the statements of one definition; another of the same name has a number.
run($few, page('k.family, i.at DESC', 'LIMIT 2000', q{WHERE k.name <> 'x'}), page('k.family, i.x'));
is(advice(q{substring(command FROM 'create_ordering\(''(\w+)'''), substring(command FROM ', (\d+)\)$'), array_length(serves, 1)}), "kind_by_family|40000|2\nkind_by_family_2|10000|1", 'one of two pages')
  or diag(advice('*'));
is($node->safe_psql('postgres', 'SELECT action, serves FROM bingo_tune.apply_advice(min_share => 0) ORDER BY 2'),
	"created|ordering kind_by_family\ncreated|ordering kind_by_family_2", 'both are made');
is($node->safe_psql('postgres', "SELECT bool_or(served) FROM bingo_tune.explain_ordering('$few')"), 't', 'and serve');
run($few);
is($node->safe_psql('postgres', 'SELECT kind, reason FROM bingo_tune.advise(min_share => 0)'),
	'nothing|an ordering serves it already; mean_ms has its calls before that, too, until reset_timing()', 'which is said');
$node->safe_psql('postgres', 'SELECT bingo_tune.revert()');

# The index that an ordering needs serves a statement, too: no other one for that, which would be smaller.
my $things = page('k.family, i.at DESC') =~ s/item/thing/r;
my $live = 'SELECT * FROM thing WHERE kind = 7 AND NOT gone';
run($live);
is(advice('command'), 'CREATE INDEX CONCURRENTLY ON public.thing USING btree (kind) WHERE (NOT gone)', 'the smaller one alone');
run($things, $live, $live);
is(advice('kind, array_length(serves, 1), gain > 0, left(command, 69), left(note, 104)'),
	"index|2|t|CREATE INDEX CONCURRENTLY ON public.thing USING btree (kind)|ordering \"kind_by_family\" needs it, to find what a changed row of another table is joined to\n"
	  . "ordering|1|t|SELECT bingo_tune.create_ordering('kind_by_family', 'SELECT k.family,|by the planner, but no less than pages of orderings have taken elsewhere: expected_ms and gain", 'the one that is needed anyway')
  or diag(advice('*'));
is($node->safe_psql('postgres', 'SET client_min_messages = warning; SELECT table_name, action, serves FROM bingo_tune.apply_advice(2, min_share => 0)'),
	"thing|created|kind (join)\nthing|created|ordering kind_by_family", 'the ordering does not come without it');
run($things, $live);
is($node->safe_psql('postgres', q{SELECT count(*) FROM bingo_tune.advise(min_share => 0) WHERE kind <> 'nothing'}), '0', 'and that is all');
$node->safe_psql('postgres', 'SET client_min_messages = warning; SELECT bingo_tune.revert()');
is($node->safe_psql('postgres', "SELECT count(*) FROM pg_index WHERE indrelid = 'thing'::regclass"), '1', 'revert() takes both');

# Utility statements count in no total.
run($few, ('REINDEX TABLE item') x 10);
is($node->safe_psql('postgres', q{SELECT kind FROM bingo_tune.advise(min_share => 0.7)}), 'ordering', 'utility statements hide nothing');

# Writers pay.
$node->safe_psql('postgres', 'SELECT pg_stat_reset()');
run($few);
write_more_than_gained($node, 'item', 0.0153, 'UPDATE item SET x = x + 1');
# Both are shares of the time, which is short as yet: once it is long enough, writers pay more than one page takes.
ok($node->poll_query_until('postgres', q{SELECT count(*) = 0 FROM bingo_tune.advise(min_share => 0) WHERE kind = 'ordering'}), 'not where much is written');
like($node->safe_psql('postgres', 'SELECT note FROM bingo_tune.advise(min_share => 0)'), qr/no ordering: without one a call takes about [\d.e+]+ ms, from one about [\d.e+-]+ ms, and writers of its tables would pay [\d.e+]+ ms a second/, 'why not');

$node->stop;
done_testing();
