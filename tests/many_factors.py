"""Hundreds of factors: the axes by LAPACK and by ScaLAPACK, on ranks enough for its grid and on fewer; every model is the
exact answer of dense float64 equations, those of one grid are equal byte for byte, and the two ways hardly differ.
Under MFALS_SOAK=1 also thousands of factors."""

import hashlib
import os
import pathlib

import h5py
import numpy as np

from exact_answer import Problem, checks, random_ratings
from mfals_run import has_scalapack, train, work_folder, write_ratings

RANKS = (1, 2, 4, 7)
ALPHA, LAMBDA = 2.0, 5.0


class NormalProblem(Problem):
    """Rows by normal equations: well-conditioned here, and quick with many factors."""

    def exact_items(self):
        X, k = self.X, self.X.shape[1]
        shared = X.T @ X + self.lam * np.eye(k)
        Y = np.zeros_like(self.Y)
        for i in range(len(Y)):
            rated = X[self.P[:, i] > 0]
            weights = self.W[self.P[:, i] > 0, i]
            Y[i] = np.linalg.solve(shared + rated.T @ (weights[:, None] * rated), rated.T @ (1 + weights))
        return Y


def inspect(path, ratings):
    """The digest of the bytes, what the model says about its axes, and how far it is from the exact answer."""
    problem = NormalProblem(path, ratings, alpha=ALPHA, lam=LAMBDA)
    exact = problem.exact_items()
    error = np.linalg.norm(problem.Y - exact) / np.linalg.norm(exact)
    for figure, expected in problem.figures().items():
        got = problem.history[figure][-1]
        checks.check(abs(got - expected) <= 1e-5 * abs(expected), f"{figure} is {got}, expected {expected}")
    with h5py.File(path, "r") as f:
        axes = f.attrs.get("axes", "lapack"), f.attrs.get("axes_grid")
    return hashlib.sha256(path.read_bytes()).hexdigest(), axes, error, problem.history["objective"][-1]


def compare(folder, k, users, items, count, ranks_of_grid, grid, every_rank=RANKS):
    """On each number of ranks: by LAPACK, and by ScaLAPACK, which needs ranks_of_grid."""
    ratings = random_ratings(11, users, items, count)
    path, model = folder / "ratings.tsv", folder / "model.h5"
    write_ratings(path, ratings)
    digests, objectives, worst = {}, [], 0
    for axes in ("lapack", "scalapack") if has_scalapack() else ("lapack",):
        for ranks in every_rank:
            done = train(ranks, path, model, "-n", 2, "-k", k, "--alpha", ALPHA, "--lambda", LAMBDA, "--init", "normal:0.05",
                         "--axes", axes, limit=1000)
            digest, said, error, objective = inspect(model, ratings)
            expected = None if axes == "lapack" else grid if ranks >= ranks_of_grid else "1x1"
            checks.check(said == (axes, expected), f"k = {k}, {axes}, {ranks} ranks: the model says {said}")
            checks.check("warning" not in done.stderr, f"k = {k}, {axes}, {ranks} ranks: {done.stderr}")
            checks.check(error < 1e-5, f"k = {k}, {axes}, {ranks} ranks: items are off the exact answer by {error:.2e}")
            digests.setdefault(said, set()).add(digest)
            objectives.append(objective)
            worst = max(worst, error)
            model.unlink()
    for said, distinct in digests.items():
        checks.check(len(distinct) == 1, f"k = {k}: {len(distinct)} different models by {said}")
    spread = max(objectives) / min(objectives) - 1
    checks.check(spread < 1e-6, f"k = {k}: objectives differ by {spread:.1e}")
    print(f"k = {k}: {len(objectives)} runs, {len(digests)} ways, items off by {worst:.1e}, objectives differ by {spread:.1e}")


def main():
    with work_folder() as name:
        folder = pathlib.Path(name)
        compare(folder, 600, 700, 60, 12000, 4, "2x2")
        if os.environ.get("MFALS_SOAK") == "1":
            compare(folder, 1024, 1200, 100, 30000, 4, "2x2")
            compare(folder, 2048, 2200, 60, 30000, 16, "4x4", every_rank=(*RANKS, 16))
    checks.finish()


main()
