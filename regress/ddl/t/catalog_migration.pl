# What migrations do to columns and keys of an ordering: everything succeeds as without
# the extension, with its messages, and where the query can be analysed again the
# ordering is valid again by itself; each statement by itself, all in one transaction,
# and without event triggers; done by the tables' owner, no superuser.
#
# Seen red, with 1.0: ALTER TYPE, DROP COLUMN, DROP CONSTRAINT of keys, and with them the
# patterns that copy a column and drop the old one ("because other objects depend on
# it"); what needs refresh_ordering() to come back.
use strict;
use warnings FATAL => 'all';

use CatalogMigration;
use CatalogTwins;
use PostgreSQL::Test::Cluster;
use Test::More;

my $node = start_server('main');
template($node, 'base', $base);

# --- columns ---

every_way($node, 'base', 'a sort key becomes bigint', do => ['ALTER TABLE d ALTER r TYPE bigint'], silently => 1);
every_way($node, 'base', 'a join key becomes bigint', do => ['ALTER TABLE d ALTER id TYPE bigint']);
every_way($node, 'base', 'all of them do', do => [ 'ALTER TABLE f ALTER id TYPE bigint, ALTER d TYPE bigint, ALTER n TYPE numeric', 'ALTER TABLE d ALTER id TYPE bigint' ]);
every_way($node, 'base', 'a type without rewriting', do => ['ALTER TABLE d ALTER p TYPE varchar(20)']);
every_way($node, 'base', 'another order', do => ["ALTER TABLE d ALTER r TYPE text USING 'r' || r"], silently => 1);
every_way($node, 'base', 'another collation', do => ['ALTER TABLE d ALTER p TYPE text COLLATE "C"']);
every_way($node, 'base', 'NOT NULL goes', do => ['ALTER TABLE d ALTER p DROP NOT NULL, ALTER r DROP NOT NULL'], silently => 1);
every_way($node, 'base', 'a default, a comment, statistics, another column', do => [ 'ALTER TABLE d ALTER r SET DEFAULT 7', "COMMENT ON COLUMN d.r IS 'rank'",
	'ALTER TABLE d ALTER r SET STATISTICS 10', 'ALTER TABLE d ADD later int DEFAULT 3' ], write => '');
every_way($node, 'base', 'an output column goes', do => ['ALTER TABLE f DROP n'], stops => 'n|column', ends => 'no column f.n', back => ['ALTER TABLE f ADD n int NOT NULL DEFAULT 1'],
	silently => 1);
every_way($node, 'base', 'a sort key goes', do => ['ALTER TABLE d DROP r'], stops => 'r|column', ends => 'no column d.r', back => ['ALTER TABLE d ADD r int', 'UPDATE d SET r = id']);
every_way($node, 'base', 'a join column goes', do => ['ALTER TABLE f DROP d CASCADE'], stops => 'd|column', ends => 'no column f.d',
	back => [ 'ALTER TABLE f ADD d int', 'UPDATE f SET d = 1 + id % 50', 'CREATE INDEX ON f (d)' ], write => '');
every_way($node, 'base', 'a column is copied, dropped and renamed', do => [ 'ALTER TABLE f ADD n2 bigint', 'UPDATE f SET n2 = n', 'ALTER TABLE f DROP n', 'ALTER TABLE f RENAME n2 TO n' ],
	write => "UPDATE f SET n = 3 WHERE id IN (50, 100)", silently => 1);
every_way($node, 'base', 'a column is copied, renamed and dropped', do => [ 'ALTER TABLE d ADD r2 bigint', 'UPDATE d SET r2 = 51 - r', 'ALTER TABLE d RENAME r TO r_old',
	'ALTER TABLE d RENAME r2 TO r', 'ALTER TABLE d DROP r_old' ], write => "UPDATE d SET r = 3 WHERE id = 50");
every_way($node, 'base', 'two columns change names', do => [ 'ALTER TABLE f ADD m int NOT NULL DEFAULT 5', 'ALTER TABLE f RENAME n TO x', 'ALTER TABLE f RENAME m TO n', 'ALTER TABLE f RENAME x TO m' ],
	query => renamed('f.n', 'f.m'));
every_way($node, 'base', 'an output column is renamed', do => ['ALTER TABLE f RENAME n TO number'], query => renamed('f.n', 'f.number'), silently => 1);
every_way($node, 'base', 'a sort key is renamed', do => ['ALTER TABLE d RENAME r TO rank'], query => renamed('d.r', 'd.rank'));

# --- keys ---

every_way($node, 'base', "a dimension's key goes", do => ['ALTER TABLE d DROP CONSTRAINT d_pkey'], stops => 'd|unique|index|key', back => ['ALTER TABLE d ADD PRIMARY KEY (id)'], silently => 1);
every_way($node, 'base', "the driving table's key goes", do => ['ALTER TABLE f DROP CONSTRAINT f_pkey'], stops => 'f|unique|index|key', back => ['ALTER TABLE f ADD PRIMARY KEY (id)'], silently => 1);
every_way($node, 'base', 'both keys go', do => [ 'ALTER TABLE f DROP CONSTRAINT f_pkey', 'ALTER TABLE d DROP CONSTRAINT d_pkey' ], stops => 'unique|index|key',
	back => [ 'ALTER TABLE d ADD PRIMARY KEY (id)', 'ALTER TABLE f ADD PRIMARY KEY (id)' ]);
every_way($node, 'base', 'an index goes', do => ['DROP INDEX f_d_idx'], stops => 'index', back => ['CREATE INDEX ON f (d)']);
every_way($node, 'base', 'a key takes the place of another', do => [ 'CREATE UNIQUE INDEX d_new ON d (id)', 'ALTER TABLE d DROP CONSTRAINT d_pkey, ADD CONSTRAINT d_pkey PRIMARY KEY USING INDEX d_new' ]);
every_way($node, 'base', 'a key is deferrable', do => ['ALTER TABLE d DROP CONSTRAINT d_pkey, ADD CONSTRAINT d_pkey PRIMARY KEY (id) DEFERRABLE'], stops => 'd|unique|index|key',
	back => ['ALTER TABLE d DROP CONSTRAINT d_pkey, ADD CONSTRAINT d_pkey PRIMARY KEY (id)']);
every_way($node, 'base', 'keys and indexes are renamed', do => [ 'ALTER TABLE d RENAME CONSTRAINT d_pkey TO d_key', 'ALTER INDEX f_pkey RENAME TO f_key', 'ALTER INDEX f_d_idx RENAME TO f_join' ]);
every_way($node, 'base', 'a foreign key comes and goes', do => [ 'ALTER TABLE f ADD CONSTRAINT f_fkey FOREIGN KEY (d) REFERENCES d', 'ALTER TABLE f DROP CONSTRAINT f_fkey' ]);

$node->stop;
done_testing();
