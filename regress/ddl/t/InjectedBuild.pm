# A copy of the server's installation with a build of the extension in which look-ups and locks are counted,
# and may find nothing: regress/inject/inject.h.
package InjectedBuild;

use strict;
use warnings;

use Compiler;
use Fcntl qw(:flock);
use File::Basename qw(dirname);
use File::Path qw(make_path);
use PostgreSQL::Test::Utils;
use Test::More;
use Exporter 'import';

our @EXPORT = qw(install_injected);

my $root = dirname(dirname(dirname(dirname(__FILE__))));

sub installed
{
	my ($option) = @_;

	chomp(my $folder = `pg_config $option`);
	return $folder;
}

# Returns the install_path for PostgreSQL::Test::Cluster->new().  The first of the tests that run side by side compiles
# the library, the others wait for it.  $BINGO_INJECT_LIBRARY: it is kept there, and is not compiled again.
sub install_injected
{
	my $library = $ENV{BINGO_INJECT_LIBRARY} // "$PostgreSQL::Test::Utils::tmp_check/injected.so";
	my $copy = PostgreSQL::Test::Utils::tempdir() . '/stage';

	open my $lock, '>', "$library.lock" or die "could not write \"$library.lock\": $!\n";
	flock($lock, LOCK_EX) or die "could not lock \"$library.lock\": $!\n";
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	if (-e $library)
	{
		ok(1, 'the extension with gaps is there');
	}
	else
	{
		compile_ok('the extension with gaps', "$library.new", qw(-O1 -fPIC -shared -D_GNU_SOURCE),
			'-I' . config_folder('--includedir-server'), "-I$root/extension", '-include', "$root/regress/inject/inject.h",
			glob("$root/extension/*.c $root/extension/*/*.c"));
		rename "$library.new", $library or die "could not rename \"$library.new\": $!\n";
	}
	close $lock;

	# postgres finds its files relative to itself.
	foreach my $option (qw(--bindir --pkglibdir --sharedir))
	{
		my $folder = installed($option);

		make_path("$copy$folder");
		system_or_bail('cp', '-a', "$folder/.", "$copy$folder");
	}
	my $installed = "$copy" . installed('--pkglibdir') . '/bingo_tune.so';
	unlink $installed;
	system_or_bail('cp', $library, $installed);
	return $copy . dirname(installed('--bindir'));
}

1;
