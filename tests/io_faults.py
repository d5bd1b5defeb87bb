"""Calls that touch files fail while checkpoints and the model are written: a sample of those of one rank and of
those of several ranks. The run ends in the bytes of an unbroken one, perhaps with a warning, or on all ranks with one clear error and
its code, in time; a run without faults then goes on from the newest checkpoint to those bytes. And the same where a disk is
really full, a folder read-only or gone, a file in the way.

    MFALS_SOAK=1: every call with every error, on the first and the last rank, also of several
"""

import collections
import concurrent.futures
import os
import pathlib
import random
import re
import resource
import shutil
import signal
import subprocess
import sys
import time

from faults import KILLED, SOAK, Training, published, side_by_side
from mfals_run import Checks, work_folder

NO_OUTPUT, IO, REQUEUE = 73, 74, 75
PROMPT_S = 30
ERRORS = {
    "open": ("ENOSPC", "EIO", "EACCES", "EMFILE", "EDQUOT", "EINTR"),
    "write": ("ENOSPC", "EIO", "SHORT", "EDQUOT", "EINTR"),
    "sync": ("EIO", "ENOSPC", "EDQUOT", "EINTR"),
    "close": ("EIO", "ENOSPC", "EDQUOT", "EINTR"),
    "rename": ("EIO", "ENOSPC", "EACCES"),
    "fallocate": ("ENOSPC", "EDQUOT", "EIO", "EINTR"),
    "mkdir": ("ENOSPC", "EACCES", "EIO"),
    "unlink": ("EIO", "EACCES"),
    "truncate": ("EIO", "ENOSPC"),
    "read": ("EIO", "EINTR", "SHORT"),
    "lock": ("EIO", "EINTR", "ENOLCK", "ENOTSUPP"),
}
LASTING = 10**6
ALONE, SAMPLE = 90, 15  # faults that are tried on one rank, on several
checks = Checks()
ended = collections.Counter()
stalled = []


def own_lines(text):
    """The errors and the rest of what was said on stderr, without warnings and what Open MPI and HDF5 say themselves."""
    known = r"mfals: warning: |mca_\w+: |vulcan_\w+: |\[warn\] Epoll |HDF5: infinite loop closing library| +L,T_top,"
    lines = [line for line in text.splitlines() if not re.match(known, line)]
    return [line for line in lines if line.startswith("mfals: ")], [line for line in lines if not line.startswith("mfals: ")]


class Trial:
    """A run with a fault in it, judged, and the run after it."""

    def __init__(self, training, ranks, name):
        self.training, self.ranks, self.name = training, ranks, f"{ranks} ranks, {name}"
        self.job = training.new_job()

    def check(self, holds, words):
        checks.check(holds, f"{self.name}: {words}")

    def judge(self, done, codes=(0, NO_OUTPUT, IO), may_leave=False):
        errors, others = own_lines(done.err)
        self.check(done.code in codes, f"code {done.code} after {done.seconds:.1f} s: {done.err.strip()}")
        self.check(done.seconds < PROMPT_S, f"took {done.seconds:.1f} s")
        self.check(not self.job.survivors(), f"still running: {self.job.survivors()}")
        if 0 <= done.code < 128:
            self.check(len(errors) == (done.code != 0) and not others, f"says {done.err!r}")
        if any("no progress" in line for line in errors):
            stalled.append(f"{self.name}: {errors[0]}")
        if done.code == 0:
            left = os.listdir(self.job.watched / "c") if (self.job.watched / "c").is_dir() else []
            self.check((self.job.watched / "model.h5").read_bytes() == self.training.model, "another model")
            self.check(may_leave or not any("partial" in file for file in left), f"left in the folder: {left}")
        ended[done.code] += 1

    def go_on(self, least, most_left=2):
        ranks = 1 if self.ranks > 1 else 2
        done = self.job.run(ranks, *self.training.arguments("w"), fault=False)
        self.training.check_end(checks, f"{self.name}, then none", self.job, "w", done, least, most_left)


def try_fault(training, ranks, fault):
    rank, kind, nth, times, deed = fault
    trial = Trial(training, ranks, f"{deed} {'from' if times > 1 else 'at'} {kind} {nth} of rank {rank}")
    done = trial.job.run(ranks, *training.arguments("w"), fault=fault, limit=PROMPT_S + 5)
    codes = {"DIE": KILLED, "USR1": (0, REQUEUE)}.get(deed, (0, NO_OUTPUT, IO))
    trial.judge(done, codes, may_leave=kind == "unlink")
    if done.code != 0 or SOAK:
        trial.go_on(published(done.calls), most_left=3 if kind == "sync" else 2)  # which lets none go
    trial.job.free()


def watch(training, ranks):
    """The calls of a run without faults."""
    job = training.new_job()
    done = job.run(ranks, *training.arguments("w"))
    checks.check(done.code == 0 and (job.watched / "model.h5").read_bytes() == training.model,
                 f"{ranks} ranks, watched: code {done.code}: {done.err.strip()}")
    counts = collections.Counter((call.rank, call.kind) for call in done.calls)
    for rank in sorted({0, ranks - 1}):
        print(f"{ranks} ranks, calls of rank {rank}: {({kind: counts[rank, kind] for kind in ERRORS})}")
    checks.check(counts[0, "write"] > 20 and counts[0, "sync"] > 5, "few calls are seen")
    job.free()
    return done.calls


def once(calls):
    """A fault at each call: with every error, or with one error after the other."""
    for call in calls:
        errors = ERRORS[call.kind]
        if SOAK:
            yield from ((call.rank, call.kind, call.nth, 1, deed) for deed in errors)
        elif call.kind != "read" or call.nth % 8 == 1:
            yield (call.rank, call.kind, call.nth, 1, errors[call.nth % len(errors)])


def lasting(calls):
    """Faults that last, a rank's death, and the wish to stop, at some calls."""
    for kind, deed in (("write", "ENOSPC"), ("fallocate", "ENOSPC"), ("open", "EIO"), ("sync", "EIO"), ("rename", "EACCES")):
        some = [call for call in calls if call.kind == kind]
        for call in some[::max(1, len(some) // 2)]:
            yield (call.rank, kind, call.nth, LASTING, deed)
    for call in calls[5::max(1, len(calls) // (40 if SOAK else 5))]:
        yield (call.rank, "any", call.nth_of_rank, 1, "DIE")
        yield (call.rank, "any", call.nth_of_rank + 2, 1, "USR1")


def list_faults(training):
    """Without the soak: a sample of those before the first checkpoint and from the end of the second on."""
    cases = []
    for ranks in (1, 3):
        calls = watch(training, ranks)
        begun = min(call.number for call in calls if "checkpoint-1.h5" in call.path)
        second = min(call.number for call in calls if "checkpoint-2.h5" in call.new_path)
        mine = []
        for rank in sorted({0, ranks - 1}):
            of_rank = [call for call in calls if call.rank == rank and (SOAK or not begun < call.number <= second)]
            mine += [(ranks, fault) for faults in (once, lasting) for fault in faults(of_rank)]
        sample = SAMPLE if ranks > 1 else ALONE
        cases += mine if SOAK else random.Random(3).sample(mine, min(sample, len(mine)))
    return cases


def mount(*arguments):
    return subprocess.run(["mount", *map(str, arguments)], capture_output=True).returncode == 0


def full_disk(training, ranks, kilobytes, written):
    """A disk with room for so many checkpoints of those asked for: training goes on without the others."""
    trial = Trial(training, ranks, f"a full disk of {kilobytes} KiB")
    place = trial.job.watched / "c"
    place.mkdir()
    if not mount("-t", "tmpfs", "-o", f"size={kilobytes}k", "tmpfs", place):
        print("skipped: a full disk, as nothing can be mounted here")
        return
    done = trial.job.run(ranks, *training.arguments("w"), limit=PROMPT_S + 5)
    trial.judge(done, codes=(0,))
    trial.check(published(done.calls) == written, f"{published(done.calls)} is the newest checkpoint, not {written}")
    trial.check(done.err.count("mfals: warning: ") >= training.iterations - written, f"says {done.err!r}")
    mount("-o", "remount,size=10m", place)
    trial.go_on(written)
    subprocess.run(["umount", place])
    trial.job.free()


def read_only(training, ranks):
    trial = Trial(training, ranks, "a read-only folder")
    place = trial.job.watched / "c"
    place.mkdir()
    if not mount("-t", "tmpfs", "-o", "ro", "tmpfs", place):
        print("skipped: a read-only folder, as nothing can be mounted here")
        return
    trial.judge(trial.job.run(ranks, *training.arguments("w"), limit=PROMPT_S + 5), codes=(NO_OUTPUT,))
    subprocess.run(["umount", place])
    trial.go_on(0)
    trial.job.free()


def stopped_ranks(job, limit=20):
    """The processes of a job that a fault has stopped; waits for the first."""
    until = time.monotonic() + limit
    while time.monotonic() < until:
        for process in pathlib.Path("/proc").glob("[0-9]*"):
            try:
                if ((process / "stat").read_text().rpartition(")")[2].split()[0] == "T"
                        and str(job.folder).encode() in (process / "environ").read_bytes()):
                    return int(process.name)
            except OSError:
                pass
        time.sleep(0.02)
    raise RuntimeError("no rank has stopped")


def while_stopped(training, ranks, name, nth, meanwhile):
    """Stops rank 0 at its nth making of a file, does something, and lets it go on."""
    trial = Trial(training, ranks, name)
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        run = pool.submit(trial.job.run, ranks, *training.arguments("w"), fault=(0, "fallocate", nth, 1, "STOP"),
                          limit=PROMPT_S + 5)
        process = stopped_ranks(trial.job)
        try:
            meanwhile(trial.job, process)
        finally:
            os.kill(process, signal.SIGCONT)
        done = run.result()
    trial.judge(done)
    print(f"{trial.name}: code {done.code}, {done.err.count('mfals: warning: ')} warnings")
    trial.go_on(0)
    trial.job.free()


def in_the_way(training, ranks, name, make):
    """Something else has the name of a checkpoint: of one that is not the last to be written, and of the last."""
    for iteration in (2, 4):
        trial = Trial(training, ranks, f"{name} named checkpoint-{iteration}.h5")
        place = trial.job.watched / "c"
        place.mkdir()
        make(place / f"checkpoint-{iteration}.h5")
        done = trial.job.run(ranks, *training.arguments("w"), limit=PROMPT_S + 5)
        trial.judge(done)
        trial.check("mfals: warning: " in done.err, f"no warning: {done.err!r}")
        trial.job.free()


def vanish(job, _):
    shutil.rmtree(job.watched / "c")


def limit_files(_, process):
    resource.prlimit(process, resource.RLIMIT_FSIZE, (65536, 65536))


def scenes(training):
    for ranks in (1, 3):
        full_disk(training, ranks, 64, 0)
        full_disk(training, ranks, 112, 2)
        read_only(training, ranks)
        while_stopped(training, ranks, "a folder that vanishes", 3, vanish)
        while_stopped(training, ranks, "a limit on the size of files", 3, limit_files)
        in_the_way(training, ranks, "a pipe", os.mkfifo)
        in_the_way(training, ranks, "a folder", os.mkdir)


def main():
    with work_folder() as folder:
        training = Training(folder, 3)
        cases = list_faults(training)
        side_by_side(lambda case: try_fault(training, *case), cases)
        print(f"{len(cases)} faults; runs ended with {dict(ended)}")
        scenes(Training(pathlib.Path(folder) / "scenes", 4))
    for line in stalled:
        print(f"ended by the watchdog: {line}")
    checks.finish()


# Mounts are made where nobody else sees them, and go with the script.
if os.environ.get("MFALS_APART") is None and subprocess.run(["unshare", "-m", "true"], capture_output=True).returncode == 0:
    os.environ["MFALS_APART"] = "1"
    os.execvp("unshare", ["unshare", "-m", sys.executable, *sys.argv])
main()
