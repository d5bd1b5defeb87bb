/* A folder of checkpoints: checkpoint-<iteration>.h5, perhaps one under way (.<token>.partial), and the lock of the
 * run that uses it. What bears no checksum trailer of mfals, be its name as it may, is left alone. All local, for one
 * rank.
 *
 *     struct checkpoint_folder folder;
 *     TRY(checkpoint_folder_open(&folder, "run/checkpoints"));     made and locked
 *     int64_t iterations[CHECKPOINTS_MAX];
 *     int count;
 *     TRY(checkpoint_folder_list(&folder, iterations, &count));    newest first
 *     checkpoint_folder_close(&folder);                            in any case
 */
#ifndef STORE_CHECKPOINT_FOLDER_H
#define STORE_CHECKPOINT_FOLDER_H

#include "store/hold.h"

#include <stdbool.h>
#include <stdint.h>

/* More are not looked at: two are kept. */
enum { CHECKPOINTS_MAX = 64, CHECKPOINT_PATH_SIZE = 4096 };

struct checkpoint_folder {
    const char *path;  /* not owned */
    struct hold *hold; /* owned: its lock, the file `lock` (store/hold.h) */
};

/* [local] Makes the folder where it is missing and takes its lock, which lasts until it is closed or the process ends,
 * however it ends. MFALS_NO_OUTPUT, naming the holder's host, process and job, where another run has it; where a file
 * `lock` is there that is none of mfals; or where the folder cannot be made or takes no file. What a run that is dead
 * has left half-written is removed. */
status checkpoint_folder_open(struct checkpoint_folder *folder, const char *path);

/* [local] Accepts a zeroed struct. */
void checkpoint_folder_close(struct checkpoint_folder *folder);

/* [local] The iterations of the checkpoints there, the largest first, at most CHECKPOINTS_MAX. MFALS_NO_INPUT. */
status checkpoint_folder_list(const struct checkpoint_folder *folder, int64_t *iterations, int *count);

/* [local] path: CHECKPOINT_PATH_SIZE bytes; cut where that is too small, which _open has ruled out. */
void checkpoint_folder_path(char *path, const char *folder, int64_t iteration);

/* [local] Removes all checkpoints but those of these two iterations, and with keep_later those of later ones than
 * `keep`. One that cannot be removed stays, as does what bears no checksum trailer. */
void checkpoint_folder_prune(const struct checkpoint_folder *folder, int64_t keep, int64_t keep_too,
                             bool keep_later);

#endif
