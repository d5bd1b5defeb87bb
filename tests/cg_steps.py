"""--solver cg: an iteration against the same steps in dense float64, many steps against the exact answer, and stops
between iterations only.

The steps are preconditioned by the Gram matrix and the ridge, which knows no axes: the scores of one more iteration
follow from those of the model before it, if both sides were turned alike."""

import pathlib
import re

import h5py
import numpy as np

from mfals_run import Checks, run, train, work_folder, write_ratings

ALPHA, K, STEPS = 40.0, 28, 2
HU = ["--preset", "notebook"]
checks = Checks()


def some_ratings(users=300, items=200, count=12000):
    rng = np.random.default_rng(5)
    rated = (items * rng.random(count) ** 2).astype(int)
    pairs = np.unique(np.stack([rng.integers(0, users, count), rated], 1), axis=0)
    values = rng.integers(1, 6, len(pairs))
    return [(int(u), int(i), int(r)) for (u, i), r in zip(pairs, values)]


def matrix(ratings):
    R = np.zeros((max(row[0] for row in ratings) + 1, max(row[1] for row in ratings) + 1))
    for user, item, value in ratings:
        R[user, item] = value
    return R[R.any(1)][:, R.any(0)]


class Model:
    def __init__(self, path):
        with h5py.File(path, "r") as f:
            self.X, self.Y = f["users/factors"][:].astype(float), f["items/factors"][:].astype(float)
            biases = (f.get(f"{side}/bias") for side in ("users", "items"))
            self.bias = [None if bias is None else bias[:].astype(float) for bias in biases]
            self.mean = float(f.attrs.get("global_mean", 0))
            self.objective = f["history/objective"][:]
            self.options = dict(f.attrs)

    def scores(self):
        S = self.X @ self.Y.T + self.mean
        return S if self.bias[0] is None else S + self.bias[0][:, None] + self.bias[1]


def step(A, ridge, b, x, steps):
    """Conjugate gradients preconditioned by the ridge."""
    r, p, size = b - A @ x, None, 0.0
    for _ in range(steps):
        z = np.linalg.solve(ridge, r)
        before, size = size, r @ z
        p = z if p is None else z + size / before * p
        length = size / (p @ A @ p)
        x, r = x + length * p, r - length * (A @ p)
    return x


def solve(A, ridge, b, x, ratings):
    exact = ratings <= 4 * (STEPS + 1) or len(b) <= 8 * (STEPS + 1)
    return np.linalg.solve(A, b) if exact else step(A, ridge, b, x, STEPS)


def implicit_half(X, Y, R, lam):
    """New rows X against Y, under confidence 1 + alpha r."""
    ridge = Y.T @ Y + lam * np.eye(Y.shape[1])
    rows = []
    for x, r in zip(X, R):
        rated = r > 0
        w, y = ALPHA * r[rated], Y[rated]
        rows.append(solve(ridge + (y * w[:, None]).T @ y, ridge, (1 + w) @ y, x, rated.sum()))
    return np.array(rows)


def explicit_half(X, bias, Y, other_bias, R, mean, lam):
    """The same for explicit ratings, each row's bias being one more number of it."""
    Z, ones = np.hstack([X, bias[:, None]]), np.hstack([Y, np.ones((len(Y), 1))])
    for u, r in enumerate(R):
        rated = r > 0
        ridge, y = lam * rated.sum() * np.eye(len(Z[u])), ones[rated]
        Z[u] = solve(ridge + y.T @ y, ridge, (r[rated] - mean - other_bias[rated]) @ y, Z[u], rated.sum())
    return Z[:, :-1], Z[:, -1]


def compare(name, got, wanted):
    error = np.linalg.norm(got - wanted) / np.linalg.norm(wanted)
    checks.check(error < 2e-5, f"{name}: scores are off by {error:.2e}")
    return error


def train_cg(folder, name, iterations, *options, ranks=2):
    hu = [] if "-a" in options else HU
    train(ranks, folder / "ratings.tsv", folder / name, "--quiet", *hu, "--solver", "cg", "-k", K, "-n", iterations, *options)
    return Model(folder / name)


def check_implicit(folder, R):
    for lam in (150, 1e-4):
        errors, options = [], ["--cg-steps", STEPS, "--lambda", lam]
        for iteration in (1, 2, 5):
            model, wanted = (train_cg(folder, "model.h5", n, *options) for n in (iteration + 1, iteration))
            wanted.X = implicit_half(wanted.X, wanted.Y, R, lam)
            wanted.Y = implicit_half(wanted.Y, wanted.X, R.T, lam)
            errors.append(compare(f"ials, lambda {lam}, iteration {iteration + 1}", model.scores(), wanted.scores()))
        checks.check((np.diff(model.objective) < 0).all(), f"ials: the objective rose: {model.objective}")
        recorded = model.options["solver"], model.options["cg_steps"]
        checks.check(recorded in [("cg", STEPS), (b"cg", STEPS)], f"the file says {recorded}")
        print(f"ials, lambda {lam}: scores off the dense steps by {max(errors):.1e}")


def check_explicit(folder, R):
    errors, options = [], ["-a", "als", "--biases", "--cg-steps", STEPS]
    for iteration in (1, 4):
        model, wanted = (train_cg(folder, "model.h5", n, *options) for n in (iteration + 1, iteration))
        users, items = wanted.bias
        wanted.X, users = explicit_half(wanted.X, users, wanted.Y, items, R, wanted.mean, 0.1)
        wanted.Y, items = explicit_half(wanted.Y, items, wanted.X, users, R.T, wanted.mean, 0.1)
        wanted.bias = [users, items]
        errors.append(compare(f"als, iteration {iteration + 1}", model.scores(), wanted.scores()))
    checks.check((np.diff(model.objective) < 0).all(), f"als: the objective rose: {model.objective}")
    print(f"als with biases: scores off the dense steps by {max(errors):.1e}")


def check_many_steps(folder):
    """Rows with enough ratings and factors to be left to 12 steps."""
    dense = [(u, i, 1 + (u * i) % 5) for u in range(150) for i in range(140) if (u * 7 + i * 3) % 8 > 0]
    write_ratings(folder / "dense.tsv", dense)
    scores = []
    for solver in (["--solver", "cg", "--cg-steps", 12], ["--solver", "exact"]):
        train(2, folder / "dense.tsv", folder / "dense.h5", "--quiet", *HU, "-k", 110, "-n", 3, *solver)
        scores.append(Model(folder / "dense.h5").scores())
    print(f"12 steps, 110 factors: scores off the exact ones by {compare('12 steps', *scores):.1e}")


def check_stop(folder):
    """The time is up in the middle of an iteration, which is finished."""
    checkpoints, model = folder / "checkpoints", folder / "stopped.h5"
    options = [*HU, "--solver", "cg", "-k", K, "--checkpoint-dir", checkpoints, "--checkpoint-every", "1h", "-o", model]
    for _ in range(2):
        done = run(2, "train", folder / "ratings.tsv", "-n", 1000000, "--max-time", "1s", *options)
        told = re.search(r"stopped because [^\n]* after iteration (\d+); ", done.stderr)
        checks.check(done.returncode == 75 and told, f"stop: {done.returncode} {done.stderr}")
    iterations = int(told[1]) + 1 if told else 1
    done = run(3, "train", folder / "ratings.tsv", "-n", iterations, "--replica", "rank", *options)
    checks.check(done.returncode == 0 and "resumed after" in done.stdout, f"resumed: {done.returncode} {done.stderr}")
    train(0, folder / "ratings.tsv", folder / "whole.h5", "--quiet", *HU, "--solver", "cg", "-k", K, "-n", iterations)
    same = model.exists() and model.read_bytes() == (folder / "whole.h5").read_bytes()
    checks.check(same, "stopped twice: other bytes")
    print(f"{iterations} iterations, stopped twice: the bytes of an unbroken run")


def main():
    ratings = some_ratings()
    with work_folder() as name:
        folder = pathlib.Path(name)
        write_ratings(folder / "ratings.tsv", ratings)
        check_implicit(folder, matrix(ratings))
        check_explicit(folder, matrix(ratings))
        check_many_steps(folder)
        check_stop(folder)
    checks.finish()


main()
