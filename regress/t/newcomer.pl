# Somebody who knows SQL, but not this project, with a database of his own: by README alone he finds his slow page, is
# advised, proves it in a copy, has it served, sees that it is right, and goes on without the extension.
#
# The tables are as Rails makes them.  Each command is README's own, with his database, statement or name in the place of
# what stands there; readme types what stands there.
#
# Seen red with: a command that is not on README any more; orderings and counters that serve nothing; a load before the page.
use strict;
use warnings;

use BenchData;
use IPC::Run;
use PostgreSQL::Test::Utils;
use Test::More;
use TunedNode;

need_hypopg();
my $node = start_node('newcomer', "fsync = off\njit = off\nautovacuum = off\n");
my $page = slurp_file("$root/README.md");
my $directory = PostgreSQL::Test::Utils::tempdir();
symlink("$root/tools", "$directory/tools") or die;
chdir($directory) or die;
$ENV{PGHOST} = $node->host;
$ENV{PGPORT} = $node->port;

# The line of README that begins so, and is a command.
sub of_readme
{
	my ($beginning) = @_;
	my ($line) = $page =~ /^(\Q$beginning\E.*?)(?:\s+#\s.*|\s+--\s.*)?$/m;

	ok($line, "README: $beginning");
	return $line // 'SELECT NULL';
}

# Types a command, SQL in psql; returns what it says.
sub type
{
	my ($command) = @_;
	my $output = '';

	if ($command =~ /^[A-Z]+ /)
	{
		IPC::Run::run([ qw(psql -X -v ON_ERROR_STOP=1 -P pager=off -d mydb) ], '<', \"$command\n", '>', \$output, '2>&1');
	}
	else
	{
		IPC::Run::run([ 'bash', '-c', $command ], '<', \undef, '>', \$output, '2>&1');
	}
	is($?, 0, 'exit status: ' . ($command =~ /^(.{1,60})/)[0]) or diag($output);
	return $output;
}

$node->safe_psql('postgres', 'CREATE DATABASE mydb');
# They were there before the extension was.
$node->safe_psql('mydb', <<'SQL');
SET bingo_tune.track = none;
CREATE TABLE accounts (id bigserial PRIMARY KEY, name varchar NOT NULL, plan integer NOT NULL, created_at timestamp(6) NOT NULL);
CREATE TABLE tickets (id bigserial PRIMARY KEY, account_id bigint NOT NULL REFERENCES accounts, subject varchar NOT NULL,
	deleted_at timestamp(6), created_at timestamp(6) NOT NULL);
INSERT INTO accounts (name, plan, created_at) SELECT 'Account ' || i, i % 3, '2026-01-01' FROM generate_series(1, 500) AS i;
INSERT INTO tickets (account_id, subject, deleted_at, created_at) SELECT 1 + i % 500, 'Ticket about ' || md5(i::text),
	CASE WHEN i % 20 = 0 THEN timestamp '2026-02-01' END, timestamp '2026-01-01' - i * interval '7 min' FROM generate_series(1, 100000) AS i;
CREATE INDEX index_tickets_on_account_id ON tickets (account_id);
VACUUM ANALYZE;
SQL
my $list = 'SELECT "tickets"."id", "tickets"."subject", "accounts"."name" FROM "tickets" INNER JOIN "accounts" ON "accounts"."id" = "tickets"."account_id"'
  . ' WHERE "tickets"."deleted_at" IS NULL ORDER BY "accounts"."plan" ASC, "tickets"."created_at" DESC LIMIT 25 OFFSET 0';
my $count = 'SELECT COUNT(*) FROM "tickets" WHERE "tickets"."deleted_at" IS NULL';

# Found.
type(of_readme(q{psql -c 'CREATE EXTENSION bingo_tune CASCADE' mydb}));
my $before = join("\n", map { $node->safe_psql('mydb', $_) } ($list, $count) x 5);
my @slowest = split(/\n/, type(of_readme('SELECT calls, p50, p99, max, query FROM bingo_tune.query_summary')));
like("$slowest[2]\n$slowest[3]", qr/5 \|.*\| SELECT "tickets"\."id", "tickets"\."subject"/, 'found: the page is among the first two') or diag("@slowest");

# Advised: what to do, and for which statement.
type(of_readme('CREATE EXTENSION hypopg;'));
my $advice = type(of_readme('SELECT kind, statement, command, reason, note, mean_ms, expected_ms FROM bingo_tune.advise()'));
my ($of_page) = grep { /^statement +\| \Q$list\E$/m } split(/^-\[ RECORD.*\n/m, $advice);
like($of_page // '', qr/^kind +\| ordering$/m, 'advised: an ordering for the page') or diag($advice);
my ($name) = ($of_page // '') =~ /create_ordering\('(\w+)'/;
like($advice, qr/^kind +\| counter\nstatement +\| \Q$count\E$/m, 'advised: a counter for the count');

# Proved, in a copy.
my $proved = type(of_readme('tools/bingo_bench prove -d mydb') . ' --rounds=5');
like($proved, qr/create_ordering\('$name'.*?\bfaster +SELECT "tickets"\."id"/s, 'proved: the page');
like($proved, qr/^(\d+) of \1 proved$/m, 'proved: all of it');

# Served, as the application sends it.
type(of_readme('SELECT bingo_tune.advise_commands() \gexec'));
of_readme('SELECT * FROM bingo_tune.explain_ordering(');
like(type("SELECT * FROM bingo_tune.explain_ordering('$list') \\gx"), qr/^ordering +\| $name\nserved +\| t$/m, 'served: the page');
like($node->safe_psql('mydb', "EXPLAIN $list"), qr/BingoOrderedScan/, '... by its plan, too');
like($node->safe_psql('mydb', "EXPLAIN $count"), qr/BingoCounter/, 'served: the count');
is(join("\n", map { $node->safe_psql('mydb', $_) } ($list, $count) x 5), $before, 'the same answers');

# Right, after a change, too.
$node->safe_psql('mydb', 'UPDATE accounts SET plan = -1 WHERE id = 77; DELETE FROM tickets WHERE id < 50');
of_readme('SELECT missing, extra, differing FROM bingo_tune.verify_ordering(');
like(type("SELECT missing, extra, differing FROM bingo_tune.verify_ordering('$name');"), qr/^ +0 \| +0 \| +0$/m, 'right: the window');
is($node->safe_psql('mydb', $count), $node->safe_psql('mydb', "SET bingo_tune.enable_counter_scan = off; $count"), 'right: the count');

# Shown to a colleague, and gone again.
type(of_readme('tools/bingo_bench health -d mydb -o page.html'));
like(slurp_file("$directory/page.html"), qr/<h2>Orderings<\/h2>.*$name/s, 'shown');
type(of_readme(q{psql -c 'SELECT bingo_tune.revert()'}));
is($node->safe_psql('mydb', q{SELECT count(*) FROM pg_trigger WHERE tgrelid = 'tickets'::regclass AND tgname ~ 'bingo'}), '0', 'gone: nothing is left at the tables');
$node->stop;
done_testing();
