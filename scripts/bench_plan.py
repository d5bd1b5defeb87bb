#!/usr/bin/env python3
"""Time as mfals plan predicts it beside time as measured.

    scripts/bench_plan.py [-k FACTORS ...] [-a ALGORITHM ...] [--ranks RANKS ...] [--users M] [--items N] [--per-user R]

Makes up ratings, trains on them, and compares the fastest iteration with the plan made for the same file on an otherwise idle
machine. Exit code 1 if any is off by more than a quarter. --processor: by the processor time of an iteration, of a rank, from
the difference of two runs, for a machine that is not idle; ranks that wait for others count as busy then.
"""

import argparse
import json
import os
import pathlib
import re
import resource
import subprocess
import sys
import tempfile

from launcher import launch

SOURCE = pathlib.Path(__file__).resolve().parent.parent
MFALS = os.environ.get("MFALS", SOURCE / "build" / "release" / "mfals")


def mfals(ranks, *arguments):
    command = launch(ranks, MFALS, *arguments)
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)}: exit code {done.returncode}\n{done.stderr}")
    return done.stdout


def predicted(text):
    """Seconds by line of the plan."""
    lines = re.findall(r"^  ([A-Za-z, ]+?) {2,}([0-9.e+-]+)(?: |$)", text.split("an iteration, seconds")[1], re.MULTILINE)
    return {what: float(seconds) for what, seconds in lines}


def processor_seconds(ranks, *arguments):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    mfals(ranks, *arguments)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def measure(settings, ratings, folder, ranks, options):
    """Seconds of an iteration, and of its row solves or None."""
    log = folder / "log.jsonl"
    log.unlink(missing_ok=True)
    train = ["train", ratings, *options, "-o", folder / "model.h5", "--log-json", log]
    if settings.processor:
        one = processor_seconds(ranks, *train, "-n", 1)
        return (processor_seconds(ranks, *train, "-n", 1 + settings.iterations) - one) / settings.iterations / ranks, None
    mfals(ranks, *train, "-n", 1 + settings.iterations)
    events = [json.loads(line) for line in log.read_text().splitlines()]
    iterations = [event for event in events if event["event"] == "iteration"][1:]  # one block alone leads sgd's first
    best = min(iterations, key=lambda event: event["wall_s"])
    return best["wall_s"], best["solve_s"]


def compare(settings, ratings, folder, algorithm, factors, ranks):
    options = ["-a", algorithm, "-k", factors, *(["--nonnegative"] if settings.nonnegative and algorithm != "sgd" else [])]
    rate = ["--learning-rate", 1e-5] if algorithm == "sgd" else []
    measured, solved = measure(settings, ratings, folder, ranks, options + rate)
    plan = predicted(mfals(1, "plan", ratings, *options, "--ranks-per-node", ranks))
    rows = plan.get("descent", plan.get("rows of users", 0) + plan.get("rows of items", 0))
    off = plan["an iteration"] / measured - 1
    solved = "" if solved is None else f"{solved:9.3f}"
    print(f"{algorithm:5} {factors:5} {ranks:5}   {plan['an iteration']:9.3f} {measured:9.3f} {100 * off:+7.1f} %   {rows:9.3f} "
          f"{solved}", flush=True)
    return abs(off) <= 0.25


def main():
    parser = argparse.ArgumentParser(description="Time as predicted beside time as measured.")
    parser.add_argument("-k", "--factors", type=int, nargs="+", default=[16, 64, 128])
    parser.add_argument("-a", "--algorithm", nargs="+", default=["ials", "als", "sgd"])
    parser.add_argument("--ranks", type=int, nargs="+", default=[1, 2])
    parser.add_argument("-n", "--iterations", type=int, default=3)
    parser.add_argument("--processor", action="store_true")
    parser.add_argument("--nonnegative", action="store_true")
    parser.add_argument("--users", type=int, default=50000)
    parser.add_argument("--items", type=int, default=5000)
    parser.add_argument("--per-user", type=int, default=50)
    settings = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="mfals-bench-") as name:
        folder = pathlib.Path(name)
        ratings = folder / "ratings.tsv"
        mfals(1, "generate", "-o", ratings, "--users", settings.users, "--items", settings.items, "--ratings-per-user",
              settings.per_user, "-k", 8, "--noise", 1)
        print("                  iteration, s                         row solves, s")
        print("          k ranks   predicted  measured       off   predicted  measured")
        good = [compare(settings, ratings, folder, algorithm, factors, ranks)
                for algorithm in settings.algorithm for factors in settings.factors for ranks in settings.ranks]
    print(f"{sum(good)} of {len(good)} within a quarter")
    sys.exit(0 if all(good) else 1)


if __name__ == "__main__":
    main()
