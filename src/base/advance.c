#include "base/advance.h"

#include "base/phase.h"

#include <stddef.h>

static const double interval_s = 0.2;

static _Thread_local const struct advance_listener *heard_by;

static _Thread_local struct {
    const char *doing, *unit; /* NULL: nothing is under way */
    int64_t mine, all, done;
    double next; /* moment to tell */
} advance;

const struct advance_listener *advance_tell(const struct advance_listener *listener)
{
    const struct advance_listener *before = heard_by;
    heard_by = listener;
    return before;
}

void advance_begin(const char *doing, const char *unit, int64_t mine, int64_t all)
{
    advance.doing = doing;
    advance.unit = unit;
    advance.mine = mine;
    advance.all = all;
    advance.done = 0;
    advance.next = phase_clock() + interval_s;
}

void advance_by(int64_t count)
{
    if (advance.doing == NULL || heard_by == NULL || advance.mine <= 0)
        return;
    advance.done += count;
    double now = phase_clock();
    if (now < advance.next)
        return;
    advance.next = now + interval_s;
    double share = (double)advance.done / (double)advance.mine;
    heard_by->told(advance.doing, advance.unit,
                   share < 1 ? (int64_t)(share * (double)advance.all) : advance.all, advance.all,
                   heard_by->context);
}

void advance_end(void)
{
    advance.doing = NULL;
}
