/*
 * parse_mix.c
 *	  libFuzzer harness: mix files and service levels (tools/bench_mix.c,
 *	  tools/bench_level.c).
 *
 * The input is a mix; behind the first '%' byte that begins a line come the
 * service levels of its endpoints.
 */
#include "parse.h"

#include "bench/level.h"
#include "bench/mix.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static BenchMix mix;
	static BenchLevels levels;
	const uint8_t *split = data;

	while (split < data + size && !(*split == '%' && (split == data || split[-1] == '\n')))
		split++;
	input = data;
	input_size = split - data;
	if (bench_mix_read(&mix, "input"))
	{
		if (mix.n < 1 || mix.n > BENCH_MAX_ENDPOINTS)
			abort();
		for (int i = 0; i < mix.n; i++)
			if (!(mix.entries[i].weight > 0) || mix.entries[i].copies < 1 || mix.entries[i].copies > BENCH_MAX_COPIES)
				abort();
		if (split < data + size)
		{
			input = split + 1;
			input_size = data + size - input;
			if (bench_levels_read(&levels, "input", &mix))
				for (int i = 0; i < levels.n; i++)
					if (levels.levels[i].endpoint >= mix.n || !(levels.levels[i].limit >= 0))
						abort();
		}
	}
	bench_mix_free(&mix);
	return 0;
}
