#include "solve/options.h"

#include "solve/grid_axes.h"

#include <math.h>

static const struct defaults {
    int factors, iterations;
    double lambda, reg_exponent;
} defaults[] = {
    [ALGORITHM_IALS] = {20, 10, 150, 0},
    [ALGORITHM_ALS] = {20, 10, 0.1, 1},
    [ALGORITHM_SGD] = {16, 5, 0.01, 0},
};

static void complete_init(struct solve_options *options)
{
    double k = options->factors;
    bool uniform = options->algorithm == ALGORITHM_IALS && !options->has_unobserved_weight;
    options->init = uniform ? INIT_UNIFORM : INIT_NORMAL;
    options->init_scale = uniform ? 0.01 : options->algorithm == ALGORITHM_SGD ? 1 / k : 0.1 / sqrt(k);
}

void solve_options_complete(struct solve_options *options)
{
    const struct defaults *own = &defaults[options->algorithm];
    if (!options->has_factors)
        options->factors = own->factors;
    if (!options->has_iterations)
        options->iterations = own->iterations;
    if (!options->has_lambda)
        options->lambda = own->lambda;
    if (!options->has_reg_exponent)
        options->reg_exponent = own->reg_exponent;
    if (options->axes == AXES_AUTO && options->nonnegative)
        options->axes = AXES_LAPACK;
    if (options->axes == AXES_AUTO)
        options->axes = options->factors < GRID_FACTORS || !grid_axes_there() ? AXES_LAPACK : AXES_SCALAPACK;
    if (!options->has_init)
        complete_init(options);
}

bool solve_options_turn(const struct solve_options *options)
{
    return options->algorithm == ALGORITHM_IALS && !options->nonnegative;
}

int solve_options_steps(const struct solve_options *options)
{
    return options->solver == SOLVER_CG && options->algorithm != ALGORITHM_SGD ? options->cg_steps : 0;
}
