# bingo_bench prove: what advise() says is measured in a copy that is gone afterwards, whatever happens.
#
# Seen to fail with: a counter taken for an index; statistics left out, or not found when they were built; "without" that hides nothing, or drops something; of the rest its commit says it;
# sslpassword in a command line; a line break in a password let through.
use strict;
use warnings;

use BenchData;
use JSON::PP;
use PostgreSQL::Test::Utils;
use Test::More;
use TunedNode;

need_hypopg();
my ($status, $out, $err);
foreach my $case (
	[ qr/--limit must be a number of bytes, as 500MB or 10GB, not "x"/, '--limit=x' ],
	[ qr/--limit must be a number of bytes/, '--limit=-5' ],
	[ qr/--rounds/, '--rounds=2' ],
	[ qr/prove: there is no use for "x"/, 'x' ])
{
	my ($message, @arguments) = @$case;
	($status, $out, $err) = bench('prove', @arguments);
	is($status, 2, "@arguments: exit status");
	like($err, $message, "@arguments: message");
}

my $node = start_node('bench_prove', "fsync = off\njit = off\nautovacuum = off\nmax_parallel_workers_per_gather = 0\n");
my @server = ('-d', $node->connstr('postgres'));
my $directory = PostgreSQL::Test::Utils::tempdir();
my $json = "$directory/prove.json";
$ENV{TMPDIR} = $directory;

sub prove
{
	my (@arguments) = @_;
	($status, $out, $err) = bench('prove', '--quiet', '--rounds=9', '--min-share=0', @server, @arguments);
	return;
}

sub copies
{
	return $node->safe_psql('template1', q{SELECT count(*) FROM pg_database WHERE datname LIKE 'bingo\_prove%'});
}

# An error, and what to do; nothing is left behind.
sub fails
{
	my ($name, $sqlstate, $message, $hint, @arguments) = @_;
	prove(@arguments);
	is($status, 1, "$name: exit status") or diag($out);
	like($err, $message, "$name: message");
	like($err, qr/^SQLSTATE: $sqlstate$/m, "$name: SQLSTATE");
	like($err, qr/^HINT: .*$hint/m, "$name: hint");
	is(copies(), '0', "$name: no copy");
	return;
}

fails('no extension', '55000', qr/does not have the extension bingo_tune/, 'CREATE EXTENSION bingo_tune CASCADE');
$node->safe_psql('postgres', 'SET client_min_messages = warning; CREATE EXTENSION bingo_tune CASCADE');
fails('no hypopg', '55000', qr/could not ask for advice: advise\(\) needs the extension hypopg/, 'CREATE EXTENSION hypopg');

# What a copy must not stumble over: names, types of the user's, generated columns, partitions, foreign keys, views, sequences.
$node->safe_psql('postgres', <<'SQL');
CREATE EXTENSION hypopg;
CREATE ROLE app LOGIN CREATEDB;
CREATE ROLE poor LOGIN;
CREATE SCHEMA "My; schema";
CREATE TYPE "My; schema".mood AS ENUM ('sad', 'glad');
CREATE TABLE "My; schema".kind (id serial PRIMARY KEY, name text NOT NULL, family integer NOT NULL);
INSERT INTO "My; schema".kind (name, family) SELECT md5(i::text), i % 2 FROM generate_series(1, 3000) AS i;
CREATE TABLE "My; schema"."It""em" (id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, "Ki nd" integer NOT NULL REFERENCES "My; schema".kind,
	at integer NOT NULL, mood "My; schema".mood, twice integer GENERATED ALWAYS AS (at * 2) STORED);
INSERT INTO "My; schema"."It""em" ("Ki nd", at, mood) SELECT 1 + i * 7 % 3000, i, CASE WHEN i % 10000 = 0 THEN 'sad' ELSE 'glad' END::"My; schema".mood
	FROM generate_series(1, 100000) AS i;
CREATE INDEX ON "My; schema"."It""em" ("Ki nd");
CREATE TABLE part (id integer, at date) PARTITION BY RANGE (at);
CREATE TABLE part_1 PARTITION OF part FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');
CREATE TABLE part_2 PARTITION OF part FOR VALUES FROM ('2021-01-01') TO ('2022-01-01');
INSERT INTO part SELECT i, date '2020-01-01' + i % 700 FROM generate_series(1, 300000) AS i;
CREATE VIEW late AS SELECT * FROM part WHERE at > '2021-01-01';
CREATE TABLE unused AS SELECT i FROM generate_series(1, 10000) AS i;
GRANT USAGE ON SCHEMA "My; schema" TO app, poor;
GRANT SELECT ON ALL TABLES IN SCHEMA "My; schema", public TO app, poor;
VACUUM ANALYZE;
SELECT bingo_tune.reset_timing();
SQL
prove();
is($status, 0, 'no advice: exit status') or diag($err);
like($out, qr/^nothing to prove: advise\(\) proposes no index, ordering, counter or statistics$/m, 'no advice');

my $page = q{SELECT i.id, k.name FROM "My; schema"."It""em" i JOIN "My; schema".kind k ON k.id = i."Ki nd" ORDER BY k.family, i.at DESC LIMIT 10};
my $update = 'UPDATE unused SET i = 3 WHERE i = 77';
sub run
{
	my ($role, @statements) = @_;
	$node->safe_psql('postgres', 'SELECT bingo_tune.reset_timing()');
	$node->safe_psql('postgres', join(";\n", @statements), extra_params => [ '-U', $role ]) if @statements;
	return;
}
my $superuser = $node->safe_psql('postgres', 'SELECT current_user');
run($superuser, $update);
fails('no example', '02000', qr/has an example that can be run: it writes or locks rows/, 'as its role');

# Others' statements would run with one's own rights.
run('app', 'SELECT * FROM late WHERE id = 5');
fails("another's example", '02000', qr/role app has run it: add --trust=app/, 'as its role');
fails('too large', '54000', qr/the tables to copy have [\d.]+ MB with their indexes, and the limit is 0\.1 MB/, 'raise --limit', '--limit=100kB', '--trust=app');
like($err, qr/^  public\.part_1 +\d+ kB$/m, 'too large: the sizes');
prove('--trust=app', '--to=host=/nowhere');
is($status, 1, 'no such server: exit status');
like($err, qr/could not connect/, 'no such server: message');
prove('--trust=app', '--to', $node->connstr('template1'));
is($status, 0, 'trusted, from another database: exit status') or diag($err);
like($out, qr/^1 of 1 proved$/m, 'trusted') or diag($out);
run('poor', 'SELECT * FROM late WHERE id = 5');
@server = ('-d', $node->connstr('postgres') . ' user=poor');
fails('no rights', '42501', qr/could not make a database for the copy: permission denied to create database/, 'GRANT the missing right');
@server = ('-d', $node->connstr('postgres'));

# An index for a partitioned table, one for a type of the user's and a parameter, an ordering, a counter.
my $before = $node->safe_psql('postgres', 'SELECT count(*), (SELECT count(*) FROM bingo_tune.orderings), (SELECT count(*) FROM bingo_tune.counters), (SELECT count(*) FROM pg_namespace) FROM pg_class');
run($superuser, 'SELECT * FROM late WHERE id = 5', $page, $update, q{SELECT count(*) FROM "My; schema"."It""em" WHERE mood = 'glad'});
write_file("$directory/mood.sql", 'SELECT * FROM "My; schema"."It""em" WHERE mood = :mood;' . "\n");
$node->command_ok([ qw(pgbench -n -t 1 -M extended -D mood=sad -f), "$directory/mood.sql", 'postgres' ], 'a parameter of a type of the user\'s');
prove("--json=$json");
is($status, 0, 'exit status') or diag($err);
is($err, '', 'nothing to complain of');
like($out, qr/^to copy, with their indexes: 5 tables, \d+ [kM]B$/m, 'how many tables');
unlike($out, qr/^  public\.unused /m, 'only those that examples read');
like($out, qr/^   proved: \d+ kB, built in [\d.]+ s, -?[\d.]+ us more for each inserted row \(-?[\d.]+ to [\d.]+\)$/m, 'an index') or diag($out);
my $document = read_json($json);
my %advice = map { $_->{command} => $_ } @{ $document->{advice} };
my @found = map { s/ USING.*|, 'SELECT.*//rs } sort keys %advice;
is_deeply(\@found, [ q{CREATE INDEX CONCURRENTLY ON "My; schema"."It""em"}, 'CREATE INDEX CONCURRENTLY ON public.unused', 'CREATE INDEX ON public.part', 
		q{SELECT bingo_tune.create_counter('It"em_count_by_mood'}, q{SELECT bingo_tune.create_ordering('kind_by_family'} ], 'the advice');
foreach my $advice (values %advice)
{
	my ($statement) = @{ $advice->{statements} };
	if ($advice->{command} =~ /unused/)
	{
		ok(!$advice->{proved}, 'what has only written is not proved');
		like($statement->{not_run}, qr/it writes or locks rows/, 'and why');
		next;
	}
	ok($advice->{proved}, "$advice->{command} is proved") or diag($out);
	cmp_ok($advice->{bytes}, '>', 8192, 'bytes');
	is(scalar @{ $statement->{samples_before_ms} }, 9, 'rounds before');
	is(scalar @{ $statement->{samples_after_ms} }, 9, 'rounds after');
	is($statement->{verdict}, 'faster', 'verdict');
	cmp_ok($statement->{low}, '<', $statement->{ratio}, 'interval, low');
	cmp_ok($statement->{ratio}, '<', $statement->{high}, 'interval, high');
	cmp_ok($statement->{high}, '<', 1, 'interval');
	is($advice->{kind}, $advice->{command} =~ /create_(\w+)/ ? $1 : 'index', 'kind');
	my $measured = $advice->{command} =~ /It""em" USING/;
	is(!!$advice->{inserted_rows}, !!$measured, 'an INSERT is measured for the index of a plain table');
}
is($node->safe_psql('postgres', q{SELECT count(*) FROM bingo_tune.query_timing WHERE query ~ 'pg_locks|bingo_prove_\[0-9' AND query !~ '\mbingo_tune\.'}), '0', 'what it asks for itself says so');
is(copies(), '0', 'no copy');
is_deeply([ glob("$directory/bingo_prove.*") ], [], 'no files');
is($node->safe_psql('postgres', 'SELECT count(*), (SELECT count(*) FROM bingo_tune.orderings), (SELECT count(*) FROM bingo_tune.counters), (SELECT count(*) FROM pg_namespace) FROM pg_class'), $before,
	'nothing is changed in the database');

# Whose functions run as whom: indexes are made as the tables' owners, and nobody's operators are looked up.
$node->safe_psql('postgres', 'CREATE SCHEMA trap AUTHORIZATION poor');
$node->safe_psql('postgres', <<'SQL', extra_params => [ '-U', 'poor' ]);
CREATE FUNCTION trap.caught(i integer) RETURNS integer LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
	RAISE LOG 'caught % in %', current_user, current_database();
	RETURN i;
END
$$;
CREATE TABLE trap.t (id integer);
CREATE INDEX ON trap.t ((id + trap.caught(1)));
SQL
$node->safe_psql('postgres', q{ALTER DATABASE postgres SET log_statement = 'all'});
plant_operators($node, 'postgres');
my $offset = -s $node->logfile;
prove('--rounds=3');
is($status, 0, 'with operators of a stranger: exit status') or diag($err);
unplant_operators($node, 'postgres');
my $log = slurp_file($node->logfile, $offset);
$node->safe_psql('postgres', 'ALTER DATABASE postgres RESET log_statement');
is($log =~ s/SET LOCAL bingo_tune\.hidden_relations = '\d+[\d,]*'//g, 4 * 3, 'without a piece it is hidden, of each that is measured, in each round');
unlike($log, qr/: (DROP INDEX (?!bingo_prove\.i)|SELECT bingo_tune\.drop_)/, '... and nothing is dropped for that');
like($log, qr/caught poor in bingo_prove_\d+/, 'the copy has the index of another');
unlike($log, qr/caught \Q$superuser\E in bingo_prove/, 'whose function does not run as superuser');

# Statistics: three of four tags have the value, of which the planner takes it that one of two hundred has it.
$node->safe_psql('postgres', <<'SQL');
CREATE TABLE tag AS SELECT i AS id, CASE WHEN i % 4 = 0 THEN 'Rare' || i ELSE 'Common' END AS name FROM generate_series(1, 200) AS i;
CREATE UNIQUE INDEX ON tag (id);
CREATE TABLE thing AS SELECT i AS id, 1 + i * 7 % 200 AS tag, i * 7919 % 100003 AS at, repeat('x', 50) AS rest FROM generate_series(1, 100000) AS i;
CREATE INDEX ON thing (at);
CREATE INDEX ON thing (tag);
VACUUM ANALYZE tag, thing;
SQL
run($superuser, q{SELECT i.id FROM thing i JOIN tag t ON t.id = i.tag WHERE lower(t.name) = 'common' ORDER BY i.at DESC LIMIT 10});
prove("--json=$json");
is($status, 0, 'statistics: exit status') or diag($err);
my ($made) = @{ read_json($json)->{advice} };
is("$made->{kind} $made->{bytes} " . scalar @{ $made->{statements}[0]{samples_before_ms} // [] }, 'statistics 0 9', 'statistics are built and measured') or diag($out);

# Passwords reach pg_dump and psql, and are in no command line, which others may read.
run($superuser, q{SELECT * FROM "My; schema".kind WHERE name = 'y'});
$node->safe_psql('postgres', q{CREATE ROLE keeper LOGIN SUPERUSER PASSWORD 'ge''heim \ #x'});
my $hba = $node->data_dir . '/pg_hba.conf';
write_file($hba, "local all keeper scram-sha-256\n" . slurp_file($hba));
$node->reload;
mkdir("$directory/bin");
foreach my $program (qw(pg_dump psql))
{
	my ($real) = grep { -x } map { "$_/$program" } split(/:/, $ENV{PATH});
	chmod(0755, write_file("$directory/bin/$program", "#!/bin/sh\necho $program \"\$@\" >>$directory/said\nexec $real \"\$@\"\n"));
}
{
	local $ENV{PATH} = "$directory/bin:$ENV{PATH}";
	@server = ('-d', $node->connstr('postgres') . q{ user=keeper password='ge\'heim \\\\ #x' sslpassword=geheimer});
	my $said = sub { return slurp_file("$directory/said") };
	prove('--rounds=3', "--trust=$superuser");
	is($status, 0, 'with a password: exit status') or diag($err);
	like($said->(), qr/^pg_dump .*\npsql /m, 'with a password: what was run');
	unlike($said->(), qr/heim/, 'with a password: it is in no command line');
	is_deeply([ glob("$directory/bingo_prove.*") ], [], 'with a password: no file is left');
	$server[1] =~ s/geheimer/'a \n b'/;
	prove('--rounds=3', "--trust=$superuser");
	is($status, 1, 'a line break in a password: exit status');
	like($err, qr/could not write what pg_dump connects with.*\nSQLSTATE: 58030\nHINT: .*no line break/, 'a line break in a password: message');
	@server = ('-d', $node->connstr('postgres'));
}

# Interrupted while it measures, a small table only.
run($superuser, q{SELECT * FROM "My; schema".kind WHERE name = 'x'});
my $measuring = q{SELECT count(*) > 0 FROM pg_stat_activity WHERE datname LIKE 'bingo\_prove%' AND query IN ('ROLLBACK', 'BEGIN', 'SET TRANSACTION READ ONLY')};
foreach my $signal (qw(INT TERM HUP KILL))
{
	my $run = bench_start('prove', '--rounds=1000', '--seconds=100000', '--min-share=0', @server);
	$node->poll_query_until('template1', $measuring);
	$run->{harness}->signal($signal);
	($status, $out, $err) = bench_finish($run);
	next if $signal eq 'KILL';
	is($status, 130, "SIG$signal: exit status") or diag($err);
	unlike($err, qr/SQLSTATE/, "SIG$signal: it is no error");
	is(copies(), '0', "SIG$signal: no copy");
	is_deeply([ glob("$directory/bingo_prove.*") ], [], "SIG$signal: no files");
}
is(copies(), '1', 'killed: the copy is left');
unlink glob("$directory/bingo_prove.*/*");
rmdir foreach glob("$directory/bingo_prove.*");
$node->safe_psql('postgres', 'CREATE DATABASE bingo_prove_1');
$node->poll_query_until('template1', q{SELECT count(*) = 0 FROM pg_stat_activity WHERE datname LIKE 'bingo\_prove%'});
($status, $out, $err) = bench('prove', '--rounds=3', '--min-share=0', @server);
like($err, qr/^removing bingo_prove_\d+, which an interrupted run has left$/m, 'the next run removes it');
is($status, 0, 'and goes on');
is($node->safe_psql('template1', q{SELECT datname FROM pg_database WHERE datname LIKE 'bingo\_prove%'}), 'bingo_prove_1', "but not what isn't ours");

# The server goes away.
my $run = bench_start('prove', '--rounds=1000', '--seconds=100000', '--min-share=0', @server);
$node->poll_query_until('template1', $measuring);
$node->stop('immediate');
($status, $out, $err) = bench_finish($run);
is($status, 1, 'the server goes away: exit status');
like($err, qr/^HINT: When the server is there, type: DROP DATABASE IF EXISTS bingo_prove_\d+ WITH \(FORCE\); the next run does so, too\.$/m, 'and what to type') or diag($err);

done_testing();
