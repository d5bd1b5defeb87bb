#include "ratings/age.h"

#include "base/log.h"
#include "base/memory.h"

#include <float.h>
#include <inttypes.h>
#include <math.h>

/* How many of a time's units are a second. */
static double unit_of(int64_t time)
{
    static const double latest_second = 1e11;
    double unit = 1;
    while (unit < 1e9 && (double)time >= latest_second * unit)
        unit *= 1e3;
    return unit;
}

double age_seconds(int64_t time)
{
    return (double)time / unit_of(time);
}

/* [collective] INT64_MIN where there are no ratings. */
static int64_t latest_of(const struct raw_ratings *raw, const struct comm *comm)
{
    int64_t latest = INT64_MIN;
    for (int64_t i = 0; i < raw->count; i++)
        latest = raw->times[i] > latest ? raw->times[i] : latest;
    comm_max_int(comm, &latest, 1);
    return latest;
}

static status open_weights(struct raw_ratings *raw)
{
    if (raw->weighed)
        return MFALS_OK;
    TRY(allocate_raw(&raw->weights, raw->count));
    raw->weight_capacity = raw->count;
    for (int64_t i = 0; i < raw->count; i++)
        raw->weights[i] = 1;
    return MFALS_OK;
}

status weigh_by_age(struct raw_ratings *raw, const struct comm *comm, const struct aging *aging, int64_t *now)
{
    int64_t later = 0;
    if (aging->half_life == 0)
        return MFALS_OK;
    int64_t latest = latest_of(raw, comm), end = aging->has_now ? aging->now : latest;
    double unit = unit_of(latest), end_s = age_seconds(end);
    TRY(agree(comm, open_weights(raw)));
    raw->weighed = true;
    for (int64_t i = 0; i < raw->count; i++) {
        double age = end_s - (double)raw->times[i] / unit;
        later += age < 0;
        double weight = (double)raw->weights[i] * exp2(-fmax(age, 0) / aging->half_life);
        raw->weights[i] = fmaxf((float)weight, FLT_MIN);
    }
    comm_sum_int(comm, &later, 1);
    if (later > 0)
        log_line("--half-life: %" PRId64
                 " ratings are later than the time that ages are counted up to; their age is 0",
                 later);
    if (now != NULL)
        *now = end;
    return MFALS_OK;
}
