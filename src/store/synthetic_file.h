/* Synthetic ratings as text, the same bytes on any number of ranks. */
#ifndef STORE_SYNTHETIC_FILE_H
#define STORE_SYNTHETIC_FILE_H

#include "comm/comm.h"
#include "ratings/synthetic.h"

/* [collective] "user item rating" lines to path; *count, *bytes <- how many. Fails as plain_file_close, and with
 * MFALS_USAGE for a name that says another format. */
status synthetic_file_write(const struct comm *comm, const struct synthetic_options *shape, uint64_t seed,
                            const char *path, int64_t *count, int64_t *bytes);

#endif
