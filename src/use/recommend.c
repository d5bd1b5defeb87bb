#include "use/recommend.h"

#include "base/advance.h"
#include "base/number.h"
#include "base/watchdog.h"
#include "use/scorer.h"

/* Entries that the users at work have between them: few users with very long lists are taken at once. */
enum { ROOM = SCORER_USERS * 1024 };

/* What recommend needs for a group of users. */
struct recommender {
    const struct view_side *users;
    const struct csr *seen;
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
        TRY(r->write(group[u], r->entries, tops[u].count, r->context));
    }
    return MFALS_OK;
}

/* [local] Lists of this rank's wanted users. */
static status recommend_local(struct recommender *r, const char *wanted, int64_t own_users)
{
    int64_t group[SCORER_USERS];
    int count = 0;
    TRY(allocate(&r->keys, (int64_t)r->group_size * r->top));
    TRY(allocate(&r->entries, r->top));
    for (int64_t i = 0; i < own_users; i++) {
        if (wanted == NULL || wanted[i])
            group[count++] = i;
        if (count == r->group_size || (count > 0 && i == own_users - 1)) {
            TRY(recommend_group(r, group, count));
            advance_by(count);
            count = 0;
        }
    }
    return MFALS_OK;
}

/* [collective] */
static void begin_to_advance(const struct comm *comm, const char *wanted, int64_t own_users)
{
    int64_t mine = own_users, all;
    for (int64_t i = 0; wanted != NULL && i < own_users; i++)
        mine -= !wanted[i];
    all = mine;
    comm_sum_int(comm, &all, 1);
    advance_begin("recommending", "users", mine, all);
}

status recommend(const struct comm *comm, const struct model_view *view, const char *wanted,
                 const struct csr *seen, const struct recommend_options *options,
                 recommendation_writer *write, void *context)
{
    const int64_t *offsets = view->side[USERS].offsets;
    int top = (int)number_min(options->top, view->side[ITEMS].rows);
    if (top == 0)
        return MFALS_OK;
    struct recommender r = {.users = &view->side[USERS],
                            .seen = seen,
                            .write = write,
                            .context = context,
                            .group_size = (int)number_max(1, number_min(SCORER_USERS, ROOM / top)),
                            .top = top};
    watchdog_say("recommend");
    TRY(scorer_open(&r.scorer, comm, view, options->replica, options->kernel));
    int64_t own_users = offsets[comm->rank + 1] - offsets[comm->rank];
    begin_to_advance(comm, wanted, own_users);
    status done = agree(comm, recommend_local(&r, wanted, own_users));
    advance_end();
    memory_free(r.keys);
    memory_free(r.entries);
    scorer_free(&r.scorer);
    return done;
}
