/* Stochastic gradient descent, one rating after the other. */

/* panels is a constant where that pays. */
ALWAYS_INLINE void descend_rating(const struct descent *d, float *x, float *y, float value, int64_t panels)
{
    float error = value - d->mean - dot(x, y, panels);
    vec step = vec_broadcast(d->rate * error);
    for (int64_t c = 0; c < panels * PANEL; c += VEC_FLOATS) {
        vec a = vec_load(x + c), b = vec_load(y + c);
        vec_store(x + c, vec_multiply_add(vec_multiply(step, vec_load(d->user_moves + c)), b,
                                          vec_multiply(vec_load(d->user_shrink + c), a)));
        vec_store(y + c, vec_multiply_add(vec_multiply(step, vec_load(d->item_moves + c)), a,
                                          vec_multiply(vec_load(d->item_shrink + c), b)));
    }
}

static void descend(const struct descent *d, const struct sgd_rating *ratings, int64_t count)
{
    const int64_t n = d->row_floats;
    for (int64_t j = 0; j < count; j++) {
        float *x = d->users + (int64_t)ratings[j].user * n, *y = d->items + (int64_t)ratings[j].item * n;
        __builtin_prefetch(d->items +
                           (int64_t)ratings[j + PREFETCH_ROWS < count ? j + PREFETCH_ROWS : j].item * n);
        if (n == PANEL)
            descend_rating(d, x, y, ratings[j].value, 1);
        else
            descend_rating(d, x, y, ratings[j].value, n / PANEL);
    }
}
