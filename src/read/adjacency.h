/* Lines that are a user and the user's items. All local; nothing allocates.
 *
 *     struct adjacency list = adjacency_begin(format, text, length, number);
 *     while (adjacency_next(&list, &line, &fault))
 *         line.id[ITEMS] is one item more of the user line.id[USERS]
 *     if (list.bad)
 *         column fault.column is wrong: fault.reason
 */
#ifndef READ_ADJACENCY_H
#define READ_ADJACENCY_H

#include "read/format.h"

struct adjacency {
    const struct format *format; /* not owned */
    const char *text, *at, *end; /* not owned: the line, what is left of it */
    struct field user, item;     /* item: the one taken last, with its value */
    int64_t number;              /* of the line among the data, from 0 */
    bool bad;
};

/* The line text[0..length), the number-th of the data. */
struct adjacency adjacency_begin(const struct format *format, const char *text, int64_t length,
                                 int64_t number);

/* The next rating of the line; false at its end, or with list->bad and *fault set. */
bool adjacency_next(struct adjacency *list, struct line *line, struct line_fault *fault);

/* What the lines of a sample hold: format->counted, whether each begins with the number of its items in place of a user,
 * and format->valued, whether all items are "item:value". */
void adjacency_detect(struct format *format, const struct sample *sample, int first);

#endif
