-- A small portal for the examples beside this file: three people, three films, the keys that tokens are signed with, and the
-- role that applications log in with. Run it as a superuser in an empty database; $KEYS is the folder of make-keys.
\set ON_ERROR_STOP on
\set QUIET on
\pset format unaligned
\pset tuples_only on

CREATE EXTENSION IF NOT EXISTS kroles;

-- Whose tokens are good, and what they must say beside who somebody is.
\set secret `cat "$KEYS/hs256.secret"`
\set rs256 `cat "$KEYS/rs256.pub.pem"`
\set es256 `cat "$KEYS/es256.pub.pem"`
\set eddsa `cat "$KEYS/eddsa.pub.pem"`
INSERT INTO kroles.signing_keys (kid, algorithm, key) VALUES
    ('web-1', 'HS256', :'secret'),
    ('rsa-1', 'RS256', :'rs256'),
    ('ec-1', 'ES256', :'es256'),
    ('ed-1', 'EdDSA', :'eddsa');
UPDATE kroles.settings
SET token_issuer = 'https://login.campus.example', token_audience = 'portal', allow_anonymous = true;

-- The application's login role, the same for every person. Tokens are parameters, and parameters stay out of its log.
CREATE ROLE web LOGIN;
ALTER ROLE web SET log_parameter_max_length = 0;
SELECT kroles_grant_access('web');

INSERT INTO kroles.users (id, login, name, applicative_role) VALUES
    (101, 'anna', 'Anna Kowalczyk', 'private_only'),
    (102, 'ben', 'Ben Carter', 'private_only'),
    (103, 'ingrid', 'Ingrid Solberg', 'unmoderated_admin');
INSERT INTO kroles.spaces (id, kind, type, name, owner_id) VALUES
    (201, 'channel', 'private', 'Algorithms', 101),
    (202, 'channel', 'public_restricted', 'Open lectures', 103);
INSERT INTO kroles.media (id, name, owner_id) VALUES
    (301, 'Sorting in practice', 101),
    (302, 'Field notes', 102),
    (303, 'Campus tour', 103);
INSERT INTO kroles.publications (media_id, space_id) VALUES (301, 201), (303, 202);
