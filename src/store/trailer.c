#include "store/trailer.h"

#include "base/number.h"
#include "ratings/digest.h"
#include "store/durable.h"
#include "store/stored_rows.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

enum { SEAL_NAME = 11 }; /* bytes of "mfals-seal " */
static const int64_t piece_bytes = (int64_t)1 << 22;

/* Whether an open file ends in a line of a checksum trailer for its own size. */
static bool is_marked(int fd)
{
    struct stat file;
    char line[TRAILER_BYTES + 1] = "", size[TRAILER_BYTES];
    if (fstat(fd, &file) != 0 || !S_ISREG(file.st_mode) || file.st_size < TRAILER_BYTES ||
        durable_read(fd, file.st_size - TRAILER_BYTES, line, TRAILER_BYTES) != TRAILER_BYTES)
        return false;
    snprintf(size, sizeof size, " %019" PRId64 "\n", (int64_t)file.st_size - TRAILER_BYTES);
    return memcmp(line, "mfals-seal ", SEAL_NAME) == 0 &&
           strcmp(line + TRAILER_BYTES - strlen(size), size) == 0;
}

static int open_own(const char *path)
{
    return open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
}

bool trailer_marks(const char *path)
{
    int fd = open_own(path);
    bool marked = fd >= 0 && is_marked(fd);
    if (fd >= 0)
        close(fd);
    return marked;
}

/* The name is looked at once more, as late as can be. */
void trailer_remove_file(const char *path)
{
    struct stat file, named;
    int fd = open_own(path);
    if (fd >= 0 && is_marked(fd) && fstat(fd, &file) == 0 && lstat(path, &named) == 0 &&
        file.st_dev == named.st_dev && file.st_ino == named.st_ino)
        unlink(path);
    if (fd >= 0)
        close(fd);
}

static status open_at_end(int *fd, int64_t *bytes, const char *path)
{
    struct stat file;
    *bytes = 0;
    *fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a pipe must not block */
    if (*fd < 0 || fstat(*fd, &file) != 0)
        return fail(errno == ENOENT ? MFALS_NO_INPUT : MFALS_IO, "cannot open '%s': %s", path,
                    errno_text(errno));
    *bytes = file.st_size;
    return S_ISREG(file.st_mode) ? MFALS_OK
                                 : fail(MFALS_NO_INPUT, "cannot open '%s': it is no regular file", path);
}

static status add_pieces(uint64_t sums[2], int fd, const char *path, int64_t bytes, const struct comm *comm)
{
    int64_t pieces = number_divide_up(bytes, piece_bytes), each = number_divide_up(pieces, comm->size);
    scoped char *buffer = NULL;
    TRY(allocate_raw(&buffer, piece_bytes));
    for (int64_t n = each * comm->rank; n < number_min(pieces, each * (comm->rank + 1)); n++) {
        int64_t length = number_min(piece_bytes, bytes - n * piece_bytes);
        TRY(stored_bytes_read(buffer, fd, path, n * piece_bytes, length));
        XXH128_hash_t hash = XXH3_128bits_withSeed(buffer, (size_t)length, (uint64_t)n);
        sums[0] += hash.low64;
        sums[1] += hash.high64;
    }
    return MFALS_OK;
}

static void write_line(char line[TRAILER_BYTES], const uint64_t sums[2], int64_t bytes)
{
    char digest[DIGEST_TEXT_SIZE], text[2 * TRAILER_BYTES];
    digest_text(digest, sums);
    snprintf(text, sizeof text, "mfals-seal %s %019" PRId64 "\n", digest, bytes);
    memcpy(line, text, TRAILER_BYTES);
}

/* [local] This rank's part of the digest of all bytes but the last `but`, and how many these are. */
static status digest_local(uint64_t sums[2], int64_t *bytes, const char *path, int64_t but,
                           const struct comm *comm)
{
    int fd;
    status done = open_at_end(&fd, bytes, path);
    *bytes -= but;
    if (done == MFALS_OK && *bytes < 0)
        done = fail(MFALS_BAD_DATA, "'%s' is cut off", path);
    if (done == MFALS_OK)
        done = add_pieces(sums, fd, path, *bytes, comm);
    if (fd >= 0)
        close(fd);
    return done;
}

static status digest_file(uint64_t sums[2], int64_t *bytes, const char *path, int64_t but,
                          const struct comm *comm)
{
    sums[0] = sums[1] = 0;
    TRY(agree(comm, digest_local(sums, bytes, path, but, comm)));
    comm_sum_bits(comm, sums, 2);
    return MFALS_OK;
}

static status append(const char *path, const uint64_t sums[2], int64_t bytes)
{
    char line[TRAILER_BYTES];
    write_line(line, sums, bytes);
    return durable_append(path, line, TRAILER_BYTES);
}

status trailer_append(const struct comm *comm, const char *path)
{
    uint64_t sums[2];
    int64_t bytes;
    TRY(digest_file(sums, &bytes, path, 0, comm));
    return agree(comm, comm->rank == 0 ? append(path, sums, bytes) : MFALS_OK);
}

static status compare(const char *path, const uint64_t sums[2], int64_t bytes)
{
    char line[TRAILER_BYTES], written[TRAILER_BYTES];
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return fail(MFALS_NO_INPUT, "cannot open '%s': %s", path, errno_text(errno));
    status read = stored_bytes_read(written, fd, path, bytes, TRAILER_BYTES);
    close(fd);
    TRY(read);
    write_line(line, sums, bytes);
    if (memcmp(line, written, SEAL_NAME) != 0)
        return fail(MFALS_BAD_DATA,
                    "'%s' is cut off, or was never a checkpoint: it does not end in a checksum trailer",
                    path);
    return memcmp(line, written, TRAILER_BYTES) == 0
               ? MFALS_OK
               : fail(MFALS_BAD_DATA, "'%s' is cut off or damaged: it has not the digest it was written with",
                      path);
}

status trailer_verify(const struct comm *comm, const char *path)
{
    uint64_t sums[2];
    int64_t bytes;
    TRY(digest_file(sums, &bytes, path, TRAILER_BYTES, comm));
    return agree(comm, comm->rank == 0 ? compare(path, sums, bytes) : MFALS_OK);
}
