# .ci/install-packages on machines that have some of what it wants: what it takes for
# missing, and what it says.  The machines are made here, with a dpkg, an apt and
# servers of their own, so nothing is installed, and whatever happens to this machine's
# packages meanwhile is no matter.
#
# Seen red: PGXS taken for the server's headers, as it was (a server and libpq-dev, no
# headers: nothing was installed); each file of .ci/server-lacks left out; the server
# named to apt beside its headers (it would be upgraded, and restarted); dpkg's state
# compared as a whole (two architectures, pending triggers); a locked list of packages
# taken for a failing mirror; packages named without their version; a picture's package
# asked for alone, or not at all; no look at a PG_CONFIG that doesn't work, at a server of
# the user's own, or at what is there when all is installed; sudo's absence not looked
# at; the major of a lone libpq-dev taken for a server's.
use strict;
use warnings FATAL => 'all';

use Cwd qw(abs_path);
use File::Basename qw(dirname);
use File::Path qw(make_path remove_tree);
use IPC::Run;
use PostgreSQL::Test::Utils;
use Test::More;

my $root = abs_path(dirname(__FILE__) . '/../..');
my $folder = PostgreSQL::Test::Utils::tempdir();
my $bin = "$folder/bin";
my $servers = "$folder/usr/lib/postgresql";
my ($status, $output);

sub file
{
	my ($path, $text, $mode) = @_;
	make_path(dirname($path));
	unlink $path;
	append_to_file($path, $text // '');
	chmod $mode // 0755, $path or die "could not make \"$path\": $!\n";
	return;
}

# A pg_config as its server's, below a folder where Debian has it, or the user.
sub pg_config
{
	my ($path, $major, $lib, $headers, $share) = @_;
	file($path, <<"SH");
#!/bin/sh
for option; do
	case \$option in
		--version) echo "PostgreSQL $major.2" ;;
		--bindir) echo $lib/bin ;;
		--pgxs) echo $lib/lib/pgxs/src/makefiles/pgxs.mk ;;
		--includedir-server) echo $headers ;;
		--sharedir) echo $share ;;
	esac
done
SH
	return;
}

# What Debian's packages bring; the ends of their names are the keys of parts.
sub server
{
	my ($major, %parts) = @_;
	my $lib = "$servers/$major";
	my @places = ($major, $lib, "$folder/usr/include/postgresql/$major/server", "$folder/usr/share/postgresql/$major");
	if ($parts{client})
	{
		pg_config("$lib/bin/pg_config", @places);
		file("$lib/bin/$_") foreach qw(psql createdb);
		file("$lib/lib/pgxs/src/$_")
		  foreach qw(makefiles/pgxs.mk test/regress/pg_regress test/isolation/pg_isolation_regress
		  test/isolation/isolationtester test/perl/PostgreSQL/Test/Cluster.pm);
	}
	if ($parts{server})
	{
		file("$lib/bin/$_") foreach qw(postgres initdb pg_ctl pgbench);
		file("$places[3]/extension/pg_stat_statements.control");
	}
	file("$places[2]/postgres.h") if $parts{dev};
	pg_config("$bin/pg_config.libpq-dev", @places) if $parts{libpq};
	return;
}

# The real programs that the scripts, and those here, use.
my @tools = qw(bash sh env dirname realpath grep sed cat awk mktemp rm tail mkdir chmod fold);
my ($paths) = run_command([ 'sh', '-c', 'for tool; do command -v $tool; done', 'sh', @tools ]);
my %tools;
@tools{@tools} = split /\n/, $paths;

# A machine that has all that is no part of a server, and an archive that has 15.
my @others = map { (split)[1] } grep { /^(?:build|check) / && !/PGVERSION/ } split /\n/, slurp_file("$root/.ci/packages");

sub machine
{
	remove_tree($bin, "$folder/usr", "$folder/dpkg", "$folder/candidates");
	make_path($bin, "$folder/dpkg", "$folder/candidates");
	symlink $tools{$_}, "$bin/$_" or die "could not link \"$_\": $!\n" foreach keys %tools;
	file("$bin/id", "#!/bin/sh\necho 0\n");
	file("$bin/setpriv", "#!/bin/sh\nshift 3\nexec \"\$@\"\n");
	file("$bin/sleep", "#!/bin/sh\necho \$1 >>$folder/slept\n");
	# "dpkg-query -W -f=FORMAT NAME..."
	file("$bin/dpkg-query", "#!/bin/sh\nshift 2\ncd $folder/dpkg && cat \"\$@\" 2>/dev/null\n");
	file("$bin/apt-cache", "#!/bin/sh\necho \"\$2:\"; echo \"  Candidate: \$(cat $folder/candidates/\$2 2>/dev/null || echo '(none)')\"\n");
	file("$bin/apt-get", <<"SH");
#!/bin/bash
echo "\$*" >>$folder/apt
mapfile -t says <$folder/apt_says
if [ \${#says[@]} != 0 ]; then
	printf '%s\\n' "\${says[@]:1}" >$folder/apt_says
	[ -z "\${says[0]}" ] || { echo "\${says[0]}" >&2; exit 100; }
fi
[[ " \$* " = *" install "* ]] || exit 0
for package; do
	case \$package in [a-z]*) echo "\$package amd64 installed" >$folder/dpkg/\$package ;; esac
	[ ! -e $folder/brings/\$package ] || . $folder/brings/\$package
done
SH
	# As postgresql-common's: the newest server's, else that of libpq-dev.
	file("$bin/pg_config", <<"SH");
#!/bin/sh
for file in $servers/*/bin/pg_config $bin/pg_config.libpq-dev; do
	[ ! -x "\$file" ] || newest=\$file
	case \$file in */bin/pg_config.libpq-dev) [ -z "\$server" ] || newest=\$server ;; *) server=\$newest ;; esac
done
[ -n "\$newest" ] && exec "\$newest" "\$@"
SH
	dpkg_says($_ => 'amd64 installed') foreach 'dpkg', @others;
	candidate(postgresql => '15+248', 'postgresql-15' => '15.20-0');
	# What the archive's packages put where.
	foreach my $major (15, 17)
	{
		my ($lib, $share, $headers) =
		  ("$servers/$major", "$folder/usr/share/postgresql/$major", "$folder/usr/include/postgresql/$major/server");
		file("$folder/brings/postgresql-$major", <<"SH");
mkdir -p $lib/bin $lib/lib/pgxs/src/makefiles $lib/lib/pgxs/src/test/{regress,isolation,perl/PostgreSQL/Test} $share/extension
for file in $lib/bin/{postgres,initdb,pg_ctl,pgbench,createdb,psql} $share/extension/pg_stat_statements.control \\
	$lib/lib/pgxs/src/{makefiles/pgxs.mk,test/{regress/pg_regress,isolation/{pg_isolation_regress,isolationtester},perl/PostgreSQL/Test/Cluster.pm}}; do
	: >\$file
done
cat $folder/pg_config.$major >$lib/bin/pg_config
chmod 755 $lib/bin/*
SH
		file("$folder/brings/postgresql-server-dev-$major", "mkdir -p $headers; : >$headers/postgres.h\n");
		pg_config("$folder/pg_config.$major", $major, $lib, $headers, $share);
	}
	apt_says();
	return;
}

# dpkg_says PACKAGE, "ARCHITECTURE STATE"...
sub dpkg_says
{
	my ($package, @states) = @_;
	file("$folder/dpkg/$package", join('', map { "$package $_\n" } @states), 0644);
	return;
}

sub candidate
{
	my (%versions) = @_;
	file("$folder/candidates/$_", "$versions{$_}\n", 0644) foreach keys %versions;
	return;
}

# The next calls of apt-get fail with these lines; an empty one is a call that works.
sub apt_says
{
	file("$folder/apt_says", join('', map { "$_\n" } @_), 0644);
	file("$folder/apt", '', 0644);
	file("$folder/slept", '', 0644);
	return;
}

# Returns the packages that apt-get was told to install, in one string.
sub install
{
	my ($groups, @environment) = @_;
	$output = '';
	IPC::Run::run([ 'env', '-i', "PATH=$bin", @environment, "$root/.ci/install-packages", split(' ', $groups) ],
		'<', \undef, '>', \$output, '2>&1');
	$status = $? >> 8;
	my ($packages) = slurp_file("$folder/apt") =~ /^.* install --no-install-recommends (.*)$/m;
	return $packages // '';
}

# installs NAME, GROUPS, PACKAGES, ENVIRONMENT...: they are installed, and then nothing more is wanted.
sub installs
{
	my ($name, $groups, $packages, @environment) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	is(install($groups, @environment), $packages, "$name: what is installed");
	is($status, 0, "$name: exit status") or diag($output);
	file("$folder/apt", '', 0644);
	install($groups, @environment);
	is("$status$output" . slurp_file("$folder/apt"), '0', "$name: the next time all is there, and nothing is said");
	return;
}

# refuses NAME, GROUPS, MESSAGE, ENVIRONMENT...: before apt is asked for anything.
sub refuses
{
	my ($name, $groups, $message, @environment) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	install($groups, @environment);
	is($status, 1, "$name: exit status");
	like($output, $message, "$name: message and hint");
	is(slurp_file("$folder/apt"), '', "$name: apt was not called");
	return;
}

# --- what belongs to the server ---

machine();
server(15, client => 1, server => 1, dev => 1, libpq => 1);
is(install('build check'), '', 'all is there: nothing is installed');
is("$status$output" . slurp_file("$folder/apt"), '0', 'all is there: nothing is said, apt is not called');

machine();
server(15, client => 1, server => 1, libpq => 1);
installs('a server and libpq-dev, no headers', 'build check', 'postgresql-server-dev-15');

machine();
server(15, client => 1, dev => 1);
installs('headers and a client, no server', 'build', 'postgresql-15');

machine();
server(15, libpq => 1);
installs('libpq-dev alone', 'build check', 'postgresql-15 postgresql-server-dev-15');

machine();
installs('no pg_config', 'build check', 'postgresql-15 postgresql-server-dev-15');

# What is installed is named with its version.  A picture's package comes along, and is nothing to ask for by itself.
machine();
install('build demo');
is($output, "Installing: postgresql-15 postgresql-server-dev-15 gnuplot-nox\n", 'no pg_config: what is said');
like(slurp_file("$folder/apt"), qr/ install --no-install-recommends gnuplot-nox$/m, 'no pg_config: the picture, too');
unlink "$folder/dpkg/gnuplot-nox" or die;
apt_says();
is(install('build demo') . $output . slurp_file("$folder/apt"), '', 'all but the picture: nothing is asked for');

machine();
server(18, libpq => 1);
installs('libpq-dev of a major that can\'t be had', 'build check', 'postgresql-15 postgresql-server-dev-15');

machine();
server(17, libpq => 1);
candidate('postgresql-17' => '17.1-1');
installs('libpq-dev of another major', 'build check', 'postgresql-17 postgresql-server-dev-17');

machine();
server(15, client => 1, server => 1, dev => 1);
server(17, client => 1, server => 1);
installs('two servers, the newer one without headers', 'build check', 'postgresql-server-dev-17');
installs('two servers, PG_CONFIG selects the other', 'build check', '', "PG_CONFIG=$servers/15/bin/pg_config");

machine();
server(15, client => 1, server => 1, dev => 1);
installs('PG_CONFIG names a server that is still to come', 'build', 'postgresql-17 postgresql-server-dev-17',
	"PG_CONFIG=$servers/17/bin/pg_config");

# Each file that is used is missed.
machine();
server(15, client => 1, server => 1, dev => 1);
foreach my $file ((map { "$servers/15/bin/$_" } qw(postgres initdb pg_ctl psql createdb pgbench)),
	"$folder/usr/share/postgresql/15/extension/pg_stat_statements.control")
{
	unlink $file or die;
	is(install('build'), 'postgresql-15', 'no ' . ($file =~ s{.*/}{}r));
	apt_says();
}
foreach my $name ('regress/pg_regress', 'isolation/pg_isolation_regress', 'isolation/isolationtester', 'perl/PostgreSQL/Test/Cluster.pm')
{
	my $file = "$servers/15/lib/pgxs/src/test/$name";
	unlink $file or die;
	is(install('build'), '', "no $name: the build needs it not");
	is(install('build check'), 'postgresql-server-dev-15', "no $name: the tests do");
	is($status, 1, 'a package that does not bring it: exit status');
	like($output, qr/^install-packages: the server of "pg_config" is not complete, now that all is installed: there is no \Q$file\E$/m,
		'a package that does not bring it: message');
	file($file);
	apt_says();
}
unlink "$servers/15/lib/pgxs/src/makefiles/pgxs.mk" or die;
is(install('build'), 'postgresql-server-dev-15', 'no PGXS');

# A newer client hides the server, and its own server is not to be had.
machine();
server(15, client => 1, server => 1, dev => 1);
server(17, client => 1);
apt_says('', 'E: Unable to locate package postgresql-17', 'E: Unable to locate package postgresql-17', 'E: Unable to locate package postgresql-17');
is(install('build check'), 'postgresql-17 postgresql-server-dev-17', 'a newer client: what is asked for');
is($status, 1, 'a newer client: exit status');
like($output,
	qr/^E: Unable to locate .*\ninstall-packages: apt-get could not install: postgresql-17 .*\nHINT: .*\nHINT: This machine has other servers; to take one add: PG_CONFIG=\Q$servers\E\/15\/bin\/pg_config$/m,
	'a newer client: the hint names the server that is there');

# --- servers of the user's own ---

machine();
refuses('no such pg_config', 'build', qr/^install-packages: "\/nowhere\/pg_config" is not a working pg_config\nHINT: Give PG_CONFIG the program itself/,
	'PG_CONFIG=/nowhere/pg_config');
my $own = "$folder/own";
pg_config("$own/bin/pg_config", 15, $own, "$own/include", "$own/share");
file("$own/bin/$_") foreach qw(postgres initdb pg_ctl psql createdb pgbench);
file("$own/$_") foreach qw(share/extension/pg_stat_statements.control lib/pgxs/src/makefiles/pgxs.mk);
refuses('own server without headers', 'build', qr/: the server of ".*" is not complete: there is no \Q$own\E\/include\/postgres\.h\nHINT: In its source folder type: /,
	"PG_CONFIG=$own/bin/pg_config");
file("$own/include/postgres.h");
is(install('build', "PG_CONFIG=$own/bin/pg_config"), '', 'own server: nothing is installed for the build');
is("$status$output", '0', 'own server: nothing is said');
refuses('own server without what tests use', 'build check', qr/: there is no \S+\/test\/regress\/pg_regress\nHINT: /, "PG_CONFIG=$own/bin/pg_config");
file("$own/lib/pgxs/src/test/$_") foreach qw(regress/pg_regress isolation/pg_isolation_regress isolation/isolationtester perl/PostgreSQL/Test/Cluster.pm);
installs('own server, complete', 'build check', '', "PG_CONFIG=$own/bin/pg_config");
# Root's, where the tests' user can't go.
file("$bin/setpriv", "#!/bin/sh\nexit 126\n");
file("$bin/id", "#!/bin/sh\n[ \"\$1\" = postgres ] || [ \"\$2\" = postgres ] && echo 99 || echo 0\n");
refuses('own server in a closed folder', 'build check', qr/: user "postgres", who runs the tests, cannot run "\Q$own\E\/bin\/pg_config"\nHINT: Move /,
	"PG_CONFIG=$own/bin/pg_config");
is(install('build', "PG_CONFIG=$own/bin/pg_config") . $status, '0', 'own server in a closed folder: a build may use it');

# --- other packages ---

machine();
server(15, client => 1, server => 1, dev => 1);
dpkg_says(gcc => 'amd64 installed', 'i386 installed');
dpkg_says(make => 'amd64 triggers-awaited');
dpkg_says(perl => 'all triggers-pending');
is(install('build check'), '', 'two architectures, pending triggers: that is installed');
dpkg_says('libpq-dev' => 'i386 installed', 'amd64 config-files');
dpkg_says('libcjson-dev' => 'amd64 half-configured');
unlink "$folder/dpkg/perl" or die;
installs('another architecture\'s, half configured, none', 'build check', 'libpq-dev libcjson-dev perl');

# --- apt ---

# Another apt holds one of its locks, for two minutes.
machine();
my $lock = 'E: Could not get lock /var/lib/apt/lists/lock. It is held by process 7 (apt-get)';
apt_says(($lock) x 12);
is(install('build check'), 'postgresql-15 postgresql-server-dev-15', 'another apt: waited for');
is($status, 0, 'another apt: exit status');
is(scalar(() = $output =~ /waiting for another apt to end/g), 1, 'another apt: said once');
is(slurp_file("$folder/slept"), "10\n" x 12, 'another apt: looked for from time to time');
machine();
apt_says(($lock) x 63);
install('build check');
is($status, 1, 'another apt that does not end: exit status');
like($output, qr/^\Q$lock\E\n.*failed, trying again\n(?:.*\n)*install-packages: apt-get update failed\nHINT: /m, 'another apt that does not end: message');

machine();
apt_says('E: 503', '', 'E: 503', 'E: 503');
is(install('build'), 'postgresql-15 postgresql-server-dev-15', 'a mirror that fails now and then');
is($status, 0, 'a mirror that fails now and then: exit status') or diag($output);

# Neither root nor sudo, and a sudo that wants a password.
machine();
file("$bin/id", "#!/bin/sh\necho 1000\n");
unlink "$folder/dpkg/gcc" or die;
refuses('no sudo', 'build', qr/neither root nor sudo.*gcc.*\nHINT: As root type: apt-get install gcc postgresql-15 postgresql-server-dev-15/);
file("$bin/sudo", "#!/bin/sh\necho 'sudo: a password is required' >&2\nexit 1\n");
refuses('sudo that fails', 'build', qr/^sudo: a password is required\n/m);
refuses('no such group', 'nonsense', qr/^install-packages: no group "nonsense"/);

done_testing();
