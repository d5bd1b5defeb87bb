"""Explicit ALS and SGD against dense float64 computations written from their definitions (Zhou et al. 2008; the
stochastic gradient of sum (r - s)^2 + lambda (|x|^2 + |y|^2) for one rating after the other)."""

import pathlib

import h5py
import numpy as np

from mfals_run import Checks, train, work_folder, write_ratings

checks = Checks()


def random_ratings(seed, users, items, count, largest=5):
    rng = np.random.default_rng(seed)
    pairs = np.unique(np.stack([(users * rng.random(count) ** 1.5).astype(int), rng.integers(0, items, count)], 1), axis=0)
    taste = rng.normal(size=(users, 3)) @ rng.normal(size=(3, items))
    values = np.clip(np.round(2 * (3 + taste[pairs[:, 0], pairs[:, 1]])) / 2, -1, largest)
    return pairs, values


class Model:
    """A model file's arrays in float64, biases 0 where there are none."""

    def __init__(self, path):
        with h5py.File(path, "r") as f:
            self.X, self.Y = f["users/factors"][:].astype(float), f["items/factors"][:].astype(float)
            self.users, self.items = f["users/ids"][:], f["items/ids"][:]
            self.bu = f["users/bias"][:].astype(float) if "users/bias" in f else np.zeros(len(self.X))
            self.bi = f["items/bias"][:].astype(float) if "items/bias" in f else np.zeros(len(self.Y))
            self.mean = float(f.attrs.get("global_mean", 0))
            self.history = {name: d[:] for name, d in f.get("history", {}).items()}

    def scores(self, u, i):
        return self.mean + self.bu[u] + self.bi[i] + (self.X[u] * self.Y[i]).sum(1)


def check_figures(name, model, u, i, values, lam_users, lam_items):
    error = values - model.scores(u, i)
    ridge = (lam_users * ((model.X ** 2).sum(1) + model.bu ** 2)).sum()
    ridge += (lam_items * ((model.Y ** 2).sum(1) + model.bi ** 2)).sum()
    expected = {"rmse": np.sqrt((error ** 2).mean()), "mae": np.abs(error).mean(), "objective": (error ** 2).sum() + ridge}
    for figure, value in expected.items():
        got = model.history[figure][-1]
        checks.check(abs(got - value) <= 1e-5 * value, f"{name}: {figure} is {got}, expected {value}")


def try_als(folder, name, data, ranks, options, lam, nu, biases):
    pairs, values = data
    path, file = folder / "ratings.tsv", folder / "model.h5"
    write_ratings(path, [(int(a) + 1, int(b) + 100, v) for (a, b), v in zip(pairs, values)])
    train(ranks, path, file, "--quiet", "-a", "als", "--lambda", lam, "--reg-exponent", nu, *options,
          *(["--biases"] if biases else []))
    model = Model(file)
    u, i = np.searchsorted(model.users, pairs[:, 0] + 1), np.searchsorted(model.items, pairs[:, 1] + 100)
    checks.check(abs(model.mean - values.mean()) < 1e-6 * abs(values.mean()), f"{name}: mean {model.mean}")
    lam_users = lam * np.bincount(u, minlength=len(model.X)) ** float(nu)
    lam_items = lam * np.bincount(i, minlength=len(model.Y)) ** float(nu)
    check_figures(name, model, u, i, values, lam_users, lam_items)
    got = np.column_stack([model.Y, model.bi]) if biases else model.Y
    exact = np.zeros_like(got)
    for item in range(len(got)):
        rated = i == item
        A = model.X[u[rated]]
        if biases:
            A = np.column_stack([A, np.ones(rated.sum())])
        target = values[rated] - model.mean - model.bu[u[rated]]
        A = np.vstack([A, np.sqrt(lam_items[item]) * np.eye(A.shape[1])])
        exact[item] = np.linalg.lstsq(A, np.concatenate([target, np.zeros(A.shape[1])]), rcond=None)[0]
    error = np.linalg.norm(got - exact) / np.linalg.norm(exact)
    checks.check(error < 1e-5, f"{name}: items are off the exact answer by {error:.2e}")
    objective = model.history["objective"]
    checks.check((np.diff(objective) <= 1e-6 * objective[:-1]).all(), f"{name}: the objective rose: {objective}")
    print(f"{name}: items off the exact answer by {error:.1e}, rmse {model.history['rmse'][-1]:.4f}")


def descend(start, u, i, values, epochs, rate, lam, biases):
    """One rating after the other in the order of users, then items."""
    X, Y, bu, bi = start.X.copy(), start.Y.copy(), start.bu.copy(), start.bi.copy()
    for _ in range(epochs):
        for a, b, r in zip(u, i, values):
            e = r - start.mean - bu[a] - bi[b] - X[a] @ Y[b]
            X[a], Y[b] = X[a] + rate * (e * Y[b] - lam * X[a]), Y[b] + rate * (e * X[a] - lam * Y[b])
            if biases:
                bu[a] += rate * (e - lam * bu[a])
                bi[b] += rate * (e - lam * bi[b])
    return X, Y, bu, bi


def try_sgd(folder, name, data, k, biases):
    pairs, values = data
    path, file = folder / "ratings.tsv", folder / "model.h5"
    write_ratings(path, [(int(a), int(b), v) for (a, b), v in zip(pairs, values)])
    options = ["--quiet", "-a", "sgd", "-k", k, "--sgd-blocks", 1, "--learning-rate", 0.02, "--lambda", 0.05]
    options += ["--biases"] if biases else []
    train(1, path, file, "-n", 0, *options)
    start = Model(file)
    spread = start.X.std() * k
    checks.check(abs(spread - 1) < 0.1, f"{name}: users start with a standard deviation of {spread:.3f} / k")
    train(3, path, file, "-n", 3, *options)
    model = Model(file)
    u, i = np.searchsorted(model.users, pairs[:, 0]), np.searchsorted(model.items, pairs[:, 1])
    X, Y, bu, bi = descend(start if not biases else model_with(start, model.mean), u, i, values, 3, 0.02, 0.05, biases)
    for what, got, expected in (("users", model.X, X), ("items", model.Y, Y), ("user biases", model.bu, bu),
                                ("item biases", model.bi, bi)):
        error = np.linalg.norm(got - expected) / max(np.linalg.norm(expected), 1e-30)
        checks.check(error < 1e-4 or np.linalg.norm(expected) == 0, f"{name}: {what} differ by {error:.1e}")
    lam_users, lam_items = 0.05 * np.bincount(u), 0.05 * np.bincount(i)
    check_figures(name, model, u, i, values, lam_users, lam_items)
    print(f"{name}: rmse {model.history['rmse']}")


def model_with(start, mean):
    start.mean = mean
    return start


def try_strata(folder, data):
    """More blocks than one change the order, not what is learned; and every schedule learns."""
    pairs, values = data
    path, file = folder / "ratings.tsv", folder / "model.h5"
    write_ratings(path, [(int(a), int(b), v) for (a, b), v in zip(pairs, values)])
    reached = {}
    for blocks in (1, 4, 7):
        for schedule in ("constant", "inverse", "bold"):
            train(3, path, file, "--quiet", "-a", "sgd", "-k", 16, "-n", 12, "--biases", "--learning-rate", 0.03,
                  "--sgd-blocks", blocks, "--schedule", schedule)
            rmse = Model(file).history["rmse"]
            reached[blocks, schedule] = rmse[-1]
            checks.check(rmse[-1] < 0.9 * rmse[0], f"{blocks} blocks, {schedule}: rmse {rmse}")
    print("rmse after 12 epochs by blocks and schedule:", {key: round(float(v), 3) for key, v in reached.items()})
    for schedule in ("constant", "inverse", "bold"):
        checks.check(abs(reached[4, schedule] / reached[1, schedule] - 1) < 0.1, f"4 blocks learn otherwise: {reached}")


def main():
    data = random_ratings(1, 400, 200, 9000)
    with work_folder() as name:
        folder = pathlib.Path(name)
        try_als(folder, "ALS-WR", data, 2, ["-k", 12, "-n", 5], 0.1, 1, False)
        try_als(folder, "ALS-WR with biases", data, 3, ["-k", 12, "-n", 5], 0.1, 1, True)
        try_als(folder, "plain ridge, biases, k = 40", data, 2, ["-k", 40, "-n", 3], 2.0, 0, True)
        try_als(folder, "a tiny ridge", data, 2, ["-k", 8, "-n", 3], 1e-4, 1, True)
        few = random_ratings(3, 300, 250, 2500)
        for lam in (1e-7, 1e-12):
            try_als(folder, f"rows shorter than k, lambda {lam}", few, 2, ["-k", 64, "-n", 3], lam, 1, True)
        many = random_ratings(4, 120, 300, 20000)
        for lam in (1.0, 0.01):
            try_als(folder, f"k = 64, lambda {lam} for all rows", many, 2, ["-k", 64, "-n", 3], lam, 0, False)
        try_als(folder, "15 factors and biases", data, 2, ["-k", 15, "-n", 3], 0.05, 1, True)
        try_als(folder, "one user", (np.array([[0, j] for j in range(9)]), np.arange(9) / 2.0), 4, ["-k", 2, "-n", 2], 0.1, 1, True)
        try_sgd(folder, "sgd", data, 16, False)
        try_sgd(folder, "sgd, 20 factors and biases", data, 20, True)
        try_strata(folder, random_ratings(2, 900, 500, 20000))
    checks.finish()


main()
