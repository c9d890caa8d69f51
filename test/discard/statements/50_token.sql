-- A token, of Tom.
RESET SESSION AUTHORIZATION;
SELECT current_setting('debug_discard_caches') AS discard \gset
SET debug_discard_caches = 0;
SELECT rtrim(translate(encode(convert_to('{"alg":"HS256","kid":"k"}', 'UTF8'), 'base64'), '+/', '-_'), '=') || '.' ||
    rtrim(translate(encode(convert_to('{"sub":"tom","exp":4102444800}', 'UTF8'), 'base64'), '+/', '-_'), '=') AS signed \gset
SELECT :'signed' || '.' || rtrim(translate(encode(hmac(:'signed', repeat('0123456789abcdef', 3), 'sha256'), 'base64'), '+/', '-_'),
    '=') AS token \gset
SET debug_discard_caches = :discard;
SET SESSION AUTHORIZATION portal;
BEGIN;
SELECT kroles_login(:'token');
SELECT count(*) FROM kroles.media;
COMMIT;
SELECT kroles_login(:'token' || 'x');
\echo done
