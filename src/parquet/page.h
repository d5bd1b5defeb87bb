/* The head of a page. All local. */
#ifndef PARQUET_PAGE_H
#define PARQUET_PAGE_H

#include "parquet/thrift.h"

/* As the format numbers them. */
enum page_type { PAGE_DATA, PAGE_INDEX, PAGE_DICTIONARY, PAGE_DATA_V2, PAGE_TYPES };
enum page_encoding {
    ENCODING_PLAIN,
    ENCODING_PLAIN_DICTIONARY = 2, /* the older name of RLE_DICTIONARY, and of a dictionary's PLAIN */
    ENCODING_RLE,
    ENCODING_BIT_PACKED,
    ENCODING_DELTA_BINARY_PACKED,
    ENCODING_DELTA_LENGTH_BYTE_ARRAY,
    ENCODING_DELTA_BYTE_ARRAY,
    ENCODING_RLE_DICTIONARY,
    ENCODING_BYTE_STREAM_SPLIT,
    ENCODINGS
};

struct page_head {
    int64_t type;             /* enum page_type, or another number */
    int64_t packed, unpacked; /* bytes behind the head, as they lie there and decompressed: 0 .. 2^31 - 1 */
    int64_t values;           /* nulls included: 0 .. 2^31 - 1 */
    int64_t encoding, levels; /* of values and of definition levels: enum page_encoding, or another number */
    int64_t repetition_bytes; /* of PAGE_DATA_V2: in front, never compressed; 0 .. packed in all */
    int64_t definition_bytes; /* the same, behind those */
    bool is_compressed;       /* the rest of PAGE_DATA_V2, all of others: if the chunk is */
    bool has_checksum;
    uint32_t checksum; /* CRC-32 of the packed bytes */
};

/* Reads it; in->damaged where it is none, or cut off. */
void page_head_read(struct page_head *head, struct thrift *in);

/* "PLAIN", ... any number may be given. */
const char *page_encoding_name(int64_t encoding);

#endif
