# advise(): GIN indexes for what looks into a value: arrays, jsonb, documents, and with pg_trgm parts of texts.
#
# Seen red with: what is there not looked at; writers charged for one entry; patterns without a trigram looked for; arrays that are
# contained; a partition's columns taken for the whole's; another operator family; the note without a reason; the collation of what is looked for given to a jsonb.
use strict;
use warnings;

use PostgreSQL::Test::Utils;
use Test::More;
use TunedNode;

my $node = start_node('main', "fsync = off\njit = off\nautovacuum = off\nmax_parallel_workers_per_gather = 0\n");
need_hypopg();
need_extension('pg_trgm', 'contrib');

$node->safe_psql('postgres', <<'SQL');
SET client_min_messages = warning;
CREATE EXTENSION bingo_tune CASCADE;
CREATE EXTENSION hypopg;
CREATE SCHEMA "my tools";
CREATE TABLE "Doc" (id integer PRIMARY KEY, title text NOT NULL, code varchar(20) NOT NULL, tags text[] NOT NULL, "Data" jsonb NOT NULL, words tsvector NOT NULL, at integer NOT NULL);
INSERT INTO "Doc" SELECT i, 'page ' || md5(i::text), 'c' || i, ARRAY['t' || i % 5000, 't' || i % 3333], jsonb_build_object('kind', i % 3000, 'on', i % 2 = 0),
	to_tsvector('simple', 'w' || i % 4000 || ' v' || i % 3000), i * 7 % 40000 FROM generate_series(1, 40000) AS i;
CREATE TABLE part (id integer, tags integer[]) PARTITION BY RANGE (id);
CREATE TABLE part_2 (tags integer[], id integer);
CREATE TABLE part_1 PARTITION OF part FOR VALUES FROM (0) TO (20000);
ALTER TABLE part ATTACH PARTITION part_2 FOR VALUES FROM (20000) TO (50000);
INSERT INTO part SELECT i, ARRAY[i, i + 1] FROM generate_series(1, 40000) AS i;
VACUUM ANALYZE;
SQL

# Of one query, or of what ran since the last time.
sub advice
{
	my ($query, $columns) = @_;
	my $argument = defined $query ? "\$query\$$query\$query\$" : 'min_share => 0';
	$columns //= q{replace(command, 'CREATE INDEX CONCURRENTLY ON public.', '')};
	return $node->safe_psql('postgres', "SELECT $columns FROM bingo_tune.advise($argument) WHERE kind <> 'nothing' ORDER BY rank");
}

# The command, which then does what was said: the plan takes it, and advise() has nothing more to say.
sub helps
{
	my ($name, $query, $expected) = @_;
	my $command = $node->safe_psql('postgres', "SELECT command FROM bingo_tune.advise(\$query\$$query\$query\$) WHERE kind = 'index'");

	is($command, "CREATE INDEX CONCURRENTLY ON public.$expected", $name) or return;
	$node->safe_psql('postgres', $command);
	like($node->safe_psql('postgres', "EXPLAIN (COSTS OFF) $query"), qr/Bitmap Index Scan on "?\w+_idx"?$/m, "$name: it is used");
	is(advice($query), '', "$name: and is enough");
	$node->safe_psql('postgres', q{DO $$ DECLARE i regclass; BEGIN FOR i IN SELECT indexrelid FROM pg_index WHERE indrelid = '"Doc"'::regclass AND NOT indisprimary LOOP
		EXECUTE format('DROP INDEX %s', i); END LOOP; END $$});
	return;
}

helps('arrays that overlap', q{SELECT id FROM "Doc" WHERE tags && ARRAY['t1', 't2']}, '"Doc" USING gin (tags)');
helps('arrays that contain', q{SELECT id FROM "Doc" WHERE tags @> ARRAY['t1', 't2']}, '"Doc" USING gin (tags)');
helps('jsonb that contains', q{SELECT id FROM "Doc" WHERE "Data" @> '{"kind": 5}'}, '"Doc" USING gin ("Data")');
helps('a key of jsonb', q{SELECT id FROM "Doc" WHERE "Data" ? 'nowhere'}, '"Doc" USING gin ("Data")');
helps('one of several', q{SELECT id FROM "Doc" WHERE "Data" ?| '{nowhere,no}'}, '"Doc" USING gin ("Data")');
helps('a part of jsonb', q{SELECT id FROM "Doc" WHERE "Data" -> 'kind' @> '5'}, q{"Doc" USING gin ((("Data" -> 'kind'::text)))});
helps('documents', q{SELECT id FROM "Doc" WHERE words @@ to_tsquery('simple', 'w7 & v7')}, '"Doc" USING gin (words)');
is(advice(q{SELECT id FROM "Doc" WHERE tags <@ ARRAY['t1', 't2']}), '', 'not for arrays that are contained');
is(advice(q{SELECT id FROM "Doc" WHERE tags = ARRAY['t1', 't2']}), '"Doc" USING btree (tags)', 'nor for equality');
is(advice(q{SELECT id FROM "Doc" WHERE "Data" ? 'kind'}), '', 'nor for what all have');
is(advice(q{SELECT id FROM part WHERE tags @> ARRAY[5, 6]}, 'command, cost_after < cost_before / 3'), 'CREATE INDEX ON public.part USING gin (tags)|t', 'a partitioned table, whose partitions have other columns');

# Trigrams, once they are there; wherever.
my $like = q{SELECT id FROM "Doc" WHERE title LIKE '%abcdef%'};
my $note = "SELECT note FROM bingo_tune.advise(\$query\$$like\$query\$)";
is($node->safe_psql('postgres', $note), 'an index by trigrams might find what it looks for: type CREATE EXTENSION pg_trgm and ask again', 'without pg_trgm');
is($node->safe_psql('postgres', $note =~ s/%abcdef%/%a%f%/r), '', 'which could not help without trigrams');
$node->safe_psql('postgres', 'CREATE EXTENSION pg_trgm SCHEMA "my tools"');
helps('LIKE', $like, '"Doc" USING gin (title "my tools".gin_trgm_ops)');
helps('ILIKE, of a varchar', q{SELECT id FROM "Doc" WHERE code ILIKE 'C1234%'}, '"Doc" USING gin (code "my tools".gin_trgm_ops)');
helps('a regular expression', q{SELECT id FROM "Doc" WHERE title ~ 'abc[de]fa'}, '"Doc" USING gin (title "my tools".gin_trgm_ops)');
helps('an expression', q{SELECT id FROM "Doc" WHERE lower(title) LIKE '%abcdef%'}, '"Doc" USING gin ((lower(title)) "my tools".gin_trgm_ops)');
is(advice(q{SELECT id FROM "Doc" WHERE title LIKE '%a%f%'}), '', 'not without trigrams');
is(advice(q{SELECT id FROM "Doc" WHERE title NOT LIKE '%abcdef%'}), '', 'nor for what has none of them');
is(advice(q{SELECT id FROM "Doc" WHERE code LIKE 'c1234%'}), '"Doc" USING btree (code varchar_pattern_ops)', 'nor for a beginning');
is(join("\n", sort split /\n/, advice(q{SELECT id FROM "Doc" WHERE title LIKE '%abcdef%' OR "Data" @> '{"kind": 5}'})),
	qq{"Doc" USING gin ("Data")\n"Doc" USING gin (title "my tools".gin_trgm_ops)}, 'OR takes two');
is(advice($like, 'reason, size > 1000000, note'), 'title (contents)|t|its size, and what it costs writers, are estimated by the width of what it is on', 'what is said of it');
is($node->safe_psql('postgres', qq{SELECT count(*) FROM bingo_tune.advise(\$query\$$like\$query\$, budget => 100000) WHERE kind = 'index'}), '0', 'a budget');

# What is there.
$node->safe_psql('postgres', 'CREATE INDEX several ON "Doc" USING gin (tags, "Data")');
is(advice(q{SELECT id FROM "Doc" WHERE "Data" @> '{"kind": 5}'}), '', 'a column of several');
is($node->safe_psql('postgres', q{SELECT reason FROM bingo_tune.advise($$SELECT id FROM "Doc" WHERE "Data" @> '{"kind": 5}'$$)}), 'the indexes that could help it are there', 'which is said');
$node->safe_psql('postgres', 'DROP INDEX several; CREATE INDEX paths ON "Doc" USING gin ("Data" jsonb_path_ops)');
is(advice(q{SELECT id FROM "Doc" WHERE "Data" @> '{"kind": 5}'}), '', 'another operator class does as well');
$node->safe_psql('postgres', 'DROP INDEX paths');

# What ran; by the value of a parameter, too; and made.
$node->safe_psql('postgres', qq{SELECT bingo_tune.reset_timing(); PREPARE p AS SELECT id FROM "Doc" WHERE title LIKE \$1; EXECUTE p('%abcdef%'); $like; SELECT id FROM "Doc" WHERE tags && ARRAY['t1']});
is($node->safe_psql('postgres', q{SELECT table_name, action, serves FROM bingo_tune.apply_advice(min_share => 0) ORDER BY serves}), qq{"Doc"|created|tags (contents)\n"Doc"|created|title (contents)}, 'what ran');
is($node->safe_psql('postgres', q{SELECT count(*) FROM bingo_tune.revert()}), '2', 'revert()');

# Writers pay by the bytes: more than for a btree.  What came once is nobody's.  So many are read that both are worth it on a fast machine.
my $cost = q{SELECT write_cost FROM bingo_tune.advise(min_share => 0) WHERE kind = 'index' AND command LIKE '%%%s%%'};
$node->safe_psql('postgres', q{CREATE TABLE beside AS SELECT id AS a, title FROM "Doc"; ANALYZE beside});
$node->poll_query_until('postgres', q{SELECT n_tup_ins = 40000 AND n_live_tup >= 40000 FROM pg_stat_user_tables WHERE relname = 'beside'});
$node->safe_psql('postgres', q{SELECT bingo_tune.reset_timing(); INSERT INTO beside SELECT i, md5(i::text) FROM generate_series(1, 100) AS i;
	INSERT INTO beside SELECT i, md5(i::text) FROM generate_series(1, 100) AS i;
	} . q{SELECT * FROM beside WHERE title LIKE '%abcdef%'; SELECT * FROM beside WHERE a = 7; } x 50);
is($node->safe_psql('postgres', 'SELECT (' . sprintf($cost, 'gin') . ') > 5 * (' . sprintf($cost, '(a') . ')'), 't', 'writers pay for what is in a value');

# A wrong turn in the middle leaves nothing behind.
my (undef, $stdout) = $node->psql('postgres', "SET statement_timeout = '1ms'; SELECT count(*) FROM bingo_tune.advise(min_share => 0); RESET statement_timeout; EXPLAIN (COSTS OFF) $like", on_error_stop => 0);
unlike($stdout, qr/Index/, 'nothing is pretended afterwards');
is($node->safe_psql('postgres', "SELECT count(*) FROM bingo_tune.advise(\$query\$$like\$query\$); EXPLAIN (COSTS OFF) $like"), "1\nSeq Scan on \"Doc\"\n  Filter: (title ~~ '%abcdef%'::text)", 'nor when it went well');

$node->stop;
done_testing();
