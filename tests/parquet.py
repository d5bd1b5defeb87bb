"""Parquet files of other writers through the commands: what is converted, trained on and tested against is what was written, on
any number of ranks; folders as Spark leaves them; what is said of them and what is refused."""

import pathlib
import shutil

import h5py
import numpy

from mfals_run import SOURCE, Checks, run, train, work_folder

SAMPLES = SOURCE / "tests" / "parquet"
MANY_GROUPS = ("numbers-wasm-dictionary-v1", "nulls-wasm-dictionary-v2", "texts-hyparquet-split", "nulls-parquetjs-v1")
checks = Checks()


def written(name):
    """{(user, item): rating} of the rows without nulls, and how many rows there are."""
    header, *rows = [line.split("\t") for line in (SAMPLES / f"{name.split('-')[0]}.tsv").read_text().splitlines()]
    return {(row[0], row[1]): numpy.float32(row[2]) for row in rows if "\\N" not in row}, len(rows)


def converted(path):
    with h5py.File(path) as file:
        ids = [[i.decode() if isinstance(i, bytes) else str(i) for i in file[f"{side}/ids"][:]] for side in ("users", "items")]
        return {(ids[0][u], ids[1][i]): value for u, i, value in
                zip(file["ratings/user"][:], file["ratings/item"][:], file["ratings/value"][:])}


def check_convert(folder, ranks, name, *inputs):
    expected, rows = written(name)
    output = folder / "converted.h5"
    done = run(ranks, "convert", *inputs, "-o", output, "--on-bad-line", "skip", "--bad-line-limit", "0.9")
    checks.check(done.returncode == 0, f"{name} on {ranks} ranks: {done.returncode} {done.stderr}")
    if done.returncode == 0:
        checks.check(converted(output) == expected, f"{name} on {ranks} ranks: other ratings")
        bad = rows - len(expected)
        checks.check(bad == 0 or f"{bad} of {rows} lines are bad and were skipped" in done.stderr, f"{name}: told {done.stderr!r}")
    return done


def check_samples(folder):
    for path in sorted(SAMPLES.glob("*.parquet")):
        name = path.stem
        if name.split("-")[0] in ("refused", "unwanted"):
            continue
        for ranks in (1, 3, 7) if name in MANY_GROUPS else (0,):
            check_convert(folder, ranks, name, path)


def check_folder(folder):
    """Parts with other columns beside, some without rows of their own; marks and checksums that are no data."""
    spark = folder / "ratings"
    spark.mkdir()
    (spark / "_SUCCESS").touch()
    (spark / ".part-00000.crc").write_bytes(b"crc")
    for part, name in enumerate(("whole-duckdb-v1", "unwanted-duckdb", "whole-duckdb-v2")):
        shutil.copy(SAMPLES / f"{name}.parquet", spark / f"part-{part:05}.snappy.parquet")
    for ranks in (1, 3):
        done = check_convert(folder, ranks, "whole", spark)
        for words in ("Parquet: 'user' is the user, 'item' is the item, 'rating' is the rating", "ids are integers",
                      "values from 0 to 4.5", "first: 0 -> user, 0 -> item, 0 -> rating"):
            checks.check(words in done.stdout + done.stderr, f"a folder: no {words!r} in {done.stdout + done.stderr}")


def check_same_as_text(folder):
    """Models, evaluations and lists are those of the same ratings in text."""
    parquet, text = SAMPLES / "whole-duckdb-v2.parquet", folder / "whole.tsv"
    shutil.copy(SAMPLES / "whole.tsv", text)
    few = folder / "few.tsv"
    few.write_text("0\t0\t1\n")
    results = []
    for ranks, ratings in ((1, text), (1, parquet), (3, parquet)):
        model, lists = folder / "model.h5", folder / "lists.tsv"
        train(ranks, ratings, model, "-k", 4, "-n", 2, "--algorithm", "als", "--seed", 1)
        done = run(ranks, "evaluate", model, "--test", ratings, "--seen", few)
        checks.check(done.returncode == 0, f"evaluate: {done.returncode} {done.stderr}")
        told = [line for line in done.stdout.splitlines() if "rmse" in line.lower()]
        done = run(ranks, "recommend", model, "-o", lists, "--fold-in", ratings, "--top", 3, "--include-seen")
        checks.check(done.returncode == 0, f"recommend: {done.returncode} {done.stderr}")
        with h5py.File(model) as file:
            results.append((file["users/factors"][:].tobytes(), file["items/factors"][:].tobytes(), told,
                            lists.read_text() if lists.exists() else done.stderr))
    for other in results[1:]:
        for mine, theirs, what in zip(other, results[0], ("factors of users", "factors of items", "evaluation", "lists")):
            checks.check(mine == theirs, f"from Parquet other {what} than from text")
    checks.check(bool(results[0][2]), "no RMSE was told")


def check_refused(folder):
    whole = SAMPLES / "whole-duckdb-v1.parquet"
    nulls = SAMPLES / "nulls-wasm-dictionary-v1.parquet"
    cut = folder / "cut.parquet"
    cut.write_bytes(whole.read_bytes()[:-20])
    model = folder / "refused.h5"
    train(1, whole, model, "-k", 2, "-n", 1)
    for code, words, *arguments in (
            (65, f"{nulls}: row 4, column 'user': null", "convert", nulls),
            (65, f"{SAMPLES}/refused-nested.parquet: column 'item' is nested", "convert", SAMPLES / "refused-nested.parquet"),
            (65, f"{SAMPLES}/refused-encrypted.parquet: no Parquet file that can be read: it is encrypted", "convert",
             SAMPLES / "refused-encrypted.parquet"),
            (65, "its compression, Brotli, cannot be read", "convert", SAMPLES / "refused-brotli.parquet"),
            (65, f"{cut}: no Parquet file that can be read: it is cut off", "convert", cut),
            (65, "they cannot be one input", "convert", whole, SAMPLES / "whole.tsv"),
            (65, "column 'user' holds text, and cannot be the rating", "convert", SAMPLES / "texts-duckdb-plain.parquet",
             "--columns", "rating,user,item"),
            (64, "leave it out", "convert", whole, "--format", "csv"),
            (64, "leave it out", "convert", whole, "--separator", ";"),
            (64, "leave it out", "convert", whole, "--header", "yes")):
        for ranks in (0, 3):
            done = run(ranks, *arguments, "-o", folder / "none.h5")
            checks.check(done.returncode == code and words in done.stderr,
                         f"{words!r} on {ranks} ranks: {done.returncode} {done.stderr}")
    done = run(0, "recommend", model, "-o", folder / "none.tsv", "--seen", whole, "--users", whole)
    checks.check(done.returncode == 65 and "such a list is read from text alone" in done.stderr, f"--users: {done.stderr}")


def main():
    with work_folder() as name:
        folder = pathlib.Path(name)
        check_samples(folder)
        check_folder(folder)
        check_same_as_text(folder)
        check_refused(folder)
    checks.finish()


main()
