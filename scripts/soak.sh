#!/usr/bin/env bash
# The long tests, hours of them, to be run by hand:
#     scripts/soak.sh [part...]        those of the table below, else all
# The log of each part is build/soak/<part>.log. A part that fails does not keep the next from running; the script then ends with 1.
set -euo pipefail
CDPATH='' cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.."

# Name; what counts: the first numbers of all matches in the log, added up; command, in which LAUNCHER is the build's MPI's.
table='
kills         | ^[0-9]+ kills: .* one rank | MFALS_SOAK_COUNT=1100 python3 tests/kills.py
crash_points  | ^[0-9]+ checks passed      | MFALS_SOAK=1 python3 tests/crash_points.py
io_faults     | ^[0-9]+ checks passed      | MFALS_SOAK=1 python3 tests/io_faults.py
two_writers   | ^[0-9]+ checks passed      | MFALS_SOAK=1 python3 tests/two_writers.py
damaged       | [0-9]+ damaged files       | MFALS_SOAK_COUNT=10000 LAUNCHER -np 2 build/release/tests/test_damaged
damaged_files | ^[0-9]+ checks passed      | MFALS_SOAK_COUNT=1000 python3 tests/damaged_files.py
signals       | ^[0-9]+ checks passed      | MFALS_SOAK_COUNT=300 python3 tests/signals.py
allocations   | tests failed out of [0-9]+ | MFALS_SOAK=1 ctest --test-dir build/release --no-tests=error -V -R ^train_command
handles       | tests failed out of [0-9]+ | MFALS_SOAK=1 ctest --test-dir build/release --no-tests=error -V -R ^handles
same_bits     | ^[0-9]+ checks passed      | MFALS_SOAK=1 python3 tests/same_bits.py
limits        | ^[0-9]+ checks passed      | MFALS_SOAK=1 python3 tests/memory_limits.py
slurm         | ^[0-9]+ checks passed      | MFALS_SOAK=1 python3 tests/slurm.py
job_files     | ^[0-9]+ checks passed      | MFALS_SOAK=1 python3 tests/job_files.py
big           | tests failed out of [0-9]+ | MFALS_SOAK=1 ctest --test-dir build/release --no-tests=error -V -L ^big$
install       | ^[0-9]+ checks passed      | MFALS_SOAK=1 MFALS_BUILD=build/release python3 tests/install.py
openmpi_5     | ^[0-9]+ passed             | scripts/debian13.sh openmpi
mpich         | ^[0-9]+ passed             | scripts/debian13.sh mpich
fuzz_lines    | ^line +[0-9]+              | scripts/fuzz.sh --runs 50000000 line
fuzz_mtx      | ^matrix_market +[0-9]+     | scripts/fuzz.sh --runs 35000000 matrix_market
fuzz_options  | ^options +[0-9]+           | scripts/fuzz.sh --runs 14000000 options
fuzz_parquet  | ^parquet +[0-9]+           | scripts/fuzz.sh --runs 10000000 parquet
fuzz_stream   | ^stream +[0-9]+            | scripts/fuzz.sh --runs 2000000 stream
fuzz_files    | ^stored_file +[0-9]+       | scripts/fuzz.sh --runs 1000000 stored_file
'
limit=12h # of a part

# cell PART COLUMN
cell() {
    awk -F '[[:space:]]*[|][[:space:]]*' -v part="$1" -v column="$2" '$1 == part { print $column }' <<<"$table"
}

mapfile -t all < <(awk 'NF { print $1 }' <<<"$table")
wanted=("$@")
[[ $# -gt 0 ]] || wanted=("${all[@]}")
for part in "${wanted[@]}"; do
    if [[ -z $(cell "$part" 3) ]]; then
        echo "usage: scripts/soak.sh [part...]; the parts are ${all[*]}" >&2
        exit 64
    fi
done

scripts/install_packages.sh build test
source scripts/environment.sh
scripts/build.sh release -DMFALS_WERROR=ON
mkdir -p build/soak
cp build/release/mfals build/release/tests/libfault_shim.so build/soak # a build meanwhile does not disturb
MFALS_MPIEXEC=$(sed -n 's/^MPIEXEC_EXECUTABLE:[A-Z]*=//p' build/release/CMakeCache.txt)
export MFALS_MPIEXEC
export MFALS=$PWD/build/soak/mfals MFALS_FAULT_SHIM=$PWD/build/soak/libfault_shim.so MFALS_SOURCE=$PWD PYTHONUNBUFFERED=1

running=
trap '[[ -z $running ]] || kill "$running" 2>/dev/null; exit 143' TERM INT HUP

# count PART: what its log says.
count() {
    { grep -a -o -E "$(cell "$1" 2)" "build/soak/$1.log" || true; } |
        awk 'match($0, /[0-9]+/) { sum += substr($0, RSTART, RLENGTH) } END { printf "%d", sum }'
}

failures=0
rows=()
for part in "${wanted[@]}"; do
    echo "$(date +%T) $part: build/soak/$part.log"
    begun=$SECONDS result=0
    command=$(cell "$part" 3)
    # The table's words are the command's.
    # shellcheck disable=SC2086
    timeout -k 10 "$limit" env ${command/LAUNCHER/$MFALS_MPIEXEC} >"build/soak/$part.log" 2>&1 &
    running=$!
    wait "$running" || result=$?
    case $result in
    0) result=passed ;;
    77) result=skipped ;;
    *) result="failed ($result)" failures=$((failures + 1)) ;;
    esac
    rows+=("$(printf '%-14s %12s  %-12s %6s s' "$part" "$(count "$part")" "$result" $((SECONDS - begun)))")
done

echo
printf '%-14s %12s  %-12s %8s\n' part count result time
printf '%s\n' "${rows[@]}"
[[ $failures -eq 0 ]]
