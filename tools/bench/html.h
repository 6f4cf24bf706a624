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
#include <stdbool.h>
#include <stdio.h>

/* Up to the heading, which is the title. */
extern void bench_html_start(FILE *page, const char *title);
extern void bench_html_end(FILE *page);

/* Text with &, <, > and quotes made harmless. */
extern void bench_html_text(FILE *page, const char *text);

/* A count in full: 1,234,567. */
extern void bench_html_count(FILE *page, double count);

/* A measured value with the two or three digits that mean something: 0.012, 3.46, 8,400. */
extern void bench_html_significant(FILE *page, double value);

/* A size: 7.47 MB. */
extern void bench_html_bytes(FILE *page, double bytes);

/*
 * A table cell with the number at the path ("endpoints.0.p50_ms") of a
 * document, or "-" where it is null or absent: a count in full, else the digits that mean something.
 */
extern void bench_html_number(FILE *page, int document, const cJSON *json, const char *path, bool count);

/* The same of a ratio, which has two digits that mean something, however small it is: 0.00045. */
extern void bench_html_ratio(FILE *page, int document, const cJSON *json, const char *path);

/* A table of an object's members, a row each. */
extern void bench_html_members(FILE *page, const char *caption, const cJSON *object);

#endif							/* BINGO_BENCH_HTML_H */
