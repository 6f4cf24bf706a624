# A server with the library loaded, for the tests that need nothing else of it.
package TunedNode;

use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Exporter 'import';
use Test::More;

our @EXPORT = qw(start_node need_hypopg);

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

# advise() needs it: without its package there is nothing to test.
sub need_hypopg
{
	my ($shared) = run_command([ 'pg_config', '--sharedir' ]);

	plan skip_all => 'the extension hypopg is not installed (postgresql-NN-hypopg)' if !-e "$shared/extension/hypopg.control";
	return;
}

1;
