# What migrations do to columns, keys and tables of an ordering: everything succeeds as
# without the extension, with its messages, and where the query can be analysed again
# the ordering is valid again by itself; each statement by itself, all in one
# transaction, and without event triggers; done by the tables' owner, no superuser.
#
# Seen red, with 1.0: ALTER TYPE, DROP COLUMN, DROP TABLE, DROP CONSTRAINT of keys, and
# with them the patterns that copy a table or column and drop the old one ("because
# other objects depend on it"); what needs refresh_ordering() to come back.
use strict;
use warnings FATAL => 'all';

use CatalogMigration;
use CatalogTwins;
use PostgreSQL::Test::Cluster;
use Test::More;

my $node = start_server('main');
template($node, 'base', $base);

# Each as it is; what has several statements, in one transaction, too.
sub every_way
{
	my ($what, %options) = @_;

	migrate($node, 'base', $what, %options);
	migrate($node, 'base', $what, %options, single => 1) if @{ $options{do} } > 1;
	migrate($node, 'base', $what, %options, silent => 1) if delete $options{silently};
	return;
}

sub renamed
{
	my ($from, $to) = @_;
	return $base_query =~ s/\b\Q$from\E\b/$to/gr;
}

# --- columns ---

every_way('a sort key becomes bigint', do => ['ALTER TABLE d ALTER r TYPE bigint'], silently => 1);
every_way('a join key becomes bigint', do => ['ALTER TABLE d ALTER id TYPE bigint']);
every_way('all of them do', do => [ 'ALTER TABLE f ALTER id TYPE bigint, ALTER d TYPE bigint, ALTER n TYPE numeric', 'ALTER TABLE d ALTER id TYPE bigint' ]);
every_way('a type without rewriting', do => ['ALTER TABLE d ALTER p TYPE varchar(20)']);
every_way('another order', do => ["ALTER TABLE d ALTER r TYPE text USING 'r' || r"], silently => 1);
every_way('another collation', do => ['ALTER TABLE d ALTER p TYPE text COLLATE "C"']);
every_way('NOT NULL goes', do => ['ALTER TABLE d ALTER p DROP NOT NULL, ALTER r DROP NOT NULL'], silently => 1);
every_way('a default, a comment, statistics, another column', do => [ 'ALTER TABLE d ALTER r SET DEFAULT 7', "COMMENT ON COLUMN d.r IS 'rank'",
	'ALTER TABLE d ALTER r SET STATISTICS 10', 'ALTER TABLE d ADD later int DEFAULT 3' ], write => '');
every_way('an output column goes', do => ['ALTER TABLE f DROP n'], stops => 'n|column', ends => 'no column f.n', back => ['ALTER TABLE f ADD n int NOT NULL DEFAULT 1'],
	silently => 1);
every_way('a sort key goes', do => ['ALTER TABLE d DROP r'], stops => 'r|column', ends => 'no column d.r', back => ['ALTER TABLE d ADD r int', 'UPDATE d SET r = id']);
every_way('a join column goes', do => ['ALTER TABLE f DROP d CASCADE'], stops => 'd|column', ends => 'no column f.d',
	back => [ 'ALTER TABLE f ADD d int', 'UPDATE f SET d = 1 + id % 50', 'CREATE INDEX ON f (d)' ], write => '');
every_way('a column is copied, dropped and renamed', do => [ 'ALTER TABLE f ADD n2 bigint', 'UPDATE f SET n2 = n', 'ALTER TABLE f DROP n', 'ALTER TABLE f RENAME n2 TO n' ],
	write => "UPDATE f SET n = 3 WHERE id IN (50, 100)", silently => 1);
every_way('a column is copied, renamed and dropped', do => [ 'ALTER TABLE d ADD r2 bigint', 'UPDATE d SET r2 = 51 - r', 'ALTER TABLE d RENAME r TO r_old',
	'ALTER TABLE d RENAME r2 TO r', 'ALTER TABLE d DROP r_old' ], write => "UPDATE d SET r = 3 WHERE id = 50");
every_way('two columns change names', do => [ 'ALTER TABLE f ADD m int NOT NULL DEFAULT 5', 'ALTER TABLE f RENAME n TO x', 'ALTER TABLE f RENAME m TO n', 'ALTER TABLE f RENAME x TO m' ],
	query => renamed('f.n', 'f.m'));
every_way('an output column is renamed', do => ['ALTER TABLE f RENAME n TO number'], query => renamed('f.n', 'f.number'), silently => 1);
every_way('a sort key is renamed', do => ['ALTER TABLE d RENAME r TO rank'], query => renamed('d.r', 'd.rank'));

# --- keys ---

every_way("a dimension's key goes", do => ['ALTER TABLE d DROP CONSTRAINT d_pkey'], stops => 'd|unique|index|key', back => ['ALTER TABLE d ADD PRIMARY KEY (id)'], silently => 1);
every_way("the driving table's key goes", do => ['ALTER TABLE f DROP CONSTRAINT f_pkey'], stops => 'f|unique|index|key', back => ['ALTER TABLE f ADD PRIMARY KEY (id)'], silently => 1);
every_way('both keys go', do => [ 'ALTER TABLE f DROP CONSTRAINT f_pkey', 'ALTER TABLE d DROP CONSTRAINT d_pkey' ], stops => 'unique|index|key',
	back => [ 'ALTER TABLE d ADD PRIMARY KEY (id)', 'ALTER TABLE f ADD PRIMARY KEY (id)' ]);
every_way('an index goes', do => ['DROP INDEX f_d_idx'], stops => 'index', back => ['CREATE INDEX ON f (d)']);
every_way('a key takes the place of another', do => [ 'CREATE UNIQUE INDEX d_new ON d (id)', 'ALTER TABLE d DROP CONSTRAINT d_pkey, ADD CONSTRAINT d_pkey PRIMARY KEY USING INDEX d_new' ]);
every_way('a key is deferrable', do => ['ALTER TABLE d DROP CONSTRAINT d_pkey, ADD CONSTRAINT d_pkey PRIMARY KEY (id) DEFERRABLE'], stops => 'd|unique|index|key',
	back => ['ALTER TABLE d DROP CONSTRAINT d_pkey, ADD CONSTRAINT d_pkey PRIMARY KEY (id)']);
every_way('keys and indexes are renamed', do => [ 'ALTER TABLE d RENAME CONSTRAINT d_pkey TO d_key', 'ALTER INDEX f_pkey RENAME TO f_key', 'ALTER INDEX f_d_idx RENAME TO f_join' ]);
every_way('a foreign key comes and goes', do => [ 'ALTER TABLE f ADD CONSTRAINT f_fkey FOREIGN KEY (d) REFERENCES d', 'ALTER TABLE f DROP CONSTRAINT f_fkey' ]);

# --- tables ---

my $new_f = 'CREATE TABLE f (id int PRIMARY KEY, d int NOT NULL, n int NOT NULL); CREATE INDEX ON f (d)';
my $fill_f = 'INSERT INTO f SELECT i, 1 + i % 50, i FROM generate_series(1, 1500) i';

every_way('the driving table goes', do => ['DROP TABLE f'], stops => 'f|table', ends => 'no table f', back => [ $new_f, $fill_f ], silently => 1);
every_way('a dimension goes', do => ['DROP TABLE d'], stops => 'd|table', ends => 'no table d',
	back => [ 'CREATE TABLE d (p text, r int, id int PRIMARY KEY)', "INSERT INTO d SELECT 'again', -i, i FROM generate_series(1, 40) i" ]);
every_way('all tables go', do => ['DROP TABLE d, f'], stops => 'd|f|table', ends => 'no tables', back => [$base]);
every_way('a table is dropped and made again', do => [ 'DROP TABLE f', $new_f, $fill_f ], silently => 1);

my $copy = [ 'CREATE TABLE f_new (LIKE f INCLUDING ALL)', 'INSERT INTO f_new SELECT * FROM f WHERE id % 2 = 0' ];
every_way('a table is copied, dropped, and the copy renamed', do => [ @$copy, 'DROP TABLE f', 'ALTER TABLE f_new RENAME TO f' ], silently => 1);
every_way('a table is copied, renamed, and the old one dropped', do => [ @$copy, 'ALTER TABLE f RENAME TO f_old', 'ALTER TABLE f_new RENAME TO f', 'DROP TABLE f_old' ], silently => 1);
every_way('a dimension is copied, renamed, and the old one dropped', do => [ 'CREATE TABLE d_new AS SELECT * FROM d', 'ALTER TABLE d_new ADD PRIMARY KEY (id)',
	'ALTER TABLE d RENAME TO d_old', 'ALTER TABLE d_new RENAME TO d', 'DROP TABLE d_old' ]);
every_way('a table changes places with its copy', do => [ @$copy, 'ALTER TABLE f RENAME TO f_tmp', 'ALTER TABLE f_new RENAME TO f', 'ALTER TABLE f_tmp RENAME TO f_new' ],
	query => renamed('f', 'f_new') =~ s/f_new\.d\b/f_new.d/r);
every_way('a table is renamed', do => ['ALTER TABLE f RENAME TO rows_of_f'], query => renamed('f', 'rows_of_f'), silently => 1);
every_way('a table goes to another schema', do => [ 'CREATE SCHEMA archive', 'ALTER TABLE d SET SCHEMA archive' ], query => $base_query =~ s/JOIN d/JOIN archive.d/r);
every_way('all go there, and the schema is renamed', do => [ 'CREATE SCHEMA archive', 'ALTER TABLE d SET SCHEMA archive', 'ALTER TABLE f SET SCHEMA archive',
	'ALTER SCHEMA archive RENAME TO attic' ], query => $base_query =~ s/FROM f JOIN d/FROM attic.f JOIN attic.d/r);
every_way('a schema goes with all that is in it', do => [ 'CREATE SCHEMA archive', 'ALTER TABLE d SET SCHEMA archive', 'ALTER TABLE f SET SCHEMA archive',
	'DROP SCHEMA archive CASCADE' ], stops => '.', ends => 'no tables', silently => 1);
every_way('a table gets a child', do => ['CREATE TABLE child () INHERITS (f)'], stops => '.', back => ['DROP TABLE child']);
every_way('a table is unlogged', do => ['ALTER TABLE d SET UNLOGGED'], stops => '.', back => ['ALTER TABLE d SET LOGGED']);
every_way('a table is written anew', do => [ 'CLUSTER f USING f_pkey', 'CLUSTER d USING d_pkey' ], silently => 1);
migrate($node, 'base', 'VACUUM FULL, REINDEX CONCURRENTLY', do => [ 'VACUUM FULL d, f', 'REINDEX TABLE CONCURRENTLY d', 'REINDEX TABLE CONCURRENTLY f', 'VACUUM ANALYZE' ]);
every_way('a view takes the place of a table', do => [ 'ALTER TABLE f RENAME TO f_real', 'CREATE VIEW f AS SELECT * FROM f_real' ], query => renamed('f', 'f_real'));
every_way('a partitioned table takes the place of a table', do => [ 'ALTER TABLE f RENAME TO f_real', 'CREATE TABLE f (LIKE f_real INCLUDING ALL) PARTITION BY RANGE (id)',
	'ALTER TABLE f ATTACH PARTITION f_real FOR VALUES FROM (MINVALUE) TO (MAXVALUE)' ], stops => '.',
	back => [ 'ALTER TABLE f DETACH PARTITION f_real', 'DROP TABLE f', 'ALTER TABLE f_real RENAME TO f' ]);
every_way('policies', do => [ 'ALTER TABLE d ENABLE ROW LEVEL SECURITY', 'CREATE POLICY half ON d USING (id % 2 = 0)', 'DROP POLICY half ON d', 'ALTER TABLE d DISABLE ROW LEVEL SECURITY' ]);
every_way('TRUNCATE, and rows again', do => [ 'TRUNCATE d, f', $data ], silently => 1);

$node->stop;
done_testing();
