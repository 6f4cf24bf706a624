# Two-phase commit of changes that leave an ordering invalid: whoever prepares them,
# and whoever commits them, it is valid again by itself.
#
# Seen red: release 1.0: PREPARE TRANSACTION forgets that upkeep is wanted, and the
# ordering stays invalid for good.
use strict;
use warnings FATAL => 'all';

use CatalogData;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = start_catalog_node('prepared', '');
create_base($node);

# So many rows of the window change that it is not kept up, but filled again.
my $dimension = 'UPDATE d SET r = 51 - r, p = p || r';
my $driving = 'UPDATE f SET n = n + 1';

sub valid_again
{
	my ($what) = @_;

	local $Test::Builder::Level = $Test::Builder::Level + 1;
	ok($node->poll_query_until('postgres', "SELECT state = 'valid' FROM bingo_tune.orderings"), "$what: valid again")
	  or diag($node->safe_psql('postgres', 'SELECT state, reason, invalidations FROM bingo_tune.orderings'));
	exact($node, "$what, valid again");
	return;
}

foreach my $change ($dimension, $driving)
{
	$node->safe_psql('postgres', "BEGIN; $change; PREPARE TRANSACTION 'one'; COMMIT PREPARED 'one';");
	exact($node, "$change, committed by who prepared it");
	valid_again("$change, committed by who prepared it");

	$node->safe_psql('postgres', "BEGIN; $change; PREPARE TRANSACTION 'two'");
	exact($node, "$change, prepared");
	$node->safe_psql('postgres', "COMMIT PREPARED 'two'");
	exact($node, "$change, committed by another session");
	valid_again("$change, committed by another session");

	$node->safe_psql('postgres', "BEGIN; $change; PREPARE TRANSACTION 'three'");
	$node->restart;
	exact($node, "$change, prepared before a restart");
	$node->safe_psql('postgres', "COMMIT PREPARED 'three'");
	exact($node, "$change, committed after a restart");
	valid_again("$change, committed after a restart");

	$node->safe_psql('postgres', "BEGIN; $change; PREPARE TRANSACTION 'four'; ROLLBACK PREPARED 'four'");
	valid_again("$change, rolled back");
}

# What no row trigger sees.
foreach my $change ('TRUNCATE f', 'INSERT INTO f SELECT i, 1 + i % 50, i FROM generate_series(1, 400) i',
	'ALTER TABLE d ALTER COLUMN r TYPE int USING 51 - r', 'DROP INDEX f_d_idx; CREATE INDEX f_d_idx ON f (d)')
{
	$node->safe_psql('postgres', "BEGIN; $change; PREPARE TRANSACTION 'four'");
	$node->safe_psql('postgres', "COMMIT PREPARED 'four'");
	exact($node, "$change, committed by another session");
	valid_again("$change, committed by another session");
}

# The library in the sessions of one database only, and not in the one that commits.
$node->append_conf('postgresql.conf', "shared_preload_libraries = 'pg_stat_statements'");
$node->safe_psql('postgres', 'ALTER DATABASE postgres SET session_preload_libraries = bingo_tune');
$node->restart;
foreach my $change ($dimension, $driving)
{
	$node->safe_psql('postgres', "BEGIN; $change; PREPARE TRANSACTION 'five'");
	{
		local $ENV{PGOPTIONS} = '-c session_preload_libraries=';
		is($node->safe_psql('postgres', "COMMIT PREPARED 'five'; SELECT count(*) FROM f WHERE id = 1"),
			1, "$change, committed without the library");
	}
	exact($node, "$change, committed without the library");
	valid_again("$change, committed without the library");
}

$node->stop;
done_testing();
