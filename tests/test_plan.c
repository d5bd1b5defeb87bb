/* solve/plan.h: the arithmetic of what a run will take. */
#include "plan/plan.h"
#include "ranks.h"
#include "ratings/csr.h"
#include "solve/kernel.h"

#include <math.h>

static bool near(double a, double b, double tolerance)
{
    return fabs(a - b) <= tolerance * fabs(b);
}

static void sum_lengths(double *rows, double *ratings, const struct row_lengths *lengths)
{
    *rows = *ratings = 0;
    for (int i = 0; i < lengths->count; i++) {
        *rows += lengths->rows[i];
        *ratings += lengths->ratings[i];
    }
}

static struct plan_task task; /* large */

static void set_task(enum algorithm algorithm, int64_t nodes)
{
    task = (struct plan_task){.algorithm = algorithm,
                              .rows = {1000000, 100000},
                              .ratings = 100000000,
                              .factors = 64,
                              .sgd_blocks = 16,
                              .nodes = nodes,
                              .ranks_per_node = 4,
                              .link_bytes_per_s = 1e9,
                              .program_bytes = 1 << 23};
    plan_log_normal(&task.lengths[USERS], task.rows[USERS], task.ratings, 1.2);
    plan_log_normal(&task.lengths[ITEMS], task.rows[ITEMS], task.ratings, 1.9);
}

/* All rows and ratings are there; rows ascend; half of the rows are below exp(-sigma^2 / 2) of the mean. */
static void test_log_normal(void)
{
    const double sigmas[] = {0.3, 1.2, 1.9};
    for (int s = 0; s < 3; s++) {
        static struct row_lengths lengths;
        double rows, ratings;
        plan_log_normal(&lengths, 5000, 1000000, sigmas[s]);
        sum_lengths(&rows, &ratings, &lengths);
        CU_ASSERT(near(rows, 5000, 1e-9) && near(ratings, 1e6, 1e-9));
        for (int i = 1; i < lengths.count; i++)
            CU_ASSERT(lengths.ratings[i] >= lengths.ratings[i - 1]);
        double median = lengths.ratings[lengths.count / 2] / lengths.rows[lengths.count / 2];
        CU_ASSERT(near(median, 200 * exp(-sigmas[s] * sigmas[s] / 2), 0.02));
    }
}

static void test_classes(void)
{
    CU_ASSERT_EQUAL(plan_class(1), 0);
    CU_ASSERT(plan_class(UINT32_MAX) < PLAN_CLASSES);
    for (int64_t n = 1; n < 100000; n++)
        CU_ASSERT(plan_class(n + 1) == plan_class(n) || (double)(n + 1) / (double)n < 1.03 || n < 64);
}

/* Two CSRs, 16 bytes a rating; factors whole on every node; what is shared out halves with twice the nodes. */
static void test_memory(void)
{
    struct plan_memory one, two;
    set_task(ALGORITHM_IALS, 1);
    plan_memory(&one, &task);
    CU_ASSERT(near(one.ratings, 16e8 + 8 * 1.1e6, 1e-9));
    CU_ASSERT(near(one.factors, 1.1e6 * 64 * 4, 1e-3));
    CU_ASSERT(near(one.redistributing - one.program, 28e8, 0.06));
    CU_ASSERT(one.redistributing == one.peak && one.training < one.peak);
    CU_ASSERT(near(one.model, 1.1e6 * (64 * 4 + 8), 1e-9));
    set_task(ALGORITHM_IALS, 2);
    plan_memory(&two, &task);
    CU_ASSERT(near(two.ratings, one.ratings / 2, 1e-9) && two.factors == one.factors);
    set_task(ALGORITHM_SGD, 1);
    plan_memory(&two, &task);
    CU_ASSERT(near(two.scratch, 12e8, 0.08));
}

/* The nodes found are enough and one fewer is not; factors that don't fit never will. */
static void test_nodes(void)
{
    struct plan_memory memory;
    int64_t found = 0;
    set_task(ALGORITHM_ALS, 1);
    for (double bytes = 0.4e9; bytes < 5e9; bytes *= 1.3) {
        int64_t nodes = plan_nodes(&task, bytes);
        CU_ASSERT_FATAL(nodes > 0);
        struct plan_task *tried = &task;
        tried->nodes = nodes;
        plan_memory(&memory, tried);
        CU_ASSERT(memory.peak <= bytes);
        tried->nodes = nodes - 1;
        if (nodes > 1)
            plan_memory(&memory, tried);
        CU_ASSERT(nodes == 1 || memory.peak > bytes);
        found += nodes > 1;
    }
    CU_ASSERT(found > 3);
    CU_ASSERT_EQUAL(plan_nodes(&task, 2.5e8), 0);
}

/* Rows of non-negative factors: two matrices in double for each rank, and Y'Y where feedback is implicit; a tenth of the
 * speed; no axes to turn, to find or to keep. */
static void test_nonnegative(void)
{
    static struct plan_speed speed;
    const enum algorithm algorithms[] = {ALGORITHM_IALS, ALGORITHM_ALS};
    for (int a = 0; a < 2; a++) {
        struct plan_memory free_memory, memory;
        struct plan_time free_time, time;
        bool implicit = algorithms[a] == ALGORITHM_IALS;
        set_task(algorithms[a], 1);
        task.factors = 1024;
        plan_memory(&free_memory, &task);
        plan_speed_of_gflops(&speed, &task, 10);
        plan_time(&free_time, &task, &speed);
        task.nonnegative = true;
        plan_memory(&memory, &task);
        plan_speed_of_gflops(&speed, &task, 10);
        plan_time(&time, &task, &speed);
        double matrices = (implicit ? 3 : 2) * 1024.0 * 1024 * sizeof(double) * (double)task.ranks_per_node;
        CU_ASSERT(near(memory.scratch - free_memory.scratch, matrices, 0.01));
        CU_ASSERT(near(free_memory.checkpoint - memory.checkpoint, implicit ? 1024.0 * 1025 * 8 : 0, 1e-9));
        CU_ASSERT(near(time.solve[USERS], 10 * free_time.solve[USERS], 1e-9));
        CU_ASSERT(time.eigen == 0 &&
                  (implicit ? 0 < time.axes && time.axes < free_time.axes : time.axes == 0));
        task.nonnegative = false;
    }
}

/* At a given rate the row solves take their arithmetic, shared by the ranks, whatever form rows are solved in. */
static void test_time(void)
{
    static struct plan_speed speed;
    struct plan_time time;
    set_task(ALGORITHM_IALS, 2);
    plan_speed_of_gflops(&speed, &task, 10);
    plan_time(&time, &task, &speed);
    double flops = 0;
    for (int side = USERS; side <= ITEMS; side++)
        for (int i = 0; i < task.lengths[side].count; i++)
            flops += task.lengths[side].rows[i] *
                     row_flops(task.lengths[side].ratings[i] / task.lengths[side].rows[i], task.factors);
    CU_ASSERT(near(time.flops, flops, 1e-9));
    CU_ASSERT(near(time.solve[USERS] + time.solve[ITEMS], flops / 1e10 / 8, 0.15));
    CU_ASSERT(near(time.in_bytes, 1.1e6 * 64 * 4 / 2, 1e-9));
    CU_ASSERT(near(time.exchange, time.in_bytes / 1e9, 1e-9));
    double others = time.axes + time.eigen + time.stats, solves = time.solve[USERS] + time.solve[ITEMS];
    CU_ASSERT(solves > time.exchange && near(time.total, solves + others, 1e-9));
    task.link_bytes_per_s = 1e6;
    plan_time(&time, &task, &speed);
    CU_ASSERT(solves < time.exchange && near(time.total, time.exchange + others, 1e-9));
    set_task(ALGORITHM_SGD, 8);
    plan_time(&time, &task, &speed);
    CU_ASSERT(
        near(time.solve[USERS], 1e8 * speed.descend / 16, 1e-9)); /* 16 blocks keep 16 of 32 ranks busy */
    CU_ASSERT(time.axes == 0 && time.eigen == 0);
}

static CU_TestInfo tests[] = {{"log-normal rows", test_log_normal},
                              {"classes of rows", test_classes},
                              {"memory", test_memory},
                              {"nodes", test_nodes},
                              {"non-negative factors", test_nonnegative},
                              {"time", test_time},
                              CU_TEST_INFO_NULL};

int main(int argc, char **argv)
{
    return run_suite(&argc, &argv, "plan", tests);
}
