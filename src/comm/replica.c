#include "comm/replica.h"

#include "base/log.h"
#include "base/memory.h"
#include "base/number.h"
#include "comm/partition.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>

#define SHARED_MEMORY_REMEDY                                                                                 \
    "use fewer factors, more nodes, OMPI_MCA_osc_sm_backing_directory=FOLDER, or --replica rank, which "     \
    "takes a copy for each rank"

static const int64_t default_message_bytes = (int64_t)1 << 29;
static int64_t message_bytes = (int64_t)1 << 29;

struct replica {
    const struct comm *comm; /* not owned */
    MPI_Comm node, group;
    MPI_Comm cross_comm;            /* MPI_COMM_NULL on a rank that is in none */
    int groups, cross_comms, turns; /* as many cross-group communicators as the smallest group has ranks */
    int *group_of;                  /* owned, with the three below: [ranks] each rank's group */
    int *place_of;                  /* [ranks] and place in it */
    int *members, *start;           /* group g: members[start[g]] .. members[start[g + 1] - 1], by place */
};

void replica_set_message_bytes(int64_t bytes)
{
    message_bytes = bytes > 0 ? bytes : default_message_bytes;
}

static void split_node(struct replica *replica)
{
    const struct comm *comm = replica->comm;
    MPI_Comm_split_type(comm->mpi, MPI_COMM_TYPE_SHARED, comm->rank, MPI_INFO_NULL, &replica->node);
    comm_guard(replica->node);
}

/* Where the windows of MPI have their pages. */
static const char *window_folder(void)
{
    const char *folder = getenv("OMPI_MCA_osc_sm_backing_directory");
    return folder != NULL ? folder : "/dev/shm";
}

/* What a window takes besides its bytes: Open MPI makes none where less than a twentieth of it would stay free, and
 * has its own pages in it for each rank. */
static int64_t window_bytes(int64_t bytes, int ranks)
{
    return bytes + bytes / 16 + ((int64_t)ranks << 10) + (1 << 16);
}

/* Bytes free where windows are made; INT64_MAX where nobody can tell. */
static int64_t window_room(void)
{
    struct statvfs fs;
    return statvfs(window_folder(), &fs) == 0 ? (int64_t)fs.f_bavail * (int64_t)fs.f_frsize : INT64_MAX;
}

/* [collective, within a node] Whether MPI makes a small window, for some transports make none. Where there is no room
 * for it Open MPI may hang: then nothing is tried, and replica_reserve will say so. */
static bool try_window(const struct replica *replica, char *reason)
{
    int rank, size, length, room;
    void *base;
    MPI_Win window;
    MPI_Comm_rank(replica->node, &rank);
    MPI_Comm_size(replica->node, &size);
    room = size > 1 && window_room() > window_bytes(MEMORY_ALIGNMENT, size);
    MPI_Allreduce(MPI_IN_PLACE, &room, 1, MPI_INT, MPI_MIN, replica->node);
    if (!room)
        return true;
    MPI_Comm_set_errhandler(replica->node, MPI_ERRORS_RETURN);
    int made = MPI_Win_allocate_shared(rank == 0 ? MEMORY_ALIGNMENT : 0, 1, MPI_INFO_NULL, replica->node,
                                       &base, &window);
    comm_guard(replica->node);
    if (made == MPI_SUCCESS)
        MPI_Win_free(&window);
    else
        MPI_Error_string(made, reason, &length);
    return made == MPI_SUCCESS;
}

/* [collective] ranks_per_group, or one where some node has no windows. */
static int choose_group(const struct replica *replica, int ranks_per_group)
{
    if (ranks_per_group == REPLICA_RANK)
        return REPLICA_RANK;
    char reason[MPI_MAX_ERROR_STRING] = "";
    int64_t without = !try_window(replica, reason);
    int first = comm_first_at(replica->comm, without ? 0 : INT64_MAX);
    if (first == replica->comm->size)
        return ranks_per_group;
    comm_broadcast(replica->comm, reason, sizeof reason, first);
    log_warning(
        "MPI makes no shared memory here (%s): each rank takes a copy of all factors, as with --replica rank",
        reason);
    return REPLICA_RANK;
}

static void split_groups(struct replica *replica, int ranks_per_group)
{
    int node_rank, node_size;
    MPI_Comm_rank(replica->node, &node_rank);
    MPI_Comm_size(replica->node, &node_size);
    if (ranks_per_group == REPLICA_NODE || ranks_per_group > node_size)
        ranks_per_group = node_size;
    MPI_Comm_split(replica->node, node_rank / ranks_per_group, node_rank, &replica->group);
    comm_guard(replica->group);
}

/* Groups are numbered by their first ranks; first_of: scratch. */
static void number_groups(struct replica *replica, int *first_of)
{
    const struct comm *comm = replica->comm;
    int *start = replica->start, mine[2] = {comm->rank}; /* my group's first rank; my place */
    MPI_Comm_rank(replica->group, &mine[1]);
    MPI_Bcast(&mine[0], 1, MPI_INT, 0, replica->group);
    MPI_Allgather(&mine[0], 1, MPI_INT, first_of, 1, MPI_INT, comm->mpi);
    MPI_Allgather(&mine[1], 1, MPI_INT, replica->place_of, 1, MPI_INT, comm->mpi);
    replica->groups = 0;
    for (int r = 0; r < comm->size; r++) {
        replica->group_of[r] = first_of[r] == r ? replica->groups++ : replica->group_of[first_of[r]];
        start[replica->group_of[r] + 1]++;
    }
    for (int g = 0; g < replica->groups; g++)
        start[g + 1] += start[g];
    for (int r = 0; r < comm->size; r++)
        replica->members[start[replica->group_of[r]] + replica->place_of[r]] = r;
}

static void split_cross_comms(struct replica *replica)
{
    int rank = replica->comm->rank, place = replica->place_of[rank], largest = 0;
    replica->cross_comms = replica->comm->size;
    for (int g = 0; g < replica->groups; g++) {
        int ranks = replica->start[g + 1] - replica->start[g];
        replica->cross_comms = ranks < replica->cross_comms ? ranks : replica->cross_comms;
        largest = ranks > largest ? ranks : largest;
    }
    replica->turns = (int)number_divide_up(largest, replica->cross_comms);
    MPI_Comm_split(replica->comm->mpi, place < replica->cross_comms ? place : MPI_UNDEFINED,
                   replica->group_of[rank], &replica->cross_comm);
    if (replica->cross_comm != MPI_COMM_NULL)
        comm_guard(replica->cross_comm);
}

static status plan_groups(struct replica *replica)
{
    int size = replica->comm->size;
    scoped int *first_of = NULL;
    status mine = allocate(&first_of, size);
    if (mine == MFALS_OK)
        mine = allocate(&replica->group_of, 4 * (int64_t)size + 1);
    TRY(agree(replica->comm, mine));
    replica->place_of = replica->group_of + size;
    replica->members = replica->place_of + size;
    replica->start = replica->members + size;
    number_groups(replica, first_of);
    split_cross_comms(replica);
    return MFALS_OK;
}

status replica_open(struct replica **replica, const struct comm *comm, int ranks_per_group)
{
    TRY(allocate_on_all(comm, replica, 1));
    (*replica)->comm = comm;
    (*replica)->cross_comm = MPI_COMM_NULL;
    split_node(*replica);
    split_groups(*replica, choose_group(*replica, ranks_per_group));
    status planned = plan_groups(*replica);
    if (planned != MFALS_OK)
        replica_free(replica);
    return planned;
}

void replica_free(struct replica **replica)
{
    if (*replica == NULL)
        return;
    if ((*replica)->cross_comm != MPI_COMM_NULL)
        MPI_Comm_free(&(*replica)->cross_comm);
    MPI_Comm_free(&(*replica)->group);
    MPI_Comm_free(&(*replica)->node);
    memory_free((*replica)->group_of);
    memory_free(*replica);
    *replica = NULL;
}

const struct comm *replica_comm(const struct replica *replica)
{
    return replica->comm;
}

bool replica_same_group(const struct replica *replica, int rank)
{
    return replica->group_of[rank] == replica->group_of[replica->comm->rank];
}

int replica_groups(const struct replica *replica)
{
    return replica->groups;
}

int replica_group_of(const struct replica *replica, int rank)
{
    return replica->group_of[rank];
}

int replica_leader(const struct replica *replica, int owner, int group)
{
    int first = replica->start[group], ranks = replica->start[group + 1] - first;
    return replica->members[first + replica->place_of[owner] % ranks];
}

MPI_Comm replica_cross_comm(const struct replica *replica)
{
    return replica->cross_comm;
}

int replica_turns(const struct replica *replica)
{
    return replica->turns;
}

int replica_in_turn(const struct replica *replica, int group, int turn)
{
    int cross = replica->place_of[replica->comm->rank] % replica->cross_comms;
    int member = replica->start[group] + cross + turn * replica->cross_comms;
    return member < replica->start[group + 1] ? replica->members[member] : -1;
}

void replica_allreduce_or(const struct replica *replica, uint64_t *bits, int64_t words)
{
    MPI_Allreduce(MPI_IN_PLACE, bits, (int)words, MPI_UINT64_T, MPI_BOR, replica->group);
}

/* [collective] Whether each node has room for so many bytes of windows; needed: of this rank's group on its first
 * rank. */
static status find_room(const struct replica *replica, int64_t needed)
{
    status mine = MFALS_OK;
    int64_t available = window_room();
    MPI_Allreduce(MPI_IN_PLACE, &needed, 1, MPI_INT64_T, MPI_SUM, replica->node);
    if (needed > available)
        mine = fail(MFALS_NO_MEMORY,
                    "the factors need %" PRId64 " KiB of shared memory on a node, and %s has %" PRId64
                    " KiB free: " SHARED_MEMORY_REMEDY,
                    needed >> 10, window_folder(), available >> 10);
    return agree(replica->comm, mine);
}

status replica_reserve(const struct replica *replica, int64_t bytes_per_group)
{
    int group_rank, group_size;
    MPI_Comm_rank(replica->group, &group_rank);
    MPI_Comm_size(replica->group, &group_size);
    return find_room(replica,
                     group_rank == 0 && group_size > 1 ? window_bytes(bytes_per_group, group_size) : 0);
}

int64_t shared_rows_bytes(int64_t rows, int64_t row_floats)
{
    return number_divide_up(rows, TILE_ROWS) * TILE_ROWS * row_floats * (int64_t)sizeof(float);
}

static float *round_up_to_line(void *base)
{
    return (float *)(((uintptr_t)base + MEMORY_ALIGNMENT - 1) & ~(uintptr_t)(MEMORY_ALIGNMENT - 1));
}

/* The window's memory is all on the group's first rank; its base is only sure to be aligned to 8 bytes. */
static void open_window(struct shared_rows *matrix, const struct replica *replica, int64_t bytes)
{
    int group_rank, unit;
    MPI_Aint size;
    void *base;
    MPI_Comm_rank(replica->group, &group_rank);
    MPI_Win_allocate_shared(group_rank == 0 ? bytes + MEMORY_ALIGNMENT : 0, 1, MPI_INFO_NULL, replica->group,
                            &base, &matrix->window);
    comm_guard_window(matrix->window);
    MPI_Win_shared_query(matrix->window, 0, &size, &unit, &base);
    MPI_Win_lock_all(MPI_MODE_NOCHECK, matrix->window);
    matrix->data = round_up_to_line(base);
    if (group_rank == 0)
        memset(matrix->data, 0, (size_t)bytes);
    replica_barrier(replica, matrix);
}

status shared_rows_open(struct shared_rows *matrix, const struct replica *replica, int64_t rows,
                        int64_t row_floats)
{
    *matrix = (struct shared_rows){.rows = rows, .row_floats = row_floats, .window = MPI_WIN_NULL};
    int64_t bytes = shared_rows_bytes(rows, row_floats);
    int group_size;
    MPI_Comm_size(replica->group, &group_size);
    status mine = MFALS_OK;
    if (group_size == 1) {
        matrix->block = memory_new(bytes, 1);
        matrix->data = matrix->block;
        mine = matrix->block == NULL ? MFALS_NO_MEMORY : MFALS_OK;
    }
    TRY(agree(replica->comm, mine));
    if (group_size > 1)
        open_window(matrix, replica, bytes);
    return MFALS_OK;
}

void shared_rows_close(struct shared_rows *matrix)
{
    if (matrix->data != NULL && matrix->window != MPI_WIN_NULL) {
        MPI_Win_unlock_all(matrix->window);
        MPI_Win_free(&matrix->window);
    }
    memory_free(matrix->block);
    *matrix = (struct shared_rows){.window = MPI_WIN_NULL};
}

void replica_barrier(const struct replica *replica, struct shared_rows *matrix)
{
    if (matrix->window == MPI_WIN_NULL)
        return;
    MPI_Win_sync(matrix->window);
    MPI_Barrier(replica->group);
    MPI_Win_sync(matrix->window);
}

int64_t replica_message_tiles(const struct shared_rows *matrix)
{
    return number_max(1, message_bytes / shared_rows_bytes(TILE_ROWS, matrix->row_floats));
}

/* The tiles of a block that is to be sent or received. */
static float *block_tiles(int64_t *tiles, struct shared_rows *matrix, const int64_t *blocks, int block)
{
    int64_t first = number_divide_up(blocks[block], TILE_ROWS);
    *tiles = number_divide_up(blocks[block + 1], TILE_ROWS) - first;
    return matrix->data + first * TILE_ROWS * matrix->row_floats;
}

/* In messages of bounded size: sender and receiver know how many there are of a block. */
void replica_pass_rows(const struct replica *replica, struct shared_rows *matrix, const int64_t *blocks,
                       int gone, int to, int come, int from)
{
    int my_group = replica->group_of[replica->comm->rank];
    int64_t sent, received, tile_floats = TILE_ROWS * matrix->row_floats;
    float *out = block_tiles(&sent, matrix, blocks, gone), *in = block_tiles(&received, matrix, blocks, come);
    if (replica->group_of[to] == my_group)
        sent = 0;
    if (replica->group_of[from] == my_group)
        received = 0;
    MPI_Datatype tile;
    MPI_Type_contiguous((int)tile_floats, MPI_FLOAT, &tile);
    MPI_Type_commit(&tile);
    int64_t part = replica_message_tiles(matrix);
    for (int64_t done = 0; done < number_max(sent, received); done += part) {
        int64_t out_tiles = number_min(part, sent - done), in_tiles = number_min(part, received - done);
        MPI_Sendrecv(out + number_min(done, sent) * tile_floats, (int)number_max(0, out_tiles), tile,
                     out_tiles > 0 ? to : MPI_PROC_NULL, 0, in + number_min(done, received) * tile_floats,
                     (int)number_max(0, in_tiles), tile, in_tiles > 0 ? from : MPI_PROC_NULL, 0,
                     replica->comm->mpi, MPI_STATUS_IGNORE);
    }
    MPI_Type_free(&tile);
}
