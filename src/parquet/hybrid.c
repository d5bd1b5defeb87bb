#include "parquet/hybrid.h"

#include "base/number.h"
#include "parquet/bits.h"
#include "parquet/thrift.h"

enum { PACKED_AT_ONCE = 8, WIDTH_MAX = 32 };

static status too_few(void)
{
    return fail(MFALS_BAD_DATA, "its runs hold fewer numbers than there should be");
}

status hybrid_begin(struct hybrid *hybrid, const uint8_t *data, int64_t length, int width)
{
    *hybrid = (struct hybrid){.at = data, .end = data + length, .width = width};
    return width < 0 || width > WIDTH_MAX ? fail(MFALS_BAD_DATA, "numbers of more than 32 bits") : MFALS_OK;
}

static status next_run(struct hybrid *hybrid)
{
    struct thrift in = {hybrid->at, hybrid->end, false};
    uint64_t head = thrift_varint(&in);
    int64_t bytes_left = in.end - in.at, bytes = (hybrid->width + 7) / 8;
    if (in.damaged || head >> 1 > UINT32_MAX)
        return too_few();
    hybrid->left = (int64_t)(head >> 1);
    hybrid->is_packed = (head & 1) != 0;
    if (hybrid->is_packed) {
        bytes =
            number_min(hybrid->left * hybrid->width, bytes_left); /* what pads the last run may be missing */
        hybrid->left *= PACKED_AT_ONCE;
        hybrid->packed = in.at;
        hybrid->packed_bytes = bytes;
        hybrid->bit = 0;
    } else if (bytes <= bytes_left) {
        hybrid->value = (uint32_t)bits_bytes(in.at, bytes);
    } else {
        return too_few();
    }
    if (!hybrid->is_packed && (uint64_t)hybrid->value >> hybrid->width != 0)
        return fail(MFALS_BAD_DATA, "a number of a run has more than %d bits", hybrid->width);
    hybrid->at = in.at + bytes;
    return MFALS_OK;
}

static status take_packed(struct hybrid *hybrid, uint32_t *numbers, int64_t count)
{
    if (hybrid->bit + count * hybrid->width > 8 * hybrid->packed_bytes)
        return too_few();
    for (int64_t i = 0; i < count; i++, hybrid->bit += hybrid->width)
        numbers[i] = (uint32_t)bits_at(hybrid->packed, hybrid->packed_bytes, hybrid->bit, hybrid->width);
    return MFALS_OK;
}

status hybrid_take(struct hybrid *hybrid, uint32_t *numbers, int64_t count)
{
    while (count > 0) {
        if (hybrid->left == 0)
            TRY(next_run(hybrid));
        int64_t now = number_min(hybrid->left, count);
        if (hybrid->is_packed)
            TRY(take_packed(hybrid, numbers, now));
        else
            for (int64_t i = 0; i < now; i++)
                numbers[i] = hybrid->value;
        hybrid->left -= now;
        numbers += now;
        count -= now;
    }
    return MFALS_OK;
}
