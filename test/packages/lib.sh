# Systems of Debian to try packages in, below build/packages: sourced by test/packages/run.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
folder=$root/build/packages
version=$(sed -n "s/^default_version *= *'\(.*\)'.*/\1/p" "$root/kroles.control")

die() {
    echo "kroles: $*" >&2
    exit 1
}

# Where this machine gets its packages from.
mirror() {
    cat /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null | grep -v '^#' | grep -oE 'https?://[^ ]+' | grep -v security | head -n 1
}

# A command in the system below a folder, with the devices of this one, and no processes but its own: they end with it.
inside() {
    local system=$1
    shift
    unshare --mount --pid --fork --kill-child sh -c 'mount -t proc proc "$1/proc" && mount --rbind /dev "$1/dev" && root=$1 && shift &&
        exec env -i HOME=/root USER=root LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive PATH=/usr/sbin:/usr/bin:/sbin:/bin TMPDIR=/tmp \
            chroot "$root" "$@"' sh "$system" "$@" </dev/null
}

# A small system of that suite of Debian, which stays for the next time; false if it can't be had.
base() {
    local suite=$1 system=$folder/base/$1
    [ ! -f "$system.complete" ] || return 0
    [ "$(id -u)" = 0 ] && command -v debootstrap >/dev/null || return 1
    rm -rf "$system"
    mkdir -p "$system"
    debootstrap --variant=minbase "$suite" "$system" "$(mirror)" || return 1
    printf '#!/bin/sh\nexit 101\n' >"$system/usr/sbin/policy-rc.d"  # what is installed is not started
    chmod 755 "$system/usr/sbin/policy-rc.d"
    # lists of packages that were fetched once serve for long; nothing here must survive a crash
    printf '%s\n' 'Acquire::Check-Valid-Until "false";' 'Acquire::Languages "none";' >"$system/etc/apt/apt.conf.d/kept"
    echo force-unsafe-io >"$system/etc/dpkg/dpkg.cfg.d/kept"
    inside "$system" apt-get update -q || return 1
    touch "$system.complete"
}

# A fresh copy of such a system; prints where it is.
copy_of() {
    local system=$folder/$2
    rm -rf "$system"
    cp -a "$folder/base/$1" "$system"
    echo "$system"
}

# Ends a test whose means are not here; test/packages/run counts it as skipped.
skip() {
    echo "skipped: $*"
    exit 77
}

# Runs a command that must succeed; its name is the test's.
check() {
    local name=$1
    shift
    if "$@"; then echo "ok - $name"; else echo "not ok - $name"; fi
}

# The source in a system, without what was built from it.
put_source() {
    (. "$root/packaging/source.sh" && copy_source "$1/kroles")
}
