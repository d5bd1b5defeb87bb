"""generate, convert, info and check: the same bytes on 1, 3 and 7 ranks; a model from converted ratings is the one from
text; damage is found."""

import pathlib

import h5py
import numpy as np

from mfals_run import Checks, run, some_ranks, train, work_folder

RANKS = (1, 3, 7)
checks = Checks()


def succeed(ranks, *arguments):
    done = run(ranks, *arguments)
    checks.check(done.returncode == 0, f"{arguments} on {ranks} ranks: {done.returncode} {done.stderr}")
    return done.stdout.replace("\r", "")


def check_generate(folder):
    for kind in ([], ["--explicit"]):
        texts = []
        for ranks in some_ranks(*RANKS):
            path = folder / f"made{'_explicit' * len(kind)}.tsv"
            succeed(ranks, "generate", "--quiet", "-o", path, "--users", 700, "--items", 400, "--ratings-per-user", 15,
                    "--factors", 3, "--noise", 0.05, *kind)
            texts.append(path.read_bytes())
        checks.check(len(set(texts)) == 1 and texts[0], f"generate {kind} depends on the ranks")
    users, items, values = np.loadtxt(folder / "made_explicit.tsv", unpack=True)
    per_user, per_item = np.bincount(users.astype(int))[1:], np.bincount(items.astype(int), minlength=401)[1:]
    checks.check(len(per_user) == 700 and per_user.min() >= 1, "every user has a rating")
    checks.check(8 < per_user.mean() < 20, f"{per_user.mean()} ratings per user in the mean")
    checks.check(per_user.max() > 8 * np.median(per_user), "the users' numbers of ratings have no long tail")
    checks.check(per_item[:40].sum() > 2 * per_item[200:240].sum(), "items at the front are not the popular ones")
    checks.check(len(set(zip(users, items))) == len(users), "a pair comes twice")
    checks.check((np.lexsort((items, users)) == np.arange(len(users))).all(), "lines are not in order")
    other = folder / "other.tsv"
    succeed(1, "generate", "-o", other, "--users", 700, "--items", 400, "--ratings-per-user", 15, "--seed", 43)
    checks.check(other.read_bytes() != texts[0], "another seed gives the same ratings")
    train(2, folder / "made_explicit.tsv", folder / "low.h5", "--quiet", "-a", "als", "--biases", "-k", 3, "--lambda", 0.01,
          "-n", 20)
    with h5py.File(folder / "low.h5") as f:
        checks.check(f["history/rmse"][-1] < 0.25, f"values of rank 3 are fitted up to {f['history/rmse'][-1]}")


def check_convert_ratings(folder):
    files = []
    for ranks in some_ranks(*RANKS):
        succeed(ranks, "convert", folder / "made.tsv", "-o", folder / "made.h5")
        files.append((folder / "made.h5").read_bytes())
    checks.check(len(set(files)) == 1, "convert depends on the ranks")
    train(1, folder / "made.tsv", folder / "text.h5", "-k", 5, "-n", 2, "--holdout", 1)
    for ranks in some_ranks(*RANKS):
        train(ranks, folder / "made.h5", folder / "converted.h5", "-k", 5, "-n", 2, "--holdout", 1)
        with h5py.File(folder / "text.h5") as text, h5py.File(folder / "converted.h5") as converted:
            for name in ("users/factors", "users/ids", "items/factors", "items/ids", "history/objective"):
                checks.check((text[name][:] == converted[name][:]).all(), f"{name} from HDF5 on {ranks} ranks differs")
            checks.check(text.attrs["ratings_digest"] == converted.attrs["ratings_digest"], "the digests differ")


def check_convert_model(folder):
    with h5py.File(folder / "text.h5") as f:
        factors, ids = f["items/factors"][:], f["items/ids"][:]
    texts = []
    for ranks in some_ranks(*RANKS):
        succeed(ranks, "convert", folder / "text.h5", "-o", folder / "model.npy")
        succeed(ranks, "convert", folder / "text.h5", "-o", folder / "model.txt")
        checks.check((np.load(folder / "model.items.npy") == factors).all(), "the .npy holds other factors")
        checks.check((np.load(folder / "model.items.ids.npy") == ids).all(), "the .npy holds other ids")
        texts.append((folder / "model.txt").read_text())
    checks.check(len(set(texts)) == 1, "the text depends on the ranks")
    lines = [line.split("\t") for line in texts[0].splitlines()]
    items = np.array([line[2:] for line in lines if line[0] == "item"], dtype=np.float32)
    checks.check((items == factors).all(), "the text holds other factors")


def check_info_and_check(folder):
    for name, words in (("text.h5", ("mfals-model", "algorithm", "ials", "objective")),
                        ("made.h5", ("mfals-ratings", "ratings", "700", "400"))):
        said = {succeed(ranks, "info", folder / name) for ranks in some_ranks(*RANKS)}
        checks.check(len(said) == 1 and all(word in min(said) for word in words), f"info {name}: {said}")
        checks.check("sound" in succeed(3, "check", folder / name), f"check {name}")
    data = bytearray((folder / "made.h5").read_bytes())
    data[len(data) // 2] ^= 4
    (folder / "damaged.h5").write_bytes(data)
    (folder / "cut.h5").write_bytes(data[:-2000])
    for name in ("damaged.h5", "cut.h5"):
        for ranks in some_ranks(*RANKS):
            done = run(ranks, "check", folder / name)
            checks.check(done.returncode == 65 and len(done.stderr.splitlines()) == 1,
                         f"check {name} on {ranks} ranks: {done.returncode} {done.stderr}")


def main():
    with work_folder() as name:
        folder = pathlib.Path(name)
        check_generate(folder)
        check_convert_ratings(folder)
        check_convert_model(folder)
        check_info_and_check(folder)
    checks.finish()


main()
