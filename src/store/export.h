/* Models for other programs: NumPy arrays and plain text, written by all ranks.
 *
 *     TRY(export_npy(&comm, "model", stored));       model.users.npy, model.users.ids.npy, model.items.npy, ...
 *     TRY(export_text(&comm, "model.tsv", stored));
 *
 * Each file is written as FILE.partial and renamed when it is whole and on disk. MFALS_NO_OUTPUT where it cannot be
 * created, MFALS_IO where writing fails or the disk is full; files finished before stay.
 */
#ifndef STORE_EXPORT_H
#define STORE_EXPORT_H

#include "store/model_reader.h"

/* [collective] NPY format 1.0, C order: PREFIX.users.npy and PREFIX.items.npy [rows x k] float32;
 * PREFIX.users.ids.npy and PREFIX.items.ids.npy [rows] int64, or bytes of the longest id's length, UTF-8 padded with
 * NUL; and, where the model has biases, PREFIX.users.bias.npy and PREFIX.items.bias.npy [rows] float32. */
status export_npy(const struct comm *comm, const char *prefix, const struct stored_model *model);

/* What export_npy adds to the prefix, the names of biases among them. */
enum { EXPORT_NPY_FILES = 6 };
extern const char *const export_npy_suffix[EXPORT_NPY_FILES];

/* [collective] A line for each user, then each item, by row: "user" or "item", the id, [the bias,] the k factors,
 * separated by tabs. Nine significant digits give the very same float32 back. */
status export_text(const struct comm *comm, const char *path, const struct stored_model *model);

#endif
