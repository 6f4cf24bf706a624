/*
 * parse_document.c
 *	  libFuzzer harness: result documents (tools/bench_document.c), and the sums
 *	  and quantiles that compare and report take from them.
 */
#include "parse.h"

#include "bench/document.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	BenchDocument document;

	input = data;
	input_size = size;
	if (bench_document_read(&document, "input"))
	{
		for (int i = 0; i < document.n; i++)
		{
			const BenchDocumentEndpoint *endpoint = &document.endpoints[i];
			BenchBatch	merged;

			if (bench_document_find(&document, endpoint->name) == NULL)
				abort();
			if (bench_batch_calls(&endpoint->all) > 0)
				(void) bench_batch_quantile(&endpoint->all, 0.9);
			if (endpoint->nbatches == 0)
				continue;
			merged = bench_batch_merge(endpoint->batches, endpoint->nbatches, 1);
			if (bench_batch_calls(&merged) > 0)
				(void) bench_batch_quantile(&merged, 0.999);
			bench_batch_free(&merged);
		}
	}
	bench_document_free(&document);
	return 0;
}
