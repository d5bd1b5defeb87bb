/* Scores of many users against many items, and which of them are high. */

/* A strip of items stays in the nearest cache while all users meet it. */
ALWAYS_INLINE void score_strip(float *result, int64_t result_row, const float *users, int64_t count,
                               const float *items, int64_t depth, const int panels)
{
    for (int64_t u = 0; u < count; u += PANEL) {
        int rows = (int)(count - u < PANEL ? count - u : PANEL);
        product_strip((struct result){result + u * result_row, result_row, PANEL},
                      (struct operand){users + u * depth, PANEL, 0},
                      (struct operand){items, PANEL, depth * PANEL}, depth, rows, SET, panels);
    }
}

static void score_block(float *result, int64_t result_row, const float *users, int64_t count,
                        const float *item_panels, int64_t panels, int64_t depth)
{
    int64_t p = 0;
    for (; panels - p >= TILE_PANELS; p += TILE_PANELS)
        score_strip(result + p * PANEL, result_row, users, count, item_panels + p * depth * PANEL, depth,
                    TILE_PANELS);
    for (; p < panels; p++)
        score_strip(result + p * PANEL, result_row, users, count, item_panels + p * depth * PANEL, depth, 1);
}

/* Bit l is set where scores[l] > floor, of a panel of 16. */
static inline unsigned panel_above(const float *scores, vec floor)
{
    unsigned above = 0;
    UNROLL
    for (int v = 0; v < PANEL_VECS; v++)
        above |= vec_above(vec_load(scores + v * VEC_FLOATS), floor) << v * VEC_FLOATS;
    return above;
}

static int64_t find_above(uint32_t *places, const float *scores, int64_t panels, float floor)
{
    int64_t found = 0;
    vec floors = vec_broadcast(floor);
    for (int64_t p = 0; p < panels; p++)
        for (unsigned above = panel_above(scores + p * PANEL, floors); above != 0; above &= above - 1)
            places[found++] = (uint32_t)(p * PANEL + __builtin_ctz(above));
    return found;
}

static int64_t count_above(const float *scores, int64_t panels, float floor)
{
    int64_t count = 0;
    vec floors = vec_broadcast(floor);
    for (int64_t p = 0; p < panels; p++)
        count += __builtin_popcount(panel_above(scores + p * PANEL, floors));
    return count;
}
