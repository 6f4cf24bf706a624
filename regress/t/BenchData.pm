# A small database of bingo's shape, and runs of bingo_bench, for the tests of bingo_bench.
package BenchData;

use strict;
use warnings;

use Cwd qw(abs_path);
use File::Basename qw(dirname);
use IPC::Run;
use JSON::PP ();
use PostgreSQL::Test::Utils;
use Exporter 'import';

our @EXPORT = qw($root $workloads fill_bingo bench bench_start bench_finish write_file read_json read_log wait_for_calls plant_operators unplant_operators);

our $root = dirname(dirname(dirname(abs_path(__FILE__))));
our $workloads = "$root/bench/workloads";

# The tables as the application's own command leaves them, and unique ids.
sub fill_bingo
{
	my ($node, %rows) = @_;
	my ($sessions, $customers, $movies) =
	  ($rows{sessions} // 2000, $rows{customers} // 300, $rows{movies} // 50);

	$node->safe_psql('postgres', <<"SQL");
CREATE TABLE sessions (id bigserial, start_time timestamp NOT NULL, customer_id int NOT NULL, movie_id int NOT NULL);
CREATE TABLE customers (id serial, name varchar(80) NOT NULL, surname varchar(80) NOT NULL, birthday date NOT NULL,
	email varchar(256) NOT NULL);
CREATE TABLE movies (id serial, name varchar NOT NULL, year int NOT NULL, duration int NOT NULL);
INSERT INTO movies SELECT g, 'Movie ' || g, 1950 + g % 70, 90 FROM generate_series(1, $movies) g;
INSERT INTO customers SELECT g, 'Name' || g, 'Surname' || g, date '1950-01-01' + g, 'u' || g || '\@example.org'
	FROM generate_series(1, $customers) g;
INSERT INTO sessions SELECT g, timestamp '2020-01-01' + g * interval '1.234567 s', 1 + g % $customers, 1 + g % $movies
	FROM generate_series(1, $sessions) g;
SELECT setval('sessions_id_seq', $sessions);
CREATE UNIQUE INDEX ON sessions (id);
CREATE UNIQUE INDEX ON customers (id);
CREATE UNIQUE INDEX ON movies (id);
SQL
	return;
}

# Operators of a stranger's in schema public, for all pairs of types that the tools' own SQL may compare and PostgreSQL has none for:
# who looks one up by its name alone, with the search_path that everybody has, runs the stranger's code.
sub plant_operators
{
	my ($node, $database) = @_;

	$node->safe_psql($database, <<'SQL');
CREATE ROLE planter;
GRANT CREATE ON SCHEMA public TO planter;
SET ROLE planter;
DO $do$
DECLARE
	types regtype[] := '{name,oid,regclass,jsonb,numeric,bigint,text,"char"}';
	l regtype;
	r regtype;
	o text;
BEGIN
	FOR l, r IN SELECT a, b FROM unnest(types) AS a, unnest(types) AS b
	LOOP
		EXECUTE format('CREATE FUNCTION public.planted(%s, %s) RETURNS bool LANGUAGE plpgsql AS $$ BEGIN RAISE ''planted''; END $$', l, r);
		FOREACH o IN ARRAY '{=,<>,<,>,~,!~,~~,/,||,->>}'::text[]
		LOOP
			IF to_regoperator(format('pg_catalog.%s(%s,%s)', o, l, r)) IS NULL THEN
				EXECUTE format('CREATE OPERATOR public.%s (LEFTARG = %s, RIGHTARG = %s, FUNCTION = public.planted)', o, l, r);
			END IF;
		END LOOP;
	END LOOP;
END
$do$;
SQL
	return;
}

sub unplant_operators
{
	my ($node, $database) = @_;

	$node->safe_psql($database, 'DROP OWNED BY planter; DROP ROLE planter');
	return;
}

# Runs bingo_bench; returns exit status (256 and more: the signal that ended it), stdout, stderr.
sub bench
{
	my (@arguments) = @_;
	my ($out, $err) = ('', '');

	IPC::Run::run([ 'bingo_bench', @arguments ], '<', \undef, '>', \$out, '2>', \$err);
	return ($? & 127 ? 256 + ($? & 127) : $? >> 8, $out, $err);
}

# Starts bingo_bench and returns a handle for bench_finish.
sub bench_start
{
	my (@arguments) = @_;
	my $run = { out => '', err => '' };

	$run->{harness} = IPC::Run::start([ 'bingo_bench', @arguments ], '<', \undef, '>', \$run->{out}, '2>', \$run->{err});
	return $run;
}

sub bench_finish
{
	my ($run) = @_;

	IPC::Run::finish($run->{harness});
	return ($? & 127 ? 256 + ($? & 127) : $? >> 8, $run->{out}, $run->{err});
}

# Waits until this many calls have reached a table through "INSERT INTO seen".
sub wait_for_calls
{
	my ($node, $calls) = @_;

	$node->poll_query_until('postgres', "SELECT count(*) >= $calls FROM seen") or die "no calls arrived";
	return;
}

sub read_json
{
	my ($path) = @_;

	return JSON::PP::decode_json(PostgreSQL::Test::Utils::slurp_file($path));
}

# The lines of --log as hashes.
sub read_log
{
	my ($path) = @_;
	my ($head, @lines) = split(/\n/, PostgreSQL::Test::Utils::slurp_file($path));
	my @names = split(/\t/, $head);

	return map { my %call; @call{@names} = split(/\t/, $_); \%call } @lines;
}

sub write_file
{
	my ($path, $content) = @_;

	open(my $file, '>', $path) or die "$path: $!";
	print $file $content;
	close($file) or die "$path: $!";
	return $path;
}

1;
