/* What is behind the handles of include/mfals. */
#ifndef API_HANDLES_H
#define API_HANDLES_H

#include "base/advance.h"
#include "base/log.h"
#include "base/stop.h"
#include "comm/report.h"
#include "input/titles.h"
#include "options/option_table.h"
#include "ratings/from_arrays.h"
#include "serve/served_model.h"
#include "train/training.h"

#include <mfals/mfals.h>

struct mfals_context {
    struct comm comm;                 /* owned */
    struct log_diversion diversion;   /* to `function` */
    struct advance_listener listener; /* that is `progress` */
    struct stop_requests requests;
    double opened;                    /* of phase_clock */
    mfals_message_function *function; /* may be NULL */
    void *data;
    mfals_progress_function *progress; /* may be NULL */
    void *progress_data;
    char message[FAILURE_MESSAGE_SIZE];
};

struct mfals_options {
    struct mfals_context *context; /* not owned */
    struct option_inputs inputs;   /* its texts are among these: */
    char **texts;                  /* owned, each too */
    int64_t count, capacity;
    char **operands;          /* owned; each is one of texts */
    struct run_config config; /* of the inputs as they are, where resolved */
    bool resolved;
    bool prepared;              /* a training has been, but has not begun: */
    struct phases phases;       /* of its preparation */
    struct checkpoints waiting; /* owned */
    struct hold *output, *log;  /* owned, on rank 0: of the files that will be written */
};

struct mfals_ratings {
    struct mfals_context *context; /* not owned, nor are the options */
    struct mfals_options *options;
    struct run_config config; /* that they were read by; texts are those of the options, and paths */
    char **paths;             /* owned, each too: */
    int path_count;
    struct phases phases;
    struct ratings *ratings; /* owned */
};

struct mfals_model {
    struct mfals_context *context; /* not owned */
    struct mfals_ratings *ratings; /* not owned: of a model that was trained here, else NULL */
    struct run_config config;      /* the training's: the same */
    struct training training;      /* owned: the same */
    struct served_model served;    /* owned: of a model that was opened */
    struct model_view view;
    struct known_ids known[2];
    bool has_names;
    struct item_names names;     /* owned, once has_names */
    struct named_values metrics; /* of the latest evaluation, and what was tested */
    const char *metric_names[NAMED_VALUES_MAX];
    int64_t tested_users, tested_ratings, unknown_ratings;
    char *similar_ids;                          /* owned: [.. x MFALS_ID_SIZE] of the latest mfals_similar */
    struct mfals_profile profile, last_profile; /* of the latest mfals_profile, as what follows */
    struct mfals_phase phases[PHASES], last_phases[PHASES];
    struct node_memory *memory; /* owned, as the next */
    struct mfals_node *nodes;
};

/* A public call: between these two, lines, progress and requests to stop are the context's, and a failure becomes its
 * message.
 *
 *     struct lib_call call = lib_enter(context);
 *     return lib_leave(&call, train_model(...));
 */
struct lib_call {
    struct mfals_context *context;
    const struct log_diversion *diversion;
    const struct advance_listener *listener;
    struct stop_requests *requests;
};
struct lib_call lib_enter(struct mfals_context *context);
status lib_leave(const struct lib_call *call, status done);

/* [local] MFALS_USAGE for a context without a communicator. */
status lib_need_ranks(const struct mfals_context *context);

/* [local] Of what a program hands over: MFALS_USAGE, "WHAT: ...", for a negative count, or NULL where there should be
 * so many elements. */
status lib_need(const void *array, int64_t count, const char *what);

/* [local] The same for texts, none of which may be NULL. */
status lib_need_texts(const char *const *texts, int64_t count, const char *what);

/* [collective] The same for a path. */
status lib_need_path(const struct mfals_context *context, const char *path);

/* [local] A copy of text, to be freed with memory_free. */
status lib_copy(char **copy, const char *text);

/* [local] *config <- of the options as they are, which must be of one of these commands, or where options is NULL the
 * defaults of the first of them, resolved into *defaults. MFALS_USAGE. */
status lib_config(const struct run_config **config, struct run_config *defaults,
                  struct mfals_options *options, int commands);

/* [local] *row <- the option of that name among those that can be set. MFALS_USAGE where there is none. */
status lib_find_option(const struct option_row **row, const struct mfals_options *options, const char *name);

/* [local] options->config <- as the options are now. MFALS_USAGE. */
status lib_resolve(struct mfals_options *options);

/* [local] The words of a command line that are no options, copied; those before them go out of use. */
status lib_set_operands(struct mfals_options *options, const char *const *words, int count);

/* [local] Which functions take the option's value. */
enum mfals_option_type lib_option_type(const struct option_row *row);

/* [local] What a program hands over, as it is inside. */
struct rating_arrays lib_arrays(const struct mfals_rating_arrays *arrays);

/* [collective] Takes the sample for words where options of train have none. MFALS_USAGE for those of another command.
 */
status lib_choose_sample(struct mfals_options *options);

/* [local] What was prepared will not be trained. */
void lib_drop_checkpoints(struct mfals_options *options);

/* [local] A value as the interface has it. */
struct mfals_value lib_value(const struct attribute *attribute);

/* [local] A stop where no checkpoint is called for: the line says what was under way. */
status lib_stopped_while(const char *doing, status done);

#endif
