#include "cli/train_log.h"

#include "api/options.h"
#include "api/version.h"
#include "base/log.h"
#include "ratings/digest.h"

#include <inttypes.h>
#include <stdio.h>

static void say_option(const struct attribute *value)
{
    switch (value->kind) {
    case ATTRIBUTE_TEXT:
        log_verbose("  %-18s %s", value->name, value->text);
        break;
    case ATTRIBUTE_INTEGER:
        log_verbose("  %-18s %" PRId64, value->name, value->integer);
        break;
    case ATTRIBUTE_REAL:
        log_verbose("  %-18s %.15g", value->name, value->real);
        break;
    }
}

static json_t *json_of(const struct attribute *value)
{
    switch (value->kind) {
    case ATTRIBUTE_TEXT:
        return json_string(value->text);
    case ATTRIBUTE_INTEGER:
        return json_integer(value->integer);
    case ATTRIBUTE_REAL:
        return json_log_number(value->real);
    }
    return NULL;
}

/* NULL when there is no memory. */
static json_t *options_json(const struct settings *settings)
{
    json_t *object = json_object();
    for (int i = 0; i < option_count; i++) {
        struct attribute value;
        if (!option_in_force(&value, settings, &option_table[i]))
            continue;
        if (json_object_set_new(object, value.name, json_of(&value)) != 0) {
            json_decref(object);
            return NULL;
        }
    }
    return object;
}

void train_log_start(struct json_log *log, const struct comm *comm, const struct settings *settings)
{
    log_verbose("options in force:");
    for (int i = 0; i < option_count; i++) {
        struct attribute value;
        if (option_in_force(&value, settings, &option_table[i]))
            say_option(&value);
    }
    if (json_log_writes(log))
        json_log_event(log, "start",
                       json_pack("{s:s, s:s, s:i, s:o}", "software", version_software(), "build",
                                 version_build(), "ranks", comm->size, "options", options_json(settings)));
}

void train_log_ratings(struct json_log *log, const struct ratings *ratings)
{
    if (!json_log_writes(log))
        return;
    char digest[DIGEST_TEXT_SIZE];
    digest_text(digest, ratings->digest);
    json_log_event(log, "ratings",
                   json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:s}", "ratings",
                             (json_int_t)ratings->count, "users", (json_int_t)ratings->rows[USERS], "items",
                             (json_int_t)ratings->rows[ITEMS], "lines", (json_int_t)ratings->lines,
                             "bad_lines", (json_int_t)ratings->bad_lines, "duplicates",
                             (json_int_t)ratings->duplicates, "left_out", (json_int_t)ratings->left_out,
                             "digest", digest));
}

void train_log_iteration(struct json_log *log, const struct figures *figures, const struct measures *measures)
{
    if (!json_log_writes(log))
        return;
    json_t *fields =
        json_pack("{s:i, s:o, s:o, s:o, s:o, s:I}", "iteration", figures->iteration, "wall_s",
                  json_log_number(figures->wall_s), "solve_s", json_log_number(figures->solve_s),
                  "exchange_s", json_log_number(figures->exchange_s), "wait_s",
                  json_log_number(figures->wait_s), "resolved_rows", (json_int_t)figures->resolved_rows);
    int failed = fields == NULL;
    for (int i = 0; i < measures->count; i++)
        failed |= json_object_set_new(fields, measures->name[i], json_log_number(measures->value[i]));
    if (failed != 0) {
        json_decref(fields);
        fields = NULL;
    }
    json_log_event(log, "iteration", fields);
}

void train_log_checkpoint(struct json_log *log, int64_t iteration, double seconds)
{
    if (json_log_writes(log))
        json_log_event(
            log, "checkpoint",
            json_pack("{s:I, s:o}", "iteration", (json_int_t)iteration, "seconds", json_log_number(seconds)));
}

void train_log_summary(struct json_log *log, const struct time_table *table, const struct totals *totals)
{
    if (json_log_writes(log))
        json_log_event(log, "summary", time_table_json(table, totals));
}
