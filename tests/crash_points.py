"""The power goes at every call that touches a file while checkpoints are written, on one rank and on several. Whatever of the
folder has reached the disk, the run that resumes there, on another number of ranks, ends in the bytes of an unbroken run and
loses no checkpoint that had been published.

    MFALS_SOAK=1: every call of every rank, else a sample
"""

import collections
import hashlib
import random
import threading

from faults import KILLED, SOAK, STATES, Disk, Training, published, side_by_side
from mfals_run import Checks, work_folder

RESUME_ON = {1: 2, 3: 1}
ALONE, SAMPLE = 48, 12  # calls that are tried on one rank, on several
checks = Checks()


class Points:
    """The crash points of a number of ranks. States of the disk that are equal are resumed from once."""

    def __init__(self, training, ranks):
        self.training, self.ranks = training, ranks
        self.seen, self.lock = {}, threading.Lock()
        self.resumed = collections.Counter()
        self.cut = 0

    def enumerate(self):
        """The calls from the end of the first checkpoint to that of the third, as an unbroken run makes them."""
        job = self.training.new_job()
        done = job.run(self.ranks, *self.training.arguments("w"))
        checks.check(done.code == 0 and (job.watched / "model.h5").read_bytes() == self.training.model,
                     f"{self.ranks} ranks, watched: code {done.code}: {done.err.strip()}")
        ends = [call.number for call in done.calls if call.kind == "rename" and "/checkpoint-" in call.new_path]
        last = min((call.number for call in done.calls if len(ends) > 2 and call.number > ends[2] and call.kind == "open"
                    and "checkpoint-4" in call.path), default=0)
        calls = [call for call in done.calls if ends and ends[0] < call.number <= last and call.kind != "read"]
        counts = collections.Counter(f"{call.kind} of rank {call.rank}" for call in calls)
        print(f"{self.ranks} ranks, calls while the 2nd and 3rd checkpoint are written: {len(calls)}: {dict(counts)}")
        checks.check(len(calls) > 50, "few calls are seen")
        job.free()
        return calls

    def name(self, call, state=""):
        which = f"call {call.nth_of_rank} ({call.kind} {call.nth}) of rank {call.rank}"
        return f"{self.ranks} ranks, cut at {which} {state}".strip()

    def is_new(self, folder, iteration):
        """Whether no equal state was resumed from before."""
        digest = hashlib.sha256(str(iteration).encode())
        for path in sorted(folder.rglob("*")):
            digest.update(str(path.relative_to(folder)).encode() + (path.read_bytes() if path.is_file() else b"/"))
        with self.lock:
            return self.seen.setdefault(digest.digest(), folder) is folder

    def try_call(self, call):
        job = self.training.new_job()
        deed = "TEAR" if call.kind == "write" and call.nth % 2 else "CUT"
        done = job.run(self.ranks, *self.training.arguments("w"), fault=(call.rank, "any", call.nth_of_rank, 1, deed))
        checks.check(done.code in KILLED, f"{self.name(call)}: code {done.code}: {done.err.strip()}")
        checks.check(not job.survivors(), f"{self.name(call)}: still running: {job.survivors()}")
        self.cut += 1
        disk = Disk(job)
        for number, (state, write) in enumerate(STATES.items()):
            place = job.folder / f"disk{number}"
            place.mkdir()
            write(disk, place)
            least = published(done.calls, durably=state == "least")
            if self.is_new(place, least):
                ended = job.run(RESUME_ON[self.ranks], *self.training.arguments(place.name), fault=False)
                self.training.check_end(checks, self.name(call, state), job, place.name, ended, least)
                self.resumed[state] += 1
        job.free()


def main():
    with work_folder() as folder:
        training = Training(folder, 4)
        for ranks in RESUME_ON:
            points = Points(training, ranks)
            calls = points.enumerate()
            if not SOAK:
                calls = random.Random(5).sample(calls, min(SAMPLE if ranks > 1 else ALONE, len(calls)))
            side_by_side(points.try_call, calls)
            print(f"{ranks} ranks: {points.cut} power cuts; resumed from {dict(points.resumed)} different states of the disk")
    checks.finish()


main()
