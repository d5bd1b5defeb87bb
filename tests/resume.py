"""A training that is broken up ends in the bytes of one that is not: from any number of ranks to any other, in any replica
grouping; and a checkpoint of other ratings or options is refused, with nothing touched."""

import concurrent.futures
import os
import pathlib
import random
import re
import shutil

from mfals_run import Checks, has_scalapack, run, train, work_folder, write_ratings

RANKS = [1, 2, 3, 4, 6, 8, 12, 16] if os.environ.get("MFALS_SOAK") == "1" else [1, 3, 7, 16]
REPLICAS = ["node", "rank", 2, 3]
NUMBERS, NAMES, MIXED, TEST = "numbers.tsv", "names.tsv", "mixed.tsv", "test.tsv"
# One for each trail: the ratings, and the options.
TRAININGS = [
    (NUMBERS, ["-k", 6]),
    (NAMES, ["-k", 20, "--lambda", 1e-6]),
    (NUMBERS, ["-k", 7, "-a", "als", "--biases"]),
    (MIXED, ["-k", 5, "-a", "sgd", "--schedule", "bold", "--learning-rate", 0.1, "--sgd-blocks", 5]),
    (NUMBERS, ["-k", 8, "-a", "als", "--biases", "--lambda", 0.3, "--holdout", 1, "--early-stop", "mae:20"]),
    (NAMES, ["-k", 6, "--preset", "notebook", "--holdout-users", 0.3, "--early-stop", "ndcg@10:20"]),
    (MIXED, ["-k", 9, "--unobserved-weight", 0.1, "--lambda", 0.01, "--reg-exponent", 1]),
    (NAMES, ["-k", 4, "-a", "sgd", "--biases", "--schedule", "inverse", "--learning-rate", 0.1, "--test", TEST,
             "--early-stop", "mae:20"]),
    (NAMES, ["-k", 5, "--unobserved-weight", 0.1, "--lambda", 0.01, "--user-exponent", 0.5, "--item-exponent", 0.5]),
    (NUMBERS, ["-k", 20, "--solver", "cg", "--cg-steps", 1]),
]
OK, BAD_CHECKPOINT = 0, 76
checks = Checks()


def write_all_ratings(folder):
    """More users than 16 tiles of 64 rows, so that every rank has some; nobody rates an item twice."""
    rng = random.Random(1)
    cells = sorted({(rng.randrange(1200), int(700 * rng.random() ** 2)) for _ in range(6000)})
    rows = [(user, item, rng.randrange(1, 6)) for user, item in cells]
    write_ratings(folder / NUMBERS, rows)
    write_ratings(folder / NAMES, [(f"user {u}", f"\u00efd{i}", r) for u, i, r in rows])
    write_ratings(folder / MIXED, [(u, f"i{i}", r) for u, i, r in rows])
    write_ratings(folder / TEST, [(f"user {u}", f"\u00efd{i}", r) for u, i, r in unrated(rows, 700)])
    return rows


def unrated(rows, count):
    """So many cells that have no rating, of users and items that have some."""
    rated, shifted = {row[:2] for row in rows}, [row[1] for row in rows[1:]] + [rows[0][1]]
    return [(user, item, value) for (user, _, value), item in zip(rows, shifted) if (user, item) not in rated][:count]


def bytes_of(path):
    return path.read_bytes() if path.exists() else None


def iterations_told(done):
    return [int(found) for found in re.findall(r"^ *(\d+) of \d+ +[-+.\de]+ ", done.stdout.split("\nwrote ")[0], re.MULTILINE)]


def walk(folder, number):
    """Begins on one number of ranks and goes on, an iteration at a time, on all of them. Step s moves s places on in RANKS, so
    that as many trails as there are places, which begin in all of them, take each pair once. Returns the pairs."""
    ratings, options = TRAININGS[number]
    options = [folder / TEST if word == TEST else word for word in options]
    checkpoints, whole, resumed = (folder / f"{name}-{number}" for name in ("checkpoints", "whole.h5", "resumed.h5"))
    place, pairs, best = number % len(RANKS), [], set()
    train(RANKS[place], folder / ratings, resumed, "-n", 1, "--checkpoint-dir", checkpoints, *options)
    for step in range(len(RANKS)):
        ranks, replica = RANKS[(place + step) % len(RANKS)], REPLICAS[(number + step) % len(REPLICAS)]
        pairs.append((RANKS[place], ranks))
        name = f"trail {number}, step {step}: from {RANKS[place]} to {ranks} ranks, --replica {replica}"
        train(0, folder / ratings, whole, "-n", step + 2, *options)
        done = run(ranks, "train", folder / ratings, "-o", resumed, "-n", step + 2, "--checkpoint-dir", checkpoints,
                   "--replica", replica, *options)
        told = f"resumed after iteration {step + 1} from {checkpoints}/checkpoint-{step + 1}.h5"
        checks.check(done.returncode == OK and done.stderr == "" and told in done.stdout,
                     f"{name}: {done.returncode} {done.stderr}{done.stdout[:300]}")
        checks.check(iterations_told(done) == [step + 2], f"{name}: it did iterations {iterations_told(done)}")
        checks.check(bytes_of(whole) == bytes_of(resumed), f"{name}: other bytes")
        best.update(int(found) - step - 2 for found in re.findall(r"best after iteration (\d+)", done.stdout))
        resumed.unlink(missing_ok=True)
        place = (place + step) % len(RANKS)
    if "--early-stop" in options:
        checks.check(min(best) < 0, f"trail {number}: the newest factors are always the best, so none are kept")
    return pairs


def check_pairs(folder):
    """Two trails at a time."""
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        pairs = sum(pool.map(lambda number: walk(folder, number), range(len(TRAININGS))), [])
    wanted = len(RANKS) ** 2
    checks.check(len(set(pairs)) == wanted, f"{len(set(pairs))} pairs of numbers of ranks")
    print(f"{len(set(pairs))} pairs of numbers of ranks, {len(TRAININGS)} trainings, {len(REPLICAS)} replica groupings")


class Broken:
    """A training of two iterations with its checkpoints; each try goes on from a copy of them."""

    def __init__(self, folder, name, *options):
        self.folder, self.options = folder, list(options)
        self.made, self.checkpoints, self.model = folder / f"made-{name}", folder / f"tried-{name}", folder / f"{name}.h5"
        train(0, folder / NUMBERS, self.model, "-n", 2, "--checkpoint-dir", self.made, *options)

    def contents(self):
        return {path.name: path.read_bytes() for path in self.checkpoints.iterdir() if path.name != "lock"}

    def try_again(self, options, ratings=NUMBERS, iterations=3, ranks=0):
        """The finished process, the model if there is one, and whether the checkpoints are as they were."""
        shutil.rmtree(self.checkpoints, ignore_errors=True)
        shutil.copytree(self.made, self.checkpoints)
        self.model.unlink(missing_ok=True)
        before = self.contents()
        done = run(ranks, "train", self.folder / ratings, "-n", iterations, "-o", self.model, "--checkpoint-dir",
                   self.checkpoints, *options)
        return done, bytes_of(self.model), self.contents() == before

    def refuse(self, name, word, options, **keywords):
        done, model, untouched = self.try_again(options, **keywords)
        checks.check(done.returncode == BAD_CHECKPOINT, f"{name}: exit code {done.returncode}: {done.stderr}{done.stdout}")
        checks.check(re.fullmatch(r"mfals: [^\n]*\n", done.stderr) is not None and word in done.stderr,
                     f"{name}: told {done.stderr!r}")
        checks.check(model is None and untouched, f"{name}: something was written or removed")

    def accept(self, name, options, ratings=NUMBERS, warning="", **keywords):
        whole = self.folder / "whole.h5"
        train(0, self.folder / ratings, whole, "-n", keywords.get("iterations", 3), "--quiet", *options)
        done, model, _ = self.try_again(options, ratings=ratings, **keywords)
        checks.check(done.returncode == OK and re.fullmatch(warning, done.stderr) is not None,
                     f"{name}: {done.returncode} {done.stderr}")
        checks.check(model == bytes_of(whole), f"{name}: other bytes than those of an unbroken run with this option")
        return done


def check_iterations(folder):
    broken = Broken(folder, "iterations", "-k", 4)
    done = broken.accept("-n as before", broken.options, iterations=2, ranks=3)
    checks.check("resumed after iteration 2 " in done.stdout and iterations_told(done) == [], "-n as before: it trained")
    done = broken.accept("-n smaller, of the checkpoint before", broken.options, iterations=1)
    checks.check("resumed after iteration 1 " in done.stdout, f"-n smaller: {done.stdout}")
    broken.refuse("-n smaller", "beyond --iterations 0", broken.options, iterations=0, ranks=2)
    for newest in (1, 2):
        named = ["--resume", broken.made / f"checkpoint-{newest}.h5", *broken.options]
        done, model, _ = broken.try_again(named)
        checks.check(done.returncode == OK and f"resumed after iteration {newest} from {broken.made}" in done.stdout,
                     f"--resume checkpoint-{newest}.h5: {done.returncode} {done.stderr}")
    broken.refuse("--resume FILE beyond -n", "is of iteration 2, beyond --iterations 1; ",
                  ["--resume", broken.made / "checkpoint-2.h5", *broken.options], iterations=1)
    done, model, _ = broken.try_again(["--resume", "never", *broken.options])
    checks.check(done.returncode == OK and iterations_told(done) == [1, 2, 3], f"--resume never: {done.stderr}{done.stdout}")


def check_ratings(folder, rows):
    broken = Broken(folder, "ratings", "-k", 4, "-a", "als", "--holdout", 1)
    other = [rows[:-1] + [(*rows[-1][:2], 5 - rows[-1][2])], rows[1:], rows + [(5000, 3, 1)],
             [(u + (u == 1199), i, r) for u, i, r in rows]]
    for number, changed in enumerate(other):
        write_ratings(folder / "other.tsv", changed)
        broken.refuse(f"other ratings {number}", "other ratings", broken.options, ratings="other.tsv", ranks=number)
    write_ratings(folder / "other.tsv", sorted(rows, key=lambda row: (row[2], -row[0])))
    broken.accept("the same ratings in another order", broken.options, ratings="other.tsv", ranks=2)


# Option -> value, for a training that is one, of ... ; None for a switch.
SAME = {
    "ials": {"factors": 5, "lambda": 7, "alpha": 3, "unobserved-weight": 0.5, "reg-exponent": 0.5, "init": "normal:0.1",
             "seed": 7, "holdout": 1, "holdout-last": 1, "holdout-users": 0.2, "axes": "scalapack",
             "algorithm": "als", "solver": "cg", "nonnegative": None, "weight": "log", "nonpositive": "negative"},
    "counts": {"user-exponent": 0.5, "item-exponent": 0},
    "ratio": {"unobserved-ratio": 3, "unobserved-weight": 0.5},
    "log": {"weight-epsilon": 2},
    "aged": {"half-life": "3h"},
    "cg": {"cg-steps": 4, "solver": "exact"},
    "sgd": {"biases": None, "learning-rate": 0.02, "schedule": "bold", "sgd-blocks": 3, "factors": 5, "lambda": 0.02,
            "init": "uniform:0.1", "seed": 41},
    "stopped": {"top": "5,10", "negatives": 7, "recall-cut": "k", "candidates": "candidates.tsv", "early-stop": "ndcg@10:8",
                "test": "other-test.tsv", "reg-exponent": 0.9, "clip": None},
}
ANY = {"format": "tsv", "columns": "user,item,rating", "duplicates": "error", "on-bad-line": "skip", "bad-line-limit": 0.5,
       "separator": "tab", "header": "no", "ids": "integer", "encoding": "utf-8", "replica": "rank",
       "verbose": None, "config": "config", "log-json": "log.json", "stall-timeout": "5m", "kernel": "auto", "quiet": None,
       "preset": "auto"}
ELSEWHERE = {"iterations", "checkpoint-dir", "output", "resume", "max-time", "now", "checkpoint-every", "help", "version", "ranks"}


def words_of(folder, option, value):
    files = ("candidates", "test", "config", "log-json")
    return [f"--{option}"] + ([] if value is None else [folder / value if option in files else value])


def check_long_names(folder, trained):
    """Options that differ behind their first 200 characters."""
    deep = folder / ("a" * 100) / ("b" * 100)
    deep.mkdir(parents=True)
    for name in ("one.tsv", "other.tsv"):
        shutil.copy(folder / "some-test.tsv", deep / name)
    broken = Broken(folder, "long", *trained, "--test", deep / "one.tsv")
    broken.refuse("another test with a long name", "one.tsv", [*trained, "--test", deep / "other.tsv"])


def check_options(folder, rows):
    write_ratings(folder / "candidates.tsv", [(user, *range(300, 320)) for user in range(1200)])
    write_ratings(folder / "some-test.tsv", unrated(rows, 500))
    write_ratings(folder / "other-test.tsv", unrated(rows, 600))
    (folder / "config").write_text("replica = rank\n")
    options = {"ials": ["-k", 4, "--alpha", 40], "log": ["-k", 4, "--alpha", 40, "--weight", "log"], "ratio": ["-k", 4],
               "aged": ["-k", 4, "--columns", "user,item,time", "--half-life", "2h"],
               "counts": ["-k", 4, "--unobserved-weight", 0.1, "--item-exponent", 0.5],
               "cg": ["-k", 40, "--solver", "cg"], "sgd": ["-k", 4, "-a", "sgd"],
               "stopped": ["-k", 4, "-a", "als", "--test", folder / "some-test.tsv", "--early-stop", "ndcg@10:9"]}
    for name, trained in options.items():
        broken = Broken(folder, name, *trained)
        for number, (option, value) in enumerate(SAME[name].items()):
            if value == "scalapack" and not has_scalapack():
                continue
            changed = words_of(folder, option, value)
            kept = trained
            if option == "algorithm": # whose other defaults differ too, and which has no alpha
                kept, changed = trained[:2], changed + ["--lambda", 150, "--reg-exponent", 0, "--init", "uniform:0.01"]
            broken.refuse(f"{name}, other {option}", f"{option} is ", [*kept, *changed], ranks=2 if number == 0 else 0)
        for option, value in ANY.items() if name == "ials" else []:
            broken.accept(f"{name}, other {option}", [*trained, *words_of(folder, option, value)])
        if name == "stopped":
            broken.refuse("no early stop", "early-stop is not given", trained[:-2])
            check_long_names(folder, trained)
        if name == "ials":
            done, _, _ = broken.try_again([*trained, "--kernel", "plain"])
            checks.check(done.returncode == OK and "resumed after iteration 2 " in done.stdout and
                         re.fullmatch(r"(mfals: warning: .*kernel.* may differ in its last bits\n)?", done.stderr),
                         f"the plain kernel: {done.returncode} {done.stderr}{done.stdout}")
    help_text = run(0, "train", "--help").stdout
    known = set(re.findall(r"^  (?:-\w, |    )--([a-z-]+)", help_text, re.MULTILINE))
    tried = set(ANY).union(*SAME.values(), ELSEWHERE)
    checks.check(known == tried, f"options that this test does not try, or are none: {known ^ tried}")
    print(f"{sum(map(len, SAME.values()))} changed options refused, {len(ANY)} accepted")


def check_grid(folder):
    """ScaLAPACK's bits are those of its grid of 4 ranks: the same with more ranks, and on fewer there is a warning."""
    ratings, whole, resumed, checkpoints = (folder / name for name in (NUMBERS, "grid-whole.h5", "grid.h5", "grid"))
    if not has_scalapack():
        return
    options = ["-k", 40, "--axes", "scalapack"]
    train(5, ratings, whole, "-n", 3, *options)
    for ranks, warning in (7, ""), (2, "axes_grid 2x2, this run has 1x1: the result may differ in its last bits"):
        train(4, ratings, resumed, "-n", 2, "--checkpoint-dir", checkpoints, *options)
        done = train(ranks, ratings, resumed, "-n", 3, "--checkpoint-dir", checkpoints, *options)
        checks.check(warning in done.stderr and (warning != "" or done.stderr == ""), f"grid, {ranks} ranks: {done.stderr}")
        checks.check("resumed after iteration 2 " in done.stdout, f"grid, {ranks} ranks: {done.stdout}")
        checks.check(ranks < 4 or bytes_of(whole) == bytes_of(resumed), f"grid, from 4 to {ranks} ranks: other bytes")
        shutil.rmtree(checkpoints)


def main():
    with work_folder() as name:
        folder = pathlib.Path(name)
        rows = write_all_ratings(folder)
        check_iterations(folder)
        check_ratings(folder, rows)
        check_options(folder, rows)
        check_grid(folder)
        check_pairs(folder)
    checks.finish()


main()
