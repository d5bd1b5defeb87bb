#include "ratings/ratings.h"

#include "base/memory.h"
#include "ratings/assemble.h"
#include "ratings/csr.h"

static status read_raw(struct raw_ratings *raw, const struct comm *comm,
                       const struct ratings_options *options, struct phases *phases)
{
    phase_begin(phases, PHASE_READ);
    TRY(raw_ratings_read(raw, comm, &options->read));
    phase_end(phases, PHASE_READ);
    return MFALS_OK;
}

status ratings_load(struct ratings **ratings, const struct comm *comm, const struct ratings_options *options,
                    row_cost_function *cost, const void *cost_context, struct phases *phases)
{
    __attribute__((cleanup(raw_ratings_free))) struct raw_ratings raw;
    *ratings = NULL;
    TRY(read_raw(&raw, comm, options, phases));
    return ratings_assemble(ratings, comm, &raw, options, cost, cost_context, phases);
}

const struct csr *ratings_seen(const struct ratings *ratings)
{
    return ratings->seen.start != NULL ? &ratings->seen : &ratings->by[USERS];
}

void ratings_free(struct ratings **ratings)
{
    struct ratings *old = *ratings;
    if (old == NULL)
        return;
    for (int side = USERS; side <= ITEMS; side++) {
        memory_free(old->offsets[side]);
        memory_free(old->blocks[side]);
        csr_free(&old->by[side]);
        ids_free(&old->ids[side]);
    }
    memory_free(old->time);
    csr_free(&old->held_out);
    csr_free(&old->fold_in);
    csr_free(&old->seen);
    memory_free(old);
    *ratings = NULL;
}
