-- The settings, the matrices and the list of rights: one row, a row a cell, and only what may change changes.
\ir lib/begin.psql
SELECT pg_temp.fingerprint() AS before \gset

-- settings: one row
SELECT pg_temp.refused('INSERT INTO kroles.settings DEFAULT VALUES', '23505', 'settings_has_one_row', 'a second row of settings');
SELECT pg_temp.refused('INSERT INTO kroles.settings (only_row) VALUES (false)', '23514', 'settings_has_only_one_row',
    'a second row of settings with another key');
SELECT pg_temp.refused('UPDATE kroles.settings SET only_row = false', '23514', 'settings_has_only_one_row',
    'another key of the settings');
SELECT pg_temp.refused('DELETE FROM kroles.settings', '42501', '', 'the settings deleted');
SELECT pg_temp.refused('TRUNCATE kroles.settings', '42501', '', 'the settings truncated');
SELECT pg_temp.refused('UPDATE kroles.settings SET allow_anonymous = NULL', '23502', '', 'allow_anonymous is on or off');
SELECT pg_temp.refused('UPDATE kroles.settings SET chat_and_collaboration = NULL', '23502', '',
    'chat_and_collaboration is on or off');
SELECT pg_temp.refused($$UPDATE kroles.settings SET creation_tools = '{video, NULL}'$$, '23514',
    'settings_creation_tools_names_no_null', 'a NULL among the creation tools');
SELECT pg_temp.refused('UPDATE kroles.settings SET creation_tools = NULL', '23502', '', 'creation tools of NULL');
SELECT pg_temp.refused($$UPDATE kroles.settings SET creation_tools = '{hologram}'$$, '22P02', '',
    'a creation tool that is none');
SELECT pg_temp.refused($$UPDATE kroles.settings SET show_identifier = 'shoe size'$$, '22P02', '', 'an identifier that is none');
SELECT pg_temp.refused(format('UPDATE kroles.settings SET token_leeway = %L', leeway), '23514',
    'settings_token_leeway_is_at_most_10_minutes', 'a leeway of ' || leeway)
FROM unnest('{-1 microsecond, 10 minutes 1 microsecond, 1 day}'::text[]) AS leeway;
SELECT pg_temp.refused('UPDATE kroles.settings SET token_leeway = NULL', '23502', '', 'a leeway of NULL');
SELECT pg_temp.refused(format('UPDATE kroles.settings SET room_session_limit = %L', most), '23514',
    'settings_room_session_limit_is_at_most_30_days', 'a stay of at most ' || most)
FROM unnest('{0, -1 microsecond, 30 days 1 microsecond, 1 mon 1 microsecond, 2 mon}'::text[]) AS most;
SELECT pg_temp.refused($$UPDATE kroles.settings SET room_session_limit = '1 year -335 days'$$, '23514',
    'settings_room_session_limit_has_no_years', 'a stay that counts in years');
SELECT pg_temp.refused('UPDATE kroles.settings SET room_session_limit = NULL', '23502', '', 'a stay of at most NULL');

-- the matrices: every cell stays, only "allowed" changes
SELECT pg_temp.refused(format(statement, tab), code, '', tab || ': ' || what)
FROM unnest('{baseline_rights, role_rights, ceiling_rights}'::text[]) AS tab, (VALUES
    ('DELETE FROM kroles.%I', '42501', 'all rows deleted'),
    ('DELETE FROM kroles.%I WHERE NOT allowed', '42501', 'the rows that allow nothing deleted'),
    ('TRUNCATE kroles.%I', '42501', 'truncated'),
    ('UPDATE kroles.%I SET allowed = NULL', '23502', 'allowed is yes or no'),
    ('UPDATE kroles.%I SET shipped = NOT shipped', '42501', 'what was shipped'),
    ($$UPDATE kroles.%I SET action = 'share' WHERE action = 'view' AND kind = 'channel'$$, '42501', 'another action of a row'),
    ($$UPDATE kroles.%I SET kind = 'gallery' WHERE action = 'share' AND kind = 'channel'$$, '42501', 'another kind of a row'))
    AS bad (statement, code, what);
SELECT pg_temp.refused($$UPDATE kroles.baseline_rights SET type = 'open' WHERE type = 'private'$$, '42501', '',
    'baseline_rights: another type of a row');
SELECT pg_temp.refused($$UPDATE kroles.baseline_rights SET applicative_role = 'admin' WHERE applicative_role = 'viewer'$$,
    '42501', '', 'baseline_rights: another role of a row');
SELECT pg_temp.refused($$UPDATE kroles.role_rights SET role = 'manager' WHERE role = 'member'$$, '42501', '',
    'role_rights: another role of a row');
SELECT pg_temp.refused($$UPDATE kroles.ceiling_rights SET applicative_role = 'admin' WHERE applicative_role = 'viewer'$$,
    '42501', '', 'ceiling_rights: another role of a row');
SELECT pg_temp.refused(
    $$INSERT INTO kroles.baseline_rights (kind, type, applicative_role, action, allowed, shipped)
      VALUES ('gallery', 'open', 'admin', 'organize', true, true)$$, '42501', '', 'baseline_rights: a new cell');
SELECT pg_temp.refused(
    $$INSERT INTO kroles.role_rights (kind, role, action, allowed, shipped)
      VALUES ('gallery', 'manager', 'organize', true, true)$$, '42501', '', 'role_rights: a new cell');
SELECT pg_temp.refused(
    $$INSERT INTO kroles.role_rights (kind, role, action, allowed, shipped)
      VALUES ('channel', 'emperor', 'view', true, true)$$, '42501', '', 'role_rights: a new role');
SELECT pg_temp.refused(
    $$INSERT INTO kroles.ceiling_rights (applicative_role, kind, action, allowed, shipped)
      VALUES ('viewer', 'gallery', 'organize', true, true)$$, '42501', '', 'ceiling_rights: a new cell');

SELECT is(pg_temp.fingerprint(), :'before', 'nothing that was refused left a trace');

-- Every cell there is: kind and type or role, times applicative role, times right
SELECT results_eq(
    $$SELECT kind, type, count(*) FROM kroles.baseline_rights GROUP BY 1, 2 ORDER BY 1, 2$$,
    $$SELECT r.kind, t.type, 5 * count(*) FROM kroles.rights r
      JOIN (SELECT 'channel', unnest(enum_range(NULL::kroles.space_type))::text
            UNION ALL VALUES ('gallery', 'open'), ('gallery', 'restricted'), ('gallery', 'private'), ('site', 'site'))
          AS t (kind, type) USING (kind)
      GROUP BY 1, 2 ORDER BY 1, 2$$, 'the baseline has every cell');
SELECT results_eq(
    $$SELECT kind, role, count(*) FROM kroles.role_rights GROUP BY 1, 2 ORDER BY 1, 2$$,
    $$SELECT r.kind, t.role, count(*) FROM kroles.rights r
      JOIN (SELECT kind, unnest(enum_range(NULL::kroles.contextual_role))::text
            FROM unnest('{channel, gallery}'::text[]) AS kind
            UNION ALL SELECT 'media', unnest('{owner, editor, publisher, viewer, chat_moderator, room_moderator, speaker}'::text[])
            UNION ALL SELECT 'room', unnest('{host, room_moderator, chat_moderator, advanced_speaker, simple_speaker, participant}'::text[])
            UNION ALL SELECT 'event', unnest(enum_range(NULL::kroles.event_role))::text)
          AS t (kind, role) USING (kind)
      WHERE NOT r.summary GROUP BY 1, 2 ORDER BY 1, 2$$, 'the roles'' rights have every cell');
SELECT results_eq(
    $$SELECT applicative_role, kind, count(*) FROM kroles.ceiling_rights GROUP BY 1, 2 ORDER BY 1, 2$$,
    $$SELECT a, kind, count(*) FROM kroles.rights, unnest(enum_range(NULL::kroles.applicative_role)) AS a
      WHERE NOT summary GROUP BY 1, 2 ORDER BY 1, 2$$, 'the ceilings have every cell');
SELECT is_empty(format('SELECT * FROM kroles.%I WHERE allowed <> shipped', tab), tab || ' holds what is shipped')
FROM unnest('{baseline_rights, role_rights, ceiling_rights}'::text[]) AS tab;

-- Just inside
SELECT lives_ok($$UPDATE kroles.baseline_rights SET allowed = true
    WHERE (kind, type, applicative_role, action) = ('channel', 'open', 'private_only', 'contribute')$$, 'a cell of the baseline is allowed');
SELECT lives_ok($$UPDATE kroles.role_rights SET allowed = false
    WHERE (kind, role, action) = ('channel', 'member', 'join_room')$$, 'a cell of a role is not allowed any more');
SELECT lives_ok($$UPDATE kroles.ceiling_rights SET allowed = NOT allowed WHERE applicative_role = 'viewer'$$,
    'many cells of the ceilings are turned round');
SELECT lives_ok('UPDATE kroles.ceiling_rights SET allowed = shipped', 'and are as shipped again');
SELECT lives_ok($$UPDATE kroles.settings SET allow_anonymous = true, chat_and_collaboration = false,
    creation_tools = '{live, room}', show_identifier = 'login', token_issuer = 'https://campus.example/',
    token_audience = 'portal'$$, 'all settings are changed');
SELECT lives_ok(format('UPDATE kroles.settings SET token_leeway = %L', leeway), 'a leeway of ' || leeway)
FROM unnest('{0, 1 microsecond, 10 minutes}'::text[]) AS leeway;
SELECT lives_ok(format('UPDATE kroles.settings SET room_session_limit = %L', most), 'a stay of at most ' || most)
FROM unnest('{1 microsecond, 12 hours, 30 days, 1 mon}'::text[]) AS most;
SELECT lives_ok('UPDATE kroles.settings SET token_issuer = NULL, token_audience = NULL', 'tokens of any issuer and audience again');
-- counted by the database, whatever is said
SELECT rooms_switched AS before FROM kroles.settings \gset
SELECT lives_ok(format('UPDATE kroles.settings SET rooms_switched = %L', times), format('rooms switched %L times', times)) FROM unnest('{0, -1, 7, 2147483647, NULL}'::text[]) AS times;
SELECT is((SELECT rooms_switched FROM kroles.settings), :before, 'are switched as often as they were');
SELECT lives_ok('UPDATE kroles.settings SET chat_and_collaboration = NOT chat_and_collaboration, rooms_switched = 7', 'switched once');
SELECT is((SELECT rooms_switched FROM kroles.settings), :before + 1, 'is counted once');

SELECT * FROM finish();
ROLLBACK;
