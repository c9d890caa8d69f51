# A writer that revokes and publishes in one transaction, and readers; sourced by test/stress/run.

# One that asks at an isolation level, in a tight loop or with a pause between.
reader() {
    PGOPTIONS="-c kroles.user=rita -c default_transaction_isolation=$1" \
        sql kroles_stress_revoke -U "$app" -c "CALL read($2)"
}

# One that asks as an application does, with prepared statements, until the server tells it to stop (57P01). To it the secret is
# a division by zero.
asker() {
    cat >"$work/ask.sql" <<'END'
SELECT 1 / (count(*) = 0)::int FROM kroles.media WHERE name = 'secret' OR id = 2;
SELECT 1 / (NOT kroles_can('view', 'media', 2))::int;
SELECT 1 / (count(*) < 2)::int FROM kroles.media;
SELECT 1 / (count(*) = 0)::int FROM note WHERE text = 'secret';
END
    PGOPTIONS='-c kroles.user=rita' pgbench -n -M prepared -R 200 -U "$app" -T 100000 -f "$work/ask.sql" kroles_stress_revoke
}

revocations() {
    local pids=() started asking
    echo "== revocations: $rounds rounds"
    make_database kroles_stress_revoke
    sql kroles_stress_revoke -f "$here/revoke.sql"
    reader 'read\ committed' 0 >"$work/reader.1" 2>&1 &
    pids+=($!)
    reader 'repeatable\ read' 0.002 >"$work/reader.2" 2>&1 &
    pids+=($!)
    asker >"$work/asker" 2>&1 &
    asking=$!
    sleep 1
    started=$(date +%s)
    is "$(sql kroles_stress_revoke -c "CALL revoke($rounds)" 2>&1)" '' 'the writer came to the end'
    echo "    $rounds rounds in $(($(date +%s) - started)) seconds"
    sql kroles_stress_revoke -c "UPDATE round SET over = true"
    wait "${pids[@]}" || true
    is "$(cat "$work"/reader.*)" '' 'the readers came to the end'
    sql kroles_stress_revoke -c "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'pgbench'" >"$work/stopped"
    wait "$asking" || true
    is "$(grep -o 'division by zero' "$work/asker") $(cat "$work/stopped")" ' t' 'who asked with prepared statements was never shown the secret, to the end'
    sql kroles_stress_revoke -F ' ' -c "SELECT '    ' || shape || ': asked ' || times || ' times, shown the film ' || seen || ' times' FROM asked"
    is "$(sql kroles_stress_revoke -c 'SELECT shape, leaks FROM asked WHERE leaks <> 0')" '' 'nobody was ever shown the secret'
}
