/* Runs of equal numbers, and numbers packed bit by bit (Encodings.md, "Run Length Encoding / Bit-Packing Hybrid"):
 * definition levels, places in a dictionary. All local.
 *
 *     struct hybrid hybrid;
 *     TRY(hybrid_begin(&hybrid, data, length, width));
 *     TRY(hybrid_take(&hybrid, numbers, count));
 */
#ifndef PARQUET_HYBRID_H
#define PARQUET_HYBRID_H

#include "base/status.h"

#include <stdbool.h>
#include <stdint.h>

struct hybrid {
    const uint8_t *at, *end; /* not owned: what follows the run */
    int width;               /* bits of a number */
    int64_t left;            /* of the run's numbers */
    bool is_packed;
    uint32_t value; /* of a run of equal ones */
    const uint8_t
        *packed; /* else where the numbers lie, in so many bytes, and the bit at which the next begins */
    int64_t packed_bytes, bit;
};

/* data must outlive *hybrid. MFALS_BAD_DATA, as of all of these with the reason alone, for a width not in 0 .. 32. */
status hybrid_begin(struct hybrid *hybrid, const uint8_t *data, int64_t length, int width);

/* The next `count` numbers. MFALS_BAD_DATA if there are fewer. */
status hybrid_take(struct hybrid *hybrid, uint32_t *numbers, int64_t count);

#endif
