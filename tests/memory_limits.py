"""Limits on address space, as batch systems set them by `ulimit -v`: whatever the limit, a run ends within its time with a
model, or with 71 and one line. Below what the program's libraries take, the loader says so instead, with 127. Under
MFALS_SOAK=1 every limit from 100 MB to 1 GB by 10 MB."""

import os
import pathlib
import re
import subprocess

from mfals_run import MFALS, Checks, launch, skip, work_folder

SOAK = bool(os.environ.get("MFALS_SOAK"))
NO_MEMORY, LOADER, LIMIT_S = 71, 127, 60
checks = Checks()


def run(megabytes, ranks, folder, threads):
    """One short training in so much address space for each rank."""
    model = folder / "model.h5"
    model.unlink(missing_ok=True)
    environment = {name: value for name, value in os.environ.items() if name != "OPENBLAS_NUM_THREADS" or threads}
    limited = ["bash", "-c", f"ulimit -v {megabytes * 1000000 // 1024}; exec \"$0\" \"$@\"", MFALS, folder / "ratings.tsv",
               "-n", "1", "-k", "4", "--quiet", "-o", model]
    done = subprocess.run(["timeout", "-k", "5", str(LIMIT_S), *(launch(ranks, *limited) if ranks > 1 else limited)], capture_output=True, text=True, stdin=subprocess.DEVNULL, env=environment)
    return done, model.exists()


def judge(megabytes, ranks, folder, threads=True):
    done, written = run(megabytes, ranks, folder, threads)
    words = f"{megabytes} MB, {ranks} ranks{'' if threads else ', threads not chosen'}: {done.returncode}, {done.stderr[:500]!r}"
    if done.returncode == LOADER:
        checks.check("error while loading shared libraries" in done.stderr and not written, words)
    elif done.returncode == NO_MEMORY:
        lines = re.findall(r"^mfals: .*", done.stderr, re.MULTILINE)
        checks.check(len(lines) == 1 and "memory" in lines[0] and not written, words)
    else:
        checks.check(done.returncode == 0 and written, words)
    return done.returncode


def sweep(limits, ranks, folder, **keywords):
    """Limits in rising order: first the loader, then 71, then models."""
    codes = [judge(limit, ranks, folder, **keywords) for limit in limits]
    order = [(LOADER, NO_MEMORY, 0).index(code) if code in (LOADER, NO_MEMORY, 0) else -1 for code in codes]
    checks.check(order == sorted(order), f"{ranks} ranks: {list(zip(limits, codes, strict=True))}")
    checks.check(NO_MEMORY in codes and codes[-1] == 0, f"{ranks} ranks: {codes}")


def main():
    if os.environ.get("ASAN_OPTIONS") or subprocess.run(["ldd", MFALS], capture_output=True, text=True).stdout.count("libasan"):
        skip("AddressSanitizer needs terabytes of address space")
    with work_folder() as name:
        folder = pathlib.Path(name)
        (folder / "ratings.tsv").write_text("".join(f"{u}\t{i}\t1\n" for u in range(40) for i in range(u % 5, 30, 5)))
        every = range(100, 1001, 10)
        sweep(every if SOAK else (150, 390, 420, 1000), 1, folder)
        sweep(every if SOAK else (150, 400, 1000), 1, folder, threads=False)
        sweep(every if SOAK else (200, 400, 1000), 2, folder)
    checks.finish()


main()
