#include "train/resume.h"

#include "base/log.h"
#include "options/option_values.h"
#include "solve/state.h"
#include "store/names.h"
#include "train/training.h"
#include "train/version.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static const char half_name[] = "next_half", in_eigenbasis_name[] = "in_axes", precise_name[] = "precise",
                  rate_name[] = "sgd_rate", objective_name[] = "sgd_last_objective",
                  best_name[] = "best_value", best_iteration_name[] = "best_iteration";

static struct attribute integer(const char *name, int64_t value)
{
    return (struct attribute){.name = name, .kind = ATTRIBUTE_INTEGER, .integer = value};
}

static struct attribute real(const char *name, double value)
{
    return (struct attribute){.name = name, .kind = ATTRIBUTE_REAL, .real = value};
}

int resume_attributes(struct attribute *attributes, const struct training *training)
{
    struct model_state state;
    int count = 0;
    model_state(&state, training->model);
    attributes[count++] = integer(CHECKPOINT_ITERATION, state.iteration);
    attributes[count++] = (struct attribute){
        .name = half_name, .kind = ATTRIBUTE_TEXT, .text = state.half == USERS ? "users" : "items"};
    attributes[count++] = integer(CHECKPOINT_INTERRUPTED, state.interrupted);
    attributes[count++] = integer(in_eigenbasis_name, state.in_eigenbasis);
    attributes[count++] = integer(precise_name, state.precise);
    attributes[count++] = real(rate_name, state.rate);
    attributes[count++] = real(objective_name, state.last_objective);
    if (training->early_stop.best_iteration > 0) /* best_iteration is the model's attribute */
        attributes[count++] = real(best_name, training->early_stop.best);
    return count;
}

/* [local] What may change the bits, though nothing the user chose. */
static void compare_machines(const struct checkpoint *checkpoint, const struct training *training)
{
    const char *const machine[][2] = {{"software", version_software()},
                                      {"build", version_build()},
                                      {"blas", version_blas()},
                                      {"blas_core", version_blas_core()},
                                      {"kernel", model_kernel(training->model)},
                                      {"axes_grid", model_eigen_grid(training->model)}};
    for (size_t i = 0; i < sizeof machine / sizeof *machine; i++) {
        const char *was = header_text(checkpoint->header, machine[i][0], "");
        bool vectors = strncmp(was, "x86-64", 6) == 0 && strncmp(machine[i][1], "x86-64", 6) == 0;
        if (strcmp(was, machine[i][1]) != 0 && !vectors) /* AVX2 and AVX-512 give the same bits */
            log_warning(
                "'%s' was written with %s %s, this run has %s: the result may differ in its last bits",
                checkpoint->path, machine[i][0], was, machine[i][1]);
    }
}

struct taking {
    struct model *model;
    enum side side;
    int64_t begin; /* this rank's first row */
};

static void take_rows(void *context, int64_t first, int64_t count, const float *factors, const float *bias)
{
    const struct taking *taking = context;
    struct row_part part = {.first = first - taking->begin, .count = count, .factors = factors, .bias = bias};
    model_set_rows(taking->model, taking->side, &part);
}

/* [local] This rank's rows of both sides. */
static status read_rows(const struct training *training, const struct checkpoint *found, bool best)
{
    int rank = training->comm->rank;
    for (int side = USERS; side <= ITEMS; side++) {
        const int64_t *offsets = training->ratings->offsets[side];
        struct taking taking = {training->model, (enum side)side, offsets[rank]};
        TRY(checkpoint_rows(found, (enum side)side, best, training->config->solve.factors, offsets[rank],
                            offsets[rank + 1] - offsets[rank], take_rows, &taking));
    }
    return MFALS_OK;
}

/* [local] */
static status read_history(struct training *training, const struct checkpoint *found, int64_t count)
{
    struct training_history *history = &training->history;
    const struct header *header = found->header;
    size_t prefix = strlen(HISTORY_PREFIX);
    for (int i = 0; i < header->data_set_count; i++) {
        const char *name = header->data_sets[i].name;
        if (strncmp(name, HISTORY_PREFIX, prefix) != 0)
            continue;
        double *values = history_values(history, name + prefix);
        if (values != NULL)
            TRY(checkpoint_numbers(values, count, found, name));
    }
    history->count = count;
    return MFALS_OK;
}

/* What may be the reason: the rule's default is another than in older versions. */
static void name_rules(char *text, size_t size, const struct training *training,
                       const struct checkpoint *found)
{
    struct attribute now;
    const struct option_row *option = option_find("duplicates", FOR_TRAIN);
    const char *was = header_text(found->header, option->recorded, "");
    text[0] = '\0';
    if (option_in_force(&now, training->config, option) && was[0] != '\0' && strcmp(now.text, was) != 0)
        snprintf(text, size, "; --duplicates is %s here, was %s there", now.text, was);
}

static status compare_ratings(const struct training *training, const struct checkpoint *found)
{
    char digest[DIGEST_TEXT_SIZE], rules[80];
    const struct data_set *users = header_find(found->header, ids_name[USERS]);
    digest_text(digest, training->ratings->digest);
    if (users != NULL && strcmp(digest, header_text(found->header, "ratings_digest", "")) == 0)
        return MFALS_OK;
    name_rules(rules, sizeof rules, training, found);
    return fail(MFALS_BAD_CHECKPOINT,
                "'%s' is of other ratings: their digest is %s here, was %s there (%" PRId64
                " users here, %" PRId64 " there)%s",
                found->path, digest, header_text(found->header, "ratings_digest", "unknown"),
                training->ratings->rows[USERS], users == NULL ? 0 : users->rows, rules);
}

/* [local] axes: [k + 1 x k] */
static status read_state(struct model_state *state, double *axes, struct training *training,
                         const struct checkpoint *found)
{
    int64_t k = training->config->solve.factors,
            iteration = header_integer(found->header, CHECKPOINT_ITERATION, 0);
    struct early_stop *early_stop = &training->early_stop;
    if (iteration < 0 || iteration > training->config->solve.iterations)
        return fail(MFALS_BAD_CHECKPOINT, "'%s' is of iteration %" PRId64, found->path, iteration);
    *state = (struct model_state){
        .iteration = (int)iteration,
        .half = strcmp(header_text(found->header, half_name, "users"), "items") == 0 ? ITEMS : USERS,
        .interrupted = header_integer(found->header, CHECKPOINT_INTERRUPTED, 0) != 0,
        .in_eigenbasis = header_integer(found->header, in_eigenbasis_name, 0) != 0,
        .axes = axes,
        .precise = header_integer(found->header, precise_name, 0) != 0,
        .rate = header_real(found->header, rate_name, 0),
        .last_objective = header_real(found->header, objective_name, INFINITY)};
    if (state->in_eigenbasis)
        TRY(checkpoint_numbers(axes, k * (k + 1), found, CHECKPOINT_AXES));
    if (early_stop->rule.metric[0] != '\0' && checkpoint_has_best(found))
        early_stop_resume(early_stop, (int)header_integer(found->header, best_iteration_name, 0),
                          header_real(found->header, best_name, 0), (int)iteration);
    TRY(profile_recall(&training->profile, found));
    return read_history(training, found, iteration);
}

static void say(const struct checkpoint *found, const struct model_state *state)
{
    if (state->interrupted)
        log_line("resumed within iteration %d%s from %s", state->iteration + 1,
                 state->half == ITEMS ? ", users done," : "", found->path);
    else
        log_line("resumed after iteration %d from %s", state->iteration, found->path);
}

/* The best factors pass through the model, which remembers them. */
static status restore_best(const struct training *training, const struct checkpoint *found)
{
    if (training->early_stop.best_iteration == 0)
        return MFALS_OK;
    TRY(agree(training->comm, read_rows(training, found, true)));
    return model_keep(training->model);
}

status resume_training(struct training *training, const struct checkpoint *found)
{
    const struct comm *comm = training->comm;
    struct model_state state = {0};
    scoped double *axes = NULL;
    int64_t k = training->config->solve.factors;
    TRY(agree(comm, compare_ratings(training, found)));
    compare_machines(found, training);
    TRY(agree(comm, allocate(&axes, k * (k + 1))));
    TRY(agree(comm, read_state(&state, axes, training, found)));
    TRY(restore_best(training, found));
    TRY(agree(comm, read_rows(training, found, false)));
    TRY(model_resume(training->model, &state));
    say(found, &state);
    return MFALS_OK;
}
