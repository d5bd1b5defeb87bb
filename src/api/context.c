#include "api/handles.h"
#include "base/watchdog.h"
#include "comm/same_words.h"
#include "options/option_values.h"
#include "store/hdf5.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

/* Status codes and constants of the interface are those inside. */
_Static_assert((int)MFALS_USERS == (int)USERS && (int)MFALS_ITEMS == (int)ITEMS, "sides");
_Static_assert(MFALS_ID_SIZE == ID_MAX_BYTES + 1, "room for ids");
_Static_assert(sizeof((struct mfals_ratings_info *)0)->digest == DIGEST_TEXT_SIZE, "room for digests");

static void pass_on(bool warning, const char *text, void *of)
{
    struct mfals_context *context = of;
    if (context->function != NULL)
        context->function(warning ? MFALS_WARNING : MFALS_NOTE, text, context->data);
}

static void pass_progress(const char *doing, const char *unit, int64_t done, int64_t all, void *of)
{
    struct mfals_context *context = of;
    if (context->progress != NULL)
        context->progress(&(struct mfals_progress){doing, unit, done, all}, context->progress_data);
}

struct lib_call lib_enter(struct mfals_context *context)
{
    return (struct lib_call){context, log_divert(&context->diversion), advance_tell(&context->listener),
                             stop_observe(&context->requests)};
}

status lib_leave(const struct lib_call *call, status done)
{
    log_divert(call->diversion);
    advance_end(); /* what failed may not have */
    advance_tell(call->listener);
    stop_observe(call->requests);
    if (done != MFALS_OK)
        memcpy(call->context->message, failure_message(), strlen(failure_message()) + 1);
    if (done == MFALS_REQUEUE)
        atomic_store(&call->context->requests.asked, NULL);
    return done;
}

status lib_copy(char **copy, const char *text)
{
    size_t size = strlen(text) + 1;
    TRY(allocate_raw(copy, (int64_t)size));
    memcpy(*copy, text, size);
    return MFALS_OK;
}

enum mfals_status mfals_open(struct mfals_context **context, MPI_Comm comm)
{
    struct comm own;
    *context = NULL;
    TRY(comm_open(&own, comm));
    if (allocate_on_all(&own, context, 1) != MFALS_OK) {
        comm_close(&own);
        return MFALS_NO_MEMORY;
    }
    **context = (struct mfals_context){.comm = own, .requests = STOP_NO_REQUESTS, .opened = phase_clock()};
    (*context)->diversion = (struct log_diversion){pass_on, *context};
    (*context)->listener = (struct advance_listener){pass_progress, *context};
    return MFALS_OK;
}

void mfals_close(struct mfals_context **context)
{
    if (*context == NULL)
        return;
    comm_close(&(*context)->comm);
    memory_free(*context);
    *context = NULL;
}

const char *mfals_message(const struct mfals_context *context)
{
    return context->message;
}

void mfals_on_message(struct mfals_context *context, mfals_message_function *function, void *data)
{
    context->function = function;
    context->data = data;
}

void mfals_on_progress(struct mfals_context *context, mfals_progress_function *function, void *data)
{
    context->progress = function;
    context->progress_data = data;
}

void mfals_stop(struct mfals_context *context, const char *why)
{
    stop_request(&context->requests, why != NULL ? why : "as asked");
}

enum mfals_status mfals_fail(struct mfals_context *context, enum mfals_status code, const char *format, ...)
{
    char text[FAILURE_MESSAGE_SIZE]; /* what is formatted may be the message */
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    code = fail(code, "%s", text);
    snprintf(context->message, sizeof context->message, "%s", failure_message());
    return code;
}

enum mfals_status mfals_agree(struct mfals_context *context, enum mfals_status mine)
{
    struct lib_call call = lib_enter(context);
    if (mine != MFALS_OK)
        mine = fail(mine, "%s", context->message);
    return lib_leave(&call, agree(&context->comm, mine));
}

enum mfals_status mfals_same_words(struct mfals_context *context, const char *const *words, int count,
                                   const char *what)
{
    const struct comm *comm = &context->comm;
    struct lib_call call = lib_enter(context);
    scoped char *text = NULL;
    int64_t bytes = 0;
    status given = lib_need_texts(words, count, "words");
    for (int i = 0; i < count && given == MFALS_OK; i++)
        bytes += (int64_t)strlen(words[i]) + 1;
    status done = agree(comm, given);
    if (done == MFALS_OK)
        done = allocate_on_all(comm, &text, bytes);
    char *end = text;
    for (int i = 0; i < count && done == MFALS_OK; i++)
        end = stpcpy(end, words[i]) + 1;
    if (done == MFALS_OK)
        done = same_words(comm, text, bytes, what);
    return lib_leave(&call, done);
}

status lib_need(const void *array, int64_t count, const char *what)
{
    if (count < 0)
        return fail(MFALS_USAGE, "%s: a count of %" PRId64, what, count);
    return array != NULL || count == 0 ? MFALS_OK : fail(MFALS_USAGE, "%s: NULL is handed over", what);
}

status lib_need_texts(const char *const *texts, int64_t count, const char *what)
{
    TRY(lib_need(texts, count, what));
    for (int64_t i = 0; i < count; i++)
        if (texts[i] == NULL)
            return fail(MFALS_USAGE, "%s: number %" PRId64 " is NULL", what, i);
    return MFALS_OK;
}

status lib_need_path(const struct mfals_context *context, const char *path)
{
    return agree(&context->comm, lib_need(path, 1, "path"));
}

status lib_need_ranks(const struct mfals_context *context)
{
    return comm_is_alone(&context->comm)
               ? fail(MFALS_USAGE, "this needs ranks: the context was opened without a communicator")
               : MFALS_OK;
}

/* [local] Of options that may go against each other. */
static double stall_seconds(const struct mfals_options *options)
{
    const struct option_row *row = option_find("stall-timeout", options->inputs.command->bit);
    const char *given = options->inputs.text[row - option_table];
    struct run_config config;
    (void)option_parse(&config, row, given != NULL ? given : row->value); /* checked when it was given */
    return config.stall_timeout.seconds;
}

void mfals_watch(struct mfals_context *context, const struct mfals_options *options)
{
    struct lib_call call = lib_enter(context);
    watchdog_stop();
    if (options != NULL)
        watchdog_start(stall_seconds(options), context->comm.rank);
    lib_leave(&call, MFALS_OK);
}

int mfals_can_finalize(const struct mfals_context *context)
{
    (void)context;
    return hdf5_sound();
}

status lib_stopped_while(const char *doing, status done)
{
    char why[FAILURE_MESSAGE_SIZE / 2];
    if (done != MFALS_REQUEUE)
        return done;
    snprintf(why, sizeof why, "%s", failure_message());
    return fail(MFALS_REQUEUE, "%s while %s; start again to go on", why, doing);
}
