# What migrations do to tables of an ordering - drop, copy, rename, move, make anew - with
# the means of catalog_migration.pl, and as there.  A query means tables by their names:
# after a table has been swapped for another, the other.
#
# Seen red, with 1.0: DROP TABLE, DROP SCHEMA CASCADE, and the pattern of migration tools,
# create, copy, rename, drop ("because other objects depend on it").
use strict;
use warnings FATAL => 'all';

use CatalogMigration;
use CatalogTwins;
use PostgreSQL::Test::Cluster;
use Test::More;

my $node = start_server('main');
template($node, 'base', $base);

my $new_f = 'CREATE TABLE f (id int PRIMARY KEY, d int NOT NULL, n int NOT NULL); CREATE INDEX ON f (d)';
my $fill_f = 'INSERT INTO f SELECT i, 1 + i % 50, i FROM generate_series(1, 1500) i';

every_way($node, 'base', 'the driving table goes', do => ['DROP TABLE f'], stops => '.', ends => 'no table f', back => [ $new_f, $fill_f ], silently => 1);
every_way($node, 'base', 'a dimension goes', do => ['DROP TABLE d'], stops => 'd|table', ends => 'no table d',
	back => [ 'CREATE TABLE d (p text, r int, id int PRIMARY KEY)', "INSERT INTO d SELECT 'again', -i, i FROM generate_series(1, 40) i" ]);
every_way($node, 'base', 'all tables go', do => ['DROP TABLE d, f'], stops => 'd|f|table', ends => 'no tables', back => [$base]);
every_way($node, 'base', 'a table is dropped and made again', do => [ 'DROP TABLE f', $new_f, $fill_f ], silently => 1);

my $copy = [ 'CREATE TABLE f_new (LIKE f INCLUDING ALL)', 'INSERT INTO f_new SELECT * FROM f WHERE id % 2 = 0' ];
every_way($node, 'base', 'a table is copied, dropped, and the copy renamed', do => [ @$copy, 'DROP TABLE f', 'ALTER TABLE f_new RENAME TO f' ], silently => 1);
every_way($node, 'base', 'a table is copied, renamed, and the old one dropped', do => [ @$copy, 'ALTER TABLE f RENAME TO f_old', 'ALTER TABLE f_new RENAME TO f', 'DROP TABLE f_old' ], silently => 1);
every_way($node, 'base', 'a dimension is copied, renamed, and the old one dropped', do => [ 'CREATE TABLE d_new AS SELECT * FROM d', 'ALTER TABLE d_new ADD PRIMARY KEY (id)',
	'ALTER TABLE d RENAME TO d_old', 'ALTER TABLE d_new RENAME TO d', 'DROP TABLE d_old' ]);
every_way($node, 'base', 'a table changes places with its copy', do => [ @$copy, 'ALTER TABLE f RENAME TO f_tmp', 'ALTER TABLE f_new RENAME TO f', 'ALTER TABLE f_tmp RENAME TO f_new' ]);
every_way($node, 'base', 'a table is renamed', do => ['ALTER TABLE f RENAME TO rows_of_f'], query => renamed('f', 'rows_of_f'), silently => 1);
every_way($node, 'base', 'a table goes to another schema', do => [ 'CREATE SCHEMA archive', 'ALTER TABLE d SET SCHEMA archive' ], query => $base_query =~ s/JOIN d/JOIN archive.d/r);
every_way($node, 'base', 'all go there, and the schema is renamed', do => [ 'CREATE SCHEMA archive', 'ALTER TABLE d SET SCHEMA archive', 'ALTER TABLE f SET SCHEMA archive',
	'ALTER SCHEMA archive RENAME TO attic' ], query => $base_query =~ s/FROM f JOIN d/FROM attic.f JOIN attic.d/r);
every_way($node, 'base', 'a schema goes with all that is in it', do => [ 'CREATE SCHEMA archive', 'ALTER TABLE d SET SCHEMA archive', 'ALTER TABLE f SET SCHEMA archive',
	'DROP SCHEMA archive CASCADE' ], stops => '.', ends => 'no tables', silently => 1);
every_way($node, 'base', 'a table gets a child', do => ['CREATE TABLE child () INHERITS (f)'], stops => '.', back => ['DROP TABLE child']);
every_way($node, 'base', 'a table is unlogged', do => ['ALTER TABLE d SET UNLOGGED'], stops => '.', back => ['ALTER TABLE d SET LOGGED']);
every_way($node, 'base', 'a table is written anew', do => [ 'CLUSTER f USING f_pkey', 'CLUSTER d USING d_pkey' ], silently => 1);
migrate($node, 'base', 'VACUUM FULL, REINDEX CONCURRENTLY', do => [ 'VACUUM FULL d, f', 'REINDEX TABLE CONCURRENTLY d', 'REINDEX TABLE CONCURRENTLY f', 'VACUUM ANALYZE' ]);
every_way($node, 'base', 'a view takes the place of a table', do => [ 'ALTER TABLE f RENAME TO f_real', 'CREATE VIEW f AS SELECT * FROM f_real' ], query => renamed('f', 'f_real'));
every_way($node, 'base', 'a partitioned table takes the place of a table', do => [ 'ALTER TABLE f RENAME TO f_real', 'CREATE TABLE f (LIKE f_real INCLUDING ALL) PARTITION BY RANGE (id)',
	'ALTER TABLE f ATTACH PARTITION f_real FOR VALUES FROM (MINVALUE) TO (MAXVALUE)' ], query => renamed('f', 'f_real'));
every_way($node, 'base', 'policies', do => [ 'ALTER TABLE d ENABLE ROW LEVEL SECURITY', 'CREATE POLICY half ON d USING (id % 2 = 0)', 'DROP POLICY half ON d', 'ALTER TABLE d DISABLE ROW LEVEL SECURITY' ]);
every_way($node, 'base', 'TRUNCATE, and rows again', do => [ 'TRUNCATE d, f', $data ], silently => 1);

$node->stop;
done_testing();
