"""Text is text: ratings seen, --users, --candidates and --titles are read alike, whatever their file's line ends, byte order
mark, quotes, compression and faults."""

import bz2
import gzip
import lzma
import os
import re
import subprocess
import threading

from mfals_run import Checks, run, train, work_folder

checks = Checks()
USERS = ["ann", "bob, jr", 'c "x"', "dörte", "eve"]
ITEMS = ["Jaws", "Heat, The", '"Up"', "Amélie", "M", "Ran"]
TITLES = ["A shark", "A heist, in LA", 'The "balloon"', "Où", "M", ""]


def quoted(text):
    return '"' + text.replace('"', '""') + '"'


def bare(text):
    return quoted(text) if text.startswith('"') else text


def table(rows, between=",", quote=quoted):
    return [between.join(map(quote, row)) for row in rows]


SEEN = [(USERS[i % 5], ITEMS[(i * i + i // 5) % 6], "1") for i in range(12)]
ROLES = {  # the rows of the file, and the command that reads it
    "seen": (SEEN, ["recommend", "m.h5", "--top", 3, "--seen"]),
    "users": ([(USERS[1], "x"), (USERS[2], "y"), (USERS[3], "z")], ["recommend", "m.h5", "--include-seen", "--top", 2, "--users"]),
    "candidates": ([(u, *ITEMS[i % 3:i % 3 + 4]) for i, u in enumerate(USERS)],
                   ["evaluate", "m.h5", "--test", "test.tsv", "--top", "1,3", "--candidates"]),
    "titles": (list(zip(ITEMS, TITLES)), ["similar", "m.h5", "--item", "M", "--top", 5, "--titles"]),
}


def zstd(data):
    return subprocess.run(["zstd", "-q", "-c"], input=data, capture_output=True, check=True).stdout


def joined(lines, end="\n"):
    return "".join(line + end for line in lines).encode()


def blank_lines(lines):
    return joined(["", *lines[:2], " \t", "", *lines[2:], ""])


MARK = b"\xef\xbb\xbf"
GOOD = {  # the file's name, and its bytes of the lines
    "mark": ("mark.csv", lambda lines: MARK + joined(lines)),
    "CRLF": ("crlf.csv", lambda lines: joined(lines, "\r\n")),
    "mark and CRLF": ("both.csv", lambda lines: MARK + joined(lines, "\r\n")),
    "no end": ("end.csv", lambda lines: joined(lines)[:-1]),
    "CR at the end": ("cr.csv", lambda lines: joined(lines, "\r\n")[:-1]),
    "blank lines": ("blank.csv", blank_lines),
    "gzip": ("list.csv.gz", lambda lines: gzip.compress(joined(lines))),
    "gzip by its bytes": ("list.gzipped", lambda lines: gzip.compress(joined(lines))),
    "members, a mark": ("parts.gz", lambda lines: gzip.compress(MARK + joined(lines[:2], "\r\n")) + gzip.compress(joined(lines[2:]))),
    "bzip2": ("list.csv.bz2", lambda lines: bz2.compress(joined(lines[:2])) + bz2.compress(joined(lines[2:]))),
    "UTF-16": ("wide.csv", lambda lines: joined(lines).decode().encode("utf-16")),
    "CR alone": ("lone.csv", lambda lines: joined(lines, "\r")),
    "xz": ("list.csv.xz", lambda lines: lzma.compress(joined(lines))),
    "zstd": ("list.csv.zst", lambda lines: zstd(joined(lines))),
}
BAD = {  # the bytes of good lines with one more behind, and what is said of it
    "NUL": (lambda good, n: good + b"x\0,1,1\n", r"list.csv:{0}:2: a NUL byte"),
    "no UTF-8": (lambda good, n: good + b"x\xff,1,1\n", r"list.csv:{0}:1: is not valid UTF-8; --encoding latin1"),
    "control": (lambda good, n: good + b"x\x1b,1,1\n", r"list.csv:{0}:1: holds a control character"),
    "long line": (lambda good, n: good + b"x,1," + b"1" * (1 << 20) + b"\n", r"list.csv:{0}:1: the line is longer than 1 MiB"),
    "endless line": (lambda good, n: good + b"x,1," + b"1" * (1 << 23) + b"\n", r"list.csv:{0}:1: the line is longer than 1 MiB"),
    "long id": (lambda good, n: good + b"x" * 256 + b",1,1\n", r"list.csv:{0}:1: the (user|item) is longer than 255 bytes"),
    "no id": (lambda good, n: good + b",1,1\n", r"list.csv:{0}:1: the (user|item) is empty"),
    "open quote": (lambda good, n: good + b'"x,1,1\n', r"list.csv:{0}:1: the quoted field does not end on its line"),
    "text behind a quote": (lambda good, n: good + b'"x"y,1,1\n', r"list.csv:{0}:4: text follows the closing quote"),
}


def call(role, path, ranks=0, **keywords):
    return run(ranks, *ROLES[role][1], path, **keywords)


def answer(role, path, ranks=0, **keywords):
    done = call(role, path, ranks, **keywords)
    checks.check(done.returncode == 0, f"{role} of {path}: {done.returncode} {done.stderr}")
    said = done.stdout.replace("\r", "")
    return said[said.index("evaluation:"):] if role == "candidates" and "evaluation:" in said else said


def fails(role, path, code, words):
    done = call(role, path)
    checks.check(done.returncode == code and re.search(words, done.stderr),
                 f"{role} of {path}: {done.returncode} {done.stderr[:300]}, expected {code} {words}")


def check_good(role, expected):
    lines = table(ROLES[role][0])
    for what, (name, make) in GOOD.items():
        with open(name, "wb") as file:
            file.write(make(lines))
        got = answer(role, name, 2 if what == "mark" else 0)
        checks.check(got == expected, f"{role}, {what}: {got} instead of {expected}")
    for form, between in (("tabs", "\t"), ("colons", "::"), ("pipes", "|")):
        if form == "pipes" and role != "titles":
            continue
        with open(form, "wb") as file:
            file.write(joined(table(ROLES[role][0], between, str if form == "colons" else bare)))
        got = answer(role, form)
        checks.check(got == expected, f"{role}, {form}: {got} instead of {expected}")
    os.mkdir(f"{role}.folder")
    for name, part in ((".hidden", ["no"]), ("a.csv", lines[:2]), ("b.csv", lines[2:])):
        with open(f"{role}.folder/{name}", "wb") as file:
            file.write(MARK + joined(part))
    got = answer(role, f"{role}.folder")
    checks.check(got == expected, f"{role}, a folder: {got} instead of {expected}")


def check_pipe(role, expected):
    """What comes through a named pipe, or standard input, is known by its bytes."""
    data = gzip.compress(joined(table(ROLES[role][0])))

    def write():
        with open("pipe", "wb") as pipe:
            pipe.write(data)

    writer = threading.Thread(target=write, daemon=True)
    writer.start()
    got = answer(role, "pipe")
    writer.join(20)
    checks.check(not writer.is_alive() and got == expected, f"{role}, a pipe: {got} instead of {expected}")
    for ranks in (0, 3):
        there, here = os.pipe()
        os.write(here, data)
        os.close(here)
        got = answer(role, "-", ranks, stdin=there)
        os.close(there)
        checks.check(got == expected, f"{role}, standard input on {ranks} ranks: {got} instead of {expected}")


def check_bad(role):
    lines = table(ROLES[role][0])
    good = joined(lines)
    for what, (make, words) in BAD.items():
        if role == "titles" and what == "no UTF-8":  # it may be Latin-1
            continue
        with open("list.csv", "wb") as file:
            file.write(make(good, len(lines)))
        fails(role, "list.csv", 65, "^mfals: " + words.format(len(lines) + 1))
    for name, data in (("cut.gz", gzip.compress(good)[:-9]), ("false.xz", good), ("m.csv", open("m.h5", "rb").read())):
        with open(name, "wb") as file:
            file.write(data)
    fails(role, "cut.gz", 65, "cut.gz: the gzip data is cut off or damaged")
    fails(role, "false.xz", 65, "false.xz: not an xz file")
    fails(role, "m.csv", 65, "'m.csv' is a model file of mfals" if role == "seen" else "'m.csv' is an HDF5 file")
    fails(role, "nowhere", 66, "cannot read 'nowhere': No such file")
    fails(role, "/dev/zero", 66, "cannot read '/dev/zero': ")
    fails(role, "empty", 66, "empty: a directory without files")


def check_candidates():
    """The quotes count, and names not known are told; a user needs an item."""
    def metrics(data):
        with open("c.csv", "wb") as file:
            file.write(data)
        done = call("candidates", "c.csv")
        checks.check(done.returncode == 0, f"candidates {data}: {done.stderr}")
        return done.stdout[done.stdout.find("evaluation:"):], done.stdout + done.stderr

    lines = table(ROLES["candidates"][0])
    plain, _ = metrics(joined(lines))
    filled, _ = metrics(joined(line + ",,," for line in lines))
    few, _ = metrics(joined(lines[:1]))
    checks.check(plain == filled != few, f"empty fields count: {filled} instead of {plain}, {few}")
    more, said = metrics(joined([*lines, "nobody,Jaws,Nothing"]))
    checks.check(plain == more, f"unknown ids count: {more} instead of {plain}")
    checks.check("c.csv: 1 of 6 users are not known and left out, the first: nobody" in said and
                 "c.csv: 1 of 7 items are not known and left out, the first: Nothing" in said, f"of unknown ids: {said}")
    with open("list.csv", "wb") as file:
        file.write(b"ann,Jaws\n\nbob\n")
    fails("candidates", "list.csv", 65, "list.csv:3:4: a user without items")


def check_integers():
    """Integers may be separated by any mixture of tabs, commas and blanks."""
    with open("numbers.tsv", "w") as file:
        file.writelines(f"{u}\t{i}\t1\n" for u in range(1, 13) for i in range(1, 11) if (u * i) % 3 != 1)
    with open("tests.tsv", "w") as file:
        file.writelines(f"{u}\t{u % 3 + 3}\t1\n" for u in range(1, 13) if u % 3)
    train(0, "numbers.tsv", "n.h5", "-k", 3, "-n", 2, "--quiet", "--lambda", 1)
    forms = [lambda user, items: " ".join([user, *items]), lambda user, items: "\t".join([user, *items]),
             lambda user, items: f" {user}, " + ", ".join(items), lambda user, items: f"{user}\t" + ",".join(items) + " ",
             lambda user, items: ",".join(map(quoted, [user, *items])), lambda user, items: "::".join([user, *items])]
    for command, rest in ((["evaluate", "n.h5", "--test", "tests.tsv", "--candidates"], lambda u: ["2", "3", str(u % 9 + 1), "10"]),
                          (["recommend", "n.h5", "--include-seen", "--top", 1, "--users"], lambda u: ["x"])):
        answers = []
        for number, form in enumerate(forms):
            with open(f"numbers{number}", "wb") as file:
                file.write(MARK * (number > 0) + joined((form(str(u), rest(u)) for u in range(1, 13)), "\r\n" if number % 2 else "\n"))
            done = run(0, *command, f"numbers{number}")
            checks.check(done.returncode == 0 and "not known" not in done.stdout + done.stderr, f"{command} {number}: {done}")
            answers.append(done.stdout[max(done.stdout.find("evaluation:"), 0):])
        checks.check(len(set(answers)) == 1 and answers[0], f"{command[0]}: the answer depends on the separator: {answers}")


def check_titles():
    """As data sets have them: CSV with a header and quotes, MovieLens's "::" and "|" in Latin-1."""
    def titles(data, item="5"):
        with open("t", "wb") as file:
            file.write(data)
        done = run(2, "similar", "n.h5", "--item", item, "--top", 10, "--titles", "t")
        checks.check(done.returncode == 0, f"titles {data}: {done.stderr}")
        rows = [line.split("\t") for line in done.stdout.replace("\r", "").splitlines()]
        return {row[1]: row[4] for row in rows}

    csv = titles(b'movieId,title,genres\r\n1,Toy Story (1995),Adventure|Animation\r\n2,"American President, The (1995)",Comedy\r\n'
                 b'3,"The ""Big"" One",Drama\r\n4,,None\r\n1,Toy Story 1,x\r\n99,Nobody\'s,x\r\n')
    checks.check((csv["1"], csv["2"], csv["3"], csv["4"], csv["6"]) ==
                 ("Toy Story 1", "American President, The (1995)", 'The "Big" One', "", ""), f"CSV titles: {csv}")
    bare = titles(b"1,Toy Story (1995),Adventure|Animation\n2,Heat (1995),Action|Crime\n")
    checks.check((bare["1"], bare["2"]) == ("Toy Story (1995)", "Heat (1995)"), f"CSV titles without a header: {bare}")
    piped = titles("1|Usual Suspects, The (1995)|14-Aug-1995||http://x\n2|Misérables, Les\n".encode("latin-1"))
    checks.check((piped["1"], piped["2"]) == ("Usual Suspects, The (1995)", "Misérables, Les"), f"Latin-1 titles: {piped}")
    colons = titles(b"1::A|B, \"C\"::Drama\n2::D\tE::Drama\n")
    checks.check((colons["1"], colons["2"]) == ('A|B, "C"', r"D\x09E"), f"titles between '::': {colons}")
    checks.check(titles(b"")["1"] == "", "no titles at all")


def main():
    with work_folder() as folder:
        os.chdir(folder)
        with open("r.csv", "wb") as file:
            file.write(joined(table(SEEN)))
        with open("test.tsv", "wb") as file:
            file.write(joined(table([(u, ITEMS[(i * 2 + 3) % 6], "1") for i, u in enumerate(USERS)], "\t", bare)))
        train(0, "r.csv", "m.h5", "-k", 3, "-n", 2, "--quiet", "--lambda", 0.1)
        os.mkfifo("pipe")
        os.mkdir("empty")
        answers = set()
        for role, (rows, _) in ROLES.items():
            with open("plain.csv", "wb") as file:
                file.write(joined(table(rows)))
            expected = answer(role, "plain.csv")
            answers.add(expected)
            check_good(role, expected)
            check_pipe(role, expected)
            check_bad(role)
        checks.check(len(answers) == len(ROLES) and "" not in answers, f"the answers are no answers: {answers}")
        check_candidates()
        check_integers()
        check_titles()
        os.chdir("/")
    checks.finish()


main()
