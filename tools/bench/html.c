/*
 * bench/html.c
 *	  The report's page: see bench/html.h.
 */
#include "bench/html.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Colours stand for nothing alone: words and shapes say the same. */
static const char style[] =
":root { color-scheme: light dark; --ink: #1d2228; --soft: #5b6570; --line: #dde2e7; --box: #f5f7f9; --page: #fff;"
" --good: #1a7037; --bad: #b3261e; --mark: #1f5fa8; --shade: #0003; }\n"
"@media (prefers-color-scheme: dark) { :root { --ink: #e4e7ea; --soft: #a0a9b2; --line: #363d45; --box: #1f2429;"
" --page: #15181b; --good: #63c183; --bad: #ff8a80; --mark: #7ab2f2; --shade: #fff2; } }\n"
"* { box-sizing: border-box; }\n"
"body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--page); margin: 0 auto;"
" padding: 20px 24px 56px; max-width: 1040px; }\n"
"h1 { font-size: 26px; line-height: 1.25; margin: 8px 0 4px; letter-spacing: -.01em; }\n"
"h2 { font-size: 19px; line-height: 1.3; margin: 40px 0 8px; padding-top: 14px; border-top: 1px solid var(--line); }\n"
"h3 { font-size: 15px; margin: 24px 0 6px; }\n"
"p { margin: 4px 0 10px; max-width: 78ch; }\n"
"h1, h2, h3, p, li, .name, figcaption { overflow-wrap: anywhere; }\n"
"small, .soft { color: var(--soft); }\n"
"code { font: 13px/1.5 ui-monospace, monospace; }\n"
"pre { font: 13px/1.5 ui-monospace, monospace; background: var(--box); border: 1px solid var(--line); border-radius: 6px;"
" padding: 8px 12px; margin: 6px 0 10px; white-space: pre-wrap; overflow-wrap: anywhere; }\n"
/* What is too wide moves in its own box, the page never does. */
".wide { overflow-x: auto; margin: 6px 0 14px; }\n"
/* A shadow at the side where there is more: the page's own ground moves along and covers it at the end. */
".wide { background: linear-gradient(to right, var(--page) 40%, transparent) 0 0 / 48px 100% local,"
" linear-gradient(to left, var(--page) 40%, transparent) 100% 0 / 48px 100% local,"
" linear-gradient(to right, var(--shade), transparent) 0 0 / 14px 100%,"
" linear-gradient(to left, var(--shade), transparent) 100% 0 / 14px 100%; background-repeat: no-repeat; }\n"
"table { border-collapse: collapse; font-size: 13.5px; width: 100%; }\n"
"th { text-align: right; font-weight: 600; color: var(--soft); border-bottom: 1px solid var(--soft); }\n"
"td { text-align: right; font-variant-numeric: tabular-nums; border-bottom: 1px solid var(--line); }\n"
"th, td { padding: 5px 10px; white-space: nowrap; vertical-align: baseline; }\n"
"th:first-child, td:first-child { padding-left: 0; } th:last-child, td:last-child { padding-right: 0; }\n"
"th:first-child, td:first-child, th.words, td.words, table.pairs td { text-align: left; }\n"
"td.words, table.pairs td { white-space: normal; min-width: 6em; } td.long { min-width: 20em; }\n"
"td.words { overflow-wrap: break-word; } table.pairs { width: auto; } table.pairs td { overflow-wrap: anywhere; } table.pairs td:first-child { white-space: nowrap; color: var(--soft); min-width: 0; }\n"
"table.pairs td { padding: 3px 10px; } .facts { display: inline-block; vertical-align: top; max-width: 100%; margin-right: 44px; }\n"
"td[rowspan] { vertical-align: top; } td.what { text-align: left; padding-left: 10px; color: var(--soft); }"
" tr.inner td:not([rowspan]) { border-bottom-color: transparent; }\n"
/* Long names and reasons share the width with figures. */
"table.kept th { white-space: normal; vertical-align: bottom; } table.kept td.words { overflow-wrap: anywhere; min-width: 16em; }\n"
"table.stacked td:first-child:not(.words) { white-space: normal; overflow-wrap: anywhere; min-width: 16em; }\n"
"caption { text-align: left; font-weight: 600; padding: 4px 0; }\n"
".met, .better { color: var(--good); font-weight: 600; } .missed, .worse { color: var(--bad); font-weight: 600; }"
" .unknown { color: var(--soft); }\n"
"ul.levels { list-style: none; padding: 0; margin: 8px 0 14px; } ul.levels li { padding: 4px 0 4px 1.6em; text-indent: -1.6em; }\n"
".advice { border: 1px solid var(--line); border-radius: 8px; padding: 10px 14px; margin: 10px 0; }\n"
".advice p:last-child { margin-bottom: 0; }\n";

static const char style_of_pictures[] =
".wide svg { display: block; width: 100%; min-width: 640px; height: auto; }\n"
"@media (prefers-color-scheme: dark) { .wide svg { filter: invert(1) hue-rotate(180deg); } }\n"
".chart { margin: 10px 0 18px; } .chart .row { margin: 0 0 10px; } .chart .name { font-size: 14px; }\n"
".chart .line { display: grid; grid-template-columns: var(--label) minmax(0, 1fr) 19em; column-gap: 12px; align-items: center; }\n"
".chart .label { color: var(--soft); font-size: 13px; }\n"
".chart .track { position: relative; height: 22px; border-right: 1px solid var(--line);"
" background: repeating-linear-gradient(to right, var(--line) 0 1px, transparent 1px calc(100% / var(--decades))); }\n"
".chart .values { font-size: 13px; font-variant-numeric: tabular-nums; display: grid; grid-template-columns: 6.2em 6.2em auto;"
" white-space: nowrap; color: var(--soft); } .chart .values b { color: var(--ink); }\n"
".chart .axis { position: relative; height: 1.5em; font-size: 12px; color: var(--soft); white-space: nowrap; }\n"
".chart .axis span { position: absolute; transform: translateX(-50%); }\n"
".chart .axis span:first-child { transform: none; } .chart .axis span:last-child { transform: translateX(-100%); }\n"
".track i { position: absolute; top: 50%; }\n"
"i.range { height: 2px; margin-top: -1px; background: var(--mark); }\n"
"i.p50 { width: 11px; height: 11px; margin: -5.5px 0 0 -5.5px; border-radius: 50%; background: var(--mark); }\n"
"i.p90 { width: 11px; height: 11px; margin: -5.5px 0 0 -5.5px; border-radius: 50%; border: 2px solid var(--mark); background: var(--page); }\n"
"i.p99 { width: 2px; height: 12px; margin: -6px 0 0 -1px; background: var(--mark); }\n"
"i.target { width: 0; height: 22px; margin: -11px 0 0 -1px; border-left: 2px dashed var(--bad); }\n"
".key i.line { width: 26px; height: 0; margin: 0 6px 4px 0; border: 0 solid var(--mark); border-radius: 0; background: none; vertical-align: middle; }\n"
".key i.line.p50 { border-top-width: 3.5px; } .key i.line.p90 { border-top-width: 1.5px; }"
" .key i.line.p99 { border-top: 1.5px dashed var(--mark); } .key i.line.target { height: 0; border-top: 1.5px dotted var(--bad); }\n"
/* What was is pale beside what is. */
".row .line0:not(:last-child) { --mark: var(--soft); }\n"
".key i { display: inline-block; } .key i[class] { margin: 0 6px 0 0; } .key i.target { height: 12px; }\n"
".key { font-size: 13px; color: var(--soft); } .key span { white-space: nowrap; margin-right: 16px; display: inline-block; }\n"
".trends { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 360px), 1fr)); gap: 16px 32px; }\n"
".trend { margin: 8px 0; min-width: 0; } .trend figcaption { font-weight: 600; font-size: 14px; margin-bottom: 8px; }\n"
".trend .plot { position: relative; height: 150px; margin: 0 0 4px 60px; border-left: 1px solid var(--line); }\n"
".trend .level { position: absolute; left: 0; right: 0; border-top: 1px solid var(--line); }"
" .trend .level b { position: absolute; right: calc(100% + .5em); transform: translateY(-50%); font-weight: 400; font-size: 12px;"
" line-height: 1; color: var(--soft); white-space: nowrap; }\n"
".trend svg { position: absolute; inset: 0; width: 100%; height: 100%; overflow: visible; }\n"
".trend path { fill: none; stroke: var(--mark); stroke-width: 1.5; } .trend path.p50 { stroke-width: 3.5; }"
" .trend path.p99 { stroke-dasharray: 5 3; } .trend path.target { stroke: var(--bad); stroke-dasharray: 2 3; }\n"
".trend .moments { display: flex; justify-content: space-between; margin-left: 60px; font-size: 12px; color: var(--soft); }\n"
"@media (max-width: 640px) { body { padding: 12px 16px 40px; }"
/* What a row is about has a line of its own there, the figures another one below it. */
" table.stacked, table.stacked tbody { display: block; } table.stacked tr { display: grid; column-gap: 8px; border-bottom: 1px solid var(--line);"
" grid-template-columns: var(--columns, repeat(7, minmax(min-content, 1fr))); }"
" table.kept .words { grid-column: 1 / -1; } table.stacked th { align-self: end; }"
" table.stacked th, table.stacked td, table.kept td.words { border: 0; padding: 2px 0; white-space: normal; min-width: 0; }"
" table.stacked th:first-child, table.stacked td:first-child { grid-column: 1 / -1; padding-top: 6px; } table.stacked td.words { overflow-wrap: anywhere; }"
" .chart .line { grid-template-columns: var(--label) minmax(0, 1fr); } .chart .axis .odd { display: none; } .chart .values { grid-column: 2; } }\n"
/* Paper does not scroll: all has its width, and what belongs together stays on one page. */
"@media print { body { max-width: none; padding: 0; font-size: 12px; } .wide { overflow: visible; background: none; }"
" table { font-size: 10px; } th { white-space: normal; } th, td { padding: 3px 5px; } td.long { min-width: 14em; }"
" table.kept td.words { min-width: 10em; } .wide svg { min-width: 0; } code, pre { font-size: 10px; } .chart .values { font-size: 11px; } .chart .axis .odd { display: none; }"
" .advice, .trend, .chart .row, .facts, tr, li, svg { break-inside: avoid; } h2, h3, th { break-after: avoid; } }\n";

void
bench_html_start(FILE *page, const char *title)
{
	fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
		  "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>", page);
	bench_html_text(page, title);
	fprintf(page, "</title>\n<style>\n%s%s</style>\n</head>\n<body>\n<h1>", style, style_of_pictures);
	bench_html_text(page, title);
	fputs("</h1>\n", page);
}

void
bench_html_end(FILE *page)
{
	fputs("</body>\n</html>\n", page);
}

void
bench_html_text(FILE *page, const char *text)
{
	for (; *text; text++)
	{
		switch (*text)
		{
			case '&':
				fputs("&amp;", page);
				break;
			case '<':
				fputs("&lt;", page);
				break;
			case '>':
				fputs("&gt;", page);
				break;
			case '"':
				fputs("&quot;", page);
				break;
			default:
				putc(*text, page);
		}
	}
}

/* Thousands are set apart by commas. */
void
bench_html_count(FILE *page, double count)
{
	char		digits[320];	/* also of the largest of all numbers, which a document may have */
	size_t		length = (size_t) snprintf(digits, sizeof(digits), "%.0f", count);

	for (size_t i = 0; i < length; i++)
	{
		if (i > 0 && digits[i - 1] != '-' && (length - i) % 3 == 0)
			putc(',', page);
		putc(digits[i], page);
	}
}

void
bench_html_significant(FILE *page, double value)
{
	double		size = fabs(value);
	int			digits = size < 9.995 ? 2 : size < 99.95 ? 1 : 0;
	double		step;

	/* Below 0.1 two digits that count, but no more than a microsecond has. */
	if (size == 0)
		digits = 0;
	else if (size < 0.0995)
		digits = 3;
	if (digits > 0 || size < 999.5)
	{
		fprintf(page, "%.*f", digits, value);
		return;
	}
	step = pow(10, floor(log10(size)) - 2);
	bench_html_count(page, round(value / step) * step);
}

void
bench_html_bytes(FILE *page, double bytes)
{
	static const char *const units[] = {"B", "kB", "MB", "GB", "TB"};
	int			unit = 0;

	for (; bytes >= 999.5 && unit < 4; unit++)
		bytes /= 1024;
	if (unit == 0)
		fprintf(page, "%.0f", bytes);
	else
		bench_html_significant(page, bytes);
	fprintf(page, "&nbsp;%s", units[unit]);
}

/* The value at a path of member names and array indexes. */
static const cJSON *
find_path(const cJSON *json, const char *path)
{
	char	   *copy = strdup(path);
	char	   *rest = copy;
	char	   *step;

	while (json && (step = strsep(&rest, ".")) != NULL)
		json = cJSON_IsArray(json) ? cJSON_GetArrayItem(json, atoi(step)) : cJSON_GetObjectItemCaseSensitive(json, step);
	free(copy);
	return json;
}

/* The number that a cell is to show, after its tag; NULL if it shows "-" instead. */
static const cJSON *
start_cell(FILE *page, int document, const cJSON *json, const char *path)
{
	const cJSON *value = find_path(json, path);

	if (cJSON_IsNumber(value))
	{
		fprintf(page, "<td data-document=\"%d\" data-path=\"", document);
		bench_html_text(page, path);
		fputs("\">", page);
	}
	else
		fputs("<td>-</td>", page);
	return cJSON_IsNumber(value) ? value : NULL;
}

void
bench_html_number(FILE *page, int document, const cJSON *json, const char *path, bool count)
{
	const cJSON *value = start_cell(page, document, json, path);

	if (value == NULL)
		return;
	if (count)
		bench_html_count(page, value->valuedouble);
	else
		bench_html_significant(page, value->valuedouble);
	fputs("</td>", page);
}

void
bench_html_ratio(FILE *page, int document, const cJSON *json, const char *path)
{
	const cJSON *value = start_cell(page, document, json, path);

	if (value == NULL)
		return;
	if (value->valuedouble > 0 && value->valuedouble < 0.0995)
		fprintf(page, "%.*f", (int) fmin(1 - floor(log10(value->valuedouble)), 12), value->valuedouble);
	else
		bench_html_significant(page, value->valuedouble);
	fputs("</td>", page);
}

void
bench_html_members(FILE *page, const char *caption, const cJSON *object)
{
	const cJSON *member;

	if (!cJSON_IsObject(object) || object->child == NULL)
		return;
	fputs("<div class=\"wide facts\"><table class=\"pairs\"><caption>", page);
	bench_html_text(page, caption);
	fputs("</caption>\n", page);
	cJSON_ArrayForEach(member, object)
	{
		char	   *printed = cJSON_IsString(member) ? NULL : cJSON_PrintUnformatted(member);

		/* Lists and objects have tables of their own. */
		if (!cJSON_IsArray(member) && !cJSON_IsObject(member))
		{
			fputs("<tr><td>", page);
			bench_html_text(page, member->string);
			fputs("</td><td>", page);
			bench_html_text(page, printed ? printed : member->valuestring);
			fputs("</td></tr>\n", page);
		}
		cJSON_free(printed);
	}
	fputs("</table></div>\n", page);
}
