# What examples in Node share: packages from npm, and running as the private server's user. Sourced, with PGHOST as test/server has it.
server_folder=$PGHOST

# Fetches the packages that a package.json names into a folder, unless they are there from an earlier run. npm runs no script of
# theirs. What npm said is in FOLDER.log.
npm_packages() {
    local json=$1 folder=$2
    [ ! -e "$folder/complete" ] || ! cmp -s "$json" "$folder/complete" || return 0
    rm -rf "$folder"
    mkdir -p "$folder"
    cp "$json" "$folder/package.json"
    (cd "$folder" && npm_install) || return 1
    cp "$json" "$folder/complete"
}

# npm in the current folder. A package that cannot be had ends this in seconds, a slow network in five minutes.
npm_install() {
    timeout 300 npm install --ignore-scripts --no-audit --no-fund --no-package-lock --no-update-notifier --prefer-offline \
        --fetch-retries 1 --fetch-retry-mintimeout 1000 --fetch-timeout 60000 "$@" >"$PWD.log" 2>&1
}

# Why npm could not, in a word.
npm_failure() {
    grep -m 1 -oE 'E[A-Z0-9]{4,}' "$1.log" || echo 'no answer'
}

# Links the packages of a folder into another one, or copies them where the server's user cannot reach the first.
npm_link() {
    ln -s "$(cd "$1" && pwd -P)/node_modules" "$2/node_modules"
    unprivileged test -r "$2/node_modules/." || { rm "$2/node_modules"; cp -R "$1/node_modules" "$2"; }
}

# As the private server's user, where root runs this: packages from elsewhere should not be root.
unprivileged() {
    if [ "$(id -u)" = 0 ]; then HOME=$server_folder runuser -u "$(stat -c %U "$server_folder")" -- "$@"; else "$@"; fi
}

give_to_server_user() {
    [ "$(id -u)" != 0 ] || chown -R "$(stat -c %U "$server_folder")" "$1"
}
