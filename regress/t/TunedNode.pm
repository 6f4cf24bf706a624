# A server with the library loaded, for the tests that need nothing else of it.
package TunedNode;

use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use Exporter 'import';

our @EXPORT = qw(start_node);

# Its settings are lines of postgresql.conf; options are those of init().
sub start_node
{
	my ($name, $settings, %options) = @_;
	my $node = PostgreSQL::Test::Cluster->new($name);

	$node->init(%options);
	$node->append_conf('postgresql.conf', "shared_preload_libraries = 'pg_stat_statements,bingo_tune'\n$settings");
	$node->start;
	return $node;
}

1;
