#!/usr/bin/env bash
# All tests and checks, as they run before a change goes in:
#     scripts/test.sh            release tests, sanitizers, fuzzing, clang, shellcheck, formatting, clang-tidy
#     scripts/test.sh --quick    release tests only
# The last line counts them: tests of each build, and each check as one.
set -euo pipefail
CDPATH='' cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.."

quick=false
case ${1:-} in
'') ;;
--quick) quick=true ;;
*)
    echo "usage: scripts/test.sh [--quick]" >&2
    exit 64
    ;;
esac

passed=0 failed=0 skipped=0
notes=()

# count RESULT NAME: a check's outcome.
count() {
    if [[ $1 -eq 0 ]]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        notes+=("FAILED: $2")
    fi
}

# run_tests KIND [ctest options]: the tests of a build, and their figures added to the sums. More than there are cores at a
# time: most of them wait for processes to start and end.
run_tests() {
    local kind=$1 log="build/$1/tests.log" junit="build/$1/tests.xml" tests failures skips name
    shift
    rm -f "$junit"
    ctest --test-dir "build/$kind" --parallel "$((2 * $(nproc)))" --no-tests=error --output-on-failure \
        --output-junit "$PWD/$junit" "$@" 2>&1 | tee "$log" || true
    if [[ ! -f $junit ]]; then
        count 1 "the tests of build/$kind did not run"
        return
    fi
    tests=$(grep -o -m 1 '\btests="[0-9]*' "$junit" | tr -dc 0-9)
    failures=$(grep -o -m 1 '\bfailures="[0-9]*' "$junit" | tr -dc 0-9)
    skips=$(grep -o -m 1 '\bskipped="[0-9]*' "$junit" | tr -dc 0-9)
    passed=$((passed + tests - failures - skips))
    failed=$((failed + failures))
    skipped=$((skipped + skips))
    while read -r name; do
        notes+=("$kind: $name")
    done < <(grep -E '\((Skipped|Failed|Timeout|Not Run|SEGFAULT|Subprocess aborted|ILLEGAL|BAD_COMMAND)\)$' "$log" || true)
    notes+=("$kind: $(grep 'tests passed' "$log" || echo 'no summary by ctest')")
}

build_and_test() {
    if scripts/build.sh "$1" -DMFALS_WERROR=ON; then
        run_tests "$@"
    else
        count 1 "build $1"
    fi
}

check_format() {
    find include src tests -name '*.[ch]' -print0 | xargs -0 clang-format --dry-run -Werror
}

check_tidy() {
    find src -name '*.c' -print0 |
        xargs -0 -P "$(nproc)" -n 4 clang-tidy -p build/clang --quiet --warnings-as-errors='*' 2>&1 |
        { grep -v -E '^[0-9]+ warnings? generated\.$' || true; }
}

check_scripts() {
    shellcheck --external-sources --source-path=SCRIPTDIR scripts/*.sh jobs/*.sh jobs/*.sbatch
}

step() {
    echo
    echo "== $1"
}

step "release: build without warnings, all tests"
scripts/install_packages.sh build test
source scripts/environment.sh
build_and_test release

if ! $quick; then
    step "AddressSanitizer and UndefinedBehaviorSanitizer: tests of units, ranks and faults"
    # Open MPI leaks by itself.
    export ASAN_OPTIONS="${ASAN_OPTIONS:-detect_leaks=0}" UBSAN_OPTIONS="${UBSAN_OPTIONS:-print_stacktrace=1}"
    build_and_test asan --label-regex '^(unit|mpi|fault)$' --exclude-regex '([.]np(4|7|16|20)|train_command[.]np2)$'

    step "fuzzing: 20 seconds for each target"
    scripts/fuzz.sh 20 && result=0 || result=$?
    count "$result" "fuzzing"

    step "clang: build without warnings"
    scripts/build.sh clang -DMFALS_WERROR=ON && result=0 || result=$?
    count "$result" "build with clang"

    step "shellcheck"
    check_scripts && result=0 || result=$?
    count "$result" "shellcheck"

    step "clang-format"
    check_format && result=0 || result=$?
    count "$result" "clang-format"

    step "clang-tidy"
    check_tidy && result=0 || result=$?
    count "$result" "clang-tidy"
fi

echo
printf '%s\n' "${notes[@]}"
echo "$passed passed, $failed failed, $skipped skipped"
[[ $failed -eq 0 ]]
