#include "cli/json_log.h"

#include "base/memory.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <time.h>

struct json_log {
    const struct comm *comm; /* not owned */
    const char *path;        /* not owned */
    FILE *file;              /* NULL where nothing is written */
    status failed;
    char reason[FAILURE_MESSAGE_SIZE];
};

static status open_file(struct json_log *log, bool append)
{
    log->file = fopen(log->path, append ? "ae" : "we");
    if (log->file == NULL)
        return fail(MFALS_NO_OUTPUT, "cannot create the log '%s': %s", log->path, errno_text(errno));
    return MFALS_OK;
}

status json_log_open(struct json_log **log, const struct comm *comm, const char *path, bool append)
{
    status mine = allocate(log, 1);
    if (mine == MFALS_OK) {
        **log = (struct json_log){.comm = comm, .path = path};
        if (path != NULL && comm->rank == 0)
            mine = open_file(*log, append);
    }
    status opened = agree(comm, mine);
    if (opened != MFALS_OK) {
        if (*log != NULL && (*log)->file != NULL)
            fclose((*log)->file);
        memory_free(*log);
        *log = NULL;
    }
    return opened;
}

bool json_log_writes(const struct json_log *log)
{
    return log->file != NULL && log->failed == MFALS_OK;
}

static void keep_failure(struct json_log *log, status code, const char *reason)
{
    log->failed = fail(code, "cannot write the log '%s': %s", log->path, reason);
    snprintf(log->reason, sizeof log->reason, "%s", failure_message());
}

void json_log_event(struct json_log *log, const char *event, json_t *fields)
{
    char now[32];
    struct tm utc;
    time_t seconds = time(NULL);
    strftime(now, sizeof now, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&seconds, &utc));
    json_t *line = json_pack("{s:s, s:s}", "event", event, "time", now);
    if (fields == NULL || line == NULL || json_object_update(line, fields) != 0)
        keep_failure(log, MFALS_NO_MEMORY, "not enough memory");
    else if (json_dumpf(line, log->file, JSON_COMPACT) != 0 || fputc('\n', log->file) == EOF ||
             fflush(log->file) != 0)
        keep_failure(log, MFALS_IO, errno_text(errno));
    json_decref(line);
    json_decref(fields);
}

json_t *json_log_number(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

status json_log_close(struct json_log **log)
{
    if (*log == NULL)
        return MFALS_OK;
    struct json_log *old = *log;
    if (old->file != NULL && fclose(old->file) != 0 && old->failed == MFALS_OK)
        keep_failure(old, MFALS_IO, errno_text(errno));
    status mine = old->failed == MFALS_OK ? MFALS_OK : fail(old->failed, "%s", old->reason);
    mine = agree(old->comm, mine);
    memory_free(old);
    *log = NULL;
    return mine;
}

status json_log_end(struct json_log **log, status ran)
{
    if (ran == MFALS_OK)
        return json_log_close(log);
    char reason[FAILURE_MESSAGE_SIZE];
    snprintf(reason, sizeof reason, "%s", failure_message());
    json_log_close(log);
    return fail(ran, "%s", reason);
}
