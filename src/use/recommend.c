#include "use/recommend.h"

#include "base/advance.h"
#include "base/log.h"
#include "base/number.h"
#include "base/watchdog.h"
#include "use/rating_errors.h"
#include "use/scorer.h"

#include <inttypes.h>

/* Entries that the users at work have between them: few users with very long lists are taken at once. */
enum { ROOM = SCORER_USERS * 1024 };

/* What recommend needs for a group of users. */
struct recommender {
    const struct view_side *users;
    const struct csr *seen;
    const struct value_range *clip; /* or NULL */
    recommendation_writer *write;
    void *context;
    struct scorer *scorer;
    int group_size, top;
    uint64_t *keys;            /* owned: [group_size x top] */
    struct top_entry *entries; /* owned: [top] */
};

static status recommend_group(struct recommender *r, const int64_t *group, int count)
{
    struct top tops[SCORER_USERS];
    struct item_list seen[SCORER_USERS];
    for (int u = 0; u < count; u++) {
        scorer_set_row(r->scorer, u, r->users, group[u]);
        tops[u] = (struct top){.keys = r->keys + (int64_t)u * r->top, .capacity = r->top};
        seen[u] = item_list_of(r->seen, group[u]);
    }
    scorer_best(r->scorer, tops, count, seen);
    for (int u = 0; u < count; u++) {
        top_list(&tops[u], r->entries);
        for (int j = 0; j < tops[u].count; j++)
            r->entries[j].score = (float)range_clip(r->clip, (double)r->entries[j].score);
        TRY(r->write(group[u], r->entries, tops[u].count, r->context));
    }
    return MFALS_OK;
}

/* [local] Lists of this rank's users that are listed. */
static status recommend_local(struct recommender *r, const char *listed, int64_t own_users)
{
    int64_t group[SCORER_USERS];
    int count = 0;
    TRY(allocate(&r->keys, (int64_t)r->group_size * r->top));
    TRY(allocate(&r->entries, r->top));
    for (int64_t i = 0; i < own_users; i++) {
        if (listed[i])
            group[count++] = i;
        if (count == r->group_size || (count > 0 && i == own_users - 1)) {
            TRY(recommend_group(r, group, count));
            advance_by(count);
            count = 0;
        }
    }
    return MFALS_OK;
}

/* [collective] *listed <- the users that are wanted and have factors; how many have none is said. */
static status choose_users(char **listed, const struct comm *comm, const struct model_view *view,
                           const char *wanted, int64_t own_users)
{
    int64_t counts[2] = {0, 0}; /* of those with factors, and without */
    TRY(allocate_on_all(comm, listed, own_users));
    for (int64_t i = 0; i < own_users; i++) {
        bool is_wanted = wanted == NULL || wanted[i], empty = is_wanted && view_row_is_empty(view, USERS, i);
        (*listed)[i] = (char)(is_wanted && !empty);
        counts[empty] += is_wanted;
    }
    int64_t mine = counts[0];
    comm_sum_int(comm, counts, 2);
    if (counts[1] > 0)
        log_warning(
            "%" PRId64
            " users get no list: their factors are all 0, as of users whose ratings were not trained on",
            counts[1]);
    advance_begin("recommending", "users", mine, counts[0]);
    return MFALS_OK;
}

/* [collective] The same of items. */
static status leave_out_items(struct recommender *r, const struct comm *comm)
{
    int64_t empty = scorer_leave_out_empty(r->scorer);
    TRY(agree(comm, empty < 0 ? MFALS_NO_MEMORY : MFALS_OK));
    if (empty > 0)
        log_warning(
            "%" PRId64
            " items are in no list: their factors are all 0, as of items whose ratings were not trained on",
            empty);
    return MFALS_OK;
}

/* [collective] */
static status run(struct recommender *r, const struct comm *comm, const struct model_view *view,
                  const char *wanted, const struct recommend_options *options)
{
    scoped char *listed = NULL;
    const int64_t *offsets = view->side[USERS].offsets;
    int64_t own_users = offsets[comm->rank + 1] - offsets[comm->rank];
    watchdog_say("recommend");
    TRY(scorer_open(&r->scorer, comm, view, options->replica, options->kernel));
    TRY(leave_out_items(r, comm));
    TRY(choose_users(&listed, comm, view, wanted, own_users));
    status done = agree(comm, recommend_local(r, listed, own_users));
    advance_end();
    return done;
}

status recommend(const struct comm *comm, const struct model_view *view, const char *wanted,
                 const struct csr *seen, const struct recommend_options *options,
                 recommendation_writer *write, void *context)
{
    int top = (int)number_min(options->top, view->side[ITEMS].rows);
    if (options->clip)
        TRY(view_check_range(view)); /* the same on all ranks */
    if (top == 0)
        return MFALS_OK;
    struct recommender r = {.users = &view->side[USERS],
                            .seen = seen,
                            .clip = options->clip ? &view->range : NULL,
                            .write = write,
                            .context = context,
                            .group_size = (int)number_max(1, number_min(SCORER_USERS, ROOM / top)),
                            .top = top};
    status done = run(&r, comm, view, wanted, options);
    memory_free(r.keys);
    memory_free(r.entries);
    scorer_free(&r.scorer);
    return done;
}
