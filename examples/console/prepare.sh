# What the console needs to run: its packages, its files where the private server's user can read them, and the campus portal. Sourced
# by examples/console/run and by the tests, with the environment of test/server.

console=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
. "$console/../node.sh"
stage=$PGHOST/console

# Names what is missing; false then.
console_packages() {
    local program
    for program in node npm openssl; do
        command -v "$program" >/dev/null || { echo "$program is not installed"; return 1; }
    done
    npm_packages "$console/package.json" "$console/../../build/console" ||
        { echo "npm cannot fetch its package ($(npm_failure "$console/../../build/console"))"; return 1; }
}

# Copies the console into the server's folder, with a key that its tokens are signed with.
stage_console() {
    mkdir -p "$stage/clients" "$stage/keys"
    chmod 755 "$stage"
    cp -R "$console" "$stage/console"
    cp "$console/../clients/token.mjs" "$stage/clients"
    cp "$console/../portal/users.csv" "$stage"
    npm_link "$console/../../build/console" "$stage/console"
    (umask 077 && openssl rand -base64 48 >"$stage/keys/hs256.secret")
    give_to_server_user "$stage"
}

# Loads the portal into the database campus, with the roles and the key of the console.
load_console() {
    createdb campus
    (cd "$console/../.." && psql -Xq -d campus -f examples/portal.sql)
    KEYS=$stage/keys psql -Xq -d campus -f "$console/setup.sql"
}

# The server, on the port $PORT of 127.0.0.1; it stays until it is stopped.
console_server() {
    cd "$stage/console"
    KEYS=$stage/keys PEOPLE=$stage/users.csv unprivileged node server.mjs
}
