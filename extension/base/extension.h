/*
 * base/extension.h
 *	  What belongs to an extension.
 */
#ifndef BINGO_EXTENSION_H
#define BINGO_EXTENSION_H

#include "catalog/dependency.h"
#include "nodes/pg_list.h"

/*
 * The OIDs of those objects of a catalog that depend on the extension in this way:
 * DEPENDENCY_EXTENSION are its members, DEPENDENCY_AUTO_EXTENSION what goes with it.
 * NIL if there is no such extension.
 */
extern List *bingo_extension_objects(const char *extension, Oid catalog, DependencyType type);

#endif							/* BINGO_EXTENSION_H */
