#include "cli/time_table.h"

#include "cli/json_log.h"
#include "cli/screen.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static double ratings_per_second(const struct mfals_costs *costs, int64_t ratings)
{
    return costs->train_seconds > 0 ? (double)ratings * (double)costs->iterations / costs->train_seconds : 0;
}

/* By the slowest rank's time in the row solves. */
static double gflops(const struct mfals_costs *costs)
{
    for (int p = 0; p < costs->phase_count; p++)
        if (strcmp(costs->phases[p].name, "solve rows") == 0 && costs->phases[p].max_seconds > 0)
            return 1e-9 * costs->flops / costs->phases[p].max_seconds;
    return 0;
}

static double unaccounted_seconds(const struct mfals_costs *costs)
{
    double rest = costs->seconds;
    for (int p = 0; p < costs->phase_count; p++)
        rest -= costs->phases[p].mean_seconds;
    return rest > 0 ? rest : 0;
}

static void print_memory(const struct mfals_costs *costs)
{
    if (costs->node_count == 0)
        return;
    const struct mfals_node *largest = costs->nodes;
    for (int i = 1; i < costs->node_count; i++)
        if (costs->nodes[i].bytes > largest->bytes)
            largest = &costs->nodes[i];
    screen_line("memory high-water mark: %.1f MiB on %s (%" PRId64 " rank%s)%s",
                (double)largest->bytes / (1 << 20), largest->name, largest->ranks,
                largest->ranks == 1 ? "" : "s", costs->node_count == 1 ? "" : ", the most of all nodes");
    for (int i = 0; i < costs->node_count; i++)
        screen_detail("  %-24s %10.1f MiB, ranks: %" PRId64, costs->nodes[i].name,
                      (double)costs->nodes[i].bytes / (1 << 20), costs->nodes[i].ranks);
}

/* Over several starts the last one's seconds stand where else the slowest rank does. */
static void print_phases(const struct mfals_costs *costs)
{
    const struct mfals_costs *last = costs->last;
    bool several = costs->starts > 1;
    double percent = costs->seconds > 0 ? 100 / costs->seconds : 0, other = unaccounted_seconds(costs);
    screen_line("%-18s %8s %10s %10s %10s %7s", "where time went", "calls", "mean s", "max s",
                several ? "last start" : "on rank", "share");
    for (int p = 0; p < costs->phase_count; p++) {
        const struct mfals_phase *phase = &costs->phases[p];
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
        screen_line("%-18s %8s %10.3f %10s %10.3f", "total", "", costs->seconds, "", last->seconds);
    } else {
        screen_line("%-18s %8s %10.3f %10s %10s %6.1f%%", "other", "", other, "", "", other * percent);
        screen_line("%-18s %8s %10.3f", "total", "", costs->seconds);
    }
}

void time_table_print(const struct mfals_costs *costs, int64_t ratings)
{
    print_phases(costs);
    if (costs->starts > 1)
        screen_line("%" PRId64 " starts: %" PRId64 " iterations, %" PRId64 " of them in the last",
                    costs->starts, costs->iterations, costs->last->iterations);
    if (costs->iterations > 0)
        screen_line("training: %.3g ratings/s; row solves: %.3g GFLOP/s", ratings_per_second(costs, ratings),
                    gflops(costs));
    if (costs->imbalance_of_both > 0)
        screen_line(
            "imbalance of the row solves: %.3f (users %.3f, items %.3f), the slowest rank over the mean",
            costs->imbalance_of_both, costs->imbalance[MFALS_USERS], costs->imbalance[MFALS_ITEMS]);
    if (costs->resolved_rows > 0)
        screen_line("%" PRId64
                    " row solves were not accurate in single precision and were done again in double",
                    costs->resolved_rows);
    print_memory(costs);
}

static json_t *phases_json(const struct mfals_costs *costs)
{
    json_t *list = json_array();
    for (int p = 0; p < costs->phase_count; p++) {
        const struct mfals_phase *phase = &costs->phases[p];
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

static json_t *nodes_json(const struct mfals_costs *costs)
{
    json_t *list = json_array();
    for (int i = 0; i < costs->node_count; i++) {
        const struct mfals_node *node = &costs->nodes[i];
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
static json_t *imbalance_json(const struct mfals_costs *costs)
{
    if (costs->imbalance_of_both == 0)
        return json_null();
    return json_pack("{s:f, s:f, s:f, s:f, s:f}", "all", costs->imbalance_of_both, "users",
                     costs->imbalance[MFALS_USERS], "items", costs->imbalance[MFALS_ITEMS],
                     "users_processor_s", costs->processor_seconds[MFALS_USERS], "items_processor_s",
                     costs->processor_seconds[MFALS_ITEMS]);
}

/* NULL when there is no memory. */
static json_t *account_json(const struct mfals_costs *costs, int64_t ratings)
{
    return json_pack("{s:I, s:f, s:f, s:o, s:o, s:o, s:I, s:o, s:o}", "iterations",
                     (json_int_t)costs->iterations, "wall_s", costs->seconds, "train_s", costs->train_seconds,
                     "ratings_per_s", json_log_number(ratings_per_second(costs, ratings)), "gflops",
                     json_log_number(gflops(costs)), "flops", json_log_number(costs->flops), "resolved_rows",
                     (json_int_t)costs->resolved_rows, "imbalance", imbalance_json(costs), "time_table",
                     phases_json(costs));
}

json_t *time_table_json(const struct mfals_costs *costs, int64_t ratings)
{
    json_t *more = json_pack("{s:I, s:o, s:o}", "starts", (json_int_t)costs->starts, "last_start",
                             account_json(costs->last, ratings), "memory", nodes_json(costs));
    json_t *object = account_json(costs, ratings);
    if (object == NULL || more == NULL || json_object_update(object, more) != 0) {
        json_decref(object);
        object = NULL;
    }
    json_decref(more);
    return object;
}
