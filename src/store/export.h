/* Models for other programs: NumPy arrays and plain text, written by all ranks.
 *
 *     TRY(export_npy(&comm, "model", stored));       model.users.npy, model.users.ids.npy, model.items.npy, ...
 *     TRY(export_text(&comm, "model.tsv", stored));
 *
 * The files are written under other names, and renamed when all of them are whole and on disk (store/durable.h); then
 * a line tells their names. MFALS_NO_OUTPUT where one cannot be created, MFALS_IO where writing fails or the disk is
 * full: the older ones stay. Where only a renaming fails, the message tells which are new.
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
