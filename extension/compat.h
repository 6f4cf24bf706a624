/*
 * compat.h
 *	  Every difference between the PostgreSQL majors that this module runs on.
 *
 * No other file tests PG_VERSION_NUM.  Include it after postgres.h.
 */
#ifndef BINGO_COMPAT_H
#define BINGO_COMPAT_H

#if PG_VERSION_NUM < 150000
#error "bingo_tune needs PostgreSQL 15 or later"
#endif

/*
 * 16 folded the rights checks of all kinds of objects into two functions.  The
 * user needs catalog/pg_namespace.h, catalog/pg_class.h and utils/acl.h.
 */
#if PG_VERSION_NUM >= 160000
#define bingo_schema_aclcheck(schema, user, mode) \
	object_aclcheck(NamespaceRelationId, (schema), (user), (mode))
#define bingo_class_ownercheck(relation, user) \
	object_ownercheck(RelationRelationId, (relation), (user))
#else
#define bingo_schema_aclcheck(schema, user, mode) \
	pg_namespace_aclcheck((schema), (user), (mode))
#define bingo_class_ownercheck(relation, user) \
	pg_class_ownercheck((relation), (user))
#endif

/*
 * 16 made find_option() public; before it only the table of all settings was.
 * The user needs utils/guc_tables.h.
 */
#if PG_VERSION_NUM >= 160000
#define bingo_find_setting(setting_name) find_option((setting_name), false, true, ERROR)
#else
#define bingo_find_setting(setting_name) \
({ \
	struct config_generic *found_ = NULL; \
	for (int i_ = 0; i_ < GetNumConfigOptions() && found_ == NULL; i_++) \
		if (strcmp(get_guc_variables()[i_]->name, (setting_name)) == 0) \
			found_ = get_guc_variables()[i_]; \
	found_; \
})
#endif

#endif							/* BINGO_COMPAT_H */
