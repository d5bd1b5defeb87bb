"""The job files on a real SLURM, started for the test: trainings that are told to stop write a checkpoint, are queued
again, under mpirun and under srun, and end in the bytes of an unbroken run; a job on a folder in use is refused; one
that gets nowhere gives up; one goes on to more iterations; a model is evaluated; a sweep ends in table and picture.
With MFALS_SOAK=1 also jobs near their time limits."""

import os
import re
import signal
import subprocess
import sys
import time

from mfals_run import MFALS, Checks, SOURCE, has_open_mpi, train, work_folder
from slurm_cluster import Cluster, until

RATINGS = SOURCE / "data" / "online_retail.tsv.gz"
MORE = 5  # iterations, of a run that is taken up again
OPTIONS = ("--factors", "64", "--holdout", "1")
GRID = ["factors=4,8", "lambda=20,150"]
LIMIT = 170  # seconds; a good deal less than the test's own limit
# The end of a job must not wait for ranks that are gone.
os.environ["OMPI_MCA_odls_base_sigkill_timeout"] = "1"
checks = Checks()


def tasks(count):
    return ["--nodes=1", f"--ntasks={count}", f"--ntasks-per-node={count}", "--time=10"]


class Jobs:
    """Submits the job files and looks at what became of them. Logs are DIR/NAME.log."""

    def __init__(self, cluster, folder):
        self.cluster, self.folder, self.ids = cluster, folder, {}

    def submit(self, name, script, *arguments, ranks=1, options=(), **environment):
        self.ids[name] = self.cluster.submit(
            SOURCE / "jobs" / script, *arguments, folder=self.folder, environment=environment,
            options=[*tasks(ranks), f"--output={self.folder}/{name}.log", *options])

    def log(self, name):
        path = self.folder / f"{name}.log"
        return path.read_text() if path.exists() else ""

    def tail(self, name):
        return "\n".join(self.log(name).splitlines()[-6:])

    def facts(self, name):
        return self.cluster.show(self.ids[name])

    def ended(self, name, state="COMPLETED", code=0, restarts=0, limit=60):
        """Waits until a job is over, and checks how it ended."""
        found = self.cluster.wait(self.ids[name], limit)
        for task in found:
            how = (task["JobState"], task["ExitCode"], int(task["Restarts"]))
            checks.check(how == (state, f"{code}:0", restarts), f"job {name}: {how}\n{self.tail(name)}")
        checks.check(found, f"SLURM has forgotten job {name}")

    def said(self, name, words):
        checks.check(re.search(words, self.log(name)), f"the log of job {name} lacks '{words}':\n{self.tail(name)}")

    def stop(self, name):
        """Tells the job's shell to stop, as SLURM does before the limit; holds the job once it is queued again."""
        self.cluster.ask("scancel", "--signal=USR1", "--batch", self.ids[name])
        queued = until(lambda: self.facts(name)[0]["Restarts"] == "1", 15)
        state = self.facts(name)[0]["JobState"]
        checks.check(queued, f"job {name} was not queued again: {state}\n{self.tail(name)}")
        self.cluster.ask("scontrol", "hold", self.ids[name])


def checkpoints(folder, name):
    """The iterations of a job's checkpoints."""
    return [int(path.stem.partition("-")[2]) for path in (folder / f"{name}.checkpoints").glob("checkpoint-*.h5")]


def start_trainings(jobs, folder):
    """One under mpirun and one under srun, which would go on for hours, one that never gets anywhere, and one whose
    launcher starts nothing and is content."""
    (folder / "options").write_text("iterations = 1000000\n")
    for name, launcher, ranks in (("mpirun", "mpirun", 3), ("srun", f"srun --mpi={'pmix' if has_open_mpi() else 'pmi2'}", 2)):
        jobs.submit(name, "train.sbatch", RATINGS, folder / f"{name}.h5", "--config", folder / "options", *OPTIONS,
                    ranks=ranks, MFALS_LAUNCHER=launcher, SLURM_TIME_FORMAT="relative", SQUEUE_STATES="PENDING")
    nowhere = folder / "nowhere.sh"
    nowhere.write_text("#!/bin/sh\nexit 75\n")
    nowhere.chmod(0o755)
    jobs.submit("stuck", "train.sbatch", RATINGS, folder / "stuck.h5", MFALS=str(nowhere), MFALS_FUTILE_STARTS="1")
    jobs.submit("unstarted", "train.sbatch", RATINGS, folder / "unstarted.h5", MFALS_LAUNCHER="true")


def break_off(jobs, folder):
    """The first by a site's RequeueExit, the second by scontrol requeue. Another on the first's folder is refused.
    Returns the number of iterations at which both shall end now."""
    checks.check(until(lambda: checkpoints(folder, "mpirun"), 30), f"no checkpoint:\n{jobs.tail('mpirun')}")
    jobs.submit("second", "train.sbatch", RATINGS, folder / "mpirun.h5", "--config", folder / "options", *OPTIONS)
    jobs.ended("second", "FAILED", 73, limit=20)
    jobs.stop("mpirun")
    until(lambda: checkpoints(folder, "srun"), 30)
    jobs.cluster.reconfigure(requeue_exit=0)
    jobs.stop("srun")
    for name in ("mpirun", "srun"):
        jobs.said(name, "stopped by SIGUSR1")
        checks.check("its end is not known" not in jobs.log(name), f"job {name} does not know its end:\n{jobs.log(name)[:500]}")
    iterations = max(0, *checkpoints(folder, "mpirun"), *checkpoints(folder, "srun")) + MORE
    (folder / "options").write_text(f"iterations = {iterations}\n")
    for name in ("mpirun", "srun"):
        jobs.cluster.ask("scontrol", "release", jobs.ids[name])
    return iterations


def finish(jobs, folder):
    for name in ("mpirun", "srun"):
        jobs.ended(name, restarts=1)
        jobs.said(name, r"resumed (after|within) iteration \d+.* from")
    jobs.ended("stuck", "FAILED", 1, restarts=1)
    jobs.said("stuck", "gives up: 1 starts without one more iteration")
    jobs.ended("unstarted", "FAILED", 1)
    jobs.said("unstarted", "mfals was not started")
    model = (folder / "unbroken.h5").read_bytes()
    for name in ("mpirun", "srun"):
        path = folder / f"{name}.h5"
        checks.check(path.exists() and path.read_bytes() == model, f"{name}.h5 is not the model of an unbroken run")


def go_on_and_use(jobs, folder, iterations):
    """More iterations from a folder of checkpoints and from a single one, and a model evaluated."""
    for name, checkpoint in (("folder", folder / "mpirun.checkpoints"),
                             ("file", folder / "srun.checkpoints" / f"checkpoint-{iterations}.h5")):
        jobs.submit(name, "resume.sbatch", checkpoint, RATINGS, folder / f"{name}.h5", iterations + MORE, *OPTIONS,
                    ranks=2)
    named = ",".join(name for name in os.environ if name in ("PATH", "SLURM_CONF") or name.startswith(("MFALS", "OMPI_")))
    jobs.submit("evaluate", "evaluate.sbatch", folder / "unbroken.h5", RATINGS, folder / "lists.tsv", "--top", "5",
                "--negatives=50", ranks=2, options=["--export=" + named])
    for name in ("folder", "file", "evaluate"):
        jobs.ended(name)
    for name in ("folder", "file"):
        jobs.said(name, f"resumed after iteration {iterations} from")
    models = [folder / f"{name}.h5" for name in ("folder", "file")]
    same = all(map(os.path.exists, models)) and models[0].read_bytes() == models[1].read_bytes()
    checks.check(same, "one more training from a folder and from a file differ")
    jobs.said("evaluate", r"\n +5 +0\.\d+")
    lists = (folder / "lists.tsv").read_text().splitlines() if (folder / "lists.tsv").exists() else []
    checks.check(len(lists) >= 5 * 4000, f"{len(lists)} lines of recommendations")


def sweep(jobs, folder):
    for name in range(4):
        words = (folder / f"sweep-{name}.log").read_text()
        checks.check(f"trial {name}: " in words, f"task {name} of the sweep:\n{words}")
    rows = [line.split("\t") for line in (folder / "sweep" / "sweep.tsv").read_text().splitlines()]
    ranked = [float(row[rows[0].index("ndcg@10")]) for row in rows[1:]]
    combinations = sorted(row[:2] for row in rows[1:])
    checks.check(combinations == [["4", "150.0"], ["4", "20.0"], ["8", "150.0"], ["8", "20.0"]], f"the sweep: {rows}")
    checks.check(ranked == sorted(ranked, reverse=True), f"the sweep's order: {ranked}")
    picture = folder / "sweep" / "sweep.png"
    checks.check(picture.exists() and picture.read_bytes()[:4] == b"\x89PNG", "no picture of the sweep")
    best = dict(zip(rows[0], rows[1]))
    settings = rf"mfals train \S+ .*--factors {best['factors']} .*--lambda {float(best['lambda']):g} "
    last = max(folder.glob("sweep-*.log"), key=os.path.getmtime).read_text()
    checks.check(re.search(settings, last), f"the best settings as a command:\n{last}")


def run_into_the_limit(jobs, folder):
    """Endless jobs of two and three minutes. The first is stopped by the end that SLURM has set, less a tenth; the
    second by the signal, which is due sooner."""
    begun = time.monotonic()
    endless = ("--iterations", "1000000", *OPTIONS)
    jobs.submit("limit", "train.sbatch", RATINGS, folder / "limit.h5", *endless, ranks=2,
                options=["--time=2", "--signal=B:CONT@1"])
    jobs.submit("signal", "train.sbatch", RATINGS, folder / "signal.h5", *endless, ranks=2,
                options=["--time=3", "--signal=B:USR1@100"])
    for name, words in (("signal", "stopped by SIGUSR1"), ("limit", "the job's end is near")):
        queued = until(lambda: jobs.facts(name)[0]["Restarts"] == "1", 180)
        checks.check(queued, f"job {name} was not queued again:\n{jobs.tail(name)}")
        jobs.said(name, words)
        jobs.cluster.ask("scancel", jobs.ids[name])
        print(f"{name}: queued again after {time.monotonic() - begun:.0f} s")
        checks.check("DUE TO TIME LIMIT" not in jobs.log(name), f"{name} was killed:\n{jobs.tail(name)}")
    for name in ("signal", "limit"):
        jobs.ended(name, "CANCELLED", restarts=1)


def start_without_mpi(folder):
    """Tasks that an srun without PMIx starts know nothing of each other: one line, and no model."""
    model = folder / "none.h5"
    done = subprocess.run(["timeout", "60", "srun", "--mpi=none", "--ntasks=3", MFALS, "train", RATINGS, "-o", model],
                          stdin=subprocess.DEVNULL, capture_output=True, text=True)
    said = [line for line in done.stderr.splitlines() if not line.startswith("srun: ")]
    checks.check(done.returncode == 64 and len(said) == 1 and said[0].startswith("mfals: 3 tasks were started by srun ")
                 and not done.stdout and not model.exists(), f"srun --mpi=none: {done.returncode} {done.stdout} {said}")


def main():
    signal.signal(signal.SIGALRM, lambda *_: sys.exit(f"not done after {LIMIT} s"))
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("terminated"))
    soak = os.environ.get("MFALS_SOAK") == "1"
    signal.alarm(LIMIT + 300 * soak)
    with work_folder() as folder, Cluster(folder) as cluster:
        folder = cluster.folder.parent
        jobs = Jobs(cluster, folder)
        start_trainings(jobs, folder)
        iterations = break_off(jobs, folder)
        train(1, RATINGS, folder / "unbroken.h5", "--iterations", iterations, *OPTIONS)
        subprocess.run([SOURCE / "scripts" / "sweep.py", "plan", folder / "sweep", RATINGS, "--grid", *GRID, "--",
                        "--iterations", "3"], check=True, stdout=subprocess.DEVNULL)
        jobs.submit("sweep", "sweep.sbatch", folder / "sweep",
                    options=["--array=0-3", f"--output={folder}/sweep-%a.log"])
        finish(jobs, folder)
        go_on_and_use(jobs, folder, iterations)
        jobs.ended("sweep")
        sweep(jobs, folder)
        start_without_mpi(folder)
        if soak:
            run_into_the_limit(jobs, folder)
    checks.check(not cluster.processes(), "processes of jobs are left")
    done = subprocess.run([sys.executable, SOURCE / "tests" / "slurm_shell.py", "sbatch", "--wait", "--output=/dev/null",
                           "--wrap", "exit 3"], capture_output=True, text=True)
    checks.check(done.returncode == 3 and "Submitted" in done.stdout, f"slurm_shell.py: {done.returncode} {done.stderr}")
    print(f"{iterations} iterations, each run broken off once")
    checks.finish()


main()
