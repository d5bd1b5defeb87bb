"""scripts/plot_run.py on the logs of a run of one start, of one that was broken off twice, killed in between and in the middle
of a line, and on what is no log."""

import importlib.util
import json
import os
import pathlib
import subprocess

from mfals_run import Checks, SOURCE, skip, work_folder

if importlib.util.find_spec("matplotlib") is None:
    skip("no matplotlib (Debian: python3-matplotlib)")
checks = Checks()


def start(ranks):
    return {"event": "start", "ranks": ranks, "options": {"algorithm": "ials", "factors": 8}}


def iterations(first, last):
    return [{"event": "iteration", "iteration": i, "objective": 100 / i, "wall_s": 2, "solve_s": 1, "exchange_s": 0.1, "wait_s": 0.2}
            for i in range(first, last + 1)]


def summary(starts, **more):
    rows = [{"phase": name, "mean_s": 2.0 * starts, "max_s": 3.0 * starts} for name in ("solve rows", "exchange")]
    return {"event": "summary", "starts": starts, "time_table": rows, "last_start": {"time_table": rows}, **more}


def draw(folder, name, events, end=""):
    """The texts and dotted lines of the picture, and what the script said."""
    log = folder / f"{name}.jsonl"
    log.write_text("".join(json.dumps(event) + "\n" for event in events) + end)
    done = subprocess.run([SOURCE / "scripts" / "plot_run.py", log, "-o", folder / f"{name}.svg"], capture_output=True, text=True,
                          env={**os.environ, "MATPLOTLIBRC": str(folder / "rc"), "MPLCONFIGDIR": str(folder)})
    checks.check(done.returncode == 0, f"{name}: {done.returncode} {done.stderr}")
    picture = folder / f"{name}.svg"
    return (picture.read_text() if picture.exists() else ""), done.stderr


with work_folder() as name:
    folder = pathlib.Path(name)
    (folder / "rc").write_text("svg.fonttype: none\n")
    one, _ = draw(folder, "one", [start(2), *iterations(1, 4), summary(1)])
    checks.check(">Where the time went<" in one and "last start" not in one and one.count("stroke-dasharray: 1,") == 0,
                 "a run of one start")
    three = [start(2), *iterations(1, 3), start(4), *iterations(3, 5), start(4), summary(3)]
    whole, _ = draw(folder, "three", three)
    checks.check(">Where the time went, 3 starts<" in whole and ">the last start<" in whole and "4 ranks" in whole,
                 "a run of three starts")
    checks.check(whole.count("stroke-dasharray: 1,") == 2, "a dotted line where the second start begins, in two places")
    broken, _ = draw(folder, "broken", [start(2), *iterations(1, 3), summary(1), start(2), *iterations(4, 5)], end='{"event": "itera')
    checks.check(">the run did not end<" in broken, "a run that was killed after another one had ended")
    log = folder / "one.jsonl"
    for words, told in (([log, "-o", log], "is the log"), ([folder / "rc"], "not a line of a log")):
        (folder / "rc").write_text("text\nmore\n")
        done = subprocess.run([SOURCE / "scripts" / "plot_run.py", *words], capture_output=True, text=True)
        checks.check(done.returncode == 1 and told in done.stderr and len(done.stderr.splitlines()) == 1, f"{words}: {done.stderr}")
    checks.check(log.read_text().startswith("{"), "the log was overwritten")
checks.finish()
