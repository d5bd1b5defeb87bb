#!/usr/bin/env bash
# Fetches MovieLens-1M from GroupLens:
#     scripts/download_movielens.sh [folder]      default: build/movielens
# mfals reads its ratings.dat as it is. GroupLens allows research use and no redistribution: see the README in it.
set -euo pipefail

# Of the file as GroupLens has it; MFALS_MOVIELENS_SHA256 takes its place where they publish another.
sha256=${MFALS_MOVIELENS_SHA256-a6898adb50b9ca05aa231689da44c217cb524e7ebd39d264c56e2832f2c54e20}
url=https://files.grouplens.org/datasets/movielens/ml-1m.zip
top=$(CDPATH='' cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
folder=${1:-$top/build/movielens}
ratings=$folder/ml-1m/ratings.dat
if [[ -s $ratings ]]; then
    echo "$ratings is there already"
    exit 0
fi
mkdir -p "$folder"
zip=$folder/ml-1m.zip

fetch() {
    if command -v curl >/dev/null; then
        curl --proto '=https' --proto-redir '=https' --fail --location --silent --show-error --connect-timeout 20 --output "$zip.partial" "$url"
    elif command -v wget >/dev/null; then
        wget --https-only --max-redirect=3 --quiet --timeout=20 --tries=2 --output-document="$zip.partial" "$url"
    else
        echo "neither curl nor wget is installed" >&2
        return 1
    fi
}

if [[ ! -s $zip ]]; then
    if ! fetch; then
        rm -f "$zip.partial"
        cat >&2 <<END
download_movielens.sh: could not fetch $url
Without a network here, fetch it elsewhere, put it at
    $zip
and run this again.
END
        exit 66
    fi
    mv "$zip.partial" "$zip"
fi
if ! sha256sum --check --status <<<"$sha256  $zip"; then
    echo "download_movielens.sh: $zip has another SHA-256 than $sha256: it is damaged or another file; remove it and try again" >&2
    exit 65
fi
if ! python3 -m zipfile -e "$zip" "$folder" 2>/dev/null || [[ ! -s $ratings ]]; then
    echo "download_movielens.sh: $zip is damaged or another file: remove it and try again" >&2
    exit 65
fi
echo "$ratings: $(wc -l <"$ratings") ratings"
