#include "base/path.h"

#include <string.h>
#include <strings.h>

bool path_ends_with(const char *path, const char *end)
{
    size_t length = strlen(path), end_length = strlen(end);
    return length > end_length && strcasecmp(path + length - end_length, end) == 0;
}

bool path_ends_with_one(const char *path, const char *const *ends, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (path_ends_with(path, ends[i]))
            return true;
    return false;
}

bool path_names_other_format(const char *path, const char *const *ours, size_t count)
{
    static const char *const known[] = {
        ".csv",         ".tsv",     ".txt",   ".json",    ".jsonl", ".ndjson", ".xml",    ".h5",  ".hdf5",
        ".npy",         ".npz",     ".mat",   ".mtx",     ".pkl",   ".pickle", ".pt",     ".pth", ".onnx",
        ".safetensors", ".parquet", ".arrow", ".feather", ".orc",   ".avro",   ".sqlite", ".db",  ".xls",
        ".xlsx",        ".zip",     ".tar",   ".tgz",     ".gz",    ".bz2",    ".xz",     ".zst", ".lz4"};
    return path_ends_with_one(path, known, sizeof known / sizeof *known) &&
           !path_ends_with_one(path, ours, count);
}
