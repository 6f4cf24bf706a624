/*
 * bench/html.h
 *	  The report's page: text, tables and where their figures come from.
 *
 * Every figure carries the path of its value in the document that it was
 * taken from (data-document, data-path), so that a test or a reader can hold
 * the page against the JSON.
 */
#ifndef BINGO_BENCH_HTML_H
#define BINGO_BENCH_HTML_H

#include <cjson/cJSON.h>
#include <stdio.h>

extern void bench_html_start(FILE *page, const char *title);
extern void bench_html_end(FILE *page);

/* Text with &, <, > and quotes made harmless. */
extern void bench_html_text(FILE *page, const char *text);

/*
 * A table cell with the number at the path ("endpoints.0.p50_ms") of a
 * document, or "-" where it is null or absent.  digits after the point.
 */
extern void bench_html_number(FILE *page, int document, const cJSON *json, const char *path, int digits);

/* A table of an object's members, a row each. */
extern void bench_html_members(FILE *page, const char *caption, const cJSON *object);

#endif							/* BINGO_BENCH_HTML_H */
