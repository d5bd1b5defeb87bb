/* Records to their owners (an alltoall of records): every record goes to the rank it names. The one way data changes
 * owners.
 *
 *     struct received got;
 *     TRY(redistribute(&comm, &got, records, count, sizeof *records, owner));     record i goes to rank owner[i]
 *     struct thing *things = got.records;                                 got.count of them; got.from[r]: r's first
 *     received_free(&got);
 */
#ifndef COMM_REDISTRIBUTE_H
#define COMM_REDISTRIBUTE_H

#include "comm/comm.h"

struct received {
    void *records; /* owned: count records, by sending rank, then in the order they had there */
    int64_t count;
    int64_t *from; /* owned: size + 1 values; rank r sent records from[r] .. from[r + 1] - 1 */
};

/* [collective] Sends records[i] (record_size bytes each, no pointers inside) to rank owner[i], in rounds of bounded
 * size. record_size must be the same on all ranks; count may differ and may be 0. *got is set in any case and is
 * the caller's to free. Applying it to what came, with the senders as owners, brings every record home, by owner,
 * then in its old order. */
status redistribute(const struct comm *comm, struct received *got, const void *records, int64_t count,
                    size_t record_size, const int *owner);

/* [collective] The same for records, a block of base/memory.h, that are wanted no more: their memory is given back as
 * they go, so that a rank holds them once, not twice. Their contents are lost; the block stays the caller's to free. */
status redistribute_consuming(const struct comm *comm, struct received *got, void *records, int64_t count,
                              size_t record_size, const int *owner);

/* [local] Accepts an empty or zeroed struct. */
void received_free(struct received *got);

/* scoped_received got = {0};      freed on every way out of the block */
#define scoped_received __attribute__((cleanup(received_free))) struct received

/* [local] For tests: the most bytes a rank sends in a slice, and receives in a round; 0 restores the default. Set it on
 * all ranks alike. */
void redistribute_set_round_bytes(int64_t bytes);

/* [local] That size. A redistribution holds two buffers of it. */
int64_t redistribute_round_bytes(void);

/* [local] Displacements of counts: starts[0] = 0, starts[i + 1] = starts[i] + counts[i]. starts: out, n + 1 values. */
void displacements_of(int64_t *starts, const int64_t *counts, int64_t n);

#endif
