"""Ratings through standard input and named pipes, on any number of ranks; text in other encodings, and lines that end in CR:
the same ratings as from plain files. What cannot be read ends with one line."""

import bz2
import gzip
import os
import re
import signal
import subprocess
import threading
import time

from mfals_run import MFALS, Checks, launch, run, some_ranks, train, work_folder

checks = Checks()
ROWS = [(f"u{u}é", f"i{i}", 1 + u * i % 5) for u in range(40) for i in range(25) if u * i % 7 != 3]
TEXT = "".join("\t".join(map(str, row)) + "\n" for row in ROWS)
DATA = TEXT.encode()
RANKS = (0, 3, 7)


def through(data, ranks, *arguments, **keywords):
    """mfals with the data as its standard input."""
    there, here = os.pipe()

    def write():
        try:
            with open(here, "wb") as pipe:
                pipe.write(data)
        except BrokenPipeError:
            pass

    writer = threading.Thread(target=write, daemon=True)
    writer.start()
    done = run(ranks, *arguments, stdin=there, **keywords)
    os.close(there)
    writer.join(20)
    return done


def digest_of(done, path="made.h5"):
    if not checks.check(done.returncode == 0, f"{done.args}: {done.returncode} {done.stderr}"):
        return None
    said = run(0, "info", path).stdout
    os.remove(path)
    return re.search(r"^\s*(?:ratings_)?digest\s+(\S+)", said, re.MULTILINE)[1]


def convert(path, ranks, *arguments):
    return run(ranks, "convert", path, "-o", "made.h5", *arguments)


def fails(done, code, words):
    lines = [line for line in done.stderr.splitlines() if line.startswith("mfals: ")]
    checks.check(done.returncode == code and len(lines) == 1 and re.search(words, lines[0]),
                 f"{done.args}: {done.returncode} {done.stderr}, expected {code} {words}")


def check_pipes(expected):
    for ranks in some_ranks(*RANKS):
        for data in (DATA, gzip.compress(DATA), bz2.compress(DATA), TEXT.encode("utf-16"), DATA.replace(b"\n", b"\r")):
            done = through(data, ranks, "convert", "-", "-o", "made.h5")
            checks.check(f"standard input: {len(data)} bytes, kept in a temporary file" in done.stdout, f"the log: {done.stdout}")
            checks.check(digest_of(done) == expected, f"standard input on {ranks} ranks: other ratings of {data[:20]}")
        os.mkfifo("pipe")
        writer = threading.Thread(target=lambda: open("pipe", "wb").write(DATA), daemon=True)
        writer.start()
        checks.check(digest_of(convert("pipe", ranks)) == expected, f"a named pipe on {ranks} ranks")
        writer.join(20)
        os.remove("pipe")
    with open("plain.tsv", "rb") as file:
        checks.check(digest_of(run(0, "convert", "-", "-o", "made.h5", stdin=file)) == expected, "a file as standard input")
    with open("plain.tsv", "rb") as file:
        checks.check(digest_of(run(0, "convert", "/dev/stdin", "-o", "made.h5", stdin=file)) == expected, "/dev/stdin")
    done = subprocess.run(["bash", "-c", f"{MFALS} convert <(head -n 50 plain.tsv) <(tail -n +51 plain.tsv) -o made.h5"],
                          stdin=subprocess.DEVNULL, capture_output=True, text=True)
    checks.check(digest_of(done) == expected, "two pipes of the shell")
    lines = TEXT.splitlines(True)
    with open("rest.tsv", "w") as file:
        file.writelines(lines[100:])
    done = through("".join(lines[:100]).encode(), 3, "convert", "-", "rest.tsv", "-o", "made.h5")
    checks.check(digest_of(done) == expected, "standard input and a file")


def check_large(ranks):
    """More than a pipe holds, and than a block; a bad line has its number."""
    lines = [f"{n % 5000}\t{n % 777}\t{n % 5}\n" for n in range(400000)]
    with open("large.tsv", "w") as file:
        file.writelines(lines)
    expected = digest_of(convert("large.tsv", ranks))
    checks.check(digest_of(through("".join(lines).encode(), ranks, "convert", "-", "-o", "made.h5")) == expected, "many lines")
    lines[300000] = "1\t2\tx\n"
    fails(through("".join(lines).encode(), ranks, "convert", "-", "-o", "made.h5"), 65, "standard input:300001:5: 'x' is not a number")


def check_roles():
    """--test, --seen, --fold-in; lists of a model whose ratings are gone; a training that goes on."""
    options = ("-k", 4, "-n", 3, "--quiet")
    train(0, "plain.tsv", "plain.h5", *options)
    test = "".join(f"u{u}é\ti{i}\t1\n" for u in range(40) for i in range(25) if u * i % 7 == 3).encode()
    with open("test.tsv", "wb") as file:
        file.write(test)
    for ranks in (0, 3):
        for role, data, arguments in (("test", test, ("evaluate", "plain.h5", "--negatives", 5)),
                                      ("seen", test, ("recommend", "plain.h5", "--top", 3)),
                                      ("fold-in", test, ("recommend", "plain.h5", "--top", 3))):
            with open("role.tsv", "wb") as file:
                file.write(data)
            by_file = run(ranks, *arguments, f"--{role}", "role.tsv", "--quiet")
            by_pipe = through(data, ranks, *arguments, f"--{role}", "-", "--quiet")
            checks.check(by_file.returncode == 0 and by_file.stdout == by_pipe.stdout, f"{role}: {by_pipe}, expected {by_file}")
    for ranks in (0, 3):
        done = through(DATA, ranks, "train", "-", "-o", "piped.h5", *options)
        checks.check(done.returncode == 0, f"a training: {done.stderr}")
        fails(run(ranks, "recommend", "piped.h5"), 66, "came through a pipe, '-': pass --seen FILE or --include-seen")
        lists = run(ranks, "recommend", "piped.h5", "--seen", "plain.tsv", "--quiet").stdout
        checks.check(lists == run(0, "recommend", "plain.h5", "--quiet").stdout != "", "lists with --seen")
    fails(through(DATA, 0, "train", "-", "--test", "-", "-o", "no.h5"), 64, "standard input is named twice")
    done = through(DATA, 3, "train", "-", "-o", "c.h5", "-k", 4, "-n", 2, "--checkpoint-dir", "points", "--quiet")
    checks.check(done.returncode == 0, f"with checkpoints: {done.stderr}")
    done = through(DATA, 0, "train", "-", "-o", "c.h5", "-k", 4, "-n", 3, "--checkpoint-dir", "points")
    checks.check(done.returncode == 0 and "resum" in done.stdout, f"resumed: {done.stdout} {done.stderr}")
    other = through(DATA + b"u0\tx\t1\n", 0, "train", "-", "-o", "d.h5", "-k", 4, "-n", 4, "--checkpoint-dir", "points")
    checks.check(other.returncode != 0, f"resumed with other ratings: {other.stdout}")


def check_encodings(expected):
    """By --encoding, or refused with the option to give."""
    def write(data):
        with open("text", "wb") as file:
            file.write(data)

    for ranks in some_ranks(*RANKS):
        write(TEXT.encode("latin1"))
        fails(convert("text", ranks), 65, "text:1:1: .*not valid UTF-8")
        for name in ("latin1", "ISO-8859-1", "windows-1252"):
            checks.check(digest_of(convert("text", ranks, "--encoding", name)) == expected, f"--encoding {name} on {ranks} ranks")
        write(TEXT.encode("utf-16-be"))
        fails(convert("text", ranks), 65, "text: looks like UTF-16 without a byte order mark: --encoding UTF-16BE")
        checks.check(digest_of(convert("text", ranks, "--encoding", "UTF-16BE")) == expected, f"UTF-16BE on {ranks} ranks")
        for mark, name in ((b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"), (b"\xff\xfe\0\0", "utf-32-le")):
            write(gzip.compress(mark + TEXT.encode(name)))
            done = convert("text", ranks, "--encoding", "latin1")  # the mark is plain
            checks.check(", by its byte order mark" in done.stdout, f"the log: {done.stdout}")
            checks.check(digest_of(done) == expected, f"{name} on {ranks} ranks")
        write(b"\xff\xfe" + "a\tb\t1\nc\td\t2\n".encode("utf-16-le") + b"\0\xdc1\0")
        fails(convert("text", ranks), 65, "text:3:1: from here on it is no text in UTF-16LE")
        write(DATA)
        fails(convert("text", ranks, "--encoding", "klingon"), 64, "--encoding: 'klingon' is not known; iconv -l lists")
        write(DATA.replace(b"\n", b"\r"))
        done = convert("text", ranks)
        checks.check("text: lines end in CR" in done.stdout, f"the log: {done.stdout}")
        checks.check(digest_of(done) == expected, f"CR on {ranks} ranks")
        write(b"1\t2\t3\r4\t5\tx\r")
        fails(convert("text", ranks), 65, "text:2:5: 'x' is not a number")
    train(0, "plain.tsv", "e.h5", "-k", 3, "-n", 1, "--quiet")
    write(TEXT.encode("latin1"))
    train(3, "text", "latin.h5", "--encoding", "latin1", "-k", 3, "-n", 1, "--quiet")
    lists = run(0, "recommend", "latin.h5", "--quiet")  # reads the ratings again as the training did
    checks.check(lists.returncode == 0 and lists.stdout == run(0, "recommend", "e.h5", "--quiet").stdout, f"lists: {lists}")
    fails(run(0, "train", "digest.h5", "--encoding", "latin1", "-o", "no.h5"), 64, "--encoding: has no meaning for HDF5")


def check_bad():
    for ranks in (0, 3):
        fails(through(b"", ranks, "convert", "-", "-o", "no.h5"), 65, "standard input: no ratings")
        fails(through(open("digest.h5", "rb").read(), ranks, "convert", "-", "-o", "no.h5"), 65, "HDF5 file, which cannot be read through")
    fails(run(0, "convert", "-", "-o", "no.h5"), 66, "cannot read 'standard input'")
    fails(run(0, "convert", "/dev/fd/99", "-o", "no.h5"), 66, "only standard input can be piped in")
    if os.path.exists("/dev/full"):
        os.mkdir("small")
        if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "none", "small"], stderr=subprocess.DEVNULL).returncode == 0:
            done = through(DATA * 20, 0, "convert", "-", "-o", "no.h5", environment={"TMPDIR": os.path.abspath("small")})
            fails(done, 74, "cannot keep 'standard input' in a temporary file in '.*small': No space left")
            subprocess.run(["umount", "small"], check=True)


def check_silence(ranks):
    """Nothing comes, and nothing ends: a signal or the watchdog does."""
    for stop, code, words in ((signal.SIGTERM, 75, "stopped"), (None, 74, "no progress"))[ranks > 0:]:  # mpirun ends its input
        there, here = os.pipe()
        os.write(here, DATA)
        command = [MFALS, "train", "-", "-o", "no.h5", "--checkpoint-dir", "silent", "--stall-timeout", "2s" if stop is None else "100s"]
        process = subprocess.Popen(launch(ranks, *command) if ranks > 0 else command, stdin=there,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        time.sleep(2)
        if stop is not None:
            process.send_signal(stop)
        began = time.monotonic()
        try:
            said = process.communicate(timeout=40)
        except subprocess.TimeoutExpired:
            process.kill()
            said = process.communicate()
        checks.check(process.returncode == code and words in said[1] and time.monotonic() - began < 30,
                     f"silence on {ranks} ranks: {process.returncode} {said}, expected {code} {words}")
        os.close(there)
        os.close(here)


def main():
    with work_folder() as folder:
        os.chdir(folder)
        with open("plain.tsv", "wb") as file:
            file.write(DATA)
        done = convert("plain.tsv", 0)
        os.link("made.h5", "digest.h5")
        expected = digest_of(done)
        check_pipes(expected)
        check_large(3)
        check_roles()
        check_encodings(expected)
        check_bad()
        check_silence(0)
        check_silence(3)
        checks.check(not [name for name in os.listdir(folder) if name.startswith(("no.h5", "mfals-"))], "what is left behind")
        os.chdir("/")
    checks.finish()


main()
