"""Hundreds of commands in a few starts of their ranks, by command_runs.c."""

import collections
import os
import pathlib
import subprocess

from mfals_run import launch, said_by_ranks, work_folder

PROGRAM = os.environ.get("MFALS_COMMAND_RUNS", "")
DEATHS_MAX = 10  # of ranks, after which the rest is not tried

Said = collections.namedtuple("Said", "code lines")  # code None: the ranks died, lines: what was said until then


def said_in(path):
    lines = path.read_bytes().decode(errors="replace").replace("\r", "").split("\n")[:-1] if path.exists() else []
    whole = bool(lines) and lines[-1].isdigit()
    return Said(int(lines[-1]), lines[:-1]) if whole else Said(None, lines)


def start(ranks, commands, folder, limit):
    """What they said, as far as the ranks came, and what was said of their death."""
    text = "".join("\x1f".join(map(str, (place, *words))) + "\n" for place, words in commands)
    (folder / "list").write_text(text)
    command = [PROGRAM, str(folder / "list"), str(folder)]
    done = subprocess.run(["timeout", "-k", "5", str(limit), *(launch(ranks, *command) if ranks > 1 else command)],
                          stdin=subprocess.DEVNULL, capture_output=True)
    came = [said_in(folder / f"{n}.said") for n in range(len(commands)) if (folder / f"{n}.said").exists()]
    return came, said_by_ranks(done.stderr.decode(errors="replace")).split("\n") + [f"exit code {done.returncode}"]


def run_commands(ranks, commands, limit=200):
    """What each of [(folder, words)] says. One that kills its ranks is told from the others, which are tried all the same."""
    all_said, deaths = [], 0
    while len(all_said) < len(commands) and deaths <= DEATHS_MAX:
        with work_folder() as name:
            came, last_words = start(ranks, commands[len(all_said):], pathlib.Path(name), limit)
        if not came or came[-1].code is None:
            deaths += 1
            came = came[:-1] + [Said(None, (came[-1].lines if came else []) + last_words)]
        all_said += came
    return all_said + [Said(None, ["not tried"])] * (len(commands) - len(all_said))
