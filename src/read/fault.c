#include "read/fault.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

void fault_note(struct fault *first, status code, int64_t position, int64_t line, int64_t column,
                const char *reason)
{
    if (first->code != MFALS_OK && first->position <= position)
        return;
    *first = (struct fault){.code = code, .position = position, .line = line, .column = column};
    snprintf(first->reason, sizeof first->reason, "%s", reason);
}

int64_t fault_position(const struct fault *fault)
{
    return fault->code == MFALS_OK ? INT64_MAX : fault->position;
}

status fault_first(char *text, const struct comm *comm, const struct fault *mine, const struct inputs *inputs,
                   const int64_t *lines_begun)
{
    int owner = comm_first_at(comm, fault_position(mine));
    if (owner == comm->size)
        return MFALS_OK;
    struct fault fault = *mine;
    comm_broadcast(comm, &fault, sizeof fault, owner);
    int64_t file = fault.position >> POSITION_FILE_SHIFT;
    int64_t before = comm->rank < owner ? lines_begun[file] : 0;
    comm_sum_int(comm, &before, 1);
    if (fault.line < 0)
        memcpy(text, fault.reason, sizeof fault.reason);
    else
        snprintf(text, FAILURE_MESSAGE_SIZE, "%.600s:%" PRId64 ":%" PRId64 ": %.300s",
                 inputs_path(inputs, file), before + fault.line + 1, fault.column, fault.reason);
    return fault.code;
}
