# A server with the library loaded, for the tests that need nothing else of it.
package TunedNode;

use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Exporter 'import';
use Test::More;

our @EXPORT = qw(start_node need_extension need_hypopg write_more_than_gained);

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

# Updates rows of a table, each of which costs so many milliseconds, until that is far more than all SELECTs have taken: how
# long these take on this machine does not matter then.
sub write_more_than_gained
{
	my ($node, $table, $row_ms, $update) = @_;
	my $taken = q{SELECT coalesce(sum(total), 0) FROM bingo_tune.query_timing WHERE action LIKE 'SELECT%'};

	foreach (1 .. 500)
	{
		$node->safe_psql('postgres', "SET bingo_tune.track = none; $update; VACUUM ANALYZE");
		last if $node->safe_psql('postgres', "SET bingo_tune.track = none; SELECT $row_ms * n_tup_upd > 3 * ($taken) FROM pg_stat_user_tables WHERE relname = '$table'") eq 't';
	}
	return;
}

1;
