"""scripts/mfals_reader.py gives what the program gives: scores, lists, similar items, factors of new users; its worked example
runs; files that are no models are refused."""

import doctest
import pathlib
import sys

import h5py
import numpy as np

from mfals_run import SOURCE, Checks, run, train, work_folder

sys.path.insert(0, str(SOURCE / "scripts"))
import mfals_reader

checks = Checks()
MODELS = {
    "ials": ["--lambda", 5, "--alpha", 40], "ratio": ["--lambda", 0.02], "weights": ["--lambda", 0.02, "--unobserved-weight", 0.1, "--reg-exponent", 1],
    "counts": ["--lambda", 0.02, "--unobserved-weight", 0.1, "--reg-exponent", 1, "--user-exponent", 0.5, "--item-exponent", 0.7],
    "negative": ["--lambda", 1, "--alpha", 3, "--nonpositive", "negative"],
    "weighted": ["--lambda", 0.5, "--unobserved-weight", 0.3, "--alpha", 2, "--reg-exponent", 0],
    "nonnegative": ["--lambda", 3, "--alpha", 40, "--nonnegative"], "nonnegative-als": ["-a", "als", "--biases", "--nonnegative"],
    "log": ["--lambda", 5, "--alpha", 40, "--weight", "log", "--weight-epsilon", 2],
    "als": ["-a", "als", "--biases", "--lambda", 0.1], "plain": ["-a", "als", "--reg-exponent", 0.5],
    "sgd": ["-a", "sgd", "--biases", "--sgd-blocks", 1],
}


def lines_of(*words):
    done = run(1, *words)
    checks.check(done.returncode == 0, f"{words}: {done.stderr}")
    return [line.split("\t") for line in done.stdout.splitlines()]


def same(ours, theirs, what):
    """Two lists of (item, score): the same scores, and the same items but where scores are equal to rounding."""
    close = np.allclose([s for _, s in ours], [s for _, s in theirs], rtol=2e-4, atol=2e-5)
    checks.check(len(ours) == len(theirs) and close, f"{what}: {ours[:3]}, not {theirs[:3]}")
    equal = sum(str(a) == str(b) for (a, _), (b, _) in zip(ours, theirs))
    checks.check(equal >= 0.9 * len(theirs), f"{what}: {equal} of {len(theirs)} items the same")


def compare(folder, name, prefix):
    """prefix: of the ids, to make them text."""
    path, model_path = folder / f"ratings{prefix}.tsv", folder / f"{name}.h5"
    train(1, path, model_path, "-k", 7, "-n", 3, "--quiet", *MODELS[name])
    model = mfals_reader.Model(model_path)
    rated = {}
    for line in path.read_text().splitlines():
        user, item, value = line.split("\t")
        rated.setdefault(user, {})[item] = float(value)
    lists = {}
    for user, item, score, _ in lines_of("recommend", model_path, "--top", 6):
        lists.setdefault(user, []).append((item, float(score)))
    for user in list(lists)[::9]:
        same(model.recommend(user, 6, rated[user]), lists[user], f"{name}: user {user}")
        item = lists[user][0][0]
        checks.check(abs(model.score(user, item) - lists[user][0][1]) < 1e-4, f"{name}: one score")
        checks.check(abs(model.scores([user])[0][model.items.row(item)] - lists[user][0][1]) < 1e-4, f"{name}: all scores")
    some = str(model.items.ids[3])
    near = [(item, float(score)) for _, item, score, *_ in lines_of("similar", model_path, "--item", some, "--top", 5)]
    same(model.similar(some, 5), near, f"{name}: similar")
    least = -2 if name == "negative" else 1
    new = {str(item): least + i % 4 for i, item in enumerate(model.items.ids[:9])}
    (folder / "new.tsv").write_text("".join(f"{prefix}9000\t{item}\t{value}\n" for item, value in new.items()))
    folded = [(item, float(score)) for _, item, score, *_ in lines_of("recommend", model_path, "--fold-in", folder / "new.tsv")]
    same(model.recommend_to(model.fold_in({**new, "nobody knows": 3}), 10, new), folded, f"{name}: a new user")
    user = str(model.users.ids[0])
    products = model.index_vectors() @ model.query_vectors([user])[0]
    offset = model.scores([user])[0] - products
    checks.check(np.ptp(offset) < 1e-4, f"{name}: index vectors")
    with h5py.File(model_path) as file:
        checks.check(set(model.history) == set(file["history"]), f"{name}: history")
    return model


def compare_errors(folder):
    """The program's RMSE on a test of known and unknown users and items, from single predictions."""
    model = mfals_reader.Model(folder / "als.h5")
    pairs = [(user, item, 1 + (user + item) % 6) for user in range(50, 70) for item in range(40, 60)]
    (folder / "test.tsv").write_text("".join(f"t{user}\tt{item}\t{value}\n" for user, item, value in pairs))
    (folder / "none.tsv").write_text("t1\tt1\t1\n")
    for clip in (False, True):
        done = run(2, "evaluate", folder / "als.h5", "--test", folder / "test.tsv", "--seen", folder / "none.tsv",
                   *(["--clip"] if clip else []))
        error = [value - model.predict(f"t{user}", f"t{item}", clip) for user, item, value in pairs]
        rmse = float(done.stdout.split("rmse ")[1].split(",")[0])
        checks.check(abs(np.sqrt(np.mean(np.square(error))) - rmse) < 1e-5, f"rmse {rmse}, clip {clip}")
    checks.check(model.predict("t7", model.items.ids[3]) == model.score("t7", model.items.ids[3]), "one prediction")
    checks.check(model.predict("a", "b") == model.global_mean, "nothing is known")


def refuse(folder, write, reason):
    path = folder / "other.h5"
    write(path)
    try:
        mfals_reader.Model(path)
        checks.check(False, f"{reason}: was read")
    except ValueError as error:
        checks.check("other.h5" in str(error), f"{reason}: {error}")


def run_example(folder):
    """The lines of the docstring, on a model where they make sense."""
    example = doctest.DocTestParser().get_doctest(mfals_reader.__doc__, {}, "mfals_reader", None, 0)
    import os
    os.chdir(folder)
    names = {}
    for one in example.examples:
        exec(compile(one.source, "example", "exec"), names)
    os.chdir("/")
    checks.check(len(example.examples) == 8 and names["scores"].shape[0] == 2, f"the example: {len(example.examples)} statements")


def main():
    with work_folder() as name:
        folder = pathlib.Path(name)
        rng = np.random.default_rng(4)
        cells = sorted({(int(u), int(i)) for u, i in zip(rng.integers(0, 60, 1500), 50 * rng.random(1500) ** 1.5)})
        for prefix in ("", "t"):
            (folder / f"ratings{prefix}.tsv").write_text("".join(f"{prefix}{u}\t{prefix}{i}\t{1 + (u * i) % 5}\n" for u, i in cells))
        for name in MODELS:
            for prefix in ("", "t") if name in ("ials", "als") else ("",):
                model = compare(folder, name, prefix)
        compare_errors(folder)
        model = compare(folder, "ials", "t")
        checks.check(model.users.row("t7") == list(model.users.ids).index("t7"), "rows of text ids")
        train(1, folder / "ratings.tsv", folder / "model.h5", "-k", 4, "-n", 2, "--quiet", "--checkpoint-dir", folder / "run")
        whole, checkpoint = mfals_reader.Model(folder / "model.h5"), mfals_reader.Model(folder / "run" / "checkpoint-2.h5")
        checks.check(whole.recommend(7) == checkpoint.recommend("7"), "a checkpoint")
        run_example(folder)
        run(1, "convert", folder / "ratings.tsv", "-o", folder / "converted.h5")
        refuse(folder, lambda path: path.write_bytes((folder / "converted.h5").read_bytes()), "ratings")
        refuse(folder, lambda path: h5py.File(path, "w").close(), "an empty file")
        try:
            import scipy.sparse  # noqa: F401
            matrix = whole.to_scipy([7, 9], [3, 3], [1.0, 2.0])
            checks.check(matrix.shape == (len(whole.users), len(whole.items)) and matrix.sum() == 3, "scipy")
        except ImportError:
            print("scipy is not here: to_scipy not tried")
    checks.finish()


main()
