"""--nonnegative: no factor below 0, and items that no other non-negative factors would serve better (the conditions of Karush, Kuhn
and Tucker in float64, and SciPy's nnls where it is there); the objective falls; the same bytes on any number of ranks and after a
restart; new users alike. --weight log: dense objective and answers; options that go against each other are refused."""

import hashlib
import pathlib

import h5py
import numpy as np

from mfals_run import Checks, run, train, work_folder

checks = Checks()
CASES = {
    "ials": ["--lambda", 3, "--alpha", 2],
    "heavy ridge": ["--preset", "notebook", "--lambda", 1e9],
    "one factor": ["--preset", "notebook", "-k", 1, "--lambda", 1],
    "more factors than rows": ["--preset", "notebook", "-k", 70, "--lambda", 0.5],
    "unobserved weight": ["--lambda", 0.05, "--unobserved-weight", 0.2, "--reg-exponent", 1],
    "weights by counts": ["--lambda", 0.05, "--unobserved-weight", 0.2, "--reg-exponent", 0, "--user-exponent", 0.5,
                          "--item-exponent", 1],
    "log weights": ["--lambda", 3, "--alpha", 4, "--weight", "log", "--weight-epsilon", 0.5],
    "als": ["-a", "als", "--lambda", 0.2],
    "biases": ["-a", "als", "--biases", "--lambda", 0.1, "-k", 15],
}


def systems(path, cells, values):
    """Of each item: its row, the matrix and right-hand side of its normal equations, and how many places must not be negative."""
    with h5py.File(path) as file:
        get = dict(file.attrs).get
        x, y = (file[f"{side}/factors"][:].astype(float) for side in ("users", "items"))
        bias = [file[f"{side}/bias"][:].astype(float) if f"{side}/bias" in file else None for side in ("users", "items")]
        row = [{int(id_): r for r, id_ in enumerate(file[f"{side}/ids"][:])} for side in ("users", "items")]
    implicit, a0, k = get("algorithm") == "ials", float(get("unobserved_weight", 1)), x.shape[1]
    users, items = (np.array([row[side][c[side]] for c in cells]) for side in (0, 1))
    nu, lam = float(get("reg_exponent", 0)), float(get("lambda"))
    r = np.log1p(values / float(get("weight_epsilon"))) if get("weight") == "log" else values
    ones = not implicit or (get("unobserved_weight") is not None and get("alpha") is None)
    w = np.ones(len(r)) if ones else float(get("alpha")) * r
    p, q = (np.bincount(rows, minlength=len(side)) ** float(get(f"{name}_exponent", 0))
            for rows, side, name in ((users, x, "user"), (items, y, "item")))
    gram, q = a0 * (x.T * (p / p.mean())) @ x, q / q.mean()
    for i in range(len(y)):
        mine = users[items == i]
        a, weight = x[mine], w[items == i]
        target = weight + (0 if get("unobserved_weight") is not None else 1)
        ridge = lam * (len(mine) + (a0 * len(x) if implicit else 0)) ** nu
        if not implicit:
            target = values[items == i] - float(get("global_mean")) - (0 if bias[0] is None else bias[0][mine])
        v = y[i]
        if bias[0] is not None:
            a, v = np.hstack([a, np.ones((len(a), 1))]), np.append(v, bias[1][i])
        matrix = (a.T * weight) @ a + ridge * np.eye(a.shape[1]) + (q[i] * gram if implicit else 0)
        yield v, matrix, a.T @ target, k


def compare(folder, name, cells, values):
    path = folder / f"{name.replace(' ', '-')}.h5"
    options = ["--nonnegative", "-k", 9, "-n", 3, "--quiet", *CASES[name]]
    train(1, folder / "ratings.tsv", path, *options)
    with h5py.File(path) as file:
        objective = file["history/objective"][:]
        for side in ("users", "items"):
            checks.check(file[f"{side}/factors"][:].min() >= 0, f"{name}: {side} below 0")
    checks.check((np.diff(objective) <= 1e-7 * objective[:-1]).all(), f"{name}: the objective rose: {objective}")
    worst, zeros, places = 0, 0, 0
    for v, matrix, right, k in systems(path, cells, values):
        gradient, scale = matrix @ v - right, np.abs(right).max() + 1e-30
        inside = v > 0
        inside[k:] = True
        off = np.abs(gradient[inside]).max(initial=0), -gradient[~inside].min(initial=0)
        worst, zeros, places = max(worst, *(one / scale for one in off)), zeros + (~inside).sum(), places + k
        try:
            from scipy.optimize import nnls
            if name == "ials":
                factor = np.linalg.cholesky(matrix)
                best = nnls(factor.T, np.linalg.solve(factor, right))[0]
                checks.check(np.abs(best - v).max() < 1e-5 * max(1, np.abs(best).max()), f"{name}: not SciPy's answer")
        except ImportError:
            pass
    checks.check(worst < 1e-5, f"{name}: off the conditions by {worst:.1e}")
    checks.check(zeros > 0 or name in ("one factor", "heavy ridge"), f"{name}: nothing was held at 0")
    print(f"{name}: off by {worst:.1e}, {zeros} of {places} factors of items are 0")
    digests = {hashlib.sha256(path.read_bytes()).hexdigest()}
    for ranks, replica in ((3, "rank"), (7, 3)) if name in ("ials", "biases") else ((4, 2),):
        train(ranks, folder / "ratings.tsv", folder / "other.h5", "--replica", replica, *options)
        digests.add(hashlib.sha256((folder / "other.h5").read_bytes()).hexdigest())
    checks.check(len(digests) == 1, f"{name}: {len(digests)} different models")


def go_on(folder):
    options = ["--nonnegative", "-k", 9, "-n", 6, "--lambda", 3, "--preset", "notebook", "--quiet"]
    train(1, folder / "ratings.tsv", folder / "whole.h5", *options)
    run(2, "train", folder / "ratings.tsv", "-o", folder / "other.h5", *options[:3], "-n", 3, *options[5:], "--checkpoint-dir", folder / "run")
    done = run(3, "train", folder / "ratings.tsv", "-o", folder / "other.h5", *options, "--checkpoint-dir", folder / "run")
    checks.check(done.returncode == 0 and (folder / "whole.h5").read_bytes() == (folder / "other.h5").read_bytes(), f"resumed: {done.stderr}")
    done = run(1, "train", folder / "ratings.tsv", "-o", folder / "other.h5", *options[1:], "--checkpoint-dir", folder / "run")
    checks.check(done.returncode == 76 and "nonnegative" in done.stderr, f"resumed without: {done.returncode} {done.stderr}")


def fold_in(folder, cells, values):
    """Users folded in are solved under the same condition: each is what training would make of it against these items."""
    (folder / "new.tsv").write_text("".join(f"{90000 + u}\t{i}\t{v:g}\n" for (u, i), v in zip(cells, values) if u < 20))
    done = run(2, "recommend", folder / "whole.h5", "--fold-in", folder / "new.tsv", "--top", 3)
    scores = [float(line.split("\t")[2]) for line in done.stdout.splitlines()]
    checks.check(len(scores) == 60 and min(scores) >= 0, f"{len(scores)} scores of non-negative factors, the least {min(scores)}")
    checks.check(done.returncode == 0, done.stderr)


def weigh(folder, cells, values):
    """The objective of --weight log, without --nonnegative, in dense float64."""
    train(1, folder / "ratings.tsv", folder / "log.h5", "-k", 6, "-n", 2, "--lambda", 2, "--alpha", 3, "--weight", "log", "--quiet")
    with h5py.File(folder / "log.h5") as file:
        x, y = (file[f"{side}/factors"][:].astype(float) for side in ("users", "items"))
        objective = file["history/objective"][-1]
        rows = [{int(id_): r for r, id_ in enumerate(file[f"{side}/ids"][:])} for side in ("users", "items")]
    score, c, p = x @ y.T, np.ones((len(x), len(y))), np.zeros((len(x), len(y)))
    for (u, i), value in zip(cells, values):
        c[rows[0][u], rows[1][i]], p[rows[0][u], rows[1][i]] = 1 + 3 * np.log(1 + value), 1
    dense = (c * (p - score) ** 2).sum() + 2 * ((x**2).sum() + (y**2).sum())
    checks.check(abs(objective / dense - 1) < 1e-5, f"--weight log: objective {objective}, dense {dense}")


def refuse(folder):
    for words, reason in ((["--nonnegative", "-a", "sgd"], "ials and als only"), (["--nonnegative", "--solver", "cg"], "--solver cg"),
                          (["--nonnegative", "--axes", "lapack"], "--axes"), (["--weight", "log", "-a", "als"], "ials only"),
                          (["--weight-epsilon", "2"], "needs --weight log"), (["--weight", "log", "--unobserved-weight", "1"], "--alpha"),
                          (["--weight", "log", "--weight-epsilon", "0"], "--weight-epsilon")):
        done = run(1, "train", folder / "ratings.tsv", "-o", folder / "other.h5", *words)
        checks.check(done.returncode == 64 and reason in done.stderr, f"{words}: {done.returncode} {done.stderr}")


def main():
    with work_folder() as name:
        folder = pathlib.Path(name)
        rng = np.random.default_rng(6)
        cells = sorted({(int(u), int(i)) for u, i in zip(rng.integers(0, 150, 2500), 60 * rng.random(2500) ** 1.7)})
        values = np.array([1 + (u * i) % 5 for u, i in cells], float)
        (folder / "ratings.tsv").write_text("".join(f"{u}\t{i}\t{v:g}\n" for (u, i), v in zip(cells, values)))
        for case in CASES:
            compare(folder, case, cells, values)
        go_on(folder)
        fold_in(folder, cells, values)
        weigh(folder, cells, values)
        refuse(folder)
    checks.finish()


main()
