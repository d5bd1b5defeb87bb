"""Two nodes that see one file system by caches of their own (bindfs, mounted twice, attributes and names kept for a second):
models and checkpoints are written, gone on with and read there as on a local disk, also after kill -9, and a second run is
turned away. flock there holds on each node alone. Skipped where FUSE or mount namespaces are not to be had.
"""

import contextlib
import pathlib
import random
import shutil
import subprocess

import jobs
from mfals_run import MFALS, Checks, skip, train, work_folder, write_ratings

NO_OUTPUT = 73
OPTIONS = ["-k", 4]
checks = Checks()
# Each rank sees one of the two mounts, by its number, under the same name.
ENTER = """mount --bind "$1/$(( (${OMPI_COMM_WORLD_RANK:-${PMIX_RANK:-0}} + $2) % 2 ))" "$1/shared" && shift 2 && exec "$@" """


@contextlib.contextmanager
def mounts(folder):
    """folder/0 and folder/1, two views of folder/disk; folder/shared is where a rank sees its own."""
    for name in ("disk", "0", "1", "shared"):
        (folder / name).mkdir()
    mounted = []
    try:
        for name in "01":
            done = subprocess.run(["bindfs", "-o", "attr_timeout=1,entry_timeout=1", folder / "disk", folder / name],
                                  capture_output=True, text=True)
            if done.returncode != 0:
                skip(f"bindfs cannot be mounted: {done.stderr.strip()}")
            mounted.append(folder / name)
        yield
    finally:
        for place in mounted:
            subprocess.run(["umount", "-l", place])


def on_nodes(folder, ranks, swapped, *arguments):
    """The command of a job whose ranks are on the two nodes in turn."""
    return ["-np", ranks, "unshare", "-m", "--propagation", "private", "sh", "-c", ENTER, "sh", folder, int(swapped), MFALS,
            *arguments]


def start(folder, ranks, swapped, *arguments):
    command = ["mpirun", "-q", *map(str, on_nodes(folder, ranks, swapped, *arguments))]
    return subprocess.run(["timeout", "-k", "5", "100", *command], stdin=subprocess.DEVNULL, capture_output=True, text=True)


def training(shared, model, iterations, ratings):
    return ["train", "-n", iterations, "-o", shared / model, "--checkpoint-dir", shared / "c", *OPTIONS, ratings]


def check_trained(folder, ratings):
    shared, model = folder / "shared", "model.h5"
    for number, (ranks, swapped, iterations) in enumerate(((2, False, 3), (3, True, 6), (2, False, 7))):
        done = start(folder, ranks, swapped, *training(shared, model, iterations, ratings))
        name = f"run {number}, {ranks} ranks"
        checks.check(done.returncode == 0 and done.stderr == "", f"{name}: {done.returncode} {done.stderr}")
        checks.check(number == 0 or "resumed after iteration" in done.stdout, f"{name}: not resumed: {done.stdout[:300]}")
        train(1, ratings, folder / "whole.h5", "-n", iterations, *OPTIONS)
        written = folder / "disk" / model
        checks.check(written.exists() and written.read_bytes() == (folder / "whole.h5").read_bytes(), f"{name}: other bytes")
    for swapped in (False, True):
        done = start(folder, 2, swapped, "convert", shared / model, "-o", shared / "model.npy")
        checks.check(done.returncode == 0, f"export: {done.returncode} {done.stderr}")
    left = [path.name for path in (folder / "disk").rglob("*") if path.name.endswith((".partial", ".lock"))]
    checks.check(not left, f"left: {left}")


def check_killed(folder, ratings):
    """A second run meanwhile is turned away; after kill -9 another goes on, its first rank on the other node."""
    shared = folder / "shared"
    shutil.rmtree(folder / "disk" / "c")
    with jobs.Job(folder, on_nodes(folder, 2, False)[:-1], *training(shared, "model.h5", 100000, ratings)) as job:
        job.reach(5, limit=60)
        done = start(folder, 2, True, "train", "-n", 2, "-o", shared / "model.h5", *OPTIONS, ratings)
        checks.check(done.returncode == NO_OUTPUT and "in use by another run: host " in done.stderr,
                     f"a second run: {done.returncode} {done.stderr}")
        iteration = job.iteration()
    done = start(folder, 3, True, *training(shared, "model.h5", iteration + 3, ratings))
    checks.check(done.returncode == 0 and "resumed after iteration" in done.stdout, f"after kill -9: {done.returncode} {done.stderr}")
    train(1, ratings, folder / "whole.h5", "-n", iteration + 3, *OPTIONS)
    checks.check((folder / "disk/model.h5").read_bytes() == (folder / "whole.h5").read_bytes(), "after kill -9: other bytes")


def main():
    jobs.stop_on_sigterm()
    if shutil.which("bindfs") is None:
        skip("bindfs is not installed")
    if subprocess.run(["unshare", "-m", "true"], capture_output=True).returncode != 0:
        skip("no mount namespaces for this user")
    with work_folder() as name, mounts(folder := pathlib.Path(name).resolve()):
        ratings = folder / "ratings.tsv"
        rng = random.Random(1)
        write_ratings(ratings, [(rng.randrange(300), rng.randrange(200), rng.randrange(1, 6)) for _ in range(3000)])
        check_trained(folder, ratings)
        check_killed(folder, ratings)
    checks.finish()


main()
