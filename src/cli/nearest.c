#include "cli/nearest.h"

#include <string.h>

enum { LONGEST = 40, MOST = 2 };

static int least(int a, int b, int c)
{
    int both = a < b ? a : b;
    return both < c ? both : c;
}

/* Levenshtein's. */
static int distance(const char *word, size_t length, const char *name, size_t name_length)
{
    int row[LONGEST + 1];
    for (size_t i = 0; i <= name_length; i++)
        row[i] = (int)i;
    for (size_t w = 1; w <= length; w++) {
        int diagonal = row[0];
        row[0] = (int)w;
        for (size_t i = 1; i <= name_length; i++) {
            int exchanged = diagonal + (word[w - 1] != name[i - 1]);
            diagonal = row[i];
            row[i] = least(row[i] + 1, row[i - 1] + 1, exchanged);
        }
    }
    return row[name_length];
}

struct nearest nearest_to(const char *word, size_t length)
{
    return (struct nearest){.distance = MOST + 1, .word = word, .length = length};
}

void nearest_try(struct nearest *nearest, const char *name)
{
    size_t name_length = strlen(name);
    if (name_length > LONGEST || nearest->length > LONGEST)
        return;
    int found = distance(nearest->word, nearest->length, name, name_length);
    if (found < nearest->distance && 2 * found < (int)name_length) {
        nearest->distance = found;
        nearest->name = name;
    }
}
