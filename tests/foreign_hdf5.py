"""HDF5 ratings that h5py wrote, in every layout that data/README.md names: each value as it was written, the model of the same
ratings as text, on 1, 3 and 7 ranks; what is wrong is refused with its place. Names of files that say another format."""

import pathlib
import random

import h5py
import numpy as np

from mfals_run import Checks, run, some_ranks, train, work_folder

RANKS = (1, 3, 7)
checks = Checks()


class Ratings:
    """Rows of ids, values and times, and how they are told in HDF5."""

    def __init__(self, seed, count=4000, users=70, items=90, text=True):
        draw = random.Random(seed)
        self.users = [f"ü{number}" if text else 3 * number - 50 for number in draw.sample(range(users * 3), users)]
        self.items = [5 * number + 7 for number in draw.sample(range(items * 3), items)]
        self.user = np.array([draw.randrange(users) for _ in range(count)])
        self.item = np.array([draw.randrange(items) for _ in range(count)])
        self.value = np.array([draw.randrange(1, 80) / 16 for _ in range(count)])
        self.time = np.array([draw.randrange(10**9, 10**9 + 50) for _ in range(count)])

    def lines(self):
        return [(self.users[u], self.items[i], value, time)
                for u, i, value, time in zip(self.user, self.item, self.value.tolist(), self.time.tolist())]

    def write_text(self, path):
        path.write_text("user,item,rating,time\n" + "".join(",".join(map(str, line)) + "\n" for line in self.lines()))

    def write(self, path, row=np.int32, value=np.float64, time=np.int64, users=None, items=None, **storage):
        """users, items: the types of the ids' data sets; None: without, ids stand with the ratings."""
        with h5py.File(path, "w", userblock_size=storage.pop("userblock", 0), libver=storage.pop("libver", None)) as f:
            for side, known, kind, rows in (("user", self.users, users, self.user), ("item", self.items, items, self.item)):
                if kind is None:
                    own = h5py.string_dtype() if isinstance(known[0], str) else np.int64
                    f.create_dataset(f"ratings/{side}", data=[known[r] for r in rows], dtype=own, **storage)
                    continue
                fixed = isinstance(kind, str) and kind.startswith("S")
                data = [str(name).encode() for name in known] if fixed else known
                f.create_dataset(f"{side}s/ids", data=data, dtype=kind, **storage)
                f.create_dataset(f"ratings/{side}", data=rows, dtype=row, **storage)
            if value is not None:
                f.create_dataset("ratings/value", data=self.value, dtype=value, **storage)
            if time is not None:
                f.create_dataset("ratings/time", data=self.time, dtype=time, **storage)
            f["ratings/notes"] = "not looked at"
            f["elsewhere/ratings"] = np.zeros((3, 4))
            f.attrs["format"] = "somebody's own"


def read_back(path):
    """(user, item, value, time), as convert kept them."""
    with h5py.File(path) as f:
        users, items = (f[f"{side}/ids"] for side in ("users", "items"))
        users, items = (ids.asstr()[:] if h5py.check_string_dtype(ids.dtype) else ids[:] for ids in (users, items))
        times = f["ratings/time"][:].tolist() if "time" in f["ratings"] else [None] * len(f["ratings/value"])
        return list(zip(users[f["ratings/user"][:]].tolist(), items[f["ratings/item"][:]].tolist(), f["ratings/value"][:].tolist(), times))


def check_values(folder):
    text, whole = Ratings(1), Ratings(2, text=False)
    layouts = [
        ("ids beside", text, {}),
        ("rows of ids", text, {"users": h5py.string_dtype(), "items": np.int64}),
        ("fixed text", text, {"users": "S12", "items": "S5", "row": np.uint32, "value": np.float32}),
        ("big-endian", whole, {"users": ">i4", "items": ">i8", "row": ">i8", "value": ">f8", "time": ">i4"}),
        ("chunks", text, {"users": h5py.string_dtype(), "items": np.int32, "chunks": (17,), "compression": "gzip", "shuffle": True}),
        ("one chunk", whole, {"chunks": True, "compression": "gzip", "fletcher32": True, "row": np.uint64, "time": np.float64}),
        ("latest format", text, {"users": "S12", "items": np.uint16, "libver": "latest"}),
        ("user block", whole, {"users": np.int64, "items": np.uint64, "row": np.uint8}),
        ("no values, no times", whole, {"value": None, "time": None}),
    ]
    for name, ratings, how in layouts:
        path = folder / "foreign.h5"
        ratings.write(path, **how)
        order = sorted(range(len(ratings.user)), key=lambda i: (str(ratings.users[ratings.user[i]]).encode(), i)
                       if ratings is text else (ratings.users[ratings.user[i]], i))
        lines = ratings.lines()
        wanted = [lines[i] if how.get("time", 0) is not None else (*lines[i][:2], 1.0, None) for i in order]
        files = set()
        for ranks in some_ranks(*RANKS):
            done = run(ranks, "convert", path, "-o", folder / "kept.h5")
            checks.check(done.returncode == 0 and "HDF5: /ratings/user" in done.stdout, f"{name} on {ranks} ranks: {done.stderr}")
            files.add((folder / "kept.h5").read_bytes())
            checks.check(read_back(folder / "kept.h5") == wanted, f"{name} on {ranks} ranks: other ratings")
        checks.check(len(files) == 1, f"{name}: convert depends on the ranks")


def model_of(path):
    with h5py.File(path) as f:
        return [f[name][:].tobytes() for name in ("users/ids", "users/factors", "items/ids", "items/factors")] + [f.attrs["ratings_digest"]]


def check_models(folder):
    ratings = Ratings(3)
    ratings.write_text(folder / "text.csv")
    ratings.write(folder / "foreign.h5", users=h5py.string_dtype(), items=np.int64, chunks=(33,), compression="gzip")
    for way in ((), ("-a", "als", "--holdout-last", 1), ("-a", "sgd", "--holdout", 1)):
        train(2, folder / "text.csv", folder / "text.h5", "-k", 4, "-n", 2, *way)
        for ranks in some_ranks(*RANKS):
            train(ranks, folder / "foreign.h5", folder / "model.h5", "-k", 4, "-n", 2, *way)
            checks.check(model_of(folder / "model.h5") == model_of(folder / "text.h5"), f"{way} on {ranks} ranks: another model")
    train(1, folder / "text.csv", folder / "model.h5", "-k", 4, "-n", 2, "-a", "als")
    said = set()
    for source in ("text.csv", "foreign.h5"):
        done = run(3, "evaluate", folder / "model.h5", "--test", folder / source, "--seen", folder / "few.h5", "--quiet")
        said.add((done.returncode, done.stderr) if done.returncode else "ok")
    checks.check(said == {"ok"}, f"test and seen: {said}")


def check_unrated(folder):
    """Rows of /users/ids that nothing names are users too."""
    with h5py.File(folder / "few.h5", "w") as f:
        f["users/ids"], f["items/ids"] = [10, 20, 30, 40], ["a", "b", "c"]
        f["ratings/user"], f["ratings/item"], f["ratings/value"] = [3, 0], [2, 2], [1.5, 2.5]
    train(3, folder / "few.h5", folder / "model.h5", "-k", 1, "-n", 1)
    with h5py.File(folder / "model.h5") as f:
        checks.check(f["users/ids"][:].tolist() == [10, 20, 30, 40] and f["items/ids"].asstr()[:].tolist() == ["a", "b", "c"], "unrated ids")


def spoil(name, data):
    """A function that puts data in place of a data set."""
    def change(f):
        if name in f:
            del f[name]
        if data is not None:
            f[name] = data
    return change


def external(f):
    space, plist = h5py.h5s.create_simple((4,)), h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    plist.set_external(b"elsewhere.bin", 0, h5py.h5f.UNLIMITED)
    del f["ratings/value"]
    h5py.h5d.create(f.id, b"ratings/value", h5py.h5t.NATIVE_DOUBLE, space, plist)


def virtual(f):
    layout = h5py.VirtualLayout(shape=(4,), dtype="f8")
    layout[:] = h5py.VirtualSource("elsewhere.h5", "x", shape=(4,))
    del f["ratings/value"]
    f.create_virtual_dataset("ratings/value", layout)


def unwritten(f):
    del f["ratings/value"]
    f.create_dataset("ratings/value", (4,), "f8", chunks=(2,))


def unwritten_contiguous(f):
    del f["ratings/value"]
    f.create_dataset("ratings/value", (4,), "f8")


def squeezed(f):
    del f["ratings/value"]
    f.create_dataset("ratings/value", data=np.ones(4), compression="lzf", chunks=(4,))


def linked(f):
    del f["ratings/value"]
    f["ratings/value"] = h5py.SoftLink("/elsewhere")


def outward(f):
    del f["ratings"]
    f["ratings"] = h5py.ExternalLink("elsewhere.h5", "/ratings")


def check_refused(folder):
    nan = float("nan")
    cases = [
        (spoil("ratings/value", [1, 2, nan, nan]), "bad.h5: rating 2: its value is not finite"),
        (spoil("ratings/value", [1, 1e39, 1, nan]), "bad.h5: rating 1: its value 1e+39 is too large"),
        (spoil("ratings/user", [0, 1, 2, 3]), "bad.h5: rating 3: its user is no row of /users/ids, which has 3"),
        (spoil("ratings/item", [0, -1, 1, 0]), "bad.h5: rating 1: its item is no row of /items/ids, which has 2"),
        (spoil("ratings/item", np.array([0, 2**64 - 1, 1, 0], np.uint64)), "bad.h5: rating 1: its item is no row"),
        (spoil("ratings/time", [1, 2, 3, nan]), "bad.h5: rating 3: its time does not fit 64 bits"),
        (spoil("ratings/time", [1, 2]), "/ratings/time has 2 rows, /ratings/user 4"),
        (spoil("ratings/user", ["a", "b", "a", "b"]), "/ratings/user holds no integers, the rows of /users/ids"),
        (spoil("ratings/user", [0.0, 1.0, 1.0, 0.0]), "/ratings/user holds no integers"),
        (spoil("ratings/value", ["a", "b", "a", "b"]), "/ratings/value holds text"),
        (spoil("ratings/value", np.ones((4, 2))), "/ratings/value is not one-dimensional"),
        (spoil("ratings/value", np.ones(4, complex)), "/ratings/value is neither integers or floats of at most 64 bits nor text"),
        (spoil("users/ids", [1.5, 2, 3]), "/users/ids holds floats, which are no ids"),
        (spoil("users/ids", ["a", "", "b"]), "bad.h5: row 1 of /users/ids is no id"),
        (spoil("users/ids", np.array([b"a", b"b", b"\xff"])), "bad.h5: row 2 of /users/ids is no id"),
        (spoil("users/ids", ["a", "b" * 256, "c"]), "bad.h5: row 1 of /users/ids is no id"),
        (spoil("users/ids", ["a", "b\x07", "c"]), "bad.h5: row 1 of /users/ids is no id"),
        (spoil("ratings/user", None), "an HDF5 file without ratings: /ratings/user and /ratings/item were looked for"),
        (spoil("ratings", None), "an HDF5 file without ratings: /ratings/user and /ratings/item were looked for"),
        (spoil("ratings/user", np.zeros(0, int)), "/ratings/item has 4 rows, /ratings/user 0"),
        (external, "/ratings/value is neither contiguous nor in chunks of the file itself"),
        (virtual, "/ratings/value is neither contiguous nor in chunks of the file itself"),
        (unwritten, "/ratings/value claims more than the file holds"),
        (unwritten_contiguous, "/ratings/value claims more than the file holds"),
        (squeezed, "/ratings/value is compressed in a way that is not known here"),
        (linked, "/ratings/value is behind a link"),
        (outward, "/ratings/user is behind a link"),
    ]
    for change, words in cases:
        with h5py.File(folder / "bad.h5", "w") as f:
            f["users/ids"], f["items/ids"] = ["a", "b", "c"], [1, 2]
            f["ratings/user"], f["ratings/item"], f["ratings/value"] = [0, 1, 2, 0], [0, 1, 0, 1], [1.0, 2, 3, 4]
            change(f)
        for ranks in (3,):
            done = run(ranks, "train", folder / "bad.h5", "-o", folder / "m.h5", "--duplicates", "last")
            said = done.stderr.strip()
            checks.check(done.returncode == 65 and words in said and len(said.splitlines()) == 1,
                         f"{words}, on {ranks} ranks: {done.returncode} {said}")
    with h5py.File(folder / "beside.h5", "w") as f:
        f["ratings/user"], f["ratings/item"] = ["a", "b", ""], [1, 2, 3]
    done = run(3, "train", folder / "beside.h5", "-o", folder / "m.h5")
    checks.check(done.returncode == 65 and "rating 2: its user is no id" in done.stderr, done.stderr)
    with h5py.File(folder / "beside.h5", "w") as f:
        f["ratings/user"], f["ratings/item"] = ["a", "b", "c"], [1, 2, 3]
    done = run(3, "train", folder / "beside.h5", "-o", folder / "m.h5", "--holdout-last", 1)
    checks.check(done.returncode == 64 and "/ratings/time is missing" in done.stderr, done.stderr)
    done = run(1, "train", folder / "beside.h5", "-o", folder / "m.h5", "--columns", "user,item")
    checks.check(done.returncode == 64 and "--columns" in done.stderr, done.stderr)


def check_heap(folder):
    """A text of variable length leads into a heap without a checksum: one that goes round in circles is found before HDF5
    follows it, in whichever rank's share."""
    with h5py.File(folder / "heap.h5", "w") as f:
        f["ratings/user"] = [f"user {number}" for number in range(3000)]
        f["ratings/item"] = np.arange(3000)
    data = (folder / "heap.h5").read_bytes()
    places = [place for place in range(len(data)) if data.startswith(b"GCOL\x01", place)]
    checks.check(len(places) > 1, f"{len(places)} heaps")
    for place in (places[0], places[-1]):
        for at, new in ((16 + 8, b"\xff" * 8), (8, b"\0" * 8), (8, b"\xff" * 6)):
            broken = bytearray(data)
            broken[place + at:place + at + len(new)] = new
            (folder / "heap.h5").write_bytes(broken)
            for ranks in (3,):
                done = run(ranks, "train", folder / "heap.h5", "-o", folder / "m.h5", limit=30)
                checks.check(done.returncode == 65 and "damaged" in done.stderr, f"heap at {place}: {done.returncode} {done.stderr}")


def check_names(folder):
    (folder / "text.h5").write_text("1\t2\t3\n4\t5\t6\n")
    (folder / "text.hdf5").write_text("1\t2\t3\n4\t5\t6\n")
    (folder / "text.tsv").write_text("1\t2\t3\n4\t5\t6\n1\t5\t1\n")
    for name in ("text.h5", "text.hdf5"):
        done = run(2, "train", folder / name, "-o", folder / "m.h5")
        checks.check(done.returncode == 65 and f"{name}: not an HDF5 file" in done.stderr, f"{name}: {done.returncode} {done.stderr}")
        done = run(2, "train", folder / "text.tsv", "--test", folder / name, "-o", folder / "m.h5")
        checks.check(done.returncode == 65 and f"{name}: not an HDF5 file" in done.stderr, f"--test {name}: {done.returncode} {done.stderr}")
    train(1, folder / "text.tsv", folder / "m.h5", "-k", 1, "-n", 1)
    for command, ends in (
            (("recommend", folder / "m.h5", "--include-seen"), ("parquet", "csv", "npz", "json", "PARQUET", "gz", "xlsx", "arrow", "bz2")),
            (("train", folder / "text.tsv", "-n", 1), ("parquet", "npz", "csv", "safetensors", "pkl")),
            (("convert", folder / "text.tsv"), ("parquet", "npz", "tsv", "")),
            (("convert", folder / "m.h5"), ("parquet", "npz", "h5")),
            (("generate",), ("parquet", "csv", "h5", "gz", "zip"))):
        for end in ends:
            target = folder / f"out.{end}"
            done = run(1, *command, "-o", target)
            checks.check(done.returncode == 64 and "--output: " in done.stderr and len(done.stderr.splitlines()) == 1 and not target.exists(),
                         f"{command[0]} -o out.{end}: {done.returncode} {done.stderr}")
    for end, begin in (("tsv", b"1\t"), ("txt", b"1\t"), ("lists", b"1\t"), ("jsonl", b'{"user"'), ("ndjson", b'{"user"'),
                       ("h5", b"\x89HDF"), ("hdf5", b"\x89HDF"), ("H5", b"\x89HDF")):
        target = folder / f"lists.{end}"
        done = run(1, "recommend", folder / "m.h5", "--include-seen", "-o", target)
        checks.check(done.returncode == 0 and target.read_bytes().startswith(begin), f"recommend -o lists.{end}: {done.stderr}")
    done = run(1, "recommend", folder / "m.h5", "--include-seen", "-o", folder / "x.parquet", "--output-format", "tsv")
    checks.check(done.returncode == 0 and (folder / "x.parquet").exists(), f"--output-format: {done.stderr}")
    done = run(1, "convert", folder / "text.tsv", "-o", folder / "r.hdf5")
    checks.check(done.returncode == 0, f"convert -o r.hdf5: {done.stderr}")


def main():
    with work_folder() as name:
        folder = pathlib.Path(name)
        check_values(folder)
        check_unrated(folder)
        check_models(folder)
        check_refused(folder)
        check_heap(folder)
        check_names(folder)
    checks.finish()


main()
