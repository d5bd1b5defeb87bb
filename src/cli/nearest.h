/* The name that was meant, among some, by a word that is none of them. All local.
 *
 *     struct nearest nearest = nearest_to("lamda", 5);
 *     nearest_try(&nearest, "lambda");
 *     nearest_try(&nearest, "alpha");
 *     nearest.name                                       "lambda"
 */
#ifndef CLI_NEAREST_H
#define CLI_NEAREST_H

#include <stddef.h>

struct nearest {
    const char *name; /* the nearest so far; NULL: none is near */
    int distance;
    const char *word; /* word[0..length) */
    size_t length;
};

struct nearest nearest_to(const char *word, size_t length);

/* Near are names that differ by at most two letters added, left out or exchanged, and by less than half of theirs. */
void nearest_try(struct nearest *nearest, const char *name);

#endif
