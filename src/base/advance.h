/* How far something long has come, for whoever shows it.
 *
 *     advance_begin("reading ratings", "bytes", mine, all);
 *     for each part: advance_by(bytes);
 *     advance_end();
 *
 * Nothing is communicated: a rank's own share stands for all. Who listens is told at most five times a second.
 */
#ifndef BASE_ADVANCE_H
#define BASE_ADVANCE_H

#include <stdint.h>

struct advance_listener {
    /* done of all, in units, as this rank's share lets one guess */
    void (*told)(const char *doing, const char *unit, int64_t done, int64_t all, void *context);
    void *context;
};

/* [local] Who is told from here on, in this thread; NULL, as at first: nobody. Not owned. Returns who was. */
const struct advance_listener *advance_tell(const struct advance_listener *listener);

/* [local] In place of what was under way. doing, unit: string literals. mine: this rank's share of all, which may be a
 * guess; 0: nothing is told. */
void advance_begin(const char *doing, const char *unit, int64_t mine, int64_t all);

/* [local] So much more of this rank's share is done. Nothing where nothing has begun. Takes a look at the clock. */
void advance_by(int64_t count);

/* [local] */
void advance_end(void);

#endif
