# What explain_ordering() says of the list pages in bench/shapes, without any ordering: the command that it gives works, and
# then the query's plan reads the window that it made, or the index, and gives rows of it.  The orderings of these
# files' authors are not made.
#
# Seen red with: an ordering proposed whatever the planner would do with it; an index whose NULLs stand at the other end.
use strict;
use warnings;

use FindBin;
use PostgreSQL::Test::Utils;
use Test::More;
use TunedNode;

my $rows = 5000;
my $folder = "$FindBin::RealBin/../../bench/shapes";
my $node = start_node('main', "fsync = off\njit = off\nautovacuum = off\nmax_parallel_workers_per_gather = 0\nbingo_tune.upkeep = off\nclient_min_messages = warning\n");

$node->safe_psql('postgres', <<'SQL');
CREATE EXTENSION bingo_tune CASCADE;
CREATE TABLE said (shape text, ordering text, reason text, command text, used text);

-- How the query is executed now: from a window, from an index that was not there before, or otherwise.
CREATE FUNCTION used(query text, types text, args text, before oid) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	plan jsonb;
	answer text;
BEGIN
	IF types IS NOT NULL THEN
		EXECUTE format('PREPARE page %s AS %s', types, query);
		query := 'EXECUTE page ' || args;
	END IF;
	EXECUTE 'EXPLAIN (ANALYZE, TIMING off, FORMAT json) ' || query INTO plan;
	IF types IS NOT NULL THEN
		DEALLOCATE page;
	END IF;
	SELECT coalesce(string_agg(CASE WHEN (scan ->> 'Rows from Window')::int = 0 AND scan ? 'Plan Behind Used' THEN scan ->> 'Plan Behind Used' ELSE 'window' END, ', '), '') INTO answer
		FROM jsonb_path_query(plan, 'strict $.** ? (@."Custom Plan Provider" == "BingoOrderedScan")') scan;
	RETURN answer || coalesce((SELECT 'index' FROM pg_class JOIN jsonb_path_query(plan, 'strict $.**."Index Name"') name ON relname = name #>> '{}' WHERE oid > before LIMIT 1), '');
END
$$;
SQL

sub quoted
{
	my ($text) = @_;
	return defined $text ? "\$shape\$$text\$shape\$" : 'NULL';
}

# [name, vain, settings, types, arguments, query] of each
sub shapes
{
	my ($text) = @_;
	my @shapes;

	foreach my $shape (split /^-- shape: /m, $text)
	{
		my ($name, $query) = split /\n/, $shape, 2;
		my ($types, $args) = $query =~ /^-- prepare: (\(.*?\)) AS (.*)$/m;
		my ($set) = $query =~ /^-- set: (.*)$/m;
		my $vain = $query =~ /^-- vain$/m;

		$query =~ s/^--.*\n//mg;
		$query =~ s/;\s*$//;
		push @shapes, [ $name, $vain, $set, $types, $args, $query ];
	}
	return @shapes;
}

my $all = 0;
foreach my $file (glob("$folder/*.sql"))
{
	my ($schema) = $file =~ m{(\w+)\.sql$};
	next if $schema eq 'measure';
	my $text = slurp_file($file);
	$text =~ s/:n\b/$rows/g;
	$text =~ s{:window\b}{$rows / 10}ge;
	my ($tables, $pages) = split /(?=^-- shape: )/m, $text, 2;
	$tables =~ s/^SELECT bingo_tune\.create_ordering.*?;\n//msg;

	my $script = "CREATE SCHEMA $schema; SET search_path = $schema, public; SELECT setseed(0.5);\n$tables\nVACUUM ANALYZE;\n";
	foreach my $shape (shapes($pages =~ s/^-- shape: //r))
	{
		my ($name, $vain, $set, $types, $args, $query) = @$shape;
		my $key = quoted(($vain ? 'vain ' : '') . "$schema: $name");

		$all += !$vain;
		$script .= "SET $set;\n" if $set;
		$script .= "INSERT INTO said SELECT $key, ordering, reason, command FROM bingo_tune.explain_ordering(" . quoted($query) . ");\n" .
		  "SELECT max(oid) AS before FROM pg_class \\gset\n" .
		  "SELECT command FROM said WHERE shape = $key AND command IS NOT NULL \\gexec\n" .
		  "UPDATE said SET used = used(" . join(', ', map { quoted($_) } $query, $types, $args) . ", :before) WHERE shape = $key AND command IS NOT NULL;\n" .
		  "SELECT bingo_tune.drop_ordering(name) FROM bingo_tune.orderings;\n" .
		  "SELECT format('DROP INDEX %s', oid::regclass) FROM pg_class WHERE oid > :before AND relkind = 'i' AND relnamespace = '$schema'::regnamespace \\gexec\n";
		$script .= "RESET plan_cache_mode; RESET max_parallel_workers_per_gather;\n" if $set;
	}
	$node->safe_psql('postgres', $script);
}

my $said = sub { return $node->safe_psql('postgres', "SELECT $_[0]") };
is($said->('count(DISTINCT shape) = count(*), bool_and(ordering IS NULL) FROM said'), 't|t', 'one row for each, as there is no ordering');
is($said->("count(*) FROM said WHERE command IS NULL AND reason !~ '(wants [0-9]+ rows|cheaper|higher than|gives its order already|GROUP BY|ORDER BY and LIMIT|window function|not supported|not among the window)'"), '0', 'a reason where there is no command')
  or diag($said->("string_agg(format('%s: %s', shape, reason), E'\\n') FROM said WHERE command IS NULL"));
is($said->("string_agg(format('%s: %s, %s', shape, command, used), E'\\n') FROM said WHERE command LIKE 'SELECT bingo_tune.create_ordering(%' AND used !~ 'window' AND shape !~ '^vain'"), '', 'the ordering that is proposed serves');
is($said->("string_agg(format('%s: %s, %s', shape, command, used), E'\\n') FROM said WHERE command NOT LIKE 'SELECT bingo_tune.create_ordering(%' AND used !~ 'index'"), '', 'the index that is proposed is used');
cmp_ok($said->("count(*) FROM said WHERE command IS NOT NULL AND shape !~ '^vain'"), '>=', 0.75 * $all, 'something is proposed for most');
note($said->("count(*), count(command), count(*) FILTER (WHERE used ~ 'index') FROM said"));

done_testing();
