"""One model from ranks on three hosts, whatever becomes of the hosts: equal bytes, an end where a host is lost, and the
same bytes once the job was started again.

The hosts are network namespaces joined by a bridge, each with a name, shared memory and temporary files of its own; the
ranks of one see no memory of another's, and talk to them by TCP. All of it lives in namespaces of this test, which end
with it."""

import hashlib
import os
import pathlib
import random
import shutil
import signal
import subprocess
import sys

import jobs
from mfals_run import Checks, skip, train, work_folder, write_ratings

RANKS_ON = {"node1": 2, "node2": 3, "node3": 1}
NETWORK = "10.77.0"
SEPARATE = ["--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]
# A host that is cut off is missed after some seconds, not minutes; as in the job scripts.
KEEPALIVE = {"OMPI_MCA_oob_tcp_keepalive_time": "3", "OMPI_MCA_oob_tcp_keepalive_intvl": "1",
             "OMPI_MCA_oob_tcp_keepalive_probes": "3"}
# What mpirun calls instead of ssh: HOST COMMAND...
AGENT = """#!/bin/sh
host=node${1##*.}
shift
exec nsenter --net=/run/netns/$host unshare --uts --ipc --mount sh -c \
    "hostname $host && mount -t tmpfs tmpfs /dev/shm && mount -t tmpfs tmpfs $TMPDIR && $*"
"""
PROBE = "mount -t tmpfs tmpfs /run && ip link add hub type bridge && ip netns add node1 && hostname"
checks = Checks()


def can(*command):
    return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True).returncode == 0


def way_apart():
    """The command that makes namespaces: as root, as a user who is root in them, or as root by sudo."""
    for tool in ("ip", "unshare", "nsenter", "setpriv"):
        if shutil.which(tool) is None:
            skip(f"no {tool} here")
    way = ["setpriv", "--pdeathsig", "KILL", "unshare", *(["--user", "--map-root-user"] if os.geteuid() else []), *SEPARATE]
    if not can(*way, "sh", "-c", PROBE):
        if os.geteuid() != 0 and can("sudo", "-n", "unshare", *SEPARATE, "sh", "-c", PROBE):
            kept = [f"{name}={value}" for name, value in os.environ.items() if name.startswith(("MFALS", "OMPI_", "PATH"))]
            os.execvp("sudo", ["sudo", "-n", "env", *kept, sys.executable, __file__])
        skip("no namespaces can be made here")
    return way


def run_apart():
    """Runs this script once more, in namespaces of its own; its verdict is ours."""
    inside = subprocess.Popen([*way_apart(), sys.executable, __file__, "inside"])
    try:
        sys.exit(inside.wait())
    finally:
        if inside.poll() is None:  # unshare ignores SIGTERM; the script that it waits for does not
            for child in pathlib.Path(f"/proc/{inside.pid}/task/{inside.pid}/children").read_text().split():
                os.kill(int(child), signal.SIGTERM)
            inside.wait()


def ip(*words):
    subprocess.run(["ip", *words], check=True)


def make_hosts(folder):
    subprocess.run(["mount", "-t", "tmpfs", "tmpfs", "/run"], check=True)
    ip("link", "set", "lo", "up")
    ip("link", "add", "hub", "type", "bridge")
    ip("addr", "add", f"{NETWORK}.254/24", "dev", "hub")
    ip("link", "set", "hub", "up")
    for host in RANKS_ON:
        port = host.replace("node", "port")
        ip("netns", "add", host)
        ip("link", "add", port, "type", "veth", "peer", "name", "eth0", "netns", host)
        ip("link", "set", port, "master", "hub", "up")
        ip("-n", host, "addr", "add", f"{address(host)}/24", "dev", "eth0")
        ip("-n", host, "link", "set", "eth0", "up")
        ip("-n", host, "link", "set", "lo", "up")
    agent = folder / "agent"
    agent.write_text(AGENT)
    agent.chmod(0o755)
    temporary = folder / "tmp"
    temporary.mkdir()
    os.environ["TMPDIR"] = str(temporary)


def address(host):
    return f"{NETWORK}.{host[len('node'):]}"


def launch(folder):
    """mpirun's arguments for ranks on all hosts."""
    hosts = ",".join(f"{address(host)}:{ranks}" for host, ranks in RANKS_ON.items())
    network = f"{NETWORK}.0/24"
    return ["--mca", "plm", "rsh", "--mca", "plm_rsh_agent", folder / "agent", "--host", hosts, "-np", sum(RANKS_ON.values()),
            "--mca", "btl_tcp_if_include", network, "--mca", "oob_tcp_if_include", network]


def train_apart(folder, *arguments):
    """Trains on all hosts; what it printed."""
    with jobs.Job(folder, launch(folder), "train", *arguments) as job:
        code, _ = job.end(60)
        if code != 0:
            sys.exit(f"mfals on three hosts: exit code {code}\n{job.said()}")
        return job.out.read_text()


def digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def compare(folder, name, ratings, *options, replicas=("node",)):
    """Models of three hosts against that of one rank on one host."""
    alone, apart = folder / "alone.h5", folder / "apart.h5"
    train(1, ratings, alone, "--quiet", *options)
    for replica in replicas:
        train_apart(folder, ratings, "-o", apart, "--quiet", "--replica", replica, *options)
        checks.check(digest(alone) == digest(apart), f"{name}, --replica {replica}: other bytes on three hosts")
        apart.unlink()
        print(f"{name}, --replica {replica}: 6 ranks on 3 hosts and 1 rank compared")


def check_hosts(folder, ratings):
    """That they are three to mfals too."""
    told = train_apart(folder, ratings, "-o", folder / "m.h5", "-n", 1, "--verbose")
    for host in RANKS_ON:
        checks.check(host in told, f"{host} is not among the nodes told by --verbose:\n{told}")


def lose_daemon(host):
    """The daemon of a host, mpirun's own helper there, is killed."""
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            command = pathlib.Path("/proc", name, "cmdline").read_bytes()
            space = os.stat(f"/proc/{name}/ns/net").st_ino
        except OSError:
            continue
        if os.path.basename(command.split(b"\0")[0]) == b"orted" and space == os.stat(f"/run/netns/{host}").st_ino:
            os.kill(int(name), signal.SIGKILL)
            return
    sys.exit(f"no daemon found on {host}")


def lose_link(host):
    ip("link", "set", host.replace("node", "port"), "down")


def mend_link(host):
    ip("link", "set", host.replace("node", "port"), "up")


def check_loss(folder, name, ratings, every, lose, mend=lambda host: None):
    """A host is lost in the middle of training; the job is started again on one host."""
    output, checkpoints = folder / "lost.h5", folder / f"checkpoints of {name}"
    with jobs.Job(folder, launch(folder), "train", ratings, "-n", 1000000, "-o", output, "--checkpoint-dir", checkpoints,
                  "--checkpoint-every", every, environment=KEEPALIVE) as job:
        job.reach(every + 2)
        lose("node2")
        code, took = job.end(30)
        left = job.survivors(10)
        said = job.said()
    mend("node2")
    checks.check(code not in (None, 0), f"{name}: exit code {code} after {took:.0f} s")
    checks.check(left == 0, f"{name}: {left} processes live on")
    checks.check(not output.exists(), f"{name}: a model was written")
    print(f"{name}: exit code {code} after {took:.1f} s, {left} processes left; on stderr: {said!r}")
    jobs.check_resumed(checks, name, folder, ratings, checkpoints, 2)


def check_moved(folder, ratings, *options):
    """Checkpoints of one host are gone on from by three."""
    checkpoints, whole, moved = folder / "moved", folder / "whole.h5", folder / "moved.h5"
    train(2, ratings, moved, "-n", 2, "--checkpoint-dir", checkpoints, *options)
    told = train_apart(folder, ratings, "-o", moved, "-n", 4, "--checkpoint-dir", checkpoints, *options)
    train(1, ratings, whole, "-n", 4, *options)
    checks.check("resumed after iteration 2 " in told, f"moved to three hosts: not resumed: {told!r}")
    checks.check(digest(whole) == digest(moved), "moved to three hosts: other bytes")
    print("a checkpoint of 2 ranks on 1 host: resumed by 6 ranks on 3 hosts")


def write_all_ratings(folder):
    rng = random.Random(4)
    rows = [(rng.randrange(2000), int(1000 * rng.random() ** 3), rng.randrange(1, 6)) for _ in range(30000)]
    numbers, texts = folder / "numbers.tsv", folder / "texts.tsv"
    write_ratings(numbers, rows)
    write_ratings(texts, [(f"user-{u}", f"\u00e9t\u00e9 {i}", r) for u, i, r in rows])
    return numbers, texts


def main():
    jobs.stop_on_sigterm()
    if sys.argv[1:] != ["inside"]:
        run_apart()
    with work_folder() as name:
        folder = pathlib.Path(name)
        make_hosts(folder)
        numbers, texts = write_all_ratings(folder)
        check_hosts(folder, numbers)
        compare(folder, "ials", numbers, "-n", 3, replicas=("node", "rank"))
        compare(folder, "als with biases", numbers, "-a", "als", "--biases", "-n", 2, "-k", 31)
        compare(folder, "sgd", numbers, "-a", "sgd", "--biases", "-n", 2, "--sgd-blocks", 7)
        compare(folder, "text ids", texts, "-n", 2)
        check_moved(folder, numbers, "-a", "sgd", "--biases", "--sgd-blocks", 7)
        check_loss(folder, "a daemon killed", numbers, 1, lose_daemon)
        check_loss(folder, "a link down", numbers, 20, lose_link, mend_link)
    checks.finish()


main()
