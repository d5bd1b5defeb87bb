#!/usr/bin/python3
"""Looks for good settings: trains with many, ratings being held out, and ranks them.

    scripts/sweep.py plan FOLDER RATINGS --grid factors=32,64 lambda=0.005,0.015 unobserved-ratio=1,4 [-- options of mfals train]
    scripts/sweep.py plan FOLDER RATINGS --random 30 factors=choice:32,64,128 lambda=log:0.001:0.1 unobserved-ratio=log:0.5:8
    scripts/sweep.py run FOLDER [--launch "mpirun -np 8"] [--trials 3,4]
    scripts/sweep.py table FOLDER [--metric ndcg@10]

plan settles the trials, in FOLDER/sweep.json. run trains them one after the other, here; or, on a cluster, all at once:
    sbatch --array=0-7 jobs/sweep.sbatch FOLDER
Either goes on where it was stopped: what has ended is not done again, what was broken off continues from its checkpoint.
table writes FOLDER/sweep.tsv and sweep.png, and prints the table and the best settings as a command; run does so at its end.
"""

import argparse
import itertools
import json
import os
import pathlib
import random
import shlex
import shutil
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import sweep_table

SETTINGS = "sweep.json"
STOPPED = 75  # checkpointed, to be started again


def find_mfals():
    """$MFALS, the build beside this script, or an installed one."""
    built = pathlib.Path(__file__).resolve().parent.parent / "build" / "release" / "mfals"
    return os.environ.get("MFALS") or (str(built) if built.exists() else shutil.which("mfals") or sys.exit(
        "mfals is not built (scripts/build.sh), not installed, and not named by MFALS"))


def named(text):
    name, equals, values = text.partition("=")
    if not (name and equals and values):
        raise argparse.ArgumentTypeError(f"'{text}' is not OPTION=VALUES")
    return name.lstrip("-"), values


def grid(options):
    names, lists = zip(*((name, values.split(",")) for name, values in options))
    return [dict(zip(names, values)) for values in itertools.product(*lists)]


def draw(rng, name, values):
    """A value of choice:a,b,c, of uniform:low:high, or of log:low:high."""
    kind, _, rest = values.partition(":")
    if kind == "choice" and rest:
        return rng.choice(rest.split(","))
    try:
        low, high = map(float, rest.split(":"))
        if kind not in ("uniform", "log") or not low < high or (kind == "log" and low <= 0):
            raise ValueError
    except ValueError:
        sys.exit(f"{name}={values}: not choice:A,B,..., uniform:LOW:HIGH or log:LOW:HIGH")
    drawn = rng.uniform(low, high) if kind == "uniform" else low * (high / low) ** rng.random()
    return f"{drawn:.4g}"


def plan(arguments):
    if arguments.random:
        rng = random.Random(arguments.seed)
        trials = [{name: draw(rng, name, values) for name, values in arguments.options} for _ in range(arguments.random)]
    else:
        trials = grid(arguments.options)
    common = arguments.common
    if not any(word.split("=")[0] in ("--test", "--holdout", "--holdout-last", "--holdout-users") for word in common):
        common = ["--holdout", "1", *common]
    sweep = {"ratings": str(pathlib.Path(arguments.ratings).resolve()), "common": common, "trials": trials}
    path = arguments.folder / SETTINGS
    arguments.folder.mkdir(parents=True, exist_ok=True)
    if path.exists() and json.loads(path.read_text()) != sweep:
        sys.exit(f"{path} has other trials: take another folder, or remove this one")
    path.write_text(json.dumps(sweep, indent=1) + "\n")
    print(f"{len(trials)} trials in {path}: sweep.py run {shlex.quote(str(arguments.folder))}, or\n"
          f"sbatch --array=0-{len(trials) - 1} jobs/sweep.sbatch {shlex.quote(str(arguments.folder))}")


def load(folder):
    try:
        return json.loads((folder / SETTINGS).read_text())
    except (OSError, ValueError) as error:
        sys.exit(f"{folder / SETTINGS}: {error}: `sweep.py plan` makes it")


def stem(folder, trial):
    return folder / f"trial-{trial:03d}"


def words(folder, sweep, trial):
    """The words behind `mfals` that train trial number `trial`."""
    if not 0 <= trial < len(sweep["trials"]):
        sys.exit(f"{folder}: there is no trial {trial}, only 0 to {len(sweep['trials']) - 1}")
    own = itertools.chain(*((f"--{name}", value) for name, value in sweep["trials"][trial].items()))
    base = stem(folder, trial)
    return ["train", sweep["ratings"], *sweep["common"], *own, "--checkpoint-dir", f"{base}.checkpoints", "--output",
            f"{base}.h5", "--log-json", f"{base}.jsonl"]


def run_one(folder, sweep, trial, launch):
    """Trains, and notes where that failed. Whether it has ended now."""
    base = stem(folder, trial)
    log, failed = base.with_suffix(".jsonl"), base.with_suffix(".failed")
    if log.exists() and sweep_table.read_run(log):
        return True
    settings = " ".join(f"{name}={value}" for name, value in sweep["trials"][trial].items())
    print(f"trial {trial} of 0-{len(sweep['trials']) - 1}: {settings}", flush=True)
    done = subprocess.run([*launch, find_mfals(), *words(folder, sweep, trial)], stdin=subprocess.DEVNULL,
                          capture_output=True, text=True)
    base.with_suffix(".log").write_text(done.stdout + done.stderr)
    failed.unlink(missing_ok=True)
    if done.returncode not in (0, STOPPED):
        reasons = [line for line in done.stderr.splitlines() if line.startswith("mfals: ") and "warning" not in line]
        failed.write_text(f"exit code {done.returncode}: {reasons[-1] if reasons else 'no reason given'}\n")
        print(f"    {failed.read_text()}", end="", flush=True)
    return done.returncode == 0


def run(arguments):
    sweep = load(arguments.folder)
    trials = arguments.trials if arguments.trials is not None else range(len(sweep["trials"]))
    ended = [run_one(arguments.folder, sweep, trial, shlex.split(arguments.launch)) for trial in trials]
    table(arguments)
    if not all(ended):
        sys.exit(f"{ended.count(False)} of {len(ended)} trials have not ended: run again to go on with those that stopped")


def table(arguments):
    sweep = load(arguments.folder)
    sweep_table.report(arguments.folder, arguments.metric, sweep["ratings"])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(required=True)
    line = sys.argv[1:]
    common = line[line.index("--") + 1:] if "--" in line else []
    line = line[:line.index("--")] if "--" in line else line

    one = commands.add_parser("plan", help="settle the trials")
    one.add_argument("folder", type=pathlib.Path)
    one.add_argument("ratings")
    one.add_argument("options", type=named, nargs="+", metavar="OPTION=VALUES")
    how = one.add_mutually_exclusive_group(required=True)
    how.add_argument("--grid", action="store_true", help="every combination of the values a,b,c")
    how.add_argument("--random", type=int, metavar="N", help="N draws of choice:a,b, uniform:LOW:HIGH, log:LOW:HIGH")
    one.add_argument("--seed", type=int, default=42)
    one.set_defaults(act=plan, common=common)

    one = commands.add_parser("run", help="train them here")
    one.add_argument("folder", type=pathlib.Path)
    one.add_argument("--launch", default="", help='such as "mpirun -np 8"')
    one.add_argument("--trials", type=lambda text: list(map(int, text.split(","))), help="some of them only")
    one.add_argument("--metric", default="ndcg@10")
    one.set_defaults(act=run)

    one = commands.add_parser("table", help="rank those that have ended")
    one.add_argument("folder", type=pathlib.Path)
    one.add_argument("--metric", default="ndcg@10")
    one.set_defaults(act=table)

    one = commands.add_parser("words", help="for jobs: the words behind mfals of a trial, a line each")
    one.add_argument("folder", type=pathlib.Path)
    one.add_argument("trial", type=int)
    one.set_defaults(act=lambda arguments: print("\n".join(words(arguments.folder, load(arguments.folder), arguments.trial))))

    arguments = parser.parse_args(line)
    arguments.act(arguments)


main()
