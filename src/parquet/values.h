/* The values of a page, decoded some at a time. All local.
 *
 *     struct values values = {0};
 *     TRY(values_begin(&values, column, encoding, data, length, dictionary, dictionary_count));
 *     TRY(values_take(&values, to, count));
 *     values_free(&values);
 */
#ifndef PARQUET_VALUES_H
#define PARQUET_VALUES_H

#include "parquet/delta.h"
#include "parquet/hybrid.h"
#include "parquet/page.h"
#include "parquet/schema.h"

enum { PARQUET_BATCH = 1024, PARQUET_TEXT_MAX = UINT16_MAX };
static const uint32_t PARQUET_NO_PLACE = UINT32_MAX;

struct parquet_value {
    union { /* as the column's kind says */
        int64_t integer;
        double real;
        const char *text; /* not terminated */
    };
    uint32_t length; /* of a text */
    uint32_t
        place; /* in the chunk's dictionary: where it is the same, so is the value; or PARQUET_NO_PLACE */
};

/* One page's values being decoded. */
struct values {
    const struct parquet_column *column; /* not owned, nor are the data and the dictionary */
    int64_t encoding;
    const uint8_t *at, *end; /* what is left; of BYTE_STREAM_SPLIT all */
    int64_t next;            /* the bit of a boolean; the number of a split value */
    struct hybrid hybrid;    /* places in the dictionary; booleans */
    struct delta delta, prefixes;
    const struct parquet_value *dictionary;
    int64_t dictionary_count;
    char *text; /* owned: texts put together from prefix and rest: first the last one of the batch before */
    int64_t text_capacity;
    int64_t last_begin, last_length; /* the last one, in text */
    union {
        uint32_t places[PARQUET_BATCH];
        int64_t numbers[2][PARQUET_BATCH];
    };
};

/* Data, column and dictionary must outlive the decoding. *values is zeroed ahead of the first page. MFALS_BAD_DATA, as of
 * values_take with the reason alone: an encoding that the column's type cannot have, or damage. */
status values_begin(struct values *values, const struct parquet_column *column, int64_t encoding,
                    const uint8_t *data, int64_t length, const struct parquet_value *dictionary,
                    int64_t dictionary_count);

/* The next `count` values, at most PARQUET_BATCH, of ENCODING_PLAIN any number of them. Texts are valid until the next
 * call. MFALS_BAD_DATA if there are fewer, or a text put together is longer than PARQUET_TEXT_MAX; MFALS_NO_MEMORY. */
status values_take(struct values *values, struct parquet_value *to, int64_t count);

/* Accepts a zeroed struct. */
void values_free(struct values *values);

#endif
