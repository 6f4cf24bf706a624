# extension/REFERENCE.md is what the catalog says: every function, view, type and setting with its comment.
#
# When a comment changes, this test writes the page anew into its folder and says where; look at it, and copy it.
#
# Seen red with: a comment changed; a function without one; a page made before the last change of this script.
use strict;
use warnings;

use BenchData;
use PostgreSQL::Test::Utils;
use Test::More;
use TunedNode;

my $node = start_node('reference', '');
$node->safe_psql('postgres', 'CREATE EXTENSION bingo_tune CASCADE');

sub rows
{
	my ($sql) = @_;
	return map { [ map { s/\\n/\n/gr =~ s/\\\\/\\/gr } split(/\t/) ] } split(/\n/, $node->safe_psql('postgres', "COPY ($sql) TO STDOUT (NULL '')"));
}

# Text as Markdown shows it, a comment's line a paragraph.
sub paragraphs
{
	my ($text) = @_;
	return join("\n\n", map { s/([<*])/\\$1/gr } split(/\n+/, $text)) . "\n";
}

my $page = <<'TEXT';
# bingo_tune: every function, view, type and setting

This page is made from the comments in the catalog (`regress/t/reference.pl`). How the parts are used is in
[README.md](README.md). Everything is in the schema bingo_tune.
TEXT

my @without;

# Those that somebody calls, then those that triggers, types and aggregates are made of.
my $inner = "(p.prorettype = ANY ('{trigger,event_trigger,internal,cstring}'::regtype[]) OR 'internal'::regtype = ANY (p.proargtypes))";
my $functions = "FROM pg_proc AS p WHERE p.pronamespace = 'bingo_tune'::regnamespace";
$page .= "\n## Functions\n";
foreach my $row (rows("SELECT p.proname, pg_get_function_arguments(p.oid), pg_get_function_result(p.oid), obj_description(p.oid, 'pg_proc')
	$functions AND NOT $inner AND p.proname !~ '^histogram_in' ORDER BY p.proname COLLATE \"C\", pg_get_function_arguments(p.oid) COLLATE \"C\""))
{
	my ($name, $arguments, $result, $comment) = @$row;
	push @without, "$name($arguments)" if !$comment;
	$arguments =~ s/\b(?:bingo_tune|pg_catalog)\.//g;
	$arguments =~ s/ DEFAULT NULL::[a-z ]+/ DEFAULT NULL/g;
	$result =~ s/\b(?:bingo_tune|pg_catalog)\.//g;
	my @output = $arguments =~ /\bOUT (\w+ [^,]+)/g;
	$arguments =~ s/,? ?OUT [^,]+//g;
	$page .= "\n### $name\n\n```\n$name($arguments) -> $result\n" . (@output ? '  ' . join("\n  ", @output) . "\n" : '') . "```\n\n" . paragraphs($comment // '');
}

$page .= "\n## Views\n";
foreach my $row (rows("SELECT c.oid, c.relname, obj_description(c.oid, 'pg_class') FROM pg_class AS c
	WHERE c.relnamespace = 'bingo_tune'::regnamespace AND c.relkind = 'v' ORDER BY c.relname COLLATE \"C\""))
{
	my ($oid, $name, $comment) = @$row;
	push @without, $name if !$comment;
	$page .= "\n### $name\n\n" . paragraphs($comment // '') . "\n| column | type | |\n|---|---|---|\n";
	foreach my $column (rows("SELECT attname, format_type(atttypid, atttypmod), COALESCE(col_description(attrelid, attnum), '') FROM pg_attribute
		WHERE attrelid = $oid AND attnum > 0 AND NOT attisdropped ORDER BY attnum"))
	{
		my ($label, $type, $words) = map { s/\|/\\|/gr =~ s/\bbingo_tune\.//gr } @$column[0 .. 1], $column->[2] // '';
		$page .= "| `$label` | $type | $words |\n";
	}
}

$page .= "\n## Types\n";
foreach my $row (rows("SELECT t.typname, obj_description(t.oid, 'pg_type') FROM pg_type AS t LEFT JOIN pg_class AS c ON c.oid = t.typrelid
	WHERE t.typnamespace = 'bingo_tune'::regnamespace AND (t.typtype = 'b' AND t.typelem = 0 OR c.relkind = 'c') ORDER BY t.typname COLLATE \"C\""))
{
	push @without, $row->[0] if !$row->[1];
	$page .= "\n### $row->[0]\n\n" . paragraphs($row->[1] // '');
}

$page .= "\n## Settings\n\n| setting | default | changed by | |\n|---|---|---|---|\n";
foreach my $row (rows("SELECT name, boot_val, context, concat_ws(' ', short_desc, extra_desc) FROM pg_settings WHERE name ~ '^bingo_tune\\.' ORDER BY name COLLATE \"C\""))
{
	my ($name, $default, $context, $words) = @$row;
	my %who = (user => 'anybody', superuser => 'superuser', sighup => 'postgresql.conf', postmaster => 'server start');
	$page .= "| `$name` | `$default` | $who{$context} | " . ($words =~ s/\|/\\|/gr) . " |\n";
}

$page .= "\n## Inside\n\nTriggers, and what types and aggregates are made of; nobody calls them.\n\n";
foreach my $row (rows("SELECT p.proname, obj_description(p.oid, 'pg_proc') $functions AND ($inner OR p.proname ~ '^histogram_in') ORDER BY p.proname COLLATE \"C\""))
{
	push @without, $row->[0] if !$row->[1];
	$page .= "- `$row->[0]`: " . (($row->[1] // '') =~ s/\n+/ /gr) . "\n";
}

is(join(', ', @without), '', 'everything has a comment');
my $file = "$root/extension/REFERENCE.md";
my $kept = -e $file ? slurp_file($file) : '';
ok($page eq $kept, 'extension/REFERENCE.md says what the catalog says') or do
{
	my $made = $PostgreSQL::Test::Utils::log_path . '/REFERENCE.md';
	write_file($made, $page);
	my %known = map { $_ => 1 } split(/\n/, $kept);
	diag("the page as it should be: $made\nnew lines:\n" . join("\n", (grep { !$known{$_} } split(/\n/, $page))[0 .. 20]));
};
$node->stop;
done_testing();
