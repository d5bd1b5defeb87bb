"""sgd, peak, recommend: functions of the settings and of the peers found, which return tables."""

import statistics
import subprocess
import sys
import time

import h5py
import numpy as np

from benchmarks.data import factors, load, rmse
from benchmarks.pairs import alternate, compare
from benchmarks.report import RATIO, Panel, Table, of_workers, point
from benchmarks.running import Training, mfals


def sgd(settings, peers):
    """Epochs of mfals -a sgd against LIBMF's."""
    ratings = load(settings.data[0], settings.work, settings.workers[-1])
    text, model, k = settings.work / "rows.txt", settings.work / "libmf.model", 16
    np.savetxt(text, np.stack([ratings.user, ratings.item, ratings.value], 1), "%d %d %.9g")
    libmf, rows, series = peers.get("LIBMF"), [], {"": []}
    for workers in settings.workers:
        def ours(workers=workers):
            run = Training(workers, ratings.hdf5, settings.work, "-a", "sgd", "-k", k, "-n", 10, "--lambda",
                           settings.sgd_ridge, "--learning-rate", settings.rate)
            ours.X, ours.Y = factors(run.model)
            return {"epoch": run.median("solve_s", "exchange_s", "wait_s"), "whole": run.median("wall_s")}

        measures = {"mfals": ours}
        if libmf:
            measures["LIBMF"] = lambda workers=workers: libmf.epoch(text, workers, model, k, settings)
        rounds = alternate(measures, settings, f"sgd: {of_workers(workers)}")
        row = {"ratings": ratings.name, "workers": workers, "ours_rmse": rmse(ratings, ours.X, ours.Y)}
        if libmf:
            row.update(compare(rounds, ("mfals", "epoch"), "LIBMF", settings.limit))
            row["whole_ratio"] = compare(rounds, ("mfals", "whole"), "LIBMF", settings.limit)["ratio"]
            row["theirs_rate"] = ratings.count / row["theirs"] / 1e6
            libmf.train(text, workers, 10, model, k, settings)
            row["theirs_rmse"] = rmse(ratings, *libmf.factors(model))
            series[""].append(point(of_workers(workers), row))
        else:
            row["ours"] = statistics.median(one["mfals"][0]["epoch"] for one in rounds)
        row["ours_rate"] = ratings.count / row["ours"] / 1e6
        rows.append(row)
    columns = [("ratings", "ratings", "{}"), ("workers", "workers", "{}"),
               ("mfals, Mratings/s", "ours_rate", "{:.1f}"),
               ("LIBMF, Mratings/s", "theirs_rate", "{:.1f}"),
               ("LIBMF / mfals, time", "ratio", "{:.2f}"), *RATIO,
               ("with figures", "whole_ratio", "{:.2f}"), ("RMSE after 10, mfals", "ours_rmse", "{:.4f}"),
               ("RMSE after 10, LIBMF", "theirs_rmse", "{:.4f}")]
    notes = [f"k = {k}, learning rate {settings.rate:g}, lambda {settings.sgd_ridge:g}, no biases, float32; "
             "an epoch of mfals has its exchange and waits in it; `with figures` is the ratio with those",
             "RMSE over the training ratings. The methods differ: LIBMF adapts its rate by coordinate"]
    return [Table("sgd", "epochs of stochastic gradient descent", columns, rows, notes,
                  [Panel("sgd", "time of LIBMF / mfals", series)])]


SGEMM = """
import numpy, time
n = 1536
a, b = (numpy.random.default_rng(1).random((n, n), dtype=numpy.float32) for _ in range(2))
times = []
while len(times) < 3 or sum(times) < 0.5:
    begun = time.perf_counter()
    a @ b
    times.append(time.perf_counter() - begun)
print(2 * n**3 / sorted(times)[len(times) // 2] / 1e9)
"""


def sgemm(workers):
    """GFLOP/s of one thread in NumPy's sgemm, while as many workers do the same."""
    running = [subprocess.Popen([sys.executable, "-c", SGEMM], stdout=subprocess.PIPE, text=True)
               for _ in range(workers)]
    return statistics.mean(float(one.communicate()[0]) for one in running)


def peak(settings, _):
    """Row solves as a share of what sgemm reaches."""
    ratings, rows, series = load(settings.data[0], settings.work, settings.workers[-1]), [], {}

    def rate(workers, k):
        run = Training(workers, ratings.hdf5, settings.work, "-k", k,
                       "-n", settings.iterations, "--solver", "exact")
        return run.summary["flops"] / run.seconds("solve rows") / workers / 1e9

    for workers in settings.workers:
        for k in settings.factors:
            measures = {"mfals": lambda: rate(workers, k), "sgemm": lambda: sgemm(workers)}
            rounds = alternate(measures, settings, f"peak: k = {k}, {of_workers(workers)}")
            row = {"ratings": ratings.name, "k": k, "workers": workers,
                   **compare(rounds, "sgemm", "mfals", settings.limit)}
            rows.append(row)
            series.setdefault(of_workers(workers), []).append(point(k, row))
    columns = [("ratings", "ratings", "{}"), ("k", "k", "{}"), ("workers", "workers", "{}"),
               ("row solves, GFLOP/s a rank", "theirs",
                "{:.1f}"), ("sgemm, GFLOP/s a thread", "ours", "{:.1f}"),
               ("share", "ratio", "{:.2f}"), *RATIO]
    notes = ["float32; flops as logged: n k^2 + k^3/3 of a primal row, n^2 k + n^3/3 of a dual one",
             "sgemm: NumPy's, 1536 x 1536, one thread for each worker, at the same time"]
    return [Table("peak", "row solves beside sgemm", columns, rows, notes,
                  [Panel("peak", "row solves / sgemm", series, "k")])]


def common(lists, model, theirs):
    """The share of their entries (rows of items by user) that are in mfals's lists too."""
    with h5py.File(model) as file, h5py.File(lists) as ours:
        rows = np.searchsorted(file["items/ids"][:], ours["lists/items"][:])
    return float(np.mean([len(np.intersect1d(a, b)) / len(b) for a, b in zip(rows, theirs)]))


class Lists:
    """What is measured: the whole command, the same for a single user, and the peer, by the same factors."""
    K, TOP = 64, 10

    def __init__(self, settings, peer):
        self.settings, self.peer = settings, peer
        self.ratings = ratings = load(settings.lists, settings.work, settings.workers[-1])
        trained = Training(1, ratings.text, settings.work, "-k", self.K, "-n", 2, *ratings.options)
        self.model, self.factors = trained.model, factors(trained.model)
        self.lists, self.single = settings.work / "lists.h5", settings.work / "single.txt"
        with h5py.File(self.model) as file:
            first = file["users/ids"][0]
        self.single.write_text(f"{first.decode() if isinstance(first, bytes) else first}\n")

    def seconds(self, workers, *more):
        begun = time.perf_counter()
        mfals(workers, "recommend", self.model, "--top", self.TOP, "-o", self.lists, "--quiet", *more)
        return time.perf_counter() - begun

    def ours(self, workers):
        start = self.seconds(workers, "--users", self.single)
        whole = self.seconds(workers)
        return {"whole": whole, "start": start, "lists": whole - start}

    def theirs(self, workers):
        X, Y = self.factors
        elapsed, self.items = self.peer.recommend(self.ratings, X, Y, self.TOP, workers, self.settings)
        return elapsed

    def row(self, workers):
        """The ratio only where the lists take long enough to be told from the start of the command."""
        measures = {"mfals": lambda: self.ours(workers)}
        if self.peer:
            measures["implicit"] = lambda: self.theirs(workers)
        rounds = alternate(measures, self.settings, f"recommend: {of_workers(workers)}")
        of_mfals = {key: [one["mfals"][0][key] for one in rounds] for key in ("whole", "start", "lists")}
        row = {"ratings": self.ratings.name, "workers": workers,
               **{key: statistics.median(values) for key, values in of_mfals.items()}}
        if self.peer:
            row["theirs"] = statistics.median(one["implicit"][0] for one in rounds)
            row["common"] = common(self.lists, self.model, self.items)
            if min(of_mfals["lists"]) > row["start"] / 4:
                row.update(compare(rounds, ("mfals", "lists"), "implicit", self.settings.limit))
        return row


def recommend(settings, peers):
    """The ten best unseen items of all users, by the same factors."""
    lists = Lists(settings, peers.get("implicit"))
    rows = [lists.row(workers) for workers in settings.workers]
    columns = [("ratings", "ratings", "{}"), ("workers", "workers", "{}"),
               ("mfals whole, s", "whole", "{:.3f}"), ("mfals lists, s", "lists", "{:.3f}"),
               ("implicit lists, s", "theirs", "{:.3f}"), ("implicit / mfals, lists", "ratio", "{:.2f}"),
               *RATIO, ("entries in common", "common", "{:.4f}")]
    notes = [f"k = {lists.K}, the {lists.TOP} best unseen items of all {lists.ratings.users} users by "
             "mfals's factors, float32",
             "whole: the command, with start of MPI, reading of model and ratings, writing; lists: that less "
             "the same for one user. That of implicit is its recommend alone, all in memory, nothing written",
             "no ratio where the lists take less than a quarter of the start"]
    series = {"": [point(of_workers(row["workers"]), row) for row in rows if "ratio" in row]}
    return [Table("recommend", "lists for all users", columns, rows, notes,
                  [Panel("recommend", "time of implicit / mfals, lists", series)])]
