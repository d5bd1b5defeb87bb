#include "kernel_bench.h"

#include "base/memory.h"
#include "base/random.h"
#include "ranks.h"

#include <math.h>
#include <string.h>

double uniform(int64_t id, int64_t draw)
{
    return random_uniform(7, RANDOM_USER_FACTORS, id, draw);
}

void bench_open(struct bench *b, int k, float heaviest)
{
    b->k = k;
    b->row_floats = (k + 15) / 16 * 16;
    b->padding = (int)b->row_floats - k;
    REQUIRE_OK(allocate(&b->rows, FIXED_ROWS * b->row_floats));
    REQUIRE_OK(allocate(&b->eigenvalues, b->row_floats));
    REQUIRE_OK(allocate(&b->column, FIXED_ROWS));
    REQUIRE_OK(allocate(&b->value, FIXED_ROWS));
    REQUIRE_OK(row_workspace_open(&b->work, k));
    for (int64_t r = 0; r < FIXED_ROWS; r++) {
        for (int c = 0; c < k; c++)
            b->rows[r * b->row_floats + b->padding + c] = (float)((uniform(r, c) - 0.3) / (1 + c));
        b->column[r] = (uint32_t)((r * 7919) % FIXED_ROWS);
        b->value[r] = (float)pow(heaviest, uniform(r, 1000));
    }
    for (int64_t r = 0; r < FIXED_ROWS; r++)
        for (int64_t c = 0; c < b->row_floats; c++)
            b->eigenvalues[c] += (double)b->rows[r * b->row_floats + c] * b->rows[r * b->row_floats + c];
    b->side = (struct fixed_side){
        .rows = b->rows, .row_floats = b->row_floats, .padding = b->padding, .eigenvalues = b->eigenvalues};
}

void bench_close(struct bench *b)
{
    memory_free(b->rows);
    memory_free(b->eigenvalues);
    memory_free(b->column);
    memory_free(b->value);
    row_workspace_free(&b->work);
}

enum row_outcome solve_one(const struct kernel *kernel, struct row_workspace *work, float *x,
                           const struct row *row, const struct fixed_side *side, const struct weighting *w,
                           int steps)
{
    enum row_outcome outcome = ROW_FAILED;
    kernel->solve_rows(&outcome, work, x, row, 1, side, w, steps);
    return outcome;
}

void form_reference(double *a, double *right, const struct bench *b, const struct row *row,
                    const struct weighting *w)
{
    int k = b->k;
    memset(a, 0, (size_t)(k * k) * sizeof *a);
    memset(right, 0, (size_t)k * sizeof *right);
    for (int i = 0; i < k; i++)
        a[i * k + i] = b->eigenvalues[b->padding + i] + row->lambda;
    for (int64_t j = 0; j < row->count; j++) {
        const float *y = b->rows + (int64_t)row->column[j] * b->row_floats + b->padding;
        double weight = w->kind == WEIGHTS_RENDLE_ONE ? 1 : (double)w->alpha * row->value[j];
        for (int i = 0; i < k; i++) {
            for (int c = 0; c < k; c++)
                a[i * k + c] += weight * y[i] * y[c];
            right[i] += (weight + (w->kind == WEIGHTS_HU)) * y[i];
        }
    }
}

void solve_reference(double *x, const struct bench *b, const struct row *row, const struct weighting *w)
{
    int k = b->k;
    double *a = memory_new((int64_t)k * k, sizeof *a);
    form_reference(a, x, b, row, w);
    for (int i = 0; i < k; i++)
        for (int r = i + 1; r < k; r++) {
            double factor = a[r * k + i] / a[i * k + i];
            for (int c = i; c < k; c++)
                a[r * k + c] -= factor * a[i * k + c];
            x[r] -= factor * x[i];
        }
    for (int i = k - 1; i >= 0; i--) {
        for (int c = i + 1; c < k; c++)
            x[i] -= a[i * k + c] * x[c];
        x[i] /= a[i * k + i];
    }
    memory_free(a);
}

double relative_error(const float *x, const double *reference, int k)
{
    double error = 0, size = 0;
    for (int i = 0; i < k; i++) {
        error += (x[i] - reference[i]) * (x[i] - reference[i]);
        size += reference[i] * reference[i];
    }
    return size > 0 ? sqrt(error / size) : sqrt(error);
}
