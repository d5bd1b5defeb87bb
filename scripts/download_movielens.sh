#!/usr/bin/env bash
# Fetches MovieLens-1M from GroupLens:
#     scripts/download_movielens.sh [folder]      default: build/movielens
# mfals reads its ratings.dat as it is. GroupLens allows research use and no redistribution: see the README in it.
set -euo pipefail

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
        curl --fail --location --silent --show-error --connect-timeout 20 --output "$zip.partial" "$url"
    elif command -v wget >/dev/null; then
        wget --quiet --timeout=20 --tries=2 --output-document="$zip.partial" "$url"
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
if ! python3 -m zipfile -e "$zip" "$folder" 2>/dev/null || [[ ! -s $ratings ]]; then
    echo "download_movielens.sh: $zip is damaged or another file: remove it and try again" >&2
    exit 65
fi
echo "$ratings: $(wc -l <"$ratings") ratings"
