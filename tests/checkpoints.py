"""The folder of checkpoints as a user meets it: damaged files, the lock, what is kept and when, limits of time, the log."""

import json
import os
import pathlib
import random
import re
import shutil
import socket
import time

import h5py

import jobs
from mfals_run import Checks, run, train, work_folder, write_ratings

USAGE, NO_INPUT, NO_OUTPUT, REQUEUE, BAD_CHECKPOINT = 64, 66, 73, 75, 76
OPTIONS = ["-k", 5, "-a", "als", "--biases"]
checks = Checks()


def bytes_of(path):
    return path.read_bytes() if path.exists() else None


def names(folder):
    return sorted(path.name for path in folder.iterdir() if path.name != "lock")


def events(log, kind):
    return [event for event in map(json.loads, log.read_text().splitlines()) if event["event"] == kind]


def foreign_file(path):
    with h5py.File(path, "w") as file:
        file["numbers"] = range(10)


def flip(sound, place):
    return sound[:place] + bytes([sound[place] ^ 4]) + sound[place + 1:]


def damages(folder, sound):
    """What may lie under a checkpoint's name, and how it gets there."""
    middle = len(sound) // 2
    contents = {"cut": sound[:middle], "without its seal": sound[:-64], "longer": sound + b"\n", "empty": b"",
                "zeros": bytes(len(sound)),
                "a bit of the data": flip(sound, middle), "a bit of the seal": flip(sound, len(sound) - 40),
                "a bit of the superblock": flip(sound, 9), "a page of zeros": sound[:4096] + bytes(4096) + sound[8192:],
                "text": b"a text\n" * 100, "a model": (folder / "model.h5").read_bytes()}
    made = {name: lambda path, data=data: path.write_bytes(data) for name, data in contents.items()}
    return made | {"a foreign file": foreign_file, "a folder": lambda path: path.mkdir(), "a pipe": os.mkfifo,
                   "a link to nothing": lambda path: path.symlink_to("nothing")}


def put(path, how):
    path.unlink(missing_ok=True)
    how(path)


def state(path):
    """What is under a name that nobody is to touch."""
    return path.readlink() if path.is_symlink() else path.read_bytes() if path.is_file() else None


def check_damage(folder):
    """The newest is damaged, or both are, or the one that is named. What bears no seal, or is a link, stays as it is."""
    ratings, made, tried, model = (folder / name for name in ("ratings.tsv", "made", "tried", "model.h5"))
    train(0, ratings, model, "-n", 3, *OPTIONS)
    whole = bytes_of(model)
    train(0, ratings, model, "-n", 2, "--checkpoint-dir", made, *OPTIONS)
    cases = damages(folder, (made / "checkpoint-2.h5").read_bytes())
    for number, (name, how) in enumerate(cases.items()):
        for older in (False, True):
            ranks = (number + older) % 3
            shutil.rmtree(tried, ignore_errors=True)
            shutil.copytree(made, tried)
            put(tried / "checkpoint-2.h5", how)
            if older:
                put(tried / "checkpoint-1.h5", list(cases.values())[number - 1])
            model.unlink(missing_ok=True)
            before = state(tried / "checkpoint-2.h5")
            done = run(ranks, "train", ratings, "-n", 3, "-o", model, "--checkpoint-dir", tried, *OPTIONS)
            warnings = done.stderr.splitlines()
            passed = [line for line in warnings if "passed over" in line]
            checks.check(done.returncode == 0 and bytes_of(model) == whole, f"{name}: {done.returncode} {done.stderr}")
            checks.check(all(line.startswith("mfals: warning: ") for line in warnings) and len(passed) == 1 + older and
                         "checkpoint-2.h5" in passed[0], f"{name}: {done.stderr}")
            checks.check(f"resumed after iteration 1 from {tried}" in done.stdout or older, f"{name}: {done.stdout}")
            checks.check(any("training begins afresh" in line for line in warnings) == older, f"{name}: {done.stderr}")
            checks.check("checkpoint-3.h5" in names(tried), f"{name}: no checkpoint after the last iteration")
            if name in ("text", "a model", "a foreign file", "a link to nothing"):
                checks.check(state(tried / "checkpoint-2.h5") == before, f"{name}: it was replaced")
        put(folder / "named.h5", how)
        done = run(number % 3, "train", ratings, "-n", 3, "-o", model, "--resume", folder / "named.h5", *OPTIONS)
        code = NO_INPUT if name in ("a folder", "a pipe", "a link to nothing") else BAD_CHECKPOINT
        checks.check(done.returncode == code and re.fullmatch(r"mfals: [^\n]*named\.h5[^\n]*\n", done.stderr),
                     f"--resume {name}: {done.returncode} {done.stderr}")
        shutil.rmtree(folder / "named.h5") if name == "a folder" else None
    print(f"{len(cases)} ways to damage a checkpoint")


def check_lock(folder):
    ratings, checkpoints, options = folder / "ratings.tsv", folder / "locked", ["-k", 4]
    with jobs.Job(folder, ["-np", 2], "train", ratings, "-n", 1000000, "-o", folder / "first.h5", "--checkpoint-dir",
                  checkpoints, "--checkpoint-every", 20, *options, environment={"SLURM_JOB_ID": "4711"}) as job:
        job.reach(21)
        begun = time.monotonic()
        done = run(2, "train", ratings, "-n", 1000000, "-o", folder / "second.h5", "--checkpoint-dir", checkpoints, *options)
        holder = f"host {socket.gethostname()}, process {job.rank(0)}, job 4711"
        checks.check(done.returncode == NO_OUTPUT and time.monotonic() - begun < 20, f"a second job: {done.returncode}")
        checks.check(re.fullmatch(r"mfals: [^\n]*\n", done.stderr) and f"in use by another run: {holder}\n" in done.stderr,
                     f"a second job: {done.stderr}, not {holder}")
        checks.check(not (folder / "second.h5").exists(), "a second job wrote a model")
        job.reach(job.iteration() + 5)
        checks.check(job.said() == "", f"the first job was disturbed: {job.said()}")
        for process in job.processes():
            os.kill(process, 9)
        checks.check(job.survivors() == 0, "the first job lives on")
    jobs.check_resumed(checks, "after kill -9 of the holder", folder, ratings, checkpoints, 3, *options)


def check_what_is_kept(folder):
    ratings, kept, model = folder / "ratings.tsv", folder / "kept", folder / "model.h5"
    odd = ["checkpoint-x.h5", "checkpoint-.h5", "checkpoint-03.h5", "checkpoint-+3.h5", "checkpoint--1.h5",
           "checkpoint-3.h5.old", "notes.txt", "model.h5.partial", "checkpoint-x.h5.partial", "checkpoint-1.h5.partial",
           "checkpoint-4.h5.partial", "checkpoint-9.h5.partial"]
    kept.mkdir()
    for name in odd:
        (kept / name).write_text("left over\n")
    done = train(2, ratings, model, "-n", 3, "--checkpoint-dir", kept, "--duplicates", "sum", *OPTIONS)
    checks.check(done.stderr == "" and names(kept) == sorted(odd + ["checkpoint-2.h5", "checkpoint-3.h5"]),
                 f"left in the folder: {names(kept)} {done.stderr}")
    done = train(3, ratings, model, "-n", 4, "--checkpoint-dir", kept, "--duplicates", "sum", *OPTIONS)
    checks.check(done.stderr == "" and names(kept) == sorted(odd + ["checkpoint-3.h5", "checkpoint-4.h5"]),
                 f"left in the folder by the second run: {names(kept)} {done.stderr}")
    checks.check(all((kept / name).read_text() == "left over\n" for name in odd), "other files were written")


def check_account(summaries, table):
    """The whole training's; the second start writes no checkpoint, so that the third goes on from the first's."""
    told = [(event["starts"], event["iterations"], event["last_start"]["iterations"]) for event in summaries]
    checks.check(told == [(1, 3, 3), (2, 3, 0), (2, 7, 4)], f"starts, iterations, those of the last start: {told}")
    first, again, more = summaries
    for name in ("wall_s", "train_s", "flops"):
        values = [(event[name], event["last_start"][name]) for event in summaries]
        before = values[0][0] if name == "flops" else 0  # clocks go on after the last checkpoint
        checks.check(values[0][0] == values[0][1] and all(whole >= last + before for whole, last in values[1:]) and
                     values[1][0] > values[1][1] and values[2][0] > values[2][1], f"{name}: {values}")
    checks.check(first["flops"] == again["flops"] < more["flops"] and again["gflops"] > 0, "operations of earlier starts")
    calls = [{row["phase"]: row["calls"] for row in event["time_table"]} for event in summaries]
    checks.check(calls[1]["read and parse"] == 2 * calls[0]["read and parse"] and calls[2]["solve rows"] > calls[0]["solve rows"] > 0,
                 f"calls: {calls}")
    checks.check(more["imbalance"]["all"] >= 1 and more["time_table"][0]["max_rank"] is None, f"{more}")
    checks.check("2 starts: 7 iterations, 4 of them in the last\n" in table and "last start" in table, f"the table: {table}")


def check_log(folder):
    ratings, log, model = folder / "ratings.tsv", folder / "log.json", folder / "logged.h5"
    for ranks, iterations in ((2, 3), (0, 3), (3, 7)):
        done = train(ranks, ratings, model, "-n", iterations, "--checkpoint-dir", folder / "logged", "--log-json", log, *OPTIONS)
    check_account(events(log, "summary"), done.stdout)
    told = events(log, "iteration")
    checks.check([event["iteration"] for event in told] == list(range(1, 8)), f"logged iterations: {told}")
    checks.check([event["iteration"] for event in events(log, "checkpoint")] == list(range(1, 8)), "logged checkpoints")
    checks.check(all(event["seconds"] > 0 for event in events(log, "checkpoint")), "a checkpoint takes no time")
    checks.check([event["ranks"] for event in events(log, "start")] == [2, 1, 3], "the log was not appended to")
    with h5py.File(model) as file:
        for name, values in file["history"].items():
            checks.check([event[name] for event in told] == list(values), f"the history of {name} is not what was logged")


def check_intervals(folder):
    """When checkpoints are written, by the log; times can only be bounded."""
    for every, wanted in ((3, [3, 6, 8]), (1, list(range(1, 9))), (100, [8])):
        log = folder / f"every-{every}.json"
        train(2, folder / "ratings.tsv", folder / "model.h5", "-n", 8, "--checkpoint-dir", folder / f"every-{every}",
              "--checkpoint-every", every, "--log-json", log, *OPTIONS)
        told = [event["iteration"] for event in events(log, "checkpoint")]
        checks.check(told == wanted, f"--checkpoint-every {every}: after {told}")
    iterations = iterations_in(folder, 2.5)
    for every in ("1s", "2,1s"):
        log = folder / f"every-{every}.json"
        begun = time.monotonic()
        train(0, folder / "large.tsv", folder / "model.h5", "-n", iterations, "-k", 32, "--checkpoint-dir",
              folder / f"every-{every}", "--checkpoint-every", every, "--log-json", log)
        took = time.monotonic() - begun
        training = sum(event["wall_s"] for event in events(log, "iteration"))
        told = [event["iteration"] for event in events(log, "checkpoint")]
        gaps = [after - before for before, after in zip([0] + told, told)]
        checks.check(told[-1] == iterations, f"--checkpoint-every {every}: none after the last iteration, {told}")
        if every == "1s":
            checks.check(training // 2 <= len(told) <= took + 1,
                         f"1s: {len(told)} checkpoints in {training:.1f} of {took:.1f} s")
        else:
            checks.check(max(gaps) <= 2, f"2,1s: after {told}")
        print(f"--checkpoint-every {every}: {len(told)} checkpoints in {took:.1f} s")


def iterations_in(folder, seconds):
    """How many this machine does, at the time."""
    log = folder / "calibration.json"
    train(0, folder / "large.tsv", folder / "model.h5", "-n", 20, "-k", 32, "--log-json", log)
    return int(seconds / (sum(event["wall_s"] for event in events(log, "iteration")) / 20))


def check_time_limits(folder):
    """Started again and again, on another number of ranks each time, until it is done."""
    ratings, whole, model = folder / "large.tsv", folder / "whole.h5", folder / "limited.h5"
    options = ["-k", 32, "-n", iterations_in(folder, 6)]  # also on a machine that is less busy from here on
    begun = time.monotonic()
    train(0, ratings, whole, *options)
    limit = (time.monotonic() - begun) / 4
    for name in ("--max-time", "SLURM_JOB_END_TIME"):
        codes, within = [], 0
        while codes[-1:] in ([], [REQUEUE]) and len(codes) < 60:
            words = ["--max-time", f"{limit:.2f}s"] if name == "--max-time" else []
            ends = {} if words else {"SLURM_JOB_END_TIME": str(int(time.time() + max(1.5, limit) + 0.5))}  # whole seconds
            done = run(len(codes) % 3, "train", ratings, "-o", model, "--checkpoint-dir", folder / name,
                       "--checkpoint-every", "1h", *options, *words, environment=ends)
            codes.append(done.returncode)
            checks.check(re.search(rf"^this run stops \d+ s from now.*{name}", done.stdout, re.MULTILINE), f"{name}: {done.stdout[:300]}")
            within += " within iteration " in done.stderr
            if done.returncode == REQUEUE:
                checks.check(re.fullmatch(r"mfals: stopped because (?:--max-time is over|the job's end is near [(]SLURM_JOB_END_TIME[)]) [^\n]*start again[^\n]*\n", done.stderr)
                             and not model.exists(), f"{name}: told {done.stderr!r}")
        checks.check(len(codes) > 1 and codes[-1] == 0, f"{name}: exit codes {codes}")
        checks.check(bytes_of(model) == bytes_of(whole), f"{name}: other bytes than those of an unbroken run")
        checks.check(len(names(folder / name)) <= 2, f"{name}: left {names(folder / name)}")
        print(f"{name}: started {len(codes)} times, stopped within an iteration {within} times")
        model.unlink(missing_ok=True)
    done = run(2, "train", ratings, "-o", model, "--checkpoint-dir", folder / "late", *options,
               environment={"SLURM_JOB_END_TIME": str(int(time.time()) - 10)})
    checks.check(done.returncode == REQUEUE and not model.exists(), f"after the job's end: {done.returncode} {done.stderr}")


def check_usage(folder):
    alone = [["--max-time", "1h"], ["--checkpoint-every", 2], ["--resume", "never"], ["--resume", "auto"]]
    values = [["--max-time", value] for value in ("5", "1x", "-1s", "1s1h", "s", "1hh", "nan", "1e400s", "")]
    values += [["--checkpoint-every", value] for value in ("0", "-1", "1.5", "1,2", "1s,1", "1,", ",1s", "1,1s,1s", "x", "")]
    values += [["--stall-timeout", value] for value in ("5", "ten", "1s 2s", "")]
    for words in alone + [["--checkpoint-dir", folder / "usage", *value] for value in values]:
        done = run(0, "train", folder / "ratings.tsv", "-o", folder / "usage.h5", *words)
        checks.check(done.returncode == USAGE and re.fullmatch(r"mfals: [^\n]*\n", done.stderr),
                     f"{words}: {done.returncode} {done.stderr}")
        checks.check(not (folder / "usage").exists() and not (folder / "usage.h5").exists(), f"{words}: made something")
    for place, make in (("a-file", lambda path: path.write_text("")), ("no/folder", lambda path: None)):
        make(folder / place)
        done = run(2, "train", folder / "ratings.tsv", "-o", folder / "usage.h5", "--checkpoint-dir", folder / place)
        checks.check(done.returncode == NO_OUTPUT and re.fullmatch(r"mfals: cannot use the folder [^\n]*\n", done.stderr),
                     f"--checkpoint-dir {place}: {done.returncode} {done.stderr}")
    print(f"{len(alone) + len(values) + 2} wrong options")


def main():
    jobs.stop_on_sigterm()
    rng = random.Random(3)
    with work_folder() as name:
        folder = pathlib.Path(name)
        write_ratings(folder / "ratings.tsv",
                      [(rng.randrange(300), rng.randrange(200), rng.randrange(1, 6)) for _ in range(2000)])
        write_ratings(folder / "large.tsv",
                      [(rng.randrange(4000), int(2000 * rng.random() ** 2), 1) for _ in range(60000)])
        for check in (check_usage, check_damage, check_lock, check_what_is_kept, check_log, check_intervals,
                      check_time_limits):
            check(folder)
    checks.finish()


main()
