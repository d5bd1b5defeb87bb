"""The other trainers: found or named as missing, and told to do what mfals does on as many threads."""

import importlib
import importlib.metadata
import os
import re
import shutil
import statistics
import subprocess
import sys
import time

import numpy as np


class Fit:
    """Seconds of an iteration, iterations done, and both factor matrices (None where the peer keeps them)."""

    def __init__(self, seconds, iterations, X=None, Y=None, objective=None):
        self.seconds, self.iterations, self.X, self.Y, self.objective = seconds, iterations, X, Y, objective


def version(module):
    try:
        return importlib.metadata.version(module.__name__)
    except importlib.metadata.PackageNotFoundError:
        return getattr(module, "__version__", "of unknown version")


def confidences(ratings, alpha):
    matrix = ratings.matrix.copy()
    matrix.data = 1 + np.float32(alpha) * matrix.data
    return matrix


class Implicit:
    """AlternatingLeastSquares of implicit: three steps of conjugate gradients, or exact. float32, its own
    start, which is uniform in [0, 0.01) like that of mfals. Its confidence is the matrix's value itself."""
    name = "implicit"

    def __init__(self):
        self.module = importlib.import_module("implicit.cpu.als")
        self.version = version(importlib.import_module("implicit"))

    def model(self, factors, threads, settings, cg=False):
        return self.module.AlternatingLeastSquares(
            factors=factors, regularization=settings.ridge, iterations=settings.iterations,
            num_threads=threads, use_cg=cg, random_state=42, dtype=np.float32)

    def fit(self, ratings, factors, threads, cg, settings):
        model, seconds = self.model(factors, threads, settings, cg), []

        class Enough(Exception):
            pass

        def after(_, elapsed, __):
            seconds.append(elapsed)
            if sum(seconds) > settings.patience:
                raise Enough

        try:
            model.fit(confidences(ratings, settings.alpha), show_progress=False, callback=after)
        except Enough:
            pass
        return Fit(statistics.median(seconds), len(seconds), model.user_factors, model.item_factors)

    def recommend(self, ratings, X, Y, top, threads, settings):
        """Seconds to list the best unseen items of all users by these factors, and the lists."""
        model = self.model(X.shape[1], threads, settings)
        model.user_factors, model.item_factors = X, Y
        users = np.arange(ratings.users)
        begun = time.perf_counter()
        items, _ = model.recommend(users, ratings.matrix, N=top, filter_already_liked_items=True)
        return time.perf_counter() - begun, items


class Cmfrec:
    """CMF_implicit of cmfrec, float32, its own start. It tells no times of iterations: they are the
    difference between a fit of all iterations and one of a single iteration, over their number less one; or
    that of the single one, if that takes so long that its preparations do not matter."""
    name = "cmfrec"

    def __init__(self):
        self.module = importlib.import_module("cmfrec")
        self.version = version(self.module)

    def once(self, matrix, factors, threads, cg, iterations, settings):
        model = self.module.CMF_implicit(
            k=factors, lambda_=settings.ridge, alpha=settings.alpha, use_cg=cg, max_cg_steps=3,
            finalize_chol=False, niter=iterations, use_float=True, nthreads=threads,
            precompute_for_predictions=False, verbose=False)
        begun = time.perf_counter()
        model.fit(matrix)
        return time.perf_counter() - begun, model

    def fit(self, ratings, factors, threads, cg, settings):
        matrix = ratings.matrix.tocoo()
        one, model = self.once(matrix, factors, threads, cg, 1, settings)
        affordable = settings.iterations if one * settings.iterations <= settings.patience else 2
        iterations = min(affordable, settings.iterations) if one <= settings.patience else 1
        if iterations > 1:
            many, model = self.once(matrix, factors, threads, cg, iterations, settings)
            one = (many - one) / (iterations - 1)
        return Fit(one, iterations, model.A_, model.B_)


class Ials:
    """A program with the options and lines of the ials_main that came with Rendle et al.: it reads
    --train_data, a file of a header and lines `user,item` numbered from 0, and prints `Train=<ms>` after each
    of --epochs epochs, and with --print_train_stats 1 `Loss=<objective>`. It takes as many threads as the
    machine has: fewer by affinity."""
    name = "iALS"
    weight, ridge = 0.1, 0.003  # a0 and lambda of the runs; nu is 1

    def __init__(self, program):
        self.program, self.version = program, "the program given"
        if not shutil.which(program):
            raise ImportError

    def run(self, ratings, factors, threads, epochs, folder, stats):
        pairs = folder / "pairs.csv"
        if not pairs.exists() or self.written is not ratings:
            self.written = ratings
            np.savetxt(pairs, np.stack([ratings.user, ratings.item], 1),
                       "%d", ",", header="user,item", comments="")
        few = folder / "few.csv"
        few.write_text("user,item\n0,0\n")
        options = {"train_data": pairs, "test_train_data": few, "test_test_data": few,
                   "embedding_dim": factors, "epochs": epochs, "unobserved_weight": self.weight,
                   "regularization": self.ridge, "regularization_exp": 1,
                   "eval_during_training": 0, "print_train_stats": int(stats)}
        cores = sorted(os.sched_getaffinity(0))[:threads]
        done = subprocess.run([self.program, *(str(word) for name, value in options.items()
                                               for word in (f"--{name}", value))],
                              capture_output=True, text=True,
                              preexec_fn=lambda: os.sched_setaffinity(0, cores))
        if done.returncode != 0:
            sys.exit(f"{self.program}: exit code {done.returncode}\n{done.stderr}")
        return done.stdout

    def fit(self, ratings, factors, threads, settings):
        text = self.run(ratings, factors, threads, settings.iterations, settings.work, False)
        times = [int(ms) / 1e3 for ms in re.findall(r"Train=(\d+)", text)]
        return Fit(statistics.median(times), settings.iterations)

    def objective(self, ratings, factors, settings):
        text = self.run(ratings, factors, settings.workers[-1], settings.iterations, settings.work, True)
        return float(re.findall(r"Loss=([-+.\de]+)", text)[-1])


class Libmf:
    """mf-train of LIBMF: squared loss, regularisation and rate as given, no biases; an epoch is the
    difference between a long and a short run, as it tells no times."""
    name = "LIBMF"
    SHORT, LONG = 5, 45

    def __init__(self, program):
        self.program, self.version = shutil.which(program), "mf-train"
        if self.program is None:
            raise ImportError

    def train(self, text, threads, epochs, model, factors, settings):
        begun = time.perf_counter()
        command = [self.program, "-f", 0, "-k", factors, "-t", epochs, "-l2", settings.sgd_ridge,
                   "-r", settings.rate, "-s", threads, "--quiet", text, model]
        subprocess.run(list(map(str, command)), check=True, stdout=subprocess.DEVNULL)
        return time.perf_counter() - begun

    def epoch(self, text, threads, model, factors, settings):
        """Seconds of an epoch."""
        short, long = (self.train(text, threads, epochs, model, factors, settings)
                       for epochs in (self.SHORT, self.LONG))
        return (long - short) / (self.LONG - self.SHORT)

    @staticmethod
    def factors(model):
        rows = {"p": [], "q": []}
        for line in open(model):
            words = line.split()
            if re.fullmatch("[pq][0-9]+", words[0]):
                rows[words[0][0]].append(np.array(words[2:], np.float32))
        return np.array(rows["p"]), np.array(rows["q"])


def look_for(settings):
    """Those that are here by name, and the names of those that are not."""
    wanted = {"implicit": Implicit, "cmfrec": Cmfrec, "LIBMF": lambda: Libmf(settings.libmf)}
    if settings.ials:
        wanted["iALS"] = lambda: Ials(settings.ials)
    found, missing = {}, []
    for name, make in wanted.items():
        try:
            if name in settings.without:
                raise ImportError
            found[name] = make()
        except (ImportError, OSError):
            missing.append(name)
    return found, missing
