/* The holds (store/hold.h) of this process, and the thread that renews what their lock files say. All local. */
#ifndef STORE_HOLD_BEAT_H
#define STORE_HOLD_BEAT_H

#include "store/hold_record.h"

#include <stdatomic.h>
#include <stdbool.h>

struct hold {
    char *path; /* owned: of the lock file */
    struct hold_record record;
    int fd;    /* owned: has the lock */
    bool keep; /* the lock file stays */
    bool synced;
    int references;
    atomic_bool lost; /* another run's text was found in it */
    struct hold *next;
};

/* The hold of this lock file, with one reference more; NULL where there is none. */
struct hold *hold_beat_find(const char *path);

/* From now on it is found and beats. Without a thread to be had it does not beat. */
void hold_beat_add(struct hold *hold);

/* One reference less. True if it was the last: it beats no more, and is the caller's. */
bool hold_beat_remove(struct hold *hold);

#endif
