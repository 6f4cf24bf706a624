# All interleavings of writers, upkeep and a reader of one key of an ordering are exact, and none of the locks, and
# of the orders of steps, that the proof at the head of extension/write/maintain.c rests on is there for nothing: without
# any one of them the model in keyed_model.c finds an interleaving that is not.
#
# Seen red: each break; and the whole with U that cuts under the snapshot of its beginning.
use strict;
use warnings FATAL => 'all';

use File::Basename qw(dirname);
use PostgreSQL::Test::Utils;
use Test::More;

my $here = dirname(dirname(__FILE__));
my $program = PostgreSQL::Test::Utils::tempdir() . '/keyed_model';

command_ok([ $ENV{CC} // 'cc', qw(-std=gnu11 -O2 -Wall -Wextra -Werror), '-o', $program, "$here/keyed_model.c" ],
	'the model compiles');
command_like([$program], qr/^exact in \d+ states$/, 'all interleavings are exact');
foreach my $break (
	qw(d_without_gate u_gate_shared u_snapshot_first d_boundary_first d_boundary_old d_unlocks_first u_unlocks_first
	u_cuts_twice s_two_snapshots s_any_file))
{
	command_checks_all([ $program, $break ], 1, [qr/^not exact/], [qr/^$/], "one is not with $break");
}

done_testing();
