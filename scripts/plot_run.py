#!/usr/bin/python3
"""A picture of a run from the log that `mfals --log-json LOG.jsonl` writes: how it converged, where the time went, and
what each iteration took. Of a run that was broken off and went on it shows the whole; dotted lines are its starts.

    scripts/plot_run.py LOG.jsonl [-o RUN.png]         .png, .svg or .pdf; by default the log's name with .png

Needs matplotlib (Debian: python3-matplotlib).
"""

import argparse
import json
import pathlib
import sys

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
from matplotlib.ticker import EngFormatter, MaxNLocator

BLUE, ORANGE, GREEN, GREY = "#0072b2", "#d55e00", "#009e73", "#9a9a9a"  # told apart by everyone (Okabe and Ito)
STYLE = {"font.size": 9, "axes.spines.top": False, "axes.spines.right": False, "axes.titlesize": 10,
         "axes.titleweight": "bold", "axes.titlelocation": "left", "axes.grid": True, "grid.color": "#e6e6e6",
         "axes.axisbelow": True, "legend.frameon": False, "figure.constrained_layout.use": True}
NOT_FIGURES = {"event", "time", "iteration", "wall_s", "solve_s", "exchange_s", "wait_s", "resolved_rows"}


def read_events(path):
    """The events by name: of an iteration that two starts have done the later one, the summary of the last start, if it
    has ended; and as "begun" the first iterations of the later starts."""
    events, iterations, begun, fresh = {}, {}, [], False
    lines = path.read_text().split("\n")
    for number, line in enumerate(lines, 1):
        if not line:
            continue
        try:
            event = json.loads(line)
            events.setdefault(event["event"], []).append(event)
        except (ValueError, KeyError, TypeError):
            if number == len(lines):  # cut off, as its run was
                break
            sys.exit(f"{path}:{number}: not a line of a log of mfals")
        if event["event"] == "start":
            events.pop("summary", None)
            fresh = True
        elif event["event"] == "iteration":
            if fresh and iterations:
                begun.append(event["iteration"])
            fresh = False
            iterations[event["iteration"]] = event
    if not iterations or "start" not in events:
        sys.exit(f"{path}: the log has no iterations")
    last = events["iteration"][-1]["iteration"]  # a start that began anew may have come less far than those before
    events["iteration"] = [iterations[number] for number in sorted(iterations) if number <= last]
    events["begun"] = begun
    return events


def mark_starts(axes, begun):
    for iteration in begun:
        axes.axvline(iteration - 0.5, color=GREY, lw=1, ls=":", zorder=0)


def plot_convergence(axes, iterations):
    """RMSE of explicit models, in training and test; else the objective. Ranking metrics on a scale of their own."""
    steps = [e["iteration"] for e in iterations]
    names = [n for n in iterations[0] if n not in NOT_FIGURES]
    errors = [(n, label) for n, label in (("rmse", "training RMSE"), ("test_rmse", "test RMSE")) if n in names]
    metrics = [n for n in names if "@" in n or n in ("mrr", "auc")]
    lines = []
    for (name, label), color in zip(errors or [("objective", "objective")], (BLUE, ORANGE)):
        lines += axes.plot(steps, [e[name] for e in iterations], "o-", ms=3.5, lw=1.6, color=color, label=label)
    axes.set_ylabel("RMSE" if errors else "objective")
    values = [e["objective"] for e in iterations if e["objective"] is not None]
    if not errors and min(values) > 0 and max(values) > 20 * min(values):
        axes.set_yscale("log")
    if not errors:
        axes.yaxis.set_major_formatter(EngFormatter(sep=""))
    if metrics:
        other = axes.twinx()
        other.spines["right"].set_visible(True)
        other.grid(False)
        other.set_ylabel(", ".join(metrics))
        for name in metrics:
            lines += other.plot(steps, [e[name] for e in iterations], "s--", ms=3.5, lw=1.3, color=GREEN, label=name)
    axes.set_xlabel("iteration")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=8))
    axes.set_title("Convergence")
    if len(lines) > 1:
        top = other if metrics else axes
        top.legend(lines, [line.get_label() for line in lines], loc="center right")


def plot_phases(axes, summary, ranks):
    """A bar a phase: the mean over the ranks, and a mark at the maximum; a thin bar for the last of several starts."""
    starts = summary.get("starts", 1)
    table = [row for row in summary["time_table"] if row["max_s"] > 0][::-1]
    places = range(len(table))
    unit, scale = time_unit(max(row["max_s"] for row in table))
    axes.barh(places, [row["mean_s"] * scale for row in table], height=0.6, color=BLUE, label="mean of the ranks")
    if ranks > 1:
        axes.scatter([row["max_s"] * scale for row in table], places, marker="|", s=110, lw=2, color=ORANGE, zorder=3,
                     label="slowest rank")
    if starts > 1:
        last = {row["phase"]: row["mean_s"] for row in summary["last_start"]["time_table"]}
        axes.barh(places, [last[row["phase"]] * scale for row in table], height=0.2, color=GREEN, label="the last start")
    if ranks > 1 or starts > 1:
        axes.legend(loc="best")
    axes.set_yticks(list(places), [row["phase"] for row in table])
    axes.grid(axis="y", visible=False)
    axes.set_xlabel(unit)
    axes.set_title("Where the time went" + (f", {starts} starts" if starts > 1 else ""))


def plot_times(axes, iterations):
    """Each iteration's wall clock on rank 0, split into what it did."""
    steps = [e["iteration"] for e in iterations]
    parts = {name: [e[f"{name}_s"] for e in iterations] for name in ("solve", "exchange", "wait")}
    parts["other"] = [max(0, e["wall_s"] - sum(parts[name][i] for name in parts)) for i, e in enumerate(iterations)]
    unit, scale = time_unit(max(e["wall_s"] for e in iterations))
    base = [0.0] * len(steps)
    for (name, values), color in zip(parts.items(), (BLUE, ORANGE, GREEN, GREY)):
        values = [v * scale for v in values]
        axes.bar(steps, values, 0.8, bottom=base, color=color, label=name)
        base = [a + b for a, b in zip(base, values)]
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=8))
    axes.grid(axis="x", visible=False)
    axes.set_ylim(0, 1.25 * max(base))
    axes.set_xlabel("iteration")
    axes.set_ylabel(unit)
    axes.set_title("Time per iteration, rank 0")
    axes.legend(loc="upper center", ncol=4, columnspacing=1, handlelength=1)


def time_unit(longest_s):
    return ("seconds", 1) if longest_s >= 1 else ("milliseconds", 1000)


def describe(events):
    """A title: the algorithm, the size, the ranks."""
    start, ratings = events["start"][-1], events.get("ratings", [{}])[-1]
    options = start["options"]
    words = [f"{options['algorithm']}, {options['factors']} factors"]
    if ratings:
        words.append(f"{ratings['ratings']:,} ratings of {ratings['users']:,} users and {ratings['items']:,} items")
    words.append(f"{start['ranks']} rank{'s' * (start['ranks'] > 1)}")
    return "; ".join(words)


def plot(events, path):
    plt.rcParams.update(STYLE)
    figure, (left, middle, right) = plt.subplots(1, 3, figsize=(13, 3.8))
    figure.set_constrained_layout_pads(wspace=0.06)
    figure.suptitle(describe(events), fontsize=10, x=0.01, ha="left")
    plot_convergence(left, events["iteration"])
    mark_starts(left, events["begun"])
    if "summary" in events:
        plot_phases(middle, events["summary"][-1], events["start"][-1]["ranks"])
    else:
        middle.set_axis_off()
        middle.text(0.5, 0.5, "the run did not end", ha="center", transform=middle.transAxes)
    plot_times(right, events["iteration"])
    mark_starts(right, events["begun"])
    figure.savefig(path, dpi=150)
    plt.close(figure)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("log", type=pathlib.Path)
    parser.add_argument("-o", "--output", type=pathlib.Path)
    arguments = parser.parse_args()
    try:
        events = read_events(arguments.log)
        output = arguments.output or arguments.log.with_suffix(".png")
        if output.exists() and output.samefile(arguments.log):
            sys.exit(f"{output} is the log: give the picture another name by -o")
        plot(events, output)
    except OSError as error:
        sys.exit(str(error))
    print(f"wrote {output}")


main()
