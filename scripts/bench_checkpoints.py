#!/usr/bin/env python3
"""What checkpoints cost: their share of a training, and their rate beside a plain synced write of as many
bytes.

    scripts/bench_checkpoints.py [RATINGS] [-k FACTORS] [-n ITERATIONS] [--ranks RANKS] [--repeats N]
                                 [--folder FOLDER]

Trains alternately with and without --checkpoint-dir (a checkpoint after every iteration), and between the
runs writes as many bytes as a checkpoint has with one write and one fsync to the same folder, as dd
conv=fsync does. Medians are printed, with the least and the most. Without RATINGS synthetic ones of
MovieLens-1M's size are used.
"""

import argparse
import os
import pathlib
import sys
import tempfile
import time

from benchmarks.running import Training, synthetic, spread


def train(settings, folder, *more):
    """Seconds of an iteration, of a checkpoint, of the whole training, and its last objective."""
    run = Training(settings.ranks, settings.ratings, folder, "-k", settings.factors,
                   "-n", settings.iterations, *more)
    return (run.median("wall_s"), run.phases.get("checkpoint", {}).get("max_s", 0) / settings.iterations,
            run.summary["train_s"], run.iterations[-1]["objective"])


def plain_write(path, size):
    data = os.urandom(1 << 20) * (size // (1 << 20) + 1)
    begun = time.perf_counter()
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    with open(handle, "wb", buffering=0, closefd=True) as file:
        view = memoryview(data)[:size]
        while view:
            view = view[file.write(view):]
        os.fsync(file.fileno())
    seconds = time.perf_counter() - begun
    path.unlink()
    return seconds


def measure(settings, folder):
    checkpoints = folder / "checkpoints"
    with_them, without, plain = [], [], []
    for _ in range(settings.repeats):
        without.append(train(settings, folder))
        for path in checkpoints.glob("*"):
            path.unlink()
        with_them.append(train(settings, folder, "--checkpoint-dir", checkpoints))
        size = next(checkpoints.glob("checkpoint-*.h5")).stat().st_size
        plain.append(plain_write(folder / "plain", size))
    if len({run[3] for run in with_them + without}) != 1:
        sys.exit("the runs did not reach the same objective")
    cost = [run[1] for run in with_them]
    share = [run[1] / run[0] for run in with_them]
    slower = [one[2] / other[2] for one, other in zip(with_them, without)]
    print(f"{settings.ratings}: k = {settings.factors}, {settings.iterations} iterations, {settings.ranks} "
          f"ranks, float32; median (least to most) of {settings.repeats} runs each, alternating")
    print(f"checkpoint, bytes                        {size}")
    print(f"iteration without it, ms                 {spread([run[0] for run in without], 1e3, 1)}")
    print(f"checkpoint, ms that training waits       {spread(cost, 1e3, 1)}")
    print(f"checkpoint, share of an iteration, %     {spread(share, 100, 1)}")
    print(f"training with over without them          {spread(slower)}")
    print(f"checkpoint, GB/s                         {spread([size / seconds / 1e9 for seconds in cost])}")
    print(f"one write and fsync of as much, GB/s     {spread([size / seconds / 1e9 for seconds in plain])}")


def main():
    parser = argparse.ArgumentParser(description="What checkpoints cost.")
    parser.add_argument("ratings", nargs="?")
    parser.add_argument("-k", "--factors", type=int, default=128)
    parser.add_argument("-n", "--iterations", type=int, default=10)
    parser.add_argument("--ranks", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--folder", help="where to write; its disk is measured")
    settings = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="mfals-bench-", dir=settings.folder) as name:
        folder = pathlib.Path(name)
        if settings.ratings is None:
            settings.ratings = folder / "ratings.tsv"
            synthetic(settings.ratings, settings.ranks, 6040, 3706, 166)
        measure(settings, folder)


if __name__ == "__main__":
    main()
