# A plan behind that has not been initialised is still there for those who explain a statement when it is over: auto_explain, with
# ANALYZE or without, loaded at the start or by the session, shows the same nodes as EXPLAIN does.
#
# Seen red: auto_explain not looked for.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use TunedNode;

my $SETTINGS = <<'CONF';
autovacuum = off
jit = off
enable_sort = off
bingo_tune.upkeep = off
CONF
my $QUERY = 'SELECT p.id, a.name FROM post p JOIN author a ON a.id = p.author ORDER BY a.name, p.id LIMIT 2';

sub prepare
{
	my ($node) = @_;

	$node->safe_psql('postgres', <<'SQL');
CREATE EXTENSION bingo_tune CASCADE;
CREATE TABLE author (id int PRIMARY KEY, name text NOT NULL);
CREATE TABLE post (id int PRIMARY KEY, author int NOT NULL);
INSERT INTO author SELECT g, 'a' || g FROM generate_series(1, 20) g;
INSERT INTO post SELECT g, 1 + g % 20 FROM generate_series(1, 200) g;
CREATE INDEX ON post (author);
VACUUM ANALYZE;
SELECT bingo_tune.create_ordering('o', 'SELECT p.id, a.name FROM post p JOIN author a ON a.id = p.author ORDER BY a.name, p.id', 50);
SQL
	return;
}

# The nodes in what is explained, from the top.
sub nodes_of
{
	my ($text) = @_;

	return join ', ', $text =~ /"Node Type": "([^"]+)"/g;
}

# What auto_explain says of the query after these commands.
sub explained
{
	my ($node, $commands) = @_;
	my ($code, $said, $stderr) = $node->psql('postgres',
		"$commands SET client_min_messages = log; SET auto_explain.log_format = json; SET auto_explain.log_min_duration = 0; $QUERY");

	return nodes_of($stderr);
}

my $node = start_node('first', $SETTINGS);
prepare($node);
my $nodes = nodes_of($node->safe_psql('postgres', "EXPLAIN (FORMAT json) $QUERY"));
like($nodes, qr/^Limit, Custom Scan, Sort, .*Scan/, 'EXPLAIN: the plan behind');
is(explained($node, q{LOAD 'auto_explain';}), $nodes, 'auto_explain, loaded by the session');
is(explained($node, q{LOAD 'auto_explain'; SET auto_explain.log_analyze = on;}), $nodes, 'with ANALYZE');
$node->append_conf('postgresql.conf', "shared_preload_libraries = 'pg_stat_statements,bingo_tune,auto_explain'");
$node->restart;
is(explained($node, ''), $nodes, 'loaded at the start');
$node->append_conf('postgresql.conf', "shared_preload_libraries = 'auto_explain,pg_stat_statements,bingo_tune'");
$node->restart;
is(explained($node, ''), $nodes, 'before us');
$node->stop;
done_testing();
