"""Test ratings of users and items that the model does not know count in rmse and mae, predicted by the mean and the bias
that is known, and not in rmse_known and mae_known: recomputed with numpy from the model file, several ratings of a pair by
each rule, clipped and not; the same numbers on 1, 2, 3 and 7 ranks. Made-up ratings, and the u1 fold of MovieLens-100K."""

import json
import os
import pathlib

import h5py
import numpy as np

from mfals_run import SOURCE, Checks, run, some_ranks, train, work_folder, write_ratings

checks = Checks()
RANKS = (1, 2, 3, 7)
USERS, ITEMS = 150, 70
MODELS = {"als": ["-a", "als", "--lambda", 0.01], "als, biases": ["-a", "als", "--biases", "--lambda", 0.01], "sgd": ["-a", "sgd"],
          "sgd, biases": ["-a", "sgd", "--biases", "-n", 8, "--learning-rate", 0.05]}


def make_train(path, rng):
    """By MatrixMarket, so that the last two users and items are known, but without ratings. Values 1 to 4.5."""
    pairs = [(u, i) for u in range(1, USERS - 1) for i in range(1, ITEMS - 1) if rng.random() < 0.3]
    values = np.clip(np.round(2 * (2.5 + rng.normal(size=len(pairs)) + [(u % 5) / 4 for u, _ in pairs])) / 2, 1, 4.5)
    path.write_text(f"%%MatrixMarket matrix coordinate real general\n{USERS} {ITEMS} {len(pairs)}\n" +
                    "".join(f"{u} {i} {v}\n" for (u, i), v in zip(pairs, values)))
    return set(pairs)


def make_test(rng, trained):
    """Ids from 1 to a third more than there are, a few that are text or no number of 64 bits; many pairs several times."""
    users = [str(u) for u in range(1, USERS + 50)] + ["0007", "new one", "9" * 25]
    items = [str(i) for i in range(1, ITEMS + 30)] + ["-4", "8" * 25]
    rows = []
    while len(rows) < 2500:
        user, item = rng.choice(users), rng.choice(items)
        if user.isdigit() and item.isdigit() and (int(user), int(item)) in trained:
            continue
        rows += [(user, item, float(rng.integers(1, 11)) / 2) for _ in range(rng.integers(1, 4))]
    rng.shuffle(rows)
    return [(user, item, float(value)) for user, item, value in rows]


def combine(rows, rule):
    pairs = {}
    for user, item, value in rows:
        pairs.setdefault((user, item), []).append(value)
    one = {"last": lambda values: values[-1], "sum": sum, "mean": np.mean}[rule]
    return {pair: float(np.float32(one(values))) for pair, values in pairs.items()}


class Model:
    def __init__(self, path):
        with h5py.File(path) as f:
            self.factors = [f[f"{side}/factors"][:].astype(float) for side in ("users", "items")]
            self.bias = [f[f"{side}/bias"][:].astype(float) if f"{side}/bias" in f else np.zeros(len(x))
                         for side, x in zip(("users", "items"), self.factors)]
            self.row = [{str(id_): row for row, id_ in enumerate(f[f"{side}/ids"][:])} for side in ("users", "items")]
            self.mean, self.range = f.attrs["global_mean"], (f.attrs["rating_min"], f.attrs["rating_max"])
            self.history = {name: d[:] for name, d in f["history"].items()}

    def predict(self, user, item):
        """The prediction, and whether both are known."""
        u, i = self.row[0].get(user), self.row[1].get(item)
        score = self.mean + (self.bias[0][u] if u is not None else 0) + (self.bias[1][i] if i is not None else 0)
        known = u is not None and i is not None
        return score + (self.factors[0][u] @ self.factors[1][i] if known else 0), known


def expected(model, pairs, clip):
    values, (scores, known) = np.array(list(pairs.values())), zip(*(model.predict(*pair) for pair in pairs))
    scores, known = np.array(scores), np.array(known)
    error = values - (np.clip(scores, *clip) if clip else scores)
    return {"rmse": np.sqrt((error ** 2).mean()), "mae": abs(error).mean(), "unknown_ratings": (~known).sum(),
            "rmse_known": np.sqrt((error[known] ** 2).mean()), "mae_known": abs(error[known]).mean()}


def evaluation(ranks, folder, *arguments):
    """What is logged, without its time, and what is said."""
    log = folder / "log.jsonl"
    log.unlink(missing_ok=True)
    done = run(ranks, *arguments, "--log-json", log)
    checks.check(done.returncode == 0, f"{arguments} on {ranks} ranks: {done.returncode} {done.stderr}")
    [event] = [e for e in map(json.loads, log.read_text().splitlines()) if e["event"] == "evaluation"]
    return {name: value for name, value in event.items() if name != "time"}, (done.stdout + done.stderr).replace("\r", "")


def compare(got, wanted, what):
    for name, value in wanted.items():
        checks.check(abs(got[name] - value) <= 3e-6 * value, f"{what}: {name} is {got[name]}, expected {value}")


def check_model(folder, name, rows):
    path, test = folder / "model.h5", folder / "test.tsv"
    write_ratings(test, rows)
    at_end, _ = evaluation(2, folder, "train", folder / "train.mtx", "-o", path, "-k", 5, *MODELS[name], "--test", test)
    model = Model(path)
    compare({"lowest": model.range[0], "highest": model.range[1]}, {"lowest": 1, "highest": 4.5}, name)
    checks.check(model.history["test_rmse"][-1] == at_end["rmse"] and model.history["test_mae"][-1] == at_end["mae"],
                 f"{name}: the last iteration has another error than the evaluation")
    figures = {}
    for clip in ((), ("--clip",)):
        wanted = expected(model, combine(rows, "last"), model.range if clip else None)
        for ranks in some_ranks(*RANKS):
            got, said = evaluation(ranks, folder, "evaluate", path, "--test", test, "--seen", folder / "train.mtx", *clip)
            checks.check(got == figures.setdefault(clip, got), f"{name} {clip}: {ranks} ranks give {got}")
        compare(got, wanted, f"{name} {clip}")
        n = wanted["unknown_ratings"]
        checks.check(f"--test: {n} ratings besides are of 52 users and 31 items" in said, f"{name}: {said}")
        checks.check(f"(without {n} ratings of users or items" in said, f"{name}: {said}")
    checks.check(at_end == figures[()], f"{name}: at the end of training {at_end}, by evaluate {figures[()]}")
    checks.check(figures[()]["rmse"] > figures[("--clip",)]["rmse"], f"{name}: --clip changes nothing: {figures}")
    checks.check(n > 300 and figures[()]["rmse"] != figures[()]["rmse_known"], f"{name}: no unknown ratings: {figures}")


def check_duplicates(folder, rows):
    model = Model(folder / "model.h5")
    for rule in ("sum", "mean"):
        got = {}
        for ranks in (1, 3):
            got[ranks], _ = evaluation(ranks, folder, "evaluate", folder / "model.h5", "--test", folder / "test.tsv", "--seen",
                                       folder / "train.mtx", "--duplicates", rule)
        checks.check(got[1] == got[3], f"{rule} depends on the ranks: {got}")
        compare(got[3], expected(model, combine(rows, rule), None), rule)
    for twice, ranks in ((("new", "other"), 1), (("3", "other"), 2), (("new", "3"), 3)):
        write_ratings(folder / "twice.tsv", [("4", ITEMS, 1), (*twice, 2), ("4", "other", 1), (*twice, 3)])
        done = run(ranks, "evaluate", folder / "model.h5", "--test", folder / "twice.tsv", "--seen", folder / "train.mtx",
                   "--duplicates", "error")
        checks.check(done.returncode == 65 and f"user {twice[0]} rated item {twice[1]} twice" in done.stderr,
                     f"a pair twice: {done.returncode} {done.stderr}")


def check_training(folder):
    """Training with --clip and --early-stop: the same figure, recorded, and evaluate without --clip does not clip."""
    path = folder / "clipped.h5"
    at_end, said = evaluation(3, folder, "train", folder / "train.mtx", "-o", path, "-k", 5, "-a", "als", "--biases", "-n", 12,
                              "--lambda", 0.01, "--test", folder / "test.tsv", "--clip", "--early-stop", "rmse_known:2")
    model = Model(path)
    errors = model.history["test_rmse_known"]
    checks.check(errors.min() == at_end["rmse_known"] and len(errors) < 12, f"early stop: {errors}, {at_end}")
    rows = [line.split("\t") for line in (folder / "test.tsv").read_text().splitlines()]
    pairs = combine([(u, i, float(v)) for u, i, v in rows], "last")
    compare(at_end, expected(model, pairs, model.range), "training with --clip")
    with h5py.File(path) as f:
        checks.check(f.attrs["clip"] == "yes", "--clip is not recorded")
    got, _ = evaluation(1, folder, "evaluate", path, "--test", folder / "test.tsv", "--seen", folder / "train.mtx")
    compare(got, expected(model, pairs, None), "evaluate without --clip")


def check_lists(folder):
    plain, clipped = (run(2, "recommend", folder / "model.h5", "--include-seen", "--top", 20, *clip).stdout for clip in
                      ((), ("--clip",)))
    lines = [[line.split("\t") for line in text.replace("\r", "").splitlines()] for text in (plain, clipped)]
    scores = [np.array([float(line[2]) for line in part]) for part in lines]
    checks.check([l[:2] + l[3:] for l in lines[0]] == [l[:2] + l[3:] for l in lines[1]], "--clip changes the order of lists")
    checks.check((np.clip(scores[0], 1, 4.5) == scores[1]).all() and scores[0].max() > 4.5, f"--clip: {scores[1]}")


def check_refused(folder):
    """An implicit model has no ratings to clip to; one from before it was recorded does not say to what."""
    tsv, test = folder / "counts.tsv", folder / "some.tsv"
    write_ratings(tsv, [(u, i, 1) for u in range(30) for i in range(20) if (u + i) % 3])
    write_ratings(test, [(u, u % 7, 1) for u in range(40)])
    train(1, tsv, folder / "implicit.h5", "-k", 3, "--quiet")
    with h5py.File(folder / "model.h5") as f, h5py.File(folder / "old.h5", "w") as old:
        for name in f:
            f.copy(name, old)
        for name, value in f.attrs.items():
            if name not in ("rating_min", "rating_max", "digest"):
                old.attrs.create(name, value, dtype=f.attrs.get_id(name).dtype)
    for model, seen, code, words in (("implicit.h5", tsv, 64, "als and sgd only"),
                                     ("old.h5", folder / "train.mtx", 65, "train it anew")):
        for ranks, command in ((1, ("evaluate", "--test", test, "--seen", seen)), (3, ("recommend", "--seen", seen))):
            done = run(ranks, command[0], folder / model, *command[1:], "--clip")
            checks.check(done.returncode == code and words in done.stderr and done.stderr.count("\n") < 4,
                         f"{command[0]} {model} --clip: {done.returncode} {done.stderr}")
    done = run(2, "train", tsv, "-o", folder / "no.h5", "--holdout", 1, "--clip")
    checks.check(done.returncode == 64 and "als and sgd" in done.stderr, f"train --clip: {done.returncode} {done.stderr}")
    got, said = evaluation(2, folder, "evaluate", folder / "implicit.h5", "--test", test, "--seen", tsv)
    checks.check("rmse" not in got and "unknown_ratings" not in got and "are left out" in said, f"an implicit model: {got} {said}")
    got, _ = evaluation(2, folder, "evaluate", folder / "old.h5", "--test", test, "--seen", folder / "train.mtx")
    checks.check(got["rmse"] > 0, f"an older model: {got}")


def check_u1(folder):
    for data in filter(None, [os.environ.get("MFALS_DATA", ""), SOURCE.parent / "shared" / "data"]):
        base, test = (pathlib.Path(data) / "ml-100k" / name for name in ("u1.base", "u1.test"))
        if base.exists() and test.exists():
            break
    else:
        print("skipped: ml-100k/u1.base and u1.test are not here")
        return
    path = folder / "u1.h5"
    train(2, base, path, "--quiet", "-a", "als", "--biases", "-k", 10, "-n", 8, "--lambda", 0.08)
    model = Model(path)
    pairs = {(line.split()[0], line.split()[1]): float(line.split()[2]) for line in test.read_text().splitlines()}
    for clip in ((), ("--clip",)):
        wanted = expected(model, pairs, (1, 5) if clip else None)
        got = [evaluation(ranks, folder, "evaluate", path, "--test", test, *clip)[0] for ranks in some_ranks(*RANKS)]
        checks.check(all(one == got[0] for one in got), f"u1 {clip} depends on the ranks: {got}")
        compare(got[0], wanted, f"u1 {clip}")
        checks.check(wanted["unknown_ratings"] == 32 and got[0]["ratings"] == 19968, f"u1: {got[0]}")
        print(f"u1 {clip}: rmse {got[0]['rmse']:.6f}, rmse_known {got[0]['rmse_known']:.6f}")


def main():
    rng = np.random.default_rng(5)
    with work_folder() as name:
        folder = pathlib.Path(name)
        rows = make_test(rng, make_train(folder / "train.mtx", rng))
        for name in MODELS:
            check_model(folder, name, rows)
        check_duplicates(folder, rows)
        check_training(folder)
        check_lists(folder)
        check_refused(folder)
        check_u1(folder)
    checks.finish()


main()
