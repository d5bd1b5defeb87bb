"""A SLURM cluster of this machine, for as long as a `with` lasts: munged, slurmctld and slurmd of Debian's
packages, as root or as an ordinary user, in a folder and on ports of their own, so that several may run at once.

    with Cluster(folder) as cluster:
        job = cluster.submit("jobs/train.sbatch", "ratings.tsv", "model.h5", options=["--nodes=1", "--ntasks-per-node=2"])
        facts = cluster.wait(job, limit=30)
"""

import os
import pathlib
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time

from mfals_run import skip

TOOLS = ("munged", "slurmctld", "slurmd", "sbatch", "scontrol", "scancel", "squeue", "srun")
CPUS = 16  # said to be there; ranks share what is
OVER = {"COMPLETED", "FAILED", "CANCELLED", "TIMEOUT", "NODE_FAIL", "OUT_OF_MEMORY", "BOOT_FAIL"}

CONFIGURATION = """\
ClusterName=mfals
SlurmctldHost={host}(127.0.0.1)
SlurmUser={user}
SlurmdUser={user}
AuthType=auth/munge
CryptoType=crypto/munge
AuthInfo=socket={folder}/munge.sock,cred_expire=5
FirstJobId={first}
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
TmpFS={folder}/tmp
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
SlurmctldPort={ports[0]}
SlurmdPort={ports[1]}
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
ReturnToService=2
KillWait=10
JobRequeue=1
{more}
AccountingStorageType=accounting_storage/none
JobAcctGatherType=jobacct_gather/none
SlurmdParameters=config_overrides
SchedulerParameters=batch_sched_delay=0,sched_interval=1
NodeName={host} NodeAddr=127.0.0.1 CPUs={cpus} RealMemory=4000 State=UNKNOWN
PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP OverSubscribe=YES
"""


def free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


def alive(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def until(condition, limit, pause=0.1):
    """Whether the condition came to hold within so many seconds."""
    end = time.monotonic() + limit
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(pause)
    return True


class Cluster:
    def __init__(self, folder, requeue_exit=75):
        self.folder = pathlib.Path(folder) / "slurm"
        self.configuration = self.folder / "slurm.conf"
        self.requeue_exit = requeue_exit
        self.first = 1 + secrets.randbelow(30_000_000)  # under srun Open MPI names shared memory by the job's number
        os.environ["PATH"] += ":/usr/sbin:/sbin"
        os.environ["SLURM_CONF"] = str(self.configuration)

    def __enter__(self):
        missing = [tool for tool in TOOLS if not shutil.which(tool)]
        if missing:
            skip(f"SLURM is not installed here: no {', '.join(missing)} (Debian: slurm-wlm, munge)")
        for part in (self.folder, self.folder / "state", self.folder / "spool", self.folder / "tmp"):
            part.mkdir()
            part.chmod(0o755)
        key = self.folder / "munge.key"
        key.write_bytes(secrets.token_bytes(1024))
        key.chmod(0o600)
        self.guard = self.start_guard()
        for _ in range(3):  # a port may be taken by the time that it is asked for
            if self.start():
                return self
            self.kill_daemons()
        logs = [f"{log.name}: {line}" for log in sorted(self.folder.glob("*.log"))
                for line in log.read_text(errors="replace").splitlines()[-3:]]
        self.__exit__()
        skip("SLURM does not start here:\n" + "\n".join(logs))

    def __exit__(self, *_):
        """The guard stops the cluster; what the test waits for is that it has."""
        os.close(self.guard[0])
        os.read(self.guard[1], 1)
        os.close(self.guard[1])

    def start_guard(self):
        """A process of its own stops the cluster when this one ends, in whatever way. Returns the end of a pipe
        that says so by closing, and one to read from when all is stopped."""
        told, held = os.pipe()
        done, ended = os.pipe()
        child = os.fork()
        if child:
            os.close(told)
            os.close(ended)
            os.waitpid(child, 0)
            return held, done
        os.setsid()
        if os.fork():  # an orphan is not among the children that a time limit kills
            os._exit(0)
        os.close(held)
        os.close(done)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGALRM):
            signal.signal(number, signal.SIG_IGN)
        signal.alarm(0)
        try:
            os.read(told, 1)
            self.stop()
        finally:
            os._exit(0)

    def start(self):
        self.configure(ports=free_ports(2))
        run = self.folder
        commands = [["munged", "--force", f"--key-file={run}/munge.key", f"--socket={run}/munge.sock",
                     f"--pid-file={run}/munged.pid", f"--log-file={run}/munged.log", f"--seed-file={run}/munge.seed"],
                    ["slurmctld", "-c"], ["slurmd"]]
        for command in commands:
            if subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                              timeout=20).returncode != 0:
                return False
        return until(lambda: self.ask("sinfo", "--noheader", "--format=%t") == "idle", 10)

    def configure(self, ports=None, requeue_exit=None):
        self.ports = ports or self.ports
        self.requeue_exit = self.requeue_exit if requeue_exit is None else requeue_exit
        more = f"RequeueExit={self.requeue_exit}" if self.requeue_exit else ""
        self.configuration.write_text(CONFIGURATION.format(
            host=socket.gethostname().partition(".")[0], user=pwd.getpwuid(os.getuid()).pw_name, folder=self.folder,
            ports=self.ports, cpus=CPUS, first=self.first, more=more))

    def reconfigure(self, requeue_exit):
        """Makes jobs that exit with this code be queued again; 0: none."""
        self.configure(requeue_exit=requeue_exit)
        self.ask("scontrol", "reconfigure")

    def stop(self):
        """Empties the queue, ends the daemons, and then whatever a job has left running."""
        user = pwd.getpwuid(os.getuid()).pw_name
        self.ask("scancel", "--user", user)
        self.ask("scancel", "--signal=KILL", "--full", "--user", user)
        until(lambda: not self.ask("squeue", "--noheader"), 8)
        self.kill_daemons()
        for pid in self.processes():
            os.kill(pid, signal.SIGKILL)
        shutil.rmtree(self.folder, ignore_errors=True)

    def kill_daemons(self):
        for name in ("slurmd", "slurmctld", "munged"):
            try:
                pid = int((self.folder / f"{name}.pid").read_text())
                os.kill(pid, signal.SIGTERM)
                if not until(lambda: not alive(pid), 5):
                    os.kill(pid, signal.SIGKILL)
            except (OSError, ValueError):
                pass

    def processes(self):
        """Processes of this cluster's jobs."""
        mark = f"SLURM_CONF={self.configuration}".encode()
        found = []
        for entry in pathlib.Path("/proc").glob("[0-9]*"):
            try:
                if mark in (entry / "environ").read_bytes().split(b"\0") and int(entry.name) != os.getpid():
                    found.append(int(entry.name))
            except OSError:
                pass
        return found

    def ask(self, *command):
        """A command's output, whatever its exit code."""
        try:
            done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=20)
        except subprocess.TimeoutExpired:
            return ""
        return done.stdout.strip()

    def submit(self, script, *arguments, options=(), environment=None, folder=None):
        """Returns the number of the job."""
        done = subprocess.run(
            ["sbatch", "--parsable", *options, script, *map(str, arguments)], stdin=subprocess.DEVNULL, timeout=20,
            capture_output=True, text=True, cwd=folder, env={**os.environ, **(environment or {})})
        if done.returncode != 0:
            sys.exit(f"sbatch: exit code {done.returncode}: {done.stderr}")
        return done.stdout.strip()

    def show(self, job):
        """What scontrol knows about a job; of a job array, about each task."""
        tasks = self.ask("scontrol", "--oneliner", "show", "job", job).splitlines()
        return [dict(word.partition("=")[::2] for word in task.split(" ") if "=" in word) for task in tasks]

    def wait(self, job, limit, states=OVER):
        """Waits until all tasks of a job are in one of the states; returns what is known about them then."""
        tasks = []

        def arrived():
            nonlocal tasks
            tasks = self.show(job)
            return tasks and all(task["JobState"] in states for task in tasks)

        until(arrived, limit)
        return tasks
