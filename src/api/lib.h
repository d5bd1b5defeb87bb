/* What is behind the handles of include/mfals. */
#ifndef API_LIB_H
#define API_LIB_H

#include "api/audience.h"
#include "api/titles.h"
#include "api/training.h"
#include "base/advance.h"
#include "base/log.h"
#include "base/stop.h"
#include "comm/report.h"

#include <mfals/mfals.h>

struct mfals_context {
    struct comm comm;                 /* owned */
    struct log_diversion diversion;   /* to `function` */
    struct advance_listener listener; /* that is `progress` */
    struct stop_wishes wishes;
    double opened;                    /* of phase_clock */
    mfals_message_function *function; /* may be NULL */
    void *data;
    mfals_progress_function *progress; /* may be NULL */
    void *progress_data;
    char message[FAILURE_MESSAGE_SIZE];
};

struct mfals_options {
    struct mfals_context *context; /* not owned */
    struct settings settings;      /* not settled; its texts are among these: */
    char **texts;                  /* owned, each too */
    int64_t count, capacity;
    char **words;               /* owned; each is one of texts */
    struct settings settled;    /* of the latest look at it */
    bool prepared;              /* a training has been, but has not begun: */
    struct phases phases;       /* of its preparation */
    struct checkpoints waiting; /* owned */
    struct hold *output, *log;  /* owned, on rank 0: of the files that will be written */
};

struct mfals_ratings {
    struct mfals_context *context; /* not owned, nor are the options */
    struct mfals_options *options;
    struct settings settings; /* settled; texts are those of the options, and paths */
    char **paths;             /* owned, each too: */
    int path_count;
    struct phases phases;
    struct ratings *ratings; /* owned */
};

struct mfals_model {
    struct mfals_context *context; /* not owned */
    struct mfals_ratings *ratings; /* not owned: of a model that was trained here, else NULL */
    struct training_run run;       /* owned: the same */
    struct trained trained;        /* owned: of a model that was opened */
    struct model_view view;
    struct known_ids known[2];
    bool has_names;
    struct item_names names;  /* owned, once has_names */
    struct measures measures; /* of the latest evaluation, and what was tested */
    const char *metric_names[MEASURES_MAX];
    int64_t tested_users, tested_ratings;
    char *similar_ids;                    /* owned: [.. x MFALS_ID_SIZE] of the latest mfals_similar */
    struct mfals_costs costs, last_costs; /* of the latest mfals_costs, as what follows */
    struct mfals_phase phases[PHASES], last_phases[PHASES];
    struct node_memory *memory; /* owned, as the next */
    struct mfals_node *nodes;
};

/* A public call: between these two, lines, progress and wishes to stop are the context's, and a failure becomes its message.
 *
 *     struct lib_call call = lib_enter(context);
 *     return lib_leave(&call, train_model(...));
 */
struct lib_call {
    struct mfals_context *context;
    const struct log_diversion *diversion;
    const struct advance_listener *listener;
    struct stop_wishes *wishes;
};
struct lib_call lib_enter(struct mfals_context *context);
status lib_leave(const struct lib_call *call, status done);

/* [local] MFALS_USAGE for a context without a communicator. */
status lib_need_ranks(const struct mfals_context *context);

/* [local] A copy of text, to be freed with memory_free. */
status lib_copy(char **copy, const char *text);

/* [local] The defaults of the first of these commands, settled, where options is NULL; else a settled copy of the
 * options, which must be of one of them, and of ranks: MFALS_USAGE. */
status lib_settings(struct settings *settings, const struct mfals_options *options, int commands);

/* [collective] Takes the sample for words where options of train have none. MFALS_USAGE for those of another command. */
status lib_choose_sample(struct mfals_options *options);

/* [local] What was prepared will not be trained. */
void lib_drop_checkpoints(struct mfals_options *options);

/* [local] Whether text ends with `end`, and is more than that; with one of count ends. */
bool lib_ends_with(const char *text, const char *end);
bool lib_ends_with_one(const char *text, const char *const *ends, size_t count);

/* [local] A value as the interface has it. */
struct mfals_value lib_value(const struct attribute *attribute);

/* [local] The format of lists: --output-format, or what the name of the file says; path NULL: lists are printed.
 * MFALS_USAGE for a name of another format, and for what goes against HDF5. */
status lib_list_format(enum list_format *format, const struct settings *settings, const char *path);

/* [local] The length of lists: `top`, or the number of the model's items if it has fewer; at least 1. */
int lib_top(const struct mfals_model *model, int top);

/* [local] A stop where no checkpoint is called for: the line says what was under way. */
status lib_stopped_while(const char *doing, status done);

/* [collective] Ratings that a rank hands over, as if it had read them; either ids or texts. To be freed in any case. */
struct handed {
    const int64_t *ids[2];
    const char *const *texts[2];
    const float *values; /* NULL: all 1 */
    int64_t count;
};
status lib_take(struct raw_ratings *raw, const struct comm *comm, const struct handed *handed);

#endif
