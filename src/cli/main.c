/* mfals: runs a command on all ranks, tells rank 0's reader what failed, and ends with its code. */
#include "cli/dispatch.h"
#include "cli/orphan.h"
#include "cli/screen.h"
#include "cli/signals.h"
#include "cli/start.h"

#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LARGE_BYTES = 1 << 20, PAUSE_S = 1 };

/* A full disk under stdout is a failure too. */
static enum mfals_status flush_stdout(struct mfals_context *context)
{
    int error = screen_end();
    return error == 0 ? MFALS_OK
                      : mfals_fail(context, MFALS_IO, "cannot write to standard output: %s", strerror(error));
}

static enum mfals_status run(struct mfals_context *context, int argc, char **argv)
{
    enum mfals_status done = dispatch(context, MPI_COMM_WORLD, argc, argv);
    signals_ignore();
    if (done == MFALS_OK)
        done = mfals_agree(context, flush_stdout(context));
    if (done != MFALS_OK)
        screen_error("%s", mfals_message(context));
    return done;
}

/* Before MPI is there to tell ranks from each other. */
static enum mfals_status refuse_to_start(void)
{
    const char *task = getenv("OMPI_COMM_WORLD_RANK");
    bool speaks = task == NULL || strcmp(task, "0") == 0;
    screen_open(speaks, SCREEN_NORMAL);
    screen_error("not enough memory for the %d MiB that MPI needs to start; a limit on it, as of ulimit -v, "
                 "is too low",
                 START_ROOM_MIB);
    if (!speaks)
        sleep(PAUSE_S); /* mpirun ends the others when the first has ended */
    return MFALS_NO_MEMORY;
}

int main(int argc, char **argv)
{
    struct mfals_context *context;
    int threads, rank, size;
    start_again(argv);
    /* Such blocks go back to the system when they are freed; the C library by itself comes to keep up to 64 MiB of
     * them. */
    mallopt(M_MMAP_THRESHOLD, LARGE_BYTES);
    orphan_prevent();
    signals_defer();
    signal(SIGXFSZ, SIG_IGN); /* a limit on the size of files is an error like a full disk */
    signal(SIGPIPE, SIG_IGN); /* and so is a reader that has left: it does not end a training */
    if (!start_has_room())
        return (int)refuse_to_start();
    /* Other threads wait for a disk, or watch. */
    MPI_Init_thread(&argc, &argv, MPI_THREAD_FUNNELED, &threads);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    screen_open(rank == 0, SCREEN_NORMAL);
    enum mfals_status done = mfals_open(&context, MPI_COMM_WORLD);
    if (done != MFALS_OK) {
        screen_error("%s", mfals_status_text(done));
        MPI_Abort(MPI_COMM_WORLD, (int)done);
    }
    mfals_on_message(context, screen_message, NULL);

    done = run(context, argc, argv);
    MPI_Barrier(MPI_COMM_WORLD);
    if (done != MFALS_OK && !mfals_can_finalize(context)) {
        if (size > 1)
            MPI_Abort(MPI_COMM_WORLD, (int)done);
        _exit((int)done);
    }
    mfals_close(&context);
    MPI_Finalize();
    return (int)done;
}
