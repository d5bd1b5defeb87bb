"""The job files without a SLURM: bash runs them with squeue, scontrol, srun and mpirun made for the test. Whatever a
user's environment asks of SLURM, date or bash, and whatever others have written to the checkpoint folder, the ranks
are started and their exit code comes back; no text is run as a command. With MFALS_SOAK=1 each variable by itself,
else many at a time."""

import itertools
import os
import pathlib
import re
import shutil
import subprocess
import time

from mfals_run import Checks, SOURCE, work_folder

SOAK = bool(os.environ.get("MFALS_SOAK"))
checks = Checks()
HIDDEN = ("SLURM_", "SQUEUE_", "OMPI_", "PMI", "SBATCH_", "MFALS", "PRTE_")

# What each tool does; $W is the test's folder. The end of the job is 4000 seconds away, or $W/left.
TOOLS = {
    "squeue": """case "${SLURM_TIME_FORMAT-}" in
%s) echo $(($(date +%s) + $(cat $W/left 2>/dev/null || echo 4000))) ;;
*) date +%Y-%m-%dT%H:%M:%S ;;
esac
env >$W/squeue.env""",
    "scontrol": """echo "$@" >>$W/scontrol.log
case $1 in
show) printf 'Configuration data\\nRequeueExit             = %s\\nRequeueExitHold         = 75\\n' "$(cat $W/requeue_exit)" ;;
esac""",
    "srun": """case "$*" in
*--mpi=list*) echo 'MPI plugin types are...' $(cat $W/plugins) >&2; exit ;;
esac
echo "srun $*" >>$W/launched; shift; exec "$@" """,
    "mpirun": """if [ "$1" = --version ]; then cat $W/mpirun.version; exit; fi
echo "mpirun $*" >>$W/launched; exec "$@" """,
    "sleep": "exit 0",
    "mfals": """case "$*" in
*--version*) cat $W/mfals.version; exit ;;
"evaluate --help") printf '      --negatives=N  xx\\n      --top=K,...\\n      --quiet\\n'; exit ;;
"recommend --help") printf '      --titles=FILE  xx\\n  -o, --output=FILE\\n      --top=N\\n      --quiet\\n'; exit ;;
esac
echo "mfals $*" >>$W/launched
env >$W/mfals.env
if [ "$2" = --checkpoint-dir ]; then mkdir -p "$3"; date +%N >"$3/lock"; fi
exit $(cat $W/code)""",
}


class Place:
    """A folder with the tools, for one run of a job file."""

    def __init__(self, folder):
        self.folder = folder
        (folder / "bin").mkdir()
        for name, body in TOOLS.items():
            self.tool(name, body)
        for name, text in (("requeue_exit", "75"), ("plugins", "none pmi2 pmix"), ("mpirun.version", "mpirun (Open MPI)"),
                           ("mfals.version", "MPI:        Open MPI v4.1.4"), ("code", "0")):
            self.put(name, text)
        self.checkpoints = folder / "model.checkpoints"

    def tool(self, name, body):
        path = self.folder / "bin" / name
        path.write_text(f"#!/bin/sh\nW={self.folder}\n{body}\n")
        path.chmod(0o755)

    def put(self, name, text):
        (self.folder / name).write_text(text + "\n")

    def get(self, name):
        path = self.folder / name
        return path.read_text() if path.exists() else ""

    def run(self, script, *arguments, without=(), wrapper=(), limit=30, **environment):
        """Runs a job file; returns its exit code and what it said. without: tools that are not there."""
        for name in ("launched", "scontrol.log", "mfals.env", "squeue.env"):
            (self.folder / name).unlink(missing_ok=True)
        kept = {name: value for name, value in os.environ.items() if not name.startswith(HIDDEN)}
        only = self.folder / "only"
        if without:  # a PATH of its own
            shutil.rmtree(only, ignore_errors=True)
            only.mkdir()
            for tool in ("bash", "sh", "env", "cat", "date", "stat", "mkdir", "mktemp", "mv", "rm", "timeout", "flock"):
                (only / tool).symlink_to(shutil.which(tool))
            for tool in set(TOOLS) - set(without):
                (only / tool).symlink_to(self.folder / "bin" / tool)
        path = str(only) if without else f"{self.folder}/bin:{os.environ['PATH']}"
        done = subprocess.run(
            [*wrapper, "bash", SOURCE / "jobs" / script, *map(str, arguments)], cwd=self.folder, stdin=subprocess.DEVNULL,
            capture_output=True, text=True, timeout=limit, env={
                **kept, "PATH": path, "SLURM_JOB_ID": "17", "SLURM_SUBMIT_DIR": str(SOURCE),
                "MFALS": str(self.folder / "bin" / "mfals"), "MFALS_FUTILE_STARTS": "1000", **environment})
        return done.returncode, done.stdout + done.stderr

    def train(self, **keywords):
        return self.run("train.sbatch", "ratings.tsv", self.folder / "model.h5", **keywords)

    def expect(self, name, code=0, words="", launched="mfals train --checkpoint-dir", **keywords):
        found, said = self.train(**keywords)
        holds = found == code and re.search(words, said) and re.search(launched, self.get("launched") or "none")
        checks.check(holds, f"{name}: {found} {said!r}, launched {self.get('launched')!r}")
        return said

    def variable(self, name, of="mfals.env"):
        found = re.search(rf"^{name}=(.*)$", self.get(of), re.MULTILINE)
        return found and found.group(1)


def environments(place):
    """Whatever is set, the job starts its ranks and they know the job's end."""
    bash_env = place.folder / "bash_env"
    bash_env.write_text("set -o noclobber -o noglob; shopt -s failglob nullglob; IFS=/; PS4=x; false\n")
    sets = {
        "SLURM_TIME_FORMAT": ("relative", "%d.%m.", "", "standard"), "SQUEUE_FORMAT": ("%i", ""), "SQUEUE_FORMAT2": ("jobid",),
        "SQUEUE_STATES": ("PD",), "SLURM_CLUSTERS": ("elsewhere",), "SCONTROL_ALL": ("1",), "TZ": ("Pacific/Chatham", "no/zone"),
        "LC_ALL": ("tr_TR.UTF-8", "de_DE.UTF-8", "nowhere"), "POSIXLY_CORRECT": ("1",), "GREP_OPTIONS": ("--color=always -q",),
        "CDPATH": ("/tmp:/",), "GLOBIGNORE": ("*",), "BASH_ENV": (str(bash_env), "/nowhere"),
        "SHELLOPTS": ("noclobber:noglob", "errexit:nounset:posix", "monitor"), "BASHOPTS": ("failglob:nocasematch:xpg_echo",),
        "IFS": ("0123456789", "/"), "SLURM_JOB_END_TIME": ("x[$(touch owned)]", "1"), "SLURM_RESTART_COUNT": ("x[$(touch owned)]",),
        "SLURM_EXPORT_ENV": ("NONE",), "TMPDIR": ("/nowhere",), "COLUMNS": ("5",), "SBATCH_SIGNAL": ("B:USR1@x[$(touch owned)]",),
    }
    place.train()  # a second start finds `starts` and `lock`
    if SOAK:
        trials = [{name: value} for name, values in sets.items() for value in values]
    else:  # the first value of each, the second of each, ...
        trials = [{name: value for name, value in zip(sets, values) if value is not None}
                  for values in itertools.zip_longest(*sets.values())]
    for trial in trials:
        wrapper = ["env", *(f"{name}={value}" for name, value in trial.items())]  # bash takes SHELLOPTS no other way
        said = place.expect(trial, wrapper=wrapper)
        end = place.variable("SLURM_JOB_END_TIME") or "0"
        checks.check(end.isdigit() and 3000 < int(end) - time.time() < 5000, f"{trial}: the end is {end}: {said!r}")
    place.expect("all of a step", SLURM_EXPORT_ENV="NONE", SLURM_STEP_NUM_TASKS="4", PMI_SIZE="4", PMI_RANK="1",
                 PMIX_RANK="0", PMIX_NAMESPACE="x", PMIX_SERVER_URI2="x", PMIX_MCA_gds="hash", SLURM_MEM_PER_CPU="1",
                 SLURM_MEM_PER_NODE="2", SQUEUE_USERS="x", SCONTROL_ALL="1")
    for name in ("SLURM_EXPORT_ENV", "SLURM_STEP_NUM_TASKS", "PMI_SIZE", "PMI_RANK", "PMIX_RANK", "PMIX_NAMESPACE",
                 "PMIX_SERVER_URI2", "SLURM_MEM_PER_CPU", "SLURM_MEM_PER_NODE"):
        checks.check(place.variable(name) is None, f"{name} reaches the ranks")
    checks.check(place.variable("PMIX_MCA_gds") == "hash", "PMIX_MCA_gds is a setting of the user's")
    checks.check(place.variable("SQUEUE_USERS", "squeue.env") is None, "SQUEUE_USERS reaches squeue")
    place.expect("sigkill", OMPI_MCA_odls_base_sigkill_timeout="3")
    for name in ("OMPI_MCA_odls_base_sigkill_timeout", "OMPI_MCA_oob_tcp_keepalive_time", "PRTE_MCA_oob_tcp_keepalive_time"):
        checks.check(place.variable(name) == "3", f"{name} is {place.variable(name)}")


def tools(place):
    """Absent, failing and slow tools, and which one starts the ranks."""
    unknown = "its end is not known"
    place.expect("no squeue", words=unknown, without=["squeue"])
    place.tool("squeue", "echo slurm_load_jobs error >&2; exit 1")
    place.expect("squeue fails", words=unknown)
    place.expect("squeue fails, a past end", words=unknown, SLURM_JOB_END_TIME="1000")
    checks.check(place.variable("SLURM_JOB_END_TIME") is None, "an end that is past stays")
    said = place.expect("squeue fails, an end", SLURM_JOB_END_TIME=str(int(time.time()) + 900))
    checks.check(unknown not in said, f"an end that SLURM has told: {said}")
    place.tool("squeue", "echo NONE")
    place.expect("no end", words=unknown)
    place.tool("timeout", 'shift; [ "$2" != squeue ] || exit 124; shift; exec "$@"')
    place.expect("slow squeue", words=unknown)
    (place.folder / "bin" / "timeout").unlink()
    place.tool("squeue", TOOLS["squeue"])

    place.expect("pmix", launched=r"^srun --mpi=pmix \S+/mfals train")
    place.expect("MFALS_LAUNCHER", launched=r"^mpirun --x \S+/mfals train", code=127, MFALS_LAUNCHER="mpirun --x")
    place.put("plugins", "none pmi2")
    place.expect("no pmix", launched=r"^mpirun \S+/mfals train")
    place.expect("no srun", launched=r"^mpirun \S+/mfals train", without=["srun"])
    place.expect("neither", code=66, words="neither srun --mpi=pmix nor mpirun of Open MPI", launched="none",
                 without=["srun", "mpirun"])
    place.put("mfals.version", "MPI:        MPICH 4.0.2")
    place.expect("pmi2", launched=r"^srun --mpi=pmi2 \S+/mfals train")
    place.put("plugins", "none pmix")
    place.expect("another MPI's mpirun", code=66, words="mpirun of HYDRA", launched="none",
                 without=["mpiexec.hydra", "mpirun.mpich"])
    place.put("mpirun.version", "HYDRA build details:")
    place.expect("MPICH's mpirun", launched=r"^mpirun \S+/mfals train")
    place.put("mfals.version", "mfals (Intel cc)\nMPI:        Open MPI v4.1.4\nlauncher:   /MPICH/mpiexec")
    place.put("mpirun.version", "mpirun (Open MPI)")
    place.put("plugins", "pmi2 pmix")
    place.expect("the line of MPI counts", launched=r"^srun --mpi=pmix")


def limits(place):
    words = r"its time limit leaves \d+ s, and --signal asks for the last checkpoint 300 s before"
    place.put("left", "240")
    place.expect("shorter than the signal's lead", words=words)
    said = place.expect("SBATCH_SIGNAL", SBATCH_SIGNAL="B:USR1@60")
    checks.check("time limit leaves" not in said, f"SBATCH_SIGNAL: {said}")
    place.put("left", "400")
    checks.check("time limit leaves" not in place.expect("longer than it"), "a limit that is long enough is warned of")
    place.put("left", "4000")


def requeues(place):
    """Code 75 has the job queued again, by the site's RequeueExit or by scontrol."""
    place.put("code", "75")
    for setting, asked in (("75", False), ("1,70-80", False), ("175", True), ("(null)", True), ("8-9", True),
                           ("x[$(touch owned)]-99", True)):
        shutil.rmtree(place.checkpoints)
        place.put("requeue_exit", setting)
        place.expect(f"RequeueExit={setting}", code=75)
        checks.check(("requeue 17" in place.get("scontrol.log")) == asked, f"RequeueExit={setting}: {place.get('scontrol.log')}")
    shutil.rmtree(place.checkpoints)
    place.tool("scontrol", "exit 1")
    place.expect("scontrol fails", code=75, words="SLURM did not queue it again")
    place.expect("no scontrol", code=75, words="SLURM did not queue it again", without=["scontrol"])
    place.tool("scontrol", TOOLS["scontrol"])
    place.put("code", "0")


def starts(place):
    """The file `starts`, as this job writes it and as others might."""
    shutil.rmtree(place.checkpoints)
    place.put("code", "75")
    for number in range(2):
        place.expect(f"start {number}", code=75, MFALS_FUTILE_STARTS="2")
    place.expect("the last start", code=1, words="gives up: 2 starts", launched="none", MFALS_FUTILE_STARTS="2")
    (place.checkpoints / "checkpoint-12.h5").touch()
    place.expect("one more iteration", code=75)
    checks.check((place.checkpoints / "starts").read_text() == "17 12 0\n", "`starts` after an iteration")
    for name in ("checkpoint-x[$(touch owned)].h5", "checkpoint-99\n.h5", "checkpoint-099.h5", "checkpoint-9" + "9" * 30 + ".h5"):
        (place.checkpoints / name).touch()
    place.put("code", "0")
    victim = place.folder / "victim"
    texts = ("17 12 x[$(touch owned)]", "17 12 09", "17 x[$(touch owned)] 1", "", "17 12 " + "9" * 1000,
             "17 12 $(touch owned)", "17 12 same", "17 12 -5", "\0\0\n", "PATH")
    for text in texts if SOAK else texts[:5]:
        (place.checkpoints / "starts").write_text(text)
        place.expect(f"starts: {text[:30]}")
        checks.check((place.checkpoints / "starts").read_text() == "17 12 0\n", f"`starts` after {text[:30]}")
    victim.write_text("17 12 2\n")
    (place.checkpoints / "starts").unlink()
    (place.checkpoints / "starts").symlink_to(victim)
    place.expect("a symbolic link")
    checks.check(victim.read_text() == "17 12 2\n" and not (place.checkpoints / "starts").is_symlink(), "a link is followed")
    (place.checkpoints / "starts").unlink()
    os.mkfifo(place.checkpoints / "starts")
    place.expect("a FIFO")
    (place.checkpoints / "starts").unlink()
    (place.checkpoints / "starts").mkdir()
    place.expect("a folder", words="starts without progress are not counted")
    place.expect("MFALS_FUTILE_STARTS", code=64, words="is not a number of starts", launched="none",
                 MFALS_FUTILE_STARTS="x[$(touch owned)]")
    place.expect("srun starts nothing", code=1, words="mfals was not started", launched="none", MFALS_LAUNCHER="true")


def other_files(place):
    place.run("evaluate.sbatch", "m.h5", "test", "lists", "--negatives=5", "--titles", "a b", "--top", "3", "--quiet", "--nega", "7")
    checks.check(re.findall("^mfals.*$", place.get("launched"), re.MULTILINE) == [
        "mfals evaluate m.h5 --test test --negatives=5 --top 3 --quiet --nega 7",
        "mfals recommend m.h5 --output lists --titles a b --top 3 --quiet"], f"evaluate: {place.get('launched')}")
    place.run("evaluate.sbatch", "m.h5", "test", "lists", "--top", "1,2", "--", "--top", "4")
    checks.check(re.findall("^mfals.*$", place.get("launched"), re.MULTILINE) == [
        "mfals evaluate m.h5 --test test --top 1,2", "mfals recommend m.h5 --output lists --top 4"],
        f"evaluate with --: {place.get('launched')}")
    place.run("evaluate.sbatch", "m.h5", "test", "lists", "--wrong", "1")
    checks.check("evaluate m.h5 --test test --wrong 1" in place.get("launched"), "an unknown option is for evaluate to refuse")
    code, said = place.run("resume.sbatch", "c.h5", "ratings", place.folder / "model.h5", "9", SLURM_RESTART_COUNT="x[$(touch owned)]")
    checks.check(code == 0 and "--iterations 9" in place.get("launched"), f"resume: {code} {said}")
    code, said = place.run("sweep.sbatch", place.folder, SLURM_ARRAY_TASK_ID="x[$(touch owned)]", SLURM_ARRAY_JOB_ID="17")
    checks.check(code == 64 and "no task of a job array" in said, f"sweep: {code} {said}")
    code, said = place.train(SLURM_JOB_ID="")
    checks.check(code == 64 and "submit this file with sbatch" in said, f"without SLURM: {code} {said}")


with work_folder() as name:
    place = Place(pathlib.Path(name))
    for part in (environments, tools, limits, requeues, starts, other_files):
        part(place)
    owned = [path for where in (place.folder, place.checkpoints, SOURCE) for path in where.glob("owned")]
    checks.check(not owned, f"text was run as a command: {owned}")
checks.finish()
