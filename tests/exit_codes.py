"""Every exit code of include/mfals/status.h, by what a user or a machine does to get it: the same from all ranks, with one line
that says why, in time, and nobody left behind."""

import os
import pathlib
import re
import signal

import jobs
from mfals_run import SOURCE, Checks, run, work_folder

checks = Checks()
seen = set()


def expect(code, words, *arguments, ranks=(1, 3), **keywords):
    """mfals on each number of ranks ends with the code, and with one line that has the words in it."""
    for number in ranks:
        done = run(number, *arguments, limit=60, **keywords)
        judge(code, words, number, done.returncode, done.stderr)


def judge(code, words, ranks, got, said):
    lines = [line for line in said.splitlines() if line.startswith("mfals: ") and "warning" not in line]
    checks.check(got == code, f"{code} on {ranks} ranks: {got}\n{said}")
    checks.check((len(lines) == 1 and words in lines[0]) if code else not lines, f"{code} on {ranks} ranks: {lines}")
    seen.add(code)


def write_inputs(folder):
    good = "".join(f"{user}\t{item}\t{1 + user * item % 5}\n" for user in range(40) for item in range(user % 7, 30, 7))
    (folder / "good.tsv").write_text(good)
    (folder / "bad.tsv").write_text(good + "7\tx\tmany\n")
    (folder / "wide.mtx").write_text("%%MatrixMarket matrix coordinate real general\n20000000 10 2\n1 1 1\n2 2 1\n")
    (folder / "folder").mkdir()


def stop_early(folder):
    """75 and what follows it: asked to stop once there is a checkpoint, and then taken up with other options."""
    def options(factors):
        return ["train", folder / "good.tsv", "-o", folder / "model.h5", "-k", factors, "-n", 1000000, "--checkpoint-dir",
                folder / "run"]

    for number in (1, 3):
        with jobs.Job(folder, ["-np", number], *options(6), "--resume", "never") as job:
            job.reach(2, limit=60)
            os.kill(job.rank(number - 1), signal.SIGUSR1)
            code = job.process.wait(60)
        judge(75, "checkpoint", number, code, job.said())
    expect(76, "factors", *options(7))


def lose_mpi(folder):
    """70: the ranks cannot agree on a failure of MPI itself."""
    shim = {"LD_PRELOAD": os.environ["MFALS_MPI_SHIM"], "MPI_SHIM_NTH": "5"}
    for rank, number in ((0, 1), (2, 3)):
        expect(70, "MPI failed", "train", folder / "good.tsv", "-o", folder / "lost.h5", ranks=(number,),
               environment={**shim, "MPI_SHIM_RANK": str(rank)})
    checks.check(not (folder / "lost.h5").exists(), "a model of a run without MPI")


def main():
    with work_folder() as name:
        folder = pathlib.Path(name)
        write_inputs(folder)
        good, model = folder / "good.tsv", folder / "model.h5"
        expect(0, "", "train", good, "-o", model, "-k", 6, "--quiet")
        expect(64, "--factors", "train", good, "-k", "many")
        expect(65, f"{folder / 'bad.tsv'}:", "train", folder / "bad.tsv", "-o", folder / "none.h5")
        expect(66, "absent.tsv", "train", folder / "absent.tsv")
        expect(71, "memory", "train", folder / "wide.mtx", "-k", 2048, "-o", folder / "none.h5")
        expect(73, "folder", "train", good, "-o", folder / "folder")
        expect(74, "/dev/full", "train", good, "-o", folder / "logged.h5", "--log-json", "/dev/full")
        stop_early(folder)
        lose_mpi(folder)
        checks.check(not (folder / "none.h5").exists(), "a model of a run that failed")
    codes = {int(code) for code in re.findall(r"X\(MFALS_\w+, (\d+),", (SOURCE / "include/mfals/status.h").read_text())}
    checks.check(seen == codes, f"codes {codes - seen} were not met, {seen - codes} are not in the list")
    print(f"{len(seen)} codes")
    checks.finish()


main()
