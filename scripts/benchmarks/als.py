"""als: whole iterations of mfals, exact and by conjugate gradients, against those of its peers."""

import statistics

from benchmarks.data import factors, load, objective
from benchmarks.pairs import alternate, compare
from benchmarks.peers import Fit
from benchmarks.report import RATIO, Panel, Table, of_workers, point
from benchmarks.running import Training

# What is held against what: exact against exact, steps against as many steps, and exact against steps.
MATCHES = [("mfals exact", "{} exact"), ("mfals cg", "{} cg"), ("mfals exact", "{} cg")]
SOLVERS = {"mfals exact": ("--solver", "exact"), "mfals cg": ("--solver", "cg", "--cg-steps", 3)}
COLUMNS = [("ratings", "ratings", "{}"), ("k", "k", "{}"), ("workers", "workers", "{}"),
           ("mfals", "mfals", "{}"), ("peer", "peer", "{}"),
           ("mfals, ms", "ours_ms", "{:.1f}"), ("peer, ms", "theirs_ms", "{:.1f}"),
           ("peer / mfals", "ratio", "{:.2f}"), *RATIO, ("iterations", "iterations", "{}"),
           ("objective, mfals", "objective", "{:.6g}"), ("peer's / mfals's", "objective_ratio", "{:.4f}")]


class Case:
    """One set of ratings, k and number of workers: what is measured, and the last fit of each."""

    def __init__(self, ratings, k, workers, settings):
        self.ratings, self.k, self.workers, self.settings = ratings, k, workers, settings
        self.fits, self.log = {}, {}

    def mfals(self, name, *options):
        settings = self.settings
        run = Training(self.workers, self.ratings.hdf5, settings.work,
                       "-k", self.k, "-n", settings.iterations, *options)
        self.log[name] = [event["objective"] for event in run.iterations]
        self.fits[name] = Fit(run.median("wall_s"), len(run.iterations), *factors(run.model))
        return self.fits[name].seconds

    def peer(self, name, fit):
        self.fits[name] = fit()
        return self.fits[name].seconds

    def measures(self, peers):
        """What is measured by turns: {name: function that returns the seconds of an iteration}."""
        settings = self.settings
        implicit_feedback = ("--alpha", settings.alpha, "--lambda", settings.ridge)
        all_of = {name: lambda name=name, options=options: self.mfals(name, *options, *implicit_feedback)
                  for name, options in SOLVERS.items()}
        for peer in (peers[name] for name in ("implicit", "cmfrec") if name in peers):
            for solver in ("exact", "cg"):
                name = f"{peer.name} {solver}"
                all_of[name] = lambda name=name, peer=peer, cg=solver == "cg": self.peer(
                    name, lambda: peer.fit(self.ratings, self.k, self.workers, cg, settings))
        if "iALS" in peers:
            ials = peers["iALS"]
            same = ("--unobserved-weight", ials.weight, "--reg-exponent", 1, "--lambda", ials.ridge,
                    "--solver", "exact")
            all_of["mfals 0/1"] = lambda: self.mfals("mfals 0/1", *same)
            all_of["iALS"] = lambda: self.peer(
                "iALS", lambda: ials.fit(self.ratings, self.k, self.workers, settings))
        return all_of

    def objectives(self, peers):
        """The objective of each last fit, from its factors; that of iALS is the one it prints."""
        settings = self.settings
        sums = {name: objective(self.ratings, fit.X, fit.Y, settings.alpha, settings.ridge)
                for name, fit in self.fits.items() if fit.X is not None and name != "mfals 0/1"}
        if "iALS" in self.fits:
            sums["mfals 0/1"] = self.log["mfals 0/1"][-1]
            sums["iALS"] = peers["iALS"].objective(self.ratings, self.k, settings)
        return sums

    def row(self, rounds, sums, ours, theirs):
        """A peer that was stopped early is held against what mfals had logged after as many iterations."""
        row = compare(rounds, ours, theirs, self.settings.limit)
        iterations = self.fits[theirs].iterations
        ours_then = sums[ours] if iterations == self.settings.iterations else self.log[ours][iterations - 1]
        return {"ratings": self.ratings.name, "k": self.k, "workers": self.workers, "mfals": ours.split()[1],
                "peer": theirs, "ours_ms": row["ours"] * 1e3, "theirs_ms": row["theirs"] * 1e3, **row,
                "iterations": iterations, "objective": ours_then,
                "logged": self.log[ours][iterations - 1], "objective_ratio": sums[theirs] / ours_then}

    def alone(self, rounds, sums, name):
        """A row without a peer."""
        return {"ratings": self.ratings.name, "k": self.k, "workers": self.workers, "mfals": name.split()[1],
                "peer": "none", "ours_ms": statistics.median(one[name][0] for one in rounds) * 1e3,
                "load": max(one[name][1] for one in rounds), "iterations": self.settings.iterations,
                "objective": sums[name], "logged": self.log[name][-1]}

    def rows(self, peers):
        words = f"als: {self.ratings.name}, k = {self.k}, {of_workers(self.workers)}"
        rounds = alternate(self.measures(peers), self.settings, words)
        sums = self.objectives(peers)
        self.apart = max(abs(self.log[name][-1] / sums[name] - 1) for name in SOLVERS)
        names = [name for name in ("implicit", "cmfrec") if name in peers]
        matches = [(ours, theirs.format(name)) for name in names for ours, theirs in MATCHES]
        matches += [("mfals 0/1", "iALS")] if "iALS" in peers else []
        return ([self.row(rounds, sums, ours, theirs) for ours, theirs in matches]
                or [self.alone(rounds, sums, name) for name in SOLVERS])


def panels(rows, settings):
    """Of each set of ratings, the ratios by k on as many workers as there were at most."""
    of_most = [row for row in rows if row["workers"] == settings.workers[-1] and "ratio" in row]
    all_panels = []
    for name in dict.fromkeys(row["ratings"] for row in of_most):
        series = {}
        for row in (row for row in of_most if row["ratings"] == name):
            series.setdefault(f"{row['peer']} / mfals {row['mfals']}", []).append(point(row["k"], row))
        all_panels.append(Panel(f"als: {name}", "time of peer / mfals", series, "k"))
    if not all_panels:
        series = {}
        for row in (row for row in rows if row["workers"] == settings.workers[-1]):
            points = series.setdefault(f"mfals {row['mfals']}, {row['ratings']}", [])
            points.append((row["k"],) + (row["ours_ms"],) * 3)
        all_panels = [Panel("als", "ms an iteration", series, "k")]
    return all_panels


def als(settings, peers):
    rows, apart = [], 0
    for name in settings.data:
        ratings = load(name, settings.work, settings.workers[-1])
        for k in settings.factors:
            for workers in settings.workers:
                case = Case(ratings, k, workers, settings)
                rows += case.rows(peers)
                apart = max(apart, case.apart)
    notes = [f"alpha = {settings.alpha:g}, lambda = {settings.ridge:g}, float32, {settings.iterations} "
             "iterations; workers: ranks of mfals, threads of the peer",
             "a whole iteration: that of mfals with exchange and figures, that of peers without any figures",
             "the objective is the sum of Hu, Koren and Volinsky over all cells, from the factors of each in "
             f"double; mfals's own figure differs from it by at most {apart:.1e} of it",
             f"a peer whose iterations pass {settings.patience:g} s in all is stopped there and compared "
             f"with mfals after as many; rounds end after {settings.budget:g} s"]
    if "iALS" in peers:
        notes.append(f"mfals 0/1: the objective of iALS (weight 1, a0 = {peers['iALS'].weight:g}, nu = 1, "
                     f"lambda = {peers['iALS'].ridge:g}), the figure of each as it tells it")
    return [Table("als", "time of an iteration", COLUMNS, rows, notes, panels(rows, settings))]
