#include "ratings/hold_out.h"

#include "base/memory.h"
#include "base/number.h"
#include "base/random.h"

#include <inttypes.h>
#include <stdlib.h>

enum part { TRAINING, HELD_OUT, FOLD_IN, PARTS };

struct keyed {
    uint64_t key;
    int64_t pair;
};

static int by_key(const void *a, const void *b)
{
    const struct keyed *x = a, *y = b;
    if (x->key != y->key)
        return x->key < y->key ? -1 : 1;
    return (x->pair > y->pair) - (x->pair < y->pair);
}

/* How many of a user's n pairs are held out; *others: what becomes of the rest. */
static int64_t count_held_out(unsigned char *others, const struct hold_out *hold_out, int64_t user, int64_t n)
{
    *others = TRAINING;
    if (hold_out->kind != HOLD_OUT_USERS)
        return number_max(0, number_min(hold_out->count, n - 1));
    if (random_uniform(hold_out->seed, RANDOM_HOLD_OUT_USERS, user, 0) >= hold_out->share)
        return 0;
    *others = FOLD_IN;
    return n <= 1 ? 0 : number_max(1, (2 * n + 5) / 10);
}

static uint64_t key_of(const struct pairs *pairs, int64_t i, const struct hold_out *hold_out)
{
    if (hold_out->kind == HOLD_OUT_LAST)
        return pairs->later[i];
    return random_bits(hold_out->seed, RANDOM_HOLD_OUT, pairs->pair[i].row[USERS], pairs->pair[i].row[ITEMS]);
}

static bool may_be_held_out(const struct pair *pair, const struct hold_out *hold_out)
{
    return !hold_out->positive_only || pair->value > 0;
}

/* keyed <- those of a user's pairs that may be held out. Returns how many there are. */
static int64_t list_candidates(struct keyed *keyed, const struct pairs *pairs, int64_t first, int64_t end,
                               const struct hold_out *hold_out)
{
    int64_t count = 0;
    for (int64_t i = first; i < end; i++)
        if (may_be_held_out(&pairs->pair[i], hold_out))
            keyed[count++] = (struct keyed){key_of(pairs, i, hold_out), i};
    return count;
}

/* Where the pair after the last one of pair `first`'s user is. */
static int64_t user_end(const struct pairs *pairs, int64_t first)
{
    int64_t end = first + 1;
    while (end < pairs->count && pairs->pair[end].row[USERS] == pairs->pair[first].row[USERS])
        end++;
    return end;
}

/* Sets part[i] for each pair. */
static status choose(unsigned char *part, const struct pairs *pairs, const struct hold_out *hold_out)
{
    scoped struct keyed *keyed = NULL;
    int64_t most = 0;
    for (int64_t i = 0, end; i < pairs->count; i = end) {
        end = user_end(pairs, i);
        most = number_max(most, end - i);
    }
    TRY(allocate_raw(&keyed, most));
    for (int64_t i = 0, end; i < pairs->count; i = end) {
        unsigned char others;
        end = user_end(pairs, i);
        int64_t n = list_candidates(keyed, pairs, i, end, hold_out);
        int64_t wanted = count_held_out(&others, hold_out, pairs->pair[i].row[USERS], n);
        memset(part + i, others, (size_t)(end - i));
        if (wanted == 0)
            continue;
        qsort(keyed, (size_t)n, sizeof *keyed, by_key);
        for (int64_t j = 0; j < wanted; j++)
            part[keyed[j].pair] = HELD_OUT;
    }
    return MFALS_OK;
}

status hold_out_split(struct pairs *held_out, struct pairs *fold_in, struct pairs *pairs,
                      const struct hold_out *hold_out)
{
    scoped unsigned char *part = NULL;
    struct pairs *const to[PARTS] = {pairs, held_out, fold_in};
    int64_t counts[PARTS] = {0}, all = pairs->count;
    *held_out = *fold_in = (struct pairs){0};
    held_out->weighed = fold_in->weighed = pairs->weighed;
    if (hold_out->kind == HOLD_OUT_NONE)
        return MFALS_OK;
    TRY(allocate_raw(&part, all));
    TRY(choose(part, pairs, hold_out));
    for (int64_t i = 0; i < all; i++)
        counts[part[i]]++;
    TRY(allocate_raw(&held_out->pair, counts[HELD_OUT]));
    TRY(allocate_raw(&fold_in->pair, counts[FOLD_IN]));
    if (pairs->weighed) {
        TRY(allocate_raw(&held_out->weight, counts[HELD_OUT]));
        TRY(allocate_raw(&fold_in->weight, counts[FOLD_IN]));
    }
    pairs->count = 0;
    for (int64_t i = 0; i < all; i++) { /* never moves a pair to a higher place */
        struct pairs *one = to[part[i]];
        if (pairs->weighed)
            one->weight[one->count] = pairs->weight[i];
        one->pair[one->count++] = pairs->pair[i];
    }
    memory_free(pairs->later);
    pairs->later = NULL;
    return MFALS_OK;
}

struct moment {
    int64_t time, position, rating;
};

static int latest_first(const void *a, const void *b)
{
    const struct moment *x = a, *y = b;
    if (x->time != y->time)
        return x->time > y->time ? -1 : 1;
    return (x->position < y->position) - (x->position > y->position);
}

status hold_out_order(struct raw_rating *ratings, const int64_t *times, const int64_t *start, int64_t users)
{
    scoped struct moment *moments = NULL;
    int64_t most = 0;
    for (int64_t u = 0; u < users; u++)
        most = number_max(most, start[u + 1] - start[u]);
    if (most > UINT32_MAX)
        return fail(MFALS_BAD_DATA, "a user has %" PRId64 " ratings, more than %" PRIu32, most, UINT32_MAX);
    TRY(allocate_raw(&moments, most));
    for (int64_t u = 0; u < users; u++) {
        int64_t n = start[u + 1] - start[u];
        for (int64_t i = 0; i < n; i++)
            moments[i] = (struct moment){times[start[u] + i], ratings[start[u] + i].position, start[u] + i};
        qsort(moments, (size_t)n, sizeof *moments, latest_first);
        for (int64_t i = 0; i < n; i++)
            ratings[moments[i].rating].later = (uint32_t)i;
    }
    return MFALS_OK;
}
