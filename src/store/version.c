/*
 * version.c
 *		Whether the library knows the script that the extension was created from.
 *
 * A package brings a new library and a new script at once, but a database has the old
 * script until ALTER EXTENSION UPDATE, and a session has the old library until it ends.
 * A library that knows a script of another version answers as before; for one that it
 * does not know it answers nothing, because rules could be missing or mean something
 * else.
 */
#include "postgres.h"

#include "catalog/pg_proc.h"
#include "commands/extension.h"
#include "fmgr.h"
#include "utils/builtins.h"
#include "utils/inval.h"
#include "utils/syscache.h"

#include "core/compat.h"
#include "store/version.h"

/* The versions whose scripts this library works with, its own first. */
static const char *const known_scripts[] = {KROLES_VERSION, "1.0.0"};

static uint64 changes = 1;		/* of functions, that this session has heard of */
static uint64 checked = 0;		/* the script is known, if nothing changed since that many */
static bool checking;			/* what reading calls is not checked */

/* Syscache callback: a function changed, perhaps kroles.script_version(). */
static void
forget_check(Datum arg, int cacheid, uint32 hashvalue)
{
	changes++;
}

/* Registers for changes of functions. */
void
kroles_version_init(void)
{
	CacheRegisterSyscacheCallback(PROCOID, forget_check, (Datum) 0);
}

/* The body of kroles.script_version(), palloc'd; NULL if there is no such function. */
static char *
read_script_version(Oid schema)
{
	oidvector  *no_arguments = buildoidvector(NULL, 0);
	HeapTuple	tuple = SearchSysCache3(PROCNAMEARGSNSP, CStringGetDatum("script_version"), PointerGetDatum(no_arguments),
										ObjectIdGetDatum(schema));
	Datum		body;
	bool		isnull;
	char	   *version;

	if (!HeapTupleIsValid(tuple))
		return NULL;
	body = SysCacheGetAttr(PROCNAMEARGSNSP, tuple, Anum_pg_proc_prosrc, &isnull);
	version = isnull ? NULL : TextDatumGetCString(body);
	ReleaseSysCache(tuple);
	return version;
}

/*
 * An error unless the extension's script, whose objects are in that schema, is of a
 * version that the library knows.  Scripts themselves are not checked while they run.
 */
void
kroles_check_script(Oid schema)
{
	uint64		before = changes;	/* reading may accept a message that a function changed */
	char	   *volatile body = NULL;

	if (checked == changes || creating_extension || checking)
		return;
	checking = true;
	PG_TRY();
	{
		body = read_script_version(schema);
	}
	PG_FINALLY();
	{
		checking = false;
	}
	PG_END_TRY();
	for (int i = 0; body != NULL && i < lengthof(known_scripts); i++)
		if (strcmp(body, psprintf("SELECT '%s'::text", known_scripts[i])) == 0)
		{
			checked = before;
			return;
		}
	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("extension \"kroles\" in this database has a version that the library, %s, does not know", KROLES_VERSION),
			 errhint("Install the newest version, use ALTER EXTENSION kroles UPDATE, and reconnect.")));
}

/* kroles.library_version(): the version of the library in this session. */
PG_FUNCTION_INFO_V1(kroles_library_version);
Datum
kroles_library_version(PG_FUNCTION_ARGS)
{
	PG_RETURN_TEXT_P(cstring_to_text(KROLES_VERSION));
}
