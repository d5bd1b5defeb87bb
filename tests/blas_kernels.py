"""An OpenBLAS that does not know the processor (blas_shim.c plays it): the program takes the kernels of the nearest one known,
keeps what the user chose, records what ran, and warns of other kernels when it resumes; a program that uses libmfals is told
what to set."""

import os
import pathlib
import re
import subprocess

import h5py

from mfals_run import MFALS, SOURCE, Checks, launch, run, skip, train, work_folder, write_ratings

SHIM = os.environ.get("MFALS_BLAS_SHIM", "")
LIBRARY = pathlib.Path(os.environ["MFALS_LIBRARY"])
checks = Checks()

USER = r"""
#include <mfals/mfals.h>
#include <stdio.h>
static void print(enum mfals_message_kind kind, const char *line, void *data) { (void)kind; (void)data; puts(line); }
int main(int argc, char **argv)
{
    struct mfals_context *context;
    struct mfals_options *options;
    struct mfals_ratings *ratings;
    struct mfals_model *model;
    const char *const paths[] = {argv[1]};
    const char *name, *value;
    for (int i = 0; mfals_blas_setting(&name, &value, i); i++)
        printf("%s=%s\n", name, value);
    MPI_Init(&argc, &argv);
    mfals_open(&context, MPI_COMM_WORLD);
    mfals_on_message(context, print, NULL);
    mfals_options_new(&options, context, "train");
    mfals_ratings_read(&ratings, options, paths, 1);
    mfals_train(&model, ratings, NULL);
    mfals_model_free(&model);
    mfals_ratings_free(&ratings);
    mfals_options_free(&options);
    mfals_close(&context);
    return MPI_Finalize();
}
"""


def environment(core=None, shim=True):
    """OPENBLAS_CORETYPE as the user has it; None: not at all."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("OPENBLAS_CORE")}
    return {**kept, **({"LD_PRELOAD": SHIM} if shim else {}), **({"OPENBLAS_CORETYPE": core} if core else {})}


def core_told(**keywords):
    done = subprocess.run(["timeout", "20", MFALS, "--version"], env=environment(**keywords), capture_output=True, text=True)
    checks.check(done.returncode == 0 and done.stderr == "", f"--version: {done.returncode} {done.stderr}")
    return re.search(r"^BLAS core: +(.*)$", done.stdout, re.MULTILINE).group(1)


def nearest():
    flags = set(re.search(r"^flags\s*:(.*)$", pathlib.Path("/proc/cpuinfo").read_text(), re.MULTILINE).group(1).split())
    if {"avx512f", "avx512cd", "avx512bw", "avx512dq", "avx512vl"} <= flags:
        return "SkylakeX"
    if {"avx2", "fma"} <= flags:
        return "Haswell"
    skip("a processor without AVX2 has old kernels by right")


def check_program(expected, folder):
    checks.check(core_told() == expected, f"kernels of {core_told()} where {expected} is nearest")
    checks.check(core_told(core="Nehalem") == "Nehalem", "the user's choice is not kept")
    checks.check(core_told(shim=False) != "Prescott", "OpenBLAS itself takes old kernels")
    ratings = folder / "ratings.tsv"
    write_ratings(ratings, [(u, i, 1) for u in range(40) for i in range(u % 5, 30, 5)])
    done = subprocess.run(launch(2, MFALS, ratings, "-o", folder / "model.h5", "-n", "1"), env=environment(),
                          capture_output=True, text=True, timeout=60)
    checks.check(done.returncode == 0 and "OPENBLAS" not in done.stderr, f"2 ranks: {done.returncode} {done.stderr}")
    with h5py.File(folder / "model.h5") as model:
        checks.check(model.attrs["blas_core"] == expected, f"the model says {model.attrs['blas_core']}")
    return ratings


def check_resume(expected, ratings, folder):
    """Kernels that are not those of the checkpoint."""
    words = ["--checkpoint-dir", folder / "run"]
    train(0, ratings, folder / "one.h5", "-n", 1, *words, environment={"OPENBLAS_CORETYPE": "Nehalem"})
    for core, warns in ((expected, True), ("Nehalem", False)):
        done = run(0, "train", ratings, "-o", folder / "two.h5", "-n", 2, "--resume", folder / "run/checkpoint-1.h5",
                   environment={"OPENBLAS_CORETYPE": core})
        told = f"blas_core Nehalem, this run has {expected}" in done.stderr
        checks.check(done.returncode == 0 and told == warns, f"resumed with {core}: {done.returncode} {done.stderr}")


def check_library(expected, ratings, folder):
    (folder / "user.c").write_text(USER)
    done = subprocess.run(["mpicc", f"-I{SOURCE / 'include'}", folder / "user.c", "-o", folder / "user", f"-L{LIBRARY}", "-lmfals",
                           f"-Wl,-rpath,{LIBRARY}"], capture_output=True, text=True)
    checks.check(done.returncode == 0, f"user.c: {done.stderr}")
    for core, wanted in ((None, f"OPENBLAS_CORETYPE={expected}"), ("Nehalem", "")):
        told = subprocess.run(["timeout", "20", folder / "user", ratings], env=environment(core=core), capture_output=True, text=True).stdout
        checks.check((told.splitlines()[0] == wanted and f"{wanted} should be set" in told) if wanted else "OPENBLAS" not in told,
                     f"libmfals, {core}: {told}")


def main():
    if not SHIM:
        skip("this BLAS is not OpenBLAS")
    expected = nearest()
    with work_folder() as name:
        folder = pathlib.Path(name)
        ratings = check_program(expected, folder)
        check_resume(expected, ratings, folder)
        check_library(expected, ratings, folder)
    checks.finish()


main()
