"""evaluate, recommend, similar and --fold-in against the same computed with numpy from the model's factors, training
with a test, and all of their output on 1, 2, 4 and 7 ranks."""

import json
import pathlib
import re

import h5py
import numpy as np

from mfals_run import Checks, run, some_ranks, train, work_folder, write_ratings

USERS, ITEMS, RANKS = 150, 90, (1, 2, 4, 7)
checks = Checks()


def succeed(ranks, *arguments):
    done = run(ranks, *arguments)
    checks.check(done.returncode == 0, f"{arguments} on {ranks} ranks: {done.returncode} {done.stderr}")
    return done.stdout.replace("\r", "")


def events(path, name):
    return [e for e in map(json.loads, path.read_text().splitlines()) if e["event"] == name]


def make_ratings(folder):
    """Ratings of two tastes, split at random; user and item ids begin at 1. Returns (train, test) as dense arrays."""
    draw = np.random.default_rng(3)
    likes = (np.arange(USERS)[:, None] % 2 == np.arange(ITEMS)[None, :] % 2) * 0.35 + 0.08
    values = (draw.random((USERS, ITEMS)) < likes) * draw.integers(1, 6, (USERS, ITEMS))
    values[0, :3], values[:3, 0], values[-1, -1], values[0, -1], values[-1, 0] = 1, 1, 1, 1, 1
    held = (draw.random((USERS, ITEMS)) < 0.2) & (values > 0)
    held[:, 0] = held[0] = False
    for name, part in (("train", values * ~held), ("test", values * held)):
        write_ratings(folder / f"{name}.tsv", [(u + 1, i + 1, part[u, i]) for u, i in zip(*np.nonzero(part))])
    return values * ~held, values * held


def read_model(path):
    with h5py.File(path, "r") as f:
        X, Y = f["users/factors"][:].astype(float), f["items/factors"][:].astype(float)
        scores = X @ Y.T + f.attrs.get("global_mean", 0.0)
        if "users/bias" in f:
            scores += f["users/bias"][:][:, None].astype(float) + f["items/bias"][:].astype(float)
        return X, Y, scores, {n: d[:] for n, d in f["history"].items()}, dict(f.attrs)


def expected_metrics(scores, seen, test, k):
    """Means over users of the metrics of use/evaluate.h, all unseen items being candidates."""
    rows = []
    for u in range(USERS):
        relevant = (test[u] > 0) & (seen[u] == 0)
        if not relevant.any():
            continue
        candidates = np.flatnonzero(seen[u] == 0)
        order = candidates[np.argsort(-scores[u, candidates], kind="stable")]
        places = np.flatnonzero(relevant[order]) + 1
        top, R, N = places[places <= k], len(places), len(order)
        ideal = (1 / np.log2(1 + np.arange(1, min(R, k) + 1))).sum()
        wrong = sum(p - 1 - j for j, p in enumerate(places))
        rows.append([len(top) > 0, (1 / np.log2(1 + top)).sum() / ideal, len(top) / R, len(top) / k,
                     sum((j + 1) / p for j, p in enumerate(top)) / min(R, k), 1 / places[0],
                     1 - wrong / (R * (N - R))])
    names = [f"hr@{k}", f"ndcg@{k}", f"recall@{k}", f"precision@{k}", f"map@{k}", "mrr", "auc"]
    return dict(zip(names, np.mean(rows, axis=0)), users=len(rows))


def check_evaluate(folder, seen, test):
    X, Y, scores, _, _ = read_model(folder / "model.h5")
    for ranks in some_ranks(*RANKS):
        log = folder / f"evaluate{ranks}.jsonl"
        said = succeed(ranks, "evaluate", folder / "model.h5", "--test", folder / "test.tsv", "--negatives", 0, "--top",
                       "5,10", "--log-json", log)
        said = said[said.index("evaluation:"):] # before it, where it ran
        got = events(log, "evaluation")[0]
        got.pop("time")
        if ranks == 1:
            first, first_said = got, said
            for k in (5, 10):
                for name, value in expected_metrics(scores, seen, test, k).items():
                    checks.check(abs(got[name] - value) < 1e-6, f"{name} is {got[name]}, expected {value}")
        checks.check(got == first and said == first_said, f"evaluate on {ranks} ranks differs: {got} {first}")
    with_seen = succeed(2, "evaluate", folder / "model.h5", "--test", folder / "test.tsv", "--negatives", 0, "--top", "5,10",
                        "--seen", folder / "train.tsv")
    checks.check(with_seen.splitlines()[-3:] == first_said.splitlines()[-3:], "--seen differs from the training file")
    log = folder / "popular.jsonl"
    succeed(2, "evaluate", folder / "model.h5", "--test", folder / "test.tsv", "--negatives", 0, "--baseline", "popular",
            "--log-json", log)
    popular = events(log, "evaluation")[0]
    checks.check(abs(popular["auc"] - first["auc"]) > 0.01, "the baseline is the model")
    checks.check("rmse" not in popular, "an implicit model has an rmse")


def check_candidates(folder, seen, test):
    """Each user's first 30 items as candidates, besides those of the test."""
    _, _, scores, _, _ = read_model(folder / "model.h5")
    (folder / "candidates.txt").write_text("".join(f"{u + 1}\t" + "\t".join(map(str, range(30, 10, -1))) + "\n" +
                                                   f"{u + 1} 1 2 3 4 5 6 7 8 9 10 1 2\n" for u in range(USERS)))
    only = np.where((np.arange(ITEMS) < 30)[None, :] | (test > 0), 0, 1)  # what is not ranked
    expected = expected_metrics(scores, only, test, 10)
    results = []
    for ranks in some_ranks(*RANKS):
        log = folder / "candidates.jsonl"
        succeed(ranks, "evaluate", folder / "model.h5", "--test", folder / "test.tsv", "--candidates", folder / "candidates.txt",
                "--log-json", log)
        results.append({n: v for n, v in events(log, "evaluation")[0].items() if n != "time"})
    for name, value in expected.items():
        checks.check(abs(results[0][name] - value) < 1e-6, f"among candidates {name} is {results[0][name]}, expected {value}")
    checks.check(all(r == results[0] for r in results), "--candidates depends on the ranks")


def check_held_out_are_unseen(folder):
    """What a training held out is not seen later: testing on all of its ratings tests on those held out, also by popularity. A
    model that ranks worse is warned of."""
    logs = folder / "held.jsonl", folder / "later.jsonl"
    train(2, folder / "train.tsv", folder / "held.h5", "--quiet", "--preset", "notebook", "-k", 6, "--lambda", 3, "-n", 3, "--holdout", 2, "--log-json",
          logs[0])
    succeed(3, "evaluate", folder / "held.h5", "--test", folder / "train.tsv", "--log-json", logs[1])
    now, later = ({n: v for n, v in events(log, "evaluation")[0].items() if n != "time"} for log in logs)
    popular = now.pop("popularity")
    checks.check(now == later, f"evaluated by train {now}, by evaluate {later}")
    succeed(1, "evaluate", folder / "held.h5", "--test", folder / "train.tsv", "--baseline", "popular", "--log-json", logs[1])
    later = events(logs[1], "evaluation")[0]
    checks.check(popular == {name: later[name] for name in popular} and len(popular) == 7, f"by popularity {popular}, {later}")
    draw = np.random.default_rng(8).random((USERS, ITEMS))
    write_ratings(folder / "skewed.tsv", [(u, i, 1) for u, i in zip(*np.nonzero(draw < 1 / (1 + np.arange(ITEMS) / 4)))])
    for name, lam, worse in (("train", 3, False), ("skewed", 1, True)):
        done = train(3, folder / f"{name}.tsv", folder / "worse.h5", "--preset", "notebook", "-k", 6, "--lambda", lam, "-n", 3, "--holdout", 2)
        checks.check(("ranks worse than popularity does (ndcg@10 " in done.stderr) == worse and "ranked by popularity: ndcg@10 "
                     in done.stdout, f"{name}: {done.stderr}")


def lists(text):
    result = {}
    for user, item, score, rank in (line.split("\t") for line in text.splitlines()):
        result.setdefault(int(user), []).append((int(item), float(score)))
        checks.check(int(rank) == len(result[int(user)]), f"user {user} has rank {rank} at place {len(result[int(user)])}")
    return result


def check_list(got, scores, leave_out, words):
    masked = np.where(leave_out > 0, -np.inf, scores)
    best = np.argsort(-masked, kind="stable")[:len(got)]
    checks.check(all(abs(masked[i - 1] - s) < 1e-5 for i, s in got), f"{words}: a score is not that of its item")
    checks.check(np.allclose([s for _, s in got], masked[best], atol=1e-5), f"{words}: these are not the best items")


def check_recommend(folder, seen):
    _, _, scores, _, _ = read_model(folder / "model.h5")
    (folder / "users.txt").write_text("17\n5\n150\n")
    base = ["recommend", folder / "model.h5", "--top", 4]
    for ranks in some_ranks(*RANKS):
        printed = succeed(ranks, *base)
        succeed(ranks, *base, "-o", folder / "lists.tsv")
        some = succeed(ranks, *base, "--users", folder / "users.txt", "--include-seen")
        if ranks == 1:
            first = printed, some
            for user, got in lists(printed).items():
                checks.check(len(got) == 4, f"user {user} has {len(got)} items")
                check_list(got, scores[user - 1], seen[user - 1], f"user {user}")
            checks.check(list(lists(printed)) == list(range(1, USERS + 1)), "users come in their order")
            checks.check(list(lists(some)) == [5, 17, 150], "--users says whom")
            one = succeed(ranks, *base, "--user", 17)
            checks.check(lists(one) == {17: lists(printed)[17]}, f"--user says whom: {one}")
            for user, got in lists(some).items():
                check_list(got, scores[user - 1], 0 * seen[user - 1], f"user {user} with what was seen")
        checks.check((printed, some) == first, f"recommend on {ranks} ranks differs")
        checks.check((folder / "lists.tsv").read_text() == first[0], f"the file of {ranks} ranks differs")
    files = []
    for ranks in some_ranks(*RANKS):
        succeed(ranks, *base, "-o", folder / "lists.h5")
        files.append((folder / "lists.h5").read_bytes())
    checks.check(len(set(files)) == 1, "lists in HDF5 depend on the ranks")
    with h5py.File(folder / "lists.h5") as f:
        users, items, best = f["users/ids"][:], f["lists/items"][:], f["lists/scores"][:]
    text = np.array([line.split("\t")[:3] for line in first[0].splitlines()], dtype=float)
    checks.check(np.allclose(text, np.c_[np.repeat(users, 4), items.ravel(), best.ravel()], rtol=1e-7),
                 "lists in HDF5 differ from text")
    (folder / "titles.txt").write_bytes(b"".join(b"%d::T\xe9 \"%d\"::x\n" % (i, i) for i in range(1, ITEMS)))
    objects = list(map(json.loads, succeed(2, *base, "--output-format", "jsonl", "--titles", folder / "titles.txt").splitlines()))
    checks.check([(o["user"], o["item"]) for o in objects] == [tuple(l.split("\t")[:2]) for l in first[0].splitlines()],
                 "JSON lines differ from tabs")
    checks.check(all(o["title"] == ("" if o["item"] == str(ITEMS) else f"T\u00e9 \"{o['item']}\"") for o in objects),
                 f"titles are wrong: {objects[0]}")


def check_similar(folder):
    _, Y, _, _, _ = read_model(folder / "model.h5")
    unit = Y / np.linalg.norm(Y, axis=1)[:, None]
    cosines = unit @ unit[6]
    cosines[6] = -2
    outputs = [succeed(ranks, "similar", folder / "model.h5", "--item", 7, "--top", 5) for ranks in some_ranks(*RANKS)]
    got = [(int(i), float(s)) for _, i, s, _ in (line.split("\t") for line in outputs[0].splitlines())]
    checks.check(len(got) == 5 and np.allclose([s for _, s in got], np.sort(cosines)[::-1][:5], atol=1e-5), "not the nearest")
    checks.check(all(abs(cosines[i - 1] - s) < 1e-5 for i, s in got), "a cosine is not that of its item")
    checks.check(len(set(outputs)) == 1, "similar depends on the ranks")


def check_fold_in(folder):
    """New users 1001 and "002": an exact solve each against the items."""
    _, Y, _, _, _ = read_model(folder / "model.h5")
    new = {1001: {3: 5, 8: 1, 40: 2}, 2002: {1: 1}}
    write_ratings(folder / "new.tsv", [(u, i, r) for u, items in new.items() for i, r in items.items()] + [(1001, 999, 1), (3003, 999, 1)])
    outputs = [succeed(ranks, "recommend", folder / "model.h5", "--fold-in", folder / "new.tsv", "--top", 6) for ranks in some_ranks(*RANKS)]
    checks.check(len(set(outputs)) == 1, "--fold-in depends on the ranks")
    got = lists(outputs[0])
    checks.check(list(got) == sorted(new), f"folded users are {list(got)}")
    (folder / "some.txt").write_text("3003\n2002\n")
    some = succeed(2, "recommend", folder / "model.h5", "--fold-in", folder / "new.tsv", "--top", 6, "--users", folder / "some.txt")
    checks.check(lists(some) == {2002: got[2002]}, f"--users among them: {some}")
    checks.check(succeed(3, "recommend", folder / "model.h5", "--fold-in", folder / "new.tsv", "--user", 3003) == "", "--user 3003")
    for user, items in new.items():
        w = np.zeros(ITEMS)
        for item, rating in items.items():
            w[item - 1] = 40 * rating
        x = np.linalg.solve(Y.T @ Y + 3 * np.eye(6) + (Y * w[:, None]).T @ Y, Y.T @ (w + (w > 0)))
        check_list(got[user], Y @ x, w, f"folded user {user}")


def check_training_with_a_test(folder, test):
    for how in (["--holdout", 1], ["--holdout-users", 0.3]):
        results = []
        for ranks in some_ranks(*RANKS):
            log = folder / "log.jsonl"
            train(ranks, folder / "train.tsv", folder / f"held{ranks}.h5", "--quiet", "--preset", "notebook", "-k", 6, "--lambda", 3, "-n", 3, *how,
                  "--early-stop", "ndcg@10:9", "--log-json", log)
            result = events(log, "evaluation")[0]
            result.pop("time")
            results.append((result, (folder / f"held{ranks}.h5").read_bytes()))
        checks.check(all(r == results[0] for r in results), f"{how} depends on the ranks")
        checks.check(results[0][0]["ratings"] >= results[0][0]["users"] > 30, f"{how}: {results[0][0]}")
    said = train(2, folder / "train.tsv", folder / "told.h5", "-k", 6, "-n", 1, "--holdout", 1, "--negatives", 7).stdout
    checks.check("train.tsv: tabs between columns, no header: column 1 is the user, column 2 is the item, column 3 is the rating;" in said.replace("\r", ""), f"the format: {said}")
    checks.check("users, each among 7 items drawn at random" in said, f"what the test is among: {said}")
    said = succeed(2, "evaluate", folder / "told.h5", "--test", folder / "train.tsv", "--negatives", 0)
    count, left = (int(re.search(pattern, said).group(1)) for pattern in
                   (r"--test: (\d+) ratings of", r"--test: (\d+) of them are among the ratings seen"))
    tested = int(re.search(r"evaluation: (\d+) ratings of \d+ users, each among all items not seen", said).group(1))
    checks.check(tested > 0 and count - left == tested, f"{count} - {left} ratings are tested, {tested}")
    checks.check(results[0][0]["auc"] > 0.6, f"held-out users are folded in: {results[0][0]}")


def check_early_stop(folder):
    """A lambda so small that the test's error rises: the model kept is the one of the best iteration, bit by bit."""
    base = [folder / "train.tsv"]
    options = ["-a", "als", "-k", 8, "--lambda", 0.1, "--biases", "--quiet"]
    log = folder / "stop.jsonl"
    train(2, *base, folder / "stop.h5", *options, "-n", 30, "--test", folder / "test.tsv", "--early-stop", "rmse:2",
          "--log-json", log)
    _, _, scores, history, attributes = read_model(folder / "stop.h5")
    errors, best = history["test_rmse"], attributes["best_iteration"]
    checks.check(len(errors) < 30, "training went on to the end")
    checks.check(len(errors) == best + 2 and errors.argmin() == best - 1, f"stopped wrongly: {errors}, best {best}")
    train(1, *base, folder / "short.h5", *options, "-n", best)
    with h5py.File(folder / "stop.h5") as kept, h5py.File(folder / "short.h5") as short:
        for name in ("users/factors", "items/factors", "users/bias", "items/bias"):
            checks.check((kept[name][:] == short[name][:]).all(), f"{name} is not that of iteration {best}")
    return scores, events(log, "evaluation")[0], errors[best - 1], history["test_mae"][best - 1]


def check_explicit(folder, test):
    scores, evaluation, rmse, mae = check_early_stop(folder)
    difference = (scores - test)[test > 0]
    for name, got, expected in (("rmse", rmse, np.sqrt((difference ** 2).mean())), ("mae", mae, abs(difference).mean())):
        checks.check(abs(got - expected) < 1e-5, f"test {name} is {got}, expected {expected}")
        checks.check(evaluation[name] == got, f"the evaluation has {name} {evaluation[name]}, the iteration {got}")


def main():
    with work_folder() as name:
        folder = pathlib.Path(name)
        seen, test = make_ratings(folder)
        train(2, folder / "train.tsv", folder / "model.h5", "--quiet", "--preset", "notebook", "-k", 6, "--lambda", 3, "-n", 4)
        check_evaluate(folder, seen, test)
        check_candidates(folder, seen, test)
        check_held_out_are_unseen(folder)
        check_recommend(folder, seen)
        check_similar(folder)
        check_fold_in(folder)
        check_training_with_a_test(folder, test)
        check_explicit(folder, test)
    checks.finish()


main()
