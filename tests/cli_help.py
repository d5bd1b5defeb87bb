"""What --help and --version say, on one rank and on several, and the exit code of a full disk under stdout."""

import os
import re
import subprocess
import sys

from mfals_run import MFALS, SOURCE, launch, said_by_ranks

RUN = "stall-timeout ranks config quiet verbose version help".split()
READING = "format columns separator header ids encoding duplicates on-bad-line bad-line-limit".split()
USING = "replica kernel".split()
TESTING = "test candidates top negatives recall-cut log-json seed".split()
OPTIONS = {
    "train": "algorithm factors iterations lambda alpha preset unobserved-weight unobserved-ratio user-exponent item-exponent weight weight-epsilon nonpositive reg-exponent biases nonnegative "
             "solver cg-steps learning-rate schedule sgd-blocks axes init half-life now holdout holdout-last holdout-users early-stop clip output checkpoint-dir "
             "checkpoint-every resume max-time".split() + READING + TESTING + USING,
    "evaluate": ["seen", "baseline", "clip"] + READING + TESTING + USING,
    "recommend": "users user top fold-in titles seen include-seen clip output output-format".split() + READING + USING,
    "similar": "item top titles".split() + USING,
    "convert": ["output"] + READING,
    "generate": "users items ratings-per-user factors noise explicit seed output".split(),
    "plan": "algorithm factors alpha preset unobserved-weight unobserved-ratio user-exponent item-exponent weight nonpositive half-life nonnegative sgd-blocks users items ratings nodes ranks-per-node link memory gflops kernel".split() + READING,
    "info": [],
    "check": [],
}
failures = 0


def check(holds, what):
    global failures
    if not holds:
        print(f"failed: {what}")
        failures += 1


def run(*args, ranks=0, stdout=subprocess.PIPE):
    command = launch(ranks, MFALS, *args) if ranks else [MFALS, *args]
    ran = subprocess.run(["timeout", "-k", "5", "30", *command], stdout=stdout, stderr=subprocess.PIPE,
                         text=True)
    return ran.returncode, (ran.stdout or "").replace("\r", ""), said_by_ranks(ran.stderr)


def check_help():
    code, text, errors = run("--help")
    lines = text.splitlines()
    check(code == 0 and errors == "", f"--help: {code} {errors}")
    check(0 < len(lines) <= 24, f"--help has {len(lines)} lines")
    check(all(len(line) <= 80 for line in lines), "--help fits 80 columns")
    check(all(re.search(f"^  {name} +[a-z]", text, re.MULTILINE) for name in OPTIONS), "--help names the commands")
    check(run("-h")[1] == text, "-h is --help")
    check(run("--help", ranks=3) == (0, text, ""), "--help on 3 ranks is that of one")


def check_command_help(name):
    code, text, errors = run(name, "--help")
    check(code == 0 and errors == "", f"{name} --help: {code} {errors}")
    check(all(len(line) <= 80 for line in text.splitlines()), f"{name} --help fits 80 columns")
    check(text.startswith(f"Usage: mfals {name} "), f"{name} --help begins with its usage")
    named, wanted = re.findall(r"^  (?:-\w, |    )--([a-z-]+)", text, re.MULTILINE), OPTIONS[name] + RUN
    check(sorted(named) == sorted(wanted), f"{name} --help names {sorted(set(named) ^ set(wanted))} too many or too few")
    return text


def check_commands_help():
    texts = {name: check_command_help(name) for name in OPTIONS}
    check(run("-k", "3", "--help", "ratings.tsv")[1] == texts["train"], "options before --help still give help")
    check(run("recommend", "--help", ranks=2) == (0, texts["recommend"], ""), "recommend --help on 2 ranks is that of one")


def check_version():
    with open(f"{SOURCE}/CMakeLists.txt") as file:
        version = re.search(r"project\(mfals VERSION ([0-9.]+)", file.read()).group(1)
    code, text, errors = run("--version")
    check(code == 0 and errors == "", f"--version: {code} {errors}")
    check(text.startswith(f"mfals {version} ("), f"--version begins with mfals {version}")
    for library in ("MPI", "launcher:   /", "HDF5", "BLAS", "ScaLAPACK", "row kernel"):
        check(library in text, f"--version names {library}")
    check(run("train", "--version", ranks=2) == (0, text, ""), "train --version on 2 ranks is the same")


def check_full_disk():
    with open("/dev/full", "w") as full:
        code, _, errors = run("--help", stdout=full)
    check(code == 74, f"a full disk under stdout gives {code}")
    check(re.fullmatch("mfals: cannot write to standard output: .*\n", errors), f"a full disk under stdout: {errors!r}")


check_help()
check_commands_help()
check_version()
check_full_disk()
sys.exit(failures > 0)
