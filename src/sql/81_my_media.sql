-- The My Media page.

CREATE VIEW kroles.my_media WITH (security_invoker = true) AS
    SELECT id, external_id, type, name, owner_id, created_at
    FROM kroles.media
    WHERE owner_id = kroles.asker() AND kroles.can('upload', 'site');
COMMENT ON VIEW kroles.my_media IS 'The media that the current user owns; empty for whoever has no "upload" on the site, and so no My Media page';
DO $$
DECLARE
    shown record;
BEGIN
    FOR shown IN
        SELECT v.attname, col_description('kroles.media'::regclass, m.attnum) AS comment
        FROM pg_attribute v JOIN pg_attribute m ON m.attrelid = 'kroles.media'::regclass AND m.attname = v.attname
        WHERE v.attrelid = 'kroles.my_media'::regclass AND v.attnum > 0
    LOOP
        EXECUTE format('COMMENT ON COLUMN kroles.my_media.%I IS %L', shown.attname, shown.comment);
    END LOOP;
END $$;
