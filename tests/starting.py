"""How mfals starts: what it answers without MPI, in environments in which no MPI starts; ranks that know nothing of each other,
as a launcher of another MPI makes them; ranks that were told different things."""

import os
import pathlib
import shlex
import shutil
import subprocess
import time

from mfals_run import MFALS, Checks, has_open_mpi, launch, run, said_by_ranks, work_folder

checks = Checks()
OTHER_LAUNCHER = os.environ.get("MFALS_OTHER_LAUNCHER") or shutil.which(
    "mpiexec.hydra" if has_open_mpi() else "mpirun.openmpi")
STEP = {"SLURM_JOB_ID": "1", "SLURM_NODELIST": "node1", "SLURM_STEP_ID": "0"}


def start(*arguments, environment=None):
    """mfals without a launcher and with this environment alone: exit code, stdout and what it said on stderr."""
    done = subprocess.run(["timeout", "-k", "5", "60", MFALS, *map(str, arguments)], stdin=subprocess.DEVNULL, text=True,
                          capture_output=True, env=environment or {})
    return done.returncode, done.stdout, done.stderr


def check_answers(folder, model):
    """Without PATH, HOME or a folder for temporary files, and where Open MPI takes itself for started by an srun that is
    not there: nothing of it starts then."""
    places = {"nothing": {}, "no temporary folder": {"TMPDIR": "/none", "HOME": "/none"},
              "within srun": {**STEP, "SLURM_PROCID": "0", "SLURM_STEP_NUM_TASKS": "1"},
              "within another srun's PMIx": {**STEP, "SLURM_STEP_NUM_TASKS": "1", "PMIX_RANK": "0",
                                             "PMIX_NAMESPACE": "none", "PMIX_SERVER_URI2": "none"}}
    questions = [(("--help",), 0, "Usage: mfals", ""), (("recommend", "--help"), 0, "Usage: mfals recommend", ""),
                 (("--version",), 0, "mfals ", ""), (("help", "info"), 0, "Usage: mfals info", ""),
                 (("info", model), 0, "users", ""), (("check", model), 0, "sound", ""),
                 (("info", folder / "none"), 66, "", "cannot open"), (("--bogus",), 64, "", "unknown option '--bogus'"),
                 (("-k", "0", "x.tsv"), 64, "", "--factors: '0' is not"), (("trian",), 64, "", "did you mean train"),
                 (("evaluate",), 64, "", "needs MODEL"), (("-a", "als", "--alpha", "3"), 64, "", "--alpha: has a meaning"),
                 (("--ranks", "0"), 64, "", "--ranks: '0' is not"), (("check", "--ranks=x", model), 64, "", "--ranks: 'x'")]
    for place, environment in places.items():
        for arguments, code, out, said in questions if place == "nothing" else questions[2:8]:
            got = start(*arguments, environment=environment)
            one = got[2].count("\n") == (code != 0) and said in got[2]
            checks.check(got[0] == code and one and out in got[1], f"{arguments} with {place}: {got}")
    checks.check(start("--version")[1].count("mfals ") == 1, "the version is told once")


def check_alone(folder, ratings):
    """One rank, wherever a shell may be, and with --ranks 1 among several tasks."""
    places = [({}, ()), ({**STEP, "SLURM_STEP_NUM_TASKS": "1"}, ()), ({**STEP, "SLURM_STEP_NUM_TASKS": "4"}, ("--ranks", 1)),
              ({"PMI_SIZE": "4", "PMI_RANK": "2", "MPI_LOCALNRANKS": "4"}, ("--ranks", 1))]
    models = []
    for number, (environment, options) in enumerate(places):
        models.append(folder / f"alone-{number}.h5")
        got = start("train", ratings, "-o", models[-1], "-k", 4, "-n", 2, "--quiet", *options, environment=environment)
        checks.check(got == (0, "", ""), f"one rank with {environment}: {got}")
    got = start("info", models[-1], "--ranks", 1, environment=places[-1][0])
    checks.check(got[0] == 0 and "users" in got[1], f"not the first of several tasks, but meant to be alone: {got}")
    checks.check(len({model.read_bytes() for model in models if model.exists()}) == 1, "other bytes in another environment")
    job = {"SLURM_JOB_ID": "1", "SLURM_NODELIST": "node1", "SLURM_NTASKS": "4", "SLURM_PROCID": "0"}
    code, _, said = start("convert", ratings, "-o", folder / "r.h5", "--quiet", environment=job)
    checks.check(code == 0 and said.startswith("mfals: warning: one rank alone, in a job of 4 tasks: start mfals by /"),
                 f"alone in a batch job: {code} {said}")
    got = start("convert", ratings, "-o", folder / "r.h5", "--quiet", "--ranks", 1, environment=job)
    checks.check(got == (0, "", ""), f"alone in a batch job, and meant: {got}")
    code, _, said = start("train", ratings, "-o", folder / "none.h5", "--ranks", 2)
    checks.check(code == 64 and said == "mfals: --ranks: 2 meant, and 1 runs\n", f"2 meant, 1 runs: {code} {said}")


def check_singletons(folder, ratings):
    """N processes that each have one rank: the first says so, in one line, and none writes anything."""
    ways = {"SLURM_STEP_NUM_TASKS": ({**STEP, "SLURM_NTASKS": "3"}, "SLURM_PROCID", "srun"),
            "SLURM_NTASKS": (STEP, "SLURM_PROCID", "srun"), "PMI_SIZE": ({}, "PMI_RANK", "a launcher of MPICH's kind"),
            "MPI_LOCALNRANKS": ({}, "MPI_LOCALRANKID", "mpiexec"), "FLUX_JOB_SIZE": ({}, "FLUX_TASK_RANK", "flux"),
            "MV2_COMM_WORLD_SIZE": ({}, "MV2_COMM_WORLD_RANK", "mpirun of MVAPICH"),
            "JSM_NAMESPACE_SIZE": ({}, "JSM_NAMESPACE_RANK", "jsrun")}
    for size, (environment, rank, launcher) in ways.items():
        for task in (0, 1) if size == "SLURM_STEP_NUM_TASKS" else (0,):
            got = start("train", ratings, "-o", folder / "none.h5", environment={**environment, size: "3", rank: str(task)})
            check_refusal(f"task {task} by {size}", *got, f"3 tasks were started by {launcher} ({size}), " if task == 0 else "")
    if not OTHER_LAUNCHER:
        print("not tried: a launcher of another MPI (mpiexec.hydra, of Debian's mpich, or mpirun.openmpi)")
    else:
        done = subprocess.run(["timeout", "-k", "5", "60", OTHER_LAUNCHER, "-n", "3", MFALS, "train", ratings, "-o",
                               folder / "none.h5"], stdin=subprocess.DEVNULL, capture_output=True, text=True)
        check_refusal(OTHER_LAUNCHER, done.returncode, done.stdout, said_by_ranks(done.stderr), "3 tasks were started by ")
    checks.check(not (folder / "none.h5").exists(), "a model of ranks that know nothing of each other")


def check_refusal(name, code, out, said, words):
    wanted = ("each is a run of its own with one rank: mfals is built with ", f"srun --mpi={'pmix' if has_open_mpi() else 'pmi2'}; --ranks 1 says")
    told = said.startswith(f"mfals: {words}") and all(part in said for part in wanted) and said.count("\n") == 1
    checks.check(code == 64 and out == "" and (told if words else said == ""), f"{name}: {code} {out} {said}")


def other_build(folder):
    """The program with another build id, as another build has."""
    found = subprocess.run(["readelf", "--notes", MFALS], capture_output=True, text=True).stdout.partition("Build ID: ")[2]
    mark = bytes.fromhex(found.split()[0])
    whole = pathlib.Path(MFALS).read_bytes()
    other = folder / "mfals"
    other.write_bytes(whole.replace(mark, bytes([mark[0] ^ 1]) + mark[1:]))
    other.chmod(0o755)
    return other


def launch_apart(ranks, command, last):
    """The last rank has a command of its own. The mpirun of Open MPI 5.0.7 crashes where it is given two: there each rank's
    shell chooses."""
    if "Open MPI v5" not in start("--version")[1]:
        return launch(ranks - 1, *command, ":", "-np", 1, *last)
    mine, theirs = (shlex.join(map(str, words)) for words in (last, command))
    return launch(ranks, "sh", "-c", f'if [ "$OMPI_COMM_WORLD_RANK" = {ranks - 1} ]; then exec {mine}; else exec {theirs}; fi')


def check_differences(folder, ratings):
    """Ranks that were started with different words are told so, and do not wait for each other."""
    copy = folder / "copy.tsv"
    copy.write_bytes(ratings.read_bytes())
    options = ["-k", "4", "-o", folder / "none.h5", "--quiet"]
    first = [MFALS, "train", ratings, *options]
    cases = [([MFALS, "train", copy, *options], f"arguments than rank 0: '{copy}' in place of '{ratings}'"),
             ([*first, "--verbose"], "arguments than rank 0: '--verbose' in place of nothing"),
             ([MFALS, "--help"], "arguments than rank 0: '--help' in place of 'train'"),
             ([other_build(folder), *first[1:]], "versions than rank 0: 'mfals ")]
    for other, words in cases:
        begun = time.monotonic()
        done = subprocess.run(["timeout", "-k", "5", "60", *launch_apart(3, first, other)], stdin=subprocess.DEVNULL, capture_output=True, text=True)
        said, took = said_by_ranks(done.stderr), time.monotonic() - begun
        checks.check(done.returncode == 64 and said.startswith(f"mfals: rank 2 has other {words}") and said.count("\n") == 1
                     and took < 30, f"{other}: {done.returncode} after {took:.0f} s, {said}")
    for ranks, meant, code in ((2, 2, 0), (2, 1, 64), (1, 1, 0)):
        done = run(ranks, "train", ratings, "-k", 4, "-n", 1, "-o", folder / "meant.h5", "--quiet", "--ranks", meant)
        told = f"mfals: --ranks: {meant} meant, and {ranks} run\n" if code else ""
        checks.check(done.returncode == code and said_by_ranks(done.stderr) == told,
                     f"{meant} meant, {ranks} run: {done.returncode} {done.stderr}")
    checks.check(not (folder / "none.h5").exists(), "a model of ranks that were told different things")


def check_shared_memory(folder):
    """Sizes of /dev/shm about that of the factors, of which MPI wants a little more: no memory, or a model."""
    apart = ["unshare", *(["--user", "--map-root-user"] if os.geteuid() else []), "--mount"]
    if shutil.which("unshare") is None or subprocess.run([*apart, "mount", "-t", "tmpfs", "tmpfs", "/dev/shm"],
                                                         capture_output=True).returncode != 0:
        print("not tried: small shared memory, for no /dev/shm of one's own can be made here")
        return
    ratings, model = folder / "many.tsv", folder / "shared.h5"
    ratings.write_text("".join(f"{n % 3000}\t{n % 1499}\t1\n" for n in range(9000)))
    for size, wanted in ((1136, 71), (1148, 71), (1160, 71), (1400, 0)):  # KiB; the factors take 1136
        model.unlink(missing_ok=True)
        command = launch(2, MFALS, ratings, "-o", model, "-k", 64, "-n", 1, "--quiet")
        done = subprocess.run(["timeout", "-k", "5", "60", *apart, "sh", "-c",
                               f'mount -t tmpfs -o size={size}k tmpfs /dev/shm && exec "$@"', "sh", *command],
                              stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              env={**os.environ, "TMPDIR": str(folder)})  # root's own may be there
        lines = [line for line in done.stderr.splitlines() if line.startswith("mfals: ")]
        told = len(lines) == 1 and "--replica rank" in lines[0] if wanted else not lines
        checks.check(done.returncode == wanted and told and model.exists() == (wanted == 0),
                     f"{size} KiB of shared memory: {done.returncode} {done.stderr}")


def check_no_windows(folder, ratings):
    """Open MPI with a transport that makes no shared windows: the same model, with a word; another MPI looks at no such
    variable."""
    if not has_open_mpi():
        print("not tried: no shared windows, for this MPI is not Open MPI")
        return
    model = folder / "windows.h5"
    run(2, "train", ratings, "-o", model, "-k", 4, "--quiet")
    for ranks in (2, 3, 7):
        done = run(ranks, "train", ratings, "-o", folder / "no-windows.h5", "-k", 4, environment={"OMPI_MCA_osc": "^sm"})
        lines = [line for line in done.stderr.splitlines() if "shared memory" in line]
        checks.check(done.returncode == 0 and len(lines) == 1 and lines[0].startswith("mfals: warning: ")
                     and "as with --replica rank" in lines[0], f"no windows on {ranks} ranks: {done.returncode} {done.stderr}")
        checks.check((folder / "no-windows.h5").read_bytes() == model.read_bytes(), f"no windows on {ranks} ranks: other bytes")
    done = run(2, "recommend", model, "--top", 2, "--quiet", environment={"OMPI_MCA_osc": "^sm"})
    checks.check(done.returncode == 0 and done.stdout == run(2, "recommend", model, "--top", 2, "--quiet").stdout != "",
                 f"lists without windows: {done.returncode} {done.stderr}")


def main():
    with work_folder() as name:
        folder = pathlib.Path(name)
        ratings, model = folder / "ratings.tsv", folder / "model.h5"
        ratings.write_text("".join(f"{u}\t{i}\t{1 + u * i % 5}\n" for u in range(30) for i in range(u % 5, 20, 5)))
        made = start("train", ratings, "-o", model, "-k", 4, "--quiet")
        checks.check(made == (0, "", ""), f"a run with an empty environment: {made}")
        check_answers(folder, model)
        check_alone(folder, ratings)
        check_singletons(folder, ratings)
        check_differences(folder, ratings)
        check_shared_memory(folder)
        check_no_windows(folder, ratings)
    checks.finish()


main()
