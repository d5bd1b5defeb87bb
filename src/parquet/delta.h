/* Whole numbers by their differences, packed in blocks (Encodings.md, "Delta Encoding"). All local.
 *
 *     struct delta delta;
 *     TRY(delta_begin(&delta, data, length));
 *     TRY(delta_take(&delta, numbers, count));
 */
#ifndef PARQUET_DELTA_H
#define PARQUET_DELTA_H

#include "base/status.h"

#include <stdint.h>

struct delta {
    const uint8_t *at, *end;         /* not owned: behind the miniblock being read */
    int64_t miniblocks, mini_values; /* of a block, of a miniblock */
    int64_t left;                    /* numbers not yet taken */
    int64_t differences;             /* of these, behind the first: not yet begun miniblocks have so many */
    uint64_t last, least;            /* the number before, the least difference of the block: modulo 2^64 */
    const uint8_t *widths;           /* of the block's miniblocks */
    int64_t mini;                    /* the next miniblock of the block */
    const uint8_t *packed;           /* the miniblock: so many bytes, the next difference's bit */
    int64_t packed_bytes, bit;
    int64_t mini_left;
    int width;
};

/* data must outlive *delta. MFALS_BAD_DATA, as of all of these with the reason alone. */
status delta_begin(struct delta *delta, const uint8_t *data, int64_t length);

/* The next `count` numbers; those of 32 bits are right in their low half. MFALS_BAD_DATA if there are fewer. */
status delta_take(struct delta *delta, int64_t *numbers, int64_t count);

/* Where the bytes end that hold all the numbers; to be asked before any is taken. */
status delta_find_end(const struct delta *delta, const uint8_t **end);

#endif
