#include "train/train_output.h"

#include "base/memory.h"
#include "options/option_values.h"
#include "store/model_file.h"
#include "train/training.h"
#include "train/version.h"

#include <inttypes.h>
#include <stdio.h>

enum { FIXED_ATTRIBUTES = 12 };

static struct attribute text_attribute(const char *name, const char *text)
{
    return (struct attribute){.name = name, .kind = ATTRIBUTE_TEXT, .text = text};
}

static struct attribute real_attribute(const char *name, double value)
{
    return (struct attribute){.name = name, .kind = ATTRIBUTE_REAL, .real = value};
}

/* attributes: room for FIXED_ATTRIBUTES and all options. Returns how many there are. */
static int64_t list_attributes(struct attribute *attributes, const struct run_config *config,
                               const struct model *model, const char *digest, const char *now,
                               int best_iteration)
{
    const struct value_range *range = &model->ratings->range;
    int64_t count = 0;
    attributes[count++] = text_attribute("software", version_software());
    attributes[count++] = text_attribute("build", version_build());
    attributes[count++] = text_attribute("ratings_digest", digest);
    attributes[count++] = text_attribute("blas", version_blas());
    attributes[count++] = text_attribute("blas_core", version_blas_core());
    attributes[count++] = text_attribute("kernel", model_kernel(model));
    if (config->ratings.read.path_count == 1)
        attributes[count++] = text_attribute("ratings_path", config->ratings.read.paths[0]);
    if (model_eigen_grid(model)[0] != '\0')
        attributes[count++] = text_attribute("axes_grid", model_eigen_grid(model));
    if (run_config_is_explicit(config)) {
        attributes[count++] = real_attribute("rating_min", range->lowest);
        attributes[count++] = real_attribute("rating_max", range->highest);
    }
    if (config->ratings.aging.half_life > 0 && !config->ratings.aging.has_now)
        attributes[count++] = text_attribute(option_find("now", FOR_TRAIN)->recorded, now);
    if (config->solve.unobserved_ratio > 0)
        attributes[count++] =
            real_attribute(option_find("unobserved-weight", FOR_TRAIN)->recorded, model->unobserved_weight);
    if (best_iteration > 0)
        attributes[count++] = (struct attribute){
            .name = "best_iteration", .kind = ATTRIBUTE_INTEGER, .integer = best_iteration};
    for (int i = 0; i < option_count; i++)
        if (option_table[i].recorded != NULL && option_in_force(&attributes[count], config, &option_table[i]))
            attributes[count++].name = option_table[i].recorded;
    return count;
}

static void describe_side(struct model_side *side, const struct training *training, enum side which)
{
    side->factors = model_rows(training->model, which, &side->row_floats);
    side->offsets = training->ratings->offsets[which];
    side->ids = &training->ratings->ids[which];
    side->bias = model_bias(training->model, which, &side->bias_step);
    side->counts = model_counts(training->model, which);
}

status training_describe(struct model_description *description, const struct training *training, int64_t more)
{
    struct model_file *file = &description->file;
    const struct run_config *config = training->config;
    *description = (struct model_description){0};
    TRY(allocate(&description->attributes, FIXED_ATTRIBUTES + option_count + more));
    digest_text(description->digest, training->ratings->digest);
    snprintf(description->now, sizeof description->now, "%" PRId64, training->ratings->now);
    file->factors = config->solve.factors;
    file->history = description->histories;
    file->history_count = history_list(&training->history, description->histories);
    file->attributes = description->attributes;
    file->attribute_count =
        list_attributes(description->attributes, config, training->model, description->digest,
                        description->now, training->early_stop.best_iteration);
    file->has_global_mean = config->solve.algorithm != ALGORITHM_IALS;
    file->global_mean = model_global_mean(training->model);
    describe_side(&file->side[USERS], training, USERS);
    describe_side(&file->side[ITEMS], training, ITEMS);
    return MFALS_OK;
}

void model_description_free(struct model_description *description)
{
    memory_free(description->attributes);
    description->attributes = NULL;
}

status train_output_write(const struct training *training, const char *path)
{
    struct model_description description;
    status done = agree(training->comm, training_describe(&description, training, 0));
    if (done == MFALS_OK) {
        description.file.path = path;
        done = model_file_write(training->comm, &description.file);
    }
    model_description_free(&description);
    return done;
}
