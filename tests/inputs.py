"""Files of every shape that people have, each read as its owner means it, or refused or warned of with a line that tells how,
and what such a line advises works. The files and the right answers are in tests/inputs.

    tests/inputs.py [word ...]      only the cases whose name has one of the words

On one rank, a third of them also on 3 or 7 ranks; with MFALS_SOAK=1 all of them on both."""

import collections
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import zlib

import h5py

from command_runs import run_commands
from input_cases import Kind, all_cases, triples
from mfals_run import work_folder

OPTIONS = "columns|format|separator|header|ids|encoding|bad-line-limit|on-bad-line|duplicates"
ADVICE = re.compile(rf"--(?:{OPTIONS})[ =](?:'[^']*'|\"[^\"]*\"|[^\s'\"]+)")
CONVERTER = re.compile(r"\b(awk|jq|sed|tr|iconv|python3|unzip|tar) [^\n]*")
SHOWN = 24  # of a long id, before it may be cut in the log


def is_tried(case, ranks):
    place = zlib.crc32(case.name.encode())
    return ranks == 1 or bool(os.environ.get("MFALS_SOAK")) or (place % 3 == 0 and ranks == (3, 7)[place // 3 % 2])


def ids_of(data):
    return [i.decode() if isinstance(i, bytes) else str(i) for i in data[:]]


def stored(path):
    """What mfals convert wrote, as triples."""
    with h5py.File(path) as f:
        users, items = ids_of(f["users/ids"]), ids_of(f["items/ids"])
        count = len(f["ratings/value"])
        times = f["ratings/time"][:].tolist() if "time" in f["ratings"] else [None] * count
        return [(users[u], items[i], float(v), t) for u, i, v, t in
                zip(f["ratings/user"][:], f["ratings/item"][:], f["ratings/value"][:], times)]


class Run:
    """What mfals convert did."""

    def __init__(self, said, path):
        self.code, self.lines = said
        self.rows = stored(path) if said.code == 0 else []
        self.warnings = [line for line in self.lines if line.startswith("mfals: warning: ")]
        self.errors = [line for line in self.lines if line.startswith("mfals: ") and line not in self.warnings]


def run_all(ranks, tries):
    """Runs mfals convert on each of [(folder, files, options)]."""
    with work_folder() as name:
        paths = [pathlib.Path(name) / f"{n}.h5" for n in range(len(tries))]
        commands = [(folder, ["convert", *files.split(), *shlex.split(options), "-o", path])
                    for (folder, files, options), path in zip(tries, paths)]
        return [Run(said, path) for said, path in zip(run_commands(ranks, commands), paths)]


def difference(run, wanted, timed):
    """In words, between what was read and what is meant; "" if there is none. timed: times are kept where there are some."""
    timed = wanted[0][3] is not None and (timed or any(row[3] is not None for row in run.rows))
    got, wanted = (collections.Counter(rows if timed else [row[:3] for row in rows]) for rows in (run.rows, wanted))
    lost, added = list((wanted - got).elements()), list((got - wanted).elements())
    return f"{len(lost)} ratings lost, as {lost[:2]}; {len(added)} not meant, as {added[:2]}" if lost or added else ""


def plain(text):
    """As an example in the log may show it: without quotes."""
    return re.sub("['\"]", "", text)


def says_what_is_what(run, first):
    """Whether the log reads the first line as an example, long ids cut."""
    return all(any(plain(text)[:SHOWN] in plain(line) and f" -> {column}" in line for line in run.lines)
               for text, column in zip(first, ("user", "item"))) or any("MatrixMarket" in line for line in run.lines)


def check_read(run, folder, name, timed=False):
    """What is wrong with a run that should have read name.triples; "": nothing."""
    wanted = triples(folder, name)
    if run.code != 0:
        return f"is not read: {run.code} {' '.join(run.errors or run.lines[-3:])}"
    wrong = difference(run, wanted, timed)
    if wrong:
        return f"{'wrong, with a warning' if run.warnings else 'SILENTLY WRONG'}: {wrong}"
    return "" if says_what_is_what(run, wanted[0]) else f"the log has no example with {wanted[0][:2]}"


def check_log(run, case):
    said = "\n".join(run.lines)
    if case.says and not re.search(case.says, said, re.IGNORECASE):
        return f"the log does not say '{case.says}'"
    if case.warning and not any(re.search(case.warning, line, re.IGNORECASE) for line in run.warnings):
        return f"no warning has '{case.warning}': {run.warnings}"
    if run.warnings and not case.warning and not case.may_warn:
        return f"false alarm: {run.warnings}"
    return ""


def check_refusal(run, case):
    if run.code != case.code or len(run.errors) != 1:
        return f"refused with {run.code}, not {case.code}, and {len(run.errors)} lines: {run.errors or run.lines[-3:]}"
    if not re.search(case.message, run.errors[0], re.IGNORECASE):
        return f"refused without '{case.message}': {run.errors[0]}"
    return ""


def is_to_be_read(run, case):
    return case.kind == Kind.READ or (case.kind == Kind.FAIR and run.code == 0)


def check(run, case):
    if run.code is None:
        return f"the ranks died: {' '.join(run.lines[-3:])}"
    if is_to_be_read(run, case):
        return check_read(run, case.folder, case.triples, timed=True) or check_log(run, case)
    if run.code == 0 and (case.kind == Kind.REFUSED or not run.warnings):
        return f"{'read with a warning' if run.warnings else 'SILENTLY READ'}, not refused: {run.rows[0][:3]} first"
    return "" if run.code == 0 else check_refusal(run, case)


def advised(line):
    """The sets of options that a line offers, one or the other."""
    return [" ".join(option.rstrip(".,;:)") for option in options)
            for options in (ADVICE.findall(part) for part in re.split(r",? or |; ", line)) if options]


def turn(case, line, folder):
    """Runs the command that a line says turns the file into ratings: the new file; None where its program is not here."""
    found = CONVERTER.search(line)
    if not found:
        return "refused without a finished option or command"
    if not shutil.which(found[1]):
        return None
    folder.mkdir()
    for file in case.files.split():
        shutil.copy(case.folder / file, folder)
    command = re.sub(r" ?(\| ?mfals .*|> ?\S+)$", "", found[0])
    with open(folder / "turned.tsv", "wb") as turned:
        done = subprocess.run(["bash", "-c", command], cwd=folder, stdout=turned, stderr=subprocess.PIPE, text=True)
    return f"'{command}' fails: {done.stderr}" if done.returncode else folder


def remedies(run, case, folder):
    """[(advice, (folder, files, options))] of a run that was refused or warned of, or what is wrong with its advice."""
    line = (run.errors or run.warnings)[0]
    offers = advised(line)
    if offers:
        return [(more, (case.folder, case.files, f"{case.options} {more}")) for more in offers]
    turned = turn(case, line, folder)
    if turned is None:
        return []
    return f"{turned}: {line}" if isinstance(turned, str) else [(line, (turned, "turned.tsv", ""))]


def check_remedies(runs, verdicts):
    """What is advised must work, one of several options: adds to the verdicts on [(case, run)] which lack one."""
    todo = []
    with work_folder() as name:
        for n, (case, run) in enumerate(runs):
            if verdicts[n] or not case.then or is_to_be_read(run, case):
                continue
            offers = remedies(run, case, pathlib.Path(name) / str(n))
            if isinstance(offers, str):
                verdicts[n] = offers
            else:
                todo += [(n, *offer) for offer in offers]
        again = run_all(1, [tried for _, _, tried in todo])
    for n in {n for n, _, _ in todo}:
        case = runs[n][0]
        wrong = {advice: [check_read(run, case.folder, meant) for meant in case.then]
                 for (m, advice, _), run in zip(todo, again) if m == n}
        if not any("" in words for words in wrong.values()):
            verdicts[n] = "; ".join(f"'{advice}' is advised, but {words[0]}" for advice, words in wrong.items())


def check_same_words(run, alone):
    """Errors, warnings and examples are those of one rank."""
    told, told_alone = ([line for line in r.lines if line in r.errors + r.warnings or " -> user" in line] for r in (run, alone))
    return "" if told == told_alone else f"says {told}, on one rank {told_alone}"


def judge(cases):
    """Yields (case, ranks, verdict), the verdict "" where all is right."""
    alone = {}
    for ranks in (1, 3, 7):
        tried = [case for case in cases if is_tried(case, ranks)]
        runs = list(zip(tried, run_all(ranks, [(case.folder, case.files, case.options) for case in tried])))
        verdicts = [check(run, case) for case, run in runs]
        if ranks == 1:
            alone = {case.name: run for case, run in runs}
            check_remedies(runs, verdicts)
        for (case, run), verdict in zip(runs, verdicts):
            yield case, ranks, verdict or check_same_words(run, alone[case.name])


def main():
    cases = [case for case in all_cases() if not sys.argv[1:] or any(word in case.name for word in sys.argv[1:])]
    counts = collections.Counter()
    for case, ranks, verdict in judge(cases):
        counts["failed" if verdict else "passed"] += 1
        if verdict:
            print(f"FAILED: {case.name} on {ranks} rank{'s' * (ranks > 1)}: {verdict}")
    print(f"{len(cases)} files and options: {counts['passed']} checks passed, {counts['failed']} failed")
    sys.exit(1 if counts["failed"] or not counts["passed"] else 0)


main()
