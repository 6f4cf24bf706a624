/*
 * base/extension.c
 *	  What belongs to an extension, by pg_depend.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/table.h"
#include "catalog/indexing.h"
#include "catalog/pg_depend.h"
#include "catalog/pg_extension.h"
#include "commands/extension.h"
#include "utils/fmgroids.h"
#include "utils/rel.h"

#include "base/extension.h"

List *
bingo_extension_objects(const char *extension, Oid catalog, DependencyType type)
{
	Relation	pg_depend = table_open(DependRelationId, AccessShareLock);
	List	   *objects = NIL;
	ScanKeyData keys[2];
	SysScanDesc scan;
	HeapTuple	tuple;

	ScanKeyInit(&keys[0], Anum_pg_depend_refclassid, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(ExtensionRelationId));
	ScanKeyInit(&keys[1], Anum_pg_depend_refobjid, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(get_extension_oid(extension, true)));
	scan = systable_beginscan(pg_depend, DependReferenceIndexId, true, NULL, 2, keys);
	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		Form_pg_depend depend = (Form_pg_depend) GETSTRUCT(tuple);

		if (depend->classid == catalog && depend->deptype == (char) type)
			objects = lappend_oid(objects, depend->objid);
	}
	systable_endscan(scan);
	table_close(pg_depend, AccessShareLock);
	return objects;
}
