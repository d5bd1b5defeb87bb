#include "base/random.h"

#include <Random123/philox.h>
#include <math.h>

static philox4x32_ctr_t philox(uint64_t seed, enum random_purpose purpose, int64_t id, int64_t draw)
{
    philox4x32_ctr_t counter = {{(uint32_t)id, (uint32_t)((uint64_t)id >> 32), (uint32_t)draw,
                                 (uint32_t)((uint64_t)draw >> 32) ^ ((uint32_t)purpose << 24)}};
    philox4x32_key_t key = {{(uint32_t)seed, (uint32_t)(seed >> 32)}};
    return philox4x32(counter, key);
}

uint64_t random_bits(uint64_t seed, enum random_purpose purpose, int64_t id, int64_t draw)
{
    philox4x32_ctr_t bits = philox(seed, purpose, id, draw);
    return bits.v[0] | (uint64_t)bits.v[1] << 32;
}

double random_uniform(uint64_t seed, enum random_purpose purpose, int64_t id, int64_t draw)
{
    return philox(seed, purpose, id, draw).v[0] * 0x1p-32;
}

double random_normal(uint64_t seed, enum random_purpose purpose, int64_t id, int64_t draw)
{
    philox4x32_ctr_t bits = philox(seed, purpose, id, draw);
    double radius = sqrt(-2.0 * log((bits.v[0] + 1.0) * 0x1p-32)); /* of a uniform in (0, 1] */
    return radius * cos(2.0 * M_PI * (bits.v[1] * 0x1p-32));
}
