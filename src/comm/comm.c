#include "comm/comm.h"

#include "base/number.h"

#include <stdio.h>
#include <string.h>

/* The longest single message: far below MPI's int counts and what transports are tested with. */
static const int64_t max_message = 1 << 28;

static void die(int error)
{
    char text[MPI_MAX_ERROR_STRING];
    int length = 0, rank = 0;
    MPI_Error_string(error, text, &length);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    fprintf(stderr, "mfals: rank %d: MPI failed: %s\n", rank, text);
    MPI_Abort(MPI_COMM_WORLD, MFALS_INTERNAL);
}

static void die_on_comm(MPI_Comm *comm, int *error, ...)
{
    (void)comm;
    die(*error);
}

static void die_on_window(MPI_Win *window, int *error, ...)
{
    (void)window;
    die(*error);
}

void comm_guard(MPI_Comm derived)
{
    MPI_Errhandler handler;
    MPI_Comm_create_errhandler(die_on_comm, &handler);
    MPI_Comm_set_errhandler(derived, handler);
    MPI_Errhandler_free(&handler);
}

void comm_guard_window(MPI_Win window)
{
    MPI_Errhandler handler;
    MPI_Win_create_errhandler(die_on_window, &handler);
    MPI_Win_set_errhandler(window, handler);
    MPI_Errhandler_free(&handler);
}

status comm_open(struct comm *comm, MPI_Comm parent)
{
    *comm = (struct comm){.mpi = MPI_COMM_NULL, .size = 1};
    if (parent == MPI_COMM_NULL)
        return MFALS_OK;
    if (MPI_Comm_dup(parent, &comm->mpi) != MPI_SUCCESS)
        return fail(MFALS_INTERNAL, "cannot duplicate the communicator");
    comm_guard(comm->mpi);
    MPI_Comm_rank(comm->mpi, &comm->rank);
    MPI_Comm_size(comm->mpi, &comm->size);
    return MFALS_OK;
}

void comm_close(struct comm *comm)
{
    if (!comm_is_alone(comm))
        MPI_Comm_free(&comm->mpi);
}

bool comm_is_alone(const struct comm *comm)
{
    return comm->mpi == MPI_COMM_NULL;
}

int comm_first_at(const struct comm *comm, int64_t position)
{
    _Static_assert(sizeof(long) == sizeof position, "MPI_LONG_INT carries a position");
    struct {
        long position;
        int rank;
    } first = {position, comm->rank}; /* MPI_LONG_INT; of equal values MPI_MINLOC takes the lowest rank */
    if (!comm_is_alone(comm))
        MPI_Allreduce(MPI_IN_PLACE, &first, 1, MPI_LONG_INT, MPI_MINLOC, comm->mpi);
    return first.position == INT64_MAX ? comm->size : first.rank;
}

status agree_at(const struct comm *comm, int64_t position, status mine)
{
    struct {
        int code;
        char message[FAILURE_MESSAGE_SIZE];
    } verdict = {.code = mine};
    int first = comm_first_at(comm, mine == MFALS_OK ? INT64_MAX : number_min(position, INT64_MAX - 1));
    if (first == comm->size)
        return MFALS_OK;
    memcpy(verdict.message, failure_message(), strlen(failure_message()) + 1);
    comm_broadcast(comm, &verdict, sizeof verdict, first);
    return fail((status)verdict.code, "%s", verdict.message);
}

status agree(const struct comm *comm, status mine)
{
    return agree_at(comm, 0, mine);
}

status comm_own_on_all(const struct comm *comm, void *pointer, void *block)
{
    status agreed = agree(comm, block == NULL ? MFALS_NO_MEMORY : MFALS_OK);
    if (agreed != MFALS_OK) {
        memory_free(block);
        block = NULL;
    }
    memcpy(pointer, &block, sizeof block);
    return agreed;
}

static void reduce(const struct comm *comm, void *values, int64_t count, MPI_Datatype type, MPI_Op op)
{
    int size;
    if (comm_is_alone(comm))
        return;
    MPI_Type_size(type, &size);
    for (int64_t done = 0; done < count;) {
        int part = (int)number_min(count - done, max_message / size);
        MPI_Allreduce(MPI_IN_PLACE, (char *)values + done * size, part, type, op, comm->mpi);
        done += part;
    }
}

void comm_sum_int(const struct comm *comm, int64_t *values, int64_t count)
{
    reduce(comm, values, count, MPI_INT64_T, MPI_SUM);
}

void comm_max_int(const struct comm *comm, int64_t *values, int64_t count)
{
    reduce(comm, values, count, MPI_INT64_T, MPI_MAX);
}

void comm_max_double(const struct comm *comm, double *values, int64_t count)
{
    reduce(comm, values, count, MPI_DOUBLE, MPI_MAX);
}

void comm_sum_bits(const struct comm *comm, uint64_t *values, int64_t count)
{
    reduce(comm, values, count, MPI_UINT64_T, MPI_SUM);
}

int64_t comm_sum_before(const struct comm *comm, int64_t value)
{
    int64_t before = 0;
    if (!comm_is_alone(comm))
        MPI_Exscan(&value, &before, 1, MPI_INT64_T, MPI_SUM, comm->mpi);
    return comm->rank == 0 ? 0 : before;
}

void comm_broadcast(const struct comm *comm, void *data, int64_t bytes, int root)
{
    for (int64_t done = 0; done < bytes && !comm_is_alone(comm);) {
        int part = (int)number_min(bytes - done, max_message);
        MPI_Bcast((char *)data + done, part, MPI_BYTE, root, comm->mpi);
        done += part;
    }
}
