# bingo_load's command line: a wrong one ends with 2, says what is wrong, and reaches no server.
use strict;
use warnings;

use LoadTool;
use PostgreSQL::Test::Utils;
use Test::More;

my ($status, $out, $err);

# Nothing listens there: an attempt to connect would end with 1.
$ENV{PGHOST} = PostgreSQL::Test::Utils::tempdir();

foreach my $case (
	[ [qw(--sale 1)], qr/unknown option "--sale"/ ],
	[ [qw(-x)], qr/unknown option "-x"/ ],
	[ [qw(--scale)], qr/option "--scale" needs a value/ ],
	[ [qw(--force=1)], qr/unknown option "--force=1"/ ],
	[ [qw(bingo)], qr/too many arguments \(first is "bingo"\)/ ],
	[ [qw(--scale=0)], qr/--scale must be a number from 0\.001 to 100, not "0"/ ],
	[ [qw(--scale=0.0009)], qr/--scale must be/ ],
	[ [qw(--scale=100.1)], qr/--scale must be/ ],
	[ [qw(--scale=nan)], qr/--scale must be/ ],
	[ [qw(--scale=1x)], qr/--scale must be/ ],
	[ [ '--scale=' ], qr/--scale must be/ ],
	[ [qw(--jobs=0)], qr/--jobs must be a whole number from 1 to 64, not "0"/ ],
	[ [qw(--jobs=65)], qr/--jobs must be/ ],
	[ [qw(--jobs=1.5)], qr/--jobs must be/ ],
	[ [qw(--seed=-1)], qr/--seed must be a whole number from 0 to 9223372036854775807/ ],
	[ [qw(--seed=9223372036854775808)], qr/--seed must be/ ],
	[ [qw(--skew=-0.1)], qr/--skew must be a number from 0 to 0\.95/ ],
	[ [qw(--skew=0.96)], qr/--skew must be/ ])
{
	my ($arguments, $message) = @$case;
	my $name = join(' ', @$arguments);

	($status, $out, $err) = load(@$arguments);
	is($status, 2, "$name: exit status");
	like($err, qr/^bingo_load: $message[^\n]*\nTry "bingo_load --help" for more information\.\n\z/, "$name: message");
	is($out, '', "$name: nothing on stdout");
}

# Limits are inside: these get as far as the connection.
foreach my $option (qw(--scale=0.001 --scale=100 --jobs=1 --jobs=64 --seed=0 --seed=9223372036854775807 --skew=0 --skew=0.95))
{
	($status, $out, $err) = load($option);
	is($status, 1, "$option is allowed");
}

($status, $out, $err) = load('--help');
is($status, 0, '--help: exit status');
like($out, qr/\Q$_\E/, "--help explains $_") foreach qw(-d --dbname --scale --jobs --seed --skew --schema --force --quiet --help --version), 'Exit status';
is($err, '', '--help: nothing on stderr');

($status, $out, $err) = load('--version');
is($status, 0, '--version: exit status');
like($out, qr/^bingo_load \d+\.\d+\.\d+\n\z/, '--version');

done_testing();
