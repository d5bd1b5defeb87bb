#include "comm/same_words.h"

#include <stdio.h>
#include <string.h>

enum { QUOTE_SIZE = 304 };

/* word NULL: there are no more. */
static const char *quote(char text[QUOTE_SIZE], const char *word)
{
    if (word == NULL)
        return "nothing";
    snprintf(text, QUOTE_SIZE, "'%.300s'", word);
    return text;
}

/* The word after that one, or NULL. */
static const char *next(const char *word, const char *end)
{
    word += strlen(word) + 1;
    return word < end ? word : NULL;
}

/* [local] first: rank 0's words. */
static status compare(int rank, const char *first, int64_t first_bytes, const char *words, int64_t bytes,
                      const char *what)
{
    char quotes[2][QUOTE_SIZE];
    const char *theirs = first_bytes > 0 ? first : NULL, *mine = bytes > 0 ? words : NULL;
    while (theirs != NULL && mine != NULL && strcmp(theirs, mine) == 0) {
        theirs = next(theirs, first + first_bytes);
        mine = next(mine, words + bytes);
    }
    if (theirs == NULL && mine == NULL)
        return MFALS_OK;
    return fail(MFALS_USAGE, "rank %d has other %s than rank 0: %s in place of %s", rank, what,
                quote(quotes[0], mine), quote(quotes[1], theirs));
}

status same_words(const struct comm *comm, const char *words, int64_t bytes, const char *what)
{
    scoped char *first = NULL;
    int64_t first_bytes = bytes;
    if (comm->size == 1)
        return MFALS_OK;
    comm_broadcast(comm, &first_bytes, sizeof first_bytes, 0);
    TRY(allocate_on_all(comm, &first, first_bytes));
    if (comm->rank == 0 && bytes > 0)
        memcpy(first, words, (size_t)bytes);
    comm_broadcast(comm, first, first_bytes, 0);
    return agree(comm, compare(comm->rank, first, first_bytes, words, bytes, what));
}
