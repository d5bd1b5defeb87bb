#include "use/candidates.h"

#include "base/number.h"
#include "base/random.h"

/* The first place whose item is not below `item`. */
static int64_t place_of(const uint32_t *sorted, int64_t count, uint32_t item)
{
    int64_t low = 0, high = count;
    while (low < high) {
        int64_t middle = low + (high - low) / 2;
        if (sorted[middle] < item)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

bool candidates_have(const uint32_t *sorted, int64_t count, uint32_t item)
{
    int64_t place = place_of(sorted, count, item);
    return place < count && sorted[place] == item;
}

int64_t candidates_merge(uint32_t *merged, const uint32_t *a, int64_t a_count, const uint32_t *b,
                         int64_t b_count)
{
    int64_t i = 0, j = 0, count = 0;
    while (i < a_count || j < b_count) {
        uint32_t next = j == b_count || (i < a_count && a[i] < b[j]) ? a[i] : b[j];
        i += i < a_count && a[i] == next;
        j += j < b_count && b[j] == next;
        merged[count++] = next;
    }
    return count;
}

int64_t candidates_without(uint32_t *kept, const uint32_t *a, int64_t a_count, const uint32_t *b,
                           int64_t b_count)
{
    int64_t count = 0;
    for (int64_t i = 0; i < a_count; i++)
        if (!candidates_have(b, b_count, a[i]))
            kept[count++] = a[i];
    return count;
}

/* The item with so many items before it that are not excluded: excluded[m] - m of these are below excluded[m]. */
static uint32_t unexcluded(int64_t number, const uint32_t *excluded, int64_t excluded_count)
{
    int64_t low = 0, high = excluded_count;
    while (low < high) {
        int64_t middle = low + (high - low) / 2;
        if (excluded[middle] - middle <= number)
            low = middle + 1;
        else
            high = middle;
    }
    return (uint32_t)(number + low);
}

/* Floyd's sample without repetition (Bentley and Floyd, CACM 30, 1987): one draw an item, however many are left. */
int64_t candidates_draw(uint32_t *drawn, int64_t wanted, int64_t items, const uint32_t *excluded,
                        int64_t excluded_count, uint64_t seed, int64_t user, char *mark)
{
    int64_t left = items - excluded_count, count = number_min(wanted, left);
    for (int64_t i = 0; i < count; i++) {
        int64_t last = left - count + i;
        int64_t number = (int64_t)(random_bits(seed, RANDOM_NEGATIVES, user, i) % (uint64_t)(last + 1));
        number = mark[number] ? last : number;
        mark[number] = 1;
        drawn[i] = (uint32_t)number;
    }
    for (int64_t i = 0; i < count; i++) {
        mark[drawn[i]] = 0;
        drawn[i] = unexcluded(drawn[i], excluded, excluded_count);
    }
    return count;
}
