/* Numbers of a few bits or bytes, the lowest first. All local. */
#ifndef PARQUET_BITS_H
#define PARQUET_BITS_H

#include <endian.h>
#include <stdint.h>
#include <string.h>

/* The number in so many bytes, up to 8, at `data`. */
static inline uint64_t bits_bytes(const uint8_t *data, int64_t bytes)
{
    uint64_t value = 0;
    for (int64_t i = 0; i < bytes; i++)
        value |= (uint64_t)data[i] << 8 * i;
    return value;
}

static inline uint32_t bits_load_32(const uint8_t *data)
{
    uint32_t value;
    memcpy(&value, data, sizeof value);
    return le32toh(value);
}

static inline uint64_t bits_load_64(const uint8_t *data)
{
    uint64_t value;
    memcpy(&value, data, sizeof value);
    return le64toh(value);
}

/* The `width` bits, 0 .. 64, from bit `first` on of data[0..length), in which they lie. */
static inline uint64_t bits_at(const uint8_t *data, int64_t length, int64_t first, int width)
{
    const uint8_t *from = data + first / 8;
    int64_t left = length - first / 8;
    int shift = (int)(first % 8);
    if (width == 0)
        return 0;
    uint64_t value = (left >= 8 ? bits_load_64(from) : bits_bytes(from, left)) >> shift;
    if (shift + width > 64)
        value |= (uint64_t)from[8] << (64 - shift);
    return value & UINT64_MAX >> (64 - width);
}

#endif
