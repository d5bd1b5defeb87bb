#include "solve/row_times.h"

#include "base/memory.h"
#include "base/number.h"

#include <math.h>
#include <string.h>

/* Rows of one timing: shorter ones than the clock tells apart are timed together. */
enum { MOST_ROWS = 16, ROW_RATINGS = 512, SMALL_FACTORS = 256 };

/* What is needed to time rows of up to `longest` ratings. */
struct sampler {
    struct model *model;
    struct fixed_side fixed;
    int64_t fixed_rows;
    uint32_t *column; /* [MOST_ROWS x ROW_RATINGS, or the longest row] */
    float *value, *x;
};

/* Points on either side of where the dual form ends, the others at ratios that leave straight lines within 2%. */
static void choose_points(struct row_times *times, int k)
{
    int64_t last = 4 * number_max(k, ROW_RATINGS / 2), dual = 15 * (int64_t)k / 16, n = 1;
    times->points = 0;
    while (times->points < ROW_TIMES_POINTS && n <= last) {
        times->ratings[times->points++] = n;
        int64_t next = number_max(n + 1, k <= SMALL_FACTORS ? n * 5 / 4 : n * 3 / 2);
        n = n <= dual && dual < next ? (n == dual ? n + 1 : dual) : next;
    }
}

/* Rows spread over the fixed side, each from another row on. Returns how many. */
static int lay_out(struct sampler *sampler, int64_t ratings)
{
    int rows = (int)number_max(1, number_min(MOST_ROWS, ROW_RATINGS * MOST_ROWS / 4 / ratings));
    int64_t step = number_max(1, sampler->fixed_rows / ratings);
    for (int r = 0; r < rows; r++)
        for (int64_t j = 0; j < ratings; j++)
            sampler->column[r * ratings + j] = (uint32_t)((r * step / rows + j * step) % sampler->fixed_rows);
    return rows;
}

static double time_rows(struct sampler *sampler, int64_t ratings, int rows)
{
    struct model *model = sampler->model;
    double begun = phase_processor_clock();
    for (int r = 0; r < rows; r++) {
        struct row row = {sampler->column + r * ratings, sampler->value, ratings, 1};
        memcpy(sampler->x, sampler->fixed.rows, (size_t)model->row_floats * sizeof(float));
        model->kernel->improve_row(model->row_work, sampler->x, &row, &sampler->fixed, &model->weighting,
                                   solve_options_steps(model->options));
    }
    return (phase_processor_clock() - begun) / rows;
}

/* The least of some tries: whatever disturbs one makes it longer. */
static double time_point(struct sampler *sampler, int64_t ratings)
{
    int rows = lay_out(sampler, ratings), tries = sampler->model->k <= SMALL_FACTORS ? 4 : 1;
    double least = time_rows(sampler, ratings, rows);
    for (int t = 1; t < tries; t++) {
        double seconds = time_rows(sampler, ratings, rows);
        least = seconds < least ? seconds : least;
    }
    return least;
}

static status open_sampler(struct sampler *sampler, struct model *model, enum side side, int64_t longest)
{
    enum side other = side == USERS ? ITEMS : USERS;
    int64_t places = number_max(MOST_ROWS * ROW_RATINGS, longest);
    *sampler = (struct sampler){.model = model,
                                .fixed = {.rows = model->side[other].rows.data,
                                          .row_floats = model->row_floats,
                                          .padding = model->padding,
                                          .biased = model->biased,
                                          .eigenvalues = model->axes.eigenvalues},
                                .fixed_rows = model->ratings->rows[other]};
    TRY(allocate(&sampler->column, places));
    TRY(allocate_raw(&sampler->value, longest));
    for (int64_t j = 0; j < longest; j++)
        sampler->value[j] = 1;
    return allocate(&sampler->x, model->row_floats);
}

static void close_sampler(struct sampler *sampler)
{
    memory_free(sampler->column);
    memory_free(sampler->value);
    memory_free(sampler->x);
}

status row_times_measure(struct row_times *times, struct model *model, enum side side)
{
    const struct comm *comm = model->comm;
    struct sampler sampler;
    *times = (struct row_times){0};
    choose_points(times, model->k);
    status mine = open_sampler(&sampler, model, side, times->ratings[times->points - 1]);
    row_work_new_side(model->row_work);
    for (int p = comm->rank; mine == MFALS_OK && p < times->points; p += comm->size)
        times->seconds[p] = time_point(&sampler, times->ratings[p]);
    close_sampler(&sampler);
    row_work_new_side(model->row_work);
    TRY(agree(comm, mine));
    comm_max_double(comm, times->seconds, times->points);
    return MFALS_OK;
}

double row_times_of(const struct row_times *times, int64_t row_ratings)
{
    const int64_t *n = times->ratings;
    const double *s = times->seconds;
    int p = 1;
    if (row_ratings == 0)
        return s[0] / 8; /* no equations: the row is set to zero */
    while (p < times->points - 1 && n[p] < row_ratings)
        p++;
    double slope = (s[p] - s[p - 1]) / (double)(n[p] - n[p - 1]);
    return fmax(s[p - 1] + slope * (double)(row_ratings - n[p - 1]), s[0] / 8);
}
