"""What others wrote is not trusted: control characters reach neither a terminal nor a list nor a log, a file leads to no
other file, and neither a pipe nor its reader's leaving holds up a run."""

import json
import os
import pathlib
import re
import shutil
import subprocess
import threading

import h5py

from mfals_run import MFALS, Checks, run, work_folder

checks = Checks()
ESCAPE = "\x1b[31m"
CONTROL = re.compile(rb"[\x00-\x08\x0b-\x1f\x7f]|\xc2[\x80-\x9f]")
GOOD = "".join(f"{u}\t{i}\t{1 + u * i % 5}\n" for u in range(40) for i in range(u % 7, 30, 3))


def mfals(*arguments, limit=30, **keywords):
    """On one rank, with its output as bytes."""
    return subprocess.run(["timeout", "-k", "5", str(limit), MFALS, *map(os.fsencode, map(str, arguments))],
                          stdin=subprocess.DEVNULL, capture_output=True, **keywords)


def check_clean(said, what):
    checks.check(not CONTROL.search(said), f"{what}: control characters in {said!r}")


def log_of(path):
    return [json.loads(line) for line in path.read_bytes().decode("utf-8").splitlines()]


def try_names(folder):
    """Names of files that would give a terminal orders, and one that is no UTF-8."""
    for number, name in enumerate((f"a{ESCAPE}.tsv", "b\x9b31m.tsv", "c\udce9.tsv", "d\x7f\n.tsv")):
        ratings, log, model = folder / name, folder / f"{number}.json", folder / (name + ".h5")
        ratings.write_text(GOOD)
        done = mfals("-k4", "-n1", ratings, "-o", model, "--log-json", log)
        checks.check(done.returncode == 0, f"{name!r}: {done}")
        check_clean(done.stdout + done.stderr, name)
        checks.check({"start", "summary"} <= {event["event"] for event in log_of(log)}, f"{name!r}: {log.read_bytes()}")
        check_clean(log.read_bytes(), f"log of {name!r}")
        check_clean(mfals("info", model).stdout, f"info of {name!r}")
        ratings.write_text(GOOD + "x\n")
        done = mfals("-k4", "-n1", ratings)
        checks.check(done.returncode == 65 and done.stderr.count(b"\n") == 1, f"{name!r}: {done}")
        check_clean(done.stderr, name)


def try_logs(folder):
    """A log may be stdout or a pipe, and takes the place of an older log alone."""
    ratings, log, pipe = folder / "r.tsv", folder / "l.json", folder / "pipe"
    arguments = ["-k4", "-n2", ratings, "-o", folder / "m.h5"]
    with open(folder / "out", "wb") as out:
        out.write(b"before\n")
        out.flush()
        done = subprocess.run([MFALS, *map(str, arguments), "--log-json", "/dev/stdout"], stdout=out, check=False)
    said = (folder / "out").read_bytes()
    checks.check(done.returncode == 0 and said.startswith(b"before\n"), f"stdout: {said!r}")
    checks.check(said.count(b'{"event"') == 5 and b"wrote" in said, f"stdout: {said!r}")
    os.mkfifo(pipe)
    got = []
    reader = threading.Thread(target=lambda: got.append(pipe.read_bytes()))
    reader.start()
    done = mfals(*arguments, "--log-json", pipe)
    if done.returncode != 0:
        os.close(os.open(pipe, os.O_WRONLY | os.O_NONBLOCK))
    reader.join()
    checks.check(done.returncode == 0 and got[0].count(b"\n") == 5, f"pipe: {done} {got}")
    for _ in range(2):
        done = mfals(*arguments, "--log-json", log)
        checks.check(done.returncode == 0 and len(log_of(log)) == 5, f"{done}: {log.read_bytes()}")
    log.write_bytes(log.read_bytes()[:6])
    checks.check(mfals(*arguments, "--log-json", log).returncode == 0, "a log that was cut off")


def try_reader(folder):
    """head -1 does not end a training, whose model is written; where lists are what is read, their loss is told."""
    model = folder / "head.h5"
    for command, code in ((["-k4", "-n200", folder / "r.tsv", "-o", model], 0),
                          (["recommend", folder / "m.h5", "--top", "20"], 74)):
        process = subprocess.Popen([MFALS, *map(str, command)], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        process.stdout.readline() if code == 0 else None
        process.stdout.close()
        said = process.stderr.read().decode()
        checks.check(process.wait(60) == code and said.count("\n") == 1, f"{command}: {process.returncode} {said}")
    checks.check(mfals("check", model).returncode == 0, "the model of a training whose reader left")


def try_neighbours(folder):
    """Files that only look as if they were in the making are inputs like others."""
    inputs = [folder / f"{name}.h5.partial" for name in ("p", "q")]
    for path in inputs:
        path.write_text(GOOD)
    done = run(2, "-k4", "-n1", *inputs, "-o", folder / "p.h5", "--checkpoint-dir", folder / "c")
    checks.check(done.returncode == 0 and all(path.read_text() == GOOD for path in inputs), f"partial inputs: {done}")


def crafted(model, path, change):
    """A copy of the model, changed."""
    shutil.copy(model, path)
    with h5py.File(path, "r+") as file:
        change(file)


def replace(file, name, *arguments, **keywords):
    del file[name]
    file.create_dataset(name, *arguments, **keywords)


def virtual(source):
    def change(file):
        layout = h5py.VirtualLayout((40, 4), "f4")
        layout[:] = h5py.VirtualSource(str(source), "x", (40, 4))
        del file["users/factors"]
        file.create_virtual_dataset("users/factors", layout)
    return change


def unlimited(source):
    """Such a one is looked into as soon as its size is asked for."""
    def change(file):
        del file["users/factors"]
        creation = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        space = h5py.h5s.create_simple((40, 4), (h5py.h5s.UNLIMITED, 4))
        space.select_hyperslab((0, 0), (1, 1), (1, 1), (h5py.h5s.UNLIMITED, 4))
        creation.set_virtual(space, os.fsencode(source), b"x", space)
        h5py.h5d.create(file["users"].id, b"factors", h5py.h5t.IEEE_F32LE, space, creation)
    return change


def outside(source):
    def change(file):
        replace(file, "users/factors", (40, 4), "f4", external=[(str(source), 0, 640)])
    return change


def link(target):
    def change(file):
        del file["users/factors"]
        file["users/factors"] = target
    return change


def ids(change):
    def change_ids(file):
        rows = file["users/ids"][...]
        change(rows)
        file["users/ids"][...] = rows
    return change_ids


def set_row(row, value):
    def change(rows):
        rows[row] = value
    return ids(change)


def try_models(folder):
    """HDF5 that leads elsewhere, where a pipe waits for ever, and ids that are none."""
    words, model, pipe = folder / "words.tsv", folder / "words.h5", folder / "elsewhere"
    words.write_text("".join(f"user{line}" for line in GOOD.splitlines(keepends=True)))
    mfals("-k4", "-n1", words, "-o", model)
    os.mkfifo(pipe)
    cases = {"virtual": (virtual(pipe), "stored in pieces"), "unlimited": (unlimited(pipe), "stored in pieces"),
             "external": (outside(pipe), "stored in pieces"),
             "chunked": (lambda file: replace(file, "users/factors", (40, 4), "f4", chunks=(8, 4)), "stored in pieces"),
             "external link": (link(h5py.ExternalLink(str(pipe), "x")), "is a link"),
             "soft link": (link(h5py.SoftLink("/items/factors")), "is a link"),
             "order": (set_row(5, b"user0"), "not in order"), "twice": (set_row(5, b"user12"), "not in order"),
             "escape": (set_row(5, b"user\x1b"), "no id"), "empty": (set_row(0, b""), "no id"),
             "no UTF-8": (set_row(39, b"user\xff"), "no id")}
    path = folder / "crafted.h5"
    for name, (change, words) in cases.items():
        crafted(model, path, change)
        for command in (["check", path], ["info", path], ["recommend", path, "--include-seen"]):
            if command[0] == "info" and words in ("not in order", "no id"):
                continue
            done = mfals(*command)
            checks.check(done.returncode == 65 and words.encode() in done.stderr, f"{name}, {command[0]}: {done}")
            check_clean(done.stdout + done.stderr, f"{name}, {command[0]}")
    done = run(3, "recommend", path, "--include-seen")
    checks.check(done.returncode == 65 and "row 39 of /users/ids is no id" in done.stderr, f"3 ranks: {done}")


def try_missing(folder):
    """A model that is not there, or is no file, is told alike by every command."""
    for command in (["evaluate", "--test", folder / "r.tsv"], ["recommend"], ["similar", "--item", "1"], ["info"], ["check"],
                    ["convert", "-o", folder / "c.npy"], ["convert", "-o", folder / "c.h5"]):
        for path, words in ((folder / "absent.h5", "No such file"), (folder / "elsewhere", "no regular file|neither a regular"),
                            ("/dev/zero", "no regular file|neither a regular")):
            done = mfals(command[0], path, *command[1:])
            checks.check(done.returncode == 66 and re.search(f"^mfals: cannot open '{path}': .*({words})", done.stderr.decode()),
                         f"{command[0]} {path}: {done}")


def main():
    with work_folder() as name:
        folder = pathlib.Path(name)
        (folder / "r.tsv").write_text(GOOD)
        try_names(folder)
        try_logs(folder)
        try_reader(folder)
        try_models(folder)
        try_missing(folder)
    checks.finish()


main()
