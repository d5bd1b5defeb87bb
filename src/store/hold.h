/* What one run writes, and others are to leave alone while it does: a lock file beside it says who holds it.
 *
 *     struct hold *hold;
 *     TRY(hold_take(&hold, "run/lock", "the checkpoint folder 'run'", true));
 *     ... names of its own, with hold_token(hold) in them ...
 *     hold_release(&hold);                                                     in any case
 *
 * All local, for one rank; one process may take again what it holds and does not keep. The system's lock (flock) ends
 * with the process, however that ends. Some file systems have no such locks, on others they hold on one node alone:
 * so the text of the file, of which store/hold_record.h tells, counts as well. A holder on this machine is told by
 * its process' number and start; one elsewhere by its beat, which a thread renews every HOLD_BEAT_MS and which is
 * watched for HOLD_WATCH_MS. A holder that is dead is followed at once, what it has left half-written removed.
 */
#ifndef STORE_HOLD_H
#define STORE_HOLD_H

#include "base/status.h"

#include <stdbool.h>
#include <stdint.h>

enum { HOLD_BEAT_MS = 2000, HOLD_WATCH_MS = 8000, HOLD_SEEN_MS = 30000, HOLD_TOKEN_SIZE = 17 };

struct hold;

/* [local] path: the lock file, made where it is missing, in the folder of what is held. what: that, in words. keep:
 * the file stays, and says that it is free; else it goes. MFALS_NO_OUTPUT where another run has it, naming its host,
 * process and job; where path is a link or not a lock of mfals; and where it cannot be made. *hold is NULL on
 * failure. */
status hold_take(struct hold **hold, const char *path, const char *what, bool keep);

/* [local] The lock file is on disk: to be called before anything half-written is, so that this run's are known after a
 * power cut too. MFALS_NO_OUTPUT. */
status hold_sync(struct hold *hold);

/* [local] Accepts and leaves NULL. */
void hold_release(struct hold **hold);

/* [local] MFALS_NO_OUTPUT once another run has taken it all the same, as may happen where locks do not hold and this
 * process stood still. Accepts NULL. */
status hold_check(const struct hold *hold);

/* [local] 16 characters that no other hold has. A file "NAME.<token>.partial" beside the lock file counts as this
 * run's, half-written. */
const char *hold_token(const struct hold *hold);
const char *hold_path(const struct hold *hold);

/* [local] Whether the lock file of this path and token can be seen and written from here, which may be another node;
 * waits for HOLD_SEEN_MS. MFALS_NO_OUTPUT if not. */
status hold_seen(const char *path, const char *token);

#endif
