#!/usr/bin/env bash
# Builds the fuzz targets of tests/fuzz and runs them, as many at once as there are cores:
#     scripts/fuzz.sh [SECONDS | --runs N] [target...]        each target for 60 seconds, or so many, or N runs
# Each starts from a copy of its seeds, tests/fuzz/corpus/<target>, and from the same random number every time. What fails is
# kept in build/fuzz/found and makes the script end with 1; build/fuzz/tests/fuzz/fuzz_<target> FILE shows it again.
set -euo pipefail
CDPATH='' cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.."

usage() {
    echo "usage: scripts/fuzz.sh [SECONDS | --runs N] [target...]" >&2
    exit 64
}

is_number() {
    [[ $1 =~ ^[1-9][0-9]*$ ]]
}

limit=-max_total_time=60
if [[ ${1:-} == --runs ]]; then
    is_number "${2:-}" || usage
    limit=-runs=$2
    shift 2
elif is_number "${1:-}"; then
    limit=-max_total_time=$1
    shift
fi
targets=("$@")
[[ $# -gt 0 ]] || mapfile -t targets < <(ls tests/fuzz/corpus)
for target in "${targets[@]}"; do
    [[ -n $target && -d tests/fuzz/corpus/$target ]] || usage
done

scripts/build.sh fuzz
source scripts/environment.sh
# Open MPI leaks by itself; a small quarantine keeps memory warm.
export ASAN_OPTIONS="${ASAN_OPTIONS:-detect_leaks=0:quarantine_size_mb=16}"
export UBSAN_OPTIONS="${UBSAN_OPTIONS:-print_stacktrace=1}"
found=build/fuzz/found
mkdir -p "$found"

# In memory, if there is such a place: one target writes a file at every run.
memory=${TMPDIR:-/tmp}
[[ -d /dev/shm && -w /dev/shm ]] && memory=/dev/shm
work=$(mktemp -d --tmpdir="$memory")
export TMPDIR=$work

# Each job is a process group of its own, so that none is left behind.
set -m
end_jobs() {
    for job in $(jobs -p); do
        { kill -KILL -- "-$job" && wait "$job"; } 2>/dev/null || true
    done
    rm -rf "$work"
}
trap end_jobs EXIT
trap 'exit 143' TERM INT HUP

fuzz() {
    local target=$1 result=0
    cp -r "tests/fuzz/corpus/$target" "$work/$target"
    "build/fuzz/tests/fuzz/fuzz_$target" "$work/$target" "$limit" -seed=1 -timeout=10 -rss_limit_mb=2048 -max_len=16384 \
        -print_final_stats=1 "-artifact_prefix=$found/$target-" >"$work/$target.log" 2>&1 || result=$?
    echo "$result" >"$work/$target.result"
}

for target in "${targets[@]}"; do
    while [[ $(jobs -rp | wc -l) -ge $(nproc) ]]; do
        wait -n || true
    done
    fuzz "$target" &
done
wait

# figure LOG PATTERN: the number at the end of what a log gives last, or 0.
figure() {
    grep -a -o -E "$2" "$1" | tail -n 1 | grep -o -E '[0-9]+$' || echo 0
}

failures=0
printf '%-16s %12s %8s %9s  %s\n' target runs runs/s coverage found
for target in "${targets[@]}"; do
    log="$work/$target.log"
    verdict=nothing
    if [[ $(cat "$work/$target.result") -ne 0 ]]; then
        failures=$((failures + 1))
        verdict=$(grep -a -m 1 -E 'does not hold|runtime error|ERROR' "$log" || tail -n 1 "$log")
    fi
    printf '%-16s %12s %8s %9s  %s\n' "$target" "$(figure "$log" 'number_of_executed_units: *[0-9]+')" \
        "$(figure "$log" 'average_exec_per_sec: *[0-9]+')" "$(figure "$log" 'cov: [0-9]+')" "$verdict"
    [[ $verdict == nothing ]] || grep -a -E '^ *#[0-9]+ 0x.* in |Test unit written to' "$log" | sed 's/^/    /' | head -n 24
done
[[ $failures -eq 0 ]]
