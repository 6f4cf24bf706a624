# advise() keeps its word, whatever is asked of whatever tables: random schemas and statements (AdviseRandom.pm).  Every piece of
# advice is really built; then the planner takes each index, ordering and counter for the statement that it is said to serve, and
# no statement's estimated cost is more than before.  By statement (advise('...'), with parameters by its generic plan), and
# for all statements of a schema that ran: of those that a piece serves one takes it, at least, since two indexes may be as good.
#
# BINGO_ADVISE_SEED=N begins with another number (the seed of each schema is said), BINGO_ADVISE_SCHEMAS=N makes so many.
#
# What has no statistics gets advice that a note takes back ("type ANALYZE ... and ask again"): there only errors count.
#
# Seen red with: indexes left that no plan takes (all that were tried taken for used, and none looked at again in the end).
use strict;
use warnings FATAL => 'all';

use AdviseRandom;
use PostgreSQL::Test::Utils;
use Test::More;
use TunedNode;

my $first = $ENV{BINGO_ADVISE_SEED} // 1;
my $schemas = $ENV{BINGO_ADVISE_SCHEMAS} // 4;
my $statements = 12;
my $node = start_node('main', "fsync = off\njit = off\nautovacuum = off\nmax_parallel_workers_per_gather = 0\n");
need_hypopg();
need_extension('pg_trgm', 'contrib');

$node->safe_psql('postgres', <<'SQL');
SET client_min_messages = warning;
CREATE SCHEMA tools;
CREATE EXTENSION pg_stat_statements SCHEMA tools;
CREATE EXTENSION bingo_tune;
CREATE EXTENSION hypopg SCHEMA tools;
CREATE EXTENSION pg_trgm SCHEMA tools;
CREATE SCHEMA judge;
CREATE TABLE judge.there (oid oid);
CREATE TABLE judge.made (command text, name name);

-- Of a statement with so many parameters its generic plan.
CREATE FUNCTION judge.plan(query text, parameters integer) RETURNS json LANGUAGE plpgsql AS $$
DECLARE
	plan json;
BEGIN
	IF parameters = 0 THEN
		EXECUTE 'EXPLAIN (FORMAT JSON, VERBOSE) ' || query INTO plan;
	ELSE
		EXECUTE 'PREPARE judged AS ' || query;
		EXECUTE 'EXPLAIN (FORMAT JSON, VERBOSE) EXECUTE judged(' || array_to_string(array_fill('77'::text, ARRAY[parameters]), ', ') || ')' INTO plan;
		DEALLOCATE judged;
	END IF;
	RETURN plan;
END $$;
CREATE FUNCTION judge.cost(plan json) RETURNS float8 LANGUAGE sql AS $$SELECT (plan -> 0 -> 'Plan' ->> 'Total Cost')::float8$$;

-- Does the plan take what the command has made?  An index by its definition, or one of its parts.
CREATE FUNCTION judge.takes(plan json, command text) RETURNS boolean LANGUAGE sql AS $$
	SELECT CASE WHEN command ~ 'create_(ordering|counter)' THEN
		plan::text ~ ('"(Ordering|Counter)": "[^"]*\y' || substring(command FROM $r$create_(?:ordering|counter)\('([^']+)'$r$))
	ELSE EXISTS (SELECT FROM judge.made AS m WHERE m.command = $2 AND strpos(plan::text, '"Index Name": ' || to_json(m.name)::text) > 0) END $$;

-- Indexes that were there, what a command has made, and all of it gone.
CREATE FUNCTION judge.note_indexes() RETURNS void LANGUAGE sql AS $$
	TRUNCATE judge.there;
	INSERT INTO judge.there SELECT indexrelid FROM pg_index $$;
CREATE FUNCTION judge.note_made(command text) RETURNS void LANGUAGE sql AS $$
	INSERT INTO judge.made SELECT command, c.relname FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid
		WHERE c.relnamespace = 'public'::regnamespace AND indexrelid NOT IN (SELECT oid FROM judge.there) AND command LIKE 'CREATE%';
	SELECT judge.note_indexes() $$;
CREATE FUNCTION judge.undo(commands text[], had oid[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	i regclass;
BEGIN
	PERFORM bingo_tune.drop_ordering(n) FROM unnest(commands) AS c, substring(c FROM $r$create_ordering\('([^']+)'$r$) AS n WHERE n IS NOT NULL;
	PERFORM bingo_tune.drop_counter(n) FROM unnest(commands) AS c, substring(c FROM $r$create_counter\('([^']+)'$r$) AS n WHERE n IS NOT NULL;
	LOOP
		SELECT indexrelid INTO i FROM pg_index AS x JOIN pg_class AS c ON c.oid = x.indexrelid
			WHERE c.relnamespace = 'public'::regnamespace AND indexrelid <> ALL (had) AND NOT EXISTS (SELECT FROM pg_inherits WHERE inhrelid = indexrelid) LIMIT 1;
		EXIT WHEN NOT FOUND;
		EXECUTE format('DROP INDEX %s', i);
	END LOOP;
	TRUNCATE judge.made;
END $$;
SQL

# Runs psql, and says what it was that failed.
sub judge
{
	my ($what, $sql) = @_;
	my ($status, $stdout, $stderr) = $node->psql('postgres', "SET client_min_messages = warning;\n$sql", on_error_stop => 1);
	if ($status != 0)
	{
		fail($what);
		diag($stderr);
		return;
	}
	return split /\n/, $stdout;
}

my $build = <<'SQL';
SELECT array_agg(indexrelid) AS had FROM pg_index \gset
SELECT judge.note_indexes();
SELECT format('%s', command), format('SELECT judge.note_made(%L)', command) FROM advice WHERE kind IN ('index', 'ordering', 'counter') ORDER BY rank
\gexec
SQL
my $undo = <<'SQL';
SELECT judge.undo(ARRAY(SELECT command FROM advice WHERE command IS NOT NULL), :'had');
SQL

# What is wrong with the advice on one statement: lines.
sub judge_one
{
	my ($query, $parameters) = @_;
	return judge("advise() and its commands: $query", <<"SQL");
CREATE TEMP TABLE advice AS SELECT * FROM bingo_tune.advise(\$query\$$query\$query\$);
SET plan_cache_mode = force_generic_plan;
CREATE TEMP TABLE before AS SELECT judge.cost(judge.plan(\$query\$$query\$query\$, $parameters)) AS cost;
\\o /dev/null
$build
\\o
CREATE TEMP TABLE after AS SELECT judge.plan(\$query\$$query\$query\$, $parameters) AS plan;
SELECT 'not used: ' || command FROM advice, after WHERE kind IN ('index', 'ordering', 'counter') AND NOT judge.takes(plan, command) AND coalesce(note, '') !~ 'unique for ordering';
SELECT format('more expensive: %s, then %s', before.cost, judge.cost(plan)) FROM before, after WHERE judge.cost(plan) > 1.01 * before.cost;
SELECT format('  figures: %s %s foretold %s, is %s; of %s', kind, command, cost_after, judge.cost(plan), cost_before) FROM advice, after WHERE kind IN ('index', 'ordering', 'counter');
\\o /dev/null
$undo
SQL
}

# The same of all that ran, twice: of each statement, by the values that it had.
sub judge_all
{
	my ($seed, @asked) = @_;
	my $values = join(', ', map { "(\$query\$$_->[0]\$query\$, $_->[1])" } @asked);
	my @runs = map { $_->[1] ? ("PREPARE q AS $_->[0]", 'EXECUTE q(' . join(', ', (77) x $_->[1]) . ')', 'DEALLOCATE q') : $_->[0] } @asked;
	return judge("seed $seed: advise() and its commands, for all", <<"SQL");
\\o /dev/null
SELECT bingo_tune.reset_timing();
@{[ join(";\n", map { /^(?:UPDATE|DELETE)/ ? ('BEGIN', $_, 'ROLLBACK') : $_ } @runs, @runs) ]};
SET bingo_tune.track = none;
CREATE TEMP TABLE advice AS SELECT * FROM bingo_tune.advise(min_share => 0, max_rows => 1000);
CREATE TEMP TABLE asked AS SELECT a.*, judge.cost(judge.plan(query, parameters)) AS cost FROM (VALUES $values) AS a (query, parameters);
$build
\\o
ALTER TABLE asked ADD plan json;
UPDATE asked SET plan = judge.plan(query, parameters);
CREATE TEMP TABLE promised AS SELECT advice.rank, advice.command, query, judge.takes(plan, command) AS taken
	FROM advice, unnest(serves) AS served JOIN bingo_tune.query_examples AS e ON e.queryid = served AND e.kind = 'slowest'
	JOIN asked ON btrim(e.statement, E';\\n ') IN (query, 'PREPARE q AS ' || query)
	WHERE advice.kind IN ('index', 'ordering', 'counter') AND coalesce(note, '') !~ 'unique for ordering';
SELECT format('not used: %s, by any of %s', command, array_agg(query)) FROM promised GROUP BY rank, command HAVING NOT bool_or(taken);
SELECT format('  promised %s times, taken %s times', count(*), count(*) FILTER (WHERE taken)) FROM promised;
SELECT format('more expensive: %s, then %s: %s', cost, judge.cost(plan), query) FROM asked WHERE judge.cost(plan) > 1.01 * cost;
SELECT format('  made: %s %s for %s', advice.kind, command, array_length(serves, 1)) FROM advice WHERE advice.kind IN ('index', 'ordering', 'counter');
\\o /dev/null
$undo
SQL
}

for my $seed ($first .. $first + $schemas - 1)
{
	random_seed($seed);
	my $schema = random_schema();
	my @statements = map { [ random_statement($schema) ] } 1 .. $statements;
	$node->safe_psql('postgres', join(";\n", 'SET client_min_messages = warning', 'DROP SCHEMA IF EXISTS public CASCADE', 'CREATE SCHEMA public',
		q{CREATE TYPE mood AS ENUM ('sad', 'ok', 'glad')}));
	$node->safe_psql('postgres', join(";\n", @{ $schema->{sql} }));
	foreach my $statement (@statements)
	{
		my @found = judge_one(@$statement);
		is(join("\n", grep { $schema->{known} && !/^  / } @found), '', "seed $seed: $statement->[0]");
		note($_) foreach @found;
	}
	my @found = judge_all($seed, @statements);
	is(join("\n", grep { $schema->{known} && !/^  / } @found), '', "seed $seed: all of it");
	note($_) foreach @found;
}

$node->stop;
done_testing();
