/* mfals: finds the command, runs it on all ranks, tells rank 0's reader what failed, and ends with its code.
 */
#include "base/log.h"
#include "base/memory.h"
#include "base/stop.h"
#include "cli/dispatch.h"
#include "cli/orphan.h"
#include "store/hdf5.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void print_help(void)
{
    printf("Usage: mfals [train] [OPTION...] [RATINGS...]\n"
           "       mfals COMMAND [OPTION...] FILE\n\n"
           "Recommender factor models, on one core or any number: mpirun -np N mfals ...\n\n"
           "Commands (mfals COMMAND --help lists the options):\n");
    for (int i = 0; i < command_count; i++)
        printf("  %-10s %s\n", command_table[i].name, command_table[i].summary);
    printf("\n"
           "  mfals                             the sample that comes with mfals\n"
           "  mpirun -np 16 mfals -k 64 -o model.h5 ratings.tsv.gz\n\n"
           "RATINGS: files, also compressed, or folders of such; \"user item rating\" a line.\n"
           "The model is an HDF5 file with users/factors, users/ids and the same of items.\n"
           "Exit codes: 0 done, 64 usage, 65 bad data, 66 input missing, 70 internal,\n"
           "71 no memory, 73 output or lock, 74 input or output failed, 75 checkpointed:\n"
           "start again, 76 unusable checkpoint.\n");
}

static bool is_word(const char *word, const char *one, const char *other)
{
    return strcmp(word, one) == 0 || strcmp(word, other) == 0;
}

static status run(const struct comm *comm, int argc, char **argv)
{
    if (argc > 1 && is_word(argv[1], "--help", "-h")) {
        if (comm->rank == 0)
            print_help();
        return MFALS_OK;
    }
    const struct command *command = argc > 1 ? command_find(argv[1]) : NULL;
    if (command != NULL)
        return command_run(command, comm, argc - 1, argv + 1);
    return command_run(command_find("train"), comm, argc, argv);
}

/* A full disk under stdout is a failure too. */
static status flush_stdout(void)
{
    errno = 0;
    if (fflush(stdout) != 0 || ferror(stdout))
        return fail(MFALS_IO, "cannot write to standard output: %s",
                    errno != 0 ? errno_text(errno) : "an earlier write failed");
    return MFALS_OK;
}

int main(int argc, char **argv)
{
    struct comm comm;
    int threads;
    memory_return_large();
    orphan_prevent();
    stop_defer();
    signal(SIGXFSZ, SIG_IGN); /* a limit on the size of files is an error like a full disk */
    /* Other threads wait for a disk, or watch. */
    MPI_Init_thread(&argc, &argv, MPI_THREAD_FUNNELED, &threads);
    if (comm_open(&comm, MPI_COMM_WORLD) != MFALS_OK)
        MPI_Abort(MPI_COMM_WORLD, MFALS_INTERNAL);
    log_open(comm.rank == 0, LOG_NORMAL);

    status result = run(&comm, argc, argv);
    if (result == MFALS_OK)
        result = agree(&comm, flush_stdout());
    if (result != MFALS_OK)
        log_error("%s", failure_message());
    MPI_Barrier(comm.mpi);
    if (result != MFALS_OK && !hdf5_sound()) { /* MPI_Finalize, which ends HDF5 too, might hang */
        if (comm.size > 1)
            MPI_Abort(MPI_COMM_WORLD, result);
        _exit(result);
    }
    comm_close(&comm);
    MPI_Finalize();
    return result;
}
