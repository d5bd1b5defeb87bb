"""The reference notebook's settings on MovieLens-1M, against figures of an independent float64 run (within 1%: another
start gives slightly other figures), and the exact answer for the trained users."""

import pathlib

import h5py
import numpy as np

from mfals_run import Checks, data_file, train, work_folder

EXPECTED = {"predict_error": 0.1856, "confidence_error": 0.2757, "objective": 8.24e6}
checks = Checks()


def main():
    path = data_file("ml-1m/ratings.tsv")
    users, items, values = np.loadtxt(path, dtype=float, unpack=True)
    with work_folder() as name:
        model = pathlib.Path(name) / "model.h5"
        train(2, path, model, "--quiet", "-k", 20, "--alpha", 40, "--lambda", 150, "-n", 10)
        with h5py.File(model, "r") as f:
            X, Y = f["users/factors"][:].astype(float), f["items/factors"][:].astype(float)
            user_ids, item_ids = f["users/ids"][:], f["items/ids"][:]
            history = {figure: d[:] for figure, d in f["history"].items()}
    for figure, expected in EXPECTED.items():
        got = history[figure][-1]
        checks.check(abs(got - expected) < 0.01 * expected, f"{figure} is {got}, expected {expected} within 1%")
        print(f"{figure}: {got:.6g} (an independent run: {expected:.6g})")
    checks.check((np.diff(history["objective"]) < 0).all(), f"the objective rose: {history['objective']}")
    checks.check(X.shape == (6040, 20) and Y.shape == (3706, 20), f"shapes {X.shape}, {Y.shape}")

    W = np.zeros((len(X), len(Y)))
    W[np.searchsorted(user_ids, users), np.searchsorted(item_ids, items)] = 40 * values
    G = X.T @ X + 150 * np.eye(20)
    exact = np.array([np.linalg.solve(G + (X * w[:, None]).T @ X, X.T @ (w + (w > 0))) for w in W.T])
    error = np.linalg.norm(Y - exact) / np.linalg.norm(exact)
    checks.check(error < 1e-5, f"items are off the exact answer by {error:.2e}")
    print(f"items off the exact answer by {error:.1e}")
    S = X @ Y.T
    objective = ((1 + W) * ((W > 0) - S) ** 2).sum() + 150 * ((X ** 2).sum() + (Y ** 2).sum())
    checks.check(abs(history["objective"][-1] - objective) < 1e-5 * objective,
                 f"objective is {history['objective'][-1]}, the factors say {objective}")
    checks.finish()


main()
