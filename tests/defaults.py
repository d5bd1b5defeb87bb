"""The settings that ials has where none are given: what they are, that they go by the ratings' number and not by the size of
the matrix, and that they rank better than popularity and than the notebook's, on the sample and on other data."""

import json
import pathlib

import h5py
import numpy as np

from mfals_run import SOURCE, Checks, data_file, run, train, work_folder

SAMPLE = SOURCE / "data" / "online_retail.tsv.gz"
DATA = {"ml-100k": ["ml-100k/u.data", "--columns", "user,item,-,-"], "citeulike-a": ["citeulike-a/users.dat", "--format", "adjacency"]}
NOTEBOOK = ["-k", 20, "--alpha", 40, "--lambda", 150, "--reg-exponent", 0, "--init", "uniform:0.01"]
WARNING = "their effective rank"
checks = Checks()


def figures(folder, ranks, ratings, *options):
    """The metrics of a training's test, those of popularity among them; what was said."""
    log = folder / "log.jsonl"
    log.unlink(missing_ok=True)
    done = train(ranks, ratings, folder / "model.h5", "--log-json", log, *options)
    event, = (e for e in map(json.loads, log.read_text().splitlines()) if e["event"] == "evaluation")
    return {name: value for name, value in event.items() if name != "time"}, done.stdout + done.stderr


def compare(folder, name, ratings, *options):
    """One rating of each user is held out."""
    event, said = figures(folder, 1, ratings, "--holdout", 1, *options)
    ours, popular = event["ndcg@10"], event["popularity"]["ndcg@10"]
    notebook = figures(folder, 1, ratings, "--holdout", 1, *options, "--preset", "notebook")[0]["ndcg@10"]
    print(f"{name}: ndcg@10 {ours:.4f}, the notebook's settings {notebook:.4f}, popularity {popular:.4f}")
    checks.check(ours > notebook and ours > popular, f"{name}: {ours}, the notebook {notebook}, popularity {popular}")
    checks.check("warning" not in said, f"{name}: {said}")


def same_factors(folder, one, other, what):
    with h5py.File(folder / one) as a, h5py.File(folder / other) as b:
        for name in ("users/factors", "items/factors"):
            checks.check(a[name].shape == b[name].shape and (a[name][:] == b[name][:]).all(), f"{what}: other {name}")


def check_settings(folder):
    """Both presets are what they are said to be, to the bit; the ratio is R / (m n) times its value."""
    few = ["-n", 2, "--quiet"]
    train(1, SAMPLE, folder / "plain.h5", *few)
    with h5py.File(folder / "plain.h5") as file:
        given = {name: file.attrs[name] for name in ("unobserved_ratio", "unobserved_weight", "lambda", "reg_exponent", "factors")}
        cells = file["users/ids"].size * file["items/ids"].size
        checks.check("alpha" not in file.attrs, "a rating weighs 1")
    lines = int(run(1, "convert", SAMPLE, "-o", folder / "sample.h5").stdout.split(" ratings of ")[0].split()[-1].replace(",", ""))
    weight = 2 * lines / cells
    checks.check(given == {"unobserved_ratio": 2, "unobserved_weight": weight, "lambda": 0.015, "reg_exponent": 1, "factors": 64}, f"{given}")
    explicit = ["-k", 64, "--unobserved-weight", repr(weight), "--lambda", 0.015, "--reg-exponent", 1, "--init", "normal:0.0125"]
    for ranks in (1, 3, 7):
        train(ranks, SAMPLE, folder / "explicit.h5", *few, *explicit)
        same_factors(folder, "plain.h5", "explicit.h5", f"the same settings in words, {ranks} ranks")
    train(1, SAMPLE, folder / "notebook.h5", *few, "--preset", "notebook")
    train(3, SAMPLE, folder / "alpha.h5", *few, "--alpha", 40)
    train(1, SAMPLE, folder / "explicit.h5", *few, *NOTEBOOK)
    same_factors(folder, "notebook.h5", "explicit.h5", "the notebook's settings in words")
    same_factors(folder, "alpha.h5", "explicit.h5", "--alpha alone")


def check_fold_in(folder):
    """A user folded in is solved for with the weight that was found in training, which a new file's numbers would not give."""
    train(1, SAMPLE, folder / "model.h5", "--quiet", "-k", 8, "-n", 12)
    with h5py.File(folder / "model.h5") as file:
        user, k = int(file["users/ids"][5]), 8
        item_row = {int(i): r for r, i in enumerate(file["items/ids"][:])}
        y, a0 = file["items/factors"][:].astype(float), file.attrs["unobserved_weight"]
    items = list(item_row)[3:40:5]
    (folder / "new.tsv").write_text("".join(f"{user}\t{item}\t2\n" for item in items))
    rated = y[[item_row[i] for i in items]]
    x = np.linalg.solve(a0 * y.T @ y + rated.T @ rated + 0.015 * (len(items) + a0 * len(y)) * np.eye(k), rated.sum(0))
    done = run(2, "recommend", folder / "model.h5", "--fold-in", folder / "new.tsv", "--top", 5, "--include-seen")
    checks.check(done.returncode == 0, f"fold-in: {done.returncode} {done.stderr}")
    scores = [float(line.split("\t")[2]) for line in done.stdout.splitlines() if "\t" in line]
    expected = np.sort(y @ x)[::-1][:5]
    checks.check(len(scores) == 5 and np.allclose(scores, expected, rtol=1e-4, atol=1e-5), f"fold-in: {scores}, expected {expected}")


def check_held_out_users(folder):
    """They are folded in with the weight of the training."""
    options = ["-k", 8, "-n", 2, "--holdout-users", 0.3, "--quiet"]
    found, _ = figures(folder, 1, SAMPLE, *options)
    with h5py.File(folder / "model.h5") as file:
        weight = repr(float(file.attrs["unobserved_weight"]))
    given, _ = figures(folder, 3, SAMPLE, *options, "--unobserved-weight", weight)
    checks.check(found == given and found["users"] > 1000, f"held-out users: {found}, with the weight given {given}")


def check_collapse(folder):
    """Said where lambda leaves one direction; not of a sound model, nor of others than ials."""
    for options, warned in ((["--lambda", 0.5], True), ([], False), (["--alpha", 40], False), (["-a", "als", "-n", 1], False)):
        done = train(3, SAMPLE, folder / "model.h5", *options)
        checks.check((WARNING in done.stderr) == warned, f"{options}: {done.stderr}")


with work_folder() as name:
    folder = pathlib.Path(name)
    check_settings(folder)
    check_fold_in(folder)
    check_held_out_users(folder)
    check_collapse(folder)
    compare(folder, "the sample", SAMPLE)
    for data, (file, *options) in DATA.items():
        try:
            path = data_file(file)
        except SystemExit:  # what is not here is said
            continue
        compare(folder, data, path, *options)
checks.finish()
