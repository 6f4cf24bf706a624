# Upkeep beside transactions that don't end, or never stop overlapping: what one
# ordering has to wait for keeps no other one waiting, and writers that leave no gap
# don't keep an ordering invalid.  What upkeep could not do is said.
#
# Seen red: upkeep that tries one ordering's step for minutes; tables that are queued for
# no longer than 50 ms, however often; no look after COMMIT PREPARED; the error of a
# rebuild told to nobody; a window that VACUUM may truncate; patience of a commit in a
# procedure that doesn't know statement_timeout; no further round for what found no memory; a value of a row in a reason, of a commit
# or of upkeep.
use strict;
use warnings FATAL => 'all';

use OrderingData;
use PostgreSQL::Test::Utils;
use Test::More;
use TunedNode;

my $node = start_node('main', "autovacuum = off\nfsync = off\nmax_prepared_transactions = 10\n");
$node->safe_psql('postgres', <<'SQL');
CREATE EXTENSION bingo_tune CASCADE;
CREATE TABLE one (id int PRIMARY KEY, title varchar(50) NOT NULL);
CREATE TABLE two (id int PRIMARY KEY, title varchar(50) NOT NULL);
INSERT INTO one SELECT i, i FROM generate_series(1, 1000) i;
INSERT INTO two SELECT i, i FROM generate_series(1, 1000) i;
SELECT bingo_tune.create_ordering('a', 'SELECT id, title FROM one ORDER BY id', 100);
SELECT bingo_tune.create_ordering('b', 'SELECT id, title FROM two ORDER BY id', 100);
SQL

sub state_is
{
	my ($ordering, $condition, $what) = @_;

	ok($node->poll_query_until('postgres', "SELECT $condition FROM bingo_tune.orderings WHERE name = '$ordering'"), $what)
	  or diag($node->safe_psql('postgres', 'TABLE bingo_tune.orderings'));
	return;
}

# --- one that has to wait for long ---

$node->safe_psql('postgres', $_) foreach "BEGIN; INSERT INTO one VALUES (-1, '0'); PREPARE TRANSACTION 'stuck'",
  "INSERT INTO one SELECT -i, '0' FROM generate_series(2, 500) i", 'VACUUM FULL two';
state_is('b', "state = 'valid'", 'another can be filled while one can not be pruned');
is($node->safe_psql('postgres', "SELECT kept_rows > 200 FROM bingo_tune.orderings WHERE name = 'a'"), 't', 'which waits for its gate');
$node->safe_psql('postgres', "ROLLBACK PREPARED 'stuck'");
state_is('a', "state = 'valid' AND kept_rows < 200", 'in the end it is');

$node->safe_psql('postgres', 'SET bingo_tune.upkeep = off; ALTER TABLE one ALTER title TYPE varchar(60)');
my $writer = $node->background_psql('postgres', on_error_stop => 1);
$writer->query_safe("BEGIN; INSERT INTO one VALUES (5000, 'late')");
$node->safe_psql('postgres', 'VACUUM FULL two');
state_is('b', "state = 'valid'", 'another can be filled while one can not be made again');
is($node->safe_psql('postgres', "SELECT state FROM bingo_tune.orderings WHERE name = 'a'"), 'invalid', 'which waits for its table');
$writer->query_safe('COMMIT');
state_is('a', "state = 'valid'", 'in the end it is');
$writer->quit;

# --- writers that overlap for as long as it takes, each transaction longer than a lock is waited for at first ---

my @writers;
foreach my $number (1 .. 4)
{
	my $statements = join('', map { 'BEGIN; INSERT INTO one VALUES (' . ($number * 100_000 + $_) . ", 'x'); SELECT pg_sleep(0.2); COMMIT;\n" } 1 .. 3000);
	push @writers, start_psql($node, 'postgres', $statements);
}
ok($node->poll_query_until('postgres', 'SELECT count(DISTINCT id / 100000) = 5 FROM one'), 'all of them write');
$node->safe_psql('postgres', 'ALTER TABLE one ALTER title TYPE varchar(70)');
state_is('a', "state = 'valid'", 'valid again in their midst');
is($node->safe_psql('postgres', "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"), '4', 'none has ended');
$node->safe_psql('postgres', "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()");
foreach my $psql (@writers)
{
	eval { end_psql($psql) };
	unlike($psql->{err}, qr/ERROR/, 'no statement of theirs has failed');
}

# --- COMMIT PREPARED of more than is worked off ---

$node->safe_psql('postgres', "BEGIN; UPDATE two SET title = 'p'; PREPARE TRANSACTION 'bulk'");
$node->safe_psql('postgres', "COMMIT PREPARED 'bulk'");
state_is('b', "state = 'valid'", 'upkeep after COMMIT PREPARED');
is($node->safe_psql('postgres', "SELECT missing, extra, differing FROM bingo_tune.verify_ordering('b')"), '0|0|0', 'which was needed');

# --- COMMIT as part of a statement ---

$node->safe_psql('postgres', <<'SQL');
CREATE TABLE of (id int PRIMARY KEY, two_id int NOT NULL);
CREATE INDEX ON of (two_id);
SELECT bingo_tune.create_ordering('c', 'SELECT of.id, two.title FROM of JOIN two ON of.two_id = two.id ORDER BY two.title, of.id', 100);
BEGIN;
UPDATE two SET title = 'held' WHERE id = 5;
PREPARE TRANSACTION 'held';
SQL
is($node->psql('postgres', "SET statement_timeout = '900ms'; DO 'BEGIN INSERT INTO of VALUES (1, 5); COMMIT; END'"), 0, 'it may last as long as the statement');
is($node->safe_psql('postgres', 'SELECT count(*) FROM of'), '1', 'and is done');
$node->safe_psql('postgres', "ROLLBACK PREPARED 'held'");
state_is('c', "state = 'valid'", 'the ordering comes back');

# --- an obstacle that only a rebuild meets ---

$node->safe_psql('postgres', <<'SQL');
CREATE FUNCTION refuse() RETURNS event_trigger LANGUAGE plpgsql AS $$
BEGIN
	IF current_setting('app.ticket', true) IS DISTINCT FROM 'on' THEN
		RAISE EXCEPTION 'DDL needs a ticket';
	END IF;
END $$;
CREATE EVENT TRIGGER refuse ON ddl_command_start EXECUTE FUNCTION refuse();
SET app.ticket = on;
ALTER TABLE one ALTER title TYPE varchar(80);
SQL
state_is('a', "reason ~ 'DDL needs a ticket'", 'the reason names it');
like(slurp_file($node->logfile), qr/LOG:  could not keep ordering "a" up: DDL needs a ticket/, 'and so does the log');
$node->safe_psql('postgres', 'SET app.ticket = on; DROP EVENT TRIGGER refuse');
$node->safe_psql('postgres', 'ALTER TABLE one SET (fillfactor = 90)');
state_is('a', "state = 'valid'", 'gone with it');

# --- an error that a row raises: everybody may read the reason, but not what the row has ---

$node->safe_psql('postgres', <<'SQL');
CREATE TABLE account (id int PRIMARY KEY, number text NOT NULL);
SELECT bingo_tune.create_ordering('d', 'SELECT id FROM account ORDER BY number::int, id', 100);
INSERT INTO account VALUES (1, 'secret');
SQL
state_is('d', q{state = 'invalid' AND reason ~ 'an error: invalid input syntax.*22P02.*; invalid input syntax.*22P02'}, 'the reasons tell which error it was');
is($node->safe_psql('postgres', q{SELECT (SELECT count(*) FROM pg_description WHERE description ~ 'secret'),
	(SELECT count(*) FROM bingo_tune.orderings o WHERE o::text ~ 'secret')}), '0|0', 'and no value');
like(slurp_file($node->logfile), qr/LOG:  could not keep ordering "d" up: invalid input syntax for type integer: "secret"/, 'which the log has');
$node->safe_psql('postgres', $_) foreach 'DELETE FROM account', q{SELECT bingo_tune.refresh_ordering('d')};
state_is('d', "state = 'valid'", 'gone with the row');

# --- one that goes: no memory, as where the lock table is full ---

$node->safe_psql('postgres', <<'SQL');
ALTER SYSTEM SET log_min_messages = debug1;
SELECT pg_reload_conf();
CREATE FUNCTION no_room() RETURNS event_trigger LANGUAGE plpgsql AS $$
BEGIN
	IF current_setting('app.ticket', true) IS DISTINCT FROM 'on' THEN
		RAISE EXCEPTION SQLSTATE '53200';
	END IF;
END $$;
CREATE EVENT TRIGGER no_room ON ddl_command_start EXECUTE FUNCTION no_room();
SET app.ticket = on;
ALTER TABLE one ALTER title TYPE varchar(90);
SQL
$node->wait_for_log(qr/upkeep looks again in 800 ms/);
$node->safe_psql('postgres', 'SET app.ticket = on; DROP EVENT TRIGGER no_room');
state_is('a', "state = 'valid'", 'the same worker goes on when there is memory');

is($node->safe_psql('postgres', "SELECT DISTINCT reloptions FROM pg_class WHERE relnamespace = 'bingo_tune'::regnamespace AND relkind = 'm'"),
	'{vacuum_truncate=off}', 'nor does VACUUM take a lock on a window that readers of a standby would feel');
$node->stop;
done_testing();
