#include "known_map.h"

#include "base/memory.h"
#include "base/number.h"
#include "ranks.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int compare_integers(const void *a, const void *b)
{
    int64_t x = strtoll(a, NULL, 10), y = strtoll(b, NULL, 10);
    return (x > y) - (x < y);
}

static int compare_texts(const void *a, const void *b)
{
    return strcmp(a, b);
}

void known_map_make(struct id_list *list, enum id_kind kind, int rows)
{
    list->kind = kind;
    list->rows = rows;
    for (int i = 0; i < rows; i++) {
        if (kind == ID_INTEGER)
            snprintf(list->text[i], TEXT_BYTES, "%d", 3 * i - 100);
        else
            snprintf(list->text[i], TEXT_BYTES, "%.*s%d", i % 9, "m\xc3\xbc, x x", 3 * i);
    }
    if (kind == ID_INTEGER && rows > 2) {
        snprintf(list->text[0], TEXT_BYTES, "%" PRId64, INT64_MIN);
        snprintf(list->text[1], TEXT_BYTES, "%" PRId64, INT64_MAX);
    }
    qsort(list->text, (size_t)rows, TEXT_BYTES, kind == ID_INTEGER ? compare_integers : compare_texts);
}

int64_t known_map_row(const struct id_list *list, const char *text)
{
    for (int i = 0; i < list->rows; i++)
        if (strcmp(list->text[i], text) == 0)
            return i;
    return -1;
}

static void make_offsets(int64_t *offsets, int64_t rows, int layout)
{
    int holders = world.size / 2;
    for (int r = 0; r <= world.size; r++) {
        if (layout == 0 || (layout == 2 && holders == 0))
            offsets[r] = rows * r / world.size;
        else if (layout == 2)
            offsets[r] = rows * (r / 2) / holders;
        else
            offsets[r] = layout == 1 ? (r == world.size ? rows : 0) : (r == 0 ? 0 : rows);
    }
    offsets[world.size] = rows;
}

/* This rank's rows of the map. */
static status share_map(struct ids *ids, const int64_t *offsets, const struct id_list *list)
{
    *ids = (struct ids){.kind = list->kind, .rows = list->rows, .first = offsets[world.rank], .width = 8};
    ids->count = offsets[world.rank + 1] - ids->first;
    if (list->kind == ID_TEXT)
        ids->width = 1;
    for (int i = 0; list->kind == ID_TEXT && i < list->rows; i++)
        ids->width = (int)number_max(ids->width, (int64_t)strlen(list->text[i]));
    ids->keys = memory_new(ids->count, (size_t)ids->width);
    if (ids->keys == NULL)
        return MFALS_NO_MEMORY;
    for (int64_t i = 0; i < ids->count; i++) {
        const char *text = list->text[ids->first + i];
        int64_t value = strtoll(text, NULL, 10);
        if (list->kind == ID_TEXT)
            memcpy(ids->keys + i * ids->width, text, strlen(text));
        else
            memcpy(ids->keys + i * ids->width, &value, sizeof value);
    }
    return MFALS_OK;
}

void known_map_open(struct known_map *map, const struct id_list *list, int layout)
{
    REQUIRE_OK(allocate(&map->offsets, world.size + 1));
    make_offsets(map->offsets, list->rows, layout);
    REQUIRE_OK(share_map(&map->ids, map->offsets, list));
    map->known = (struct known_ids){&map->ids, map->offsets};
}

void known_map_close(struct known_map *map)
{
    ids_free(&map->ids);
    memory_free(map->offsets);
}
