#include "train/checkpoints.h"

#include "base/log.h"
#include "base/number.h"
#include "base/stop.h"
#include "solve/state.h"
#include "train/resume.h"
#include "train/resume_find.h"
#include "train/training.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

static bool in_use(const struct checkpoints *checkpoints)
{
    return checkpoints->config->checkpoint_dir != NULL;
}

/* Whether the same command, given again, goes on from the newest checkpoint. */
static bool goes_on_by_itself(const struct checkpoints *checkpoints)
{
    return strcmp(checkpoints->config->resume, "auto") == 0;
}

/* How long this run may go on. */
struct time_limit {
    double seconds; /* 0: as long as it likes */
    int64_t is_of_job;
};

/* --max-time, or what the batch system leaves less a reserve for the last checkpoint. As rank 0 sees it: its
 * environment may be the only one that says so. */
static struct time_limit find_limit(const struct comm *comm, const struct run_config *config)
{
    struct time_limit limit = {.seconds = config->max_time.seconds};
    const char *text = getenv("SLURM_JOB_END_TIME"); /* seconds since 1970 */
    int64_t end;
    if (text != NULL && number_parse_int(&end, text, (int64_t)strlen(text))) {
        double allotted = fmax((double)end - (double)time(NULL), 1e-9);
        double usable = allotted - fmin(0.1 * allotted, 120);
        if (limit.seconds == 0 || usable < limit.seconds)
            limit = (struct time_limit){.seconds = usable, .is_of_job = 1};
    }
    comm_broadcast(comm, &limit, sizeof limit, 0);
    return limit;
}

static void set_deadline(struct checkpoints *checkpoints)
{
    struct time_limit limit = find_limit(checkpoints->comm, checkpoints->config);
    checkpoints->deadline = limit.seconds > 0 ? phase_clock() + limit.seconds : INFINITY;
    checkpoints->deadline_reason =
        limit.is_of_job ? "the job's end is near (SLURM_JOB_END_TIME)" : "--max-time is over";
    if (limit.seconds > 0)
        log_line("this run stops %.0f s from now, unless it is done before: %s", limit.seconds,
                 limit.is_of_job ? "the job ends soon after (SLURM_JOB_END_TIME)" : "--max-time");
    checkpoints_observe_deadline(checkpoints);
}

void checkpoints_observe_deadline(const struct checkpoints *checkpoints)
{
    if (in_use(checkpoints))
        stop_at(checkpoints->deadline, checkpoints->deadline_reason);
}

/* Whether it is the folder's own checkpoint of that iteration: one named may be from elsewhere. */
static bool is_in_folder(const char *found, const char *folder, int64_t iteration)
{
    char path[CHECKPOINT_PATH_SIZE];
    struct stat one, other;
    checkpoint_folder_path(path, folder, iteration);
    return stat(found, &one) == 0 && stat(path, &other) == 0 && one.st_dev == other.st_dev &&
           one.st_ino == other.st_ino;
}

/* [local] Of the checkpoints before the last one the newest stays: a run that was killed may have left more. */
static void keep_one_before(struct checkpoints *checkpoints)
{
    int64_t iterations[CHECKPOINTS_MAX];
    int count = 0, i = 0;
    if (checkpoint_folder_list(&checkpoints->folder, iterations, &count) != MFALS_OK)
        return;
    while (i < count && iterations[i] >= checkpoints->last)
        i++;
    checkpoints->last_but_one = i < count ? iterations[i] : -1;
    checkpoint_folder_prune(&checkpoints->folder, checkpoints->last, checkpoints->last_but_one, true);
}

/* [collective] What is found counts as the newest in the folder, if it is there. */
static void note_found(struct checkpoints *checkpoints)
{
    const struct checkpoint *found = checkpoints->found;
    if (found == NULL)
        return;
    int64_t iteration = header_integer(found->header, CHECKPOINT_ITERATION, 0), inside = 0;
    if (in_use(checkpoints) && checkpoints->comm->rank == 0)
        inside = is_in_folder(found->path, checkpoints->config->checkpoint_dir, iteration);
    comm_broadcast(checkpoints->comm, &inside, sizeof inside, 0);
    checkpoints->begun_iteration = iteration;
    checkpoints->last = inside ? iteration : -1;
    if (inside && checkpoints->comm->rank == 0)
        keep_one_before(checkpoints);
}

status checkpoints_open(struct checkpoints *checkpoints, const struct comm *comm,
                        const struct run_config *config, struct phases *phases)
{
    status opened = MFALS_OK;
    *checkpoints = (struct checkpoints){.comm = comm,
                                        .config = config,
                                        .phases = phases,
                                        .last = -1,
                                        .last_but_one = -1,
                                        .begun_clock = phase_clock()};
    if (in_use(checkpoints)) {
        set_deadline(checkpoints);
        if (comm->rank == 0)
            opened = checkpoint_folder_open(&checkpoints->folder, config->checkpoint_dir);
        TRY(agree(comm, opened));
    }
    TRY(resume_find(&checkpoints->found, comm, config, &checkpoints->folder));
    note_found(checkpoints);
    return MFALS_OK;
}

void checkpoints_close(struct checkpoints *checkpoints)
{
    new_file_abandon(&checkpoints->writing);
    checkpoint_close(&checkpoints->found);
    checkpoint_folder_close(&checkpoints->folder);
}

static void set_best(struct checkpoint_file *file, const struct training *training)
{
    file->has_best = training->early_stop.best_iteration > 0;
    for (int s = USERS; s <= ITEMS && file->has_best; s++) {
        struct model_side *side = &file->best[s];
        *side = file->model.side[s];
        side->factors = model_kept_rows(training->model, (enum side)s, &side->row_floats);
        side->bias = model_kept_bias(training->model, (enum side)s, &side->bias_step);
    }
}

static status start_described(struct checkpoints *checkpoints, struct model_description *description,
                              const struct training *training, const char *path)
{
    struct model_state state;
    struct checkpoint_file file = {.model = description->file};
    struct phase_summary summary[PHASES];
    struct profile_totals totals;
    profile_of_start(&totals, summary, checkpoints->comm, &training->profile);
    profile_add(&totals, &training->profile.before);
    file.spent = (const double *)&totals;
    file.spent_count = PROFILE_NUMBERS;
    model_state(&state, training->model);
    file.model.path = path;
    file.folder = checkpoints->folder.hold;
    file.model.attribute_count +=
        resume_attributes(description->attributes + file.model.attribute_count, training);
    file.axes = state.in_eigenbasis ? state.axes : NULL;
    set_best(&file, training);
    return checkpoint_file_start(&checkpoints->writing, checkpoints->comm, &file);
}

/* [collective] Begins a checkpoint of the model as it stands. */
static status start(struct checkpoints *checkpoints, const struct training *training)
{
    struct model_state state;
    struct model_description description;
    char path[CHECKPOINT_PATH_SIZE];
    model_state(&state, training->model);
    checkpoints->under_way = checkpoints->begun_iteration = state.iteration;
    checkpoints->begun_clock = phase_clock();
    checkpoints->failed = false;
    checkpoint_folder_path(path, checkpoints->config->checkpoint_dir, state.iteration);
    status done = agree(checkpoints->comm, training_describe(&description, training, RESUME_ATTRIBUTES));
    if (done == MFALS_OK)
        done = start_described(checkpoints, &description, training, path);
    model_description_free(&description);
    return done;
}

/* [collective] The one under way stands under its name, and all but the last two go. */
static status finish(struct checkpoints *checkpoints)
{
    if (checkpoints->writing == NULL)
        return MFALS_OK;
    TRY(new_file_finish(&checkpoints->writing));
    if (checkpoints->last != checkpoints->under_way)
        checkpoints->last_but_one = checkpoints->last;
    checkpoints->last = checkpoints->under_way;
    if (checkpoints->comm->rank == 0)
        checkpoint_folder_prune(&checkpoints->folder, checkpoints->last, checkpoints->last_but_one,
                                goes_on_by_itself(checkpoints));
    if (checkpoints->written != NULL)
        checkpoints->written(checkpoints->last, phase_clock() - checkpoints->begun_clock,
                             checkpoints->context);
    return MFALS_OK;
}

/* Training goes on without the checkpoint if it can. */
static status downgrade_to_warning(struct checkpoints *checkpoints, status failed, int64_t iteration)
{
    checkpoints->failed |= failed != MFALS_OK;
    if (failed == MFALS_OK || !hdf5_sound())
        return failed;
    log_warning("no checkpoint after iteration %" PRId64 ": %s", iteration, failure_message());
    return MFALS_OK;
}

/* [collective] */
static bool is_due(const struct checkpoints *checkpoints, int64_t iteration)
{
    const struct interval *every = &checkpoints->config->checkpoint_every;
    int64_t due = checkpoints->failed;
    due |= every->iterations > 0 && iteration - checkpoints->begun_iteration >= every->iterations;
    due |= every->seconds > 0 && phase_clock() - checkpoints->begun_clock >= every->seconds;
    comm_broadcast(checkpoints->comm, &due, sizeof due, 0); /* clocks differ */
    return due != 0;
}

static status write_if_due(struct checkpoints *checkpoints, const struct training *training)
{
    struct model_state state;
    model_state(&state, training->model);
    TRY(downgrade_to_warning(checkpoints, finish(checkpoints), checkpoints->under_way));
    if (!is_due(checkpoints, state.iteration))
        return MFALS_OK;
    return downgrade_to_warning(checkpoints, start(checkpoints, training), state.iteration);
}

status checkpoints_after(struct checkpoints *checkpoints, const struct training *training)
{
    if (!in_use(checkpoints))
        return MFALS_OK;
    phase_begin(checkpoints->phases, PHASE_CHECKPOINT);
    status done = write_if_due(checkpoints, training);
    phase_end(checkpoints->phases, PHASE_CHECKPOINT);
    TRY(done);
    struct model_state state;
    model_state(&state, training->model);
    if (state.iteration == checkpoints->config->solve.iterations)
        return MFALS_OK; /* only the model is to be written: no reason to start again for that */
    return agree(checkpoints->comm, stop_check());
}

/* [collective] The model as it stands is in the folder, or there is nothing yet worth it. */
static status save(struct checkpoints *checkpoints, const struct training *training)
{
    struct model_state state;
    model_state(&state, training->model);
    if (state.half == USERS && (checkpoints->last == state.iteration || state.iteration == 0))
        return MFALS_OK;
    TRY(start(checkpoints, training));
    return finish(checkpoints);
}

/* The words of a run that stops: why, and what it leaves. */
static status say_stopped(const struct checkpoints *checkpoints, const struct model *model, const char *why)
{
    struct model_state state;
    char path[CHECKPOINT_PATH_SIZE];
    model_state(&state, model);
    bool within = state.interrupted;
    if (checkpoints->last < 0)
        return fail(MFALS_REQUEUE, "%s before the first iteration was complete; start again", why);
    checkpoint_folder_path(path, checkpoints->config->checkpoint_dir, checkpoints->last);
    return fail(MFALS_REQUEUE, "%s %s iteration %d; start again%s to go on from %s", why,
                within ? "within" : "after", state.iteration + within,
                goes_on_by_itself(checkpoints) ? "" : " without --resume", path);
}

static status end(struct checkpoints *checkpoints, const struct training *training, status trained)
{
    char why[FAILURE_MESSAGE_SIZE];
    struct model_state state;
    model_state(&state, training->model);
    snprintf(why, sizeof why, "%s", failure_message());
    TRY(downgrade_to_warning(checkpoints, finish(checkpoints), checkpoints->under_way));
    if (trained == MFALS_OK && checkpoints->begun_iteration == state.iteration)
        return MFALS_OK; /* written, or warned about */
    status saved = save(checkpoints, training);
    if (trained == MFALS_OK)
        return downgrade_to_warning(checkpoints, saved, state.iteration);
    TRY(saved);
    return say_stopped(checkpoints, training->model, why);
}

/* [collective] Training failed: the checkpoint under way is good all the same, the model in memory is not. */
static status end_failed(struct checkpoints *checkpoints, status failed)
{
    char why[FAILURE_MESSAGE_SIZE];
    snprintf(why, sizeof why, "%s", failure_message());
    if (finish(checkpoints) != MFALS_OK)
        log_warning("no checkpoint after iteration %" PRId64 ": %s", checkpoints->under_way,
                    failure_message());
    return fail(failed, "%s", why);
}

status checkpoints_end(struct checkpoints *checkpoints, const struct training *training, status trained)
{
    bool may_save = trained == MFALS_OK || trained == MFALS_REQUEUE;
    if (!in_use(checkpoints))
        return trained;
    phase_begin(checkpoints->phases, PHASE_CHECKPOINT);
    status ended = may_save ? end(checkpoints, training, trained) : end_failed(checkpoints, trained);
    phase_end(checkpoints->phases, PHASE_CHECKPOINT);
    return ended;
}
