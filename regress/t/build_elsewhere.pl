# make check, make demo and make demo-stop by root in a clone that the servers' user
# can't read, such as one in root's home: in a copy, and nothing is installed before
# that is known.
#
# Here root is who runs this, and the other user a setpriv that lets nobody look into
# the folder "closed".  The tree has one small C file and a demo and tests that only
# say where they are; everything around them is real.
#
# Seen red: as it was (packages first, then "cannot read"); a copy with the clone's modes;
# a copy of old files, or one that keeps what has gone from the clone; a new file left out
# because it is older than the library (.SECONDARY in the server's makefiles); one made anew
# each time; demo-stop in the clone; variables and goals lost on the way; clean that
# leaves the copy, or takes it with its demo; a TMPDIR that the user can't enter;
# a link to somewhere else followed.
use strict;
use warnings FATAL => 'all';

use Cwd qw(abs_path);
use File::Basename qw(dirname);
use File::Path qw(make_path);
use IPC::Run;
use PostgreSQL::Test::Utils;
use Test::More;

my $root = abs_path(dirname(__FILE__) . '/../..');
my $folder = abs_path(PostgreSQL::Test::Utils::tempdir_short());
my $clone = "$folder/closed/clone";
my $bin = "$folder/bin";
my ($status, $output);

sub file
{
	my ($path, $text, $mode) = @_;
	make_path(dirname($path));
	unlink $path;
	append_to_file($path, $text);
	chmod $mode // 0755, $path or die "could not make \"$path\": $!\n";
	return;
}

sub make
{
	my (@words) = @_;
	$output = '';
	IPC::Run::run([ 'make', '--no-print-directory', '-C', $clone, @words ], '<', \undef, '>', \$output, '2>&1');
	$status = $? >> 8;
	return;
}

# --- the machine ---

my ($group) = run_command([ 'id', '-g' ]);
file("$bin/id", <<"SH");
#!/bin/sh
case \$1 in
	-u) [ -z "\$AS" ] && [ -z "\$2" ] && echo 0 || echo 1000 ;;
	-un) echo postgres ;;
	-g) echo $group ;;
	postgres) ;;
	*) exit 1 ;;
esac
SH
file("$bin/setpriv", <<"SH");
#!/bin/sh
shift 3
case "\$*" in *"$folder/closed"*) exit 1 ;; esac
AS=postgres exec "\$@"
SH
file("$bin/dpkg-query", "#!/bin/sh\nshift 2\nfor name; do echo \"\$name all \$(cat $folder/state)\"; done\n");
file("$folder/state", 'installed', 0644);
file("$bin/apt-get", "#!/bin/sh\necho \"\$*\" >>$folder/apt\n");
file("$folder/apt", '', 0644);
file("$bin/sleep", "#!/bin/sh\n");
file("$bin/pg_config_here", "#!/bin/sh\nexec \"" . ($ENV{PG_CONFIG} // 'pg_config') . "\" \"\$@\"\n");
mkdir "$folder/open" or die;
local $ENV{PATH} = "$bin:$ENV{PATH}";
local $ENV{TMPDIR} = "$folder/open";
local $ENV{INSTALL_TOOLS} = 'no';
delete @ENV{ grep { /^(?:RUN_AS|MAKEFLAGS|MAKELEVEL|MFLAGS|BINGO_CACHE|PG_CONFIG_\d+)$/ } keys %ENV };

# --- the tree ---

run_command([ 'mkdir', '-p', $clone ]);
is((run_command([ 'sh', '-c', "cd '$root' && tar -cf - Makefile .ci .gitignore META.json sql extension/bingo_tune.control extension/*.md | tar -xf - -C '$clone'; echo \$?" ]))[0], 0, 'a tree');
file("$clone/extension/bingo_tune.c", "#include \"postgres.h\"\n#include \"fmgr.h\"\n\nPG_MODULE_MAGIC;\n", 0600);
file("$clone/bench/demo.sh", <<'SH', 0700);
#!/bin/bash
cd "$(dirname "$0")/.."
echo "demo $* in $(pwd -P)"
case $1 in
	start) touch .demo/server ;;
	stop) [ ! -e .demo ] || echo "stopped"; rm -rf .demo ;;
esac
SH
file("$clone/regress/check.sh", <<'SH', 0700);
#!/bin/bash
cd "$(dirname "$0")/.."
mkdir -p .check
echo "check $* in $(pwd -P), PG_CONFIG=$PG_CONFIG" | tee .check/totals
SH
file("$clone/regress/gone", 'soon', 0600);
chmod 0700, $clone;

# --- the demo ---

make('demo', 'SCALE=0.5');
is($status, 0, 'demo: exit status') or diag($output);
my ($copy) = $output =~ m{^User "postgres", who runs the servers, can't read \Q$folder\E/closed\.\nWorking in a copy of this clone, which "make clean" removes:\n    (\Q$folder/open\E/bingo_tune\.\w+/bingo_tune)$}m;
ok($copy, 'demo: where is said') or BAIL_OUT($output);
like($output, qr/^demo start --scale=0\.5 in \Q$copy\E$/m, 'demo: it runs there, as it was told');
is(scalar(() = slurp_file("$copy/.demo/build.log") =~ /^  CC /mg), 1, 'demo: built there');
ok(!-e "$clone/.demo" && !-e "$clone/bingo_tune.so", 'demo: nothing in the clone');
is(readlink "$clone/.copy", $copy, 'a link leads to the copy');
sub mode { return sprintf '%04o', (stat shift)[2] & 07777 }
is(mode(dirname $copy), '0750', 'the copy is closed to others');
is(mode("$copy/extension/bingo_tune.c"), '0644', 'and open to the user');
is(mode("$copy/bench/demo.sh"), '0755', 'who may run it');

# --- again, with other files: only what is new is built ---

file("$clone/extension/more.c", "int bingo_more(void);\nint bingo_more(void)\n{\n\treturn 1;\n}\n", 0600);
utime time - 3600, time - 3600, "$clone/extension/more.c" or die;	# older than what was built
unlink "$clone/regress/gone" or die;
my $own = "$copy/extension/bingo_tune.o";
my $before = (stat $own)[9];
make('check', 'REGRESS=one two', 'TAP=', 'PG_CONFIG=../../bin/pg_config_here');
is($status, 0, 'check: exit status') or diag($output);
like($output, qr{^check --pg-config=\Q$copy\E/\.build/stage/\S+/pg_config --only-REGRESS=one two --only-TAP= in \Q$copy\E, PG_CONFIG=\Q$bin\E/pg_config_here$}m,
	'check: in the same copy, as it was told');
ok(-e "$clone/.copy/.check/totals", 'check: its results are found by the link');
like($output, qr/^  CC    extension\/more\.c$/m, 'check: a new file is there');
ok(!-e "$copy/regress/gone", 'check: an old one is not');
is((stat $own)[9], $before, 'check: what was built is kept');
ok(-e "$copy/.demo/server", 'check: the demo stays');
make('-n', 'clean', 'check');
like($output, qr/^rm -rf .*\n(?:.*\n)*.*\.ci\/run-as check$/m, 'two goals: one here, one there');

# --- the end ---

make('clean');
is($status, 0, 'clean beside a demo: exit status') or diag($output);
ok(!-e "$copy/bingo_tune.so" && -e "$copy/.demo/server", 'clean beside a demo: what was built goes, the demo stays');
make('demo-stop');
is($status, 0, 'demo-stop: exit status');
is($output, "demo stop in $copy\nstopped\n", 'demo-stop: where the demo is');
make('demo-stop');
is($output, "demo stop in $clone\n", 'demo-stop without a demo');
make('clean');
is($status, 0, 'clean: exit status');
ok(!-e dirname($copy) && !-l "$clone/.copy", 'clean: the copy is gone');

# --- places ---

mkdir "$folder/closed/tmp" or die;
{
	local $ENV{TMPDIR} = "$folder/closed/tmp";
	make('check', 'REGRESS=', 'ISOLATION=', 'TAP=');
	like($output, qr{^check .* in /var/tmp/bingo_tune\.\w+/bingo_tune, }m, 'TMPDIR is closed, too: below /var/tmp');
	make('clean');
}
mkdir "$folder/precious" or die;
file("$folder/precious/.copied", "./file\n", 0644);
file("$folder/precious/file", '', 0644);
symlink "$folder/precious", "$clone/.copy" or die;
make('check');
is($status, 2, 'a link to another folder: exit status');
make('clean');
is($status, 2, 'a link to another folder: clean, exit status');
like($output, qr/"\Q$clone\E\/\.copy" leads to \Q$folder\E\/precious, which was not made here\nHINT: Remove it\./, 'a link to another folder: message');
ok(-e "$folder/precious/file", 'a link to another folder: nothing happens to it');
unlink "$clone/.copy" or die;

# --- what can't go elsewhere ---

file("$folder/state", 'half-installed', 0644);
make('bench');
is($status, 2, 'bench: exit status');
like($output, qr/^run-as: user "postgres", who is to run the server, cannot read "\Q$folder\E\/closed"\nHINT: Clone to a folder that everybody can read/m, 'bench: message');
is(slurp_file("$folder/apt"), '', 'bench: nothing was installed before');

# --- a clone that he can read ---

file("$folder/state", 'installed', 0644);
rename "$folder/closed/clone", "$folder/open/clone" or die;
$clone = "$folder/open/clone";
make('demo');
like($output, qr/^demo start --scale=0\.2 in \Q$clone\E$/m, 'an open clone: there');
ok(!-l "$clone/.copy", 'an open clone: no copy');

done_testing();
