#!/usr/bin/env bash
# Installs the packages, of Debian 12 or 13, of the groups named, if any is missing:
#     scripts/install_packages.sh build          compiler, MPI, HDF5, BLAS and the rest that mfals is built with
#     scripts/install_packages.sh build test     also what the tests and checks run; coverage: what scripts/coverage.sh does;
#                                                mpich: MPICH and what is built with it, beside Open MPI
# With all of them there it does nothing and needs neither network nor rights.
set -euo pipefail

build=(gcc make cmake pkg-config libopenmpi-dev openmpi-bin libhdf5-openmpi-dev libopenblas-pthread-dev
    libscalapack-openmpi-dev libcunit1-dev libjansson-dev libxxhash-dev librandom123-dev liblzma-dev libzstd-dev
    libbz2-dev zlib1g-dev libsnappy-dev liblz4-dev libinih-dev python3 python3-numpy python3-h5py)
test=(g++ dpkg-dev file lintian debootstrap groff-base tcl clang clang-format clang-tidy shellcheck libclang-rt-dev python3-matplotlib
    python3-scipy xz-utils zstd bzip2 gzip jq sqlite3 unzip slurm-wlm munge iproute2 bindfs)
if grep -qs '^VERSION_CODENAME=bookworm' /etc/os-release; then test=("${test[@]/libclang-rt-dev/libclang-rt-14-dev}"); fi
coverage=(gcovr)
mpich=(mpich libmpich-dev libhdf5-mpich-dev libscalapack-mpich-dev)

wanted=()
for group in "${@:-build}"; do
    case $group in
    build) wanted+=("${build[@]}") ;;
    test) wanted+=("${test[@]}") ;;
    coverage) wanted+=("${coverage[@]}") ;;
    mpich) wanted+=("${mpich[@]}") ;;
    *)
        echo "install_packages.sh: there is no group '$group'; there are build, test, coverage and mpich" >&2
        exit 64
        ;;
    esac
done

if ! command -v dpkg-query >/dev/null; then
    echo "install_packages.sh: not a Debian system; what its packages are called here is up to you: ${wanted[*]}" >&2
    exit 0
fi
missing=()
for package in "${wanted[@]}"; do
    state=$(dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>/dev/null || true)
    [[ $state == installed* ]] || missing+=("$package")
done
[[ ${#missing[@]} -eq 0 ]] && exit 0

as_root=()
if [[ $EUID -ne 0 ]]; then
    if ! command -v sudo >/dev/null; then
        echo "install_packages.sh: ask an administrator to install: ${missing[*]}" >&2
        exit 69
    fi
    as_root=(sudo)
fi
echo "installing ${missing[*]}"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
apt_get=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq -o Dpkg::Use-Pty=0)
if ! { "${apt_get[@]}" update && "${apt_get[@]}" install --yes --no-install-recommends "${missing[@]}"; } >"$log" 2>&1; then
    cat "$log" >&2
    echo "install_packages.sh: could not install ${missing[*]}" >&2
    exit 69
fi
