#include "cli/time_table.h"

#include "cli/json_log.h"
#include "cli/screen.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static double ratings_per_second(const struct mfals_profile *profile, int64_t ratings)
{
    return profile->train_seconds > 0 ? (double)ratings * (double)profile->iterations / profile->train_seconds
                                      : 0;
}

/* By the slowest rank's time in the row solves. */
static double gflops(const struct mfals_profile *profile)
{
    for (int p = 0; p < profile->phase_count; p++)
        if (strcmp(profile->phases[p].name, "solve rows") == 0 && profile->phases[p].max_seconds > 0)
            return 1e-9 * profile->flops / profile->phases[p].max_seconds;
    return 0;
}

static double unaccounted_seconds(const struct mfals_profile *profile)
{
    double rest = profile->seconds;
    for (int p = 0; p < profile->phase_count; p++)
        rest -= profile->phases[p].mean_seconds;
    return rest > 0 ? rest : 0;
}

static void print_memory(const struct mfals_profile *profile)
{
    if (profile->node_count == 0)
        return;
    const struct mfals_node *largest = profile->nodes;
    for (int i = 1; i < profile->node_count; i++)
        if (profile->nodes[i].bytes > largest->bytes)
            largest = &profile->nodes[i];
    screen_line("memory high-water mark: %.1f MiB on %s (%" PRId64 " rank%s)%s",
                (double)largest->bytes / (1 << 20), largest->name, largest->ranks,
                largest->ranks == 1 ? "" : "s", profile->node_count == 1 ? "" : ", the most of all nodes");
    for (int i = 0; i < profile->node_count; i++)
        screen_detail("  %-24s %10.1f MiB, ranks: %" PRId64, profile->nodes[i].name,
                      (double)profile->nodes[i].bytes / (1 << 20), profile->nodes[i].ranks);
}

/* Over several starts the last one's seconds stand where else the slowest rank does. */
static void print_phases(const struct mfals_profile *profile)
{
    const struct mfals_profile *last = profile->last;
    bool several = profile->starts > 1;
    double percent = profile->seconds > 0 ? 100 / profile->seconds : 0, other = unaccounted_seconds(profile);
    screen_line("%-18s %8s %10s %10s %10s %7s", "where time went", "calls", "mean s", "max s",
                several ? "last start" : "on rank", "share");
    for (int p = 0; p < profile->phase_count; p++) {
        const struct mfals_phase *phase = &profile->phases[p];
        char where[32];
        if (phase->calls == 0)
            continue;
        if (several)
            snprintf(where, sizeof where, "%.3f", last->phases[p].mean_seconds);
        else
            snprintf(where, sizeof where, "%d", phase->max_rank);
        screen_line("%-18s %8" PRId64 " %10.3f %10.3f %10s %6.1f%%", phase->name, phase->calls,
                    phase->mean_seconds, phase->max_seconds, where, phase->mean_seconds * percent);
    }
    if (several) {
        screen_line("%-18s %8s %10.3f %10s %10.3f %6.1f%%", "other", "", other, "", unaccounted_seconds(last),
                    other * percent);
        screen_line("%-18s %8s %10.3f %10s %10.3f", "total", "", profile->seconds, "", last->seconds);
    } else {
        screen_line("%-18s %8s %10.3f %10s %10s %6.1f%%", "other", "", other, "", "", other * percent);
        screen_line("%-18s %8s %10.3f", "total", "", profile->seconds);
    }
}

void time_table_print(const struct mfals_profile *profile, int64_t ratings)
{
    print_phases(profile);
    if (profile->starts > 1)
        screen_line("%" PRId64 " starts: %" PRId64 " iterations, %" PRId64 " of them in the last",
                    profile->starts, profile->iterations, profile->last->iterations);
    if (profile->iterations > 0)
        screen_line("training: %.3g ratings/s; row solves: %.3g GFLOP/s",
                    ratings_per_second(profile, ratings), gflops(profile));
    if (profile->imbalance_of_both > 0)
        screen_line(
            "imbalance of the row solves: %.3f (users %.3f, items %.3f), the slowest rank over the mean",
            profile->imbalance_of_both, profile->imbalance[MFALS_USERS], profile->imbalance[MFALS_ITEMS]);
    if (profile->resolved_rows > 0)
        screen_line("%" PRId64
                    " row solves were not accurate in single precision and were done again in double",
                    profile->resolved_rows);
    print_memory(profile);
}

static json_t *phases_json(const struct mfals_profile *profile)
{
    json_t *list = json_array();
    for (int p = 0; p < profile->phase_count; p++) {
        const struct mfals_phase *phase = &profile->phases[p];
        json_t *row =
            json_pack("{s:s, s:I, s:f, s:f, s:o}", "phase", phase->name, "calls", (json_int_t)phase->calls,
                      "mean_s", phase->mean_seconds, "max_s", phase->max_seconds, "max_rank",
                      phase->max_rank >= 0 ? json_integer(phase->max_rank) : json_null());
        if (json_array_append_new(list, row) != 0) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}

static json_t *nodes_json(const struct mfals_profile *profile)
{
    json_t *list = json_array();
    for (int i = 0; i < profile->node_count; i++) {
        const struct mfals_node *node = &profile->nodes[i];
        json_t *row = json_pack("{s:s, s:I, s:I}", "node", node->name, "ranks", (json_int_t)node->ranks,
                                "bytes", (json_int_t)node->bytes);
        if (json_array_append_new(list, row) != 0) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}

/* null where no rows were solved. */
static json_t *imbalance_json(const struct mfals_profile *profile)
{
    if (profile->imbalance_of_both == 0)
        return json_null();
    return json_pack("{s:f, s:f, s:f, s:f, s:f}", "all", profile->imbalance_of_both, "users",
                     profile->imbalance[MFALS_USERS], "items", profile->imbalance[MFALS_ITEMS],
                     "users_processor_s", profile->processor_seconds[MFALS_USERS], "items_processor_s",
                     profile->processor_seconds[MFALS_ITEMS]);
}

/* NULL when there is no memory. */
static json_t *account_json(const struct mfals_profile *profile, int64_t ratings)
{
    return json_pack(
        "{s:I, s:f, s:f, s:o, s:o, s:o, s:I, s:o, s:o}", "iterations", (json_int_t)profile->iterations,
        "wall_s", profile->seconds, "train_s", profile->train_seconds, "ratings_per_s",
        json_log_number(ratings_per_second(profile, ratings)), "gflops", json_log_number(gflops(profile)),
        "flops", json_log_number(profile->flops), "resolved_rows", (json_int_t)profile->resolved_rows,
        "imbalance", imbalance_json(profile), "time_table", phases_json(profile));
}

json_t *time_table_json(const struct mfals_profile *profile, int64_t ratings)
{
    json_t *more = json_pack("{s:I, s:o, s:o}", "starts", (json_int_t)profile->starts, "last_start",
                             account_json(profile->last, ratings), "memory", nodes_json(profile));
    json_t *object = account_json(profile, ratings);
    if (object == NULL || more == NULL || json_object_update(object, more) != 0) {
        json_decref(object);
        object = NULL;
    }
    json_decref(more);
    return object;
}
