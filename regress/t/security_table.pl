# The table of functions in extension/SECURITY.md against the catalog: who may call
# each, and with which properties; and what holds for all of them.
#
# Seen red: a function without a line; a line without a function; a REVOKE taken
# away; a search_path taken away; a function made SECURITY DEFINER.
use strict;
use warnings;

use FindBin;
use PostgreSQL::Test::Utils;
use Test::More;
use TunedNode;

my $node = start_node('main', "fsync = off\n");
$node->safe_psql('postgres', 'CREATE EXTENSION bingo_tune CASCADE');

my $members = <<'SQL';
SET search_path = bingo_tune, pg_catalog;
CREATE TEMP VIEW members AS
SELECT p.* FROM pg_proc p
	JOIN pg_depend d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'
	JOIN pg_extension e ON d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid
WHERE e.extname = 'bingo_tune';
SQL

my %catalog = map { split /\|/, $_, 2 } split /\n/, $node->safe_psql('postgres', $members . <<'SQL');
SELECT oid::regprocedure,
	concat_ws('|',
		CASE WHEN prorettype = 'trigger'::regtype THEN 'trigger'
			WHEN prorettype = 'event_trigger'::regtype THEN 'event trigger'
			WHEN EXISTS (SELECT FROM aclexplode(coalesce(proacl, acldefault('f', proowner))) WHERE grantee = 0) THEN 'PUBLIC'
			WHEN NOT EXISTS (SELECT FROM aclexplode(proacl) WHERE grantee <> proowner) THEN 'owner'
			ELSE proacl::text END,
		concat_ws(' ',
			CASE provolatile WHEN 'i' THEN 'immutable' WHEN 's' THEN 'stable' ELSE 'volatile' END,
			CASE proparallel WHEN 's' THEN 'safe' WHEN 'r' THEN 'restricted' ELSE 'unsafe' END,
			CASE WHEN proisstrict THEN 'strict' END,
			CASE WHEN proconfig IS NOT NULL THEN
				CASE WHEN proconfig = ARRAY['search_path=pg_catalog, pg_temp'] THEN 'path' ELSE proconfig::text END END))
FROM members;
SQL

my %written;
foreach my $line (split /\n/, slurp_file("$FindBin::RealBin/../../extension/SECURITY.md"))
{
	my ($function, $who, $properties, $why) = $line =~ /^\| ([a-z_]+\(.*?\)) \| (.*?) \| (.*?) \| (.*) \|$/ or next;
	ok(!exists $written{$function}, "$function has one line");
	ok(length($why) > 7, "$function: a reason is given");
	$written{$function} = "$who|$properties";
}

cmp_ok(scalar keys %catalog, '>', 40, 'the extension has functions');
is_deeply([ sort keys %written ], [ sort keys %catalog ], 'each function of the extension has its line in SECURITY.md, and no other');
is($written{$_}, $catalog{$_}, "$_: who may call it, and its properties") foreach grep { exists $written{$_} } sort keys %catalog;

# What holds for all.
my $none = sub {
	my ($what, $query) = @_;
	is($node->safe_psql('postgres', $members . $query), '', $what);
	return;
};
$none->('no function is SECURITY DEFINER', 'SELECT oid::regprocedure FROM members WHERE prosecdef');
$none->('a function in SQL or PL/pgSQL has its search_path or was parsed when it was created', <<'SQL');
SELECT m.oid::regprocedure FROM members m JOIN pg_language l ON l.oid = m.prolang
WHERE l.lanname IN ('sql', 'plpgsql') AND m.proconfig IS NULL AND m.prosqlbody IS NULL
SQL
$none->('each function but those of a type or an aggregate has a comment', <<'SQL');
SELECT oid::regprocedure FROM members
WHERE obj_description(oid, 'pg_proc') IS NULL AND proname !~ '^(histogram_|check_endpoint)'
SQL
$node->safe_psql('postgres', <<'SQL');
ALTER DEFAULT PRIVILEGES GRANT ALL ON TABLES TO PUBLIC;
CREATE TABLE t (id int PRIMARY KEY);
SELECT bingo_tune.create_ordering('o', 'SELECT id FROM t ORDER BY id', 10);
ALTER DEFAULT PRIVILEGES REVOKE ALL ON TABLES FROM PUBLIC;
SQL
is($node->safe_psql('postgres', "SELECT count(*) FROM pg_class WHERE relname ~ '^(window|boundary)_[0-9]+\$' AND relkind = 'm' AND NOT relispopulated"),
	'2', 'window and boundary are closed to SQL');
$none->('nobody but the owner has rights to the inner relations', <<'SQL');
SELECT relname, acl.* FROM pg_class, aclexplode(relacl) acl
WHERE relnamespace = 'bingo_tune'::regnamespace AND relname ~ '^(ordering_id|window_|boundary_)' AND acl.grantee <> relowner
SQL
$none->('nobody but the owner makes states of orderings, or changes any',
	q{SELECT fdwname, acl.* FROM pg_foreign_data_wrapper, aclexplode(fdwacl) acl WHERE fdwname = 'bingo_tune_window' AND acl.grantee <> fdwowner
	  UNION ALL SELECT srvname, acl.* FROM pg_foreign_server, aclexplode(srvacl) acl WHERE srvtype = 'window' AND acl.grantee <> srvowner});
$none->('others only read', <<'SQL');
SELECT relname, acl.* FROM pg_class, aclexplode(relacl) acl
WHERE relnamespace = 'bingo_tune'::regnamespace AND acl.grantee <> relowner AND acl.privilege_type <> 'SELECT'
SQL
$none->('nobody but the owner creates in the schema',
	"SELECT 1 FROM pg_namespace, aclexplode(nspacl) acl WHERE nspname = 'bingo_tune' AND acl.grantee <> nspowner AND acl.privilege_type <> 'USAGE'");
$none->('event triggers are enabled always',
	"SELECT evtname FROM pg_event_trigger WHERE evtname ~ '^bingo_tune' AND evtenabled <> 'A'");

$node->stop;
done_testing();
