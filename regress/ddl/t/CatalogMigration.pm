# Runs what migrations of applications consist of, and says what must hold afterwards:
# the statements succeed as in the twin without the extension (CatalogTwins.pm), and
# where the query can be analysed again its ordering is valid again by itself.
#
# Owner of the tables and of the database is "mover", no superuser.
package CatalogMigration;

use strict;
use warnings;

use CatalogTwins;
use Test::More;
use Exporter 'import';

our @EXPORT = qw($data template migrate every_way renamed silence);

our $data = <<'SQL';
INSERT INTO d SELECT i, 'p' || i, i FROM generate_series(1, 50) i;
INSERT INTO f SELECT i, 1 + i % 50, i FROM generate_series(1, 2000) i;
SQL

my %nudges = (
	base => [ "UPDATE d SET p = p || 'x' WHERE id = 45", 'UPDATE f SET n = n + 1 WHERE id = 45' ],
	typed => [ "UPDATE d SET id = 777 WHERE id = 45", "UPDATE d SET id = 45 WHERE id = 777", 'UPDATE f SET d = 46 WHERE id = 45', 'UPDATE f SET d = 45 WHERE id = 45' ]);

# A template's twins, with tables and an ordering, all of them the mover's.
sub template
{
	my ($node, $template, $sql, %ordering) = @_;

	foreach my $database ($template, "${template}_plain")
	{
		$node->safe_psql('postgres', 'CREATE ROLE mover LOGIN') if value($node, 'postgres', "SELECT count(*) FROM pg_roles WHERE rolname = 'mover'") eq '0';
		$node->safe_psql('postgres', "CREATE DATABASE $database OWNER mover");
		is(run_psql($node, $database, $sql, user => 'mover')->{err}, '', "tables of $database");
	}
	$node->safe_psql($template, 'CREATE EXTENSION bingo_tune');
	create_ordering($node, $template, %ordering, user => 'mover');
	quiet($node, $template);
	return;
}

# Nothing is told of DDL any more: event triggers are off, as in a server that is being
# repaired.  Before PostgreSQL 17 there is no setting for it.
sub silence
{
	my ($node, $database) = @_;

	if (major($node) >= 17)
	{
		$node->safe_psql('postgres', "ALTER DATABASE $database SET event_triggers = off");
		return;
	}
	foreach my $trigger (split(/\n/, value($node, $database, 'SELECT evtname FROM pg_event_trigger')))
	{
		$node->safe_psql($database, "ALTER EVENT TRIGGER $trigger DISABLE");
	}
	return;
}

# One migration, in new databases.  Options:
#   do      the statements, each a transaction of its own
#   single  all of them in one transaction instead
#   silent  without event triggers
#   as      who does it (default: the mover)
#   query   what the application asks afterwards (default: what it asked before)
#   stops   why the ordering stops: a pattern; without it, it must go on
#   back    statements that make the query possible again
#   ends    the query is not possible any more, in words
#   write   for comes_back()
my $number = 0;

sub migrate
{
	my ($node, $template, $what, %options) = @_;
	my $database = 'm' . ++$number;
	my %who = (user => $options{as} // 'mover', single => $options{single});
	my %after = (query => $options{query}, write => $options{write} // (defined $options{query} ? '' : undef), user => $who{user});

	local $Test::Builder::Level = $Test::Builder::Level + 1;
	# Without events it is the next writer who notices; whose tables are renamed has no part in it.
	$after{nudge} = "\\set ON_ERROR_STOP off\n" . join(";\n", ($options{query} // $base_query) . ' LIMIT 10', @{ $nudges{$template} }) if $options{silent};
	delete $after{$_} foreach grep { !defined $after{$_} } keys %after;
	$what .= ' (one transaction)' if $options{single};
	$what .= ' (no event triggers)' if $options{silent};
	copy_twins($node, $template, $database, owner => 'mover');
	silence($node, $database) if $options{silent};
	foreach my $step ($options{single} ? join(";\n", @{ $options{do} }) : @{ $options{do} })
	{
		both_psql($node, $database, $step, $options{single} ? $what : "$what: $step", %who);
	}
	same($node, $database, $what);
	if (defined $options{stops})
	{
		stops_serving($node, $database, $what, $options{stops});
		stays_exact($node, $database, $what, %after) if !$options{ends};
	}
	if (defined $options{back})
	{
		both_psql($node, $database, $_, "$what: and back: $_", %who) foreach @{ $options{back} };
		same($node, $database, "$what, and back");
		comes_back($node, $database, "$what, and back", %after);
	}
	elsif (!defined $options{stops})
	{
		comes_back($node, $database, $what, %after);
	}
	drop_twins($node, $database);
	return;
}

# Each as it is; what has several statements, in one transaction, too; and, if asked for
# (silently), without event triggers.
sub every_way
{
	my ($node, $template, $what, %options) = @_;
	my $silently = delete $options{silently};

	local $Test::Builder::Level = $Test::Builder::Level + 1;
	migrate($node, $template, $what, %options);
	migrate($node, $template, $what, %options, single => 1) if @{ $options{do} } > 1;
	migrate($node, $template, $what, %options, silent => 1) if $silently;
	return;
}

# The base's query with another name in it.
sub renamed
{
	my ($from, $to) = @_;
	return $base_query =~ s/\b\Q$from\E\b/$to/gr;
}

1;
