#include "plan/plan.h"

#include "base/number.h"
#include "comm/partition.h"
#include "comm/redistribute.h"
#include "comm/replica.h"
#include "ratings/csr.h"
#include "solve/model.h"
#include "solve/row_workspace.h"
#include "store/row_slab.h"

#include <math.h>

static const int64_t most_nodes = (int64_t)1 << 20;

static int64_t floats_of(const struct plan_task *task)
{
    return number_divide_up(task->factors, 16) * 16;
}

static double ranks_of(const struct plan_task *task)
{
    return (double)(task->nodes * task->ranks_per_node);
}

/* The normal number below which a share p lies: by bisection. */
static double normal_quantile(double p)
{
    double low = -10, high = 10;
    while (high - low > 1e-9) {
        double middle = (low + high) / 2;
        if (erfc(-middle / sqrt(2)) / 2 < p)
            low = middle;
        else
            high = middle;
    }
    return low;
}

/* Rows of the log-normal shares i / count .. (i + 1) / count. The share of all ratings that rows below the quantile z
 * have is the normal share below z - sigma. */
void plan_log_normal(struct row_lengths *lengths, int64_t rows, int64_t ratings, double sigma)
{
    double before = 0;
    lengths->count = (int)number_min(256, rows);
    for (int i = 0; i < lengths->count; i++) {
        double z = i + 1 == lengths->count ? 10 : normal_quantile((i + 1.0) / lengths->count);
        double share = i + 1 == lengths->count ? 1 : erfc((sigma - z) / sqrt(2)) / 2;
        lengths->rows[i] = (double)rows / lengths->count;
        lengths->ratings[i] = (double)ratings * (share - before);
        before = share;
    }
}

int plan_class(int64_t n)
{
    return (int)number_min(PLAN_CLASSES - 1, (int64_t)(32 * log2((double)n)));
}

/* Rows of which a rank sees a rating at least, ratings coming in any order. */
static double rows_seen(const struct row_lengths *lengths, double ranks)
{
    double seen = 0;
    for (int i = 0; i < lengths->count; i++)
        if (lengths->rows[i] > 0)
            seen += lengths->rows[i] * (1 - pow(1 - 1 / ranks, lengths->ratings[i] / lengths->rows[i]));
    return seen;
}

/* Both dictionaries of a rank and, of the larger one, what mapping its ids takes: key, owner, row, and both ways. */
static double id_bytes(const struct plan_task *task)
{
    static const double mapping = 60;
    double bytes = 0, most = 0;
    for (int side = USERS; side <= ITEMS; side++) {
        double seen = rows_seen(&task->lengths[side], ranks_of(task));
        double digits = ceil(log10((double)task->rows[side] + 1));
        bytes += (double)dictionary_bytes((int64_t)seen, (int64_t)(seen * digits));
        most = fmax(most, seen);
    }
    return bytes + mapping * most;
}

static double scratch_bytes(const struct plan_task *task)
{
    double most = 0, ranks = ranks_of(task), k = task->factors;
    int64_t n = floats_of(task);
    for (int side = USERS; side <= ITEMS; side++)
        most = fmax(most, (double)task->rows[side]);
    double packed = fmin((double)row_slabs_part_bytes(), most / ranks * task->factors * sizeof(float));
    double partials = most / ranks / TILE_ROWS * STAT_SUMS * sizeof(double);
    double bytes = (double)row_workspace_bytes(n) + packed + partials;
    if (task->nonnegative)
        bytes += (double)row_workspace_nonnegative_bytes(n);
    if (task->nonnegative && task->algorithm == ALGORITHM_IALS)
        bytes += (double)(n * n) * sizeof(double); /* the Gram matrix */
    if (task->algorithm == ALGORITHM_IALS)
        bytes += (double)model_eigenbasis_bytes(task->factors, n);
    for (int side = USERS; side <= ITEMS; side++)
        if (task->uneven[side]) /* numbers of ratings, and the Gram matrix of rows that all weigh alike */
            bytes += (double)task->rows[side] / ranks * sizeof(int64_t) + k * k * sizeof(double);
    return bytes;
}

void plan_memory(struct plan_memory *memory, const struct plan_task *task)
{
    double nodes = (double)task->nodes, here = (double)task->ranks_per_node;
    double rows = (double)task->rows[USERS] + (double)task->rows[ITEMS];
    double ratings = (double)task->ratings / nodes, k = task->factors;
    double rating = sizeof(uint32_t) + sizeof(float), pair = sizeof(struct pair), owner = sizeof(int);
    double weight = task->weighed ? sizeof(float) : 0, rescaled = task->rescaled ? sizeof(float) : 0;
    double time = task->timed ? sizeof(int64_t) : 0, raw = sizeof(struct raw_rating) + time + weight;
    double starts = sizeof(int64_t) * rows / nodes,
           buffers = 2 * fmin((double)redistribute_round_bytes() * here, pair * ratings);
    *memory = (struct plan_memory){
        .program = (double)task->program_bytes * here + (double)task->file_bytes,
        .ratings = 2 * (rating + weight + rescaled) * ratings + starts,
        .ids = sizeof(int64_t) * rows / nodes,
        .factors = (double)(shared_rows_bytes(task->rows[USERS], floats_of(task)) +
                            shared_rows_bytes(task->rows[ITEMS], floats_of(task))),
        .scratch = scratch_bytes(task) * here,
        .reading = raw * ratings + id_bytes(task) * here,
    };
    if (task->algorithm == ALGORITHM_SGD)
        memory->scratch += sizeof(struct sgd_rating) * ratings;
    memory->training = memory->program + memory->ratings + memory->ids + memory->factors + memory->scratch;
    memory->reading += memory->program;
    double as_read = (raw + owner) * ratings + buffers; /* to the users' owners */
    double sent = pair + weight, come = pair + weight, placed = rating + weight;
    double by_user = (sent + come + owner) * ratings + buffers;
    double by_item = (placed + come + placed) * ratings + starts; /* the users' rows; pairs into the items' */
    memory->redistributing = memory->program + memory->ids + starts + fmax(as_read, fmax(by_user, by_item));
    memory->peak = fmax(memory->training, fmax(memory->reading, memory->redistributing));
    memory->model = rows * (k * sizeof(float) + sizeof(int64_t));
    memory->checkpoint =
        memory->model +
        (task->algorithm == ALGORITHM_IALS && !task->nonnegative ? k * (k + 1) * sizeof(double) : 0);
}

void plan_speed_of_gflops(struct plan_speed *speed, const struct plan_task *task, double gflops)
{
    int factors = task->factors;
    double k = factors, rate = 1e9 * gflops, scattered = rate / 4;
    double rows_rate = task->nonnegative ? rate / 10 : rate;
    int64_t dual = number_max(1, 15 * (int64_t)factors / 16);
    const int64_t lengths[] = {1, number_max(2, dual / 4), number_max(3, dual), dual + 3, 8 * dual + 3};
    *speed = (struct plan_speed){.points = sizeof lengths / sizeof *lengths,
                                 .gram_tile = TILE_ROWS * k * k / rate,
                                 .rotate_tile = 2 * TILE_ROWS * k * k / rate,
                                 .eigen = 9 * k * k * k / scattered,
                                 .score = 2 * k / scattered,
                                 .descend = 10 * k / scattered};
    for (int i = 0; i < speed->points; i++) {
        speed->length[i] = (double)lengths[i];
        speed->seconds[USERS][i] = speed->seconds[ITEMS][i] =
            row_flops((double)lengths[i], factors) / rows_rate;
    }
}

static double row_seconds(const struct plan_speed *speed, enum side side, double n)
{
    const double *length = speed->length, *seconds = speed->seconds[side];
    int i = 1, last = speed->points - 1;
    if (n <= length[0])
        return n / length[0] * seconds[0];
    if (n >= length[last])
        return n / length[last] * seconds[last];
    while (length[i] < n)
        i++;
    if (seconds[i - 1] <= 0) /* too short to be measured */
        return seconds[i];
    double part = log(n / length[i - 1]) / log(length[i] / length[i - 1]);
    return seconds[i - 1] * pow(seconds[i] / seconds[i - 1], part);
}

/* [seconds of one rank alone] */
static double side_seconds(double *flops, const struct plan_task *task, const struct plan_speed *speed,
                           enum side side)
{
    const struct row_lengths *lengths = &task->lengths[side];
    double seconds = 0;
    for (int i = 0; i < lengths->count; i++) {
        double rows = lengths->rows[i], n = rows > 0 ? lengths->ratings[i] / rows : 0;
        seconds += rows * row_seconds(speed, side, n);
        *flops += n > 0 ? rows * row_flops(n, task->factors) : 0;
    }
    return seconds;
}

/* A side is exchanged once an iteration: a node gets the rows that are not its own. With sgd, the items travel once
 * round in the strata of an epoch and once more at its end. */
static double bytes_in(const struct plan_task *task)
{
    double row = (double)floats_of(task) * sizeof(float), others = 1 - 1 / (double)task->nodes;
    if (task->algorithm == ALGORITHM_SGD)
        return (double)task->rows[ITEMS] * row * (1 + others) * (task->nodes > 1);
    return ((double)task->rows[USERS] + (double)task->rows[ITEMS]) * row * others;
}

/* Rows travel while others are solved; every node rotates all of them. */
void plan_time(struct plan_time *time, const struct plan_task *task, const struct plan_speed *speed)
{
    double ranks = ranks_of(task), ratings = (double)task->ratings;
    double tiles = ((double)task->rows[USERS] + (double)task->rows[ITEMS]) / TILE_ROWS;
    *time = (struct plan_time){.in_bytes = bytes_in(task), .stats = ratings * speed->score / ranks};
    time->exchange = time->in_bytes / task->link_bytes_per_s;
    if (task->algorithm == ALGORITHM_SGD) {
        time->flops = 10.0 * task->factors * ratings;
        time->solve[USERS] = ratings * speed->descend / fmin(ranks, task->sgd_blocks);
    } else {
        for (int side = USERS; side <= ITEMS; side++)
            time->solve[side] = side_seconds(&time->flops, task, speed, (enum side)side) / ranks;
    }
    if (task->algorithm == ALGORITHM_IALS)
        time->axes = tiles * speed->gram_tile / ranks;
    if (task->algorithm == ALGORITHM_IALS && !task->nonnegative) {
        time->axes += tiles * speed->rotate_tile / (double)task->ranks_per_node;
        time->eigen = 2 * speed->eigen;
    }
    time->total = fmax(time->solve[USERS] + time->solve[ITEMS], time->exchange) + time->axes + time->eigen +
                  time->stats;
}

int64_t plan_nodes(const struct plan_task *task, double bytes)
{
    struct plan_task tried = *task;
    struct plan_memory memory;
    int64_t low = 0, high = 1; /* low are too few */
    for (;; high *= 2) {
        tried.nodes = high;
        plan_memory(&memory, &tried);
        if (memory.peak <= bytes)
            break;
        if (high >= most_nodes)
            return 0;
        low = high;
    }
    while (high - low > 1) {
        tried.nodes = low + (high - low) / 2;
        plan_memory(&memory, &tried);
        if (memory.peak <= bytes)
            high = tried.nodes;
        else
            low = tried.nodes;
    }
    return high;
}
