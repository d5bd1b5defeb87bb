/* Lists to files, as the commands recommend and similar write them. */
#ifndef SERVE_LIST_WRITER_H
#define SERVE_LIST_WRITER_H

#include "serve/served_model.h"
#include "use/recommend.h"

#include <stdio.h>

/* [local] The format of lists: --output-format, or what the name of the file says; path NULL: lists are printed.
 * MFALS_USAGE for a name of another format, and for what goes against HDF5. */
status list_format_of(enum list_format *format, const struct run_config *config, const char *path);

/* [local] Lists of `top` items, or of as many as there are; at least 1. */
struct recommend_options list_options(const struct run_config *config, int top, int64_t items);

/* [collective] The lists of recommend to path or, where that is NULL, by rank 0 to file. */
status recommendations_write(const struct comm *comm, const struct served_model *served,
                             const struct run_config *config, const char *path, FILE *file);

/* [collective] The list of similar, by rank 0 to file. */
status similar_print(const struct comm *comm, const struct model_view *view, const struct known_ids *items,
                     const struct run_config *config, FILE *file);

#endif
