/*
 * base/server_name.c
 *	  The names of the foreign servers that definitions are kept in, and of their wrappers.
 */
#include "postgres.h"

#include "common/cryptohash.h"
#include "common/sha2.h"
#include "mb/pg_wchar.h"

#include "base/server_name.h"

/* A name that is too long ends with this and so many digits of its hash. */
#define HASH_MARK " #"
#define HASH_DIGITS 24

const char *const bingo_server_wrappers[] = {"bingo_tune", "bingo_tune_timing", "bingo_tune_window"};

const char *
bingo_server_wrapper_name(const char *type)
{
	if (strcmp(type, "endpoint") == 0 || strcmp(type, "target") == 0)
		return bingo_server_wrappers[1];
	return bingo_server_wrappers[strcmp(type, "window") == 0 ? 2 : 0];
}

static char *
hash_text(const char *text)
{
	uint8		digest[PG_SHA256_DIGEST_LENGTH];
	char	   *digits = palloc(HASH_DIGITS + 1);
	pg_cryptohash_ctx *context = pg_cryptohash_create(PG_SHA256);

	if (pg_cryptohash_init(context) < 0 ||
		pg_cryptohash_update(context, (const uint8 *) text, strlen(text)) < 0 ||
		pg_cryptohash_final(context, digest, sizeof(digest)) < 0)
		elog(ERROR, "could not compute a hash: %s", pg_cryptohash_error(context));
	pg_cryptohash_free(context);
	for (int i = 0; i < HASH_DIGITS / 2; i++)
		snprintf(digits + i * 2, 3, "%02x", digest[i]);
	return digits;
}

/* Could this be a name that was cut? */
static bool
ends_as_cut(const char *name)
{
	const char *mark = strstr(name, HASH_MARK);

	for (; mark != NULL; mark = strstr(mark + 1, HASH_MARK))
	{
		const char *digits = mark + strlen(HASH_MARK);

		if (strlen(digits) == HASH_DIGITS && strspn(digits, "0123456789abcdef") == HASH_DIGITS)
			return true;
	}
	return false;
}

char *
bingo_server_name(const char *type, const char *key)
{
	char	   *name = psprintf("%s %s %s", bingo_server_wrapper_name(type), type, key);
	int			kept;

	if (strlen(name) < NAMEDATALEN && !ends_as_cut(name))
		return name;
	kept = pg_mbcliplen(name, strlen(name), NAMEDATALEN - 1 - strlen(HASH_MARK) - HASH_DIGITS);
	return psprintf("%.*s%s%s", kept, name, HASH_MARK, hash_text(name));
}
