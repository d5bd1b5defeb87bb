#!/usr/bin/env bash
# Builds and tests mfals in a Debian 13 of its own, with gcc 14, HDF5 1.14, and Open MPI 5 or MPICH 4:
#     scripts/debian13.sh [openmpi|mpich] [-- command...]      that command in the copied sources, else scripts/test.sh --quick
# By root, with debootstrap. The root is build/debian13, or the folder in MFALS_DEBIAN13: made once (3 GB), kept, and yours to
# remove. Packages come from where this machine's apt has Debian's from.
set -euo pipefail
CDPATH='' cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.."

usage() {
    echo "usage: scripts/debian13.sh [openmpi|mpich] [-- command...]" >&2
    exit 64
}

skip() {
    echo "skipped: $1"
    exit 77
}

mpi=openmpi
case ${1:-} in
openmpi | mpich) mpi=$1 && shift ;;
esac
if [[ $# -gt 0 ]]; then
    [[ $1 == -- && $# -gt 1 ]] || usage
    shift
fi
wanted=("$@")
[[ $# -gt 0 ]] || wanted=(scripts/test.sh --quick)
[[ $EUID -eq 0 ]] || skip "only root can make a root folder of another Debian"
command -v debootstrap >/dev/null || skip "no debootstrap here"
# shellcheck disable=SC2016
mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' 'Label: Debian' | head -n 1)
[[ -n $mirror ]] || skip "this machine's apt has no Debian"

root=${MFALS_DEBIAN13:-$PWD/build/debian13}
mkdir -p "$(dirname "$root")"
exec {lock}>"$root.lock"
flock "$lock" # one MPI at a time is the one that mpicc and mpirun mean
if [[ ! -d $root ]]; then
    rm -rf "$root.partial"
    debootstrap --variant=minbase trixie "$root.partial" "$mirror"
    mv "$root.partial" "$root"
fi
apt-config dump | grep '^Acquire::' >"$root/etc/apt/apt.conf.d/90outside"
cp /etc/resolv.conf /etc/hosts "$root/etc/"

sources=/mfals-$mpi # with what was built there before
mkdir -p "$root$sources"
find "$root$sources" -mindepth 1 -maxdepth 1 ! -name build -exec rm -rf {} +
tar -c --exclude=./build --exclude=./.git . | tar -x -C "$root$sources"

# Mounts and processes end with the script.
inside() {
    # shellcheck disable=SC2016
    unshare --mount --pid --fork --kill-child bash -c '
        set -e
        root=$1
        shift
        mount -t proc proc "$root/proc"
        mount --rbind /dev "$root/dev"
        mount --rbind /sys "$root/sys"
        exec chroot "$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 "$@"' bash "$root" \
        MFALS_MPI="$mpi" MFALS_SOAK="${MFALS_SOAK:-}" "$@"
}

groups=(build test)
[[ $mpi == openmpi ]] || groups+=("$mpi")
# shellcheck disable=SC2016
inside bash -c '
    set -e
    cd "$1"
    shift
    scripts/install_packages.sh "$@"
    update-alternatives --quiet --set mpi "/usr/bin/mpicc.$MFALS_MPI"
    update-alternatives --quiet --set mpirun "/usr/bin/mpirun.$MFALS_MPI"' bash "$sources" "${groups[@]}"
# shellcheck disable=SC2016
inside bash -c 'cd "$1" && shift && exec "$@"' bash "$sources" "${wanted[@]}"
