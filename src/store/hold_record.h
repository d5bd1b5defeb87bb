/* What a lock file (store/hold.h) says of the run that holds it, and whether that run still lives. All local.
 *
 *     host node7, process 4711, job 12
 *     mfals-lock 0123456789abcdef start 98765 boot <boot id>/<name space of processes> beat 0000000003
 *
 * or "mfals-lock free". Lock files of mfals before 1.0 have the first line alone.
 */
#ifndef STORE_HOLD_RECORD_H
#define STORE_HOLD_RECORD_H

#include "store/hold.h"

#include <stdbool.h>

enum { HOLD_RECORD_SIZE = 768 };

struct hold_record {
    bool ours;                   /* the file is a lock of mfals, perhaps one that was never filled in */
    bool held;                   /* it names a holder */
    char holder[512];            /* the first line; only printable characters */
    char token[HOLD_TOKEN_SIZE]; /* "" for lock files of older versions */
    long process;
    unsigned long long start; /* when that began, as the system counts */
    char boot[96];            /* where: a start of a machine, and a name space of processes there */
    unsigned long beat;       /* goes up while the holder lives */
};

/* This process. token: HOLD_TOKEN_SIZE bytes. */
void hold_record_own(struct hold_record *record, const char *token);

/* A new token, random. False without a source of such. */
bool hold_record_new_token(char token[HOLD_TOKEN_SIZE]);

/* The file's text as it is now. False where it cannot be read: errno. */
bool hold_record_read(struct hold_record *record, int fd);

/* The text, over whatever is there, which is cut off behind it. Without held: "free". An errno, or 0. */
int hold_record_write(const struct hold_record *record, int fd);

enum holder_state { HOLDER_NONE, HOLDER_LIVES, HOLDER_DEAD, HOLDER_ELSEWHERE };

/* By what this machine knows of the process: its number and start; HOLDER_ELSEWHERE where only the beat can tell. */
enum holder_state hold_record_state(const struct hold_record *record);

#endif
