"""Wrong input of every kind, on one rank and on several: the right exit code, one line that says what is wrong, at once,
and nothing left behind.

    MFALS=build/release/mfals tests/cli_errors.py [word ...]      only the cases whose name has one of the words
"""

import concurrent.futures
import functools
import gzip
import os
import random
import re
import subprocess
import sys
import tempfile
import time

from mfals_run import MFALS, launch, said_by_ranks

RANKS = (1, 4)
LIMIT_S = 30
PROMPT_S = 20  # "at once", on a busy machine

USAGE, BAD_DATA, NO_INPUT, NO_OUTPUT, IO = 64, 65, 66, 73, 74
GOOD = b"".join(b"%d\t%d\t%d\n" % (u, i, 1 + (u * i) % 5) for u in range(40) for i in range(u % 7, 30, 3))
MTX = b"%%MatrixMarket matrix coordinate real general\n"


def noise(size):
    return random.Random(1).randbytes(size)


class Case:
    """files: name -> contents, None for a folder. The arguments default to the first file."""

    def __init__(self, name, code, message, files=None, args=None, prepare=None, ordinary_user=False, ranks=RANKS,
                 own_words=False, warnings=0):
        self.name, self.code, self.message = name, code, message
        self.files = files if files is not None else {"r.tsv": GOOD}
        self.args = args if args is not None else [next(iter(self.files))]
        self.prepare, self.ordinary_user, self.ranks = prepare, ordinary_user, ranks
        self.warnings = warnings  # lines before the failure
        self.first = [] if own_words else ["-n1", "-k4"]


def data(name, contents, message, file="r.tsv", args=(), ranks=(4,)):
    return Case(name, BAD_DATA, message, {file: contents}, [file, *args], ranks=ranks)


def usage(message, *args, ranks=(1,)):
    """The command line is read alike on all ranks, so that one shows what is said; some cases run on several."""
    return Case(" ".join(args), USAGE, message, args=["r.tsv", *args], ranks=ranks)


def command(name, code, message, *args, files=None, ranks=RANKS):
    """Another command than train."""
    return Case(f"{name}: {message}", code, message, files, [name, *args], ranks=ranks, own_words=True)


MODEL = object()  # stands for a trained model's bytes
BROKEN = object()  # the same, with a byte changed


def values(option, wrong, right):
    """Wrong values of an option."""
    return [usage(f"^--{option}: '{re.escape(w)}' is not {right}", f"--{option}={w}") for w in wrong]


def config(contents, message):
    return Case(f"config {contents!r}", USAGE, message, {"c.ini": contents, "r.tsv": GOOD}, ["--config", "c.ini", "r.tsv"],
                ranks=(2,))


def rating(word):
    return Case(f"rating {word}", BAD_DATA, rf"^r\.tsv:{GOOD.count(10) + 1}:5: ",
                {"r.tsv": GOOD + b"7\t8\t" + word.encode() + b"\n"}, ranks=RANKS if word == "good" else (2,))


CASES = [
    # Inputs that cannot be read.
    Case("missing file", NO_INPUT, "'missing.tsv'.*No such file", args=["missing.tsv"]),
    Case("one of two files missing", NO_INPUT, "'missing.tsv'.*No such file", args=["r.tsv", "missing.tsv"]),
    Case("no command", NO_INPUT, "'evaluat'.*No such file", args=["evaluat"]),
    Case("unreadable file", NO_INPUT, "r.tsv.*Permission denied", prepare=lambda d: os.chmod(d + "/r.tsv", 0),
         ordinary_user=True),
    Case("folder without files", NO_INPUT, "empty.*without files", {"empty": None}),
    Case("folders in a folder", NO_INPUT, "^d: a directory without files", {"d": None, "d/e": None, "d/f": None}, ["d"],
         warnings=1),
    Case("read error", IO, "'/proc/self/mem': Input/output error", args=["/proc/self/mem"]),
    Case("empty path", NO_INPUT, "''", args=[""]),
    Case("missing config", NO_INPUT, "'missing.ini'.*No such file", args=["--config", "missing.ini", "r.tsv"]),
    Case("config is a folder", NO_INPUT, "'d'.*Is a directory", {"d": None, "r.tsv": GOOD}, ["--config", "d", "r.tsv"]),
    # Ratings that are wrong.
    data("empty file", b"", "r.tsv"),
    data("only blank lines", b"\n\n\n", "r.tsv|no ratings"),
    *(rating(word) for word in ("good", "nan", "inf", "-inf", "1e999", "3x", "0x3", "1e39")),
    data("two ratings in a header", b"user,item,rating,score\n1,2,3,4\n", "^r.csv: both .rating. and .score. may be the rating", file="r.csv"),
    data("missing column", GOOD + b"7\t8\n", rf"^r\.tsv:{GOOD.count(10) + 1}:"),
    data("missing item", GOOD + b"7\n", rf"^r\.tsv:{GOOD.count(10) + 1}:"),
    data("empty id", GOOD + b"\t8\t1\n", rf"^r\.tsv:{GOOD.count(10) + 1}:"),
    data("first of two errors", b"1\t2\tx\n" + GOOD + b"1\t2\ty\n", r"^r\.tsv:1:5: "),
    data("NUL bytes", GOOD + b"1\t\0\0\t3\n" + GOOD, rf"^r\.tsv:{GOOD.count(10) + 1}:"),
    data("all NUL", bytes(10000), r"^r\.tsv"),
    data("random bytes", noise(50000), r"^r\.tsv:"),
    data("random bytes named gzip", noise(50000), r"^r\.tsv\.gz", file="r.tsv.gz"),
    data("cut gzip", gzip.compress(GOOD * 50)[:-20], r"^r\.tsv\.gz.*", file="r.tsv.gz"),
    data("gzip with a flipped byte", bytes(b ^ (i == 300) for i, b in enumerate(gzip.compress(noise(2000)))),
         r"^r\.tsv\.gz", file="r.tsv.gz"),
    data("mixed separators", GOOD + b"7,8,3\n" + GOOD, rf"^r\.tsv:{GOOD.count(10) + 1}:"),
    data("id over 255 bytes", GOOD + b"u" * 300 + b"\t1\t1\n", rf"^r\.tsv:{GOOD.count(10) + 1}:"),
    data("invalid UTF-8 id", GOOD + b"\xff\xfe\t1\t1\n", rf"^r\.tsv:{GOOD.count(10) + 1}:"),
    data("id out of 64 bits", GOOD + b"99999999999999999999\t8\t3\n", "99999999999999999999", args=["--ids", "integer"]),
    data("mtx index over the size", MTX + b"3 3 2\n1 1 5\n4 1 2\n", r"^r\.mtx:4:", file="r.mtx"),
    data("mtx index 0", MTX + b"3 3 2\n1 1 5\n0 1 2\n", r"^r\.mtx:4:", file="r.mtx"),
    data("mtx too few entries", MTX + b"3 3 9\n1 1 5\n", r"^r\.mtx", file="r.mtx"),
    data("mtx without sizes", MTX, r"^r\.mtx", file="r.mtx"),
    data("mtx sizes that are words", MTX + b"a b c\n1 1 1\n", r"^r\.mtx:2:", file="r.mtx"),
    data("mtx complex", MTX.replace(b"real", b"complex") + b"3 3 1\n1 1 5 5\n", r"^r\.mtx:1:", file="r.mtx"),
    data("duplicate where it is an error", GOOD + GOOD[:20], "", args=["--duplicates", "error"]),
    Case("HDF5 among several", BAD_DATA, "^'m.h5' is an HDF5 file; such", {"r.tsv": GOOD, "m.h5": MODEL}, ["r.tsv", "m.h5"]),
    Case("a model as test", BAD_DATA, "^'m.h5' is a model file of mfals, not a ratings file", {"r.tsv": GOOD, "m.h5": MODEL},
         ["r.tsv", "--test", "m.h5"]),
    Case("columns of HDF5", USAGE, "^--columns: has no meaning for HDF5 ratings", {"m.h5": MODEL},
         ["--columns", "user,item", "-o", "o", "m.h5"]),
    Case("format of HDF5", USAGE, "^--format: has no meaning for HDF5 ratings", {"m.h5": MODEL},
         ["--format", "tsv", "-o", "o", "m.h5"]),
    data("nothing above 0", b"1\t2\t0\n2\t3\t-1\n", ""),
    # Outputs that cannot be written.
    Case("output folder missing", NO_OUTPUT, "missing/m.h5.*No such file", args=["-o", "missing/m.h5", "r.tsv"]),
    Case("output is a folder", NO_OUTPUT, "'d'", {"d": None, "r.tsv": GOOD}, ["-o", "d", "r.tsv"]),
    Case("output under a file", NO_OUTPUT, "r.tsv/m.h5.*Not a directory", args=["-o", "r.tsv/m.h5", "r.tsv"]),
    Case("output folder unwritable", NO_OUTPUT, "d/m.h5.*Permission denied", {"d": None, "r.tsv": GOOD},
         ["-o", "d/m.h5", "r.tsv"], prepare=lambda d: os.chmod(d + "/d", 0o555), ordinary_user=True),
    Case("output name too long", NO_OUTPUT, "name too long", args=["-o", "m" * 300, "r.tsv"]),
    Case("log folder missing", NO_OUTPUT, "'missing/l'.*No such file", args=["--log-json", "missing/l", "r.tsv"]),
    Case("log is a folder", NO_OUTPUT, "'d'.*Is a directory", {"d": None, "r.tsv": GOOD},
         ["--log-json", "d", "r.tsv"]),
    Case("output is a text", NO_OUTPUT, "^'t' is there and is no HDF5 file: it is not replaced", {"r.tsv": GOOD, "t": b"x"},
         ["-o", "t", "r.tsv"]),
    Case("output named as Parquet", USAGE, "^--output: a model is HDF5, not as the name 'm.parquet' says", args=["-o", "m.parquet", "r.tsv"]),
    Case("output named as text", USAGE, "^--output: a model is HDF5, not as the name 'm.csv' says", args=["-o", "m.csv", "r.tsv"]),
    Case("output is an input", USAGE, "^--output: './r.tsv' is one of the inputs", args=["-o", "./r.tsv", "r.tsv"]),
    Case("log is an input", USAGE, "^--log-json: 'r.tsv' is one of the inputs", args=["--log-json=r.tsv", "r.tsv"]),
    Case("log is the output", USAGE, "^--log-json: './m' is the output of --output 'm' too", args=["--log-json=./m", "-om", "r.tsv"]),
    Case("log is a part of a folder", USAGE, "^--log-json: 'l' is one of the inputs, 'd/p'", {"d": None, "d/p": GOOD},
         ["--log-json=l", "d"], prepare=lambda d: os.link(d + "/d/p", d + "/l"), ranks=(2,)),
    Case("log in a folder of inputs", USAGE, "^--log-json: 'd/l' would become one of the inputs of the folder 'd'",
         {"d": None, "d/p": GOOD}, ["--log-json=d/l", "d"], ranks=(1,)),
    Case("log is a link to an input to come", USAGE, "^--log-json: 'l' is the output of --output 'm' too", {"r.tsv": GOOD},
         ["-om", "--log-json=l", "r.tsv"], prepare=lambda d: os.symlink("m", d + "/l"), ranks=(1,)),
    Case("log is the config", USAGE, "^--log-json: './c' is one of the inputs, --config 'c'", {"r.tsv": GOOD, "c": b"seed = 1\n"},
         ["--config=c", "--log-json=./c", "r.tsv"], ranks=(2,)),
    Case("log is no log", NO_OUTPUT, "^cannot write the log 't': it is there and is no log of mfals; name another",
         {"r.tsv": GOOD, "t": b"notes"}, ["--log-json=t", "-om", "r.tsv"]),
    Case("output is a checkpoint to be read", USAGE, "^--output: 'c.h5' is one of the inputs, --resume './c.h5'",
         {"r.tsv": GOOD, "c.h5": MODEL}, ["--resume=./c.h5", "-oc.h5", "r.tsv"], ranks=(1,)),
    Case("output among checkpoints", USAGE, "^--checkpoint-dir: in 'c', --output 'c/checkpoint-1.h5' is among its own",
         {"r.tsv": GOOD, "c": None}, ["--checkpoint-dir=c", "-oc/checkpoint-1.h5", "r.tsv"], ranks=(1,)),
    Case("checkpoints among inputs", USAGE, "^--checkpoint-dir: './d' is one of the inputs, the file 'd'",
         {"d": None, "d/p": GOOD}, ["--checkpoint-dir=./d", "d"], ranks=(1,)),
    # Options.
    *values("factors", ("0", "-1", "4097", "1.5", "x", "", "1e2", " 1", "nan", "99999999999999999999"),
            "an integer from 1 to 4096"),
    *values("iterations", ("-1", "1000001", "x"), "an integer from 0 to 1000000"),
    *values("lambda", ("-1", "nan", "inf", "1e999", "x", "", "1x"), "a finite number of at least 0"),
    *values("alpha", ("-1e-9", "nan", "inf", "1e999", "x"), "a finite number of at least 0"),
    *values("unobserved-weight", ("0", "-1", "nan", "inf", "x"), "a finite number above 0"),
    *values("unobserved-ratio", ("0", "-1", "nan", "inf", "x"), "a finite number above 0"),
    *values("reg-exponent", ("-0.1", "2.1", "nan", "x"), "a number from 0 to 2"),
    *values("seed", ("-1", "9223372036854775808", "x", "1.0"), "an integer from 0 to 9223372036854775807"),
    *values("init", ("x", "uniform:", "normal:0", "uniform:-1", "normal:nan", "normal:1e999"), "uniform:WIDTH or normal:SD"),
    *values("replica", ("0", "-1", "x", "2147483648"), "node, rank or a number"),
    *values("algorithm", ("x", ""), "ials, als or sgd"),
    *values("learning-rate", ("0", "nan"), "a finite number above 0"),
    *values("schedule", ("x",), "constant, inverse or bold"),
    *values("solver", ("x", ""), "auto, exact or cg"),
    *values("cg-steps", ("0", "1001", "x"), "an integer from 1 to 1000"),
    *values("sgd-blocks", ("0", "4097"), "an integer from 1 to 4096"),
    *values("holdout", ("0", "-1", "x"), "an integer from 1"),
    *values("holdout-last", ("0",), "an integer from 1"),
    *values("holdout-users", ("0", "1", "x"), "a number between 0 and 1"),
    *values("top", ("0", "10,5", "5,", "x"), "1 to 8 ascending numbers"),
    *values("negatives", ("-1", "x"), "an integer from 0"),
    *values("recall-cut", ("x",), "all or k"),
    usage("^--clip: has a meaning for als and sgd only", "--holdout=1", "--clip", ranks=RANKS),
    usage("^only one of --unobserved-weight and --unobserved-ratio", "--unobserved-weight=1", "--unobserved-ratio=2"),
    usage("^--preset notebook: has no --unobserved-weight", "--preset=notebook", "--unobserved-weight=1"),
    usage("^--preset notebook: has no --unobserved-ratio", "--preset=notebook", "--unobserved-ratio=1"),
    *values("preset", ("x",), "auto or notebook"),
    usage("^--alpha: has a meaning for ials only", "-a", "als", "--alpha", "3", ranks=RANKS),
    usage("^--biases: has a meaning for als and sgd only", "--biases"),
    usage("^--early-stop: 'ndcg@7' is no metric", "--holdout=1", "--early-stop=ndcg@7"),
    usage("^--early-stop: needs --test", "--early-stop=ndcg@10"),
    usage("^only one of --holdout", "--holdout=1", "--test=t"),
    usage("--columns", "--holdout-last=1", ranks=RANKS),
    *values("format", ("x",), "auto, tsv"),
    *values("duplicates", ("x",), "last, sum"),
    *values("on-bad-line", ("x",), "fail or skip"),
    *values("kernel", ("x",), "auto, plain"),
    usage("^--output: needs a value", "--output="),
    usage("'colour'", "--columns", "user,colour"),
    usage("user|item", "--columns", "rating,time"),
    usage("^unknown option '--bogus'; mfals train --help lists them", "--bogus"),
    usage("^unknown option '--lamda'; did you mean --lambda", "--lamda", "3"),
    usage("^unknown option '--threads=8': mpirun -np N starts N ranks", "--threads=8"),
    usage("^--holdout: '0.2' is not .*: --holdout-users", "--holdout", "0.2"),
    usage("^unknown option '--bogus=1'", "--bogus=1"),
    usage("^unknown option '-z'", "-z"),
    usage("^--factors: needs a value", "--factors"),
    usage("^-k: needs a value", "-k"),
    usage("^--quiet: takes no value", "--quiet=yes"),
    usage("^'--re' may stand for several options", "--re", "1"),
    config(b"factors = 3\nfactor = 3\n", r"^c\.ini:2: unknown option 'factor'"),
    config(b"k = 3\n", r"^c\.ini:1: unknown option 'k': names are written out here"),
    config(b"factors = 0\n", r"^c\.ini:1: --factors: '0' is not"),
    config(b"factors\n", r"^c\.ini:1: not 'name = value'"),
    config(noise(3000), r"^c\.ini"),
    # A test that cannot be had.
    Case("test file missing", NO_INPUT, "'missing.tsv'", args=["r.tsv", "--test", "missing.tsv"]),
    Case("test of unknown users", BAD_DATA, "^--test: no rating", {"r.tsv": GOOD, "t.tsv": b"999\t3\t1\n"},
         ["r.tsv", "--test", "t.tsv", "--quiet"], warnings=1),
    Case("nothing to hold out", BAD_DATA, "^no rating was held out", {"r.tsv": b"1\t1\t1\n2\t2\t1\n"},
         ["r.tsv", "--holdout", "1"]),
    # Other commands.
    command("trian", USAGE, "^there is no command and no file 'trian'; did you mean train", "r.tsv"),
    command("help", USAGE, "^there is no command 'nothing'", "nothing"),
    command("recommend", USAGE, "^--output-format: hdf5 needs --output", "missing.h5", "--output-format=hdf5"),
    command("recomend", USAGE, "^there is no command and no file 'recomend'; did you mean recommend", "r.tsv"),
    command("evaluate", USAGE, "^evaluate: needs MODEL"),
    command("evaluate", USAGE, "^evaluate: needs --test FILE", "m.h5", files={"m.h5": MODEL}),
    command("evaluate", USAGE, "^evaluate: 'x' is one word too many", "m.h5", "x", ranks=(1,)),
    command("evaluate", NO_INPUT, "'m.h5'.*No such file", "m.h5", "--test", "r.tsv"),
    command("evaluate", BAD_DATA, "r.tsv", "r.tsv", "--test", "r.tsv"),
    command("evaluate", NO_INPUT, "'r.tsv' that the model was trained on are not here: pass --seen FILE", "m.h5", "--test",
            "t.tsv", files={"m.h5": MODEL, "t.tsv": GOOD}),
    command("evaluate", NO_INPUT, "'r.tsv' have changed since .*: pass --seen FILE", "m.h5", "--test", "r.tsv",
            files={"m.h5": MODEL, "r.tsv": GOOD + b"7\t8\t1\n"}),
    command("recommend", NO_INPUT, "pass --seen FILE or --include-seen", "m.h5", files={"m.h5": MODEL}),
    command("recommend", USAGE, "^only one of --seen and --include-seen", "m.h5", "--seen=x", "--include-seen", ranks=(1,)),
    command("recommend", NO_OUTPUT, "missing/l", "m.h5", "--include-seen", "-o", "missing/l", files={"m.h5": MODEL}),
    command("recommend", NO_INPUT, "'u'.*No such file", "m.h5", "--include-seen", "--users=u", files={"m.h5": MODEL}),
    command("recommend", BAD_DATA, "^--user: there is no user '999'", "m.h5", "--include-seen", "--user=999",
            files={"m.h5": MODEL}),
    command("recommend", USAGE, "^only one of --user and --users", "m.h5", "--user=1", "--users=u", ranks=(1,)),
    command("recommend", USAGE, "^--output: lists are .tsv, .jsonl or .h5, not as the name 'l.csv' says", "m.h5", "--include-seen", "-o", "l.csv",
            files={"m.h5": MODEL}),
    command("recommend", USAGE, "^--output: lists are .tsv, .jsonl or .h5, not as the name 'l.parquet' says", "m.h5", "--include-seen",
            "-o", "l.parquet", files={"m.h5": MODEL}),
    command("recommend", BAD_DATA, "^u:1:9: no '::', tab, '|' or comma between", "m.h5", "--include-seen", "--titles=u",
            files={"m.h5": MODEL, "u": b"no title\n"}),
    command("recommend", USAGE, "^--output: './m.h5' is one of the inputs", "m.h5", "--include-seen", "-o", "./m.h5",
            files={"m.h5": MODEL}),
    command("evaluate", BAD_DATA, "^c:2:2: a user without items", "m.h5", "--test", "r.tsv", "--candidates", "c",
            files={"m.h5": MODEL, "r.tsv": GOOD, "c": b"1 2 3\n7\n"}),
    command("similar", USAGE, "^similar: needs --item ID", "m.h5", files={"m.h5": MODEL}),
    command("similar", BAD_DATA, "^--item: the model has no item '999'", "m.h5", "--item=999", files={"m.h5": MODEL}),
    command("similar", USAGE, "^unknown option '--factors=3'", "m.h5", "--factors=3", ranks=(1,)),
    command("convert", USAGE, "^convert: needs --output FILE", "r.tsv"),
    command("convert", USAGE, "^--output: 'x.npy' says no format for ratings", "r.tsv", "-o", "x.npy"),
    command("convert", USAGE, "^--output: 'x.h5' says no format for a model", "m.h5", "-o", "x.h5", files={"m.h5": MODEL}),
    command("convert", USAGE, "^--output: 'r.tsv' is one of the inputs", "r.tsv", "-o", "r.tsv"),
    command("convert", USAGE, "^--output: './m.users.npy' is one of the inputs", "m.users.npy", "-o", "./m.npy",
            files={"m.users.npy": MODEL}, ranks=(1,)),
    command("recommend", USAGE, "^--output: 'r.tsv' is one of the inputs, the training's ratings", "m.h5", "-o", "r.tsv",
            files={"m.h5": MODEL, "r.tsv": GOOD}, ranks=(2,)),
    command("convert", NO_OUTPUT, "missing/x.h5", "r.tsv", "-o", "missing/x.h5"),
    command("generate", USAGE, "^generate: needs --output FILE"),
    command("generate", USAGE, "^generate: 'x' is one word too many", "x", ranks=(1,)),
    command("generate", NO_OUTPUT, "missing/x", "-o", "missing/x"),
    command("info", NO_INPUT, "'m.h5'.*No such file", "m.h5"),
    command("info", BAD_DATA, "r.tsv", "r.tsv"),
    command("check", BAD_DATA, "m.h5", "m.h5", files={"m.h5": BROKEN}),
    # Two things at once: the first one found is told, alone.
    Case("two wrong options", USAGE, "^--factors: '0'", args=["-k", "0", "--lambda", "x", "r.tsv"]),
    Case("wrong option and missing file", USAGE, "^--lambda: 'x'", args=["missing.tsv", "--lambda", "x"]),
    Case("missing output folder and missing file", NO_OUTPUT, "missing/m.h5", args=["-o", "missing/m.h5", "missing.tsv"]),
    Case("missing file and bad data", NO_INPUT, "'missing.tsv'", {"r.tsv": b"1\t2\tx\n"}, ["r.tsv", "missing.tsv"]),
]


def run(folder, ranks, args, user=None):
    command = [MFALS, *args] if ranks == 1 else launch(ranks, MFALS, *args)
    ids = {} if user is None else {"user": user, "group": user, "extra_groups": []}
    environment = dict(os.environ, TMPDIR=folder + "/tmp", HOME=folder)
    return subprocess.run(["timeout", "-k", "5", str(LIMIT_S), *command], cwd=folder + "/run",
                          env=environment, capture_output=True, text=True, errors="replace", **ids)


def contents_of(contents):
    return models()[contents] if contents in (MODEL, BROKEN) else contents


def read(path):
    with open(path, "rb") as file:
        return file.read()


def make_folder(parent, files):
    os.chmod(parent, 0o777)
    for sub in ("tmp", "run"):
        os.mkdir(f"{parent}/{sub}")
        os.chmod(f"{parent}/{sub}", 0o777)
    for name, contents in files.items():
        path = f"{parent}/run/{name}"
        if contents is None:
            os.mkdir(path)
        else:
            with open(path, "wb") as file:
                file.write(contents_of(contents))


@functools.cache
def models():
    """A model of r.tsv, and one with a byte of a factor changed."""
    with tempfile.TemporaryDirectory() as folder:
        make_folder(folder, {"r.tsv": GOOD})
        run(folder, 1, ["-n1", "-k4", "--quiet", "-o", "m.h5", "r.tsv"])
        model = read(folder + "/run/m.h5")
    broken = bytearray(model)
    broken[-100] ^= 1
    return {MODEL: model, BROKEN: bytes(broken)}


def ordinary_user():
    """None where we are one; else one that can run mfals, or -1."""
    if os.geteuid() != 0:
        return None
    with tempfile.TemporaryDirectory() as folder:
        make_folder(folder, {})
        try:
            return 65534 if run(folder, 1, ["--version"], user=65534).returncode == 0 else -1
        except OSError:
            return -1


def complaints(case, ranks, user):
    with tempfile.TemporaryDirectory() as folder:
        make_folder(folder, case.files)
        if case.prepare:
            case.prepare(folder + "/run")
        before = sorted(os.listdir(folder + "/run"))
        begun = time.monotonic()
        ran = run(folder, ranks, [*case.first, *case.args], user=user)
        took = time.monotonic() - begun
        lines = said_by_ranks(ran.stderr).splitlines()
        if ran.returncode != case.code:
            yield f"exit code {ran.returncode} instead of {case.code}"
        if len(lines) != 1 + case.warnings:
            yield f"{len(lines)} lines on stderr: {ran.stderr[-600:]!r}"
        elif not lines[-1].startswith("mfals: ") or not re.search(case.message, lines[-1][len("mfals: "):]):
            yield f"told {lines[-1]!r} instead of {case.message!r}"
        if took > PROMPT_S:
            yield f"took {took:.0f} s"
        for name in case.files:
            path = f"{folder}/run/{name}"
            if os.path.isdir(path):
                continue
            os.chmod(path, 0o600)  # one case takes the right to read away
            if read(path) != contents_of(case.files[name]):
                yield f"{name} is not what it was"
        left = [name for name in sorted(os.listdir(folder + "/run")) if name not in before]
        if left:
            yield f"left {left} behind"


def check_good_run():
    with tempfile.TemporaryDirectory() as folder:
        make_folder(folder, {"r.tsv": GOOD})
        ran = run(folder, 2, ["-n1", "-k4", "r.tsv"])
        made = sorted(os.listdir(folder + "/run"))
    if ran.returncode != 0 or ran.stderr or made != ["model.h5", "r.tsv"]:
        sys.exit(f"a good run fails: {ran.returncode}, {ran.stderr!r}, {made}")


def main():
    check_good_run()
    models()
    user = ordinary_user()
    wanted = [case for case in CASES if len(sys.argv) == 1 or any(word in case.name for word in sys.argv[1:])]
    jobs, skipped = [], 0
    for case in wanted:
        if case.ordinary_user and user == -1:
            print(f"skipped, for root may do all: {case.name}")
            skipped += 1
        else:
            jobs += [(case, ranks, user if case.ordinary_user else None) for ranks in case.ranks]
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for job, found in zip(jobs, pool.map(lambda job: list(complaints(*job)), jobs)):
            for complaint in found:
                print(f"{job[0].name}, {job[1]} ranks: {complaint}")
            failed += bool(found)
    print(f"{len(jobs)} runs, {failed} failed, {skipped} cases skipped")
    sys.exit(failed > 0 or not jobs)


main()
