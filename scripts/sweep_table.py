"""Ranks training runs that differ in their options, from the logs that `mfals --log-json` wrote, for sweep.py: a table in
FOLDER/sweep.tsv, a picture in FOLDER/sweep.png; on standard output the table in Markdown, and the best settings as a
command. Runs that have not ended are counted, and those that failed told with the reason in their file *.failed.
"""

import json
import shlex
import sys

BLUE, ORANGE, GREY = "#0072b2", "#d55e00", "#9a9a9a"  # told apart by everyone (Okabe and Ito)
STYLE = {"font.size": 9, "axes.spines.top": False, "axes.spines.right": False, "axes.titlesize": 10,
         "axes.titleweight": "bold", "axes.titlelocation": "left", "axes.grid": True, "grid.color": "#e6e6e6",
         "axes.axisbelow": True, "figure.constrained_layout.use": True}
# What has no part in the factors that a run ends with.
OF_THE_TEST = {"test", "holdout", "holdout-last", "holdout-users", "top", "negatives", "candidates", "recall-cut", "clip"}
OF_THE_RUN = {"config", "log-json", "output", "quiet", "verbose", "replica", "kernel", "checkpoint-dir",
              "checkpoint-every", "resume", "max-time", "stall-timeout"}
NOT_METRICS = {"event", "time", "users", "ratings", "unknown_ratings", "popularity"}


def read_run(path):
    """A run's options and figures; None if it has not ended, when its last line may not be whole either."""
    last = {}
    for number, line in enumerate(path.read_text().split("\n")[:-1], 1):
        try:
            event = json.loads(line)
            last[event["event"]] = event
        except (ValueError, KeyError, TypeError):
            sys.exit(f"{path}:{number}: not a line of a log of mfals")
    if not {"start", "evaluation", "summary"} <= last.keys():
        return None
    metrics = {name: value for name, value in last["evaluation"].items() if name not in NOT_METRICS}
    return {"options": last["start"]["options"], "metrics": metrics, "seconds": last["summary"]["wall_s"]}


def is_error(metric):
    return metric.split("_")[0] in ("rmse", "mae")


def rank(runs, metric):
    """The runs from the best on; equal ones in the order of their logs."""
    for run in runs:
        if metric not in run["metrics"]:
            sys.exit(f"there is no metric '{metric}'; there are {', '.join(run['metrics'])}")
    return sorted(runs, key=lambda run: run["metrics"][metric], reverse=not is_error(metric))


def varied_options(runs):
    names = dict.fromkeys(name for run in runs for name in run["options"] if name not in OF_THE_RUN)
    return [name for name in names if len({run["options"].get(name) for run in runs}) > 1]


def make_table(runs, varied):
    """Rows of text, the first of them the head."""
    metrics = list(runs[0]["metrics"])
    rows = [varied + metrics + ["seconds"]]
    for run in runs:
        options = [str(run["options"].get(name, "")) for name in varied]
        rows.append(options + [f"{run['metrics'][name]:.5f}" for name in metrics] + [f"{run['seconds']:.2f}"])
    return rows


def markdown(rows):
    widths = [max(map(len, column)) for column in zip(*rows)]
    lines = ["| " + " | ".join(text.rjust(width) for text, width in zip(row, widths)) + " |" for row in rows]
    return "\n".join([lines[0], "|" + "|".join("-" * (width + 1) + ":" for width in widths) + "|", *lines[1:]])


def command(run, ratings):
    """Trains with a run's settings on all ratings."""
    words = ["mfals", "train", ratings]
    for name, value in run["options"].items():
        if name in OF_THE_RUN | OF_THE_TEST or name == "early-stop" or value == "no":
            continue
        words.append(f"--{name}")
        if value != "yes":
            words.append(f"{value:.15g}" if isinstance(value, float) else str(value))
    return shlex.join(words + ["--output", "model.h5"])


def places_of(values):
    """Where values go on an axis: numbers by size, then words, all equally far apart."""
    order = sorted(set(values), key=lambda value: (isinstance(value, str), value))
    return order, [order.index(value) for value in values]


def plot(runs, varied, metric, path):
    """A panel an option: a dot a run, and a line through the best of each value."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    plt.rcParams.update(STYLE)
    best = min if is_error(metric) else max
    heights = [run["metrics"][metric] for run in runs]
    panels = varied or [""]
    figure, rows = plt.subplots(1, len(panels), figsize=(1.5 + 3 * len(panels), 3.4), sharey=True, squeeze=False)
    for axes, name in zip(rows[0], panels):
        order, places = places_of([run["options"].get(name, "") for run in runs])
        axes.plot(places, heights, "o", ms=4, color=GREY, label="a run")
        tops = [best(h for h, p in zip(heights, places) if p == place) for place in range(len(order))]
        axes.plot(range(len(order)), tops, "o-", ms=4, lw=1.6, color=BLUE, label="best of the value")
        axes.plot(places[0], heights[0], "*", ms=12, color=ORANGE, label="best of all")
        axes.set_xticks(range(len(order)), [f"{v:g}" if isinstance(v, float) else str(v) for v in order])
        axes.margins(x=0.15)
        axes.grid(axis="x", visible=False)
        axes.set_xlabel(name)
    rows[0][0].set_ylabel(metric)
    rows[0][0].set_title(f"{len(runs)} run{'s' * (len(runs) > 1)}")
    rows[0][-1].legend(loc="best", fontsize=8)
    partial = path.with_suffix(".partial")
    figure.savefig(partial, dpi=150, format="png")
    partial.replace(path)
    plt.close(figure)


def tell_failures(folder):
    for path in sorted(folder.glob("*.failed")):
        print(f"{path.stem} failed: {path.read_text().strip()}")


def report(folder, metric, ratings):
    """metric: to rank by; of rmse and mae the least is best. ratings: to name in the command."""
    logs = sorted(folder.glob("*.jsonl"))
    tell_failures(folder)
    try:
        ended = [run for run in map(read_run, logs) if run]
        if not ended:
            sys.exit(f"{folder}: none of {len(logs)} logs is of a run that was evaluated and has ended")
        runs = rank(ended, metric)
        varied = varied_options(runs)
        table = make_table(runs, varied)
        partial = folder / "sweep.tsv.partial"
        partial.write_text("".join("\t".join(row) + "\n" for row in table))
        partial.replace(folder / "sweep.tsv")
        print(markdown(table))
        print(f"\n{len(runs)} of {len(logs)} runs have ended. The best settings, on all ratings:\n")
        print("    " + command(runs[0], ratings))
        try:
            plot(runs, varied, metric, folder / "sweep.png")
        except ImportError:
            print("no picture: matplotlib is not installed (Debian: python3-matplotlib)", file=sys.stderr)
    except OSError as error:
        sys.exit(str(error))
