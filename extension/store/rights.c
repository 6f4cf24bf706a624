/*
 * store/rights.c
 *	  Who may see values out of the tables of an ordering.
 *
 * A window holds rows of the tables but has none of their rights and policies.
 * Queries are checked by the core, whose range table has the tables themselves;
 * what the extension's own functions show of a window (boundary, samples) they
 * show after asking here.  Called without locks: the answer holds for now, and nobody
 * may read a table that is gone.
 */
#include "postgres.h"

#include "utils/acl.h"
#include "utils/rls.h"

#include "store/rights.h"

bool
bingo_rights_may_read(const BingoDefinition *definition, Oid user)
{
	for (int i = 0; i < definition->ntables; i++)
	{
		Oid			relid = definition->tables[i].relid;
		bool		gone = false;

		if (pg_class_aclcheck_ext(relid, user, ACL_SELECT, &gone) != ACLCHECK_OK || gone ||
			check_enable_rls(relid, user, true) == RLS_ENABLED)
			return false;
	}
	return true;
}
