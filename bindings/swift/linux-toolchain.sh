#!/bin/sh
# Swift on a Debian-like Linux that has no Swift package of its own.
#
#   linux-toolchain.sh install ROOT
#       makes a Debian 13 tree with Swift 6 in ROOT (about 450 MB to fetch,
#       3.3 GB on disk); does nothing when ROOT is already complete
#   linux-toolchain.sh run ROOT CHECKOUT BUILD COMMAND...
#       runs COMMAND in that tree: CHECKOUT appears as /qudao, BUILD as /build
#
# Both need root. The tree is private to the caller: its mounts live in a mount
# namespace of their own and vanish with the command.
set -eu

SUITE=trixie
PACKAGES='swiftlang libstdc++-14-dev libc6-dev'
STAMP_TEXT="$SUITE $PACKAGES"

die() {
    echo "linux-toolchain.sh: $*" >&2
    exit 1
}

need_root() {
    [ "$(id -u)" = 0 ] || die "needs root to make and enter a Debian tree"
}

# Re-runs this script in a mount namespace of its own, once.
in_namespace() {
    if [ "${QUDAO_SWIFT_NAMESPACE:-}" != 1 ]; then
        QUDAO_SWIFT_NAMESPACE=1
        export QUDAO_SWIFT_NAMESPACE
        exec unshare --mount --propagation private "$0" "$@"
    fi
}

mount_system() {
    mkdir -p "$1/proc" "$1/dev"
    # The toolchain does not start without /proc; SwiftPM wants /dev/urandom and a null device.
    mount -t proc proc "$1/proc"
    mount --rbind /dev "$1/dev"
}

host_debootstrap() {
    command -v debootstrap >/dev/null 2>&1 && return
    command -v apt-get >/dev/null 2>&1 || die "neither debootstrap nor apt-get is here"
    echo "installing debootstrap"
    DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends debootstrap >/dev/null 2>&1 && return
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends debootstrap
}

install_tree() {
    root=$1
    if [ -f "$root/.qudao-swift" ] && [ "$(cat "$root/.qudao-swift")" = "$STAMP_TEXT" ]; then
        return
    fi
    host_debootstrap
    # Built aside and renamed when whole, so that a broken download is never taken for a toolchain.
    part="$root.part"
    rm -rf --one-file-system "$part"
    mkdir -p "$(dirname "$root")"
    echo "debootstrap $SUITE"
    debootstrap --variant=minbase "$SUITE" "$part" ${QUDAO_DEBIAN_MIRROR:+"$QUDAO_DEBIAN_MIRROR"}
    cp -L /etc/resolv.conf "$part/etc/resolv.conf"
    cp -L /etc/hosts "$part/etc/hosts"
    mount_system "$part"
    echo "apt-get install $PACKAGES"
    # shellcheck disable=SC2086 # a list of words on purpose
    chroot "$part" env DEBIAN_FRONTEND=noninteractive LC_ALL=C \
        apt-get install -y -q --no-install-recommends $PACKAGES
    chroot "$part" apt-get clean
    chroot "$part" swift --version
    umount -l "$part/proc" "$part/dev"
    printf '%s' "$STAMP_TEXT" >"$part/.qudao-swift"
    rm -rf --one-file-system "$root"
    mv "$part" "$root"
}

run_in_tree() {
    root=$1
    checkout=$2
    build=$3
    shift 3
    [ -f "$root/.qudao-swift" ] || die "$root holds no finished toolchain: run install first"
    mkdir -p "$root/qudao" "$root/build" "$build"
    mount_system "$root"
    mount --bind "$checkout" "$root/qudao"
    mount --bind "$build" "$root/build"
    exec chroot "$root" env -i HOME=/root PATH=/usr/bin:/bin LC_ALL=C.UTF-8 TZ="${TZ:-UTC}" \
        ${LD_LIBRARY_PATH:+LD_LIBRARY_PATH="$LD_LIBRARY_PATH"} \
        /bin/sh -c 'cd /qudao/bindings/swift && exec "$@"' sh "$@"
}

[ $# -ge 2 ] || die "usage: install ROOT | run ROOT CHECKOUT BUILD COMMAND..."
need_root
in_namespace "$@"
action=$1
shift
case $action in
install) install_tree "$1" ;;
run)
    [ $# -ge 4 ] || die "usage: run ROOT CHECKOUT BUILD COMMAND..."
    run_in_tree "$@"
    ;;
*) die "unknown action $action" ;;
esac
