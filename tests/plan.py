"""mfals plan: memory as measured, on 1 and 2 ranks, for each algorithm and with weights and times, within 10 %; its refusals; the nodes it names."""

import json
import pathlib
import re

from mfals_run import Checks, run, train, work_folder

MIB = 2 ** 20
checks = Checks()


def predicted(*arguments):
    done = run(0, "plan", *arguments)
    checks.check(done.returncode == 0, f"plan {arguments}: {done.returncode} {done.stderr}")
    found = re.search(r"high-water mark +([0-9.]+)", done.stdout)
    return float(found.group(1)) * 1024 if found else 0.0


def measured(folder, ratings, ranks, *arguments):
    log = folder / "log.jsonl"
    log.unlink(missing_ok=True)
    train(ranks, ratings, folder / "model.h5", "--log-json", log, *arguments)
    return next(event for line in log.open() if (event := json.loads(line))["event"] == "summary")["memory"][0]["bytes"] / MIB


def check_memory(folder, ratings, ranks, *arguments):
    asked = [word for word in arguments if word not in ("--learning-rate", 1e-5)]
    guess = predicted(ratings, "--ranks-per-node", ranks, "--gflops", 10, *asked)
    truth = measured(folder, ratings, ranks, "-n", 1, *arguments)
    print(f"{ratings.name}, {ranks} ranks, {' '.join(map(str, arguments))}: predicted {guess:.0f} MiB, measured {truth:.0f} MiB, "
          f"{100 * (guess / truth - 1):+.1f} %")
    checks.check(abs(guess / truth - 1) <= 0.1, f"memory of {ratings.name} on {ranks} ranks, {arguments}")


def check_answers():
    large = ["--users", 10 ** 9, "--items", 10 ** 7, "--ratings", 10 ** 11, "-k", 128, "--gflops", 20]
    done = run(0, "plan", *large, "--ranks-per-node", 48, "--memory", 768)
    found = re.search(r"with 768 GiB each: ([0-9]+) nodes at least", done.stdout)
    checks.check(found is not None, f"the nodes needed: {done.stdout}{done.stderr}")
    if found:
        nodes = int(found.group(1))
        checks.check(predicted(*large, "--ranks-per-node", 48, "--nodes", nodes) <= 768 * 1024, "the nodes named are enough")
        checks.check(predicted(*large, "--ranks-per-node", 48, "--nodes", nodes - 1) > 768 * 1024, "one fewer is not")
    done = run(0, "plan", *large, "--memory", 256)
    checks.check("no number of nodes is enough" in done.stdout, "factors that no node can hold")
    done = run(0, "plan", "--users", 1000, "--items", 100, "--ratings", 5000, "-k", 16)
    checks.check("as measured here" in done.stdout and done.returncode == 0, f"a speed that is measured: {done.stderr}")
    done = run(0, "plan", "--users", 1000, "--items", 100, "--ratings", 5000, "-k", 16, "--nonnegative")
    checks.check("as measured here" in done.stdout and "eigendecomposition" not in done.stdout, f"no axes: {done.stdout}")


def check_refusals(ratings):
    for arguments in (["--users", 5], ["--users", 5, "--items", 5], [ratings, "--users", 5]):
        done = run(0, "plan", *arguments)
        checks.check(done.returncode == 64 and done.stderr.startswith("mfals: plan: "), f"plan {arguments}: {done.stderr}")
    done = run(0, "plan", "nowhere.tsv")
    checks.check(done.returncode == 66, f"plan of no file: {done.returncode}")


with work_folder() as name:
    folder = pathlib.Path(name)
    many, wide = folder / "many.tsv", folder / "wide.tsv"
    run(0, "generate", "-o", many, "--users", 40000, "--items", 4000, "--ratings-per-user", 100, "-k", 1, "--noise", 0)
    run(0, "generate", "-o", wide, "--users", 80000, "--items", 40000, "--ratings-per-user", 4, "-k", 1, "--noise", 0)
    aged = folder / "aged.tsv"
    with many.open() as lines, aged.open("w") as output:
        for number, line in enumerate(lines):
            output.write(f"{line.rstrip()}\t{1 + number % 3}\t{1_700_000_000 + number}\n")
    for ranks in (1, 2):
        check_memory(folder, many, ranks, "-k", 8)
        check_memory(folder, wide, ranks, "-k", 256, "-a", "als")
    check_memory(folder, many, 2, "-a", "sgd", "--learning-rate", 1e-5)
    check_memory(folder, wide, 2, "-k", 64, "--nonnegative")
    check_memory(folder, aged, 2, "-k", 8, "--unobserved-weight", 0.1, "--alpha", 2, "--columns", "user,item,rating,weight,time",
                 "--half-life", "1d", "--weight", "log", "--user-exponent", 0.5, "--item-exponent", 0.5)
    check_answers()
    check_refusals(many)
checks.finish()
