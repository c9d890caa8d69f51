# What needs sessions of its own: first queries, and users that change with every transaction. Sourced by run.

# Whether sessions can be made as the bench's roles; a server that asks for passwords may say no.
can_log_in() {
    psql -XqAt -U "${roles[app]}" -d "$database" -c 'SELECT 1' >/dev/null 2>&1
}

# Connects so many times and asks once each; prints the seconds it took in all, and those of the statements alone.
# The statement is "SELECT seconds" and what is given; further arguments go to psql.
connections() {
    local asked=$1 started
    shift
    started=$(date +%s%N)
    for ((i = 0; i < connects; i++)); do
        printf '\\connect\n%s;\n' "SELECT extract(epoch FROM clock_timestamp() - statement_timestamp()) $asked"
    done | sql "$@" | awk -v started="$started" '{ statements += $1 } END {
        "date +%s%N" | getline ended
        printf "%.9f %.9f\n", (ended - started) / 1e9, statements
    }'
}

first_call() {
    local run connects=100 idle asked question
    question=$(sql -c "SELECT format('WHERE kroles_can(%s, ''view'', ''media'', %s)', user_id, media_id)
                       FROM bench.cast WHERE subject = 'typical'")
    for ((run = 0; run < runs; run++)); do
        read -ra idle <<<"$(connections 'WHERE in_range(1::bigint, 0::bigint, 0::bigint, true, false)')"
        read -ra asked <<<"$(connections "$question")"
        sql -c "INSERT INTO bench.samples (section, what, subject, calls, seconds, floor, goal)
                VALUES ('new backend', 'its first statement', 'typical', $connects, ${asked[1]}, ${idle[1]}, 1000),
                       ('new backend', 'connecting and that statement', 'typical', $connects, ${asked[0]}, ${idle[0]}, NULL)"
    done
}

# The newest 20 as the first query of a session, under one variant: with the name of the table.
first_query() {
    local subject=$1 variant=$2 table=$3 took login user_id role
    IFS='|' read -r login user_id role <<<"$(sql -c "SELECT login, user_id, role FROM bench.subjects WHERE subject = '$subject'")"
    read -ra took <<<"$(PGOPTIONS="$PGOPTIONS -c kroles.user=$login -c bench.user_id=$user_id -c bench.role=$role" \
        connections "FROM (SELECT count(*) FROM (SELECT id, name FROM $table ORDER BY id DESC LIMIT 20) AS page) AS whole" \
        -U "${roles[$variant]}")"
    sql -c "INSERT INTO bench.results (question, subject, variant, seconds)
            VALUES ('first query of a session, newest 20', '$subject', '${variant/app/kroles}', ${took[1]} / $connects),
                   ('connecting and that query', '$subject', '${variant/app/kroles}', ${took[0]} / $connects)"
}

first_queries() {
    local subject variant run connects
    for subject in typical heavy narrow administrator; do
        for ((run = 0; run < runs; run++)); do
            connects=30
            first_query $subject none plain.media
            first_query $subject app kroles.media
        done
        [ "$full" = true ] || continue
        connects=2
        for variant in plpgsql exists any; do
            # plpgsql walks through most of the table for someone who sees little of it
            [ "$subject $variant" = 'narrow plpgsql' ] || first_query $subject $variant plain.media
        done
    done
}

# Scripts for pgbench, one a person: the identity and the newest 20. Kroles checks a token; without it, an application's own
# setting is set, and no policy reads it. "simple" has the token in the text, "extended" as a bound parameter.
write_switches() {
    local n token
    token_options=()
    sql -v people=50 -f "$here/switch.sql" >"$switches/tokens"
    while IFS='|' read -r n token; do
        token_options+=(-D "token$n=$token")
        printf "BEGIN;\nSELECT %s;\nSELECT id, name FROM %s.media ORDER BY id DESC LIMIT 20;\nCOMMIT;\n" \
            "kroles_login('$token')" kroles >"$switches/app.simple.$n"
        printf "BEGIN;\nSELECT %s;\nSELECT id, name FROM %s.media ORDER BY id DESC LIMIT 20;\nCOMMIT;\n" \
            "set_config('bench.user_id', '$token', true)" plain >"$switches/none.simple.$n"
        sed "s/'$token'/:token$n/" "$switches/app.simple.$n" >"$switches/app.extended.$n"
        sed "s/'$token'/:token$n/" "$switches/none.simple.$n" >"$switches/none.extended.$n"
    done <"$switches/tokens"
}

# Seconds a transaction; further arguments go to pgbench.
switching() {
    local role=$1 protocol=$2 script files=()
    shift 2
    for script in "$switches/$role.$protocol".*; do files+=(-f "$script"); done
    pgbench -n -T 3 -M "$protocol" "${token_options[@]}" "${files[@]}" "$@" 2>"$switches/errors" |
        awk '/^tps = / { printf "%.9f\n", 1 / $3; found = 1 } END { exit !found }' || die "pgbench: $(tail -n 3 "$switches/errors")"
}

# One question of the table: what it is called, the protocol, how pgbench connects.
compare_switching() {
    local question=$1 protocol=$2 run role took
    shift 2
    for ((run = 0; run < (runs < 3 ? runs : 3); run++)); do
        for role in none app; do
            took=$(switching $role "$protocol" "${@//ROLE/${roles[$role]}}")
            sql -c "INSERT INTO bench.results (question, subject, variant, seconds, goal)
                    VALUES ('$question', '50 people', '${role/app/kroles}', $took, 1.15)"
        done
    done
}

start_pooler() {
    local role owner
    {
        echo '[databases]'
        for role in none app; do
            echo "${roles[$role]} = ${PGHOST:+host=$PGHOST} ${PGPORT:+port=$PGPORT} dbname=$database user=${roles[$role]} pool_size=2"
        done
        printf '%s\n' '[pgbouncer]' 'pool_mode = transaction' 'auth_type = any' 'listen_addr =' 'listen_port = 6432' \
            "unix_socket_dir = $switches" "logfile = $switches/pgbouncer.log" "pidfile = $switches/pgbouncer.pid"
    } >"$switches/pgbouncer.ini"
    # never as root; as whoever may enter the folder of the server's socket
    if [ "$(id -u)" = 0 ]; then
        owner=$(stat -c %U "${PGHOST:-/nowhere}" 2>/dev/null) || owner=nobody
        chown -R "$owner" "$switches"
        pgbouncer -q -d -u "$owner" "$switches/pgbouncer.ini" 2>/dev/null
    else
        pgbouncer -q -d "$switches/pgbouncer.ini" 2>/dev/null
    fi
}

stop_pooler() {
    [ ! -f "$switches/pgbouncer.pid" ] || kill "$(cat "$switches/pgbouncer.pid")" 2>/dev/null || true
    rm -rf "$switches"
}

user_switches() {
    local protocol
    PATH=$PATH:/usr/sbin:/usr/local/sbin
    switches=$(mktemp -d "${TMPDIR:-/tmp}/kb.XXXXXX")
    trap stop_pooler EXIT
    write_switches
    for protocol in simple extended; do
        compare_switching "a user a transaction, $protocol" $protocol -U ROLE "$database"
    done
    if command -v pgbouncer >/dev/null && start_pooler; then
        # the pooler refuses a connection that carries options
        PGOPTIONS='' compare_switching 'a user a transaction, extended, pooled' extended -c 4 -h "$switches" -p 6432 -U any ROLE
    else
        echo 'No pgbouncer that starts: users are not switched through a pooler.'
    fi
    stop_pooler
    trap - EXIT
}
