"""An item with a tenth of all ratings: the ranks form blocks of its equations side by side. The model has the same bytes on
any number of ranks and in any grouping, also where the run is stopped again and again, and solves the dense equations; no
rank has much more than its part of the work."""

import json
import os
import pathlib
import signal
import time

import h5py
import numpy as np

from jobs import Job
from mfals_run import Checks, run, train, work_folder

USERS, ITEMS, RATINGS, LONG_ITEM, K = 60000, 700, 300000, 300, 8
CASES = [(2, "node"), (3, "rank"), (4, 2), (7, 3), (16, "node"), (16, 5)]
HU = ["--preset", "notebook"]
TRAININGS = {"ials": [*HU, "-k", K, "-n", 2], "als": ["-a", "als", "--biases", "-k", K, "-n", 2],
             "wide": [*HU, "-k", 50, "-n", 1, "--lambda", 1e-3], "cg": [*HU, "-k", 20, "--solver", "cg", "--cg-steps", 1, "-n", 2]}
LAMBDA, ALPHA = 150, 40
checks = Checks()


def write_ratings(path):
    """Sorted triples of user, item, rating."""
    rng = np.random.default_rng(5)
    raters = rng.choice(USERS, RATINGS // 10, replace=False)
    users = np.concatenate([raters, (USERS * rng.random(RATINGS) ** 1.3).astype(int)])
    items = np.concatenate([np.full(len(raters), LONG_ITEM), (ITEMS * rng.random(RATINGS) ** 2).astype(int)])
    cells = np.unique(users * ITEMS + items)
    rows = np.stack([cells // ITEMS, cells % ITEMS, rng.integers(1, 6, len(cells))], 1)
    np.savetxt(path, rows, "%d", "\t")
    return rows


def two_long(folder):
    """Two long items side by side, each in another tile, so that of three ranks the second, which owns the latter, has the
    end of one and the beginning of the other."""
    path, whole, model = folder / "two.tsv", folder / "two-whole.h5", folder / "two.h5"
    pairs = [(user, 63) for user in range(9000)] + [(user, 64) for user in range(7000)]
    pairs += [(item, item) for item in range(128) if item not in (63, 64)] + [(7 * j % 9000, 128 + j % 30) for j in range(4000)]
    path.write_text("".join(f"{user}\t{item}\n" for user, item in pairs))
    train(1, path, whole, "--quiet", *HU, "-k", 64, "-n", 1)
    for replica in ("node", "rank"):
        train(3, path, model, "--quiet", *HU, "-k", 64, "-n", 1, "--replica", replica)
        checks.check(model.read_bytes() == whole.read_bytes(), f"two long items: other bytes on 3 ranks, --replica {replica}")


def off_dense(path, rows):
    """How far the long item, and the worst of all, are off the answer of their dense equations for the users' factors."""
    with h5py.File(path) as f:
        x, y = (f[f"{side}/factors"][:].astype(float) for side in ("users", "items"))
        user_row, item_row = ({int(id_): r for r, id_ in enumerate(f[f"{side}/ids"][:])} for side in ("users", "items"))
    gram = x.T @ x + LAMBDA * np.eye(x.shape[1])
    off = {}
    for item, row in item_row.items():
        rated = rows[rows[:, 1] == item]
        of_users, weight = x[[user_row[u] for u in rated[:, 0]]], ALPHA * rated[:, 2]
        exact = np.linalg.solve(gram + (of_users.T * weight) @ of_users, of_users.T @ (1 + weight))
        off[item] = np.linalg.norm(y[row] - exact) / np.linalg.norm(exact)
    return off[LONG_ITEM], max(off.values())


def compare(folder, name, rows):
    """All of a training's runs; the imbalance on 16 ranks."""
    whole, model, log = folder / f"{name}.h5", folder / "model.h5", folder / "log.json"
    train(1, folder / "ratings.tsv", whole, "--quiet", *TRAININGS[name])
    for ranks, replica in CASES:
        log.unlink(missing_ok=True)
        train(ranks, folder / "ratings.tsv", model, "--quiet", "--replica", replica, "--log-json", log, *TRAININGS[name])
        checks.check(model.read_bytes() == whole.read_bytes(), f"{name}: other bytes on {ranks} ranks, --replica {replica}")
        summary = next(event for line in log.open() if (event := json.loads(line))["event"] == "summary")
        checks.check(1 <= summary["imbalance"]["items"] <= 16, f"{name}: {summary['imbalance']}")
    print(f"{name}: {1 + len(CASES)} runs; imbalance on 16 ranks, which disturb each other: {summary['imbalance']['all']:.2f}")


def stop_within(folder):
    """Stopped at moments spread over the second iteration, each time taken up again on another number of ranks. Now and then
    the iteration is over first, so there are as many tries as it takes."""
    model, whole, log, within = folder / "stopped.h5", folder / "whole.h5", folder / "log.json", 0
    options = ["train", folder / "ratings.tsv", *HU, "-k", 200, "-n", 3]
    run(2, *options, "-o", whole)
    for tries in range(20):
        (ranks, replica), (others, another) = CASES[tries % 4], CASES[(tries + 1) % 4]
        stored = ["-o", model, "--checkpoint-dir", folder / "run"]
        model.unlink(missing_ok=True)
        log.unlink(missing_ok=True)
        # No checkpoint after the first iteration, so that the second begins at once.
        with Job(folder, ["-np", ranks], *options, *stored, "--checkpoint-every", 100, "--resume", "never", "--replica", replica,
                 "--log-json", log) as job:
            job.reach(1)
            seconds = next(event["wall_s"] for line in log.open() if (event := json.loads(line))["event"] == "iteration")
            time.sleep(seconds * (0.1 + 0.618 * tries % 0.7))
            for process in job.ranks().values():
                os.kill(process, signal.SIGUSR1)
            code, _ = job.end(60)
            checks.check(code in (0, 75), f"{ranks} ranks, stopped: {code} {job.said()}")
        done = run(others, *options, *stored, "--replica", another)
        checks.check(done.returncode == 0, f"{others} ranks: {done.returncode} {done.stderr}")
        checks.check(model.read_bytes() == whole.read_bytes(), f"stopped on {ranks}, taken up on {others} ranks: other bytes")
        within += "resumed within iteration" in done.stdout
        if within == 2:
            break
    checks.check(within == 2, f"stopped {within} times within an iteration")
    print(f"stopped {tries + 1} times, {within} times within an iteration")


def main():
    with work_folder() as name:
        folder = pathlib.Path(name)
        rows = write_ratings(folder / "ratings.tsv")
        share = (rows[:, 1] == LONG_ITEM).mean()
        checks.check(0.09 < share < 0.11, f"the long item has {share:.3f} of all ratings")
        for training in TRAININGS:
            compare(folder, training, rows)
        long_item, worst = off_dense(folder / "ials.h5", rows)
        checks.check(long_item < 1e-5 and worst < 1e-4, f"off the dense answer: {long_item:.1e}, {worst:.1e}")
        print(f"off the dense answer: the long item by {long_item:.1e}, the worst by {worst:.1e}")
        two_long(folder)
        stop_within(folder)
    checks.finish()


main()
