"""The reference notebook's settings on MovieLens-1M, against figures of an independent float64 run (within 1%: another
start gives slightly other figures), and the exact answer for the trained users; its SGD curve; and the test error of
explicit ALS on the u1 fold of MovieLens-100K."""

import pathlib

import h5py
import numpy as np

from mfals_run import Checks, data_file, train, work_folder

EXPECTED = {"predict_error": 0.1856, "confidence_error": 0.2757, "objective": 8.24e6}
NOTEBOOK_RMSE = [3.2610, 1.1115, 0.9512, 0.9013, 0.8712]
checks = Checks()


def try_ials():
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


def last_history(figure, *arguments):
    with work_folder() as name:
        model = pathlib.Path(name) / "model.h5"
        train(2, arguments[0], model, "--quiet", *arguments[1:])
        with h5py.File(model, "r") as f:
            return f["history"][figure][:]


def try_sgd():
    """The first epoch leaves the start behind, which is another one here; then the curves meet."""
    for blocks in (1, 16):
        rmse = last_history("rmse", data_file("ml-1m/ratings.tsv"), "-a", "sgd", "--sgd-blocks", blocks)
        print(f"sgd, {blocks} blocks: rmse {np.round(rmse, 4)}, the notebook's {NOTEBOOK_RMSE}")
        checks.check((np.diff(rmse) < 0).all(), f"sgd: rmse rose: {rmse}")
        checks.check((rmse[2:] < 1.02 * np.array(NOTEBOOK_RMSE[2:])).all(), f"sgd: rmse is {rmse}")


def try_als():
    rmse = last_history("test_rmse", data_file("ml-100k/u1.base"), "-a", "als", "--biases", "-k", 128, "--lambda", 1.1,
                        "--reg-exponent", 0.5, "-n", 4, "--test", data_file("ml-100k/u1.test"))
    print(f"als on the u1 fold: test rmse {np.round(rmse, 4)}")
    checks.check(rmse[-1] < 0.92, f"als: test rmse is {rmse}")


def main():
    try_ials()
    try_sgd()
    try_als()
    checks.finish()


main()
