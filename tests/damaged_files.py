"""Damaged models, ratings and checkpoints, as a user meets them: one line and the right code, or the output that the sound
file gives, on 1 and 2 ranks; and a run whose newest checkpoint is damaged goes on from the one before to the very same model.

MFALS_SOAK_COUNT: how many damaged files in all (18). test_damaged.c tries many more, in one process.
"""

import os
import pathlib
import random
import sys

from mfals_run import Checks, run, train, work_folder

COUNT = int(os.environ.get("MFALS_SOAK_COUNT", "18"))
BAD_DATA, BAD_CHECKPOINT = 65, 76
LIMIT = 20  # seconds a command


def mfals(ranks, *arguments):
    return run(ranks if ranks > 1 else 0, *arguments, limit=LIMIT)


class Model:
    """Recommendations of it."""

    code = BAD_DATA

    def __init__(self, folder, ratings):
        self.file = folder / "model.h5"
        train(0, ratings, self.file, "-k", 2, "-n", 2)

    def use(self, ranks):
        done = mfals(ranks, "recommend", self.file, "--include-seen", "--top", 3)
        return done, done.stdout


class Ratings:
    """A model of them."""

    code = BAD_DATA

    def __init__(self, folder, ratings):
        self.file, self.output = folder / "ratings.h5", folder / "of-ratings.h5"
        if mfals(1, "convert", ratings, "-o", self.file).returncode != 0:
            sys.exit("mfals convert failed")

    def use(self, ranks):
        self.output.unlink(missing_ok=True)
        done = mfals(ranks, "train", self.file, "-k", 2, "-n", 1, "-o", self.output)
        return done, self.output.read_bytes() if self.output.exists() else None


class Checkpoint:
    """The model of a run that goes on from it."""

    code = BAD_CHECKPOINT

    def __init__(self, folder, ratings):
        self.ratings, self.checkpoints, self.output = ratings, folder / "checkpoints", folder / "resumed.h5"
        train(0, ratings, folder / "short.h5", "-k", 2, "-n", 2, "--checkpoint-dir", self.checkpoints)
        self.file = self.checkpoints / "checkpoint-2.h5"

    def use(self, ranks, resume=None):
        self.output.unlink(missing_ok=True)
        folder = ["--checkpoint-dir", self.checkpoints] if resume else []
        done = mfals(ranks, "train", self.ratings, "-k", 2, "-n", 3, "-o", self.output, "--resume", resume or self.file,
                     *folder)
        return done, self.output.read_bytes() if self.output.exists() else None


def write_ratings(path):
    draw = random.Random(5)
    path.write_text("".join(f"{user}\t{item}\t{draw.randint(1, 5)}\n" for user in range(12)
                            for item in draw.sample(range(9), 4)))


def damage(sound, number):
    """The number-th of the files that are not the sound one: cut off, a range of zeros, or some bits changed."""
    draw = random.Random(number)
    while True:
        damaged, kind = bytearray(sound), draw.randrange(3)
        place = draw.randrange(len(sound))
        if kind == 0:
            del damaged[place:]
        elif kind == 1:
            length = min(draw.randint(1, 4096), len(sound) - place)
            damaged[place:place + length] = bytes(length)
        else:
            for _ in range(draw.randint(1, 3)):
                damaged[draw.randrange(len(sound))] ^= 1 << draw.randrange(8)
        if damaged != sound:
            return bytes(damaged)


def check(checks, kind, ranks, number, sound, expected):
    """Whether the damaged file was refused."""
    kind.file.write_bytes(damage(sound, number))
    done, output = kind.use(ranks)
    name = f"{type(kind).__name__.lower()} {number} on {ranks} ranks"
    if done.returncode == 0:
        checks.check(output == expected, f"{name}: another output than that of the sound file")
    else:
        checks.check(done.returncode == kind.code, f"{name}: exit code {done.returncode}: {done.stderr}")
        checks.check(done.stderr.startswith("mfals: ") and done.stderr.count("\n") == 1, f"{name}: {done.stderr!r}")
    return done.returncode != 0


def check_passing_over(checks, kind, sound, expected):
    """--resume auto, the newest checkpoint being damaged."""
    older = kind.checkpoints / "checkpoint-1.h5"
    kept = older.read_bytes()
    for ranks in 1, 2:
        older.write_bytes(kept)  # a run leaves the last two
        kind.file.write_bytes(damage(sound, ranks))
        done, output = kind.use(ranks, resume="auto")
        checks.check(done.returncode == 0 and "mfals: warning: " in done.stderr and str(kind.file) in done.stderr,
                     f"a damaged checkpoint is passed over on {ranks} ranks: {done.returncode} {done.stderr}")
        checks.check(f"resumed after iteration 1 from {older}" in done.stdout,
                     f"the run goes on from the one before on {ranks} ranks: {done.stdout}")
        checks.check(output == expected, f"it ends in the same model on {ranks} ranks")
        (kind.checkpoints / "checkpoint-3.h5").unlink()


def main():
    checks = Checks()
    with work_folder() as name:
        folder = pathlib.Path(name)
        ratings = folder / "ratings.tsv"
        write_ratings(ratings)
        for kind in (Model(folder, ratings), Ratings(folder, ratings), Checkpoint(folder, ratings)):
            sound = kind.file.read_bytes()
            done, expected = kind.use(1)
            checks.check(done.returncode == 0 and bool(expected), f"the sound file: {done.stderr}")
            count = max(2, COUNT // 3)
            refused = sum(check(checks, kind, 1 + number % 2, number, sound, expected) for number in range(count))
            checks.check(refused > 0, "no damage was noticed")
            print(f"{type(kind).__name__.lower()}: {count} damaged files of {len(sound)} bytes, {refused} refused")
            if isinstance(kind, Checkpoint):
                check_passing_over(checks, kind, sound, expected)
    checks.finish()


main()
