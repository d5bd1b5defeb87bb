"""Signals in the midst of a job: to one rank, to all, to mpirun; whatever it is doing. It ends in time, leaves nobody behind,
and started again on another number of ranks it ends in the bytes of a run that was left alone.

When the signal is sent: reading, checkpointing, writing and evaluating are awaited, by a file or a line that appears, and
then hit after a short random time; the others are hit at a random moment after the first iteration. A rank may have moved on
before the signal arrives. MFALS_SOAK_COUNT: how many jobs (8).
"""

import collections
import os
import pathlib
import random
import re
import shutil
import signal
import subprocess
import time

import jobs
from mfals_run import MFALS, Checks, run, train, work_folder, write_ratings

COUNT = int(os.environ.get("MFALS_SOAK_COUNT", "8"))
SIGNALS = [signal.SIGUSR1, signal.SIGTERM, signal.SIGINT]
TARGETS = ["one rank", "all ranks", "mpirun"]
RANKS, RESUME_RANKS, END_S, REQUEUE, BAD_CHECKPOINT = 3, [1, 2, 4, 5], 30, 75, 76
ALL, TESTED = 1000000, ["--holdout-users", 0.5, "--negatives", 0, "--early-stop", "ndcg@10:1000000"]
# Name: iterations, options, and the longest random pause.
PHASES = {
    "reading": (ALL, [], 0.1),
    "sweeping": (ALL, ["--checkpoint-every", 5], 0.3),
    "exchanging": (ALL, ["--replica", "rank"], 0.3),
    "checkpointing": (ALL, [], 0),
    "evaluating": (ALL, TESTED, 0.5),
    "writing the model": (4, [], 0),
    "the last evaluation": (2, ["--holdout-users", 0.7, "--negatives", 0], 0.05),
    "wide spectrum": (ALL, ["--lambda", 1e-6, "--checkpoint-every", 7], 0.3),
    "als": (ALL, ["-a", "als", "--biases", "--checkpoint-every", "1h"], 0.3),
    "sgd": (ALL, ["-a", "sgd", "--schedule", "bold"], 0.3),
}
checks = Checks()


def wait_for(happened, job, limit=20):
    """Whether it did before the job ended."""
    deadline = time.monotonic() + limit
    while job.process.poll() is None and time.monotonic() < deadline:
        if happened():
            return True
        time.sleep(0.0005)
    return False


def reach(phase, job, checkpoints, model):
    """Waits until the job is there."""
    if phase == "reading":
        return wait_for((checkpoints / "lock").exists, job)
    if phase == "the last evaluation":
        return wait_for(lambda: "wrote " in job.out.read_text(), job)
    if not wait_for(lambda: job.iteration() >= 1, job):
        return False
    if phase == "checkpointing":
        return wait_for(lambda: any(checkpoints.glob("*.partial")), job)
    return phase != "writing the model" or wait_for(lambda: any(model.parent.glob(model.name + ".*.partial")), job)


def send(job, number, target, draw):
    try:
        if target == "mpirun":
            job.process.send_signal(number)
        else:
            first = draw.randrange(RANKS)
            for rank in [first] if target == "one rank" else range(RANKS):
                os.kill(job.rank(rank), number)
    except (ProcessLookupError, KeyError):
        pass  # it has ended by itself


def check_end(name, job, number, target, model):
    """Its exit code and what it says. mpirun has a code of its own after SIGTERM and SIGINT, and leaves ranks 1 s."""
    code, took = job.end(END_S)
    left, said = job.survivors(), job.said()
    own = {1} if target == "mpirun" and number != signal.SIGUSR1 else set()
    checks.check(code in {0, REQUEUE} | own, f"{name}: exit code {code} after {took:.1f} s: {said}")
    checks.check(left == 0, f"{name}: {left} processes live on")
    line = re.fullmatch(rf"mfals: stopped by ({'|'.join(s.name for s in SIGNALS)}) ([^\n]*)\n", said)
    checks.check(line or (said == "" and code in {0} | own), f"{name}: exit code {code}, told {said!r}")
    checks.check(code != 0 or model.exists(), f"{name}: done, without a model")
    checks.check(line is None or target == "mpirun" or line[1] == number.name, f"{name}: told {said!r}")
    if line is None:
        return "done" if code == 0 else "killed by mpirun"
    for words in ("within iteration", "after iteration", "while reading", "while evaluating"):
        if words in line[2]:
            return words
    return line[2]


def check_resumed(name, folder, options, checkpoints, iterations, ranks):
    """Goes on for two iterations, or to the end."""
    if iterations == ALL:
        iterations = jobs.newest_checkpoint(checkpoints) + 2
    whole, resumed, ratings = folder / "whole.h5", folder / "resumed.h5", folder / "ratings.tsv"
    found = any(checkpoints.glob("checkpoint-*.h5"))
    train(0, ratings, whole, "--quiet", "-n", iterations, *options)
    done = run(ranks, "train", ratings, "-o", resumed, "--checkpoint-dir", checkpoints, "-n", iterations, *options)
    checks.check(done.returncode == 0 and done.stderr == "", f"{name}, resumed: {done.returncode} {done.stderr}")
    checks.check(("resumed " in done.stdout) == found, f"{name}: {found=}, {done.stdout[:300]}")
    checks.check(resumed.exists() and whole.read_bytes() == resumed.read_bytes(), f"{name}, resumed: other bytes")
    resumed.unlink(missing_ok=True)


def check_no_further(name, folder, options, checkpoints):
    """Asked for no more iterations than are complete, it gives their model, or refuses to take back half an iteration."""
    iterations = jobs.newest_checkpoint(checkpoints)
    whole, stopped, copy = (folder / name for name in ("whole.h5", "stopped.h5", "copy"))
    if iterations == 0:
        return
    shutil.copytree(checkpoints, copy)
    train(0, folder / "ratings.tsv", whole, "--quiet", "-n", iterations, *options)
    done = run(0, "train", folder / "ratings.tsv", "-o", stopped, "--checkpoint-dir", copy, "-n", iterations, *options)
    checks.check(done.returncode in (0, BAD_CHECKPOINT), f"{name}, -n {iterations}: {done.returncode} {done.stderr}")
    checks.check(done.returncode != 0 or whole.read_bytes() == stopped.read_bytes(), f"{name}, -n {iterations}: other bytes")
    shutil.rmtree(copy)
    stopped.unlink(missing_ok=True)


def disturb(folder, case, outcomes):
    """The case-th job: all phases in turn, all signals and targets in turn within each."""
    draw = random.Random(case)
    phase = list(PHASES)[case % len(PHASES)]
    number, target = SIGNALS[(case + case // len(PHASES)) % 3], TARGETS[(case + case // 3) % 3]
    iterations, options, pause = PHASES[phase]
    twice = case % 4 == 3 and number != signal.SIGINT
    options = ["-k", 32, *options]
    checkpoints, model = folder / f"checkpoints-{case}", folder / f"model-{case}.h5"
    with jobs.Job(folder, ["-np", RANKS], "train", folder / "ratings.tsv", "-n", iterations, "-o", model,
                  "--checkpoint-dir", checkpoints, *options) as job:
        reached = reach(phase, job, checkpoints, model)
        time.sleep(draw.uniform(0, pause))
        send(job, number, target, draw)
        if twice:
            time.sleep(0.02)
            send(job, number, target, draw)
        name = f"case {case}, {phase}, {number.name} to {target}{' twice' if twice else ''}"
        checks.check(reached or iterations != ALL, f"{name}: never got there")
        outcome = check_end(name, job, number, target, model)
    outcomes[phase][outcome] += 1
    options = without(options, "--checkpoint-every")
    if iterations == ALL and pause > 0:
        check_no_further(name, folder, options, checkpoints)
    check_resumed(name, folder, options, checkpoints, iterations, draw.choice(RESUME_RANKS))


def without(words, option):
    """And without its value."""
    place = words.index(option) if option in words else len(words)
    return words[:place] + words[place + 2:]


def check_second_interrupt(folder):
    """The first is a wish; the second ends a run of one process at once, even where rows take long."""
    write_ratings(folder / "dense.tsv", [(u, i, 1 + (u * i) % 5) for u in range(300) for i in range(1200)])
    process = subprocess.Popen([MFALS, "train", folder / "dense.tsv", "-a", "sgd", "-n", "1000", "-k", "4000", "-o",
                                folder / "model.h5", "--checkpoint-dir", folder / "twice"], stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True)
    try:
        while (line := process.stdout.readline()) and "ratings of" not in line: # until all is read
            pass
        time.sleep(0.5)
        process.send_signal(signal.SIGINT)
        time.sleep(0.1)
        lived = process.poll() is None
        begun = time.monotonic()
        process.send_signal(signal.SIGINT)
        code = process.wait(10)
        checks.check(lived and code == -signal.SIGINT, f"two SIGINT: after one it lived: {lived}, then ended with {code}")
        checks.check(time.monotonic() - begun < 2, f"two SIGINT: ended after {time.monotonic() - begun:.1f} s")
    finally:
        process.kill()
        process.communicate()


def main():
    jobs.stop_on_sigterm()
    rng = random.Random(7)
    outcomes = collections.defaultdict(collections.Counter)
    with work_folder() as name:
        folder = pathlib.Path(name)
        write_ratings(folder / "ratings.tsv",
                      [(rng.randrange(3000), rng.randrange(1500), 1 + rng.randrange(5)) for _ in range(40000)])
        check_second_interrupt(folder)
        for case in range(COUNT):
            disturb(folder, case, outcomes)
    for phase, counts in outcomes.items():
        print(f"{phase}: {', '.join(f'{count} {outcome}' for outcome, count in counts.items())}")
    stopped = COUNT - sum(counts["done"] + counts["killed by mpirun"] for counts in outcomes.values())
    print(f"{COUNT} jobs disturbed, {stopped} stopped with a line and code {REQUEUE} or mpirun's 1")
    checks.check(2 * stopped > COUNT, f"only {stopped} of {COUNT} jobs were stopped")
    checks.finish()


main()
