# make bench-smoke: every benchmark script that has a small form runs to its end on its own server.
#
# Seen to fail with: FLAT holding other rows than the answer; a row of the driver's table missing.
#
# Starts first: a dozen benchmarks wait for the clock, one after the other.
use strict;
use warnings;

use BenchData;
use PostgreSQL::Test::Utils;
use Test::More;

# The installation under test instead of a new build.
chomp($ENV{BENCH_BINDIR} = `pg_config --bindir`);
delete $ENV{$_} foreach grep { /^PG(HOST|PORT|USER|DATABASE|APPNAME)$/ } keys %ENV;
$ENV{TMPDIR} = PostgreSQL::Test::Utils::tempdir_short();

my ($out, $err) = ('', '');
IPC::Run::run([ "$root/bench/run.sh", '--smoke' ], '<', \undef, '>', \$out, '2>', \$err);
is($?, 0, 'every script ends well') or diag("$out\n$err");
foreach my $script (glob("$root/bench/*.sh"))
{
	my ($name) = $script =~ m{([^/]+)\.sh$};
	next unless slurp_file($script) =~ /^# Smoke:/m && $name ne 'run';
	like($out, qr/^== $name /m, "$name was run");
}
like($out, qr/^\| FLAT +\| +[\d.]+ \| +1\.00 \|/m, 'endpoints: ratios to FLAT');
like($out, qr/^\| best +\| +[\d.]+ \|/m, 'endpoints: the indexes');
like($out, qr/^\| with bingo_tune\.apply\(\) \| [\d.]+ \/s \| [\d.]+ \|$/m, 'endpoints: inserts');
foreach my $what ('schedule error', 'closed loop', 'quantiles', 'stall', 'A/A', 'memory')
{
	like($out, qr/^\| \Q$what\E.*\| (?:met|missed) +\|$/m, "driver: $what");
}
is(scalar(() = $out =~ /^service levels$/mg), 2, 'traffic: bare and tuned are judged');

IPC::Run::run([ "$root/bench/run.sh", 'nonsense' ], '>', \$out, '2>', \$err);
is($? >> 8, 2, 'unknown benchmark: exit status');
like($err, qr/there is no benchmark "nonsense"/, 'unknown benchmark: message');

done_testing();
