#include "cli/json_log.h"

#include "cli/last_words.h"
#include "cli/log_target.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { REASON_SIZE = 1024 };

struct json_log {
    struct mfals_context *context; /* not owned */
    const char *path;              /* not owned */
    FILE *file;                    /* NULL where nothing is written */
    enum mfals_status failed;
    char reason[REASON_SIZE];
};

/* [local] */
static enum mfals_status open_file(struct json_log **log, const struct program *program, bool append)
{
    *log = calloc(1, sizeof **log);
    if (*log == NULL)
        return FAIL(program, MFALS_NO_MEMORY, "not enough memory for a log");
    **log = (struct json_log){.context = program->context, .path = program_text(program, "log-json")};
    if ((*log)->path == NULL || program->rank > 0)
        return MFALS_OK;
    (*log)->file = log_target_open((*log)->reason, sizeof(*log)->reason, (*log)->path, append);
    if ((*log)->file == NULL)
        return FAIL(program, MFALS_NO_OUTPUT, "cannot write the log '%s': %s", (*log)->path, (*log)->reason);
    last_words_begin(fileno((*log)->file));
    return MFALS_OK;
}

/* [local] What became of the last write. */
static int end_file(struct json_log *log)
{
    last_words_end();
    return fclose(log->file);
}

enum mfals_status json_log_open(struct json_log **log, const struct program *program, bool append)
{
    *log = NULL;
    TRY(mfals_hold_log(program->options));
    enum mfals_status opened = mfals_agree(program->context, open_file(log, program, append));
    if (opened != MFALS_OK) {
        if (*log != NULL && (*log)->file != NULL)
            end_file(*log);
        free(*log);
        *log = NULL;
    }
    return opened;
}

bool json_log_writes(const struct json_log *log)
{
    return log->file != NULL && log->failed == MFALS_OK;
}

static void keep_failure(struct json_log *log, enum mfals_status code, const char *reason)
{
    log->failed = code;
    snprintf(log->reason, sizeof log->reason, "cannot write the log '%s': %s", log->path, reason);
}

void json_log_event(struct json_log *log, const char *event, json_t *fields)
{
    char now[32];
    struct tm utc;
    time_t seconds = time(NULL);
    strftime(now, sizeof now, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&seconds, &utc));
    json_t *line = json_pack("{s:s, s:s}", "event", event, "time", now);
    bool complete = fields != NULL && line != NULL && json_object_update(line, fields) == 0;
    last_words_hold();
    if (!complete)
        keep_failure(log, MFALS_NO_MEMORY, "not enough memory");
    else if (json_dumpf(line, log->file, JSON_COMPACT) != 0 || fputc('\n', log->file) == EOF ||
             fflush(log->file) != 0)
        keep_failure(log, MFALS_IO, strerror(errno));
    last_words_release();
    json_decref(line);
    json_decref(fields);
}

json_t *json_log_text(const char *text)
{
    size_t size = 6 * strlen(text) + 1; /* a character takes no more when it is written out */
    char *shown = malloc(size);
    json_t *string = shown == NULL ? NULL : json_string(mfals_printable(shown, size, text));
    free(shown);
    return string;
}

json_t *json_log_number(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

json_t *json_log_numbers(json_t *fields, const char *const *names, const double *values, int count)
{
    int failed = fields == NULL;
    for (int i = 0; i < count; i++)
        failed |= json_object_set_new(fields, names[i], json_log_number(values[i]));
    if (failed == 0)
        return fields;
    json_decref(fields);
    return NULL;
}

void json_log_stop(struct json_log *log, enum mfals_status ran, int iteration)
{
    if (log == NULL || !json_log_writes(log))
        return;
    const char *why = ran == MFALS_OK ? mfals_status_text(ran) : mfals_message(log->context);
    json_t *fields = json_pack("{s:o, s:s, s:i}", "why", json_log_text(why), "status", mfals_status_text(ran),
                               "exit_code", (int)ran);
    if (fields != NULL && iteration >= 0)
        json_object_set_new(fields, "iteration", json_integer(iteration));
    json_log_event(log, "stop", fields);
}

static enum mfals_status close_file(struct json_log *log)
{
    if (log->file != NULL && end_file(log) != 0 && log->failed == MFALS_OK)
        keep_failure(log, MFALS_IO, strerror(errno));
    return log->failed == MFALS_OK ? MFALS_OK : mfals_fail(log->context, log->failed, "%s", log->reason);
}

enum mfals_status json_log_end(struct json_log **log, enum mfals_status ran)
{
    char why[REASON_SIZE];
    if (*log == NULL)
        return ran;
    struct json_log *old = *log;
    struct mfals_context *context = old->context;
    snprintf(why, sizeof why, "%s", mfals_message(context));
    enum mfals_status closed = close_file(old);
    free(old);
    *log = NULL;
    return ran == MFALS_OK ? mfals_agree(context, closed) : mfals_fail(context, ran, "%s", why);
}
