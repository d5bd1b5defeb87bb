"""Several runs write the same output at the same time: one has it, every other ends before it trains with 73 and a line that
names the holder; and where two come to write all the same (no locks, a lock file removed), what stands in the end is one's whole
file. Holders that are dead are followed, what they left is removed; what is not mfals' is left alone.

    MFALS_SOAK=1: 20 rounds of every kind with 2, 3, 4 and 8 writers, and a writer held up at every call that touches a file
"""

import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time

import h5py

from mfals_run import MFALS, Checks, train, work_folder, write_ratings

SHIM = os.environ["MFALS_FAULT_SHIM"]
SOAK = os.environ.get("MFALS_SOAK", "") not in ("", "0")
ROUNDS = 20 if SOAK else 1
NO_OUTPUT, IO = 73, 74
ALWAYS = 10**6
LIMIT = 60
checks = Checks()
HOST = socket.gethostname()


class Writer:
    """A run of mfals on one rank, begun; `fault` as fault_shim.c takes it, without the rank."""

    def __init__(self, place, arguments, fault=None, journal=None, go=None):
        self.command = [MFALS, *map(str, arguments)]
        self.scratch = tempfile.TemporaryDirectory(prefix="mfals-test-")  # Open MPI's, which singletons would share
        variables = {"OMPI_MCA_ess_singleton_isolated": "1", "OMPI_MCA_orte_tmpdir_base": self.scratch.name,
                     "SLURM_JOB_ID": "4711"}
        if fault is not None:
            shutil.rmtree(journal, ignore_errors=True)
            journal.mkdir()
            variables |= {"LD_PRELOAD": SHIM, "MFALS_FAULT_FOLDER": str(place), "MFALS_FAULT_JOURNAL": str(journal),
                          "MFALS_FAULT": f"rank=0,{fault}", "MFALS_FAULT_GO": str(go),
                          "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0"}
        command = ["timeout", "-k", "2", str(LIMIT), "env", *(f"{name}={value}" for name, value in variables.items())]
        self.process = subprocess.Popen(command + self.command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, text=True, errors="replace")

    def end(self):
        self.out, self.err = self.process.communicate()
        self.code = self.process.returncode
        self.scratch.cleanup()
        return self


def run(place, arguments, **keywords):
    return Writer(place, arguments, **keywords).end()


def says_holder(writer, process=r"\d+"):
    return re.fullmatch(rf"mfals: [^\n]* is in use by another run: host {re.escape(HOST)}, process {process}, job 4711\n",
                        writer.err) is not None


def left(place):
    """What only a run under way may have there."""
    return sorted(name for name in os.listdir(place) if name.endswith((".partial", ".lock")))


def contents(path):
    """What does not differ between two runs of one writer: of a checkpoint, which tells of times too, the model."""
    if not path.name.startswith("checkpoint-"):
        return path.read_bytes()
    with h5py.File(path) as file:
        return file["users/factors"][:].tobytes() + file["items/factors"][:].tobytes()


class Kind:
    """An output: how writer number i makes it, and what it then is. Different writers make different bytes."""

    def __init__(self, folder, name, output, arguments):
        self.name, self.output, self.arguments = name, output, arguments
        self.whole = {}
        self.solo = folder / f"solo-{name}"

    def expected(self, i):
        if i not in self.whole:
            place = self.solo / str(i)
            place.mkdir(parents=True)
            done = run(place, self.arguments(place, i))
            checks.check(done.code == 0, f"{self.name} alone: {done.code} {done.err}")
            self.whole[i] = contents(place / self.output)
        return self.whole[i]

    def judge(self, name, place, writers, nameless=False):
        """writers: by number, ended. nameless: the holder may be held up before it has told its name."""
        name = f"{self.name}, {name}"
        for i, writer in writers.items():
            told = writer.code == 0 and writer.err == "" or writer.code == NO_OUTPUT and (
                says_holder(writer) or (nameless and writer.err.endswith("in use by another run: just starting\n")))
            checks.check(told, f"{name}: writer {i}: {writer.code} {writer.err!r}")
        stands = contents(place / self.output)
        by = [i for i, writer in writers.items() if writer.code == 0 and stands == self.expected(i)]
        checks.check(by, f"{name}: what stands is of none that ended with 0 "
                     f"({ {i: writer.code for i, writer in writers.items()} })")
        checks.check(not left(place), f"{name}: left: {left(place)}")


def kinds(folder, ratings):
    model = folder / "trained.h5"
    train(0, ratings, model, "-n", 1, "-k", 4)

    def seed(i):
        return ["-n", 2, "-k", 4, "--seed", i, "--quiet", ratings]
    return [
        Kind(folder, "model", "model.h5", lambda place, i: ["-o", place / "model.h5", *seed(i)]),
        Kind(folder, "checkpoints", "c/checkpoint-2.h5", lambda place, i: [
            "-o", place / f"model{i}.h5", "--checkpoint-dir", place / "c", "--resume", "never", *seed(i)]),
        Kind(folder, "lists", "lists.tsv", lambda place, i: [
            "recommend", model, "--quiet", "--top", i, "-o", place / "lists.tsv"]),
        Kind(folder, "ratings", "ratings.h5", lambda place, i: [
            "convert", "--quiet", "-o", place / "ratings.h5",
            part(folder, ratings, i)]),
        Kind(folder, "synthetic ratings", "made.tsv", lambda place, i: [
            "generate", "--quiet", "--users", 20 + i, "--items", 30, "-o", place / "made.tsv"]),
    ]


def part(folder, ratings, i):
    path = folder / f"part{i}.tsv"
    if not path.exists():
        path.write_text("".join(ratings.read_text().splitlines(keepends=True)[:100 * i]))
    return path


def fresh(folder, kind, name="place"):
    """A folder with an older good file in place."""
    place = folder / name
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir()
    old = place / kind.output
    old.parent.mkdir(exist_ok=True)
    kind.expected(9)
    shutil.copy(kind.solo / "9" / kind.output, old)
    return place


def check_rounds(folder, kind, counts):
    for count in counts:
        for number in range(ROUNDS):
            place = fresh(folder, kind)
            writers = {i: Writer(place, kind.arguments(place, i)) for i in range(1, count + 1)}
            for writer in writers.values():
                writer.end()
            kind.judge(f"{count} writers, round {number}", place, writers)


def calls_of(journal):
    """(call, nth) of what a watched run did."""
    lines = (journal / "log").read_text().splitlines()
    return [(words[2], int(words[3])) for words in (line.split("\t") for line in lines)]


def wait_for(path, process):
    until = time.monotonic() + LIMIT
    while not path.exists() and process.poll() is None and time.monotonic() < until:
        time.sleep(0.005)


def pass_by(folder, kind, fault, meanwhile=None, number=0, second_fault=None):
    """One writer waits at a call while another comes and goes."""
    place, go = fresh(folder, kind, f"pass{number}"), folder / f"go{number}"
    for path in (go, folder / f"go{number}.wait"):
        path.unlink(missing_ok=True)
    first = Writer(place, kind.arguments(place, 1), f"{fault},do=DELAY" if "do=" not in fault else fault,
                   folder / f"journal{number}", go)
    wait_for(folder / f"go{number}.wait", first.process)
    if meanwhile is not None:
        meanwhile(place)
    second = run(place, kind.arguments(place, 2), fault=second_fault, journal=folder / f"second{number}", go=go)
    go.touch()
    return place, first.end(), second


def check_passing(folder, kind):
    """Held up at each call, from taking the output to giving it back."""
    place, journal = fresh(folder, kind), folder / "journal"
    done = run(place, kind.arguments(place, 1), fault=f"call=mkdir,nth={ALWAYS},times=1,do=DELAY", journal=journal)
    checks.check(done.code == 0, f"{kind.name}, watched: {done.code} {done.err}")
    calls = calls_of(journal)
    checks.check(len(calls) > 12, f"{kind.name}: few calls are seen: {calls}")
    beaten = 0
    for call, nth in calls if SOAK else calls[2::max(1, len(calls) // 4)]:
        place, first, second = pass_by(folder, kind, f"call={call},nth={nth},times=1")
        kind.judge(f"the first held up at {call} {nth}", place, {1: first, 2: second}, nameless=True)
        beaten += second.code == NO_OUTPUT
    print(f"{kind.name}: {len(calls)} calls; a second writer was turned away at {beaten} of those tried")
    checks.check(beaten > 0, f"{kind.name}: no second writer was turned away")


def check_without_locks(folder, kind):
    """flock fails: the holder is told by its process. Nothing but EWOULDBLOCK means that it is in use."""
    for deed in ("ENOTSUPP", "ENOLCK", "ENOSYS", "EOPNOTSUPP") if SOAK else ("ENOTSUPP", "ENOLCK"):
        no_locks = f"call=lock,nth=1,times={ALWAYS},do={deed}"
        place = fresh(folder, kind)
        done = run(place, kind.arguments(place, 1), fault=no_locks, journal=folder / "journal")
        kind.judge(f"flock: {deed}", place, {1: done})
        place, first, second = pass_by(folder, kind, "call=rename,nth=1,times=1", second_fault=no_locks)
        kind.judge(f"flock: {deed}, while another writes", place, {1: first, 2: second})
        checks.check(second.code == NO_OUTPUT, f"flock: {deed}: {second.code} {second.err}")
    done = run(place, kind.arguments(place, 1), fault="call=lock,nth=1,times=1,do=EIO", journal=folder / "journal")
    checks.check(done.code == NO_OUTPUT and re.fullmatch(r"mfals: cannot lock '[^']*': Input/output error\n", done.err),
                 f"flock: EIO: {done.code} {done.err}")

    def forget(place):
        for lock in place.rglob("*.lock"):
            lock.unlink()
    place, first, second = pass_by(folder, kind, "call=rename,nth=1,times=1", meanwhile=forget)
    kind.judge("the lock file is removed", place, {1: first, 2: second})
    checks.check(first.code == second.code == 0, f"the lock file is removed: {first.err} {second.err}")


def own_start():
    return pathlib.Path("/proc/self/stat").read_text().rpartition(")")[2].split()[19]


def record(process, start, boot=None, beat=1, token="00112233aabbccdd"):
    boot = boot or pathlib.Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    space = re.search(r"\d+", os.readlink("/proc/self/ns/pid"))[0]
    return (f"host {HOST}, process {process}, job 4711\nmfals-lock {token} start {start} boot {boot}/{space} "
            f"beat {beat:010d}\n")


def check_holders(folder, kind):
    """Who is told to be alive, and who dead."""
    place = fresh(folder, kind)
    done = run(place, kind.arguments(place, 1), fault="call=rename,nth=1,times=1,do=DIE", journal=folder / "journal")
    checks.check(done.code == -9 and len(left(place)) == 2, f"killed: {done.code}, left: {left(place)}")
    checks.check((place / kind.output).read_bytes() == kind.expected(9), "killed: the older file is gone")
    kind.judge("after kill -9", place, {2: run(place, kind.arguments(place, 2))})
    place = fresh(folder, kind)
    lock = place / f".{kind.output}.lock"
    strangers = [place / "model.h5.partial", place / "model.h5.0123456789abcdef.partial"]
    for path in strangers:
        path.write_text("somebody's\n")
    lock.write_text(record(os.getpid(), own_start()))
    done = run(place, kind.arguments(place, 1))
    checks.check(done.code == NO_OUTPUT and says_holder(done, os.getpid()), f"a living holder: {done.code} {done.err}")
    lock.write_text(record(os.getpid(), int(own_start()) + 1))
    begun = time.monotonic()
    done = run(place, kind.arguments(place, 1))
    checks.check(done.code == 0 and time.monotonic() - begun < 8, f"its number is another's now: {done.code} {done.err}")
    checks.check(all(path.read_text() == "somebody's\n" for path in strangers), "somebody's files were removed")


def check_elsewhere(folder, kind):
    """A holder on another machine is told by its beat."""
    place = fresh(folder, kind, "elsewhere")
    lock = place / f".{kind.output}.lock"
    lock.write_text(record(1, 5, boot="00000000-0000-0000-0000-000000000000"))
    stop = threading.Event()

    def beat():
        number = 1
        while not stop.wait(1):
            number += 1
            with open(lock, "r+") as file:
                file.write(record(1, 5, boot="00000000-0000-0000-0000-000000000000", beat=number))
    thread = threading.Thread(target=beat)
    thread.start()
    done = run(place, kind.arguments(place, 1))
    stop.set()
    thread.join()
    checks.check(done.code == NO_OUTPUT and says_holder(done, 1), f"a beating holder elsewhere: {done.code} {done.err}")
    kind.judge("a holder elsewhere that has stopped", place, {1: run(place, kind.arguments(place, 1))})


def check_before_training(folder, ratings):
    """A long training has its output, log and all, from its beginning."""
    first = Writer(folder, ["-n", ALWAYS, "-k", 4, "-o", folder / "long.h5", "--log-json", folder / "long.json", ratings])
    wait_for(folder / "long.json", first.process)
    while not (lines := (folder / "long.json").stat().st_size) and first.process.poll() is None:
        time.sleep(0.01)
    for second in (["-o", folder / "long.h5"], ["-o", folder / "other.h5", "--log-json", folder / "long.json"]):
        begun = time.monotonic()
        done = run(folder, ["-n", ALWAYS, "-k", 4, *second, ratings])
        checks.check(done.code == NO_OUTPUT and says_holder(done), f"{second} of a training: {done.code} {done.err}")
        checks.check(time.monotonic() - begun < 15, f"{second}: told after {time.monotonic() - begun:.0f} s")
    checks.check((folder / "long.json").stat().st_size >= lines > 0, "the log was emptied")
    first.process.send_signal(signal.SIGTERM)
    first.end()


def main():
    with work_folder() as name:
        folder = pathlib.Path(name)
        ratings = folder / "ratings.tsv"
        write_ratings(ratings, [(u, (u * 7 + j * 13) % 40, 1 + (u + j) % 5) for u in range(60) for j in range(20)])
        every = kinds(folder, ratings)
        model = every[0]
        for i in (1, 9):
            model.expected(i)
        waiting = threading.Thread(target=check_elsewhere, args=(folder, model))
        waiting.start()
        for kind, counts in zip(every, ((2, 8), (4,), (3,), (3,), (2,))):
            check_rounds(folder, kind, (2, 3, 4, 8) if SOAK else counts)
        for kind in every if SOAK else every[:3]:
            check_passing(folder, kind)
        check_without_locks(folder, model)
        check_holders(folder, model)
        check_before_training(folder, ratings)
        waiting.join()
    checks.finish()


main()
