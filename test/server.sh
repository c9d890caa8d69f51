# A private PostgreSQL with this kroles in it: sourced by test/server and test/run.
#
# PostgreSQL finds its files from where its executable really lies. So a tree of our own, with copies of the executables
# and links to all else, is a second installation: kroles is installed there, and the system's own is never written to.
# The tree, the data and the socket lie in a fresh directory with a short name: a socket's path may have 107 bytes only,
# the server's user may be unable to reach the source (/root), and the source's path may hold a space.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
pg_config=$(command -v "${PG_CONFIG:-pg_config}") || pg_config=pg_config  # the real one: the tree has a copy
programs='postgres initdb pg_ctl pg_controldata pg_config psql createdb dropdb createuser dropuser pg_dump pg_dumpall
    pg_restore pg_isready pg_basebackup pg_receivewal pg_recvlogical pg_rewind pg_verifybackup pg_waldump pg_resetwal
    pg_checksums pg_amcheck pg_upgrade pgbench reindexdb vacuumdb'

die() {
    echo "kroles: $*" >&2
    exit 1
}

# The user the server runs as: PostgreSQL refuses root. Empty: whoever runs this.
server_user() {
    [ "$(id -u)" = 0 ] || return 0
    if id postgres >/dev/null 2>&1; then echo postgres; else echo nobody; fi
}

# Runs a command as the server's user, from a folder which that user can reach.
as_server_user() {
    (
        cd "$work" || exit
        if [ "$user" ]; then exec runuser -u "$user" -- "$@"; else exec "$@"; fi
    )
}

# Links into the tree what the installed directory holds, without any kroles installed there.
mirror() {
    mkdir -p "$tree$1"
    find "$1" -mindepth 1 -maxdepth 1 ! -name 'kroles*' -exec ln -sf -t "$tree$1" {} +
}

# The same for a directory in one that is mirrored: the link to it becomes a directory that can hold our files.
mirror_inside() {
    [ -d "$1" ] || return 0
    rm -f "$tree$1"
    mirror "$1"
}

# Makes the directory $work and in it $tree, an installation with this kroles. Its programs come first in PATH.
stage() {
    local share lib program
    user=$(server_user)
    work=$(mktemp -d "${KROLES_TMP:-/var/tmp}/kroles.XXXXXX")
    work=$(cd "$work" && pwd -P)
    [ -z "$user" ] || chown "$user" "$work"
    trap teardown EXIT
    trap 'exit 129' HUP
    trap 'exit 130' INT
    trap 'exit 141' PIPE
    trap 'exit 143' TERM

    tree=$work/tree
    share=$("$pg_config" --sharedir)
    lib=$("$pg_config" --pkglibdir)
    bin=$tree$("$pg_config" --bindir)
    mirror "$lib"
    mirror_inside "$lib/bitcode"
    mirror "$share"
    mirror_inside "$share/extension"
    mkdir -p "$bin"
    for program in $programs; do
        cp -L "$("$pg_config" --bindir)/$program" "$bin" 2>/dev/null || true
    done
    make -s -C "$root" -f Makefile install PG_CONFIG="$pg_config" DESTDIR="$tree" >"$work/install.log" ||
        die "make install failed: $(tail -n 20 "$work/install.log")"
    PATH=$bin:$PATH
}

# Settings of the person's own shell must not reach the private server.
clean_environment() {
    local name
    for name in ${!PG@}; do
        [ "$name" = PG_CONFIG ] || unset "$name"
    done
    export PATH PG_CONFIG=$pg_config LC_ALL=C PGCLIENTENCODING=UTF8 PGHOST=$work PGPORT=5432 PGUSER=postgres PGDATABASE=postgres
}

# Starts a server on an empty cluster, with the lines of KROLES_SETTINGS in its configuration. Clients reach it through the
# environment that is set here.
start_server() {
    clean_environment
    rm -f "$work/server.log"
    as_server_user "$bin/initdb" -D "$work/data" -U postgres -A trust --no-locale -E UTF8 --no-sync \
        >"$work/initdb.log" 2>&1 || die "initdb failed: $(cat "$work/initdb.log")"
    cat >>"$work/data/postgresql.conf" <<END
listen_addresses = ''
unix_socket_directories = '$work'
max_prepared_transactions = 10
fsync = off
full_page_writes = off
${KROLES_SETTINGS:-}
END
    as_server_user "$bin/pg_ctl" -D "$work/data" -l "$work/server.log" -w -t 120 start >"$work/start.log" 2>&1 ||
        die "the private server does not start: $(cat "$work/start.log" "$work/server.log" 2>/dev/null)"
    # A kroles installed elsewhere must never be what is tested.
    case $(psql -XAtc "SELECT setting FROM pg_config WHERE name = 'PKGLIBDIR'") in
        "$tree"/*) ;;
        *) die "the private server does not use its own tree ($tree)" ;;
    esac
}

# Stops the server and drops its cluster; the tree stays for another one.
stop_server() {
    [ -d "$work/data" ] || return 0
    as_server_user "$bin/pg_ctl" -D "$work/data" -w -m immediate stop >/dev/null 2>&1 || true
    rm -rf "$work/data"
}

# What a server's log says of what was left open or overwritten: PostgreSQL warns of it and mends it.
left_open='WARNING:.*( leak: |snapshots? .*(still active|seem to remain)|non-empty SPI stack|own a lock of type|alloc set|chunk)'

# Whether a server process has crashed or left something open; tells where.
server_crashed() {
    grep -E "terminated by signal|PANIC:|TRAP:|$left_open" "$work/server.log"
}

teardown() {
    trap - EXIT
    trap '' HUP INT PIPE TERM
    stop_server
    rm -rf "$work"
}
