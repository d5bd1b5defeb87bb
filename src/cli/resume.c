#include "cli/resume.h"

#include "base/log.h"
#include "cli/options.h"
#include "cli/version.h"
#include "solve/state.h"
#include "store/names.h"

#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static const char iteration_name[] = "iteration", half_name[] = "next_half", broken_off_name[] = "broken_off",
                  in_axes_name[] = "in_axes", precise_name[] = "precise", rate_name[] = "sgd_rate",
                  objective_name[] = "sgd_last_objective", best_name[] = "best_value",
                  best_iteration_name[] = "best_iteration";

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
    attributes[count++] = integer(iteration_name, state.iteration);
    attributes[count++] = (struct attribute){
        .name = half_name, .kind = ATTRIBUTE_TEXT, .text = state.half == USERS ? "users" : "items"};
    attributes[count++] = integer(broken_off_name, state.broken_off);
    attributes[count++] = integer(in_axes_name, state.in_axes);
    attributes[count++] = integer(precise_name, state.precise);
    attributes[count++] = real(rate_name, state.rate);
    attributes[count++] = real(objective_name, state.last_objective);
    if (training->early_stop->best_iteration > 0) /* best_iteration is the model's attribute */
        attributes[count++] = real(best_name, training->early_stop->best);
    return count;
}

static int64_t stored_integer(const struct checkpoint *checkpoint, const char *name)
{
    return (int64_t)header_real(checkpoint->header, name, 0);
}

/* "lambda is 10, was 150", added to a list. */
static void add_difference(char *list, size_t size, const char *name, const char *is, const char *was)
{
    size_t length = strlen(list);
    snprintf(list + length, size - length, "%s%s is %s, was %s", length > 0 ? "; " : "", name, is, was);
}

/* Of a long text, such as a path, the end tells more. */
static void value_text(char *text, size_t size, bool in_force, const struct attribute *value)
{
    if (!in_force)
        snprintf(text, size, "not given");
    else if (value->kind == ATTRIBUTE_TEXT) {
        size_t length = strlen(value->text);
        bool fits = length < size;
        snprintf(text, size, "%s%s", fits ? "" : "...",
                 value->text + (fits ? 0 : length - size + sizeof "..."));
    } else if (value->kind == ATTRIBUTE_INTEGER)
        snprintf(text, size, "%" PRId64, value->integer);
    else
        snprintf(text, size, "%.17g", value->real);
}

static bool same_value(const struct attribute *one, const struct attribute *other)
{
    if (one->kind != other->kind)
        return false;
    return one->kind == ATTRIBUTE_TEXT      ? strcmp(one->text, other->text) == 0
           : one->kind == ATTRIBUTE_INTEGER ? one->integer == other->integer
                                            : one->real == other->real;
}

/* Whether the option is one that must be as it was. */
static bool binds(const struct option_row *option, const struct settings *settings)
{
    return option->recorded != NULL && (option->commands & FOR_TRAIN) != 0 &&
           (option->on_resume == RESUME_SAME ||
            (option->on_resume == RESUME_WITH_STOP && settings->early_stop != NULL));
}

/* [local] */
static status compare_options(const struct checkpoint *checkpoint, const struct settings *settings)
{
    char list[FAILURE_MESSAGE_SIZE / 2] = "";
    for (int i = 0; i < option_count; i++) {
        const struct option_row *option = &option_table[i];
        struct attribute now, then;
        char is[128], was[128];
        if (!binds(option, settings))
            continue;
        bool given = option_in_force(&now, settings, option),
             was_given = header_attribute(&then, checkpoint->header, option->recorded);
        if (given == was_given && (!given || same_value(&now, &then)))
            continue;
        value_text(is, sizeof is, given, &now);
        value_text(was, sizeof was, was_given, &then);
        add_difference(list, sizeof list, option->name, is, was);
    }
    if (list[0] == '\0')
        return MFALS_OK;
    return fail(
        MFALS_BAD_CHECKPOINT,
        "'%s' is of other options: %s; --resume never begins afresh, another --checkpoint-dir keeps both",
        checkpoint->path, list);
}

/* [local] What may change the bits, though nothing the user chose. */
static void compare_machines(const struct checkpoint *checkpoint, const struct training *training)
{
    const char *const machine[][2] = {{"software", version_software()},
                                      {"build", version_build()},
                                      {"blas", version_blas()},
                                      {"blas_core", version_blas_core()},
                                      {"kernel", model_kernel(training->model)},
                                      {"axes_grid", model_axes_grid(training->model)}};
    for (size_t i = 0; i < sizeof machine / sizeof *machine; i++) {
        const char *was = header_text(checkpoint->header, machine[i][0], "");
        bool vectors = strncmp(was, "x86-64", 6) == 0 && strncmp(machine[i][1], "x86-64", 6) == 0;
        if (strcmp(was, machine[i][1]) != 0 && !vectors) /* AVX2 and AVX-512 give the same bits */
            log_warning(
                "'%s' was written with %s %s, this run has %s: the result may differ in its last bits",
                checkpoint->path, machine[i][0], was, machine[i][1]);
    }
}

/* [collective] One candidate: *found is NULL where it is passed over. */
static status try_one(struct checkpoint **found, const struct comm *comm, const struct settings *settings,
                      const char *path)
{
    status opened = checkpoint_open(found, comm, path);
    if (opened == MFALS_BAD_CHECKPOINT || opened == MFALS_NO_INPUT || opened == MFALS_IO) {
        log_warning("passed over: %s", failure_message());
        return MFALS_OK;
    }
    TRY(opened);
    status compared = agree(comm, compare_options(*found, settings));
    if (compared != MFALS_OK)
        checkpoint_close(found);
    return compared;
}

struct candidates {
    int64_t iterations[CHECKPOINTS_MAX];
    int count;
};

static status beyond(const char *path, int64_t iteration, const struct settings *settings)
{
    return fail(MFALS_BAD_CHECKPOINT,
                "'%s' is of iteration %" PRId64 ", beyond --iterations %d; --resume never begins afresh",
                path, iteration, settings->solve.iterations);
}

/* The iteration that it is of: the one under way where it was broken off. */
static int64_t iteration_of(const struct checkpoint *checkpoint)
{
    return stored_integer(checkpoint, iteration_name) + stored_integer(checkpoint, broken_off_name);
}

/* [collective] The newest good one up to --iterations. Without one, those beyond are not to be overwritten. */
static status find_newest(struct checkpoint **found, const struct comm *comm, const struct settings *settings,
                          const struct checkpoint_folder *folder)
{
    struct candidates candidates = {0};
    status listed = MFALS_OK;
    char path[CHECKPOINT_PATH_SIZE], path_beyond[CHECKPOINT_PATH_SIZE];
    int64_t last = settings->solve.iterations, first_beyond = -1;
    if (comm->rank == 0)
        listed = checkpoint_folder_list(folder, candidates.iterations, &candidates.count);
    TRY(agree(comm, listed));
    comm_broadcast(comm, &candidates, sizeof candidates, 0);
    for (int i = 0; i < candidates.count && *found == NULL; i++) {
        int64_t iteration = candidates.iterations[i];
        checkpoint_folder_path(path, settings->checkpoint_dir, iteration);
        if (iteration <= last)
            TRY(try_one(found, comm, settings, path));
        if (*found != NULL)
            iteration = iteration_of(*found);
        if (iteration > last) {
            first_beyond = iteration;
            snprintf(path_beyond, sizeof path_beyond, "%s", path);
            checkpoint_close(found);
        }
    }
    if (*found == NULL && first_beyond >= 0)
        return beyond(path_beyond, first_beyond, settings);
    if (*found == NULL && candidates.count > 0)
        log_warning("no checkpoint in '%s' can be used: training begins afresh", settings->checkpoint_dir);
    return MFALS_OK;
}

static status find_named(struct checkpoint **found, const struct comm *comm, const struct settings *settings)
{
    TRY(checkpoint_open(found, comm, settings->resume));
    status compared = agree(comm, compare_options(*found, settings));
    if (compared == MFALS_OK && iteration_of(*found) > settings->solve.iterations)
        compared = beyond(settings->resume, iteration_of(*found), settings);
    if (compared != MFALS_OK)
        checkpoint_close(found);
    return compared;
}

status resume_find(struct checkpoint **found, const struct comm *comm, const struct settings *settings,
                   const struct checkpoint_folder *folder)
{
    *found = NULL;
    if (strcmp(settings->resume, "never") == 0)
        return MFALS_OK;
    if (strcmp(settings->resume, "auto") != 0)
        return find_named(found, comm, settings);
    return settings->checkpoint_dir == NULL ? MFALS_OK : find_newest(found, comm, settings, folder);
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
        TRY(checkpoint_rows(found, (enum side)side, best, training->settings->solve.factors, offsets[rank],
                            offsets[rank + 1] - offsets[rank], take_rows, &taking));
    }
    return MFALS_OK;
}

/* [local] */
static status read_history(const struct training *training, const struct checkpoint *found, int64_t count)
{
    struct figure_history *history = training->history;
    const struct header *header = found->header;
    size_t prefix = strlen(HISTORY_PREFIX);
    for (int i = 0; i < header->data_set_count; i++) {
        const char *name = header->data_sets[i].name;
        if (strncmp(name, HISTORY_PREFIX, prefix) != 0)
            continue;
        double *values = figure_history_values(history, name + prefix);
        if (values != NULL)
            TRY(checkpoint_numbers(values, count, found, name));
    }
    history->count = count;
    return MFALS_OK;
}

static status compare_ratings(const struct training *training, const struct checkpoint *found)
{
    char digest[DIGEST_TEXT_SIZE];
    const struct data_set *users = header_find(found->header, ids_name[USERS]);
    digest_text(digest, training->ratings->digest);
    if (users != NULL && strcmp(digest, header_text(found->header, "ratings_digest", "")) == 0)
        return MFALS_OK;
    return fail(MFALS_BAD_CHECKPOINT,
                "'%s' is of other ratings: their digest is %s here, was %s there (%" PRId64
                " users here, %" PRId64 " there)",
                found->path, digest, header_text(found->header, "ratings_digest", "unknown"),
                training->ratings->rows[USERS], users == NULL ? 0 : users->rows);
}

/* [local] axes: [k + 1 x k] */
static status read_state(struct model_state *state, double *axes, const struct training *training,
                         const struct checkpoint *found)
{
    int64_t k = training->settings->solve.factors, iteration = stored_integer(found, iteration_name);
    struct early_stop *early_stop = training->early_stop;
    if (iteration < 0 || iteration > training->settings->solve.iterations)
        return fail(MFALS_BAD_CHECKPOINT, "'%s' is of iteration %" PRId64, found->path, iteration);
    *state = (struct model_state){
        .iteration = (int)iteration,
        .half = strcmp(header_text(found->header, half_name, "users"), "items") == 0 ? ITEMS : USERS,
        .broken_off = stored_integer(found, broken_off_name) != 0,
        .in_axes = stored_integer(found, in_axes_name) != 0,
        .axes = axes,
        .precise = stored_integer(found, precise_name) != 0,
        .rate = header_real(found->header, rate_name, 0),
        .last_objective = header_real(found->header, objective_name, INFINITY)};
    if (state->in_axes)
        TRY(checkpoint_numbers(axes, k * (k + 1), found, CHECKPOINT_AXES));
    if (early_stop->metric[0] != '\0' && checkpoint_has_best(found))
        early_stop_resume(early_stop, (int)stored_integer(found, best_iteration_name),
                          header_real(found->header, best_name, 0), (int)iteration);
    return read_history(training, found, iteration);
}

static void say(const struct checkpoint *found, const struct model_state *state)
{
    if (state->broken_off)
        log_line("resumed within iteration %d%s from %s", state->iteration + 1,
                 state->half == ITEMS ? ", users done," : "", found->path);
    else
        log_line("resumed after iteration %d from %s", state->iteration, found->path);
}

/* The best factors pass through the model, which remembers them. */
static status restore_best(const struct training *training, const struct checkpoint *found)
{
    if (training->early_stop->best_iteration == 0)
        return MFALS_OK;
    TRY(agree(training->comm, read_rows(training, found, true)));
    return model_keep(training->model);
}

status resume_training(const struct training *training, const struct checkpoint *found)
{
    const struct comm *comm = training->comm;
    struct model_state state;
    scoped double *axes = NULL;
    int64_t k = training->settings->solve.factors;
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
