#include "ratings/ids_find.h"

#include "base/hash_secret.h"
#include "base/memory.h"
#include "base/number.h"
#include "comm/redistribute.h"
#include "ratings/keys.h"

#include <stdlib.h>
#include <xxhash.h>

/* What is asked for: the keys of those entries that may be known, and who would know. */
struct questions {
    char *keys;     /* owned: [count x width] */
    int *owner;     /* owned */
    int64_t *entry; /* owned: of the dictionary */
    int64_t count;
};

/* The ranks that have rows, in order, and their first keys. */
struct directory {
    char *keys; /* owned: [ranks x width] */
    int *rank;  /* owned */
    int ranks;
};

static struct key_type type_of(const struct known_ids *known)
{
    int width = known->ids->kind == ID_TEXT ? (int)number_max(known->ids->width, 1) : (int)sizeof(int64_t);
    return (struct key_type){known->ids->kind, width};
}

static status directory_make_room(struct directory *directory, int ranks, int width)
{
    directory->keys = memory_new(ranks, (size_t)width);
    if (directory->keys == NULL)
        return MFALS_NO_MEMORY;
    return allocate(&directory->rank, ranks);
}

/* [collective] */
static status directory_open(struct directory *directory, const struct comm *comm,
                             const struct known_ids *known, const struct key_type *type)
{
    size_t width = (size_t)type->width;
    char first[ID_MAX_BYTES] = {0};
    TRY(agree(comm, directory_make_room(directory, comm->size, type->width)));
    if (known->ids->count > 0)
        memcpy(first, known->ids->keys, width);
    MPI_Allgather(first, type->width, MPI_CHAR, directory->keys, type->width, MPI_CHAR, comm->mpi);
    for (int r = 0; r < comm->size; r++) {
        if (known->offsets[r] == known->offsets[r + 1])
            continue;
        memmove(directory->keys + (size_t)directory->ranks * width, directory->keys + (size_t)r * width,
                width);
        directory->rank[directory->ranks++] = r;
    }
    return MFALS_OK;
}

static status ask(struct questions *questions, const struct dictionary *dictionary,
                  const struct key_type *type, const struct directory *directory)
{
    questions->keys = memory_new_raw(dictionary->count, (size_t)type->width);
    if (questions->keys == NULL)
        return MFALS_NO_MEMORY;
    TRY(allocate_raw(&questions->owner, dictionary->count));
    TRY(allocate_raw(&questions->entry, dictionary->count));
    for (int64_t i = 0; i < dictionary->count; i++) {
        char *key = questions->keys + questions->count * type->width;
        int64_t length;
        const char *text = dictionary_text(dictionary, i, &length);
        if (!key_of_text(key, type, text, length))
            continue;
        int64_t place = keys_count_to(directory->keys, directory->ranks, type, key) - 1;
        if (place < 0) /* before all known ones */
            continue;
        questions->owner[questions->count] = directory->rank[place];
        questions->entry[questions->count++] = i;
    }
    return MFALS_OK;
}

/* The row of a key among this rank's, -1 if it is not there. */
static int64_t own_row(const struct ids *ids, const struct key_type *type, const char *key)
{
    int64_t place = keys_count_to(ids->keys, ids->count, type, key) - 1;
    bool found = place >= 0 && memcmp(ids->keys + place * type->width, key, (size_t)type->width) == 0;
    return found ? ids->first + place : -1;
}

status ids_answer(int64_t **rows, int **sender, const struct received *got, const struct ids *ids,
                  const struct key_type *type, int ranks)
{
    const char *keys = got->records;
    TRY(allocate_raw(rows, got->count));
    TRY(allocate_raw(sender, got->count));
    for (int r = 0; r < ranks; r++)
        for (int64_t i = got->from[r]; i < got->from[r + 1]; i++) {
            (*rows)[i] = own_row(ids, type, keys + i * type->width);
            (*sender)[i] = r;
        }
    return MFALS_OK;
}

/* [collective] Brings the keys to their owners, and the rows home. */
static status consult(int64_t *row_of, const struct comm *comm, const struct questions *questions,
                      const struct ids *ids, const struct key_type *type)
{
    scoped int64_t *rows = NULL;
    scoped int *sender = NULL;
    scoped_received there = {0}, back = {0};
    TRY(redistribute(comm, &there, questions->keys, questions->count, (size_t)type->width, questions->owner));
    TRY(agree(comm, ids_answer(&rows, &sender, &there, ids, type, comm->size)));
    TRY(redistribute(comm, &back, rows, there.count, sizeof *rows, sender));
    const int64_t *row = back.records; /* by owner, then in the order they were asked for */
    for (int64_t i = 0; i < questions->count; i++)
        row_of[questions->entry[i]] = row[back.from[questions->owner[i]]++];
    return MFALS_OK;
}

status ids_find(int64_t *row_of, const struct comm *comm, const struct dictionary *dictionary,
                const struct known_ids *known)
{
    struct key_type type = type_of(known);
    struct directory directory = {0};
    struct questions questions = {0};
    for (int64_t i = 0; i < dictionary->count; i++)
        row_of[i] = -1;
    status done = directory_open(&directory, comm, known, &type);
    if (done == MFALS_OK)
        done = agree(comm, ask(&questions, dictionary, &type, &directory));
    if (done == MFALS_OK)
        done = consult(row_of, comm, &questions, known->ids, &type);
    memory_free(directory.keys);
    memory_free(directory.rank);
    memory_free(questions.keys);
    memory_free(questions.owner);
    memory_free(questions.entry);
    return done;
}

status ids_find_text(int64_t *row, const struct comm *comm, const char *text, const struct known_ids *known)
{
    struct key_type type = type_of(known);
    char key[ID_MAX_BYTES];
    *row = key_of_text(key, &type, text, (int64_t)strlen(text)) ? own_row(known->ids, &type, key) : -1;
    comm_max_int(comm, row, 1);
    return MFALS_OK;
}

/* Ids that are no keys have no owner: all unknown ones are told apart by 128 bits of hash. */
static status hash_unknown(XXH128_hash_t **hashes, int **owner, int64_t *count, uint64_t seed,
                           const struct dictionary *dictionary, const int64_t *row_of, int ranks)
{
    *count = 0;
    for (int64_t i = 0; i < dictionary->count; i++)
        *count += row_of[i] < 0;
    TRY(allocate_raw(hashes, *count));
    TRY(allocate_raw(owner, *count));
    for (int64_t i = 0, n = 0; i < dictionary->count; i++) {
        if (row_of[i] >= 0)
            continue;
        int64_t length;
        const char *text = dictionary_text(dictionary, i, &length);
        (*hashes)[n] = XXH3_128bits_withSeed(text, (size_t)length, seed);
        (*owner)[n] = (int)((*hashes)[n].high64 % (uint64_t)ranks);
        n++;
    }
    return MFALS_OK;
}

static int compare_hashes(const void *a, const void *b)
{
    return XXH128_cmp(a, b);
}

status ids_count_unknown(int64_t *unknown, const struct comm *comm, const struct dictionary *dictionary,
                         const int64_t *row_of)
{
    scoped XXH128_hash_t *hashes = NULL;
    scoped int *owner = NULL;
    scoped_received got = {0};
    int64_t count;
    uint64_t seed;
    *unknown = 0;
    memcpy(&seed, hash_secret, sizeof seed);
    comm_broadcast(comm, &seed, sizeof seed, 0);
    TRY(agree(comm, hash_unknown(&hashes, &owner, &count, seed, dictionary, row_of, comm->size)));
    TRY(redistribute(comm, &got, hashes, count, sizeof *hashes, owner));
    XXH128_hash_t *all = got.records;
    qsort(all, (size_t)got.count, sizeof *all, compare_hashes);
    for (int64_t i = 0; i < got.count; i++)
        *unknown += i == 0 || !XXH128_isEqual(all[i - 1], all[i]);
    comm_sum_int(comm, unknown, 1);
    return MFALS_OK;
}
