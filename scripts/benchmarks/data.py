"""The ratings: real ones where they are here, else synthetic ones of the same shape, whose name says so."""

import dataclasses
import functools
import gzip
import os
import pathlib
import re

import h5py
import numpy as np

from benchmarks.running import SOURCE, synthetic, mfals

BLOCK = 1 << 16  # ratings or rows at a time in sums in double


@dataclasses.dataclass
class Recipe:
    file: str
    shape: tuple  # users, items, ratings per user of what stands in for it
    options: list = dataclasses.field(default_factory=list)
    add_one: bool = False  # to every rating: a 0 says that the book was seen


RECIPES = {"ml-1m": Recipe("ml-1m/ratings.tsv", (6040, 3706, 166)),
           # every line counts 1, so that a pair weighs as often as it occurs
           "retrosheet": Recipe("retrosheet/plate_appearances.tsv.xz", (14730, 8845, 152),
                                ["--columns", "user,item", "--duplicates", "sum"]),
           "book-crossing": Recipe("book-crossing/ratings.tsv.gz", (105283, 340544, 11), add_one=True)}


class Ratings:
    """Ratings as text (with the options it is read with) and as HDF5 of mfals, and in memory as rows, columns
    and values (float32)."""

    def __init__(self, name, text, hdf5, options):
        self.name, self.text, self.hdf5, self.options = name, text, hdf5, options
        with h5py.File(hdf5) as file:
            self.user, self.item = (file[f"ratings/{side}"][:].astype(np.int32) for side in ("user", "item"))
            self.value = file["ratings/value"][:]
            self.users, self.items = len(file["users/ids"]), len(file["items/ids"])
        self.count = len(self.value)

    @functools.cached_property
    def matrix(self):
        """CSR, users by items."""
        from scipy.sparse import csr_matrix
        return csr_matrix((self.value, (self.user, self.item)), shape=(self.users, self.items))


def find(name):
    for folder in filter(None, [os.environ.get("MFALS_DATA"), SOURCE.parent / "shared" / "data"]):
        path = pathlib.Path(folder) / RECIPES[name].file
        if path.exists():
            return path
    return None


def plus_one(source, target):
    with gzip.open(source, "rt", encoding="utf-8", errors="replace") as lines, open(target, "w") as out:
        for line in lines:
            user, item, rating = line.rstrip("\n").split("\t")
            out.write(f"{user}\t{item}\t{float(rating) + 1:g}\n")


def source(name):
    """The file that name stands for, or None if it has to be synthetic, and what to do with it."""
    if name in RECIPES:
        return find(name), RECIPES[name]
    shape = re.fullmatch(r"(\d+)x(\d+)x(\d+)", name)
    if shape:
        return None, Recipe(name, tuple(map(int, shape.groups())))
    return pathlib.Path(name), Recipe(name, ())


def load(name, folder, ranks):
    """The ratings called name: a data set, a file, or synthetic, USERSxITEMSxRATINGS_PER_USER."""
    text, recipe = source(name)
    options, label = recipe.options, name
    own, hdf5 = (folder / (re.sub(r"\W+", "-", name) + suffix) for suffix in (".tsv", ".h5"))
    if text is None:
        users, items, _ = recipe.shape
        text, options, label = own, [], f"synthetic, {users} x {items}"
        if name in RECIPES:
            label += f", for {name}"
        if not text.exists():
            synthetic(text, ranks, *recipe.shape)
    elif recipe.add_one:
        if not own.exists():
            plus_one(text, own)
        text = own
    if not hdf5.exists():
        mfals(ranks, "convert", text, "-o", hdf5, "--quiet", *options)
    return Ratings(label, text, hdf5, options)


def dots(ratings, X, Y):
    """The scores of all ratings, a block at a time, in double: (block, scores)."""
    for first in range(0, ratings.count, BLOCK):
        block = slice(first, first + BLOCK)
        rows, columns = X[ratings.user[block]].astype(float), Y[ratings.item[block]].astype(float)
        yield block, np.einsum("ij,ij->i", rows, columns)


def gram(X):
    blocks = (X[first:first + BLOCK].astype(float) for first in range(0, len(X), BLOCK))
    return sum(block.T @ block for block in blocks)


def objective(ratings, X, Y, alpha, ridge):
    """Sum over all cells of c (p - s)^2 + ridge (|X|^2 + |Y|^2), in double, from any trainer's factors."""
    of_users, of_items = gram(X), gram(Y)
    total = np.sum(of_users * of_items) + ridge * (np.trace(of_users) + np.trace(of_items))
    for block, scores in dots(ratings, X, Y):
        total += np.sum((1 + alpha * ratings.value[block].astype(float)) * (1 - scores) ** 2 - scores ** 2)
    return float(total)


def rmse(ratings, X, Y):
    squares = sum(np.sum((ratings.value[block] - scores) ** 2) for block, scores in dots(ratings, X, Y))
    return float(np.sqrt(squares / ratings.count))


def factors(model):
    with h5py.File(model) as file:
        return file["users/factors"][:], file["items/factors"][:]
