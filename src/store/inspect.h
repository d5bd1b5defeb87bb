/* What is in a file of mfals, and whether it is sound.
 *
 *     scoped struct summary *summary = NULL;
 *     TRY(inspect_file(&summary, &comm, path));
 *     for (int i = 0; i < summary->header.attribute_count; i++)
 *         struct attribute attribute = header_nth_attribute(&summary->header, i);
 *
 *     struct verification verification;
 *     TRY(check_file(&verification, &comm, path));
 */
#ifndef STORE_INSPECT_H
#define STORE_INSPECT_H

#include "store/header.h"

enum file_kind { FILE_MODEL, FILE_RATINGS, FILE_CHECKPOINT, FILE_OTHER /* lists, say */ };
enum { SUMMARY_STATS = 32 };

/* [local] By the format that it names. */
enum file_kind file_kind_of(const struct header *header);

struct stat_summary {
    char name[HEADER_NAME_SIZE]; /* without "/history/" */
    double last;
};

struct summary {
    enum file_kind kind;
    struct header header; /* format_version, complete, file_bytes, attributes */
    int64_t users, items; /* 0 where a data set is missing */
    int64_t factors;      /* k; 0 for ratings */
    int64_t ratings;      /* 0 for models */
    bool biases;
    int64_t iterations; /* of the history */
    int training_stat_count;
    struct stat_summary stats[SUMMARY_STATS]; /* with at least one iteration */
};

/* [collective] Reads what the file says about itself; rows are not looked at. *summary is to be freed with
 * memory_free, NULL on failure. As header_read; an incomplete or later version's file is no failure. */
status inspect_file(struct summary **summary, const struct comm *comm, const char *path);

struct verification {
    int64_t rows, bytes; /* of all data sets, read and looked at by all ranks together */
    bool has_digest;     /* files of early versions have none: damage may then go unnoticed */
};

/* [collective] Reads the whole file, each rank its share, and checks: it is complete, its data sets agree with each
 * other, ids ascend strictly, factors, biases and ratings are finite, ratings name rows that exist and are sorted by
 * user, then item, no pair twice, and all of it has the digest it was written with, and a checkpoint its checksum
 * trailer. MFALS_BAD_DATA with what is wrong. Needs no memory but two buffers. */
status check_file(struct verification *verification, const struct comm *comm, const char *path);

#endif
