#!/usr/bin/env bash
# Which lines of src the tests run, by gcov: builds build/coverage, runs the release tests in it, and prints the share of
# each folder and the lines of each file that none ran:
#     scripts/coverage.sh [ctest options...]
# Processes that are killed leave no counts, so that what only they do is not counted.
set -euo pipefail
CDPATH='' cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.."

scripts/install_packages.sh build test coverage
source scripts/environment.sh
scripts/build.sh coverage
find build/coverage -name '*.gcda' -delete
ctest --test-dir build/coverage --parallel "$((2 * $(nproc)))" "$@" || true
gcovr --root . --filter 'src/' --object-directory build/coverage --gcov-ignore-parse-errors --exclude-throw-branches \
    --txt build/coverage/lines.txt --csv build/coverage/lines.csv build/coverage
cat build/coverage/lines.txt
awk -F, 'NR > 1 { split($1, part, "/"); lines[part[2]] += $2; run[part[2]] += $3; all += $2; all_run += $3 }
    END { for (folder in lines) printf "%-8s %6.1f %% of %d lines\n", folder, 100 * run[folder] / lines[folder], lines[folder]
          printf "%-8s %6.1f %% of %d lines\n", "all", 100 * all_run / all, all }' build/coverage/lines.csv
