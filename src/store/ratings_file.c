#include "store/ratings_file.h"

#include "base/memory.h"
#include "base/number.h"
#include "comm/redistribute.h"
#include "ratings/digest.h"
#include "store/names.h"
#include "store/output.h"

#include <mfals/version.h>

enum { TABLES = 6, ATTRIBUTES = 3, COMBINED_VERSION = 1 };

/* The ratings of this rank as rows of data sets. */
struct columns {
    int64_t *offsets; /* owned: which ratings are whose, comm->size + 1 values */
    uint32_t *user;   /* owned: [own ratings] */
};

static void columns_free(struct columns *columns)
{
    memory_free(columns->offsets);
    memory_free(columns->user);
}

static status list_users(uint32_t **user, const struct csr *by_user)
{
    TRY(allocate_raw(user, by_user->start[by_user->rows]));
    for (int64_t i = 0; i < by_user->rows; i++)
        for (int64_t j = by_user->start[i]; j < by_user->start[i + 1]; j++)
            (*user)[j] = (uint32_t)(by_user->first_row + i);
    return MFALS_OK;
}

static status columns_open(struct columns *columns, const struct comm *comm, const struct csr *by_user)
{
    scoped int64_t *counts = NULL;
    TRY(allocate_on_all(comm, &counts, comm->size));
    TRY(allocate_on_all(comm, &columns->offsets, comm->size + 1));
    TRY(agree(comm, list_users(&columns->user, by_user)));
    MPI_Allgather(&by_user->start[by_user->rows], 1, MPI_INT64_T, counts, 1, MPI_INT64_T, comm->mpi);
    displacements_of(columns->offsets, counts, comm->size);
    return MFALS_OK;
}

/* Returns how many there are. */
static int list_tables(struct table *tables, const struct columns *columns, const struct ratings *ratings,
                       bool timed)
{
    const struct csr *by_user = &ratings->by[USERS];
    const int64_t *offsets = columns->offsets;
    tables[0] = ids_table(USERS, &ratings->ids[USERS], ratings->offsets[USERS]);
    tables[1] = ids_table(ITEMS, &ratings->ids[ITEMS], ratings->offsets[ITEMS]);
    tables[2] = (struct table){.slab = {rating_row_name[USERS], columns->user, 4, 4, offsets},
                               .element = ELEMENT_UINT32};
    tables[3] = (struct table){.slab = {rating_row_name[ITEMS], by_user->column, 4, 4, offsets},
                               .element = ELEMENT_UINT32};
    tables[4] = (struct table){.slab = {rating_value_name, by_user->value, 4, 4, offsets},
                               .element = ELEMENT_FLOAT32};
    tables[5] =
        (struct table){.slab = {rating_time_name, ratings->time, 8, 8, offsets}, .element = ELEMENT_INT64};
    return timed ? TABLES : TABLES - 1;
}

status ratings_file_write(const struct comm *comm, const char *path, const struct ratings *ratings)
{
    static const char *const groups[] = {"/users", "/items", "/ratings"};
    __attribute__((cleanup(columns_free))) struct columns columns = {0};
    char digest[DIGEST_TEXT_SIZE];
    int64_t timed = ratings->time != NULL;
    comm_max_int(comm, &timed, 1);
    struct table tables[TABLES];
    struct attribute attributes[ATTRIBUTES] = {
        {.name = "software", .kind = ATTRIBUTE_TEXT, .text = "mfals " MFALS_VERSION},
        {.name = "ratings_digest", .kind = ATTRIBUTE_TEXT, .text = digest},
        {.name = "times", .kind = ATTRIBUTE_TEXT, .text = timed ? "yes" : "no"}};
    digest_text(digest, ratings->digest);
    TRY(columns_open(&columns, comm, &ratings->by[USERS]));
    int table_count = list_tables(tables, &columns, ratings, timed != 0);
    struct new_file file = {.path = path,
                            .format = RATINGS_FORMAT,
                            .format_version = ratings->as_read ? RATINGS_FORMAT_VERSION : COMBINED_VERSION,
                            .groups = groups,
                            .group_count = 3,
                            .tables = tables,
                            .table_count = table_count,
                            .attributes = attributes,
                            .attribute_count =
                                ratings->as_read ? ATTRIBUTES : ATTRIBUTES - 1, /* not of version 1 */
                            .may_replace = output_check_hdf5};
    return new_file_write(comm, &file);
}
