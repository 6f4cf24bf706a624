/*
 * bench/html.c
 *	  The report's page: see bench/html.h.
 */
#include "bench/html.h"

#include <stdlib.h>
#include <string.h>

void
bench_html_start(FILE *page, const char *title)
{
	fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
		  "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>", page);
	bench_html_text(page, title);
	fputs("</title>\n<style>\n"
		  "body { font: 15px/1.45 sans-serif; color: #222; background: #fff; margin: 0 auto; padding: 16px 24px 48px;"
		  " max-width: 1040px; }\n"
		  "h1 { font-size: 26px; margin: 8px 0 4px; }\n"
		  "h2 { font-size: 20px; margin: 36px 0 6px; padding-top: 12px; border-top: 1px solid #ccc;"
		  " overflow-wrap: anywhere; }\n"
		  "h3 { font-size: 16px; margin: 22px 0 6px; }\n"
		  "p { margin: 4px 0 10px; }\n"
		  "p, td, th { overflow-wrap: anywhere; }\n"
		  "table { border-collapse: collapse; font-size: 13px; margin: 6px 0 14px; width: 100%; }\n"
		  "th { text-align: right; font-weight: 600; background: #f3f5f7; }\n"
		  "td { text-align: right; font-variant-numeric: tabular-nums; }\n"
		  "th, td { padding: 3px 7px; border-bottom: 1px solid #e4e4e4; vertical-align: top; }\n"
		  "th:first-child, td:first-child, table.pairs td { text-align: left; }\n"
		  "table.pairs { width: auto; } table.pairs td:first-child { white-space: nowrap; color: #555; }\n"
		  "caption { text-align: left; font-weight: 600; padding: 4px 0; }\n"
		  ".met, .better { color: #1a7f37; } .missed, .worse { color: #c0262d; font-weight: 600; } .unknown { color: #777; }\n"
		  "svg { display: block; width: 100%; height: auto; margin: 4px 0 14px; }\n"
		  "small { color: #666; }\n"
		  "</style>\n</head>\n<body>\n", page);
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

void
bench_html_number(FILE *page, int document, const cJSON *json, const char *path, int digits)
{
	const cJSON *value = find_path(json, path);

	if (!cJSON_IsNumber(value))
	{
		fputs("<td>-</td>", page);
		return;
	}
	fprintf(page, "<td data-document=\"%d\" data-path=\"%s\">%.*f</td>", document, path, digits, value->valuedouble);
}

void
bench_html_members(FILE *page, const char *caption, const cJSON *object)
{
	const cJSON *member;

	if (object == NULL || object->child == NULL)
		return;
	fputs("<table class=\"pairs\"><caption>", page);
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
	fputs("</table>\n", page);
}
