"""Ratings behind the 2^32nd byte of a file, and of a second one: read, counted, and told apart by their places. The file is
sparse: its holes are lines of zeros, each bad and skipped."""

import pathlib

import h5py

from mfals_run import Checks, run, work_folder

HOLE = 1_000_000
FAR = 1 << 32
checks = Checks()


def write_holes(file, end):
    """Up to place `end`; returns how many lines."""
    lines = 0
    while file.tell() < end:
        file.seek(min(file.tell() + HOLE, end) - 1)
        file.write(b"\n")
        lines += 1
    return lines


def write_sparse(path):
    """Returns how many lines are bad. The low halves of the places of 7's ratings are in the opposite order, and so are
    those of the pieces in which they are read."""
    with open(path, "wb") as file:
        file.write(b"1\t10\t1\n" * 40)
        bad = write_holes(file, 20 * HOLE)
        file.write(b"7\t70\t3\n")
        bad += write_holes(file, FAR + 5 * HOLE)
        file.write(b"7\t70\t4\n")
        for item in range(100):
            file.write(b"2\t%d\t2\n" % item)
        file.write(b"1\t10\t5\n")
    return bad


def convert(ranks, folder, *inputs):
    output = folder / "converted.h5"
    done = run(ranks, "convert", *inputs, "-o", output, "--on-bad-line", "skip", "--bad-line-limit", 1, limit=100)
    if done.returncode != 0:
        checks.check(False, f"convert: {done.returncode} {done.stderr}")
        return {}, done
    with h5py.File(output) as file:
        users, items = file["users/ids"][:], file["items/ids"][:]
        return {(int(users[u]), int(items[i])): value for u, i, value in
                zip(file["ratings/user"], file["ratings/item"], file["ratings/value"][:])}, done


def main():
    with work_folder() as name:
        folder = pathlib.Path(name)
        big, second = folder / "big.tsv", folder / "second.tsv"
        bad = write_sparse(big)
        second.write_text("9\t90\t1\n2\t5\t4\n")
        expected = {(1, 10): 5, (7, 70): 4, (9, 90): 1, **{(2, item): 2 for item in range(100)}, (2, 5): 4}
        found, done = convert(3, folder, big, second)
        checks.check(found == expected, f"other ratings, {len(found)} of them")
        checks.check(f"{bad} of {bad + 145} lines are bad and were skipped, the first: {big}:41:1: " in done.stderr, f"told {done.stderr!r}")
        blocks = big.stat().st_blocks * 512
        print(f"a file of {big.stat().st_size} bytes, {blocks} of them on disk; {bad} lines skipped")
    checks.finish()


main()
