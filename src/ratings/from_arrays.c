#include "ratings/from_arrays.h"

#include "base/utf8.h"
#include "ratings/ids.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* [local] */
static status check(const struct rating_arrays *arrays, enum rating_times times)
{
    static const char *const names[] = {[USERS] = "users", [ITEMS] = "items"};
    if (arrays->count < 0)
        return fail(MFALS_USAGE, "ratings: a count of %" PRId64, arrays->count);
    for (int side = USERS; side <= ITEMS && arrays->count > 0; side++) {
        if (arrays->ids[side] == NULL && arrays->texts[side] == NULL)
            return fail(MFALS_USAGE, "ratings: the array of %s is NULL", names[side]);
        if (arrays->ids[side] != NULL && arrays->texts[side] != NULL)
            return fail(MFALS_USAGE, "ratings: %s are given as integers and as text", names[side]);
    }
    if (times_needed_by(times) != NULL && arrays->times == NULL && arrays->count > 0)
        return fail(MFALS_USAGE, "%s: ratings that are handed over need their times", times_needed_by(times));
    return MFALS_OK;
}

/* id of rating i as text, of one side. */
static status add_id(struct raw_ratings *raw, const struct rating_arrays *arrays, enum side side, int64_t i)
{
    char digits[32];
    const char *text = digits;
    if (arrays->texts[side] != NULL) {
        text = arrays->texts[side][i];
        if (text == NULL || text[0] == '\0' || strlen(text) > ID_MAX_BYTES ||
            !utf8_is_text(text, (int64_t)strlen(text)))
            return fail(MFALS_BAD_DATA, "rating %" PRId64 ": the %s's id is no UTF-8 text of 1 to %d bytes",
                        i, side == USERS ? "user" : "item", ID_MAX_BYTES);
    } else {
        snprintf(digits, sizeof digits, "%" PRId64, arrays->ids[side][i]);
    }
    return dictionary_add(&raw->ids[side], &raw->ratings[i].id[side], text, (int64_t)strlen(text),
                          raw->ratings[i].position);
}

/* [local] */
static status take(struct raw_ratings *raw, const struct rating_arrays *arrays, bool timed, int64_t before)
{
    TRY(allocate(&raw->ratings, arrays->count));
    raw->count = raw->capacity = raw->lines = arrays->count;
    raw->timed = timed;
    if (timed) {
        TRY(allocate(&raw->times, arrays->count));
        raw->time_capacity = arrays->count;
    }
    for (int64_t i = 0; i < arrays->count; i++) {
        struct raw_rating *rating = &raw->ratings[i];
        rating->position = before + i;
        rating->value = arrays->values != NULL ? arrays->values[i] : 1;
        if (!isfinite(rating->value))
            return fail(MFALS_BAD_DATA, "rating %" PRId64 ": its value is not finite", i);
        TRY(add_id(raw, arrays, USERS, i));
        TRY(add_id(raw, arrays, ITEMS, i));
        if (timed)
            raw->times[i] = arrays->times[i];
    }
    return MFALS_OK;
}

status raw_ratings_from_arrays(struct raw_ratings *raw, const struct comm *comm,
                               const struct rating_arrays *arrays, enum rating_times times)
{
    int64_t before = comm_sum_before(comm, arrays->count), all[] = {arrays->count, 0};
    *raw = (struct raw_ratings){0};
    TRY(agree(comm, check(arrays, times)));
    all[1] = arrays->times == NULL ? arrays->count : 0; /* without their time */
    comm_sum_int(comm, all, 2);
    TRY(agree(comm, take(raw, arrays, times != TIMES_NONE && all[1] == 0, before)));
    return all[0] > 0 ? MFALS_OK : fail(MFALS_BAD_DATA, "no ratings");
}
