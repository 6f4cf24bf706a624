# The dashboard's picture that is shipped: targets as lines, one colour with one meaning in all
# panels, and a legend that can be read, once.
#
# Seen red with: a picture without targets, one with a colour for several endpoints, one with a legend beside each
# panel (all were ours once); a colour more than once in draw.sh; panels of different widths in one column; texts on each
# other.
use strict;
use warnings;

use BrowserPage;
use File::Basename qw(dirname);
use PostgreSQL::Test::Utils;
use Test::More;

my $svg = slurp_file(dirname(dirname(dirname(__FILE__))) . '/bench/monitoring/dashboard.svg');
my (%meanings, %drawn, %texts);

# gnuplot's groups: what the legend calls by its name has no number there.
while ($svg =~ m{<g id="(gnuplot_plot_\w+)"\s*><title>(.*?)</title>(.*?)(?=<g id="gnuplot_plot_|</svg>)}gs)
{
	my ($id, $title, $lines) = ($1, $2, $3);
	my ($colour) = $lines =~ /stroke='(\s*rgb\([^)]*\))'/;

	next if !defined $colour;
	$colour =~ s/\s+//g;
	my $lines_of = $title eq $id ? \%drawn : \%meanings;
	push @{ $lines_of->{$colour} }, $title;
}
my @names = map { @$_ } values %meanings;
cmp_ok(scalar @names, '>=', 10, 'the legend names endpoints and orderings');
is_deeply([ map { join(', ', sort @$_) } grep { @$_ > 1 } values %meanings ], [], 'each colour has one meaning');
is_deeply([ grep { !$meanings{$_} } sort keys %drawn ], [], 'and stands in the legend');
my ($target) = grep { $meanings{$_}[0] eq 'target' } keys %meanings;
ok(defined $target && $drawn{$target}, 'targets are drawn');
$texts{$1}++ while $svg =~ m{<text>\s*(?:<tspan[^>]*>)?\s*([^<]*?)\s*<}gs;
is_deeply([ grep { ($texts{$_} // 0) != 1 } sort @names ], [], 'each name is read once');
my ($smallest) = sort { $a <=> $b } $svg =~ /font-size="([\d.]+)"/g;
cmp_ok($smallest, '>=', 12, 'no text is small');

# Where lines of the grids begin: two columns of panels, each on one edge.
my %edges;
$edges{$1} = 1 while $svg =~ m{class="gridline"\s+d='M([\d.]+),([\d.]+) L[\d.]+,\2 }g;
is(scalar(keys %edges), 2, 'panels stand below one another');
SKIP:
{
	skip 'no headless browser is installed (package chromium)', 1 unless find_browser();
	my ($check) = look_at_page("<html><body><div class=\"wide\">" . $svg =~ s/^.*?(?=<svg)//sr . '</div></body></html>', 1280, 0);
	is_deeply($check->{bad}, [], 'in a browser: nothing is cut off or overlaps') or diag(explain($check->{bad}));
	is($check->{drawn}, 1, 'in a browser: something is drawn');
}
done_testing();
