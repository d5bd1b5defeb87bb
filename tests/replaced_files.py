"""What a file that is replaced keeps (permissions, owner, attributes), what stands where a renaming fails, and that a close
that fails ends in an error, not in a crash at MPI's end."""

import os
import pathlib
import re

from faults import Training
from mfals_run import Checks, work_folder

IO = 74
checks = Checks()


def check_kept(job, train):
    """Another owner needs root, attributes a file system that has them."""
    model = job.watched / "model.h5"
    model.chmod(0o640)
    if os.geteuid() == 0:
        os.chown(model, 1234, 1235)
    try:
        os.setxattr(model, "user.note", b"mine")
        names = os.listxattr(model)
    except OSError:
        names = []
        print("no extended attributes here")
    old = model.stat()
    done = job.run(1, *train, fault=False)
    new = model.stat()
    checks.check(done.code == 0 and new.st_ino != old.st_ino, f"replaced: {done.code} {done.err}")
    checks.check((new.st_mode, new.st_uid, new.st_gid) == (old.st_mode, old.st_uid, old.st_gid), f"now {new}")
    checks.check(os.listxattr(model) == names, f"attributes: {os.listxattr(model)}, not {names}")


def check_renaming(job, train, whole):
    """The finished model is kept under the name that the line tells."""
    model = job.watched / "model.h5"
    model.write_bytes(older := model.read_bytes())
    done = job.run(1, *train, fault=(0, "rename", 1, 1, "EPERM"))
    kept = re.fullmatch(r"mfals: cannot rename '([^']*)' to 'w/model.h5': Operation not permitted; the file is whole and kept "
                        r"under the first name\n", done.err)
    checks.check(done.code == IO and kept, f"no renaming: {done.code} {done.err}")
    checks.check(model.read_bytes() == older, "no renaming: the older file is gone")
    checks.check(kept and (job.folder / kept[1]).read_bytes() == whole, "no renaming: what was kept is another file")
    for path in job.watched.glob("*.partial"):
        path.unlink()


def check_arrays(job):
    names = ["x.users.npy", "x.users.ids.npy", "x.items.npy", "x.items.ids.npy"]
    convert = ["convert", "w/model.h5", "-o", "w/x.npy"]
    for i in range(4):
        done = job.run(1, *convert, fault=(0, "rename", i + 1, 1, "EIO"))
        there = {path.name for path in job.watched.glob("x.*.npy")}
        told = "only these are new: " + ", ".join(f"w/{name}" for name in names[:i]) if i else "none of the arrays is new"
        checks.check(done.code == IO and told in done.err and there == set(names[:i]), f"{i}: {done.code} {done.err} {there}")
        for path in job.watched.glob("x.*"):
            path.unlink()
    done = job.run(1, *convert, fault=(0, "write", 4, 1, "ENOSPC"))
    checks.check(done.code == IO and not list(job.watched.glob("x.*")), f"no room for the last: {done.code} {done.err}")
    done = job.run(1, *convert, fault=False)
    checks.check("wrote " + ", ".join(f"w/{name}" for name in names) in done.out, f"names: {done.out}")


def check_closes(job):
    words = ["info", "w/model.h5"]
    closes = [call for call in job.run(1, *words).calls if call.kind == "close"]
    codes = set()
    for call in closes:
        done = job.run(1, *words, fault=(0, "close", call.nth, 1, "EIO"))
        codes.add(done.code)
        checks.check(done.code in (0, IO), f"close {call.nth} fails: {done.code} {done.err}")
    checks.check(IO in codes, f"no close that fails is an error: {codes}")


def main():
    with work_folder() as folder:
        training = Training(pathlib.Path(folder) / "t", 2)
        job = training.new_job()
        train = training.arguments("w", checkpoints=False)
        checks.check(job.run(1, *train, fault=False).code == 0, "trained")
        check_kept(job, train)
        check_renaming(job, train, training.model)
        check_arrays(job)
        check_closes(job)
    checks.finish()


main()
