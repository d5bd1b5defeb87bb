"""What the script tests share: running mfals, reading its models, finding real ratings, skipping visibly."""

import functools
import itertools
import os
import pathlib
import subprocess
import sys
import tempfile

MFALS = os.environ["MFALS"]
SOURCE = pathlib.Path(os.environ.get("MFALS_SOURCE", pathlib.Path(__file__).resolve().parent.parent))
sys.path.insert(0, str(SOURCE / "scripts"))

from launcher import launch, said_by_ranks


def skip(reason):
    print(f"skipped: {reason}")
    sys.exit(77)


def data_file(name):
    """A real data set's file, or a skip where the set is absent."""
    folders = [os.environ.get("MFALS_DATA", ""), SOURCE.parent / "shared" / "data"]
    for folder in filter(None, folders):
        path = pathlib.Path(folder) / name
        if path.exists():
            return path
    skip(f"the data set file {name} is not here (MFALS_DATA names the folder of data sets)")


@functools.lru_cache
def has_scalapack():
    """Whether mfals was built with it; what goes without is said."""
    version = subprocess.run([MFALS, "--version"], capture_output=True, text=True).stdout
    if "ScaLAPACK:  none" in version:
        print("not tried: ScaLAPACK, without which this mfals was built")
        return False
    return True


def work_folder():
    """A folder that vanishes when its handle does."""
    return tempfile.TemporaryDirectory(prefix="mfals-test-")


_chosen = itertools.count()


def some_ranks(first, *others):
    """Numbers of ranks to try a case on: the first, and of the others one, from case to case another; MFALS_SOAK=1: all."""
    if os.environ.get("MFALS_SOAK", "") not in ("", "0"):
        return first, *others
    return first, others[next(_chosen) % len(others)]


def run(ranks, *arguments, limit=100, environment=None, stdin=subprocess.DEVNULL):
    """Runs mfals on so many ranks; returns the finished process with its output as text."""
    command = [MFALS, *map(str, arguments)]
    if ranks > 0:
        command = launch(ranks, *command)
    done = subprocess.run(
        ["timeout", "-k", "5", str(limit), *command],
        stdin=stdin, capture_output=True, text=True, env={**os.environ, **(environment or {})})
    done.stderr = said_by_ranks(done.stderr)
    return done


def train(ranks, ratings, model, *arguments, **keywords):
    """Trains, and fails the test if mfals fails."""
    done = run(ranks, "train", ratings, "-o", model, *arguments, **keywords)
    if done.returncode != 0:
        sys.exit(f"mfals on {ranks} ranks: exit code {done.returncode}\n{done.stdout}{done.stderr}")
    return done


def write_ratings(path, rows, separator="\t"):
    path.write_text("".join(separator.join(map(str, row)) + "\n" for row in rows))


@functools.cache
def has_open_mpi():
    """Whether mfals is built with Open MPI, and not with MPICH."""
    return "Open MPI" in subprocess.run([MFALS, "--version"], capture_output=True, text=True).stdout


class Checks:
    """Counts what holds and says what does not; finish() ends the script with the verdict."""

    def __init__(self):
        self.passed = self.failed = 0

    def check(self, holds, words):
        if holds:
            self.passed += 1
        else:
            self.failed += 1
            print(f"FAILED: {words}")
        return bool(holds)

    def finish(self):
        print(f"{self.passed} checks passed, {self.failed} failed")
        sys.exit(1 if self.failed or not self.passed else 0)
