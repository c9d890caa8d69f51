-- A key, and tokens of people who see the common channels, for switching users in each transaction. Prints "n token".

-- HMAC with SHA-256 (RFC 2104), for keys of at most 64 bytes.
CREATE OR REPLACE FUNCTION bench.hmac(message bytea, key bytea) RETURNS bytea
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
    inside bytea := decode(repeat('36', 64), 'hex');
    outside bytea := decode(repeat('5c', 64), 'hex');
BEGIN
    FOR i IN 0 .. length(key) - 1 LOOP
        inside := set_byte(inside, i, get_byte(inside, i) # get_byte(key, i));
        outside := set_byte(outside, i, get_byte(outside, i) # get_byte(key, i));
    END LOOP;
    RETURN sha256(outside || sha256(inside || message));
END $$;

CREATE OR REPLACE FUNCTION bench.base64url(b bytea) RETURNS text
LANGUAGE sql IMMUTABLE AS $$ SELECT translate(encode(b, 'base64'), E'+/=\n', '-_') $$;

-- A JSON Web Token (RFC 7519), good for a day.
CREATE OR REPLACE FUNCTION bench.token(login text, secret text) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT signed || '.' || bench.base64url(bench.hmac(signed::bytea, secret::bytea))
    FROM (SELECT bench.base64url('{"alg":"HS256","typ":"JWT","kid":"bench"}'::bytea) || '.' || bench.base64url(
        json_build_object('sub', login, 'exp', extract(epoch FROM now())::bigint + 86400)::text::bytea)) AS t (signed)
$$;

INSERT INTO kroles.signing_keys (kid, algorithm, key) VALUES ('bench', 'HS256', 'a secret of the bench, known to all the world')
ON CONFLICT DO NOTHING;
SELECT row_number() OVER (ORDER BY id), bench.token(login, 'a secret of the bench, known to all the world')
FROM kroles.users WHERE id > 100 AND NOT blocked AND applicative_role <> 'viewer' ORDER BY id LIMIT :people;
