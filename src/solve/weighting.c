#include "solve/weighting.h"

#include "base/memory.h"

#include <math.h>

static enum weights kind_of(const struct solve_options *options)
{
    return options->algorithm == ALGORITHM_IALS ? options->weights : WEIGHTS_EXPLICIT;
}

struct weighting weighting_of(const struct solve_options *options, bool weighed)
{
    struct weighting weighting = {.kind = kind_of(options), .alpha = (float)options->alpha};
    if (weighed && weighting.kind == WEIGHTS_RENDLE_ONE) /* v in place of r */
        weighting = (struct weighting){.kind = WEIGHTS_RENDLE, .alpha = 1};
    return weighting;
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
    const enum weights kind = kind_of(options);
    const bool weighed = csr->weight != NULL && kind != WEIGHTS_EXPLICIT;
    const bool negative = options->nonpositive == NONPOSITIVE_NEGATIVE;
    *scaled = NULL;
    if ((options->scale == SCALE_LINEAR && !weighed && !negative) || csr->start == NULL)
        return MFALS_OK;
    TRY(allocate_raw(scaled, csr->start[csr->rows]));
    for (int64_t j = 0; j < csr->start[csr->rows]; j++) {
        double rating = (double)csr->value[j];
        double value = kind == WEIGHTS_RENDLE_ONE ? 1 : scaled_rating(fabs(rating), options);
        if (weighed)
            value *= (double)csr->weight[j];
        (*scaled)[j] = (float)(negative && rating <= 0 ? -value : value);
    }
    return MFALS_OK;
}
