#include "cli/train_log.h"

#include "cli/screen.h"
#include "cli/time_table.h"

#include <stdio.h>

static json_t *json_of(const struct mfals_value *value)
{
    switch (value->kind) {
    case MFALS_TEXT:
        return json_log_text(value->text);
    case MFALS_INTEGER:
        return json_integer(value->integer);
    case MFALS_REAL:
        return json_log_number(value->real);
    }
    return NULL;
}

/* NULL when there is no memory. */
static json_t *options_json(struct mfals_options *options)
{
    struct mfals_value value;
    json_t *object = json_object();
    for (int i = 0; mfals_options_value(&value, options, i); i++)
        if (json_object_set_new(object, value.name, json_of(&value)) != 0) {
            json_decref(object);
            return NULL;
        }
    return object;
}

void train_log_start(struct json_log *log, const struct program *program)
{
    struct mfals_value value;
    const char *name, *build;
    char software[32], number[MFALS_NUMBER_SIZE];
    screen_detail("options in force:");
    for (int i = 0; mfals_options_value(&value, program->options, i); i++)
        screen_detail("  %-18s %s", value.name, mfals_value_text(&value, number));
    mfals_component(&name, &build, 0);
    snprintf(software, sizeof software, "mfals %s", mfals_version());
    if (json_log_writes(log))
        json_log_event(log, "start",
                       json_pack("{s:s, s:s, s:i, s:o}", "software", software, "build", build, "ranks",
                                 program->size, "options", options_json(program->options)));
}

void train_log_ratings(struct json_log *log, const struct mfals_ratings *ratings)
{
    struct mfals_ratings_facts facts;
    mfals_ratings_describe(&facts, ratings);
    if (json_log_writes(log))
        json_log_event(log, "ratings",
                       json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:s}", "ratings",
                                 (json_int_t)mfals_ratings_count(ratings), "users",
                                 (json_int_t)mfals_ratings_rows(ratings, MFALS_USERS), "items",
                                 (json_int_t)mfals_ratings_rows(ratings, MFALS_ITEMS), "lines",
                                 (json_int_t)facts.lines, "bad_lines", (json_int_t)facts.bad_lines,
                                 "duplicates", (json_int_t)facts.duplicates, "left_out",
                                 (json_int_t)facts.left_out, "digest", facts.digest));
}

void train_log_iteration(struct json_log *log, const struct mfals_iteration *iteration)
{
    if (!json_log_writes(log))
        return;
    json_t *fields = json_pack(
        "{s:i, s:o, s:o, s:o, s:o, s:I}", "iteration", iteration->number, "wall_s",
        json_log_number(iteration->seconds), "solve_s", json_log_number(iteration->solve_seconds),
        "exchange_s", json_log_number(iteration->exchange_seconds), "wait_s",
        json_log_number(iteration->wait_seconds), "resolved_rows", (json_int_t)iteration->resolved_rows);
    json_log_event(log, "iteration",
                   json_log_numbers(fields, iteration->names, iteration->values, iteration->figures));
}

void train_log_checkpoint(struct json_log *log, int64_t iteration, double seconds)
{
    if (json_log_writes(log))
        json_log_event(
            log, "checkpoint",
            json_pack("{s:I, s:o}", "iteration", (json_int_t)iteration, "seconds", json_log_number(seconds)));
}

void train_log_summary(struct json_log *log, const struct mfals_costs *costs, int64_t ratings)
{
    if (json_log_writes(log))
        json_log_event(log, "summary", time_table_json(costs, ratings));
}
