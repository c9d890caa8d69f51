# Images that are built without a daemon, below build/packages/images: sourced after lib.sh. A system made by debootstrap stands in
# for the image of that suite of Debian, so that no registry is asked.

images=$folder/images

builder() {
    BUILDAH_ISOLATION=chroot buildah --root "$images/root" --runroot "$images/run" "$@"
}

# The image docker.io/library/debian:SUITE-slim.
base_image() {
    local name=docker.io/library/debian:$1-slim container
    if builder inspect --type image "$name" >/dev/null 2>&1; then return; fi
    container=$(builder from scratch)
    tar -C "$folder/base/$1" --one-file-system -c . >"$folder/$1.tar"
    builder add -q "$container" "$folder/$1.tar" / >/dev/null
    builder commit -q --rm "$container" "$name" >/dev/null
    rm -f "$folder/$1.tar"
}

# Builds a Containerfile as the image of that name, from the files that git has. No layer of an earlier build is used.
build_image() {
    local file=$1 name=$2
    shift 2
    builder build --pull=never --no-cache -f "$root/packaging/$file" -t "$name" "$@" "$folder/context"
}

make_context() {
    rm -rf "$folder/context"
    (. "$root/packaging/source.sh" && copy_source "$folder/context")
}

# Unmounts what buildah leaves mounted there, so that the folder can be removed.
leave_images() {
    awk -v below="$images/" 'index($2, below) == 1 { print $2 }' /proc/mounts | sort -r | xargs -r -n 1 umount
}
