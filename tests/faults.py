"""Runs of mfals under fault_shim.c: one call made to fail, or the power cut there; and what a power cut leaves of a folder."""

import collections
import concurrent.futures
import os
import pathlib
import random
import re
import shutil
import subprocess
import time

from mfals_run import MFALS, has_open_mpi, launch, write_ratings

from launcher import own_place, said_by_ranks

SHIM = os.environ["MFALS_FAULT_SHIM"]
# The codes of a job of which a rank was killed; MPICH's launcher gives that rank's signal, or 0.
KILLED = (-9, 137) if has_open_mpi() else (-9, 137, 9, 0)
SOAK = os.environ.get("MFALS_SOAK", "") not in ("", "0")

Call = collections.namedtuple("Call", "number rank kind nth nth_of_rank errno new inode path new_path")
Outcome = collections.namedtuple("Outcome", "code out err seconds calls")


class Job:
    """Runs in a new folder: `w` there is the folder that fault_shim.c watches, `j` its journal. Open MPI's own files stay
    inside too, so that ranks that are killed leave nothing elsewhere. free() removes it all."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder).resolve()
        self.watched, self.journal, self.scratch = (self.folder / name for name in "wjs")
        for path in (self.watched, self.journal, self.scratch):
            path.mkdir(parents=True)
        self.environment = {
            **os.environ, **own_place(self.scratch), "OMPI_MCA_ess_singleton_isolated": "1"}

    def command(self, ranks, arguments, fault=None):
        """fault: (rank, call, nth, times, deed), None to watch only, False without the shim. One rank needs no mpirun."""
        command = [MFALS, *map(str, arguments)]
        if fault is not False:
            shutil.rmtree(self.journal)
            self.journal.mkdir()
            variables = {"LD_PRELOAD": SHIM, "MFALS_FAULT_FOLDER": self.watched, "MFALS_FAULT_JOURNAL": self.journal,
                         "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0"}
            if fault is not None:
                variables["MFALS_FAULT"] = "rank={},call={},nth={},times={},do={}".format(*fault)
            command = ["env", "--ignore-signal=XFSZ", *(f"{name}={value}" for name, value in variables.items()), *command]
        return launch(ranks, *command) if ranks > 1 else command

    def run(self, ranks, *arguments, fault=None, limit=30):
        command = self.command(ranks, arguments, fault)
        shutil.rmtree(self.scratch)
        self.scratch.mkdir()
        begun = time.monotonic()
        done = subprocess.run(["timeout", "-k", "2", str(limit), *command], stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, errors="replace", env=self.environment, cwd=self.folder)
        seconds = time.monotonic() - begun
        return Outcome(done.returncode, done.stdout, said_by_ranks(done.stderr), seconds, [] if fault is False else self.calls())

    def calls(self):
        """What the journal says, in order. The last line may be torn."""
        log = self.journal / "log"
        lines = log.read_text(errors="replace").split("\n")[:-1] if log.exists() else []
        words = [line.split("\t") for line in lines]
        return sorted(Call(int(w[0]), int(w[1]), w[2], *map(int, w[3:8]), *w[8:]) for w in words)

    def survivors(self):
        """The job's processes that are still there, zombies aside; MPICH's launcher ends a moment before its ranks."""
        deadline = time.monotonic() + (0 if has_open_mpi() else 3)
        while (found := self.processes()) and time.monotonic() < deadline:
            time.sleep(0.05)
        return found

    def processes(self):
        found = []
        for process in pathlib.Path("/proc").glob("[0-9]*"):
            try:
                if (str(self.folder).encode() in (process / "environ").read_bytes()
                        and (process / "stat").read_text().rpartition(")")[2].split()[0] != "Z"):
                    found.append((process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace"))
            except OSError:
                pass
        return found

    def free(self):
        shutil.rmtree(self.folder, ignore_errors=True)


class Disk:
    """What of a job's folder has reached the disk, by what every file system promises: a file's contents, once it is
    synced; a name that is new, changed or gone, once its folder is synced after that."""

    def __init__(self, job):
        self.job, self.root = job, str(job.watched)
        self.names, self.kept_names = {}, {}  # path -> a file, or None for a folder
        self.inodes, self.kept = {}, {}  # inode -> a file; a file -> the copy of its synced contents
        for call in job.calls():
            if call.errno == 0:
                self.follow(call)

    def follow(self, call):
        if call.new:
            self.names[call.path] = call.number if call.kind == "open" else None
            self.inodes[call.inode] = call.number
        elif call.kind == "rename":
            self.names[call.new_path] = self.names.pop(call.path, None)
        elif call.kind == "unlink":
            self.names.pop(call.path, None)
        elif call.kind == "sync" and (call.path == self.root or self.names.get(call.path, "") is None):
            self.follow_folder_sync(call.path)
        elif call.kind == "sync":
            self.kept[self.inodes.get(call.inode)] = self.job.journal / f"sync.{call.rank}.{call.nth}"

    def follow_folder_sync(self, folder):
        for path in [path for path in self.kept_names if os.path.dirname(path) == folder]:
            del self.kept_names[path]
        self.kept_names.update((path, file) for path, file in self.names.items() if os.path.dirname(path) == folder)

    def write(self, into, names, contents):
        """A name whose folder is not there is lost with it."""
        for path in sorted(names):
            place = pathlib.Path(into) / os.path.relpath(path, self.root)
            if place.parent.is_dir():
                if names[path] is None:
                    place.mkdir()
                else:
                    place.write_bytes(contents(path, names[path]))

    def least(self, into):
        """Only what had to reach the disk."""
        self.write(into, self.kept_names,
                   lambda path, file: self.kept[file].read_bytes() if file in self.kept else b"")

    def names_first(self, into):
        """All names and sizes, but of the contents only what had to: zeros elsewhere."""
        self.write(into, {path: file for path, file in self.names.items() if os.path.exists(path)},
                   lambda path, file: self.kept[file].read_bytes() if file in self.kept else bytes(os.path.getsize(path)))

    def most(self, into):
        """All that the program did."""
        shutil.copytree(self.job.watched, into, dirs_exist_ok=True)


STATES = {"least": Disk.least, "names first": Disk.names_first, "most": Disk.most}


class Training:
    """A small training in a folder, with a checkpoint after every iteration, and the model that an unbroken run gives."""

    def __init__(self, folder, iterations, stall="10s"):
        self.folder, self.iterations, self.stall = pathlib.Path(folder).resolve(), iterations, stall
        self.folder.mkdir(exist_ok=True)
        self.ratings = self.folder / "ratings.tsv"
        rng = random.Random(1)
        write_ratings(self.ratings, [(rng.randrange(300), rng.randrange(200), rng.randrange(1, 6)) for _ in range(3000)])
        self.jobs = 0
        job = self.new_job()
        done = job.run(1, *self.arguments("w", checkpoints=False), fault=False)
        self.model = (job.watched / "model.h5").read_bytes() if done.code == 0 else None
        assert self.model is not None, done
        job.free()

    def new_job(self):
        self.jobs += 1
        return Job(self.folder / str(self.jobs))

    def arguments(self, place, checkpoints=True):
        """Of a run whose checkpoints and model are in this folder, relative to the job's."""
        words = ["-n", self.iterations, "-k", 4, "--stall-timeout", self.stall, "-o", f"{place}/model.h5", self.ratings]
        return ["--checkpoint-dir", f"{place}/c", *words] if checkpoints else words

    def check_end(self, checks, name, job, place, done, least_iteration, most_left=2):
        """That a resumed run has ended as an unbroken one, has not forgotten a checkpoint, and left only its last two."""
        model, folder = job.folder / place / "model.h5", job.folder / place / "c"
        resumed = re.search(r"^resumed after iteration (\d+)", done.out, re.M)
        iteration = int(resumed[1]) if resumed else 0
        left = sorted(os.listdir(folder)) if folder.is_dir() else []
        strange = [file for file in left if not re.fullmatch(r"lock|checkpoint-\d+\.h5", file)]
        checks.check(done.code == 0, f"{name}: the resumed run ends with {done.code}: {done.err.strip()}")
        checks.check(iteration >= least_iteration, f"{name}: resumed after iteration {iteration}, where {least_iteration} had "
                     f"been published: {done.err.strip()}")
        checks.check(model.exists() and model.read_bytes() == self.model, f"{name}: the model is not that of an unbroken run")
        checks.check(not strange and len(left) <= most_left + 1, f"{name}: left in the folder: {left}")
        checks.check(not job.survivors(), f"{name}: still running: {job.survivors()}")
        return iteration


def published(calls, durably=False):
    """The newest checkpoint's iteration that a run has put under its name. If it is to be durable, that is when its folder is
    synced, and at the latest when the run turns to the next one."""
    newest = waiting = 0
    for call in calls:
        if call.errno != 0:
            continue
        renamed = re.search(r"/checkpoint-(\d+)\.h5$", call.new_path)
        if call.kind == "rename" and renamed:
            waiting = int(renamed[1])
        turned = f"/checkpoint-{waiting + 1}.h5" in call.path
        if waiting and (not durably or turned or (call.kind == "sync" and call.path.endswith("/c"))):
            newest, waiting = waiting, 0
    return newest


def side_by_side(work, cases):
    """Does the work on all cases, four at a time, as Open MPI sleeps most of its way up; an exception is the script's."""
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        return list(pool.map(work, cases))
