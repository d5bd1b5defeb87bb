"""What a run prints and logs: the beginning of a log, the table of iterations, bars on terminals, progress elsewhere, starts
told apart, and the events of --log-json."""

import calendar
import fcntl
import json
import os
import pathlib
import pty
import re
import shlex
import signal
import socket
import struct
import subprocess
import termios
import time

from mfals_run import MFALS, Checks, has_open_mpi, launch, run, train, work_folder, write_ratings

checks = Checks()
SMALL = ("-k", 3, "--lambda", 5)
ERASE = "\r\x1b[K"


def make_ratings(folder):
    write_ratings(folder / "small.tsv", [(u, (u * 7 + j * j) % 40, 1 + (u + j) % 5) for u in range(60) for j in range(9)])
    return folder / "small.tsv"


def events(log, kind):
    return [event for event in map(json.loads, log.read_text().splitlines()) if event["event"] == kind]


def check_beginning(folder, ratings):
    """Time with UTC offset, hosts and ranks, cores, a command that can be pasted, versions, job; the ratings' size."""
    odd = folder / "it's a\tmodel.h5"
    job = {"JOB_ID": "4711", "SGE_TASK_ID": "3"}
    for ranks in (0, 1, 3):
        log = folder / f"begin{ranks}.jsonl"
        done = train(ranks, ratings, odd, *SMALL, "-n", 1, "--log-json", log, environment=job)
        lines = done.stdout.replace("\r", "").splitlines()
        host, size = re.escape(socket.gethostname()), max(ranks, 1)
        wanted = (r"======== mfals \d+\.\d+\.\d+ train, started \d{4}-\d\d-\d\d \d\d:\d\d:\d\d [-+]\d{4} ========",
                  r"command: .*", f"folder: {re.escape(os.getcwd())}",
                  r"software: build .*; row kernel .*; MPI .*; HDF5 \d+\.\d+\.\d+; BLAS .*", r"job: SGE 4711, task 3",
                  rf"ranks: {size} on 1 host, \d+ cores? for each rank; {host} {'0-2' if size == 3 else '0'}")
        for line, pattern in zip(lines, wanted):
            checks.check(re.fullmatch(pattern, line), f"{ranks} ranks: {line!r} is not {pattern}")
        pasted = subprocess.run(["bash", "-c", f"printf '%s\\0' {lines[1].removeprefix('command: ')}"], capture_output=True,
                                check=True).stdout.decode().split("\0")[:-1]
        checks.check(pasted[:2] == [MFALS, "train"] and pasted[pasted.index("-o") + 1] == str(odd) and
                     str(ratings) in pasted and len(pasted) == 13, f"{lines[1]} pasted: {pasted}")
        checks.check(" bytes in 1 file; " in done.stdout and f"{ratings.stat().st_size:,} bytes" in done.stdout, "no size")
        start, = events(log, "start")
        checks.check(start["ranks"] == size and start["command"] == "train" and shlex.split(start["folder"]) == [os.getcwd()],
                     f"start: {start}")
        checks.check([(h["host"], h["ranks"], h["which"]) for h in start["hosts"]] ==
                     [(socket.gethostname(), size, "0-2" if size == 3 else "0")], f"hosts: {start['hosts']}")
        checks.check(start["job"]["id"] == "4711" and "HDF5" in start["versions"] and start["options"]["factors"] == 3,
                     f"start: {start}")
        got, = events(log, "ratings")
        checks.check((got["paths"], got["files"], got["bytes"]) == ([str(ratings)], 1, ratings.stat().st_size), f"{got}")


def check_shared_cores(folder, ratings):
    """One processor for two ranks is warned of, for one it is not."""
    cpu = str(min(os.sched_getaffinity(0)))
    for ranks in (1, 2):
        command = launch(ranks, "taskset", "-c", cpu, MFALS, "-n", "1", *map(str, SMALL), "-o", folder / "m.h5", ratings)
        said = subprocess.run(list(map(str, command)), capture_output=True, text=True, timeout=60).stdout
        checks.check(("warning: 2 ranks of " in said and "share cores (it has 1 for its 2 ranks)" in said) == (ranks == 2) and
                     ", 1 core for each rank;" in said, f"{ranks} ranks on a core: {said[:900]}")


def table(said):
    """The lines of iterations with their header."""
    return [line for line in said.replace("\r", "").splitlines() if re.match(r" *(iteration  |\d+ of \d+  )", line)]


def check_tables(folder, ratings):
    """80 columns and the objective, whatever the algorithm and the metric; the number "of N", seconds, the time left."""
    for algorithm in ("ials", "als", "sgd"):
        for metric in (None, "ndcg@10", "precision@1000", "rmse"):
            if metric == "rmse" and algorithm == "ials":
                continue
            testing = ("--holdout", 1, "--top", "10,1000", "--early-stop", f"{metric}:1") if metric else ()
            said = train(0, ratings, folder / "m.h5", "-a", algorithm, "-k", 3, "-n", 1234 if metric else 2, *testing).stdout
            lines = table(said)
            number, shown = ("1 of 1234", metric.replace("rmse", "test_rmse")) if metric else ("1 of 2", "seconds")
            checks.check(len(lines) > 1 and max(map(len, lines)) <= 80 and len(set(map(len, lines))) == 1 and
                         lines[0].split()[:2] == ["iteration", "objective"] and "left" in lines[0].split() and
                         shown in lines[0].split() and lines[1].strip().startswith(number),
                         f"{algorithm}, {metric}: {lines}")
            checks.check("\x1b" not in said, f"{algorithm}, {metric}: an escape code in a file")


def on_terminal(width, command, **environment):
    """What a command writes to a terminal of that width."""
    process, terminal = pty.fork()
    if process == 0:
        fcntl.ioctl(1, termios.TIOCSWINSZ, struct.pack("HHHH", 40, width, 0, 0))
        kept = {name: value for name, value in os.environ.items() if name != "COLUMNS"}
        os.execvpe(command[0], list(map(str, command)), {**kept, "TERM": "xterm", **environment})
    said = b""
    try:
        while got := os.read(terminal, 65536):
            said += got
    except OSError: # it has ended
        pass
    checks.check(os.waitpid(process, 0)[1] == 0, f"{width} columns: {said}")
    os.close(terminal)
    return said.decode().replace("\r\n", "\n")


def check_terminals(folder, ratings):
    """No bar reaches the last column, and each is wiped; a terminal that cannot move its cursor gets lines."""
    training = (MFALS, "-n", 12, *SMALL, "-o", folder / "m.h5", ratings)
    for width, environment in ((30, {}), (80, {}), (200, {}), (200, {"COLUMNS": "40"}), (57, {"ranks": 2})):
        if "ranks" in environment and not has_open_mpi():
            print("not tried: a terminal behind the launcher, for MPICH's gives its ranks pipes")
            continue
        command = launch(2, *training) if "ranks" in environment else training
        said = on_terminal(width, command, **{n: v for n, v in environment.items() if n == "COLUMNS"})
        width = int(environment.get("COLUMNS", width))
        drawn = [line.split(ERASE) for line in said.split("\n") if ERASE in line]
        bars = [bar for pieces in drawn for bar in pieces[1:-1]]
        checks.check(len(bars) >= 12 and max(map(len, bars)) < width and min(map(len, bars)) >= min(width, 60) // 2 and
                     all("iteration" in bar or "reading" in bar or "writing" in bar for bar in bars),
                     f"{width} columns: {bars}")
        rows = [pieces[-1] for pieces in drawn if " of " in pieces[-1]]
        checks.check(len(rows) >= 11 and max(map(len, rows)) <= width, f"{width} columns: {rows}")
        checks.check("command:" not in said and "\x1b" not in said[said.rindex("wrote"):], f"{width} columns: {said[-900:]}")
    said = on_terminal(80, training, TERM="dumb")
    checks.check("\x1b" not in said and "\r" not in said and len(table(said)) == 13 and "command:" in said, f"dumb: {said}")


def check_progress(folder):
    """Off a terminal what takes long is told of every ten seconds, here of a clock that runs fast; nothing is where it is
    quick, nor of it in lists."""
    fast = {"LD_PRELOAD": os.environ["MFALS_CLOCK_SHIM"], "MFALS_CLOCK_RATE": "20000"}
    many, model = folder / "many.tsv", folder / "many.h5"
    write_ratings(folder / "test.tsv", [(u, (u * 13 + 1) % 997, 3) for u in range(20000)])
    write_ratings(many, [(u, (u * 13 + j * 7) % 997, 3) for u in range(20000) for j in range(20)])
    told = r"^(?:mfals: )?{}: \d+ %, [\d.]+ of [\d.]+ {}, (?:\d+:\d\d(?::\d\d)?|\d+d \d\dh|unknown time) left$"
    done = train(0, many, model, "-k", 4, "-n", 1, environment=fast)
    checks.check(re.search(told.format("reading", "MB"), done.stdout, re.M), f"reading: {done.stdout}")
    quick = train(0, many, model, "-k", 4, "-n", 1)
    checks.check(not re.search(told.format("reading", "MB"), quick.stdout, re.M), f"reading quickly: {quick.stdout}")
    for what, unit, arguments in (("evaluating", "users", ("evaluate", model, "--test", folder / "test.tsv", "--negatives", 0)),
                                  ("recommending", "users", ("recommend", model, "--include-seen", "-o", folder / "l.tsv")),
                                  ("(?:formatting|writing)", "rows", ("convert", model, "-o", folder / "many.txt"))):
        done = run(0, *arguments, environment=fast)
        checks.check(done.returncode == 0 and done.stderr == "" and re.search(told.format(what, unit), done.stdout, re.M),
                     f"{what}: {done.returncode} {done.stdout[-900:]}{done.stderr}")
    done = run(0, "recommend", model, "--include-seen", environment=fast)
    checks.check(done.stdout.count("\n") == 200000 and re.search(told.format("recommending", "users"), done.stderr, re.M) and
                 "recommending" not in done.stdout, f"lists to stdout: {done.stderr}")


def check_starts(folder, ratings):
    """Two starts in one log: each with its beginning, the second with what it goes on from; all events with their fields."""
    log, run_folder = folder / "starts.jsonl", folder / "starts"
    arguments = ("--checkpoint-dir", run_folder, "--log-json", log, *SMALL)
    said = "".join(train(1, ratings, folder / "m.h5", "-n", n, *arguments).stdout for n in (2, 5)).splitlines()
    begins = [i for i, line in enumerate(said) if line.startswith("======== mfals")]
    checks.check(begins[0] == 0 and len(begins) == 2 and "resumed after iteration 2" in "".join(said[begins[1]:]) and
                 [line.split()[:3] for line in table("\n".join(said[begins[1]:]))[1:]] == [[str(i), "of", "5"] for i in (3, 4, 5)],
                 f"two starts: {said}")
    checks.check([event["event"] for event in map(json.loads, log.read_text().splitlines())
                  if event["event"] in ("start", "resume", "stop")] == ["start", "stop", "start", "resume", "stop"], "two starts")
    resumed, = events(log, "resume")
    checks.check(resumed["iteration"] == 2 and resumed["checkpoint"] == f"{run_folder}/checkpoint-2.h5", f"{resumed}")
    checks.check([(e["exit_code"], e["iteration"], e["why"]) for e in events(log, "stop")] == [(0, 2, "done"), (0, 5, "done")],
                 f"{events(log, 'stop')}")
    checks.check(all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", json.loads(line)["time"])
                     for line in log.read_text().splitlines()), "a time that is not UTC")
    write_ratings(folder / "other.tsv", [(1, 2, 3), (2, 3, 4)])
    done = run(1, "train", folder / "other.tsv", "-n", 6, "-o", folder / "m.h5", *arguments)
    stop = events(log, "stop")[-1]
    checks.check(done.returncode == stop["exit_code"] == 76 and stop["why"] in done.stderr, f"other ratings: {stop} {done.stderr}")


def check_killed(folder, ratings):
    """A signal that ends the process at once leaves the event too."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        log = folder / f"{number.name}.jsonl"
        # A test under nohup would hand on that SIGHUP is ignored.
        process = subprocess.Popen(["env", f"--default-signal={number.name[3:]}", MFALS, "train", ratings, "-n", "1000000", "-o",
                                    folder / "m.h5", "--log-json", log],
                                   stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
        end = time.monotonic() + 30
        while time.monotonic() < end and not (log.exists() and len(log.read_text().splitlines()) > 5):
            time.sleep(0.05)
        before = int(time.time())
        process.send_signal(number)
        code = process.wait(30)
        stop = events(log, "stop")
        checks.check(code == -number and len(stop) == 1 and stop[0]["why"] == f"ended by {number.name}" and
                     stop[0]["exit_code"] == 128 + number, f"{number.name}: {code} {stop}")
        said = time.strptime(stop[0]["time"], "%Y-%m-%dT%H:%M:%SZ") if stop else time.gmtime(0)
        checks.check(0 <= calendar.timegm(said) - before < 30, f"{number.name}: at {said}")


def main():
    with work_folder() as name:
        folder = pathlib.Path(name)
        ratings = make_ratings(folder)
        check_beginning(folder, ratings)
        check_shared_cores(folder, ratings)
        check_tables(folder, ratings)
        check_terminals(folder, ratings)
        check_progress(folder)
        check_starts(folder, ratings)
        check_killed(folder, ratings)
    checks.finish()


main()
