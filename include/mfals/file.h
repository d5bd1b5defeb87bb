/* What a file of mfals holds, and whether it is sound.
 *
 *     struct mfals_file *file;
 *     TRY(mfals_file_read(&file, context, "model.h5"));
 *     const struct mfals_file_info *info = mfals_file_info(file);
 *     printf("%s: %lld users\n", info->format, (long long)info->users);
 *     mfals_file_free(&file);
 */
#ifndef MFALS_FILE_H
#define MFALS_FILE_H

#include <mfals/options.h>

MFALS_BEGIN

struct mfals_file;

enum mfals_file_kind { MFALS_FILE_OTHER, MFALS_FILE_MODEL, MFALS_FILE_CHECKPOINT, MFALS_FILE_RATINGS };

struct mfals_file_info {
    enum mfals_file_kind kind;
    const char *format; /* as the file names it */
    int64_t version;    /* of the format */
    int64_t bytes;
    int complete;                        /* 0: its writing was broken off */
    int64_t users, items, ratings;       /* ratings: 0 for models */
    int attributes;                      /* what it says about itself */
    const struct mfals_value *attribute; /* [attributes] by name */
    int64_t iterations;                  /* that it has stats of */
    int stats;
    const struct mfals_value *stat; /* [stats] of the last iteration */
};

/* [collective] Reads what the file says about itself, not its rows. MFALS_NO_INPUT, MFALS_BAD_DATA. */
MFALS_API enum mfals_status mfals_file_read(struct mfals_file **file, struct mfals_context *context,
                                            const char *path);

/* [local] Valid as long as the file. */
MFALS_API const struct mfals_file_info *mfals_file_info(const struct mfals_file *file);

/* [local] */
MFALS_API void mfals_file_free(struct mfals_file **file);

/* [collective] *kind <- what the file is; MFALS_FILE_OTHER for lists, folders, and all that is not HDF5.
 * MFALS_NO_INPUT for what is not there, or is neither a regular file nor a folder; MFALS_BAD_DATA for HDF5 that is
 * not of mfals. */
MFALS_API enum mfals_status mfals_file_kind(enum mfals_file_kind *kind, struct mfals_context *context,
                                            const char *path);

struct mfals_verification {
    int64_t rows, bytes; /* of all its data */
    int has_digest;      /* 0: files of early versions have none to compare with */
};

/* [collective] Reads the whole file, each rank its share, and checks that it is complete, of the sizes it says, and
 * unchanged since it was written. MFALS_NO_INPUT; MFALS_BAD_DATA with what is wrong. */
MFALS_API enum mfals_status mfals_file_check(struct mfals_verification *soundness,
                                             struct mfals_context *context, const char *path);

MFALS_END
#endif
