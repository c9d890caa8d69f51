-- The user who creates a space or a media is its owner, and the user who creates an event is its first organizer; administrators
-- may supply another user.
ALTER TABLE kroles.spaces ALTER COLUMN owner_id SET DEFAULT kroles.asker();
ALTER TABLE kroles.media ALTER COLUMN owner_id SET DEFAULT kroles.asker();
ALTER TABLE kroles.events ALTER COLUMN created_by SET DEFAULT kroles.asker();
