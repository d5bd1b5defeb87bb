#include "use/rating_errors.h"

#include "base/memory.h"
#include "comm/exact_sum.h"

#include <math.h>

double range_clip(const struct value_range *range, double score)
{
    if (range == NULL)
        return score;
    return score < range->lowest ? range->lowest : score > range->highest ? range->highest : score;
}

status rating_errors_add(double sums[ERROR_SUMS], double value, double score, const struct value_range *clip)
{
    double error = value - range_clip(clip, score);
    if (!isfinite(score) || !isfinite(error))
        return fail(MFALS_BAD_DATA, "the model gives scores that are not finite");
    sums[ERROR_SQUARES] += error * error;
    sums[ERROR_ABSOLUTES] += fabs(error);
    return MFALS_OK;
}

static double predict(const struct model_view *view, const struct scorer *scorer, int rank,
                      const struct pair *pair)
{
    double score = view->global_mean;
    if (pair->row[USERS] != ROW_UNKNOWN)
        score += view_bias(&view->side[USERS], pair->row[USERS] - view->side[USERS].offsets[rank]);
    if (pair->row[ITEMS] != ROW_UNKNOWN)
        score += scorer_item_bias(scorer, pair->row[ITEMS]);
    return score;
}

status rating_errors_unknown(struct rating_errors *errors, const struct comm *comm,
                             const struct model_view *view, const struct scorer *scorer,
                             const struct unknown_pairs *unknown, const struct value_range *clip)
{
    double sums[ERROR_SUMS] = {0};
    scoped double *parts =
        NULL; /* each pair's alone: which rank has it, and in which place, must not matter */
    int64_t count = unknown != NULL ? unknown->count : 0, all = count;
    comm_sum_int(comm, &all, 1);
    *errors = (struct rating_errors){0};
    if (all == 0)
        return MFALS_OK;
    status mine = allocate(&parts, count * ERROR_SUMS);
    for (int64_t i = 0; i < count && mine == MFALS_OK; i++)
        mine = rating_errors_add(parts + i * ERROR_SUMS, unknown->pair[i].value,
                                 predict(view, scorer, comm->rank, &unknown->pair[i]), clip);
    TRY(agree(comm, mine));
    TRY(exact_sum_tiles(comm, sums, ERROR_SUMS, parts, count, all));
    *errors = (struct rating_errors){sums[ERROR_SQUARES], sums[ERROR_ABSOLUTES], (double)all};
    return MFALS_OK;
}
