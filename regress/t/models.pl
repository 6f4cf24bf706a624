# All interleavings of writers, upkeep and a reader of one key of an ordering are exact, and of writers of what one row joins with;
# and none of the locks, and of the orders of steps, that the proofs at the heads of extension/write/maintain.c and light.c rest on is there
# for nothing: without any one of them the models in keyed_model.c and light_model.c find an interleaving that is not.
#
# Seen red: each break; and the whole with U that cuts under the snapshot of its beginning.
use strict;
use warnings FATAL => 'all';

use File::Basename qw(dirname);
use PostgreSQL::Test::Utils;
use Test::More;

my $here = dirname(dirname(__FILE__));
my %breaks = (
	keyed_model => [
		qw(d_without_gate u_gate_shared u_snapshot_first d_boundary_first d_boundary_old d_unlocks_first u_unlocks_first
		u_cuts_twice s_two_snapshots s_any_file d_without_mark d_leaves_rows d_skips_by_mark s_ignores_marks
		f_keeps_boundary f_notes_first f_without_looking f_overlooks_marks f_leaves_rest)
	],
	light_model => [
		qw(m_without_own light_without_others light_without_images light_without_old heavy_beside_light m_snapshot_first d_without_leading
		d_without_others d_snapshot_first m_unlocks_first)
	]);

foreach my $model (sort keys %breaks)
{
	my $program = PostgreSQL::Test::Utils::tempdir() . "/$model";

	command_ok([ $ENV{CC} // 'cc', qw(-std=gnu11 -O2 -Wall -Wextra -Werror), '-o', $program, "$here/$model.c" ], "$model compiles");
	command_like([$program], qr/^exact in \d+ states\b/, "$model: all interleavings are exact");
	command_checks_all([ $program, $_ ], 1, [qr/^not exact/], [qr/^$/], "$model: one is not with $_") foreach @{ $breaks{$model} };
}

done_testing();
