# What is written in several places says the same: versions, files, options in manual
# pages; META.json is what PGXN takes.
#
# Seen red, each alone: make dist that takes a maintainer without an address for one; another maintainer, and another version, in the spec file; another version in META.json, in
# CHANGELOG.md, in debian/changelog, in bingo_load; a required field taken out; an
# option lost by tools/manpage.pl; a script of sql/ that sets no search_path at its head; another description in the spec file, another of the tools; a line of 81 characters in a help.
use strict;
use warnings;

use File::Basename qw(basename dirname);
use FindBin;
use IPC::Run;
use JSON::PP ();
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
like(slurp_file($_), qr/\A(?:--.*\n|\\echo .*\n|\n)+SET LOCAL search_path = pg_catalog, pg_temp;\n/, basename($_) . ': looks up nothing that somebody has planted') foreach glob("$root/sql/*.sql");
is($meta->{version}, "$default.0", 'META.json has the control file\'s version');
is($meta->{provides}{bingo_tune}{version}, $meta->{version}, 'META.json has one version');
like(slurp_file("$root/CHANGELOG.md"), qr/\A# Changes\n\n## \Q$default\E\b/, 'CHANGELOG.md begins with that version');
like(slurp_file("$root/debian/changelog"), qr/\Abingo-tune \(\Q$meta->{version}\E-\d+\) /, 'so does debian/changelog');
my ($comment) = $control =~ /^comment = '(.*)'/m;
is(lc $meta->{abstract}, lc $comment, 'META.json and the control file say the same about it');
is(slurp_file("$root/debian/control"), slurp_file("$root/debian/control.in") =~ s/PGVERSION/15/gr, 'debian/control is made from control.in');
# What the packages say of what is in them, whatever their lines.
my %said;
foreach my $file (qw(debian/control debian/control.in debian/rpm/bingo_tune.spec))
{
	$said{$file} = slurp_file("$root/$file") =~ s/\s+/ /gr;
	like($said{$file}, qr/\Q$meta->{description}\E/, "$file has the description of META.json");
}
my ($tools) = $said{'debian/control'} =~ /Description: loader and benchmark driver for PostgreSQL applications (.*?client\.)/;
like($said{'debian/rpm/bingo_tune.spec'}, qr/\Q$tools\E/, 'the tools are described in the same words');
# Who looks after it: one place to fill in says where the others are.
like($meta->{maintainer}, qr/^\S.* <[^<>@\s]+@[^<>@\s]+>$/, 'META.json: maintainer is a name with an address');
foreach my $file (qw(debian/control debian/control.in debian/changelog debian/rpm/bingo_tune.spec))
{
	like(slurp_file("$root/$file"), qr/(?:^Maintainer: |^ -- |^\* .* 20\d\d )\Q$meta->{maintainer}\E(?:$|  | - )/m, "$file has the same maintainer");
}
# make dist says whether a letter reaches him.
my $folder = PostgreSQL::Test::Utils::tempdir();
system_or_bail('mkdir', "$folder/.ci");
system_or_bail('cp', "$root/.ci/dist", "$folder/.ci/");
foreach my $address ('bingo-tune@localhost', 'me@host.example', 'me@example.org', 'me@postgresql.org')
{
	my ($output, $error) = ('', '');
	unlink "$folder/META.json";
	append_to_file("$folder/META.json", slurp_file("$root/META.json") =~ s/("maintainer": ").*"/$1A Name <$address>"/r);
	# It is no clone: nothing is made.
	IPC::Run::run([ "$folder/.ci/dist" ], '>', \$output, '2>', \$error, init => sub { $ENV{GIT_CEILING_DIRECTORIES} = dirname($folder) });
	like($error, qr/^HINT: Type it in a clone/m, "make dist: $address: no clone");
	is($error =~ /^dist: no letter reaches the maintainer .*: "A Name <\Q$address\E>"$/m ? 'nobody' : 'somebody',
		$address =~ /postgresql/ ? 'somebody' : 'nobody', "make dist: $address");
}
like(slurp_file("$root/debian/rpm/bingo_tune.spec"), qr/^Version: +\Q$meta->{version}\E$/m, 'the spec file has the same version');
like(slurp_file("$root/debian/rpm/bingo_tune.spec"), qr/ - \Q$meta->{version}\E-1$/m, 'and so has its change log');
like(slurp_file("$root/debian/README.md"), qr/`\.build\/\Q$meta->{name}-$meta->{version}\E\.zip`/, 'debian/README.md names the archive');
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
	is_deeply([ grep { length > 80 } split /\n/, $help ], [], "$name: --help fits a terminal");
	my $page = output('perl', "$root/tools/manpage.pl", "$root/tools/$name", $meta->{version});

	like($page, qr/^\.TH \U$name\E 1 .*bingo_tune \Q$meta->{version}\E/m, "$name: the page's head");
	like($page, qr/^\.SH NAME\n\Q$name\E \\- \w/m, "$name: the page's purpose");
	my $plain = join "\n", grep { !/^\.[\\T]/ || /^\.TP/ } split /\n/, $page;
	$plain =~ s/\\f[BR]//g;
	$plain =~ s/\\-/-/g;
	is_deeply(options($plain), options($help), "$name: the page has the options of --help, and no other");
	cmp_ok(scalar @{ options($plain) }, '>', 0, "$name: there are some");
	is(output($name, '--version'), "$name $meta->{version}\n", "$name: --version");
	cmp_ok(scalar(() = $page =~ /^\.TP$/mg), '>=', scalar(() = $help =~ /^ {2,6}--?\w/mg), "$name: each option has an entry of its own");
}
is_deeply([ grep { length > 80 } split /\n/, output("$root/.ci/help") ], [], 'make help fits a terminal');

done_testing();
