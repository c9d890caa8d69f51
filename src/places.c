/*
 * places.c
 *		The product's own words for places: what kroles_role() says.
 */
#include "postgres.h"

#include "places.h"

static const char *const portal_words[KROLES_NO_PLACE] = {
	[KROLES_PLACE_OWNER] = "owner",
	[KROLES_PLACE_PRESENTER] = "presenter",
	[KROLES_PLACE_MODERATOR] = "moderator",
	[KROLES_PLACE_VIEWER] = "viewer",
};
static const char *const room_words[KROLES_NO_PLACE] = {
	[KROLES_PLACE_OWNER] = "owner",
	[KROLES_PLACE_MODERATOR] = "moderator",
	[KROLES_PLACE_ROOM_PRESENTER] = "presenter",
	[KROLES_PLACE_VIEWER] = "participant",
};
static const char *const event_words[KROLES_NO_PLACE] = {
	[KROLES_PLACE_OWNER] = "organizer",
	[KROLES_PLACE_PRESENTER] = "speaker",
	[KROLES_PLACE_MODERATOR] = "moderator",
	[KROLES_PLACE_VIEWER] = "attendee",
};

static const char *const *
words_of(KrolesKind kind)
{
	return kind == KROLES_ROOM ? room_words : kind == KROLES_EVENT ? event_words : portal_words;
}

/* The word for a place on an object of that kind; NULL for no place. */
const char *
kroles_place_word(KrolesKind kind, KrolesPlace place)
{
	return place == KROLES_NO_PLACE ? NULL : words_of(kind)[place];
}

/* The place behind a word; no place for a word that is none. */
KrolesPlace
kroles_place_of_word(KrolesKind kind, const char *word)
{
	for (int place = 0; place < KROLES_NO_PLACE; place++)
		if (words_of(kind)[place] != NULL && strcmp(words_of(kind)[place], word) == 0)
			return place;
	return KROLES_NO_PLACE;
}
