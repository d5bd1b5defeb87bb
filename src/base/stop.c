#include "base/stop.h"

#include "base/phase.h"
#include "base/watchdog.h"

static _Thread_local struct stop_requests own = {.deadline = INFINITY, .reason = ""};
static _Thread_local struct stop_requests *observed;

static struct stop_requests *in_force(void)
{
    return observed != NULL ? observed : &own;
}

struct stop_requests *stop_observe(struct stop_requests *requests)
{
    struct stop_requests *before = observed;
    observed = requests;
    return before;
}

void stop_request(struct stop_requests *requests, const char *how)
{
    const char *nobody = NULL;
    atomic_compare_exchange_strong(&requests->asked, &nobody, how);
}

void stop_at(double clock, const char *why)
{
    in_force()->deadline = clock;
    in_force()->reason = why;
}

status stop_check(void)
{
    watchdog_note();
    return stop_asked();
}

status stop_asked(void)
{
    struct stop_requests *now = in_force();
    if (now->held > 0)
        return MFALS_OK;
    const char *how = atomic_load_explicit(&now->asked, memory_order_relaxed);
    if (how != NULL)
        return fail(MFALS_REQUEUE, "stopped %s", how);
    if (now->deadline < INFINITY && phase_clock() >= now->deadline)
        return fail(MFALS_REQUEUE, "stopped because %s", now->reason);
    return MFALS_OK;
}

void stop_defer(void)
{
    in_force()->held++;
}

void stop_resume(void)
{
    in_force()->held--;
}
