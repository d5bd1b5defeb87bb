/* To be preloaded: on rank MPI_SHIM_RANK the Nth MPI_Allreduce (MPI_SHIM_NTH, from 1) fails as a lost connection
 * would; with MPI_SHIM_STOPS the process stops there instead. */
#include <mpi.h>
#include <signal.h>
#include <stdlib.h>

__attribute__((visibility("default"))) int MPI_Allreduce(const void *send, void *receive, int count,
                                                         MPI_Datatype type, MPI_Op op, MPI_Comm comm)
{
    static int calls;
    const char *who = getenv("MPI_SHIM_RANK"), *nth = getenv("MPI_SHIM_NTH");
    int rank;
    PMPI_Comm_rank(MPI_COMM_WORLD, &rank);
    if (who != NULL && nth != NULL && rank == atoi(who) && ++calls == atoi(nth)) {
        if (getenv("MPI_SHIM_STOPS") == NULL) {
            PMPI_Comm_call_errhandler(comm, MPI_ERR_OTHER);
            return MPI_ERR_OTHER;
        }
        raise(SIGSTOP);
    }
    return PMPI_Allreduce(send, receive, count, type, op, comm);
}
