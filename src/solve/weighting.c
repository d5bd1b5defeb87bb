#include "solve/weighting.h"

#include "base/memory.h"

#include <math.h>

struct weighting weighting_of(const struct solve_options *options)
{
    return (struct weighting){.kind =
                                  options->algorithm == ALGORITHM_IALS ? options->weights : WEIGHTS_EXPLICIT,
                              .alpha = (float)options->alpha};
}

static double scaled_rating(double rating, const struct solve_options *options)
{
    switch (options->scale) {
    case SCALE_LINEAR:
        break;
    case SCALE_LOG:
        return log1p(rating / options->weight_epsilon);
    }
    return rating;
}

status weighting_values(float **scaled, const struct csr *csr, const struct solve_options *options)
{
    *scaled = NULL;
    bool negative = options->nonpositive == NONPOSITIVE_NEGATIVE;
    if ((options->scale == SCALE_LINEAR && !negative) || csr->start == NULL)
        return MFALS_OK;
    TRY(allocate_raw(scaled, csr->start[csr->rows]));
    for (int64_t j = 0; j < csr->start[csr->rows]; j++) {
        double rating = (double)csr->value[j], scale = scaled_rating(fabs(rating), options);
        (*scaled)[j] = (float)(negative && rating <= 0 ? -scale : scale);
    }
    return MFALS_OK;
}
