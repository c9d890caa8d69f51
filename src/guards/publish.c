/*
 * publish.c
 *		kroles_publish(), kroles_approve(), kroles_reject(), kroles_take_down().
 *
 * They lock the publication, say what is wanted and what is missing; the guard
 * on kroles.publications decides, for them and for plain DML alike.  Locks are
 * row locks, held to the end of the transaction.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "miscadmin.h"

#include "core/asker.h"
#include "decide/decide.h"
#include "identity/as_owner.h"
#include "identity/identity.h"
#include "rules/rules.h"
#include "store/catalog.h"

#define THIS_ONE \
	"media_id OPERATOR(pg_catalog.=) $1 AND space_id OPERATOR(pg_catalog.=) $2"

static KrolesStatement lock_one = {
	"SELECT status FROM kroles.publications WHERE " THIS_ONE " FOR UPDATE",
	2, {INT8OID, INT8OID}
};
static KrolesStatement publisher_of = {
	"SELECT published_by FROM kroles.publications WHERE " THIS_ONE " AND published_by IS NOT NULL",
	2, {INT8OID, INT8OID}
};
static KrolesStatement insert_one = {
	"INSERT INTO kroles.publications (media_id, space_id) VALUES ($1, $2)"
	" ON CONFLICT ON CONSTRAINT publications_one_per_media_and_space DO NOTHING RETURNING status",
	2, {INT8OID, INT8OID}
};
static KrolesStatement publish_again = {
	"UPDATE kroles.publications SET status = 'pending' WHERE " THIS_ONE " RETURNING status",
	2, {INT8OID, INT8OID}
};
static KrolesStatement look_at_one = {
	"SELECT status FROM kroles.publications WHERE " THIS_ONE,
	2, {INT8OID, INT8OID}
};
static KrolesStatement approve_one = {
	"UPDATE kroles.publications SET status = 'approved' WHERE " THIS_ONE " RETURNING status",
	2, {INT8OID, INT8OID}
};
static KrolesStatement reject_one = {
	"UPDATE kroles.publications SET status = 'rejected', reason = $3 WHERE " THIS_ONE " RETURNING status",
	3, {INT8OID, INT8OID, TEXTOID}
};
static KrolesStatement delete_one = {
	"DELETE FROM kroles.publications WHERE " THIS_ONE,
	2, {INT8OID, INT8OID}
};

/* The publication that a function is about, locked where it exists. */
typedef struct Subject
{
	KrolesAsker asker;
	KrolesRights rights;
	bool		known;			/* both ids were given */
	Datum		key[3];			/* media, space, and room for a reason */
	bool		exists;
	KrolesPublicationStatus status;
} Subject;

static KrolesPublicationStatus
status_of(Datum value)
{
	return kroles_enum_code(KROLES_E_PUBLICATION_STATUS, DatumGetObjectId(value));
}

/* Whether there is the publication and what its status is, looked up by look_at_one or lock_one. */
static void
find(Subject *subject, KrolesStatement *how)
{
	Datum		status;

	subject->exists = kroles_run_as_owner(how, subject->key, NULL, &status);
	if (subject->exists)
		subject->status = status_of(status);
}

/* Reads who asks about which media and space; NULL is no object's id. */
static void
read_key(FunctionCallInfo fcinfo, Subject *subject)
{
	memset(subject, 0, sizeof(*subject));
	subject->asker = kroles_asker();
	if (subject->asker.type == KROLES_NOBODY)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION),
				 errmsg("you are not logged in"),
				 errhint("Log in first, with kroles_login() for instance.")));
	subject->known = !PG_ARGISNULL(0) && !PG_ARGISNULL(1);
	if (subject->known)
	{
		subject->key[0] = PG_GETARG_DATUM(0);
		subject->key[1] = PG_GETARG_DATUM(1);
	}
}

/* Judges anew: rights may have gone while the row's lock was waited for. */
static void
judge(Subject *subject)
{
	subject->rights = subject->known ?
		kroles_decide_publication(subject->asker, DatumGetInt64(subject->key[0]),
								  DatumGetInt64(subject->key[1])) : 0;
}

static bool
may_take_down(Subject *subject)
{
	Datum		publisher = (Datum) 0;
	bool		known = kroles_run_as_owner(&publisher_of, subject->key, NULL, &publisher);

	return kroles_may_take_down_as(subject->asker, subject->rights, !known, DatumGetInt64(publisher));
}

/* Whether there is such a publication that the caller may see, looked up as in find(). */
static bool
sees(Subject *subject, KrolesStatement *how)
{
	find(subject, how);
	judge(subject);
	if (!subject->exists)
		return false;
	return (subject->rights & KROLES_MAY_MODERATE) ||
		(subject->status == KROLES_APPROVED && (subject->rights & KROLES_MAY_VIEW_BOTH)) ||
		may_take_down(subject);
}

/* Locks a publication that the caller may see; the same error for one hidden or absent, for which nothing waits. */
static void
lock_seen(FunctionCallInfo fcinfo, Subject *subject)
{
	read_key(fcinfo, subject);
	if (!subject->known || !sees(subject, &look_at_one) || !sees(subject, &lock_one))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("there is no such publication, or you may not see it")));
}

/* A status that was added to the enum later has no place among the states. */
static void
check_status(const Subject *subject)
{
	if ((int) subject->status < 0)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("this publication has a status that this version of kroles does not know")));
}

/* Locks a pending publication that the caller may moderate. */
static void
lock_pending(FunctionCallInfo fcinfo, Subject *subject)
{
	lock_seen(fcinfo, subject);
	if (!(subject->rights & KROLES_MAY_MODERATE))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("you may not moderate this space"),
				 errhint("It takes \"moderate\" on the space.")));
	check_status(subject);
	if (subject->status != KROLES_PENDING)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("this publication is %s, not pending",
						kroles_label(KROLES_E_PUBLICATION_STATUS, subject->status)),
				 subject->status == KROLES_APPROVED ?
				 errhint("kroles_take_down() takes it down.") :
				 errhint("kroles_publish() publishes it again.")));
}

static void
check_publishing(Subject *subject)
{
	judge(subject);
	if (subject->rights & KROLES_MAY_PUBLISH)
		return;
	if (!(subject->rights & KROLES_MAY_VIEW_BOTH))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("there is no such media or space, or you may not see it")));
	ereport(ERROR,
			(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
			 errmsg("you may not publish this media in this space"),
			 errhint("It takes \"contribute\" on the space, and \"publish\" on the media or \"share\" on a shared repository it is in.")));
}

/* The publication was made, after a wait for another one of the same perhaps: in which the right to it may have gone. */
static void
check_still(Subject *subject, Datum status)
{
	judge(subject);
	if (!(subject->rights & KROLES_MAY_PUBLISH) ||
		(status_of(status) == KROLES_APPROVED && !(subject->rights & KROLES_UNMODERATED)))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("you may not do this any more"),
				 errhint("The right to do it was taken away meanwhile.")));
}

/*
 * kroles_publish(media_id, space_id): publishes, or publishes again, and returns
 * the status that the publication has now.
 */
PG_FUNCTION_INFO_V1(kroles_publish);
Datum
kroles_publish(PG_FUNCTION_ARGS)
{
	Subject		subject;
	Datum		status;

	read_key(fcinfo, &subject);
	check_publishing(&subject);
	find(&subject, &lock_one);
	while (!subject.exists)
	{
		if (kroles_run_as_owner(&insert_one, subject.key, NULL, &status))
		{
			check_still(&subject, status);
			PG_RETURN_DATUM(status);
		}
		/* published by someone else meanwhile */
		CHECK_FOR_INTERRUPTS();
		find(&subject, &lock_one);
	}
	check_publishing(&subject);
	check_status(&subject);
	if (subject.status == KROLES_REJECTED)
		(void) kroles_run_as_owner(&publish_again, subject.key, NULL, &status);
	else if (subject.status == KROLES_PENDING && (subject.rights & KROLES_UNMODERATED))
		(void) kroles_run_as_owner(&approve_one, subject.key, NULL, &status);
	else
		status = ObjectIdGetDatum(kroles_enum_value(KROLES_E_PUBLICATION_STATUS, subject.status));
	PG_RETURN_DATUM(status);
}

/* kroles_approve(media_id, space_id) */
PG_FUNCTION_INFO_V1(kroles_approve);
Datum
kroles_approve(PG_FUNCTION_ARGS)
{
	Subject		subject;
	Datum		status = (Datum) 0;

	lock_pending(fcinfo, &subject);
	(void) kroles_run_as_owner(&approve_one, subject.key, NULL, &status);
	PG_RETURN_DATUM(status);
}

/* kroles_reject(media_id, space_id, reason) */
PG_FUNCTION_INFO_V1(kroles_reject);
Datum
kroles_reject(PG_FUNCTION_ARGS)
{
	Subject		subject;
	Datum		status = (Datum) 0;

	lock_pending(fcinfo, &subject);
	subject.key[2] = PG_ARGISNULL(2) ? (Datum) 0 : PG_GETARG_DATUM(2);
	(void) kroles_run_as_owner(&reject_one, subject.key, PG_ARGISNULL(2) ? "  n" : "   ", &status);
	PG_RETURN_DATUM(status);
}

/* kroles_take_down(media_id, space_id) */
PG_FUNCTION_INFO_V1(kroles_take_down);
Datum
kroles_take_down(PG_FUNCTION_ARGS)
{
	Subject		subject;

	lock_seen(fcinfo, &subject);
	(void) kroles_run_as_owner(&delete_one, subject.key, NULL, NULL);
	PG_RETURN_VOID();
}
