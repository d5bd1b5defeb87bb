#!/usr/bin/env bash
# From a fresh clone to recommendations: installs what is missing, builds, trains on the sample with one rating of each
# user held out, evaluates on these, recommends, and reads the model in Python.
set -euo pipefail
CDPATH='' cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.."

scripts/install_packages.sh build
source scripts/environment.sh
tests=OFF # unless they are there already
if grep -qs '^MFALS_TESTS:BOOL=ON' build/release/CMakeCache.txt; then tests=ON; fi
scripts/build.sh release -DMFALS_TESTS=$tests

launcher=$(sed -n 's/^MPIEXEC_EXECUTABLE:[A-Z]*=//p' build/release/CMakeCache.txt) # of the MPI that the build found
ranks=$(nproc)
((ranks <= 4)) || ranks=4
folder=build/quickstart
model=$folder/model.h5
mkdir -p "$folder"

# run COMMAND...: shown, then done.
run() {
    echo
    echo "\$ $*"
    "$@"
}

run "$launcher" -np "$ranks" build/release/mfals train data/online_retail.tsv.gz --holdout 1 --output "$model"

echo
echo "The best items for three customers (customer, item, score, rank):"
printf '%s\n' 12347 12748 17850 >"$folder/users.txt"
run "$launcher" -np "$ranks" build/release/mfals recommend "$model" --users "$folder/users.txt" --top 5

read_it='import h5py
model = h5py.File("'$model'", "r")
print(model["users/factors"].shape, model["items/factors"].shape, model["items/ids"][:5])'
echo
echo "The model in Python:"
echo
echo "$read_it"
echo
python3 -c "$read_it"
