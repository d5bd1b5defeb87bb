#!/usr/bin/env bash
# Builds mfals and its tests into build/<kind>:
#     scripts/build.sh [release|debug|asan|clang|portable|coverage|fuzz] [cmake options...]
# Where Debian has several MPIs, MFALS_MPI=openmpi or mpich is the one to take.
set -euo pipefail
CDPATH='' cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.."

kind=${1:-release}
shift || true
case $kind in
release) options=(-DCMAKE_BUILD_TYPE=Release) ;;
debug) options=(-DCMAKE_BUILD_TYPE=Debug) ;;
asan) options=(-DCMAKE_BUILD_TYPE=RelWithDebInfo -DMFALS_SANITIZE=ON) ;;
clang) options=(-DCMAKE_BUILD_TYPE=Debug -DCMAKE_C_COMPILER=clang) ;; # for its warnings
portable) options=(-DCMAKE_BUILD_TYPE=Release -DMFALS_PORTABLE=ON) ;;
coverage) options=(-DCMAKE_BUILD_TYPE=Debug -DMFALS_COVERAGE=ON) ;;
fuzz) options=(-DCMAKE_BUILD_TYPE=RelWithDebInfo -DCMAKE_C_COMPILER=clang -DMFALS_FUZZ=ON -DMFALS_TESTS=OFF) ;;
*)
    echo "build.sh: there is no kind '$kind'; there are release, debug, asan, clang, portable, coverage and fuzz" >&2
    exit 64
    ;;
esac

if [[ -n ${MFALS_MPI:-} ]]; then
    options+=("-DMPI_C_COMPILER=mpicc.$MFALS_MPI" "-DMPIEXEC_EXECUTABLE=/usr/bin/mpiexec.$MFALS_MPI"
        "-DMFALS_HDF5_MODULE=hdf5-$MFALS_MPI" "-DMFALS_SCALAPACK_MODULE=scalapack-$MFALS_MPI")
fi

echo "building in build/$kind"
cmake -S . -B "build/$kind" -DMFALS_TESTS=ON -DCMAKE_RULE_MESSAGES=OFF -DCMAKE_TARGET_MESSAGES=OFF \
    "${options[@]}" "$@" --log-level=WARNING >/dev/null
cmake --build "build/$kind" --parallel "$(nproc)" -- --no-print-directory
