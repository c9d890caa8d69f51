# The screens of a portal: each asked by four people, three ways. Sourced by run.

# What is being done, how far it is, and the time since the start: in place on a terminal, else a line at times.
progress() {
    local line
    line=$(printf '%s  %s, %d of %d (%d:%02d)' "$(date +%T)" "$1" "$2" "$3" $((SECONDS / 60)) $((SECONDS % 60)))
    if [ -t 1 ]; then
        printf '\r\033[K%s' "$line"
        [ "$2" -lt "$3" ] || echo
    elif [ "$2" -eq "$3" ] || [ $((SECONDS - ${shown:--60})) -ge 15 ]; then
        shown=$SECONDS
        echo "$line"
    fi
}

ask_screens() {
    local asked subject screen of n=0
    mapfile -t asked < <(sql -F' ' -c "SELECT w.subject, n, count(*) OVER ()
        FROM screens.screens, unnest('{typical,heavy,narrow,administrator,manager}'::text[], goals) WITH ORDINALITY AS w (subject, goal, i)
        WHERE goal IS NOT NULL AND NOT by_hand AND ($full OR NOT grows) ORDER BY i, n")
    for screen in "${asked[@]}"; do
        read -r subject screen of <<<"$screen"
        n=$((n + 1))
        progress "screens of $subject" $n "$of"
        sql -v subject="$subject" -v screen="$screen" -f "$here/screen.sql" >/dev/null
    done
}

# The newest 20 with 100,000 drafts of others above them: made, measured and taken away again.
ask_under_drafts() {
    local n=0 subject of=6
    progress "drafts" 0 $of
    sql -f "$here/drafts.sql" >/dev/null
    for subject in typical heavy narrow administrator; do
        n=$((n + 1))
        progress "newest 20 under 100,000 drafts, $subject" $n $of
        sql -v subject="$subject" -f "$here/drafts_ask.sql" >/dev/null
    done
    progress "drafts are taken away" 5 $of
    sql -f "$here/drafts_end.sql" >/dev/null
    progress "drafts" $of $of
}

# Joining a room and leaving it, in a transaction each.
join_rooms() {
    local subject n=0
    for subject in typical heavy narrow administrator; do
        n=$((n + 1))
        progress "a room's join, $subject" $n 4
        sql -v subject="$subject" -f "$here/join.sql" >/dev/null
    done
}

# First statements of sessions, and users a transaction: measured by the part "clients" if that is wanted too.
from_clients() {
    if ! wanted clients; then
        progress 'sessions and users' 0 1
        full=false first_queries
        user_switches
        progress 'sessions and users' 1 1
    fi
    sql -c "INSERT INTO screens.results (screen, subject, variant, seconds)
            SELECT s.screen, r.subject, r.variant, r.seconds FROM bench.results AS r JOIN screens.screens AS s ON s.body = r.question
            WHERE by_hand ORDER BY r.id"
}

# Scripts for pgbench: pages of people, each a session that says once who it is, and a membership that changes.
write_pages() {
    local channel last page
    IFS='|' read -r channel last <<<"$(sql -c 'SELECT v_channel, (SELECT max(id) FROM kroles.users) FROM screens.scene LIMIT 1')"
    for page in newest channel; do
        cat <<'END' >"$pages/$page"
\if :started = 0
SELECT set_config('kroles.user', 'user' || (200 + :client_id), false);
\set started 1
\endif
END
    done
    echo 'SELECT id, name FROM kroles.media ORDER BY id DESC LIMIT 20;' >>"$pages/newest"
    cat <<END >>"$pages/channel"
SELECT m.id, m.name, p.published_at FROM kroles.publications AS p JOIN kroles.media AS m ON m.id = p.media_id
WHERE p.space_id = $channel AND p.status = 'approved' ORDER BY p.published_at DESC LIMIT 20;
END
    cat <<END >"$pages/write"
\\set who random(300, $last)
UPDATE kroles.space_members SET role = (CASE role WHEN 'member' THEN 'contributor' ELSE 'member' END)::kroles.contextual_role
WHERE id = (SELECT min(id) FROM kroles.space_members WHERE user_id = :who AND role IN ('member', 'contributor'));
END
}

# Asks for a page by 50 people at once, and notes the seconds a page.
read_pages() {
    local took
    took=$(pgbench -n -T 4 -c 50 -j 2 -M prepared -D started=0 -f "$pages/$1" -U "${roles[app]}" "$database" 2>"$pages/errors" |
        awk '/^tps = / { printf "%.9f\n", 1 / $3; found = 1 } END { exit !found }') || die "pgbench: $(tail -n 3 "$pages/errors")"
    sql -c "INSERT INTO screens.results (screen, subject, variant, seconds)
            SELECT screen, '50 people', '$2', $took FROM screens.screens WHERE body = '$1'"
}

# Page reads without and, in turn, while others commit memberships, 20 a second, and one such transaction is open.
read_while_others_write() {
    local run page n=0 each=$((runs < 3 ? 3 : runs))
    pages=$(mktemp -d "${TMPDIR:-/tmp}/kb.XXXXXX")
    trap 'stop_others; rm -rf "$pages"' EXIT
    write_pages
    for page in newest channel; do
        for ((run = 0; run < each; run++)); do
            n=$((n + 1))
            progress "pages while others write" $n $((2 * each))
            read_pages $page none
            other_session "BEGIN; UPDATE kroles.space_members SET role = (CASE role WHEN 'member' THEN 'contributor' ELSE 'member' END)::kroles.contextual_role
                WHERE id = (SELECT min(id) FROM kroles.space_members WHERE user_id = 101); SELECT pg_sleep(3600)"
            PGAPPNAME='kroles bench, other session' pgbench -n -R 20 -T 3600 -f "$pages/write" "$database" >/dev/null 2>&1 &
            read_pages $page kroles
            stop_others
        done
    done
    rm -rf "$pages"
    trap - EXIT
}

screens() {
    local file
    shown=
    for file in screens screens_list screens_make; do sql -f "$here/$file.sql" >/dev/null; done
    ask_screens
    join_rooms
    ask_under_drafts
    sql -f "$here/screens_end.sql"
    if can_log_in; then
        from_clients
        read_while_others_write
    else
        echo "The server lets nobody in as ${roles[app]}: sessions, users a transaction and pages while others write are left out."
    fi
}

# The tables: one a subject, or in Markdown one for all; and where the figures of an earlier run are given, beside those.
report_screens() {
    local subject show=(psql -Xq -v ON_ERROR_STOP=1 -d "$database")
    "${show[@]}" -f "$here/screens_figures.sql"
    for subject in typical heavy narrow administrator manager '50 people'; do
        "${show[@]}" -v subject="$subject" -f "$here/screens_report.sql"
    done
    [ -z "$markdown" ] || "${show[@]}" -f "$here/screens_markdown.sql"
    [ -z "$save" ] || "${show[@]}" -c "\\copy (SELECT screen, subject, none, kroles FROM screens.figures ORDER BY subject, n) TO '$save' csv"
    if [ "$growth" ]; then
        "${show[@]}" -v file="$growth" -f "$here/screens_growth.sql"
    fi
    "${show[@]}" -f "$here/screens_alike.sql"
}
