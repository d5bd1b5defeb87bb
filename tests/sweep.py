"""scripts/sweep.py: grids and draws become trials; a sweep that is killed goes on; one that fails is told with its reason; the best
settings, pasted, train."""

import json
import os
import pathlib
import re
import shlex
import signal
import subprocess
import time

import numpy as np

from mfals_run import MFALS, SOURCE, Checks, launch, work_folder

SWEEP = SOURCE / "scripts" / "sweep.py"
checks = Checks()


def sweep(*words, limit=100):
    return subprocess.run(["timeout", "-k", "5", str(limit), SWEEP, *map(str, words)], capture_output=True, text=True,
                          stdin=subprocess.DEVNULL)


def trials(folder):
    return json.loads((folder / "sweep.json").read_text())["trials"]


def plan(folder, ratings):
    done = sweep("plan", folder / "grid", ratings, "--grid", "factors=2,4", "lambda=1,5,1e9", "--", "--iterations", 3)
    checks.check(done.returncode == 0 and "6 trials" in done.stdout and "--array=0-5" in done.stdout, f"plan: {done.stdout}{done.stderr}")
    checks.check({(t["factors"], t["lambda"]) for t in trials(folder / "grid")} == {(k, x) for k in "24" for x in ("1", "5", "1e9")},
                 f"the grid: {trials(folder / 'grid')}")
    for seed in (1, 1, 2):
        done = sweep("plan", folder / f"random{seed}", ratings, "--random", 40, "--seed", seed, "factors=choice:2,4", "lambda=log:1:1000",
                     "alpha=uniform:1:3")
        checks.check(done.returncode == 0, f"plan: {done.stderr}")
    drawn = trials(folder / "random1")
    checks.check(drawn != trials(folder / "random2") and len(drawn) == 40, "draws of another seed")
    ridges, alphas = ([float(t[name]) for t in drawn] for name in ("lambda", "alpha"))
    checks.check(1 <= min(ridges) < 10 < 100 < max(ridges) <= 1000 and 1 <= min(alphas) < 1.5 < 2.5 < max(alphas) <= 3, f"draws: {drawn}")
    for words in (["--random", 3, "lambda=log:0:5"], ["--random", 3, "lambda=often"], ["--grid", "lambda"], ["--grid"]):
        done = sweep("plan", folder / "wrong", ratings, *words)
        checks.check(done.returncode != 0 and not (folder / "wrong" / "sweep.json").exists(), f"{words}: taken")
    done = sweep("plan", folder / "grid", ratings, "--grid", "factors=2,8")
    checks.check(done.returncode != 0 and "other trials" in done.stderr, f"another plan in the same folder: {done.stderr}")


def kill_and_go_on(folder):
    """Killed once two trials have ended, or are about to; started again, all end, and those two are not trained anew."""
    process = subprocess.Popen([SWEEP, "run", folder], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    try:
        end = time.monotonic() + 60
        while not (folder / "trial-002.jsonl").exists() and time.monotonic() < end:
            time.sleep(0.01)
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    stamp = (folder / "trial-000.h5").stat().st_mtime_ns
    done = sweep("run", folder, "--launch", shlex.join(launch(2)))
    checks.check(done.returncode == 0 and "6 of 6 runs have ended" in done.stdout, f"run: {done.stdout}{done.stderr}")
    checks.check((folder / "trial-000.h5").stat().st_mtime_ns == stamp, "a trial that had ended was done again")
    return done.stdout


def paste(folder, said):
    """The command that was printed trains, and with the hold-out of the sweep it gives the metric of the table."""
    rows = [line.split("\t") for line in (folder / "sweep.tsv").read_text().splitlines()]
    best = dict(zip(rows[0], rows[1]))
    ranked = [float(row[rows[0].index("ndcg@10")]) for row in rows[1:]]
    checks.check(len(ranked) == 6 and ranked == sorted(ranked, reverse=True), f"the order: {ranked}")
    command = shlex.split(said.split("on all ratings:")[1].split("\n\n")[1])
    checks.check(command[:2] == ["mfals", "train"] and "--holdout" not in command, f"{command}")
    done = subprocess.run([MFALS, *command[1:], "--holdout", "1"], cwd=folder, capture_output=True, text=True)
    table = re.search(r"^ +10 +\S+ +(\S+)", done.stdout, re.MULTILINE)
    checks.check(table and abs(float(table[1]) - float(best["ndcg@10"])) < 1e-5, f"{done.stdout}{done.stderr}, not {best}")
    checks.check((folder / "sweep.png").read_bytes()[:4] == b"\x89PNG", "no picture")


def fail(folder, ratings):
    sweep("plan", folder, ratings, "--grid", "factors=2,none", "--", "--iterations", 1)
    done = sweep("run", folder)
    checks.check(done.returncode != 0 and "trial-001 failed: exit code 64: mfals: --factors" in done.stdout and
                 "1 of 1 runs" in done.stdout, f"a failing trial: {done.stdout}{done.stderr}")


def main():
    with work_folder() as name:
        folder = pathlib.Path(name)
        rng = np.random.default_rng(4)
        cells = sorted({(int(u), int(i)) for u, i in zip(rng.integers(0, 300, 6000), 200 * rng.random(6000) ** 1.5)})
        ratings = folder / "ratings.tsv"
        ratings.write_text("".join(f"{u}\t{i}\t{1 + (u * i) % 5}\n" for u, i in cells))
        plan(folder, ratings)
        paste(folder / "grid", kill_and_go_on(folder / "grid"))
        fail(folder / "failing", ratings)
    checks.finish()


main()
