"""Jobs that are disturbed while they run: started in the background, watched, and swept away."""

import os
import re
import secrets
import signal
import subprocess
import sys
import time

from mfals_run import MFALS, train, said_by_ranks

import launcher

# One line an iteration, in the table that mfals prints.
ITERATION = re.compile(r"^ *(\d+) of \d+ +[-+.\de]+ ", re.MULTILINE)


def stop_on_sigterm():
    """Lets `finally` and `with` do their work when a time limit ends the test."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended by SIGTERM"))


def newest_checkpoint(folder):
    """The iteration of the newest checkpoint there; 0 if there is none."""
    return max((int(path.stem.split("-")[1]) for path in folder.glob("checkpoint-*.h5")), default=0)


def check_resumed(checks, name, folder, ratings, checkpoints, ranks, *options):
    """A job that was broken off goes on from its checkpoints for two iterations; its model has the bytes of a run that
    was not. The options are the broken job's, without -n and -o."""
    iteration = newest_checkpoint(checkpoints)
    whole, resumed = folder / "whole.h5", folder / "resumed.h5"
    train(1, ratings, whole, "--quiet", "-n", iteration + 2, *options)
    done = train(ranks, ratings, resumed, "--checkpoint-dir", checkpoints, "-n", iteration + 2, *options)
    told = f"resumed after iteration {iteration} from {checkpoints}/checkpoint-{iteration}.h5"
    checks.check(iteration > 0 and told in done.stdout, f"{name}: not resumed after {iteration}: {done.stdout[:500]!r}")
    checks.check(whole.read_bytes() == resumed.read_bytes(), f"{name}: resumed after {iteration}: other bytes")
    print(f"{name}: resumed after iteration {iteration}, {ranks} ranks on one host")


class Job:
    """mpirun and all that it starts, on whatever host: its processes carry a mark in their environment. `with` leaves
    none behind."""

    def __init__(self, folder, launch, *arguments, environment=None):
        self.mark = f"MFALS_TEST_JOB={secrets.token_hex(8)}".encode()
        self.out, self.err = folder / "job.out", folder / "job.err"
        name, value = self.mark.decode().split("=")
        with open(self.out, "wb") as out, open(self.err, "wb") as err:
            self.process = subprocess.Popen(
                launcher.start(launch, MFALS, *arguments), stdin=subprocess.DEVNULL, stdout=out,
                stderr=err, env={**os.environ, **(environment or {}), name: value})

    def __enter__(self):
        return self

    def __exit__(self, *_):
        while processes := self.processes():
            for process in processes:
                try:
                    os.kill(process, signal.SIGKILL)
                except ProcessLookupError:
                    pass
            time.sleep(0.05)
        self.process.wait()

    def processes(self):
        """Ids of those alive, with their environments. Zombies have none and do not count."""
        found = {}
        for name in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open(f"/proc/{name}/environ", "rb") as file:
                    words = file.read().split(b"\0")
            except OSError:
                continue
            if self.mark in words:
                found[int(name)] = words
        return found

    def ranks(self):
        """The ids of the ranks' processes, by their numbers."""
        return {number: process for process, words in self.processes().items()
                if (number := launcher.rank_in(words)) is not None}

    def rank(self, number):
        """The id of the process of a rank."""
        return self.ranks()[number]

    def iteration(self):
        """The last one told."""
        told = ITERATION.findall(self.out.read_text())
        return int(told[-1]) if told else 0

    def reach(self, iteration, limit=30):
        """Waits until the job is that far; it must not end before."""
        deadline = time.monotonic() + limit
        while self.iteration() < iteration:
            if self.process.poll() is not None or time.monotonic() > deadline:
                sys.exit(f"the job did not reach iteration {iteration}: {self.said()}")
            time.sleep(0.02)

    def end(self, limit):
        """The exit code, None if the job lives longer, and the seconds it took."""
        begun = time.monotonic()
        try:
            code = self.process.wait(limit)
        except subprocess.TimeoutExpired:
            code = None
        return code, time.monotonic() - begun

    def survivors(self, limit=3):
        """How many processes are still alive after at most so many seconds."""
        deadline = time.monotonic() + limit
        while (left := len(self.processes())) and time.monotonic() < deadline:
            time.sleep(0.05)
        return left

    def said(self):
        """What it wrote on stderr."""
        return said_by_ranks(self.err.read_text())
