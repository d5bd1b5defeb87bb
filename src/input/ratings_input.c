#include "input/ratings_input.h"

#include "base/log.h"
#include "input/hdf5_ratings.h"
#include "ratings/assemble.h"
#include "solve/row_cost.h"
#include "solve/train.h"

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

static const struct {
    const char *name, *outcome;
} rules[] = {[DUPLICATES_LAST] = {"last", "the latest of each pair counts"},
             [DUPLICATES_SUM] = {"sum", "they were added up"},
             [DUPLICATES_MEAN] = {"mean", "their mean counts"},
             [DUPLICATES_ERROR] = {"error", "none may be"}};

static void describe(const struct ratings *ratings, const struct ratings_options *options)
{
    char files[32], bytes[32], count[32], users[32], items[32], lines[32], bad[32], merged[32], left_out[32],
        skipped[64] = "", combined[80] = "all kept";
    if (!options->keep_all)
        snprintf(combined, sizeof combined, "%s duplicates combined%s%s",
                 with_commas(merged, ratings->duplicates), ratings->duplicates > 0 ? " by " : "",
                 ratings->duplicates > 0 ? rules[options->duplicates].name : "");
    if (ratings->bad_lines > 0)
        snprintf(skipped, sizeof skipped, "; %s bad lines skipped", with_commas(bad, ratings->bad_lines));
    log_line("%s ratings of %s users and %s items (read %s lines, %s bytes in %s file%s%s; %s; %s left out)",
             with_commas(count, ratings->count), with_commas(users, ratings->rows[USERS]),
             with_commas(items, ratings->rows[ITEMS]), with_commas(lines, ratings->lines),
             with_commas(bytes, ratings->file_bytes), with_commas(files, ratings->files),
             ratings->files == 1 ? "" : "s", skipped, combined, with_commas(left_out, ratings->left_out));
    if (ratings->held_out_count + ratings->fold_in_count > 0)
        log_line("held out: %s ratings to test on", with_commas(count, ratings->held_out_count));
    if (ratings->left_out > 0)
        log_line("values of 0 or below are no feedback for an implicit model: %s left out (to count every "
                 "line as one: "
                 "--columns user,item)",
                 left_out);
}

/* Where more than a hundredth of the lines is concerned, the rule shapes the model. Events that add up lose nothing. */
static void warn_of_duplicates(const struct ratings *ratings, enum duplicates rule)
{
    char merged[32], lines[32];
    void (*say)(const char *, ...) __attribute__((format(printf, 1, 2))) =
        rule == DUPLICATES_SUM ? log_line : log_warning;
    if (ratings->duplicates > ratings->lines / 100)
        say("%s of %s ratings are of pairs of user and item that were there before: %s, as --duplicates %s "
            "says",
            with_commas(merged, ratings->duplicates), with_commas(lines, ratings->lines), rules[rule].outcome,
            rules[rule].name);
}

status ratings_input_read(struct ratings **ratings, const struct comm *comm,
                          const struct ratings_options *options, const struct solve_options *solve,
                          struct phases *phases)
{
    __attribute__((cleanup(raw_ratings_free))) struct raw_ratings raw = {0};
    *ratings = NULL;
    if (!hdf5_ratings_are(comm, &options->read))
        return ratings_load(ratings, comm, options, solve_row_cost, solve, phases);
    TRY(hdf5_ratings_read(&raw, comm, &options->read, phases));
    return ratings_assemble(ratings, comm, &raw, options, solve_row_cost, solve, phases);
}

status ratings_input_load(struct ratings **ratings, const struct comm *comm, const struct run_config *config,
                          struct phases *phases)
{
    TRY(ratings_input_read(ratings, comm, &config->ratings, &config->solve, phases));
    describe(*ratings, &config->ratings);
    warn_of_duplicates(*ratings, config->ratings.duplicates);
    return MFALS_OK;
}
