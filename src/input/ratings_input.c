#include "input/ratings_input.h"

#include "base/log.h"
#include "ratings/assemble.h"
#include "solve/row_cost.h"
#include "solve/train.h"
#include "store/header.h"
#include "store/ratings_file.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The sample of an installed copy: PREFIX/share/mfals for a program in PREFIX/bin. False if there is none. */
static bool find_installed_sample(char *path, size_t size)
{
    char program[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
    if (length <= 0)
        return false;
    program[length] = '\0';
    *strrchr(program, '/') = '\0';
    int written = snprintf(path, size, "%s/../share/mfals/online_retail.tsv.gz", program);
    return written > 0 && (size_t)written < size && access(path, R_OK) == 0;
}

void ratings_input_sample(char *path, size_t size)
{
    const char *chosen = getenv("MFALS_SAMPLE");
    if (chosen != NULL && chosen[0] != '\0')
        snprintf(path, size, "%s", chosen);
    else if (!find_installed_sample(path, size))
        snprintf(path, size, "%s", MFALS_DATA_DIR "/online_retail.tsv.gz");
}

/* A count with a comma after every three digits, into the caller's 32 bytes. */
static const char *with_commas(char *text, int64_t count)
{
    char digits[24];
    int length = snprintf(digits, sizeof digits, "%" PRId64, count), written = 0;
    for (int i = 0; i < length; i++) {
        if (i > 0 && (length - i) % 3 == 0)
            text[written++] = ',';
        text[written++] = digits[i];
    }
    text[written] = '\0';
    return text;
}

static void describe(const struct ratings *ratings)
{
    char files[32], bytes[32], count[32], users[32], items[32], lines[32], skipped[64] = "", bad[32],
                                                                           merged[32], left_out[32];
    if (ratings->bad_lines > 0)
        snprintf(skipped, sizeof skipped, "; %s bad lines skipped", with_commas(bad, ratings->bad_lines));
    log_line("%s ratings of %s users and %s items (read %s lines, %s bytes in %s file%s%s; %s duplicates "
             "combined; %s left out)",
             with_commas(count, ratings->count), with_commas(users, ratings->rows[USERS]),
             with_commas(items, ratings->rows[ITEMS]), with_commas(lines, ratings->lines),
             with_commas(bytes, ratings->file_bytes), with_commas(files, ratings->files),
             ratings->files == 1 ? "" : "s", skipped, with_commas(merged, ratings->duplicates),
             with_commas(left_out, ratings->left_out));
    if (ratings->held_out_count + ratings->fold_in_count > 0)
        log_line("held out: %s ratings to test on", with_commas(count, ratings->held_out_count));
    if (ratings->left_out > 0)
        log_line("values of 0 or below are no feedback for an implicit model: %s left out (to count every "
                 "line as one: "
                 "--columns user,item)",
                 left_out);
}

static status read_converted(struct ratings **ratings, const struct comm *comm,
                             const struct ratings_options *options, const struct solve_options *solve,
                             struct phases *phases)
{
    struct raw_ratings raw;
    phase_begin(phases, PHASE_READ);
    status done = ratings_file_read(&raw, comm, options->read.paths[0]);
    phase_end(phases, PHASE_READ);
    if (done == MFALS_OK)
        done = ratings_assemble(ratings, comm, &raw, options, solve_row_cost, solve, phases);
    raw_ratings_free(&raw);
    return done;
}

status ratings_input_read(struct ratings **ratings, const struct comm *comm,
                          const struct ratings_options *options, const struct solve_options *solve,
                          struct phases *phases)
{
    int converted = options->read.path_count == 1 && comm->rank == 0 && hdf5_file_probe(options->read.paths[0]);
    *ratings = NULL;
    comm_broadcast(comm, &converted, sizeof converted, 0);
    if (!converted)
        return ratings_load(ratings, comm, options, solve_row_cost, solve, phases);
    if (options->read.columns != NULL)
        return fail(MFALS_USAGE, "--columns: has no meaning for HDF5 ratings");
    if (options->read.format != FORMAT_AUTO)
        return fail(MFALS_USAGE, "--format: has no meaning for HDF5 ratings");
    if (options->read.timed)
        return fail(MFALS_USAGE, "--holdout-last: '%s' has no times", options->read.paths[0]);
    return read_converted(ratings, comm, options, solve, phases);
}

status ratings_input_load(struct ratings **ratings, const struct comm *comm, const struct run_config *config,
                          struct phases *phases)
{
    TRY(ratings_input_read(ratings, comm, &config->ratings, &config->solve, phases));
    describe(*ratings);
    return MFALS_OK;
}
