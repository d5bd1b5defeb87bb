"""One model from any number of ranks and any replica grouping: the files are equal byte for byte."""

import gzip
import hashlib
import os
import pathlib
import random

from mfals_run import SOURCE, Checks, has_scalapack, train, work_folder, write_ratings

SOAK = "MFALS_SOAK" in os.environ
RANKS = [1, 2, 3, 4, 5, 7, 16]
GROUPINGS = [(4, "rank"), (5, 2), (7, 3), (16, 5), (16, "rank")]
EVERY = [(ranks, "node") for ranks in RANKS] + GROUPINGS
MANY = EVERY if SOAK else [(1, "node"), (2, "node"), (3, "rank"), (4, "rank"), (7, 3), (16, "node"), (16, 5)]
SOME = EVERY if SOAK else [(1, "node"), (2, "rank"), (5, 2), (16, "rank")]
checks = Checks()


def many_rows():
    rng = random.Random(1)
    return [(rng.randrange(3000), int(1500 * rng.random() ** 3), rng.randrange(1, 6)) for _ in range(40000)]


def few_rows():
    rng = random.Random(2)
    return [(u, i, rng.randrange(1, 9)) for u in range(5) for i in range(3)]


def one_user_has_half():
    rng = random.Random(3)
    half = [(17, i, 1 + i % 7) for i in range(4000)]
    return half + [(rng.randrange(900), rng.randrange(4000), rng.randrange(1, 100)) for _ in range(4000)]


def digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def compare(folder, name, ratings, options, cases):
    path, model = folder / "ratings.tsv", folder / "model.h5"
    write_ratings(path, ratings)
    seen = {}
    for ranks, replica in cases:
        train(ranks, path, model, "--quiet", "--duplicates", "sum", "--replica", replica, *options)
        seen.setdefault(digest(model), []).append((ranks, replica))
        model.unlink()
    checks.check(len(seen) == 1, f"{name}: {len(seen)} different models: {seen}")
    print(f"{name}: {len(cases)} runs, {len(seen)} distinct model")


def main():
    with work_folder() as name:
        folder = pathlib.Path(name)
        compare(folder, "many rows", many_rows(), ["-n", 2, "-k", 20], MANY)
        compare(folder, "many rows, k = 70", many_rows(), ["-n", 1, "-k", 70], [(1, "node"), (3, "rank"), (7, 3)])
        if has_scalapack():
            compare(folder, "axes by ScaLAPACK", many_rows(), ["-n", 2, "-k", 70, "--axes", "scalapack"],
                    [(4, "node"), (7, 3), (16, "rank")])
            compare(folder, "too few ranks for ScaLAPACK", many_rows(), ["-n", 1, "-k", 40, "--axes", "scalapack"],
                    [(1, "node"), (3, "rank")])
        compare(folder, "fewer rows than ranks", few_rows(), ["-n", 3, "-k", 6], SOME)
        compare(folder, "one user has half of the ratings", one_user_has_half(), ["-n", 2, "-k", 20], SOME)
        compare(folder, "an unobserved weight", many_rows(),
                ["-n", 2, "-k", 24, "--unobserved-weight", 0.1, "--lambda", 0.01, "--reg-exponent", 1],
                [(1, "node"), (4, 2), (7, "rank")])
        compare(folder, "weights by counts", many_rows(),
                ["-n", 2, "-k", 21, "--unobserved-weight", 0.1, "--lambda", 0.01, "--user-exponent", 0.5,
                 "--item-exponent", 0.75, "--holdout", 1], [(1, "node"), (3, 2), (7, "rank"), (16, "node")])
        compare(folder, "explicit, biases", many_rows(), ["-a", "als", "--biases", "-n", 2, "-k", 31],
                [(1, "node"), (3, "rank"), (7, 3), (16, "node")])
        for algorithm in (["ials"], ["als", "--biases"]):
            compare(folder, f"{algorithm[0]}, conjugate gradients", many_rows(),
                    ["-n", 3, "-k", 28, "--solver", "cg", "--cg-steps", 2, "-a", *algorithm],
                    [(1, "node"), (4, "rank"), (7, 3), (16, "node")])
        compare(folder, "sgd", many_rows(), ["-a", "sgd", "--biases", "-n", 2, "--sgd-blocks", 5], SOME)
        compare(folder, "sgd, fewer rows than blocks", few_rows(), ["-a", "sgd", "-n", 2, "-k", 3],
                [(1, "node"), (4, "rank"), (7, 2)])
        compare(folder, "kept-out ratings and their metrics", many_rows(),
                ["-n", 3, "--holdout", 2, "--negatives", 20, "--early-stop", "ndcg@10:1"],
                [(1, "node"), (2, "rank"), (4, 2), (7, 3), (16, "node")])
        with gzip.open(SOURCE / "data" / "online_retail.tsv.gz", "rt") as sample:
            ratings = [line.rstrip("\n").split("\t") for line in sample]
        compare(folder, "the sample", ratings, ["-n", 2, "-k", 20], [(1, "node"), (2, "node"), (7, "rank"), (16, 4)])
    checks.finish()


main()
