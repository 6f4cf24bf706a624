/*
 * bench/document.h
 *	  Result documents read back: what bench/json.h describes, checked.
 *
 * A file that is cut off, of another version or not of this kind is refused
 * with a message that says which; later code may trust what it reads.
 */
#ifndef BINGO_BENCH_DOCUMENT_H
#define BINGO_BENCH_DOCUMENT_H

#include <cjson/cJSON.h>
#include <stdbool.h>

#include "base/histogram.h"

/* One stretch of a run: either a histogram (load) or exact samples (query). */
typedef struct BenchBatch
{
	BingoHistogram *histogram;
	double	   *samples;		/* ms, ascending */
	int			nsamples;
} BenchBatch;

typedef struct BenchDocumentEndpoint
{
	const char *name;
	const char *title;			/* as the application calls it; the name where the document has none */
	const cJSON *json;
	BenchBatch	all;
	int			nbatches;
	BenchBatch *batches;
	double		rate;			/* calls/s, of a load */
} BenchDocumentEndpoint;

typedef struct BenchDocument
{
	char	   *path;
	cJSON	   *json;
	bool		load;			/* else query */
	bool		closed;			/* load: closed loop */
	int			n;
	BenchDocumentEndpoint *endpoints;
} BenchDocument;

/* Reads and checks a document of query or load; false after reporting why not. */
extern bool bench_document_read(BenchDocument *document, const char *path);
extern void bench_document_free(BenchDocument *document);

/* Any document of ours, only its head checked; NULL after reporting why not. */
extern cJSON *bench_document_parse(const char *path);

extern const BenchDocumentEndpoint *bench_document_find(const BenchDocument *document, const char *name);

/* How many calls a batch has. */
extern double bench_batch_calls(const BenchBatch *batch);

/*
 * Merges n batches (each stride-th, from the first) into a new one; the caller
 * frees it with bench_batch_free.
 */
extern BenchBatch bench_batch_merge(const BenchBatch *batches, int n, int stride);
extern void bench_batch_free(BenchBatch *batch);

/*
 * A quantile in ms, for comparing: nearest rank of exact samples; in a
 * histogram the rank's place within its bucket is taken into account, because
 * the middles of buckets would make two runs equal, or 3 % apart.
 */
extern double bench_batch_quantile(const BenchBatch *batch, double fraction);

/* Reads a histogram of bench_output_histogram(); false if it is none. */
extern bool bench_document_histogram(const cJSON *json, BingoHistogram *histogram);

#endif							/* BINGO_BENCH_DOCUMENT_H */
