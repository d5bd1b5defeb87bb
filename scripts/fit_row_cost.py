#!/usr/bin/env python3
"""Fits what a row costs (solve_row_cost, src/solve/row_cost.c) to a machine and its kernels: trains on users who all have n
ratings, for many n and k, takes the processor time of their solves, and prints the coefficients that fit it best, in
picoseconds, with a table of how well. Three minutes on an idle core.

    scripts/fit_row_cost.py [MFALS [OPTION ...]]      build/release/mfals; --kernel LEVEL fits another level"""

import json
import pathlib
import subprocess
import sys
import tempfile

import numpy as np

ITEMS, FEW, BATCHED = 20000, 8, 48
FACTORS = [8, 16, 20, 32, 48, 64, 96, 128, 256]
RATINGS = [1, 2, 4, 6, 7, 8, 12, 16, 24, 32, 48, 64, 100, 128, 200, 256, 512, 1024, 2048]


def write_ratings(path, n, users):
    """`users` users of n ratings each, half of them among popular items."""
    rng = np.random.default_rng(n)
    with path.open("w") as file:
        for user in range(users):
            among = ITEMS if user % 2 else ITEMS // 8
            for item in rng.choice(among, n, replace=False):
                file.write(f"{user}\t{item}\t1\n")


def seconds_of_row(program, folder, users, k):
    seconds, log = [], folder / "log.json"
    for _ in range(2):
        log.unlink(missing_ok=True)
        subprocess.run([*program, folder / "ratings.tsv", "-o", folder / "model.h5", "-k", str(k), "-n", "3", "--quiet",
                        "--log-json", log], check=True)
        summary = next(event for line in log.open() if (event := json.loads(line))["event"] == "summary")
        seconds.append(summary["imbalance"]["users_processor_s"] / (3 * users))
    return min(seconds)


def features(n, k):
    """The terms of solve_row_cost, in its order."""
    width, length = -(-k // 16) * 16, -(-n // 16) * 16
    triangle = (k - width + 16) * width + width * (width - 16) // 2  # numbers of S'S that are computed
    dual = 16 * n <= 15 * k
    few = [1, n * width, n**3] if dual and n <= FEW else [0] * 3
    short = [1, n * width, length**2 * k, n * length**2] if dual and n > FEW else [0] * 4
    long = [0] * 5
    if not dual:
        long = [1, n * width, n * triangle, k * width**2 * (width <= BATCHED), k * width**2 * (width > BATCHED)]
    return few + short + long


def fit(rows):
    """Least squares of relative errors, outliers counting less; no coefficient below 0."""
    terms = np.array([features(n, k) for n, k, _ in rows]) / np.array([s for _, _, s in rows])[:, None]
    used = list(range(terms.shape[1]))
    while True:
        weight = np.ones(len(rows))
        for _ in range(20):
            found = np.linalg.lstsq(terms[:, used] * weight[:, None], weight, rcond=None)[0]
            weight = np.maximum(np.abs(terms[:, used] @ found - 1), 0.02) ** -0.5
        if (found >= 0).all():
            break
        del used[int(found.argmin())]
    coefficients = np.zeros(terms.shape[1])
    coefficients[used] = found
    return coefficients, terms @ coefficients


def main():
    program = sys.argv[1:] or ["build/release/mfals"]
    rows = []
    with tempfile.TemporaryDirectory(prefix="mfals-fit-") as name:
        folder = pathlib.Path(name)
        for n in RATINGS:
            users = max(60, min(10000, 100000 // n))
            write_ratings(folder / "ratings.tsv", n, users)
            rows += [(n, k, seconds_of_row(program, folder, users, k)) for k in FACTORS]
    coefficients, ratio = fit(rows)
    print("picoseconds:", ", ".join(f"{1e12 * c:.4g}" for c in coefficients))
    print("predicted over measured:\n       n " + "".join(f"{k:7d}" for k in FACTORS))
    for n in RATINGS:
        print(f"{n:8d} " + "".join(f"{r:7.2f}" for (m, _, _), r in zip(rows, ratio) if m == n))
    print(f"off by {100 * np.median(np.abs(ratio - 1)):.1f}% (median)")


main()
