# Random work by many; sourced by test/stress/run.

# One client's session: what it prints and each error's SQLSTATE go to a file.
client() {
    { perl "$here/act.pl" "$1" "$seconds"; cat "$here/end.sql"; } | psql -XqAt -U "$app" -v VERBOSITY=sqlstate -d kroles_stress_random >"$work/client.$2" 2>&1
}

random_work() {
    local n pids=() keeper errors quiet=failed
    echo "== random work: $clients clients, $seconds seconds, seed $seed"
    make_database kroles_stress_random
    sql kroles_stress_random -f "$here/random.sql"
    PGOPTIONS="-c stress.clients=$clients" sql kroles_stress_random -f "$here/quiet.sql" &
    keeper=$!
    sleep 1
    for ((n = 0; n < clients; n++)); do
        client $((seed * 1000 + n)) "$n" &
        pids+=($!)
    done
    wait "${pids[@]}" || true
    wait "$keeper" && quiet=done
    is "$quiet" 'done' 'the quiet changes were made'

    is "$(cat "$work"/client.* | grep -c '^finished$')" "$clients" 'every client came to the end'
    errors=$(cat "$work"/client.* | sed -nE 's/.*(ERROR|FATAL|PANIC): +//p' | sort | uniq -c | awk '{ printf "%s%s %s", sep, $2, $1; sep = ", " }')
    echo "    refused or to be tried again: $errors"
    is "$(cat "$work"/client.* | grep -vE '^(psql:<stdin>:[0-9]+: )?(ERROR:  (42501|42704|55000|23...|40001|40P01)|finished|(then|last) [0-9a-f]{32})$' | sort | uniq -c | head -n 20)" \
        '' 'nothing else was said, of errors and of differences that the old sessions find'
    is "$(cat "$work"/client.* | grep '^then' | sort -u | grep -c .)" 1 'all old sessions are shown the same'
    is "$(cat "$work"/client.* | grep '^last' | sort -u)" "last $(sql kroles_stress_random -U "$app" -c 'SELECT fingerprint()')" \
        'after quiet changes they are shown what a new session is'
    at_least "$(sql kroles_stress_random -c 'SELECT count(*) FROM kroles.audit_log')" $((seconds * 50)) 'changes were made'
    is "$(sql kroles_stress_random -c "SELECT string_agg(wanted, ' ') FROM unnest('{group_members, groups, media, media_collaborators,
        media_moderators, media_speakers, playlists, playlist_items, publications, role_rights, settings, space_members, spaces, users,
        events, event_participants, event_sessions, room_participants}'::text[]) AS wanted
        WHERE NOT EXISTS (SELECT FROM kroles.audit_log WHERE relation = 'kroles.' || wanted)")" '' 'in every table'
    is "$(sql kroles_stress_random -c "SELECT count(DISTINCT status) FROM kroles.audit_log, LATERAL (VALUES (after->>'status')) AS s (status)
        WHERE relation = 'kroles.publications' AND operation = 'UPDATE' AND status <> 'pending'")" 2 'things were approved and rejected'
    is "$(sql kroles_stress_random -c 'SELECT count(*) FROM kroles_verify()')" 0 'what is stored is what it is derived from'
    is "$(sql kroles_stress_random -c 'SELECT count(*) FROM (SELECT max(position) <> count(*) FROM kroles.playlist_items GROUP BY playlist_id
        UNION ALL SELECT max(position) <> count(*) FROM kroles.media_speakers GROUP BY media_id
        UNION ALL SELECT max(position) <> count(*) FROM kroles.event_sessions GROUP BY event_id) AS l (gap) WHERE gap')" 0 'places in order leave no gap'
    is "$(sql kroles_stress_random -c "SELECT count(*) FROM kroles.events e WHERE NOT EXISTS (SELECT FROM kroles.event_participants p JOIN kroles.users u ON u.id = p.user_id
        WHERE p.event_id = e.id AND p.role = 'organizer' AND NOT u.blocked)")" 0 'no event is without an organizer who counts'
    is "$(sql kroles_stress_random -c 'SELECT count(*) FROM kroles.room_participants p JOIN kroles.users u ON u.id = p.user_id WHERE u.blocked AND p.left_at IS NULL')" 0 \
        'nobody who is blocked is in a room'
    is "$(sql kroles_stress_random -U "$app" -c 'SELECT person, what FROM differences() LIMIT 20')" '' 'everybody is shown what the questions say, in a new session'
    is "$(sql kroles_stress_random -U "$app" -c "SET kroles.\"user\" = 'u1'" -c 'SELECT count(*) > 100 FROM seen()')" t 'and there is much to be seen'
}
