#include "train/resume_find.h"

#include "base/log.h"
#include "options/option_values.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

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

/* Whether the option is one that must be as it was. */
static bool must_match(const struct option_row *option, const struct run_config *config)
{
    return option->recorded != NULL && (option->commands & FOR_TRAIN) != 0 &&
           (option->on_resume == RESUME_SAME ||
            (option->on_resume == RESUME_WITH_STOP && config->early_stop != NULL));
}

/* [local] */
static status compare_options(const struct checkpoint *checkpoint, const struct run_config *config)
{
    char list[FAILURE_MESSAGE_SIZE / 2] = "";
    for (int i = 0; i < option_count; i++) {
        const struct option_row *option = &option_table[i];
        struct attribute now, then, found;
        char is[128], was[128];
        if (!must_match(option, config))
            continue;
        bool given = option_in_force(&now, config, option),
             was_given = header_attribute(&then, checkpoint->header, option->recorded) &&
                         (option->found_by == NULL ||
                          !header_attribute(&found, checkpoint->header, option->found_by));
        if (given == was_given && (!given || attribute_equal(&now, &then)))
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

/* [collective] In the folder links are not followed: what they lead to is not this training's to replace or remove. */
static bool is_link(const struct comm *comm, const char *path)
{
    struct stat there;
    int64_t link = comm->rank == 0 && lstat(path, &there) == 0 && S_ISLNK(there.st_mode);
    comm_broadcast(comm, &link, sizeof link, 0);
    return link != 0;
}

/* [collective] One candidate: *found is NULL where it is damaged and passed over. One that cannot be read, or is of a
 * later version, is good to somebody, and would soon be overwritten or removed: that is a failure. */
static status try_one(struct checkpoint **found, const struct comm *comm, const struct run_config *config,
                      const char *path)
{
    if (is_link(comm, path)) {
        log_warning("passed over: '%s' is a link", path);
        return MFALS_OK;
    }
    status opened = checkpoint_open(found, comm, path);
    if (opened == MFALS_BAD_DATA || opened == MFALS_NO_INPUT) {
        log_warning("passed over: %s", failure_message());
        return MFALS_OK;
    }
    TRY(opened);
    status compared = agree(comm, compare_options(*found, config));
    if (compared != MFALS_OK)
        checkpoint_close(found);
    return compared;
}

struct candidates {
    int64_t iterations[CHECKPOINTS_MAX];
    int count;
};

static status past_last(const char *path, int64_t iteration, const struct run_config *config)
{
    return fail(MFALS_BAD_CHECKPOINT,
                "'%s' is of iteration %" PRId64 ", beyond --iterations %d; --resume never begins afresh",
                path, iteration, config->solve.iterations);
}

/* The iteration that it is of: the one under way where it was interrupted. */
static int64_t iteration_of(const struct checkpoint *checkpoint)
{
    return header_integer(checkpoint->header, CHECKPOINT_ITERATION, 0) +
           header_integer(checkpoint->header, CHECKPOINT_INTERRUPTED, 0);
}

/* [collective] The newest good one up to --iterations. Without one, those beyond are not to be overwritten. */
static status find_newest(struct checkpoint **found, const struct comm *comm, const struct run_config *config,
                          const struct checkpoint_folder *folder)
{
    struct candidates candidates = {0};
    status listed = MFALS_OK;
    char path[CHECKPOINT_PATH_SIZE], path_past[CHECKPOINT_PATH_SIZE];
    int64_t last = config->solve.iterations, first_past = -1;
    if (comm->rank == 0)
        listed = checkpoint_folder_list(folder, candidates.iterations, &candidates.count);
    TRY(agree(comm, listed));
    comm_broadcast(comm, &candidates, sizeof candidates, 0);
    for (int i = 0; i < candidates.count && *found == NULL; i++) {
        int64_t iteration = candidates.iterations[i];
        checkpoint_folder_path(path, config->checkpoint_dir, iteration);
        if (iteration <= last)
            TRY(try_one(found, comm, config, path));
        if (*found != NULL)
            iteration = iteration_of(*found);
        if (iteration > last) {
            first_past = iteration;
            snprintf(path_past, sizeof path_past, "%s", path);
            checkpoint_close(found);
        }
    }
    if (*found == NULL && first_past >= 0)
        return past_last(path_past, first_past, config);
    if (*found == NULL && candidates.count > 0)
        log_warning("no checkpoint in '%s' can be used: training begins afresh", config->checkpoint_dir);
    return MFALS_OK;
}

static status find_named(struct checkpoint **found, const struct comm *comm, const struct run_config *config)
{
    status opened = checkpoint_open(found, comm, config->resume);
    if (opened == MFALS_BAD_DATA) {
        char reason[FAILURE_MESSAGE_SIZE];
        snprintf(reason, sizeof reason, "%s", failure_message());
        return fail(MFALS_BAD_CHECKPOINT, "%s", reason);
    }
    TRY(opened);
    status compared = agree(comm, compare_options(*found, config));
    if (compared == MFALS_OK && iteration_of(*found) > config->solve.iterations)
        compared = past_last(config->resume, iteration_of(*found), config);
    if (compared != MFALS_OK)
        checkpoint_close(found);
    return compared;
}

status resume_find(struct checkpoint **found, const struct comm *comm, const struct run_config *config,
                   const struct checkpoint_folder *folder)
{
    *found = NULL;
    if (strcmp(config->resume, "never") == 0)
        return MFALS_OK;
    if (strcmp(config->resume, "auto") != 0)
        return find_named(found, comm, config);
    return config->checkpoint_dir == NULL ? MFALS_OK : find_newest(found, comm, config, folder);
}
