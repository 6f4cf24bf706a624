# advise(), kind drop_index: which indexes are redundant or unused, and of which nothing is
# said; on a standby, too.  And kind drop_ordering.
#
# Seen red with: directions, predicates, expressions not compared; orderings' needs and rights not
# asked for; an unused index taken for one that covers; young, planned ones and a standby's called
# unused; a lock waited for; of equal orderings both called redundant; rights on their tables not asked for.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use TunedNode;

my $node = start_node('main', "fsync = off\njit = off\nautovacuum = off\n", allows_streaming => 1);
need_hypopg();

$node->safe_psql('postgres', <<'SQL');
SET client_min_messages = warning;
CREATE EXTENSION bingo_tune CASCADE;
CREATE EXTENSION hypopg;
CREATE SCHEMA "my ""schema""";
CREATE TABLE t (a integer, b integer, c integer NOT NULL, d integer, e text COLLATE "C", f integer[], g text);
CREATE TABLE "my ""schema"""."odd;" (a integer, b integer);
CREATE TABLE parts (a integer, b integer) PARTITION BY RANGE (a);
CREATE TABLE parts_1 PARTITION OF parts DEFAULT;
SQL

# What is said of the tables' indexes, but for their schema "public".
sub said
{
	my ($columns, @options) = @_;
	return $node->safe_psql('postgres', "SELECT replace(concat_ws(' | ', $columns), 'public.', '') FROM bingo_tune.advise(min_share => 0, max_rows => 100)
		WHERE kind = 'drop_index' ORDER BY command COLLATE \"C\"", @options);
}

# Each pair of definitions, and whether the first one is redundant.
my $number = 0;
my @pairs = (
	[ 'the beginning of another', '(a)', '(a, b)', 'begins with' ],
	[ 'the same, all the other way round', '(a DESC)', '(a, b)', 'begins with' ],
	[ 'other directions', '(a DESC, b)', '(a, b, c)', undef ],
	[ 'other NULLS', '(a NULLS FIRST)', '(a, b)', undef ],
	[ 'no beginning', '(b)', '(a, b)', undef ],
	[ 'included columns that are there', '(a) INCLUDE (c)', '(a, b) INCLUDE (d, c)', 'begins with' ],
	[ 'included columns that are keys', '(a) INCLUDE (c)', '(a, c)', 'begins with' ],
	[ 'included columns that are not there', '(a) INCLUDE (c)', '(a, b)', undef ],
	[ 'another operator class', '(e text_pattern_ops)', '(e, a)', undef ],
	[ 'another collation', '(e COLLATE "POSIX")', '(e, a)', undef ],
	[ 'the same expression', '((a + b))', '((a + b), lower(e))', 'begins with' ],
	[ 'the same expression at another place', '((a + b))', '(lower(e), (a + b))', undef ],
	[ 'another expression', '((a + b))', '((a - b), c)', undef ],
	[ 'the same predicate', '(a) WHERE b > 5', '(a, c) WHERE b > 5', 'begins with' ],
	[ 'another predicate', '(a) WHERE b > 5', '(a, c) WHERE b > 6', undef ],
	[ 'a predicate behind none', '(a) WHERE b > 5', '(a, c)', undef ],
	[ 'no predicate behind one', '(a)', '(a, c) WHERE b > 5', undef ],
	[ 'a hash index', 'USING hash (a)', '(a, b)', undef ],
	[ 'the beginning of a GIN index', 'USING gin (f)', 'USING gin (f, (ARRAY[a]))', undef ],
	[ 'BRIN, as it were', 'USING brin (a)', 'USING brin (a) WITH (pages_per_range = 4)', undef ],
	[ 'filled otherwise', '(a) WITH (fillfactor = 50)', '(a, b)', 'begins with' ],
);
foreach my $pair (@pairs)
{
	my ($name, $first, $second, $how) = @$pair;
	$number++;
	$node->safe_psql('postgres', "CREATE INDEX short_$number ON t $first; CREATE INDEX long_$number ON t $second");
	is(said('command'), $how ? "DROP INDEX CONCURRENTLY short_$number" : '', $name) or diag(said('command, reason, note'));
	is(said('reason'), "redundant: index long_$number $how the same keys", 'and why') if $how;
	$node->safe_psql('postgres', "DROP INDEX short_$number, long_$number");
}

# Which of two, of three; what does more than find rows stays.
my @sets = (
	[ 'the older one stays', 'CREATE INDEX x ON t (a); CREATE INDEX y ON t (a)', 'y | redundant: index x has the same keys' ],
	[ 'the unique one stays', 'CREATE INDEX x ON t (c); CREATE UNIQUE INDEX y ON t (c)', 'x | redundant: index y has the same keys' ],
	[ 'both unique: both stay', 'CREATE UNIQUE INDEX x ON t (c); CREATE UNIQUE INDEX y ON t (c, a)', '' ],
	[ 'the clustered one stays', 'CREATE INDEX x ON t (a); CREATE INDEX y ON t (a); ALTER TABLE t CLUSTER ON y', 'x | redundant: index y has the same keys' ],
	[ 'a key', 'CREATE INDEX x ON t (d, a); ALTER TABLE t ADD CONSTRAINT y PRIMARY KEY (d)', '' ],
	[ 'a replica identity', 'CREATE UNIQUE INDEX x ON t (c); ALTER TABLE t REPLICA IDENTITY USING INDEX x; CREATE INDEX y ON t (c, a)', '' ],
	[ 'a chain', 'CREATE INDEX x ON t (a); CREATE INDEX y ON t (a, b); CREATE INDEX z ON t (a, b, c)',
		"x | redundant: index z begins with the same keys\ny | redundant: index z begins with the same keys" ],
	[ 'a chain of equals', 'CREATE INDEX x ON t (a); CREATE INDEX y ON t (a); CREATE INDEX z ON t (a)',
		"y | redundant: index x has the same keys\nz | redundant: index x has the same keys" ],
	[ 'invalid', q{CREATE INDEX x ON t (a); CREATE INDEX y ON t (a, b); UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'y'::regclass}, '' ],
	[ 'of a partition', 'CREATE INDEX x ON parts (a); CREATE INDEX y ON parts (a, b)', '' ],
	[ 'names', 'CREATE INDEX "x, y" ON "my ""schema"""."odd;" (a); CREATE INDEX "q""" ON "my ""schema"""."odd;" (a, b)',
		'"my ""schema"""."x, y" | redundant: index "my ""schema"""."q""" begins with the same keys' ],
	[ 'temporary', 'CREATE TEMP TABLE temporary (a integer, b integer); CREATE INDEX x ON temporary (a); CREATE INDEX y ON temporary (a, b)', '' ],
);
foreach my $set (@sets)
{
	my ($name, $sql, $expected) = @$set;
	is($node->safe_psql('postgres', <<"SQL"), $expected, $name);
BEGIN;
$sql;
SELECT replace(replace(command || ' | ' || reason, 'public.', ''), 'DROP INDEX CONCURRENTLY ', '') FROM bingo_tune.advise(max_rows => 100)
	WHERE kind = 'drop_index' ORDER BY command COLLATE "C";
ROLLBACK;
SQL
}

# What an ordering needs.
$node->safe_psql('postgres', <<'SQL');
CREATE TABLE item (id integer PRIMARY KEY, kind integer NOT NULL, at integer NOT NULL);
CREATE TABLE kind (id integer PRIMARY KEY, name text NOT NULL);
CREATE INDEX item_kind ON item (kind);
SELECT bingo_tune.create_ordering('items', 'SELECT k.name, i.at, i.id FROM item i JOIN kind k ON k.id = i.kind ORDER BY k.name, i.at, i.id');
CREATE INDEX item_more ON item (kind, at);
SQL
is(said('command'), '', 'what an ordering needs');

# An ordering whose window another one has; of a chain, and of equals.
sub said_orderings
{
	my ($sql) = @_;
	return $node->safe_psql('postgres', "SET client_min_messages = warning; $sql SELECT concat_ws(' | ', command, reason, serves, size, note)
		FROM bingo_tune.advise(min_share => 0, max_rows => 100) WHERE kind = 'drop_ordering' ORDER BY rank");
}
is(said_orderings(''), '', 'of one ordering nothing');
$node->safe_psql('postgres', q{SELECT bingo_tune.create_ordering('o''ther', 'SELECT i.id FROM kind k JOIN item i ON k.id = i.kind ORDER BY k.name, i.at, i.id', 1000)});
my $redundant = q{SELECT bingo_tune.drop_ordering('o''ther') | redundant: the window of ordering "items" has all that this one's has};
is(said_orderings(''), $redundant, 'one that is contained');
is($node->safe_psql('postgres', q{SELECT string_agg(c, ' ') FROM bingo_tune.advise_commands(drops => true) c WHERE c ~ 'drop_ordering'}), q{SELECT bingo_tune.drop_ordering('o''ther')}, 'among the commands');
is($node->safe_psql('postgres', q{SELECT string_agg(c, ' ') FROM bingo_tune.advise_commands() c WHERE c ~ 'drop_ordering'}), '', 'but only if asked for');
is($node->safe_psql('postgres', q{SELECT FROM bingo_tune.apply_advice(); SELECT count(*) FROM bingo_tune.orderings}), '2', 'not carried out');
$node->safe_psql('postgres', q{SELECT bingo_tune.create_ordering('same', query, window_rows) FROM bingo_tune.orderings WHERE name = 'items'});
is(said_orderings(''), join("\n", $redundant, $redundant =~ s/o''ther/same/r), 'of equals the older stays');
$node->safe_psql('postgres', 'CREATE ROLE blind; GRANT SELECT ON item TO blind');
is(said_orderings('SET ROLE blind;'), '', 'not to who may not read the tables');
$node->safe_psql('postgres', q{SELECT bingo_tune.drop_ordering('same'), bingo_tune.drop_ordering('o''ther'); DROP OWNED BY blind; DROP ROLE blind});
$node->safe_psql('postgres', "SELECT bingo_tune.drop_ordering('items')");
is(said('command'), 'DROP INDEX CONCURRENTLY item_kind', 'and no more');
$node->safe_psql('postgres', 'DROP TABLE item, kind');

# Only said, unless asked for; whoever may not read is not told.
$node->safe_psql('postgres', <<'SQL');
CREATE INDEX short ON t (a);
CREATE INDEX long ON t (a, b);
CREATE ROLE nobody;
CREATE ROLE reader;
GRANT SELECT (g) ON t TO reader;
SQL
is($node->safe_psql('postgres', 'SELECT bingo_tune.advise_commands()'), '', 'not a command, unless');
is($node->safe_psql('postgres', 'SELECT bingo_tune.advise_commands(drops => true)'), 'DROP INDEX CONCURRENTLY public.short', 'asked for');
is($node->safe_psql('postgres', q{SELECT count(*) FROM bingo_tune.advise('SELECT * FROM t WHERE a = 5') WHERE kind = 'drop_index'}), '0', 'not beside a query');
is($node->safe_psql('postgres', 'SET ROLE nobody; SELECT bingo_tune.advise_commands(drops => true)'), '', 'not to who may not read');
is($node->safe_psql('postgres', 'SET ROLE reader; SELECT bingo_tune.advise_commands(drops => true)'), 'DROP INDEX CONCURRENTLY public.short', 'to who may read a column');
is($node->safe_psql('postgres', q{SELECT size = pg_relation_size('short') AND gain IS NULL AND calls IS NULL AND serves IS NULL AND expected_ms IS NULL AND note IS NULL
	FROM bingo_tune.advise() WHERE kind = 'drop_index'}), 't', 'the figures');

# A table that is locked is left out; nobody waits for it.
my $locker = $node->background_psql('postgres');
$locker->query_safe('BEGIN; LOCK TABLE t IN ACCESS EXCLUSIVE MODE');
is($node->safe_psql('postgres', q{SET lock_timeout = '1ms'; SELECT bingo_tune.advise_commands(drops => true)}), '', 'locked');
$locker->quit;
$node->safe_psql('postgres', 'SELECT bingo_tune.advise_commands(drops => true)');
$node->safe_psql('postgres', 'DROP INDEX short, long');

# Unused: older than the statistics, on a table that was read.
$node->safe_psql('postgres', <<'SQL');
CREATE TABLE u (a integer, b integer, c integer UNIQUE, d integer);
CREATE TABLE unread (a integer);
INSERT INTO u SELECT i, i, i, i FROM generate_series(1, 10000) AS i;
CREATE INDEX u_scanned ON u (a);
CREATE INDEX u_longer ON u (a, b);
CREATE INDEX u_unused ON u (d);
CREATE INDEX u_planned ON u (b);
CREATE INDEX unread_a ON unread (a);
ALTER TABLE u ADD e integer REFERENCES u (c);
CREATE INDEX u_references ON u (e);
VACUUM ANALYZE u;
SQL
$node->safe_psql('postgres', 'SELECT pg_stat_reset(); SELECT bingo_tune.reset_timing()');
$node->safe_psql('postgres', <<'SQL');
CREATE INDEX u_young ON u (d, c);
BEGIN;
UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'u_longer'::regclass;
SET LOCAL enable_seqscan = off;
SET LOCAL enable_bitmapscan = off;
SET LOCAL bingo_tune.track = none;
SELECT count(a) FROM u WHERE a = 5;
ROLLBACK;
SET enable_bitmapscan = off;
SET enable_indexscan = off;
SET enable_indexonlyscan = off;
SELECT count(*) FROM u WHERE b = 5;
SQL
# u_longer, which would cover u_scanned, goes itself.
$node->poll_query_until('postgres', q{SELECT seq_scan > 0 AND idx_scan > 0 FROM pg_stat_user_tables WHERE relname = 'u'});
my $unused = "DROP INDEX CONCURRENTLY u_longer | not scanned once since the statistics began\nDROP INDEX CONCURRENTLY u_unused | redundant: index u_young begins with the same keys";
SKIP:
{
	skip 'the file system does not say when a file was made', 4
	  if $node->safe_psql('postgres', q{SELECT count(*) FROM bingo_tune.advise() WHERE reason ~ 'not scanned'}) eq '0' && !$ENV{BINGO_FILES_HAVE_AGES};
	is(said('command, reason'), $unused, 'unused') or diag(said('command, reason, note'));
	$node->safe_psql('postgres', 'DROP INDEX u_young');
	is(said('command'), "DROP INDEX CONCURRENTLY u_longer\nDROP INDEX CONCURRENTLY u_unused", 'unused, without another');
	is($node->safe_psql('postgres', q{SELECT bool_and(note LIKE 'they count since ' || to_char(stats_reset, 'YYYY-MM-DD') || '%standbys count for themselves')
		FROM bingo_tune.advise(), pg_stat_database WHERE datname = current_database() AND kind = 'drop_index'}), 't', 'since when');
	$node->safe_psql('postgres', 'SELECT bingo_tune.reset_timing()');
	is(said('command'), "DROP INDEX CONCURRENTLY u_longer\nDROP INDEX CONCURRENTLY u_planned\nDROP INDEX CONCURRENTLY u_unused", 'a plan that takes it counts as a use');
}

# A standby's own statistics say nothing of the primary's.
$node->safe_psql('postgres', 'CREATE INDEX standby_1 ON t (a); CREATE INDEX standby_2 ON t (a, b)');
$node->backup('backup');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($node, 'backup', has_streaming => 1);
$standby->start;
$standby->safe_psql('postgres', 'SELECT count(*) FROM u');
$standby->poll_query_until('postgres', q{SELECT seq_scan > 0 FROM pg_stat_user_tables WHERE relname = 'u'});
is($standby->safe_psql('postgres', q{SELECT command FROM bingo_tune.advise() WHERE kind = 'drop_index' ORDER BY command}),
	"DROP INDEX CONCURRENTLY public.standby_1\nDROP INDEX CONCURRENTLY public.u_scanned", 'on a standby only what is redundant');
$standby->stop;

$node->stop;
done_testing();
