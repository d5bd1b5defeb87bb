"""The right answers to the files in tests/inputs, as their answers.py declare them.

    read("a.csv", "ints")                        is read as ints.triples, without a warning
    read("b.csv", "ints", warning="NULL")        the same, and a warning says so
    refused("c.txt", "adjacency", then="lists")  ends with 65 and one line; the option that it advises leads to lists.triples
    told("d.csv", "ints")                        is refused, or warned of, with an option that leads to ints.triples
    fair("e.csv", "ints", "ints-other")          read as ints, or refused with an option that leads to one of these

NAME.triples, beside the file or in tests/inputs, holds what the file's owner means: lines of user, item, value and, where the
file has them, time, separated by tabs, in the order of the file."""

import dataclasses
import enum
import pathlib
import runpy
import sys

import numpy as np

from mfals_run import SOURCE

INPUTS = SOURCE / "tests" / "inputs"
Kind = enum.Enum("Kind", "READ REFUSED TOLD FAIR")


@dataclasses.dataclass(frozen=True)
class Case:
    kind: Kind
    files: str  # in the folder of the answers, separated by blanks
    options: str = ""
    triples: str = ""  # what it is read as
    code: int = 65  # of a refusal
    message: str = ""  # a pattern in its one line
    then: tuple = ()  # what the options advised may lead to; (): none need be advised
    warning: str = ""  # a pattern in a warning; "": there must be none
    may_warn: bool = False
    says: str = ""  # a pattern in the log
    folder: pathlib.Path = None

    @property
    def name(self):
        return f"{self.folder.name}/{self.files} {self.options}".strip()

    def files_of_triples(self):
        return [name for name in dict.fromkeys((self.triples, *self.then)) if name]


def read(files, triples, options="", **more):
    return Case(Kind.READ, files, options, triples, **more)


def refused(files, message, then=(), options="", **more):
    return Case(Kind.REFUSED, files, options, message=message, then=(then,) if isinstance(then, str) else then, **more)


def told(files, *then, options="", **more):
    return Case(Kind.TOLD, files, options, then=then, may_warn=True, **more)


def fair(files, triples, *others, options="", **more):
    return Case(Kind.FAIR, files, options, triples, then=(triples, *others), may_warn=True, **more)


def check_all_have_answers(folder, cases):
    named = {word.split("/")[0] for case in cases for word in case.files.split()}
    named |= {f"{name}.triples" for case in cases for name in case.files_of_triples()} | {"answers.py", "__pycache__"}
    left = {path.name for path in folder.iterdir()} - named
    if left:
        sys.exit(f"{folder}/answers.py has no answer to {', '.join(sorted(left))}")
    if len({case.name for case in cases}) != len(cases):
        names = [case.name for case in cases]
        sys.exit(f"{folder}/answers.py has twice: {', '.join({name for name in names if names.count(name) > 1})}")


def all_cases():
    found = []
    for answers in sorted(INPUTS.glob("*/answers.py")):
        cases = [dataclasses.replace(case, folder=answers.parent) for case in runpy.run_path(str(answers))["CASES"]]
        check_all_have_answers(answers.parent, cases)
        found += cases
    return found


def triples(folder, name):
    """[(user, item, value, time or None)] in the order of the file."""
    path = next(p for p in (folder / f"{name}.triples", INPUTS / f"{name}.triples") if p.exists())
    rows = [line.split("\t") for line in path.read_text().split("\n")[:-1]]
    return [(u, i, float(np.float32(v)), int(*t) if t else None) for u, i, v, *t in rows]
