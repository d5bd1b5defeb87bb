/* The log for programs: one JSON object per line, each with `event` and UTC `time`. Rank 0 writes; a failure
 * is kept and comes out at the end, so that a full disk under the log doesn't cost the model.
 *
 *     struct json_log *log;
 *     TRY(json_log_open(&log, program, false));
 *     if (json_log_writes(log))
 *         json_log_event(log, "iteration", json_pack("{s:i}", "iteration", 1));
 *     return json_log_end(&log, MFALS_OK);
 */
#ifndef CLI_JSON_LOG_H
#define CLI_JSON_LOG_H

#include "cli/program.h"

#include <jansson.h>

struct json_log;

/* [collective] Creates the file of --log-json, or truncates it, or with `append` goes on behind what it has; without
 * that option: a log that writes nothing. MFALS_NO_OUTPUT where that fails, or where another run writes it. *log is
 * NULL on failure. */
enum mfals_status json_log_open(struct json_log **log, const struct program *program, bool append);

/* [local] Whether events are written: only on rank 0, and only until a write has failed. */
bool json_log_writes(const struct json_log *log);

/* [local] Writes a line and flushes it. Takes over fields, an object; NULL counts as a lack of memory. */
void json_log_event(struct json_log *log, const char *event, json_t *fields);

/* [local] The event "stop": why a run ends that has come to `ran`, with which exit code, after which iteration
 * (negative: it has none). log may be NULL. */
void json_log_stop(struct json_log *log, enum mfals_status ran, int iteration);

/* [local] A text, made printable: JSON is UTF-8, and names of files need not be. NULL where there is no memory. */
json_t *json_log_text(const char *text);

/* [local] A number; null for what JSON cannot say. */
json_t *json_log_number(double value);

/* [local] fields, taken over, with numbers by name; NULL where there is no memory, or fields is NULL. */
json_t *json_log_numbers(json_t *fields, const char *const *names, const double *values, int count);

/* [collective] Closes the file, if *log is not NULL, at the end of a run whose status, the same on every rank, is
 * `ran`. Returns that, if it is a failure, or the first failure of any write since it was opened. */
enum mfals_status json_log_end(struct json_log **log, enum mfals_status ran);

#endif
