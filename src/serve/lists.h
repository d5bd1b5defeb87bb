/* Lists of items as lines of text: made by each rank for its own users, written in the order of the ranks.
 *
 *     struct lists lists = {.format = LIST_TSV, .names = &names};
 *     TRY(lists_add(&lists, user, entries, count));            on any rank, in the order of its users
 *     TRY(lists_write(&lists, &comm, path));
 *     lists_free(&lists);
 */
#ifndef SERVE_LISTS_H
#define SERVE_LISTS_H

#include "input/titles.h"
#include "options/run_config.h"
#include "use/top.h"

#include <stdio.h>

struct lists {
    enum list_format format;
    const struct item_names *names; /* not owned */
    char *text;                     /* owned */
    int64_t length, capacity;
};

/* [local] A line an entry: user, item, score, rank and, with titles, title; separated by tabs, or as a JSON object. */
status lists_add(struct lists *lists, const char *user, const struct top_entry *entries, int count);

/* [collective] To path, durably, each rank its own bytes; or to rank 0's file, by way of it. */
status lists_write(const struct lists *lists, const struct comm *comm, const char *path);
status lists_print(const struct lists *lists, const struct comm *comm, FILE *file);

/* [local] */
void lists_free(struct lists *lists);

#endif
