# What an ordering has served is counted for 256 of them at once in the whole server; those of a dropped database make room.
#
# Seen red: slots that a dropped database keeps.
use strict;
use warnings FATAL => 'all';

use Test::More;
use TunedNode;

my $SLOTS = 256;
my $EACH = 16;		# orderings of a database
my $page = 'SELECT id FROM film ORDER BY title, id LIMIT 5';
my $node = start_node('statistics', "autovacuum = off\nfsync = off\nbingo_tune.upkeep = off\n");

$node->safe_psql('postgres', 'CREATE DATABASE base');
$node->safe_psql('base', <<"SQL");
CREATE EXTENSION bingo_tune CASCADE;
CREATE TABLE film (id int PRIMARY KEY, title text NOT NULL);
INSERT INTO film SELECT i, 'F' || i FROM generate_series(1, 500) i;
ANALYZE film;
SELECT bingo_tune.create_ordering('o' || i, 'SELECT title, id FROM film ORDER BY title, id', 50 + i) FROM generate_series(1, $EACH) i;
SQL

# Each ordering's changes are counted: of how many of a new database's are they known, and then it is dropped.
sub counted
{
	my ($name) = @_;
	my $count;

	$node->safe_psql('postgres', "CREATE DATABASE $name TEMPLATE base");
	$node->safe_psql($name, "INSERT INTO film VALUES (0, 'A')");
	$count = $node->safe_psql($name, 'SELECT count(changes) FROM bingo_tune.orderings');
	$node->safe_psql('postgres', "DROP DATABASE $name");
	return $count;
}

is(counted("db$_"), $EACH, "database $_") foreach 1 .. $SLOTS / $EACH + 2;

$node->stop;
done_testing();
