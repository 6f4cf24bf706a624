# A server with the library loaded, for the tests that need nothing else of it.
package TunedNode;

use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Exporter 'import';
use Test::More;

our @EXPORT = qw(start_node need_extension need_hypopg);

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

# Without its package there is nothing to test; advise() needs hypopg.
sub need_extension
{
	my ($name, $package) = @_;
	my ($shared) = run_command([ 'pg_config', '--sharedir' ]);

	plan skip_all => "the extension $name is not installed (postgresql-NN-$package)" if !-e "$shared/extension/$name.control";
	return;
}

sub need_hypopg
{
	need_extension('hypopg', 'hypopg');
	return;
}

1;
