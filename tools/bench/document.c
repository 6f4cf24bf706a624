/*
 * bench/document.c
 *	  Result documents read back: see bench/document.h.
 */
#include "bench/document.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/file.h"
#include "bench/json.h"
#include "bench/run.h"
#include "options.h"
#include "samples.h"

static bool
report(const char *path, const char *reason, const char *hint)
{
	fprintf(stderr, "%s: %s: %s\nHINT: %s\n", bingo_options_program(), path, reason, hint);
	return false;
}

static bool
report_damaged(const char *path, const char *where)
{
	char		reason[200];

	snprintf(reason, sizeof(reason), "the document is damaged: %s", where);
	return report(path, reason, "Measure again; such files are not meant to be edited.");
}

cJSON *
bench_document_parse(const char *path)
{
	char	   *content = bench_file_read(path);
	const char *stopped = NULL;
	cJSON	   *json;
	const cJSON *version;
	char		reason[200];

	if (content == NULL)
		return NULL;
	json = cJSON_ParseWithOpts(content, &stopped, true);
	if (json == NULL)
	{
		snprintf(reason, sizeof(reason), "not a complete JSON document (%zu bytes, wrong at byte %zd)", strlen(content),
				 stopped ? stopped - content : 0);
		report(path, reason, "The file may have been cut off; measure again with --json.");
		free(content);
		return NULL;
	}
	free(content);
	version = cJSON_GetObjectItemCaseSensitive(json, "version");
	if (!cJSON_IsString(cJSON_GetObjectItemCaseSensitive(json, "format")) ||
		strcmp(cJSON_GetObjectItemCaseSensitive(json, "format")->valuestring, "bingo_bench") != 0)
		report(path, "not a document of bingo_bench", "Write one with bingo_bench query or load and --json=FILE.");
	else if (!cJSON_IsNumber(version) || version->valuedouble != BENCH_JSON_VERSION)
	{
		snprintf(reason, sizeof(reason), "document version %g, but this bingo_bench reads version %d",
				 cJSON_IsNumber(version) ? version->valuedouble : 0, BENCH_JSON_VERSION);
		report(path, reason, "Use the bingo_bench that wrote it, or measure again.");
	}
	else
		return json;
	cJSON_Delete(json);
	return NULL;
}

/* A number within bounds, or false. */
static bool
read_number(const cJSON *object, const char *name, double max, double *value)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);

	if (!cJSON_IsNumber(item) || !(item->valuedouble >= 0 && item->valuedouble <= max))
		return false;
	*value = item->valuedouble;
	return true;
}

/* Counts above 2^53 could not be exact in JSON, and none can come about. */
#define MAX_COUNT 9007199254740992.0

bool
bench_document_histogram(const cJSON *json, BingoHistogram *histogram)
{
	const cJSON *counts = cJSON_GetObjectItemCaseSensitive(json, "counts");
	const cJSON *pair;
	double		total;
	double		sum;
	double		min;
	double		max;
	double		found = 0;

	bingo_histogram_init(histogram);
	if (!cJSON_IsArray(counts) || !read_number(json, "total", MAX_COUNT, &total) ||
		!read_number(json, "sum_us", 1.8e19, &sum) || !read_number(json, "min_us", MAX_COUNT, &min) ||
		!read_number(json, "max_us", MAX_COUNT, &max))
		return false;
	cJSON_ArrayForEach(pair, counts)
	{
		const cJSON *index = cJSON_GetArrayItem(pair, 0);
		const cJSON *count = cJSON_GetArrayItem(pair, 1);

		if (!cJSON_IsNumber(index) || !cJSON_IsNumber(count) || cJSON_GetArraySize(pair) != 2 ||
			!(index->valuedouble >= 0 && index->valuedouble < BINGO_HISTOGRAM_BUCKETS) ||
			!(count->valuedouble > 0 && count->valuedouble <= MAX_COUNT))
			return false;
		histogram->counts[(int) index->valuedouble] += (uint64_t) count->valuedouble;
		found += count->valuedouble;
	}
	if (found != total)
		return false;
	histogram->total = (uint64_t) total;
	histogram->sum = (uint64_t) sum;
	if (total > 0)
	{
		histogram->min = (uint64_t) min;
		histogram->max = (uint64_t) max;
	}
	return true;
}

/* Samples first, then in ascending order. */
static BenchBatch
batch_of_samples(const double *samples, int n)
{
	BenchBatch	batch = {.nsamples = n};

	batch.samples = malloc(sizeof(double) * (n + 1));
	memcpy(batch.samples, samples, sizeof(double) * n);
	bingo_samples_sort(batch.samples, n);
	return batch;
}

static bool
read_query_endpoint(BenchDocumentEndpoint *endpoint)
{
	const cJSON *array = cJSON_GetObjectItemCaseSensitive(endpoint->json, "samples_ms");
	const cJSON *item;
	int			n = cJSON_GetArraySize(array);
	double	   *samples;
	int			i = 0;

	if (!cJSON_IsArray(array) || n == 0)
		return false;
	samples = malloc(sizeof(double) * n);
	cJSON_ArrayForEach(item, array)
	{
		if (!cJSON_IsNumber(item) || !(item->valuedouble >= 0) || !isfinite(item->valuedouble))
		{
			free(samples);
			return false;
		}
		samples[i++] = item->valuedouble;
	}
	endpoint->all = batch_of_samples(samples, n);
	endpoint->nbatches = n < BENCH_BATCHES ? n : BENCH_BATCHES;
	endpoint->batches = calloc(endpoint->nbatches, sizeof(BenchBatch));
	for (i = 0; i < endpoint->nbatches; i++)
	{
		int			first = (int) ((int64_t) i * n / endpoint->nbatches);
		int			next = (int) ((int64_t) (i + 1) * n / endpoint->nbatches);

		endpoint->batches[i] = batch_of_samples(samples + first, next - first);
	}
	free(samples);
	return true;
}

static bool
read_load_endpoint(BenchDocumentEndpoint *endpoint)
{
	const cJSON *array = cJSON_GetObjectItemCaseSensitive(endpoint->json, "batches");
	const cJSON *item;
	int			n = cJSON_GetArraySize(array);

	endpoint->all.histogram = malloc(sizeof(BingoHistogram));
	if (!cJSON_IsArray(array) || n == 0 || !read_number(endpoint->json, "rate", 1e12, &endpoint->rate) ||
		!bench_document_histogram(cJSON_GetObjectItemCaseSensitive(endpoint->json, "latency"), endpoint->all.histogram))
		return false;
	endpoint->batches = calloc(n, sizeof(BenchBatch));
	cJSON_ArrayForEach(item, array)
	{
		BenchBatch *batch = &endpoint->batches[endpoint->nbatches++];

		batch->histogram = malloc(sizeof(BingoHistogram));
		if (!bench_document_histogram(item, batch->histogram))
			return false;
	}
	return true;
}

/* Histograms of another layout can't be put into ours. */
static bool
check_layout(const BenchDocument *document)
{
	const cJSON *layout = cJSON_GetObjectItemCaseSensitive(document->json, "histogram");
	double		sub_bits;
	double		value_bits;

	if (!read_number(layout, "sub_bits", 64, &sub_bits) || !read_number(layout, "value_bits", 64, &value_bits))
		return report_damaged(document->path, "histogram");
	if (sub_bits != BINGO_HISTOGRAM_SUB_BITS || value_bits != BINGO_HISTOGRAM_VALUE_BITS)
		return report(document->path, "its histograms have other buckets than this bingo_bench's",
					  "Use the bingo_bench that wrote it, or measure again.");
	return true;
}

static bool
read_endpoints(BenchDocument *document)
{
	const cJSON *array = cJSON_GetObjectItemCaseSensitive(document->json, "endpoints");
	const cJSON *item;

	if (!cJSON_IsArray(array) || cJSON_GetArraySize(array) == 0)
		return report_damaged(document->path, "no endpoints");
	document->endpoints = calloc(cJSON_GetArraySize(array), sizeof(BenchDocumentEndpoint));
	cJSON_ArrayForEach(item, array)
	{
		BenchDocumentEndpoint *endpoint = &document->endpoints[document->n++];
		const cJSON *name = cJSON_GetObjectItemCaseSensitive(item, "name");

		endpoint->json = item;
		if (!cJSON_IsString(name) || !cJSON_IsString(cJSON_GetObjectItemCaseSensitive(item, "statement")) ||
			!cJSON_IsArray(cJSON_GetObjectItemCaseSensitive(item, "parameters")))
			return report_damaged(document->path, "endpoints");
		endpoint->name = name->valuestring;
		endpoint->title = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(item, "title"));
		if (endpoint->title == NULL)
			endpoint->title = endpoint->name;
		if (!(document->load ? read_load_endpoint(endpoint) : read_query_endpoint(endpoint)))
			return report_damaged(document->path, endpoint->name);
	}
	return true;
}

bool
bench_document_read(BenchDocument *document, const char *path)
{
	const cJSON *kind;
	const cJSON *configuration;
	const cJSON *loop;

	memset(document, 0, sizeof(*document));
	document->path = strdup(path);
	document->json = bench_document_parse(path);
	if (document->json == NULL)
		return false;
	kind = cJSON_GetObjectItemCaseSensitive(document->json, "kind");
	if (!cJSON_IsString(kind) || (strcmp(kind->valuestring, "load") != 0 && strcmp(kind->valuestring, "query") != 0))
		return report(path, "not the result of a query or load run", "Write one with bingo_bench query or load and --json=FILE.");
	document->load = strcmp(kind->valuestring, "load") == 0;
	configuration = cJSON_GetObjectItemCaseSensitive(document->json, "configuration");
	if (!cJSON_IsObject(configuration) || !cJSON_IsObject(cJSON_GetObjectItemCaseSensitive(document->json, "machine")) ||
		!cJSON_IsObject(cJSON_GetObjectItemCaseSensitive(document->json, "server")))
		return report_damaged(path, "machine, server or configuration");
	loop = cJSON_GetObjectItemCaseSensitive(configuration, "loop");
	document->closed = cJSON_IsString(loop) && strcmp(loop->valuestring, "closed") == 0;
	return (!document->load || check_layout(document)) && read_endpoints(document);
}

void
bench_document_free(BenchDocument *document)
{
	for (int i = 0; i < document->n; i++)
	{
		BenchDocumentEndpoint *endpoint = &document->endpoints[i];

		bench_batch_free(&endpoint->all);
		for (int j = 0; j < endpoint->nbatches; j++)
			bench_batch_free(&endpoint->batches[j]);
		free(endpoint->batches);
	}
	free(document->endpoints);
	free(document->path);
	cJSON_Delete(document->json);
	memset(document, 0, sizeof(*document));
}

const BenchDocumentEndpoint *
bench_document_find(const BenchDocument *document, const char *name)
{
	for (int i = 0; i < document->n; i++)
		if (strcmp(document->endpoints[i].name, name) == 0)
			return &document->endpoints[i];
	return NULL;
}

double
bench_batch_calls(const BenchBatch *batch)
{
	return batch->histogram ? (double) batch->histogram->total : batch->nsamples;
}

BenchBatch
bench_batch_merge(const BenchBatch *batches, int n, int stride)
{
	BenchBatch	merged = {0};
	int			total = 0;

	if (batches[0].histogram)
	{
		merged.histogram = malloc(sizeof(BingoHistogram));
		bingo_histogram_init(merged.histogram);
		for (int i = 0; i < n; i++)
			bingo_histogram_merge(merged.histogram, batches[i * stride].histogram);
		return merged;
	}
	for (int i = 0; i < n; i++)
		total += batches[i * stride].nsamples;
	merged.samples = malloc(sizeof(double) * (total + 1));
	for (int i = 0; i < n; i++)
	{
		memcpy(merged.samples + merged.nsamples, batches[i * stride].samples,
			   sizeof(double) * batches[i * stride].nsamples);
		merged.nsamples += batches[i * stride].nsamples;
	}
	bingo_samples_sort(merged.samples, total);
	return merged;
}

void
bench_batch_free(BenchBatch *batch)
{
	free(batch->histogram);
	free(batch->samples);
	memset(batch, 0, sizeof(*batch));
}

static double
histogram_quantile(const BingoHistogram *histogram, double fraction)
{
	double		rank = fraction * (double) histogram->total;
	double		seen = 0;

	for (int i = 0; i < BINGO_HISTOGRAM_FINITE; i++)
	{
		double		count = (double) histogram->counts[i];
		double		lower = (double) bingo_histogram_lower(i);
		double		width = (double) bingo_histogram_upper(i) + 1 - lower;

		/* Values are whole numbers: the bucket reaches from half below to half above. */
		if (count > 0 && seen + count >= rank)
			return fmax(0.5, lower - 0.5 + width * (rank - seen) / count) / 1000;
		seen += count;
	}
	return (double) histogram->max / 1000;
}

double
bench_batch_quantile(const BenchBatch *batch, double fraction)
{
	int			rank;

	if (batch->histogram)
		return histogram_quantile(batch->histogram, fraction);
	rank = (int) ceil(fraction * batch->nsamples - 1e-9);
	return batch->samples[rank < 1 ? 0 : rank - 1];
}
