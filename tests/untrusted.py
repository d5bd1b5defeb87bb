"""What others wrote is not trusted: control characters reach neither a terminal nor a list nor a log, a file leads to no
other file, and neither a pipe nor its reader's leaving holds up a run."""

import hashlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import threading
import zipfile

import h5py

from mfals_run import MFALS, SOURCE, Checks, run, work_folder

import mfals_reader  # from scripts/, where mfals_run leads

EVENTS = 6  # of a run of two iterations: start, ratings, two iterations, summary, stop
checks = Checks()
ESCAPE = "\x1b[31m"
CONTROL = re.compile(rb"[\x00-\x08\x0b-\x1f\x7f]|\xc2[\x80-\x9f]")
GOOD = "".join(f"{u}\t{i}\t{1 + u * i % 5}\n" for u in range(40) for i in range(u % 7, 30, 3))


def mfals(*arguments, limit=60, **keywords):
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
    checks.check(said.count(b'{"event"') == EVENTS and b"wrote" in said, f"stdout: {said!r}")
    os.mkfifo(pipe)
    got = []
    reader = threading.Thread(target=lambda: got.append(pipe.read_bytes()))
    reader.start()
    done = mfals(*arguments, "--log-json", pipe)
    if done.returncode != 0:
        os.close(os.open(pipe, os.O_WRONLY | os.O_NONBLOCK))
    reader.join()
    checks.check(done.returncode == 0 and got[0].count(b"\n") == EVENTS, f"pipe: {done} {got}")
    for _ in range(2):
        done = mfals(*arguments, "--log-json", log)
        checks.check(done.returncode == 0 and len(log_of(log)) == EVENTS, f"{done}: {log.read_bytes()}")
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
    for number, (name, (change, words)) in enumerate(cases.items()):
        crafted(model, path, change)
        done = mfals(*(["check", path], ["recommend", path, "--include-seen"])[number % 2])
        checks.check(done.returncode == 65 and words.encode() in done.stderr, f"{name}: {done}")
        check_clean(done.stdout + done.stderr, name)
        if name in ("virtual", "unlimited", "external", "external link", "soft link"):
            try:
                mfals_reader.Model(path)
                checks.check(False, f"{name}: read by mfals_reader.py")
            except ValueError as error:
                checks.check("is not in the file itself" in str(error), f"{name}: {error}")
    done = run(3, "recommend", path, "--include-seen")
    checks.check(done.returncode == 65 and "row 39 of /users/ids is no id" in done.stderr, f"3 ranks: {done}")


def try_missing(folder):
    """A model that is not there, or is no file, is told alike by every command."""
    for command in (["evaluate", "--test", folder / "r.tsv"], ["recommend"], ["similar", "--item", "1"], ["info"], ["check"],
                    ["convert", "-o", folder / "c.npy"], ["convert", "-o", folder / "c.h5"]):
        for path, words in ((folder / "absent.h5", "No such file"), (folder / "elsewhere", "no regular file|neither a regular")):
            if command[0] in ("similar", "check", "convert") and path.exists():  # convert reads ratings from a pipe
                continue
            done = mfals(command[0], path, *command[1:])
            checks.check(done.returncode == 66 and re.search(f"^mfals: cannot open '{path}': .*({words})", done.stderr.decode()),
                         f"{command[0]} {path}: {done}")


def try_lists(folder):
    """Titles that would give a terminal orders, from a pipe; lists no longer than there are items."""
    model, pipe = folder / "m.h5", folder / "titles"
    titles = f"1::a{ESCAPE}\n4::café \x9b31m\n7::{'é' * 700}\n".encode()
    lists = ["recommend", model, "--include-seen", "--user", "3", "--top", 1000000, "--titles", pipe]
    os.mkfifo(pipe)
    for form in ("tsv", "jsonl"):
        writer = threading.Thread(target=pipe.write_bytes, args=(titles,))
        writer.start()
        done = mfals(*lists, "--output-format", form)
        if done.returncode != 0:
            pipe.read_bytes() if writer.is_alive() else None
        writer.join()
        check_clean(done.stdout + done.stderr, form)
        lines = done.stdout.decode("utf-8").splitlines()
        rows = [json.loads(line) for line in lines] if form == "jsonl" else [line.split("\t") for line in lines]
        shown = {str(row["item"]): row["title"] for row in rows} if form == "jsonl" else {row[1]: row[4] for row in rows}
        checks.check(done.returncode == 0 and len(rows) == 30, f"{form}: {done}")
        checks.check(shown["1"] == r"a\x1b[31m" and shown["4"] == r"café \u009b31m" and shown["7"] == "é" * 500,
                     f"{form}: {shown}")

    done = mfals("recommend", model, "--include-seen", "--top", 1000000, "-o", folder / "lists.h5")
    with h5py.File(folder / "lists.h5") as file:
        checks.check(file["lists/items"].shape == (40, 30), f"{done}: {file['lists/items']}")


def try_endless(folder):
    """What has no end is not read."""
    model, ratings = folder / "m.h5", folder / "r.tsv"
    for words in (["recommend", model, "--include-seen", "--titles"], ["recommend", model, "--include-seen", "--users"],
                  ["evaluate", model, "--test", ratings, "--candidates"], ["train", ratings, "--config"]):
        done = mfals(*words, "/dev/zero")
        checks.check(done.returncode == 66 and b"cannot read '/dev/zero': " in done.stderr, f"{words}: {done}")


def try_numbers(folder):
    """Whole numbers that 32-bit floats do not hold are told; a plan is of numbers."""
    large = folder / "large.tsv"
    large.write_text(GOOD + "1\t2\t16777216\n2\t2\t16777217\n3\t2\t978300760\n4\t2\t123456789\n5\t2\t16777217.5\n")
    done = run(2, "-k4", "-n1", large, "-o", folder / "large.h5")
    checks.check(done.returncode == 0 and ": 3 ratings are whole numbers beyond 2^24" in done.stderr, f"{done}")
    for words in (["--users", 1, "--items", 1, "--ratings", 1, "-k", 1], ["--gflops", "1e-6", "--link", "1e-6"],
                  ["--gflops", "1e9", "-a", "sgd"], ["--users", 1, "--ratings", 1 << 50], ["--gflops", "1e300"]):
        done = mfals("plan", "--users", 1000, "--items", 1000, "--ratings", 10000, *words)
        checks.check(done.returncode in (0, 64) and not re.search(rb"\b-?(nan|inf)\b", done.stdout + done.stderr), f"{words}: {done}")
        checks.check((done.returncode == 64) == (words[-1] in (1 << 50, "1e300")), f"{words}: {done}")


def try_download(folder):
    """Another file than GroupLens's is not unpacked."""
    archive = folder / "ml-1m.zip"
    with zipfile.ZipFile(archive, "w") as zipped:
        zipped.writestr("ml-1m/ratings.dat", "1::2::3::4\n")
    script = SOURCE / "scripts/download_movielens.sh"
    done = subprocess.run([script, folder], capture_output=True, text=True, check=False)
    checks.check(done.returncode == 65 and "another SHA-256" in done.stderr and not (folder / "ml-1m").exists(), f"{done}")
    own = hashlib.sha256(archive.read_bytes()).hexdigest()
    done = subprocess.run([script, folder], env={**os.environ, "MFALS_MOVIELENS_SHA256": own}, capture_output=True, check=False)
    checks.check(done.returncode == 0 and (folder / "ml-1m/ratings.dat").exists(), f"{done}")


def main():
    with work_folder() as name:
        folder = pathlib.Path(name)
        (folder / "r.tsv").write_text(GOOD)
        try_names(folder)
        try_logs(folder)
        try_reader(folder)
        try_neighbours(folder)
        try_models(folder)
        try_missing(folder)
        try_lists(folder)
        try_endless(folder)
        try_numbers(folder)
        try_download(folder)
    checks.finish()


main()
