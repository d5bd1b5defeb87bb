/* Items by name: the ids of all items on every rank, and titles from a file.
 *
 *     struct item_names names;
 *     TRY(item_names_open(&names, &comm, &known, config->titles));
 *     const char *title = item_names_get(&names, id_text, item_row);
 *     item_names_free(&names);                 in any case
 */
#ifndef INPUT_TITLES_H
#define INPUT_TITLES_H

#include "ratings/ids_find.h"

struct item_names {
    struct ids ids; /* of all items */
    char *text;     /* owned: titles, each terminated; NULL: there are none */
    int64_t *title; /* owned: of each item, where its title begins in text */
};

/* [collective] Gathers the ids of the items to every rank, and reads the titles, if path is not NULL, as text_list.h
 * says: a line is an id and a title, separated by '::', a tab, '|' or a comma, as the first line is; what follows a
 * further separator is ignored. A line that isn't UTF-8 is taken for Latin-1. *names is set in any case, and is the
 * caller's to free. As text_list_read. */
status item_names_open(struct item_names *names, const struct comm *comm, const struct known_ids *items,
                       const char *path);

/* [local] The item's id as text into id, ID_MAX_BYTES + 1 bytes, and its title: "" if unknown, NULL without titles. */
const char *item_names_get(const struct item_names *names, char *id, int64_t item);

/* [local] Accepts a zeroed struct. */
void item_names_free(struct item_names *names);

#endif
