/* Row kernels: the same source compiled for each instruction level, chosen once at run time.
 *
 *     const struct kernel *kernel;
 *     struct row_workspace *work;
 *     TRY(kernel_choose(&kernel, "auto"));
 *     TRY(row_workspace_open(&work, k));
 *     struct row row = {.column = ..., .value = ..., .count = n_u, .unobserved = 1, .lambda = ...};
 *     enum row_outcome outcome;
 *     kernel->solve_rows(&outcome, work, x, &row, 1, &side, &weighting, 0);
 *     if (outcome == ROW_FAILED) ...
 *     row_workspace_free(&work);
 *
 * All local; none allocates but row_workspace_open. Levels with fused multiply-adds give the same bits as each other.
 *
 * A row of factors is row_floats = 16 ceil(k / 16) floats, 64-byte aligned; the first `padding` of them are 0 and the k
 * numbers follow, so that the partial panel comes first.
 */
#ifndef SOLVE_KERNEL_H
#define SOLVE_KERNEL_H

#include "base/status.h"
#include "solve/weighting.h"

#include <stdbool.h>
#include <stdint.h>

/* The fixed side in the eigenbasis of its Gram matrix: a0 Y'Y = diag(g). With biases, a row's own bias stands in the
 * last place of the padding, of which there is at least one then, and the last of its numbers is 1: the other side's
 * bias is solved for as one more factor. */
struct fixed_side {
    const float *rows;
    int64_t row_floats;
    int padding;
    bool biased;
    const double *eigenvalues; /* [row_floats] g >= 0; padding 0 */
};

/* One row of the solved side. Its ridge is D = diag(p_u g + lambda_u). */
struct row {
    const uint32_t *column;
    const float *value;
    const float *weight;      /* v of explicit ratings; NULL: all 1 */
    int64_t count, following; /* ratings; and those of later rows behind them, to be fetched ahead */
    double unobserved; /* p_u: its weight in unobserved cells, solve/row_weights.h; 1 where all weigh alike */
    double lambda;
};

/* A known rating in the order of descent. */
struct sgd_rating {
    uint32_t user, item;
    float value;
};

struct descent {
    float *users, *items; /* all rows, in the layout of fixed_side */
    int64_t row_floats;
    float mean, rate; /* eta */
    /* [row_floats] x <- shrink x + (eta e moves) y: shrink = 1 - eta lambda and moves = 1, or 1 and 0 for a constant */
    const float *user_shrink, *user_moves, *item_shrink, *item_moves;
};

enum row_outcome { ROW_SOLVED, ROW_SOLVED_IN_DOUBLE, ROW_FAILED, ROW_WAITS /* inside the kernels only */ };

enum { ROWS_TOGETHER = 16 };

struct row_workspace; /* one rank's scratch, solve/row_workspace.h */

struct kernel {
    const char *name;

    /* Solves `count` rows, at most ROWS_TOGETHER: x[count x row_floats], padding set to 0 but for the bias. Without
     * steps exactly; else by at most `steps` steps of conjugate gradients from x as it stands, in the layout of an
     * answer and in the fixed side's basis, but exactly where row_is_exact and where the steps lead to no finite
     * answer. outcomes[i] is ROW_FAILED where the equations are not positive definite or the solution is not finite;
     * that x is then undefined. A row has the same bits whatever else is solved with it. */
    void (*solve_rows)(enum row_outcome *outcomes, struct row_workspace *work, float *x,
                       const struct row *rows, int count, const struct fixed_side *side,
                       const struct weighting *weighting, int steps);

    /* A long row in parts, to the bits that solve_rows gives; of rows of more than BLOCK_ROWS ratings that are not
     * dual. form_block takes up to BLOCK_ROWS ratings from a multiple of it on; add_block takes all of the row, in
     * order; solve_blocks then gives the row's solution, with outcomes as above. */
    void (*form_block)(struct row_workspace *work, float *block, const struct row *ratings,
                       const struct fixed_side *side, const struct weighting *weighting);
    void (*clear_blocks)(struct row_workspace *work);
    void (*add_block)(struct row_workspace *work, const float *block);
    enum row_outcome (*solve_blocks)(struct row_workspace *work, float *x, const struct row *row,
                                     const struct fixed_side *side, const struct weighting *weighting);

    /* One row under the condition that no factor is negative, exactly; a bias is free. gram: a0 Y'Y [k x k] of
     * implicit models, NULL for explicit ones, counted p_u times; side->eigenvalues are added to lambda. Takes
     * row_workspace_open_nonnegative. */
    enum row_outcome (*solve_nonnegative)(struct row_workspace *work, float *x, const struct row *row,
                                          const struct fixed_side *side, const struct weighting *weighting,
                                          const double *gram);

    /* scores[j] = x . y of the row's rated rows, over all row_floats numbers, in double. */
    void (*scores)(double *scores, const double *x, const struct fixed_side *side, const struct row *row);

    /* largest[c] = max(largest[c], |rows[r][c]|) over the rows of a tile. */
    void (*largest)(float *largest, const float *rows, int64_t row_floats, int64_t count);

    /* Adds Y'Y of one tile of 64 rows, rounded to units, to sum[row_floats x row_floats] (upper triangle by panels).
     * Element (i, j) is in units of 1 / (per_unit[i] * scale * per_unit[j]). The products of the tile are summed in
     * float32, or in double by gram_tile_double. */
    void (*gram_tile)(struct row_workspace *work, int64_t *sum, const float *rows, const double *per_unit,
                      double scale);
    void (*gram_tile_double)(struct row_workspace *work, int64_t *sum, const float *rows,
                             const double *per_unit, double scale);

    /* Stochastic gradient descent over ratings in their order, one at a time (Funk 2006; Gemulla et al., KDD 2011):
     *     e = r - mean - x_u . y_i,  x_u <- x_u + eta (e y_i - lambda x_u),  y_i <- y_i + eta (e x_u - lambda y_i)
     * with the old x_u in the last. Dot product and steps are over all row_floats numbers. */
    void (*descend)(const struct descent *descent, const struct sgd_rating *ratings, int64_t count);

    /* rows <- rows rotation, one tile of 64 rows; rotation[row_floats x row_floats], padding 0. */
    void (*rotate_tile)(struct row_workspace *work, float *rows, const float *rotation);

    /* scores[u * score_row + 16 p + l] = sum over d of users[16 (q depth + d) + m] * item_panels[16 (p depth + d) + l]
     * for users u = 16 q + m below `count`; score_row a multiple of 16. A score is one chain in the order of d: the
     * same bits whatever else is scored with it. */
    void (*score_block)(float *scores, int64_t score_row, const float *users, int64_t count,
                        const float *item_panels, int64_t panels, int64_t depth);

    /* Of the scores, 64-byte aligned, in panels of 16, those above floor, as NaN never is: their places, ascending, and
     * their number; or that alone. */
    int64_t (*find_above)(uint32_t *places, const float *scores, int64_t panels, float floor);
    int64_t (*count_above)(const float *scores, int64_t panels, float floor);
};

/* [local] The kernel of a level by name, or for "auto" the best this processor runs. MFALS_USAGE for an unknown level
 * or one that this processor or build lacks. */
status kernel_choose(const struct kernel **kernel, const char *name);

/* [local] The name of the level that "auto" gives. */
const char *kernel_default_name(void);

/* [local] Scratch for rows of k factors; about 8 k^2 times 4 bytes. NULL on failure. */
status row_workspace_open(struct row_workspace **work, int k);

/* [local] More of it, 2 k^2 doubles, for rows that must not be negative. */
status row_workspace_open_nonnegative(struct row_workspace *work);

/* [local] The floats of a block of a long row. */
int64_t row_workspace_block_floats(const struct row_workspace *work);

/* [local] Must come between rows of different eigenvalues: what depends on these alone is kept from row to row. */
void row_workspace_new_side(struct row_workspace *work);

/* [local] Accepts and leaves NULL. */
void row_workspace_free(struct row_workspace **work);

/* [local] Whether a row of n ratings is solved in its dual form, n x n instead of k x k: by (n, k) alone. */
static inline bool row_is_dual(int64_t n, int k)
{
    return 16 * n <= 15 * (int64_t)k;
}

/* [local] Whether the exact solution, at n k min(n, k) operations or little more, is as cheap as `steps` steps of
 * conjugate gradients, which take 4 n k each and as many for the first residual; those of the primal form run twice as
 * fast, as measured. Without steps all rows are exact. */
static inline bool row_is_exact(int64_t n, int k, int steps)
{
    const int64_t passes = (int64_t)steps + 1;
    return steps == 0 || n <= 4 * passes || k <= 8 * passes;
}

/* [local] Arithmetic of a row of n ratings in that form: n k^2 + k^3 / 3, or n^2 k + n^3 / 3. */
static inline double row_flops(double n, int k)
{
    double small = row_is_dual((int64_t)n, k) ? n : k, large = row_is_dual((int64_t)n, k) ? k : n;
    return large * small * small + small * small * small / 3;
}

#endif
