"""Several ratings of a pair: which rule is in force, what each makes of them, what is said; converted ratings keep them all, and
train to the same bits as the text they are from."""

import gzip
import pathlib
import random

import h5py
import numpy as np

from mfals_run import Checks, run, some_ranks, train, work_folder
from mfals_reader import Model  # scripts, whose folder mfals_run has put in the path

RANKS = (1, 3, 7)
checks = Checks()


def make_lines():
    """(user, item, value, time): pairs come up to a dozen times, times in no order and often equal."""
    draw = random.Random(11)
    return [(f"u{draw.randrange(40)}", draw.randrange(12), draw.randrange(1, 40) / 8, draw.randrange(-20, 20)) for _ in range(1500)]


def combine(lines, rule, timed):
    """The value of each pair by a rule, from its definition."""
    pairs = {}
    for place, (user, item, value, time) in enumerate(lines):
        pairs.setdefault((user, item), []).append(((time if timed else 0, place), value))
    outcome = {"last": lambda all: max(all)[1], "sum": lambda all: sum(value for _, value in all),
               "mean": lambda all: sum(value for _, value in all) / len(all)}[rule]
    return {pair: outcome(all) for pair, all in pairs.items()}


def write(path, lines, header="user,item,rating,timestamp\n"):
    path.write_text(header + "".join(",".join(map(str, line)) + "\n" for line in lines))


def read(path):
    """(user, item, value) of each rating of a ratings file, the times, and the version."""
    with h5py.File(path) as f:
        users, items = f["users/ids"].asstr()[:], f["items/ids"][:]
        rows = list(zip(users[f["ratings/user"][:]].tolist(), items[f["ratings/item"][:]].tolist(), f["ratings/value"][:].tolist()))
        times = f["ratings/time"][:].tolist() if "time" in f["ratings"] else None
        return rows, times, f.attrs["format_version"]


def convert(ranks, source, target, *options):
    done = run(ranks, "convert", source, "-o", target, *options)
    checks.check(done.returncode == 0, f"convert {options} on {ranks} ranks: {done.returncode} {done.stderr}")
    return done.stdout


def check_rules(folder, lines):
    write(folder / "timed.csv", lines)
    write(folder / "plain.csv", [line[:3] for line in lines], "user,item,rating\n")
    for name, timed in (("timed", True), ("plain", False)):
        for rule in ("last", "sum", "mean"):
            wanted = combine(lines, rule, timed)
            for ranks in some_ranks(*RANKS):
                said = convert(ranks, folder / f"{name}.csv", folder / "one.h5", "--duplicates", rule)
                rows, times, version = read(folder / "one.h5")
                got = {(user, item): value for user, item, value in rows}
                near = all(abs(got.get(pair, 0) - value) <= 1e-6 * abs(value) for pair, value in wanted.items())
                checks.check(len(got) == len(rows) == len(wanted) and near, f"{name}, {rule} on {ranks} ranks: other values")
                checks.check(times is None and version == 1, f"{name}, {rule}: times {times is not None}, version {version}")
                merged = len(lines) - len(wanted)
                checks.check(f"{merged:,} duplicates combined by {rule}" in said, f"{name}, {rule}: {said}")
    differ = combine(lines, "last", True) != combine(lines, "last", False)
    checks.check(differ, "the times make no difference here")


def check_kept(folder, lines):
    """By user, then in the order of the lines."""
    order = sorted(range(len(lines)), key=lambda i: (lines[i][0], i))
    with gzip.open(folder / "timed.csv.gz", "wt") as packed:
        packed.write((folder / "timed.csv").read_text())
    for name, timed in (("timed.csv", True), ("timed.csv.gz", True), ("plain.csv", False)):
        files = set()
        for ranks in some_ranks(*RANKS):
            said = convert(ranks, folder / name, folder / f"{name}.h5")
            checks.check("all kept" in said, f"{name}: {said}")
            files.add((folder / f"{name}.h5").read_bytes())
        checks.check(len(files) == 1, f"{name}: convert depends on the ranks")
        rows, times, version = read(folder / f"{name}.h5")
        checks.check(rows == [lines[i][:3] for i in order], f"{name}: other ratings were kept")
        checks.check(times == ([lines[i][3] for i in order] if timed else None), f"{name}: other times were kept")
        checks.check(version == 2, f"{name}: version {version}")
        for ranks in some_ranks(*RANKS):
            done = run(ranks, "check", folder / f"{name}.h5")
            checks.check("sound" in done.stdout, f"check {name}: {done.stdout}{done.stderr}")
        said = run(1, "info", folder / f"{name}.h5").stdout.split()
        checks.check("1500" in said and said[said.index("times") + 1] == ("yes" if timed else "no"), f"info {name}: {said}")


def contents(path):
    with h5py.File(path) as f:
        names = ("users/ids", "users/factors", "items/ids", "items/factors")
        return [f[name][:].tobytes() for name in names], f.attrs["ratings_digest"], f.attrs["duplicates"]


def check_training(folder, lines):
    ways = [((), "sum"), (("-a", "als", "--lambda", 0.1), "last"), (("-a", "sgd"), "last"), (("--duplicates", "last"), "last"),
            (("--duplicates", "mean"), "mean"), (("--holdout-last", 2), "sum"), (("-a", "als", "--holdout-last", 1), "last"),
            (("--holdout-last", 1, "--duplicates", "mean"), "mean"), (("--holdout", 1, "-a", "als", "--duplicates", "sum"), "sum")]
    usual = ("-k", 3, "-n", 2)
    for way, rule in ways:
        train(1, folder / "timed.csv", folder / "text.h5", *usual, *way)
        wanted = contents(folder / "text.h5")
        checks.check(wanted[2] == rule, f"{way}: --duplicates is {wanted[2]}")
        for ranks in some_ranks(*RANKS):
            for source in ("timed.csv", "timed.csv.h5") if ranks == 3 else ("timed.csv.h5",):
                train(ranks, folder / source, folder / "model.h5", *usual, *way)
                checks.check(contents(folder / "model.h5") == wanted, f"{way}: {source} on {ranks} ranks makes another model")
        if "--holdout-last" not in way and "--holdout" not in way: # the same as of pairs that were combined beforehand
            once = combine(lines, rule, True)
            if rule != "mean": # whose values are no float32
                write(folder / "once.csv", [(*pair, value) for pair, value in once.items()], "user,item,rating\n")
                train(1, folder / "once.csv", folder / "once.h5", *usual, *way)
                checks.check(contents(folder / "once.h5")[:2] == wanted[:2], f"{way}: not what pairs combined beforehand make")


def check_other_ratings(folder, lines):
    """As test, seen and fold-in, from text and HDF5 alike; several of a pair as in the training."""
    train(1, folder / "timed.csv", folder / "model.h5", "-a", "als", "-k", 3, "-n", 2)
    model = Model(folder / "model.h5")
    wanted = combine(lines, "last", True)
    rmse = np.sqrt(np.mean([(model.score(user, item) - value) ** 2 for (user, item), value in wanted.items()]))
    for ranks in some_ranks(*RANKS):
        for source in ("timed.csv", "timed.csv.h5"):
            done = run(ranks, "evaluate", folder / "model.h5", "--test", folder / source, "--seen", folder / "none.tsv")
            checks.check(done.returncode == 0, f"evaluate {source}: {done.returncode} {done.stderr}")
            checks.check(f"rmse {rmse:.5f}," in done.stdout, f"evaluate {source} on {ranks} ranks: not {rmse:.5f} {done.stdout}")
            done = run(ranks, "recommend", folder / "model.h5", "--fold-in", folder / source, "--top", 2, "--include-seen", "--quiet")
            checks.check(done.returncode == 0 and len(done.stdout.splitlines()) == 40 * 2,
                         f"recommend {source}: {done.returncode} {done.stderr}")


def check_words(folder, lines):
    done = run(1, "train", folder / "timed.csv", "-o", folder / "m.h5", "-n", 1)
    merged = len(lines) - len(combine(lines, "sum", True))
    checks.check(f"{merged:,} of {len(lines):,} ratings are of pairs" in done.stdout and "added up" in done.stdout
                 and "warning" not in done.stderr, f"no line: {done}")
    few = [(user, item, 1) for user in range(50) for item in range(20)]
    for repeated, warns in ((10, False), (11, True)):
        write(folder / "few.csv", few + few[:repeated], "user,item,rating\n")
        done = run(1, "train", folder / "few.csv", "-o", folder / "m.h5", "-a", "als", "-n", 1, "--duplicates", "mean")
        checks.check(("warning" in done.stderr) == warns, f"{repeated} of {len(few)} repeated: {done.stderr}")
        checks.check(f"{repeated} duplicates combined by mean" in done.stdout, done.stdout)
    done = run(3, "train", folder / "timed.csv.h5", "-o", folder / "m.h5", "--duplicates", "error")
    checks.check(done.returncode == 65 and "twice" in done.stderr, f"error: {done.returncode} {done.stderr}")
    done = run(3, "train", folder / "plain.csv.h5", "-o", folder / "m.h5", "--holdout-last", 1)
    checks.check(done.returncode == 64 and "has no times" in done.stderr, f"no times: {done.returncode} {done.stderr}")


def check_resuming(folder, lines):
    """A checkpoint under another rule is not gone on from, and the rules are named."""
    train(2, folder / "timed.csv", folder / "m.h5", "-n", 2, "--duplicates", "last", "--checkpoint-dir", folder / "kept")
    done = run(2, "train", folder / "timed.csv", "-o", folder / "m.h5", "-n", 3, "--checkpoint-dir", folder / "kept")
    checks.check(done.returncode != 0 and "--duplicates is sum here, was last there" in done.stderr, f"resumed: {done.stderr}")
    train(2, folder / "timed.csv", folder / "m.h5", "-n", 3, "--duplicates", "last", "--checkpoint-dir", folder / "kept")


def main():
    lines = make_lines()
    with work_folder() as name:
        folder = pathlib.Path(name)
        (folder / "none.tsv").write_text("u0\t99\t1\n")
        check_rules(folder, lines)
        check_kept(folder, lines)
        check_training(folder, lines)
        check_other_ratings(folder, lines)
        check_words(folder, lines)
        check_resuming(folder, lines)
    checks.finish()


main()
