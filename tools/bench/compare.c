/*
 * bench/compare.c
 *	  Ratios of two runs and how certain they are: see bench/compare.h.
 */
#include "bench/compare.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/json.h"
#include "bench/run.h"
#include "bench/student.h"

#define SIGNIFICANCE 0.05
#define FEWEST_BATCHES 5
#define MOST_BATCHES 10

static const struct
{
	const char *name;
	double		fraction;		/* 0: the rate */
	double		calls;			/* that a batch needs */
}			measures[] = {
	{"p50", 0.5, 4}, {"p90", 0.9, 20}, {"p99", 0.99, 200}, {"rate", 0, 5}
};

#define NMEASURES ((int) (sizeof(measures) / sizeof(measures[0])))

/* An estimate of a logarithm. */
typedef struct Estimate
{
	double		value;
	double		variance;		/* of the value */
	double		freedom;
	double		floor;			/* log; what an A/A comparison shows */
	bool		known;
} Estimate;

static CompareRow *
add_row(Comparison *comparison, const char *endpoint, int measure)
{
	CompareRow *row = &comparison->rows[comparison->n++];

	memset(row, 0, sizeof(*row));
	row->endpoint = endpoint;
	row->what = measures[measure].name;
	return row;
}

/*
 * Calls of a run that would do: so many that the emptiest of the fewest batches
 * has enough, too, where calls fall due at random (three standard deviations).
 */
static int
calls_wanted(int measure)
{
	double		calls = measures[measure].calls;

	return (int) ceil(FEWEST_BATCHES * (calls + 3 * sqrt(calls)) / 10) * 10;
}

/* Ratio, interval and probability from the estimated logarithm of the ratio. */
static void
set_row(CompareRow *row, const Estimate *log_ratio)
{
	double		error = sqrt(log_ratio->variance);
	double		reach;

	row->ratio = exp(log_ratio->value);
	row->known = log_ratio->known;
	if (!row->known)
		return;
	reach = error * bench_student_quantile(SIGNIFICANCE, log_ratio->freedom);
	row->low = exp(log_ratio->value - reach);
	row->high = exp(log_ratio->value + reach);
	row->floor = log_ratio->floor > 0 ? exp(log_ratio->floor) : 0;
	if (error > 0)
		row->p = bench_student_tails(log_ratio->value / error, log_ratio->freedom);
	else
		row->p = log_ratio->value == 0 ? 1 : 0;
}

static int
compare_p(const void *a, const void *b)
{
	double		x = (*(CompareRow *const *) a)->p;
	double		y = (*(CompareRow *const *) b)->p;

	return (x > y) - (x < y);
}

/* Holm: the smallest p is held against 5 % / rows, the next against 5 % / (rows - 1), ... */
static void
judge(Comparison *comparison)
{
	CompareRow **sorted = malloc(sizeof(CompareRow *) * (comparison->n + 1));
	int			n = 0;

	for (int i = 0; i < comparison->n; i++)
		if (comparison->rows[i].known)
			sorted[n++] = &comparison->rows[i];
	qsort(sorted, n, sizeof(CompareRow *), compare_p);
	for (int i = 0; i < n && sorted[i]->p * (n - i) <= SIGNIFICANCE; i++)
	{
		CompareRow *row = sorted[i];
		bool		more = row->ratio > 1;

		if (fabs(log(row->ratio)) > log(fmax(row->floor, 1)))
			row->verdict = more == (strcmp(row->what, "rate") == 0) ? 1 : -1;
	}
	free(sorted);
}

/* --- from two documents --- */

/* The logarithm of a quantile, or of the calls of one batch. */
static double
log_measure(const BenchBatch *batch, int measure)
{
	if (measures[measure].fraction == 0)
		return log(fmax(bench_batch_calls(batch), 0.5));
	return log(fmax(bench_batch_quantile(batch, measures[measure].fraction), 1e-6));
}

/* Neighbouring batches are joined until each has enough calls. */
static int
join_batches(const BenchDocumentEndpoint *endpoint, int measure, BenchBatch *joined)
{
	for (int width = 1; endpoint->nbatches / width >= FEWEST_BATCHES; width++)
	{
		int			n = endpoint->nbatches / width;
		bool		enough = n <= MOST_BATCHES;

		for (int i = 0; i < n; i++)
		{
			joined[i] = bench_batch_merge(&endpoint->batches[i * width], width, 1);
			enough &= bench_batch_calls(&joined[i]) >= measures[measure].calls;
		}
		if (enough)
			return n;
		for (int i = 0; i < n; i++)
			bench_batch_free(&joined[i]);
	}
	return 0;
}

/* How far two halves of one run are apart. */
static double
compare_halves(const BenchBatch *first, const BenchBatch *second, int n, int stride, int measure)
{
	BenchBatch	a = bench_batch_merge(first, n, stride);
	BenchBatch	b = bench_batch_merge(second, n, stride);
	double		distance = fabs(log_measure(&a, measure) - log_measure(&b, measure));

	bench_batch_free(&a);
	bench_batch_free(&b);
	return distance;
}

static Estimate
estimate(const BenchDocumentEndpoint *endpoint, int measure)
{
	BenchBatch *joined = calloc(endpoint->nbatches + 1, sizeof(BenchBatch));
	int			n = join_batches(endpoint, measure, joined);
	Estimate	result = {.value = log_measure(&endpoint->all, measure), .freedom = n - 1, .known = n > 0};
	double		all = result.value;

	if (measures[measure].fraction == 0)
	{
		result.value = log(fmax(endpoint->rate, 1e-9));
		all = n > 0 ? log(bench_batch_calls(&endpoint->all) / n) : 0;
	}
	if (n > 0)
	{
		for (int i = 0; i < n; i++)
			result.variance += pow(log_measure(&joined[i], measure) - all, 2) / (n - 1) / n;
		result.floor = fmax(compare_halves(&joined[0], &joined[1], n / 2, 2, measure),
							compare_halves(&joined[0], &joined[n - n / 2], n / 2, 1, measure));
	}
	for (int i = 0; i < n; i++)
		bench_batch_free(&joined[i]);
	free(joined);
	return result;
}

void
bench_compare_documents(Comparison *comparison, const BenchDocument *a, const BenchDocument *b)
{
	memset(comparison, 0, sizeof(*comparison));
	comparison->a = a;
	comparison->b = b;
	comparison->rows = calloc(a->n * NMEASURES, sizeof(CompareRow));
	for (int i = 0; i < a->n; i++)
	{
		const BenchDocumentEndpoint *of_a = &a->endpoints[i];
		const BenchDocumentEndpoint *of_b = bench_document_find(b, of_a->name);

		if (of_b == NULL || bench_batch_calls(&of_a->all) == 0 || bench_batch_calls(&of_b->all) == 0)
			continue;
		for (int j = 0; j < NMEASURES; j++)
		{
			Estimate	from_a;
			Estimate	from_b;
			Estimate	ratio;
			CompareRow *row;

			if (measures[j].fraction == 0 && !(a->closed && b->closed))
				continue;
			from_a = estimate(of_a, j);
			from_b = estimate(of_b, j);
			row = add_row(comparison, of_a->name, j);
			row->a = exp(from_a.value);
			row->b = exp(from_b.value);
			ratio.value = from_b.value - from_a.value;
			ratio.variance = from_a.variance + from_b.variance;
			ratio.known = from_a.known && from_b.known;
			ratio.floor = fmax(from_a.floor, from_b.floor);
			/* Welch and Satterthwaite */
			ratio.freedom = pow(ratio.variance, 2) /
				(pow(from_a.variance, 2) / from_a.freedom + pow(from_b.variance, 2) / from_b.freedom);
			if (!(ratio.freedom >= 1))
				ratio.freedom = fmax(1, fmin(from_a.freedom, from_b.freedom));
			set_row(row, &ratio);
			row->wanted = calls_wanted(j);
		}
	}
	judge(comparison);
}

/* --- from pairs of runs --- */

/* One run's value as a logarithm; false if it has none. */
static bool
log_of_run(const BenchDocument *document, const char *name, int measure, double *value)
{
	const BenchDocumentEndpoint *endpoint = bench_document_find(document, name);

	if (endpoint == NULL || bench_batch_calls(&endpoint->all) == 0)
		return false;
	*value = measures[measure].fraction == 0 ? log(fmax(endpoint->rate, 1e-9)) : log_measure(&endpoint->all, measure);
	return true;
}

/* Squares of the differences between successive runs of one side, two by two. */
static double
successive(const double *values, int n)
{
	double		squares = 0;

	for (int i = 0; i + 1 < n; i += 2)
		squares += pow(values[i + 1] - values[i], 2);
	return squares;
}

/* The mean log ratio of pairs and its error, and the same of A/A pairs. */
static Estimate
estimate_pairs(const double *a, const double *b, int n)
{
	Estimate	result = {.freedom = n - 1, .known = n >= 3};
	int			floor_pairs = n / 2 * 2;

	for (int i = 0; i < n; i++)
		result.value += (b[i] - a[i]) / n;
	for (int i = 0; i < n && n > 1; i++)
		result.variance += pow(b[i] - a[i] - result.value, 2) / (n - 1) / n;
	if (floor_pairs >= 2)
		result.floor = sqrt((successive(a, n) + successive(b, n)) / floor_pairs / n) *
			bench_student_quantile(SIGNIFICANCE, floor_pairs);
	return result;
}

static void
keep_values(CompareRow *row, const double *a, const double *b, int n)
{
	row->nvalues = n;
	row->values_a = malloc(sizeof(double) * n);
	row->values_b = malloc(sizeof(double) * n);
	for (int i = 0; i < n; i++)
	{
		row->values_a[i] = exp(a[i]);
		row->values_b[i] = exp(b[i]);
	}
}

void
bench_compare_pairs(Comparison *comparison, const BenchDocument *a, const BenchDocument *b, int pairs)
{
	double	   *of_a = malloc(sizeof(double) * pairs);
	double	   *of_b = malloc(sizeof(double) * pairs);

	memset(comparison, 0, sizeof(*comparison));
	comparison->a = a;
	comparison->b = b;
	comparison->pairs = pairs;
	comparison->rows = calloc(a->n * NMEASURES, sizeof(CompareRow));
	for (int i = 0; i < a->n; i++)
	{
		for (int j = 0; j < NMEASURES; j++)
		{
			Estimate	ratio;
			CompareRow *row;
			int			n = 0;

			if (measures[j].fraction == 0 && !(a->closed && b->closed))
				continue;
			/* A quantile of fewer calls than its rank needs is only the maximum. */
			if (bench_batch_calls(&a->endpoints[i].all) * (1 - measures[j].fraction) < 1)
				continue;
			for (int k = 0; k < pairs; k++)
				n += log_of_run(&a[k], a->endpoints[i].name, j, &of_a[n]) &&
					log_of_run(&b[k], a->endpoints[i].name, j, &of_b[n]);
			if (n == 0)
				continue;
			row = add_row(comparison, a->endpoints[i].name, j);
			for (int k = 0; k < n; k++)
			{
				row->a += of_a[k] / n;
				row->b += of_b[k] / n;
			}
			row->a = exp(row->a);
			row->b = exp(row->b);
			ratio = estimate_pairs(of_a, of_b, n);
			set_row(row, &ratio);
			keep_values(row, of_a, of_b, n);
		}
	}
	judge(comparison);
	free(of_a);
	free(of_b);
}

void
bench_compare_add(Comparison *comparison, const char *endpoint, const double *a, const double *b, int n)
{
	CompareRow *row = &comparison->rows[comparison->n++];
	double	   *log_a = malloc(sizeof(double) * (n + 1));
	double	   *log_b = malloc(sizeof(double) * (n + 1));
	Estimate	ratio;

	memset(row, 0, sizeof(*row));
	row->endpoint = endpoint;
	row->what = "ms";
	for (int i = 0; i < n; i++)
	{
		log_a[i] = log(fmax(a[i], 1e-6));
		log_b[i] = log(fmax(b[i], 1e-6));
		row->a += log_a[i] / n;
		row->b += log_b[i] / n;
	}
	row->a = exp(row->a);
	row->b = exp(row->b);
	ratio = estimate_pairs(log_a, log_b, n);
	set_row(row, &ratio);
	keep_values(row, log_a, log_b, n);
	free(log_a);
	free(log_b);
}

void
bench_compare_judge(Comparison *comparison)
{
	judge(comparison);
}

/* --- output --- */

const char *
bench_compare_verdict(const CompareRow *row)
{
	if (!row->known)
		return row->wanted > 0 ? "too few calls to tell" : "too few runs to tell";
	return row->verdict == 0 ? "no difference shown" : row->verdict > 0 ? "B faster" : "B slower";
}

void
bench_compare_print(const Comparison *comparison, FILE *file)
{
	fprintf(file, "A: %s\nB: %s\n", comparison->label_a, comparison->label_b);
	bench_compare_differences(comparison->a, comparison->b, file);
	if (comparison->pairs > 0)
		fprintf(file, "%d pairs of runs\n", comparison->pairs);
	else
		fprintf(file, "one run each: what varies from run to run is not in these intervals; \"compare --run\" knows it\n");
	fprintf(file, "\n%-20s %-5s %11s %11s %8s %19s %17s  %s\n", "endpoint (ms)", "", "A", "B", "B / A",
			"95 % interval", "A/A floor", "verdict");
	for (int i = 0; i < comparison->n; i++)
	{
		const CompareRow *row = &comparison->rows[i];

		fprintf(file, "%-20s %-5s %11.3f %11.3f %8.3f", row->endpoint, row->what, row->a, row->b, row->ratio);
		if (row->known)
			fprintf(file, "   %7.3f - %6.3f", row->low, row->high);
		else
			fprintf(file, " %19s", "-");
		if (row->known && row->floor > 0)
			fprintf(file, "   %6.3f - %5.3f", 1 / row->floor, row->floor);
		else
			fprintf(file, " %17s", "-");
		fprintf(file, "  %s", bench_compare_verdict(row));
		if (!row->known && row->wanted > 0)
			fprintf(file, "; %d of each would do", row->wanted);
		fputc('\n', file);
	}
}

cJSON *
bench_compare_json(const Comparison *comparison)
{
	cJSON	   *document = cJSON_CreateObject();
	cJSON	   *rows;

	cJSON_AddStringToObject(document, "format", "bingo_bench");
	cJSON_AddNumberToObject(document, "version", BENCH_JSON_VERSION);
	cJSON_AddStringToObject(document, "kind", "compare");
	cJSON_AddStringToObject(document, "a", comparison->label_a);
	cJSON_AddStringToObject(document, "b", comparison->label_b);
	cJSON_AddNumberToObject(document, "pairs", comparison->pairs);
	rows = cJSON_AddArrayToObject(document, "rows");
	for (int i = 0; i < comparison->n; i++)
	{
		const CompareRow *row = &comparison->rows[i];
		const BenchDocumentEndpoint *endpoint;
		cJSON	   *item = cJSON_CreateObject();

		endpoint = bench_document_find(comparison->a, row->endpoint);
		cJSON_AddStringToObject(item, "endpoint", row->endpoint);
		cJSON_AddStringToObject(item, "title", endpoint ? endpoint->title : row->endpoint);
		cJSON_AddStringToObject(item, "what", row->what);
		cJSON_AddNumberToObject(item, "a", row->a);
		cJSON_AddNumberToObject(item, "b", row->b);
		cJSON_AddNumberToObject(item, "ratio", row->ratio);
		if (row->known)
		{
			cJSON_AddNumberToObject(item, "low", row->low);
			cJSON_AddNumberToObject(item, "high", row->high);
			cJSON_AddNumberToObject(item, "p", row->p);
			if (row->floor > 0)
				cJSON_AddNumberToObject(item, "floor", row->floor);
		}
		else if (row->wanted > 0)
			cJSON_AddNumberToObject(item, "calls_wanted", row->wanted);
		cJSON_AddStringToObject(item, "verdict", bench_compare_verdict(row));
		if (row->nvalues > 0)
		{
			cJSON_AddItemToObject(item, "values_a", cJSON_CreateDoubleArray(row->values_a, row->nvalues));
			cJSON_AddItemToObject(item, "values_b", cJSON_CreateDoubleArray(row->values_b, row->nvalues));
		}
		cJSON_AddItemToArray(rows, item);
	}
	return document;
}

void
bench_compare_free(Comparison *comparison)
{
	for (int i = 0; i < comparison->n; i++)
	{
		free(comparison->rows[i].values_a);
		free(comparison->rows[i].values_b);
	}
	free(comparison->rows);
	memset(comparison, 0, sizeof(*comparison));
}
