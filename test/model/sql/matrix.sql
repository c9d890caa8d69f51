-- The decision matrix: who has which right, printed to be read beside the documentation. Every mark is an answer of
-- kroles_can() about people, spaces and media that are really there.
\set ECHO none
\set QUIET on
\getenv model PG_ABS_SRCDIR
\i :model/lib/start.sql
BEGIN;
\i :model/matrix/show.sql
\i :model/matrix/world.sql

\echo
\echo THE SITE: rights by applicative role (anonymous browsing is on; administrators and blocked people of any role)
\i :model/matrix/site.sql
SELECT show('site');

\echo
\echo SPACES: rights by applicative role and standing there (no grant, member, contributor, moderator, manager, owner)
\i :model/matrix/spaces.sql
\echo
\echo channel, open
SELECT show('channel open');
\echo
\echo channel, restricted
SELECT show('channel restricted');
\echo
\echo channel, private
SELECT show('channel private');
\echo
\echo channel, shared_repository
SELECT show('channel shared_repository');
\echo
\echo channel, public_restricted
SELECT show('channel public_restricted');
\echo
\echo channel, public_open
SELECT show('channel public_open');
\echo
\echo gallery, open
SELECT show('gallery open');
\echo
\echo gallery, restricted
SELECT show('gallery restricted');
\echo
\echo gallery, private
SELECT show('gallery private');
\echo
\echo SPACES: anonymous, by type of space
SELECT show('anonymous');
\echo
\echo CHANNELS and GALLERIES: administrators, whatever their applicative role and standing
SELECT show('administrator channel');
\echo
SELECT show('administrator gallery');
\echo
\echo CHANNELS and GALLERIES: blocked people, owners and administrators among them
SELECT show('blocked channel');
\echo
SELECT show('blocked gallery');

\i :model/matrix/standing.sql
\echo
\echo ONE EFFECTIVE ROLE: a direct grant (lines) against a group grant (columns), in a private channel
SELECT show('direct');
\echo
\echo ONE EFFECTIVE ROLE: a group grant (lines) against another group grant (columns)
SELECT show('groups');
\echo
\echo SUB-GALLERIES: the effective role in galleries three deep, by who inherits. The person has contributor on the first,
\echo moderator on the second and member on the third.
SELECT show('inheritance');

\i :model/matrix/media.sql
\echo
\echo MEDIA: rights by applicative role and role on the media (none, owner, editor, publisher, viewer, chat moderator, room
\echo moderator, speaker), published nowhere
SELECT show('media');
\echo
\echo MEDIA: the same with chat and collaboration switched off
SELECT show('module off');
\echo
\echo MEDIA: administrators and blocked people, whatever their roles
SELECT show('media administrator');
\echo
\echo MEDIA IN A PRIVATE CHANNEL: without a role on the media, by standing in the channel
\echo
\echo approved
SELECT show('channel approved');
\echo
\echo pending
SELECT show('channel pending');
\echo
\echo rejected
SELECT show('channel rejected');
\echo
\echo MEDIA IN A PRIVATE GALLERY: without a role on the media, by standing in the gallery
\echo
\echo approved
SELECT show('gallery approved');
\echo
\echo pending
SELECT show('gallery pending');
\echo
\echo rejected
SELECT show('gallery rejected');
\echo
\echo MEDIA IN A SPACE: view, without a role on the media or in the space
SELECT show('media by type');

\i :model/matrix/publish.sql
\echo
\echo PUBLISHING into a private channel, by standing there (columns) and role on the media (lines)
SELECT show('publish channel');
\echo
\echo PUBLISHING into a private gallery
SELECT show('publish gallery');
\echo
\echo PUBLISHING own media without a grant in the space
SELECT show('publish by type');
\echo
\echo PUBLISHING what is in a channel where one is a member, into another channel or a gallery where one is a contributor
SELECT show('republish');
\echo
\echo STATUS ON PUBLISHING own media into a private channel, by standing there
SELECT show('status');
ROLLBACK;
