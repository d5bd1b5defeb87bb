#include "use/recommend.h"

#include "base/number.h"
#include "use/scorer.h"

#include <math.h>

static void leave_out(float *scores, const struct csr *seen, int64_t i)
{
    for (int64_t j = seen->start[i]; j < seen->start[i + 1]; j++)
        scores[seen->column[j]] = NAN;
}

static void find_top(struct top *top, const float *scores, int64_t items)
{
    top->count = 0;
    for (int64_t item = 0; item < items; item++)
        top_add(top, item, scores[item]);
    top_sort(top);
}

/* What recommend needs for a group of users. */
struct recommender {
    const struct view_side *users;
    int64_t items;
    const struct csr *seen;
    recommendation_writer *write;
    void *context;
    struct scorer *scorer;
    float *scores;  /* owned: [SCORER_USERS x items padded] */
    struct top top; /* entries owned */
};

static status recommend_group(struct recommender *r, const int64_t *group, int count)
{
    for (int u = 0; u < count; u++)
        scorer_set_row(r->scorer, u, r->users, group[u]);
    scorer_all(r->scorer, r->scores, count);
    for (int u = 0; u < count; u++) {
        float *scores = r->scores + u * scorer_items_padded(r->scorer);
        if (r->seen != NULL)
            leave_out(scores, r->seen, group[u]);
        find_top(&r->top, scores, r->items);
        TRY(r->write(group[u], r->top.entries, r->top.count, r->context));
    }
    return MFALS_OK;
}

/* [local] Lists of this rank's wanted users. */
static status recommend_local(struct recommender *r, const char *wanted, int64_t own_users)
{
    int64_t group[SCORER_USERS];
    int count = 0;
    TRY(allocate_raw(&r->scores, SCORER_USERS * scorer_items_padded(r->scorer)));
    TRY(allocate(&r->top.entries, r->top.capacity));
    for (int64_t i = 0; i < own_users; i++) {
        if (wanted == NULL || wanted[i])
            group[count++] = i;
        if (count == SCORER_USERS || (count > 0 && i == own_users - 1)) {
            TRY(recommend_group(r, group, count));
            count = 0;
        }
    }
    return MFALS_OK;
}

status recommend(const struct comm *comm, const struct model_view *view, const char *wanted,
                 const struct csr *seen, const struct recommend_options *options,
                 recommendation_writer *write, void *context)
{
    const int64_t *offsets = view->side[USERS].offsets;
    struct recommender r = {.users = &view->side[USERS],
                            .items = view->side[ITEMS].rows,
                            .seen = seen,
                            .write = write,
                            .context = context,
                            .top = {.capacity = (int)number_min(options->top, view->side[ITEMS].rows)}};
    if (r.items == 0)
        return MFALS_OK;
    TRY(scorer_open(&r.scorer, comm, view, options->replica, options->kernel));
    status done = agree(comm, recommend_local(&r, wanted, offsets[comm->rank + 1] - offsets[comm->rank]));
    memory_free(r.scores);
    memory_free(r.top.entries);
    scorer_free(&r.scorer);
    return done;
}
