#include "api/lib.h"

#include <math.h>

/* Status codes and constants of the interface are those inside. */
_Static_assert((int)MFALS_USERS == (int)USERS && (int)MFALS_ITEMS == (int)ITEMS, "sides");
_Static_assert(MFALS_ID_SIZE == ID_MAX_BYTES + 1, "room for ids");

static void pass_on(bool warning, const char *text, void *of)
{
    struct mfals_context *context = of;
    if (context->function != NULL)
        context->function(warning ? MFALS_WARNING : MFALS_NOTE, text, context->data);
}

struct lib_call lib_enter(struct mfals_context *context)
{
    return (struct lib_call){context, log_divert(&context->diversion), stop_heed(&context->wishes)};
}

status lib_leave(const struct lib_call *call, status done)
{
    log_divert(call->diversion);
    stop_heed(call->wishes);
    if (done != MFALS_OK)
        memcpy(call->context->message, failure_message(), strlen(failure_message()) + 1);
    if (done == MFALS_REQUEUE)
        call->context->wishes.asked = 0;
    return done;
}

status lib_copy(char **copy, const char *text)
{
    size_t size = strlen(text) + 1;
    TRY(allocate_raw(copy, (int64_t)size));
    memcpy(*copy, text, size);
    return MFALS_OK;
}

static status open_comm(struct mfals_context *context, MPI_Comm comm)
{
    TRY(comm_open(&context->comm, comm));
    context->diversion = (struct log_diversion){pass_on, context};
    context->wishes = (struct stop_wishes){.deadline = INFINITY, .reason = ""};
    return MFALS_OK;
}

enum mfals_status mfals_open(struct mfals_context **context, MPI_Comm comm)
{
    struct comm all;
    *context = NULL;
    TRY(comm_open(&all, comm)); /* to agree upon the memory */
    status done = allocate_on_all(&all, context, 1);
    if (done == MFALS_OK)
        done = open_comm(*context, comm);
    if (done != MFALS_OK) {
        memory_free(*context);
        *context = NULL;
    }
    comm_close(&all);
    return done;
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

void mfals_stop(struct mfals_context *context)
{
    context->wishes.asked = 1;
}
