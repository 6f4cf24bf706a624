/*
 * parse_statement.c
 *	  libFuzzer harness: workload files (tools/bench_statement.c).
 */
#include "parse.h"

#include "bench/statement.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	BenchStatement statement;

	input = data;
	input_size = size;
	if (bench_statement_read(&statement, "input"))
	{
		BenchRandom random = bench_statement_random(&statement, 1);
		BenchValues values;

		bench_parameters_draw(&statement.parameters, &random, 0.5, &values);
		free(bench_statement_literal(&statement, &values));
	}
	bench_statement_free(&statement);
	return 0;
}
