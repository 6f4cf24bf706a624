/*
 * bench/prove_output.c
 *	  What "bingo_bench prove" has found, as a table and as a document.
 *
 * The document is of kind "prove": tables (name, bytes), and advice, each with its command,
 * proved, bytes, build_s, insert_us with its interval where it was measured, and statements:
 * before_ms, after_ms, ratio with its interval and all times, or why it was not run.
 */
#define _GNU_SOURCE

#include "bench/prove.h"

#include <stdlib.h>
#include <string.h>

#include "bench/json.h"

#define SHOWN 90				/* of a statement, in characters */

static void
print_size(FILE *file, int64_t bytes)
{
	if (bytes < 10 * 1048576)
		fprintf(file, "%lld kB", (long long) ((bytes + 1023) / 1024));
	else
		fprintf(file, "%lld MB", (long long) (bytes / 1048576));
}

void
bench_prove_print_tables(const Prove *prove, FILE *file)
{
	int64_t		bytes = 0;

	for (int i = 0; i < prove->ntables; i++)
		bytes += prove->tables[i].bytes;
	fprintf(file, "to copy, with their indexes: %d tables, ", prove->ntables);
	print_size(file, bytes);
	putc('\n', file);
	for (int i = 0; i < prove->ntables; i++)
	{
		fprintf(file, "  %-40s ", prove->tables[i].name);
		print_size(file, prove->tables[i].bytes);
		putc('\n', file);
	}
	fflush(file);
}

/* The beginning of a statement in one line. */
static void
print_statement(FILE *file, const char *text)
{
	int			shown = 0;

	for (; *text && shown < SHOWN; text++)
	{
		if (strchr(" \t\r\n", *text) && strchr(" \t\r\n", text[1]))
			continue;
		putc((unsigned char) *text < ' ' ? ' ' : *text, file);
		/* bytes that continue a character of UTF-8 are not counted */
		shown += ((unsigned char) *text & 0xC0) != 0x80;
	}
	while (((unsigned char) *text & 0xC0) == 0x80)
		putc(*text++, file);
	fputs(*text ? "...\n" : "\n", file);
}

static const char *
verdict(const CompareRow *row)
{
	if (!row->known)
		return "too few rounds to tell";
	return row->verdict == 0 ? "no difference shown" : row->verdict > 0 ? "faster" : "slower";
}

static const CompareRow *
find_row(const Prove *prove, const ProveAdvice *advice, const ProveExample *example)
{
	for (int i = 0; i < advice->nrows; i++)
		if (strcmp(prove->comparison.rows[advice->first_row + i].endpoint, example->queryid) == 0)
			return &prove->comparison.rows[advice->first_row + i];
	return NULL;
}

static void
print_advice(const Prove *prove, const ProveAdvice *advice, FILE *file)
{
	fprintf(file, "\n%d. %s\n   %s\n", advice->rank, advice->command, advice->reason);
	if (advice->failure)
	{
		fprintf(file, "   not built: %s\n", advice->failure);
		return;
	}
	fprintf(file, "   %s: ", bench_prove_is_proved(prove, advice) ? "proved" : "not proved");
	print_size(file, advice->bytes);
	fprintf(file, ", built in %.2f s", advice->build_s);
	if (advice->inserted > 0)
		fprintf(file, ", %.2f us more for each inserted row (%.2f to %.2f)", advice->insert_us, advice->insert_low, advice->insert_high);
	putc('\n', file);
	for (int i = 0; i < advice->nserves; i++)
	{
		const ProveExample *example = advice->serves[i];
		const CompareRow *row = find_row(prove, advice, example);

		if (row)
			fprintf(file, "   %11.3f %11.3f %8.4f %8.4f - %-8.4f %-19s  ", row->a, row->b, row->ratio, row->low, row->high, verdict(row));
		else
			fprintf(file, "   not run: %s  ", example->refusal);
		print_statement(file, example->text);
	}
}

void
bench_prove_print_results(const Prove *prove, FILE *file)
{
	int			proved = 0;

	if (prove->nadvice > 0)
		fprintf(file, "\n   %11s %11s %8s %19s\n", "before, ms", "after, ms", "ratio", "95 % interval");
	for (int i = 0; i < prove->nadvice; i++)
	{
		print_advice(prove, &prove->advice[i], file);
		proved += bench_prove_is_proved(prove, &prove->advice[i]);
	}
	if (prove->nadvice > 0)
		fprintf(file, "\n%d of %d proved\n", proved, prove->nadvice);
}

/* --- as JSON --- */

static void
add_statement(cJSON *list, const Prove *prove, const ProveAdvice *advice, const ProveExample *example)
{
	const CompareRow *row = find_row(prove, advice, example);
	cJSON	   *item = cJSON_CreateObject();

	cJSON_AddStringToObject(item, "queryid", example->queryid);
	cJSON_AddStringToObject(item, "statement", example->text);
	if (row)
	{
		cJSON_AddNumberToObject(item, "before_ms", row->a);
		cJSON_AddNumberToObject(item, "after_ms", row->b);
		cJSON_AddNumberToObject(item, "ratio", row->ratio);
		cJSON_AddNumberToObject(item, "low", row->low);
		cJSON_AddNumberToObject(item, "high", row->high);
		cJSON_AddNumberToObject(item, "p", row->p);
		cJSON_AddStringToObject(item, "verdict", verdict(row));
		cJSON_AddItemToObject(item, "samples_before_ms", cJSON_CreateDoubleArray(row->values_a, row->nvalues));
		cJSON_AddItemToObject(item, "samples_after_ms", cJSON_CreateDoubleArray(row->values_b, row->nvalues));
	}
	else if (example->refusal)
		cJSON_AddStringToObject(item, "not_run", example->refusal);
	cJSON_AddItemToArray(list, item);
}

static void
add_advice(cJSON *list, const Prove *prove, const ProveAdvice *advice)
{
	cJSON	   *item = cJSON_CreateObject();
	cJSON	   *statements;

	cJSON_AddNumberToObject(item, "rank", advice->rank);
	cJSON_AddStringToObject(item, "kind", advice->kind);
	cJSON_AddStringToObject(item, "command", advice->command);
	cJSON_AddStringToObject(item, "reason", advice->reason);
	cJSON_AddBoolToObject(item, "proved", bench_prove_is_proved(prove, advice));
	if (advice->failure)
		cJSON_AddStringToObject(item, "not_built", advice->failure);
	else
	{
		cJSON_AddNumberToObject(item, "bytes", (double) advice->bytes);
		cJSON_AddNumberToObject(item, "build_s", advice->build_s);
	}
	if (advice->inserted > 0)
	{
		cJSON_AddNumberToObject(item, "inserted_rows", advice->inserted);
		cJSON_AddNumberToObject(item, "insert_us", advice->insert_us);
		cJSON_AddNumberToObject(item, "insert_us_low", advice->insert_low);
		cJSON_AddNumberToObject(item, "insert_us_high", advice->insert_high);
	}
	statements = cJSON_AddArrayToObject(item, "statements");
	for (int i = 0; i < advice->nserves; i++)
		add_statement(statements, prove, advice, advice->serves[i]);
	cJSON_AddItemToArray(list, item);
}

cJSON *
bench_prove_json(const Prove *prove)
{
	cJSON	   *document = bench_json_start("prove", prove->copy ? prove->copy : prove->source);
	cJSON	   *list;

	if (document == NULL)
		return NULL;
	cJSON_DeleteItemFromObjectCaseSensitive(document, "endpoints");
	list = cJSON_AddArrayToObject(document, "tables");
	for (int i = 0; i < prove->ntables; i++)
	{
		cJSON	   *item = cJSON_CreateObject();

		cJSON_AddStringToObject(item, "name", prove->tables[i].name);
		cJSON_AddNumberToObject(item, "bytes", (double) prove->tables[i].bytes);
		cJSON_AddItemToArray(list, item);
	}
	list = cJSON_AddArrayToObject(document, "advice");
	for (int i = 0; i < prove->nadvice; i++)
		add_advice(list, prove, &prove->advice[i]);
	return document;
}
