"""Files of every format version that ever was, tests/golden/<kind>-<version>.h5, are read for ever: described, checked,
recommended from, and resumed to the model of a run never stopped. And a checkpoint of a whole iteration is the model
it is; one written within an iteration is none.

For a new version of a kind add its file, written by the program from ratings.tsv with the OPTIONS here (`within`: by
--max-time, until a file has next_half "items" and in_axes 1), and never write an older one again."""

import pathlib
import re

import h5py
import numpy

from mfals_run import SOURCE, Checks, run, train, work_folder

BAD_DATA, TOP = 65, 5
GOLDEN = SOURCE / "tests" / "golden"
RATINGS = GOLDEN / "ratings.tsv"
OPTIONS = {
    "model": ["-k", 3, "-a", "als", "--biases", "--lambda", 0.5, "-n", 4],
    "checkpoint": ["-k", 3, "-a", "als", "--biases", "--lambda", 0.5, "--holdout", 1, "--early-stop", "mae:20"],
    "within": ["--preset", "notebook", "-k", 3, "--lambda", 2],
}
# How far scores may be off where another version or processor went on: what float32 solves promise, 4 eps (1 + w_max / a0),
# w_max being alpha 40 times a rating of 5; explicit rows here are well-conditioned.
TOLERANCE = {"checkpoint": 1e-5, "within": 4 * 2 ** -23 * (1 + 40 * 5)}
checks = Checks()


def ratings():
    rows = [line.split("\t") for line in RATINGS.read_text().splitlines()]
    return {(user, int(item)): float(value) for user, item, value in rows}


def files(kind):
    found = sorted(GOLDEN.glob(f"{kind}-*.h5"), key=lambda path: int(path.stem.split("-")[1]))
    checks.check(found, f"no golden {kind}")
    return found


class Model:
    """Factors and what goes with them, in float64."""

    def __init__(self, path):
        with h5py.File(path) as file:
            self.attributes = dict(file.attrs)
            self.users = [name.decode() for name in file["users/ids"][:]]
            self.items = [int(number) for number in file["items/ids"][:]]
            self.stored = [file[f"{side}/{name}"][:] for side in ("users", "items") for name in ("factors", "bias")
                           if name in file[side]]
            x, y = (file[f"{side}/factors"][:].astype(float) for side in ("users", "items"))
            b, c = (file[f"{side}/bias"][:].astype(float) if "bias" in file[side] else numpy.zeros(len(file[f"{side}/ids"]))
                    for side in ("users", "items"))
            self.history = {name: file[f"history/{name}"][:] for name in file["history"]}
        self.scores = x @ y.T + b[:, None] + c[None, :] + self.attributes.get("global_mean", 0)

    def lists(self, seen):
        for u, user in enumerate(self.users):
            unseen = [i for i, item in enumerate(self.items) if (user, item) not in seen]
            for rank, i in enumerate(sorted(unseen, key=lambda i: -self.scores[u, i])[:TOP], 1):
                yield user, self.items[i], self.scores[u, i], rank


def ok(*words, ranks=0):
    done = run(ranks, *words)
    checks.check(done.returncode == 0 and not done.stderr, f"{words}: {done.returncode} {done.stderr}")
    return done.stdout


def check_soundness(path):
    described = ok("info", path)
    with h5py.File(path) as file:
        for name, value in file.attrs.items():
            shown = re.search(rf"^  {name} +(.*)$", described, re.MULTILINE)
            same = shown and (shown[1] == str(value) or isinstance(value, float) and numpy.isclose(float(shown[1]), value))
            checks.check(same, f"info {path.name}: {name} is {value!r}, shown {shown and shown[1]!r}")
    checks.check("sound; " in ok("check", path, ranks=2), f"check {path.name}")


def check_recommend(path, ranks):
    expected = list(Model(path).lists(ratings()))
    told = [line.split("\t") for line in ok("recommend", path, "--top", TOP, "--seen", RATINGS, ranks=ranks).splitlines()]
    checks.check([(user, int(item), int(rank)) for user, item, _, rank in told] ==
                 [(user, item, rank) for user, item, _, rank in expected], f"recommend {path.name} on {ranks} ranks: other lists")
    checks.check(len(told) == len(expected) and
                 numpy.allclose([float(line[2]) for line in told], [line[2] for line in expected], rtol=1e-5, atol=1e-5),
                 f"recommend {path.name} on {ranks} ranks: other scores")
    return len(expected)


def same_machine(one, other):
    """Whether the same bits are promised. AVX2 and AVX-512 give the same."""
    return (all(one[name] == other[name] for name in ("software", "build", "blas", "blas_core")) and
            len({name.startswith("x86-64") or name for name in (one["kernel"], other["kernel"])}) == 1)


def check_resumed(path, kind, folder):
    iterations = int(Model(path).attributes["iteration"]) + 3
    options = [*OPTIONS[kind], "-n", iterations]
    train(0, RATINGS, folder / "whole.h5", *options)
    done = train(2, RATINGS, folder / "resumed.h5", *options, "--resume", path)
    checks.check(f" from {path}" in done.stdout, f"{path.name}: not resumed: {done.stdout[:500]!r}")
    whole, resumed = Model(folder / "whole.h5"), Model(folder / "resumed.h5")
    off = numpy.abs(whole.scores - resumed.scores).max()
    checks.check(off < TOLERANCE[kind], f"{path.name}: resumed to other scores, {off:.2e}")
    checks.check(whole.history.keys() == resumed.history.keys() and
                 all(numpy.allclose(whole.history[name], resumed.history[name], rtol=1e-5) for name in whole.history),
                 f"{path.name}: resumed to another history")
    same = same_machine(Model(path).attributes, whole.attributes)
    if same:
        checks.check(all(numpy.array_equal(one, other) for one, other in zip(whole.stored, resumed.stored, strict=True)),
                     f"{path.name}: resumed to other bits")
    print(f"{path.name}: resumed for 3 iterations, {'the same bits' if same else 'another version or processor'}: {off:.1e}")


def check_ratings(path, folder):
    known = ratings()
    with h5py.File(path) as file:
        users, items = [name.decode() for name in file["users/ids"][:]], file["items/ids"][:]
        stored = {(users[u], int(items[i])): value
                  for u, i, value in zip(file["ratings/user"], file["ratings/item"], file["ratings/value"][:])}
    checks.check(stored == known, f"{path.name}: other ratings")
    train(0, path, folder / "one.h5", *OPTIONS["model"])
    train(0, RATINGS, folder / "other.h5", *OPTIONS["model"])
    checks.check(all(map(numpy.array_equal, Model(folder / "one.h5").stored, Model(folder / "other.h5").stored)),
                 f"{path.name}: another model than from text")


def break_off(path, broken):
    """As explicit models are broken off: without axes, and before the users are done."""
    broken.write_bytes(path.read_bytes())
    with h5py.File(broken, "r+") as file:
        checks.check((file.attrs["next_half"], file.attrs["in_axes"], file.attrs["broken_off"]) == ("users", 0, 0), f"{path.name} is not whole")
        file.attrs.modify("broken_off", 1)
    return broken


def check_no_model(path, folder):
    """One line, and nothing written."""
    for words in (["recommend"], ["evaluate", "--test", RATINGS], ["similar", "--item", -500], ["convert", "-o", folder / "no.npy"]):
        for ranks in (0, 2) if words == ["recommend"] else (0,):
            done = run(ranks, words[0], path, *words[1:], "--quiet")
            checks.check(done.returncode == BAD_DATA and done.stdout == "" and re.fullmatch(
                r"mfals: '[^']*' was written within an iteration and is no model yet: train resumes it\n", done.stderr),
                f"{words[0]} {path.name}: {done.returncode} {done.stderr}")
    checks.check(not list(folder.glob("no.*")), f"convert {path.name}: wrote something")


def outputs(path, folder, ranks):
    """What the commands make of a model."""
    shown = [ok(*words, ranks=ranks) for words in
             (["recommend", path, "--seen", RATINGS], ["evaluate", path, "--test", folder / "test.tsv", "--seen", folder / "seen.tsv"],
              ["similar", path, "--item", -500])]
    ok("convert", path, "-o", folder / "converted.npy", ranks=ranks)
    shown = [said[max(0, said.find("evaluation:")):] for said in shown]  # what comes before tells of the run
    return shown, [file.read_bytes() for file in sorted(folder.glob("converted.*"))]


def check_serves_as_model(folder):
    """The checkpoint after the last iteration, and the model then written."""
    lines = RATINGS.read_text().splitlines(keepends=True)
    (folder / "test.tsv").write_text("".join(lines[::2]))
    (folder / "seen.tsv").write_text("".join(lines[1::2]))
    for n, options in enumerate((["-k", 17], ["-k", 5, "-a", "als", "--biases"], ["-k", 3, "-a", "sgd", "--learning-rate", 0.05])):
        model = folder / f"model-{n}.h5"
        train(2, RATINGS, model, "-n", 3, *options, "--checkpoint-dir", folder / f"serves-{n}")
        for ranks in (0, 3) if n == 0 else (0,):
            as_model, as_checkpoint = (outputs(path, folder, ranks) for path in (model, folder / f"serves-{n}" / "checkpoint-3.h5"))
            checks.check(as_model == as_checkpoint and len(as_model[1]) >= 4, f"{options} on {ranks} ranks: other outputs from the checkpoint")


def check_seal(path, folder):
    """Damage that the digest of the contents cannot tell."""
    sound, damaged = path.read_bytes(), folder / "damaged.h5"
    for name, contents in (("without its seal", sound[:-64]), ("a bit of the seal", sound[:-40] + bytes([sound[-40] ^ 4]) + sound[-39:]),
                           ("longer", sound + b"\n")):
        damaged.write_bytes(contents)
        for ranks in (0, 2) if name == "longer" else (0,):
            done = run(ranks, "check", damaged)
            checks.check(done.returncode == BAD_DATA and re.fullmatch(r"mfals: [^\n]*\n", done.stderr) and done.stdout == "",
                         f"check {path.name}, {name}: {done.returncode} {done.stdout}{done.stderr}")


def check_present_versions(folder):
    """A version without its golden file would be forgotten."""
    ok("convert", RATINGS, "-o", folder / "ratings.h5")
    train(0, RATINGS, folder / "now.h5", *OPTIONS["model"], "--checkpoint-dir", folder / "now")
    for kind, path in (("ratings", folder / "ratings.h5"), ("model", folder / "now.h5"), ("checkpoint", folder / "now" / "checkpoint-4.h5"),
                       ("within", folder / "now" / "checkpoint-4.h5")):
        with h5py.File(path) as file:
            version = int(file.attrs["format_version"])
        golden = [int(file.stem.split("-")[1]) for file in files(kind)]
        checks.check(golden == list(range(1, version + 1)), f"{kind}: version {version} is written, of {golden} there are files")


def main():
    entries = read = 0
    with work_folder() as name:
        folder = pathlib.Path(name)
        check_present_versions(folder)
        for kind in ("ratings", "model", "checkpoint", "within"):
            for path in files(kind):
                check_soundness(path)
                read += 1
                if kind in ("model", "checkpoint"):
                    entries += sum(check_recommend(path, ranks) for ranks in (0, 3))
                if kind in ("checkpoint", "within"):
                    check_resumed(path, kind, folder)
                    check_seal(path, folder)
        for path in files("ratings"):
            check_ratings(path, folder)
        for path in files("within"):
            check_no_model(path, folder)
        for path in files("checkpoint"):
            check_no_model(break_off(path, folder / "broken.h5"), folder)
        check_serves_as_model(folder)
    size = sum(path.stat().st_size for path in GOLDEN.iterdir())
    checks.check(size < 100_000, f"the golden files have {size} bytes")
    print(f"{read} files read, {entries} recommendations recomputed, {size} bytes")
    checks.finish()


main()
