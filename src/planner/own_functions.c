/*
 * own_functions.c
 *		Which functions are the extension's own.
 *
 * The planner asks this for every condition of every relation of a query with
 * policies.  An answer reads pg_proc, pg_depend and pg_extension, so answers are
 * cached in static memory, by OID.  A change of any row of pg_proc or pg_namespace
 * discards them.  ALTER EXTENSION ... ADD or DROP FUNCTION changes none, so a
 * session may go on taking a function for a member that is no longer one, or the
 * other way round; only a superuser can create a C function, and the function does
 * the same as before.
 *
 * Nothing here raises an error if the extension does not exist.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/transam.h"
#include "catalog/dependency.h"
#include "catalog/namespace.h"
#include "catalog/pg_language.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "commands/extension.h"
#include "utils/builtins.h"
#include "utils/inval.h"
#include "utils/syscache.h"

#include "planner/own_functions.h"
#include "store/catalog.h"

/* The functions with a name of their own here, by their C function. */
static const struct
{
	const char *symbol;
	KrolesOwnFunction function;
}			named_functions[] = {
	{"kroles_audience_can", KROLES_OWN_AUDIENCE_CAN},
	{"kroles_can", KROLES_OWN_CAN},
	{"kroles_space_can", KROLES_OWN_SPACE_CAN},
	{"kroles_holds_row", KROLES_OWN_HOLDS},
	{"kroles_asker_is_auditor", KROLES_OWN_IS_AUDITOR},
	{"kroles_may_see_publication", KROLES_OWN_MAY_SEE_PUBLICATION},
	{"kroles_key_ids", KROLES_OWN_KEYS},
	{"kroles_shows_people_to_asker", KROLES_OWN_SHOWS_PEOPLE},
	{"kroles_audience_overlaps", KROLES_OWN_OVERLAPS},
};

/* Functions looked up, each in the one slot that its OID maps to. */
#define SLOTS 256
typedef struct Slot
{
	Oid			function;
	KrolesOwnFunction answer;
} Slot;

static Slot slots[SLOTS];
static Oid	index_keys_function;	/* InvalidOid: not looked up yet */
static Oid	keys_function;
static Oid	draft_keys_function;
static uint32 forget_count;		/* counts calls of forget_functions() */

/* Syscache callback: discards all answers. */
static void
forget_functions(Datum arg, int cacheid, uint32 hashvalue)
{
	memset(slots, 0, sizeof(slots));
	index_keys_function = keys_function = draft_keys_function = InvalidOid;
	forget_count++;
}

/* Registers for changes of functions and schemas.  Called once per backend. */
void
kroles_own_functions_init(void)
{
	CacheRegisterSyscacheCallback(PROCOID, forget_functions, (Datum) 0);
	CacheRegisterSyscacheCallback(NAMESPACENAME, forget_functions, (Datum) 0);
}

/* Which of the named functions a row of pg_proc of the extension is. */
static KrolesOwnFunction
name_of(HeapTuple tuple)
{
	KrolesOwnFunction answer = KROLES_OWN_FUNCTION;
	bool		isnull;
	Datum		value = SysCacheGetAttr(PROCOID, tuple, Anum_pg_proc_prosrc, &isnull);
	char	   *symbol;

	if (isnull)
		return answer;
	symbol = TextDatumGetCString(value);
	for (int i = 0; i < lengthof(named_functions); i++)
		if (strcmp(symbol, named_functions[i].symbol) == 0)
			answer = named_functions[i].function;
	pfree(symbol);
	return answer;
}

/* Reads the catalogs: whether a function is a C function of the extension in the schema "kroles", and which. */
static KrolesOwnFunction
look_up(Oid function)
{
	HeapTuple	tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(function));
	KrolesOwnFunction answer = KROLES_FOREIGN_FUNCTION;

	if (!HeapTupleIsValid(tuple))
		return answer;
	if (((Form_pg_proc) GETSTRUCT(tuple))->prolang == ClanguageId &&
		((Form_pg_proc) GETSTRUCT(tuple))->pronamespace == get_namespace_oid("kroles", true) &&
		getExtensionOfObject(ProcedureRelationId, function) == get_extension_oid("kroles", true))
		answer = name_of(tuple);
	ReleaseSysCache(tuple);
	return answer;
}

/* What a function is.  Looking it up may accept invalidation messages. */
KrolesOwnFunction
kroles_own_function(Oid function)
{
	Slot	   *slot = &slots[function % SLOTS];

	if (function < FirstNormalObjectId)
		return KROLES_FOREIGN_FUNCTION;
	if (slot->function != function)
	{
		uint32		before = forget_count;
		KrolesOwnFunction answer = look_up(function);

		if (before != forget_count)	/* by a message accepted while looking up: the answer is good for this call alone */
			return answer;
		*slot = (Slot) {function, answer};
	}
	return slot->answer;
}

/* The function of schema kroles with that name and those argument types; InvalidOid if there is none. */
static Oid
find_function(const char *name, const Oid *types, int ntypes)
{
	return GetSysCacheOid3(PROCNAMEARGSNSP, Anum_pg_proc_oid, CStringGetDatum(name),
						   PointerGetDatum(buildoidvector(types, ntypes)),
						   ObjectIdGetDatum(get_namespace_oid("kroles", true)));
}

/* The function kroles.index_keys(), which returns the index keys of the current subject; InvalidOid if there is none. */
Oid
kroles_index_keys_function(void)
{
	if (!OidIsValid(index_keys_function))
	{
		Oid			found = find_function("index_keys", NULL, 0);

		index_keys_function = found;
	}
	return index_keys_function;
}

/* The function kroles.keys(text), which stands for keys in plans (planner/key_conditions.c); InvalidOid if there is none. */
Oid
kroles_keys_function(void)
{
	if (!OidIsValid(keys_function))
	{
		Oid			type = TEXTOID;
		Oid			found = find_function("keys", &type, 1);

		keys_function = found;
	}
	return keys_function;
}

/* The function kroles.draft_keys(), which returns those of the drafts that the current subject is on; InvalidOid if there is none. */
Oid
kroles_draft_keys_function(void)
{
	if (!OidIsValid(draft_keys_function))
	{
		Oid			type = kroles_audience_type();
		Oid			found = find_function("draft_keys", &type, 1);

		draft_keys_function = found;
	}
	return draft_keys_function;
}
