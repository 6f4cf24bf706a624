# A definition that can't be read, or is not found, for a while is not one that is gone: what was built of it stays, and serves
# again afterwards.
#
# Seen red, each by a window that was dropped and made again: the sweep's look by the server's name left out; the same of DDL that drops something.
use strict;
use warnings FATAL => 'all';

use PostgreSQL::Test::Utils;
use Test::More;
use TunedNode;

my $node = start_node('definition', "autovacuum = off\n");

sub sql
{
	my ($statement) = @_;
	return $node->safe_psql('postgres', $statement);
}

sql(<<'SQL');
CREATE EXTENSION bingo_tune CASCADE;
CREATE TABLE author (id int PRIMARY KEY, name text NOT NULL);
CREATE TABLE post (id int PRIMARY KEY, author int NOT NULL);
CREATE INDEX ON post (author);
INSERT INTO author SELECT i, 'n' || i FROM generate_series(1, 100) i;
INSERT INTO post SELECT i, 1 + i % 100 FROM generate_series(1, 1000) i;
SELECT bingo_tune.create_ordering('o', 'SELECT p.id, a.name FROM post p JOIN author a ON a.id = p.author ORDER BY a.name, p.id', 500);
CREATE TABLE other (id int PRIMARY KEY, place int NOT NULL);
INSERT INTO other SELECT i, -i FROM generate_series(1, 100) i;
SELECT bingo_tune.create_ordering('other', 'SELECT id, place FROM other ORDER BY place, id', 50);
SQL

my $windows = q{SELECT string_agg(oid::text, ' ' ORDER BY oid) FROM pg_class WHERE relname ~ '^window_\d+$'};
my $before = sql($windows);
my ($server, $query) = split /\n/, sql(<<'SQL'), 2;
SELECT unnest(ARRAY[quote_ident(srvname), (SELECT quote_literal(option_value) FROM pg_options_to_table(srvoptions) WHERE option_name = 'query')])
FROM pg_foreign_server WHERE srvtype = 'ordering' AND srvoptions @> '{name=o}'
SQL

# Upkeep has ended a round that began after this: it has dropped what looks like a window and belongs to none.
sub sweep
{
	sql('CREATE MATERIALIZED VIEW bingo_tune.orphan AS SELECT 1; ALTER EXTENSION bingo_tune ADD MATERIALIZED VIEW bingo_tune.orphan');
	sql("TRUNCATE other; INSERT INTO other SELECT i, -i FROM generate_series(1, 100) i");
	ok($node->poll_query_until('postgres', "SELECT to_regclass('bingo_tune.orphan') IS NULL"), 'upkeep has swept');
	return;
}

my %options = (query => $query, name => "'o'");
foreach my $what ('upkeep', 'DDL')
{
	my $option = $what eq 'upkeep' ? 'query' : 'name';

	sql("ALTER SERVER $server OPTIONS (DROP $option)");
	$what eq 'upkeep' ? sweep() : sql('SET bingo_tune.upkeep = off; CREATE TABLE anything (id int); DROP TABLE anything');
	sql("ALTER SERVER $server OPTIONS (ADD $option $options{$option})");
	ok($node->poll_query_until('postgres', "SELECT count(*) = 2 AND bool_and(state = 'valid') FROM bingo_tune.orderings"), "$what: both are valid again")
	  or diag(sql('SELECT * FROM bingo_tune.orderings'));
	is(sql($windows), $before, "$what: by the windows that were there");
	is(sql("SELECT missing, extra, differing FROM bingo_tune.verify_ordering('o')"), '0|0|0', "$what: exact");
}

$node->stop;
done_testing();
