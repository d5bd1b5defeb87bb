#include "api/files_apart.h"
#include "api/lib.h"
#include "api/ratings_input.h"
#include "base/utf8.h"
#include "ratings/assemble.h"
#include "ratings/digest.h"
#include "store/ratings_file.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

/* id of rating i as text, of one side. */
static status add_id(struct raw_ratings *raw, const struct handed *handed, enum side side, int64_t i)
{
    char digits[32];
    const char *text = digits;
    if (handed->texts[side] != NULL) {
        text = handed->texts[side][i];
        if (text[0] == '\0' || strlen(text) > ID_MAX_BYTES || !utf8_is_text(text, (int64_t)strlen(text)))
            return fail(MFALS_BAD_DATA, "rating %" PRId64 ": the %s's id is no UTF-8 text of 1 to %d bytes",
                        i, side == USERS ? "user" : "item", ID_MAX_BYTES);
    } else {
        snprintf(digits, sizeof digits, "%" PRId64, handed->ids[side][i]);
    }
    return dictionary_add(&raw->ids[side], &raw->ratings[i].id[side], text, (int64_t)strlen(text),
                          raw->ratings[i].position);
}

/* [local] */
static status take(struct raw_ratings *raw, const struct handed *handed, int64_t before)
{
    TRY(allocate(&raw->ratings, handed->count));
    raw->count = raw->capacity = raw->lines = handed->count;
    for (int64_t i = 0; i < handed->count; i++) {
        struct raw_rating *rating = &raw->ratings[i];
        rating->position = before + i;
        rating->value = handed->values != NULL ? handed->values[i] : 1;
        if (!isfinite(rating->value))
            return fail(MFALS_BAD_DATA, "rating %" PRId64 ": its value is not finite", i);
        TRY(add_id(raw, handed, USERS, i));
        TRY(add_id(raw, handed, ITEMS, i));
    }
    return MFALS_OK;
}

status lib_take(struct raw_ratings *raw, const struct comm *comm, const struct handed *handed)
{
    int64_t all = handed->count;
    *raw = (struct raw_ratings){0};
    TRY(agree(comm, take(raw, handed, comm_sum_before(comm, handed->count))));
    comm_sum_int(comm, &all, 1);
    return all > 0 ? MFALS_OK : fail(MFALS_BAD_DATA, "no ratings");
}

/* [local] */
static status settle(struct mfals_ratings *ratings, struct mfals_options *options, const char *const *paths,
                     int count)
{
    struct settings *settings = &ratings->settings;
    ratings->context = options->context;
    ratings->options = options;
    TRY(lib_settings(settings, options, FOR_TRAIN | FOR_CONVERT));
    TRY(allocate(&ratings->paths, count));
    for (; ratings->path_count < count; ratings->path_count++)
        TRY(lib_copy(&ratings->paths[ratings->path_count], paths[ratings->path_count]));
    settings->words = ratings->paths;
    settings->word_count = count;
    return settings_settle(settings);
}

static status load(struct mfals_ratings *ratings, const struct handed *handed)
{
    struct settings *settings = &ratings->settings;
    const struct comm *comm = &ratings->context->comm;
    if (handed == NULL)
        return ratings_input_load(&ratings->ratings, comm, settings, &ratings->phases);
    if (settings->ratings.hold_out.kind == HOLD_OUT_LAST)
        return fail(MFALS_USAGE, "--holdout-last: ratings that are handed over have no times");
    __attribute__((cleanup(raw_ratings_free))) struct raw_ratings raw;
    TRY(lib_take(&raw, comm, handed));
    return ratings_assemble(&ratings->ratings, comm, &raw, &settings->ratings, solve_row_cost,
                            &settings->solve, &ratings->phases);
}

/* [collective] From files, or handed over. */
static status make(struct mfals_ratings **ratings, struct mfals_options *options, const char *const *paths,
                   int count, const struct handed *handed)
{
    const struct comm *comm = &options->context->comm;
    struct lib_call call = lib_enter(options->context);
    status done = allocate_on_all(comm, ratings, 1);
    if (done == MFALS_OK)
        done = agree(comm, settle(*ratings, options, paths, count));
    if (done == MFALS_OK)
        done = lib_stopped_while("reading ratings", load(*ratings, handed));
    if (done != MFALS_OK)
        mfals_ratings_free(ratings);
    return lib_leave(&call, done);
}

enum mfals_status mfals_ratings_read(struct mfals_ratings **ratings, struct mfals_options *options,
                                     const char *const *paths, int count)
{
    const struct settings *settings = &options->settings;
    if (paths != NULL)
        return make(ratings, options, paths, count, NULL);
    struct lib_call call = lib_enter(options->context);
    *ratings = NULL;
    status chosen = lib_leave(&call, lib_choose_sample(options));
    if (chosen != MFALS_OK)
        return chosen;
    return make(ratings, options, (const char *const *)settings->words, settings->word_count, NULL);
}

enum mfals_status mfals_ratings_take(struct mfals_ratings **ratings, struct mfals_options *options,
                                     const int64_t *users, const int64_t *items, const float *values,
                                     int64_t count)
{
    const struct handed handed = {.ids = {users, items}, .values = values, .count = count};
    return make(ratings, options, NULL, 0, &handed);
}

enum mfals_status mfals_ratings_take_text(struct mfals_ratings **ratings, struct mfals_options *options,
                                          const char *const *users, const char *const *items,
                                          const float *values, int64_t count)
{
    const struct handed handed = {.texts = {users, items}, .values = values, .count = count};
    return make(ratings, options, NULL, 0, &handed);
}

int64_t mfals_ratings_count(const struct mfals_ratings *ratings)
{
    return ratings->ratings->count;
}

int64_t mfals_ratings_rows(const struct mfals_ratings *ratings, enum mfals_side side)
{
    return ratings->ratings->rows[side];
}

void mfals_ratings_describe(struct mfals_ratings_facts *facts, const struct mfals_ratings *ratings)
{
    const struct ratings *of = ratings->ratings;
    *facts = (struct mfals_ratings_facts){.paths = (const char *const *)ratings->paths,
                                          .path_count = ratings->path_count,
                                          .files = of->files,
                                          .bytes = of->file_bytes,
                                          .lines = of->lines,
                                          .bad_lines = of->bad_lines,
                                          .duplicates = of->duplicates,
                                          .left_out = of->left_out};
    digest_text(facts->digest, of->digest);
}

enum mfals_status mfals_ratings_save(struct mfals_ratings *ratings, const char *path)
{
    const struct comm *comm = &ratings->context->comm;
    struct lib_call call = lib_enter(ratings->context);
    struct settings settings = ratings->settings;
    settings.output = path;
    status done = files_check_apart(comm, &settings, NULL);
    if (done == MFALS_OK)
        done = ratings_file_write(comm, path, ratings->ratings);
    return lib_leave(&call, done);
}

void mfals_ratings_free(struct mfals_ratings **ratings)
{
    struct mfals_ratings *old = *ratings;
    if (old == NULL)
        return;
    ratings_free(&old->ratings);
    for (int i = 0; i < old->path_count; i++)
        memory_free(old->paths[i]);
    memory_free(old->paths);
    memory_free(old);
    *ratings = NULL;
}
