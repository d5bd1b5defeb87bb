/* What comes through a pipe, kept in a temporary file, which can be read more than once. All local.
 *
 *     struct spool spool;
 *     TRY(spool_open(&spool, "-"));
 *     while (!spool.ended)
 *         TRY(spool_fill(&spool));
 *     ... spool.bytes bytes in spool.file ...
 *     spool_close(&spool);
 */
#ifndef READ_SPOOL_H
#define READ_SPOOL_H

#include "base/status.h"

#include <stdbool.h>
#include <stdint.h>

struct spool {
    const char *path; /* not owned */
    int from;         /* owned, unless it is standard input; -1: closed */
    int file;         /* owned: without a name, for this process alone */
    int64_t bytes;    /* that came so far */
    bool ended;       /* no more will come */
};

/* [local] Whether path is "-", for standard input, or a pipe, or else one of this process's own descriptors, such as
 * /dev/fd/63: what other processes cannot open, and what can be read but once. */
bool spool_is_needed(const char *path);

/* [local] What messages call the path: "standard input" for "-". */
const char *spool_name(const char *path);

/* [local] path must outlive the spool, which is set in any case, and is the caller's to close. MFALS_NO_INPUT for what
 * cannot be read; MFALS_USAGE for standard input that was read before; MFALS_IO where there is no temporary file. */
status spool_open(struct spool *spool, const char *path);

/* [local] Takes in what comes within two seconds, or waits until something has. Waiting is no progress (base/watchdog.h).
 * MFALS_IO, also for a full disk; MFALS_REQUEUE for a stop request; MFALS_BAD_DATA for 16 TiB. */
status spool_fill(struct spool *spool);

/* [local] Accepts a zeroed struct. */
void spool_close(struct spool *spool);

#endif
