#!/usr/bin/env bash
# From a fresh clone to a trained model: installs what is missing, builds, trains on the sample, reads the model.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

scripts/install_packages.sh build
source scripts/environment.sh
scripts/build.sh release -DMFALS_TESTS=OFF

ranks=$(nproc)
((ranks <= 4)) || ranks=4
model=build/quickstart/model.h5
mkdir -p build/quickstart
train=(mpirun -np "$ranks" build/release/mfals train data/online_retail.tsv.gz --output "$model")
echo
echo "\$ ${train[*]}"
"${train[@]}"

read_it='import h5py
model = h5py.File("'$model'", "r")
print(model["users/factors"].shape, model["items/factors"].shape, model["items/ids"][:5])'
echo
echo "The model in Python:"
echo
echo "$read_it"
echo
python3 -c "$read_it"
