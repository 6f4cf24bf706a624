/*
 * attach/tables.c
 *	  Find the application's tables and say what stands in the way of using
 *	  them.
 *
 * The application names its tables without a schema, so the schema is known
 * only by what is in it.  A schema that the caller names is taken as it is.
 * Otherwise it is public if public has plain tables of all three names, else
 * the only schema that has.  Several such schemas are not guessed between.  If
 * none has, any schema with relations of these names is looked at, so that the
 * message can say what is wrong with them.
 *
 * The rights that count are those of the user that is passed in, because
 * CREATE EXTENSION runs a trusted extension's script as the bootstrap
 * superuser: that must not hand anybody an index on somebody else's table.
 *
 * Only catalogs are read, through the syscache and systable scans: no SQL, no
 * user code, no lock on the tables.  A caller that goes on to change something
 * locks the tables and asks again.  Results live in the current context.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_namespace.h"
#include "catalog/pg_type.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"
#include "utils/varlena.h"

#include "attach/attach.h"
#include "base/compat.h"
#include "base/relations.h"

typedef enum ColumnKind
{
	KIND_ID,
	KIND_NUMBER,
	KIND_STRING,
	KIND_TIMESTAMP,
	KIND_DATE
} ColumnKind;

static const char *const kind_names[] = {
	[KIND_ID] = "integer or bigint",
	[KIND_NUMBER] = "an integer type",
	[KIND_STRING] = "character varying or text",
	[KIND_TIMESTAMP] = "a timestamp type",
	[KIND_DATE] = "date",
};

typedef struct Column
{
	const char *name;
	ColumnKind	kind;
} Column;

static const char *const table_names[BINGO_NTABLES] = {
	[BINGO_SESSIONS] = "sessions",
	[BINGO_CUSTOMERS] = "customers",
	[BINGO_MOVIES] = "movies",
};

#define MAX_COLUMNS 5

/* The columns that the application's SQL names. */
static const Column table_columns[BINGO_NTABLES][MAX_COLUMNS] = {
	[BINGO_SESSIONS] = {
		{"id", KIND_ID},
		{"start_time", KIND_TIMESTAMP},
		{"customer_id", KIND_ID},
		{"movie_id", KIND_ID},
	},
	[BINGO_CUSTOMERS] = {
		{"id", KIND_ID},
		{"name", KIND_STRING},
		{"surname", KIND_STRING},
		{"birthday", KIND_DATE},
		{"email", KIND_STRING},
	},
	[BINGO_MOVIES] = {
		{"id", KIND_ID},
		{"name", KIND_STRING},
		{"year", KIND_NUMBER},
		{"duration", KIND_NUMBER},
	},
};

/* The obstacles met so far: the first is the message, the rest its detail. */
typedef struct Findings
{
	BingoObstacle *obstacle;
	StringInfoData others;
} Findings;

static void
add_obstacle(Findings *findings, int sqlstate, char *message)
{
	if (findings->obstacle == NULL)
	{
		findings->obstacle = palloc0(sizeof(BingoObstacle));
		findings->obstacle->sqlstate = sqlstate;
		findings->obstacle->message = message;
		initStringInfo(&findings->others);
		return;
	}
	if (findings->others.len > 0)
		appendStringInfoChar(&findings->others, '\n');
	appendStringInfo(&findings->others, "Also: %s.", message);
	findings->obstacle->detail = findings->others.data;
}

/*
 * The call that the user should type, fit for the schema that was asked for.
 */
char *
bingo_attach_apply_call(Oid schema)
{
	if (!OidIsValid(schema))
		return pstrdup("SELECT * FROM bingo_tune.apply();");
	return psprintf("SELECT * FROM bingo_tune.apply(%s);",
					quote_literal_cstr(quote_identifier(bingo_relations_schema(schema))));
}

static bool
type_fits(Oid type, ColumnKind kind)
{
	type = getBaseType(type);
	switch (kind)
	{
		case KIND_ID:
			return type == INT4OID || type == INT8OID;
		case KIND_NUMBER:
			return type == INT2OID || type == INT4OID || type == INT8OID;
		case KIND_STRING:
			return type == VARCHAROID || type == TEXTOID;
		case KIND_TIMESTAMP:
			return type == TIMESTAMPOID || type == TIMESTAMPTZOID;
		case KIND_DATE:
			return type == DATEOID;
	}
	return false;
}

static void
check_columns(Findings *findings, BingoTable table, Oid relation)
{
	for (int i = 0; i < MAX_COLUMNS; i++)
	{
		const Column *column = &table_columns[table][i];
		AttrNumber	attnum;
		Oid			type;

		if (column->name == NULL)
			break;
		attnum = get_attnum(relation, column->name);
		type = attnum == InvalidAttrNumber ? InvalidOid : get_atttype(relation, attnum);
		if (!OidIsValid(type))
		{
			add_obstacle(findings, ERRCODE_UNDEFINED_COLUMN,
						 psprintf("table %s has no column %s",
								  bingo_relations_name(relation), column->name));
			continue;
		}
		if (!type_fits(type, column->kind))
			add_obstacle(findings, ERRCODE_DATATYPE_MISMATCH,
						 psprintf("column %s of table %s has type %s, expected %s",
								  column->name, bingo_relations_name(relation),
								  bingo_relations_type(type), kind_names[column->kind]));
	}
}

static void
check_owner(Findings *findings, Oid relation, Oid user)
{
	HeapTuple	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relation));
	Oid			owner;

	if (!HeapTupleIsValid(tuple))
		return;					/* dropped just now: found missing after the lock */
	owner = ((Form_pg_class) GETSTRUCT(tuple))->relowner;
	ReleaseSysCache(tuple);

	if (!has_privs_of_role(user, owner))
		add_obstacle(findings, ERRCODE_INSUFFICIENT_PRIVILEGE,
					 psprintf("table %s belongs to role %s, and role %s may not act as its owner",
							  bingo_relations_name(relation),
							  quote_identifier(bingo_relations_role(owner)),
							  quote_identifier(bingo_relations_role(user))));
}

/*
 * Look at one table; its OID if nothing can be said against it.
 */
static Oid
check_table(Findings *findings, BingoTable table, Oid schema, Oid user)
{
	Oid			relation = get_relname_relid(table_names[table], schema);
	const char *wrong_kind;

	if (!OidIsValid(relation))
	{
		add_obstacle(findings, ERRCODE_UNDEFINED_TABLE,
					 psprintf("schema %s has no table %s",
							  quote_identifier(bingo_relations_schema(schema)),
							  table_names[table]));
		return InvalidOid;
	}

	wrong_kind = bingo_relations_describe_kind(get_rel_relkind(relation));
	if (wrong_kind != NULL)
	{
		add_obstacle(findings, ERRCODE_WRONG_OBJECT_TYPE,
					 psprintf("%s is %s, not a plain table",
							  bingo_relations_name(relation), wrong_kind));
		return InvalidOid;
	}

	/* An index covers the table alone, so no key would be unique. */
	if (find_inheritance_children(relation, NoLock) != NIL)
		add_obstacle(findings, ERRCODE_WRONG_OBJECT_TYPE,
					 psprintf("table %s has child tables",
							  bingo_relations_name(relation)));

	check_columns(findings, table, relation);
	if (OidIsValid(user))
		check_owner(findings, relation, user);
	return relation;
}

static bool
schema_has_tables(Oid schema, bool plain_only)
{
	for (int i = 0; i < BINGO_NTABLES; i++)
	{
		Oid			relation = get_relname_relid(table_names[i], schema);

		if (!OidIsValid(relation))
			return false;
		if (plain_only && get_rel_relkind(relation) != RELKIND_RELATION)
			return false;
	}
	return true;
}

/*
 * Every schema that has relations of all three names.
 */
static List *
list_schemas(bool plain_only)
{
	List	   *schemas = NIL;
	ListCell   *cell;

	foreach(cell, bingo_relations_schemas(table_names[BINGO_SESSIONS]))
	{
		Oid			schema = lfirst_oid(cell);

		if (!isAnyTempNamespace(schema) && schema_has_tables(schema, plain_only))
			schemas = lappend_oid(schemas, schema);
	}
	return schemas;
}

/*
 * Every schema that has plain tables of all three names.
 */
List *
bingo_attach_list_schemas(void)
{
	return list_schemas(true);
}

static int
compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *) a, *(char *const *) b);
}

/* The schemas' names in the order of the alphabet, for a message. */
static char *
join_schema_names(List *schemas)
{
	int			n = list_length(schemas);
	const char **names = palloc(n * sizeof(char *));
	StringInfoData text;

	for (int i = 0; i < n; i++)
		names[i] = quote_identifier(bingo_relations_schema(list_nth_oid(schemas, i)));
	qsort(names, n, sizeof(char *), compare_names);

	initStringInfo(&text);
	for (int i = 0; i < n; i++)
		appendStringInfo(&text, "%s%s", i > 0 ? ", " : "", names[i]);
	return text.data;
}

/*
 * What a schema that has some of the tables lacks; NULL if it has none.
 */
static char *
describe_missing(Oid schema)
{
	StringInfoData missing;
	bool		some = false;

	initStringInfo(&missing);
	for (int i = 0; i < BINGO_NTABLES; i++)
	{
		if (OidIsValid(get_relname_relid(table_names[i], schema)))
			some = true;
		else
			appendStringInfo(&missing, "%s%s", missing.len > 0 ? ", " : "",
							 table_names[i]);
	}
	if (!some)
		return NULL;
	return psprintf("Schema %s lacks: %s.",
					quote_identifier(bingo_relations_schema(schema)), missing.data);
}

/*
 * Choose the schema to look into, as the file's head says; InvalidOid with an
 * obstacle if there is none.
 */
static Oid
choose_schema(Findings *findings)
{
	Oid			public_schema = get_namespace_oid("public", true);

	for (int plain_only = 1; plain_only >= 0; plain_only--)
	{
		List	   *schemas = list_schemas(plain_only);

		if (list_member_oid(schemas, public_schema))
			return public_schema;
		if (list_length(schemas) == 1)
			return linitial_oid(schemas);
		if (schemas != NIL)
		{
			add_obstacle(findings, ERRCODE_AMBIGUOUS_PARAMETER,
						 psprintf("several schemas have the tables sessions, customers and movies: %s",
								  join_schema_names(schemas)));
			findings->obstacle->hint =
				pstrdup("Name one of them: SELECT * FROM bingo_tune.apply('schema');");
			return InvalidOid;
		}
	}

	add_obstacle(findings, ERRCODE_UNDEFINED_TABLE,
				 pstrdup("no schema has the tables sessions, customers and movies"));
	if (OidIsValid(public_schema))
		findings->obstacle->detail = describe_missing(public_schema);
	return InvalidOid;
}

static const char schema_hint[] =
"Leave it out for the schema that has the tables sessions, customers and movies, or give its name, such as 'public'.";

Oid
bingo_attach_schema_argument(FunctionCallInfo fcinfo, int number)
{
	if (PG_ARGISNULL(number))
		return InvalidOid;
	if (!OidIsValid(PG_GETARG_OID(number)))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("argument \"schema\" names no schema"),
				 errhint("%s", schema_hint)));
	return PG_GETARG_OID(number);
}

/*
 * The same of an argument of type text, which becomes the OID of its schema in place.
 * An unknown literal is text to the server: what regnamespace's own input function says
 * of an empty one helps nobody.
 */
void
bingo_attach_look_up_schema(FunctionCallInfo fcinfo, int number)
{
	char	   *name;
	List	   *names = NIL;
	Oid			schema = InvalidOid;
	bool		one_name;

	if (PG_ARGISNULL(number))
		return;
	name = text_to_cstring(PG_GETARG_TEXT_PP(number));
	/* Quoted or not, as everywhere in SQL; or an OID. */
	if (name[0] != '\0' && strspn(name, "0123456789") == strlen(name))
		schema = DatumGetObjectId(DirectFunctionCall1(oidin, CStringGetDatum(name)));
	else
	{
		one_name = SplitIdentifierString(pstrdup(name), '.', &names) && list_length(names) == 1;
		if (one_name)
			schema = get_namespace_oid(linitial(names), true);
		if (one_name && strcmp(name, "-") != 0 && !OidIsValid(schema))
			ereport(ERROR,
					(errcode(ERRCODE_UNDEFINED_SCHEMA),
					 errmsg("schema \"%s\" does not exist", (char *) linitial(names)),
					 errhint("%s", schema_hint)));
	}
	fcinfo->args[number].value = ObjectIdGetDatum(schema);
}

/*
 * Find the three tables in the schema, or in the one that choose_schema()
 * finds if that is InvalidOid, for a user who wants to change them, or for one
 * who only reads if the user is InvalidOid.
 *
 * Returns NULL and fills the application, or returns what stands in the way.
 */
BingoObstacle *
bingo_attach_find_tables(Oid schema, Oid user, BingoApplication *application)
{
	Findings	findings = {0};
	Oid			asked_schema = schema;

	memset(application, 0, sizeof(*application));
	if (!OidIsValid(schema))
		schema = choose_schema(&findings);
	else if (bingo_relations_find_schema(schema) == NULL)
	{
		add_obstacle(&findings, ERRCODE_UNDEFINED_SCHEMA,
					 psprintf("schema with OID %u does not exist", schema));
		findings.obstacle->hint =
			pstrdup("List the schemas with: SELECT nspname FROM pg_namespace;");
		return findings.obstacle;
	}
	if (OidIsValid(schema))
	{
		application->schema = schema;
		for (int i = 0; i < BINGO_NTABLES; i++)
			application->tables[i] = check_table(&findings, i, schema, user);
		if (findings.obstacle == NULL && OidIsValid(user) &&
			(bingo_schema_aclcheck(schema, user, ACL_USAGE) != ACLCHECK_OK ||
			 bingo_schema_aclcheck(schema, user, ACL_CREATE) != ACLCHECK_OK))
			add_obstacle(&findings, ERRCODE_INSUFFICIENT_PRIVILEGE,
						 psprintf("role %s may not create indexes in schema %s",
								  quote_identifier(bingo_relations_role(user)),
								  quote_identifier(bingo_relations_schema(schema))));
	}

	if (findings.obstacle != NULL && findings.obstacle->hint == NULL)
	{
		const char *call = bingo_attach_apply_call(asked_schema);

		if (findings.obstacle->sqlstate == ERRCODE_UNDEFINED_TABLE)
			findings.obstacle->hint = psprintf("After the data is there, type: %s", call);
		else if (findings.obstacle->sqlstate == ERRCODE_INSUFFICIENT_PRIVILEGE)
			findings.obstacle->hint =
				psprintf("As the owner of the tables, with the right to create in their schema, type: %s", call);
		else
			findings.obstacle->hint = psprintf("When that is corrected, type: %s", call);
	}
	return findings.obstacle;
}

void
bingo_attach_raise_obstacle(const BingoObstacle *obstacle)
{
	ereport(ERROR,
			(errcode(obstacle->sqlstate),
			 errmsg("%s", obstacle->message),
			 obstacle->detail ? errdetail("%s", obstacle->detail) : 0,
			 errhint("%s", obstacle->hint)));
}
