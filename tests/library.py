"""libmfals as somebody else's program uses it: every header's worked example compiles and runs, headers suit C++, nothing but
mfals_... is exported, and what a program gets is what the command line gives, to the byte."""

import os
import pathlib
import re
import subprocess

import h5py
import numpy as np

from mfals_run import SOURCE, Checks, run, train, work_folder

import launcher

LIBRARY = pathlib.Path(os.environ["MFALS_LIBRARY"])
INCLUDE = SOURCE / "include"
WARNINGS = ["-Wall", "-Wextra", "-Wpedantic", "-Werror"]
checks = Checks()

# What the examples of the headers take for granted.
AROUND = """
#include <mfals/mfals.h>
#include <stdio.h>
#define TRY(call) do { enum mfals_status status_ = (call); if (status_ != MFALS_OK) return status_; } while (0)
static inline void print_message(enum mfals_message_kind kind, const char *line, void *file)
{ (void)kind; fprintf(file, "%s\\n", line); }
static inline enum mfals_status work(struct mfals_context *context) { (void)context; return MFALS_OK; }
static inline int report(const struct mfals_iteration *iteration, void *data)
{ (void)data; printf("%d\\n", iteration->number); return 0; }
static inline int print_list(const char *user, const struct mfals_item *items, int count, void *file)
{ fprintf(file, "%s: %s of %d\\n", user, count > 0 ? items[0].id : "", count); return 0; }
"""
PARTS = {
    "status": "struct mfals_context *context;\n@\nmfals_close(&context);",
    "version": "@",
    "names": "@",
    "context": "@",
    "options": "struct mfals_context *context; TRY(mfals_open(&context, MPI_COMM_WORLD));\n@\nmfals_close(&context);",
    "ratings": "struct mfals_context *context; struct mfals_options *options; TRY(mfals_open(&context, MPI_COMM_WORLD));\n"
               "TRY(mfals_options_new(&options, context, \"train\"));\n@\nmfals_options_free(&options); mfals_close(&context);",
    "model": "@",
    "file": "struct mfals_context *context; TRY(mfals_open(&context, MPI_COMM_WORLD));\n@\nmfals_close(&context);",
    "plan": "struct mfals_context *context; struct mfals_options *options; TRY(mfals_open(&context, MPI_COMM_WORLD));\n@\n"
            "mfals_close(&context);",
}
TRAINED = """struct mfals_context *context; struct mfals_options *options; struct mfals_ratings *ratings;
const char *const paths[] = {getenv("RATINGS")}; TRY(mfals_open(&context, MPI_COMM_WORLD));
TRY(mfals_options_new(&options, context, "train")); TRY(mfals_options_set(options, "holdout", "1"));
TRY(mfals_options_set(options, "lambda", "5")); TRY(mfals_ratings_read(&ratings, options, paths, 1));
%s
@
%s
mfals_ratings_free(&ratings); mfals_options_free(&options); mfals_close(&context);"""
PARTS["model"] = TRAINED % ("", "")
PARTS["use"] = PARTS["profile"] = TRAINED % ("struct mfals_model *model; TRY(mfals_train(&model, ratings, NULL));",
                                           "mfals_model_free(&model);")


def example(header):
    """The code in a header's opening comment."""
    comment = (INCLUDE / "mfals" / f"{header}.h").read_text().split("*/")[0]
    return "\n".join(line[7:] for line in comment.splitlines() if line.startswith(" *     "))


def compile_c(source, program):
    done = subprocess.run(["mpicc", "-std=c17", *WARNINGS, f"-I{INCLUDE}", source, "-o", program, f"-L{LIBRARY}", "-lmfals",
                           f"-Wl,-rpath,{LIBRARY}"], capture_output=True, text=True)
    checks.check(done.returncode == 0, f"{source.name}: {done.stderr}")


def launch(ranks, program, *arguments, folder, **environment):
    done = subprocess.run(["timeout", "-k", "5", "60", *launcher.launch(ranks, program, *arguments)], cwd=folder,
                          capture_output=True, text=True, env={**os.environ, **environment}, stdin=subprocess.DEVNULL)
    done.stderr = launcher.said_by_ranks(done.stderr)
    return done


def try_examples(folder):
    source, program = folder / "examples.c", folder / "examples"
    functions = [f"static int of_{name}(void)\n{{\n{around.replace('@', example(name))}\nreturn 0;\n}}\n"
                 for name, around in PARTS.items()]
    calls = "".join(f'if (of_{name}() != 0) {{ fprintf(stderr, "{name}\\n"); return 1; }}\n' for name in PARTS)
    source.write_text("#define _POSIX_C_SOURCE 200809L\n#include <stdlib.h>\n" + AROUND + "\n".join(functions) +
                      f"int main(int argc, char **argv)\n{{\nMPI_Init(&argc, &argv);\n{calls}MPI_Finalize();\nreturn 0;\n}}\n")
    compile_c(source, program)
    for ranks in (1, 3):
        done = launch(ranks, program, folder=folder, RATINGS=str(folder / "ratings.tsv"))
        checks.check(done.returncode == 0 and done.stderr == "", f"examples on {ranks} ranks: {done.returncode} {done.stderr}")
        checks.check(" of 10" in done.stdout and "compiled against" in done.stdout, f"examples: {done.stdout[:500]}")
    (folder / "whole.c").write_text(example("mfals") + "\n")
    compile_c(folder / "whole.c", folder / "whole")
    done = launch(2, folder / "whole", folder / "ratings.tsv", folder=folder)
    checks.check(done.returncode == 0 and "10: objective" in done.stdout, f"mfals.h: {done.stdout} {done.stderr}")
    done = launch(2, folder / "whole", folder / "absent.tsv", folder=folder)
    checks.check(done.returncode == 66 and "absent.tsv" in done.stderr, f"mfals.h: {done.returncode} {done.stderr}")
    headers = sorted(path.name for path in (INCLUDE / "mfals").glob("*.h"))
    checks.check(set(headers) == {f"{name}.h" for name in [*PARTS, "mfals", "api"]}, f"headers without an example: {headers}")
    for header in headers:
        done = subprocess.run(["mpicxx", "-x", "c++", "-fsyntax-only", *WARNINGS, f"-I{INCLUDE}", INCLUDE / "mfals" / header],
                              capture_output=True, text=True)
        errors = [line for line in done.stderr.splitlines() if "pragma once" not in line and "mfals" in line and "error" in line]
        checks.check(not errors, f"{header} in C++: {done.stderr}")


def look_at_names():
    names = subprocess.run(["nm", "-D", "--defined-only", LIBRARY / "libmfals.so"], capture_output=True, text=True).stdout
    shown = {line.split()[2] for line in names.splitlines()}
    told = set(re.findall(r"MFALS_API[\s\S]*?\b(mfals_\w+)\(", "".join(p.read_text() for p in (INCLUDE / "mfals").glob("*.h"))))
    checks.check({name.split("@@")[0] for name in shown} - {"MFALS_1"} == told, f"exported: {shown}, in the headers: {told}")
    checks.check(all(name.endswith("@@MFALS_1") for name in shown - {"MFALS_1"}), "symbols without a version")
    names = subprocess.run(["nm", "-g", "--defined-only", LIBRARY / "libmfals.a"], capture_output=True, text=True).stdout
    shown = {line.split()[2] for line in names.splitlines() if len(line.split()) == 3}
    checks.check(shown == told, f"in libmfals.a: {shown - told}, missing {told - shown}")


def look_at_tables(folder, program):
    """What the headers list by name is what the library has."""
    silent(launch(1, program, "names", "-", folder, folder=folder), "names")
    text = (INCLUDE / "mfals" / "names.h").read_text()
    table = re.findall(r"^ \*     (\S+) +(text|integer|number|flag) +(.*)$", text, re.MULTILINE)
    options = [line.split() for line in lines(folder, 1, "option")]
    commands = sorted({command for _, _, command, _ in options})
    listed = sorted((name, kind, command) for name, kind, of in table for command in (commands if of == "all" else of.split()))
    known = sorted((name, kind, command) for name, kind, command, _ in options if kind != "none")
    checks.check(listed == known, f"names.h: {sorted(set(listed) ^ set(known))}")
    metrics = re.search(r"^ \*     (hr@K .*)$", text, re.MULTILINE)[1].split()
    checks.check(metrics == lines(folder, 1, "metric"), f"names.h: metrics {metrics}, not {lines(folder, 1, 'metric')}")
    reading = re.search(r"^ \*   (algorithm (?:.*\n \*   )*.*)$", (INCLUDE / "mfals" / "ratings.h").read_text(), re.MULTILINE)[1]
    reading = reading.replace("*", "").split()
    known = sorted(name for name, _, _, of_reading in options if of_reading == "1")
    checks.check(reading == known, f"ratings.h: options of reading {reading}, not {known}")
    checks.check(lines(folder, 1, "ends") == ["0 0 0 0"], f"negative numbers: {lines(folder, 1, 'ends')}")
    parts = [int(part) for part in re.search(r"project\(mfals VERSION ([\d.]+)", (SOURCE / "CMakeLists.txt").read_text())[1].split(".")]
    number = parts[0] * 1000000 + parts[1] * 1000 + parts[2]
    checks.check(lines(folder, 1, "version") == [f"{number} {number} {'.'.join(map(str, parts))}"], f"version: {lines(folder, 1, 'version')}")


def look_at_program():
    """mfals the program is a user of the library like any other: it knows include/mfals and nothing inside."""
    for path in sorted((SOURCE / "src" / "cli").glob("*.[ch]")):
        own = re.findall(r'#include "([^"]*)"', path.read_text())
        checks.check(all(name.startswith("cli/") for name in own), f"{path.name} includes {own}")
    for path in sorted((SOURCE / "src").glob("*/*.[ch]")):
        if path.parent.name != "cli":
            checks.check('"cli/' not in path.read_text(), f"{path} knows the program")


def lines(folder, ranks, word):
    found = []
    for rank in range(ranks):
        found += [line[len(word) + 1:] for line in (folder / f"out.{rank}").read_text().splitlines()
                  if line.startswith(word + " ")]
    return found


def silent(done, what):
    checks.check(done.returncode == 0 and done.stdout == done.stderr == "", f"{what}: {done.returncode} {done.stdout} {done.stderr}")


def try_training(folder, program, ranks):
    path, model = folder / "ratings.tsv", folder / "program.h5"
    options = ["-k", 6, "-n", 6, "--lambda", 5, "--holdout", 1]
    said = train(1, path, model, *options).stdout
    for way in ("train", "take"):
        with work_folder() as name:
            own = pathlib.Path(name)
            silent(launch(ranks, program, way, path, own, folder=own), f"{way} on {ranks} ranks")
            checks.check(lines(own, ranks, "stopped") == ["75"] * ranks, f"{way}: stopped {lines(own, ranks, 'stopped')}")
            numbers = [int(line.split()[0]) for line in lines(own, 1, "iteration")]
            checks.check(numbers == [1, 2, 3, 4, 5, 6], f"{way}: iterations {numbers}")
            if way == "train":
                checks.check((own / "model.h5").read_bytes() == model.read_bytes(), f"other bytes than the program's, {ranks} ranks")
            with h5py.File(own / "model.h5") as one, h5py.File(model) as other:
                for side in ("users", "items"):
                    checks.check(np.array_equal(one[side]["factors"], other[side]["factors"]), f"{way}: other {side}")
                first = [f"{i} {x:.9g}" for i, x in zip(other["items/ids"][:], other["items/factors"][:, 0])]
            checks.check(lines(own, ranks, "item") == first, f"{way}: own rows")
            ndcg = float(lines(own, 1, "ndcg")[0])
            checks.check(f"  {ndcg:8.5f}" in said, f"{way}: ndcg {ndcg}")
            whole = run(1, "recommend", model).stdout.splitlines()
            alone = run(1, "recommend", model, "--user", 7, "--top", 5).stdout.splitlines()
            check_user(own, ranks, model, alone)
            checks.check(lines(own, ranks, "list") == whole, f"{way}: lists {lines(own, ranks, 'list')[:3]}, not {whole[:3]}")
            checks.check(lines(own, ranks, "other") == [""] * ranks, "another context's message")


def check_user(folder, ranks, model, alone):
    """One user's list, and rows found by id."""
    checks.check(len(alone) == 5 and lines(folder, ranks, "user") == alone, f"one user: {lines(folder, ranks, 'user')}, not {alone}")
    checks.check(lines(folder, ranks, "nobody") == ["65 --user: there is no user 'nobody'"] * ranks, "an unknown user")
    with h5py.File(model) as file:
        row = list(file["users/ids"][:]).index(7)
    checks.check(lines(folder, ranks, "row") == [str(row), "-1"] * ranks, f"rows: {lines(folder, ranks, 'row')}, not {row}, -1")


def try_times(folder, program, ranks):
    """Each user's last rating held out, from arrays as from a file."""
    path, model = folder / "timed.tsv", folder / "timed.h5"
    rows = [line.split("\t") for line in (folder / "ratings.tsv").read_text().splitlines()]
    path.write_text("".join(f"{u}\t{i}\t{r}\t{(int(u) * 7919 + int(i) * 104729) % 1009}\n" for u, i, r in rows))
    train(1, path, model, "-k", 6, "-n", 3, "--lambda", repr(0.1 + 0.2), "--holdout-last", 1)
    with work_folder() as name:
        own = pathlib.Path(name)
        silent(launch(ranks, program, "timed", folder / "ratings.tsv", own, folder=own), f"times on {ranks} ranks")
        checks.check(lines(own, ranks, "untimed") ==
                     ["64 --holdout-last: ratings that are handed over need their times"] * ranks, f"{lines(own, ranks, 'untimed')}")
        with h5py.File(own / "model.h5") as one, h5py.File(model) as other:
            for name in ("users/factors", "items/factors", "users/ids", "items/ids"):
                checks.check(np.array_equal(one[name], other[name]), f"times: other {name}")
            for name in ("lambda", "holdout_last", "ratings_digest"):
                checks.check(one.attrs[name] == other.attrs[name], f"times: other {name}")


def try_use(folder, program, ranks):
    model = folder / "program.h5"
    (folder / "new.tsv").write_text("".join(f"{user}\t{item}\t{1 + item % 3}\n" for user in (900, 901, 5) for item in (1, 3, 7 + user % 5)))
    silent(launch(ranks, program, "use", model, folder, folder / "new.tsv", folder=folder), f"use on {ranks} ranks")
    folded = run(1, "recommend", model, "--fold-in", folder / "new.tsv", "--top", 5).stdout.splitlines()
    checks.check(lines(folder, ranks, "new") == folded, f"new users: {lines(folder, ranks, 'new')[:3]}, not {folded[:3]}")
    checks.check(lines(folder, ranks, "text") == folded, f"new users' ids as text: {lines(folder, ranks, 'text')[:3]}")
    check_user(folder, ranks, model, run(1, "recommend", model, "--user", 7, "--top", 5).stdout.splitlines())
    near = [line.split("\t")[:3] for line in run(1, "similar", model, "--item", 3, "--top", 5).stdout.splitlines()]
    checks.check([line.split("\t")[:3] for line in lines(folder, 1, "similar")] == near, f"similar: {near}")
    checks.check(lines(folder, ranks, "profile") == ["64 the model was not trained here"] * ranks, "costs of an opened model")
    checks.check(lines(folder, ranks, "unknown") == ["65 the model has no item 'nothing'"] * ranks, "an unknown item")


def try_errors(folder, program, ranks):
    silent(launch(ranks, program, "errors", folder / "ratings.tsv", folder, folder=folder), "errors")
    for word, code, part in (("command", 64, "fly"), ("name", 64, "colour"), ("value", 64, "many"), ("none", 64, "needs a value"),
                             ("room", 64, "lambda"), ("file", 66, "absent.tsv"), ("text", 65, "rating 1: the user's id"),
                             ("number", 65, "not finite"), ("empty", 65, "no ratings"), ("model", 65, "ratings.tsv"),
                             ("format", 64, "model.xls"), ("folder", 64, "ratings.tsv"), ("twice", 64, "prepared already"),
                             ("fixed", 64, "they are fixed"), ("together", 64, "--nonnegative: goes neither"),
                             ("apart", 64, "--output: "), ("agree", 74, f"rank {ranks - 1} of {ranks}")):
        got = lines(folder, ranks, word)
        checks.check(len(got) == ranks and all(one.startswith(f"{code} ") and part in one for one in got), f"{word}: {got}")
    checks.check(lines(folder, ranks, "prepared") == ["0 0"] * ranks, f"prepared: {lines(folder, ranks, 'prepared')}")


def main():
    with work_folder() as name:
        folder = pathlib.Path(name)
        rng = np.random.default_rng(3)
        cells = sorted({(int(u), int(i)) for u, i in zip(rng.integers(0, 60, 1500), 40 * rng.random(1500) ** 2)})
        (folder / "ratings.tsv").write_text("".join(f"{u}\t{i}\t{1 + (u + i) % 5}\n" for u, i in cells))
        look_at_names()
        look_at_program()
        try_examples(folder)
        compile_c(SOURCE / "tests" / "library_user.c", folder / "user")
        look_at_tables(folder, folder / "user")
        for ranks in (1, 4):
            try_training(folder, folder / "user", ranks)
            try_times(folder, folder / "user", ranks)
            try_use(folder, folder / "user", ranks)
            try_errors(folder, folder / "user", ranks)
    checks.finish()


main()
