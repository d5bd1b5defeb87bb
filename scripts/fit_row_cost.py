#!/usr/bin/env python3
"""Fits what a row costs (src/solve/row_cost.c) to this machine: trains on users who all have n ratings, for many n and k,
takes the processor time of their solves, and prints the coefficients by least squares. A minute or two, on one idle core.

    scripts/fit_row_cost.py [build/release/mfals [--kernel x86-64-v4]]"""

import json
import pathlib
import subprocess
import sys
import tempfile

import numpy as np

ITEMS = 20000
FACTORS = [8, 16, 20, 32, 48, 64, 96, 128, 192, 256]
RATINGS = [1, 2, 3, 4, 6, 8, 12, 15, 16, 20, 24, 32, 40, 48, 60, 80, 100, 120, 150, 200, 300, 500, 1000, 2000]


def write_ratings(path, n, count):
    """`count` users of n ratings each, spread over the items as popularity goes."""
    rng = np.random.default_rng(n)
    with path.open("w") as file:
        for user in range(count):
            items = set()
            while len(items) < n:
                items.update((ITEMS * rng.random(n) ** 1.5).astype(int).tolist())
            file.write("".join(f"{user}\t{item}\t1\n" for item in sorted(items)[:n] if item in items))


def seconds_of_row(program, folder, ratings, n, k, count):
    log = folder / "log.json"
    times = []
    for _ in range(2):
        log.unlink(missing_ok=True)
        subprocess.run([*program, ratings, "-o", folder / "model.h5", "-k", str(k), "-n", "3", "--quiet",
                        "--log-json", log], check=True)
        summary = [json.loads(line) for line in log.open()][-1]
        times.append(summary["imbalance"]["users_processor_s"] / (3 * count))
    return min(times)


def features(n, k):
    """What src/solve/row_cost.c multiplies its coefficients with."""
    width, length = -(-k // 16) * 16.0, -(-n // 16) * 16.0
    dual = 16 * n <= 15 * k
    common = [1, width, n * width]
    if dual:
        return common + [length * length * (width + length / 3), length * width, 0, 0]
    return common + [0, 0, (n + width / 3) * width * (width + 16), width * width]


def fit(rows):
    """Least squares of relative errors, no coefficient below 0."""
    matrix = np.array([features(n, k) for n, k, _ in rows])
    seconds = np.array([s for _, _, s in rows])
    used = list(range(matrix.shape[1]))
    while True:
        found = np.linalg.lstsq(matrix[:, used] / seconds[:, None], np.ones(len(rows)), rcond=None)[0]
        if (found >= 0).all():
            break
        del used[int(found.argmin())]
    coefficients = np.zeros(matrix.shape[1])
    coefficients[used] = found
    return coefficients, matrix @ coefficients / seconds


def main():
    program = sys.argv[1:] or ["build/release/mfals"]
    rows = []
    with tempfile.TemporaryDirectory(prefix="mfals-fit-") as name:
        folder = pathlib.Path(name)
        for n in RATINGS:
            count = max(100, min(20000, 300000 // n))
            write_ratings(folder / "ratings.tsv", n, count)
            for k in FACTORS:
                rows.append((n, k, seconds_of_row(program, folder, folder / "ratings.tsv", n, k, count)))
    coefficients, ratio = fit(rows)
    np.save("/tmp/s6/load-work/fit.npy", np.array(rows))
    print("picoseconds:", " ".join(f"{1e12 * c:.4g}" for c in coefficients))
    print("predicted over measured:")
    print("       n " + "".join(f"{k:7d}" for k in FACTORS))
    for n in RATINGS:
        print(f"{n:8d} " + "".join(f"{r:7.2f}" for (m, _, _), r in zip(rows, ratio) if m == n))


main()
