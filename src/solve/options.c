#include "solve/options.h"

bool solve_options_rotates(const struct solve_options *options)
{
    return options->algorithm == ALGORITHM_IALS && !options->nonnegative;
}

bool solve_options_weighs_rows(const struct solve_options *options)
{
    return options->row_exponent[0] != 0 || options->row_exponent[1] != 0;
}

int solve_options_steps(const struct solve_options *options)
{
    return options->solver == SOLVER_CG && options->algorithm != ALGORITHM_SGD ? options->cg_steps : 0;
}
