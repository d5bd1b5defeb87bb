#include "cli/train_log.h"

#include "cli/time_table.h"

void train_log_resume(struct json_log *log, const char *path, int iterations)
{
    if (json_log_writes(log))
        json_log_event(log, "resume",
                       json_pack("{s:o, s:i}", "checkpoint", json_log_text(path), "iteration", iterations));
}

/* NULL where there is no memory. */
static json_t *paths_json(const struct mfals_ratings_info *info)
{
    json_t *list = json_array();
    for (int i = 0; i < info->path_count && list != NULL; i++)
        if (json_array_append_new(list, json_log_text(info->paths[i])) != 0) {
            json_decref(list);
            return NULL;
        }
    return list;
}

void train_log_ratings(struct json_log *log, const struct mfals_ratings *ratings)
{
    struct mfals_ratings_info info;
    mfals_ratings_describe(&info, ratings);
    if (json_log_writes(log))
        json_log_event(log, "ratings",
                       json_pack("{s:o, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:s}", "paths",
                                 paths_json(&info), "files", (json_int_t)info.files, "bytes",
                                 (json_int_t)info.bytes, "ratings", (json_int_t)mfals_ratings_count(ratings),
                                 "users", (json_int_t)mfals_ratings_rows(ratings, MFALS_USERS), "items",
                                 (json_int_t)mfals_ratings_rows(ratings, MFALS_ITEMS), "lines",
                                 (json_int_t)info.lines, "bad_lines", (json_int_t)info.bad_lines,
                                 "duplicates", (json_int_t)info.duplicates, "left_out",
                                 (json_int_t)info.left_out, "digest", info.digest));
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
                   json_log_numbers(fields, iteration->names, iteration->values, iteration->stats));
}

void train_log_checkpoint(struct json_log *log, int64_t iteration, double seconds)
{
    if (json_log_writes(log))
        json_log_event(
            log, "checkpoint",
            json_pack("{s:I, s:o}", "iteration", (json_int_t)iteration, "seconds", json_log_number(seconds)));
}

void train_log_summary(struct json_log *log, const struct mfals_profile *profile, int64_t ratings)
{
    if (json_log_writes(log))
        json_log_event(log, "summary", time_table_json(profile, ratings));
}
