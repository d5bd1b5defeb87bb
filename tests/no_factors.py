"""How a model reads other ratings, and what it has no factors for. A pair that an implicit model leaves out of its training
for its value of 0 or below is never recommended, whatever tells what users have seen; a user without factors gets no list
and an item without factors is in none, by every command and algorithm."""

import pathlib

import h5py
import numpy as np

from mfals_run import Checks, run, train, work_folder

checks = Checks()
USERS, ITEMS = 40, 30


def write_ratings(path, rng):
    """Each user rates a third of the items; a fifth of the values are 0 or below. User 900 and item 900 have none above 0."""
    rows = [(u, i, float(rng.integers(1, 6)) if rng.random() > 0.2 else float(rng.integers(-3, 1)))
            for u in range(USERS) for i in range(ITEMS) if rng.random() < 0.35]
    rows += [(900, 1, -1.0), (900, 2, 0.0), (3, 900, -2.0), (4, 900, 0.0)]
    path.write_text("".join(f"{u}\t{i}\t{v:g}\n" for u, i, v in rows))
    return rows


def lists(ranks, *arguments):
    """(user, item) pairs, and what was said."""
    done = run(ranks, "recommend", *arguments, "--top", ITEMS + 1)
    checks.check(done.returncode == 0, f"{arguments}: {done.returncode} {done.stderr}")
    pairs = [tuple(line.split("\t")[:2]) for line in done.stdout.replace("\r", "").splitlines() if line.count("\t") == 3]
    return {(int(user), int(item)) for user, item in pairs}, done.stdout + done.stderr


def check_seen(folder, ratings, rows):
    """By the training's file, by --seen, folded in: the same lists, and nothing that a user has rated."""
    model = folder / "implicit.h5"
    train(2, ratings, model, "--quiet", "-k", 6)
    rated = {(u, i) for u, i, _ in rows}
    every = {(u, i) for u in range(USERS) for i in range(ITEMS)}
    for ranks, options in ((1, ()), (3, ()), (2, ("--seen", ratings)), (2, ("--fold-in", ratings))):
        got, said = lists(ranks, model, *options)
        checks.check(not got & rated, f"{options} on {ranks} ranks: rated pairs come back: {sorted(got & rated)[:5]}")
        checks.check(got == every - rated, f"{options} on {ranks} ranks: other lists: {sorted(got ^ (every - rated))[:5]}")
        checks.check("1 users get no list" in said and "1 items are in no list" in said, f"{options}: {said[-500:]}")
    got, _ = lists(2, model, "--include-seen")
    checks.check(got == every, f"--include-seen: {sorted(got ^ every)[:5]}")


def check_algorithms(folder, rng):
    """Users and items whose ratings are all held out, or of which a MatrixMarket file only says that they exist."""
    entries = [(u + 1, i + 1) for u in range(USERS) for i in range(ITEMS) if rng.random() < 0.3]
    mtx, model = folder / "r.mtx", folder / "algorithm.h5"
    mtx.write_text(f"%%MatrixMarket matrix coordinate real general\n{USERS + 3} {ITEMS + 2} {len(entries)}\n"
                   + "".join(f"{u} {i} {1 + (u * i) % 5}\n" for u, i in entries))
    for options in (["-a", "ials"], ["-a", "als"], ["-a", "als", "--biases"], ["-a", "sgd"], ["-a", "sgd", "--biases"],
                    ["-a", "als", "--nonnegative"]):
        train(2, mtx, model, "--quiet", "-k", 4, *options)
        with h5py.File(model) as f:
            empty = [set((1 + np.flatnonzero(np.abs(f[f"{side}/factors"][:]).sum(axis=1) == 0)).tolist())
                     for side in ("users", "items")]
        got, said = lists(2, model)
        cold = {USERS + 1, USERS + 2, USERS + 3}, {ITEMS + 1, ITEMS + 2}
        # A non-negative model of ratings less their mean may have rows of zeros of its own.
        checks.check(all(a == b or "--nonnegative" in options and a > b for a, b in zip(empty, cold, strict=True)),
                     f"{options}: rows without factors: {empty}")
        checks.check(not {u for u, _ in got} & empty[0] and not {i for _, i in got} & empty[1] and len(got) > 300,
                     f"{options}: lists for, or of, what has no factors")
        checks.check(f"{len(empty[0])} users get no list" in said and f"{len(empty[1])} items are in no list" in said,
                     f"{options}: {said[-500:]}")


def check_test(folder, ratings, rows):
    """The same test file gives a model the same figures in its training and in evaluate, repeated pairs too."""
    test, model, log = folder / "test.tsv", folder / "tested.h5", folder / "log.json"
    test.write_text("".join(f"{u}\t{i}\t2\n{u}\t{i}\t-2\n" if u % 2 else f"{u}\t{i}\t1\n"
                            for u in range(USERS) for i in range(0, ITEMS, 7) if (u, i) not in {(a, b) for a, b, _ in rows}))
    trained = train(2, ratings, model, "--test", test, "--duplicates", "sum", "-k", 6, "--negatives", 0)
    evaluated = run(3, "evaluate", model, "--test", test, "--negatives", 0)
    figures = [[line for line in done.stdout.splitlines() if line.startswith(("evaluation:", "mrr"))] for done in (trained, evaluated)]
    checks.check(len(figures[0]) == 2 and figures[0] == figures[1], f"in training {figures[0]}, by evaluate {figures[1]}")
    log.unlink(missing_ok=True)


def main():
    rng = np.random.default_rng(11)
    with work_folder() as name:
        folder = pathlib.Path(name)
        rows = write_ratings(folder / "ratings.tsv", rng)
        check_seen(folder, folder / "ratings.tsv", rows)
        check_algorithms(folder, rng)
        check_test(folder, folder / "ratings.tsv", rows)
    checks.finish()


main()
