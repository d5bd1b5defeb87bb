"""The machine that is measured on: what it is, and how much of it others use meanwhile."""

import os
import pathlib
import re
import resource
import subprocess
import time

TICKS = os.sysconf("SC_CLK_TCK")


def busy():
    """Processor seconds used by all since the start of the machine, those taken by its host included."""
    fields = [int(word) for word in pathlib.Path("/proc/stat").read_text().split("\n")[0].split()[1:9]]
    return (sum(fields) - fields[3] - fields[4]) / TICKS


def own():
    """Processor seconds used by this process and by the children that have ended."""
    both = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in both)


def watched(function):
    """What function returns, and the processors that others used meanwhile."""
    begun, all_before, own_before = time.perf_counter(), busy(), own()
    value = function()
    seconds = time.perf_counter() - begun
    return value, max(0.0, (busy() - all_before - own() + own_before) / seconds)


def processor():
    text = pathlib.Path("/proc/cpuinfo").read_text()
    found = re.search(r"model name\s*:\s*(.*)", text)
    return found.group(1) if found else "unknown"


def facts(program):
    """Name and value of what the figures depend on, mfals's own versions among them."""
    lines = subprocess.check_output([program, "--version"], text=True).splitlines()
    named = dict(line.split(":", 1) for line in lines[1:] if ":" in line)
    load = " ".join(f"{value:.2f}" for value in os.getloadavg())
    return {"processor": f"{processor()}, {len(os.sched_getaffinity(0))} cores", "software": lines[0],
            **{name: value.strip() for name, value in named.items()},
            "load before (1, 5, 15 minutes)": load,
            "date": time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime())}
