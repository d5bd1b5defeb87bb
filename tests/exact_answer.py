"""Trained models against dense float64 computations written from the papers (Hu et al. 2008, Rendle et al. 2022, He et al. 2016).

After training, the items must be the exact least-squares answer for the users, every figure must agree with the
factors, and the objective must never have risen."""

import json
import pathlib

import h5py
import numpy as np

from mfals_run import Checks, train, work_folder, write_ratings

checks = Checks()


def weights_by_count(counts, exponent):
    """p or q: the power of the numbers of ratings, 1 in the mean."""
    powers = np.where(counts > 0, np.maximum(counts, 1) ** exponent, 0) if exponent else np.ones(len(counts))
    return powers / powers.mean()


def random_ratings(seed, users, items, count, largest=5, power=0.0):
    rng = np.random.default_rng(seed)
    weight = (1.0 + np.arange(users)) ** -power
    u = rng.choice(users, count, p=weight / weight.sum())
    i = np.minimum((items * rng.random(count) ** 2).astype(int), items - 1)
    pairs = np.unique(np.stack([u, i], 1), axis=0)
    values = np.ceil(largest ** rng.random(len(pairs))) if largest > 100 else rng.integers(1, largest + 1, len(pairs))
    return [(int(a) * 3 - 5, int(b) + 10**12, float(v)) for (a, b), v in zip(pairs, values)]


def blocks_of_4():
    """A Gram matrix of rank 4, whose other eigenvalues are rounding errors."""
    return [(u, i, 1) for u in range(200) for i in range(100) if u % 4 == i % 4]


class Problem:
    """The dense matrices of a model file, in the order of its ids."""

    def __init__(self, path, ratings, alpha=40.0, weight=None, unobserved=None, exponent=0.0, lam=150.0,
                 user_exponent=0.0, item_exponent=0.0):
        with h5py.File(path, "r") as f:
            assert f.attrs["format"] == "mfals-model" and f.attrs["complete"] == 1
            self.X = f["users/factors"][:].astype(float)
            self.Y = f["items/factors"][:].astype(float)
            users, items = f["users/ids"][:].tolist(), f["items/ids"][:].tolist()
            self.history = {name: d[:] for name, d in f["history"].items()}
        assert users == sorted(users) and items == sorted(items)
        user_row = {u: r for r, u in enumerate(users)}
        item_row = {i: r for r, i in enumerate(items)}
        R = np.zeros((len(users), len(items)))
        self.rated = R > 0
        for u, i, v in ratings:
            R[user_row[u], item_row[i]] = v
            self.rated[user_row[u], item_row[i]] = True
        self.P = (R > 0).astype(float)
        self.a0 = 1.0 if unobserved is None else unobserved
        self.W = alpha * abs(R) if weight is None else weight * self.rated  # the weight of a rated cell beyond a0
        self.targets = self.P * (self.W + (unobserved is None))  # Hu: c p = 1 + w; Rendle: w; of negative ratings 0
        self.hu = unobserved is None
        m, n = R.shape
        self.p = weights_by_count(self.rated.sum(1), user_exponent)
        self.q = weights_by_count(self.rated.sum(0), item_exponent)
        self.lam_users = lam * (self.rated.sum(1) + self.a0 * self.p * n) ** exponent
        self.lam_items = lam * (self.rated.sum(0) + self.a0 * self.q * m) ** exponent
        self.lam = lam

    def exact_items(self):
        """argmin over each item: (a0 q_i X' diag(p) X + X'WX + lambda I) y = X' b, as a least-squares problem."""
        X, k = self.X, self.X.shape[1]
        Y = np.zeros_like(self.Y)
        for i in range(len(Y)):
            rated = self.rated[:, i] & (self.W[:, i] > 0)
            if rated.any():
                root = np.sqrt(self.W[rated, i])
                A = np.vstack([np.sqrt(self.a0 * self.q[i] * self.p)[:, None] * X, root[:, None] * X[rated], np.sqrt(self.lam_items[i]) * np.eye(k)])
                b = np.concatenate([np.zeros(len(X)), self.targets[rated, i] / root, np.zeros(k)])
                Y[i] = np.linalg.lstsq(A, b, rcond=None)[0]
        return Y

    def figures(self):
        S = self.X @ self.Y.T
        if self.hu:
            errors = ((1 + self.W) * (self.P - S) ** 2).sum()
        else:
            errors = (self.W * (self.P - S) ** 2).sum() + self.a0 * (self.p[:, None] * self.q * S ** 2).sum()
        ridge = (self.lam_users * (self.X ** 2).sum(1)).sum() + (self.lam_items * (self.Y ** 2).sum(1)).sum()
        regularization = self.lam * ((self.X ** 2).mean() + (self.Y ** 2).mean())
        return {"predict_error": ((self.P - S) ** 2).mean(), "confidence_error": errors / S.size,
                "regularization": regularization, "total_loss": errors / S.size + regularization,
                "objective": errors + ridge}


def verify(name, problem, bound=1e-5):
    exact = problem.exact_items()
    error = np.linalg.norm(problem.Y - exact) / np.linalg.norm(exact)
    sizes = np.linalg.norm(exact, axis=1)
    rated = sizes > 0
    worst = (np.linalg.norm(problem.Y - exact, axis=1)[rated] / sizes[rated]).max()
    checks.check(error < bound, f"{name}: items are off the exact answer by {error:.2e}")
    checks.check(worst < 1e-4, f"{name}: an item is off its exact answer by {worst:.2e}")
    for figure, expected in problem.figures().items():
        got = problem.history[figure][-1]
        # Means of terms of order 1 are known to their rounding errors, which a perfect fit leaves alone.
        checks.check(abs(got - expected) <= 1e-5 * abs(expected) + 1e-13, f"{name}: {figure} is {got}, expected {expected}")
    objective = problem.history["objective"]
    checks.check((np.diff(objective) <= 1e-6 * objective[:-1]).all(), f"{name}: the objective rose: {objective}")
    print(f"{name}: items off by {error:.1e} in all, {worst:.1e} at worst; objective {objective[-1]:.6g}")


def try_settings(folder, name, ratings, options, ranks=2, bound=1e-5, **problem):
    path, model = folder / "ratings.tsv", folder / "model.h5"
    write_ratings(path, ratings)
    if "unobserved" not in problem and "--alpha" not in options:
        options = ["--preset", "notebook", *options]
    train(ranks, path, model, "--quiet", *options)
    verify(f"{name}, {ranks} ranks", Problem(model, ratings, **problem), bound)


def density(ratings):
    """The share of cells that have a rating."""
    return len({(u, i) for u, i, _ in ratings}) / len({u for u, _, _ in ratings}) / len({i for _, i, _ in ratings})


def hold_out_negatives(folder):
    """Only ratings above 0 are held out: of three of a user two, however many are below."""
    path, log = folder / "signed.tsv", folder / "log.json"
    write_ratings(path, [(u, (7 * u + i) % 60, 1 if i < 3 else -1) for u in range(80) for i in range(13)])
    train(3, path, folder / "signed.h5", "--quiet", "-n", 1, "--nonpositive", "negative", "--holdout", 5, "--log-json", log)
    event, = (e for e in map(json.loads, log.read_text().splitlines()) if e["event"] == "evaluation")
    checks.check(event["ratings"] == 2 * 80, f"held out of 3 ratings above 0 and 10 below: {event['ratings'] / 80} a user")


def by_conjugate_gradients(folder, ratings):
    """Steps end where exact solves do, with weights by counts and negative ratings."""
    path, ends = folder / "ratings.tsv", []
    write_ratings(path, ratings)
    for solver in ("exact", "cg"):
        train(2, path, folder / "model.h5", "--quiet", "-k", 48, "-n", 25, "--nonpositive", "negative", "--unobserved-weight", 0.2,
              "--alpha", 1, "--lambda", 2, "--reg-exponent", 0, "--user-exponent", 0.5, "--item-exponent", 0.5, "--solver", solver)
        with h5py.File(folder / "model.h5") as f:
            ends.append(f["history/objective"][-1])
    checks.check(abs(ends[1] / ends[0] - 1) < 0.01, f"conjugate gradients end at {ends[1]}, exact solves at {ends[0]}")
    print(f"negative ratings, weights by counts: objective {ends[0]:.6g}, by conjugate gradients {ends[1]:.6g}")


def main():
    usual = random_ratings(1, 500, 300, 20000)
    skewed = random_ratings(2, 700, 200, 30000, power=1.0)
    counts = random_ratings(3, 400, 250, 12000, largest=80000)
    with work_folder() as name:
        folder = pathlib.Path(name)
        try_settings(folder, "the notebook's settings", usual, ["-n", 5])
        try_settings(folder, "the defaults", usual, [], weight=1, unobserved=2 * density(usual), exponent=1, lam=0.015)
        try_settings(folder, "unobserved ratio and alpha", skewed,
                     ["-n", 4, "-k", 30, "--unobserved-ratio", 0.5, "--alpha", 2, "--lambda", 0.1, "--reg-exponent", 0],
                     ranks=3, alpha=2, unobserved=0.5 * density(skewed), lam=0.1)
        try_settings(folder, "k = 64, lambda 0.01", usual, ["-n", 3, "-k", 64, "--lambda", 0.01], ranks=3, lam=0.01)
        try_settings(folder, "k = 128, alpha 1", skewed, ["-n", 3, "-k", 128, "--alpha", 1, "--lambda", 2],
                     alpha=1, lam=2)
        try_settings(folder, "counts up to 80,000", counts, ["-n", 5, "-k", 20])
        try_settings(folder, "counts up to 80,000, k = 100", counts, ["-n", 3, "-k", 100, "--lambda", 1], lam=1)
        try_settings(folder, "unobserved weight", usual,
                     ["-n", 5, "-k", 32, "--unobserved-weight", 0.1, "--lambda", 0.003, "--reg-exponent", 1],
                     weight=1, unobserved=0.1, exponent=1, lam=0.003)
        try_settings(folder, "unobserved weight and alpha", skewed,
                     ["-n", 5, "-k", 16, "--unobserved-weight", 0.05, "--alpha", 2, "--lambda", 0.1, "--reg-exponent", 0],
                     alpha=2, unobserved=0.05, lam=0.1)
        for k, user, item in ((24, 0.5, 0), (64, 0, 0.75), (96, 0.5, 0.5)):
            try_settings(folder, f"k = {k}, weights by counts to {user} and {item}", skewed,
                         ["-n", 4, "-k", k, "--unobserved-weight", 0.2, "--lambda", 0.02, "--reg-exponent", 1,
                          "--user-exponent", user, "--item-exponent", item],
                         ranks=3, weight=1, unobserved=0.2, exponent=1, lam=0.02, user_exponent=user, item_exponent=item)
        try_settings(folder, "a wide spectrum, weights by counts", blocks_of_4(),
                     ["-n", 6, "-k", 20, "--unobserved-weight", 1, "--lambda", 1e-6, "--reg-exponent", 0, "--user-exponent", 1,
                      "--item-exponent", 1],
                     weight=1, unobserved=1, lam=1e-6, user_exponent=1, item_exponent=1)
        try_settings(folder, "reg-exponent 0.5", skewed, ["-n", 4, "-k", 33, "--reg-exponent", 0.5, "--lambda", 5],
                     exponent=0.5, lam=5)
        signed = [(u, i, v - 3) for u, i, v in usual]
        negative = ["--nonpositive", "negative", "-n", 4]
        for k in (5, 70):
            try_settings(folder, f"negative ratings, k = {k}", signed, [*negative, "-k", k, "--alpha", 3, "--lambda", 1],
                         alpha=3, lam=1)
        try_settings(folder, "negative ratings, an unobserved weight", signed,
                     [*negative, "-k", 30, "--unobserved-weight", 0.2, "--lambda", 0.02, "--reg-exponent", 0, "--item-exponent", 0.5],
                     weight=1, unobserved=0.2, lam=0.02, item_exponent=0.5)
        hold_out_negatives(folder)
        by_conjugate_gradients(folder, signed)
        try_settings(folder, "plain kernel", usual, ["-n", 4, "-k", 40, "--kernel", "plain"])
        for lam in (1e-2, 1e-6):
            try_settings(folder, f"rank 4, lambda {lam}", blocks_of_4(),
                         ["-n", 6, "-k", 20, "--alpha", 1, "--lambda", lam], alpha=1, lam=lam)
        try_settings(folder, "30 items, k = 64, lambda 1e-6", random_ratings(7, 500, 30, 4000),
                     ["-n", 4, "-k", 64, "--lambda", 1e-6], lam=1e-6)
        try_settings(folder, "tiny weights", [(u, i, v * 1e-20) for u, i, v in random_ratings(8, 200, 150, 3000)],
                     ["-n", 3, "-k", 17, "--unobserved-weight", 1e-21, "--alpha", 1, "--lambda", 1e-21, "--reg-exponent", 0],
                     alpha=1, unobserved=1e-21, lam=1e-21)
        # Corners: fewer rows than ranks, one user, one item, more factors than rows.
        try_settings(folder, "one user", [(7, i, 1 + i % 5) for i in range(40)], ["-n", 2, "-k", 3], ranks=3)
        try_settings(folder, "one item", [(u, 3, 1 + u % 5) for u in range(40)], ["-n", 2, "-k", 3], ranks=3)
        try_settings(folder, "one rating", [(5, 6, 2)], ["-n", 2, "-k", 2], ranks=4)
        try_settings(folder, "more factors than rows", random_ratings(5, 6, 5, 20), ["-n", 3, "-k", 50], ranks=2)
        try_settings(folder, "more ranks than tiles", random_ratings(6, 30, 20, 200), ["-n", 3, "-k", 8], ranks=7)
    checks.finish()


if __name__ == "__main__":
    main()
