#include "read/blocks.h"

#include "base/memory.h"
#include "base/number.h"

#include <string.h>

/* What is said of a block ahead of its text: int64_t only. */
struct block {
    int64_t bytes; /* 0: no block */
    int64_t file, offset, line;
};

/* In a round with first destination d, a sender's block i goes to rank (sender + d + i) mod size, i < width
 * <= size. So a rank gets at most one block from each of `width` senders, and its room is that of one round's
 * blocks. */
struct dealing {
    const struct comm *comm;     /* not owned */
    const struct inputs *inputs; /* not owned */
    struct parser *parser;       /* not owned */
    struct chunk_reader reader;
    int64_t file; /* being read by this rank; from inputs->count on: none is left */
    int64_t line; /* its lines sent so far */
    int width;
    int64_t round;
    char *out, *in;      /* owned: width blocks each */
    struct block *ahead; /* owned: [2 x size]: to and from each rank */
    int *counts;         /* owned: [4 x size]: bytes and displacements, to and from each rank */
};

/* Goes on to the next file that this rank reads for all. */
static status next_file(struct dealing *dealing)
{
    const struct inputs *inputs = dealing->inputs;
    chunks_close(&dealing->reader);
    dealing->line = 0;
    while (++dealing->file < inputs->count) {
        if (inputs_file_is_mine(inputs, dealing->file, dealing->comm))
            return chunks_open(&dealing->reader, inputs_source(inputs, dealing->file), 0, INT64_MAX);
    }
    return MFALS_OK;
}

int64_t blocks_bytes(const struct comm *comm, const struct inputs *inputs)
{
    int64_t bytes = 0;
    for (int64_t file = 0; file < inputs->count; file++)
        if (inputs_file_is_mine(inputs, file, comm))
            bytes += inputs->files[file].size;
    return bytes;
}

static int64_t count_lines(const char *text, int64_t length)
{
    int64_t lines = 0;
    for (int64_t i = 0; i < length; i++)
        lines += text[i] == '\n';
    return lines;
}

/* What is wrong with a whole file has its place behind the lines that could be read. */
static status note_failure(struct dealing *dealing, status failed)
{
    if (failed != MFALS_BAD_DATA && failed != MFALS_NO_INPUT && failed != MFALS_IO)
        return failed;
    int64_t position = (dealing->file << POSITION_FILE_SHIFT) + dealing->reader.offset;
    fault_note(&dealing->parser->fault, failed, position, -1, 0, failure_message());
    dealing->file = dealing->inputs->count;
    return MFALS_OK;
}

/* The next chunk of this rank's files; length 0: there is none. */
static status next_chunk(struct dealing *dealing, struct chunk *chunk)
{
    *chunk = (struct chunk){0};
    while (dealing->file < dealing->inputs->count) {
        status got = chunks_next(&dealing->reader, chunk);
        if (got == MFALS_OK && chunk->offset + chunk->length >= (int64_t)1 << POSITION_FILE_SHIFT)
            got = fail(MFALS_BAD_DATA, "%s: 16 TiB of text or more, cut it into parts",
                       inputs_path(dealing->inputs, dealing->file));
        if (got != MFALS_OK) {
            *chunk = (struct chunk){0};
            return note_failure(dealing, got);
        }
        if (chunk->length > 0)
            return MFALS_OK;
        got = next_file(dealing);
        if (got != MFALS_OK)
            return note_failure(dealing, got);
    }
    return MFALS_OK;
}

static int destination(const struct dealing *dealing, int i)
{
    int size = dealing->comm->size;
    return (int)((dealing->comm->rank + dealing->round * dealing->width + i) % size);
}

static int source(const struct dealing *dealing, int i)
{
    int size = dealing->comm->size;
    int64_t back = (dealing->round * dealing->width + i) % size;
    return (int)((dealing->comm->rank - back + size) % size);
}

/* Fills one round's blocks to send, and says where they lie. */
static status prepare(struct dealing *dealing)
{
    int size = dealing->comm->size;
    memset(dealing->ahead, 0, 2 * (size_t)size * sizeof *dealing->ahead);
    memset(dealing->counts, 0, 4 * (size_t)size * sizeof *dealing->counts);
    for (int i = 0; i < dealing->width; i++) {
        struct chunk chunk;
        TRY(next_chunk(dealing, &chunk));
        if (chunk.length == 0)
            break;
        int to = destination(dealing, i);
        dealing->ahead[to] = (struct block){chunk.length, dealing->file, chunk.offset, dealing->line};
        dealing->line += count_lines(chunk.text, chunk.length);
        dealing->counts[to] = (int)chunk.length;
        dealing->counts[size + to] = i * CHUNK_BYTES;
        memcpy(dealing->out + (int64_t)i * CHUNK_BYTES, chunk.text, (size_t)chunk.length);
    }
    return MFALS_OK;
}

static void exchange(struct dealing *dealing)
{
    int size = dealing->comm->size, *sent = dealing->counts, *received = sent + 2 * size;
    const struct block *from = dealing->ahead + size;
    MPI_Alltoall(dealing->ahead, 4, MPI_INT64_T, dealing->ahead + size, 4, MPI_INT64_T, dealing->comm->mpi);
    for (int i = 0; i < dealing->width; i++) {
        int rank = source(dealing, i);
        received[rank] = (int)from[rank].bytes;
        received[size + rank] = i * CHUNK_BYTES;
    }
    MPI_Alltoallv(dealing->out, sent, sent + size, MPI_BYTE, dealing->in, received, received + size, MPI_BYTE,
                  dealing->comm->mpi);
}

static status parse_received(struct dealing *dealing)
{
    for (int i = 0; i < dealing->width; i++) {
        struct block block = dealing->ahead[dealing->comm->size + source(dealing, i)];
        struct chunk chunk = {dealing->in + (int64_t)i * CHUNK_BYTES, block.bytes, block.offset};
        TRY(parse_chunk(dealing->parser, block.file, &chunk, &block.line));
    }
    return MFALS_OK;
}

/* [collective] Whether another round is needed. What comes behind a fault needs not be read. */
static bool goes_on(struct dealing *dealing)
{
    int64_t state[2] = {-fault_position(&dealing->parser->fault), dealing->file < dealing->inputs->count};
    comm_max_int(dealing->comm, state, 1);
    if (dealing->file >= -state[0] >> POSITION_FILE_SHIFT)
        dealing->file = dealing->inputs->count;
    state[1] = dealing->file < dealing->inputs->count;
    comm_max_int(dealing->comm, state + 1, 1);
    return state[1] != 0;
}

static status begin(struct dealing *dealing)
{
    int64_t size = dealing->comm->size, bytes = (int64_t)dealing->width * CHUNK_BYTES;
    TRY(allocate(&dealing->ahead, 2 * size));
    TRY(allocate(&dealing->counts, 4 * size));
    TRY(allocate_raw(&dealing->out, bytes));
    TRY(allocate_raw(&dealing->in, bytes));
    status opened = next_file(dealing);
    return opened == MFALS_OK ? MFALS_OK : note_failure(dealing, opened);
}

static status deal(struct dealing *dealing)
{
    TRY(agree(dealing->comm, begin(dealing)));
    for (; goes_on(dealing); dealing->round++) {
        TRY(agree(dealing->comm, prepare(dealing)));
        exchange(dealing);
        TRY(agree(dealing->comm, parse_received(dealing)));
    }
    return MFALS_OK;
}

status blocks_read(struct parser *parser, const struct comm *comm, const struct inputs *inputs)
{
    if (!inputs_are_dealt(inputs))
        return MFALS_OK;
    struct dealing dealing = {.comm = comm,
                              .inputs = inputs,
                              .parser = parser,
                              .file = -1,
                              .width = (int)number_min(comm->size, BLOCKS_PER_ROUND)};
    status dealt = deal(&dealing);
    chunks_close(&dealing.reader);
    memory_free(dealing.out);
    memory_free(dealing.in);
    memory_free(dealing.ahead);
    memory_free(dealing.counts);
    return dealt;
}
