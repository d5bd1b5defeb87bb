"""Jobs killed with -9 at random moments, from mpirun's start to its end: one rank, all ranks, or mpirun. Each is started again
on another number of ranks and in another replica grouping, is killed again, and in the end let finish. Then the model has the
bytes of a run that was not killed, no checkpoint that stood in the folder was ever passed over, and nothing outlives a kill.

MFALS_SOAK_COUNT: how many kills in all (30)
"""

import collections
import concurrent.futures
import os
import pathlib
import random
import re
import shutil
import signal
import tempfile
import threading
import time

import jobs
from mfals_run import Checks, run, work_folder

from launcher import own_place

COUNT = int(os.environ.get("MFALS_SOAK_COUNT", "30"))
TRAIL = 4  # kills
ITERATIONS = 25
MOST_AHEAD = 8
RANKS = [1, 2, 3, 4]
REPLICAS = ["node", "rank", 2]
TRAININGS = [
    ("counts.tsv", ["-k", 32]),
    ("values.tsv", ["-k", 16, "-a", "als", "--biases"]),
    ("values.tsv", ["-k", 16, "-a", "sgd", "--sgd-blocks", 8]),
]
VICTIMS = ["one rank", "all ranks", "mpirun"]
STAGES = ["starting and reading", "training", "writing a checkpoint", "writing the model", "ending"]
LIKELY = ["starting and reading", "writing a checkpoint", "writing the model"]
LANES = 2
GONE_S, LIMIT_S = 5, 60
POLL_S = 0.002
RESUMED = re.compile(r"^resumed (after|within) iteration (\d+) from ", re.MULTILINE)
checks = Checks()
stopping = threading.Event()


class Unbroken:
    """What a run that is not killed gives, and the seconds it takes to the first iteration and from there to the end."""

    def __init__(self, places, number):
        self.name, (ratings, self.options) = f"training {number}", TRAININGS[number]
        self.ratings = places[0] / ratings
        trail = Trail(places, f"unbroken-{number}", self, 2)
        begun = time.monotonic()
        with trail.start() as job:
            job.reach(1)
            self.start_s = time.monotonic() - begun
            code, self.train_s = job.end(LIMIT_S)
            checks.check(code == 0, f"{self.name}: {code} {job.said()}")
        self.model = trail.model.read_bytes()
        trail.free()


class Trail:
    """Kills of one training, one after the other. What Open MPI and the factors' windows put into shared memory stays in a
    folder of its own, for ranks that are killed leave it there."""

    def __init__(self, places, name, unbroken, ranks):
        self.name, self.unbroken, self.ranks, self.replica = name, unbroken, ranks, "node"
        self.folder, self.shared = (place / name for place in places)
        self.folder.mkdir()
        self.shared.mkdir()
        self.checkpoints, self.model = self.folder / "checkpoints", self.folder / "model.h5"
        self.environment = own_place(self.shared)

    def start(self):
        self.newest = jobs.newest_checkpoint(self.checkpoints)
        self.old_partials = self.partials()
        return jobs.Job(self.folder, ["-np", self.ranks], "train", self.unbroken.ratings, "-o", self.model, "-n", ITERATIONS,
                        "--checkpoint-dir", self.checkpoints, "--replica", self.replica, "--stall-timeout", "20s",
                        *self.unbroken.options, environment=self.environment)

    def partials(self):
        """The names of models under way; without those that are but names."""
        found = set()
        for path in self.folder.glob("model.h5.*.partial"):
            try:
                found |= {path.name} if path.stat().st_size > 0 else set()
            except FileNotFoundError:
                pass
        return found

    def writes_model(self):
        return bool(self.partials() - self.old_partials)

    def writes_checkpoint(self):
        return any(self.checkpoints.glob("*.partial"))

    def stage(self, job):
        if self.writes_model():
            return "writing the model"
        if self.model.exists() and job.iteration() == ITERATIONS:
            return "ending"
        if job.iteration() == 0 and "ratings of" not in job.out.read_text():
            return "starting and reading"
        return "writing a checkpoint" if self.writes_checkpoint() else "training"

    def clear(self):
        """Returns how many files there were."""
        files = sum(len(names) for _, _, names in os.walk(self.shared))
        for entry in self.shared.iterdir():
            shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
        return files

    def free(self):
        shutil.rmtree(self.folder)
        shutil.rmtree(self.shared)


def wait_until(job, holds):
    """Or until the job ends."""
    deadline = time.monotonic() + LIMIT_S
    while not holds() and job.process.poll() is None and time.monotonic() < deadline:
        time.sleep(POLL_S)


def wait_for_moment(trail, job, rng, last):
    """Some moment of all that is left to do; some moment of the next iterations, so that a trail is long; and the last time
    one while the model is written, which is short."""
    begun, unbroken, pause = time.monotonic(), trail.unbroken, rng.random()
    left = unbroken.start_s + unbroken.train_s * (1 - trail.newest / ITERATIONS)
    if last:
        wait_until(job, trail.writes_model)
        time.sleep(0.004 * pause)
    elif rng.random() < 0.4 or trail.newest == ITERATIONS:
        wait_until(job, lambda: time.monotonic() - begun > pause * left)
    else:
        iteration = rng.randint(trail.newest + 1, min(trail.newest + MOST_AHEAD, ITERATIONS))
        wait_until(job, lambda: jobs.newest_checkpoint(trail.checkpoints) >= iteration)
        time.sleep(2 * pause * unbroken.train_s / ITERATIONS)


def kill(job, victim, rng):
    """False if the job has ended by itself."""
    victims = [job.process.pid]
    if victim != "mpirun":
        found = []
        wait_until(job, lambda: found.extend(job.ranks().values()) or found)
        victims = [rng.choice(found)] if victim == "one rank" and found else found
    if job.process.poll() is not None:
        return False
    for process in victims:
        try:
            os.kill(process, signal.SIGKILL)
        except ProcessLookupError:
            pass
    return len(victims) > 0


def check_resumed(trail, job, name):
    """What a run began with."""
    out = job.out.read_text()
    told = RESUMED.search(out)
    if told:
        complete = int(told[2]) - (told[1] == "within")
        checks.check(complete == trail.newest, f"{name}: {told[0]}where checkpoint {trail.newest} stood")
    elif trail.newest > 0:
        checks.check(not jobs.ITERATION.search(out), f"{name}: begun afresh where checkpoint {trail.newest} stood: {out}")
    said = [line for line in job.said().splitlines() if line.startswith("mfals: ")]
    checks.check(not said, f"{name}: said {said}")
    checks.check(jobs.newest_checkpoint(trail.checkpoints) >= trail.newest, f"{name}: checkpoint {trail.newest} is gone")
    if trail.model.exists():
        checks.check(trail.model.read_bytes() == trail.unbroken.model, f"{name}: the model has other bytes")
    return told is not None


def check_finished(trail, name, code, job):
    left = sorted(os.listdir(trail.folder)) + sorted(os.listdir(trail.checkpoints))
    wanted = ["checkpoints", "job.err", "job.out", "model.h5", f"checkpoint-{ITERATIONS - 1}.h5",
              f"checkpoint-{ITERATIONS}.h5", "lock"]
    checks.check(code == 0, f"{name}: let finish, it ended with {code}: {job.said()}")
    checks.check(left == wanted, f"{name}: in the folder is left {left}")
    check_resumed(trail, job, name)


def one_run(trail, victim, last, rng, counts):
    """Returns whether it was killed; if not, it has finished and is judged."""
    with trail.start() as job:
        if victim is not None:
            wait_for_moment(trail, job, rng, last)
        stage, begun = trail.stage(job), time.monotonic()
        killed = victim is not None and kill(job, victim, rng)
        limit = GONE_S if killed else LIMIT_S
        code, took = job.end(limit)
        job.survivors(limit - took)
        took = time.monotonic() - begun
        left = [process for process in job.processes() if process != job.process.pid]
        name = (f"{trail.name}, {trail.unbroken.name}, begun after checkpoint {trail.newest} on {trail.ranks} ranks, "
                f"--replica {trail.replica}, {victim + ' killed while ' + stage if killed else 'let finish'}")
        excused = code is not None or (killed and stage == STAGES[0])  # see tell()
        checks.check(not left and excused, f"{name}: exit code {code}, {len(left)} ranks alive after {limit} s")
    if killed:
        counts.update([victim, stage, *["resumed"] * check_resumed(trail, job, name)])
        counts["stuck"] += code is None
        counts["longest"] = max(counts["longest"], took)
    else:
        check_finished(trail, name, code, job)
        counts.update(["finished"])
    counts["files"] += trail.clear()
    return killed


def follow(places, unbroken, number, kills):
    """A trail of so many kills, then let finish. A run that gets through before its kill is followed by another training."""
    rng, counts = random.Random(number), collections.Counter()
    victims = [*(VICTIMS[(number + i) % len(VICTIMS)] for i in range(kills)), None]
    trail = Trail(places, f"trail-{number}", unbroken, rng.choice(RANKS))
    while victims and not stopping.is_set():
        killed = one_run(trail, victims[0], len(victims) == 2, rng, counts)
        if killed or victims[0] is None:
            victims.pop(0)
        else:
            trail.free()
            trail = Trail(places, f"trail-{number}", unbroken, trail.ranks)
        trail.ranks = rng.choice([ranks for ranks in RANKS if ranks != trail.ranks])
        trail.replica = REPLICAS[(REPLICAS.index(trail.replica) + 1) % len(REPLICAS)]
    trail.free()
    return counts


def follow_all(places, unbroken):
    """Two trails side by side. Returns what was counted, and the longest time that a killed job took to be gone."""
    kills = [min(TRAIL, COUNT - done) for done in range(0, COUNT, TRAIL)]
    counts, longest = collections.Counter(), 0
    with concurrent.futures.ThreadPoolExecutor(LANES) as pool:
        trails = [pool.submit(follow, places, unbroken[number % len(unbroken)], number, count)
                  for number, count in enumerate(kills)]
        try:
            for trail in trails:
                found = trail.result()
                longest = max(longest, found.pop("longest"))
                counts += found
        finally:
            stopping.set()
            pool.shutdown(cancel_futures=True)
    return counts, longest


def tell(counts, longest):
    count = sum(counts[victim] for victim in VICTIMS)
    for names in (VICTIMS, STAGES):
        print(f"{count} kills: " + ", ".join(f"{counts[name]} {name}" for name in names))
    for name in [*VICTIMS, *LIKELY]:
        checks.check(counts[name] > 0, f"no kill: {name}")
    print(f"{counts['resumed']} of the killed runs had resumed from a checkpoint, {counts['finished']} runs came to their end; all "
          f"was gone {longest:.1f} s after a kill at the latest; {counts['files']} files left in shared memory were removed")
    if counts["stuck"]:  # Open MPI loses the end of ranks that die while it still starts others
        print(f"{counts['stuck']} times mpirun waited on, with no rank alive")
    checks.check(count == COUNT, f"{count} kills instead of {COUNT}")


def main():
    jobs.stop_on_sigterm()
    memory = "/dev/shm" if os.path.isdir("/dev/shm") else None
    with work_folder() as folder, tempfile.TemporaryDirectory(prefix="mfals-test-", dir=memory) as shared:
        places = pathlib.Path(folder), pathlib.Path(shared)
        for file, options in (("counts.tsv", []), ("values.tsv", ["--explicit"])):
            run(0, "generate", "--users", 2000, "--items", 800, "--ratings-per-user", 30, "-o", places[0] / file, *options)
        tell(*follow_all(places, [Unbroken(places, number) for number in range(len(TRAININGS))]))
    checks.finish()


main()
