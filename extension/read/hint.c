/*
 * read/hint.c
 *	  Hints of pg_hint_plan that say how a table is scanned.
 *
 * pg_hint_plan makes a table's paths anew as a hint wants them, but a window stands in the
 * place of a join, which it has no hint for: SeqScan(p) would be obeyed by the plan behind,
 * which is not executed.  So where a hint names a scan method for a table, no window and no counter
 * is offered for it.  Hints that forbid a method (NoSeqScan) or speak of joins, of their order or of numbers
 * of rows say nothing against a window.
 *
 * The hints are read where pg_hint_plan reads them: in the first comment that begins with "/" "*+", of the text
 * that is planned.  Those of its table hint_plan.hints are not seen.
 *
 * Whether there is pg_hint_plan at all is told by its setting, which costs more than a look-up's planning
 * may: it is asked once, and again when another library has put itself before our hook since.
 */
#include "postgres.h"

#include <ctype.h>

#include "optimizer/paths.h"
#include "parser/parsetree.h"
#include "utils/guc.h"

#include "base/compat.h"
#include "read/hint.h"
#include "read/planned.h"

#define SETTING "pg_hint_plan.enable_hint"

static set_rel_pathlist_hook_type first_hook = NULL;	/* when it was asked */
static bool is_there = false;

static bool
are_read(void)
{
	if (first_hook != set_rel_pathlist_hook)
	{
		first_hook = set_rel_pathlist_hook;
		is_there = GetConfigOption(SETTING, true, false) != NULL;
	}
	return is_there;
}

/* Is that the name of a hint, which has so many characters, that wants a method? */
static bool
is_scan(const char *name, size_t length)
{
	static const char *const names[] = {"SeqScan", "TidScan", "IndexScan", "IndexScanRegexp", "IndexOnlyScan",
	"IndexOnlyScanRegexp", "BitmapScan", "BitmapScanRegexp"};

	for (int i = 0; i < lengthof(names); i++)
		if (strlen(names[i]) == length && pg_strncasecmp(names[i], name, length) == 0)
			return true;
	return false;
}

/* Past the name at *at, which may be quoted; is it that one? */
static bool
take_name(const char **at, const char *end, const char *name)
{
	const char *p = *at;
	bool		quoted = *p == '"';
	bool		equal = true;

	for (p += quoted; p < end; p++)
	{
		if (quoted ? *p == '"' : isspace((unsigned char) *p) || *p == '(' || *p == ')')
		{
			if (!quoted || p + 1 == end || p[1] != '"')
				break;
			p++;				/* a quote that is doubled */
		}
		equal = equal && *p == *name;
		name += equal;
	}
	*at = p + (quoted && p < end);
	return equal && *name == '\0';
}

static const char *
skip_space(const char *p, const char *end)
{
	while (p < end && isspace((unsigned char) *p))
		p++;
	return p;
}

/* Does one of the hints, "METHOD(table index ...) ...", name a method for a table of that name? */
static bool
names_table(const char *p, const char *end, const char *name)
{
	while ((p = skip_space(p, end)) < end)
	{
		const char *word = p;
		size_t		length;

		while (p < end && *p != '(' && !isspace((unsigned char) *p))
			p++;
		length = p - word;
		p = skip_space(p, end);
		if (p < end && *p == '(')
		{
			int			depth = 1;

			p = skip_space(p + 1, end);
			if (is_scan(word, length) && p < end && take_name(&p, end, name))
				return true;
			for (; p < end && depth > 0; p++)
			{
				if (*p == '"')
					while (p + 1 < end && *++p != '"')
						;
				else
					depth += *p == '(' ? 1 : *p == ')' ? -1 : 0;
			}
		}
	}
	return false;
}

bool
bingo_hint_names_scan(PlannerInfo *root, Relids relids)
{
	const char *text = are_read() ? bingo_planned_text() : NULL;
	const char *start = text != NULL ? strstr(text, "/*+") : NULL;
	const char *end = start != NULL ? strstr(start, "*/") : NULL;
	const char *enabled = end != NULL ? GetConfigOption(SETTING, true, false) : NULL;
	int			varno = -1;

	if (enabled == NULL || strcmp(enabled, "off") == 0)
		return false;
	while ((varno = bms_next_member(relids, varno)) >= 0)
	{
		const RangeTblEntry *rte = planner_rt_fetch(varno, root);

		if (rte->rtekind == RTE_RELATION && names_table(start + 3, end, rte->eref->aliasname))
			return true;
	}
	return false;
}

void
bingo_hint_init(void)
{
	bingo_planned_init(are_read);
}
