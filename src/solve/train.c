#include "solve/train.h"

#include "base/stop.h"
#include "solve/eigenbasis.h"
#include "solve/gram.h"
#include "solve/model.h"
#include "solve/rows.h"
#include "solve/sgd.h"
#include "solve/work_split.h"

/* Everything an iteration took, from the phases before and after it. */
static void note_times(struct training_stats *stats, const struct phases *phases, const struct phases *before,
                       double begun)
{
    stats->wall_s = phase_clock() - begun;
    stats->solve_s = phases->seconds[PHASE_SOLVE] - before->seconds[PHASE_SOLVE];
    stats->exchange_s = phases->seconds[PHASE_EXCHANGE] - before->seconds[PHASE_EXCHANGE];
    stats->wait_s = phases->seconds[PHASE_WAIT] - before->seconds[PHASE_WAIT];
}

/* [local] Arithmetic of this rank's row solves, both sides; of sgd, a product and two steps a rating. */
static int64_t count_flops(const struct model *model)
{
    double flops = 0;
    if (model->options->algorithm == ALGORITHM_SGD)
        return 10 * model->k * model->rated[USERS].start[model->rated[USERS].rows];
    for (int side = USERS; side <= ITEMS; side++) {
        const struct csr *csr = &model->rated[side];
        for (int64_t i = 0; i < csr->rows; i++) {
            flops += solve_row_flops(csr->start[i + 1] - csr->start[i], model->options);
        }
    }
    return (int64_t)flops;
}

/* [collective] One side solved against the other. */
static status half_iteration(struct model *model, enum side side, struct phases *phases, int64_t *in_double)
{
    enum side fixed = side == USERS ? ITEMS : USERS;
    bool implicit = model->options->algorithm == ALGORITHM_IALS,
         rotates = solve_options_rotates(model->options);
    status done = MFALS_OK;

    phase_begin(phases, PHASE_AXES);
    if (rotates && !model->in_eigenbasis)
        done = rotate_to_eigenbasis(model, fixed); /* a0 Y'Y = Q diag(g) Q';  Y <- Y Q */
    phase_end(phases, PHASE_AXES);
    TRY(done);
    model->in_eigenbasis = rotates;

    phase_begin(phases, PHASE_EXCHANGE);
    if (solve_options_steps(model->options) > 0)
        work_split_migrate(model, side);
    phase_end(phases, PHASE_EXCHANGE);

    phase_begin(phases, PHASE_SOLVE);
    exchange_begin(model->side[side].exchange);
    double begun = phase_processor_clock();
    done = solve_rows(model, side, in_double); /* min |S v - d|^2 + |v|^2,  x_u = D^(-1/2) v */
    phases->solve_s[side] += phase_processor_clock() - begun;
    phase_end(phases, PHASE_SOLVE);

    phase_begin(phases, PHASE_WAIT);
    done = agree(model->comm, done);
    phase_end(phases, PHASE_WAIT);

    phase_begin(phases, PHASE_EXCHANGE);
    if (done == MFALS_OK)
        done = work_split_return(model, side, in_double, &phases->solve_s[side]);
    exchange_end(model->side[side].exchange); /* what the solves have not hidden */
    phase_end(phases, PHASE_EXCHANGE);
    TRY(done);
    model->in_eigenbasis = false;

    phase_begin(phases, PHASE_AXES);
    if (implicit)
        done = gram(model, side); /* X'X */
    phase_end(phases, PHASE_AXES);
    return done;
}

static status both_halves(struct model *model, struct training_stats *stats, struct phases *phases)
{
    for (; model->half <= ITEMS; model->half++)
        TRY(half_iteration(model, model->half, phases, &stats->resolved_rows));
    model->half = USERS;
    return MFALS_OK;
}

/* [collective] From where the model stands to the end of the iteration. Where rows are improved upon, those of a half
 * that is interrupted would be another start than they had: a request to stop waits. */
static status iterate(struct model *model, struct training_stats *stats, struct phases *phases)
{
    if (model->options->algorithm == ALGORITHM_SGD)
        return sgd_epoch(model, phases);
    bool whole = solve_options_steps(model->options) > 0;
    if (whole)
        stop_defer();
    status done = both_halves(model, stats, phases);
    if (whole)
        stop_resume();
    return done;
}

static status measure_iteration(struct model *model, struct training_stats *stats, struct phases *phases)
{
    phase_begin(phases, PHASE_MEASURE);
    status measured = measure(model, stats);
    comm_sum_int(model->comm, &stats->resolved_rows, 1);
    phase_end(phases, PHASE_MEASURE);
    return measured;
}

status train(struct model *model, struct phases *phases, iteration_observer *observer, void *context)
{
    int64_t flops = count_flops(model);
    bool stop = false;
    comm_sum_int(model->comm, &flops, 1);
    while (model->iteration < model->options->iterations && !stop) {
        struct training_stats stats = {.iteration = model->iteration + 1, .flops = (double)flops};
        struct phases before = *phases;
        double begun = phase_clock();

        model->interrupted = true;
        TRY(iterate(model, &stats, phases));
        model->iteration++;
        model->interrupted = false;
        TRY(measure_iteration(model, &stats, phases));
        if (model->options->algorithm == ALGORITHM_SGD)
            sgd_schedule(model, stats.objective);
        note_times(&stats, phases, &before, begun);
        if (observer != NULL)
            TRY(observer(model, &stats, &stop, context));
    }
    return MFALS_OK;
}
