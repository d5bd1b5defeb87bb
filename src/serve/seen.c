#include "serve/seen.h"

#include "comm/partition.h"
#include "comm/redistribute.h"
#include "input/other_ratings.h"
#include "input/ratings_input.h"
#include "ratings/csr.h"
#include "ratings/digest.h"
#include "read/spool.h"

#include <string.h>
#include <unistd.h>

/* The pairs of a CSR by user, and who owns their users under offsets. */
static status list_pairs(struct pair **pairs, int **owner, const struct csr *csr, const int64_t *offsets,
                         int ranks)
{
    int64_t count = csr->start[csr->rows];
    TRY(allocate_raw(pairs, count));
    TRY(allocate_raw(owner, count));
    for (int64_t i = 0; i < csr->rows; i++) {
        int64_t row = csr->first_row + i;
        int own = partition_owner(offsets, ranks, row);
        for (int64_t j = csr->start[i]; j < csr->start[i + 1]; j++) {
            (*pairs)[j] = (struct pair){.row = {(uint32_t)row, csr->column[j]}, .value = csr->value[j]};
            (*owner)[j] = own;
        }
    }
    return MFALS_OK;
}

/* [collective] moved: the rows of csr, brought to their owners under offsets. */
static status move_rows(struct csr *moved, const struct comm *comm, const struct csr *csr,
                        const int64_t *offsets)
{
    scoped struct pair *pairs = NULL;
    scoped int *owner = NULL;
    scoped_received got = {0};
    int64_t first = offsets[comm->rank], rows = offsets[comm->rank + 1] - first;
    TRY(agree(comm, list_pairs(&pairs, &owner, csr, offsets, comm->size)));
    TRY(redistribute(comm, &got, pairs, csr->start[csr->rows], sizeof *pairs, owner));
    return agree(comm, csr_build(moved, USERS, first, rows, got.records, got.count));
}

static status check_there(const char *path, const char *what_to_pass)
{
    if (path == NULL)
        return fail(MFALS_NO_INPUT, "the model doesn't name one file that it was trained on: pass %s",
                    what_to_pass);
    if (spool_is_needed(path))
        return fail(MFALS_NO_INPUT,
                    "the ratings that the model was trained on came through a pipe, '%s': pass %s", path,
                    what_to_pass);
    if (access(path, R_OK) != 0)
        return fail(MFALS_NO_INPUT, "the ratings '%s' that the model was trained on are not here: pass %s",
                    path, what_to_pass);
    return MFALS_OK;
}

/* [collective] */
static status check_unchanged(const struct ratings *ratings, const struct header *header, const char *path,
                              const char *what_to_pass)
{
    char digest[DIGEST_TEXT_SIZE];
    digest_text(digest, ratings->digest);
    if (strcmp(digest, header_text(header, "ratings_digest", "")) == 0)
        return MFALS_OK;
    return fail(MFALS_NO_INPUT, "the ratings '%s' have changed since the model was trained on them: pass %s",
                path, what_to_pass);
}

static status load_training(struct seen *seen, const struct comm *comm, const struct served_model *served,
                            const char *what_to_pass, struct phases *phases)
{
    const struct header *header = served->model->header;
    char *path = (char *)header_text(header, "ratings_path", NULL); /* not written to */
    struct ratings_options options = served->config.ratings;
    struct ratings *ratings = NULL;
    TRY(agree(comm, comm->rank == 0 ? check_there(path, what_to_pass) : MFALS_OK));
    options.read.paths = &path;
    options.read.path_count = 1;
    TRY(ratings_input_read(&ratings, comm, &options, &served->config.solve, phases));
    status done = check_unchanged(ratings, header, path, what_to_pass);
    if (done == MFALS_OK)
        done = move_rows(&seen->moved, comm, ratings_seen(ratings), served->known[USERS].offsets);
    ratings_free(&ratings);
    seen->csr = &seen->moved;
    return done;
}

status seen_load(struct seen *seen, const struct comm *comm, const struct run_config *config,
                 const struct served_model *served, struct phases *phases)
{
    *seen = (struct seen){0};
    if (config->seen == NULL)
        return load_training(
            seen, comm, served,
            config->command->bit == FOR_RECOMMEND ? "--seen FILE or --include-seen" : "--seen FILE", phases);
    TRY(other_ratings_load(&seen->matched, comm, RATINGS_SEEN, config->seen, &served->config, config,
                           served->known, phases));
    seen->csr = &seen->matched->by_user;
    return MFALS_OK;
}

void seen_free(struct seen *seen)
{
    matched_free(&seen->matched);
    csr_free(&seen->moved);
}
