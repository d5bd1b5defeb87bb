/* Known id maps for tests: all ids on every rank as text, to search through, and each rank's rows of them.
 *
 *     static struct id_list ids;
 *     struct known_map map;
 *     known_map_make(&ids, ID_TEXT, 300);
 *     known_map_open(&map, &ids, layout);
 *     REQUIRE_OK(ids_find(row_of, &world, &dictionary, &map.known));
 *     CU_ASSERT_EQUAL(row_of[i], known_map_row(&ids, text));
 *     known_map_close(&map);
 */
#ifndef TESTS_KNOWN_MAP_H
#define TESTS_KNOWN_MAP_H

#include "ratings/ids_find.h"

enum { KNOWN_MAX = 400, TEXT_BYTES = 320 };

/* How rows lie on the ranks: evenly; all on the last; on every other one alone; all on the first. */
enum { KNOWN_MAP_LAYOUTS = 4 };

struct id_list {
    enum id_kind kind;
    int rows;
    char text[KNOWN_MAX][TEXT_BYTES]; /* in the order of rows */
};

struct known_map {
    struct ids ids;
    int64_t *offsets;       /* owned */
    struct known_ids known; /* these two */
};

/* [local] Integers with gaps, and at both ends of 64 bits; or text of many lengths, prefixes of one another among
 * it. */
void known_map_make(struct id_list *list, enum id_kind kind, int rows);

/* [local] By a search through all; -1 for none. */
int64_t known_map_row(const struct id_list *list, const char *text);

/* [collective] */
void known_map_open(struct known_map *map, const struct id_list *list, int layout);

/* [local] */
void known_map_close(struct known_map *map);

#endif
