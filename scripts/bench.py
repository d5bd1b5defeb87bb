#!/usr/bin/python3
"""The benchmarks behind the tables of scripts/README.md: mfals beside other trainers, measured by turns.

    scripts/bench.py [SECTION ...] [options]

Sections: als, sgd, peak, recommend, read, scaling (these by default), and large, which needs some 8 GiB and
minutes. Tables in Markdown go to standard output, with --json FILE also as JSON, with --picture FILE (.png,
.svg) as diagrams; what is being measured, and the load of others meanwhile, to standard error.

The program is $MFALS, or build/release/mfals. Ratings are those of $MFALS_DATA or ../shared/data; where a set
is missing, synthetic ones of its shape stand in and say so. --data also takes files, and synthetic shapes:
6040x3706x166 is users, items, ratings per user. implicit and cmfrec are imported (PYTHONPATH may name where
they were built), LIBMF's mf-train is looked for in PATH. One thread of OpenBLAS everywhere, with the kernels
it chooses for the processor or those of --blas-core.
"""

import argparse
import importlib.util
import os
import pathlib
import shutil
import signal
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent


def in_environment(blas_core):
    """Starts this script anew in the environment of environment.sh, with one thread of OpenBLAS."""
    environment = {**os.environ, "MFALS_BENCH": "1", "OPENBLAS_NUM_THREADS": "1"}
    for name in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE", "OMP_NUM_THREADS"):
        environment.pop(name, None)
    if blas_core != "auto":
        environment["OPENBLAS_CORETYPE"] = blas_core
    sourced = ["bash", "-c", 'source "$0" && exec "$@"', str(HERE / "environment.sh")]
    os.execvpe("bash", [*sourced, sys.executable, *sys.argv], environment)


def numbers(text):
    return [int(word) for word in text.split(",")]


def shape(text):
    return tuple(int(word) for word in text.split("x"))


def words(text):
    return text.split(",")


def options():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("sections", nargs="*", metavar="SECTION", help="als, sgd, peak, recommend, read, scaling, large")
    add("--pairs", type=int, default=5, help="rounds by turns (default 5)")
    add("--limit", type=float, default=0.2,
        help="processors that others may use during a pair, if there are quieter ones (default 0.2)")
    add("--data", type=words, default=["ml-1m", "retrosheet", "book-crossing"],
        help="ratings of als; the first of sgd, peak, read, scaling (default ml-1m,retrosheet,book-crossing)")
    add("-k", "--factors", type=numbers, default=[20, 64, 128, 256], help="(default 20,64,128,256)")
    add("-n", "--iterations", type=int, default=5, help="(default 5)")
    add("--workers", type=numbers, default=[1, 2], help="ranks of mfals and threads of peers (default 1,2)")
    add("--alpha", type=float, default=40.0, help="(default 40)")
    add("--lambda", dest="ridge", type=float, default=150.0, help="(default 150)")
    add("--patience", type=float, default=30.0,
        help="seconds after which a peer's iterations are cut short (default 30)")
    add("--budget", type=float, default=180.0,
        help="seconds after which no further round of a case begins (default 180)")
    add("--scaling-factors", type=int, default=128, help="k of scaling (default 128)")
    add("--share", type=shape, default=(6040, 3706, 166),
        help="ratings of a rank in weak scaling (default 6040x3706x166)")
    add("--lists", default="40000x20000x30", help="ratings of recommend (default 40000x20000x30)")
    add("--large", type=int, default=100_000_000, help="ratings of large, about (default 100000000)")
    add("--libmf", default="mf-train", help="the training program of LIBMF (default mf-train)")
    add("--ials", help="a program with the options of ials_main of Rendle et al. (see benchmarks/peers.py)")
    add("--without", type=words, default=[], help="peers to leave out, such as cmfrec,implicit")
    add("--blas-core", default="auto",
        help="OPENBLAS_CORETYPE of all that is measured (default: OpenBLAS's own choice)")
    add("--folder", help="where to work (default: a temporary folder)")
    add("--json", help="also write the figures there")
    add("--picture", help="also draw them there")
    settings = parser.parse_args()
    settings.workers.sort()
    settings.rate, settings.sgd_ridge = 0.01, 0.01
    return settings


def run(settings):
    from benchmarks import als, machine, peers, report, running, scale, sections
    known = {"als": als.als, "sgd": sections.sgd, "peak": sections.peak, "recommend": sections.recommend,
             "read": scale.read, "scaling": scale.scaling, "large": scale.large}
    wanted = settings.sections or [name for name in known if name != "large"]
    if not set(wanted) <= set(known):
        sys.exit(f"there is no section '{(set(wanted) - set(known)).pop()}'; there are {', '.join(known)}")
    if not shutil.which(running.MFALS):
        sys.exit(f"there is no program {running.MFALS}: build it, or name it in MFALS")
    if settings.picture and not importlib.util.find_spec("matplotlib"):
        sys.exit("--picture needs matplotlib (Debian: python3-matplotlib)")
    found, missing = peers.look_for(settings)
    facts = {**machine.facts(running.MFALS), **{name: peer.version for name, peer in found.items()},
             "not measured (not installed, or left out)": ", ".join(missing) or "none"}
    print("## Benchmarks\n\n" + "".join(f"- {name}: {value}\n" for name, value in facts.items()), flush=True)
    tables = []
    for name in wanted:
        for table in known[name](settings, found):
            tables.append(table)
            print(report.markdown(table), flush=True)
        if settings.json:
            pathlib.Path(settings.json).write_text(report.as_json(facts, tables))
        if settings.picture:
            report.picture(settings.picture, tables)


def main():
    settings = options()
    if "MFALS_BENCH" not in os.environ:
        in_environment(settings.blas_core)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the folder goes
    with tempfile.TemporaryDirectory(prefix="mfals-bench-", dir=settings.folder) as name:
        settings.work = pathlib.Path(name)
        run(settings)


if __name__ == "__main__":
    main()
