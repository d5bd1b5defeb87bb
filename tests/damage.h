/* Files changed behind the program's back. */
#ifndef TESTS_DAMAGE_H
#define TESTS_DAMAGE_H

#include "base/status.h"

#include <stdint.h>

/* [collective] Rank 0 does it, then all go on. flip: changes all bits of `mask` in the byte at offset. */
void damage_flip(const char *path, int64_t offset, unsigned char mask);
void damage_cut(const char *path, int64_t bytes);

/* [local] The size of a file, -1 if there is none. */
int64_t damage_size(const char *path);

/* [collective] Where the first byte of a data set lies in a sound file of mfals. */
int64_t damage_find(const char *path, const char *data_set);

/* [collective] Whether all ranks have this status. */
int damage_same(status got);

#endif
