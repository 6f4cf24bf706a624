/*
 * catalog_random_text.c
 *	  Makes a statement of a text of catalog_random.sql or catalog_random_kinds.sql.
 */
#include <stdlib.h>

#include "catalog_random.h"

typedef struct Text
{
	char	   *sql;
	size_t		size;
	size_t		length;
	bool		good;
} Text;

static void
append(Text *text, const char *piece, size_t length)
{
	if (text->length + length >= text->size)
	{
		text->good = false;
		return;
	}
	memcpy(text->sql + text->length, piece, length);
	text->length += length;
	text->sql[text->length] = '\0';
}

/* 1 .. n; of those that are a writer's own, one. */
static unsigned
draw_own(Session *session, unsigned n)
{
	unsigned	writers = session->database->writers;
	unsigned	first = session->me ? (unsigned) session->me : writers;

	return first + writers * draw(session, (n - first) / writers + 1);
}

static bool
known_word(Session *session, const char *word, char *value, size_t size)
{
	unsigned	n;

	if (sscanf(word, "own:%u", &n) == 1)
		snprintf(value, size, "%u", draw_own(session, n));
	else if (sscanf(word, "any:%u", &n) == 1)
		snprintf(value, size, "%u", 1 + draw(session, n));
	else if (strcmp(word, "me") == 0)
		snprintf(value, size, "%d", session->me);
	else if (strcmp(word, "writers") == 0)
		snprintf(value, size, "%d", session->database->writers);
	else if (strcmp(word, "session") == 0)
		snprintf(value, size, "%d", session->number);
	else if (strcmp(word, "hold") == 0)
		snprintf(value, size, "0.%03u", draw(session, 200));
	else
		return false;
	return true;
}

static const char *
append_word(Session *session, const char *at, Lookup lookup, void *context, Text *text)
{
	const char *end = strchr(at, '}');
	char		word[40];
	char		value[LONGEST_SQL];

	snprintf(word, sizeof(word), "%.*s", (int) (end - at - 1), at + 1);
	if (known_word(session, word, value, sizeof(value)) ||
		(lookup && lookup(session, context, word, value, sizeof(value))))
		append(text, value, strlen(value));
	else
		text->good = false;
	return end + 1;
}

/* Alternatives are chosen first: their words are looked up only if they are wanted. */
static void
choose(Session *session, const char *from, Text *text)
{
	while (*from)
	{
		if (*from == '[')
		{
			const char *end = strchr(from, ']');
			const char *piece = ++from;
			unsigned	n = 1;

			for (const char *c = from; c < end; c++)
				n += *c == '|';
			for (n = draw(session, n); n > 0; n--)
				piece = strchr(piece, '|') + 1;
			append(text, piece, strcspn(piece, "|]"));
			from = end + 1;
		}
		else
			append(text, from++, 1);
	}
}

bool
expand(Session *session, const char *from, Lookup lookup, void *context, char *sql, size_t size)
{
	char		chosen[LONGEST_SQL];
	Text		first = {chosen, sizeof(chosen), 0, true};
	Text		text = {sql, size, 0, true};

	sql[0] = chosen[0] = '\0';
	choose(session, from, &first);
	from = chosen;
	while (*from && text.good)
	{
		if (*from == '{')
			from = append_word(session, from, lookup, context, &text);
		else
			append(&text, from++, 1);
	}
	return first.good && text.good;
}
