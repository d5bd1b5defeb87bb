"""Real ratings of every kind, each through train, evaluate and recommend. Sets that are not here are skipped."""

import json
import os
import pathlib
import sys

import h5py
import numpy as np

from mfals_run import SOURCE, Checks, run, skip, train, work_folder

checks = Checks()


def find(name):
    for folder in filter(None, [os.environ.get("MFALS_DATA", ""), SOURCE.parent / "shared" / "data"]):
        if (pathlib.Path(folder) / name).exists():
            return pathlib.Path(folder) / name
    print(f"skipped: {name} is not here")
    return None


def evaluation(path):
    return [e for e in map(json.loads, path.read_text().splitlines()) if e["event"] == "evaluation"][-1]


def put_through(folder, ratings, *options, test=(), reading=()):
    """Trains with a test, recommends to a few users. Returns (evaluation, attributes, ids, lines)."""
    model, log, users = folder / "model.h5", folder / "log.jsonl", folder / "users.txt"
    train(2, ratings, model, "--quiet", "--log-json", log, *reading, *options, *(test or ("--holdout", 1)))
    with h5py.File(model) as f:
        attributes, ids = dict(f.attrs), [f["users/ids"][:], f["items/ids"][:]]
        known = np.abs(f["users/factors"][:]).sum(axis=1) > 0
        finite = all(np.isfinite(f[name][:]).all() for name in ("users/factors", "items/factors"))
    checks.check(finite, f"{ratings}: a factor is no finite number")
    as_text = [i.decode() if isinstance(i, bytes) else str(i) for i in ids[0][known][:3]]
    users.write_text("\n".join(as_text) + "\n")
    done = run(2, "recommend", model, "--users", users, "--top", 5)
    checks.check(done.returncode == 0, f"recommend of {ratings}: {done.returncode} {done.stderr}")
    lines = [line.split("\t") for line in done.stdout.replace("\r", "").splitlines()]
    checks.check(list(dict.fromkeys(line[0] for line in lines)) == as_text, f"lists of {ratings}: {lines}")
    checks.check(len(lines) > 10, f"lists of {ratings} are short: {lines}")
    return evaluation(log), attributes, ids, lines


def ml_100k(folder):
    base, test = find("ml-100k/u1.base"), find("ml-100k/u1.test")
    if base is None or test is None:
        return
    got, _, _, _ = put_through(folder, base, "-a", "als", "-k", 10, "-n", 8, "--biases", "--lambda", 0.08,
                               test=("--test", test))
    checks.check(0.90 < got["rmse"] < 0.96, f"test rmse of ml-100k is {got['rmse']}")
    log = folder / "again.jsonl"
    done = run(2, "evaluate", folder / "model.h5", "--test", test, "--log-json", log)
    checks.check(done.returncode == 0, f"evaluate: {done.stderr}")
    checks.check(evaluation(log)["rmse"] == got["rmse"], "the stored model has another rmse than the trained one")
    print(f"ml-100k, u1: test rmse {got['rmse']:.4f}")
    titles = find("ml-100k/u.item")
    done = run(1, "similar", folder / "model.h5", "--item", 50, "--top", 3, "--titles", titles)
    checks.check("Star Wars (1977)" not in done.stdout and done.stdout.count("(19") == 3, f"similar: {done.stdout}")
    latest, _, _, _ = put_through(folder, find("ml-100k/u.data"), "-k", 20, "-n", 5, test=("--holdout-last", 1))
    checks.check(latest["users"] == 943 and latest["hr@10"] > 0.3, f"last ratings of ml-100k: {latest}")


def book_crossing(folder):
    path = find("book-crossing/ratings.tsv.gz")
    if path is None:
        return
    got, _, ids, lines = put_through(folder, path, "-k", 8, "-n", 2)
    checks.check(ids[1].dtype.kind in "SO" and ids[0].dtype.kind == "i", "users are integers, items text")
    checks.check(any(not line[1].isdigit() for line in lines) or len(lines[0][1]) == 10, f"items are ISBNs: {lines[0]}")
    checks.check(0.1 < got["auc"] <= 1, f"book-crossing: {got}")
    print(f"book-crossing: auc {got['auc']:.3f}")


def jester(folder):
    path = find("jester-1/ratings.tsv.xz")
    if path is None:
        return
    got, _, _, lines = put_through(folder, path, "-a", "als", "-k", 8, "-n", 4, "--biases", "--lambda", 0.1)
    checks.check(3.5 < got["rmse"] < 5, f"test rmse of jester is {got['rmse']}")
    print(f"jester: test rmse {got['rmse']:.3f}")


def retrosheet(folder):
    path = find("retrosheet/plate_appearances.tsv.xz")
    if path is None:
        return
    got, attributes, ids, _ = put_through(folder, path, "-k", 8, "-n", 2, "--alpha", 1, "--lambda", 10,
                                          reading=("--columns", "user,item,rating,-,-", "--duplicates", "sum"))
    checks.check((len(ids[0]), len(ids[1])) == (14730, 8845), f"retrosheet has {len(ids[0])} x {len(ids[1])}")
    checks.check(attributes["duplicates"] == "sum" and got["hr@10"] > 0.3, f"retrosheet: {got}")
    print(f"retrosheet: hr@10 {got['hr@10']:.3f}")


def online_retail(folder):
    path = find("online-retail/transactions.tsv")
    if path is None:
        return
    got, _, _, _ = put_through(folder, path, "-k", 16, "-n", 4, "--alpha", 1, "--lambda", 20, reading=("--duplicates", "sum"))
    checks.check(got["hr@10"] > 0.3, f"online-retail: {got}")
    print(f"online-retail: hr@10 {got['hr@10']:.3f}")


SETS = {"ml-100k": ml_100k, "book-crossing": book_crossing, "jester-1": jester, "retrosheet": retrosheet,
        "online-retail": online_retail}


def main():
    for name in sys.argv[1:] or SETS:
        with work_folder() as folder:
            SETS[name](pathlib.Path(folder))
    if checks.passed + checks.failed == 0:
        skip("no data set is here (MFALS_DATA names the folder of data sets)")
    checks.finish()


main()
