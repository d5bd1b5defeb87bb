/* What is behind the handles of include/mfals. */
#ifndef API_LIB_H
#define API_LIB_H

#include "api/audience.h"
#include "api/titles.h"
#include "api/training.h"
#include "base/log.h"
#include "base/stop.h"

#include <mfals/mfals.h>

struct mfals_context {
    struct comm comm;               /* owned */
    struct log_diversion diversion; /* to `function` */
    struct stop_wishes wishes;
    mfals_message_function *function; /* may be NULL */
    void *data;
    char message[FAILURE_MESSAGE_SIZE];
};

struct mfals_options {
    struct mfals_context *context; /* not owned */
    struct settings settings;      /* not settled; its texts are among these: */
    char **texts;                  /* owned, each too */
    int64_t count, capacity;
};

struct mfals_ratings {
    struct mfals_context *context; /* not owned */
    struct settings settings;      /* settled; texts are those of the options, and paths */
    char **paths;                  /* owned, each too: settings.word_count of them */
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
    struct measures measures; /* of the latest evaluation */
    char *similar_ids;        /* owned: [.. x MFALS_ID_SIZE] of the latest mfals_similar */
};

/* A public call: between these two, lines and wishes to stop are the context's, and a failure becomes its message.
 *
 *     struct lib_call call = lib_enter(context);
 *     return lib_leave(&call, train_model(...));
 */
struct lib_call {
    struct mfals_context *context;
    const struct log_diversion *diversion;
    struct stop_wishes *wishes;
};
struct lib_call lib_enter(struct mfals_context *context);
status lib_leave(const struct lib_call *call, status done);

/* [local] A copy of text, to be freed with memory_free. */
status lib_copy(char **copy, const char *text);

/* [local] The defaults of a command, settled, where options is NULL; else a settled copy of the options, which must be of that
 * command: MFALS_USAGE. */
status lib_settings(struct settings *settings, const struct mfals_options *options, const char *command);

/* [collective] Ratings that a rank hands over, as if it had read them; either ids or texts. To be freed in any case. */
struct handed {
    const int64_t *ids[2];
    const char *const *texts[2];
    const float *values; /* NULL: all 1 */
    int64_t count;
};
status lib_take(struct raw_ratings *raw, const struct comm *comm, const struct handed *handed);

#endif
