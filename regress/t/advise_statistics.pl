# advise(): what the planner knows nothing of, expressions without statistics: looked at in a sample, with whose rights, and given by
# ANALYZE or CREATE STATISTICS where a plan would be another one without.
#
# Seen red with: statistics not shown to the planner; no word of who is misled; a partial index's taken for some; those of partitioned tables advised;
# no ANALYZE behind what is made, or at another rank alone; an index left out for it where there is room for one row; a name twice; what is
# known looked at again; an index in the list whose statistics alone are wanted, but which a scan could use; statistics left by revert() and by DROP
# EXTENSION, and made by two at once; those of CREATE STATISTICS that were not looked at since made once more; an index's expression compared in another
# search_path.
use strict;
use warnings FATAL => 'all';

use PostgreSQL::Test::Utils;
use Test::More;
use TunedNode;

my $node = start_node('main', "fsync = off\njit = off\nautovacuum = off\nmax_parallel_workers_per_gather = 0\n");
need_hypopg();

$node->safe_psql('postgres', <<'SQL');
SET client_min_messages = warning;
CREATE EXTENSION bingo_tune CASCADE;
CREATE EXTENSION hypopg;
CREATE TABLE tag (id integer PRIMARY KEY, name text NOT NULL);
INSERT INTO tag SELECT i, CASE WHEN i % 4 = 0 THEN 'Rare' || i ELSE 'Common' END FROM generate_series(1, 200) AS i;
CREATE TABLE item (id integer PRIMARY KEY, tag integer NOT NULL, at integer NOT NULL, x integer NOT NULL, rest text NOT NULL);
INSERT INTO item SELECT i, 1 + i * 7 % 200, i * 7919 % 100003, i % 1000, repeat('x', 50) FROM generate_series(1, 100000) AS i;
CREATE INDEX ON item (at);
CREATE INDEX ON item (tag);
CREATE TABLE part (id integer PRIMARY KEY, name text NOT NULL) PARTITION BY RANGE (id);
CREATE TABLE part_1 PARTITION OF part FOR VALUES FROM (0) TO (100);
CREATE TABLE part_2 (name text NOT NULL, id integer PRIMARY KEY);
ALTER TABLE part ATTACH PARTITION part_2 FOR VALUES FROM (100) TO (1000);
INSERT INTO part SELECT id, name FROM tag;
CREATE TABLE secret (id integer PRIMARY KEY, name text NOT NULL, owner text NOT NULL);
INSERT INTO secret SELECT id, name, CASE WHEN id < 100 THEN 'tenant' ELSE 'other' END FROM tag;
ALTER TABLE secret ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON secret USING (owner = current_user);
CREATE TABLE wide (id integer PRIMARY KEY, body text NOT NULL);
ALTER TABLE wide ALTER body SET STORAGE EXTERNAL;
INSERT INTO wide SELECT i, repeat(md5(i::text), 1000) FROM generate_series(1, 2000) AS i;
CREATE ROLE tenant LOGIN;
GRANT SELECT ON item, secret TO tenant;
VACUUM ANALYZE;
SQL

sub sql
{
	return $node->safe_psql('postgres', "SET client_min_messages = warning; $_[0]");
}

sub advice
{
	my ($query, $columns) = @_;
	$columns //= 'kind, command';
	return $node->safe_psql('postgres', "SELECT $columns FROM bingo_tune.advise(\$query\$$query\$query\$) WHERE kind <> 'nothing' ORDER BY rank");
}

# The planner's cost, with what it knows.
sub cost
{
	my ($plan) = split /\n/, $node->safe_psql('postgres', "EXPLAIN $_[0]");
	return $plan =~ /\.\.([\d.]+) / ? $1 : undef;
}

# Three of four tags have the value: whoever takes the guess for one of two hundred sorts, or filters all rows by it.
my $page = q{SELECT i.id FROM item i JOIN tag t ON t.id = i.tag WHERE lower(t.name) = 'common' ORDER BY i.at DESC LIMIT 10};
my ($known) = split /\n/, $node->safe_psql('postgres', "SELECT cost_before FROM bingo_tune.advise(\$\$$page\$\$)");
cmp_ok(cost($page), '>', 10 * $known, 'the guess is far off');
is(advice($page), "statistics|CREATE STATISTICS public.tag_expr_stat ON (lower(name)) FROM public.tag\nanalyze|ANALYZE public.tag", 'statistics, where an index does not help');
is(advice($page, 'reason, gain IS NULL, expected_ms IS NULL, size IS NULL'),
	"the planner guesses how many rows lower(name) finds, and takes another plan than if it knew|t|t|t\n"
	  . 'finds out what the planner would guess: how many rows have which value of lower(name)|t|t|t', 'and why');
is(sql("SELECT table_name, index_name, action, serves FROM bingo_tune.apply_advice(1, \$\$$page\$\$)"),
	"tag||created|statistics public.tag_expr_stat\ntag||analyzed|finds out what the planner would guess: how many rows have which value of lower(name)", 'applied with their ANALYZE');
cmp_ok(abs(cost($page) - $known), '<=', 0.01, 'what advise() reckoned with was the truth');
is(advice($page), '', 'nothing is lacking then');
is(sql('SELECT * FROM bingo_tune.revert()'), 'tag|statistics public.tag_expr_stat', 'revert()');
is(sql('SELECT count(*) FROM pg_statistic_ext'), '0', 'they are gone');
is(sql('SELECT count(*) FROM bingo_tune.revert()'), '0', 'which is all');

# A name that is taken; both of two expressions.
sql('CREATE STATISTICS tag_expr_stat ON id, name FROM tag');
like(advice($page), qr/^statistics\|CREATE STATISTICS public\.tag_expr_stat1 ON /, 'another name');
sql('DROP STATISTICS tag_expr_stat');

# Of what ran, each statement's own;
# and one that reads no column of such a table.
$node->safe_psql('postgres', "SELECT bingo_tune.reset_timing(); $page; $page; SELECT x FROM item WHERE id = 5; SELECT count(*) FROM tag");
is($node->safe_psql('postgres', 'SELECT kind, array_length(serves, 1) FROM bingo_tune.advise(min_share => 0) ORDER BY rank'), "statistics|1\nanalyze|1\nnothing|1\nnothing|1", 'of what ran');

# An index has them once the table is ANALYZEd: one that is proposed, and one that is there.
my $one = q{SELECT * FROM item WHERE (at + x) = 77};
is(advice($one), "index|CREATE INDEX CONCURRENTLY ON public.item USING btree (((at + x)))\nanalyze|ANALYZE public.item", 'an index on an expression');
is($node->safe_psql('postgres', "SELECT kind FROM bingo_tune.advise(\$\$$one\$\$, max_rows => 1)"), 'index', 'the index is first');
is($node->safe_psql('postgres', "SELECT bingo_tune.advise_commands(\$\$$one\$\$)"), "CREATE INDEX CONCURRENTLY ON public.item USING btree (((at + x)))\nANALYZE public.item", 'commands');
is(sql("SELECT action FROM bingo_tune.apply_advice(1, \$\$$one\$\$)"), "created\nanalyzed", 'applied together');
is(sql(q{SELECT count(*) FROM pg_stats WHERE tablename = 'item_bingo'}), '1', 'the statistics are there');
sql('SELECT bingo_tune.revert(); CREATE INDEX lowered ON tag (lower(name))');
is(advice($page), 'analyze|ANALYZE public.tag', 'an index that was not looked at since');
sql('ANALYZE tag');
is(advice($page), '', 'one that was');
cmp_ok(abs(cost($page) - $known), '<=', 0.01, 'with the same plan');
sql('DROP INDEX lowered');
sql('CREATE STATISTICS lowered ON id, (lower(name)) FROM tag');
is(advice($page), 'analyze|ANALYZE public.tag', 'statistics that were not looked at since');
sql('ANALYZE tag');
is(advice($page), '', 'those that were');
sql('DROP STATISTICS lowered');
sql(q{CREATE INDEX lowered ON tag (lower(name)) WHERE id > 0; ANALYZE tag});
like(advice($page), qr/^statistics\|/, "a partial one's the planner does not use");
sql('DROP INDEX lowered');

# A name that needs its schema elsewhere does not need it in its own index.
sql('CREATE FUNCTION low(text) RETURNS text IMMUTABLE LANGUAGE plpgsql AS $$ BEGIN RETURN lower($1); END $$');
(my $own_function = $page) =~ s/lower/low/;
like(advice($own_function), qr/^statistics\|CREATE STATISTICS public.tag_expr_stat ON \(public.low\(name\)\) FROM public.tag\n/, 'a function of a user');
sql('CREATE INDEX low ON tag (low(name))');
is(advice($own_function), 'analyze|ANALYZE public.tag', 'and an index on it');
sql('DROP INDEX low');

# What is known is not looked at again.
sql(q{CREATE SEQUENCE looks; CREATE FUNCTION seen(text) RETURNS text IMMUTABLE LANGUAGE plpgsql AS $$ BEGIN PERFORM nextval('public.looks'); RETURN $1; END $$});

sub looked
{
	return sql(q{SELECT setval('looks', 1, false)} . q{; SELECT bingo_tune.advise('SELECT * FROM tag WHERE seen(name) = $1'); SELECT is_called FROM looks}) =~ /t$/;
}

ok(looked(), 'looked at');
sql('CREATE STATISTICS seen ON (seen(name)) FROM tag; ANALYZE tag');
ok(!looked(), 'not where CREATE STATISTICS has it');
sql('DROP STATISTICS seen; CREATE INDEX seen ON tag (seen(name)); ANALYZE tag');
ok(!looked(), 'nor where an index has');
sql('DROP INDEX seen');

# Partitions: seen at each, nothing to be made for all.
(my $parted = $page) =~ s/JOIN tag/JOIN part/;
is(advice($parted), '', 'no statistics of a partitioned table');
is(advice(q{SELECT * FROM part WHERE lower(name) = 'rare4'}, 'kind'), '', 'a small one');
sql('CREATE INDEX lowered ON part (lower(name))');
is(advice($parted), 'analyze|ANALYZE public.part', 'but of its index');
sql('ANALYZE part');
is(advice($parted), '', 'which has them then');

# An expression that fails for a row is none to be looked at, and no error; nor is one whose values are large.
is(advice('SELECT * FROM item WHERE 7 / (x - 5) = 3 AND id = 4', 'kind'), '', 'an expression that fails');
is(advice(q{SELECT id FROM wide WHERE upper(body) = 'x'}, 'kind'), "index\nanalyze", 'large values');

# As whom: rows that the role does not see count for nothing, and what it may not read is not looked at.
$node->safe_psql('postgres', 'SELECT bingo_tune.reset_timing()');
(my $own = $page) =~ s/JOIN tag/JOIN secret/;
is($node->safe_psql('postgres', "SELECT kind, command FROM bingo_tune.advise(\$\$$own\$\$) WHERE kind <> 'nothing'", extra_params => [ '-U', 'tenant' ]),
	"statistics|CREATE STATISTICS public.secret_expr_stat ON (lower(name)) FROM public.secret\nanalyze|ANALYZE public.secret", 'a policy');
like(($node->psql('postgres', "SELECT bingo_tune.apply_advice(1, \$\$$own\$\$)", extra_params => [ '-U', 'tenant' ]))[2], qr/must be owner of table public\.secret/, "who may not make it");
like(($node->psql('postgres', "SELECT bingo_tune.advise(\$\$$page\$\$)", extra_params => [ '-U', 'tenant' ]))[2], qr/permission denied for table tag/, 'who may not read it');

# Nothing stays in the session: plans of others are what they are; and a call that is cut short leaves nothing, either.
is($node->safe_psql('postgres', "CREATE TEMP TABLE plans (line text, n integer); DO \$do\$ DECLARE l text; n integer; BEGIN FOR n IN 1 .. 2 LOOP
	FOR l IN EXECUTE \$q\$EXPLAIN $page\$q\$ LOOP INSERT INTO plans VALUES (l, n); END LOOP; PERFORM bingo_tune.advise(\$q\$$page\$q\$); END LOOP; END \$do\$;
	SELECT count(*) FROM (SELECT line FROM plans WHERE n = 1 EXCEPT SELECT line FROM plans WHERE n = 2) d"), '0', 'the planner guesses as before');
my (undef, undef, $cancelled) = $node->psql('postgres', "CREATE FUNCTION slow(text) RETURNS text IMMUTABLE LANGUAGE plpgsql AS \$f\$ BEGIN PERFORM pg_cancel_backend(pg_backend_pid()); RETURN \$1; END \$f\$;
	SELECT bingo_tune.advise(\$q\$SELECT * FROM tag WHERE slow(name) = 'x'\$q\$)");
like($cancelled, qr/canceling statement due to user request/, 'a cancel ends the call');

# Two at once: the second waits, and finds it.
my $first = $node->background_psql('postgres');
$first->query_safe("BEGIN; SELECT * FROM bingo_tune.apply_advice(0, \$\$$page\$\$)");
my $second = $node->background_psql('postgres');
$second->query_until(qr/start/, "\\echo start\nSELECT action FROM bingo_tune.apply_advice(0, \$\$$page\$\$);\n");
$node->poll_query_until('postgres', q{SELECT count(*) = 1 FROM pg_locks WHERE NOT granted AND mode = 'ShareRowExclusiveLock'});
$first->query_safe('COMMIT');
$first->quit;
is($second->query_safe('SELECT 1'), "found\nanalyzed\n1", 'the second finds it');
$second->quit;
sql('SELECT bingo_tune.revert()');

# DROP EXTENSION drops what was made.
sql("SELECT bingo_tune.apply_advice(0, \$\$$page\$\$)");
is(sql('SELECT count(*) FROM pg_statistic_ext'), '1', 'made again');
$node->safe_psql('postgres', 'DROP EXTENSION bingo_tune');
is(sql('SELECT count(*) FROM pg_statistic_ext'), '0', 'DROP EXTENSION');

$node->stop;
done_testing();
