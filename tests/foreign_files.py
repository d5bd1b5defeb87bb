"""Files of other formats are refused by name, and the command that is printed turns them into the ratings. Where a command
needs what is not here, the name alone is looked at. What only looks like such a file is read."""

import bz2
import gzip
import io
import json
import lzma
import os
import pickle
import re
import shutil
import sqlite3
import subprocess
import tarfile
import zipfile

import numpy
import scipy.io
import scipy.sparse

from mfals_run import Checks, run, work_folder

checks = Checks()
ROWS = [(user, item, 1 + (user * item) % 5) for user in range(1, 9) for item in range(1, 7) if (user + item) % 3]
TEXT = "".join("\t".join(map(str, row)) + "\n" for row in ROWS)
CSV = "user,item,rating\n" + TEXT.replace("\t", ",")
tried = set()


def digest(path, *arguments):
    """Of the ratings in a file, as mfals has it."""
    done = run(0, "convert", path, "-o", "digest.h5", "--quiet", *arguments)
    if not checks.check(done.returncode == 0, f"{path}: {done.stderr}"):
        return None
    said = run(0, "info", "digest.h5").stdout
    os.remove("digest.h5")
    return re.search(r"digest\s+(\S+)", said)[1]


def can_run(command):
    """Whether all that the command needs is here."""
    for word in re.findall(r"(?:^|&& |\| )(\S+)", command):
        if shutil.which(word) is None:
            return False
    for modules in re.findall(r"-c 'import ([^;]*);", command):
        if subprocess.run(["/usr/bin/python3", "-c", f"import {modules}"], stderr=subprocess.DEVNULL).returncode != 0:
            return False
    return shutil.which("git-lfs") is not None if command.startswith("git lfs") else True


def refused(path, name, ranks=0):
    """The command in the message, None without one."""
    done = run(ranks, "train", path, "-o", "no.h5", "--quiet")
    checks.check(done.returncode == 65 and not os.path.exists("no.h5"), f"{path}: {done.returncode} {done.stderr}")
    said = re.search(r"^mfals: (.*?): it is (.*?)(?:; try: (.*))?$", done.stderr, re.MULTILINE)
    checks.check(said is not None and said[2] == name, f"{path}: {done.stderr}, expected {name}")
    return said and said[3]


def turned(path, data, name, result, *more):
    """result: the file that the command makes; more: words to replace in it."""
    with open(path, "wb") as file:
        file.write(data if isinstance(data, bytes) else data.encode())
    command = refused(path, name)
    checks.check((command is None) == (result is None), f"{path}: the command is {command}")
    if command is None or result is None:
        return
    for old, new in zip(more[::2], more[1::2]):
        command = command.replace(old, new)
    if not can_run(command):
        print(f"not run here: {command}")
        return
    if os.path.exists(result):
        os.remove(result)
    done = subprocess.run(["bash", "-c", command.replace("python3 -c", "/usr/bin/python3 -c")], capture_output=True, text=True)
    if checks.check(done.returncode == 0 and os.path.exists(result), f"{command}: {done.stdout}{done.stderr}"):
        checks.check(digest(result) == expected, f"{command}: other ratings: {open(result, 'rb').read(200)}")
        tried.add(name)
        os.remove(result)


def zipped(*files):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files:
            archive.writestr(name, data)
    return out.getvalue()


def tarred():
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        info = tarfile.TarInfo("packed.tsv")
        info.size = len(TEXT)
        archive.addfile(info, io.BytesIO(TEXT.encode()))
    return out.getvalue()


def written(save, *arguments, **keywords):
    out = io.BytesIO()
    save(out, *arguments, **keywords)
    return out.getvalue()


def database():
    with sqlite3.connect("made.db") as made:
        made.execute("create table plays (user integer, item integer, rating integer)")
        made.executemany("insert into plays values (?, ?, ?)", ROWS)
    made.close()
    data = open("made.db", "rb").read()
    os.remove("made.db")
    return data


def compressed(*command):
    if shutil.which(command[0]) is None:
        return None
    return subprocess.run(command, input=TEXT.encode(), capture_output=True, check=True).stdout


def check_archives():
    turned("r.zip", zipped(("packed.tsv", TEXT)), "a zip archive", "packed.tsv")
    turned("it's a.zip", zipped(("packed.tsv", TEXT)), "a zip archive", "packed.tsv")
    turned("r.tar", tarred(), "a tar archive", "packed.tsv")
    turned("r.tar.gz", gzip.compress(tarred()), "a tar archive", "packed.tsv")
    turned("r.tar.bz2", bz2.compress(tarred()), "a tar archive", "packed.tsv")
    turned("r.tar.xz", lzma.compress(tarred()), "a tar archive", "packed.tsv")
    refused_of(b"7z\xbc\xaf\x27\x1c\0\x04" + bytes(20), "a 7z archive")
    refused_of(b"Rar!\x1a\x07\x01\0" + bytes(20), "a RAR archive")
    turned("r.lzma", lzma.compress(TEXT.encode(), lzma.FORMAT_ALONE), "lzma data", "ratings")
    for name, words in (("lz4 data", ("lz4", "-c")), ("lzip data", ("lzip", "-c")), ("lzop data", ("lzop", "-c")),
                        ("compress data", ("compress", "-c"))):
        data = compressed(*words)
        if data is not None:
            turned("r.packed", data, name, "ratings")


def refused_of(data, name):
    with open("r", "wb") as file:
        file.write(data)
    return refused("r", name)


def check_tables():
    matrix = scipy.sparse.csr_matrix(([row[2] for row in ROWS], ([row[0] for row in ROWS], [row[1] for row in ROWS])))
    array = numpy.array(ROWS)
    of_matrix = digest_of_matrix(matrix)
    turned("r.npy", written(numpy.save, array), "an array of NumPy", "ratings.tsv")
    turned("f.npy", written(numpy.save, array.astype(numpy.float32)), "an array of NumPy", "ratings.tsv")
    turned("r.npy.gz", gzip.compress(written(numpy.save, array)), "an array of NumPy", "ratings.tsv")
    turned("r.npz", written(numpy.savez, plays=array), "an archive of NumPy (npz)", "plays.tsv")
    for form in (matrix.tocsr(), matrix.tocoo(), matrix.tocsc()):
        turned_matrix("s.npz", written(scipy.sparse.save_npz, form), "a sparse matrix of SciPy (npz)", of_matrix)
    turned_matrix("r.mat", written(scipy.io.savemat, {"plays": matrix}), "a MATLAB file", of_matrix, "VARIABLE", "plays")
    turned("r.db", database(), "an SQLite database", "ratings.tsv", "TABLE", "plays")
    for protocol in range(2, 6):
        command = refused_of(pickle.dumps([1, 2], protocol),
                             "a pickle of Python, which may run any program: only from whom you trust")
    if can_run(command):
        import pandas
        frame = pandas.DataFrame(ROWS, columns=["user", "item", "rating"])
        turned("r.pkl", pickle.dumps(frame), "a pickle of Python, which may run any program: only from whom you trust", "ratings.csv")
    sheet = zipped(("[Content_Types].xml", "<x/>"), ("xl/workbook.xml", "<x/>"))
    checks.check(refused_of(sheet, "a workbook") == "libreoffice --headless --convert-to csv 'r'", "a workbook's command")


def digest_of_matrix(matrix):
    scipy.io.mmwrite("matrix.mtx", matrix, symmetry="general")
    return digest("matrix.mtx")


def turned_matrix(path, data, name, of_matrix, *more):
    global expected
    before, expected = expected, of_matrix
    turned(path, data, name, "ratings.mtx", *more)
    expected = before


def check_names():
    """Of these the first bytes are all that is looked at."""
    for data, name in (
            (b"ARROW1\0\0" + bytes(20), "an Arrow file"), (b"FEA1\0\0\0\0\0", "a Feather file"), (b"ORC\x0a\x0b\0\0\x03", "an ORC file"),
            (b"Obj\x01\x04\x16avro.schema", "an Avro file"), (b"SEQ\x06\x19org.apache", "a SequenceFile of Hadoop"),
            (b"RDX3\nX\n\0\0\0\x03", "data of R"), (b"RDX2\nX\n\0\0", "data of R"), (gzip.compress(b"RDX3\nX\n\0\0\0\x03"), "data of R"),
            (b"X\n\0\0\0\x03\0", "an object of R"), (b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 9\n",
                                                     "a pointer of Git LFS, not the file itself")):
        checks.check(refused_of(data, name) is not None, f"{name}: no command")
    page = "an HTML page, as a server sends in place of a file that it does not give"
    for data, name in ((b"<!DOCTYPE html>\n<html>", page), (b"\xef\xbb\xbf \n<HTML lang=en>", page), (b"<?xml version='1.0'?>", "an XML document"), (b"%PDF-1.7\n", "a PDF document"),
                       (b"MATLAB 7.3 MAT-file, Platform", "a MATLAB file of version 7.3, which is HDF5")):
        checks.check(refused_of(data, name) is None, f"{name}: a command")
    hdf5 = b"\x89HDF\r\n\x1a\n" + bytes(20)
    checks.check(refused_of(gzip.compress(hdf5), "an HDF5 file") == "gzip -dc < 'r' > FILE", "HDF5 in gzip")


def check_texts():
    lines = [json.dumps({"user_id": u, "x": {"user": [1, "}\""]}, "item_id": i, "rating": r, "t": "a\\"}) for u, i, r in ROWS]
    amazon = [json.dumps({"reviewerID": u, "asin": i, "helpful": [2, 3], "overall": r, "unixReviewTime": 1252800000}) for u, i, r in ROWS]
    turned("r.json", "\n".join(lines), "JSON", "ratings.tsv")
    turned("r.json.gz", gzip.compress("\n".join(amazon).encode()), "JSON", "ratings.tsv")
    turned("array.json", "[\n" + ",\n".join(lines) + "\n]\n", "JSON", "ratings.tsv")
    turned("arrays.json", json.dumps(ROWS), "JSON", "ratings.tsv")
    turned("pretty.json", json.dumps([dict(zip(("user", "movie", "stars"), row)) for row in ROWS], indent=2), "JSON", "ratings.tsv")
    turned("r.libfm", "".join(f"{r} {u}:1 {i}:1\n" for u, i, r in ROWS), 'lines of "rating user:1 item:1", as of libFM', "ratings.tsv")
    turned("r.libsvm", "".join(f"{u} " + " ".join(f"{i}:{r}" for v, i, r in ROWS if u == v) + "\n" for u in range(1, 9)),
           'lines of "user item:rating item:rating ...", as of libSVM', "ratings.tsv")
    for end in ("\n", "\r\n"):
        blocks = "".join(f"{item}:{end}" + "".join(f"{u},{r},2005-09-06{end}" for u, i, r in ROWS if i == item) for item in range(1, 7))
        turned("netflix.txt", blocks, 'blocks of "item:" and lines "user,rating,date", as of Netflix', "ratings.tsv")
    blocks = "".join(f"{user}|{sum(u == user for u, _, _ in ROWS)}\n" + "".join(f"{i}\t{r}\n" for u, i, r in ROWS if u == user)
                     for user in range(1, 9))
    turned("yahoo.txt", blocks, 'blocks of "user|count" and lines "item rating", as of Yahoo Music', "ratings.tsv")


def check_matrices():
    """What SciPy writes of a matrix that mfals does not read says what makes one that it does."""
    dense = numpy.array([[0, 1, 2], [1, 0, 3], [2, 3, 5.0]])
    scipy.io.mmwrite("general.mtx", scipy.sparse.coo_matrix(dense), symmetry="general")
    wanted = digest("general.mtx")
    for what, write in (("array", lambda: scipy.io.mmwrite("m.mtx", dense, symmetry="general")),
                        ("symmetric", lambda: scipy.io.mmwrite("m.mtx", scipy.sparse.coo_matrix(dense)))):
        write()
        done = run(0, "convert", "m.mtx", "-o", "no.h5")
        command = re.search(rf"MatrixMarket '{what}' is not supported, only \S+; try: (.*)$", done.stderr, re.MULTILINE)
        if checks.check(done.returncode == 65 and command is not None, f"{what}: {done.stderr}"):
            subprocess.run(["bash", "-c", command[1].replace("python3", "/usr/bin/python3")], check=True)
            checks.check(digest("ratings.mtx") == wanted, f"{what}: other ratings")
    with open("m.mtx", "w") as file:
        file.write("%%MatrixMarket matrix coordinate unsigned-integer general\n9 7 " + f"{len(ROWS)}\n" + TEXT.replace("\t", " "))
    with open("n.mtx", "w") as file:
        file.write("%%MatrixMarket matrix coordinate integer general\n9 7 " + f"{len(ROWS)}\n" + TEXT.replace("\t", " "))
    checks.check(digest("m.mtx") == digest("n.mtx") is not None, "unsigned-integer")


def check_no_alarm():
    """Ids that begin as other files do."""
    for text in ("PK\t1\t5\nPK\t2\t4\n", "ORC\t1\t5\nORC\t2\t4\n", "BZh9\t1\t5\nBZh91AY\t2\t4\n", "{3F2504E0}\t1\t5\n{3F25}\t2\t3\n",
                 "[a]\t1\t5\n[b]\t2\t3\n", "Obj\t1\t3\nObj\t2\t3\n", "FEA1\t1\t5\nx\t2\t2\n", "SEQ\t1\t5\nx\t2\t2\n", "7z\t1\t5\nx\t2\t2\n",
                 "version https\t1\t5\nx\t2\t2\n", "<b>\t1\t5\nx\t2\t2\n", "1:\t2\t3\n2:\t3\t4\n", "a:1 b:2 3\nc:1 d:1 4\n", "RDX3\t1\t5\nX\t2\t2\n", "LZIP\t1\t5\nX\t2\t2\n", "Rar!\t1\t5\nX\t2\t2\n",
                 "%PDF\t1\t5\nX\t2\t2\n", "x" * 255 + "\tustar \t5\nX\t2\t2\n", "]\t1\t5\nX\t2\t2\n"):
        with open("r", "w") as file:
            file.write(text)
        done = run(0, "convert", "r", "-o", "r.h5", "--quiet")
        checks.check(done.returncode == 0, f"{text[:40]!r}: {done.stderr}")


def main():
    global expected
    with work_folder() as folder:
        os.chdir(folder)
        with open("plain.tsv", "w") as file:
            file.write(TEXT)
        with open("plain.csv", "w") as file:
            file.write(CSV)
        expected = digest("plain.tsv")
        checks.check(expected is not None and digest("plain.csv") == expected, "the ratings as plain text")
        check_archives()
        check_tables()
        check_names()
        check_texts()
        check_matrices()
        check_no_alarm()
        with open("r.json", "w") as file:
            file.write('{"user_id": 1, "item_id": 2}\n')
        checks.check(refused("r.json", "JSON", 3) is not None, "JSON on three ranks")
        checks.check(len(tried) >= 8, f"only these were tried: {tried}")
        os.chdir("/")
    checks.finish()


main()
