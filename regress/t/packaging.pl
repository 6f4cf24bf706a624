# What is written in several places says the same: versions, files, options in manual
# pages; META.json is what PGXN takes; and ALTER EXTENSION UPDATE leads from 1.0, the
# first version, to a next one with an ordering kept and served.
#
# Seen red, each alone: another version in META.json, in
# CHANGELOG.md, in debian/changelog, in bingo_load; a required field taken out; an
# option lost by tools/manpage.pl; an update script that drops the event triggers.
use strict;
use warnings;

use FindBin;
use IPC::Run;
use JSON::PP ();
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $root = "$FindBin::RealBin/../..";

# META.json: https://pgxn.org/spec/, "Required Fields" and their types.
my $meta = JSON::PP::decode_json(slurp_file("$root/META.json"));
my $semver = qr/^(?:0|[1-9]\d*)\.(?:0|[1-9]\d*)\.(?:0|[1-9]\d*)(?:[a-zA-Z][-0-9A-Za-z]*)?$/;
foreach my $field (qw(name version abstract maintainer license provides meta-spec))
{
	ok(defined $meta->{$field}, "META.json: $field is there");
}
like($meta->{name}, qr/^[^\s\/\\[:cntrl:]]{2,}$/, 'META.json: name');
like($meta->{version}, $semver, 'META.json: version is semantic');
is($meta->{license}, 'postgresql', 'META.json: license');
is($meta->{'meta-spec'}{version}, '1.0.0', 'META.json: version of the specification');
like($meta->{'meta-spec'}{url}, qr{^https?://pgxn\.org/meta/spec\.txt$}, 'META.json: its address');
like($meta->{release_status}, qr/^(?:stable|testing|unstable)$/, 'META.json: release_status');
is(ref $meta->{tags}, 'ARRAY', 'META.json: tags');
cmp_ok(length, '<', 256, "META.json: tag $_") foreach @{ $meta->{tags} };
foreach my $phase (values %{ $meta->{prereqs} })
{
	foreach my $relation (values %$phase)
	{
		like($relation->{$_}, qr/^(?:0|\d+\.\d+\.\d+)$/, "META.json: $_ is required in a version") foreach keys %$relation;
	}
}
foreach my $name (keys %{ $meta->{provides} })
{
	my $extension = $meta->{provides}{$name};
	like($extension->{version}, $semver, "META.json: version of $name");
	ok(-e "$root/$extension->{$_}", "META.json: $_ of $name is there") foreach qw(file docfile);
}

# Versions.
my $control = slurp_file("$root/extension/bingo_tune.control");
my ($default) = $control =~ /^default_version = '(.*)'/m;
ok(-e "$root/sql/bingo_tune--1.0--$default.sql", 'the control file names a version that a script leads to');
is($meta->{provides}{bingo_tune}{file}, "sql/bingo_tune--1.0--$default.sql", 'META.json names the same');
is($meta->{version}, "$default.0", 'META.json has the control file\'s version');
is($meta->{provides}{bingo_tune}{version}, $meta->{version}, 'META.json has one version');
like(slurp_file("$root/CHANGELOG.md"), qr/\A# Changes\n\n## \Q$default\E\b/, 'CHANGELOG.md begins with that version');
like(slurp_file("$root/debian/changelog"), qr/\Abingo-tune \(\Q$meta->{version}\E-\d+\) /, 'so does debian/changelog');
my ($comment) = $control =~ /^comment = '(.*)'/m;
is(lc $meta->{abstract}, lc $comment, 'META.json and the control file say the same about it');
is(slurp_file("$root/debian/control"), slurp_file("$root/debian/control.in") =~ s/PGVERSION/15/gr, 'debian/control is made from control.in');
my ($pg) = $meta->{prereqs}{runtime}{requires}{PostgreSQL} =~ /^(\d+)/;
like(slurp_file("$root/debian/pgversions"), qr/^$pg\+$/m, 'debian/pgversions and META.json begin with the same server');
like(slurp_file("$root/Makefile"), qr/-ge $pg /, 'and so does the Makefile');

# Tools and their manual pages.
sub options
{
	my ($text) = @_;
	my %options = map { $_ => 1 } $text =~ /(?<![\w-])(--?[a-zA-Z][-a-zA-Z]*)/g;
	return [ sort keys %options ];
}

sub output
{
	my (@command) = @_;
	my ($out, $err) = ('', '');
	IPC::Run::run(\@command, '>', \$out, '2>', \$err) or diag("@command: $err");
	return $out;
}

foreach my $main (glob "$root/tools/*/main.c")
{
	my ($name) = 'bingo_' . ($main =~ m{([^/]+)/main\.c$})[0];
	my $help = output($name, '--help');
	my @commands = map { /^  (\w+) {2,}\S/ ? $1 : () } grep { /^Commands:/ .. /^$/ } split /\n/, $help;
	$help .= output($name, $_, '--help') foreach @commands;
	my $page = output('perl', "$root/tools/manpage.pl", "$root/tools/$name", $meta->{version});

	like($page, qr/^\.TH \U$name\E 1 .*bingo_tune \Q$meta->{version}\E/m, "$name: the page's head");
	like($page, qr/^\.SH NAME\n\Q$name\E \\- \w/m, "$name: the page's purpose");
	my $plain = join "\n", grep { !/^\.[\\T]/ || /^\.TP/ } split /\n/, $page;
	$plain =~ s/\\f[BR]//g;
	$plain =~ s/\\-/-/g;
	is_deeply(options($plain), options($help), "$name: the page has the options of --help, and no other");
	cmp_ok(scalar @{ options($plain) }, '>', 0, "$name: there are some");
	cmp_ok(scalar(() = $page =~ /^\.TP$/mg), '>=', scalar(() = $help =~ /^ {2,6}--?\w/mg), "$name: each option has an entry of its own");
}
is(output('bingo_load', '--version'), "bingo_load $meta->{version}\n", 'bingo_load has the same version');

# From 1.0 to a next version, in a copy of the installation's files.
my %place;
my $copy = PostgreSQL::Test::Utils::tempdir();
foreach my $kind (qw(bindir pkglibdir sharedir))
{
	# postgres finds its folders from where it is, so they keep their places to each other.
	chomp(my $from = output('pg_config', "--$kind"));
	$place{$kind} = "$copy$from";
	system('mkdir', '-p', $place{$kind}) == 0 && system('cp', '-a', "$from/.", $place{$kind}) == 0 or die "could not copy $from\n";
}
my $node = PostgreSQL::Test::Cluster->new('main', install_path => $place{bindir} =~ s{/bin$}{}r);
$node->init;
$node->append_conf('postgresql.conf', "shared_preload_libraries = 'pg_stat_statements,bingo_tune'\nfsync = off\nbingo_tune.upkeep = off\n");
$node->start;
append_to_file("$place{sharedir}/extension/bingo_tune--1.1--1.1test.sql", <<'SQL');
\echo Use "ALTER EXTENSION bingo_tune UPDATE" to load this file. \quit
CREATE FUNCTION bingo_tune.next_version() RETURNS pg_catalog.int4 LANGUAGE SQL IMMUTABLE RETURN 2;
SQL
my $query = 'SELECT id, name FROM goods ORDER BY name, id LIMIT 3';
$node->safe_psql('postgres', <<'SQL');
CREATE EXTENSION bingo_tune VERSION '1.0' CASCADE;
CREATE TABLE goods (id int PRIMARY KEY, name text NOT NULL);
INSERT INTO goods SELECT i, 'g' || i FROM generate_series(1, 100) i;
SELECT bingo_tune.create_ordering('goods', 'SELECT id, name FROM goods ORDER BY name, id', 50);
INSERT INTO bingo_tune.endpoints (endpoint, example) VALUES ('GET /goods', 'SELECT 1 FROM goods WHERE id = 1');
UPDATE bingo_tune.endpoint_targets SET within = 123 WHERE endpoint = 'GET /api/movie';
SQL
my $served = "SELECT string_agg(served::text, ' ') FROM bingo_tune.explain_ordering('$query')";
is($node->safe_psql('postgres', $served), 'true', '1.0: the ordering is served');
my $before = $node->safe_psql('postgres', $query);
$node->safe_psql('postgres', "ALTER EXTENSION bingo_tune UPDATE TO '1.1test'");
is($node->safe_psql('postgres', "SELECT extversion || bingo_tune.next_version() FROM pg_extension WHERE extname = 'bingo_tune'"), '1.1test2', 'updated');
is($node->safe_psql('postgres', $served), 'true', 'updated: the ordering is served');
is($node->safe_psql('postgres', $query), $before, 'updated: with the same rows');
$node->safe_psql('postgres', "INSERT INTO goods VALUES (1000, 'a'); UPDATE goods SET name = 'b' WHERE id = 7");
is($node->safe_psql('postgres', $query), "1000|a\n7|b\n1|g1", 'updated: and kept');
is($node->safe_psql('postgres', "SELECT missing + extra + differing FROM bingo_tune.verify_ordering('goods')"), '0', 'updated: exactly');
is($node->safe_psql('postgres', "SELECT count(*) FROM bingo_tune.endpoints WHERE endpoint = 'GET /goods'"), '1', 'updated: endpoints stay');
is($node->safe_psql('postgres', "SELECT within FROM bingo_tune.endpoint_targets WHERE endpoint = 'GET /api/movie'"), '123', 'updated: targets stay');
$node->safe_psql('postgres', 'ALTER TABLE goods DISABLE TRIGGER ALL');
is($node->safe_psql('postgres', 'SELECT invalid_since IS NOT NULL FROM bingo_tune.orderings'), 't', 'updated: DDL is still looked at');
$node->restart;
$node->safe_psql('postgres', "SELECT bingo_tune.refresh_ordering('goods')");
is($node->safe_psql('postgres', $served), 'true', 'restarted: served');
$node->safe_psql('postgres', 'DROP EXTENSION bingo_tune');
is($node->safe_psql('postgres', "SELECT count(*) FROM pg_trigger WHERE tgrelid = 'goods'::regclass"), '0', 'dropped: nothing is left');

$node->stop;
done_testing();
