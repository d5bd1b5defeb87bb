#include "input/titles.h"

#include "base/memory.h"
#include "base/utf8.h"
#include "read/text_list.h"

#include <stdlib.h>
#include <string.h>

/* As read by rank 0; empty elsewhere. */
struct listed {
    struct dictionary ids;
    int64_t *title; /* owned: of each id, where its title begins in text */
    int64_t title_capacity;
    char *text; /* owned: the titles, each terminated, behind an empty one */
    int64_t length, text_capacity;
    char *utf8; /* owned: of a line that was Latin-1 */
    int64_t utf8_capacity;
};

static void listed_free(struct listed *listed)
{
    dictionary_free(&listed->ids);
    memory_free(listed->title);
    memory_free(listed->text);
    memory_free(listed->utf8);
}

/* [collective] */
static status gather_ids(struct ids *all, const struct comm *comm, const struct known_ids *known)
{
    int64_t width = known->ids->width, rows = known->offsets[comm->size];
    *all = (struct ids){.kind = known->ids->kind, .rows = rows, .count = rows, .width = known->ids->width};
    TRY(allocate_on_all(comm, &all->keys, rows * width));
    for (int r = 0; r < comm->size; r++) {
        char *part = all->keys + known->offsets[r] * width;
        int64_t bytes = (known->offsets[r + 1] - known->offsets[r]) * width;
        if (r == comm->rank && bytes > 0)
            memcpy(part, known->ids->keys, (size_t)bytes);
        comm_broadcast(comm, part, bytes, r);
    }
    return MFALS_OK;
}

/* A line that isn't UTF-8 is Latin-1, and becomes UTF-8. */
static status convert_latin1(struct listed *listed, struct text_list *list)
{
    if (utf8_is_valid(list->text, list->length))
        return MFALS_OK;
    TRY(memory_grow(&listed->utf8, &listed->utf8_capacity, 2 * list->length, 1));
    char *to = listed->utf8;
    for (int64_t i = 0; i < list->length; i++) {
        unsigned char byte = (unsigned char)list->text[i];
        if (byte >= 0x80)
            *to++ = (char)(0xc0 | byte >> 6);
        *to++ = (char)(byte < 0x80 ? byte : 0x80 | (byte & 0x3f));
    }
    list->text = listed->utf8;
    list->length = to - listed->utf8;
    return MFALS_OK;
}

/* '::', a tab, else '|' or a comma, whichever comes first: either may be in what follows. */
static enum separator find_separator(const struct text_list *list)
{
    enum separator found = text_list_separator(list, false, SEPARATOR_NONE);
    if (found == SEPARATOR_COLONS || found == SEPARATOR_TAB)
        return found;
    const char *pipe = memchr(list->text, '|', (size_t)list->length);
    bool first = pipe != NULL && memchr(list->text, ',', (size_t)(pipe - list->text)) == NULL;
    return first ? SEPARATOR_PIPE : found;
}

/* The title of an id that comes again is the last. A header is one more line: no item has such an id. */
static status parse_line(struct text_list *list, void *context)
{
    struct listed *listed = context;
    uint32_t number;
    TRY(convert_latin1(listed, list));
    if (list->first)
        list->separator = find_separator(list);
    TRY(text_list_split(list, 2));
    if (list->count < 2)
        return text_list_fail(list, list->length + 1, "no '::', tab, '|' or comma between id and title");
    TRY(text_list_add_id(&number, &listed->ids, list, 0, ITEMS));
    struct field *title = &list->fields[1];
    TRY(memory_grow(&listed->title, &listed->title_capacity, listed->ids.count, sizeof *listed->title));
    TRY(memory_grow(&listed->text, &listed->text_capacity, listed->length + title->length + 1, 1));
    char *text = listed->text + listed->length;
    if (title->escaped)
        field_unescape(title, text, title->length);
    else if (title->length > 0)
        memcpy(text, title->text, (size_t)title->length);
    text[title->length] = '\0';
    listed->title[number] = listed->length;
    listed->length += title->length + 1;
    return MFALS_OK;
}

/* Rank 0's part. */
static status read_titles(struct listed *listed, const char *path)
{
    TRY(memory_grow(&listed->text, &listed->text_capacity, 1, 1));
    listed->text[0] = '\0';
    listed->length = 1;
    return text_list_read(path, NULL, parse_line, listed);
}

/* [collective] */
static status load_titles(struct item_names *names, struct listed *listed, const struct comm *comm,
                          const struct known_ids *items, const char *path)
{
    scoped int64_t *row_of = NULL;
    int64_t rows = names->ids.rows;
    TRY(agree(comm, comm->rank == 0 ? read_titles(listed, path) : MFALS_OK));
    TRY(allocate_on_all(comm, &row_of, listed->ids.count));
    TRY(ids_find(row_of, comm, &listed->ids, items));
    TRY(allocate_on_all(comm, &names->title, rows));
    for (int64_t i = 0; i < listed->ids.count; i++)
        if (row_of[i] >= 0)
            names->title[row_of[i]] = listed->title[i];
    comm_broadcast(comm, names->title, rows * (int64_t)sizeof *names->title, 0);
    comm_broadcast(comm, &listed->length, sizeof listed->length, 0);
    TRY(agree(comm, comm->rank == 0 ? MFALS_OK : allocate_raw(&listed->text, listed->length)));
    comm_broadcast(comm, listed->text, listed->length, 0);
    names->text = listed->text;
    listed->text = NULL;
    return MFALS_OK;
}

status item_names_open(struct item_names *names, const struct comm *comm, const struct known_ids *items,
                       const char *path)
{
    __attribute__((cleanup(listed_free))) struct listed listed = {0};
    *names = (struct item_names){0};
    TRY(gather_ids(&names->ids, comm, items));
    return path == NULL ? MFALS_OK : load_titles(names, &listed, comm, items, path);
}

const char *item_names_get(const struct item_names *names, char *id, int64_t item)
{
    ids_text(&names->ids, item, id);
    return names->text == NULL ? NULL : names->text + names->title[item];
}

void item_names_free(struct item_names *names)
{
    ids_free(&names->ids);
    memory_free(names->text);
    memory_free(names->title);
    *names = (struct item_names){0};
}
