/*
 * publish.c
 *		kroles_publish(), kroles_approve(), kroles_reject(), kroles_take_down().
 *
 * They lock the publication's row to the end of the transaction, and raise errors
 * that tell the caller more than plain DML would.  The trigger on
 * kroles.publications (guards/publication.c) makes the decision for both.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "miscadmin.h"

#include "decide/decide.h"
#include "identity/as_owner.h"
#include "identity/identity.h"
#include "store/catalog.h"

#define THIS_PUBLICATION \
	"media_id OPERATOR(pg_catalog.=) $1 AND space_id OPERATOR(pg_catalog.=) $2"

static KrolesStatement lock_publication = {
	"SELECT status FROM kroles.publications WHERE " THIS_PUBLICATION " FOR UPDATE",
	2, {INT8OID, INT8OID}
};
static KrolesStatement read_publisher = {
	"SELECT published_by FROM kroles.publications WHERE " THIS_PUBLICATION " AND published_by IS NOT NULL",
	2, {INT8OID, INT8OID}
};
static KrolesStatement insert_publication = {
	"INSERT INTO kroles.publications (media_id, space_id) VALUES ($1, $2)"
	" ON CONFLICT ON CONSTRAINT publications_one_per_media_and_space DO NOTHING RETURNING status",
	2, {INT8OID, INT8OID}
};
static KrolesStatement publish_again = {
	"UPDATE kroles.publications SET status = 'pending' WHERE " THIS_PUBLICATION " RETURNING status",
	2, {INT8OID, INT8OID}
};
static KrolesStatement read_publication = {
	"SELECT status FROM kroles.publications WHERE " THIS_PUBLICATION,
	2, {INT8OID, INT8OID}
};
static KrolesStatement approve_publication = {
	"UPDATE kroles.publications SET status = 'approved' WHERE " THIS_PUBLICATION " RETURNING status",
	2, {INT8OID, INT8OID}
};
static KrolesStatement reject_publication = {
	"UPDATE kroles.publications SET status = 'rejected', reason = $3 WHERE " THIS_PUBLICATION " RETURNING status",
	3, {INT8OID, INT8OID, TEXTOID}
};
static KrolesStatement delete_publication = {
	"DELETE FROM kroles.publications WHERE " THIS_PUBLICATION,
	2, {INT8OID, INT8OID}
};

/* A call of one of the functions: who publishes what where, and the state of that publication. */
typedef struct Request
{
	KrolesAsker asker;
	KrolesPublicationAnswer answer;
	bool		has_key;		/* neither id is null */
	Datum		key[3];			/* media, space, and the reason of a rejection */
	bool		exists;
	KrolesPublicationStatus status;
} Request;

/* The status of an enum value; negative for one that C does not know. */
static KrolesPublicationStatus
status_code(Datum value)
{
	return kroles_enum_code(KROLES_E_PUBLICATION_STATUS, DatumGetObjectId(value));
}

/* Reads whether the publication exists, and its status, with read_publication or lock_publication. */
static void
read_state(Request *request, KrolesStatement *how)
{
	Datum		status;

	request->exists = kroles_run_as_owner(how, request->key, NULL, &status);
	if (request->exists)
		request->status = status_code(status);
}

/* Reads who asks about which media and space.  Refuses an anonymous caller. */
static void
read_request(FunctionCallInfo fcinfo, Request *request)
{
	memset(request, 0, sizeof(*request));
	request->asker = kroles_asker();
	if (request->asker.type == KROLES_NOBODY)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION),
				 errmsg("you are not logged in"),
				 errhint("Log in first, with kroles_login() for instance.")));
	request->has_key = !PG_ARGISNULL(0) && !PG_ARGISNULL(1);
	if (request->has_key)
	{
		request->key[0] = PG_GETARG_DATUM(0);
		request->key[1] = PG_GETARG_DATUM(1);
	}
}

/* Reads the caller's present rights: they may have changed while the statement waited for a lock. */
static void
read_rights(Request *request)
{
	request->answer = (KrolesPublicationAnswer) {0};
	if (request->has_key)
		request->answer = kroles_decide_publication(request->asker, DatumGetInt64(request->key[0]),
													DatumGetInt64(request->key[1]));
}

/* Whether the caller may take down the publication, by the rights read before. */
static bool
may_take_down(Request *request)
{
	Datum		publisher = (Datum) 0;
	bool		has_publisher = kroles_run_as_owner(&read_publisher, request->key, NULL, &publisher);

	return kroles_may_take_down_as(request->asker, &request->answer, !has_publisher, DatumGetInt64(publisher));
}

/* Whether the publication exists and the caller may see it; its state is read as in read_state(). */
static bool
is_visible(Request *request, KrolesStatement *how)
{
	read_state(request, how);
	read_rights(request);
	if (!request->exists)
		return false;
	return request->answer.may_moderate ||
		(request->status == KROLES_APPROVED && request->answer.may_view_both) ||
		may_take_down(request);
}

/*
 * Locks a publication that the caller may see.  A hidden one and one that does not
 * exist get the same error, and neither makes the caller wait for a lock.
 */
static void
lock_visible(FunctionCallInfo fcinfo, Request *request)
{
	read_request(fcinfo, request);
	if (!request->has_key || !is_visible(request, &read_publication) || !is_visible(request, &lock_publication))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("there is no such publication, or you may not see it")));
}

/* Refuses a status that was added to the enum and that C does not know. */
static void
check_known_status(const Request *request)
{
	if ((int) request->status < 0)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("this publication has a status that this version of kroles does not know")));
}

/* Locks a pending publication; refuses a caller who may not moderate the space, and another status. */
static void
lock_pending(FunctionCallInfo fcinfo, Request *request)
{
	lock_visible(fcinfo, request);
	if (!request->answer.may_moderate)
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("you may not moderate this space"),
				 errhint("It takes \"moderate\" on the space.")));
	check_known_status(request);
	if (request->status != KROLES_PENDING)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("this publication is %s, not pending",
						kroles_label(KROLES_E_PUBLICATION_STATUS, request->status)),
				 request->status == KROLES_APPROVED ?
				 errhint("kroles_take_down() takes it down.") :
				 errhint("kroles_publish() publishes it again.")));
}

/* Refuses a caller who may not publish, with an error that depends on whether they may see the media and the space. */
static void
check_publishing(Request *request)
{
	read_rights(request);
	if (request->answer.may_publish)
		return;
	if (!request->answer.may_view_both)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("there is no such media or space, or you may not see it")));
	ereport(ERROR,
			(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
			 errmsg("you may not publish this media in this space"),
			 errhint("It takes \"contribute\" on the space, and \"publish\" on the media or \"share\" on a shared repository it is in.")));
}

/*
 * Checks once more after the INSERT, which may have waited for a conflicting one:
 * the right may have been revoked during the wait.
 */
static void
check_still_allowed(Request *request, Datum status)
{
	read_rights(request);
	if (!request->answer.may_publish ||
		(status_code(status) == KROLES_APPROVED && !request->answer.unmoderated))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("you may not do this any more"),
				 errhint("The right to do it was taken away meanwhile.")));
}

/*
 * kroles_publish(media_id, space_id): publishes, publishes a rejected publication
 * again, or approves a pending one if the caller needs no moderation.  Returns the
 * publication's status.
 */
PG_FUNCTION_INFO_V1(kroles_publish);
Datum
kroles_publish(PG_FUNCTION_ARGS)
{
	Request		request;
	Datum		status;

	read_request(fcinfo, &request);
	check_publishing(&request);
	do
	{
		if (kroles_run_as_owner(&insert_publication, request.key, NULL, &status))
		{
			check_still_allowed(&request, status);
			PG_RETURN_DATUM(status);
		}
		/* it is published already, or was until a moment ago */
		CHECK_FOR_INTERRUPTS();
		read_state(&request, &lock_publication);
	} while (!request.exists);
	check_publishing(&request);
	check_known_status(&request);
	if (request.status == KROLES_REJECTED)
		(void) kroles_run_as_owner(&publish_again, request.key, NULL, &status);
	else if (request.status == KROLES_PENDING && request.answer.unmoderated)
		(void) kroles_run_as_owner(&approve_publication, request.key, NULL, &status);
	else
		status = ObjectIdGetDatum(kroles_enum_value(KROLES_E_PUBLICATION_STATUS, request.status));
	PG_RETURN_DATUM(status);
}

/* kroles_approve(media_id, space_id): returns the new status. */
PG_FUNCTION_INFO_V1(kroles_approve);
Datum
kroles_approve(PG_FUNCTION_ARGS)
{
	Request		request;
	Datum		status = (Datum) 0;

	lock_pending(fcinfo, &request);
	(void) kroles_run_as_owner(&approve_publication, request.key, NULL, &status);
	PG_RETURN_DATUM(status);
}

/* kroles_reject(media_id, space_id, reason): returns the new status. */
PG_FUNCTION_INFO_V1(kroles_reject);
Datum
kroles_reject(PG_FUNCTION_ARGS)
{
	Request		request;
	Datum		status = (Datum) 0;

	lock_pending(fcinfo, &request);
	request.key[2] = PG_ARGISNULL(2) ? (Datum) 0 : PG_GETARG_DATUM(2);
	(void) kroles_run_as_owner(&reject_publication, request.key, PG_ARGISNULL(2) ? "  n" : "   ", &status);
	PG_RETURN_DATUM(status);
}

/* kroles_take_down(media_id, space_id) */
PG_FUNCTION_INFO_V1(kroles_take_down);
Datum
kroles_take_down(PG_FUNCTION_ARGS)
{
	Request		request;

	lock_visible(fcinfo, &request);
	(void) kroles_run_as_owner(&delete_publication, request.key, NULL, NULL);
	PG_RETURN_VOID();
}
