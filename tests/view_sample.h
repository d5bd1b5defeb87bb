/* Small models whose scores are exact in float32, for the tests of src/use: every rank can work out every score. */
#ifndef TESTS_VIEW_SAMPLE_H
#define TESTS_VIEW_SAMPLE_H

#include "use/model_view.h"

struct view_sample {
    struct model_view view;
    const struct comm *comm;
    int64_t *offsets[2];
    float *factors[2]; /* this rank's rows, [own x row_floats] */
    float *bias[2];
    bool has_biases, distinct;
};

/* [collective] distinct: no two items have the same score for a user; else there are many ties. lopsided: the last
 * rank owns all items. Item 5 has no factors but for what makes it distinct. */
void view_sample_open(struct view_sample *sample, const struct comm *comm, const int64_t rows[2], int k,
                      bool has_biases, bool distinct, bool lopsided);
void view_sample_close(struct view_sample *sample);

/* [local] A factor, and the bias, of any row; the exact score of any user and item. */
double sample_factor(const struct view_sample *sample, enum side side, int64_t row, int c);
double sample_bias(const struct view_sample *sample, enum side side, int64_t row);
double sample_score(const struct view_sample *sample, int64_t user, int64_t item);

/* [local] Whether a pair is in the sample set `set`, which has about one in `every`; the pair's value. */
bool sample_has(int set, int64_t every, int64_t user, int64_t item);
float sample_value(int64_t user, int64_t item);

/* [collective] The pairs of a set of this rank's users; users with number % 7 == 3 have none in set 0, users with
 * number % 11 == 4 have all in set 1. */
void sample_pairs(struct csr *csr, const struct view_sample *sample, int set, int64_t every);

#endif
