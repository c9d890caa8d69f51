/*
 * role_labels.c
 *		The product's own words for places, which kroles_role() says, and the names
 *		of those roles in kroles.role_rights that are of no enum type.
 */
#include "postgres.h"

#include "rules/role_labels.h"
#include "rules/rules.h"

/* (In kroles.role_rights a speaker is one, whatever the type.) */
const char *const kroles_media_role_names[KROLES_NMEDIAROLES] = {
	[KROLES_MEDIA_OWNER] = "owner",
	[KROLES_MEDIA_EDITOR] = "editor",
	[KROLES_MEDIA_PUBLISHER] = "publisher",
	[KROLES_MEDIA_VIEWER] = "viewer",
	[KROLES_MEDIA_CHAT_MODERATOR] = "chat_moderator",
	[KROLES_MEDIA_ROOM_MODERATOR] = "room_moderator",
	[KROLES_MEDIA_SPEAKER] = "speaker",
	[KROLES_MEDIA_ADVANCED_SPEAKER] = "advanced_speaker",
};
const char *const kroles_room_role_names[KROLES_NROOMROLES] = {
	[KROLES_ROOM_HOST] = "host",
	[KROLES_ROOM_MODERATOR] = "room_moderator",
	[KROLES_ROOM_CHAT_MODERATOR] = "chat_moderator",
	[KROLES_ROOM_ADVANCED_SPEAKER] = "advanced_speaker",
	[KROLES_ROOM_SIMPLE_SPEAKER] = "simple_speaker",
	[KROLES_ROOM_PARTICIPANT] = "participant",
};

static const char *const portal_words[KROLES_NO_PRODUCT_ROLE] = {
	[KROLES_PRODUCT_OWNER] = "owner",
	[KROLES_PRODUCT_PRESENTER] = "presenter",
	[KROLES_PRODUCT_MODERATOR] = "moderator",
	[KROLES_PRODUCT_VIEWER] = "viewer",
};
static const char *const room_words[KROLES_NO_PRODUCT_ROLE] = {
	[KROLES_PRODUCT_OWNER] = "owner",
	[KROLES_PRODUCT_MODERATOR] = "moderator",
	[KROLES_PRODUCT_ROOM_PRESENTER] = "presenter",
	[KROLES_PRODUCT_VIEWER] = "participant",
};
static const char *const event_words[KROLES_NO_PRODUCT_ROLE] = {
	[KROLES_PRODUCT_OWNER] = "organizer",
	[KROLES_PRODUCT_PRESENTER] = "speaker",
	[KROLES_PRODUCT_MODERATOR] = "moderator",
	[KROLES_PRODUCT_VIEWER] = "attendee",
};

static const char *const *
words_of(KrolesKind kind)
{
	return kind == KROLES_ROOM ? room_words : kind == KROLES_EVENT ? event_words : portal_words;
}

/* The word for a place on an object of that kind; NULL for no place. */
const char *
kroles_role_label(KrolesKind kind, KrolesProductRole place)
{
	return place == KROLES_NO_PRODUCT_ROLE ? NULL : words_of(kind)[place];
}

/* The place behind a word; no place for a word that is none. */
KrolesProductRole
kroles_role_of_label(KrolesKind kind, const char *word)
{
	for (int place = 0; place < KROLES_NO_PRODUCT_ROLE; place++)
		if (words_of(kind)[place] != NULL && strcmp(words_of(kind)[place], word) == 0)
			return place;
	return KROLES_NO_PRODUCT_ROLE;
}
