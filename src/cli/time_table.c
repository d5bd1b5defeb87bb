#include "cli/time_table.h"

#include "base/log.h"
#include "base/memory.h"
#include "cli/json_log.h"

#include <inttypes.h>

status time_table_gather(struct time_table *table, const struct comm *comm, const struct phases *phases,
                         double begun)
{
    table->wall_s = phase_clock() - begun;
    report_phases(comm, table->phases, phases);
    report_imbalance(comm, &table->imbalance, phases);
    return report_memory(comm, &table->nodes, &table->node_count);
}

static double ratings_per_second(const struct totals *totals)
{
    return totals->train_s > 0 ? (double)totals->ratings * (double)totals->iterations / totals->train_s : 0;
}

static double gflops(const struct time_table *table, const struct totals *totals)
{
    double slowest_s = table->phases[PHASE_SOLVE].max_s;
    return slowest_s > 0 ? 1e-9 * totals->flops / slowest_s : 0;
}

static double unaccounted_s(const struct time_table *table)
{
    double rest = table->wall_s;
    for (int p = 0; p < PHASES; p++)
        rest -= table->phases[p].mean_s;
    return rest > 0 ? rest : 0;
}

static int largest_node(const struct time_table *table)
{
    int largest = 0;
    for (int i = 1; i < table->node_count; i++)
        if (table->nodes[i].bytes > table->nodes[largest].bytes)
            largest = i;
    return largest;
}

static void print_memory(const struct time_table *table)
{
    if (table->node_count == 0)
        return;
    const struct node_memory *largest = &table->nodes[largest_node(table)];
    log_line("memory high-water mark: %.1f MiB on %s (%" PRId64 " rank%s)%s",
             (double)largest->bytes / (1 << 20), largest->name, largest->ranks,
             largest->ranks == 1 ? "" : "s", table->node_count == 1 ? "" : ", the most of all nodes");
    for (int i = 0; i < table->node_count; i++)
        log_verbose("  %-24s %10.1f MiB, ranks: %" PRId64, table->nodes[i].name,
                    (double)table->nodes[i].bytes / (1 << 20), table->nodes[i].ranks);
}

void time_table_print(const struct time_table *table, const struct totals *totals)
{
    double percent = table->wall_s > 0 ? 100 / table->wall_s : 0;
    log_line("%-18s %8s %10s %10s %8s %7s", "where time went", "calls", "mean s", "max s", "on rank",
             "share");
    for (int p = 0; p < PHASES; p++) {
        const struct phase_summary *phase = &table->phases[p];
        if (phase->calls > 0)
            log_line("%-18s %8" PRId64 " %10.3f %10.3f %8d %6.1f%%", phase_label((enum phase)p), phase->calls,
                     phase->mean_s, phase->max_s, phase->max_rank, phase->mean_s * percent);
    }
    log_line("%-18s %8s %10.3f %10s %8s %6.1f%%", "other", "", unaccounted_s(table), "", "",
             unaccounted_s(table) * percent);
    log_line("%-18s %8s %10.3f", "total", "", table->wall_s);
    if (totals->iterations > 0)
        log_line("training: %.3g ratings/s; row solves: %.3g GFLOP/s", ratings_per_second(totals),
                 gflops(table, totals));
    if (table->imbalance.all > 0)
        log_line("imbalance of the row solves: %.3f (users %.3f, items %.3f), the slowest rank over the mean",
                 table->imbalance.all, table->imbalance.sides[0], table->imbalance.sides[1]);
    if (totals->resolved_rows > 0)
        log_line("%" PRId64 " row solves were not accurate in single precision and were done again in double",
                 totals->resolved_rows);
    print_memory(table);
}

static json_t *phases_json(const struct time_table *table)
{
    json_t *list = json_array();
    for (int p = 0; p < PHASES; p++) {
        const struct phase_summary *phase = &table->phases[p];
        json_t *row = json_pack("{s:s, s:I, s:f, s:f, s:i}", "phase", phase_label((enum phase)p), "calls",
                                (json_int_t)phase->calls, "mean_s", phase->mean_s, "max_s", phase->max_s,
                                "max_rank", phase->max_rank);
        if (json_array_append_new(list, row) != 0) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}

static json_t *nodes_json(const struct time_table *table)
{
    json_t *list = json_array();
    for (int i = 0; i < table->node_count; i++) {
        const struct node_memory *node = &table->nodes[i];
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
static json_t *imbalance_json(const struct time_table *table)
{
    const struct imbalance *imbalance = &table->imbalance;
    if (imbalance->all == 0)
        return json_null();
    return json_pack("{s:f, s:f, s:f, s:f, s:f}", "all", imbalance->all, "users", imbalance->sides[0],
                     "items", imbalance->sides[1], "users_processor_s", imbalance->seconds[0],
                     "items_processor_s", imbalance->seconds[1]);
}

json_t *time_table_json(const struct time_table *table, const struct totals *totals)
{
    return json_pack("{s:I, s:f, s:f, s:o, s:o, s:o, s:I, s:o, s:o, s:o}", "iterations",
                     (json_int_t)totals->iterations, "wall_s", table->wall_s, "train_s", totals->train_s,
                     "ratings_per_s", json_log_number(ratings_per_second(totals)), "gflops",
                     json_log_number(gflops(table, totals)), "flops", json_log_number(totals->flops),
                     "resolved_rows", (json_int_t)totals->resolved_rows, "imbalance", imbalance_json(table),
                     "time_table", phases_json(table), "memory", nodes_json(table));
}

void time_table_free(struct time_table *table)
{
    memory_free(table->nodes);
    table->nodes = NULL;
}
