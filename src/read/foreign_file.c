#include "read/foreign_file.h"

#include "base/number.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { COMMAND_BYTES = 700 };

/* In a command FILE stands for the file. */
#define NUMPY_FORMAT   "{\"f\": \"%.15g\"}.get(a.dtype.kind, \"%s\")"
#define TO_CSV         " FILE ratings.csv"
#define MATRIX_TO_FILE "scipy.io.mmwrite(sys.argv[2], scipy.sparse.coo_matrix("
static const char unzip[] = "unzip FILE",
                  npz_command[] =
                      "python3 -c 'import sys, numpy; [numpy.savetxt(name + \".tsv\", a, " NUMPY_FORMAT
                      ", \"\\t\") for name, a in numpy.load(sys.argv[1]).items() if 0 < a.ndim < 3]' FILE",
                  sparse_command[] = "python3 -c 'import sys, scipy.io, scipy.sparse; " MATRIX_TO_FILE
                                     "scipy.sparse.load_npz(sys.argv[1])), symmetry=\"general\")' FILE "
                                     "ratings.mtx",
                  arrow_command[] =
                      "python3 -c 'import sys, pyarrow.csv, pyarrow.feather; "
                      "pyarrow.csv.write_csv(pyarrow.feather.read_table(sys.argv[1]), sys.argv[2])'" TO_CSV,
                  r_command[] = "Rscript -e 'write.csv(get(load(commandArgs(TRUE)[1])), "
                                "commandArgs(TRUE)[2], row.names = FALSE)'" TO_CSV,
                  sheet_command[] = "libreoffice --headless --convert-to csv FILE";

struct kind {
    const char *name;
    int64_t offset;
    const char *magic;
    int64_t bytes;
    const char *command; /* NULL: there is none */
    bool zeros;          /* the magic bytes might be text: NUL bytes must be near */
    bool unpacks;        /* the command decompresses by itself */
};
#define MAGIC(offset, text) offset, text, sizeof(text) - 1

static const struct kind kinds[] = {
    {"a tar archive", MAGIC(257, "ustar"), .command = "tar -xf FILE", .zeros = true, .unpacks = true},
    {"a 7z archive", MAGIC(0, "7z\xbc\xaf\x27\x1c"), .command = "7z x FILE"},
    {"a RAR archive", MAGIC(0, "Rar!\x1a\x07"), .command = "unrar x FILE"},
    {"lz4 data", MAGIC(0, "\x04\x22\x4d\x18"), .command = "lz4 -dc FILE > ratings"},
    {"compress data", MAGIC(0, "\x1f\x9d"), .command = "gzip -dc < FILE > ratings"},
    {"lzma data", MAGIC(0, "\x5d\0\0"), .command = "xz -dc --format=lzma < FILE > ratings"},
    {"lzip data", MAGIC(0, "LZIP\x01"), .command = "lzip -dc < FILE > ratings"},
    {"lzop data", MAGIC(0, "\x89LZO\0\r\n\x1a\n"), .command = "lzop -dc < FILE > ratings"},
    {"an array of NumPy", MAGIC(0, "\x93NUMPY"),
     .command = "python3 -c 'import sys, numpy; a = numpy.load(sys.argv[1]); numpy.savetxt(sys.stdout, "
                "a, " NUMPY_FORMAT ", \"\\t\")' FILE > ratings.tsv"},
    {"an SQLite database", MAGIC(0, "SQLite format 3"),
     .command = "sqlite3 -tabs FILE 'select user, item, rating from TABLE' > ratings.tsv"},
    {"an Arrow file", MAGIC(0, "ARROW1\0\0"), .command = arrow_command},
    {"a Feather file", MAGIC(0, "FEA1\0\0\0\0"), .command = arrow_command},
    {"an ORC file", MAGIC(0, "ORC"),
     .command = "python3 -c 'import sys, pyarrow.csv, pyarrow.orc; "
                "pyarrow.csv.write_csv(pyarrow.orc.read_table(sys.argv[1]), sys.argv[2])'" TO_CSV,
     .zeros = true},
    {"an Avro file", MAGIC(0, "Obj\x01"),
     .command =
         "python3 -c 'import sys, csv, fastavro; csv.writer(sys.stdout).writerows(row.values() for row in "
         "fastavro.reader(open(sys.argv[1], \"rb\")))' FILE > ratings.csv"},
    {"a SequenceFile of Hadoop", MAGIC(0, "SEQ\x06"), .command = "hadoop fs -text FILE > ratings.tsv"},
    {"data of R", MAGIC(0, "RDX2\nX\n"), .command = r_command, .unpacks = true},
    {"data of R", MAGIC(0, "RDX3\nX\n"), .command = r_command, .unpacks = true},
    {"an object of R", MAGIC(0, "X\n\0\0\0"),
     .command = "Rscript -e 'write.csv(readRDS(commandArgs(TRUE)[1]), commandArgs(TRUE)[2], row.names = "
                "FALSE)'" TO_CSV,
     .unpacks = true},
    {"a MATLAB file", MAGIC(0, "MATLAB 5.0 MAT-file"),
     .command =
         "python3 -c 'import sys, scipy.io, scipy.sparse; " MATRIX_TO_FILE
         "scipy.io.loadmat(sys.argv[1])[sys.argv[3]]), symmetry=\"general\")' FILE ratings.mtx VARIABLE"},
    {"a MATLAB file of version 7.3, which is HDF5", MAGIC(0, "MATLAB 7.3 MAT-file"), .command = NULL},
    {"an HDF5 file", MAGIC(0, "\x89HDF\r\n\x1a\n"), .command = NULL},
    {"a workbook of Excel", MAGIC(0, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), .command = sheet_command},
    {"a PDF document", MAGIC(0, "%PDF-"), .command = NULL},
    {"a pointer of Git LFS, not the file itself", MAGIC(0, "version https://git-lfs"),
     .command = "git lfs pull"},
};

static bool holds(const char *bytes, int64_t length, int64_t offset, const char *magic, int64_t magic_bytes)
{
    return length >= offset + magic_bytes && memcmp(bytes + offset, magic, (size_t)magic_bytes) == 0;
}

static const struct kind *find_kind(const char *bytes, int64_t length)
{
    enum { NEAR = 256 };
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (holds(bytes, length, kinds[i].offset, kinds[i].magic, kinds[i].bytes) &&
            (!kinds[i].zeros || memchr(bytes, 0, (size_t)number_min(length, NEAR)) != NULL))
            return &kinds[i];
    return NULL;
}

/* What is in a zip archive is told by the name of its first file. */
static const struct kind *find_zip(const char *bytes, int64_t length)
{
    static const struct kind zip = {.name = "a zip archive", .command = unzip},
                             npz = {.name = "an archive of NumPy (npz)", .command = npz_command},
                             sparse = {.name = "a sparse matrix of SciPy (npz)", .command = sparse_command},
                             sheet = {.name = "a workbook", .command = sheet_command};
    static const char *const of_sparse[] = {"indices.npy", "indptr.npy", "row.npy",   "col.npy",
                                            "data.npy",    "format.npy", "shape.npy", "offsets.npy"},
                             *const of_sheet[] = {"[Content_Types].xml", "_rels/", "docProps/", "xl/",
                                                  "mimetype"};
    enum { NAME_LENGTH = 26, NAME = 30 };
    if (!holds(bytes, length, 0, "PK\x03\x04", 4) || length < NAME)
        return NULL;
    const char *name = bytes + NAME;
    int64_t named = (unsigned char)bytes[NAME_LENGTH] + 256 * (unsigned char)bytes[NAME_LENGTH + 1];
    named = number_min(named, length - NAME);
    for (size_t i = 0; i < sizeof of_sparse / sizeof *of_sparse; i++)
        if (named == (int64_t)strlen(of_sparse[i]) && memcmp(name, of_sparse[i], (size_t)named) == 0)
            return &sparse;
    for (size_t i = 0; i < sizeof of_sheet / sizeof *of_sheet; i++)
        if (holds(name, named, 0, of_sheet[i], (int64_t)strlen(of_sheet[i])))
            return &sheet;
    return named > 4 && memcmp(name + named - 4, ".npy", 4) == 0 ? &npz : &zip;
}

/* Protocols 2 to 5, each behind the sign for one. */
static const struct kind *find_pickle(const char *bytes, int64_t length)
{
    static const struct kind pickle = {
        .name = "a pickle of Python, which may run any program: only from whom you trust",
        .command = "python3 -c 'import sys, pandas; pandas.read_pickle(sys.argv[1]).to_csv(sys.stdout, "
                   "index=False)' FILE > ratings.csv"};
    return length > 2 && bytes[0] == '\x80' && bytes[1] >= 2 && bytes[1] <= 5 ? &pickle : NULL;
}

static const struct kind *find_page(const char *bytes, int64_t length)
{
    static const struct kind html = {
        .name = "an HTML page, as a server sends in place of a file that it does not give"};
    static const struct kind xml = {.name = "an XML document"};
    static const char *const begins[] = {"<!doctype html", "<html", "<?xml"};
    int64_t at = holds(bytes, length, 0, "\xef\xbb\xbf", 3) ? 3 : 0;
    while (at < length && strchr(" \t\r\n", bytes[at]) != NULL && bytes[at] != '\0')
        at++;
    for (int i = 0; i < 3; i++)
        if (length - at >= (int64_t)strlen(begins[i]) &&
            strncasecmp(bytes + at, begins[i], strlen(begins[i])) == 0)
            return i == 2 ? &xml : &html;
    return NULL;
}

const char *foreign_quote(char *text, size_t size, const char *path)
{
    size_t at = 0;
    text[at++] = '\'';
    for (const char *c = path; *c != '\0' && at + sizeof "'\\'''" < size; c++) {
        const char *as = *c == '\'' ? "'\\''" : (const char[2]){*c, '\0'};
        memcpy(text + at, as, strlen(as));
        at += strlen(as);
    }
    memcpy(text + at, "'", 2);
    return text;
}

/* command <- the template with the file's name, behind what decompresses the file if need be. */
static void make_command(char *command, const struct kind *kind, const struct source *source)
{
    char path[COMMAND_BYTES / 2] = "FILE";
    if (!source->spooled)
        foreign_quote(path, sizeof path, source->path);
    bool unpacked = source->compression != COMPRESSION_NONE && !kind->unpacks;
    int at = 0;
    if (unpacked)
        at = snprintf(command, COMMAND_BYTES, "%s -dc < %s > FILE%s", compression_name(source->compression),
                      path, kind->command != NULL ? " && " : "");
    const char *rest = kind->command != NULL ? kind->command : "", *file = strstr(rest, "FILE");
    int before = file == NULL ? (int)strlen(rest) : (int)(file - rest);
    snprintf(command + at, (size_t)(COMMAND_BYTES - at), "%.*s%s%s", before, rest,
             file == NULL ? ""
             : unpacked   ? "FILE"
                          : path,
             file == NULL ? "" : file + strlen("FILE"));
}

status foreign_file_check(const struct source *source, const char *bytes, int64_t length)
{
    const struct kind *kind = find_kind(bytes, length);
    if (kind == NULL)
        kind = find_zip(bytes, length);
    if (kind == NULL)
        kind = find_pickle(bytes, length);
    if (kind == NULL)
        kind = find_page(bytes, length);
    if (kind == NULL)
        return MFALS_OK;
    char command[COMMAND_BYTES];
    make_command(command, kind, source);
    return fail(MFALS_BAD_DATA, "%.300s: it is %s%s%s", source->path, kind->name,
                command[0] != '\0' ? "; try: " : "", command);
}
