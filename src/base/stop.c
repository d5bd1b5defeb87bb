#include "base/stop.h"

#include "base/phase.h"
#include "base/watchdog.h"

static _Thread_local struct stop_wishes own = {.deadline = INFINITY, .reason = ""};
static _Thread_local struct stop_wishes *heeded;

static struct stop_wishes *in_force(void)
{
    return heeded != NULL ? heeded : &own;
}

struct stop_wishes *stop_heed(struct stop_wishes *wishes)
{
    struct stop_wishes *before = heeded;
    heeded = wishes;
    return before;
}

void stop_ask(struct stop_wishes *wishes, const char *how)
{
    const char *nobody = NULL;
    atomic_compare_exchange_strong(&wishes->asked, &nobody, how);
}

void stop_at(double clock, const char *why)
{
    in_force()->deadline = clock;
    in_force()->reason = why;
}

status stop_check(void)
{
    struct stop_wishes *now = in_force();
    watchdog_note();
    if (now->held > 0)
        return MFALS_OK;
    const char *how = atomic_load_explicit(&now->asked, memory_order_relaxed);
    if (how != NULL)
        return fail(MFALS_REQUEUE, "stopped %s", how);
    if (now->deadline < INFINITY && phase_clock() >= now->deadline)
        return fail(MFALS_REQUEUE, "stopped because %s", now->reason);
    return MFALS_OK;
}

void stop_hold(void)
{
    in_force()->held++;
}

void stop_release(void)
{
    in_force()->held--;
}
