#include "read/raw.h"

#include "base/advance.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/number.h"
#include "read/blocks.h"
#include "read/parquet_input.h"
#include "read/report.h"

#include <inttypes.h>
#include <math.h>

/* What reading needs beside its result. */
struct reading {
    const struct comm *comm; /* not owned */
    struct inputs inputs;
    struct format format;
    struct parser parser;
    int64_t *lines_begun; /* owned: of each plain file, on this rank */
};

/* Reads the plain file's lines that begin in bytes begin .. end - 1. */
static status read_range(struct reading *reading, int64_t file, int64_t begin, int64_t end)
{
    struct chunk_reader reader;
    struct chunk chunk;
    status got = chunks_open(&reader, inputs_source(&reading->inputs, file), begin, end);
    while (got == MFALS_OK && (got = chunks_next(&reader, &chunk)) == MFALS_OK && chunk.length > 0) {
        got = parse_chunk(&reading->parser, file, &chunk, &reading->lines_begun[file]);
        if (reading->parser.fault.code != MFALS_OK)
            break;
    }
    int64_t position = (file << POSITION_FILE_SHIFT) + reader.offset;
    chunks_close(&reader);
    if (got != MFALS_NO_INPUT && got != MFALS_IO)
        return got;
    fault_note(&reading->parser.fault, got, position, -1, 0, failure_message());
    return MFALS_OK;
}

/* Reads this rank's share of the plain files, taken as one range of bytes, up to the first fault. */
static status read_share(struct reading *reading)
{
    const struct inputs *inputs = &reading->inputs;
    int64_t total = 0, before = 0, ranks = reading->comm->size, rank = reading->comm->rank;
    for (int64_t file = 0; file < inputs->count; file++)
        total += inputs_file_is_shared(inputs, file) ? inputs->files[file].size : 0;
    int64_t part = total / ranks, rest = total % ranks;
    int64_t first = rank * part + number_min(rank, rest), last = first + part + (rank < rest);
    reading->parser.expected_bytes = last - first;
    for (int64_t file = 0; file < inputs->count && reading->parser.fault.code == MFALS_OK; file++) {
        if (!inputs_file_is_shared(inputs, file))
            continue;
        int64_t size = inputs->files[file].size;
        int64_t begin = number_max(first - before, 0), end = number_min(last - before, size);
        if (begin < end)
            TRY(read_range(reading, file, begin, end));
        before += size;
    }
    return MFALS_OK;
}

/* Of files as they lie there this rank reads its share of the plain ones, and the others that are dealt to it. */
static void size_up(const struct reading *reading)
{
    const struct inputs *inputs = &reading->inputs;
    int64_t shared = 0, all = 0;
    for (int64_t file = 0; file < inputs->count; file++) {
        all += inputs->files[file].size;
        shared += inputs_file_is_shared(inputs, file) ? inputs->files[file].size : 0;
    }
    int64_t mine = shared / reading->comm->size + blocks_bytes(reading->comm, inputs);
    reading->parser.raw->files = inputs->count;
    reading->parser.raw->file_bytes = all;
    advance_begin("reading", "bytes", mine, all);
}

/* The dictionaries hold the place where an id was added; blocks do not come in the order of the input. */
static void find_first_positions(struct raw_ratings *raw)
{
    for (int64_t i = 0; i < raw->count; i++)
        for (int side = USERS; side <= ITEMS; side++) {
            int64_t *position = &raw->ids[side].position[raw->ratings[i].id[side]];
            *position = number_min(*position, raw->ratings[i].position);
        }
}

/* Few bad lines are skipped; many are another format. totals: lines, and bad ones, of which text tells the first. */
static status check_bad_lines(const char *path, const int64_t totals[2], double limit, const char *text)
{
    if ((double)totals[1] > limit * (double)totals[0])
        return fail(MFALS_BAD_DATA,
                    "%s: %" PRId64 " of %" PRId64
                    " lines are bad, more than --bad-line-limit %g; the first: %s; to let them "
                    "pass: --bad-line-limit %g",
                    path, totals[1], totals[0], limit, text,
                    ceil(100 * (double)totals[1] / (double)totals[0]) / 100);
    log_warning("%" PRId64 " of %" PRId64 " lines are bad and were skipped, the first: %s", totals[1],
                totals[0], text);
    return MFALS_OK;
}

/* [collective] What can be told only once all is read. */
static status conclude(struct reading *reading, double limit)
{
    const struct comm *comm = reading->comm;
    const struct raw_ratings *raw = reading->parser.raw;
    char text[FAILURE_MESSAGE_SIZE];
    status first = fault_first(text, comm, &reading->parser.fault, &reading->inputs, reading->lines_begun);
    if (first != MFALS_OK)
        return fail(first, "%s", text);
    int64_t totals[5] = {raw->lines, raw->bad_lines, raw->count, raw->rounded, raw->longer};
    comm_sum_int(comm, totals, 5);
    const char *path = inputs_path(&reading->inputs, 0);
    if (fault_first(text, comm, &reading->parser.skipped, &reading->inputs, reading->lines_begun) != MFALS_OK)
        TRY(check_bad_lines(path, totals, limit, text));
    if (totals[4] > 0)
        log_warning("%s: %" PRId64 " lines have more columns than the first, which are ignored", path,
                    totals[4]);
    if (totals[3] > 0)
        log_warning("%s: %" PRId64
                    " ratings are whole numbers beyond 2^24 that 32-bit floats do not hold, and were "
                    "rounded; are they times or ids? --columns says which column is the rating",
                    path, totals[3]);
    if (reading->format.matrix && totals[0] != reading->format.entries)
        return fail(MFALS_BAD_DATA, "%s: expected %" PRId64 " entries as the size line says, found %" PRId64,
                    path, reading->format.entries, totals[0]);
    if (totals[2] == 0)
        return fail(MFALS_BAD_DATA, "%s: no ratings", path);
    return MFALS_OK;
}

/* [collective] */
static status read_text(struct reading *reading, const struct read_options *options)
{
    const struct comm *comm = reading->comm;
    struct raw_ratings *raw = reading->parser.raw;
    TRY(format_detect(&reading->format, comm, &reading->inputs, options));
    if (reading->format.counted) /* users are the numbers of lines: one rank counts them */
        reading->inputs.files[0].turn = 0;
    raw->timed = reading->format.line.timed;
    raw->weighed = reading->format.line.weighed;
    for (int side = USERS; side <= ITEMS; side++)
        raw->declared[side] = reading->format.line.declared[side];
    size_up(reading);
    TRY(agree(comm, read_share(reading)));
    TRY(blocks_read(&reading->parser, comm, &reading->inputs));
    advance_end();
    if (inputs_are_dealt(&reading->inputs))
        find_first_positions(raw);
    return MFALS_OK;
}

static status read_all(struct reading *reading, const struct read_options *options)
{
    const struct comm *comm = reading->comm;
    struct raw_ratings *raw = reading->parser.raw;
    bool is_parquet;
    TRY(inputs_list(&reading->inputs, comm, options));
    TRY(agree(comm, allocate(&reading->lines_begun, reading->inputs.count)));
    raw->ids[USERS].any_text = raw->ids[ITEMS].any_text = options->ids == IDS_TEXT;
    TRY(parquet_input_check(&is_parquet, &reading->inputs));
    TRY(is_parquet ? parquet_input_read(&reading->parser, comm, &reading->inputs, options, &reading->format)
                   : read_text(reading, options));
    TRY(conclude(reading, options->bad_line_limit));
    report_ratings(comm, raw, inputs_path(&reading->inputs, reading->format.file), reading->format.understood,
                   reading->format.example);
    return MFALS_OK;
}

status raw_ratings_read(struct raw_ratings *raw, const struct comm *comm, const struct read_options *options)
{
    *raw = (struct raw_ratings){0};
    struct reading reading = {.comm = comm};
    reading.parser =
        (struct parser){.raw = raw, .format = &reading.format, .skip_bad_lines = options->skip_bad_lines};
    status done = read_all(&reading, options);
    inputs_free(&reading.inputs);
    format_free(&reading.format);
    memory_free(reading.lines_begun);
    return done;
}

void raw_ratings_free(struct raw_ratings *raw)
{
    memory_free(raw->ratings);
    memory_free(raw->times);
    memory_free(raw->weights);
    for (int side = USERS; side <= ITEMS; side++)
        dictionary_free(&raw->ids[side]);
    *raw = (struct raw_ratings){0};
}
