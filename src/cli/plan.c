/* mfals plan: what memory and time a training will take. */
#include "cli/dispatch.h"
#include "cli/screen.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const double gib = 1 << 30;

/* What was asked. */
struct question {
    const char *algorithm;
    int factors, nodes, ranks_per_node; /* ranks on a node */
    double link, memory, gflops;
};

static void print_question(const struct question *question, const struct mfals_plan *plan)
{
    screen_line("%s, k = %d: %" PRId64 " users, %" PRId64 " items, %" PRId64
                " ratings on %d node%s of %d rank%s, %g Gbit/s",
                question->algorithm, question->factors, plan->users, plan->items, plan->ratings,
                question->nodes, question->nodes == 1 ? "" : "s", question->ranks_per_node,
                question->ranks_per_node == 1 ? "" : "s", question->link);
    if (plan->row_spread[0] == 0)
        screen_line("ratings per row: as in the ratings given");
    else
        screen_line("ratings per row: assumed log-normal, sigma %g of users and %g of items",
                    plan->row_spread[0], plan->row_spread[1]);
}

static void print_bytes(const char *what, double bytes, const char *why)
{
    screen_line("  %-22s %12.3f   %s", what, bytes / gib, why);
}

static void print_memory(const struct mfals_plan_memory *memory, const struct question *question)
{
    char ranks[64], window[64];
    bool sgd = strcmp(question->algorithm, "sgd") == 0;
    snprintf(ranks, sizeof ranks, "%d x what this process has, its files once", question->ranks_per_node);
    snprintf(window, sizeof window, "(m + n) k x 4 bytes, k in sixteens; %s",
             question->ranks_per_node > 1 ? "once" : "in whole");
    screen_line("memory of a node, GiB");
    print_bytes("program, libraries", memory->program, ranks);
    print_bytes("ratings", memory->ratings, "by user and by item, and 8 bytes a row");
    print_bytes("ids", memory->ids, "8 bytes a row");
    print_bytes("factors", memory->factors, window);
    print_bytes("scratch, buffers", memory->scratch, sgd ? "and 12 bytes a rating" : "of each rank: k x k");
    print_bytes("in training", memory->training, "these together");
    print_bytes("at the end of reading", memory->reading, "ratings as read, and each rank's ids");
    print_bytes("while redistributing", memory->redistributing, "ratings sent to the owners of their rows");
    print_bytes("high-water mark", memory->peak, "the largest of the three");
    screen_line("files, GiB: model %.3f, checkpoint %.3f (three while one is written)", memory->model / gib,
                memory->checkpoint / gib);
}

static void print_seconds(const char *what, double seconds, const char *why)
{
    screen_line("  %-22s %12.4g   %s", what, seconds, why);
}

static void print_time(const struct mfals_plan_time *time, const struct question *question)
{
    char rate[80], traffic[80];
    snprintf(rate, sizeof rate, "%.3g GFLOP/s a rank, %s", 1e-9 * time->flops_per_second,
             question->gflops > 0 ? "as given" : "as measured here");
    snprintf(traffic, sizeof traffic, "%.4g GiB into each node", time->bytes_in / gib);
    screen_line("an iteration, seconds");
    if (strcmp(question->algorithm, "sgd") == 0) {
        print_seconds("descent", time->users + time->items, rate);
    } else {
        print_seconds("rows of users", time->users, rate);
        print_seconds("rows of items", time->items, "");
    }
    if (time->eigen > 0) {
        print_seconds("Gram, rotation", time->axes, "every node turns all rows");
        print_seconds("eigendecomposition", time->eigen, "two, on one rank");
    } else if (time->axes > 0) {
        print_seconds("Gram matrix", time->axes, "");
    }
    print_seconds("exchange", time->exchange, traffic);
    print_seconds("figures", time->stats, "");
    print_seconds("an iteration", time->total,
                  "the exchange behind the row solves, ranks being equally busy");
}

static void print_nodes(const struct mfals_plan *plan, double memory)
{
    if (plan->nodes > 0)
        screen_line("with %.6g GiB each: %" PRId64 " node%s at least", memory, plan->nodes,
                    plan->nodes == 1 ? "" : "s");
    else
        screen_line(
            "with %.6g GiB each: no number of nodes is enough; the factors, whole on every node, take "
            "%.3f GiB",
            memory, plan->memory.factors / gib);
}

enum mfals_status cmd_plan(struct program *program)
{
    struct mfals_plan plan = {0};
    const struct question question = {.algorithm = program_text(program, "algorithm"),
                                      .factors = (int)program_number(program, "factors"),
                                      .nodes = (int)program_number(program, "nodes"),
                                      .ranks_per_node = (int)program_number(program, "ranks-per-node"),
                                      .link = program_number(program, "link"),
                                      .memory = program_number(program, "memory"),
                                      .gflops = program_number(program, "gflops")};
    TRY(mfals_plan(&plan, program->options));
    print_question(&question, &plan);
    print_memory(&plan.memory, &question);
    print_time(&plan.time, &question);
    if (question.memory > 0)
        print_nodes(&plan, question.memory);
    return MFALS_OK;
}
