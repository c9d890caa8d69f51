# The source as it is packed: sourced by packaging/deb and packaging/dist. The version is that of kroles.control.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)

die() {
    echo "kroles: $*" >&2
    exit 1
}

# The version in a control file that comes from standard input.
version_in() {
    sed -n "s/^default_version *= *'\(.*\)'.*/\1/p"
}

# Copies into a new directory the files that git has, as they are now; without git, all but what was built.
copy_source() {
    mkdir -p "$1"
    if [ -e "$root/.git" ] && git -C "$root" rev-parse --git-dir >/dev/null 2>&1; then
        (cd "$root" && git ls-files -z | while IFS= read -r -d '' file; do [ ! -e "$file" ] || printf '%s\0' "$file"; done |
            tar -c --null -T -) | tar -x -C "$1" --no-same-owner
    else
        (cd "$root" && tar -c --exclude=./build --exclude=./.git --exclude='*.o' --exclude='*.bc' --exclude='*.so' \
            --exclude=./results --exclude=./debian/changelog --exclude=./debian/control .) | tar -x -C "$1" --no-same-owner
    fi
}

# The time of the source in seconds: what is built from the same source twice is the same.
source_time() {
    if [ "${SOURCE_DATE_EPOCH:-}" ]; then
        echo "$SOURCE_DATE_EPOCH"
    else
        git -C "$root" log -1 --format=%ct 2>/dev/null || stat -c %Y "$root/CHANGELOG.md"
    fi
}
