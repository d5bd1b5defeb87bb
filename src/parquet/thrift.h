/* Thrift's compact protocol (github.com/apache/thrift, thrift-compact-protocol.md), as far as Parquet uses it. All local;
 * nothing allocates. Any bytes may be given: what does not fit sets `damaged`, and from then on nothing is found any more.
 *
 *     struct thrift in = {bytes, bytes + length, false};
 *     for (struct thrift_field field = {0}; thrift_next(&in, &field);)
 *         switch (field.id) {
 *         case 3:
 *             rows = thrift_integer(&in, field.type);
 *             break;
 *         default:
 *             thrift_skip(&in, field.type);
 *         }
 *     in.damaged?
 */
#ifndef PARQUET_THRIFT_H
#define PARQUET_THRIFT_H

#include <stdbool.h>
#include <stdint.h>

enum thrift_type {
    THRIFT_STOP,
    THRIFT_TRUE, /* both are bool: of a field the type is the value */
    THRIFT_FALSE,
    THRIFT_I8,
    THRIFT_I16,
    THRIFT_I32,
    THRIFT_I64,
    THRIFT_DOUBLE,
    THRIFT_BINARY,
    THRIFT_LIST,
    THRIFT_SET,
    THRIFT_MAP,
    THRIFT_STRUCT,
    THRIFT_TYPES
};

struct thrift {
    const uint8_t *at, *end; /* not owned: what is still to be read */
    bool damaged;
};

struct thrift_field {
    int id;
    enum thrift_type type;
};

/* The next field of the struct being read; *field is zeroed ahead of the first. false behind the last. Its value is to be
 * read, or skipped, before the next is asked for. */
bool thrift_next(struct thrift *in, struct thrift_field *field);

/* The value of a field, or an element of a list, of the type given. One of another type is damage, and 0. */
int64_t thrift_integer(struct thrift *in, enum thrift_type type);
bool thrift_bool(struct thrift *in, enum thrift_type type);

/* Points into the input. */
const char *thrift_text(struct thrift *in, enum thrift_type type, int64_t *length);

/* How many elements of type `element` follow: not more than there are bytes. */
int64_t thrift_list(struct thrift *in, enum thrift_type type, enum thrift_type element);

/* Whether a struct follows; else damage. */
bool thrift_struct(struct thrift *in, enum thrift_type type);

/* Passes over the value of a field of this type. */
void thrift_skip(struct thrift *in, enum thrift_type type);

/* An unsigned number of up to 64 bits, seven a byte, the lowest first: Parquet has such outside of Thrift too. */
uint64_t thrift_varint(struct thrift *in);

/* 0, -1, 1, -2, ... of 0, 1, 2, 3, ... */
static inline int64_t thrift_zigzag(uint64_t value)
{
    return (int64_t)(value >> 1 ^ (0 - (value & 1)));
}

#endif
