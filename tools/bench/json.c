/*
 * bench/json.c
 *	  The result document: see bench/json.h.
 */
#include "bench/json.h"

#include <stdlib.h>
#include <string.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "bench/file.h"
#include "client.h"

/* "model name" of the first processor, or the architecture. */
static void
find_processor(char *name, size_t size, const struct utsname *system)
{
	FILE	   *file = fopen("/proc/cpuinfo", "r");
	char		line[512];

	snprintf(name, size, "%s", system->machine);
	while (file && fgets(line, sizeof(line), file))
	{
		if (strncmp(line, "model name", 10) == 0 && strstr(line, ": "))
		{
			line[strcspn(line, "\n")] = '\0';
			snprintf(name, size, "%s", strstr(line, ": ") + 2);
			break;
		}
	}
	if (file)
		fclose(file);
}

static void
add_machine(cJSON *document)
{
	cJSON	   *machine = cJSON_AddObjectToObject(document, "machine");
	struct utsname system;
	struct sysinfo memory;
	char		processor[256];

	uname(&system);
	sysinfo(&memory);
	find_processor(processor, sizeof(processor), &system);
	cJSON_AddStringToObject(machine, "processor", processor);
	cJSON_AddNumberToObject(machine, "cores", (double) sysconf(_SC_NPROCESSORS_ONLN));
	cJSON_AddNumberToObject(machine, "memory_mb", (double) ((uint64_t) memory.totalram * memory.mem_unit >> 20));
	cJSON_AddStringToObject(machine, "kernel", system.release);
}

static bool
add_server(cJSON *document, PGconn *conn)
{
	cJSON	   *server = cJSON_AddObjectToObject(document, "server");
	cJSON	   *settings;
	PGresult   *result;

	cJSON_AddStringToObject(server, "version", PQparameterStatus(conn, "server_version"));
	cJSON_AddNumberToObject(server, "version_num", PQserverVersion(conn));
	cJSON_AddStringToObject(server, "host", PQhost(conn) ? PQhost(conn) : "");
	cJSON_AddStringToObject(server, "port", PQport(conn) ? PQport(conn) : "");
	cJSON_AddStringToObject(server, "database", PQdb(conn));
	settings = cJSON_AddObjectToObject(server, "settings");
	result = bingo_client_run(conn, "could not read the server's settings",
							  "SELECT /* bingo_tune.bench */ name, pg_catalog.current_setting(name) FROM pg_catalog.pg_settings"
							  " WHERE source NOT IN ('default', 'override') AND setting IS DISTINCT FROM boot_val"
							  " AND name NOT LIKE '%\\_file' AND name NOT LIKE 'lc\\_%'"
							  " AND name NOT IN ('application_name', 'unix_socket_directories', 'port', 'listen_addresses',"
							  " 'cluster_name', 'TimeZone', 'log_timezone', 'external_pid_file', 'default_text_search_config')"
							  " AND (name <> 'client_encoding' OR setting <> 'UTF8') ORDER BY name");
	if (result == NULL)
		return false;
	for (int i = 0; i < PQntuples(result); i++)
		cJSON_AddStringToObject(settings, PQgetvalue(result, i, 0), PQgetvalue(result, i, 1));
	PQclear(result);
	return true;
}

cJSON *
bench_json_start(const char *kind, PGconn *conn)
{
	cJSON	   *document = cJSON_CreateObject();
	time_t		now = time(NULL);
	struct tm	utc;
	char		started[32];

	gmtime_r(&now, &utc);
	strftime(started, sizeof(started), "%Y-%m-%dT%H:%M:%SZ", &utc);
	cJSON_AddStringToObject(document, "format", "bingo_bench");
	cJSON_AddNumberToObject(document, "version", BENCH_JSON_VERSION);
	cJSON_AddStringToObject(document, "kind", kind);
	cJSON_AddStringToObject(document, "started", started);
	add_machine(document);
	if (!add_server(document, conn))
	{
		cJSON_Delete(document);
		return NULL;
	}
	cJSON_AddObjectToObject(document, "configuration");
	cJSON_AddArrayToObject(document, "endpoints");
	return document;
}

void
bench_json_add_session(cJSON *document, const BenchSession *session)
{
	cJSON	   *configuration = cJSON_GetObjectItemCaseSensitive(document, "configuration");
	cJSON	   *settings = cJSON_AddObjectToObject(document, "set");
	cJSON	   *before = cJSON_AddArrayToObject(document, "before");

	cJSON_AddStringToObject(configuration, "protocol", bench_protocol_names[session->protocol]);
	cJSON_AddStringToObject(configuration, "results", session->binary ? "binary" : "text");
	for (int i = 0; i < session->nsettings; i++)
		cJSON_AddStringToObject(settings, session->names[i], session->values[i]);
	for (int i = 0; i < session->nbefore; i++)
		cJSON_AddItemToArray(before, cJSON_CreateString(session->before[i]));
}

void
bench_json_add_ranges(cJSON *endpoint, const BenchStatement *statement)
{
	const BenchParameters *parameters = &statement->parameters;
	cJSON	   *array = cJSON_AddArrayToObject(endpoint, "parameters");

	for (int i = 0; i < parameters->n; i++)
	{
		const BenchSource *source = &parameters->sources[parameters->source[i]];
		cJSON	   *item = cJSON_CreateObject();

		cJSON_AddStringToObject(item, "from", source->text);
		if (source->kind == BENCH_SOURCE_RANGE)
		{
			cJSON_AddNumberToObject(item, "min", (double) source->min);
			cJSON_AddNumberToObject(item, "max", (double) source->max);
		}
		else if (source->kind == BENCH_SOURCE_ROWS)
			cJSON_AddNumberToObject(item, "rows", source->nrows);
		cJSON_AddItemToArray(array, item);
	}
}

bool
bench_json_write(const cJSON *document, FILE *file, const char *path)
{
	char	   *text = cJSON_Print(document);

	fputs(text, file);
	putc('\n', file);
	cJSON_free(text);
	return bench_file_close(file, path);
}
