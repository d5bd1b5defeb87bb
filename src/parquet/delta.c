#include "parquet/delta.h"

#include "base/number.h"
#include "parquet/bits.h"
#include "parquet/thrift.h"

enum { WIDTH_MAX = 64 };

static status damaged(void)
{
    return fail(MFALS_BAD_DATA, "its differences are cut off or damaged");
}

status delta_begin(struct delta *delta, const uint8_t *data, int64_t length)
{
    struct thrift in = {data, data + length, false};
    uint64_t block = thrift_varint(&in), miniblocks = thrift_varint(&in), count = thrift_varint(&in);
    int64_t first = thrift_zigzag(thrift_varint(&in));
    if (in.damaged || miniblocks == 0 || block > INT32_MAX || block % miniblocks != 0 || count > INT32_MAX)
        return damaged();
    *delta = (struct delta){.at = in.at,
                            .end = in.end,
                            .miniblocks = (int64_t)miniblocks,
                            .mini_values = (int64_t)(block / miniblocks),
                            .left = (int64_t)count,
                            .differences = (int64_t)count - 1,
                            .last = (uint64_t)first,
                            .mini = (int64_t)miniblocks};
    return delta->mini_values == 0 || delta->mini_values % 8 != 0 ? damaged() : MFALS_OK;
}

static status next_block(struct delta *delta)
{
    struct thrift in = {delta->at, delta->end, false};
    delta->least = (uint64_t)thrift_zigzag(thrift_varint(&in));
    if (in.damaged || delta->miniblocks > in.end - in.at)
        return damaged();
    delta->widths = in.at;
    delta->at = in.at + delta->miniblocks;
    delta->mini = 0;
    return MFALS_OK;
}

/* Those of the last block that hold no difference have no bytes. */
static status next_miniblock(struct delta *delta)
{
    if (delta->mini == delta->miniblocks)
        TRY(next_block(delta));
    delta->width = delta->widths[delta->mini++];
    delta->packed = delta->at;
    delta->packed_bytes = delta->width * delta->mini_values / 8;
    delta->bit = 0;
    delta->mini_left = number_min(delta->mini_values, delta->differences);
    delta->differences -= delta->mini_left;
    if (delta->width > WIDTH_MAX || delta->packed_bytes > delta->end - delta->at)
        return damaged();
    delta->at += delta->packed_bytes;
    return MFALS_OK;
}

static void take_from_miniblock(struct delta *delta, int64_t *numbers, int64_t count)
{
    for (int64_t i = 0; i < count; i++) {
        uint64_t more = bits_at(delta->packed, delta->packed_bytes, delta->bit, delta->width);
        delta->bit += delta->width;
        delta->last += delta->least + more;
        numbers[i] = (int64_t)delta->last;
    }
    delta->mini_left -= count;
}

status delta_take(struct delta *delta, int64_t *numbers, int64_t count)
{
    if (count > delta->left)
        return fail(MFALS_BAD_DATA, "it holds fewer values than there should be");
    bool is_first = count > 0 && delta->left == delta->differences + delta->mini_left + 1;
    delta->left -= count;
    if (is_first) {
        *numbers++ = (int64_t)delta->last;
        count--;
    }
    while (count > 0) {
        if (delta->mini_left == 0)
            TRY(next_miniblock(delta));
        int64_t now = number_min(delta->mini_left, count);
        take_from_miniblock(delta, numbers, now);
        numbers += now;
        count -= now;
    }
    return MFALS_OK;
}

status delta_find_end(const struct delta *delta, const uint8_t **end)
{
    struct delta walk = *delta;
    while (walk.differences > 0)
        TRY(next_miniblock(&walk));
    *end = walk.at;
    return MFALS_OK;
}
