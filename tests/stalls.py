"""A job that gets stuck ends by itself, and takes all its processes along; one that was merely stopped goes on."""

import os
import pathlib
import random
import re
import signal
import socket
import subprocess
import time

import jobs
from mfals_run import MFALS, Checks, has_open_mpi, launch, said_by_ranks, train, work_folder, write_ratings

from launcher import own_place

RANKS = 3
STALL_S = 3
# MPICH's launcher gives a rank's code, that of one that it has killed, or 0.
ENDED = {74} if has_open_mpi() else {0, 9, 74}
LINE = re.compile(r"mfals: no progress for 3 s on rank (\d) of host (\S+) \(.+\): the job is ended\n")
checks = Checks()


def start(folder, ratings="ratings.tsv", factors=8, algorithm="ials", options=()):
    return jobs.Job(folder, ["-np", RANKS], "train", folder / ratings, "-n", 1000000, "-k", factors, "-a", algorithm,
                    "-o", folder / "model.h5", "--stall-timeout", f"{STALL_S}s", *options)


def check_stall(folder, stuck, every):
    """One rank stands still; the job is started again."""
    checkpoints = folder / f"checkpoints-{stuck}"
    with start(folder, options=["--checkpoint-dir", checkpoints, "--checkpoint-every", every]) as job:
        job.reach(every + 2)  # the first checkpoint then stands
        os.kill(job.rank(stuck), signal.SIGSTOP)
        code, took = job.end(15)
        left = job.survivors()
        said = job.said()
    lines = [LINE.fullmatch(text) for text in said.splitlines(keepends=True)]  # where all is slow, more than one rank speaks
    name = f"rank {stuck} stopped"
    checks.check(code in ENDED, f"{name}: exit code {code} after {took:.1f} s")
    checks.check(took >= STALL_S - 0.5, f"{name}: ended after {took:.1f} s already")
    checks.check(lines and all(line is not None and line[2] == socket.gethostname() and int(line[1]) != stuck
                               for line in lines), f"{name}: told {said!r}")
    checks.check(left == 0, f"{name}: {left} processes live on")
    print(f"{name}: exit code {code} after {took:.1f} s, {left} processes left: {said.strip()}")
    jobs.check_resumed(checks, name, folder, folder / "ratings.tsv", checkpoints, 2, "-k", 8)


def check_suspension(folder):
    """All ranks stopped for longer than that, as by a batch system that suspends jobs."""
    with start(folder) as job:
        job.reach(2)
        ranks = [job.rank(number) for number in range(RANKS)]
        for signal_number, pause in ((signal.SIGSTOP, STALL_S + 1.5), (signal.SIGCONT, 0)):
            for process in ranks:
                os.kill(process, signal_number)
            time.sleep(pause)
        job.reach(job.iteration() + 20)
        checks.check(job.said() == "", f"suspended and continued: told {job.said()!r}")
        print("all ranks suspended and continued: the job goes on")


def check_commands(folder):
    """Every command: a rank stands still once the command line is read."""
    ratings, model = folder / "few.tsv", folder / "small.h5"
    write_ratings(ratings, [(user, item, 1) for user in range(60) for item in range(user % 4, 30, 4)])
    train(1, ratings, model, "-k", 4, "-n", 1, "--quiet")
    commands = {"train": [ratings, "-o", folder / "trained.h5"], "evaluate": [model, "--test", ratings, "--seen", ratings],
                "recommend": [model, "-o", folder / "lists.tsv"], "similar": [model, "--item", 1],
                "convert": [ratings, "-o", folder / "converted.h5"], "plan": [ratings], "check": [model],
                "generate": ["-o", folder / "synthetic.tsv"]}
    environment = {**os.environ, "LD_PRELOAD": os.environ["MFALS_MPI_SHIM"], "MPI_SHIM_NTH": "20", "MPI_SHIM_RANK": "1",
                   "MPI_SHIM_STOPS": "yes"}
    stuck = {name: subprocess.Popen(
        ["timeout", "-k", "5", "60", *launch(2, MFALS, name, *arguments, "--stall-timeout", "2s", "--quiet")],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env=environment)
        for name, arguments in commands.items()}
    for name, job in stuck.items():
        said = said_by_ranks(job.communicate()[1])
        one = re.fullmatch(r"mfals: no progress for 2 s on rank 0 of host \S+ \(.+\): the job is ended\n", said)
        checks.check(job.returncode in ENDED and one, f"{name} with a rank stopped: {job.returncode} {said}")
    print(f"{len(commands)} commands with a rank stopped")


def check_orphans(folder):
    """mpirun is killed: while it starts the ranks, while these exchange, one of them stopped, and while all solve rows,
    which takes longer here than a stall may, and no call of MPI would notice."""
    for moment in (0.1, 0.5):
        with start(folder) as job:
            time.sleep(moment)
            kill_mpirun(job, f"{moment} s after the start")
    with start(folder) as job:
        job.reach(2)
        os.kill(job.rank(1), signal.SIGSTOP)
        time.sleep(0.2)
        stopped = kill_mpirun(job, "while one rank is stopped")
    with start(folder, "dense.tsv", 1100, "als") as job:
        while "ratings of" not in job.out.read_text() and job.process.poll() is None:
            time.sleep(0.05)
        time.sleep(STALL_S + 0.8)
        checks.check(job.process.poll() is None, f"rows that take long: ended, {job.said()!r}")
        solving = kill_mpirun(job, "while rows are solved")
    checks.check(min(stopped, solving) < 1.0, "the ranks were not killed at once, but missed mpirun after a while")


def kill_mpirun(job, when):
    """Returns the seconds that its ranks outlived it."""
    job.process.kill()
    begun = time.monotonic()
    left = job.survivors()
    took = time.monotonic() - begun
    checks.check(left == 0, f"mpirun killed {when}: {left} processes live on")
    print(f"mpirun killed {when}: {left} processes left after {took:.1f} s")
    return took


def main():
    jobs.stop_on_sigterm()
    rng = random.Random(5)
    with work_folder() as name:
        folder = pathlib.Path(name)
        os.environ.update(own_place(folder))
        write_ratings(folder / "ratings.tsv", [(rng.randrange(900), rng.randrange(400), 1) for _ in range(20000)])
        write_ratings(folder / "dense.tsv", [(u, i, 1 + (u * i) % 5) for u in range(300) for i in range(1200)])
        check_stall(folder, 1, every=1)  # most likely while it writes a checkpoint
        check_stall(folder, 0, every=50)  # most likely while it trains
        check_suspension(folder)
        check_commands(folder)
        check_orphans(folder)
    checks.finish()


main()
