#include "store/heap_check.h"

#include "base/number.h"
#include "store/stored_rows.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Format: HDF5 File Format Specification 3.0, III.E. A collection is "GCOL", version 1, 3 bytes that HDF5 does not
 * look at, its size in 8 bytes; then objects: index and references in 2 bytes each, 4 zeros, the size in 8 bytes,
 * data padded to 8. Index 0 is the free space at the end, whose size counts this header too. All little-endian. */
enum { HEADER_BYTES = 16, SIGNATURE_BYTES = 5 };
static const char signature[] = "GCOL\x01";

/* Beyond this, it is not metadata of mfals. */
static const int64_t metadata_most = (int64_t)1 << 24;

static uint64_t little_endian(const char *bytes, int count)
{
    uint64_t value = 0;
    for (int i = count; i-- > 0;)
        value = value << 8 | (unsigned char)bytes[i];
    return value;
}

/* Whether the objects of the collection fill it exactly; `available` bytes can be read. */
static bool is_sound(const char *collection, int64_t available)
{
    if (available < HEADER_BYTES)
        return false;
    uint64_t size = little_endian(collection + 8, 8), place = HEADER_BYTES;
    if (size < HEADER_BYTES || size > (uint64_t)available)
        return false;
    while (size - place >= HEADER_BYTES) {
        uint64_t index = little_endian(collection + place, 2),
                 bytes = little_endian(collection + place + 8, 8);
        if (bytes > size - place)
            return false;
        uint64_t step = index == 0 ? bytes : HEADER_BYTES + (bytes + 7) / 8 * 8;
        if (step < HEADER_BYTES || step > size - place)
            return false;
        place += step;
    }
    return true;
}

/* Bytes of the file that are no data set's. */
static status check_gap(int fd, const char *path, int64_t offset, int64_t bytes)
{
    scoped char *gap = NULL;
    if (bytes > metadata_most)
        return fail(MFALS_BAD_DATA, "'%s' holds more than mfals writes", path);
    TRY(allocate_raw(&gap, bytes));
    TRY(stored_bytes_read(gap, fd, path, offset, bytes));
    char *place = gap;
    while ((place = memmem(place, (size_t)(gap + bytes - place), signature, SIGNATURE_BYTES)) != NULL) {
        if (!is_sound(place, gap + bytes - place))
            return fail(MFALS_BAD_DATA, "'%s' is damaged: its attributes are not readable", path);
        place += SIGNATURE_BYTES;
    }
    return MFALS_OK;
}

/* The collection at offset, all of it. *total grows by its size. */
static status check_collection(int fd, const char *path, int64_t offset, int64_t file_bytes, int64_t *total)
{
    char header[HEADER_BYTES];
    scoped char *collection = NULL;
    int64_t available = number_min(file_bytes - offset, metadata_most);
    if (available >= HEADER_BYTES) {
        TRY(stored_bytes_read(header, fd, path, offset, HEADER_BYTES));
        uint64_t size = little_endian(header + 8, 8);
        available = size < (uint64_t)available ? (int64_t)size : available;
        *total += available;
        TRY(allocate_raw(&collection, available));
        TRY(stored_bytes_read(collection, fd, path, offset, available));
    }
    if (*total <= file_bytes && is_sound(collection, available))
        return MFALS_OK;
    return fail(MFALS_BAD_DATA, "'%s' is damaged: its texts are not readable", path);
}

status heap_check_range(int fd, const char *path, int64_t begin, int64_t end, int64_t file_bytes)
{
    static const int64_t piece_bytes = (int64_t)1 << 20;
    scoped char *piece = NULL;
    int64_t total = 0;
    TRY(allocate_raw(&piece, piece_bytes + SIGNATURE_BYTES - 1));
    for (int64_t offset = begin; offset < end; offset += piece_bytes) {
        int64_t bytes =
            number_min(number_min(piece_bytes, end - offset) + SIGNATURE_BYTES - 1, file_bytes - offset);
        const char *place = piece;
        TRY(stored_bytes_read(piece, fd, path, offset, bytes));
        while ((place = memmem(place, (size_t)(piece + bytes - place), signature, SIGNATURE_BYTES)) != NULL) {
            TRY(check_collection(fd, path, offset + (place - piece), file_bytes, &total));
            place += SIGNATURE_BYTES;
        }
    }
    return MFALS_OK;
}

static int compare_offsets(const void *a, const void *b)
{
    const struct data_set *const *x = a, *const *y = b;
    return ((*x)->offset > (*y)->offset) - ((*x)->offset < (*y)->offset);
}

static status check_gaps(const struct header *header, int fd, const char *path)
{
    const struct data_set *sets[HEADER_DATA_SETS];
    int count = header->data_set_count;
    int64_t end = 0;
    for (int i = 0; i < count; i++)
        sets[i] = &header->data_sets[i];
    qsort(sets, (size_t)count, sizeof *sets, compare_offsets);
    for (int i = 0; i < count; i++) {
        if (sets[i]->offset > end)
            TRY(check_gap(fd, path, end, sets[i]->offset - end));
        end = number_max(end, sets[i]->offset + sets[i]->rows * sets[i]->row_bytes);
    }
    return check_gap(fd, path, end, header->file_bytes - end);
}

status heap_check(const struct header *header, const char *path)
{
    int fd;
    TRY(stored_rows_open(&fd, path, header));
    status done = check_gaps(header, fd, path);
    close(fd);
    return done;
}
