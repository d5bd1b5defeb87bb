/* The first thing wrong with the input, by its place: the same one whoever reads what. */
#ifndef READ_FAULT_H
#define READ_FAULT_H

#include "read/inputs.h"

#include <stdbool.h>

/* What a rank found first; zeroed: nothing. */
struct fault {
    status code; /* MFALS_OK: no fault */
    int64_t position;
    int64_t
        line; /* lines before it, in the file or (lines_begun) among those this rank began; -1: all the file */
    int64_t column;                    /* from 1, in bytes */
    char reason[FAILURE_MESSAGE_SIZE]; /* of a whole file: with its name */
};

/* [local] Takes the fault down unless one of a lower position is. */
void fault_note(struct fault *first, status code, int64_t position, int64_t line, int64_t column,
                const char *reason);

/* [local] The fault's position; INT64_MAX for none. */
int64_t fault_position(const struct fault *fault);

/* [collective] The fault with the lowest position over all ranks: its status, and "file:line:column: reason"
 * in every rank's text (FAILURE_MESSAGE_SIZE bytes). MFALS_OK, text untouched, if there is none. lines_begun
 * of each plain file: how many of its lines begin on this rank; a plain file's lines lie on the ranks in
 * order, so those on lower ranks come before. */
status fault_first(char *text, const struct comm *comm, const struct fault *mine, const struct inputs *inputs,
                   const int64_t *lines_begun);

#endif
