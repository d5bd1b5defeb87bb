/* Where a log goes: a file of ours or a new one, a pipe, a terminal, or what stdout or stderr lead to. */
#ifndef CLI_LOG_TARGET_H
#define CLI_LOG_TARGET_H

#include <stdbool.h>
#include <stdio.h>

/* [local] Opens path for writing, at its end where append is set, else emptied. NULL on failure, with why in
 * reason[0..size): also for a file that holds something else than a log of mfals, which stays as it is, and for a named
 * pipe that nobody opens for reading within a few seconds. */
FILE *log_target_open(char *reason, size_t size, const char *path, bool append);

#endif
