/* The log for programs: one JSON object per line, each with `event` and UTC `time`. Rank 0 writes; a failure
 * is kept and comes out at the end, so that a full disk under the log doesn't cost the model.
 *
 *     struct json_log *log;
 *     TRY(json_log_open(&log, &comm, path, false));
 *     if (json_log_writes(log))
 *         json_log_event(log, "iteration", json_pack("{s:i}", "iteration", 1));
 *     TRY(json_log_close(&log));
 */
#ifndef CLI_JSON_LOG_H
#define CLI_JSON_LOG_H

#include "comm/comm.h"

#include <jansson.h>
#include <stdbool.h>

struct json_log;

/* [collective] Creates the file, or truncates it, or with `append` goes on behind what it has; path NULL: a log that
 * writes nothing. MFALS_NO_OUTPUT where that fails. *log is NULL on failure. */
status json_log_open(struct json_log **log, const struct comm *comm, const char *path, bool append);

/* [local] Whether events are written: only on rank 0, and only until a write has failed. */
bool json_log_writes(const struct json_log *log);

/* [local] Writes a line and flushes it. Takes over fields, an object; NULL counts as a lack of memory. */
void json_log_event(struct json_log *log, const char *event, json_t *fields);

/* [local] A number; null for what JSON cannot say. */
json_t *json_log_number(double value);

/* [collective] Closes the file: the first failure of any write since it was opened. Accepts and leaves NULL.
 */
status json_log_close(struct json_log **log);

/* [collective] The same at the end of a run whose status, the same on every rank, is `ran`: that, if it is a
 * failure. */
status json_log_end(struct json_log **log, status ran);

#endif
