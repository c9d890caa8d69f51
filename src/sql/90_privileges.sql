-- Privileges that exist before any role is given access.

GRANT USAGE ON SCHEMA kroles TO PUBLIC;

-- An audience is in a row of media, too: see kroles.audience. And what is made of a row's type holds up changes of the table.
REVOKE USAGE ON TYPE kroles.media FROM PUBLIC;
