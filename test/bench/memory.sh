# What sessions take that are all connected at once and have each counted all media, each as another user. Sourced by run.

# Opens the sessions of a variant, which stay idle afterwards; prints what each server process has for itself alone, in kB, and
# its share of all memory.
counting_sessions() {
    local role=$1 number=$2 table=$3 clients pid
    printf '%s\n' "SELECT set_config('kroles.user', login, false) FROM bench.counting WHERE n = :client_id;" \
        "SELECT count(*) FROM $table;" '\sleep 1800 s' >"$counting"
    PGAPPNAME='kroles bench, counting' pgbench -n -c "$number" -j 2 -t 1 -U "$role" -f "$counting" "$database" >/dev/null 2>&1 &
    clients=$!
    until [ "$(sql -c "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'kroles bench, counting'
                       AND state = 'idle' AND query LIKE 'SELECT count%'")" = "$number" ]; do
        kill -0 $clients 2>/dev/null || die "$number sessions can't be opened"
        sleep 1
    done
    for pid in $(sql -c "SELECT pid FROM pg_stat_activity WHERE application_name = 'kroles bench, counting'"); do
        awk '/^Private_(Clean|Dirty):/ { own += $2 } /^Pss:/ { share = $2 } END { print own, share }' "/proc/$pid/smaps_rollup"
    done
    kill $clients
    wait $clients 2>/dev/null || true
}

# The median, the largest and the sum of what counting_sessions prints.
summary() {
    sort -n | awk '{ own[NR] = $1; sum += $2 } END {
        printf "%.1f MB a session (the largest %.1f), %.0f MB together with what they share\n", own[int((NR + 1) / 2)] / 1024, own[NR] / 1024, sum / 1024 }'
}

memory() {
    local number counting plain ours
    number=$(sql -c "SELECT least(200, current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
                     - (SELECT count(*) FROM pg_stat_activity) - 3)")
    counting=$(mktemp)
    sql -c 'DROP TABLE IF EXISTS bench.counting' -c "CREATE TABLE bench.counting AS
        SELECT row_number() OVER (ORDER BY id) - 1 AS n, login FROM kroles.users WHERE NOT blocked ORDER BY id LIMIT $number" \
        -c "GRANT USAGE ON SCHEMA bench TO ${roles[app]}, ${roles[none]}" -c "GRANT SELECT ON bench.counting TO ${roles[app]}, ${roles[none]}"
    plain=$(counting_sessions "${roles[none]}" "$number" plain.media | summary)
    ours=$(counting_sessions "${roles[app]}" "$number" kroles.media | summary)
    echo "$number sessions that have counted all media, each as another user:"
    echo "    without row-level security: $plain"
    echo "    kroles: $ours"
    rm -f "$counting"
}
