/*
 * bench/alike.c
 *	  May two runs be compared, and in what do they differ?  See bench/compare.h.
 *
 * What was measured and on what machine must be alike.  What is set (the
 * server's settings, --set, --before) is the usual subject of a comparison, so
 * it may differ and is shown.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/compare.h"
#include "options.h"

static const cJSON *
item(const cJSON *object, const char *name)
{
	return cJSON_GetObjectItemCaseSensitive(object, name);
}

/* One difference as a line; the value may be anything. */
static void
print_difference(FILE *file, const char *prefix, const char *name, const cJSON *a, const cJSON *b)
{
	char	   *of_a = a ? cJSON_PrintUnformatted(a) : NULL;
	char	   *of_b = b ? cJSON_PrintUnformatted(b) : NULL;

	fprintf(file, "  %s%s: A %s, B %s\n", prefix, name, of_a ? of_a : "not set", of_b ? of_b : "not set");
	cJSON_free(of_a);
	cJSON_free(of_b);
}

/*
 * Differences of two objects' members, those of either, but not what is shown
 * elsewhere; returns how many.
 */
static int
print_others(FILE *file, const char *prefix, const cJSON *a, const cJSON *b, const cJSON *elsewhere_a,
			 const cJSON *elsewhere_b)
{
	const cJSON *member;
	int			n = 0;

	cJSON_ArrayForEach(member, a)
	{
		const cJSON *other = item(b, member->string);

		if (item(elsewhere_a, member->string) || item(elsewhere_b, member->string))
			continue;
		if (!cJSON_Compare(member, other, true))
		{
			print_difference(file, prefix, member->string, member, other);
			n++;
		}
	}
	cJSON_ArrayForEach(member, b)
	{
		if (item(a, member->string) == NULL && !item(elsewhere_a, member->string) && !item(elsewhere_b, member->string))
		{
			print_difference(file, prefix, member->string, NULL, member);
			n++;
		}
	}
	return n;
}

static int
print_members(FILE *file, const char *prefix, const cJSON *a, const cJSON *b)
{
	return print_others(file, prefix, a, b, NULL, NULL);
}

/* Ranges move a little as sessions come and go; a tenth is another data set. */
static bool
ranges_alike(const cJSON *a, const cJSON *b)
{
	int			n = cJSON_GetArraySize(a);

	if (n != cJSON_GetArraySize(b))
		return false;
	for (int i = 0; i < n; i++)
	{
		const cJSON *of_a = cJSON_GetArrayItem(a, i);
		const cJSON *of_b = cJSON_GetArrayItem(b, i);
		double		max_a = cJSON_GetNumberValue(item(of_a, "max"));
		double		max_b = cJSON_GetNumberValue(item(of_b, "max"));

		if (!cJSON_Compare(item(of_a, "from"), item(of_b, "from"), true) && (item(of_a, "from") || item(of_b, "from")))
			return false;
		if (fabs(max_a - max_b) > 0.1 * fmax(fabs(max_a), fabs(max_b)))
			return false;
	}
	return true;
}

static int
print_endpoints(const BenchDocument *a, const BenchDocument *b)
{
	int			n = 0;

	for (int i = 0; i < a->n; i++)
	{
		const char *name = a->endpoints[i].name;
		const cJSON *of_a = a->endpoints[i].json;
		const BenchDocumentEndpoint *other = bench_document_find(b, name);
		const cJSON *of_b = other ? other->json : NULL;

		if (of_b && cJSON_Compare(item(of_a, "statement"), item(of_b, "statement"), true) &&
			ranges_alike(item(of_a, "parameters"), item(of_b, "parameters")))
			continue;
		n++;
		if (of_b == NULL)
			fprintf(stderr, "  endpoint %s: only in A\n", name);
		else if (!cJSON_Compare(item(of_a, "statement"), item(of_b, "statement"), true))
			print_difference(stderr, "statement of ", name, item(of_a, "statement"), item(of_b, "statement"));
		else
			print_difference(stderr, "ranges of ", name, item(of_a, "parameters"), item(of_b, "parameters"));
	}
	for (int i = 0; i < b->n; i++)
	{
		if (bench_document_find(a, b->endpoints[i].name))
			continue;
		fprintf(stderr, "  endpoint %s: only in B\n", b->endpoints[i].name);
		n++;
	}
	return n;
}

bool
bench_compare_alike(const BenchDocument *a, const BenchDocument *b)
{
	static const char *const heads[] = {"kind", "interrupted"};
	int			n = 0;

	for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++)
	{
		const cJSON *of_a = item(a->json, heads[i]);
		const cJSON *of_b = item(b->json, heads[i]);

		if ((of_a || of_b) && !cJSON_Compare(of_a, of_b, true))
		{
			print_difference(stderr, "", heads[i], of_a, of_b);
			n++;
		}
	}
	n += print_members(stderr, "machine ", item(a->json, "machine"), item(b->json, "machine"));
	n += print_members(stderr, "", item(a->json, "configuration"), item(b->json, "configuration"));
	if (!cJSON_Compare(item(item(a->json, "server"), "version_num"), item(item(b->json, "server"), "version_num"), true))
	{
		print_difference(stderr, "server ", "version", item(item(a->json, "server"), "version"),
						 item(item(b->json, "server"), "version"));
		n++;
	}
	return n + print_endpoints(a, b) == 0;
}

void
bench_compare_differences(const BenchDocument *a, const BenchDocument *b, FILE *file)
{
	const cJSON *set_a = item(a->json, "set");
	const cJSON *set_b = item(b->json, "set");

	print_others(file, "setting ", item(item(a->json, "server"), "settings"), item(item(b->json, "server"), "settings"),
				 set_a, set_b);
	print_members(file, "--set ", set_a, set_b);
	if (!cJSON_Compare(item(a->json, "before"), item(b->json, "before"), true))
		print_difference(file, "", "--before", item(a->json, "before"), item(b->json, "before"));
}
