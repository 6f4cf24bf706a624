# Pages of bingo_bench as a browser shows them: wide and on a phone, light and dark.
package BrowserPage;

use strict;
use warnings;

use IPC::Run;
use JSON::PP qw(decode_json);
use PostgreSQL::Test::Utils;
use Exporter 'import';

our @EXPORT = qw(find_program find_browser look_at_page page_figure);

sub find_program
{
	foreach my $name (@_)
	{
		foreach my $path (split(/:/, $ENV{PATH}))
		{
			return "$path/$name" if -x "$path/$name";
		}
	}
	return;
}

sub find_browser
{
	return find_program('chromium', 'chromium-browser', 'google-chrome');
}

# What the browser itself reports.  A table or picture may be wider than its box with a bar of its own; nothing else may be
# wider than what holds it, a table of names and values neither, nor one whose first column has names, no words stand in a narrow column, no number is broken over two lines, no two texts of a picture stand on each other, and all is
# readable on its ground.
my $script = <<'JS';
<script>
const bad = [];
const apart = (a, b) => a.right <= b.left + 1 || b.right <= a.left + 1 || a.bottom <= b.top + 1 || b.bottom <= a.top + 1;
if (document.documentElement.scrollWidth > window.innerWidth) bad.push('page is wider than the window');
for (const e of document.querySelectorAll('h1, h2, h3, p, li, table, td, th, pre, .name, .values, figcaption'))
	if (e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).display != 'inline') bad.push('cut off: ' + e.tagName + ' ' + e.textContent.slice(0, 40));
for (const e of document.querySelectorAll('td, .values span')) {
	if (!/^[^a-z]*[\d.,]+( ms)?$/.test(e.textContent.trim()) && !e.matches('.values span')) continue;
	const range = document.createRange();
	range.selectNodeContents(e);
	const lines = new Set([...range.getClientRects()].map(r => Math.round(r.bottom / 6)));
	if (lines.size > 1) bad.push('number on two lines: ' + e.textContent);
}
for (const group of ['.axis span', '.moments span', '.level b'])
	for (const box of new Set([...document.querySelectorAll(group)].map(e => e.closest('.axis, .moments, .plot')))) {
		const texts = [...box.querySelectorAll(group.replace(/^\.\w+ (span)/, '$1'))].filter(e => e.offsetParent !== null);
		texts.forEach((e, i) => {
			const r = e.getBoundingClientRect();
			if (r.left < -1 || r.right > window.innerWidth + 1) bad.push('outside: ' + e.textContent);
			for (const other of texts.slice(0, i))
				if (!apart(r, other.getBoundingClientRect())) bad.push('overlap: ' + e.textContent + ' and ' + other.textContent);
		});
	}
for (const chart of document.querySelectorAll('.chart'))
	for (const column of [1, 2, 3])
		if (new Set([...chart.querySelectorAll(`.values span:nth-child(${column})`)].map(e => Math.round(e.getBoundingClientRect().left))).size > 1)
			bad.push('values are not in columns: ' + column);
for (const e of document.querySelectorAll('.wide'))
	if (e.scrollWidth > e.clientWidth && !getComputedStyle(e).backgroundImage.includes('gradient')) bad.push('does not show that there is more');
for (const e of document.querySelectorAll('table.pairs'))
	if (e.scrollWidth > e.parentElement.clientWidth + 1) bad.push('wider than its place: ' + e.textContent.slice(0, 40));
for (const e of document.querySelectorAll('td.words'))
	if (e.clientHeight > 12 * parseFloat(getComputedStyle(e).lineHeight)) bad.push('narrow: ' + e.textContent.slice(0, 40));
for (const e of document.querySelectorAll('table.stacked'))
	if (e.scrollWidth > e.parentElement.clientWidth + 1) bad.push('out of sight: ' + e.textContent.slice(0, 40));
let drawn = 0;
for (const svg of document.querySelectorAll('.wide svg')) {
	const frame = svg.getBoundingClientRect();
	const boxes = [];
	if (frame.width < 600 || frame.height < 80) bad.push('picture is small: ' + frame.width + ' x ' + frame.height);
	for (const text of svg.querySelectorAll('text')) {
		const box = text.getBoundingClientRect();
		if (!text.textContent.trim()) continue;
		if (box.left < frame.left - 1 || box.right > frame.right + 1 || box.top < frame.top - 1 || box.bottom > frame.bottom + 1)
			bad.push('cut off: ' + text.textContent);
		for (const [other, name] of boxes)
			if (!apart(box, other)) bad.push('overlap: ' + text.textContent + ' and ' + name);
		boxes.push([box, text.textContent]);
	}
	let longest = 0;
	for (const path of svg.querySelectorAll('g[id*="_plot_"] path'))
		longest = Math.max(longest, path.getTotalLength());
	if (longest < 5) bad.push('nothing drawn'); else drawn++;
}
for (const path of document.querySelectorAll('.trend path'))
	if (!(path.getTotalLength() > 5)) bad.push('nothing drawn over time');
const light = text => {
	const [r, g, b] = text.match(/[\d.]+/g).map(v => v / 255).map(v => v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4);
	return .2126 * r + .7152 * g + .0722 * b;
};
const ground = light(getComputedStyle(document.body).backgroundColor);
for (const e of document.querySelectorAll('p, td, th, li, small, span, b, figcaption, .name')) {
	const ink = light(getComputedStyle(e).color);
	const contrast = (Math.max(ink, ground) + .05) / (Math.min(ink, ground) + .05);
	if (contrast < 4.5) bad.push('pale: ' + e.textContent.slice(0, 40));
}
const seen = {width: window.innerWidth, dark: ground < .2};
// On paper, A4 with margins of 1 cm, nothing scrolls.
if (window.innerWidth > 640 && document.styleSheets.length > 0) {
	for (const rule of document.styleSheets[0].cssRules)
		if (rule.media && rule.media.mediaText == 'print') rule.media.mediaText = 'screen';
	document.body.style.width = '718px';
	const edge = document.body.getBoundingClientRect().right + 1;
	for (const e of document.querySelectorAll('.wide > *, pre, p, li, .values'))
		if (e.getBoundingClientRect().right > edge || (e.matches('.values') && e.scrollWidth > e.clientWidth + 1) || (e.matches('.wide > *') && e.parentElement.scrollWidth > e.parentElement.clientWidth + 1))
			bad.push('lost on paper: ' + e.tagName + ' ' + e.textContent.trim().slice(0, 40));
}
const result = document.createElement('pre');
result.id = 'check';
result.textContent = JSON.stringify({bad: [...new Set(bad)], drawn: drawn, ...seen,
	rows: document.querySelectorAll('.chart .row').length, trends: document.querySelectorAll('.trend').length});
document.body.appendChild(result);
</script>
JS

sub run_browser
{
	my (@arguments) = @_;
	my $directory = PostgreSQL::Test::Utils::tempdir();
	my ($out, $noise) = ('', '');
	local $ENV{HOME} = $directory;

	IPC::Run::run(
		[
			find_browser(), qw(--headless --no-sandbox --disable-gpu --hide-scrollbars --allow-file-access-from-files),
			"--user-data-dir=$directory/browser", @arguments
		],
		'>', \$out, '2>', \$noise);
	return ($out, $noise);
}

# Shows a page in a window of that width.  Returns what the script above found, and the page as it stands then.  A
# window is at least 500 wide: a narrower page stands in a frame, which tells its window what it found.
sub look_at_page
{
	my ($html, $width, $dark) = @_;
	my $directory = PostgreSQL::Test::Utils::tempdir();
	my $page = "$directory/page.html";
	my $shown = $page;
	my @arguments = ("--window-size=" . ($width < 500 ? 500 : $width) . ",1400", '--virtual-time-budget=3000', '--dump-dom');

	push @arguments, '--blink-settings=preferredColorScheme=0' if $dark;
	open(my $file, '>', $page) or die "$page: $!";
	print $file $html =~ s{</body>}{$script</body>}r;
	close($file) or die "$page: $!";
	if ($width < 500)
	{
		$shown = "$directory/frame.html";
		open($file, '>', $shown) or die "$shown: $!";
		print $file "<body style='margin:0'><iframe id='frame' src='page.html' style='border:0;width:${width}px;height:1400px'"
		  . " onload=\"document.body.appendChild(frame.contentDocument.getElementById('check'))\"></iframe></body>";
		close($file) or die "$shown: $!";
	}
	my ($dom, $noise) = run_browser(@arguments, "file://$shown");
	my ($found) = $dom =~ m{<pre id="check">(.*?)</pre>}s;
	return ($found ? decode_json($found =~ s/&lt;/</gr =~ s/&gt;/>/gr =~ s/&amp;/&/gr) : { bad => ["not rendered: $noise"] }, $dom);
}

# Does a figure on a page say what the value is, as far as its digits go?
sub page_figure
{
	my ($shown, $value) = @_;
	my $number = $shown =~ tr/,//dr;
	my ($digits) = $number =~ /\.(\d+)$/ ? length($1) : 0;

	return $number eq sprintf("%.${digits}f", $value) || abs($value) >= 1000 && $number == sprintf('%.3g', $value);
}

1;
