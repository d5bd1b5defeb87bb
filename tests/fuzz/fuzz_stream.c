/* Files as they lie there: recognised, decompressed, converted. The first byte chooses --encoding and how much is read at a
 * time; the rest is the file. */
#include "fuzz.h"
#include "read/recognise.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { MOST_READ = 1 << 20 };

/* A few bytes may ask for zstd's largest window, 2 GiB, all of which the sanitizer would mark: that much is refused, as on a
 * machine without the memory. */
const char *__asan_default_options(void); /* NOLINT(bugprone-reserved-identifier): its name */
const char *__asan_default_options(void)  /* NOLINT(bugprone-reserved-identifier) */
{
    return "max_allocation_size_mb=256:allocator_may_return_null=1";
}

static bool is_expected(status got)
{
    return got == MFALS_OK || got == MFALS_BAD_DATA || got == MFALS_NO_MEMORY;
}

/* Reads on until the end, a failure, or so much that the rest would be more of the same. */
static void read_all(const struct source *source, int64_t step)
{
    static char text[1 << 16];
    struct stream *stream;
    status got = stream_open(&stream, *source, 0);
    FUZZ_REQUIRE(got == MFALS_OK);
    for (int64_t length = step, total = 0; got == MFALS_OK && length == step && total < MOST_READ;
         total += length) {
        got = stream_read(stream, &length, text, step);
        FUZZ_REQUIRE(length >= 0 && length <= step);
        FUZZ_REQUIRE(is_expected(got));
        for (int64_t i = 0; i + 1 < length && source->lone_cr; i++)
            FUZZ_REQUIRE(text[i] != '\r' || text[i + 1] == '\n');
    }
    stream_close(&stream);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const encodings[] = {NULL, "latin1", "UTF-16", "UTF-8", "windows-1252", "SHIFT_JIS"};
    static const int64_t steps[] = {1 << 16, 1, 7, 4096};
    enum { ENCODINGS = sizeof encodings / sizeof *encodings };
    if (size < 1)
        return 0;
    int file = memfd_create("fuzz", MFD_CLOEXEC);
    FUZZ_REQUIRE(file >= 0 && write(file, data + 1, size - 1) == (ssize_t)(size - 1));
    struct source source = {.path = "x", .spooled = true, .spool = file};
    enum encoding encoding;
    bool is_parquet;
    status got = recognise(&source, &encoding, &is_parquet, encodings[data[0] % ENCODINGS]);
    FUZZ_REQUIRE(is_expected(got));
    if (got == MFALS_OK && !is_parquet)
        read_all(&source, steps[data[0] / ENCODINGS % 4]);
    close(file);
    return 0;
}
