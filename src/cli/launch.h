/* How this process was started, as far as its environment tells: by which launcher, and as one of how many.
 *
 *     struct launch launch = launch_find();
 *     launch_before_mpi(&launch);
 *     MPI_Init_thread(...);
 *     TRY(launch_check(&launch, context, size));
 *
 * A launcher of another MPI than the program's starts N processes that know nothing of each other: each would do all of
 * the work, and write the same output. All local.
 */
#ifndef CLI_LAUNCH_H
#define CLI_LAUNCH_H

#include <mfals/context.h>
#include <stdbool.h>

struct launch {
    int tasks;            /* that the launcher started; 0: nothing tells */
    int task;             /* this one of them; 0 where nothing tells */
    const char *variable; /* that tells so */
    const char *launcher; /* in words */
    bool own;             /* by a launcher that this program's MPI takes its ranks from */
    int meant;            /* --ranks; 0: not given */
};

struct launch launch_find(void);

/* Whether there may be other ranks, which must agree even on what a process can answer by itself. */
bool launch_has_ranks(const struct launch *launch);

/* Whether this process, of that rank and number of ranks, writes what a person reads: one of several that are the
 * same run, or by mistake are not, and each that is meant to be alone. */
bool launch_speaks(const struct launch *launch, int rank, int size);

/* To be called before MPI is initialized: a process that is meant to be alone needs nothing for it, neither a daemon of
 * MPI nor a batch system that knows of MPI. */
void launch_before_mpi(const struct launch *launch);

/* To be called after MPI_Finalize. */
void launch_after_mpi(void);

/* MFALS_USAGE where the number of ranks, size, is not the one asked for: with --ranks that number, without it one
 * alone only where one was started. size 0: MPI has not been asked, and only what it cannot change is refused. Fails
 * on each process alike; those but the first should be silent. */
enum mfals_status launch_check(const struct launch *launch, struct mfals_context *context, int size);

/* Warns of one rank alone in a batch job of several tasks, none of which was started, unless it is meant. */
void launch_warn(const struct launch *launch, int size);

#endif
