"""scripts/bench.py on small synthetic ratings, once, without any peer: tables, JSON and a picture, and
objectives that are those of the log."""

import json
import os
import re
import subprocess
import sys

import numpy as np

from mfals_run import SOURCE, Checks, skip, work_folder

try:
    import matplotlib  # noqa: F401
except ImportError:
    skip("matplotlib is not here")

checks = Checks()
TABLES = ["als", "sgd", "peak", "recommend", "read", "scaling", "scaling", "large"]
OPTIONS = ["--data", "300x200x20", "--without", "implicit,cmfrec,LIBMF", "--pairs", "1", "-k", "8", "-n", "2",
           "--share", "200x100x10", "--scaling-factors", "8", "--large", "20000", "--lists", "300x200x20"]
RUNS = {"1,2": ["als"], "2": ["sgd", "peak", "recommend", "read", "scaling", "large"]}  # by workers


def bench(folder, *more):
    """The finished run of the script; whatever it started is gone when it is."""
    command = [sys.executable, SOURCE / "scripts" / "bench.py", *more, "--folder", folder]
    return subprocess.run(["timeout", "-k", "5", "110", *map(str, command)], stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"})


def tables_of(text):
    """Name, header cells and rows of cells of each table in Markdown."""
    found = []
    for part in re.split(r"^### ", text, flags=re.M)[1:]:
        lines = [line.strip("|").split("|") for line in part.splitlines() if line.startswith("|")]
        found.append((part.split(":")[0], lines[0], lines[2:]))
    return found


def check_tables(text, results):
    tables = tables_of(text)
    checks.check([name for name, _, _ in tables] == TABLES,
                 f"the tables are {TABLES}, not {[one[0] for one in tables]}")
    for (name, header, rows), one in zip(tables, results):
        checks.check(one["name"] == name and len(one["rows"]) == len(rows) > 0,
                     f"{name}: as many rows in JSON as in the table")
        checks.check(all(len(row) == len(header) for row in rows),
                     f"{name}: as many cells in each row as in the header")
    checks.check("implicit, cmfrec, LIBMF" in text, "peers that are not there are named")


def check_als(table):
    """2 numbers of workers x 2 solvers; the sum from the factors is that of the log, on both alike."""
    rows = table["rows"]
    checks.check([(row["workers"], row["mfals"]) for row in rows]
                 == [(1, "exact"), (1, "cg"), (2, "exact"), (2, "cg")], "rows of als")
    checks.check(all(np.isfinite(row["objective"]) and row["objective"] > 0 for row in rows), "objectives")
    checks.check(rows[0]["objective"] == rows[2]["objective"],
                 "the objective is that on the other number of ranks")
    for row in rows:
        checks.check(abs(row["logged"] / row["objective"] - 1) < 1e-6,
                     f"the objective {row['objective']} by the factors is the logged {row['logged']}")


def check_scaling(strong, weak):
    checks.check(strong["rows"][0]["ratio"] == weak["rows"][0]["ratio"] == 1, "one rank beside itself")
    counts = [row["count"] / row["ranks"] for row in weak["rows"]]
    checks.check(max(counts) < 1.2 * min(counts), f"ratings a rank of weak scaling {counts} are nearly equal")
    checks.check(len({row["count"] for row in strong["rows"]}) == 1, "the same ratings in strong scaling")


def run_all(folder):
    """What the runs say, and their tables as JSON; the last one draws."""
    figures, text, tables = os.path.join(folder, "figures.json"), "", []
    for workers, sections in RUNS.items():
        done = bench(folder, *sections, *OPTIONS, "--workers", workers, "--json", figures,
                     "--picture", os.path.join(folder, "figures.png"))
        if done.returncode != 0:
            sys.exit(f"exit code {done.returncode}: {done.stderr}")
        text += done.stdout
        with open(figures) as file:
            tables += json.load(file)["tables"]
    return text, tables


with work_folder() as folder:
    text, results = run_all(folder)
    check_tables(text, results)
    check_als(results[0])
    check_scaling(*(table for table in results if table["name"] == "scaling"))
    with open(os.path.join(folder, "figures.png"), "rb") as file:
        picture = file.read()
    checks.check(picture.startswith(b"\x89PNG") and len(picture) > 10000,
                 f"a picture of {len(picture)} bytes")
    left = sorted(os.listdir(folder))
    checks.check(left == ["figures.json", "figures.png"], f"nothing else stays: {left}")
    wrong = bench(folder, "nothing")
    checks.check(wrong.returncode == 1 and "no section 'nothing'" in wrong.stderr,
                 "an unknown section is refused")
    print(f"{len(results)} tables, {sum(len(table['rows']) for table in results)} rows, "
          f"a picture of {len(picture)} bytes")
checks.finish()
