"""Running mfals, and reading the log it writes."""

import json
import os
import pathlib
import statistics
import subprocess
import sys

from launcher import launch

SOURCE = pathlib.Path(__file__).resolve().parent.parent.parent
MFALS = os.environ.get("MFALS", str(SOURCE / "build" / "release" / "mfals"))


def mfals(ranks, *arguments):
    """Runs mfals on so many ranks; ends the script if it fails."""
    command = launch(ranks, MFALS, *arguments)
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)}: exit code {done.returncode}\n{done.stderr}")


class Training:
    """One training: its iterations and its summary as logged, and the model it wrote."""

    def __init__(self, ranks, ratings, folder, *options):
        log = pathlib.Path(folder) / "log.jsonl"
        log.unlink(missing_ok=True)
        self.model = pathlib.Path(folder) / "model.h5"
        mfals(ranks, ratings, "-o", self.model, "--log-json", log, "--quiet", *options)
        events = [json.loads(line) for line in log.read_text().splitlines()]
        self.ranks = ranks
        self.iterations = [event for event in events if event["event"] == "iteration"]
        self.ratings = next(event["ratings"] for event in events if event["event"] == "ratings")
        self.summary = next(event for event in events if event["event"] == "summary")
        self.phases = {phase["phase"]: phase for phase in self.summary["time_table"]}

    def median(self, *names):
        """The median over the iterations of the sum of the values so named."""
        return statistics.median(sum(event[name] for name in names) for event in self.iterations)

    def seconds(self, *phases):
        """Seconds in these phases, in the mean over ranks."""
        return sum(self.phases[phase]["mean_s"] for phase in phases if phase in self.phases)


def spread(values, scale=1.0, digits=3):
    """The median, with the least and the most."""
    values = [value * scale for value in values]
    return f"{statistics.median(values):.{digits}f} ({min(values):.{digits}f} to {max(values):.{digits}f})"


def synthetic(path, ranks, users, items, ratings_per_user):
    mfals(ranks, "generate", "-o", path, "--users", users, "--items", items,
          "--ratings-per-user", ratings_per_user, "--quiet")
