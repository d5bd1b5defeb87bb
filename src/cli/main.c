/* mfals: runs a command on all ranks, tells rank 0's reader what failed, and ends with its code. */
#include "cli/dispatch.h"
#include "cli/orphan.h"
#include "cli/screen.h"
#include "cli/signals.h"
#include "cli/start.h"

#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { LARGE_BYTES = 1 << 20, PAUSE_S = 2 };
enum { TOLD_US = 200000 }; /* a launcher, as MPICH's, may not read what was said before it hears of the end */

/* A full disk under stdout is a failure too. */
static enum mfals_status flush_stdout(struct mfals_context *context)
{
    int error = screen_end();
    return error == 0 ? MFALS_OK
                      : mfals_fail(context, MFALS_IO, "cannot write to standard output: %s", strerror(error));
}

/* Where HDF5 or MPI would hang at their ends. */
static _Noreturn void end_at_once(MPI_Comm comm, enum mfals_status done)
{
    int size = 1;
    if (comm != MPI_COMM_NULL)
        MPI_Comm_size(comm, &size);
    if (size > 1) {
        usleep(TOLD_US);
        MPI_Abort(comm, (int)done);
    }
    _exit((int)done);
}

/* Without MPI for MPI_COMM_NULL. *needs_ranks: MPI is wanted, and nothing was done. */
static enum mfals_status run(struct launch *launch, MPI_Comm comm, bool *needs_ranks, int argc, char **argv)
{
    struct mfals_context *context;
    enum mfals_status done = mfals_open(&context, comm);
    if (done != MFALS_OK) {
        screen_error("%s", mfals_status_text(done));
        end_at_once(comm, done);
    }
    mfals_on_message(context, screen_message, NULL);
    done = dispatch(context, launch, comm, needs_ranks, argc, argv);
    signals_ignore();
    if (done == MFALS_OK)
        done = mfals_agree(context, flush_stdout(context));
    if (done != MFALS_OK)
        screen_error("%s", mfals_message(context));
    if (comm != MPI_COMM_NULL)
        MPI_Barrier(comm);
    if (done != MFALS_OK && !mfals_can_finalize(context))
        end_at_once(comm, done);
    mfals_close(&context);
    return done;
}

/* Before MPI is there to tell ranks from each other. */
static enum mfals_status refuse_to_start(const struct launch *launch, const char *library, int mebibytes)
{
    bool speaks = launch_speaks(launch, 0, 1);
    screen_open(speaks, SCREEN_NORMAL);
    screen_error("not enough memory for the %d MiB that %s needs to start; a limit on it, as of ulimit -v, "
                 "is too low",
                 mebibytes, library);
    if (!speaks)
        sleep(PAUSE_S); /* mpirun ends the others when the first has ended */
    return MFALS_NO_MEMORY;
}

/* Called before the constructors of libraries, the C library's among them, which sets environ. */
static void before_libraries(int argc, char **argv, char **environment)
{
    (void)argc;
    environ = environment;
    if (start_before_libraries(argv))
        return;
    struct launch launch = launch_find();
    _exit((int)refuse_to_start(&launch, "OpenBLAS", START_BLAS_MIB));
}

__attribute__((section(".preinit_array"), used)) static void (*const first)(int, char **,
                                                                            char **) = before_libraries;

static enum mfals_status run_ranks(struct launch *launch, int argc, char **argv)
{
    int threads, rank, size;
    bool needs_ranks;
    if (!start_has_room())
        return refuse_to_start(launch, "MPI", START_ROOM_MIB);
    launch_before_mpi(launch);
    /* Other threads wait for a disk, or watch. */
    MPI_Init_thread(&argc, &argv, MPI_THREAD_FUNNELED, &threads);
    signals_restore();
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    screen_open(launch_speaks(launch, rank, size), SCREEN_NORMAL);
    enum mfals_status done = run(launch, MPI_COMM_WORLD, &needs_ranks, argc, argv);
    MPI_Finalize();
    launch_after_mpi();
    return done;
}

int main(int argc, char **argv)
{
    start_again(argv);
    struct launch launch = launch_find();
    bool needs_ranks = launch_has_ranks(&launch);
    enum mfals_status done = MFALS_OK;
    /* Such blocks go back to the system when they are freed; the C library by itself comes to keep up to 64 MiB of
     * them. */
    mallopt(M_MMAP_THRESHOLD, LARGE_BYTES);
    orphan_prevent();
    signals_defer();
    signals_restore();
    signal(SIGXFSZ, SIG_IGN); /* a limit on the size of files is an error like a full disk */
    signal(SIGPIPE, SIG_IGN); /* and so is a reader that has left: it does not end a training */
    if (!needs_ranks) {
        screen_open(launch_speaks(&launch, 0, 1), SCREEN_NORMAL);
        done = run(&launch, MPI_COMM_NULL, &needs_ranks, argc, argv);
    }
    if (needs_ranks)
        done = run_ranks(&launch, argc, argv);
    if (done != MFALS_OK && !launch_has_ranks(&launch) && !launch_speaks(&launch, 0, 1))
        sleep(PAUSE_S); /* the task that speaks comes first: a launcher may end the others then */
    return (int)done;
}
