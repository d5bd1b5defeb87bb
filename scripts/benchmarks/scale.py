"""read, scaling, large: how mfals reads, what more ranks bring, and what a hundred million ratings take."""

import os
import statistics
import time

from benchmarks.data import load
from benchmarks.pairs import alternate, compare
from benchmarks.report import RATIO, Panel, Table, point
from benchmarks.running import Training, synthetic

BEFORE = ("read and parse", "map ids", "redistribute")  # the phases before the first iteration
PHASES = ("Gram and axes", "exchange", "solve rows", "wait for others", "figures")


def plain_text(ratings, settings):
    """The ratings as text of three columns that pandas reads too."""
    if ratings.text.suffix in (".gz", ".xz", ".zst") or ratings.options:
        path = settings.work / "three.tsv"
        with open(path, "w") as file:
            for row in zip(ratings.user.tolist(), ratings.item.tolist(), ratings.value.tolist()):
                file.write("%d\t%d\t%g\n" % row)
        return path
    return ratings.text


def with_pandas(text):
    """Seconds of read_csv, and of all up to a CSR matrix with rows and columns for ids."""
    import numpy as np
    import pandas
    from scipy.sparse import csr_matrix
    begun = time.perf_counter()
    frame = pandas.read_csv(text, sep="\t", header=None, usecols=[0, 1, 2])
    read = time.perf_counter() - begun
    (_, user), (_, item) = (np.unique(frame[column].values, return_inverse=True) for column in (0, 1))
    csr_matrix((frame[2].values.astype(np.float32), (user, item))).T.tocsr()
    return {"read": read, "before": time.perf_counter() - begun}


def has_pandas():
    try:
        import pandas
        import scipy.sparse  # noqa: F401
        return pandas.__version__
    except ImportError:
        return None


def read(settings, _):
    """Reading text and HDF5, and the time before the first iteration."""
    ratings = load(settings.data[0], settings.work, settings.workers[-1])
    text, rows, series, known = plain_text(ratings, settings), [], {"": []}, has_pandas()
    size = text.stat().st_size / 1e6

    def ours(workers, path):
        run = Training(workers, path, settings.work, "-k", 8, "-n", 1)
        return {"read": run.seconds("read and parse"), "before": run.seconds(*BEFORE)}

    measures = {"pandas": lambda: with_pandas(text)} if known else {}
    for workers in settings.workers:
        measures[f"text {workers}"] = lambda workers=workers: ours(workers, text)
        measures[f"HDF5 {workers}"] = lambda workers=workers: ours(workers, ratings.hdf5)
    rounds = alternate(measures, settings, "read")
    for name in measures:
        values = [one[name][0] for one in rounds]
        row = {"ratings": ratings.name, "reader": name.split()[0],
               "load": max(one[name][1] for one in rounds),
               "workers": int(name.split()[1]) if " " in name else 1,
               "before": statistics.median(value["before"] for value in values)}
        if row["reader"] != "HDF5":
            row["rate"] = size / statistics.median(value["read"] for value in values) / row["workers"]
        if known and name != "pandas":
            row.update(compare(rounds, (name, "before"), ("pandas", "before"), settings.limit))
            series[""].append(point(name, row))
        rows.append(row)
    columns = [("ratings", "ratings", "{}"), ("reader", "reader", "{}"), ("workers", "workers", "{}"),
               ("MB/s a worker, parsing", "rate", "{:.0f}"),
               ("s before the first iteration", "before", "{:.3f}"),
               ("pandas / mfals, before", "ratio", "{:.2f}"), *RATIO]
    notes = [f"{size:.1f} MB of text, in the page cache; before the first iteration: parsing, ids to rows, "
             "both CSR matrices; of mfals also the redistribution to owners",
             f"pandas {known}: read_csv, numpy.unique, scipy's csr_matrix and its transpose, one thread"
             if known else "pandas with scipy: not installed, not measured"]
    return [Table("read", "reading ratings", columns, rows, notes,
                  [Panel("read", "time of pandas / mfals before the first iteration", series)])]


def numbers_of_ranks():
    """1, 2, 4, ... and all cores."""
    cores = len(os.sched_getaffinity(0))
    return sorted({1, cores} | {2 ** power for power in range(cores.bit_length()) if 2 ** power <= cores})


def scaled(settings, title, k, ratings_of):
    """Iterations on every number of ranks by turns; ratings_of: {ranks: ratings}. One table, one panel."""
    runs, rows, ranks_of = {}, [], list(ratings_of)

    def once(ranks):
        runs[ranks] = Training(ranks, ratings_of[ranks].hdf5, settings.work,
                               "-k", k, "-n", settings.iterations)
        return runs[ranks].median("wall_s")

    rounds = alternate({str(ranks): lambda ranks=ranks: once(ranks) for ranks in ranks_of}, settings,
                       f"scaling: {title}")
    for ranks in ranks_of:
        run, ratings = runs[ranks], ratings_of[ranks]
        shares = {phase: run.seconds(phase) / settings.iterations * 1e3 for phase in PHASES}
        work = run.summary["flops"] / ranks / (runs[ranks_of[0]].summary["flops"] / ranks_of[0])
        rows.append({"ratings": ratings.name, "count": ratings.count, "ranks": ranks, "work": work, **shares,
                     **compare(rounds, str(ranks), str(ranks_of[0]), settings.limit)})
    columns = [("ratings", "ratings", "{}"), ("number", "count", "{:,}"), ("ranks", "ranks", "{}"),
               ("iteration, s", "ours", "{:.4f}"), ("time on 1 rank / on these", "ratio", "{:.2f}"), *RATIO,
               ("flops a rank, of those on 1", "work", "{:.2f}"),
               *((phase, phase, "{:.1f}") for phase in PHASES)]
    notes = [f"k = {k}, exact, float32, {settings.iterations} iterations; the phases in ms an iteration, in "
             "the mean over ranks, of the last round"]
    series = {"": [point(row["ranks"], row) for row in rows]}
    panel = Panel(f"scaling: {title}", "time on 1 rank / on these", series, "ranks")
    return Table("scaling", title, columns, rows, notes, [panel])


def scaling(settings, _):
    """Strong scaling on the ratings asked for, weak scaling on synthetic shares of users."""
    ranks_of, k = numbers_of_ranks(), settings.scaling_factors
    strong = load(settings.data[0], settings.work, settings.workers[-1])
    users, items, each = settings.share
    weak = {ranks: load(f"{users * ranks}x{items}x{each}", settings.work, ranks) for ranks in ranks_of}
    return [scaled(settings, "strong, the same ratings", k, {ranks: strong for ranks in ranks_of}),
            scaled(settings, "weak, as many users for each rank", k, weak)]


def large(settings, _):
    """One iteration on very many synthetic ratings, at two numbers of factors: memory and time of a rating."""
    count, each, ranks, rows = settings.large, 100, settings.workers[-1], []
    users = max(1, count // each)
    items, text = max(200, users // 10), settings.work / "large.tsv"
    synthetic(text, ranks, users, items, each)
    for k in (32, 64):
        run = Training(ranks, text, settings.work, "-k", k, "-n", 1)
        ratings, bytes_all = run.ratings, sum(node["bytes"] for node in run.summary["memory"])
        rows.append({"count": ratings, "users": users, "items": items, "k": k, "ranks": ranks,
                     "gib": bytes_all / 2**30, "bytes": bytes_all, "each": bytes_all / ratings,
                     "iteration": run.median("wall_s"), "ns": run.median("wall_s") / ratings * 1e9,
                     "before": run.seconds(*BEFORE),
                     "parsing": text.stat().st_size / 1e6 / run.seconds(BEFORE[0])})
    columns = [("ratings", "count", "{:,}"), ("users", "users", "{:,}"), ("items", "items", "{:,}"),
               ("k", "k", "{}"), ("ranks", "ranks", "{}"), ("memory, GiB", "gib", "{:.2f}"),
               ("bytes a rating", "each", "{:.1f}"), ("iteration, s", "iteration", "{:.1f}"),
               ("ns a rating", "ns", "{:.1f}"), ("before it, s", "before", "{:.1f}"),
               ("parsing, MB/s in all", "parsing", "{:.0f}")]
    notes = [f"{text.stat().st_size / 1e9:.2f} GB of synthetic text; one run each; memory: the high-water "
             "mark of the node, with all that is in it",
             f"a number more in the factors: {slope(rows):.1f} bytes by the two marks; itself it has 4"]
    text.unlink()
    return [Table("large", "many ratings on one machine", columns, rows, notes)]


def slope(rows):
    """Bytes of a single factor, from the marks at two numbers of factors."""
    first, last = rows
    return (last["bytes"] - first["bytes"]) / ((last["k"] - first["k"]) * (first["users"] + first["items"]))
