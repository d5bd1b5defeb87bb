/* Files damaged at random places: refused by all ranks alike, with one line, or read as the very thing that was
 * written.
 *
 * MFALS_SOAK_COUNT: how many damaged files of each kind (1000, on several ranks fewer). The n-th one is the same in every run. A crash or a
 * file that takes longer than MUTANT_SECONDS ends the test and leaves the file behind.
 */
#include "damage.h"
#include "model_sample.h"
#include "ranks.h"
#include "ratings/assemble.h"
#include "read/dictionary.h"
#include "store/checkpoint_file.h"
#include "store/model_reader.h"
#include "store/ratings_file.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

enum { MUTANT_SECONDS = 20, COUNT_DEFAULT = 1000 };
enum { FACTORS = 3, AXES_NUMBERS = (FACTORS + 1) * FACTORS };

/* Of all that a reader gives its caller; the ranks' parts are added up. */
static void note(uint64_t *seen, const void *data, int64_t bytes)
{
    *seen = XXH3_64bits_withSeed(data, (size_t)bytes, *seen);
}

static void note_side(uint64_t *seen, const struct stored_model *model, int s)
{
    const struct stored_side *side = &model->side[s];
    const struct ids *ids = &side->ids;
    note(seen, &side->rows, sizeof side->rows);
    note(seen, side->offsets, (int64_t)sizeof *side->offsets * (world.size + 1));
    note(seen, side->factors, (int64_t)sizeof(float) * ids->count * model->row_floats);
    note(seen, side->bias, model->biases ? (int64_t)sizeof(float) * ids->count : 0);
    note(seen, &ids->kind, sizeof ids->kind);
    note(seen, ids->keys, ids->count * ids->width);
}

static status read_model(uint64_t *seen, const char *path)
{
    struct stored_model *model;
    TRY(model_file_read(&model, &world, path));
    const int numbers[] = {model->factors, model->padding, model->biases};
    note(seen, &model->global_mean, sizeof model->global_mean);
    note(seen, numbers, sizeof numbers);
    for (int i = 0; i < model->header->attribute_count; i++) {
        struct attribute attribute = header_nth_attribute(model->header, i);
        note(seen, attribute.name, (int64_t)strlen(attribute.name));
        if (attribute.kind == ATTRIBUTE_TEXT)
            note(seen, attribute.text, (int64_t)strlen(attribute.text));
        note(seen, &attribute.integer, sizeof attribute.integer);
        note(seen, &attribute.real, sizeof attribute.real);
    }
    note_side(seen, model, USERS);
    note_side(seen, model, ITEMS);
    stored_model_free(&model);
    return MFALS_OK;
}

static status read_ratings(uint64_t *seen, const char *path)
{
    struct raw_ratings raw;
    status got = ratings_file_read(&raw, &world, path, TIMES_IF_ANY);
    for (int64_t i = 0; i < raw.count && got == MFALS_OK; i++) {
        note(seen, &raw.ratings[i].position, sizeof raw.ratings[i].position);
        note(seen, &raw.ratings[i].value, sizeof raw.ratings[i].value);
        note(seen, raw.ratings[i].id, sizeof raw.ratings[i].id);
    }
    for (int s = USERS; s <= ITEMS && got == MFALS_OK; s++)
        for (int64_t i = 0; i < raw.ids[s].count; i++) {
            int64_t length;
            const char *text = dictionary_text(&raw.ids[s], i, &length);
            note(seen, text, length);
        }
    raw_ratings_free(&raw);
    return got;
}

static void note_rows(void *seen, int64_t first, int64_t count, const float *factors, const float *bias)
{
    note(seen, &first, sizeof first);
    note(seen, factors, (int64_t)sizeof(float) * count * FACTORS);
    note(seen, bias, bias == NULL ? 0 : (int64_t)sizeof(float) * count);
}

/* [local] */
static status note_checkpoint(uint64_t *seen, const struct checkpoint *checkpoint)
{
    double losses[3], axes[AXES_NUMBERS];
    const struct header *header = checkpoint->header;
    for (int i = 0; i < header->attribute_count; i++) {
        struct attribute attribute = header_nth_attribute(header, i);
        note(seen, attribute.name, (int64_t)strlen(attribute.name));
        note(seen, attribute.text, attribute.kind == ATTRIBUTE_TEXT ? (int64_t)strlen(attribute.text) : 0);
        note(seen, &attribute.integer, sizeof attribute.integer);
        note(seen, &attribute.real, sizeof attribute.real);
    }
    for (int part = 0; part < 4; part++) {
        const struct data_set *set = header_find(header, part % 2 == USERS ? "/users/ids" : "/items/ids");
        TRY(checkpoint_rows(checkpoint, (enum side)(part % 2), part >= 2, FACTORS, 0, set->rows, note_rows,
                            seen));
    }
    TRY(checkpoint_numbers(losses, 3, checkpoint, "/history/total_loss"));
    TRY(checkpoint_numbers(axes, AXES_NUMBERS, checkpoint, CHECKPOINT_AXES));
    note(seen, losses, sizeof losses);
    note(seen, axes, sizeof axes);
    return MFALS_OK;
}

static status read_checkpoint(uint64_t *seen, const char *path)
{
    struct checkpoint *checkpoint;
    TRY(checkpoint_open(&checkpoint, &world, path));
    status got = agree(&world, note_checkpoint(seen, checkpoint));
    checkpoint_close(&checkpoint);
    return got;
}

static void write_checkpoint(struct sample *sample)
{
    struct checkpoint_file file = {.has_best = true};
    struct writing *writing;
    double axes[AXES_NUMBERS];
    sample_open(sample, 33, 20, FACTORS, ID_INTEGER);
    for (int i = 0; i < AXES_NUMBERS; i++)
        axes[i] = i / 7.0;
    for (int s = USERS; s <= ITEMS; s++)
        file.best[s] = sample->file.side[s];
    file.model = sample->file;
    file.axes = axes;
    REQUIRE_OK(checkpoint_file_start(&writing, &world, &file));
    REQUIRE_OK(new_file_finish(&writing));
}

static void write_model(struct sample *sample)
{
    sample_open(sample, 40, 30, 3, ID_INTEGER);
    for (int s = USERS; s <= ITEMS; s++) {
        sample->file.side[s].bias = sample->factors[s] + 3;
        sample->file.side[s].bias_step = sample->file.side[s].row_floats;
    }
    REQUIRE_OK(model_file_write(&world, &sample->file));
}

static void write_model_of_text_ids(struct sample *sample)
{
    sample_open(sample, 25, 70, 2, ID_TEXT);
    REQUIRE_OK(model_file_write(&world, &sample->file));
}

static int64_t row_cost(int64_t row_ratings, const void *context)
{
    (void)context;
    return 1 + row_ratings;
}

static status make_raw(struct raw_ratings *raw)
{
    enum { RATINGS = 150 };
    TRY(allocate(&raw->ratings, RATINGS));
    for (int64_t i = world.rank; i < RATINGS; i += world.size) {
        char user[32], item[32];
        int user_length = snprintf(user, sizeof user, "%d", (int)(i * 7919 % 31) - 9);
        int item_length = snprintf(item, sizeof item, "item %d", (int)(i * 104729 % 17));
        struct raw_rating *rating = &raw->ratings[raw->count++];
        *rating = (struct raw_rating){.position = i, .value = (float)(1 + i % 7) / 2};
        TRY(dictionary_add(&raw->ids[USERS], &rating->id[USERS], user, user_length, i));
        TRY(dictionary_add(&raw->ids[ITEMS], &rating->id[ITEMS], item, item_length, i));
    }
    raw->lines = raw->count;
    return MFALS_OK;
}

static void write_ratings(struct sample *sample)
{
    static const struct ratings_options options = {.positive_only = true};
    struct raw_ratings raw = {0};
    struct ratings *ratings;
    struct phases phases = {0};
    sample_open(sample, 1, 1, 1, ID_INTEGER); /* for its folder */
    REQUIRE_OK(make_raw(&raw));
    REQUIRE_OK(ratings_assemble(&ratings, &world, &raw, &options, row_cost, NULL, &phases));
    raw_ratings_free(&raw);
    REQUIRE_OK(ratings_file_write(&world, sample->path, ratings));
    ratings_free(&ratings);
}

/* To add a kind: how it is written to sample->path, how it is read, the code of a refusal. A with a checksum trailer one is refused
 * whatever was changed, others may be read right where what was changed has no meaning. */
static const struct kind {
    const char *name;
    void (*write)(struct sample *sample);
    status (*read)(uint64_t *seen, const char *path); /* [collective] seen: of this rank's part */
    status refusal;
    bool has_trailer;
} kinds[] = {{"model with biases", write_model, read_model, MFALS_BAD_DATA, false},
             {"model of text ids", write_model_of_text_ids, read_model, MFALS_BAD_DATA, false},
             {"ratings", write_ratings, read_ratings, MFALS_BAD_DATA, false},
             {"checkpoint", write_checkpoint, read_checkpoint, MFALS_BAD_DATA, true}};
enum { KINDS = sizeof kinds / sizeof *kinds };

/* The next of a sequence of numbers below `below`, which is above 0 (Vigna, splitmix64). */
static int64_t draw(uint64_t *state, int64_t below)
{
    uint64_t z = *state += 0x9e3779b97f4a7c15;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return (int64_t)((z ^ z >> 31) % (uint64_t)below);
}

/* Cut off, a range set to zero, or some bits changed. Returns the bytes that are left. */
static int64_t damage_once(char *bytes, int64_t size, uint64_t *state)
{
    int64_t place = draw(state, size), length;
    switch (draw(state, 4)) {
    case 0:
        return place;
    case 1:
        length = 1 + draw(state, draw(state, 2) == 0 ? 16 : 4096);
        memset(bytes + place, 0, (size_t)(place + length < size ? length : size - place));
        return size;
    default:
        for (int64_t flips = 1 + draw(state, 3); flips > 0; flips--)
            bytes[draw(state, size)] ^= (char)(1 << draw(state, 8));
        return size;
    }
}

/* The n-th file that is not the sound one: what was zero already is tried again. */
static int64_t damage(char *damaged, const char *sound, int64_t size, int64_t n)
{
    uint64_t state = (uint64_t)n;
    int64_t left;
    do {
        memcpy(damaged, sound, (size_t)size);
        left = damage_once(damaged, size, &state);
    } while (left == size && memcmp(damaged, sound, (size_t)size) == 0);
    return left;
}

static int put(const char *path, const char *bytes, int64_t size)
{
    int fd = open(path, O_WRONLY | O_TRUNC);
    int done = fd >= 0 && write(fd, bytes, (size_t)size) == size;
    return close(fd) == 0 && done;
}

static int get(char *bytes, const char *path, int64_t size)
{
    int fd = open(path, O_RDONLY);
    int done = fd >= 0 && read(fd, bytes, (size_t)size) == size;
    return close(fd) == 0 && done;
}

/* [collective] The sum of what all ranks have seen. */
static status read_all(uint64_t *seen, const struct kind *kind, const char *path)
{
    *seen = (uint64_t)world.rank;
    status got = kind->read(seen, path);
    MPI_Allreduce(MPI_IN_PLACE, seen, 1, MPI_UINT64_T, MPI_SUM, world.mpi);
    return got;
}

static int is_one_line(const char *message, const char *path)
{
    return strstr(message, path) != NULL && strchr(message, '\n') == NULL;
}

/* Whether the n-th damaged file is refused; it is right or refused. */
static int check_mutant(const struct kind *kind, const char *path, const char *bytes, int64_t size, int64_t n,
                        uint64_t expected)
{
    scoped char *damaged = NULL;
    uint64_t seen;
    char words[160];
    snprintf(words, sizeof words, "%s %d is read right, or refused by all ranks alike", kind->name, (int)n);
    REQUIRE_OK(allocate_on_all(&world, &damaged, size));
    int64_t left = damage(damaged, bytes, size, n);
    REQUIRE_ALL(world.rank != 0 || put(path, damaged, left));
    alarm(MUTANT_SECONDS);
    status got = read_all(&seen, kind, path);
    int right = got == MFALS_OK ? seen == expected && !kind->has_trailer
                                : got == kind->refusal && is_one_line(failure_message(), path);
    ranks_require(damage_same(got) && right, words, __FILE__, __LINE__);
    return got != MFALS_OK;
}

static int64_t wanted(void)
{
    const char *count = getenv("MFALS_SOAK_COUNT");
    return count != NULL ? strtol(count, NULL, 10) : COUNT_DEFAULT / (world.size * world.size);
}

static void check_kind(const struct kind *kind)
{
    struct sample sample;
    scoped char *bytes = NULL;
    uint64_t expected;
    int64_t count = wanted(), refused = 0, live = memory_live_blocks();
    kind->write(&sample);
    int64_t size = damage_size(sample.path);
    REQUIRE_OK(read_all(&expected, kind, sample.path));
    REQUIRE_OK(allocate_on_all(&world, &bytes, size));
    REQUIRE_ALL(get(bytes, sample.path, size));
    for (int64_t n = 0; n < count; n++)
        refused += check_mutant(kind, sample.path, bytes, size, n, expected);
    if (world.rank == 0)
        printf("\n    %s: %d damaged files of %d bytes: %d refused, %d read right ", kind->name, (int)count,
               (int)size, (int)refused, (int)(count - refused));
    CU_ASSERT(refused > count / 3); /* else the damage is none, or goes unnoticed */
    sample_close(&sample);
    CU_ASSERT_EQUAL(memory_live_blocks(), live + 1);
}

static void test_damaged(void)
{
    for (int i = 0; i < KINDS; i++)
        check_kind(&kinds[i]);
}

static CU_TestInfo tests[] = {{"damaged files", test_damaged}, CU_TEST_INFO_NULL};

int main(int argc, char **argv)
{
    return run_suite(&argc, &argv, "damaged files", tests);
}
