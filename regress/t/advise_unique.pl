# advise(): the unique keys that an ordering needs, where a database has none; and orderings of one table.
#
# Seen red with: what ANALYZE has seen twice taken for a key; any column that ends the order, or any that is NOT NULL, taken for one;
# an index that is not unique taken for one that is; ranks made alone; no budget; the command without UNIQUE; a second index beside
# one that was chosen; orderings of several tables alone.
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
CREATE TABLE kind (id serial NOT NULL, name text NOT NULL, family integer NOT NULL);
INSERT INTO kind (name, family) SELECT 'k' || i % 50, i % 2 FROM generate_series(1, 5000) AS i;
CREATE TABLE "Item" ("Id" bigint GENERATED ALWAYS AS IDENTITY, kind integer NOT NULL, at timestamp NOT NULL, maybe integer);
INSERT INTO "Item" (kind, at, maybe) SELECT 1 + i * 7 % 5000, timestamp '2020-01-01' + i * interval '1 min', i FROM generate_series(1, 100000) AS i;
CREATE TABLE log (number integer NOT NULL, kind integer NOT NULL, at timestamp NOT NULL, rest text NOT NULL);
INSERT INTO log SELECT i, 1 + i * 7 % 5000, timestamp '2020-01-01' + i * interval '1 min', repeat('x', 200) FROM generate_series(1, 100000) AS i ORDER BY md5(i::text);
CREATE TABLE nation (code text NOT NULL, name text NOT NULL, size integer NOT NULL);
INSERT INTO nation SELECT 'c' || i, md5(i::text), i % 3 FROM generate_series(1, 200) AS i;
CREATE TABLE town (id uuid NOT NULL DEFAULT gen_random_uuid(), nation text NOT NULL, size integer NOT NULL);
INSERT INTO town (nation, size) SELECT 'c' || 1 + i % 200, i FROM generate_series(1, 50000) AS i;
VACUUM ANALYZE;
SQL

# Of one query, or of what ran since the last time.
sub advice
{
	my ($columns, $query) = @_;
	my $argument = defined $query ? "\$query\$$query\$query\$" : 'min_share => 0';
	my $order = defined $query ? 'rank' : 'kind, command COLLATE "C"';
	return $node->safe_psql('postgres', "SELECT $columns FROM bingo_tune.advise($argument) WHERE kind <> 'nothing' ORDER BY $order");
}

sub run
{
	$node->safe_psql('postgres', join(";\n", 'SELECT bingo_tune.reset_timing()', @_));
	return;
}

sub forget
{
	$node->safe_psql('postgres', q{SELECT bingo_tune.drop_ordering(name) FROM bingo_tune.orderings; DO $$ DECLARE i regclass; BEGIN
		FOR i IN SELECT indexrelid FROM pg_index WHERE indrelid IN ('kind'::regclass, '"Item"'::regclass, 'log'::regclass, 'nation'::regclass, 'town'::regclass) LOOP
			EXECUTE format('DROP INDEX %s', i); END LOOP; END $$});
	return;
}

# The index that finds what is joined, and the unique ones, that a page's ordering would need; and with them it serves.
sub needs
{
	my ($name, $query, $join, @keys) = @_;
	my @commands = split /\n/, advice('command', $query);
	my $ordering = pop @commands;

	is(join("\n", sort @commands), join("\n", sort("CREATE INDEX CONCURRENTLY ON public.$join", map { "CREATE UNIQUE INDEX CONCURRENTLY ON public.$_" } @keys)), "$name: the indexes come first");
	like($ordering // '', qr/^SELECT bingo_tune\.create_ordering\('/, "$name: and then the ordering") or return;
	$node->safe_psql('postgres', $_) foreach @commands, $ordering;
	like($node->safe_psql('postgres', "EXPLAIN (COSTS OFF) $query"), qr/Custom Scan \(BingoOrderedScan\)/, "$name: it serves");
	is(advice('kind', $query), '', "$name: and is enough");
	forget();
	return;
}

my $join = 'FROM "Item" i JOIN kind k ON k.id = i.kind';
my $page = qq{SELECT i."Id", k.name $join ORDER BY k.family, i.at DESC LIMIT 10};
needs('sequences', $page, '"Item" USING btree (kind)', 'kind USING btree (id)', q{"Item" USING btree ("Id")});
needs('a key of text that is joined on', 'SELECT t.id, n.name FROM town t JOIN nation n ON n.code = t.nation ORDER BY n.size, t.size LIMIT 10',
	'town USING btree (nation)', 'nation USING btree (code)', 'town USING btree (id)');
needs('a number that ends the order', 'SELECT l.number, k.name FROM log l JOIN kind k ON k.id = l.kind ORDER BY k.family, l.number DESC LIMIT 10',
	'log USING btree (kind)', 'kind USING btree (id)', 'log USING btree (number)');
like(advice('note', $page), qr/^unique for ordering "kind_by_family": no value of id was seen twice; the command looks at all, and fails if one is, and from then on none can be$/m, 'what is to be known of it');
is(advice('kind', 'SELECT l.at, k.name FROM log l JOIN kind k ON k.id = l.kind ORDER BY k.family, l.at LIMIT 10'), '', 'no key for a time, though none was seen twice');
is($node->safe_psql('postgres', "SELECT served, command IS NULL FROM bingo_tune.explain_ordering('$page')"), 'f|t', 'explain_ordering() knows of no ordering without keys');
is($node->safe_psql('postgres', "SELECT kind, command FROM bingo_tune.advise('$page', budget => 100000) WHERE kind <> 'nothing'"), '', 'nor is there one where the keys are too large');

# One there is already, of which it becomes the better; and one that two rows have by now.
$node->safe_psql('postgres', 'CREATE INDEX plain ON kind (id)');
like(advice('note', $page), qr/^unique for .*; makes index public\.plain redundant$/m, 'an index that is not unique');
$node->safe_psql('postgres', 'DROP INDEX plain; CREATE UNIQUE INDEX ON kind (id)');
is(advice('left(command, 49)', $page), qq{CREATE UNIQUE INDEX CONCURRENTLY ON public."Item"\nCREATE INDEX CONCURRENTLY ON public."Item" USING \nSELECT bingo_tune.create_ordering('kind_by_family}, 'one that is');
forget();
$node->safe_psql('postgres', q{INSERT INTO kind VALUES (7, 'again', 1)});
like(($node->psql('postgres', (grep { /kind USING/ } split /\n/, advice('command', $page))[0]))[2], qr/could not create unique index/, 'the command looks');
forget();
$node->safe_psql('postgres', 'ANALYZE kind');
is(advice('kind', $page), '', 'two rows with one value, and ANALYZE has seen them');
$node->safe_psql('postgres', q{DELETE FROM kind WHERE name = 'again'; ANALYZE kind; ALTER TABLE "Item" ALTER "Id" DROP IDENTITY, ALTER "Id" DROP NOT NULL});
is(advice('kind', $page), '', 'not of what may be NULL');
$node->safe_psql('postgres', q{ALTER TABLE "Item" ALTER "Id" SET NOT NULL});
is(advice('kind', $page), '', 'nor of any column');
$node->safe_psql('postgres', q{ALTER TABLE "Item" ALTER "Id" ADD GENERATED ALWAYS AS IDENTITY});

# Of what ran: the index that a statement needs itself is the unique one.
run($page, 'SELECT name FROM kind WHERE id = 5', ('SELECT at FROM "Item" WHERE "Id" = 7') x 3);
is(advice(q{kind, replace(left(command, 70), 'CREATE UNIQUE INDEX CONCURRENTLY ON ', ''), array_length(serves, 1), expected_ms < mean_ms, gain > 0, gain < total_ms, size IS NULL, cost_after < cost_before}),
	qq{index|CREATE INDEX CONCURRENTLY ON public."Item" USING btree (kind)|1|t|f|t|f|t\nindex|public."Item" USING btree ("Id")|2|t|t|t|f|t\nindex|public.kind USING btree (id)|2|t|t|t|f|t\n}
	  . qq{ordering|SELECT bingo_tune.create_ordering('kind_by_family', 'SELECT k.family, |1|t|t|t|t|t}, 'one index for both')
  or diag(advice('*'));
is($node->safe_psql('postgres', 'SELECT table_name, index_name, action FROM bingo_tune.apply_advice(4, min_share => 0) ORDER BY index_name::text COLLATE "C"'),
	qq{"Item"|"Item_bingo"|created\n"Item"|"Item_bingo1"|created\nkind|kind_bingo|created\n"Item"||created}, 'an ordering is not made without them');
is($node->safe_psql('postgres', 'SELECT count(*) FROM pg_index WHERE indisunique AND indexrelid::regclass::text LIKE $$%bingo%$$ AND NOT EXISTS (SELECT FROM pg_class c WHERE c.oid = indexrelid AND c.relnamespace <> $$public$$::regnamespace)'), '2', 'two of which are unique');
$node->safe_psql('postgres', 'SELECT bingo_tune.revert()');
forget();

run($page, ('SELECT kind FROM "Item" ORDER BY "Id" DESC NULLS LAST LIMIT 3') x 3);
is(join("\n", grep { /UNIQUE.*Item" USING/ } split /\n/, advice('command')), 'CREATE UNIQUE INDEX CONCURRENTLY ON public."Item" USING btree ("Id" DESC NULLS LAST)', 'nor are there two of one column')
  or diag(advice('*'));

# Of one table: what lies far apart in a long list, not what an index gives at once.
$node->safe_psql('postgres', 'CREATE UNIQUE INDEX ON log (number)');
like(advice('kind, command, reason', 'SELECT * FROM log ORDER BY at DESC LIMIT 40000'), qr/^ordering\|SELECT bingo_tune\.create_ordering\('log_by_at', '[^\n]* ORDER BY at DESC', 120000\)\|takes many rows in an order, for which an index goes through the whole table/, 'a long list of one table');
is(advice('kind, note', 'SELECT * FROM log ORDER BY at DESC LIMIT 40'), 'index|', 'a page of one');

$node->stop;
done_testing();
