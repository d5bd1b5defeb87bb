#!/usr/bin/env python3
"""What the exchange between hosts costs, on hosts made of network namespaces with links of a given rate.

    scripts/bench_exchange.py [RATINGS] [-k FACTORS] [-n ITERATIONS] [--hosts N] [--ranks RANKS] [--links 10gbit,1gbit]
                              [--repeats N] [--programs MFALS,...] [-- OPTION...]

Each host is on a link of its own, shaped both ways by tc, to a common bridge. Per link and program (several: versions to
be compared, run alternately) it prints seconds of an iteration and of its phases, and the MB (10^6 bytes) that an
iteration puts on all links together, against the least that brings every row to every host: (hosts - 1) rows 4 k. Runs
with many and with few iterations are compared for the bytes, so that reading and writing do not count.
A host has as many cores as this machine can spare: a host of c cores on a link of rate r is one rank on a link of r / c.
Needs root. Everything is made in namespaces of the script's own, which end with it."""

import argparse
import json
import os
import pathlib
import signal
import statistics
import subprocess
import sys
import tempfile

import launcher

SOURCE = pathlib.Path(__file__).resolve().parent.parent
NETWORK = "10.78.0"
FEW = 2
AGENT = """#!/bin/sh
host=node${1##*.}
shift
exec nsenter --net=/run/netns/$host unshare --uts --ipc --mount sh -c \
    "hostname $host && mount -t tmpfs tmpfs /dev/shm && mount -t tmpfs tmpfs $TMPDIR && $*"
"""
COLUMNS = ("wall_s", "solve_s", "exchange_s", "wait_s")


def call(*words):
    subprocess.run(list(map(str, words)), check=True)


def hosts(settings):
    return [f"node{number + 1}" for number in range(settings.hosts)]


def make_hosts(settings, folder):
    call("mount", "-t", "tmpfs", "tmpfs", "/run")
    call("ip", "link", "set", "lo", "up")
    call("ip", "link", "add", "hub", "type", "bridge")
    call("ip", "addr", "add", f"{NETWORK}.254/24", "dev", "hub")
    call("ip", "link", "set", "hub", "up")
    for number, host in enumerate(hosts(settings), 1):
        call("ip", "netns", "add", host)
        call("ip", "link", "add", f"port{number}", "type", "veth", "peer", "name", "eth0", "netns", host)
        call("ip", "link", "set", f"port{number}", "master", "hub", "up")
        call("ip", "-n", host, "addr", "add", f"{NETWORK}.{number}/24", "dev", "eth0")
        call("ip", "-n", host, "link", "set", "eth0", "up")
        call("ip", "-n", host, "link", "set", "lo", "up")
    (folder / "agent").write_text(AGENT)
    (folder / "agent").chmod(0o755)
    (folder / "tmp").mkdir()
    os.environ["TMPDIR"] = str(folder / "tmp")


def shape(settings, link):
    """What a host sends and what it receives, each at the link's rate. A burst is free of charge after every pause, so it is
    small where the link is slow."""
    rule = ["root", "tbf", "rate", link, "burst", "256kb" if link.endswith("gbit") else "20kb", "latency", "50ms"]
    for number, host in enumerate(hosts(settings), 1):
        call("tc", "qdisc", "replace", "dev", f"port{number}", *rule)
        call("ip", "netns", "exec", host, "tc", "qdisc", "replace", "dev", "eth0", *rule)


def bytes_sent(settings):
    """By all hosts so far: what the bridge's ports received."""
    return sum(int(pathlib.Path("/proc/net/dev").read_text().split(f"port{number}:")[1].split()[0])
               for number in range(1, settings.hosts + 1))


def train(settings, folder, program, iterations):
    """The log of a training on all hosts, and the bytes that it sent."""
    log = folder / "log.json"
    log.unlink(missing_ok=True)
    places = ",".join(f"{NETWORK}.{number}:{settings.ranks}" for number in range(1, settings.hosts + 1))
    command = ["nice", "-n", settings.nice, launcher.MPIEXEC, "--mca", "plm", "rsh", "--mca", "plm_rsh_agent", folder / "agent",
               "--host", places, "-np", settings.hosts * settings.ranks, "--mca", "btl_tcp_if_include", f"{NETWORK}.0/24",
               "--mca", "oob_tcp_if_include", f"{NETWORK}.0/24", "--mca", "mpi_yield_when_idle", settings.yielding, program, "train", settings.ratings, "-k", settings.factors,
               "-n", iterations, "-o", folder / "model.h5", "--log-json", log, "--quiet", *settings.options]
    before = bytes_sent(settings)
    done = subprocess.run(["timeout", "-k", "5", "300", *map(str, command)], stdin=subprocess.DEVNULL, capture_output=True,
                          text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))}: exit code {done.returncode}\n{done.stdout}{done.stderr}")
    return [json.loads(line) for line in log.read_text().splitlines()], bytes_sent(settings) - before


def measure(settings, folder, link):
    shape(settings, link)
    seconds = {program: {column: [] for column in COLUMNS} for program in settings.programs}
    sent, rows = {program: [] for program in settings.programs}, 0
    for _ in range(settings.repeats):
        for program in settings.programs:
            _, few = train(settings, folder, program, FEW)
            log, many = train(settings, folder, program, FEW + settings.iterations)
            sent[program].append((many - few) / settings.iterations)
            iterations = [event for event in log if event["event"] == "iteration"][FEW:]
            for column in COLUMNS:
                seconds[program][column] += [event[column] for event in iterations]
            start = next(event for event in log if "users" in event and "items" in event)
            rows = start["users"] + start["items"]
    least = (settings.hosts - 1) * rows * 4 * settings.factors / 1e6
    for program in settings.programs:
        times = f"{min(seconds[program]['wall_s']):11.4f}"
        times += "".join(f"{statistics.median(seconds[program][column]):11.4f}" for column in COLUMNS)
        print(f"{link:>9}{times}{statistics.median(sent[program]) / 1e6:10.2f}{least:10.2f}  {program}", flush=True)


def inside(settings):
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended by SIGTERM"))
    with tempfile.TemporaryDirectory(prefix="mfals-bench-") as name:
        folder = pathlib.Path(name)
        make_hosts(settings, folder)
        if settings.ratings is None:
            settings.ratings = folder / "ratings.tsv"
            call(settings.programs[0], "generate", "-o", settings.ratings, "--users", 6040, "--items", 3706,
                 "--ratings-per-user", 165, "--quiet")
        print(f"{settings.hosts} hosts of {settings.ranks} ranks, {settings.factors} factors, medians of "
              f"{settings.iterations} iterations x {settings.repeats}")
        print(f"{'link':>9}{'least wall':>11}" + "".join(f"{column:>11}" for column in COLUMNS) + f"{'MB':>10}{'least MB':>10}  program")
        for link in settings.links:
            measure(settings, folder, link)


def main():
    parser = argparse.ArgumentParser(description="What the exchange between hosts costs.")
    parser.add_argument("ratings", nargs="?", type=pathlib.Path, help="synthetic like MovieLens-1M if missing")
    parser.add_argument("-k", "--factors", type=int, default=128)
    parser.add_argument("-n", "--iterations", type=int, default=6)
    parser.add_argument("--hosts", type=int, default=2)
    parser.add_argument("--ranks", type=int, default=1, help="on each host")
    parser.add_argument("--links", type=lambda text: text.split(","), default=["10gbit", "1gbit"])
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--yielding", type=int, default=0, help="1 where ranks are more than cores")
    parser.add_argument("--nice", type=int, default=0)
    parser.add_argument("--programs", type=lambda text: [pathlib.Path(path).resolve() for path in text.split(",")],
                        default=[SOURCE / "build" / "release" / "mfals"])
    words = sys.argv[1:]
    cut = words.index("--") if "--" in words else len(words)
    settings = parser.parse_args(words[:cut])
    settings.options = words[cut + 1:]
    if os.environ.get("MFALS_BENCH_INSIDE"):
        inside(settings)
        return
    apart = ["setpriv", "--pdeathsig", "KILL", "unshare", "--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]
    done = subprocess.run([*apart, sys.executable, __file__, *words], env={**os.environ, "MFALS_BENCH_INSIDE": "1"})
    sys.exit(done.returncode)


main()
