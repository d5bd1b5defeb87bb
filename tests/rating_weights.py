"""Weights of ratings, by --columns ...,weight and by --half-life: the items of the last half-iteration and the objective are those
of dense float64, for ials and als, primal and dual; the same bytes on any number of ranks and after a restart; users folded in
weigh alike; weights of 1 change nothing; what several ratings of a pair weigh; what is refused."""

import datetime
import pathlib

import h5py
import numpy as np

from mfals_run import SOURCE, Checks, run, train, work_folder
from mfals_reader import Model  # scripts, whose folder mfals_run has put in the path

DAY, START, HALF_LIFE = 86400, 1_500_000_000, 90
COLUMNS = ["--columns", "user,item,rating,weight"]
checks = Checks()
CASES = {
    "ials": ["-k", 8, "--lambda", 3, "--alpha", 2],
    "ials, dual": ["-k", 70, "--lambda", 3, "--alpha", 2],
    "ials, log": ["-k", 8, "--lambda", 3, "--alpha", 4, "--weight", "log", "--weight-epsilon", 0.5],
    "unobserved weight": ["-k", 8, "--lambda", 0.05, "--unobserved-weight", 0.2, "--reg-exponent", 1],
    "unobserved weight and alpha": ["-k", 70, "--lambda", 0.05, "--unobserved-weight", 0.2, "--alpha", 1.5,
                                    "--reg-exponent", 0],
    "ials, nonnegative": ["-k", 8, "--lambda", 3, "--alpha", 2, "--nonnegative"],
    "als": ["-k", 8, "-a", "als", "--lambda", 0.2],
    "als, dual": ["-k", 70, "-a", "als", "--lambda", 0.2],
    "biases": ["-k", 8, "-a", "als", "--biases", "--lambda", 0.1],
    "biases, dual": ["-k", 70, "-a", "als", "--biases", "--lambda", 0.1],
    "biases, in double": ["-k", 8, "-a", "als", "--biases", "--lambda", 1e-9, "--reg-exponent", 0],
    "biases, nonnegative": ["-k", 8, "-a", "als", "--biases", "--lambda", 0.1, "--nonnegative"],
    "ials, cg": ["-k", 70, "--lambda", 20, "--alpha", 2, "--solver", "cg", "--cg-steps", 6],
    "biases, cg": ["-k", 70, "-a", "als", "--biases", "--lambda", 0.1, "--solver", "cg", "--cg-steps", 6],
}
RANKS = {"ials": (3, 7), "ials, log": (3,), "unobserved weight": (7,), "biases": (7,), "biases, dual": (3,), "biases, cg": (3,),
         "biases, nonnegative": (3,)}


class Dense:
    """A model against its ratings {(user, item): (value, weight)}, in float64."""

    def __init__(self, path, ratings):
        with h5py.File(path) as file:
            self.get = get = dict(file.attrs).get
            self.factors = [file[f"{side}/factors"][:].astype(float) for side in ("users", "items")]
            self.bias = [file[f"{side}/bias"][:].astype(float) if f"{side}/bias" in file else None for side in ("users", "items")]
            rows = [{int(id_): r for r, id_ in enumerate(file[f"{side}/ids"][:])} for side in ("users", "items")]
            self.history = {name: file[f"history/{name}"][:] for name in file["history"]}
        self.rows = [np.array([rows[side][cell[side]] for cell in ratings]) for side in (0, 1)]
        self.r, self.v = np.array(list(ratings.values())).T
        self.implicit, self.hu = get("algorithm") == "ials", get("unobserved_weight") is None
        self.a0 = float(get("unobserved_weight", 1)) if self.implicit else 0
        self.mean = (self.v * self.r).sum() / self.v.sum()
        s = np.log1p(self.r / float(get("weight_epsilon"))) if get("weight") == "log" else self.r
        ones = not self.implicit or (not self.hu and get("alpha") is None)
        self.w = self.v * (1 if ones else float(get("alpha")) * s)

    def ridge(self, side, count):
        return float(self.get("lambda")) * (count + self.a0 * len(self.factors[1 - side])) ** float(self.get("reg_exponent", 0))

    def systems(self, side):
        """Of each row of a side with ratings: as it is, the matrix and right-hand side of its normal equations."""
        x, bias = self.factors[1 - side], self.bias[1 - side]
        for i, row in enumerate(self.factors[side]):
            mine = self.rows[side] == i
            if not mine.any():
                continue
            others, w = self.rows[1 - side][mine], self.w[mine]
            a = x[others]
            target = (1 if self.hu else 0) + w if self.implicit else w * (
                self.r[mine] - self.mean - (0 if bias is None else bias[others]))
            if bias is not None:
                a, row = np.hstack([a, np.ones((len(a), 1))]), np.append(row, self.bias[side][i])
            matrix = (a.T * w) @ a + self.ridge(side, mine.sum()) * np.eye(a.shape[1]) + self.a0 * (x.T @ x if self.implicit else 0)
            yield row, matrix, a.T @ target

    def objective(self):
        x, y = self.factors
        score = (x[self.rows[0]] * y[self.rows[1]]).sum(1)
        if self.implicit:
            errors = (self.w * (1 - score) ** 2).sum() + self.a0 * ((x @ y.T) ** 2).sum() + (1 - 2 * score).sum() * self.hu
        else:
            errors = (self.w * self.errors(score) ** 2).sum()
        for side in (0, 1):
            counts = np.bincount(self.rows[side], minlength=len(self.factors[side]))
            squares = (self.factors[side] ** 2).sum(1) + (0 if self.bias[side] is None else self.bias[side] ** 2)
            errors += (self.ridge(side, counts) * squares).sum()
        return errors

    def errors(self, score):
        return self.r - self.mean - score - sum(0 if self.bias[side] is None else self.bias[side][self.rows[side]] for side in (0, 1))


def write(path, ratings):
    path.write_text("".join(f"{u},{i},{r:g},{v!r}\n" for (u, i), (r, v) in ratings.items()))


def make_ratings(seed, users, items, count):
    rng = np.random.default_rng(seed)
    cells = {(int(u), int(i)) for u, i in zip(users * rng.random(count) ** 1.5, items * rng.random(count) ** 1.7)}
    return {cell: (float(rng.integers(1, 6)), float(np.float32(2.0 ** rng.uniform(-6, 3)))) for cell in sorted(cells)}


def check_rows(name, dense, bound=2e-5):
    worst = 0
    for row, matrix, right in dense.systems(1):
        if dense.get("nonnegative") == "yes":
            gradient, inside = matrix @ row - right, row > 0
            inside[dense.factors[0].shape[1]:] = True
            off = np.abs(gradient[inside]).max(initial=0), -gradient[~inside].min(initial=0)
            worst = max(worst, *(one / np.abs(right).max() for one in off))
        else:
            exact = np.linalg.solve(matrix, right)
            worst = max(worst, np.linalg.norm(row - exact) / np.linalg.norm(exact))
    checks.check(worst < bound, f"{name}: an item is off by {worst:.1e}")
    return worst


def check_case(folder, name, ratings, options):
    path = folder / "model.h5"
    train(0, folder / "ratings.csv", path, *COLUMNS, *options, "-n", 4, "--quiet")
    dense = Dense(path, ratings)
    worst = check_rows(name, dense, 1e-2 if "cg" in name else 2e-5)
    got, wanted = dense.history["objective"][-1], dense.objective()
    checks.check(abs(got / wanted - 1) < 1e-5, f"{name}: the objective is {got}, dense {wanted}")
    checks.check((np.diff(dense.history["objective"]) <= 1e-6 * got).all(), f"{name}: the objective rose")
    if not dense.implicit:
        checks.check(abs(dense.get("global_mean") - dense.mean) < 1e-6, f"{name}: the mean is {dense.get('global_mean')}, not {dense.mean}")
        errors = dense.errors((dense.factors[0][dense.rows[0]] * dense.factors[1][dense.rows[1]]).sum(1))
        rmse = np.sqrt((errors ** 2).mean())
        checks.check(abs(dense.history["rmse"][-1] - rmse) < 1e-5, f"{name}: rmse is {dense.history['rmse'][-1]}, unweighed {rmse}")
    print(f"{name}: items off by {worst:.1e}, objective {got:.7g}")
    for ranks in RANKS.get(name, ()):
        train(ranks, folder / "ratings.csv", folder / "other.h5", *COLUMNS, *options, "-n", 4, "--quiet")
        checks.check(path.read_bytes() == (folder / "other.h5").read_bytes(), f"{name}: other bytes on {ranks} ranks")


def check_long_rows(folder):
    """Rows so long that ranks share them."""
    ratings = {(u, i): (float(1 + (u * i) % 5), float(np.float32(1 + (u + 3 * i) % 7 / 8))) for i in range(3) for u in range(6000)}
    write(folder / "long.csv", ratings)
    options = [*COLUMNS, "-a", "als", "--biases", "-k", 3, "-n", 2, "--quiet"]
    train(0, folder / "long.csv", folder / "model.h5", *options)
    check_rows("long rows", Dense(folder / "model.h5", ratings))
    for ranks in (3, 7):
        train(ranks, folder / "long.csv", folder / "other.h5", *options)
        checks.check((folder / "model.h5").read_bytes() == (folder / "other.h5").read_bytes(), f"long rows: other bytes on {ranks} ranks")


def factors(path):
    with h5py.File(path) as file:
        return [file[f"{side}/factors"][:] for side in ("users", "items")]


def same(one, other):
    return all((a == b).all() for a, b in zip(factors(one), factors(other)))


def check_ones(folder, ratings):
    write(folder / "ones.csv", {cell: (r, 1.0) for cell, (r, _) in ratings.items()})
    for name, options in CASES.items():
        if "nonnegative" in name or "cg" in name:
            continue
        train(0, folder / "ones.csv", folder / "with.h5", *COLUMNS, *options, "-n", 2, "--quiet")
        train(0, folder / "ones.csv", folder / "without.h5", "--columns", "user,item,rating,-", *options, "-n", 2, "--quiet")
        checks.check(same(folder / "with.h5", folder / "without.h5"), f"{name}: weights of 1 make other factors")


def check_resuming(folder):
    for name in ("ials", "biases"):
        options = [*CASES[name], "--quiet", "--half-life", "30d", "--columns", "user,item,rating,weight,time"]
        kept = ["--checkpoint-dir", folder / f"run of {name}"]
        train(0, folder / "timed.csv", folder / "whole.h5", *options, "-n", 5)
        train(2, folder / "timed.csv", folder / "other.h5", *options, "-n", 2, *kept)
        train(3, folder / "timed.csv", folder / "other.h5", *options, "-n", 5, *kept)
        checks.check((folder / "whole.h5").read_bytes() == (folder / "other.h5").read_bytes(), "resumed: other bytes")
        if name == "ials":
            continue
        for other, reason in ((["--half-life", "31d"], "half-life is 31d, was 30d"), (["--now", START], "is of other ratings")):
            done = run(2, "train", folder / "timed.csv", "-o", folder / "other.h5", *options, "-n", 6, *kept, *other)
            checks.check(done.returncode == 76 and reason in done.stderr, f"resumed with {other}: {done.returncode} {done.stderr}")


def folded_scores(done):
    """{(user, item): score} of lists."""
    checks.check(done.returncode == 0, f"fold-in: {done.returncode} {done.stderr}")
    return {(int(u), int(i)): float(s) for u, i, s, _ in (line.split("\t") for line in done.stdout.splitlines())}


def check_fold_in(folder, name, ratings, training, *options):
    """Training users folded in get what a half-iteration gives them, also by the Python reader."""
    path, users = folder / "model.h5", range(0, 150, 7)
    train(0, training, path, *CASES[name], "-n", 3, "--quiet", *options)
    dense, model = Dense(path, ratings), Model(path)
    columns = options[options.index("--columns"):][:2]
    scores = folded_scores(run(3, "recommend", path, "--fold-in", training, *columns, "--top", 100, "--include-seen", "--quiet"))
    y = np.hstack([dense.factors[1], np.ones((len(dense.factors[1]), int(dense.bias[0] is not None)))])
    offset = 0 if dense.implicit else dense.mean + (0 if dense.bias[1] is None else dense.bias[1])
    exact = {int(id_): y @ np.linalg.solve(matrix, right) + offset for id_, (_, matrix, right) in zip(model.users.ids, dense.systems(0))}
    worst = max(abs(exact[u][i] - scores[u, int(item)]) for u in users if u in exact for i, item in enumerate(model.items.ids))
    checks.check(worst < 1e-4, f"{name} {options}: folded in, a score is off by {worst:.1e}")
    for u in users:
        mine = {item: of for (user, item), of in ratings.items() if user == u}
        x, bias = model.fold_in({item: r for item, (r, _) in mine.items()}, {item: v for item, (_, v) in mine.items()})
        off = np.abs(y @ np.append(x, [bias] * (y.shape[1] - len(x))) + offset - exact[u]).max() if u in exact else 0
        checks.check(off < 1e-4, f"{name} {options}: user {u} folded in by Python is off by {off:.1e}")


def check_half_life(folder, ratings):
    rng = np.random.default_rng(3)
    seconds = {cell: START + int(rng.integers(0, 700 * DAY)) for cell in ratings}
    last = max(seconds.values())
    stamps = {"seconds": str, "milliseconds": lambda t: f"{t}{t % 1000:03}",
              "dates": lambda t: datetime.datetime.fromtimestamp(t, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")}
    for stamp, text in stamps.items():
        (folder / f"{stamp}.csv").write_text("user,item,rating,weight,timestamp\n" + "".join(
            f"{u},{i},{r:g},{v!r},{text(seconds[u, i])}\n" for (u, i), (r, v) in ratings.items()))
    (folder / "timed.csv").write_text((folder / "seconds.csv").read_text())
    fraction = {stamp: 1e-3 if stamp == "milliseconds" else 0 for stamp in stamps}

    def aged(now, stamp, half_life=HALF_LIFE * DAY, weighed=False):
        age = {cell: max(now - t - fraction[stamp] * (t % 1000), 0) for cell, t in seconds.items()}
        return {cell: (r, (v if weighed else 1) * 2 ** (-age[cell] / half_life)) for cell, (r, v) in ratings.items()}

    for stamp in stamps:
        now = max(t + fraction[stamp] * (t % 1000) for t in seconds.values())
        for name in ("ials", "biases"):
            train(3 if stamp == "dates" else 0, folder / f"{stamp}.csv", folder / "model.h5", *CASES[name], "-n", 2, "--half-life", f"{HALF_LIFE}d",
                  "--columns", "user,item,rating,-,time", "--quiet")
            dense = Dense(folder / "model.h5", aged(now, stamp))
            check_rows(f"{name} by {stamp}", dense)
            checks.check(abs(dense.history["objective"][-1] / dense.objective() - 1) < 1e-5, f"{name} by {stamp}: another objective")
    half, day = START + 350 * DAY, datetime.datetime.fromtimestamp(START + 350 * DAY, datetime.timezone.utc)
    by_name = ["--columns", "user=user,item=item,rating=rating,weight=weight,time=timestamp"]
    for now in (half, day.strftime("%Y-%m-%dT%H:%M:%S"), half * 1000):
        done = train(0, folder / "dates.csv", folder / "model.h5", *CASES["biases"], "-n", 2, "--half-life", "1y", "--now", now, *by_name)
        wanted = aged(half, "seconds", 365.25 * DAY, True)
        check_rows(f"--now {now}", Dense(folder / "model.h5", wanted))
        later = sum(t > half for t in seconds.values())
        checks.check(f"{later} ratings are later" in done.stdout and done.stdout.count("are later") == 1, f"--now {now}: {done.stdout}")
    timed = ["--columns", "user,item,rating,weight,time", "--half-life", f"{24 * HALF_LIFE}h"]
    for name in ("ials", "biases", "unobserved weight"):
        check_fold_in(folder, name, aged(last, "seconds", weighed=True), folder / "timed.csv", *timed)
    early = {cell: t for cell, t in seconds.items() if t < half}  # folded in alone they are as old as in the training
    (folder / "early.csv").write_text("".join(f"{u},{i},{ratings[u, i][0]:g},1,{t}\n" for (u, i), t in early.items()))
    train(0, folder / "timed.csv", folder / "model.h5", *CASES["als"], "-n", 2, "--half-life", "90d", "--quiet")
    scores = folded_scores(run(0, "recommend", folder / "model.h5", "--fold-in", folder / "early.csv", "--columns", timed[1],
                               "--top", 100, "--include-seen", "--quiet"))
    model, old = Model(folder / "model.h5"), {cell: 2 ** ((t - last) / (90 * DAY)) for cell, t in early.items()}
    for user in sorted({user for user, _ in early})[:10]:
        x, _ = model.fold_in({i: ratings[u, i][0] for u, i in early if u == user}, {i: old[u, i] for u, i in early if u == user})
        off = max(abs(model.global_mean + x @ y - scores[user, int(i)]) for i, y in zip(model.items.ids, model.item_factors))
        checks.check(off < 1e-4, f"folded in alone, user {user} is off by {off:.1e}")


def check_duplicates(folder):
    rng = np.random.default_rng(9)
    lines = [(int(rng.integers(40)), int(rng.integers(15)), float(rng.integers(1, 6)), float(np.float32(rng.uniform(0.1, 3))))
             for _ in range(1200)]
    (folder / "several.csv").write_text("".join(f"{u},{i},{r:g},{v!r}\n" for u, i, r, v in lines))
    pairs = {}
    for u, i, r, v in lines:
        pairs.setdefault((u, i), []).append((r, v))
    rules = {"last": lambda r, v: (r[-1], v[-1]), "sum": lambda r, v: (r.sum(), (v * r).sum() / r.sum()),
             "mean": lambda r, v: ((v * r).sum() / v.sum(), v.mean())}
    for rule, of in rules.items():
        one = {pair: of(*np.array(all).T) for pair, all in pairs.items()}
        for name in ("ials", "biases"):
            for ranks in (0, 3) if name == "biases" else (0,):
                train(ranks, folder / "several.csv", folder / "model.h5", *COLUMNS, *CASES[name], "-n", 2, "--duplicates", rule, "--quiet")
                dense = Dense(folder / "model.h5", one)
                check_rows(f"{name}, duplicates by {rule} on {ranks} ranks", dense)
                checks.check(abs(dense.history["objective"][-1] / dense.objective() - 1) < 1e-5, f"{rule}: another objective")
    signs = {(u, i): (float(1 + (u + i) % 4), 1.0) for u in range(9) for i in range(6)}
    write(folder / "signs.csv", signs)
    with (folder / "signs.csv").open("a") as file:  # values of both signs: no weight below the least, none above the largest
        file.write("0,0,-3,0.5\n0,0,4,0.25\n1,1,-3,4\n")
    signs[0, 0], signs[1, 1] = (1 - 3 + 4, 0.25), (3 - 3, 1.0)
    train(0, folder / "signs.csv", folder / "model.h5", *COLUMNS, *CASES["als"], "-n", 2, "--duplicates", "sum", "--quiet")
    check_rows("values of both signs", Dense(folder / "model.h5", signs))


def digest(path):
    with h5py.File(path) as file:
        return file.attrs["ratings_digest"]


def check_test_sets(folder, ratings):
    """Held out users are folded in by their weights; a test needs none; the digest knows weights, and no hold-out."""
    options = [*COLUMNS, *CASES["als"], "-n", 2, "--quiet"]
    train(0, folder / "ratings.csv", folder / "whole.h5", *options)
    write(folder / "changed.csv", {cell: (r, 2 * v if cell == min(ratings) else v) for cell, (r, v) in ratings.items()})
    train(0, folder / "changed.csv", folder / "changed.h5", *options)
    checks.check(digest(folder / "whole.h5") != digest(folder / "changed.h5"), "the digest does not know weights")
    metrics = []
    for ranks in (0, 3):
        train(ranks, folder / "ratings.csv", folder / f"users{ranks}.h5", *options, "--holdout-users", 0.4)
        checks.check(digest(folder / "whole.h5") == digest(folder / f"users{ranks}.h5"), "the digest knows the hold-out")
        with h5py.File(folder / f"users{ranks}.h5") as file:
            metrics.append(file["history/test_rmse"][:])
    checks.check((metrics[0] == metrics[1]).all(), f"the test by held out users: {metrics}")
    write(folder / "four.csv", {cell: (r, 4 * v) for cell, (r, v) in ratings.items()})
    train(0, folder / "four.csv", folder / "users4.h5", *options, "--holdout-users", 0.4, "--lambda", 0.8)  # all of it times 4
    with h5py.File(folder / "users4.h5") as file:
        checks.check(np.abs(file["history/test_rmse"][:] - metrics[0]).max() < 1e-5, "users held out are not folded in by their weights")
    (folder / "test.csv").write_text("".join(f"{u},{i},3\n" for u in range(9) for i in range(50, 60) if (u, i) not in ratings))
    train(0, folder / "ratings.csv", folder / "model.h5", *options, "--test", folder / "test.csv")
    done = run(2, "evaluate", folder / "model.h5", "--test", folder / "test.csv", "--columns", "user,item,rating")
    checks.check(done.returncode == 0, f"evaluate: {done.stderr}")
    done = run(2, "recommend", folder / "model.h5", "--top", 2, "--quiet")
    checks.check(done.returncode == 0, f"recommend, the training as what was seen: {done.stderr}")


def check_parquet(folder):
    sample = SOURCE / "tests" / "parquet" / "whole-duckdb-v2.parquet"
    text = SOURCE / "tests" / "parquet" / "whole.tsv"
    options = ["-k", 3, "-n", 2, "--columns", "user=user,item=item,rating=-,weight=rating", "--quiet", "--unobserved-weight", 1]
    done = run(2, "train", sample, "-o", folder / "parquet.h5", *options)
    checks.check(done.returncode == 65 and "column 'rating': 0 is not a finite number above 0" in done.stderr, f"Parquet: {done.stderr}")
    options += ["--on-bad-line", "skip", "--bad-line-limit", 0.9]
    for ranks in (0, 3):
        train(ranks, sample, folder / "parquet.h5", *options)
        train(ranks, text, folder / "text.h5", *options)
        checks.check(same(folder / "parquet.h5", folder / "text.h5"), "weights in Parquet make another model than in text")


def check_refused(folder):
    good = folder / "ratings.csv"
    for text, reason in (("0", "'0' is not a finite number above 0, as a weight is"), ("-1", "'-1' is not a finite"), ("nan", "'nan' is not a finite"),
                         ("inf", "'inf' is not"), ("1e60", "'1e60' is too large a weight"), ("much", "'much' is not a number, as a weight is"),
                         ("", "'' is not a number, as a weight is")):
        (folder / "bad.csv").write_text("1,2,3,1\n1,3,3,2\n2,2,3," + text + "\n")
        for ranks in (0, 3) if text == "0" else (0,):
            done = run(ranks, "train", folder / "bad.csv", "-o", folder / "none.h5", *COLUMNS)
            checks.check(done.returncode == 65 and f"bad.csv:3:7: {reason}" in done.stderr, f"weight {text!r}: {done.returncode} {done.stderr}")
    (folder / "few.tsv").write_text("1\t2\t3\n")
    run(0, "convert", folder / "few.tsv", "-o", folder / "few.h5")
    train(0, good, folder / "sgd.h5", "--columns", "user,item,rating,-", "-a", "sgd", "-n", 1, "--quiet")
    for reason, *words in (
            ("--columns: weight has a meaning for ials and als only", "train", good, *COLUMNS, "-a", "sgd"),
            ("--half-life: has a meaning for ials and als only", "train", good, "--half-life", "1d", "-a", "sgd"),
            ("--half-life needs a time column", "train", good, "--columns", "user,item,rating,-", "--half-life", "1d"),
            ("--half-life: '", "train", folder / "few.h5", "--half-life", "1d"),
            ("--half-life: '9x' is not a duration", "train", good, "--half-life", "9x"),
            ("--now: needs --half-life", "train", good, "--now", "2020-01-01"),
            ("--now: 'soon' is neither a date", "train", good, "--now", "soon", "--half-life", "1d"),
            ("files of ratings keep no weights", "convert", good, *COLUMNS),
            ("--columns: has no meaning for HDF5 ratings", "train", folder / "few.h5", *COLUMNS),
            ("weight has a meaning for models of ials and als only", "recommend", folder / "sgd.h5", "--fold-in", good, *COLUMNS)):
        for ranks in (0, 3) if words[0] == "recommend" else (0,):
            done = run(ranks, *words, "-o", folder / "none.h5")
            checks.check(done.returncode == 64 and reason in done.stderr, f"{words}: {done.returncode} {done.stderr}")


def main():
    with work_folder() as name:
        folder = pathlib.Path(name)
        ratings = make_ratings(5, 150, 60, 2500)
        write(folder / "ratings.csv", ratings)
        for case, options in CASES.items():
            check_case(folder, case, ratings, options)
        for case in ("als", "unobserved weight and alpha"):
            check_fold_in(folder, case, ratings, folder / "ratings.csv", *COLUMNS)
        check_long_rows(folder)
        check_ones(folder, ratings)
        check_half_life(folder, ratings)
        check_resuming(folder)
        check_duplicates(folder)
        check_test_sets(folder, ratings)
        check_parquet(folder)
        check_refused(folder)
    checks.finish()


main()
