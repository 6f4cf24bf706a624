# Compiles a test's own C programs.
package Compiler;

use strict;
use warnings;

use PostgreSQL::Test::Utils;
use Exporter 'import';

our @EXPORT = qw(config_folder compile_ok);

# What pg_config says to an option.  A private copy of an installation has no
# headers; then those of the original, whose path is the rest of the copy's.
sub config_folder
{
	my ($option) = @_;
	my $config = $ENV{PG_CONFIG} // 'pg_config';

	chomp(my $folder = `$config $option`);
	$folder =~ s{^.*/\.build/[^/]+(?=/)}{} unless -d $folder;
	return $folder;
}

# Makes a program, or with -shared a library.  The folders of libpq are searched
# last: libpq may be of another version than the server.
sub compile_ok
{
	my ($what, $program, @arguments) = @_;
	my @libraries = grep { /^-l/ } @arguments;

	local $Test::Builder::Level = $Test::Builder::Level + 1;
	command_ok(
		[
			$ENV{CC} // 'cc', qw(-std=gnu11 -g -Wall -Werror), '-o', $program, grep({ !/^-l/ } @arguments),
			'-I' . config_folder('--includedir'), '-L' . config_folder('--libdir'), @libraries
		],
		"$what compiles");
	return;
}

1;
